/*
 * zimread.h - the entries of a ZIM file, by libzim. In C++, behind functions
 * in C: no exception leaves them.
 */
#ifndef SHEAF_IMPORT_ZIMREAD_H
#define SHEAF_IMPORT_ZIMREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ZIM_WHY 200

struct zim_archive;

/* Texts are valid until the next call. */
struct zim_entry {
    const char *path, *title, *type;
    uint64_t size;
    bool redirect; /* it has no type and no size */
};

enum zim_got { ZIM_ENTRY, ZIM_BAD, ZIM_END };

/* NULL: `why` says why not. `fd` must stay open. */
struct zim_archive *zim_open(int fd, char why[ZIM_WHY]);
/* A text of the archive's own metadata, such as "Date"; "" if there is none. */
void zim_about(struct zim_archive *z, const char *name, char *out, size_t cap);
/* The next entry, in the order in which they are stored. */
enum zim_got zim_next(struct zim_archive *z, struct zim_entry *e,
                      char why[ZIM_WHY]);
/* The content of this entry, valid until the next call. */
bool zim_read(struct zim_archive *z, const char **data, size_t *len,
              char why[ZIM_WHY]);
void zim_close(struct zim_archive *z);

#ifdef __cplusplus
}
#endif

#endif
