/*
 * damage_shift.h - a file in which bytes were inserted or lost.
 *
 * Everything after such a place is at another offset than stated. Only the
 * frame that contains it is damaged: when the place is known, offsets after it
 * are corrected, and everything else can be read as usual.
 */
#ifndef SHEAF_READ_DAMAGE_SHIFT_H
#define SHEAF_READ_DAMAGE_SHIFT_H

#include "base/base.h"
#include "format/codec.h"
#include "format/group.h"
#include "format/top.h"
#include "read/damage_source.h"
#include "read/walk.h"
#include "sheaf.h"

/* The lengths of frames that a group states in its columns. */
struct stated_lengths {
    struct codec_dctx *dctx;
    struct codec_ddict *ddict; /* in force; NULL: none, or it is damaged */
    struct sheaf_buf dict;
    uint64_t left; /* bytes of dictionaries that may be unpacked */
    struct sheaf_buf columns;
    uint64_t lengths[TILE_LEAVES];
    unsigned count;
};

/* For a walk through so many bytes; *s is zeros. stated_free frees all, also
 * after a failure. */
int stated_begin(struct stated_lengths *s, uint64_t bytes,
                 struct sheaf_error *err);
void stated_free(struct stated_lengths *s);
/* Takes the dictionary in this frame. */
void stated_dict(struct stated_lengths *s, const struct walk_frame *f);
/* Takes the one whose damaged frame is at `dict`, if its parity mends it.
 * *places is as in parity_search. */
int stated_mend(struct stated_lengths *s, const struct sheaf_source *source,
                uint64_t dict, const struct walk_frame *par, size_t *places,
                struct sheaf_error *err);
/* Sets `count` and `lengths`; false if they cannot be read. */
bool stated_lengths(struct stated_lengths *s, const struct walk_frame *f,
                    struct group *out);

/* A frame that is not whole, and the whole ones behind it, which follow each
 * other, in damage_torn.c. */
struct torn {
    uint64_t at;     /* 0: there is none */
    uint64_t length; /* that it states */
    uint64_t next;   /* where those behind it begin, or 0 ... */
    uint64_t end;    /* ... and end */
};

/* So many bytes it is longer than it states. */
static inline uint64_t
torn_more(const struct torn *t)
{
    return t->next - t->at - t->length;
}

void torn_begin(struct torn *t, const struct walk_frame *f);
void torn_go_on(struct torn *t, const struct walk_frame *f);
/* Finds where in the frame they were inserted; 0: they were not. *left is of
 * the bytes that may be summed for that. */
int torn_find(const struct torn *t, const struct sheaf_source *source,
              uint64_t *left, uint64_t *cut, struct sheaf_error *err);

/* From somewhere between `from` and `to` on, everything is `by` bytes further
 * on than it should be, or back. */
struct shift {
    uint64_t from;
    uint64_t to;
    int64_t by;
};

/*
 * What frames say of shifts, as struct shift, in order. `last` is an END frame
 * that is at `there`, behind the last shift.
 */
int shift_find(const struct sheaf_source *source, const uint8_t *last,
               uint64_t there, struct sheaf_buf *out, struct sheaf_error *err);

/*
 * Finds the place of each shift. *source reads from then on as if nothing had
 * moved, and has `size` bytes. Each `from` becomes the place, as exactly as it
 * can be told, each `by` the bytes that were inserted there; *count is how many
 * were found. SHEAF_ENOTFOUND: the last one was not.
 */
int shift_undo(struct sheaf_source *source, struct shift *shifts,
               size_t *count, uint64_t size, struct sheaf_error *err);

/* The same place if frames were inserted whole or are missing whole, in
 * damage_place.c. It is not before *low, which becomes what is known of that,
 * and not behind `high`. SHEAF_ENOTFOUND: a frame is damaged, or none says
 * where. */
int place_between_frames(const struct sheaf_source *source, int64_t by,
                         uint64_t *low, uint64_t high, uint64_t *out,
                         struct sheaf_error *err);

#endif
