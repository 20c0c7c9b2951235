/*
 * open.c - opening an archive: its end, its top, its signature (format.md
 * F12, F11, F9), and what every reading needs: dictionaries and tiles.
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "format/frame.h"
#include "base/hash.h"
#include "base/mem.h"
#include "log/merkle.h"
#include "log/note.h"
#include "format/parity.h"

/* One read of this much at the end answers most openings. */
#define TAIL_READ 65536
/* A group's frame that names the last end is not larger than this. */
#define HINT_FRAME_MAX (8u << 20)

/* The library's one mutable static: a reader's address can come again after
 * it is closed, and a scratch must notice. */
static _Atomic uint64_t last_serial;

void
reader_claim(const struct sheaf_reader *r, struct sheaf_scratch *s)
{
    if (s->serial == r->serial)
        return;
    s->serial = r->serial;
    s->loaded = false;
    s->page_at = 0;
    s->tile_loaded = false;
    s->group_at = 0;
}

int
reader_read(const struct sheaf_reader *r, uint64_t offset, size_t len,
            struct sheaf_buf *buf, struct sheaf_error *err)
{
    uint64_t end;
    int sys;

    if (ADD_OVERFLOWS(offset, (uint64_t)len, &end) || end > r->file_size)
        return fail_corrupt(err, offset, "F2.2", "the file ends before");
    if (!buf_reserve(buf, len))
        return fail_nomem(err);
    sys = r->source.ops->read_at(r->source.ctx, offset, buf->data, len);
    if (sys != 0)
        return fail_io(err, sys, "reading the archive");
    buf->len = len;
    return SHEAF_OK;
}

/* ---- Finding the end (F12) ---------------------------------------------- */

static int
end_at(struct sheaf_reader *r, uint64_t offset, struct end *out,
       struct sheaf_error *err)
{
    struct sheaf_buf frame = { 0 };
    int rc = reader_read(r, offset, END_SIZE, &frame, err);

    if (rc == SHEAF_OK)
        rc = end_decode(frame.data, offset, out, err);
    sheaf_buf_free(&frame);
    return rc;
}

/* A GRP frame that names the end before it. */
static int
end_by_group(struct sheaf_reader *r, uint64_t offset, uint32_t length,
             struct end *out, struct sheaf_error *err)
{
    struct sheaf_buf frame = { 0 };
    struct sheaf_bytes body;
    struct sheaf_bytes columns;
    struct codec_header header;
    struct group g;
    int rc = SHEAF_ENOTFOUND;

    if (length > HINT_FRAME_MAX)
        return rc;
    rc = reader_read(r, offset, (size_t)length + 8, &frame, err);
    if (rc == SHEAF_OK)
        rc = frame_body(buf_view(&frame), offset, "GRP", &body, err);
    if (rc == SHEAF_OK)
        rc = group_decode(body, offset, &g, &columns, &header, err);
    if (rc == SHEAF_OK)
        rc = g.last_end != 0 && g.last_end < offset
                 ? end_at(r, g.last_end, out, err)
                 : SHEAF_ENOTFOUND;
    sheaf_buf_free(&frame);
    return rc;
}

/* Is the magic at `offset` that of an end record, or does it lead to one?
 * Anything but SHEAF_OK and failures of memory or input: look further. */
static int
try_hit(struct sheaf_reader *r, uint64_t offset, struct end *out,
        struct sheaf_error *err)
{
    struct sheaf_buf head = { 0 };
    int rc = SHEAF_ENOTFOUND;

    if (r->file_size - offset >= FRAME_HEAD_SIZE) {
        rc = reader_read(r, offset, FRAME_HEAD_SIZE, &head, err);
        if (rc == SHEAF_OK && memcmp(head.data + 8, "END", 4) == 0 &&
            r->file_size - offset >= END_SIZE)
            rc = end_at(r, offset, out, err);
        else if (rc == SHEAF_OK && memcmp(head.data + 8, "GRP", 4) == 0)
            rc = end_by_group(r, offset, get_le32(head.data + 4), out, err);
        else if (rc == SHEAF_OK)
            rc = SHEAF_ENOTFOUND;
    }
    sheaf_buf_free(&head);
    return rc;
}

static bool
goes_on(int rc)
{
    return rc != SHEAF_OK && rc != SHEAF_EIO && rc != SHEAF_ENOMEM;
}

/* Search backwards from `before`; the file's last bytes are in `tail`. */
static int
search_end(struct sheaf_reader *r, uint64_t before, struct sheaf_bytes tail,
           struct end *out, struct sheaf_error *err)
{
    uint64_t tail_at = r->file_size - tail.len;
    struct sheaf_buf window = { 0 };
    int rc = SHEAF_ENOTFOUND;

    while (before > HEAD_SIZE && goes_on(rc)) {
        uint64_t from = before - min_u64(before - HEAD_SIZE, TAIL_READ);
        uint64_t to = min_u64(before + 3, r->file_size);
        struct sheaf_bytes view;

        if (before > tail_at) {
            from = max_u64(from, tail_at); /* what has been read already */
            view.data = tail.data + (from - tail_at);
            view.len = (size_t)(to - from);
        } else {
            rc = reader_read(r, from, (size_t)(to - from), &window, err);
            if (rc != SHEAF_OK)
                break;
            view = buf_view(&window);
        }
        rc = SHEAF_ENOTFOUND;
        for (size_t at = view.len; at-- > 0 && goes_on(rc);) {
            if (view.data[at] == (uint8_t)FRAME_MAGIC[0] &&
                view.len - at >= FRAME_MAGIC_SIZE && from + at < before &&
                memcmp(view.data + at, FRAME_MAGIC, FRAME_MAGIC_SIZE) == 0)
                rc = try_hit(r, from + at, out, err);
        }
        before = from;
    }
    sheaf_buf_free(&window);
    if (goes_on(rc))
        return fail_corrupt(err, r->file_size, "F12.1",
                            "no end record: sheaf recover may help");
    return rc;
}

static int
check_head(struct sheaf_reader *r, struct sheaf_error *err)
{
    struct sheaf_buf head = { 0 };
    size_t len = (size_t)min_u64(r->file_size, HEAD_SIZE);
    int rc = reader_read(r, 0, len, &head, err);

    if (rc == SHEAF_OK)
        rc = frame_check_head(head.data, head.len, r->file_size, err);
    sheaf_buf_free(&head);
    return rc;
}

/* The top that an end record names, from `tail` when it is there. */
static int
load_top(struct sheaf_reader *r, const struct end *e, struct sheaf_bytes tail,
         struct sheaf_error *err)
{
    uint64_t tail_at = r->file_size - tail.len;
    struct sheaf_buf frame = { 0 };
    struct sheaf_bytes whole = { NULL, e->top_length };
    struct sheaf_bytes body;
    uint8_t hash[32];
    struct top top;
    int rc = SHEAF_OK;

    if (e->top >= tail_at && e->top + e->top_length <= r->file_size) {
        whole.data = tail.data + (e->top - tail_at);
    } else {
        rc = e->top_length > FRAME_LENGTH_MAX + 8
                 ? fail_corrupt(err, e->top, "F2.2", "top of more than 64 MiB")
                 : reader_read(r, e->top, e->top_length, &frame, err);
        whole.data = frame.data;
    }
    if (rc == SHEAF_OK) {
        hash_blake2b(whole.data, whole.len, hash);
        if (memcmp(hash, e->top_hash, 32) != 0)
            rc = fail_corrupt(err, e->top, "F12.2",
                              "the top is not the one that the end names");
    }
    if (rc == SHEAF_OK)
        rc = frame_body(whole, e->top, "TOP", &body, err);
    if (rc == SHEAF_OK)
        rc = top_decode(body, e->top, &top, err);
    sheaf_buf_free(&frame);
    if (rc != SHEAF_OK)
        return rc;
    if (top.size != e->size || memcmp(top.root, e->root, 32) != 0) {
        top_free(&top);
        return fail_corrupt(err, e->top, "F12.2", "top and end disagree");
    }
    r->top = top;
    r->end = *e;
    return SHEAF_OK;
}

/* The same generation's first copies, when the top of the second is bad. */
static int
load_first_copy(struct sheaf_reader *r, const struct end *second,
                struct sheaf_bytes tail, struct sheaf_error *err)
{
    struct end e;
    int rc = search_end(r, second->top, tail, &e, err);

    if (rc == SHEAF_OK && (e.end != second->end || e.start != second->start))
        rc = SHEAF_ECORRUPT;
    return rc == SHEAF_OK ? load_top(r, &e, tail, err) : rc;
}

static int
find_end(struct sheaf_reader *r, struct sheaf_error *err)
{
    struct sheaf_buf tail = { 0 };
    struct end e;
    int rc = reader_read(r, r->file_size - min_u64(r->file_size, TAIL_READ),
                         (size_t)min_u64(r->file_size, TAIL_READ), &tail, err);

    if (rc != SHEAF_OK)
        goto out;
    if (tail.len >= END_SIZE) {
        const uint8_t *last = tail.data + tail.len - END_SIZE;

        rc = end_decode(last, r->file_size - END_SIZE, &e, err);
        if (rc == SHEAF_EUNSUPPORTED)
            goto out;
    }
    if (tail.len < END_SIZE || rc != SHEAF_OK || e.end != r->file_size) {
        rc = search_end(r, r->file_size, buf_view(&tail), &e, err);
        if (rc != SHEAF_OK)
            goto out;
        /* An end found on the way is whole if it is its generation's second
         * and more follows: a tail. Otherwise something is missing. */
        r->end_damaged = e.offset + END_SIZE != e.end;
    }
    rc = load_top(r, &e, buf_view(&tail), err);
    if (rc == SHEAF_ECORRUPT && e.offset + END_SIZE == e.end) {
        struct sheaf_error first;
        int other = load_first_copy(r, &e, buf_view(&tail), &first);

        /* When there is no good copy, what was wrong with the last counts. */
        if (!goes_on(other))
            rc = other;
        if (other != SHEAF_OK && !goes_on(other) && err != NULL)
            *err = first;
        r->end_damaged = other == SHEAF_OK;
    }
out:
    sheaf_buf_free(&tail);
    return rc;
}

/* ---- Open and close ----------------------------------------------------- */

int
sheaf_open(struct sheaf_source source, const struct sheaf_limits *limits,
           struct sheaf_reader **out, struct sheaf_error *err)
{
    /* Looking for the end fails now and then before it succeeds. */
    struct sheaf_error own;
    static const struct sheaf_limits limits_default = SHEAF_LIMITS_DEFAULT;
    struct sheaf_reader *r = NULL;
    int rc = hash_start(&own);

    if (rc == SHEAF_OK) {
        r = mem_new(1, sizeof *r);
        if (r == NULL)
            rc = fail_nomem(&own);
    }
    if (rc != SHEAF_OK) {
        source.ops->close(source.ctx);
        if (err != NULL)
            *err = own;
        return rc;
    }
    r->serial = ++last_serial;
    r->source = source;
    r->limits = limits != NULL ? *limits : limits_default;
    r->file_size = source.ops->size(source.ctx);
    pthread_mutex_init(&r->lock, NULL);
    rc = check_head(r, &own);
    if (rc == SHEAF_OK)
        rc = find_end(r, &own);
    if (rc == SHEAF_OK) {
        r->dicts = mem_new(r->top.dict_count, sizeof *r->dicts);
        /* Each leaf has a row in a page of the map, and is in a tile. */
        r->pages = pagecache_new(2 * (r->top.size / TILE_LEAVES + 1));
        if (r->dicts == NULL || r->pages == NULL)
            rc = fail_nomem(&own);
    }
    if (rc != SHEAF_OK) {
        sheaf_close(r);
        if (err != NULL)
            *err = own;
        return rc;
    }
    *out = r;
    return SHEAF_OK;
}

static void
dict_drop(struct reader_dict *d)
{
    codec_ddict_free(d->ddict);
    d->ddict = NULL;
    sheaf_buf_free(&d->raw);
}

void
sheaf_close(struct sheaf_reader *reader)
{
    if (reader == NULL)
        return;
    for (uint32_t i = 0;
         reader->dicts != NULL && i < reader->top.dict_count; i++)
        dict_drop(&reader->dicts[i]);
    mem_free(reader->dicts);
    top_free(&reader->top);
    pthread_mutex_destroy(&reader->lock);
    pagecache_free(reader->pages);
    reader->source.ops->close(reader->source.ctx);
    mem_free(reader);
}

static uint64_t
note_size(const struct top *top)
{
    struct note note;

    if (top->note.len == 0 ||
        note_parse(buf_view(&top->note), &note, NULL) != SHEAF_OK)
        return 0;
    return note.checkpoint.size;
}

void
sheaf_get_info(const struct sheaf_reader *reader, struct sheaf_info *out)
{
    const struct top *t = &reader->top;
    uint64_t end = min_u64(reader->end.end, reader->file_size);

    memset(out, 0, sizeof *out);
    out->size = t->size;
    out->articles = t->articles;
    out->generation = t->generation;
    out->raw_bytes = t->raw;
    out->file_bytes = end;
    out->tail_bytes = reader->file_size - end;
    out->end_damaged = reader->end_damaged;
    out->signed_size = note_size(t);
    memcpy(out->root, t->root, 32);
    out->origin = buf_view(&t->origin);
    out->note = buf_view(&t->note);
    out->zstd_version = t->zstd;
    out->level = t->level;
    out->dictionaries = t->dict_count;
    out->runs = t->run_count;
    out->redactions = t->redactions;
    out->key_changes = t->key_count;
    out->trusted = reader->trusted;
    out->signer = reader->signer;
}

int
sheaf_scratch_new(struct sheaf_scratch **out, struct sheaf_error *err)
{
    struct sheaf_scratch *s = mem_new(1, sizeof *s);
    int rc;

    if (s == NULL)
        return fail_nomem(err);
    rc = codec_dctx_new(&s->dctx, err);
    if (rc != SHEAF_OK) {
        sheaf_scratch_free(s);
        return rc;
    }
    *out = s;
    return SHEAF_OK;
}

void
sheaf_scratch_free(struct sheaf_scratch *scratch)
{
    if (scratch == NULL)
        return;
    codec_dctx_free(scratch->dctx);
    article_free(&scratch->article);
    sheaf_buf_free(&scratch->frame);
    sheaf_buf_free(&scratch->content);
    sheaf_buf_free(&scratch->patch);
    sheaf_buf_free(&scratch->base);
    sheaf_buf_free(&scratch->pieces);
    sheaf_buf_free(&scratch->page);
    sheaf_buf_free(&scratch->url);
    sheaf_buf_free(&scratch->roots);
    sheaf_buf_free(&scratch->tile);
    sheaf_buf_free(&scratch->columns);
    mem_free(scratch);
}

/* ---- Dictionaries (F5) -------------------------------------------------- */

static int
mend_dict(const struct sheaf_reader *r, const struct top_dict *d,
          struct sheaf_buf *packed, struct sheaf_error *err)
{
    uint64_t at = d->par;
    struct sheaf_buf par = { 0 };
    int rc = reader_read(r, at, (size_t)parity_bytes(d->packed), &par, err);

    if (rc == SHEAF_OK)
        rc = parity_repair(buf_view(&par), at, packed->data, d->packed, err);
    sheaf_buf_free(&par);
    return rc;
}

static int
unpack_dict(const struct top_dict *d, const struct sheaf_buf *packed,
            struct sheaf_buf *out, struct sheaf_error *err)
{
    int rc = codec_unpack_dict(buf_view(packed), d->offset, out, err);

    if (rc == SHEAF_OK &&
        (out->len != d->raw || out->len < 8 ||
         memcmp(out->data, "\x37\xa4\x30\xec", 4) != 0 ||
         get_le32(out->data + 4) != d->id))
        rc = fail_corrupt(err, d->offset, "F5.2", "not the dictionary named");
    return rc;
}

int
reader_dict_load(const struct sheaf_reader *r, unsigned index,
                 struct sheaf_buf *out, struct sheaf_error *err)
{
    const struct top_dict *d = &r->top.dicts[index];
    struct sheaf_buf packed = { 0 };
    int rc;

    if (d->packed == 0 || d->packed > CODEC_DICT_MAX || d->raw > CODEC_DICT_MAX)
        return fail_corrupt(err, d->offset, "F5.1",
                            "dictionary of more than 16 MiB");
    rc = reader_read(r, d->offset + DICT_HEAD_SIZE, d->packed, &packed, err);
    if (rc == SHEAF_OK)
        rc = unpack_dict(d, &packed, out, err);
    if (rc == SHEAF_ECORRUPT) {
        rc = mend_dict(r, d, &packed, err);
        if (rc == SHEAF_OK)
            rc = unpack_dict(d, &packed, out, err);
    }
    sheaf_buf_free(&packed);
    return rc;
}

/* The number of the dictionary in force at `offset`, UINT32_MAX for none; it
 * must have this ID, 0 for none (F4.1). */
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

/* Make room, by what was not used for longest and is not in use. */
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
        dict_drop(oldest);
    }
}

int
reader_dict_use(const struct sheaf_reader *r, uint32_t id, uint64_t offset,
                const struct codec_ddict **out, struct sheaf_error *err)
{
    /* The cache is the one thing in a reader that changes; it is not seen. */
    struct sheaf_reader *own = (struct sheaf_reader *)(uintptr_t)r;
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
    if (d->ddict == NULL) {
        rc = reader_dict_load(r, index, &d->raw, err);
        if (rc == SHEAF_OK)
            rc = codec_ddict_new(&d->ddict, buf_view(&d->raw), err);
        if (rc == SHEAF_OK)
            own->cached += d->raw.len;
        else
            dict_drop(d);
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
    struct sheaf_reader *own = (struct sheaf_reader *)(uintptr_t)r;

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

/* ---- Tiles and trust (F10, F9) ------------------------------------------ */

/* Tiles are kept by their number; pages, by their place in the file. */
#define PAGECACHE_TILE ((uint64_t)1 << 63)
_Static_assert(TILE_LEAVES * 32 <= PAGECACHE_PIECE_MAX &&
                   TABLE_PAGE_MAX <= PAGECACHE_PIECE_MAX,
               "tiles and pages can be kept");

/* A tile's place and root; of a full slab's tile, the root comes from the
 * slab's frame, checked against the top. */
static int
tile_place(const struct sheaf_reader *r, struct sheaf_scratch *s,
           uint64_t number, struct top_node *out, struct sheaf_error *err)
{
    const struct top *t = &r->top;
    uint64_t slab = number / SLAB_TILES;
    uint32_t in_slab = (uint32_t)(number % SLAB_TILES);
    uint64_t roots_at;
    uint8_t root[32];
    int rc;

    if (slab == t->slab_count) {
        *out = t->tiles[in_slab];
        return SHEAF_OK;
    }
    roots_at = t->slabs[slab].offset + FRAME_HEAD_SIZE + 8;
    rc = reader_read(r, roots_at, SLAB_TILES * 32, &s->roots, err);
    if (rc != SHEAF_OK)
        return rc;
    merkle_root(s->roots.data, SLAB_TILES, root);
    if (memcmp(root, t->slabs[slab].root, 32) != 0)
        return fail_corrupt(err, roots_at, "F10.2",
                            "tile roots don't give the slab's root");
    out->offset = roots_at + SLAB_TILES * 32 +
                  (uint64_t)in_slab * TILE_LEAVES * 32;
    memcpy(out->root, s->roots.data + (size_t)in_slab * 32, 32);
    return SHEAF_OK;
}

int
reader_tile(const struct sheaf_reader *r, struct sheaf_scratch *s,
            uint64_t number, struct sheaf_error *err)
{
    size_t leaves = (size_t)min_u64(r->top.size - number * TILE_LEAVES,
                                    TILE_LEAVES);
    struct top_node place;
    uint8_t root[32];
    int rc;

    assert(number * TILE_LEAVES < r->top.size);
    if (s->tile_loaded && s->tile_number == number)
        return SHEAF_OK;
    s->tile_loaded = false;
    if (!pagecache_find(r->pages, PAGECACHE_TILE | number, leaves * 32, &s->tile)) {
        rc = tile_place(r, s, number, &place, err);
        if (rc == SHEAF_OK)
            rc = reader_read(r, place.offset, leaves * 32, &s->tile, err);
        if (rc != SHEAF_OK)
            return rc;
        merkle_root(s->tile.data, leaves, root);
        if (memcmp(root, place.root, 32) != 0)
            return fail_corrupt(err, place.offset, "F10.2",
                                "leaf hashes don't give their tile's root");
        rc = pagecache_add(r->pages, PAGECACHE_TILE | number, s->tile.data, leaves * 32,
                      err);
        if (rc != SHEAF_OK)
            return rc;
    }
    s->tile_number = number;
    s->tile_loaded = true;
    return SHEAF_OK;
}

int
reader_root_at(const struct sheaf_reader *r, struct sheaf_scratch *s,
               uint64_t size, uint8_t out[32], struct sheaf_error *err)
{
    struct merkle_range range;
    uint64_t slabs = size / SLAB_LEAVES;
    uint64_t whole = size / TILE_LEAVES;
    int rc;

    assert(size <= r->top.size);
    merkle_range_init(&range);
    for (uint64_t i = 0; i < slabs; i++)
        merkle_range_add_subtree(&range, 16, r->top.slabs[i].root);
    for (uint64_t i = slabs * SLAB_TILES; i < whole; i++) {
        struct top_node place;

        rc = tile_place(r, s, i, &place, err);
        if (rc != SHEAF_OK)
            return rc;
        merkle_range_add_subtree(&range, 8, place.root);
    }
    if (size % TILE_LEAVES != 0) {
        rc = reader_tile(r, s, whole, err);
        if (rc != SHEAF_OK)
            return rc;
        for (size_t i = 0; i < size % TILE_LEAVES; i++)
            merkle_range_add(&range, s->tile.data + i * 32);
    }
    merkle_range_root(&range, out);
    return SHEAF_OK;
}

int
sheaf_root_at(const struct sheaf_reader *reader,
              struct sheaf_scratch *scratch, uint64_t size,
              uint8_t out[SHEAF_HASH_BYTES], struct sheaf_error *err)
{
    uint8_t root[32];
    int rc;

    reader_claim(reader, scratch);
    if (size > reader->top.size)
        return fail(err, SHEAF_EINVAL, "the tree has only %llu leaves",
                    (unsigned long long)reader->top.size);
    rc = reader_root_at(reader, scratch, size, root, err);
    if (rc == SHEAF_OK)
        memcpy(out, root, 32);
    return rc;
}

/* ---- Stored leaves (F6) ------------------------------------------------- */

int
reader_stored(const struct sheaf_reader *r, struct sheaf_scratch *s,
              uint64_t offset, struct leaf_stored *out,
              struct sheaf_error *err)
{
    struct sheaf_bytes body;
    uint32_t length;
    int rc;

    s->loaded = false; /* the frame's bytes are gone */
    rc = reader_read(r, offset, FRAME_HEAD_SIZE, &s->frame, err);
    if (rc != SHEAF_OK)
        return rc;
    length = get_le32(s->frame.data + 4);
    if (length > LEAF_FRAME_MAX)
        return fail_corrupt(err, offset, "F6.1", "no stored leaf here");
    rc = reader_read(r, offset, (size_t)length + 8, &s->frame, err);
    if (rc == SHEAF_OK)
        rc = frame_body(buf_view(&s->frame), offset, "LEF", &body, err);
    return rc == SHEAF_OK ? leaf_decode_stored(body, offset, out, err) : rc;
}

int
reader_keys(const struct sheaf_reader *r, struct sheaf_scratch *s,
            uint64_t size, struct key_chain *chain,
            struct key_change *last, uint8_t hash[32],
            struct sheaf_error *err)
{
    const struct top *t = &r->top;
    struct key_change change, before;
    uint8_t before_hash[32];
    uint32_t i;

    for (i = 0; i < t->key_count && t->keys[i].leaf < size; i++) {
        uint64_t at = t->keys[i].offset;
        struct leaf_stored leaf;
        int rc = reader_stored(r, s, at, &leaf, err);

        if (rc == SHEAF_OK && leaf.type != LEAF_KEY_CHANGE)
            rc = fail_corrupt(err, at, "F11.3", "no key change here");
        if (rc == SHEAF_OK)
            rc = key_change_decode(&leaf, buf_view(&t->origin), i + 1,
                                   i != 0 ? before_hash : NULL,
                                   i != 0 ? before.new_key : NULL, at,
                                   &change, err);
        /* The tile, also when nothing is trusted yet: this is for trusting. */
        if (rc == SHEAF_OK)
            rc = reader_tile(r, s, t->keys[i].leaf / TILE_LEAVES, err);
        if (rc != SHEAF_OK)
            return rc;
        if (memcmp(s->tile.data + t->keys[i].leaf % TILE_LEAVES * 32,
                   leaf.hash, 32) != 0)
            rc = fail_verify(err, at, "F10.2",
                             "the key change is not the leaf that the tree "
                             "has");
        if (rc != SHEAF_OK)
            return rc;
        if (chain != NULL)
            key_chain_follow(chain, &change);
        before = change;
        memcpy(before_hash, leaf.hash, 32);
    }
    if (i != 0 && last != NULL)
        *last = before;
    if (i != 0 && hash != NULL)
        memcpy(hash, before_hash, 32);
    return SHEAF_OK;
}

/* The newest seal is a leaf of the tree, and says these runs. */
static int
check_seal(const struct sheaf_reader *r, struct sheaf_scratch *s,
           struct sheaf_error *err)
{
    uint64_t at = r->top.seal;
    struct leaf_stored leaf;
    struct seal seal, want;
    int rc = reader_stored(r, s, at, &leaf, err);

    if (rc == SHEAF_OK && leaf.type != LEAF_SEAL)
        rc = fail_verify(err, at, "F8.6", "the seal is none");
    if (rc == SHEAF_OK)
        rc = seal_decode(leaf.part, at, &seal, err);
    if (rc == SHEAF_OK)
        rc = reader_tile(r, s, (r->top.size - 1) / TILE_LEAVES, err);
    if (rc != SHEAF_OK)
        return rc;
    if (memcmp(leaf.hash, s->tile.data + (r->top.size - 1) % TILE_LEAVES * 32,
               32) != 0)
        return fail_verify(err, at, "F6.4",
                           "the seal is not the tree's last leaf");
    memset(&want, 0, sizeof want);
    top_seal_runs(&r->top, &want);
    if (seal.run_count != want.run_count)
        return fail_verify(err, at, "F8.6", "the seal states other runs");
    for (unsigned i = 0; i < want.run_count; i++) {
        const struct seal_run *a = &seal.runs[i], *b = &want.runs[i];

        if (a->first != b->first || a->end != b->end || a->rows != b->rows ||
            memcmp(a->root, b->root, 32) != 0)
            return fail_verify(err, at, "F8.6", "the seal states another map");
    }
    return SHEAF_OK;
}

int
sheaf_checkpoint_parse(struct sheaf_bytes bytes, struct sheaf_checkpoint *out,
                       struct sheaf_error *err)
{
    struct note note;
    int rc = note_parse(bytes, &note, err);

    if (rc != SHEAF_OK)
        return rc;
    out->origin.data = note.text.data;
    out->origin.len = strlen(note.checkpoint.origin);
    out->size = note.checkpoint.size;
    memcpy(out->root, note.checkpoint.root, 32);
    return SHEAF_OK;
}

/* F9.9, and with a key F9.7, F9.8 and F9.10: *key becomes the one that
 * signed. */
static int
check_note(const struct sheaf_reader *r, struct sheaf_scratch *s,
           struct sheaf_bytes bytes, struct sheaf_public_key *key,
           struct sheaf_checkpoint *out, struct sheaf_error *err)
{
    const struct top *t = &r->top;
    struct sheaf_checkpoint c;
    uint8_t root[32];
    struct note note;
    int rc = note_parse(bytes, &note, err);

    if (rc == SHEAF_OK)
        rc = sheaf_checkpoint_parse(bytes, &c, err);
    if (rc != SHEAF_OK)
        return rc;
    if (key != NULL) {
        struct key_chain chain = { *key, &note, false };

        rc = reader_keys(r, s, c.size, &chain, NULL, NULL, err);
        if (rc == SHEAF_OK)
            rc = key_chain_verify(&chain, err);
        if (rc != SHEAF_OK)
            return rc;
        *key = chain.key;
    }
    if (!bytes_equal(c.origin, buf_view(&t->origin)))
        return fail_verify(err, NO_OFFSET, "F9.9",
                           "the checkpoint is of another origin");
    if (c.size > t->size)
        return fail_verify(err, NO_OFFSET, "F9.9",
                           "the checkpoint is of %llu leaves, the archive "
                           "has %llu", (unsigned long long)c.size,
                           (unsigned long long)t->size);
    rc = reader_root_at(r, s, c.size, root, err);
    if (rc == SHEAF_OK && memcmp(root, c.root, 32) != 0)
        rc = fail_verify(err, NO_OFFSET, "F9.9",
                         "the tree is not the one that was signed");
    if (rc == SHEAF_OK)
        *out = c;
    return rc;
}

int
sheaf_check_note(const struct sheaf_reader *reader,
                 struct sheaf_scratch *scratch, struct sheaf_bytes note,
                 const struct sheaf_public_key *key,
                 struct sheaf_checkpoint *out, struct sheaf_error *err)
{
    struct sheaf_public_key signer;
    struct sheaf_checkpoint c;
    int rc;

    reader_claim(reader, scratch);
    if (key != NULL)
        signer = *key;
    rc = check_note(reader, scratch, note, key != NULL ? &signer : NULL, &c,
                    err);
    if (rc == SHEAF_OK && out != NULL)
        *out = c;
    return rc;
}

int
sheaf_authenticate(struct sheaf_reader *reader, const struct sheaf_public_key *key,
            struct sheaf_error *err)
{
    const struct top *t = &reader->top;
    struct sheaf_public_key signer = *key;
    struct sheaf_scratch *s = NULL;
    struct sheaf_checkpoint c;
    int rc;

    if (t->note.len == 0)
        return fail_verify(err, NO_OFFSET, "F9.8", "the archive is not signed");
    rc = sheaf_scratch_new(&s, err);
    if (rc != SHEAF_OK)
        return rc;
    reader_claim(reader, s);
    rc = check_note(reader, s, buf_view(&t->note), &signer, &c, err);
    if (rc == SHEAF_OK && c.size == 0)
        rc = fail_verify(err, NO_OFFSET, "F9.9",
                         "the checkpoint is of another size");
    if (rc == SHEAF_OK && c.size == t->size) {
        rc = check_seal(reader, s, err);
        reader->map_trusted = rc == SHEAF_OK;
    }
    sheaf_scratch_free(s);
    if (rc != SHEAF_OK)
        return rc;
    /* What was read before was held against less than the signature. */
    pagecache_forget(reader->pages);
    reader->serial = ++last_serial;
    reader->trusted = true;
    reader->signed_size = c.size;
    reader->signer = signer;
    return SHEAF_OK;
}
