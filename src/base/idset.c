/*
 * idset.c - remembers the IDs that came before in this packing.
 *
 * The table uses open addressing with linear probing. The first bits of the
 * key give a slot's home, so the table is always nearly sorted, and a run is
 * made by closing the gaps and sorting by insertion.
 *
 * A run is sorted pages of 64 slots. Memory holds, for each run, a Bloom
 * filter (10 bits for each ID: one look-up in 120 reads the disk in vain) and
 * the first key of each page, so a look-up costs one read.
 */
#include "base/idset.h"

#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/sink.h"

#define ID_BYTES 14
#define FIRST_SLOTS ((size_t)1024)
/* Slots behind the table, for entries that do not fit before its end. At the
 * allowed load, a cluster of this many entries is not expected; if there is
 * one, the table counts as full. */
#define SPARE_SLOTS ((size_t)128)
/* Slots for each ID that is expected: with less room, searches are long. */
#define SLOTS_EXPECTED 2
#define PAGE_SLOTS ((size_t)64)
#define RUNS_MAX 64
#define FILTER_BITS 10
#define FILTER_HASHES 7

/* An entry, in memory and in the file, which only this process reads. */
struct slot {
    uint8_t id[ID_BYTES]; /* the last byte is 0 only in a free slot */
    uint8_t content[IDSET_CONTENT_BYTES];
    uint32_t rev;
    uint8_t leaf_hash[SHEAF_HASH_BYTES];
};

_Static_assert(sizeof(struct slot) == 64, "no padding");

struct run {
    uint64_t offset; /* in the temporary file */
    uint64_t count;
    uint64_t filter_bits;
    uint8_t *filter;
    uint64_t *first; /* the first 8 bytes of the first key of each page */
};

struct idset {
    uint8_t key[IDSET_KEY_BYTES];
    struct slot *slots;
    size_t slot_count; /* homes; SPARE_SLOTS more are behind them */
    size_t slot_max;
    size_t used;
    struct temp temp;
    uint64_t temp_end;
    char *tmpdir;
    struct run runs[RUNS_MAX]; /* oldest first */
    size_t run_count;
    struct slot page[PAGE_SLOTS];
};

/* ---- Keys --------------------------------------------------------------- */

static void
hash_id(const struct idset *s, struct sheaf_bytes id, uint8_t out[ID_BYTES])
{
    uint8_t whole[HASH_INNER_BYTES];

    hash_inner(s->key, id.data, id.len, whole);
    memcpy(out, whole, ID_BYTES);
    out[ID_BYTES - 1] |= 1;
}

static bool
is_free(const struct slot *slot)
{
    return slot->id[ID_BYTES - 1] == 0;
}

static int
compare_ids(const uint8_t a[ID_BYTES], const uint8_t b[ID_BYTES])
{
    uint64_t x = get_be(a, 8);
    uint64_t y = get_be(b, 8);

    if (x != y)
        return x < y ? -1 : 1;
    return memcmp(a + 8, b + 8, ID_BYTES - 8);
}

static void
set_bit(uint8_t *bits, uint64_t at)
{
    bits[at / 8] = (uint8_t)(bits[at / 8] | 1u << at % 8);
}

/* The nth bit of an ID in a filter. The bytes are a hash already. The ends
 * overlap in two bytes, which does not matter here. */
static uint64_t
filter_at(const struct run *run, const uint8_t id[ID_BYTES], unsigned n)
{
    uint64_t a = get_be(id, 8);
    uint64_t b = get_be(id + ID_BYTES - 8, 8);

    return (a + n * b) % run->filter_bits;
}

static bool
may_have(const struct run *run, const uint8_t id[ID_BYTES])
{
    for (unsigned n = 0; n < FILTER_HASHES; n++) {
        uint64_t at = filter_at(run, id, n);

        if ((run->filter[at / 8] >> at % 8 & 1) == 0)
            return false;
    }
    return true;
}

/* ---- The table ---------------------------------------------------------- */

/* Where the search for a key begins: its first 32 bits as a fraction of the
 * table. Larger keys begin later. */
static size_t
home_of(size_t slot_count, const uint8_t id[ID_BYTES])
{
    return (size_t)(get_be(id, 4) * (uint64_t)slot_count >> 32);
}

/* The slot that holds `id` or could hold it; NULL if the table has no room. */
static struct slot *
find_slot(struct slot *slots, size_t slot_count, const uint8_t id[ID_BYTES])
{
    struct slot *end = slots + slot_count + SPARE_SLOTS;

    for (struct slot *p = slots + home_of(slot_count, id); p < end; p++) {
        if (is_free(p) || memcmp(p->id, id, ID_BYTES) == 0)
            return p;
    }
    return NULL;
}

/* Grows the table. The last step is to slot_max, and each step is by four: two
 * tables together then take 5/4 of the last one's size, which is `memory`. */
static int
grow(struct idset *s, struct sheaf_error *err)
{
    size_t count = s->slot_max;
    struct slot *slots;

    while (count / 4 > s->slot_count)
        count /= 4;
    slots = mem_new(count + SPARE_SLOTS, sizeof *slots);
    if (slots == NULL)
        return fail_nomem(err);
    for (size_t i = 0; i < s->slot_count + SPARE_SLOTS; i++) {
        struct slot *to;

        if (is_free(&s->slots[i]))
            continue;
        to = find_slot(slots, count, s->slots[i].id);
        if (to == NULL) { /* bad luck, not an error: see SPARE_SLOTS */
            mem_free(slots);
            return SHEAF_END;
        }
        *to = s->slots[i];
    }
    mem_free(s->slots);
    s->slots = slots;
    s->slot_count = count;
    return SHEAF_OK;
}

/* Closes the gaps and sorts. No entry is far from its final place. */
static void
sort_table(struct idset *s)
{
    size_t n = 0;

    for (size_t i = 0; i < s->slot_count + SPARE_SLOTS; i++) {
        struct slot moving = s->slots[i];
        size_t j = n;

        if (is_free(&moving))
            continue;
        while (j > 0 && compare_ids(moving.id, s->slots[j - 1].id) < 0) {
            s->slots[j] = s->slots[j - 1];
            j--;
        }
        s->slots[j] = moving;
        n++;
    }
    assert(n == s->used);
}

static void
clear_table(struct idset *s)
{
    memset(s->slots, 0, (s->slot_count + SPARE_SLOTS) * sizeof *s->slots);
    s->used = 0;
}

/* ---- Runs --------------------------------------------------------------- */

static void
run_free(struct run *run)
{
    mem_free(run->filter);
    mem_free(run->first);
    memset(run, 0, sizeof *run);
}

/* Starts an empty run, with the memory that `most` IDs need. */
static int
run_new(struct run *run, uint64_t offset, uint64_t most,
        struct sheaf_error *err)
{
    memset(run, 0, sizeof *run);
    run->offset = offset;
    run->filter_bits = most * FILTER_BITS;
    run->filter = mem_new((size_t)(run->filter_bits / 8 + 1), 1);
    run->first = mem_new((size_t)(most / PAGE_SLOTS + 1), sizeof *run->first);
    if (run->filter == NULL || run->first == NULL) {
        run_free(run);
        return fail_nomem(err);
    }
    return SHEAF_OK;
}

/* Appends entries to a run, in order. */
static int
run_add(struct run *run, const struct temp *temp, const struct slot *slots,
        size_t count, struct sheaf_error *err)
{
    uint64_t offset = run->offset + run->count * sizeof *slots;

    for (size_t i = 0; i < count; i++, run->count++) {
        for (unsigned n = 0; n < FILTER_HASHES; n++)
            set_bit(run->filter, filter_at(run, slots[i].id, n));
        if (run->count % PAGE_SLOTS == 0)
            run->first[run->count / PAGE_SLOTS] = get_be(slots[i].id, 8);
    }
    return temp_write(temp, offset, slots, count * sizeof *slots, err);
}

static int
search_page(struct idset *s, const struct run *run, uint64_t page,
            const uint8_t id[ID_BYTES], struct idset_entry *out,
            struct sheaf_error *err)
{
    uint64_t at = page * PAGE_SLOTS;
    size_t high = (size_t)min_u64(PAGE_SLOTS, run->count - at);
    size_t low = 0;
    int rc = temp_read(&s->temp, run->offset + at * sizeof *s->page, s->page,
                       high * sizeof *s->page, err);

    if (rc != SHEAF_OK)
        return rc;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct slot *slot = &s->page[middle];
        int c = compare_ids(id, slot->id);

        if (c == 0) {
            out->rev = slot->rev;
            memcpy(out->leaf_hash, slot->leaf_hash, sizeof out->leaf_hash);
            memcpy(out->content, slot->content, sizeof out->content);
            return SHEAF_OK;
        }
        if (c < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return SHEAF_ENOTFOUND;
}

static int
search_run(struct idset *s, const struct run *run, const uint8_t id[ID_BYTES],
           struct idset_entry *out, struct sheaf_error *err)
{
    uint64_t pages = (run->count + PAGE_SLOTS - 1) / PAGE_SLOTS;
    uint64_t start = get_be(id, 8);
    uint64_t low = 0;
    uint64_t high = pages;
    int rc = SHEAF_ENOTFOUND;

    /* Find the last page that starts with a smaller key. All pages that start
     * with the same 8 bytes as the key (nearly always none) come after it. */
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        if (run->first[middle] < start)
            low = middle + 1;
        else
            high = middle;
    }
    if (low > 0)
        rc = search_page(s, run, low - 1, id, out, err);
    while (rc == SHEAF_ENOTFOUND && low < pages && run->first[low] == start)
        rc = search_page(s, run, low++, id, out, err);
    return rc;
}

/* ---- Merging ------------------------------------------------------------ */

/* One of the runs to merge, read through a part of the empty table. */
struct input {
    uint64_t offset;
    uint64_t left;
    struct slot *buffer;
    struct slot *at; /* NULL: at its end */
    struct slot *end;
};

static int
input_next(struct input *in, const struct temp *temp, size_t room,
           struct sheaf_error *err)
{
    size_t n;
    int rc;

    if (in->at != NULL && ++in->at < in->end)
        return SHEAF_OK;
    n = (size_t)min_u64(in->left, room);
    in->at = NULL;
    if (n == 0)
        return SHEAF_OK;
    rc = temp_read(temp, in->offset, in->buffer, n * sizeof *in->buffer, err);
    if (rc != SHEAF_OK)
        return rc;
    in->at = in->buffer;
    in->end = in->buffer + n;
    in->offset += n * sizeof *in->buffer;
    in->left -= n;
    return SHEAF_OK;
}

/* Takes the next entry of all inputs. Where several runs have the ID, the
 * newest counts, and the others are skipped. SHEAF_END: no more. */
static int
merge_next(struct input in[RUNS_MAX], const struct temp *temp, size_t room,
           struct slot *out, struct sheaf_error *err)
{
    const struct slot *least = NULL;

    for (size_t i = RUNS_MAX; i-- > 0;) {
        if (in[i].at != NULL &&
            (least == NULL || compare_ids(in[i].at->id, least->id) < 0))
            least = in[i].at;
    }
    if (least == NULL)
        return SHEAF_END;
    *out = *least;
    for (size_t i = 0; i < RUNS_MAX; i++) {
        int rc = SHEAF_OK;

        if (in[i].at != NULL && memcmp(in[i].at->id, out->id, ID_BYTES) == 0)
            rc = input_next(&in[i], temp, room, err);
        if (rc != SHEAF_OK)
            return rc;
    }
    return SHEAF_OK;
}

static int
merge_into(struct idset *s, struct run *merged, const struct temp *temp,
           struct sheaf_error *err)
{
    struct input in[RUNS_MAX];
    size_t room = (s->slot_count + SPARE_SLOTS) / (RUNS_MAX + 1);
    struct slot *buffer = s->slots + RUNS_MAX * room;
    size_t n = 0;
    int rc = SHEAF_OK;

    for (size_t i = 0; i < RUNS_MAX && rc == SHEAF_OK; i++) {
        in[i].offset = s->runs[i].offset;
        in[i].left = s->runs[i].count;
        in[i].buffer = s->slots + i * room;
        in[i].at = NULL;
        rc = input_next(&in[i], &s->temp, room, err);
    }
    while (rc == SHEAF_OK) {
        rc = merge_next(in, &s->temp, room, &buffer[n], err);
        n += rc == SHEAF_OK;
        if (n == room || (rc == SHEAF_END && n != 0)) {
            int written = run_add(merged, temp, buffer, n, err);

            if (written != SHEAF_OK)
                return written;
            n = 0;
        }
    }
    return rc == SHEAF_END ? SHEAF_OK : rc;
}

/* Merges all runs into one, in a new file, and drops the old file. The table
 * is empty at this time and lends its memory. */
static int
merge(struct idset *s, struct sheaf_error *err)
{
    struct temp temp = TEMP_INIT;
    struct run merged = { 0 };
    uint64_t most = 0;
    int rc;

    assert(s->used == 0 && s->run_count == RUNS_MAX);
    for (size_t i = 0; i < RUNS_MAX; i++)
        most += s->runs[i].count;
    rc = temp_open(&temp, s->tmpdir, err);
    if (rc != SHEAF_OK)
        return rc;
    rc = run_new(&merged, 0, most, err);
    if (rc == SHEAF_OK)
        rc = merge_into(s, &merged, &temp, err);
    if (rc != SHEAF_OK)
        goto out;

    for (size_t i = 0; i < RUNS_MAX; i++)
        run_free(&s->runs[i]);
    temp_close(&s->temp);
    s->temp = temp;
    s->temp_end = merged.count * sizeof(struct slot);
    s->runs[0] = merged;
    s->run_count = 1;
    clear_table(s);
    return SHEAF_OK;

out:
    run_free(&merged);
    temp_close(&temp);
    return rc;
}

/* Writes the table as a run, and empties it. */
static int
spill(struct idset *s, struct sheaf_error *err)
{
    struct run *run = &s->runs[s->run_count];
    int rc = SHEAF_OK;

    if (s->temp.fd < 0)
        rc = temp_open(&s->temp, s->tmpdir, err);
    if (rc == SHEAF_OK)
        rc = run_new(run, s->temp_end, s->used, err);
    if (rc != SHEAF_OK)
        return rc;
    sort_table(s);
    rc = run_add(run, &s->temp, s->slots, s->used, err);
    if (rc != SHEAF_OK) {
        run_free(run);
        return rc;
    }
    s->temp_end += run->count * sizeof *s->slots;
    s->run_count++;
    clear_table(s);
    return s->run_count == RUNS_MAX ? merge(s, err) : SHEAF_OK;
}

/* ---- The calls ---------------------------------------------------------- */

int
idset_new(struct idset **out, size_t memory, const char *tmpdir,
          struct sheaf_error *err)
{
    struct idset *s = NULL;
    int rc = hash_start(err);

    if (rc != SHEAF_OK)
        return rc;
    if (tmpdir == NULL)
        tmpdir = TEMP_DIR_DEFAULT;
    s = mem_new(1, sizeof *s);
    if (s == NULL)
        return fail_nomem(err);
    s->temp = (struct temp)TEMP_INIT;
    s->slot_max = memory / 5 * 4 / sizeof *s->slots;
    if (s->slot_max < FIRST_SLOTS)
        s->slot_max = FIRST_SLOTS;
    if (s->slot_max > UINT32_MAX)
        s->slot_max = UINT32_MAX; /* home_of uses 32 bits of the key */
    s->slot_count = s->slot_max;
    while (s->slot_count / 4 >= FIRST_SLOTS)
        s->slot_count /= 4;
    s->slots = mem_new(s->slot_count + SPARE_SLOTS, sizeof *s->slots);
    s->tmpdir = mem_new(strlen(tmpdir) + 1, 1);
    if (s->slots == NULL || s->tmpdir == NULL) {
        idset_free(s);
        return fail_nomem(err);
    }
    memcpy(s->tmpdir, tmpdir, strlen(tmpdir));
    rc = hash_random(s->key, sizeof s->key, err);
    if (rc != SHEAF_OK) {
        idset_free(s);
        return rc;
    }
    *out = s;
    return SHEAF_OK;
}

void
idset_expect(struct idset *s, uint64_t count)
{
    size_t want = s->slot_max;
    struct slot *slots;

    assert(s->used == 0);
    if (count < want / 4 / SLOTS_EXPECTED)
        want = (size_t)count * SLOTS_EXPECTED;
    if (want <= s->slot_count)
        return;
    slots = mem_new(want + SPARE_SLOTS, sizeof *slots);
    if (slots == NULL)
        return;
    mem_free(s->slots);
    s->slots = slots;
    s->slot_count = want;
}

const uint8_t *
idset_key(const struct idset *s)
{
    return s->key;
}

static int
get_key(struct idset *s, const uint8_t key[ID_BYTES], struct idset_entry *out,
        struct sheaf_error *err)
{
    const struct slot *slot;
    int rc = SHEAF_ENOTFOUND;

    slot = find_slot(s->slots, s->slot_count, key);
    if (slot != NULL && !is_free(slot)) {
        out->rev = slot->rev;
        memcpy(out->leaf_hash, slot->leaf_hash, sizeof out->leaf_hash);
        memcpy(out->content, slot->content, sizeof out->content);
        return SHEAF_OK;
    }
    for (size_t i = s->run_count; i > 0 && rc == SHEAF_ENOTFOUND; i--) {
        if (may_have(&s->runs[i - 1], key))
            rc = search_run(s, &s->runs[i - 1], key, out, err);
    }
    return rc;
}

/* Makes room for a key that is not in the table: grows it while that is
 * allowed, and then writes a run. */
static int
make_room(struct idset *s, struct sheaf_error *err)
{
    int rc = SHEAF_END;

    if (s->slot_count < s->slot_max)
        rc = grow(s, err);
    return rc == SHEAF_END ? spill(s, err) : rc;
}

static int
put_key(struct idset *s, const uint8_t key[ID_BYTES],
        const struct idset_entry *entry, struct sheaf_error *err)
{
    struct slot *slot = find_slot(s->slots, s->slot_count, key);

    while (slot == NULL ||
           (is_free(slot) && s->used >= s->slot_count / 4 * 3)) {
        int rc = make_room(s, err);

        if (rc != SHEAF_OK)
            return rc;
        slot = find_slot(s->slots, s->slot_count, key);
    }
    s->used += is_free(slot);
    memcpy(slot->id, key, ID_BYTES);
    slot->rev = entry->rev;
    memcpy(slot->leaf_hash, entry->leaf_hash, sizeof slot->leaf_hash);
    memcpy(slot->content, entry->content, sizeof slot->content);
    return SHEAF_OK;
}

int
idset_get(struct idset *s, struct sheaf_bytes id, struct idset_entry *out,
          struct sheaf_error *err)
{
    uint8_t key[ID_BYTES];

    hash_id(s, id, key);
    return get_key(s, key, out, err);
}

int
idset_put(struct idset *s, struct sheaf_bytes id,
          const struct idset_entry *entry,
          struct sheaf_error *err)
{
    uint8_t key[ID_BYTES];

    hash_id(s, id, key);
    return put_key(s, key, entry, err);
}

int
idset_swap(struct idset *s, struct sheaf_bytes id,
           const struct idset_entry *entry, struct idset_entry *old,
           struct sheaf_error *err)
{
    uint8_t key[ID_BYTES];
    int found, rc;

    hash_id(s, id, key);
    found = get_key(s, key, old, err);
    if (found != SHEAF_OK && found != SHEAF_ENOTFOUND)
        return found;
    rc = put_key(s, key, entry, err);
    return rc == SHEAF_OK ? found : rc;
}

void
idset_free(struct idset *s)
{
    if (s == NULL)
        return;
    for (size_t i = 0; i < s->run_count; i++)
        run_free(&s->runs[i]);
    temp_close(&s->temp);
    mem_free(s->slots);
    mem_free(s->tmpdir);
    mem_free(s);
}
