/*
 * cmd_check.c - checks a proof without the archive, and says in words what it
 * proves and what it does not.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/date.h"
#include "cli/keyfile.h"
#include "cli/notes.h"
#include "cli/opening.h"
#include "cli/outfile.h"
#include "cli/stamp.h"

/* Rounded up; the library checks the exact limit. */
#define PROOF_MAX ((size_t)17 << 20)
#define META_MAX ((size_t)1 << 20)

struct checking {
    const struct args *args;
    const char *path;
    struct sheaf_buf text;
    struct sheaf_buf meta;
    struct sheaf_public_key key;
    bool have_key;
    struct sheaf_policy *policy;
    struct sheaf_attestation attestation;
    struct stamp stamp; /* of --timestamp */
    struct sheaf_proof *proof;
    struct sheaf_proof_info info;
    struct sheaf_source body;
    bool asked; /* `answer` is about the article in question */
    struct sheaf_answer answer;
};

/* ---- Saying it ----------------------------------------------------------- */

static void
put_claimed(struct out *o, int64_t ms)
{
    char text[DATE_TEXT_SIZE];

    out_str(o, date_print(ms, text) ? text : "none");
}

static void
put_key(struct out *o, const struct sheaf_public_key *key, unsigned followed)
{
    static const uint8_t none[8];

    /* A key from a policy has no number. */
    if (memcmp(key->id, none, sizeof none) == 0)
        out_str(o, "a log of the policy");
    else
        out_format(o, "key %016llX", (unsigned long long)key_number(key->id));
    if (followed != 0)
        out_format(o, ", reached from the given key through %u key change%s",
                   followed, followed == 1 ? "" : "s");
}

static void
put_attested(struct out *o, const struct checking *c)
{
    const struct sheaf_attestation *a = &c->attestation;

    out_str(o, "  time attested: ");
    if (c->policy == NULL)
        out_str(o, "not checked (no --policy given)\n");
    else if (a->attested_s == 0)
        out_str(o, "none");
    else
        out_str(o, seconds_text(a->attested_s).text);
    if (c->policy != NULL)
        out_format(o, ", %u of the policy's %u witness%s cosigned\n",
                   a->cosigned, a->witnesses, a->witnesses == 1 ? "" : "es");
    if (!c->stamp.checked)
        return;
    out_format(o, "  %scheckpoint of %llu leaves existed at: ",
               c->stamp.second ? "older " : "",
               (unsigned long long)c->stamp.size);
    stamp_print(o, &c->stamp);
    out_str(o, "\n");
}

/* The level, in the words of `verify`; a proof covers only its own articles. */
static const char *
level_of(const struct checking *c, const char *least)
{
    return c->policy != NULL && c->attestation.attested_s != 0 ? "witnessed"
                                                             : least;
}

static const char *
standing_text(int standing)
{
    switch ((enum sheaf_standing)standing) {
    case SHEAF_STANDING_UNKNOWN:
        return "not known whether there is a newer one";
    case SHEAF_STANDING_NEWEST:
        return "the newest under this checkpoint";
    case SHEAF_STANDING_OLDER:
        return "there is a newer one";
    case SHEAF_STANDING_REDACTED:
        return "redacted: the archive has only its record";
    case SHEAF_STANDING_ABSENT:
        return "none";
    }
    return "none";
}

static const char *
standing_word(int standing)
{
    static const char *const words[] = { "unknown", "newest", "older",
                                         "redacted", "absent" };

    return words[standing];
}

/* Which text was compared, and which other parts were not checked. */
static void
put_checked(struct out *o, const struct checking *c)
{
    const struct sheaf_answer *a = &c->answer;
    unsigned others = a->record.parts - 2;

    if (a->body_checked)
        out_format(o, "  text: compared, %llu bytes\n",
                   (unsigned long long)a->record.body_size);
    else
        out_format(o, "  text: NOT checked (no ARTICLE given)%s\n",
                   a->record.salted ? "; salted" : "");
    out_format(o, "  metadata: %s\n",
               a->meta_checked ? "compared" : "NOT checked (no --meta given)");
    if (others != 0)
        out_format(o, "  other parts: %u, NOT checked\n", others);
}

static void
put_id(struct out *o, const struct checking *c)
{
    if (args_has(c->args, OPT_ID)) {
        out_visible(o, sheaf_str(c->args->value[OPT_ID]));
        out_str(o, ", as asked for");
    } else if (c->answer.id_checked) {
        out_str(o, "that of the metadata given");
    } else {
        out_str(o, "NOT checked (no --id or --meta given), hash ");
        out_hex(o, c->answer.record.id_hash, SHEAF_HASH_BYTES);
    }
}

static void
put_article(struct out *o, const struct checking *c)
{
    const struct sheaf_answer *a = &c->answer;

    out_str(o, "  ID: ");
    put_id(o, c);
    if (a->standing == SHEAF_STANDING_ABSENT) {
        if (args_has(c->args, OPT_REV) && a->revisions != 0)
            out_format(o, "\n  proven: the archive has no such revision; it "
                       "has %zu other%s\n", a->revisions,
                       a->revisions == 1 ? "" : "s");
        else
            out_str(o, "\n  proven: the archive holds no article with this "
                       "ID\n");
        return;
    }
    out_format(o, "\n  revision: %lu, %s\n  leaf: %llu\n  time claimed: ",
               (unsigned long)a->record.rev, standing_text(a->standing),
               (unsigned long long)a->record.leaf);
    put_claimed(o, a->record.time_ms);
    out_str(o, "\n");
    put_checked(o, c);
}

/* Records that were not compared with anything. */
static void
put_records(struct out *o, const struct checking *c)
{
    struct sheaf_record r;

    for (size_t i = 0; sheaf_proof_record(c->proof, i, &r) == SHEAF_OK; i++) {
        if (c->asked && r.leaf == c->answer.record.leaf &&
            c->answer.standing != SHEAF_STANDING_ABSENT)
            continue;
        out_format(o, "  leaf %llu: %s of revision %lu, ID hash ",
                   (unsigned long long)r.leaf,
                   r.type == SHEAF_LEAF_ARTICLE ? "record" : "redaction",
                   (unsigned long)r.rev);
        out_hex(o, r.id_hash, 8);
        out_str(o, ", time claimed ");
        put_claimed(o, r.time_ms);
        if (r.type == SHEAF_LEAF_ARTICLE) {
            out_format(o, ", text of %llu bytes%s, hash ",
                       (unsigned long long)r.body_size,
                       r.salted ? ", salted" : "");
            out_hex(o, r.body_hash, 8);
        }
        out_str(o, "\n");
    }
}

static void
put_text(struct out *o, const struct checking *c)
{
    const struct sheaf_proof_info *i = &c->info;
    bool found = c->asked && c->answer.standing != SHEAF_STANDING_ABSENT;
    size_t compared = found && c->answer.body_checked;

    out_visible(o, sheaf_str(c->path));
    if (i->articles == 0)
        out_str(o, c->asked
                       ? ": proven\n"
                       : ": the checkpoint is proven; no article is asked "
                         "about (--id)\n");
    else
        out_format(o, ": record%s of %zu article%s proven, the text of %zu "
                   "compared\n", i->articles == 1 ? "" : "s", i->articles,
                   i->articles == 1 ? "" : "s", compared);
    out_format(o, "  level: %s\n  origin: ", level_of(c, "authentic"));
    out_visible(o, i->origin);
    out_format(o, ", %llu leaves\n  signed by: ",
               (unsigned long long)i->size);
    put_key(o, &i->signer, i->followed);
    out_str(o, "\n");
    if (i->generation != 0) {
        out_format(o, "  generation: %llu, archived, as claimed, ",
                   (unsigned long long)i->generation);
        put_claimed(o, i->seal_time_ms);
        out_str(o, "\n");
    }
    put_attested(o, c);
    if (c->asked)
        put_article(o, c);
    if (i->records > (size_t)found)
        out_format(o, "%zu record%s of which only this is known:\n",
                   i->records - (size_t)found,
                   i->records - (size_t)found == 1 ? "" : "s");
    put_records(o, c);
}

/* ---- JSON ---------------------------------------------------------------- */

static void
json_time(struct out *o, const char *name, int64_t ms)
{
    char text[DATE_TEXT_SIZE];

    if (date_print(ms, text))
        out_format(o, ",\"%s\":\"%s\"", name, text);
}

static void
json_record(struct out *o, const struct sheaf_record *r)
{
    out_format(o, "\"leaf\":%llu,\"type\":\"%s\",\"rev\":%lu",
               (unsigned long long)r->leaf,
               r->type == SHEAF_LEAF_ARTICLE ? "article" : "redaction",
               (unsigned long)r->rev);
    json_time(o, "time_claimed", r->time_ms);
    out_str(o, ",\"id_hash\":\"");
    out_hex(o, r->id_hash, SHEAF_HASH_BYTES);
    if (r->type == SHEAF_LEAF_ARTICLE) {
        out_format(o, "\",\"body_size\":%llu,\"salted\":%s,\"body_hash\":\"",
                   (unsigned long long)r->body_size,
                   r->salted ? "true" : "false");
        out_hex(o, r->body_hash, SHEAF_HASH_BYTES);
    }
    out_str(o, "\"");
}

static void
put_json(struct out *o, const struct checking *c)
{
    const struct sheaf_proof_info *i = &c->info;
    const struct sheaf_answer *a = &c->answer;
    struct sheaf_record r;

    out_format(o, "{\"proven\":true,\"level\":\"%s\",\"articles\":%zu,"
               "\"size\":%llu,\"origin\":",
               level_of(c, "authentic"), i->articles,
               (unsigned long long)i->size);
    out_json(o, i->origin);
    out_format(o, ",\"key\":\"%016llX\",\"key_changes\":%u",
               (unsigned long long)key_number(i->signer.id), i->followed);
    if (i->generation != 0) {
        out_format(o, ",\"generation\":%llu",
                   (unsigned long long)i->generation);
        json_time(o, "archived_claimed", i->seal_time_ms);
    }
    if (c->policy != NULL) {
        out_format(o, ",\"witnesses\":%u,\"cosigned\":%u",
                   c->attestation.witnesses, c->attestation.cosigned);
        if (c->attestation.attested_s != 0)
            json_time(o, "time_attested", ms_of(c->attestation.attested_s));
    }
    if (c->stamp.checked)
        stamp_json(o, &c->stamp);
    if (c->asked) {
        out_format(o, ",\"standing\":\"%s\"", standing_word(a->standing));
        out_json_bool(o, "id_checked", a->id_checked);
        out_json_bool(o, "meta_checked", a->meta_checked);
        out_json_bool(o, "body_checked", a->body_checked);
        if (a->standing != SHEAF_STANDING_ABSENT) {
            out_format(o, ",\"other_parts\":%u,\"article\":{",
                       a->record.parts - 2);
            json_record(o, &a->record);
            out_str(o, "}");
        }
    }
    out_str(o, ",\"records\":[");
    for (size_t n = 0; sheaf_proof_record(c->proof, n, &r) == SHEAF_OK; n++) {
        out_str(o, n == 0 ? "{" : ",{");
        json_record(o, &r);
        out_str(o, "}");
    }
    out_str(o, "]}\n");
}

/* ---- Failing ------------------------------------------------------------- */

/* Reports a failure as JSON, too: with --json the reason goes to standard
 * output in place of the answer. */
static int
put_failure(const struct checking *c, int code, const char *message,
            const char *clause)
{
    struct out o;

    if (!args_has(c->args, OPT_JSON) || code == EXIT_FAILED)
        return code;
    out_start(&o, STDOUT_FILENO);
    out_format(&o, "{\"proven\":false,\"state\":\"%s\",\"error\":",
               code == EXIT_CORRUPT ? "malformed" : "not proven");
    out_json(&o, sheaf_str(message));
    out_format(&o, ",\"clause\":\"%s\",\"exit\":%d}\n", clause, code);
    (void)out_finish(&o, NULL);
    return code;
}

static int
not_proven(const struct checking *c, int rc, const struct sheaf_error *err)
{
    return put_failure(c, say_failed(c->path, rc, err), err->message,
                       err->clause);
}

/* The proof is right, but it proves something else than was asked for. */
static int
unproven(const struct checking *c, const char *message)
{
    static const char clause[] = "F15.7";

    say("%s: %s [%s]", c->path, message, clause);
    return put_failure(c, EXIT_NOT_AUTHENTIC, message, clause);
}

static int
check_origin(const struct checking *c, struct sheaf_bytes origin)
{
    int code = origin_check(c->args, c->path, origin);

    return code == EXIT_DONE
               ? code
               : put_failure(c, code, "another origin than --origin", "");
}

/* ---- Asking -------------------------------------------------------------- */

/* Checks the signature: by the given key, or else by that of a log of the
 * policy with the proof's origin. */
static int
check_signature(struct checking *c)
{
    struct sheaf_error err = { 0 };
    struct sheaf_public_key key = c->key;
    struct sheaf_proof *unsigned_proof;
    struct sheaf_proof_info info;
    int rc;

    if (c->have_key) {
        rc = sheaf_check_proof(buf_view(&c->text), &key, &c->proof, &err);
        return rc == SHEAF_OK ? EXIT_DONE : not_proven(c, rc, &err);
    }
    rc = sheaf_check_proof(buf_view(&c->text), NULL, &unsigned_proof, &err);
    if (rc != SHEAF_OK)
        return not_proven(c, rc, &err);
    sheaf_proof_get_info(unsigned_proof, &info);
    for (unsigned i = 0;; i++) {
        struct sheaf_error none = { 0 };

        rc = sheaf_policy_log(c->policy, info.origin, i, &key, &none);
        if (rc != SHEAF_OK)
            break;
        rc = sheaf_check_proof(buf_view(&c->text), &key, &c->proof, &err);
        if (rc == SHEAF_OK)
            break;
    }
    sheaf_proof_free(unsigned_proof);
    if (rc == SHEAF_OK)
        return EXIT_DONE;
    say("%s: not signed by a log of the policy", c->path);
    return EXIT_NOT_AUTHENTIC;
}

/* Checks the cosignatures that the policy asks for. */
static int
check_attested(struct checking *c)
{
    struct not_witness n = { .policy = c->policy };
    struct sheaf_error err = { 0 };
    int rc;

    if (c->policy == NULL)
        return EXIT_DONE;
    rc = sheaf_proof_list_keys(c->proof, listed_no_witness, &n, &err);
    rc = not_witness_result(&n, rc, &err);
    if (rc == SHEAF_OK)
        rc = sheaf_policy_check(c->policy, c->info.note, &c->info.signer,
                                &c->attestation, &err);
    return rc == SHEAF_OK ? EXIT_DONE : not_proven(c, rc, &err);
}

static int
check_stamp(struct checking *c, struct sheaf_bytes note,
            struct sheaf_bytes older)
{
    int code = stamp_check(c->args, note, older, &c->stamp);

    return code == EXIT_DONE ? code : put_failure(c, code, last_said(), "");
}

static int
ask(struct checking *c)
{
    const struct args *args = c->args;
    struct sheaf_error err = { 0 };
    struct sheaf_claim claim = { SHEAF_CLAIM, .rev = 0 };
    uint64_t rev = 0;
    int rc;

    if (args_has(args, OPT_REV) &&
        !parse_number(args->value[OPT_REV], 1, UINT32_MAX, &rev))
        return say_usage("check", "check: --rev: '%s' is no revision",
                         args->value[OPT_REV]);
    claim.rev = (uint32_t)rev;
    if (args_has(args, OPT_ID))
        claim.id = sheaf_str(args->value[OPT_ID]);
    if (args_has(args, OPT_META_FILE))
        claim.meta = buf_view(&c->meta);
    if (c->body.ops != NULL)
        claim.body = &c->body;
    c->asked = claim.id.data != NULL || claim.meta.data != NULL ||
               claim.body != NULL || rev != 0 || c->info.articles == 1;
    if (!c->asked)
        return EXIT_DONE;
    rc = sheaf_proof_ask(c->proof, &claim, &c->answer, &err);
    if (rc == SHEAF_EINVAL)
        return say_usage("check", "check: %s: %s; give --id", c->path,
                         err.message);
    return rc == SHEAF_OK ? EXIT_DONE : not_proven(c, rc, &err);
}

/* Checks that the proof shows what the options ask for. */
static int
check_wanted(const struct checking *c)
{
    bool absent = c->asked && c->answer.standing == SHEAF_STANDING_ABSENT;

    if (args_has(c->args, OPT_ABSENT)) {
        if (!absent)
            return unproven(c, c->answer.standing == SHEAF_STANDING_REDACTED
                                   ? "there was such an article: it is "
                                     "redacted"
                                   : "there is such an article");
        return EXIT_DONE;
    }
    if (absent)
        return unproven(c, args_has(c->args, OPT_REV)
                               ? "the proof shows that there is no such "
                                 "revision"
                               : "the proof shows that there is no such "
                                 "article");
    if (args_has(c->args, OPT_NEWEST) &&
        c->answer.standing != SHEAF_STANDING_NEWEST)
        return unproven(c, c->answer.standing == SHEAF_STANDING_UNKNOWN
                               ? "the proof does not show whether there is a "
                                 "newer revision"
                               : standing_text(c->answer.standing));
    return EXIT_DONE;
}

static int
check_articles(struct checking *c)
{
    int code = check_signature(c);
    struct out o;

    if (code == EXIT_DONE) {
        sheaf_proof_get_info(c->proof, &c->info);
        code = check_origin(c, c->info.origin);
    }
    if (code == EXIT_DONE)
        code = check_attested(c);
    if (code == EXIT_DONE)
        code = check_stamp(c, c->info.note, sheaf_view(NULL, 0));
    if (code == EXIT_DONE)
        code = ask(c);
    if (code == EXIT_DONE)
        code = check_wanted(c);
    if (code == EXIT_DONE) {
        out_start(&o, STDOUT_FILENO);
        if (args_has(c->args, OPT_JSON))
            put_json(&o, c);
        else if (!args_has(c->args, OPT_QUIET))
            put_text(&o, c);
        code = out_finish(&o, NULL);
    }
    return code;
}

/* ---- History ------------------------------------------------------------- */

static void
put_history(struct out *o, const struct checking *c,
            const struct sheaf_checkpoint *old, bool old_signed,
            const struct sheaf_checkpoint *new)
{
    if (args_has(c->args, OPT_JSON)) {
        out_format(o, "{\"proven\":true,\"level\":\"%s\",\"from\":%llu,"
                   "\"size\":%llu,\"old_signed\":%s,"
                   "\"key\":\"%016llX\",\"origin\":",
                   level_of(c, "consistent"), (unsigned long long)old->size,
                   (unsigned long long)new->size,
                   old_signed ? "true" : "false",
                   (unsigned long long)key_number(c->key.id));
        out_json(o, new->origin);
        if (c->policy != NULL)
            out_format(o, ",\"witnesses\":%u,\"cosigned\":%u",
                       c->attestation.witnesses, c->attestation.cosigned);
        if (c->stamp.checked)
            stamp_json(o, &c->stamp);
        out_str(o, "}\n");
        return;
    }
    out_visible(o, sheaf_str(c->path));
    out_format(o,
               ": proven: the archive of %llu leaves extends the one of "
               "%llu\n  level: %s\n  origin: ",
               (unsigned long long)new->size, (unsigned long long)old->size,
               level_of(c, "consistent"));
    out_visible(o, new->origin);
    out_str(o, "\n  signed by: ");
    put_key(o, &c->key, 0);
    out_format(o, "\n  older checkpoint: %s\n",
               old_signed ? "signed by the same key"
                          : "NOT signed by this key; take care that it is "
                            "the one you kept");
    put_attested(o, c);
}

static int
check_history(struct checking *c, const char *path)
{
    struct sheaf_checkpoint old, new;
    struct sheaf_error err = { 0 };
    struct sheaf_buf note = { 0 };
    struct out o;
    bool old_signed;
    int code = checkpoint_file_read(path, &note, &old);
    int rc;

    if (code != EXIT_DONE)
        goto out;
    rc = sheaf_check_consistency(buf_view(&c->text), &old, &c->key, &new, &err);
    if (rc == SHEAF_OK && c->policy != NULL)
        rc = sheaf_policy_check(c->policy, note_below(buf_view(&c->text)),
                                &c->key, &c->attestation, &err);
    if (rc != SHEAF_OK) {
        code = not_proven(c, rc, &err);
        goto out;
    }
    code = check_origin(c, new.origin);
    if (code == EXIT_DONE)
        code = check_stamp(c, note_below(buf_view(&c->text)),
                           buf_view(&note));
    if (code != EXIT_DONE)
        goto out;
    old_signed = sheaf_note_verify(buf_view(&note), &c->key,
                                   NULL) == SHEAF_OK;
    out_start(&o, STDOUT_FILENO);
    if (!args_has(c->args, OPT_QUIET) || args_has(c->args, OPT_JSON))
        put_history(&o, c, &old, old_signed, &new);
    code = out_finish(&o, NULL);
out:
    sheaf_buf_free(&note);
    return code;
}

/* ---- What was given ------------------------------------------------------ */

static int
check_usage(const struct checking *c)
{
    const struct args *args = c->args;
    bool absent = args_has(args, OPT_ABSENT);
    bool article = args->count > 1 || args_has(args, OPT_META_FILE);

    if (!c->have_key && c->policy == NULL)
        return say_usage("check",
                         "check: needs the signer's key: -p, -P or --policy");
    if (args_has(args, OPT_FROM) &&
        (article || absent || args_has(args, OPT_ID) ||
         args_has(args, OPT_NEWEST) || args_has(args, OPT_REV)))
        return say_usage("check", "check: --from does not go with an article");
    if (args_has(args, OPT_FROM) && !c->have_key)
        return say_usage("check", "check: --from needs -p or -P");
    if (absent && (article || args_has(args, OPT_NEWEST)))
        return say_usage("check",
                         "check: --absent does not go with an article");
    if (args_has(args, OPT_TSA_CA) && !args_has(args, OPT_TIMESTAMP))
        return say_usage("check", "check: --tsa-ca needs --timestamp");
    if (absent && !args_has(args, OPT_ID))
        return say_usage("check", "check: --absent needs --id");
    return EXIT_DONE;
}

/* A proof that passed through a system on which lines end in CR LF. All of its
 * lines must, so that nothing else is changed. */
static void
drop_returns(struct sheaf_buf *text)
{
    size_t returns = 0, feeds = 0, len = 0;

    for (size_t i = 0; i < text->len; i++) {
        feeds += text->data[i] == '\n';
        returns += text->data[i] == '\n' && i > 0 &&
                   text->data[i - 1] == '\r';
    }
    if (returns == 0 || returns != feeds)
        return;
    for (size_t i = 0; i < text->len; i++)
        if (text->data[i] != '\r' || i + 1 == text->len ||
            text->data[i + 1] != '\n')
            text->data[len++] = text->data[i];
    text->len = len;
}

/* The metadata as `get --meta` prints it, with or without a line feed. */
static int
load_inputs(struct checking *c)
{
    const char *meta = c->args->value[OPT_META_FILE];
    struct sheaf_error err = { 0 };
    int code = read_file(c->path, PROOF_MAX, &c->text);
    int rc;

    drop_returns(&c->text);
    if (code == EXIT_DONE && meta != NULL) {
        code = read_file(meta, META_MAX + 1, &c->meta);
        if (code == EXIT_DONE && c->meta.len != 0 &&
            c->meta.data[c->meta.len - 1] == '\n')
            c->meta.len--;
    }
    if (code == EXIT_DONE && c->args->count > 1) {
        rc = sheaf_source_file(&c->body, c->args->operand[1], &err);
        if (rc != SHEAF_OK) {
            c->body.ops = NULL;
            code = say_failed(c->args->operand[1], rc, &err);
        }
    }
    return code;
}

int
cmd_check(const struct args *args)
{
    struct checking c = { .args = args, .path = args->operand[0] };
    int code = public_key_option(args, &c.key, &c.have_key);

    if (code == EXIT_DONE)
        code = policy_option(args, &c.policy);
    if (code == EXIT_DONE)
        code = check_usage(&c);
    if (code == EXIT_DONE)
        code = load_inputs(&c);
    if (code == EXIT_DONE)
        code = args_has(args, OPT_FROM)
                   ? check_history(&c, args->value[OPT_FROM])
                   : check_articles(&c);
    if (c.body.ops != NULL)
        c.body.ops->close(c.body.ctx);
    sheaf_proof_free(c.proof);
    sheaf_policy_free(c.policy);
    stamp_free(&c.stamp);
    sheaf_buf_free(&c.meta);
    sheaf_buf_free(&c.text);
    return code;
}
