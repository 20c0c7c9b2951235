/*
 * reader.h - an open archive, from the inside.
 *
 * The files from a question to an answer; each uses those before it:
 *
 *   walk.c            frames of a file, one after the other
 *   reader.c          what all files need
 *   damage_source.c   a file that reads as if nothing in it had moved
 *   damage_stated.c   the lengths that a group states
 *   damage_witness.c  what frames say of where they stood
 *   damage_place.c    where whole frames were inserted or lost
 *   damage_shift.c    all places where bytes were inserted or lost
 *   damage_settle.c   an open archive is put right
 *   ends.c            end records, and those before them
 *   tops.c            the top that an end record names
 *   open.c            the end; opening and closing
 *   tail.c            what follows the end
 *   dicts.c           dictionaries, kept digested
 *   tiles.c pages.c   leaf hashes and rows, as they are stored
 *   load.c large.c    the articles of a frame
 *   columns.c         columns of a group, as they are stored
 *   scan.c            every leaf in order, from the frames alone
 *   damage_parts.c    what was derived, and scanning for it
 *   damage_hashes.c   leaf hashes of what is lost, from where they stand
 *   damage_tiles.c    leaf hashes and their roots, derived from a scan
 *   damage_rebuild.c  pages, rows and columns, derived from a scan
 *   tree.c            leaf hashes, stored or derived
 *   map_lookup.c      rows of the tables, stored or derived
 *   expect.c          what will be read next, for sources far away
 *   derive_leaf.c     seals and key changes from what the tops state
 *   stored.c          leaves that are stored in LEF frames
 *   authenticate.c    the signature, and what it covers
 *   groups.c          groups, stored or derived; from a leaf to its place
 *   redacted.c        why an article is missing
 *   standing.c        whether articles that are there were redacted
 *   find_article.c    from an ID or a URL to an article
 *   read.c            reading articles
 *   each.c            every leaf in order, with what is lost
 *   list.c            listing articles
 *
 * An offset in the top, in a row or in columns is only a hint. What is there
 * counts once it has been checked; with a key, once its hash leads up to the
 * signature.
 */
#ifndef SHEAF_READ_READER_H
#define SHEAF_READ_READER_H

#include <pthread.h>

#include "base/base.h"
#include "base/idset.h"
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
    bool borrowed;             /* `raw` is of the cache of dictionaries */
    struct codec_ddict *ddict; /* NULL: not loaded */
    unsigned users;
    uint64_t used_at; /* for dropping the one not used for longest */
    struct sheaf_error gone; /* why it cannot be loaded, or 0: not tried again
                                for each article */
};

/* The result of sheaf_authenticate. */
struct authentic {
    bool done;
    uint64_t size; /* leaves under the signature */
    struct sheaf_public_key signer;
    /* The top of the signed generation, unless that is the last one. Only
     * its runs are used, which were compared with its seal. */
    bool older;
    struct top top;
};

/* A top that the reader had before it went back to an earlier one: what
 * sheaf_get_info gave points into it. */
struct past_top {
    struct past_top *next;
    struct top top;
};

struct sheaf_reader {
    uint64_t serial; /* differs for all readers of a process */
    struct sheaf_source source;
    struct sheaf_limits limits;
    uint64_t file_size;
    struct top top;
    struct past_top *past;
    struct end end;
    bool end_damaged;
    bool shifted; /* bytes were inserted or lost before the end */
    bool settled; /* reader_settle was called; under damage_lock */
    bool asked;   /* whether earlier ends are in their places; likewise */
    uint64_t lost_leaves; /* of later generations without a top; at least */
    struct authentic authentic;
    pthread_mutex_t lock; /* protects the next three */
    struct reader_dict *dicts; /* as many as top.dicts */
    uint64_t cached;           /* bytes of dictionaries */
    uint64_t clock;
    struct sheaf_dict_cache kept; /* beyond the process; `get` may be NULL */
    struct pagecache *pages; /* of tables and tiles; has its own lock */
    pthread_mutex_t damage_lock; /* protects the rest; always locked last */
    /* The damage that was met, and what was derived instead. */
    uint64_t damages;
    struct sheaf_error damage; /* the first */
    struct rebuilt *rebuilt; /* by key */
    size_t rebuilt_count;
    size_t rebuilt_room;
    struct waypoint *waypoints; /* by leaf */
    size_t waypoint_count;
    size_t waypoint_room;
    unsigned hash_tries;       /* see damage_find_hashes */
    pthread_mutex_t ends_lock; /* protects the rest */
    struct end *ends;          /* of all generations, from the newest on */
    size_t end_count;
    size_t end_room;
    struct sheaf_error ends_damage; /* why there are no more, or no code */
};

/* A part that was derived from the frames. */
struct rebuilt {
    uint64_t key;
    bool gone; /* it cannot be derived; do not try again */
    struct sheaf_buf bytes;
};

/* A frame at which a scan knew the number of its first leaf. */
struct waypoint {
    uint64_t leaf;
    uint64_t offset;
};

/* The article that a scratch holds, and where it came from. */
struct loaded {
    bool there;
    bool begun; /* at least its line was decoded */
    bool large; /* only its line is in memory */
    bool delta; /* a REV frame; its base is in `base` of the scratch */
    uint64_t offset;
    uint32_t index; /* in its frame */
    size_t at;      /* in the content */
    uint64_t length; /* of the frame */
    uint64_t size;   /* of the content */
    uint64_t base_offset;
    uint32_t base_length;
};

/* The places of the articles of a group. */
struct located {
    uint64_t at; /* offset of its GRP frame; 0 if none is loaded */
    struct group group; /* start, first, count */
    struct sheaf_buf columns; /* decompressed */
    uint64_t offsets[TILE_LEAVES];
    uint64_t lengths[TILE_LEAVES];
    uint8_t index[TILE_LEAVES]; /* in a frame with several */
    bool removed[TILE_LEAVES];
    bool lost[TILE_LEAVES]; /* damaged, and so is the group's frame */
};

/* Those of IDs with many revisions. */
struct redactions {
    struct idset *ids;     /* which of ... */
    struct sheaf_buf rows; /* ... these rows are theirs */
};

struct sheaf_scratch {
    uint64_t serial; /* of the reader to which everything below belongs */
    struct codec_dctx *dctx;
    struct walk walk;         /* over the file; its window is the last frame */
    struct sheaf_buf frame;   /* of a group */
    struct sheaf_buf leaf; /* the frame of a stored leaf: what was decoded of
                                 it is valid until the next */
    struct sheaf_buf delta;   /* the REV frame, when the window is its base's */
    struct sheaf_buf content; /* of `loaded`; a large one's line only */
    struct sheaf_buf base;    /* its base's content */
    struct article article;
    struct loaded loaded;
    struct sheaf_buf pieces; /* hashes of a large article's pieces */
    struct sheaf_buf packed; /* a page of a table as it is stored */
    struct sheaf_buf page;   /* its rows; it is ... */
    uint64_t page_key;       /* ... this one, by page_key() */
    bool page_loaded;
    struct sheaf_buf rows;   /* rows of a key, if pages are lost */
    struct sheaf_buf url;    /* of an article, unescaped */
    struct sheaf_buf roots;  /* for checking pages and tiles */
    struct sheaf_buf tile;   /* leaf hashes of a tile that was checked */
    uint64_t tile_number;
    bool tile_loaded;
    unsigned asked; /* questions of sheaf_is_newest, up to a few */
    unsigned depth; /* of parts that are derived for another part */
    struct located located;
    struct walk ahead;       /* looks for the next group */
    uint64_t groupless_from; /* no group is near in these bytes */
    uint64_t groupless_to;
    uint64_t groupless_leaf; /* the first of the group after them */
    struct redactions redactions;
};

/* ---- reader.c ------------------------------------------------------------ */

/* The part of a reader that changes while it answers: caches, and what was
 * derived. Callers cannot see it. */
static inline struct sheaf_reader *
reader_own(const struct sheaf_reader *r)
{
    return (struct sheaf_reader *)(uintptr_t)r;
}

/* Drops what the scratch holds of another reader. Every public function
 * that takes both begins with this. */
void reader_claim(const struct sheaf_reader *r, struct sheaf_scratch *s);
/* Drops what was derived by the top, and what scans learned. */
void reader_forget(struct sheaf_reader *r);
/* Invalidates everything that scratches hold of this reader. */
void reader_renew(struct sheaf_reader *r);
/* Counts damage that was skipped or repaired, and keeps the first. */
void reader_note_damage(const struct sheaf_reader *r,
                        const struct sheaf_error *why);
/* Undoes sheaf_authenticate: the whole archive answers again. */
void reader_distrust(struct sheaf_reader *r);
/* Reads `len` bytes at `offset` into `buf`. They must be in the file. */
int reader_read(const struct sheaf_reader *r, uint64_t offset, size_t len,
                struct sheaf_buf *buf, struct sheaf_error *err);
/* The top whose runs are used: with a key, that of the signed generation. */
const struct top *reader_runs(const struct sheaf_reader *r);
/* The number of leaves that are used: with a key, the signed ones. */
uint64_t reader_leaves(const struct sheaf_reader *r);

/* ---- damage_settle.c ----------------------------------------------------- */

/* Corrects all offsets before the END frame `last`, which is at `there`; the
 * file has `size` bytes then. SHEAF_ENOTFOUND: none is wrong, or the places are
 * not found. */
int reader_undo_shifts(struct sheaf_reader *r, const uint8_t *last,
                       uint64_t there, uint64_t size, struct sheaf_error *err);
/* Sets *has if some tables or dictionaries stand near where the top says, and
 * not there. */
int reader_has_moved(const struct sheaf_reader *r, bool *has,
                     struct sheaf_error *err);
/*
 * Bytes were inserted in some place, and others are missing in a later one: the
 * end `e` is in its place, and what is between is not. Corrects that, once, in
 * a source that is near. SHEAF_ENOTFOUND: it is not so, or this was tried
 * before. SHEAF_OK: what was read and failed may succeed now. Other threads may
 * read meanwhile.
 */
int reader_settle(const struct sheaf_reader *r, const struct end *e,
                  struct sheaf_error *err);
/* The same where it is not known whether something moved: `rc` is how a part
 * failed that is stored. That the group which should be at `group`, unless that
 * is 0, is beside it says that it may be so; or an earlier end that is not in
 * its place. SHEAF_OK: the part may be read again; otherwise `rc`, or a failure
 * of memory or input. */
int reader_put_right(const struct sheaf_reader *r, int rc, uint64_t group,
                     struct sheaf_error *err);

/* ---- open.c -------------------------------------------------------------- */

/* Finds the last END before that one: by its link, or else by searching. `tail`
 * is as for reader_load_top. */
int reader_earlier_end(const struct sheaf_reader *r, const struct end *than,
                       struct sheaf_bytes tail, struct end *out,
                       struct sheaf_error *err);

/* Each whole end record in the file as it stands, wherever it was written for,
 * also in inserted bytes and behind the end; one may come twice. */
int reader_each_end(const struct sheaf_reader *r,
                    void (*take)(void *arg, const struct end *end), void *arg,
                    struct sheaf_error *err);

/* ---- ends.c -------------------------------------------------------------- */

/* Whether a search should continue: damage is what it searches past, but a
 * failure of memory or input ends it. */
bool reader_goes_on(int rc);
/* Reads the END record at `offset`. `bytes`, unless NULL, receives its
 * frame. */
int reader_end(const struct sheaf_reader *r, uint64_t offset, struct end *out,
               struct sheaf_buf *bytes, struct sheaf_error *err);
/* Reads the END before `e` and checks its hash; e->prev must not be 0. */
int reader_end_before(const struct sheaf_reader *r, const struct end *e,
                      struct end *out, struct sheaf_error *err);
/* Completes the end record of a TOP frame, of which `offset`, `top` and `end`
 * are known, and decodes the top: free it. `before` is the record before it,
 * NULL in the first generation. */
int reader_end_of_top(const struct sheaf_reader *r, struct sheaf_bytes frame,
                      const struct end *before, struct end *out,
                      struct top *top, struct sheaf_error *err);
/* As reader_end_before, but if the END is lost together with the start of its
 * top, the first copy of it is looked for. */
int reader_end_found(const struct sheaf_reader *r, const struct end *e,
                     struct end *out, struct sheaf_error *err);
/* Finds an end of the generation that begins with leaf number `size`, or may
 * begin with it, where the one before it is lost. SHEAF_ENOTFOUND: none. */
int reader_end_after(const struct sheaf_reader *r, uint64_t size,
                     struct end *out, struct sheaf_error *err);
/* The first end of which the tree has leaf number `leaf`; the newest, if none
 * has. */
int reader_end_with(const struct sheaf_reader *r, uint64_t leaf,
                    struct end *out, struct sheaf_error *err);
/* Finds the last end of the generation after which the tree had `size`
 * leaves. SHEAF_ENOTFOUND: no generation ended there. */
int reader_end_of(const struct sheaf_reader *r, uint64_t size,
                  struct end *out, struct sheaf_error *err);
/* Whether `offset` is in the generation of this leaf, and the leaf is its last
 * if it is a seal and no other is, as far as the ends can be read. */
bool reader_may_stand(const struct sheaf_reader *r, uint64_t leaf, bool seal,
                      uint64_t offset);
/* Where the generation of this leaf begins, and its first leaf; if the earlier
 * ends cannot be read, where the first generation does. */
void reader_generation_of(const struct sheaf_reader *r, uint64_t leaf,
                          uint64_t *offset, uint64_t *first);

/* ---- tops.c -------------------------------------------------------------- */

/* Reads the top that an end record names. */
int reader_top(const struct sheaf_reader *r, const struct end *e,
               struct top *out, struct sheaf_error *err);
/* The same for one after the other: many are written against the same base,
 * which may be large, and is read once. Begin with { 0 }, and end with
 * kept_base_free. */
struct kept_base {
    uint64_t at; /* 0: none */
    uint32_t length;
    struct top top;
};
int reader_next_top(const struct sheaf_reader *r, const struct end *e,
                    struct kept_base *kept, struct top *out,
                    struct sheaf_error *err);
void kept_base_free(struct kept_base *kept);
/* The same without asking whether both state the same size and root. */
int reader_any_top(const struct sheaf_reader *r, const struct end *e,
                   struct top *out, struct sheaf_error *err);
/* Reads the base of a top that is not whole. */
int reader_base(const struct sheaf_reader *r, const struct top *top,
                struct top *out, struct sheaf_error *err);
/* Reads the whole frame of a top. */
int reader_top_frame(const struct sheaf_reader *r, const struct end *e,
                     struct sheaf_buf *out, struct sheaf_error *err);
/* Loads the reader's own top, from the last bytes of the file if they have
 * it. */
int reader_load_top(struct sheaf_reader *r, const struct end *e,
                    struct sheaf_bytes tail, struct sheaf_error *err);

/* ---- tail.c ------------------------------------------------------------- */

/* Sets lost_leaves if what follows the end is not what an append leaves that is
 * running or was killed, or may be a generation that was cut off when bytes
 * before it shifted. If end_damaged is false then, the power may have
 * failed during an append. With it, that cannot be: append makes the second
 * copy of the end whole first. */
int reader_look_at_tail(struct sheaf_reader *r, struct sheaf_error *err);

/* ---- dicts.c ------------------------------------------------------------- */

/* The dictionary with this ID, which must be in force at `offset`; NULL for
 * ID 0. Release it with reader_dict_done. */
int reader_dict_use(const struct sheaf_reader *r, uint32_t id,
                    uint64_t offset, const struct codec_ddict **out,
                    struct sheaf_error *err);
void reader_dict_done(const struct sheaf_reader *r, uint32_t id);
/* Loads the bytes of a dictionary, and repairs them if necessary. */
int reader_dict_load(const struct sheaf_reader *r, unsigned index,
                     struct sheaf_buf *out, struct sheaf_error *err);
void reader_dicts_free(struct sheaf_reader *r);
/* Decompresses a whole frame at `offset`. */
int reader_unpack(const struct sheaf_reader *r, struct sheaf_scratch *s,
                  const struct codec_header *h, struct sheaf_bytes frame,
                  uint64_t offset, struct sheaf_buf *out,
                  struct sheaf_error *err);

/* ---- authenticate.c ------------------------------------------------------ */

/* Checks that the first `size` leaves extend this tree. SHEAF_EROLLBACK,
 * SHEAF_EFORK. SHEAF_EVERIFY: it has another origin; an empty one is not
 * compared. */
int reader_extends(const struct sheaf_reader *r, struct sheaf_scratch *s,
                   const struct sheaf_checkpoint *older, uint64_t size,
                   struct sheaf_error *err);

/* ---- tiles.c: as it is stored -------------------------------------------- */

/* Loads a tile to s->tile and checks it against the top. */
int reader_tile_stored(const struct sheaf_reader *r, struct sheaf_scratch *s,
                       uint64_t number, struct sheaf_error *err);
/* Keeps a tile that has its root. */
int reader_tile_keep(const struct sheaf_reader *r, uint64_t number,
                     const uint8_t *hashes, size_t leaves,
                     struct sheaf_error *err);
/* Checks roots of the tiles in a full slab, in s->roots, and keeps them. */
int reader_slab_roots_check(const struct sheaf_reader *r,
                            struct sheaf_scratch *s, uint64_t slab,
                            struct sheaf_error *err);
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

/* ---- pages.c: as it is stored -------------------------------------------- */

const struct top_table *reader_table(const struct sheaf_reader *r,
                                     unsigned run, enum table_kind kind);
uint64_t reader_page_key(unsigned run, enum table_kind kind, uint64_t page);
/* Loads a page to s->page and checks its own sum. */
int reader_page_stored(const struct sheaf_reader *r, struct sheaf_scratch *s,
                       unsigned run, enum table_kind kind, uint64_t page,
                       struct sheaf_error *err);
/* Checks that the rows in s->page are of this run, and of the place in it that
 * the top states for their block: pages may have come to a wrong place. */
int reader_place_page(const struct sheaf_reader *r,
                      const struct sheaf_scratch *s, unsigned run,
                      enum table_kind kind, uint64_t page,
                      struct sheaf_error *err);
/* Loads the roots of the pages in a block of MAP to s->roots, and checks
 * them against the top. */
int reader_page_roots_stored(const struct sheaf_reader *r,
                             struct sheaf_scratch *s,
                             const struct top_table *t, uint64_t block,
                             struct sheaf_error *err);
/* Checks that the page in s->page, number `page`, has its root in s->roots. */
int reader_prove_page(const struct sheaf_scratch *s, uint64_t page,
                      uint64_t offset, struct sheaf_error *err);

/* ---- tree.c -------------------------------------------------------------- */

/* These functions derive what is damaged. This one loads a tile to s->tile. */
int reader_tile(const struct sheaf_reader *r, struct sheaf_scratch *s,
                uint64_t number, struct sheaf_error *err);
/* Roots of the tiles in a full slab: s->roots. */
int reader_slab_roots(const struct sheaf_reader *r, struct sheaf_scratch *s,
                      uint64_t slab, struct sheaf_error *err);
/* The root of the tree when it had `size` leaves. SHEAF_ECORRUPT: the reader's
 * own is smaller; it may have fallen back to an earlier top. */
int reader_root_at(const struct sheaf_reader *r, struct sheaf_scratch *s,
                   uint64_t size, uint8_t out[32], struct sheaf_error *err);
/* The same where a generation ended. SHEAF_ENOTFOUND: none did. */
int reader_ended_root(const struct sheaf_reader *r, struct sheaf_scratch *s,
                      uint64_t size, uint8_t out[32], struct sheaf_error *err);
/* Whether the tree has a leaf with this number (F11.3). */
int reader_check_leaf_number(const struct sheaf_reader *r, uint64_t leaf,
                             struct sheaf_error *err);
/* The hash of a leaf, from a tile that is checked. */
int reader_tree_hash(const struct sheaf_reader *r, struct sheaf_scratch *s,
                     uint64_t leaf, uint8_t out[32], struct sheaf_error *err);
/* The hash of a leaf; without a key it is only read, with one it is checked
 * against the tree. */
int reader_leaf_hash(const struct sheaf_reader *r, struct sheaf_scratch *s,
                     uint64_t leaf, uint8_t out[32], struct sheaf_error *err);
/* The hash that stands at a leaf's place; nothing checks it. */
int reader_hash_stored(const struct sheaf_reader *r, struct sheaf_scratch *s,
                       uint64_t leaf, uint8_t out[32],
                       struct sheaf_error *err);
/* The hashes from `leaf` on, as they stand in the generation of `top`: *count
 * of them at most, which becomes how many follow each other there. If bytes
 * were inserted into their frame or are missing, those in front of that place
 * are in `before`, and those behind it in `after`. */
int reader_hashes_both(const struct sheaf_reader *r, const struct top *top,
                       uint64_t leaf, uint64_t *count,
                       struct sheaf_buf *before, struct sheaf_buf *after,
                       struct sheaf_error *err);
/* The hashes that stand in a tile. */
int reader_hashes_stored(const struct sheaf_reader *r, uint64_t number,
                         struct sheaf_buf *out, struct sheaf_error *err);
/* Checks that this is the hash of leaf number `leaf`; with a key, in the
 * signed tree. */
int reader_check_leaf(const struct sheaf_reader *r, struct sheaf_scratch *s,
                      uint64_t leaf, uint64_t offset, const uint8_t hash[32],
                      struct sheaf_error *err);

/* ---- stored.c ------------------------------------------------------------ */

/* Reads and decodes the LEF frame at `offset`; views are of s->frame. */
int reader_stored(const struct sheaf_reader *r, struct sheaf_scratch *s,
                  uint64_t offset, struct leaf_stored *out,
                  struct sheaf_error *err);
/* Gives the hash of an earlier leaf. */
typedef int leaf_hash_of(void *arg, uint64_t leaf, uint8_t out[32],
                         struct sheaf_error *err);
/* Derives a stored leaf whose frame is damaged: a key change from its copy in
 * the top, a seal from what it states, which begins with the hash of the leaf
 * before. Nothing is proven before the leaf is that of the tree.
 * SHEAF_ENOTFOUND: it is neither. */
int reader_derive_leaf(const struct sheaf_reader *r, struct sheaf_scratch *s,
                       uint64_t leaf, leaf_hash_of *of, void *arg,
                       struct leaf_stored *out, struct sheaf_error *err);
/* The same for the seal of the generation that ends at `end`. */
int reader_derive_seal(const struct sheaf_reader *r, struct sheaf_scratch *s,
                       const struct end *end, const struct top *top,
                       leaf_hash_of *of, void *arg, struct leaf_stored *out,
                       struct sheaf_error *err);
/* The hash of a seal as the next seal states it: its top may be lost, too.
 * Nothing is proven by this. SHEAF_ENOTFOUND: the next seal does not. */
int reader_hash_in_next_seal(const struct sheaf_reader *r,
                             struct sheaf_scratch *s, uint64_t leaf,
                             uint8_t out[32], struct sheaf_error *err);
/* Whether the frame of this leaf is damaged, but nothing is lost: it is a seal
 * or key change, and follows from the tops. */
int reader_follows(const struct sheaf_reader *r, struct sheaf_scratch *s,
                   uint64_t leaf, bool *follows, struct sheaf_error *err);
/* Reads the seal of the generation that ends at `end` and has the top
 * `top`. A damaged seal is derived from what it states. */
int reader_seal(const struct sheaf_reader *r, struct sheaf_scratch *s,
                const struct end *end, const struct top *top,
                struct leaf_stored *out, struct sheaf_error *err);
/* Reads key change number `i`, from 0: the stored leaf, or if that is
 * damaged its copy in the top. */
int reader_key_leaf(const struct sheaf_reader *r, struct sheaf_scratch *s,
                    uint32_t i, struct leaf_stored *out,
                    struct sheaf_error *err);
/* Reads all key changes below leaf `size` that the top names, checks each
 * (F6.8) and that it is a leaf of the tree, and passes it to `listed`,
 * unless that is NULL; if it returns anything but 0, the result is
 * SHEAF_ESTOPPED. `hash` and `last`, unless NULL, receive the leaf hash of
 * the last one and its content; both are unchanged if there is none. */
typedef int (*key_listed)(void *arg, const struct key_change *change);
int reader_keys(const struct sheaf_reader *r, struct sheaf_scratch *s,
                uint64_t size, key_listed listed, void *arg,
                struct key_change *last, uint8_t hash[32],
                struct sheaf_error *err);

/* ---- map_lookup.c -------------------------------------------------------- */

/* Row number `row` of a table of run number `run`, valid until the next
 * call. With a key, a row of MAP is proven: its page leads up to the seal. */
int reader_row(const struct sheaf_reader *r, struct sheaf_scratch *s,
               unsigned run, enum table_kind kind, uint64_t row,
               const uint8_t **out, struct sheaf_error *err);
/* Finds the first row whose key is not below `key`; the number of rows if
 * there is none. With a key, the rows on both sides are proven, so that a
 * key without a row is proven to have none in this run. */
int reader_seek(const struct sheaf_reader *r, struct sheaf_scratch *s,
                unsigned run, enum table_kind kind,
                const uint8_t key[TABLE_KEY_SIZE], uint64_t *row,
                struct sheaf_error *err);

/* Iterates over the rows of a key in all live runs, the newest leaf first.
 * Begin with rows_of; rows_next returns SHEAF_END after the last. */
struct rows {
    enum table_kind kind;
    uint8_t key[TABLE_KEY_SIZE];
    unsigned run;   /* the run of `at`; those below it are still to come */
    uint64_t first; /* the first of the key's rows in that run */
    uint64_t at;    /* one after the next row */
    bool scanned;   /* they are in s->rows, because pages are damaged */
    uint64_t lost;  /* lost leaves of the runs scanned so far: one of them
                       may have had a row */
    uint64_t owed;  /* the leaf of a redaction that has a row, but was not
                       found; 0: none */
};
struct rows rows_of(const struct sheaf_reader *r, enum table_kind kind,
                    const uint8_t key[TABLE_KEY_SIZE]);
int rows_next(const struct sheaf_reader *r, struct sheaf_scratch *s,
              struct rows *rows, const uint8_t **row, struct sheaf_error *err);
/* Takes the rows of the run that was reached from the frames instead, from the
 * newest on. */
int rows_scan(const struct sheaf_reader *r, struct sheaf_scratch *s,
              struct rows *rows, struct sheaf_error *err);
/* The next row of MAP, decoded. */
int rows_next_map(const struct sheaf_reader *r, struct sheaf_scratch *s,
                  struct rows *rows, struct map_row *row,
                  struct sheaf_error *err);

/* Rows [*first, *last) of a table among which those with this key are, unless
 * the keys are not spread as hashes are. */
void reader_key_rows(const struct sheaf_reader *r, unsigned run,
                     enum table_kind kind, const uint8_t key[TABLE_KEY_SIZE],
                     uint64_t *first, uint64_t *last);

/* ---- expect.c ------------------------------------------------------------ */

#define EXPECT_RANGES 2048

/* Ranges that will be read. Nothing is added unless the source wants to know.
 * Begin with expect_begin, end with expect_now. */
struct expected {
    const struct sheaf_reader *r;
    bool proven; /* with a key: also what proves it */
    struct sheaf_buf ranges;
};
void expect_begin(struct expected *e, const struct sheaf_reader *r);
/* The pages of all live runs in which a key may be. */
void expect_key(struct expected *e, enum table_kind kind,
                const uint8_t key[TABLE_KEY_SIZE]);
/* The whole blocks in which a key may be: for many questions. */
void expect_blocks(struct expected *e, enum table_kind kind,
                   const uint8_t key[TABLE_KEY_SIZE]);
/* The article to which a row leads, its dictionary, and its leaf hash. */
void expect_article(struct expected *e, const struct map_row *row);
/* A group, and its dictionary. */
void expect_group(struct expected *e, const struct dir_row *row);
void expect_now(struct expected *e);

/* ---- load.c, large.c ----------------------------------------------------- */

/* F14.1: an article may have so many bytes. */
int reader_check_size(const struct sheaf_reader *r, uint64_t offset,
                      uint64_t size, struct sheaf_error *err);
/* Loads and decodes the article at `entry`; its leaf hash is not yet
 * compared with the tree. SHEAF_EREDACTED: it is a LEF frame, which
 * reader_stored reads. */
int reader_load(const struct sheaf_reader *r, struct sheaf_scratch *s,
                const struct sheaf_entry *entry, struct sheaf_error *err);
/* The same, but of an article in memory only the line is decoded. */
int reader_load_line(const struct sheaf_reader *r, struct sheaf_scratch *s,
                     const struct sheaf_entry *entry, struct sheaf_error *err);
/* Whether the loaded frame holds several articles. */
bool reader_in_block(const struct sheaf_scratch *s);
/* Picks the first article of the loaded frame with this ID (any, if NULL)
 * and this leaf hash (any, if NULL). SHEAF_ENOTFOUND: there is none, and
 * nothing is loaded any more. */
int reader_pick(struct sheaf_scratch *s, const struct sheaf_bytes *id,
                const uint8_t *hash, uint32_t *index,
                struct sheaf_error *err);
/* The first pass over an article that is too large for memory. */
int reader_load_large(const struct sheaf_reader *r, struct sheaf_scratch *s,
                      uint64_t offset, const struct codec_header *h,
                      struct sheaf_error *err);
/* The second pass: writes part `index` to `write`. */
int reader_large_part(const struct sheaf_reader *r, struct sheaf_scratch *s,
                      size_t index, sheaf_write write, void *arg,
                      struct sheaf_error *err);

/* ---- columns.c ----------------------------------------------------------- */

/* Loads the GRP frame that `row` describes to s->located. */
int reader_group_stored(const struct sheaf_reader *r, struct sheaf_scratch *s,
                        const struct dir_row *row, struct sheaf_error *err);
/* The same for a frame that a walk has loaded. SHEAF_ENOTFOUND: it stands in
 * another place than it was written for, which is right behind its last
 * article. */
int reader_group_there(const struct sheaf_reader *r, struct sheaf_scratch *s,
                       const struct walk_frame *f, struct sheaf_error *err);
/* Whether this is the group of a leaf. */
bool reader_group_holds(const struct located *l, uint64_t leaf);
/* Appends the unescaped ID of a leaf that is in s->located. */
int reader_column_id(const struct sheaf_scratch *s, uint64_t leaf,
                     struct sheaf_buf *out, struct sheaf_error *err);
/* What the next group says of an article, which was removed if `meta` is NULL,
 * and may be *leaf: nothing, if it is not near or whole; that the article does
 * not belong in this place; or that it does, and which leaf it is. That needs
 * no index. The group is loaded to s->located. */
enum verdict { VERDICT_NONE, VERDICT_NO, VERDICT_YES };
int reader_group_says(const struct sheaf_reader *r, struct sheaf_scratch *s,
                      uint64_t offset, uint32_t index, const struct meta *meta,
                      enum verdict *out, uint64_t *leaf,
                      struct sheaf_error *err);

/* ---- groups.c, redacted.c, find_article.c -------------------------------- */

/* Loads the group of row number `row` of a run's DIR to s->located, and
 * derives it if it is damaged. */
int reader_group(const struct sheaf_reader *r, struct sheaf_scratch *s,
                 unsigned run, uint64_t row, struct sheaf_error *err);
/* Finds leaf number `leaf`. SHEAF_ENOTFOUND: it is not an article.
 * SHEAF_END: there are fewer leaves. SHEAF_EREDACTED, with *out set: it was
 * removed. */
int reader_locate(const struct sheaf_reader *r, struct sheaf_scratch *s,
                  uint64_t leaf, struct sheaf_entry *out,
                  struct sheaf_error *err);
/* Finds the redaction of leaf `leaf`, an article with these hashes of its ID
 * and its leaf. SHEAF_END: there is none. The reason is a view of s->frame. */
int reader_redaction_of(const struct sheaf_reader *r, struct sheaf_scratch *s,
                        uint64_t leaf, const uint8_t id_hash[32],
                        const uint8_t hash[32], struct redaction *out,
                        struct sheaf_error *err);
/* Finds the redaction of `entry`, an article with these hashes of its ID and
 * its leaf. SHEAF_EREDACTED with the reason; SHEAF_END: there is none. */
int reader_redaction(const struct sheaf_reader *r, struct sheaf_scratch *s,
                     const struct sheaf_entry *entry,
                     const uint8_t id_hash[32], const uint8_t hash[32],
                     struct sheaf_error *err);
/* Whether an article that is there stands: SHEAF_EREDACTED if a redaction names
 * it, another error if one is lost that may. */
int reader_standing(const struct sheaf_reader *r, struct sheaf_scratch *s,
                    const struct sheaf_entry *entry, const uint8_t id_hash[32],
                    const uint8_t hash[32], struct sheaf_error *err);
/* The same where rows of the ID may be lost: by all redactions that are there,
 * if as many are as the seal states. SHEAF_ECORRUPT: one is lost. */
int reader_standing_by_all(const struct sheaf_reader *r, uint64_t leaf,
                           struct sheaf_error *err);
/* The first, and if that cannot tell, the second. */
int reader_stands(const struct sheaf_reader *r, struct sheaf_scratch *s,
                  const struct sheaf_entry *entry, const uint8_t id_hash[32],
                  const uint8_t hash[32], struct sheaf_error *err);
/* Says why the article at `entry`, a LEF frame, is missing: SHEAF_EREDACTED
 * with the reason, or another failure. Never SHEAF_OK. */
int reader_redacted(const struct sheaf_reader *r, struct sheaf_scratch *s,
                    const struct sheaf_entry *entry,
                    struct sheaf_error *err);

/* The article to which a row of MAP leads. */
struct found {
    struct sheaf_entry entry;
    uint32_t rev;
    bool removed;     /* redacted: only its record is there */
    uint8_t hash[32]; /* of its leaf */
};
/* Loads the article with `id` to which a row of its key leads, removed or
 * not. SHEAF_ENOTFOUND: it leads to another ID, or to a redaction; with a
 * key, that is proven. */
int reader_follow(const struct sheaf_reader *r, struct sheaf_scratch *s,
                  const struct map_row *row, struct sheaf_bytes id,
                  struct found *out, struct sheaf_error *err);

#endif
