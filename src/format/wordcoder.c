/*
 * wordcoder.c - frequent words as codes: coding.
 *
 * The entries are in a tree whose edges are tokens. From each place of a text
 * the coder goes down as far as it gets, and takes the deepest entry. A first
 * token in capitals, or with a capital, leads to the entry without.
 */
#include "format/words.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/mem.h"

#define MULTIPLIER UINT64_C(0x9e3779b97f4a7c15)
#define RUN_MAX 32
/* Tokens that are split off at once: those of the longest entry. */
#define AHEAD 64
#define NO_ENTRY (-1)
#define SLOTS_MIN 1024

struct token {
    const uint8_t *at;
    uint32_t len;
    bool word;
    uint64_t hash; /* with a small first letter */
    bool capital;  /* the first letter was not small */
};

/* An edge of the tree, in an open hash table. */
struct edge {
    uint64_t key; /* of the node above and the token; 0: free */
    uint32_t node;
    int32_t entry; /* at this node; or NO_ENTRY */
};

struct words_coder {
    struct edge *edges;
    size_t slots; /* a power of two */
    uint32_t nodes;
    const struct sheaf_bytes *entries;
    struct sheaf_bytes *own; /* the same, from a table, ... */
    uint8_t *text;           /* ... which is here */
    uint8_t kind[256];
    uint8_t marks[WORDS_KINDS];
    uint8_t (*codes)[2]; /* of each entry */
};

/* ---- Tokens -------------------------------------------------------------- */

static inline uint64_t
load(const uint8_t *p, size_t len)
{
    uint64_t v = 0;

    for (size_t i = 0; i < len; i++)
        v |= (uint64_t)p[i] << 8 * i;
    return v;
}

static inline uint64_t
load8(const uint8_t *p)
{
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 |
           (uint64_t)p[3] << 24 | (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 |
           (uint64_t)p[6] << 48 | (uint64_t)p[7] << 56;
}

/* `fold` is exclusive-ored with the bytes: 0x20 makes the first letter
 * small, 0x20 in each makes all letters small. */
static inline uint64_t
hash_token(const uint8_t *p, size_t len, uint64_t fold, uint64_t more)
{
    uint64_t h = len * MULTIPLIER;

    for (; len >= 8; p += 8, len -= 8, fold = more) {
        h = (h ^ load8(p) ^ fold) * MULTIPLIER;
        h ^= h >> 32;
    }
    if (len != 0) {
        h = (h ^ load(p, len) ^ (fold & (UINT64_MAX >> (64 - 8 * len)))) *
            MULTIPLIER;
        h ^= h >> 32;
    }
    return h;
}

static inline bool
is_capital(uint8_t b)
{
    return b >= 'A' && b <= 'Z';
}

/* The token at `p`. */
static inline void
next_token(const uint8_t *p, const uint8_t *end, struct token *t)
{
    const uint8_t *q = p + 1;

    t->at = p;
    t->word = words_begins(*p);
    t->capital = is_capital(*p);
    if (t->word) {
        if (*p >= 0x80 && q < end && (*q & 0xc0) == 0x80)
            q++;
        while (q < end && words_begins(*q)) {
            q += 1 + (*q >= 0x80 && q + 1 < end && (q[1] & 0xc0) == 0x80);
        }
    } else if (*p < 0x80) {
        const uint8_t *most = end - p > RUN_MAX ? p + RUN_MAX : end;

        while (q < most && *q == *p)
            q++;
    } else if (*p >= 0xe0) {
        while (q < end && q < p + 4 && (*q & 0xc0) == 0x80)
            q++;
    }
    t->len = (uint32_t)(q - p);
    t->hash = hash_token(p, t->len, t->capital ? 0x20 : 0, 0);
}

/* ---- The tree ------------------------------------------------------------ */

/* The edge with this key, or where it would be. */
static inline struct edge *
slot_of(struct edge *edges, size_t slots, uint64_t key)
{
    size_t i = (size_t)(key >> 20) & (slots - 1);

    while (edges[i].key != 0 && edges[i].key != key)
        i = (i + 1) & (slots - 1);
    return &edges[i];
}

/* The edge for this token, or where it would be. */
static inline struct edge *
edge_slot(const struct words_coder *c, uint32_t node, uint64_t hash,
          uint64_t *key)
{
    uint64_t k = (hash + node) * MULTIPLIER;

    k ^= k >> 29;
    k += k == 0;
    *key = k;
    return slot_of(c->edges, c->slots, k);
}

static bool
grow(struct words_coder *c)
{
    size_t slots = 2 * c->slots;
    struct edge *edges = mem_new(slots, sizeof *edges);

    if (edges == NULL)
        return false;
    for (size_t i = 0; i < c->slots; i++) {
        if (c->edges[i].key != 0)
            *slot_of(edges, slots, c->edges[i].key) = c->edges[i];
    }
    mem_free(c->edges);
    c->edges = edges;
    c->slots = slots;
    return true;
}

static inline const struct edge *
find_edge(const struct words_coder *c, uint32_t node, uint64_t hash)
{
    uint64_t key;
    const struct edge *e = edge_slot(c, node, hash, &key);

    return e->key != 0 ? e : NULL;
}

/* The hash of a token within an entry or a text: the case of its first
 * letter does not count in the first token alone. */
static inline uint64_t
inner_hash(const struct token *t)
{
    return t->capital ? ~t->hash : t->hash;
}

static bool
add_entry(struct words_coder *c, size_t number)
{
    struct sheaf_bytes e = c->entries[number];
    struct edge *edge = NULL;
    uint32_t node = 0;
    struct token t;

    for (size_t at = 0; at < e.len; at += t.len) {
        uint64_t key;

        if (2 * (size_t)c->nodes >= c->slots && !grow(c))
            return false;
        next_token(e.data + at, e.data + e.len, &t);
        edge = edge_slot(c, node, at == 0 ? t.hash : inner_hash(&t), &key);
        if (edge->key == 0)
            *edge = (struct edge){ key, ++c->nodes, NO_ENTRY };
        node = edge->node;
    }
    if (edge != NULL && edge->entry == NO_ENTRY)
        edge->entry = (int32_t)number;
    return true;
}

int
words_coder_new(struct words_coder **out, const struct sheaf_bytes *entries,
                size_t count, struct sheaf_error *err)
{
    struct words_coder *c = mem_new(1, sizeof *c);
    bool good;

    if (c == NULL)
        return fail_nomem(err);
    c->slots = SLOTS_MIN;
    while (c->slots < 2 * count)
        c->slots *= 2;
    c->edges = mem_new(c->slots, sizeof *c->edges);
    c->entries = entries;
    good = c->edges != NULL;
    for (size_t i = 0; good && i < count; i++)
        good = add_entry(c, i);
    if (!good) {
        words_coder_free(c);
        return fail_nomem(err);
    }
    *out = c;
    return SHEAF_OK;
}

/* Numbers the codes of a table that words_new has accepted. */
static void
number_codes(struct words_coder *c, size_t count)
{
    size_t next = 0;

    for (unsigned b = 0; b < 256; b++) {
        c->marks[c->kind[b]] = (uint8_t)b;
        if (c->kind[b] == WORDS_ONE)
            c->codes[next++][0] = (uint8_t)b;
    }
    for (unsigned b = 0; b < 256; b++) {
        for (unsigned i = 0;
             c->kind[b] == WORDS_TWO && i < 256 && next < count; i++) {
            c->codes[next][0] = (uint8_t)b;
            c->codes[next++][1] = (uint8_t)i;
        }
    }
}

int
words_coder_from(struct words_coder **out, struct sheaf_bytes table,
                 struct sheaf_error *err)
{
    size_t len = table.len - 256;
    uint8_t *text = mem_new(len, 1);
    struct sheaf_bytes *entries = NULL;
    uint8_t(*codes)[2] = NULL;
    size_t count = 0;
    size_t from = 0;
    int rc;

    if (text == NULL)
        return fail_nomem(err);
    memcpy(text, table.data + 256, len);
    for (size_t i = 0; i < len; i++)
        count += text[i] == 0;
    entries = mem_new(count, sizeof *entries);
    codes = mem_new(count, sizeof *codes);
    if (entries == NULL || codes == NULL) {
        rc = fail_nomem(err);
        goto out;
    }
    count = 0;
    for (size_t i = 0; i < len; i++) {
        if (text[i] != 0)
            continue;
        entries[count++] = sheaf_view(text + from, i - from);
        from = i + 1;
    }
    rc = words_coder_new(out, entries, count, err);
    if (rc != SHEAF_OK)
        goto out;
    (*out)->own = entries;
    (*out)->text = text;
    (*out)->codes = codes;
    memcpy((*out)->kind, table.data, 256);
    number_codes(*out, count);
    return SHEAF_OK;

out:
    mem_free(text);
    mem_free(entries);
    mem_free(codes);
    return rc;
}

void
words_coder_free(struct words_coder *c)
{
    if (c == NULL)
        return;
    mem_free(c->edges);
    mem_free(c->own);
    mem_free(c->text);
    mem_free(c->codes);
    mem_free(c);
}

/* ---- Splitting ----------------------------------------------------------- */

struct scan {
    const struct words_coder *c;
    const uint8_t *at; /* of the first byte that is in no token yet */
    const uint8_t *end;
    struct token ahead[AHEAD];
    unsigned first;
    unsigned count;
};

/* Token number `n` from here on, or NULL. */
static inline const struct token *
ahead(struct scan *s, unsigned n)
{
    while (s->count <= n) {
        struct token *t = &s->ahead[(s->first + s->count) % AHEAD];

        if (s->at == s->end || s->count == AHEAD)
            return NULL;
        next_token(s->at, s->end, t);
        s->at += t->len;
        s->count++;
    }
    return &s->ahead[(s->first + n) % AHEAD];
}

static inline void
pass(struct scan *s, unsigned tokens)
{
    s->first = (s->first + tokens) % AHEAD;
    s->count -= tokens;
}

/* Whether the entry is these bytes, but for the case of the first letter. */
static inline bool
is_entry(struct sheaf_bytes e, const uint8_t *p, size_t len, bool *other_case)
{
    *other_case = e.data[0] != p[0];
    return e.len == len &&
           (e.data[0] == p[0] ||
            ((e.data[0] ^ p[0]) == 0x20 && is_capital(e.data[0] & 0xdf))) &&
           memcmp(e.data + 1, p + 1, len - 1) == 0;
}

/* A token in capitals, whose entry has small letters. */
static bool
find_upper(const struct words_coder *c, const struct token *t,
           struct words_item *out)
{
    const struct edge *edge;
    struct sheaf_bytes e;
    uint64_t all = UINT64_C(0x2020202020202020);

    if (t->len < 2 || !t->capital || !is_capital(t->at[1]))
        return false;
    for (size_t i = 2; i < t->len; i++) {
        if (!is_capital(t->at[i]))
            return false;
    }
    edge = find_edge(c, 0, hash_token(t->at, t->len, all, all));
    if (edge == NULL || edge->entry == NO_ENTRY)
        return false;
    e = c->entries[edge->entry];
    if (e.len != t->len)
        return false;
    for (size_t i = 0; i < e.len; i++) {
        if ((e.data[i] & 0xdf) != t->at[i])
            return false;
    }
    out->entry = edge->entry;
    out->len = t->len;
    out->form = WORDS_UPPER;
    return true;
}

/* The item at the next token; false at the end. */
static inline bool
next_item(struct scan *s, struct words_item *out)
{
    const struct token *t = ahead(s, 0);
    const uint8_t *start;
    unsigned tokens = 1;
    uint32_t node = 0;
    size_t len = 0;

    if (t == NULL)
        return false;
    start = t->at;
    *out = (struct words_item){
        .at = start, .len = t->len, .entry = NO_ENTRY, .form = WORDS_SELF
    };
    for (unsigned n = 0; t != NULL; t = ahead(s, ++n)) {
        const struct edge *edge = find_edge(s->c, node,
                                            n == 0 ? t->hash : inner_hash(t));
        bool other;

        if (edge == NULL)
            break;
        len += t->len;
        if (edge->entry != NO_ENTRY &&
            is_entry(s->c->entries[edge->entry], start, len, &other)) {
            out->entry = edge->entry;
            out->len = (uint32_t)len;
            out->form = other ? WORDS_CAPITAL : WORDS_SELF;
            tokens = n + 1;
        }
        node = edge->node;
    }
    if (out->entry == NO_ENTRY)
        find_upper(s->c, ahead(s, 0), out);
    pass(s, tokens);
    return true;
}

/* Whether a space is implied after an item, if there is an entry on one of its
 * sides. */
static inline bool
item_ends(const uint8_t *start, const struct words_item *item)
{
    return words_ends(item->entry != NO_ENTRY ? item->at : start,
                      item->at + item->len);
}

/* Whether the one space between two items need not be said. */
static inline bool
implied(const uint8_t *start, const struct words_item *before,
        const struct words_item *space, const struct words_item *after)
{
    return space->entry == NO_ENTRY && space->len == 1 && *space->at == ' ' &&
           (before->entry != NO_ENTRY || after->entry != NO_ENTRY) &&
           words_begins(*after->at) && space->at != start &&
           item_ends(start, before);
}

bool
words_split(const struct words_coder *c, struct sheaf_bytes text,
            words_take take, void *arg)
{
    struct scan s = { .c = c, .at = text.data, .end = text.data + text.len };
    struct words_item before = { .entry = NO_ENTRY };
    struct words_item item, after;
    bool more = next_item(&s, &item);

    while (more) {
        more = next_item(&s, &after);
        if (more && implied(text.data, &before, &item, &after)) {
            after.spaced = true;
        } else {
            if (!take(arg, &item))
                return false;
            before = item;
        }
        item = after;
    }
    return true;
}

/* ---- Coding -------------------------------------------------------------- */

struct coding {
    const struct words_coder *c;
    struct sheaf_buf *out;
    size_t begin;         /* of the coded content */
    const uint8_t *start; /* of the content */
    bool after_entry;
    bool ends; /* what was written last */
};

/* Writes bytes as they are. The first one is escaped if it must not take a
 * space. */
static void
put_bytes(struct coding *k, const struct words_item *item, bool escape)
{
    uint8_t *o = k->out->data + k->out->len;

    for (size_t i = 0; i < item->len; i++) {
        if (k->c->kind[item->at[i]] != WORDS_SELF || escape)
            *o++ = k->c->marks[WORDS_ESCAPE];
        *o++ = item->at[i];
        escape = false;
    }
    k->out->len = (size_t)(o - k->out->data);
    k->after_entry = false;
    k->ends = words_ends(k->start, item->at + item->len);
}

static void
put_entry(struct coding *k, const struct words_item *item)
{
    const uint8_t *code = k->c->codes[item->entry];
    uint8_t *o = k->out->data + k->out->len;

    if (item->form != WORDS_SELF)
        *o++ = k->c->marks[item->form];
    *o++ = code[0];
    if (k->c->kind[code[0]] == WORDS_TWO)
        *o++ = code[1];
    k->out->len = (size_t)(o - k->out->data);
    k->after_entry = true;
    k->ends = item_ends(k->start, item);
}

static bool
put_item(void *arg, const struct words_item *item)
{
    struct coding *k = arg;
    uint8_t first = *item->at;
    bool is_self = k->c->kind[first] == WORDS_SELF;
    bool joins = k->ends && words_begins(first);

    if (!buf_reserve(k->out, k->out->len + 2 * (size_t)item->len + 4))
        return false;
    if (item->entry != NO_ENTRY && (item->spaced || !joins)) {
        put_entry(k, item);
        return true;
    }
    if (item->spaced && (!is_self || !k->after_entry)) {
        if (k->c->kind[' '] != WORDS_SELF)
            k->out->data[k->out->len++] = k->c->marks[WORDS_ESCAPE];
        k->out->data[k->out->len++] = ' ';
        joins = false;
    }
    put_bytes(k, item,
              (!item->spaced && joins && k->after_entry) ||
                  (k->out->len == k->begin && first == WORDS_PLAIN_START));
    return true;
}

bool
words_code(const struct words_coder *c, struct sheaf_bytes content,
           struct sheaf_buf *out)
{
    struct coding k = {
        .c = c, .out = out, .begin = out->len, .start = content.data
    };

    return words_split(c, content, put_item, &k);
}
