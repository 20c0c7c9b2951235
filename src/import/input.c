/*
 * input.c - reads ahead: the start of an input, lines, and files for what must
 * be read twice.
 */
#include "import/import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"

/* An expansion to less than this is never refused, whatever the ratio. */
#define EXPAND_FREE ((uint64_t)64 << 20)

/* The only files that are ever written. They are made before the sandbox is
 * closed: one for each container that must be a file while its members are
 * read, and one for the pictures of a crawl. */
static struct {
    int fd;
    bool used;
} spools[6];
static int spool_errno;

static int
make_spool(const char *folder)
{
    int fd = open(folder, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
    char *name;

    if (fd >= 0)
        return fd;
    name = format_text("%s/sheaf-import.XXXXXX", folder);
    fd = mkostemp(name, O_CLOEXEC);
    spool_errno = errno;
    if (fd >= 0)
        unlink(name);
    mem_free(name);
    return fd;
}

void
spool_open(void)
{
    const char *folder = getenv("TMPDIR");

    if (folder == NULL || folder[0] == '\0')
        folder = "/tmp";
    for (size_t i = 0; i < COUNT_OF(spools); i++)
        spools[i].fd = make_spool(folder);
}

void
input_fail(struct input *in, int code, const char *format, ...)
{
    va_list args;

    in->ended = true;
    if (in->wrong_code != 0)
        return;
    in->wrong_code = code;
    va_start(args, format);
    if (vasprintf(&in->wrong, format, args) < 0)
        die(EXIT_LIMIT, NULL, "the importer is out of memory");
    va_end(args);
}

char *
meter_add(struct meter *m, unsigned depth, uint64_t n)
{
    uint64_t paid = *m->paid;
    uint64_t *got = &m->got[depth];

    *got = n > UINT64_MAX - *got ? UINT64_MAX : *got + n;
    if (*got > asked.expand_total)
        return format_text("expands to more than %llu bytes (--limit-expand)",
                           (unsigned long long)asked.expand_total);
    if (*got > EXPAND_FREE && *got / asked.expand_ratio > paid)
        return format_text("expands to more than %llu times its size "
                           "(--limit-expand)",
                           (unsigned long long)asked.expand_ratio);
    return NULL;
}

static void
check_meter(struct input *in, size_t n)
{
    char *why = meter_add(in->meter, in->depth, n);

    if (why != NULL)
        input_fail(in, EXIT_LIMIT, "%s", why);
    mem_free(why);
}

/* Reads more; false at the end. */
static bool
more(struct input *in)
{
    size_t n;

    if (in->ended)
        return false;
    if (in->at > 0) {
        memmove(in->buffer, in->buffer + in->at, in->len - in->at);
        in->len -= in->at;
        in->at = 0;
    }
    if (in->len == in->cap) {
        in->cap = in->cap != 0 ? 2 * in->cap : LOOK_MAX;
        in->buffer = mem_resize(in->buffer, in->cap, 1);
    }
    n = in->read(in, in->buffer + in->len, in->cap - in->len);
    in->len += n;
    in->taken += n;
    if (n == 0)
        in->ended = true;
    else if (in->meter != NULL)
        check_meter(in, n);
    return n != 0;
}

struct text
input_peek(struct input *in, size_t want)
{
    while (in->len - in->at < want && more(in))
        ;
    return text_from(in->buffer != NULL ? in->buffer + in->at : "",
                     in->len - in->at);
}

struct look
input_look(struct input *in, struct text name)
{
    struct look look = { input_peek(in, LOOK_MAX), name, in->ended };

    if (look.start.len > LOOK_MAX) {
        look.start.len = LOOK_MAX;
        look.whole = false;
    }
    return look;
}

void
input_take(struct input *in, size_t len)
{
    assert(len <= in->len - in->at);
    in->at += len;
}

void
input_drain(struct input *in)
{
    do
        in->at = in->len;
    while (more(in));
}

/* Skips the rest of a line. */
static void
skip_line(struct input *in)
{
    char *end = NULL;

    while (end == NULL) {
        struct text t = input_peek(in, 1);

        if (t.len == 0)
            return;
        end = memchr(t.data, '\n', t.len);
        input_take(in, end != NULL ? (size_t)(end - t.data) + 1 : t.len);
    }
}

enum line
input_line(struct input *in, struct text *line)
{
    size_t seen = 0;

    for (;;) {
        struct text t = input_peek(in, seen + 1);
        const char *end = t.len > seen
                              ? memchr(t.data + seen, '\n', t.len - seen)
                              : NULL;

        if (end != NULL) {
            *line = text_from(t.data, (size_t)(end - t.data));
            input_take(in, line->len + 1);
            return line->len > RECORD_MAX ? LINE_LONG : LINE_GOOD;
        }
        if (t.len == seen) {
            *line = t;
            input_take(in, t.len);
            return t.len == 0 || input_failed(in) ? LINE_END : LINE_GOOD;
        }
        seen = t.len;
        if (seen > RECORD_MAX) {
            skip_line(in);
            return LINE_LONG;
        }
    }
}

void
input_pass(struct input *in, uint64_t size, const char *place)
{
    while (size > 0 && (in->at < in->len || more(in))) {
        size_t n = (size_t)min_u64(size, in->len - in->at);

        out_bytes(in->buffer + in->at, n);
        in->at += n;
        size -= n;
    }
    if (size == 0 && in->at == in->len && !more(in) && !input_failed(in))
        return;
    die(EXIT_FAILED, place, "%s",
        input_failed(in) ? in->wrong : "changed while it was read");
}

/* ---- Temporary files ---- */

static bool
spool_failed(struct input *in, int sys)
{
    input_fail(in, EXIT_FAILED, "temporary file: %s", strerror(sys));
    return false;
}

static bool
write_spool(struct input *in, int fd)
{
    int sys = fd_write(fd, in->buffer + in->at, in->len - in->at);

    if (sys != 0)
        return spool_failed(in, sys);
    in->at = in->len;
    out_progress();
    return true;
}

static size_t
read_spool(struct input *in, void *buffer, size_t cap)
{
    ssize_t n;

    do
        n = read(in->fd, buffer, cap);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        (void)spool_failed(in, errno);
    return n < 0 ? 0 : (size_t)n;
}

int
spool_take(int *fd, const char **why)
{
    for (size_t i = 0; i < COUNT_OF(spools); i++) {
        if (spools[i].used)
            continue;
        *fd = spools[i].fd;
        *why = strerror(spool_errno);
        if (*fd < 0)
            return 0;
        if (lseek(*fd, 0, SEEK_SET) != 0 || ftruncate(*fd, 0) != 0) {
            *why = strerror(errno);
            return 0;
        }
        spools[i].used = true;
        return (int)i + 1;
    }
    *why = NULL;
    return 0;
}

void
spool_give(int spool)
{
    if (spool != 0)
        spools[spool - 1].used = false;
}

bool
input_to_file(struct input *in)
{
    uint64_t size = 0;
    const char *why;
    int fd;

    if (in->fd >= 0)
        return !input_failed(in);
    in->spool = spool_take(&fd, &why);
    if (in->spool == 0 && why == NULL)
        input_fail(in, EXIT_LIMIT, "too many files inside each other");
    else if (in->spool == 0)
        input_fail(in, EXIT_FAILED, "temporary file: %s", why);
    if (in->spool == 0)
        return false;
    do {
        size += in->len - in->at;
        if (!write_spool(in, fd))
            return false;
    } while (more(in));
    if (input_failed(in))
        return false;
    if (lseek(fd, 0, SEEK_SET) != 0)
        return spool_failed(in, errno);
    in->at = 0;
    in->len = 0;
    in->ended = false;
    in->meter = NULL;
    in->fd = fd;
    in->size = size;
    in->read = read_spool;
    return true;
}

void
input_rewind(struct input *in)
{
    (void)lseek(in->fd, 0, SEEK_SET);
    input_restart(in);
}

void
input_restart(struct input *in)
{
    mem_free(in->wrong);
    in->wrong = NULL;
    in->wrong_code = 0;
    in->ended = false;
    in->at = 0;
    in->len = 0;
}

void
input_free(struct input *in)
{
    spool_give(in->spool);
    mem_free(in->buffer);
    mem_free(in->wrong);
    in->buffer = NULL;
    in->wrong = NULL;
    in->at = 0;
    in->len = 0;
    in->cap = 0;
}
