/*
 * Threads: several threads share one reader, with more dictionaries than its
 * cache holds; and any number of threads packs the same archive. Also run with
 * -fsanitize=thread.
 */
#include <pthread.h>

#include "archive.h"
#include "base/buf.h"

#define MANY 1200
#define READERS 4
#define READS 400
#define STOCK (16u << 10)

static struct doc *docs;
static struct sheaf_reader *reader;

/* What a thread met. */
struct met {
    uint64_t seed;
    size_t lost;
    size_t wrong;
};

/* News whose words change on the way, so that new dictionaries pay. */
static void
make_docs(void)
{
    struct rng rng = { 4 };

    docs = docs_make(MANY, 100, 40);
    for (unsigned era = 0; era < 4; era++) {
        struct blob stock = { 0 };

        blob_random(&stock, &rng, STOCK);
        for (size_t i = 0; i < MANY; i++) {
            if (i * 4 / MANY != era)
                continue;
            for (unsigned k = 0; k < 36; k++)
                blob_add(&docs[i].parts[0],
                         stock.data + rng_below(&rng, STOCK / 128) * 128, 128);
        }
        blob_free(&stock);
    }
}

static void *
read_some(void *arg)
{
    struct met *met = arg;
    struct rng rng = { met->seed };
    struct sheaf_error err = { 0 };
    struct sheaf_scratch *s = NULL;

    if (sheaf_scratch_new(&s, &err) != SHEAF_OK) {
        met->lost = READS;
        return NULL;
    }
    for (unsigned i = 0; i < READS; i++) {
        uint64_t n = rng_below(&rng, MANY);
        struct sheaf_article a;
        struct sheaf_entry e;
        int rc;

        if (i % 2 == 0) {
            rc = get(reader, s, &docs[n], 0, &a, &err);
        } else {
            rc = sheaf_locate(reader, s, n, &e, &err);
            if (rc == SHEAF_OK)
                rc = sheaf_read(reader, s, &e, &a, &err);
        }
        met->lost += rc != SHEAF_OK;
        met->wrong += rc == SHEAF_OK && !doc_is(&docs[n], &a);
    }
    sheaf_scratch_free(s);
    return NULL;
}

/* `may`: so many of their questions may lead to lost articles. */
static void
test_readers(struct sheaf_bytes bytes, uint64_t cache_max, bool trust,
             const struct sheaf_public_key *pub, size_t may)
{
    const struct sheaf_limits limits = { sizeof limits, (uint64_t)4 << 30,
                                         cache_max };
    struct sheaf_error err = { 0 };
    pthread_t threads[READERS];
    struct met met[READERS];
    size_t lost = 0, wrong = 0;

    reader = NULL;
    MUST_BE(open_bytes(bytes.data, bytes.len, &limits, &reader, &err),
            SHEAF_OK, &err);
    if (trust)
        MUST_BE(sheaf_authenticate(reader, pub, &err), SHEAF_OK, &err);
    for (unsigned i = 0; i < READERS; i++) {
        met[i] = (struct met){ .seed = cache_max + i };
        MUST_BE(pthread_create(&threads[i], NULL, read_some, &met[i]), 0,
                &err);
    }
    for (unsigned i = 0; i < READERS; i++) {
        MUST_BE(pthread_join(threads[i], NULL), 0, &err);
        lost += met[i].lost;
        wrong += met[i].wrong;
    }
    eq_int(wrong, 0, "%d threads with a cache of %llu bytes%s", READERS,
           (unsigned long long)cache_max, trust ? ", with trust" : "");
    ok(lost <= may, "%zu of %d answers are a loss", lost, READERS * READS);
    sheaf_close(reader);
}

/* Bytes were inserted before one article, and as many are missing in a later
 * one: whoever meets that first puts it right, while others read. */
static void
test_moved(const struct sheaf_buf *bytes, const struct sheaf_public_key *pub)
{
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_entry from, to;
    struct blob file = { 0 };

    MUST_BE(open_bytes(bytes->data, bytes->len, NULL, &r, &err), SHEAF_OK,
            &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_locate(r, s, 100, &from, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_locate(r, s, 1000, &to, &err), SHEAF_OK, &err);
    sheaf_scratch_free(s);
    sheaf_close(r);
    blob_add(&file, bytes->data, (size_t)from.offset);
    for (unsigned i = 0; i < 32; i++)
        blob_add(&file, "sixteen bytes...", 16);
    blob_add(&file, bytes->data + from.offset,
             (size_t)(to.offset + 20 - from.offset));
    blob_add(&file, bytes->data + to.offset + 20 + 512,
             bytes->len - (size_t)to.offset - 20 - 512);
    test_readers(blob_view(&file), 1 << 20, false, NULL, READS / 40);
    test_readers(blob_view(&file), 1 << 20, true, pub, READS / 40);
    blob_free(&file);
}

int
main(void)
{
    static const unsigned counts[] = { 1, 2, 7 };
    struct sheaf_buf bytes[COUNT_OF(counts)] = { { 0 }, { 0 }, { 0 } };
    struct sheaf_error err = { 0 };
    struct sheaf_secret_key secret;
    struct sheaf_public_key pub;
    struct sheaf_reader *r = NULL;
    struct sheaf_info info;

    make_docs();
    MUST_BE(sheaf_keygen(&secret, &pub, &err), SHEAF_OK, &err);
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        const struct sheaf_write_options o = {
            SHEAF_WRITE_OPTIONS, .threads = counts[i], .dict_max = 32 << 10,
            .level = 3,          .time_ms = DOC_TIME,  .sample_max = 1 << 20
        };
        struct sheaf_verify_options v = { SHEAF_VERIFY_OPTIONS,
                                          .threads = counts[i], .key = &pub };
        struct sheaf_report report;

        MUST_BE(pack(docs, MANY, &o, &secret, &bytes[i], NULL, &err), SHEAF_OK,
                &err);
        ok(bytes[i].len == bytes[0].len &&
               memcmp(bytes[i].data, bytes[0].data, bytes[0].len) == 0,
           "the same bytes with %u threads", counts[i]);
        MUST_BE(open_bytes(bytes[i].data, bytes[i].len, NULL, &r, &err),
                SHEAF_OK, &err);
        ok(sheaf_verify(r, &v, &report, &err) == SHEAF_OK &&
               report.articles == MANY,
           "verified by %u threads", counts[i]);
        sheaf_get_info(r, &info);
        sheaf_close(r);
    }
    ok(info.dictionaries > 1, "%u dictionaries", info.dictionaries);
    test_readers(buf_view(&bytes[0]), 1, false, NULL, 0);
    test_readers(buf_view(&bytes[0]), 20000, false, NULL, 0);
    test_readers(buf_view(&bytes[0]), 1 << 20, true, &pub, 0);
    test_moved(&bytes[0], &pub);
    for (size_t i = 0; i < COUNT_OF(counts); i++)
        sheaf_buf_free(&bytes[i]);
    docs_free(docs, MANY);
    return tap_done();
}
