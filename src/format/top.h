/*
 * top.h - top and end records (format.md F11, F12).
 */
#ifndef SHEAF_FORMAT_TOP_H
#define SHEAF_FORMAT_TOP_H

#include "base/base.h"
#include "format/leaf.h"
#include "sheaf.h"
#include "format/table.h"

#define TILE_LEAVES 256u
#define SLAB_LEAVES 65536u
#define SLAB_TILES (SLAB_LEAVES / TILE_LEAVES)
#define SIZE_MAX_LEAVES ((uint64_t)1 << 39)
#define RUNS_MAX SEAL_RUNS_MAX
/* The body of an SLB frame up to its first leaf hash, in bytes. */
#define SLAB_BODY_HEAD (8 + SLAB_TILES * 32)
#define END_SIZE 176
#define TOP_KEYS_MAX 255

struct top_node {
    uint64_t offset;
    uint8_t root[32];
};

struct top_dict {
    uint32_t id;
    uint64_t offset;
    uint32_t packed;
    uint32_t raw;
    uint64_t par; /* offset of its PAR frame */
};

/* A key change. */
struct top_key {
    uint64_t leaf;
    uint64_t offset; /* of its LEF frame */
    size_t copy;     /* where the copy of that frame's body begins in
                        top.key_leaves; the next one follows */
};

struct top_run {
    uint64_t first;
    uint64_t end;
    uint8_t root[32]; /* of the map; follows from the blocks */
    struct top_table tables[TABLE_KINDS];
    uint64_t piece; /* offset of its first hash, if top_has_piece */
};

/* Owns its arrays. Initialise with { 0 }, free with top_free. */
struct top {
    uint64_t base; /* offset of the TOP frame against which this one is
                      written; 0: it is whole */
    uint32_t base_length; /* of that frame */
    uint64_t size;
    uint8_t root[32];  /* follows from slabs and tiles */
    uint64_t articles; /* removed ones included */
    uint64_t redactions;
    uint64_t generation;
    uint64_t raw;
    uint64_t seal;
    int64_t seal_time; /* of the newest seal; with the rest of the top it gives
                          the seal */
    uint32_t zstd;
    int16_t level;
    struct sheaf_buf origin;
    struct sheaf_buf note;
    struct top_key keys[TOP_KEYS_MAX];
    uint32_t key_count;
    struct top_dict *dicts;
    uint32_t dict_count;
    struct top_node *slabs;
    uint32_t slab_count;
    struct top_node tiles[SLAB_TILES];
    uint32_t tile_count;
    struct top_run runs[RUNS_MAX + 1]; /* one more, while runs are merged */
    uint32_t run_count;
    struct sheaf_buf key_leaves; /* the copies of key changes */
    struct sheaf_buf later;      /* fields of a later version, after ours */
};

/* Whether the leaf hashes of a run are a piece of their own: the run begins
 * inside the last tile, which is not full. */
static inline bool
top_has_piece(const struct top *top, const struct top_run *run)
{
    return run->first > top->size / TILE_LEAVES * TILE_LEAVES;
}

/* The offset of a leaf's hash, for a leaf after the slabs. *count is the number
 * of hashes that follow each other there, from this one on, at most to the end
 * of the tile. */
uint64_t top_hash_place(const struct top *top, uint64_t leaf, uint64_t *count);

/* The copy of the body of key change number `i`. */
struct sheaf_bytes top_key_copy(const struct top *top, uint32_t i);

void top_free(struct top *top);
void top_run_free(struct top_run *run);
int top_copy(const struct top *top, struct top *out, struct sheaf_error *err);
/* Encodes what differs from `base`, the whole top at top->base; NULL for a
 * whole top. */
bool top_encode(const struct top *top, const struct top *base,
                struct sheaf_buf *out);
/* Encodes what it says of the archive: not its own number, versions and note,
 * nor fields of a later version. Without new leaves all this stays. */
bool top_encode_state(const struct top *top, struct sheaf_buf *out);
/* The place of the base, which top_decode needs; offset 0 if there is none.
 * Checks F11.1. `offset` is that of the TOP frame. */
int top_decode_base(struct sheaf_bytes body, uint64_t offset, uint64_t *base,
                    uint32_t *length, struct sheaf_error *err);
/* Checks F11.1. `base` is the decoded base, NULL for a whole top. */
int top_decode(struct sheaf_bytes body, uint64_t offset,
               const struct top *base, struct top *out,
               struct sheaf_error *err);
/* Whether there is a dictionary with this ID. */
bool top_has_dict(const struct top *top, uint32_t id);
/* The root of the tree, from the roots of its slabs and tiles. */
void top_root(const struct top *top, uint8_t out[32]);
/* Sets what a seal repeats of the top: redactions and runs. */
void top_state_in_seal(const struct top *top, struct seal *seal);
/* F8: whether the last two runs are to be merged. */
bool top_merges(const struct top *top);

struct end {
    uint64_t offset;
    uint64_t top;
    uint32_t top_length;
    uint8_t top_hash[32];
    uint64_t start;
    uint64_t end;
    uint64_t prev;
    uint8_t prev_hash[32];
    uint64_t size;
    uint8_t root[32];
    uint32_t must; /* features that a reader must know: HEAD_FLAGS ... */
    uint32_t may;  /* ... and those that it may ignore */
};

/* A whole frame of END_SIZE bytes. */
bool end_encode(const struct end *end, struct sheaf_buf *out);
/* The offset that an END frame states for itself; nothing is checked. */
uint64_t end_offset(const uint8_t frame[END_SIZE]);
/* SHEAF_EUNSUPPORTED: the archive has features that this version must know, and
 * does not. */
int end_check_features(const struct end *end, struct sheaf_error *err);
/* Checks F12.2 as far as the frame alone allows. */
int end_decode(const uint8_t frame[END_SIZE], uint64_t offset,
               struct end *out, struct sheaf_error *err);

#endif
