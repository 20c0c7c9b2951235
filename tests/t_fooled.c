/*
 * Attacks that got through once: an unsigned field is changed, all sums are
 * made right, and a reader or writer with a key is asked. It must tell the
 * truth or fail. The oracle (t_oracle.c) finds others of the kind.
 */
#include "archive.h"
#include "base/cursor.h"
#include "format/frame.h"
#include "log/merkle.h"
#include "read/reader.h"
#include "reseal.h"

static struct sheaf_secret_key secret;
static struct sheaf_public_key pub;

static struct sheaf_reader *
open_signed(const void *data, size_t len)
{
    struct sheaf_reader *r = NULL;
    struct sheaf_error err = { 0 };

    MUST_BE(open_bytes(data, len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_authenticate(r, &pub, &err), SHEAF_OK, &err);
    return r;
}

/* Replaces `len` bytes wherever they stand from `from` on; how often. */
static unsigned
replace(uint8_t *data, size_t size, size_t from, const void *old, size_t len,
        const void *new)
{
    unsigned n = 0;

    for (size_t at = from; at + len <= size; at++) {
        if (memcmp(data + at, old, len) == 0) {
            memcpy(data + at, new, len);
            n++;
        }
    }
    return n;
}

static size_t
first_top(const uint8_t *data, size_t len)
{
    for (size_t at = 0; at + FRAME_HEAD_SIZE < len; at++) {
        if (frame_type_at(data + at, len - at) == FRAME_TOP)
            return at;
    }
    abort();
}

/* ---- The first keys of blocks -------------------------------------------- */

#define MANY 17000 /* more rows than a block of MAP has */

/* Packs `count` articles. Their IDs are numbers; the first one has `body`. */
static void
pack_many(unsigned count, struct sheaf_bytes body, struct sheaf_buf *out)
{
    const struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .dict_max = -1,
                                           .level = 1, .time_ms = DOC_TIME,
                                           .origin = "t" };
    struct sheaf_sink sink;
    struct sheaf_writer *w = NULL;
    struct sheaf_error err = { 0 };
    char fields[64];

    MUST_BE(sheaf_sink_memory(&sink, out, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_writer_new(sink, &o, &w, &err), SHEAF_OK, &err);
    for (unsigned i = 0; i < count; i++) {
        const struct sheaf_new_part part = { SHEAF_ROLE_BODY, "text/plain",
                                             i == 0 ? body : sheaf_str("x"),
                                             NULL };

        snprintf(fields, sizeof fields, "{\"id\":\"%u\"}", i);
        MUST_BE(sheaf_add(w, sheaf_str(fields), &part, 1, NULL, &err),
                SHEAF_OK, &err);
    }
    MUST_BE(sheaf_commit(w, &secret, NULL, &err), SHEAF_OK, &err);
    sheaf_writer_free(w);
}

/* IDs that are not found, and the bytes that were read for all of them. */
static unsigned
count_missing(struct probe *probe)
{
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_error err = { 0 };
    struct sheaf_entry e;
    unsigned missing = 0;
    char id[16];

    MUST_BE(sheaf_open(probe_source(probe), NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_authenticate(r, &pub, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    for (unsigned i = 0; i < MANY; i += 7) {
        snprintf(id, sizeof id, "%u", i);
        missing += sheaf_find(r, s, sheaf_str(id), 0, &e, &err) != SHEAF_OK;
    }
    sheaf_scratch_free(s);
    sheaf_close(r);
    return missing;
}

/* A lie about where a block begins hid all of its articles. */
static void
test_block_keys(void)
{
    static const uint8_t lies[][TABLE_KEY_SIZE] = { { 0xff, 0xff, 0xff, 0xff,
                                                      0xff, 0xff },
                                                    { 0x80, 1, 2, 3, 4, 5 },
                                                    { 1, 2, 3, 4, 5, 6 } };
    struct sheaf_buf file = { 0 };
    struct sheaf_reader *r;
    const struct top_table *map;
    uint8_t key[TABLE_KEY_SIZE];
    size_t top;

    pack_many(MANY, sheaf_str("x"), &file);
    top = first_top(file.data, file.len);
    r = open_signed(file.data, file.len);
    map = &reader_runs(r)->runs[0].tables[TABLE_MAP];
    ok(table_blocks(map->rows) == 2, "two blocks");
    memcpy(key, map->blocks[1].key, sizeof key);
    sheaf_close(r);
    for (size_t i = 0; i < COUNT_OF(lies); i++) {
        struct probe probe;

        eq_int(replace(file.data, file.len, top, key, sizeof key, lies[i]), 2,
               "lie %zu in both copies", i);
        reseal(file.data, file.len);
        probe = probe_over(file.data, file.len);
        eq_int(count_missing(&probe), 0, "hides no article");
        ok(probe.bytes < 40 * file.len, "and costs little: %llu bytes read",
           (unsigned long long)probe.bytes);
        memcpy(key, lies[i], sizeof key);
    }
    sheaf_buf_free(&file);
}

/* A page of MAP that is damaged, between whole ones, is made from the
 * articles. */
static void
test_page_between(void)
{
    struct sheaf_buf file = { 0 };
    struct sheaf_scratch *s = NULL;
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r;
    const struct top_table *map;
    const uint8_t *row;
    unsigned missing = 0;

    pack_many(MANY, sheaf_str("x"), &file);
    r = open_signed(file.data, file.len);
    map = &reader_runs(r)->runs[0].tables[TABLE_MAP];
    file.data[map->offset + map->blocks[0].start + 40000] ^= 1;
    sheaf_close(r);
    r = open_signed(file.data, file.len);
    map = &reader_runs(r)->runs[0].tables[TABLE_MAP];
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    for (uint64_t i = 0; i < map->rows; i += TABLE_PAGE_ROWS)
        missing += reader_row(r, s, 0, TABLE_MAP, i, &row, &err) != SHEAF_OK;
    eq_int(missing, 0, "every page of MAP is there");
    ok(sheaf_get_damage(r, NULL) != 0, "one of them is damaged");
    sheaf_scratch_free(s);
    sheaf_close(r);
    sheaf_buf_free(&file);
}

/* ---- Roots of tiles ------------------------------------------------------ */

static int
count_leaf(void *arg, const struct sheaf_scan_item *item)
{
    *(unsigned *)arg += item->state == SHEAF_SCAN_ARTICLE;
    return 0;
}

/* A hash in each tile is wrong, and in the first an article, too: what was
 * derived once is not read and hashed again for each leaf. */
static void
test_many_tiles(struct sheaf_buf *file, uint64_t slab)
{
    struct sheaf_scratch *s = NULL;
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL;
    struct probe probe;
    unsigned articles = 0;

    for (size_t tile = 1; tile < SLAB_TILES; tile++)
        file->data[slab + FRAME_HEAD_SIZE + SLAB_BODY_HEAD +
                   tile * TILE_LEAVES * 32 + 40] ^= 1;
    reseal(file->data, file->len);
    probe = probe_over(file->data, file->len);
    MUST_BE(sheaf_open(probe_source(&probe), NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_authenticate(r, &pub, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scan(r, s, count_leaf, &articles, &err), SHEAF_OK, &err);
    eq_int(articles, SLAB_LEAVES + 19 - 255,
           "all are listed but those of one tile, with damage everywhere");
    ok(probe.bytes < 10 * file->len,
       "in %llu bytes of reading, of a file of "
       "%zu",
       (unsigned long long)probe.bytes, file->len);
    sheaf_scratch_free(s);
    sheaf_close(r);
}

/* Proves that the tree of two tiles has grown; the given read fails. */
static int
prove_once(const struct sheaf_buf *file, const struct sheaf_checkpoint *old,
           long fail_at, struct sheaf_error *err)
{
    struct probe probe = probe_over(file->data, file->len);
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_buf text = { 0 };
    int rc;

    probe.fail_at = fail_at;
    rc = sheaf_open(probe_source(&probe), NULL, &r, err);
    if (rc == SHEAF_OK)
        rc = sheaf_scratch_new(&s, err);
    if (rc == SHEAF_OK)
        rc = sheaf_prove_consistency(r, s, old, &text, err);
    sheaf_buf_free(&text);
    sheaf_scratch_free(s);
    sheaf_close(r);
    return rc;
}

static void
test_reads_fail(const struct sheaf_buf *file, uint64_t slab)
{
    const uint8_t *hashes = file->data + slab + FRAME_HEAD_SIZE +
                            SLAB_BODY_HEAD;
    struct sheaf_checkpoint old = { sheaf_str("t"), 2 * TILE_LEAVES, { 0 } };
    struct sheaf_error err = { 0 };
    long n = 0;
    int rc;

    merkle_root(hashes, 2 * TILE_LEAVES, old.root);
    while ((rc = prove_once(file, &old, n, &err)) == SHEAF_EIO)
        n++;
    ok(rc == SHEAF_OK && n > 1, "a proof: each of %ld reads fails (%d)", n,
       rc);
}

/* The root of one tile is wrong, a leaf hash of a second, and an article of a
 * third: the articles tell which. */
static void
test_three_witnesses(struct sheaf_buf *file, uint64_t slab)
{
    uint64_t roots = slab + FRAME_HEAD_SIZE + SLAB_BODY_HEAD -
                     (uint64_t)SLAB_TILES * 32;
    uint64_t hashes = roots + (uint64_t)SLAB_TILES * 32;
    struct sheaf_error err = { 0 };
    struct sheaf_scratch *s = NULL;
    struct sheaf_reader *r;
    struct sheaf_entry e;

    file->data[roots + 5 * 32] ^= 1;
    file->data[hashes + 300 * 32] ^= 1;
    reseal(file->data, file->len);
    r = open_signed(file->data, file->len);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    eq_int(sheaf_find(r, s, sheaf_str("300"), 0, &e, &err), SHEAF_OK,
           "an article whose hash is lost, and a root of another tile");
    eq_int(sheaf_find(r, s, sheaf_str("0"), 0, &e, &err), SHEAF_EVERIFY,
           "another body is still not the leaf");
    sheaf_scratch_free(s);
    sheaf_close(r);
    file->data[roots + 5 * 32] ^= 1;
    file->data[hashes + 300 * 32] ^= 1;
}

/* F13.1. The frame of a full slab repeats the roots of its tiles. While they
 * were damaged, a tile was made from the articles and believed: so each
 * article proved itself. */
static void
test_tile_roots(void)
{
    static const uint8_t zeros[400];
    struct sheaf_buf file = { 0 };
    struct sheaf_scratch *s = NULL;
    struct sheaf_error err = { 0 };
    struct sheaf_entry e;
    struct sheaf_article a;
    struct sheaf_reader *r;
    struct rng rng = { 7 };
    uint8_t body[sizeof zeros], root[32];
    uint64_t slab;
    unsigned articles = 0;

    for (size_t i = 0; i < sizeof body; i++)
        body[i] = (uint8_t)rng_next(&rng);
    pack_many(SLAB_LEAVES + 20, (struct sheaf_bytes){ body, sizeof body },
              &file);
    r = open_signed(file.data, file.len);
    slab = r->top.slabs[0].offset;
    sheaf_close(r);
    test_reads_fail(&file, slab);
    eq_int(replace(file.data, file.len, 0, body, sizeof body, zeros), 1,
           "the body can be seen in the file");
    test_three_witnesses(&file, slab);
    memcpy(root, file.data + slab + FRAME_HEAD_SIZE + 8 + 5 * 32, 32);
    memset(file.data + slab + FRAME_HEAD_SIZE + 8 + 5 * 32, 0, 32);
    reseal(file.data, file.len);

    r = open_signed(file.data, file.len);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    eq_int(sheaf_find(r, s, sheaf_str("0"), 0, &e, &err), SHEAF_EVERIFY,
           "another body is not the leaf");
    MUST_BE(sheaf_find(r, s, sheaf_str("1"), 0, &e, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_read(r, s, &e, &a, &err), SHEAF_OK, &err);
    ok(same_bytes(a.parts[0].data, "x", 1), "its neighbour is read");
    MUST_BE(sheaf_scan(r, s, count_leaf, &articles, &err), SHEAF_OK, &err);
    eq_int(articles, SLAB_LEAVES + 19, "all but one are listed");
    sheaf_close(r);

    /* The roots are lost, and so is the hash of the article itself. */
    memset(file.data + slab + FRAME_HEAD_SIZE + 8 + SLAB_TILES * 32, 0, 32);
    reseal(file.data, file.len);
    r = open_signed(file.data, file.len);
    ok(sheaf_find(r, s, sheaf_str("0"), 0, &e, &err) != SHEAF_OK,
       "nor is it when its hash is lost");
    sheaf_close(r);
    memcpy(file.data + slab + FRAME_HEAD_SIZE + 8 + 5 * 32, root, 32);
    reseal(file.data, file.len);
    r = open_signed(file.data, file.len);
    ok(sheaf_find(r, s, sheaf_str("0"), 0, &e, &err) != SHEAF_OK,
       "nor when only its hash is");
    sheaf_scratch_free(s);
    sheaf_close(r);
    test_many_tiles(&file, slab);
    sheaf_buf_free(&file);
}

/* ---- Places in rows (F13.3), numbers in the top ------------------------- */

#define FEW 20

/* A generation of FEW documents, then one with a revision of the first. */
static struct blob
make_few(struct doc *docs)
{
    const struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .dict_max = -1,
                                           .level = 3, .time_ms = DOC_TIME,
                                           .origin = "t" };
    const struct path path = in_folder("few.sheaf");
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct blob file;

    MUST_BE(pack(docs, FEW, &o, &secret, &bytes, NULL, &err), SHEAF_OK, &err);
    write_file(path.text, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    MUST_BE(append(path.text, docs + FEW, 1, &o, &pub, &secret, &err),
            SHEAF_OK, &err);
    file = read_file(path.text);
    unlink(path.text);
    return file;
}

struct counted {
    const struct sheaf_reader *r;
    struct sheaf_scratch *s;
    unsigned articles;
    unsigned newest;
};

static int
count_newest(void *arg, const struct sheaf_scan_item *item)
{
    struct counted *c = arg;
    struct sheaf_error err = { 0 };
    int newest = 0;

    if (item->state != SHEAF_SCAN_ARTICLE)
        return 0;
    MUST_BE(sheaf_is_newest(c->r, c->s, item->id, item->leaf, &newest, &err),
            SHEAF_OK, &err);
    c->articles++;
    c->newest += (unsigned)newest;
    return 0;
}

/* The rows of some leaves, and how many of them were met. */
struct lie {
    uint64_t first;
    uint64_t end;
    size_t at;  /* changed: what the row has from here ... */
    size_t len; /* ... so many bytes on, to zeros; or one bit, if this is 0 */
    unsigned met;
};

static void
tell_lie(void *arg, uint8_t *bytes)
{
    struct lie *lie = arg;
    struct map_row row;

    map_row_decode(bytes, &row);
    if (row.leaf < lie->first || row.leaf >= lie->end)
        return;
    lie->met++;
    if (lie->len == 0)
        bytes[lie->at] ^= 1;
    memset(bytes + lie->at, 0, lie->len);
}

/* Rows of leaves from `from` on lead to the frame of another article. */
struct detour {
    uint64_t from;
    struct sheaf_entry to;
    unsigned met;
};

static void
take_detour(void *arg, uint8_t *bytes)
{
    struct detour *d = arg;
    struct map_row row;

    map_row_decode(bytes, &row);
    if (row.leaf < d->from)
        return;
    row.offset = d->to.offset;
    row.length = (uint32_t)d->to.length;
    map_row_encode(&row, bytes);
    d->met++;
}

/* F13.2. Without a key, too, an older revision is not taken for the newest. */
static void
test_older_revision(const struct doc *docs, const struct blob *good)
{
    struct sheaf_bytes id = blob_view(&docs[0].id);
    struct detour detour = { .from = FEW + 1 };
    struct blob file = { 0 };
    struct sheaf_scratch *s = NULL;
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_entry found;

    blob_add(&file, good->data, good->len);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    MUST_BE(open_bytes(file.data, file.len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_find(r, s, blob_view(&docs[1].id), 0, &detour.to, &err),
            SHEAF_OK, &err);
    sheaf_close(r);
    reseal_rows(file.data, file.len, take_detour, &detour);
    eq_int(detour.met, 1, "the newest row leads to another article");
    MUST_BE(open_bytes(file.data, file.len, NULL, &r, &err), SHEAF_OK, &err);
    eq_int(sheaf_find(r, s, id, 0, &found, &err), SHEAF_EVERIFY,
           "which is no answer");
    MUST_BE(sheaf_find(r, s, id, 1, &found, &err), SHEAF_EVERIFY, &err);
    sheaf_close(r);
    sheaf_scratch_free(s);
    blob_free(&file);
}

/* The map proves the leaf of a row, but not where it is. A list that asked for
 * the newest by following rows left articles out. */
static void
test_row_places(const struct blob *good)
{
    struct blob file = { 0 };
    struct sheaf_scratch *scan = NULL;
    struct counted c = { .s = NULL };
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r;
    struct lie lie = { .first = 0, .end = FEW, .at = 11, .len = 9 };

    blob_add(&file, good->data, good->len);
    reseal_rows(file.data, file.len, tell_lie, &lie);
    ok(lie.met >= FEW, "%u rows lead nowhere", lie.met);
    c.r = r = open_signed(file.data, file.len);
    MUST_BE(sheaf_scratch_new(&scan, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scratch_new(&c.s, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scan(r, scan, count_newest, &c, &err), SHEAF_OK, &err);
    eq_int(c.articles, FEW + 1, "all articles are scanned");
    eq_int(c.newest, FEW, "and all but one are the newest");
    sheaf_scratch_free(scan);
    sheaf_scratch_free(c.s);
    sheaf_close(r);
    blob_free(&file);
}

/* What is to be redacted was looked for in a map that nobody had signed: a
 * revision without a row stayed, and was signed. */
static void
test_hidden_revision(const struct doc *docs, const struct blob *good)
{
    const struct path path = in_folder("hidden.sheaf");
    const struct sheaf_redact_target target = { blob_view(&docs[0].id), 0 };
    struct sheaf_redact_options o = {
        SHEAF_REDACT_OPTIONS, .targets = &target,  .target_count = 1,
        .reason = "a reason", .time_ms = DOC_TIME, .key = &secret,
        .threads = 1
    };
    struct lie lie = { .first = 0, .end = 1, .at = TABLE_KEY_SIZE - 1 };
    struct lie other = { .first = FEW + 1, .end = FEW + 2, .at = 0 };
    struct sheaf_redacted redacted = { 0 };
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_sink sink;
    struct blob file = { 0 };

    blob_add(&file, good->data, good->len);
    reseal_rows(file.data, file.len, tell_lie, &lie);
    eq_int(lie.met, 1, "the first revision has no row");
    MUST_BE(open_bytes(file.data, file.len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_sink_file(&sink, path.text, 0, &err), SHEAF_OK, &err);
    eq_int(sheaf_redact(r, sink, &o, NULL, &err), SHEAF_ECORRUPT,
           "redact does not leave it");
    eq_str(err.clause, "F8.3", "by its clause");
    sheaf_close(r);
    unlink(path.text);
    blob_free(&file);

    /* A row that its table begins with is in the top, too. */
    blob_add(&file, good->data, good->len);
    reseal_rows(file.data, file.len, tell_lie, &other);
    eq_int(other.met, 1, "the newest revision has no row");
    MUST_BE(open_bytes(file.data, file.len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_sink_file(&sink, path.text, 0, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_redact(r, sink, &o, &redacted, &err), SHEAF_OK, &err);
    eq_int(redacted.articles, 2, "redact finds it all the same");
    sheaf_close(r);
    unlink(path.text);
    blob_free(&file);
}

/* F13.5. A seal states the number of its generation, which only the top had. */
static void
test_generation(const struct doc *docs, const struct blob *good)
{
    const struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .dict_max = -1,
                                           .level = 3, .time_ms = DOC_TIME };
    const struct path path = in_folder("generation.sheaf");
    struct sheaf_error err = { 0 };

    for (unsigned lie = 1; lie <= 9; lie += 2) {
        struct blob file = { 0 };

        blob_add(&file, good->data, good->len);
        for (size_t at = first_top(file.data, file.len);
             at + FRAME_HEAD_SIZE < file.len; at++) {
            if (frame_type_at(file.data + at, file.len - at) == FRAME_TOP &&
                get_be(file.data + at + FRAME_HEAD_SIZE + 36, 8) == 2)
                put_be(file.data + at + FRAME_HEAD_SIZE + 36, lie, 8);
        }
        reseal(file.data, file.len);
        write_file(path.text, file.data, file.len);
        eq_int(append(path.text, docs + 1, 1, &o, &pub, &secret, &err),
               SHEAF_ECORRUPT, "a top of generation %u is not built upon",
               lie);
        eq_str(err.clause, "F11.3", "by its clause");
        unlink(path.text);
        blob_free(&file);
    }
}

/* ---- A redacted article is put back (F13.4) ------------------------------ */

/* Writes the archive without its first article. */
static struct blob
redact_first(const struct sheaf_buf *file)
{
    const struct path path = in_folder("redacted.sheaf");
    const struct sheaf_redact_target target = { sheaf_str("a"), 0 };
    struct sheaf_redact_options o = {
        SHEAF_REDACT_OPTIONS, .targets = &target,  .target_count = 1,
        .reason = "a reason", .time_ms = DOC_TIME, .key = &secret,
        .threads = 1
    };
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_sink sink;
    struct blob out;

    MUST_BE(open_bytes(file->data, file->len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_sink_file(&sink, path.text, 0, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_redact(r, sink, &o, NULL, &err), SHEAF_OK, &err);
    sheaf_close(r);
    out = read_file(path.text);
    unlink(path.text);
    return out;
}

/* The frame of the article has as many bytes as the record that replaces it,
 * so that one can stand in the place of the other. */
static int
count_redacted(void *arg, const struct sheaf_scan_item *item)
{
    *(unsigned *)arg += item->state == SHEAF_SCAN_REDACTED;
    return 0;
}

/* Overwrites the frames of redactions, or those of the map. */
static void
destroy(struct blob *file, enum frame_type type)
{
    for (size_t at = 0; at + 200 < file->len; at++) {
        uint8_t *p = file->data + at;

        if (frame_type_at(p, file->len - at) == type &&
            (type != FRAME_LEF || p[FRAME_HEAD_SIZE + 16] == LEAF_REDACTION))
            memset(p, 0, get_le32(p + 4) + 8);
    }
}

static int
count_present(void *arg, const struct sheaf_scan_item *item)
{
    *(unsigned *)arg += item->state == SHEAF_SCAN_ARTICLE;
    return 0;
}

/* What was put back stays redacted, by ID and in listings. */
static void
ask_put_back(const struct blob *file, bool revised, const char *how)
{
    struct sheaf_reader *r = open_signed(file->data, file->len);
    struct sheaf_scratch *s = NULL;
    struct sheaf_error err = { 0 };
    struct sheaf_entry found;
    unsigned redacted = 0;

    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    ok(sheaf_find(r, s, sheaf_str("a"), 1, &found, &err) != SHEAF_OK,
       "%s: not found by its ID", how);
    MUST_BE(sheaf_scan(r, s, count_redacted, &redacted, &err), SHEAF_OK, &err);
    eq_int(redacted, revised ? 2 : 1, "%s: in no listing", how);
    eq_int(sheaf_find(r, s, sheaf_str("b"), 0, &found, &err), SHEAF_OK,
           "%s: the other article is there", how);
    sheaf_scratch_free(s);
    sheaf_close(r);
}

static int
count_recovered(void *arg, const struct sheaf_recovered *what)
{
    *(unsigned *)arg += what->kind == SHEAF_RECOVERED_ARTICLE;
    return 0;
}

/* Nor does it come into a new archive, where no redaction is. */
static void
recover_put_back(const struct blob *file, bool revised)
{
    struct probe probe = probe_over(file->data, file->len);
    struct sheaf_recovery result;
    struct sheaf_error err = { 0 };
    unsigned count = 0;

    MUST_BE(sheaf_recover(probe_source(&probe), NULL, count_recovered, &count,
                          &result, &err),
            SHEAF_OK, &err);
    ok(count == 1 && result.articles == 1 && result.missing == 0 &&
           result.redacted == 1,
       "recover leaves out what was put back%s",
       revised ? ", and the other revision is redacted" : "");
}

/* Without a key, what a redaction says holds, too; and nothing is proven of
 * the article by itself. */
static void
ask_without_key(const struct blob *file, const struct sheaf_entry *entry)
{
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_error err = { 0 };
    struct sheaf_entry found;
    struct sheaf_buf proof = { 0 };
    unsigned redacted = 0;

    MUST_BE(open_bytes(file->data, file->len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    eq_int(sheaf_find(r, s, sheaf_str("a"), 1, &found, &err), SHEAF_EREDACTED,
           "without a key, too");
    MUST_BE(sheaf_scan(r, s, count_redacted, &redacted, &err), SHEAF_OK, &err);
    ok(redacted != 0, "it is in no listing");
    eq_int(sheaf_prove(r, s, entry, &proof, &err), SHEAF_EREDACTED,
           "and not proven");
    eq_int(sheaf_prove_many(r, s, entry, 1, NULL, 0, &proof, &err),
           SHEAF_EREDACTED, "nor with others");
    sheaf_buf_free(&proof);
    sheaf_scratch_free(s);
    sheaf_close(r);
}

/* Nor is it redacted once more: two redactions of an article break F6.7. */
static void
redact_put_back(const struct blob *file, const char *id)
{
    const struct path path = in_folder("again.sheaf");
    const struct sheaf_redact_target target = { sheaf_str(id), 0 };
    struct sheaf_redact_options o = { SHEAF_REDACT_OPTIONS, .targets = &target,
                                      .target_count = 1,    .reason = "again",
                                      .time_ms = DOC_TIME,  .key = &secret,
                                      .threads = 1 };
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_sink sink;

    MUST_BE(open_bytes(file->data, file->len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_sink_file(&sink, path.text, 0, &err), SHEAF_OK, &err);
    ok(sheaf_redact(r, sink, &o, NULL, &err) != SHEAF_OK,
       "%s: nothing is redacted: %s", id, err.message);
    ok(access(path.text, F_OK) != 0, "and nothing written");
    sheaf_close(r);
}

static int
look_put_back(void *arg, const struct sheaf_scan_item *item)
{
    *(unsigned *)arg += item->state == SHEAF_SCAN_REDACTED &&
                        strcmp(item->why->clause, "F6.7") == 0;
    return 0;
}

/* Nor is it picked for another archive, with a key or without. `before` is the
 * archive before it was put back: it has the same tree. */
static void
pick_put_back(const struct blob *file, const struct blob *before,
              const struct sheaf_entry *entry, bool keyed)
{
    struct sheaf_reader *expected = open_signed(before->data, before->len);
    struct sheaf_buf out = { 0 };
    struct sheaf_merge *m = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_sink sink;
    unsigned seen = 0;

    if (keyed)
        r = open_signed(file->data, file->len);
    else
        MUST_BE(open_bytes(file->data, file->len, NULL, &r, &err), SHEAF_OK,
                &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scan(r, s, look_put_back, &seen, &err), SHEAF_OK, &err);
    eq_int(seen, 1, "a scan says that it was put back");
    MUST_BE(sheaf_sink_memory(&sink, &out, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_merge_new(sink, NULL, &m, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_merge_expect(m, expected, &err), SHEAF_OK, &err);
    eq_int(sheaf_merge_pick(m, r, entry, 1, NULL, NULL, &err), SHEAF_EVERIFY,
           "and it is not picked");
    eq_str(err.clause, "F6.7", "by F6.7");
    sheaf_merge_free(m);
    sheaf_scratch_free(s);
    sheaf_close(r);
    sheaf_close(expected);
    sheaf_buf_free(&out);
}

static void
test_put_back(bool revised)
{
    const struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .dict_max = -1,
                                           .level = 3, .time_ms = DOC_TIME,
                                           .origin = "t" };
    struct rng rng = { 7 };
    bool done = false;

    for (size_t n = 1; n < 400 && !done; n++) {
        struct sheaf_buf file = { 0 };
        struct blob body = { 0 };
        struct blob gone;
        struct sheaf_sink sink;
        struct sheaf_writer *w = NULL;
        struct sheaf_error err = { 0 };
        struct sheaf_reader *r;
        struct sheaf_scratch *s = NULL;
        struct sheaf_entry e, found;
        struct sheaf_new_part part = {
            SHEAF_ROLE_BODY, "text/plain", { NULL, 0 }, NULL
        };

        blob_random(&body, &rng, n);
        part.data = blob_view(&body);
        MUST_BE(sheaf_sink_memory(&sink, &file, &err), SHEAF_OK, &err);
        MUST_BE(sheaf_writer_new(sink, &o, &w, &err), SHEAF_OK, &err);
        MUST_BE(sheaf_add(w, sheaf_str("{\"id\":\"a\"}"), &part, 1, NULL,
                          &err),
                SHEAF_OK, &err);
        MUST_BE(sheaf_add(w, sheaf_str("{\"id\":\"b\"}"), &part, 1, NULL,
                          &err),
                SHEAF_OK, &err);
        if (revised)
            MUST_BE(sheaf_add(w, sheaf_str("{\"id\":\"a\",\"lang\":\"en\"}"),
                              &part, 1, NULL, &err),
                    SHEAF_OK, &err);
        MUST_BE(sheaf_commit(w, &secret, NULL, &err), SHEAF_OK, &err);
        sheaf_writer_free(w);
        r = open_signed(file.data, file.len);
        MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
        MUST_BE(sheaf_find(r, s, sheaf_str("a"), 1, &e, &err), SHEAF_OK, &err);
        sheaf_close(r);
        gone = redact_first(&file);
        done = get_le32(gone.data + e.offset + 4) + 8 == e.length;
        if (done) {
            int newest = 1;
            struct detour detour = { .from = revised ? 4 : 3 };
            struct blob before = { 0 };
            unsigned present = 0;

            blob_add(&before, gone.data, gone.len);
            memcpy(gone.data + e.offset, file.data + e.offset,
                   (size_t)e.length);
            reseal(gone.data, gone.len);
            r = open_signed(gone.data, gone.len);
            eq_int(sheaf_find(r, s, sheaf_str("a"), 1, &found, &err),
                   SHEAF_EREDACTED, "put back, it is still redacted");
            ok(strstr(err.message, "a reason") != NULL, "for the reason");
            eq_int(sheaf_is_newest(r, s, sheaf_str("a"), e.leaf, &newest,
                                   &err),
                   revised ? SHEAF_OK : SHEAF_EREDACTED, "and not listed");
            ok(!revised || newest == 0, "as the newest");
            MUST_BE(sheaf_find(r, s, sheaf_str("b"), 0, &detour.to, &err),
                    SHEAF_OK, &err);
            ask_put_back(&gone, revised, "put back");
            ask_without_key(&gone, &e);
            recover_put_back(&gone, revised);
            redact_put_back(&gone, "a");
            redact_put_back(&gone, "b");
            pick_put_back(&gone, &before, &e, true);
            pick_put_back(&gone, &before, &e, false);
            blob_free(&before);
            reseal_rows(gone.data, gone.len, take_detour, &detour);
            eq_int(detour.met, revised ? 2 : 1, "rows take a detour");
            ask_put_back(&gone, revised, "by a detour");
            sheaf_close(r);
            destroy(&gone, FRAME_LEF);
            r = open_signed(gone.data, gone.len);
            ok(sheaf_find(r, s, sheaf_str("a"), 1, &found, &err) != SHEAF_OK,
               "nor found when the redaction is lost");
            sheaf_close(r);
            MUST_BE(open_bytes(gone.data, gone.len, NULL, &r, &err), SHEAF_OK,
                    &err);
            ok(sheaf_find(r, s, sheaf_str("a"), 1, &found, &err) != SHEAF_OK,
               "without a key, too");
            sheaf_close(r);
            r = open_signed(gone.data, gone.len);
            MUST_BE(sheaf_scan(r, s, count_present, &present, &err), SHEAF_OK,
                    &err);
            eq_int(present, 1, "nor listed");
            sheaf_close(r);
            destroy(&gone, FRAME_MAP);
            r = open_signed(gone.data, gone.len);
            ok(sheaf_find(r, s, sheaf_str("a"), 1, &found, &err) != SHEAF_OK,
               "nor found by its revision when the map is lost, too");
            present = 0;
            MUST_BE(sheaf_scan(r, s, count_present, &present, &err), SHEAF_OK,
                    &err);
            eq_int(present, 0, "nor listed: a redaction is lost");
            sheaf_close(r);
        }
        blob_free(&gone);
        sheaf_scratch_free(s);
        sheaf_buf_free(&file);
        blob_free(&body);
    }
    ok(done, "an article as long as its record");
}

/* Where no redaction is lost, the loss of the map and of an article costs no
 * other one. */
static void
test_lost_map(const struct blob *few, const struct doc *second)
{
    struct sheaf_scratch *s = NULL;
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = open_signed(few->data, few->len);
    struct blob file = { 0 };
    struct sheaf_entry e;
    unsigned present = 0;

    blob_add(&file, few->data, few->len);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_find(r, s, blob_view(&second->id), 0, &e, &err), SHEAF_OK,
            &err);
    sheaf_close(r);
    memset(file.data + e.offset, 0, (size_t)e.length);
    destroy(&file, FRAME_MAP);
    r = open_signed(file.data, file.len);
    MUST_BE(sheaf_scan(r, s, count_present, &present, &err), SHEAF_OK, &err);
    eq_int(present, FEW, "without a map, one lost article is one");
    sheaf_scratch_free(s);
    sheaf_close(r);
    blob_free(&file);
}

/* ---- Time ---------------------------------------------------------------- */

/* A tail of heads of groups, each of which says to go to the end. */
static void
test_long_search(const struct blob *good)
{
    struct blob file = { 0 };
    struct probe probe;
    struct sheaf_reader *r = NULL;
    struct sheaf_error err = { 0 };
    uint8_t head[FRAME_HEAD_SIZE] = { 0 };

    memcpy(head, FRAME_MAGIC, FRAME_MAGIC_SIZE);
    memcpy(head + 8, "GRP", 3);
    blob_add(&file, good->data, good->len);
    for (size_t i = 0; i < 20000; i++) {
        put_le32(head + 4, (uint32_t)((20000 - i) * FRAME_HEAD_SIZE - 8));
        blob_add(&file, head, sizeof head);
    }
    probe = probe_over(file.data, file.len);
    eq_int(sheaf_open(probe_source(&probe), NULL, &r, &err), SHEAF_OK,
           "opens before a long tail");
    ok(probe.bytes < 10 * file.len,
       "without reading it again and again: "
       "%llu bytes of %zu",
       (unsigned long long)probe.bytes, file.len);
    sheaf_close(r);
    blob_free(&file);
}

int
main(void)
{
    struct doc *docs = docs_make(FEW + 1, 120, 5);
    struct sheaf_error err = { 0 };
    struct blob few;

    make_folder();
    MUST_BE(sheaf_keygen(&secret, &pub, &err), SHEAF_OK, &err);
    docs[FEW].id.len = 0;
    blob_add(&docs[FEW].id, docs[0].id.data, docs[0].id.len);
    doc_describe(&docs[FEW], 1000);
    few = make_few(docs);
    test_block_keys();
    test_page_between();
    test_tile_roots();
    test_row_places(&few);
    test_older_revision(docs, &few);
    test_hidden_revision(docs, &few);
    test_generation(docs, &few);
    test_put_back(false);
    test_put_back(true);
    test_lost_map(&few, docs + 1);
    test_long_search(&few);
    blob_free(&few);
    docs_free(docs, FEW + 1);
    rmdir(folder);
    return tap_done();
}
