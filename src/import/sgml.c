/*
 * sgml.c - newswire as collections of it are given to researchers: elements
 * <DOC>, one behind the other, as in TREC, Gigaword and AQUAINT; <REUTERS>; and
 * what WikiExtractor writes.
 */
#include <stdio.h>
#include <strings.h>

#include "import/date.h"
#include "import/stories.h"
#include "import/xmlnode.h"

static const char *const records[] = { "DOC", "REUTERS", NULL };

/* What the elements of an article are; case does not count. */
static const struct {
    const char *name;
    enum means { M_ID, M_HEADLINE, M_DATE, M_BYLINE, M_SECTION, M_KEYWORDS,
                 M_LEAD, M_TEXT } means;
} known[] = {
    { "DOCNO", M_ID },        { "HEADLINE", M_HEADLINE },
    { "HEAD", M_HEADLINE },   { "HL", M_HEADLINE },
    { "TITLE", M_HEADLINE },  { "TI", M_HEADLINE },
    { "DATE", M_DATE },       { "DATE_TIME", M_DATE },
    { "DATETIME", M_DATE },   { "DD", M_DATE },
    { "DATE1", M_DATE },      { "BYLINE", M_BYLINE },
    { "AUTHOR", M_BYLINE },   { "SECTION", M_SECTION },
    { "TOPICS", M_KEYWORDS }, { "SUBJECT", M_KEYWORDS },
    { "LP", M_LEAD },         { "LEADPARA", M_LEAD },
    { "TEXT", M_TEXT },       { "BODY", M_TEXT },
};

static bool
is_called(const xmlNode *n, const char *name)
{
    return n->type == XML_ELEMENT_NODE &&
           strcasecmp((const char *)n->name, name) == 0;
}

/* Whether it is text that is not blank. */
static bool
is_words(const xmlNode *n)
{
    return n->type != XML_ELEMENT_NODE && n->content != NULL &&
           text_trim(text_of((const char *)n->content)).len > 0;
}

static struct text
text_in(const xmlNode *n, struct sheaf_buf *room)
{
    room->len = 0;
    return text_trim(node_text(n, room));
}

/* "January 1, 1989, Sunday, Home Edition" has a date in it. */
static void
set_date(struct story *s, const xmlNode *n)
{
    struct sheaf_buf room = { 0 };
    struct text t = text_in(n, &room), rest = t;
    char date[DATE_MAX];

    if (t.len > 0 && !story_date(s, STORY_PUBLISHED, t)) {
        if (date_find(&rest, text_of("en-us"), date))
            (void)story_date(s, STORY_PUBLISHED, text_of(date));
        else
            story_ext(s, text_of("date"), t);
    }
    sheaf_buf_free(&room);
}

/* The numbers of Gigaword and others have the day: AFP_ENG_19940512.0004, or
 * AP880212-0001, where 88 can be nothing but a year. */
static void
guess_date(struct story *s)
{
    struct text t = story_text(s, STORY_ID);
    size_t n = 0;

    for (size_t i = 0; i <= t.len && !story_has(s, STORY_PUBLISHED); i++) {
        bool digit = i < t.len && t.data[i] >= '0' && t.data[i] <= '9';
        bool brief = n == 6 && t.data[i - 6] > '3';
        char day[DATE_MAX];

        if (!digit && (n == 8 || brief)) {
            snprintf(day, sizeof day, "%s%.*s", brief ? "19" : "", (int)n,
                     t.data + i - n);
            s->guessed[STORY_PUBLISHED] =
                story_date(s, STORY_PUBLISHED, text_of(day));
        }
        n = digit ? n + 1 : 0;
    }
}

/* Words in elements, or else the text as one. */
static void
add_keywords(struct story *s, const xmlNode *list)
{
    struct sheaf_buf room = { 0 };
    bool any = false;

    for (const xmlNode *n = list->children; n != NULL; n = n->next)
        if (n->type == XML_ELEMENT_NODE) {
            story_keyword(s, text_in(n, &room));
            any = true;
        }
    if (!any)
        story_keyword(s, text_in(list, &room));
    sheaf_buf_free(&room);
}

/* The element <P> that the node is in, inside of `top`, or NULL. */
static const xmlNode *
paragraph_of(const xmlNode *n, const xmlNode *top)
{
    while (n != top && !is_called(n, "P"))
        n = n->parent;
    return n != top ? n : NULL;
}

/* Appends the text of a paragraph, or what is outside of one: its lines as
 * they are. Empties `text`. */
static void
end_paragraph(struct story *s, struct sheaf_buf *text, bool paragraph)
{
    struct text t = text_trim(text_of_buf(text));

    if (paragraph) {
        stories_paragraph(s, t);
    } else if (t.len > 0) {
        buf_add_str(&s->body, s->body.len > 0 ? "\n\n" : "");
        buf_add(&s->body, t.data, t.len);
    }
    text->len = 0;
}

/* The next node in the order of the document. */
static const xmlNode *
node_after(const xmlNode *n, const xmlNode *top)
{
    return n->type == XML_ELEMENT_NODE && n->children != NULL
               ? n->children
               : node_behind(n, top);
}

/* All text inside, in its order. */
static void
add_text(struct story *s, const xmlNode *top)
{
    const xmlNode *paragraph = NULL;
    struct sheaf_buf text = { 0 };

    for (const xmlNode *n = top; n != NULL; n = node_after(n, top)) {
        const xmlNode *now;

        if (n->type == XML_ELEMENT_NODE)
            continue;
        now = paragraph_of(n->parent, top);
        if (now != paragraph)
            end_paragraph(s, &text, paragraph != NULL);
        paragraph = now;
        (void)node_text(n, &text);
    }
    end_paragraph(s, &text, paragraph != NULL);
    sheaf_buf_free(&text);
}

/* Its number in `known`, or COUNT_OF(known). */
static size_t
meaning_of(const xmlNode *n)
{
    size_t i = 0;

    while (i < COUNT_OF(known) && !is_called(n, known[i].name))
        i++;
    return i;
}

static void
read_element(struct story *s, const xmlNode *n)
{
    struct sheaf_buf room = { 0 };
    struct text t = text_in(n, &room);
    size_t i = meaning_of(n);

    if (i == COUNT_OF(known)) {
        if (t.len > 0)
            story_ext(s, text_of((const char *)n->name), t);
    } else {
        switch (known[i].means) {
        case M_ID: story_set(s, STORY_ID, t); break;
        case M_HEADLINE: story_set(s, STORY_HEADLINE, t); break;
        case M_DATE: set_date(s, n); break;
        case M_BYLINE: story_set(s, STORY_BYLINE, t); break;
        case M_SECTION: story_set(s, STORY_SECTION, t); break;
        case M_KEYWORDS: add_keywords(s, n); break;
        case M_LEAD:
        case M_TEXT: add_text(s, n); break;
        }
    }
    sheaf_buf_free(&room);
}

/* Whether elements of an article are in it: Reuters has the title in the text,
 * AQUAINT headline and text in the body, FBIS the headline in the header. */
static bool
has_parts(const xmlNode *top)
{
    bool text = is_called(top, "TEXT") || is_called(top, "BODY");
    const xmlNode *n = top->children;
    size_t i = COUNT_OF(known);

    if (!text && meaning_of(top) < COUNT_OF(known))
        return false;
    while (n != NULL && i == COUNT_OF(known)) {
        i = meaning_of(n);
        if (text && i < COUNT_OF(known) && known[i].means != M_HEADLINE &&
            known[i].means != M_TEXT)
            i = COUNT_OF(known);
        n = text ? n->next : node_after(n, top);
    }
    return i < COUNT_OF(known);
}

/* The numbers of WikiExtractor are those of one wiki, and its URLs are not. */
static void
read_attributes(struct story *s, const xmlNode *doc)
{
    struct sheaf_buf room = { 0 };
    struct text url = node_attr(doc, "url", &room);

    (void)story_url(s, url, text_of(""));
    for (const xmlAttr *a = doc->properties; a != NULL; a = a->next) {
        const char *name = (const char *)a->name;
        struct text t;

        room.len = 0;
        t = node_attr(doc, name, &room);
        if ((strcasecmp(name, "id") == 0 && !story_has(s, STORY_URL)) ||
            strcasecmp(name, "NEWID") == 0)
            story_set(s, STORY_ID, t);
        else if (strcasecmp(name, "title") == 0)
            story_set(s, STORY_HEADLINE, t);
        else if ((strcasecmp(name, "date") != 0 ||
                  !story_date(s, STORY_PUBLISHED, t)) &&
                 (strcasecmp(name, "url") != 0 || !story_has(s, STORY_URL)))
            story_ext(s, text_of(name), t);
    }
    sheaf_buf_free(&room);
}

/* Whether all in it is the text of the article, and elements are markup in it:
 * as WikiExtractor writes it. */
static bool
is_all_text(const xmlNode *doc)
{
    bool words = false, parts = false, paragraphs = false;

    for (const xmlNode *n = doc->children; n != NULL; n = n->next) {
        words = words || is_words(n);
        parts = parts || meaning_of(n) < COUNT_OF(known);
        paragraphs = paragraphs || is_called(n, "P");
    }
    if (xmlHasProp((xmlNode *)(uintptr_t)doc, (const xmlChar *)"title"))
        return words || !parts;
    return (words || paragraphs) && !parts;
}

/* Elements one by one; what is between them is the text, if there is no other,
 * or else unknown. */
static void
read_parts(struct story *s, const xmlNode *doc)
{
    const xmlNode *n = doc->children;
    struct sheaf_buf loose = { 0 };

    while (n != NULL) {
        bool parts = n->type == XML_ELEMENT_NODE && has_parts(n);

        if (n->type != XML_ELEMENT_NODE)
            (void)node_text(n, &loose);
        else if (!parts)
            read_element(s, n);
        n = parts ? n->children : node_behind(n, doc);
    }
    if (s->body.len == 0)
        end_paragraph(s, &loose, false);
    else if (text_trim(text_of_buf(&loose)).len > 0)
        story_ext(s, text_of("#text"), text_trim(text_of_buf(&loose)));
    sheaf_buf_free(&loose);
}

static void
read_doc(struct story *s, const xmlNode *doc)
{
    read_attributes(s, doc);
    if (is_all_text(doc))
        add_text(s, doc);
    else
        read_parts(s, doc);
    guess_date(s);
}

static void
take_doc(struct item *item, struct cut *c, struct story *s, uint64_t number)
{
    char *place = format_text("%s: document %llu", item->place,
                              (unsigned long long)number);
    char *fallback = format_text("%s:%llu", item->id != NULL ? item->id : "",
                                 (unsigned long long)number);

    story_start(s);
    s->body.len = 0;
    s->type = TYPE_TEXT;
    s->lost = asked.keep_raw;
    read_doc(s, c->record);
    if (s->body.len == 0)
        warn(place, "it has no text");
    (void)story_emit(s, item, place, fallback, number, cut_original(c),
                     "application/sgml");
    mem_free(place);
    mem_free(fallback);
}

void
import_sgml(struct item *item)
{
    if (stories_each(item, records, "document", take_doc) == 0)
        reject(EXIT_FAILED, item->place, text_from("", 0),
               "it has no documents");
}

static bool
begins(struct text t, const char *start)
{
    size_t n = strlen(start);

    return t.len > n && memcmp(t.data, start, n) == 0;
}

/* Unlike elements of web pages, they are in capital letters, or have an ID. */
bool
is_sgml(const struct look *l)
{
    static const char *const starts[] = { "<DOC>", "<DOC ", "<REUTERS ",
                                          "<doc id=\"",
                                          "<!DOCTYPE lewis" };
    struct text t = text_trim(l->start);

    for (size_t i = 0; i < COUNT_OF(starts); i++)
        if (begins(t, starts[i]))
            return true;
    return false;
}
