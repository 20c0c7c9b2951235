/*
 * json_sure.c - whether a text is nothing but records in JSON, as far as it is
 * seen. Files named as texts must be that, or they are texts.
 */
#include "import/json_values.h"

/* Brackets inside each other that can be closed. */
#define OPEN_MAX 64

/* A look at a value, whose end is not seen. */
struct seen {
    char open[OPEN_MAX]; /* the brackets that would close it here */
    size_t depth;
    size_t end; /* of what is whole: before a comma, behind a bracket ... */
    size_t closing; /* ... with so many brackets still open */
    size_t quote;   /* where the latest string begins */
    bool named;     /* which is the value of a member */
};

static size_t
string_end(struct text t, size_t at)
{
    for (at++; at < t.len && t.data[at] != '"'; at++)
        at += t.data[at] == '\\';
    return at;
}

static bool
see_byte(struct seen *s, struct text t, size_t at)
{
    char c = t.data[at];

    if ((c == '{' || c == '[') && s->depth == OPEN_MAX)
        return false;
    if (c == '{' || c == '[')
        s->open[s->depth++] = c == '{' ? '}' : ']';
    else if (c == '}' || c == ']')
        s->depth -= s->depth > 0;
    if (c == ',' || c == '}' || c == ']') {
        s->end = c == ',' ? at : at + 1;
        s->closing = s->depth;
    }
    if (c != ' ' && c != '\t' && c != '\r' && c != '\n')
        s->named = c == ':';
    return true;
}

/* Appends what there is of a value that is cut off, as a whole one. */
static bool
close_value(struct text t, struct sheaf_buf *out)
{
    struct seen s = { .depth = 0 };
    size_t at = 0;

    while (at < t.len) {
        if (t.data[at] == '"') {
            s.quote = at;
            at = string_end(t, at);
        } else if (!see_byte(&s, t, at)) {
            return false;
        }
        at++;
    }
    /* The last string has no end. */
    if (at > t.len && s.named) {
        s.end = s.quote;
        s.closing = s.depth;
    }
    buf_add(out, t.data, s.end);
    if (at > t.len && s.named)
        buf_add_str(out, "\"\"");
    while (s.closing > 0)
        buf_add(out, &s.open[--s.closing], 1);
    return true;
}

/* Parses the value that `t` begins with, and takes it; `cut`: its end is not
 * seen. */
static bool
take_value(struct tree *tree, struct text *t, bool whole, bool *cut,
           struct sheaf_buf *room)
{
    struct text value = text_from(t->data, json_extent(*t));

    *cut = value.len == t->len && !whole && !tree_parse(tree, value);
    *t = text_trim_start(text_from(t->data + value.len, t->len - value.len));
    room->len = 0;
    if (*cut && !close_value(value, room))
        return false;
    return tree_parse(tree, *cut ? text_of_buf(room) : value);
}

bool
json_is_records(struct text t, bool whole)
{
    struct sheaf_buf room = { 0 };
    struct tree tree = { 0 };
    bool good = true, cut;
    size_t count = 0;

    for (t = text_trim(t); good && t.len > 0; count++) {
        good = (t.data[0] == '{' || t.data[0] == '[') &&
               take_value(&tree, &t, whole, &cut, &room);
        /* Of lines, the last is as those before. */
        if (good && !(cut && count > 0))
            good = json_is_columns(&tree) || record_is_document(&tree, cut);
    }
    tree_free(&tree);
    sheaf_buf_free(&room);
    return good && count > 0;
}

bool
json_begins_with_record(struct text t, bool whole)
{
    struct records all = { .item = NULL };
    struct sheaf_buf room = { 0 };
    struct tree tree = { 0 };
    bool good, cut;

    t = text_trim(t);
    while (text_begins(t, "["))
        t = text_trim_start(text_from(t.data + 1, t.len - 1));
    good = text_begins(t, "{") && take_value(&tree, &t, whole, &cut, &room) &&
           record_is_article(&all, &tree, &tree.nodes[0]);
    tree_free(&tree);
    sheaf_buf_free(&room);
    return good;
}
