/*
 * util.c - what all commands need: exit codes, messages, numbers, signals.
 */
#include "cli/util.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/date.h"
#include "base/number.h"
#include "cli/out.h"

/* More threads than this gain little, and each takes memory. */
#define JOBS_DEFAULT_MAX 16
#define JOBS_MAX 256
#define PROGRESS_EVERY 200

/* ---- Messages ------------------------------------------------------------ */

static char last[512];

const char *
last_said(void)
{
    return last;
}

static void
say_line(size_t kept, const char *format, va_list args, const char *rest)
{
    struct out o;
    char *line = NULL;

    out_start(&o, STDERR_FILENO);
    out_str(&o, "sheaf: ");
    if (vasprintf(&line, format, args) < 0)
        line = NULL;
    snprintf(last + kept, sizeof last - kept, "%s%s", kept != 0 ? "; " : "",
             line != NULL ? line : "out of memory");
    out_visible(&o, sheaf_str(line != NULL ? line : "out of memory"));
    out_str(&o, rest);
    out_str(&o, "\n");
    out_flush(&o);
    free(line);
}

void
say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say_line(0, format, args, "");
    va_end(args);
}

void
say_also(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    say_line(strlen(last), format, args, "");
    va_end(args);
}

int
say_usage(const char *command, const char *format, ...)
{
    char rest[64];
    va_list args;

    snprintf(rest, sizeof rest, "; see 'sheaf help%s%s'",
             command != NULL ? " " : "", command != NULL ? command : "");
    va_start(args, format);
    say_line(0, format, args, rest);
    va_end(args);
    return EXIT_USAGE;
}

int
say_no_memory(void)
{
    say("out of memory");
    return EXIT_FAILED;
}

int
exit_code(int rc)
{
    switch ((enum sheaf_code)rc) {
    case SHEAF_OK:           return EXIT_DONE;
    case SHEAF_ENOTFOUND:
    case SHEAF_EREDACTED:    return EXIT_NOT_FOUND;
    case SHEAF_ECORRUPT:
    case SHEAF_EMISSING:     return EXIT_CORRUPT;
    case SHEAF_EVERIFY:
    case SHEAF_EROLLBACK:
    case SHEAF_EFORK:        return EXIT_NOT_AUTHENTIC;
    case SHEAF_EINCOMPLETE:  return EXIT_CORRUPT;
    case SHEAF_EUNSUPPORTED: return EXIT_UNSUPPORTED;
    case SHEAF_ELIMIT:       return EXIT_LIMIT;
    case SHEAF_END:
    case SHEAF_EIO:
    case SHEAF_ENOMEM:
    case SHEAF_EINVAL:
    case SHEAF_ESTOPPED:     return EXIT_FAILED;
    }
    return EXIT_FAILED;
}

static int
seriousness(int code)
{
    switch (code) {
    case EXIT_DONE:          return 0;
    case EXIT_NOT_FOUND:     return 1;
    case EXIT_CORRUPT:       return 3;
    case EXIT_NOT_AUTHENTIC: return 4;
    default:                 return 2;
    }
}

int
worse(int a, int b)
{
    return seriousness(b) > seriousness(a) ? b : a;
}

int
say_failed(const char *file, int rc, const struct sheaf_error *err)
{
    const char *message = err->message;
    bool clause = err->clause[0] != '\0';
    bool offset = err->offset != UINT64_MAX;
    char where[64] = "";

    /* The reader closed the pipe: it has seen enough and needs no message. */
    if (rc == SHEAF_EIO && err->sys == EPIPE)
        return EXIT_FAILED;
    if (rc == SHEAF_ESTOPPED && interrupted())
        return say_interrupted();
    if (message[0] == '\0')
        message = sheaf_strerror(rc);
    if (clause && offset)
        snprintf(where, sizeof where, " [%s at %llu]", err->clause,
                 (unsigned long long)err->offset);
    else if (clause)
        snprintf(where, sizeof where, " [%s]", err->clause);
    say("%s: %s%s", file, message, where);
    return exit_code(rc);
}

/* ---- Numbers and times --------------------------------------------------- */

/* Leading zeros are allowed: people type them. */
static bool
parse_digits(struct sheaf_bytes s, uint64_t min, uint64_t max, uint64_t *out)
{
    uint64_t v;

    while (s.len > 1 && s.data[0] == '0')
        s = sheaf_view(s.data + 1, s.len - 1);
    if (!number_parse(s, max, &v) || v < min)
        return false;
    *out = v;
    return true;
}

bool
parse_number(const char *s, uint64_t min, uint64_t max, uint64_t *out)
{
    return parse_digits(sheaf_str(s), min, max, out);
}

bool
parse_size(const char *s, uint64_t max, uint64_t *out)
{
    static const char units[] = "KMG";
    size_t len = strlen(s);
    unsigned shift = 0;
    uint64_t v;

    if (len > 0 && strchr(units, s[len - 1]) != NULL) {
        shift = (unsigned)(strchr(units, s[len - 1]) - units + 1) * 10;
        len--;
    }
    if (!parse_digits(sheaf_view(s, len), 0, max >> shift, &v))
        return false;
    *out = v << shift;
    return true;
}

bool
parse_time(const char *s, int64_t *out)
{
    uint64_t seconds;

    if (*s != '@')
        return date_parse(sheaf_str(s), DATE_RFC3339, out);
    if (!parse_number(s + 1, 0, (uint64_t)INT64_MAX / 1000, &seconds))
        return false;
    *out = (int64_t)seconds * 1000;
    return true;
}

bool
parse_jobs(const char *jobs, unsigned *out)
{
    uint64_t v = 1;
    long cores;

    if (jobs != NULL) {
        if (!parse_number(jobs, 1, JOBS_MAX, &v))
            return false;
    } else {
        cores = sysconf(_SC_NPROCESSORS_ONLN);
        if (cores > 0)
            v = min_u64((uint64_t)cores, JOBS_DEFAULT_MAX);
    }
    *out = (unsigned)v;
    return true;
}

int64_t
ms_of(uint64_t seconds)
{
    return seconds <= (uint64_t)INT64_MAX / 1000 ? (int64_t)seconds * 1000
                                                 : INT64_MAX;
}

struct short_text
seconds_text(uint64_t seconds)
{
    struct short_text s = { "a time beyond all years" };
    char text[DATE_TEXT_SIZE];

    if (date_print(ms_of(seconds), text))
        memcpy(s.text, text, sizeof text);
    return s;
}

struct short_text
size_text(uint64_t bytes)
{
    static const char *const units[] = { "kB", "MB", "GB", "TB" };
    struct short_text s;
    double v = (double)bytes / 1000;
    size_t unit = 0;

    if (bytes < 1000) {
        snprintf(s.text, sizeof s.text, "%u bytes", (unsigned)bytes);
        return s;
    }
    while (v >= 999.95 && unit + 1 < COUNT_OF(units)) {
        v /= 1000;
        unit++;
    }
    snprintf(s.text, sizeof s.text, "%.1f %s", v, units[unit]);
    return s;
}

uint64_t
key_number(const uint8_t id[8])
{
    uint64_t v = 0;

    for (unsigned i = 8; i > 0; i--)
        v = v << 8 | id[i - 1];
    return v;
}

uint64_t
name_hash(const void *data, size_t len)
{
    const uint8_t *p = data;
    uint64_t hash = 14695981039346656037u;

    for (size_t i = 0; i < len; i++)
        hash = (hash ^ p[i]) * 1099511628211u;
    return hash;
}

int
read_file(const char *path, size_t max, struct sheaf_buf *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t n = 1;

    out->len = 0;
    if (fd < 0) {
        say("%s: %s", path, strerror(errno));
        return EXIT_FAILED;
    }
    if (!buf_resize(out, max + 1)) {
        close(fd);
        return say_no_memory();
    }
    out->len = 0;
    while (n != 0 && out->len <= max) {
        n = read(fd, out->data + out->len, max + 1 - out->len);
        if (n < 0 && errno != EINTR) {
            say("%s: %s", path, strerror(errno));
            close(fd);
            return EXIT_FAILED;
        }
        out->len += n > 0 ? (size_t)n : 0;
    }
    close(fd);
    if (out->len > max) {
        say("%s: longer than the limit of %zu bytes", path, max);
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}

/* ---- Signals ------------------------------------------------------------- */

/* How long the program may take to end by itself. */
#define GRACE_US 700000

static volatile sig_atomic_t signalled;
static volatile sig_atomic_t said;

static void
on_signal(int number)
{
    static const struct itimerval grace = { .it_value = { 0, GRACE_US } };

    if (signalled == 0)
        (void)setitimer(ITIMER_REAL, &grace, NULL);
    signalled = number;
}

static void
on_alarm(int number)
{
    static const char message[] = "sheaf: interrupted\n";

    (void)number;
    if (said == 0 && write(STDERR_FILENO, message, sizeof message - 1) < 0)
        _exit(EXIT_FAILED);
    _exit(EXIT_FAILED);
}

void
catch_signals(void)
{
    /* Without SA_RESTART, so that a read which waits for input returns. */
    struct sigaction action = { .sa_handler = on_signal };

    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = on_alarm;
    sigaction(SIGALRM, &action, NULL);
}

bool
interrupted(void)
{
    return signalled != 0;
}

int
say_interrupted(void)
{
    said = 1;
    say("interrupted");
    return EXIT_FAILED;
}

/* ---- Progress ------------------------------------------------------------ */

static uint64_t
now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void
progress_start(struct progress *p, bool quiet)
{
    memset(p, 0, sizeof *p);
    p->on = !quiet && isatty(STDERR_FILENO);
    p->started = now_ms();
    p->next = p->started + PROGRESS_EVERY;
}

bool
progress_due(struct progress *p)
{
    uint64_t now;

    if (!p->on)
        return false;
    now = now_ms();
    if (now < p->next)
        return false;
    p->next = now + PROGRESS_EVERY;
    return true;
}

double
progress_seconds(const struct progress *p)
{
    return (double)(now_ms() - p->started) / 1000;
}

void
progress_show(struct progress *p, const char *format, ...)
{
    char line[256];
    struct out o;
    va_list args;

    va_start(args, format);
    vsnprintf(line, sizeof line, format, args);
    va_end(args);
    out_start(&o, STDERR_FILENO);
    out_format(&o, "\r%s\033[K", line);
    out_flush(&o);
    p->shown = true;
}

void
progress_clear(struct progress *p)
{
    struct out o;

    if (!p->shown)
        return;
    out_start(&o, STDERR_FILENO);
    out_str(&o, "\r\033[K");
    out_flush(&o);
    p->shown = false;
}

/* "12 s", "3 min 20 s", "2 h 5 min" */
static struct short_text
time_text(double seconds)
{
    struct short_text t;
    unsigned long s = seconds < 1e6 ? (unsigned long)seconds + 1 : 1000000;

    if (s < 60)
        snprintf(t.text, sizeof t.text, "%lu s", s);
    else if (s < 3600)
        snprintf(t.text, sizeof t.text, "%lu min %lu s", s / 60, s % 60);
    else
        snprintf(t.text, sizeof t.text, "%lu h %lu min", s / 3600,
                 s / 60 % 60);
    return t;
}

void
progress_part(struct progress *p, uint64_t done, uint64_t total,
              const char *unit)
{
    double seconds = progress_seconds(p);
    double rate = seconds > 0 ? (double)done / seconds : 0;
    double left = total > done ? (double)(total - done) : 0;
    unsigned percent = total != 0 ? (unsigned)((double)done /
                                               (double)total * 100) : 0;
    char of[64], speed[64], end[64] = "";

    if (unit != NULL) {
        snprintf(of, sizeof of, "%llu %s", (unsigned long long)total, unit);
        snprintf(speed, sizeof speed, "%.0f/s", rate);
    } else {
        snprintf(of, sizeof of, "%s", size_text(total).text);
        snprintf(speed, sizeof speed, "%s/s", size_text((uint64_t)rate).text);
    }
    /* The first moments say little. */
    if (rate > 0 && seconds > 1)
        snprintf(end, sizeof end, ", %s left", time_text(left / rate).text);
    progress_show(p, "%u %% of %s, %s%s", percent, of, speed, end);
}

int
progress_bytes(void *arg, uint64_t done, uint64_t total)
{
    struct progress *p = arg;

    if (progress_due(p))
        progress_part(p, done, total, NULL);
    return interrupted();
}

bool
same_file(const char *a, const char *b)
{
    struct stat x, y;

    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
           x.st_ino == y.st_ino;
}
