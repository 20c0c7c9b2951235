/*
 * cmd_pack.c - make an archive.
 */
#include <unistd.h>

#include "cli/outfile.h"
#include "cli/packing.h"

/* A sink that counts what goes through it, for the progress line. */
struct counted {
    struct sheaf_sink inner;
    uint64_t bytes;
};

static int
counted_write(void *ctx, const void *buf, size_t len)
{
    struct counted *c = ctx;

    c->bytes += len;
    return c->inner.ops->write(c->inner.ctx, buf, len);
}

static int
counted_sync(void *ctx)
{
    struct counted *c = ctx;

    return c->inner.ops->sync(c->inner.ctx);
}

static int
counted_commit(void *ctx)
{
    struct counted *c = ctx;

    return c->inner.ops->commit(c->inner.ctx);
}

static void
counted_close(void *ctx)
{
    struct counted *c = ctx;

    c->inner.ops->close(c->inner.ctx);
}

static const struct sheaf_sink_ops counted_ops = {
    counted_write, counted_sync, counted_commit, counted_close
};

static int
check_usage(const struct args *args)
{
    const char *path = args->value[OPT_OUTPUT];

    if (args_has(args, OPT_DRY_RUN))
        return EXIT_DONE;
    if (path == NULL)
        return say_usage("pack", "pack: needs -o OUT");
    if (strcmp(path, "-") != 0)
        return EXIT_DONE;
    if (args_has(args, OPT_JSON))
        return say_usage("pack", "pack: --json and -o - both want standard "
                         "output");
    if (isatty(STDOUT_FILENO))
        return say_usage("pack", "pack: -o -: an archive is not for a "
                         "terminal");
    return EXIT_DONE;
}

/* One origin and key, one log: see log.h. */
static int
check_log(const struct packing *p, struct log *log)
{
    int code = log_open(log, sheaf_str(p->options.origin), &p->pub, NULL);

    if (code != EXIT_DONE)
        return code;
    if (!log->known || args_has(p->args, OPT_NEW_LOG))
        return log_reserve(log);
    say("%s: key %016llX has signed a log of this name, of %llu leaves; append "
        "to it, or start anew with --new-log", p->options.origin,
        (unsigned long long)log->key, (unsigned long long)log->size);
    return EXIT_FAILED;
}

static int
open_target(struct packing *p, struct counted *counted)
{
    bool pipe = strcmp(p->target, "-") == 0;
    struct sheaf_sink sink = { &counted_ops, counted };
    struct sheaf_error err = { 0 };
    int rc;

    if (pipe) {
        p->target = "standard output";
        rc = sheaf_sink_fd(&counted->inner, STDOUT_FILENO, &err);
    } else {
        rc = sink_open(&counted->inner, p->target,
                             args_has(p->args, OPT_FORCE), &err);
    }
    if (rc == SHEAF_OK) {
        p->written = &counted->bytes;
        p->options.recipe = 1;
        rc = sheaf_writer_new(sink, &p->options, &p->writer, &err);
        if (rc == SHEAF_EINVAL)
            return say_usage("pack", "pack: %s", err.message);
        if (rc == SHEAF_ECORRUPT)
            return say_failed(p->args->value[OPT_DICT_FILE], rc, &err);
    }
    return rc == SHEAF_OK ? EXIT_DONE : say_failed(p->target, rc, &err);
}

/* Everything but the writing. */
static int
pack_dry(struct packing *p)
{
    int code = packing_add_all(p, p->args->operand, p->args->count);

    if (code == EXIT_DONE)
        code = packing_report_dry(p);
    return code == EXIT_DONE ? packing_code(p) : code;
}

/* A log without a name is named by what is in it, so nothing else can have
 * been signed under its name, except what continues it. */
static int
keep_unnamed(const struct packing *p, const struct sheaf_written *written,
             struct log *log)
{
    int code = log_open(log, sheaf_str(written->origin), &p->pub, NULL);

    if (code != EXIT_DONE || log->known)
        return code;
    return log_keep_written(log, written, &p->secret);
}

int
cmd_pack(const struct args *args)
{
    struct counted counted = { 0 };
    struct sheaf_written written;
    struct log log = { 0 };
    struct packing p;
    bool named_log;
    int code = check_usage(args);

    if (code != EXIT_DONE)
        return code;
    catch_signals();
    code = packing_start(&p, args, args->value[OPT_OUTPUT]);
    if (args_has(args, OPT_DRY_RUN)) {
        if (code == EXIT_DONE)
            code = pack_dry(&p);
        packing_end(&p);
        return code;
    }
    named_log = p.sign && p.options.origin != NULL;
    if (code == EXIT_DONE && named_log)
        code = check_log(&p, &log);
    if (code == EXIT_DONE)
        code = open_target(&p, &counted);
    if (code == EXIT_DONE)
        code = packing_add_all(&p, args->operand, args->count);
    if (code == EXIT_DONE)
        code = packing_commit(&p, named_log ? &log : NULL, &written);
    if (code == EXIT_DONE && p.sign && !named_log)
        code = keep_unnamed(&p, &written, &log);
    if (code == EXIT_DONE)
        code = packing_report(&p, "packed", &written);
    if (code == EXIT_DONE)
        code = packing_code(&p);
    packing_end(&p);
    log_close(&log);
    return code;
}
