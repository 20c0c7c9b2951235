/*
 * archive.h - helpers for tests of whole archives: makes articles from a seed,
 * packs them into memory or a file, and reads them back.
 *
 * It uses plain malloc, so that mem_live counts only the library's own blocks.
 * A helper that cannot continue aborts; a test reports why it failed.
 */
#ifndef ARCHIVE_H
#define ARCHIVE_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base.h"
#include "sheaf.h"
#include "tap.h"

#define DOC_PARTS_MAX 8
#define DOC_TIME INT64_C(1700000000000)

/* What a test can't do without. */
#define MUST_BE(rc, want, err)                                                \
    do {                                                                      \
        int rc_ = (rc);                                                       \
        if (rc_ != (want)) {                                                  \
            printf("# %s:%d: %d, wanted %d: %s [%s]\nBail out!\n", __FILE__,  \
                   __LINE__, rc_, (want), (err)->message, (err)->clause);     \
            fflush(stdout);                                                   \
            abort();                                                          \
        }                                                                     \
    } while (0)

/* ---- A generator of our own, the same everywhere ------------------------- */

struct rng {
    uint64_t state;
};

static inline uint32_t
rng_next(struct rng *r)
{
    uint64_t x = r->state += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(x >> 32);
}

static inline uint32_t
rng_below(struct rng *r, uint32_t n)
{
    return (uint32_t)((uint64_t)rng_next(r) * n >> 32);
}

/* ---- Bytes --------------------------------------------------------------- */

struct blob {
    uint8_t *data;
    size_t len;
    size_t cap;
};

static inline void
blob_add(struct blob *b, const void *data, size_t len)
{
    if (len > b->cap - b->len || b->data == NULL) {
        b->cap = (b->len + len) * 2 + 64;
        b->data = realloc(b->data, b->cap);
        if (b->data == NULL)
            abort();
    }
    if (len != 0)
        memcpy(b->data + b->len, data, len);
    b->len += len;
}

static inline void
blob_text(struct blob *b, const char *text)
{
    blob_add(b, text, strlen(text));
}

static inline void
blob_free(struct blob *b)
{
    free(b->data);
    memset(b, 0, sizeof *b);
}

static inline struct sheaf_bytes
blob_view(const struct blob *b)
{
    struct sheaf_bytes v = { b->data, b->len };

    return v;
}

static inline bool
same_bytes(struct sheaf_bytes a, const void *data, size_t len)
{
    return a.len == len && (len == 0 || memcmp(a.data, data, len) == 0);
}

/* Words with a common stock, as news has them. */
static inline void
blob_words(struct blob *b, struct rng *r, size_t bytes)
{
    static const char *const words[] = {
        "the council ", "said on Monday ", "that a new ", "bridge ",
        "would be built ", "near the harbour ", "after years of ", "debate ",
        "and ", "residents ", "of the old town ", "will have to ", "wait ",
        "until the end of ", "the year. ", "A spokeswoman ", "for the ",
        "ministry of transport ", "declined to comment ", "on the costs. ",
        "Prices ", "rose by ", "percent ", "while exports ", "fell again. ",
        "\303\234ber ", "caf\303\251 ", "In other news, ", "\n\n"
    };
    size_t end = b->len + bytes;

    while (b->len < end) {
        const char *w = words[rng_below(r, COUNT_OF(words))];
        char own[12];

        if (rng_below(r, 6) == 0) {
            snprintf(own, sizeof own, "%x ", (unsigned)rng_next(r));
            w = own;
        }
        blob_add(b, w, (size_t)min_u64(strlen(w), end - b->len));
    }
}

static inline void
blob_random(struct blob *b, struct rng *r, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        uint8_t v = (uint8_t)rng_next(r);

        blob_add(b, &v, 1);
    }
}

/* ---- Articles ------------------------------------------------------------ */

struct doc {
    struct blob id;
    struct blob url;    /* empty: none */
    struct blob fields; /* the metadata, as it is added */
    size_t prefix;      /* bytes of `fields` up to and with the id */
    struct blob parts[DOC_PARTS_MAX];
    int roles[DOC_PARTS_MAX];
    size_t part_count;
    uint32_t rev;       /* what it became */
    bool stored;        /* false: it said the same as the one before */
};

static inline void
doc_free(struct doc *d)
{
    blob_free(&d->id);
    blob_free(&d->url);
    blob_free(&d->fields);
    for (size_t i = 0; i < DOC_PARTS_MAX; i++)
        blob_free(&d->parts[i]);
}

static inline void
docs_free(struct doc *docs, size_t count)
{
    for (size_t i = 0; i < count; i++)
        doc_free(&docs[i]);
    free(docs);
}

/* The only characters of an ID that JSON's canonical form escapes. */
static inline void
blob_json(struct blob *b, const struct blob *text)
{
    blob_text(b, "\"");
    for (size_t i = 0; i < text->len; i++) {
        if (text->data[i] == '"' || text->data[i] == '\\')
            blob_text(b, "\\");
        blob_add(b, text->data + i, 1);
    }
    blob_text(b, "\"");
}

/* Metadata for what `id` and `url` are; `n` makes it differ. */
static inline void
doc_describe(struct doc *d, unsigned n)
{
    char text[64];

    d->fields.len = 0;
    snprintf(text, sizeof text, "{\"headline\":\"Headline %u\",\"id\":", n);
    blob_text(&d->fields, text);
    blob_json(&d->fields, &d->id);
    d->prefix = d->fields.len;
    snprintf(text, sizeof text,
             ",\"published\":\"2024-%02u-%02uT10:00:00Z\",\"section\":\"s%u\"",
             n % 12 + 1, n % 28 + 1, n % 5);
    blob_text(&d->fields, text);
    if (d->url.len != 0) {
        blob_text(&d->fields, ",\"url\":");
        blob_json(&d->fields, &d->url);
    }
    blob_text(&d->fields, "}");
}

/* Article `n` of a collection: a plain ID, a URL, a body of `bytes` words. */
static inline void
doc_make(struct doc *d, struct rng *r, unsigned n, size_t bytes)
{
    char text[64];

    memset(d, 0, sizeof *d);
    snprintf(text, sizeof text, "news/%06u", n);
    blob_text(&d->id, text);
    snprintf(text, sizeof text, "https://example.org/%u?a=\"b\"", n);
    blob_text(&d->url, text);
    d->roles[0] = SHEAF_ROLE_BODY;
    d->part_count = 1;
    blob_words(&d->parts[0], r, bytes);
    doc_describe(d, n);
    d->rev = 1;
    d->stored = true;
}

static inline struct doc *
docs_make(size_t count, size_t bytes_max, uint64_t seed)
{
    struct doc *docs = calloc(count + 1, sizeof *docs);
    struct rng r = { seed };

    if (docs == NULL)
        abort();
    for (size_t i = 0; i < count; i++)
        doc_make(&docs[i], &r, (unsigned)i,
                 bytes_max / 2 + rng_below(&r, (uint32_t)bytes_max / 2 + 1));
    return docs;
}

static inline int
doc_add(struct sheaf_writer *w, const struct doc *d, enum sheaf_added *added,
        struct sheaf_error *err)
{
    struct sheaf_new_part parts[DOC_PARTS_MAX];

    for (size_t i = 0; i < d->part_count; i++)
        parts[i] = (struct sheaf_new_part){ d->roles[i], "text/plain",
                                            blob_view(&d->parts[i]), NULL };
    return sheaf_add(w, blob_view(&d->fields), parts, d->part_count, added,
                     err);
}

static inline int
docs_add(struct sheaf_writer *w, const struct doc *docs, size_t count,
         struct sheaf_error *err)
{
    int rc = SHEAF_OK;

    for (size_t i = 0; rc == SHEAF_OK && i < count; i++)
        rc = doc_add(w, &docs[i], NULL, err);
    return rc;
}

/* Is this what was added as `d`? */
static inline bool
doc_is(const struct doc *d, const struct sheaf_article *a)
{
    const uint8_t *rest = d->fields.data + d->prefix;
    char rev[32];
    bool same = same_bytes(a->id, d->id.data, d->id.len) && a->rev == d->rev &&
                a->part_count == d->part_count;
    int n = snprintf(rev, sizeof rev, ",\"rev\":%u,", (unsigned)d->rev);

    /* The line is `fields` with parts, prev and rev in their places. */
    same = same && a->meta.len > d->fields.len &&
           memcmp(a->meta.data, d->fields.data, d->prefix) == 0 &&
           memmem(a->meta.data, a->meta.len, rev, (size_t)n) != NULL &&
           memmem(a->meta.data, a->meta.len, rest, 35) != NULL;
    for (size_t i = 0; same && i < d->part_count; i++)
        same = a->parts[i].role == d->roles[i] &&
               a->parts[i].size == d->parts[i].len &&
               same_bytes(a->parts[i].data, d->parts[i].data, d->parts[i].len);
    return same;
}

/* ---- Packing and opening ------------------------------------------------- */

static inline int
pack(const struct doc *docs, size_t count,
     const struct sheaf_write_options *options,
     const struct sheaf_secret_key *key, struct sheaf_buf *out,
     struct sheaf_written *written, struct sheaf_error *err)
{
    struct sheaf_writer *w = NULL;
    struct sheaf_sink sink;
    int rc = sheaf_sink_memory(&sink, out, err);

    if (rc == SHEAF_OK)
        rc = sheaf_writer_new(sink, options, &w, err);
    if (rc == SHEAF_OK)
        rc = docs_add(w, docs, count, err);
    if (rc == SHEAF_OK)
        rc = sheaf_commit(w, key, written, err);
    sheaf_writer_free(w);
    return rc;
}

static inline int
open_bytes(const void *data, size_t len, const struct sheaf_limits *limits,
           struct sheaf_reader **out, struct sheaf_error *err)
{
    struct sheaf_source source;
    int rc = sheaf_source_memory(&source, sheaf_view(data, len), err);

    return rc == SHEAF_OK ? sheaf_open(source, limits, out, err) : rc;
}

/* Find and read; with `rev` 0 the newest. */
static inline int
get(const struct sheaf_reader *r, struct sheaf_scratch *s, const struct doc *d,
    uint32_t rev, struct sheaf_article *out, struct sheaf_error *err)
{
    struct sheaf_entry entry;
    int rc = sheaf_find(r, s, blob_view(&d->id), rev, &entry, err);

    return rc == SHEAF_OK ? sheaf_read(r, s, &entry, out, err) : rc;
}

/* How many of `docs` come back as they were added. */
static inline size_t
docs_back(const struct sheaf_reader *r, const struct doc *docs, size_t count)
{
    struct sheaf_error err = { 0 };
    struct sheaf_scratch *s = NULL;
    size_t good = 0;

    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    for (size_t i = 0; i < count; i++) {
        struct sheaf_article a;
        int rc = get(r, s, &docs[i], docs[i].rev, &a, &err);

        if (rc == SHEAF_OK && doc_is(&docs[i], &a))
            good++;
        else
            printf("# article %zu: %d %s [%s]\n", i, rc,
                   rc != SHEAF_OK ? err.message : "other bytes", err.clause);
    }
    sheaf_scratch_free(s);
    return good;
}

static inline int
verify_bytes(const void *data, size_t len, const struct sheaf_public_key *key,
             struct sheaf_report *out, struct sheaf_error *err)
{
    struct sheaf_verify_options options = {
        SHEAF_VERIFY_OPTIONS, .threads = 1, .key = key
    };
    struct sheaf_report report;
    struct sheaf_reader *r = NULL;
    int rc = open_bytes(data, len, NULL, &r, err);

    if (rc == SHEAF_OK)
        rc = sheaf_verify(r, &options, &report, err);
    if (rc == SHEAF_OK && out != NULL)
        *out = report;
    sheaf_close(r);
    return rc;
}

/* ---- Files --------------------------------------------------------------- */

/* A folder for the test, and names in it. */
static char folder[64];

struct path {
    char text[128];
};

static inline void
make_folder(void)
{
    strcpy(folder, "/tmp/sheaf-test.XXXXXX");
    if (mkdtemp(folder) == NULL)
        abort();
}

static inline struct path
in_folder(const char *name)
{
    struct path p;

    snprintf(p.text, sizeof p.text, "%s/%s", folder, name);
    return p;
}

static inline void
write_file(const char *path, const void *data, size_t len)
{
    FILE *f = fopen(path, "wb");

    if (f == NULL || fwrite(data, 1, len, f) != len || fclose(f) != 0)
        abort();
}

/* Where in [from, to) a frame of this type begins first; `to` if nowhere. */
static inline uint64_t
find_frame(const struct blob *file, uint64_t from, uint64_t to,
           const char *type)
{
    for (uint64_t at = from; at + 12 <= to; at++) {
        if (memcmp(file->data + at, "\x53\x2a\x4d\x18", 4) == 0 &&
            memcmp(file->data + at + 8, type, 3) == 0)
            return at;
    }
    return to;
}

static inline struct blob
read_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    struct blob b = { 0 };
    uint8_t chunk[65536];
    size_t n;

    if (f == NULL)
        abort();
    while ((n = fread(chunk, 1, sizeof chunk, f)) != 0)
        blob_add(&b, chunk, n);
    fclose(f);
    return b;
}

/* One more generation. */
static inline int
append(const char *path, const struct doc *docs, size_t count,
       const struct sheaf_write_options *options,
       const struct sheaf_public_key *pub, const struct sheaf_secret_key *key,
       struct sheaf_error *err)
{
    struct sheaf_writer *w = NULL;
    int rc = sheaf_writer_append(path, options, pub, &w, err);

    if (rc == SHEAF_OK)
        rc = docs_add(w, docs, count, err);
    if (rc == SHEAF_OK)
        rc = sheaf_commit(w, key, NULL, err);
    sheaf_writer_free(w);
    return rc;
}

/* ---- A source that counts, and fails when told to ------------------------ */

struct probe {
    const uint8_t *data;
    size_t len;
    long reads;
    uint64_t bytes;
    long fail_at; /* the read after this many fails; -1: none does */
    long closed;
};

static inline uint64_t
probe_size(void *ctx)
{
    const struct probe *p = ctx;

    return p->len;
}

static inline int
probe_read_at(void *ctx, uint64_t offset, void *buf, size_t len)
{
    struct probe *p = ctx;

    if (p->reads++ == p->fail_at)
        return EIO;
    if (offset > p->len || len > p->len - offset)
        return EINVAL;
    if (len != 0)
        memcpy(buf, p->data + offset, len);
    p->bytes += len;
    return 0;
}

static inline void
probe_close(void *ctx)
{
    struct probe *p = ctx;

    p->closed++;
}

static const struct sheaf_source_ops probe_ops = { probe_size, probe_read_at,
                                                   probe_close, NULL };

static inline struct probe
probe_over(const void *data, size_t len)
{
    struct probe p = { data, len, 0, 0, -1, 0 };

    return p;
}

static inline struct sheaf_source
probe_source(struct probe *p)
{
    struct sheaf_source s = { &probe_ops, p };

    return s;
}

/* Adds a line of a listing to the blob `arg`. */
static inline int
list_line(void *arg, const struct sheaf_listing *line)
{
    const struct sheaf_bytes values[] = { line->id, line->published,
                                          line->section, line->headline };
    struct blob *out = arg;
    char text[160];

    snprintf(text, sizeof text, "%llu %u at %llu, %llu bytes, %u\n",
             (unsigned long long)line->entry.leaf, (unsigned)line->rev,
             (unsigned long long)line->entry.offset,
             (unsigned long long)line->entry.length,
             (unsigned)line->entry.index);
    blob_text(out, text);
    for (size_t i = 0; i < COUNT_OF(values); i++) {
        blob_add(out, values[i].data, values[i].len);
        blob_text(out, "\n");
    }
    return 0;
}

/* All lines of an archive. */
static inline struct blob
list_of(const struct blob *file)
{
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_error err = { 0 };
    struct blob out = { 0 };

    MUST_BE(open_bytes(file->data, file->len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_list(r, s, NULL, list_line, &out, &err), SHEAF_OK, &err);
    sheaf_scratch_free(s);
    sheaf_close(r);
    return out;
}

#endif
