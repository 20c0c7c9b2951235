/*
 * mark.c - a file beside an archive that says that an append is under way.
 */
#include "base/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"

#define TEXT_BYTES 64
#define TEXT_START "append from byte "
#define SUFFIX ".appending"

static size_t
mark_text(uint64_t at, char text[TEXT_BYTES])
{
    return (size_t)snprintf(text, TEXT_BYTES, TEXT_START "%llu\n",
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
    good = buf_format(name, "%s" SUFFIX, real) && buf_end(name);
    free(real);
    return good ? SHEAF_OK : fail_nomem(err);
}

/* Reads a text of at most TEXT_BYTES; 0 if there is no file, or another one. */
static size_t
read_text(int folder, const char *name, char text[TEXT_BYTES])
{
    int fd = openat(folder, name,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, TEXT_BYTES) : 0;

    if (fd >= 0)
        close(fd);
    return n > 0 ? (size_t)n : 0;
}

/* Whether it may be removed: it is a mark, or one whose bytes were not durable
 * when the power failed. */
static bool
is_any_mark(int folder, const char *name)
{
    static const char start[] = TEXT_START;
    char text[TEXT_BYTES];
    size_t len = read_text(folder, name, text);
    struct stat st;

    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(st.st_mode) || st.st_size >= TEXT_BYTES)
        return false;
    for (size_t i = 0; i < len; i++)
        if (text[i] != '\0' &&
            (i < sizeof start - 1
                 ? text[i] != start[i]
                 : text[i] != '\n' && (text[i] < '0' || text[i] > '9')))
            return false;
    return true;
}

bool
mark_in_the_way(const char *name)
{
    struct stat st;

    return lstat(name, &st) == 0 && !is_any_mark(AT_FDCWD, name);
}

void
mark_drop(int folder, const char *name)
{
    struct sheaf_buf mark = { 0 };

    if (buf_format(&mark, "%s" SUFFIX, name) && buf_end(&mark) &&
        is_any_mark(folder, buf_str(&mark)))
        (void)unlinkat(folder, buf_str(&mark), 0);
    sheaf_buf_free(&mark);
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

    return read_text(AT_FDCWD, name, text) == len &&
           memcmp(text, expect, len) == 0;
}

int
mark_remove(const char *name)
{
    if (unlink(name) != 0)
        return errno == ENOENT ? 0 : errno;
    return sync_folder(name);
}
