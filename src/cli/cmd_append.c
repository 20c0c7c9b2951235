/*
 * cmd_append.c - add articles to an archive.
 */
#include "cli/archive.h"
#include "cli/packing.h"
#include "cli/signing.h"

/* The archive before the append. */
struct before {
    uint64_t size;
    uint64_t signed_size;
    bool has_note;
    uint8_t root[SHEAF_HASH_BYTES];
    char origin[256];
};

/* ---- The command --------------------------------------------------------- */

/* Reads the archive, and checks that this append is allowed. */
static int
look_before(struct packing *p, struct before *b, struct log *log)
{
    bool unsigned_too = args_has(p->args, OPT_UNSIGNED);
    struct archive a;
    int code;

    archive_allow_tail();
    code = archive_open(&a, p->target, NULL);
    if (code == EXIT_DONE) {
        b->size = a.info.size;
        b->signed_size = a.info.signed_size;
        b->has_note = a.info.note.len != 0;
        memcpy(b->root, a.info.root, sizeof b->root);
        assert(a.info.origin.len < sizeof b->origin);
        memcpy(b->origin, a.info.origin.data, a.info.origin.len);
        b->origin[a.info.origin.len] = '\0';
        if (b->has_note && !p->sign && !unsigned_too)
            code = say_usage("append", "append: %s is signed: sign with -s "
                             "what is new, or say --unsigned", p->target);
    }
    if (code == EXIT_DONE && p->sign)
        code = signing_check(p, &a, p->args->count == 1, log);
    /* If it is not signed up to its end, signing_check has verified it. */
    p->options.verified = code == EXIT_DONE && p->sign;
    archive_close(&a);
    return code;
}

/* The locked archive must be the one that was checked: the same leaves and
 * the same note. */
static int
open_writer(struct packing *p, const struct before *b)
{
    struct sheaf_error err = { 0 };
    struct sheaf_info now;
    int rc = sheaf_writer_append(p->target, &p->options,
                                 p->sign ? &p->pub : NULL, &p->writer, &err);

    if (rc != SHEAF_OK)
        return say_failed(p->target, rc, &err);
    sheaf_writer_get_base(p->writer, &now);
    if (now.size == b->size && now.signed_size == b->signed_size &&
        (now.note.len != 0) == b->has_note &&
        memcmp(now.root, b->root, sizeof b->root) == 0)
        return EXIT_DONE;
    say("%s: it changed while it was looked at; try again", p->target);
    return EXIT_FAILED;
}

/* Nothing is new and nothing is to be signed: the archive stays as it is.
 * The last signature may not have been remembered when it was made. */
static int
leave_alone(const struct packing *p, const struct before *b, struct log *log,
            struct sheaf_written *w)
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
    struct before before = { 0 };
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
        code = open_writer(&p, &before);
    if (code == EXIT_DONE && args->count > 1) /* sign has no inputs */
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
