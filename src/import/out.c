/*
 * out.c - the stream of records, and the end of the program after an error
 * that cannot be handled.
 */
#include "import/import.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/cursor.h"

#define PLACE_MAX ((size_t)4096)
#define MESSAGE_MAX (PLACE_MAX + 1024)
#define RECORD_KEPT MIB
/* The most zeros that are written to complete a broken article, so that the
 * error has a place in the stream. */
#define PAD_MAX ((uint64_t)4 << 30)

/* There is one stream, and die() needs its state from anywhere. */
static struct {
    unsigned char buffer[64 * 1024];
    size_t len;
    uint64_t articles;
    uint64_t owed; /* bytes of the current article not yet written */
    bool dying;
    bool discard;
    volatile sig_atomic_t writing;
    volatile sig_atomic_t idle; /* seconds without progress */
    unsigned idle_max;
} out;

static void
flush(void)
{
    size_t at = 0;

    while (at < out.len && !out.discard) {
        ssize_t n = write(STDOUT_FILENO, out.buffer + at, out.len - at);

        if (n > 0) {
            at += (size_t)n;
        } else if (n < 0 && errno != EINTR) {
            /* A reader that closed the pipe needs no message. */
            if (errno != EPIPE)
                fprintf(stderr, "sheaf-import: standard output: %s\n",
                        strerror(errno));
            _exit(EXIT_FAILED);
        }
    }
    out.len = 0;
}

static void
put(const void *data, size_t len)
{
    const unsigned char *p = data;

    out.writing = 1;
    while (len > 0) {
        size_t n = sizeof out.buffer - out.len;

        n = n < len ? n : len;
        memcpy(out.buffer + out.len, p, n);
        out.len += n;
        p += n;
        len -= n;
        if (out.len == sizeof out.buffer)
            flush();
    }
    out.idle = 0;
    out.writing = 0;
}

static void
put_int(uint64_t v, unsigned len)
{
    uint8_t bytes[8];

    put_be(bytes, v, len);
    put(bytes, len);
}

static void
put_text(struct text t, unsigned width)
{
    put_int(t.len, width);
    put(t.data, t.len);
}

/* A line for people. Names are untrusted: no byte of them may move the
 * cursor or end the line. */
static struct text
clean(char line[MESSAGE_MAX])
{
    uint8_t *p = (uint8_t *)line;
    size_t len = strlen(line);

    for (size_t i = 0; i < len;) {
        size_t n = utf8_len(p + i, len - i);

        if (n == 0 || p[i] < 0x20 || p[i] == 0x7F ||
            (p[i] == 0xC2 && p[i + 1] < 0xA0)) {
            n = n == 0 ? 1 : n;
            memset(p + i, '?', n);
        }
        i += n;
    }
    return text_from(line, len);
}

/* "PLACE: message", or the message alone. Allocates nothing, since memory
 * may be short. */
static struct text
join(char line[MESSAGE_MAX], const char *place, const char *format,
     va_list args)
{
    int n = 0;

    if (place != NULL)
        n = snprintf(line, PLACE_MAX, "%s: ", place);
    n = n < (int)PLACE_MAX ? n : (int)PLACE_MAX - 1;
    vsnprintf(line + n, MESSAGE_MAX - (size_t)n, format, args);
    return clean(line);
}

void
out_start(void)
{
    signal(SIGPIPE, SIG_IGN);
    put("SHFIMP1\n", 8);
}

void
out_discard(void)
{
    out.discard = true;
}

uint64_t
out_articles(void)
{
    return out.articles;
}

static void
put_place(void)
{
    uint64_t done, total;

    if (!progress_place(&done, &total))
        return;
    put("P", 1);
    put_int(done, 8);
    put_int(total, 8);
}

void
out_article(const char *place, struct text meta, const struct part *parts,
            size_t count)
{
    char line[MESSAGE_MAX];

    assert(out.owed == 0);
    assert(meta.len <= META_MAX && count >= 1 && count <= PARTS_MAX);
    put_place();
    put("A", 1);
    snprintf(line, PLACE_MAX, "%s", place);
    put_text(clean(line), 2);
    put_text(meta, 4);
    put_int(count, 1);
    for (size_t i = 0; i < count; i++) {
        assert(strlen(parts[i].type) <= UINT8_MAX);
        put_int((unsigned)parts[i].role, 1);
        put_text(text_of(parts[i].type), 1);
        put_int(parts[i].size, 8);
        out.owed += parts[i].size;
    }
    out.articles++;
    for (size_t i = 0; i < count; i++)
        if (parts[i].data != NULL)
            out_bytes(parts[i].data, (size_t)parts[i].size);
}

void
out_bytes(const void *data, size_t len)
{
    assert(len <= out.owed);
    put(data, len);
    out.owed -= len;
}

void
out_report(struct text json)
{
    assert(out.owed == 0);
    put("I", 1);
    put_text(json, 4);
}

void
out_end(void)
{
    assert(out.owed == 0);
    put("Z", 1);
    put_int(out.articles, 8);
    flush();
}

void
leave_out(const char *kind, const char *place, const char *format, ...)
{
    char line[MESSAGE_MAX];
    va_list args;

    assert(out.owed == 0);
    put_place();
    put("S", 1);
    put_text(text_of(kind), 1);
    if (place != NULL) {
        va_start(args, format);
        put_text(join(line, place, format, args), 4);
        va_end(args);
    } else {
        put_int(0, 4);
    }
}

void
warn(const char *place, const char *format, ...)
{
    char line[MESSAGE_MAX];
    va_list args;

    assert(out.owed == 0);
    put("W", 1);
    va_start(args, format);
    put_text(join(line, place, format, args), 4);
    va_end(args);
}

static void
put_failure(int code, struct text t)
{
    static const unsigned char zeros[4096];

    out.dying = true;
    if (out.owed > PAD_MAX) {
        flush();
        fprintf(stderr, "sheaf-import: %.*s\n", (int)t.len, t.data);
        _exit(EXIT_FAILED);
    }
    while (out.owed > 0)
        out_bytes(zeros, (size_t)min_u64(out.owed, sizeof zeros));
    put("F", 1);
    put_int((unsigned)code, 1);
    put_text(t, 4);
    flush();
}

noreturn void
die(int code, const char *place, const char *format, ...)
{
    char line[MESSAGE_MAX];
    va_list args;

    if (out.discard)
        abort();
    va_start(args, format);
    if (!out.dying)
        put_failure(code, join(line, place, format, args));
    va_end(args);
    _exit(EXIT_FAILED);
}

void
reject(int code, const char *place, struct text record, const char *format,
       ...)
{
    char line[MESSAGE_MAX];
    struct text t;
    va_list args;

    va_start(args, format);
    t = join(line, place, format, args);
    va_end(args);
    if (asked.strict || out.owed > 0) {
        put_failure(code, t);
        _exit(EXIT_FAILED);
    }
    put("R", 1);
    put_int((unsigned)code, 1);
    put_text(t, 4);
    put_text(record.len <= RECORD_KEPT ? record : text_from(record.data, 0),
             4);
}

/* ---- Time without progress ---- */

/* Called each second of processor time. If anything is stuck, it is a
 * library, and nothing of ours is half done; `writing` says if it is. */
static void
on_tick(int sig)
{
    static const char message[] =
        "an input takes too long and gives nothing (--limit-time)";

    (void)sig;
    if (out.writing || out.dying)
        return;
    if ((unsigned)++out.idle <= out.idle_max)
        return;
    put_failure(EXIT_LIMIT, text_of(message));
    _exit(EXIT_FAILED);
}

void
out_progress(void)
{
    out.idle = 0;
}

void
out_watch(unsigned seconds)
{
    const struct itimerval each = { { 1, 0 }, { 1, 0 } };
    struct sigaction action = { .sa_handler = on_tick,
                                .sa_flags = SA_RESTART };

    out.idle_max = seconds;
    sigaction(SIGPROF, &action, NULL);
    setitimer(ITIMER_PROF, &each, NULL);
}
