/*
 * cmd_repair.c - repairs a damaged archive that has lost no article.
 *
 * The new archive is verified before it takes the place of anything.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/spool.h"
#include "cli/archive.h"
#include "cli/outfile.h"
#include "cli/packing.h"

/* Verifies the new archive, which must have the old tree and checkpoint. */
static int
prove_whole(struct spool *made, const char *path, const struct archive *before)
{
    struct sheaf_verify_options options = { SHEAF_VERIFY_OPTIONS };
    struct sheaf_error err = { 0 };
    struct sheaf_reader *reader = NULL;
    struct sheaf_report report;
    struct sheaf_info after;
    int code = EXIT_DONE;
    int rc = sheaf_open(spool_source(made, 0), NULL, &reader, &err);

    if (rc == SHEAF_OK)
        rc = sheaf_verify(reader, &options, &report, &err);
    if (rc != SHEAF_OK) {
        code = say_failed(path, rc, &err);
    } else {
        sheaf_get_info(reader, &after);
        if (after.size != before->info.size ||
            memcmp(after.root, before->info.root, SHEAF_HASH_BYTES) != 0 ||
            !bytes_equal(after.note, before->info.note))
            code = EXIT_NOT_AUTHENTIC;
    }
    sheaf_close(reader);
    return code;
}

/* Whole articles in the tail: of an append that was interrupted, or of a
 * generation whose end is damaged. */
struct tail {
    uint64_t begins;
    uint64_t articles;
};

static int
count_in_tail(void *arg, const struct sheaf_recovered *what)
{
    struct tail *t = arg;

    t->articles += what->kind == SHEAF_RECOVERED_ARTICLE &&
                   what->offset >= t->begins;
    return interrupted();
}

static int
look_at_tail(const struct archive *a, struct tail *out)
{
    struct sheaf_recovery recovery;
    struct sheaf_source source;
    struct sheaf_error err = { 0 };
    int rc;

    out->articles = 0;
    out->begins = a->info.file_bytes;
    if (a->info.tail_bytes == 0)
        return EXIT_DONE;
    rc = sheaf_source_file(&source, a->path, &err);
    if (rc == SHEAF_OK)
        rc = sheaf_recover(source, NULL, count_in_tail, out, &recovery, &err);
    return rc == SHEAF_OK ? EXIT_DONE : archive_failed(a, rc, &err);
}

static int
report(const struct args *args, const char *path, const struct archive *a,
       const struct sheaf_written *w, const struct tail *tail)
{
    bool json = args_has(args, OPT_JSON);
    unsigned long long tail_bytes = a->info.tail_bytes;
    struct out o;

    if (tail->articles != 0)
        say("%s: %llu bytes after the end are left out; they hold %llu whole "
            "article%s: 'sheaf recover' saves them",
            a->path, tail_bytes, (unsigned long long)tail->articles,
            tail->articles == 1 ? "" : "s");
    if (w->optional_lost != 0)
        say("%s: %llu damaged optional frame%s, such as the checkpoint of an "
            "archive that was merged, %s left out",
            a->path, (unsigned long long)w->optional_lost,
            w->optional_lost == 1 ? "" : "s",
            w->optional_lost == 1 ? "is" : "are");
    if (args_has(args, OPT_QUIET) && !json)
        return EXIT_DONE;
    out_start(&o, json ? STDOUT_FILENO : STDERR_FILENO);
    if (json)
        out_format(&o, "{\"articles\":%llu,\"size\":%llu,\"bytes\":%llu,"
                   "\"tail_bytes\":%llu,\"tail_articles\":%llu,"
                   "\"optional_left_out\":%llu}\n",
                   (unsigned long long)a->info.articles,
                   (unsigned long long)w->size, (unsigned long long)w->bytes,
                   tail_bytes, (unsigned long long)tail->articles,
                   (unsigned long long)w->optional_lost);
    else
        out_format(&o, "%s: repaired: all %llu articles%s, the same tree "
                   "and checkpoint; verified\n", path,
                   (unsigned long long)a->info.articles,
                   tail_bytes != 0 ? " before the tail" : "");
    return out_finish(&o, NULL);
}

static int
take_bytes(void *ctx, const void *buf, size_t len)
{
    return spool_write(ctx, buf, len) == 0 ? 0 : EIO;
}

static int
do_nothing(void *ctx)
{
    (void)ctx;
    return 0;
}

static void
leave_it(void *ctx)
{
    (void)ctx; /* the spool is its owner's */
}

/* Makes the new archive, in `made`. */
static int
repair(struct packing *p, const struct archive *a, struct spool *made,
       struct sheaf_written *out)
{
    static const struct sheaf_sink_ops ops = { take_bytes, do_nothing,
                                               do_nothing, leave_it };
    struct sheaf_error err = { 0 };
    int rc = spool_begin(made, temp_folder(), &err);

    if (rc != SHEAF_OK)
        return say_failed(p->target, rc, &err);
    progress_start(&p->progress, args_has(p->args, OPT_QUIET));
    rc = sheaf_repair(a->reader, (struct sheaf_sink){ &ops, made },
                      &p->options, progress_bytes, &p->progress, out, &err);
    progress_clear(&p->progress);
    if (made->rc != SHEAF_OK)
        return say_failed(p->target, made->rc, &made->err);
    if (rc == SHEAF_OK)
        return EXIT_DONE;
    /* No article need be lost where a checkpoint or an end is. */
    if ((rc != SHEAF_ECORRUPT && rc != SHEAF_EVERIFY) ||
        strcmp(err.clause, "F9.9") == 0 || strcmp(err.clause, "F12.4") == 0)
        return archive_failed(a, rc, &err);
    snprintf(err.message, sizeof err.message,
             "something is lost that the tree needs; 'sheaf extract' names "
             "lost articles, 'sheaf recover' saves all that are whole");
    return archive_failed(a, SHEAF_ECORRUPT, &err);
}

struct putting {
    struct sheaf_sink sink;
    int sys; /* why it failed, as errno */
};

static int
copy_bytes(void *arg, const void *buf, size_t len)
{
    struct putting *p = arg;

    p->sys = p->sink.ops->write(p->sink.ctx, buf, len);
    return p->sys;
}

/* Writes it where it is to be. */
static int
put(const struct spool *made, const struct packing *p, struct sheaf_sink sink)
{
    struct putting putting = { sink, 0 };
    struct sheaf_error err = { 0 };
    int rc = spool_read_all(made, copy_bytes, &putting, &err);

    if (rc == SHEAF_OK)
        putting.sys = sink.ops->commit(sink.ctx);
    if (putting.sys != 0) {
        say("%s: %s", p->target, strerror(putting.sys));
        return EXIT_FAILED;
    }
    return rc == SHEAF_OK ? EXIT_DONE : say_failed(p->target, rc, &err);
}

int
cmd_repair(const struct args *args)
{
    struct sheaf_written written = { .size = 0 };
    struct spool made = SPOOL_INIT;
    struct sheaf_sink sink;
    bool opened;
    struct archive a = { 0 };
    struct tail tail;
    struct packing p;
    int code;

    if (!args_has(args, OPT_OUTPUT))
        return say_usage("repair", "repair: needs -o OUT");
    archive_allow_earlier();
    catch_signals();
    code = packing_start(&p, args, args->value[OPT_OUTPUT]);
    if (code == EXIT_DONE)
        code = archive_open(&a, args->operand[0], NULL);
    a.told = true; /* the result tells */
    if (code == EXIT_DONE)
        code = look_at_tail(&a, &tail);
    if (code == EXIT_DONE)
        code = packing_sink(&p, &a, &sink);
    opened = code == EXIT_DONE;
    if (code == EXIT_DONE)
        code = repair(&p, &a, &made, &written);
    if (code == EXIT_DONE)
        code = prove_whole(&made, args->value[OPT_OUTPUT], &a);
    if (code == EXIT_DONE)
        code = put(&made, &p, sink);
    if (opened)
        sink.ops->close(sink.ctx);
    spool_free(&made);
    if (code == EXIT_DONE)
        code = report(args, args->value[OPT_OUTPUT], &a, &written, &tail);
    /* The new archive is good, but it does not have all that was there. */
    if (code == EXIT_DONE &&
        (tail.articles != 0 || written.optional_lost != 0))
        code = EXIT_CORRUPT;
    packing_end(&p);
    archive_close(&a);
    return code;
}
