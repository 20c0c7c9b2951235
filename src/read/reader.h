/*
 * reader.h - an open archive, from the inside.
 *
 * From a question to an answer, each file using those before it:
 *
 *   walk.c          frames of a file, one after the other
 *   reader.c        what all need
 *   shift.c         offsets put right where bytes were inserted or lost
 *   open.c          the end, the top; opening and closing
 *   dicts.c         dictionaries, kept digested
 *   tiles.c pages.c leaf hashes and rows, as they are stored
 *   load.c large.c  a frame's articles
 *   scan.c          every leaf in its order, from the frames alone
 *   rebuild.c       what is damaged and can be derived from a scan
 *   tree.c rows.c   leaf hashes and rows, stored or derived
 *   stored.c        leaves that are stored themselves
 *   authenticate.c  the signature, and what it covers
 *   groups.c        columns of a group; from a leaf to a place
 *   redacted.c      why an article is not there
 *   find.c          from an ID or a URL to an article
 *   read.c list.c   articles and listings, handed out
 *
 * An offset in the top, in a row or in columns is a hint: what is there counts
 * once it has been checked, and with a key once its hash leads up to the
 * signature.
 */
#ifndef SHEAF_READ_READER_H
#define SHEAF_READ_READER_H

#include <pthread.h>

#include "base/base.h"
#include "format/article.h"
#include "format/codec.h"
#include "format/group.h"
#include "format/statement.h"
#include "format/top.h"
#include "read/pagecache.h"
#include "read/walk.h"
#include "sheaf.h"

struct reader_dict {
    struct sheaf_buf raw;
    struct codec_ddict *ddict; /* NULL: not loaded */
    unsigned users;
    uint64_t used_at; /* for putting out the one not used for longest */
};

/* What sheaf_authenticate has found. */
struct authentic {
    bool done;
    uint64_t size; /* leaves under the signature */
    struct sheaf_public_key signer;
    /* The top of the generation that was signed, unless that is the last.
     * Only its runs are used, and those were held against its seal. */
    bool older;
    struct top top;
};

struct sheaf_reader {
    uint64_t serial; /* no two readers of a process have the same */
    struct sheaf_source source;
    struct sheaf_limits limits;
    uint64_t file_size;
    struct top top;
    struct end end;
    bool end_damaged;
    struct authentic authentic;
    pthread_mutex_t lock; /* over the next three */
    struct reader_dict *dicts; /* as many as top.dicts */
    uint64_t cached;           /* bytes of dictionaries */
    uint64_t clock;
    struct pagecache *pages; /* of tables and tiles; has its own lock */
    pthread_mutex_t damage_lock; /* over the rest; taken last */
    /* What is damaged, and what was derived instead. */
    uint64_t damages;
    struct sheaf_error damage; /* the first */
    struct rebuilt *rebuilt;
};

/* Derived from the frames by rebuild.c. */
struct rebuilt {
    struct rebuilt *next;
    uint64_t key;
    bool gone; /* it was tried, and can't be derived */
    struct sheaf_buf bytes;
};

/* The article that a scratch holds, and where it came from. */
struct loaded {
    bool there;
    bool large; /* only its line is in memory */
    bool delta; /* a REV, made against `base` of the scratch */
    uint64_t offset;
    uint32_t index; /* in its frame */
    uint64_t length; /* of the frame */
    uint64_t size;   /* of the content */
    uint64_t base_offset;
    uint32_t base_length;
};

/* Where the articles of a group are. */
struct located {
    uint64_t at; /* offset of its GRP frame; 0 if none is loaded */
    struct group group; /* start, first, count */
    struct sheaf_buf columns; /* decompressed */
    uint64_t offsets[TILE_LEAVES];
    uint64_t lengths[TILE_LEAVES];
    uint8_t index[TILE_LEAVES]; /* in a frame with several */
    bool removed[TILE_LEAVES];
    bool lost[TILE_LEAVES]; /* damaged, as is the group's frame */
};

struct sheaf_scratch {
    uint64_t serial; /* of the reader that all below is from */
    struct codec_dctx *dctx;
    struct walk walk;         /* over the file; its window is the last frame */
    struct sheaf_buf frame;   /* a stored leaf's */
    struct sheaf_buf delta;   /* the REV frame, when the window is its base's */
    struct sheaf_buf content; /* of `loaded`; a large one's line only */
    struct sheaf_buf base;    /* its base's content */
    struct article article;
    struct loaded loaded;
    struct sheaf_buf pieces; /* hashes of a large article's pieces */
    struct sheaf_buf page;   /* one page of a table, which is ... */
    uint64_t page_key;       /* ... this one, by page_key() */
    bool page_loaded;
    struct sheaf_buf rows;   /* of a key, where pages are lost: rows.c */
    struct sheaf_buf url;    /* of an article, unescaped */
    struct sheaf_buf roots;  /* for checking pages and tiles */
    struct sheaf_buf tile;   /* leaf hashes of a tile found right */
    uint64_t tile_number;
    bool tile_loaded;
    struct located located;
};

/* ---- reader.c ------------------------------------------------------------ */

/* Forget what the scratch holds of another reader. Every public call that
 * takes both begins with this. */
void reader_claim(const struct sheaf_reader *r, struct sheaf_scratch *s);
/* What was read until now counts no more. */
void reader_renew(struct sheaf_reader *r);
/* The first damage that was passed over or mended is kept, all are counted. */
void reader_note_damage(const struct sheaf_reader *r,
                        const struct sheaf_error *why);
/* All of the archive answers again, as before sheaf_authenticate. */
void reader_distrust(struct sheaf_reader *r);
/* Fill `buf` with `len` bytes at `offset`, which must be in the file. */
int reader_read(const struct sheaf_reader *r, uint64_t offset, size_t len,
                struct sheaf_buf *buf, struct sheaf_error *err);
/* The top whose runs answer: with a key, of what was signed. */
const struct top *reader_runs(const struct sheaf_reader *r);
/* How many leaves answer. */
uint64_t reader_leaves(const struct sheaf_reader *r);

/* ---- open.c -------------------------------------------------------------- */

/* The END record at `offset`. `bytes`, unless NULL, gets its frame. */
int reader_end(const struct sheaf_reader *r, uint64_t offset, struct end *out,
               struct sheaf_buf *bytes, struct sheaf_error *err);
/* The END before `e`, by its hash; e->prev must not be 0. */
int reader_end_before(const struct sheaf_reader *r, const struct end *e,
                      struct end *out, struct sheaf_error *err);
/* The top that an end record names. */
int reader_top(const struct sheaf_reader *r, const struct end *e,
               struct top *out, struct sheaf_error *err);

/* ---- dicts.c ------------------------------------------------------------- */

/* The dictionary with this ID, which must be in force at `offset`; NULL for
 * ID 0. Give it back with reader_dict_done. */
int reader_dict_use(const struct sheaf_reader *r, uint32_t id,
                    uint64_t offset, const struct codec_ddict **out,
                    struct sheaf_error *err);
void reader_dict_done(const struct sheaf_reader *r, uint32_t id);
/* A dictionary's raw bytes, mended if need be. */
int reader_dict_load(const struct sheaf_reader *r, unsigned index,
                     struct sheaf_buf *out, struct sheaf_error *err);
void reader_dicts_free(struct sheaf_reader *r);
/* The content of a whole frame at `offset`. */
int reader_unpack(const struct sheaf_reader *r, struct sheaf_scratch *s,
                  const struct codec_header *h, struct sheaf_bytes frame,
                  uint64_t offset, struct sheaf_buf *out,
                  struct sheaf_error *err);

/* ---- authenticate.c ------------------------------------------------------ */

/* Do the first `size` leaves extend this tree? SHEAF_EROLLBACK, SHEAF_EFORK;
 * SHEAF_EVERIFY: it has another origin, which if empty is not compared. */
int reader_extends(const struct sheaf_reader *r, struct sheaf_scratch *s,
                   const struct sheaf_checkpoint *older, uint64_t size,
                   struct sheaf_error *err);

/* ---- tiles.c: as it is stored -------------------------------------------- */

/* Load a tile and check it against the top: s->tile. SHEAF_ECORRUPT if it, or
 * what leads to it, is damaged. */
int reader_tile_stored(const struct sheaf_reader *r, struct sheaf_scratch *s,
                       uint64_t number, struct sheaf_error *err);
/* Roots of the tiles in a full slab: s->roots. */
int reader_slab_roots_stored(const struct sheaf_reader *r,
                             struct sheaf_scratch *s, uint64_t slab,
                             struct sheaf_error *err);
int reader_tile_place(const struct sheaf_reader *r, struct sheaf_scratch *s,
                      uint64_t number, struct top_node *out,
                      struct sheaf_error *err);
int reader_tree_hash_stored(const struct sheaf_reader *r,
                            struct sheaf_scratch *s, uint64_t leaf,
                            uint8_t out[32], struct sheaf_error *err);

/* ---- pages.c: as it is stored --------------------------------------------- */

const struct top_table *reader_table(const struct sheaf_reader *r,
                                     unsigned run, enum table_kind kind);
uint64_t reader_page_key(unsigned run, enum table_kind kind, uint64_t page);
/* A page whose own sum holds: s->page. */
int reader_page_stored(const struct sheaf_reader *r, struct sheaf_scratch *s,
                       unsigned run, enum table_kind kind, uint64_t page,
                       struct sheaf_error *err);
/* Roots of the pages in a block of MAP, checked against the top: s->roots. */
int reader_page_roots_stored(const struct sheaf_reader *r,
                             struct sheaf_scratch *s,
                             const struct top_table *t, uint64_t block,
                             struct sheaf_error *err);
/* Does the page in s->page, number `page`, have its root in s->roots? */
int reader_prove_page(const struct sheaf_scratch *s, uint64_t page,
                      uint64_t offset, struct sheaf_error *err);

/* ---- tree.c --------------------------------------------------------------- */

/* These derive what is damaged. Load a tile: s->tile. */
int reader_tile(const struct sheaf_reader *r, struct sheaf_scratch *s,
                uint64_t number, struct sheaf_error *err);
/* Roots of the tiles in a full slab: s->roots. */
int reader_slab_roots(const struct sheaf_reader *r, struct sheaf_scratch *s,
                      uint64_t slab, struct sheaf_error *err);
/* The tree's root when it had `size` leaves. */
int reader_root_at(const struct sheaf_reader *r, struct sheaf_scratch *s,
                   uint64_t size, uint8_t out[32], struct sheaf_error *err);
/* A leaf's hash, of a tile found right. */
int reader_tree_hash(const struct sheaf_reader *r, struct sheaf_scratch *s,
                     uint64_t leaf, uint8_t out[32], struct sheaf_error *err);
/* A leaf's hash as it is stored; with a key, as the tree has it. */
int reader_leaf_hash(const struct sheaf_reader *r, struct sheaf_scratch *s,
                     uint64_t leaf, uint8_t out[32], struct sheaf_error *err);
/* Without a key an article is not lost with the hashes that it is compared
 * with: they are derived from it, and its own frame has a checksum. */
bool reader_tile_damaged(const struct sheaf_reader *r,
                         struct sheaf_scratch *s, uint64_t leaf);
/* Is this the hash of leaf number `leaf`? With a key: of the signed tree. */
int reader_check_leaf(const struct sheaf_reader *r, struct sheaf_scratch *s,
                      uint64_t leaf, uint64_t offset, const uint8_t hash[32],
                      struct sheaf_error *err);

/* ---- stored.c ------------------------------------------------------------ */

/* The body of the LEF frame at `offset`, decoded; views into s->frame. */
int reader_stored(const struct sheaf_reader *r, struct sheaf_scratch *s,
                  uint64_t offset, struct leaf_stored *out,
                  struct sheaf_error *err);
/* The seal of the generation that `end` ends, whose top is `top`. Where it is
 * damaged it is derived from what it states. */
int reader_seal(const struct sheaf_reader *r, struct sheaf_scratch *s,
                const struct end *end, const struct top *top,
                struct leaf_stored *out, struct sheaf_error *err);
/* The last end of the generation after which the tree had `size` leaves.
 * SHEAF_ENOTFOUND if none ended there. */
int reader_end_of(const struct sheaf_reader *r, uint64_t size,
                  struct end *out, struct sheaf_error *err);
/* Key change number `i`, counted from 0: the stored leaf, or where that is
 * damaged its copy in the top. */
int reader_key_leaf(const struct sheaf_reader *r, struct sheaf_scratch *s,
                    uint32_t i, struct leaf_stored *out,
                    struct sheaf_error *err);
/* All key changes below leaf `size` that the top names, each a leaf of the
 * tree and found right (F6.8), go to `listed`, unless that is NULL; anything
 * but 0 from it is SHEAF_ESTOPPED. `hash`, unless NULL, gets the last one's
 * leaf hash and `last` that one; both are left alone when there is none. */
typedef int (*key_listed)(void *arg, const struct key_change *change);
int reader_keys(const struct sheaf_reader *r, struct sheaf_scratch *s,
                uint64_t size, key_listed listed, void *arg,
                struct key_change *last, uint8_t hash[32],
                struct sheaf_error *err);

/* ---- rows.c -------------------------------------------------------------- */

/* Row number `row` of a table of run number `run`; valid until the next
 * call. With a key a MAP row is proven: its page leads up to the seal. */
int reader_row(const struct sheaf_reader *r, struct sheaf_scratch *s,
               unsigned run, enum table_kind kind, uint64_t row,
               const uint8_t **out, struct sheaf_error *err);
/* The first row whose key is not below `key`; the number of rows if there is
 * none. With a key the rows on both sides have been proven, so that a key
 * that has no row is proven to have none in this run. */
int reader_seek(const struct sheaf_reader *r, struct sheaf_scratch *s,
                unsigned run, enum table_kind kind,
                const uint8_t key[TABLE_KEY_SIZE], uint64_t *row,
                struct sheaf_error *err);

/* The rows of a key in all live runs, the newest leaf first. Starts as
 * rows_of; rows_next gives SHEAF_END after the last. */
struct rows {
    enum table_kind kind;
    uint8_t key[TABLE_KEY_SIZE];
    unsigned run;   /* the run that `at` is in, and those below, are to come */
    uint64_t first; /* of the key's rows in that run */
    uint64_t at;    /* behind the next one */
    bool scanned;   /* they are in s->rows, as pages are damaged */
    uint64_t lost;  /* leaves that are lost in runs scanned so far: a row of
                       one of them may be missing */
};
struct rows rows_of(const struct sheaf_reader *r, enum table_kind kind,
                    const uint8_t key[TABLE_KEY_SIZE]);
int rows_next(const struct sheaf_reader *r, struct sheaf_scratch *s,
              struct rows *rows, const uint8_t **row, struct sheaf_error *err);
/* The next row of MAP, decoded. */
int rows_next_map(const struct sheaf_reader *r, struct sheaf_scratch *s,
                  struct rows *rows, struct map_row *row,
                  struct sheaf_error *err);

/* ---- load.c, large.c ----------------------------------------------------- */

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
/* The first pass over an article that is too large to hold. */
int reader_load_large(const struct sheaf_reader *r, struct sheaf_scratch *s,
                      uint64_t offset, const struct codec_header *h,
                      struct sheaf_error *err);
/* The second: the bytes of part `index` to `write`. */
int reader_large_part(const struct sheaf_reader *r, struct sheaf_scratch *s,
                      size_t index, sheaf_write write, void *arg,
                      struct sheaf_error *err);

/* ---- groups.c, redacted.c, find.c ---------------------------------------- */

/* The group that row number `row` of a run's DIR is of: s->located. Derived
 * where it is damaged. */
int reader_group(const struct sheaf_reader *r, struct sheaf_scratch *s,
                 unsigned run, uint64_t row, struct sheaf_error *err);
/* The ID of a leaf that is in s->located, unescaped. */
int reader_column_id(const struct sheaf_scratch *s, uint64_t leaf,
                     struct sheaf_buf *out, struct sheaf_error *err);
/* Where leaf number `leaf` is. SHEAF_ENOTFOUND if it is no article, SHEAF_END
 * if there are not so many; SHEAF_EREDACTED, with *out set, if it was
 * removed. */
int reader_locate(const struct sheaf_reader *r, struct sheaf_scratch *s,
                  uint64_t leaf, struct sheaf_entry *out,
                  struct sheaf_error *err);
/* Why the article at `entry`, a LEF frame, is not there: SHEAF_EREDACTED with
 * the reason, or another failure. Never SHEAF_OK. */
int reader_redacted(const struct sheaf_reader *r, struct sheaf_scratch *s,
                    const struct sheaf_entry *entry,
                    struct sheaf_error *err);

/* What a row of MAP leads to. */
struct found {
    struct sheaf_entry entry;
    uint32_t rev;
    bool removed;     /* redacted: only its record is there */
    uint8_t hash[32]; /* of its leaf, as the tree has it */
};
/* The article under `id` that a row of its key leads to, removed or not;
 * unless removed it is loaded. SHEAF_ENOTFOUND if that is another ID's or a
 * redaction: with a key, once that is proven. */
int reader_follow(const struct sheaf_reader *r, struct sheaf_scratch *s,
                  const struct map_row *row, struct sheaf_bytes id,
                  struct found *out, struct sheaf_error *err);

#endif
