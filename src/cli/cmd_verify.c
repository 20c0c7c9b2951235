/*
 * cmd_verify.c - checks every byte of an archive and, with a key, its
 * signature; and says which level it reached.
 */
#include <stdio.h>
#include <unistd.h>

#include "cli/keyfile.h"
#include "cli/members.h"
#include "cli/notes.h"
#include "cli/opening.h"
#include "cli/outfile.h"
#include "cli/pins.h"
#include "cli/progress.h"
#include "cli/stamp.h"

#define NOTE_MAX ((size_t)64 << 10)

/* What was found out. */
struct finding {
    const char *named; /* the archive, if there are several */
    struct sheaf_report report;
    struct sheaf_public_key key;
    bool have_key;
    struct pin pin;
    bool since; /* an earlier checkpoint was given, and the archive extends
                   it */
    uint64_t since_size;
    struct sheaf_buf since_note;
    struct stamp stamp; /* of --timestamp */
    bool policy; /* a policy was given, and the checkpoint meets it */
    struct sheaf_attestation attestation;
    bool unwitnessed; /* that is what is the matter */
    struct failure failure;
};

/* Anything meets a policy that requires nobody. */
static bool
is_witnessed(const struct finding *f)
{
    return f->policy && f->attestation.attested_s != 0;
}

static bool
is_consistent(const struct finding *f)
{
    return f->since || f->pin.state == PIN_SAME ||
           f->pin.state == PIN_EXTENDED;
}

/* Each level includes those before it. The exception: a witnessed archive may
 * be one that was not seen before; others have seen it. */
static const char *
level_of(const struct finding *f)
{
    if (!f->report.authentic)
        return "intact";
    if (is_witnessed(f))
        return "witnessed";
    if (is_consistent(f))
        return "consistent";
    return "authentic";
}

/* ---- Saying it ----------------------------------------------------------- */

static void
json_key(struct out *o, const char *name, const struct sheaf_public_key *key)
{
    out_format(o, ",\"%s\":\"%016llX\"", name,
               (unsigned long long)key_number(key->id));
}

static void
json_pin(struct out *o, const struct pin *pin)
{
    static const char *const words[] = {
        [PIN_OFF] = "off", [PIN_NEW] = "new", [PIN_SAME] = "same",
        [PIN_EXTENDED] = "extended", [PIN_ROLLBACK] = "rollback",
        [PIN_FORK] = "fork",
    };

    out_format(o, ",\"pin\":\"%s\"", words[pin->state]);
    if (pin->state > PIN_NEW)
        out_json_number(o, "pinned_size", pin->size);
    if (pin->lost)
        out_json_bool(o, "pin_kept", false);
    if (pin->evidence.len != 0) {
        out_str(o, ",\"evidence\":");
        out_json(o, buf_view(&pin->evidence));
    }
}

/* Of several archives, each line has the name. */
static void
print_name(struct out *o, const struct finding *f)
{
    if (f->named == NULL)
        return;
    out_str(o, "\"archive\":");
    out_json(o, sheaf_str(f->named));
    out_str(o, ",");
}

static void
print_json(struct out *o, const struct archive *a, const struct finding *f)
{
    const struct sheaf_report *r = &f->report;

    out_str(o, "{");
    print_name(o, f);
    out_format(o, "\"level\":\"%s\",\"intact\":true", level_of(f));
    out_json_bool(o, "authentic", r->authentic != 0);
    out_json_bool(o, "consistent", is_consistent(f));
    out_json_bool(o, "witnessed", is_witnessed(f));
    out_json_number(o, "articles", r->articles);
    out_json_number(o, "size", r->leaves);
    out_json_number(o, "signed_size", r->signed_size);
    out_json_number(o, "generations", r->generations);
    out_json_number(o, "bytes", r->bytes);
    out_json_number(o, "raw_bytes", r->raw_bytes);
    out_json_number(o, "redacted", r->redacted);
    out_json_number(o, "missing", 0);
    out_json_number(o, "revisions", r->revisions);
    out_json_number(o, "key_changes", r->key_changes);
    out_json_number(o, "optional_frames", r->optional);
    out_json_number(o, "unknown_additions", r->unknown);
    out_str(o, ",\"origin\":");
    out_json(o, a->info.origin);
    if (r->authentic) {
        json_key(o, "key", &f->key);
        json_key(o, "signer", &r->signer);
        json_pin(o, &f->pin);
    }
    if (f->since)
        out_json_number(o, "since_size", f->since_size);
    if (f->policy) {
        out_json_number(o, "witnesses", f->attestation.witnesses);
        out_json_number(o, "cosigned", f->attestation.cosigned);
        out_json_number(o, "attested", f->attestation.attested_s);
        out_json_number(o, "fresh", f->attestation.fresh_s);
    }
    if (f->stamp.checked)
        stamp_json(o, &f->stamp);
    out_str(o, "}\n");
}

/* What was added after it may be younger, with a key or without one. */
static void
print_stamp(struct out *o, const struct stamp *s, uint64_t leaves)
{
    if (!s->checked)
        return;
    out_format(o, "; %s checkpoint of %llu leaves existed at ",
               s->second ? "the earlier" : "the",
               (unsigned long long)s->size);
    stamp_print(o, s);
    if (s->size < leaves)
        out_format(o, ", which says nothing of the %llu leaves after it",
                   (unsigned long long)(leaves - s->size));
}

static void
print_text(struct out *o, const struct archive *a, const struct finding *f)
{
    const struct sheaf_report *r = &f->report;

    out_visible(o, sheaf_str(a->path));
    out_format(o, ": %s%s", level_of(f),
               r->authentic ? "" : ", not authenticated (no key given)");
    out_format(o, ": %llu article%s", (unsigned long long)r->articles,
               r->articles == 1 ? "" : "s");
    if (r->redacted != 0)
        out_format(o, ", %llu of them redacted,",
                   (unsigned long long)r->redacted);
    out_format(o, " in %llu generation%s, %s",
               (unsigned long long)r->generations,
               r->generations == 1 ? "" : "s", size_text(r->bytes).text);
    /* Keys in a policy have no number. */
    if (r->authentic && key_number(r->signer.id) == 0)
        out_str(o, ", signed by the policy's log");
    else if (r->authentic)
        out_format(o, ", signed by key %016llX",
                   (unsigned long long)key_number(r->signer.id));
    if (r->authentic && memcmp(r->signer.key, f->key.key,
                               sizeof f->key.key) != 0)
        out_format(o, ", which follows from key %016llX",
                   (unsigned long long)key_number(f->key.id));
    out_str(o, ", origin ");
    out_visible(o, a->info.origin);
    if (r->authentic && r->signed_size < r->leaves)
        out_format(o, "; %llu of %llu leaves are past the signature, and only "
                   "intact",
                   (unsigned long long)(r->leaves - r->signed_size),
                   (unsigned long long)r->leaves);
    if (r->unknown != 0)
        out_format(o, "; %llu addition%s of another version or writer, which "
                   "no signature covers",
                   (unsigned long long)r->unknown, r->unknown == 1 ? "" : "s");
    if (f->since)
        out_format(o, "; extends the checkpoint of %llu leaves",
                   (unsigned long long)f->since_size);
    if (f->pin.state == PIN_EXTENDED)
        out_format(o, "; extends the %llu leaves seen before",
                   (unsigned long long)f->pin.size);
    else if (f->pin.state == PIN_SAME)
        out_str(o, "; as seen before");
    else if (f->pin.state == PIN_NEW)
        out_str(o, "; first seen now");
    if (f->policy && f->attestation.cosigned != 0)
        out_format(o, "; cosigned by %u of %u witnesses, the quorum by %s",
                   f->attestation.cosigned, f->attestation.witnesses,
                   seconds_text(f->attestation.attested_s).text);
    print_stamp(o, &f->stamp, r->leaves);
    out_str(o, "\n");
}

/* The state, as one word. */
static const char *
state_of(const struct finding *f, int code)
{
    if (f->unwitnessed)
        return "not witnessed";
    switch (f->failure.rc) {
    case SHEAF_EROLLBACK: return "rollback";
    case SHEAF_EFORK:     return "fork";
    case SHEAF_EMISSING:  return "missing";
    }
    switch (code) {
    case EXIT_CORRUPT:       return "damaged";
    case EXIT_NOT_AUTHENTIC: return "not authentic";
    case EXIT_UNSUPPORTED:   return "unsupported";
    case EXIT_LIMIT:         return "over a limit";
    default:                 return "failed";
    }
}

/* Prints for programs what was said on standard error. */
static void
print_failure(const struct finding *f, int code)
{
    const struct sheaf_error *err = &f->failure.err;
    const char *message = err->message;
    struct out o;

    if (message[0] == '\0')
        message = sheaf_strerror(f->failure.rc);
    out_start(&o, STDOUT_FILENO);
    out_str(&o, "{");
    print_name(&o, f);
    out_format(&o, "\"state\":\"%s\",\"exit\":%d", state_of(f, code), code);
    if (f->failure.rc != SHEAF_OK) {
        out_str(&o, ",\"error\":");
        out_json(&o, sheaf_str(message));
        if (err->clause[0] != '\0')
            out_format(&o, ",\"clause\":\"%s\"", err->clause);
        if (err->clause[0] != '\0' && err->offset != UINT64_MAX)
            out_json_number(&o, "offset", err->offset);
    }
    if (f->pin.state > PIN_NEW)
        json_pin(&o, &f->pin);
    out_str(&o, "}\n");
    (void)out_flush(&o);
}

/* ---- The command --------------------------------------------------------- */

struct naming {
    const struct archive *archive;
    struct lost lost;
};

static int
name_lost(void *arg, const struct sheaf_scan_item *item)
{
    struct naming *n = arg;

    if (item->state == SHEAF_SCAN_LOST)
        archive_say_lost(n->archive, item, &n->lost);
    return interrupted();
}

/* Verifying stops at the first error, so a scan finds the lost articles. */
static void
name_all_lost(const struct archive *a)
{
    struct naming n = { .archive = a };
    struct sheaf_error err;

    if (sheaf_scan(a->reader, a->scratch, name_lost, &n, &err) == SHEAF_OK &&
        archive_lost_code(a, &n.lost) == EXIT_DONE)
        say("%s: no article is lost%s", a->path,
            a->info.tail_bytes != 0 ? " before the tail" : "");
}

static int
verify_archive(const struct args *args, const struct archive *a,
               struct sheaf_verify_options *options, struct finding *f)
{
    struct sheaf_error err = { 0 };
    struct progress progress;
    int rc;

    progress_start(&progress, args_has(args, OPT_QUIET));
    options->key = f->have_key ? &f->key : NULL;
    options->progress = progress_bytes;
    options->arg = &progress;
    rc = sheaf_verify(a->reader, options, &f->report, &err);
    progress_clear(&progress);
    if (rc == SHEAF_OK)
        return EXIT_DONE;
    rc = archive_refused(a, options->key, rc, &err);
    if (rc == EXIT_CORRUPT && !args_has(args, OPT_QUIET))
        name_all_lost(a);
    return rc;
}

/* An earlier checkpoint, from a file, must be one of this very log. */
static int
check_since(const struct args *args, const struct archive *a,
            struct finding *f)
{
    const char *path = args->value[OPT_NOTE_SINCE];
    struct sheaf_checkpoint since;
    struct sheaf_error err = { 0 };
    int code, rc;

    if (path == NULL)
        return EXIT_DONE;
    code = read_file(path, NOTE_MAX, &f->since_note);
    if (code == EXIT_DONE)
        code = note_check_earlier(a, &f->key, path, buf_view(&f->since_note),
                                  &since);
    if (code != EXIT_DONE)
        return code;
    rc = sheaf_extends(a->reader, a->scratch, &since, f->report.signed_size,
                       &err);
    if (rc != SHEAF_OK)
        return archive_failed_by(a, path, rc, &err);
    f->since = true;
    f->since_size = since.size;
    return EXIT_DONE;
}

/* With a policy and no key, the key is that of a log of the policy. */
static int
key_of_policy(const struct sheaf_policy *policy, const struct archive *a,
              struct finding *f)
{
    struct sheaf_error err = { 0 };
    struct sheaf_public_key key;
    int rc;

    for (unsigned i = 0; (rc = sheaf_policy_log(policy, a->info.origin, i,
                                                &key, &err)) == SHEAF_OK; i++) {
        bool signs = sheaf_check_note(a->reader, a->scratch, a->info.note,
                                      &key, NULL, NULL) == SHEAF_OK;

        if (i == 0 || signs)
            f->key = key;
        f->have_key = true;
        if (signs)
            return EXIT_DONE;
    }
    if (rc != SHEAF_END)
        return archive_failed(a, rc, &err);
    return f->have_key ? EXIT_DONE
                       : say_usage("verify", "verify: the policy has no log "
                                   "%.*s: -p or -P gives its key",
                                   (int)a->info.origin.len,
                                   (const char *)a->info.origin.data);
}

/* Checks that the witnesses that the policy requires have cosigned. */
static int
check_policy(const struct sheaf_policy *policy, const struct archive *a,
             struct finding *f)
{
    struct sheaf_error err = { 0 };
    int rc;

    if (policy == NULL)
        return EXIT_DONE;
    rc = policy_check_archive(policy, a, &f->report.signer, &f->attestation,
                              &err);
    f->policy = rc == SHEAF_OK;
    f->unwitnessed = rc == SHEAF_EVERIFY;
    return rc == SHEAF_OK ? EXIT_DONE : archive_failed(a, rc, &err);
}

static int
verify_one(const struct args *args, const char *path,
           const struct sheaf_policy *policy,
           struct sheaf_verify_options *options, struct finding *f)
{
    struct archive a;
    struct out o;
    int code = archive_open_noting(&a, path, NULL, &f->failure);

    f->named = args->count > 1 || members_are(args->operand[0]) ? a.path
                                                                : NULL;
    if (code == EXIT_DONE)
        code = origin_check(args, a.path, a.info.origin);
    if (code == EXIT_DONE && policy != NULL && !f->have_key)
        code = key_of_policy(policy, &a, f);
    if (code == EXIT_DONE)
        code = verify_archive(args, &a, options, f);
    if (code == EXIT_DONE)
        code = check_since(args, &a, f);
    if (code == EXIT_DONE)
        code = check_policy(policy, &a, f);
    if (code == EXIT_DONE)
        code = stamp_check(args, a.info.note, buf_view(&f->since_note),
                           &f->stamp);
    if (code == EXIT_DONE && f->have_key)
        code = pins_check(args, &a, &f->key, true, &f->pin);
    if (code == EXIT_DONE) {
        out_start(&o, STDOUT_FILENO);
        if (args_has(args, OPT_JSON))
            print_json(&o, &a, f);
        else if (!args_has(args, OPT_QUIET))
            print_text(&o, &a, f);
        code = out_finish(&o, NULL);
    } else if (args_has(args, OPT_JSON)) {
        print_failure(f, code);
    }
    pin_free(&f->pin);
    stamp_free(&f->stamp);
    sheaf_buf_free(&f->since_note);
    archive_close(&a);
    return code;
}

/* An archive, or the members of a collection. */
static int
verify_operand(const struct args *args, const char *path,
               const struct sheaf_policy *policy,
               struct sheaf_verify_options *options,
               const struct finding *given)
{
    struct finding f = *given;
    struct members m;
    int worst;

    if (!members_are(path))
        return verify_one(args, path, policy, options, &f);
    worst = members_find(&m, path);
    if (worst == EXIT_DONE && given->have_key)
        worst = members_check_logs(&m, &given->key);
    for (size_t i = 0; i < m.count && !interrupted(); i++) {
        f = *given;
        worst = worse(worst, verify_one(args, m.list[i].path, policy, options,
                                        &f));
    }
    members_free(&m);
    return worst;
}

/* All of them, also after one that is bad. The exit code is the most serious
 * one. */
static int
verify_all(const struct args *args, const struct finding *given,
           struct sheaf_verify_options *options)
{
    struct sheaf_policy *policy = NULL;
    int code = policy_option(args, &policy);
    int worst = code;

    if (code == EXIT_DONE && given->have_key)
        worst = members_check_forks(args->operand, args->count, &given->key);
    for (size_t i = 0; code == EXIT_DONE && i < args->count; i++) {
        worst = worse(worst, verify_operand(args, args->operand[i], policy,
                                            options, given));
    }
    sheaf_policy_free(policy);
    return worst;
}

int
cmd_verify(const struct args *args)
{
    struct sheaf_verify_options options = { SHEAF_VERIFY_OPTIONS };
    struct finding given = { 0 };
    int code;

    if (!parse_jobs(args->value[OPT_JOBS], &options.threads))
        return say_usage("verify",
                         "verify: -j: '%s' is not a number of threads",
                         args->value[OPT_JOBS]);
    code = public_key_option(args, &given.key, &given.have_key);
    if (code != EXIT_DONE)
        return code;
    if (args_has(args, OPT_NOTE_SINCE) && !given.have_key &&
        !args_has(args, OPT_POLICY))
        return say_usage("verify", "verify: --since needs a key");
    if (args_has(args, OPT_TSA_CA) && !args_has(args, OPT_TIMESTAMP))
        return say_usage("verify", "verify: --tsa-ca needs --timestamp");
    archive_allow_earlier();
    return verify_all(args, &given, &options);
}
