/*
 * date_parts.h - what dates are read into, and the pieces of their text.
 */
#ifndef SHEAF_IMPORT_DATE_PARTS_H
#define SHEAF_IMPORT_DATE_PARTS_H

#include <string.h>

#include "base/date.h"
#include "import/calendar.h"
#include "import/import.h"

#define YEAR_MIN 1000
#define YEAR_MAX 9999

struct moment {
    unsigned year, month, day;
    unsigned hour, minute, second;
    char fraction[11]; /* with its point; "" for none */
    char zone[7];      /* "Z", "+01:00" or "" */
    bool timed;
    bool next;              /* the time is the end of this day */
    enum calendar calendar; /* of the month's name */
};

/* How 3/4/2024 is meant. */
enum order { ORDER_UNKNOWN, ORDER_DAY_FIRST, ORDER_MONTH_FIRST };

struct reading {
    struct text lang;
    enum order order;
    bool whole; /* the text is only a date, so two digits may be a year */
    struct text before; /* the word before it, which may be the weekday */
};

/* ---- date_clock.c ---- */

/* A time of day: 10:00:00, 10:00:00.5, and if not strict, 10:00. */
bool clock_read(struct text *t, bool strict, struct moment *d);
/* A zone: an offset, and if not strict, a name that has one meaning. */
bool clock_read_zone(struct text *t, bool strict, char zone[7]);
/* A time in words that may follow a day: "at 9:05 pm", ", 21:05 Uhr". */
void clock_read_behind(struct text *rest, struct moment *d);
bool clock_exists(const struct moment *d);
/* ISO 8601 has 24:00:00, which is 00:00:00 of the next day: notes that. */
void clock_take_end(struct moment *d);
/* Makes it that day. */
void clock_next_day(struct moment *d);

/* ---- date_words.c ---- */

/* A day at the start of `t`, in words or figures, with a time after it. */
bool day_read(struct text *t, const struct reading *how, struct moment *d);
enum order day_order_of(struct text lang);
/* Makes a year of the Gregorian calendar of one that is counted from another
 * beginning. False: there is no such day. */
bool day_settle(struct moment *d, struct text lang);
/* The length of the name of an era at the end of `word`; 0: there is none. */
size_t day_era_length(struct text word);

/* ---- Pieces ---- */

static inline bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Letters are those of ASCII, and everything beyond ASCII. */
static inline bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           (unsigned char)c >= 0x80;
}

static inline void
skip(struct text *t, size_t n)
{
    t->data += n;
    t->len -= n;
}

/* Digits may be of any script. */
static inline bool
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
static inline size_t
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
static inline size_t
digit_bytes(struct text t)
{
    size_t n = 0, bytes;

    while (calendar_digit(text_from(t.data + n, t.len - n), &bytes) >= 0)
        n += bytes;
    return n;
}

/* The number of digits of ASCII at the start of `t`. */
static inline size_t
plain_run(struct text t)
{
    size_t n = 0;

    while (n < t.len && is_digit(t.data[n]))
        n++;
    return n;
}

/* Takes `c` from the start, if it is there. */
static inline bool
take(struct text *t, char c)
{
    if (t->len == 0 || t->data[0] != c)
        return false;
    skip(t, 1);
    return true;
}

static inline bool
take_any(struct text *t, const char *set)
{
    if (t->len == 0 || t->data[0] == '\0' || strchr(set, t->data[0]) == NULL)
        return false;
    skip(t, 1);
    return true;
}

static inline bool
take_word(struct text *t, const char *word)
{
    if (!text_begins(*t, word))
        return false;
    skip(t, strlen(word));
    return true;
}

/* Skips white space, including no-break spaces. */
static inline void
skip_space(struct text *t)
{
    for (;;) {
        if (!take_any(t, " \t\r\n") && !take_word(t, "\xC2\xA0") &&
            !take_word(t, "\xE2\x80\xAF"))
            return;
    }
}

static inline bool
day_exists(unsigned year, unsigned month, unsigned day)
{
    if (year < YEAR_MIN || month < 1 || month > 12 || day < 1)
        return false;
    return day <= date_month_days(year, month);
}

/* Letters up to the first other character. Marks of Latin-1 and General
 * Punctuation are not letters, although they are beyond ASCII. */
static inline struct text
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

#endif
