/*
 * undated.c - articles without a date, whose records have one under a name that
 * is not known.
 *
 * The first articles of a source decide: if the same member of two of them
 * looks like a date, and none has been found, the user should know.
 */
#include "import/cell.h"
#include "import/date.h"
#include "import/record_fields.h"

/* Articles that are looked at. */
#define UNDATED_SEEN 10

/* Days of something else than the article, in the form in which names are
 * compared. */
static bool
is_other_day(struct text name)
{
    static const char *const words[] = {
        "retriev", "crawl",  "fetch",  "scrap",  "access", "download",
        "index",   "import", "expir",  "birth",  "event",  "start",
        "export",  "captur", "ingest", "archiv", "visit",  "deadline",
    };

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (memmem(name.data, name.len, words[i], strlen(words[i])) != NULL)
            return true;
    return text_begins(name, "end") || text_ends(name, "end");
}

/* Digits alone may be anything. Of figures in any order, one is a day. */
static bool
looks_like_date(struct text t)
{
    char date[DATE_MAX];
    size_t digits = 0;

    t = text_trim(t);
    if (t.len >= DATE_MAX)
        return false;
    for (size_t i = 0; i < t.len; i++)
        digits += t.data[i] >= '0' && t.data[i] <= '9';
    return digits > 0 && digits < t.len &&
           date_read(t, text_of("en-us"), date);
}

static bool
may_be_date(const struct record *r, const struct value *v)
{
    return value_is_string(v) && !record_is_field(r, v) &&
           looks_like_date(v->string);
}

static bool
is_nothing(const struct value *v)
{
    return v->type == TREE_NULL ||
           (value_is_string(v) && (text_trim(v->string).len == 0 ||
                                   cell_is_missing(v->string, false)));
}

static void
gather(struct undated *u, const struct record *r)
{
    for (size_t i = 0; i < r->count && u->count < UNDATED_NAMES; i++) {
        const struct value *v = r->named[i].value;

        if (!v->odd_key && v->key.len <= UNDATED_NAME_MAX &&
            memchr(v->key.data, '\0', v->key.len) == NULL &&
            !is_other_day(r->named[i].name) && may_be_date(r, v)) {
            memcpy(u->names[u->count], v->key.data, v->key.len);
            u->names[u->count++][v->key.len] = '\0';
        }
    }
}

/* The name of a member that looks like a date again, or NULL. Those that are
 * something else here are no date; those that are empty may be. */
static const char *
find_again(struct undated *u, const struct record *r)
{
    size_t kept = 0;

    for (size_t i = 0; i < u->count; i++) {
        const struct value *v = record_member(r, text_of(u->names[i]));

        if (v != NULL && may_be_date(r, v))
            return u->names[i];
        if (v == NULL || is_nothing(v))
            memmove(u->names[kept++], u->names[i], sizeof u->names[i]);
    }
    u->count = kept;
    return NULL;
}

void
undated_check(struct undated *u, const struct record *r, const struct meta *m,
              const char *place)
{
    const char *name;

    /* A date that was not understood has its own warning. */
    u->done = u->done || m->published.len > 0 || m->updated.len > 0 ||
              r->unclear[PUBLISHED] != NULL || r->unclear[UPDATED] != NULL ||
              u->seen == UNDATED_SEEN;
    if (u->done)
        return;
    u->seen++;
    name = find_again(u, r);
    if (name != NULL) {
        warn(place,
             "its articles have no date, but '%s' looks like one (--map)",
             name);
        u->done = true;
    } else if (u->count == 0) {
        gather(u, r);
    }
}
