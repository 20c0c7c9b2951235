/*
 * Appending to real files: many generations, torn appends, damaged ends, and
 * two processes at a time. SHEAF_APPENDS in the environment sets the number of
 * generations; the default is 400.
 */
#include "archive.h"
#include "base/cursor.h"
#include "format/frame.h"
#include "format/top.h"
#include "log/merkle.h"

#define EACH 3

static struct sheaf_secret_key secret;
static struct sheaf_public_key pub;

static const struct sheaf_write_options options = {
    SHEAF_WRITE_OPTIONS, .time_ms = DOC_TIME, .level = 1, .dict_max = -1
};

static const struct sheaf_write_options verified = {
    SHEAF_WRITE_OPTIONS, .time_ms = DOC_TIME, .level = 1, .dict_max = -1,
    .verified = 1
};

/* ---- Many generations ---------------------------------------------------- */

static uint64_t
file_size(const char *path)
{
    struct stat st;

    if (stat(path, &st) != 0)
        abort();
    return (uint64_t)st.st_size;
}

/* Every article, each with a fresh reader, so that nothing is kept. */
static void
count_reads(const struct blob *file, const struct doc *docs, size_t count)
{
    struct probe p = probe_over(file->data, file->len);
    struct sheaf_error err = { 0 };
    struct sheaf_info info = { 0 };
    size_t wrong = 0;
    long most = 0, sum = 0, runs = 0;

    for (size_t i = 0; i < count; i++) {
        struct sheaf_reader *r = NULL;
        struct sheaf_scratch *s = NULL;
        struct sheaf_article a;
        long before;

        MUST_BE(sheaf_open(probe_source(&p), NULL, &r, &err), SHEAF_OK, &err);
        MUST_BE(sheaf_authenticate(r, &pub, &err), SHEAF_OK, &err);
        sheaf_get_info(r, &info);
        runs = (long)info.runs;
        before = p.reads;
        MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
        wrong += get(r, s, &docs[i], 0, &a, &err) != SHEAF_OK ||
                 !doc_is(&docs[i], &a);
        sum += p.reads - before;
        if (p.reads - before > most)
            most = p.reads - before;
        sheaf_scratch_free(s);
        sheaf_close(r);
    }
    eq_int(wrong, 0, "every one of %zu articles is found with trust", count);
    /* In each run at most five pages, each with its page roots: the one
     * guessed, the one wanted and its neighbours. Then the article and the
     * tile. */
    ok(most <= 10 * runs + 2, "find and read take few reads");
    printf("# reads for find and read with trust: mean %.1f, most %ld, "
           "in %ld runs\n", (double)sum / (double)count, most, runs);
    ok(info.runs <= 8, "%u runs", info.runs);
}

static void
test_many(size_t generations)
{
    const struct path file_path = in_folder("many.sheaf");
    const char *path = file_path.text;
    struct doc *docs = docs_make(generations * EACH, 120, 1);
    uint64_t *ends = calloc(generations + 1, sizeof *ends);
    struct sheaf_error err = { 0 };
    struct sheaf_buf first = { 0 };
    struct sheaf_report report;
    struct blob file;
    size_t wrong = 0;

    if (ends == NULL)
        abort();
    MUST_BE(pack(docs, EACH, &options, &secret, &first, NULL, &err), SHEAF_OK,
            &err);
    write_file(path, first.data, first.len);
    sheaf_buf_free(&first);
    ends[0] = file_size(path);
    for (size_t g = 1; g < generations; g++) {
        MUST_BE(append(path, docs + g * EACH, EACH, &options, &pub, &secret,
                       &err), SHEAF_OK, &err);
        ends[g] = file_size(path);
    }
    file = read_file(path);
    ok(verify_bytes(file.data, file.len, &pub, &report, &err) == SHEAF_OK &&
           report.generations == generations && report.authentic == 1 &&
           report.articles == generations * EACH &&
           report.signed_size == generations * (EACH + 1),
       "%zu appends verify", generations - 1);
    printf("# %.0f bytes for each append of %d articles\n",
           (double)(ends[generations - 1] - ends[0]) /
               (double)(generations - 1), EACH);
    count_reads(&file, docs, generations * EACH);

    for (size_t g = 0; g < generations; g++) {
        struct sheaf_reader *r = NULL;
        struct sheaf_info info;

        if (open_bytes(file.data, ends[g], NULL, &r, &err) != SHEAF_OK) {
            wrong++;
            continue;
        }
        sheaf_get_info(r, &info);
        wrong += info.articles != (g + 1) * EACH || info.generation != g + 1 ||
                 info.tail_bytes != 0 || info.end_damaged != 0 ||
                 sheaf_authenticate(r, &pub, &err) != SHEAF_OK;
        sheaf_close(r);
        if (g % (generations / 25 + 1) == 0 || g + 2 >= generations)
            wrong += verify_bytes(file.data, ends[g], &pub, NULL, &err) !=
                     SHEAF_OK;
    }
    eq_int(wrong, 0, "cut at each end it is what it was then");
    blob_free(&file);
    free(ends);
    docs_free(docs, generations * EACH);
    unlink(path);
}

/* ---- Revisions, empty appends, signatures -------------------------------- */

static void
test_kinds(void)
{
    const struct path file_path = in_folder("kinds.sheaf");
    const char *path = file_path.text;
    struct doc *docs = docs_make(20, 100, 2);
    struct sheaf_write_options o = options;
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct sheaf_writer *w = NULL;
    struct sheaf_written written;
    struct sheaf_report report;
    struct sheaf_public_key other;
    struct sheaf_secret_key other_secret;
    struct sheaf_reader *r = NULL;
    enum sheaf_added added = SHEAF_ADDED;
    struct blob file;

    MUST_BE(pack(docs, 10, &options, NULL, &bytes, NULL, &err), SHEAF_OK,
            &err);
    write_file(path, bytes.data, bytes.len);

    eq_int(append(path, NULL, 0, &options, NULL, NULL, &err), SHEAF_OK,
           "an append of nothing");
    eq_int(file_size(path), bytes.len, "leaves the file as it is");
    eq_int(append(path, NULL, 0, &options, NULL, &secret, &err), SHEAF_EINVAL,
           "who signs gives the key first");
    eq_int(append(path, NULL, 0, &options, &pub, &secret, &err), SHEAF_EVERIFY,
           "what nobody has signed must have been verified");
    eq_str(err.clause, "F9.9", "clause");
    eq_int(file_size(path), bytes.len, "refused, it stays as it is");
    eq_int(append(path, NULL, 0, &verified, &pub, &secret, &err), SHEAF_OK,
           "an append of nothing but a signature");
    file = read_file(path);
    ok(file.len > bytes.len &&
           verify_bytes(file.data, file.len, &pub, &report, &err) == SHEAF_OK &&
           report.generations == 2 && report.authentic == 1 &&
           report.leaves == 11 && report.signed_size == 11,
       "signs what is there");
    blob_free(&file);
    eq_int(append(path, docs, 10, &options, &pub, &secret, &err), SHEAF_OK,
           "an append of what is there already");
    eq_int(file_size(path) > bytes.len, 1, "is fine");

    MUST_BE(sheaf_writer_append(path, &options, &pub, &w, &err), SHEAF_OK,
            &err);
    docs[10].id.len = 0;
    blob_text(&docs[10].id, "news/000003");
    docs[10].rev = 2;
    doc_describe(&docs[10], 10);
    MUST_BE(doc_add(w, &docs[10], &added, &err), SHEAF_OK, &err);
    eq_int(added, SHEAF_REVISED_UNLIKE,
           "a revision of what came generations before, with another URL");
    MUST_BE(doc_add(w, &docs[10], &added, &err), SHEAF_OK, &err);
    eq_int(added, SHEAF_UNCHANGED, "which is not stored twice");
    MUST_BE(doc_add(w, &docs[2], &added, &err), SHEAF_OK, &err);
    eq_int(added, SHEAF_UNCHANGED, "nor is one that the archive has");
    MUST_BE(sheaf_commit(w, &secret, &written, &err), SHEAF_OK, &err);
    eq_int(written.unlike, 1, "it may be another article, and is counted");
    ok(written.articles == 1 && written.revisions == 1 &&
           written.unchanged == 2 && written.size == 13,
       "and counted");
    sheaf_writer_free(w);
    file = read_file(path);
    eq_int(verify_bytes(file.data, file.len, &pub, NULL, &err), SHEAF_OK,
           "it verifies");
    MUST_BE(open_bytes(file.data, file.len, NULL, &r, &err), SHEAF_OK, &err);
    eq_int(docs_back(r, docs, 11), 11, "both revisions are found");
    sheaf_close(r);
    blob_free(&file);

    MUST_BE(sheaf_keygen(&other_secret, &other, &err), SHEAF_OK, &err);
    eq_int(append(path, docs + 11, 1, &options, &other, &other_secret, &err),
           SHEAF_EVERIFY, "another key is refused");
    eq_int(append(path, docs + 11, 1, &options, &pub, &other_secret, &err),
           SHEAF_EVERIFY, "also when only the end is signed with it");
    eq_str(err.clause, "F9.10", "by its clause");
    o.origin = "example.org/other";
    eq_int(append(path, docs + 11, 1, &o, &pub, &secret, &err), SHEAF_EINVAL,
           "and so is another origin");
    w = NULL;
    MUST_BE(sheaf_writer_append(path, &options, &pub, &w, &err), SHEAF_OK,
            &err);
    MUST_BE(doc_add(w, &docs[12], NULL, &err), SHEAF_OK, &err);
    {
        uint64_t before = file_size(path);

        sheaf_writer_free(w);
        eq_int(file_size(path), before, "without a commit nothing changes");
    }

    /* A generation that nobody signed does not stop the key's owner. */
    eq_int(append(path, docs + 13, 2, &options, &pub, NULL, &err), SHEAF_OK,
           "an append without a signature");
    eq_int(append(path, docs + 15, 2, &verified, &pub, &secret, &err), SHEAF_OK,
           "and a signed one after it");

    sheaf_buf_free(&bytes);
    docs_free(docs, 20);
    unlink(path);
}

/* ---- What nobody has signed ---------------------------------------------- */

static int
redact_one(const struct blob *file, const struct doc *d, int looked,
           const struct sheaf_secret_key *key, struct sheaf_error *err)
{
    const struct sheaf_redact_target target = { blob_view(&d->id), 0 };
    const struct sheaf_redact_options o = {
        SHEAF_REDACT_OPTIONS, .targets = &target,  .target_count = 1,
        .reason = "a reason", .time_ms = DOC_TIME, .key = key,
        .verified = looked
    };
    struct sheaf_buf out = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_sink sink;
    int rc;

    MUST_BE(open_bytes(file->data, file->len, NULL, &r, err), SHEAF_OK, err);
    MUST_BE(sheaf_sink_memory(&sink, &out, err), SHEAF_OK, err);
    rc = sheaf_redact(r, sink, &o, NULL, err);
    sheaf_close(r);
    sheaf_buf_free(&out);
    return rc;
}

static int
merge_one(const struct blob *file, int looked,
          const struct sheaf_secret_key *key, struct sheaf_error *err)
{
    struct sheaf_write_options o = options;
    struct sheaf_buf out = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_merge *m = NULL;
    struct sheaf_sink sink;
    int rc;

    o.verified = looked;
    o.origin = "example.org/merged";
    MUST_BE(open_bytes(file->data, file->len, NULL, &r, err), SHEAF_OK, err);
    MUST_BE(sheaf_sink_memory(&sink, &out, err), SHEAF_OK, err);
    MUST_BE(sheaf_merge_new(sink, &o, &m, err), SHEAF_OK, err);
    MUST_BE(sheaf_merge_expect(m, r, err), SHEAF_OK, err);
    MUST_BE(sheaf_merge_add(m, r, NULL, NULL, err), SHEAF_OK, err);
    rc = sheaf_merge_commit(m, key, NULL, err);
    sheaf_merge_free(m);
    sheaf_close(r);
    sheaf_buf_free(&out);
    return rc;
}

/* Anybody can append to a signed archive. Nothing signs that by the way. */
static void
test_strangers(void)
{
    const struct path path = in_folder("strangers.sheaf");
    struct doc *docs = docs_make(5, 200, 3);
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct blob file, unsigned_file = { NULL, 0, 0 };

    MUST_BE(pack(docs, 3, &options, NULL, &bytes, NULL, &err), SHEAF_OK, &err);
    blob_add(&unsigned_file, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    MUST_BE(pack(docs, 3, &options, &secret, &bytes, NULL, &err), SHEAF_OK,
            &err);
    write_file(path.text, bytes.data, bytes.len);
    MUST_BE(append(path.text, docs + 3, 2, &options, NULL, NULL, &err),
            SHEAF_OK, &err);
    file = read_file(path.text);
    eq_int(redact_one(&file, docs, 0, &secret, &err), SHEAF_EVERIFY,
           "a redaction does not sign a stranger's articles");
    eq_str(err.clause, "F9.9", "by its clause");
    eq_int(redact_one(&unsigned_file, docs, 0, &secret, &err), SHEAF_EVERIFY,
           "nor an archive that nobody has signed");
    eq_int(redact_one(&file, docs, 1, &secret, &err), SHEAF_OK,
           "unless they were looked at");
    eq_int(redact_one(&file, docs, 0, NULL, &err), SHEAF_OK,
           "and without a key it signs nothing");
    eq_int(merge_one(&file, 0, &secret, &err), SHEAF_EVERIFY,
           "nor does a merge");
    eq_str(err.clause, "F9.9", "by the same clause");
    eq_int(merge_one(&file, 1, &secret, &err), SHEAF_OK,
           "unless they were looked at");
    eq_int(merge_one(&file, 0, NULL, &err), SHEAF_OK, "or nothing is signed");
    eq_int(merge_one(&unsigned_file, 0, &secret, &err), SHEAF_OK,
           "an archive that was never signed may be");
    blob_free(&file);
    blob_free(&unsigned_file);
    sheaf_buf_free(&bytes);
    docs_free(docs, 5);
    unlink(path.text);
}

/* ---- Checkpoints from elsewhere ------------------------------------------ */

/* The checkpoint of these articles, in an archive signed by itself. */
static void
note_of(const struct doc *docs, size_t count, const char *origin,
        struct blob *out)
{
    struct sheaf_write_options o = options;
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_info info;

    o.origin = origin;
    MUST_BE(pack(docs, count, &o, &secret, &bytes, NULL, &err), SHEAF_OK,
            &err);
    MUST_BE(open_bytes(bytes.data, bytes.len, NULL, &r, &err), SHEAF_OK, &err);
    sheaf_get_info(r, &info);
    out->len = 0;
    blob_add(out, info.note.data, info.note.len);
    sheaf_close(r);
    sheaf_buf_free(&bytes);
}

static int
attach(const char *path, const struct blob *note, const struct doc *docs,
       size_t count, struct sheaf_error *err)
{
    struct sheaf_writer *w = NULL;
    int rc = sheaf_writer_append(path, &options, NULL, &w, err);

    if (rc == SHEAF_OK)
        rc = docs_add(w, docs, count, err);
    if (rc == SHEAF_OK)
        rc = sheaf_commit_note(w, blob_view(note), NULL, err);
    sheaf_writer_free(w);
    return rc;
}

/* A checkpoint of the first two leaves of a generation, or of none. */
static void
test_note_within(const struct doc *docs)
{
    const struct path file_path = in_folder("within.sheaf");
    const char *path = file_path.text;
    const char *origin = "example.org/within";
    struct sheaf_write_options o = options;
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_writer *w = NULL;
    struct sheaf_buf note = { 0 }, bytes = { 0 };
    struct sheaf_sink sink;
    struct blob file, kept = { NULL, 0, 0 };
    uint8_t hashes[2 * 32], root[32], empty[32];

    o.origin = origin;
    MUST_BE(pack(docs, 3, &o, NULL, &bytes, NULL, &err), SHEAF_OK, &err);
    MUST_BE(open_bytes(bytes.data, bytes.len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    for (unsigned i = 0; i < 2; i++)
        MUST_BE(sheaf_leaf_hash(r, s, i, hashes + i * 32, &err), SHEAF_OK,
                &err);
    merkle_root(hashes, 2, root);
    merkle_root(hashes, 0, empty);
    MUST_BE(sheaf_checkpoint_sign(origin, 2, root, &secret, &note, &err),
            SHEAF_OK, &err);
    sheaf_scratch_free(s);
    sheaf_close(r);
    write_file(path, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    MUST_BE(sheaf_sink_memory(&sink, &bytes, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_writer_new(sink, &o, &w, &err), SHEAF_OK, &err);
    MUST_BE(docs_add(w, docs, 3, &err), SHEAF_OK, &err);
    eq_int(sheaf_commit_note(w, sheaf_view(note.data, note.len), NULL, &err),
           SHEAF_EVERIFY, "a checkpoint of the first two leaves, packing");
    eq_str(err.clause, "F9.9", "is refused by its clause");
    sheaf_writer_free(w);
    blob_add(&kept, note.data, note.len);
    eq_int(attach(path, &kept, docs + 3, 1, &err), SHEAF_EVERIFY,
           "so it is, appending");
    note.len = kept.len = 0;
    MUST_BE(sheaf_checkpoint_sign(origin, 0, empty, &secret, &note, &err),
            SHEAF_OK, &err);
    blob_add(&kept, note.data, note.len);
    eq_int(attach(path, &kept, NULL, 0, &err), SHEAF_EVERIFY,
           "and one of no leaves");
    blob_free(&kept);
    sheaf_buf_free(&bytes);
    file = read_file(path);
    eq_int(verify_bytes(file.data, file.len, NULL, NULL, &err), SHEAF_OK,
           "the archive stays as it was");
    blob_free(&file);
    unlink(path);
    sheaf_buf_free(&note);
}

static void
test_note(void)
{
    const struct path file_path = in_folder("note.sheaf");
    const char *path = file_path.text;
    const char *origin = "example.org/note";
    struct doc *docs = docs_make(8, 100, 6);
    struct sheaf_write_options o = options;
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct sheaf_report report;
    struct blob note = { 0 }, other = { 0 }, file;
    uint64_t size;

    o.origin = origin;
    MUST_BE(pack(docs, 5, &o, NULL, &bytes, NULL, &err), SHEAF_OK, &err);
    write_file(path, bytes.data, bytes.len);
    note_of(docs, 5, origin, &note);

    note_of(docs, 5, "example.org/other", &other);
    eq_int(attach(path, &other, NULL, 0, &err), SHEAF_EVERIFY,
           "a checkpoint of another origin");
    eq_str(err.clause, "F9.9", "is refused by its clause");
    note_of(docs + 1, 5, origin, &other);
    eq_int(attach(path, &other, NULL, 0, &err), SHEAF_EVERIFY,
           "one of another tree is, too");
    note_of(docs, 6, origin, &other);
    eq_int(attach(path, &other, NULL, 0, &err), SHEAF_EVERIFY,
           "and one of a larger tree");
    other.len--;
    eq_int(attach(path, &other, NULL, 0, &err), SHEAF_ECORRUPT,
           "what is no checkpoint at all");
    eq_str(err.clause, "F9.1", "is called that");
    eq_int(file_size(path), bytes.len, "nothing of this changed the file");

    eq_int(attach(path, &note, NULL, 0, &err), SHEAF_OK,
           "the checkpoint of the tree is attached");
    file = read_file(path);
    ok(verify_bytes(file.data, file.len, &pub, &report, &err) == SHEAF_OK &&
           report.authentic && report.signed_size == 6 &&
           report.leaves == 6 && report.generations == 2,
       "and makes the archive authentic, without a leaf of its own");
    size = file.len;
    blob_free(&file);
    eq_int(attach(path, &note, NULL, 0, &err), SHEAF_OK,
           "once more changes nothing");
    eq_int(file_size(path), size, "not even the file's size");

    eq_int(attach(path, &note, docs + 5, 1, &err), SHEAF_OK,
           "an older checkpoint may come with a new generation");
    file = read_file(path);
    ok(verify_bytes(file.data, file.len, &pub, &report, &err) == SHEAF_OK &&
           report.signed_size == 6 && report.leaves == 8,
       "which it does not cover");
    blob_free(&file);
    eq_int(append(path, docs + 6, 1, &verified, &pub, &secret, &err), SHEAF_OK,
           "when a newer one has signed more");
    eq_int(attach(path, &note, NULL, 0, &err), SHEAF_EINVAL,
           "the older one can't take its place");
    sheaf_buf_free(&bytes);

    {
        struct sheaf_writer *w = NULL;
        struct sheaf_sink sink;

        note_of(docs, 3, NULL, &note);
        MUST_BE(sheaf_sink_memory(&sink, &bytes, &err), SHEAF_OK, &err);
        MUST_BE(sheaf_writer_new(sink, &options, &w, &err), SHEAF_OK, &err);
        MUST_BE(docs_add(w, docs, 3, &err), SHEAF_OK, &err);
        eq_int(sheaf_commit_note(w, blob_view(&note), NULL, &err), SHEAF_OK,
               "a first generation with the checkpoint it will have");
        sheaf_writer_free(w);
        ok(verify_bytes(bytes.data, bytes.len, &pub, &report, &err) ==
                   SHEAF_OK && report.signed_size == 4,
           "is authentic from the start");
    }
    test_note_within(docs);
    blob_free(&note);
    blob_free(&other);
    sheaf_buf_free(&bytes);
    docs_free(docs, 8);
    unlink(path);
}

/* ---- Key changes --------------------------------------------------------- */

static int
rekey(const char *path, const struct doc *docs, size_t count,
      const struct sheaf_secret_key *from, const struct sheaf_secret_key *to,
      const struct sheaf_secret_key *signer, struct sheaf_error *err)
{
    struct sheaf_writer *w = NULL;
    struct sheaf_public_key by = { .id = { 0 } };
    int rc;

    memcpy(by.id, from->id, sizeof by.id);
    memcpy(by.key, from->key + 32, sizeof by.key);
    rc = sheaf_writer_append(path, &options, signer != NULL ? &by : NULL, &w,
                             err);
    if (rc == SHEAF_OK)
        rc = docs_add(w, docs, count, err);
    if (rc == SHEAF_OK)
        rc = sheaf_add_key_change(w, from, to, err);
    if (rc == SHEAF_OK && docs_add(w, docs, 1, NULL) != SHEAF_EINVAL)
        rc = 99;
    if (rc == SHEAF_OK)
        rc = sheaf_commit(w, signer, NULL, err);
    sheaf_writer_free(w);
    return rc;
}

/* A key change that the new key has not signed for yet is in no proof. */
static void
proves_below(const char *path, const struct doc *d,
             const struct sheaf_public_key *key)
{
    struct blob file = read_file(path);
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_proof *proof = NULL;
    struct sheaf_proof_info info = { .followed = 9 };
    struct sheaf_buf text = { 0 };
    struct sheaf_entry entry;

    MUST_BE(open_bytes(file.data, file.len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_find(r, s, blob_view(&d->id), 0, &entry, &err), SHEAF_OK,
            &err);
    eq_int(sheaf_prove(r, s, &entry, &text, &err), SHEAF_OK,
           "a proof below a key change");
    MUST_BE(sheaf_check_proof(sheaf_view(text.data, text.len), key, &proof,
                              &err), SHEAF_OK, &err);
    sheaf_proof_get_info(proof, &info);
    eq_int(info.followed, 0, "is of the key before it");
    sheaf_proof_free(proof);
    sheaf_buf_free(&text);
    sheaf_scratch_free(s);
    sheaf_close(r);
    blob_free(&file);
}

static int
count_key(void *arg, const struct sheaf_public_key *key)
{
    (void)key;
    ++*(unsigned *)arg;
    return 0;
}

/* How many keys of the log are listed to who trusts this one. */
static unsigned
keys_for(const char *path, const struct sheaf_public_key *key)
{
    struct blob file = read_file(path);
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    unsigned count = 0;

    MUST_BE(open_bytes(file.data, file.len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_authenticate(r, key, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_list_keys(r, s, count_key, &count, &err), SHEAF_OK, &err);
    sheaf_scratch_free(s);
    sheaf_close(r);
    blob_free(&file);
    return count;
}

/* Anybody can sign a log anew, with the key changes of its owner. */
static void
sign_anew(const char *path, const struct sheaf_secret_key *key)
{
    struct blob file = read_file(path);
    struct blob note = { NULL, 0, 0 };
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_buf made = { 0 };
    struct sheaf_info info;
    char origin[256];

    MUST_BE(open_bytes(file.data, file.len, NULL, &r, &err), SHEAF_OK, &err);
    sheaf_get_info(r, &info);
    snprintf(origin, sizeof origin, "%.*s", (int)info.origin.len,
             (const char *)info.origin.data);
    MUST_BE(sheaf_checkpoint_sign(origin, info.size, info.root, key, &made,
                                  &err),
            SHEAF_OK, &err);
    blob_add(&note, made.data, made.len);
    MUST_BE(attach(path, &note, NULL, 0, &err), SHEAF_OK, &err);
    sheaf_close(r);
    sheaf_buf_free(&made);
    blob_free(&note);
    blob_free(&file);
}

static void
test_rekey(void)
{
    const struct path file_path = in_folder("rekey.sheaf");
    const char *path = file_path.text;
    struct doc *docs = docs_make(12, 100, 7);
    struct sheaf_secret_key second_secret, third_secret, stranger_secret;
    struct sheaf_public_key second, third, stranger;
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct sheaf_report report;
    struct blob file;
    uint64_t size;

    MUST_BE(sheaf_keygen(&second_secret, &second, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_keygen(&third_secret, &third, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_keygen(&stranger_secret, &stranger, &err), SHEAF_OK, &err);
    MUST_BE(pack(docs, 3, &options, NULL, &bytes, NULL, &err), SHEAF_OK, &err);
    write_file(path, bytes.data, bytes.len);
    eq_int(rekey(path, docs, 0, &secret, &second_secret, NULL, &err),
           SHEAF_EINVAL, "nobody's key can't change");
    MUST_BE(append(path, NULL, 0, &verified, &pub, &secret, &err), SHEAF_OK,
            &err);
    size = file_size(path);
    eq_int(rekey(path, docs, 0, &second_secret, &third_secret, NULL, &err),
           SHEAF_EVERIFY, "nor one that is not the signer's");
    eq_int(rekey(path, docs, 0, &secret, &secret, NULL, &err), SHEAF_EINVAL,
           "nor into itself");
    eq_int(rekey(path, docs + 3, 1, &secret, &second_secret, &secret, &err),
           SHEAF_EVERIFY, "the old key does not sign after it");
    eq_int(file_size(path), size, "none of this changed the file");
    file = read_file(path);
    eq_int(rekey(path, docs, 0, &secret, &second_secret, NULL, &err), SHEAF_OK,
           "a key change may wait for its signature");
    proves_below(path, &docs[1], &pub);
    write_file(path, file.data, file.len);
    blob_free(&file);

    eq_int(rekey(path, docs + 3, 2, &secret, &second_secret, &second_secret,
                 &err), SHEAF_OK, "a key change, with articles before it");
    eq_int(append(path, docs + 5, 2, &options, &second, &second_secret, &err),
           SHEAF_OK, "the new key signs what comes then");
    eq_int(append(path, docs + 7, 1, &options, &pub, &secret, &err),
           SHEAF_EVERIFY, "and not the old one");
    eq_int(append(path, docs + 7, 1, &options, NULL, &secret, &err),
           SHEAF_EINVAL, "in no way");
    eq_int(rekey(path, docs, 0, &secret, &third_secret, &third_secret, &err),
           SHEAF_EVERIFY, "the old key can't be changed twice");
    eq_int(rekey(path, docs, 0, &second_secret, &third_secret, &third_secret,
                 &err), SHEAF_OK, "a second key change, and nothing else");
    eq_int(append(path, docs + 7, 2, &options, &third, &third_secret, &err),
           SHEAF_OK, "and what comes after it");
    file = read_file(path);
    ok(verify_bytes(file.data, file.len, &pub, &report, &err) == SHEAF_OK &&
           report.authentic && report.articles == 9,
       "who trusts the first key follows it to the third");
    eq_int(verify_bytes(file.data, file.len, &second, &report, &err), SHEAF_OK,
           "so does who trusts the second");
    eq_int(verify_bytes(file.data, file.len, &third, &report, &err), SHEAF_OK,
           "and the third");
    ok(keys_for(path, &pub) == 3 && keys_for(path, &second) == 3 &&
           keys_for(path, &third) == 3,
       "each of them sees all three");
    sign_anew(path, &stranger_secret);
    eq_int(keys_for(path, &stranger), 0,
           "who trusts a stranger that signed it anew sees none");
    blob_free(&file);
    sheaf_buf_free(&bytes);
    docs_free(docs, 12);
    unlink(path);
}

/* ---- Torn appends -------------------------------------------------------- */

/* Frames after the end that are those of another archive are not cut off. */
static void
test_other_archive(void)
{
    struct doc *docs = docs_make(7, 2000, 8);
    const struct path file = in_folder("two.sheaf");
    const struct path tail = in_folder("two.sheaf.tail");
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct blob two = { 0 };
    struct blob now;

    MUST_BE(pack(docs, 6, &options, &secret, &bytes, NULL, &err), SHEAF_OK,
            &err);
    blob_add(&two, bytes.data, bytes.len);
    blob_add(&two, bytes.data + HEAD_SIZE, bytes.len - HEAD_SIZE);
    write_file(file.text, two.data, two.len);
    eq_int(append(file.text, docs + 6, 1, &options, &pub, &secret, &err),
           SHEAF_ECORRUPT, "nothing is appended before an end record");
    eq_str(err.clause, "F12.5", "by F12.5");
    now = read_file(file.text);
    ok(same_bytes(blob_view(&now), two.data, two.len), "nothing is cut off");
    ok(access(tail.text, F_OK) != 0, "or saved");
    blob_free(&now);
    blob_free(&two);
    sheaf_buf_free(&bytes);
    docs_free(docs, 7);
    unlink(file.text);
}

/* A file cut at `cut`, in a generation that began at `from` and whose first
 * END ends at `whole`: up to there appending saves the tail, and from there on
 * it writes the second copy again. */
static bool
append_to_torn(const struct blob *file, uint64_t cut, uint64_t from,
               uint64_t whole, const struct doc *docs, size_t count)
{
    const struct path torn = in_folder("cut.sheaf");
    const struct path tail = in_folder("cut.sheaf.tail");
    struct sheaf_error err = { 0 };
    struct blob now, saved = { 0 };
    bool good;
    int rc;

    write_file(torn.text, file->data, cut);
    rc = append(torn.text, docs + 5, count, &options, &pub, &secret, &err);
    now = read_file(torn.text);
    good = rc == SHEAF_OK &&
           verify_bytes(now.data, now.len, &pub, NULL, &err) == SHEAF_OK &&
           (access(tail.text, F_OK) == 0) == (cut < whole);
    if (good && cut < whole) {
        saved = read_file(tail.text);
        good = same_bytes(blob_view(&saved), file->data + from, cut - from);
    } else if (good) {
        good = same_bytes(blob_view(&now), file->data, file->len);
    }
    if (!good)
        printf("# appending to a file cut at %llu: %d %s [%s]\n",
               (unsigned long long)cut, rc, err.message, err.clause);
    blob_free(&now);
    blob_free(&saved);
    unlink(torn.text);
    unlink(tail.text);
    return good;
}

static void
test_torn(size_t second, size_t bytes_each, size_t step, const char *what)
{
    struct doc *docs = docs_make(5 + second + 1, bytes_each, 3);
    const struct path file_path = in_folder("torn.sheaf");
    const char *path = file_path.text;
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct blob file;
    uint64_t k, end, whole;
    size_t wrong = 0, wrong_append = 0;

    MUST_BE(pack(docs, 5, &options, &secret, &bytes, NULL, &err), SHEAF_OK,
            &err);
    write_file(path, bytes.data, bytes.len);
    k = bytes.len;
    sheaf_buf_free(&bytes);
    MUST_BE(append(path, docs + 5, second, &options, &pub, &secret, &err),
            SHEAF_OK, &err);
    file = read_file(path);
    end = file.len;
    whole = find_frame(&file, k, end, "END") + END_SIZE;

    for (uint64_t cut = k + 1; cut < end; cut += step) {
        bool later = cut >= whole;
        struct sheaf_reader *r = NULL;
        struct sheaf_info info;

        if (open_bytes(file.data, cut, NULL, &r, &err) != SHEAF_OK) {
            printf("# cut at %llu: %s [%s]\n", (unsigned long long)cut,
                   err.message, err.clause);
            wrong++;
            continue;
        }
        sheaf_get_info(r, &info);
        if (info.generation != (later ? 2u : 1u) ||
            info.articles != (later ? 5 + second : 5) ||
            info.tail_bytes != (later ? 0 : cut - k) ||
            info.lost_leaves != 0 ||
            (info.end_damaged != 0) != later ||
            sheaf_authenticate(r, &pub, &err) != SHEAF_OK) {
            printf("# cut at %llu: generation %llu, tail %llu, damaged %d\n",
                   (unsigned long long)cut,
                   (unsigned long long)info.generation,
                   (unsigned long long)info.tail_bytes, info.end_damaged);
            wrong++;
        }
        sheaf_close(r);
        wrong += verify_bytes(file.data, cut, NULL, NULL, &err) == SHEAF_OK;

        wrong_append += !append_to_torn(&file, cut, k, whole, docs, second);
    }
    eq_int(wrong, 0, "%s: a torn append opens as what was before", what);
    eq_int(wrong_append, 0, "%s: appending saves the tail and goes on", what);
    blob_free(&file);
    docs_free(docs, 5 + second + 1);
    unlink(path);
}

/* ---- Damaged ends -------------------------------------------------------- */

static void
test_damaged(void)
{
    struct doc *docs = docs_make(10, 200, 4);
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct blob file = { 0 };
    const struct path file_path = in_folder("damaged.sheaf");
    const char *path = file_path.text;
    uint64_t at[4];
    static const char *const names[] = { "the first TOP", "the first END",
                                         "the second TOP", "the second END" };

    MUST_BE(pack(docs, 9, &options, &secret, &bytes, NULL, &err), SHEAF_OK,
            &err);
    blob_add(&file, bytes.data, bytes.len);
    at[0] = find_frame(&file, 0, file.len, "TOP");
    at[1] = find_frame(&file, 0, file.len, "END");
    at[2] = find_frame(&file, at[1], file.len, "TOP");
    at[3] = find_frame(&file, at[1] + 1, file.len, "END");
    eq_int(at[3] + END_SIZE, file.len, "the second END is the last frame");
    for (unsigned i = 0; i < COUNT_OF(at); i++) {
        /* A byte in the head, one in the body; and zeros all over. */
        for (unsigned k = 0; k < 3; k++) {
            size_t n = k < 2 ? 1 : END_SIZE;
            struct sheaf_reader *r = NULL;
            struct sheaf_info info;
            struct blob now;
            int rc;

            file.data[at[i] + 40 * k] ^= 0x40;
            if (k == 2)
                memset(file.data + at[i], 0, n);
            rc = open_bytes(file.data, file.len, NULL, &r, &err);
            if (!ok(rc == SHEAF_OK, "%s damaged (%u): opens", names[i], k))
                printf("# %s [%s]\n", err.message, err.clause);
            if (rc == SHEAF_OK) {
                sheaf_get_info(r, &info);
                ok(info.articles == 9 &&
                       (i < 2 || info.end_damaged ||
                        sheaf_get_damage(r, NULL) != 0) &&
                       docs_back(r, docs, 9) == 9,
                   "%s damaged (%u): all articles are there", names[i], k);
                sheaf_close(r);
            }
            write_file(path, file.data, file.len);
            rc = append(path, docs + 9, 1, &options, &pub, &secret, &err);
            now = read_file(path);
            if (i >= 2)
                ok(rc == SHEAF_OK &&
                       same_bytes(sheaf_view(now.data, bytes.len), bytes.data,
                                  bytes.len) &&
                       verify_bytes(now.data, now.len, &pub, NULL, &err) ==
                           SHEAF_OK,
                   "%s damaged (%u): written again, then appended to",
                   names[i], k);
            ok(verify_bytes(file.data, file.len, NULL, NULL, &err) ==
                       SHEAF_ECORRUPT,
               "%s damaged (%u): does not verify", names[i], k);
            blob_free(&now);
            memcpy(file.data, bytes.data, bytes.len);
        }
    }
    blob_free(&file);
    sheaf_buf_free(&bytes);
    docs_free(docs, 10);
    unlink(path);
}

/* ---- Tops against a base ------------------------------------------------- */

/* What the newest top states as its base; 0: none. */
static uint64_t
base_of(const struct blob *file)
{
    uint64_t top = 0;

    for (uint64_t at = 0;
         (at = find_frame(file, at, file->len, "TOP")) < file->len; at++)
        top = at;
    return get_be(file->data + top + FRAME_HEAD_SIZE, 8);
}

/* The first top is whole, and far from its copy; those after it only say what
 * differs. */
static void
test_base(void)
{
    struct doc *docs = docs_make(4, 100, 7);
    const struct path path = in_folder("base.sheaf");
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    uint64_t bases[4] = { 0 };

    blob_random(&docs[0].parts[0], &(struct rng){ 7 }, 40000);
    MUST_BE(pack(docs, 1, &options, NULL, &bytes, NULL, &err), SHEAF_OK, &err);
    write_file(path.text, bytes.data, bytes.len);
    for (unsigned i = 0; i < 4; i++) {
        struct blob file;

        if (i != 0)
            MUST_BE(append(path.text, docs + i, 1, &options, NULL, NULL, &err),
                    SHEAF_OK, &err);
        file = read_file(path.text);
        bases[i] = base_of(&file);
        blob_free(&file);
    }
    eq_int(bases[0], 0, "the first top has no base");
    ok(bases[1] > HEAD_SIZE && bases[1] < bytes.len, "the second one has it");
    ok(bases[2] == bases[1] && bases[3] == bases[1], "and so have the others");
    unlink(path.text);
    sheaf_buf_free(&bytes);
    docs_free(docs, 4);
}

/* ---- Two at a time ------------------------------------------------------- */

static void
test_lock(void)
{
    const struct path file_path = in_folder("lock.sheaf");
    const char *path = file_path.text;
    struct doc *docs = docs_make(4, 100, 5);
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct sheaf_writer *one = NULL, *two = NULL;
    struct sheaf_reader *r = NULL;
    struct sheaf_source source;

    MUST_BE(pack(docs, 1, &options, NULL, &bytes, NULL, &err), SHEAF_OK, &err);
    write_file(path, bytes.data, bytes.len);
    MUST_BE(sheaf_writer_append(path, &options, NULL, &one, &err), SHEAF_OK,
            &err);
    eq_int(sheaf_writer_append(path, &options, NULL, &two, &err), SHEAF_EIO,
           "a second appender is refused");
    eq_int(err.sys, EWOULDBLOCK, "because of the lock");
    ok(two == NULL, "and gets no writer");
    MUST_BE(sheaf_source_file(&source, path, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_open(source, NULL, &r, &err), SHEAF_OK, &err);
    eq_int(docs_back(r, docs, 1), 1, "a reader is not");
    MUST_BE(doc_add(one, &docs[1], NULL, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_commit(one, NULL, NULL, &err), SHEAF_OK, &err);
    eq_int(docs_back(r, docs, 1), 1, "and still sees what was there");
    sheaf_writer_free(one);
    sheaf_close(r);
    eq_int(append(path, docs + 2, 1, &options, NULL, NULL, &err), SHEAF_OK,
           "the next one gets its turn");
    eq_int(append(in_folder("none.sheaf").text, docs, 1, &options, NULL, NULL,
                  &err), SHEAF_EIO, "there must be an archive");
    eq_int(err.sys, ENOENT, "which the error says");
    eq_int(append(folder, docs, 1, &options, NULL, NULL, &err) != SHEAF_OK, 1,
           "a folder is none");
    sheaf_buf_free(&bytes);
    docs_free(docs, 4);
    unlink(path);
}

int
main(void)
{
    const char *appends = getenv("SHEAF_APPENDS");
    struct sheaf_error err = { 0 };

    make_folder();
    MUST_BE(sheaf_keygen(&secret, &pub, &err), SHEAF_OK, &err);
    test_many(appends != NULL ? (size_t)atol(appends) : 401);
    test_kinds();
    test_strangers();
    test_note();
    test_rekey();
    test_other_archive();
    test_torn(3, 200, 97, "small");
    test_torn(60, 4000, 97 * 31, "large");
    test_damaged();
    test_base();
    test_lock();
    ok(rmdir(folder) == 0, "nothing is left in the folder");
    return tap_done();
}
