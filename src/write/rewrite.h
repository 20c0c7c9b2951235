/*
 * rewrite.h - walks an archive leaf by leaf, to write it again.
 *
 * The frames are walked from the archive's head, generation by generation.
 * Each leaf is checked against the tree and passed on, in order. What follows
 * from the leaves is skipped, because the writer makes it. The steps say what
 * becomes of the leaves: repack.c and redact.c have steps of their own.
 */
#ifndef SHEAF_WRITE_REWRITE_H
#define SHEAF_WRITE_REWRITE_H

#include "base/base.h"
#include "base/hash.h"
#include "base/spool.h"
#include "read/reader.h"
#include "sheaf.h"
#include "write/writer.h"

struct rewrite;

struct rewrite_steps {
    /* Takes the `count` articles in k->content, from leaf k->leaf on;
     * rewrite_next gives one after the other. `frame` is their frame, or
     * NULL if they have none of their own (a REV). */
    int (*articles)(struct rewrite *k, const struct walk_frame *frame,
                    uint64_t count, struct sheaf_error *err);
    /* Takes the article in k->spool, whose line is decoded in k->article. */
    int (*large)(struct rewrite *k, struct sheaf_error *err);
    /* The other steps may be NULL: these frames are skipped. */
    int (*dict)(struct rewrite *k, const struct walk_frame *frame,
                struct sheaf_error *err);
    /* Takes an optional frame, which comes before all leaves. */
    int (*optional)(struct rewrite *k, const struct walk_frame *frame,
                    struct sheaf_error *err);
    /* Takes a stored leaf that is not a seal; views are of `frame`. */
    int (*stored)(struct rewrite *k, const struct leaf_stored *leaf,
                  const struct walk_frame *frame, struct sheaf_error *err);
    /* A generation with this top ends. */
    int (*generation)(struct rewrite *k, const struct top *top, bool last,
                      struct sheaf_error *err);
};

struct rewrite {
    const struct sheaf_reader *r;
    struct sheaf_scratch *s;
    struct sheaf_writer *w; /* NULL until rewrite_writer */
    const struct rewrite_steps *steps;
    void *own;              /* of the steps */
    bool mend;              /* continue past damage that can be derived */
    const char *tmpdir;     /* for the spool */
    sheaf_progress progress;
    void *arg;

    struct end *ends;       /* the last of each generation, newest first */
    size_t end_count;
    struct sheaf_buf left_out; /* struct end, of those that are left out */
    struct walk walk;
    uint64_t leaf;          /* number of the next leaf */
    uint64_t size;          /* leaves up to the end of this generation */
    bool stray;             /* the last frame is of no leaf in this place */
    bool apart;             /* in a generation that is left out */
    uint64_t optional_lost; /* damaged optional frames */
    struct sheaf_buf strays; /* hashes of the leaves in such frames, but for
                                seals: these follow from the rest */
    bool standing; /* whether redactions of articles are looked up */
    struct sheaf_buf removed; /* articles, to be named by redactions */
    int64_t time;           /* of the generation's seal */
    uint64_t run_first;     /* that this seal states of its last run */
    struct sheaf_buf note;  /* of the generation before ... */
    uint64_t note_size;     /* ... and how many leaves it has */
    struct kept_base base;  /* of the tops */
    struct sheaf_buf content;
    struct article article; /* decoded last */
    struct spool spool;     /* a large article's content */
};

/* `k` has its progress set. Call rewrite_end in any case. */
int rewrite_begin(struct rewrite *k, const struct sheaf_reader *r,
                  struct sheaf_error *err);
void rewrite_end(struct rewrite *k);
/* Makes the writer of the new archive, with the old one's origin; takes the
 * sink. `more`: more generations follow those of the old archive. `options`
 * may be NULL. */
int rewrite_writer(struct rewrite *k, struct sheaf_sink *sink,
                   const struct sheaf_write_options *options, bool more,
                   struct sheaf_error *err);
/* Walks the whole archive. */
int rewrite_all(struct rewrite *k, const struct rewrite_steps *steps,
                struct sheaf_error *err);

/* ---- rewrite_frames.c ---- */

/* Leaf number `leaf` of the old tree must be this one; else k->stray is set. */
int rewrite_check_leaf(struct rewrite *k, uint64_t leaf,
                       const uint8_t hash[HASH_BYTES],
                       struct sheaf_error *err);
/* Takes the frame that walk_peek gave, which has leaf k->leaf if any. */
int rewrite_take(struct rewrite *k, struct walk_frame *frame,
                 struct sheaf_error *err);
/* F6.6: each removed article that was taken must have been named. */
int rewrite_check_named(const struct rewrite *k, struct sheaf_error *err);
int rewrite_report(struct rewrite *k, struct sheaf_error *err);

/* Takes the one frame at this offset, whose first leaf is number `leaf`. */
int rewrite_frame(struct rewrite *k, const struct rewrite_steps *steps,
                  uint64_t offset, uint64_t leaf, struct sheaf_error *err);

/* For the step `articles`: decodes the next article of `rest`, which starts
 * as k->content; *one is its bytes. */
int rewrite_next(struct rewrite *k, struct sheaf_bytes *rest,
                 struct sheaf_bytes *one, struct sheaf_error *err);

/* For the step `large`: the article's bytes behind its line. */
struct sheaf_source rewrite_rest(struct rewrite *k);

/* Reads the payload of dictionary `i` from the file. It is empty if it does not
 * give `raw`, because `raw` was repaired. */
int rewrite_payload(struct rewrite *k, uint32_t i, struct sheaf_bytes raw,
                    struct sheaf_buf *packed, struct sheaf_error *err);

/* Steps that write what the old archive has. */
int rewrite_stored(struct rewrite *k, const struct leaf_stored *leaf,
                   const struct walk_frame *frame, struct sheaf_error *err);
int rewrite_large(struct rewrite *k, struct sheaf_error *err);
int rewrite_optional(struct rewrite *k, const struct walk_frame *frame,
                     struct sheaf_error *err);
/* Only the recipe that this version writes, and checkpoints of archives that
 * were merged: any other may have text of a removed article. */
int rewrite_known(struct rewrite *k, const struct walk_frame *frame,
                  struct sheaf_error *err);
/* The generation that the writer made must be what the old top says. */
int rewrite_generation(struct rewrite *k, const struct top *top, bool last,
                       struct sheaf_error *err);

#endif
