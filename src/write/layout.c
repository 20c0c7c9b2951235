/*
 * layout.c - the places of frames: groups, rows of the tables, slabs
 * (format.md F5, F7, F8, F10).
 */
#include "write/layout.h"

#include "base/buf.h"
#include "base/err.h"
#include "format/dictframe.h"
#include "format/parity.h"

#define SORT_MEMORY ((size_t)32 << 20)
/* F7: in later generations a backward search must meet a group at least this
 * often. */
#define GROUP_FRAMES_MAX 32768

int
layout_begin(struct layout *l, struct sheaf_error *err)
{
    int rc = SHEAF_OK;

    ledger_begin(&l->ledger, l->out.at);
    for (unsigned i = 0; rc == SHEAF_OK && i < TABLE_KINDS; i++) {
        extsort_free(l->rows[i]);
        l->rows[i] = NULL;
        rc = extsort_new(&l->rows[i], table_width(i), SORT_MEMORY, l->tmpdir,
                         err);
    }
    return rc;
}

int
layout_init(struct layout *l, const char *tmpdir, struct sheaf_error *err)
{
    l->tmpdir = tmpdir;
    return ledger_init(&l->ledger, err);
}

void
layout_free(struct layout *l)
{
    for (unsigned i = 0; i < TABLE_KINDS; i++)
        extsort_free(l->rows[i]);
    group_free(&l->group);
    ledger_free(&l->ledger);
    sheaf_buf_free(&l->parity);
    output_free(&l->out);
}

/* ---- Articles ----------------------------------------------------------- */

static int
add_map_row(struct layout *l, uint64_t leaf, bool redaction,
            const uint8_t *key, uint64_t frame_length, struct sheaf_error *err)
{
    struct map_row row = { .leaf = leaf,
                           .redaction = redaction,
                           .offset = l->out.at };
    uint8_t bytes[TABLE_ROW_MAX];

    row.length = (uint32_t)min_u64(frame_length, TABLE_LENGTH_MAX);
    memcpy(row.key, key, TABLE_KEY_SIZE);
    map_row_encode(&row, bytes);
    return extsort_add(l->rows[TABLE_MAP], bytes, err);
}

/* Adds the rows that the tables of this run have for an article. */
static int
add_rows(struct layout *l, const struct placed *p, uint64_t frame_length,
         struct sheaf_error *err)
{
    uint64_t leaf = l->ledger.top.size;
    int rc = add_map_row(l, leaf, false, p->id_key, frame_length, err);

    if (rc == SHEAF_OK && p->has_url && !p->removed) {
        uint8_t bytes[TABLE_ROW_MAX];

        url_row_encode(p->url_key, leaf, bytes);
        rc = extsort_add(l->rows[TABLE_URL], bytes, err);
    }
    return rc;
}

int
layout_place(struct layout *l, const struct placed *p, uint64_t frame_length,
             struct sheaf_error *err)
{
    struct ledger *s = &l->ledger;
    int rc = add_rows(l, p, frame_length, err);

    if (rc != SHEAF_OK)
        return rc;
    if (l->group.count == 0) {
        group_begin(&l->group, l->out.at, s->top.size);
        l->group.dict = l->dict_id;
        l->group.last_end = s->last_end;
    }
    if (p->removed ? !group_add_removed(&l->group, frame_length)
                   : !group_add(&l->group, p->joined ? 0 : frame_length,
                                p->raw, p->time, &p->meta))
        return fail_nomem(err);
    ledger_leaf(s, p->leaf_hash);
    s->top.articles++;
    if (p->removed)
        return SHEAF_OK;
    s->top.raw += p->raw;
    l->written.articles++;
    l->written.raw_bytes += p->raw;
    return SHEAF_OK;
}

int
layout_put(struct layout *l, const void *data, size_t len,
           struct sheaf_error *err)
{
    group_bytes(&l->group, data, len);
    return output_put(&l->out, data, len, err);
}

/* ---- Groups ------------------------------------------------------------- */

static int
fill_slab(struct layout *l, struct sheaf_error *err)
{
    int rc = l->fill_slab != NULL ? l->fill_slab(l->fill_arg, err) : SHEAF_OK;

    if (rc == SHEAF_OK)
        l->fill_slab = NULL;
    return rc;
}

static int
write_slab_if_full(struct layout *l, struct sheaf_error *err)
{
    int rc;

    if (!ledger_slab_full(&l->ledger))
        return SHEAF_OK;
    rc = fill_slab(l, err);
    if (rc != SHEAF_OK)
        return rc;
    rc = ledger_slab(&l->ledger, l->out.at, &l->out.pending, err);
    return rc == SHEAF_OK ? output_flush(&l->out, err) : rc;
}

/* The parity of a new dictionary goes after the first group that uses it,
 * so that no sector of the disk holds parts of both (F5). */
static int
write_parity(struct layout *l, struct sheaf_error *err)
{
    struct top *t = &l->ledger.top;
    int rc;

    t->dicts[t->dict_count - 1].par = l->out.at;
    rc = output_put(&l->out, l->parity.data, l->parity.len, err);
    l->parity.len = 0;
    return rc;
}

bool
layout_group_due(const struct layout *l)
{
    return l->ledger.top.size % TILE_LEAVES == 0 ||
           (l->ledger.last_end != 0 &&
            l->out.at - l->group.start >= GROUP_FRAMES_MAX);
}

int
layout_columns(struct layout *l, struct sheaf_buf *text,
               struct sheaf_error *err)
{
    text->len = 0;
    if (l->group.count == 0)
        return SHEAF_OK;
    group_close(&l->group);
    return group_text(&l->group, text) ? SHEAF_OK : fail_nomem(err);
}

int
layout_end_group(struct layout *l, struct sheaf_bytes columns,
                 struct sheaf_error *err)
{
    struct group *g = &l->group;
    struct dir_row dir;
    uint8_t row[TABLE_ROW_MAX];
    int rc;

    if (!group_encode(g, columns, &l->out.pending))
        return fail_nomem(err);
    dir = (struct dir_row){ g->first, l->out.at,
                            (uint32_t)l->out.pending.len, g->first_day,
                            g->last_day };
    dir_row_encode(&dir, row);
    rc = extsort_add(l->rows[TABLE_DIR], row, err);
    if (rc == SHEAF_OK)
        rc = output_flush(&l->out, err);
    g->count = 0;
    if (rc == SHEAF_OK && l->parity.len != 0)
        rc = write_parity(l, err);
    return rc == SHEAF_OK ? write_slab_if_full(l, err) : rc;
}

/* ---- Dictionaries and statements ----------------------------------------- */

int
layout_dict(struct layout *l, struct sheaf_bytes raw,
            struct sheaf_bytes packed, uint32_t id, struct sheaf_error *err)
{
    struct top_dict d = { id, l->out.at, (uint32_t)packed.len,
                          (uint32_t)raw.len, 0 };
    int rc;

    assert(l->group.count == 0);
    l->dict_id = id;
    if (!dictframe_encode(packed, &l->out.pending) ||
        !parity_encode(d.offset, packed, raw, d.id, &l->parity))
        return fail_nomem(err);
    l->written.dict_bytes += l->out.pending.len + l->parity.len;
    rc = ledger_add_dict(&l->ledger, &d, err);
    return rc == SHEAF_OK ? output_flush(&l->out, err) : rc;
}

int
layout_redaction_row(struct layout *l, uint64_t leaf,
                     const uint8_t id_hash[32], struct sheaf_error *err)
{
    return add_map_row(l, leaf, true, id_hash, l->out.pending.len, err);
}

int
layout_statement(struct layout *l, struct sheaf_error *err)
{
    int rc = output_flush(&l->out, err);

    return rc == SHEAF_OK ? write_slab_if_full(l, err) : rc;
}
