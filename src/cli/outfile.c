/*
 * outfile.c - output to a file or to standard output.
 */
#include "cli/outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/terminal.h"

static int
refuse(struct sheaf_error *err, int rc, int sys, const char *why)
{
    memset(err, 0, sizeof *err);
    err->code = rc;
    err->sys = sys;
    err->offset = UINT64_MAX;
    snprintf(err->message, sizeof err->message, "%s", why);
    return rc;
}

static int
open_sink(struct sheaf_sink *out, const char *path, int replace,
          struct sheaf_error *err)
{
    struct stat st;
    int fd;

    if (strcmp(path, "-") == 0)
        return refuse(err, SHEAF_EINVAL, 0,
                      "a file is needed here, not standard output");
    if (stat(path, &st) != 0 || !S_ISCHR(st.st_mode))
        return sheaf_sink_file(out, path, replace, err);
    /* It stays open until the program ends. */
    fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd >= 0)
        return sheaf_sink_fd(out, fd, err);
    return refuse(err, SHEAF_EIO, errno, strerror(errno));
}

static int
open_over(struct sheaf_sink *out, const char *path, const char *own,
          int replace, struct sheaf_error *err)
{
    if (is_input(path) && (own == NULL || !same_file(path, own)))
        return refuse(err, SHEAF_EINVAL, 0,
                      "this command reads it: write to another file");
    return open_sink(out, path, replace, err);
}

/* Paths of archives that sinks were opened for, with a NUL after each. */
static struct sheaf_buf written;

const char *
sink_opened(const char *last)
{
    size_t at = last != NULL
                    ? (size_t)(last - buf_str(&written)) + strlen(last) + 1
                    : 0;

    return at < written.len ? buf_str(&written) + at : NULL;
}

int
sink_open_over(struct sheaf_sink *out, const char *path, const char *own,
               int replace, struct sheaf_error *err)
{
    if (!buf_add(&written, path, strlen(path) + 1))
        return refuse(err, SHEAF_ENOMEM, ENOMEM, strerror(ENOMEM));
    return open_over(out, path, own, replace, err);
}

int
sink_open(struct sheaf_sink *out, const char *path, int replace,
          struct sheaf_error *err)
{
    return sink_open_over(out, path, NULL, replace, err);
}

int
out_create(struct out *o, const char *path, int replace)
{
    struct sheaf_error err = { 0 };
    struct sheaf_sink sink;
    int rc;

    /* What is kept for the next run is read and replaced. */
    rc = open_over(&sink, path, replace == SHEAF_REPLACE_LOCKED ? path : NULL,
                   replace, &err);
    if (rc != SHEAF_OK)
        return say_failed(path, rc, &err);
    out_start(o, -1);
    o->sink = sink;
    return EXIT_DONE;
}

int
out_open(struct out *o, const char *path, int replace)
{
    if (path != NULL && strcmp(path, "-") != 0)
        return out_create(o, path, replace);
    out_start(o, STDOUT_FILENO);
    return EXIT_DONE;
}

int
out_file(const char *path, int replace, struct sheaf_bytes bytes)
{
    struct out o;
    int code = out_open(&o, path, replace);

    if (code != EXIT_DONE)
        return code;
    if (out_is_terminal(&o))
        terminal_filter(&o);
    out_bytes(&o, bytes.data, bytes.len);
    code = out_finish(&o, path);
    out_drop(&o);
    return code;
}

int
out_finish(struct out *o, const char *path)
{
    out_flush(o);
    if (o->sys == 0 && o->sink.ops != NULL)
        o->sys = o->sink.ops->commit(o->sink.ctx);
    if (o->sys == 0 || (o->sink.ops == NULL && o->fd == STDERR_FILENO))
        return EXIT_DONE;
    /* A reader that closed the pipe needs no message. */
    if (o->sys != EPIPE)
        say("%s: %s", path != NULL && o->sink.ops != NULL
                          ? path : "standard output", strerror(o->sys));
    return EXIT_FAILED;
}

void
out_drop(struct out *o)
{
    if (o->sink.ops != NULL)
        o->sink.ops->close(o->sink.ctx);
    o->sink.ops = NULL;
}
