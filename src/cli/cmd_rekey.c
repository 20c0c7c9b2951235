/*
 * cmd_rekey.c - replaces the key that signs an archive.
 */
#include <unistd.h>

#include "cli/archive.h"
#include "cli/keyfile.h"
#include "cli/notes.h"
#include "cli/outfile.h"
#include "cli/signing.h"

struct rekeying {
    const struct args *args;
    struct packing p; /* with the old key */
    struct sheaf_secret_key next;
    struct log log; /* of both keys */
};

/* Only an archive whose signature covers everything can change its key. */
static int
look_before(struct rekeying *r, struct looked_at *was)
{
    struct sheaf_public_key next = public_key_of(&r->next);
    bool anew = args_has(r->args, OPT_NEW_LOG);
    struct archive a = { 0 };
    int code;

    archive_allow_tail();
    code = archive_open(&a, r->p.target, &r->p.pub);
    if (code == EXIT_DONE && a.info.signed_size != a.info.size) {
        say("%s: not fully signed: look at what is new, and if it is yours, "
            "run sheaf sign with the old key first", a.path);
        code = EXIT_FAILED;
    }
    /* The statement counts the key changes before it, which only the top
     * names, and nobody has signed that. */
    if (code == EXIT_DONE)
        code = signing_verify(&r->p, &a);
    if (code == EXIT_DONE)
        code = log_open(&r->log, a.info.origin, &r->p.pub, &a);
    if (code == EXIT_DONE && !anew)
        code = log_check(&r->log, &a, "--new-log");
    if (code == EXIT_DONE)
        code = log_add_key(&r->log, &next, anew ? NULL : &a);
    if (code == EXIT_DONE)
        code = log_reserve(&r->log);
    if (code == EXIT_DONE)
        signing_look(&a, was);
    archive_close(&a);
    return code;
}

/* Adds the key change to what was looked at, all of which is signed. */
static int
change(struct rekeying *r, const struct looked_at *was,
       struct sheaf_written *out)
{
    struct packing *p = &r->p;
    struct sheaf_error err = { 0 };
    int code = signing_open(p, was);
    int rc;

    if (code != EXIT_DONE)
        return code;
    rc = sheaf_add_key_change(p->writer, &p->secret, &r->next, &err);
    if (rc == SHEAF_OK)
        rc = sheaf_commit(p->writer, &r->next, out, &err);
    return rc == SHEAF_OK ? EXIT_DONE : say_failed(p->target, rc, &err);
}

static int
report(const struct rekeying *r, const struct sheaf_written *w)
{
    unsigned long long old = key_number(r->p.secret.id);
    unsigned long long key = key_number(r->next.id);
    uint64_t leaf = w->size - 2; /* of the statement */
    struct sheaf_checkpoint c = { sheaf_str(w->origin), w->size, { 0 } };
    struct out o;

    if (!args_has(r->args, OPT_JSON) && args_has(r->args, OPT_QUIET))
        return EXIT_DONE;
    if (!args_has(r->args, OPT_JSON)) {
        out_start(&o, STDERR_FILENO);
        out_format(&o, "from leaf %llu on, key %016llX signs what %016llX has "
                   "signed\n", (unsigned long long)leaf, key, old);
        return out_finish(&o, NULL);
    }
    memcpy(c.root, w->root, sizeof c.root);
    out_start(&o, STDOUT_FILENO);
    checkpoint_json(&o, &c);
    out_json_number(&o, "leaf", leaf);
    out_format(&o, ",\"old_key\":\"%016llX\",\"key\":\"%016llX\"}\n", old,
               key);
    return out_finish(&o, NULL);
}

int
cmd_rekey(const struct args *args)
{
    struct rekeying r = { .args = args };
    struct sheaf_written written;
    struct looked_at was;
    int code;

    if (!args_has(args, OPT_SECRET) || !args_has(args, OPT_NEW_KEY))
        return say_usage("rekey", "rekey: needs -s OLDSEC and --new-key "
                         "NEWSEC");
    catch_signals();
    code = packing_start(&r.p, args, args->operand[0]);
    if (code == EXIT_DONE)
        code = secret_key_load(args->value[OPT_NEW_KEY], &r.next);
    if (code == EXIT_DONE &&
        memcmp(r.p.secret.id, r.next.id, sizeof r.next.id) == 0)
        code = say_usage("rekey", "rekey: both keys are the same");
    if (code == EXIT_DONE)
        code = look_before(&r, &was);
    if (code == EXIT_DONE)
        code = change(&r, &was, &written);
    if (code == EXIT_DONE)
        /* Of both keys: an older copy is none to go on from with either. */
        code = log_keep_written(&r.log, &written, &r.next);
    if (code == EXIT_DONE)
        code = report(&r, &written);
    sheaf_secret_key_wipe(&r.next);
    packing_end(&r.p);
    log_close(&r.log);
    return code;
}
