/*
 * group.c - groups of articles and their columns.
 */
#include "format/group.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/date.h"
#include "base/err.h"
#include "base/number.h"
#include "format/frame.h"
#include "format/table.h"
#include "format/top.h"

/* The largest number with 15 digits. */
#define GROUP_LENGTH_MAX UINT64_C(999999999999999)

void
group_begin(struct group *g, uint64_t start, uint64_t first)
{
    g->start = start;
    g->first = first;
    g->count = 0;
    g->raw = 0;
    g->first_day = INT32_MAX;
    g->last_day = INT32_MIN;
    g->headline_at = 0;
    for (unsigned i = 0; i < GROUP_COLUMNS; i++)
        g->columns[i].len = 0;
    hash_blake_start(&g->sum);
}

void
group_free(struct group *g)
{
    for (unsigned i = 0; i < GROUP_COLUMNS; i++)
        sheaf_buf_free(&g->columns[i]);
}

static int32_t
day_of(int64_t time)
{
    int64_t day = date_day_of(time);

    if (day < (int64_t)INT32_MIN + 1)
        return INT32_MIN + 1;
    return day > (int64_t)INT32_MAX - 1 ? INT32_MAX - 1 : (int32_t)day;
}

struct sheaf_bytes
group_value(struct sheaf_bytes string)
{
    if (string.len < 2 || string.len - 2 > GROUP_VALUE_MAX)
        return sheaf_view(NULL, 0);
    return sheaf_view(string.data + 1, string.len - 2);
}

static bool
add_line(struct sheaf_buf *column, struct sheaf_bytes value)
{
    return buf_add(column, value.data, value.len) && buf_add(column, "\n", 1);
}

static bool
add_number(struct sheaf_buf *column, uint64_t n)
{
    return buf_add_u64_text(column, n) && buf_add(column, "\n", 1);
}

/* Adds the headline of an article: an empty line for one that shares its
 * frame. That the one before shares it is known only now. */
static bool
add_headline(struct group *g, bool joined, struct sheaf_bytes value)
{
    struct sheaf_buf *column = &g->columns[COLUMN_HEADLINE];
    static const struct sheaf_bytes none;

    if (joined && column->len != 0) {
        column->len = g->headline_at;
        if (!add_line(column, none))
            return false;
    }
    g->headline_at = column->len;
    return add_line(column, joined ? none : value);
}

bool
group_add(struct group *g, uint64_t frame_length, uint64_t raw, int64_t time,
          const struct meta *meta)
{
    if (time != INT64_MIN) {
        int32_t day = day_of(time);

        g->first_day = day < g->first_day ? day : g->first_day;
        g->last_day = day > g->last_day ? day : g->last_day;
    }
    g->count++;
    g->raw += raw;
    return add_number(&g->columns[COLUMN_LENGTH], frame_length) &&
           add_line(&g->columns[COLUMN_PUBLISHED],
                    group_value(meta->published)) &&
           add_line(&g->columns[COLUMN_SECTION], group_value(meta->section)) &&
           add_line(&g->columns[COLUMN_ID],
                    sheaf_view(meta->id.data + 1, meta->id.len - 2)) &&
           add_number(&g->columns[COLUMN_REV], meta->rev) &&
           add_headline(g, frame_length == 0, group_value(meta->headline));
}

bool
group_add_removed(struct group *g, uint64_t frame_length)
{
    bool good = add_number(&g->columns[COLUMN_LENGTH], frame_length);

    g->headline_at = g->columns[COLUMN_HEADLINE].len;
    for (unsigned i = COLUMN_LENGTH + 1; good && i < GROUP_COLUMNS; i++)
        good = buf_add(&g->columns[i], "\n", 1);
    g->count++;
    return good;
}

void
group_bytes(struct group *g, const void *data, size_t len)
{
    hash_blake_add(&g->sum, data, len);
}

void
group_close(struct group *g)
{
    uint8_t whole[HASH_BYTES];

    hash_blake_end(&g->sum, whole);
    memcpy(g->frames, whole, sizeof g->frames);
}

bool
group_text(const struct group *g, struct sheaf_buf *out)
{
    bool good = true;

    for (unsigned i = 0; good && i < GROUP_COLUMNS; i++)
        good = buf_add(out, g->columns[i].data, g->columns[i].len);
    return good;
}

bool
group_encode(const struct group *g, struct sheaf_bytes columns,
             struct sheaf_buf *out)
{
    size_t start = out->len;

    return frame_begin(out, FRAME_GRP) && buf_add_be(out, g->start, 8) &&
           buf_add_be(out, g->first, 8) && buf_add_be(out, g->count, 2) &&
           buf_add_be(out, g->dict, 4) && buf_add_be(out, g->last_end, 8) &&
           buf_add_be(out, (uint32_t)g->first_day, 4) &&
           buf_add_be(out, (uint32_t)g->last_day, 4) &&
           buf_add_be(out, g->raw, 8) &&
           buf_add(out, g->frames, sizeof g->frames) &&
           buf_add(out, columns.data, columns.len) && frame_end(out, start);
}

int
group_decode_fixed(struct sheaf_bytes body, uint64_t offset,
                   struct group *out, struct sheaf_error *err)
{
    struct cursor c = cursor_over(body.data, body.len);
    struct group g = { 0 };

    g.start = cursor_u64(&c);
    g.first = cursor_u64(&c);
    g.count = cursor_u16(&c);
    g.dict = cursor_u32(&c);
    g.last_end = cursor_u64(&c);
    g.first_day = (int32_t)cursor_u32(&c);
    g.last_day = (int32_t)cursor_u32(&c);
    g.raw = cursor_u64(&c);
    cursor_copy(&c, g.frames, sizeof g.frames);
    if (c.bad || g.count == 0 || g.first >= SIZE_MAX_LEAVES ||
        g.first % TILE_LEAVES + g.count > TILE_LEAVES ||
        g.start < HEAD_SIZE || g.start >= offset)
        return fail_corrupt(err, offset, "F7.1", "no such group");
    *out = g;
    return SHEAF_OK;
}

int
group_decode(struct sheaf_bytes body, uint64_t offset, struct group *out,
             struct sheaf_bytes *columns, struct codec_header *header,
             struct sheaf_error *err)
{
    struct group g;
    struct sheaf_bytes rest;
    int rc = group_decode_fixed(body, offset, &g, err);

    if (rc != SHEAF_OK)
        return rc;
    rest = sheaf_view(body.data + GROUP_FIXED, body.len - GROUP_FIXED);
    rc = codec_header(rest.data, rest.len,
                      offset + FRAME_HEAD_SIZE + GROUP_FIXED, header, err);
    if (rc != SHEAF_OK)
        return rc;
    /* Codes of words are shorter than what they stand for, so both sizes are
     * checked. */
    rc = group_check_size(g.count, header->content_size, offset, err);
    if (rc != SHEAF_OK)
        return rc;
    *columns = rest;
    *out = g;
    return SHEAF_OK;
}

int
group_check_size(uint32_t count, uint64_t size, uint64_t offset,
                 struct sheaf_error *err)
{
    return size <= (uint64_t)count * GROUP_LINES_MAX
               ? SHEAF_OK
               : fail_corrupt(err, offset, "F7.3",
                              "columns of more than 16 KiB for an article");
}

int
group_lines_begin(struct group_lines *lines, struct sheaf_bytes text,
                  uint32_t count, uint64_t offset, struct sheaf_error *err)
{
    const uint8_t *at = text.data;
    const uint8_t *end = text.len != 0 ? at + text.len : at;

    for (unsigned i = 0; i < GROUP_COLUMNS; i++) {
        lines->rest[i].data = at;
        for (uint32_t n = 0; n < count; n++) {
            const uint8_t *lf = at < end ? memchr(at, '\n', (size_t)(end - at))
                                         : NULL;

            if (lf == NULL)
                return fail_corrupt(err, offset, "F7.3", "columns lack lines");
            at = lf + 1;
        }
        lines->rest[i].len = (size_t)(at - lines->rest[i].data);
    }
    if (at != end)
        return fail_corrupt(err, offset, "F7.3", "columns have more lines");
    return SHEAF_OK;
}

void
group_lines_next(struct group_lines *lines,
                 struct sheaf_bytes out[GROUP_COLUMNS])
{
    for (unsigned i = 0; i < GROUP_COLUMNS; i++) {
        struct sheaf_bytes *rest = &lines->rest[i];
        const uint8_t *lf = memchr(rest->data, '\n', rest->len);

        assert(lf != NULL);
        out[i].data = rest->data;
        out[i].len = (size_t)(lf - rest->data);
        rest->data += out[i].len + 1;
        rest->len -= out[i].len + 1;
    }
}

bool
group_number(struct sheaf_bytes line, uint64_t *out)
{
    return number_parse(line, GROUP_LENGTH_MAX, out);
}
