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
/* So far from its place the payload of a damaged one is looked for, where
 * frames begin: at so many, and at one more for so many bytes of the file. It
 * may be full of what looks like a dictionary. */
#define NEAR ((uint64_t)64 << 10)
#define TRIES_MIN 4096
#define TRIES_BYTES 1024
#define DICTS_MAX 64 /* that are looked for ahead */
#define PLACES_MAX 256 /* at which its end is looked for */
/* Bytes at the beginning of a PAR frame, up to the ID of its dictionary. */
#define NOTED_BYTES (FRAME_HEAD_SIZE + 20)
#define NEXT_MAX ((uint64_t)1 << 20) /* bytes of a frame there */

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

/* Notes that something was removed, and which article a redaction names, if the
 * frame is one. */
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
    r->removed = r->removed || leaf.type == LEAF_REDACTION ||
                 leaf.type == LEAF_ARTICLE;
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

static int
compare_ids(const void *a, const void *b)
{
    const struct par_id *x = a, *y = b;

    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    return x->par < y->par ? -1 : x->par > y->par;
}

/* Notes what the PAR frame at `at` says, which begins with `p`. */
static bool
note_parity(struct recover *r, const uint8_t *p, uint64_t at)
{
    struct par_place place = { get_be(p + FRAME_HEAD_SIZE, 8), at };
    struct par_id id = { .id = (uint32_t)get_be(p + FRAME_HEAD_SIZE + 16, 4),
                         .dict = place.dict,
                         .par = at };

    return buf_add(&r->parity, &place, sizeof place) &&
           buf_add(&r->par_ids, &id, sizeof id);
}

static void
sort_noted(struct recover *r)
{
    if (r->parity.len != 0)
        qsort(r->parity.data, r->parity.len / sizeof(struct par_place),
              sizeof(struct par_place), compare_places);
    if (r->par_ids.len != 0)
        qsort(r->par_ids.data, r->par_ids.len / sizeof(struct par_id),
              sizeof(struct par_id), compare_ids);
    if (r->redacted.len != 0)
        qsort(r->redacted.data, r->redacted.len / HASH_BYTES, HASH_BYTES,
              compare_hashes);
}

int
recover_look_ahead(struct recover *r, struct sheaf_error *err)
{
    const struct walk *w = &r->aside;
    int rc = SHEAF_OK;

    r->aside.at = 0;
    r->tries = (size_t)(TRIES_MIN + w->end / TRIES_BYTES);
    while (rc == SHEAF_OK && r->aside.at < r->aside.end) {
        uint64_t at = r->aside.at;
        size_t len = (size_t)min_u64(NOTED_BYTES, w->end - at);
        const uint8_t *p;
        enum frame_type type = FRAME_NONE;

        rc = walk_bytes(&r->aside, at, len, &p, err);
        if (rc == SHEAF_OK && len == NOTED_BYTES)
            type = frame_type_at(p, len);
        if (type == FRAME_PAR && !note_parity(r, p, at))
            return fail_nomem(err);
        if (type == FRAME_DICT && r->dict_places.len < DICTS_MAX * sizeof at &&
            !buf_add(&r->dict_places, &at, sizeof at))
            return fail_nomem(err);
        if (type == FRAME_LEF)
            rc = note_redaction(r, err);
        if (rc == SHEAF_OK)
            rc = walk_resume(&r->aside, err);
    }
    sort_noted(r);
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

/* Loads a PAR frame to r->par. It may be damaged: what it restores has sums of
 * its own. */
static int
load_parity(struct recover *r, uint64_t offset, struct sheaf_error *err)
{
    const uint8_t *p = NULL;
    struct walk_frame f;
    int rc;

    r->aside.at = offset;
    r->packed = 0;
    rc = walk_peek(&r->aside, &f, err);
    if (rc == SHEAF_OK && f.type == FRAME_PAR && f.length >= NOTED_BYTES)
        rc = walk_bytes(&r->aside, offset, NOTED_BYTES, &p, err);
    if (rc == SHEAF_OK && p != NULL)
        r->packed = (uint32_t)get_be(p + FRAME_HEAD_SIZE + 8, 4);
    if (rc == SHEAF_OK && (r->packed == 0 || r->packed > CODEC_DICT_MAX ||
                           f.length != parity_bytes(r->packed)))
        rc = fail_corrupt(err, offset, "F5.3", "no parity for a dictionary");
    if (rc == SHEAF_OK)
        rc = walk_bytes(&r->aside, offset, f.length, &p, err);
    r->par_at = offset;
    r->par.len = 0;
    if (rc == SHEAF_OK && !buf_add(&r->par, p, (size_t)f.length))
        rc = fail_nomem(err);
    return rc;
}

/* Loads the PAR frame of the dictionary at `dict`, which is after it. */
static int
find_parity(struct recover *r, uint64_t dict, struct sheaf_error *err)
{
    const struct par_place *places = (const struct par_place *)r->parity.data;
    size_t count = r->parity.len / sizeof *places;

    for (size_t at = first_parity(r, dict);
         at < count && places[at].dict == dict; at++) {
        int rc = load_parity(r, places[at].par, err);

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

/* What is near the payload that should be at `at`. The parity of a short one is
 * the same once more. */
static int
read_near(struct recover *r, uint64_t at, struct sheaf_bytes *out,
          uint64_t *from, struct sheaf_error *err)
{
    uint64_t end = min_u64(at, SHIFTED_MAX) + r->packed + NEAR;

    *from = at - min_u64(at, NEAR);
    end = min_u64(end, r->par_at >= at ? r->par_at : r->aside.end);
    if (r->par_at < at)
        *from = max_u64(*from, min_u64(r->par_at + r->par.len, at));
    *out = sheaf_view(NULL, *from < end ? (size_t)(end - *from) : 0);
    r->unpacked += out->len;
    return out->len != 0
               ? walk_bytes(&r->aside, *from, out->len, &out->data, err)
               : SHEAF_OK;
}

/* The length of a dictionary's frame whose payload should be at `at` of what is
 * near it, and is shifted by so much; or 0. Where another frame begins after
 * its place, it does not go on. */
static uint64_t
mended_length(const struct recover *r, struct sheaf_bytes near, size_t at,
              const int32_t shifts[2])
{
    const int64_t by = shifts[1] != PARITY_NOT_FOUND ? shifts[1] : shifts[0];
    const size_t end = at + r->packed;
    int64_t length = DICT_HEAD_SIZE + (int64_t)r->packed;

    if (by == PARITY_NOT_FOUND || length + by <= 0)
        return 0;
    if (by > 0 && by != shifts[0] && end < near.len)
        return (uint64_t)length +
               min_u64((uint64_t)by,
                       frame_find(near.data + end, near.len - end));
    return (uint64_t)(length + by);
}

/* Whether it is the dictionary for which the parity in r->par was made. */
static int
check_parity(const struct recover *r, uint32_t id, uint64_t offset,
             struct sheaf_error *err)
{
    const uint8_t *body = r->par.data + FRAME_HEAD_SIZE;
    const bool named = id == get_be(body + 16, 4);
    uint8_t hash[HASH_BYTES];
    bool same;

    hash_blake2b(r->dict.data, r->dict.len, hash);
    same = memcmp(hash, body + 20, sizeof hash) == 0;
    /* Where the frame is damaged, either of these may be. */
    return (named && same) ||
                   ((named || same) && !parity_is_whole(buf_view(&r->par)))
               ? SHEAF_OK
               : fail_corrupt(err, offset, "F5.3", "another dictionary");
}

/* Reads the dictionary, whose frame should be at f->offset, to r->payload and
 * r->dict, with the parity in r->par. Its payload, or a part of that, may be
 * elsewhere: f->length becomes what is known of that, or 0. */
static int
mend_dict(struct recover *r, struct walk_frame *f, uint32_t *id,
          struct sheaf_error *err)
{
    const uint64_t at = f->offset + DICT_HEAD_SIZE;
    struct sheaf_bytes near;
    int32_t shifts[2];
    uint64_t from;
    int rc = read_near(r, at, &near, &from, err);

    if (rc != SHEAF_OK)
        return rc;
    r->payload.len = 0;
    if (!buf_reserve(&r->payload, r->packed))
        return fail_nomem(err);
    r->payload.len = r->packed;
    memset(r->payload.data, 0, r->packed);
    if (!parity_search(buf_view(&r->par), r->packed, near, (size_t)(at - from),
                       from, &r->tries, r->payload.data, shifts))
        return fail_nomem(err);
    rc = parity_repair(buf_view(&r->par), f->offset, r->payload.data,
                       r->packed, err);
    if (rc == SHEAF_OK)
        rc = dictframe_decode(buf_view(&r->payload), f->offset, &r->dict, id,
                              err);
    if (rc == SHEAF_OK)
        rc = check_parity(r, *id, f->offset, err);
    f->length = mended_length(r, near, (size_t)(at - from), shifts);
    if (f->offset >= r->walk.end || f->length > r->walk.end - f->offset)
        f->length = 0;
    return rc;
}

void
recover_free_former(struct recover *r)
{
    sheaf_buf_free(&r->former.payload);
    sheaf_buf_free(&r->former.dict);
    codec_ddict_free(r->former.ddict);
    r->former = (struct former_dict){ .ddict = NULL };
}

/* The dictionary in force makes room for another. */
static struct former_dict
set_aside(struct recover *r)
{
    struct former_dict old = { r->payload, r->dict, r->ddict, r->dict_id };

    memset(&r->payload, 0, sizeof r->payload);
    memset(&r->dict, 0, sizeof r->dict);
    return old;
}

/* That is in r->payload and r->dict now. After a failure, the old one stays in
 * force. */
static int
put_in_force(struct recover *r, const struct former_dict *old, uint64_t offset,
             uint32_t id, int rc, struct sheaf_error *err)
{
    struct codec_ddict *made = NULL;

    r->unpacked += r->payload.len + r->dict.len;
    if (rc == SHEAF_OK)
        rc = codec_ddict_new(&made, buf_view(&r->dict), offset, err);
    if (rc != SHEAF_OK) {
        sheaf_buf_free(&r->payload);
        sheaf_buf_free(&r->dict);
        r->payload = old->payload;
        r->dict = old->dict;
        return rc;
    }
    recover_free_former(r);
    r->former = *old;
    r->ddict = made;
    r->dict_id = id;
    return SHEAF_OK;
}

/* Differences may ask for dictionaries in turn. */
static int
check_unpacked(const struct recover *r, uint64_t offset,
               struct sheaf_error *err)
{
    return r->unpacked <= dictframe_unpacked_max(r->walk.end)
               ? SHEAF_OK
               : fail_corrupt(err, offset, "F5.1",
                              "one of too many dictionaries");
}

/* Takes the dictionary that should be at f->offset with the parity in
 * r->par. */
static int
take_by_parity(struct recover *r, struct walk_frame *f,
               struct sheaf_error *err)
{
    struct former_dict old;
    uint32_t id = 0;
    int rc = check_unpacked(r, f->offset, err);

    if (rc != SHEAF_OK)
        return rc;
    old = set_aside(r);
    rc = mend_dict(r, f, &id, err);
    r->mended = true;
    return put_in_force(r, &old, f->offset, id, rc, err);
}

/* Takes the dictionary that a PAR frame names, whether or not its own frame
 * says that it is one. */
static int
take_named(struct recover *r, uint64_t dict, struct walk_frame *f,
           struct sheaf_error *err)
{
    int rc = find_parity(r, dict, err);

    if (rc != SHEAF_OK)
        return rc;
    *f = (struct walk_frame){ .type = FRAME_DICT, .offset = dict };
    rc = take_by_parity(r, f, err);
    return rc == SHEAF_OK ? remember_dict(r, f, err) : rc;
}

/* Takes the dictionary whose frame begins at f->offset, if this is its
 * payload. */
static int
take_payload(struct recover *r, const struct walk_frame *f,
             struct sheaf_bytes payload, struct sheaf_error *err)
{
    struct former_dict old;
    uint32_t id = 0;
    int rc;

    if (payload.len > CODEC_DICT_MAX || payload.len == 0)
        return fail_corrupt(err, f->offset, "F5.1", "no such dictionary");
    rc = check_unpacked(r, f->offset, err);
    if (rc != SHEAF_OK)
        return rc;
    old = set_aside(r);
    rc = buf_add(&r->payload, payload.data, payload.len)
             ? dictframe_decode(buf_view(&r->payload), f->offset, &r->dict,
                                &id, err)
             : fail_nomem(err);
    r->mended = false;
    rc = put_in_force(r, &old, f->offset, id, rc, err);
    return rc == SHEAF_OK ? remember_dict(r, f, err) : rc;
}

int
recover_dict(struct recover *r, struct walk_frame *f, struct sheaf_error *err)
{
    const uint64_t stated = f->length;
    struct sheaf_bytes payload = f->bytes;
    int rc;

    if (f->length < DICT_HEAD_SIZE)
        return fail_corrupt(err, f->offset, "F5.1", "no such dictionary");
    payload.data += DICT_HEAD_SIZE;
    payload.len -= DICT_HEAD_SIZE;
    rc = take_payload(r, f, payload, err);
    if (rc != SHEAF_ECORRUPT)
        return rc;
    rc = take_named(r, f->offset, f, err);
    if (f->length == 0)
        f->length = stated;
    return rc;
}

int
recover_bare_dict(struct recover *r, struct walk_frame *f,
                  struct sheaf_error *err)
{
    struct walk_frame whole = { .type = FRAME_DICT,
                                .length = f->length + DICT_HEAD_SIZE };
    int rc;

    if (f->header.dict_id != 0)
        return SHEAF_ENOTFOUND;
    whole.offset = f->offset - min_u64(f->offset, DICT_HEAD_SIZE);
    rc = take_payload(r, &whole, f->bytes, err);
    if (rc == SHEAF_OK)
        f->type = FRAME_DICT;
    return rc == SHEAF_OK || recover_ends(rc) ? rc : SHEAF_ENOTFOUND;
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

/* A frame may begin at `next`, in the place of a dictionary whose own frame is
 * not whole. If that is not the payload, the dictionary ends before it. */
static void
end_before(struct walk_frame *f, uint64_t next, uint32_t packed)
{
    const uint64_t end = f->offset + f->length;

    if (f->length == 0 || (next < end && next != end - packed &&
                           next != f->offset + DICT_HEAD_SIZE))
        f->length = next - f->offset;
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
        if (rc == SHEAF_OK)
            end_before(f, r->walk.at, r->packed);
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

/* Takes the dictionary with this ID by its parity, from where that says that it
 * was, or so far from there as the groups near it are. */
static int
take_by_id(struct recover *r, uint32_t id, struct sheaf_error *err)
{
    struct par_id *all = (struct par_id *)r->par_ids.data;
    size_t count = r->par_ids.len / sizeof *all, low = 0, high = count;
    int rc = SHEAF_ENOTFOUND;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (all[middle].id < id)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < count && all[low].id == id; low++) {
        int64_t by[SHIFTS_TRIED];
        unsigned shifts = recover_shifts(r, all[low].dict, by);

        if (all[low].failed)
            continue;
        rc = load_parity(r, all[low].par, err);
        for (unsigned i = 0; rc == SHEAF_OK && i < shifts; i++) {
            struct walk_frame f = { .offset = all[low].dict +
                                              (uint64_t)by[i] };

            rc = take_by_parity(r, &f, err);
            if (rc == SHEAF_OK || recover_ends(rc))
                return rc;
            rc = SHEAF_OK;
        }
        if (recover_ends(rc))
            return rc;
        all[low].failed = true;
    }
    return SHEAF_ENOTFOUND;
}

int
recover_switch_dict(struct recover *r, uint32_t id, uint64_t offset,
                    uint32_t *back, struct sheaf_error *err)
{
    int rc;

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

        if (r->dicts[i].id != id)
            continue;
        rc = walk_load(&r->aside, &f, err);
        if (rc == SHEAF_OK)
            rc = recover_dict(r, &f, err);
        if (rc == SHEAF_OK || recover_ends(rc))
            return rc;
    }
    rc = take_by_id(r, id, err);
    return rc == SHEAF_ENOTFOUND
               ? fail_corrupt(err, offset, "F4.1", "its dictionary is lost")
               : rc;
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
    bool follows_it;
    int rc;

    w->at = end;
    follows_it = end == w->end || walk_peek(w, &next, err) == SHEAF_OK;
    if (follows_it && !r->mended)
        return SHEAF_OK;
    /* Bytes are missing: frames begin before, and follow each other. They may
     * also end where it should. */
    w->at -= 1 + min_u64(f->length - min_u64(f->length, DICT_HEAD_SIZE),
                         SHIFT_MAX);
    while ((rc = next_whole(r, end - 1, &places, &next, err)) == SHEAF_OK) {
        if (next.offset != follows)
            first = next.offset;
        follows = next.offset + next.length;
        if (follows >= end) {
            f->length = first - f->offset;
            return SHEAF_OK;
        }
    }
    if (rc != SHEAF_ENOTFOUND || follows_it)
        return rc == SHEAF_ENOTFOUND ? SHEAF_OK : rc;
    /* Bytes were inserted. */
    w->at = end;
    rc = next_whole(r, end + SHIFT_MAX, &places, &next, err);
    if (rc == SHEAF_OK)
        f->length = next.offset - f->offset;
    return rc == SHEAF_ENOTFOUND ? SHEAF_OK : rc;
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
