/*
 * record_find.c - the members of a record by their names.
 */
#include <stdlib.h>

#include <unicode/uchar.h>

#include "import/record_fields.h"

/* A letter beyond ASCII in lower case, if that takes as many bytes: `to` has no
 * more room. */
static size_t
add_letter(const uint8_t *p, size_t len, char *to)
{
    uint8_t lower[UTF8_MAX];
    uint32_t c = 0;

    (void)utf8_next(p, len, &c);
    if (utf8_put(lower, (uint32_t)u_tolower((UChar32)c)) == len)
        p = lower;
    memcpy(to, p, len);
    return len;
}

/* The letters and digits of `key`, in lower case. */
struct text
record_name(struct text key, char *to)
{
    size_t n = 0;

    for (size_t i = 0; i < key.len; i++) {
        const uint8_t *p = (const uint8_t *)key.data + i;
        size_t len = utf8_len(p, key.len - i);
        char c = key.data[i];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c + 'a' - 'A');
        if (len > 1) {
            n += add_letter(p, len, to + n);
            i += len - 1;
        } else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                   (unsigned char)c >= 0x80) {
            to[n++] = c;
        }
    }
    return text_from(to, n);
}

static int
compare_named(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    int c = text_compare(x->name, y->name);

    /* Of two names that compare equal, the exact one comes first. */
    if (c == 0)
        c = text_is(x->name, "")                        ? 0
            : text_compare(x->value->key, x->name) == 0 ? -1
            : text_compare(y->value->key, y->name) == 0 ? 1
                                                        : 0;
    return c != 0 ? c : text_compare(x->value->key, y->value->key);
}

void
record_name_members(struct record *r)
{
    size_t total = 0;
    char *to;

    for (size_t i = 0; i < r->count; i++)
        total += r->members[i]->key.len;
    r->named = mem_new(r->count, sizeof *r->named);
    r->names = to = mem_new(total, 1);
    for (size_t i = 0; i < r->count; i++) {
        r->named[i].value = r->members[i];
        r->named[i].name = record_name(r->members[i]->key, to);
        to += r->named[i].name.len;
    }
    if (r->count > 1)
        qsort(r->named, r->count, sizeof *r->named, compare_named);
}

static const struct value *
find_named(const struct record *r, struct text name)
{
    size_t low = 0, high = r->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (text_compare(r->named[mid].name, name) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low < r->count && text_compare(r->named[low].name, name) == 0
               ? r->named[low].value
               : NULL;
}

const struct value *
record_member(const struct record *r, struct text key)
{
    size_t low = 0, high = r->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = text_compare(r->members[mid]->key, key);

        if (c == 0)
            return r->members[mid];
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

/* The object in an array whose role is main, or else the first; NULL: none. */
static const struct value *
main_of(const struct tree *doc, const struct value *list)
{
    const struct value *first = NULL;

    for (size_t i = list->first; i != 0; i = doc->nodes[i].next) {
        const struct value *v = &doc->nodes[i];
        const struct value *role = v->type == TREE_OBJECT
                                       ? tree_member(doc, v, "role")
                                       : NULL;

        if (role != NULL && role->type == TREE_STRING &&
            text_is(role->string, "main"))
            return v;
        if (first == NULL && v->type == TREE_OBJECT)
            first = v;
    }
    return first;
}

/* "a", or "a.b". */
const struct value *
record_lookup(const struct record *r, const char *key)
{
    const char *dot = strchr(key, '.');
    const struct value *v;

    if (dot == NULL)
        return find_named(r, text_of(key));
    v = find_named(r, text_from(key, (size_t)(dot - key)));
    if (v != NULL && v->type == TREE_ARRAY)
        v = main_of(r->doc, v);
    return v != NULL ? tree_member(r->doc, v, dot + 1) : NULL;
}

/* The value that a line of --map selects. */
const struct value *
record_select(const struct record *r, const char *selector)
{
    return selector[0] == '/' ? tree_pointer(r->doc, r->object, selector)
                              : record_member(r, text_of(selector));
}
