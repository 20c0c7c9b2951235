/*
 * listing.c - lists and dates for the page, group by group, the newest first.
 *
 * Groups are counted over all runs: number 0 has the first leaf.
 */
#include "web/bridge.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/date.h"
#include "base/err.h"
#include "base/mem.h"

#define MONTHS (12 * 10000)
/* A group over more months than this says nothing about any of them. */
#define SPREAD_MAX 240
#define AT_ONCE_MAX 64

struct place {
    unsigned run;
    uint64_t row;
};

static uint64_t
rows_in(unsigned run)
{
    return reader_runs(web.reader)->runs[run].tables[TABLE_DIR].rows;
}

static uint64_t
group_count(void)
{
    uint64_t count = 0;

    for (unsigned i = 0; i < reader_runs(web.reader)->run_count; i++)
        count += rows_in(i);
    return count;
}

/* Group number `n`, which must be there. */
static struct place
place_of(uint64_t n)
{
    struct place p = { .row = n };

    while (p.row >= rows_in(p.run))
        p.row -= rows_in(p.run++);
    return p;
}

static int
take_row(struct place p, struct dir_row *out)
{
    const uint8_t *bytes;
    int rc = reader_row(web.reader, web.scratch, p.run, TABLE_DIR, p.row,
                        &bytes, &web.err);

    if (rc == SHEAF_OK)
        dir_row_decode(bytes, out);
    return rc;
}

/* Asks for the rows of groups `first` to `end`. */
static void
expect_rows(uint64_t first, uint64_t end)
{
    uint64_t base = 0;

    for (unsigned run = 0; run < reader_runs(web.reader)->run_count; run++) {
        const struct top_table *t = reader_table(web.reader, run, TABLE_DIR);
        uint64_t from = first > base ? first - base : 0;
        uint64_t to = end > base ? min_u64(end - base, t->rows) : 0;

        for (uint64_t page = from / TABLE_PAGE_ROWS;
             page * TABLE_PAGE_ROWS < to; page++) {
            size_t len;
            uint64_t at = table_page_at(TABLE_DIR, t, page, &len);

            page_expect(at, len);
        }
        base += t->rows;
    }
}

EXPORT(web_groups) int web_groups(void)
{
    struct sheaf_buf *out = web_begin();

    return web_end(buf_format(out, "%llu", (unsigned long long)group_count()));
}

/* ---- Months -------------------------------------------------------------- */

static int64_t
month_of(int32_t day)
{
    struct date d = date_of_days(day);

    return d.year >= 0 && d.year <= 9999 ? d.year * 12 + d.month - 1 : -1;
}

/* Spreads the articles of a group over its days. */
static bool
spread(double *months, const struct dir_row *row, uint64_t articles)
{
    int64_t first = month_of(row->first_day);
    int64_t last = month_of(row->last_day);
    double days = (double)row->last_day - row->first_day + 1;

    if (first < 0 || last < first || last - first > SPREAD_MAX)
        return false;
    for (int64_t m = first; m <= last; m++) {
        struct date d = { .year = m / 12,
                          .month = (unsigned)(m % 12) + 1,
                          .day = 1 };
        int64_t from = date_days(d);
        int64_t to = from + date_month_days(d.year, d.month) - 1;

        from = from > row->first_day ? from : row->first_day;
        to = to < row->last_day ? to : row->last_day;
        months[m] += (double)articles * (double)(to - from + 1) / days;
    }
    return true;
}

/* How many leaves a group has, from the group after it. */
static int
leaves_in(uint64_t n, uint64_t count, const struct dir_row *row, uint64_t *out)
{
    uint64_t end = reader_leaves(web.reader);
    struct dir_row next;
    int rc = SHEAF_OK;

    if (n + 1 < count) {
        rc = take_row(place_of(n + 1), &next);
        end = next.first_leaf;
    }
    *out = rc == SHEAF_OK && end > row->first_leaf
               ? min_u64(end - row->first_leaf, TILE_LEAVES)
               : 0;
    return rc;
}

static bool
add_months(struct sheaf_buf *out, const double *months, uint64_t undated)
{
    bool good = buf_add_str(out, "{\"months\":[");
    const char *comma = "";

    for (unsigned m = 0; good && m < MONTHS; m++)
        if (months[m] > 0) {
            good = buf_format(out, "%s[%u,%u,%llu]", comma, m / 12, m % 12 + 1,
                              (unsigned long long)(months[m] + 0.5));
            comma = ",";
        }
    return good &&
           buf_format(out, "],\"undated\":%llu}", (unsigned long long)undated);
}

/* About how many articles are from each month. */
EXPORT(web_months) int web_months(void)
{
    struct sheaf_buf *out = web_begin();
    double *months = mem_new(MONTHS, sizeof *months);
    uint64_t count = group_count(), undated = 0;
    int rc = months != NULL ? SHEAF_OK : fail_nomem(&web.err);

    expect_rows(0, count);
    for (uint64_t n = 0; rc == SHEAF_OK && n < count; n++) {
        struct dir_row row;
        uint64_t articles = 0;

        rc = take_row(place_of(n), &row);
        if (rc == SHEAF_OK)
            rc = leaves_in(n, count, &row, &articles);
        if (rc == SHEAF_OK && !spread(months, &row, articles))
            undated += articles;
    }
    if (rc == SHEAF_OK)
        rc = web_end(add_months(out, months, undated));
    mem_free(months);
    return rc;
}

/* ---- Lists --------------------------------------------------------------- */

struct lines {
    struct sheaf_buf *out;
    uint64_t end; /* the leaf after the group */
    unsigned count;
    unsigned lost; /* with their columns */
    bool failed;   /* out of memory */
};

static bool
add_string(struct sheaf_buf *out, struct sheaf_bytes escaped)
{
    return buf_add_str(out, ",\"") &&
           buf_add(out, escaped.data, escaped.len) && buf_add_str(out, "\"");
}

static int
add_line(void *arg, const struct sheaf_listing *line)
{
    struct lines *l = arg;
    const struct sheaf_entry *e = &line->entry;

    if (e->leaf >= l->end || l->count == TILE_LEAVES)
        return 1;
    if (line->lost) {
        l->lost++;
        return 0;
    }
    l->failed = !(
        buf_format(l->out, "%s[%llu,%llu,%llu,%lu,%lu,%d",
                   l->count++ == 0 ? "" : ",", (unsigned long long)e->leaf,
                   (unsigned long long)e->offset,
                   (unsigned long long)e->length, (unsigned long)e->index,
                   (unsigned long)line->rev, line->redacted) &&
        add_string(l->out, line->id) && add_string(l->out, line->published) &&
        add_string(l->out, line->section) &&
        add_string(l->out, line->headline) && buf_add_str(l->out, "]"));
    return l->failed;
}

/* Which groups: those that have one of these days, or the rest. */
struct wanted {
    int32_t first_day, last_day;
    bool rest;
};

static bool
is_wanted(const struct wanted *w, const struct dir_row *row)
{
    bool all = w->first_day == INT32_MIN && w->last_day == INT32_MAX;
    bool has = all || (row->last_day >= w->first_day &&
                       row->first_day <= w->last_day);

    return has != w->rest;
}

/* A group that cannot be listed is no reason not to list the others: its
 * place has the message. */
static int
add_damage(struct sheaf_buf *out, size_t at, int rc)
{
    if (rc == SHEAF_EIO || rc == SHEAF_ENOMEM)
        return rc;
    out->len = at;
    return web_end(web_add_text(out, sheaf_str(web.err.message)));
}

/* After the lines of a group: how many are missing. */
static bool
add_lost(const struct lines *l)
{
    struct sheaf_buf text = { 0 };
    bool good = l->lost == 0 ||
                (buf_format(&text, "%u article%s lost, and the line%s, too",
                            l->lost, l->lost == 1 ? " is" : "s are",
                            l->lost == 1 ? " that names it"
                                         : "s that name them") &&
                 buf_add_str(l->out, ",") &&
                 web_add_text(l->out, buf_view(&text)));

    sheaf_buf_free(&text);
    return good;
}

/* The lines of a group. */
static int
list_group(const struct dir_row *row, uint64_t end, struct lines *l)
{
    struct sheaf_list_filter filter = SHEAF_LIST_ALL;
    size_t at = l->out->len;
    int rc;

    if (!buf_add_str(l->out, "["))
        return web_end(false);
    l->end = end;
    l->count = l->lost = 0;
    filter.redacted = filter.lost = 1;
    filter.first_leaf = row->first_leaf;
    web.quiet = true;
    rc = sheaf_list(web.reader, web.scratch, &filter, add_line, l, &web.err);
    web.quiet = false;
    if (rc == SHEAF_OK || rc == SHEAF_ESTOPPED)
        return web_end(!l->failed && buf_add_str(l->out, "]") && add_lost(l));
    /* Leaves behind it are missing. */
    if (l->count != 0 && strcmp(web.err.clause, "F8.5") == 0)
        return web_end(!l->failed && buf_add_str(l->out, "],") &&
                       web_add_text(l->out, sheaf_str(web.err.message)));
    return add_damage(l->out, at, rc);
}

/* Groups that are wanted, the newest first. */
struct picked {
    uint64_t numbers[AT_ONCE_MAX];
    struct dir_row rows[AT_ONCE_MAX];
    unsigned count;
    uint64_t next; /* look before this one the next time */
};

static int
pick(struct picked *p, uint64_t before, unsigned most,
     const struct wanted *wanted)
{
    struct expected e;
    uint64_t n = before;
    int rc = SHEAF_OK;

    expect_rows(before > 4 * TABLE_PAGE_ROWS ? before - 4 * TABLE_PAGE_ROWS
                                             : 0,
                before);
    expect_begin(&e, web.reader);
    while (rc == SHEAF_OK && n > 0 && p->count < most) {
        struct dir_row *row = &p->rows[p->count];

        rc = take_row(place_of(n - 1), row);
        if (rc != SHEAF_OK)
            break;
        n--;
        if (!is_wanted(wanted, row))
            continue;
        expect_group(&e, row);
        p->numbers[p->count++] = n;
    }
    expect_now(&e);
    p->next = n;
    return rc;
}

/* Lines of up to `most` groups, the newest groups first: {next, groups}. */
EXPORT(web_list)
int
web_list(uint64_t before, unsigned most, int32_t first_day, int32_t last_day,
         int rest)
{
    const struct wanted wanted = { first_day, last_day, rest != 0 };
    struct sheaf_buf *out = web_begin();
    struct lines l = { .out = out };
    struct picked p = { .count = 0 };
    uint64_t count = group_count();
    bool good = buf_add_str(out, "{\"groups\":[");
    int rc = pick(&p, min_u64(before, count),
                  (unsigned)min_u64(most, AT_ONCE_MAX), &wanted);

    /* Are there no articles, or have they been left out? */
    if (rc == SHEAF_OK && count == 0)
        rc = sheaf_list(web.reader, web.scratch, NULL, add_line, &l, &web.err);
    for (unsigned i = 0; rc == SHEAF_OK && good && i < p.count; i++) {
        uint64_t leaves;

        rc = leaves_in(p.numbers[i], count, &p.rows[i], &leaves);
        good = i == 0 || buf_add_str(out, ",");
        if (rc == SHEAF_OK)
            rc = list_group(&p.rows[i], p.rows[i].first_leaf + leaves, &l);
    }
    if (rc != SHEAF_OK)
        return rc;
    return web_end(good && buf_format(out, "],\"next\":%llu}",
                                      (unsigned long long)p.next));
}
