/*
 * json_list.c - a JSON document with lists of records in it, which is too
 * large to be in memory.
 */
#include "import/field_map.h"
#include "import/json_values.h"

/* Members of the document that its records may have, too. */
#define OUTER_MAX (64 * KIB)
#define KEY_MAX ((size_t)4096)

struct wrapped {
    struct records *records;
    struct input *in;
    struct tree tree;
    struct tree outer;
    struct sheaf_buf members; /* the text of `outer` */
    struct sheaf_buf path;    /* a JSON pointer to where the reader is */
    uint64_t number;          /* of records */
    bool found;               /* a list was */
    bool mapped;              /* --map says where the list is */
    bool article;             /* the document is one itself */
    bool wrong;               /* an error was reported */
};

static void
wrong(struct wrapped *w, const char *what)
{
    const struct input *in = w->in;

    /* The start of a value that is cut off is reported with its input. */
    if (!w->wrong && !input_failed(in))
        reject(EXIT_FAILED, w->records->item->place, text_from("", 0),
               "%s, at byte %llu", what,
               (unsigned long long)(in->taken - (in->len - in->at)));
    w->wrong = true;
}

/* Skips white space; the next byte, which is not taken, or -1. */
static int
next_byte(struct wrapped *w)
{
    return json_skip_between(w->in, false);
}

static bool
take(struct wrapped *w, int want, const char *what)
{
    if (next_byte(w) == want)
        input_take(w->in, 1);
    else
        wrong(w, what);
    return !w->wrong;
}

/* Appends a key to the path: RFC 6901. */
static void
add_step(struct wrapped *w, struct text key)
{
    buf_add_str(&w->path, "/");
    for (size_t i = 0; i < key.len; i++) {
        if (key.data[i] == '~' || key.data[i] == '/')
            buf_add_str(&w->path, key.data[i] == '~' ? "~0" : "~1");
        else
            buf_add(&w->path, key.data + i, 1);
    }
}

/* Takes a key and the colon, and appends it to the path. */
static bool
take_key(struct wrapped *w)
{
    bool string = true, escaped = false;
    size_t at = 1;
    struct text t;
    int c = next_byte(w);

    if (c != '"') {
        wrong(w, c == -1 ? "the document has no end"
                         : "the name of a member expected");
        return false;
    }
    t = input_peek(w->in, KEY_MAX);
    for (; at < t.len && string; at++) {
        string = escaped || t.data[at] != '"';
        escaped = !escaped && t.data[at] == '\\';
    }
    if (string || !tree_parse(&w->tree, text_from(t.data, at))) {
        wrong(w, "the name of a member has no end");
        return false;
    }
    add_step(w, w->tree.nodes[0].string);
    input_take(w->in, at);
    return take(w, ':', "':' expected");
}

/* Keeps a small member of the document for its records. */
static void
keep_member(struct wrapped *w, struct text value)
{
    struct text key = text_from((char *)w->path.data + 1, w->path.len - 1);

    if (memchr(key.data, '/', key.len) != NULL || w->found ||
        !text_is_utf8(key) || w->members.len + key.len + value.len > OUTER_MAX)
        return;
    buf_add_str(&w->members, w->members.len > 0 ? "," : "{");
    canon_string(&w->members, key);
    buf_add_str(&w->members, ":");
    buf_add(&w->members, value.data, value.len);
}

/* Names a list whose first element may have been an article. */
static void
warn_of_list(struct wrapped *w, struct text value)
{
    struct text t = text_trim(text_from(value.data + 1, value.len - 1));

    if (w->article || w->mapped || value.data[0] != '[' ||
        !text_begins(t, "{") ||
        memchr(w->path.data + 1, '/', w->path.len - 1) != NULL ||
        !tree_parse(&w->tree, text_from(t.data, json_extent(t))) ||
        !record_is_article(w->records, &w->tree, &w->tree.nodes[0]))
        return;
    warn(w->records->item->place, "a list of texts is left out: %.*s",
         (int)w->path.len, (char *)w->path.data);
}

/* Takes a value that is not the list. */
static bool
pass_over(struct wrapped *w)
{
    struct text value;
    int c = next_byte(w);

    if (c == '}' || c == ']' || c == ',') {
        wrong(w, "a value expected");
        return false;
    }
    switch (json_value(w->in, true, &value)) {
    case LINE_GOOD:
        keep_member(w, value);
        warn_of_list(w, value);
        return true;
    case LINE_LONG:
        if (!w->article && !w->mapped)
            warn(w->records->item->place,
                 "a member of more than %zu MiB is left out: %.*s",
                 RECORD_MAX / MIB, (int)w->path.len, (char *)w->path.data);
        return true;
    case LINE_END: break;
    }
    wrong(w, "the document has no end");
    return false;
}

static void
begin_list(struct wrapped *w)
{
    w->found = true;
    w->records->alone = false;
    if (w->members.len > 0)
        buf_add_str(&w->members, "}");
    if (w->members.len > 0 &&
        tree_parse(&w->outer, text_of_buf(&w->members)) &&
        w->outer.nodes[0].type == TREE_OBJECT) {
        w->records->outer_doc = &w->outer;
        w->records->outer = &w->outer.nodes[0];
    }
}

/* The first element of another list says whether they are articles. */
static bool
are_articles(struct wrapped *w, struct text first)
{
    if (tree_parse(&w->tree, first) &&
        record_is_article(w->records, &w->tree, &w->tree.nodes[0]))
        return true;
    warn(w->records->item->place,
         "another list is left out, whose first record has no known body: "
         "%.*s",
         (int)w->path.len, (char *)w->path.data);
    return false;
}

/* The elements of the list, behind its bracket. `another`: it is not the
 * first, and may be of other things. */
static void
import_elements(struct wrapped *w, bool another)
{
    bool taken = !another, first = another;
    struct text value;
    int c;

    if (another)
        w->records->source = 0; /* its numbers begin again */

    while ((c = json_skip_between(w->in, true)) != ']') {
        enum line got = LINE_END;

        if (c == '}') {
            wrong(w, "'}' in a list");
            return;
        }
        if (c != -1)
            got = json_value(w->in, true, &value);
        if (got == LINE_END) {
            wrong(w, "the list has no end");
            return;
        }
        if (first)
            taken = got == LINE_LONG || are_articles(w, value);
        first = false;
        w->number += taken;
        if (taken && got == LINE_LONG)
            json_reject_long(w->records, w->number);
        else if (taken)
            json_import(w->records, &w->tree, value, w->number, true);
    }
    input_take(w->in, 1);
}

/* A list where records may be. */
static void
read_list(struct wrapped *w)
{
    struct text t = input_peek(w->in, LOOK_MAX);
    bool another = w->found;

    t = text_trim(text_from(t.data + 1, t.len - 1));
    if (t.len == 0 || t.data[0] != '{') {
        (void)pass_over(w);
        return;
    }
    if (!another)
        begin_list(w);
    input_take(w->in, 1);
    import_elements(w, another);
}

static void read_object(struct wrapped *w);

/* Elements, of which one may have the list inside. */
static void
read_array(struct wrapped *w)
{
    size_t before = w->path.len;
    uint64_t index = 0;
    int c;

    input_take(w->in, 1);
    while (!w->wrong && (c = json_skip_between(w->in, true)) != ']') {
        buf_add_str(&w->path, "/");
        buf_add_u64_text(&w->path, index++);
        if (c == '{' &&
            (record_path(text_of_buf(&w->path)) & PATH_AROUND) != 0)
            read_object(w);
        else
            (void)pass_over(w);
        w->path.len = before;
    }
    if (!w->wrong)
        input_take(w->in, 1);
}

/* Whether the member is the body of an article, which may have any lists. */
static bool
is_body(const struct wrapped *w)
{
    return !w->mapped &&
           record_has_body(
               text_from((char *)w->path.data + 1, w->path.len - 1));
}

/* The value that begins with the byte `c`. */
static void
read_member(struct wrapped *w, int c, unsigned path)
{
    if (c == '[' && (path & PATH_LIST) != 0 && !w->article)
        read_list(w);
    else if (c == '{' && (path & PATH_AROUND) != 0)
        read_object(w);
    else if (c == '[' && (path & PATH_AROUND) != 0)
        read_array(w);
    else
        (void)pass_over(w);
}

/* An object, in which the list may be. The depth is that of record_path. */
static void
read_object(struct wrapped *w)
{
    size_t before = w->path.len;
    int c;

    input_take(w->in, 1);
    while (!w->wrong && (c = json_skip_between(w->in, true)) != '}') {
        if (!take_key(w))
            break;
        c = next_byte(w);
        if (before == 0 && c == '"')
            w->article = w->article || is_body(w);
        read_member(w, c, record_path(text_of_buf(&w->path)));
        w->path.len = before;
    }
    if (!w->wrong)
        input_take(w->in, 1);
}

void
import_wrapped_list(struct records *r, uint64_t number)
{
    struct wrapped w = { .records = r, .in = r->item->in };
    size_t at = 0;

    w.mapped = map_next("record", &at) != NULL;
    read_object(&w);
    if (!w.found && !w.wrong)
        json_reject_long(r, number);
    /* Nobody knows where the next value begins. */
    if (w.wrong)
        input_drain(w.in);
    r->outer = NULL;
    r->outer_doc = NULL;
    tree_free(&w.tree);
    tree_free(&w.outer);
    sheaf_buf_free(&w.members);
    sheaf_buf_free(&w.path);
}
