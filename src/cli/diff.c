/*
 * diff.c - the lines in which two texts differ, by diff(1).
 */
#include "cli/diff.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "cli/child.h"
#include "cli/util.h"

#define PROGRAM "diff"
#define PIECE ((size_t)64 << 10)

static int
say_errno(void)
{
    say("%s: %s", PROGRAM, strerror(errno));
    return EXIT_FAILED;
}

/* A file in memory with this text, which the child inherits; -1 with errno. */
static int
text_file(struct sheaf_bytes text)
{
    int fd = memfd_create("revision", 0);

    if (fd >= 0 && fd_write(fd, text.data, text.len) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static int
read_all(int fd, struct sheaf_buf *out)
{
    ssize_t n = 1;

    while (n != 0) {
        size_t len = out->len;

        if (!buf_resize(out, len + PIECE))
            return say_no_memory();
        n = read(fd, out->data + len, PIECE);
        out->len = len + (n > 0 ? (size_t)n : 0);
        if (n < 0 && errno != EINTR)
            return say_errno();
    }
    return EXIT_DONE;
}

/* Runs it over two open files and takes all that it prints. */
static int
run(int from, int to, unsigned context, struct sheaf_buf *out)
{
    static char program[] = PROGRAM, text[] = "-a", locale[] = "LC_ALL=C";
    char lines[24], first[32], second[32];
    char *argv[] = { program, text, lines, first, second, NULL };
    char *env[] = { locale, NULL };
    int ends[2];
    pid_t child;
    int code, status, sys;

    snprintf(lines, sizeof lines, "-U%u", context);
    snprintf(first, sizeof first, "/dev/fd/%d", from);
    snprintf(second, sizeof second, "/dev/fd/%d", to);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return say_errno();
    sys = child_start(&child, PROGRAM, argv, env, -1, ends[1]);
    close(ends[1]);
    if (sys != 0) {
        close(ends[0]);
        errno = sys;
        return say_errno();
    }
    code = read_all(ends[0], out);
    close(ends[0]);
    status = child_wait(&child);
    /* 0: the same; 1: they differ. */
    if (code == EXIT_DONE && (!WIFEXITED(status) || WEXITSTATUS(status) > 1)) {
        say("%s: failed", PROGRAM);
        code = EXIT_FAILED;
    }
    return code;
}

/* Takes away the two lines with the names of the files. */
static void
drop_names(struct sheaf_buf *out, size_t start)
{
    size_t at = start;

    for (unsigned lines = 0; at < out->len && lines < 2; at++)
        lines += out->data[at] == '\n';
    memmove(out->data + start, out->data + at, out->len - at);
    out->len -= at - start;
}

int
diff_run(struct sheaf_bytes from, struct sheaf_bytes to, unsigned context,
         struct sheaf_buf *out)
{
    size_t start = out->len;
    int first = text_file(from);
    int second = first >= 0 ? text_file(to) : -1;
    int code = second >= 0 ? run(first, second, context, out) : say_errno();

    if (second >= 0)
        close(second);
    if (first >= 0)
        close(first);
    if (code == EXIT_DONE && out->len > start)
        drop_names(out, start);
    return code;
}
