/*
 * rebuilt.h - fetches an archive that was made anew, such as by repack, merge
 * or redact, without the frames that an earlier copy has.
 */
#ifndef SHEAF_CLI_REBUILT_H
#define SHEAF_CLI_REBUILT_H

#include "base/spool.h"
#include "cli/archive.h"
#include "cli/progress.h"

/* Writes the archive `far` to the spool, byte for byte. A frame that is likely
 * to be in `near`, because the ID, revision and length of its article are the
 * same, is taken from there; the sums of groups say where that was wrong.
 * Nothing is accepted by this: verify what comes out. *fetched are the bytes
 * that were not in `near`. */
int rebuilt_fetch(const struct archive *far, const struct archive *near,
                  struct spool *out, struct progress *progress,
                  uint64_t *fetched);

/* What became of the articles of the copy. */
struct rebuilt_changes {
    uint64_t dropped, changed, redacted;
    uint64_t damaged; /* in the copy, and not shown to be in the archive */
};
/* Compares each article of `near` with `reader`, and names what was dropped,
 * redacted or says something else now, or cannot be compared. */
int rebuilt_compare(const struct archive *near,
                    const struct sheaf_reader *reader,
                    struct rebuilt_changes *out);

#endif
