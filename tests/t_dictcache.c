/*
 * Dictionaries that outlive a reader: what the cache gives may be any bytes,
 * and never leads to another article.
 */
#include "archive.h"

#define DOCS 500

/* ---- A cache in memory --------------------------------------------------- */

struct cache {
    uint8_t key[SHEAF_HASH_BYTES];
    struct blob dict; /* empty: nothing is stored */
    unsigned gets, puts, given, returned;
};

static const void *
cache_get(void *ctx, const uint8_t key[SHEAF_HASH_BYTES], size_t size)
{
    struct cache *c = ctx;

    c->gets++;
    if (c->dict.len != size || memcmp(key, c->key, sizeof c->key) != 0)
        return NULL;
    c->given++;
    return c->dict.data;
}

static void
cache_done(void *ctx, const void *data, size_t size)
{
    struct cache *c = ctx;

    c->returned += data == c->dict.data && size == c->dict.len;
}

static void
cache_put(void *ctx, const uint8_t key[SHEAF_HASH_BYTES], const void *data,
          size_t size)
{
    struct cache *c = ctx;

    c->puts++;
    memcpy(c->key, key, sizeof c->key);
    c->dict.len = 0;
    blob_add(&c->dict, data, size);
}

/* ---- Tests --------------------------------------------------------------- */

/* Gets some articles: how many came, how many failed, and how many were
 * others. */
struct got {
    unsigned good, failed, wrong;
};

static struct got
get_some(const struct sheaf_buf *file, struct cache *c, const struct doc *docs,
         size_t step)
{
    const struct sheaf_dict_cache cache = { c, cache_get, cache_done,
                                            cache_put };
    struct sheaf_scratch *s = NULL;
    struct sheaf_reader *r = NULL;
    struct sheaf_error err = { 0 };
    struct got got = { 0, 0, 0 };

    MUST_BE(open_bytes(file->data, file->len, NULL, &r, &err), SHEAF_OK, &err);
    sheaf_set_dict_cache(r, &cache);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    for (size_t i = 0; i < DOCS; i += step) {
        struct sheaf_article a;

        if (get(r, s, &docs[i], 0, &a, &err) != SHEAF_OK)
            got.failed++;
        else if (doc_is(&docs[i], &a))
            got.good++;
        else
            got.wrong++;
    }
    sheaf_scratch_free(s);
    sheaf_close(r);
    return got;
}

static void
test_changes(const struct sheaf_buf *file, struct cache *c,
             const struct doc *docs)
{
    struct blob right = { 0 };
    struct rng rng = { 4 };
    struct got all = { 0, 0, 0 };

    blob_add(&right, c->dict.data, c->dict.len);
    for (unsigned round = 0; round < 200; round++) {
        unsigned changes = round % 4 == 0 ? 1 : round % 4 == 1 ? 50 : 5000;
        /* The last bytes have the table of words. */
        size_t from = round % 2 == 0 ? 0 : right.len - right.len / 8;
        struct got got;

        c->dict.len = 0;
        blob_add(&c->dict, right.data, right.len);
        for (unsigned i = 0; i < changes; i++)
            c->dict
                .data[from + rng_below(&rng, (uint32_t)(right.len - from))] ^=
                (uint8_t)(1 + rng_below(&rng, 255));
        got = get_some(file, c, docs, 97);
        all.good += got.good;
        all.failed += got.failed;
        all.wrong += got.wrong;
    }
    eq_int(all.wrong, 0, "changed dictionaries: never another article");
    ok(all.failed > 100 && all.good > 100, "some failed, and some did not");
    blob_free(&right);
}

int
main(void)
{
    const struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .level = 3,
                                           .time_ms = DOC_TIME };
    struct doc *docs = docs_make(DOCS, 9000, 3);
    struct sheaf_buf file = { 0 };
    struct sheaf_error err = { 0 };
    struct cache c = { .puts = 0 };
    struct got got;

    MUST_BE(pack(docs, DOCS, &o, NULL, &file, NULL, &err), SHEAF_OK, &err);
    got = get_some(&file, &c, docs, 1);
    eq_int(got.good, DOCS, "the first time: all articles");
    ok(c.puts == 1 && c.given == 0, "the dictionary is stored");
    got = get_some(&file, &c, docs, 1);
    eq_int(got.good, DOCS, "the second time: all articles");
    ok(c.puts == 1 && c.given == 1, "and the dictionary is used");
    eq_int(c.returned, 1, "and given back");
    test_changes(&file, &c, docs);
    eq_int(c.returned, c.given, "all were given back");
    blob_free(&c.dict);
    sheaf_buf_free(&file);
    docs_free(docs, DOCS);
    return tap_done();
}
