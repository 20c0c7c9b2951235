/*
 * Hashes and the tree. The tree is compared with RFC 9162's recursive
 * definitions, implemented here literally, for all sizes to 130, and with
 * vectors from another program, on which several tools for transparency logs
 * agreed. Sizes that no array can have are tested with a tree of equal leaves.
 */
#include <stdlib.h>

#include "base/cursor.h"
#include "base/hash.h"
#include "log/merkle.h"
#include "tap.h"
#include "leaves.h"

#define VECTORS "tests/vectors/"
#define SIZES 130
/* Every change to every path is tried in trees of up to this size. */
#define CHANGED 66

static uint8_t leaves[SIZES + 2][HASH_BYTES];

static void
from_hex(const char *hex, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char pair[3] = { hex[2 * i], hex[2 * i + 1], '\0' };

        out[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
}

static void
eq_hex(const uint8_t *got, const char *want, const char *what)
{
    uint8_t bytes[HASH_BYTES];
    size_t len = strlen(want) / 2;

    from_hex(want, bytes, len);
    eq_mem(got, bytes, len, "%s", what);
}

static void
leaf_of(uint64_t i, uint8_t out[HASH_BYTES])
{
    char text[32];
    int n = snprintf(text, sizeof text, "leaf %llu", (unsigned long long)i);

    hash_leaf(text, (size_t)n, out);
}

/* ---- RFC 9162, 2.1, to the letter ---------------------------------------- */

static uint64_t
naive_k(uint64_t n)
{
    uint64_t k = 1;

    while (2 * k < n)
        k *= 2;
    return k;
}

static void
naive_mth(uint64_t start, uint64_t end, uint8_t out[HASH_BYTES])
{
    uint8_t left[HASH_BYTES];
    uint8_t right[HASH_BYTES];
    uint64_t n = end - start;

    if (n == 0) {
        hash_sha256("", 0, out);
    } else if (n == 1) {
        memcpy(out, leaves[start], HASH_BYTES);
    } else {
        naive_mth(start, start + naive_k(n), left);
        naive_mth(start + naive_k(n), end, right);
        hash_node(left, right, out);
    }
}

static size_t
naive_path(uint64_t m, uint64_t start, uint64_t end,
           uint8_t out[MERKLE_PATH_MAX][HASH_BYTES])
{
    uint64_t n = end - start;
    uint64_t k;
    size_t count;

    if (n == 1)
        return 0;
    k = naive_k(n);
    if (m < k) {
        count = naive_path(m, start, start + k, out);
        naive_mth(start + k, end, out[count]);
    } else {
        count = naive_path(m - k, start + k, end, out);
        naive_mth(start, start + k, out[count]);
    }
    return count + 1;
}

static size_t
naive_subproof(uint64_t m, uint64_t start, uint64_t end, bool known,
               uint8_t out[MERKLE_PATH_MAX][HASH_BYTES])
{
    uint64_t n = end - start;
    uint64_t k;
    size_t count;

    if (m == n) {
        if (known)
            return 0;
        naive_mth(start, end, out[0]);
        return 1;
    }
    k = naive_k(n);
    if (m <= k) {
        count = naive_subproof(m, start, start + k, known, out);
        naive_mth(start + k, end, out[count]);
    } else {
        count = naive_subproof(m - k, start + k, end, false, out);
        naive_mth(start, start + k, out[count]);
    }
    return count + 1;
}

/* ---- Hashes -------------------------------------------------------------- */

static void
test_hashes(void)
{
    static const uint8_t key[HASH_BYTES] = { 7 };
    uint8_t want[HASH_BYTES];
    uint8_t got[HASH_BYTES];
    char bytes[1000];
    struct hash_blake *h;

    hash_sha256("abc", 3, got);
    eq_hex(got, "ba7816bf8f01cfea414140de5dae2223"
                "b00361a396177a9cb410ff61f20015ad", "SHA-256 of FIPS 180");
    hash_blake2b("abc", 3, got);
    eq_hex(got, "bddd813c634239723171ef3fee98579b"
                "94964e3bb1cb3e427262c8c068d52319", "BLAKE2b-256, as b2sum");
    hash_check64("abc", 3, got);
    eq_hex(got, "bddd813c63423972", "check64 is its start");
    hash_blake2b("", 0, got);
    eq_hex(got, "0e5751c026e543b2e8ab2eb06099daa1"
                "d1e5df47778f7787faab45cdf12fe3a8", "BLAKE2b-256 of nothing");
    hash_leaf("", 0, got);
    eq_hex(got, "6e340b9cffb37a989ca544e6bb780a2c"
                "78901d3fb33738768511a30617afa01d", "the empty leaf");

    memset(bytes, 'x', sizeof bytes);
    /* Also where malloc's alignment is less than the state's. */
    for (size_t shift = 0; shift < 64; shift += 16) {
        uint8_t *at = malloc(sizeof *h + shift);

        h = (void *)(at + shift);
        hash_blake_start(h);
        hash_blake_add(h, bytes, 1);
        hash_blake_add(h, bytes, 0);
        hash_blake_add(h, bytes, 999);
        hash_blake_end(h, got);
        hash_blake2b(bytes, sizeof bytes, want);
        ok(memcmp(got, want, sizeof got) == 0, "BLAKE2b in pieces, at %zu",
           shift);
        hash_blake_start_keyed(h, key);
        hash_blake_add(h, bytes, sizeof bytes);
        hash_blake_end(h, got);
        free(at);
    }
    hash_blake2b_keyed(key, bytes, sizeof bytes, want);
    eq_mem(got, want, sizeof got, "keyed BLAKE2b in pieces");
    hash_blake2b(bytes, sizeof bytes, got);
    ok(memcmp(got, want, sizeof got) != 0, "the key matters");
}

/* ---- Roots and ranges ---------------------------------------------------- */

static void
test_known_roots(void)
{
    /* The tree that Certificate Transparency's tests have used all along. */
    static const struct {
        const char *leaf;
        size_t len;
        const char *root;
    } known[] = {
        { "", 0, "6e340b9cffb37a989ca544e6bb780a2c"
                 "78901d3fb33738768511a30617afa01d" },
        { "\0", 1, "fac54203e7cc696cf0dfcb42c92a1d9d"
                   "baf70ad9e621f4bd8d98662f00e3c125" },
        { "\x10", 1, "aeb6bcfe274b70a14fb067a5e5578264"
                     "db0fa9b51af5e0ba159158f329e06e77" },
        { "\x20\x21", 2, "d37ee418976dd95753c1c73862b9398f"
                         "a2a2cf9b4ff0fdfe8b30cd95209614b7" },
        { "\x30\x31", 2, "4e3bbb1f7b478dcfe71fb631631519a3"
                         "bca12c9aefca1612bfce4c13a86264d4" },
        { "\x40\x41\x42\x43", 4, "76e67dadbcdf1e10e1b74ddc608abd2f"
                                 "98dfb16fbce75277b5232a127f2087ef" },
        { "\x50\x51\x52\x53\x54\x55\x56\x57", 8,
          "ddb89be403809e325750d3d263cd7892"
          "9c2942b7942a34b77e122c9594a74c8c" },
        { "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
          16, "5dc9da79a70659a9ad559cb701ded9a2"
              "ab9d823aad2f4960cfe370eff4604328" },
    };
    struct merkle_range r;
    uint8_t h[HASH_BYTES];

    merkle_range_init(&r);
    merkle_range_root(&r, h);
    eq_hex(h, "e3b0c44298fc1c149afbf4c8996fb924"
              "27ae41e4649b934ca495991b7852b855", "root of no leaves");
    for (size_t i = 0; i < COUNT_OF(known); i++) {
        hash_leaf(known[i].leaf, known[i].len, h);
        merkle_range_add(&r, h);
        merkle_range_root(&r, h);
        eq_hex(h, known[i].root, "root of Certificate Transparency's leaves");
    }
    eq_int(r.size, COUNT_OF(known), "the range counts");
}

/* Each size in every way: leaf by leaf, and as perfect subtrees of at most
 * 2^level leaves followed by single leaves; through save and load. */
static bool
range_agrees(uint64_t n)
{
    uint8_t want[HASH_BYTES];
    uint8_t got[HASH_BYTES];

    naive_mth(0, n, want);
    merkle_root(leaves[0], n, got);
    if (memcmp(got, want, sizeof got) != 0)
        return false;
    for (unsigned level = 0; level < 8; level++) {
        struct merkle_range r;
        uint64_t at = 0;

        merkle_range_init(&r);
        for (; at + (1u << level) <= n; at += 1u << level) {
            naive_mth(at, at + (1u << level), got);
            merkle_range_add_subtree(&r, level, got);
        }
        for (; at < n; at++)
            merkle_range_add(&r, leaves[at]);
        merkle_range_root(&r, got);
        if (r.size != n || memcmp(got, want, sizeof got) != 0)
            return false;
    }
    return true;
}

static void
test_ranges(void)
{
    uint64_t good = 0;

    for (uint64_t n = 0; n <= SIZES; n++)
        good += range_agrees(n);
    eq_int(good, SIZES + 1, "ranges of all sizes to %d, in all ways", SIZES);
}

/* ---- Paths --------------------------------------------------------------- */

/* The path must pass, and stop passing when anything about it is changed. */
static bool
inclusion_agrees(uint64_t index, uint64_t n, const uint8_t root[HASH_BYTES])
{
    struct merkle_leaves source = { leaves[0], n };
    uint8_t want[MERKLE_PATH_MAX][HASH_BYTES];
    uint8_t path[MERKLE_PATH_MAX][HASH_BYTES];
    size_t count = 99;

    if (merkle_inclusion_path(index, n, merkle_leaves_subtree, &source, path,
                              &count) != SHEAF_OK ||
        count != naive_path(index, 0, n, want) ||
        count != merkle_inclusion_length(index, n) ||
        memcmp(path, want, count * HASH_BYTES) != 0)
        return false;
    if (!merkle_check_inclusion(index, n, leaves[index], path[0], count, root))
        return false;

    memset(path[count], 0, HASH_BYTES);
    if (merkle_check_inclusion(index, n, leaves[index], path[0], count + 1,
                               root) ||
        (count > 0 && merkle_check_inclusion(index, n, leaves[index], path[0],
                                             count - 1, root)) ||
        merkle_check_inclusion(index, n, leaves[index + 1], path[0], count,
                               root) ||
        merkle_check_inclusion(index, n, leaves[index], path[0], count,
                               leaves[SIZES + 1]))
        return false;
    for (size_t i = 0; i < count; i++) {
        bool passed;

        path[i][i % HASH_BYTES] ^= 0x10;
        passed = merkle_check_inclusion(index, n, leaves[index], path[0],
                                        count, root);
        path[i][i % HASH_BYTES] ^= 0x10;
        if (passed)
            return false;
    }
    for (uint64_t other = 0; other <= n; other++) {
        if (other != index &&
            merkle_check_inclusion(other, n, leaves[index], path[0], count,
                                   root))
            return false;
    }
    return true;
}

static bool
consistency_agrees(uint64_t m, uint64_t n, const uint8_t root_m[HASH_BYTES],
                   const uint8_t root_n[HASH_BYTES])
{
    struct merkle_leaves source = { leaves[0], n };
    uint8_t want[MERKLE_PATH_MAX][HASH_BYTES];
    uint8_t path[MERKLE_PATH_MAX][HASH_BYTES];
    size_t count = 99;

    if (merkle_consistency_path(m, n, merkle_leaves_subtree, &source, path,
                                &count) != SHEAF_OK ||
        count != naive_subproof(m, 0, n, true, want) ||
        count != merkle_consistency_length(m, n) ||
        memcmp(path, want, count * HASH_BYTES) != 0)
        return false;
    if (!merkle_check_consistency(m, n, root_m, root_n, path[0], count))
        return false;

    memset(path[count], 0, HASH_BYTES);
    if (merkle_check_consistency(m, n, root_m, root_n, path[0], count + 1) ||
        (count > 0 && merkle_check_consistency(m, n, root_m, root_n, path[0],
                                               count - 1)) ||
        merkle_check_consistency(m, n, leaves[SIZES + 1], root_n, path[0],
                                 count) ||
        merkle_check_consistency(m, n, root_m, leaves[SIZES + 1], path[0],
                                 count) ||
        (m != n && (merkle_check_consistency(n, m, root_m, root_n, path[0],
                                             count) ||
                    merkle_check_consistency(m, n, root_n, root_m, path[0],
                                             count))))
        return false;
    for (size_t i = 0; i < count; i++) {
        bool passed;

        path[i][i % HASH_BYTES] ^= 0x10;
        passed = merkle_check_consistency(m, n, root_m, root_n, path[0],
                                          count);
        path[i][i % HASH_BYTES] ^= 0x10;
        if (passed)
            return false;
    }
    return true;
}

static void
test_paths(void)
{
    uint8_t roots[SIZES + 1][HASH_BYTES];
    uint64_t inclusion = 0;
    uint64_t consistency = 0;

    for (uint64_t n = 0; n <= SIZES; n++)
        naive_mth(0, n, roots[n]);
    for (uint64_t n = 1; n <= SIZES; n++) {
        for (uint64_t i = 0; i < n; i++) {
            inclusion += inclusion_agrees(i, n, roots[n]);
            consistency += consistency_agrees(i + 1, n, roots[i + 1],
                                              roots[n]);
        }
    }
    eq_int(inclusion, SIZES * (SIZES + 1) / 2,
           "all inclusion paths to size %d", SIZES);
    eq_int(consistency, SIZES * (SIZES + 1) / 2,
           "all consistency paths to size %d", SIZES);
}

static int
failing_subtree(void *arg, uint64_t start, uint64_t count,
                uint8_t out[HASH_BYTES])
{
    int *left = arg;

    (void)start;
    (void)count;
    memset(out, 0, HASH_BYTES);
    return (*left)-- > 0 ? SHEAF_OK : SHEAF_ECORRUPT;
}

static void
test_refusals(void)
{
    struct merkle_leaves source = { leaves[0], SIZES };
    const uint64_t over = MERKLE_SIZE_MAX + 1;
    uint8_t path[MERKLE_PATH_MAX][HASH_BYTES];
    uint8_t empty[HASH_BYTES];
    size_t count = 99;
    int left;
    int n;

    hash_sha256("", 0, empty);
    eq_int(merkle_inclusion_path(0, 0, merkle_leaves_subtree, &source, path,
                                 &count),
           SHEAF_EINVAL, "no path in an empty tree");
    eq_int(merkle_inclusion_path(5, 5, merkle_leaves_subtree, &source, path,
                                 &count),
           SHEAF_EINVAL, "no path to a leaf past the end");
    eq_int(merkle_inclusion_path(0, over, merkle_leaves_subtree, &source, path,
                                 &count),
           SHEAF_EINVAL, "no path in too large a tree");
    eq_int(merkle_inclusion_path(0, SIZES + 1, merkle_leaves_subtree, &source,
                                 path, &count),
           SHEAF_EINVAL, "no path over leaves that are not there");
    eq_int(merkle_consistency_path(0, 5, merkle_leaves_subtree, &source, path,
                                   &count),
           SHEAF_EINVAL, "no consistency with the empty tree");
    eq_int(merkle_consistency_path(6, 5, merkle_leaves_subtree, &source, path,
                                   &count),
           SHEAF_EINVAL, "no consistency backwards");
    eq_int(merkle_consistency_path(1, over, merkle_leaves_subtree, &source,
                                   path, &count),
           SHEAF_EINVAL, "no consistency with too large a tree");

    ok(!merkle_check_inclusion(0, 0, empty, NULL, 0, empty),
       "the empty tree has no leaf");
    ok(merkle_check_inclusion(0, 1, leaves[0], NULL, 0, leaves[0]),
       "a single leaf is its tree's root");
    ok(!merkle_check_inclusion(0, over, leaves[0], path[0], 63, empty),
       "too large a tree is refused");
    ok(!merkle_check_inclusion(over, over + 1, leaves[0], path[0], 1, empty),
       "too large an index is refused");
    ok(!merkle_check_consistency(0, 0, empty, empty, NULL, 0) &&
           !merkle_check_consistency(0, 1, empty, leaves[0], NULL, 0),
       "nothing is consistent with the empty tree");
    ok(merkle_check_consistency(1, 1, leaves[0], leaves[0], NULL, 0) &&
           !merkle_check_consistency(1, 1, leaves[0], leaves[1], NULL, 0),
       "a tree is consistent with itself only");
    ok(!merkle_check_consistency(over, over, empty, empty, NULL, 0),
       "too large trees are refused");

    for (n = 0; left = n, merkle_inclusion_path(70, SIZES, failing_subtree,
                                                &left, path, &count) ==
                              SHEAF_ECORRUPT; n++)
        eq_int(count, 99, "subtree %d fails: count untouched", n);
    ok(n > 0 && count == merkle_inclusion_length(70, SIZES),
       "each subtree's failure is handed on");
}

/* ---- Every change to every path ------------------------------------------ */

/* Is a path with one thing changed accepted? */
typedef bool (*accepted)(void *arg, const uint8_t *path, size_t count);

/* With SHEAF_SLOW in the environment, every bit of every path; without, every
 * bit in small trees and a few of each hash in larger ones. */
static bool all_bits;

/* How many changes to the path are accepted: a bit flipped, a hash dropped,
 * one there twice, two exchanged. */
static uint64_t
changes_accepted(accepted check, void *arg, const uint8_t *good, size_t count,
                 uint64_t size, uint64_t *tried)
{
    uint8_t path[2 * MERKLE_PATH_MAX][HASH_BYTES];
    unsigned step = all_bits || size <= 12 ? 1 : 127;
    uint64_t bad = 0;

    assert(count < COUNT_OF(path));
    memcpy(path, good, count * HASH_BYTES);
    for (size_t i = 0; i < count; i++) {
        for (unsigned bit = (unsigned)(size + i) % step; bit < 256;
             bit += step) {
            path[i][bit / 8] ^= (uint8_t)(1u << bit % 8);
            bad += check(arg, path[0], count);
            path[i][bit / 8] ^= (uint8_t)(1u << bit % 8);
            ++*tried;
        }
        memmove(path[i], path[i + 1], (count - i - 1) * HASH_BYTES);
        bad += check(arg, path[0], count - 1);
        memcpy(path, good, (i + 1) * HASH_BYTES);
        memcpy(path[i + 1], good + i * HASH_BYTES,
               (count - i) * HASH_BYTES);
        bad += check(arg, path[0], count + 1);
        memcpy(path, good, count * HASH_BYTES);
        *tried += 2;
        if (i > 0 && memcmp(path[i], path[i - 1], HASH_BYTES) != 0) {
            memcpy(path[i], good + (i - 1) * HASH_BYTES, HASH_BYTES);
            memcpy(path[i - 1], good + i * HASH_BYTES, HASH_BYTES);
            bad += check(arg, path[0], count);
            memcpy(path, good, count * HASH_BYTES);
            ++*tried;
        }
    }
    return bad;
}

static uint8_t root_of[SIZES + 2][HASH_BYTES];

struct one {
    uint64_t index; /* of consistency, the smaller size */
    uint64_t size;
};

static bool
one_accepted(void *arg, const uint8_t *path, size_t count)
{
    const struct one *o = arg;

    return merkle_check_inclusion(o->index, o->size, leaves[o->index], path,
                                  count, root_of[o->size]);
}

static bool
consistency_accepted(void *arg, const uint8_t *path, size_t count)
{
    const struct one *o = arg;

    return merkle_check_consistency(o->index, o->size, root_of[o->index],
                                    root_of[o->size], path, count);
}

static void
test_changes(void)
{
    uint8_t path[MERKLE_PATH_MAX][HASH_BYTES];
    uint64_t tried[2] = { 0, 0 };
    uint64_t bad[2] = { 0, 0 };
    size_t count;

    for (uint64_t n = 1; n <= CHANGED; n++) {
        struct merkle_leaves source = { leaves[0], n };

        for (uint64_t i = 0; i < n; i++) {
            struct one o = { i, n };
            struct one c = { i + 1, n };

            bad[0] += merkle_inclusion_path(i, n, merkle_leaves_subtree,
                                            &source, path, &count) !=
                          SHEAF_OK ||
                      !one_accepted(&o, path[0], count);
            bad[0] += changes_accepted(one_accepted, &o, path[0], count, n,
                                       &tried[0]);
            /* In a tree of another size, which has another root. */
            for (uint64_t m = i + 1; m <= SIZES; m++)
                bad[0] += m != n && merkle_check_inclusion(
                    i, m, leaves[i], path[0], count, root_of[m]);
            bad[1] += merkle_consistency_path(i + 1, n, merkle_leaves_subtree,
                                              &source, path, &count) !=
                          SHEAF_OK ||
                      !consistency_accepted(&c, path[0], count);
            bad[1] += changes_accepted(consistency_accepted, &c, path[0],
                                       count, n, &tried[1]);
            for (uint64_t m = 1; m <= SIZES; m++) {
                bad[1] += m != i + 1 && m != n && merkle_check_consistency(
                    m, n, root_of[m], root_of[n], path[0], count);
                bad[1] += m != n && merkle_check_consistency(
                    i + 1, m, root_of[i + 1], root_of[m], path[0], count);
            }
        }
    }
    eq_int(bad[0], 0, "inclusion to %d leaves, %llu changes: none accepted",
           CHANGED, (unsigned long long)tried[0]);
    eq_int(bad[1], 0, "consistency to %d leaves, %llu changes: none accepted",
           CHANGED, (unsigned long long)tried[1]);
}

/* ---- Many leaves at once ------------------------------------------------- */

struct set {
    uint64_t numbers[SIZES];
    uint8_t hashes[SIZES][HASH_BYTES];
    size_t count;
    uint64_t size;
};

static void
set_add(struct set *s, uint64_t leaf)
{
    s->numbers[s->count] = leaf;
    memcpy(s->hashes[s->count++], leaves[leaf], HASH_BYTES);
}

/* The words of F15, as they stand. */
static size_t
naive_set(const struct set *s, uint64_t a, uint64_t b, uint8_t *out)
{
    uint64_t k;
    size_t count;
    size_t within = 0;

    for (size_t i = 0; i < s->count; i++)
        within += s->numbers[i] >= a && s->numbers[i] < b;
    if (within == 0) {
        naive_mth(a, b, out);
        return 1;
    }
    if (b - a == 1)
        return 0;
    k = naive_k(b - a);
    count = naive_set(s, a, a + k, out);
    return count + naive_set(s, a + k, b, out + count * HASH_BYTES);
}

static bool
set_accepted(void *arg, const uint8_t *path, size_t count)
{
    const struct set *s = arg;
    uint8_t root[HASH_BYTES];

    return merkle_set_root(s->numbers, s->hashes[0], s->count, s->size, path,
                           count, root) &&
           memcmp(root, root_of[s->size], HASH_BYTES) == 0;
}

/* The path is the one of F15, is accepted, and nothing else is. */
static uint64_t
set_agrees(struct set *s, uint64_t *tried)
{
    struct merkle_leaves source = { leaves[0], s->size };
    uint8_t want[2 * MERKLE_PATH_MAX][HASH_BYTES];
    uint8_t path[2 * MERKLE_PATH_MAX][HASH_BYTES];
    size_t count = merkle_set_length(s->numbers, s->count, s->size);
    uint64_t bad;

    if (count > COUNT_OF(path) - 1)
        return 1;
    bad = count != naive_set(s, 0, s->size, want[0]) ||
          merkle_set_path(s->numbers, s->count, s->size,
                          merkle_leaves_subtree, &source, path[0]) !=
              SHEAF_OK ||
          memcmp(path, want, count * HASH_BYTES) != 0 ||
          !set_accepted(s, path[0], count);
    memset(path[count], 0, HASH_BYTES);
    bad += set_accepted(s, path[0], count + 1);
    if (count > 0)
        bad += changes_accepted(set_accepted, s, path[0], count, s->size,
                                tried);
    for (size_t i = 0; i < s->count; i++) {
        uint64_t was = s->numbers[i];

        s->hashes[i][i % HASH_BYTES] ^= 0x40;
        bad += set_accepted(s, path[0], count);
        s->hashes[i][i % HASH_BYTES] ^= 0x40;
        for (uint64_t other = 0; other <= s->size; other++) {
            s->numbers[i] = other;
            bad += other != was && set_accepted(s, path[0], count);
        }
        s->numbers[i] = was;
        *tried += s->size + 1;
    }
    return bad;
}

static int
failing_after(void *arg, uint64_t start, uint64_t count,
              uint8_t out[HASH_BYTES])
{
    int *left = arg;

    (void)start;
    (void)count;
    memset(out, 0, HASH_BYTES);
    return (*left)-- == 0 ? SHEAF_EIO : SHEAF_OK;
}

static void
test_sets(void)
{
    uint8_t path[2 * MERKLE_PATH_MAX][HASH_BYTES];
    struct set s;
    uint64_t bad = 0;
    uint64_t tried = 0;
    uint64_t sets = 0;
    uint32_t seed = 1;
    int left;
    int n;

    for (s.size = 1; s.size <= 8; s.size++) {
        for (unsigned bits = 1; bits < 1u << s.size; bits++, sets++) {
            s.count = 0;
            for (unsigned i = 0; i < s.size; i++) {
                if (bits >> i & 1)
                    set_add(&s, i);
            }
            bad += set_agrees(&s, &tried);
        }
    }
    eq_int(bad, 0, "all %llu sets of up to 8 leaves, %llu changes",
           (unsigned long long)sets, (unsigned long long)tried);

    bad = tried = sets = 0;
    for (s.size = 10; s.size <= SIZES; s.size++) {
        /* A leaf alone, stretches such as those of rows, and any others. */
        for (unsigned i = 0; i < 6; i++, sets++) {
            uint64_t from;

            seed = seed * 1664525 + 1013904223;
            from = (seed >> 16) % s.size;
            s.count = 0;
            for (uint64_t k = 0; k < s.size; k++) {
                seed = seed * 1664525 + 1013904223;
                if (i < 2 ? k == from
                          : i < 4 ? k >= from && k < from + i
                                  : (seed >> 16) % 8 == 0)
                    set_add(&s, k);
            }
            if (s.count != 0)
                bad += set_agrees(&s, &tried);
        }
    }
    eq_int(bad, 0, "%llu sets of up to %d leaves, %llu changes",
           (unsigned long long)sets, SIZES, (unsigned long long)tried);

    s.count = 0;
    s.size = 100;
    ok(!set_accepted(&s, path[0], 1), "no leaves, no path");
    memcpy(path[0], root_of[100], HASH_BYTES);
    ok(!set_accepted(&s, path[0], 1), "the root proves nothing");
    set_add(&s, 7);
    set_add(&s, 7);
    ok(!set_accepted(&s, path[0], 7), "the same leaf twice");
    eq_int(merkle_set_path(s.numbers, s.count, s.size, failing_after, &left,
                           path[0]),
           SHEAF_EINVAL, "no path for it");
    s.count = 1;
    s.size = MERKLE_SIZE_MAX + 1;
    ok(!merkle_set_root(s.numbers, s.hashes[0], 1, s.size, path[0], 63,
                        path[1]),
       "too large a tree is refused");
    s.size = 100;
    for (n = 0; left = n, merkle_set_path(s.numbers, 1, 100, failing_after,
                                          &left, path[0]) == SHEAF_EIO; n++)
        ;
    ok(n > 5, "each subtree's failure is handed on: %d", n);
}

/* ---- Trees of equal leaves, of any size ---------------------------------- */

static uint8_t equal_hash[64][HASH_BYTES];

static int
equal_subtree(void *arg, uint64_t start, uint64_t count,
              uint8_t out[HASH_BYTES])
{
    unsigned level = (unsigned)__builtin_ctzll(count);
    bool *asked_well = arg;

    if ((count & (count - 1)) != 0 || start % count != 0)
        *asked_well = false;
    memcpy(out, equal_hash[level], HASH_BYTES);
    return SHEAF_OK;
}

static void
test_large(void)
{
    static const uint64_t sizes[] = {
        1, 2, 3, 255, 256, 257, 65536, 1000000, 4294967295, 4294967297,
        (uint64_t)1 << 62, ((uint64_t)1 << 62) - 1, ((uint64_t)1 << 62) + 1,
        0x5555555555555555, MERKLE_SIZE_MAX - 1, MERKLE_SIZE_MAX,
    };
    uint8_t roots[COUNT_OF(sizes)][HASH_BYTES];
    uint8_t path[MERKLE_PATH_MAX][HASH_BYTES];
    bool asked_well = true;
    size_t longest = 0;
    size_t count;
    int bad = 0;

    memcpy(equal_hash[0], leaves[0], HASH_BYTES);
    for (unsigned k = 1; k < 64; k++)
        hash_node(equal_hash[k - 1], equal_hash[k - 1], equal_hash[k]);
    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        bad += merkle_subtree_root(0, sizes[i], equal_subtree, &asked_well,
                                   roots[i]) != SHEAF_OK;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        for (size_t j = 0; j < COUNT_OF(sizes); j++) {
            uint64_t m = sizes[i];
            uint64_t n = sizes[j];

            if (m > n)
                continue;
            bad += merkle_inclusion_path(m - 1, n, equal_subtree, &asked_well,
                                         path, &count) != SHEAF_OK ||
                   !merkle_check_inclusion(m - 1, n, leaves[0], path[0],
                                           count, roots[j]);
            bad += merkle_consistency_path(m, n, equal_subtree, &asked_well,
                                           path, &count) != SHEAF_OK ||
                   !merkle_check_consistency(m, n, roots[i], roots[j],
                                             path[0], count);
            if (count > longest)
                longest = count;
        }
    }
    eq_int(bad, 0, "paths between sizes up to 2^63 - 1");
    ok(asked_well, "only perfect subtrees are asked for");
    eq_int(longest, MERKLE_PATH_MAX, "the longest path fits exactly");
}

/* ---- Vectors ------------------------------------------------------------- */

static bool
vector_agrees(char *line)
{
    uint8_t hash[2][HASH_BYTES];
    uint8_t path[MERKLE_PATH_MAX][HASH_BYTES];
    uint64_t number[2] = { 0, 0 };
    size_t count = 0;
    bool want;
    char kind = line[0];

    strtok(line, " \n");
    if (kind == 'R') {
        struct merkle_range r;

        number[0] = strtoull(strtok(NULL, " \n"), NULL, 10);
        from_hex(strtok(NULL, " \n"), hash[0], HASH_BYTES);
        merkle_range_init(&r);
        for (uint64_t i = 0; i < number[0]; i++) {
            leaf_of(i, hash[1]);
            merkle_range_add(&r, hash[1]);
        }
        merkle_range_root(&r, hash[1]);
        return memcmp(hash[0], hash[1], HASH_BYTES) == 0;
    }
    for (int i = 0; i < 2; i++)
        number[i] = strtoull(strtok(NULL, " \n"), NULL, 10);
    for (int i = 0; i < 2; i++)
        from_hex(strtok(NULL, " \n"), hash[i], HASH_BYTES);
    want = strtok(NULL, " \n")[0] == '1';
    for (char *hex; (hex = strtok(NULL, " \n")) != NULL;)
        from_hex(hex, path[count++], HASH_BYTES);
    if (kind == 'I')
        return want == merkle_check_inclusion(number[0], number[1], hash[0],
                                              path[0], count, hash[1]);
    return want == merkle_check_consistency(number[0], number[1], hash[0],
                                            hash[1], path[0], count);
}

static void
test_vectors(void)
{
    FILE *f = fopen(VECTORS "merkle.txt", "r");
    char line[8192];
    int lines = 0;
    int bad = 0;

    if (f != NULL) {
        while (fgets(line, sizeof line, f) != NULL) {
            if (line[0] == '#')
                continue;
            lines++;
            if (!vector_agrees(line)) {
                bad++;
                printf("# vector %d disagrees\n", lines);
            }
        }
        fclose(f);
    }
    ok(lines > 300, "%d vectors were read", lines);
    eq_int(bad, 0, "all of them agree");
}

int
main(void)
{
    eq_int(hash_start(NULL), SHEAF_OK, "libsodium starts");
    for (uint64_t i = 0; i < COUNT_OF(leaves); i++)
        leaf_of(i, leaves[i]);
    for (uint64_t n = 0; n <= SIZES + 1; n++)
        naive_mth(0, n, root_of[n]);
    all_bits = getenv("SHEAF_SLOW") != NULL;
    test_hashes();
    test_known_roots();
    test_ranges();
    test_paths();
    test_refusals();
    test_changes();
    test_sets();
    test_large();
    test_vectors();
    return tap_done();
}
