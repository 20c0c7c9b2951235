/*
 * The sums of groups. sheaf_check_newest meets what is wrong with the articles
 * that were added last, and does not look at those long before;
 * sheaf_check_group looks at one group.
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

struct groups {
    const struct sheaf_reader *reader;
    size_t good, bad, other;
    uint64_t bad_start, bad_end;
};

static int
take_group(void *arg, const struct sheaf_group *group)
{
    struct groups *g = arg;
    struct sheaf_error err = { 0 };
    struct sheaf_scratch *s = NULL;
    uint64_t start = 0;
    int rc;

    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    rc = sheaf_check_group(g->reader, s, group, &start, &err);
    sheaf_scratch_free(s);
    if (rc == SHEAF_OK) {
        g->good++;
    } else if (rc == SHEAF_ECORRUPT) {
        g->bad++;
        g->bad_start = start;
        g->bad_end = group->offset;
    } else {
        g->other++;
    }
    return 0;
}

/* Checks each group of an archive. */
static struct groups
check_groups(const struct sheaf_buf *bytes)
{
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct groups g = { 0 };

    MUST_BE(open_bytes(bytes->data, bytes->len, NULL, &r, &err), SHEAF_OK,
            &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    g.reader = r;
    MUST_BE(sheaf_list_groups(r, s, take_group, &g, &err), SHEAF_OK, &err);
    sheaf_scratch_free(s);
    sheaf_close(r);
    return g;
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
    struct groups groups;

    for (size_t i = 0; i < DOCS; i++)
        blob_random(&docs[i].parts[0], &rng, EACH);
    MUST_BE(pack(docs, DOCS, &o, NULL, &bytes, NULL, &err), SHEAF_OK, &err);
    first = place_of(&bytes, 0) + 20;
    before = place_of(&bytes, DOCS - 200) + 20;
    last = place_of(&bytes, DOCS - 1) + 20;
    ok(last - first > 2 << 20 && last - before > 1 << 19,
       "an archive of %zu bytes", bytes.len);
    eq_int(check(bytes.data, bytes.len), SHEAF_OK, "all is well");
    groups = check_groups(&bytes);
    ok(groups.good > 1 && groups.bad + groups.other == 0, "in %zu groups",
       groups.good);
    bytes.data[first] ^= 1;
    eq_int(check(bytes.data, bytes.len), SHEAF_OK,
           "damage long before is not looked for");
    groups = check_groups(&bytes);
    ok(groups.good > 0 && groups.bad == 1 && groups.other == 0,
       "one group is not as it was");
    ok(groups.bad_start <= first && first < groups.bad_end,
       "where the damage is");
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
