/*
 * merge_gone.c - articles that were redacted in an archive that is merged
 * (format.md F6.6, F6.7).
 *
 * An article that was redacted in one input must not come back from another.
 * So what is gone is noted before any article is added. The record of a
 * removed article is taken over as it is, with a redaction of the same time and
 * reason.
 */
#include "write/merge.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"

/* A leaf with the ID of an article that was redacted in this input: removed
 * itself, or still there. */
struct gone {
    uint8_t id_hash[32];
    uint8_t input[8];
    uint8_t hash[32];
    bool removed;
};

/* What a redaction says of the leaf `target`. */
struct said {
    uint8_t target[32];
    uint64_t number; /* in the order in which they came */
    int64_t time;
    size_t at; /* of the reason */
    size_t len;
};

/* By ID, input and leaf: `struct gone` begins with these. */
static int
compare_gone(const void *a, const void *b)
{
    return memcmp(a, b, 72);
}

static int
compare_said(const void *a, const void *b)
{
    const struct said *x = a, *y = b;
    int order = memcmp(x->target, y->target, sizeof x->target);

    if (order != 0)
        return order;
    return x->number < y->number ? -1 : x->number > y->number;
}

static void
sort_gone(struct sheaf_merge *m)
{
    if (!m->gone_sorted && m->gone.len != 0)
        qsort(m->gone.data, m->gone.len / sizeof(struct gone),
              sizeof(struct gone), compare_gone);
    m->gone_sorted = true;
}

/* ---- Before anything is added ------------------------------------------ */

#define NOTED_MEMORY ((size_t)1 << 20)

struct noting {
    struct sheaf_merge *m;
    const struct sheaf_reader *r;
    struct sheaf_scratch *s;
    struct idset *noted; /* IDs whose leaves are noted */
    int rc;
    struct sheaf_error err;
};

static bool
add_gone(struct noting *n, const uint8_t id_hash[32], const uint8_t hash[32],
         bool removed)
{
    struct gone g = { .removed = removed };

    memcpy(g.id_hash, id_hash, 32);
    put_be(g.input, n->m->input_count, 8);
    memcpy(g.hash, hash, 32);
    return buf_add(&n->m->gone, &g, sizeof g);
}

/* Notes the removed article, and once all leaves with its ID. */
static int
note_leaf(struct noting *n, const struct leaf_stored *leaf,
          struct sheaf_error *err)
{
    struct idset_entry entry = { .rev = 0 };
    uint8_t id_hash[32], hash[32];
    struct map_row row;
    struct rows rows;
    int rc;

    memcpy(id_hash, leaf->id_hash, 32);
    memcpy(hash, leaf->hash, 32);
    if (!add_gone(n, id_hash, hash, true))
        return fail_nomem(err);
    rc = idset_get(n->noted, (struct sheaf_bytes){ id_hash, 32 }, &entry, err);
    if (rc != SHEAF_ENOTFOUND)
        return rc;
    rc = idset_put(n->noted, (struct sheaf_bytes){ id_hash, 32 }, &entry, err);
    if (rc != SHEAF_OK)
        return rc;
    rows = rows_of(n->r, TABLE_MAP, id_hash);
    while ((rc = rows_next_map(n->r, n->s, &rows, &row, err)) == SHEAF_OK) {
        if (row.redaction)
            continue;
        rc = reader_tree_hash(n->r, n->s, row.leaf, hash, err);
        if (rc == SHEAF_OK && !add_gone(n, id_hash, hash, false))
            rc = fail_nomem(err);
        if (rc != SHEAF_OK)
            return rc;
    }
    return rc == SHEAF_END ? SHEAF_OK : rc;
}

static int
note_line(void *arg, const struct sheaf_listing *line)
{
    struct noting *n = arg;
    struct leaf_stored leaf;

    if (!line->redacted)
        return 0;
    n->rc = reader_stored(n->r, n->s, line->entry.offset, &leaf, &n->err);
    if (n->rc == SHEAF_OK)
        n->rc = note_leaf(n, &leaf, &n->err);
    return n->rc == SHEAF_OK ? 0 : -1;
}

int
merge_gone_note(struct sheaf_merge *m, const struct sheaf_reader *r,
                struct sheaf_error *err)
{
    struct sheaf_list_filter filter = SHEAF_LIST_ALL;
    struct noting n = { .m = m, .r = r };
    struct sheaf_scratch *s = NULL;
    int rc;

    if (r->top.redactions == 0)
        return SHEAF_OK;
    filter.redacted = 1;
    m->gone_sorted = false;
    rc = sheaf_scratch_new(&s, err);
    if (rc == SHEAF_OK)
        rc = sheaf_scratch_new(&n.s, err);
    if (rc == SHEAF_OK)
        rc = idset_new(&n.noted, NOTED_MEMORY, m->tmpdir, err);
    if (rc == SHEAF_OK)
        rc = sheaf_list(r, s, &filter, note_line, &n, err);
    if (n.rc != SHEAF_OK) {
        rc = n.rc;
        if (err != NULL)
            *err = n.err;
    }
    sheaf_scratch_free(s);
    sheaf_scratch_free(n.s);
    idset_free(n.noted);
    return rc;
}

/* ---- Asking ------------------------------------------------------------ */

/* The first that is not before `key`. */
static size_t
first_gone(const struct gone *all, size_t count, const struct gone *key)
{
    size_t low = 0, high = count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (compare_gone(&all[middle], key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int
merge_gone_ask(struct sheaf_merge *m, const struct article *a, bool *gone,
               struct sheaf_error *err)
{
    const struct gone *all = (const struct gone *)m->gone.data;
    size_t count = m->gone.len / sizeof *all;
    uint64_t unaware = 0; /* the number, from 1, of an input that has others */
    struct gone key = { .removed = false };

    *gone = false;
    if (count == 0)
        return SHEAF_OK;
    sort_gone(m);
    memcpy(key.id_hash, leaf_id_hash(a->leaf.record), 32);
    for (size_t i = first_gone(all, count, &key);
         i < count && memcmp(all[i].id_hash, key.id_hash, 32) == 0;) {
        uint64_t input = get_be(all[i].input, 8);

        put_be(key.input, input, 8);
        memcpy(key.hash, a->leaf_hash, 32);
        i = first_gone(all, count, &key);
        if (i == count || compare_gone(&all[i], &key) != 0)
            unaware = input + 1;
        for (; i < count && compare_gone(&all[i], &key) == 0; i++)
            *gone = *gone || all[i].removed;
        /* What the next input has. */
        put_be(key.input, input + 1, 8);
        memset(key.hash, 0, sizeof key.hash);
        i = first_gone(all, count, &key);
    }
    if (*gone || unaware == 0)
        return SHEAF_OK;
    return fail(err, SHEAF_EREDACTED,
                "'%.*s' was redacted in archive number %llu, which does not "
                "have this revision: redact it here first",
                (int)min_u64(a->id.len, 80), (const char *)a->id.data,
                (unsigned long long)unaware);
}

bool
merge_gone_taints(struct sheaf_merge *m, const struct sheaf_reader *r)
{
    const struct gone *all = (const struct gone *)m->gone.data;
    size_t count = m->gone.len / sizeof *all;
    bool taints = false;

    if (count == 0 || r->top.dict_count == 0)
        return false;
    sort_gone(m);
    for (size_t i = 0; i < count && !taints; i++) {
        struct gone key = all[i];

        put_be(key.input, m->added, 8);
        /* Removed here too: then its dictionaries were made anew. */
        taints = all[i].removed &&
                 bsearch(&key, all, count, sizeof *all, compare_gone) == NULL;
    }
    return taints;
}

bool
merge_gone_noted(struct sheaf_merge *m, const struct leaf_stored *leaf)
{
    struct gone key = { .removed = true };

    memcpy(key.id_hash, leaf->id_hash, 32);
    put_be(key.input, m->added, 8);
    memcpy(key.hash, leaf->hash, 32);
    sort_gone(m);
    return m->gone.len != 0 &&
           bsearch(&key, m->gone.data, m->gone.len / sizeof key, sizeof key,
                   compare_gone) != NULL;
}

/* ---- Taking over ------------------------------------------------------- */

int
merge_gone_said(struct sheaf_merge *m, const struct redaction *red,
                struct sheaf_error *err)
{
    struct said s = { .number = m->said.len / sizeof s,
                      .time = red->time,
                      .at = m->reasons.len,
                      .len = red->reason.len };

    memcpy(s.target, red->target, 32);
    return buf_add(&m->reasons, red->reason.data, red->reason.len) &&
                   buf_add(&m->said, &s, sizeof s)
               ? SHEAF_OK
               : fail_nomem(err);
}

/* The record fits only where it follows the revision that it names. */
static bool
fits(struct sheaf_bytes record, uint32_t rev, const struct idset_entry *newest)
{
    static const uint8_t none[32];

    return rev == newest->rev + 1 &&
           memcmp(leaf_prev(record.data),
                  newest->rev == 0 ? none : newest->leaf_hash, 32) == 0;
}

static int
add_removed(struct sheaf_merge *m, struct sheaf_bytes record, uint32_t rev,
            const uint8_t hash[32], struct sheaf_error *err)
{
    struct redaction red = { .rev = rev };
    int rc;

    memcpy(red.target, hash, 32);
    memcpy(red.id_hash, leaf_id_hash(record.data), 32);
    red.leaf = encode_next_leaf(m->w->encoder);
    if (!buf_add(&m->removed, &red, sizeof red))
        return fail_nomem(err);
    rc = merge_remember(m, red.id_hash, rev, hash, NULL, err);
    if (rc == SHEAF_OK)
        rc = merge_remember_removed(m, hash, err);
    if (rc == SHEAF_OK)
        rc = writer_import_removed(m->w, record, hash, red.id_hash, err);
    m->result.redacted += rc == SHEAF_OK;
    return rc;
}

int
merge_gone_take(struct sheaf_merge *m, struct rewrite *k, uint64_t old,
                struct sheaf_bytes record, uint32_t rev,
                const uint8_t hash[32], struct sheaf_error *err)
{
    struct idset_entry newest;
    uint64_t leaf = MERGE_NOWHERE;
    int rc = merge_find_removed(m, hash, &leaf, err);

    if (rc == SHEAF_OK) {
        m->result.same++;
        return merge_old_leaf(m, k, old, hash, leaf, err);
    }
    if (rc == SHEAF_ENOTFOUND)
        rc = merge_newest(m, leaf_id_hash(record.data), &newest, err);
    if (rc != SHEAF_OK)
        return rc;
    if (!fits(record, rev, &newest)) {
        m->result.left_out++;
        return merge_old_leaf(m, k, old, hash, MERGE_NOWHERE, err);
    }
    rc = merge_old_leaf(m, k, old, hash, encode_next_leaf(m->w->encoder), err);
    return rc == SHEAF_OK ? add_removed(m, record, rev, hash, err) : rc;
}

/* The first redaction of this leaf. */
static const struct said *
find_said(const struct sheaf_merge *m, const uint8_t target[32])
{
    const struct said *all = (const struct said *)m->said.data;
    size_t low = 0, high = m->said.len / sizeof *all;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (memcmp(all[middle].target, target, 32) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < m->said.len / sizeof *all &&
                   memcmp(all[low].target, target, 32) == 0
               ? &all[low]
               : NULL;
}

int
merge_gone_finish(struct sheaf_merge *m, struct sheaf_error *err)
{
    struct redaction *all = (struct redaction *)m->removed.data;
    int rc = SHEAF_OK;

    if (m->said.len != 0)
        qsort(m->said.data, m->said.len / sizeof(struct said),
              sizeof(struct said), compare_said);
    for (size_t i = 0; rc == SHEAF_OK && i < m->removed.len / sizeof *all;
         i++) {
        const struct said *said = find_said(m, all[i].target);

        if (said == NULL)
            return fail_corrupt(err, NO_OFFSET, "F6.6",
                                "an article was removed, and no redaction "
                                "says why");
        all[i].time = said->time;
        all[i].reason = sheaf_view(m->reasons.data + said->at, said->len);
        rc = writer_redact(m->w, &all[i], err);
    }
    return rc;
}
