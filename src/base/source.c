/*
 * source.c - archives in files and in memory.
 */
#include "sheaf.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "base/err.h"
#include "base/mem.h"

/* ---- A file -------------------------------------------------------------- */

struct file_source {
    int fd;
    uint64_t size;
};

static uint64_t
file_size(void *ctx)
{
    const struct file_source *f = ctx;

    return f->size;
}

static int
file_read_at(void *ctx, uint64_t offset, void *buf, size_t len)
{
    const struct file_source *f = ctx;
    uint8_t *p = buf;
    uint64_t end;

    /* This also keeps the offset within off_t, because the size fits. */
    if (ADD_OVERFLOWS(offset, len, &end) || end > f->size)
        return EIO;
    while (len != 0) {
        ssize_t n = pread(f->fd, p, len, (off_t)offset);

        if (n > 0) {
            p += n;
            offset += (uint64_t)n;
            len -= (size_t)n;
        } else if (n == 0) {
            return EIO; /* the file has been cut since it was opened */
        } else if (errno != EINTR) {
            return errno;
        }
    }
    return 0;
}

static void
file_close(void *ctx)
{
    struct file_source *f = ctx;

    if (f == NULL)
        return;
    if (f->fd >= 0)
        close(f->fd);
    mem_free(f);
}

static const struct sheaf_source_ops file_ops = {
    file_size, file_read_at, file_close, NULL
};

/* A block device states its size elsewhere than a file. */
static int
find_size(struct file_source *f, struct sheaf_error *err)
{
    struct stat st;
    off_t size;

    if (fstat(f->fd, &st) != 0)
        return fail_io(err, errno, "can't open");
    if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
        return fail(err, SHEAF_EINVAL, "not a regular file");
    size = S_ISREG(st.st_mode) ? st.st_size : lseek(f->fd, 0, SEEK_END);
    if (size < 0)
        return fail_io(err, errno, "can't open");
    f->size = (uint64_t)size;
    return SHEAF_OK;
}

int
sheaf_source_file(struct sheaf_source *out, const char *path,
                  struct sheaf_error *err)
{
    struct file_source *f = mem_new(1, sizeof *f);
    int rc;

    if (f == NULL)
        return fail_nomem(err);
    /* Do not wait for a writer, if this is a pipe; it is refused below. */
    f->fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (f->fd < 0)
        rc = fail_io(err, errno, "can't open");
    else
        rc = find_size(f, err);
    if (rc != SHEAF_OK) {
        file_close(f);
        return rc;
    }
    out->ops = &file_ops;
    out->ctx = f;
    return SHEAF_OK;
}

/* ---- Memory -------------------------------------------------------------- */

struct memory_source {
    const uint8_t *data;
    size_t len;
};

static uint64_t
memory_size(void *ctx)
{
    const struct memory_source *m = ctx;

    return m->len;
}

static int
memory_read_at(void *ctx, uint64_t offset, void *buf, size_t len)
{
    const struct memory_source *m = ctx;

    if (offset > m->len || len > m->len - offset)
        return EIO;
    if (len != 0)
        memcpy(buf, m->data + offset, len);
    return 0;
}

static void
memory_close(void *ctx)
{
    mem_free(ctx);
}

static const struct sheaf_source_ops memory_ops = {
    memory_size, memory_read_at, memory_close, NULL
};

int
sheaf_source_memory(struct sheaf_source *out, struct sheaf_bytes data,
                    struct sheaf_error *err)
{
    struct memory_source *m = mem_new(1, sizeof *m);

    if (m == NULL)
        return fail_nomem(err);
    m->data = data.data;
    m->len = data.len;
    out->ops = &memory_ops;
    out->ctx = m;
    return SHEAF_OK;
}
