/*
 * media.h - --media: pictures and other files that an article names become
 * parts of it.
 */
#ifndef SHEAF_IMPORT_MEDIA_H
#define SHEAF_IMPORT_MEDIA_H

#include "import/import.h"

struct crawl_media;

/* A larger file is left out, and what is more than this of an article. */
#define MEDIA_FILE_MAX (64 * MIB)
#define MEDIA_MAX (256 * MIB)

/* Where the files of an article may be: in and below `root`, a folder, with
 * names that begin in the folder that the article's own file is in; or in the
 * crawl that the article is in, with addresses that may be relative to its
 * own. */
struct media_place {
    int root;
    const char *below; /* the path of the article's file below `root` */
    const struct crawl_media *crawl; /* NULL: in a folder */
    struct text url;                 /* of the article */
    struct text date;                /* when it was captured, or empty */
};

/* Articles are from there now; NULL: from where no files are. Returns the one
 * before. */
const struct media_place *media_use(const struct media_place *place);

/* The parts of an article and its media. */
struct media {
    struct part parts[PARTS_MAX];
    size_t count;
    void *data[PARTS_MAX]; /* to be freed, and so are the types */
    char *types[PARTS_MAX];
};

/* Copies the parts, the first of which is the body, and adds the files that
 * the article names. They are noted in m->media. Call media_free. */
void media_add(struct media *media, struct meta *m, const struct part *parts,
               size_t count);
void media_free(struct media *media);

#endif
