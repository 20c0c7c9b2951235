/*
 * json_values.c - the values of a JSON text, one after the other, and articles
 * from them.
 */
#include "import/json_values.h"

#include "import/field_map.h"
#include "import/recode.h"

/* ---- Values ---- */

/* The search for the end of a value. */
struct extent {
    size_t at;
    unsigned depth;
    bool string;
    bool escaped;
};

/* Searches on from e->at. True: the value ends there. */
static bool
find_end(struct extent *e, struct text t)
{
    for (; e->at < t.len; e->at++) {
        char c = t.data[e->at];

        if (e->escaped) {
            e->escaped = false;
        } else if (e->string) {
            e->escaped = c == '\\';
            e->string = c != '"';
        } else if (c == '"') {
            e->string = true;
        } else if (c == '{' || c == '[') {
            e->depth++;
        } else if ((c == '}' || c == ']') && e->depth > 0) {
            if (--e->depth == 0) {
                e->at++;
                return true;
            }
        } else if (e->depth == 0 && e->at > 0 &&
                   strchr(" \t\r\n,]}", c) != NULL) {
            return true;
        }
    }
    return false;
}

enum line
json_value(struct input *in, bool skip, struct text *out)
{
    struct extent e = { 0 };
    bool lost = false, ended;

    for (;;) {
        struct text t = input_peek(in, e.at + 1);

        if (t.len == e.at) {
            *out = t;
            input_take(in, t.len);
            return t.len == 0 || input_failed(in) ? LINE_END : LINE_GOOD;
        }
        ended = find_end(&e, t);
        lost = lost || e.at > RECORD_MAX;
        if (lost && !skip)
            return LINE_LONG;
        if (ended) {
            *out = text_from(t.data, e.at);
            input_take(in, e.at);
            return lost ? LINE_LONG : LINE_GOOD;
        }
        if (lost) {
            input_take(in, e.at);
            e.at = 0;
        }
    }
}

size_t
json_extent(struct text t)
{
    struct extent e = { 0 };

    (void)find_end(&e, t);
    return e.at;
}

int
json_skip_between(struct input *in, bool array)
{
    for (;;) {
        struct text t = input_peek(in, 1);
        size_t n = 0;

        while (n < t.len && t.data[n] != '\0' &&
               strchr(array ? " \t\r\n," : " \t\r\n\x1A", t.data[n]) != NULL)
            n++;
        input_take(in, n);
        if (n < t.len)
            return (unsigned char)t.data[n];
        if (t.len == 0)
            return -1;
    }
}

/* ---- One object ---- */

void
json_import(struct records *r, struct tree *tree, struct text source,
            uint64_t number, bool listed)
{
    const struct item *item = r->item;
    char *place = r->alone ? format_text("%s", item->place)
                           : format_text(listed ? "%s: record %llu"
                                                : "%s:%llu",
                                         item->place,
                                         (unsigned long long)number);
    struct sheaf_buf other = { 0 };
    bool good;

    if (asked.charset != NULL && !text_is_utf8(source)) {
        recode(asked.charset, source, &other);
        source = text_of_buf(&other);
    }
    good = tree_parse(tree, source);

    if (!good || tree->nodes[0].type != TREE_OBJECT) {
        char *column = format_text("%s:%zu", place, good ? 1 : tree->at + 1);

        reject(EXIT_FAILED, column, source, "%s%s",
               good ? "expected an object" : tree->wrong,
               text_is_utf8(source) ? "" : " (--charset)");
        mem_free(column);
    } else if (listed) {
        import_listed(r, tree, &tree->nodes[0], place, number);
    } else if (!map_loaded() && json_is_columns(tree)) {
        json_import_columns(r, tree, place);
    } else {
        import_record(r, tree, &tree->nodes[0], place, number, source);
    }
    sheaf_buf_free(&other);
    mem_free(place);
}

void
json_reject_long(const struct records *r, uint64_t number)
{
    char *place = format_text("%s:%llu", r->item->place,
                              (unsigned long long)number);

    reject(EXIT_LIMIT, place, text_from("", 0), "a record of more than %zu MiB",
           RECORD_MAX / MIB);
    mem_free(place);
}
