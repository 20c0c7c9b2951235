/*
 * outfile.c - output to a file or to standard output.
 */
#include "cli/outfile.h"

#include <errno.h>
#include <unistd.h>

int
out_create(struct out *o, const char *path, int replace)
{
    struct sheaf_error err = { 0 };
    struct sheaf_sink sink;
    int rc;

    rc = sheaf_sink_file(&sink, path, replace, &err);
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
