/*
 * verify_articles.c - articles: their frames, revisions and differences (F4).
 */
#include "check/verify.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/idset.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/pool.h"
#include "format/delta.h"
#include "format/ledger.h"

#define WINDOW ((size_t)4 << 20)
#define BATCH_CONTENT_MAX ((uint64_t)64 << 20)
/* Jobs in a batch, for each thread. Fewer would make threads wait, and more
 * take memory that is not in the caches. */
#define BATCH_JOBS 64

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
    j->rc = codec_unpack(v->batch.dctx[worker], v->dict.digest, &j->header,
                         buf_view(&j->frame), j->offset, &j->content, &j->err);
    if (j->rc == SHEAF_OK)
        j->rc = reader_check_size(v->r, j->offset, j->content.len, &j->err);
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
        check_article(v, &v->batch.jobs[index - 1], worker);
        return;
    }
    for (size_t i = 0; i < v->batch.count; i++)
        group_bytes(&v->group, v->batch.jobs[i].frame.data,
                    v->batch.jobs[i].frame.len);
}

/* F6.3: the revision must follow the one that came before it. */
int
verify_revision(struct verify *v, const uint8_t id_hash[32], uint32_t rev,
                const uint8_t prev[32], const uint8_t hash[32],
                uint64_t offset, struct sheaf_error *err)
{
    struct sheaf_bytes id = { id_hash, 32 };
    struct idset_entry e = { .rev = rev };
    struct idset_entry old;
    int rc;

    memcpy(e.leaf_hash, hash, 32);
    rc = idset_swap(v->ids, id, &e, &old, err);
    if (rc != SHEAF_OK && rc != SHEAF_ENOTFOUND)
        return rc;
    if (rc == SHEAF_ENOTFOUND ? rev != 1
                              : rev != (uint64_t)old.rev + 1 ||
                                    memcmp(old.leaf_hash, prev, 32) != 0)
        return fail_corrupt(err, offset, "F6.3", "not the next revision");
    v->revisions += rev != 1;
    return SHEAF_OK;
}

/* Adds the MAP row of the next leaf. */
void
verify_sum_map_row(struct verify *v, bool redaction,
                   const uint8_t id_hash[32], uint64_t offset, uint64_t length)
{
    struct map_row row = { .leaf = v->ledger.top.size,
                           .redaction = redaction,
                           .offset = offset };
    uint8_t bytes[TABLE_ROW_MAX];

    row.length = (uint32_t)min_u64(length, TABLE_LENGTH_MAX);
    memcpy(row.key, id_hash, TABLE_KEY_SIZE);
    map_row_encode(&row, bytes);
    verify_sum_row(v, &v->sums.now.rows[TABLE_MAP], bytes,
                   table_width(TABLE_MAP));
}

static int
sum_url_row(struct verify *v, const struct article *a, struct sheaf_error *err)
{
    uint8_t key[TABLE_KEY_SIZE];
    uint8_t bytes[TABLE_ROW_MAX];

    if (a->meta.url.len == 0)
        return SHEAF_OK;
    v->text.len = 0;
    if (!json_string(a->meta.url, &v->text))
        return fail_nomem(err);
    if (!bytes_equal(buf_view(&v->text), a->id)) {
        table_url_key(buf_view(&v->text), key);
        url_row_encode(key, v->ledger.top.size, bytes);
        verify_sum_row(v, &v->sums.now.rows[TABLE_URL], bytes,
                       table_width(TABLE_URL));
    }
    return SHEAF_OK;
}

/* Whether there is room for one more leaf, and in a group for one more
 * article. */
int
verify_room(const struct verify *v, bool in_group, uint64_t offset,
            struct sheaf_error *err)
{
    if (ledger_slab_full(&v->ledger))
        return fail_corrupt(err, offset, "F10.1", "leaf hashes are missing");
    if (in_group && v->group.count >= TILE_LEAVES)
        return fail_corrupt(err, offset, "F7.1", "a group without its end");
    return SHEAF_OK;
}

/* Begins a group with the frame at `offset`, unless one is open. */
void
verify_open_group(struct verify *v, uint64_t offset)
{
    if (v->group.count != 0)
        return;
    group_begin(&v->group, offset, v->ledger.top.size);
    v->group.dict = v->dict.id;
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
    int rc = verify_room(v, true, offset, err);

    if (rc == SHEAF_OK)
        rc = verify_revision(v, leaf_id_hash(record), (uint32_t)a->meta.rev,
                             leaf_prev(record), a->leaf_hash, offset, err);
    if (rc != SHEAF_OK)
        return rc;
    verify_sum_map_row(v, false, leaf_id_hash(record), offset, length);
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

int
verify_drain(struct verify *v, struct sheaf_error *err)
{
    int rc = SHEAF_OK;

    if (v->batch.count == 0)
        return SHEAF_OK;
    verify_open_group(v, v->batch.jobs[0].offset);
    pool_run(v->batch.pool, check_job, v, v->batch.count + 1);
    for (size_t i = 0; rc == SHEAF_OK && i < v->batch.count; i++)
        rc = take_job(v, &v->batch.jobs[i], err);
    for (size_t i = 0; i < v->batch.count; i++) {
        if (v->batch.jobs[i].content.cap > ((size_t)1 << 20)) {
            sheaf_buf_free(&v->batch.jobs[i].content);
            sheaf_buf_free(&v->batch.jobs[i].frame);
        }
    }
    v->batch.count = 0;
    v->batch.bytes = 0;
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
    int rc = verify_drain(v, err);

    if (rc == SHEAF_OK)
        rc = reader_load(v->r, v->scratch, &entry, err);
    f->length = v->scratch->loaded.length;
    if (rc == SHEAF_OK) {
        verify_open_group(v, f->offset);
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

    if (v->batch.count == v->batch.room) {
        size_t room = (size_t)min_u64(v->batch.room * 2 + 4, TILE_LEAVES);

        j = mem_resize(v->batch.jobs, room, sizeof *j);
        if (j == NULL)
            return NULL;
        v->batch.jobs = j;
        while (v->batch.room < room)
            job_init(&v->batch.jobs[v->batch.room++]);
    }
    j = &v->batch.jobs[v->batch.count++];
    j->frame.len = 0;
    j->hashes.len = 0;
    return j;
}

static size_t
batch_most(const struct verify *v)
{
    return (size_t)min_u64((uint64_t)BATCH_JOBS * pool_threads(v->batch.pool),
                           TILE_LEAVES);
}

int
verify_take_articles(struct verify *v, struct walk_frame *f,
                     struct sheaf_error *err)
{
    struct job *j;
    int rc;

    if (v->stage != ARTICLES)
        return fail_corrupt(err, f->offset, "F12.3",
                            "an article among the tables");
    if (f->header.dict_id != v->dict.id)
        return fail_corrupt(err, f->offset, "F4.1",
                            "frame does not name the dictionary in force");
    if (v->group.count + v->batch.count >= TILE_LEAVES)
        return fail_corrupt(err, f->offset, "F7.1", "a group without its end");
    rc = reader_check_size(v->r, f->offset, f->header.content_size, err);
    if (rc != SHEAF_OK)
        return rc;
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
    v->batch.bytes += codec_undone_max(v->dict.digest, f->header.content_size);
    return v->batch.count == batch_most(v) ||
                   v->batch.bytes >= BATCH_CONTENT_MAX
               ? verify_drain(v, err)
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
int
verify_take_delta(struct verify *v, const struct walk_frame *f,
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
    rc = verify_room(v, true, f->offset, err);
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
    verify_open_group(v, f->offset);
    group_bytes(&v->group, f->bytes.data, f->bytes.len);
    return take_article(v, &s->article, f->offset, f->length, true, err);
}
