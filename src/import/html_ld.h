/*
 * html_ld.h - what a page says of its article in JSON-LD (schema.org).
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
    LD_AUTHORS,  /* a line each, as are the next three */
    LD_PUBLISHER,
    LD_SECTIONS,
    LD_KEYWORDS,
    LD_LANG,
    LD_URL,
    LD_BODY,
    LD_COUNT
};

/* UTF-8 as it stands there; character references may be left in it. An empty
 * field: not said. */
struct ld {
    struct sheaf_buf field[LD_COUNT];
    int rank; /* how sure it is that this is the page's article; 0: none */
};

/*
 * Adds what one script says. Of several articles the one whose address is
 * `url` counts, or the one called `title`, or else the first. JSON that is
 * broken is mended where that is safe; where not, single members are looked
 * for.
 */
void ld_read(struct ld *ld, struct text script, struct text url,
             struct text title);
void ld_free(struct ld *ld);

#endif
