/*
 * archive.h - for formats that are zip archives of certain files.
 */
#ifndef SHEAF_IMPORT_ARCHIVE_H
#define SHEAF_IMPORT_ARCHIVE_H

#include "import/import.h"

/* The name of the first member of a zip archive, by its first bytes; empty if
 * it is not one. */
struct text zip_first_name(const struct look *l);

/* Calls `each` for each file in a zip archive, and goes to its start again. The
 * item must be a file: input_to_file. Says nothing about what can't be read,
 * which import_members_only will find again. Returns how many bytes are before
 * its first member. */
uint64_t zip_scan(struct item *item,
                  void (*each)(void *ctx, const char *path, struct input *in),
                  void *ctx);

/* Imports each member, also if they make a document or a crawl. */
void import_members_only(struct item *item);

/* What the table of contents at the end of a zip archive says. */
struct zip_end {
    bool found;      /* it has an end */
    uint64_t behind; /* bytes, but for zeros at their end */
    unsigned has;    /* members, by which documents are known */
};

enum {
    ZIP_CONTAINER = 1,
    ZIP_TYPES = 2,
    ZIP_RELATIONS = 4,
    ZIP_MANIFEST = 8,
    ZIP_CONTENT = 16,
    ZIP_JAVA = 32,
    ZIP_PACKAGE = 64,
    ZIP_CRAWLS = 128
};

/* The input must be a file. Its place in the file stays. */
void zip_read_end(const struct input *in, struct zip_end *out);
/* Warns of a missing end, and of bytes around the archive. */
void zip_warn_of_rest(const struct item *item, const struct zip_end *z,
                      uint64_t before);

#endif
