/*
 * numbered.c - IDs that are numbers of rows: two tables that are numbered from
 * 1 have the same ones for different articles, which become revisions of each
 * other. That is right for two exports of one table, so it is only a warning.
 */
#include "import/numbered.h"

#include "base/hash.h"

#define DIGITS_MAX 9
#define SEEN_MAX ((size_t)1 << 20)
#define ID_SHOWN ((size_t)100)

/* What an article is recognised by: hashes, 0 of nothing. */
struct mark {
    uint32_t url, headline, body;
};

/* An article of an ID. */
struct seen {
    uint64_t id;     /* its hash; 0: empty */
    uint32_t source; /* its number, from 1 */
    struct mark mark;
};

static struct {
    struct seen *slots;
    size_t cap; /* a power of 2; a quarter of it stays empty */
    size_t used;
    char **names; /* of sources */
    bool *warned;
    size_t sources;
} all;

static uint64_t
hash_of(struct text t)
{
    static const uint8_t key[HASH_INNER_KEY_BYTES];
    uint8_t hash[HASH_INNER_BYTES];
    uint64_t v;

    if (t.len == 0)
        return 0;
    hash_inner(key, t.data, t.len, hash);
    memcpy(&v, hash, sizeof v);
    return v | 1;
}

static struct seen *
slot_of(uint64_t id)
{
    size_t i = (size_t)(id >> 1) & (all.cap - 1);

    while (all.slots[i].id != 0 && all.slots[i].id != id)
        i = (i + 1) & (all.cap - 1);
    return &all.slots[i];
}

static void
grow(void)
{
    struct seen *old = all.slots;
    size_t cap = all.cap;

    all.cap = cap != 0 ? 2 * cap : 1024;
    all.slots = mem_new(all.cap, sizeof *all.slots);
    for (size_t i = 0; i < cap; i++)
        if (old[i].id != 0)
            *slot_of(old[i].id) = old[i];
    mem_free(old);
}

static unsigned
add_source(const char *name)
{
    size_t n = ++all.sources;

    if ((n & (n - 1)) == 0) {
        all.names = mem_resize(all.names, 2 * n, sizeof *all.names);
        all.warned = mem_resize(all.warned, 2 * n, sizeof *all.warned);
    }
    all.names[n] = format_text("%s", name);
    all.warned[n] = false;
    return (unsigned)n;
}

static uint32_t
read_number(struct text t)
{
    uint32_t v = 0;

    if (t.len == 0 || t.len > DIGITS_MAX)
        return 0;
    for (size_t i = 0; i < t.len; i++) {
        if (t.data[i] < '0' || t.data[i] > '9')
            return 0;
        v = v * 10 + (uint32_t)(t.data[i] - '0');
    }
    return v;
}

/* A URL that is the ID says nothing more. */
static struct mark
mark_of(const struct meta *m, struct text body)
{
    struct mark mark = { .headline = (uint32_t)hash_of(m->headline),
                         .body = (uint32_t)hash_of(body) };

    if (m->url.len != m->id.len ||
        memcmp(m->url.data, m->id.data, m->id.len) != 0)
        mark.url = (uint32_t)hash_of(m->url);
    return mark;
}

static bool
is_same(uint32_t a, uint32_t b)
{
    return a == b && a != 0;
}

static bool
is_other(uint32_t a, uint32_t b)
{
    return a != b && a != 0 && b != 0;
}

/* Whether this is another article, and no revision. Those of another table of
 * the same database always are; those of another file are, unless they have
 * something in common. */
static bool
is_another(const struct seen *s, unsigned source, const struct mark *m)
{
    const struct mark *o = &s->mark;
    bool other = is_other(o->url, m->url) ||
                 is_other(o->headline, m->headline);

    if (s->source == source ||
        (o->body == m->body && o->headline == m->headline &&
         !is_other(o->url, m->url)))
        return false;
    if (strcmp(all.names[s->source], all.names[source]) == 0)
        return true;
    if (is_same(o->url, m->url) || is_same(o->headline, m->headline))
        return false;
    return o->body != m->body || other;
}

void
numbered_check(unsigned *source, const char *name, const struct meta *m,
               struct text body, const char *place)
{
    struct mark mark = mark_of(m, body);
    uint64_t id = hash_of(m->id);
    struct seen *s;

    if (read_number(m->id) == 0)
        return;
    if (*source == 0)
        *source = add_source(name);
    if (all.used >= all.cap / 4 * 3 && all.used < SEEN_MAX)
        grow();
    s = slot_of(id);
    if (s->id == 0 && all.used < all.cap / 4 * 3) {
        *s = (struct seen){ id, *source, mark };
        all.used++;
    } else if (s->id == id && !is_another(s, *source, &mark)) {
        s->mark = mark;
    } else if (s->id == id && !all.warned[*source]) {
        struct text shown = text_cut(m->id, ID_SHOWN);

        all.warned[*source] = true;
        warn(place,
             "its ID %.*s is that of another article in %s, and it becomes a "
             "revision of that; so may others (--id-prefix, --map)",
             (int)shown.len, shown.data, all.names[s->source]);
    }
}

void
numbered_placed(uint64_t *count, const struct item *item)
{
    if (++*count == 2 && asked.id_prefix[0] == '\0')
        warn(item->place,
             "articles in it have no ID or URL, so that their places are "
             "their IDs: append of another file of this name makes revisions "
             "of them (--id-prefix, --map)");
}

bool
numbered_is_row(const struct meta *m)
{
    return m->line > 0 && read_number(m->id) == m->line;
}
