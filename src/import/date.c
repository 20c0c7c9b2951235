/*
 * date.c - dates as articles have them, to the form that metadata has.
 *
 * A date without a zone stays without one: where it was written is not known
 * here, and a guess would look like knowledge.
 */
#include "import/import.h"

#include <stdio.h>

struct date {
    unsigned year, month, day;
    unsigned hour, minute, second;
    char fraction[11]; /* with its point; "" for none */
    char zone[7];      /* "Z", "+01:00" or "" */
    bool timed;
};

static bool
digits(struct text *t, size_t count, unsigned *out)
{
    unsigned v = 0;

    if (t->len < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (t->data[i] < '0' || t->data[i] > '9')
            return false;
        v = v * 10 + (unsigned)(t->data[i] - '0');
    }
    t->data += count;
    t->len -= count;
    *out = v;
    return true;
}

/* Takes `c` off the start. */
static bool
take(struct text *t, char c)
{
    if (t->len == 0 || t->data[0] != c)
        return false;
    t->data++;
    t->len--;
    return true;
}

static bool
day_exists(unsigned year, unsigned month, unsigned day)
{
    static const unsigned days[] = { 31, 28, 31, 30, 31, 30,
                                     31, 31, 30, 31, 30, 31 };
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    if (month < 1 || month > 12 || day < 1)
        return false;
    return day <= days[month - 1] + (month == 2 && leap);
}

/* Z, +01:00, or with `strict` off also z, +0100, +01, UTC and GMT. */
static bool
read_zone(struct text *t, bool strict, char zone[7])
{
    unsigned hour, minute = 0;
    char sign;

    if (t->len == 0) {
        zone[0] = '\0';
        return true;
    }
    if (take(t, 'Z') || (!strict && (take(t, 'z') || text_is(*t, "UTC") ||
                                     text_is(*t, "GMT")))) {
        if (t->len == 3)
            *t = text_from(t->data + 3, 0);
        memcpy(zone, "Z", 2);
        return true;
    }
    sign = t->data[0];
    if (!take(t, '+') && !take(t, '-'))
        return false;
    if (!digits(t, 2, &hour))
        return false;
    if ((!take(t, ':') && strict) || !digits(t, 2, &minute))
        if (strict || t->len != 0)
            return false;
    if (hour > 23 || minute > 59)
        return false;
    snprintf(zone, 7, "%c%02u:%02u", sign, hour % 100, minute % 100);
    return true;
}

static bool
read_fraction(struct text *t, char fraction[11])
{
    size_t n = 0;
    unsigned digit;

    fraction[0] = '\0';
    if (!take(t, '.'))
        return true;
    fraction[n++] = '.';
    while (n < 10 && digits(t, 1, &digit))
        fraction[n++] = (char)('0' + digit);
    fraction[n] = '\0';
    return n > 1;
}

static bool
read_clock(struct text *t, bool strict, struct date *d)
{
    d->timed = true;
    if (!digits(t, 2, &d->hour) || !take(t, ':') || !digits(t, 2, &d->minute))
        return false;
    if (take(t, ':')) {
        if (!digits(t, 2, &d->second) || !read_fraction(t, d->fraction))
            return false;
    } else if (strict) {
        return false;
    }
    return d->hour <= 23 && d->minute <= 59 && d->second <= 60;
}

/* YYYY-MM-DD and a time behind it, or, when not strict, YYYYMMDD. */
static bool
read_iso(struct text t, bool strict, struct date *d)
{
    bool compact;

    memset(d, 0, sizeof *d);
    if (!digits(&t, 4, &d->year))
        return false;
    if (t.len == 0)
        return true;
    compact = !strict && t.len == 4;
    if ((!compact && !take(&t, '-')) || !digits(&t, 2, &d->month))
        return false;
    if (t.len == 0)
        return d->month >= 1 && d->month <= 12;
    if ((!compact && !take(&t, '-')) || !digits(&t, 2, &d->day) ||
        !day_exists(d->year, d->month, d->day))
        return false;
    if (t.len == 0)
        return true;
    if (!take(&t, 'T') && (strict || (!take(&t, ' ') && !take(&t, 't'))))
        return false;
    if (!read_clock(&t, strict, d))
        return false;
    if (!strict)
        t = text_trim(t);
    return read_zone(&t, strict, d->zone) && t.len == 0;
}

/* The next word, up to white space; commas end words too. */
static struct text
word(struct text *t)
{
    struct text w;

    *t = text_trim(*t);
    while (take(t, ','))
        *t = text_trim(*t);
    w = text_from(t->data, 0);
    while (t->len > 0 && t->data[0] != ' ' && t->data[0] != '\t' &&
           t->data[0] != ',') {
        w.len++;
        t->data++;
        t->len--;
    }
    return w;
}

static unsigned
month_named(struct text w)
{
    static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

    for (unsigned i = 0; i < 12; i++)
        if (w.len == 3 && memcmp(w.data, names + (size_t)3 * i, 3) == 0)
            return i + 1;
    return 0;
}

static bool
mail_zone(struct text w, char zone[7])
{
    static const struct {
        const char *name;
        const char *zone;
    } known[] = {
        { "UT", "Z" },       { "UTC", "Z" },      { "GMT", "Z" },
        { "EST", "-05:00" }, { "EDT", "-04:00" }, { "CST", "-06:00" },
        { "CDT", "-05:00" }, { "MST", "-07:00" }, { "MDT", "-06:00" },
        { "PST", "-08:00" }, { "PDT", "-07:00" },
    };

    for (size_t i = 0; i < COUNT_OF(known); i++) {
        if (text_is(w, known[i].name)) {
            snprintf(zone, 7, "%s", known[i].zone);
            return true;
        }
    }
    return w.len == 5 && read_zone(&w, false, zone) && w.len == 0;
}

/* RFC 2822: "Sat, 08 Feb 2025 03:17:28 +0100", its day of week optional. */
static bool
read_mail(struct text t, struct date *d)
{
    struct text w = word(&t);

    memset(d, 0, sizeof *d);
    if (w.len == 3 && (w.data[0] < '0' || w.data[0] > '9'))
        w = word(&t);
    if (w.len > 2 || w.len == 0 || !digits(&w, w.len, &d->day))
        return false;
    d->month = month_named(word(&t));
    w = word(&t);
    if (w.len != 4 || !digits(&w, 4, &d->year) ||
        !day_exists(d->year, d->month, d->day))
        return false;
    w = word(&t);
    if (!read_clock(&w, false, d) || w.len != 0)
        return false;
    return mail_zone(word(&t), d->zone) && text_trim(t).len == 0;
}

bool
date_is_plain(struct text t)
{
    struct date d;

    return read_iso(t, true, &d);
}

bool
date_convert(struct text t, char out[DATE_MAX])
{
    struct date d;
    int n = 0;

    t = text_trim(t);
    if (!read_iso(t, false, &d) && !read_mail(t, &d))
        return false;
    n = snprintf(out, DATE_MAX, "%04u", d.year);
    if (d.month != 0)
        n += snprintf(out + n, (size_t)(DATE_MAX - n), "-%02u", d.month);
    if (d.day != 0)
        n += snprintf(out + n, (size_t)(DATE_MAX - n), "-%02u", d.day);
    if (d.timed)
        snprintf(out + n, (size_t)(DATE_MAX - n), "T%02u:%02u:%02u%s%s",
                 d.hour, d.minute, d.second, d.fraction, d.zone);
    return true;
}
