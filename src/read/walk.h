/*
 * walk.h - the frames of a file, one after the other (format.md F2).
 *
 * Whoever goes through a file frame by frame does it with this: verifying,
 * rewriting, recovering, and loading a single one. It says what a frame is,
 * where it ends, and that its own check holds; what it means is for others.
 * Nothing that a file says of a length is believed before it is checked.
 */
#ifndef SHEAF_READ_WALK_H
#define SHEAF_READ_WALK_H

#include "base/base.h"
#include "format/codec.h"
#include "format/frame.h"
#include "sheaf.h"

/* Starts as { .source, .at, .end, .step }, ends with walk_free. */
struct walk {
    struct sheaf_source source; /* borrowed */
    uint64_t at;   /* offset of the next frame */
    uint64_t end;  /* where the walk ends */
    uint64_t step; /* bytes to read at once; more if a frame takes more */
    struct sheaf_buf window;
    uint64_t window_at;
};

struct walk_frame {
    enum frame_type type;
    uint64_t offset;
    uint64_t length; /* of the whole frame; of FRAME_ZSTD, after walk_load */
    struct codec_header header; /* of FRAME_ZSTD */
    struct sheaf_bytes bytes;   /* after walk_load: the whole frame ... */
    struct sheaf_bytes body;    /* ... and of a sheaf frame its body; views,
                                   valid until the walk reads again */
};

void walk_free(struct walk *w);

/* `len` bytes at `offset`, which the walk must reach: a view. */
int walk_bytes(struct walk *w, uint64_t offset, uint64_t len,
               const uint8_t **out, struct sheaf_error *err);
/* What begins at w->at: its type, length and header. */
int walk_peek(struct walk *w, struct walk_frame *out, struct sheaf_error *err);
/* All of a frame that walk_peek has seen, held in the window; the sum of a
 * sheaf frame holds. */
int walk_load(struct walk *w, struct walk_frame *f, struct sheaf_error *err);
/* The walk goes on behind a frame whose length is known. */
void walk_pass(struct walk *w, const struct walk_frame *f);
/* The walk goes on where a frame may begin, behind w->at; at w->end if no
 * frame does. */
int walk_resume(struct walk *w, struct sheaf_error *err);

#endif
