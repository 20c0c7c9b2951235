/*
 * Sources: reads return the right bytes at every offset and length. A read
 * past the end is an error, never a short success.
 */
#include "tap.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "sheaf.h"

#define SIZE 40

static uint8_t content[SIZE];

/* Every range within, and some of those that are not. */
static void
test_ranges(const struct sheaf_source *s, const char *what)
{
    uint8_t buf[SIZE + 8];
    int wrong = 0;

    eq_int(s->ops->size(s->ctx), SIZE, "%s: size", what);
    for (uint64_t at = 0; at <= SIZE + 3; at++) {
        for (size_t len = 0; len <= SIZE + 3; len++) {
            int sys = s->ops->read_at(s->ctx, at, buf, len);
            bool inside = at + len <= SIZE;

            if (inside)
                wrong += sys != 0 || memcmp(buf, content + at, len) != 0;
            else
                wrong += sys != EIO;
        }
    }
    eq_int(wrong, 0, "%s: every range", what);
    eq_int(s->ops->read_at(s->ctx, UINT64_MAX, buf, 2), EIO,
           "%s: a range that wraps", what);
    eq_int(s->ops->read_at(s->ctx, UINT64_MAX - 1, buf, 1), EIO,
           "%s: a range far away", what);
}

static void
test_refused(const char *path, int code, int sys, const char *what)
{
    struct sheaf_source s = { NULL, content };
    struct sheaf_error err = { 0 };

    eq_int(sheaf_source_file(&s, path, &err), code, "%s: refused", what);
    eq_int(err.code, code, "%s: code", what);
    eq_int(err.sys, sys, "%s: errno", what);
    ok(err.message[0] != '\0', "%s: message", what);
    ok(s.ops == NULL && s.ctx == content, "%s: output untouched", what);
}

int
main(void)
{
    char dir[] = "/tmp/t_source.XXXXXX";
    struct sheaf_source s;
    uint8_t buf[SIZE];
    int fd;

    for (size_t i = 0; i < SIZE; i++)
        content[i] = (uint8_t)(i * 7 + 1);
    if (mkdtemp(dir) == NULL || chdir(dir) != 0)
        return 2;

    eq_int(sheaf_source_memory(&s, sheaf_view(content, SIZE),
                               NULL), 0, "memory");
    test_ranges(&s, "memory");
    s.ops->close(s.ctx);
    eq_int(sheaf_source_memory(&s, sheaf_view(NULL, 0),
                               NULL), 0, "no memory at all");
    eq_int(s.ops->size(s.ctx), 0, "no memory at all: size");
    eq_int(s.ops->read_at(s.ctx, 0, NULL, 0), 0, "no memory at all: read");
    s.ops->close(s.ctx);

    fd = open("file", O_RDWR | O_CREAT, 0600);
    ok(fd >= 0 && write(fd, content, SIZE) == SIZE, "a file to read");
    eq_int(sheaf_source_file(&s, "file", NULL), 0, "file");
    test_ranges(&s, "file");
    ok(ftruncate(fd, SIZE / 2) == 0, "the file is cut");
    eq_int(s.ops->size(s.ctx), SIZE, "cut: the size is that of the opening");
    eq_int(s.ops->read_at(s.ctx, 0, buf, SIZE / 2), 0, "cut: what is left");
    eq_int(s.ops->read_at(s.ctx, 1, buf, SIZE / 2), EIO, "cut: a short read");
    s.ops->close(s.ctx);
    close(fd);

    test_refused("none", SHEAF_EIO, ENOENT, "no such file");
    test_refused(".", SHEAF_EINVAL, 0, "a folder");
    test_refused("/dev/null", SHEAF_EINVAL, 0, "a device");
    ok(mkfifo("fifo", 0600) == 0, "a pipe to open");
    test_refused("fifo", SHEAF_EINVAL, 0, "a pipe without a writer");

    unlink("fifo");
    unlink("file");
    if (chdir("/") == 0)
        rmdir(dir);
    return tap_done();
}
