/*
 * stamp.h - time stamps of authorities (RFC 3161) over checkpoints.
 *
 * A stamp is over the bytes of a checkpoint's note, as `sheaf checkpoint`
 * prints it. Cosignatures may have been added since: it is also good for a note
 * that begins with what was stamped, up to the end of a signature line.
 */
#ifndef SHEAF_CLI_STAMP_H
#define SHEAF_CLI_STAMP_H

#include "cli/args.h"
#include "cli/out.h"

#define STAMP_MAX ((size_t)256 << 10)

/* Initialise with { 0 }. */
struct stamp {
    bool checked; /* there is one, and it is good */
    bool second;  /* it is over the second note */
    uint64_t size; /* leaves of the checkpoint that it is over */
    uint64_t time_s;
    struct sheaf_buf authority;
    struct sheaf_buf reply; /* if it was asked for */
};

/* Checks that of --timestamp, if it was given, over `note`, or `second`, which
 * may be empty. */
int stamp_check(const struct args *args, struct sheaf_bytes note,
                struct sheaf_bytes second, struct stamp *out);
/* Asks the authority of --tsa for one over `note`, and checks it. */
int stamp_ask(const struct args *args, struct sheaf_bytes note,
              struct stamp *out);
/* "2026-11-26T22:00:00Z by CN=..." */
void stamp_print(struct out *o, const struct stamp *s);
/* ,"stamped":SECONDS,"stamped_size":LEAVES,"stamped_by":"..." */
void stamp_json(struct out *o, const struct stamp *s);
void stamp_free(struct stamp *s);

#endif
