/*
 * clients.c - who is connected, and who takes too long.
 *
 * A client has a bounded time for a whole request, from the answer before it
 * on, however few bytes it sends at once. While it is sent an answer, it must
 * take some bytes a second. Who does not is cut off: others wait for the place.
 */
#include <errno.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#include "serve/serve.h"

/* What we do for it. */
enum doing { READS, WAITS, SENDS };

struct client {
    struct client *next, **at;
    int socket;
    char *uri; /* of a request that was not taken up yet */
    enum doing does;
    time_t since;
    uint64_t taken; /* bytes, at that time */
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct client *clients;

static time_t
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec;
}

/* The bytes that have arrived at the client. */
static uint64_t
taken(const struct client *c)
{
    struct tcp_info info;
    socklen_t len = sizeof info;

    memset(&info, 0, sizeof info);
    if (getsockopt(c->socket, IPPROTO_TCP, TCP_INFO, &info, &len) != 0 ||
        len < offsetof(struct tcp_info, tcpi_bytes_acked) +
                  sizeof info.tcpi_bytes_acked)
        return 0;
    return info.tcpi_bytes_acked;
}

void
client_notify(void *cls, struct MHD_Connection *connection, void **context,
              enum MHD_ConnectionNotificationCode code)
{
    const union MHD_ConnectionInfo *info;
    struct client *c = *context;

    (void)cls;
    pthread_mutex_lock(&lock);
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        info = MHD_get_connection_info(connection,
                                       MHD_CONNECTION_INFO_CONNECTION_FD);
        c = calloc(1, sizeof *c);
        *context = c;
        if (c != NULL && info != NULL) {
            c->socket = info->connect_fd;
            c->since = now();
            c->next = clients;
            c->at = &clients;
            if (clients != NULL)
                clients->at = &c->next;
            clients = c;
        }
    } else {
        /* Its socket is closed after this, so that the list never has one
         * that another client has got. */
        if (c != NULL && c->at != NULL) {
            *c->at = c->next;
            if (c->next != NULL)
                c->next->at = c->at;
        }
        if (c != NULL)
            free(c->uri);
        free(c);
        *context = NULL;
    }
    pthread_mutex_unlock(&lock);
}

/* Only the client's own thread calls these two. */

void
client_asks(struct client *c, const char *uri)
{
    if (c == NULL)
        return;
    free(c->uri);
    c->uri = strdup(uri);
}

char *
client_take_uri(struct client *c)
{
    char *uri = c != NULL ? c->uri : NULL;

    if (c != NULL)
        c->uri = NULL;
    return uri;
}

static void
turn(struct client *c, enum doing to)
{
    if (c == NULL)
        return;
    pthread_mutex_lock(&lock);
    c->does = to;
    c->since = now();
    c->taken = to == SENDS ? taken(c) : 0;
    pthread_mutex_unlock(&lock);
}

void
client_waits(struct client *c)
{
    turn(c, WAITS);
}

void
client_takes(struct client *c)
{
    turn(c, SENDS);
}

void
client_ends(struct client *c)
{
    turn(c, READS);
}

/* What it has not taken is dropped, so that it takes no memory either. */
static void
cut_off(const struct client *c)
{
    const struct linger none = { .l_onoff = 1, .l_linger = 0 };

    (void)setsockopt(c->socket, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    (void)shutdown(c->socket, SHUT_RDWR);
}

void
clients_look(void)
{
    time_t t = now();

    pthread_mutex_lock(&lock);
    for (struct client *c = clients; c != NULL; c = c->next) {
        uint64_t bytes;

        /* The command answers in a bounded time. */
        if (c->does == WAITS || t - c->since < (time_t)settings.seconds)
            continue;
        bytes = c->does == SENDS ? taken(c) : 0;
        if (c->does == SENDS &&
            bytes - c->taken >= (uint64_t)(t - c->since) * BYTES_A_SECOND) {
            c->taken = bytes;
            c->since = t;
            continue;
        }
        cut_off(c);
    }
    pthread_mutex_unlock(&lock);
}

unsigned
clients_busy(void)
{
    unsigned busy = 0;

    pthread_mutex_lock(&lock);
    for (const struct client *c = clients; c != NULL; c = c->next)
        busy += c->does != READS;
    pthread_mutex_unlock(&lock);
    return busy;
}
