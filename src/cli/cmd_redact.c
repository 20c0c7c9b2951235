/*
 * cmd_redact.c - writes an archive without some of its articles.
 */
#include <stdlib.h>
#include <unistd.h>

#include "cli/archive.h"
#include "cli/index.h"
#include "cli/outfile.h"
#include "cli/signing.h"

#define QUOTES_SHOWN 10

struct redaction {
    const struct args *args;
    struct packing p;
    struct archive a;
    struct log log;
    struct sheaf_buf *ids; /* as many as there are targets */
    struct sheaf_redact_target *targets;
    size_t count;
    struct sheaf_buf quoting; /* IDs, each followed by a NUL */
    uint64_t quotes;
};

static int
check_usage(const struct args *args)
{
    if (!args_has(args, OPT_OUTPUT))
        return say_usage("redact", "redact: needs -o OUT");
    if (!args_has(args, OPT_REASON))
        return say_usage("redact", "redact: needs --reason TEXT");
    if (args_has(args, OPT_SECRET) == args_has(args, OPT_UNSIGNED))
        return say_usage("redact", "redact: either -s SEC or --unsigned");
    return EXIT_DONE;
}

/* Never overwrite the only unredacted copy. */
static int
check_output(const struct redaction *r)
{
    if (!same_file(r->a.path, r->p.target))
        return EXIT_DONE;
    return say_usage("redact", "redact: %s is the archive itself: write to "
                     "another file", r->p.target);
}

/* As everywhere, an operand may be the URL of an article. */
static int
take_id(struct redaction *r, const char *id, uint32_t rev)
{
    struct sheaf_buf *text = &r->ids[r->count];
    int code = archive_id(&r->a, id, rev, text);

    if (code != EXIT_DONE)
        return code;
    r->targets[r->count].id = buf_view(text);
    r->targets[r->count++].rev = rev;
    return EXIT_DONE;
}

static int
take_ids(struct redaction *r)
{
    const struct args *args = r->args;
    const char *given = args->value[OPT_REV];
    size_t count = args->count - 1;
    uint64_t rev = 0;
    int code = EXIT_DONE;

    if (given != NULL && !parse_number(given, 1, UINT32_MAX, &rev))
        return say_usage("redact", "redact: --rev: '%s' is no revision",
                         given);
    r->ids = calloc(count, sizeof *r->ids);
    r->targets = calloc(count, sizeof *r->targets);
    if (r->ids == NULL || r->targets == NULL)
        return say_no_memory();
    for (size_t i = 0; code == EXIT_DONE && i < count; i++)
        code = take_id(r, args->operand[i + 1], (uint32_t)rev);
    return code;
}

static int
take_quote(void *arg, const struct sheaf_article *article)
{
    struct redaction *r = arg;

    r->quotes++;
    return buf_add(&r->quoting, article->id.data, article->id.len) &&
                   buf_add(&r->quoting, "", 1)
               ? 0
               : -1;
}

static int
show_progress(void *arg, uint64_t done, uint64_t total)
{
    struct redaction *r = arg;

    return progress_bytes(&r->p.progress, done, total);
}

/* Warns of articles that still quote a removed one. */
static void
warn_of_quotes(const struct redaction *r)
{
    const char *id = buf_str(&r->quoting);

    for (uint64_t i = 0; i < r->quotes && i < QUOTES_SHOWN; i++) {
        say("%s: warning: %s stays, and quotes a removed article or has its "
            "URL",
            r->p.target, id);
        id += strlen(id) + 1;
    }
    if (r->quotes > QUOTES_SHOWN)
        say("%s: warning: so do %llu more, which --json names", r->p.target,
            (unsigned long long)(r->quotes - QUOTES_SHOWN));
}

static int
report_json(const struct redaction *r, const struct sheaf_redacted *d)
{
    const char *id = buf_str(&r->quoting);
    struct out o;

    out_start(&o, STDOUT_FILENO);
    out_format(&o, "{\"redacted\":%llu,\"dictionaries\":%llu,"
               "\"frames\":%llu,\"frames_recompressed\":%llu,\"bytes\":%llu,"
               "\"size\":%llu,\"root\":\"",
               (unsigned long long)d->articles,
               (unsigned long long)d->dictionaries,
               (unsigned long long)d->frames,
               (unsigned long long)d->frames_recompressed,
               (unsigned long long)d->bytes, (unsigned long long)d->size);
    out_hex(&o, d->root, sizeof d->root);
    out_str(&o, "\",\"quoting\":[");
    for (uint64_t i = 0; i < r->quotes; i++) {
        out_str(&o, i == 0 ? "" : ",");
        out_json(&o, sheaf_str(id));
        id += strlen(id) + 1;
    }
    out_str(&o, "]}\n");
    return out_finish(&o, NULL);
}

static int
report(const struct redaction *r, const struct sheaf_redacted *d)
{
    struct out o;

    if (args_has(r->args, OPT_JSON))
        return report_json(r, d);
    if (args_has(r->args, OPT_QUIET))
        return EXIT_DONE;
    warn_of_quotes(r);
    out_start(&o, STDERR_FILENO);
    out_format(&o,
               "redacted %llu article%s into %s; %llu dictionar%s "
               "made anew, %llu of %llu frames recompressed\n",
               (unsigned long long)d->articles, d->articles == 1 ? "" : "s",
               r->p.target, (unsigned long long)d->dictionaries,
               d->dictionaries == 1 ? "y" : "ies",
               (unsigned long long)d->frames_recompressed,
               (unsigned long long)d->frames);
    return out_finish(&o, NULL);
}

static int
redact(struct redaction *r, struct sheaf_redacted *out)
{
    struct packing *p = &r->p;
    struct sheaf_redact_options options = {
        SHEAF_REDACT_OPTIONS,
        .targets = r->targets,
        .target_count = r->count,
        .reason = r->args->value[OPT_REASON],
        .time_ms = p->options.time_ms,
        .key = p->sign ? &p->secret : NULL,
        .threads = p->options.threads,
        .tmpdir = p->options.tmpdir,
        .quoted = take_quote,
        .progress = show_progress,
        .arg = r,
        .verified = 1 /* by signing_check */
    };
    struct sheaf_sink sink;
    struct sheaf_error err = { 0 };
    int code = packing_sink(p, &r->a, &sink);
    int rc;

    if (code != EXIT_DONE)
        return code;
    progress_start(&p->progress, args_has(r->args, OPT_QUIET));
    rc = sheaf_redact(r->a.reader, sink, &options, out, &err);
    progress_clear(&p->progress);
    if (rc == SHEAF_EINVAL)
        return say_usage("redact", "redact: %s", err.message);
    return rc == SHEAF_OK ? EXIT_DONE : archive_failed(&r->a, rc, &err);
}

static int
remember(struct redaction *r, const struct sheaf_redacted *d)
{
    struct sheaf_written w = { .size = d->size };

    if (!r->p.sign)
        return EXIT_DONE;
    memcpy(w.root, d->root, sizeof w.root);
    memcpy(w.origin, r->a.info.origin.data,
           r->a.info.origin.len); /* shorter, or log_open fails */
    return log_keep_written(&r->log, &w, &r->p.secret);
}

/* The index of the archive that was read still has the words. */
static int
warn_of_index(const struct redaction *r)
{
    struct index ix = { .fd = 0 };
    int code = EXIT_DONE;

    if (!archive_is_far(&r->a) && !same_file(r->a.name, r->p.target))
        code = index_look(&ix, &r->a);
    if (ix.found != INDEX_NONE && ix.found != INDEX_FOREIGN)
        say("%s: has words of what was redacted: remove it together with %s",
            buf_str(&ix.path), r->a.path);
    index_close(&ix);
    return code;
}

int
cmd_redact(const struct args *args)
{
    struct redaction r = { .args = args };
    struct sheaf_redacted done = { 0 };
    int code = check_usage(args);

    if (code != EXIT_DONE)
        return code;
    catch_signals();
    code = packing_start(&r.p, args, args->value[OPT_OUTPUT]);
    if (code == EXIT_DONE)
        code = archive_open(&r.a, args->operand[0], NULL);
    if (code == EXIT_DONE)
        code = check_output(&r);
    if (code == EXIT_DONE)
        code = take_ids(&r);
    if (code == EXIT_DONE)
        code = r.p.sign ? signing_check(&r.p, &r.a, false, &r.log) : code;
    if (code == EXIT_DONE)
        code = redact(&r, &done);
    if (code == EXIT_DONE)
        code = remember(&r, &done);
    if (code == EXIT_DONE)
        code = warn_of_index(&r);
    if (code == EXIT_DONE)
        code = report(&r, &done);
    packing_end(&r.p);
    archive_close(&r.a);
    log_close(&r.log);
    for (size_t i = 0; i < r.count; i++)
        sheaf_buf_free(&r.ids[i]);
    free(r.ids);
    free(r.targets);
    sheaf_buf_free(&r.quoting);
    return code;
}
