/*
 * verify_groups.c - groups, dictionaries and their parity (F5, F7).
 */
#include "check/verify.h"

#include "base/buf.h"
#include "base/err.h"
#include "format/dictframe.h"
#include "format/ledger.h"
#include "format/parity.h"

/* ---- Groups ------------------------------------------------------------- */

static int
check_columns(struct verify *v, struct sheaf_bytes columns,
              const struct codec_header *h, struct sheaf_error *err)
{
    struct sheaf_buf got = { 0 };
    uint64_t length;
    int rc;

    if (h->dict_id != v->dict.id)
        return fail_corrupt(err, v->walk.at, "F4.1",
                            "frame does not name the dictionary in force");
    if (codec_hides_magic(columns.data, columns.len))
        return fail_corrupt(err, v->walk.at, "F2.5",
                            "the magic of a frame within columns");
    rc = codec_frame_length(columns.data, columns.len, v->walk.at, &length,
                            err);
    if (rc == SHEAF_END || (rc == SHEAF_OK && length != columns.len) ||
        (rc == SHEAF_OK && !codec_is_canonical(columns.data, columns.len)))
        rc = fail_corrupt(err, v->walk.at, "F7.3",
                          "columns are not one frame");
    if (rc != SHEAF_OK)
        return rc;
    v->text.len = 0;
    if (!group_text(&v->group, &v->text))
        rc = fail_nomem(err);
    if (rc == SHEAF_OK) {
        rc = codec_unpack(v->batch.dctx[0], v->dict.digest, h, columns,
                          v->walk.at, &got, err);
        if (rc == SHEAF_ECORRUPT)
            rc = fail_corrupt(err, v->walk.at, "F7.3",
                              "columns don't decompress");
    }
    if (rc == SHEAF_OK && !bytes_equal(buf_view(&v->text), buf_view(&got)))
        rc = fail_corrupt(err, v->walk.at, "F7.3",
                          "columns do not match the articles");
    sheaf_buf_free(&got);
    return rc;
}

int
verify_take_group(struct verify *v, struct sheaf_bytes body, uint64_t length,
                  struct sheaf_error *err)
{
    struct group *want = &v->group;
    struct codec_header h;
    struct sheaf_bytes columns;
    struct dir_row dir;
    uint8_t row[TABLE_ROW_MAX];
    struct group g;
    int rc;

    if (v->stage != ARTICLES)
        return fail_corrupt(err, v->walk.at, "F12.3",
                            "a group among the tables");
    rc = group_decode(body, v->walk.at, &g, &columns, &h, err);
    if (rc != SHEAF_OK)
        return rc;
    if (want->count == 0 || g.start != want->start || g.first != want->first ||
        g.count != want->count)
        return fail_corrupt(err, v->walk.at, "F7.1",
                            "the group is not the one of its articles");
    if (g.dict != want->dict || g.last_end != want->last_end ||
        g.first_day != want->first_day || g.last_day != want->last_day ||
        g.raw != want->raw)
        return fail_corrupt(err, v->walk.at, "F7.2",
                            "the group does not match its articles");
    rc = check_columns(v, columns, &h, err);
    if (rc != SHEAF_OK)
        return rc;
    group_close(want);
    if (memcmp(g.frames, want->frames, sizeof g.frames) != 0)
        return fail_corrupt(err, v->walk.at, "F7.4",
                            "the sum of the group's frames does not match");
    dir = (struct dir_row){ g.first, v->walk.at, (uint32_t)length, g.first_day,
                            g.last_day };
    dir_row_encode(&dir, row);
    verify_sum_row(v, &v->sums.now.rows[TABLE_DIR], row,
                   table_width(TABLE_DIR));
    want->count = 0;
    v->dict.parity_due = v->dict.parity.len != 0;
    return SHEAF_OK;
}

/* ---- Dictionaries ------------------------------------------------------- */

int
verify_take_dict(struct verify *v, const struct walk_frame *f,
                 struct sheaf_error *err)
{
    struct top_dict d = { .offset = f->offset };
    struct sheaf_bytes payload;
    int rc;

    if (v->stage != ARTICLES || v->group.count != 0 || v->dict.parity.len != 0)
        return fail_corrupt(err, f->offset, "F12.3",
                            "a dictionary out of place");
    if (f->length - DICT_HEAD_SIZE > CODEC_DICT_MAX)
        return fail_corrupt(err, f->offset, "F5.1",
                            "dictionary of more than 16 MiB");
    payload.data = f->bytes.data + DICT_HEAD_SIZE;
    payload.len = f->bytes.len - DICT_HEAD_SIZE;
    codec_ddict_free(v->dict.digest);
    v->dict.digest = NULL;
    rc = dictframe_decode(payload, f->offset, &v->dict.raw, &d.id, err);
    if (rc != SHEAF_OK)
        return rc;
    if (codec_hides_magic(payload.data, payload.len))
        return fail_corrupt(err, f->offset, "F2.5",
                            "the magic of a frame within a dictionary");
    if (!codec_is_canonical(payload.data, payload.len))
        return fail_corrupt(err, f->offset, "F5.2",
                            "the dictionary's frame is malformed");
    d.packed = (uint32_t)payload.len;
    d.raw = (uint32_t)v->dict.raw.len;
    if (top_has_dict(&v->ledger.top, d.id))
        return fail_corrupt(err, f->offset, "F5.2",
                            "a dictionary's ID comes twice");
    if (!dictframe_id_ok(d.id))
        return fail_corrupt(err, f->offset, "F5.2", "dictionary ID %u", d.id);
    rc = codec_ddict_new(&v->dict.digest, buf_view(&v->dict.raw),
                         f->offset, err);
    if (rc == SHEAF_OK)
        rc = codec_check_flag(v->dict.digest, f->offset,
                              (v->head_flags & HEAD_WORDS) != 0, err);
    if (rc == SHEAF_OK)
        rc = ledger_add_dict(&v->ledger, &d, err);
    if (rc == SHEAF_OK &&
        !parity_encode(d.offset, payload, buf_view(&v->dict.raw), d.id,
                       &v->dict.parity))
        rc = fail_nomem(err);
    v->dict.id = d.id;
    return rc;
}

int
verify_take_parity(struct verify *v, const uint8_t *frame, uint64_t length,
                   struct sheaf_error *err)
{
    struct top *t = &v->ledger.top;

    if (!v->dict.parity_due)
        return fail_corrupt(err, v->walk.at, "F12.3", "parity out of place");
    if (length != v->dict.parity.len ||
        memcmp(frame, v->dict.parity.data, v->dict.parity.len) != 0)
        return fail_corrupt(err, v->walk.at, "F5.3",
                            "the parity is not that of the dictionary");
    t->dicts[t->dict_count - 1].par = v->walk.at;
    v->dict.parity.len = 0;
    v->dict.parity_due = false;
    return SHEAF_OK;
}
