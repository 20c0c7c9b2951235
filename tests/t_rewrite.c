/*
 * Repacking: it keeps leaves, generations, seals and checkpoints, for every
 * way of storing them; and refuses a damaged archive completely.
 */
#include "archive.h"
#include "base/mem.h"
#include "format/top.h"

#define FIRST 700
#define EACH 5
#define GENERATIONS 12
#define DOCS (FIRST + EACH * GENERATIONS)

static struct sheaf_secret_key secret, next_secret;
static struct sheaf_public_key pub, next_pub;

static const struct sheaf_write_options options = {
    SHEAF_WRITE_OPTIONS, .time_ms = DOC_TIME, .level = 3, .dict_max = 16384,
    .origin = "example.org/r"
};

static int
repack(const struct blob *from, const struct sheaf_write_options *o,
       struct sheaf_buf *out, struct sheaf_error *err)
{
    struct sheaf_reader *r = NULL;
    struct sheaf_sink sink;
    int rc = open_bytes(from->data, from->len, NULL, &r, err);

    if (rc == SHEAF_OK)
        rc = sheaf_sink_memory(&sink, out, err);
    if (rc == SHEAF_OK)
        rc = sheaf_repack(r, sink, o, NULL, NULL, NULL, err);
    sheaf_close(r);
    return rc;
}

/* ---- An archive with everything in it ------------------------------------ */

static void
add_generation(const char *path, const struct doc *docs, size_t count,
               const struct sheaf_secret_key *key, bool rekey)
{
    struct sheaf_write_options o = options;
    struct sheaf_writer *w = NULL;
    struct sheaf_error err = { 0 };

    o.origin = NULL;
    o.verified = 1;
    MUST_BE(sheaf_writer_append(path, &o,
                                key == NULL             ? NULL
                                : key == &secret || rekey ? &pub
                                                          : &next_pub,
                                &w, &err), SHEAF_OK, &err);
    MUST_BE(docs_add(w, docs, count, &err), SHEAF_OK, &err);
    if (rekey)
        MUST_BE(sheaf_add_key_change(w, &secret, &next_secret, &err), SHEAF_OK,
                &err);
    MUST_BE(sheaf_commit(w, key, NULL, &err), SHEAF_OK, &err);
    sheaf_writer_free(w);
}

static struct blob
redact(const struct blob *from, const struct doc *doc,
       const struct sheaf_secret_key *key)
{
    const struct sheaf_redact_target target = { blob_view(&doc->id), 0 };
    const struct sheaf_redact_options o = {
        SHEAF_REDACT_OPTIONS, .targets = &target, .target_count = 1,
        .reason = "a test",
        .time_ms = DOC_TIME, .key = key
    };
    struct sheaf_reader *r = NULL;
    struct sheaf_sink sink;
    struct sheaf_buf out = { 0 };
    struct sheaf_error err = { 0 };
    struct blob copy = { 0 };

    MUST_BE(open_bytes(from->data, from->len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_sink_memory(&sink, &out, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_redact(r, sink, &o, NULL, &err), SHEAF_OK, &err);
    blob_add(&copy, out.data, out.len);
    sheaf_buf_free(&out);
    sheaf_close(r);
    return copy;
}

/* docs[DOCS - 1] is taken out again. */
static struct blob
make_archive(struct doc *docs)
{
    const struct path file_path = in_folder("source.sheaf");
    const char *path = file_path.text;
    struct sheaf_error err = { 0 };
    struct sheaf_buf first = { 0 };
    struct blob whole, redacted;

    MUST_BE(pack(docs, FIRST, &options, &secret, &first, NULL, &err), SHEAF_OK,
            &err);
    write_file(path, first.data, first.len);
    sheaf_buf_free(&first);
    for (size_t g = 0; g < GENERATIONS; g++)
        add_generation(path, docs + FIRST + g * EACH, EACH,
                       g == 4 || g == GENERATIONS - 1 ? NULL
                       : g < 7 ? &secret
                               : &next_secret, g == 7);
    add_generation(path, NULL, 0, &next_secret, false); /* only a note */
    whole = read_file(path);
    redacted = redact(&whole, &docs[DOCS - 1], &next_secret);
    write_file(path, redacted.data, redacted.len);
    blob_free(&whole);
    blob_free(&redacted);
    whole = read_file(path);
    unlink(path);
    return whole;
}

/* ---- What stays as it was ------------------------------------------------ */

static bool
same_statement(const struct sheaf_info *a, const struct sheaf_info *b)
{
    return a->size == b->size && a->articles == b->articles &&
           a->generation == b->generation && a->raw_bytes == b->raw_bytes &&
           a->redactions == b->redactions &&
           a->key_changes == b->key_changes && a->runs == b->runs &&
           memcmp(a->root, b->root, 32) == 0 &&
           same_bytes(a->origin, b->origin.data, b->origin.len) &&
           same_bytes(a->note, b->note.data, b->note.len);
}

static const struct {
    const char *what;
    struct sheaf_write_options options;
} ways[] = {
    { "as it was",
      { SHEAF_WRITE_OPTIONS, .level = 3, .dict_max = 16384 } },
    { "without a dictionary",
      { SHEAF_WRITE_OPTIONS, .level = 1, .dict_max = -1 } },
    { "with another one",
      { SHEAF_WRITE_OPTIONS, .level = 5, .dict_max = 65536 } },
    { "in blocks of 4 KiB",
      { SHEAF_WRITE_OPTIONS, .level = 3, .dict_max = 16384, .block = 4096 } },
    { "in blocks of 64 KiB",
      { SHEAF_WRITE_OPTIONS, .level = 3, .dict_max = -1, .block = 65536 } },
};

static void
test_ways(const struct blob *from, struct doc *docs)
{
    struct sheaf_error err = { 0 };
    struct sheaf_reader *old = NULL;
    struct sheaf_info before;

    MUST_BE(open_bytes(from->data, from->len, NULL, &old, &err), SHEAF_OK,
            &err);
    sheaf_get_info(old, &before);
    ok(before.redactions == 1 && before.key_changes == 1 && before.runs > 1 &&
           before.generation == GENERATIONS + 3,
       "the archive has some of everything");
    for (size_t i = 0; i < COUNT_OF(ways); i++) {
        struct sheaf_write_options o = ways[i].options;
        struct sheaf_buf one = { 0 }, three = { 0 }, back = { 0 };
        struct sheaf_reader *r = NULL;
        struct sheaf_info info;
        struct sheaf_report report;
        struct blob repacked = { 0 };
        int rc = repack(from, &o, &one, &err);

        if (!ok(rc == SHEAF_OK, "%s", ways[i].what)) {
            printf("# %s [%s]\n", err.message, err.clause);
            continue;
        }
        rc = verify_bytes(one.data, one.len, &pub, &report, &err);
        if (!ok(rc == SHEAF_OK && report.authentic,
                "%s: authentic, by the key of old", ways[i].what))
            printf("# %s [%s]\n", err.message, err.clause);
        MUST_BE(open_bytes(one.data, one.len, NULL, &r, &err), SHEAF_OK, &err);
        sheaf_get_info(r, &info);
        ok(same_statement(&before, &info), "%s: it states the same",
           ways[i].what);
        eq_int(docs_back(r, docs, DOCS - 1), DOCS - 1,
               "%s: all articles are there", ways[i].what);
        sheaf_close(r);

        o.threads = 3;
        MUST_BE(repack(from, &o, &three, &err), SHEAF_OK, &err);
        ok(one.len == three.len && memcmp(one.data, three.data, one.len) == 0,
           "%s: the same bytes with three threads", ways[i].what);
        blob_add(&repacked, one.data, one.len);
        o = ways[0].options;
        MUST_BE(repack(&repacked, &o, &back, &err), SHEAF_OK, &err);
        MUST_BE(repack(from, &o, &three, &err), SHEAF_OK, &err);
        ok(back.len == three.len &&
               memcmp(back.data, three.data, back.len) == 0,
           "%s: and back", ways[i].what);
        blob_free(&repacked);
        sheaf_buf_free(&one);
        sheaf_buf_free(&three);
        sheaf_buf_free(&back);
    }
    sheaf_close(old);
}

/* Packed at once, it comes out byte for byte as packing made it. */
static void
test_single(const struct doc *docs)
{
    const struct sheaf_write_options fast = {
        SHEAF_WRITE_OPTIONS, .level = 1, .dict_max = -1
    };
    struct sheaf_write_options o = options;
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 }, other = { 0 }, again = { 0 };
    struct blob from = { 0 };

    o.block = 8192;
    MUST_BE(pack(docs, FIRST, &o, &secret, &bytes, NULL, &err), SHEAF_OK,
            &err);
    blob_add(&from, bytes.data, bytes.len);
    MUST_BE(repack(&from, &fast, &other, &err), SHEAF_OK, &err);
    ok(other.len != bytes.len, "repacked it is something else");
    from.len = 0;
    blob_add(&from, other.data, other.len);
    MUST_BE(repack(&from, &o, &again, &err), SHEAF_OK, &err);
    ok(again.len == bytes.len &&
           memcmp(again.data, bytes.data, bytes.len) == 0,
       "and then what it was");
    blob_free(&from);
    sheaf_buf_free(&bytes);
    sheaf_buf_free(&other);
    sheaf_buf_free(&again);

    o = options;
    MUST_BE(pack(docs, 0, &o, &secret, &bytes, NULL, &err), SHEAF_OK, &err);
    blob_add(&from, bytes.data, bytes.len);
    MUST_BE(repack(&from, &o, &again, &err), SHEAF_OK, &err);
    ok(again.len == bytes.len &&
           memcmp(again.data, bytes.data, bytes.len) == 0,
       "an empty one is as it was");
    blob_free(&from);
    sheaf_buf_free(&bytes);
    sheaf_buf_free(&again);
}

static void
test_large(const struct doc *docs)
{
    const struct sheaf_write_options fast = {
        SHEAF_WRITE_OPTIONS, .level = 1, .dict_max = -1
    };
    struct doc *film = docs_make(1, 100, 5);
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 }, again = { 0 };
    struct sheaf_writer *w = NULL;
    struct sheaf_sink sink;
    struct rng rng = { 9 };
    struct blob from = { 0 };

    film->id.len = 0;
    blob_text(&film->id, "film");
    doc_describe(film, 1);
    blob_words(&film->parts[0], &rng, (size_t)17 << 20);
    MUST_BE(sheaf_sink_memory(&sink, &bytes, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_writer_new(sink, &options, &w, &err), SHEAF_OK, &err);
    MUST_BE(docs_add(w, docs, 20, &err), SHEAF_OK, &err);
    MUST_BE(doc_add(w, film, NULL, &err), SHEAF_OK, &err);
    MUST_BE(docs_add(w, docs + 20, 3, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_commit(w, &secret, NULL, &err), SHEAF_OK, &err);
    sheaf_writer_free(w);
    blob_add(&from, bytes.data, bytes.len);
    eq_int(repack(&from, &fast, &again, &err), SHEAF_OK,
           "an archive with an article of 17 MiB");
    eq_int(verify_bytes(again.data, again.len, &pub, NULL, &err), SHEAF_OK,
           "which verifies");
    for (unsigned i = 0; i < 2; i++) {
        struct blob without = redact(&from, i == 0 ? film : &docs[7], &secret);
        struct sheaf_reader *r = NULL;

        MUST_BE(open_bytes(without.data, without.len, NULL, &r, &err),
                SHEAF_OK, &err);
        ok(verify_bytes(without.data, without.len, &pub, NULL, &err) ==
                   SHEAF_OK && (i != 0 || without.len < from.len / 2),
           "without %s it verifies", i == 0 ? "that" : "another");
        eq_int(docs_back(r, docs, 7), 7, "and the others are there");
        sheaf_close(r);
        blob_free(&without);
    }
    blob_free(&from);
    sheaf_buf_free(&bytes);
    sheaf_buf_free(&again);
    docs_free(film, 1);
}

/* ---- What is damaged ----------------------------------------------------- */

static void
test_damaged(const struct blob *from)
{
    const struct sheaf_write_options fast = {
        SHEAF_WRITE_OPTIONS, .level = 1, .dict_max = -1
    };
    struct blob bad = { 0 };
    struct sheaf_error err = { 0 };
    struct rng rng = { 4 };
    size_t wrong = 0, refused = 0, done = 0;

    for (unsigned i = 0; i < 300; i++) {
        struct sheaf_buf out = { 0 };
        size_t at = 64 + rng_below(&rng, (uint32_t)from->len - 64);
        int rc;

        bad.len = 0;
        blob_add(&bad, from->data, from->len);
        bad.data[at] ^= (uint8_t)(1u << rng_below(&rng, 8));
        rc = repack(&bad, &fast, &out, &err);
        /* What is derived is made anew; leaves are not. */
        if (rc == SHEAF_OK) {
            done++;
            wrong += verify_bytes(out.data, out.len, &pub, NULL, &err) !=
                     SHEAF_OK;
        } else {
            refused++;
            wrong += (rc != SHEAF_ECORRUPT && rc != SHEAF_EVERIFY &&
                      rc != SHEAF_EUNSUPPORTED && rc != SHEAF_ELIMIT) ||
                     out.len != 0;
        }
        if (wrong != 0) {
            printf("# byte %zu: %d %s [%s]\n", at, rc, err.message,
                   err.clause);
            sheaf_buf_free(&out);
            break;
        }
        sheaf_buf_free(&out);
    }
    eq_int(wrong, 0, "a flipped bit: refused, or what it was before");
    printf("# %zu refused, %zu repacked\n", refused, done);
    blob_free(&bad);
}

int
main(void)
{
    struct doc *docs = docs_make(DOCS, 500, 1);
    struct sheaf_error err = { 0 };
    struct blob from;

    make_folder();
    MUST_BE(sheaf_keygen(&secret, &pub, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_keygen(&next_secret, &next_pub, &err), SHEAF_OK, &err);
    from = make_archive(docs);
    eq_int(verify_bytes(from.data, from.len, &pub, NULL, &err), SHEAF_OK,
           "what is repacked verifies itself");
    test_ways(&from, docs);
    test_single(docs);
    test_large(docs);
    test_damaged(&from);
    blob_free(&from);
    docs_free(docs, DOCS);
    ok(rmdir(folder) == 0, "nothing is left in the folder");
    eq_int(mem_live(), 0, "nor in memory");
    return tap_done();
}
