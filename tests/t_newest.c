/*
 * sheaf_check_newest: it meets what is wrong with the articles that were added
 * last, and does not look at those long before.
 */
#include "archive.h"

#define DOCS 800
#define EACH 3000

static int
check(const uint8_t *data, size_t len)
{
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    int rc;

    MUST_BE(open_bytes(data, len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    rc = sheaf_check_newest(r, s, &err);
    sheaf_scratch_free(s);
    sheaf_close(r);
    return rc;
}

/* Where the frame of a leaf begins. */
static size_t
place_of(const struct sheaf_buf *bytes, uint64_t leaf)
{
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_entry e = { 0 };

    MUST_BE(open_bytes(bytes->data, bytes->len, NULL, &r, &err), SHEAF_OK,
            &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_locate(r, s, leaf, &e, &err), SHEAF_OK, &err);
    sheaf_scratch_free(s);
    sheaf_close(r);
    return (size_t)e.offset;
}

int
main(void)
{
    static const struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS,
                                                  .level = 1, .dict_max = -1 };
    struct doc *docs = docs_make(DOCS, 20, 5);
    struct rng rng = { 6 };
    struct sheaf_buf bytes = { 0 };
    struct sheaf_error err = { 0 };
    size_t first, last, before;

    for (size_t i = 0; i < DOCS; i++)
        blob_random(&docs[i].parts[0], &rng, EACH);
    MUST_BE(pack(docs, DOCS, &o, NULL, &bytes, NULL, &err), SHEAF_OK, &err);
    first = place_of(&bytes, 0) + 20;
    before = place_of(&bytes, DOCS - 200) + 20;
    last = place_of(&bytes, DOCS - 1) + 20;
    ok(last - first > 2 << 20 && last - before > 1 << 19,
       "an archive of %zu bytes", bytes.len);
    eq_int(check(bytes.data, bytes.len), SHEAF_OK, "all is well");
    bytes.data[first] ^= 1;
    eq_int(check(bytes.data, bytes.len), SHEAF_OK,
           "damage long before is not looked for");
    bytes.data[before] ^= 1;
    eq_int(check(bytes.data, bytes.len), SHEAF_ECORRUPT,
           "damage within the last MiB");
    bytes.data[before] ^= 1;
    bytes.data[last] ^= 1;
    eq_int(check(bytes.data, bytes.len), SHEAF_ECORRUPT,
           "damage of the last article");
    sheaf_buf_free(&bytes);
    docs_free(docs, DOCS);
    return tap_done();
}
