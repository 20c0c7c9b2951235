/*
 * list.c - listing from the columns of the groups (format.md F7).
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/options.h"
#include "base/err.h"
#include "format/frame.h"

static int
list_group(const struct sheaf_reader *r, struct sheaf_scratch *s,
           const struct dir_row *row, bool redacted, sheaf_listed listed,
           void *arg, struct sheaf_error *err)
{
    struct sheaf_entry place;
    struct sheaf_bytes values[GROUP_COLUMNS];
    struct group_lines lines;
    /* The callback may read articles with this scratch, so the listing owns
     * the columns until the group is done. */
    struct sheaf_buf columns;
    struct group g;
    int rc = reader_group(r, s, row, err);

    if (rc != SHEAF_OK)
        return rc;
    columns = s->located.columns;
    g = s->located.group;
    place = (struct sheaf_entry){ .offset = g.start };
    memset(&s->located.columns, 0, sizeof s->located.columns);
    s->located.at = 0;
    rc = group_lines_begin(&lines, buf_view(&columns), g.count, row->offset,
                           err);
    for (uint32_t i = 0; rc == SHEAF_OK && i < g.count; i++) {
        struct sheaf_listing line = { .entry = { .leaf = g.first + i } };
        uint64_t length = 0;

        group_lines_next(&lines, values);
        /* place_articles has checked it, so this cannot fail. */
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
    if (s->located.columns.data == NULL)
        s->located.columns = columns; /* keeps the memory for the next group */
    else
        sheaf_buf_free(&columns);
    return rc;
}

int
sheaf_list(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
           const struct sheaf_list_filter *filter, sheaf_listed listed,
           void *arg, struct sheaf_error *err)
{
    struct sheaf_list_filter taken = SHEAF_LIST_ALL;
    const struct top *runs = reader_runs(reader);
    int rc = options_take(&taken, sizeof taken, filter, err);

    if (rc != SHEAF_OK)
        return rc;
    reader_claim(reader, scratch);
    for (unsigned run = 0; run < runs->run_count; run++) {
        uint64_t rows = runs->runs[run].tables[TABLE_DIR].rows;

        for (uint64_t n = 0; n < rows; n++) {
            const uint8_t *bytes;
            struct dir_row row;

            rc = reader_row(reader, scratch, run, TABLE_DIR, n, &bytes, err);
            if (rc != SHEAF_OK)
                return rc;
            dir_row_decode(bytes, &row);
            /* A group in which no article has a time is outside of any
             * range. */
            if ((taken.first_day != INT32_MIN ||
                 taken.last_day != INT32_MAX) &&
                (row.last_day < taken.first_day ||
                 row.first_day > taken.last_day))
                continue;
            rc = list_group(reader, scratch, &row, taken.redacted != 0,
                            listed, arg, err);
            if (rc != SHEAF_OK)
                return rc;
        }
    }
    return SHEAF_OK;
}
