/*
 * bibtex.c - references in BibTeX: @type{key, name = {value}, ...}.
 *
 * Values are TeX, of which only what occurs in titles and names is read:
 * braces, accents, and characters behind a backslash.
 */
#include <stdio.h>

#include "import/clipping.h"
#include "import/date.h"
#include "import/month.h"

#define NAME_MAX ((size_t)100)
#define PIECES_MAX 1000
/* Each may be searched through to the end of the file. */
#define BROKEN_MAX 20

static const struct clip_name names[] = {
    { "url", CLIP_URL },          { "title", CLIP_HEADLINE },
    { "author", CLIP_AUTHOR },    { "date", CLIP_PUBLISHED },
    { "year", CLIP_PUBLISHED },   { "abstract", CLIP_BODY },
    { "keywords", CLIP_KEYWORD }, { "keyword", CLIP_KEYWORD },
    { "language", CLIP_LANG },    { "langid", CLIP_LANG },
    { NULL, CLIP_EXT },
};

/* An accent and a letter, or a command, and what it means. */
static const struct {
    const char *tex, *text;
} letters[] = {
    { "\"a", "ä" }, { "\"o", "ö" }, { "\"u", "ü" }, { "\"A", "Ä" },
    { "\"O", "Ö" }, { "\"U", "Ü" }, { "\"e", "ë" }, { "\"i", "ï" },
    { "'a", "á" },  { "'e", "é" },  { "'i", "í" },  { "'o", "ó" },
    { "'u", "ú" },  { "'y", "ý" },  { "'A", "Á" },  { "'E", "É" },
    { "'I", "Í" },  { "'O", "Ó" },  { "'U", "Ú" },  { "'c", "ć" },
    { "'n", "ń" },  { "'s", "ś" },  { "'z", "ź" },  { "`a", "à" },
    { "`e", "è" },  { "`i", "ì" },  { "`o", "ò" },  { "`u", "ù" },
    { "^a", "â" },  { "^e", "ê" },  { "^i", "î" },  { "^o", "ô" },
    { "^u", "û" },  { "~n", "ñ" },  { "~a", "ã" },  { "~o", "õ" },
    { "~N", "Ñ" },  { "cc", "ç" },  { "cC", "Ç" },  { "vc", "č" },
    { "vs", "š" },  { "vz", "ž" },  { "vC", "Č" },  { "vS", "Š" },
    { "vZ", "Ž" },  { "ss", "ß" },  { "ae", "æ" },  { "oe", "œ" },
    { "aa", "å" },  { "AA", "Å" },  { "AE", "Æ" },
};

bool
is_bibtex(const struct look *l)
{
    static const char *const types[] = {
        "@article{",       "@misc{",         "@online{",     "@newspaper{",
        "@book{",          "@incollection{", "@techreport{", "@newsarticle{",
        "@inproceedings{", "@string{",       "@comment{",    "@electronic{",
    };
    struct text t = text_trim(l->start);

    if (text_ends(l->name, ".bib"))
        return memchr(t.data, '@', t.len) != NULL;
    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (text_begins(t, types[i]))
            return memchr(t.data, '=', t.len) != NULL;
    return false;
}

/* ---- TeX ---- */

/* What a command at the start of `t`, behind its backslash, means; its
 * length, or 0. */
static size_t
add_command(struct text t, struct sheaf_buf *out)
{
    char pair[3] = { t.len > 0 ? t.data[0] : '\0', '\0', '\0' };
    size_t n = 1;

    if (t.len == 0)
        return 0;
    if (strchr("&%$#_{}", t.data[0]) != NULL) {
        buf_add(out, t.data, 1);
        return 1;
    }
    /* Between an accent and its letter: braces, spaces, and a letter i
     * without a dot. */
    while (n < t.len && n < 8 && strchr("{ \\", t.data[n]) != NULL)
        n++;
    pair[1] = n < t.len ? t.data[n] : '\0';
    for (size_t i = 0; i < COUNT_OF(letters); i++) {
        if (strcmp(pair, letters[i].tex) != 0)
            continue;
        buf_add_str(out, letters[i].text);
        return n + 1;
    }
    return 0;
}

/* Appends a value without its braces. */
static void
add_plain(struct text t, struct sheaf_buf *out)
{
    size_t n;

    for (size_t i = 0; i < t.len; i++) {
        if (t.data[i] == '\\' &&
            (n = add_command(text_from(t.data + i + 1, t.len - i - 1), out)) >
                0)
            i += n;
        else if (t.data[i] == '~')
            buf_add_str(out, " ");
        else if (t.data[i] != '{' && t.data[i] != '}')
            buf_add(out, t.data + i, 1);
    }
}

/* ---- Entries ---- */

struct bib {
    struct clippings all;
    struct text rest;
    struct sheaf_buf value; /* of a field, as written */
    struct sheaf_buf plain; /* the same without TeX */
    struct sheaf_buf year, month, day;
    unsigned broken; /* entries */
};

static void
skip_space(struct bib *b)
{
    struct text t = b->rest;

    while (t.len > 0 && strchr(" \t\r\n", t.data[0]) != NULL)
        t = text_from(t.data + 1, t.len - 1);
    b->rest = t;
}

static bool
take(struct bib *b, char c)
{
    skip_space(b);
    if (b->rest.len == 0 || b->rest.data[0] != c)
        return false;
    b->rest = text_from(b->rest.data + 1, b->rest.len - 1);
    return true;
}

/* The name at the start of the rest. */
static struct text
take_name(struct bib *b)
{
    size_t n = 0;
    struct text t;

    skip_space(b);
    t = b->rest;
    while (n < t.len && strchr(" \t\r\n{}(),=#\"", t.data[n]) == NULL)
        n++;
    b->rest = text_from(t.data + n, t.len - n);
    return text_from(t.data, n);
}

/* A piece of a value: {...}, "...", or a word. False: it has no end. */
static bool
take_piece(struct bib *b)
{
    char end = take(b, '{') ? '}' : take(b, '"') ? '"' : '\0';
    struct text t = b->rest;
    size_t depth = 0, n = 0;

    if (end == '\0') {
        t = take_name(b);
        buf_add(&b->value, t.data, t.len);
        return t.len > 0;
    }
    for (; n < t.len && !(depth == 0 && t.data[n] == end); n++) {
        if (t.data[n] == '\\' && n + 1 < t.len)
            n++;
        else if (t.data[n] == '{')
            depth++;
        else if (t.data[n] == '}' && depth > 0)
            depth--;
    }
    if (n >= t.len)
        return false;
    buf_add(&b->value, t.data, n);
    b->rest = text_from(t.data + n + 1, t.len - n - 1);
    return true;
}

static bool
take_value(struct bib *b)
{
    unsigned pieces = 0;
    bool good;

    b->value.len = 0;
    do
        good = take_piece(b);
    while (good && take(b, '#') && ++pieces < PIECES_MAX);
    return good;
}

static bool
is_name(struct text t, const char *name)
{
    return t.len == strlen(name) && text_begins(t, name);
}

/* Names of authors have "and" between them, outside of braces. */
static void
add_authors(struct bib *b, struct text name)
{
    struct text t = text_of_buf(&b->value);
    size_t depth = 0, from = 0;

    for (size_t i = 0; i <= t.len; i++) {
        bool end = i == t.len;

        if (!end && t.data[i] == '{')
            depth++;
        else if (!end && t.data[i] == '}' && depth > 0)
            depth--;
        if (!end && (depth > 0 || t.len - i < 5 ||
                     strchr(" \t\r\n", t.data[i]) == NULL ||
                     memcmp(t.data + i + 1, "and", 3) != 0 ||
                     strchr(" \t\r\n", t.data[i + 4]) == NULL))
            continue;
        b->plain.len = 0;
        add_plain(text_from(t.data + from, i - from), &b->plain);
        clip_add(&b->all, names, name, text_of_buf(&b->plain));
        from = i + 5;
        i += 4;
    }
}

static void
add_field(struct bib *b, struct text name)
{
    struct sheaf_buf *part = is_name(name, "year")    ? &b->year
                             : is_name(name, "month") ? &b->month
                             : is_name(name, "day")   ? &b->day
                                                      : NULL;
    struct text t;

    if (is_name(name, "author")) {
        add_authors(b, name);
        return;
    }
    b->plain.len = 0;
    add_plain(text_of_buf(&b->value), &b->plain);
    t = text_trim(text_of_buf(&b->plain));
    if (part != NULL && part->len == 0)
        buf_add(part, t.data, t.len);
    else
        clip_add(&b->all, names, name, t);
}

static int
number_in(struct text t)
{
    int v = 0;

    if (t.len > 4)
        return 0;
    for (size_t i = 0; i < t.len; i++) {
        if (t.data[i] < '0' || t.data[i] > '9')
            return 0;
        v = 10 * v + (t.data[i] - '0');
    }
    return v;
}

/* The day, if month and year have one: "11 dec", or "dec" # "~11". */
static bool
find_day(const struct bib *b, char out[DATE_MAX])
{
    char *all = format_text("%.*s %.*s", (int)b->month.len,
                            (char *)b->month.data, (int)b->year.len,
                            (char *)b->year.data);
    struct text rest = text_of(all);
    bool good = b->month.len > 0 && date_find(&rest, text_of("en"), out);

    mem_free(all);
    return good;
}

/* The date of an entry without `date`. */
static void
add_date(struct bib *b)
{
    struct text month = text_of_buf(&b->month);
    int year = number_in(text_of_buf(&b->year));
    int day = number_in(text_of_buf(&b->day));
    int m = month.len <= 2 ? number_in(month) : (int)month_named(month);
    char date[DATE_MAX];

    if (b->year.len == 0 || story_has(b->all.story, STORY_PUBLISHED))
        return;
    if (m >= 1 && m <= 12 && year > 0 && day >= 1 && day <= 31)
        snprintf(date, sizeof date, "%04d-%02d-%02d", year, m, day);
    else if (m >= 1 && m <= 12 && year > 0)
        snprintf(date, sizeof date, "%04d-%02d", year, m);
    else if (!find_day(b, date))
        snprintf(date, sizeof date, "%.*s",
                 (int)text_cut(text_of_buf(&b->year), 20).len,
                 (char *)b->year.data);
    clip_add(&b->all, names, text_of("year"), text_of(date));
}

/* The fields of an entry, behind its bracket. False: it has no end. */
static bool
read_fields(struct bib *b)
{
    struct text key = take_name(b);

    clip_add(&b->all, names, text_of("key"), key);
    while (take(b, ',')) {
        struct text name = take_name(b);

        if (name.len == 0)
            break; /* a comma behind the last field */
        if (name.len > NAME_MAX || !take(b, '=') || !take_value(b))
            return false;
        add_field(b, name);
    }
    return take(b, '}') || take(b, ')');
}

static void
read_entry(struct bib *b, const char *start)
{
    clip_begin(&b->all);
    b->year.len = b->month.len = b->day.len = 0;
    if (!read_fields(b)) {
        reject(EXIT_FAILED, b->all.place,
               text_from(start, (size_t)(b->rest.data - start)),
               "the entry has no end, or a field without a value");
        b->broken++;
        return;
    }
    buf_add(&b->all.raw, start, (size_t)(b->rest.data - start));
    add_date(b);
    clip_end(&b->all);
}

/* What is between entries is a comment. */
static void
read_entries(struct bib *b)
{
    const char *start;

    while (b->broken < BROKEN_MAX &&
           (start = memchr(b->rest.data, '@', b->rest.len)) != NULL) {
        struct text type;

        b->rest = text_from(start + 1,
                            b->rest.len - (size_t)(start + 1 - b->rest.data));
        type = take_name(b);
        if (is_name(type, "comment") || is_name(type, "preamble") ||
            is_name(type, "string"))
            (void)take_value(b);
        else if (type.len > 0 && (take(b, '{') || take(b, '(')))
            read_entry(b, start);
    }
}

void
import_bibtex(struct item *item)
{
    struct bib b = { .rest = { "", 0 } };
    struct sheaf_buf room = { 0 };
    struct text all = input_peek(item->in, RECORD_MAX + 1);

    if (input_failed(item->in))
        return;
    if (all.len > RECORD_MAX) {
        reject(EXIT_LIMIT, item->place, text_from("", 0),
               "BibTeX of more than %zu MiB", RECORD_MAX / MIB);
        return;
    }
    clip_open(&b.all, item);
    b.rest = row_decode(&b.all.row, all, &room);
    read_entries(&b);
    clip_close(&b.all);
    sheaf_buf_free(&room);
    sheaf_buf_free(&b.value);
    sheaf_buf_free(&b.plain);
    sheaf_buf_free(&b.year);
    sheaf_buf_free(&b.month);
    sheaf_buf_free(&b.day);
}
