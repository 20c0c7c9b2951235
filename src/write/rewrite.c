/*
 * rewrite.c - an archive once more: stored otherwise, or without some of its
 * articles (format.md F6.6, F6.7).
 *
 * Both walk the frames of the archive from its head, generation by generation,
 * and hand each leaf to a writer. What follows from the leaves the writer
 * makes anew; each leaf and each root is compared with the old tree's, so
 * that the new archive either has the same tree or is not written.
 */
#include "write/writer.h"

#include <errno.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "write/train.h"
#include "base/err.h"
#include "format/frame.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/options.h"
#include "log/note.h"
#include "format/dictframe.h"
#include "write/shingle.h"
#include "format/statement.h"

#define WINDOW ((size_t)1 << 20)
#define CHUNK ((size_t)1 << 17)

/* An article that is to be taken out. */
struct target {
    uint64_t leaf;
    uint32_t rev;
    uint8_t hash[32];
    uint8_t id_hash[32];
};

struct redact {
    const struct sheaf_redact_options *options;
    struct target *targets; /* in the order of their leaves */
    size_t count;
    size_t room;
    size_t next;            /* the first that the walk has not come to */
    struct shingle *shingles;
    uint64_t dictionaries;
    uint32_t dict_id;       /* in force in the old archive ... */
    uint32_t new_id;        /* ... and in the new one */
};

struct rewrite {
    const struct sheaf_reader *r;
    struct sheaf_scratch *s;
    struct sheaf_writer *w; /* NULL: only looking */
    struct redact *redact;  /* NULL: repacking */
    sheaf_progress progress;
    void *arg;
    uint64_t *ends;         /* offset of each generation's last END */
    size_t end_count;
    struct walk walk;
    uint64_t leaf;
    int64_t time;           /* of the generation's seal */
    struct sheaf_buf content;
    struct sheaf_buf stored;
    struct article article;
    struct temp temp;       /* a large article's content */
    uint64_t temp_len;
};

static void
rewrite_end(struct rewrite *k)
{
    sheaf_scratch_free(k->s);
    sheaf_writer_free(k->w);
    mem_free(k->ends);
    walk_free(&k->walk);
    sheaf_buf_free(&k->content);
    sheaf_buf_free(&k->stored);
    article_free(&k->article);
    temp_close(&k->temp);
}

static int
report_progress(struct rewrite *k, struct sheaf_error *err)
{
    if (k->progress != NULL &&
        k->progress(k->arg, k->walk.at, k->r->end.end) != 0)
        return fail(err, SHEAF_ESTOPPED, "stopped");
    return SHEAF_OK;
}

/* The old tree's leaf at which the walk is must be this one. */
static int
check_leaf(struct rewrite *k, const uint8_t hash[32], struct sheaf_error *err)
{
    uint8_t tree[32];
    int rc;

    if (k->leaf >= k->r->top.size)
        return fail_corrupt(err, k->walk.at, "F11.3",
                            "more leaves than the top says");
    rc = reader_tree_hash(k->r, k->s, k->leaf, tree, err);
    if (rc == SHEAF_OK && memcmp(tree, hash, 32) != 0)
        rc = fail_verify(err, k->walk.at, "F10.2",
                         "not the leaf that the tree has: use sheaf verify");
    return rc;
}

/* Is the leaf that comes one that is taken out? */
static bool
is_target(const struct rewrite *k)
{
    const struct redact *d = k->redact;

    return d != NULL && d->next < d->count &&
           d->targets[d->next].leaf == k->leaf;
}

/* ---- Articles ----------------------------------------------------------- */

static void
move_view(struct sheaf_bytes *view, const uint8_t *from, const uint8_t *to)
{
    if (view->data != NULL)
        view->data = to + (view->data - from);
}

static void
move_meta(struct meta *m, const uint8_t *from, const uint8_t *to)
{
    move_view(&m->id, from, to);
    move_view(&m->published, from, to);
    move_view(&m->updated, from, to);
    move_view(&m->section, from, to);
    move_view(&m->headline, from, to);
    move_view(&m->url, from, to);
    move_view(&m->prev, from, to);
    move_view(&m->parts, from, to);
}

static int
add_removed(struct rewrite *k, struct sheaf_bytes record,
            const uint8_t hash[32], const uint8_t id_hash[32],
            struct sheaf_error *err)
{
    struct item *it = encode_new_item(k->w);

    if (it == NULL || !buf_add(&it->content, record.data, record.len))
        return fail_nomem(err);
    it->removed = true;
    it->raw = 0;
    it->has_url = false;
    memcpy(it->leaf_hash, hash, 32);
    memcpy(it->id_key, id_hash, TABLE_KEY_SIZE);
    return encode_added(k->w, err);
}

/* k->article, which is `bytes`. `frame` is kept if it is not empty; `joined`:
 * it is in that of the article before. */
static int
add_article(struct rewrite *k, struct sheaf_bytes bytes,
            struct sheaf_bytes frame, bool joined, struct sheaf_error *err)
{
    struct item *it = encode_new_item(k->w);
    int rc;

    if (it == NULL || !buf_add(&it->content, bytes.data, bytes.len) ||
        !buf_add(&it->frame, frame.data, frame.len))
        return fail_nomem(err);
    rc = writer_set_keys(k->w, it, &k->article, err);
    if (rc != SHEAF_OK)
        return rc;
    move_meta(&it->meta, bytes.data, it->content.data);
    it->raw = bytes.len;
    it->kept = frame.len != 0;
    it->joined = joined;
    return encode_added(k->w, err);
}

/* Does one of the articles from the leaf that comes on, `count` of them, go? */
static bool
any_target(const struct rewrite *k, uint64_t count)
{
    const struct redact *d = k->redact;

    return d != NULL && d->next < d->count &&
           d->targets[d->next].leaf - k->leaf < count;
}

static int
take_article(struct rewrite *k, struct sheaf_bytes bytes,
             struct sheaf_bytes frame, bool joined, struct sheaf_error *err)
{
    const struct article *a = &k->article;
    struct sheaf_bytes record = { a->leaf.record, a->leaf.len };
    struct redact *d = k->redact;
    int rc = SHEAF_OK;

    if (k->w == NULL) {
        struct shingle_text t = { 0 };

        if (!is_target(k)) {
            if (!shingle_see(d->shingles, &t, k->leaf, bytes.data, bytes.len) ||
                !shingle_see(d->shingles, &t, k->leaf, NULL, 0))
                rc = fail_nomem(err);
        }
    } else if (is_target(k)) {
        rc = add_removed(k, record, a->leaf_hash, d->targets[d->next].id_hash,
                         err);
    } else {
        rc = add_article(k, bytes, frame, joined, err);
    }
    if (is_target(k))
        d->next++;
    k->leaf++;
    return rc;
}

/* How many articles the frame's content holds, each checked against the tree;
 * the last one is left in k->article. */
static int
check_articles(struct rewrite *k, uint64_t *count, struct sheaf_error *err)
{
    struct sheaf_bytes rest = buf_view(&k->content);
    uint64_t first = k->leaf;
    int rc = SHEAF_OK;

    do {
        rc = article_decode(&k->article, rest, k->walk.at, err);
        if (rc == SHEAF_OK)
            rc = check_leaf(k, k->article.leaf_hash, err);
        if (rc != SHEAF_OK)
            break;
        rest.data += k->article.size;
        rest.len -= (size_t)k->article.size;
        k->leaf++;
    } while (rest.len != 0);
    *count = k->leaf - first;
    k->leaf = first;
    return rc;
}

/* The articles in k->content, whose frame is `frame`. It is kept if redacting
 * takes none of them out; with a dictionary of another name it names that. */
static int
take_articles(struct rewrite *k, struct sheaf_bytes frame,
              const struct codec_header *h, struct sheaf_error *err)
{
    struct sheaf_bytes rest = buf_view(&k->content);
    struct sheaf_bytes none = { NULL, 0 };
    bool keep, joined = false;
    uint64_t count;
    int rc = check_articles(k, &count, err);

    keep = k->redact != NULL && k->w != NULL && !any_target(k, count);
    if (rc == SHEAF_OK && keep) {
        k->stored.len = 0;
        if (!buf_add(&k->stored, frame.data, frame.len))
            return fail_nomem(err);
        if (h->dict_id != 0)
            codec_rename_dict(k->stored.data, h, k->redact->new_id);
    }
    for (uint64_t i = 0; rc == SHEAF_OK && i < count; i++) {
        struct sheaf_bytes one = rest;
        bool goes = is_target(k);

        /* A single one has just been decoded. */
        if (count > 1)
            rc = article_decode(&k->article, rest, k->walk.at, err);
        if (rc != SHEAF_OK)
            break;
        one.len = (size_t)k->article.size;
        rc = take_article(k, one,
                          keep && i == 0 ? buf_view(&k->stored) : none,
                          joined, err);
        joined = k->redact != NULL && !goes;
        rest.data += one.len;
        rest.len -= one.len;
    }
    return rc;
}

/* ---- Large articles ----------------------------------------------------- */

static int
spool_write(void *arg, const void *data, size_t len)
{
    struct rewrite *k = arg;
    int rc = temp_write(&k->temp, k->temp_len, data, len, NULL);

    k->temp_len += len;
    return rc;
}

static uint64_t
spool_size(void *ctx)
{
    const struct rewrite *k = ctx;

    return k->temp_len - k->article.line.len - 1;
}

static int
spool_read_at(void *ctx, uint64_t offset, void *buf, size_t len)
{
    const struct rewrite *k = ctx;
    uint64_t at = k->article.line.len + 1 + offset;

    return temp_read(&k->temp, at, buf, len, NULL) == SHEAF_OK ? 0 : EIO;
}

static void
spool_close(void *ctx)
{
    (void)ctx;
}

static const struct sheaf_source_ops spool_ops = { spool_size, spool_read_at,
                                                   spool_close };

/* The commitments of the parts that are in the temporary file. */
static int
commit_spool(struct rewrite *k, struct sheaf_error *err)
{
    const struct sheaf_source spool = { &spool_ops, k };
    struct article *a = &k->article;
    uint64_t at = 0;
    int rc = SHEAF_OK;

    for (size_t i = 0; rc == SHEAF_OK && i < a->part_count; i++) {
        struct commitment c;
        uint8_t hash[32];

        commitment_begin(&c, article_salt(a));
        rc = commitment_add_source(&c, &spool, at, a->parts[i].size, NULL,
                                   err);
        commitment_end(&c, hash);
        if (rc == SHEAF_OK)
            article_commit_part(a, i, hash);
        at += a->parts[i].size;
    }
    return rc;
}

static int
see_spool(struct rewrite *k, struct sheaf_error *err)
{
    struct shingle *shingles = k->redact->shingles;
    struct shingle_text t = { 0 };
    uint8_t *chunk = mem_new(CHUNK, 1);
    int rc = chunk != NULL ? SHEAF_OK : fail_nomem(err);

    for (uint64_t at = 0; rc == SHEAF_OK && at < k->temp_len;) {
        size_t n = (size_t)min_u64(k->temp_len - at, CHUNK);

        rc = temp_read(&k->temp, at, chunk, n, err);
        if (rc == SHEAF_OK && !shingle_see(shingles, &t, k->leaf, chunk, n))
            rc = fail_nomem(err);
        at += n;
    }
    if (rc == SHEAF_OK && !shingle_see(shingles, &t, k->leaf, NULL, 0))
        rc = fail_nomem(err);
    mem_free(chunk);
    return rc;
}

/* Decompress it to a temporary file, and decode what is there. */
static int
load_large(struct rewrite *k, const struct codec_header *h, uint64_t *length,
           struct sheaf_error *err)
{
    const struct codec_ddict *ddict;
    struct sheaf_bytes line;
    int rc = SHEAF_OK;

    if (k->temp.fd < 0)
        rc = temp_open(&k->temp, k->redact != NULL
                                     ? k->redact->options->tmpdir
                                     : k->w->tmpdir, err);
    if (rc == SHEAF_OK)
        rc = reader_dict_use(k->r, h->dict_id, k->walk.at, &ddict, err);
    if (rc != SHEAF_OK)
        return rc;
    k->temp_len = 0;
    rc = codec_decompress_stream(k->s->dctx, ddict, k->r->source, k->walk.at,
                                 h->content_size, spool_write, k, length, err);
    reader_dict_done(k->r, h->dict_id);
    if (rc == SHEAF_ESTOPPED)
        rc = fail_io(err, ENOSPC, "writing a temporary file");
    k->content.len = (size_t)min_u64(k->temp_len, ARTICLE_LINE_MAX + 1);
    if (rc == SHEAF_OK && !buf_reserve(&k->content, k->content.len))
        rc = fail_nomem(err);
    if (rc == SHEAF_OK)
        rc = temp_read(&k->temp, 0, k->content.data, k->content.len, err);
    if (rc == SHEAF_OK)
        rc = article_find_line(buf_view(&k->content), k->temp_len, k->walk.at,
                               &line, err);
    if (rc == SHEAF_OK)
        rc = article_from_line(&k->article, line, k->temp_len, k->walk.at, err);
    if (rc == SHEAF_OK)
        rc = commit_spool(k, err);
    return rc;
}

static int
add_large(struct rewrite *k, struct sheaf_error *err)
{
    struct sheaf_source rest = { &spool_ops, k };
    const struct article *a = &k->article;
    struct item *it;
    int rc = encode_flush(k->w, err);

    if (rc != SHEAF_OK)
        return rc;
    it = encode_new_item(k->w);
    if (it == NULL ||
        !buf_add(&it->content, a->line.data, a->line.len + 1))
        return fail_nomem(err);
    rc = writer_set_keys(k->w, it, a, err);
    if (rc != SHEAF_OK)
        return rc;
    move_meta(&it->meta, a->line.data, it->content.data);
    it->raw = k->temp_len;
    k->w->frames++;
    k->w->recompressed++;
    return encode_large(k->w, rest, err);
}

static int
take_large(struct rewrite *k, struct walk_frame *f, struct sheaf_error *err)
{
    const struct article *a = &k->article;
    struct sheaf_bytes record = { a->leaf.record, 0 };
    int rc = load_large(k, &f->header, &f->length, err);

    if (rc == SHEAF_OK)
        rc = check_leaf(k, a->leaf_hash, err);
    if (rc != SHEAF_OK)
        return rc;
    record.len = a->leaf.len;
    if (k->w == NULL)
        rc = is_target(k) ? SHEAF_OK : see_spool(k, err);
    else if (is_target(k))
        rc = add_removed(k, record, a->leaf_hash,
                         k->redact->targets[k->redact->next].id_hash, err);
    else
        rc = add_large(k, err);
    if (is_target(k))
        k->redact->next++;
    k->leaf++;
    return rc;
}

/* ---- Frames ------------------------------------------------------------- */

static int
take_zstd(struct rewrite *k, struct walk_frame *f, struct sheaf_error *err)
{
    int rc;

    if (f->header.content_size > k->r->limits.article_max)
        return fail_limit(err, f->offset, "F14.1",
                          "article of %llu bytes: over the limit",
                          (unsigned long long)f->header.content_size);
    if (f->header.content_size > SHEAF_WHOLE_MAX)
        return take_large(k, f, err);
    rc = walk_load(&k->walk, f, err);
    if (rc == SHEAF_OK)
        rc = reader_unpack(k->r, k->s, &f->header, f->bytes, f->offset,
                           &k->content, err);
    return rc == SHEAF_OK ? take_articles(k, f->bytes, &f->header, err) : rc;
}

/* A dictionary that is to be in the new archive, too: without what is taken
 * out, and then by another name. */
static int
take_dict(struct rewrite *k, const struct walk_frame *f,
          struct sheaf_error *err)
{
    struct redact *d = k->redact;
    const struct top *t = &k->r->top;
    struct sheaf_buf raw = { 0 }, packed = { 0 }, check = { 0 };
    bool changed;
    size_t tables;
    uint32_t i = 0, id;
    int rc;

    while (i < t->dict_count && t->dicts[i].offset != f->offset)
        i++;
    if (i == t->dict_count || f->length != t->dicts[i].packed + DICT_HEAD_SIZE)
        return fail_corrupt(err, f->offset, "F11.3",
                            "the top doesn't name this dictionary");
    rc = encode_flush(k->w, err);
    if (rc == SHEAF_OK)
        rc = reader_dict_load(k->r, i, &raw, err);
    if (rc != SHEAF_OK)
        goto out;
    d->dict_id = d->new_id = t->dicts[i].id;
    tables = train_tables_size(buf_view(&raw));
    if (tables == 0) {
        rc = fail_corrupt(err, f->offset, "F5.2", "no dictionary");
        goto out;
    }
    changed = shingle_erase(d->shingles, raw.data + tables, raw.len - tables) != 0;
    if (changed) {
        bool small = d->dict_id <= WRITER_DICT_ID_SHORT;

        d->dictionaries++;
        d->new_id = encode_dict_id(k->w, buf_view(&raw),
                                  small ? WRITER_DICT_ID_MIN
                                        : WRITER_DICT_ID_SHORT + 1,
                                  small ? WRITER_DICT_ID_SHORT
                                        : WRITER_DICT_ID_MAX, t);
        put_le32(raw.data + 4, d->new_id);
    } else {
        /* The payload may be one that was mended. */
        rc = reader_read(k->r, f->offset + DICT_HEAD_SIZE, t->dicts[i].packed,
                         &packed, err);
        if (rc == SHEAF_OK)
            rc = dictframe_decode(buf_view(&packed), f->offset, &check, &id,
                                  err);
        if (rc == SHEAF_OK && !bytes_equal(buf_view(&check), buf_view(&raw)))
            packed.len = 0;
        if (rc == SHEAF_ECORRUPT) {
            packed.len = 0;
            rc = SHEAF_OK;
        }
    }
    if (rc == SHEAF_OK)
        rc = encode_use_dict(k->w, &raw, &packed, d->new_id, changed, err);

out:
    sheaf_buf_free(&raw);
    sheaf_buf_free(&packed);
    sheaf_buf_free(&check);
    return rc;
}

/* ---- Leaves that are no articles ---------------------------------------- */

static int
add_statement_row(struct rewrite *k, const uint8_t id_hash[32],
                  struct sheaf_error *err)
{
    struct map_row row = { .leaf = k->w->ledger.top.size, .offset = k->w->at,
                           .length = (uint32_t)k->w->out.len };
    uint8_t bytes[TABLE_ROW_MAX];

    memcpy(row.key, id_hash, TABLE_KEY_SIZE);
    map_row_encode(&row, bytes);
    return extsort_add(k->w->rows[TABLE_MAP], bytes, err);
}

/* A redaction or key change of the old archive, as it is. */
static int
take_statement(struct rewrite *k, const struct leaf_stored *leaf,
               struct sheaf_bytes frame, struct sheaf_error *err)
{
    struct sheaf_writer *w = k->w;
    struct ledger *s = &w->ledger;
    struct key_change change;
    bool first = s->top.key_count == 0;
    int rc = encode_flush(w, err);

    if (rc == SHEAF_OK)
        rc = encode_end_group(w, err);
    if (rc != SHEAF_OK)
        return rc;
    if (!buf_add(&w->out, frame.data, frame.len))
        return fail_nomem(err);
    if (leaf->type == LEAF_REDACTION) {
        rc = add_statement_row(k, leaf->id_hash, err);
        s->top.redactions++;
        ledger_leaf(s, leaf->hash);
    } else {
        rc = key_change_decode(leaf, buf_view(&s->top.origin),
                               s->top.key_count + 1,
                               first ? NULL : s->key_hash,
                               first ? NULL : s->key_new, k->walk.at, &change, err);
        if (rc == SHEAF_OK)
            rc = ledger_take_key_change(s, w->at, &change, leaf->hash, err);
    }
    return rc == SHEAF_OK ? generation_statement(w, err) : rc;
}

static int
take_stored(struct rewrite *k, struct walk_frame *f, struct sheaf_error *err)
{
    struct leaf_stored leaf;
    int rc = walk_load(&k->walk, f, err);

    if (rc == SHEAF_OK)
        rc = leaf_decode_stored(f->body, f->offset, &leaf, err);
    if (rc == SHEAF_OK)
        rc = check_leaf(k, leaf.hash, err);
    if (rc != SHEAF_OK)
        return rc;
    if (leaf.type == LEAF_SEAL)
        k->time = leaf.time;
    else if (k->w != NULL && leaf.type == LEAF_ARTICLE)
        rc = add_removed(k, leaf.record, leaf.hash, leaf.id_hash, err);
    else if (k->w != NULL)
        rc = take_statement(k, &leaf, f->bytes, err);
    k->leaf++;
    return rc;
}

/* ---- Generations -------------------------------------------------------- */

/* The last END of each generation, newest first. */
static int
find_generations(struct rewrite *k, struct sheaf_error *err)
{
    struct end e = k->r->end;
    size_t room = 0;

    if (k->r->end_damaged)
        return fail_corrupt(err, e.offset, "F12.3",
                            "the end is damaged: use sheaf recover");
    for (;;) {
        int rc;

        if (k->end_count == room) {
            uint64_t *ends = mem_resize(k->ends, room * 2 + 16, sizeof *ends);

            if (ends == NULL)
                return fail_nomem(err);
            k->ends = ends;
            room = room * 2 + 16;
        }
        k->ends[k->end_count++] = e.offset;
        if (e.prev == 0)
            return SHEAF_OK;
        rc = reader_end_before(k->r, &e, &e, err);
        if (rc != SHEAF_OK)
            return rc;
    }
}

/* A revision stored as a difference. It becomes a whole frame: where its base
 * will be in the new archive is not known any more. */
static int
take_delta(struct rewrite *k, const struct walk_frame *f,
           struct sheaf_error *err)
{
    const struct sheaf_bytes none = { NULL, 0 };
    struct sheaf_entry entry = { .leaf = k->leaf,
                                 .offset = f->offset,
                                 .length = f->length };
    uint64_t count;
    int rc = reader_load(k->r, k->s, &entry, err);

    k->content.len = 0;
    if (rc == SHEAF_OK &&
        !buf_add(&k->content, k->s->content.data, k->s->content.len))
        rc = fail_nomem(err);
    if (rc == SHEAF_OK)
        rc = check_articles(k, &count, err);
    if (rc == SHEAF_OK && count != 1)
        rc = fail_corrupt(err, f->offset, "F4.13", "more than one article");
    return rc == SHEAF_OK
               ? take_article(k, buf_view(&k->content), none, false, err)
               : rc;
}

static int
take_frame(struct rewrite *k, struct walk_frame *f, struct sheaf_error *err)
{
    switch (f->type) {
    case FRAME_ZSTD:
        return take_zstd(k, f, err);
    case FRAME_DICT:
        return k->redact != NULL && k->w != NULL ? take_dict(k, f, err)
                                                 : SHEAF_OK;
    case FRAME_LEF:
        return take_stored(k, f, err);
    case FRAME_REV:
        return take_delta(k, f, err);
    case FRAME_GRP:
        return report_progress(k, err);
    default: /* follows from the leaves, and is made from them */
        return SHEAF_OK;
    }
}

/* From the generation's start up to its first TOP. */
static int
take_generation(struct rewrite *k, const struct end *e,
                struct sheaf_error *err)
{
    k->walk.at = e->start;
    while (k->walk.at < e->top) {
        struct walk_frame f;
        int rc = walk_peek(&k->walk, &f, err);

        if (rc == SHEAF_OK && f.type == FRAME_TOP)
            return report_progress(k, err);
        if (rc == SHEAF_OK)
            rc = take_frame(k, &f, err);
        if (rc != SHEAF_OK)
            return rc;
        walk_pass(&k->walk, &f);
    }
    return fail_corrupt(err, k->walk.at, "F12.3", "no top before the end");
}

/* What the writer made of the generation must be what the old top says. */
static int
end_generation(struct rewrite *k, const struct top *top, bool last,
               struct sheaf_error *err)
{
    const struct signing how = { .as_it_was = top };
    struct sheaf_writer *w = k->w;
    int rc = encode_flush(w, err);

    if (rc == SHEAF_OK)
        rc = encode_end_group(w, err);
    return rc == SHEAF_OK ? generation_write(w, k->time, &how, last, err)
                          : rc;
}

static int
take_all(struct rewrite *k, struct sheaf_error *err)
{
    int rc = SHEAF_OK;

    k->leaf = 0;
    for (size_t i = k->end_count; rc == SHEAF_OK && i-- > 0;) {
        bool last = i == 0 && k->redact == NULL;
        struct top top = { 0 };
        struct end e;

        rc = reader_end(k->r, k->ends[i], &e, NULL, err);
        if (rc == SHEAF_OK)
            rc = take_generation(k, &e, err);
        if (rc == SHEAF_OK)
            rc = reader_top(k->r, &e, &top, err);
        if (rc == SHEAF_OK && k->leaf != top.size)
            rc = fail_corrupt(err, e.top, "F11.3",
                              "the top has another number of leaves");
        if (rc == SHEAF_OK && k->w != NULL) {
            rc = end_generation(k, &top, last, err);
            if (rc == SHEAF_OK && !last)
                rc = generation_next(k->w, err);
        }
        top_free(&top);
    }
    return rc;
}

/* ---- Repacking ---------------------------------------------------------- */

static int
begin(struct rewrite *k, const struct sheaf_reader *r, struct sheaf_error *err)
{
    int rc = sheaf_scratch_new(&k->s, err);

    k->r = r;
    k->temp = (struct temp)TEMP_INIT;
    if (rc == SHEAF_OK) {
        reader_claim(r, k->s);
        k->walk = (struct walk){ .source = r->source, .step = WINDOW,
                                 .end = r->file_size };
        rc = find_generations(k, err);
    }
    return rc;
}

/* The writer has the archive's origin from the start. */
static int
begin_writing(struct rewrite *k, struct sheaf_sink *sink,
              const struct sheaf_write_options *options,
              struct sheaf_error *err)
{
    struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS };
    struct sheaf_sink own = *sink;
    char origin[NOTE_ORIGIN_MAX + 1] = { 0 };
    const struct sheaf_buf *name = &k->r->top.origin;
    int rc = options_take(&o, sizeof o, options, err);

    if (rc != SHEAF_OK)
        return rc;
    assert(name->len < sizeof origin);
    memcpy(origin, name->data, name->len);
    o.origin = origin;
    o.salted = o.unique = 0;
    sink->ops = NULL;
    rc = writer_make(own, &o, &k->w, err);
    if (rc == SHEAF_OK)
        k->w->keeps_rows = k->end_count > 1 || k->redact != NULL;
    return rc;
}

int
sheaf_repack(const struct sheaf_reader *reader, struct sheaf_sink sink,
             const struct sheaf_write_options *options,
             sheaf_progress progress, void *arg, struct sheaf_written *out,
             struct sheaf_error *err)
{
    struct rewrite k = { .progress = progress, .arg = arg };
    int rc = begin(&k, reader, err);

    if (rc == SHEAF_OK)
        rc = begin_writing(&k, &sink, options, err);
    if (rc == SHEAF_OK)
        rc = take_all(&k, err);
    if (rc == SHEAF_OK && out != NULL)
        generation_outcome(k.w, out);
    rewrite_end(&k);
    if (sink.ops != NULL)
        sink.ops->close(sink.ctx);
    return rc;
}

/* ---- Redacting: what is taken out --------------------------------------- */

static bool
add_target(struct redact *d, uint64_t leaf, const struct article *a)
{
    struct target *t;
    size_t at = d->count;

    if (d->count == d->room) {
        size_t room = d->room * 2 + 16;
        struct target *targets = mem_resize(d->targets, room, sizeof *targets);

        if (targets == NULL)
            return false;
        d->targets = targets;
        d->room = room;
    }
    while (at > 0 && d->targets[at - 1].leaf > leaf)
        at--;
    memmove(d->targets + at + 1, d->targets + at,
            (d->count - at) * sizeof *d->targets);
    t = &d->targets[at];
    d->count++;
    t->leaf = leaf;
    t->rev = (uint32_t)a->meta.rev;
    memcpy(t->hash, a->leaf_hash, 32);
    hash_blake2b(a->id.data, a->id.len, t->id_hash);
    return true;
}

static bool
has_target(const struct redact *d, uint64_t leaf)
{
    for (size_t i = 0; i < d->count; i++) {
        if (d->targets[i].leaf == leaf)
            return true;
    }
    return false;
}

struct gathering {
    struct shingle *shingles;
    struct shingle_text text;
};

static int
gather(void *arg, const void *data, size_t len)
{
    struct gathering *g = arg;

    return shingle_add(g->shingles, &g->text, true, data, len) ? 0 : -1;
}

/* What metadata says: strings with a space in them. Others are IDs, dates and
 * addresses, which articles of one day have much of in common. */
static bool
gather_strings(struct shingle *shingles, struct sheaf_bytes container)
{
    struct json_iter it = json_iter_over(container);
    struct sheaf_bytes key, value;
    bool good = true;

    while (good && (container.data[0] == '{'
                        ? json_next(&it, &key, &value)
                        : json_next_item(&it, &value))) {
        struct shingle_text t = { 0 };

        if (value.data[0] == '{' || value.data[0] == '[')
            good = gather_strings(shingles, value);
        else if (json_is_string(value) &&
                 memchr(value.data, ' ', value.len) != NULL)
            good = shingle_add(shingles, &t, true, value.data, value.len) &&
                   shingle_add(shingles, &t, true, NULL, 0);
    }
    return good;
}

/* The line, and the start of the body after it, as they stand. */
static bool
gather_line(struct shingle *shingles, const struct sheaf_article *a)
{
    struct sheaf_bytes body = a->parts[0].data;
    struct shingle_text t = { 0 };

    return shingle_add(shingles, &t, false, a->meta.data, a->meta.len) &&
           shingle_add(shingles, &t, false, "\n", 1) &&
           (body.data == NULL ||
            shingle_add(shingles, &t, false, body.data,
                      (size_t)min_u64(body.len, CHUNK))) &&
           gather_strings(shingles, a->meta);
}

/* All that is eight words in a row in the article that was read. */
static int
gather_words(struct rewrite *k, const struct sheaf_entry *entry,
             struct sheaf_error *err)
{
    struct gathering g = { .shingles = k->redact->shingles };
    struct sheaf_article a;
    int rc = sheaf_read(k->r, k->s, entry, &a, err);

    if (rc == SHEAF_OK && !gather_line(k->redact->shingles, &a))
        rc = fail_nomem(err);
    for (size_t i = 0; rc == SHEAF_OK && i < a.part_count; i++)
        rc = sheaf_read_part(k->r, k->s, &a, i, gather, &g, err);
    if (rc == SHEAF_OK && gather(&g, NULL, 0) != 0)
        rc = fail_nomem(err);
    return rc == SHEAF_ESTOPPED ? fail_nomem(err) : rc;
}

/* An article that is to be taken out, and is loaded. */
static int
take_target(struct rewrite *k, const struct sheaf_entry *entry,
            struct sheaf_error *err)
{
    if (has_target(k->redact, entry->leaf))
        return SHEAF_OK;
    if (!add_target(k->redact, entry->leaf, &k->s->article))
        return fail_nomem(err);
    return gather_words(k, entry, err);
}

static int
find_target(struct rewrite *k, const struct sheaf_redact_target *t,
            struct sheaf_error *err)
{
    bool found = false, gone = false;
    uint8_t key[TABLE_KEY_SIZE];
    struct map_row row;
    struct rows rows;
    int rc;

    table_key(t->id, key);
    rows = rows_of(k->r, TABLE_MAP, key);
    while ((rc = rows_next_map(k->r, k->s, &rows, &row, err)) == SHEAF_OK) {
        struct found f;

        rc = reader_follow(k->r, k->s, &row, t->id, &f, err);
        if (rc == SHEAF_ENOTFOUND ||
            (rc == SHEAF_OK && t->rev != 0 && f.rev != t->rev))
            continue;
        if (rc == SHEAF_OK && f.removed)
            gone = true;
        else if (rc == SHEAF_OK)
            rc = take_target(k, &f.entry, err);
        if (rc != SHEAF_OK)
            return rc;
        found = found || !f.removed;
    }
    if (rc != SHEAF_END || found)
        return rc == SHEAF_END ? SHEAF_OK : rc;
    return gone ? fail(err, SHEAF_EREDACTED, "it was redacted before")
                : fail(err, SHEAF_ENOTFOUND, "there is no such article");
}

/* ---- Redacting ---------------------------------------------------------- */

static int
tell_quotes(struct rewrite *k, struct sheaf_redacted *out,
            struct sheaf_error *err)
{
    const struct sheaf_redact_options *o = k->redact->options;
    uint64_t *leaves = NULL;
    size_t count = 0;
    int rc = shingle_quotes(k->redact->shingles, &leaves, &count)
                 ? SHEAF_OK
                 : fail_nomem(err);

    for (size_t i = 0; rc == SHEAF_OK && o->quoted != NULL && i < count; i++) {
        struct sheaf_entry entry;
        struct sheaf_article a;

        rc = sheaf_locate(k->r, k->s, leaves[i], &entry, err);
        if (rc == SHEAF_OK)
            rc = sheaf_read(k->r, k->s, &entry, &a, err);
        if (rc == SHEAF_OK && o->quoted(o->arg, &a) != 0)
            rc = fail(err, SHEAF_ESTOPPED, "stopped");
    }
    out->quoting = count;
    mem_free(leaves);
    return rc;
}

/* The last generation: what was taken out, and why. */
static int
write_redactions(struct rewrite *k, struct sheaf_error *err)
{
    const struct sheaf_redact_options *o = k->redact->options;
    const struct signing how = { .key = o->key };
    struct sheaf_bytes reason = { (const uint8_t *)o->reason,
                                  strlen(o->reason) };
    struct sheaf_writer *w = k->w;
    int rc = SHEAF_OK;

    if (o->key != NULL)
        rc = writer_check_key(w, o->key->key + 32, err);
    for (size_t i = 0; rc == SHEAF_OK && i < k->redact->count; i++) {
        const struct target *t = &k->redact->targets[i];
        struct redaction redaction = { .rev = t->rev, .leaf = t->leaf,
                                       .time = o->time_ms, .reason = reason };
        struct map_row row = { .leaf = w->ledger.top.size, .offset = w->at };
        uint8_t bytes[TABLE_ROW_MAX];

        memcpy(redaction.target, t->hash, 32);
        memcpy(redaction.id_hash, t->id_hash, 32);
        rc = ledger_redaction(&w->ledger, &redaction, &w->out, err);
        if (rc != SHEAF_OK)
            break;
        row.length = (uint32_t)w->out.len;
        memcpy(row.key, t->id_hash, TABLE_KEY_SIZE);
        map_row_encode(&row, bytes);
        rc = extsort_add(w->rows[TABLE_MAP], bytes, err);
        if (rc == SHEAF_OK)
            rc = generation_statement(w, err);
    }
    return rc == SHEAF_OK ? generation_write(w, o->time_ms, &how, true, err)
                          : rc;
}

static int
redact(struct rewrite *k, struct sheaf_sink *sink, struct sheaf_redacted *out,
       struct sheaf_error *err)
{
    struct redact *d = k->redact;
    const struct sheaf_redact_options *o = d->options;
    int level = k->r->top.level;
    struct sheaf_write_options options = {
        SHEAF_WRITE_OPTIONS,
        .level = level >= 1 && level <= 19 ? level : WRITER_LEVEL_DEFAULT,
        .dict_max = -1, .threads = o->threads, .tmpdir = o->tmpdir
    };
    int rc = shingle_new(&d->shingles, err);

    for (size_t i = 0; rc == SHEAF_OK && i < o->target_count; i++)
        rc = find_target(k, &o->targets[i], err);
    if (rc == SHEAF_OK)
        rc = take_all(k, err); /* with no writer: who quotes what? */
    if (rc == SHEAF_OK)
        rc = tell_quotes(k, out, err);
    if (rc == SHEAF_OK)
        rc = begin_writing(k, sink, &options, err);
    if (rc != SHEAF_OK)
        return rc;
    k->w->blocks = true;
    d->next = 0;
    rc = take_all(k, err);
    if (rc == SHEAF_OK)
        rc = write_redactions(k, err);
    if (rc != SHEAF_OK)
        return rc;
    out->articles = d->count;
    out->dictionaries = d->dictionaries;
    out->frames = k->w->frames;
    out->frames_recompressed = k->w->recompressed;
    out->bytes = k->w->at;
    out->size = k->w->ledger.top.size;
    memcpy(out->root, k->w->ledger.top.root, 32);
    return SHEAF_OK;
}

int
sheaf_redact(const struct sheaf_reader *reader, struct sheaf_sink sink,
             const struct sheaf_redact_options *options,
             struct sheaf_redacted *out, struct sheaf_error *err)
{
    struct sheaf_redact_options taken = { SHEAF_REDACT_OPTIONS };
    struct redact d = { .options = &taken };
    struct rewrite k = { .redact = &d };
    struct sheaf_redacted done = { 0 };
    int rc = options_take(&taken, sizeof taken, options, err);

    k.progress = taken.progress;
    k.arg = taken.arg;
    if (rc == SHEAF_OK && (taken.reason == NULL ||
                           !redaction_reason_ok(sheaf_str(taken.reason))))
        rc = fail(err, SHEAF_EINVAL, "a reason is 1 to 1,024 bytes of UTF-8 "
                  "without control characters");
    else if (rc == SHEAF_OK && taken.target_count == 0)
        rc = fail(err, SHEAF_EINVAL, "nothing to redact");
    if (rc == SHEAF_OK)
        rc = begin(&k, reader, err);
    if (rc == SHEAF_OK)
        rc = redact(&k, &sink, &done, err);
    if (rc == SHEAF_OK && out != NULL)
        *out = done;
    rewrite_end(&k);
    shingle_free(d.shingles);
    mem_free(d.targets);
    if (sink.ops != NULL)
        sink.ops->close(sink.ctx);
    return rc;
}
