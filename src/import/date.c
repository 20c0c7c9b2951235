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

#include "base/date.h"
#include "import/month.h"

/* Bytes of a word that may be a name. */
#define WORD_MAX 64
#define YEAR_MIN 1000
#define YEAR_MAX 9999
/* The first year of dates in running text, which has other figures, too. */
#define YEAR_SEEN_MIN 1980
#define YEAR_SEEN_MAX 2099
/* Years that are counted from another beginning are those of 1900 to 2099. */
#define PERSIAN_MIN 1279
#define PERSIAN_MAX 1478
#define BUDDHIST 543
#define BUDDHIST_MIN (1900 + BUDDHIST)
#define BUDDHIST_MAX (2099 + BUDDHIST)

struct moment {
    unsigned year, month, day;
    unsigned hour, minute, second;
    char fraction[11]; /* with its point; "" for none */
    char zone[7];      /* "Z", "+01:00" or "" */
    bool timed;
    bool next; /* the time is the end of this day */
    enum calendar calendar; /* of the month's name */
};

/* How 3/4/2024 is meant. */
enum order { ORDER_UNKNOWN, ORDER_DAY_FIRST, ORDER_MONTH_FIRST };

struct reading {
    struct text lang;
    enum order order;
    bool whole; /* the text is only a date, so two digits may be a year */
};

/* ---- Pieces ---- */

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Letters are those of ASCII, and everything beyond ASCII. */
static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (unsigned char)c >= 0x80;
}

static void
skip(struct text *t, size_t n)
{
    t->data += n;
    t->len -= n;
}

/* Digits may be of any script. */
static bool
digits(struct text *t, size_t count, unsigned *out)
{
    struct text c = *t;
    unsigned v = 0;
    size_t bytes;

    for (size_t i = 0; i < count; i++) {
        int digit = calendar_digit(c, &bytes);

        if (digit < 0)
            return false;
        v = v * 10 + (unsigned)digit;
        skip(&c, bytes);
    }
    *t = c;
    *out = v;
    return true;
}

/* The number of digits at the start of `t`. */
static size_t
digit_run(struct text t)
{
    size_t n = 0, bytes;

    while (calendar_digit(t, &bytes) >= 0) {
        skip(&t, bytes);
        n++;
    }
    return n;
}

/* The bytes that they take. */
static size_t
digit_bytes(struct text t)
{
    size_t n = 0, bytes;

    while (calendar_digit(text_from(t.data + n, t.len - n), &bytes) >= 0)
        n += bytes;
    return n;
}

/* The number of digits of ASCII at the start of `t`. */
static size_t
plain_run(struct text t)
{
    size_t n = 0;

    while (n < t.len && is_digit(t.data[n]))
        n++;
    return n;
}

/* Takes `c` from the start, if it is there. */
static bool
take(struct text *t, char c)
{
    if (t->len == 0 || t->data[0] != c)
        return false;
    skip(t, 1);
    return true;
}

static bool
take_any(struct text *t, const char *set)
{
    if (t->len == 0 || t->data[0] == '\0' || strchr(set, t->data[0]) == NULL)
        return false;
    skip(t, 1);
    return true;
}

static bool
take_word(struct text *t, const char *word)
{
    if (!text_begins(*t, word))
        return false;
    skip(t, strlen(word));
    return true;
}

/* Skips white space, including no-break spaces. */
static void
skip_space(struct text *t)
{
    for (;;) {
        if (!take_any(t, " \t\r\n") && !take_word(t, "\xC2\xA0") &&
            !take_word(t, "\xE2\x80\xAF"))
            return;
    }
}

static bool
day_exists(unsigned year, unsigned month, unsigned day)
{
    if (year < YEAR_MIN || month < 1 || month > 12 || day < 1)
        return false;
    return day <= date_month_days(year, month);
}

/* ---- Time of day ---- */

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
static bool
read_zone(struct text *t, bool strict, char zone[7])
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

static bool
clock_exists(const struct moment *d)
{
    return d->hour <= 23 && d->minute <= 59 && d->second <= 60;
}

/* ISO 8601 has 24:00:00, which is 00:00:00 of the next day. */
static void
take_end_of_day(struct moment *d)
{
    d->next = d->hour == 24 && d->minute == 0 && d->second == 0 &&
              strspn(d->fraction, ".0") == strlen(d->fraction);
    if (d->next)
        d->hour = 0;
}

static void
go_to_next_day(struct moment *d)
{
    const struct date day = { d->year, d->month, d->day };
    const struct date next = date_of_days(date_days(day) + 1);

    d->year = (unsigned)next.year;
    d->month = next.month;
    d->day = next.day;
    d->next = false;
}

static bool
read_clock(struct text *t, bool strict, struct moment *d)
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
        take_end_of_day(d);
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

/* A time in words may follow a day: "at 9:05 pm", ", 21:05 Uhr". */
static void
read_time_behind(struct text *rest, struct moment *d)
{
    static const char *const between[] = {
        "at", "um", "kl.", "kl", "a las", "às", "as", "à", "alle", "ore",
        "om", "o", "в", "года", "г.", "р.", "|", "-", "\xE2\x80\x93",
        "\xE2\x80\x94", "/", "@", "\xC2\xB7", "\xE2\x80\xA2", "T", ","
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
    if (take(&t, ':') &&
        (!digits(&t, 2, &with.second) ||
         !read_fraction(&t, false, with.fraction)))
        return;
    if (!read_half(&t, &with) || !clock_exists(&with))
        return;
    with.timed = true;
    *rest = t;
    (void)read_zone(&t, false, with.zone);
    if (with.zone[0] != '\0')
        *rest = t;
    *d = with;
}

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
        take_end_of_day(d);
        if (!clock_exists(d))
            return false;
    } else if (!read_clock(&t, strict, d)) {
        return false;
    }
    if (!read_zone(&t, strict, d->zone))
        return false;
    if (!strict) {
        t = text_trim(t);
        if (t.len > 0 && (t.data[0] == '[' || t.data[0] == '('))
            t.len = 0;
    }
    if (d->next)
        go_to_next_day(d);
    return t.len == 0 && d->year <= YEAR_MAX;
}

/* ---- Forms for people ---- */

/* Letters up to the first other character. Marks of Latin-1 and General
 * Punctuation are not letters, although they are beyond ASCII. */
static struct text
word_at(struct text t)
{
    size_t n = 0, bytes;

    while (n < t.len && is_letter(t.data[n]) && t.data[n] != '\xC2') {
        struct text rest = text_from(t.data + n, t.len - n);

        if ((unsigned char)t.data[n] > 0xC2 &&
            (text_begins(rest, "\xE2\x80") ||
             calendar_digit(rest, &bytes) >= 0))
            break;
        n++;
    }
    return text_from(t.data, n);
}

/* Takes the name of a month from the start, with its point; figures must
 * follow. */
static bool
take_month(struct text *t, struct moment *d)
{
    struct text word = word_at(*t);

    d->month = month_in_calendar(word, &d->calendar);
    /* Short names in Thai have a point in them. */
    if (d->month == 0 && word.len > 0 && t->len > word.len &&
        t->data[word.len] == '.') {
        struct text rest = text_from(word.data + word.len + 1,
                                     t->len - word.len - 1);

        word = text_from(word.data, word.len + 1 + word_at(rest).len);
        d->month = month_in_calendar(word, &d->calendar);
    }
    /* In Hebrew, "in" is written as a letter before the name. */
    if (d->month == 0 && text_begins(word, "ב"))
        d->month = month_in_calendar(text_from(word.data + 2, word.len - 2),
                                     &d->calendar);
    if (d->month == 0)
        return false;
    skip(t, word.len);
    (void)take(t, '.');
    return true;
}

/* Makes a year of the Gregorian calendar of one that is counted from another
 * beginning. False: there is no such day. */
static bool
settle(struct moment *d, struct text lang)
{
    bool persian = d->calendar == CALENDAR_PERSIAN ||
                   (text_begins(lang, "fa") && d->year >= PERSIAN_MIN &&
                    d->year <= PERSIAN_MAX);

    if (persian)
        return d->year >= PERSIAN_MIN && d->year <= PERSIAN_MAX &&
               calendar_from_persian(&d->year, &d->month, &d->day);
    if (d->year >= BUDDHIST_MIN && d->year <= BUDDHIST_MAX)
        d->year -= BUDDHIST;
    return true;
}

/* What may be between the pieces of a date in words. */
static void
skip_between(struct text *t)
{
    static const char *const words[] = { "de ", "del ", "of ", "di ",  "d'",
                                         "do ", "den ", "r. ", "พ.ศ.", "พ.ศ" };

    for (;;) {
        size_t before = t->len;

        skip_space(t);
        (void)take_any(t, ",.-/'\xE2");
        for (size_t i = 0; i < COUNT_OF(words); i++)
            (void)take_word(t, words[i]);
        if (t->len == before)
            return;
    }
}

static bool
read_year(struct text *t, bool short_too, unsigned *year)
{
    size_t n = digit_run(*t);

    if (n == 4)
        return digits(t, 4, year);
    if (n != 2 || !short_too || !digits(t, 2, year) ||
        (t->len > 0 && strchr(":h.", t->data[0]) != NULL))
        return false;
    *year += *year < 70 ? 2000 : 1900;
    return true;
}

static void
take_ordinal(struct text *t)
{
    static const char *const suffixes[] = { "st", "nd", "rd", "th", "er",
                                            "\xC2\xBA", "\xC2\xB0", "re",
                                            "e", "ème", "." };

    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        struct text c = *t;

        if (take_word(&c, suffixes[i]) &&
            (c.len == 0 || !is_letter(c.data[0]) ||
             suffixes[i][0] == '.')) {
            *t = c;
            return;
        }
    }
}

/* "2024/3/11", "2024. 3. 11.", "2024年3月11日", "2024 March 11". */
static bool
read_year_first(struct text *t, struct moment *d)
{
    static const char *const marks[][2] = {
        { "年", "月" }, { "년", "월" }, { "-", "-" }, { "/", "/" },
        { ".", "." }, { "_", "_" } };
    size_t n, i;

    if (!digits(t, 4, &d->year))
        return false;
    for (i = 0; i < COUNT_OF(marks); i++)
        if (take_word(t, marks[i][0]))
            break;
    skip_space(t);
    if (take_month(t, d)) {
        skip_between(t);
    } else {
        n = digit_run(*t);
        if (i == COUNT_OF(marks) || n < 1 || n > 2 ||
            !digits(t, n, &d->month) || !take_word(t, marks[i][1]))
            return false;
        skip_space(t);
    }
    n = digit_run(*t);
    if (n < 1 || n > 2 || !digits(t, n, &d->day))
        return false;
    if (!take_word(t, "日") && !take_word(t, "일") &&
        i < COUNT_OF(marks) && marks[i][0][0] == '.')
        (void)take(t, '.');
    return true;
}

static const struct era {
    const char *name;
    unsigned before; /* the year before its first one */
} eras[] = {
    { "令和", 2018 }, { "平成", 1988 }, { "昭和", 1925 },
    { "民國", 1911 }, { "民国", 1911 },
};

/* The era whose name is at the end of `word`. */
static const struct era *
era_behind(struct text word)
{
    for (size_t i = 0; i < COUNT_OF(eras); i++)
        if (text_ends(word, eras[i].name))
            return &eras[i];
    return NULL;
}

/* "令和6年3月11日", "民國113年3月11日". */
static bool
read_era(struct text *t, struct moment *d)
{
    struct text name = word_at(*t);
    const struct era *era = era_behind(name);
    size_t n;

    if (era == NULL || name.len != strlen(era->name))
        return false;
    skip(t, name.len);
    skip_space(t);
    n = digit_run(*t);
    if (n < 1 || n > 3 || !digits(t, n, &d->year) || !take_word(t, "年"))
        return false;
    d->year += era->before;
    skip_space(t);
    n = digit_run(*t);
    if (n < 1 || n > 2 || !digits(t, n, &d->month) || !take_word(t, "月"))
        return false;
    skip_space(t);
    n = digit_run(*t);
    return n >= 1 && n <= 2 && digits(t, n, &d->day) && take_word(t, "日");
}

/* "11.3.2024", "11/03/2024": two figures and a year between the same mark. */
static bool
read_figures(struct text *t, unsigned first, const struct reading *how,
             struct moment *d)
{
    char mark = t->len > 0 ? t->data[0] : '\0';
    enum order order = how->order;
    unsigned second;
    size_t n, year;

    if (!take_any(t, "./-"))
        return false;
    if (mark == '.')
        skip_space(t);
    n = digit_run(*t);
    if (n < 1 || n > 2 || !digits(t, n, &second) || !take(t, mark))
        return false;
    if (mark == '.')
        skip_space(t);
    year = digit_run(*t);
    if (!read_year(t, how->whole || (mark == '.' && n == 2), &d->year))
        return false;
    /* 24-03-11 may be a day of 2024 or of 2011. */
    if (year == 2 && mark != '.' && order == ORDER_UNKNOWN && first > 12 &&
        second <= 12)
        return false;
    if (digit_run(*t) != 0 || (t->len > 1 && t->data[0] == mark &&
                               is_digit(t->data[1])))
        return false;
    /* With points, the day comes first, wherever they are used. */
    if (mark == '.' || first > 12 || first == second)
        order = ORDER_DAY_FIRST;
    else if (second > 12)
        order = ORDER_MONTH_FIRST;
    d->day = order == ORDER_DAY_FIRST ? first : second;
    d->month = order == ORDER_DAY_FIRST ? second : first;
    return order != ORDER_UNKNOWN;
}

/* "11 March 2024", "11. März 2024", "11 de marzo de 2024", "11-Mar-24". */
static bool
read_day_first(struct text *t, const struct reading *how, struct moment *d)
{
    struct text c = *t;
    size_t n = digit_run(*t);

    if (n < 1 || n > 2 || !digits(&c, n, &d->day))
        return false;
    *t = c;
    if (read_figures(&c, d->day, how, d)) {
        *t = c;
        return true;
    }
    c = *t;
    take_ordinal(&c);
    skip_between(&c);
    if (!take_month(&c, d))
        return false;
    skip_between(&c);
    if (!read_year(&c, how->whole || c.data[-1] == '-', &d->year))
        return false;
    *t = c;
    return true;
}

/* "March 11, 2024", "Mar. 11th 2024", "Mar 11 10:00:00 +0000 2024". */
static bool
read_month_first(struct text *t, struct moment *d)
{
    struct text c = *t;
    size_t n;

    /* Looking for figures is cheaper than looking up a name. */
    skip(&c, word_at(c).len);
    (void)take(&c, '.');
    skip_space(&c);
    if (digit_run(c) == 0 || !take_month(t, d))
        return false;
    skip_space(t);
    n = digit_run(*t);
    if (n < 1 || n > 2 || !digits(t, n, &d->day))
        return false;
    take_ordinal(t);
    skip_between(t);
    if (digit_run(*t) == 2) {
        read_time_behind(t, d);
        if (!d->timed)
            return false;
        skip_space(t);
    }
    return digit_run(*t) == 4 && read_year(t, false, &d->year);
}

/* A day at the start of `t`. */
static bool
read_day(struct text *t, const struct reading *how, struct moment *d)
{
    struct text c = *t;
    bool good;

    memset(d, 0, sizeof *d);
    if (digit_run(c) == 4)
        good = read_year_first(&c, d);
    else if (digit_run(c) > 0)
        good = read_day_first(&c, how, d);
    else
        good = read_era(&c, d) || (c = *t, read_month_first(&c, d));
    if (!good || !settle(d, how->lang) ||
        !day_exists(d->year, d->month, d->day) || digit_run(c) != 0)
        return false;
    *t = c;
    if (!d->timed)
        read_time_behind(t, d);
    return true;
}

static enum order
order_of(struct text lang)
{
    static const char *const day_first[] = {
        "fr", "es", "it", "pt", "de", "nl", "ru", "pl", "cs", "sk", "tr",
        "el", "da", "nb", "no", "sv", "fi", "ro", "bg", "uk", "id", "vi",
        "ca", "gl", "hr", "sr", "sl", "ar", "he", "hi", "en-gb", "en_gb",
        "en-au", "en_au", "en-nz", "en_nz", "en-ie", "en_ie", "en-in",
        "en_in", "en-za", "en_za" };

    if (text_begins(lang, "en-us") || text_begins(lang, "en_us"))
        return ORDER_MONTH_FIRST;
    for (size_t i = 0; i < COUNT_OF(day_first); i++) {
        size_t n = strlen(day_first[i]);

        if (text_begins(lang, day_first[i]) &&
            (lang.len == n || !is_letter(lang.data[n])))
            return ORDER_DAY_FIRST;
    }
    return ORDER_UNKNOWN;
}

/* ---- What others call ---- */

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
                 d->hour, d->minute, d->second, d->fraction, d->zone);
}

bool
date_is_plain(struct text t)
{
    struct moment d;

    for (size_t i = 0; i < t.len; i++)
        if ((unsigned char)t.data[i] >= 0x80)
            return false;
    return read_iso(t, true, &d);
}

bool
date_read(struct text t, struct text lang, char out[DATE_MAX])
{
    const struct reading how = { lang, order_of(lang), true };
    struct moment d;
    struct text c;

    t = text_trim(t);
    if (read_iso(t, false, &d) && (d.day == 0 || settle(&d, lang))) {
        print(&d, out);
        return true;
    }
    c = t;
    if (!read_day(&c, &how, &d)) {
        /* The day of the week may come first. */
        skip(&t, word_at(t).len);
        (void)take(&t, '.');
        (void)take(&t, ',');
        skip_space(&t);
        c = t;
        if (!read_day(&c, &how, &d))
            return false;
    }
    c = text_trim(c);
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
date_convert(struct text t, char out[DATE_MAX])
{
    return date_read(t, text_from("", 0), out);
}

bool
date_find(struct text *rest, struct text lang, char out[DATE_MAX])
{
    const struct reading how = { lang, order_of(lang), false };

    while (rest->len > 0) {
        size_t n = digit_bytes(*rest);
        struct moment d;

        if (n == 0)
            n = word_at(*rest).len;
        if (n != 0 && n < WORD_MAX) {
            struct text c = *rest;
            const struct era *era = era_behind(text_from(c.data, n));

            if (era != NULL)
                skip(&c, n - strlen(era->name));
            if (read_day(&c, &how, &d) && d.year >= YEAR_SEEN_MIN &&
                d.year <= YEAR_SEEN_MAX) {
                *rest = c;
                print(&d, out);
                return true;
            }
        }
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
