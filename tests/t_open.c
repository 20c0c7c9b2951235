/*
 * The cost of opening from far away: at most 12 reads and 208 KiB for any
 * number of articles, also when the file ends in a torn append.
 */
#include "archive.h"

#define READS_MAX 12
#define BYTES_MAX ((uint64_t)208 << 10)
#define TOO_MANY 20000

/* As from far away, where each read is a round trip. */
static void
no_wish(void *ctx, const struct sheaf_range *ranges, size_t count)
{
    (void)ctx;
    (void)ranges;
    (void)count;
}

static const struct sheaf_source_ops far_ops = { probe_size, probe_read_at,
                                                 probe_close, no_wish };

static const struct sheaf_write_options options = {
    SHEAF_WRITE_OPTIONS, .level = 1, .dict_max = -1, .time_ms = DOC_TIME
};

static void
cost(const struct blob *file, size_t len, uint64_t articles, const char *what)
{
    struct probe p = probe_over(file->data, len);
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_info info;
    int rc = sheaf_open((struct sheaf_source){ &far_ops, &p }, NULL, &r, &err);

    if (!ok(rc == SHEAF_OK, "%s: opens", what)) {
        printf("# %s [%s]\n", err.message, err.clause);
        return;
    }
    sheaf_get_info(r, &info);
    eq_int(info.articles, articles, "%s: with its articles", what);
    ok(p.reads <= READS_MAX && p.bytes <= BYTES_MAX,
       "%s: %ld reads, %llu bytes", what, p.reads,
       (unsigned long long)p.bytes);
    sheaf_close(r);
}

static void
test_count(size_t count)
{
    struct doc *docs = docs_make(count + 60, 8, count);
    const struct path path = in_folder("open.sheaf");
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct blob file = { 0 }, longer;
    struct rng rng = { count };
    char what[64];

    MUST_BE(pack(docs, count, &options, NULL, &bytes, NULL, &err), SHEAF_OK,
            &err);
    blob_add(&file, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    snprintf(what, sizeof what, "%zu articles", count);
    cost(&file, file.len, count, what);

    /* A torn append: of little, and of 2 MiB that don't compress. */
    for (size_t i = count; i < count + 60; i++)
        blob_random(&docs[i].parts[0], &rng, 40000);
    write_file(path.text, file.data, file.len);
    MUST_BE(append(path.text, docs + count, 60, &options, NULL, NULL, &err),
            SHEAF_OK, &err);
    longer = read_file(path.text);
    for (unsigned i = 1; i <= 8; i++) {
        size_t tail = i < 4 ? i * 1000 + 7
                            : (longer.len - file.len - 60000) / 8 * i;

        snprintf(what, sizeof what, "%zu articles, a tail of %zu", count, tail);
        cost(&longer, file.len + tail, count, what);
    }
    /* The last frame is gone: the first END is found. */
    snprintf(what, sizeof what, "%zu articles, the last END cut", count + 60);
    cost(&longer, longer.len - 100, count + 60, what);
    blob_free(&longer);
    blob_free(&file);
    docs_free(docs, count + 60);
    unlink(path.text);
}

int
main(void)
{
    make_folder();
    test_count(0);
    test_count(1000);
    test_count(TOO_MANY);
    ok(rmdir(folder) == 0, "nothing is left in the folder");
    return tap_done();
}
