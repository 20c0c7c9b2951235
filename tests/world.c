/*
 * world.c - a small archive's leaves, without the archive.
 */
#include "world.h"

#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/mem.h"
#include "log/merkle.h"
#include "format/meta.h"
#include "leaves.h"

#define TIME INT64_C(1715000000000)

/* Only bugs and empty machines stop this. */
static void
must(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "world: %s\n", what);
        abort();
    }
}

static struct sheaf_bytes
text_of(const char *s)
{
    struct sheaf_bytes b = { (const uint8_t *)s, strlen(s) };

    return b;
}

static void
make_key(struct sheaf_secret_key *key, uint8_t number)
{
    uint8_t seed[32];
    uint8_t public_key[32];

    memset(seed, number, sizeof seed);
    memset(key->id, number, sizeof key->id);
    must(crypto_sign_seed_keypair(public_key, key->key, seed) == 0, "key");
}

/* ---- Leaves -------------------------------------------------------------- */

static void
put_record(struct world *w, unsigned leaf, const struct leaf_maker *m)
{
    must(buf_add(&w->records[leaf], m->record, m->len), "memory");
    leaf_hash(m, w->hashes[leaf]);
}

static void
make_article(struct world *w, unsigned leaf, const char *id, const char *body,
             int prev, bool salted)
{
    static struct leaf_maker m;
    char fields[256];
    char parts[128];
    char salt[96] = "";
    struct sheaf_buf *line = &w->lines[leaf];
    struct meta meta;
    uint8_t hash[HASH_BYTES];
    uint8_t salt_bytes[HASH_BYTES];

    w->ids[leaf] = id;
    w->bodies[leaf] = body;
    memset(salt_bytes, 0x5a, sizeof salt_bytes);
    if (salted) {
        strcpy(salt, ",\"salt\":\"");
        for (int i = 0; i < 32; i++)
            strcat(salt, "5a");
        strcat(salt, "\"");
    }
    snprintf(fields, sizeof fields,
             "{\"id\":\"%s\",\"published\":\"2024-05-0%u\"%s}", id, leaf + 1,
             salt);
    snprintf(parts, sizeof parts,
             "[{\"role\":\"body\",\"size\":%zu,\"type\":\"text/plain\"}]",
             strlen(body));
    must(meta_compose(text_of(fields), prev < 0 ? 1 : 2,
                      prev < 0 ? NULL : w->hashes[prev], text_of(parts), line,
                      NULL) == SHEAF_OK,
         "metadata");
    must(meta_parse(buf_view(line), &meta, NULL) == SHEAF_OK, "line");
    must(leaf_begin_article(&m, buf_view(line), &meta, text_of(id), NULL) ==
             SHEAF_OK,
         "leaf");
    if (salted)
        hash_blake2b_keyed(salt_bytes, body, strlen(body), hash);
    else
        hash_blake2b(body, strlen(body), hash);
    leaf_part(&m, ROLE_BODY, salted ? COMMIT_SALTED : COMMIT_PLAIN,
              strlen(body), hash);
    put_record(w, leaf, &m);
}

static void
make_statement(struct world *w, unsigned leaf, enum leaf_type type,
               uint32_t rev, const uint8_t *prev, const uint8_t *id_hash,
               struct sheaf_bytes part)
{
    static struct leaf_maker m;
    uint8_t hash[HASH_BYTES];

    leaf_begin(&m, type, rev, TIME, prev, id_hash);
    hash_blake2b(part.data, part.len, hash);
    leaf_part(&m, ROLE_STATEMENT, COMMIT_PLAIN, part.len, hash);
    put_record(w, leaf, &m);
}

static void
make_redaction(struct world *w, unsigned leaf, unsigned target)
{
    uint8_t part[24 + 6] = "sheaf/redact/v1";
    uint8_t id_hash[HASH_BYTES];

    part[23] = (uint8_t)target;
    memcpy(part + 24, "a test", 6);
    hash_blake2b(w->ids[target], strlen(w->ids[target]), id_hash);
    make_statement(w, leaf, LEAF_REDACTION, 1, w->hashes[target], id_hash,
                   (struct sheaf_bytes){ part, sizeof part });
}

static void
make_key_change(struct world *w, unsigned leaf)
{
    struct key_change change;

    must(key_change_make(&w->old_key, &w->new_key, text_of(WORLD_ORIGIN),
                         &change, NULL) == SHEAF_OK &&
             key_change_part(&change, &w->key_change),
         "key change");
    make_statement(w, leaf, LEAF_KEY_CHANGE, 1, NULL, NULL,
                   buf_view(&w->key_change));
}

/* ---- The map ------------------------------------------------------------- */

static int
compare_rows(const void *a, const void *b)
{
    return memcmp(a, b, TABLE_ENTRY_SIZE);
}

static void
row_hashes(const struct world *w, uint8_t out[WORLD_ROWS][HASH_BYTES])
{
    uint8_t entry[16 + TABLE_ENTRY_SIZE] = "sheaf/map/v1";

    for (unsigned i = 0; i < WORLD_ROWS; i++) {
        memcpy(entry + 16, w->rows[i], TABLE_ENTRY_SIZE);
        hash_leaf(entry, sizeof entry, out[i]);
    }
}

static void
make_seal(struct world *w, unsigned leaf)
{
    struct seal seal = { .generation = 1, .run_count = 1 };
    uint8_t hashes[WORLD_ROWS][HASH_BYTES];
    unsigned count = 0;

    for (unsigned i = 0; i < leaf; i++) {
        const uint8_t *record = w->records[i].data;

        if (record[16] != LEAF_ARTICLE && record[16] != LEAF_REDACTION)
            continue;
        memcpy(w->rows[count], record + 64, TABLE_KEY_SIZE);
        put_be(w->rows[count++] + TABLE_KEY_SIZE,
               i << 1 | (record[16] == LEAF_REDACTION), 5);
    }
    must(count == WORLD_ROWS, "rows");
    qsort(w->rows, WORLD_ROWS, TABLE_ENTRY_SIZE, compare_rows);
    row_hashes(w, hashes);
    hash_sha256("", 0, seal.prev_root);
    seal.runs[0].end = leaf + 1;
    seal.runs[0].rows = WORLD_ROWS;
    merkle_root(hashes[0], WORLD_ROWS, seal.runs[0].root);
    must(seal_encode(&seal, &w->seal), "memory");
    make_statement(w, leaf, LEAF_SEAL, 1, NULL, NULL, buf_view(&w->seal));
}

/* ---- All of it ----------------------------------------------------------- */

void
world_sign(const struct world *w, uint64_t size,
           const struct sheaf_secret_key *key, struct sheaf_buf *out)
{
    struct checkpoint c = { .origin = WORLD_ORIGIN, .size = size };

    merkle_root(w->hashes[0], size, c.root);
    must(note_sign(&c, key->key, out, NULL) == SHEAF_OK, "note");
}

void
world_make(struct world *w)
{
    must(hash_start(NULL) == SHEAF_OK, "libsodium");
    memset(w, 0, sizeof *w);
    make_key(&w->old_key, 1);
    make_key(&w->new_key, 2);
    make_key(&w->other, 3);
    make_article(w, 0, "one", "The first article.\n", -1, false);
    make_article(w, 1, "two", "The second, wrong.\n", -1, false);
    make_article(w, 2, "two", "The second, corrected.\n", 1, false);
    make_article(w, 3, "salted", "Hard to guess.\n", -1, true);
    make_article(w, 4, "gone", "Not here any more.\n", -1, false);
    make_article(w, 5, "three", "The third article.\n", -1, false);
    make_redaction(w, 6, 4);
    make_key_change(w, 7);
    make_seal(w, 8);
    world_sign(w, WORLD_LEAVES, &w->new_key, &w->note);
    world_sign(w, WORLD_OLD_SIZE, &w->old_key, &w->old_note);
}

void
world_free(struct world *w)
{
    for (unsigned i = 0; i < WORLD_LEAVES; i++)
        sheaf_buf_free(&w->records[i]);
    for (unsigned i = 0; i < WORLD_ARTICLES; i++)
        sheaf_buf_free(&w->lines[i]);
    sheaf_buf_free(&w->key_change);
    sheaf_buf_free(&w->seal);
    sheaf_buf_free(&w->note);
    sheaf_buf_free(&w->old_note);
}

/* ---- Proofs -------------------------------------------------------------- */

void
world_one(const struct world *w, uint64_t leaf, struct sheaf_buf *out)
{
    struct merkle_leaves leaves = { w->hashes[0], WORLD_LEAVES };
    uint8_t path[MERKLE_PATH_MAX][HASH_BYTES];
    size_t count;

    must(merkle_inclusion_path(leaf, WORLD_LEAVES, merkle_leaves_subtree,
                               &leaves, path, &count) == SHEAF_OK,
         "path");
    must(proof_write_one(buf_view(&w->records[leaf]),
                         buf_view(&w->key_change), leaf,
                         (struct sheaf_bytes){ path[0], count * HASH_BYTES },
                         buf_view(&w->note), out, NULL) == SHEAF_OK,
         "proof");
}

/* A path into p->bytes, for which there is room. */
static struct sheaf_bytes
put_path(struct proof *p, const uint64_t *numbers, size_t count,
         const uint8_t *hashes, uint64_t size)
{
    struct merkle_leaves source = { hashes, size };
    size_t len = merkle_set_length(numbers, count, size) * HASH_BYTES;
    struct sheaf_bytes path = { p->bytes.data + p->bytes.len, len };

    must(p->bytes.cap - p->bytes.len >= len, "room");
    must(merkle_set_path(numbers, count, size, merkle_leaves_subtree, &source,
                         p->bytes.data + p->bytes.len) == SHEAF_OK,
         "path");
    p->bytes.len += len;
    return path;
}

void
world_many(const struct world *w, const uint64_t *leaves, size_t count,
           bool seal, const struct world_rows *rows, size_t rows_count,
           struct proof *out)
{
    struct proof p = { .kind = PROOF_MANY };
    uint8_t hashes[WORLD_ROWS][HASH_BYTES];

    must(buf_reserve(&p.bytes, 8192), "memory");
    p.numbers = mem_new(WORLD_LEAVES, sizeof *p.numbers);
    p.records = mem_new(WORLD_LEAVES, sizeof *p.records);
    p.rows = mem_new(WORLD_ROWS, sizeof *p.rows);
    must(p.numbers != NULL && p.records != NULL && p.rows != NULL, "memory");
    for (size_t i = 0; i < count; i++) {
        p.numbers[i] = leaves[i];
        p.records[i] = buf_view(&w->records[leaves[i]]);
    }
    p.leaf_count = count;
    p.keys = buf_view(&w->key_change);
    if (seal)
        p.seal = buf_view(&w->seal);
    p.path = put_path(&p, p.numbers, count, w->hashes[0], WORLD_LEAVES);
    row_hashes(w, hashes);
    for (size_t i = 0; i < rows_count; i++) {
        struct proof_rows *r = &p.rows[p.rows_count++];
        uint64_t numbers[WORLD_ROWS];

        for (size_t k = 0; k < rows[i].count; k++)
            numbers[k] = rows[i].first + k;
        r->first = rows[i].first;
        r->rows.data = w->rows[rows[i].first];
        r->rows.len = rows[i].count * TABLE_ENTRY_SIZE;
        r->path = put_path(&p, numbers, rows[i].count, hashes[0], WORLD_ROWS);
    }
    p.note_text = buf_view(&w->note);
    *out = p;
}

void
world_standing(const struct world *w, const char *id, struct proof *out)
{
    uint64_t leaves[WORLD_LEAVES];
    struct world_rows rows = { 0, 0 };
    uint8_t hash[HASH_BYTES];
    size_t count = 0;
    size_t first = 0;
    size_t end;

    hash_blake2b(id, strlen(id), hash);
    while (first < WORLD_ROWS &&
           memcmp(w->rows[first], hash, TABLE_KEY_SIZE) < 0)
        first++;
    for (end = first; end < WORLD_ROWS &&
                      memcmp(w->rows[end], hash, TABLE_KEY_SIZE) == 0; end++)
        leaves[count++] = w->rows[end][TABLE_ENTRY_SIZE - 1] >> 1;
    leaves[count++] = WORLD_LEAVES - 1;
    rows.first = first != 0 ? first - 1 : 0;
    rows.count =
        (size_t)((end < WORLD_ROWS ? end + 1 : end) - rows.first);
    world_many(w, leaves, count, true, &rows, 1, out);
}

void
world_history(const struct world *w, uint64_t old_size, struct sheaf_buf *out)
{
    struct merkle_leaves leaves = { w->hashes[0], WORLD_LEAVES };
    uint8_t path[MERKLE_PATH_MAX][HASH_BYTES];
    size_t count = 0;

    must(old_size == 0 ||
             merkle_consistency_path(old_size, WORLD_LEAVES,
                                     merkle_leaves_subtree, &leaves, path,
                                     &count) == SHEAF_OK,
         "path");
    must(proof_write_consistency(old_size,
                                 (struct sheaf_bytes){ path[0],
                                                       count * HASH_BYTES },
                                 buf_view(&w->note), out, NULL) == SHEAF_OK,
         "proof");
}
