/*
 * numbered.c - IDs that are numbers of rows: two tables that are numbered from
 * 1 have the same ones for different articles, which become revisions of each
 * other. That is right for two exports of one table, so it is only a warning.
 */
#include "import/numbered.h"

#include "base/hash.h"

#define DIGITS_MAX 9
#define SOURCES_MAX ((size_t)1000)
#define SEEN_MAX ((size_t)1 << 20)

/* An article of an ID. */
struct seen {
    uint32_t id;     /* 0: empty */
    uint32_t source; /* its number, from 1 */
    uint64_t what;   /* hash of its URL, or else of its headline */
};

static struct {
    struct seen *slots;
    size_t cap; /* a power of 2; a quarter of it stays empty */
    size_t used;
    char *names[SOURCES_MAX + 1];
    bool warned[SOURCES_MAX + 1];
    size_t sources;
} all;

static struct seen *
slot_of(uint32_t id)
{
    size_t i = id * UINT32_C(2654435769) & (all.cap - 1);

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

/* The last bit says which of the two it is a hash of; 0: of nothing. */
static uint64_t
hash_of(const struct meta *m)
{
    struct text t = m->url.len > 0 ? m->url : m->headline;
    uint64_t hash = 0;

    if (t.len == 0)
        return 0;
    hash_check64(t.data, t.len, (uint8_t *)&hash);
    return (hash & ~UINT64_C(1)) | (m->url.len > 0) | 2;
}

void
numbered_check(unsigned *source, const char *name, const struct meta *m,
               const char *place)
{
    uint32_t id = read_number(m->id);
    uint64_t what = hash_of(m);
    struct seen *s;

    if (id == 0 || what == 0 || all.sources == SOURCES_MAX)
        return;
    if (*source == 0) {
        *source = (unsigned)++all.sources;
        all.names[*source] = format_text("%s", name);
    }
    if (all.used >= all.cap / 4 * 3 && all.used < SEEN_MAX)
        grow();
    s = slot_of(id);
    if (s->id == 0 && all.used < all.cap / 4 * 3) {
        *s = (struct seen){ id, *source, what };
        all.used++;
    } else if (s->id == id && s->source != *source && s->what != what &&
               (s->what & 1) == (what & 1) && !all.warned[*source]) {
        all.warned[*source] = true;
        warn(place,
             "its ID %u is that of another article in %s, and it becomes a "
             "revision of that; so may others (--id-prefix, --map)",
             id, all.names[s->source]);
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
