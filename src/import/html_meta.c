/*
 * html_meta.c - the metadata of a page's article, from its many places.
 *
 * Each field has places in order of trust, and the first plausible value
 * counts. Values are checked like any input: they are only as sane as the
 * page.
 */
#include <libxml/uri.h>
#include <strings.h>

#include "import/html.h"
#include "import/html_dates.h"
#include "import/html_seen.h"
#include "import/month.h"
#include "import/words.h"

#define URL_MAX ((size_t)2048)
#define AUTHOR_MAX ((size_t)100)
#define AUTHORS_MAX 20
#define KEYWORDS_MAX 50

enum place {
    TITLE, OG_TITLE, META_TITLE,
    DESCRIPTION, OG_DESCRIPTION,
    PUBLISHED, CREATED, DATED, UPDATED,
    ITEM_PUBLISHED, ITEM_UPDATED,
    AUTHOR, ITEM_AUTHOR, CARD_LABEL, CARD_AUTHOR,
    SITE, PUBLISHER, SECTION, KEYWORDS,
    CANONICAL, OG_URL, BASE,
    LANG, OG_LOCALE,
    PLACE_COUNT
};

struct facts {
    const struct html *html;
    struct sheaf_buf at[PLACE_COUNT];
    struct text lang;
};

/* The value of a place. */
static struct text
at(const struct facts *f, enum place place)
{
    return text_of_buf(&f->at[place]);
}

/* The value in JSON-LD. */
static struct text
said(const struct facts *f, enum ld_field field)
{
    return text_of_buf(&f->html->ld.field[field]);
}

/* ---- <meta> ---- */

/* The form in which names are compared: lower case, without marks. */
static void
plain_name(struct text name, char out[48])
{
    size_t n = 0;

    for (size_t i = 0; i < name.len && n < 47; i++) {
        char c = name.data[i];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c + 32);
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            out[n++] = c;
    }
    out[n] = '\0';
}

/* OpenGraph, Dublin Core, parsely, sailthru, citation_*, PRISM, rNews and
 * names that content systems use. Repeated values are one on each line. */
static const struct {
    const char *name;
    enum place place;
} meta_names[] = {
    { "ogtitle", OG_TITLE },
    { "twittertitle", META_TITLE },
    { "parselytitle", META_TITLE },
    { "sailthrutitle", META_TITLE },
    { "dctitle", META_TITLE },
    { "dctermstitle", META_TITLE },
    { "citationtitle", META_TITLE },
    { "headline", META_TITLE },
    { "rnewsheadline", META_TITLE },
    { "title", META_TITLE },
    { "description", DESCRIPTION },
    { "ogdescription", OG_DESCRIPTION },
    { "twitterdescription", OG_DESCRIPTION },
    { "dcdescription", OG_DESCRIPTION },
    { "dctermsabstract", OG_DESCRIPTION },
    { "sailthrudescription", OG_DESCRIPTION },
    { "articlepublishedtime", PUBLISHED },
    { "articlepublished", PUBLISHED },
    { "ogpublishedtime", PUBLISHED },
    { "ogarticlepublishedtime", PUBLISHED },
    { "articlepublicationdate", PUBLISHED },
    { "articledatepublished", PUBLISHED },
    { "bloggerpublished", PUBLISHED },
    { "datepublished", PUBLISHED },
    { "publisheddate", PUBLISHED },
    { "publishdate", PUBLISHED },
    { "publishtime", PUBLISHED },
    { "published", PUBLISHED },
    { "publicationdate", PUBLISHED },
    { "pubdate", PUBLISHED },
    { "dcdateissued", PUBLISHED },
    { "dctermsissued", PUBLISHED },
    { "dctermsdateissued", PUBLISHED },
    { "dcdatepublished", PUBLISHED },
    { "parselypubdate", PUBLISHED },
    { "sailthrudate", PUBLISHED },
    { "cxenseparserecspublishtime", PUBLISHED },
    { "cxenseparsepublishtime", PUBLISHED },
    { "originalpublicationdate", PUBLISHED },
    { "articledateoriginal", PUBLISHED },
    { "prismpublicationdate", PUBLISHED },
    { "citationpublicationdate", PUBLISHED },
    { "citationonlinedate", PUBLISHED },
    { "citationdate", PUBLISHED },
    { "rnewsdatepublished", PUBLISHED },
    { "iso8601publishdate", PUBLISHED },
    { "shareaholicarticlepublishedtime", PUBLISHED },
    { "vrpublishedtime", PUBLISHED },
    { "btpubdate", PUBLISHED },
    { "ptime", PUBLISHED },
    { "displaydate", PUBLISHED },
    { "articledate", PUBLISHED },
    { "posteddate", PUBLISHED },
    { "releasedate", PUBLISHED },
    { "dctermscreated", CREATED },
    { "dctermsdatecreated", CREATED },
    { "dcdatecreated", CREATED },
    { "dccreated", CREATED },
    { "datecreated", CREATED },
    { "creationdate", CREATED },
    { "articlecreated", CREATED },
    { "articlecreatedtime", CREATED },
    { "date", DATED },
    { "dcdate", DATED },
    { "dctermsdate", DATED },
    { "ogdate", DATED },
    { "time", DATED },
    { "timestamp", DATED },
    { "videoreleasedate", DATED },
    { "articlemodifiedtime", UPDATED },
    { "articleupdatedtime", UPDATED },
    { "ogupdatedtime", UPDATED },
    { "ogmodifiedtime", UPDATED },
    { "bloggermodified", UPDATED },
    { "dctermsmodified", UPDATED },
    { "dcdatemodified", UPDATED },
    { "dcmodified", UPDATED },
    { "datemodified", UPDATED },
    { "modifieddate", UPDATED },
    { "modificationdate", UPDATED },
    { "modified", UPDATED },
    { "lastmodified", UPDATED },
    { "lastupdated", UPDATED },
    { "lastmod", UPDATED },
    { "updatedtime", UPDATED },
    { "author", AUTHOR },
    { "authors", AUTHOR },
    { "articleauthor", AUTHOR },
    { "articleauthorname", AUTHOR },
    { "ogauthor", AUTHOR },
    { "ogarticleauthor", AUTHOR },
    { "dccreator", AUTHOR },
    { "dctermscreator", AUTHOR },
    { "dccreatorname", AUTHOR },
    { "parselyauthor", AUTHOR },
    { "sailthruauthor", AUTHOR },
    { "citationauthor", AUTHOR },
    { "rnewsauthor", AUTHOR },
    { "byl", AUTHOR },
    { "byline", AUTHOR },
    { "rbauthors", AUTHOR },
    { "cxenseparseauthor", AUTHOR },
    { "articleauthors", AUTHOR },
    { "creator", AUTHOR },
    { "twitterlabel1", CARD_LABEL },
    { "twitterdata1", CARD_AUTHOR },
    { "ogsitename", SITE },
    { "applicationname", SITE },
    { "dcpublisher", SITE },
    { "dcpublisher", PUBLISHER },
    { "dctermspublisher", SITE },
    { "dctermspublisher", PUBLISHER },
    { "publisher", SITE },
    { "publisher", PUBLISHER },
    { "articlesection", SECTION },
    { "parselysection", SECTION },
    { "cxenseparserecscategory", SECTION },
    { "section", SECTION },
    { "newskeywords", KEYWORDS },
    { "articletag", KEYWORDS },
    { "parselytags", KEYWORDS },
    { "keywords", KEYWORDS },
    { "ogurl", OG_URL },
    { "parselylink", OG_URL },
    { "oglocale", OG_LOCALE },
    { "dclanguage", OG_LOCALE },
    { "dctermslanguage", OG_LOCALE },
    { "contentlanguage", OG_LOCALE },
    { "language", OG_LOCALE },
};

static void
add_line(struct sheaf_buf *b, struct text t)
{
    if (t.len == 0 || b->len > SUMMARY_MAX)
        return;
    if (b->len > 0)
        buf_add_str(b, "\n");
    buf_add(b, t.data, t.len);
}

/* Each run of white space as one space. */
static void
add_squeezed(struct sheaf_buf *b, struct text t, size_t max)
{
    for (size_t i = 0; i < t.len && b->len < max; i++) {
        if ((unsigned char)t.data[i] > ' ')
            buf_add(b, t.data + i, 1);
        else if (b->len > 0 && b->data[b->len - 1] != ' ')
            buf_add_str(b, " ");
    }
}

/* One line with normalised white space and decoded references. */
static void
keep(struct facts *f, enum place place, struct text raw)
{
    bool list = place == AUTHOR || place == ITEM_AUTHOR || place == KEYWORDS;
    struct sheaf_buf decoded = { 0 }, line = { 0 };

    if (f->at[place].len != 0 && !list)
        return;
    page_decode(&decoded, text_cut(raw, 2 * SUMMARY_MAX), true);
    add_squeezed(&line, text_of_buf(&decoded), SUMMARY_MAX);
    add_line(&f->at[place], text_trim(text_of_buf(&line)));
    sheaf_buf_free(&decoded);
    sheaf_buf_free(&line);
}

static void
read_meta(struct facts *f, const struct node *n)
{
    static const char *const names[] = { "property", "name", "itemprop",
                                         "http-equiv" };
    const struct page *page = &f->html->page;
    struct text content = page_attr(page, n, "content");

    if (content.len == 0)
        content = page_attr(page, n, "value");
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        char name[48];

        plain_name(page_attr(page, n, names[i]), name);
        for (size_t k = 0; name[0] != '\0' && k < COUNT_OF(meta_names); k++)
            if (strcmp(name, meta_names[k].name) == 0)
                keep(f, meta_names[k].place, content);
    }
}

/* ---- Other elements ---- */

/* One of the words in `rel`. */
static bool
has_token(struct text t, const char *token)
{
    size_t n = strlen(token);

    while (t.len > 0) {
        size_t len = 0;

        while (len < t.len && (unsigned char)t.data[len] > ' ')
            len++;
        if (len == n && strncasecmp(t.data, token, n) == 0)
            return true;
        len += len < t.len;
        t = text_from(t.data + len, t.len - len);
    }
    return false;
}

/* Microdata and RDFa: "datePublished", "dc:date", "schema:author". */
static void
read_item(struct facts *f, const struct node *n, struct text prop)
{
    const struct page *page = &f->html->page;
    enum place place;
    struct text value;
    struct sheaf_buf shown = { 0 };

    for (size_t i = prop.len; i > 0; i--)
        if (prop.data[i - 1] == ':' || prop.data[i - 1] == '/') {
            prop = text_from(prop.data + i, prop.len - i);
            break;
        }
    if (has_token(prop, "datePublished") || has_token(prop, "issued"))
        place = ITEM_PUBLISHED;
    else if (has_token(prop, "dateModified") || has_token(prop, "modified"))
        place = ITEM_UPDATED;
    else if (has_token(prop, "author") || has_token(prop, "creator"))
        place = ITEM_AUTHOR;
    else
        return;
    value = page_attr(page, n, "content");
    if (value.len == 0)
        value = page_attr(page, n, "datetime");
    if (value.len == 0 || place == ITEM_AUTHOR) {
        const struct node *name = n;

        while (name != NULL &&
               !has_token(page_attr(page, name, "itemprop"), "name"))
            name = page_next(name, n);
        page_gather(name != NULL ? name : n, &shown, SUMMARY_MAX);
        if (shown.len == 0 && name != NULL)
            value = page_attr(page, name, "content");
        else
            value = text_of_buf(&shown);
    }
    keep(f, place, value);
    sheaf_buf_free(&shown);
}

static void
read_link(struct facts *f, const struct node *n)
{
    const struct page *page = &f->html->page;

    if (has_token(page_attr(page, n, "rel"), "canonical"))
        keep(f, CANONICAL, page_attr(page, n, "href"));
}

static void
read_facts(struct facts *f)
{
    const struct page *page = &f->html->page;
    const struct node *root = page->root;
    struct sheaf_buf title = { 0 };

    keep(f, LANG, page_attr(page, root, "lang"));
    keep(f, LANG, page_attr(page, root, "xml:lang"));
    for (const struct node *n = root; n != NULL; n = page_next(n, root)) {
        struct text prop;

        if (n->tag == TAG_TEXT)
            continue;
        if (n->tag == TAG_META) {
            read_meta(f, n);
        } else if (n->tag == TAG_LINK) {
            read_link(f, n);
        } else if (n->tag == TAG_BASE) {
            keep(f, BASE, page_attr(page, n, "href"));
        } else if (n->tag == TAG_TITLE) {
            bool drawn = n->parent != NULL && n->parent->tag != TAG_HEAD &&
                         n->parent != root && n->parent->tag != TAG_BODY;

            if (title.len == 0 && !drawn)
                page_gather(n, &title, HEADLINE_MAX);
        } else {
            prop = page_attr(page, n, "itemprop");
            if (prop.len == 0)
                prop = page_attr(page, n, "property");
            if (prop.len != 0)
                read_item(f, n, prop);
        }
    }
    add_line(&f->at[TITLE], text_of_buf(&title));
    sheaf_buf_free(&title);
}

/* ---- What can be true ---- */

static struct text
first_of(struct text a, struct text b)
{
    return a.len != 0 ? a : b;
}

/* In a form for metadata: UTF-8, trimmed, and at most `max` bytes. */
static struct text
sane(struct text t, size_t max)
{
    /* The limit may have cut a character. */
    t = text_cut(text_trim(t), max < t.len ? max : t.len);
    while (t.len > 0 && !text_is_utf8(t))
        t.len--;
    return text_trim(t);
}

/* Keeps a copy in the article's metadata, because the page's buffers are
 * freed. */
static struct text
copy(struct meta *m, struct text t)
{
    const uint8_t *to;

    assert(m->notes.cap - m->notes.len >= t.len);
    to = m->notes.data + m->notes.len;
    buf_add(&m->notes, t.data, t.len);
    return t.len != 0 ? text_from(to, t.len) : text_from("", 0);
}

/* ---- Headline ---- */

/* Whether they are equal apart from case, white space and marks. */
static bool
same_words(struct text a, struct text b)
{
    size_t i = 0, k = 0;

    for (;;) {
        while (i < a.len && strchr(" \t\n-|.,:;'\"", a.data[i]) != NULL)
            i++;
        while (k < b.len && strchr(" \t\n-|.,:;'\"", b.data[k]) != NULL)
            k++;
        if (i == a.len || k == b.len)
            return i == a.len && k == b.len;
        if (strncasecmp(a.data + i, b.data + k, 1) != 0)
            return false;
        i++;
        k++;
    }
}

/* The length of a mark between headline and site, with its spaces; 0 if
 * there is none at `i`. */
static size_t
divider_at(struct text t, size_t i)
{
    static const char *const marks[] = {
        " | ", " - ", " \xE2\x80\x93 ", " \xE2\x80\x94 ", " \xC2\xBB ",
        " \xC2\xAB ", " \xC2\xB7 ", " \xE2\x80\xA2 ", " :: ", " / ",
        " \xE2\x80\xBA ", " \xE2\x80\xB9 ", " > ", " < ", " \\ ", " : ",
        " ~ ", " * ", "| ", "|", "_", " \xE2\x9E\xA4 ", " \xEF\xBD\x9C " };

    for (size_t k = 0; k < COUNT_OF(marks); k++)
        if (text_begins(text_from(t.data + i, t.len - i), marks[k]))
            return strlen(marks[k]);
    return 0;
}

static size_t
count_words(struct text t)
{
    size_t n = 0;
    bool in = false;

    for (size_t i = 0; i < t.len; i++) {
        bool space = (unsigned char)t.data[i] <= ' ';

        n += !space && !in;
        in = !space;
    }
    return n;
}

/* Whether this is the name of the site, not a part of the headline. */
static bool
is_site(const struct facts *f, struct text t)
{
    struct text site = at(f, SITE);
    struct text publisher = said(f, LD_PUBLISHER);
    struct text url = first_of(at(f, CANONICAL), at(f, OG_URL));
    char host[128];
    char name[128];
    size_t n = 0, k = 0;

    if ((site.len > 0 && same_words(t, site)) ||
        (publisher.len > 0 && same_words(t, publisher)))
        return true;
    /* "Example News" of www.example-news.org. */
    for (size_t i = 0; i < url.len && n < sizeof host - 1; i++)
        if (url.data[i] != '-' && url.data[i] != '_')
            host[n++] = url.data[i] >= 'A' && url.data[i] <= 'Z'
                            ? (char)(url.data[i] + 32) : url.data[i];
    host[n] = '\0';
    if (strncmp(host, "http", 4) == 0 && strchr(host, ':') != NULL &&
        strlen(strchr(host, ':')) > 3) {
        char *slash = strchr(strchr(host, ':') + 3, '/');

        if (slash != NULL)
            *slash = '\0';
    }
    for (size_t i = 0; i < t.len && k < sizeof name - 1; i++) {
        unsigned char c = (unsigned char)t.data[i];

        if (c >= 'A' && c <= 'Z')
            name[k++] = (char)(c + 32);
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                 c >= 0x80 || c == '.')
            name[k++] = (char)c;
    }
    name[k] = '\0';
    return k >= 3 && strstr(host, name) != NULL;
}

/* Removes the name of the site before or after the headline. A short text
 * between marks is removed, too, if the rest is longer. */
static struct text
cut_site(const struct facts *f, struct text t)
{
    for (unsigned rounds = 0; rounds < 3; rounds++) {
        size_t first = 0, first_len = 0, last = 0, last_len = 0;
        struct text head, tail;

        for (size_t i = 1; i + 1 < t.len; i++) {
            size_t n = divider_at(t, i);

            if (n == 0)
                continue;
            if (first == 0) {
                first = i;
                first_len = n;
            }
            last = i;
            last_len = n;
            i += n - 1;
        }
        if (first == 0)
            return t;
        head = text_from(t.data, first);
        tail = text_from(t.data + last + last_len, t.len - last - last_len);
        if (is_site(f, text_trim(tail)) ||
            (first == last && count_words(tail) <= 3 &&
             count_words(head) >= 4))
            t = text_trim(text_from(t.data, last));
        else if (is_site(f, text_trim(head)) ||
                 (first == last && memchr(t.data + first, '|', first_len) &&
                  count_words(head) <= 2 && count_words(tail) >= 4))
            t = text_trim(text_from(t.data + first + first_len,
                                    t.len - first - first_len));
        else
            return t;
    }
    return t;
}

static bool
begins_with(struct text whole, struct text part)
{
    return whole.len >= part.len &&
           memcmp(whole.data, part.data, part.len) == 0;
}

static bool
ends_in(struct text whole, struct text part)
{
    return whole.len >= part.len &&
           memcmp(whole.data + whole.len - part.len, part.data,
                  part.len) == 0;
}

/* Whether `whole` begins or ends with `part`: the rest is then the site. */
static bool
is_part(struct text part, struct text whole)
{
    return part.len >= 10 &&
           (begins_with(whole, part) || ends_in(whole, part));
}

/* Whether a third of the longer words of `a` are in `b` too. */
static bool
shares_words(struct text a, struct text b)
{
    size_t shared = 0, all = 0;

    while (a.len > 0) {
        size_t n = 0;
        bool found = false;

        while (n < a.len && (unsigned char)a.data[n] > ' ')
            n++;
        for (size_t i = 0; i + n <= b.len && n >= 4 && !found; i++)
            found = strncasecmp(b.data + i, a.data, n) == 0;
        shared += found;
        all += n >= 4;
        n += n < a.len;
        a = text_from(a.data + n, a.len - n);
    }
    return all > 0 && shared * 3 >= all;
}

static struct text
choose_headline(const struct facts *f, const struct seen *seen)
{
    struct text ld = f->html->ld.rank >= 10
                         ? cut_site(f, said(f, LD_HEADLINE))
                         : text_from("", 0);
    struct text og = cut_site(f, at(f, OG_TITLE));
    struct text title = cut_site(f, at(f, TITLE));
    struct text h1 = text_of_buf(&seen->headline);

    /* A heading may contain a line above the headline. */
    if (og.len >= 10 && og.len < h1.len && ends_in(h1, og))
        return og;
    if (seen->headline_grade >= SEEN_SURE && !is_site(f, h1))
        return h1;
    if (is_part(h1, ld) || is_part(h1, at(f, OG_TITLE)))
        return h1;
    if (ld.len > 0 && !is_site(f, ld))
        return ld;
    if (og.len > 0 && !is_site(f, og))
        return og;
    if (title.len > 0 && !is_site(f, title) &&
        (begins_with(h1, title) || !shares_words(h1, title)))
        return title;
    return first_of(h1, first_of(at(f, META_TITLE), title));
}

/* ---- Authors ---- */

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
    while (count_words(t) > 2 && t.data[t.len - 1] == ':')
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
    if (t.len < 2 || t.len > AUTHOR_MAX || count_words(t) > words)
        return false;
    if (memchr(t.data, '@', t.len) != NULL || text_begins(t, "http") ||
        text_begins(t, "www.") || text_begins(t, "//") ||
        memchr(t.data, '{', t.len) != NULL ||
        memchr(t.data, '<', t.len) != NULL || text_begins(t, "/"))
        return false;
    for (size_t i = 0; i < COUNT_OF(no_names); i++)
        if (t.len == strlen(no_names[i]) && text_begins(t, no_names[i]))
            return false;
    return !contains(t, "[at]");
}

/* Adds each author of `list`, which has one on each line, to a byline. */
static void
add_authors(const struct facts *f, struct sheaf_buf *byline, struct text list)
{
    struct text line;
    unsigned count = 0;

    while (count < AUTHORS_MAX && text_line(&list, &line)) {
        struct text before = text_of_buf(byline);
        bool known = false;

        line = cut_site(f, cut_by(cut_before(line)));
        if (is_month(line))
            continue;
        line = sane(cut_behind(line), SUMMARY_MAX);
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
}

static bool
speaks_of_author(struct text label)
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
    struct text titles[] = { at(f, TITLE), at(f, OG_TITLE), at(f, SITE),
                             at(f, META_TITLE) };
    struct text publisher = at(f, PUBLISHER);

    if (t.len < 3)
        return false;
    if (begins_with(publisher, t))
        return true;
    for (size_t i = 0; i < COUNT_OF(titles); i++) {
        struct text title = titles[i];
        size_t from = 0;

        for (size_t k = 1; k < title.len; k++)
            if (divider_at(title, k) > 0)
                from = k + divider_at(title, k);
        if (from > 0 && from < title.len &&
            same_words(text_from(title.data + from, title.len - from), t))
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
    return capital && !is_site(f, t) && !is_domain(t) && !is_publisher(f, t)
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
    if (first.len > 0 && begins_with(rest, first)) {
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

static void
choose_authors(const struct facts *f, const struct seen *seen,
               struct sheaf_buf *byline)
{
    struct text places[] = { said(f, LD_AUTHORS),
                             at(f, AUTHOR),
                             at(f, ITEM_AUTHOR),
                             text_of_buf(&seen->authors),
                             at(f, CARD_AUTHOR) };
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

/* ---- Dates ---- */

static void
choose_dates(const struct facts *f, const struct seen *seen, struct meta *m)
{
    const struct html_days days = {
        .data = { said(f, LD_PUBLISHED), at(f, PUBLISHED),
                  at(f, ITEM_PUBLISHED) },
        .created = { said(f, LD_CREATED), at(f, CREATED) },
        .url = first_of(at(f, CANONICAL), at(f, OG_URL)),
        .shown = text_of_buf(&seen->published),
        .near = text_of(seen->day),
        .dated = at(f, DATED),
        .updated = { said(f, LD_UPDATED), at(f, UPDATED),
                     at(f, ITEM_UPDATED), text_of_buf(&seen->updated) },
    };

    html_dates(&days, f->lang, m);
}

/* ---- Address and language ---- */

static bool
is_url(struct text t)
{
    bool good = text_begins(t, "http://") || text_begins(t, "https://");

    for (size_t i = 0; i < t.len && good; i++)
        good = (unsigned char)t.data[i] > 0x20 && t.data[i] != 0x7F;
    return good && t.len > 8 && t.len <= URL_MAX;
}

/* A URL as it is, or resolved against `base`. */
static bool
take_url(struct text t, struct text base, struct sheaf_buf *out)
{
    struct sheaf_buf both = { 0 };
    xmlChar *whole = NULL;

    if (t.len == 0 || t.len > URL_MAX)
        return false;
    if (!is_url(t) && is_url(base) && !text_begins(t, "javascript:")) {
        buf_add(&both, t.data, t.len);
        buf_add(&both, "", 1);
        buf_add(&both, base.data, base.len);
        buf_add(&both, "", 1);
        whole = xmlBuildURI((const xmlChar *)both.data,
                            (const xmlChar *)both.data + t.len + 1);
        if (whole != NULL)
            t = text_of((const char *)whole);
    }
    if (is_url(t))
        buf_add(out, t.data, t.len);
    if (whole != NULL)
        xmlFree(whole);
    sheaf_buf_free(&both);
    return out->len > 0;
}

static void
choose_url(const struct facts *f, struct sheaf_buf *out)
{
    struct text ld = said(f, LD_URL);
    struct text og = at(f, OG_URL);
    struct text base = first_of(at(f, BASE), first_of(og, ld));

    if (!is_url(base))
        base = first_of(og, ld);
    if (!take_url(at(f, CANONICAL), base, out) &&
        !take_url(og, base, out))
        (void)take_url(ld, base, out);
}

bool
html_lang(struct text t, char out[HTML_LANG_MAX])
{
    size_t run = 0;

    t = text_trim(t);
    if (t.len < 2 || t.len >= HTML_LANG_MAX)
        return false;
    for (size_t i = 0; i < t.len; i++) {
        char c = t.data[i] == '_' ? '-' : t.data[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool digit = c >= '0' && c <= '9';

        run = c == '-' ? 0 : run + 1;
        if (!(letter || (digit && i > 2) || (c == '-' && i > 1)) ||
            (c == '-' && i > 0 && out[i - 1] == '-') || run > 8)
            return false;
        out[i] = c;
    }
    out[t.len] = '\0';
    return run > 0;
}

static void
choose_lang(const struct facts *f, char out[HTML_LANG_MAX])
{
    if (!html_lang(at(f, LANG), out) &&
        !html_lang(at(f, OG_LOCALE), out) &&
        !html_lang(said(f, LD_LANG), out))
        out[0] = '\0';
}

/* ---- Together ---- */

static void
choose_keywords(const struct facts *f, struct sheaf_buf *out)
{
    struct sheaf_buf all = { 0 };
    struct text rest, line;
    unsigned count = 0;

    page_decode(&all, first_of(said(f, LD_KEYWORDS),
                               at(f, KEYWORDS)), true);
    for (size_t i = 0; i < all.len; i++)
        if (all.data[i] == ',' || all.data[i] == ';')
            all.data[i] = '\n';
    rest = text_of_buf(&all);
    while (count < KEYWORDS_MAX && text_line(&rest, &line)) {
        line = sane(line, AUTHOR_MAX);
        if (line.len == 0)
            continue;
        buf_add_str(out, count++ == 0 ? "[" : ",");
        canon_string(out, line);
    }
    if (count > 0)
        buf_add_str(out, "]");
    sheaf_buf_free(&all);
}

/* One line with decoded references, which JSON-LD often has. */
static struct text
keep_text(struct meta *m, struct text t, size_t max)
{
    struct sheaf_buf b = { 0 }, line = { 0 };
    struct text kept;

    page_decode(&b, t, true);
    add_squeezed(&line, text_of_buf(&b), SUMMARY_MAX);
    kept = copy(m, sane(text_of_buf(&line), max));
    sheaf_buf_free(&b);
    sheaf_buf_free(&line);
    return kept;
}

void
html_meta(const struct html *h, struct meta *m)
{
    struct facts f = { .html = h };
    struct seen seen = { 0 };
    struct sheaf_buf byline = { 0 }, url = { 0 };
    struct text sections, section = { "", 0 };
    char lang[HTML_LANG_MAX];

    read_facts(&f);
    /* The first line of a card is the author, or the time that reading
     * takes. */
    if (!speaks_of_author(at(&f, CARD_LABEL)))
        f.at[CARD_AUTHOR].len = 0;
    choose_lang(&f, lang);
    f.lang = text_of(lang);
    seen_read(&seen, &h->page, at(&f, TITLE), f.lang);
    m->headline = keep_text(m, choose_headline(&f, &seen), HEADLINE_MAX);
    m->summary = keep_text(m, first_of(at(&f, OG_DESCRIPTION),
                                       first_of(at(&f, DESCRIPTION),
                                       said(&f, LD_SUMMARY))),
                           SUMMARY_MAX);
    sections = first_of(at(&f, SECTION),
                        said(&f, LD_SECTIONS));
    (void)text_line(&sections, &section);
    m->section = keep_text(m, section, HEADLINE_MAX);
    choose_authors(&f, &seen, &byline);
    m->byline = copy(m, sane(text_of_buf(&byline), SUMMARY_MAX));
    choose_dates(&f, &seen, m);
    choose_url(&f, &url);
    m->url = copy(m, sane(text_of_buf(&url), URL_MAX));
    m->lang = copy(m, text_of(lang));
    choose_keywords(&f, &m->keywords);
    for (size_t i = 0; i < PLACE_COUNT; i++)
        sheaf_buf_free(&f.at[i]);
    sheaf_buf_free(&byline);
    sheaf_buf_free(&url);
    seen_free(&seen);
}
