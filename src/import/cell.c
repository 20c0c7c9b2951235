/*
 * cell.c - lists that are the text of one value: JSON, as sqlite-utils writes
 * it; ['a', "b's"] of Python, as pandas does; {a,"b c"} of PostgreSQL; ";a;b"
 * and "#a #b", as FreshRSS does. And words for no value.
 */
#include "import/cell.h"

/* Appends the string in these quotes, at the start of `t`, as one of JSON;
 * returns its length, or 0: it has no end. */
static size_t
add_quoted(struct text t, struct sheaf_buf *out)
{
    char quote = t.data[0];
    size_t i = 1;

    buf_add_str(out, "\"");
    for (; i < t.len && t.data[i] != quote; i++) {
        char c = t.data[i], next = i + 1 < t.len ? t.data[i + 1] : '\0';

        if (c == '"') {
            buf_add_str(out, "\\\"");
        } else if (c != '\\' || next == '\'') {
            i += c == '\\';
            buf_add(out, t.data + i, 1);
        } else if (next == 'x') {
            buf_add_str(out, "\\u00");
            i++;
        } else {
            buf_add(out, t.data + i++, next != '\0' ? 2 : 1);
        }
    }
    buf_add_str(out, "\"");
    return i < t.len ? i + 1 : 0;
}

/* Makes a list of words that each begin with `mark`. False: some do not. */
static bool
rewrite_marked(struct text t, char mark, struct sheaf_buf *out)
{
    buf_add_str(out, "[");
    while (t.len > 1 && t.data[0] == mark) {
        const char *end = memchr(t.data + 1, mark == ';' ? ';' : ' ',
                                 t.len - 1);
        size_t n = end != NULL ? (size_t)(end - t.data) : t.len;

        if (out->len > 1)
            buf_add_str(out, ",");
        canon_string(out, text_trim(text_from(t.data + 1, n - 1)));
        t = text_trim_start(text_from(t.data + n, t.len - n));
    }
    buf_add_str(out, "]");
    return t.len == 0;
}

/* Appends the text up to a comma as a string of JSON; returns its length. */
static size_t
add_bare(struct text t, struct sheaf_buf *out)
{
    const char *end = memchr(t.data, ',', t.len);
    struct text word = text_from(t.data,
                                 end != NULL ? (size_t)(end - t.data) : t.len);

    canon_string(out, text_trim(word));
    return word.len;
}

/* The list between brackets as one of JSON; `bare`: words need no quotes.
 * False: it is none. */
static bool
rewrite(struct text t, bool bare, struct sheaf_buf *out)
{
    buf_add_str(out, "[");
    for (t = text_trim(t); t.len > 0; t = text_trim(t)) {
        bool quoted = t.data[0] == '"' || (!bare && t.data[0] == '\'');
        size_t n = quoted ? add_quoted(t, out) : bare ? add_bare(t, out) : 0;

        if (n == 0)
            return false;
        t = text_trim_start(text_from(t.data + n, t.len - n));
        if (t.len > 0 && t.data[0] != ',')
            return false;
        if (t.len > 0) {
            buf_add_str(out, ",");
            t = text_from(t.data + 1, t.len - 1);
        }
    }
    buf_add_str(out, "]");
    return true;
}

bool
cell_is_list(struct text t, struct tree *tree, struct sheaf_buf *room)
{
    bool bare;

    t = text_trim(t);
    room->len = 0;
    if (t.len >= 2 && (t.data[0] == ';' || t.data[0] == '#'))
        return rewrite_marked(t, t.data[0], room) &&
               tree_parse(tree, text_of_buf(room));
    if (t.len < 2 || !((t.data[0] == '[' && t.data[t.len - 1] == ']') ||
                       (t.data[0] == '{' && t.data[t.len - 1] == '}')))
        return false;
    if (tree_parse(tree, t))
        return tree->nodes[0].type == TREE_ARRAY;
    bare = t.data[0] == '{';
    room->len = 0;
    return rewrite(text_from(t.data + 1, t.len - 2), bare, room) &&
           tree_parse(tree, text_of_buf(room));
}

bool
cell_is_missing(struct text t, bool prose)
{
    /* R, MySQL and PostgreSQL, Python, Excel; then marks. */
    static const char *const words[] = {
        "NA",   "\\N", "NULL", "null",   "nan",  "NaN",
        "None", "N/A", "<NA>", "(null)", "#N/A", "undefined"
    };
    static const char *const marks[] = { "-", "--", "#", "none", "n/a" };
    bool good = false;

    t = text_trim(t);
    for (size_t i = 0; i < COUNT_OF(words) && !good; i++)
        good = text_is(t, words[i]);
    for (size_t i = 0; i < COUNT_OF(marks) && !good && !prose; i++)
        good = text_is(t, marks[i]);
    return good;
}
