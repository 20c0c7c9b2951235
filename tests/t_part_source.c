/*
 * Parts of new articles that come from sources: what was hashed is what is
 * stored, also where a source gives other bytes, or another size, later.
 */
#include "archive.h"

#define LARGE_PART (((size_t)17 << 20) + 5)

enum unrest { STILL, CHANGES, GROWS, SHRINKS, UNRESTS };
static const char *const names[] = { "a still one", "other bytes", "it grows",
                                     "it shrinks" };

struct unsteady {
    enum unrest how;
    uint64_t size;
    unsigned sizes; /* times that it was asked for */
    unsigned passes;
};

static uint64_t
unsteady_size(void *ctx)
{
    struct unsteady *u = ctx;
    bool first = u->sizes++ == 0;

    return first || u->how < GROWS ? u->size
           : u->how == GROWS       ? u->size + 1000
                                   : u->size / 2;
}

static uint8_t
byte_at(uint64_t at, bool other)
{
    return (uint8_t)("etaoin shrdlu\n09"[(at * 2654435761u >> 9) & 15] ^
                     (other ? 1 : 0));
}

static int
unsteady_read_at(void *ctx, uint64_t offset, void *buf, size_t len)
{
    struct unsteady *u = ctx;
    uint8_t *out = buf;

    u->passes += offset == 0;
    for (size_t i = 0; i < len; i++)
        out[i] = byte_at(offset + i, u->how == CHANGES && u->passes > 1);
    return 0;
}

static void
unsteady_close(void *ctx)
{
    (void)ctx;
}

static const struct sheaf_source_ops unsteady_ops = { unsteady_size,
                                                      unsteady_read_at,
                                                      unsteady_close, NULL };

static bool
is_stored(const struct sheaf_buf *bytes, uint64_t size)
{
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_entry entry;
    struct sheaf_article a;
    struct sheaf_error err;
    bool good;

    if (verify_bytes(bytes->data, bytes->len, NULL, NULL, &err) != SHEAF_OK ||
        open_bytes(bytes->data, bytes->len, NULL, &r, &err) != SHEAF_OK)
        return false;
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    good = sheaf_find(r, s, sheaf_str("a"), 0, &entry, &err) == SHEAF_OK;
    if (good && size < LARGE_PART) {
        good = sheaf_read(r, s, &entry, &a, &err) == SHEAF_OK &&
               a.parts[0].data.len == size;
        for (uint64_t i = 0; good && i < size; i++)
            good = a.parts[0].data.data[i] == byte_at(i, false);
    }
    sheaf_scratch_free(s);
    sheaf_close(r);
    return good;
}

static void
test_one(enum unrest how, uint64_t size, int salted)
{
    struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS };
    struct unsteady u = { how, size, 0, 0 };
    const struct sheaf_source source = { &unsteady_ops, &u };
    const struct sheaf_new_part part = {
        SHEAF_ROLE_BODY, "text/plain", { NULL, 0 }, &source
    };
    struct sheaf_buf bytes = { 0 };
    struct sheaf_error err = { 0 };
    struct sheaf_writer *w = NULL;
    struct sheaf_sink sink;
    /* A salted one is hashed twice before it is stored: the second counts. */
    bool refused = how == CHANGES && size == LARGE_PART && !salted;
    int rc;

    o.salted = salted;
    o.level = 1;
    MUST_BE(sheaf_sink_memory(&sink, &bytes, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_writer_new(sink, &o, &w, &err), SHEAF_OK, &err);
    rc = sheaf_add(w, sheaf_str("{\"id\":\"a\"}"), &part, 1, NULL, &err);
    eq_int(rc, refused ? SHEAF_EIO : SHEAF_OK, "%s, %llu bytes%s", names[how],
           (unsigned long long)size, salted ? ", salted" : "");
    eq_int(sheaf_commit(w, NULL, NULL, &err),
           refused ? SHEAF_EINVAL : SHEAF_OK,
           refused ? "and nothing is written" : "and it is written");
    sheaf_writer_free(w);
    if (!refused)
        ok(is_stored(&bytes, size), "as it was hashed");
    eq_int(u.sizes, 1, "its size is read once");
    sheaf_buf_free(&bytes);
}

int
main(void)
{
    static const uint64_t sizes[] = { 0, 100, 70000, LARGE_PART };

    for (unsigned how = 0; how < UNRESTS; how++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            for (int salted = 0; salted < 2; salted++)
                test_one((enum unrest)how, sizes[i], salted);
    return tap_done();
}
