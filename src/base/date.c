/*
 * date.c - dates and times: days and milliseconds since 1970, and as text.
 */
#include "base/date.h"

#include <stdio.h>

/* ---- Days ---------------------------------------------------------------- */

/* Months are counted from March, so that a leap day is the last day of a year.
 * An era is the 400 years after which the calendar repeats. */
#define ERA_DAYS 146097
#define ERA_TO_1970 719468 /* days from 0000-03-01 to 1970-01-01 */

/* The first days of these years. */
#define YEAR_1 (-719162)
#define YEAR_10000 2932897

static int64_t
floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

int64_t
date_days(struct date date)
{
    int64_t year = date.year - (date.month <= 2);
    int64_t era = floor_div(year, 400);
    int64_t of_era = year - era * 400;
    int64_t month = (int64_t)date.month + (date.month > 2 ? -3 : 9);

    return era * ERA_DAYS + of_era * 365 + of_era / 4 - of_era / 100 +
           (153 * month + 2) / 5 + (int64_t)date.day - 1 - ERA_TO_1970;
}

struct date
date_of_days(int64_t days)
{
    int64_t day = days + ERA_TO_1970;
    int64_t era = floor_div(day, ERA_DAYS);
    int64_t of_era = day - era * ERA_DAYS;
    int64_t year = (of_era - of_era / 1460 + of_era / 36524 -
                    of_era / (ERA_DAYS - 1)) / 365;
    int64_t of_year = of_era - (year * 365 + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    struct date d;

    d.day = (unsigned)(of_year - (153 * month + 2) / 5 + 1);
    d.month = (unsigned)(month < 10 ? month + 3 : month - 9);
    d.year = era * 400 + year + (d.month <= 2);
    return d;
}

unsigned
date_month_days(int64_t year, unsigned month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30,
                                    31, 31, 30, 31, 30, 31 };
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    return days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

int64_t
date_day_of(int64_t ms)
{
    return floor_div(ms, DATE_DAY_MS);
}

/* ---- From text ----------------------------------------------------------- */

/* Either of two characters, which may be the same. */
static bool
take_char(struct sheaf_bytes *s, char a, char b)
{
    if (s->len == 0 ||
        (s->data[0] != (uint8_t)a && s->data[0] != (uint8_t)b))
        return false;
    s->data++;
    s->len--;
    return true;
}

/* Exactly `count` digits, which make a number from `low` to `high`. */
static bool
take_number(struct sheaf_bytes *s, unsigned count, unsigned low,
            unsigned high, unsigned *out)
{
    unsigned n = 0;

    if (s->len < count)
        return false;
    for (unsigned i = 0; i < count; i++) {
        if (s->data[i] < '0' || s->data[i] > '9')
            return false;
        n = n * 10 + (unsigned)(s->data[i] - '0');
    }
    s->data += count;
    s->len -= count;
    *out = n;
    return n >= low && n <= high;
}

size_t
date_take(struct sheaf_bytes text, struct date *out)
{
    struct sheaf_bytes s = text;
    struct date d = { 0, 1, 1 };
    unsigned year;

    if (!take_number(&s, 4, 0, 9999, &year))
        return 0;
    d.year = year;
    if (take_char(&s, '-', '-') && (!take_number(&s, 2, 1, 12, &d.month) ||
                                    (take_char(&s, '-', '-') &&
                                     !take_number(&s, 2, 1, 31, &d.day))))
        return 0;
    *out = d;
    return text.len - s.len;
}

/* A fraction of a second, of which only three digits count. Returns the number
 * of digits. */
static size_t
take_fraction(struct sheaf_bytes *s, int64_t *ms)
{
    int64_t worth = 100;
    size_t count = 0;
    unsigned digit;

    *ms = 0;
    for (; take_number(s, 1, 0, 9, &digit); count++, worth /= 10)
        *ms += digit * worth;
    return count;
}

/* Z, +hh:mm or -hh:mm, as minutes ahead of UTC. */
static bool
take_zone(struct sheaf_bytes *s, bool rfc, int64_t *minutes)
{
    bool west = s->len != 0 && s->data[0] == '-';
    unsigned h;
    unsigned m;

    *minutes = 0;
    if (take_char(s, 'Z', rfc ? 'z' : 'Z'))
        return true;
    if (!take_char(s, '+', '-') || !take_number(s, 2, 0, 23, &h) ||
        !take_char(s, ':', ':') || !take_number(s, 2, 0, 59, &m))
        return false;
    *minutes = (west ? -1 : 1) * (int64_t)(h * 60 + m);
    return true;
}

/* The time after a date, from the 'T' on. RFC 3339 also has lower-case
 * letters, leap seconds and fractions of any length, but no time without a
 * zone. */
static bool
take_clock(struct sheaf_bytes *s, bool rfc, int64_t *ms)
{
    unsigned h;
    unsigned m;
    unsigned sec;
    int64_t fraction = 0;
    int64_t zone = 0;

    if (!take_char(s, 'T', rfc ? 't' : 'T') || !take_number(s, 2, 0, 23, &h) ||
        !take_char(s, ':', ':') || !take_number(s, 2, 0, 59, &m) ||
        !take_char(s, ':', ':') || !take_number(s, 2, 0, rfc ? 60 : 59, &sec))
        return false;
    if (s->len != 0 || rfc) {
        size_t digits = 1;

        if (take_char(s, '.', '.'))
            digits = take_fraction(s, &fraction);
        if (digits == 0 || (digits > 9 && !rfc) ||
            !take_zone(s, rfc, &zone))
            return false;
    }
    *ms = (((int64_t)h * 60 + m - zone) * 60 + sec) * 1000 + fraction;
    return true;
}

bool
date_parse(struct sheaf_bytes text, enum date_form form, int64_t *ms)
{
    bool rfc = form == DATE_RFC3339;
    struct date date;
    int64_t clock = 0;
    size_t len = date_take(text, &date);

    if (len == 0 || date.day > date_month_days(date.year, date.month) ||
        (!rfc && date.year == 0))
        return false;
    text.data += len;
    text.len -= len;
    /* Only a whole date can have a time. */
    if ((text.len != 0 || rfc) &&
        (len != 10 || !take_clock(&text, rfc, &clock) || text.len != 0))
        return false;
    *ms = date_days(date) * DATE_DAY_MS + clock;
    return true;
}

size_t
date_take_metadata(struct sheaf_bytes text, struct date *out)
{
    int64_t ms;

    return date_parse(text, DATE_METADATA, &ms) ? date_take(text, out) : 0;
}

/* ---- To text ------------------------------------------------------------- */

bool
date_print(int64_t ms, char out[DATE_TEXT_SIZE])
{
    int64_t day = date_day_of(ms);
    struct date d;
    unsigned rest;
    int n;

    if (day < YEAR_1 || day >= YEAR_10000)
        return false;
    d = date_of_days(day);
    rest = (unsigned)(ms - day * DATE_DAY_MS);
    n = snprintf(out, DATE_TEXT_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u",
                 (unsigned)d.year, d.month, d.day, rest / 3600000,
                 rest / 60000 % 60, rest / 1000 % 60);
    if (rest % 1000 != 0)
        n += snprintf(out + n, DATE_TEXT_SIZE - (size_t)n, ".%03u",
                      rest % 1000);
    snprintf(out + n, DATE_TEXT_SIZE - (size_t)n, "Z");
    return true;
}
