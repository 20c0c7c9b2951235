/*
 * Tops and end records against spec F11 and F12.2: round trips, then every
 * impossible value of a single field, on both sides of its limit; and the root
 * from slabs and tiles against the plain tree over all leaves.
 */
#include "format/top.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "format/frame.h"
#include "base/hash.h"
#include "base/mem.h"
#include "log/merkle.h"
#include "log/note.h"
#include "tap.h"

/* The body of a key change's frame. */
#define KEY_COPY 366u

/* Where tops and end records are said to stand. */
#define AT (UINT64_C(1) << 40)
#define SLAB_BYTES UINT64_C(2105372)

static uint8_t *
copy_of(const void *data, size_t len)
{
    uint8_t *copy = malloc(len != 0 ? len : 1);

    if (copy == NULL)
        abort();
    if (len != 0)
        memcpy(copy, data, len);
    return copy;
}

/* ---- Making tops --------------------------------------------------------- */

/* Returns the place behind the table. */
static uint64_t
fill_table(struct top_table *t, enum table_kind kind, uint64_t rows,
           uint64_t offset)
{
    uint64_t blocks = (rows + 16383) / 16384;

    t->rows = rows;
    t->offset = rows != 0 ? offset : 0;
    t->blocks = mem_new(blocks, sizeof *t->blocks);
    if (t->blocks == NULL)
        abort();
    for (uint64_t i = 0; i < blocks; i++) {
        struct table_block *b = &t->blocks[i];

        put_be(b->key, (100 + i) << 20, TABLE_KEY_SIZE);
        if (kind == TABLE_MAP)
            hash_blake2b(b->key, TABLE_KEY_SIZE, b->root);
        if (kind != TABLE_DIR)
            b->widths = (struct table_widths){ { 28, (uint8_t)(i % 41) } };
        if (kind == TABLE_MAP)
            b->widths.bits[FIELD_LENGTH] = 24;
    }
    return offset + table_place_blocks(kind, t);
}

static void
fill_node(struct top_node *node, uint64_t offset)
{
    node->offset = offset;
    hash_blake2b(&offset, sizeof offset, node->root);
}

/* The roots that follow from the others. */
static void
make_roots(struct top *t)
{
    top_root(t, t->root);
    for (uint32_t i = 0; i < t->run_count && i < RUNS_MAX; i++) {
        struct top_table *map = &t->runs[i].tables[TABLE_MAP];

        table_map_root(map, t->runs[i].root);
    }
}

/* A top that is right as far as it alone tells. Each run but the first
 * has one leaf. */
static void
make_top(struct top *t, uint64_t size, uint32_t runs, uint32_t dicts)
{
    memset(t, 0, sizeof *t);
    t->size = size;
    t->articles = size - 1 - size / 3;
    t->redactions = size / 9;
    t->generation = 3;
    t->raw = 123456;
    t->seal = 64;
    t->zstd = 10504;
    t->level = -7;
    t->dicts = mem_new(dicts, sizeof *t->dicts);
    t->slab_count = (uint32_t)(size / SLAB_LEAVES);
    t->slabs = mem_new(t->slab_count, sizeof *t->slabs);
    if (t->dicts == NULL || t->slabs == NULL ||
        !buf_add_str(&t->origin, "news.example/a") ||
        !buf_add_str(&t->note, "a note"))
        abort();
    for (uint32_t i = 0; i < dicts; i++)
        t->dicts[i] = (struct top_dict){ 40000 + i, 64 + i, 5000 + i,
                                         20000 + i, 9000 + i };
    t->dict_count = dicts;
    for (uint32_t i = 0; i < dicts; i++)
        t->keys[i] = (struct top_key){ i, 2000 + i, (size_t)i * KEY_COPY };
    t->key_count = dicts;
    t->seal_time = -77;
    for (uint32_t i = 0; i < dicts * KEY_COPY; i++)
        if (!buf_add(&t->key_leaves, &i, 1))
            abort();
    for (uint32_t i = 0; i < t->slab_count; i++)
        fill_node(&t->slabs[i], 64 + i * SLAB_BYTES);
    t->tile_count = (uint32_t)((size % SLAB_LEAVES + 255) / 256);
    for (uint32_t i = 0; i < t->tile_count; i++)
        fill_node(&t->tiles[i], 64 + i * 8192);
    t->run_count = runs;
    for (uint32_t i = 0; i < runs; i++) {
        struct top_run *run = &t->runs[i];
        uint64_t at;

        run->first = i == 0 ? 0 : size - (runs - i);
        run->end = i + 1 == runs ? size : size - (runs - i - 1);
        run->piece = 100 + i;
        at = fill_table(&run->tables[TABLE_MAP], TABLE_MAP,
                        run->end - run->first - 1, 5000);
        at = fill_table(&run->tables[TABLE_URL], TABLE_URL,
                        (run->end - run->first) / 2, at);
        fill_table(&run->tables[TABLE_DIR], TABLE_DIR,
                   (run->end - run->first) / 256, at);
    }
    make_roots(t);
}

static int
decode(const struct sheaf_buf *body, size_t len, struct top *out,
       struct sheaf_error *err)
{
    uint8_t *copy = copy_of(body->data, len);
    int rc = top_decode((struct sheaf_bytes){ copy, len }, AT, NULL, out, err);

    free(copy);
    return rc;
}

/* ---- Round trips --------------------------------------------------------- */

static void
round_trip(uint64_t size, uint32_t runs, uint32_t dicts)
{
    struct sheaf_error err = { 0 };
    struct sheaf_buf body = { 0 };
    struct sheaf_buf again = { 0 };
    struct top t;
    struct top u = { 0 };

    make_top(&t, size, runs, dicts);
    if (!top_encode(&t, NULL, &body))
        abort();
    eq_int(decode(&body, body.len, &u, &err), SHEAF_OK,
           "%llu leaves, %u slabs, %u tiles, %u runs, %u dictionaries",
           (unsigned long long)size, t.slab_count, t.tile_count, runs, dicts);
    ok(err.code == 0 && u.size == size && u.articles == t.articles &&
           u.redactions == t.redactions && u.key_count == t.key_count &&
           memcmp(u.keys, t.keys, sizeof u.keys) == 0 &&
           u.generation == 3 && u.raw == t.raw && u.seal == t.seal &&
           u.zstd == t.zstd && u.level == t.level &&
           u.run_count == runs && u.dict_count == dicts &&
           u.slab_count == t.slab_count && u.tile_count == t.tile_count &&
           u.seal_time == -77 && bytes_equal(buf_view(&u.key_leaves),
                                             buf_view(&t.key_leaves)),
       "its fields are the same");
    ok(top_encode(&u, NULL, &again) &&
           bytes_equal(buf_view(&body), buf_view(&again)),
       "and the bytes made from them");
    sheaf_buf_free(&body);
    sheaf_buf_free(&again);
    top_free(&t);
    top_free(&u);
}

static void
test_round_trips(void)
{
    static const uint64_t leaves[] = { 1, 2, 8, 255, 256, 257, 300, 65535 };
    long live = mem_live();

    for (uint64_t slabs = 0; slabs <= 3; slabs++) {
        if (slabs > 0)
            round_trip(slabs * SLAB_LEAVES, 1, 0);
        for (size_t i = 0; i < COUNT_OF(leaves); i++) {
            uint64_t size = slabs * SLAB_LEAVES + leaves[i];

            round_trip(size, 1, (uint32_t)i % 3);
            if (size >= 8)
                round_trip(size, 8, 2);
        }
    }
    for (uint32_t runs = 2; runs < 8; runs++)
        round_trip(65536 + 300, runs, 1);
    eq_int(mem_live(), live, "all given back");
}

/* Where the fields are, by hand, in the least top there is. */
static void
test_fields(void)
{
    static const char rest[] =
        "\0\0\0\0\0\0\0\0"
        "\0\0\0\0"                         /* no base */
        "\0\0\0\0\0\0\0\1"                 /* size */
        "\0\0\0\0\0\0\0\0"                 /* articles */
        "\0\0\0\0\0\0\0\0"                 /* redactions */
        "\0\0\0\0\0\0\0\3"                 /* generation */
        "\0\0\0\0\0\1\xe2\x40"             /* raw */
        "\0\0\0\0\0\0\0\x40"               /* seal */
        "\xff\xff\xff\xff\xff\xff\xff\xb3" /* its time */
        "\0\0\x29\x08"
        "\xff\xf9" /* zstd, level */
        "\0\x0enews.example/a"
        "\0\0\0\6"
        "a note"
        "\0\1"
        "\0\0\0\0\0\0\0\0"
        "\0\0\0\0\0\0\7\xd0"; /* keys */
    static const char lists[] = "\0\0\0\1"
                                "\0\0\x9c\x40"
                                "\0\0\0\0\0\0\0\x40" /* dictionaries */
                                "\0\0\x13\x88"
                                "\0\0\x4e\x20"
                                "\0\0\0\0\0\0\x23\x28"
                                "\0\0\0\0\0\0\0\0"
                                "\0\0\0\1"
                                "\0\0\0\0\0\0\0\x40"; /* tiles */
    static const uint8_t none[3 * 5];
    struct sheaf_buf want = { 0 };
    struct sheaf_buf got = { 0 };
    struct top t;

    make_top(&t, 1, 1, 1);
    ok(buf_add(&want, rest, sizeof rest - 1) &&
           buf_add_be(&want, KEY_COPY, 4) &&
           buf_add(&want, t.key_leaves.data, KEY_COPY) &&
           buf_add(&want, lists, sizeof lists - 1) &&
           buf_add(&want, t.tiles[0].root, 32) && buf_add_be(&want, 1, 2) &&
           buf_add_be(&want, 1, 8) && buf_add(&want, none, 8) &&
           buf_add(&want, none, 3 * 5),
       "the least top");
    ok(top_encode(&t, NULL, &got) &&
           bytes_equal(buf_view(&got), buf_view(&want)),
       "has every field in its place");
    merkle_root(NULL, 0, t.root);
    eq_mem(t.runs[0].root, t.root, 32, "and an empty map");
    sheaf_buf_free(&want);
    sheaf_buf_free(&got);
    top_free(&t);
}

/* ---- One field at a time ------------------------------------------------- */

enum place { IN_TOP, IN_DICT, IN_SLAB };

#define TOP(field) IN_TOP, offsetof(struct top, field), \
                   sizeof(((struct top *)0)->field)
#define RUN(field) IN_TOP, offsetof(struct top, runs) + \
                   offsetof(struct top_run, field), \
                   sizeof(((struct top_run *)0)->field)
#define LAST(field) IN_TOP, offsetof(struct top, runs) + \
                   sizeof(struct top_run) + offsetof(struct top_run, field), \
                   sizeof(((struct top_run *)0)->field)
#define DICT(field) IN_DICT, offsetof(struct top_dict, field), \
                   sizeof(((struct top_dict *)0)->field)
#define NEXT_DICT(field) IN_DICT, sizeof(struct top_dict) + \
                   offsetof(struct top_dict, field), \
                   sizeof(((struct top_dict *)0)->field)
#define SLAB(field) IN_SLAB, offsetof(struct top_node, field), \
                   sizeof(((struct top_node *)0)->field)

/* The top under test: two slabs, two tiles, two dictionaries, two runs, of
 * which the first has nine blocks of MAP. */
#define SIZE UINT64_C(131372)

/* One field of the good top is set to `value`. `clause` is "" where that is
 * still possible. Roots that follow from others are made anew. */
static const struct {
    const char *what;
    enum place place;
    size_t at;
    size_t width;
    uint64_t value;
    const char *clause;
} rows[] = {
    { "as it is",                   TOP(level), 9,                "" },
    { "no leaves",                  TOP(size), 0,                 "F11.1" },
    { "leaves beyond 2^40",         TOP(size), (UINT64_C(1) << 40) + SIZE,
                                                                  "F11.1" },
    { "a leaf fewer than in runs",  TOP(size), SIZE - 1,          "F11.1" },
    { "a leaf more than in runs",   TOP(size), SIZE + 1,          "F11.1" },
    { "a slab's leaves more",       TOP(size), SIZE + 65536,      "F11.1" },
    { "all but one are articles",   TOP(articles), SIZE - 1 - SIZE / 9, "" },
    { "or redactions",              TOP(articles), SIZE - SIZE / 9, "F11.1" },
    { "all leaves are articles",    TOP(articles), SIZE,          "F11.1" },
    { "all articles are redacted",  TOP(articles), SIZE / 9,      "" },
    { "and one more",               TOP(articles), SIZE / 9 - 1,  "F11.1" },
    { "as many redactions as can be", TOP(redactions), SIZE / 3,  "" },
    { "one more",                   TOP(redactions), SIZE / 3 + 1, "F11.1" },
    { "far more",                   TOP(redactions), UINT64_MAX,  "F11.1" },

    { "a key change, last leaf",    TOP(keys[1].leaf), SIZE - 1,  "" },
    { "a leaf beyond",              TOP(keys[1].leaf), SIZE,      "F11.1" },
    { "two of one leaf",            TOP(keys[1].leaf), 0,         "F11.1" },
    { "one in the head",            TOP(keys[0].offset), 63,      "F11.1" },
    { "one just before the top",    TOP(keys[1].offset), AT - 20, "" },
    { "one in the top",             TOP(keys[1].offset), AT - 19, "F11.1" },
    { "two in one frame",           TOP(keys[1].offset), 2000,    "F11.1" },
    { "key changes out of order",   TOP(keys[0].offset), 2002,    "F11.1" },
    { "a seal in the head",         TOP(seal), 63,                "F11.1" },
    { "a seal just before the top", TOP(seal), AT - 20,           "" },
    { "a seal in the top",          TOP(seal), AT - 19,           "F11.1" },
    { "a seal far away",            TOP(seal), UINT64_MAX,        "F11.1" },
    { "no origin",                  TOP(origin.len), 0,           "F9.2" },
    { "a shorter origin",           TOP(origin.len), 4,           "" },
    { "no note",                    TOP(note.len), 0,             "" },

    { "a dictionary in the head",   DICT(offset), 63,             "F11.1" },
    { "one that ends at the top",   NEXT_DICT(offset), AT - 5009, "" },
    { "one that ends after it",     NEXT_DICT(offset), AT - 5008, "F11.1" },
    { "one whose end wraps",        NEXT_DICT(offset), UINT64_MAX - 9,
                                                                  "F11.1" },
    { "two in one place",           NEXT_DICT(offset), 64,        "F11.1" },
    { "two out of order",           DICT(offset), 66,             "F11.1" },
    { "its parity in the head",     DICT(par), 63,                "F11.1" },
    { "its parity before the top",  DICT(par), AT - 20,           "" },
    { "its parity in the top",      DICT(par), AT - 19,           "F11.1" },

    { "a slab fewer",               TOP(slab_count), 1,           "F11.1" },
    { "a slab in the head",         SLAB(offset), 63,             "F11.1" },
    { "a slab that ends at the top", SLAB(offset), AT - SLAB_BYTES, "" },
    { "a slab that ends after it",  SLAB(offset), AT - SLAB_BYTES + 1,
                                                                  "F11.1" },
    { "a slab whose end wraps",     SLAB(offset), UINT64_MAX,     "F11.1" },
    { "a tile fewer",               TOP(tile_count), 1,           "F11.1" },
    { "a tile more",                TOP(tile_count), 3,           "F11.1" },
    { "no tiles",                   TOP(tile_count), 0,           "F11.1" },
    { "a tile in the head",         TOP(tiles[0].offset), 63,     "F11.1" },
    { "a tile that ends at the top", TOP(tiles[0].offset), AT - 8192, "" },
    { "a tile that ends after it",  TOP(tiles[0].offset), AT - 8191, "F11.1" },
    { "the last tile at the top",   TOP(tiles[1].offset), AT - 44 * 32, "" },
    { "the last tile in it",        TOP(tiles[1].offset), AT - 44 * 32 + 1,
                                                                  "F11.1" },

    { "no runs",                    TOP(run_count), 0,            "F11.1" },
    { "a run fewer",                TOP(run_count), 1,            "F11.1" },
    { "a run of nothing",           RUN(end), 0,                  "F11.1" },
    { "a run beyond the tree",      LAST(end), SIZE + 1,          "F11.1" },
    { "a run far beyond it",        LAST(end), UINT64_MAX,        "F11.1" },

    { "as many rows as leaves",     RUN(tables[TABLE_MAP].rows), SIZE - 1, "" },
    { "more rows than leaves",      RUN(tables[TABLE_MAP].rows), SIZE,
                                                                  "F11.1" },
    { "rows in the head",           RUN(tables[TABLE_MAP].offset), 63,
                                                                  "F11.1" },
    { "rows nowhere",               RUN(tables[TABLE_MAP].offset), 0,
                                                                  "F11.1" },
    { "rows far away",              RUN(tables[TABLE_MAP].offset), UINT64_MAX,
                                                                  "F11.1" },
    { "rows in the top",            RUN(tables[TABLE_MAP].offset), AT - 1,
                                                                  "F11.1" },
};

static void
set_field(struct top *t, enum place place, size_t at, size_t width,
          uint64_t value)
{
    uint8_t *base = place == IN_TOP ? (uint8_t *)t
                    : place == IN_DICT ? (uint8_t *)t->dicts
                                       : (uint8_t *)t->slabs;
    uint32_t narrow = (uint32_t)value;
    uint16_t narrower = (uint16_t)value;

    memcpy(base + at, width == 8   ? (const void *)&value
                      : width == 4 ? (const void *)&narrow
                                   : (const void *)&narrower, width);
}

static void
check_top(struct top *t, const char *what, const char *clause)
{
    struct sheaf_error err = { 0 };
    struct sheaf_buf body = { 0 };
    struct top u = { .generation = 12345 };
    long live;
    int rc;

    if (!top_encode(t, NULL, &body))
        abort();
    live = mem_live();
    rc = decode(&body, body.len, &u, &err);
    eq_int(rc, clause[0] == '\0' ? SHEAF_OK : SHEAF_ECORRUPT, "%s: code",
           what);
    eq_str(err.clause, clause, "%s: clause", what);
    if (rc == SHEAF_OK) {
        top_free(&u);
    } else {
        ok(err.offset == AT && u.generation == 12345,
           "%s: says where; output untouched", what);
    }
    eq_int(mem_live(), live, "%s: no leak", what);
    sheaf_buf_free(&body);
}

static void
test_rows(void)
{
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct top t;

        make_top(&t, SIZE, 2, 2);
        set_field(&t, rows[i].place, rows[i].at, rows[i].width,
                  rows[i].value);
        check_top(&t, rows[i].what, rows[i].clause);
        top_free(&t);
    }
}

/* What no single number says. */
static void
test_others(void)
{
    struct top t;
    struct table_block *b;
    uint64_t bytes = 0;

    make_top(&t, SIZE, 2, 2);
    b = t.runs[0].tables[TABLE_MAP].blocks;
    memcpy(b[0].key, b[1].key, 6);
    make_roots(&t);
    check_top(&t, "two blocks that begin with one key", "");
    b[0].key[5]++;
    make_roots(&t);
    check_top(&t, "blocks out of order", "F11.1");
    top_free(&t);

    for (unsigned i = 0; i < TABLE_FIELDS; i++) {
        static const uint8_t most[] = { 48, 40, 48, 24 };

        make_top(&t, SIZE, 2, 2);
        b = t.runs[0].tables[TABLE_MAP].blocks;
        b[8].widths.bits[i] = most[i];
        check_top(&t, "the largest widths", "");
        b[8].widths.bits[i]++;
        check_top(&t, "wider", "F11.1");
        top_free(&t);
    }
    make_top(&t, SIZE, 2, 2);
    t.runs[0].tables[TABLE_URL].blocks[0].widths.bits[FIELD_GAP] = 29;
    check_top(&t, "a URL's gap of 29 bits", "F11.1");
    top_free(&t);

    make_top(&t, SIZE, 2, 2);
    for (unsigned kind = 0; kind < TABLE_KINDS; kind++)
        bytes += table_place_blocks(kind, &t.runs[0].tables[kind]);
    t.runs[0].tables[TABLE_MAP].offset = AT - bytes;
    check_top(&t, "tables that end at the top", "");
    t.runs[0].tables[TABLE_MAP].offset++;
    check_top(&t, "tables that end after it", "F11.1");
    top_free(&t);

    make_top(&t, 20, 8, 0);
    check_top(&t, "eight runs", "");
    t.runs[7].first = 18;
    t.runs[7].end = 19;
    t.runs[6].end = 18;
    t.runs[8] = t.runs[7];
    t.runs[8].first = 19;
    t.runs[8].end = 20;
    memset(t.runs[8].tables, 0, sizeof t.runs[8].tables);
    t.run_count = 9;
    check_top(&t, "nine runs", "F11.1");
    t.run_count = 8;
    top_free(&t);
}

static void
test_texts(void)
{
    static const struct {
        const char *what;
        const char *origin;
        const char *clause;
    } origins[] = {
        { "the characters of F9.2", "azAZ09._/~-", "" },
        { "a space", "news example", "F9.2" },
        { "a line feed", "news\n", "F9.2" },
        { "a plus sign", "a+b", "F9.2" },
        { "UTF-8", "na\xc3\xafve", "F9.2" },
        { "a cosigner's prefix", "cosignature/x", "F9.2" },
    };
    char text[300];
    struct top t;

    make_top(&t, 300, 1, 0);
    for (size_t i = 0; i < COUNT_OF(origins); i++) {
        t.origin.len = 0;
        if (!buf_add_str(&t.origin, origins[i].origin))
            abort();
        check_top(&t, origins[i].what, origins[i].clause);
    }
    memset(text, 'a', sizeof text);
    for (size_t len = 255; len <= 256; len++) {
        t.origin.len = 0;
        if (!buf_add(&t.origin, text, len))
            abort();
        check_top(&t, len == 255 ? "an origin of 255" : "one of 256",
                  len == 255 ? "" : "F9.2");
    }
    t.origin.len = 5;
    if (!buf_reserve(&t.note, NOTE_MAX + 1))
        abort();
    memset(t.note.data, 'n', NOTE_MAX + 1);
    t.note.len = NOTE_MAX;
    check_top(&t, "a note of 64 KiB", "");
    t.note.len++;
    check_top(&t, "a note of a byte more", "F11.1");
    top_free(&t);
}

/* ---- Against a base ------------------------------------------------------ */

/* A top of `size` leaves after `base`: one leaf more, with a run of its own. */
static void
grow(const struct top *base, struct top *t, uint64_t *length)
{
    struct top_run *run;
    struct sheaf_buf bytes = { 0 };
    struct sheaf_error err;

    if (top_copy(base, t, &err) != SHEAF_OK || !top_encode(base, NULL, &bytes))
        abort();
    *length = bytes.len;
    sheaf_buf_free(&bytes);
    t->base = 70;
    t->base_length = 1234;
    t->size++;
    t->generation++;
    fill_node(&t->tiles[t->tile_count - 1], 7777);
    run = &t->runs[t->run_count++];
    memset(run, 0, sizeof *run);
    run->first = t->size - 1;
    run->end = t->size;
    run->piece = 8888;
    fill_table(&run->tables[TABLE_MAP], TABLE_MAP, 1, 9000);
    fill_table(&run->tables[TABLE_URL], TABLE_URL, 0, 0);
    fill_table(&run->tables[TABLE_DIR], TABLE_DIR, 0, 0);
    make_roots(t);
}

static void
test_base(void)
{
    struct top base, t, u = { 0 };
    struct sheaf_buf body = { 0 }, again = { 0 }, whole = { 0 };
    struct sheaf_error err = { 0 };
    uint64_t length, at = 0;
    uint32_t named = 0;
    long live;
    bool good = true;

    make_top(&base, SIZE, 2, 2);
    grow(&base, &t, &length);
    if (!top_encode(&t, &base, &body) || !top_encode(&t, NULL, &whole))
        abort();
    ok(body.len < 400 && whole.len > length,
       "against a base: %zu bytes, not %zu", body.len, whole.len);
    eq_int(top_decode_base(buf_view(&body), AT, &at, &named, &err), SHEAF_OK,
           "names its base");
    ok(at == 70 && named == 1234, "by place and length");
    eq_int(top_decode(buf_view(&body), AT, &base, &u, &err), SHEAF_OK,
           "is decoded with it: %s", err.message);
    u.base = 0;
    ok(top_encode(&u, NULL, &again) &&
           bytes_equal(buf_view(&again), buf_view(&whole)),
       "and is the same top");
    eq_mem(u.root, t.root, 32, "with the same root");
    top_free(&u);
    eq_int(top_decode(buf_view(&body), AT, NULL, &u, &err), SHEAF_ECORRUPT,
           "without a base it keeps too much");
    eq_str(err.clause, "F11.1", "which breaks F11.1");
    live = mem_live();
    for (size_t len = 0; len < body.len; len++)
        good = good && top_decode(sheaf_view(body.data, len), AT, &base, &u,
                                  NULL) == SHEAF_ECORRUPT;
    ok(good, "every truncation is refused");
    for (size_t i = 0; i < body.len; i++) {
        body.data[i] ^= 0x41;
        if (top_decode(buf_view(&body), AT, &base, &u, NULL) == SHEAF_OK)
            top_free(&u);
        body.data[i] ^= 0x41;
    }
    eq_int(mem_live(), live, "no leak");
    put_be(body.data, AT, 8);
    eq_int(top_decode_base(buf_view(&body), AT, &at, &named, &err),
           SHEAF_ECORRUPT, "a base that is no earlier frame");
    put_be(body.data, 0, 8);
    eq_int(top_decode_base(buf_view(&body), AT, &at, &named, &err),
           SHEAF_ECORRUPT, "no base, but its length");
    sheaf_buf_free(&body);
    sheaf_buf_free(&again);
    sheaf_buf_free(&whole);
    top_free(&t);
    top_free(&base);
}

/* Every truncation, a byte more, and every changed byte. */
static void
test_damaged(void)
{
    struct sheaf_buf body = { 0 };
    struct sheaf_buf again = { 0 };
    struct top t;
    long live;
    bool good = true;

    make_top(&t, SIZE, 2, 2);
    if (!top_encode(&t, NULL, &body))
        abort();
    top_free(&t);
    live = mem_live();
    for (size_t len = 0; len < body.len; len++) {
        struct sheaf_error err = { 0 };

        good = good && decode(&body, len, &t, &err) == SHEAF_ECORRUPT &&
               strcmp(err.clause, "F11.1") == 0;
    }
    ok(good, "every truncation breaks F11.1");
    for (size_t i = 0; i < 3 * body.len; i++) {
        static const uint8_t flips[] = { 0x01, 0x80, 0xff };
        struct sheaf_error err = { 0 };
        int rc;

        body.data[i / 3] ^= flips[i % 3];
        rc = decode(&body, body.len, &t, &err);
        if (rc == SHEAF_OK) {
            again.len = 0;
            good = good && top_encode(&t, NULL, &again) &&
                   bytes_equal(buf_view(&body), buf_view(&again));
            top_free(&t);
        } else {
            good = good && rc == SHEAF_ECORRUPT &&
                   (strncmp(err.clause, "F11.", 4) == 0 ||
                    strcmp(err.clause, "F9.2") == 0);
        }
        body.data[i / 3] ^= flips[i % 3];
    }
    ok(good, "every changed byte is refused or kept");
    if (!buf_add_be(&body, 0x123456, 3))
        abort();
    eq_int(decode(&body, body.len, &t, NULL), SHEAF_OK,
           "fields of a later version may follow");
    again.len = 0;
    ok(t.later.len == 3 && top_encode(&t, NULL, &again) &&
           bytes_equal(buf_view(&body), buf_view(&again)),
       "and are kept");
    top_free(&t);
    sheaf_buf_free(&again);
    eq_int(mem_live(), live, "no leak");
    sheaf_buf_free(&body);
}

static void
test_faults(void)
{
    struct sheaf_buf body = { 0 };
    struct top t;
    long live;
    long n;

    make_top(&t, SIZE, 2, 2);
    if (!top_encode(&t, NULL, &body))
        abort();
    top_free(&t);
    live = mem_live();
    for (n = 0; n < 100; n++) {
        struct sheaf_error err = { 0 };
        int rc;

        t.generation = 12345;
        mem_fail_after(n);
        rc = decode(&body, body.len, &t, &err);
        mem_fail_after(-1);
        if (rc == SHEAF_OK)
            break;
        ok(rc == SHEAF_ENOMEM && err.code == rc && t.generation == 12345 &&
               mem_live() == live,
           "allocation %ld: fails, and leaves nothing", n);
    }
    ok(n >= 8, "%ld allocations can fail", n);
    top_free(&t);
    sheaf_buf_free(&body);
}

/* ---- The root of the tree ------------------------------------------------ */

static uint8_t *leaves;

static void
naive_root(uint64_t start, uint64_t end, uint8_t out[32])
{
    uint8_t left[32];
    uint8_t right[32];
    uint64_t k = 1;

    if (end - start == 1) {
        memcpy(out, leaves + start * 32, 32);
        return;
    }
    while (2 * k < end - start)
        k *= 2;
    naive_root(start, start + k, left);
    naive_root(start + k, end, right);
    hash_node(left, right, out);
}

static void
test_tree(void)
{
    static const uint64_t sizes[] = {
        1, 2, 3, 255, 256, 257, 300, 511, 512, 513, 767, 768, 769, 1025,
        65279, 65280, 65281, 65535, 65536, 65537, 65791, 65792, 65793,
        65536 + 3 * 256 + 5, 131071, 131072, 131073, 131072 + 300, 196607,
        196608, 196609, 196608 + 257,
    };
    const uint64_t most = sizes[COUNT_OF(sizes) - 1];

    leaves = malloc((size_t)most * 32);
    if (leaves == NULL)
        abort();
    for (uint64_t i = 0; i < most; i++)
        hash_leaf(&i, sizeof i, leaves + i * 32);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        uint64_t size = sizes[i];
        struct top t;
        uint8_t want[32];
        uint8_t got[32];
        uint64_t at = 0;

        make_top(&t, size, 1, 0);
        for (uint32_t k = 0; k < t.slab_count; k++, at += SLAB_LEAVES)
            naive_root(at, at + SLAB_LEAVES, t.slabs[k].root);
        for (uint32_t k = 0; k < t.tile_count; k++, at += TILE_LEAVES)
            naive_root(at, min_u64(at + TILE_LEAVES, size), t.tiles[k].root);
        naive_root(0, size, want);
        top_root(&t, got);
        eq_mem(got, want, 32, "the root of %llu leaves",
               (unsigned long long)size);
        top_free(&t);
    }
    free(leaves);
}

/* ---- Runs ---------------------------------------------------------------- */

static void
test_merges(void)
{
    static const struct {
        const char *what;
        uint64_t lengths[9]; /* a 0 ends them */
        bool merges;
    } cases[] = {
        { "a single run", { 1 }, false },
        { "a shorter one", { 10, 9 }, false },
        { "one as long", { 10, 10 }, true },
        { "a longer one", { 10, 11 }, true },
        { "only the one before counts", { 1, 10, 9 }, false },
        { "eight", { 80, 70, 60, 50, 40, 30, 20, 10 }, false },
        { "eight, the last as long", { 80, 70, 60, 50, 40, 30, 20, 20 },
          true },
        { "nine", { 90, 80, 70, 60, 50, 40, 30, 20, 10 }, true },
    };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct top t = { 0 };
        struct seal s = { 0 };
        bool good = true;

        while (t.run_count < 9 && cases[i].lengths[t.run_count] != 0) {
            struct top_run *run = &t.runs[t.run_count];

            run->first = t.size;
            t.size += cases[i].lengths[t.run_count++];
            run->end = t.size;
            run->tables[TABLE_MAP].rows = t.size * 7;
            memset(run->root, (int)t.run_count, 32);
        }
        eq_int(top_merges(&t), cases[i].merges, "%s: merges or not",
               cases[i].what);
        if (t.run_count > RUNS_MAX)
            continue;
        top_state_in_seal(&t, &s);
        for (uint32_t k = 0; k < t.run_count; k++)
            good = good && s.runs[k].first == t.runs[k].first &&
                   s.runs[k].end == t.runs[k].end &&
                   s.runs[k].rows == t.runs[k].end * 7 &&
                   memcmp(s.runs[k].root, t.runs[k].root, 32) == 0;
        ok(good && s.run_count == t.run_count, "%s: what its seal says",
           cases[i].what);
    }
}

/* ---- End records --------------------------------------------------------- */

static const struct end good_end = {
    .offset = AT,
    .top = AT - 5000,
    .top_length = 5000,
    .top_hash = { 1, 2, 3 },
    .start = 10000,
    .end = AT + END_SIZE,
    .prev = 9832,
    .prev_hash = { 4, 5, 6 },
    .size = 77,
    .root = { 7, 8, 9 },
};

static int
decode_end(const uint8_t *frame, struct end *out, struct sheaf_error *err)
{
    uint8_t *copy = copy_of(frame, END_SIZE);
    int rc = end_decode(copy, AT, out, err);

    free(copy);
    return rc;
}

static void
make_end(const struct end *e, uint8_t frame[END_SIZE])
{
    struct sheaf_buf b = { 0 };

    if (!end_encode(e, &b) || b.len != END_SIZE)
        abort();
    memcpy(frame, b.data, END_SIZE);
    sheaf_buf_free(&b);
}

static void
test_end(void)
{
    uint8_t frame[END_SIZE];
    struct sheaf_error err = { 0 };
    struct end e = { 0 };

    make_end(&good_end, frame);
    ok(get_be(frame + 12, 8) == AT && get_be(frame + 20, 8) == AT - 5000 &&
           get_be(frame + 28, 4) == 5000 && frame[32] == 1 &&
           get_be(frame + 64, 8) == 10000 &&
           get_be(frame + 72, 8) == AT + END_SIZE &&
           get_be(frame + 80, 8) == 9832 && frame[88] == 4 &&
           get_be(frame + 120, 8) == 77 && frame[128] == 7 &&
           frame[159] == 0,
       "every field in its place");
    eq_int(decode_end(frame, &e, &err), SHEAF_OK, "is read back");
    ok(err.code == 0 && e.offset == AT && e.top == AT - 5000 &&
           e.top_length == 5000 &&
           memcmp(e.top_hash, good_end.top_hash, 32) == 0 &&
           e.start == 10000 && e.end == AT + END_SIZE && e.prev == 9832 &&
           memcmp(e.prev_hash, good_end.prev_hash, 32) == 0 && e.size == 77 &&
           memcmp(e.root, good_end.root, 32) == 0,
       "as it was");
}

/* One field is set; the sum is right unless the clause is F2.3. */
static const struct {
    const char *what;
    size_t at;
    unsigned width;
    uint64_t value;
    bool reseal;
    int code;
    const char *clause;
} ends[] = {
    { "another magic", 0, 1, 0x5d, true, SHEAF_ECORRUPT, "F2.4" },
    { "no magic", 0, 1, 0, true, SHEAF_ECORRUPT, "F2.1" },
    { "a longer frame", 4, 1, 161, true, SHEAF_ECORRUPT, "F2.2" },
    { "a shorter frame", 4, 1, 159, true, SHEAF_ECORRUPT, "F2.2" },
    { "another type", 8, 1, 'A', true, SHEAF_ECORRUPT, "F2.4" },
    { "a type of ours", 8, 3, 0x544f50, true, SHEAF_ECORRUPT, "F2.4" },
    { "another version", 11, 1, 2, true, SHEAF_EUNSUPPORTED, "" },
    { "the sum", 159, 1, 1, false, SHEAF_ECORRUPT, "F2.3" },
    { "another place", 12, 8, AT + 1, true, SHEAF_ECORRUPT, "F12.2" },
    { "its top a byte later", 20, 8, AT - 4999, true, SHEAF_ECORRUPT,
      "F12.2" },
    { "its top a byte longer", 28, 4, 5001, true, SHEAF_ECORRUPT, "F12.2" },
    { "its top far away", 20, 8, AT - 5000 - (UINT64_C(1) << 32), true,
      SHEAF_ECORRUPT, "F12.2" },
    { "its top after it", 20, 8, AT + 5000, true, SHEAF_ECORRUPT, "F12.2" },
    { "a start at the top", 64, 8, AT - 5000, true, SHEAF_OK, "" },
    { "a start after it", 64, 8, AT - 4999, true, SHEAF_ECORRUPT, "F12.2" },
    { "an end where it begins", 72, 8, AT, true, SHEAF_ECORRUPT, "F12.2" },
    { "a later end", 72, 8, AT + 100000, true, SHEAF_OK, "" },
};

static void
test_ends(void)
{
    for (size_t i = 0; i < COUNT_OF(ends); i++) {
        struct sheaf_error err = { 0 };
        struct end e = { .size = 12345 };
        uint8_t frame[END_SIZE];

        make_end(&good_end, frame);
        put_be(frame + ends[i].at, ends[i].value, ends[i].width);
        if (ends[i].reseal)
            hash_check64(frame, END_SIZE - 8, frame + END_SIZE - 8);
        eq_int(decode_end(frame, &e, &err), ends[i].code, "end, %s: code",
               ends[i].what);
        eq_str(err.clause, ends[i].clause, "end, %s: clause", ends[i].what);
        eq_int(e.size, ends[i].code == SHEAF_OK ? 77 : 12345,
               "end, %s: output", ends[i].what);
    }
}

static void
test_end_damaged(void)
{
    bool good = true;

    for (size_t i = 0; i < 255 * END_SIZE; i++) {
        struct end e = { .size = 12345 };
        uint8_t frame[END_SIZE];
        uint8_t again[END_SIZE];
        int rc;

        make_end(&good_end, frame);
        frame[i / 255] ^= (uint8_t)(i % 255 + 1);
        rc = decode_end(frame, &e, NULL);
        good = good && rc != SHEAF_OK && e.size == 12345;
        hash_check64(frame, END_SIZE - 8, frame + END_SIZE - 8);
        rc = decode_end(frame, &e, NULL);
        if (rc == SHEAF_OK) {
            make_end(&e, again);
            good = good && memcmp(frame, again, END_SIZE) == 0;
        }
    }
    ok(good, "every changed byte of an end record is refused, or, with its "
             "sum made good, refused or kept");
}

int
main(void)
{
    if (hash_start(NULL) != SHEAF_OK)
        abort();
    test_round_trips();
    test_fields();
    test_rows();
    test_others();
    test_texts();
    test_base();
    test_damaged();
    test_faults();
    test_tree();
    test_merges();
    test_end();
    test_ends();
    test_end_damaged();
    return tap_done();
}
