/*
 * verify.h - what the files of the verifier share.
 *
 * verify.c walks the frames and gives each kind to the file that checks it.
 * They all compare with one ledger, which says what a writer would write next.
 * A function that takes a frame returns SHEAF_OK, or the first clause that is
 * broken.
 */
#ifndef SHEAF_CHECK_VERIFY_H
#define SHEAF_CHECK_VERIFY_H

#include "base/idset.h"
#include "base/pool.h"
#include "format/ledger.h"
#include "read/reader.h"

/* The stage of a generation, which says what may come next (F12.3). */
enum stage { ARTICLES, STATEMENTS, TABLES, SEALED, CLOSED };

/* An order-independent multiset hash of rows: how many, and a sum of keyed
 * hashes. */
struct row_sum {
    uint64_t count;
    uint64_t lo;
    uint64_t hi;
};

/* Sums over all articles and groups up to the end of a generation. */
struct mark {
    uint64_t size;
    uint8_t root[32];
    struct row_sum rows[TABLE_KINDS];
};

/* A removed article, and the leaf of the redaction that names it. */
struct removed {
    uint64_t leaf;
    uint64_t offset;
    uint32_t rev;
    uint8_t hash[32];
    uint8_t id_hash[32];
    bool named;
    uint64_t named_by;
};

struct job {
    struct sheaf_buf frame;
    struct sheaf_buf content;
    struct article article;  /* of a block, the last */
    struct sheaf_buf hashes; /* leaf hashes of a block; otherwise empty */
    uint64_t offset;
    uint64_t length;
    struct codec_header header;
    int rc;
    struct sheaf_error err;
};

/* The articles that are checked at once, by the threads of a pool. */
struct batch {
    struct pool *pool;
    struct codec_dctx **dctx; /* one for each thread */
    struct job *jobs;         /* at most TILE_LEAVES */
    size_t count;
    size_t room;
    uint64_t bytes;
};

struct dictionary {
    struct sheaf_buf raw;
    struct codec_ddict *digest;
    uint32_t id;
    struct sheaf_buf parity; /* the PAR frame that must come next */
    bool parity_due;         /* a group followed the dictionary */
};

/* A table of this generation. */
struct checked_table {
    struct table_builder builder;
    uint64_t at;
    struct row_sum sum;
    bool ended; /* a block that is not full came: it must be the last */
};

struct verify {
    const struct sheaf_reader *r;
    struct sheaf_verify_options options;
    struct walk walk;
    bool damaged; /* opening it has met damage */
    struct ledger ledger;
    enum stage stage;
    uint64_t fresh; /* of this generation, only optional frames came before */
    struct batch batch;
    struct sheaf_scratch *scratch; /* for large articles and old roots */
    struct article base;           /* of a difference's base */
    struct group group;
    uint32_t head_flags;
    struct dictionary dict;
    struct idset *ids; /* by id_hash, which removed articles have too */
    struct {
        struct removed *list; /* in order of their leaves */
        size_t count;
        size_t room;
    } removed;
    struct key_change *changes; /* as many as ledger.top.key_count */
    uint64_t revisions;
    uint64_t note_size;     /* that of the last note */
    uint64_t optional;      /* frames */
    uint64_t unknown;       /* of them, those of unknown types */
    struct {
        struct mark now;
        struct mark *marks; /* one for each generation's end */
        size_t count;
    } sums;
    struct checked_table tables[TABLE_KINDS];
    struct sheaf_buf out; /* what the next frame must be */
    struct sheaf_buf text;
};

/* In verify_compare.c. */
bool verify_same(const struct verify *v, const uint8_t *frame, uint64_t len);
void verify_sum_row(const struct verify *v, struct row_sum *sum,
                    const uint8_t *row, size_t len);

/* In verify_articles.c. */
int verify_revision(struct verify *v, const uint8_t id_hash[32], uint32_t rev,
                    const uint8_t prev[32], const uint8_t hash[32],
                    uint64_t offset, struct sheaf_error *err);
void verify_sum_map_row(struct verify *v, bool redaction,
                        const uint8_t id_hash[32],
                        uint64_t offset, uint64_t length);
int verify_room(const struct verify *v, bool in_group, uint64_t offset,
                struct sheaf_error *err);
void verify_open_group(struct verify *v, uint64_t offset);
int verify_drain(struct verify *v, struct sheaf_error *err);
int verify_take_articles(struct verify *v, struct walk_frame *f,
                         struct sheaf_error *err);
int verify_take_delta(struct verify *v, const struct walk_frame *f,
                      struct sheaf_error *err);

/* In verify_removed.c. */
int verify_take_removed(struct verify *v, const struct leaf_stored *leaf,
                        const uint8_t *frame, uint64_t length,
                        struct sheaf_error *err);
int verify_take_redaction(struct verify *v, const struct leaf_stored *leaf,
                          uint64_t length, struct sheaf_error *err);
int verify_removed(const struct verify *v, struct sheaf_error *err);
int verify_take_key_change(struct verify *v, const struct leaf_stored *leaf,
                           struct sheaf_error *err);

/* In verify_groups.c. */
int verify_take_group(struct verify *v, struct sheaf_bytes body,
                      uint64_t length, struct sheaf_error *err);
int verify_take_dict(struct verify *v, const struct walk_frame *f,
                     struct sheaf_error *err);
int verify_take_parity(struct verify *v, const uint8_t *frame, uint64_t length,
                       struct sheaf_error *err);

/* In verify_tables.c. */
int verify_take_table(struct verify *v, enum table_kind kind,
                      const uint8_t *frame, uint64_t length,
                      struct sheaf_error *err);
int verify_take_run(struct verify *v, const struct seal *seal,
                    struct sheaf_error *err);
/* The sums at the end of the generation that ends with leaf `size`; NULL if
 * none ends there. */
const struct mark *verify_mark_at(const struct verify *v, uint64_t size);

/* In verify_end.c. */
int verify_take_leaf(struct verify *v, struct sheaf_bytes body,
                     const uint8_t *frame, uint64_t length,
                     struct sheaf_error *err);
int verify_take_tiles(struct verify *v, bool slab, const uint8_t *frame,
                      uint64_t length, struct sheaf_error *err);
int verify_take_top(struct verify *v, const struct walk_frame *f,
                    struct sheaf_error *err);

#endif
