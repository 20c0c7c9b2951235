/*
 * merkle.c - the tree of RFC 9162, section 2.1, over hashes.
 */
#include "log/merkle.h"

static unsigned
bit_length(uint64_t v)
{
    return v == 0 ? 0 : 64 - (unsigned)__builtin_clzll(v);
}

/* The largest power of two below n; n is at least 2. */
static uint64_t
split_of(uint64_t n)
{
    return (uint64_t)1 << (bit_length(n - 1) - 1);
}

/* ---- Compact range ------------------------------------------------------- */

void
merkle_range_init(struct merkle_range *r)
{
    memset(r, 0, sizeof *r);
}

void
merkle_range_add(struct merkle_range *r, const uint8_t leaf[HASH_BYTES])
{
    merkle_range_add_subtree(r, 0, leaf);
}

void
merkle_range_add_subtree(struct merkle_range *r, unsigned level,
                         const uint8_t root[HASH_BYTES])
{
    uint8_t h[HASH_BYTES];
    uint64_t count;

    assert(level < 63);
    count = (uint64_t)1 << level;
    assert(r->size % count == 0 && r->size <= MERKLE_SIZE_MAX - count);
    memcpy(h, root, sizeof h);
    for (; r->size >> level & 1; level++)
        hash_node(r->hash[level], h, h);
    memcpy(r->hash[level], h, sizeof h);
    r->size += count;
}

void
merkle_range_root(const struct merkle_range *r, uint8_t out[HASH_BYTES])
{
    uint8_t h[HASH_BYTES];
    uint64_t left = r->size;
    unsigned level;

    if (left == 0) {
        hash_sha256("", 0, out);
        return;
    }
    /* From the right: an incomplete subtree hangs below a larger one. */
    level = (unsigned)__builtin_ctzll(left);
    memcpy(h, r->hash[level], sizeof h);
    for (left &= left - 1; left != 0; left &= left - 1) {
        level = (unsigned)__builtin_ctzll(left);
        hash_node(r->hash[level], h, h);
    }
    memcpy(out, h, sizeof h);
}

void
merkle_root(const uint8_t *hashes, uint64_t n, uint8_t out[HASH_BYTES])
{
    struct merkle_range r;

    merkle_range_init(&r);
    for (uint64_t i = 0; i < n; i++)
        merkle_range_add(&r, hashes + i * HASH_BYTES);
    merkle_range_root(&r, out);
}

/* ---- Making paths -------------------------------------------------------- */

int
merkle_subtree_root(uint64_t start, uint64_t end, merkle_subtree hash_of,
                    void *arg, uint8_t out[HASH_BYTES])
{
    struct merkle_range r;
    uint64_t count = end - start;

    assert(start < end && end <= MERKLE_SIZE_MAX);
    merkle_range_init(&r);
    for (uint64_t done = 0; done < count;) {
        unsigned level = bit_length(count - done) - 1;
        uint8_t h[HASH_BYTES];
        int rc;

        assert((start + done) % ((uint64_t)1 << level) == 0);
        rc = hash_of(arg, start + done, (uint64_t)1 << level, h);
        if (rc != SHEAF_OK)
            return rc;
        merkle_range_add_subtree(&r, level, h);
        done += (uint64_t)1 << level;
    }
    merkle_range_root(&r, out);
    return SHEAF_OK;
}

/* The siblings met on the way down from a root, each of leaves [start, end). */
struct steps {
    struct {
        uint64_t start;
        uint64_t end;
    } at[MERKLE_PATH_MAX];
    size_t count;
};

static void
step(struct steps *s, uint64_t start, uint64_t end)
{
    assert(s->count < COUNT_OF(s->at));
    s->at[s->count].start = start;
    s->at[s->count].end = end;
    s->count++;
}

/* Writes their hashes, the last one first, because a path goes up. */
static int
hash_steps(const struct steps *s, merkle_subtree hash_of, void *arg,
           uint8_t out[MERKLE_PATH_MAX][HASH_BYTES], size_t *count)
{
    for (size_t i = 0; i < s->count; i++) {
        size_t k = s->count - 1 - i;
        int rc = merkle_subtree_root(s->at[k].start, s->at[k].end, hash_of,
                                     arg, out[i]);

        if (rc != SHEAF_OK)
            return rc;
    }
    *count = s->count;
    return SHEAF_OK;
}

int
merkle_inclusion_path(uint64_t index, uint64_t size, merkle_subtree hash_of,
                      void *arg, uint8_t out[MERKLE_PATH_MAX][HASH_BYTES],
                      size_t *count)
{
    struct steps s = { .count = 0 };
    uint64_t start = 0;
    uint64_t end = size;

    if (size > MERKLE_SIZE_MAX || index >= size)
        return SHEAF_EINVAL;
    while (end - start > 1) {
        uint64_t middle = start + split_of(end - start);

        if (index < middle) {
            step(&s, middle, end);
            end = middle;
        } else {
            step(&s, start, middle);
            start = middle;
        }
    }
    return hash_steps(&s, hash_of, arg, out, count);
}

int
merkle_consistency_path(uint64_t m, uint64_t n, merkle_subtree hash_of,
                        void *arg, uint8_t out[MERKLE_PATH_MAX][HASH_BYTES],
                        size_t *count)
{
    struct steps s = { .count = 0 };
    uint64_t start = 0;
    uint64_t end = n;

    if (n > MERKLE_SIZE_MAX || m == 0 || m > n)
        return SHEAF_EINVAL;
    /* Go down to the subtree that ends where the old tree ended. */
    while (end != m) {
        uint64_t middle = start + split_of(end - start);

        if (m <= middle) {
            step(&s, middle, end);
            end = middle;
        } else {
            step(&s, start, middle);
            start = middle;
        }
    }
    /* If it starts at 0, that subtree is the old tree, whose root is known. */
    if (start != 0)
        step(&s, start, end);
    return hash_steps(&s, hash_of, arg, out, count);
}

/* ---- Checking paths ------------------------------------------------------ */

/*
 * Both checks climb from a node at `at` in a row whose last node is `last`.
 * At each row an odd node has its sibling on the left; an even one has it on
 * the right, unless it is the last, which moves up alone and uses no hash.
 */
size_t
merkle_inclusion_length(uint64_t index, uint64_t size)
{
    unsigned inner;

    assert(index < size && size <= MERKLE_SIZE_MAX);
    /* Every row has a sibling up to where leaf and last leaf meet. Above that,
     * only the rows have one where the node is odd. */
    inner = bit_length(index ^ (size - 1));
    return inner + (size_t)__builtin_popcountll(index >> inner);
}

size_t
merkle_consistency_length(uint64_t m, uint64_t n)
{
    unsigned level;
    uint64_t at;

    assert(m != 0 && m <= n && n <= MERKLE_SIZE_MAX);
    if (m == n)
        return 0;
    level = (unsigned)__builtin_ctzll(m);
    at = (m - 1) >> level;
    return merkle_inclusion_length(at, ((n - 1) >> level) + 1) + (at != 0);
}

bool
merkle_check_inclusion(uint64_t index, uint64_t size,
                       const uint8_t leaf[HASH_BYTES], const uint8_t *path,
                       size_t count, const uint8_t root[HASH_BYTES])
{
    uint8_t h[HASH_BYTES];
    uint64_t at = index;
    uint64_t last = size - 1;

    if (size > MERKLE_SIZE_MAX || index >= size ||
        count != merkle_inclusion_length(index, size))
        return false;
    memcpy(h, leaf, sizeof h);
    for (; last > 0; at >>= 1, last >>= 1) {
        if (at & 1)
            hash_node(path, h, h);
        else if (at < last)
            hash_node(h, path, h);
        else
            continue;
        path += HASH_BYTES;
    }
    return memcmp(h, root, sizeof h) == 0;
}

bool
merkle_check_consistency(uint64_t m, uint64_t n,
                         const uint8_t root_m[HASH_BYTES],
                         const uint8_t root_n[HASH_BYTES],
                         const uint8_t *path, size_t count)
{
    uint8_t old[HASH_BYTES];
    uint8_t new[HASH_BYTES];
    unsigned level;
    uint64_t at;
    uint64_t last;

    if (n > MERKLE_SIZE_MAX || m == 0 || m > n ||
        count != merkle_consistency_length(m, n))
        return false;
    if (m == n)
        return memcmp(root_m, root_n, HASH_BYTES) == 0;

    /* The last perfect subtree of the old tree is a node of both trees. It is
     * the whole old tree if m is a power of two; otherwise the path begins
     * with it. */
    level = (unsigned)__builtin_ctzll(m);
    at = (m - 1) >> level;
    last = (n - 1) >> level;
    memcpy(old, at == 0 ? root_m : path, sizeof old);
    if (at != 0)
        path += HASH_BYTES;
    memcpy(new, old, sizeof new);
    for (; last > 0; at >>= 1, last >>= 1) {
        if (at & 1) {
            hash_node(path, old, old);
            hash_node(path, new, new);
        } else if (at < last) {
            hash_node(new, path, new);
        } else {
            continue;
        }
        path += HASH_BYTES;
    }
    return memcmp(old, root_m, sizeof old) == 0 &&
           memcmp(new, root_n, sizeof new) == 0;
}

/* ---- Many leaves at once ------------------------------------------------- */

/* A walk over the tree from left to right: what it uses, and what it meets. */
struct set_walk {
    const uint64_t *leaves;
    int (*without)(struct set_walk *w, uint64_t start, uint64_t end,
                   uint8_t out[HASH_BYTES]);
    bool hashing;           /* compute nodes, or only count? */
    const uint8_t *hashes;  /* of the leaves; NULL when not hashing */
    merkle_subtree hash_of; /* to make a path */
    void *arg;
    const uint8_t *path;    /* to check one: what is left of it */
    uint8_t *out;
    size_t left;            /* hashes that may be taken, or ... */
    size_t met;             /* ... that are needed */
};

/* The leaves of the set with numbers from first to end are those in [a, b).
 * The recursion is as deep as the tree is high, 63 at most. */
static int
walk_set(struct set_walk *w, uint64_t a, uint64_t b, size_t first, size_t end,
         uint8_t out[HASH_BYTES])
{
    uint8_t left[HASH_BYTES];
    uint8_t right[HASH_BYTES];
    uint64_t middle;
    size_t lo = first;
    size_t hi = end;
    int rc;

    if (first == end)
        return w->without(w, a, b, out);
    if (b - a == 1) {
        if (w->hashing)
            memcpy(out, w->hashes + first * HASH_BYTES, HASH_BYTES);
        return SHEAF_OK;
    }
    middle = a + split_of(b - a);
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (w->leaves[mid] < middle)
            lo = mid + 1;
        else
            hi = mid;
    }
    rc = walk_set(w, a, middle, first, lo, left);
    if (rc == SHEAF_OK)
        rc = walk_set(w, middle, b, lo, end, right);
    if (rc == SHEAF_OK && w->hashing)
        hash_node(left, right, out);
    return rc;
}

static int
count_stretch(struct set_walk *w, uint64_t start, uint64_t end,
              uint8_t out[HASH_BYTES])
{
    (void)start;
    (void)end;
    (void)out;
    w->met++;
    return SHEAF_OK;
}

static int
put_stretch(struct set_walk *w, uint64_t start, uint64_t end,
            uint8_t out[HASH_BYTES])
{
    int rc = merkle_subtree_root(start, end, w->hash_of, w->arg, w->out);

    (void)out;
    w->out += HASH_BYTES;
    return rc;
}

static int
take_stretch(struct set_walk *w, uint64_t start, uint64_t end,
             uint8_t out[HASH_BYTES])
{
    (void)start;
    (void)end;
    if (w->left == 0)
        return SHEAF_EVERIFY;
    memcpy(out, w->path, HASH_BYTES);
    w->path += HASH_BYTES;
    w->left--;
    return SHEAF_OK;
}

static bool
set_ok(const uint64_t *leaves, size_t count, uint64_t size)
{
    if (count == 0 || size > MERKLE_SIZE_MAX || leaves[count - 1] >= size)
        return false;
    for (size_t i = 1; i < count; i++) {
        if (leaves[i] <= leaves[i - 1])
            return false;
    }
    return true;
}

size_t
merkle_set_length(const uint64_t *leaves, size_t count, uint64_t size)
{
    struct set_walk w = { .leaves = leaves, .without = count_stretch };
    uint8_t unused[HASH_BYTES];

    assert(set_ok(leaves, count, size));
    (void)walk_set(&w, 0, size, 0, count, unused);
    return w.met;
}

int
merkle_set_path(const uint64_t *leaves, size_t count, uint64_t size,
                merkle_subtree hash_of, void *arg, uint8_t *out)
{
    struct set_walk w = { .leaves = leaves, .without = put_stretch,
                          .hash_of = hash_of, .arg = arg, .out = out };
    uint8_t unused[HASH_BYTES];

    if (!set_ok(leaves, count, size))
        return SHEAF_EINVAL;
    return walk_set(&w, 0, size, 0, count, unused);
}

bool
merkle_set_root(const uint64_t *leaves, const uint8_t *hashes, size_t count,
                uint64_t size, const uint8_t *path, size_t path_count,
                uint8_t out[HASH_BYTES])
{
    struct set_walk w = { .leaves = leaves, .without = take_stretch,
                          .hashing = true, .hashes = hashes, .path = path,
                          .left = path_count };
    uint8_t root[HASH_BYTES];

    if (!set_ok(leaves, count, size) ||
        walk_set(&w, 0, size, 0, count, root) != SHEAF_OK || w.left != 0)
        return false;
    memcpy(out, root, HASH_BYTES);
    return true;
}
