/*
 * merge.h - several archives become one, from the inside.
 *
 * Each file uses those before it:
 *
 *   merge_seen.c     what the new archive has already
 *   merge_old.c      the checkpoints of the inputs (format.md F2.6, `old`)
 *   merge_gone.c     what was redacted in an input
 *   merge_article.c  what becomes of an article: its place and revision
 *   merge_frame.c    which frames and dictionaries can stay as they are
 *   merge.c          the inputs, one after the other, and the end
 */
#ifndef SHEAF_WRITE_MERGE_H
#define SHEAF_WRITE_MERGE_H

#include "base/base.h"
#include "base/idset.h"
#include "base/spool.h"
#include "format/statement.h"
#include "sheaf.h"
#include "write/rewrite.h"
#include "write/traits.h"

#define MERGE_NOWHERE UINT64_MAX
/* Where an idset_entry has the traits of an article. */
#define MERGE_TRAITS (IDSET_CONTENT_BYTES - TRAITS_BYTES)

/* An input as it was when sheaf_merge_expect saw it. */
struct merge_input {
    uint64_t size;
    uint8_t root[32];
};

/* What all inputs have in common, as far as they were noted. */
struct merge_common {
    int16_t level; /* of zstd; 0: not the same */
    bool dict;     /* with the option `shards`: there was a dictionary, or
                      articles without one, and it was ... */
    struct top_dict is; /* ... this one; its offset does not count */
};

/* The dictionary of the input that is in force in the new archive. */
struct merge_dict {
    bool known; /* there is one: `hash` is of it, as it was found */
    uint8_t hash[32];
    uint32_t to;   /* its ID in the new archive */
    bool here;     /* the next two are of this input */
    uint32_t from; /* the ID by which the input's frames name it ... */
    bool good;     /* ... and whether it could be taken over */
};

/* How leaves of the input under its note became leaves of the new archive. */
struct merge_trace {
    uint64_t limit; /* leaves under the note; 0: there is no note */
    uint64_t next;  /* the first that has no line yet */
    uint64_t count; /* of the leaves whose line is not complete, ... */
    uint64_t first; /* ... which begin here in the new archive */
    struct sheaf_buf lines;
    bool full; /* they would be too long */
};

/* An article on its way: what decide finds out about it. */
enum merge_fate {
    MERGE_KEPT,    /* the same leaf as it was */
    MERGE_REVISED, /* another revision, or after another one */
    MERGE_SAME,    /* it came from an input before */
    MERGE_REMOVED  /* it was redacted in an input */
};

struct merge_place {
    enum merge_fate fate;
    uint32_t rev; /* unless it is the same */
    uint8_t prev[32];
    uint64_t leaf;       /* if it is the same: where, or MERGE_NOWHERE if its
                         leaf hash is another there; and whether ... */
    bool older;          /* ... a newer revision is there */
    uint8_t content[32]; /* names what it says, without its revision */
    bool unlike;         /* it may be another article than the one before */
    uint8_t traits[TRAITS_BYTES];
};

struct sheaf_merge {
    struct sheaf_write_options options;
    char *tmpdir;
    char *origin;
    struct sheaf_sink sink; /* until there is a writer */
    struct sheaf_writer *w; /* NULL until the first input is added */
    bool words;
    bool failed;
    bool not_all_signed; /* an input was signed, but not to its end */
    struct merge_input *inputs;
    size_t input_count;
    size_t input_room;
    size_t added;          /* how many of them; the next one is now ... */
    uint64_t first_leaf;   /* ... and this is the first of its leaves, or what
                              comes before them */
    struct merge_common common;
    struct sheaf_buf gone; /* struct gone, of merge_gone.c */
    bool gone_sorted;
    struct sheaf_buf reasons; /* text of the redactions ... */
    struct sheaf_buf said;    /* ... and struct said, of merge_gone.c */
    struct sheaf_buf removed; /* struct redaction without a reason */
    struct idset *seen;
    const struct sheaf_entry *picked; /* only these are added, from here ... */
    const struct sheaf_entry *picked_end; /* ... to here; NULL: all are */
    struct merge_dict dict;
    bool
        tainted; /* articles were redacted in others than the input now, and its
                     dictionaries may have their text */
    struct merge_trace trace;
    struct spool notes; /* frames `old` */
    bool notes_begun;
    struct article made;      /* an article whose line was made anew ... */
    struct sheaf_buf content; /* ... and its bytes */
    struct sheaf_buf fields;
    struct sheaf_buf frame;
    struct sheaf_buf hashes; /* of the leaves in a block */
    struct sheaf_merged result;
};

/* ---- merge_seen.c ------------------------------------------------------ */

/* The newest revision of this ID so far; `rev` is 0 if there is none. */
int merge_newest(struct sheaf_merge *m, const uint8_t id_hash[32],
                 struct idset_entry *out, struct sheaf_error *err);
/* The next leaf of the new archive is a revision of this ID. `traits` is NULL
 * if it has none. */
int merge_remember(struct sheaf_merge *m, const uint8_t id_hash[32],
                   uint32_t rev, const uint8_t hash[32], const uint8_t *traits,
                   struct sheaf_error *err);
/* Where the leaf `hash` of a removed article is in the new archive.
 * SHEAF_ENOTFOUND. */
int merge_find_removed(struct sheaf_merge *m, const uint8_t hash[32],
                       uint64_t *leaf, struct sheaf_error *err);
/* The next leaf is this one. */
int merge_remember_removed(struct sheaf_merge *m, const uint8_t hash[32],
                           struct sheaf_error *err);
/* Where an article that says the same is: its leaf hash, in `content` its leaf
 * number, and as `rev` the number of its input, from 1. SHEAF_ENOTFOUND. */
int merge_seen_content(struct sheaf_merge *m, const uint8_t content[32],
                       struct idset_entry *out, struct sheaf_error *err);
/* The next leaf is such an article, of this input. */
int merge_remember_content(struct sheaf_merge *m, const uint8_t content[32],
                           const uint8_t hash[32], struct sheaf_error *err);

/* ---- merge_old.c -------------------------------------------------------- */

/* An input begins: its note is one of this many leaves, or 0. */
void merge_old_begin(struct sheaf_merge *m, uint64_t limit);
/* Leaf `old` of the input, with this hash, is leaf `leaf` of the new archive,
 * or MERGE_NOWHERE. */
int merge_old_leaf(struct sheaf_merge *m, struct rewrite *k, uint64_t old,
                   const uint8_t hash[32], uint64_t leaf,
                   struct sheaf_error *err);
/* The input ends: makes the frame with its note. */
int merge_old_end(struct sheaf_merge *m, struct rewrite *k,
                  struct sheaf_bytes note, struct sheaf_error *err);
/* Makes the frame with a note, and the lines that there are. */
int merge_old_note(struct sheaf_merge *m, struct sheaf_bytes note,
                   struct sheaf_error *err);
/* Writes the frames, at the beginning of a generation. */
int merge_old_write(struct sheaf_merge *m, struct sheaf_error *err);

/* ---- merge_gone.c ------------------------------------------------------ */

/* Notes what was redacted in an input that will be added. */
int merge_gone_note(struct sheaf_merge *m, const struct sheaf_reader *r,
                    struct sheaf_error *err);
/* Whether an article was removed in another input, and not in this one: its
 * dictionaries may have the text, even if it has no such article. They may be
 * of a sample, or of an archive that was split. */
bool merge_gone_taints(struct sheaf_merge *m, const struct sheaf_reader *r);
/* Whether this article was redacted in an input. SHEAF_EREDACTED: another
 * leaf with its ID was, in an input that does not have this one. */
int merge_gone_ask(struct sheaf_merge *m, const struct article *a, bool *gone,
                   struct sheaf_error *err);
/* Whether this removed article of the input that is being added was noted. */
bool merge_gone_noted(struct sheaf_merge *m, const struct leaf_stored *leaf);
/* Keeps what a redaction of an input says. */
int merge_gone_said(struct sheaf_merge *m, const struct redaction *red,
                    struct sheaf_error *err);
/* Takes over the record of leaf `old`, an article that was removed. */
int merge_gone_take(struct sheaf_merge *m, struct rewrite *k, uint64_t old,
                    struct sheaf_bytes record, uint32_t rev,
                    const uint8_t hash[32], struct sheaf_error *err);
/* Adds the redactions of all records that were taken over. */
int merge_gone_finish(struct sheaf_merge *m, struct sheaf_error *err);

/* ---- merge_article.c ---------------------------------------------------- */

/* Decides about the article in k->article. `large`: its parts are in
 * k->spool. `before`: hashes of the leaves before it that will be added with
 * it. Nothing is changed. */
int merge_decide(struct sheaf_merge *m, struct rewrite *k, bool large,
                 struct sheaf_bytes before, struct merge_place *out,
                 struct sheaf_error *err);
/* Does what was decided about the article in k->article, leaf `old` of the
 * input. `one` is its content and `frame` its frame, if that stays; `joined` as
 * in writer_import_article. */
int merge_add_article(struct sheaf_merge *m, struct rewrite *k,
                      const struct merge_place *p, uint64_t old,
                      struct sheaf_bytes one, struct sheaf_bytes frame,
                      bool joined, struct sheaf_error *err);
/* Whether this leaf of the input is to be added. They come in order. */
bool merge_wants(struct sheaf_merge *m, uint64_t leaf);
/* Does what was decided about the article in k->article, which is too large for
 * memory. */
int merge_add_large(struct sheaf_merge *m, struct rewrite *k,
                    const struct merge_place *p, struct sheaf_error *err);

/* ---- merge_frame.c ------------------------------------------------------ */

/* Steps of rewrite.h. */
int merge_take_articles(struct rewrite *k, const struct walk_frame *frame,
                        uint64_t count, struct sheaf_error *err);
int merge_take_large(struct rewrite *k, struct sheaf_error *err);

#endif
