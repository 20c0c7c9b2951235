/*
 * oracle.h - tests whether an attacker who changes an archive can make a
 * reader with the key give a false answer.
 *
 * The archive is known completely. It is signed, with several runs, revisions,
 * a redaction, a key change, and unsigned leaves at its end. Everything that
 * is not signed is changed, moved, dropped or doubled, and its sums are
 * corrected. With a key, each answer must be true, or an error.
 */
#ifndef ORACLE_H
#define ORACLE_H

#include <stddef.h>
#include <stdint.h>

struct oracle;

/* Makes the archive, always the same except for its keys. `folder` is for
 * files. */
struct oracle *oracle_new(const char *folder);
void oracle_free(struct oracle *o);

/* Changes the archive by `steps` (any bytes; each step takes a few), asks
 * all questions with the old key and with the new one, and returns the
 * number of false answers. `given` is the number of articles returned.
 * `append`: also appends to it, signs, and asks again. */
unsigned oracle_try(struct oracle *o, const uint8_t *steps, size_t len,
                    int append, unsigned *given);

#endif
