/*
 * The page cache: it returns what was added last under a key and length, or
 * nothing; and its memory stays within the limit.
 */
#include "read/pagecache.h"

#include <stdio.h>

#include "base/buf.h"
#include "base/mem.h"
#include "tap.h"

static uint8_t piece[PAGECACHE_PIECE_MAX];

static void
fill(uint64_t key)
{
    for (size_t i = 0; i < sizeof piece; i++)
        piece[i] = (uint8_t)(key * 31 + i * 7 + (key >> 8));
}

static int
add(struct pagecache *m, uint64_t key, size_t len)
{
    fill(key);
    return pagecache_add(m, key, piece, len, NULL);
}

/* 1: as it was added; 0: not there; -1: other bytes. */
static int
look(struct pagecache *m, uint64_t key, size_t len, struct sheaf_buf *out)
{
    if (!pagecache_find(m, key, len, out))
        return 0;
    fill(key);
    return out->len == len && memcmp(out->data, piece, len) == 0 ? 1 : -1;
}

int
main(void)
{
    struct sheaf_buf out = { 0 };
    struct pagecache *m = pagecache_new(100);
    long before = mem_live(); /* with one cache */
    size_t found = 0, wrong = 0;
    long held;

    ok(m != NULL, "made");
    eq_int(look(m, 0, 100, &out), 0, "nothing is there at first");
    eq_int(add(m, 64, 5128), SHEAF_OK, "a piece is added");
    eq_int(look(m, 64, 5128, &out), 1, "and comes back");
    eq_int(look(m, 64, 5127, &out), 0, "not with another length");
    eq_int(look(m, 65, 5128, &out), 0, "nor under another key");
    eq_int(add(m, 64, PAGECACHE_PIECE_MAX), SHEAF_OK, "it is replaced");
    eq_int(look(m, 64, PAGECACHE_PIECE_MAX, &out), 1, "by the newer one");
    pagecache_forget(m);
    eq_int(look(m, 64, PAGECACHE_PIECE_MAX, &out), 0, "and forgotten");

    for (uint64_t key = 0; key < 100; key++)
        wrong += add(m, key * 5136 + 72, 5128) != SHEAF_OK;
    for (uint64_t key = 0; key < 100; key++) {
        int got = look(m, key * 5136 + 72, 5128, &out);

        found += got == 1;
        wrong += got < 0;
    }
    eq_int(wrong, 0, "no piece is another");
    ok(found >= 80, "of as many as it was made for, %zu of 100 are kept",
       found);

    for (uint64_t key = 0; key < 20000; key++)
        wrong += add(m, key * 8192, 64) != SHEAF_OK;
    held = mem_live() - before;
    ok(held <= 256 + 2, "20,000 pieces take %ld blocks of memory", held);
    eq_int(look(m, 19999 * 8192, 64, &out), 1, "the last one is there");
    for (uint64_t key = 0; key < 20000; key++)
        wrong += look(m, key * 8192, 64, &out) < 0;
    eq_int(wrong, 0, "and still none is another");
    pagecache_free(m);
    pagecache_free(NULL);

    m = pagecache_new(UINT64_MAX);
    ok(m != NULL, "any number may be asked for");
    mem_fail_after(0);
    eq_int(add(m, 1, 64), SHEAF_ENOMEM, "no memory for the first");
    mem_fail_after(1);
    eq_int(add(m, 1, 64), SHEAF_ENOMEM, "nor for its bytes");
    mem_fail_after(-1);
    eq_int(look(m, 1, 64, &out), 0, "then it is not there");
    eq_int(add(m, 1, 64), SHEAF_OK, "but can be added later");
    eq_int(look(m, 1, 64, &out), 1, "and comes back");
    pagecache_free(m);
    sheaf_buf_free(&out);
    eq_int(mem_live(), before - 1, "all memory is given back");
    return tap_done();
}
