/*
 * cmd_witness.c - asks witnesses for cosignatures: prints requests, and adds
 * their answers to an archive (C2SP's tlog-witness; curl or the like posts
 * them).
 */
#include <unistd.h>

#include "cli/keyfile.h"
#include "cli/notes.h"
#include "cli/outfile.h"

/* ---- The request --------------------------------------------------------- */

static int
request(const struct args *args, const struct archive *a, uint64_t size)
{
    struct sheaf_checkpoint old = { .origin = a->info.origin, .size = size };
    struct sheaf_checkpoint newer;
    struct sheaf_buf text = { 0 };
    struct sheaf_error err = { 0 };
    int code = checkpoint_of(a, &newer);
    int rc;

    if (code != EXIT_DONE)
        return code;
    if (size > a->info.signed_size)
        return say_usage("witness-request", "witness-request: --old: the "
                         "checkpoint has only %llu leaves",
                         (unsigned long long)a->info.signed_size);
    rc = sheaf_root_at(a->reader, a->scratch, size, old.root, &err);
    if (rc == SHEAF_OK)
        rc = sheaf_prove_consistency(a->reader, a->scratch, &old, &text, &err);
    code = rc == SHEAF_OK ? note_print(args, &newer, "request", buf_view(&text))
                          : archive_failed(a, rc, &err);
    sheaf_buf_free(&text);
    return code;
}

int
cmd_witness_request(const struct args *args)
{
    const char *given = args->value[OPT_OLD];
    struct archive a;
    uint64_t size;
    int code;

    if (given == NULL)
        return say_usage("witness-request", "witness-request: needs --old "
                         "SIZE; a witness that has never cosigned this log is "
                         "at 0");
    if (!parse_number(given, 0, INT64_MAX, &size))
        return say_usage(
            "witness-request",
            "witness-request: --old: '%s' is not a number of leaves", given);
    code = archive_open(&a, args->operand[0], NULL);
    if (code == EXIT_DONE)
        code = note_wanted(&a);
    if (code == EXIT_DONE)
        code = request(args, &a, size);
    archive_close(&a);
    return code;
}

/* ---- The answer ---------------------------------------------------------- */

/* Known witnesses must have signed the lines under their names. Unless `o` is
 * NULL, prints who they are. */
static int
check_witnesses(const struct archive *a, const struct sheaf_policy *policy,
                struct sheaf_bytes note, bool json, struct out *o)
{
    struct sheaf_error err = { 0 };
    struct sheaf_witness w;
    const char *comma = "";
    int rc;

    for (unsigned i = 0;
         (rc = sheaf_policy_witness(policy, note, i, &w, &err)) == SHEAF_OK;
         i++) {
        if (!w.cosigned || o == NULL)
            continue;
        if (json) {
            out_format(o, "%s{\"name\":", comma);
            out_json(o, w.key_name);
            out_json_number(o, "time", w.time_s);
            out_str(o, "}");
            comma = ",";
        } else {
            out_visible(o, w.key_name);
            out_format(o, " cosigned at %llu\n", (unsigned long long)w.time_s);
        }
    }
    return rc == SHEAF_END ? EXIT_DONE : archive_failed(a, rc, &err);
}

static int
report(const struct args *args, const struct archive *a,
       const struct sheaf_policy *policy, struct sheaf_bytes note,
       unsigned added)
{
    bool json = args_has(args, OPT_JSON);
    struct sheaf_checkpoint c;
    struct out o;
    int code = checkpoint_of(a, &c);

    if (code != EXIT_DONE || (args_has(args, OPT_QUIET) && !json))
        return code;
    out_start(&o, json ? STDOUT_FILENO : STDERR_FILENO);
    if (json) {
        checkpoint_json(&o, &c);
        out_json_number(&o, "added", added);
        out_json_bool(&o, "checked", policy != NULL);
        out_str(&o, ",\"cosigned\":[");
    }
    if (policy != NULL)
        code = check_witnesses(a, policy, note, json, &o);
    if (code != EXIT_DONE)
        return code;
    if (json)
        out_str(&o, "]}\n");
    else
        out_format(&o, "added %u signature%s%s\n", added,
                   added == 1 ? "" : "s",
                   policy != NULL ? "" : ", and checked none");
    return out_finish(&o, NULL);
}

/* The one that -w names must have. */
static int
want_witness(const struct args *args, const struct sheaf_policy *policy,
             struct sheaf_bytes note)
{
    struct sheaf_error err = { 0 };
    struct sheaf_witness w;

    if (!args_has(args, OPT_WITNESS) ||
        (sheaf_policy_witness(policy, note, 0, &w, &err) == SHEAF_OK &&
         w.cosigned))
        return EXIT_DONE;
    say("%s: no cosignature of the witness of -w", args->operand[1]);
    return EXIT_NOT_AUTHENTIC;
}

static int
attach(const struct args *args, const struct archive *a,
       const struct sheaf_policy *policy, struct sheaf_bytes lines)
{
    const struct sheaf_bytes none = { NULL, 0 };
    struct sheaf_buf note = { 0 };
    struct sheaf_error err = { 0 };
    unsigned added;
    int code = EXIT_DONE;
    int rc = sheaf_note_add(a->info.note, lines, &added, &note, &err);

    if (rc != SHEAF_OK)
        code = say_failed(args->operand[1], rc, &err);
    if (code == EXIT_DONE && policy != NULL)
        code = check_witnesses(a, policy, buf_view(&note), false, NULL);
    if (code == EXIT_DONE)
        code = want_witness(args, policy, buf_view(&note));
    if (code == EXIT_DONE)
        code = note_commit(a, added != 0 ? buf_view(&note) : none);
    if (code == EXIT_DONE)
        code = report(args, a, policy, buf_view(&note), added);
    sheaf_buf_free(&note);
    return code;
}

int
cmd_attach(const struct args *args)
{
    struct sheaf_policy *policy = NULL;
    struct sheaf_buf lines = { 0 };
    struct archive a = { 0 };
    int code = policy_option(args, &policy);

    if (code == EXIT_DONE)
        code = note_file_read(args->operand[1], &lines);
    if (code == EXIT_DONE)
        code = archive_open(&a, args->operand[0], NULL);
    if (code == EXIT_DONE)
        code = note_wanted(&a);
    if (code == EXIT_DONE)
        code = attach(args, &a, policy, buf_view(&lines));
    archive_close(&a);
    sheaf_buf_free(&lines);
    sheaf_policy_free(policy);
    return code;
}
