/*
 * feed_blogger.c - exports of Blogger: Atom in which settings, templates and
 * comments are entries, too; and drafts of any Atom.
 */
#include "import/feed.h"

#define KINDS "http://schemas.google.com/g/2005#kind"
#define KIND "http://schemas.google.com/blogger/2008/kind#"

/* A category that says what an entry is; it is not one of the article's. */
bool
blogger_is_kind(const xmlNode *n)
{
    return node_attr_is(n, "scheme", KINDS);
}

/* Appends what an entry is, by its category or, in exports since 2023, by an
 * element: "post", "COMMENT". */
static struct text
kind_of(const xmlNode *record, struct sheaf_buf *room)
{
    for (const xmlNode *n = record->children; n != NULL; n = n->next) {
        struct text t;

        if (node_is(n, NS_BLOGGER, "type"))
            return text_trim(node_text(n, room));
        if (!node_is(n, NS_CORE, "category") || !blogger_is_kind(n))
            continue;
        t = text_trim(node_attr(n, "term", room));
        if (text_begins(t, KIND))
            return text_from(t.data + strlen(KIND), t.len - strlen(KIND));
    }
    return text_from("", 0);
}

static bool
says(const xmlNode *n, const char *value)
{
    struct sheaf_buf room = { 0 };
    bool good = n != NULL && text_is(text_trim(node_text(n, &room)), value);

    sheaf_buf_free(&room);
    return good;
}

static bool
is_trashed(const xmlNode *record)
{
    const xmlNode *when = node_child(record, NS_BLOGGER, "trashed");

    return (when != NULL && when->children != NULL) ||
           says(node_child(record, NS_BLOGGER, "status"), "SOFT_TRASHED");
}

bool
blogger_is_article(struct feed *f, const xmlNode *record)
{
    static const char *const others[] = { "comment", "settings", "template" };
    const xmlNode *control = node_child(record, NS_APP, "control");
    struct sheaf_buf room = { 0 };
    struct text kind = kind_of(record, &room);
    const char *what = NULL;

    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (kind.len == strlen(others[i]) && text_begins(kind, others[i]))
            what = others[i];
    if (what == NULL && is_trashed(record))
        what = "post in the trash";
    if (what != NULL)
        leave_out(what, NULL, "%s", what);
    else if (says(node_child(record, NS_BLOGGER, "status"), "DRAFT") ||
             (control != NULL &&
              says(node_child(control, NS_APP, "draft"), "yes")))
        warn(f->place, "it is a draft: it was not published");
    sheaf_buf_free(&room);
    return what == NULL;
}
