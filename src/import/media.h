/*
 * media.h - --media: pictures and other files that an article names become
 * parts of it.
 */
#ifndef SHEAF_IMPORT_MEDIA_H
#define SHEAF_IMPORT_MEDIA_H

#include "import/import.h"

/* A larger file is left out, and what is more than this of an article. */
#define MEDIA_FILE_MAX (64 * MIB)
#define MEDIA_MAX (256 * MIB)
/* Names in an article that are looked at. */
#define MEDIA_NAMES_MAX ((size_t)10000)

/* Where the files of an article may be: in and below `root`, a folder. Its
 * names begin in the folder that the article's own file is in. */
struct media_folder {
    int root;
    const char *below; /* the path of the article's file below `root` */
};

/* Articles are from there now; NULL: from no folder. Returns the one before. */
const struct media_folder *media_use(const struct media_folder *folder);

/* The parts of an article and its media. */
struct media {
    struct part parts[PARTS_MAX];
    size_t count;
    void *data[PARTS_MAX]; /* to be freed */
};

/* Copies the parts, the first of which is the body, and adds the files that
 * the article names. They are noted in m->media. Call media_free. */
void media_add(struct media *media, struct meta *m, const struct part *parts,
               size_t count);
void media_free(struct media *media);

#endif
