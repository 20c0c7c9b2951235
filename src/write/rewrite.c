/*
 * rewrite.c - walks an archive leaf by leaf, to write it again (format.md
 * F6.6, F6.7).
 *
 * Each leaf and each root is compared with the old tree, so that the new
 * archive either has the same tree or is not written.
 */
#include "write/rewrite.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/number.h"
#include "base/options.h"
#include "format/dictframe.h"
#include "format/frame.h"
#include "format/recipe.h"
#include "log/note.h"

#define WINDOW ((size_t)1 << 20)

void
rewrite_end(struct rewrite *k)
{
    sheaf_scratch_free(k->s);
    sheaf_writer_free(k->w);
    mem_free(k->ends);
    sheaf_buf_free(&k->left_out);
    sheaf_buf_free(&k->strays);
    walk_free(&k->walk);
    sheaf_buf_free(&k->content);
    sheaf_buf_free(&k->removed);
    sheaf_buf_free(&k->note);
    kept_base_free(&k->base);
    article_free(&k->article);
    spool_free(&k->spool);
}

static int
report_progress(struct rewrite *k, struct sheaf_error *err)
{
    if (k->progress != NULL &&
        k->progress(k->arg, k->walk.at, k->r->end.end) != 0)
        return fail(err, SHEAF_ESTOPPED, "stopped");
    return SHEAF_OK;
}

/* Leaf number `leaf` of the old tree must be this one. */
static int
check_leaf(struct rewrite *k, uint64_t leaf, const uint8_t hash[32],
           struct sheaf_error *err)
{
    uint8_t tree[32];
    int rc = SHEAF_OK;

    k->stray = true;
    if (leaf >= k->size)
        return fail_corrupt(err, k->walk.at, "F11.3",
                            "more leaves than the top says");
    rc = reader_tree_hash(k->r, k->s, leaf, tree, err);
    if (rc == SHEAF_OK && memcmp(tree, hash, 32) != 0)
        return fail_verify(err, k->walk.at, "F10.2",
                           "not the leaf that the tree has: use sheaf verify");
    k->stray = false;
    return rc;
}

/* The same, where a leaf that is left out must be elsewhere in the tree. */
static int
check_kept_leaf(struct rewrite *k, uint64_t leaf, const uint8_t hash[32],
                struct sheaf_error *err)
{
    int rc = check_leaf(k, leaf, hash, err);

    return rc != SHEAF_OK && k->stray && k->mend &&
                   !buf_add(&k->strays, hash, HASH_BYTES)
               ? fail_nomem(err)
               : rc;
}

/* F6.7: if a redaction names the article, which is there, somebody has put it
 * back, and no copy may spread it. */
static int
fail_put_back(uint64_t leaf, uint64_t offset, struct sheaf_error *err)
{
    return fail_verify(err, offset, "F6.7",
                       "leaf %llu was redacted, and the article has been put "
                       "back",
                       (unsigned long long)leaf);
}

/* Checks the article that was decoded last, as leaf number `leaf`. Of a whole
 * archive, its redactions are checked when they come. */
static int
check_article(struct rewrite *k, uint64_t leaf, struct sheaf_error *err)
{
    const struct article *a = &k->article;
    const struct sheaf_entry entry = { .leaf = leaf };
    int rc = check_kept_leaf(k, leaf, a->leaf_hash, err);

    if (rc == SHEAF_OK && k->standing)
        rc = reader_stands(k->r, k->s, &entry, leaf_id_hash(a->leaf.record),
                           a->leaf_hash, err);
    return rc == SHEAF_EREDACTED ? fail_put_back(leaf, k->walk.at, err) : rc;
}

/* ---- Articles ----------------------------------------------------------- */

int
rewrite_next(struct rewrite *k, struct sheaf_bytes *rest,
             struct sheaf_bytes *one, struct sheaf_error *err)
{
    int rc = SHEAF_OK;

    /* A single article has been decoded already. */
    if (rest->len != k->content.len || k->article.size != rest->len)
        rc = article_decode(&k->article, *rest, k->walk.at, err);
    if (rc != SHEAF_OK)
        return rc;
    *one = sheaf_view(rest->data, (size_t)k->article.size);
    rest->data += one->len;
    rest->len -= one->len;
    return SHEAF_OK;
}

/* Counts the articles in k->content, and checks each against the tree; the
 * last one is left in k->article. */
static int
check_articles(struct rewrite *k, uint64_t *count, struct sheaf_error *err)
{
    struct sheaf_bytes rest = buf_view(&k->content);
    int first = SHEAF_OK;
    uint64_t n = 0;

    do {
        int rc = article_decode(&k->article, rest, k->walk.at, err);

        if (rc == SHEAF_OK)
            rc = check_article(k, k->leaf + n, err);
        if (rc != SHEAF_OK && first == SHEAF_OK)
            first = rc;
        if (rc != SHEAF_OK && !(k->mend && k->stray))
            return first;
        rest.data += k->article.size;
        rest.len -= (size_t)k->article.size;
        n++;
    } while (rest.len != 0);
    *count = first == SHEAF_OK ? n : 0;
    k->stray = first != SHEAF_OK;
    return first;
}

static int
take_articles(struct rewrite *k, const struct walk_frame *f,
              struct sheaf_error *err)
{
    uint64_t count = 0;
    int rc = check_articles(k, &count, err);

    if (rc == SHEAF_OK && f->type == FRAME_REV && count != 1)
        rc = fail_corrupt(err, f->offset, "F4.13", "more than one article");
    if (rc == SHEAF_OK)
        rc = k->steps->articles(k, f->type == FRAME_ZSTD ? f : NULL, count,
                                err);
    k->leaf += count;
    return rc;
}

/* Takes a revision stored as a difference. It becomes a whole frame: the
 * new offset of its base is not known any more. */
static int
take_delta(struct rewrite *k, const struct walk_frame *f,
           struct sheaf_error *err)
{
    struct sheaf_entry entry = { .leaf = k->leaf,
                                 .offset = f->offset,
                                 .length = f->length };
    int rc = reader_load(k->r, k->s, &entry, err);

    k->content.len = 0;
    if (rc == SHEAF_OK &&
        !buf_add(&k->content, k->s->content.data, k->s->content.len))
        rc = fail_nomem(err);
    return rc == SHEAF_OK ? take_articles(k, f, err) : rc;
}

/* ---- Large articles ----------------------------------------------------- */

struct sheaf_source
rewrite_rest(struct rewrite *k)
{
    return spool_source(&k->spool, k->article.line.len + 1);
}

/* Computes the commitments to the parts, which are in the temporary file. */
static int
commit_spool(struct rewrite *k, struct sheaf_error *err)
{
    const struct sheaf_source parts = rewrite_rest(k);
    struct article *a = &k->article;
    uint64_t at = 0;
    int rc = SHEAF_OK;

    for (size_t i = 0; rc == SHEAF_OK && i < a->part_count; i++) {
        struct commitment c;
        uint8_t hash[32];

        commitment_begin(&c, article_salt(a));
        rc = commitment_add_source(&c, &parts, at, a->parts[i].size, NULL,
                                   err);
        commitment_end(&c, hash);
        if (rc == SHEAF_OK)
            article_commit_part(a, i, hash);
        at += a->parts[i].size;
    }
    return rc;
}

static int
unpack_large(struct rewrite *k, struct walk_frame *f, struct sheaf_error *err)
{
    const struct codec_ddict *ddict;
    struct spool *s = &k->spool;
    int rc = spool_begin(s, k->tmpdir, err);

    if (rc == SHEAF_OK)
        rc = reader_dict_use(k->r, f->header.dict_id, k->walk.at, &ddict, err);
    if (rc != SHEAF_OK)
        return rc;
    rc = codec_decompress_stream(k->s->dctx, ddict, k->r->source, k->walk.at,
                                 f->header.content_size, spool_write, s,
                                 &f->length, err);
    reader_dict_done(k->r, f->header.dict_id);
    if (s->rc != SHEAF_OK) {
        rc = s->rc;
        if (err != NULL)
            *err = s->err;
    }
    return rc;
}

/* Decompresses a large article to the spool, and decodes it there. */
static int
load_large(struct rewrite *k, struct walk_frame *f, struct sheaf_error *err)
{
    const struct spool *s = &k->spool;
    struct sheaf_bytes line;
    int rc = unpack_large(k, f, err);

    if (rc != SHEAF_OK)
        return rc;
    if (!buf_resize(&k->content,
                    (size_t)min_u64(s->len, ARTICLE_LINE_MAX + 1)))
        return fail_nomem(err);
    rc = temp_read(&s->temp, 0, k->content.data, k->content.len, err);
    if (rc == SHEAF_OK)
        rc = article_find_line(buf_view(&k->content), s->len, k->walk.at,
                               &line, err);
    if (rc == SHEAF_OK)
        rc = article_from_line(&k->article, line, s->len, k->walk.at, err);
    return rc == SHEAF_OK ? commit_spool(k, err) : rc;
}

static int
take_large(struct rewrite *k, struct walk_frame *f, struct sheaf_error *err)
{
    int rc = load_large(k, f, err);

    if (rc == SHEAF_OK)
        rc = check_article(k, k->leaf, err);
    if (rc == SHEAF_OK)
        rc = k->steps->large(k, err);
    if (rc == SHEAF_OK)
        k->leaf++;
    return rc;
}

int
rewrite_large(struct rewrite *k, struct sheaf_error *err)
{
    return writer_import_large(k->w, &k->article, rewrite_rest(k), err);
}

/* ---- Frames ------------------------------------------------------------- */

static int
take_zstd(struct rewrite *k, struct walk_frame *f, struct sheaf_error *err)
{
    int rc;

    rc = reader_check_size(k->r, f->offset, f->header.content_size, err);
    if (rc != SHEAF_OK)
        return rc;
    if (f->header.content_size > SHEAF_WHOLE_MAX)
        return take_large(k, f, err);
    rc = walk_load(&k->walk, f, err);
    if (rc == SHEAF_OK)
        rc = reader_unpack(k->r, k->s, &f->header, f->bytes, f->offset,
                           &k->content, err);
    if (rc == SHEAF_OK)
        rc = reader_check_size(k->r, f->offset, k->content.len, err);
    return rc == SHEAF_OK ? take_articles(k, f, err) : rc;
}

#define REMOVED_SIZE 9 /* a leaf number, and whether it was named */

static int
compare_numbers(const void *a, const void *b)
{
    return memcmp(a, b, 8);
}

/* F6.7: a redaction names a removed article, which no other names. */
static int
check_removed(struct rewrite *k, const struct leaf_stored *leaf,
              uint64_t offset, struct sheaf_error *err)
{
    struct redaction red;
    uint8_t number[9] = { 0 };
    uint8_t *found = NULL;
    int rc;

    put_be(number, k->leaf, 8);
    if (leaf->type == LEAF_ARTICLE)
        return buf_add(&k->removed, number, REMOVED_SIZE) ? SHEAF_OK
                                                          : fail_nomem(err);
    if (leaf->type != LEAF_REDACTION)
        return SHEAF_OK;
    rc = redaction_decode(leaf, offset, &red, err);
    if (rc != SHEAF_OK)
        return rc;
    put_be(number, red.leaf, 8);
    if (k->removed.len != 0)
        found = bsearch(number, k->removed.data, k->removed.len / REMOVED_SIZE,
                        REMOVED_SIZE, compare_numbers);
    if (found == NULL)
        return fail_put_back(red.leaf, offset, err);
    if (found[8] != 0)
        return fail_verify(err, offset, "F6.7",
                           "another redaction names this article");
    found[8] = 1;
    return SHEAF_OK;
}

/* F6.6: each removed article was named. */
static int
check_named(const struct rewrite *k, struct sheaf_error *err)
{
    for (size_t at = 0; at < k->removed.len; at += REMOVED_SIZE) {
        const uint8_t *number = k->removed.data + at;

        if (number[8] == 0)
            return fail_clause(err, SHEAF_EMISSING, NO_OFFSET, "F6.6",
                               "the article of leaf %llu is missing: no "
                               "redaction names it",
                               (unsigned long long)get_be(number, 8));
    }
    return SHEAF_OK;
}

static int
take_seal(struct rewrite *k, const struct leaf_stored *leaf, uint64_t offset,
          struct sheaf_error *err)
{
    struct seal seal;
    uint8_t note[32] = { 0 };
    int rc = seal_decode(leaf->part, offset, &seal, err);

    if (rc != SHEAF_OK)
        return rc;
    /* Nobody has taken away the checkpoint of the generation before. */
    if (k->note.len != 0)
        hash_blake2b(k->note.data, k->note.len, note);
    if (!k->mend && memcmp(note, seal.prev_note, sizeof note) != 0)
        return fail_corrupt(err, offset, "F6.5",
                            "the seal names another checkpoint of the "
                            "generation before");
    k->time = leaf->time;
    k->run_first = seal.run_count != 0 ? seal.runs[seal.run_count - 1].first
                                       : 0;
    return SHEAF_OK;
}

static int
take_stored(struct rewrite *k, struct walk_frame *f, struct sheaf_error *err)
{
    struct leaf_stored leaf;
    int rc = walk_load(&k->walk, f, err);

    if (rc == SHEAF_OK)
        rc = leaf_decode_stored(f->body, f->offset, &leaf, err);
    if (rc == SHEAF_OK)
        rc = leaf.type == LEAF_SEAL
                 ? check_leaf(k, k->leaf, leaf.hash, err)
                 : check_kept_leaf(k, k->leaf, leaf.hash, err);
    if (rc == SHEAF_OK)
        rc = check_removed(k, &leaf, f->offset, err);
    if (rc != SHEAF_OK)
        return rc;
    if (leaf.type == LEAF_SEAL)
        rc = take_seal(k, &leaf, f->offset, err);
    else if (k->steps->stored != NULL)
        rc = k->steps->stored(k, &leaf, f, err);
    k->leaf++;
    return rc;
}

int
rewrite_stored(struct rewrite *k, const struct leaf_stored *leaf,
               const struct walk_frame *frame, struct sheaf_error *err)
{
    return leaf->type == LEAF_ARTICLE
               ? writer_import_removed(k->w, leaf->record, leaf->hash,
                                       leaf->id_hash, err)
               : writer_import_statement(k->w, leaf, frame->bytes,
                                         frame->offset, err);
}

int
rewrite_optional(struct rewrite *k, const struct walk_frame *frame,
                 struct sheaf_error *err)
{
    return writer_import_optional(k->w, frame->bytes, err);
}

/* "COUNT FIRST", or a hash in hex (F2.6). */
static bool
is_old_line(struct sheaf_bytes line)
{
    struct sheaf_bytes rest = line;
    uint64_t number;
    bool hex = line.len == 64;

    for (size_t i = 0; i < line.len && hex; i++)
        hex = (line.data[i] >= '0' && line.data[i] <= '9') ||
              (line.data[i] >= 'a' && line.data[i] <= 'f');
    return hex || (number_parse(bytes_until(&rest, ' '), INT64_MAX, &number) &&
                   number_parse(rest, INT64_MAX, &number));
}

/* A checkpoint of an archive that was merged into this one: numbers, hashes and
 * a note. */
static bool
is_old_checkpoint(const struct walk_frame *frame)
{
    struct sheaf_bytes rest = frame->body;
    struct note note;

    if (!frame_is_optional(frame->bytes.data, FRAME_OLD) ||
        bytes_until(&rest, '\n').len != 0)
        return false;
    for (;;) {
        struct sheaf_bytes line = bytes_until(&rest, '\n');

        if (line.len == 0)
            return note_parse(rest, &note, NULL) == SHEAF_OK;
        if (!is_old_line(line))
            return false;
    }
}

int
rewrite_known(struct rewrite *k, const struct walk_frame *frame,
              struct sheaf_error *err)
{
    return recipe_is_frame(frame->bytes) || is_old_checkpoint(frame)
               ? rewrite_optional(k, frame, err)
               : SHEAF_OK;
}

static int
take_optional(struct rewrite *k, struct walk_frame *f, struct sheaf_error *err)
{
    int rc = walk_load(&k->walk, f, err);

    if (rc == SHEAF_OK)
        rc = frame_check_optional(f->body, f->offset, err);
    return rc == SHEAF_OK && k->steps->optional != NULL
               ? k->steps->optional(k, f, err)
               : rc;
}

static int
take_frame(struct rewrite *k, struct walk_frame *f, struct sheaf_error *err)
{
    if (k->apart && f->type != FRAME_ZSTD && f->type != FRAME_REV &&
        f->type != FRAME_LEF)
        return SHEAF_OK;
    switch (f->type) {
    case FRAME_ZSTD: return take_zstd(k, f, err);
    case FRAME_DICT:
        return k->steps->dict != NULL ? k->steps->dict(k, f, err) : SHEAF_OK;
    case FRAME_LEF: return take_stored(k, f, err);
    case FRAME_REV: return take_delta(k, f, err);
    case FRAME_GRP: return report_progress(k, err);
    case FRAME_OPTIONAL: return take_optional(k, f, err);
    default: /* follows from the leaves, and is made from them */
        return SHEAF_OK;
    }
}

int
rewrite_frame(struct rewrite *k, const struct rewrite_steps *steps,
              uint64_t offset, uint64_t leaf, struct sheaf_error *err)
{
    struct walk_frame f;
    int rc;

    k->steps = steps;
    k->leaf = leaf;
    k->walk.at = offset;
    rc = walk_peek(&k->walk, &f, err);
    if (rc == SHEAF_OK && f.type != FRAME_ZSTD && f.type != FRAME_REV &&
        f.type != FRAME_LEF)
        return fail_corrupt(err, offset, "F12.3", "not a frame of articles");
    return rc == SHEAF_OK ? take_frame(k, &f, err) : rc;
}

/* ---- Dictionaries -------------------------------------------------------- */

int
rewrite_payload(struct rewrite *k, uint32_t i, struct sheaf_bytes raw,
                struct sheaf_buf *packed, struct sheaf_error *err)
{
    const struct top_dict *t = &k->r->top.dicts[i];
    struct sheaf_buf check = { 0 };
    uint32_t id;
    int rc = reader_read(k->r, t->offset + DICT_HEAD_SIZE, t->packed, packed,
                         err);

    if (rc != SHEAF_OK)
        return rc;
    rc = dictframe_decode(buf_view(packed), t->offset, &check, &id, err);
    if (rc == SHEAF_ECORRUPT ||
        (rc == SHEAF_OK && !bytes_equal(buf_view(&check), raw))) {
        packed->len = 0;
        rc = SHEAF_OK;
    }
    sheaf_buf_free(&check);
    return rc;
}

/* ---- Damage -------------------------------------------------------------- */

/* Restores a key change with a damaged frame, from its copy in the top. */
static int
mend_key_change(struct rewrite *k, uint32_t i, struct sheaf_error *err)
{
    struct walk_frame f = { .type = FRAME_LEF, .offset = k->walk.at };
    struct sheaf_buf frame = { 0 };
    struct leaf_stored leaf;
    int rc = reader_key_leaf(k->r, k->s, i, &leaf, err);
    struct sheaf_bytes body = leaf_body(&leaf);

    if (rc == SHEAF_OK)
        rc = check_leaf(k, k->leaf, leaf.hash, err);
    if (rc == SHEAF_OK &&
        (!frame_begin(&frame, FRAME_LEF) ||
         !buf_add(&frame, body.data, body.len) || !frame_end(&frame, 0)))
        rc = fail_nomem(err);
    f.bytes = buf_view(&frame);
    if (rc == SHEAF_OK && k->steps->stored != NULL)
        rc = k->steps->stored(k, &leaf, &f, err);
    k->leaf++;
    sheaf_buf_free(&frame);
    return rc;
}

/* Restores the generation's last leaves without a whole frame: key changes, and
 * then the seal. */
static int
mend_leaves(struct rewrite *k, const struct top *top, struct sheaf_error *err)
{
    int rc = SHEAF_OK;

    for (uint32_t i = 0; rc == SHEAF_OK && i < top->key_count; i++) {
        if (top->keys[i].leaf == k->leaf)
            rc = mend_key_change(k, i, err);
    }
    if (rc == SHEAF_OK && k->leaf + 1 == top->size) {
        k->time = top->seal_time;
        k->leaf++;
    }
    return rc;
}

/* ---- Generations -------------------------------------------------------- */

/* Collects the last END of each generation, newest first. */
static int
find_generations(struct rewrite *k, struct sheaf_error *err)
{
    struct end e = k->r->end;
    size_t room = 0;

    for (;;) {
        int rc;

        if (!mem_grow(&k->ends, &room, k->end_count + 1, sizeof *k->ends))
            return fail_nomem(err);
        k->ends[k->end_count++] = e;
        if (e.prev == 0)
            return SHEAF_OK;
        rc = reader_end_found(k->r, &e, &e, err);
        if (rc != SHEAF_OK)
            return rc;
    }
}

/* Walks a generation from its start to its first TOP. */
static int
take_generation(struct rewrite *k, const struct end *e,
                struct sheaf_error *err)
{
    k->walk.at = e->start;
    k->size = e->size;
    while (k->walk.at < e->top) {
        struct walk_frame f;
        int rc = walk_peek(&k->walk, &f, err);

        if (rc == SHEAF_OK && f.type == FRAME_TOP)
            return report_progress(k, err);
        if (rc == SHEAF_OK)
            rc = take_frame(k, &f, err);
        if (rc == SHEAF_OK)
            walk_pass(&k->walk, &f);
        if (rc != SHEAF_OK)
            return rc;
    }
    return fail_corrupt(err, k->walk.at, "F12.3", "no top before the end");
}

/* The same where something is damaged, or does not belong there. A leaf that is
 * not the next one of the tree is left out, and *why is why the first was. Its
 * place is elsewhere, or one before it is lost; mend_leaves restores those that
 * can be derived, and then the seal. */
static int
mend_generation(struct rewrite *k, const struct end *e,
                struct sheaf_error *why, struct sheaf_error *err)
{
    k->walk.at = e->start;
    k->size = e->size;
    while (k->walk.at < e->top) {
        struct sheaf_error own = { 0 };
        struct walk_frame f;
        int rc = walk_peek(&k->walk, &f, &own);

        k->stray = false;
        if (rc == SHEAF_OK)
            rc = take_frame(k, &f, &own);
        if (rc != SHEAF_OK && k->stray && why->code == SHEAF_OK)
            *why = own;
        if (rc == SHEAF_EVERIFY && k->stray)
            rc = SHEAF_OK;
        if (rc == SHEAF_OK)
            walk_pass(&k->walk, &f);
        else if (rc == SHEAF_ECORRUPT)
            rc = walk_resume(&k->walk, &own);
        if (rc != SHEAF_OK) {
            if (err != NULL)
                *err = own;
            return rc;
        }
    }
    return report_progress(k, err);
}

int
rewrite_generation(struct rewrite *k, const struct top *top, bool last,
                   struct sheaf_error *err)
{
    const struct signing how = { .as_it_was = top };

    return generation_write(k->w, k->time, &how, last, err);
}

/* The notes go into the new archive as they are: that of the generation which
 * k->ends[i] ends must be right. */
static int
check_note(struct rewrite *k, const struct top *top, size_t i,
           struct sheaf_error *err)
{
    const uint64_t offset = k->ends[i].top;
    struct note note;
    int rc;

    if (top->note.len == 0)
        return note_follows(k->note_size, NULL, offset, err);
    rc = note_parse(buf_view(&top->note), &note, err);
    if (rc == SHEAF_OK)
        rc = note_follows(k->note_size, &note, offset, err);
    if (rc != SHEAF_OK)
        return rc;
    while (i < k->end_count && k->ends[i].size != note.checkpoint.size)
        i++;
    rc = note_is_of(&note, buf_view(&top->origin),
                    i < k->end_count ? k->ends[i].root : NULL, offset, err);
    if (rc == SHEAF_OK)
        k->note_size = note.checkpoint.size;
    return rc;
}

/* Whether the generation that k->ends[i] ends has no leaves. */
static bool
is_leafless(const struct rewrite *k, size_t i)
{
    return i + 1 < k->end_count && k->ends[i].size == k->ends[i + 1].size;
}

/* The same where something is damaged. Anybody can write a generation without
 * leaves: a wrong note in one gives way to the note before, unless it is the
 * newest. Elsewhere what is verified at the end decides. */
static int
mend_note(struct rewrite *k, struct top *top, size_t i,
          struct sheaf_error *err)
{
    int rc = check_note(k, top, i, NULL);

    if (rc == SHEAF_OK || i == 0 || !is_leafless(k, i))
        return rc == SHEAF_ENOMEM ? fail_nomem(err) : SHEAF_OK;
    top->note.len = 0;
    return buf_add(&top->note, k->note.data, k->note.len) ? SHEAF_OK
                                                          : fail_nomem(err);
}

/* `why`: a leaf was left out. */
static int
fail_missing(const struct end *e, const struct sheaf_error *why,
             struct sheaf_error *err)
{
    if (why->code == SHEAF_OK)
        return fail_corrupt(err, e->top, "F11.3",
                            "the top has another number of leaves");
    if (err != NULL)
        *err = *why;
    return why->code;
}

static int
compare_hashes(const void *a, const void *b)
{
    return memcmp(a, b, HASH_BYTES);
}

/* Sorts hashes, and leaves each only once. Gives how many are left. */
static size_t
sort_strays(uint8_t *all, size_t count)
{
    size_t kept = 0;

    if (count != 0)
        qsort(all, count, HASH_BYTES, compare_hashes);
    for (size_t i = 0; i < count; i++) {
        uint8_t *hash = all + i * HASH_BYTES;

        if (kept == 0 ||
            compare_hashes(hash, all + (kept - 1) * HASH_BYTES) != 0)
            memmove(all + kept++ * HASH_BYTES, hash, HASH_BYTES);
    }
    return kept;
}

/* Every leaf that was left out must be in the tree: then it was a copy. */
static int
check_strays(struct rewrite *k, struct sheaf_error *err)
{
    uint8_t *all = k->strays.data;
    const size_t count = sort_strays(all, k->strays.len / HASH_BYTES);
    bool *found = mem_new(count + 1, sizeof *found);
    size_t missing = 0;
    int rc = found != NULL ? SHEAF_OK : fail_nomem(err);

    for (uint64_t leaf = 0; rc == SHEAF_OK && count != 0 && leaf < k->size;
         leaf++) {
        uint8_t hash[HASH_BYTES];
        const uint8_t *at = NULL;

        rc = reader_tree_hash(k->r, k->s, leaf, hash, err);
        if (rc == SHEAF_OK)
            at = bsearch(hash, all, count, HASH_BYTES, compare_hashes);
        if (at != NULL)
            found[(size_t)(at - all) / HASH_BYTES] = true;
    }
    for (size_t i = 0; i < count; i++)
        missing += !found[i];
    mem_free(found);
    if (rc != SHEAF_OK || missing == 0)
        return rc;
    return fail_clause(err, SHEAF_EINCOMPLETE, k->ends[0].top, "F10.2",
                       "leaves in the file that the archive's newest state "
                       "lacks: %zu; 'sheaf recover' saves all articles",
                       missing);
}

/* The leaves of generations that are left out. None is taken. */
static int
walk_left_out(struct rewrite *k, struct sheaf_error *err)
{
    const struct end *all = (const struct end *)k->left_out.data;
    int rc = SHEAF_OK;

    k->apart = true;
    for (size_t i = 0; rc == SHEAF_OK && i < k->left_out.len / sizeof *all;
         i++) {
        struct sheaf_error why = { 0 };
        struct end e = all[i];

        e.size = 0;
        rc = mend_generation(k, &e, &why, err);
    }
    k->apart = false;
    return rc;
}

int
rewrite_all(struct rewrite *k, const struct rewrite_steps *steps,
            struct sheaf_error *err)
{
    int rc = SHEAF_OK;

    k->steps = steps;
    k->leaf = k->note_size = 0;
    k->removed.len = k->note.len = 0;
    rc = walk_left_out(k, err);
    k->leaf = 0;
    for (size_t i = k->end_count; rc == SHEAF_OK && i-- > 0;) {
        struct sheaf_error why = { 0 }, left_out = { 0 };
        struct top top = { 0 };
        struct end e;

        if (k->mend && is_leafless(k, i)) /* its tree is the one before */
            memcpy(k->ends[i].root, k->ends[i + 1].root, HASH_BYTES);
        e = k->ends[i];
        rc = k->mend ? mend_generation(k, &e, &left_out, err)
                     : take_generation(k, &e, err);
        if (rc == SHEAF_OK)
            rc = reader_next_top(k->r, &e, &k->base, &top, &why);
        if (rc == SHEAF_OK && k->mend)
            rc = mend_leaves(k, &top, err);
        else if (rc == SHEAF_ECORRUPT && k->mend && i != 0 && why.code == rc)
            rc = rewrite_lost_top(k, &e, &k->ends[i - 1], &top, err);
        else if (rc != SHEAF_OK && why.code == rc && err != NULL)
            *err = why;
        if (rc == SHEAF_OK && k->leaf != top.size)
            rc = fail_missing(&e, &left_out, err);
        if (rc == SHEAF_OK && i == 0)
            rc = check_named(k, err);
        if (rc == SHEAF_OK && i == 0)
            rc = check_strays(k, err);
        if (rc == SHEAF_OK)
            rc = k->mend ? mend_note(k, &top, i, err)
                         : check_note(k, &top, i, err);
        if (rc == SHEAF_OK && steps->generation != NULL)
            rc = steps->generation(k, &top, i == 0, err);
        k->note.len = 0;
        if (rc == SHEAF_OK && !buf_add(&k->note, top.note.data, top.note.len))
            rc = fail_nomem(err);
        top_free(&top);
    }
    return rc;
}

/* ---- Beginning ---------------------------------------------------------- */

int
rewrite_begin(struct rewrite *k, const struct sheaf_reader *r,
              struct sheaf_error *err)
{
    int rc = sheaf_scratch_new(&k->s, err);

    k->r = r;
    k->size = r->top.size;
    k->spool = (struct spool)SPOOL_INIT;
    if (rc != SHEAF_OK)
        return rc;
    if (!k->mend && r->lost_leaves != 0)
        return fail(err, SHEAF_EINCOMPLETE,
                    "its last leaves (%llu or more) are lost: repair or "
                    "recover it first",
                    (unsigned long long)r->lost_leaves);
    reader_claim(r, k->s);
    k->walk = (struct walk){ .source = r->source,
                             .step = WINDOW,
                             .end = r->file_size };
    return find_generations(k, err);
}

int
rewrite_writer(struct rewrite *k, struct sheaf_sink *sink,
               const struct sheaf_write_options *options, bool more,
               struct sheaf_error *err)
{
    const struct writer_setup setup = { .keeps_rows = more || k->end_count > 1,
                                        .joined = more };
    struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS };
    struct sheaf_sink own = *sink;
    char origin[NOTE_ORIGIN_MAX + 1] = { 0 };
    const struct sheaf_buf *name = &k->r->top.origin;
    int rc = options_take(&o, sizeof o, options, err);

    if (rc != SHEAF_OK)
        return rc;
    o.recipe = 0; /* unless the old archive has it */
    k->tmpdir = o.tmpdir;
    assert(name->len < sizeof origin);
    memcpy(origin, name->data, name->len);
    o.origin = origin;
    o.salted = o.unique = 0;
    /* Frames that are kept may be coded. */
    if (more && (k->r->end.must & HEAD_WORDS) == 0)
        o.plain = 1;
    sink->ops = NULL;
    return writer_make(own, &o, &setup, &k->w, err);
}
