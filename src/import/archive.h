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
 * which import_archive will find again. */
void zip_scan(struct item *item,
              void (*each)(void *ctx, const char *path, struct input *in),
              void *ctx);

#endif
