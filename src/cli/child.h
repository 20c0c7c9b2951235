/*
 * child.h - programs that run beside this one.
 */
#ifndef SHEAF_CLI_CHILD_H
#define SHEAF_CLI_CHILD_H

#include <sys/types.h>

/* Runs the program `path`, which without a slash is searched for as a shell
 * does. Its input comes from `in`, or if that is -1 from ours, and its output
 * goes to `out`. An errno value; then *child is 0. */
int child_start(pid_t *child, const char *path, char **argv, char **env,
                int in, int out);
/* Waits until it has ended, and says how, as waitpid(2) does: 0 if well, or if
 * there is none. */
int child_wait(pid_t *child);
/* Ends it if it still runs. */
void child_stop(pid_t *child);

#endif
