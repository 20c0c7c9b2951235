/*
 * How much is read when much is damaged. A derived part must not cost a pass
 * over the whole file each time: what was read once, and where, is known.
 * Bytes are counted, not seconds.
 */
#include "archive.h"
#include "read/walk.h"
#include "write/merge.h"

#define DOCS 6000
#define GENERATIONS 30
#define APPENDED 8
#define REVISIONS 2000

static struct sheaf_secret_key secret;
static struct sheaf_public_key pub;

/* ---- Counting ------------------------------------------------------------ */

struct counting {
    struct sheaf_source source;
    uint64_t bytes;
    uint64_t watched;
    unsigned begun; /* reads that began there */
};

static uint64_t
counting_size(void *ctx)
{
    struct counting *c = ctx;

    return c->source.ops->size(c->source.ctx);
}

static int
counting_read_at(void *ctx, uint64_t offset, void *buf, size_t len)
{
    struct counting *c = ctx;

    c->bytes += len;
    c->begun += offset == c->watched;
    return c->source.ops->read_at(c->source.ctx, offset, buf, len);
}

static void
counting_close(void *ctx)
{
    struct counting *c = ctx;

    c->source.ops->close(c->source.ctx);
}

static const struct sheaf_source_ops counting_ops = { counting_size,
                                                      counting_read_at,
                                                      counting_close, NULL };

static struct sheaf_reader *
open_counting(struct counting *c, const struct blob *file)
{
    const struct sheaf_source source = { &counting_ops, c };
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL;

    c->bytes = 0;
    MUST_BE(sheaf_source_memory(&c->source, sheaf_view(file->data, file->len),
                                &err),
            SHEAF_OK, &err);
    MUST_BE(sheaf_open(source, NULL, &r, &err), SHEAF_OK, &err);
    return r;
}

/* ---- Damage -------------------------------------------------------------- */

/* Damages all frames of a type: zeros, or a bit in every `step` bytes of the
 * body. */
static unsigned
damage(struct blob *file, enum frame_type type, size_t step)
{
    struct sheaf_error err = { 0 };
    struct sheaf_source source;
    struct blob copy = { 0 };
    struct walk walk = { .step = 1 << 20 };
    unsigned met = 0;

    blob_add(&copy, file->data, file->len);
    MUST_BE(sheaf_source_memory(&source, sheaf_view(copy.data, copy.len),
                                &err),
            SHEAF_OK, &err);
    walk.source = source;
    walk.end = file->len;
    while (walk.at < walk.end) {
        struct walk_frame f;

        MUST_BE(walk_peek(&walk, &f, &err), SHEAF_OK, &err);
        if (f.type == FRAME_ZSTD)
            MUST_BE(walk_load(&walk, &f, &err), SHEAF_OK, &err);
        walk_pass(&walk, &f);
        if (f.type != type)
            continue;
        met++;
        if (step == 0)
            memset(file->data + f.offset, 0, (size_t)f.length);
        for (size_t at = FRAME_HEAD_SIZE + 40; step != 0 && at < f.length - 8;
             at += step)
            file->data[f.offset + at] ^= 4;
    }
    walk_free(&walk);
    source.ops->close(source.ctx);
    blob_free(&copy);
    return met;
}

/* ---- One large generation ------------------------------------------------ */

/* From the last to the first: the worst order for what derives forwards. */
static void
test_tiles(void)
{
    struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .level = 1,
                                     .dict_max = -1,      .time_ms = DOC_TIME,
                                     .origin = "t",       .block = 16384 };
    struct doc *docs = docs_make(DOCS, 40, 3);
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct blob file = { 0 };
    struct counting c = { .begun = 0 };
    struct sheaf_reader *r;
    struct sheaf_scratch *s = NULL;
    unsigned good = 0, asked = 0;

    MUST_BE(pack(docs, DOCS, &o, &secret, &bytes, NULL, &err), SHEAF_OK, &err);
    blob_add(&file, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    eq_int(damage(&file, FRAME_TIL, 1024), 1, "the tiles are damaged");
    r = open_counting(&c, &file);
    MUST_BE(sheaf_authenticate(r, &pub, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    for (size_t i = DOCS; i-- > 0; i -= i < 200 ? i : 200) {
        struct sheaf_article a;

        asked++;
        good += get(r, s, &docs[i], 0, &a, &err) == SHEAF_OK &&
                doc_is(&docs[i], &a);
    }
    eq_int(good, asked, "%u articles are found with the key", asked);
    printf("# %llu bytes read of a file of %zu\n", (unsigned long long)c.bytes,
           file.len);
    ok(c.bytes < 8 * file.len, "by reading the file a few times");
    sheaf_scratch_free(s);
    sheaf_close(r);
    blob_free(&file);
    docs_free(docs, DOCS);
}

/* ---- Pages --------------------------------------------------------------- */

/* Some have no URL, and some have one that is their ID: these have no row. */
static struct doc *
docs_with_few_urls(void)
{
    struct doc *docs = docs_make(DOCS, 40, 5);

    for (size_t i = 0; i < DOCS; i++) {
        struct doc *d = &docs[i];

        if (i % 7 != 3 && i % 11 != 5)
            continue;
        d->url.len = 0;
        if (i % 7 != 3)
            blob_add(&d->url, d->id.data, d->id.len);
        doc_describe(d, (unsigned)i);
    }
    return docs;
}

/* Whether the URL leads to its article, or to none if it has no row. */
static bool
is_found_by_url(const struct sheaf_reader *r, struct sheaf_scratch *s,
                const struct doc *d)
{
    bool has_row = d->url.len != 0 &&
                   !(d->url.len == d->id.len &&
                     memcmp(d->url.data, d->id.data, d->id.len) == 0);
    struct sheaf_error err = { 0 };
    struct sheaf_article a;
    struct sheaf_entry entry;
    int rc;

    if (d->url.len == 0)
        return true;
    rc = sheaf_find_url(r, s, blob_view(&d->url), &entry, &err);
    if (!has_row)
        return rc == SHEAF_ENOTFOUND;
    return rc == SHEAF_OK && sheaf_read(r, s, &entry, &a, &err) == SHEAF_OK &&
           doc_is(d, &a);
}

/* Each page is damaged that has one of these bytes, alone and beside others:
 * it is made again between what the pages beside it have. */
static void
test_pages(size_t step)
{
    struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .level = 1,
                                     .dict_max = -1,      .time_ms = DOC_TIME,
                                     .origin = "t",       .block = 16384 };
    struct doc *docs = docs_with_few_urls();
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct blob file = { 0 };
    struct counting c = { .begun = 0 };
    struct sheaf_reader *r;
    struct sheaf_scratch *s = NULL;
    unsigned by_id = 0, by_url = 0, asked = 0;

    MUST_BE(pack(docs, DOCS, &o, &secret, &bytes, NULL, &err), SHEAF_OK, &err);
    blob_add(&file, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    eq_int(damage(&file, FRAME_MAP, step), 1, "a map is damaged");
    eq_int(damage(&file, FRAME_URL, step / 2), 1, "and URLs");
    r = open_counting(&c, &file);
    MUST_BE(sheaf_authenticate(r, &pub, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    for (size_t i = 0; i < DOCS; i += 17) {
        struct sheaf_article a;

        asked++;
        by_id += get(r, s, &docs[i], 0, &a, &err) == SHEAF_OK &&
                 doc_is(&docs[i], &a);
        by_url += is_found_by_url(r, s, &docs[i]);
    }
    eq_int(by_id, asked, "damage at each %zu bytes: all IDs are found", step);
    eq_int(by_url, asked, "and all URLs");
    printf("# %llu bytes read of a file of %zu\n", (unsigned long long)c.bytes,
           file.len);
    ok(c.bytes < 24 * file.len, "by reading the file a few times");
    sheaf_scratch_free(s);
    sheaf_close(r);
    blob_free(&file);
    docs_free(docs, DOCS);
}

/* ---- Many generations ---------------------------------------------------- */

static int
count_articles(void *arg, const struct sheaf_scan_item *item)
{
    *(unsigned *)arg += item->state == SHEAF_SCAN_ARTICLE;
    return 0;
}

/* Where the first copy of the last top begins. */
static size_t
last_top(const struct blob *file)
{
    size_t at = file->len;

    for (unsigned copy = 0; copy < 2; copy++)
        ok(frame_find_back(blob_view(file), FRAME_TOP, &at),
           "there is a copy of the last top");
    return at;
}

static int
count_redacted(void *arg, const struct sheaf_scan_item *item)
{
    *(unsigned *)arg += item->state == SHEAF_SCAN_REDACTED;
    return 0;
}

/* An archive of many generations, the first with `first` articles. */
static struct blob
make_generations(struct doc *docs, unsigned first, unsigned total,
                 const struct path *path)
{
    struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .level = 1,
                                     .dict_max = -1, .time_ms = DOC_TIME,
                                     .origin = "t" };
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct blob file;

    MUST_BE(pack(docs, first, &o, &secret, &bytes, NULL, &err), SHEAF_OK,
            &err);
    write_file(path->text, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    for (unsigned i = first; i < total; i += APPENDED)
        MUST_BE(append(path->text, docs + i, APPENDED, &o, &pub, &secret,
                       &err),
                SHEAF_OK, &err);
    file = read_file(path->text);
    unlink(path->text);
    return file;
}

/* Many tops are written against one base, which may be large. */
static void
test_base(void)
{
    const unsigned first = 2000, total = first + 10 * APPENDED;
    struct doc *docs = docs_make(total, 200, 4);
    const struct path path = in_folder("base.sheaf");
    struct blob file = make_generations(docs, first, total, &path);
    const struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .level = 1 };
    struct sheaf_error err = { 0 };
    struct sheaf_buf out = { 0 };
    struct sheaf_sink sink;
    struct counting c = { .begun = 0 };
    struct sheaf_reader *r = open_counting(&c, &file);

    ok(r->top.base != 0, "the last top is written against another");
    c.watched = r->top.base;
    c.begun = 0;
    MUST_BE(sheaf_sink_memory(&sink, &out, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_repack(r, sink, &o, NULL, NULL, NULL, &err), SHEAF_OK, &err);
    ok(c.begun >= 1 && c.begun <= 3, "repacking reads the base %u times",
       c.begun);
    sheaf_close(r);
    sheaf_buf_free(&out);
    blob_free(&file);
    docs_free(docs, total);
}

/* Without the leaf hashes, and if `ends` without the end records of earlier
 * generations and what these follow from: then it is asked, once, whether
 * frames have moved. */
static void
test_generations(bool ends)
{
    const unsigned total = GENERATIONS * APPENDED;
    struct doc *docs = docs_make(total, 200, 4);
    const struct path path = in_folder("effort.sheaf");
    struct blob file = make_generations(docs, APPENDED, total, &path);
    struct sheaf_error err = { 0 };
    struct counting c = { .begun = 0 };
    struct sheaf_reader *r;
    struct sheaf_scratch *s = NULL;
    unsigned articles = 0;

    if (ends) {
        struct blob later = file;

        later.len = last_top(&file);
        damage(&later, FRAME_TOP, 1024);
        ok(damage(&later, FRAME_END, 1024) >= GENERATIONS, "ends are lost");
    }
    ok(damage(&file, FRAME_TIL, 0) >= GENERATIONS, "no leaf hashes are left");
    r = open_counting(&c, &file);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scan(r, s, count_articles, &articles, &err), SHEAF_OK, &err);
    ok(articles <= total && articles >= (ends ? total / 2 : total),
       "%u articles are scanned", articles);
    printf("# %llu bytes read of a file of %zu\n", (unsigned long long)c.bytes,
           file.len);
    ok(c.bytes < (ends ? 10 : 8) * file.len,
       "by reading the file a few times");
    sheaf_scratch_free(s);
    sheaf_close(r);
    blob_free(&file);
    docs_free(docs, total);
}

/* ---- An ID with many revisions ------------------------------------------- */

/* What a merge notes of removed articles and of those with their IDs. */
static void
note_gone(const struct sheaf_reader *r)
{
    struct sheaf_error err = { 0 };
    struct sheaf_merge *m = NULL;
    struct sheaf_buf out = { 0 };
    struct sheaf_sink sink;

    MUST_BE(sheaf_sink_memory(&sink, &out, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_merge_new(sink, NULL, &m, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_merge_expect(m, r, &err), SHEAF_OK, &err);
    ok(m->gone.len >= (size_t)REVISIONS * 73 &&
           m->gone.len <= (size_t)REVISIONS * 2 * 80,
       "a merge notes each revision once or twice: %zu bytes", m->gone.len);
    sheaf_merge_free(m);
    sheaf_buf_free(&out);
}

/* All of them are redacted, so that each leads through the redactions. */
static void
test_redacted(void)
{
    struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .level = 1,
                                     .dict_max = -1, .time_ms = DOC_TIME,
                                     .origin = "t" };
    struct sheaf_redact_target target = { .rev = 0 };
    struct sheaf_redact_options ro = { SHEAF_REDACT_OPTIONS,
                                       .targets = &target, .target_count = 1,
                                       .reason = "r", .time_ms = DOC_TIME };
    struct doc *docs = docs_make(REVISIONS, 20, 6);
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 }, less = { 0 };
    struct sheaf_sink sink;
    struct sheaf_scratch *s = NULL;
    struct blob file = { 0 };
    struct counting c = { .begun = 0 };
    struct sheaf_reader *r;
    unsigned redacted = 0;

    for (size_t i = 1; i < REVISIONS; i++) {
        docs[i].id.len = 0;
        blob_add(&docs[i].id, docs[0].id.data, docs[0].id.len);
        doc_describe(&docs[i], (unsigned)i);
    }
    target.id = blob_view(&docs[0].id);
    MUST_BE(pack(docs, REVISIONS, &o, NULL, &bytes, NULL, &err), SHEAF_OK,
            &err);
    blob_add(&file, bytes.data, bytes.len);
    r = open_counting(&c, &file);
    MUST_BE(sheaf_sink_memory(&sink, &less, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_redact(r, sink, &ro, NULL, &err), SHEAF_OK, &err);
    sheaf_close(r);
    blob_free(&file);
    file = (struct blob){ 0 };
    blob_add(&file, less.data, less.len);
    r = open_counting(&c, &file);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scan(r, s, count_redacted, &redacted, &err), SHEAF_OK, &err);
    eq_int(redacted, REVISIONS, "all revisions are redacted");
    printf("# %llu bytes read of a file of %zu\n", (unsigned long long)c.bytes,
           file.len);
    ok(c.bytes < 12 * file.len, "by reading the file a few times");
    note_gone(r);
    sheaf_scratch_free(s);
    sheaf_close(r);
    sheaf_buf_free(&bytes);
    sheaf_buf_free(&less);
    blob_free(&file);
    docs_free(docs, REVISIONS);
}

/* ---- A dictionary that is gone ------------------------------------------- */

static int
count_lost(void *arg, const struct sheaf_scan_item *item)
{
    *(unsigned *)arg += item->state == SHEAF_SCAN_LOST;
    return 0;
}

/* It is not looked for again with each article that needs it. */
static void
test_no_dictionary(void)
{
    struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .level = 1,
                                     .dict_max = 65536, .time_ms = DOC_TIME };
    struct doc *docs = docs_make(DOCS, 40, 3);
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct blob file = { 0 };
    struct counting c = { .begun = 0 };
    struct sheaf_reader *r;
    struct sheaf_scratch *s = NULL;
    unsigned lost = 0;

    MUST_BE(pack(docs, DOCS, &o, NULL, &bytes, NULL, &err), SHEAF_OK, &err);
    blob_add(&file, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    eq_int(damage(&file, FRAME_DICT, 64), 1, "the dictionary is damaged");
    eq_int(damage(&file, FRAME_PAR, 64), 1, "its parity");
    eq_int(damage(&file, FRAME_TIL, 64), 1, "and the leaf hashes");
    r = open_counting(&c, &file);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scan(r, s, count_lost, &lost, &err), SHEAF_OK, &err);
    ok(lost > DOCS / 2, "%u articles are lost", lost);
    printf("# %llu bytes read of a file of %zu\n", (unsigned long long)c.bytes,
           file.len);
    ok(c.bytes < 8 * file.len, "by reading the file a few times");
    sheaf_scratch_free(s);
    sheaf_close(r);
    blob_free(&file);
    docs_free(docs, DOCS);
}

int
main(void)
{
    struct sheaf_error err = { 0 };

    make_folder();
    MUST_BE(sheaf_keygen(&secret, &pub, &err), SHEAF_OK, &err);
    test_tiles();
    test_pages(3000);
    test_pages(9000);
    test_pages(20000);
    test_generations(false);
    test_generations(true);
    test_base();
    test_redacted();
    test_no_dictionary();
    rmdir(folder);
    return tap_done();
}
