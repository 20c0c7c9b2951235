/*
 * list.c - listing from the columns of the groups (format.md F7).
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/options.h"
#include "base/err.h"

/* The packed bytes of a frame that several articles can share (F4.11). */
#define SHARED_MAX (1u << 17)

/* Whether the article shares its frame with the one before or after it. Its
 * headline is then not in the columns. */
static bool
shares_frame(const struct located *l, uint32_t i)
{
    return l->index[i] != 0 ||
           (i + 1 < l->group.count && l->index[i + 1] != 0);
}

/* Reads the headline of an article from its frame. */
static int
read_headline(const struct sheaf_reader *r, struct sheaf_scratch *s,
              const struct sheaf_listing *line, struct sheaf_buf *out,
              struct sheaf_error *err)
{
    struct sheaf_bytes id, headline;
    int rc;

    if (line->entry.length > SHARED_MAX)
        return fail_corrupt(err, line->entry.offset, "F4.11",
                            "more than one article in more than 64 KiB");
    rc = reader_load_line(r, s, &line->entry, err);
    if (rc == SHEAF_EREDACTED)
        return fail_corrupt(err, line->entry.offset, "F7.3",
                            "the columns are of other articles");
    if (rc != SHEAF_OK)
        return rc;
    id = s->article.meta.id;
    headline = group_value(s->article.meta.headline);
    if (!bytes_equal(sheaf_view(id.data + 1, id.len - 2), line->id))
        return fail_corrupt(err, line->entry.offset, "F7.3",
                            "the columns are of other articles");
    out->len = 0;
    return buf_add(out, headline.data, headline.len) ? SHEAF_OK
                                                     : fail_nomem(err);
}

/* A leaf that is lost with its columns, unless it is a statement that the group
 * does not have. */
static int
list_lost(const struct sheaf_reader *r, struct sheaf_scratch *s, uint64_t leaf,
          sheaf_listed listed, void *arg, struct sheaf_error *err)
{
    struct sheaf_listing line = { .entry = { .leaf = leaf }, .lost = 1 };
    bool follows = false;
    int rc = reader_follows(r, s, leaf, &follows, err);

    if (rc == SHEAF_OK && !follows && listed(arg, &line) != 0)
        rc = fail(err, SHEAF_ESTOPPED, "stopped");
    return rc;
}

/* Whether a removed article is missing: no redaction that the signature covers
 * names it. */
static int
is_missing(const struct sheaf_reader *r, struct sheaf_scratch *s,
           const struct sheaf_entry *entry, bool *missing,
           struct sheaf_error *err)
{
    int rc = reader_redacted(r, s, entry, err);

    *missing = rc != SHEAF_EREDACTED;
    return rc == SHEAF_ENOMEM || rc == SHEAF_EIO ? rc : SHEAF_OK;
}

/* *next is the leaf behind the group. */
static int
list_group(const struct sheaf_reader *r, struct sheaf_scratch *s, unsigned run,
           uint64_t row, const struct sheaf_list_filter *filter,
           sheaf_listed listed, void *arg, uint64_t *next,
           struct sheaf_error *err)
{
    struct sheaf_bytes values[GROUP_COLUMNS];
    struct group_lines lines;
    /* The callback may read articles with this scratch, so the listing owns
     * columns and places until the group is done. */
    struct located l;
    struct sheaf_buf headline = { 0 };
    int rc = reader_group(r, s, run, row, err);

    if (rc != SHEAF_OK)
        return rc;
    l = s->located;
    *next = l.group.first + l.group.count;
    memset(&s->located.columns, 0, sizeof s->located.columns);
    s->located.at = 0;
    rc = group_lines_begin(&lines, buf_view(&l.columns), l.group.count, l.at,
                           err);
    for (uint32_t i = 0; rc == SHEAF_OK && i < l.group.count; i++) {
        struct sheaf_listing line = { .redacted = l.removed[i] };
        uint64_t rev = 0;
        bool missing = false;

        group_lines_next(&lines, values);
        if (l.group.first + i < filter->first_leaf)
            continue;
        line.entry = (struct sheaf_entry){ .leaf = l.group.first + i,
                                           .offset = l.offsets[i],
                                           .length = l.lengths[i],
                                           .index = l.index[i] };
        if (l.removed[i] && r->authentic.done && filter->lost != 0 &&
            filter->redacted == 0)
            rc = is_missing(r, s, &line.entry, &missing, err);
        if (rc == SHEAF_OK && missing) {
            line = (struct sheaf_listing){
                .entry = { .leaf = l.group.first + i }, .lost = 2
            };
            if (listed(arg, &line) != 0)
                rc = fail(err, SHEAF_ESTOPPED, "stopped");
            continue;
        }
        if (rc != SHEAF_OK || (l.removed[i] && filter->redacted == 0))
            continue;
        if (l.lost[i]) {
            if (filter->lost != 0)
                rc = list_lost(r, s, l.group.first + i, listed, arg, err);
            continue;
        }
        if (group_number(values[COLUMN_REV], &rev))
            line.rev = (uint32_t)rev;
        line.id = values[COLUMN_ID];
        line.published = values[COLUMN_PUBLISHED];
        line.section = values[COLUMN_SECTION];
        line.headline = values[COLUMN_HEADLINE];
        if (shares_frame(&l, i)) {
            rc = read_headline(r, s, &line, &headline, err);
            line.headline = buf_view(&headline);
        }
        if (rc == SHEAF_OK && listed(arg, &line) != 0)
            rc = fail(err, SHEAF_ESTOPPED, "stopped");
    }
    sheaf_buf_free(&headline);
    if (s->located.columns.data == NULL)
        s->located.columns = l.columns; /* keeps the memory for the next
                                           group */
    else
        sheaf_buf_free(&l.columns);
    return rc;
}

/* A group in which no article has a time is outside of any range. */
static bool
is_outside(const struct sheaf_list_filter *filter, const struct dir_row *row)
{
    return (filter->first_day != INT32_MIN || filter->last_day != INT32_MAX) &&
           (row->last_day < filter->first_day ||
            row->first_day > filter->last_day);
}

/* Where reading takes round trips, one is enough for several groups. */
#define GROUPS_AT_ONCE 32
static int
expect_groups(const struct sheaf_reader *r, struct sheaf_scratch *s,
              unsigned run, uint64_t from,
              const struct sheaf_list_filter *filter, struct sheaf_error *err)
{
    uint64_t rows = reader_runs(r)->runs[run].tables[TABLE_DIR].rows;
    struct expected e;
    int rc = SHEAF_OK;

    if (r->source.ops->expect == NULL)
        return SHEAF_OK;
    expect_begin(&e, r);
    for (uint64_t n = from;
         rc == SHEAF_OK && n < min_u64(from + GROUPS_AT_ONCE, rows); n++) {
        const uint8_t *bytes;
        struct dir_row row;

        rc = reader_row(r, s, run, TABLE_DIR, n, &bytes, err);
        if (rc != SHEAF_OK)
            break;
        dir_row_decode(bytes, &row);
        if (!is_outside(filter, &row))
            expect_group(&e, &row);
    }
    expect_now(&e);
    return rc;
}

/* The row of the first group that can have a leaf which is wanted. */
static int
first_row(const struct sheaf_reader *r, struct sheaf_scratch *s, unsigned run,
          uint64_t first_leaf, uint64_t *out, struct sheaf_error *err)
{
    const struct top *runs = reader_runs(r);
    uint8_t key[TABLE_KEY_SIZE];
    int rc = SHEAF_OK;

    *out = 0;
    if (first_leaf >= runs->runs[run].end) {
        *out = runs->runs[run].tables[TABLE_DIR].rows;
    } else if (first_leaf != 0) {
        put_be(key, first_leaf + 1, TABLE_KEY_SIZE);
        rc = reader_seek(r, s, run, TABLE_DIR, key, out, err);
        *out -= rc == SHEAF_OK && *out != 0;
    }
    return rc;
}

/* The leaves of a run that are in no group. The map is signed, and the rows of
 * the groups are not: it has a row for each article and each redaction, so
 * that all others are seals and key changes. How many of the redactions are in
 * this run is not known. */
struct apart {
    uint64_t count, most;
    uint64_t next; /* the leaf behind the last group; NOT_KNOWN */
};
#define NOT_KNOWN UINT64_MAX

static struct apart
begin_apart(const struct top *runs, unsigned run, bool from_first)
{
    const struct top_run *of = &runs->runs[run];
    uint64_t first = of->first, leaves = of->end - first;
    uint64_t rows = of->tables[TABLE_MAP].rows;
    struct apart a = { .next = from_first ? first : NOT_KNOWN };

    a.most = runs->redactions + leaves > rows
                 ? runs->redactions + leaves - rows
                 : 0;
    return a;
}

static int
add_apart(struct apart *a, uint64_t leaf, uint64_t offset,
          struct sheaf_error *err)
{
    if (a->next == NOT_KNOWN)
        return SHEAF_OK;
    if (leaf < a->next)
        return fail_corrupt(err, offset, "F8.5", "groups out of order");
    a->count += leaf - a->next;
    return a->count <= a->most
               ? SHEAF_OK
               : fail_corrupt(err, offset, "F8.5",
                              "leaves without a group: %llu, and at most %llu "
                              "are no articles",
                              (unsigned long long)a->count,
                              (unsigned long long)a->most);
}

static int
list_run(const struct sheaf_reader *r, struct sheaf_scratch *s, unsigned run,
         const struct sheaf_list_filter *filter, sheaf_listed listed,
         void *arg, struct sheaf_error *err)
{
    uint64_t rows = reader_runs(r)->runs[run].tables[TABLE_DIR].rows;
    uint64_t from = 0;
    struct dir_row row = { .offset = 0 };
    struct apart apart;
    int rc = first_row(r, s, run, filter->first_leaf, &from, err);

    apart = begin_apart(reader_runs(r), run, from == 0);
    for (uint64_t n = from; rc == SHEAF_OK && n < rows; n++) {
        const uint8_t *bytes;

        if ((n - from) % GROUPS_AT_ONCE == 0)
            rc = expect_groups(r, s, run, n, filter, err);
        if (rc == SHEAF_OK)
            rc = reader_row(r, s, run, TABLE_DIR, n, &bytes, err);
        if (rc != SHEAF_OK)
            break;
        dir_row_decode(bytes, &row);
        rc = add_apart(&apart, row.first_leaf, row.offset, err);
        apart.next = NOT_KNOWN;
        if (rc == SHEAF_OK && !is_outside(filter, &row))
            rc = list_group(r, s, run, n, filter, listed, arg, &apart.next,
                            err);
    }
    return rc == SHEAF_OK ? add_apart(&apart, reader_runs(r)->runs[run].end,
                                      row.offset, err)
                          : rc;
}

static int
pass_groups(const struct sheaf_reader *r, struct sheaf_scratch *s,
            unsigned run,
            int (*take)(void *arg, const struct sheaf_group *group), void *arg,
            struct sheaf_error *err)
{
    const struct top_run *of = &reader_runs(r)->runs[run];
    uint64_t rows = of->tables[TABLE_DIR].rows, last = 0;
    struct apart apart = begin_apart(reader_runs(r), run, true);
    int rc = SHEAF_OK;

    for (uint64_t n = 0; rc == SHEAF_OK && n < rows; n++) {
        struct sheaf_group group;
        const uint8_t *bytes;
        struct dir_row row;

        rc = reader_row(r, s, run, TABLE_DIR, n, &bytes, err);
        if (rc != SHEAF_OK)
            break;
        dir_row_decode(bytes, &row);
        group = (struct sheaf_group){ .first_leaf = row.first_leaf,
                                      .offset = row.offset,
                                      .length = row.length,
                                      .first_day = row.first_day,
                                      .last_day = row.last_day };
        last = row.offset;
        if (row.first_leaf > apart.next)
            rc = add_apart(&apart, row.first_leaf, row.offset, err);
        /* It has no leaf from there on (F7.1). */
        apart.next = min_u64(of->end,
                             (row.first_leaf | (TILE_LEAVES - 1)) + 1);
        if (rc == SHEAF_OK && take(arg, &group) != 0)
            rc = fail(err, SHEAF_ESTOPPED, "stopped");
    }
    return rc == SHEAF_OK && of->end > apart.next
               ? add_apart(&apart, of->end, last, err)
               : rc;
}

int
sheaf_list_groups(const struct sheaf_reader *reader,
                  struct sheaf_scratch *scratch,
                  int (*take)(void *arg, const struct sheaf_group *group),
                  void *arg, struct sheaf_error *err)
{
    const struct top *runs = reader_runs(reader);
    int rc = SHEAF_OK;

    reader_claim(reader, scratch);
    for (unsigned run = 0; rc == SHEAF_OK && run < runs->run_count; run++)
        rc = pass_groups(reader, scratch, run, take, arg, err);
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
    for (unsigned run = 0; rc == SHEAF_OK && run < runs->run_count; run++)
        rc = list_run(reader, scratch, run, &taken, listed, arg, err);
    return rc;
}
