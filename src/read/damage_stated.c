/*
 * damage_stated.c - the lengths that a group states.
 */
#include "read/damage_shift.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "format/dictframe.h"
#include "format/parity.h"

/* So far behind its place the end of a damaged dictionary is looked for. */
#define NEAR ((uint64_t)64 << 10)

int
stated_begin(struct stated_lengths *s, uint64_t bytes, struct sheaf_error *err)
{
    s->left = dictframe_unpacked_max(bytes);
    return codec_dctx_new(&s->dctx, err);
}

void
stated_free(struct stated_lengths *s)
{
    codec_dctx_free(s->dctx);
    codec_ddict_free(s->ddict);
    sheaf_buf_free(&s->dict);
    sheaf_buf_free(&s->columns);
}

/* Puts a dictionary in force, if it is one, and not one of too many. */
static void
put_in_force(struct stated_lengths *s, struct sheaf_bytes payload,
             uint64_t offset)
{
    uint32_t id;

    codec_ddict_free(s->ddict);
    s->ddict = NULL;
    if (s->left == 0 ||
        dictframe_decode(payload, offset, &s->dict, &id, NULL) != SHEAF_OK)
        return;
    s->left -= min_u64(s->left, s->dict.len);
    if (codec_ddict_new(&s->ddict, buf_view(&s->dict), offset, NULL) !=
        SHEAF_OK)
        s->ddict = NULL;
}

void
stated_dict(struct stated_lengths *s, const struct walk_frame *f)
{
    put_in_force(s,
                 sheaf_view(f->bytes.data + DICT_HEAD_SIZE,
                            f->bytes.len - DICT_HEAD_SIZE),
                 f->offset);
}

/* Reads what stands where the payload should begin, and somewhat behind it, up
 * to the parity. */
static int
read_near(const struct sheaf_source *source, uint64_t begin, uint32_t packed,
          uint64_t end, struct sheaf_buf *out, struct sheaf_error *err)
{
    size_t len;
    int sys;

    end = min_u64(end, begin + packed + NEAR);
    len = begin < end ? (size_t)(end - begin) : 0;
    if (!buf_reserve(out, len))
        return fail_nomem(err);
    sys = source->ops->read_at(source->ctx, begin, out->data, len);
    out->len = len;
    return sys == 0 ? SHEAF_OK : fail_io(err, sys, "reading the archive");
}

/* Restores the payload that should begin at `begin`. SHEAF_ECORRUPT: more of it
 * is damaged. */
static int
mend_payload(const struct sheaf_source *source, uint64_t begin,
             uint32_t packed, const struct walk_frame *par, size_t *places,
             struct sheaf_buf *out, struct sheaf_error *err)
{
    struct sheaf_buf near = { 0 };
    int32_t shifts[2];
    int rc = read_near(source, begin, packed, par->offset, &near, err);

    if (rc == SHEAF_OK && !buf_reserve(out, packed))
        rc = fail_nomem(err);
    if (rc == SHEAF_OK) {
        out->len = packed;
        memset(out->data, 0, packed);
        if (!parity_search(par->bytes, packed, buf_view(&near), 0, begin,
                           places, out->data, shifts))
            rc = fail_nomem(err);
    }
    sheaf_buf_free(&near);
    return rc == SHEAF_OK
               ? parity_repair(par->bytes, par->offset, out->data, packed, err)
               : rc;
}

int
stated_mend(struct stated_lengths *s, const struct sheaf_source *source,
            uint64_t dict, const struct walk_frame *par, size_t *places,
            struct sheaf_error *err)
{
    uint32_t packed = par->body.len >= 12
                          ? (uint32_t)get_be(par->body.data + 8, 4)
                          : 0;
    struct sheaf_buf payload = { 0 };
    int rc;

    if (packed == 0 || packed > CODEC_DICT_MAX ||
        par->length != parity_bytes(packed))
        return SHEAF_OK;
    rc = mend_payload(source, dict + DICT_HEAD_SIZE, packed, par, places,
                      &payload, err);
    if (rc == SHEAF_OK)
        put_in_force(s, buf_view(&payload), dict);
    sheaf_buf_free(&payload);
    return rc == SHEAF_EIO || rc == SHEAF_ENOMEM ? rc : SHEAF_OK;
}

bool
stated_lengths(struct stated_lengths *s, const struct walk_frame *f,
               struct group *out)
{
    struct group_lines lines;
    struct sheaf_bytes row[GROUP_COLUMNS], columns;
    struct codec_header h;

    s->count = 0;
    if (group_decode(f->body, SHIFTED_MAX, out, &columns, &h, NULL) !=
            SHEAF_OK ||
        (h.dict_id != 0 && s->ddict == NULL) ||
        codec_unpack(s->dctx, h.dict_id != 0 ? s->ddict : NULL, &h, columns,
                     f->offset, &s->columns, NULL) != SHEAF_OK ||
        group_lines_begin(&lines, buf_view(&s->columns), out->count, f->offset,
                          NULL) != SHEAF_OK)
        return false;
    for (uint32_t i = 0; i < out->count; i++) {
        group_lines_next(&lines, row);
        if (!group_number(row[COLUMN_LENGTH], &s->lengths[s->count]))
            return false;
        s->count += s->lengths[s->count] != 0; /* else in the frame before */
    }
    return true;
}
