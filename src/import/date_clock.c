/*
 * date_clock.c - times of day, with their zones.
 */
#include "import/date_parts.h"

#include <stdio.h>

/* Z, +01:00, or with `strict` off also z, +0100 and +01. */
static bool
read_offset(struct text *t, bool strict, char zone[7])
{
    unsigned hour, minute = 0;
    char sign;

    if (take(t, 'Z') || (!strict && take(t, 'z'))) {
        memcpy(zone, "Z", 2);
        return true;
    }
    sign = t->len > 0 ? t->data[0] : '\0';
    if (!take(t, '+') && !take(t, '-'))
        return false;
    if (!digits(t, 2, &hour))
        return false;
    if ((!take(t, ':') && strict) || !digits(t, 2, &minute))
        if (strict)
            return false;
    if (hour > 23 || minute > 59)
        return false;
    snprintf(zone, 7, "%c%02u:%02u", sign, hour % 100, minute % 100);
    return true;
}

/* What follows GMT may also be +2. */
static void
read_hours(struct text *t, char zone[7])
{
    struct text c = *t;
    char sign = c.len > 0 ? c.data[0] : '\0';
    unsigned hour;

    if (take_any(&c, "+-") && digit_run(c) == 1 && digits(&c, 1, &hour)) {
        snprintf(zone, 7, "%c%02u:00", sign, hour % 100);
        *t = c;
    } else {
        (void)read_offset(t, false, zone);
    }
}

/* The name of a zone with one meaning, with or without an offset after it. */
bool
clock_read_zone(struct text *t, bool strict, char zone[7])
{
    static const struct {
        const char *name;
        const char *zone;
    } known[] = {
        { "UTC", "Z" },       { "GMT", "Z" },       { "UT", "Z" },
        { "EST", "-05:00" },  { "EDT", "-04:00" },  { "CST", "-06:00" },
        { "CDT", "-05:00" },  { "MST", "-07:00" },  { "MDT", "-06:00" },
        { "PST", "-08:00" },  { "PDT", "-07:00" },  { "CEST", "+02:00" },
        { "CET", "+01:00" },  { "MESZ", "+02:00" }, { "MEZ", "+01:00" },
        { "BST", "+01:00" },  { "EEST", "+03:00" }, { "EET", "+02:00" },
        { "MSK", "+03:00" },  { "JST", "+09:00" },  { "KST", "+09:00" },
        { "AEST", "+10:00" }, { "AEDT", "+11:00" },
    };

    zone[0] = '\0';
    if (strict)
        return t->len == 0 || read_offset(t, true, zone);
    skip_space(t);
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        size_t n = strlen(known[i].name);

        if (text_begins(*t, known[i].name) &&
            (t->len == n || !is_letter(t->data[n]))) {
            skip(t, n);
            snprintf(zone, 7, "%s", known[i].zone);
            if (i < 3)
                read_hours(t, zone);
            return true;
        }
    }
    (void)read_offset(t, false, zone);
    return true;
}

/* Nine digits are kept. */
static bool
read_fraction(struct text *t, bool strict, char fraction[11])
{
    size_t n = 0;
    unsigned digit;

    fraction[0] = '\0';
    if (!take(t, '.') && (strict || !take(t, ',')))
        return true;
    fraction[n++] = '.';
    while (digits(t, 1, &digit)) {
        if (n == 10 && strict)
            return false;
        if (n < 10)
            fraction[n++] = (char)('0' + digit);
    }
    fraction[n] = '\0';
    return n > 1;
}

bool
clock_exists(const struct moment *d)
{
    return d->hour <= 23 && d->minute <= 59 && d->second <= 60;
}

void
clock_take_end(struct moment *d)
{
    d->next = d->hour == 24 && d->minute == 0 && d->second == 0 &&
              strspn(d->fraction, ".0") == strlen(d->fraction);
    if (d->next)
        d->hour = 0;
}

void
clock_next_day(struct moment *d)
{
    const struct date day = { d->year, d->month, d->day };
    const struct date next = date_of_days(date_days(day) + 1);

    d->year = (unsigned)next.year;
    d->month = next.month;
    d->day = next.day;
    d->next = false;
}

bool
clock_read(struct text *t, bool strict, struct moment *d)
{
    d->timed = true;
    if (!digits(t, 2, &d->hour) || !take(t, ':') || !digits(t, 2, &d->minute))
        return false;
    if (take(t, ':')) {
        if (!digits(t, 2, &d->second) ||
            !read_fraction(t, strict, d->fraction))
            return false;
    } else if (strict) {
        return false;
    }
    if (!strict)
        clock_take_end(d);
    return clock_exists(d);
}

/* "a.m." or "PM" after a time; false if that is not a valid time. */
static bool
read_half(struct text *t, struct moment *d)
{
    struct text c = *t;
    char half;

    skip_space(&c);
    half = c.len > 0 ? (char)(c.data[0] | 0x20) : '\0';
    if ((half != 'a' && half != 'p'))
        return true;
    skip(&c, 1);
    (void)take(&c, '.');
    if (c.len == 0 || (c.data[0] | 0x20) != 'm')
        return true;
    skip(&c, 1);
    (void)take(&c, '.');
    if (c.len > 0 && is_letter(c.data[0]))
        return true;
    *t = c;
    if (d->hour < 1 || d->hour > 12)
        return d->hour <= 23;
    d->hour = d->hour % 12 + (half == 'p' ? 12 : 0);
    return true;
}

void
clock_read_behind(struct text *rest, struct moment *d)
{
    static const char *const between[] = {
        "at", "um", "kl.",      "kl",           "a las",
        "às", "as", "à",        "alle",         "ore",
        "om", "o",  "в",        "года",         "г.",
        "р.", "|",  "-",        "\xE2\x80\x93", "\xE2\x80\x94",
        "/",  "@",  "\xC2\xB7", "\xE2\x80\xA2", "T",
        ","
    };
    struct text t = *rest;
    struct moment with = *d;
    bool worded = false; /* so that 10.00 is a time */
    size_t n;

    for (unsigned k = 0; k < 3; k++) {
        skip_space(&t);
        for (size_t i = 0; i < COUNT_OF(between); i++) {
            if (!take_word(&t, between[i]))
                continue;
            worded = worded || text_begins(text_of(between[i]), "kl");
            break;
        }
    }
    skip_space(&t);
    n = digit_run(t);
    if (n < 1 || n > 2 || !digits(&t, n, &with.hour))
        return;
    if ((!take(&t, ':') && !take(&t, 'h') && !take(&t, 'H') &&
         (!worded || !take(&t, '.'))) ||
        !digits(&t, 2, &with.minute) || digit_run(t) != 0)
        return;
    if (take(&t, ':') && (!digits(&t, 2, &with.second) ||
                          !read_fraction(&t, false, with.fraction)))
        return;
    if (!read_half(&t, &with) || !clock_exists(&with))
        return;
    with.timed = true;
    *rest = t;
    (void)clock_read_zone(&t, false, with.zone);
    if (with.zone[0] != '\0')
        *rest = t;
    *d = with;
}
