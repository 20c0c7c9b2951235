/*
 * Sinks: after a commit everything is there, without one nothing is, and a
 * failure is permanent.
 */
#include "tap.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "base/sink.h"
#include "sheaf.h"

#define BIG ((size_t)1 << 20)

static uint8_t content[BIG];
static uint8_t back[BIG + 1];

/* Names in this folder, but for . and .. */
static int
count_files(void)
{
    DIR *d = opendir(".");
    int n = 0;

    while (d != NULL && readdir(d) != NULL)
        n++;
    if (d != NULL)
        closedir(d);
    return n - 2;
}

static void
put_file(const char *name, size_t len)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    ok(fd >= 0 && write(fd, content, len) == (ssize_t)len, "put %s", name);
    close(fd);
}

/* The file is the first `len` bytes of the content. */
static void
is_file(const char *name, size_t len, const char *what)
{
    int fd = open(name, O_RDONLY);
    ssize_t n = fd >= 0 ? read(fd, back, sizeof back) : -1;

    eq_int(n, len, "%s: length", what);
    if (n == (ssize_t)len)
        eq_mem(back, content, len, "%s: bytes", what);
    close(fd);
}

/* The first `len` bytes of the content from `at` on, in steps that grow, so
 * that pieces fall inside, over and beyond the buffer. */
static int
write_content(const struct sheaf_sink *s, size_t at, size_t len)
{
    size_t step = 1;

    while (at < len) {
        size_t n = step < len - at ? step : len - at;
        int sys = s->ops->write(s->ctx, content + at, n);

        if (sys != 0)
            return sys;
        at += n;
        step = step * 3 % 400009 + 1;
    }
    return 0;
}

static void
test_file(int replace, mode_t mode, const char *what)
{
    struct sheaf_sink s;
    struct sheaf_error err = { 0 };
    struct stat st;
    int there = access("out", F_OK);

    eq_int(sheaf_sink_file(&s, "out", replace, &err), 0, "%s: open", what);
    eq_int(write_content(&s, 0, BIG), 0, "%s: write", what);
    eq_int(s.ops->sync(s.ctx), 0, "%s: sync", what);
    eq_int(access("out", F_OK), there, "%s: not yet there", what);
    eq_int(s.ops->commit(s.ctx), 0, "%s: commit", what);
    s.ops->close(s.ctx);
    is_file("out", BIG, what);
    eq_int(count_files(), 1, "%s: no other file", what);
    eq_int(stat("out", &st), 0, "%s: stat", what);
    eq_int(st.st_mode & 07777, mode, "%s: mode", what);
}

static void
test_file_refused(const char *path, int replace, int code, int sys,
                  const char *what)
{
    struct sheaf_sink s = { NULL, content };
    struct sheaf_error err = { 0 };
    int before = count_files();

    eq_int(sheaf_sink_file(&s, path, replace, &err), code, "%s: refused",
           what);
    eq_int(err.code, code, "%s: code", what);
    eq_int(err.sys, sys, "%s: errno", what);
    ok(s.ops == NULL && s.ctx == content, "%s: output untouched", what);
    eq_int(count_files(), before, "%s: no trace", what);
}

static void
test_new_files(void)
{
    struct sheaf_sink s;
    struct sheaf_error err = { 0 };
    struct rlimit limit;
    struct rlimit low;
    int before;

    test_file(0, 0640, "new: what umask leaves");
    eq_int(sheaf_sink_file(&s, "out", 0, &err), SHEAF_EINVAL, "exists");
    eq_str(err.message, "file exists; -f replaces it", "exists: message");
    put_file("out", 10);
    ok(chmod("out", 0600) == 0, "a file to be replaced");
    test_file(1, 0600, "replace a private one");
    ok(chmod("out", 0666) == 0, "one that all may write to");
    test_file(1, 0640, "replace it");
    unlink("out");
    test_file(1, 0640, "replace nothing");
    unlink("out");

    test_file_refused("none/out", 0, SHEAF_EIO, ENOENT, "no folder");
    test_file_refused("", 0, SHEAF_EINVAL, 0, "no name");
    test_file_refused("out/", 0, SHEAF_EINVAL, 0, "a name of a folder");
    test_file_refused("..", 1, SHEAF_EINVAL, 0, "the folder above");
    test_file_refused("/dev/null", 1, SHEAF_EINVAL, 0, "a device");

    eq_int(sheaf_sink_file(&s, "out", 0, &err), 0, "dropped: open");
    eq_int(write_content(&s, 0, BIG), 0, "dropped: write");
    s.ops->close(s.ctx);
    eq_int(count_files(), 0, "dropped: no trace");

    eq_int(sheaf_sink_file(&s, "out", 0, &err), 0, "overtaken: open");
    eq_int(write_content(&s, 0, BIG), 0, "overtaken: write");
    put_file("out", 3);
    eq_int(s.ops->commit(s.ctx), EEXIST, "overtaken: commit");
    s.ops->close(s.ctx);
    is_file("out", 3, "overtaken: the other's file");
    eq_int(count_files(), 1, "overtaken: no trace");
    unlink("out");

    /* The nearest thing to a full disk that any user can have. */
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    low = limit;
    low.rlim_cur = 300000;
    eq_int(sheaf_sink_file(&s, "out", 0, &err), 0, "full: open");
    setrlimit(RLIMIT_FSIZE, &low);
    before = write_content(&s, 0, BIG);
    setrlimit(RLIMIT_FSIZE, &limit);
    eq_int(before, EFBIG, "full: write fails");
    eq_int(s.ops->write(s.ctx, "x", 1), EFBIG, "full: and again");
    eq_int(s.ops->sync(s.ctx), EFBIG, "full: sync fails");
    eq_int(s.ops->commit(s.ctx), EFBIG, "full: commit fails");
    s.ops->close(s.ctx);
    eq_int(count_files(), 0, "full: no trace");
}

static void
test_append_refused(const char *path, uint64_t size, int code, int sys,
                    const char *what)
{
    struct sheaf_sink s = { NULL, content };
    struct sheaf_error err = { 0 };

    eq_int(sink_append(&s, path, 100, size, &err), code, "%s: refused", what);
    eq_int(err.code, code, "%s: code", what);
    eq_int(err.sys, sys, "%s: errno", what);
    ok(s.ops == NULL && s.ctx == content, "%s: output untouched", what);
}

static void
test_append(void)
{
    struct sheaf_sink s;
    struct sheaf_error err = { 0 };

    put_file("old", 120);
    eq_int(sink_append(&s, "old", 100, 120, &err), 0, "append: open");
    is_file("old", 120, "append: not touched by open");
    test_append_refused("old", 120, SHEAF_EIO, EWOULDBLOCK, "locked");
    eq_int(write_content(&s, 100, 5000), 0, "append: write");
    is_file("old", 100, "append: cut by the first write");
    eq_int(s.ops->sync(s.ctx), 0, "append: sync");
    is_file("old", 5000, "append: there after sync");
    eq_int(write_content(&s, 5000, BIG), 0, "append: more");
    eq_int(s.ops->commit(s.ctx), 0, "append: commit");
    s.ops->close(s.ctx);
    is_file("old", BIG, "append: all of it");

    eq_int(sink_append(&s, "old", 120, BIG, &err), 0, "dropped: open");
    s.ops->close(s.ctx);
    is_file("old", BIG, "dropped: nothing written, nothing done");
    eq_int(sink_append(&s, "old", BIG / 2, BIG, &err), 0, "dropped: open");
    eq_int(write_content(&s, BIG / 2, BIG), 0, "dropped: write");
    eq_int(s.ops->sync(s.ctx), 0, "dropped: sync");
    s.ops->close(s.ctx);
    is_file("old", BIG / 2, "dropped: cut back");

    test_append_refused("old", 120, SHEAF_ESTOPPED, 0, "another size");
    test_append_refused("none", 120, SHEAF_EIO, ENOENT, "no such file");
    test_append_refused("/dev/null", 120, SHEAF_EINVAL, 0, "a device");
    unlink("old");
}

static void
put_mark(const char *text, size_t len)
{
    int fd = open("old.appending", O_WRONLY | O_CREAT | O_TRUNC, 0600);

    ok(fd >= 0 && write(fd, text, len) == (ssize_t)len, "put a mark");
    close(fd);
}

/* What an append leaves that was killed goes with the archive. Files of others
 * that have that name stay. */
static void
test_mark(void)
{
    static const struct {
        const char *what;
        const char *text;
        size_t len;
        bool mark;
    } cases[] = {
        { "a mark", "append from byte 100\n", 21, true },
        { "a mark cut off", "append fr", 9, true },
        { "an empty mark", "", 0, true },
        { "zeros of a mark", "append\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 21,
          true },
        { "notes", "my notes\n", 9, false },
        { "long notes",
          "append from byte 100 is what I read in the log of "
          "the machine\n",
          63, false },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct sheaf_sink s;
        struct sheaf_error err = { 0 };

        put_file("old", 120);
        put_mark(cases[i].text, cases[i].len);
        if (cases[i].mark) {
            eq_int(sink_append(&s, "old", 100, 120, &err), 0, "%s: open",
                   cases[i].what);
            eq_int(write_content(&s, 100, 150), 0, "%s: write", cases[i].what);
            eq_int(s.ops->commit(s.ctx), 0, "%s: commit", cases[i].what);
            s.ops->close(s.ctx);
            eq_int(count_files(), 1, "%s: append removes it", cases[i].what);
            put_mark(cases[i].text, cases[i].len);
        } else {
            test_append_refused("old", 120, SHEAF_EINVAL, 0, cases[i].what);
        }
        eq_int(sheaf_sink_file(&s, "old", SHEAF_REPLACE, &err), 0,
               "%s: replace", cases[i].what);
        eq_int(write_content(&s, 0, 10), 0, "%s: write", cases[i].what);
        eq_int(s.ops->commit(s.ctx), 0, "%s: commit", cases[i].what);
        s.ops->close(s.ctx);
        eq_int(count_files(), cases[i].mark ? 1 : 2,
               "%s: what a new archive leaves of it", cases[i].what);
        unlink("old.appending");
    }
    eq_int(mkdir("old.appending", 0700), 0, "a folder of that name");
    test_append_refused("old", 120, SHEAF_EINVAL, 0, "a folder");
    rmdir("old.appending");
    unlink("old");
}

static void *
drain(void *arg)
{
    const int *fd = arg;
    size_t at = 0;
    ssize_t n;

    usleep(20000); /* lets the pipe fill, so that the writer has to wait */
    while ((n = read(*fd, back + at, sizeof back - at)) > 0)
        at += (size_t)n;
    return NULL;
}

static void
test_fd(void)
{
    struct sheaf_sink s;
    struct sheaf_error err = { 0 };
    pthread_t reader;
    int ends[2];
    int fd;

    if (pipe(ends) != 0 || fcntl(ends[1], F_SETFL, O_NONBLOCK) != 0)
        return;
    memset(back, 0, sizeof back);
    pthread_create(&reader, NULL, drain, &ends[0]);
    eq_int(sheaf_sink_fd(&s, ends[1], &err), 0, "pipe: open");
    eq_int(write_content(&s, 0, BIG), 0, "pipe: write");
    eq_int(s.ops->sync(s.ctx), 0, "pipe: sync");
    eq_int(s.ops->commit(s.ctx), 0, "pipe: commit");
    s.ops->close(s.ctx);
    eq_int(close(ends[1]), 0, "pipe: was left open");
    pthread_join(reader, NULL);
    eq_mem(back, content, BIG, "pipe: bytes");
    close(ends[0]);

    fd = open("/dev/full", O_WRONLY);
    if (fd < 0)
        return;
    eq_int(sheaf_sink_fd(&s, fd, &err), 0, "full: open");
    eq_int(s.ops->write(s.ctx, content, 100), 0, "full: in the buffer");
    eq_int(s.ops->commit(s.ctx), ENOSPC, "full: commit");
    eq_int(s.ops->commit(s.ctx), ENOSPC, "full: commit again");
    s.ops->close(s.ctx);
    close(fd);
}

static void
test_memory(void)
{
    struct sheaf_buf buf = { 0 };
    struct sheaf_sink s;

    eq_int(sheaf_sink_memory(&s, &buf, NULL), 0, "memory: open");
    eq_int(write_content(&s, 0, BIG), 0, "memory: write");
    eq_int(s.ops->sync(s.ctx), 0, "memory: sync");
    eq_int(s.ops->commit(s.ctx), 0, "memory: commit");
    s.ops->close(s.ctx);
    eq_int(buf.len, BIG, "memory: length");
    eq_mem(buf.data, content, BIG, "memory: bytes");
    eq_int(sheaf_sink_memory(&s, &buf, NULL), 0, "memory: open again");
    eq_int(buf.len, 0, "memory: replaces what it held");
    eq_int(write_content(&s, 0, 10), 0, "memory: write");
    s.ops->close(s.ctx);
    eq_int(buf.len, 0, "memory: dropped");
    sheaf_buf_free(&buf);
}

static void
test_temp(void)
{
    struct temp t = TEMP_INIT;
    struct sheaf_error err = { 0 };

    temp_close(&t);
    eq_int(temp_open(&t, "none", &err), SHEAF_EIO, "temp: no folder");
    eq_int(err.sys, ENOENT, "temp: no folder: errno");
    ok(strstr(err.message, "temporary file in none") != NULL,
       "temp: the message says where");
    eq_int(temp_open(&t, ".", &err), 0, "temp: open");
    eq_int(count_files(), 0, "temp: has no name");
    eq_int(temp_write(&t, 1000, content, BIG, &err), 0, "temp: write");
    eq_int(temp_read(&t, 1001, back, BIG - 1, &err), 0, "temp: read");
    eq_mem(back, content + 1, BIG - 1, "temp: bytes");
    errno = ENOENT;
    eq_int(temp_read(&t, 1001, back, BIG, &err), SHEAF_EIO,
           "temp: past the end");
    eq_int(err.sys, EIO, "temp: which is no error of the system");
    temp_close(&t);
}

int
main(void)
{
    char dir[] = "/tmp/t_sink.XXXXXX";

    for (size_t i = 0; i < BIG; i++)
        content[i] = (uint8_t)(i * 2654435761u >> 13);
    umask(027);
    if (mkdtemp(dir) == NULL || chdir(dir) != 0)
        return 2;
    test_new_files();
    test_append();
    test_mark();
    test_fd();
    test_memory();
    test_temp();
    if (chdir("/") == 0)
        eq_int(rmdir(dir), 0, "nothing is left");
    return tap_done();
}
