/*
 * recover_dicts.c - dictionaries, and what else is looked for ahead.
 */
#include "check/recover.h"

#include <stdlib.h>

#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "format/dictframe.h"
#include "format/frame.h"
#include "format/parity.h"
#include "format/statement.h"

/* So many bytes may be missing from a dictionary, or more in it. */
#define SHIFT_MAX ((uint64_t)4096)
/* For so many damaged dictionaries, at so many places each: a file may be full
 * of what looks like one. */
#define DAMAGED_MAX 4
#define DICTS_MAX 64 /* that are looked for ahead */
#define PLACES_MAX 256
#define NEXT_MAX ((uint64_t)1 << 20) /* bytes of a frame there */
/* A few bytes may stand for 16 MiB of a dictionary, which differences may ask
 * for in turn: so many bytes of dictionaries are unpacked in all, and so many
 * for each byte of the file. */
#define UNPACKED_MAX ((uint64_t)1 << 30)
#define UNPACKED_TIMES 64

bool
recover_ends(int rc)
{
    return rc == SHEAF_EIO || rc == SHEAF_ENOMEM || rc == SHEAF_ESTOPPED;
}

/* ---- Redactions --------------------------------------------------------- */

static int
compare_hashes(const void *a, const void *b)
{
    return memcmp(a, b, HASH_BYTES);
}

bool
recover_is_redacted(const struct recover *r, const uint8_t hash[HASH_BYTES])
{
    return r->redacted.len != 0 &&
           bsearch(hash, r->redacted.data, r->redacted.len / HASH_BYTES,
                   HASH_BYTES, compare_hashes) != NULL;
}

/* Notes which article a redaction names, if the frame is one. */
static int
note_redaction(struct recover *r, struct sheaf_error *err)
{
    struct leaf_stored leaf;
    struct redaction red;
    struct walk_frame f;
    int rc = walk_peek(&r->aside, &f, err);

    if (rc == SHEAF_OK)
        rc = walk_load(&r->aside, &f, err);
    if (rc == SHEAF_OK)
        rc = leaf_decode_stored(f.body, f.offset, &leaf, err);
    if (rc == SHEAF_OK && leaf.type == LEAF_REDACTION)
        rc = redaction_decode(&leaf, f.offset, &red, err);
    if (rc != SHEAF_OK)
        return recover_ends(rc) ? rc : SHEAF_OK;
    if (leaf.type == LEAF_REDACTION &&
        !buf_add(&r->redacted, red.target, HASH_BYTES))
        return fail_nomem(err);
    return SHEAF_OK;
}

/* ---- Dictionaries ------------------------------------------------------- */

static int
compare_places(const void *a, const void *b)
{
    const struct par_place *x = a, *y = b;

    if (x->dict != y->dict)
        return x->dict < y->dict ? -1 : 1;
    return x->par < y->par ? -1 : x->par > y->par;
}

int
recover_look_ahead(struct recover *r, struct sheaf_error *err)
{
    const struct walk *w = &r->aside;
    int rc = SHEAF_OK;

    r->aside.at = 0;
    while (rc == SHEAF_OK && r->aside.at < r->aside.end) {
        uint64_t at = r->aside.at;
        size_t len = (size_t)min_u64(FRAME_HEAD_SIZE + 8, w->end - at);
        const uint8_t *p;
        enum frame_type type = FRAME_NONE;

        rc = walk_bytes(&r->aside, at, len, &p, err);
        if (rc == SHEAF_OK && len == FRAME_HEAD_SIZE + 8)
            type = frame_type_at(p, len);
        if (type == FRAME_PAR) {
            struct par_place place = { get_be(p + FRAME_HEAD_SIZE, 8), at };

            if (!buf_add(&r->parity, &place, sizeof place))
                return fail_nomem(err);
        }
        if (type == FRAME_DICT && r->dict_places.len < DICTS_MAX * sizeof at &&
            !buf_add(&r->dict_places, &at, sizeof at))
            return fail_nomem(err);
        if (type == FRAME_LEF)
            rc = note_redaction(r, err);
        if (rc == SHEAF_OK)
            rc = walk_resume(&r->aside, err);
    }
    if (r->parity.len != 0)
        qsort(r->parity.data, r->parity.len / sizeof(struct par_place),
              sizeof(struct par_place), compare_places);
    if (r->redacted.len != 0)
        qsort(r->redacted.data, r->redacted.len / HASH_BYTES, HASH_BYTES,
              compare_hashes);
    return rc;
}

/* The index of the first PAR frame of a dictionary at `dict` or after it. */
static size_t
first_parity(const struct recover *r, uint64_t dict)
{
    const struct par_place key = { dict, dict };
    const struct par_place *places = (const struct par_place *)r->parity.data;
    size_t low = 0, high = r->parity.len / sizeof *places;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_places(&places[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int
load_parity(struct recover *r, uint64_t offset, struct walk_frame *out,
            uint32_t *packed, struct sheaf_error *err)
{
    int rc;

    r->aside.at = offset;
    rc = walk_peek(&r->aside, out, err);
    if (rc == SHEAF_OK)
        rc = walk_load(&r->aside, out, err);
    *packed = rc == SHEAF_OK && out->body.len >= 12
                  ? (uint32_t)get_be(out->body.data + 8, 4)
                  : 0;
    if (rc == SHEAF_OK &&
        (out->type != FRAME_PAR || *packed == 0 || *packed > CODEC_DICT_MAX ||
         out->length != parity_bytes(*packed)))
        rc = fail_corrupt(err, offset, "F5.3", "no parity for a dictionary");
    return rc;
}

/* Finds the whole PAR frame of the dictionary at `dict`, after it, and the
 * length of the payload that it states. */
static int
find_parity(struct recover *r, uint64_t dict, struct walk_frame *out,
            uint32_t *packed, struct sheaf_error *err)
{
    const struct par_place *places = (const struct par_place *)r->parity.data;
    size_t count = r->parity.len / sizeof *places;

    for (size_t at = first_parity(r, dict);
         at < count && places[at].dict == dict; at++) {
        int rc = load_parity(r, places[at].par, out, packed, err);

        if (rc == SHEAF_OK || recover_ends(rc))
            return rc;
    }
    return fail_corrupt(err, dict, "F5.3", "no parity for a dictionary");
}

static int
remember_dict(struct recover *r, const struct walk_frame *f,
              struct sheaf_error *err)
{
    /* The walk meets them in order; recover_switch_dict comes back to old
     * ones. */
    if (r->dict_count != 0 && f->offset <= r->dicts[r->dict_count - 1].offset)
        return SHEAF_OK;
    if (r->dict_count == r->dict_room) {
        size_t room = r->dict_room * 2 + 16;
        struct found_dict *dicts = mem_resize(r->dicts, room, sizeof *dicts);

        if (dicts == NULL)
            return fail_nomem(err);
        r->dicts = dicts;
        r->dict_room = room;
    }
    r->dicts[r->dict_count++] = (struct found_dict){ r->dict_id, f->offset,
                                                     f->length };
    return SHEAF_OK;
}

/* Repairs the dictionary's payload in r->payload with its parity. If it has
 * another length than it had, bytes were inserted or are missing: the pieces
 * after that place are so much further on. */
static int
mend_dict(struct recover *r, const struct walk_frame *f,
          struct sheaf_error *err)
{
    struct sheaf_buf had = r->payload;
    struct walk_frame par;
    uint32_t packed = 0;
    size_t more, less;
    int rc = find_parity(r, f->offset, &par, &packed, err);

    if (rc != SHEAF_OK)
        return rc;
    more = had.len > packed ? had.len - packed : 0;
    less = had.len < packed ? packed - had.len : 0;
    memset(&r->payload, 0, sizeof r->payload);
    if (!buf_reserve(&r->payload, packed)) {
        r->payload = had;
        return fail_nomem(err);
    }
    r->payload.len = packed;
    memset(r->payload.data, 0, packed);
    memcpy(r->payload.data + less, had.data + more, packed - less);
    parity_take(par.bytes, packed, buf_view(&had), r->payload.data);
    if (!parity_search(par.bytes, packed, buf_view(&had), 0,
                       f->offset + DICT_HEAD_SIZE, r->payload.data))
        rc = fail_nomem(err);
    sheaf_buf_free(&had);
    if (rc != SHEAF_OK)
        return rc;
    return parity_repair(par.bytes, par.offset, r->payload.data, packed, err);
}

/* Reads the dictionary in r->payload to r->dict, and digests it. */
static int
digest_dict(struct recover *r, const struct walk_frame *f, uint32_t *id,
            struct codec_ddict **out, struct sheaf_error *err)
{
    int rc = dictframe_decode(buf_view(&r->payload), f->offset, &r->dict, id,
                              err);

    if (rc == SHEAF_ECORRUPT) {
        rc = mend_dict(r, f, err);
        if (rc == SHEAF_OK)
            rc = dictframe_decode(buf_view(&r->payload), f->offset, &r->dict,
                                  id, err);
    }
    return rc == SHEAF_OK
               ? codec_ddict_new(out, buf_view(&r->dict), f->offset, err)
               : rc;
}

void
recover_free_former(struct recover *r)
{
    sheaf_buf_free(&r->former.payload);
    sheaf_buf_free(&r->former.dict);
    codec_ddict_free(r->former.ddict);
    r->former = (struct former_dict){ .ddict = NULL };
}

int
recover_dict(struct recover *r, const struct walk_frame *f,
             struct sheaf_error *err)
{
    struct sheaf_buf payload = r->payload, dict = r->dict;
    uint64_t packed = f->length - DICT_HEAD_SIZE;
    struct codec_ddict *made = NULL;
    uint32_t id = 0;
    int rc;

    if (packed > CODEC_DICT_MAX || packed == 0)
        return fail_corrupt(err, f->offset, "F5.1", "no such dictionary");
    if (r->unpacked > UNPACKED_MAX + UNPACKED_TIMES * r->walk.end)
        return fail_corrupt(err, f->offset, "F5.1",
                            "one of too many dictionaries");
    memset(&r->payload, 0, sizeof r->payload);
    memset(&r->dict, 0, sizeof r->dict);
    rc = buf_add(&r->payload, f->bytes.data + DICT_HEAD_SIZE, (size_t)packed)
             ? digest_dict(r, f, &id, &made, err)
             : fail_nomem(err);
    r->unpacked += packed + r->dict.len;
    if (rc != SHEAF_OK) {
        sheaf_buf_free(&r->payload);
        sheaf_buf_free(&r->dict);
        r->payload = payload;
        r->dict = dict;
        return rc;
    }
    recover_free_former(r);
    r->former = (struct former_dict){ payload, dict, r->ddict, r->dict_id };
    r->ddict = made;
    r->dict_id = id;
    return remember_dict(r, f, err);
}

/* Takes the dictionary that a PAR frame names. Its own frame says neither that
 * it is one nor how long it is: its header is damaged. */
static int
take_named(struct recover *r, uint64_t dict, struct walk_frame *f,
           struct sheaf_error *err)
{
    struct walk_frame par;
    uint32_t packed;
    int rc = find_parity(r, dict, &par, &packed, err);

    if (rc != SHEAF_OK)
        return rc;
    memset(f, 0, sizeof *f);
    f->type = FRAME_DICT;
    f->offset = dict;
    f->length = (uint64_t)DICT_HEAD_SIZE + packed;
    rc = walk_load(&r->walk, f, err);
    return rc == SHEAF_OK ? recover_dict(r, f, err) : rc;
}

/* Takes dictionaries in whose places whole frames stand, up to number `first`
 * of the parities: these were written over their beginnings. */
static int
take_overwritten(struct recover *r, size_t first, struct sheaf_error *err)
{
    const struct par_place *places = (const struct par_place *)r->parity.data;

    for (; r->named < first; r->named++) {
        const uint64_t dict = places[r->named].dict;
        struct walk_frame f;
        int rc;

        if ((r->named != 0 && places[r->named - 1].dict == dict) ||
            (r->dict_count != 0 && r->dicts[r->dict_count - 1].offset >= dict))
            continue;
        rc = take_named(r, dict, &f, err);
        if (recover_ends(rc))
            return rc;
    }
    return SHEAF_OK;
}

int
recover_go_on(struct recover *r, struct walk_frame *f, struct sheaf_error *err)
{
    const struct par_place *places = (const struct par_place *)r->parity.data;
    size_t first = first_parity(r, r->walk.at);
    int rc = take_overwritten(r, first, err);

    if (rc == SHEAF_OK)
        rc = walk_resume(&r->walk, err);

    if (rc != SHEAF_OK)
        return rc;
    for (size_t i = first; i < r->parity.len / sizeof *places; i++) {
        if (places[i].dict >= r->walk.at)
            break;
        if (i != first && places[i].dict == places[i - 1].dict)
            continue;
        rc = take_named(r, places[i].dict, f, err);
        if (rc == SHEAF_OK || recover_ends(rc))
            return rc;
    }
    return SHEAF_ENOTFOUND;
}

/* The dictionary in force becomes the one before, and the other way round. */
static void
swap_former(struct recover *r)
{
    struct former_dict now = { r->payload, r->dict, r->ddict, r->dict_id };

    r->payload = r->former.payload;
    r->dict = r->former.dict;
    r->ddict = r->former.ddict;
    r->dict_id = r->former.id;
    r->former = now;
}

int
recover_switch_dict(struct recover *r, uint32_t id, uint64_t offset,
                    uint32_t *back, struct sheaf_error *err)
{
    *back = r->ddict != NULL ? r->dict_id : 0;
    if (id == 0 || id == *back)
        return SHEAF_OK;
    if (r->former.ddict != NULL && r->former.id == id) {
        swap_former(r);
        return SHEAF_OK;
    }
    for (size_t i = 0; i < r->dict_count; i++) {
        struct walk_frame f = { .type = FRAME_DICT,
                                .offset = r->dicts[i].offset,
                                .length = r->dicts[i].length };
        int rc;

        if (r->dicts[i].id != id)
            continue;
        rc = walk_load(&r->aside, &f, err);
        return rc == SHEAF_OK ? recover_dict(r, &f, err) : rc;
    }
    return fail_corrupt(err, offset, "F4.1", "its dictionary is lost");
}

/* Goes to the next whole frame, but not beyond `most`, or a large article.
 * SHEAF_ENOTFOUND: there is none. */
static int
next_whole(struct recover *r, uint64_t most, unsigned *places,
           struct walk_frame *next, struct sheaf_error *err)
{
    struct walk *w = &r->aside;
    int rc;

    while ((rc = walk_resume(w, err)) == SHEAF_OK && w->at <= most &&
           w->at < w->end && *places != 0) {
        *places -= 1;
        rc = walk_peek(w, next, err);
        if (rc == SHEAF_OK &&
            (next->type == FRAME_ZSTD
                 ? next->header.content_size > SHEAF_WHOLE_MAX
                 : next->length > NEXT_MAX))
            continue;
        if (rc == SHEAF_OK)
            rc = walk_load(w, next, err);
        if (rc == SHEAF_OK || recover_ends(rc))
            return rc;
    }
    return rc == SHEAF_OK ? SHEAF_ENOTFOUND : rc;
}

int
recover_end_dict(struct recover *r, struct walk_frame *f,
                 struct sheaf_error *err)
{
    struct walk *w = &r->aside;
    uint64_t end = f->offset + f->length;
    uint64_t first = 0, follows = 0;
    unsigned places = PLACES_MAX;
    struct walk_frame next;
    int rc;

    w->at = end;
    if (end == w->end || walk_peek(w, &next, err) == SHEAF_OK)
        return SHEAF_OK;
    /* Bytes are missing: frames begin before, and follow each other. */
    w->at -= min_u64(f->length - DICT_HEAD_SIZE, SHIFT_MAX);
    while ((rc = next_whole(r, end - 1, &places, &next, err)) == SHEAF_OK) {
        if (next.offset != follows)
            first = next.offset;
        follows = next.offset + next.length;
        if (follows > end) {
            f->length = first - f->offset;
            return SHEAF_OK;
        }
    }
    if (rc != SHEAF_ENOTFOUND)
        return rc;
    /* Bytes were inserted. */
    w->at = end;
    rc = next_whole(r, end + SHIFT_MAX, &places, &next, err);
    if (rc == SHEAF_OK)
        f->length = next.offset - f->offset;
    return rc == SHEAF_ENOTFOUND ? SHEAF_OK : rc;
}

int
recover_damaged_dict(struct recover *r, struct walk_frame *f,
                     struct sheaf_error *err)
{
    const struct par_place *places = (const struct par_place *)r->parity.data;
    size_t at = first_parity(r, f->offset);
    uint64_t stated = f->length;
    int rc = SHEAF_OK;

    if (at < r->parity.len / sizeof *places && places[at].dict == f->offset &&
        r->damaged_dicts++ < DAMAGED_MAX)
        rc = recover_end_dict(r, f, err);
    if (rc == SHEAF_OK && f->length == stated)
        rc = fail_corrupt(err, f->offset, "F5.2", "a damaged dictionary");
    if (rc == SHEAF_OK)
        rc = walk_load(&r->walk, f, err);
    return rc == SHEAF_OK ? recover_dict(r, f, err) : rc;
}

/* ---- Columns ------------------------------------------------------------ */

/* Loads all dictionaries that stand behind those that were met. */
static int
try_dicts(struct recover *r, struct sheaf_error *err)
{
    int rc = SHEAF_OK;

    r->dicts_tried = true;
    for (size_t i = 0; !recover_ends(rc) && i < r->dict_places.len / 8; i++) {
        struct walk_frame f;

        memcpy(&r->aside.at, r->dict_places.data + i * 8, 8);
        if (r->dict_count != 0 &&
            r->aside.at <= r->dicts[r->dict_count - 1].offset)
            continue;
        rc = walk_peek(&r->aside, &f, err);
        if (rc == SHEAF_OK && f.type == FRAME_DICT)
            rc = walk_load(&r->aside, &f, err);
        if (rc == SHEAF_OK && f.type == FRAME_DICT)
            rc = recover_dict(r, &f, err);
    }
    return recover_ends(rc) ? rc : SHEAF_OK;
}

int
recover_need_dict(struct recover *r, uint32_t id, uint64_t offset,
                  struct sheaf_error *err)
{
    uint32_t back;
    int rc = recover_switch_dict(r, id, offset, &back, err);

    if (rc != SHEAF_OK && !recover_ends(rc) && !r->dicts_tried) {
        rc = try_dicts(r, err);
        if (rc == SHEAF_OK)
            rc = recover_switch_dict(r, id, offset, &back, err);
    }
    return rc;
}

int
recover_columns(struct recover *r, const struct walk_frame *f,
                struct group *out, struct sheaf_error *err)
{
    struct sheaf_bytes columns;
    struct codec_header h;
    int rc = group_decode(f->body, SHIFTED_MAX, out, &columns, &h, err);

    if (rc == SHEAF_OK)
        rc = recover_need_dict(r, h.dict_id, f->offset, err);
    if (rc == SHEAF_OK)
        rc = codec_unpack(r->dctx, r->ddict, &h, columns, f->offset,
                          &r->columns, err);
    return rc == SHEAF_OK
               ? group_check_size(out->count, r->columns.len, f->offset, err)
               : rc;
}
