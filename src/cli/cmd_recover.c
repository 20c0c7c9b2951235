/*
 * cmd_recover.c - saves the whole articles of a damaged archive in a new one.
 */
#include <unistd.h>

#include "cli/outfile.h"
#include "cli/packing.h"

struct recovering {
    const char *from;
    struct sheaf_writer *writer;
    uint64_t revisions;
    uint64_t repeats;
    struct sheaf_error err;
    int rc;
};

static int
add(struct recovering *r, const struct sheaf_recovered *what)
{
    enum sheaf_added added;

    r->rc = sheaf_add_recovered(r->writer, what, &added, &r->err);
    if (r->rc != SHEAF_OK)
        return -1;
    r->revisions += added == SHEAF_REVISED || added == SHEAF_REVISED_UNLIKE;
    r->repeats += added == SHEAF_UNCHANGED;
    return 0;
}

static int
found(void *arg, const struct sheaf_recovered *what)
{
    struct recovering *r = arg;

    if (interrupted()) {
        r->rc = SHEAF_ESTOPPED;
        return -1;
    }
    switch (what->kind) {
    case SHEAF_RECOVERED_ARTICLE: return add(r, what);
    case SHEAF_RECOVERED_MISSING:
        if (what->id.len == 0)
            say("%s: lost: an article whose record is at %llu; no redaction "
                "names it [F6.6]",
                r->from, (unsigned long long)what->offset);
        else
            say("%s: lost: %.*s", r->from, (int)what->id.len,
                (const char *)what->id.data);
        return 0;
    case SHEAF_RECOVERED_LOST:
        say("%s: nothing whole in %llu bytes at %llu", r->from,
            (unsigned long long)what->length,
            (unsigned long long)what->offset);
    }
    return 0;
}

static int
recover(struct recovering *r, struct sheaf_recovery *result)
{
    struct sheaf_source source;
    struct sheaf_error err = { 0 };
    int rc = sheaf_source_file(&source, r->from, &err);

    if (rc == SHEAF_OK)
        rc = sheaf_recover(source, NULL, found, r, result, &err);
    if (rc == SHEAF_ESTOPPED && r->rc != SHEAF_OK)
        return say_failed(r->from, r->rc, &r->err);
    if (rc != SHEAF_OK)
        return say_failed(r->from, rc, &err);
    if (result->articles != 0)
        return EXIT_DONE;
    say("%s: no article in it is whole", r->from);
    return EXIT_CORRUPT;
}

static void
print_json(const struct recovering *r, const struct sheaf_recovery *result)
{
    struct out o;

    out_start(&o, STDOUT_FILENO);
    out_format(&o, "{\"articles\":%llu", (unsigned long long)result->articles);
    out_json_number(&o, "missing", result->missing);
    out_json_number(&o, "redacted", result->redacted);
    out_json_number(&o, "revisions", r->revisions);
    out_json_number(&o, "unchanged", r->repeats + result->repeated);
    out_json_number(&o, "lost_bytes", result->lost_bytes);
    out_json_number(&o, "lost_places", result->lost_places);
    out_json_number(&o, "unnamed", result->unnamed);
    out_json_bool(&o, "ended", result->ended);
    out_str(&o, "}\n");
    (void)out_flush(&o);
}

static int
summarize(const struct recovering *r, const struct sheaf_recovery *result,
          const char *path, bool json, bool quiet)
{
    bool lost = result->missing != 0 || result->lost_places != 0 ||
                result->redacted != 0 || result->unnamed != 0 ||
                !result->ended;

    if (json) {
        print_json(r, result);
        return lost ? EXIT_CORRUPT : EXIT_DONE;
    }
    if (quiet && !lost)
        return EXIT_DONE;
    say("%s: recovered %llu of %llu articles (%llu of them later revisions, "
        "%llu unchanged) into %s, unsigned",
        r->from, (unsigned long long)result->articles,
        (unsigned long long)(result->articles + result->missing),
        (unsigned long long)r->revisions,
        (unsigned long long)(r->repeats + result->repeated), path);
    if (result->lost_places != 0)
        say("%s: %llu bytes in %llu places were not whole", r->from,
            (unsigned long long)result->lost_bytes,
            (unsigned long long)result->lost_places);
    if (result->unnamed != 0)
        say("%s: %llu leaves are missing with the frames that named them",
            r->from, (unsigned long long)result->unnamed);
    if (result->redacted != 0)
        say("%s: left out %llu redacted article%s that somebody has put back "
            "[F6.7]",
            r->from, (unsigned long long)result->redacted,
            result->redacted == 1 ? "" : "s");
    if (!result->ended)
        say("%s: no end was found: articles after the last group are not "
            "counted, and more may have followed",
            r->from);
    return lost ? EXIT_CORRUPT : EXIT_DONE;
}

int
cmd_recover(const struct args *args)
{
    const char *path = args->value[OPT_OUTPUT];
    struct recovering r = { .from = args->operand[0] };
    struct packing p;
    struct sheaf_recovery result = { 0 };
    struct sheaf_error err = { 0 };
    struct sheaf_sink sink;
    int code;
    int rc;

    if (path == NULL)
        return say_usage("recover", "recover: needs -o OUT");
    if (same_file(r.from, path))
        return say_usage("recover",
                         "recover: %s is the archive itself: write "
                         "to another file",
                         path);
    catch_signals();
    code = packing_start(&p, args, path);
    if (code != EXIT_DONE)
        return code;
    rc = sink_open(&sink, path, args_has(args, OPT_FORCE), &err);
    p.options.recipe = 1;
    if (rc == SHEAF_OK)
        rc = sheaf_writer_new(sink, &p.options, &r.writer, &err);
    if (rc != SHEAF_OK)
        return say_failed(path, rc, &err);
    code = recover(&r, &result);
    if (code == EXIT_DONE) {
        rc = sheaf_commit(r.writer, NULL, NULL, &err);
        code = rc == SHEAF_OK ? EXIT_DONE : say_failed(path, rc, &err);
    }
    if (code == EXIT_DONE)
        code = summarize(&r, &result, path, args_has(args, OPT_JSON),
                         args_has(args, OPT_QUIET));
    sheaf_writer_free(r.writer);
    return code;
}
