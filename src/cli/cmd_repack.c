/*
 * cmd_repack.c - compresses an archive again: smaller, or faster to read.
 */
#include <unistd.h>

#include "cli/archive.h"
#include "cli/packing.h"
#include "cli/outfile.h"

static int
report(const struct packing *p, const struct archive *a,
       const struct sheaf_written *w)
{
    uint64_t before = a->info.file_bytes;
    bool json = args_has(p->args, OPT_JSON);
    struct out o;

    if (args_has(p->args, OPT_QUIET) && !json)
        return EXIT_DONE;
    out_start(&o, json ? STDOUT_FILENO : STDERR_FILENO);
    if (json)
        out_format(&o, "{\"articles\":%llu,\"size\":%llu,"
                   "\"bytes_before\":%llu,\"bytes\":%llu}\n",
                   (unsigned long long)a->info.articles,
                   (unsigned long long)w->size, (unsigned long long)before,
                   (unsigned long long)w->bytes);
    else
        out_format(&o, "repacked %llu article%s, %s -> %s (%.1f %%); tree and "
                   "checkpoint are the same\n",
                   (unsigned long long)a->info.articles,
                   a->info.articles == 1 ? "" : "s", size_text(before).text,
                   size_text(w->bytes).text,
                   100 * (double)w->bytes / (double)before);
    return out_finish(&o, NULL);
}

/* The checkpoint is copied, so it must be of this tree. Who signed it is not
 * asked: no key is needed to repack. */
static int
check_note(const struct archive *a)
{
    struct sheaf_error err = { 0 };
    int rc = a->info.note.len == 0
                 ? SHEAF_OK
                 : sheaf_check_note(a->reader, a->scratch, a->info.note, NULL,
                                    NULL, &err);

    return rc == SHEAF_OK ? EXIT_DONE : archive_failed(a, rc, &err);
}

static int
repack(struct packing *p, const struct archive *a, struct sheaf_written *out)
{
    struct sheaf_sink sink;
    struct sheaf_error err = { 0 };
    int code = packing_sink(p, a, &sink);
    int rc;

    if (code != EXIT_DONE)
        return code;
    progress_start(&p->progress, args_has(p->args, OPT_QUIET));
    rc = sheaf_repack(a->reader, sink, &p->options, progress_bytes,
                      &p->progress, out, &err);
    progress_clear(&p->progress);
    return rc == SHEAF_OK ? EXIT_DONE : archive_failed(a, rc, &err);
}

int
cmd_repack(const struct args *args)
{
    struct sheaf_written written;
    struct archive a = { 0 };
    struct packing p;
    int code;

    if (!args_has(args, OPT_OUTPUT))
        return say_usage("repack", "repack: needs -o OUT");
    catch_signals();
    code = packing_start(&p, args, args->value[OPT_OUTPUT]);
    if (code == EXIT_DONE)
        code = archive_open(&a, args->operand[0], NULL);
    if (code == EXIT_DONE)
        code = check_note(&a);
    if (code == EXIT_DONE)
        code = repack(&p, &a, &written);
    if (code == EXIT_DONE)
        code = report(&p, &a, &written);
    packing_end(&p);
    archive_close(&a);
    return code;
}
