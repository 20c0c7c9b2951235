/*
 * media_names.h - the names of pictures and other files in an article.
 */
#ifndef SHEAF_IMPORT_MEDIA_NAMES_H
#define SHEAF_IMPORT_MEDIA_NAMES_H

#include "import/html.h"

/* Names in an article that are looked at. */
#define MEDIA_NAMES_MAX ((size_t)10000)

/* What is shown (a picture) is taken whatever it is; what a link leads to is
 * taken if it is a file of the kinds that are no articles. Of the names in a
 * set, which are forms of one picture, the first that is there counts; it is
 * enough if that of the last one is known to be missing. */
struct name {
    struct text url;
    struct sheaf_buf room; /* of `url`, if it is not as in the article */
    bool shown;
    bool spare;   /* it may be missing */
    uint32_t set; /* 0: none */
};

struct names {
    struct name list[MEDIA_NAMES_MAX];
    size_t count;
    bool absolute; /* addresses that begin with a scheme or a slash count */
    struct sheaf_buf base; /* what <base> says, or empty */
    struct sheaf_buf room; /* of those in metadata */
    struct html html;      /* if it is a page */
    bool page;
};

/* Finds the names in the body and in m->media. `names` is { 0 } before. Call
 * names_free. */
void names_find(struct names *names, struct text body, struct text type,
                const struct meta *m, bool absolute);
void names_free(struct names *names);

#endif
