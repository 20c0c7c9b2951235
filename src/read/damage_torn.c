/*
 * damage_torn.c - frames with a sum into which bytes were inserted.
 *
 * Such a frame is not whole, but states its length, and the next one begins
 * behind where it should. That may be so for other reasons, too; the sum tells,
 * and where the bytes are that are too many.
 */
#include "read/damage_shift.h"

#include "base/err.h"
#include "base/hash.h"

/* Frames of so many bytes are looked at, for so many that were inserted. */
#define TORN_MAX 4096
#define MORE_MAX 4096

void
torn_begin(struct torn *t, const struct walk_frame *f)
{
    const bool summed = f->type != FRAME_ZSTD && f->type != FRAME_DICT;

    *t = (struct torn){ .at = summed ? f->offset : 0, .length = f->length };
}

void
torn_go_on(struct torn *t, const struct walk_frame *f)
{
    if (t->next == 0)
        t->next = t->end = f->offset;
    if (f->offset != t->end)
        t->at = 0;
    t->end = f->offset + f->length;
}

static bool
has_sum(const uint8_t *frame, size_t len)
{
    uint8_t sum[FRAME_SUM_SIZE];

    hash_check64(frame, len - sizeof sum, sum);
    return memcmp(frame + len - sizeof sum, sum, sizeof sum) == 0;
}

/* Where `more` bytes were inserted into a frame of `len`: without them, it has
 * its sum. 0: in no one place. */
static size_t
find_cut(const uint8_t *bytes, size_t len, size_t more)
{
    uint8_t frame[TORN_MAX];

    memcpy(frame, bytes + more, len);
    for (size_t cut = 1; cut < len; cut++) {
        frame[cut - 1] = bytes[cut - 1];
        if (has_sum(frame, len))
            return cut;
    }
    return 0;
}

int
torn_find(const struct torn *t, const struct sheaf_source *source,
          uint64_t *left, uint64_t *cut, struct sheaf_error *err)
{
    const uint64_t cost = t->length * t->length;
    uint8_t bytes[TORN_MAX + MORE_MAX];
    uint64_t more;
    int sys;

    *cut = 0;
    if (t->at == 0 || t->next <= t->at + t->length)
        return SHEAF_OK;
    more = torn_more(t);
    if (t->length <= FRAME_SUM_SIZE || t->length > TORN_MAX ||
        more > MORE_MAX || cost > *left)
        return SHEAF_OK;
    *left -= cost;
    sys = source->ops->read_at(source->ctx, t->at, bytes,
                               (size_t)(t->length + more));
    if (sys != 0)
        return fail_io(err, sys, "reading the archive");
    *cut = find_cut(bytes, (size_t)t->length, (size_t)more);
    return SHEAF_OK;
}
