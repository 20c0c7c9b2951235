/*
 * expect.c - says what will be read next, where each read takes a round trip
 * (format.md F13).
 *
 * An article then takes two round trips: one for the pages with its rows, and
 * one for its frame, its dictionary and its leaf hash, which follow from the
 * row. Nothing here is checked, and nothing is answered.
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/hash.h"
#include "format/dictframe.h"
#include "format/frame.h"

/* An article whose length the row does not give. */
#define FIRST_READ 4096
/* More than any seal has. */
#define SEAL_READ 1024

/* ---- Ranges -------------------------------------------------------------- */

void
expect_begin(struct expected *e, const struct sheaf_reader *r)
{
    *e = (struct expected){ .r = r, .proven = r->authentic.done };
}

static void
add(struct expected *e, uint64_t offset, uint64_t len, bool keep)
{
    const struct sheaf_range range = { offset, len, keep };
    uint64_t end;

    if (e->r->source.ops->expect == NULL || len == 0 ||
        ADD_OVERFLOWS(offset, len, &end) || end > e->r->file_size ||
        e->ranges.len >= EXPECT_RANGES * sizeof range)
        return;
    (void)buf_add(&e->ranges, &range, sizeof range);
}

void
expect_now(struct expected *e)
{
    const struct sheaf_source *s = &e->r->source;
    size_t count = e->ranges.len / sizeof(struct sheaf_range);

    if (count != 0)
        s->ops->expect(s->ctx, (const struct sheaf_range *)e->ranges.data,
                       count);
    sheaf_buf_free(&e->ranges);
}

static bool
is_near(const struct expected *e)
{
    return e->r->source.ops->expect == NULL;
}

/* ---- Parts --------------------------------------------------------------- */

static void
add_pages(struct expected *e, unsigned run, enum table_kind kind,
          uint64_t first, uint64_t last)
{
    const struct top_table *t = reader_table(e->r, run, kind);
    const uint64_t per_block = TABLE_BLOCK_ROWS / TABLE_PAGE_ROWS;

    for (uint64_t page = first / TABLE_PAGE_ROWS; page * TABLE_PAGE_ROWS < last;
         page++) {
        size_t len;
        uint64_t at = table_page_at(kind, t, page, &len);

        add(e, at, len, true);
        if (kind == TABLE_MAP && e->proven)
            add(e, table_page_roots_at(t, page / per_block),
                table_block_pages(t->rows, page / per_block) * 32, true);
    }
}

void
expect_key(struct expected *e, enum table_kind kind,
           const uint8_t key[TABLE_KEY_SIZE])
{
    if (is_near(e))
        return;
    for (unsigned run = 0; run < reader_runs(e->r)->run_count; run++) {
        uint64_t first, last;

        reader_key_rows(e->r, run, kind, key, &first, &last);
        add_pages(e, run, kind, first, last);
    }
}

void
expect_blocks(struct expected *e, enum table_kind kind,
              const uint8_t key[TABLE_KEY_SIZE])
{
    if (is_near(e))
        return;
    for (unsigned run = 0; run < reader_runs(e->r)->run_count; run++) {
        uint64_t rows = reader_table(e->r, run, kind)->rows;
        uint64_t first, last;

        reader_key_rows(e->r, run, kind, key, &first, &last);
        first -= first % TABLE_BLOCK_ROWS;
        last += TABLE_BLOCK_ROWS - 1;
        add_pages(e, run, kind, first,
                  min_u64(last - last % TABLE_BLOCK_ROWS, rows));
    }
}

/* The dictionary in force at `offset`. */
static void
add_dict(struct expected *e, uint64_t offset)
{
    struct sheaf_reader *own = (struct sheaf_reader *)(uintptr_t)e->r;
    const struct top *top = &e->r->top;
    const struct top_dict *d = NULL;
    bool there = true;

    for (uint32_t i = 0; i < top->dict_count; i++)
        if (top->dicts[i].offset < offset)
            d = &top->dicts[i];
    if (d == NULL || d->packed > CODEC_DICT_MAX)
        return;
    pthread_mutex_lock(&own->lock);
    there = own->dicts != NULL && own->dicts[d - top->dicts].ddict != NULL;
    pthread_mutex_unlock(&own->lock);
    if (!there)
        add(e, d->offset + DICT_HEAD_SIZE, d->packed, true);
}

/* The tile of a leaf and what proves it, or only the leaf's hash. */
static void
add_hash(struct expected *e, uint64_t leaf)
{
    const struct top *top = &e->r->top;
    uint64_t slab = leaf / SLAB_LEAVES, at, count;
    uint64_t first = e->proven ? leaf / TILE_LEAVES * TILE_LEAVES : leaf;
    uint64_t end = e->proven ? min_u64(first + TILE_LEAVES, top->size)
                             : leaf + 1;

    if (leaf >= top->size)
        return;
    if (slab < top->slab_count) {
        at = top->slabs[slab].offset + FRAME_HEAD_SIZE;
        add(e, at + SLAB_BODY_HEAD + first % SLAB_LEAVES * 32,
            (end - first) * 32, e->proven);
        if (e->proven)
            add(e, at + 8, SLAB_TILES * 32, true);
        return;
    }
    for (; first < end; first += count) {
        at = top_hash_place(top, first, &count);
        count = min_u64(count, end - first);
        add(e, at, count * 32, e->proven);
    }
}

void
expect_article(struct expected *e, const struct map_row *row)
{
    bool known = row->length != 0 && row->length < TABLE_LENGTH_MAX;

    if (is_near(e) || row->offset >= e->r->file_size)
        return;
    add(e, row->offset,
        known ? row->length
              : min_u64(FIRST_READ, e->r->file_size - row->offset),
        false);
    add_dict(e, row->offset);
    add_hash(e, row->leaf);
}

void
expect_group(struct expected *e, const struct dir_row *row)
{
    if (is_near(e))
        return;
    add(e, row->offset, row->length, true);
    add_dict(e, row->offset);
}

/* ---- Before the questions ------------------------------------------------ */

/* What sheaf_authenticate reads. */
static void
add_signature(struct expected *e)
{
    const struct top *top = &e->r->top;

    e->proven = true;
    add(e, top->seal, min_u64(SEAL_READ, e->r->file_size - top->seal), true);
    for (uint32_t i = 0; i < top->key_count; i++) {
        add(e, top->keys[i].offset,
            FRAME_HEAD_SIZE + top_key_copy(top, i).len + HASH_CHECK_BYTES,
            true);
        add_hash(e, top->keys[i].leaf);
    }
    if (top->size != 0)
        add_hash(e, top->size - 1);
}

/* The newest row with this key, from pages that are whole. Damage is for the
 * real question to meet. */
static bool
find_row(const struct sheaf_reader *r, struct sheaf_scratch *s, unsigned run,
         const uint8_t key[TABLE_KEY_SIZE], struct map_row *out)
{
    const size_t width = table_width(TABLE_MAP);
    uint64_t first, last;
    bool found = false;

    reader_key_rows(r, run, TABLE_MAP, key, &first, &last);
    for (uint64_t page = first / TABLE_PAGE_ROWS;
         page * TABLE_PAGE_ROWS < last; page++) {
        if (reader_page_stored(r, s, run, TABLE_MAP, page, NULL) != SHEAF_OK)
            return false;
        for (size_t at = 0; at + width <= s->page.len; at += width) {
            struct map_row row;

            map_row_decode(s->page.data + at, &row);
            if (memcmp(row.key, key, TABLE_KEY_SIZE) != 0 || row.redaction)
                continue;
            *out = row;
            found = true;
        }
    }
    return found;
}

static void
add_found(struct expected *e, struct sheaf_scratch *s, struct sheaf_bytes id)
{
    uint8_t key[TABLE_KEY_SIZE];
    struct map_row row;

    table_key(id, key);
    for (unsigned run = reader_runs(e->r)->run_count; run-- > 0;)
        if (find_row(e->r, s, run, key, &row)) {
            expect_article(e, &row);
            break;
        }
}

/* What is no ID may be the URL of an article. */
static bool
is_url(struct sheaf_bytes id)
{
    return id.len > 3 && memmem(id.data, id.len, "://", 3) != NULL;
}

void
sheaf_expect(struct sheaf_reader *reader, struct sheaf_scratch *scratch,
             const struct sheaf_bytes *ids, size_t count, int authenticate)
{
    struct expected e;
    uint8_t key[TABLE_KEY_SIZE];

    if (reader->source.ops->expect == NULL)
        return;
    reader_claim(reader, scratch);
    count = (size_t)min_u64(count, SHEAF_EXPECT_MAX);
    expect_begin(&e, reader);
    if (authenticate)
        add_signature(&e);
    for (size_t i = 0; i < count; i++) {
        table_key(ids[i], key);
        expect_key(&e, TABLE_MAP, key);
        if (is_url(ids[i])) {
            table_url_key(ids[i], key);
            expect_key(&e, TABLE_URL, key);
        }
    }
    expect_now(&e);
    expect_begin(&e, reader);
    e.proven = e.proven || authenticate != 0;
    for (size_t i = 0; i < count; i++)
        add_found(&e, scratch, ids[i]);
    expect_now(&e);
    scratch->page_loaded = false;
}
