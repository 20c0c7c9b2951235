/*
 * record_body.c - the text of a body that is a list or an object: paragraphs,
 * blocks of rich text, elements of ANS.
 */
#include "import/record_fields.h"

static bool
is_one_of(const struct value *v, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count && value_is_string(v); i++)
        if (text_is(v->string, names[i]))
            return true;
    return false;
}

/* What kind of node it is, by the names of Contentful, Portable Text and the
 * others; or NULL. */
static const struct value *
kind_of(const struct tree *doc, const struct value *v)
{
    static const char *const keys[] = { "nodeType", "_type", "type" };
    const struct value *kind = NULL;

    for (size_t i = 0; i < COUNT_OF(keys) && v->type == TREE_OBJECT &&
                       !value_is_string(kind);
         i++)
        kind = tree_member(doc, v, keys[i]);
    return value_is_string(kind) ? kind : NULL;
}

/* ---- Runs: pieces of one paragraph ---- */

/* A list of strings, and of objects with text between them, as exports of
 * Telegram have for words in bold. */
static bool
is_mixed(const struct tree *doc, const struct value *v)
{
    bool string = false, object = false;

    if (v->type != TREE_ARRAY)
        return false;
    for (size_t i = v->first; i != 0; i = doc->nodes[i].next) {
        const struct value *piece = &doc->nodes[i];

        string = string || value_is_string(piece);
        object = object || (piece->type == TREE_OBJECT &&
                            value_is_string(tree_member(doc, piece, "type")) &&
                            value_is_string(tree_member(doc, piece, "text")));
    }
    return string && object;
}

/* The text of a run of rich text, or NULL: a node of the kind "text" or
 * "span"; of Slate, one without a kind. */
static const struct value *
run_text(const struct tree *doc, const struct value *v)
{
    static const char *const kinds[] = { "text", "span" };
    const struct value *kind = kind_of(doc, v), *t;

    if (v->type != TREE_OBJECT ||
        (kind != NULL && !is_one_of(kind, kinds, COUNT_OF(kinds))))
        return NULL;
    t = tree_member(doc, v, "text");
    if (t == NULL && kind != NULL)
        t = tree_member(doc, v, "value");
    return value_is_string(t) ? t : NULL;
}

/* Whether a member of `parent` is a paragraph of runs: in rich text, a list has
 * either blocks or runs. What a document or a section has are blocks. */
static bool
is_paragraph(const struct tree *doc, const struct value *parent,
             const struct value *list)
{
    static const char *const lists[] = { "children", "content" };
    static const char *const outer[] = { "doc", "document", "root", "article",
                                         "section" };
    bool children = text_is(list->key, lists[0]);
    const struct value *kind;

    if (list->type != TREE_ARRAY ||
        !(children || text_is(list->key, lists[1])))
        return false;
    kind = kind_of(doc, parent);
    if (is_one_of(kind, outer, COUNT_OF(outer)) || (kind == NULL && !children))
        return false;
    for (size_t i = list->first; i != 0; i = doc->nodes[i].next) {
        const struct value *v = &doc->nodes[i];

        if (run_text(doc, v) != NULL && (children || kind_of(doc, v) != NULL))
            return true;
    }
    return false;
}

/* The text of all runs in `v`, with nothing between them. */
static void
say_runs(const struct tree *doc, const struct value *v, struct sheaf_buf *out)
{
    static const char *const breaks[] = { "hardBreak", "hard_break", "break",
                                          "linebreak", "br" };
    const struct value *t = value_is_string(v) ? v : run_text(doc, v);

    if (t == NULL && is_one_of(kind_of(doc, v), breaks, COUNT_OF(breaks)))
        buf_add_str(out, "\n");
    if (t == NULL && v->type == TREE_OBJECT &&
        tree_member(doc, v, "children") == NULL &&
        tree_member(doc, v, "content") == NULL)
        t = tree_member(doc, v, "text"); /* of Telegram */
    if (value_is_string(t))
        buf_add(out, t->string.data, t->string.len);
    for (size_t i = v->first; i != 0 && t == NULL; i = doc->nodes[i].next) {
        const struct value *inner = &doc->nodes[i];

        if (v->type == TREE_ARRAY || text_is(inner->key, "children") ||
            text_is(inner->key, "content"))
            say_runs(doc, inner, out);
    }
}

/* ---- Pieces ---- */

/* Members that text is in, where it comes in pieces: sections, blocks. */
static bool
holds_text(struct text key)
{
    static const char *const keys[] = {
        "text",      "headline", "heading",  "paragraphs",
        "paragraph", "summary",  "sections", "content",
        "children",  "body",     "blocks",   "value",
    };

    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (text_is(key, keys[i]))
            return true;
    return false;
}

static void
add_paragraph(struct sheaf_buf *out, struct text t)
{
    t = text_trim(t);
    if (t.len > 0 && out->len > 0)
        buf_add_str(out, "\n\n");
    buf_add(out, t.data, t.len);
}

/* The text in a field of Drupal, which has a summary beside it, or else `v`. */
static const struct value *
formatted(const struct tree *doc, const struct value *v)
{
    const struct value *text;

    if (v->type != TREE_OBJECT || tree_member(doc, v, "format") == NULL)
        return v;
    text = tree_member(doc, v, "processed");
    if (!value_is_string(text))
        text = tree_member(doc, v, "value");
    return value_is_string(text) ? text : v;
}

/* All pieces of text in `v`, in their order, as paragraphs. */
static void
say_pieces(const struct tree *doc, const struct value *v,
           struct sheaf_buf *out)
{
    v = formatted(doc, v);
    if (value_is_string(v))
        add_paragraph(out, v->string);
    for (size_t i = v->first; i != 0; i = doc->nodes[i].next) {
        const struct value *inner = &doc->nodes[i];

        if (v->type == TREE_OBJECT && is_paragraph(doc, v, inner)) {
            struct sheaf_buf text = { 0 };

            say_runs(doc, inner, &text);
            add_paragraph(out, text_of_buf(&text));
            sheaf_buf_free(&text);
        } else if (v->type == TREE_ARRAY || holds_text(inner->key)) {
            say_pieces(doc, inner, out);
        }
    }
}

/* ---- ANS: content_elements of Arc ---- */

static void say_elements(const struct tree *doc, const struct value *list,
                         const char *tag, struct sheaf_buf *out);

static void
say_tagged(const char *tag, struct text html, struct sheaf_buf *out)
{
    buf_add_str(out, "<");
    buf_add_str(out, tag);
    buf_add_str(out, ">");
    buf_add(out, html.data, html.len);
    buf_add_str(out, "</");
    buf_add_str(out, tag);
    buf_add_str(out, ">\n");
}

static const char *
heading_tag(const struct tree *doc, const struct value *v)
{
    static const char *const tags[] = { "h1", "h2", "h3", "h4", "h5", "h6" };
    const struct value *level = tree_member(doc, v, "level");
    char c = level != NULL && level->source.len == 1 ? level->source.data[0]
                                                     : '2';

    return tags[c >= '1' && c <= '6' ? c - '1' : 1];
}

static void
say_table(const struct tree *doc, const struct value *v, struct sheaf_buf *out)
{
    const struct value *header = tree_member(doc, v, "header");
    const struct value *rows = tree_member(doc, v, "rows");

    buf_add_str(out, "<table>\n");
    if (header != NULL) {
        buf_add_str(out, "<tr>");
        say_elements(doc, header, "th", out);
        buf_add_str(out, "</tr>\n");
    }
    for (size_t i = rows != NULL ? rows->first : 0; i != 0;
         i = doc->nodes[i].next) {
        buf_add_str(out, "<tr>");
        say_elements(doc, &doc->nodes[i], "td", out);
        buf_add_str(out, "</tr>\n");
    }
    buf_add_str(out, "</table>\n");
}

/* Elements that hold others: lists, quotes. */
static bool
say_nested(const struct tree *doc, const struct value *v,
           struct sheaf_buf *out)
{
    const struct value *items = tree_member(doc, v, "items");
    const struct value *inner = tree_member(doc, v, "content_elements");
    const struct value *order = tree_member(doc, v, "list_type");
    const char *tag = "blockquote";

    if (items != NULL)
        tag = value_is_string(order) && text_is(order->string, "ordered")
                  ? "ol"
                  : "ul";
    if (items == NULL)
        items = inner;
    if (items == NULL || items->type != TREE_ARRAY)
        return false;
    buf_add_str(out, "<");
    buf_add_str(out, tag);
    buf_add_str(out, ">\n");
    say_elements(doc, items, inner != NULL ? "p" : "li", out);
    buf_add_str(out, "</");
    buf_add_str(out, tag);
    buf_add_str(out, ">\n");
    return true;
}

/* Elements with text in HTML, each in `tag` if it has no other one. */
static void
say_elements(const struct tree *doc, const struct value *list, const char *tag,
             struct sheaf_buf *out)
{
    static const char *const left_out[] = { "image", "gallery", "video" };

    for (size_t i = list->first; i != 0; i = doc->nodes[i].next) {
        const struct value *v = &doc->nodes[i], *kind = kind_of(doc, v), *t;

        if (v->type != TREE_OBJECT || kind == NULL ||
            is_one_of(kind, left_out, COUNT_OF(left_out)))
            continue;
        t = tree_member(doc, v, "content");
        if (text_is(kind->string, "table"))
            say_table(doc, v, out);
        else if (!say_nested(doc, v, out) && value_is_string(t))
            say_tagged(text_is(kind->string, "header") ? heading_tag(doc, v)
                       : text_is(kind->string, "raw_html") ? "div"
                                                           : tag,
                       t->string, out);
    }
}

/* Whether one of the elements has text as ANS has it. */
static bool
is_ans(const struct tree *doc, const struct value *v)
{
    if (v->type != TREE_ARRAY || !text_is(v->key, "content_elements"))
        return false;
    for (size_t i = v->first; i != 0; i = doc->nodes[i].next)
        if (kind_of(doc, &doc->nodes[i]) != NULL &&
            value_is_string(tree_member(doc, &doc->nodes[i], "content")))
            return true;
    return false;
}

void
record_say_pieces(const struct tree *doc, const struct value *v,
                  struct sheaf_buf *out)
{
    if (is_mixed(doc, v))
        say_runs(doc, v, out);
    else if (is_ans(doc, v))
        say_elements(doc, v, "p", out);
    else
        say_pieces(doc, v, out);
}
