/*
 * leaf.h - leaf records, removed articles and seals (format.md F6).
 */
#ifndef SHEAF_FORMAT_LEAF_H
#define SHEAF_FORMAT_LEAF_H

#include "base/base.h"
#include "base/hash.h"
#include "format/meta.h"
#include "sheaf.h"

enum leaf_type {
    LEAF_ARTICLE = 1,
    LEAF_SEAL = 2,
    LEAF_REDACTION = 3,
    LEAF_KEY_CHANGE = 4
};

#define LEAF_FIXED_SIZE 96
#define LEAF_PART_SIZE 44
#define LEAF_PARTS_MAX 255
/* The longest LEF frame: a whole record, or the part of a seal or
 * redaction. */
#define LEAF_FRAME_MAX 16384
#define LEAF_TIME_NONE INT64_MIN
#define ROLE_META 1
#define ROLE_BODY 2
#define ROLE_NOTE 7      /* the last role of an article's part */
#define ROLE_STATEMENT 8 /* a seal, redaction or key change */
#define COMMIT_PLAIN 1
#define COMMIT_SALTED 2

/* ---- Commitments --------------------------------------------------------- */

/* The commitment to a part: BLAKE2b-256 of its bytes, keyed with the
 * article's salt if it has one. Begin, add any number of times, end once;
 * do not move it in between. `salt` is NULL if there is none. */
struct commitment {
    struct hash_blake hash;
};
void commitment_begin(struct commitment *c, const uint8_t *salt);
void commitment_add(struct commitment *c, const void *data, size_t len);
int commitment_add_source(struct commitment *c,
                          const struct sheaf_source *source, uint64_t offset,
                          uint64_t size, struct sheaf_buf *into,
                          struct sheaf_error *err);
void commitment_end(struct commitment *c, uint8_t out[32]);
void commitment_of(const uint8_t *salt, struct sheaf_bytes part,
                   uint8_t out[32]);

/* ---- Records ------------------------------------------------------------- */

/* Reads the fields of a record whose length has been checked. */
struct leaf_commitment {
    uint8_t role;
    uint8_t algorithm;
    uint64_t size;
    const uint8_t *hash; /* a view */
};
unsigned leaf_parts(const uint8_t *record);
/* The length of a record with this many parts. */
size_t leaf_size(unsigned parts);
int64_t leaf_time(const uint8_t *record);
const uint8_t *leaf_prev(const uint8_t *record);
const uint8_t *leaf_id_hash(const uint8_t *record);
/* Part `index`; the metadata line is the first. */
struct leaf_commitment leaf_commitment(const uint8_t *record, unsigned index);

/* Builds a leaf record, part by part. */
struct leaf_maker {
    uint8_t record[LEAF_FIXED_SIZE + LEAF_PARTS_MAX * LEAF_PART_SIZE];
    size_t len;
};

void leaf_begin(struct leaf_maker *m, enum leaf_type type, uint32_t rev,
                int64_t time, const uint8_t prev[32],
                const uint8_t id_hash[32]);
void leaf_part(struct leaf_maker *m, uint8_t role, uint8_t algorithm,
               uint64_t size, const uint8_t commitment[32]);
/* SHA(00 || record). */
void leaf_hash(const struct leaf_maker *m, uint8_t out[32]);

/* Begins the record of an article, up to its metadata part: what the line
 * alone gives. `id` is unescaped; `prev` (32 bytes) is decoded from the
 * line. */
int leaf_begin_article(struct leaf_maker *m, struct sheaf_bytes line,
                       const struct meta *meta, struct sheaf_bytes id,
                       struct sheaf_error *err);

/* Decodes the salt of an article, a JSON value, if its metadata has one
 * (F4.8). */
int leaf_salt(struct sheaf_bytes value, uint8_t out[32], bool *salted,
              struct sheaf_error *err);

/* The decoded body of a LEF frame: a record (F6.1) and, except for a
 * removed article, its part (F6.2). For a removed article, `part` is empty,
 * and `parts` counts the parts of its record, the metadata line included. */
struct leaf_stored {
    enum leaf_type type;
    uint32_t rev;
    int64_t time;
    uint8_t prev[32];
    uint8_t id_hash[32]; /* zeros for a seal and a key change */
    unsigned parts;
    struct sheaf_bytes record;
    struct sheaf_bytes part;
    uint8_t hash[32];
};
int leaf_decode_stored(struct sheaf_bytes body, uint64_t offset,
                       struct leaf_stored *out, struct sheaf_error *err);
/* The whole body from which it was decoded: record and part. */
struct sheaf_bytes leaf_body(const struct leaf_stored *leaf);
/* The type that the body of a LEF frame states, before it is decoded; 0 if
 * it is unknown. */
unsigned leaf_type_of(struct sheaf_bytes body);

/* Appends the LEF frame of a removed article, from its complete record. */
bool leaf_encode_removed(const struct leaf_maker *m, struct sheaf_buf *out);
/* Appends the LEF frame of a statement with this part; `hash` is its leaf
 * hash. */
bool leaf_encode_statement(enum leaf_type type, uint32_t rev, int64_t time,
                           const uint8_t prev[32], const uint8_t id_hash[32],
                           struct sheaf_bytes part, struct sheaf_buf *out,
                           uint8_t hash[32]);

/* ---- Seals -------------------------------------------------------------- */

#define SEAL_RUNS_MAX 8

struct seal_run {
    uint64_t first;
    uint64_t end;
    uint64_t rows;
    uint8_t root[32];
};

struct seal {
    uint64_t generation;
    uint64_t first;
    uint64_t prev_size;
    uint8_t prev_root[32];
    uint8_t prev_note[32];
    uint64_t redactions; /* in the tree */
    unsigned run_count;
    struct seal_run runs[SEAL_RUNS_MAX];
};

bool seal_encode(const struct seal *seal, struct sheaf_buf *out);
int seal_decode(struct sheaf_bytes part, uint64_t offset, struct seal *out,
                struct sheaf_error *err);

#endif
