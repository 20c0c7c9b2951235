/*
 * damage_stated.c - the lengths that a group states.
 */
#include "read/damage_shift.h"

#include "base/buf.h"
#include "format/dictframe.h"

void
stated_free(struct stated_lengths *s)
{
    codec_dctx_free(s->dctx);
    codec_ddict_free(s->ddict);
    sheaf_buf_free(&s->dict);
    sheaf_buf_free(&s->columns);
}

void
stated_dict(struct stated_lengths *s, const struct walk_frame *f)
{
    uint32_t id;

    codec_ddict_free(s->ddict);
    s->ddict = NULL;
    if (dictframe_decode(sheaf_view(f->bytes.data + DICT_HEAD_SIZE,
                                    f->bytes.len - DICT_HEAD_SIZE),
                         f->offset, &s->dict, &id, NULL) == SHEAF_OK &&
        codec_ddict_new(&s->ddict, buf_view(&s->dict), f->offset, NULL) !=
            SHEAF_OK)
        s->ddict = NULL;
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
