/*
 * packing.h - what pack and append share: options, passing articles from the
 * importer to the writer, and the summary.
 */
#ifndef SHEAF_CLI_PACKING_H
#define SHEAF_CLI_PACKING_H

#include "cli/archive.h"
#include "cli/args.h"
#include "cli/intake.h"
#include "cli/log.h"
#include "cli/progress.h"
#include "cli/stream.h"

struct packing {
    const struct args *args;
    const char *target; /* the archive, for messages */
    struct sheaf_write_options options;
    bool sign;
    struct sheaf_secret_key secret;
    struct sheaf_public_key pub; /* of `secret` */
    struct sheaf_writer *writer; /* NULL: write nothing */
    struct sheaf_buf dict;       /* the file of --dict-file */
    struct sheaf_buf unlike;     /* place of the first SHEAF_REVISED_UNLIKE */
    struct stream stream;
    struct intake intake;
    struct progress progress;
    const uint64_t *written; /* bytes of the archive so far, or NULL */

    bool all_read; /* from the importer */
    bool full;     /* the writer takes no more: it is a sample */
    uint64_t seen;
    uint64_t stored;
    uint64_t raw; /* bytes */
};

/* Reads options and the secret key. Call packing_end also after a failure. */
int packing_start(struct packing *p, const struct args *args,
                  const char *target);
/* Runs the importer over `inputs` and adds all articles. */
int packing_add_all(struct packing *p, char *const *inputs, size_t count);
/* For --dry-run: says what would be packed. */
int packing_report_dry(const struct packing *p);
/* The exit code after success: EXIT_FAILED if something could not be
 * packed. */
int packing_code(const struct packing *p);
/* Commits and, with `log` not NULL, remembers what was signed. */
int packing_commit(struct packing *p, struct log *log,
                   struct sheaf_written *out);
/* Makes the sink of an archive made from `a`, which may be the file that it
 * replaces. Fails if that file was appended to since it was opened. */
int packing_sink(const struct packing *p, const struct archive *a,
                 struct sheaf_sink *out);
/* Prints the last line, or JSON; `verb` is "packed" or the like. */
int packing_report(const struct packing *p, const char *verb,
                   const struct sheaf_written *w);
void packing_end(struct packing *p);

#endif
