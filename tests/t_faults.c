/*
 * Faults: each allocation, each read of the source and each call of the sink
 * fails once, in every operation, until the operation succeeds. The failure
 * must be reported correctly, must free all memory, and must never look like
 * success. Allocations inside libzstd cannot be made to fail.
 */
#include "archive.h"
#include "base/cursor.h"
#include "base/mem.h"

#define DOCS 40
#define GENERATION_2 6
#define LARGE_SIZE ((size_t)17 << 20)

static struct doc *docs;
static struct sheaf_secret_key secret;
static struct sheaf_public_key pub;

/* What is read from: archives of several kinds. */
static struct probe input;
static struct blob whole;    /* signed, two generations, a dictionary */
static struct blob torn;     /* and what is left of a third */
static struct blob top_lost; /* the second TOP is damaged */
static struct blob dict_bad; /* a piece of the dictionary is */
static struct blob dict_cut; /* a byte of it is missing */
static struct blob large;    /* with an article of 17 MiB */

static const struct sheaf_write_options options = {
    SHEAF_WRITE_OPTIONS, .dict_max = 4096, .time_ms = DOC_TIME
};

/* ---- A sink that fails when told to -------------------------------------- */

static struct {
    struct blob bytes;
    long calls;
    long fail_at;
    bool failed;
    bool committed;
    long open;
} output;

static int
output_call(void)
{
    if (output.calls++ == output.fail_at) {
        output.failed = true;
        return ENOSPC;
    }
    return output.failed ? EIO : 0;
}

static int
output_write(void *ctx, const void *buf, size_t len)
{
    int sys = output_call();

    (void)ctx;
    if (sys == 0)
        blob_add(&output.bytes, buf, len);
    return sys;
}

static int
output_sync(void *ctx)
{
    (void)ctx;
    return output_call();
}

static int
output_commit(void *ctx)
{
    int sys = output_call();

    (void)ctx;
    output.committed = sys == 0;
    return sys;
}

static void
output_close(void *ctx)
{
    (void)ctx;
    output.open--;
}

static const struct sheaf_sink_ops output_ops = { output_write, output_sync,
                                                  output_commit, output_close };

static struct sheaf_sink
output_sink(void)
{
    struct sheaf_sink sink = { &output_ops, NULL };

    output.bytes.len = 0;
    output.calls = 0;
    output.failed = output.committed = false;
    output.open++;
    return sink;
}

/* ---- Operations ---------------------------------------------------------- */

static struct blob big; /* the body of a large article */

static uint64_t
big_size(void *ctx)
{
    (void)ctx;
    return big.len;
}

static int
big_read_at(void *ctx, uint64_t offset, void *buf, size_t len)
{
    (void)ctx;
    memcpy(buf, big.data + offset, len);
    return 0;
}

static void
big_close(void *ctx)
{
    (void)ctx;
}

static const struct sheaf_source_ops big_ops = { big_size, big_read_at,
                                                 big_close, NULL };

static int
add_large(struct sheaf_writer *w, struct sheaf_error *err)
{
    const struct sheaf_source source = { &big_ops, NULL };
    const struct sheaf_new_part part = { SHEAF_ROLE_BODY, "video/x",
                                         { NULL, 0 }, &source };
    struct sheaf_bytes fields = { (const uint8_t *)"{\"id\":\"film\"}", 13 };

    return sheaf_add(w, fields, &part, 1, NULL, err);
}

static int
do_pack(struct sheaf_error *err)
{
    struct sheaf_writer *w = NULL;
    int rc = sheaf_writer_new(output_sink(), &options, &w, err);

    if (rc == SHEAF_OK)
        rc = docs_add(w, docs, DOCS, err);
    /* A revision, and one that is not stored. */
    if (rc == SHEAF_OK)
        rc = doc_add(w, &docs[DOCS], NULL, err);
    if (rc == SHEAF_OK)
        rc = doc_add(w, &docs[1], NULL, err);
    if (rc == SHEAF_OK)
        rc = sheaf_commit(w, &secret, NULL, err);
    sheaf_writer_free(w);
    return rc;
}

static int
do_pack_large(struct sheaf_error *err)
{
    const struct sheaf_write_options quick = {
        SHEAF_WRITE_OPTIONS, .level = 1, .dict_max = -1
    };
    struct sheaf_writer *w = NULL;
    int rc = sheaf_writer_new(output_sink(), &quick, &w, err);

    if (rc == SHEAF_OK)
        rc = add_large(w, err);
    if (rc == SHEAF_OK)
        rc = docs_add(w, docs, 2, err);
    if (rc == SHEAF_OK)
        rc = sheaf_commit(w, NULL, NULL, err);
    sheaf_writer_free(w);
    return rc;
}

/* A part that comes from a source, which is the one that fails. */
static int
do_pack_from_source(struct sheaf_error *err)
{
    const struct sheaf_source source = probe_source(&input);
    const struct sheaf_new_part part = { SHEAF_ROLE_BODY, "text/plain",
                                         { NULL, 0 }, &source };
    struct sheaf_bytes fields = { (const uint8_t *)"{\"id\":\"s\"}", 10 };
    struct sheaf_writer *w = NULL;
    int rc = sheaf_writer_new(output_sink(), NULL, &w, err);

    if (rc == SHEAF_OK)
        rc = sheaf_add(w, fields, &part, 1, NULL, err);
    if (rc == SHEAF_OK)
        rc = sheaf_commit(w, NULL, NULL, err);
    sheaf_writer_free(w);
    input.closed++; /* the source of a part stays the caller's */
    return rc;
}

static const char *append_path;

static int
do_append(struct sheaf_error *err)
{
    write_file(append_path, input.data, input.len);
    input.closed++;
    return append(append_path, docs + DOCS + 1, 5, &options, &pub, &secret,
                  err);
}

static int
do_open(struct sheaf_error *err)
{
    struct sheaf_reader *r = NULL;
    int rc = sheaf_open(probe_source(&input), NULL, &r, err);

    if (rc != SHEAF_OK && r != NULL)
        return 99;
    sheaf_close(r);
    return rc;
}

/* Open, and a scratch; the caller frees both. */
static int
begin(bool trust, struct sheaf_reader **r, struct sheaf_scratch **s,
      struct sheaf_error *err)
{
    int rc = sheaf_open(probe_source(&input), NULL, r, err);

    if (rc == SHEAF_OK && trust)
        rc = sheaf_authenticate(*r, &pub, err);
    return rc == SHEAF_OK ? sheaf_scratch_new(s, err) : rc;
}

static int
find_all(bool trust, struct sheaf_error *err)
{
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_article a;
    struct sheaf_entry e;
    int rc = begin(trust, &r, &s, err);

    for (unsigned i = 0; rc == SHEAF_OK && i < DOCS; i += 13) {
        rc = get(r, s, &docs[i], docs[i].rev, &a, err);
        if (rc == SHEAF_OK && !doc_is(&docs[i], &a))
            rc = 98;
    }
    if (rc == SHEAF_OK)
        rc = sheaf_find_url(r, s, blob_view(&docs[3].url), &e, err);
    if (rc == SHEAF_OK)
        rc = sheaf_locate(r, s, DOCS + 2, &e, err);
    if (rc == SHEAF_OK)
        rc = sheaf_read(r, s, &e, &a, err);
    if (rc == SHEAF_OK && sheaf_find(r, s, sheaf_str("none"), 0, &e, err) !=
                              SHEAF_ENOTFOUND)
        rc = err->code;
    sheaf_scratch_free(s);
    sheaf_close(r);
    return rc;
}

static int
do_find(struct sheaf_error *err)
{
    return find_all(false, err);
}

static int
do_find_trusted(struct sheaf_error *err)
{
    return find_all(true, err);
}

static int
count_line(void *arg, const struct sheaf_listing *line)
{
    (void)line;
    ++*(size_t *)arg;
    return 0;
}

static int
do_list(struct sheaf_error *err)
{
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    size_t lines = 0;
    int rc = begin(false, &r, &s, err);

    if (rc == SHEAF_OK)
        rc = sheaf_list(r, s, NULL, count_line, &lines, err);
    if (rc == SHEAF_OK && lines != DOCS + 1 + GENERATION_2)
        rc = 97;
    sheaf_scratch_free(s);
    sheaf_close(r);
    return rc;
}

static int
do_scan(struct sheaf_error *err)
{
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_scanner *scanner = NULL;
    const struct sheaf_scan_item *item;
    size_t articles = 0;
    int rc = begin(true, &r, &s, err);

    if (rc == SHEAF_OK)
        rc = sheaf_scanner_new(r, s, &scanner, err);
    while (rc == SHEAF_OK &&
           (rc = sheaf_scanner_next(scanner, &item, err)) == SHEAF_OK)
        articles += item->state == SHEAF_SCAN_ARTICLE;
    if (rc == SHEAF_END)
        rc = articles == DOCS + 1 + GENERATION_2 ? SHEAF_OK : 97;
    sheaf_scanner_free(scanner);
    sheaf_scratch_free(s);
    sheaf_close(r);
    return rc;
}

static int
do_dictionary(struct sheaf_error *err)
{
    struct sheaf_reader *r = NULL;
    struct sheaf_dictionary what;
    struct sheaf_buf raw = { 0 };
    int rc = sheaf_open(probe_source(&input), NULL, &r, err);

    if (rc == SHEAF_OK)
        rc = sheaf_get_dictionary(r, 0, &what, &raw, err);
    sheaf_buf_free(&raw);
    sheaf_close(r);
    return rc;
}

static int
do_verify(struct sheaf_error *err)
{
    struct sheaf_verify_options o = { SHEAF_VERIFY_OPTIONS, .key = &pub };
    struct sheaf_reader *r = NULL;
    struct sheaf_report report = { .leaves = 12345 };
    int rc = sheaf_open(probe_source(&input), NULL, &r, err);

    if (rc == SHEAF_OK)
        rc = sheaf_verify(r, &o, &report, err);
    if (rc != SHEAF_OK && report.leaves != 12345)
        rc = 96;
    sheaf_close(r);
    return rc;
}

static int
take_nothing(void *arg, const void *data, size_t len)
{
    (void)arg;
    (void)data;
    (void)len;
    return 0;
}

static int
do_read_large(struct sheaf_error *err)
{
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_article a;
    struct sheaf_entry e;
    int rc = begin(false, &r, &s, err);

    if (rc == SHEAF_OK)
        rc = sheaf_find(r, s, sheaf_str("film"), 0, &e, err);
    if (rc == SHEAF_OK)
        rc = sheaf_read(r, s, &e, &a, err);
    if (rc == SHEAF_OK)
        rc = sheaf_read_part(r, s, &a, 0, take_nothing, NULL, err);
    sheaf_scratch_free(s);
    sheaf_close(r);
    return rc;
}

static int
do_verify_large(struct sheaf_error *err)
{
    struct sheaf_verify_options o = { SHEAF_VERIFY_OPTIONS };
    struct sheaf_reader *r = NULL;
    struct sheaf_report report;
    int rc = sheaf_open(probe_source(&input), NULL, &r, err);

    if (rc == SHEAF_OK)
        rc = sheaf_verify(r, &o, &report, err);
    sheaf_close(r);
    return rc;
}

static int
do_canonical(struct sheaf_error *err)
{
    static const char text[] = "{ \"id\": \"a\", \"b\": [15, true, {}],"
                               " \"e\": [[\"\\u00e9\"]], \"c\": {\"d\": 1} }";
    struct sheaf_bytes view = { (const uint8_t *)text, sizeof text - 1 };
    struct sheaf_buf out = { 0 };
    int rc = sheaf_json_canonical(view, &out, err);

    sheaf_buf_free(&out);
    return rc;
}

static int
do_keys(struct sheaf_error *err)
{
    struct sheaf_buf out = { 0 };
    struct sheaf_public_key key;
    struct sheaf_secret_key own;
    int rc = sheaf_public_key_format(&pub, &out, err);

    if (rc == SHEAF_OK)
        rc = sheaf_public_key_parse(sheaf_view(out.data, out.len), &key, err);
    if (rc == SHEAF_OK)
        rc = sheaf_secret_key_format(&secret, sheaf_view(NULL, 0), &out, err);
    if (rc == SHEAF_OK)
        rc = sheaf_secret_key_parse(sheaf_view(out.data, out.len),
                                    sheaf_view(NULL, 0), &own, err);
    if (rc == SHEAF_OK)
        rc = sheaf_minisig(&secret, sheaf_str("text"), "comment", &out, err);
    sheaf_buf_free(&out);
    return rc;
}

static int
do_repack(struct sheaf_error *err)
{
    const struct sheaf_write_options o = {
        SHEAF_WRITE_OPTIONS, .dict_max = 4096, .level = 1, .block = 2048
    };
    struct sheaf_reader *r = NULL;
    int rc = sheaf_open(probe_source(&input), NULL, &r, err);

    if (rc == SHEAF_OK)
        rc = sheaf_repack(r, output_sink(), &o, NULL, NULL, NULL, err);
    sheaf_close(r);
    return rc;
}

static int
do_merge(struct sheaf_error *err)
{
    struct sheaf_reader *r = NULL;
    struct sheaf_merge *m = NULL;
    int rc = sheaf_open(probe_source(&input), NULL, &r, err);

    if (rc == SHEAF_OK)
        rc = sheaf_merge_new(output_sink(), NULL, &m, err);
    for (unsigned i = 0; rc == SHEAF_OK && i < 2; i++)
        rc = sheaf_merge_expect(m, r, err);
    for (unsigned i = 0; rc == SHEAF_OK && i < 2; i++)
        rc = sheaf_merge_add(m, r, NULL, NULL, err);
    if (rc == SHEAF_OK)
        rc = sheaf_merge_commit(m, &secret, NULL, err);
    sheaf_merge_free(m);
    sheaf_close(r);
    return rc;
}

static int
do_redact(struct sheaf_error *err)
{
    const struct sheaf_redact_target targets[] = {
        { blob_view(&docs[4].id), 0 }, { blob_view(&docs[7].id), 1 }
    };
    const struct sheaf_redact_options o = {
        SHEAF_REDACT_OPTIONS, .targets = targets, .target_count = 2,
        .reason = "a test",
        .time_ms = DOC_TIME, .key = &secret
    };
    struct sheaf_reader *r = NULL;
    int rc = sheaf_open(probe_source(&input), NULL, &r, err);

    if (rc == SHEAF_OK)
        rc = sheaf_redact(r, output_sink(), &o, NULL, err);
    sheaf_close(r);
    return rc;
}

struct recovering {
    struct sheaf_writer *w;
    int rc;
    struct sheaf_error err;
};

static int
recovered(void *arg, const struct sheaf_recovered *what)
{
    struct recovering *r = arg;

    if (what->kind == SHEAF_RECOVERED_ARTICLE)
        r->rc = sheaf_add_recovered(r->w, what, NULL, &r->err);
    return r->rc;
}

static int
do_recover(struct sheaf_error *err)
{
    struct recovering r = { NULL, SHEAF_OK, { 0 } };
    int rc = sheaf_writer_new(output_sink(), &options, &r.w, err);

    if (rc == SHEAF_OK)
        rc = sheaf_recover(probe_source(&input), NULL, recovered, &r, NULL,
                           err);
    else
        input.closed++;
    if (r.rc != SHEAF_OK) {
        rc = r.rc;
        *err = r.err;
    }
    if (rc == SHEAF_OK)
        rc = sheaf_commit(r.w, NULL, NULL, err);
    sheaf_writer_free(r.w);
    return rc;
}

static int
do_rekey(struct sheaf_error *err)
{
    struct sheaf_secret_key next = secret;
    struct sheaf_public_key next_pub;
    struct sheaf_writer *w = NULL;
    int rc;

    write_file(append_path, input.data, input.len);
    input.closed++;
    rc = sheaf_keygen(&next, &next_pub, err);
    if (rc == SHEAF_OK)
        rc = sheaf_writer_append(append_path, &options, &pub, &w, err);
    if (rc == SHEAF_OK)
        rc = sheaf_add_key_change(w, &secret, &next, err);
    if (rc == SHEAF_OK)
        rc = sheaf_commit(w, &next, NULL, err);
    sheaf_writer_free(w);
    return rc;
}

static const struct operation {
    const char *what;
    int (*run)(struct sheaf_error *err);
    const struct blob *from; /* NULL: reads nothing */
    bool writes;
    bool file; /* what it reads and writes is out of the test's hands */
} operations[] = {
    { "pack", do_pack, NULL, true, false },
    { "pack a large one", do_pack_large, NULL, true, false },
    { "pack from a source", do_pack_from_source, &whole, true, false },
    { "append", do_append, &whole, false, true },
    { "append to a torn file", do_append, &torn, false, true },
    { "append with a mended dictionary", do_append, &dict_bad, false, true },
    { "open", do_open, &whole, false, false },
    { "open a torn file", do_open, &torn, false, false },
    { "open by the first copies", do_open, &top_lost, false, false },
    { "find and read", do_find, &whole, false, false },
    { "find and read with trust", do_find_trusted, &whole, false, false },
    { "read with a mended dictionary", do_find, &dict_bad, false, false },
    { "list", do_list, &whole, false, false },
    { "scan", do_scan, &whole, false, false },
    { "get a dictionary", do_dictionary, &dict_bad, false, false },
    { "verify", do_verify, &whole, false, false },
    { "read a large one", do_read_large, &large, false, false },
    { "verify a large one", do_verify_large, &large, false, false },
    { "repack", do_repack, &whole, true, false },
    { "repack a large one", do_repack, &large, true, false },
    { "merge", do_merge, &whole, true, false },
    { "merge large ones", do_merge, &large, true, false },
    { "redact", do_redact, &whole, true, false },
    { "recover", do_recover, &whole, true, false },
    { "recover a torn file", do_recover, &torn, true, false },
    { "recover with a cut dictionary", do_recover, &dict_cut, true, false },
    { "rekey", do_rekey, &whole, false, true },
    { "canonical JSON", do_canonical, NULL, false, false },
    { "keys", do_keys, NULL, false, false },
};

/* ---- The faults ---------------------------------------------------------- */

enum fault { FAULT_MEMORY, FAULT_READ, FAULT_SINK };

/* The fault came, and the operation went on. Only what is kept to save time
 * may do without memory: the result is the same. */
#define SPARED 92

static const char *const fault_names[] = { "allocation", "read", "sink call" };

/* Run it with fault number `n`: SHEAF_OK if it came through untouched. */
static int
run_once(const struct operation *op, enum fault fault, long n,
         struct sheaf_error *err)
{
    long live = mem_live();
    long open = output.open;
    bool came;
    int rc;

    if (op->from != NULL)
        input = probe_over(op->from->data, op->from->len);
    output.committed = false;
    input.fail_at = fault == FAULT_READ ? n : -1;
    output.fail_at = fault == FAULT_SINK ? n : -1;
    memset(err, 0, sizeof *err);
    mem_fail_after(fault == FAULT_MEMORY ? n : -1);
    rc = op->run(err);
    if (fault == FAULT_MEMORY)
        came = mem_has_failed();
    else
        came = fault == FAULT_READ ? input.reads > n : output.failed;
    mem_fail_after(-1);
    if (mem_live() != live) {
        printf("# %ld blocks lost\n", mem_live() - live);
        return 95;
    }
    if (output.open != open || (op->from != NULL && input.closed != 1)) {
        printf("# a source or sink was not closed once\n");
        return 94;
    }
    if (op->writes && output.committed && rc != SHEAF_OK)
        return 93;
    if (rc == SHEAF_OK && n >= 0 && came)
        return SPARED;
    return rc;
}

/* What the operation wrote; of a file only as many bytes, as one of them has a
 * new key. */
static void
take_result(const struct operation *op, struct blob *out)
{
    out->len = 0;
    if (op->file) {
        struct blob now = read_file(append_path);

        out->len = now.len;
        blob_free(&now);
    } else if (op->writes) {
        blob_add(out, output.bytes.data, output.bytes.len);
    }
}

static bool
is_result(const struct operation *op, const struct blob *want)
{
    struct blob now = { 0 };
    bool same;

    take_result(op, &now);
    same = now.len == want->len &&
           (op->file || same_bytes(blob_view(&now), want->data, want->len));
    if (!op->file)
        blob_free(&now);
    return same;
}

static void
every_fault(const struct operation *op, enum fault fault)
{
    const int want = fault == FAULT_MEMORY ? SHEAF_ENOMEM : SHEAF_EIO;
    const struct path tail = in_folder("append.sheaf.tail");
    struct sheaf_error err;
    struct blob result = { 0 };
    size_t wrong = 0, spared = 0;
    long n;

    MUST_BE(run_once(op, fault, -1, &err), SHEAF_OK, &err);
    take_result(op, &result);
    unlink(tail.text);
    for (n = 0; n < 100000; n++) {
        int rc = run_once(op, fault, n, &err);
        bool good = rc == want && err.code == want && err.message[0] != '\0';

        if (op->file) {
            /* A failed append leaves the file as it was; but a torn tail may
             * have been saved by then, and the file itself is cut later. */
            struct blob now = read_file(append_path);

            if (rc != SHEAF_OK)
                good = good && same_bytes(blob_view(&now), input.data,
                                          op->from == &torn ? whole.len
                                                            : input.len);
            if (op->from == &torn && rc != SHEAF_OK && rc == want &&
                same_bytes(blob_view(&now), input.data, input.len))
                good = true;
            blob_free(&now);
            unlink(tail.text);
        }
        if (rc == SHEAF_OK)
            break;
        if (rc == SPARED && fault == FAULT_MEMORY && is_result(op, &result)) {
            spared++;
            continue;
        }
        if (!good && wrong++ < 5)
            printf("# %s, %s %ld: %d (%d) %s [%s]\n", op->what,
                   fault_names[fault], n, rc, err.code, err.message,
                   err.clause);
    }
    ok(wrong == 0 && n > (long)spared * 2 && n < 100000,
       "%s: every %s failed in turn", op->what, fault_names[fault]);
    printf("# that were %ld; %zu did no harm\n", n, spared);
    if (!op->file)
        blob_free(&result);
}

/* ---- What is read from --------------------------------------------------- */

static void
make_archives(void)
{
    struct sheaf_error err = { 0 };
    const char *path = append_path;
    struct blob longer;
    struct blob page = { 0 };
    size_t at = 0;

    output.fail_at = -1;
    MUST_BE(do_pack(&err), SHEAF_OK, &err);
    write_file(path, output.bytes.data, output.bytes.len);
    MUST_BE(append(path, docs + DOCS + 1, GENERATION_2, &options, &pub,
                   &secret, &err), SHEAF_OK, &err);
    whole = read_file(path);
    MUST_BE(append(path, docs + DOCS + 1 + GENERATION_2, 3, &options, &pub,
                   &secret, &err), SHEAF_OK, &err);
    longer = read_file(path);
    blob_add(&torn, longer.data, whole.len + 500);
    blob_free(&longer);
    unlink(path);

    blob_add(&top_lost, whole.data, whole.len);
    for (size_t i = 0; i + 12 < whole.len; i++) {
        if (memcmp(whole.data + i, "\x53\x2a\x4d\x18", 4) == 0 &&
            memcmp(whole.data + i + 8, "TOP", 3) == 0)
            at = i;
    }
    top_lost.data[at + 60] ^= 1;

    blob_add(&dict_bad, whole.data, whole.len);
    for (at = 0; memcmp(whole.data + at, "\x5d\x2a\x4d\x18", 4) != 0;)
        at++;
    ok(at == 64, "there is a dictionary");
    memset(dict_bad.data + at + 8 + 100, 0, 200);
    blob_add(&dict_cut, whole.data, at + 100);
    blob_add(&dict_cut, whole.data + at + 101, whole.len - at - 101);

    /* It repeats itself soon: the faults matter, not the compressing. */
    blob_words(&page, &(struct rng){ 77 }, 1 << 16);
    while (big.len < LARGE_SIZE)
        blob_add(&big, page.data, page.len);
    blob_free(&page);
    MUST_BE(do_pack_large(&err), SHEAF_OK, &err);
    blob_add(&large, output.bytes.data, output.bytes.len);
}

int
main(void)
{
    struct path path;

    make_folder();
    path = in_folder("append.sheaf");
    append_path = path.text;
    MUST_BE(sheaf_keygen(&secret, &pub, NULL), SHEAF_OK,
            &(struct sheaf_error){ 0 });
    docs = docs_make(DOCS + 20, 400, 12);
    /* docs[DOCS] is a revision of docs[4]. */
    docs[DOCS].id.len = 0;
    blob_text(&docs[DOCS].id, "news/000004");
    docs[DOCS].rev = 2;
    doc_describe(&docs[DOCS], DOCS);
    make_archives();

    for (size_t i = 0; i < COUNT_OF(operations); i++) {
        const struct operation *op = &operations[i];

        every_fault(op, FAULT_MEMORY);
        if (op->from != NULL && !op->file)
            every_fault(op, FAULT_READ);
        if (op->writes)
            every_fault(op, FAULT_SINK);
    }
    blob_free(&whole);
    blob_free(&torn);
    blob_free(&top_lost);
    blob_free(&dict_bad);
    blob_free(&dict_cut);
    blob_free(&large);
    blob_free(&big);
    blob_free(&output.bytes);
    docs_free(docs, DOCS + 20);
    unlink(path.text);
    ok(rmdir(folder) == 0, "nothing is left in the folder");
    return tap_done();
}
