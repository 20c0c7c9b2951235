/*
 * html_author.c - the authors of a page: from which place, and what of it is a
 * name.
 */
#include <strings.h>

#include "import/date.h"
#include "import/html_facts.h"
#include "import/month.h"
#include "import/words.h"

#define AUTHOR_MAX ((size_t)100)
#define AUTHORS_MAX 20

/* "Auteur : Rita Example" is spaced so in French. */
static struct text
cut_spaced_colon(struct text t)
{
    static const char *const words[] = { "auteur", "auteure", "autor",
                                         "author", "par", "texte" };

    for (size_t i = 0; i < COUNT_OF(words); i++) {
        struct text rest = t;

        if (!words_begin(t, words[i]))
            continue;
        rest = text_trim(text_from(t.data + strlen(words[i]),
                                   t.len - strlen(words[i])));
        if (text_begins(rest, ":"))
            return text_trim(text_from(rest.data + 1, rest.len - 1));
    }
    return t;
}

/* Removes from the start: "By", "Von", "Text:". */
static struct text
cut_by(struct text t)
{
    static const char *const words[] = {
        "by ", "by: ", "von ", "von: ", "por ", "por: ", "par ", "par: ",
        "di ", "door ", "av ", "af ", "przez ", "autor: ", "autor ",
        "author: ", "authors: ", "author ", "text: ", "text von ",
        "written by ", "posted by ", "published by ", "reported by ",
        "verfasst von ", "geschrieben von ", "ein artikel von ",
        "ein beitrag von ", "escrito por ", "publicado por ", "publié par ",
        "écrit par ", "a cura di ", "autore: ", "auteur: ", "redakteur: ",
        "redaktion: ", "автор: ", "eine analyse von ", "interview von ",
        "eine kolumne von ", "ein kommentar von ", "kommentar von ",
        "words by ", "story by ", "article by ", "от ", "tekst: ",
        "yazan: ", "door: ", "autorin: ", "autoren: ", "autores: ",
        "auteurs: ", "artikel von ", "artikel von: ",
        "eingestellt von ", "| ", "- ", "– ", "-\xC2\xA0", "\xC2\xA0" };
    size_t before;

    do {
        before = t.len;
        t = text_trim(t);
        t = cut_spaced_colon(t);
        for (size_t i = 0; i < COUNT_OF(words); i++)
            if (words_begin(t, words[i]))
                t = text_from(t.data + strlen(words[i]),
                              t.len - strlen(words[i]));
    } while (t.len != before);
    return t;
}

/* Takes the end of "Posted on 3 May 2024 by Rita Example". */
static struct text
cut_before(struct text t)
{
    static const char *const by[] = { " by ", " von ", " por ", " par ",
                                      " by: ", " von: " };

    static const char *const told[] = {
        "posted", "published", "written", "submitted", "on ", "created",
        "veröffentlicht", "erstellt", "geschrieben", "gespeichert", "ein ",
        "eine ", "text", "publicado", "publié", "pubblicato", "am ",
        "le ", "reported", "story", "last", "updated" };
    bool is_told = false;

    for (size_t i = 0; i < COUNT_OF(told); i++)
        is_told = is_told || words_begin(t, told[i]);
    for (size_t i = 0; i < t.len && i < 30; i++)
        is_told = is_told || (t.data[i] >= '0' && t.data[i] <= '9');
    for (size_t i = 4; i < t.len && is_told; i++)
        for (size_t k = 0; k < COUNT_OF(by); k++)
            if (text_begins(text_from(t.data + i, t.len - i), by[k]))
                return text_from(t.data + i + 1, t.len - i - 1);
    return t;
}

/* Whether the first `n` bytes are one word of letters and digits. */
static bool
is_login(struct text t, size_t n)
{
    bool login = true;

    for (size_t i = 0; i < n && login; i++)
        login = strchr(" .:/,-\xC2\xE2", t.data[i]) == NULL;
    return login;
}

/* Removes from the end: a date, an address, a job title. */
static struct text
cut_behind(struct text t)
{
    static const char *const stops[] = { " | ", " • ", " · ", " – ", " — ",
                                         " - ", " / ", "\t", " (", " @",
                                         " on ", " am ", "; ", " http" };
    size_t end = t.len;

    for (size_t k = 0; k < COUNT_OF(stops); k++)
        for (size_t i = 3; i + strlen(stops[k]) <= end; i++)
            if (text_begins(text_from(t.data + i, t.len - i), stops[k]) &&
                !(k == 10 && t.data[i + 1] != 'o'))
                end = i;
    for (size_t i = 3; i < end; i++)
        if (t.data[i] >= '0' && t.data[i] <= '9' && !is_login(t, end))
            end = i;
    t = text_trim(text_from(t.data, end));
    /* The label of a date that was behind it: "Rita Example Updated: ". */
    while (words_count(t) > 2 && t.data[t.len - 1] == ':')
        while (t.len > 0 && t.data[t.len - 1] != ' ')
            t.len--;
    t = text_trim(t);
    while (t.len > 0 && strchr(",;:|-/", t.data[t.len - 1]) != NULL)
        t = text_trim(text_from(t.data, t.len - 1));
    return text_trim(t);
}

static bool
contains(struct text t, const char *part)
{
    bool found = false;

    for (size_t i = 0; i < t.len && !found; i++)
        found = text_begins(text_from(t.data + i, t.len - i), part);
    return found;
}

/* "July 2018", a link to an archive: a month and a figure. */
static bool
is_month(struct text t)
{
    size_t n = 0;

    while (n < t.len && (unsigned char)t.data[n] > ' ')
        n++;
    return n + 1 < t.len && month_named(text_from(t.data, n)) != 0 &&
           t.data[n + 1] >= '0' && t.data[n + 1] <= '9';
}

static bool
is_author(struct text t)
{
    size_t words = 8;

    static const char *const no_names[] = {
        "admin", "administrator", "editor", "unknown", "none", "null",
        "guest", "author", "autor", "webmaster", "user", "undefined", "n/a",
        "anonymous", "online", "author name", "posted", "link", "text",
        "Veröffentlicht", "Published", "Publicado", "Publié",
        "Pubblicato" };

    /* A name has at most eight words, a list more with each comma. */
    for (size_t i = 0; i < t.len; i++)
        words += t.data[i] == ',' ? 4 : 0;
    if (t.len < 2 || t.len > AUTHOR_MAX || words_count(t) > words)
        return false;
    if (memchr(t.data, '@', t.len) != NULL || text_begins(t, "http") ||
        text_begins(t, "www.") || text_begins(t, "//") ||
        memchr(t.data, '{', t.len) != NULL ||
        memchr(t.data, '<', t.len) != NULL || text_begins(t, "/"))
        return false;
    for (size_t i = 0; i < COUNT_OF(no_names); i++)
        if (t.len == strlen(no_names[i]) && text_begins(t, no_names[i]))
            return false;
    return !contains(t, "[at]") && !words_tell(t) && !weekday_named(t);
}

/* The length of the bar at the start of `t`, or 0. */
static size_t
bar_at(struct text t)
{
    static const char *const bars[] = { " | ", " \xC2\xB7 ",
                                        " \xE2\x80\xA2 " };

    for (size_t i = 0; i < COUNT_OF(bars); i++)
        if (text_begins(t, bars[i]))
            return strlen(bars[i]);
    return 0;
}

/* A date, or a figure such as a time; "3 May 2024 by Rita Example" is more. */
static bool
is_dated(const struct facts *f, struct text part)
{
    struct text c = part;
    char day[DATE_MAX];

    return part.len == 0 || (part.data[0] >= '0' && part.data[0] <= '9') ||
           (cut_before(part).data == part.data &&
            date_find(&c, f->lang, day));
}

/* Appends what bars divide, without the parts that are dates. */
static void
without_dates(const struct facts *f, struct text t, struct sheaf_buf *out)
{
    bool whole = true;
    size_t n = 0;

    while (n < t.len) {
        size_t bar = bar_at(text_from(t.data + n, t.len - n));

        if (bar == 0 && ++n < t.len)
            continue;
        whole = whole && bar == 0;
        if (whole || !is_dated(f, text_trim(text_from(t.data, n)))) {
            if (out->len > 0)
                buf_add_str(out, " | ");
            buf_add(out, t.data, n);
        }
        t = text_from(t.data + n + bar, t.len - n - bar);
        n = 0;
    }
}

/* Adds each author of `list`, which has one on each line, to a byline. */
static void
add_authors(const struct facts *f, struct sheaf_buf *byline, struct text list)
{
    struct text line;
    struct sheaf_buf room = { 0 };
    unsigned count = 0;

    while (count < AUTHORS_MAX && text_line(&list, &line)) {
        struct text before = text_of_buf(byline);
        bool known = false;

        room.len = 0;
        without_dates(f, text_trim(line), &room);
        line = text_of_buf(&room);
        line = title_cut_site(f, cut_by(cut_before(line)));
        if (is_month(line))
            continue;
        line = facts_sane(cut_behind(line), SUMMARY_MAX);
        if (!is_author(line))
            continue;
        for (size_t i = 0; i + line.len <= before.len && !known; i++)
            known = strncasecmp(before.data + i, line.data, line.len) == 0;
        if (known)
            continue;
        if (byline->len > 0)
            buf_add_str(byline, ", ");
        buf_add(byline, line.data, line.len);
        count++;
    }
    sheaf_buf_free(&room);
}

bool
authors_label(struct text label)
{
    return words_any(label, " by von por par door autor author di przez av "
                            "автор автором yazan tarafından auteur ");
}

/* "example.org", alone or with more behind it. */
static bool
is_domain(struct text t)
{
    size_t n = 0, dots = 0;

    for (; n < t.len && (unsigned char)t.data[n] > ' ' && t.data[n] != ',';
         n++) {
        char c = t.data[n];

        dots += c == '.' && n > 2 && n + 2 < t.len &&
                (unsigned char)t.data[n + 1] > ' ';
        if (!(c == '.' || c == '-' || (c >= 'a' && c <= 'z') ||
              (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')))
            return false;
    }
    return dots > 0;
}

/* Whether `t` is all or the start of what the page calls its publisher, or
 * a mark divides it from the headline in a title. */
static bool
is_publisher(const struct facts *f, struct text t)
{
    struct text titles[] = { fact(f, TITLE), fact(f, OG_TITLE), fact(f, SITE),
                             fact(f, META_TITLE) };
    struct text publisher = fact(f, PUBLISHER);

    if (t.len < 3)
        return false;
    if (title_begins(publisher, t))
        return true;
    for (size_t i = 0; i < COUNT_OF(titles); i++) {
        struct text title = titles[i];
        size_t from = 0;

        for (size_t k = 1; k < title.len; k++)
            if (title_divider(title, k) > 0)
                from = k + title_divider(title, k);
        if (from > 0 && from < title.len &&
            title_same(text_from(title.data + from, title.len - from), t))
            return true;
    }
    return false;
}

/* 2: a person, as far as one can tell; 1: a login or the site itself. */
static int
grade_byline(const struct facts *f, struct text t)
{
    bool capital = false;

    for (size_t i = 0; i < t.len; i++)
        capital = capital || (unsigned char)t.data[i] >= 0x80 ||
                  (t.data[i] >= 'A' && t.data[i] <= 'Z');
    if (t.len == 0)
        return 0;
    return capital && !title_is_site(f, t) && !is_domain(t) &&
                   !is_publisher(f, t)
               ? 2 : 1;
}

/* Takes the shown names if they begin with the same name and have more. */
static void
take_longer_list(const struct facts *f, struct sheaf_buf *byline,
                 struct text shown)
{
    static const char *const marks[] = { ",", " &", " and ", " und ", " y ",
                                         " et ", " e " };
    struct text first = text_of_buf(byline), rest;
    struct sheaf_buf list = { 0 };

    add_authors(f, &list, shown);
    rest = text_of_buf(&list);
    if (first.len > 0 && title_begins(rest, first)) {
        rest = text_from(rest.data + first.len, rest.len - first.len);
        for (size_t i = 0; i < COUNT_OF(marks); i++) {
            if (text_begins(rest, marks[i])) {
                buf_add(byline, rest.data, rest.len);
                break;
            }
        }
    }
    sheaf_buf_free(&list);
}

void
authors_choose(const struct facts *f, const struct seen *seen,
               struct sheaf_buf *byline)
{
    struct text places[] = {
        fact_ld(f, LD_AUTHORS), fact(f, AUTHOR),
        fact_first(fact(f, ITEM_AUTHOR), fact(f, STRAY_AUTHOR)),
        text_of_buf(&seen->authors), fact(f, CARD_AUTHOR)
    };
    int best = 0;

    for (size_t i = 0; i < COUNT_OF(places) && best < 2; i++) {
        struct sheaf_buf decoded = { 0 }, some = { 0 };
        int grade;

        page_decode(&decoded, places[i], true);
        add_authors(f, &some, text_of_buf(&decoded));
        grade = grade_byline(f, text_of_buf(&some));
        if (grade > best) {
            best = grade;
            byline->len = 0;
            buf_add(byline, some.data, some.len);
        }
        sheaf_buf_free(&decoded);
        sheaf_buf_free(&some);
    }
    take_longer_list(f, byline, text_of_buf(&seen->authors));
}
