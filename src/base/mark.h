/*
 * mark.h - a file beside an archive that says that an append is under way.
 *
 * It is there before the archive is changed, and goes before the end of the
 * new generation is written. So it tells what an interrupted append has left
 * from what was complete and damaged later. It holds the offset at which the
 * append began.
 */
#ifndef SHEAF_BASE_MARK_H
#define SHEAF_BASE_MARK_H

#include "base/base.h"
#include "sheaf.h"

/* The mark's name: that of the archive (if this is a link, of its target),
 * with ".appending". It ends with a NUL. */
SHEAF_MUST int mark_name(const char *path, struct sheaf_buf *name,
                         struct sheaf_error *err);
/* Whether something else has that name. */
bool mark_in_the_way(const char *name);
/* Removes the mark of an archive that was replaced, if there is one; without a
 * sync. */
void mark_drop(int folder, const char *name);
/* Makes the mark, durably; 0 or an errno. In a folder where no file can be
 * made, there is none. */
int mark_make(const char *name, uint64_t at);
/* Whether the mark is there, for an append that began `at`. */
bool mark_is(const char *name, uint64_t at);
/* Removes it, durably; 0 or an errno. */
int mark_remove(const char *name);

#endif
