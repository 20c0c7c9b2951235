/*
 * cmd_prove.c - write proofs, which cmd_check.c checks without the archive.
 */
#include <stdlib.h>

#include "cli/notes.h"
#include "cli/opening.h"
#include "cli/outfile.h"

struct proving {
    const struct args *args;
    struct archive archive;
    uint64_t rev;
    struct sheaf_buf proof;
};

/* ---- What can be proven -------------------------------------------------- */

static int
check_signed(const struct proving *p, bool whole)
{
    const struct archive *a = &p->archive;
    const struct sheaf_info *i = &a->info;

    if (i->signed_size == 0) {
        say("%s: not signed, so nothing can be proven; 'sheaf sign' signs it",
            a->path);
        return EXIT_NOT_AUTHENTIC;
    }
    if (whole && i->signed_size < i->size) {
        say("%s: %llu of %llu leaves are past the signature, so absence can't "
            "be proven; 'sheaf sign' signs them",
            a->path, (unsigned long long)(i->size - i->signed_size),
            (unsigned long long)i->size);
        return EXIT_NOT_AUTHENTIC;
    }
    return EXIT_DONE;
}

/* An operand: an ID or a URL. */
static int
find(const struct proving *p, const char *name, struct sheaf_entry *out)
{
    const struct archive *a = &p->archive;
    int code = archive_find(a, name, (uint32_t)p->rev, out);

    if (code == EXIT_DONE && out->leaf >= a->info.signed_size) {
        say("%s: %s: leaf %llu is past the signature, which covers %llu; "
            "'sheaf sign' signs it",
            a->path, name, (unsigned long long)out->leaf,
            (unsigned long long)a->info.signed_size);
        code = EXIT_NOT_AUTHENTIC;
    }
    return code;
}

/* ---- Articles ------------------------------------------------------------ */

static int
prove_articles(struct proving *p)
{
    const struct archive *a = &p->archive;
    size_t count = p->args->count - 1;
    struct sheaf_entry *entries = calloc(count, sizeof *entries);
    struct sheaf_error err = { 0 };
    int code = EXIT_DONE;
    int rc;

    if (entries == NULL)
        return say_no_memory();
    for (size_t i = 0; code == EXIT_DONE && i < count; i++)
        code = find(p, p->args->operand[i + 1], &entries[i]);
    if (code == EXIT_DONE) {
        rc = count == 1
                 ? sheaf_prove(a->reader, a->scratch, entries, &p->proof, &err)
                 : sheaf_prove_many(a->reader, a->scratch, entries, count,
                                    NULL, 0, &p->proof, &err);
        if (rc != SHEAF_OK)
            code = archive_failed(a, rc, &err);
    }
    free(entries);
    return code;
}

/* With --absent, the operand need not be in the archive. */
static int
take_id(const struct proving *p, const char *name, struct sheaf_buf *out)
{
    if (!args_has(p->args, OPT_ABSENT))
        return archive_id(&p->archive, name, 0, out);
    return buf_add_str(out, name) ? EXIT_DONE : say_no_memory();
}

/* A proof is of IDs. Where the name is the URL of an article that is there, it
 * would be taken for more. */
static int
refuse_url(const struct proving *p, const char *name)
{
    const struct archive *a = &p->archive;
    struct sheaf_article article;
    struct sheaf_entry entry;
    struct sheaf_error err = { 0 };
    int rc = sheaf_find_url(a->reader, a->scratch, sheaf_str(name), &entry,
                            &err);

    if (rc == SHEAF_OK)
        rc = sheaf_read(a->reader, a->scratch, &entry, &article, &err);
    if (rc == SHEAF_ENOTFOUND)
        return EXIT_DONE;
    if (rc != SHEAF_OK)
        return archive_failed(a, rc, &err);
    say("%s: %s: that is the URL of %.*s, which is there: only the absence of "
        "an ID can be proven",
        a->path, name, (int)article.id.len, (const char *)article.id.data);
    return EXIT_FAILED;
}

/* Whether the proof says that there is no such article. */
static int
check_absent(const struct proving *p)
{
    struct sheaf_error err = { 0 };
    struct sheaf_proof *proof;
    int code = EXIT_DONE;
    int rc = sheaf_check_proof(buf_view(&p->proof), NULL, &proof, &err);

    if (rc != SHEAF_OK)
        return archive_failed(&p->archive, rc, &err);
    for (size_t i = 1; code == EXIT_DONE && i < p->args->count; i++) {
        struct sheaf_claim claim = {
            SHEAF_CLAIM, .id = sheaf_str(p->args->operand[i])
        };
        struct sheaf_answer answer;

        rc = sheaf_proof_ask(proof, &claim, &answer, &err);
        if (rc != SHEAF_OK) {
            code = archive_failed(&p->archive, rc, &err);
        } else if (answer.standing != SHEAF_STANDING_ABSENT) {
            say("%s: %s: the archive %s it", p->archive.path,
                p->args->operand[i],
                answer.standing == SHEAF_STANDING_REDACTED ? "held" : "holds");
            code = EXIT_FAILED;
        } else {
            code = refuse_url(p, p->args->operand[i]);
        }
    }
    sheaf_proof_free(proof);
    return code;
}

/* Proves with the map everything that the archive holds under these IDs. */
static int
prove_standing(struct proving *p)
{
    const struct archive *a = &p->archive;
    size_t count = p->args->count - 1;
    struct sheaf_bytes *ids = calloc(count, sizeof *ids);
    struct sheaf_buf *texts = calloc(count, sizeof *texts);
    struct sheaf_error err = { 0 };
    int code = ids != NULL && texts != NULL ? EXIT_DONE : say_no_memory();
    int rc;

    for (size_t i = 0; code == EXIT_DONE && i < count; i++) {
        code = take_id(p, p->args->operand[i + 1], &texts[i]);
        ids[i] = sheaf_view(texts[i].data, texts[i].len);
    }
    if (code == EXIT_DONE) {
        rc = sheaf_prove_many(a->reader, a->scratch, NULL, 0, ids, count,
                              &p->proof, &err);
        if (rc != SHEAF_OK)
            code = archive_failed(a, rc, &err);
    }
    if (code == EXIT_DONE && args_has(p->args, OPT_ABSENT))
        code = check_absent(p);
    for (size_t i = 0; texts != NULL && i < count; i++)
        sheaf_buf_free(&texts[i]);
    free(texts);
    free(ids);
    return code;
}

/* ---- History ------------------------------------------------------------- */

static int
prove_history(struct proving *p, const char *path)
{
    const struct archive *a = &p->archive;
    struct sheaf_checkpoint old;
    struct sheaf_error err = { 0 };
    struct sheaf_buf note = { 0 };
    int code = checkpoint_file_read(path, &note, &old);
    int rc;

    if (code == EXIT_DONE) {
        rc = sheaf_prove_consistency(a->reader, a->scratch, &old, &p->proof,
                                     &err);
        if (rc != SHEAF_OK)
            code = archive_failed(a, rc, &err);
    }
    sheaf_buf_free(&note);
    return code;
}

static int
check_usage(const struct args *args)
{
    bool from = args_has(args, OPT_FROM);
    bool map = args_has(args, OPT_NEWEST) || args_has(args, OPT_ABSENT);

    if (from && (map || args->count > 1 || args_has(args, OPT_REV)))
        return say_usage("prove", "prove: --from does not go with an article");
    if (!from && args->count < 2)
        return say_usage("prove", "prove: needs an ID, or --from");
    if (args_has(args, OPT_NEWEST) && args_has(args, OPT_ABSENT))
        return say_usage("prove", "prove: either --newest or --absent");
    if (map && args_has(args, OPT_REV))
        return say_usage("prove", "prove: --rev is not for --newest or "
                         "--absent, which are about all revisions");
    return EXIT_DONE;
}

int
cmd_prove(const struct args *args)
{
    const char *rev = args->value[OPT_REV];
    struct proving p = { .args = args };
    struct sheaf_checkpoint checkpoint;
    bool map = args_has(args, OPT_NEWEST) || args_has(args, OPT_ABSENT);
    int code = check_usage(args);

    if (code != EXIT_DONE)
        return code;
    if (rev != NULL && !parse_number(rev, 1, UINT32_MAX, &p.rev))
        return say_usage("prove", "prove: --rev: '%s' is no revision", rev);
    code = archive_open_args(&p.archive, args);
    if (code == EXIT_DONE)
        code = check_signed(&p, map);
    if (code == EXIT_DONE) {
        if (args_has(args, OPT_FROM))
            code = prove_history(&p, args->value[OPT_FROM]);
        else
            code = map ? prove_standing(&p) : prove_articles(&p);
    }
    if (code == EXIT_DONE)
        code = checkpoint_of(&p.archive, &checkpoint);
    if (code == EXIT_DONE)
        code = note_print(args, &checkpoint, "proof", buf_view(&p.proof));
    sheaf_buf_free(&p.proof);
    archive_close(&p.archive);
    return code;
}
