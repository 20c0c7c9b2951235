/*
 * media.h - the parts of an article beside its body: pictures and other files.
 */
#ifndef SHEAF_CLI_MEDIA_H
#define SHEAF_CLI_MEDIA_H

#include "cli/archive.h"
#include "cli/target.h"

/*
 * The path of the file for part `part`, with a NUL, when the article itself is
 * at `own`: that of its URL or its name in metadata, if it has one that does
 * not lead out of the target; otherwise `own`, ".part" and the number. False
 * when out of memory.
 */
bool media_path(const struct sheaf_article *article, size_t part,
                const char *own, struct sheaf_buf *path);
/* The same without its name. */
bool media_other_path(size_t part, const char *own, struct sheaf_buf *path);

/* Whether the file at `path` has the bytes of this part: several articles may
 * name the same picture. */
bool media_is_there(const struct archive *a,
                    const struct sheaf_article *article, size_t part,
                    struct target *t, const char *path);

#endif
