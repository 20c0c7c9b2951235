/*
 * date.c - dates as articles have them, converted to the form of metadata.
 *
 * A date without a zone is kept without one: its place is unknown, and a guess
 * would look like knowledge. For the same reason figures in an ambiguous order
 * are not a date, nor is a year before 1000: databases write 0000 and 0001 for
 * unknown dates.
 */
#include "import/date.h"

#include <stdio.h>

#include "import/date_parts.h"

/* Bytes of a word that may be a name. */
#define WORD_MAX 64
/* The first year of dates in running text, which has other figures, too. */
#define YEAR_SEEN_MIN 1980
#define YEAR_SEEN_MAX 2099

/* ---- Forms for machines ---- */

/* YYYY-MM-DD and a time after it, or if not strict, YYYYMMDD. */
static bool
read_iso(struct text t, bool strict, struct moment *d)
{
    bool compact;
    size_t run;

    memset(d, 0, sizeof *d);
    if (!digits(&t, 4, &d->year) || d->year < YEAR_MIN)
        return false;
    if (t.len == 0)
        return true;
    /* 20240311, and with the time behind it, as 20240311100000. */
    run = digit_run(t);
    compact = !strict && (run == 4 || run == 8 || run == 10);
    if ((!compact && !take(&t, '-')) || !digits(&t, 2, &d->month))
        return false;
    if (t.len == 0)
        return d->month >= 1 && d->month <= 12;
    if ((!compact && !take(&t, '-')) || !digits(&t, 2, &d->day) ||
        !day_exists(d->year, d->month, d->day))
        return false;
    if (t.len == 0)
        return true;
    if (!take(&t, 'T') && (strict || (!take(&t, ' ') && !take(&t, 't'))) &&
        (!compact || run == 4))
        return false;
    if (compact && (digit_run(t) == 6 || (digit_run(t) == 4 && run == 8))) {
        d->timed = true;
        (void)(digits(&t, 2, &d->hour) && digits(&t, 2, &d->minute) &&
               digits(&t, 2, &d->second));
        clock_take_end(d);
        if (!clock_exists(d))
            return false;
    } else if (!clock_read(&t, strict, d)) {
        return false;
    }
    if (!clock_read_zone(&t, strict, d->zone))
        return false;
    if (!strict) {
        t = text_trim(t);
        if (t.len > 0 && (t.data[0] == '[' || t.data[0] == '('))
            t.len = 0;
    }
    if (d->next)
        clock_next_day(d);
    return t.len == 0 && d->year <= YEAR_MAX;
}

/* ---- What others call ---- */

/* In a form of metadata, which has no leap seconds, and fractions only before a
 * zone. */
static void
print(const struct moment *d, char out[DATE_MAX])
{
    int n = snprintf(out, DATE_MAX, "%04u", d->year);

    if (d->month != 0)
        n += snprintf(out + n, (size_t)(DATE_MAX - n), "-%02u", d->month);
    if (d->day != 0)
        n += snprintf(out + n, (size_t)(DATE_MAX - n), "-%02u", d->day);
    if (d->timed)
        snprintf(out + n, (size_t)(DATE_MAX - n), "T%02u:%02u:%02u%s%s",
                 d->hour, d->minute, d->second == 60 ? 59 : d->second,
                 d->zone[0] != '\0' ? d->fraction : "", d->zone);
}

bool
date_is_plain(struct text t)
{
    struct moment d;
    int64_t ms;

    return read_iso(t, true, &d) &&
           date_parse(text_bytes(t), DATE_METADATA, &ms);
}

static bool
read_whole(struct text t, struct reading *how, char out[DATE_MAX])
{
    struct moment d;
    struct text c;

    t = text_trim(t);
    if (read_iso(t, false, &d) && (d.day == 0 || day_settle(&d, how->lang))) {
        print(&d, out);
        return true;
    }
    c = t;
    if (!day_read(&c, how, &d)) {
        /* The day of the week may come first. */
        how->before = word_at(t);
        skip(&t, how->before.len);
        (void)take(&t, '.');
        (void)take(&t, ',');
        skip_space(&t);
        c = t;
        if (!day_read(&c, how, &d))
            return false;
    }
    c = text_trim(c);
    (void)take(&c, ',');
    skip_space(&c);
    /* "Uhr", "г.", a zone that has no one meaning, a day of the week. */
    skip(&c, word_at(c).len);
    (void)take(&c, '.');
    /* America/New_York */
    while (take_any(&c, "/_"))
        skip(&c, word_at(c).len);
    c = text_trim(c);
    if (c.len > 0 && c.data[0] != '(' && c.data[0] != '[')
        return false;
    print(&d, out);
    return true;
}

bool
date_read(struct text t, struct text lang, char out[DATE_MAX])
{
    struct reading how = { .lang = lang,
                           .order = day_order_of(lang),
                           .whole = true };

    return read_whole(t, &how, out);
}

bool
date_read_data(struct text t, struct text lang, char out[DATE_MAX])
{
    struct reading how = { .lang = lang, .whole = true };

    return read_whole(t, &how, out);
}

bool
date_convert(struct text t, char out[DATE_MAX])
{
    return date_read(t, text_from("", 0), out);
}

bool
date_find(struct text *rest, struct text lang, char out[DATE_MAX])
{
    struct reading how = { .lang = lang, .order = day_order_of(lang) };

    while (rest->len > 0) {
        size_t n = digit_bytes(*rest);
        struct moment d;

        if (n == 0)
            n = word_at(*rest).len;
        if (n != 0 && n < WORD_MAX) {
            struct text c = *rest;
            size_t era = day_era_length(text_from(c.data, n));

            if (era != 0)
                skip(&c, n - era);
            if (day_read(&c, &how, &d) && d.year >= YEAR_SEEN_MIN &&
                d.year <= YEAR_SEEN_MAX) {
                *rest = c;
                print(&d, out);
                return true;
            }
        }
        if (n != 0)
            how.before = text_from(rest->data, n);
        else if (strchr(" ,.\n", rest->data[0]) == NULL)
            how.before.len = 0;
        if (n == 0)
            n = utf8_len((const uint8_t *)rest->data, rest->len);
        skip(rest, n != 0 ? n : 1);
    }
    return false;
}

bool
date_in_url(struct text url, char out[DATE_MAX])
{
    for (size_t i = 1; i + 8 <= url.len; i++) {
        struct text c = text_from(url.data + i, url.len - i);
        char before = url.data[i - 1], mark;
        struct moment d = { 0 };
        bool compact = digit_run(c) == 8;

        if (is_digit(before) || (digit_run(c) != 4 && !compact) ||
            !digits(&c, 4, &d.year))
            continue;
        mark = compact ? '\0' : c.data[0];
        if (!compact && !take_any(&c, "/-_."))
            continue;
        if (!digits(&c, digit_run(c) == 1 ? 1 : 2, &d.month) ||
            (!compact && !take(&c, mark)) ||
            !digits(&c, digit_run(c) == 1 ? 1 : 2, &d.day) ||
            digit_run(c) != 0)
            continue;
        if (d.year < YEAR_SEEN_MIN || d.year > YEAR_SEEN_MAX ||
            !day_exists(d.year, d.month, d.day))
            continue;
        print(&d, out);
        return true;
    }
    return false;
}

bool
date_epoch(struct text t, char out[DATE_MAX])
{
    int64_t ms = 0;

    if ((t.len != 10 && t.len != 13) || plain_run(t) != t.len)
        return false;
    for (size_t i = 0; i < t.len; i++)
        ms = ms * 10 + (t.data[i] - '0');
    return ms != 0 && date_print(t.len == 10 ? ms * 1000 : ms, out);
}

/* Prints whole seconds. */
static bool
print_seconds(int64_t seconds, char out[DATE_MAX])
{
    char text[DATE_TEXT_SIZE];

    if (seconds > INT64_MAX / 1000 || seconds < INT64_MIN / 1000 ||
        !date_print(seconds * 1000, text))
        return false;
    memcpy(out, text, sizeof text);
    return true;
}

/* Takes digits and what may be behind a point. */
static bool
take_number(struct text t, uint64_t *number, size_t *count)
{
    *count = plain_run(t);
    *number = 0;
    if (*count == 0 || *count > 19)
        return false;
    for (size_t i = 0; i < *count; i++)
        *number = *number * 10 + (uint64_t)(t.data[i] - '0');
    return *count == t.len || t.data[*count] == '.';
}

bool
date_milliseconds(struct text t, char out[DATE_MAX])
{
    bool before = take(&t, '-');
    uint64_t v;
    size_t n;

    if (!take_number(t, &v, &n))
        return false;
    return print_seconds(before ? -(int64_t)((v + 999) / 1000)
                                : (int64_t)(v / 1000),
                         out);
}

bool
date_count(struct text t, char out[DATE_MAX])
{
    bool before = take(&t, '-');
    uint64_t v;
    size_t n;

    if (!take_number(t, &v, &n))
        return false;
    if (before) {
        if (n == 9 || n == 10)
            return print_seconds(-(int64_t)v, out);
        return (n == 12 || n == 13) &&
               print_seconds(-(int64_t)((v + 999) / 1000), out);
    }
    /* 20240311100000, or without the seconds, is no such number. With twelve
     * digits it could be one of before 2002. */
    if (n < 9 || n == 14 ||
        (n == 12 && t.data[0] <= '2' && date_convert(t, out)))
        return false;
    /* 17 and 18 digits are counts of other systems from other years. */
    if (n == 17 || n == 18)
        return false;
    return print_seconds((int64_t)(n == 19   ? v / 1000000000
                                   : n >= 15 ? v / 1000000
                                   : n >= 12 ? v / 1000
                                             : v),
                         out);
}
