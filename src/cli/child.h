/*
 * child.h - programs that run beside this one.
 */
#ifndef SHEAF_CLI_CHILD_H
#define SHEAF_CLI_CHILD_H

#include <sys/types.h>

/* Runs the program `path`, which is searched like in a shell if it has no
 * slash. Its input is `in`, or ours if that is -1, and its output goes to
 * `out`. Returns an errno value; *child is then 0. */
int child_start(pid_t *child, const char *path, char **argv, char **env,
                int in, int out);
/* Waits for its end, and returns the status of waitpid(2): 0 for success,
 * or if there is no child. */
int child_wait(pid_t *child);
/* Ends the child if it still runs. */
void child_stop(pid_t *child);

#endif
