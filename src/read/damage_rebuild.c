/*
 * damage_rebuild.c - derives damaged parts from the frames.
 */
#include "read/damage_rebuild.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/json.h"
#include "base/mem.h"
#include "log/merkle.h"
#include "read/scan.h"

/* ---- What was derived ---------------------------------------------------- */

/* Keys of tiles have this bit. Pages have keys by reader_page_key; kind 3
 * is for the roots of a block. */
#define KEY_TILE ((uint64_t)1 << 63)
#define KEY_SLAB ((uint64_t)1 << 62)
#define KIND_ROOTS TABLE_KINDS
#define KIND_GROUP (TABLE_KINDS + 1)
#define KIND_ROWS (TABLE_KINDS + 2) /* and one for each table */
/* Runs of up to this many leaves are kept whole, once they were derived. */
#define KEPT_LEAVES_MAX ((uint64_t)1 << 18)
/* The most pages made at once. The number begins small and grows each time. */
#define PAGES_AT_ONCE_MAX 4096u

/* The derived parts are a part of a reader that changes. Callers cannot see
 * it. */
static struct sheaf_reader *
own(const struct sheaf_reader *r)
{
    return (struct sheaf_reader *)(uintptr_t)r;
}

/* The place of a key among those of what was derived. */
static size_t
place_of(const struct sheaf_reader *r, uint64_t key)
{
    size_t low = 0, high = r->rebuilt_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (r->rebuilt[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static const struct rebuilt *
find_part(const struct sheaf_reader *r, uint64_t key)
{
    size_t at = place_of(r, key);

    return at < r->rebuilt_count && r->rebuilt[at].key == key ? &r->rebuilt[at]
                                                              : NULL;
}

/* Looks up a derived part. SHEAF_OK: it is in `out`. SHEAF_ECORRUPT, with
 * `why`: it cannot be derived. SHEAF_ENOTFOUND: it was not tried yet. */
static int
look_up(const struct sheaf_reader *r, uint64_t key, struct sheaf_buf *out,
        const struct sheaf_error *why, struct sheaf_error *err)
{
    struct sheaf_reader *o = own(r);
    const struct rebuilt *p;
    int rc = SHEAF_ENOTFOUND;

    pthread_mutex_lock(&o->damage_lock);
    p = find_part(o, key);
    if (p != NULL) {
        out->len = 0;
        rc = p->gone                                     ? SHEAF_ECORRUPT
             : buf_add(out, p->bytes.data, p->bytes.len) ? SHEAF_OK
                                                         : fail_nomem(err);
    }
    pthread_mutex_unlock(&o->damage_lock);
    if (rc == SHEAF_ECORRUPT && err != NULL)
        *err = *why;
    return rc;
}

static int
keep(const struct sheaf_reader *r, uint64_t key, bool gone, const void *data,
     size_t len, struct sheaf_error *err)
{
    struct sheaf_reader *o = own(r);
    struct rebuilt part = { .key = key, .gone = gone };
    size_t at;
    bool good = buf_add(&part.bytes, data, len);

    pthread_mutex_lock(&o->damage_lock);
    good = good && mem_grow(&o->rebuilt, &o->rebuilt_room,
                            o->rebuilt_count + 1, sizeof *o->rebuilt);
    at = place_of(o, key);
    /* Another thread may have derived it, too: the same. */
    if (good && find_part(o, key) == NULL) {
        memmove(o->rebuilt + at + 1, o->rebuilt + at,
                (o->rebuilt_count - at) * sizeof *o->rebuilt);
        o->rebuilt[at] = part;
        o->rebuilt_count++;
        memset(&part, 0, sizeof part);
    }
    pthread_mutex_unlock(&o->damage_lock);
    sheaf_buf_free(&part.bytes);
    return good ? SHEAF_OK : fail_nomem(err);
}

/* Records that a part cannot be derived, so that it is not tried again. */
static int
give_up(const struct sheaf_reader *r, uint64_t key,
        const struct sheaf_error *why, struct sheaf_error *err)
{
    int rc = keep(r, key, true, NULL, 0, err);

    if (rc == SHEAF_OK && err != NULL)
        *err = *why;
    return rc == SHEAF_OK ? SHEAF_ECORRUPT : rc;
}

/* ---- Scanning ------------------------------------------------------------ */

/* A scan of a range of leaves with a scratch of its own, because the caller
 * is using another one. */
struct stretch_scan {
    struct scan scan;
    struct sheaf_scratch *s;
};

static int
stretch_begin_at(struct stretch_scan *k, const struct sheaf_reader *r,
                 uint64_t offset, uint64_t leaf, uint64_t end,
                 struct sheaf_error *err)
{
    int rc = sheaf_scratch_new(&k->s, err);

    if (rc == SHEAF_OK)
        scan_begin(&k->scan, r, k->s, offset, leaf, end);
    return rc;
}

static int
stretch_begin(struct stretch_scan *k, const struct sheaf_reader *r,
              uint64_t first, uint64_t end, struct sheaf_error *err)
{
    uint64_t offset, leaf;

    reader_generation_of(r, first, &offset, &leaf);
    return stretch_begin_at(k, r, offset, leaf, end, err);
}

static void
stretch_end(struct stretch_scan *k)
{
    scan_free(&k->scan);
    sheaf_scratch_free(k->s);
}

/* ---- Leaf hashes --------------------------------------------------------- */

/* Collects the hashes of leaves from `first` on and before `end`: zeros for
 * those that are lost. */
static int
gather_hashes(const struct sheaf_reader *r, uint64_t first, uint64_t end,
              struct sheaf_buf *out, struct sheaf_error *err)
{
    struct stretch_scan k = { .s = NULL };
    struct scanned item;
    int rc = stretch_begin(&k, r, first, end, err);

    out->len = 0;
    while (rc == SHEAF_OK &&
           (rc = scan_next(&k.scan, &item, err)) == SHEAF_OK) {
        const uint8_t *hash = item.kind == SCANNED_ARTICLE
                                  ? k.s->article.leaf_hash
                                  : item.stored.hash;

        if (item.kind == SCANNED_GROUP || item.entry.leaf < first)
            continue;
        if (!buf_add(out, hash, 32))
            rc = fail_nomem(err);
    }
    if (k.s != NULL)
        stretch_end(&k);
    return rc == SHEAF_END ? SHEAF_OK : rc;
}

/* The root that a tile must have. It leads up to the root of the tree. */
static const uint8_t *
tile_root_of(const struct sheaf_reader *r, const struct sheaf_scratch *s,
             uint64_t number)
{
    size_t in_slab = (size_t)(number % SLAB_TILES);

    return number / SLAB_TILES == r->top.slab_count
               ? r->top.tiles[in_slab].root
               : s->roots.data + in_slab * 32;
}

/* How many parts to derive in one scan. The number grows with the damages
 * that were met, so that all of them take few scans. */
static uint64_t
at_once(const struct sheaf_reader *r, uint64_t most)
{
    uint64_t wide = 1;

    for (uint64_t n = r->damages; n > 1 && wide < most; n--)
        wide *= 2;
    return wide;
}

/* Derives tiles from `number` on, whose roots are in s->roots or in the top,
 * and keeps those that have their roots. */
static int
keep_tiles(const struct sheaf_reader *r, struct sheaf_scratch *s,
           uint64_t number, struct sheaf_error *err)
{
    uint64_t slab_end = (number / SLAB_TILES + 1) * SLAB_TILES;
    uint64_t to = min_u64(number + at_once(r, SLAB_TILES), slab_end);
    uint64_t end = min_u64(to * TILE_LEAVES, r->top.size);
    struct sheaf_buf hashes = { 0 };
    int rc = gather_hashes(r, number * TILE_LEAVES, end, &hashes, err);

    for (uint64_t i = number; rc == SHEAF_OK && i * TILE_LEAVES < end; i++) {
        size_t at = (size_t)((i - number) * TILE_LEAVES * 32);
        size_t n = (size_t)min_u64(end - i * TILE_LEAVES, TILE_LEAVES);
        uint8_t root[32];

        if (hashes.len < at + n * 32)
            break;
        merkle_root(hashes.data + at, n, root);
        if (memcmp(root, tile_root_of(r, s, i), 32) != 0)
            continue;
        rc = keep(r, KEY_TILE | i, false, hashes.data + at, n * 32, err);
        if (rc == SHEAF_OK)
            rc = reader_tile_keep(r, i, hashes.data + at, n, err);
    }
    sheaf_buf_free(&hashes);
    return rc;
}

/* A tile is taken only with the root that it must have: otherwise articles
 * would prove themselves. */
static int
rebuild_tile(const struct sheaf_reader *r, struct sheaf_scratch *s,
             uint64_t number, const struct sheaf_error *why,
             struct sheaf_error *err)
{
    int rc = look_up(r, KEY_TILE | number, &s->tile, why, err);

    if (rc == SHEAF_ENOTFOUND) {
        if (number / SLAB_TILES < r->top.slab_count) {
            rc = reader_slab_roots(r, s, number / SLAB_TILES, err);
            /* Perhaps only the roots were damaged. */
            if (rc == SHEAF_OK &&
                reader_tile_stored(r, s, number, NULL) == SHEAF_OK)
                return SHEAF_OK;
            if (rc == SHEAF_OK)
                rc = reader_slab_roots(r, s, number / SLAB_TILES, err);
            if (rc != SHEAF_OK)
                return rc;
        }
        reader_note_damage(r, why);
        rc = keep_tiles(r, s, number, err);
        if (rc == SHEAF_OK)
            rc = look_up(r, KEY_TILE | number, &s->tile, why, err);
        if (rc == SHEAF_ENOTFOUND)
            rc = give_up(r, KEY_TILE | number, why, err);
    }
    if (rc != SHEAF_OK)
        return rc;
    s->tile_number = number;
    s->tile_loaded = true;
    return SHEAF_OK;
}

/* Roots of the tiles of a slab from all of its leaf hashes. */
static void
roots_of(const struct sheaf_buf *hashes, uint8_t *roots)
{
    for (size_t i = 0; i < SLAB_TILES; i++)
        merkle_root(hashes->data + i * TILE_LEAVES * 32, TILE_LEAVES,
                    roots + i * 32);
}

/* Finds the roots of the tiles of a slab, to s->roots. There are three
 * witnesses: the stored roots, the stored leaf hashes and the articles. All
 * must give the slab's root; where they differ, two are right. */
static int
find_slab_roots(const struct sheaf_reader *r, struct sheaf_scratch *s,
                uint64_t slab, struct sheaf_error *err)
{
    const size_t roots_size = SLAB_TILES * 32;
    const size_t hashes_size = SLAB_LEAVES * 32;
    uint64_t at = r->top.slabs[slab].offset + FRAME_HEAD_SIZE + 8;
    uint64_t first = slab * SLAB_LEAVES;
    struct sheaf_buf stored = { 0 }, hashes = { 0 };
    int rc = reader_read(r, at, roots_size, &stored, err);

    if (rc == SHEAF_OK)
        rc = reader_read(r, at + roots_size, hashes_size, &hashes, err);
    s->roots.len = 0;
    if (rc == SHEAF_OK && !buf_reserve(&s->roots, roots_size))
        rc = fail_nomem(err);
    if (rc == SHEAF_OK) {
        s->roots.len = roots_size;
        roots_of(&hashes, s->roots.data);
        rc = reader_slab_roots_check(r, s, slab, err);
    }
    if (rc == SHEAF_ECORRUPT)
        rc = gather_hashes(r, first, first + SLAB_LEAVES, &hashes, err);
    else
        hashes.len = 0;
    if (rc == SHEAF_OK && hashes.len == hashes_size) {
        uint8_t made[SLAB_TILES * 32];

        roots_of(&hashes, made);
        for (size_t i = 0; i < roots_size; i += 32)
            if (memcmp(made + i, stored.data + i, 32) == 0)
                memcpy(s->roots.data + i, made + i, 32);
        rc = reader_slab_roots_check(r, s, slab, err);
        if (rc == SHEAF_ECORRUPT) {
            memcpy(s->roots.data, made, roots_size);
            rc = reader_slab_roots_check(r, s, slab, err);
        }
    } else if (rc == SHEAF_OK && hashes.len != 0) {
        rc = fail_corrupt(err, at, "F10.2", "leaves of a slab are lost");
    }
    sheaf_buf_free(&stored);
    sheaf_buf_free(&hashes);
    return rc;
}

static int
rebuild_slab_roots(const struct sheaf_reader *r, struct sheaf_scratch *s,
                   uint64_t slab, const struct sheaf_error *why,
                   struct sheaf_error *err)
{
    int rc = look_up(r, KEY_SLAB | slab, &s->roots, why, err);

    /* The cache, which holds checked roots, may have lost them. */
    if (rc == SHEAF_OK)
        return reader_slab_roots_check(r, s, slab, err);
    if (rc != SHEAF_ENOTFOUND)
        return rc;
    reader_note_damage(r, why);
    rc = find_slab_roots(r, s, slab, err);
    if (rc == SHEAF_ECORRUPT)
        return give_up(r, KEY_SLAB | slab, why, err);
    return rc == SHEAF_OK ? keep(r, KEY_SLAB | slab, false, s->roots.data,
                                 s->roots.len, err)
                          : rc;
}

/* ---- Stored or derived --------------------------------------------------- */

int
reader_tile(const struct sheaf_reader *r, struct sheaf_scratch *s,
            uint64_t number, struct sheaf_error *err)
{
    struct sheaf_error why = { 0 };
    int rc = reader_tile_stored(r, s, number, &why);

    if (rc == SHEAF_ECORRUPT)
        return rebuild_tile(r, s, number, &why, err);
    if (rc != SHEAF_OK && err != NULL)
        *err = why;
    return rc;
}

int
reader_slab_roots(const struct sheaf_reader *r, struct sheaf_scratch *s,
                  uint64_t slab, struct sheaf_error *err)
{
    struct sheaf_error why = { 0 };
    int rc = reader_slab_roots_stored(r, s, slab, &why);

    if (rc == SHEAF_ECORRUPT)
        return rebuild_slab_roots(r, s, slab, &why, err);
    if (rc != SHEAF_OK && err != NULL)
        *err = why;
    return rc;
}

/* ---- Rows ---------------------------------------------------------------- */

/* Makes the row that a leaf or group has in a table; false if it has none. */
static bool
row_of(struct stretch_scan *k, const struct scanned *item,
       enum table_kind kind, uint8_t *out, bool *good)
{
    const struct article *a = &k->s->article;
    bool article = item->kind == SCANNED_ARTICLE;
    uint8_t key[TABLE_KEY_SIZE];

    *good = true;
    if (kind == TABLE_DIR) {
        const struct group *g = &item->group;
        struct dir_row row = { g->first, item->entry.offset,
                               (uint32_t)item->entry.length, g->first_day,
                               g->last_day };

        if (item->kind != SCANNED_GROUP)
            return false;
        dir_row_encode(&row, out);
        return true;
    }
    if (kind == TABLE_MAP) {
        struct map_row row = { .leaf = item->entry.leaf,
                               .offset = item->entry.offset };

        if (!article && (item->kind != SCANNED_STORED ||
                         (item->stored.type != LEAF_ARTICLE &&
                          item->stored.type != LEAF_REDACTION)))
            return false;
        row.redaction = !article && item->stored.type == LEAF_REDACTION;
        row.length = (uint32_t)min_u64(item->entry.length, TABLE_LENGTH_MAX);
        memcpy(row.key,
               article ? leaf_id_hash(a->leaf.record) : item->stored.id_hash,
               TABLE_KEY_SIZE);
        map_row_encode(&row, out);
        return true;
    }
    if (!article || a->meta.url.len == 0)
        return false;
    k->s->url.len = 0;
    *good = json_string(a->meta.url, &k->s->url);
    if (!*good || bytes_equal(buf_view(&k->s->url), a->id))
        return false;
    table_url_key(buf_view(&k->s->url), key);
    url_row_encode(key, item->entry.leaf, out);
    return true;
}

static int
compare(const void *a, const void *b)
{
    /* Compares the bytes that make a row different from all others. */
    return memcmp(a, b, TABLE_ENTRY_SIZE);
}

/* Collects rows of a run: those between two rows, either of which may be
 * NULL, or those that begin with `key`. They are sorted, each TABLE_ROW_MAX
 * bytes long. */
struct wanted {
    enum table_kind kind;
    const uint8_t *key;
    const uint8_t *after;
    const uint8_t *before;
};

static bool
is_wanted(const struct wanted *w, const uint8_t *row)
{
    if (w->key != NULL)
        return memcmp(row, w->key, TABLE_KEY_SIZE) == 0;
    return (w->after == NULL || memcmp(row, w->after, TABLE_ENTRY_SIZE) > 0) &&
           (w->before == NULL || memcmp(row, w->before, TABLE_ENTRY_SIZE) < 0);
}

/* With a key, only what the tree has counts: a scan takes leaves in order
 * where a tile is damaged. *lost grows by one if this is no leaf of it. */
static int
confirm(const struct sheaf_reader *r, struct stretch_scan *k,
        const struct scanned *item, uint64_t *lost, struct sheaf_error *err)
{
    bool article = item->kind == SCANNED_ARTICLE;
    const uint8_t *hash = article ? k->s->article.leaf_hash
                                  : item->stored.hash;
    uint64_t leaf = item->entry.leaf;
    struct sheaf_error why = { 0 };
    int rc;

    if (item->kind == SCANNED_LOST)
        *lost += 1;
    if (!r->authentic.done || (!article && item->kind != SCANNED_STORED))
        return SHEAF_OK;
    rc = reader_tile(r, k->s, leaf / TILE_LEAVES, &why);
    if (rc == SHEAF_ECORRUPT ||
        (rc == SHEAF_OK && memcmp(k->s->tile.data + leaf % TILE_LEAVES * 32,
                                  hash, 32) != 0)) {
        *lost += 1;
        return SHEAF_OK;
    }
    if (rc != SHEAF_OK && err != NULL)
        *err = why;
    return rc;
}

static int
gather_rows(const struct sheaf_reader *r, unsigned run, const struct wanted *w,
            struct sheaf_buf *out, uint64_t *lost, struct sheaf_error *err)
{
    const struct top_run *of = &reader_runs(r)->runs[run];
    struct stretch_scan k = { .s = NULL };
    struct scanned item;
    int rc = stretch_begin(&k, r, of->first, of->end, err);

    while (rc == SHEAF_OK &&
           (rc = scan_next(&k.scan, &item, err)) == SHEAF_OK) {
        uint8_t row[TABLE_ROW_MAX] = { 0 };
        bool good;

        if (item.entry.leaf < of->first)
            continue;
        rc = confirm(r, &k, &item, lost, err);
        if (rc != SHEAF_OK)
            break;
        if (row_of(&k, &item, w->kind, row, &good) && is_wanted(w, row))
            good = buf_add(out, row, sizeof row);
        if (!good)
            rc = fail_nomem(err);
    }
    if (k.s != NULL)
        stretch_end(&k);
    if (rc != SHEAF_END)
        return rc;
    if (out->len != 0)
        qsort(out->data, out->len / TABLE_ROW_MAX, TABLE_ROW_MAX, compare);
    return SHEAF_OK;
}

/* Appends the rows of a key from those of a whole run that was derived before:
 * the number of its lost leaves, and then its rows. SHEAF_ENOTFOUND: it was
 * not. */
static int
find_kept_rows(const struct sheaf_reader *r, uint64_t part,
               const uint8_t key[TABLE_KEY_SIZE], struct sheaf_buf *rows,
               uint64_t *lost, struct sheaf_error *err)
{
    struct sheaf_reader *o = own(r);
    const struct rebuilt *p;
    int rc = SHEAF_ENOTFOUND;

    pthread_mutex_lock(&o->damage_lock);
    p = find_part(o, part);
    if (p != NULL) {
        const uint8_t *all = p->bytes.data + 8;
        size_t low = 0, high = (p->bytes.len - 8) / TABLE_ROW_MAX;
        size_t end = high;

        rc = SHEAF_OK;
        *lost += get_be(p->bytes.data, 8);
        while (low < high) {
            size_t middle = low + (high - low) / 2;

            if (memcmp(all + middle * TABLE_ROW_MAX, key, TABLE_KEY_SIZE) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        for (; rc == SHEAF_OK && low < end &&
               memcmp(all + low * TABLE_ROW_MAX, key, TABLE_KEY_SIZE) == 0;
             low++)
            if (!buf_add(rows, all + low * TABLE_ROW_MAX, TABLE_ROW_MAX))
                rc = fail_nomem(err);
    }
    pthread_mutex_unlock(&o->damage_lock);
    return rc;
}

/* Derives all rows of a run and keeps them. */
static int
keep_rows(const struct sheaf_reader *r, unsigned run, enum table_kind kind,
          uint64_t part, struct sheaf_error *err)
{
    struct wanted w = { .kind = kind };
    struct sheaf_buf rows = { 0 }, bytes = { 0 };
    uint64_t lost = 0;
    int rc = gather_rows(r, run, &w, &rows, &lost, err);

    if (rc == SHEAF_OK && (!buf_add_be(&bytes, lost, 8) ||
                           !buf_add(&bytes, rows.data, rows.len)))
        rc = fail_nomem(err);
    if (rc == SHEAF_OK)
        rc = keep(r, part, false, bytes.data, bytes.len, err);
    sheaf_buf_free(&rows);
    sheaf_buf_free(&bytes);
    return rc;
}

int
rebuild_rows(const struct sheaf_reader *r, unsigned run, enum table_kind kind,
             const uint8_t key[TABLE_KEY_SIZE], struct sheaf_buf *rows,
             uint64_t *lost, struct sheaf_error *err)
{
    const struct top_run *of = &reader_runs(r)->runs[run];
    /* A run is another one under the signature if its end is. */
    uint64_t part = reader_page_key(run, KIND_ROWS + kind, of->end);
    struct wanted w = { .kind = kind, .key = key };
    int rc;

    if (of->end - of->first > KEPT_LEAVES_MAX)
        return gather_rows(r, run, &w, rows, lost, err);
    rc = find_kept_rows(r, part, key, rows, lost, err);
    if (rc != SHEAF_ENOTFOUND)
        return rc;
    rc = keep_rows(r, run, kind, part, err);
    return rc == SHEAF_OK ? find_kept_rows(r, part, key, rows, lost, err) : rc;
}

/* Pages from `from` on and before `to`, with the row on either side. */
struct page_stretch {
    uint64_t from;
    uint64_t to;
    bool has_before;
    bool has_after;
    uint8_t before[TABLE_ROW_MAX]; /* the last row of the page before */
    uint8_t after[TABLE_ROW_MAX];  /* the first of the page after */
};

/* Finds the range around a damaged page to make at once: up to whole pages
 * on both sides. */
static int
find_stretch(const struct sheaf_reader *r, struct sheaf_scratch *s,
             unsigned run, enum table_kind kind, uint64_t page,
             struct page_stretch *out, struct sheaf_error *err)
{
    uint64_t pages = table_pages(reader_table(r, run, kind)->rows);
    size_t width = table_width(kind);
    uint64_t wide = at_once(r, PAGES_AT_ONCE_MAX);
    int rc = SHEAF_ECORRUPT;

    memset(out, 0, sizeof *out);
    out->from = page;
    out->to = min_u64(page + wide, pages);
    while (out->from > 0 && rc == SHEAF_ECORRUPT) {
        rc = reader_page_stored(r, s, run, kind, out->from - 1, err);
        if (rc == SHEAF_ECORRUPT)
            out->from--;
    }
    if (rc == SHEAF_OK) {
        out->has_before = true;
        memcpy(out->before, s->page.data + s->page.len - width, width);
    } else if (rc != SHEAF_ECORRUPT) {
        return rc;
    }
    rc = SHEAF_ECORRUPT;
    while (out->to < pages && rc == SHEAF_ECORRUPT) {
        rc = reader_page_stored(r, s, run, kind, out->to, err);
        if (rc == SHEAF_ECORRUPT)
            out->to++;
    }
    if (rc == SHEAF_OK) {
        out->has_after = true;
        memcpy(out->after, s->page.data, width);
    } else if (rc != SHEAF_ECORRUPT) {
        return rc;
    }
    return SHEAF_OK;
}

/* Keeps each page, if the rows are those of the pages. */
static int
keep_pages(const struct sheaf_reader *r, unsigned run, enum table_kind kind,
           const struct page_stretch *st, const struct sheaf_buf *rows,
           struct sheaf_error *err)
{
    const struct top_table *t = reader_table(r, run, kind);
    const uint8_t *at = rows->data;
    size_t width = table_width(kind);
    int rc = SHEAF_OK;

    for (uint64_t page = st->from; rc == SHEAF_OK && page < st->to; page++) {
        uint8_t bytes[TABLE_PAGE_ROWS * TABLE_ROW_MAX];
        size_t n = table_page_rows(t->rows, page);

        for (size_t i = 0; i < n; i++, at += TABLE_ROW_MAX)
            memcpy(bytes + i * width, at, width);
        rc = keep(r, reader_page_key(run, kind, page), false, bytes, n * width,
                  err);
    }
    return rc;
}

/* Rows are lost, so where each page begins is not known. None of them is tried
 * again, which would be a scan for each. */
static int
give_up_pages(const struct sheaf_reader *r, unsigned run, enum table_kind kind,
              const struct page_stretch *st, const struct sheaf_error *why,
              struct sheaf_error *err)
{
    int rc = SHEAF_ECORRUPT;

    for (uint64_t page = st->from; rc == SHEAF_ECORRUPT && page < st->to;
         page++)
        rc = give_up(r, reader_page_key(run, kind, page), why, err);
    return rc;
}

int
rebuild_page(const struct sheaf_reader *r, struct sheaf_scratch *s,
             unsigned run, enum table_kind kind, uint64_t page,
             const struct sheaf_error *why, struct sheaf_error *err)
{
    uint64_t key = reader_page_key(run, kind, page);
    const struct top_table *t = reader_table(r, run, kind);
    struct wanted w = { .kind = kind };
    struct sheaf_buf rows = { 0 };
    struct page_stretch st;
    uint64_t lost = 0, count;
    int rc = look_up(r, key, &s->page, why, err);

    if (rc != SHEAF_ENOTFOUND)
        return rc;
    reader_note_damage(r, why);
    rc = find_stretch(r, s, run, kind, page, &st, err);
    if (rc != SHEAF_OK)
        return rc;
    w.after = st.has_before ? st.before : NULL;
    w.before = st.has_after ? st.after : NULL;
    rc = gather_rows(r, run, &w, &rows, &lost, err);
    count = min_u64(st.to * TABLE_PAGE_ROWS, t->rows) -
            st.from * TABLE_PAGE_ROWS;
    if (rc == SHEAF_OK && rows.len != count * TABLE_ROW_MAX)
        rc = give_up_pages(r, run, kind, &st, why, err);
    if (rc == SHEAF_OK)
        rc = keep_pages(r, run, kind, &st, &rows, err);
    sheaf_buf_free(&rows);
    return rc == SHEAF_OK ? look_up(r, key, &s->page, why, err) : rc;
}

int
rebuild_page_roots(const struct sheaf_reader *r, struct sheaf_scratch *s,
                   unsigned run, uint64_t block, const struct sheaf_error *why,
                   struct sheaf_error *err)
{
    const uint64_t per_block = TABLE_BLOCK_ROWS / TABLE_PAGE_ROWS;
    const struct top_table *t = reader_table(r, run, TABLE_MAP);
    uint64_t key = reader_page_key(run, KIND_ROOTS, block);
    uint64_t pages = table_block_pages(t->rows, block);
    struct sheaf_scratch *aside = NULL;
    uint8_t root[32];
    int rc = look_up(r, key, &s->roots, why, err);

    if (rc != SHEAF_ENOTFOUND)
        return rc;
    reader_note_damage(r, why);
    rc = sheaf_scratch_new(&aside, err);
    if (rc == SHEAF_OK && !buf_reserve(&s->roots, (size_t)pages * 32))
        rc = fail_nomem(err);
    for (uint64_t i = 0; rc == SHEAF_OK && i < pages; i++) {
        uint64_t page = block * per_block + i;

        reader_claim(r, aside);
        rc = reader_page_stored(r, aside, run, TABLE_MAP, page, err);
        if (rc == SHEAF_ECORRUPT)
            rc = rebuild_page(r, aside, run, TABLE_MAP, page, why, err);
        if (rc == SHEAF_OK)
            table_page_root(aside->page.data,
                            aside->page.len / table_width(TABLE_MAP),
                            s->roots.data + i * 32);
    }
    sheaf_scratch_free(aside);
    if (rc == SHEAF_OK) {
        s->roots.len = (size_t)pages * 32;
        merkle_root(s->roots.data, pages, root);
        rc = memcmp(root, t->blocks[block].root, 32) != 0
                 ? SHEAF_ECORRUPT
                 : keep(r, key, false, s->roots.data, s->roots.len, err);
    }
    return rc == SHEAF_ECORRUPT ? give_up(r, key, why, err) : rc;
}

/* ---- Groups -------------------------------------------------------------- */

/* Sets the columns and the place of a leaf of the group. */
static bool
put_leaf(struct located *l, struct sheaf_scratch *s,
         const struct scanned *item)
{
    const struct sheaf_entry *e = &item->entry;
    uint64_t i = e->leaf - l->group.first;
    bool article = item->kind == SCANNED_ARTICLE;

    l->removed[i] = item->kind == SCANNED_STORED;
    l->lost[i] = item->kind == SCANNED_LOST;
    l->offsets[i] = e->offset;
    l->lengths[i] = e->length;
    l->index[i] = (uint8_t)e->index;
    return article
               ? group_add(&l->group, e->index == 0 ? e->length : 0,
                           s->article.size, s->article.time, &s->article.meta)
               : group_add_removed(&l->group, e->length);
}

/* Takes the leaves of the group from the frames. SHEAF_END: all of them. */
static int
scan_group(struct stretch_scan *k, struct located *l,
           const struct dir_row *row, const struct sheaf_error *why,
           struct sheaf_error *err)
{
    struct scanned item;
    int rc;

    while ((rc = scan_next(&k->scan, &item, err)) == SHEAF_OK) {
        bool leaf = item.kind == SCANNED_ARTICLE ||
                    (item.kind == SCANNED_STORED &&
                     item.stored.type == LEAF_ARTICLE);

        if (item.kind == SCANNED_GROUP || item.entry.leaf < row->first_leaf)
            continue;
        if (!leaf && item.kind != SCANNED_LOST)
            return SHEAF_END; /* a statement: the group ended before */
        if (l->group.count == TILE_LEAVES) {
            *err = *why; /* more than a group can have */
            return SHEAF_ECORRUPT;
        }
        if (!put_leaf(l, k->s, &item))
            return fail_nomem(err);
    }
    return rc;
}

int
rebuild_group(const struct sheaf_reader *r, struct sheaf_scratch *s,
              unsigned run, uint64_t number, const struct dir_row *row,
              uint64_t after, uint64_t end_leaf, const struct sheaf_error *why,
              struct sheaf_error *err)
{
    uint64_t key = reader_page_key(run, KIND_GROUP, number);
    struct stretch_scan k = { .s = NULL };
    struct located *l = &s->located;
    struct sheaf_error own_error;
    int rc = look_up(r, key, &l->columns, why, err);

    if (rc != SHEAF_ENOTFOUND)
        return rc;
    rc = after != 0 ? stretch_begin_at(&k, r, after, row->first_leaf, end_leaf,
                                       err)
                    : stretch_begin(&k, r, row->first_leaf, end_leaf, err);
    reader_note_damage(r, why);
    l->at = 0;
    group_free(&l->group);
    group_begin(&l->group, row->offset, row->first_leaf);
    if (rc == SHEAF_OK)
        rc = scan_group(&k, l, row, why, err != NULL ? err : &own_error);
    if (k.s != NULL)
        stretch_end(&k);
    l->columns.len = 0;
    if (rc == SHEAF_END)
        rc = group_text(&l->group, &l->columns) ? SHEAF_OK : fail_nomem(err);
    group_free(&l->group);
    if (rc == SHEAF_OK)
        l->at = row->offset;
    return rc == SHEAF_ECORRUPT ? give_up(r, key, why, err) : rc;
}
