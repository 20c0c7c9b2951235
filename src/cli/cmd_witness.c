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
    struct sheaf_buf text = { 0 };
    struct sheaf_error err = { 0 };
    int code;
    int rc;

    if (size > a->info.signed_size)
        return say_usage("witness-request", "witness-request: --old: the "
                         "checkpoint has only %llu leaves",
                         (unsigned long long)a->info.signed_size);
    rc = sheaf_root_at(a->reader, a->scratch, size, old.root, &err);
    if (rc == SHEAF_OK)
        rc = sheaf_prove_consistency(a->reader, a->scratch, &old, &text, &err);
    code = rc == SHEAF_OK ? note_print(args, buf_view(&text))
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

/* Known witnesses must have signed the lines under their names. Prints who
 * they are, and how many other lines there are. */
static int
check_witnesses(const struct archive *a, const struct sheaf_policy *policy,
                struct sheaf_bytes note, struct out *o)
{
    struct sheaf_error err = { 0 };
    struct sheaf_witness w;
    int rc;

    for (unsigned i = 0;
         (rc = sheaf_policy_witness(policy, note, i, &w, &err)) == SHEAF_OK;
         i++) {
        if (!w.cosigned)
            continue;
        out_visible(o, w.key_name);
        out_format(o, " cosigned at %llu\n", (unsigned long long)w.time_s);
    }
    return rc == SHEAF_END ? EXIT_DONE : archive_failed(a, rc, &err);
}

static int
attach(const struct args *args, const struct archive *a,
       const struct sheaf_policy *policy, struct sheaf_bytes lines,
       struct sheaf_buf *note)
{
    struct sheaf_error err = { 0 };
    unsigned added;
    struct out o;
    int code = EXIT_DONE;
    int rc = sheaf_note_add(a->info.note, lines, &added, note, &err);

    if (rc != SHEAF_OK)
        return say_failed(args->operand[1], rc, &err);
    out_start(&o, STDERR_FILENO);
    if (policy != NULL)
        code = check_witnesses(a, policy, buf_view(note), &o);
    if (code != EXIT_DONE)
        return code;
    out_format(&o, "added %u signature%s%s\n", added, added == 1 ? "" : "s",
               policy != NULL ? "" : ", and checked none");
    if (added == 0)
        note->len = 0;
    return args_has(args, OPT_QUIET) ? EXIT_DONE : out_finish(&o, NULL);
}

int
cmd_attach(const struct args *args)
{
    struct sheaf_policy *policy = NULL;
    struct sheaf_buf note = { 0 };
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
        code = attach(args, &a, policy, buf_view(&lines),
                      &note);
    archive_close(&a);
    if (code == EXIT_DONE && note.len != 0)
        code = note_commit(args->operand[0], buf_view(&note));
    sheaf_buf_free(&note);
    sheaf_buf_free(&lines);
    sheaf_policy_free(policy);
    return code;
}
