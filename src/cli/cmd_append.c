/*
 * cmd_append.c - add articles to an archive.
 */
#include "cli/archive.h"
#include "cli/packing.h"
#include "cli/signing.h"

/* ---- The command --------------------------------------------------------- */

/* sign, which is an append too, has no inputs. */
static bool
has_inputs(const struct args *args)
{
    return args->count > 1 || args_has(args, OPT_FILES_FROM);
}

/* Reads the archive, and checks that this append is allowed. */
static int
look_before(struct packing *p, struct looked_at *b, struct log *log)
{
    bool unsigned_too = args_has(p->args, OPT_UNSIGNED);
    struct archive a;
    int code;

    archive_allow_tail();
    code = archive_open(&a, p->target, NULL);
    if (code == EXIT_DONE) {
        signing_look(&a, b);
        if (b->has_note && !p->sign && !unsigned_too)
            code = say_usage("append", "append: %s is signed: sign with -s "
                             "what is new, or say --unsigned", p->target);
    }
    if (code == EXIT_DONE && p->sign)
        code = signing_check(p, &a, !has_inputs(p->args), log);
    /* If it is not signed up to its end, signing_check has verified it. */
    p->options.verified = code == EXIT_DONE && p->sign;
    archive_close(&a);
    return code;
}

/* Nothing is new and nothing is to be signed: the archive stays as it is.
 * The last signature may not have been remembered when it was made. */
static int
leave_alone(const struct packing *p, const struct looked_at *b,
            struct log *log, struct sheaf_written *w)
{
    memset(w, 0, sizeof *w);
    w->unchanged = p->seen;
    w->size = b->size;
    memcpy(w->root, b->root, sizeof w->root);
    memcpy(w->origin, b->origin, sizeof w->origin);
    return p->sign ? log_keep_written(log, w, &p->secret) : EXIT_DONE;
}

/* Everything but the writing. IDs of the archive are not looked up. */
static int
append_dry(struct packing *p)
{
    int code = packing_add_all(p, p->args->operand + 1, p->args->count - 1);

    if (code == EXIT_DONE)
        code = packing_report_dry(p);
    return code == EXIT_DONE ? packing_code(p) : code;
}

int
cmd_append(const struct args *args)
{
    struct sheaf_written written;
    struct looked_at before = { 0 };
    struct log log = { 0 };
    struct packing p;
    int code;

    if (args_has(args, OPT_SECRET) && args_has(args, OPT_UNSIGNED))
        return say_usage("append", "append: either -s or --unsigned");
    catch_signals();
    code = packing_start(&p, args, args->operand[0]);
    if (args_has(args, OPT_DRY_RUN)) {
        if (code == EXIT_DONE)
            code = append_dry(&p);
        packing_end(&p);
        return code;
    }
    if (code == EXIT_DONE)
        code = look_before(&p, &before, &log);
    if (code == EXIT_DONE)
        code = signing_open(&p, &before);
    if (code == EXIT_DONE && has_inputs(args))
        code = packing_add_all(&p, args->operand + 1, args->count - 1);
    if (code == EXIT_DONE && p.stored == 0 &&
        (!p.sign || before.signed_size == before.size))
        code = leave_alone(&p, &before, &log, &written);
    else if (code == EXIT_DONE)
        code = packing_commit(&p, p.sign ? &log : NULL, &written);
    if (code == EXIT_DONE)
        code = packing_report(&p, "appended", &written);
    if (code == EXIT_DONE)
        code = packing_code(&p);
    packing_end(&p);
    log_close(&log);
    return code;
}
