/*
 * groups.c - groups, stored or derived, and their sums (format.md F7).
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "format/frame.h"
#include "read/damage_rebuild.h"

/* Bytes of frames that sheaf_check_newest compares. */
#define CHECK_NEWEST_MAX ((uint64_t)1 << 20)

int
reader_group(const struct sheaf_reader *r, struct sheaf_scratch *s,
             unsigned run, uint64_t row, struct sheaf_error *err)
{
    uint64_t end = reader_runs(r)->runs[run].end;
    struct sheaf_error why = { 0 };
    const uint8_t *bytes;
    struct dir_row dir, next, before = { 0 };
    struct expected e;
    int rc = reader_row(r, s, run, TABLE_DIR, row, &bytes, err);

    if (rc != SHEAF_OK)
        return rc;
    dir_row_decode(bytes, &dir);
    if (s->located.at == dir.offset)
        return SHEAF_OK;
    expect_begin(&e, r);
    expect_group(&e, &dir);
    expect_now(&e);
    rc = reader_group_stored(r, s, &dir, &why);
    if (rc == SHEAF_ECORRUPT) {
        rc = reader_put_right(r, rc, dir.offset, &why);
        if (rc == SHEAF_OK)
            rc = reader_group_stored(r, s, &dir, &why);
    }
    if (rc == SHEAF_OK)
        return SHEAF_OK;
    if (rc == SHEAF_ECORRUPT || rc == SHEAF_EUNSUPPORTED) {
        /* The frame of a newer version can be derived, too. */
        if (row + 1 < reader_table(r, run, TABLE_DIR)->rows) {
            rc = reader_row(r, s, run, TABLE_DIR, row + 1, &bytes, err);
            if (rc != SHEAF_OK)
                return rc;
            dir_row_decode(bytes, &next);
            end = min_u64(end, next.first_leaf);
        }
        /* Nobody has signed these rows. */
        if (dir.first_leaf >= end)
            return fail_corrupt(err, dir.offset, "F8.5",
                                "groups out of order");
        if (row != 0) {
            rc = reader_row(r, s, run, TABLE_DIR, row - 1, &bytes, err);
            if (rc != SHEAF_OK)
                return rc;
            dir_row_decode(bytes, &before);
        }
        rc = rebuild_group(r, s, run, row, &dir, before.offset + before.length,
                           end, &why, err);
    } else if (err != NULL) {
        *err = why;
    }
    return rc;
}

/* ---- Sums of groups ------------------------------------------------------ */

/* Compares the frames of a group with the sum in its GRP frame. */
static int
check_frames(const struct sheaf_reader *r, struct sheaf_scratch *s,
             const struct dir_row *row, uint64_t *bytes,
             struct sheaf_error *err)
{
    struct codec_header h;
    struct sheaf_bytes body, columns;
    struct group sum = { 0 };
    struct group g;
    int rc = reader_read(r, row->offset, row->length, &s->frame, err);

    if (rc == SHEAF_OK)
        rc = frame_body(buf_view(&s->frame), row->offset, FRAME_GRP, &body,
                        err);
    if (rc == SHEAF_OK)
        rc = group_decode(body, row->offset, &g, &columns, &h, err);
    if (rc == SHEAF_OK && row->offset - g.start > CHECK_NEWEST_MAX) {
        *bytes = CHECK_NEWEST_MAX; /* large articles: leave them alone */
        return SHEAF_OK;
    }
    if (rc == SHEAF_OK)
        rc = reader_read(r, g.start, (size_t)(row->offset - g.start),
                         &s->frame, err);
    if (rc != SHEAF_OK)
        return rc;
    group_begin(&sum, g.start, g.first);
    group_bytes(&sum, s->frame.data, s->frame.len);
    group_close(&sum);
    *bytes += s->frame.len;
    return memcmp(sum.frames, g.frames, sizeof g.frames) == 0
               ? SHEAF_OK
               : fail_corrupt(err, g.start, "F7.4",
                              "an article that was added last is damaged");
}

#define SUM_PIECE ((size_t)256 << 10)

int
sheaf_check_group(const struct sheaf_reader *reader,
                  struct sheaf_scratch *scratch,
                  const struct sheaf_group *group, uint64_t *start,
                  struct sheaf_error *err)
{
    struct sheaf_scratch *s = scratch;
    struct codec_header h;
    struct sheaf_bytes body, columns;
    struct group g, sum = { 0 };
    int rc;

    *start = 0;
    reader_claim(reader, s);
    if (group->offset < HEAD_SIZE || group->length > FRAME_LENGTH_MAX)
        return fail_corrupt(err, group->offset, "F8.5", "no group there");
    rc = reader_read(reader, group->offset, (size_t)group->length, &s->frame,
                     err);
    if (rc == SHEAF_OK)
        rc = frame_body(buf_view(&s->frame), group->offset, FRAME_GRP, &body,
                        err);
    if (rc == SHEAF_OK)
        rc = group_decode(body, group->offset, &g, &columns, &h, err);
    if (rc == SHEAF_OK && (g.start < HEAD_SIZE || g.start > group->offset))
        rc = fail_corrupt(err, group->offset, "F7.1",
                          "articles run past their group");
    if (rc != SHEAF_OK)
        return rc;
    group_begin(&sum, g.start, g.first);
    for (uint64_t at = g.start; rc == SHEAF_OK && at < group->offset;) {
        size_t n = (size_t)min_u64(SUM_PIECE, group->offset - at);

        rc = reader_read(reader, at, n, &s->frame, err);
        if (rc == SHEAF_OK)
            group_bytes(&sum, s->frame.data, s->frame.len);
        at += n;
    }
    group_close(&sum);
    if (rc != SHEAF_OK)
        return rc;
    *start = g.start;
    return memcmp(sum.frames, g.frames, sizeof g.frames) == 0
               ? SHEAF_OK
               : fail_corrupt(err, g.start, "F7.4", "other frames are there");
}

int
sheaf_check_newest(const struct sheaf_reader *r, struct sheaf_scratch *s,
                   struct sheaf_error *err)
{
    const struct top *t = reader_runs(r);
    uint64_t bytes = 0;
    int rc = SHEAF_OK;

    reader_claim(r, s);
    for (unsigned run = t->run_count; rc == SHEAF_OK && run-- > 0;) {
        uint64_t row = t->runs[run].tables[TABLE_DIR].rows;

        while (rc == SHEAF_OK && row-- > 0) {
            const uint8_t *at;
            struct dir_row dir;

            rc = reader_row(r, s, run, TABLE_DIR, row, &at, err);
            if (rc != SHEAF_OK)
                break;
            dir_row_decode(at, &dir);
            if (dir.offset < HEAD_SIZE || dir.length > FRAME_LENGTH_MAX)
                return fail_corrupt(err, dir.offset, "F8.5",
                                    "no group there");
            rc = check_frames(r, s, &dir, &bytes, err);
            if (bytes >= CHECK_NEWEST_MAX)
                return rc;
        }
    }
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
    unsigned run = 0;
    uint64_t at;
    int rc = run_of(r, leaf, &run, err);

    put_be(key, leaf + 1, TABLE_KEY_SIZE);
    if (rc == SHEAF_OK)
        rc = reader_seek(r, s, run, TABLE_DIR, key, &at, err);
    if (rc == SHEAF_OK && at == 0)
        return SHEAF_ENOTFOUND;
    return rc == SHEAF_OK ? reader_group(r, s, run, at - 1, err) : rc;
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
    if (!reader_group_holds(l, leaf))
        rc = find_group(r, s, leaf, err);
    if (rc != SHEAF_OK && rc != SHEAF_ENOTFOUND)
        return rc;
    if (!reader_group_holds(l, leaf))
        return fail(err, SHEAF_ENOTFOUND, "leaf is not an article");
    i = leaf - l->group.first;
    if (l->lost[i])
        return fail_corrupt(err, NO_OFFSET, "F7.1",
                            "the article of leaf %llu is lost",
                            (unsigned long long)leaf);
    *out = (struct sheaf_entry){ .leaf = leaf, .offset = l->offsets[i],
                                 .length = l->lengths[i],
                                 .index = l->index[i] };
    return l->removed[i] ? SHEAF_EREDACTED : SHEAF_OK;
}
