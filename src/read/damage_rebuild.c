/*
 * damage_rebuild.c - rows and columns of groups, derived from the frames.
 */
#include "read/damage_rebuild.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/json.h"
#include "log/merkle.h"
#include "read/damage_parts.h"

/* Runs of up to this many leaves are kept whole, once they were derived. */
#define KEPT_LEAVES_MAX ((uint64_t)1 << 18)
/* The most pages made at once. The number begins small and grows each time. */
#define PAGES_AT_ONCE_MAX 4096u

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
    struct sheaf_error why = { 0 };
    uint8_t tree[32];
    int rc;

    if (item->kind == SCANNED_LOST)
        *lost += 1;
    if (!r->authentic.done || (!article && item->kind != SCANNED_STORED))
        return SHEAF_OK;
    rc = reader_tree_hash(r, k->s, item->entry.leaf, tree, &why);
    if (rc == SHEAF_ECORRUPT ||
        (rc == SHEAF_OK && memcmp(tree, hash, 32) != 0)) {
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
    uint64_t all = 0;
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
        if (row_of(&k, &item, w->kind, row, &good)) {
            all++;
            if (is_wanted(w, row))
                good = buf_add(out, row, sizeof row);
        }
        if (!good)
            rc = fail_nomem(err);
    }
    if (k.s != NULL)
        stretch_end(&k);
    if (rc != SHEAF_END)
        return rc;
    if (*lost == 0 && all != reader_table(r, run, w->kind)->rows)
        *lost = 1;
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
    struct sheaf_reader *o = reader_own(r);
    const struct rebuilt *p;
    int rc = SHEAF_ENOTFOUND;

    pthread_mutex_lock(&o->damage_lock);
    p = part_locked(o, part);
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

/* Copies `n` rows, each in TABLE_ROW_MAX bytes, to a page. */
static void
copy_page(enum table_kind kind, const uint8_t *rows, size_t n, uint8_t *page)
{
    size_t width = table_width(kind);

    for (size_t i = 0; i < n; i++)
        memcpy(page + i * width, rows + i * TABLE_ROW_MAX, width);
}

/* Whether these are as many rows as the top says; those of MAP give the roots
 * of its blocks, too. */
static bool
are_all(enum table_kind kind, const struct top_table *t,
        const struct sheaf_buf *rows)
{
    uint8_t roots[TABLE_BLOCK_ROWS / TABLE_PAGE_ROWS * 32];
    uint8_t page[TABLE_PAGE_ROWS * TABLE_ROW_MAX], root[32];
    const uint8_t *at = rows->data;
    uint64_t number = 0;

    if (rows->len != t->rows * TABLE_ROW_MAX)
        return false;
    for (uint64_t b = 0; kind == TABLE_MAP && b < table_blocks(t->rows); b++) {
        uint64_t pages = table_block_pages(t->rows, b);

        for (uint64_t i = 0; i < pages; i++) {
            size_t n = table_page_rows(t->rows, number++);

            copy_page(kind, at, n, page);
            table_page_root(page, n, roots + i * 32);
            at += n * TABLE_ROW_MAX;
        }
        merkle_root(roots, pages, root);
        if (memcmp(root, t->blocks[b].root, sizeof root) != 0)
            return false;
    }
    return true;
}

/* Derives all rows of a run and keeps them. Where something whole stands in the
 * place of leaves, that leaves are lost shows only in the rows. */
static int
keep_rows(const struct sheaf_reader *r, unsigned run, enum table_kind kind,
          uint64_t part, struct sheaf_error *err)
{
    struct wanted w = { .kind = kind };
    struct sheaf_buf rows = { 0 }, bytes = { 0 };
    uint64_t lost = 0;
    int rc = gather_rows(r, run, &w, &rows, &lost, err);

    if (rc == SHEAF_OK && lost == 0 &&
        !are_all(kind, reader_table(r, run, kind), &rows))
        lost = 1;
    if (rc == SHEAF_OK && (!buf_add_be(&bytes, lost, 8) ||
                           !buf_add(&bytes, rows.data, rows.len)))
        rc = fail_nomem(err);
    if (rc == SHEAF_OK)
        rc = part_keep(r, part, false, bytes.data, bytes.len, err);
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
    unsigned part_kind = r->authentic.done ? PART_ROWS_SIGNED : PART_ROWS;
    uint64_t part = reader_page_key(run, part_kind + kind, of->end);
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

static int
compare_leaves(const void *a, const void *b)
{
    return memcmp(a, b, 8);
}

static int
gather_redactions(const struct sheaf_reader *r, struct sheaf_buf *leaves,
                  struct sheaf_error *err)
{
    struct stretch_scan k = { .s = NULL };
    struct redaction red;
    struct scanned item;
    int rc = stretch_begin_at(&k, r, HEAD_SIZE, 0, reader_leaves(r), err);

    while (rc == SHEAF_OK &&
           (rc = scan_next(&k.scan, &item, err)) == SHEAF_OK) {
        uint64_t lost = 0;

        if (item.kind != SCANNED_STORED || item.stored.type != LEAF_REDACTION)
            continue;
        rc = confirm(r, &k, &item, &lost, err);
        if (rc == SHEAF_OK && lost == 0 &&
            redaction_decode(&item.stored, item.entry.offset, &red, NULL) ==
                SHEAF_OK &&
            !buf_add_be(leaves, red.leaf, 8))
            rc = fail_nomem(err);
    }
    if (k.s != NULL)
        stretch_end(&k);
    if (rc != SHEAF_END)
        return rc;
    if (leaves->len != 0)
        qsort(leaves->data, leaves->len / 8, 8, compare_leaves);
    return SHEAF_OK;
}

/* The leaves that redactions name: all are kept, in order. */
static int
keep_redactions(const struct sheaf_reader *r, uint64_t part,
                struct sheaf_error *err)
{
    struct sheaf_buf leaves = { 0 };
    int rc = gather_redactions(r, &leaves, err);

    if (rc == SHEAF_OK)
        rc = part_keep(r, part, false, leaves.data, leaves.len, err);
    sheaf_buf_free(&leaves);
    return rc;
}

int
rebuild_named(const struct sheaf_reader *r, uint64_t leaf, bool *named,
              uint64_t *lost, struct sheaf_error *err)
{
    struct sheaf_reader *o = reader_own(r);
    uint64_t all = reader_runs(r)->redactions;
    uint64_t part = r->authentic.done ? PART_REDACTIONS_SIGNED
                                      : PART_REDACTIONS;
    const struct rebuilt *p;
    uint8_t number[8];
    bool known;
    int rc;

    put_be(number, leaf, sizeof number);
    do {
        rc = SHEAF_OK;
        pthread_mutex_lock(&o->damage_lock);
        p = part_locked(o, part);
        known = p != NULL;
        if (known) {
            size_t found = p->bytes.len / 8;

            *lost = all - min_u64(all, found);
            *named = found != 0 && bsearch(number, p->bytes.data, found, 8,
                                           compare_leaves) != NULL;
        }
        pthread_mutex_unlock(&o->damage_lock);
        if (!known)
            rc = keep_redactions(r, part, err);
    } while (!known && rc == SHEAF_OK);
    return rc;
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

        copy_page(kind, at, n, bytes);
        at += n * TABLE_ROW_MAX;
        rc = part_keep(r, reader_page_key(run, kind, page), false, bytes,
                       n * width, err);
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
        rc = part_give_up(r, reader_page_key(run, kind, page), why, err);
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
    int rc = part_find(r, key, &s->page, why, err);

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
    /* Nothing proves rows of URLs: others may stand for those of lost ones. */
    if (rc == SHEAF_OK && (rows.len != count * TABLE_ROW_MAX ||
                           (kind == TABLE_URL && lost != 0)))
        rc = give_up_pages(r, run, kind, &st, why, err);
    if (rc == SHEAF_OK)
        rc = keep_pages(r, run, kind, &st, &rows, err);
    sheaf_buf_free(&rows);
    return rc == SHEAF_OK ? part_find(r, key, &s->page, why, err) : rc;
}

int
rebuild_page_roots(const struct sheaf_reader *r, struct sheaf_scratch *s,
                   unsigned run, uint64_t block, const struct sheaf_error *why,
                   struct sheaf_error *err)
{
    const uint64_t per_block = TABLE_BLOCK_ROWS / TABLE_PAGE_ROWS;
    const struct top_table *t = reader_table(r, run, TABLE_MAP);
    uint64_t key = reader_page_key(run, PART_ROOTS, block);
    uint64_t pages = table_block_pages(t->rows, block);
    struct sheaf_scratch *aside = NULL;
    uint8_t root[32];
    int rc = part_find(r, key, &s->roots, why, err);

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
        rc = memcmp(root, t->blocks[block].root, sizeof root) != 0
                 ? SHEAF_ECORRUPT
                 : part_keep(r, key, false, s->roots.data, s->roots.len, err);
    }
    return rc == SHEAF_ECORRUPT ? part_give_up(r, key, why, err) : rc;
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

/* A scan takes leaves in order where a tile is damaged. One that may be another
 * article is lost. */
static int
check_item(struct stretch_scan *k, struct scanned *item,
           struct sheaf_error *err)
{
    const uint8_t *hash = item->kind == SCANNED_ARTICLE
                              ? k->s->article.leaf_hash
                              : item->stored.hash;
    int rc;

    if (item->kind == SCANNED_LOST)
        return SHEAF_OK;
    rc = reader_check_leaf(k->scan.r, k->s, item->entry.leaf,
                           item->entry.offset, hash, err);
    if (rc == SHEAF_ECORRUPT || rc == SHEAF_EVERIFY) {
        item->kind = SCANNED_LOST;
        item->entry.offset = item->entry.length = 0;
        rc = SHEAF_OK;
    }
    return rc;
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
        rc = check_item(k, &item, err);
        if (rc != SHEAF_OK)
            return rc;
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
    uint64_t key = reader_page_key(run, PART_GROUP, number);
    struct stretch_scan k = { .s = NULL };
    struct located *l = &s->located;
    struct sheaf_error own_error;
    int rc = part_find(r, key, &l->columns, why, err);

    if (rc != SHEAF_ENOTFOUND)
        return rc;
    rc = after != 0
             ? stretch_begin_at(&k, r, after, row->first_leaf, end_leaf, err)
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
    if (rc == SHEAF_OK) {
        l->at = row->offset;
        /* Where it begins, if that is known. */
        if (l->group.count != 0 && !l->lost[0])
            l->group.start = l->offsets[0];
        else if (after != 0)
            l->group.start = after;
    }
    return rc == SHEAF_ECORRUPT ? part_give_up(r, key, why, err) : rc;
}
