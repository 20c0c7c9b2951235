/*
 * html_facts.h - what a page states about its article, place by place, and
 * which of it is used.
 */
#ifndef SHEAF_IMPORT_HTML_FACTS_H
#define SHEAF_IMPORT_HTML_FACTS_H

#include "import/html.h"
#include "import/html_seen.h"

enum place {
    TITLE, OG_TITLE, META_TITLE,
    DESCRIPTION, OG_DESCRIPTION,
    PUBLISHED, CREATED, DATED, UPDATED,
    ITEM_PUBLISHED, ITEM_CREATED, ITEM_DATED, ITEM_UPDATED,
    STRAY_PUBLISHED, STRAY_CREATED, /* perhaps of something else */
    AUTHOR, ITEM_AUTHOR, STRAY_AUTHOR, CARD_LABEL, CARD_AUTHOR,
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
static inline struct text
fact(const struct facts *f, enum place place)
{
    return text_of_buf(&f->at[place]);
}

/* The value in JSON-LD. */
static inline struct text
fact_ld(const struct facts *f, enum ld_field field)
{
    return text_of_buf(&f->html->ld.field[field]);
}

static inline struct text
fact_first(struct text a, struct text b)
{
    return a.len > 0 ? a : b;
}

/* ---- html_facts.c ---- */

/* Fills in TITLE. */
void facts_title(struct facts *f);
/* Fills in all other places. */
void facts_read(struct facts *f, const struct seen *seen);
/* In a form for metadata: UTF-8, trimmed, and at most `max` bytes. */
struct text facts_sane(struct text t, size_t max);
/* Appends each run of white space as one space. */
void facts_squeeze(struct sheaf_buf *b, struct text t, size_t max);

/* ---- html_title.c ---- */

struct text title_choose(const struct facts *f, const struct seen *seen);
/* Whether it is the name of the site. */
bool title_is_site(const struct facts *f, struct text t);
/* Without that name at its ends. */
struct text title_cut_site(const struct facts *f, struct text t);
/* The length of the mark at byte `i` that divides a title, or 0. */
size_t title_divider(struct text t, size_t i);
/* Whether they are equal apart from case, white space and marks. */
bool title_same(struct text a, struct text b);
bool title_begins(struct text whole, struct text part);

/* ---- html_author.c ---- */

/* Appends the authors to an empty byline. */
void authors_choose(const struct facts *f, const struct seen *seen,
                    struct sheaf_buf *byline);
/* Whether the label of a value says that it is an author. */
bool authors_label(struct text label);

#endif
