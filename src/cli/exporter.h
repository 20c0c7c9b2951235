/*
 * exporter.h - a zip archive or a database, by sheaf-export.
 *
 * export/export.h describes what is sent. What comes back is copied to the
 * output by a thread, so that neither program waits for the other.
 */
#ifndef SHEAF_CLI_EXPORTER_H
#define SHEAF_CLI_EXPORTER_H

#include <pthread.h>
#include <sys/types.h>

#include "cli/columns.h"
#include "cli/out.h"

/* Initialise with { 0 }. */
struct exporter {
    pid_t child; /* 0: not started */
    pthread_t copier;
    int from;
    struct out to;      /* what the program reads */
    struct out *result; /* where the finished file goes */
};

/* `columns`: NULL, or the names of the columns, up to a NULL. */
int exporter_begin(struct exporter *e, const char *format, bool text,
                   const char *const *columns, struct out *result);
void exporter_file(struct exporter *e, struct sheaf_bytes path, int64_t time,
                   uint64_t size);
void exporter_value(struct exporter *e, struct sheaf_bytes value);
void exporter_row(struct exporter *e);
/* Ends the file if it is `good`. Returns an exit code. */
int exporter_end(struct exporter *e, bool good);

#endif
