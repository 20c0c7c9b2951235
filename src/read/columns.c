/*
 * columns.c - the columns of a group as they are stored, and the places of its
 * articles (format.md F7).
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"
#include "format/frame.h"

/* Computes the place of each article of the group. They lie back to back
 * (F7.1), so their lengths are enough. */
static int
place_articles(struct sheaf_scratch *s, uint64_t offset,
               struct sheaf_error *err)
{
    struct located *l = &s->located;
    struct group_lines lines;
    struct sheaf_bytes row[GROUP_COLUMNS];
    uint64_t at = l->group.start;
    uint64_t length;
    int rc = group_lines_begin(&lines, buf_view(&l->columns), l->group.count,
                               offset, err);

    for (uint32_t i = 0; rc == SHEAF_OK && i < l->group.count; i++) {
        group_lines_next(&lines, row);
        if (!group_number(row[COLUMN_LENGTH], &length) ||
            (length == 0 && (i == 0 || l->removed[i - 1])) ||
            ADD_OVERFLOWS(at, length, &at) || at > offset) {
            rc = fail_corrupt(err, offset, "F7.1",
                              "articles run past their group");
            break;
        }
        l->lost[i] = false;
        l->removed[i] = row[COLUMN_ID].len == 0;
        if (length != 0) {
            l->offsets[i] = at - length;
            l->lengths[i] = length;
            l->index[i] = 0;
        } else {
            l->offsets[i] = l->offsets[i - 1];
            l->lengths[i] = l->lengths[i - 1];
            l->index[i] = (uint8_t)(l->index[i - 1] + 1);
        }
    }
    return rc;
}

static int
load_columns(const struct sheaf_reader *r, struct sheaf_scratch *s,
             const struct dir_row *row, struct sheaf_error *err)
{
    struct located *l = &s->located;
    struct codec_header h;
    struct sheaf_bytes body, columns;
    uint64_t length;
    int rc;

    l->at = 0;
    if (row->offset < HEAD_SIZE || row->length > FRAME_LENGTH_MAX)
        return fail_corrupt(err, row->offset, "F8.5", "no group there");
    rc = reader_read(r, row->offset, row->length, &s->frame, err);
    if (rc == SHEAF_OK)
        rc = frame_body(buf_view(&s->frame), row->offset, FRAME_GRP, &body,
                        err);
    if (rc == SHEAF_OK)
        rc = group_decode(body, row->offset, &l->group, &columns, &h, err);
    if (rc != SHEAF_OK)
        return rc;
    if (l->group.first != row->first_leaf ||
        l->group.first + l->group.count > r->top.size)
        return fail_corrupt(err, row->offset, "F8.5",
                            "another group is there");
    rc = codec_frame_length(columns.data, columns.len, row->offset, &length,
                            err);
    if (rc == SHEAF_END || (rc == SHEAF_OK && length != columns.len))
        rc = fail_corrupt(err, row->offset, "F7.3",
                          "columns are not one frame");
    if (rc == SHEAF_OK)
        rc = reader_unpack(r, s, &h, columns, row->offset, &l->columns, err);
    return rc == SHEAF_OK ? group_check_size(l->group.count, l->columns.len,
                                             row->offset, err)
                          : rc;
}

int
reader_group_stored(const struct sheaf_reader *r, struct sheaf_scratch *s,
                    const struct dir_row *row, struct sheaf_error *err)
{
    int rc = load_columns(r, s, row, err);

    if (rc == SHEAF_OK)
        rc = place_articles(s, row->offset, err);
    if (rc == SHEAF_OK)
        s->located.at = row->offset;
    return rc;
}

/* ---- A line of the columns ----------------------------------------------- */

bool
reader_group_holds(const struct located *l, uint64_t leaf)
{
    return l->at != 0 && leaf >= l->group.first &&
           leaf < l->group.first + l->group.count;
}

/* The line of a leaf that is in s->located. */
static int
column_line(const struct sheaf_scratch *s, uint64_t leaf,
            struct sheaf_bytes row[GROUP_COLUMNS], struct sheaf_error *err)
{
    const struct located *l = &s->located;
    struct group_lines lines;
    int rc = group_lines_begin(&lines, buf_view(&l->columns), l->group.count,
                               l->at, err);

    assert(reader_group_holds(l, leaf));
    for (uint64_t i = l->group.first; rc == SHEAF_OK && i <= leaf; i++)
        group_lines_next(&lines, row);
    return rc;
}

int
reader_column_id(const struct sheaf_scratch *s, uint64_t leaf,
                 struct sheaf_buf *out, struct sheaf_error *err)
{
    struct sheaf_bytes row[GROUP_COLUMNS];
    int rc = column_line(s, leaf, row, err);

    if (rc == SHEAF_OK && !json_unescape(row[COLUMN_ID], out))
        rc = fail_nomem(err);
    return rc;
}

/* ---- What the next group says -------------------------------------------- */

/* Beyond so many bytes no group is looked for. */
#define AHEAD_MAX ((uint64_t)1 << 20)

/* Takes the frame at the walk's place, if it is a group that stands where it
 * was written: right behind the last of its articles. SHEAF_ENOTFOUND: it is
 * not. */
static int
take_ahead(const struct sheaf_reader *r, struct sheaf_scratch *s,
           struct walk *w, struct sheaf_error *err)
{
    struct walk_frame f;
    int rc = walk_peek(w, &f, err);

    if (rc == SHEAF_OK && f.type != FRAME_GRP)
        rc = SHEAF_ENOTFOUND;
    if (rc == SHEAF_OK)
        rc = walk_load(w, &f, err);
    return rc == SHEAF_OK ? reader_group_there(r, s, &f, err) : rc;
}

int
reader_group_there(const struct sheaf_reader *r, struct sheaf_scratch *s,
                   const struct walk_frame *f, struct sheaf_error *err)
{
    const struct located *l = &s->located;
    struct dir_row row = { .offset = f->offset };
    struct group g;
    uint32_t last;
    int rc = group_decode_fixed(f->body, f->offset, &g, err);

    row.first_leaf = g.first;
    row.length = (uint32_t)f->length;
    if (rc == SHEAF_OK)
        rc = load_columns(r, s, &row, err);
    if (rc != SHEAF_OK)
        return rc;
    /* Too far in front, its articles would run past it. */
    rc = place_articles(s, f->offset, err);
    last = l->group.count - 1;
    if (rc == SHEAF_ECORRUPT ||
        (rc == SHEAF_OK && l->offsets[last] + l->lengths[last] != f->offset))
        rc = SHEAF_ENOTFOUND;
    if (rc == SHEAF_OK)
        s->located.at = f->offset;
    return rc;
}

/* Loads the group whose frame comes next after `offset`, if it begins before.
 * *there: it is in s->located. Other frames are not passed over by their
 * lengths, which may be wrong. */
static int
look_ahead(const struct sheaf_reader *r, struct sheaf_scratch *s,
           uint64_t offset, bool *there, struct sheaf_error *err)
{
    const struct located *l = &s->located;
    struct walk *w = &s->ahead; /* keeps what was read for the next time */
    int rc = SHEAF_ENOTFOUND;

    *there = l->at != 0 && l->group.start <= offset && offset < l->at;
    if (*there || (s->groupless_from <= offset && offset < s->groupless_to))
        return SHEAF_OK;
    w->at = offset;
    w->vain = 0;
    w->end = min_u64(offset + AHEAD_MAX, r->file_size);
    while (w->at < w->end && reader_goes_on(rc)) {
        rc = take_ahead(r, s, w, err);
        if (reader_goes_on(rc) && walk_resume(w, err) != SHEAF_OK)
            break;
    }
    if (rc == SHEAF_EIO || rc == SHEAF_ENOMEM)
        return rc;
    *there = rc == SHEAF_OK && l->group.start <= offset;
    if (!*there) {
        s->groupless_from = offset;
        s->groupless_to = rc == SHEAF_OK ? l->group.start : w->end;
        s->groupless_leaf = rc == SHEAF_OK ? l->group.first : UINT64_MAX;
    }
    return SHEAF_OK;
}

/* Whether an article, or a removed one, can be that of this line. */
static bool
is_of_line(const struct meta *meta,
           const struct sheaf_bytes line[GROUP_COLUMNS])
{
    uint64_t rev;

    if (meta == NULL)
        return line[COLUMN_ID].len == 0;
    return bytes_equal(line[COLUMN_ID], group_value(meta->id)) &&
           group_number(line[COLUMN_REV], &rev) && rev == meta->rev;
}

int
reader_group_says(const struct sheaf_reader *r, struct sheaf_scratch *s,
                  uint64_t offset, uint32_t index, const struct meta *meta,
                  enum verdict *out, uint64_t *leaf, struct sheaf_error *err)
{
    const struct located *l = &s->located;
    struct sheaf_bytes line[GROUP_COLUMNS];
    uint32_t i = 0;
    bool there;
    int rc = look_ahead(r, s, offset, &there, err);

    *out = there || *leaf >= s->groupless_leaf ? VERDICT_NO : VERDICT_NONE;
    if (rc != SHEAF_OK || !there)
        return rc;
    while (i < l->group.count &&
           (l->offsets[i] != offset || l->index[i] != index))
        i++;
    if (i == l->group.count)
        return SHEAF_OK;
    *leaf = l->group.first + i;
    rc = column_line(s, *leaf, line, err);
    if (rc == SHEAF_OK && is_of_line(meta, line))
        *out = VERDICT_YES;
    return rc;
}
