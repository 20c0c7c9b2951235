/*
 * leaf.c - leaf records and seals.
 */
#include "format/leaf.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "format/frame.h"
#include "base/hash.h"
#include "base/hex.h"
#include "base/json.h"

static const uint8_t leaf_domain[16] = "sheaf/leaf/v1";
static const uint8_t seal_domain[16] = "sheaf/seal/v1";

/* ---- Commitments --------------------------------------------------------- */

void
commitment_begin(struct commitment *c, const uint8_t *salt)
{
    if (salt != NULL)
        hash_blake_start_keyed(&c->hash, salt);
    else
        hash_blake_start(&c->hash);
}

void
commitment_add(struct commitment *c, const void *data, size_t len)
{
    hash_blake_add(&c->hash, data, len);
}

int
commitment_add_source(struct commitment *c, const struct sheaf_source *source,
                      uint64_t offset, uint64_t size, struct sheaf_buf *into,
                      struct sheaf_error *err)
{
    return hash_blake_add_source(&c->hash, source, offset, size, into, err);
}

void
commitment_end(struct commitment *c, uint8_t out[32])
{
    hash_blake_end(&c->hash, out);
}

void
commitment_of(const uint8_t *salt, struct sheaf_bytes part, uint8_t out[32])
{
    if (salt != NULL)
        hash_blake2b_keyed(salt, part.data, part.len, out);
    else
        hash_blake2b(part.data, part.len, out);
}

/* ---- Records ------------------------------------------------------------- */

unsigned
leaf_parts(const uint8_t *record)
{
    return record[17];
}

size_t
leaf_size(unsigned parts)
{
    return LEAF_FIXED_SIZE + (size_t)parts * LEAF_PART_SIZE;
}

int64_t
leaf_time(const uint8_t *record)
{
    return (int64_t)get_be(record + 24, 8);
}

const uint8_t *
leaf_prev(const uint8_t *record)
{
    return record + 32;
}

const uint8_t *
leaf_id_hash(const uint8_t *record)
{
    return record + 64;
}

struct leaf_commitment
leaf_commitment(const uint8_t *record, unsigned index)
{
    const uint8_t *p = record + leaf_size(index);

    assert(index < leaf_parts(record));
    return (struct leaf_commitment){ p[0], p[1], get_be(p + 4, 8), p + 12 };
}

void
leaf_begin(struct leaf_maker *m, enum leaf_type type, uint32_t rev,
           int64_t time, const uint8_t prev[32], const uint8_t id_hash[32])
{
    uint8_t *r = m->record;

    memset(r, 0, LEAF_FIXED_SIZE);
    memcpy(r, leaf_domain, sizeof leaf_domain);
    r[16] = (uint8_t)type;
    put_be(r + 20, rev, 4);
    put_be(r + 24, (uint64_t)time, 8);
    if (prev != NULL)
        memcpy(r + 32, prev, 32);
    if (id_hash != NULL)
        memcpy(r + 64, id_hash, 32);
    m->len = LEAF_FIXED_SIZE;
}

void
leaf_part(struct leaf_maker *m, uint8_t role, uint8_t algorithm,
          uint64_t size, const uint8_t commitment[32])
{
    uint8_t *p = m->record + m->len;

    assert(m->record[17] < LEAF_PARTS_MAX);
    m->record[17]++;
    p[0] = role;
    p[1] = algorithm;
    p[2] = p[3] = 0;
    put_be(p + 4, size, 8);
    memcpy(p + 12, commitment, 32);
    m->len += LEAF_PART_SIZE;
}

void
leaf_hash(const struct leaf_maker *m, uint8_t out[32])
{
    hash_leaf(m->record, m->len, out);
}

/* A JSON string of 64 lower-case hexadecimal digits. */
static bool
hex32(struct sheaf_bytes value, uint8_t out[32])
{
    return json_inside(value, &value) && hex_parse(value, out, 32);
}

int
leaf_begin_article(struct leaf_maker *m, struct sheaf_bytes line,
                   const struct meta *meta, struct sheaf_bytes id,
                   struct sheaf_error *err)
{
    uint8_t prev[32] = { 0 };
    uint8_t hash[32];

    if (meta->prev.len != 0 && !hex32(meta->prev, prev))
        return fail_corrupt(err, NO_OFFSET, "F4.7", "prev is not a hash");
    hash_blake2b(id.data, id.len, hash);
    leaf_begin(m, LEAF_ARTICLE, (uint32_t)meta->rev, meta_leaf_time(meta),
               prev, hash);
    hash_blake2b(line.data, line.len, hash);
    leaf_part(m, ROLE_META, 1, line.len, hash);
    return SHEAF_OK;
}

int
leaf_salt(struct sheaf_bytes value, uint8_t out[32], bool *salted,
          struct sheaf_error *err)
{
    *salted = value.len != 0;
    if (*salted && !hex32(value, out))
        return fail_corrupt(err, NO_OFFSET, "F4.8",
                            "salt is not 32 bytes in hex");
    return SHEAF_OK;
}

static bool
all_zeros(const uint8_t *p, size_t len)
{
    while (len != 0 && *p == 0) {
        p++;
        len--;
    }
    return len == 0;
}

/* Whether the parts of a removed article have the roles and algorithms that
 * an article can have: the metadata line algorithm 1, the others all the
 * same. */
static bool
removed_parts_ok(struct cursor *c, unsigned count)
{
    uint8_t others = 0;

    for (unsigned i = 0; i < count; i++) {
        uint8_t role = cursor_u8(c);
        uint8_t algorithm = cursor_u8(c);
        uint16_t zero = cursor_u16(c);
        bool good;

        (void)cursor_take(c, LEAF_PART_SIZE - 4);
        if (i == 0)
            good = role == ROLE_META && algorithm == COMMIT_PLAIN;
        else if (i == 1)
            good = role == ROLE_BODY &&
                   (algorithm == COMMIT_PLAIN || algorithm == COMMIT_SALTED);
        else
            good = role > ROLE_BODY && role <= ROLE_NOTE && algorithm == others;
        if (!good || zero != 0)
            return false;
        others = algorithm;
    }
    return cursor_done(c);
}

static int
decode_removed(struct cursor *c, uint64_t offset, struct leaf_stored *s,
               struct sheaf_error *err)
{
    if (s->parts < 2 || s->rev == 0 ||
        (s->rev == 1) != all_zeros(s->prev, 32) ||
        !removed_parts_ok(c, s->parts))
        return fail_corrupt(err, offset, "F6.1",
                            "not the record of an article");
    s->part = (struct sheaf_bytes){ NULL, 0 };
    return SHEAF_OK;
}

static int
decode_statement(struct cursor *c, uint64_t offset, struct leaf_stored *s,
                 struct sheaf_error *err)
{
    uint8_t role = cursor_u8(c);
    uint8_t algorithm = cursor_u8(c);
    uint16_t zero = cursor_u16(c);
    uint64_t size = cursor_u64(c);
    uint8_t stated[32];
    uint8_t hash[32];

    cursor_copy(c, stated, 32);
    if (c->bad || zero != 0 || s->parts != 1 || role != ROLE_STATEMENT ||
        algorithm != COMMIT_PLAIN)
        return fail_corrupt(err, offset, "F6.1", "not a stored leaf record");
    if (s->type != LEAF_REDACTION && !all_zeros(s->id_hash, 32))
        return fail_corrupt(err, offset, "F6.1", "leaf has an ID");
    s->part.len = cursor_left(c);
    s->part.data = c->at;
    s->record.len -= s->part.len;
    if (size != s->part.len)
        return fail_corrupt(err, offset, "F6.2", "part has another size");
    hash_blake2b(s->part.data, s->part.len, hash);
    if (memcmp(hash, stated, 32) != 0)
        return fail_corrupt(err, offset, "F6.2", "commitment does not match");
    return SHEAF_OK;
}

struct sheaf_bytes
leaf_body(const struct leaf_stored *leaf)
{
    return (struct sheaf_bytes){ leaf->record.data,
                                 leaf->record.len + leaf->part.len };
}

unsigned
leaf_type_of(struct sheaf_bytes body)
{
    unsigned type = body.len > 16 ? body.data[16] : 0;

    return type <= LEAF_KEY_CHANGE ? type : 0;
}

int
leaf_decode_stored(struct sheaf_bytes body, uint64_t offset,
                   struct leaf_stored *out, struct sheaf_error *err)
{
    struct cursor c = cursor_over(body.data, body.len);
    const uint8_t *domain = cursor_take(&c, 16);
    uint8_t type = cursor_u8(&c);
    struct leaf_stored s = { .parts = cursor_u8(&c), .record = body };
    uint16_t zero = cursor_u16(&c);
    int rc;

    s.rev = cursor_u32(&c);
    s.time = (int64_t)cursor_u64(&c);
    cursor_copy(&c, s.prev, 32);
    cursor_copy(&c, s.id_hash, 32);
    if (c.bad || memcmp(domain, leaf_domain, 16) != 0 || zero != 0 ||
        type < LEAF_ARTICLE || type > LEAF_KEY_CHANGE)
        return fail_corrupt(err, offset, "F6.1", "not a stored leaf record");
    s.type = (enum leaf_type)type;
    rc = type == LEAF_ARTICLE ? decode_removed(&c, offset, &s, err)
                              : decode_statement(&c, offset, &s, err);
    if (rc != SHEAF_OK)
        return rc;
    hash_leaf(s.record.data, s.record.len, s.hash);
    *out = s;
    return SHEAF_OK;
}

bool
leaf_encode_removed(const struct leaf_maker *m, struct sheaf_buf *out)
{
    size_t start = out->len;

    assert(m->record[16] == LEAF_ARTICLE);
    return frame_begin(out, FRAME_LEF) && buf_add(out, m->record, m->len) &&
           frame_end(out, start);
}

bool
leaf_encode_statement(enum leaf_type type, uint32_t rev, int64_t time,
                      const uint8_t prev[32], const uint8_t id_hash[32],
                      struct sheaf_bytes part, struct sheaf_buf *out,
                      uint8_t hash[32])
{
    size_t start = out->len;
    struct leaf_maker m;
    uint8_t commitment[32];

    hash_blake2b(part.data, part.len, commitment);
    leaf_begin(&m, type, rev, time, prev, id_hash);
    leaf_part(&m, ROLE_STATEMENT, COMMIT_PLAIN, part.len, commitment);
    leaf_hash(&m, hash);
    return frame_begin(out, FRAME_LEF) && buf_add(out, m.record, m.len) &&
           buf_add(out, part.data, part.len) && frame_end(out, start);
}

bool
seal_encode(const struct seal *seal, struct sheaf_buf *out)
{
    bool good = buf_add(out, seal_domain, 16) &&
                buf_add_be(out, seal->generation, 8) &&
                buf_add_be(out, seal->first, 8) &&
                buf_add_be(out, seal->prev_size, 8) &&
                buf_add(out, seal->prev_root, 32) &&
                buf_add(out, seal->prev_note, 32) &&
                buf_add_be(out, seal->redactions, 8) &&
                buf_add_be(out, seal->run_count, 1);

    for (unsigned i = 0; good && i < seal->run_count; i++) {
        const struct seal_run *r = &seal->runs[i];

        good = buf_add_be(out, r->first, 8) && buf_add_be(out, r->end, 8) &&
               buf_add_be(out, r->rows, 8) && buf_add(out, r->root, 32);
    }
    return good;
}

int
seal_decode(struct sheaf_bytes part, uint64_t offset, struct seal *out,
            struct sheaf_error *err)
{
    struct cursor c = cursor_over(part.data, part.len);
    const uint8_t *domain = cursor_take(&c, 16);
    struct seal s = { 0 };

    s.generation = cursor_u64(&c);
    s.first = cursor_u64(&c);
    s.prev_size = cursor_u64(&c);
    cursor_copy(&c, s.prev_root, 32);
    cursor_copy(&c, s.prev_note, 32);
    s.redactions = cursor_u64(&c);
    s.run_count = cursor_u8(&c);
    for (unsigned i = 0; i < s.run_count && i < SEAL_RUNS_MAX; i++) {
        s.runs[i].first = cursor_u64(&c);
        s.runs[i].end = cursor_u64(&c);
        s.runs[i].rows = cursor_u64(&c);
        cursor_copy(&c, s.runs[i].root, 32);
    }
    if (!cursor_done(&c) || s.run_count > SEAL_RUNS_MAX ||
        memcmp(domain, seal_domain, 16) != 0)
        return fail_corrupt(err, offset, "F6.5", "not a seal");
    *out = s;
    return SHEAF_OK;
}
