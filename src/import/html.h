/*
 * html.h - a web page: its metadata and its readable text.
 */
#ifndef SHEAF_IMPORT_HTML_H
#define SHEAF_IMPORT_HTML_H

#include "import/front.h"
#include "import/html_ld.h"
#include "import/page.h"

/* ---- html.c ---- */

struct html {
    struct page page;
    struct front front;    /* before the page, as static sites have it */
    struct sheaf_buf room; /* the page in UTF-8, if it was converted */
    struct ld ld;
    struct text saved; /* the address that it was saved from, or empty */
};

/* `charset` is that of the HTTP header, or empty. */
void html_open(struct html *h, struct text body, struct text charset);
void html_close(struct html *h);

/* A page in UTF-8: `body` itself, or a copy in `room`. */
struct text html_decode(struct text body, struct text charset,
                        struct sheaf_buf *room);
/* The media type of a page that is in UTF-8, which says so if the page names
 * another charset. */
const char *html_type(struct text body);

/* Appends the readable text of a page. */
void html_text(struct text body, struct text charset, struct sheaf_buf *out);

/* ---- html_read.c ---- */

/* read_html, for a page that came with a charset. */
void html_read(struct text body, struct text charset, struct meta *m);
/* Whether a page in UTF-8 has any that readers see. */
bool html_has_text(struct text body);

/* ---- html_meta.c ---- */

/* Bytes in m->notes that html_meta may take. */
#define HTML_NOTES (8 * SUMMARY_MAX)

#define HTML_LANG_MAX 36

/* A BCP 47 tag, judged by its form; "en_US" counts as one. */
bool html_lang(struct text t, char out[HTML_LANG_MAX]);

/* Fills in the metadata of the page's article; m->notes has HTML_NOTES bytes
 * of room. */
void html_meta(const struct html *h, struct meta *m);

#endif
