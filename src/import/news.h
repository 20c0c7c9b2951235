/*
 * news.h - items of news agencies in XML: NewsML and NITF.
 */
#ifndef SHEAF_IMPORT_NEWS_H
#define SHEAF_IMPORT_NEWS_H

#include "import/story.h"
#include "import/xmlnode.h"

/* Fills in what is still empty from a document in NITF. True: it has a text,
 * which is now the body. */
bool nitf_read(struct story *s, xmlNode *nitf, const char *place);

/* ---- newsml1.c ---- */

/* Whether an item is in NewsML 1, not in NewsML-G2. */
bool newsml1_is(const xmlNode *item);
/* Fills in its fields. True: it has a text, which is now the body. */
bool newsml1_read(struct story *s, const xmlNode *item, const char *place);

/* ---- nitf.c ---- */

/* Makes the body of the XML inside `n`: NITF, XHTML, or of the media type
 * `type`. False: it has no text. */
bool news_inline(struct story *s, xmlNode *n, struct text type,
                 const char *place);
/* The first element of this name anywhere inside `n`, or NULL. */
xmlNode *news_find(const xmlNode *n, const char *name);
/* Sets a field to the text of an element, or to an attribute of it. */
void news_set(struct story *s, enum story_field f, const xmlNode *n,
              const char *attribute);
/* The same with a date; one that is none is kept in ext. */
void news_date(struct story *s, enum story_field f, const xmlNode *n,
               const char *attribute, const char *place);
/* Keeps an element in ext. */
void news_ext(struct story *s, const xmlNode *n);

#endif
