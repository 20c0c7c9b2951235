/*
 * papers.c - collections of papers and news of journals: JATS, sets of PubMed,
 * and what repositories give over OAI-PMH. The body is the text, or else the
 * abstract; the record itself is kept beside it.
 */
#include <stdio.h>

#include "import/month.h"
#include "import/stories.h"
#include "import/xmlnode.h"

/* The outermost of these is the record. */
static const char *const records[] = { "record", "PubmedArticle",
                                       "PubmedBookArticle", "article", NULL };

/* ---- Pieces ---- */

static const xmlNode *
find(const xmlNode *n, const char *a, const char *b)
{
    n = node_child_named(n, a);
    return b != NULL ? node_child_named(n, b) : n;
}

static struct text
text_in(const xmlNode *n, struct sheaf_buf *room)
{
    room->len = 0;
    return text_trim(node_text(n, room));
}

static struct text
child_text(const xmlNode *n, const char *name, struct sheaf_buf *room)
{
    return text_in(node_child_named(n, name), room);
}

static void
set(struct story *s, enum story_field f, const xmlNode *n)
{
    struct sheaf_buf room = { 0 };

    story_set(s, f, text_in(n, &room));
    sheaf_buf_free(&room);
}

static void
add_ext(struct story *s, const char *key, const xmlNode *n)
{
    struct sheaf_buf room = { 0 };
    struct text t = text_in(n, &room);

    if (t.len > 0)
        story_ext(s, text_of(key), t);
    sheaf_buf_free(&room);
}

/* An author whose two names are elements, or who is one name. */
static void
add_author(struct story *s, const xmlNode *n, const char *first,
           const char *last)
{
    struct sheaf_buf given = { 0 }, room = { 0 };
    struct text t = child_text(n, last, &room);

    if (t.len > 0) {
        (void)child_text(n, first, &given);
        if (given.len > 0)
            buf_add_str(&given, " ");
        buf_add(&given, t.data, t.len);
        t = text_of_buf(&given);
    } else {
        t = text_in(n, &room);
    }
    story_author(s, t, text_of(""), text_of(""));
    sheaf_buf_free(&given);
    sheaf_buf_free(&room);
}

/* A number of at most four digits, or 0. */
static int
number_in(struct text t)
{
    int v = 0;

    for (size_t i = 0; i < t.len; i++) {
        if (t.len > 4 || t.data[i] < '0' || t.data[i] > '9')
            return 0;
        v = 10 * v + (t.data[i] - '0');
    }
    return v;
}

/* A date whose pieces are elements. False: it has no such day or month. */
static bool
set_date(struct story *s, const xmlNode *n, const char *const names[3])
{
    struct sheaf_buf room = { 0 };
    int year = number_in(child_text(n, names[0], &room)), month, day;
    struct text t = child_text(n, names[1], &room);
    char date[DATE_MAX];
    bool good;

    month = t.len <= 2 ? number_in(t) : (int)month_named(t);
    day = number_in(child_text(n, names[2], &room));
    if (month > 0 && day > 0)
        snprintf(date, sizeof date, "%04d-%02d-%02d", year, month, day);
    else if (month > 0)
        snprintf(date, sizeof date, "%04d-%02d", year, month);
    else
        snprintf(date, sizeof date, "%04d", year);
    good = year > 0 && story_date(s, STORY_PUBLISHED, text_of(date));
    sheaf_buf_free(&room);
    return good;
}

/* The paragraphs and headings in `top`, or else its text. */
static void
add_paragraphs(struct story *s, const xmlNode *top)
{
    const xmlNode *n = top != NULL ? top->children : NULL;
    struct sheaf_buf room = { 0 };
    size_t before = s->body.len;

    while (n != NULL) {
        bool whole = node_named(n, "p") || node_named(n, "title");
        bool skipped = node_named(n, "table-wrap") || node_named(n, "fig");

        if (whole)
            stories_paragraph(s, text_in(n, &room));
        n = !whole && !skipped && n->type == XML_ELEMENT_NODE &&
                    n->children != NULL
                ? n->children
                : node_behind(n, top);
    }
    if (s->body.len == before && top != NULL)
        stories_paragraph(s, text_in(top, &room));
    sheaf_buf_free(&room);
}

/* ---- JATS ---- */

static void
read_contributors(struct story *s, const xmlNode *group)
{
    const xmlNode *n = group != NULL ? group->children : NULL;

    for (; n != NULL; n = n->next) {
        const xmlNode *name = find(n, "name", NULL);

        if (!node_named(n, "contrib") ||
            (node_attr_named(n, "contrib-type").len > 0 &&
             !text_is(node_attr_named(n, "contrib-type"), "author")))
            continue;
        if (name == NULL)
            name = find(n, "string-name", NULL);
        if (name == NULL)
            name = find(n, "collab", NULL);
        if (name != NULL)
            add_author(s, name, "given-names", "surname");
    }
}

/* Of several days, the first whole one. */
static void
read_days(struct story *s, const xmlNode *meta)
{
    static const char *const names[] = { "year", "month", "day" };
    const xmlNode *n = meta != NULL ? meta->children : NULL, *any = NULL;

    for (; n != NULL && !story_has(s, STORY_PUBLISHED); n = n->next) {
        if (!node_named(n, "pub-date"))
            continue;
        if (node_child_named(n, "day") != NULL)
            (void)set_date(s, n, names);
        else if (any == NULL)
            any = n;
    }
    if (!story_has(s, STORY_PUBLISHED) && any != NULL)
        (void)set_date(s, any, names);
}

static void
read_jats_meta(struct story *s, const xmlNode *meta)
{
    const xmlNode *n = meta != NULL ? meta->children : NULL;
    struct sheaf_buf room = { 0 };

    for (; n != NULL; n = n->next) {
        if (node_named(n, "article-id")) {
            struct text type = node_attr_named(n, "pub-id-type");

            if (text_is(type, "doi"))
                set(s, STORY_ID, n);
            else if (type.len > 0 && type.len < 40)
                story_ext(s, type, text_in(n, &room));
        } else if (node_named(n, "contrib-group")) {
            read_contributors(s, n);
        } else if (node_named(n, "kwd-group")) {
            for (const xmlNode *k = n->children; k != NULL; k = k->next)
                if (node_named(k, "kwd"))
                    story_keyword(s, text_in(k, &room));
        }
    }
    set(s, STORY_HEADLINE, find(meta, "title-group", "article-title"));
    set(s, STORY_SECTION,
        find(find(meta, "article-categories", "subj-group"), "subject", NULL));
    read_days(s, meta);
    sheaf_buf_free(&room);
}

static void
read_jats(struct story *s, const xmlNode *article)
{
    const xmlNode *front = find(article, "front", NULL);
    const xmlNode *meta = find(front, "article-meta", NULL);
    const xmlNode *journal = find(front, "journal-meta", NULL);
    struct sheaf_buf room = { 0 };

    story_lang(s, node_inherited(article, "lang", &room));
    read_jats_meta(s, meta);
    add_ext(s, "journal", find(journal, "journal-title-group",
                               "journal-title"));
    add_ext(s, "journal", find(journal, "journal-title", NULL));
    add_paragraphs(s, find(article, "body", NULL));
    if (s->body.len == 0)
        add_paragraphs(s, find(meta, "abstract", NULL));
    else
        set(s, STORY_SUMMARY, find(meta, "abstract", NULL));
    sheaf_buf_free(&room);
}

/* ---- PubMed ---- */

static void
read_abstract(struct story *s, const xmlNode *abstract)
{
    const xmlNode *n = abstract != NULL ? abstract->children : NULL;
    struct sheaf_buf room = { 0 };

    for (; n != NULL; n = n->next) {
        struct text label;

        if (!node_named(n, "AbstractText"))
            continue;
        label = node_attr_named(n, "Label");
        room.len = 0;
        buf_add(&room, label.data, label.len);
        buf_add_str(&room, label.len > 0 ? ": " : "");
        (void)node_text(n, &room);
        stories_paragraph(s, text_of_buf(&room));
    }
    sheaf_buf_free(&room);
}

static void
add_keywords(struct story *s, const xmlNode *list, const char *name)
{
    const xmlNode *n = list != NULL ? list->children : NULL;
    struct sheaf_buf room = { 0 };

    for (; n != NULL; n = n->next) {
        const xmlNode *in = node_child_named(n, "DescriptorName");

        if (node_named(n, name))
            story_keyword(s, text_in(in != NULL ? in : n, &room));
    }
    sheaf_buf_free(&room);
}

static const char *const day_names[] = { "Year", "Month", "Day" };

/* A chapter of a book, or all of it. */
static void
read_book(struct story *s, const xmlNode *book)
{
    set(s, STORY_HEADLINE, find(book, "BookTitle", NULL));
    add_ext(s, "book", find(book, "BookTitle", NULL));
    add_ext(s, "publisher", find(book, "Publisher", "PublisherName"));
    (void)set_date(s, find(book, "PubDate", NULL), day_names);
}

static void
add_authors(struct story *s, const xmlNode *list)
{
    const xmlNode *n = list != NULL ? list->children : NULL;

    for (; n != NULL; n = n->next)
        if (node_named(n, "Author")) {
            const xmlNode *group = node_child_named(n, "CollectiveName");

            add_author(s, group != NULL ? group : n, "ForeName", "LastName");
        }
}

static void
read_pubmed(struct story *s, const xmlNode *record)
{
    const xmlNode *chapter = find(record, "BookDocument", NULL);
    const xmlNode *book = find(chapter, "Book", NULL);
    const xmlNode *citation = chapter != NULL
                                  ? chapter
                                  : find(record, "MedlineCitation", NULL);
    const xmlNode *article = chapter != NULL ? chapter
                                             : find(citation, "Article", NULL);
    const xmlNode *journal = find(article, "Journal", NULL);
    struct sheaf_buf id = { 0 }, room = { 0 };

    buf_add_str(&id, "pmid:");
    (void)node_text(find(citation, "PMID", NULL), &id);
    story_set(s, STORY_ID, text_of_buf(&id));
    set(s, STORY_HEADLINE, find(article, "ArticleTitle", NULL));
    add_authors(s, find(article, "AuthorList", NULL));
    if (s->author_count == 0)
        add_authors(s, find(book, "AuthorList", NULL));
    read_abstract(s, find(article, "Abstract", NULL));
    if (book != NULL)
        read_book(s, book);
    else if (!set_date(s, find(article, "ArticleDate", NULL), day_names) &&
             !set_date(s, find(journal, "JournalIssue", "PubDate"), day_names))
        add_ext(s, "date", find(find(journal, "JournalIssue", "PubDate"),
                                "MedlineDate", NULL));
    story_lang(s, text_in(find(article, "Language", NULL), &room));
    add_ext(s, "journal", find(journal, "Title", NULL));
    add_ext(s, "doi", find(article, "ELocationID", NULL));
    add_keywords(s, find(citation, "KeywordList", NULL), "Keyword");
    add_keywords(s, find(citation, "MeshHeadingList", NULL), "MeshHeading");
    sheaf_buf_free(&id);
    sheaf_buf_free(&room);
}

/* ---- OAI-PMH ---- */

/* Dublin Core. */
static void
read_dc(struct story *s, const xmlNode *dc)
{
    struct sheaf_buf room = { 0 };

    for (const xmlNode *n = dc->children; n != NULL; n = n->next) {
        struct text t;

        if (n->type != XML_ELEMENT_NODE)
            continue;
        t = text_in(n, &room);
        if (node_named(n, "title"))
            story_set(s, STORY_HEADLINE, t);
        else if (node_named(n, "creator"))
            story_author(s, t, text_of(""), text_of(""));
        else if (node_named(n, "description"))
            stories_paragraph(s, t);
        else if (node_named(n, "subject"))
            story_keyword(s, t);
        else if (node_named(n, "language"))
            story_lang(s, t);
        else if (!(node_named(n, "date") &&
                   story_date(s, STORY_PUBLISHED, t)) &&
                 !(node_named(n, "identifier") && text_begins(t, "http") &&
                   story_url(s, t, text_of(""))))
            story_ext(s, text_of((const char *)n->name), t);
    }
    sheaf_buf_free(&room);
}

static void
read_arxiv(struct story *s, const xmlNode *paper)
{
    const xmlNode *n = find(paper, "authors", NULL);
    struct sheaf_buf room = { 0 }, url = { 0 };
    struct text t;

    set(s, STORY_HEADLINE, find(paper, "title", NULL));
    stories_paragraph(s, child_text(paper, "abstract", &room));
    if (n != NULL && node_child_named(n, "author") == NULL)
        set(s, STORY_BYLINE, n);
    for (n = n != NULL ? n->children : NULL; n != NULL; n = n->next)
        if (node_named(n, "author"))
            add_author(s, n, "forenames", "keyname");
    (void)story_date(s, STORY_PUBLISHED, child_text(paper, "created", &room));
    (void)story_date(s, STORY_UPDATED, child_text(paper, "updated", &room));
    add_ext(s, "categories", find(paper, "categories", NULL));
    add_ext(s, "doi", find(paper, "doi", NULL));
    t = child_text(paper, "id", &room);
    buf_add_str(&url, "https://arxiv.org/abs/");
    buf_add(&url, t.data, t.len);
    if (t.len > 0)
        (void)story_url(s, text_of_buf(&url), text_of(""));
    sheaf_buf_free(&room);
    sheaf_buf_free(&url);
}

/* False: there is no article in it, as was said. */
static bool
read_oai(struct story *s, const xmlNode *record, const char *place)
{
    const xmlNode *header = find(record, "header", NULL);
    const xmlNode *n = find(record, "metadata", NULL);
    struct sheaf_buf room = { 0 };

    if (header != NULL &&
        text_is(node_attr_named(header, "status"), "deleted")) {
        leave_out("deleted record", NULL, "%s", "");
        return false;
    }
    for (n = n != NULL ? n->children : NULL;
         n != NULL && n->type != XML_ELEMENT_NODE;)
        n = n->next;
    set(s, STORY_ID, find(header, "identifier", NULL));
    if (node_named(n, "dc")) {
        read_dc(s, n);
    } else if (node_named(n, "arXiv") || node_named(n, "arXivRaw")) {
        read_arxiv(s, n);
    } else if (node_named(n, "article")) {
        read_jats(s, n);
    } else if (n == NULL) {
        reject(EXIT_FAILED, place, text_from("", 0), "it has no metadata");
        return false;
    } else {
        reject(EXIT_FAILED, place, text_from("", 0),
               "its metadata is in '%s', which is not known (--map)",
               (const char *)n->name);
        return false;
    }
    (void)story_date(s, STORY_UPDATED,
                     child_text(header, "datestamp", &room));
    sheaf_buf_free(&room);
    return true;
}

/* ---- Together ---- */

static void
take_record(struct item *item, struct cut *c, struct story *s,
            uint64_t number)
{
    char *place = format_text("%s: record %llu", item->place,
                              (unsigned long long)number);
    char *fallback = format_text("%s:%llu", item->id != NULL ? item->id : "",
                                 (unsigned long long)number);
    bool good = true;

    story_start(s);
    s->body.len = 0;
    s->type = TYPE_TEXT;
    s->lost = true;
    if (node_named(c->record, "record"))
        good = read_oai(s, c->record, place);
    else if (node_named(c->record, "article"))
        read_jats(s, c->record);
    else
        read_pubmed(s, c->record);
    if (good && s->body.len == 0)
        warn(place, "it has no text");
    if (good)
        (void)story_emit(s, item, place, fallback, number, cut_original(c),
                         "application/xml");
    mem_free(place);
    mem_free(fallback);
}

void
import_papers(struct item *item)
{
    if (stories_each(item, records, "record", take_record) == 0)
        reject(EXIT_FAILED, item->place, text_from("", 0),
               "it has no records");
}

bool
is_papers(const struct look *l)
{
    struct sheaf_buf room = { 0 };
    struct text space, name;
    bool good = cut_root(l->start, &room, &space, &name) &&
                (text_is(name, "OAI-PMH") ||
                 text_is(name, "PubmedArticleSet") ||
                 text_is(name, "pmc-articleset") ||
                 (text_is(name, "article") &&
                  memmem(l->start.data, l->start.len, "<article-meta", 13) !=
                      NULL));

    sheaf_buf_free(&room);
    return good;
}
