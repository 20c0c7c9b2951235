/*
 * Salted articles: each has a salt of its own, which keys the commitments to
 * its parts, and nothing else about the article changes.
 */
#include "archive.h"

#define COUNT 30
#define LARGE_SIZE ((size_t)17 << 20)

static const struct sheaf_write_options options = {
    SHEAF_WRITE_OPTIONS, .time_ms = DOC_TIME, .level = 1, .dict_max = -1,
    .salted = 1
};

/* ---- A part that comes from a source ------------------------------------- */

static uint64_t
blob_size(void *ctx)
{
    const struct blob *b = ctx;

    return b->len;
}

static int
blob_read_at(void *ctx, uint64_t offset, void *buf, size_t len)
{
    const struct blob *b = ctx;

    memcpy(buf, b->data + offset, len);
    return 0;
}

static void
blob_close(void *ctx)
{
    (void)ctx;
}

static const struct sheaf_source_ops blob_ops = { blob_size, blob_read_at,
                                                  blob_close, NULL };

static int
add_from_source(struct sheaf_writer *w, struct blob *body, const char *fields,
                enum sheaf_added *added, struct sheaf_error *err)
{
    const struct sheaf_source source = { &blob_ops, body };
    const struct sheaf_new_part part = { SHEAF_ROLE_BODY, "text/plain",
                                         { NULL, 0 }, &source };
    struct sheaf_bytes f = { (const uint8_t *)fields, strlen(fields) };

    return sheaf_add(w, f, &part, 1, added, err);
}

/* ---- What is stored ------------------------------------------------------ */

static bool
salt_of(const struct sheaf_article *a, char out[65])
{
    static const char before[] = ",\"salt\":\"";
    const char *at = memmem(a->meta.data, a->meta.len, before,
                            sizeof before - 1);

    if (at == NULL)
        return false;
    memcpy(out, at + sizeof before - 1, 64);
    out[64] = '\0';
    return at[sizeof before - 1 + 64] == '"' &&
           strspn(out, "0123456789abcdef") == 64;
}

static void
test_stored(void)
{
    struct doc *docs = docs_make(COUNT, 300, 1);
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 }, again = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    char salts[COUNT][65];
    size_t salted = 0, different = 0;

    MUST_BE(pack(docs, COUNT, &options, NULL, &bytes, NULL, &err), SHEAF_OK,
            &err);
    MUST_BE(pack(docs, COUNT, &options, NULL, &again, NULL, &err), SHEAF_OK,
            &err);
    eq_int(verify_bytes(bytes.data, bytes.len, NULL, NULL, &err), SHEAF_OK,
           "salted articles verify");
    MUST_BE(open_bytes(bytes.data, bytes.len, NULL, &r, &err), SHEAF_OK, &err);
    eq_int(docs_back(r, docs, COUNT), COUNT, "and come back");
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    for (size_t i = 0; i < COUNT; i++) {
        struct sheaf_article a;

        MUST_BE(get(r, s, &docs[i], 0, &a, &err), SHEAF_OK, &err);
        if (!salt_of(&a, salts[i]))
            continue;
        salted++;
        different++;
        for (size_t k = 0; k < i; k++) {
            if (strcmp(salts[i], salts[k]) == 0) {
                different--;
                break;
            }
        }
    }
    eq_int(salted, COUNT, "each has a salt");
    eq_int(different, COUNT, "of its own");
    ok(bytes.len != again.len || memcmp(bytes.data, again.data, bytes.len) != 0,
       "packing again gives other salts");
    sheaf_scratch_free(s);
    sheaf_close(r);
    sheaf_buf_free(&bytes);
    sheaf_buf_free(&again);
    docs_free(docs, COUNT);
}

/* ---- What is the same ---------------------------------------------------- */

static void
test_same(void)
{
    const struct path file_path = in_folder("salted.sheaf");
    const char *path = file_path.text;
    const char *film = "{\"id\":\"film\",\"zone\":\"z\"}";
    const char *film_salted =
        "{\"id\":\"film\",\"salt\":\"0123456789abcdef0123456789abcdef"
        "0123456789abcdef0123456789abcdef\",\"zone\":\"z\"}";
    struct doc *docs = docs_make(4, 300, 2);
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct sheaf_writer *w = NULL;
    struct sheaf_sink sink;
    enum sheaf_added added = SHEAF_ADDED;
    struct rng rng = { 3 };
    struct blob small = { 0 }, large = { 0 }, file;

    blob_words(&small, &rng, 3000);
    blob_words(&large, &rng, LARGE_SIZE);
    MUST_BE(sheaf_sink_memory(&sink, &bytes, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_writer_new(sink, &options, &w, &err), SHEAF_OK, &err);
    MUST_BE(docs_add(w, docs, 3, &err), SHEAF_OK, &err);
    MUST_BE(doc_add(w, &docs[1], &added, &err), SHEAF_OK, &err);
    eq_int(added, SHEAF_UNCHANGED, "the same within one packing");
    MUST_BE(add_from_source(w, &small, "{\"id\":\"s\"}", &added, &err),
            SHEAF_OK, &err);
    MUST_BE(add_from_source(w, &large, film, &added, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_commit(w, NULL, NULL, &err), SHEAF_OK, &err);
    sheaf_writer_free(w);
    eq_int(verify_bytes(bytes.data, bytes.len, NULL, NULL, &err), SHEAF_OK,
           "a large salted article verifies, too");
    write_file(path, bytes.data, bytes.len);

    w = NULL;
    MUST_BE(sheaf_writer_append(path, &options, NULL, &w, &err), SHEAF_OK,
            &err);
    MUST_BE(doc_add(w, &docs[2], &added, &err), SHEAF_OK, &err);
    eq_int(added, SHEAF_UNCHANGED, "the same as in the archive");
    MUST_BE(add_from_source(w, &small, "{\"id\":\"s\"}", &added, &err),
            SHEAF_OK, &err);
    eq_int(added, SHEAF_UNCHANGED, "the same from a source");
    MUST_BE(add_from_source(w, &large, film, &added, &err), SHEAF_OK, &err);
    eq_int(added, SHEAF_UNCHANGED, "the same, and large");
    MUST_BE(add_from_source(w, &large, film_salted, &added, &err), SHEAF_OK,
            &err);
    eq_int(added, SHEAF_UNCHANGED, "the same but for a salt of the caller's");
    small.data[1] ^= 1;
    MUST_BE(add_from_source(w, &small, "{\"id\":\"s\"}", &added, &err),
            SHEAF_OK, &err);
    eq_int(added, SHEAF_REVISED, "one byte of a part is a revision");
    MUST_BE(doc_add(w, &docs[3], &added, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_commit(w, NULL, NULL, &err), SHEAF_OK, &err);
    sheaf_writer_free(w);
    file = read_file(path);
    eq_int(verify_bytes(file.data, file.len, NULL, NULL, &err), SHEAF_OK,
           "what was appended verifies");
    blob_free(&file);
    blob_free(&small);
    blob_free(&large);
    sheaf_buf_free(&bytes);
    docs_free(docs, 4);
    unlink(path);
}

/* ---- A salt of the caller's ---------------------------------------------- */

/* Half a salt is refused with the article, as any field that no reader would
 * take, and the writer goes on. */
static void
test_half_a_salt(void)
{
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct sheaf_writer *w = NULL;
    struct sheaf_written written;
    struct sheaf_sink sink;
    enum sheaf_added added = SHEAF_ADDED;
    char text[] = "some text";
    struct blob body = { (uint8_t *)text, sizeof text - 1, 0 };

    MUST_BE(sheaf_sink_memory(&sink, &bytes, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_writer_new(sink, &options, &w, &err), SHEAF_OK, &err);
    eq_int(add_from_source(w, &body, "{\"id\":\"a\",\"salt\":\"01234567\"}",
                           &added, &err),
           SHEAF_EINVAL, "half a salt is refused");
    MUST_BE(add_from_source(w, &body, "{\"id\":\"a\"}", &added, &err),
            SHEAF_OK, &err);
    eq_int(added, SHEAF_ADDED, "and the ID is free");
    MUST_BE(sheaf_commit(w, NULL, &written, &err), SHEAF_OK, &err);
    eq_int((long long)written.articles, 1, "one article was written");
    sheaf_writer_free(w);
    eq_int(verify_bytes(bytes.data, bytes.len, NULL, NULL, &err), SHEAF_OK,
           "and the archive verifies");
    sheaf_buf_free(&bytes);
}

int
main(void)
{
    make_folder();
    test_stored();
    test_same();
    test_half_a_salt();
    ok(rmdir(folder) == 0, "nothing is left in the folder");
    return tap_done();
}
