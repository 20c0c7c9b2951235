/*
 * remote.c - an archive on another machine, read by sheaf-http.
 */
#include "cli/remote.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/hash.h"
#include "cli/cachedir.h"
#include "cli/importer.h"
#include "cli/kept.h"

#define SECONDS_DEFAULT 30
#define SECONDS_MAX 86400
/* Pieces of the file in memory. */
#define PIECES_MAX 8192
#define MEMORY_MAX ((uint64_t)96 << 20)
/* What one hint may ask for. */
#define HINT_RANGES_MAX 4096
#define HINT_MAX ((uint64_t)32 << 20)
/* A read fetches at least and at most so much. Reads that follow each other
 * fetch twice as much each time. */
#define FETCH_MIN 4096u
#define FETCH_BEGIN ((uint64_t)32 << 10)
#define FETCH_MAX ((uint64_t)4 << 20)
#define STREAMS 16u
/* After so many round trips a hint fetches what is beside its ranges, too: as
 * much as pays, which is judged anew after so many ranges. */
#define TRIPS_NARROW 12u
#define WIDE_MIN ((uint64_t)16 << 10)
#define WIDE_MAX ((uint64_t)1 << 20)
#define WIDE_JUDGED 8u
#define TEXT_MAX 65536u
#define TAIL_MAX 65536u

struct piece {
    uint64_t offset, len, used;
    uint8_t *data;
    bool wide;
};

/* Reads that follow each other. */
struct stream_end {
    uint64_t at, window;
};

struct remote {
    pthread_mutex_t lock; /* readers share a source */
    const char *url;      /* borrowed */
    const char *shown;    /* borrowed */
    pid_t child;
    int fd;
    bool failed;
    uint64_t size;
    char *tag; /* "" without a strong one */
    struct piece *pieces;
    size_t count;
    uint64_t bytes, clock;
    struct stream_end streams[STREAMS];
    unsigned turn;
    unsigned asked; /* round trips of reading */
    uint64_t wide;
    unsigned widened, paid; /* ranges, and hints that needed none for it */
    struct kept_ranges kept;
    uint64_t trips, requests, fetched;
};

static struct {
    const char *endpoint;
    unsigned seconds;
    bool cache, tell, changed, missing;
} options = { "", SECONDS_DEFAULT, true, false, false, false };

/* ---- Names --------------------------------------------------------------- */

bool
remote_is(const char *name)
{
    return strncasecmp(name, "http://", 7) == 0 ||
           strncasecmp(name, "https://", 8) == 0 ||
           strncmp(name, "s3://", 5) == 0;
}

char *
remote_shown(const char *name)
{
    const char *host = strstr(name, "://");
    size_t path, at = 0, len;
    char *out = malloc(strlen(name) + 8);

    if (out == NULL)
        return NULL;
    host = host != NULL ? host + 3 : name;
    path = strcspn(host, "/?#");
    for (size_t i = 0; i < path; i++)
        if (host[i] == '@')
            at = i + 1;
    len = strcspn(host + at, "?#");
    sprintf(out, "%.*s%.*s%s", (int)(host - name), name, (int)len, host + at,
            host[at + len] != '\0' ? "?..." : "");
    return out;
}

/* In a name of S3, a question mark is one of the object. */
bool
remote_beside(const char *name, const char *suffix, struct sheaf_buf *out)
{
    size_t path = strncmp(name, "s3://", 5) == 0 ? strlen(name)
                                                 : strcspn(name, "?#");

    return buf_add(out, name, path) && buf_add_str(out, suffix) &&
           buf_add_str(out, name + path) && buf_end(out);
}

int
remote_options(const struct args *args)
{
    const char *seconds = args->value[OPT_TIMEOUT];
    const char *name = args->command->name;
    uint64_t v = SECONDS_DEFAULT;

    if (seconds != NULL && !parse_number(seconds, 1, SECONDS_MAX, &v))
        return say_usage(name,
                         "%s: --timeout: '%s' is not a number of seconds",
                         name, seconds);
    if (args_has(args, OPT_CACHE) && args_has(args, OPT_NO_CACHE))
        return say_usage(name, "%s: only one of --cache and --no-cache", name);
    options.seconds = (unsigned)v;
    options.cache = !args_has(args, OPT_NO_CACHE);
    options.tell = args_has(args, OPT_VERBOSE);
    if (args_has(args, OPT_ENDPOINT))
        options.endpoint = args->value[OPT_ENDPOINT];
    cache_dir_choose(args->value[OPT_CACHE]);
    return EXIT_DONE;
}

bool
remote_changed(void)
{
    return options.changed;
}

bool
remote_missing(void)
{
    return options.missing;
}

/* ---- Talking to the helper ----------------------------------------------- */

static int
fail_with(struct remote *r, const char *why)
{
    struct sheaf_buf line = { 0 };

    r->failed = true;
    if (buf_format(&line, "%s: %s", r->shown, why) && buf_end(&line))
        note_far_failure(buf_str(&line));
    sheaf_buf_free(&line);
    return EREMOTEIO;
}

static int
helper_gone(struct remote *r)
{
    return fail_with(r, FETCHER " has ended");
}

static bool
write_all(int fd, const struct sheaf_buf *buf)
{
    size_t at = 0;

    while (at < buf->len) {
        ssize_t n = write(fd, buf->data + at, buf->len - at);

        if (n < 0 && errno == EINTR && !interrupted())
            continue;
        if (n <= 0)
            return false;
        at += (size_t)n;
    }
    return true;
}

static bool
take(struct remote *r, void *out, size_t len)
{
    uint8_t *to = out;

    while (len != 0) {
        ssize_t n = read(r->fd, to, len);

        if (n < 0 && errno == EINTR && !interrupted())
            continue;
        if (n <= 0)
            return false;
        to += n;
        len -= (size_t)n;
    }
    return true;
}

static bool
take_number(struct remote *r, unsigned len, uint64_t *out)
{
    uint8_t bytes[8];

    if (!take(r, bytes, len))
        return false;
    *out = get_be(bytes, len);
    return true;
}

/* A text with a NUL after it, or NULL. */
static char *
take_text(struct remote *r)
{
    uint64_t len;
    char *text = NULL;

    if (take_number(r, 4, &len) && len <= TEXT_MAX)
        text = malloc((size_t)len + 1);
    if (text == NULL || !take(r, text, (size_t)len)) {
        free(text);
        return NULL;
    }
    text[len] = '\0';
    return text;
}

/* Takes messages up to an answer of this kind. Returns 0 or an errno value. */
static int
take_answer(struct remote *r, char kind)
{
    char what, how;
    char *text;
    int sys;

    for (;;) {
        if (!take(r, &what, 1))
            return helper_gone(r);
        if (what == kind)
            return 0;
        if (what == 'S') {
            if (!take_number(r, 4, &r->trips) ||
                !take_number(r, 4, &r->requests) ||
                !take_number(r, 8, &r->fetched))
                return helper_gone(r);
            continue;
        }
        if ((what != 'W' && what != 'V' && what != 'E') ||
            (what == 'E' && !take(r, &how, 1)))
            return helper_gone(r);
        text = take_text(r);
        if (text == NULL)
            return helper_gone(r);
        if (what == 'E') {
            options.changed = options.changed || how == 'C';
            options.missing = how == 'N';
            sys = fail_with(r, text);
            free(text);
            return sys;
        }
        say("%s: %s", r->shown, text);
        free(text);
    }
}

/* ---- Pieces -------------------------------------------------------------- */

static void
drop_piece(struct remote *r, size_t i)
{
    r->bytes -= r->pieces[i].len;
    free(r->pieces[i].data);
    r->pieces[i] = r->pieces[--r->count];
}

static void
make_room(struct remote *r, uint64_t len)
{
    while (r->count != 0 &&
           (r->count == PIECES_MAX || r->bytes + len > MEMORY_MAX)) {
        size_t oldest = 0;

        for (size_t i = 1; i < r->count; i++)
            if (r->pieces[i].used < r->pieces[oldest].used)
                oldest = i;
        drop_piece(r, oldest);
    }
}

/* Takes ownership of `data`. */
static struct piece *
add_piece(struct remote *r, uint64_t offset, uint64_t len, uint8_t *data)
{
    make_room(r, len);
    r->pieces[r->count++] = (struct piece){
        .offset = offset, .len = len, .used = ++r->clock, .data = data
    };
    r->bytes += len;
    return &r->pieces[r->count - 1];
}

static struct piece *
piece_at(struct remote *r, uint64_t offset)
{
    for (size_t i = 0; i < r->count; i++)
        if (offset >= r->pieces[i].offset &&
            offset - r->pieces[i].offset < r->pieces[i].len)
            return &r->pieces[i];
    return NULL;
}

static bool
have(struct remote *r, uint64_t offset, uint64_t len)
{
    uint64_t end = offset + len;

    while (offset < end) {
        const struct piece *p = piece_at(r, offset);

        if (p == NULL)
            return false;
        offset = p->offset + p->len;
    }
    return true;
}

/* ---- The cache ----------------------------------------------------------- */

static bool
keeps(const struct remote *r, const struct sheaf_range *range)
{
    return range->keep && options.cache && r->tag[0] != '\0';
}

static bool
take_kept(struct remote *r, const struct sheaf_range *range)
{
    uint8_t *data = keeps(r, range) ? kept_take(&r->kept, range) : NULL;

    if (data != NULL)
        add_piece(r, range->offset, range->len, data);
    return data != NULL;
}

/* ---- Fetching ------------------------------------------------------------ */

/* Room for the bytes of a range, which can be larger than memory where that is
 * small; NULL if there is none. */
static uint8_t *
range_room(const struct sheaf_range *range, size_t *len)
{
    *len = (size_t)range->len;
    return *len == range->len ? malloc(*len) : NULL;
}

/* Asks for ranges, in one round trip. `wide`: they were made longer. */
static int
fetch(struct remote *r, const struct sheaf_range *ranges, size_t count,
      bool wide)
{
    struct sheaf_buf question = { 0 };
    bool good = buf_add(&question, "R", 1) && buf_add_be(&question, count, 4);
    int sys;

    r->asked++;
    for (size_t i = 0; i < count && good; i++)
        good = buf_add_be(&question, ranges[i].offset, 8) &&
               buf_add_be(&question, ranges[i].len, 8);
    if (good && !write_all(r->fd, &question)) {
        sheaf_buf_free(&question);
        return helper_gone(r);
    }
    sheaf_buf_free(&question);
    if (!good)
        return ENOMEM;
    sys = take_answer(r, 'R');
    for (size_t i = 0; i < count && sys == 0; i++) {
        size_t len;
        uint8_t *data = range_room(&ranges[i], &len);

        if (data == NULL || !take(r, data, len)) {
            r->failed = true; /* the rest of the answer is in the way */
            sys = data == NULL ? ENOMEM : helper_gone(r);
            free(data);
            break;
        }
        if (keeps(r, &ranges[i]))
            kept_put(&r->kept, &ranges[i], data);
        add_piece(r, ranges[i].offset, len, data)->wide = wide;
    }
    return sys;
}

/* How much to fetch from here on, if `want` bytes are wanted. */
static uint64_t
fetch_length(struct remote *r, uint64_t at, uint64_t want)
{
    struct stream_end *s = NULL;
    uint64_t len;

    for (unsigned i = 0; i < STREAMS && s == NULL; i++)
        if (r->streams[i].at == at && r->streams[i].window != 0)
            s = &r->streams[i];
    if (s == NULL) {
        s = &r->streams[r->turn++ % STREAMS];
        s->window = FETCH_BEGIN;
        len = max_u64(want, FETCH_MIN);
    } else {
        len = max_u64(want, s->window);
        s->window = min_u64(s->window * 2, FETCH_MAX);
    }
    len = min_u64(min_u64(len, FETCH_MAX), r->size - at);
    s->at = at + len;
    return len;
}

static uint64_t
remote_size(void *ctx)
{
    const struct remote *r = ctx;

    return r->size;
}

static int
read_some(struct remote *r, uint64_t offset, uint8_t *buf, size_t len)
{
    uint64_t end = offset + len;

    while (offset < end) {
        struct piece *p = piece_at(r, offset);
        uint64_t n;

        if (p == NULL) {
            struct sheaf_range range = { offset, 0, 0 };
            uint64_t to = end;
            int sys;

            for (size_t i = 0; i < r->count; i++)
                if (r->pieces[i].offset > offset && r->pieces[i].offset < to)
                    to = r->pieces[i].offset;
            range.len = fetch_length(r, offset, to - offset);
            sys = r->failed ? EREMOTEIO : fetch(r, &range, 1, false);
            if (sys != 0)
                return sys;
            continue;
        }
        n = min_u64(p->offset + p->len, end) - offset;
        memcpy(buf, p->data + (offset - p->offset), (size_t)n);
        p->used = ++r->clock;
        buf += n;
        offset += n;
    }
    return 0;
}

static int
remote_read_at(void *ctx, uint64_t offset, void *buf, size_t len)
{
    struct remote *r = ctx;
    uint64_t end;
    int sys;

    if (ADD_OVERFLOWS(offset, (uint64_t)len, &end) || end > r->size)
        return EIO;
    pthread_mutex_lock(&r->lock);
    sys = read_some(r, offset, buf, len);
    pthread_mutex_unlock(&r->lock);
    return sys;
}

/* Whether the bytes are there; counts where it paid to fetch more. */
static bool
pays(struct remote *r, const struct sheaf_range *range)
{
    const struct piece *p;

    if (!have(r, range->offset, range->len))
        return false;
    p = piece_at(r, range->offset);
    r->paid += p != NULL && p->wide;
    return true;
}

static struct sheaf_range
widened(struct remote *r, struct sheaf_range range)
{
    uint64_t end = range.offset + range.len;

    if (r->asked < TRIPS_NARROW || keeps(r, &range))
        return range;
    if (r->widened == WIDE_JUDGED) {
        r->wide = r->paid >= WIDE_JUDGED ? min_u64(r->wide * 2, WIDE_MAX)
                                         : max_u64(r->wide / 2, WIDE_MIN);
        r->widened = r->paid = 0;
    }
    r->widened++;
    range.offset -= range.offset % r->wide;
    end = min_u64(end - 1 - (end - 1) % r->wide + r->wide, r->size);
    range.len = end - range.offset;
    return range;
}

static void
remote_expect(void *ctx, const struct sheaf_range *ranges, size_t count)
{
    struct remote *r = ctx;
    struct sheaf_range *missing = calloc(count, sizeof *missing);
    uint64_t bytes = 0;
    size_t n = 0;

    pthread_mutex_lock(&r->lock);
    for (size_t i = 0; missing != NULL && i < count && n < HINT_RANGES_MAX;
         i++) {
        uint64_t end = ranges[i].offset + ranges[i].len;
        bool there = pays(r, &ranges[i]);
        struct sheaf_range range;

        for (size_t k = n; k-- > 0 && !there;)
            there = missing[k].offset <= ranges[i].offset &&
                    missing[k].offset + missing[k].len >= end;
        if (there || bytes + ranges[i].len > HINT_MAX ||
            take_kept(r, &ranges[i]))
            continue;
        range = widened(r, ranges[i]);
        bytes += range.len;
        missing[n++] = range;
    }
    /* If it fails, the reads that follow say so. */
    if (n != 0 && !r->failed)
        (void)fetch(r, missing, n, r->asked >= TRIPS_NARROW);
    pthread_mutex_unlock(&r->lock);
    free(missing);
}

static void
remote_close(void *ctx)
{
    struct remote *r = ctx;

    if (options.tell && r->child != 0)
        say("%s: %llu round trips, %llu requests, %llu bytes, and %llu from "
            "the cache",
            r->shown, (unsigned long long)r->trips,
            (unsigned long long)r->requests, (unsigned long long)r->fetched,
            (unsigned long long)r->kept.taken);
    if (r->fd >= 0)
        (void)close(r->fd);
    /* It ends when its input does, or in the middle of a request. */
    child_stop(&r->child);
    while (r->count != 0)
        drop_piece(r, r->count - 1);
    kept_close(&r->kept);
    pthread_mutex_destroy(&r->lock);
    free(r->pieces);
    free(r->tag);
    free(r);
}

static const struct sheaf_source_ops remote_ops = {
    remote_size, remote_read_at, remote_close, remote_expect
};

/* ---- Opening ------------------------------------------------------------- */

static bool
add_text(struct sheaf_buf *out, const char *text)
{
    return buf_add_be(out, strlen(text), 4) && buf_add_str(out, text);
}

/* The first request, which also gives the last bytes. */
static int
ask_open(struct remote *r)
{
    struct sheaf_buf question = { 0 };
    uint64_t len;
    uint8_t *tail = NULL;
    int sys = ENOMEM;

    options.missing = false;
    if (buf_add(&question, "O", 1) && add_text(&question, r->url) &&
        add_text(&question, options.endpoint) &&
        buf_add_be(&question, options.seconds, 4) &&
        buf_add_be(&question, options.tell, 1))
        sys = write_all(r->fd, &question) ? take_answer(r, 'O')
                                          : helper_gone(r);
    sheaf_buf_free(&question);
    if (sys != 0)
        return sys;
    if (!take_number(r, 8, &r->size) || (r->tag = take_text(r)) == NULL ||
        !take_number(r, 4, &len) || len > TAIL_MAX || len > r->size)
        return helper_gone(r);
    kept_name(&r->kept, options.endpoint, r->url, r->tag);
    tail = malloc((size_t)len + 1);
    if (tail == NULL || !take(r, tail, (size_t)len)) {
        free(tail);
        return helper_gone(r);
    }
    add_piece(r, r->size - len, len, tail);
    return 0;
}

static int
start(struct remote *r)
{
    char *argv[] = { NULL, NULL };
    int ends[2];
    int code;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return errno;
    code = fetcher_start(argv, ends[1], &r->child);
    (void)close(ends[1]);
    r->fd = ends[0];
    /* It was said already, and EPIPE is not said. */
    return code == EXIT_DONE ? 0 : EPIPE;
}

int
remote_open(struct sheaf_source *out, const char *url, const char *shown,
            struct sheaf_error *err)
{
    struct remote *r = calloc(1, sizeof *r);
    int sys = ENOMEM;
    int rc = hash_start(err);

    if (rc != SHEAF_OK || r == NULL) {
        free(r);
        return rc != SHEAF_OK ? rc : fail_nomem(err);
    }
    *r = (struct remote){ .url = url,
                          .shown = shown,
                          .fd = -1,
                          .wide = WIDE_MIN,
                          .kept = KEPT_RANGES_INIT };
    pthread_mutex_init(&r->lock, NULL);
    r->pieces = calloc(PIECES_MAX, sizeof *r->pieces);
    if (r->pieces != NULL)
        sys = start(r);
    if (sys == 0)
        sys = ask_open(r);
    if (sys != 0) {
        remote_close(r);
        return fail_io(err, sys, "reading the archive");
    }
    out->ops = &remote_ops;
    out->ctx = r;
    return SHEAF_OK;
}
