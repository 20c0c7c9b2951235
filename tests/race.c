/*
 * race.c - another program gets in first: in a process with this library
 * preloaded, the shell command in RACE_COMMAND runs, once, before the file
 * that RACE_FILE names is opened for the RACE_AT-th time.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void
race(const char *path)
{
    static long opened;
    const char *command = getenv("RACE_COMMAND");
    const char *name = getenv("RACE_FILE"), *at = getenv("RACE_AT");
    const char *slash = strrchr(path, '/');
    char *run;

    if (command == NULL || name == NULL || at == NULL ||
        strcmp(slash != NULL ? slash + 1 : path, name) != 0 ||
        ++opened != atol(at))
        return;
    run = strdup(command);
    unsetenv("RACE_COMMAND");
    unsetenv("LD_PRELOAD");
    if (run == NULL || system(run) != 0)
        abort();
    free(run);
}

typedef int opening(const char *path, int flags, ...);

/* ISO C has no conversion from what dlsym returns. */
static opening *
next_opening(const char *name)
{
    void *symbol = dlsym(RTLD_NEXT, name);
    opening *out;

    memcpy(&out, &symbol, sizeof out);
    return out;
}

#define OPEN(function)                                                        \
    int function(const char *path, int flags, ...)                            \
    {                                                                         \
        va_list rest;                                                         \
        int mode;                                                             \
                                                                              \
        va_start(rest, flags);                                                \
        mode = va_arg(rest, int);                                             \
        va_end(rest);                                                         \
        race(path);                                                           \
        return next_opening(#function)(path, flags, mode);                    \
    }

OPEN(open)
OPEN(open64)
