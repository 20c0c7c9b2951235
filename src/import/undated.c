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

/* The last word of a key: pub_ts, publishedAtMs, REG_DT. */
static struct text
last_word(struct text key)
{
    size_t at = key.len;

    while (at > 0 && key.data[at - 1] >= 'a' && key.data[at - 1] <= 'z')
        at--;
    while (at > 0 && key.data[at - 1] >= 'A' && key.data[at - 1] <= 'Z') {
        at--;
        if (key.data[key.len - 1] >= 'a')
            break; /* it is the only capital letter */
    }
    return text_from(key.data + at, key.len - at);
}

/* Whether digits under this name may be a date: by its words, in the same form,
 * or by the last one of its key. */
static bool
is_of_time(struct text key, struct text name)
{
    static const char *const words[] = {
        "date",   "time",        "stamp", "zeit",  "datum",    "fecha",
        "epoch",  "unix",        "dato",  "tarih", "tanggal",  "created",
        "posted", "issued",      "ngày",  "päiv",  "released", "published",
        "дата",   "publication", "время", "تاريخ", "تاریخ",    "תאריך",
        "ημερομ", "วันที่",         "日",    "期",    "时间",     "時間",
        "일",     "날짜",        "시간",  "시각",
    };
    static const char *const ends[] = { "ts", "dt", "at", "ms", "day", "ymd" };
    struct text last = last_word(key);

    if (text_ends(name, "by"))
        return false; /* the number of a person */
    for (size_t i = 0; i < COUNT_OF(words); i++)
        if (memmem(name.data, name.len, words[i], strlen(words[i])) != NULL)
            return true;
    for (size_t i = 0; i < COUNT_OF(ends); i++)
        if (last.len == strlen(ends[i]) && text_begins(last, ends[i]))
            return true;
    return false;
}

/* Whether it is a day in digits, or a count of seconds or less, of a year that
 * articles are of. */
static bool
is_day_in_digits(struct text t)
{
    char date[DATE_MAX];

    return (date_count(t, date) ||
            ((t.len == 8 || t.len == 12 || t.len == 14) &&
             date_convert(t, date))) &&
           memcmp(date, "1600", 4) >= 0 && memcmp(date, "2100", 4) < 0;
}

/* Digits alone may be anything, if their name doesn't say. Of figures in any
 * order, one is a day. */
static bool
looks_like_date(struct text key, struct text name, struct text t)
{
    char date[DATE_MAX];
    size_t digits = 0, dots = 0;

    t = text_trim(t);
    if (t.len >= DATE_MAX)
        return false;
    for (size_t i = 0; i < t.len; i++) {
        digits += t.data[i] >= '0' && t.data[i] <= '9';
        dots += t.data[i] == '.';
    }
    if (digits >= 8 && dots < 2 && digits + dots == t.len)
        return is_of_time(key, name) && is_day_in_digits(t);
    return digits > 0 && digits < t.len &&
           date_read(t, text_of("en-us"), date);
}

/* Also of a member of an object in the record. */
static bool
may_be_date(const struct record *r, const struct value *v)
{
    char name[UNDATED_NAME_MAX];

    return !v->odd_key && v->key.len <= sizeof name &&
           memchr(v->key.data, '\0', v->key.len) == NULL &&
           (value_is_string(v) || v->type == TREE_NUMBER) &&
           !record_is_field(r, v) &&
           looks_like_date(v->key, record_name(v->key, name),
                           v->type == TREE_NUMBER ? v->source : v->string);
}

static bool
is_nothing(const struct value *v)
{
    return v->type == TREE_NULL ||
           (value_is_string(v) && (text_trim(v->string).len == 0 ||
                                   cell_is_missing(v->string, false)));
}

/* Adds a step of a JSON pointer, or a name that is no pointer. */
static bool
add_name(char *to, size_t *n, struct text key, bool pointer)
{
    if (pointer && *n < UNDATED_NAME_MAX)
        to[(*n)++] = '/';
    if (key.len > UNDATED_NAME_MAX - *n ||
        memchr(key.data, '\0', key.len) != NULL ||
        (!pointer && text_begins(key, "/")) ||
        (pointer && (memchr(key.data, '/', key.len) != NULL ||
                     memchr(key.data, '~', key.len) != NULL)))
        return false;
    memcpy(to + *n, key.data, key.len);
    *n += key.len;
    to[*n] = '\0';
    return true;
}

/* Notes `v`, a member of the record, or of the object `in` in it. */
static void
note(struct undated *u, const struct record *r, const struct value *in,
     const struct value *v)
{
    char name[UNDATED_NAME_MAX], *to = u->names[u->count];
    size_t n = 0;

    if (may_be_date(r, v) && !is_other_day(record_name(v->key, name)) &&
        (in == NULL || add_name(to, &n, in->key, true)) &&
        add_name(to, &n, v->key, in != NULL))
        u->count++;
}

static void
gather(struct undated *u, const struct record *r)
{
    for (size_t i = 0; i < r->count && u->count < UNDATED_NAMES; i++)
        note(u, r, NULL, r->named[i].value);
    for (size_t i = 0; i < r->count; i++) {
        const struct value *in = r->named[i].value;

        if (in->type != TREE_OBJECT || in->odd_key ||
            is_other_day(r->named[i].name))
            continue;
        for (size_t k = in->first; k != 0 && u->count < UNDATED_NAMES;
             k = r->doc->nodes[k].next)
            note(u, r, in, &r->doc->nodes[k]);
    }
}

/* The name of a member that looks like a date again, or NULL. Those that are
 * something else here are no date; those that are empty may be. */
static const char *
find_again(struct undated *u, const struct record *r)
{
    size_t kept = 0;

    for (size_t i = 0; i < u->count; i++) {
        const struct value *v = record_select(r, u->names[i]);

        if (v != NULL && may_be_date(r, v))
            return u->names[i];
        if (v == NULL || is_nothing(v))
            memmove(u->names[kept++], u->names[i], sizeof u->names[i]);
    }
    u->count = kept;
    return NULL;
}

struct undated undated_alone;
static struct undated undated_fronts;

void
undated_check(struct undated *u, const struct record *r, const struct meta *m,
              const char *place)
{
    bool front = u == &undated_fronts, files = front || u == &undated_alone;
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
        warn(place, "%s have no date, but '%s' looks like one%s",
             files ? "the articles of these files" : "its articles", name,
             front ? "" : " (--map)");
        u->done = true;
    } else if (u->count == 0) {
        gather(u, r);
    }
}

void
undated_front(const struct meta *m, const char *place)
{
    struct tree tree = { 0 };
    struct record r;

    if (m->front.len == 0 || undated_fronts.done)
        return;
    if (tree_parse(&tree, text_of_buf(&m->front))) {
        record_open_beside(&r, &tree, &tree.nodes[0]);
        undated_check(&undated_fronts, &r, m, place);
        record_close(&r);
    }
    tree_free(&tree);
}
