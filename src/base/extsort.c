/*
 * extsort.c - sorts more records than fit in memory.
 *
 * In memory this is a radix sort in place, from the first byte on, which
 * leaves small groups to an insertion sort. Its work is bounded by the size of
 * the records: no order and no choice of keys makes it slow.
 *
 * On disk there are sorted runs, one after the other, merged by a loser tree.
 * The leaves are the runs. Each inner node holds the run that lost its match
 * there, and node 0 the overall winner. To find the next winner, only the
 * matches on the path from the last winner's leaf are played again.
 */
#include "base/extsort.h"

#include "base/cursor.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/sink.h"

#define FIRST_BYTES ((size_t)64 << 10)
#define RUN_BUFFER_MIN ((size_t)4096)
#define INSERTION_MAX 24

struct run {
    uint64_t offset; /* of what is not yet in the buffer */
    uint64_t left;   /* records, not yet in the buffer */
    uint8_t *at;     /* the next record; NULL when there are no more */
    uint8_t *end;    /* of the records in the buffer */
    uint8_t *buffer;
};

struct extsort {
    size_t size;     /* of a record */
    size_t memory;
    uint64_t count;  /* records added */
    bool started;

    uint8_t *records;
    size_t used;     /* records in `records` */
    size_t cap;
    size_t cap_max;
    size_t taken;    /* by extsort_next, if nothing was spilled */

    struct temp temp;
    char *tmpdir;
    uint64_t spilled; /* bytes */
    struct run *runs;
    size_t run_count;
    size_t run_cap;
    size_t run_buffer; /* records */
    uint32_t *losers;
    bool given;        /* the winner's first record has been given out */
};

/* ---- In memory ----------------------------------------------------------- */

/* These are always inlined, so that for a size that the compiler knows the
 * copies become moves. */
#define INLINED static inline __attribute__((always_inline))

/* Compares records that are equal up to `depth`. Mostly the next eight
 * bytes decide. */
INLINED bool
is_before(const uint8_t *a, const uint8_t *b, size_t size, size_t depth)
{
    if (size - depth >= 8) {
        uint64_t x = get_be(a + depth, 8);
        uint64_t y = get_be(b + depth, 8);

        if (x != y)
            return x < y;
        depth += 8;
    }
    return memcmp(a + depth, b + depth, size - depth) < 0;
}

INLINED void
insertion_sort(uint8_t *p, size_t count, size_t size, size_t depth)
{
    uint8_t moving[EXTSORT_RECORD_MAX];

    for (size_t i = 1; i < count; i++) {
        size_t j = i;

        if (!is_before(p + i * size, p + (i - 1) * size, size, depth))
            continue;
        memcpy(moving, p + i * size, size);
        do {
            memcpy(p + j * size, p + (j - 1) * size, size);
            j--;
        } while (j > 0 && is_before(moving, p + (j - 1) * size, size, depth));
        memcpy(p + j * size, moving, size);
    }
}

/* Groups the records by the byte at `depth`: ends[b] is where group b ends.
 * It takes out the first misplaced record, swaps it with the record in its
 * own place, and so on, until one belongs in the gap. */
INLINED void
group(uint8_t *p, size_t count, size_t size, size_t depth, size_t ends[256])
{
    size_t next[256];
    size_t sum = 0;

    memset(ends, 0, 256 * sizeof ends[0]);
    for (size_t i = 0; i < count; i++)
        ends[p[i * size + depth]]++;
    for (size_t b = 0; b < 256; b++) {
        next[b] = sum;
        sum += ends[b];
        ends[b] = sum;
    }
    for (size_t b = 0; b < 256; b++) {
        while (next[b] < ends[b]) {
            uint8_t *gap = p + next[b] * size;
            uint8_t out[EXTSORT_RECORD_MAX];

            if (gap[depth] == b) {
                next[b]++;
                continue;
            }
            memcpy(out, gap, size);
            while (out[depth] != b) {
                uint8_t *home = p + next[out[depth]]++ * size;
                uint8_t in[EXTSORT_RECORD_MAX];

                memcpy(in, home, size);
                memcpy(home, out, size);
                memcpy(out, in, size);
            }
            memcpy(gap, out, size);
            next[b]++;
        }
    }
}

static void radix_sort(uint8_t *p, size_t count, size_t size, size_t depth);

/* Sorts by the byte at `depth`, then each group. The recursion is at most
 * as deep as a record is long. */
INLINED void
radix_step(uint8_t *p, size_t count, size_t size, size_t depth)
{
    size_t ends[256];
    size_t from = 0;

    if (count <= INSERTION_MAX) {
        insertion_sort(p, count, size, depth);
        return;
    }
    group(p, count, size, depth, ends);
    if (depth + 1 == size)
        return;
    for (size_t b = 0; b < 256; b++) {
        if (ends[b] - from > 1)
            radix_sort(p + from * size, ends[b] - from, size, depth + 1);
        from = ends[b];
    }
}

/* The record sizes of an archive's index get code of their own. */
static void
radix_sort(uint8_t *p, size_t count, size_t size, size_t depth)
{
    if (size == 20)
        radix_step(p, count, 20, depth);
    else
        radix_step(p, count, size, depth);
}

static int
grow(struct extsort *s, struct sheaf_error *err)
{
    size_t cap = s->cap != 0 ? s->cap * 2 : FIRST_BYTES / s->size;
    uint8_t *records;

    if (s->cap > s->cap_max / 2 || cap > s->cap_max)
        cap = s->cap_max;
    records = mem_resize(s->records, cap, s->size);
    if (records == NULL)
        return fail_nomem(err);
    s->records = records;
    s->cap = cap;
    return SHEAF_OK;
}

/* ---- Runs ---------------------------------------------------------------- */

/* Writes the records in memory as a run. */
static int
spill(struct extsort *s, struct sheaf_error *err)
{
    struct run *run;
    size_t bytes = s->used * s->size;
    int rc = SHEAF_OK;

    if (!mem_grow(&s->runs, &s->run_cap, s->run_count + 1, sizeof *s->runs))
        return fail_nomem(err);
    if (s->temp.fd < 0)
        rc = temp_open(&s->temp, s->tmpdir, err);
    if (rc != SHEAF_OK)
        return rc;
    radix_sort(s->records, s->used, s->size, 0);
    rc = temp_write(&s->temp, s->spilled, s->records, bytes, err);
    if (rc != SHEAF_OK)
        return rc;
    run = &s->runs[s->run_count++];
    memset(run, 0, sizeof *run);
    run->offset = s->spilled;
    run->left = s->used;
    s->spilled += bytes;
    s->used = 0;
    return SHEAF_OK;
}

/* Reads the next records of a run whose buffer is used up. */
static int
refill(struct extsort *s, struct run *run, struct sheaf_error *err)
{
    size_t n = (size_t)min_u64(run->left, s->run_buffer);
    int rc;

    if (n == 0) {
        run->at = NULL;
        return SHEAF_OK;
    }
    rc = temp_read(&s->temp, run->offset, run->buffer, n * s->size, err);
    if (rc != SHEAF_OK)
        return rc;
    run->at = run->buffer;
    run->end = run->buffer + n * s->size;
    run->offset += n * s->size;
    run->left -= n;
    return SHEAF_OK;
}

/* A run that has ended loses to all others. */
static bool
beats(const struct extsort *s, uint32_t a, uint32_t b)
{
    const uint8_t *x = s->runs[a].at;
    const uint8_t *y = s->runs[b].at;

    if (x == NULL || y == NULL)
        return x != NULL;
    return is_before(x, y, s->size, 0);
}

/* Run `k` has a new first record: replays its matches. Leaf k is node
 * run_count + k; the parent of node n is n / 2, down to 1. */
static void
replay(struct extsort *s, uint32_t k)
{
    uint32_t winner = k;

    for (size_t n = (s->run_count + k) / 2; n > 0; n /= 2) {
        if (beats(s, s->losers[n], winner)) {
            uint32_t loser = winner;

            winner = s->losers[n];
            s->losers[n] = loser;
        }
    }
    s->losers[0] = winner;
}

/* Plays all matches, from the leaves up. The upper half of the space holds the
 * winners in the meantime. */
static void
play_all(struct extsort *s)
{
    uint32_t *winners = s->losers + s->run_count;
    size_t k = s->run_count;

    /* winners[n] for n in 1 .. k - 1 is the winner at inner node n; a leaf is
     * its own winner. Node 0 has no match; it takes the winner of node 1. */
    for (size_t n = k - 1; n > 0; n--) {
        size_t left = 2 * n;
        size_t right = left + 1;
        uint32_t a = left >= k ? (uint32_t)(left - k) : winners[left];
        uint32_t b = right >= k ? (uint32_t)(right - k) : winners[right];
        bool first = !beats(s, b, a);

        winners[n] = first ? a : b;
        s->losers[n] = first ? b : a;
    }
    s->losers[0] = k > 1 ? winners[1] : 0;
}

static int
start_merge(struct extsort *s, struct sheaf_error *err)
{
    size_t each;
    size_t bytes;

    assert(s->run_count != 0 && s->run_count <= UINT32_MAX);
    each = s->memory / s->run_count;
    if (each < RUN_BUFFER_MIN)
        each = RUN_BUFFER_MIN;
    s->run_buffer = each / s->size;
    bytes = s->run_buffer * s->size;

    mem_free(s->records);
    s->records = mem_new(s->run_count, bytes);
    s->losers = mem_new(s->run_count, 2 * sizeof *s->losers);
    if (s->records == NULL || s->losers == NULL)
        return fail_nomem(err);
    for (size_t i = 0; i < s->run_count; i++) {
        int rc;

        s->runs[i].buffer = s->records + i * bytes;
        rc = refill(s, &s->runs[i], err);
        if (rc != SHEAF_OK)
            return rc;
    }
    play_all(s);
    return SHEAF_OK;
}

/* ---- The calls ----------------------------------------------------------- */

int
extsort_new(struct extsort **out, size_t record_size, size_t memory,
           const char *tmpdir, struct sheaf_error *err)
{
    struct extsort *s;

    assert(record_size >= 1 && record_size <= EXTSORT_RECORD_MAX);
    if (tmpdir == NULL)
        tmpdir = TEMP_DIR_DEFAULT;
    s = mem_new(1, sizeof *s);
    if (s == NULL)
        return fail_nomem(err);
    s->temp = (struct temp)TEMP_INIT;
    s->size = record_size;
    s->memory = memory > RUN_BUFFER_MIN ? memory : RUN_BUFFER_MIN;
    s->cap_max = s->memory / record_size;
    s->tmpdir = mem_new(strlen(tmpdir) + 1, 1);
    if (s->tmpdir == NULL) {
        extsort_free(s);
        return fail_nomem(err);
    }
    memcpy(s->tmpdir, tmpdir, strlen(tmpdir));
    *out = s;
    return SHEAF_OK;
}

int
extsort_add(struct extsort *s, const void *record, struct sheaf_error *err)
{
    int rc = SHEAF_OK;

    assert(!s->started);
    if (s->used == s->cap) {
        rc = s->cap < s->cap_max ? grow(s, err) : spill(s, err);
        if (rc != SHEAF_OK)
            return rc;
    }
    memcpy(s->records + s->used * s->size, record, s->size);
    s->used++;
    s->count++;
    return SHEAF_OK;
}

int
extsort_start(struct extsort *s, struct sheaf_error *err)
{
    int rc;

    assert(!s->started);
    s->started = true;
    if (s->run_count == 0) {
        if (s->used != 0)
            radix_sort(s->records, s->used, s->size, 0);
        return SHEAF_OK;
    }
    rc = spill(s, err);
    if (rc != SHEAF_OK)
        return rc;
    return start_merge(s, err);
}

int
extsort_next(struct extsort *s, void *record, struct sheaf_error *err)
{
    const struct run *run;

    assert(s->started);
    if (s->run_count == 0) {
        if (s->taken == s->used)
            return SHEAF_END;
        memcpy(record, s->records + s->taken * s->size, s->size);
        s->taken++;
        return SHEAF_OK;
    }
    /* The winner moves on only in the next call, so that a failed refill loses
     * no record. */
    if (s->given) {
        struct run *last = &s->runs[s->losers[0]];
        int rc = SHEAF_OK;

        last->at += s->size;
        if (last->at == last->end)
            rc = refill(s, last, err);
        if (rc != SHEAF_OK)
            return rc;
        replay(s, s->losers[0]);
    }
    run = &s->runs[s->losers[0]];
    s->given = run->at != NULL;
    if (run->at == NULL)
        return SHEAF_END;
    memcpy(record, run->at, s->size);
    return SHEAF_OK;
}

void
extsort_free(struct extsort *s)
{
    if (s == NULL)
        return;
    temp_close(&s->temp);
    mem_free(s->records);
    mem_free(s->runs);
    mem_free(s->losers);
    mem_free(s->tmpdir);
    mem_free(s);
}
