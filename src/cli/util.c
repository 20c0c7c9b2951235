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

/* Why a source on another machine failed, of which a reader only has errno. */
static char far_failure[1024];

void
note_far_failure(const char *why)
{
    snprintf(far_failure, sizeof far_failure, "%s", why);
}

const char *
far_failed(int rc, const struct sheaf_error *err)
{
    return rc == SHEAF_EIO && err->sys == EREMOTEIO && far_failure[0] != '\0'
               ? far_failure
               : NULL;
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
    if (far_failed(rc, err) != NULL) {
        say("%s", far_failed(rc, err));
        return EXIT_FAILED;
    }
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

const char *
temp_folder(void)
{
    const char *folder = getenv("TMPDIR");

    return folder != NULL && folder[0] != '\0' ? folder : "/tmp";
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
static volatile sig_atomic_t at_terminal;

static void
on_signal(int number)
{
    static const struct itimerval grace = { .it_value = { 0, GRACE_US } };

    if (signalled == 0)
        (void)setitimer(ITIMER_REAL, &grace, NULL);
    signalled = number;
}

int
interrupted_status(void)
{
    return 128 + signalled;
}

void
end_interrupted(void)
{
    signal(signalled, SIG_DFL);
    raise(signalled);
    _exit(EXIT_FAILED);
}

/* At a terminal, over a line of progress. */
static void
write_interrupted(void)
{
    static const char message[] = "\r\033[Ksheaf: interrupted\n";
    size_t from = at_terminal != 0 ? 0 : 4;
    ssize_t n;

    if (said != 0)
        return;
    said = 1;
    n = write(STDERR_FILENO, message + from, sizeof message - 1 - from);
    (void)n; /* nobody hears it */
}

static void
on_alarm(int number)
{
    (void)number;
    write_interrupted();
    end_interrupted();
}

void
catch_signals(void)
{
    /* Without SA_RESTART, so that a read which waits for input returns. */
    struct sigaction action = { .sa_handler = on_signal };

    at_terminal = isatty(STDERR_FILENO);
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
    write_interrupted();
    snprintf(last, sizeof last, "interrupted");
    return EXIT_FAILED;
}

bool
same_file(const char *a, const char *b)
{
    struct stat x, y;

    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev &&
           x.st_ino == y.st_ino;
}

static struct input {
    dev_t device;
    ino_t number;
} *inputs;
static size_t input_count, input_room;

void
input_is(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
        return;
    if (input_count == input_room) {
        size_t more = input_room * 2 + 16;
        struct input *room = realloc(inputs, more * sizeof *room);

        if (room == NULL)
            return;
        inputs = room;
        input_room = more;
    }
    inputs[input_count++] = (struct input){ st.st_dev, st.st_ino };
}

bool
is_input_file(const struct stat *st)
{
    for (size_t i = 0; i < input_count; i++)
        if (inputs[i].device == st->st_dev && inputs[i].number == st->st_ino)
            return true;
    return false;
}

bool
is_input(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && is_input_file(&st);
}
