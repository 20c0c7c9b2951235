/*
 * html_items.h - of which item a property of microdata or RDFa is.
 */
#ifndef SHEAF_IMPORT_HTML_ITEMS_H
#define SHEAF_IMPORT_HTML_ITEMS_H

#include "import/page.h"

enum whose {
    OF_THING,   /* of a person, a picture and the like */
    OF_STORY,   /* of a comment, a review, another article */
    OF_PAGE,    /* of no item, or of one that may be the article */
    OF_ARTICLE, /* of the item with the headline */
};

struct items {
    const struct page *page;
    uint32_t *inside; /* for each node: that of the item in which it is */
    uint8_t *whose;   /* for each node that is an item */
};

/* `heading` is the page's, or NULL; `title` the content of <title>. */
void items_open(struct items *items, const struct page *page,
                const struct node *heading, struct text title);
void items_close(struct items *items);
/* Whose the properties of an element are. */
enum whose items_whose(const struct items *items, const struct node *n);
/* Whether an element is another story, or a comment. */
bool items_is_story(const struct items *items, const struct node *n);

/* The properties of an element, or an empty text. */
struct text items_props(const struct page *page, const struct node *n);
/* Whether one of these is called so, behind its vocabulary: "dc:date" and
 * "http://schema.org/date" are "date". */
bool items_named(struct text props, const char *name);

#endif
