/*
 * walk.h - the frames of a file, one after the other (format.md F2).
 *
 * Verifying, rewriting, recovering and loading a single frame all use this. It
 * says what a frame is and where it ends, and checks its sum; its callers
 * decide what it means. A length in the file is used only after it has been
 * checked.
 */
#ifndef SHEAF_READ_WALK_H
#define SHEAF_READ_WALK_H

#include "base/base.h"
#include "format/codec.h"
#include "format/frame.h"
#include "sheaf.h"

/* Where a frame was is not known to be before where it is: this is as far as
 * offsets go. */
#define SHIFTED_MAX ((uint64_t)INT64_MAX / 2)

/* Initialise with { .source, .at, .end, .step }, free with walk_free. */
struct walk {
    struct sheaf_source source; /* borrowed */
    uint64_t at;   /* offset of the next frame */
    uint64_t end;  /* where the walk ends */
    uint64_t step; /* bytes to read at once, or more for a longer frame */
    struct sheaf_buf window;
    uint64_t window_at;
    uint64_t looked; /* how far the last frame was looked at */
    uint64_t vain;   /* bytes of frames that walk_resume has given up */
    uintptr_t epoch; /* of the window, see moved_epoch */
};

struct walk_frame {
    enum frame_type type;
    uint64_t offset;
    uint64_t length; /* of the whole frame; for FRAME_ZSTD, after walk_load */
    struct codec_header header; /* for FRAME_ZSTD */
    struct sheaf_bytes bytes;   /* after walk_load: the whole frame ... */
    struct sheaf_bytes body;    /* ... and the body of a sheaf frame; views,
                                   valid until the walk reads again */
};

/* Empties a buffer, to be filled with up to `cap` other bytes: views of it end
 * here. Builds with SHEAF_TEST move it, so that the sanitizers see one that is
 * used all the same. */
bool walk_refill(struct sheaf_buf *buf, size_t cap);
void walk_free(struct walk *w);

/* A view of `len` bytes at `offset`, which the walk must reach. */
int walk_bytes(struct walk *w, uint64_t offset, uint64_t len,
               const uint8_t **out, struct sheaf_error *err);
/* Reads the type, length and header of the frame at w->at. */
int walk_peek(struct walk *w, struct walk_frame *out, struct sheaf_error *err);
/* Loads the whole frame that walk_peek has seen into the window, and checks
 * the sum of a sheaf frame. */
int walk_load(struct walk *w, struct walk_frame *f, struct sheaf_error *err);
/* Continues after a frame whose length is known. */
void walk_pass(struct walk *w, const struct walk_frame *f);
/* Continues at the next place after w->at where a frame may begin; at
 * w->end if there is none. */
int walk_resume(struct walk *w, struct sheaf_error *err);

#endif
