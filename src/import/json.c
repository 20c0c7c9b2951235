/*
 * json.c - reading JSON so that nothing is lost.
 *
 * A value keeps the text that it was written as, next to what that means:
 * numbers beyond a double or 64 bits, 1.0 and 1, and strings with half a
 * surrogate pair all come through, because what canonical metadata can't
 * hold is kept as that text. Positions are in bytes.
 */
#include "import/import.h"

#include <stdlib.h>

/* Deeper than any record, and shallow enough for the stack. */
#define PARSE_DEPTH 512
/* More values than this don't fit into a metadata line, however short. */
#define PARSE_VALUES (META_MAX / 2)

static bool
wrong(struct json_doc *d, size_t at, const char *what)
{
    if (d->wrong == NULL) {
        d->wrong = what;
        d->at = at;
    }
    return false;
}

static int
peek(const struct json_doc *d)
{
    return d->at < d->source.len ? (unsigned char)d->source.data[d->at] : -1;
}

static void
skip_space(struct json_doc *d)
{
    int c = peek(d);

    while (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
        d->at++;
        c = peek(d);
    }
}

/* Node indices, not pointers: adding one may move them all. */
static size_t
add_node(struct json_doc *d, enum json_type type)
{
    if (d->count == d->cap) {
        d->cap = d->cap != 0 ? 2 * d->cap : 64;
        d->nodes = need_memory(d->nodes, d->cap, sizeof *d->nodes);
    }
    memset(&d->nodes[d->count], 0, sizeof *d->nodes);
    d->nodes[d->count].type = type;
    return d->count++;
}

static int
hex4(const char *p)
{
    int v = 0;

    for (int i = 0; i < 4; i++) {
        int c = p[i];

        if (c >= '0' && c <= '9')
            v = v * 16 + c - '0';
        else if (c >= 'a' && c <= 'f')
            v = v * 16 + c - 'a' + 10;
        else if (c >= 'A' && c <= 'F')
            v = v * 16 + c - 'A' + 10;
        else
            return -1;
    }
    return v;
}

/* Half a surrogate pair is put down in three bytes too, which is no UTF-8
 * but keeps different keys different. */
static char *
put_char(char *p, unsigned c)
{
    if (c < 0x80) {
        *p++ = (char)c;
    } else if (c < 0x800) {
        *p++ = (char)(0xC0 | c >> 6);
        *p++ = (char)(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        *p++ = (char)(0xE0 | c >> 12);
        *p++ = (char)(0x80 | (c >> 6 & 0x3F));
        *p++ = (char)(0x80 | (c & 0x3F));
    } else {
        *p++ = (char)(0xF0 | c >> 18);
        *p++ = (char)(0x80 | (c >> 12 & 0x3F));
        *p++ = (char)(0x80 | (c >> 6 & 0x3F));
        *p++ = (char)(0x80 | (c & 0x3F));
    }
    return p;
}

/* At \u: its character, and the other half of a pair where there is one. */
static bool
parse_u(struct json_doc *d, char **to, bool *odd)
{
    const char *s = d->source.data;
    size_t left = d->source.len - d->at;
    int c = left >= 6 ? hex4(s + d->at + 2) : -1;
    int low = -1;

    if (c < 0)
        return wrong(d, d->at, "bad \\u escape");
    if (c >= 0xD800 && c < 0xDC00 && left >= 12 && s[d->at + 6] == '\\' &&
        s[d->at + 7] == 'u')
        low = hex4(s + d->at + 8);
    d->at += 6;
    if (low >= 0xDC00 && low < 0xE000) {
        c = 0x10000 + (c - 0xD800) * 0x400 + (low - 0xDC00);
        d->at += 6;
    } else if (c >= 0xD800 && c < 0xE000) {
        *odd = true;
    }
    *to = put_char(*to, (unsigned)c);
    return true;
}

static bool
parse_escape(struct json_doc *d, char **to, bool *odd)
{
    static const char from[] = "\"\\/bfnrt";
    static const char into[] = "\"\\/\b\f\n\r\t";
    char c = d->at + 1 < d->source.len ? d->source.data[d->at + 1] : '\0';
    const char *hit = c != '\0' ? strchr(from, c) : NULL;

    if (c == 'u')
        return parse_u(d, to, odd);
    if (hit == NULL)
        return wrong(d, d->at, "bad escape");
    *(*to)++ = into[hit - from];
    d->at += 2;
    return true;
}

/* The length of the run from here that stands for itself. */
static size_t
plain_run(struct json_doc *d)
{
    const unsigned char *p = (const unsigned char *)d->source.data + d->at;
    size_t left = d->source.len - d->at;
    size_t n = 0;

    while (n < left && p[n] >= 0x20 && p[n] != '"' && p[n] != '\\') {
        size_t k = p[n] < 0x80 ? 1 : utf8_char(p + n, left - n);

        if (k == 0) {
            (void)wrong(d, d->at + n, "not UTF-8");
            break;
        }
        n += k;
    }
    return n;
}

static bool
parse_string(struct json_doc *d, struct text *source, struct text *string,
             bool *odd)
{
    size_t start = d->at;
    char *to = d->arena + d->arena_len;

    if (peek(d) != '"')
        return wrong(d, d->at, "'\"' expected");
    d->at++;
    for (;;) {
        size_t n = plain_run(d);

        if (d->wrong != NULL)
            return false;
        memcpy(to, d->source.data + d->at, n);
        to += n;
        d->at += n;
        if (peek(d) == '"')
            break;
        if (peek(d) == -1)
            return wrong(d, d->at, "string without an end");
        if (peek(d) != '\\')
            return wrong(d, d->at, "control character in a string");
        if (!parse_escape(d, &to, odd))
            return false;
    }
    d->at++;
    *source = text_from(d->source.data + start, d->at - start);
    string->data = d->arena + d->arena_len;
    string->len = (size_t)(to - string->data);
    d->arena_len += string->len;
    return true;
}

static size_t
skip_digits(struct json_doc *d)
{
    size_t start = d->at;

    while (peek(d) >= '0' && peek(d) <= '9')
        d->at++;
    return d->at - start;
}

static bool
parse_number(struct json_doc *d)
{
    if (peek(d) == '-')
        d->at++;
    if (peek(d) == '0')
        d->at++;
    else if (skip_digits(d) == 0)
        return wrong(d, d->at, "value expected");
    if (peek(d) == '.') {
        d->at++;
        if (skip_digits(d) == 0)
            return wrong(d, d->at, "digit expected");
    }
    if (peek(d) == 'e' || peek(d) == 'E') {
        d->at++;
        if (peek(d) == '+' || peek(d) == '-')
            d->at++;
        if (skip_digits(d) == 0)
            return wrong(d, d->at, "digit expected");
    }
    return true;
}

static bool
parse_word(struct json_doc *d, const char *word)
{
    size_t len = strlen(word);

    if (d->source.len - d->at < len ||
        memcmp(d->source.data + d->at, word, len) != 0)
        return wrong(d, d->at, "value expected");
    d->at += len;
    return true;
}

static bool parse_value(struct json_doc *d, unsigned depth, size_t *out);

static int
compare_keys(const void *a, const void *b)
{
    const struct json *const *x = a;
    const struct json *const *y = b;

    return text_compare((*x)->key, (*y)->key);
}

const struct json **
json_sorted(const struct json_doc *d, const struct json *parent)
{
    const struct json **list = need_memory(NULL, parent->count, sizeof *list);
    size_t n = 0;

    for (size_t i = parent->first; i != 0; i = d->nodes[i].next)
        list[n++] = &d->nodes[i];
    assert(n == parent->count);
    if (n > 1)
        qsort(list, n, sizeof *list, compare_keys);
    return list;
}

static bool
check_duplicates(struct json_doc *d, size_t object)
{
    const struct json *parent = &d->nodes[object];
    const struct json **list = json_sorted(d, parent);
    bool good = true;

    for (size_t i = 1; i < parent->count && good; i++) {
        const char *a = list[i - 1]->key_source.data;
        const char *b = list[i]->key_source.data;

        if (text_compare(list[i - 1]->key, list[i]->key) == 0)
            good = wrong(d, (size_t)((a > b ? a : b) - d->source.data),
                         "key is there twice");
    }
    free(list);
    return good;
}

/* The members of an object, or the values of an array, to its bracket. */
static bool
parse_children(struct json_doc *d, size_t parent, unsigned depth)
{
    bool object = d->nodes[parent].type == JSON_OBJECT;
    char close = object ? '}' : ']';
    size_t last = 0;

    d->at++;
    skip_space(d);
    if (peek(d) == close) {
        d->at++;
        return true;
    }
    for (;;) {
        struct text key = { NULL, 0 }, source = { NULL, 0 };
        bool odd = false;
        size_t child;

        if (object) {
            skip_space(d);
            if (!parse_string(d, &source, &key, &odd))
                return false;
            skip_space(d);
            if (peek(d) != ':')
                return wrong(d, d->at, "':' expected");
            d->at++;
        }
        if (!parse_value(d, depth + 1, &child))
            return false;
        d->nodes[child].key = key;
        d->nodes[child].key_source = source;
        d->nodes[child].odd_key = odd;
        if (last == 0)
            d->nodes[parent].first = child;
        else
            d->nodes[last].next = child;
        last = child;
        d->nodes[parent].count++;
        skip_space(d);
        if (peek(d) == close)
            break;
        if (peek(d) != ',')
            return wrong(d, d->at, object ? "'}' expected" : "']' expected");
        d->at++;
    }
    d->at++;
    return !object || check_duplicates(d, parent);
}

static bool
parse_scalar(struct json_doc *d, size_t node)
{
    struct text source, string = { NULL, 0 };
    bool odd = false;

    switch (d->nodes[node].type) {
    case JSON_STRING:
        if (!parse_string(d, &source, &string, &odd))
            return false;
        d->nodes[node].string = string;
        d->nodes[node].odd = odd;
        return true;
    case JSON_NULL:
        return parse_word(d, "null");
    case JSON_TRUE:
        return parse_word(d, "true");
    case JSON_FALSE:
        return parse_word(d, "false");
    default:
        return parse_number(d);
    }
}

static bool
parse_value(struct json_doc *d, unsigned depth, size_t *out_node)
{
    enum json_type type = JSON_NUMBER;
    size_t start, node;
    int c;

    skip_space(d);
    start = d->at;
    c = peek(d);
    if (c == '{')
        type = JSON_OBJECT;
    else if (c == '[')
        type = JSON_ARRAY;
    else if (c == '"')
        type = JSON_STRING;
    else if (c == 'n')
        type = JSON_NULL;
    else if (c == 't')
        type = JSON_TRUE;
    else if (c == 'f')
        type = JSON_FALSE;
    if (depth > PARSE_DEPTH)
        return wrong(d, d->at, "nested too deep");
    if (d->count >= PARSE_VALUES)
        return wrong(d, d->at, "too many values");

    node = add_node(d, type);
    if (type == JSON_OBJECT || type == JSON_ARRAY) {
        if (!parse_children(d, node, depth))
            return false;
    } else if (!parse_scalar(d, node)) {
        return false;
    }
    d->nodes[node].source =
        text_from(d->source.data + start, d->at - start);
    *out_node = node;
    return true;
}

bool
json_parse(struct json_doc *d, struct text source)
{
    size_t root;

    if (source.len > d->arena_cap || d->arena == NULL) {
        d->arena = need_memory(d->arena, source.len, 1);
        d->arena_cap = source.len;
    }
    d->arena_len = 0;
    d->count = 0;
    d->source = source;
    d->at = 0;
    d->wrong = NULL;
    if (!parse_value(d, 1, &root))
        return false;
    skip_space(d);
    if (d->at != source.len)
        return wrong(d, d->at, "end of the line expected");
    return true;
}

void
json_free(struct json_doc *d)
{
    free(d->nodes);
    free(d->arena);
    memset(d, 0, sizeof *d);
}

bool
json_key_fits(const struct json *member)
{
    struct text key = member->key;

    for (size_t i = 0; i < key.len; i++)
        if (key.data[i] < 0x20 || key.data[i] > 0x7E)
            return false;
    return key.len > 0 && !text_is(key, "$json") && !text_is(key, "$members");
}

/* Whether metadata can hold the number as a number: an integer nearer to
 * zero than 2^53, and not "-0", which would not come back. */
static bool
number_fits(struct text t)
{
    uint64_t v = 0;
    bool minus = t.data[0] == '-';

    if (t.len > 17)
        return false;
    for (size_t i = minus; i < t.len; i++) {
        if (t.data[i] < '0' || t.data[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(t.data[i] - '0');
    }
    return v < (uint64_t)1 << 53 && !(minus && v == 0);
}

static bool
fits(const struct json_doc *d, const struct json *v, unsigned depth)
{
    switch (v->type) {
    case JSON_NULL:
        return false;
    case JSON_TRUE:
    case JSON_FALSE:
        return true;
    case JSON_NUMBER:
        return number_fits(v->source);
    case JSON_STRING:
        return !v->odd;
    case JSON_ARRAY:
    case JSON_OBJECT:
        break;
    }
    /* A child that does not fit becomes an object, one level more. */
    for (size_t i = v->first; i != 0; i = d->nodes[i].next)
        if ((v->type == JSON_OBJECT && !json_key_fits(&d->nodes[i])) ||
            (depth == 1 && !fits(d, &d->nodes[i], 0)))
            return false;
    return depth > 0;
}

static void
canon_children(struct buf *b, const struct json_doc *d, const struct json *v,
               unsigned depth)
{
    if (v->type == JSON_OBJECT) {
        const struct json **list = json_sorted(d, v);

        buf_str(b, "{");
        for (size_t i = 0; i < v->count; i++) {
            canon_key(b, list[i]->key);
            canon_json(b, d, list[i], depth - 1);
        }
        buf_str(b, "}");
        free(list);
        return;
    }
    buf_str(b, "[");
    for (size_t i = v->first; i != 0; i = d->nodes[i].next) {
        if (i != v->first)
            buf_str(b, ",");
        canon_json(b, d, &d->nodes[i], depth - 1);
    }
    buf_str(b, "]");
}

void
canon_json(struct buf *b, const struct json_doc *d, const struct json *v,
           unsigned depth)
{
    if (!fits(d, v, depth)) {
        assert(depth > 0);
        buf_str(b, "{\"$json\":");
        canon_string(b, v->source);
        buf_str(b, "}");
    } else if (v->type == JSON_STRING) {
        canon_string(b, v->string);
    } else if (v->type == JSON_ARRAY || v->type == JSON_OBJECT) {
        canon_children(b, d, v, depth);
    } else {
        buf_add(b, v->source.data, v->source.len);
    }
}
