/*
 * farindex.c - the index of words of an archive on a server.
 *
 * It is fetched in blocks, each when SQLite first reads a page of it. A search
 * looks up what it finds in the order of the table, so the more blocks it has
 * needed, the more of those that follow are fetched with the next one. They
 * stay in memory, up to the bound of remote.c.
 */
#include "cli/farindex.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/fd.h"
#include "cli/remote.h"
#include "cli/util.h"

#define BLOCK 65536u
#define QUESTION 12
/* After each so many blocks, twice as many are fetched at a time, up to ... */
#define BLOCKS_UNTIL_MORE 16
#define BLOCKS_MOST 16
/* Of a database; a bit is kept for each block. */
#define SIZE_MOST ((uint64_t)16 << 40)

struct far_index {
    struct sheaf_source source;
    struct sheaf_buf url;
    char *shown;
    int socket; /* -1: none, or nobody asks any more */
    uint64_t size;
    uint64_t block;   /* the one in memory; UINT64_MAX: none */
    uint8_t *fetched; /* a bit for each block */
    unsigned misses;
    struct sheaf_buf failure;
    uint8_t data[BLOCK];
};

/* Of an output that is being read. */
struct output {
    struct far_index *index;
    int fd;
};

/* ---- Opening ------------------------------------------------------------- */

/* Addresses that are good for one file only. */
static bool
is_signed(const char *url)
{
    static const char *const names[] = {
        "X-Amz-Signature=", "X-Goog-Signature=", "Signature=", "sig="
    };
    const char *query = strchr(url, '?');

    for (size_t i = 0; query != NULL && i < COUNT_OF(names); i++) {
        const char *at = query;

        while ((at = strcasestr(at + 1, names[i])) != NULL)
            if (at[-1] == '?' || at[-1] == '&')
                return true;
    }
    return false;
}

static int
open_source(struct far_index *f, const char *archive)
{
    struct sheaf_error err = { 0 };
    int rc = remote_open(&f->source, buf_str(&f->url), f->shown, &err);
    int code;

    if (rc == SHEAF_OK) {
        f->size = f->source.ops->size(f->source.ctx);
        return EXIT_DONE;
    }
    if (remote_missing())
        return EXIT_NOT_FOUND;
    code = say_failed(f->shown, rc, &err);
    if (is_signed(archive))
        say_also("%s: the address of the archive is signed, and such a "
                 "signature is good for the archive alone: its index has "
                 "another address, and cannot be read",
                 f->shown);
    return code;
}

int
far_index_open(struct far_index **out, const char *archive,
               struct sheaf_buf *shown)
{
    struct far_index *f = calloc(1, sizeof *f);
    int code;

    *out = NULL;
    if (f == NULL)
        return say_no_memory();
    f->socket = -1;
    f->block = UINT64_MAX;
    if (remote_beside(archive, ".db", &f->url))
        f->shown = remote_shown(buf_str(&f->url));
    code = f->shown != NULL && buf_add_str(shown, f->shown) && buf_end(shown)
               ? open_source(f, archive)
               : say_no_memory();
    if (code == EXIT_DONE && f->size > SIZE_MOST) {
        say("%s: an index of more than 16 TiB is not read", f->shown);
        code = EXIT_FAILED;
    }
    if (code == EXIT_DONE) {
        f->fetched = calloc((size_t)(f->size / BLOCK / 8 + 1), 1);
        code = f->fetched != NULL ? EXIT_DONE : say_no_memory();
    }
    if (code == EXIT_DONE) {
        *out = f;
        return EXIT_DONE;
    }
    far_index_close(f);
    return code == EXIT_NOT_FOUND ? EXIT_DONE : code;
}

uint64_t
far_index_size(const struct far_index *f)
{
    return f->size;
}

static void
hang_up(struct far_index *f)
{
    if (f->socket >= 0)
        close(f->socket);
    f->socket = -1;
}

void
far_index_close(struct far_index *f)
{
    if (f == NULL)
        return;
    hang_up(f);
    if (f->source.ops != NULL)
        f->source.ops->close(f->source.ctx);
    sheaf_buf_free(&f->url);
    sheaf_buf_free(&f->failure);
    free(f->fetched);
    free(f->shown);
    free(f);
}

/* ---- Answering ----------------------------------------------------------- */

static bool
reply(struct far_index *f, const void *data, size_t len)
{
    if (fd_write(f->socket, data, len) == 0)
        return true;
    hang_up(f);
    return false;
}

int
far_index_input(struct far_index *f)
{
    uint8_t size[8];
    int ends[2];

    hang_up(f);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return -1;
    f->socket = ends[0];
    put_be(size, f->size, sizeof size);
    (void)reply(f, size, sizeof size);
    return ends[1];
}

static void
note_failure(struct far_index *f, int sys)
{
    const struct sheaf_error err = { .sys = sys };
    const char *why = far_failed(SHEAF_EIO, &err);

    f->block = UINT64_MAX;
    f->failure.len = 0;
    if (why != NULL)
        (void)buf_add_str(&f->failure, why);
    else
        (void)buf_format(&f->failure, "%s: %s", f->shown, strerror(sys));
}

static void
reply_piece(struct far_index *f, const void *data, size_t len)
{
    uint8_t count[4];

    put_be(count, len, sizeof count);
    if (reply(f, count, sizeof count) && len != 0)
        (void)reply(f, data, len);
}

static bool
is_fetched(const struct far_index *f, uint64_t block)
{
    return (f->fetched[block / 8] >> block % 8 & 1) != 0;
}

/* If it fails, the read that follows says so. */
static void
fetch_ahead(struct far_index *f, uint64_t offset)
{
    struct sheaf_range range = { offset, 0, 0 };
    uint64_t most = 1, n = 0;

    if (is_fetched(f, offset / BLOCK))
        return;
    for (unsigned i = f->misses++;
         i >= BLOCKS_UNTIL_MORE && most < BLOCKS_MOST; i -= BLOCKS_UNTIL_MORE)
        most *= 2;
    for (uint64_t b = offset / BLOCK;
         n < most && b * BLOCK < f->size && !is_fetched(f, b); b++, n++)
        f->fetched[b / 8] |= (uint8_t)(1u << b % 8);
    range.len = min_u64(n * BLOCK, f->size - offset);
    f->source.ops->expect(f->source.ctx, &range, 1);
}

/* Sends what the block has from `offset` on, but no more than `len`. */
static void
send_piece(struct far_index *f, uint64_t offset, uint64_t len)
{
    uint64_t block = offset - offset % BLOCK;
    uint64_t there = min_u64(f->size - block, BLOCK);
    size_t in = (size_t)(offset - block), n = 0;
    int sys = 0;

    if (block != f->block) {
        fetch_ahead(f, block);
        sys = f->source.ops->read_at(f->source.ctx, block, f->data,
                                     (size_t)there);
    }
    if (sys == 0) {
        f->block = block;
        n = (size_t)min_u64(len, there - in);
    } else {
        note_failure(f, sys);
    }
    reply_piece(f, f->data + in, n);
}

static void
answer(struct far_index *f)
{
    uint8_t question[QUESTION];
    uint64_t offset, len;

    if (fd_read(f->socket, question, sizeof question) != 0) {
        hang_up(f);
        return;
    }
    offset = get_be(question, 8);
    len = get_be(question + 8, 4);
    if (offset < f->size && len != 0)
        send_piece(f, offset, len);
    else
        hang_up(f);
}

void
far_index_answer(struct far_index *f, int fd)
{
    for (;;) {
        struct pollfd fds[] = { { .fd = fd, .events = POLLIN },
                                { .fd = f->socket, .events = POLLIN } };
        int n = poll(fds, COUNT_OF(fds), -1);

        /* Who waits for it sees that it ends. */
        if (interrupted())
            hang_up(f);
        if (n < 0 && errno != EINTR)
            return;
        if (n > 0 && fds[0].revents != 0)
            return;
        if (n > 0 && fds[1].revents != 0)
            answer(f);
    }
}

static ssize_t
output_read(void *arg, char *buffer, size_t len)
{
    const struct output *o = arg;
    ssize_t n;

    do {
        far_index_answer(o->index, o->fd);
        n = read(o->fd, buffer, len);
    } while (n < 0 && errno == EINTR);
    return n;
}

static int
output_close(void *arg)
{
    struct output *o = arg;

    hang_up(o->index);
    close(o->fd);
    free(o);
    return 0;
}

FILE *
far_index_output(struct far_index *f, int fd)
{
    const cookie_io_functions_t functions = { .read = output_read,
                                              .close = output_close };
    struct output *o = malloc(sizeof *o);
    FILE *out;

    if (o == NULL)
        return NULL;
    *o = (struct output){ f, fd };
    out = fopencookie(o, "rb", functions);
    if (out == NULL)
        free(o);
    return out;
}

bool
far_index_say_failed(const struct far_index *f)
{
    if (f->failure.len == 0)
        return false;
    say("%.*s", (int)f->failure.len, (const char *)f->failure.data);
    return true;
}
