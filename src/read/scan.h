/*
 * scan.h - every leaf in its order, from the frames alone.
 *
 * The index is a convenience: what it says stands in the frames as well. A
 * scan goes through them and gives each leaf of a stretch once, held against
 * the tree: an article, a stored leaf, or one that is lost, as its bytes are
 * damaged or gone. It goes on behind damage where the next frame begins, and
 * finds its place again by leaf hashes and groups. Listing with a key rests
 * on this, and so does whatever is damaged and can be derived.
 */
#ifndef SHEAF_READ_SCAN_H
#define SHEAF_READ_SCAN_H

#include "format/group.h"
#include "read/reader.h"
#include "read/walk.h"

/* A group is not a leaf, and comes behind its articles. */
enum scanned_kind { SCANNED_ARTICLE, SCANNED_STORED, SCANNED_LOST,
                    SCANNED_GROUP };

struct scanned {
    enum scanned_kind kind;
    struct sheaf_entry entry; /* of a lost one, leaf alone; of a group, its
                                 frame and first leaf */
    struct leaf_stored stored; /* SCANNED_STORED: views into the walk */
    struct group group;        /* SCANNED_GROUP: what its frame says */
    struct sheaf_error why;    /* SCANNED_LOST */
};

/* Starts with scan_begin, ends with scan_free. An article that was handed out
 * is in s->article, until the next call. */
struct scan {
    const struct sheaf_reader *r;
    struct sheaf_scratch *s;
    struct walk walk;
    uint64_t leaf;     /* the next to be handed out ... */
    uint64_t end_leaf; /* ... unless it is this */
    bool stray;        /* bytes were passed over since the last leaf: */
    uint64_t stray_at; /* from here on */
    struct sheaf_error why; /* the first thing wrong with them */
    struct walk_frame frame; /* whose articles are handed out ... */
    struct sheaf_bytes rest; /* ... those that are still to come */
    uint32_t index;          /* of the next one */
    uint64_t found;    /* all leaves before this one are lost */
    bool pending;      /* `held` is handed out when those have been */
    struct scanned held;
};

/* From the frame at `offset` on, whose first leaf, or the next one, is number
 * `leaf`; up to leaf number `end_leaf`. */
void scan_begin(struct scan *scan, const struct sheaf_reader *r,
                struct sheaf_scratch *s, uint64_t offset, uint64_t leaf,
                uint64_t end_leaf);
void scan_free(struct scan *scan);
/* SHEAF_END after the last leaf. Any other failure is one of memory or input,
 * never of the file's bytes. */
int scan_next(struct scan *scan, struct scanned *out, struct sheaf_error *err);

#endif
