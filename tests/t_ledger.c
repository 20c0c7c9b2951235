/*
 * The ledger against spec F6 to F12: it makes archives of up to 200
 * generations without any articles. Every frame from the ledger is parsed and
 * compared with all leaf hashes so far and with a second implementation of the
 * merge rule.
 */
#include "format/ledger.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "format/frame.h"
#include "base/hash.h"
#include "base/mem.h"
#include "log/merkle.h"
#include "tap.h"

#define LEAVES_MAX 400000u
#define TIME INT64_C(1700000000000)

static uint32_t random_state;

static uint32_t
random_below(uint32_t n)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % n;
}

/* An archive as its leaves say it should be. */
struct model {
    struct ledger s;
    uint64_t at;        /* where the next frame goes */
    uint8_t *hashes;    /* of all leaves */
    uint64_t size;
    struct merkle_range range; /* over the same */
    uint64_t first;     /* of this generation, and the tree before it */
    uint8_t prev_root[32];
    uint64_t start;
    uint64_t to_end;    /* bytes up to the end of its first END */
    bool apart;         /* a PAD is between the copies of the last whole top */
    uint64_t last_end;  /* the END before, and its hash */
    uint8_t last_hash[32];
    uint8_t seal_hash[32];
    uint64_t ends[16];  /* of the runs, by the rule of F8 */
    unsigned runs;
    bool good;
    const char *wrong;  /* the first thing that was not right */
};

static void
expect(struct model *m, bool good, const char *what)
{
    if (m->good && !good) {
        m->good = false;
        m->wrong = what;
    }
}

static void
model_make(struct model *m)
{
    memset(m, 0, sizeof *m);
    m->good = true;
    m->wrong = "";
    m->at = 64;
    merkle_range_init(&m->range);
    m->hashes = malloc((size_t)LEAVES_MAX * 32);
    if (m->hashes == NULL || ledger_init(&m->s, NULL) != SHEAF_OK)
        abort();
}

static void
model_free(struct model *m)
{
    ledger_free(&m->s);
    free(m->hashes);
}

/* ---- Frames, taken apart ------------------------------------------------- */

/* A frame at the model's offset; its body. The offset moves on. */
static struct sheaf_bytes
take_frame(struct model *m, struct sheaf_bytes frame, enum frame_type type)
{
    struct sheaf_bytes body = { NULL, 0 };

    expect(m, frame_body(frame, m->at, type, &body, NULL) == SHEAF_OK,
           "a frame of the type that is due");
    m->at += frame.len;
    return body;
}

static void
take_slab(struct model *m)
{
    struct sheaf_buf b = { 0 };
    uint64_t first = m->size - SLAB_LEAVES;
    uint64_t at = m->at;
    uint8_t root[32];
    struct sheaf_bytes body;

    if (ledger_slab(&m->s, at, &b, NULL) != SHEAF_OK)
        abort();
    body = take_frame(m, buf_view(&b), FRAME_SLB);
    expect(m, body.len == 8 + 256 * 32 + 65536 * 32 &&
                  get_be(body.data, 8) == first,
           "a slab's size and first leaf");
    for (uint32_t i = 0; m->good && i < 256; i++) {
        merkle_root(m->hashes + (first + i * 256) * 32, 256, root);
        expect(m, memcmp(body.data + 8 + i * 32, root, 32) == 0,
               "a slab's tile roots");
    }
    expect(m, m->good && memcmp(body.data + 8 + 256 * 32,
                                m->hashes + first * 32, 65536 * 32) == 0,
           "a slab's hashes");
    expect(m, m->s.top.slab_count == m->size / SLAB_LEAVES &&
                  m->s.top.slabs[m->s.top.slab_count - 1].offset == at,
           "a slab's place in the top");
    sheaf_buf_free(&b);
}

static void
take_tiles(struct model *m)
{
    struct sheaf_buf b = { 0 };
    uint64_t slab = m->size / SLAB_LEAVES * SLAB_LEAVES;
    uint64_t first = max_u64(m->first / 256 * 256, slab);
    uint64_t run = m->s.top.runs[m->s.top.run_count - 1].first;
    uint64_t at = m->at;
    struct sheaf_bytes body;

    /* Of a tile that is not full, only what the newest run has of it. */
    if (m->size - first < 256 && run > first)
        first = run;
    if (ledger_tiles(&m->s, at, &b, NULL) != SHEAF_OK)
        abort();
    if (m->size == slab || m->size == m->first) {
        expect(m, b.len == 0, "no TIL where nothing is left over");
    } else {
        body = take_frame(m, buf_view(&b), FRAME_TIL);
        expect(m, body.len == 8 + (m->size - first) * 32 &&
                      get_be(body.data, 8) == first,
               "tiles' size and first leaf");
        expect(m, m->good && memcmp(body.data + 8, m->hashes + first * 32,
                                    body.len - 8) == 0,
               "tiles' hashes");
        for (uint64_t leaf = first / 256 * 256; m->good && leaf < m->size;
             leaf += 256) {
            const struct top_node *tile = &m->s.top.tiles[(leaf - slab) / 256];
            uint64_t of = max_u64(leaf, first), count;
            uint8_t root[32];

            merkle_root(m->hashes + leaf * 32,
                        min_u64(256, m->size - leaf), root);
            expect(m, memcmp(tile->root, root, 32) == 0, "a tile's root");
            expect(m, top_hash_place(&m->s.top, of, &count) ==
                              at + 20 + (of - first) * 32 &&
                          count == min_u64(leaf + 256, m->size) - of,
                   "the place of a tile's hashes");
        }
    }
    expect(m, m->s.top.tile_count == (m->size - slab + 255) / 256,
           "the number of tiles");
    sheaf_buf_free(&b);
}

/* F8 in its own words. */
static void
merge_by_rule(struct model *m)
{
    m->ends[m->runs++] = m->size + 1;
    while (m->runs >= 2) {
        uint64_t before = m->runs > 2 ? m->ends[m->runs - 3] : 0;
        uint64_t middle = m->ends[m->runs - 2];
        uint64_t end = m->ends[m->runs - 1];

        if (end - middle < middle - before && m->runs <= 8)
            break;
        m->ends[m->runs - 2] = end;
        m->runs--;
    }
}

static void
take_run(struct model *m)
{
    struct top *t = &m->s.top;
    unsigned before = m->runs;
    unsigned merged = 99;
    struct top_run *run = ledger_run(&m->s, &merged);
    struct top_run fresh = { 0 };
    uint64_t at = 0;
    bool tables = true;

    merge_by_rule(m);
    expect(m, t->run_count == m->runs && m->runs <= 8, "the number of runs");
    expect(m, merged == before + 1 - m->runs, "how many older runs it took");
    expect(m, run == &t->runs[t->run_count - 1], "the last run is the new one");
    for (unsigned i = 0; m->good && i < m->runs; i++) {
        expect(m, t->runs[i].first == at && t->runs[i].end == m->ends[i] &&
                      m->ends[i] > at,
               "runs leave no gaps");
        at = m->ends[i];
    }
    /* What it took in can still be read; what it did not is as it was. */
    for (unsigned i = 0; m->good && i < before; i++)
        tables = tables && t->runs[i].tables[TABLE_MAP].blocks != NULL &&
                 t->runs[i].tables[TABLE_MAP].rows == 1;
    expect(m, tables, "the tables of older runs are in place");

    fresh.first = run->first;
    fresh.end = run->end;
    for (unsigned kind = 0; kind < TABLE_KINDS; kind++) {
        fresh.tables[kind].blocks = mem_new(1, sizeof(struct table_block));
        if (fresh.tables[kind].blocks == NULL)
            abort();
    }
    fresh.tables[TABLE_MAP].rows = 1;
    fresh.tables[TABLE_MAP].offset = 64;
    put_be(fresh.tables[TABLE_MAP].blocks[0].root, fresh.end, 8);
    table_map_root(&fresh.tables[TABLE_MAP], fresh.root);
    for (unsigned i = 0; i <= merged; i++)
        top_run_free(&run[i]);
    *run = fresh;
    m->at += 1000;
}

static void
take_seal(struct model *m)
{
    struct sheaf_buf b = { 0 };
    const struct top *t = &m->s.top;
    struct leaf_stored leaf;
    struct seal seal = { 0 };
    uint8_t note[32] = { 0 };
    uint64_t at = m->at;
    struct sheaf_bytes body;

    if (ledger_seal(&m->s, at, TIME, &b, NULL) != SHEAF_OK)
        abort();
    body = take_frame(m, buf_view(&b), FRAME_LEF);
    expect(m, leaf_decode_stored(body, at, &leaf, NULL) == SHEAF_OK &&
                  leaf.type == LEAF_SEAL && leaf.rev == t->generation &&
                  leaf.time == TIME &&
                  memcmp(leaf.prev, m->seal_hash, 32) == 0,
           "a seal's record");
    expect(m, m->good && seal_decode(leaf.part, at, &seal, NULL) == SHEAF_OK,
           "a seal");
    if (t->note.len != 0)
        hash_blake2b(t->note.data, t->note.len, note);
    expect(m, seal.generation == t->generation && seal.first == m->first &&
                  seal.prev_size == m->first &&
                  memcmp(seal.prev_root, m->prev_root, 32) == 0 &&
                  memcmp(seal.prev_note, note, 32) == 0,
           "what a seal says of the tree before");
    expect(m, seal.run_count == m->runs, "a seal's runs");
    for (unsigned i = 0; m->good && i < m->runs; i++)
        expect(m, seal.runs[i].end == m->ends[i] && seal.runs[i].rows == 1 &&
                      memcmp(seal.runs[i].root, t->runs[i].root, 32) == 0,
               "a seal's runs are the top's");
    if (m->good) {
        memcpy(m->seal_hash, leaf.hash, 32);
        merkle_range_add(&m->range, leaf.hash);
        memcpy(m->hashes + m->size++ * 32, leaf.hash, 32);
    }
    expect(m, t->seal == at && t->size == m->size, "a seal is a leaf");
    sheaf_buf_free(&b);
}

/* ---- The end of a generation --------------------------------------------- */

static void
take_end_record(struct model *m, const uint8_t *bytes, uint64_t at,
                uint64_t top, struct sheaf_bytes top_frame, struct end *e)
{
    uint8_t hash[32];

    memset(e, 0, sizeof *e);
    expect(m, end_decode(bytes, at, e, NULL) == SHEAF_OK, "an end record");
    hash_blake2b(top_frame.data, top_frame.len, hash);
    expect(m, e->top == top && e->top_length == top_frame.len &&
                  memcmp(e->top_hash, hash, 32) == 0,
           "an end record's top");
    expect(m, e->start == m->start && e->prev == m->last_end &&
                  memcmp(e->prev_hash, m->last_hash, 32) == 0 &&
                  e->size == m->size &&
                  memcmp(e->root, m->s.top.root, 32) == 0,
           "an end record's other fields");
}

static void
take_end(struct model *m)
{
    struct sheaf_buf top = { 0 };
    struct sheaf_buf end = { 0 };
    struct sheaf_bytes pad;
    struct top back = { 0 };
    struct end first;
    struct end second;
    struct sheaf_bytes body;
    uint64_t top_at = m->at;
    uint64_t end_at;
    uint64_t gap;

    if (ledger_choose_base(&m->s, top_at, NULL) != SHEAF_OK ||
        ledger_end(&m->s, top_at, &top, &end, NULL) != SHEAF_OK)
        abort();
    body = take_frame(m, buf_view(&top), FRAME_TOP);
    expect(m,
           m->good && top_decode(body, top_at,
                                 m->s.top.base != 0 ? &m->s.base : NULL, &back,
                                 NULL) == SHEAF_OK,
           "a top that is possible");
    expect(m, memcmp(back.root, m->s.top.root, 32) == 0, "a top's root");
    expect(m, back.size == m->size && back.generation == m->s.top.generation,
           "a top's size and generation");
    end_at = m->at;
    m->to_end = end_at + END_SIZE - m->start;
    gap = m->to_end >= PAD_FROM || top.len >= PAD_FROM_TOP ? PAD_SIZE : 0;
    expect(m, end.len == 2 * END_SIZE + gap + top.len, "END [PAD] TOP END");
    expect(m, back.base == 0 || m->apart, "a base that one sector can't take");
    if (back.base == 0)
        m->apart = gap != 0;
    if (m->good) {
        take_end_record(m, end.data, end_at, top_at, buf_view(&top), &first);
        pad = (struct sheaf_bytes){ end.data + END_SIZE, gap };
        if (gap != 0)
            expect(m, frame_body(pad, 0, FRAME_PAD, &body, NULL) == SHEAF_OK,
                   "a pad");
        expect(m, memcmp(end.data + END_SIZE + gap, top.data, top.len) == 0,
               "the same top again");
        take_end_record(m, end.data + END_SIZE + gap + top.len,
                        end_at + END_SIZE + gap + top.len,
                        end_at + END_SIZE + gap, buf_view(&top), &second);
        m->at = end_at + end.len;
        expect(m, first.end == m->at && second.end == m->at,
               "both say where the generation ends");
        m->last_end = m->at - END_SIZE;
        hash_blake2b(end.data + end.len - END_SIZE, END_SIZE, m->last_hash);
        expect(m, m->s.last_end == m->last_end &&
                      memcmp(m->s.last_hash, m->last_hash, 32) == 0,
               "the state knows the last END");
    }
    top_free(&back);
    sheaf_buf_free(&top);
    sheaf_buf_free(&end);
}

/* ---- Generations --------------------------------------------------------- */

static void
add_leaf(struct model *m)
{
    uint8_t hash[32];

    if (m->size >= LEAVES_MAX - 2)
        abort();
    hash_blake2b(&m->size, sizeof m->size, hash);
    ledger_leaf(&m->s, hash);
    merkle_range_add(&m->range, hash);
    memcpy(m->hashes + m->size++ * 32, hash, 32);
    if (ledger_slab_full(&m->s))
        take_slab(m);
}

/* One with this many articles, and so many bytes of them. */
static void
generation(struct model *m, uint64_t articles, uint64_t bytes)
{
    uint8_t root[32];

    m->first = m->size;
    merkle_range_root(&m->range, m->prev_root);
    m->start = m->at;
    ledger_begin(&m->s, m->at);
    m->at += bytes;
    for (uint64_t i = 0; i < articles; i++)
        add_leaf(m);
    m->s.top.articles += articles;
    take_run(m);
    take_seal(m);
    if (ledger_slab_full(&m->s))
        take_slab(m);
    take_tiles(m);
    ledger_close(&m->s);
    merkle_range_root(&m->range, root);
    expect(m, memcmp(m->s.top.root, root, 32) == 0, "the root of the tree");
    if (m->s.top.origin.len == 0 &&
        ledger_default_origin(&m->s, NULL) != SHEAF_OK)
        abort();
    take_end(m);
}

/* One that only carries a new signature. */
static void
empty_generation(struct model *m)
{
    struct top before = m->s.top;
    const struct top *t = &m->s.top;

    m->first = m->size;
    m->start = m->at;
    ledger_begin(&m->s, m->at);
    take_tiles(m);
    m->s.top.note.len = 0;
    if (!buf_add_str(&m->s.top.note, "a note"))
        abort();
    ledger_close(&m->s);
    expect(m, t->generation == before.generation + 1 &&
                  t->size == before.size && t->seal == before.seal &&
                  t->run_count == before.run_count &&
                  t->tile_count == before.tile_count &&
                  memcmp(t->root, before.root, 32) == 0 &&
                  memcmp(t->tiles, before.tiles, sizeof t->tiles) == 0,
           "without leaves all stays as it was");
    take_end(m);
}

static void
report(const struct model *m, const char *what, unsigned n)
{
    if (!ok(m->good, "%s: %u generations, %llu leaves, %u runs", what, n,
            (unsigned long long)m->size, m->runs))
        printf("# not right: %s\n", m->wrong);
}

/* Generations of random sizes. */
static const struct {
    const char *what;
    unsigned count;
    uint32_t most; /* articles, a random number below this */
} series[] = {
    { "one", 1, 5 },
    { "few", 3, 400 },
    { "small and many", 200, 4 },
    { "middling and many", 200, 300 },
    { "large", 20, 9000 },
};

static void
test_series(void)
{
    for (uint32_t seed = 1; seed <= 3; seed++) {
        for (size_t i = 0; i < COUNT_OF(series); i++) {
            struct model m;

            random_state = seed;
            model_make(&m);
            for (unsigned n = 0; n < series[i].count; n++) {
                generation(&m, random_below(series[i].most),
                           random_below(80000));
                if (random_below(5) == 0)
                    empty_generation(&m);
            }
            report(&m, series[i].what, series[i].count);
            model_free(&m);
        }
    }
}

/* Each generation smaller than the one before: nothing merges until there
 * are more than eight. */
static void
test_falling(void)
{
    struct model m;

    model_make(&m);
    for (unsigned n = 0; n < 12; n++) {
        generation(&m, 400 - n * 20, 0);
        if (n < 8)
            eq_int(m.s.top.run_count, n + 1, "run %u stands alone", n + 1);
        else
            ok(m.s.top.run_count <= 8, "eight at most");
    }
    report(&m, "falling", 12);
    model_free(&m);
}

/* Equal ones merge as the digits of a binary counter do. */
static void
test_equal(void)
{
    static const unsigned runs[] = { 1, 1, 2, 1, 2, 2, 3, 1, 2 };
    struct model m;

    model_make(&m);
    for (unsigned n = 0; n < COUNT_OF(runs); n++) {
        generation(&m, 9, 0);
        eq_int(m.s.top.run_count, runs[n], "runs after %u equal ones", n + 1);
    }
    report(&m, "equal", COUNT_OF(runs));
    model_free(&m);
}

/* Generations that end on either side of where a tile, and a slab, is full;
 * the seal may itself be the leaf that fills it. */
static void
test_borders(void)
{
    static const uint64_t borders[] = { 256, 512, 65536, 131072 };

    for (size_t i = 0; i < COUNT_OF(borders); i++) {
        for (uint64_t size = borders[i] - 1; size <= borders[i] + 1; size++) {
            struct model m;

            model_make(&m);
            generation(&m, size - 1, 0);
            eq_int(m.size, size, "a generation of %llu leaves",
                   (unsigned long long)size);
            empty_generation(&m);
            generation(&m, 0, 0);
            generation(&m, 1, 0);
            generation(&m, 254, 0);
            generation(&m, 255, 0);
            report(&m, "at a border", 6);
            model_free(&m);
        }
    }
}

/* F12: a pad exactly when the generation, up to the end of its first END, has
 * 65,536 bytes or more. */
static void
test_pad(void)
{
    uint64_t fixed = 0;

    for (uint64_t want = PAD_FROM - 1; want <= PAD_FROM + 1; want++) {
        struct model m;

        model_make(&m);
        if (fixed == 0) {
            generation(&m, 3, 0);
            fixed = m.to_end;
            model_free(&m);
            model_make(&m);
        }
        generation(&m, 3, want - fixed);
        eq_int(m.to_end, want, "%llu bytes up to the end of END",
               (unsigned long long)want);
        report(&m, "around the limit for a pad", 1);
        model_free(&m);
    }
}

static void
test_texts(void)
{
    struct model m;
    struct sheaf_error err = { 0 };
    struct top_dict dict = { 40000, 64, 10, 20, 300 };
    static const uint8_t start[8] = { 0x01, 0x23, 0x45, 0x67,
                                      0x89, 0xab, 0xcd, 0xef };

    model_make(&m);
    memcpy(m.s.top.root, start, 8);
    eq_int(ledger_default_origin(&m.s, &err), SHEAF_OK, "an origin");
    ok(m.s.top.origin.len == 22 &&
           memcmp(m.s.top.origin.data, "sheaf/0123456789abcdef", 22) == 0,
       "from the root");
    eq_int(ledger_add_dict(&m.s, &dict, &err), SHEAF_OK, "a dictionary");
    dict.id++;
    eq_int(ledger_add_dict(&m.s, &dict, &err), SHEAF_OK, "another");
    ok(m.s.top.dict_count == 2 && m.s.top.dicts[0].id == 40000 &&
           m.s.top.dicts[1].id == 40001 && m.s.top.dicts[1].par == 300,
       "both are in the top");
    m.s.top.dict_count = UINT16_MAX;
    eq_int(ledger_add_dict(&m.s, &dict, &err), SHEAF_ELIMIT,
           "no more than their number can say");
    eq_int(m.s.top.dict_count, UINT16_MAX, "the top is as it was");
    model_free(&m);
}

/* No memory in turn for each thing that the state gives. */
static void
test_faults(void)
{
    long live = mem_live();
    long n;

    mem_fail_after(0);
    {
        struct ledger s;

        eq_int(ledger_init(&s, NULL), SHEAF_ENOMEM, "no memory for a state");
        mem_fail_after(-1);
        ledger_free(&s);
    }
    for (n = 0; n < 100; n++) {
        struct sheaf_buf out = { 0 };
        struct sheaf_buf end = { 0 };
        struct sheaf_error err = { 0 };
        struct model m;
        int rc;

        model_make(&m);
        generation(&m, 300, 0);
        ledger_begin(&m.s, m.at);
        take_run(&m);
        mem_fail_after(n);
        rc = ledger_seal(&m.s, m.at, TIME, &out, &err);
        if (rc == SHEAF_OK)
            rc = ledger_tiles(&m.s, m.at, &out, &err);
        if (rc == SHEAF_OK) {
            ledger_close(&m.s);
            rc = ledger_end(&m.s, m.at, &out, &end, &err);
        }
        mem_fail_after(-1);
        sheaf_buf_free(&out);
        sheaf_buf_free(&end);
        model_free(&m);
        if (mem_live() != live)
            ok(false, "allocation %ld: no leak", n);
        if (rc == SHEAF_OK)
            break;
        if (rc != SHEAF_ENOMEM || err.code != rc)
            ok(false, "allocation %ld: fails with SHEAF_ENOMEM", n);
    }
    ok(n >= 4 && n < 100, "%ld allocations can fail", n);
    eq_int(mem_live(), live, "all given back");
}

/* ---- Statements ---------------------------------------------------------- */

static void
ledger_key(uint8_t byte, struct sheaf_secret_key *out)
{
    struct sheaf_public_key pub;

    /* Any pair will do; the number tells them apart. */
    if (sheaf_keygen(out, &pub, NULL) != SHEAF_OK)
        abort();
    memset(out->id, byte, sizeof out->id);
}

static void
test_statements(void)
{
    static const uint8_t reason[] = "why";
    struct redaction red = { .rev = 1, .leaf = 0, .time = TIME,
                             .reason = { reason, 3 } };
    struct sheaf_secret_key a, b, c;
    struct sheaf_buf out = { 0 };
    struct sheaf_error err = { 0 };
    struct leaf_stored leaf;
    struct sheaf_bytes body;
    struct key_change k;
    struct ledger s;
    uint8_t first[32];

    ledger_key(1, &a);
    ledger_key(2, &b);
    ledger_key(3, &c);
    if (ledger_init(&s, NULL) != SHEAF_OK ||
        !buf_add_str(&s.top.origin, "news.example/a"))
        abort();
    ledger_begin(&s, 64);
    memset(first, 1, 32);
    ledger_leaf(&s, first);
    s.top.articles = 1;
    eq_int(ledger_redaction(&s, &red, &out, &err), SHEAF_OK, "a redaction");
    ok(s.top.size == 2 && s.top.redactions == 1 && s.top.articles == 1 &&
           s.top.key_count == 0,
       "is a leaf of its own");
    if (frame_body(buf_view(&out), 64, FRAME_LEF, &body, NULL) != SHEAF_OK ||
        leaf_decode_stored(body, 64, &leaf, NULL) != SHEAF_OK)
        abort();
    eq_mem(s.slab + 32, leaf.hash, 32, "with that hash");

    out.len = 0;
    eq_int(ledger_key_change(&s, 500, TIME, &a, &a, &out, &err), SHEAF_EINVAL,
           "from a key to itself");
    eq_int(out.len, 0, "writes nothing");
    eq_int(ledger_key_change(&s, 500, TIME, &a, &b, &out, &err), SHEAF_OK,
           "a key change");
    ok(s.top.size == 3 && s.top.key_count == 1 && s.top.keys[0].leaf == 2 &&
           s.top.keys[0].offset == 500 &&
           memcmp(s.key_new, b.key + 32, 32) == 0,
       "is in the top");
    eq_int(frame_body(buf_view(&out), 500, FRAME_LEF, &body, NULL), SHEAF_OK,
           "its frame");
    eq_int(leaf_decode_stored(body, 500, &leaf, NULL), SHEAF_OK, "its leaf");
    eq_int(key_change_decode(&leaf, buf_view(&s.top.origin), 1, NULL, NULL,
                             500, &k, &err), SHEAF_OK, "is right");
    memcpy(first, leaf.hash, 32);
    out.len = 0;
    eq_int(ledger_key_change(&s, 900, TIME, &a, &c, &out, &err), SHEAF_EINVAL,
           "the key given up changes nothing more");
    eq_int(ledger_key_change(&s, 900, TIME, &b, &c, &out, &err), SHEAF_OK,
           "the key in force does");
    if (frame_body(buf_view(&out), 900, FRAME_LEF, &body, NULL) != SHEAF_OK ||
        leaf_decode_stored(body, 900, &leaf, NULL) != SHEAF_OK)
        abort();
    eq_int(key_change_decode(&leaf, buf_view(&s.top.origin), 2, first,
                             b.key + 32, 900, &k, &err), SHEAF_OK,
           "and follows the first");
    eq_int(s.top.key_count, 2, "two of them");

    /* The top has room for 255. */
    for (unsigned i = 2; i < TOP_KEYS_MAX; i++) {
        out.len = 0;
        if (ledger_key_change(&s, 1000 + i, TIME, i % 2 == 0 ? &c : &b,
                             i % 2 == 0 ? &b : &c, &out, NULL) != SHEAF_OK)
            abort();
    }
    eq_int(ledger_key_change(&s, 5000, TIME, &b, &c, &out, &err), SHEAF_ELIMIT,
           "not more than 255");
    eq_int(s.top.key_count, 255, "which are there");
    sheaf_buf_free(&out);
    ledger_free(&s);
}

int
main(void)
{
    if (hash_start(NULL) != SHEAF_OK)
        abort();
    test_series();
    test_falling();
    test_equal();
    test_borders();
    test_pad();
    test_statements();
    test_texts();
    test_faults();
    return tap_done();
}
