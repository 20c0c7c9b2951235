/*
 * date_words.c - days as people write them: in words, in figures, and in years
 * of other calendars.
 */
#include "import/date_parts.h"

#include "import/month.h"

/* Years that are counted from another beginning are those of 1900 to 2099. The
 * years of the Persian calendar are about those of the Islamic one. */
#define PERSIAN_MIN 1279
#define PERSIAN_MAX 1478
#define BUDDHIST 543
#define BUDDHIST_MIN (1900 + BUDDHIST)
#define BUDDHIST_MAX (2099 + BUDDHIST)

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

bool
day_settle(struct moment *d, struct text lang)
{
    bool persian = d->calendar == CALENDAR_PERSIAN ||
                   (text_begins(lang, "fa") && d->year >= PERSIAN_MIN &&
                    d->year <= PERSIAN_MAX);

    if (persian)
        return d->year >= PERSIAN_MIN && d->year <= PERSIAN_MAX &&
               calendar_from_persian(&d->year, &d->month, &d->day);
    if (d->year >= BUDDHIST_MIN && d->year <= BUDDHIST_MAX)
        d->year -= BUDDHIST;
    return d->year < PERSIAN_MIN || d->year > PERSIAN_MAX;
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
    static const char *const suffixes[] = { "st", "nd",       "rd",       "th",
                                            "er", "\xC2\xBA", "\xC2\xB0", "re",
                                            "e",  "ème",      "." };

    for (size_t i = 0; i < COUNT_OF(suffixes); i++) {
        struct text c = *t;

        if (take_word(&c, suffixes[i]) &&
            (c.len == 0 || !is_letter(c.data[0]) || suffixes[i][0] == '.')) {
            *t = c;
            return;
        }
    }
}

/* "2024/3/11", "2024. 3. 11.", "2024年3月11日", "2024 March 11". */
static bool
read_year_first(struct text *t, struct moment *d)
{
    static const char *const marks[][2] = { { "年", "月" }, { "년", "월" },
                                            { "-", "-" },   { "/", "/" },
                                            { ".", "." },   { "_", "_" } };
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
    if (!take_word(t, "日") && !take_word(t, "일") && i < COUNT_OF(marks) &&
        marks[i][0][0] == '.')
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

size_t
day_era_length(struct text word)
{
    const struct era *era = era_behind(word);

    return era != NULL ? strlen(era->name) : 0;
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

static bool
is_on(unsigned weekday, unsigned year, unsigned month, unsigned day)
{
    const struct date date = { year, month, day };
    int64_t days = date_days(date) + 3; /* since a Monday */

    return (unsigned)((days % 7 + 7) % 7) + 1 == weekday;
}

/* The order in which the figures are on the weekday before them: "Mon,
 * 03/11/2024". If they are in none or both, it is that of the language. */
static enum order
order_of(const struct reading *how, unsigned year, unsigned first,
         unsigned second)
{
    unsigned weekday = weekday_of(how->before);
    bool day_first = is_on(weekday, year, second, first);

    if (day_first == is_on(weekday, year, first, second))
        return how->order;
    return day_first ? ORDER_DAY_FIRST : ORDER_MONTH_FIRST;
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
    if (digit_run(*t) != 0 ||
        (t->len > 1 && t->data[0] == mark && is_digit(t->data[1])))
        return false;
    /* With points, the day comes first, wherever they are used. */
    if (mark == '.' || first > 12 || first == second)
        order = ORDER_DAY_FIRST;
    else if (second > 12)
        order = ORDER_MONTH_FIRST;
    else
        order = order_of(how, d->year, first, second);
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
        clock_read_behind(t, d);
        if (!d->timed)
            return false;
        skip_space(t);
    }
    return digit_run(*t) == 4 && read_year(t, false, &d->year);
}

/* A day at the start of `t`. */
bool
day_read(struct text *t, const struct reading *how, struct moment *d)
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
    if (!good || !day_settle(d, how->lang) ||
        !day_exists(d->year, d->month, d->day) || digit_run(c) != 0)
        return false;
    *t = c;
    if (!d->timed)
        clock_read_behind(t, d);
    return true;
}

enum order
day_order_of(struct text lang)
{
    static const char *const day_first[] = {
        "fr",    "es",    "it",    "pt",    "de",    "nl",    "ru",
        "pl",    "cs",    "sk",    "tr",    "el",    "da",    "nb",
        "no",    "sv",    "fi",    "ro",    "bg",    "uk",    "id",
        "vi",    "ca",    "gl",    "hr",    "sr",    "sl",    "ar",
        "he",    "hi",    "en-gb", "en_gb", "en-au", "en_au", "en-nz",
        "en_nz", "en-ie", "en_ie", "en-in", "en_in", "en-za", "en_za"
    };

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
