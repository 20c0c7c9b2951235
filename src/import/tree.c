/*
 * tree.c - any JSON text as a tree of values, without loss.
 *
 * A value keeps its original text, next to what that means. So numbers beyond
 * a double or 64 bits, 1.0 and 1, and strings with a lone surrogate all
 * survive: what canonical metadata cannot hold is kept as text. (Debian's C
 * libraries, jansson, json-c and cJSON, lose at least one of these.
 * base/jsonscan reads the tokens.)
 */
#include "import/tree.h"

#include <stdlib.h>

#include "base/jsonscan.h"

/* Deeper than any record, but not too deep for the stack. */
#define PARSE_DEPTH 512
/* About 200 MB of values. */
#define PARSE_VALUES ((size_t)2000000)

struct parse {
    struct scan in;
    struct tree *tree;
};

/* Node indices, not pointers: adding one may move them all. */
static size_t
add_node(struct tree *t, enum tree_type type)
{
    if (t->count == t->cap) {
        t->cap = t->cap != 0 ? 2 * t->cap : 64;
        t->nodes = mem_resize(t->nodes, t->cap, sizeof *t->nodes);
    }
    memset(&t->nodes[t->count], 0, sizeof *t->nodes);
    t->nodes[t->count].type = type;
    return t->count++;
}

static struct text
text_since(const struct parse *p, const uint8_t *start)
{
    return text_from(start, (size_t)(p->in.at - start));
}

/* A lone surrogate is written in three bytes, too. That is not UTF-8, but
 * keeps different keys different. */
static bool
parse_string(struct parse *p, struct text *source, struct text *string,
             bool *odd)
{
    const uint8_t *start = p->in.at;
    uint8_t *arena = (uint8_t *)p->tree->arena + p->tree->arena_len;
    size_t len = 0;

    if (!scan_take(&p->in, '"'))
        return scan_refuse(&p->in, "expected a string");
    for (;;) {
        const uint8_t *run = p->in.at;
        uint32_t c;

        if (!scan_text(&p->in, false))
            return false;
        memcpy(arena + len, run, (size_t)(p->in.at - run));
        len += (size_t)(p->in.at - run);
        if (scan_take(&p->in, '"'))
            break;
        if (!scan_escape(&p->in, &c, odd))
            return false;
        len += utf8_put(arena + len, c);
    }
    *source = text_since(p, start);
    *string = text_from(arena, len);
    p->tree->arena_len += len;
    return true;
}

static size_t
skip_digits(struct scan *s)
{
    const uint8_t *start = s->at;

    while (scan_peek(s) >= '0' && scan_peek(s) <= '9')
        s->at++;
    return (size_t)(s->at - start);
}

static bool
parse_number(struct scan *s)
{
    (void)scan_take(s, '-');
    if (!scan_take(s, '0') && skip_digits(s) == 0)
        return scan_refuse(s, "expected a value");
    if (scan_take(s, '.') && skip_digits(s) == 0)
        return scan_refuse(s, "expected a digit");
    if (scan_take(s, 'e') || scan_take(s, 'E')) {
        if (!scan_take(s, '+'))
            (void)scan_take(s, '-');
        if (skip_digits(s) == 0)
            return scan_refuse(s, "expected a digit");
    }
    return true;
}

static bool parse_value(struct parse *p, unsigned depth, size_t *out);

static int
compare_keys(const void *a, const void *b)
{
    const struct value *const *x = a;
    const struct value *const *y = b;

    return text_compare((*x)->key, (*y)->key);
}

const struct value **
tree_sorted(const struct tree *d, const struct value *parent)
{
    const struct value **list = mem_resize(NULL, parent->count, sizeof *list);
    size_t n = 0;

    for (size_t i = parent->first; i != 0; i = d->nodes[i].next)
        list[n++] = &d->nodes[i];
    assert(n == parent->count);
    if (n > 1)
        qsort(list, n, sizeof *list, compare_keys);
    return list;
}

static bool
check_duplicates(struct parse *p, size_t object)
{
    const struct value *parent = &p->tree->nodes[object];
    const struct value **list = tree_sorted(p->tree, parent);
    bool good = true;

    for (size_t i = 1; i < parent->count && good; i++) {
        const char *a = list[i - 1]->key_source.data;
        const char *b = list[i]->key_source.data;

        if (text_compare(list[i - 1]->key, list[i]->key) == 0)
            good = scan_refuse_at(&p->in, (const uint8_t *)(a > b ? a : b),
                                  "", "key occurs twice");
    }
    mem_free(list);
    return good;
}

/* A member's key and colon. */
static bool
parse_key(struct parse *p, struct value *member)
{
    scan_space(&p->in);
    if (scan_peek(&p->in) != '"')
        return scan_refuse(&p->in, "expected a key");
    if (!parse_string(p, &member->key_source, &member->key,
                      &member->odd_key))
        return false;
    scan_space(&p->in);
    return scan_take(&p->in, ':') || scan_refuse(&p->in, "expected a colon");
}

static void
add_child(struct tree *t, size_t parent, size_t *last, size_t child,
          const struct value *key)
{
    t->nodes[child].key = key->key;
    t->nodes[child].key_source = key->key_source;
    t->nodes[child].odd_key = key->odd_key;
    if (*last == 0)
        t->nodes[parent].first = child;
    else
        t->nodes[*last].next = child;
    *last = child;
    t->nodes[parent].count++;
}

/* Parses the members of an object, or the values of an array, to the
 * bracket. */
static bool
parse_children(struct parse *p, size_t parent, unsigned depth)
{
    bool object = p->tree->nodes[parent].type == TREE_OBJECT;
    char close = object ? '}' : ']';
    size_t last = 0;

    p->in.at++;
    scan_space(&p->in);
    if (scan_take(&p->in, close))
        return true;
    do {
        struct value key = { .type = TREE_NULL };
        size_t child;

        if ((object && !parse_key(p, &key)) ||
            !parse_value(p, depth + 1, &child))
            return false;
        add_child(p->tree, parent, &last, child, &key);
        scan_space(&p->in);
    } while (scan_take(&p->in, ','));
    if (!scan_take(&p->in, close))
        return scan_refuse(&p->in, object ? "expected a comma or a brace"
                                          : "expected a comma or a bracket");
    return !object || check_duplicates(p, parent);
}

static bool
parse_scalar(struct parse *p, size_t node)
{
    struct text source, string = { "", 0 };
    bool odd = false;

    switch (p->tree->nodes[node].type) {
    case TREE_STRING:
        if (!parse_string(p, &source, &string, &odd))
            return false;
        p->tree->nodes[node].string = string;
        p->tree->nodes[node].odd = odd;
        return true;
    case TREE_NULL:
        return scan_word(&p->in, "null") ||
               scan_refuse(&p->in, "expected a value");
    case TREE_TRUE:
        return scan_word(&p->in, "true") ||
               scan_refuse(&p->in, "expected a value");
    case TREE_FALSE:
        return scan_word(&p->in, "false") ||
               scan_refuse(&p->in, "expected a value");
    default:
        return parse_number(&p->in);
    }
}

static enum tree_type
type_at(int c)
{
    switch (c) {
    case '{': return TREE_OBJECT;
    case '[': return TREE_ARRAY;
    case '"': return TREE_STRING;
    case 'n': return TREE_NULL;
    case 't': return TREE_TRUE;
    case 'f': return TREE_FALSE;
    default:  return TREE_NUMBER;
    }
}

static bool
parse_value(struct parse *p, unsigned depth, size_t *out)
{
    const uint8_t *start;
    enum tree_type type;
    size_t node;
    bool good;

    scan_space(&p->in);
    start = p->in.at;
    type = type_at(scan_peek(&p->in));
    if (depth > PARSE_DEPTH)
        return scan_refuse(&p->in, "nested too deep");
    if (p->tree->count >= PARSE_VALUES)
        return scan_refuse(&p->in, "too many values");

    node = add_node(p->tree, type);
    good = type == TREE_OBJECT || type == TREE_ARRAY
               ? parse_children(p, node, depth)
               : parse_scalar(p, node);
    if (good)
        p->tree->nodes[node].source = text_since(p, start);
    *out = node;
    return good;
}

bool
tree_parse(struct tree *t, struct text source)
{
    struct parse p = { scan_over(text_bytes(source)), t };
    size_t root;

    if (source.len > t->arena_cap || t->arena == NULL) {
        t->arena = mem_resize(t->arena, source.len, 1);
        t->arena_cap = source.len;
    }
    t->arena_len = 0;
    t->count = 0;
    t->wrong = NULL;
    if (parse_value(&p, 1, &root)) {
        scan_space(&p.in);
        if (p.in.at == p.in.end)
            return true;
        (void)scan_refuse(&p.in, "more after the value");
    }
    t->wrong = p.in.why;
    t->at = (size_t)(p.in.bad_at - p.in.start);
    return false;
}

void
tree_free(struct tree *t)
{
    mem_free(t->nodes);
    mem_free(t->arena);
    memset(t, 0, sizeof *t);
}

const struct value *
tree_member(const struct tree *t, const struct value *object,
            const char *key)
{
    if (object->type != TREE_OBJECT)
        return NULL;
    for (size_t i = object->first; i != 0; i = t->nodes[i].next)
        if (text_is(t->nodes[i].key, key))
            return &t->nodes[i];
    return NULL;
}

/* A pointer's step: ~1 is a slash, ~0 a tilde. */
static bool
is_step(struct text key, const char *step, size_t len)
{
    size_t at = 0;

    for (size_t i = 0; i < len; i++, at++) {
        char c = step[i];

        if (c == '~' && i + 1 < len)
            c = step[++i] == '1' ? '/' : '~';
        if (at >= key.len || key.data[at] != c)
            return false;
    }
    return at == key.len;
}

static const struct value *
take_step(const struct tree *t, const struct value *v, const char *step,
          size_t len)
{
    size_t nth = 0, i = v->first;

    if (v->type == TREE_OBJECT) {
        while (i != 0 && !is_step(t->nodes[i].key, step, len))
            i = t->nodes[i].next;
    } else if (v->type == TREE_ARRAY && len > 0 && len < 8) {
        for (size_t k = 0; k < len; k++) {
            if (step[k] < '0' || step[k] > '9')
                return NULL;
            nth = nth * 10 + (size_t)(step[k] - '0');
        }
        while (i != 0 && nth-- > 0)
            i = t->nodes[i].next;
    } else {
        i = 0;
    }
    return i != 0 ? &t->nodes[i] : NULL;
}

const struct value *
tree_pointer(const struct tree *t, const struct value *v,
             const char *pointer)
{
    while (v != NULL && *pointer == '/') {
        size_t len = strcspn(++pointer, "/");

        v = take_step(t, v, pointer, len);
        pointer += len;
    }
    return *pointer == '\0' ? v : NULL;
}

bool
tree_key_fits(const struct value *member)
{
    struct text key = member->key;

    for (size_t i = 0; i < key.len; i++)
        if (key.data[i] < 0x20 || key.data[i] > 0x7E)
            return false;
    return key.len > 0 && !text_is(key, "$json") && !text_is(key, "$members");
}

/* Whether metadata can hold the number: an integer with an absolute value
 * below 2^53, and not "-0", which would be lost. */
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
fits(const struct tree *d, const struct value *v, unsigned depth)
{
    switch (v->type) {
    case TREE_NULL:
        return false;
    case TREE_TRUE:
    case TREE_FALSE:
        return true;
    case TREE_NUMBER:
        return number_fits(v->source);
    case TREE_STRING:
        return !v->odd;
    case TREE_ARRAY:
    case TREE_OBJECT:
        break;
    }
    /* A child that does not fit becomes an object, which is one level
     * deeper. */
    for (size_t i = v->first; i != 0; i = d->nodes[i].next)
        if ((v->type == TREE_OBJECT && !tree_key_fits(&d->nodes[i])) ||
            (depth == 1 && !fits(d, &d->nodes[i], 0)))
            return false;
    return depth > 0;
}

static void
canon_children(struct sheaf_buf *b, const struct tree *d, const struct value *v,
               unsigned depth)
{
    if (v->type == TREE_OBJECT) {
        const struct value **list = tree_sorted(d, v);

        buf_add_str(b, "{");
        for (size_t i = 0; i < v->count; i++) {
            canon_key(b, list[i]->key);
            tree_canon(b, d, list[i], depth - 1);
        }
        buf_add_str(b, "}");
        mem_free(list);
        return;
    }
    buf_add_str(b, "[");
    for (size_t i = v->first; i != 0; i = d->nodes[i].next) {
        if (i != v->first)
            buf_add_str(b, ",");
        tree_canon(b, d, &d->nodes[i], depth - 1);
    }
    buf_add_str(b, "]");
}

void
tree_canon(struct sheaf_buf *b, const struct tree *d, const struct value *v,
           unsigned depth)
{
    if (!fits(d, v, depth)) {
        assert(depth > 0);
        buf_add_str(b, "{\"$json\":");
        canon_string(b, v->source);
        buf_add_str(b, "}");
    } else if (v->type == TREE_STRING) {
        canon_string(b, v->string);
    } else if (v->type == TREE_ARRAY || v->type == TREE_OBJECT) {
        canon_children(b, d, v, depth);
    } else {
        buf_add(b, v->source.data, v->source.len);
    }
}
