/*
 * Reading in a steady state allocates nothing: once every article has been
 * read, in any of these ways, the library must not call its allocator.
 */
#include "archive.h"
#include "base/mem.h"

#define DOCS 600 /* some pages of the map and tiles */
#define ROUNDS 3

static struct doc *docs;

/* Articles that come back, in an order that jumps about. */
static size_t
read_all(const struct sheaf_reader *r, struct sheaf_scratch *s, bool by_url)
{
    struct sheaf_error err = { 0 };
    size_t good = 0;

    for (size_t i = 0; i < DOCS; i++) {
        const struct doc *d = &docs[i * 331 % DOCS];
        struct sheaf_entry entry;
        struct sheaf_article a;
        int rc;

        if (by_url)
            rc = sheaf_find_url(r, s, blob_view(&d->url), &entry, &err);
        else
            rc = sheaf_find(r, s, blob_view(&d->id), 0, &entry, &err);
        if (rc == SHEAF_OK)
            rc = sheaf_read(r, s, &entry, &a, &err);
        if (rc == SHEAF_OK && doc_is(d, &a))
            good++;
        else if (rc != SHEAF_OK)
            printf("# %d: %s\n", rc, err.message);
    }
    return good;
}

static void
check_steady(const struct sheaf_buf *archive,
             const struct sheaf_public_key *key, bool by_url, const char *what)
{
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_error err = { 0 };
    long live;
    void *spare;
    size_t good;

    MUST_BE(open_bytes(archive->data, archive->len, NULL, &r, &err), SHEAF_OK,
            &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    if (key != NULL)
        MUST_BE(sheaf_authenticate(r, key, &err), SHEAF_OK, &err);
    eq_int(read_all(r, s, by_url), DOCS, "%s: a first time", what);

    live = mem_live();
    mem_fail_after(0);
    good = 0;
    for (unsigned i = 0; i < ROUNDS; i++)
        good += read_all(r, s, by_url);
    eq_int(good, ROUNDS * DOCS, "%s: again, when no allocation succeeds", what);
    /* The failure is still waiting for somebody to allocate. */
    spare = mem_new(1, 1);
    ok(spare == NULL, "%s: and none was tried", what);
    mem_free(spare);
    mem_fail_after(-1);
    eq_int(mem_live(), live, "%s: nothing more is held", what);
    sheaf_scratch_free(s);
    sheaf_close(r);
}

/* What was read before sheaf_authenticate was checked against less: it is read
 * again, also by the scratch that has it. */
static void
check_trust_forgets(const struct sheaf_buf *archive,
                    const struct sheaf_public_key *key)
{
    struct probe p = probe_over(archive->data, archive->len);
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_error err = { 0 };
    struct sheaf_article a;
    long first, again, trusted;

    MUST_BE(sheaf_open(probe_source(&p), NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    p.reads = 0;
    MUST_BE(get(r, s, &docs[7], 0, &a, &err), SHEAF_OK, &err);
    first = p.reads;
    p.reads = 0;
    MUST_BE(get(r, s, &docs[7], 0, &a, &err), SHEAF_OK, &err);
    again = p.reads;
    ok(again < first, "the same article again: %ld reads instead of %ld",
       again, first);
    MUST_BE(sheaf_authenticate(r, key, &err), SHEAF_OK, &err);
    p.reads = 0;
    MUST_BE(get(r, s, &docs[7], 0, &a, &err), SHEAF_OK, &err);
    trusted = p.reads;
    /* The page, its block's page roots, the article and its tile. */
    ok(trusted >= 4, "and after sheaf_authenticate %ld reads", trusted);
    sheaf_scratch_free(s);
    sheaf_close(r);
}

int
main(void)
{
    const struct sheaf_write_options options = {
        SHEAF_WRITE_OPTIONS, .dict_max = 8192, .time_ms = DOC_TIME
    };
    struct sheaf_secret_key secret;
    struct sheaf_public_key pub;
    struct sheaf_buf archive = { 0 };
    struct sheaf_error err = { 0 };

    docs = docs_make(DOCS, 3000, 4);
    MUST_BE(sheaf_keygen(&secret, &pub, &err), SHEAF_OK, &err);
    MUST_BE(pack(docs, DOCS, &options, &secret, &archive, NULL, &err),
            SHEAF_OK, &err);
    check_steady(&archive, NULL, false, "by ID");
    check_steady(&archive, &pub, false, "by ID, trusted");
    check_steady(&archive, NULL, true, "by URL");
    check_trust_forgets(&archive, &pub);
    sheaf_buf_free(&archive);
    docs_free(docs, DOCS);
    return tap_done();
}
