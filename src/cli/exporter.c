/*
 * exporter.c - a zip archive or a database, by sheaf-export.
 */
#include "cli/exporter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cursor.h"
#include "cli/importer.h"
#include "cli/util.h"

#define ARGUMENTS_MAX 40

/* Copies until the end, or until the output fails. The program then fails,
 * too, and so does what is sent to it. */
static void *
copy(void *arg)
{
    struct exporter *e = arg;
    uint8_t piece[64 * 1024];
    ssize_t n = 1;

    while (n != 0 && e->result->sys == 0) {
        n = read(e->from, piece, sizeof piece);
        if (n < 0 && errno != EINTR)
            e->result->sys = errno;
        if (n > 0)
            out_bytes(e->result, piece, (size_t)n);
    }
    close(e->from);
    return NULL;
}

static int
say_system(int sys)
{
    say(EXPORTER ": %s", strerror(sys));
    return EXIT_FAILED;
}

static int
start(struct exporter *e, char **argv)
{
    int to[2], from[2];
    int code, sys;

    if (pipe2(to, O_CLOEXEC) != 0)
        return say_system(errno);
    if (pipe2(from, O_CLOEXEC) != 0) {
        sys = errno;
        close(to[0]);
        close(to[1]);
        return say_system(sys);
    }
    code = exporter_start(argv, to[0], from[1], &e->child);
    close(to[0]);
    close(from[1]);
    e->from = from[0];
    out_start(&e->to, to[1]);
    sys = code == EXIT_DONE ? pthread_create(&e->copier, NULL, copy, e) : 0;
    if (code == EXIT_DONE && sys == 0)
        return EXIT_DONE;
    close(from[0]);
    close(to[1]);
    child_stop(&e->child);
    return code != EXIT_DONE ? code : say_system(sys);
}

int
exporter_begin(struct exporter *e, const char *format, const char *option,
               const char *const *columns, struct out *result)
{
    char given[16];
    char names[ARGUMENTS_MAX][16];
    char *argv[ARGUMENTS_MAX + 4] = { NULL, names[0] };
    size_t count = 2;

    snprintf(names[0], sizeof names[0], "%s", format);
    if (option != NULL) {
        snprintf(given, sizeof given, "%s", option);
        argv[count++] = given;
    }
    for (size_t i = 0; columns != NULL && columns[i] != NULL; i++) {
        assert(i + 1 < ARGUMENTS_MAX);
        snprintf(names[i + 1], sizeof names[0], "%s", columns[i]);
        argv[count++] = names[i + 1];
    }
    e->result = result;
    return start(e, argv);
}

static void
send_number(struct exporter *e, uint64_t v, unsigned len)
{
    uint8_t bytes[8];

    put_be(bytes, v, len);
    out_bytes(&e->to, bytes, len);
}

void
exporter_file(struct exporter *e, struct sheaf_bytes path, int64_t time,
              uint64_t size)
{
    int64_t seconds = time / 1000 - (time % 1000 < 0);

    out_str(&e->to, "F");
    send_number(e, path.len, 4);
    out_bytes(&e->to, path.data, path.len);
    send_number(e, time == INT64_MIN ? 0 : (uint64_t)seconds, 8);
    send_number(e, size, 8);
}

void
exporter_value(struct exporter *e, struct sheaf_bytes value)
{
    send_number(e, value.len, 8);
    out_bytes(&e->to, value.data, value.len);
}

void
exporter_row(struct exporter *e)
{
    out_str(&e->to, "R");
}

void
exporter_state(struct exporter *e)
{
    out_str(&e->to, "I");
}

int
exporter_old(struct exporter *e, int fd, uint64_t size)
{
    uint8_t piece[16 * 1024];
    uint64_t at = 0;

    out_str(&e->to, "D");
    send_number(e, size, 8);
    while (at < size && e->to.sys == 0) {
        size_t most = size - at < sizeof piece ? (size_t)(size - at)
                                               : sizeof piece;
        ssize_t n = pread(fd, piece, most, (off_t)at);

        if (n == 0 || (n < 0 && errno != EINTR))
            return say_system(n < 0 ? errno : EIO);
        out_bytes(&e->to, piece, n > 0 ? (size_t)n : 0);
        at += n > 0 ? (uint64_t)n : 0;
    }
    return EXIT_DONE;
}

int
exporter_end(struct exporter *e, bool good)
{
    int status;

    if (e->child == 0)
        return EXIT_DONE;
    if (good)
        out_str(&e->to, "E");
    (void)out_flush(&e->to);
    close(e->to.fd);
    pthread_join(e->copier, NULL);
    status = child_wait(&e->child);
    e->status = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILED;
    /* out_finish says why the output failed. */
    if (!good || status == 0 || e->result->sys != 0)
        return EXIT_DONE;
    if (e->status != EXPORTER_OTHER && e->status != EXPORTER_DAMAGED)
        say(EXPORTER " failed");
    return EXIT_FAILED;
}
