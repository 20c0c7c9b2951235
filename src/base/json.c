/*
 * json.c - the strict JSON of metadata lines.
 *
 * There are three readers, from strict to loose. The checker accepts the
 * canonical grammar and nothing else. The canonicaliser accepts RFC 8259, and
 * writes while it reads. The walkers (json_next and so on) trust the text, and
 * only take care not to leave it.
 */
#include "base/json.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/hex.h"
#include "base/jsonscan.h"
#include "base/mem.h"
#include "base/number.h"

#define INTEGER_MAX (((uint64_t)1 << 53) - 1)
#define ESCAPE_MAX 6 /* bytes in the longest canonical escape, \u001f */

/* ---- What the checker and the canonicaliser share ------------------------ */

/* Integers have one spelling in the subset, so one reader serves both. */
static bool
scan_integer(struct scan *s)
{
    const uint8_t *start = s->at;
    bool negative = scan_take(s, '-');
    const uint8_t *digits = s->at;
    uint64_t n = 0;

    while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
        s->at++;
    if (s->at == digits)
        return scan_refuse_at(s, start, "F4.2", "not a value");
    if (*digits == '0' && s->at - digits > 1)
        return scan_refuse_at(s, start, "F4.2", "integer with a leading zero");
    if (!number_parse(sheaf_view(digits, (size_t)(s->at - digits)), INTEGER_MAX,
                      &n))
        return scan_refuse_at(s, start, "F4.2", "integer out of range");
    if (scan_peek(s) == '.' || scan_peek(s) == 'e' || scan_peek(s) == 'E')
        return scan_refuse_at(s, start, "F4.2", "number is not an integer");
    if (negative && n == 0)
        return scan_refuse_at(s, start, "F4.2", "minus zero");
    return true;
}

/* true, false or an integer; null has a message of its own. */
static bool
scan_scalar(struct scan *s)
{
    if (s->at == s->end)
        return scan_refuse(s, "text ends too soon");
    if (scan_word(s, "true") || scan_word(s, "false"))
        return true;
    if (scan_left(s) >= 4 && memcmp(s->at, "null", 4) == 0)
        return scan_refuse(s, "null is not allowed");
    return scan_integer(s);
}

/* Enters an object or array, which makes the depth `depth`. */
static bool
scan_open(struct scan *s, unsigned depth)
{
    if (depth > JSON_DEPTH)
        return scan_refuse_at(s, s->at, "F4.3", "nested too deep");
    s->at++;
    return true;
}

/* ---- Escapes ------------------------------------------------------------- */

/* The letter of a character's two-byte escape, or 0 if it has none. */
static uint8_t
short_escape(uint8_t c)
{
    switch (c) {
    case '"':  return '"';
    case '\\': return '\\';
    case '\b': return 'b';
    case '\t': return 't';
    case '\n': return 'n';
    case '\f': return 'f';
    case '\r': return 'r';
    }
    return 0;
}

/* Writes a byte as it is written in a canonical string. */
static size_t
escape_byte(uint8_t c, uint8_t out[ESCAPE_MAX])
{
    uint8_t letter = short_escape(c);

    if (letter != 0) {
        out[0] = '\\';
        out[1] = letter;
        return 2;
    }
    if (c < 0x20) {
        memcpy(out, "\\u00", 4);
        hex_print(&c, 1, (char *)out + 4);
        return 6;
    }
    out[0] = c;
    return 1;
}

/* Checks that JCS would have written this escape: reads it, writes it,
 * compares. */
static bool
check_escape(struct scan *s)
{
    const uint8_t *start = s->at;
    uint8_t again[ESCAPE_MAX];
    uint32_t c;
    size_t len;

    if (!scan_escape(s, &c, NULL))
        return false;
    len = c < 0x80 ? escape_byte((uint8_t)c, again) : 0;
    if (len != (size_t)(s->at - start) || memcmp(start, again, len) != 0)
        return scan_refuse_at(s, start, "F4.2", "escape is not canonical");
    return true;
}

/* The next character of a canonical key. The caller knows that there is
 * one. */
static unsigned
key_char(struct sheaf_bytes *key)
{
    const uint8_t *p = key->data;
    size_t len = 1;
    unsigned c = p[0];

    if (c == '\\' && key->len >= 6 && p[1] == 'u') {
        len = 6;
        c = ((unsigned)hex_digit(p[4]) << 4 | (unsigned)hex_digit(p[5])) & 127;
    } else if (c == '\\' && key->len >= 2) {
        len = 2;
        c = (unsigned)scan_unescape(p[1]) & 127;
    }
    key->data += len;
    key->len -= len;
    return c;
}

int
json_key_compare(struct sheaf_bytes a, struct sheaf_bytes b)
{
    /* Most keys differ in the first byte. */
    if (a.len != 0 && b.len != 0 && a.data[0] != b.data[0] &&
        a.data[0] != '\\' && b.data[0] != '\\')
        return a.data[0] < b.data[0] ? -1 : 1;
    while (a.len > 0 && b.len > 0) {
        unsigned ca = key_char(&a);
        unsigned cb = key_char(&b);

        if (ca != cb)
            return ca < cb ? -1 : 1;
    }
    return (a.len > 0) - (b.len > 0);
}

/* ---- The checker --------------------------------------------------------- */

static bool check_value(struct scan *s, unsigned depth);

static bool
check_string(struct scan *s, bool key)
{
    s->at++;
    s->at += scan_plain(s->at, scan_left(s));
    if (scan_take(s, '"'))
        return true;
    while (scan_text(s, key)) {
        if (scan_take(s, '"'))
            return true;
        if (!check_escape(s))
            return false;
    }
    return false;
}

/* The members that are looked for in the outermost object. */
struct wanted {
    struct json_wanted *next;
    struct json_wanted *end;
};

/* Both sides are sorted, so what is before this key does not come any more. */
static void
take_wanted(struct wanted *w, struct sheaf_bytes key, struct sheaf_bytes value)
{
    while (w->next < w->end) {
        const uint8_t *want = (const uint8_t *)w->next->key;
        size_t n = 0;

        while (n < key.len && want[n] == key.data[n])
            n++;
        if (n == key.len && want[n] == 0)
            w->next->value = value;
        if (want[n] != 0 && (n == key.len || want[n] > key.data[n]))
            return;
        w->next++;
    }
}

static bool
check_object(struct scan *s, unsigned depth, struct wanted *wanted)
{
    struct sheaf_bytes last = { NULL, 0 };
    bool first = true;

    if (!scan_open(s, depth))
        return false;
    if (scan_take(s, '}'))
        return true;
    do {
        const uint8_t *start = s->at;
        struct sheaf_bytes key;

        if (scan_peek(s) != '"')
            return scan_refuse(s, "expected a key");
        if (!check_string(s, true))
            return false;
        key.data = start + 1;
        key.len = (size_t)(s->at - start) - 2;
        if (!first && json_key_compare(last, key) >= 0)
            return scan_refuse_at(s, start, "F4.2",
                             bytes_equal(last, key) ? "key occurs twice"
                                                    : "key out of order");
        first = false;
        last = key;
        if (!scan_take(s, ':'))
            return scan_refuse(s, "expected a colon");
        start = s->at;
        if (!check_value(s, depth))
            return false;
        if (wanted != NULL)
            take_wanted(wanted, key,
                        sheaf_view(start, (size_t)(s->at - start)));
    } while (scan_take(s, ','));
    return scan_take(s, '}') || scan_refuse(s, "expected a comma or a brace");
}

static bool
check_array(struct scan *s, unsigned depth)
{
    if (!scan_open(s, depth))
        return false;
    if (scan_take(s, ']'))
        return true;
    do {
        if (!check_value(s, depth))
            return false;
    } while (scan_take(s, ','));
    return scan_take(s, ']') || scan_refuse(s, "expected a comma or a bracket");
}

/* Checks a value at this depth. */
static bool
check_value(struct scan *s, unsigned depth)
{
    switch (scan_peek(s)) {
    case '{': return check_object(s, depth + 1, NULL);
    case '[': return check_array(s, depth + 1);
    case '"': return check_string(s, false);
    default:  return scan_scalar(s);
    }
}

int
json_check(struct sheaf_bytes text, struct sheaf_error *err)
{
    struct json_wanted none;

    return json_check_members(text, &none, 0, err);
}

int
json_check_members(struct sheaf_bytes text, struct json_wanted *members,
                   size_t count, struct sheaf_error *err)
{
    struct wanted wanted = { members, members + count };
    struct scan s;

    for (size_t i = 0; i < count; i++)
        members[i].value = sheaf_view(NULL, 0);

    if (text.len == 0 || text.data[0] != '{')
        return fail_corrupt(err, NO_OFFSET, "F4.2",
                            "metadata: expected an object at byte 0");
    if (text.len > JSON_MAX)
        return fail_corrupt(err, NO_OFFSET, "F4.3",
                            "metadata: longer than %zu bytes", JSON_MAX);
    s = scan_over(text);
    if (!check_object(&s, 1, count != 0 ? &wanted : NULL) ||
        (s.at != s.end && !scan_refuse(&s, "more after the object")))
        return fail_corrupt(err, NO_OFFSET, s.clause,
                            "metadata: %s at byte %zu", s.why,
                            (size_t)(s.bad_at - s.start));
    return SHEAF_OK;
}

/* ---- The canonicaliser --------------------------------------------------- */

/* A member of an object being read: where it is in `out`, key first. */
struct member {
    size_t at;
    size_t len;
    size_t key_len;      /* without quotes */
    const uint8_t *from; /* the key in the text, for messages */
};

struct canon {
    struct scan in;
    struct sheaf_buf *out;
    size_t base;              /* what `out` held before */
    struct member *members;   /* of all the objects that are open */
    size_t count;
    size_t cap;
    struct sheaf_buf shuffle; /* an object's members while they are sorted */
    bool no_memory;
};

static bool canon_value(struct canon *c, unsigned depth);

static bool
no_memory(struct canon *c)
{
    c->no_memory = true;
    return false;
}

static bool
put(struct canon *c, const void *data, size_t len)
{
    if (len > JSON_MAX - (c->out->len - c->base))
        return scan_refuse(&c->in, "canonical form is longer than 1 MiB");
    return buf_add(c->out, data, len) || no_memory(c);
}

static bool
canon_string(struct canon *c, bool key)
{
    struct scan *in = &c->in;
    uint8_t spelled[ESCAPE_MAX];

    in->at++;
    if (!put(c, "\"", 1))
        return false;
    for (;;) {
        const uint8_t *run = in->at;
        uint32_t ch;
        size_t len;

        if (!scan_text(in, key) || !put(c, run, (size_t)(in->at - run)))
            return false;
        if (scan_take(in, '"'))
            return put(c, "\"", 1);
        run = in->at;
        if (!scan_escape(in, &ch, NULL))
            return false;
        if (key && ch >= 0x80)
            return scan_refuse_at(in, run, "F4.2", "key is not ASCII");
        len = ch < 0x80 ? escape_byte((uint8_t)ch, spelled)
                        : utf8_put(spelled, ch);
        if (!put(c, spelled, len))
            return false;
    }
}

static int
member_compare(const struct canon *c, const struct member *a,
               const struct member *b)
{
    struct sheaf_bytes ka = { c->out->data + a->at + 1, a->key_len };
    struct sheaf_bytes kb = { c->out->data + b->at + 1, b->key_len };

    return json_key_compare(ka, kb);
}

static void
sift_down(const struct canon *c, struct member *heap, size_t i, size_t count)
{
    for (;;) {
        size_t child = 2 * i + 1;
        struct member swap = heap[i];

        if (child >= count)
            return;
        if (child + 1 < count &&
            member_compare(c, &heap[child], &heap[child + 1]) < 0)
            child++;
        if (member_compare(c, &heap[i], &heap[child]) >= 0)
            return;
        heap[i] = heap[child];
        heap[child] = swap;
        i = child;
    }
}

/* Heapsort: n log n for any text, and no memory. (qsort promises neither,
 * and tests cannot make it fail.) */
static void
sort_members(const struct canon *c, struct member *m, size_t count)
{
    for (size_t i = count / 2; i > 0; i--)
        sift_down(c, m, i - 1, count);
    for (size_t i = count; i > 1; i--) {
        struct member last = m[i - 1];

        m[i - 1] = m[0];
        m[0] = last;
        sift_down(c, m, 0, i - 1);
    }
}

static bool
in_order(const struct canon *c, const struct member *m, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (member_compare(c, &m[i - 1], &m[i]) >= 0)
            return false;
    return true;
}

/* Sorts the members of the innermost object, which are the last bytes of
 * `out`. */
static bool
order_members(struct canon *c, struct member *m, size_t count)
{
    size_t at;

    if (in_order(c, m, count))
        return true;
    at = m[0].at;
    sort_members(c, m, count);
    for (size_t i = 1; i < count; i++)
        if (member_compare(c, &m[i - 1], &m[i]) == 0)
            return scan_refuse_at(&c->in,
                             m[i].from > m[i - 1].from ? m[i].from
                                                       : m[i - 1].from,
                             "F4.2", "key occurs twice");
    c->shuffle.len = 0;
    for (size_t i = 0; i < count; i++)
        if ((i > 0 && !buf_add(&c->shuffle, ",", 1)) ||
            !buf_add(&c->shuffle, c->out->data + m[i].at, m[i].len))
            return no_memory(c);
    assert(c->shuffle.len == c->out->len - at);
    memcpy(c->out->data + at, c->shuffle.data, c->shuffle.len);
    return true;
}

static bool
add_member(struct canon *c, const struct member *m)
{
    if (c->count == c->cap) {
        size_t cap = c->cap != 0 ? c->cap * 2 : 64;
        struct member *grown = mem_resize(c->members, cap, sizeof *grown);

        if (grown == NULL)
            return no_memory(c);
        c->members = grown;
        c->cap = cap;
    }
    c->members[c->count++] = *m;
    return true;
}

static bool
canon_member(struct canon *c, unsigned depth)
{
    struct scan *in = &c->in;
    struct member m = { .at = c->out->len, .from = in->at };

    if (scan_peek(in) != '"')
        return scan_refuse(in, "expected a key");
    if (!canon_string(c, true))
        return false;
    m.key_len = c->out->len - m.at - 2;
    scan_space(in);
    if (!scan_take(in, ':'))
        return scan_refuse(in, "expected a colon");
    scan_space(in);
    if (!put(c, ":", 1) || !canon_value(c, depth))
        return false;
    m.len = c->out->len - m.at;
    scan_space(in);
    return add_member(c, &m);
}

static bool
canon_object(struct canon *c, unsigned depth)
{
    struct scan *in = &c->in;
    size_t first = c->count;

    if (!scan_open(in, depth) || !put(c, "{", 1))
        return false;
    scan_space(in);
    if (scan_take(in, '}'))
        return put(c, "}", 1);
    for (;;) {
        if (!canon_member(c, depth))
            return false;
        if (!scan_take(in, ','))
            break;
        scan_space(in);
        if (!put(c, ",", 1))
            return false;
    }
    if (!scan_take(in, '}'))
        return scan_refuse(in, "expected a comma or a brace");
    if (!order_members(c, c->members + first, c->count - first))
        return false;
    c->count = first;
    return put(c, "}", 1);
}

static bool
canon_array(struct canon *c, unsigned depth)
{
    struct scan *in = &c->in;

    if (!scan_open(in, depth) || !put(c, "[", 1))
        return false;
    scan_space(in);
    if (scan_take(in, ']'))
        return put(c, "]", 1);
    for (;;) {
        if (!canon_value(c, depth))
            return false;
        scan_space(in);
        if (!scan_take(in, ','))
            break;
        scan_space(in);
        if (!put(c, ",", 1))
            return false;
    }
    if (!scan_take(in, ']'))
        return scan_refuse(in, "expected a comma or a bracket");
    return put(c, "]", 1);
}

static bool
canon_value(struct canon *c, unsigned depth)
{
    const uint8_t *start = c->in.at;

    switch (scan_peek(&c->in)) {
    case '{': return canon_object(c, depth + 1);
    case '[': return canon_array(c, depth + 1);
    case '"': return canon_string(c, false);
    }
    return scan_scalar(&c->in) && put(c, start, (size_t)(c->in.at - start));
}

static bool
canon_text(struct canon *c)
{
    struct scan *in = &c->in;

    scan_space(in);
    if (scan_peek(in) != '{')
        return scan_refuse(in, "expected an object");
    if (!canon_object(c, 1))
        return false;
    scan_space(in);
    return in->at == in->end || scan_refuse(in, "more after the object");
}

static int
fail_at_line(const struct scan *s, struct sheaf_error *err)
{
    const uint8_t *line_start = s->start;
    size_t line = 1;

    for (const uint8_t *p = s->start; p < s->bad_at; p++)
        if (*p == '\n') {
            line++;
            line_start = p + 1;
        }
    return fail(err, SHEAF_EINVAL, "%s at line %zu, column %zu", s->why, line,
                (size_t)(s->bad_at - line_start) + 1);
}

int
json_canonical(struct sheaf_bytes text, struct sheaf_buf *out,
               struct sheaf_error *err)
{
    struct canon c = { .out = out, .base = out->len };
    int rc = SHEAF_OK;

    if (text.len == 0)
        return fail(err, SHEAF_EINVAL,
                    "expected an object at line 1, column 1");
    c.in = scan_over(text);
    if (!canon_text(&c)) {
        out->len = c.base;
        rc = c.no_memory ? fail_nomem(err) : fail_at_line(&c.in, err);
    }
    mem_free(c.members);
    sheaf_buf_free(&c.shuffle);
    return rc;
}

/* ---- Taking checked text apart ------------------------------------------- */

enum json_kind
json_kind(struct sheaf_bytes value)
{
    if (value.len == 0)
        return JSON_NONE;
    switch (value.data[0]) {
    case '{': return JSON_OBJECT;
    case '[': return JSON_ARRAY;
    case '"': return JSON_STRING;
    case 't':
    case 'f': return JSON_BOOL;
    case '-': return JSON_INTEGER;
    }
    return value.data[0] >= '0' && value.data[0] <= '9' ? JSON_INTEGER
                                                        : JSON_NONE;
}

/* Bytes in the string that begins at `p`, quotes included; 0 if it does not
 * end. memchr is fast, so this finds quotes first and then checks whether
 * they are escaped. */
static size_t
string_len(const uint8_t *p, size_t len)
{
    size_t from = 1;

    while (from < len) {
        const uint8_t *quote = memchr(p + from, '"', len - from);
        size_t at;
        size_t slashes = 0;

        if (quote == NULL)
            return 0;
        at = (size_t)(quote - p);
        while (at - slashes > from && p[at - slashes - 1] == '\\')
            slashes++;
        if (slashes % 2 == 0)
            return at + 1;
        from = at + 1;
    }
    return 0;
}

/* Bytes in the object or array that begins at `p`; 0 if it does not end. */
static size_t
container_len(const uint8_t *p, size_t len)
{
    size_t open = 0;
    size_t at = 0;

    while (at < len) {
        size_t n = 1;

        if (p[at] == '"') {
            n = string_len(p + at, len - at);
            if (n == 0)
                return 0;
        } else if (p[at] == '{' || p[at] == '[') {
            open++;
        } else if ((p[at] == '}' || p[at] == ']') && --open == 0) {
            return at + 1;
        }
        at += n;
    }
    return 0;
}

static size_t
value_len(const uint8_t *p, size_t len)
{
    struct sheaf_bytes rest = { p, len };
    size_t at = 0;

    switch (json_kind(rest)) {
    case JSON_NONE:
        return 0;
    case JSON_STRING:
        return string_len(p, len);
    case JSON_OBJECT:
    case JSON_ARRAY:
        return container_len(p, len);
    case JSON_INTEGER:
    case JSON_BOOL:
        break;
    }
    while (at < len && p[at] != ',' && p[at] != '}' && p[at] != ']')
        at++;
    return at;
}

static bool
iter_stop(struct json_iter *it)
{
    it->left = 0;
    return false;
}

static void
iter_skip(struct json_iter *it, size_t len)
{
    it->at += len;
    it->left -= len;
}

struct json_iter
json_iter_over(struct sheaf_bytes container)
{
    enum json_kind kind = json_kind(container);
    struct json_iter it = { container.data, container.len };

    if (kind == JSON_OBJECT || kind == JSON_ARRAY)
        iter_skip(&it, 1);
    else
        it.left = 0;
    return it;
}

bool
json_next_item(struct json_iter *it, struct sheaf_bytes *value)
{
    struct sheaf_bytes v = { it->at, 0 };

    if (it->left == 0)
        return false;
    v.len = value_len(it->at, it->left);
    if (v.len == 0)
        return iter_stop(it);
    iter_skip(it, v.len);
    if (it->left > 0 && *it->at == ',')
        iter_skip(it, 1);
    else
        it->left = 0;
    *value = v;
    return true;
}

bool
json_next(struct json_iter *it, struct sheaf_bytes *key,
          struct sheaf_bytes *value)
{
    struct sheaf_bytes k;
    size_t len;

    if (it->left == 0)
        return false;
    len = *it->at == '"' ? string_len(it->at, it->left) : 0;
    if (len == 0 || len == it->left || it->at[len] != ':')
        return iter_stop(it);
    k.data = it->at + 1;
    k.len = len - 2;
    iter_skip(it, len + 1);
    if (!json_next_item(it, value))
        return iter_stop(it);
    *key = k;
    return true;
}

bool
json_member(struct sheaf_bytes object, const char *key,
            struct sheaf_bytes *value)
{
    struct json_iter it = json_iter_over(object);
    struct sheaf_bytes want = { (const uint8_t *)key, strlen(key) };
    struct sheaf_bytes k;
    struct sheaf_bytes v;

    while (json_next(&it, &k, &v))
        if (bytes_equal(k, want)) {
            *value = v;
            return true;
        }
    return false;
}

bool
json_inside(struct sheaf_bytes value, struct sheaf_bytes *out)
{
    if (!json_is_string(value) || value.len < 2 ||
        value.data[value.len - 1] != '"')
        return false;
    *out = sheaf_view(value.data + 1, value.len - 2);
    return true;
}

bool
json_member_inside(struct sheaf_bytes object, const char *key,
                   struct sheaf_bytes *out)
{
    struct sheaf_bytes value;

    return json_member(object, key, &value) && json_inside(value, out);
}

bool
json_unescape(struct sheaf_bytes inside, struct sheaf_buf *out)
{
    struct scan s = scan_over(inside);
    size_t len = out->len;
    size_t cap;

    /* Unescaping never makes text longer, so this is enough for all of it. */
    if (ADD_OVERFLOWS(len, inside.len, &cap) || !buf_reserve(out, cap))
        return false;
    while (s.at < s.end) {
        const uint8_t *slash = memchr(s.at, '\\', scan_left(&s));
        size_t run = slash != NULL ? (size_t)(slash - s.at) : scan_left(&s);
        uint32_t c;

        memcpy(out->data + len, s.at, run);
        len += run;
        s.at += run;
        if (s.at == s.end)
            break;
        if (scan_escape(&s, &c, NULL)) {
            len += utf8_put(out->data + len, c);
        } else {
            s.at = slash + 1;
            out->data[len++] = '\\';
        }
    }
    out->len = len;
    return true;
}

bool
json_string(struct sheaf_bytes value, struct sheaf_buf *out)
{
    return json_inside(value, &value) && json_unescape(value, out);
}

bool
json_uint(struct sheaf_bytes value, uint64_t *out)
{
    return number_parse(value, INTEGER_MAX, out);
}

/* The number of bytes at `p` that need no escape. */
static size_t
plain_len(const uint8_t *p, size_t len)
{
    size_t n = 0;

    while (n < len && p[n] >= 0x20 && p[n] != '"' && p[n] != '\\')
        n++;
    return n;
}

bool
json_escape(struct sheaf_bytes utf8, struct sheaf_buf *out)
{
    uint8_t spelled[ESCAPE_MAX];
    size_t start = out->len;
    bool good = buf_add_str(out, "\"");

    for (size_t i = 0; i < utf8.len && good;) {
        size_t n = plain_len(utf8.data + i, utf8.len - i);

        good = buf_add(out, utf8.data + i, n);
        i += n;
        if (i < utf8.len && good)
            good = buf_add(out, spelled, escape_byte(utf8.data[i++], spelled));
    }
    good = good && buf_add_str(out, "\"");
    if (!good)
        out->len = start;
    return good;
}
