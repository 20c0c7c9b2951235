/*
 * Leaf records and seals against spec F6: where each field is, then every
 * single change that can break a stored leaf or a seal. The part's size and
 * commitment are corrected unless they are the clause under test.
 */
#include "format/leaf.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "format/frame.h"
#include "base/hash.h"
#include "tap.h"

#define AT UINT64_C(7777)
#define PART_AT (LEAF_FIXED_SIZE + LEAF_PART_SIZE)
#define TIME INT64_C(-5000000000000)
#define HEX "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

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

static struct sheaf_bytes
view(const char *text)
{
    struct sheaf_bytes b = { (const uint8_t *)text, strlen(text) };

    return b;
}

/* ---- Records ------------------------------------------------------------- */

static void
test_record(void)
{
    uint8_t prev[32];
    uint8_t id[32];
    uint8_t body[32];
    uint8_t want[LEAF_FIXED_SIZE + 2 * LEAF_PART_SIZE] = "sheaf/leaf/v1";
    uint8_t got[32];
    uint8_t hash[32];
    struct leaf_maker m;

    memset(prev, 0x11, 32);
    memset(id, 0x22, 32);
    memset(body, 0x33, 32);
    want[16] = 1;
    want[17] = 2;
    put_be(want + 20, 0x01020304, 4);
    put_be(want + 24, (uint64_t)TIME, 8);
    memset(want + 32, 0x11, 32);
    memset(want + 64, 0x22, 32);
    want[96] = 1;
    want[97] = 1;
    put_be(want + 100, 0x0a0b0c0d0e0f1011, 8);
    memset(want + 108, 0x33, 32);
    want[140] = 7;
    want[141] = 2;
    memset(want + 152, 0x22, 32);

    memset(&m, 0xee, sizeof m);
    leaf_begin(&m, LEAF_ARTICLE, 0x01020304, TIME, prev, id);
    leaf_part(&m, ROLE_META, 1, 0x0a0b0c0d0e0f1011, body);
    leaf_part(&m, 7, 2, 0, id);
    ok(m.len == sizeof want && memcmp(m.record, want, sizeof want) == 0,
       "every field in its place");
    leaf_hash(&m, got);
    hash_leaf(want, sizeof want, hash);
    eq_mem(got, hash, 32, "the hash is over the record");

    leaf_begin(&m, LEAF_SEAL, 1, LEAF_TIME_NONE, NULL, NULL);
    memset(want, 0, sizeof want);
    memcpy(want, "sheaf/leaf/v1", 13);
    want[16] = 2;
    want[23] = 1;
    want[24] = 0x80;
    ok(m.len == LEAF_FIXED_SIZE && memcmp(m.record, want, m.len) == 0,
       "neither prev nor ID: zeros");
    for (unsigned i = 0; i < LEAF_PARTS_MAX; i++)
        leaf_part(&m, ROLE_BODY, 1, i, body);
    ok(m.record[17] == 255 && m.len == sizeof m.record,
       "255 parts fill the record");
}

static int
begin_article(const char *text, const char *id, struct leaf_maker *m,
              struct sheaf_error *err)
{
    struct sheaf_bytes line = view(text);
    struct meta meta;
    int rc = meta_parse(line, &meta, err);

    return rc == SHEAF_OK ? leaf_begin_article(m, line, &meta, view(id), err)
                          : rc;
}

static void
test_article(void)
{
    static const char first[] =
        "{\"id\":\"a\\\"b\",\"parts\":[{\"role\":\"body\",\"size\":3,"
        "\"type\":\"text/plain\"}],\"published\":\"1970-01-02\",\"rev\":1}";
    static const char second[] =
        "{\"id\":\"x\",\"parts\":[{\"role\":\"body\",\"size\":3,"
        "\"type\":\"text/plain\"}],\"prev\":\"" HEX "\",\"rev\":4294967295}";
    uint8_t zeros[32] = { 0 };
    uint8_t hash[32];
    struct sheaf_error err = { 0 };
    struct leaf_maker m;

    eq_int(begin_article(first, "a\"b", &m, &err), SHEAF_OK, "a first one");
    ok(m.len == PART_AT && m.record[16] == LEAF_ARTICLE && m.record[17] == 1,
       "an article with its line");
    ok(get_be(m.record + 20, 4) == 1 && get_be(m.record + 24, 8) == 86400000,
       "its rev and time");
    eq_mem(m.record + 32, zeros, 32, "no revision before");
    hash_blake2b("a\"b", 3, hash);
    eq_mem(m.record + 64, hash, 32, "the ID as it was given, unescaped");
    hash_blake2b(first, sizeof first - 1, hash);
    ok(m.record[96] == ROLE_META && m.record[97] == 1 &&
           get_be(m.record + 100, 8) == sizeof first - 1 &&
           memcmp(m.record + 108, hash, 32) == 0,
       "the line without its line feed");

    eq_int(begin_article(second, "x", &m, &err), SHEAF_OK, "a last one");
    ok(get_be(m.record + 20, 4) == 0xffffffff &&
           get_be(m.record + 24, 8) == UINT64_C(1) << 63,
       "the largest rev, and no time");
    ok(memcmp(m.record + 32, "\x01\x23\x45\x67\x89\xab\xcd\xef", 8) == 0 &&
           m.record[63] == 0xef,
       "prev, decoded");
}

static void
test_salt(void)
{
    static const struct {
        const char *line;
        bool salted;
        int code;
    } rows[] = {
        { "{\"id\":\"a\",\"salt\":\"" HEX "\"}", true, SHEAF_OK },
        { "{\"id\":\"a\"}", false, SHEAF_OK },
        { "{\"ext\":{\"salt\":\"" HEX "\"},\"id\":\"a\"}", false, SHEAF_OK },
        { "{\"salt\":\"\"}", false, SHEAF_ECORRUPT },
        { "{\"salt\":\"0" HEX "\"}", false, SHEAF_ECORRUPT },
        { "{\"salt\":\"012345678\"}", false, SHEAF_ECORRUPT },
        { "{\"salt\":\"ABCDEF6789abcdef0123456789abcdef"
          "0123456789abcdef0123456789abcdef\"}", false, SHEAF_ECORRUPT },
        { "{\"salt\":\"g123456789abcdef0123456789abcdef"
          "0123456789abcdef0123456789abcdef\"}", false, SHEAF_ECORRUPT },
        { "{\"salt\":17}", false, SHEAF_ECORRUPT },
        { "{\"salt\":true}", false, SHEAF_ECORRUPT },
        { "{\"salt\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,"
          "21,22,23,24,2,26]}", false, SHEAF_ECORRUPT },
    };

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sheaf_error err = { 0 };
        uint8_t salt[32] = { 0 };
        bool salted = !rows[i].salted;
        struct sheaf_bytes value = { NULL, 0 };

        json_member(view(rows[i].line), "salt", &value);
        eq_int(leaf_salt(value, salt, &salted, &err),
               rows[i].code, "salt %zu", i);
        eq_str(err.clause, rows[i].code == SHEAF_OK ? "" : "F4.8",
               "salt %zu: clause", i);
        if (rows[i].code == SHEAF_OK)
            ok(salted == rows[i].salted && salt[1] == (salted ? 0x23 : 0),
               "salt %zu: there or not", i);
    }
}

/* ---- Stored leaves ------------------------------------------------------- */

#define PART "the part of a stored leaf"
#define BODY_SIZE (PART_AT + sizeof PART - 1)

static void
make_stored(enum leaf_type type, uint8_t body[BODY_SIZE], uint8_t hash[32])
{
    uint8_t prev[32];
    uint8_t commitment[32];
    struct leaf_maker m;

    memset(prev, 0x44, 32);
    hash_blake2b(PART, sizeof PART - 1, commitment);
    leaf_begin(&m, type, 9, TIME, prev, NULL);
    leaf_part(&m, ROLE_STATEMENT, 1, sizeof PART - 1, commitment);
    leaf_hash(&m, hash);
    memcpy(body, m.record, m.len);
    memcpy(body + m.len, PART, sizeof PART - 1);
}

static int
decode_stored(const uint8_t *body, size_t len, struct leaf_stored *out,
              struct sheaf_error *err)
{
    uint8_t *copy = copy_of(body, len);
    int rc = leaf_decode_stored((struct sheaf_bytes){ copy, len }, AT, out,
                                err);

    if (rc == SHEAF_OK && out->part.data != NULL)
        out->part.data = body + (out->part.data - copy);
    free(copy);
    return rc;
}

static void
test_stored(void)
{
    static const enum leaf_type types[] = { LEAF_SEAL, LEAF_REDACTION,
                                            LEAF_KEY_CHANGE };
    uint8_t body[BODY_SIZE];
    uint8_t hash[32];
    struct leaf_stored s;

    for (size_t i = 0; i < COUNT_OF(types); i++) {
        struct sheaf_error err = { 0 };

        make_stored(types[i], body, hash);
        eq_int(decode_stored(body, sizeof body, &s, &err), SHEAF_OK,
               "type %d", (int)types[i]);
        ok(s.type == types[i] && s.rev == 9 && s.time == TIME &&
               s.prev[0] == 0x44 && s.prev[31] == 0x44,
           "its fields");
        ok(s.part.data == body + PART_AT && s.part.len == sizeof PART - 1,
           "its part");
        eq_mem(s.hash, hash, 32, "its hash, over the record only");
        eq_int(err.code, 0, "no error on success");
    }
    /* Only a redaction names an article. */
    make_stored(LEAF_REDACTION, body, hash);
    body[64] = 1;
    eq_int(decode_stored(body, sizeof body, &s, NULL), SHEAF_OK,
           "a redaction's ID");
    /* Here the record is right, and the part is wrong by no more than a
     * byte that is not there. */
    make_stored(LEAF_SEAL, body, hash);
    hash_blake2b("", 0, body + 108);
    put_be(body + 100, 0, 8);
    eq_int(decode_stored(body, PART_AT, &s, NULL), SHEAF_OK, "an empty part");
    eq_int(s.part.len, 0, "is empty");
}

/* ---- Removed articles ---------------------------------------------------- */

/* The record of an article with this many parts beside its line. */
static void
make_removed(uint32_t rev, unsigned parts, uint8_t algorithm,
             struct leaf_maker *m)
{
    uint8_t bytes[32];

    memset(bytes, 0x66, sizeof bytes);
    leaf_begin(m, LEAF_ARTICLE, rev, TIME, rev > 1 ? bytes : NULL, bytes);
    leaf_part(m, ROLE_META, COMMIT_PLAIN, 100, bytes);
    for (unsigned i = 0; i < parts; i++)
        leaf_part(m, (uint8_t)(i == 0 ? ROLE_BODY : 3 + i % 5), algorithm, i,
                  bytes);
}

static void
test_removed(void)
{
    static const unsigned parts[] = { 1, 2, 6, 254 };
    struct sheaf_buf frame = { 0 };
    struct leaf_maker m;
    struct leaf_stored s;

    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        for (uint8_t algorithm = 1; algorithm <= 2; algorithm++) {
            struct sheaf_error err = { 0 };
            struct sheaf_bytes body = { NULL, 0 };
            uint8_t hash[32];

            make_removed(1 + (uint32_t)i, parts[i], algorithm, &m);
            leaf_hash(&m, hash);
            frame.len = 0;
            ok(leaf_encode_removed(&m, &frame) &&
                   frame.len <= LEAF_FRAME_MAX &&
                   frame_body(buf_view(&frame), AT, FRAME_LEF, &body, NULL) ==
                       SHEAF_OK &&
                   body.len == m.len && memcmp(body.data, m.record, m.len) == 0,
               "the frame of %u parts holds the record", parts[i]);
            eq_int(leaf_type_of(body), LEAF_ARTICLE, "an article's");
            eq_int(leaf_decode_stored(body, AT, &s, &err), SHEAF_OK,
                   "algorithm %u", algorithm);
            ok(s.type == LEAF_ARTICLE && s.rev == 1 + i && s.time == TIME &&
                   s.parts == parts[i] + 1 && s.part.len == 0 &&
                   memcmp(s.id_hash, m.record + 64, 32) == 0 &&
                   memcmp(s.prev, m.record + 32, 32) == 0 &&
                   memcmp(s.hash, hash, 32) == 0 && err.code == 0,
               "is read back");
        }
    }
    sheaf_buf_free(&frame);
}

/* Changes to the record of an article of three parts; `rev` is 1 or 2. */
static const struct {
    const char *what;
    uint32_t rev;
    size_t at;
    uint8_t value;
    int more; /* bytes at its end */
    bool good;
} records[] = {
    { "as it is",                 1, 0, 's', 0, true },
    { "a second revision",        2, 0, 's', 0, true },
    { "revision 0",               1, 23, 0, 0, false },
    { "the first has one before", 1, 63, 1, 0, false },
    { "the first as second",      1, 23, 2, 0, false },
    { "the second as first",      2, 23, 1, 0, false },
    { "a byte more",              1, 0, 's', 1, false },
    { "a byte less",              1, 0, 's', -1, false },
    { "a part less",              1, 0, 's', -LEAF_PART_SIZE, false },
    { "a count of one more",      1, 17, 5, 0, false },
    { "a count of one",           1, 17, 1, 0, false },
    { "a count of none",          1, 17, 0, 0, false },
    { "a zero that is none",      1, 19, 1, 0, false },
    { "no line",                  1, 96, 2, 0, false },
    { "a salted line",            1, 97, 2, 0, false },
    { "a part's zero",            1, 98, 1, 0, false },
    { "no body",                  1, 140, 3, 0, false },
    { "a statement as body",      1, 140, 8, 0, false },
    { "a body without algorithm", 1, 141, 0, 0, false },
    { "an algorithm of 3",        1, 141, 3, 0, false },
    { "only the body salted",     1, 141, 2, 0, false },
    { "a second line",            1, 184, 1, 0, false },
    { "a second body",            1, 184, 2, 0, false },
    { "a statement",              1, 184, 8, 0, false },
    { "role 0",                   1, 184, 0, 0, false },
    { "a note",                   1, 184, 7, 0, true },
    { "only the third salted",    1, 185, 2, 0, false },
    { "a third part's zero",      1, 187, 9, 0, false },
    { "any size",                 1, 188, 255, 0, true },
    { "any time",                 1, 24, 0x80, 0, true },
    { "any ID",                   1, 64, 0, 0, true },
};

static void
test_records(void)
{
    for (size_t i = 0; i < COUNT_OF(records); i++) {
        struct sheaf_error err = { 0 };
        struct leaf_stored s = { .rev = 12345 };
        struct leaf_maker m;
        size_t len;
        int rc;

        memset(&m, 0, sizeof m);
        make_removed(records[i].rev, 3, COMMIT_PLAIN, &m);
        m.record[records[i].at] = records[i].value;
        len = (size_t)((long)m.len + records[i].more);
        rc = decode_stored(m.record, len, &s, &err);
        eq_int(rc, records[i].good ? SHEAF_OK : SHEAF_ECORRUPT, "%s",
               records[i].what);
        eq_str(err.clause, records[i].good ? "" : "F6.1", "%s: clause",
               records[i].what);
        ok(rc == SHEAF_OK ? s.parts == 4 : s.rev == 12345 && err.offset == AT,
           "%s: output", records[i].what);
    }
    eq_int(leaf_type_of((struct sheaf_bytes){ (const uint8_t *)"", 0 }), 0,
           "nothing has no type");
}

/* One change to a stored seal. */
static const struct {
    const char *what;
    size_t at;
    uint8_t flip;
    size_t len;
    const char *clause;
} spoiled[] = {
    { "the domain's start",        0, 0x01, BODY_SIZE, "F6.1" },
    { "the zeros behind it",      15, 0x01, BODY_SIZE, "F6.1" },
    { "type 0",                   16, 0x02, BODY_SIZE, "F6.1" },
    { "type 1, an article",       16, 0x03, BODY_SIZE, "F6.1" },
    { "type 5",                   16, 0x07, BODY_SIZE, "F6.1" },
    { "type 255",                 16, 0xfd, BODY_SIZE, "F6.1" },
    { "no parts",                 17, 0x01, BODY_SIZE, "F6.1" },
    { "two parts",                17, 0x03, BODY_SIZE, "F6.1" },
    { "the first zero",           18, 0x01, BODY_SIZE, "F6.1" },
    { "the second zero",          19, 0x80, BODY_SIZE, "F6.1" },
    { "an ID's first byte",       64, 0x01, BODY_SIZE, "F6.1" },
    { "an ID's last byte",        95, 0x80, BODY_SIZE, "F6.1" },
    { "another role",             96, 0x02, BODY_SIZE, "F6.1" },
    { "the algorithm with a key", 97, 0x03, BODY_SIZE, "F6.1" },
    { "no algorithm",             97, 0x01, BODY_SIZE, "F6.1" },
    { "the part's first zero",    98, 0x01, BODY_SIZE, "F6.1" },
    { "the part's second zero",   99, 0x80, BODY_SIZE, "F6.1" },
    { "a record cut off",          0, 0x00, PART_AT - 1, "F6.1" },
    { "nothing",                   0, 0x00, 0,         "F6.1" },
    { "a size one byte more",    107, 0x02, BODY_SIZE, "F6.2" },
    { "a size far more",         100, 0x80, BODY_SIZE, "F6.2" },
    { "a part cut off",            0, 0x00, BODY_SIZE - 1, "F6.2" },
    { "no part",                   0, 0x00, PART_AT,   "F6.2" },
    { "the commitment",          108, 0x01, BODY_SIZE, "F6.2" },
    { "its last byte",           139, 0x80, BODY_SIZE, "F6.2" },
    { "the part",            PART_AT, 0x20, BODY_SIZE, "F6.2" },
};

static void
test_spoiled(void)
{
    uint8_t body[BODY_SIZE];
    uint8_t hash[32];

    for (size_t i = 0; i < COUNT_OF(spoiled); i++) {
        struct sheaf_error err = { 0 };
        struct leaf_stored s = { .rev = 12345 };

        make_stored(LEAF_SEAL, body, hash);
        body[spoiled[i].at] ^= spoiled[i].flip;
        eq_int(decode_stored(body, spoiled[i].len, &s, &err), SHEAF_ECORRUPT,
               "%s: refused", spoiled[i].what);
        eq_str(err.clause, spoiled[i].clause, "%s: names the clause",
               spoiled[i].what);
        ok(err.offset == AT, "%s: says where", spoiled[i].what);
        eq_int(s.rev, 12345, "%s: output untouched", spoiled[i].what);
    }
}

static void
test_damaged(void)
{
    uint8_t body[BODY_SIZE];
    uint8_t hash[32];
    bool good = true;

    make_stored(LEAF_SEAL, body, hash);
    for (size_t len = 0; len < sizeof body; len++) {
        struct sheaf_error err = { 0 };
        struct leaf_stored s = { .rev = 12345 };

        good = good &&
               decode_stored(body, len, &s, &err) == SHEAF_ECORRUPT &&
               strcmp(err.clause, len < PART_AT ? "F6.1" : "F6.2") == 0 &&
               s.rev == 12345;
    }
    ok(good, "every truncation is refused as what it is");
    for (size_t i = 0; i < 255 * sizeof body; i++) {
        struct leaf_stored s = { .rev = 12345 };
        size_t at = i / 255;
        int rc;

        make_stored(LEAF_SEAL, body, hash);
        body[at] ^= (uint8_t)(i % 255 + 1);
        rc = decode_stored(body, sizeof body, &s, NULL);
        /* Revision, time and prev may be anything, as may be the type within
         * its bounds; but they change the hash. */
        good = good &&
               (rc == SHEAF_OK ? ((at >= 20 && at < 64) || at == 16) &&
                                     memcmp(s.hash, hash, 32) != 0
                               : rc == SHEAF_ECORRUPT && s.rev == 12345);
    }
    ok(good, "every changed byte is refused, or makes another leaf");
}

/* ---- Seals --------------------------------------------------------------- */

static void
make_seal(unsigned runs, struct seal *s)
{
    memset(s, 0, sizeof *s);
    s->generation = 0x0102030405060708;
    s->first = 100;
    s->prev_size = 101;
    memset(s->prev_root, 0x55, 32);
    memset(s->prev_note, 0x66, 32);
    s->redactions = 0x1112131415161718;
    s->run_count = runs;
    for (unsigned i = 0; i < runs; i++) {
        s->runs[i].first = 1000 + i;
        s->runs[i].end = 2000 + i;
        s->runs[i].rows = UINT64_MAX - i;
        memset(s->runs[i].root, (int)(0x70 + i), 32);
    }
}

static int
decode_seal(const uint8_t *part, size_t len, struct seal *out,
            struct sheaf_error *err)
{
    uint8_t *copy = copy_of(part, len);
    int rc = seal_decode((struct sheaf_bytes){ copy, len }, AT, out, err);

    free(copy);
    return rc;
}

static void
test_seal_fields(void)
{
    uint8_t want[113 + 56] = "sheaf/seal/v1";
    struct sheaf_buf b = { 0 };
    struct seal s;

    make_seal(1, &s);
    if (!seal_encode(&s, &b))
        abort();
    put_be(want + 16, 0x0102030405060708, 8);
    want[31] = 100;
    want[39] = 101;
    memset(want + 40, 0x55, 32);
    memset(want + 72, 0x66, 32);
    put_be(want + 104, 0x1112131415161718, 8);
    want[112] = 1;
    put_be(want + 113, 1000, 8);
    put_be(want + 121, 2000, 8);
    memset(want + 129, 0xff, 8);
    memset(want + 137, 0x70, 32);
    ok(b.len == sizeof want && memcmp(b.data, want, sizeof want) == 0,
       "every field of a seal in its place");
    sheaf_buf_free(&b);
}

static void
test_seals(void)
{
    for (unsigned runs = 0; runs <= SEAL_RUNS_MAX; runs++) {
        struct sheaf_error err = { 0 };
        struct sheaf_buf b = { 0 };
        struct sheaf_buf again = { 0 };
        struct seal s;
        struct seal t = { 0 };
        bool good = true;

        make_seal(runs, &s);
        if (!seal_encode(&s, &b))
            abort();
        eq_int(b.len, 113 + 56 * runs, "a seal of %u runs", runs);
        eq_int(decode_seal(b.data, b.len, &t, &err), SHEAF_OK, "is read back");
        ok(seal_encode(&t, &again) &&
               bytes_equal(buf_view(&b), buf_view(&again)),
           "as it was");
        sheaf_buf_free(&again);
        for (size_t len = 0; len < b.len; len++) {
            t.generation = 12345;
            good = good &&
                   decode_seal(b.data, len, &t, &err) == SHEAF_ECORRUPT &&
                   strcmp(err.clause, "F6.5") == 0 && t.generation == 12345;
        }
        if (!buf_add_be(&b, 0, 1))
            abort();
        good = good &&
               decode_seal(b.data, b.len, &t, &err) == SHEAF_ECORRUPT &&
               strcmp(err.clause, "F6.5") == 0 && t.generation == 12345;
        ok(good, "neither a byte less nor one more");
        sheaf_buf_free(&b);
    }
}

/* One change to a seal of eight runs. F8 allows no more, so the number 9 is
 * as wrong with eight runs behind it as with nine. */
static const struct {
    const char *what;
    size_t at;
    uint8_t to;
    unsigned more;
} bad_seals[] = {
    { "the domain's start", 0, 'S', 0 },
    { "the zeros behind it", 15, 1, 0 },
    { "a run fewer", 112, 7, 0 },
    { "a run more, which is not there", 112, 9, 0 },
    { "a run more, which is there", 112, 9, 56 },
    { "255 runs, of which eight are there", 112, 255, 0 },
    { "no runs, of which eight are there", 112, 0, 0 },
};

static void
test_bad_seals(void)
{
    for (size_t i = 0; i < COUNT_OF(bad_seals); i++) {
        struct sheaf_error err = { 0 };
        struct sheaf_buf b = { 0 };
        struct seal s;
        struct seal t = { .generation = 12345 };

        make_seal(SEAL_RUNS_MAX, &s);
        if (!seal_encode(&s, &b))
            abort();
        b.data[bad_seals[i].at] = bad_seals[i].to;
        for (unsigned k = 0; k < bad_seals[i].more; k++)
            if (!buf_add_be(&b, 0, 1))
                abort();
        eq_int(decode_seal(b.data, b.len, &t, &err), SHEAF_ECORRUPT,
               "seal, %s: refused", bad_seals[i].what);
        eq_str(err.clause, "F6.5", "seal, %s: names the clause",
               bad_seals[i].what);
        eq_int(t.generation, 12345, "seal, %s: output untouched",
               bad_seals[i].what);
        sheaf_buf_free(&b);
    }
}

int
main(void)
{
    if (hash_start(NULL) != SHEAF_OK)
        abort();
    test_record();
    test_article();
    test_salt();
    test_stored();
    test_removed();
    test_records();
    test_spoiled();
    test_damaged();
    test_seal_fields();
    test_seals();
    test_bad_seals();
    return tap_done();
}
