/*
 * rewrite_frames.c - takes the frames of an archive that is written again, one
 * after the other.
 *
 * Each leaf is compared with the old tree before it is passed on.
 */
#include "write/rewrite.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/number.h"
#include "base/hash.h"
#include "format/dictframe.h"
#include "format/frame.h"
#include "format/recipe.h"
#include "log/note.h"

int
rewrite_report(struct rewrite *k, struct sheaf_error *err)
{
    if (k->progress != NULL &&
        k->progress(k->arg, k->walk.at, k->r->end.end) != 0)
        return fail(err, SHEAF_ESTOPPED, "stopped");
    return SHEAF_OK;
}

/* Leaf number `leaf` of the old tree must be this one. */
int
rewrite_check_leaf(struct rewrite *k, uint64_t leaf, const uint8_t hash[32],
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
    int rc = rewrite_check_leaf(k, leaf, hash, err);

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

int
rewrite_check_named(const struct rewrite *k, struct sheaf_error *err)
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
                 ? rewrite_check_leaf(k, k->leaf, leaf.hash, err)
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

int
rewrite_take(struct rewrite *k, struct walk_frame *f, struct sheaf_error *err)
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
    case FRAME_GRP: return rewrite_report(k, err);
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
    return rc == SHEAF_OK ? rewrite_take(k, &f, err) : rc;
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
