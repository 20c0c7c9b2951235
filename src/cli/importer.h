/*
 * importer.h - runs sheaf-import, the program that parses untrusted input.
 */
#ifndef SHEAF_CLI_IMPORTER_H
#define SHEAF_CLI_IMPORTER_H

#include <sys/types.h>

#define IMPORTER "sheaf-import"

/* Starts it with `argv`, whose first place is for its name. `in` -1: it gets
 * our standard input. Says what is wrong and returns an exit code; then
 * *child is 0. */
int importer_start(char **argv, int in, int out, pid_t *child);
/* Waits until it has ended, and says how: 0 if well, or if there is none. */
int importer_wait(pid_t *child);
/* Ends it if it still runs. */
void importer_stop(pid_t *child);

#endif
