/*
 * verify.c - checks every byte of an archive, from the head to the end
 * (format.md, all clauses).
 *
 * The walk feeds the articles to the same ledger that a writer has, asks it
 * what should come next, and compares. Rows are not sorted again: they are
 * checked to be in order, so all differ, and a sum of keyed hashes over them
 * must equal the sum over the articles that they describe.
 */
#include "check/verify.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/idset.h"
#include "base/mem.h"
#include "base/options.h"
#include "base/pool.h"
#include "format/frame.h"
#include "format/ledger.h"
#include "format/parity.h"
#include "format/recipe.h"
#include "log/note.h"

#define WINDOW ((size_t)512 << 10)
#define SHOW_AGAIN ((uint64_t)1 << 20)
/* Bytes of the archive that an article takes at the least: a leaf hash and
 * more. */
#define ARTICLE_LEAST 32
#define IDSET_MEMORY ((size_t)64 << 20)

/* F2.6: nothing covers the frame but its own sum. */
static int
take_optional(struct verify *v, const struct walk_frame *f,
              struct sheaf_error *err)
{
    if (f->offset != v->fresh)
        return fail_corrupt(err, f->offset, "F2.6",
                            "an optional frame within a generation");
    v->fresh += f->length;
    v->optional++;
    if (!recipe_is_frame(f->bytes) &&
        !frame_is_optional(f->bytes.data, FRAME_OLD))
        v->unknown++;
    return SHEAF_OK;
}

/* Takes a sheaf frame whose sum matches, in v->walk's window. */
static int
take_sheaf_frame(struct verify *v, const struct walk_frame *f,
                 struct sheaf_error *err)
{
    const uint8_t *p = f->bytes.data;
    int rc = f->type == FRAME_OPTIONAL
                 ? frame_check_optional(f->body, f->offset, err)
                 : SHEAF_OK;

    if (rc != SHEAF_OK)
        return rc;
    if (v->dict.parity_due && f->type != FRAME_PAR)
        return fail_corrupt(err, f->offset, "F5.3",
                            "a dictionary without parity");
    switch (f->type) {
    case FRAME_REV: return verify_take_delta(v, f, err);
    case FRAME_GRP: return verify_take_group(v, f->body, f->length, err);
    case FRAME_PAR: return verify_take_parity(v, p, f->length, err);
    case FRAME_MAP: return verify_take_table(v, TABLE_MAP, p, f->length, err);
    case FRAME_URL: return verify_take_table(v, TABLE_URL, p, f->length, err);
    case FRAME_DIR: return verify_take_table(v, TABLE_DIR, p, f->length, err);
    case FRAME_LEF: return verify_take_leaf(v, f->body, p, f->length, err);
    case FRAME_SLB:
    case FRAME_TIL:
        return verify_take_tiles(v, f->type == FRAME_SLB, p, f->length, err);
    case FRAME_TOP: return verify_take_top(v, f, err);
    case FRAME_OPTIONAL: return take_optional(v, f, err);
    default:
        return fail_corrupt(err, f->offset, "F12.3", "a frame %s out of place",
                            frame_name(f->type));
    }
}

static int
take_frame(struct verify *v, struct sheaf_error *err)
{
    struct walk_frame f = { .type = FRAME_NONE };
    int rc = walk_peek(&v->walk, &f, err);

    if (rc == SHEAF_OK && f.type == FRAME_ZSTD) {
        rc = v->dict.parity_due ? fail_corrupt(err, f.offset, "F5.3",
                                               "a dictionary without parity")
                                : verify_take_articles(v, &f, err);
        if (rc == SHEAF_OK)
            walk_pass(&v->walk, &f);
        return rc;
    }
    /* An error in an earlier article is reported before one in what follows
     * it. */
    if (v->batch.count != 0) {
        struct sheaf_error first;
        int before = verify_drain(v, &first);

        if (before != SHEAF_OK) {
            if (err != NULL)
                *err = first;
            return before;
        }
    }
    if (rc == SHEAF_OK)
        rc = walk_load(&v->walk, &f, err);
    if (rc == SHEAF_OK)
        rc = f.type == FRAME_DICT ? verify_take_dict(v, &f, err)
                                  : take_sheaf_frame(v, &f, err);
    if (rc == SHEAF_OK && f.type != FRAME_TOP)
        walk_pass(&v->walk, &f);
    return rc;
}

static int
check_head(struct verify *v, struct sheaf_error *err)
{
    uint64_t len = min_u64(HEAD_SIZE, v->walk.end);
    const uint8_t *p;
    int rc = walk_bytes(&v->walk, 0, len, &p, err);

    if (rc == SHEAF_OK)
        rc = frame_check_head(p, (size_t)len, v->walk.end, &v->head_flags,
                              err);
    v->walk.at = HEAD_SIZE;
    return rc;
}

static int
take_all(struct verify *v, struct sheaf_error *err)
{
    uint64_t shown = 0;
    int rc = check_head(v, err);

    if (rc != SHEAF_OK)
        return rc;
    v->ledger.must = v->head_flags;
    ledger_begin(&v->ledger, v->walk.at);
    v->fresh = v->walk.at;
    while (rc == SHEAF_OK && v->walk.at < v->walk.end) {
        rc = take_frame(v, err);
        if (rc == SHEAF_OK && v->options.progress != NULL &&
            v->walk.at - shown >= SHOW_AGAIN) {
            shown = v->walk.at;
            if (v->options.progress(v->options.arg, v->walk.at, v->walk.end) !=
                0)
                rc = fail(err, SHEAF_ESTOPPED, "stopped");
        }
    }
    if (rc == SHEAF_OK &&
        (v->stage != ARTICLES || v->group.count != 0 || v->batch.count != 0 ||
         v->sums.now.size != v->ledger.top.size))
        rc = fail_corrupt(err, v->walk.at, "F12.5",
                          "the file ends within a generation");
    if (rc == SHEAF_OK)
        rc = verify_removed(v, err);
    return rc;
}

static int
prepare(struct verify *v, struct sheaf_error *err)
{
    unsigned threads;
    int rc = ledger_init(&v->ledger, err);

    if (rc == SHEAF_OK)
        rc = pool_new(&v->batch.pool, v->options.threads, err);
    if (rc != SHEAF_OK)
        return rc;
    threads = pool_threads(v->batch.pool);
    v->batch.dctx = mem_new(threads, sizeof(struct codec_dctx *));
    if (v->batch.dctx == NULL)
        return fail_nomem(err);
    for (unsigned i = 0; rc == SHEAF_OK && i < threads; i++)
        rc = codec_dctx_new(&v->batch.dctx[i], err);
    if (rc == SHEAF_OK)
        rc = sheaf_scratch_new(&v->scratch, err);
    if (rc == SHEAF_OK)
        rc = idset_new(&v->ids, IDSET_MEMORY, v->options.tmpdir, err);
    if (rc == SHEAF_OK)
        idset_expect(v->ids,
                     min_u64(v->r->top.articles, v->walk.end / ARTICLE_LEAST));
    for (unsigned i = 0; i < TABLE_KINDS; i++)
        v->tables[i].builder.kind = i;
    return rc;
}

static void
verify_free(struct verify *v)
{
    for (unsigned i = 0;
         v->batch.dctx != NULL && i < pool_threads(v->batch.pool); i++)
        codec_dctx_free(v->batch.dctx[i]);
    mem_free(v->batch.dctx);
    pool_free(v->batch.pool);
    for (size_t i = 0; i < v->batch.room; i++) {
        sheaf_buf_free(&v->batch.jobs[i].frame);
        sheaf_buf_free(&v->batch.jobs[i].content);
        sheaf_buf_free(&v->batch.jobs[i].hashes);
        article_free(&v->batch.jobs[i].article);
    }
    mem_free(v->batch.jobs);
    for (unsigned i = 0; i < TABLE_KINDS; i++)
        table_builder_free(&v->tables[i].builder);
    sheaf_scratch_free(v->scratch);
    article_free(&v->base);
    idset_free(v->ids);
    ledger_free(&v->ledger);
    group_free(&v->group);
    codec_ddict_free(v->dict.digest);
    sheaf_buf_free(&v->dict.raw);
    sheaf_buf_free(&v->dict.parity);
    walk_free(&v->walk);
    sheaf_buf_free(&v->out);
    sheaf_buf_free(&v->text);
    mem_free(v->sums.marks);
    mem_free(v->removed.list);
    mem_free(v->changes);
    mem_free(v);
}

/* F6.6, with a key: an unsigned redaction excuses nothing. Anybody could
 * have removed an article and added one. */
static int
check_redactors(const struct verify *v, uint64_t signed_size,
                struct sheaf_error *err)
{
    for (size_t i = 0; i < v->removed.count; i++) {
        const struct removed *r = &v->removed.list[i];

        if (r->leaf < signed_size && r->named_by >= signed_size)
            return fail_verify(err, r->offset, "F6.6",
                               "the article of leaf %llu was removed, and the "
                               "redaction that says so is not signed",
                               (unsigned long long)r->leaf);
    }
    return SHEAF_OK;
}

/* Checks F9.7, F9.8 and F9.10 for the newest note. */
static int
authenticate(struct verify *v, struct sheaf_report *report,
             struct sheaf_error *err)
{
    const struct top *t = &v->ledger.top;
    struct note note;
    struct key_chain chain = { .note = &note };
    int rc;

    if (t->note.len != 0) {
        rc = note_parse(buf_view(&t->note), &note, err);
        if (rc != SHEAF_OK)
            return rc;
        report->signed_size = note.checkpoint.size;
    }
    if (v->options.key == NULL)
        return SHEAF_OK;
    if (t->note.len == 0)
        return fail_verify(err, NO_OFFSET, "F9.8",
                           "the archive is not signed");
    chain.key = *v->options.key;
    for (uint32_t i = 0; i < t->key_count; i++) {
        if (t->keys[i].leaf < note.checkpoint.size)
            key_chain_follow(&chain, &v->changes[i]);
    }
    rc = key_chain_verify(&chain, err);
    if (rc == SHEAF_OK)
        rc = check_redactors(v, note.checkpoint.size, err);
    report->signer = chain.key;
    report->authentic = rc == SHEAF_OK;
    return rc;
}

/* The tree must extend each checkpoint that the caller gives. */
static int
check_since(struct verify *v, struct sheaf_error *err)
{
    for (size_t i = 0; i < v->options.since_count; i++) {
        int rc = reader_extends(v->r, v->scratch, &v->options.since[i],
                                v->ledger.top.size, err);

        if (rc != SHEAF_OK)
            return rc;
    }
    return SHEAF_OK;
}

int
sheaf_verify(const struct sheaf_reader *reader,
             const struct sheaf_verify_options *options,
             struct sheaf_report *out, struct sheaf_error *err)
{
    struct sheaf_report report = { 0 };
    struct verify *v = mem_new(1, sizeof *v);
    int rc;

    if (v == NULL)
        return fail_nomem(err);
    v->r = reader;
    v->damaged = reader->damages != 0;
    v->walk = (struct walk){ .source = reader->source, .step = WINDOW };
    v->walk.end = reader->end_damaged
                      ? reader->file_size
                      : min_u64(reader->end.end, reader->file_size);
    rc = options_take(&v->options, sizeof v->options, options, err);
    if (rc == SHEAF_OK)
        rc = prepare(v, err);
    if (rc == SHEAF_OK)
        rc = take_all(v, err);
    if (rc == SHEAF_OK)
        rc = authenticate(v, &report, err);
    if (rc == SHEAF_OK)
        rc = check_since(v, err);
    if (rc == SHEAF_OK && v->damaged) {
        rc = v->r->damage.code;
        if (err != NULL)
            *err = v->r->damage;
    }
    if (rc == SHEAF_OK && v->walk.end != v->r->file_size)
        rc = fail_corrupt(err, v->walk.end, "F12.5",
                          "%llu bytes follow the last end record",
                          (unsigned long long)(v->r->file_size - v->walk.end));
    if (rc == SHEAF_OK) {
        const struct top *t = &v->ledger.top;

        report.articles = t->articles;
        report.leaves = t->size;
        report.generations = t->generation;
        report.raw_bytes = t->raw;
        report.bytes = v->walk.end;
        report.redacted = t->redactions;
        report.revisions = v->revisions;
        report.key_changes = t->key_count;
        report.optional = v->optional;
        report.unknown = v->unknown;
        if (out != NULL)
            *out = report;
    }
    verify_free(v);
    return rc;
}
