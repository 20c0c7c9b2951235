/*
 * verify.c - checks every byte of an archive, from the head to the end
 * (format.md, all clauses).
 *
 * The walk feeds the articles to the same ledger that a writer has, asks it
 * what should come next, and compares. Rows are not sorted again: they are
 * checked to be in order, so all differ, and a sum of keyed hashes over them
 * must equal the sum over the articles that they describe.
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "format/frame.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/options.h"
#include "log/merkle.h"
#include "log/note.h"
#include "format/dictframe.h"
#include "format/parity.h"
#include "format/delta.h"
#include "base/pool.h"
#include "base/idset.h"
#include "format/ledger.h"

#define WINDOW ((size_t)4 << 20)
#define BATCH_CONTENT_MAX ((uint64_t)64 << 20)
#define IDSET_MEMORY ((size_t)64 << 20)

/* The stage of a generation, which says what may come next (F12.3). */
enum stage { ARTICLES, STATEMENTS, TABLES, SEALED, CLOSED };

/* An order-independent multiset hash of rows: how many, and a sum of keyed
 * hashes. */
struct row_sum {
    uint64_t count;
    uint64_t lo;
    uint64_t hi;
};

/* Sums over all articles and groups up to the end of a generation. */
struct mark {
    uint64_t size;
    struct row_sum rows[TABLE_KINDS];
};

/* A removed article, and the leaf of the redaction that names it. */
struct removed {
    uint64_t leaf;
    uint64_t offset;
    uint32_t rev;
    uint8_t hash[32];
    uint8_t id_hash[32];
    bool named;
    uint64_t named_by;
};

struct job {
    struct sheaf_buf frame;
    struct sheaf_buf content;
    struct article article;  /* of a block, the last */
    struct sheaf_buf hashes; /* leaf hashes of a block; otherwise empty */
    uint64_t offset;
    uint64_t length;
    struct codec_header header;
    int rc;
    struct sheaf_error err;
};

struct verify {
    const struct sheaf_reader *r;
    struct sheaf_verify_options options;
    struct walk walk;
    bool damaged; /* opening it has met damage */
    struct ledger ledger;
    enum stage stage;
    struct pool *pool;
    struct codec_dctx **dctx;
    struct sheaf_scratch *scratch; /* for large articles and old roots */
    struct article base;           /* of a difference's base */
    struct job *jobs;              /* of a batch: at most TILE_LEAVES */
    size_t job_count;
    size_t job_room;
    uint64_t job_bytes;
    struct group group;
    struct sheaf_buf raw_dict;
    struct codec_ddict *ddict;
    uint32_t dict_id;
    struct sheaf_buf par; /* the PAR frame that must come next */
    bool parity_due;         /* a group followed the dictionary */
    struct idset *ids; /* by id_hash, which removed articles have too */
    struct removed *removed; /* in order of their leaves */
    size_t removed_count;
    size_t removed_room;
    struct key_change *changes; /* as many as state.top.key_count */
    uint64_t revisions;
    struct mark now;
    struct mark *marks;   /* one for each generation's end */
    size_t mark_count;
    struct table_builder tables[TABLE_KINDS]; /* of this generation */
    uint64_t table_at[TABLE_KINDS];
    struct row_sum table_rows[TABLE_KINDS];
    bool table_ended[TABLE_KINDS]; /* a block that is not full came: it must
                                      be the last */
    struct sheaf_buf out;
    struct sheaf_buf text;
};

/* ---- Comparing ---------------------------------------------------------- */

/* Whether the frame is the one that v->out holds. */
static bool
same_as_expected(const struct verify *v, const uint8_t *frame, uint64_t len)
{
    return len == v->out.len && memcmp(frame, v->out.data, len) == 0;
}

static void
sum_row(const struct verify *v, struct row_sum *sum, const uint8_t *row,
        size_t len)
{
    uint8_t text[IDSET_KEY_BYTES + TABLE_ROW_MAX];
    uint8_t hash[32];

    /* With the key in front, a row takes one block of BLAKE2b; as a key it
     * would take a block of its own. Rows of a kind have one length, so
     * this is safe. */
    memcpy(text, idset_key(v->ids), IDSET_KEY_BYTES);
    memcpy(text + IDSET_KEY_BYTES, row, len);
    hash_blake2b(text, IDSET_KEY_BYTES + len, hash);
    sum->count++;
    sum->lo += get_be(hash, 8);
    sum->hi += get_be(hash + 8, 8);
}

/* ---- Articles ----------------------------------------------------------- */

/* Decodes all articles of a block, whose first has been decoded. */
static void
check_block(struct job *j)
{
    struct sheaf_bytes rest = buf_view(&j->content);

    for (;;) {
        size_t size = (size_t)j->article.size;

        if (!buf_add(&j->hashes, j->article.leaf_hash, 32)) {
            j->rc = fail_nomem(&j->err);
            return;
        }
        rest.data += size;
        rest.len -= size;
        if (rest.len == 0)
            return;
        j->rc = article_decode(&j->article, rest, j->offset, &j->err);
        if (j->rc != SHEAF_OK)
            return;
    }
}

static void
check_article(struct verify *v, struct job *j, unsigned worker)
{
    if (codec_hides_magic(j->frame.data, j->frame.len)) {
        j->rc = fail_corrupt(&j->err, j->offset, "F2.5",
                             "the magic of a frame within an article");
        return;
    }
    if (!codec_is_canonical(j->frame.data, j->frame.len)) {
        j->rc = fail_corrupt(&j->err, j->offset, "F4.10",
                             "reserved bits are set in a block");
        return;
    }
    j->rc = codec_unpack(v->dctx[worker], v->ddict, &j->header,
                         buf_view(&j->frame), j->offset, &j->content, &j->err);
    if (j->rc != SHEAF_OK)
        return;
    j->rc = article_decode(&j->article, buf_view(&j->content), j->offset,
                           &j->err);
    if (j->rc == SHEAF_OK && j->article.size != j->content.len)
        check_block(j);
}

/* Computes the sum over the frames, and then checks the articles. */
static void
check_job(void *arg, size_t index, unsigned worker)
{
    struct verify *v = arg;

    if (index != 0) {
        check_article(v, &v->jobs[index - 1], worker);
        return;
    }
    for (size_t i = 0; i < v->job_count; i++)
        group_bytes(&v->group, v->jobs[i].frame.data, v->jobs[i].frame.len);
}

/* F6.3: the revision must follow the one that came before it. */
static int
check_revision(struct verify *v, const uint8_t id_hash[32], uint32_t rev,
               const uint8_t prev[32], const uint8_t hash[32],
               uint64_t offset, struct sheaf_error *err)
{
    struct sheaf_bytes id = { id_hash, 32 };
    struct idset_entry e;
    int rc = idset_get(v->ids, id, &e, err);

    if (rc != SHEAF_OK && rc != SHEAF_ENOTFOUND)
        return rc;
    if (rc == SHEAF_ENOTFOUND ? rev != 1
                              : rev != (uint64_t)e.rev + 1 ||
                                    memcmp(e.leaf_hash, prev, 32) != 0)
        return fail_corrupt(err, offset, "F6.3",
                            "not the next revision");
    memset(&e, 0, sizeof e);
    e.rev = rev;
    memcpy(e.leaf_hash, hash, 32);
    v->revisions += rev != 1;
    return idset_put(v->ids, id, &e, err);
}

/* Adds the MAP row of the next leaf. */
static void
sum_map_row(struct verify *v, const uint8_t id_hash[32], uint64_t offset,
            uint64_t length)
{
    struct map_row row = { .leaf = v->ledger.top.size, .offset = offset };
    uint8_t bytes[TABLE_ROW_MAX];

    row.length = (uint32_t)min_u64(length, TABLE_LENGTH_MAX);
    memcpy(row.key, id_hash, TABLE_KEY_SIZE);
    map_row_encode(&row, bytes);
    sum_row(v, &v->now.rows[TABLE_MAP], bytes, table_width(TABLE_MAP));
}

static int
sum_url_row(struct verify *v, const struct article *a,
            struct sheaf_error *err)
{
    uint8_t key[TABLE_KEY_SIZE];
    uint8_t bytes[TABLE_ROW_MAX];

    if (a->meta.url.len == 0)
        return SHEAF_OK;
    v->text.len = 0;
    if (!json_string(a->meta.url, &v->text))
        return fail_nomem(err);
    if (!bytes_equal(buf_view(&v->text), a->id)) {
        table_key(buf_view(&v->text), key);
        url_row_encode(key, v->ledger.top.size, bytes);
        sum_row(v, &v->now.rows[TABLE_URL], bytes, table_width(TABLE_URL));
    }
    return SHEAF_OK;
}

/* Whether there is room for one more leaf, and in a group for one more
 * article. */
static int
check_room(const struct verify *v, bool in_group, uint64_t offset,
           struct sheaf_error *err)
{
    if (ledger_slab_full(&v->ledger))
        return fail_corrupt(err, offset, "F10.1", "leaf hashes are missing");
    if (in_group && v->group.count >= TILE_LEAVES)
        return fail_corrupt(err, offset, "F7.1", "a group without its end");
    return SHEAF_OK;
}

/* Begins a group with the frame at `offset`, unless one is open. */
static void
open_group(struct verify *v, uint64_t offset)
{
    if (v->group.count != 0)
        return;
    group_begin(&v->group, offset, v->ledger.top.size);
    v->group.dict = v->dict_id;
    v->group.last_end = v->ledger.last_end;
}

/* Takes an article in the frame at `offset`; `first` unless it follows
 * another one of the same frame. */
static int
take_article(struct verify *v, const struct article *a, uint64_t offset,
             uint64_t length, bool first, struct sheaf_error *err)
{
    const uint8_t *record = a->leaf.record;
    struct top *t = &v->ledger.top;
    int rc = check_room(v, true, offset, err);

    if (rc == SHEAF_OK)
        rc = check_revision(v, leaf_id_hash(record), (uint32_t)a->meta.rev,
                            leaf_prev(record), a->leaf_hash, offset, err);
    if (rc != SHEAF_OK)
        return rc;
    sum_map_row(v, leaf_id_hash(record), offset, length);
    rc = sum_url_row(v, a, err);
    if (rc != SHEAF_OK)
        return rc;
    if (!group_add(&v->group, first ? length : 0, a->size, a->time, &a->meta))
        return fail_nomem(err);
    ledger_leaf(&v->ledger, a->leaf_hash);
    t->articles++;
    t->raw += a->size;
    return SHEAF_OK;
}

/* Takes the articles of a block, whose leaf hashes are known by now. */
static int
take_block(struct verify *v, struct job *j, struct sheaf_error *err)
{
    struct sheaf_bytes rest = buf_view(&j->content);
    struct article *a = &j->article;
    int rc = SHEAF_OK;

    for (size_t i = 0; rc == SHEAF_OK && rest.len != 0; i++) {
        rc = article_begin(a, rest, j->offset, err);
        if (rc != SHEAF_OK)
            break;
        memcpy(a->leaf_hash, j->hashes.data + i * 32, 32);
        rc = take_article(v, a, j->offset, j->length, i == 0, err);
        rest.data += a->size;
        rest.len -= (size_t)a->size;
    }
    return rc;
}

static int
take_job(struct verify *v, struct job *j, struct sheaf_error *err)
{
    if (j->rc != SHEAF_OK) {
        if (err != NULL)
            *err = j->err;
        return j->rc;
    }
    return j->hashes.len != 0
               ? take_block(v, j, err)
               : take_article(v, &j->article, j->offset, j->length, true, err);
}

static int
drain(struct verify *v, struct sheaf_error *err)
{
    int rc = SHEAF_OK;

    if (v->job_count == 0)
        return SHEAF_OK;
    open_group(v, v->jobs[0].offset);
    pool_run(v->pool, check_job, v, v->job_count + 1);
    for (size_t i = 0; rc == SHEAF_OK && i < v->job_count; i++)
        rc = take_job(v, &v->jobs[i], err);
    for (size_t i = 0; i < v->job_count; i++) {
        if (v->jobs[i].content.cap > ((size_t)1 << 20)) {
            sheaf_buf_free(&v->jobs[i].content);
            sheaf_buf_free(&v->jobs[i].frame);
        }
    }
    v->job_count = 0;
    v->job_bytes = 0;
    return rc;
}

/* Checks a frame that is too large to hold: the group's sum, the magic of
 * F2.5 between its header and its checksum, and the reserved bits of F4.10. */
static int
scan_frame(struct verify *v, uint64_t at, uint64_t length, size_t header,
           struct sheaf_error *err)
{
    struct sheaf_buf piece = { 0 };
    uint64_t to = at + length;
    uint64_t block = at + header;
    uint64_t summed = at;
    bool last = false;
    bool canonical = true;
    int rc = SHEAF_OK;

    for (uint64_t from = at; rc == SHEAF_OK && summed < to;) {
        size_t len = (size_t)min_u64(WINDOW, to - from);
        uint64_t end = from + len;
        uint64_t lo = max_u64(from, at + header);
        uint64_t hi = min_u64(end, to - 4);

        rc = reader_read(v->r, from, len, &piece, err);
        if (rc != SHEAF_OK)
            break;
        group_bytes(&v->group, piece.data + (summed - from),
                    (size_t)(end - summed));
        summed = end;
        if (lo < hi && codec_find_magic(piece.data + (lo - from),
                                        (size_t)(hi - lo)) < hi - lo)
            rc = fail_corrupt(err, at, "F2.5",
                              "the magic of a frame within an article");
        while (rc == SHEAF_OK && !last) {
            size_t n = codec_block(piece.data + (block - from),
                                   (size_t)(end - block), &last, &canonical);

            if (n == 0)
                break;
            block += n;
            if (!canonical)
                rc = fail_corrupt(err, at, "F4.10",
                                  "reserved bits are set in a block");
        }
        /* The next piece begins at a block, and early enough for a magic
         * that crosses the border. */
        from = last ? end - 3 : min_u64(block, end - 3);
    }
    sheaf_buf_free(&piece);
    return rc;
}

static int
large_article(struct verify *v, struct walk_frame *f, struct sheaf_error *err)
{
    struct sheaf_entry entry = { .leaf = v->ledger.top.size,
                                 .offset = f->offset };
    int rc = drain(v, err);

    if (rc == SHEAF_OK)
        rc = reader_load(v->r, v->scratch, &entry, err);
    f->length = v->scratch->loaded.length;
    if (rc == SHEAF_OK) {
        open_group(v, f->offset);
        rc = scan_frame(v, f->offset, f->length, f->header.header_size, err);
    }
    return rc == SHEAF_OK ? take_article(v, &v->scratch->article, f->offset,
                                         f->length, true, err)
                          : rc;
}

static void
job_init(struct job *j)
{
    j->frame = (struct sheaf_buf){ 0 };
    j->content = (struct sheaf_buf){ 0 };
    j->hashes = (struct sheaf_buf){ 0 };
    article_init(&j->article);
}

/* Allocates jobs when they are needed: each has 24 KiB, and most archives need
 * few. */
static struct job *
next_job(struct verify *v)
{
    struct job *j;

    if (v->job_count == v->job_room) {
        size_t room = v->job_room * 2 + 4;

        j = mem_resize(v->jobs, room, sizeof *j);
        if (j == NULL)
            return NULL;
        v->jobs = j;
        while (v->job_room < room)
            job_init(&v->jobs[v->job_room++]);
    }
    j = &v->jobs[v->job_count++];
    j->frame.len = 0;
    j->hashes.len = 0;
    return j;
}

static int
take_frame_of_articles(struct verify *v, struct walk_frame *f,
                       struct sheaf_error *err)
{
    struct job *j;
    int rc;

    if (v->stage != ARTICLES)
        return fail_corrupt(err, f->offset, "F12.3",
                            "an article among the tables");
    if (f->header.dict_id != v->dict_id)
        return fail_corrupt(err, f->offset, "F4.1",
                            "frame does not name the dictionary in force");
    if (v->group.count + v->job_count >= TILE_LEAVES)
        return fail_corrupt(err, f->offset, "F7.1", "a group without its end");
    if (f->header.content_size > v->r->limits.article_max)
        return fail_limit(err, f->offset, "F14.1",
                          "article of %llu bytes: over the limit",
                          (unsigned long long)f->header.content_size);
    if (f->header.content_size > SHEAF_WHOLE_MAX)
        return large_article(v, f, err);
    rc = walk_load(&v->walk, f, err);
    if (rc != SHEAF_OK)
        return rc;
    j = next_job(v);
    if (j == NULL || !buf_add(&j->frame, f->bytes.data, f->bytes.len))
        return fail_nomem(err);
    j->offset = f->offset;
    j->length = f->length;
    j->header = f->header;
    v->job_bytes += f->header.content_size;
    return v->job_count == TILE_LEAVES ||
                   v->job_bytes >= BATCH_CONTENT_MAX
               ? drain(v, err)
               : SHEAF_OK;
}

/* Whether the map has such a frame of articles under this ID. The base must
 * be a frame of the file, not bytes in an article that look like one. The
 * rows themselves are checked when the walk comes to them. */
static int
check_in_map(struct verify *v, struct sheaf_bytes id, uint64_t offset,
             uint64_t length, uint64_t at, struct sheaf_error *err)
{
    uint8_t key[TABLE_KEY_SIZE];
    struct map_row row;
    struct rows rows;
    int rc;

    table_key(id, key);
    rows = rows_of(v->r, TABLE_MAP, key);
    while ((rc = rows_next_map(v->r, v->scratch, &rows, &row, err)) ==
           SHEAF_OK) {
        if (row.offset == offset && row.length == length)
            return SHEAF_OK;
    }
    return rc == SHEAF_END
               ? fail_corrupt(err, at, "F4.12",
                              "not made against a frame of articles")
               : rc;
}

/* Takes a revision stored as a difference. Everything before it has been
 * taken. */
static int
take_delta(struct verify *v, const struct walk_frame *f,
           struct sheaf_error *err)
{
    struct sheaf_entry entry = { .leaf = v->ledger.top.size,
                                 .offset = f->offset,
                                 .length = f->length };
    struct sheaf_scratch *s = v->scratch;
    int rc;

    if (v->stage != ARTICLES)
        return fail_corrupt(err, f->offset, "F12.3",
                            "an article among the tables");
    rc = check_room(v, true, f->offset, err);
    if (rc == SHEAF_OK)
        rc = reader_load(v->r, s, &entry, err);
    if (rc == SHEAF_OK && reader_in_block(s))
        rc = fail_corrupt(err, f->offset, "F4.13", "more than one article");
    if (rc == SHEAF_OK)
        rc = delta_check_base(buf_view(&s->base), &s->article, &v->base,
                              f->offset, err);
    if (rc == SHEAF_OK)
        rc = check_in_map(v, s->article.id, s->loaded.base_offset,
                          s->loaded.base_length, f->offset, err);
    if (rc != SHEAF_OK)
        return rc;
    open_group(v, f->offset);
    group_bytes(&v->group, f->bytes.data, f->bytes.len);
    return take_article(v, &s->article, f->offset, f->length, true, err);
}

/* ---- Removed articles and redactions (F6) ------------------------------- */

static int
add_removed(struct verify *v, const struct leaf_stored *leaf, uint64_t offset,
            struct sheaf_error *err)
{
    struct removed *r;

    if (v->removed_count == v->removed_room) {
        size_t room = v->removed_room * 2 + 64;

        r = mem_resize(v->removed, room, sizeof *r);
        if (r == NULL)
            return fail_nomem(err);
        v->removed = r;
        v->removed_room = room;
    }
    r = &v->removed[v->removed_count++];
    r->leaf = v->ledger.top.size;
    r->offset = offset;
    r->rev = leaf->rev;
    r->named = false;
    memcpy(r->hash, leaf->hash, 32);
    memcpy(r->id_hash, leaf->id_hash, 32);
    return SHEAF_OK;
}

static int
take_removed(struct verify *v, const struct leaf_stored *leaf,
             const uint8_t *frame, uint64_t length, struct sheaf_error *err)
{
    int rc = check_room(v, true, v->walk.at, err);

    if (rc == SHEAF_OK)
        rc = check_revision(v, leaf->id_hash, leaf->rev, leaf->prev,
                            leaf->hash, v->walk.at, err);
    if (rc == SHEAF_OK)
        rc = add_removed(v, leaf, v->walk.at, err);
    if (rc != SHEAF_OK)
        return rc;
    open_group(v, v->walk.at);
    group_bytes(&v->group, frame, (size_t)length);
    sum_map_row(v, leaf->id_hash, v->walk.at, length);
    if (!group_add_removed(&v->group, length))
        return fail_nomem(err);
    ledger_leaf(&v->ledger, leaf->hash);
    v->ledger.top.articles++;
    return SHEAF_OK;
}

static struct removed *
find_removed(struct verify *v, uint64_t leaf)
{
    size_t lo = 0;
    size_t hi = v->removed_count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (v->removed[mid].leaf < leaf)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < v->removed_count && v->removed[lo].leaf == leaf
               ? &v->removed[lo]
               : NULL;
}

static int
take_redaction(struct verify *v, const struct leaf_stored *leaf,
               uint64_t length, struct sheaf_error *err)
{
    struct redaction red;
    struct removed *r;
    int rc = check_room(v, false, v->walk.at, err);

    if (rc == SHEAF_OK)
        rc = redaction_decode(leaf, v->walk.at, &red, err);
    if (rc != SHEAF_OK)
        return rc;
    r = find_removed(v, red.leaf);
    if (r == NULL || r->rev != red.rev ||
        memcmp(r->hash, red.target, 32) != 0 ||
        memcmp(r->id_hash, red.id_hash, 32) != 0)
        return fail_corrupt(err, v->walk.at, "F6.7",
                            "the redaction does not name a removed article");
    if (r->named)
        return fail_corrupt(err, v->walk.at, "F6.7",
                            "another redaction names this article");
    r->named = true;
    r->named_by = v->ledger.top.size;
    sum_map_row(v, leaf->id_hash, v->walk.at, length);
    ledger_leaf(&v->ledger, leaf->hash);
    v->ledger.top.redactions++;
    return SHEAF_OK;
}

/* F6.6, after the whole file has been read. */
static int
check_removed(const struct verify *v, struct sheaf_error *err)
{
    for (size_t i = 0; i < v->removed_count; i++) {
        if (!v->removed[i].named)
            return fail_clause(err, SHEAF_EMISSING, v->removed[i].offset,
                               "F6.6", "the article of leaf %llu is missing: "
                               "no redaction names it",
                               (unsigned long long)v->removed[i].leaf);
    }
    return SHEAF_OK;
}

static int
take_key_change(struct verify *v, const struct leaf_stored *leaf,
                struct sheaf_error *err)
{
    struct ledger *s = &v->ledger;
    uint32_t count = s->top.key_count;
    struct key_change *changes;
    int rc = check_room(v, false, v->walk.at, err);

    if (rc != SHEAF_OK)
        return rc;
    changes = mem_resize(v->changes, count + 1, sizeof *changes);
    if (changes == NULL)
        return fail_nomem(err);
    v->changes = changes;
    /* The origin is the same in all generations, but in the first it is not
     * known before its top. */
    rc = key_change_decode(leaf, buf_view(&v->r->top.origin), count + 1,
                           count != 0 ? s->key_hash : NULL,
                           count != 0 ? s->key_new : NULL, v->walk.at,
                           &changes[count], err);
    if (rc == SHEAF_OK)
        rc = ledger_take_key_change(s, v->walk.at, &changes[count],
                                    leaf_body(leaf), leaf->hash, err);
    return rc;
}

/* ---- Groups ------------------------------------------------------------- */

static int
check_columns(struct verify *v, struct sheaf_bytes columns,
              const struct codec_header *h, struct sheaf_error *err)
{
    struct sheaf_buf got = { 0 };
    uint64_t length;
    int rc;

    if (h->dict_id != v->dict_id)
        return fail_corrupt(err, v->walk.at, "F4.1",
                            "frame does not name the dictionary in force");
    if (codec_hides_magic(columns.data, columns.len))
        return fail_corrupt(err, v->walk.at, "F2.5",
                            "the magic of a frame within columns");
    rc = codec_frame_length(columns.data, columns.len, v->walk.at, &length,
                            err);
    if (rc == SHEAF_END || (rc == SHEAF_OK && length != columns.len) ||
        (rc == SHEAF_OK && !codec_is_canonical(columns.data, columns.len)))
        rc = fail_corrupt(err, v->walk.at, "F7.3", "columns are not one frame");
    if (rc != SHEAF_OK)
        return rc;
    v->text.len = 0;
    if (!group_text(&v->group, &v->text) ||
        !buf_reserve(&got, (size_t)h->content_size))
        rc = fail_nomem(err);
    if (rc == SHEAF_OK) {
        rc = codec_decompress(v->dctx[0], v->ddict, columns, v->walk.at,
                              got.data, (size_t)h->content_size, err);
        if (rc == SHEAF_ECORRUPT)
            rc = fail_corrupt(err, v->walk.at, "F7.3",
                              "columns don't decompress");
    }
    if (rc == SHEAF_OK && (v->text.len != h->content_size ||
                           memcmp(v->text.data, got.data, v->text.len) != 0))
        rc = fail_corrupt(err, v->walk.at, "F7.3",
                          "columns do not match the articles");
    sheaf_buf_free(&got);
    return rc;
}

static int
take_group(struct verify *v, struct sheaf_bytes body, uint64_t length,
           struct sheaf_error *err)
{
    struct group *want = &v->group;
    struct codec_header h;
    struct sheaf_bytes columns;
    struct dir_row dir;
    uint8_t row[TABLE_ROW_MAX];
    struct group g;
    int rc;

    if (v->stage != ARTICLES)
        return fail_corrupt(err, v->walk.at, "F12.3",
                            "a group among the tables");
    rc = group_decode(body, v->walk.at, &g, &columns, &h, err);
    if (rc != SHEAF_OK)
        return rc;
    if (want->count == 0 || g.start != want->start || g.first != want->first ||
        g.count != want->count)
        return fail_corrupt(err, v->walk.at, "F7.1",
                            "the group is not the one of its articles");
    if (g.dict != want->dict || g.last_end != want->last_end ||
        g.first_day != want->first_day || g.last_day != want->last_day ||
        g.raw != want->raw)
        return fail_corrupt(err, v->walk.at, "F7.2",
                            "the group does not match its articles");
    rc = check_columns(v, columns, &h, err);
    if (rc != SHEAF_OK)
        return rc;
    group_close(want);
    if (memcmp(g.frames, want->frames, sizeof g.frames) != 0)
        return fail_corrupt(err, v->walk.at, "F7.4",
                            "the sum of the group's frames does not match");
    dir = (struct dir_row){ g.first, v->walk.at, (uint32_t)length, g.first_day,
                            g.last_day };
    dir_row_encode(&dir, row);
    sum_row(v, &v->now.rows[TABLE_DIR], row, table_width(TABLE_DIR));
    want->count = 0;
    v->parity_due = v->par.len != 0;
    return SHEAF_OK;
}

/* ---- Dictionaries ------------------------------------------------------- */

static int
take_dict(struct verify *v, const struct walk_frame *f,
          struct sheaf_error *err)
{
    struct top_dict d = { .offset = f->offset };
    struct sheaf_bytes payload;
    int rc;

    if (v->stage != ARTICLES || v->group.count != 0 || v->par.len != 0)
        return fail_corrupt(err, f->offset, "F12.3",
                            "a dictionary out of place");
    if (f->length - DICT_HEAD_SIZE > CODEC_DICT_MAX)
        return fail_corrupt(err, f->offset, "F5.1",
                            "dictionary of more than 16 MiB");
    payload.data = f->bytes.data + DICT_HEAD_SIZE;
    payload.len = f->bytes.len - DICT_HEAD_SIZE;
    codec_ddict_free(v->ddict);
    v->ddict = NULL;
    rc = dictframe_decode(payload, f->offset, &v->raw_dict, &d.id, err);
    if (rc != SHEAF_OK)
        return rc;
    if (codec_hides_magic(payload.data, payload.len))
        return fail_corrupt(err, f->offset, "F2.5",
                            "the magic of a frame within a dictionary");
    if (!codec_is_canonical(payload.data, payload.len))
        return fail_corrupt(err, f->offset, "F5.2",
                            "the dictionary's frame is malformed");
    d.packed = (uint32_t)payload.len;
    d.raw = (uint32_t)v->raw_dict.len;
    if (top_has_dict(&v->ledger.top, d.id))
        return fail_corrupt(err, f->offset, "F5.2",
                            "a dictionary's ID comes twice");
    if (!dictframe_id_ok(d.id))
        return fail_corrupt(err, f->offset, "F5.2", "dictionary ID %u", d.id);
    rc = codec_ddict_new(&v->ddict, buf_view(&v->raw_dict), err);
    if (rc != SHEAF_OK && err != NULL)
        err->offset = f->offset;
    if (rc == SHEAF_OK)
        rc = ledger_add_dict(&v->ledger, &d, err);
    if (rc == SHEAF_OK && !parity_encode(d.offset, payload,
                                         buf_view(&v->raw_dict), d.id,
                                         &v->par))
        rc = fail_nomem(err);
    v->dict_id = d.id;
    return rc;
}

static int
take_parity(struct verify *v, const uint8_t *frame, uint64_t length,
            struct sheaf_error *err)
{
    struct top *t = &v->ledger.top;

    if (!v->parity_due)
        return fail_corrupt(err, v->walk.at, "F12.3", "parity out of place");
    if (length != v->par.len || memcmp(frame, v->par.data, length) != 0)
        return fail_corrupt(err, v->walk.at, "F5.3",
                            "the parity is not that of the dictionary");
    t->dicts[t->dict_count - 1].par = v->walk.at;
    v->par.len = 0;
    v->parity_due = false;
    return SHEAF_OK;
}

/* ---- Tables ------------------------------------------------------------- */

/* The number of rows that a block of this length has; 0 if there is none. */
static size_t
rows_in_block(enum table_kind kind, uint64_t length)
{
    uint64_t page = table_block_bytes(kind, 1) - table_block_bytes(kind, 0) -
                    table_width(kind);

    for (uint64_t pages = 1; pages <= TABLE_BLOCK_ROWS / TABLE_PAGE_ROWS;
         pages++) {
        uint64_t fixed = table_block_bytes(kind, 0) + pages * page;
        uint64_t rows;

        if (length <= fixed)
            return 0;
        rows = (length - fixed) / table_width(kind);
        if (table_pages(rows) == pages &&
            table_block_bytes(kind, rows) == length)
            return (size_t)rows;
    }
    return 0;
}

static int
feed_rows(struct verify *v, enum table_kind kind, const uint8_t *body,
          size_t rows, struct sheaf_error *err)
{
    struct table_builder *b = &v->tables[kind];
    size_t width = table_width(kind);
    size_t unique = kind == TABLE_DIR ? width : TABLE_ENTRY_SIZE;
    int rc = SHEAF_OK;

    v->out.len = 0;
    for (size_t i = 0; rc == SHEAF_OK && i < rows; i++) {
        const uint8_t *row = body + i * width + i / TABLE_PAGE_ROWS * 8;

        if (b->rows != 0 && memcmp(b->last, row, unique) >= 0)
            return fail_corrupt(err, v->walk.at, "F8.1", "rows out of order");
        sum_row(v, &v->table_rows[kind], row, width);
        rc = table_add(b, row, &v->out, err);
    }
    return rc == SHEAF_OK ? table_finish(b, &v->out, err) : rc;
}

static int
take_table(struct verify *v, enum table_kind kind, const uint8_t *frame,
           uint64_t length, struct sheaf_error *err)
{
    static const char *const clauses[] = { "F8.3", "F8.4", "F8.5" };
    size_t rows = rows_in_block(kind, length);
    int rc;

    if (v->stage > TABLES || v->group.count != 0 || v->par.len != 0 ||
        v->table_ended[kind])
        return fail_corrupt(err, v->walk.at, "F12.3", "a table out of place");
    for (unsigned later = kind + 1; later < TABLE_KINDS; later++) {
        if (v->tables[later].rows != 0)
            return fail_corrupt(err, v->walk.at, "F12.3",
                                "tables out of order");
    }
    v->stage = TABLES;
    if (rows == 0)
        return fail_corrupt(err, v->walk.at, "F8.2",
                            "block has an impossible length");
    if (v->tables[kind].rows == 0)
        v->table_at[kind] = v->walk.at;
    v->table_ended[kind] = rows < TABLE_BLOCK_ROWS;
    if (v->tables[kind].rows + rows > v->ledger.top.size)
        return fail_corrupt(err, v->walk.at, clauses[kind],
                            "more rows than leaves");
    rc = feed_rows(v, kind, frame + FRAME_HEAD_SIZE, rows, err);
    if (rc == SHEAF_OK && !same_as_expected(v, frame, length))
        rc = fail_corrupt(err, v->walk.at, "F8.2",
                          "a page's sum or root does not match");
    return rc;
}

/* The sums at the end of the generation that ends with leaf `size`. */
static const struct mark *
mark_at(const struct verify *v, uint64_t size)
{
    static const struct mark nothing;
    size_t lo = 0;
    size_t hi = v->mark_count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (v->marks[mid].size < size)
            lo = mid + 1;
        else
            hi = mid;
    }
    return size == 0 ? &nothing : &v->marks[lo];
}

/* The tables must be those of the run that is due (F8.3 to F8.5). */
static int
take_run(struct verify *v, struct sheaf_error *err)
{
    static const char *const clauses[] = { "F8.3", "F8.4", "F8.5" };
    struct top *t = &v->ledger.top;
    unsigned merged;
    struct top_run *run = ledger_run(&v->ledger, &merged);
    const struct mark *from = mark_at(v, run->first);
    struct top_run new_run = { .first = run->first, .end = run->end };

    for (unsigned kind = 0; kind < TABLE_KINDS; kind++) {
        const struct row_sum *got = &v->table_rows[kind];
        struct row_sum want = v->now.rows[kind];

        want.count -= from->rows[kind].count;
        want.lo -= from->rows[kind].lo;
        want.hi -= from->rows[kind].hi;
        if (got->count != want.count || got->lo != want.lo ||
            got->hi != want.hi) {
            top_run_free(&new_run);
            return fail_corrupt(err, v->walk.at, clauses[kind],
                                "rows of the %s table are not those of the "
                                "run's articles", frame_name(table_type(kind)));
        }
        new_run.tables[kind].rows = got->count;
        new_run.tables[kind].offset = got->count != 0 ? v->table_at[kind] : 0;
        new_run.tables[kind].entries = v->tables[kind].entries.data;
        memset(&v->tables[kind].entries, 0, sizeof v->tables[kind].entries);
        table_builder_free(&v->tables[kind]);
        v->tables[kind] = (struct table_builder){ .kind = kind };
        v->table_rows[kind] = (struct row_sum){ 0 };
        v->table_ended[kind] = false;
    }
    table_map_root(new_run.tables[TABLE_MAP].entries,
                   new_run.tables[TABLE_MAP].rows, new_run.root);
    for (unsigned i = 0;
         i <= merged && run + i < t->runs + COUNT_OF(t->runs); i++)
        top_run_free(&run[i]);
    *run = new_run;
    return SHEAF_OK;
}

/* ---- Seal and tiles ----------------------------------------------------- */

/* Whether the runs are the expected ones, apart from their map roots. */
static bool
only_roots_differ(const struct seal *got, const struct seal *want)
{
    bool differ = false;

    if (got->run_count != want->run_count)
        return false;
    for (unsigned i = 0; i < want->run_count; i++) {
        const struct seal_run *a = &got->runs[i], *b = &want->runs[i];

        if (a->first != b->first || a->end != b->end || a->rows != b->rows)
            return false;
        differ |= memcmp(a->root, b->root, 32) != 0;
    }
    return differ;
}

static int
take_seal(struct verify *v, const struct leaf_stored *leaf,
          const uint8_t *frame, uint64_t length, struct sheaf_error *err)
{
    struct seal seal;
    int rc = check_room(v, false, v->walk.at, err);

    if (rc == SHEAF_OK)
        rc = take_run(v, err);
    if (rc != SHEAF_OK)
        return rc;
    v->out.len = 0;
    rc = ledger_seal(&v->ledger, v->walk.at, leaf->time, &v->out, err);
    if (rc == SHEAF_OK && !same_as_expected(v, frame, length)) {
        struct seal want = { 0 };

        top_seal_runs(&v->ledger.top, &want);
        rc = seal_decode(leaf->part, v->walk.at, &seal, err);
        if (rc == SHEAF_OK && only_roots_differ(&seal, &want))
            rc = fail_corrupt(err, v->walk.at, "F8.6",
                              "the seal states another map");
        if (rc == SHEAF_OK)
            rc = fail_corrupt(err, v->walk.at, "F6.5",
                              "the seal does not match the archive");
    }
    v->stage = SEALED;
    return rc;
}

/* F12.3: whether a leaf of this type may come here. */
static bool
leaf_in_place(const struct verify *v, unsigned type)
{
    if (type == LEAF_ARTICLE)
        return v->stage == ARTICLES;
    return v->stage <= (type == LEAF_SEAL ? TABLES : STATEMENTS) &&
           v->group.count == 0 && v->par.len == 0;
}

static int
take_leaf(struct verify *v, struct sheaf_bytes body, const uint8_t *frame,
          uint64_t length, struct sheaf_error *err)
{
    unsigned type = leaf_type_of(body);
    struct leaf_stored leaf;
    int rc;

    if (type != 0 && !leaf_in_place(v, type))
        return fail_corrupt(err, v->walk.at, "F12.3", "a leaf out of place");
    rc = leaf_decode_stored(body, v->walk.at, &leaf, err);
    if (rc != SHEAF_OK)
        return rc;
    if (leaf.type == LEAF_ARTICLE)
        return take_removed(v, &leaf, frame, length, err);
    if (leaf.type == LEAF_SEAL)
        return take_seal(v, &leaf, frame, length, err);
    v->stage = STATEMENTS;
    return leaf.type == LEAF_REDACTION
               ? take_redaction(v, &leaf, length, err)
               : take_key_change(v, &leaf, err);
}

static int
take_tiles(struct verify *v, bool slab, const uint8_t *frame,
           uint64_t length, struct sheaf_error *err)
{
    const size_t head = FRAME_HEAD_SIZE + 8;
    int rc;

    if (slab != ledger_slab_full(&v->ledger) || v->group.count != 0 ||
        v->stage == TABLES || v->stage == CLOSED ||
        (!slab && v->stage != SEALED) || v->parity_due)
        return fail_corrupt(err, v->walk.at, slab ? "F10.1" : "F12.3",
                            "leaf hashes out of place");
    v->out.len = 0;
    rc = slab ? ledger_slab(&v->ledger, v->walk.at, &v->out, err)
              : ledger_tiles(&v->ledger, v->walk.at, &v->out, err);
    if (rc == SHEAF_OK && !same_as_expected(v, frame, length)) {
        bool placed = length == v->out.len &&
                      memcmp(frame, v->out.data, head) == 0;

        rc = fail_corrupt(err, v->walk.at, placed ? "F10.2" : "F10.1",
                          placed ? "leaf hashes do not match the leaves"
                                 : "tiles of other leaves");
    }
    if (!slab)
        v->stage = CLOSED;
    return rc;
}

/* ---- Top and end -------------------------------------------------------- */

static int
check_note(struct verify *v, const struct top *t, struct sheaf_error *err)
{
    uint8_t root[32];
    struct note note;
    int rc;

    if (t->note.len == 0)
        return SHEAF_OK;
    rc = note_parse(buf_view(&t->note), &note, err);
    if (rc != SHEAF_OK) {
        if (err != NULL)
            err->offset = v->walk.at;
        return rc;
    }
    if (strlen(note.checkpoint.origin) != t->origin.len ||
        memcmp(note.checkpoint.origin, t->origin.data, t->origin.len) != 0 ||
        note.checkpoint.size > t->size)
        return fail_corrupt(err, v->walk.at, "F9.9",
                            "the checkpoint is of another archive");
    if (note.checkpoint.size == t->size) {
        memcpy(root, t->root, 32);
    } else {
        rc = reader_root_at(v->r, v->scratch, note.checkpoint.size, root, err);
        if (rc != SHEAF_OK)
            return rc;
    }
    if (memcmp(root, note.checkpoint.root, 32) != 0)
        return fail_corrupt(err, v->walk.at, "F9.9",
                            "the checkpoint is of another tree");
    return SHEAF_OK;
}

static bool
replace(struct sheaf_buf *to, const struct sheaf_buf *from)
{
    to->len = 0;
    return buf_add(to, from->data, from->len);
}

/* Takes from the top what cannot be computed; the rest is compared. */
static int
adopt_top(struct verify *v, const struct top *t, struct sheaf_error *err)
{
    struct top *mine = &v->ledger.top;

    if (memcmp(t->root, mine->root, 32) != 0)
        return fail_corrupt(err, v->walk.at, "F6.4",
                            "the leaves give another root than the top states");
    for (uint32_t i = 0; i < t->run_count && i < mine->run_count; i++) {
        if (memcmp(t->runs[i].root, mine->runs[i].root, 32) != 0)
            return fail_corrupt(err, v->walk.at, "F8.6",
                                "the top states another map root");
    }
    mine->zstd = t->zstd;
    mine->level = t->level;
    if (!replace(&mine->note, &t->note) ||
        (mine->generation == 1 && !replace(&mine->origin, &t->origin)))
        return fail_nomem(err);
    return check_note(v, t, err);
}

static int
add_mark(struct verify *v, struct sheaf_error *err)
{
    struct mark *marks;

    v->now.size = v->ledger.top.size;
    if (v->mark_count != 0 && v->marks[v->mark_count - 1].size == v->now.size)
        return SHEAF_OK;
    marks = mem_resize(v->marks, v->mark_count + 1, sizeof *marks);
    if (marks == NULL)
        return fail_nomem(err);
    v->marks = marks;
    marks[v->mark_count++] = v->now;
    return SHEAF_OK;
}

/* The first unexpected byte is at `differs`, after the first END: either
 * the frame there is malformed (F2), or it is not the copy that it should
 * be. */
static int
copy_differs(const struct verify *v, const uint8_t *got, uint64_t length,
             size_t differs, const struct sheaf_buf *want,
             struct sheaf_error *err)
{
    size_t at = 0;
    size_t next = 0;
    struct sheaf_bytes body;
    struct frame f;
    int rc;

    while (next <= differs && next < want->len) {
        at = next;
        next += (size_t)get_le32(want->data + at + 4) + 8;
    }
    if (differs == length && (at == length || next == length))
        return fail_corrupt(err, v->walk.at + length, "F12.5",
                            "the file ends within its last generation");
    rc = frame_peek(got + at, (size_t)length - at, v->walk.at + at,
                    v->walk.end, &f, err);
    if (rc == SHEAF_OK && f.type != FRAME_ZSTD && f.type != FRAME_DICT &&
        f.length <= length - at)
        rc = frame_body((struct sheaf_bytes){ got + at, (size_t)f.length },
                        v->walk.at + at, f.type, &body, err);
    return rc != SHEAF_OK
               ? rc
               : fail_corrupt(err, v->walk.at + at, "F12.3",
                              "the second top or end differs from the first");
}

/* END [PAD] TOP END must be these bytes. Finds the clause that other bytes
 * break. */
static int
end_differs(struct verify *v, const uint8_t *got, uint64_t length,
            const struct sheaf_buf *want, struct sheaf_error *err)
{
    struct end e, w;
    size_t at = 0;
    int rc = SHEAF_OK;

    while (at < length && got[at] == want->data[at])
        at++;
    if (at < END_SIZE && length >= END_SIZE) {
        if (memcmp(got, want->data, FRAME_HEAD_SIZE) != 0)
            return fail_corrupt(err, v->walk.at, "F12.3",
                                "no end record after the top");
        rc = end_decode(got, v->walk.at, &e, err);
        if (rc == SHEAF_OK)
            rc = end_decode(want->data, v->walk.at, &w, err);
        if (rc == SHEAF_OK &&
            (e.prev != w.prev || memcmp(e.prev_hash, w.prev_hash, 32) != 0 ||
             e.start != w.start))
            return fail_corrupt(err, v->walk.at, "F12.4",
                                "not the end of the generation before");
        if (rc == SHEAF_OK)
            rc = fail_corrupt(err, v->walk.at, "F12.2",
                              "the end record does not match the archive");
        return rc;
    }
    return copy_differs(v, got, length, at, want, err);
}

/* Takes what follows the TOP, up to the end of the generation. */
static int
take_end(struct verify *v, const struct sheaf_buf *want,
         struct sheaf_error *err)
{
    uint64_t length = min_u64(want->len, v->walk.end - v->walk.at);
    const uint8_t *p;
    int rc = walk_bytes(&v->walk, v->walk.at, length, &p, err);

    if (rc != SHEAF_OK)
        return rc;
    if (length != want->len || memcmp(p, want->data, want->len) != 0)
        return end_differs(v, p, length, want, err);
    v->walk.at += length;
    rc = add_mark(v, err);
    v->stage = ARTICLES;
    if (v->walk.at < v->walk.end)
        ledger_begin(&v->ledger, v->walk.at);
    return rc;
}

static int
take_top(struct verify *v, const struct walk_frame *f,
         struct sheaf_error *err)
{
    struct ledger *s = &v->ledger;
    struct sheaf_buf end = { 0 };
    struct top t = { 0 };
    bool bare = v->stage == ARTICLES && s->top.size == s->gen_first &&
                s->top.size != 0;
    int rc;

    if ((v->stage != SEALED && v->stage != CLOSED && !bare) ||
        v->group.count != 0)
        return fail_corrupt(err, f->offset, "F12.3", "a top out of place");
    if (ledger_slab_full(s) || (v->stage == SEALED && s->slab_fill != 0))
        return fail_corrupt(err, f->offset, "F10.1", "leaf hashes are missing");
    rc = top_decode(f->body, f->offset, &t, err);
    if (rc != SHEAF_OK)
        return rc;
    ledger_close(s);
    rc = adopt_top(v, &t, err);
    top_free(&t);
    v->out.len = 0;
    if (rc == SHEAF_OK)
        rc = ledger_end(s, f->offset, &v->out, &end, err);
    if (rc == SHEAF_OK && !same_as_expected(v, f->bytes.data, f->length))
        rc = fail_corrupt(err, f->offset, "F11.3",
                          "the top does not match the archive");
    walk_pass(&v->walk, f);
    if (rc == SHEAF_OK)
        rc = take_end(v, &end, err);
    sheaf_buf_free(&end);
    return rc;
}

/* ---- The walk ----------------------------------------------------------- */

/* Takes a sheaf frame whose sum matches, in v->walk's window. */
static int
take_sheaf_frame(struct verify *v, const struct walk_frame *f,
                 struct sheaf_error *err)
{
    const uint8_t *p = f->bytes.data;

    if (v->parity_due && f->type != FRAME_PAR)
        return fail_corrupt(err, f->offset, "F5.3",
                            "a dictionary without parity");
    switch (f->type) {
    case FRAME_REV:
        return take_delta(v, f, err);
    case FRAME_GRP:
        return take_group(v, f->body, f->length, err);
    case FRAME_PAR:
        return take_parity(v, p, f->length, err);
    case FRAME_MAP:
        return take_table(v, TABLE_MAP, p, f->length, err);
    case FRAME_URL:
        return take_table(v, TABLE_URL, p, f->length, err);
    case FRAME_DIR:
        return take_table(v, TABLE_DIR, p, f->length, err);
    case FRAME_LEF:
        return take_leaf(v, f->body, p, f->length, err);
    case FRAME_SLB:
    case FRAME_TIL:
        return take_tiles(v, f->type == FRAME_SLB, p, f->length, err);
    case FRAME_TOP:
        return take_top(v, f, err);
    default:
        return fail_corrupt(err, f->offset, "F12.3",
                            "a frame %s out of place", frame_name(f->type));
    }
}

static int
take_frame(struct verify *v, struct sheaf_error *err)
{
    struct walk_frame f = { .type = FRAME_NONE };
    int rc = walk_peek(&v->walk, &f, err);

    if (rc == SHEAF_OK && f.type == FRAME_ZSTD) {
        rc = v->parity_due ? fail_corrupt(err, f.offset, "F5.3",
                                          "a dictionary without parity")
                           : take_frame_of_articles(v, &f, err);
        if (rc == SHEAF_OK)
            walk_pass(&v->walk, &f);
        return rc;
    }
    /* An error in an earlier article is reported before one in what follows
     * it. */
    if (v->job_count != 0) {
        struct sheaf_error first;
        int before = drain(v, &first);

        if (before != SHEAF_OK) {
            if (err != NULL)
                *err = first;
            return before;
        }
    }
    if (rc == SHEAF_OK)
        rc = walk_load(&v->walk, &f, err);
    if (rc == SHEAF_OK)
        rc = f.type == FRAME_DICT ? take_dict(v, &f, err)
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
        rc = frame_check_head(p, (size_t)len, v->walk.end, err);
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
    ledger_begin(&v->ledger, v->walk.at);
    while (rc == SHEAF_OK && v->walk.at < v->walk.end) {
        rc = take_frame(v, err);
        if (rc == SHEAF_OK && v->options.progress != NULL &&
            v->walk.at - shown >= WINDOW / 4) {
            shown = v->walk.at;
            if (v->options.progress(v->options.arg, v->walk.at,
                                     v->walk.end) != 0)
                rc = fail(err, SHEAF_ESTOPPED, "stopped");
        }
    }
    if (rc == SHEAF_OK && (v->stage != ARTICLES || v->group.count != 0 ||
                           v->job_count != 0 ||
                           v->now.size != v->ledger.top.size))
        rc = fail_corrupt(err, v->walk.at, "F12.5",
                          "the file ends within a generation");
    if (rc == SHEAF_OK)
        rc = check_removed(v, err);
    return rc;
}

static int
prepare(struct verify *v, struct sheaf_error *err)
{
    unsigned threads;
    int rc = ledger_init(&v->ledger, err);

    if (rc == SHEAF_OK)
        rc = pool_new(&v->pool, v->options.threads, err);
    if (rc != SHEAF_OK)
        return rc;
    threads = pool_threads(v->pool);
    v->dctx = mem_new(threads, sizeof(struct codec_dctx *));
    if (v->dctx == NULL)
        return fail_nomem(err);
    for (unsigned i = 0; rc == SHEAF_OK && i < threads; i++)
        rc = codec_dctx_new(&v->dctx[i], err);
    if (rc == SHEAF_OK)
        rc = sheaf_scratch_new(&v->scratch, err);
    if (rc == SHEAF_OK)
        rc = idset_new(&v->ids, IDSET_MEMORY, v->options.tmpdir, err);
    for (unsigned i = 0; i < TABLE_KINDS; i++)
        v->tables[i].kind = i;
    return rc;
}

static void
verify_free(struct verify *v)
{
    for (unsigned i = 0; v->dctx != NULL && i < pool_threads(v->pool); i++)
        codec_dctx_free(v->dctx[i]);
    mem_free(v->dctx);
    pool_free(v->pool);
    for (size_t i = 0; i < v->job_room; i++) {
        sheaf_buf_free(&v->jobs[i].frame);
        sheaf_buf_free(&v->jobs[i].content);
        sheaf_buf_free(&v->jobs[i].hashes);
        article_free(&v->jobs[i].article);
    }
    mem_free(v->jobs);
    for (unsigned i = 0; i < TABLE_KINDS; i++)
        table_builder_free(&v->tables[i]);
    sheaf_scratch_free(v->scratch);
    article_free(&v->base);
    idset_free(v->ids);
    ledger_free(&v->ledger);
    group_free(&v->group);
    codec_ddict_free(v->ddict);
    sheaf_buf_free(&v->raw_dict);
    sheaf_buf_free(&v->par);
    walk_free(&v->walk);
    sheaf_buf_free(&v->out);
    sheaf_buf_free(&v->text);
    mem_free(v->marks);
    mem_free(v->removed);
    mem_free(v->changes);
    mem_free(v);
}

/* F6.6, with a key: an unsigned redaction excuses nothing. Anybody could
 * have removed an article and added one. */
static int
check_redactors(const struct verify *v, uint64_t signed_size,
                struct sheaf_error *err)
{
    for (size_t i = 0; i < v->removed_count; i++) {
        const struct removed *r = &v->removed[i];

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
        return fail_verify(err, NO_OFFSET, "F9.8", "the archive is not signed");
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
        if (out != NULL)
            *out = report;
    }
    verify_free(v);
    return rc;
}
