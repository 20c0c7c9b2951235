/*
 * feed.h - the items of feeds: RSS, RDF, Atom, exports of WordPress.
 */
#ifndef SHEAF_IMPORT_FEED_H
#define SHEAF_IMPORT_FEED_H

#include "import/html.h"
#include "import/package.h"
#include "import/story.h"
#include "import/xmlcut.h"
#include "import/xmlnode.h"

/* What a text is that came with a type, or without one. */
enum feed_form { FORM_TEXT, FORM_HTML, FORM_OTHER };

struct feed_text {
    struct sheaf_buf text; /* its bytes, decoded */
    enum feed_form form;
    struct sheaf_buf type; /* of FORM_OTHER */
};

/* Each item of a feed may be by all authors of the feed; bytes of them. */
#define FEED_AUTHORS_MAX 50
#define FEED_AUTHORS_SIZE ((size_t)4096)

/* What is of the whole feed is found once: there may be as much of it as there
 * are items. */
struct feed {
    const struct item *item;
    struct cut cut;
    struct story story;
    xmlDoc *head;
    xmlNode *root, *channel; /* of the head; NULL: none */
    bool atom;
    struct sheaf_buf link; /* of the feed */
    char lang[HTML_LANG_MAX]; /* likewise, or "" */
    const xmlNode *authors[FEED_AUTHORS_MAX];
    size_t author_count, author_bytes;
    struct index logins; /* of WordPress: where names are in `names`, from 1 */
    struct sheaf_buf names;
    const char *place;     /* of the item */
    unsigned category_count;
    xmlNode *post_date; /* of WordPress, in local time; or NULL */
};

/* ---- feed_text.c ---- */

/* Reads an element by its type and mode, as Atom has them, or by its looks.
 * `typed`: without a type it is text. */
void feed_read_text(struct feed_text *t, xmlNode *n, bool typed);
void feed_free_text(struct feed_text *t);
/* Keeps an element in ext. */
void feed_ext(struct feed *f, const xmlNode *n);

/* ---- feed_list.c: elements of which there may be many ---- */

void feed_author(struct feed *f, const xmlNode *n, const char *role);
void feed_category(struct feed *f, const xmlNode *n);
/* Words between commas. */
void feed_keywords(struct feed *f, const xmlNode *n);
void feed_media(struct feed *f, const xmlNode *n);
/* A link with or without a relation. False: it belongs in ext. */
bool feed_link(struct feed *f, const xmlNode *n);

/* ---- feed_wp.c: WordPress ---- */

/* Whether the item is a post or a page; others are left out here. */
bool wp_is_article(struct feed *f, const xmlNode *record);
/* An element of WordPress's namespace. */
void wp_element(struct feed *f, xmlNode *n);
/* Finds the authors in the head of an export. */
void wp_read_head(struct feed *f);
/* The name for a login, or the login. */
struct text wp_author(const struct feed *f, struct text login);

/* ---- feed_blogger.c: Blogger, and drafts of Atom ---- */

/* Whether the entry is a post or a page; others are left out here. */
bool blogger_is_article(struct feed *f, const xmlNode *record);
/* Whether this category says what an entry is. */
bool blogger_is_kind(const xmlNode *n);

#endif
