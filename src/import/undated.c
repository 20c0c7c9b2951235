/*
 * undated.c - articles without a date, whose records have one under a name that
 * is not known.
 *
 * The first articles of a source decide: if the same member of two of them
 * looks like a date, and none has been found, the user should know. Files of
 * one article each are one source.
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

/* Words of names whose digits are a date, in the same form. */
static bool
is_of_time(struct text name)
{
    static const char *const words[] = { "date", "time",  "stamp",
                                         "zeit", "datum", "fecha" };

    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (memmem(name.data, name.len, words[i], strlen(words[i])) != NULL)
            return true;
    return false;
}

/* Digits alone may be anything, if their name doesn't say. Of figures in any
 * order, one is a day. */
static bool
looks_like_date(struct text name, struct text t)
{
    char date[DATE_MAX];
    size_t digits = 0;

    t = text_trim(t);
    if (t.len >= DATE_MAX)
        return false;
    for (size_t i = 0; i < t.len; i++)
        digits += t.data[i] >= '0' && t.data[i] <= '9';
    if (digits == t.len)
        return is_of_time(name) &&
               (date_count(t, date) ||
                ((t.len == 8 || t.len == 12 || t.len == 14) &&
                 date_convert(t, date)));
    return digits > 0 && date_read(t, text_of("en-us"), date);
}

static bool
may_be_date(const struct record *r, const struct member *n)
{
    const struct value *v = n->value;

    return (value_is_string(v) || v->type == TREE_NUMBER) &&
           !record_is_field(r, v) &&
           looks_like_date(n->name,
                           v->type == TREE_NUMBER ? v->source : v->string);
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
            !is_other_day(r->named[i].name) && may_be_date(r, &r->named[i])) {
            memcpy(u->names[u->count], v->key.data, v->key.len);
            u->names[u->count++][v->key.len] = '\0';
        }
    }
}

static const struct member *
find_member(const struct record *r, struct text key)
{
    for (size_t i = 0; i < r->count; i++)
        if (text_compare(r->named[i].value->key, key) == 0)
            return &r->named[i];
    return NULL;
}

/* The name of a member that looks like a date again, or NULL. Those that are
 * something else here are no date; those that are empty may be. */
static const char *
find_again(struct undated *u, const struct record *r)
{
    size_t kept = 0;

    for (size_t i = 0; i < u->count; i++) {
        const struct member *n = find_member(r, text_of(u->names[i]));

        if (n != NULL && may_be_date(r, n))
            return u->names[i];
        if (n == NULL || is_nothing(n->value))
            memmove(u->names[kept++], u->names[i], sizeof u->names[i]);
    }
    u->count = kept;
    return NULL;
}

struct undated undated_alone;

void
undated_check(struct undated *u, const struct record *r, const struct meta *m,
              const char *place)
{
    const char *name;
    bool alone = u == &undated_alone;

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
             alone
                 ? "the articles of these files have no date, but '%s' looks "
                   "like one (--map)"
                 : "its articles have no date, but '%s' looks like one "
                   "(--map)",
             name);
        u->done = true;
    } else if (u->count == 0) {
        gather(u, r);
    }
}
