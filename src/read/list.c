/*
 * list.c - listing from the columns of the groups (format.md F7).
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/err.h"
#include "format/frame.h"

/* Where each article of the group is. They lie back to back (F7.1). */
static int
place_articles(struct sheaf_scratch *s, uint64_t offset,
               struct sheaf_error *err)
{
    struct group_lines lines;
    struct sheaf_bytes row[GROUP_COLUMNS];
    uint64_t at = s->group.start;
    uint64_t length;
    int rc = group_lines_begin(&lines, buf_view(&s->columns), s->group.count,
                               offset, err);

    for (uint32_t i = 0; rc == SHEAF_OK && i < s->group.count; i++) {
        group_lines_next(&lines, row);
        if (!group_length(row[COLUMN_LENGTH], &length) ||
            (length == 0 && (i == 0 || s->group_removed[i - 1])) ||
            ADD_OVERFLOWS(at, length, &at) ||
            at > offset) {
            rc = fail_corrupt(err, offset, "F7.1",
                              "articles run past their group");
            break;
        }
        s->group_removed[i] = row[COLUMN_ID].len == 0;
        if (length != 0) {
            s->group_offsets[i] = at - length;
            s->group_lengths[i] = length;
            s->group_index[i] = 0;
        } else {
            s->group_offsets[i] = s->group_offsets[i - 1];
            s->group_lengths[i] = s->group_lengths[i - 1];
            s->group_index[i] = (uint8_t)(s->group_index[i - 1] + 1);
        }
    }
    return rc;
}

int
reader_group(const struct sheaf_reader *r, struct sheaf_scratch *s,
             const struct dir_row *row, struct sheaf_error *err)
{
    const struct codec_ddict *ddict;
    struct codec_header h;
    struct sheaf_bytes body;
    struct sheaf_bytes columns;
    uint64_t length;
    int rc;

    if (s->group_at == row->offset)
        return SHEAF_OK;
    s->group_at = 0;
    if (row->offset < HEAD_SIZE || row->length > FRAME_LENGTH_MAX)
        return fail_corrupt(err, row->offset, "F8.5", "no group there");
    rc = reader_read(r, row->offset, row->length, &s->frame, err);
    s->loaded = false; /* the frame's bytes are gone */
    if (rc == SHEAF_OK)
        rc = frame_body(buf_view(&s->frame), row->offset, "GRP", &body, err);
    if (rc == SHEAF_OK)
        rc = group_decode(body, row->offset, &s->group, &columns, &h, err);
    if (rc != SHEAF_OK)
        return rc;
    if (s->group.first != row->first_leaf ||
        s->group.first + s->group.count > r->top.size)
        return fail_corrupt(err, row->offset, "F8.5", "another group is there");
    rc = codec_frame_length(columns.data, columns.len, row->offset, &length,
                            err);
    if (rc == SHEAF_END || (rc == SHEAF_OK && length != columns.len))
        rc = fail_corrupt(err, row->offset, "F7.3",
                          "columns are not one frame");
    if (rc != SHEAF_OK)
        return rc;
    if (!buf_reserve(&s->columns, (size_t)h.content_size))
        return fail_nomem(err);
    rc = reader_dict_use(r, h.dict_id, row->offset, &ddict, err);
    if (rc != SHEAF_OK)
        return rc;
    rc = codec_decompress(s->dctx, ddict, columns, row->offset,
                          s->columns.data, (size_t)h.content_size, err);
    reader_dict_done(r, h.dict_id);
    if (rc != SHEAF_OK)
        return rc;
    s->columns.len = (size_t)h.content_size;
    rc = place_articles(s, row->offset, err);
    if (rc == SHEAF_OK)
        s->group_at = row->offset;
    return rc;
}

static int
list_group(const struct sheaf_reader *r, struct sheaf_scratch *s,
           const struct dir_row *row, bool redacted, sheaf_listed listed,
           void *arg, struct sheaf_error *err)
{
    struct sheaf_entry place;
    struct sheaf_bytes values[GROUP_COLUMNS];
    struct group_lines lines;
    /* The callback may read articles with this very scratch, so the columns
     * are its own until the group is done. */
    struct sheaf_buf columns;
    struct group g;
    int rc = reader_group(r, s, row, err);

    if (rc != SHEAF_OK)
        return rc;
    columns = s->columns;
    g = s->group;
    place = (struct sheaf_entry){ .offset = g.start };
    memset(&s->columns, 0, sizeof s->columns);
    s->group_at = 0;
    rc = group_lines_begin(&lines, buf_view(&columns), g.count, row->offset,
                           err);
    for (uint32_t i = 0; rc == SHEAF_OK && i < g.count; i++) {
        struct sheaf_listing line = { .entry = { .leaf = g.first + i } };
        uint64_t length = 0;

        group_lines_next(&lines, values);
        /* Checked by place_articles, so this can't fail. */
        (void)group_length(values[COLUMN_LENGTH], &length);
        if (length != 0) {
            place.offset += place.length;
            place.length = length;
            place.index = 0;
        } else {
            place.index++;
        }
        line.entry.offset = place.offset;
        line.entry.length = place.length;
        line.entry.index = place.index;
        line.redacted = values[COLUMN_ID].len == 0;
        if (line.redacted && !redacted)
            continue;
        line.id = values[COLUMN_ID];
        line.published = values[COLUMN_PUBLISHED];
        line.section = values[COLUMN_SECTION];
        line.headline = values[COLUMN_HEADLINE];
        if (listed(arg, &line) != 0)
            rc = fail(err, SHEAF_ESTOPPED, "stopped");
    }
    if (s->columns.data == NULL)
        s->columns = columns; /* keep the memory for the next group */
    else
        sheaf_buf_free(&columns);
    return rc;
}

int
sheaf_list(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
           const struct sheaf_list_filter *filter, sheaf_listed listed,
           void *arg, struct sheaf_error *err)
{
    static const struct sheaf_list_filter all = SHEAF_LIST_ALL;

    reader_claim(reader, scratch);
    if (filter == NULL)
        filter = &all;
    for (uint32_t i = 0; i < reader->top.run_count; i++) {
        const struct top_table *t = &reader->top.runs[i].tables[TABLE_DIR];

        for (uint64_t n = 0; n < t->rows; n++) {
            const uint8_t *bytes;
            struct dir_row row;
            int rc = reader_row(reader, scratch, t, TABLE_DIR, n, &bytes, err);

            if (rc != SHEAF_OK)
                return rc;
            dir_row_decode(bytes, &row);
            /* A group in which nothing has a time is no answer to a range. */
            if (filter->first_day != INT32_MIN ||
                filter->last_day != INT32_MAX) {
                if (row.last_day < filter->first_day ||
                    row.first_day > filter->last_day)
                    continue;
            }
            rc = list_group(reader, scratch, &row, filter->redacted != 0,
                            listed,
                            arg, err);
            if (rc != SHEAF_OK)
                return rc;
        }
    }
    return SHEAF_OK;
}
