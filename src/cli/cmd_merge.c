/*
 * cmd_merge.c - makes one archive of several.
 *
 * Each archive is opened twice: before anything is written it must be known
 * what was redacted in any of them. So there may be more archives than a
 * process may have files open.
 */
#include <unistd.h>

#include "cli/archive.h"
#include "cli/keyfile.h"
#include "cli/members.h"
#include "cli/outfile.h"
#include "cli/packing.h"
#include "cli/pins.h"
#include "cli/signing.h"

struct merging {
    const struct args *args;
    struct packing p;
    struct sheaf_public_key key;
    bool have_key;
    struct sheaf_policy *policy; /* NULL: none */
    struct log log;              /* of the new archive */
    struct sheaf_merge *merge;
};

static int
check_usage(const struct args *args)
{
    const char *path = args->value[OPT_OUTPUT];

    if (path == NULL)
        return say_usage("merge", "merge: needs -o OUT");
    for (size_t i = 0; i < args->count; i++)
        if (same_file(args->operand[i], path))
            return say_usage("merge",
                             "merge: %s is one of the archives: write "
                             "to another file",
                             path);
    return EXIT_DONE;
}

/* The witnesses that the policy requires must have cosigned the archive. */
static int
check_policy(const struct merging *m, const struct archive *a)
{
    struct sheaf_attestation attestation;
    struct sheaf_error err = { 0 };
    int rc = SHEAF_OK;

    if (m->policy != NULL)
        rc = policy_check_archive(m->policy, a, &a->info.signer, &attestation,
                                  &err);
    return rc == SHEAF_OK ? EXIT_DONE : archive_failed(a, rc, &err);
}

static int
open_input(const struct merging *m, struct archive *a, const char *path)
{
    struct pin pin;
    int code = archive_open(a, path, m->have_key ? &m->key : NULL);

    if (code == EXIT_DONE)
        code = signing_check_input(&m->p, a, &m->log);
    if (code != EXIT_DONE || !m->have_key)
        return code;
    code = pins_check(m->args, a, &m->key, false, &pin);
    pin_free(&pin);
    return code == EXIT_DONE ? check_policy(m, a) : code;
}

static int
expect_one(struct merging *m, const char *path)
{
    struct sheaf_error err = { 0 };
    struct archive a;
    int code = open_input(m, &a, path);

    a.told = true; /* add_one tells */
    if (code == EXIT_DONE) {
        int rc = sheaf_merge_expect(m->merge, a.reader, &err);

        code = rc == SHEAF_OK ? EXIT_DONE : archive_failed(&a, rc, &err);
    }
    archive_close(&a);
    return code;
}

static int
add_one(struct merging *m, const char *path)
{
    struct sheaf_error err = { 0 };
    struct archive a;
    int code = open_input(m, &a, path);

    if (code == EXIT_DONE) {
        int rc;

        progress_start(&m->p.progress, args_has(m->args, OPT_QUIET));
        rc = sheaf_merge_add(m->merge, a.reader, progress_bytes,
                             &m->p.progress, &err);
        progress_clear(&m->p.progress);
        code = rc == SHEAF_OK ? EXIT_DONE : archive_failed(&a, rc, &err);
        if (rc == SHEAF_EREDACTED)
            code = EXIT_FAILED;
    }
    archive_close(&a);
    return code;
}

static int
merge_all(struct merging *m)
{
    const struct args *args = m->args;
    struct sheaf_error err = { 0 };
    struct sheaf_sink sink;
    int code = EXIT_DONE;
    int rc = sink_open(&sink, m->p.target, args_has(args, OPT_FORCE), &err);

    if (rc != SHEAF_OK)
        return say_failed(m->p.target, rc, &err);
    m->p.options.recipe = 1;
    m->p.options.verified = 1; /* by signing_check_input */
    m->p.options.shards = args_has(args, OPT_SHARDS);
    rc = sheaf_merge_new(sink, &m->p.options, &m->merge, &err);
    if (rc == SHEAF_EINVAL)
        return say_usage("merge", "merge: %s", err.message);
    if (rc != SHEAF_OK)
        return say_failed(m->p.target, rc, &err);
    for (size_t i = 0; code == EXIT_DONE && i < args->count; i++)
        code = expect_one(m, args->operand[i]);
    for (size_t i = 0; code == EXIT_DONE && i < args->count; i++)
        code = add_one(m, args->operand[i]);
    return code;
}

/* ---- What was done ------------------------------------------------------ */

static void
print_json(const struct merging *m, const struct sheaf_merged *r,
           struct out *o)
{
    const struct sheaf_written *w = &r->written;

    out_format(o, "{\"archives\":%zu", m->args->count);
    out_json_number(o, "articles", w->articles);
    out_json_number(o, "revisions", w->revisions);
    out_json_number(o, "same", r->same);
    out_json_number(o, "older", r->older);
    out_json_number(o, "revised", r->revised);
    out_json_number(o, "unlike", w->unlike);
    out_json_number(o, "redacted", r->redacted);
    out_json_number(o, "redactions_left_out", r->left_out);
    out_json_number(o, "checkpoints", r->notes);
    out_json_number(o, "optional_left_out", r->optional);
    out_json_number(o, "dictionaries_renamed", r->renamed);
    out_json_number(o, "dictionaries_left_out", r->tainted);
    out_json_number(o, "frames", r->frames);
    out_json_number(o, "frames_recompressed", r->frames_recompressed);
    out_json_number(o, "raw_bytes", w->raw_bytes);
    out_json_number(o, "bytes", w->bytes);
    out_json_number(o, "size", w->size);
    out_str(o, ",\"origin\":");
    out_json(o, sheaf_str(w->origin));
    out_str(o, ",\"root\":\"");
    out_hex(o, w->root, sizeof w->root);
    out_str(o, "\"}\n");
}

static void
print_text(const struct merging *m, const struct sheaf_merged *r,
           struct out *o)
{
    const struct sheaf_written *w = &r->written;

    out_format(o,
               "merged %llu article%s of %zu archive%s (%llu the same, "
               "%llu got another revision",
               (unsigned long long)w->articles, w->articles == 1 ? "" : "s",
               m->args->count, m->args->count == 1 ? "" : "s",
               (unsigned long long)r->same, (unsigned long long)r->revised);
    if (r->redacted != 0)
        out_format(o, ", %llu redacted", (unsigned long long)r->redacted);
    if (r->left_out != 0)
        out_format(o, ", %llu redactions left out",
                   (unsigned long long)r->left_out);
    out_format(o, "), %s, %llu of %llu frames compressed again, origin ",
               size_text(w->bytes).text,
               (unsigned long long)r->frames_recompressed,
               (unsigned long long)r->frames);
    out_visible(o, sheaf_str(w->origin));
    out_str(o, ", root ");
    out_hex(o, w->root, 8);
    out_str(o, "…\n");
}

static int
report(const struct merging *m, const struct sheaf_merged *r)
{
    bool json = args_has(m->args, OPT_JSON);
    struct out o;

    if (r->left_out != 0)
        say("warning: %llu removed articles are not in the new archive, not "
            "even their records: another article with the same ID was removed "
            "from an archive before",
            (unsigned long long)r->left_out);
    if (r->written.unlike != 0)
        say("warning: %llu of the revisions may be other articles than the one "
            "with the same ID before: the headline is another, and so is the "
            "URL or the date; if they are, pack them anew with --id-prefix",
            (unsigned long long)r->written.unlike);
    if (r->older != 0)
        say("warning: %llu article%s left out, though the newest of %s "
            "archive: an archive before has the same, and newer revisions; "
            "name the archives from the oldest to the newest, and append a "
            "text that was put back",
            (unsigned long long)r->older, r->older == 1 ? " was" : "s were",
            r->older == 1 ? "its" : "their");
    if (r->optional != 0)
        say("warning: %llu optional frames of the archives, such as "
            "checkpoints from an earlier merge, were not copied",
            (unsigned long long)r->optional);
    if (args_has(m->args, OPT_QUIET) && !json)
        return EXIT_DONE;
    if (r->tainted != 0)
        say("%llu of the archives %s redactions that others have: the "
            "dictionaries there may have such text, and were made anew",
            (unsigned long long)r->tainted,
            r->tainted == 1 ? "lacks" : "lack");
    out_start(&o, json ? STDOUT_FILENO : STDERR_FILENO);
    if (json)
        print_json(m, r, &o);
    else
        print_text(m, r, &o);
    return out_finish(&o, NULL);
}

/* ---- The command -------------------------------------------------------- */

/* The new archive must be the first of its log. */
static int
check_log(struct merging *m)
{
    const struct packing *p = &m->p;
    struct log *log = &m->log;
    int code;

    if (!p->sign || p->options.origin == NULL)
        return EXIT_DONE;
    code = log_open(log, sheaf_str(p->options.origin), &p->pub, NULL);
    if (code != EXIT_DONE)
        return code;
    if (!log->known || args_has(m->args, OPT_NEW_LOG))
        return log_reserve(log);
    say("%s: key %016llX has signed a log of this name, of %llu leaves; take "
        "another name, or start anew with --new-log",
        p->options.origin, (unsigned long long)log->key,
        (unsigned long long)log->size);
    return EXIT_FAILED;
}

static int
commit(struct merging *m, struct sheaf_merged *out)
{
    struct packing *p = &m->p;
    struct log *log = &m->log;
    struct sheaf_error err = { 0 };
    int rc = sheaf_merge_commit(m->merge, p->sign ? &p->secret : NULL, out,
                                &err);
    int code;

    if (rc != SHEAF_OK)
        return say_failed(p->target, rc, &err);
    if (!p->sign)
        return EXIT_DONE;
    if (p->options.origin == NULL) {
        code = log_open(log, sheaf_str(out->written.origin), &p->pub, NULL);
        if (code != EXIT_DONE || log->known)
            return code;
    }
    return log_keep_written(log, &out->written, &p->secret);
}

int
cmd_merge(const struct args *args)
{
    struct merging m = { .args = args };
    struct sheaf_merged merged;
    int code = check_usage(args);

    if (code != EXIT_DONE)
        return code;
    catch_signals();
    code = packing_start(&m.p, args, args->value[OPT_OUTPUT]);
    if (code == EXIT_DONE)
        code = public_key_option(args, &m.key, &m.have_key);
    if (code == EXIT_DONE && args_has(args, OPT_POLICY) && !m.have_key)
        code = say_usage("merge", "merge: --policy needs a key");
    if (code == EXIT_DONE)
        code = policy_option(args, &m.policy);
    if (code == EXIT_DONE)
        code = check_log(&m);
    if (code == EXIT_DONE && m.have_key)
        code = members_check_forks(args->operand, args->count, &m.key);
    if (code == EXIT_DONE)
        code = merge_all(&m);
    if (code == EXIT_DONE)
        code = commit(&m, &merged);
    if (code == EXIT_DONE)
        code = report(&m, &merged);
    sheaf_merge_free(m.merge);
    sheaf_policy_free(m.policy);
    packing_end(&m.p);
    log_close(&m.log);
    return code;
}
