/*
 * packing.h - what pack and append share: options, the way of articles from
 * the importer to the writer, and the summary.
 */
#ifndef SHEAF_CLI_PACKING_H
#define SHEAF_CLI_PACKING_H

#include "cli/archive.h"
#include "cli/args.h"
#include "cli/intake.h"
#include "cli/log.h"
#include "cli/stream.h"

struct packing {
    const struct args *args;
    const char *target; /* the archive, for messages */
    struct sheaf_write_options options;
    bool sign;
    struct sheaf_secret_key secret;
    struct sheaf_public_key pub; /* of the secret one */
    struct sheaf_writer *writer; /* NULL: nothing is to be written */
    struct stream stream;
    struct intake intake;
    struct progress progress;
    const uint64_t *written; /* bytes of the archive up to now, or NULL */

    uint64_t seen;
    uint64_t stored;
    uint64_t raw; /* bytes */
};

/* Reads options and the secret key. packing_end takes back what failed. */
int packing_start(struct packing *p, const struct args *args,
                  const char *target);
/* Runs the importer over `inputs` and adds all that comes from it. */
int packing_add_all(struct packing *p, char *const *inputs, size_t count);
/* Without an archive: says what would have been packed. */
int packing_report_dry(const struct packing *p);
/* How the command ends when all has gone well: EXIT_FAILED if something could
 * not be packed. */
int packing_code(const struct packing *p);
/* Commits and, with `log` not NULL, remembers what was signed. */
int packing_commit(struct packing *p, struct log *log,
                   struct sheaf_written *out);
/* The sink of an archive that is made from `a`, which may be the file that it
 * replaces: then nothing was appended to it since it was opened. */
int packing_sink(const struct packing *p, const struct archive *a,
                 struct sheaf_sink *out);
/* The line at the end, or the JSON; `verb` as in "packed". */
int packing_report(const struct packing *p, const char *verb,
                   const struct sheaf_written *w);
void packing_end(struct packing *p);

#endif
