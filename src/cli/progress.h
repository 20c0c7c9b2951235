/*
 * progress.h - a line that says how far a long command has come.
 */
#ifndef SHEAF_CLI_PROGRESS_H
#define SHEAF_CLI_PROGRESS_H

#include "base/base.h"

/* A line on standard error that is overwritten again and again. */
struct progress {
    bool on;
    bool shown;
    uint64_t started; /* ms */
    uint64_t next;    /* ms; not before it */
};
/* Off when `quiet`, or when standard error is not a terminal. */
void progress_start(struct progress *p, bool quiet);
/* Whether it is time to show something. */
bool progress_due(struct progress *p);
double progress_seconds(const struct progress *p);
void progress_show(struct progress *p, const char *format, ...)
    PRINTF_LIKE(2, 3);
/* Erases the line. Call it before any message. */
void progress_clear(struct progress *p);
/* "34 % of 12.3 MB, 4.1 MB/s, 2 s left", and `more`; `unit` is NULL for bytes,
 * or such as "articles". */
void progress_part(struct progress *p, uint64_t done, uint64_t total,
                   const char *unit, const char *more);
/* A sheaf_progress; `arg` is the struct progress. */
int progress_bytes(void *arg, uint64_t done, uint64_t total);

#endif
