/*
 * prove.c - proofs from an archive (proofs.md, F15).
 *
 * Every proof is checked before it is returned. If its own reader would refuse
 * it, the archive is not what its checkpoint says.
 */
#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "format/frame.h"
#include "base/hash.h"
#include "base/mem.h"
#include "log/merkle.h"
#include "log/note.h"
#include "proof/proof.h"
#include "read/reader.h"

/* ---- Hashes of the tree -------------------------------------------------- */

struct prover {
    const struct sheaf_reader *r;
    struct sheaf_scratch *s;
    struct sheaf_error *err;
    struct note note;
    struct sheaf_buf hashes; /* of a page's rows, or roots of pages */
};

static int
no_memory(struct prover *p)
{
    return fail_nomem(p->err);
}

static void
prover_end(struct prover *p)
{
    sheaf_buf_free(&p->hashes);
}

/* Parses the archive's checkpoint, which must be of a tree that the archive
 * has. */
static int
prover_start(struct prover *p, const struct sheaf_reader *r,
             struct sheaf_scratch *s, struct sheaf_error *err)
{
    const struct top *t = &r->top;
    int rc;

    memset(p, 0, sizeof *p);
    p->r = r;
    p->s = s;
    p->err = err;
    reader_claim(r, s);
    if (t->note.len == 0)
        return fail_verify(err, NO_OFFSET, "F9.8",
                           "the archive is not signed, so nothing can be "
                           "proven");
    rc = note_parse(buf_view(&t->note), &p->note, err);
    if (rc == SHEAF_OK && p->note.checkpoint.size > t->size)
        rc = fail_verify(err, NO_OFFSET, "F9.9",
                         "the checkpoint is of another size");
    return rc;
}

/* A merkle_subtree over the archive's leaves. */
static int
tree_hash(void *arg, uint64_t start, uint64_t count, uint8_t out[HASH_BYTES])
{
    struct prover *p = arg;
    const struct top *t = &p->r->top;
    struct merkle_range range;
    uint64_t tile = start / TILE_LEAVES;
    int rc;

    if (count < TILE_LEAVES) {
        rc = reader_tile(p->r, p->s, tile, p->err);
        if (rc == SHEAF_OK)
            merkle_root(p->s->tile.data + start % TILE_LEAVES * 32, count,
                        out);
        return rc;
    }
    merkle_range_init(&range);
    if (count >= SLAB_LEAVES) {
        for (uint64_t i = 0; i < count / SLAB_LEAVES; i++)
            merkle_range_add_subtree(&range, 0,
                                     t->slabs[start / SLAB_LEAVES + i].root);
    } else if (start / SLAB_LEAVES == t->slab_count) {
        for (uint64_t i = 0; i < count / TILE_LEAVES; i++)
            merkle_range_add_subtree(&range, 0,
                                     t->tiles[tile % SLAB_TILES + i].root);
    } else {
        rc = reader_slab_roots(p->r, p->s, start / SLAB_LEAVES, p->err);
        if (rc == SHEAF_OK)
            merkle_root(p->s->roots.data + tile % SLAB_TILES * 32,
                        count / TILE_LEAVES, out);
        return rc;
    }
    merkle_range_root(&range, out);
    return SHEAF_OK;
}

/* ---- Hashes of a map ----------------------------------------------------- */

struct map_hashes {
    struct prover *p;
    unsigned run;
};

static int
row_hashes(struct map_hashes *m, uint64_t start, uint64_t count,
           uint8_t out[HASH_BYTES])
{
    static const uint8_t domain[16] = "sheaf/map/v1";
    uint8_t entry[sizeof domain + TABLE_ENTRY_SIZE];
    struct prover *p = m->p;
    struct merkle_range range;

    merkle_range_init(&range);
    memcpy(entry, domain, sizeof domain);
    for (uint64_t i = 0; i < count; i++) {
        const uint8_t *row;
        uint8_t hash[HASH_BYTES];
        int rc = reader_row(p->r, p->s, m->run, TABLE_MAP, start + i, &row,
                            p->err);

        if (rc != SHEAF_OK)
            return rc;
        memcpy(entry + sizeof domain, row, TABLE_ENTRY_SIZE);
        hash_leaf(entry, sizeof entry, hash);
        merkle_range_add(&range, hash);
    }
    merkle_range_root(&range, out);
    return SHEAF_OK;
}

/* A merkle_subtree over the rows of a run: within a page from its rows,
 * within a block from the page roots after the pages, and above from the
 * top. */
static int
map_hash(void *arg, uint64_t start, uint64_t count, uint8_t out[HASH_BYTES])
{
    struct map_hashes *m = arg;
    const struct top_table *t =
        &reader_runs(m->p->r)->runs[m->run].tables[TABLE_MAP];
    struct prover *p = m->p;
    uint64_t block = start / TABLE_BLOCK_ROWS;
    uint64_t pages = table_block_pages(t->rows, block);
    struct merkle_range range;
    int rc;

    if (count < TABLE_PAGE_ROWS)
        return row_hashes(m, start, count, out);
    if (count < TABLE_BLOCK_ROWS) {
        rc = reader_read(p->r, table_page_roots_at(t, block),
                         (size_t)pages * 32, &p->hashes, p->err);
        if (rc == SHEAF_OK)
            merkle_root(p->hashes.data + start % TABLE_BLOCK_ROWS /
                                             TABLE_PAGE_ROWS * 32,
                        count / TABLE_PAGE_ROWS, out);
        return rc;
    }
    merkle_range_init(&range);
    for (uint64_t i = 0; i < count / TABLE_BLOCK_ROWS; i++)
        merkle_range_add_subtree(&range, 0,
                                 t->blocks[block + i].root);
    merkle_range_root(&range, out);
    return SHEAF_OK;
}

/* ---- Records ------------------------------------------------------------- */

/* The records for a proof, in any order and possibly more than once. `at`
 * and `len` are in `bytes`. */
struct record {
    uint64_t leaf;
    size_t at;
    size_t len;
};

struct records {
    struct sheaf_buf bytes;
    struct record *list;
    size_t count;
    size_t cap;
};

static void
records_free(struct records *rs)
{
    sheaf_buf_free(&rs->bytes);
    mem_free(rs->list);
}

static bool
records_add(struct records *rs, uint64_t leaf, struct sheaf_bytes record)
{
    if (rs->count == rs->cap) {
        size_t cap = rs->cap != 0 ? 2 * rs->cap : 16;
        struct record *list = mem_resize(rs->list, cap, sizeof *list);

        if (list == NULL)
            return false;
        rs->list = list;
        rs->cap = cap;
    }
    rs->list[rs->count] = (struct record){ leaf, rs->bytes.len, record.len };
    if (!buf_add(&rs->bytes, record.data, record.len))
        return false;
    rs->count++;
    return true;
}

/* Puts a record in its place, once. Most come in order. */
static void
records_sort(struct records *rs)
{
    size_t kept = 0;

    for (size_t gap = rs->count / 2; gap > 0; gap /= 2) {
        for (size_t i = gap; i < rs->count; i++) {
            struct record r = rs->list[i];
            size_t k = i;

            for (; k >= gap && rs->list[k - gap].leaf > r.leaf; k -= gap)
                rs->list[k] = rs->list[k - gap];
            rs->list[k] = r;
        }
    }
    for (size_t i = 0; i < rs->count; i++) {
        if (kept == 0 || rs->list[kept - 1].leaf != rs->list[i].leaf)
            rs->list[kept++] = rs->list[i];
    }
    rs->count = kept;
}

/* Checks that this is the leaf of the tree, and that it is signed. */
static int
check_leaf(struct prover *p, uint64_t leaf, const uint8_t hash[32],
           uint64_t offset)
{
    uint8_t tree[32];
    int rc;

    if (leaf >= p->note.checkpoint.size)
        return fail_verify(p->err, offset, "F9.9",
                           "leaf %llu is past the signature, which is of "
                           "%llu", (unsigned long long)leaf,
                           (unsigned long long)p->note.checkpoint.size);
    rc = reader_tree_hash(p->r, p->s, leaf, tree, p->err);
    if (rc == SHEAF_OK && memcmp(tree, hash, 32) != 0)
        rc = fail_corrupt(p->err, offset, "F10.2",
                          "not the leaf that the tree has");
    return rc;
}

static int
add_article(struct prover *p, const struct sheaf_entry *entry,
            struct records *rs)
{
    const struct article *a = &p->s->article;
    struct sheaf_bytes record;
    int rc = reader_load(p->r, p->s, entry, p->err);

    if (rc == SHEAF_OK)
        rc = check_leaf(p, entry->leaf, a->leaf_hash, entry->offset);
    if (rc != SHEAF_OK)
        return rc;
    record.data = a->leaf.record;
    record.len = a->leaf.len;
    return records_add(rs, entry->leaf, record) ? SHEAF_OK : no_memory(p);
}

/* An article that is to be proven by itself must stand. It may have been put
 * back after a redaction, which a proof of one article would not show. */
static int
add_standing(struct prover *p, const struct sheaf_entry *entry,
             struct records *rs)
{
    const struct article *a = &p->s->article;
    uint8_t id_hash[HASH_BYTES], hash[HASH_BYTES];
    int rc = add_article(p, entry, rs);

    if (rc != SHEAF_OK)
        return rc;
    memcpy(id_hash, leaf_id_hash(a->leaf.record), sizeof id_hash);
    memcpy(hash, a->leaf_hash, sizeof hash);
    return reader_standing(p->r, p->s, entry, id_hash, hash, p->err);
}

/* Loads what a row of the map names: an article, which may have been
 * removed, or a redaction. */
static int
add_row(struct prover *p, const struct map_row *row, struct records *rs)
{
    struct sheaf_entry entry = { .leaf = row->leaf, .offset = row->offset,
                                 .length = row->length };
    struct leaf_stored leaf;
    int rc = reader_load(p->r, p->s, &entry, p->err);

    /* A row does not say which of several articles in a frame it names. */
    if (rc == SHEAF_OK && reader_in_block(p->s)) {
        rc = sheaf_locate(p->r, p->s, row->leaf, &entry, p->err);
        if (rc == SHEAF_END || rc == SHEAF_ENOTFOUND)
            rc = fail_corrupt(p->err, row->offset, "F8.3",
                              "a row names no article");
    }
    if (rc == SHEAF_OK)
        return add_article(p, &entry, rs);
    if (rc != SHEAF_EREDACTED)
        return rc;
    rc = reader_stored(p->r, p->s, row->offset, &leaf, p->err);
    if (rc == SHEAF_OK)
        rc = check_leaf(p, row->leaf, leaf.hash, row->offset);
    if (rc == SHEAF_OK && !records_add(rs, row->leaf, leaf.record))
        rc = no_memory(p);
    return rc;
}

/* Collects the parts of all key changes under the checkpoint. */
static int
add_keys(struct prover *p, struct sheaf_buf *keys)
{
    const struct top *t = &p->r->top;

    for (uint32_t i = 0; i < t->key_count; i++) {
        struct leaf_stored leaf;
        int rc;

        if (t->keys[i].leaf >= p->note.checkpoint.size)
            break;
        rc = reader_key_leaf(p->r, p->s, i, &leaf, p->err);
        if (rc != SHEAF_OK)
            return rc;
        if (leaf.part.len != key_change_length(leaf.part))
            return fail_corrupt(p->err, t->keys[i].offset, "F6.8",
                                "not a key change");
        if (!buf_add(keys, leaf.part.data, leaf.part.len))
            return no_memory(p);
    }
    return SHEAF_OK;
}

/* ---- One article --------------------------------------------------------- */

/* Checks the finished proof. If it fails, something is wrong with the
 * archive. */
static int
check_written(struct sheaf_buf *text, struct sheaf_buf *out,
              struct sheaf_error *err)
{
    struct sheaf_error why = { 0 };
    struct sheaf_proof *proof = NULL;
    int rc = sheaf_check_proof(buf_view(text), NULL, &proof, &why);

    sheaf_proof_free(proof);
    if (rc == SHEAF_EVERIFY || rc == SHEAF_ECORRUPT)
        return fail_verify(err, NO_OFFSET, "F9.9",
                           "the archive is not what its checkpoint says: %s",
                           why.message);
    if (rc != SHEAF_OK) {
        if (err != NULL)
            *err = why;
        return rc;
    }
    sheaf_buf_free(out);
    *out = *text;
    memset(text, 0, sizeof *text);
    return SHEAF_OK;
}

int
sheaf_prove(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
            const struct sheaf_entry *entry, struct sheaf_buf *out,
            struct sheaf_error *err)
{
    uint8_t path[MERKLE_PATH_MAX][HASH_BYTES];
    struct sheaf_bytes path_bytes = { path[0], 0 };
    struct records rs = { .count = 0 };
    struct sheaf_buf keys = { 0 };
    struct sheaf_buf text = { 0 };
    struct prover p;
    size_t steps;
    int rc = prover_start(&p, reader, scratch, err);

    if (rc == SHEAF_OK)
        rc = add_standing(&p, entry, &rs);
    if (rc == SHEAF_OK)
        rc = add_keys(&p, &keys);
    if (rc == SHEAF_OK)
        rc = merkle_inclusion_path(entry->leaf, p.note.checkpoint.size,
                                   tree_hash, &p, path, &steps);
    if (rc == SHEAF_OK) {
        path_bytes.len = steps * HASH_BYTES;
        rc = proof_write_one(buf_view(&rs.bytes), buf_view(&keys),
                             entry->leaf, path_bytes,
                             buf_view(&reader->top.note), &text, err);
    }
    if (rc == SHEAF_OK)
        rc = check_written(&text, out, err);
    sheaf_buf_free(&text);
    sheaf_buf_free(&keys);
    records_free(&rs);
    prover_end(&p);
    return rc;
}

/* ---- Several, and all under an ID ---------------------------------------- */

/* Rows of a run from `first` on and before `end`. */
struct stretch {
    uint64_t first;
    uint64_t end;
};

/* Finds the rows of an ID in a run, with the row on either side, and loads
 * what they name. */
static int
find_rows(struct prover *p, unsigned run,
          const uint8_t key[TABLE_KEY_SIZE], struct stretch *out,
          struct records *rs)
{
    uint64_t rows = reader_runs(p->r)->runs[run].tables[TABLE_MAP].rows;
    uint64_t row;
    int rc = reader_seek(p->r, p->s, run, TABLE_MAP, key, &row, p->err);

    if (rc != SHEAF_OK)
        return rc;
    out->first = row != 0 ? row - 1 : 0;
    for (; row < rows; row++) {
        const uint8_t *bytes;
        struct map_row found;

        rc = reader_row(p->r, p->s, run, TABLE_MAP, row, &bytes, p->err);
        if (rc != SHEAF_OK)
            return rc;
        if (memcmp(bytes, key, TABLE_KEY_SIZE) != 0) {
            row++;
            break;
        }
        map_row_decode(bytes, &found);
        rc = add_row(p, &found, rs);
        if (rc != SHEAF_OK)
            return rc;
    }
    out->end = row;
    return SHEAF_OK;
}

/* Sorts ranges of rows, and merges those that touch. */
static size_t
merge_stretches(struct stretch *s, size_t count)
{
    size_t kept = 0;

    for (size_t i = 1; i < count; i++) {
        struct stretch x = s[i];
        size_t k = i;

        for (; k > 0 && s[k - 1].first > x.first; k--)
            s[k] = s[k - 1];
        s[k] = x;
    }
    for (size_t i = 0; i < count; i++) {
        if (kept != 0 && s[kept - 1].end >= s[i].first)
            s[kept - 1].end = max_u64(s[kept - 1].end, s[i].end);
        else
            s[kept++] = s[i];
    }
    return kept;
}

/* Owns what the views of a proof are of, except the records. */
struct pieces {
    struct sheaf_buf keys;
    struct sheaf_buf seal;
    struct sheaf_buf path;
    struct sheaf_buf *rows; /* two for each of rows_count: rows and path */
    size_t rows_count;
};

static void
pieces_free(struct pieces *b)
{
    for (size_t i = 0; i < 2 * b->rows_count; i++)
        sheaf_buf_free(&b->rows[i]);
    mem_free(b->rows);
    sheaf_buf_free(&b->keys);
    sheaf_buf_free(&b->seal);
    sheaf_buf_free(&b->path);
}

/* Collects a range of rows and its path, for a `rows` line. */
static int
put_rows(struct prover *p, unsigned run, const struct stretch *s,
         struct pieces *b, struct proof *proof)
{
    uint64_t size = reader_runs(p->r)->runs[run].tables[TABLE_MAP].rows;
    struct map_hashes m = { p, run };
    struct proof_rows *out = &proof->rows[proof->rows_count];
    struct sheaf_buf *rows = &b->rows[2 * b->rows_count];
    struct sheaf_buf *path = rows + 1;
    size_t count = (size_t)(s->end - s->first);
    uint64_t *numbers = mem_new(count, sizeof *numbers);
    size_t steps;
    int rc = SHEAF_OK;

    b->rows_count++;
    if (numbers == NULL)
        return no_memory(p);
    for (size_t i = 0; rc == SHEAF_OK && i < count; i++) {
        const uint8_t *row;

        numbers[i] = s->first + i;
        rc = reader_row(p->r, p->s, run, TABLE_MAP, numbers[i], &row, p->err);
        if (rc == SHEAF_OK && !buf_add(rows, row, TABLE_ENTRY_SIZE))
            rc = no_memory(p);
    }
    if (rc == SHEAF_OK) {
        steps = merkle_set_length(numbers, count, size);
        if (!buf_reserve(path, steps * HASH_BYTES + 1))
            rc = no_memory(p);
        else
            rc = merkle_set_path(numbers, count, size, map_hash, &m,
                                 path->data);
    }
    mem_free(numbers);
    if (rc != SHEAF_OK)
        return rc;
    path->len = steps * HASH_BYTES;
    out->run = run;
    out->first = s->first;
    out->rows = buf_view(rows);
    out->path = buf_view(path);
    proof->rows_count++;
    return SHEAF_OK;
}

/* Loads the seal, which must be the checkpoint's last leaf. */
static int
put_seal(struct prover *p, struct records *rs, struct pieces *b)
{
    const struct top *t = reader_runs(p->r);
    struct leaf_stored leaf;
    int rc;

    if (p->note.checkpoint.size != t->size)
        return fail_verify(p->err, NO_OFFSET, "F9.9",
                           "%llu of %llu leaves are past the signature, so "
                           "the map is not signed",
                           (unsigned long long)(t->size -
                                                p->note.checkpoint.size),
                           (unsigned long long)t->size);
    rc = reader_stored(p->r, p->s, t->seal, &leaf, p->err);
    if (rc == SHEAF_OK)
        rc = check_leaf(p, t->size - 1, leaf.hash, t->seal);
    if (rc == SHEAF_OK &&
        (!records_add(rs, t->size - 1, leaf.record) ||
         !buf_add(&b->seal, leaf.part.data, leaf.part.len)))
        rc = no_memory(p);
    return rc;
}

/* Collects everything that the map has of these IDs. */
static int
put_map(struct prover *p, const struct sheaf_bytes *ids, size_t id_count,
        struct records *rs, struct pieces *b, struct proof *proof)
{
    const struct top *t = reader_runs(p->r);
    struct stretch *s = mem_new(id_count, sizeof *s);
    int rc = s != NULL ? put_seal(p, rs, b) : no_memory(p);

    proof->rows = mem_new(id_count * t->run_count, sizeof *proof->rows);
    b->rows = mem_new(2 * id_count * t->run_count, sizeof *b->rows);
    if (rc == SHEAF_OK && (proof->rows == NULL || b->rows == NULL))
        rc = no_memory(p);
    for (unsigned run = 0; rc == SHEAF_OK && run < t->run_count; run++) {
        const struct top_table *table = &t->runs[run].tables[TABLE_MAP];
        size_t count;

        if (table->rows == 0)
            continue;
        for (size_t i = 0; rc == SHEAF_OK && i < id_count; i++) {
            uint8_t key[TABLE_KEY_SIZE];

            table_key(ids[i], key);
            rc = find_rows(p, run, key, &s[i], rs);
        }
        if (rc != SHEAF_OK)
            break;
        count = merge_stretches(s, id_count);
        for (size_t i = 0; rc == SHEAF_OK && i < count; i++)
            rc = put_rows(p, run, &s[i], b, proof);
    }
    mem_free(s);
    return rc;
}

/* Puts records in order, adds their path, and writes everything as text. */
static int
put_together(struct prover *p, struct records *rs, struct pieces *b,
             struct proof *proof, struct sheaf_buf *text)
{
    size_t steps;
    int rc;

    records_sort(rs);
    proof->leaf_count = rs->count;
    proof->numbers = mem_new(rs->count, sizeof *proof->numbers);
    proof->records = mem_new(rs->count, sizeof *proof->records);
    if (proof->numbers == NULL || proof->records == NULL)
        return no_memory(p);
    for (size_t i = 0; i < rs->count; i++) {
        proof->numbers[i] = rs->list[i].leaf;
        proof->records[i].data = rs->bytes.data + rs->list[i].at;
        proof->records[i].len = rs->list[i].len;
    }
    steps = merkle_set_length(proof->numbers, rs->count,
                              p->note.checkpoint.size);
    if (!buf_reserve(&b->path, steps * HASH_BYTES + 1))
        return no_memory(p);
    rc = merkle_set_path(proof->numbers, rs->count, p->note.checkpoint.size,
                         tree_hash, p, b->path.data);
    if (rc != SHEAF_OK)
        return rc;
    b->path.len = steps * HASH_BYTES;
    proof->path = buf_view(&b->path);
    proof->keys = buf_view(&b->keys);
    proof->seal = buf_view(&b->seal);
    proof->note_text = buf_view(&p->r->top.note);
    return proof_write_many(proof, text, p->err);
}

int
sheaf_prove_many(const struct sheaf_reader *reader,
                 struct sheaf_scratch *scratch,
                 const struct sheaf_entry *entries, size_t entry_count,
                 const struct sheaf_bytes *ids, size_t id_count,
                 struct sheaf_buf *out, struct sheaf_error *err)
{
    struct proof proof = { .kind = PROOF_MANY };
    struct records rs = { .count = 0 };
    struct pieces b = { .rows_count = 0 };
    struct sheaf_buf text = { 0 };
    struct prover p;
    int rc = prover_start(&p, reader, scratch, err);

    if (rc == SHEAF_OK && entry_count == 0 && id_count == 0)
        rc = fail(err, SHEAF_EINVAL, "nothing is to be proven");
    for (size_t i = 0; rc == SHEAF_OK && i < entry_count; i++)
        rc = add_standing(&p, &entries[i], &rs);
    if (rc == SHEAF_OK && id_count != 0)
        rc = put_map(&p, ids, id_count, &rs, &b, &proof);
    if (rc == SHEAF_OK)
        rc = add_keys(&p, &b.keys);
    if (rc == SHEAF_OK)
        rc = put_together(&p, &rs, &b, &proof, &text);
    if (rc == SHEAF_OK)
        rc = check_written(&text, out, err);
    sheaf_buf_free(&text);
    proof_free(&proof);
    pieces_free(&b);
    records_free(&rs);
    prover_end(&p);
    return rc;
}

/* ---- Consistency --------------------------------------------------------- */

int
sheaf_prove_consistency(const struct sheaf_reader *reader,
                        struct sheaf_scratch *scratch,
                        const struct sheaf_checkpoint *old,
                        struct sheaf_buf *out, struct sheaf_error *err)
{
    uint8_t path[MERKLE_PATH_MAX][HASH_BYTES];
    struct sheaf_bytes path_bytes = { path[0], 0 };
    struct proof proof = { .kind = PROOF_ONE };
    struct sheaf_buf text = { 0 };
    struct prover p;
    size_t steps = 0;
    int rc = prover_start(&p, reader, scratch, err);

    if (rc == SHEAF_OK && !bytes_equal(old->origin,
                                       buf_view(&reader->top.origin)))
        rc = fail_verify(err, NO_OFFSET, "F15.8",
                         "the older checkpoint is of another origin");
    if (rc == SHEAF_OK && old->size > p.note.checkpoint.size)
        rc = fail_verify(err, NO_OFFSET, "F15.8",
                         "the older checkpoint is of %llu leaves, the "
                         "archive's of %llu", (unsigned long long)old->size,
                         (unsigned long long)p.note.checkpoint.size);
    if (rc == SHEAF_OK && old->size != 0)
        rc = merkle_consistency_path(old->size, p.note.checkpoint.size,
                                     tree_hash, &p, path, &steps);
    path_bytes.len = steps * HASH_BYTES;
    if (rc == SHEAF_OK)
        rc = proof_write_consistency(old->size, path_bytes,
                                     buf_view(&reader->top.note), &text, err);
    if (rc == SHEAF_OK)
        rc = proof_parse(buf_view(&text), &proof, err);
    if (rc == SHEAF_OK)
        rc = proof_check_consistency(&proof, old->size, old->root, err);
    if (rc == SHEAF_OK) {
        sheaf_buf_free(out);
        *out = text;
        memset(&text, 0, sizeof text);
    }
    proof_free(&proof);
    sheaf_buf_free(&text);
    prover_end(&p);
    return rc;
}
