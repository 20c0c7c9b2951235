/*
 * recover_shifts.c - how far frames are from where they were.
 *
 * A group says where its first frame was, and how long all of them are.
 */
#include "check/recover.h"

#include "base/err.h"

/* All frames of the group together; they lie back to back, the group after them
 * (F7.1). */
static int
sum_lengths(const struct recover *r, const struct group *g, uint64_t offset,
            uint64_t *out, struct sheaf_error *err)
{
    struct sheaf_bytes row[GROUP_COLUMNS];
    struct group_lines lines;
    int rc = group_lines_begin(&lines, buf_view(&r->columns), g->count, offset,
                               err);

    *out = 0;
    for (uint32_t i = 0; rc == SHEAF_OK && i < g->count; i++) {
        uint64_t length;

        group_lines_next(&lines, row);
        if (!group_number(row[COLUMN_LENGTH], &length) ||
            ADD_OVERFLOWS(*out, length, out))
            rc = fail_corrupt(err, offset, "F7.1", "lengths of no group");
    }
    return rc;
}

int
recover_note_shift(struct recover *r, const struct group *g, uint64_t offset,
                   struct sheaf_error *err)
{
    const struct shift *all = (const struct shift *)r->shifts.data;
    size_t count = r->shifts.len / sizeof *all;
    struct shift here = { .from = g->start };
    uint64_t was;
    int rc = sum_lengths(r, g, offset, &was, err);

    /* What no group can be says nothing. */
    if (rc != SHEAF_OK || ADD_OVERFLOWS(was, g->start, &was) ||
        was > SHIFTED_MAX)
        return recover_ends(rc) ? rc : SHEAF_OK;
    here.by = (int64_t)offset - (int64_t)was;
    /* Groups come in order, unless this is another archive. */
    while (count != 0 && all[count - 1].from >= here.from)
        count--;
    r->shifts.len = count * sizeof *all;
    if (here.by == (count != 0 ? all[count - 1].by : 0))
        return SHEAF_OK;
    return buf_add(&r->shifts, &here, sizeof here) ? SHEAF_OK
                                                   : fail_nomem(err);
}

unsigned
recover_shifts(const struct recover *r, uint64_t offset,
               int64_t out[SHIFTS_TRIED])
{
    const struct shift *all = (const struct shift *)r->shifts.data;
    size_t count = r->shifts.len / sizeof *all;
    size_t low = 0, high = count;
    unsigned n = 0;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (all[middle].from <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    out[n++] = low != 0 ? all[low - 1].by : 0;
    if (low < count)
        out[n++] = all[low].by;
    if (low != 0)
        out[n++] = low > 1 ? all[low - 2].by : 0;
    return n;
}
