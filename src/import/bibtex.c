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
#include "import/words.h"

#define NAME_MAX ((size_t)100)
#define PIECES_MAX 1000
/* Each may be searched through to the end of the file; and so may as many
 * comments. */
#define BROKEN_MAX 20
#define MACROS_MAX 50000
#define TOO_LARGE "abbreviations stand for more than 64 MiB"

static const struct clip_name names[] = {
    { "url", CLIP_URL },          { "title", CLIP_HEADLINE },
    { "author", CLIP_AUTHOR },    { "date", CLIP_PUBLISHED },
    { "year", CLIP_PUBLISHED },   { "abstract", CLIP_BODY },
    { "keywords", CLIP_KEYWORD }, { "keyword", CLIP_KEYWORD },
    { "language", CLIP_LANG },    { "langid", CLIP_LANG },
    { NULL, CLIP_EXT },
};

/* Each accent with the letters that it may be on, and what they become. */
static const struct {
    char accent;
    const char *letters;
} accents[] = {
    { '"', "aäeëiïoöuüyÿAÄEËIÏOÖUÜYŸ" },
    { '\'', "aáeéiíoóuúyýcćlĺnńrŕsśzźAÁEÉIÍOÓUÚYÝCĆLĹNŃRŔSŚZŹ" },
    { '`', "aàeèiìoòuùAÀEÈIÌOÒUÙ" },
    { '^', "aâeêiîoôuûcĉgĝhĥjĵsŝwŵyŷAÂEÊIÎOÔUÛCĈGĜHĤJĴSŜWŴYŶ" },
    { '~', "aãiĩnñoõuũAÃIĨNÑOÕUŨ" },
    { '=', "aāeēiīoōuūAĀEĒIĪOŌUŪ" },
    { '.', "cċeėgġzżCĊEĖGĠIİZŻ" },
    { 'c', "cçgģkķlļnņrŗsştţCÇGĢKĶLĻNŅRŖSŞTŢ" },
    { 'v', "cčdďeěnňrřsštťzžCČDĎEĚNŇRŘSŠTŤZŽ" },
    { 'u', "aăeĕgğiĭoŏuŭAĂEĔGĞIĬOŎUŬ" },
    { 'H', "oőuűOŐUŰ" },
    { 'k', "aąeęiįuųAĄEĘIĮUŲ" },
    { 'r', "aåuůAÅUŮ" },
    { 'd', "aạeẹhḥiịoọsṣtṭuụAẠEẸHḤIỊOỌSṢTṬUỤ" },
};

static const struct {
    const char *name, *text;
} commands[] = {
    { "ss", "ß" }, { "ae", "æ" }, { "oe", "œ" }, { "aa", "å" },
    { "AA", "Å" }, { "AE", "Æ" }, { "OE", "Œ" }, { "o", "ø" },
    { "O", "Ø" },  { "l", "ł" },  { "L", "Ł" },  { "i", "i" },
    { "j", "j" },  { "th", "þ" }, { "TH", "Þ" }, { "dh", "ð" },
    { "DH", "Ð" }, { "S", "§" },  { "dots", "…" }, { "ldots", "…" },
    { "textendash", "–" }, { "textemdash", "—" }, { "textquoteleft", "‘" },
    { "textquoteright", "’" }, { "textquotedblleft", "“" },
    { "textquotedblright", "”" }, { "textellipsis", "…" },
    { "texteuro", "€" }, { "euro", "€" }, { "pounds", "£" },
    { "textsterling", "£" }, { "textdegree", "°" }, { "copyright", "©" },
    { "textbackslash", "\\" }, { "textasciitilde", "~" },
    { "textunderscore", "_" }, { "ddag", "‡" }, { "par", "\n\n" },
    { "newline", "\n" },
};

/* What stands for a character without a backslash; the longest come first. */
static const struct {
    const char *tex, *text;
} signs[] = {
    { "---", "—" }, { "--", "–" }, { "``", "“" }, { "''", "”" },
    { "~", " " },   { "{", "" },   { "}", "" },
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

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Appends the letter with the accent. */
static void
add_accent(char accent, char letter, struct sheaf_buf *out)
{
    const char *at = NULL;

    for (size_t i = 0; i < COUNT_OF(accents) && at == NULL; i++)
        if (accents[i].accent == accent)
            at = strchr(accents[i].letters, letter);
    if (at == NULL) {
        buf_add(out, &letter, 1);
        return;
    }
    for (at++; (unsigned char)*at >= 0x80; at++)
        buf_add(out, at, 1);
}

/* The length of the letter that an accent at the start of `t` is for, with
 * what is between them: braces, spaces, and the backslash of a letter without
 * a dot. 0: none. */
static size_t
accented(struct text t)
{
    size_t n = 1;

    while (n < t.len && n < 8 && strchr("{ \\", t.data[n]) != NULL)
        n++;
    return n < t.len && is_letter(t.data[n]) ? n + 1 : 0;
}

static bool
is_accent(struct text name)
{
    for (size_t i = 0; i < COUNT_OF(accents); i++)
        if (name.len == 1 && name.data[0] == accents[i].accent)
            return true;
    return false;
}

/* Appends what a command at the start of `t`, behind its backslash, means, and
 * returns its length. One that is not known changes how its text looks. */
static size_t
add_command(struct text t, struct sheaf_buf *out)
{
    size_t n = 0, whole;
    struct text name;

    while (n < t.len && is_letter(t.data[n]))
        n++;
    name = text_from(t.data, n > 0 ? n : t.len > 0);
    if (is_accent(name) && (whole = accented(t)) > 0) {
        add_accent(name.data[0], t.data[whole - 1], out);
        return whole;
    }
    if (n == 0) {
        if (name.len > 0 && strchr("/-!(){}[]@", name.data[0]) == NULL)
            buf_add_str(out, " ");
        return name.len;
    }
    for (size_t i = 0; i < COUNT_OF(commands); i++)
        if (text_is(name, commands[i].name))
            buf_add_str(out, commands[i].text);
    while (n < t.len && strchr(" \t\r\n", t.data[n]) != NULL)
        n++;
    return n;
}

/* The sign at the start of `t`, or COUNT_OF(signs). */
static size_t
sign_at(struct text t)
{
    size_t i = 0;

    while (i < COUNT_OF(signs) && !text_begins(t, signs[i].tex))
        i++;
    return i;
}

/* Appends a value without TeX. In addresses, only characters with a backslash
 * are TeX. */
static void
add_plain(struct text t, bool address, struct sheaf_buf *out)
{
    for (size_t i = 0; i < t.len; i++) {
        struct text rest = text_from(t.data + i, t.len - i);
        size_t sign = address ? COUNT_OF(signs) : sign_at(rest);

        if (t.data[i] == '\\' && i + 1 < t.len &&
            strchr("&%$#_{}", t.data[i + 1]) != NULL) {
            buf_add(out, t.data + ++i, 1);
        } else if (t.data[i] == '\\' && !address) {
            i += add_command(text_from(rest.data + 1, rest.len - 1), out);
        } else if (sign < COUNT_OF(signs)) {
            buf_add_str(out, signs[sign].text);
            i += strlen(signs[sign].tex) - 1;
        } else if (!address || strchr("{}", t.data[i]) == NULL) {
            buf_add(out, t.data + i, 1);
        }
    }
}

/* ---- Entries ---- */

struct macro {
    char *name;
    struct sheaf_buf value;
};

struct bib {
    struct clippings all;
    struct macro *macros;
    size_t macro_count;
    size_t expanded; /* bytes that they became */
    struct text rest;
    struct sheaf_buf value; /* of a field, as written */
    struct sheaf_buf plain; /* the same without TeX */
    struct sheaf_buf year, month, day;
    unsigned broken; /* entries */
    unsigned endless; /* comments */
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

static bool
is_name(struct text t, const char *name)
{
    return t.len == strlen(name) && text_begins(t, name);
}

/* Where the abbreviation is in their order, or where it would be; `low` is
 * its name in the form in which they are compared. */
static size_t
macro_place(const struct bib *b, struct text name, char low[NAME_MAX + 1],
            bool *found)
{
    size_t from = 0, end = b->macro_count;

    low[text_lower(name, low, NAME_MAX + 1)] = '\0';
    while (from < end) {
        size_t middle = from + (end - from) / 2;

        if (strcmp(b->macros[middle].name, low) < 0)
            from = middle + 1;
        else
            end = middle;
    }
    *found = from < b->macro_count && strcmp(b->macros[from].name, low) == 0;
    return from;
}

/* Appends what a word of a value stands for, or the word. False: too much. */
static bool
add_word(struct bib *b, struct text word)
{
    bool found = false;
    char low[NAME_MAX + 1];
    size_t i = word.len <= NAME_MAX ? macro_place(b, word, low, &found) : 0;
    struct text t = found ? text_of_buf(&b->macros[i].value) : word;

    b->expanded += found ? t.len : 0;
    if (b->expanded > RECORD_MAX)
        return false;
    buf_add(&b->value, t.data, t.len);
    return word.len > 0;
}

/* A piece of a value: {...}, "...", or a word. False: it has no end. */
static bool
take_piece(struct bib *b)
{
    char end = take(b, '{') ? '}' : take(b, '"') ? '"' : '\0';
    struct text t = b->rest;
    size_t depth = 0, n = 0;

    if (end == '\0')
        return add_word(b, take_name(b));
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
        add_plain(text_from(t.data + from, i - from), false, &b->plain);
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
    add_plain(text_of_buf(&b->value), is_name(name, "url") ||
                  is_name(name, "doi") || is_name(name, "eprint"), &b->plain);
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
reject_entry(struct bib *b, const char *start)
{
    reject(b->expanded > RECORD_MAX ? EXIT_LIMIT : EXIT_FAILED, b->all.place,
           text_from(start, (size_t)(b->rest.data - start)),
           b->expanded > RECORD_MAX
               ? TOO_LARGE
               : "the entry has no end, or a field without a value");
    b->broken++;
}

static void
read_entry(struct bib *b, const char *start)
{
    clip_begin(&b->all);
    b->year.len = b->month.len = b->day.len = 0;
    if (!read_fields(b)) {
        reject_entry(b, start);
        return;
    }
    buf_add(&b->all.raw, start, (size_t)(b->rest.data - start));
    add_date(b);
    clip_end(&b->all);
}

/* Keeps the value under the name. False: there are too many. */
static bool
add_macro(struct bib *b, struct text name)
{
    char low[NAME_MAX + 1];
    bool found;
    size_t i = macro_place(b, name, low, &found);

    if (!found && b->macro_count == MACROS_MAX)
        return false;
    if (!found) {
        b->macros = mem_resize(b->macros, b->macro_count + 1,
                               sizeof *b->macros);
        memmove(b->macros + i + 1, b->macros + i,
                (b->macro_count++ - i) * sizeof *b->macros);
        b->macros[i] = (struct macro){ format_text("%s", low), { 0 } };
    }
    b->macros[i].value.len = 0;
    buf_add(&b->macros[i].value, b->value.data, b->value.len);
    return true;
}

/* @string{name = value}, behind its bracket. Months are known without. */
static void
read_macro(struct bib *b)
{
    struct text name = take_name(b);
    bool good = name.len > 0 && name.len <= NAME_MAX && take(b, '=') &&
                take_value(b);
    bool many = b->expanded > RECORD_MAX;

    if (good && ((name.len == 3 && month_named(name) != 0) ||
                 add_macro(b, name)))
        return;
    reject(good || many ? EXIT_LIMIT : EXIT_FAILED, b->all.item->place,
           text_from("", 0), "%s: %.*s",
           many   ? TOO_LARGE
           : good ? "there are more than 50000 abbreviations"
                  : "a @string has no end, or no name or value",
           (int)text_cut(name, NAME_MAX).len, name.data);
    b->broken++;
}

/* @comment{...}; one that has no end is only its name. */
static void
skip_comment(struct bib *b)
{
    if (text_begins(b->rest, "{") && b->endless < BROKEN_MAX &&
        !take_value(b))
        b->endless++;
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
        skip_space(b);
        if (type.len == 0 || b->rest.len == 0 ||
            strchr("{(", b->rest.data[0]) == NULL)
            continue;
        if (is_name(type, "comment") || is_name(type, "preamble"))
            skip_comment(b);
        else if (!take(b, '{'))
            (void)take(b, '(');
        if (is_name(type, "string"))
            read_macro(b);
        else if (!is_name(type, "comment") && !is_name(type, "preamble"))
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
    for (size_t i = 0; i < b.macro_count; i++) {
        sheaf_buf_free(&b.macros[i].value);
        mem_free(b.macros[i].name);
    }
    mem_free(b.macros);
    sheaf_buf_free(&room);
    sheaf_buf_free(&b.value);
    sheaf_buf_free(&b.plain);
    sheaf_buf_free(&b.year);
    sheaf_buf_free(&b.month);
    sheaf_buf_free(&b.day);
}
