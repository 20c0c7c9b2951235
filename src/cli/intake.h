/*
 * intake.h - an account of what came in, and of what did not.
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
    int code; /* of what was rejected first */
    uint64_t told[INCOMING_END]; /* lines printed of each kind of record */
    struct {
        char name[64];
        uint64_t count;
    } kinds[INTAKE_KINDS]; /* of what was left out; the last: all others */
    size_t kind_count;
    struct out *rejects; /* NULL: nobody wants them */
    struct out *report;
};

/* Makes the files that --rejects and --report name. intake_close takes back
 * what failed. */
int intake_open(struct intake *in, const struct args *args);
/* Takes the record that `s` has: anything but an article or the end. */
int intake_take(struct intake *in, const struct stream *s,
                enum incoming what);
/* That the library refused the article that `s` has. */
int intake_refuse(struct intake *in, const struct stream *s,
                  const char *message);
/* Says how many lines were not printed, and finishes the files. */
int intake_finish(struct intake *in, const struct args *args);
void intake_close(struct intake *in);

#endif
