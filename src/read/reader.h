/*
 * reader.h - an open archive, from the inside. Floor 8.
 */
#ifndef SHEAF_READ_READER_H
#define SHEAF_READ_READER_H

#include <pthread.h>

#include "format/article.h"
#include "base/base.h"
#include "format/codec.h"
#include "format/group.h"
#include "read/pagecache.h"
#include "sheaf.h"
#include "format/statement.h"
#include "format/top.h"

struct reader_dict {
    struct sheaf_buf raw;
    struct codec_ddict *ddict; /* NULL: not loaded */
    unsigned users;
    uint64_t used_at; /* for putting out the one not used for longest */
};

struct sheaf_reader {
    uint64_t serial; /* no two readers of a process have the same */
    struct sheaf_source source;
    struct sheaf_limits limits;
    uint64_t file_size;
    struct top top;
    struct end end;
    bool end_damaged;
    bool trusted;       /* sheaf_authenticate has succeeded, and then ... */
    bool map_trusted;   /* ... the seal vouches for the runs' map roots */
    uint64_t signed_size;
    struct sheaf_public_key signer;
    pthread_mutex_t lock; /* over what follows */
    struct reader_dict *dicts; /* as many as top.dicts */
    uint64_t cached;
    uint64_t clock;
    struct pagecache *pages; /* pages of tables and tiles; has its own lock */
};

struct sheaf_scratch {
    uint64_t serial; /* of the reader that all below is from */
    struct codec_dctx *dctx;
    struct sheaf_buf frame;   /* compressed, as read */
    struct sheaf_buf content; /* decompressed; a large one's line only */
    struct sheaf_buf patch;   /* the REV frame, when `frame` is its base's */
    struct sheaf_buf base;    /* its base's content */
    struct article article;
    bool loaded;              /* `article` holds the one at ... */
    uint64_t loaded_offset;
    uint32_t loaded_index;
    uint64_t loaded_length;
    uint64_t loaded_size;
    bool loaded_large;
    bool loaded_patch;        /* it was a REV, made against `base`, at ... */
    uint64_t base_offset;
    uint32_t base_length;
    struct sheaf_buf pieces; /* hashes of a large article's pieces */
    struct sheaf_buf page;   /* one page of a table */
    uint64_t page_at;        /* its offset; 0 if none */
    struct sheaf_buf url;    /* of an article, unescaped */
    struct sheaf_buf roots;  /* for checking pages and tiles */
    struct sheaf_buf tile;   /* leaf hashes of a tile found right */
    uint64_t tile_number;
    bool tile_loaded;
    struct sheaf_buf columns; /* decompressed, of the group below */
    struct group group;       /* start, first, count */
    uint64_t group_at;        /* 0 if none */
    uint64_t group_offsets[TILE_LEAVES];
    uint64_t group_lengths[TILE_LEAVES];
    uint8_t group_index[TILE_LEAVES]; /* in a frame with several */
    bool group_removed[TILE_LEAVES];
};

/* Forget what the scratch holds of another reader. Every public call that
 * takes both begins with this. */
void reader_claim(const struct sheaf_reader *r, struct sheaf_scratch *s);

/* Fill `buf` with `len` bytes at `offset`, which must be in the file. */
int reader_read(const struct sheaf_reader *r, uint64_t offset, size_t len,
                struct sheaf_buf *buf, struct sheaf_error *err);

/* The dictionary with this ID, which must be in force at `offset`; NULL for
 * ID 0. Give it back with reader_dict_done. */
int reader_dict_use(const struct sheaf_reader *r, uint32_t id,
                    uint64_t offset, const struct codec_ddict **out,
                    struct sheaf_error *err);
void reader_dict_done(const struct sheaf_reader *r, uint32_t id);
/* A dictionary's raw bytes, mended if need be. */
int reader_dict_load(const struct sheaf_reader *r, unsigned index,
                     struct sheaf_buf *out, struct sheaf_error *err);

/* Load a tile and check it against the top: scratch->tile. */
int reader_tile(const struct sheaf_reader *r, struct sheaf_scratch *s,
                uint64_t number, struct sheaf_error *err);
/* The tree's root when it had `size` leaves. */
int reader_root_at(const struct sheaf_reader *r, struct sheaf_scratch *s,
                   uint64_t size, uint8_t out[32], struct sheaf_error *err);

/* The body of the LEF frame at `offset`, decoded; views into s->frame. */
int reader_stored(const struct sheaf_reader *r, struct sheaf_scratch *s,
                  uint64_t offset, struct leaf_stored *out,
                  struct sheaf_error *err);
/* All key changes below leaf `size` that the top names, each a leaf of the
 * tree and found right (F6.8); `chain`, unless NULL, goes through them. `hash`,
 * unless NULL, gets the last one's leaf hash and `last` that one; both are
 * left alone when there is none. */
int reader_keys(const struct sheaf_reader *r, struct sheaf_scratch *s,
                uint64_t size, struct key_chain *chain,
                struct key_change *last, uint8_t hash[32],
                struct sheaf_error *err);

/* Row number `row` of a table of a run; valid until the next call. */
int reader_row(const struct sheaf_reader *r, struct sheaf_scratch *s,
               const struct top_table *t, enum table_kind kind, uint64_t row,
               const uint8_t **out, struct sheaf_error *err);
/* The first row whose key is not below `key`; t->rows if there is none. */
int reader_seek(const struct sheaf_reader *r, struct sheaf_scratch *s,
                const struct top_table *t, enum table_kind kind,
                const uint8_t key[TABLE_KEY_SIZE], uint64_t *row,
                struct sheaf_error *err);

/* Does a row of MAP say that an article with this ID is in the frame at
 * `offset`, of `length` bytes? SHEAF_ENOTFOUND if none does. */
int reader_in_map(const struct sheaf_reader *r, struct sheaf_scratch *s,
                  struct sheaf_bytes id, uint64_t offset, uint64_t length,
                  struct sheaf_error *err);

/* Decompress the group whose GRP frame is described by `row`. */
int reader_group(const struct sheaf_reader *r, struct sheaf_scratch *s,
                 const struct dir_row *row, struct sheaf_error *err);

/* Load and decode the article at `entry` into the scratch, its leaf hash
 * not yet compared with the tree's. SHEAF_EREDACTED when a LEF frame stands
 * there: what it is, reader_stored says. */
int reader_load(const struct sheaf_reader *r, struct sheaf_scratch *s,
                const struct sheaf_entry *entry, struct sheaf_error *err);
/* Does the frame that is loaded hold others, too? */
bool reader_in_block(const struct sheaf_scratch *s);
/* Of the frame that is loaded, the first article that has this ID (any, if
 * NULL) and this leaf hash (any, if NULL), and its number. SHEAF_ENOTFOUND if
 * none has; then nothing is loaded. */
int reader_pick(struct sheaf_scratch *s, const struct sheaf_bytes *id,
                const uint8_t *hash, uint32_t *index,
                struct sheaf_error *err);
/* A leaf's hash as it is stored; after sheaf_authenticate, as the tree has it. */
int reader_leaf_hash(const struct sheaf_reader *r, struct sheaf_scratch *s,
                     uint64_t leaf, uint8_t out[32], struct sheaf_error *err);
/* Without a key an article is not lost with the hashes that it is compared
 * with: they are derived from it, and its own frame has a checksum. */
bool reader_tile_damaged(const struct sheaf_reader *r,
                         struct sheaf_scratch *s, uint64_t leaf);
/* Is this the hash of leaf number `leaf`? After sheaf_authenticate: of the signed
 * tree. */
int reader_check_leaf(const struct sheaf_reader *r, struct sheaf_scratch *s,
                      uint64_t leaf, uint64_t offset, const uint8_t hash[32],
                      struct sheaf_error *err);
/* Why the article at `entry`, a LEF frame, is not there: SHEAF_EREDACTED with
 * the reason, or another failure. Never SHEAF_OK. */
int reader_redacted(const struct sheaf_reader *r, struct sheaf_scratch *s,
                    const struct sheaf_entry *entry,
                    struct sheaf_error *err);

#endif
