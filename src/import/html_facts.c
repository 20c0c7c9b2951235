/*
 * html_facts.c - what a page states about its article: <meta>, microdata,
 * microformats and other elements.
 */
#include "import/html_facts.h"

#include <strings.h>

#include "import/words.h"

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
    { "created", CREATED },
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
    { "changed", UPDATED },
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
void
facts_squeeze(struct sheaf_buf *b, struct text t, size_t max)
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
    bool list = place == AUTHOR || place == ITEM_AUTHOR ||
                place == STRAY_AUTHOR || place == KEYWORDS;
    struct sheaf_buf decoded = { 0 }, line = { 0 };

    if (f->at[place].len != 0 && !list)
        return;
    page_decode(&decoded, text_cut(raw, 2 * SUMMARY_MAX), true);
    facts_squeeze(&line, text_of_buf(&decoded), SUMMARY_MAX);
    add_line(&f->at[place], text_trim(text_of_buf(&line)));
    sheaf_buf_free(&decoded);
    sheaf_buf_free(&line);
}

/* Programs put what is of the page where they can, also into its footer. */
static void
read_meta(struct facts *f, const struct node *n, enum whose whose,
          bool elsewhere)
{
    static const char *const names[] = { "name", "http-equiv", "property",
                                         "itemprop" };
    size_t count = whose < OF_PAGE               ? 2
                   : elsewhere && whose == OF_PAGE ? 3
                                                   : 4;
    const struct page *page = &f->html->page;
    struct text content = page_attr(page, n, "content");

    if (content.len == 0)
        content = page_attr(page, n, "value");
    for (size_t i = 0; i < count; i++) {
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

/* Microdata and RDFa: "datePublished", "dc:date", "schema:author". The surest
 * of several counts. Only vocabularies of RDFa have the short names. */
static const struct {
    const char *name;
    bool rdfa;
    enum place place, stray;
} item_names[] = {
    { "datePublished", false, ITEM_PUBLISHED, STRAY_PUBLISHED },
    { "issued", false, ITEM_PUBLISHED, STRAY_PUBLISHED },
    { "dateCreated", false, ITEM_CREATED, STRAY_CREATED },
    { "created", true, ITEM_CREATED, STRAY_CREATED },
    { "dateModified", false, ITEM_UPDATED, ITEM_UPDATED },
    { "modified", false, ITEM_UPDATED, ITEM_UPDATED },
    { "date", true, ITEM_DATED, ITEM_DATED },
    { "author", false, ITEM_AUTHOR, STRAY_AUTHOR },
    { "creator", false, ITEM_AUTHOR, STRAY_AUTHOR },
};

/* The name within an element for an author, or the element. */
static const struct node *
name_in(const struct page *page, const struct node *n)
{
    const struct node *name = n;

    while (name != NULL && !items_named(items_props(page, name), "name"))
        name = page_next(name, n);
    return name != NULL ? name : n;
}

static void
read_item(struct facts *f, const struct node *n, enum whose whose)
{
    const struct page *page = &f->html->page;
    bool rdfa = !page_has(page, n, "itemprop");
    struct text props = items_props(page, n), value;
    struct sheaf_buf shown = { 0 };
    enum place place;
    size_t i = 0;

    while (i < COUNT_OF(item_names) &&
           ((item_names[i].rdfa && !rdfa) ||
            !items_named(props, item_names[i].name)))
        i++;
    if (i == COUNT_OF(item_names))
        return;
    place = whose == OF_ARTICLE ? item_names[i].place : item_names[i].stray;
    value = page_attr(page, n, "content");
    if (value.len == 0)
        value = page_attr(page, n, "datetime");
    if (value.len == 0 || item_names[i].place == ITEM_AUTHOR) {
        const struct node *name = item_names[i].place == ITEM_AUTHOR
                                      ? name_in(page, n)
                                      : n;

        page_gather(name, &shown, SUMMARY_MAX);
        value = shown.len == 0 ? page_attr(page, name, "content")
                               : text_of_buf(&shown);
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

/* ---- Microformats ---- */

static const char *const roots[] = { "h-card", "h-cite", "h-entry", "h-event",
                                     "h-feed", "h-adr", "h-geo", "h-item",
                                     "h-product", "h-review", "h-recipe" };

static const struct {
    const char *name;
    enum place place;
} properties[] = {
    { "p-name", META_TITLE },        { "p-summary", DESCRIPTION },
    { "dt-published", ITEM_PUBLISHED }, { "dt-updated", ITEM_UPDATED },
    { "p-author", ITEM_AUTHOR },     { "u-author", ITEM_AUTHOR },
    { "p-category", KEYWORDS },      { "u-url", CANONICAL },
    { "p-canonical", CANONICAL },    { "u-canonical", CANONICAL },
};

static bool
is_root(struct text class)
{
    for (size_t i = 0; i < COUNT_OF(roots); i++)
        if (has_token(class, roots[i]))
            return true;
    return false;
}

static void
read_property(struct facts *f, const struct node *n, enum place place)
{
    const struct page *page = &f->html->page;
    const struct node *name = NULL;
    struct text value = { "", 0 };
    struct sheaf_buf shown = { 0 };

    if (place == CANONICAL)
        value = page_attr(page, n, "href");
    else if (place == ITEM_PUBLISHED || place == ITEM_UPDATED)
        value = page_attr(page, n, "datetime");
    else if (place == ITEM_AUTHOR)
        name = page_next(n, n);
    while (name != NULL &&
           !has_token(page_attr(page, name, "class"), "p-name"))
        name = page_next(name, n);
    if (value.len == 0 && place != CANONICAL) {
        page_gather(name != NULL ? name : n, &shown, SUMMARY_MAX);
        value = text_of_buf(&shown);
    }
    keep(f, place, value);
    sheaf_buf_free(&shown);
}

/* What the classes of an h-entry state. An element with a root of its own has
 * its own properties. */
static void
read_entry(struct facts *f, const struct node *entry)
{
    const struct node *n = page_next(entry, entry);

    while (n != NULL) {
        struct text class = n->tag != TAG_TEXT
                                ? page_attr(&f->html->page, n, "class")
                                : text_from("", 0);

        for (size_t i = 0; class.len > 0 && i < COUNT_OF(properties); i++)
            if (has_token(class, properties[i].name))
                read_property(f, n, properties[i].place);
        n = is_root(class) ? page_skip(n, entry) : page_next(n, entry);
    }
}

/* Several entries are a list of articles. */
static void
read_entries(struct facts *f)
{
    const struct node *root = f->html->page.root, *n = root, *entry = NULL;
    size_t count = 0;

    while (n != NULL) {
        bool is = n->tag != TAG_TEXT &&
                  has_token(page_attr(&f->html->page, n, "class"), "h-entry");

        if (is) {
            entry = n;
            count++;
        }
        n = is ? page_skip(n, root) : page_next(n, root);
    }
    if (count == 1)
        read_entry(f, entry);
}

/* ---- All ---- */

static void
read_lang(struct facts *f)
{
    const struct page *page = &f->html->page;

    keep(f, LANG, page_attr(page, page->root, "lang"));
    keep(f, LANG, page_attr(page, page->root, "xml:lang"));
    if (page->body != NULL)
        keep(f, LANG, page_attr(page, page->body, "lang"));
}

static bool
is_drawn(const struct node *title, const struct node *root)
{
    return title->parent != NULL && title->parent->tag != TAG_HEAD &&
           title->parent != root && title->parent->tag != TAG_BODY;
}

void
facts_title(struct facts *f)
{
    const struct node *root = f->html->page.root, *n = root;
    struct sheaf_buf title = { 0 };

    for (; n != NULL && title.len == 0; n = page_next(n, root))
        if (n->tag == TAG_TITLE && !is_drawn(n, root))
            page_gather(n, &title, HEADLINE_MAX);
    add_line(&f->at[TITLE], text_of_buf(&title));
    sheaf_buf_free(&title);
}

static void
read_element(struct facts *f, const struct node *n, enum whose whose,
             bool elsewhere)
{
    const struct page *page = &f->html->page;

    if (n->tag == TAG_META)
        read_meta(f, n, whose, elsewhere);
    else if (n->tag == TAG_LINK)
        read_link(f, n);
    else if (n->tag == TAG_BASE)
        keep(f, BASE, page_attr(page, n, "href"));
    else if (n->tag != TAG_TITLE && whose >= OF_PAGE &&
             !(whose == OF_PAGE && elsewhere))
        read_item(f, n, whose);
}

/* What is said of no item, among comments and the like, is said of those. */
void
facts_read(struct facts *f, const struct seen *seen)
{
    const struct page *page = &f->html->page;
    const struct node *root = page->root;
    size_t elsewhere = 0; /* the first node behind such an element */

    read_lang(f);
    for (const struct node *n = root; n != NULL; n = page_next(n, root)) {
        if (n->tag == TAG_TEXT)
            continue;
        if (n->index >= elsewhere && n->tag != TAG_HEAD &&
            seen_is_elsewhere(seen, n))
            elsewhere = page_end(page, n);
        read_element(f, n, items_whose(&seen->items, n), n->index < elsewhere);
    }
    read_entries(f);
}

/* In a form for metadata: UTF-8, trimmed, and at most `max` bytes. */
struct text
facts_sane(struct text t, size_t max)
{
    /* The limit may have cut a character. */
    t = text_cut(text_trim(t), max < t.len ? max : t.len);
    while (t.len > 0 && !text_is_utf8(t))
        t.len--;
    return text_trim(t);
}
