/*
 * feed_text.c - the texts of feeds: plain, HTML, XHTML, or in base64.
 */
#include "import/feed.h"

/* Whether the element holds nothing but one <div>; it is returned. */
static xmlNode *
only_div(xmlNode *n)
{
    xmlNode *div = xmlFirstElementChild(n);

    if (div == NULL || xmlNextElementSibling(div) != NULL ||
        strcasecmp((const char *)div->name, "div") != 0)
        return n;
    for (xmlNode *c = n->children; c != NULL; c = c->next)
        if (c->type == XML_TEXT_NODE && !xmlIsBlankNode(c))
            return n;
    return div;
}

static bool
is_any(struct text t, const char *a, const char *b)
{
    return (t.len == strlen(a) && text_begins(t, a)) ||
           (t.len == strlen(b) && text_begins(t, b));
}

static void
read_other(struct feed_text *t, xmlNode *n, struct text type)
{
    t->form = FORM_OTHER;
    buf_add(&t->type, type.data, type.len);
    if (text_ends(type, "/xml") || text_ends(type, "+xml")) {
        node_markup(n, &t->text);
        return;
    }
    (void)node_text(n, &t->text);
    if (!text_begins(type, "text/"))
        (void)story_base64(&t->text);
}

static void
read_typed(struct feed_text *t, xmlNode *n, struct text type)
{
    bool xml = node_attr_is(n, "mode", "xml");
    bool inner = xmlFirstElementChild(n) != NULL;

    if (is_any(type, "xhtml", "application/xhtml+xml") && inner) {
        node_markup(only_div(n), &t->text);
        t->form = FORM_HTML;
    } else if (is_any(type, "xhtml", "application/xhtml+xml") ||
               is_any(type, "html", "text/html")) {
        if (inner)
            node_markup(only_div(n), &t->text);
        else
            (void)node_text(n, &t->text);
        t->form = FORM_HTML;
    } else if (is_any(type, "text", "text/plain") || type.len == 0) {
        if (xml && inner)
            node_markup(n, &t->text);
        else
            (void)node_text(n, &t->text);
        t->form = xml && inner ? FORM_HTML : FORM_TEXT;
    } else {
        read_other(t, n, type);
    }
    if (node_attr_is(n, "mode", "base64"))
        (void)story_base64(&t->text);
}

void
feed_read_text(struct feed_text *t, xmlNode *n, bool typed)
{
    struct sheaf_buf room = { 0 };
    struct text type = text_trim(node_attr(n, "type", &room));

    t->text.len = t->type.len = 0;
    t->form = FORM_TEXT;
    if (type.len > 0 || typed || node_attr_is(n, "mode", "base64")) {
        read_typed(t, n, type);
    } else if (xmlFirstElementChild(n) != NULL) {
        node_markup(only_div(n), &t->text);
        t->form = FORM_HTML;
    } else {
        (void)node_text(n, &t->text);
        t->form = story_is_html(text_of_buf(&t->text)) ? FORM_HTML : FORM_TEXT;
    }
    /* A text part must be text. */
    if (t->form != FORM_OTHER && !text_is_utf8(text_of_buf(&t->text))) {
        t->form = FORM_OTHER;
        t->type.len = 0;
        buf_add_str(&t->type, TYPE_BYTES);
    }
    sheaf_buf_free(&room);
}

void
feed_free_text(struct feed_text *t)
{
    sheaf_buf_free(&t->text);
    sheaf_buf_free(&t->type);
}

/* ---- Everything else ---- */

void
feed_ext(struct feed *f, const xmlNode *n)
{
    struct sheaf_buf name = { 0 }, json = { 0 };

    (void)node_name(n, &name);
    if (node_json(n, &json)) {
        if (json.len > 2)
            story_ext_json(&f->story, text_of_buf(&name), text_of_buf(&json));
    } else {
        f->story.lost = true;
    }
    sheaf_buf_free(&name);
    sheaf_buf_free(&json);
}
