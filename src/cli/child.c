/*
 * child.c - programs that run beside this one.
 */
#include "cli/child.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

int
child_start(pid_t *child, const char *path, char **argv, char **env, int in,
            int out)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t defaults;
    int sys;

    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sys = posix_spawn_file_actions_init(&actions);
    if (sys != 0) {
        *child = 0;
        return sys;
    }
    sys = posix_spawnattr_init(&attr);
    if (sys == 0) {
        posix_spawnattr_setsigdefault(&attr, &defaults);
        posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
        sys = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
        if (sys == 0 && in >= 0)
            sys = posix_spawn_file_actions_adddup2(&actions, in,
                                                   STDIN_FILENO);
        if (sys == 0)
            sys = posix_spawnp(child, path, &actions, &attr, argv, env);
        posix_spawnattr_destroy(&attr);
    }
    posix_spawn_file_actions_destroy(&actions);
    if (sys != 0)
        *child = 0;
    return sys;
}

int
child_wait(pid_t *child)
{
    int status = 0;

    if (*child == 0)
        return 0;
    while (waitpid(*child, &status, 0) < 0 && errno == EINTR)
        ;
    *child = 0;
    return status;
}

void
child_stop(pid_t *child)
{
    if (*child != 0)
        kill(*child, SIGTERM);
    (void)child_wait(child);
}
