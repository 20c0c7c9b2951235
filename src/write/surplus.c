/*
 * surplus.c - generations without leaves that are too many.
 *
 * Anybody can put one in, as a copy of an earlier one, and move all offsets
 * behind it along. A seal states how many generations there were before it, and
 * the hash of the last one's note. Of those without leaves that stand before a
 * seal, as many are left out as it does not count.
 */
#include "write/mend.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"

struct member {
    size_t number;            /* it is k->ends[number] */
    bool known;               /* its top can be read */
    uint8_t note[HASH_BYTES]; /* its hash, as a seal states it */
    bool surplus;
};

/* A generation with leaves, and those without that follow it. */
struct row {
    struct member *all;
    size_t count, room;
    uint64_t size; /* leaves up to there */
};

/* The oldest first. */
static int
compare_numbers(const void *a, const void *b)
{
    const struct member *x = a, *y = b;

    return (x->number < y->number) - (x->number > y->number);
}

static int
compare_notes(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    int order = memcmp(x->note, y->note, HASH_BYTES);

    return order != 0 ? order : compare_numbers(a, b);
}

/* The newest ones, until the last one's note is what the seal states. Gives how
 * many are still too many. */
static uint64_t
leave_out_last(struct row *row, uint64_t surplus,
               const uint8_t stated[HASH_BYTES])
{
    for (size_t i = row->count; surplus != 0 && i-- > 1;) {
        struct member *m = &row->all[i];

        if (!m->known || memcmp(m->note, stated, HASH_BYTES) == 0)
            break;
        m->surplus = true;
        surplus--;
    }
    return surplus;
}

/* Those with the note of another, but not the last one that is left. */
static uint64_t
leave_out_copies(struct row *row, uint64_t surplus)
{
    const size_t size = sizeof *row->all, count = row->count;
    const size_t first = row->all[0].number;
    struct member *kept = NULL;
    size_t last = count - 1;

    while (row->all[last].surplus)
        last--;
    last = row->all[last].number;
    qsort(row->all, count, size, compare_notes);
    for (size_t i = 0; surplus != 0 && i < count; i++) {
        struct member *m = &row->all[i], *copy = m;

        if (m->surplus)
            continue;
        if (kept == NULL || memcmp(m->note, kept->note, HASH_BYTES) != 0) {
            kept = m;
            continue;
        }
        if (m->number == last) {
            copy = kept;
            kept = m;
        }
        if (copy->number == first)
            continue;
        copy->surplus = true;
        surplus--;
    }
    qsort(row->all, count, size, compare_numbers);
    return surplus;
}

static void
leave_out(struct row *row, uint64_t surplus, const uint8_t stated[HASH_BYTES])
{
    surplus = leave_out_last(row, surplus, stated);
    surplus = leave_out_copies(row, surplus);
    for (size_t i = 1; surplus != 0 && i < row->count; i++) {
        surplus -= !row->all[i].surplus;
        row->all[i].surplus = true;
    }
}

/* Asks the seal of the generation after the row, which has this top. Before the
 * row there are `kept` generations. If the seal is damaged, it does not say. */
static void
ask_seal(const struct rewrite *k, struct row *row, const struct top *top,
         uint64_t kept)
{
    const uint64_t count = kept + row->count;
    struct leaf_stored leaf;
    struct seal seal;

    if (row->count > 1 &&
        reader_stored(k->r, k->s, top->seal, &leaf, NULL) == SHEAF_OK &&
        seal_decode(leaf.part, top->seal, &seal, NULL) == SHEAF_OK &&
        seal.prev_size == row->size && seal.generation != 0 &&
        seal.generation <= count)
        leave_out(row, count + 1 - seal.generation, seal.prev_note);
}

/* Adds the next generation; `top` is NULL if it is lost. */
static int
add(struct row *row, size_t number, const struct top *top,
    struct sheaf_error *err)
{
    struct member *m;

    if (!mem_grow(&row->all, &row->room, row->count + 1, sizeof *row->all))
        return fail_nomem(err);
    m = &row->all[row->count++];
    *m = (struct member){ .number = number, .known = top != NULL };
    if (top != NULL && top->note.len != 0)
        hash_blake2b(top->note.data, top->note.len, m->note);
    return SHEAF_OK;
}

/* Keeps what is not surplus, before k->ends[*to], which then is the first. */
static int
keep(struct rewrite *k, size_t *to, struct row *row, struct sheaf_error *err)
{
    for (size_t i = 0; i < row->count; i++) {
        const struct end e = k->ends[row->all[i].number];

        if (!row->all[i].surplus)
            k->ends[--*to] = e;
        else if (!buf_add(&k->left_out, &e, sizeof e))
            return fail_nomem(err);
    }
    row->count = 0;
    return SHEAF_OK;
}

/* Takes the generation that k->ends[i] ends. */
static int
take(struct rewrite *k, size_t i, struct kept_base *base, struct row *row,
     size_t *to, struct sheaf_error *err)
{
    const struct end *e = &k->ends[i];
    struct top top = { 0 };
    int rc = reader_next_top(k->r, e, base, &top, err);
    const struct top *known = rc == SHEAF_OK ? &top : NULL;

    if (rc == SHEAF_OK || rc == SHEAF_ECORRUPT) {
        if (e->size != row->size) {
            if (known != NULL)
                ask_seal(k, row, known, k->end_count - *to);
            rc = keep(k, to, row, err);
            row->size = e->size;
        } else {
            rc = SHEAF_OK;
        }
        if (rc == SHEAF_OK)
            rc = add(row, i, known, err);
    }
    top_free(&top);
    return rc;
}

int
mend_drop_surplus(struct rewrite *k, struct sheaf_error *err)
{
    struct kept_base base = { 0 };
    struct row row = { 0 };
    size_t to = k->end_count;
    int rc = SHEAF_OK;

    for (size_t i = k->end_count; rc == SHEAF_OK && i-- > 0;)
        rc = take(k, i, &base, &row, &to, err);
    if (rc == SHEAF_OK)
        rc = keep(k, &to, &row, err);
    if (rc == SHEAF_OK) {
        k->end_count -= to;
        memmove(k->ends, k->ends + to, k->end_count * sizeof *k->ends);
    }
    kept_base_free(&base);
    mem_free(row.all);
    return rc;
}
