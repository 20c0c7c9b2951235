/*
 * html_ld.h - the article in a page's JSON-LD (schema.org).
 */
#ifndef SHEAF_IMPORT_HTML_LD_H
#define SHEAF_IMPORT_HTML_LD_H

#include "import/import.h"

enum ld_field {
    LD_HEADLINE,
    LD_SUMMARY,
    LD_PUBLISHED,
    LD_CREATED,
    LD_UPDATED,
    LD_AUTHORS,  /* one on each line, like the next three */
    LD_PUBLISHER,
    LD_SECTIONS,
    LD_KEYWORDS,
    LD_LANG,
    LD_URL,
    LD_BODY,
    LD_COUNT
};

/* UTF-8 as written; it may have character references. An empty field is
 * missing. */
struct ld {
    struct sheaf_buf field[LD_COUNT];
    int rank; /* how sure it is that this is the page's article; 0: none */
};

/*
 * Adds the content of one script. Of several articles, the one with the URL
 * `url` counts, or the one with the title `title`, or else the first. Broken
 * JSON is repaired where that is safe; otherwise single members are searched.
 */
void ld_read(struct ld *ld, struct text script, struct text url,
             struct text title);
void ld_free(struct ld *ld);

#endif
