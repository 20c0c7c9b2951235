/*
 * html_dates.c - the days of a page's article, from places that may disagree.
 *
 * The data of a page may be in another zone than its readers, or be older
 * than the text, and several kinds of data may disagree. What readers are
 * shown decides between them. A day that stays in doubt is left out.
 */
#include "import/html_dates.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/date.h"
#include "import/date.h"

#define MINUTE_MS ((int64_t)60000)
#define QUARTER_MS (15 * MINUTE_MS)
#define ZONE_MAX_MS (14 * 60 * MINUTE_MS)
/* A text that is changed so long after its publication is another one. */
#define REWRITTEN_DAYS 31

/* The dates that were read; an empty one is missing. */
struct read_dates {
    char data[DAYS_DATA][DATE_MAX];
    char updated[DAYS_UPDATED][DATE_MAX];
    char created[DATE_MAX];
    char shown[DATE_MAX];
    char near[DATE_MAX];
    char dated[DATE_MAX];
};

/* Reads a date that has a day, of a time when there was a web. */
static bool
take_date(struct text t, struct text lang, char out[DATE_MAX])
{
    bool good;

    t = text_trim(t);
    if (t.len == 0 || t.len > 200)
        good = false;
    else if (date_read(t, lang, out))
        good = strlen(out) >= 10 && strncmp(out, "1970-01-01", 10) != 0;
    else if (t.len == 13 || t.len == 10)
        good = date_epoch(t, out);
    else
        good = date_find(&t, lang, out);
    if (!good)
        out[0] = '\0';
    return good;
}

static bool
same_day(const char *a, const char *b)
{
    return a[0] != '\0' && strncmp(a, b, 10) == 0;
}

static bool
is_later(const char *a, const char *b)
{
    return a[0] != '\0' && b[0] != '\0' && strncmp(a, b, 10) > 0;
}

static bool
has_time(const char *date)
{
    return strlen(date) > 10;
}

/* The zone of a date with a time, or "". */
static const char *
zone_of(const char *date)
{
    size_t n = strlen(date);

    if (n > 11 && date[n - 1] == 'Z')
        return date + n - 1;
    if (n > 16 && (date[n - 6] == '+' || date[n - 6] == '-'))
        return date + n - 6;
    return "";
}

static bool
is_utc(const char *date)
{
    const char *zone = zone_of(date);

    return strcmp(zone, "Z") == 0 || strcmp(zone, "+00:00") == 0;
}

/* Milliseconds since 1970; without a zone, as if it were UTC. */
static bool
to_ms(const char *date, int64_t *ms)
{
    const struct sheaf_bytes bytes = { (const uint8_t *)date, strlen(date) };

    return date_parse(bytes, DATE_METADATA, ms);
}

/* Whether they are one moment, written for two zones. */
static bool
same_moment(const char *a, const char *b)
{
    int64_t x, y;

    return zone_of(a)[0] != '\0' && zone_of(b)[0] != '\0' && to_ms(a, &x) &&
           to_ms(b, &y) && x == y;
}

/*
 * Moves `utc` to the zone in which the page shows it, because the day there
 * is the article's day. Both must be the same minute of some hour. Times on
 * a quarter of an hour are so common that this proves nothing.
 */
static bool
move_to_zone(char utc[DATE_MAX], const char *local)
{
    char moved[DATE_TEXT_SIZE];
    int64_t from, to, zone;
    size_t n;

    if (!is_utc(utc) || !has_time(local) || same_day(utc, local) ||
        !to_ms(utc, &from) || !to_ms(local, &to))
        return false;
    if (zone_of(local)[0] != '\0') {
        if (is_utc(local) || from / MINUTE_MS != to / MINUTE_MS)
            return false;
        snprintf(utc, DATE_MAX, "%s", local);
        return true;
    }
    zone = (to / MINUTE_MS - from / MINUTE_MS) * MINUTE_MS;
    if (from % QUARTER_MS < MINUTE_MS || zone % QUARTER_MS != 0 ||
        zone > ZONE_MAX_MS || zone < -ZONE_MAX_MS ||
        !date_print(from / 1000 * 1000 + zone, moved))
        return false;
    n = strlen(moved) - 1; /* without "Z" */
    snprintf(utc, DATE_MAX, "%.*s%c%02d:%02d", (int)n, moved,
             zone < 0 ? '-' : '+', (int)(llabs(zone) / (60 * MINUTE_MS)),
             (int)(llabs(zone) / MINUTE_MS % 60));
    return true;
}

/* The first date of publication in data, in the zone of the page. If others
 * are of another day, it is the one that readers are shown, or none. */
static bool
choose_data(struct read_dates *d, char out[DATE_MAX])
{
    bool agree = true;
    size_t first = 0;

    while (first < DAYS_DATA && d->data[first][0] == '\0')
        first++;
    if (first == DAYS_DATA)
        return false;
    memcpy(out, d->data[first], DATE_MAX);
    if (!move_to_zone(out, d->shown) && !move_to_zone(out, d->near))
        for (size_t i = first + 1; i < DAYS_DATA; i++)
            if (move_to_zone(out, d->data[i]))
                break;
    memcpy(d->data[first], out, DATE_MAX);
    for (size_t i = first + 1; i < DAYS_DATA; i++)
        agree = agree && (d->data[i][0] == '\0' || same_day(d->data[i], out) ||
                          same_moment(d->data[i], out));
    for (size_t i = first; i < DAYS_DATA && !agree; i++) {
        if (!same_day(d->data[i], d->shown) && !same_day(d->data[i], d->near))
            continue;
        memcpy(out, d->data[i], DATE_MAX);
        return true;
    }
    if (!agree)
        out[0] = '\0';
    return true;
}

static int64_t
days_between(const char *from, const char *to)
{
    struct date a, b;

    if (date_take((struct sheaf_bytes){ (const uint8_t *)from, 10 }, &a) ==
            0 ||
        date_take((struct sheaf_bytes){ (const uint8_t *)to, 10 }, &b) == 0)
        return 0;
    return date_days(b) - date_days(a);
}

/* Whether readers are shown a change long after. */
static bool
is_rewritten(const struct read_dates *d, const char *since)
{
    return days_between(since, d->updated[DAYS_UPDATED - 1]) > REWRITTEN_DAYS;
}

/*
 * Whether the page shows a later day than its data have, so that it is in
 * doubt which text was published when. That is so if readers are not told
 * that it is the day of a change, and the data say it is, or say nothing of
 * changes. It is also so if readers are only told of a change long after.
 */
static bool
shows_another(const struct read_dates *d, const char *published)
{
    const char *shown = d->shown[0] != '\0'  ? d->shown
                        : d->near[0] != '\0' ? d->near
                                             : d->dated;
    bool twice = same_day(d->shown, d->near);
    bool changes = false;

    if (!is_later(shown, published) || (d->shown[0] != '\0' && !twice))
        return false;
    if (same_day(shown, d->updated[DAYS_UPDATED - 1]))
        return is_rewritten(d, published);
    for (size_t i = 0; i + 1 < DAYS_UPDATED; i++) {
        if (same_day(shown, d->updated[i]))
            return true;
        changes = changes || d->updated[i][0] != '\0';
    }
    return twice && !changes;
}

/* What readers are shown, if no data have a date of publication. Two places
 * that disagree may both be about something else. */
static void
choose_shown(const struct read_dates *d, char out[DATE_MAX])
{
    const char *other = d->near[0] != '\0' ? d->near : d->dated;

    if (d->shown[0] != '\0' && other[0] != '\0' && !same_day(d->shown, other))
        return;
    snprintf(out, DATE_MAX, "%s", d->shown[0] != '\0' ? d->shown : other);
}

static void
choose_published(struct read_dates *d, struct text url, char out[DATE_MAX])
{
    out[0] = '\0';
    if (choose_data(d, out)) {
        if (out[0] != '\0' && shows_another(d, out))
            out[0] = '\0';
        return;
    }
    /* What was created on one day may be published on another. */
    if (d->created[0] != '\0') {
        snprintf(out, DATE_MAX, "%s", d->created);
        if (is_later(d->shown, out))
            snprintf(out, DATE_MAX, "%s", d->shown);
        else if (is_later(d->near, out) || shows_another(d, out) ||
                 is_rewritten(d, out))
            out[0] = '\0';
        return;
    }
    if (!date_in_url(url, out))
        choose_shown(d, out);
}

/* Data that may be of another article count if readers are shown the same day,
 * or none. */
static void
take_stray(const struct read_dates *d, struct text stray, struct text lang,
           char to[DATE_MAX])
{
    const char *shown = d->shown[0] != '\0' ? d->shown : d->near;
    char date[DATE_MAX];

    if (to[0] != '\0' || !take_date(stray, lang, date))
        return;
    (void)move_to_zone(date, shown);
    if (shown[0] == '\0' || same_day(shown, date))
        memcpy(to, date, DATE_MAX);
}

void
html_dates(const struct html_days *days, struct text lang, struct meta *m)
{
    struct read_dates d = { 0 };

    for (size_t i = 0; i < DAYS_DATA; i++)
        (void)take_date(days->data[i], lang, d.data[i]);
    for (size_t i = 0; i < COUNT_OF(days->created); i++)
        if (take_date(days->created[i], lang, d.created))
            break;
    (void)take_date(days->shown, lang, d.shown);
    (void)take_date(days->near, lang, d.near);
    (void)take_date(days->dated, lang, d.dated);
    take_stray(&d, days->stray, lang, d.data[DAYS_DATA - 1]);
    take_stray(&d, days->stray_created, lang, d.created);
    for (size_t i = DAYS_UPDATED; i-- > 0;)
        if (take_date(days->updated[i], lang, d.updated[i]))
            snprintf(m->updated_text, DATE_MAX, "%s", d.updated[i]);
    choose_published(&d, days->url, m->published_text);
    if (m->published_text[0] != '\0')
        m->published = text_of(m->published_text);
    if (m->updated_text[0] != '\0')
        m->updated = text_of(m->updated_text);
}
