/*
 * signing.h - what must hold of an archive before it is signed anew.
 */
#ifndef SHEAF_CLI_SIGNING_H
#define SHEAF_CLI_SIGNING_H

#include "cli/archive.h"
#include "cli/log.h"
#include "cli/packing.h"

/* An archive when it was looked at, before it is locked. */
struct looked_at {
    uint64_t size;
    uint64_t signed_size;
    bool has_note;
    uint8_t root[SHEAF_HASH_BYTES];
    char origin[256];
};

void signing_look(const struct archive *a, struct looked_at *out);
/* Locks the archive and makes p->writer, with the key if `p` signs. What is
 * there now must be what was looked at: the same leaves and the same note. */
int signing_open(struct packing *p, const struct looked_at *was);

/*
 * Refuses to sign with the key of `p` what is not fit for it: leaves that
 * nobody has signed, without --sign-unsigned; damage; a tree that is not the
 * one of its checkpoint; an archive that does not extend what this key has
 * signed under its name. `first_too`: an archive that nobody has signed, and
 * of which this key has signed nothing, is fit. Opens `log`, which the caller
 * closes.
 */
int signing_check(const struct packing *p, const struct archive *a,
                  bool first_too, struct log *log);

/* Refuses to sign, in another archive, leaves of `a` that nobody has signed
 * (F13.5), unless none is signed: of such an archive this key must not have
 * signed anything. What is signed must be so by the key of `p`, unless `a` was
 * opened with its own, which must have signed all of it. A key that was
 * replaced in `a` signs nothing. Without -s, or with --sign-unsigned, the rest
 * is fit. `log` is that of the new archive, if it is open already. */
int signing_check_input(const struct packing *p, struct archive *a,
                        const struct log *log);

/* The same of an archive without a checkpoint that is not rewritten: its seals
 * must say, too, that it never had one. */
int signing_check_seals(const struct packing *p, const struct archive *a);

/* Verifies all of the archive, up to its end record. */
int signing_verify(const struct packing *p, const struct archive *a);

#endif
