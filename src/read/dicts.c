/*
 * dicts.c - dictionaries: repaired where they are damaged, and kept digested
 * (format.md F5).
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "format/dictframe.h"
#include "format/frame.h"
#include "format/parity.h"
#include "format/words.h"
#include "read/damage_source.h"
#include "read/walk.h"

/* The key of a dictionary in the cache is made of so many bytes. */
#define KEY_BYTES 4096
/* Shorter dictionaries are unpacked as fast as a file is opened. */
#define KEPT_MIN 32768
/* Bytes that are read at once to find one that was displaced. */
#define SEARCH_STEP ((uint64_t)1 << 20)
/* Frames near one at which its payload is looked for. */
#define PLACES_MAX 1024

/* If bytes were inserted into the payload or lost from it, the pieces before
 * that place are not at the offset of the others. */
static int
splice_dict(const struct sheaf_reader *r, const struct top_dict *d,
            struct sheaf_bytes par, struct sheaf_buf *packed,
            struct sheaf_error *err)
{
    struct sheaf_buf raw = { 0 };

    if (!buf_reserve(&raw, d->packed))
        return fail_nomem(err);
    if (moved_read_before(&r->source, d->offset + DICT_HEAD_SIZE, raw.data,
                          d->packed) == 0)
        parity_take(par, d->packed, sheaf_view(raw.data, d->packed),
                    packed->data);
    sheaf_buf_free(&raw);
    return SHEAF_OK;
}

/* A sector may have been moved within the payload. */
static int
search_dict(const struct sheaf_reader *r, const struct top_dict *d,
            struct sheaf_bytes par, struct sheaf_buf *packed,
            struct sheaf_error *err)
{
    uint64_t begin = d->offset + DICT_HEAD_SIZE;
    uint64_t from = begin - min_u64(begin, PARITY_PIECE);
    uint64_t end = min_u64(begin + d->packed + PARITY_PIECE, r->file_size);
    struct sheaf_buf near = { 0 };
    size_t places = PLACES_MAX;
    int32_t shifts[2];
    int rc = reader_read(r, from, (size_t)(end - from), &near, err);

    if (rc == SHEAF_OK &&
        !parity_search(par, d->packed, buf_view(&near), (size_t)(begin - from),
                       from, &places, packed->data, shifts))
        rc = fail_nomem(err);
    sheaf_buf_free(&near);
    return rc;
}

/* Repairs a damaged payload with its parity. */
static int
mend_dict(const struct sheaf_reader *r, const struct top_dict *d,
          struct sheaf_buf *packed, struct sheaf_error *err)
{
    uint64_t at = d->par;
    struct sheaf_buf par = { 0 };
    int rc = reader_read(r, at, (size_t)parity_bytes(d->packed), &par, err);

    if (rc == SHEAF_OK)
        rc = splice_dict(r, d, buf_view(&par), packed, err);
    if (rc == SHEAF_OK)
        rc = search_dict(r, d, buf_view(&par), packed, err);
    if (rc == SHEAF_OK)
        rc = parity_repair(buf_view(&par), at, packed->data, d->packed, err);
    sheaf_buf_free(&par);
    return rc;
}

/* Decompresses a payload; it must be the dictionary that the top describes. */
static int
unpack_dict(const struct top_dict *d, const struct sheaf_buf *packed,
            struct sheaf_buf *out, struct sheaf_error *err)
{
    uint32_t id;
    int rc = dictframe_decode(buf_view(packed), d->offset, out, &id, err);

    if (rc == SHEAF_OK && (out->len != d->raw || id != d->id))
        rc = fail_corrupt(err, d->offset, "F5.2", "not the dictionary named");
    return rc;
}

/* The whole frame may have been displaced: looks for it in all of the file, if
 * that is near. `err` says what is wrong so far. */
static int
find_dict(const struct sheaf_reader *r, const struct top_dict *d,
          struct sheaf_buf *out, struct sheaf_error *err)
{
    const struct sheaf_source *file = moved_raw(&r->source);
    struct walk w = { .source = *file,
                      .step = SEARCH_STEP,
                      .end = file->ops->size(file->ctx) };
    struct sheaf_buf packed = { 0 };
    struct sheaf_error why = { 0 };
    int rc = SHEAF_ECORRUPT;

    while (r->source.ops->expect == NULL && rc == SHEAF_ECORRUPT &&
           w.at < w.end) {
        struct walk_frame f;

        rc = walk_peek(&w, &f, &why);
        if (rc == SHEAF_OK && f.type == FRAME_DICT &&
            f.length == (uint64_t)d->packed + DICT_HEAD_SIZE)
            rc = walk_load(&w, &f, &why);
        else if (rc == SHEAF_OK)
            rc = SHEAF_ECORRUPT;
        packed.len = 0;
        if (rc == SHEAF_OK &&
            !buf_add(&packed, f.bytes.data + DICT_HEAD_SIZE, d->packed))
            rc = fail_nomem(&why);
        if (rc == SHEAF_OK)
            rc = unpack_dict(d, &packed, out, &why);
        if (rc == SHEAF_ECORRUPT) {
            int resumed = walk_resume(&w, &why);

            rc = resumed != SHEAF_OK ? resumed : rc;
        }
    }
    walk_free(&w);
    sheaf_buf_free(&packed);
    if (rc != SHEAF_OK && rc != SHEAF_ECORRUPT && err != NULL)
        *err = why;
    return rc;
}

static void
dict_drop(const struct sheaf_reader *r, struct reader_dict *d)
{
    codec_ddict_free(d->ddict);
    d->ddict = NULL;
    if (d->borrowed) {
        r->kept.done(r->kept.ctx, d->raw.data, d->raw.len);
        d->raw = (struct sheaf_buf){ 0 };
        d->borrowed = false;
    }
    sheaf_buf_free(&d->raw);
}

void
reader_dicts_free(struct sheaf_reader *r)
{
    for (uint32_t i = 0; r->dicts != NULL && i < r->top.dict_count; i++)
        dict_drop(r, &r->dicts[i]);
    mem_free(r->dicts);
    r->dicts = NULL;
    r->cached = 0;
}

int
reader_dict_load(const struct sheaf_reader *r, unsigned index,
                 struct sheaf_buf *out, struct sheaf_error *err)
{
    const struct top_dict *d = &r->top.dicts[index];
    struct sheaf_buf packed = { 0 };
    struct sheaf_error why = { 0 };
    int rc;

    if (d->packed == 0 || d->packed > CODEC_DICT_MAX ||
        d->raw > CODEC_DICT_MAX)
        return fail_corrupt(err, d->offset, "F5.1",
                            "dictionary of more than 16 MiB");
    rc = reader_read(r, d->offset + DICT_HEAD_SIZE, d->packed, &packed, err);
    if (rc == SHEAF_OK)
        rc = unpack_dict(d, &packed, out, &why);
    if (rc == SHEAF_ECORRUPT && packed.len == d->packed) {
        reader_note_damage(r, &why);
        rc = mend_dict(r, d, &packed, err);
        if (rc == SHEAF_OK)
            rc = unpack_dict(d, &packed, out, err);
        if (rc == SHEAF_ECORRUPT)
            rc = find_dict(r, d, out, err);
    } else if (rc != SHEAF_OK && why.code != 0 && err != NULL) {
        *err = why;
    }
    sheaf_buf_free(&packed);
    return rc;
}

/* ---- Kept beyond the process -------------------------------------------- */

void
sheaf_set_dict_cache(struct sheaf_reader *reader,
                     const struct sheaf_dict_cache *cache)
{
    reader->kept = *cache;
}

/* The end of the payload has zstd's checksum of all of it. */
static bool
kept_key(const struct sheaf_reader *r, const struct top_dict *d,
         uint8_t key[HASH_BYTES])
{
    size_t len = (size_t)min_u64(d->packed, KEY_BYTES);
    struct sheaf_buf end = { 0 };
    bool good = reader_read(r, d->offset + DICT_HEAD_SIZE + d->packed - len,
                            len, &end, NULL) == SHEAF_OK &&
                buf_add_be(&end, d->packed, 4) &&
                buf_add_be(&end, d->raw, 4) && buf_add_be(&end, d->id, 4);

    if (good)
        hash_blake2b(end.data, end.len, key);
    sheaf_buf_free(&end);
    return good;
}

/* Uses the dictionary from the cache, if it is there and looks like it. */
static bool
use_kept(const struct sheaf_reader *r, uint32_t index,
         const uint8_t key[HASH_BYTES])
{
    const struct top_dict *t = &r->top.dicts[index];
    struct reader_dict *d = &r->dicts[index];
    const uint8_t *data = r->kept.get(r->kept.ctx, key, t->raw);

    if (data == NULL)
        return false;
    d->raw = (struct sheaf_buf){ .data = (uint8_t *)(uintptr_t)data,
                                 .len = t->raw };
    d->borrowed = true;
    if (get_le32(data + 4) == t->id &&
        codec_ddict_new(&d->ddict, buf_view(&d->raw), t->offset, NULL) ==
            SHEAF_OK)
        return true;
    dict_drop(r, d);
    return false;
}

/* Loads the dictionary from the archive, or from the cache. */
static int
load_or_keep(const struct sheaf_reader *r, uint32_t index,
             struct sheaf_error *err)
{
    struct reader_dict *d = &r->dicts[index];
    uint8_t key[HASH_BYTES];
    const struct top_dict *t = &r->top.dicts[index];
    bool keep = r->kept.get != NULL && t->raw >= KEPT_MIN &&
                t->raw <= CODEC_DICT_MAX && t->packed <= CODEC_DICT_MAX &&
                kept_key(r, t, key);
    int rc;

    if (keep && use_kept(r, index, key))
        return SHEAF_OK;
    rc = reader_dict_load(r, index, &d->raw, err);
    if (rc == SHEAF_OK)
        rc = codec_ddict_new(&d->ddict, buf_view(&d->raw), t->offset, err);
    if (rc == SHEAF_OK && keep)
        r->kept.put(r->kept.ctx, key, d->raw.data, d->raw.len);
    return rc;
}

/* ---- In use -------------------------------------------------------------- */

/* The number of the dictionary in force at `offset`, UINT32_MAX for none.
 * False: it does not have this ID (0 for none), which breaks F4.1. */
static bool
dict_number(const struct sheaf_reader *r, uint32_t id, uint64_t offset,
            uint32_t *out)
{
    uint32_t lo = 0;
    uint32_t hi = r->top.dict_count;

    while (lo < hi) {
        uint32_t mid = lo + (hi - lo) / 2;

        if (r->top.dicts[mid].offset < offset)
            lo = mid + 1;
        else
            hi = mid;
    }
    *out = lo != 0 ? lo - 1 : UINT32_MAX;
    return id == (lo != 0 ? r->top.dicts[lo - 1].id : 0);
}

/* Makes room: drops the dictionaries that were not used for longest and are
 * not in use. */
static void
cache_trim(struct sheaf_reader *r)
{
    while (r->cached > r->limits.cache_max) {
        struct reader_dict *oldest = NULL;

        for (uint32_t i = 0; i < r->top.dict_count; i++) {
            struct reader_dict *d = &r->dicts[i];

            if (d->ddict != NULL && d->users == 0 &&
                (oldest == NULL || d->used_at < oldest->used_at))
                oldest = d;
        }
        if (oldest == NULL)
            return;
        r->cached -= oldest->raw.len;
        dict_drop(r, oldest);
    }
}

static int
load_checked(const struct sheaf_reader *r, uint32_t index,
             struct sheaf_error *err)
{
    struct reader_dict *d = &r->dicts[index];
    struct sheaf_error why = { 0 };
    int rc = load_or_keep(r, index, &why);

    if (rc == SHEAF_OK)
        rc = codec_check_flag(d->ddict, r->top.dicts[index].offset,
                              (r->end.must & HEAD_WORDS) != 0, &why);
    if (rc != SHEAF_OK)
        dict_drop(r, d);
    if (rc == SHEAF_ECORRUPT)
        d->gone = why;
    if (rc != SHEAF_OK && err != NULL)
        *err = why;
    return rc;
}

int
reader_dict_use(const struct sheaf_reader *r, uint32_t id, uint64_t offset,
                const struct codec_ddict **out, struct sheaf_error *err)
{
    /* The cache is the one part of a reader that changes. Callers cannot
     * see it. */
    struct sheaf_reader *own = reader_own(r);
    struct reader_dict *d;
    uint32_t index;
    int rc = SHEAF_OK;

    *out = NULL;
    if (!dict_number(r, id, offset, &index))
        return fail_corrupt(err, offset, "F4.1",
                            "frame does not name the dictionary in force");
    if (id == 0)
        return SHEAF_OK;
    d = &own->dicts[index];
    pthread_mutex_lock(&own->lock);
    if (d->gone.code != SHEAF_OK) {
        rc = d->gone.code;
        if (err != NULL)
            *err = d->gone;
    } else if (d->ddict == NULL) {
        rc = load_checked(r, index, err);
        if (rc == SHEAF_OK)
            own->cached += d->raw.len;
    }
    if (rc == SHEAF_OK) {
        d->users++;
        d->used_at = ++own->clock;
        *out = d->ddict;
        cache_trim(own);
    }
    pthread_mutex_unlock(&own->lock);
    return rc;
}

void
reader_dict_done(const struct sheaf_reader *r, uint32_t id)
{
    struct sheaf_reader *own = reader_own(r);

    if (id == 0)
        return;
    pthread_mutex_lock(&own->lock);
    for (uint32_t i = 0; i < r->top.dict_count; i++) {
        if (r->top.dicts[i].id == id && own->dicts[i].users != 0) {
            own->dicts[i].users--;
            break;
        }
    }
    pthread_mutex_unlock(&own->lock);
}

int
sheaf_get_dictionary(const struct sheaf_reader *reader, unsigned index,
                     struct sheaf_dictionary *what, struct sheaf_buf *out,
                     struct sheaf_error *err)
{
    const struct top_dict *d;

    if (index >= reader->top.dict_count)
        return SHEAF_END;
    d = &reader->top.dicts[index];
    what->id = d->id;
    what->offset = d->offset;
    what->from = d->offset;
    what->to = index + 1 < reader->top.dict_count
                   ? d[1].offset
                   : min_u64(reader->end.end, reader->file_size);
    what->packed_size = d->packed;
    what->raw_size = d->raw;
    return out != NULL ? reader_dict_load(reader, index, out, err) : SHEAF_OK;
}

int
reader_unpack(const struct sheaf_reader *r, struct sheaf_scratch *s,
              const struct codec_header *h, struct sheaf_bytes frame,
              uint64_t offset, struct sheaf_buf *out, struct sheaf_error *err)
{
    const struct codec_ddict *ddict;
    int rc = reader_dict_use(r, h->dict_id, offset, &ddict, err);

    if (rc != SHEAF_OK)
        return rc;
    rc = codec_unpack(s->dctx, ddict, h, frame, offset, out, err);
    reader_dict_done(r, h->dict_id);
    return rc;
}
