/*
 * main.c - sheaf-serve: listens to the command, and to clients.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "base/packet.h"
#include "import/sandbox.h"
#include "serve/serve.h"

#define THREADS 4u
#define MEMORY_MAX ((size_t)2 << 30)
#define STOP_SECONDS 3

static int listener = -1;

/* ---- What the command says ----------------------------------------------- */

static struct sheaf_bytes
take_text(struct cursor *c)
{
    size_t len = (size_t)cursor_be(c, 2);
    const uint8_t *at = cursor_take(c, len);

    return sheaf_view(at, at != NULL ? len : 0);
}

static void
take_settings(struct cursor *c, int fd)
{
    struct sheaf_bytes cors, answers;

    settings.connections = (unsigned)cursor_be(c, 4);
    settings.each = (unsigned)cursor_be(c, 4);
    settings.seconds = (unsigned)cursor_be(c, 4);
    settings.tell = cursor_be(c, 1) != 0;
    settings.local = cursor_be(c, 1) != 0;
    cors = take_text(c);
    if (cors.len != 0)
        settings.cors = strndup((const char *)cors.data, cors.len);
    answers = take_text(c);
    if (!buf_add(&settings.answers, answers.data, answers.len))
        die("out of memory");
    listener = fd;
}

static void
take_archive(struct cursor *c, int fd)
{
    uint32_t number = (uint32_t)cursor_be(c, 4);
    uint64_t size = cursor_be(c, 8);
    struct sheaf_bytes tag = take_text(c);
    struct sheaf_bytes name = take_text(c);
    struct sheaf_bytes json = take_text(c);

    if (c->bad)
        die("a wrong message");
    files_set_archive(number, size, tag, name, json, fd);
}

/* Returns the kind of the message; 0: the command has ended. */
static char
take_message(void)
{
    static uint8_t packet[PACKET_MAX];
    struct cursor c;
    size_t len;
    int fd;
    char kind;

    if (packet_take(STDIN_FILENO, packet, sizeof packet, &len, &fd) != 0 ||
        len == 0)
        return '\0';
    c = cursor_over(packet, len);
    kind = (char)cursor_be(&c, 1);
    switch (kind) {
    case 'L': take_settings(&c, fd); break;
    case 'W': files_add_page(take_text(&c), fd); break;
    case 'A': take_archive(&c, fd); break;
    case 'X': question_answered(sheaf_view(c.at, cursor_left(&c)), fd); break;
    case 'G': break;
    default: die("a wrong message");
    }
    if (c.bad)
        die("a wrong message");
    return kind;
}

/* ---- Serving ------------------------------------------------------------- */

static size_t
leave_escapes(void *cls, struct MHD_Connection *connection, char *s)
{
    (void)cls;
    (void)connection;
    return strlen(s);
}

/* What goes wrong with a connection is the client's. */
static void
say_nothing(void *cls, const char *format, va_list args)
{
    (void)cls;
    (void)format;
    (void)args;
}

static struct MHD_Daemon *
start(void)
{
    const struct MHD_OptionItem options[] = {
        { MHD_OPTION_EXTERNAL_LOGGER, (intptr_t)say_nothing, NULL },
        { MHD_OPTION_LISTEN_SOCKET, listener, NULL },
        { MHD_OPTION_THREAD_POOL_SIZE, THREADS, NULL },
        { MHD_OPTION_CONNECTION_LIMIT, settings.connections, NULL },
        { MHD_OPTION_PER_IP_CONNECTION_LIMIT, settings.each, NULL },
        { MHD_OPTION_CONNECTION_TIMEOUT, settings.seconds, NULL },
        { MHD_OPTION_CONNECTION_MEMORY_LIMIT, HEADERS_MAX, NULL },
        { MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL },
        { MHD_OPTION_URI_LOG_CALLBACK, (intptr_t)http_uri, NULL },
        { MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t)leave_escapes, NULL },
        { MHD_OPTION_NOTIFY_COMPLETED, (intptr_t)http_completed, NULL },
        { MHD_OPTION_NOTIFY_CONNECTION, (intptr_t)client_notify, NULL },
        { MHD_OPTION_END, 0, NULL },
    };

    return MHD_start_daemon(MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG |
                                MHD_ALLOW_SUSPEND_RESUME,
                            0, NULL, NULL, http_handle, NULL, MHD_OPTION_ARRAY,
                            options, MHD_OPTION_END);
}

/* Answers that are being sent get some time. */
static void
stop(struct MHD_Daemon *daemon)
{
    MHD_socket socket = MHD_quiesce_daemon(daemon);

    questions_stop();
    for (int i = 0; i < STOP_SECONDS * 20 && clients_busy() != 0; i++)
        (void)poll(NULL, 0, 50);
    MHD_stop_daemon(daemon);
    if (socket >= 0)
        close(socket);
}

static void
shut(void)
{
    struct rlimit files;
    const char *wrong;

    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &files);
    }
    wrong = sandbox_shut_but_serving(MEMORY_MAX);
    if (wrong != NULL)
        die(wrong);
}

int
main(int argc, char **argv)
{
    struct sheaf_error err = { 0 };
    struct pollfd command = { .fd = STDIN_FILENO, .events = POLLIN };
    struct MHD_Daemon *daemon;
    char kind;

    (void)argv;
    if (argc != 1 || isatty(STDIN_FILENO))
        die("a program that sheaf runs; see sheaf(1)");
    signal(SIGPIPE, SIG_IGN);
    /* The command gets these signals, too, and ends this program. */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    if (hash_start(&err) != SHEAF_OK)
        die(err.message);
    shut();
    settings.socket = STDIN_FILENO;
    do
        kind = take_message();
    while (kind != 'G' && kind != '\0');
    if (kind == '\0')
        return 0;
    daemon = start();
    if (daemon == NULL)
        die("libmicrohttpd does not start");
    if (packet_send(settings.socket, "R", 1, -1, true) != 0)
        kind = '\0';
    while (kind != '\0') {
        int ready = poll(&command, 1, 1000);

        if (ready > 0)
            kind = take_message();
        else if (ready < 0 && errno != EINTR)
            kind = '\0';
        clients_look();
    }
    stop(daemon);
    return 0;
}
