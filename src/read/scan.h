/*
 * scan.h - every leaf in order, from the frames alone.
 *
 * The index only repeats what the frames say. A scan reads the frames and
 * gives each leaf of a range once, checked against the tree: an article, a
 * stored leaf, or one that is lost because its bytes are damaged or missing.
 * After damage it continues where the next frame begins, and finds its place
 * again by leaf hashes and groups. Listing with a key and the derivation of
 * damaged parts use it.
 */
#ifndef SHEAF_READ_SCAN_H
#define SHEAF_READ_SCAN_H

#include "format/group.h"
#include "read/reader.h"
#include "read/walk.h"

/* A group is not a leaf; it comes after its articles. */
enum scanned_kind { SCANNED_ARTICLE, SCANNED_STORED, SCANNED_LOST,
                    SCANNED_GROUP };

struct scanned {
    enum scanned_kind kind;
    struct sheaf_entry entry; /* for a lost one, only the leaf; for a group,
                                 its frame and first leaf */
    struct leaf_stored stored; /* SCANNED_STORED: views into the walk */
    struct group group;        /* SCANNED_GROUP: what its frame says */
    struct sheaf_error why;    /* SCANNED_LOST */
};

/* Begin with scan_begin, end with scan_free. The article that was passed on
 * is in s->article until the next call. */
struct scan {
    const struct sheaf_reader *r;
    struct sheaf_scratch *s;
    struct walk walk;
    uint64_t leaf;     /* the next to be passed on ... */
    uint64_t end_leaf; /* ... unless it is this */
    bool stray;        /* bytes were skipped since the last leaf, ... */
    uint64_t stray_at; /* ... from this offset on */
    struct sheaf_error why; /* the first thing wrong with them */
    struct walk_frame frame; /* whose articles are passed on ... */
    struct sheaf_bytes rest; /* ... those that are still to come */
    uint32_t index;          /* of the next one */
    struct sheaf_buf hashes; /* that stand in a damaged tile, ... */
    uint64_t hashes_of;      /* ... which is this one */
    uint64_t found;    /* all leaves before this one are lost */
    uint64_t grouped;  /* groups before this leaf were passed on */
    uint64_t waypoint; /* from this leaf on, another one is kept */
    bool pending;      /* `held` is passed on when those have been */
    bool again;        /* offsets were put right: the frame is read again */
    struct scanned held;
};

/* Begins at the frame at `offset`, whose first leaf (or the next one) is
 * number `leaf`, and ends before leaf number `end_leaf`. */
void scan_begin(struct scan *scan, const struct sheaf_reader *r,
                struct sheaf_scratch *s, uint64_t offset, uint64_t leaf,
                uint64_t end_leaf);
void scan_free(struct scan *scan);
/* The last place at or before leaf number `leaf` that a scan of this reader
 * passed, sparsely kept: a scan that begins there goes on as that one did. It
 * must be behind *at; otherwise *at and *offset stay. */
void scan_waypoint(const struct sheaf_reader *r, uint64_t leaf,
                   uint64_t *offset, uint64_t *at);
/* SHEAF_END: after the last leaf. Other failures are of memory or input,
 * never of the file's bytes. */
int scan_next(struct scan *scan, struct scanned *out, struct sheaf_error *err);

#endif
