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

/* Exit statuses, as in export.h: the database is none that this program made,
 * or it is damaged. */
enum { EXPORTER_OTHER = 3, EXPORTER_DAMAGED = 4 };

/* Initialise with { 0 }. */
struct exporter {
    pid_t child; /* 0: not started */
    pthread_t copier;
    int from;
    int status; /* its exit status, when it has ended */
    struct out to;      /* what the program reads */
    struct out *result; /* where the finished file goes */
};

/* `option`: NULL, "--text" or "--old" (export.h). `columns`: NULL, or the names
 * of the columns, up to a NULL. */
int exporter_begin(struct exporter *e, const char *format, const char *option,
                   const char *const *columns, struct out *result);
/* Sends a database that is to be continued. */
int exporter_old(struct exporter *e, int fd, uint64_t size);
void exporter_file(struct exporter *e, struct sheaf_bytes path, int64_t time,
                   uint64_t size);
void exporter_value(struct exporter *e, struct sheaf_bytes value);
void exporter_row(struct exporter *e);
/* What follows are the values of the table sheaf. */
void exporter_state(struct exporter *e);
/* Ends the file if it is `good`. Returns an exit code. The status of the
 * program is then in e->status; EXPORTER_OTHER and EXPORTER_DAMAGED are left
 * to the caller to say. */
int exporter_end(struct exporter *e, bool good);

#endif
