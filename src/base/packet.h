/*
 * packet.h - messages between two programs on a pair of sockets of type
 * SOCK_SEQPACKET, each with a descriptor or without.
 */
#ifndef SHEAF_BASE_PACKET_H
#define SHEAF_BASE_PACKET_H

#include "base/base.h"

/* Larger ones are not sent. */
#define PACKET_MAX ((size_t)128 << 10)

/* Sends a message, and the descriptor `fd` unless it is -1. While the other
 * end has much to read already, it waits if `wait`, and otherwise is EAGAIN.
 * Returns 0 or an errno. */
int packet_send(int socket, const void *data, size_t len, int fd, bool wait);
/* Takes a message: *len is 0 at the end. *fd is -1, or a descriptor to be
 * closed. Returns 0 or an errno; a message that is longer than `max` is
 * EMSGSIZE. */
int packet_take(int socket, void *out, size_t max, size_t *len, int *fd);

#endif
