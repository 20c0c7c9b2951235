/*
 * oracle.h - an archive of which everything is known, and whether an enemy
 * who changes it can make a reader with the key say anything else.
 *
 * The archive is signed: several runs, revisions, a redaction, a key change;
 * and a tail that nobody has signed. All that is not signed is changed, moved,
 * dropped or doubled, and its sums made good again: what is answered with a
 * key must be the truth, or an error.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include <stddef.h>
#include <stdint.h>

struct oracle;

/* Makes the archive; always the same one but for its keys. `folder` is for
 * files. */
struct oracle *oracle_new(const char *folder);
void oracle_free(struct oracle *o);

/* Changes the archive as `steps` say (any bytes; each step takes a few), asks
 * all there is to ask with the old key and with the new one, and returns how
 * many answers were lies; `given` is how many articles came out. `append`:
 * also add to it, signed, and look at that. */
unsigned oracle_try(struct oracle *o, const uint8_t *steps, size_t len,
                    int append, unsigned *given);

#endif
