/*
 * feed.c - feeds in XML: RSS 0.9x and 2.0, RDF Site Summary, Atom 0.3 and 1.0,
 * and exports of WordPress. Each item is an article.
 *
 * Elements are known by namespace and name, and may be mixed: feeds in RSS
 * have elements of Atom and Dublin Core. What has no member of its own is
 * kept in `ext`.
 */
#include "import/feed.h"

#include "import/address.h"

enum slot {
    SLOT_ID,
    SLOT_TITLE,
    SLOT_BODY,
    SLOT_SUMMARY,
    SLOT_PUBLISHED,
    SLOT_UPDATED,
    SLOT_LANG,
    SLOT_SINGLE, /* those before it are chosen */
    SLOT_LINK = SLOT_SINGLE,
    SLOT_AUTHOR,
    SLOT_CONTRIBUTOR,
    SLOT_CATEGORY,
    SLOT_KEYWORDS,
    SLOT_MEDIA,
    SLOT_WP,
    SLOT_EXT
};

/* Of several elements for one slot, the first one in this table counts. */
static const struct known {
    enum space space;
    const char *name;
    enum slot slot;
} known[] = {
    { NS_CORE, "guid", SLOT_ID },
    { NS_CORE, "id", SLOT_ID },
    { NS_DC, "identifier", SLOT_ID },
    { NS_CORE, "title", SLOT_TITLE },
    { NS_DC, "title", SLOT_TITLE },
    { NS_DCTERMS, "title", SLOT_TITLE },
    { NS_MEDIA, "title", SLOT_TITLE },
    { NS_ITUNES, "title", SLOT_TITLE },
    { NS_CONTENT, "encoded", SLOT_BODY },
    { NS_CORE, "content", SLOT_BODY },
    { NS_XHTML, "body", SLOT_BODY },
    { NS_CORE, "body", SLOT_BODY },
    { NS_XHTML, "div", SLOT_BODY },
    { NS_CORE, "fullitem", SLOT_BODY },
    { NS_FULL, "full-text", SLOT_BODY },
    { NS_FULL, "fulltext", SLOT_BODY },
    { NS_FULL, "content", SLOT_BODY },
    { NS_CORE, "full-text", SLOT_BODY },
    { NS_CORE, "fulltext", SLOT_BODY },
    { NS_EXCERPT, "encoded", SLOT_SUMMARY },
    { NS_CORE, "description", SLOT_SUMMARY },
    { NS_CORE, "summary", SLOT_SUMMARY },
    { NS_CORE, "abstract", SLOT_SUMMARY },
    { NS_ITUNES, "summary", SLOT_SUMMARY },
    { NS_DC, "description", SLOT_SUMMARY },
    { NS_DCTERMS, "abstract", SLOT_SUMMARY },
    { NS_MEDIA, "description", SLOT_SUMMARY },
    { NS_ITUNES, "subtitle", SLOT_SUMMARY },
    { NS_PRISM, "teaser", SLOT_SUMMARY },
    { NS_CORE, "published", SLOT_PUBLISHED },
    { NS_CORE, "issued", SLOT_PUBLISHED },
    { NS_CORE, "pubDate", SLOT_PUBLISHED },
    { NS_DCTERMS, "issued", SLOT_PUBLISHED },
    { NS_DC, "date", SLOT_PUBLISHED },
    { NS_DCTERMS, "date", SLOT_PUBLISHED },
    { NS_PRISM, "publicationDate", SLOT_PUBLISHED },
    { NS_CORE, "created", SLOT_PUBLISHED },
    { NS_DCTERMS, "created", SLOT_PUBLISHED },
    { NS_CORE, "updated", SLOT_UPDATED },
    { NS_CORE, "modified", SLOT_UPDATED },
    { NS_DCTERMS, "modified", SLOT_UPDATED },
    { NS_PRISM, "modificationDate", SLOT_UPDATED },
    { NS_DC, "language", SLOT_LANG },
    { NS_CORE, "language", SLOT_LANG },
    { NS_CORE, "link", SLOT_LINK },
    { NS_CORE, "author", SLOT_AUTHOR },
    { NS_DC, "author", SLOT_AUTHOR },
    { NS_DC, "creator", SLOT_AUTHOR },
    { NS_DCTERMS, "creator", SLOT_AUTHOR },
    { NS_ITUNES, "author", SLOT_AUTHOR },
    { NS_CORE, "contributor", SLOT_CONTRIBUTOR },
    { NS_DC, "contributor", SLOT_CONTRIBUTOR },
    { NS_CORE, "category", SLOT_CATEGORY },
    { NS_DC, "subject", SLOT_CATEGORY },
    { NS_ITUNES, "category", SLOT_CATEGORY },
    { NS_MEDIA, "category", SLOT_CATEGORY },
    { NS_ITUNES, "keywords", SLOT_KEYWORDS },
    { NS_MEDIA, "keywords", SLOT_KEYWORDS },
    { NS_CORE, "keywords", SLOT_KEYWORDS },
    { NS_CORE, "tags", SLOT_KEYWORDS },
    { NS_CORE, "enclosure", SLOT_MEDIA },
    { NS_MEDIA, "content", SLOT_MEDIA },
    { NS_MEDIA, "thumbnail", SLOT_MEDIA },
    { NS_MEDIA, "group", SLOT_MEDIA },
    { NS_CORE, "image", SLOT_MEDIA },
    { NS_ITUNES, "image", SLOT_MEDIA },
};

static const char *const records[] = { "item", "entry", NULL };

struct chosen {
    size_t rank[SLOT_SINGLE]; /* in `known` */
    xmlNode *node[SLOT_SINGLE];
    xmlNode *second; /* the next best summary */
};

static size_t
find_known(const xmlNode *n)
{
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (node_is(n, known[i].space, known[i].name))
            return i;
    return COUNT_OF(known);
}

static bool
is_blank(const xmlNode *n)
{
    struct sheaf_buf room = { 0 };
    bool blank = xmlFirstElementChild((xmlNode *)(uintptr_t)n) == NULL &&
                 text_trim(node_text(n, &room)).len == 0;

    sheaf_buf_free(&room);
    return blank;
}

/* ---- One element ---- */

/* The element that is not chosen is kept in ext. */
static void
choose(struct feed *f, struct chosen *c, xmlNode *n, size_t rank)
{
    enum slot slot = known[rank].slot;
    xmlNode *loser = n;

    if (is_blank(n))
        return;
    /* Of two equal dates, the last one counts. */
    if (c->node[slot] == NULL || rank < c->rank[slot] ||
        (rank == c->rank[slot] &&
         (slot == SLOT_PUBLISHED || slot == SLOT_UPDATED))) {
        loser = c->node[slot];
        c->node[slot] = n;
        c->rank[slot] = rank;
    }
    if (loser == NULL)
        return;
    if (slot == SLOT_SUMMARY && c->second == NULL)
        c->second = loser;
    else
        feed_ext(f, loser);
}

static void
read_element(struct feed *f, struct chosen *c, xmlNode *n)
{
    size_t rank = find_known(n);
    enum slot slot = rank < COUNT_OF(known)   ? known[rank].slot
                     : node_space(n) == NS_WP ? SLOT_WP
                                              : SLOT_EXT;

    if (slot < SLOT_SINGLE)
        choose(f, c, n, rank);
    else if (slot == SLOT_AUTHOR)
        feed_author(f, n, "");
    else if (slot == SLOT_CONTRIBUTOR)
        feed_author(f, n, "contributor");
    else if (slot == SLOT_CATEGORY)
        feed_category(f, n);
    else if (slot == SLOT_KEYWORDS)
        feed_keywords(f, n);
    else if (slot == SLOT_MEDIA)
        feed_media(f, n);
    else if (slot == SLOT_WP)
        wp_element(f, n);
    else if (slot == SLOT_EXT || !feed_link(f, n))
        feed_ext(f, n);
}

/* ---- Fields ---- */

static void
fill_lang(struct feed *f, const struct chosen *c, const xmlNode *record)
{
    struct sheaf_buf room = { 0 };
    const xmlNode *n = c->node[SLOT_LANG];

    story_lang(&f->story, node_text(n, &room));
    if (c->node[SLOT_BODY] != NULL)
        story_lang(&f->story,
                   node_inherited(c->node[SLOT_BODY], "lang", &room));
    story_lang(&f->story, node_inherited(record, "lang", &room));
    story_lang(&f->story, text_of(f->lang));
    sheaf_buf_free(&room);
}

static void
fill_date(struct feed *f, enum story_field field, xmlNode *n)
{
    struct sheaf_buf room = { 0 };
    struct text t = text_trim(node_text(n, &room));

    if (n == NULL || story_has(&f->story, field)) {
        ; /* none, or WordPress's own in UTC */
    } else if (story_date(&f->story, field, t)) {
        ;
    } else if (f->post_date != NULL && field == STORY_PUBLISHED) {
        /* The date of a draft of WordPress has the year -1. */
        room.len = 0;
        (void)story_date(&f->story, field, node_text(f->post_date, &room));
    } else {
        warn(f->place, "'%.*s' is not certainly a date; it is kept as text",
             (int)text_cut(t, 60).len, t.data);
        feed_ext(f, n);
    }
    sheaf_buf_free(&room);
}

static void
fill_dates(struct feed *f, const struct chosen *c)
{
    struct story *s = &f->story;

    fill_date(f, STORY_PUBLISHED, c->node[SLOT_PUBLISHED]);
    fill_date(f, STORY_UPDATED, c->node[SLOT_UPDATED]);
    /* Of the two, Atom asks only for `updated`. */
    if (!story_has(s, STORY_PUBLISHED) && story_has(s, STORY_UPDATED)) {
        story_set(s, STORY_PUBLISHED, story_text(s, STORY_UPDATED));
        s->guessed[STORY_PUBLISHED] = true;
    }
}

static void
fill_title(struct feed *f, xmlNode *n)
{
    struct feed_text t = { .form = FORM_TEXT };

    if (n == NULL)
        return;
    feed_read_text(&t, n, f->atom);
    if (t.form == FORM_HTML)
        story_set_html(&f->story, STORY_HEADLINE, text_of_buf(&t.text));
    else
        story_set(&f->story, STORY_HEADLINE, text_of_buf(&t.text));
    feed_free_text(&t);
}

static void
fill_body(struct feed *f, xmlNode *n)
{
    struct story *s = &f->story;
    struct feed_text t = { .form = FORM_TEXT };
    struct sheaf_buf room = { 0 };
    struct text base;

    feed_read_text(&t, n, f->atom);
    s->body.len = 0;
    buf_add(&s->body, t.text.data, t.text.len);
    if (t.form == FORM_OTHER)
        story_type(s, text_of_buf(&t.type));
    else
        s->type = t.form == FORM_HTML ? TYPE_HTML : TYPE_TEXT;
    base = node_base(n, &room);
    if (t.form == FORM_HTML && base.len > 0)
        story_ext(s, text_of("xml:base"), base);
    sheaf_buf_free(&room);
    feed_free_text(&t);
}

/* What is too long or too rich for metadata also becomes a part. */
static void
fill_summary(struct feed *f, xmlNode *n)
{
    struct story *s = &f->story;
    struct feed_text t = { .form = FORM_TEXT };
    struct text text;

    feed_read_text(&t, n, f->atom);
    text = text_of_buf(&t.text);
    if (t.form != FORM_OTHER &&
        text_compare(text, text_of_buf(&s->body)) != 0) {
        if (t.form == FORM_HTML)
            story_set_html(s, STORY_SUMMARY, text);
        else
            story_set(s, STORY_SUMMARY, text);
        if (t.form == FORM_HTML || text.len > SUMMARY_MAX)
            (void)story_part(s, SHEAF_ROLE_SUMMARY,
                             text_of(t.form == FORM_HTML ? TYPE_HTML
                                                         : TYPE_TEXT),
                             text);
    } else if (t.form == FORM_OTHER) {
        feed_ext(f, n);
    }
    feed_free_text(&t);
}

static void
fill_texts(struct feed *f, struct chosen *c)
{
    xmlNode *summary = c->node[SLOT_SUMMARY];

    fill_title(f, c->node[SLOT_TITLE]);
    if (c->node[SLOT_BODY] != NULL) {
        fill_body(f, c->node[SLOT_BODY]);
        if (c->second != NULL)
            feed_ext(f, c->second);
    } else if (summary != NULL) {
        fill_body(f, summary);
        summary = c->second;
    }
    if (summary != NULL)
        fill_summary(f, summary);
    if (f->story.body.len == 0)
        warn(f->place, "it has no text");
}

/* An address that an item has in place of a link: of what it is about, or as
 * in the Channel Definition Format. */
static void
fill_url(struct feed *f, const xmlNode *record, struct text id, bool permanent)
{
    struct sheaf_buf room = { 0 };

    if (permanent &&
        (text_begins(id, "http://") || text_begins(id, "https://")))
        (void)story_url(&f->story, id, text_from("", 0));
    (void)story_url(&f->story, node_attr(record, "href", &room),
                    text_of_buf(&f->link));
    sheaf_buf_free(&room);
}

/* WordPress keeps the guid of a post, which names the server where it was
 * written: posts of two sites that were made on a localhost have the same ones.
 * A link to another host then is the better ID. */
static bool
is_nobodys(const struct feed *f, struct text guid)
{
    struct text link = story_text(&f->story, STORY_URL);
    struct text host = address_host(guid);

    return address_is_nobodys(host) && address_host(link).len > 0 &&
           !address_is_nobodys(address_host(link)) && !address_is_site(link);
}

/* Some feeds give the address of their site to each item: it names none. False:
 * it is no ID. */
static bool
take_id(struct feed *f, struct text t)
{
    if (address_is_site_id(t))
        return false;
    story_set(&f->story, STORY_ID, t);
    return true;
}

static void
fill_id(struct feed *f, const struct chosen *c, const xmlNode *record)
{
    struct sheaf_buf room = { 0 };
    const xmlNode *n = c->node[SLOT_ID];
    struct text t = text_trim(node_text(n, &room));
    xmlChar *about;

    if (n != NULL &&
        ((node_attr_is(n, "isPermaLink", "false") && is_nobodys(f, t)) ||
         !take_id(f, t)))
        feed_ext(f, n);
    fill_url(f, record, t,
             n != NULL && node_is(n, NS_CORE, "guid") &&
                 !node_attr_is(n, "isPermaLink", "false"));
    about = xmlGetNsProp((xmlNode *)(uintptr_t)record,
                         (const xmlChar *)"about",
                         (const xmlChar *)"http://www.w3.org/1999/02/"
                                          "22-rdf-syntax-ns#");
    if (about != NULL) {
        (void)take_id(f, text_of((char *)about));
        fill_url(f, record, text_of((char *)about), true);
    }
    xmlFree(about);
    sheaf_buf_free(&room);
}

/* Atom: those of the feed that an item came from, or else of this feed. */
static void
inherit_authors(struct feed *f, const xmlNode *record)
{
    const xmlNode *from = node_child(record, NS_CORE, "source");

    if (!f->atom || f->story.author_count > 0)
        return;
    from = from != NULL ? node_child(from, NS_CORE, "author") : NULL;
    for (size_t i = 0; from == NULL && i < f->author_count; i++)
        feed_author(f, f->authors[i], "");
    for (; from != NULL; from = from->next)
        if (node_is(from, NS_CORE, "author"))
            feed_author(f, from, "");
}

/* ---- Items ---- */

static void
import_item_of(struct feed *f, uint64_t number)
{
    xmlNode *record = f->cut.record;
    const char *base = f->item->id;
    char *fallback;
    struct chosen c = { .second = NULL };

    story_start(&f->story);
    f->category_count = 0;
    f->post_date = NULL;
    if ((node_child(record, NS_WP, "post_type") != NULL &&
         !wp_is_article(f, record)) ||
        (f->atom && !blogger_is_article(f, record)))
        return;
    for (xmlNode *n = record->children; n != NULL; n = n->next)
        if (n->type == XML_ELEMENT_NODE)
            read_element(f, &c, n);
    fill_lang(f, &c, record);
    fill_dates(f, &c);
    fill_id(f, &c, record);
    inherit_authors(f, record);
    /* One category is a section, several are tags as well. */
    if (f->category_count == 1 && f->story.keyword_count == 1)
        f->story.keywords.len = f->story.keyword_count = 0;
    fallback = base == NULL
                   ? format_text("%s", "")
                   : format_text("%s:%llu", base, (unsigned long long)number);
    if (!story_has(&f->story, STORY_URL) && is_blank(record)) {
        leave_out("empty item", f->place, "there is nothing in it");
    } else {
        fill_texts(f, &c);
        (void)story_emit(&f->story, f->item, f->place, fallback, number,
                         text_of_buf(&f->cut.raw), "application/xml");
    }
    mem_free(fallback);
}

/* An element of the feed itself that items may take over. */
static void
read_of_feed(struct feed *f, const xmlNode *n)
{
    struct sheaf_buf room = { 0 };

    if (f->lang[0] == '\0' &&
        (node_is(n, NS_CORE, "language") || node_is(n, NS_DC, "language")) &&
        !html_lang(node_text(n, &room), f->lang))
        f->lang[0] = '\0';
    if (node_is(n, NS_CORE, "author") && f->author_count < FEED_AUTHORS_MAX) {
        room.len = 0;
        f->author_bytes += node_text(n, &room).len;
        if (f->author_bytes <= FEED_AUTHORS_SIZE)
            f->authors[f->author_count++] = n;
    }
    sheaf_buf_free(&room);
}

/* Among others the address of the feed's site, to which links without a host
 * belong. */
static void
read_head(struct feed *f)
{
    struct sheaf_buf room = { 0 };
    const xmlNode *n;

    f->head = cut_head(&f->cut, &f->root);
    if (f->root == NULL)
        return;
    f->channel = node_child(f->root, NS_CORE, "channel");
    if (f->channel == NULL)
        f->channel = f->root;
    for (n = f->channel->children; n != NULL; n = n->next)
        read_of_feed(f, n);
    wp_read_head(f);
    for (n = f->channel->children; n != NULL && f->link.len == 0;
         n = n->next) {
        if (!node_is(n, NS_CORE, "link") || node_attr_is(n, "rel", "self"))
            continue;
        room.len = 0;
        if (node_attr(n, "href", &room).len == 0)
            (void)node_text(n, &room);
        (void)address_resolve(&f->link, text_of_buf(&room), text_from("", 0));
    }
    sheaf_buf_free(&room);
}

static void
take_item(struct feed *f, enum cut_got got, uint64_t number)
{
    char *place = format_text("%s: item %llu", f->item->place,
                              (unsigned long long)number);

    f->place = place;
    if (got == CUT_RECORD)
        import_item_of(f, number);
    else
        cut_reject(&f->cut, got, f->item, "item", number);
    mem_free(place);
}

void
import_feed(struct item *item)
{
    struct feed *f = mem_new(1, sizeof *f);
    enum cut_got got;
    uint64_t number = 0;

    f->item = item;
    cut_open(&f->cut, item->in, records);
    while ((got = cut_next(&f->cut)) != CUT_END) {
        if (number++ == 0) {
            read_head(f);
            f->atom = f->root != NULL &&
                      strcasecmp((const char *)f->root->name, "feed") == 0;
        }
        take_item(f, got, number);
    }
    if (!input_failed(item->in)) {
        if (number == 0)
            leave_out("feed without items", item->place,
                      "the feed has no items");
        cut_warn(&f->cut, item->place);
    }
    if (f->head != NULL)
        xmlFreeDoc(f->head);
    cut_close(&f->cut);
    story_free(&f->story);
    index_free(&f->logins);
    sheaf_buf_free(&f->names);
    sheaf_buf_free(&f->link);
    mem_free(f);
}

/* ---- Recognition ---- */

static bool
contains(struct text t, const char *s)
{
    return memmem(t.data, t.len, s, strlen(s)) != NULL;
}

bool
is_feed(const struct look *l)
{
    struct sheaf_buf room = { 0 };
    struct text space, name;
    bool good = false;

    if (cut_root(l->start, &room, &space, &name)) {
        bool core = space.len > 0 && space_of_uri(space) == NS_CORE;

        if (text_is(name, "rss"))
            good = true;
        else if (text_is(name, "RDF"))
            good = contains(l->start, "purl.org/rss/") ||
                   contains(l->start, "netscape.com/rdf/simple/") ||
                   contains(l->start, "purl.org/net/rss");
        else if (text_is(name, "feed"))
            good = core || contains(l->start, "<entry");
        else if (text_is(name, "entry"))
            good = core;
        else if (name.len == 7 && text_begins(name, "channel"))
            good = space.len == 0 && (contains(l->start, "<item") ||
                                      contains(l->start, "<ITEM"));
    }
    sheaf_buf_free(&room);
    return good;
}
