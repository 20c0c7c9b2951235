/*
 * Dictionary training: what it accepts, what it refuses, and that the same
 * articles always give the same dictionary. Its compression must only be
 * clearly better than without a dictionary.
 */
#include "write/train.h"

#include <stdlib.h>
#include <zdict.h>
#include <zstd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "tap.h"

#define ID UINT32_C(40000)
#define ARTICLES 400
#define ARTICLE_MAX 4096

static const struct step no_step;

static const struct sheaf_bytes none = { NULL, 0 };
static uint32_t random_state;

static uint32_t
random_below(uint32_t n)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 16) % n; /* the low bits repeat soon */
}

static uint8_t text[ARTICLES][ARTICLE_MAX];
static struct sheaf_bytes articles[ARTICLES];

/* Articles of sentences from a common stock, each with words of its own. */
static void
write_articles(void)
{
    static char stock[300][80];

    random_state = 1;
    for (size_t i = 0; i < COUNT_OF(stock); i++)
        for (size_t k = 0; k < sizeof stock[i]; k++)
            stock[i][k] = k % 7 == 6 ? ' ' : (char)('a' + random_below(26));

    for (size_t i = 0; i < ARTICLES; i++) {
        size_t want = 500 + random_below(2500);
        size_t len = 0;

        while (len < want) {
            memcpy(text[i] + len, stock[random_below(COUNT_OF(stock))], 80);
            len += 80;
            for (size_t k = 0; k < 30; k++)
                text[i][len++] = (uint8_t)('a' + random_below(26));
        }
        articles[i].data = text[i];
        articles[i].len = len;
    }
}

static int
train(const struct sheaf_bytes *a, size_t count, size_t dict_max,
      struct sheaf_buf *out)
{
    struct sheaf_error err = { 0 };
    int rc = train_dict(NULL, a, count, none, dict_max, 9, ID, &no_step, out,
                        &err);

    if (rc != SHEAF_OK)
        printf("# %d: %s\n", rc, err.message);
    return rc;
}

/* All articles as frames of their own, in bytes; each is read back. */
static size_t
total_with(const struct sheaf_buf *dict)
{
    static uint8_t frame[2 * ARTICLE_MAX];
    static uint8_t back[ARTICLE_MAX];
    ZSTD_CCtx *cctx = ZSTD_createCCtx();
    ZSTD_DCtx *dctx = ZSTD_createDCtx();
    ZSTD_CDict *cdict = NULL;
    ZSTD_DDict *ddict = NULL;
    size_t total = 0;
    bool same = cctx != NULL && dctx != NULL;

    if (dict != NULL) {
        cdict = ZSTD_createCDict(dict->data, dict->len, 9);
        ddict = ZSTD_createDDict(dict->data, dict->len);
        same = same && cdict != NULL && ddict != NULL &&
               ZSTD_getDictID_fromDDict(ddict) == ID;
    }
    for (size_t i = 0; i < ARTICLES && same; i++) {
        size_t n;
        size_t m;

        ZSTD_CCtx_refCDict(cctx, cdict);
        ZSTD_DCtx_refDDict(dctx, ddict);
        n = ZSTD_compress2(cctx, frame, sizeof frame, articles[i].data,
                           articles[i].len);
        same = !ZSTD_isError(n);
        if (!same)
            break;
        m = ZSTD_decompressDCtx(dctx, back, sizeof back, frame, n);
        same = m == articles[i].len && memcmp(back, articles[i].data, m) == 0;
        total += n;
    }
    ok(same, "every article comes back %s",
       dict != NULL ? "with it" : "without");
    ZSTD_freeCDict(cdict);
    ZSTD_freeDDict(ddict);
    ZSTD_freeCCtx(cctx);
    ZSTD_freeDCtx(dctx);
    return total;
}

static void
test_good(void)
{
    struct pool *pool;
    struct sheaf_buf dict = { 0 };
    struct sheaf_buf again = { 0 };
    size_t with;
    size_t without;

    eq_int(train(articles, ARTICLES, 64 << 10, &dict), SHEAF_OK, "trains");
    ok(dict.len > 32 << 10 && dict.len <= 64 << 10, "of the size asked for");
    ok(dict.len > 4 && memcmp(dict.data, "\x37\xa4\x30\xec", 4) == 0,
       "with zstd's magic");
    eq_int(ZDICT_getDictID(dict.data, dict.len), ID, "with the ID given");
    with = total_with(&dict);
    without = total_with(NULL);
    ok(with < without * 3 / 4, "helps: %zu instead of %zu bytes", with,
       without);

    /* Other memory, other places in memory: the same dictionary. */
    for (size_t i = 0; i < ARTICLES; i++) {
        uint8_t *copy = malloc(articles[i].len);

        if (copy == NULL)
            abort();
        memcpy(copy, articles[i].data, articles[i].len);
        articles[i].data = copy;
    }
    eq_int(train(articles, ARTICLES, 64 << 10, &again), SHEAF_OK, "again");
    ok(bytes_equal(buf_view(&dict), buf_view(&again)), "the same bytes");
    for (size_t i = 0; i < ARTICLES; i++) {
        free((void *)(uintptr_t)articles[i].data);
        articles[i].data = text[i];
    }

    eq_int(pool_new(&pool, 5, NULL), SHEAF_OK, "threads");
    eq_int(train_dict(pool, articles, ARTICLES, none, 64 << 10, 9, ID,
                      &no_step, &again, NULL),
           SHEAF_OK, "with them");
    ok(bytes_equal(buf_view(&dict), buf_view(&again)), "the same bytes");
    pool_free(pool);

    eq_int(train(articles, ARTICLES, 16 << 10, &again), SHEAF_OK,
           "into a buffer in use");
    ok(again.len > 8 << 10 && again.len <= 16 << 10, "which is replaced");
    eq_int(train_dict(NULL, articles, ARTICLES, none, 16 << 10, 22, ID,
                      &no_step, &again, NULL),
           SHEAF_OK, "at the highest level");
    sheaf_buf_free(&dict);
    sheaf_buf_free(&again);
}

/* A bound on the size holds whatever the bound is. */
static void
test_bounds(void)
{
    static const size_t sizes[] = {
        DICT_SIZE_MIN, DICT_SIZE_MIN + 1, 5000,     10000,
        33333,         1 << 20,           16 << 20,
    };
    struct sheaf_buf dict = { 0 };

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        int rc = train(articles, ARTICLES, sizes[i], &dict);

        ok(rc == SHEAF_OK && dict.len != 0 && dict.len <= sizes[i],
           "%zu bytes where %zu are allowed", dict.len, sizes[i]);
        ok(dict.cap <= 4 << 20, "and no more memory than the input calls for");
    }
    sheaf_buf_free(&dict);
}

/* Nothing to be gained: an empty dictionary, and no failure. */
static void
test_useless(void)
{
    static uint8_t noise[64][2000];
    static const uint8_t tiny[] = { 'n', 'e', 'w', 's' };
    struct sheaf_bytes a[64];
    struct sheaf_buf dict = { 0 };

    eq_int(train(articles, ARTICLES, 64 << 10, &dict), SHEAF_OK, "filled");
    eq_int(train(NULL, 0, 64 << 10, &dict), SHEAF_OK, "no articles");
    eq_int(dict.len, 0, "nothing");
    eq_int(train(articles, DICT_ARTICLES_MIN - 1, 64 << 10, &dict), SHEAF_OK,
           "too few articles");
    eq_int(dict.len, 0, "nothing");
    eq_int(train(articles, ARTICLES, DICT_SIZE_MIN - 1, &dict), SHEAF_OK,
           "too little room");
    eq_int(dict.len, 0, "nothing");

    for (size_t i = 0; i < COUNT_OF(a); i++) {
        a[i].data = NULL;
        a[i].len = 0;
    }
    eq_int(train(a, COUNT_OF(a), 64 << 10, &dict), SHEAF_OK, "all empty");
    eq_int(dict.len, 0, "nothing");

    for (size_t i = 0; i < COUNT_OF(a); i++) {
        a[i].data = tiny;
        a[i].len = i % (sizeof tiny + 1);
    }
    eq_int(train(a, COUNT_OF(a), 64 << 10, &dict), SHEAF_OK, "all tiny");
    eq_int(dict.len, 0, "nothing");

    random_state = 2;
    for (size_t i = 0; i < COUNT_OF(a); i++) {
        for (size_t k = 0; k < sizeof noise[i]; k++)
            noise[i][k] = (uint8_t)random_below(256);
        a[i].data = noise[i];
        a[i].len = sizeof noise[i];
    }
    eq_int(train(a, COUNT_OF(a), 64 << 10, &dict), SHEAF_OK, "noise");
    eq_int(dict.len, 0, "nothing");
    sheaf_buf_free(&dict);
}

/* Input out of the ordinary: a dictionary or none, but a valid one. */
static void
test_odd(void)
{
    static uint8_t huge[3 << 20];
    static uint8_t zeros[ARTICLE_MAX];
    struct sheaf_bytes a[ARTICLES];
    struct sheaf_buf dict = { 0 };

    for (size_t i = 0; i < ARTICLES; i++) {
        a[i].data = text[0];
        a[i].len = articles[0].len;
    }
    eq_int(train(a, ARTICLES, 64 << 10, &dict), SHEAF_OK, "all the same");
    ok(dict.len <= 2 * articles[0].len, "is taken once at most");
    ok(dict.len == 0 || ZDICT_getDictID(dict.data, dict.len) == ID,
       "nothing or a dictionary");

    /* As often in turn: nothing is left to learn statistics from. */
    for (size_t i = 0; i < ARTICLES; i++)
        a[i] = articles[i % 10];
    eq_int(train(a, ARTICLES, 64 << 10, &dict), SHEAF_OK, "ten, repeated");
    ok(dict.len > 4096 && dict.len <= 64 << 10, "%zu bytes", dict.len);
    total_with(&dict);

    for (size_t i = 0; i < ARTICLES; i++) {
        a[i].data = zeros;
        a[i].len = i;
    }
    eq_int(train(a, ARTICLES, 64 << 10, &dict), SHEAF_OK, "only zeros");

    /* Half of them empty, one far larger than the dictionary. */
    random_state = 3;
    for (size_t at = 0; at < sizeof huge; at++)
        huge[at] = text[random_below(2)][at % 500];
    for (size_t i = 0; i < ARTICLES; i++) {
        a[i] = articles[i];
        if (i % 2 != 0)
            a[i].len = 0;
    }
    a[7].data = huge;
    a[7].len = sizeof huge;
    eq_int(train(a, ARTICLES, 64 << 10, &dict), SHEAF_OK,
           "one huge, many empty");
    ok(dict.len > 32 << 10 && dict.len <= 64 << 10, "%zu bytes", dict.len);
    total_with(&dict);

    a[0] = a[7];
    eq_int(train(a, DICT_ARTICLES_MIN, 64 << 10, &dict), SHEAF_OK,
           "two huge, few others");
    ok(dict.len <= 64 << 10, "%zu bytes", dict.len);
    sheaf_buf_free(&dict);
}

/* Each of our allocations fails in turn: the output stays as it was. */
static void
test_faults(void)
{
    struct sheaf_buf dict = { 0 };
    long live;
    long n;

    eq_int(train(articles, 20, 5000, &dict), SHEAF_OK, "a small one");
    live = mem_live();
    for (n = 0;; n++) {
        struct sheaf_error err = { 0 };
        uint8_t *data = dict.data;
        size_t len = dict.len;
        int rc;

        mem_fail_after(n);
        rc = train_dict(NULL, articles, ARTICLES, none, 64 << 10, 9, ID,
                        &no_step, &dict, &err);
        mem_fail_after(-1);
        eq_int(mem_live(), live, "allocation %ld: no leak", n);
        if (rc == SHEAF_OK)
            break;
        eq_int(rc, SHEAF_ENOMEM, "allocation %ld: fails", n);
        eq_int(err.code, SHEAF_ENOMEM, "allocation %ld: says so", n);
        ok(dict.data == data && dict.len == len,
           "allocation %ld: output untouched", n);
    }
    ok(n >= 7, "%ld allocations can fail", n);
    ok(dict.len > 32 << 10, "and then none does");
    sheaf_buf_free(&dict);
    eq_int(mem_live(), live - 1, "nothing left");
}

int
main(void)
{
    write_articles();
    test_good();
    test_bounds();
    test_useless();
    test_odd();
    test_faults();
    return tap_done();
}
