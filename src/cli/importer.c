/*
 * importer.c - runs the programs that do what needs libraries.
 */
#include "cli/importer.h"

#include <stdlib.h>
#include <unistd.h>

#include "cli/util.h"

/* The folder of this program; "" if the system does not say. */
static void
own_folder(char path[4096])
{
    ssize_t n = readlink("/proc/self/exe", path, 4095);
    char *slash = n > 0 ? memrchr(path, '/', (size_t)n) : NULL;

    *(slash != NULL ? slash : path) = '\0';
}

static int
look_in(struct sheaf_buf *path, const char *folder, const char *program,
        bool *found)
{
    path->len = 0;
    if (!buf_add_str(path, folder) || !buf_add_str(path, "/") ||
        !buf_add_str(path, program) || !buf_end(path))
        return say_no_memory();
    *found = access(buf_str(path), X_OK) == 0;
    return EXIT_DONE;
}

/* SHEAF_LIBEXEC, where it was installed, or beside this program. */
static int
find_program(struct sheaf_buf *path, const char *program)
{
    const char *given = getenv("SHEAF_LIBEXEC");
    const char *folder = given != NULL ? given : LIBEXECDIR;
    char own[4096];
    bool found;
    int code = look_in(path, folder, program, &found);

    if (code == EXIT_DONE && !found && given == NULL) {
        own_folder(own);
        code = look_in(path, own, program, &found);
    }
    if (code == EXIT_DONE && !found) {
        say("%s: not found in %s; SHEAF_LIBEXEC says where it is", program,
            folder);
        code = EXIT_FAILED;
    }
    return code;
}

static bool
begins(const char *variable, const char *with)
{
    return strncmp(variable, with, strlen(with)) == 0;
}

/* Our environment, without secrets that do not concern the program. */
static char **
make_environment(const char *program)
{
    bool fetches = strcmp(program, FETCHER) == 0;
    size_t count = 0, kept = 0;
    char **env;

    while (environ[count] != NULL)
        count++;
    env = calloc(count + 1, sizeof *env);
    for (size_t i = 0; env != NULL && i < count; i++)
        if (!begins(environ[i], "SHEAF_PASSPHRASE=") &&
            (fetches || !begins(environ[i], "AWS_")))
            env[kept++] = environ[i];
    return env;
}

static int
start(char *program, char **argv, int in, int out, pid_t *child)
{
    struct sheaf_buf path = { 0 };
    char **env = make_environment(program);
    int code = find_program(&path, program);
    int sys;

    *child = 0;
    argv[0] = program;
    if (code == EXIT_DONE && env == NULL)
        code = say_no_memory();
    if (code == EXIT_DONE) {
        sys = child_start(child, buf_str(&path), argv, env, in, out);
        if (sys != 0) {
            say("%s: %s", buf_str(&path), strerror(sys));
            code = EXIT_FAILED;
        }
    }
    sheaf_buf_free(&path);
    free(env);
    return code;
}

int
importer_start(char **argv, int in, int out, pid_t *child)
{
    static char program[] = IMPORTER;

    return start(program, argv, in, out, child);
}

int
exporter_start(char **argv, int in, int out, pid_t *child)
{
    static char program[] = EXPORTER;

    return start(program, argv, in, out, child);
}

int
fetcher_start(char **argv, int both, pid_t *child)
{
    static char program[] = FETCHER;

    return start(program, argv, both, both, child);
}

int
server_start(char **argv, int both, pid_t *child)
{
    static char program[] = SERVER;

    return start(program, argv, both, both, child);
}

int
stamper_start(char **argv, int in, int out, pid_t *child)
{
    static char program[] = STAMPER;

    return start(program, argv, in, out, child);
}
