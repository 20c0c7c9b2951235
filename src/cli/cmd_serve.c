/*
 * cmd_serve.c - lets browsers and programs read archives over HTTP.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/packet.h"
#include "cli/importer.h"
#include "cli/keyfile.h"
#include "cli/outfile.h"
#include "cli/serving.h"

#define LISTEN_DEFAULT "127.0.0.1:8080"
#define BACKLOG 256
#define CONNECTIONS_DEFAULT 256
#define CONNECTIONS_MAX 16384
#define SECONDS_DEFAULT 30
#define SECONDS_MAX 3600
#define KEY_FILE_MAX 4096
/* As in serve/serve.h. */
#define FILES_MAX 64

struct server {
    const struct args *args;
    struct served_list list;
    uint64_t connections, seconds;
    bool loopback;
    int listener, socket, signals;
    char where[NI_MAXHOST + 16];
    pid_t child;
};

/* ---- The address --------------------------------------------------------- */

/* "127.0.0.1:8080", "[::1]:8080", "localhost:0" */
static bool
split_address(const char *text, char host[NI_MAXHOST], const char **port)
{
    const char *colon = strrchr(text, ':');
    size_t len = colon != NULL ? (size_t)(colon - text) : 0;
    uint64_t number;

    if (len > 2 && text[0] == '[' && text[len - 1] == ']') {
        text++;
        len -= 2;
    } else if (memchr(text, ':', len) != NULL) {
        return false;
    }
    if (len == 0 || len >= NI_MAXHOST ||
        !parse_number(colon + 1, 0, UINT16_MAX, &number))
        return false;
    memcpy(host, text, len);
    host[len] = '\0';
    *port = colon + 1;
    return true;
}

static bool
is_loopback(const struct sockaddr *a)
{
    if (a->sa_family == AF_INET)
        return ntohl(((const struct sockaddr_in *)(const void *)a)
                         ->sin_addr.s_addr) >>
                   24 ==
               127;
    return a->sa_family == AF_INET6 &&
           IN6_IS_ADDR_LOOPBACK(
               &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr);
}

static int
listen_at(struct server *v, const struct addrinfo *a)
{
    const int yes = 1;

    v->listener = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (v->listener < 0)
        return errno;
    (void)setsockopt(v->listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(v->listener, a->ai_addr, a->ai_addrlen) != 0 ||
        listen(v->listener, BACKLOG) != 0)
        return errno;
    v->loopback = is_loopback(a->ai_addr);
    return 0;
}

/* Where it is, with the port that the system chose for 0. */
static void
find_where(struct server *v)
{
    struct sockaddr_storage at;
    socklen_t len = sizeof at;
    char host[NI_MAXHOST], port[16];
    struct sockaddr *a = (struct sockaddr *)(void *)&at;

    if (getsockname(v->listener, a, &len) != 0 ||
        getnameinfo(a, len, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
        return;
    snprintf(v->where, sizeof v->where,
             a->sa_family == AF_INET6 ? "[%s]:%s" : "%s:%s", host, port);
}

static int
open_listener(struct server *v)
{
    const char *text = v->args->value[OPT_LISTEN];
    const struct addrinfo hints = { .ai_family = AF_UNSPEC,
                                    .ai_socktype = SOCK_STREAM,
                                    .ai_flags = AI_PASSIVE };
    struct addrinfo *found;
    char host[NI_MAXHOST];
    const char *port;
    int sys;

    if (text == NULL)
        text = LISTEN_DEFAULT;
    if (!split_address(text, host, &port))
        return say_usage("serve",
                         "serve: --listen: '%s' is not ADDR:PORT, such"
                         " as 127.0.0.1:8080 or [::1]:8080",
                         text);
    sys = getaddrinfo(host, port, &hints, &found);
    if (sys != 0) {
        say("%s: %s", text, gai_strerror(sys));
        return EXIT_FAILED;
    }
    sys = listen_at(v, found);
    freeaddrinfo(found);
    if (sys != 0) {
        say("%s: %s", text, strerror(sys));
        return EXIT_FAILED;
    }
    find_where(v);
    return EXIT_DONE;
}

/* ---- Options ------------------------------------------------------------- */

/* A text that can stand in a header. */
static bool
is_origin(const char *text)
{
    size_t len = strlen(text);

    if (strcmp(text, "*") == 0)
        return true;
    for (size_t i = 0; i < len; i++)
        if (text[i] <= 0x20 || text[i] >= 0x7F)
            return false;
    return len <= 255 && strstr(text, "://") != NULL && text[len - 1] != '/';
}

static int
take_options(struct server *v)
{
    const struct args *args = v->args;
    const char *most = args->value[OPT_CONNECTIONS];
    const char *seconds = args->value[OPT_PATIENCE];
    const char *cors = args->value[OPT_CORS];

    v->connections = CONNECTIONS_DEFAULT;
    v->seconds = SECONDS_DEFAULT;
    if (most != NULL &&
        !parse_number(most, 8, CONNECTIONS_MAX, &v->connections))
        return say_usage("serve", "serve: --connections: 8 to %d",
                         CONNECTIONS_MAX);
    if (seconds != NULL && !parse_number(seconds, 1, SECONDS_MAX, &v->seconds))
        return say_usage("serve", "serve: --timeout: 1 to %d", SECONDS_MAX);
    if (cors != NULL && !is_origin(cors))
        return say_usage("serve",
                         "serve: --cors: '%s' is no origin, such as "
                         "https://example.org, and not *",
                         cors);
    return EXIT_DONE;
}

/* The key itself, so that it stays this one when the file changes. */
static int
take_key(struct server *v)
{
    const char *path = v->args->value[OPT_PUBLIC];
    const char *text = v->args->value[OPT_KEY];
    struct served_list *l = &v->list;
    struct sheaf_buf file = { 0 };
    int code = public_key_option(v->args, &l->key, &l->keyed);

    if (code == EXIT_DONE && path != NULL)
        code = read_file(path, KEY_FILE_MAX, &file);
    if (code == EXIT_DONE && l->keyed) {
        if (path != NULL && buf_end(&file))
            text = buf_str(&file);
        l->key_text = text != NULL ? strdup(text) : NULL;
        if (l->key_text == NULL)
            code = say_no_memory();
    }
    sheaf_buf_free(&file);
    return code;
}

/* ---- The page ------------------------------------------------------------ */

static int
send_file(const struct server *v, int folder, const char *name)
{
    struct sheaf_buf b = { 0 };
    struct stat st;
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    int code = EXIT_DONE;

    if (fd < 0 || fstat(fd, &st) != 0) {
        say("%s: %s", name, strerror(errno));
        code = EXIT_FAILED;
    } else if (S_ISREG(st.st_mode) &&
               (!buf_add_str(&b, "W") || !serving_text(&b, sheaf_str(name)) ||
                packet_send(v->socket, b.data, b.len, fd, true) != 0)) {
        code = EXIT_FAILED;
    }
    if (fd >= 0)
        close(fd);
    sheaf_buf_free(&b);
    return code;
}

/* All files of the folder whose names have only these characters. */
static int
is_page_file(const struct dirent *entry)
{
    const char *name = entry->d_name;

    return name[0] != '.' &&
           name[strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                             "abcdefghijklmnopqrstuvwxyz0123456789-._")] ==
               '\0';
}

static int
send_page(const struct server *v)
{
    const char *given = v->args->value[OPT_PAGE];
    const char *path = given != NULL ? given : WEBDIR;
    struct dirent **entries;
    int folder, n;
    int code = EXIT_DONE;

    folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    n = folder >= 0 ? scandir(path, &entries, is_page_file, alphasort) : -1;
    if (n < 0) {
        /* It is served without one, if it was not asked for. */
        if (given != NULL || errno != ENOENT)
            say("%s: %s", path, strerror(errno));
        if (folder >= 0)
            close(folder);
        return given != NULL ? EXIT_FAILED : EXIT_DONE;
    }
    if (n > FILES_MAX) {
        say("%s: more than %d files", path, FILES_MAX);
        code = EXIT_LIMIT;
    }
    for (int i = 0; i < n; i++) {
        if (code == EXIT_DONE)
            code = send_file(v, folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    close(folder);
    return code;
}

/* ---- Starting ------------------------------------------------------------ */

/* Behind a loopback address there may be a proxy, which asks for everybody. */
static bool
send_settings(const struct server *v)
{
    const char *cors = v->args->value[OPT_CORS];
    const struct served_list *l = &v->list;
    struct sheaf_buf answers = { 0 };
    uint64_t each = v->loopback ? v->connections : v->connections / 4;
    struct sheaf_buf b = { 0 };
    bool good = buf_add_str(&answers, sheaf_version()) &&
                (!l->keyed ||
                 buf_add(&answers, l->key.key, sizeof l->key.key)) &&
                buf_add_str(&b, "L") && buf_add_be(&b, v->connections, 4) &&
                buf_add_be(&b, each, 4) && buf_add_be(&b, v->seconds, 4) &&
                buf_add_be(&b, args_has(v->args, OPT_TELL), 1) &&
                buf_add_be(&b, v->loopback, 1) &&
                serving_text(&b, sheaf_str(cors != NULL ? cors : "")) &&
                serving_text(&b, buf_view(&answers)) &&
                packet_send(v->socket, b.data, b.len, v->listener, true) == 0;

    sheaf_buf_free(&b);
    sheaf_buf_free(&answers);
    return good;
}

static int
start_server(struct server *v)
{
    char *argv[] = { NULL, NULL };
    int ends[2];
    int code;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        say(SERVER ": %s", strerror(errno));
        return EXIT_FAILED;
    }
    v->socket = ends[0];
    code = server_start(argv, ends[1], &v->child);
    close(ends[1]);
    return code;
}

static int
tell_all(struct server *v)
{
    uint8_t answer;
    size_t len;
    int fd;
    bool good = send_settings(v);
    int code = good ? send_page(v) : EXIT_DONE;

    if (code != EXIT_DONE)
        return code;
    for (size_t i = 0; i < v->list.count && good; i++)
        good = serving_tell(&v->list, i, v->socket);
    good = good && packet_send(v->socket, "G", 1, -1, true) == 0 &&
           packet_take(v->socket, &answer, 1, &len, &fd) == 0 && len == 1;
    if (good)
        return EXIT_DONE;
    say(SERVER " does not start");
    return EXIT_FAILED;
}

static int
say_where(const struct server *v)
{
    struct out o;

    out_start(&o, STDOUT_FILENO);
    out_format(&o, "%zu archive%s at http://%s/\n", v->list.count,
               v->list.count == 1 ? "" : "s", v->where);
    return out_finish(&o, NULL);
}

/* A descriptor for each archive, and some. */
static void
allow_descriptors(void)
{
    struct rlimit r;

    if (getrlimit(RLIMIT_NOFILE, &r) != 0)
        return;
    r.rlim_cur = r.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &r);
}

static bool
catch_by_descriptor(struct server *v)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    v->signals = signalfd(-1, &set, SFD_CLOEXEC);
    return v->signals >= 0;
}

int
cmd_serve(const struct args *args)
{
    struct server v = {
        .args = args, .listener = -1, .socket = -1, .signals = -1
    };
    int code = take_options(&v);

    allow_descriptors();
    if (code == EXIT_DONE)
        code = take_key(&v);
    if (code == EXIT_DONE)
        code = served_find(&v.list, args);
    if (code == EXIT_DONE)
        code = open_listener(&v);
    if (code == EXIT_DONE && !catch_by_descriptor(&v)) {
        say("%s", strerror(errno));
        code = EXIT_FAILED;
    }
    if (code == EXIT_DONE)
        code = start_server(&v);
    if (code == EXIT_DONE)
        code = tell_all(&v);
    if (v.listener >= 0)
        close(v.listener);
    if (code == EXIT_DONE)
        code = say_where(&v);
    if (code == EXIT_DONE) {
        code = serving_run(&v.list, v.socket, v.child, v.signals);
    } else if (v.socket >= 0) {
        close(v.socket);
        (void)child_wait(&v.child);
    }
    if (v.signals >= 0)
        close(v.signals);
    served_end(&v.list);
    return code;
}
