/*
 * numbered.c - IDs that are numbers of rows: two tables that are numbered from
 * 1 have the same ones for different articles, which become revisions of each
 * other. That is right for two exports of one table, so it is only a warning.
 */
#include "import/numbered.h"

#include "import/hashed.h"

#define DIGITS_MAX 9
#define SEEN_MAX ((size_t)1 << 20)
#define ID_SHOWN ((size_t)100)

/* What an article is recognised by: hashes, 0 of nothing. */
struct mark {
    uint32_t url, headline, body;
};

/* An article of an ID. */
struct seen {
    uint64_t id;     /* its hash */
    uint32_t source; /* its number, from 1 */
    struct mark mark;
};

static struct hashed table = { .size = sizeof(struct seen), .max = SEEN_MAX };

static struct {
    char **names; /* of sources */
    bool *warned;
    size_t sources;
} all;

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
    struct mark mark = { .headline = (uint32_t)hashed_text(m->headline),
                         .body = (uint32_t)hashed_text(body) };

    if (m->url.len != m->id.len ||
        memcmp(m->url.data, m->id.data, m->id.len) != 0)
        mark.url = (uint32_t)hashed_text(m->url);
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
numbered_check(unsigned *source, const char *name, struct meta *m,
               struct text body, const char *place)
{
    struct mark mark;
    struct seen *s;

    if (read_number(m->id) == 0)
        return;
    if (*source == 0)
        *source = add_source(name);
    s = hashed_entry(&table, hashed_text(m->id));
    if (s == NULL)
        return;
    if (s->source == 0)
        s->source = *source;
    mark = mark_of(m, body);
    m->another = is_another(s, *source, &mark);
    if (!m->another) {
        s->mark = mark;
    } else if (!all.warned[*source]) {
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
