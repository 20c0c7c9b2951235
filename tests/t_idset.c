/*
 * The set of IDs against plain arrays: every ID has the entry that was stored
 * last, and no other ID has one; from memory, from runs and after merges.
 *
 * With arguments (IDs, bytes of memory) it measures instead.
 */
#include "tap.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"
#include "base/mem.h"
#include "base/idset.h"

static struct sheaf_bytes
make_id(char space[40], size_t i)
{
    struct sheaf_bytes id;
    int n = snprintf(space, 40, "urn:news:%zu", i);

    id.data = (const uint8_t *)space;
    id.len = (size_t)n;
    return id;
}

static struct idset_entry
make_entry(size_t i, uint32_t rev)
{
    struct idset_entry e = { .rev = rev };

    for (size_t at = 0; at < sizeof e.leaf_hash; at++)
        e.leaf_hash[at] = (uint8_t)((i + rev) >> at % 4 * 8);
    for (size_t at = 0; at < sizeof e.content; at++)
        e.content[at] = (uint8_t)((i ^ rev) >> at % 4 * 8);
    return e;
}

static int
put(struct idset *s, size_t i, uint32_t rev, struct sheaf_error *err)
{
    char space[40];
    struct idset_entry e = make_entry(i, rev);

    return idset_put(s, make_id(space, i), &e, err);
}

/* Found as expected, where rev 0 means not at all; the answer is untouched
 * then, and so is err. */
static bool
is_there(struct idset *s, size_t i, uint32_t rev)
{
    char space[40];
    struct idset_entry got = { .rev = 12345 };
    struct idset_entry want = make_entry(i, rev);
    struct sheaf_error err = { .code = 1 };
    int rc = idset_get(s, make_id(space, i), &got, &err);

    if (err.code != 1)
        return false;
    if (rev == 0)
        return rc == SHEAF_ENOTFOUND && got.rev == 12345;
    return rc == SHEAF_OK && got.rev == rev &&
           memcmp(got.leaf_hash, want.leaf_hash, sizeof got.leaf_hash) == 0 &&
           memcmp(got.content, want.content, sizeof got.content) == 0;
}

/* The same, and the entry before is that of `before`, or none. */
static bool
swap(struct idset *s, size_t i, uint32_t rev, uint32_t before,
     struct sheaf_error *err)
{
    char space[40];
    struct idset_entry e = make_entry(i, rev);
    struct idset_entry want = make_entry(i, before);
    struct idset_entry old = { .rev = 12345 };
    int rc = idset_swap(s, make_id(space, i), &e, &old, err);

    if (before == 0)
        return rc == SHEAF_ENOTFOUND && old.rev == 12345;
    return rc == SHEAF_OK && old.rev == before &&
           memcmp(old.leaf_hash, want.leaf_hash, sizeof old.leaf_hash) == 0 &&
           memcmp(old.content, want.content, sizeof old.content) == 0;
}

/* Every third ID gets a second revision half-way, and every fifth a third. */
static void
test_many(size_t count, size_t memory, uint64_t expected)
{
    struct idset *s = NULL;
    struct sheaf_error err = { 0 };
    uint32_t *revs = calloc(count + 1, sizeof *revs);
    size_t failed = 0;
    size_t wrong = 0;

    if (revs == NULL)
        return;
    eq_int(idset_new(&s, memory, ".", &err), SHEAF_OK, "%zu IDs", count);
    idset_expect(s, expected);
    for (size_t round = 1; round <= 5; round += 2) {
        for (size_t i = 0; i < count; i++) {
            if (i % round != 0)
                continue;
            wrong += !is_there(s, i, revs[i]);
            revs[i]++;
            if (i % 2 == 0)
                failed += put(s, i, revs[i], &err) != SHEAF_OK;
            else
                failed += !swap(s, i, revs[i], revs[i] - 1, &err);
            wrong += !is_there(s, i, revs[i]);
        }
    }
    for (size_t i = 0; i < count; i++)
        wrong += !is_there(s, i, revs[i]);
    for (size_t i = count; i < 2 * count; i++)
        wrong += !is_there(s, i, 0);
    eq_int(failed, 0, "%zu IDs, memory %zu: all put", count, memory);
    eq_int(wrong, 0, "%zu IDs, memory %zu: as put last", count, memory);
    idset_free(s);
    free(revs);
}

/* 64 runs of 768 IDs, of which 63 IDs are there twice, become one whose last
 * page has one entry; 62 and 64: two, and none. */
static void
test_last_page(size_t twice)
{
    struct idset *s = NULL;
    struct sheaf_error err = { 0 };
    size_t count = 64 * 768 - twice;
    size_t failed = 0;
    size_t wrong = 0;

    eq_int(idset_new(&s, 0, ".", &err), SHEAF_OK, "%zu IDs twice", twice);
    for (size_t i = 0; i < count; i++)
        failed += put(s, i, 1, &err) != SHEAF_OK;
    for (size_t i = 0; i < twice; i++)
        failed += put(s, i, 2, &err) != SHEAF_OK;
    /* The table is full, and the next ID makes it the last run. */
    failed += put(s, count, 1, &err) != SHEAF_OK;
    for (size_t i = 0; i <= count; i++)
        wrong += !is_there(s, i, i < twice ? 2 : 1);
    eq_int(failed, 0, "%zu IDs twice: all put", twice);
    eq_int(wrong, 0, "%zu IDs twice: as put last", twice);
    idset_free(s);
}

static void
test_small(void)
{
    struct idset *s = NULL;
    struct idset *other = NULL;
    struct idset_entry e = make_entry(1, 1);
    struct idset_entry got;
    struct sheaf_bytes none = { NULL, 0 };

    idset_free(NULL);
    eq_int(idset_new(&s, 0, NULL, NULL), SHEAF_OK, "a small one");
    eq_int(idset_new(&other, 0, NULL, NULL), SHEAF_OK, "another");
    ok(memcmp(idset_key(s), idset_key(other), IDSET_KEY_BYTES) != 0,
       "each has a key of its own");
    eq_int(idset_get(s, none, &got, NULL), SHEAF_ENOTFOUND, "no ID: not there");
    eq_int(idset_put(s, none, &e, NULL), SHEAF_OK, "no ID: put");
    eq_int(idset_get(s, none, &got, NULL), SHEAF_OK, "no ID: there");
    eq_int(got.rev, 1, "no ID: its entry");
    idset_free(s);
    idset_free(other);
}

static int
put_many(struct idset *s, size_t count, struct sheaf_error *err)
{
    int rc = SHEAF_OK;

    for (size_t i = 0; i < count && rc == SHEAF_OK; i++)
        rc = put(s, i, 1, err);
    return rc;
}

/* No folder, and no room: said, and with where. */
static void
test_disk(void)
{
    struct idset *s = NULL;
    struct sheaf_error err = { 0 };
    struct rlimit limit;
    struct rlimit low;
    int rc;

    eq_int(idset_new(&s, 0, "./none", &err), SHEAF_OK, "no folder");
    eq_int(put_many(s, 700, &err), SHEAF_OK, "no folder: none needed yet");
    eq_int(put_many(s, 1000, &err), SHEAF_EIO, "no folder: needed");
    eq_int(err.sys, ENOENT, "no folder: errno");
    ok(strstr(err.message, "temporary file in ./none") != NULL,
       "no folder: message");
    idset_free(s);

    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    low = limit;
    low.rlim_cur = 70000;
    eq_int(idset_new(&s, 0, ".", &err), SHEAF_OK, "no room");
    setrlimit(RLIMIT_FSIZE, &low);
    rc = put_many(s, 5000, &err);
    setrlimit(RLIMIT_FSIZE, &limit);
    eq_int(rc, SHEAF_EIO, "no room: refused");
    eq_int(err.sys, EFBIG, "no room: errno");
    idset_free(s);
}

#ifdef SHEAF_TEST
static void
test_faults(size_t memory, size_t count)
{
    int wrong = 0;
    long n = 0;
    int rc;

    do {
        struct idset *s = NULL;
        struct sheaf_error err = { 0 };

        mem_fail_after(n);
        rc = idset_new(&s, memory, ".", &err);
        if (rc == SHEAF_OK) {
            idset_expect(s, count / 16);
            rc = put_many(s, count, &err);
        }
        mem_fail_after(-1);
        idset_free(s);
        if (rc != SHEAF_OK)
            wrong += rc != SHEAF_ENOMEM || err.code != rc;
        wrong += mem_live() != 0;
        n += n < 8 ? 1 : 17;
    } while (rc != SHEAF_OK && n < 1000);
    eq_int(wrong, 0, "every kind of allocation can fail");
    eq_int(rc, SHEAF_OK, "and without a failure it works");
}
#endif

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int
measure(size_t count, size_t memory)
{
    struct idset *s = NULL;
    struct sheaf_error err = { 0 };
    struct rusage use;
    double times[4];
    size_t wrong = 0;

    if (idset_new(&s, memory, NULL, &err) != SHEAF_OK)
        return 1;
    times[0] = now();
    for (size_t i = 0; i < count; i++) {
        wrong += !is_there(s, i, 0);
        wrong += put(s, i, 1, &err) != SHEAF_OK;
    }
    times[1] = now();
    for (size_t i = 0; i < count; i++)
        wrong += !is_there(s, i, 1);
    times[2] = now();
    for (size_t i = 0; i < count; i++)
        wrong += !is_there(s, count + i, 0);
    times[3] = now();
    idset_free(s);
    getrusage(RUSAGE_SELF, &use);
    printf("%zu IDs: new %.2f us, found %.2f us, not found %.2f us each; "
           "%ld KiB; %zu wrong\n", count, (times[1] - times[0]) * 1e6 /
           (double)count, (times[2] - times[1]) * 1e6 / (double)count,
           (times[3] - times[2]) * 1e6 / (double)count, use.ru_maxrss, wrong);
    return wrong != 0;
}

int
main(int argc, char **argv)
{
    static const size_t counts[] = { 0, 1, 767, 768, 769, 1537, 20000 };
    char dir[] = "/tmp/t_seen.XXXXXX";

    if (argc == 3)
        return measure(strtoul(argv[1], NULL, 0), strtoul(argv[2], NULL, 0));
    if (mkdtemp(dir) == NULL || chdir(dir) != 0)
        return 2;
    test_small();
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        test_many(counts[i], 0, counts[i]);
    test_many(100000, 0, 0);       /* merges more than once */
    test_many(100000, 1 << 20, 0); /* grows, and has a few runs */
    test_many(100000, 1 << 20, 1600); /* grows from another size */
    test_many(100000, 1 << 20, UINT64_MAX);
    test_many(20000, 8 << 20, 20000); /* need not grow */
    for (size_t twice = 62; twice <= 64; twice++)
        test_last_page(twice);
    test_disk();
#ifdef SHEAF_TEST
    test_faults(5 << 16, 10000); /* grows, and has runs */
    test_faults(0, 50000);       /* merges */
#endif
    if (chdir("/") == 0)
        eq_int(rmdir(dir), 0, "nothing is left");
    return tap_done();
}
