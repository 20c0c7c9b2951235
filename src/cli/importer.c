/*
 * importer.c - runs sheaf-import.
 */
#include "cli/importer.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/util.h"

/* The folder that this very program is in. */
static bool
own_folder(struct sheaf_buf *out)
{
    char path[4096];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path);
    char *slash;

    if (n <= 0 || (size_t)n >= sizeof path)
        return false;
    slash = memrchr(path, '/', (size_t)n);
    return slash != NULL && buf_add(out, path, (size_t)(slash - path));
}

static bool
is_program_in(struct sheaf_buf *path, const char *folder)
{
    path->len = 0;
    return folder != NULL && buf_add_str(path, folder) &&
           buf_add_str(path, "/" IMPORTER) && buf_end(path) &&
           access(buf_str(path), X_OK) == 0;
}

/* SHEAF_LIBEXEC, where it was installed, or beside this program. */
static int
find_program(struct sheaf_buf *path)
{
    const char *given = getenv("SHEAF_LIBEXEC");
    struct sheaf_buf folder = { 0 };
    bool found;

    if (given != NULL) {
        found = is_program_in(path, given);
    } else {
        found = is_program_in(path, LIBEXECDIR);
        if (!found && own_folder(&folder) && buf_end(&folder))
            found = is_program_in(path, buf_str(&folder));
    }
    sheaf_buf_free(&folder);
    if (!found) {
        say("%s: not found in %s; SHEAF_LIBEXEC says where it is", IMPORTER,
            given != NULL ? given : LIBEXECDIR);
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}

/* Our environment, without what is not the importer's business. */
static char **
make_environment(void)
{
    size_t count = 0, kept = 0;
    char **env;

    while (environ[count] != NULL)
        count++;
    env = calloc(count + 1, sizeof *env);
    for (size_t i = 0; env != NULL && i < count; i++)
        if (strncmp(environ[i], "SHEAF_PASSPHRASE=", 17) != 0)
            env[kept++] = environ[i];
    return env;
}

/* posix_spawn, its input coming from `in`, if that is not -1, and its output
 * going to `out`. An errno value. */
static int
spawn(const char *path, char **argv, char **env, int in, int out,
      pid_t *child)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attr;
    sigset_t defaults;
    int sys;

    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    sys = posix_spawn_file_actions_init(&actions);
    if (sys != 0)
        return sys;
    sys = posix_spawnattr_init(&attr);
    if (sys == 0) {
        posix_spawnattr_setsigdefault(&attr, &defaults);
        posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF);
        sys = posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
        if (sys == 0 && in >= 0)
            sys = posix_spawn_file_actions_adddup2(&actions, in,
                                                   STDIN_FILENO);
        if (sys == 0)
            sys = posix_spawn(child, path, &actions, &attr, argv, env);
        posix_spawnattr_destroy(&attr);
    }
    posix_spawn_file_actions_destroy(&actions);
    return sys;
}

int
importer_start(char **argv, int in, int out, pid_t *child)
{
    static char program[] = IMPORTER;
    struct sheaf_buf path = { 0 };
    char **env = make_environment();
    int code = find_program(&path);
    int sys;

    *child = 0;
    argv[0] = program;
    if (code == EXIT_DONE && env == NULL)
        code = say_no_memory();
    if (code == EXIT_DONE) {
        sys = spawn(buf_str(&path), argv, env, in, out, child);
        if (sys != 0) {
            *child = 0;
            say("%s: %s", buf_str(&path), strerror(sys));
            code = EXIT_FAILED;
        }
    }
    sheaf_buf_free(&path);
    free(env);
    return code;
}

int
importer_wait(pid_t *child)
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
importer_stop(pid_t *child)
{
    if (*child != 0)
        kill(*child, SIGTERM);
    (void)importer_wait(child);
}
