/*
 * stream.c - the importer, and the articles that come from it.
 */
#include "cli/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cursor.h"
#include "cli/importer.h"
#include "cli/util.h"

#define MAGIC "SHFIMP1\n"
#define MAGIC_BYTES 8
#define META_MAX ((uint32_t)1 << 20)
#define MESSAGE_MAX ((uint32_t)64 << 10)
/* A larger part goes to a temporary file, and so does a part with which the
 * parts in memory would exceed the second number. */
#define HOLD_MAX ((uint64_t)16 << 20)
#define HOLD_ALL_MAX ((uint64_t)32 << 20)

/* ---- Running it ---------------------------------------------------------- */

static char **
make_arguments(const struct args *args, char *const *inputs, size_t count,
               bool progress)
{
    static char dashes[] = "--", places[] = "--progress";
    char **argv = calloc(2 * args->passed_count + count + 4, sizeof *argv);
    size_t n = 1; /* the program's name */

    if (argv == NULL)
        return NULL;
    for (size_t i = 0; i < args->passed_count; i++) {
        argv[n++] = (char *)(uintptr_t)args->passed[i].name;
        if (args->passed[i].valued)
            argv[n++] = (char *)(uintptr_t)args->passed[i].value;
    }
    if (progress)
        argv[n++] = places;
    argv[n++] = dashes;
    for (size_t i = 0; i < count; i++)
        argv[n++] = inputs[i];
    return argv;
}

int
stream_open(struct stream *s, const struct args *args, char *const *inputs,
            size_t count, const char *tmpdir, bool progress)
{
    char **argv = make_arguments(args, inputs, count, progress);
    int ends[2];
    int code;

    memset(s, 0, offsetof(struct stream, buffer));
    s->fd = -1;
    s->spool = -1;
    s->tmpdir = tmpdir;
    if (argv == NULL)
        return say_no_memory();
    if (pipe2(ends, O_CLOEXEC) != 0) {
        say("%s: %s", IMPORTER, strerror(errno));
        code = EXIT_FAILED;
    } else {
        s->fd = ends[0];
        code = importer_start(argv, -1, ends[1], &s->child);
        close(ends[1]);
    }
    free(argv);
    return code;
}

void
stream_close(struct stream *s)
{
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    child_stop(&s->child);
    if (s->spool >= 0)
        close(s->spool);
    s->spool = -1;
    sheaf_buf_free(&s->place);
    sheaf_buf_free(&s->kind);
    sheaf_buf_free(&s->meta);
    sheaf_buf_free(&s->bytes);
    sheaf_buf_free(&s->types);
}

/* ---- Reading from it ----------------------------------------------------- */

static int
say_broken(const char *what)
{
    say("%s: %s", IMPORTER, what);
    return EXIT_FAILED;
}

/* The importer ended without a message. */
static int
say_died(struct stream *s)
{
    int status;

    if (interrupted()) {
        (void)say_interrupted();
        return EXIT_FAILED;
    }
    status = child_wait(&s->child);
    if (WIFSIGNALED(status))
        say("%s: ended by signal %d", IMPORTER, WTERMSIG(status));
    else
        say("%s: ended too early, with exit code %d", IMPORTER,
            WEXITSTATUS(status));
    return EXIT_FAILED;
}

static int
refill(struct stream *s)
{
    ssize_t n;

    do {
        n = read(s->fd, s->buffer, sizeof s->buffer);
        if (interrupted()) {
            (void)say_interrupted();
            return EXIT_FAILED;
        }
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        say("%s: %s", IMPORTER, strerror(errno));
        return EXIT_FAILED;
    }
    if (n == 0)
        return say_died(s);
    s->at = 0;
    s->len = (size_t)n;
    return EXIT_DONE;
}

/* Reads some of the next `len` bytes, at least one. */
static int
take_some(struct stream *s, uint64_t len, struct sheaf_bytes *out)
{
    int code = EXIT_DONE;

    assert(len > 0);
    if (s->at == s->len)
        code = refill(s);
    if (code != EXIT_DONE)
        return code;
    *out = sheaf_view(s->buffer + s->at, (size_t)min_u64(len, s->len - s->at));
    s->at += out->len;
    return EXIT_DONE;
}

static int
take(struct stream *s, void *out, size_t len)
{
    uint8_t *p = out;

    while (len > 0) {
        struct sheaf_bytes some;
        int code = take_some(s, len, &some);

        if (code != EXIT_DONE)
            return code;
        memcpy(p, some.data, some.len);
        p += some.len;
        len -= some.len;
    }
    return EXIT_DONE;
}

static int
take_int(struct stream *s, unsigned len, uint64_t *out)
{
    uint8_t bytes[8];
    int code = take(s, bytes, len);

    if (code == EXIT_DONE)
        *out = get_be(bytes, len);
    return code;
}

/* Reads an integer of `width` bytes, at most `max`, and that many bytes. */
static int
take_text(struct stream *s, unsigned width, uint64_t max, struct sheaf_buf *out)
{
    uint64_t len = 0;
    int code = take_int(s, width, &len);

    if (code != EXIT_DONE)
        return code;
    if (len > max)
        return say_broken("wrote a text that is too long");
    if (!buf_resize(out, (size_t)len) || !buf_end(out))
        return say_no_memory();
    return take(s, out->data, (size_t)len);
}

/* ---- Parts --------------------------------------------------------------- */

static uint64_t
spooled_size(void *ctx)
{
    const struct spooled *p = ctx;

    return p->size;
}

static int
spooled_read(void *ctx, uint64_t offset, void *buf, size_t len)
{
    const struct spooled *p = ctx;
    uint8_t *to = buf;

    if (offset > p->size || len > p->size - offset)
        return EINVAL;
    offset += p->offset;
    while (len > 0) {
        ssize_t n = pread(p->fd, to, len, (off_t)offset);

        if (n == 0)
            return EIO;
        if (n < 0 && errno != EINTR)
            return errno;
        if (n > 0) {
            to += n;
            offset += (uint64_t)n;
            len -= (size_t)n;
        }
    }
    return 0;
}

static void
spooled_close(void *ctx)
{
    (void)ctx;
}

static const struct sheaf_source_ops spooled_ops = {
    spooled_size, spooled_read, spooled_close, NULL
};

/* Makes a file without a name, or removes its name at once. */
static int
open_spool(const char *tmpdir)
{
    struct sheaf_buf name = { 0 };
    int fd = open(tmpdir, O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);

    if (fd >= 0)
        return fd;
    if (!buf_add_str(&name, tmpdir) ||
        !buf_add_str(&name, "/sheaf-XXXXXX") || !buf_end(&name)) {
        errno = ENOMEM;
    } else {
        fd = mkostemp(buf_str(&name), O_CLOEXEC);
        if (fd >= 0)
            unlink(buf_str(&name));
    }
    sheaf_buf_free(&name);
    return fd;
}

static int
spool_write(struct stream *s, struct sheaf_bytes b)
{
    while (b.len > 0) {
        ssize_t n = pwrite(s->spool, b.data, b.len, (off_t)s->spool_used);

        if (n < 0 && errno != EINTR) {
            say("%s: a temporary file: %s", s->tmpdir, strerror(errno));
            return EXIT_FAILED;
        }
        if (n > 0) {
            b = sheaf_view(b.data + n, b.len - (size_t)n);
            s->spool_used += (uint64_t)n;
        }
    }
    return EXIT_DONE;
}

static int
spool_part(struct stream *s, size_t i, uint64_t size)
{
    if (s->spool < 0)
        s->spool = open_spool(s->tmpdir);
    if (s->spool < 0) {
        say("%s: a temporary file: %s", s->tmpdir, strerror(errno));
        return EXIT_FAILED;
    }
    s->spooled[i] = (struct spooled){ s->spool, s->spool_used, size };
    s->sources[i] = (struct sheaf_source){ &spooled_ops, &s->spooled[i] };
    s->parts[i].source = &s->sources[i];
    while (size > 0) {
        struct sheaf_bytes some;
        int code = take_some(s, size, &some);

        if (code == EXIT_DONE)
            code = spool_write(s, some);
        if (code != EXIT_DONE)
            return code;
        size -= some.len;
    }
    return EXIT_DONE;
}

static int
take_part_bytes(struct stream *s, size_t i, uint64_t size)
{
    size_t at = s->bytes.len;

    if (size > HOLD_MAX || at + size > HOLD_ALL_MAX)
        return spool_part(s, i, size);
    if (!buf_resize(&s->bytes, at + (size_t)size))
        return say_no_memory();
    s->parts[i].data.len = (size_t)size;
    return take(s, s->bytes.data + at, (size_t)size);
}

static int
take_part_head(struct stream *s, size_t i, uint64_t *size)
{
    uint64_t role = 0, len = 0;
    int code = take_int(s, 1, &role);

    if (code == EXIT_DONE)
        code = take_int(s, 1, &len);
    if (code != EXIT_DONE)
        return code;
    /* All types are one after the other, each followed by a NUL. */
    if (!buf_resize(&s->types, s->types.len + (size_t)len + 1))
        return say_no_memory();
    s->types.data[s->types.len - 1] = '\0';
    code = take(s, s->types.data + s->types.len - 1 - len, (size_t)len);
    if (code == EXIT_DONE)
        code = take_int(s, 8, size);
    s->parts[i].role = (int)role;
    return code;
}

/* Sets the pointers into the buffers, which do not move any more. */
static void
point_parts(struct stream *s)
{
    const char *type = buf_str(&s->types);
    const uint8_t *data = (const uint8_t *)s->bytes.data;

    for (size_t i = 0; i < s->part_count; i++) {
        s->parts[i].type = type;
        type += strlen(type) + 1;
        if (s->parts[i].source == NULL) {
            s->parts[i].data.data = data;
            data += s->parts[i].data.len;
        }
    }
}

static int
take_parts(struct stream *s)
{
    uint64_t sizes[STREAM_PARTS_MAX];
    uint64_t count = 0;
    int code = take_int(s, 1, &count);

    if (code != EXIT_DONE)
        return code;
    if (count < 1 || count > STREAM_PARTS_MAX)
        return say_broken("wrote an article without parts");
    s->part_count = (size_t)count;
    s->types.len = 0;
    s->bytes.len = 0;
    s->spool_used = 0;
    memset(s->parts, 0, s->part_count * sizeof s->parts[0]);
    for (size_t i = 0; i < s->part_count && code == EXIT_DONE; i++)
        code = take_part_head(s, i, &sizes[i]);
    if (code == EXIT_DONE &&
        memchr(s->types.data, '\0', s->types.len) == NULL)
        return say_broken("wrote a type with a NUL in it");
    for (size_t i = 0; i < s->part_count && code == EXIT_DONE; i++)
        code = take_part_bytes(s, i, sizes[i]);
    if (code == EXIT_DONE)
        point_parts(s);
    return code;
}

/* ---- Records ------------------------------------------------------------- */

static int
take_article(struct stream *s)
{
    int code = take_text(s, 2, UINT16_MAX, &s->place);

    if (code == EXIT_DONE)
        code = take_text(s, 4, META_MAX, &s->meta);
    if (code == EXIT_DONE)
        code = take_parts(s);
    s->articles++;
    return code;
}

/* Reads an exit code of this command, and a message that is a complete
 * line. */
static int
take_reason(struct stream *s)
{
    uint64_t given = 0;
    int code = take_int(s, 1, &given);

    s->code = given == EXIT_USAGE || given == EXIT_LIMIT ? (int)given
                                                         : EXIT_FAILED;
    return code == EXIT_DONE ? take_text(s, 4, MESSAGE_MAX, &s->place) : code;
}

static int
take_skipped(struct stream *s)
{
    int code = take_text(s, 1, UINT8_MAX, &s->kind);

    return code == EXIT_DONE ? take_text(s, 4, MESSAGE_MAX, &s->place) : code;
}

static int
take_rejected(struct stream *s)
{
    int code = take_reason(s);

    return code == EXIT_DONE ? take_text(s, 4, META_MAX, &s->bytes) : code;
}

static int
take_failure(struct stream *s)
{
    int code = take_reason(s);

    if (code != EXIT_DONE)
        return code;
    say("%s", buf_str(&s->place));
    return s->code;
}

/* The type of the next record that is more than a place in the inputs. */
static int
take_type(struct stream *s, char *type)
{
    uint64_t v = 'P';
    int code = EXIT_DONE;

    while (code == EXIT_DONE && v == 'P') {
        code = take_int(s, 1, &v);
        if (code == EXIT_DONE && v == 'P')
            code = take_int(s, 8, &s->done);
        if (code == EXIT_DONE && v == 'P')
            code = take_int(s, 8, &s->total);
    }
    *type = (char)v;
    return code;
}

static int
take_end(struct stream *s)
{
    uint64_t count = 0;
    int code = take_int(s, 8, &count);

    if (code != EXIT_DONE)
        return code;
    if (count != s->articles)
        return say_broken("lost count of its articles");
    if (child_wait(&s->child) != 0)
        return say_broken("failed after its end");
    return EXIT_DONE;
}

static int
take_start(struct stream *s)
{
    char magic[MAGIC_BYTES];
    int code = take(s, magic, sizeof magic);

    if (code == EXIT_DONE && memcmp(magic, MAGIC, sizeof magic) != 0)
        code = say_broken("is not the importer of this version");
    s->started = true;
    return code;
}

int
stream_next(struct stream *s, enum incoming *what)
{
    int code = EXIT_DONE;
    char type;

    if (!s->started)
        code = take_start(s);
    if (code == EXIT_DONE)
        code = take_type(s, &type);
    if (code != EXIT_DONE)
        return code;
    switch (type) {
    case 'A':
        *what = INCOMING_ARTICLE;
        return take_article(s);
    case 'S':
        *what = INCOMING_SKIPPED;
        return take_skipped(s);
    case 'W':
        *what = INCOMING_WARNING;
        return take_text(s, 4, MESSAGE_MAX, &s->place);
    case 'R':
        *what = INCOMING_REJECTED;
        return take_rejected(s);
    case 'I':
        *what = INCOMING_REPORT;
        return take_text(s, 4, META_MAX, &s->place);
    case 'F':
        return take_failure(s);
    case 'Z':
        *what = INCOMING_END;
        return take_end(s);
    default:
        return say_broken("wrote a record of unknown kind");
    }
}
