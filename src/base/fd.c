/*
 * fd.c - reads and writes all bytes, however many the system takes at once; and
 * durable names.
 */
#include "base/fd.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* Whether to try again after errno. */
static bool
goes_on(int fd, short event)
{
    struct pollfd p = { .fd = fd, .events = event };

    if (errno == EAGAIN || errno == EWOULDBLOCK)
        return poll(&p, 1, -1) >= 0 || errno == EINTR;
    return errno == EINTR;
}

int
fd_write(int fd, const void *data, size_t len)
{
    const uint8_t *p = data;

    while (len != 0) {
        ssize_t n = write(fd, p, len);

        if (n < 0 && !goes_on(fd, POLLOUT))
            return errno;
        p += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int
fd_read(int fd, void *out, size_t len)
{
    uint8_t *p = out;

    while (len != 0) {
        ssize_t n = read(fd, p, len);

        if (n == 0)
            return -1;
        if (n < 0 && !goes_on(fd, POLLIN))
            return errno;
        p += n > 0 ? n : 0;
        len -= n > 0 ? (size_t)n : 0;
    }
    return 0;
}

int
fd_sync_folder(int fd)
{
    return fsync(fd) != 0 && errno != EINVAL && errno != ENOTSUP ? errno : 0;
}
