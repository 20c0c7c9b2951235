/*
 * intake.h - counts and reports what was left out, doubtful or rejected.
 */
#ifndef SHEAF_CLI_INTAKE_H
#define SHEAF_CLI_INTAKE_H

#include "cli/args.h"
#include "cli/out.h"
#include "cli/stream.h"

#define INTAKE_KINDS 32

struct intake {
    bool quiet;
    uint64_t skipped;
    uint64_t warnings;
    uint64_t rejected;
    int code;                    /* of the first rejected record */
    uint64_t told[INCOMING_END]; /* lines printed for each kind of record */
    struct {
        char name[64];
        uint64_t count;
    } kinds[INTAKE_KINDS]; /* kinds of what was left out; the last: all
                              others */
    size_t kind_count;
    struct out *rejects; /* NULL: not asked for */
    struct out *report;
};

/* Makes the files of --rejects and --report. Call intake_close also after a
 * failure. */
int intake_open(struct intake *in, const struct args *args);
/* Takes the current record of `s`: anything but an article or the end. */
int intake_take(struct intake *in, const struct stream *s,
                enum incoming what);
/* Records that the library refused the current article of `s`. */
int intake_refuse(struct intake *in, const struct stream *s,
                  const char *message);
/* Says how many lines were not printed, and finishes the files. */
int intake_finish(struct intake *in, const struct args *args);
void intake_close(struct intake *in);

#endif
