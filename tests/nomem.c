/*
 * nomem.c - memory runs out: in a process with this library preloaded, the
 * NOMEM_AT-th request for memory fails, counted from 1; then the file that
 * NOMEM_FILE names is made. No other request fails.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);

static atomic_long left = -1;

__attribute__((constructor)) static void
start(void)
{
    const char *at = getenv("NOMEM_AT");

    if (at != NULL)
        atomic_store(&left, atol(at));
    unsetenv("LD_PRELOAD");
}

static bool
fails(void)
{
    const char *name;
    int fd;

    if (atomic_load(&left) < 0 || atomic_fetch_sub(&left, 1) != 1)
        return false;
    name = getenv("NOMEM_FILE");
    fd = name != NULL ? open(name, O_WRONLY | O_CREAT, 0600) : -1;
    if (fd < 0)
        abort();
    close(fd);
    errno = ENOMEM;
    return true;
}

void *
malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *
calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *
realloc(void *p, size_t size)
{
    return fails() ? NULL : __libc_realloc(p, size);
}
