/*
 * extsort against libc's qsort, for several record sizes, numbers of records
 * and patterns of keys, in memory and through the disk.
 *
 * With arguments (records, bytes of memory) it measures instead.
 */
#include "tap.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"
#include "base/mem.h"
#include "base/extsort.h"

static size_t record_size;
static uint64_t state;

static uint64_t
next_random(void)
{
    state += 0x9E3779B97F4A7C15u;
    uint64_t z = state;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static int
compare(const void *a, const void *b)
{
    return memcmp(a, b, record_size);
}

enum shape { RANDOM, EQUAL, FEW, RISING, FALLING, LATE, SHAPES };

static const char *const shape_names[SHAPES] = {
    "random", "equal", "few keys", "rising", "falling", "late difference"
};

static void
make_record(uint8_t *out, enum shape shape, size_t i)
{
    uint64_t v = next_random();

    memset(out, 0xAB, record_size);
    switch (shape) {
    case RANDOM:
        for (size_t at = 0; at < record_size; at++)
            out[at] = (uint8_t)(at % 8 != 0 ? v >> at % 8 * 8
                                            : (v = next_random()));
        break;
    case EQUAL:
        break;
    case FEW:
        out[0] = (uint8_t)(v % 3);
        out[record_size - 1] = (uint8_t)(v >> 8) % 2;
        break;
    case RISING:
    case FALLING:
        if (shape == FALLING)
            i = ~i;
        for (size_t at = 0; at < record_size && at < 4; at++)
            out[at] = (uint8_t)(i >> (24 - 8 * at));
        break;
    default:
        out[record_size - 1] = (uint8_t)v;
        break;
    }
}

static int
count_files(void)
{
    DIR *d = opendir(".");
    int n = 0;

    while (d != NULL && readdir(d) != NULL)
        n++;
    if (d != NULL)
        closedir(d);
    return n - 2;
}

static void
test_sort(size_t size, size_t count, size_t memory, enum shape shape)
{
    uint8_t *want = calloc(count + 1, size);
    uint8_t got[EXTSORT_RECORD_MAX];
    struct extsort *s = NULL;
    struct sheaf_error err = { 0 };
    int wrong = 0;

    record_size = size;
    state = size * 1000003 + count;
    wrong += extsort_new(&s, size, memory, ".", &err) != SHEAF_OK;
    for (size_t i = 0; i < count; i++) {
        make_record(want + i * size, shape, i);
        wrong += extsort_add(s, want + i * size, &err) != SHEAF_OK;
    }
    wrong += extsort_start(s, &err) != SHEAF_OK;
    qsort(want, count, size, compare);
    for (size_t i = 0; i < count && wrong == 0; i++) {
        wrong += extsort_next(s, got, &err) != SHEAF_OK;
        wrong += memcmp(got, want + i * size, size) != 0;
    }
    wrong += extsort_next(s, got, &err) != SHEAF_END;
    wrong += extsort_next(s, got, &err) != SHEAF_END;
    wrong += count_files() != 0;
    ok(wrong == 0, "%zu of %zu bytes, %s, memory %zu", count, size,
       shape_names[shape], memory);
    extsort_free(s);
    free(want);
}

static int
add_many(struct extsort *s, size_t count, struct sheaf_error *err)
{
    uint8_t record[20];

    record_size = sizeof record;
    for (size_t i = 0; i < count; i++) {
        int rc;

        make_record(record, RANDOM, i);
        rc = extsort_add(s, record, err);
        if (rc != SHEAF_OK)
            return rc;
    }
    return extsort_start(s, err);
}

/* No folder, and no room: said, and with where. */
static void
test_disk(void)
{
    struct extsort *s = NULL;
    struct sheaf_error err = { 0 };
    struct rlimit limit;
    struct rlimit low;
    int rc;

    eq_int(extsort_new(&s, 20, 1 << 16, "./none", &err), 0, "no folder");
    eq_int(add_many(s, 3000, &err), 0, "no folder: none needed yet");
    extsort_free(s);
    eq_int(extsort_new(&s, 20, 1 << 16, "./none", &err), 0, "no folder");
    eq_int(add_many(s, 4000, &err), SHEAF_EIO, "no folder: needed");
    eq_int(err.sys, ENOENT, "no folder: errno");
    ok(strstr(err.message, "temporary file in ./none") != NULL,
       "no folder: message");
    extsort_free(s);

    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    low = limit;
    low.rlim_cur = 100000;
    eq_int(extsort_new(&s, 20, 1 << 16, ".", &err), 0, "no room");
    setrlimit(RLIMIT_FSIZE, &low);
    rc = add_many(s, 8000, &err);
    setrlimit(RLIMIT_FSIZE, &limit);
    eq_int(rc, SHEAF_EIO, "no room: refused");
    eq_int(err.sys, EFBIG, "no room: errno");
    extsort_free(s);
}

#ifdef SHEAF_TEST
static void
test_faults(void)
{
    long n = 0;
    int rc;

    do {
        struct extsort *s = NULL;
        struct sheaf_error err = { 0 };

        mem_fail_after(n);
        rc = extsort_new(&s, 20, 1 << 16, ".", &err);
        if (rc == SHEAF_OK)
            rc = add_many(s, 10000, &err);
        mem_fail_after(-1);
        extsort_free(s);
        if (rc != SHEAF_OK)
            ok(rc == SHEAF_ENOMEM && err.code == rc && mem_live() == 0,
               "allocation %ld", n);
        n++;
    } while (rc != SHEAF_OK);
    ok(n > 4 && mem_live() == 0, "all allocations can fail");
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
    struct extsort *s = NULL;
    struct sheaf_error err = { 0 };
    uint8_t record[20] = { 0 };
    uint8_t last[20] = { 0 };
    double t0 = now();
    double t1;
    double t2;
    size_t n = 0;

    if (extsort_new(&s, sizeof record, memory, NULL, &err) != SHEAF_OK ||
        add_many(s, count, &err) != SHEAF_OK)
        return 1;
    t1 = now();
    while (extsort_next(s, record, &err) == SHEAF_OK) {
        if (memcmp(last, record, sizeof last) > 0)
            return 1;
        memcpy(last, record, sizeof last);
        n++;
    }
    t2 = now();
    extsort_free(s);
    printf("%zu records: add and sort %.2f s (%.1f M/s), read %.2f s "
           "(%.1f M/s)\n", n, t1 - t0, (double)n / (t1 - t0) / 1e6, t2 - t1,
           (double)n / (t2 - t1) / 1e6);
    return n != count;
}

int
main(int argc, char **argv)
{
    static const size_t sizes[] = { 1, 2, 7, 8, 9, 20, 64, EXTSORT_RECORD_MAX };
    static const size_t counts[] = { 0, 1, 2, 24, 25, 300, 5000 };
    char dir[] = "/tmp/t_sorter.XXXXXX";

    if (argc == 3)
        return measure(strtoul(argv[1], NULL, 0), strtoul(argv[2], NULL, 0));
    if (mkdtemp(dir) == NULL || chdir(dir) != 0)
        return 2;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        for (size_t j = 0; j < COUNT_OF(counts); j++)
            test_sort(sizes[i], counts[j], 1 << 14, RANDOM);
        for (int shape = 0; shape < SHAPES; shape++)
            test_sort(sizes[i], 1500, 1 << 20, (enum shape)shape);
    }
    /* One run exactly, one record more, and many runs with small buffers. */
    test_sort(20, 65536 / 20, 65536, RANDOM);
    test_sort(20, 65536 / 20 + 1, 65536, RANDOM);
    test_sort(20, 2 * (65536 / 20), 65536, RANDOM);
    for (int shape = 0; shape < SHAPES; shape++)
        test_sort(20, 50000, 1, (enum shape)shape);
    test_disk();
#ifdef SHEAF_TEST
    test_faults();
#endif
    if (chdir("/") == 0)
        eq_int(rmdir(dir), 0, "nothing is left");
    return tap_done();
}
