/*
 * mark.c - a file beside an archive that says that an append is under way.
 */
#include "base/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"

#define TEXT_BYTES 64

static size_t
mark_text(uint64_t at, char text[TEXT_BYTES])
{
    return (size_t)snprintf(text, TEXT_BYTES, "append from byte %llu\n",
                            (unsigned long long)at);
}

int
mark_name(const char *path, struct sheaf_buf *name, struct sheaf_error *err)
{
    char *real = realpath(path, NULL);
    bool good;

    if (real == NULL)
        return fail_io(err, errno, "can't follow the name");
    name->len = 0;
    good = buf_format(name, "%s.appending", real) && buf_end(name);
    free(real);
    return good ? SHEAF_OK : fail_nomem(err);
}

static bool
cannot_be_made(int sys)
{
    return sys == EACCES || sys == EPERM || sys == EROFS;
}

/* The name is durable once its folder is. */
static int
sync_folder(const char *name)
{
    size_t len = (size_t)(strrchr(name, '/') - name);
    char *folder = strndup(name, len != 0 ? len : 1);
    int fd, sys;

    if (folder == NULL)
        return ENOMEM;
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    if (fd < 0)
        return cannot_be_made(errno) ? 0 : errno;
    sys = fd_sync_folder(fd);
    close(fd);
    return sys;
}

int
mark_make(const char *name, uint64_t at)
{
    char text[TEXT_BYTES];
    int fd, sys;

    if (unlink(name) != 0 && errno != ENOENT)
        return cannot_be_made(errno) ? 0 : errno;
    fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
              0666);
    if (fd < 0)
        return cannot_be_made(errno) ? 0 : errno;
    sys = fd_write(fd, text, mark_text(at, text));
    if (sys == 0 && fsync(fd) != 0)
        sys = errno;
    close(fd);
    if (sys == 0)
        sys = sync_folder(name);
    if (sys != 0)
        (void)mark_remove(name);
    return sys;
}

bool
mark_is(const char *name, uint64_t at)
{
    char expect[TEXT_BYTES], text[TEXT_BYTES];
    size_t len = mark_text(at, expect);
    int fd = open(name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    bool is = fd >= 0 && read(fd, text, sizeof text) == (ssize_t)len &&
              memcmp(text, expect, len) == 0;

    if (fd >= 0)
        close(fd);
    return is;
}

int
mark_remove(const char *name)
{
    if (unlink(name) != 0)
        return errno == ENOENT ? 0 : errno;
    return sync_folder(name);
}
