/*
 * packet.c - messages between two programs, with descriptors.
 */
#include "base/packet.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* Aligned as the header in it must be. */
union control {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
};

int
packet_send(int socket, const void *data, size_t len, int fd, bool wait)
{
    struct iovec piece = { (void *)(uintptr_t)data, len };
    struct msghdr m = { .msg_iov = &piece, .msg_iovlen = 1 };
    union control c;

    memset(&c, 0, sizeof c);
    if (len > PACKET_MAX)
        return EMSGSIZE;
    if (fd >= 0) {
        m.msg_control = &c;
        m.msg_controllen = sizeof c.space;
        c.header.cmsg_level = SOL_SOCKET;
        c.header.cmsg_type = SCM_RIGHTS;
        c.header.cmsg_len = CMSG_LEN(sizeof fd);
        memcpy(CMSG_DATA(&c.header), &fd, sizeof fd);
    }
    while (sendmsg(socket, &m, MSG_NOSIGNAL | (wait ? 0 : MSG_DONTWAIT)) < 0)
        if (errno != EINTR)
            return errno;
    return 0;
}

int
packet_take(int socket, void *out, size_t max, size_t *len, int *fd)
{
    struct iovec piece = { out, max };
    union control c;
    struct msghdr m = { .msg_iov = &piece,
                        .msg_iovlen = 1,
                        .msg_control = &c,
                        .msg_controllen = sizeof c.space };
    struct cmsghdr *h;
    ssize_t n;

    *len = 0;
    *fd = -1;
    do
        n = recvmsg(socket, &m, MSG_CMSG_CLOEXEC);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return errno;
    h = CMSG_FIRSTHDR(&m);
    if (h != NULL && h->cmsg_level == SOL_SOCKET &&
        h->cmsg_type == SCM_RIGHTS && h->cmsg_len == CMSG_LEN(sizeof *fd))
        memcpy(fd, CMSG_DATA(h), sizeof *fd);
    if ((m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
        if (*fd >= 0)
            close(*fd);
        *fd = -1;
        return EMSGSIZE;
    }
    *len = (size_t)n;
    return 0;
}
