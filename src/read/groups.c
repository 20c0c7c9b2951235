/*
 * groups.c - the columns of a group, and the places of its articles (format.md
 * F7).
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "format/frame.h"

/* Computes the place of each article of the group. They lie back to back
 * (F7.1), so their lengths are enough. */
static int
place_articles(struct sheaf_scratch *s, uint64_t offset,
               struct sheaf_error *err)
{
    struct group_lines lines;
    struct sheaf_bytes row[GROUP_COLUMNS];
    uint64_t at = s->located.group.start;
    uint64_t length;
    int rc = group_lines_begin(&lines, buf_view(&s->located.columns),
                               s->located.group.count, offset, err);

    for (uint32_t i = 0; rc == SHEAF_OK && i < s->located.group.count; i++) {
        group_lines_next(&lines, row);
        if (!group_length(row[COLUMN_LENGTH], &length) ||
            (length == 0 && (i == 0 || s->located.removed[i - 1])) ||
            ADD_OVERFLOWS(at, length, &at) ||
            at > offset) {
            rc = fail_corrupt(err, offset, "F7.1",
                              "articles run past their group");
            break;
        }
        s->located.removed[i] = row[COLUMN_ID].len == 0;
        if (length != 0) {
            s->located.offsets[i] = at - length;
            s->located.lengths[i] = length;
            s->located.index[i] = 0;
        } else {
            s->located.offsets[i] = s->located.offsets[i - 1];
            s->located.lengths[i] = s->located.lengths[i - 1];
            s->located.index[i] = (uint8_t)(s->located.index[i - 1] + 1);
        }
    }
    return rc;
}

int
reader_group(const struct sheaf_reader *r, struct sheaf_scratch *s,
             const struct dir_row *row, struct sheaf_error *err)
{
    struct codec_header h;
    struct sheaf_bytes body;
    struct sheaf_bytes columns;
    uint64_t length;
    int rc;

    if (s->located.at == row->offset)
        return SHEAF_OK;
    s->located.at = 0;
    if (row->offset < HEAD_SIZE || row->length > FRAME_LENGTH_MAX)
        return fail_corrupt(err, row->offset, "F8.5", "no group there");
    rc = reader_read(r, row->offset, row->length, &s->frame, err);
    if (rc == SHEAF_OK)
        rc = frame_body(buf_view(&s->frame), row->offset, FRAME_GRP, &body,
                        err);
    if (rc == SHEAF_OK)
        rc = group_decode(body, row->offset, &s->located.group, &columns, &h,
                          err);
    if (rc != SHEAF_OK)
        return rc;
    if (s->located.group.first != row->first_leaf ||
        s->located.group.first + s->located.group.count > r->top.size)
        return fail_corrupt(err, row->offset, "F8.5", "another group is there");
    rc = codec_frame_length(columns.data, columns.len, row->offset, &length,
                            err);
    if (rc == SHEAF_END || (rc == SHEAF_OK && length != columns.len))
        rc = fail_corrupt(err, row->offset, "F7.3",
                          "columns are not one frame");
    if (rc != SHEAF_OK)
        return rc;
    rc = reader_unpack(r, s, &h, columns, row->offset, &s->located.columns,
                       err);
    if (rc != SHEAF_OK)
        return rc;
    rc = place_articles(s, row->offset, err);
    if (rc == SHEAF_OK)
        s->located.at = row->offset;
    return rc;
}

/* ---- From a leaf to a place ---------------------------------------------- */

/* Finds the run that covers a leaf. */
static int
run_of(const struct sheaf_reader *r, uint64_t leaf, unsigned *out,
       struct sheaf_error *err)
{
    const struct top *t = reader_runs(r);

    for (unsigned i = 0; i < t->run_count; i++) {
        if (leaf < t->runs[i].end) {
            *out = i;
            return SHEAF_OK;
        }
    }
    return fail_corrupt(err, NO_OFFSET, "F8.6", "no run covers leaf %llu",
                        (unsigned long long)leaf);
}

/* Loads the group that `leaf` would be in: the last one that does not begin
 * after it. */
static int
find_group(const struct sheaf_reader *r, struct sheaf_scratch *s,
           uint64_t leaf, struct sheaf_error *err)
{
    uint8_t key[TABLE_KEY_SIZE];
    const uint8_t *bytes;
    struct dir_row row;
    unsigned run = 0;
    uint64_t at;
    int rc = run_of(r, leaf, &run, err);

    put_be(key, leaf + 1, TABLE_KEY_SIZE);
    if (rc == SHEAF_OK)
        rc = reader_seek(r, s, run, TABLE_DIR, key, &at, err);
    if (rc == SHEAF_OK && at == 0)
        return SHEAF_ENOTFOUND;
    if (rc == SHEAF_OK)
        rc = reader_row(r, s, run, TABLE_DIR, at - 1, &bytes, err);
    if (rc != SHEAF_OK)
        return rc;
    dir_row_decode(bytes, &row);
    return reader_group(r, s, &row, err);
}

/* Whether the loaded group has this leaf. */
static bool
holds(const struct located *l, uint64_t leaf)
{
    return l->at != 0 && leaf >= l->group.first &&
           leaf < l->group.first + l->group.count;
}

int
reader_locate(const struct sheaf_reader *r, struct sheaf_scratch *s,
              uint64_t leaf, struct sheaf_entry *out, struct sheaf_error *err)
{
    const struct located *l = &s->located;
    uint64_t i;
    int rc = SHEAF_OK;

    if (leaf >= reader_leaves(r))
        return SHEAF_END;
    if (!holds(l, leaf))
        rc = find_group(r, s, leaf, err);
    if (rc != SHEAF_OK && rc != SHEAF_ENOTFOUND)
        return rc;
    if (!holds(l, leaf))
        return fail(err, SHEAF_ENOTFOUND, "leaf is not an article");
    i = leaf - l->group.first;
    *out = (struct sheaf_entry){ .leaf = leaf, .offset = l->offsets[i],
                                 .length = l->lengths[i],
                                 .index = l->index[i] };
    return l->removed[i] ? SHEAF_EREDACTED : SHEAF_OK;
}
