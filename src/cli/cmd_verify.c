/*
 * cmd_verify.c - check every byte of an archive and, with a key, its
 * signature.
 */
#include <unistd.h>

#include "archive.h"
#include "keyfile.h"
#include "out.h"

static void
print_json(struct out *o, const struct archive *a,
           const struct sheaf_report *r, const struct sheaf_public_key *key)
{
    out_format(o, "{\"intact\":true,\"authentic\":%s,\"articles\":%llu,"
               "\"size\":%llu,\"signed_size\":%llu,\"generations\":%llu,"
               "\"bytes\":%llu,\"raw_bytes\":%llu,\"origin\":",
               r->authentic ? "true" : "false",
               (unsigned long long)r->articles, (unsigned long long)r->leaves,
               (unsigned long long)r->signed_size,
               (unsigned long long)r->generations,
               (unsigned long long)r->bytes, (unsigned long long)r->raw_bytes);
    out_json(o, a->info.origin);
    if (r->authentic)
        out_format(o, ",\"key\":\"%016llX\"",
                   (unsigned long long)key_number(key->id));
    out_str(o, "}\n");
}

static void
print_text(struct out *o, const struct archive *a,
           const struct sheaf_report *r, const struct sheaf_public_key *key)
{
    out_visible(o, bytes_str(a->path));
    out_str(o, r->authentic ? ": authentic"
                            : ": intact, not authenticated (no key given)");
    out_format(o, ": %llu article%s in %llu generation%s, %s",
               (unsigned long long)r->articles, r->articles == 1 ? "" : "s",
               (unsigned long long)r->generations,
               r->generations == 1 ? "" : "s", size_text(r->bytes).text);
    if (r->authentic)
        out_format(o, ", signed by key %016llX",
                   (unsigned long long)key_number(key->id));
    out_str(o, ", origin ");
    out_visible(o, a->info.origin);
    if (r->authentic && r->signed_size < r->leaves)
        out_format(o, "; %llu of %llu leaves are past the signature, and only "
                   "intact",
                   (unsigned long long)(r->leaves - r->signed_size),
                   (unsigned long long)r->leaves);
    out_str(o, "\n");
}

int
cmd_verify(const struct args *args)
{
    struct sheaf_verify_options options = { 0 };
    struct sheaf_error err = { 0 };
    struct sheaf_public_key key;
    struct sheaf_report report;
    struct progress progress;
    struct archive a;
    struct out o;
    bool have;
    int code, rc;

    if (!parse_jobs(args->value[OPT_JOBS], &options.threads))
        return say_usage("verify", "verify: -j: '%s' is no number of threads",
                         args->value[OPT_JOBS]);
    code = public_key_option(args, &key, &have);
    if (code != EXIT_DONE)
        return code;
    code = archive_open(&a, args->operand[0], NULL);
    if (code == EXIT_DONE) {
        progress_start(&progress, args_has(args, OPT_QUIET));
        options.key = have ? &key : NULL;
        options.progress = progress_bytes;
        options.arg = &progress;
        rc = sheaf_verify(a.reader, &options, &report, &err);
        progress_clear(&progress);
        if (rc != SHEAF_OK)
            code = archive_failed(&a, rc, &err);
    }
    if (code == EXIT_DONE) {
        out_start(&o, STDOUT_FILENO);
        if (args_has(args, OPT_JSON))
            print_json(&o, &a, &report, &key);
        else if (!args_has(args, OPT_QUIET))
            print_text(&o, &a, &report, &key);
        code = out_finish(&o, NULL);
    }
    archive_close(&a);
    return code;
}
