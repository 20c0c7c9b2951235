/*
 * Round trips: collections of many sizes and kinds are packed in memory and
 * found again by ID, revision, URL, leaf and listing.
 */
#include "archive.h"

/* ---- Whole collections --------------------------------------------------- */

struct listed {
    const struct doc *docs;
    size_t count;
    size_t at;
    size_t wrong;
    uint64_t leaf;
};

static int
take_line(void *arg, const struct sheaf_listing *line)
{
    struct listed *l = arg;
    struct blob id = { 0 };
    bool good;

    while (l->at < l->count && !l->docs[l->at].stored)
        l->at++;
    if (l->at == l->count)
        return 1;
    /* As it stands in the metadata: escaped, but without quotes. */
    blob_json(&id, &l->docs[l->at].id);
    good = same_bytes(line->id, id.data + 1, id.len - 2) &&
           line->entry.leaf == l->leaf &&
           memmem(l->docs[l->at].fields.data, l->docs[l->at].fields.len,
                  line->headline.data, line->headline.len) != NULL &&
           line->published.len == 20 && line->section.len == 2;
    l->wrong += !good;
    l->leaf++;
    l->at++;
    blob_free(&id);
    return 0;
}

static size_t
count_stored(const struct doc *docs, size_t count)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        n += docs[i].stored;
    return n;
}

/* The number of the newest article with the ID, or the URL, of docs[i]. */
static size_t
newest(const struct doc *docs, size_t count, size_t i, bool by_url)
{
    const struct blob *want = by_url ? &docs[i].url : &docs[i].id;

    for (size_t n = count; n-- > 0;) {
        const struct blob *have = by_url ? &docs[n].url : &docs[n].id;

        if (docs[n].stored &&
            same_bytes(blob_view(want), have->data, have->len))
            return n;
    }
    return i;
}

/* Everything that finds docs[i]; returns how many ways did not. */
static size_t
look_up(const struct sheaf_reader *r, struct sheaf_scratch *s,
        const struct doc *docs, size_t count, size_t i, uint64_t leaf)
{
    struct sheaf_error err = { 0 };
    struct sheaf_article a;
    struct sheaf_entry e;
    size_t wrong = 0;

    if (get(r, s, &docs[i], docs[i].rev, &a, &err) != SHEAF_OK ||
        !doc_is(&docs[i], &a))
        wrong++;
    if (docs[i].stored &&
        (sheaf_locate(r, s, leaf, &e, &err) != SHEAF_OK ||
         sheaf_read(r, s, &e, &a, &err) != SHEAF_OK || a.leaf != leaf ||
         !doc_is(&docs[i], &a)))
        wrong++;
    if (get(r, s, &docs[i], 0, &a, &err) != SHEAF_OK ||
        !doc_is(&docs[newest(docs, count, i, false)], &a))
        wrong++;
    if (docs[i].url.len != 0 &&
        !same_bytes(blob_view(&docs[i].url), docs[i].id.data, docs[i].id.len) &&
        (sheaf_find_url(r, s, blob_view(&docs[i].url), &e, &err) !=
             SHEAF_OK ||
         sheaf_read(r, s, &e, &a, &err) != SHEAF_OK ||
         !doc_is(&docs[newest(docs, count, i, true)], &a)))
        wrong++;
    if (wrong != 0)
        printf("# article %zu: %zu wrong; last %s [%s]\n", i, wrong,
               err.message, err.clause);
    return wrong;
}

static void
check_archive(const struct sheaf_buf *bytes, const struct doc *docs,
              size_t count, const struct sheaf_public_key *key,
              const char *what)
{
    size_t stored = count_stored(docs, count);
    struct listed l = { docs, count, 0, 0, 0 };
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_report report;
    struct sheaf_entry e;
    struct sheaf_info info;
    size_t wrong = 0;
    uint64_t leaf = 0;

    MUST_BE(open_bytes(bytes->data, bytes->len, NULL, &r, &err), SHEAF_OK,
            &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    sheaf_get_info(r, &info);
    ok(info.articles == stored && info.size == stored + 1 &&
           info.generation == 1 && info.file_bytes == bytes->len &&
           info.tail_bytes == 0 && info.end_damaged == 0,
       "%s: the info counts %zu articles and a seal", what, stored);
    if (key != NULL)
        MUST_BE(sheaf_authenticate(r, key, &err), SHEAF_OK, &err);
    for (size_t i = 0; i < count; i++) {
        wrong += look_up(r, s, docs, count, i, leaf);
        leaf += docs[i].stored;
    }
    eq_int(wrong, 0, "%s: found by ID, revision, URL and leaf", what);
    eq_int(sheaf_find(r, s, sheaf_str("no such"), 0, &e, &err), SHEAF_ENOTFOUND,
           "%s: what is not there is not found", what);
    if (count != 0)
        eq_int(sheaf_find(r, s, blob_view(&docs[0].id), 99, &e, &err),
               SHEAF_ENOTFOUND, "%s: nor is another revision", what);
    eq_int(sheaf_locate(r, s, stored, &e, &err), SHEAF_ENOTFOUND,
           "%s: the seal is not an article", what);
    eq_int(sheaf_locate(r, s, stored + 1, &e, &err), SHEAF_END,
           "%s: after it there is nothing", what);
    ok(sheaf_list(r, s, NULL, take_line, &l, &err) == SHEAF_OK &&
           l.wrong == 0 && l.leaf == stored,
       "%s: the listing has them all, in order", what);
    sheaf_scratch_free(s);
    sheaf_close(r);
    ok(verify_bytes(bytes->data, bytes->len, key, &report, &err) == SHEAF_OK &&
           report.articles == stored && report.bytes == bytes->len &&
           report.authentic == (key != NULL),
       "%s: verifies", what);
    if (err.code != 0 && err.code != SHEAF_ENOTFOUND)
        printf("# %s [%s]\n", err.message, err.clause);
}

static void
test_counts(void)
{
    static const size_t counts[] = { 0, 1, 2, 3, 255, 256, 257, 1000 };
    struct sheaf_error err = { 0 };
    struct sheaf_secret_key secret;
    struct sheaf_public_key pub;

    MUST_BE(sheaf_keygen(&secret, &pub, &err), SHEAF_OK, &err);
    for (size_t i = 0; i < COUNT_OF(counts); i++) {
        struct doc *docs = docs_make(counts[i], 600, i);
        struct sheaf_write_options o = {
            SHEAF_WRITE_OPTIONS, .time_ms = DOC_TIME, .level = 3
        };
        struct sheaf_buf bytes = { 0 };
        char what[32];

        snprintf(what, sizeof what, "%zu articles", counts[i]);
        MUST_BE(pack(docs, counts[i], &o, i % 2 ? &secret : NULL, &bytes, NULL,
                     &err), SHEAF_OK, &err);
        check_archive(&bytes, docs, counts[i], i % 2 ? &pub : NULL, what);
        sheaf_buf_free(&bytes);
        docs_free(docs, counts[i]);
    }
}

/* ---- Bodies -------------------------------------------------------------- */

#define BODIES 40

static void
make_body(struct blob *body, struct rng *r, unsigned n,
          const struct sheaf_buf *sheaf)
{
    static const uint8_t magics[][4] = {
        { 0x28, 0xb5, 0x2f, 0xfd }, /* zstd frame */
        { 0x53, 0x2a, 0x4d, 0x18 }, /* sheaf frame */
        { 0x5d, 0x2a, 0x4d, 0x18 }, /* dictionary frame */
        { 0x37, 0xa4, 0x30, 0xec }, /* dictionary */
    };

    body->len = 0;
    switch (n % 8) {
    case 0:
        break;
    case 1:
        blob_random(body, r, 1 + rng_below(r, 5000));
        break;
    case 2:
        blob_words(body, r, rng_below(r, 9000));
        break;
    case 3: /* incompressible with magics in it: they stand in raw blocks */
        for (unsigned i = 0; i < 20; i++) {
            blob_random(body, r, rng_below(r, 60));
            blob_add(body, magics[(i + n / 8) % 4], 4);
        }
        break;
    case 4:
        blob_add(body, magics[n / 8 % 4], 4);
        break;
    case 5: /* an archive, whole, and one of which the end is missing */
        blob_add(body, sheaf->data, sheaf->len);
        if (n % 16 > 8)
            body->len -= 100;
        break;
    case 6: /* one letter many times */
        for (unsigned i = 0; i < 200000; i++)
            blob_text(body, "a");
        break;
    default: /* nothing but the magic */
        for (unsigned i = 0; i < 1000; i++)
            blob_add(body, magics[1], 4);
        blob_random(body, r, n);
        blob_add(body, sheaf->data, sheaf->len);
    }
}

static void
test_bodies(void)
{
    static const int64_t dict_max[] = { -1, 8192, 0 };
    struct sheaf_error err = { 0 };
    struct doc *inner = docs_make(5, 300, 7);
    struct sheaf_buf sheaf = { 0 };
    struct rng r = { 3 };

    MUST_BE(pack(inner, 5, NULL, NULL, &sheaf, NULL, &err), SHEAF_OK, &err);
    docs_free(inner, 5);
    for (size_t k = 0; k < COUNT_OF(dict_max); k++) {
        struct sheaf_write_options o = {
            SHEAF_WRITE_OPTIONS, .dict_max = dict_max[k]
        };
        struct doc *docs = docs_make(BODIES, 100, k);
        struct sheaf_buf bytes = { 0 };
        char what[40];

        for (unsigned i = 0; i < BODIES; i++)
            make_body(&docs[i].parts[0], &r, i, &sheaf);
        MUST_BE(pack(docs, BODIES, &o, NULL, &bytes, NULL, &err), SHEAF_OK,
                &err);
        snprintf(what, sizeof what, "bodies, dict_max %d", (int)dict_max[k]);
        check_archive(&bytes, docs, BODIES, NULL, what);
        sheaf_buf_free(&bytes);
        docs_free(docs, BODIES);
    }
    sheaf_buf_free(&sheaf);
}

/* ---- IDs ----------------------------------------------------------------- */

#define ID_MAX 1024

static void
test_ids(void)
{
    static const char *const letters[] = {
        "a", "/", "\"", "\\", "\xc3\xa9", "\xe2\x82\xac",
        "\xf0\x9f\x97\x9e", " ", "\xef\xbf\xbd", "\xe2\x80\xae"
    };
    struct sheaf_write_options o = {
        SHEAF_WRITE_OPTIONS, .level = 1, .dict_max = -1
    };
    struct sheaf_error err = { 0 };
    struct doc *docs = docs_make(ID_MAX, 10, 5);
    struct sheaf_buf bytes = { 0 };
    struct rng r = { 17 };

    for (size_t i = 0; i < ID_MAX; i++) {
        struct blob *id = &docs[i].id;

        id->len = 0;
        while (id->len < i + 1) {
            const char *c = letters[rng_below(&r, COUNT_OF(letters))];

            if (id->len + strlen(c) <= i + 1)
                blob_text(id, c);
        }
        doc_describe(&docs[i], (unsigned)i);
    }
    MUST_BE(pack(docs, ID_MAX, &o, NULL, &bytes, NULL, &err), SHEAF_OK, &err);
    check_archive(&bytes, docs, ID_MAX, NULL, "IDs of 1 to 1,024 bytes");
    sheaf_buf_free(&bytes);
    docs_free(docs, ID_MAX);
}

/* A refused article leaves no trace, and the writer goes on. */
static void
test_refused(void)
{
    static const char *const refused[] = {
        "{\"id\":\"\"}", "{}", "{\"id\":1}", "[]", "", "{\"id\":\"a\\u0001\"}",
        "{\"id\":\"a\",\"rev\":1}", "{\"id\":\"a\",\"parts\":[]}",
        "{\"id\":\"a\",\"prev\":\"\"}", "{\"id\":\"a\",\"headline\":1}",
        "{\"id\": \"a\"}", "{\"id\":\"a\",\"b\":null}",
        "{\"id\":\"a\",\"id\":\"b\"}", "{\"z\":1,\"id\":\"a\"}",
        "{\"id\":\"\x80\"}"
    };
    struct sheaf_error err = { 0 };
    struct doc *docs = docs_make(COUNT_OF(refused) + 1, 100, 6);
    struct sheaf_writer *w = NULL;
    struct sheaf_buf bytes = { 0 };
    struct sheaf_sink sink;
    struct blob long_id = { 0 };

    MUST_BE(sheaf_sink_memory(&sink, &bytes, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_writer_new(sink, NULL, &w, &err), SHEAF_OK, &err);
    for (size_t i = 0; i < COUNT_OF(refused); i++) {
        struct sheaf_new_part part = { SHEAF_ROLE_BODY, "text/plain",
                                       { (const uint8_t *)"x", 1 }, NULL };
        struct sheaf_bytes fields = { (const uint8_t *)refused[i],
                                      strlen(refused[i]) };
        enum sheaf_added added = SHEAF_UNCHANGED;

        MUST_BE(doc_add(w, &docs[i], NULL, &err), SHEAF_OK, &err);
        eq_int(sheaf_add(w, fields, &part, 1, &added, &err), SHEAF_EINVAL,
               "metadata %zu is refused", i);
        eq_int(added, SHEAF_UNCHANGED, "metadata %zu: output untouched", i);
    }
    blob_text(&long_id, "{\"id\":\"");
    for (unsigned i = 0; i < ID_MAX + 1; i++)
        blob_text(&long_id, "x");
    blob_text(&long_id, "\"}");
    for (unsigned i = 0; i < 7; i++) {
        struct sheaf_new_part parts[2] = {
            { SHEAF_ROLE_BODY, "text/plain", { NULL, 0 }, NULL },
            { SHEAF_ROLE_TEXT, "text/plain", { NULL, 0 }, NULL }
        };
        struct sheaf_bytes fields = { (const uint8_t *)"{\"id\":\"q\"}", 10 };
        size_t count = 2;

        switch (i) {
        case 0: fields = blob_view(&long_id); break;
        case 1: count = 0; break;
        case 2: parts[0].role = SHEAF_ROLE_TEXT; break;
        case 3: parts[1].role = SHEAF_ROLE_BODY; break;
        case 4: parts[1].role = 8; break;
        case 5: parts[1].type = ""; break;
        default: parts[1].type = NULL;
        }
        eq_int(sheaf_add(w, fields, parts, count, NULL, &err), SHEAF_EINVAL,
               "form %u is refused", i);
    }
    blob_free(&long_id);
    MUST_BE(doc_add(w, &docs[COUNT_OF(refused)], NULL, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_commit(w, NULL, NULL, &err), SHEAF_OK, &err);
    eq_int(doc_add(w, &docs[0], NULL, &err), SHEAF_EINVAL,
           "nothing is added after the commit");
    sheaf_writer_free(w);
    check_archive(&bytes, docs, COUNT_OF(refused) + 1, NULL, "after refusals");
    sheaf_buf_free(&bytes);
    docs_free(docs, COUNT_OF(refused) + 1);
}

/* ---- Revisions and parts ------------------------------------------------- */

#define HISTORY 600

static void
test_revisions(void)
{
    struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .level = 1 };
    struct sheaf_error err = { 0 };
    struct doc *docs = calloc(HISTORY, sizeof *docs);
    struct sheaf_writer *w = NULL;
    struct sheaf_buf bytes = { 0 };
    struct sheaf_written written;
    struct sheaf_sink sink;
    struct rng r = { 23 };
    size_t wrong = 0, revised = 0, unchanged = 0;

    if (docs == NULL)
        abort();
    MUST_BE(sheaf_sink_memory(&sink, &bytes, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_writer_new(sink, &o, &w, &err), SHEAF_OK, &err);
    for (unsigned i = 0; i < HISTORY; i++) {
        struct doc *d = &docs[i];
        unsigned n = rng_below(&r, 100);
        bool repeat = rng_below(&r, 4) == 0;
        struct rng own = { repeat ? n : n + 1000 * i };
        enum sheaf_added added, want = SHEAF_ADDED;
        size_t before;

        /* A repeat is the same as every other repeat of that ID. Identical
         * bodies under different IDs come too. */
        doc_make(d, &own, n, 40);
        if (!repeat && n % 10 == 0) {
            d->parts[0].len = 0;
            blob_text(&d->parts[0], "the same in many articles");
        }
        d->stored = false;
        before = newest(docs, i, i, false);
        if (before != i) {
            const struct doc *b = &docs[before];
            bool same = same_bytes(blob_view(&b->parts[0]), d->parts[0].data,
                                   d->parts[0].len);

            d->rev = b->rev + !same;
            want = same ? SHEAF_UNCHANGED : SHEAF_REVISED;
        }
        d->stored = want != SHEAF_UNCHANGED;
        revised += want == SHEAF_REVISED;
        unchanged += want == SHEAF_UNCHANGED;
        MUST_BE(doc_add(w, d, &added, &err), SHEAF_OK, &err);
        wrong += added != want;
    }
    eq_int(wrong, 0, "new, revised and unchanged articles are told apart");
    MUST_BE(sheaf_commit(w, NULL, &written, &err), SHEAF_OK, &err);
    ok(written.revisions == revised && written.unchanged == unchanged &&
           written.bytes == bytes.len && unchanged > 10 && revised > 100,
       "and counted: %zu revised, %zu unchanged", revised, unchanged);
    sheaf_writer_free(w);
    check_archive(&bytes, docs, HISTORY, NULL, "a history");
    sheaf_buf_free(&bytes);
    docs_free(docs, HISTORY);
}

static void
test_parts(void)
{
    static const int roles[] = { SHEAF_ROLE_TEXT, SHEAF_ROLE_RAW,
                                 SHEAF_ROLE_SUMMARY, SHEAF_ROLE_MEDIA,
                                 SHEAF_ROLE_NOTE, SHEAF_ROLE_MEDIA };
    struct sheaf_error err = { 0 };
    struct doc *docs = docs_make(100, 300, 8);
    struct sheaf_buf bytes = { 0 };
    struct rng r = { 9 };

    for (size_t i = 0; i < 100; i++) {
        struct doc *d = &docs[i];

        d->part_count = 1 + i % (COUNT_OF(roles) + 1);
        for (size_t k = 1; k < d->part_count; k++) {
            d->roles[k] = roles[(k + i) % COUNT_OF(roles)];
            blob_random(&d->parts[k], &r, rng_below(&r, 3) * 100);
        }
    }
    MUST_BE(pack(docs, 100, NULL, NULL, &bytes, NULL, &err), SHEAF_OK, &err);
    check_archive(&bytes, docs, 100, NULL, "parts of all roles");
    sheaf_buf_free(&bytes);
    docs_free(docs, 100);
}

/* ---- A large article ----------------------------------------------------- */

#define LARGE ((uint64_t)20 << 20)

/* Byte `at` of it. It compresses well, but no two stretches are the same. */
static uint8_t
large_byte(uint64_t at)
{
    uint64_t line = at / 64 * UINT64_C(0x9e3779b97f4a7c15);

    return (uint8_t)(at % 64 < 8 ? line >> at % 8 * 8 : at % 64);
}

static uint64_t
large_size(void *ctx)
{
    (void)ctx;
    return LARGE;
}

static int
large_read_at(void *ctx, uint64_t offset, void *buf, size_t len)
{
    uint8_t *out = buf;

    (void)ctx;
    if (offset > LARGE || len > LARGE - offset)
        return EINVAL;
    for (size_t i = 0; i < len; i++)
        out[i] = large_byte(offset + i);
    return 0;
}

static void
large_close(void *ctx)
{
    (void)ctx;
}

struct taken {
    uint64_t at;
    bool differs;
    uint64_t stop_at;
};

static int
take_large(void *arg, const void *data, size_t len)
{
    struct taken *t = arg;
    const uint8_t *p = data;

    for (size_t i = 0; i < len; i++)
        t->differs = t->differs || p[i] != large_byte(t->at + i);
    t->at += len;
    return t->at >= t->stop_at;
}

static void
test_large(void)
{
    static const struct sheaf_source_ops ops = { large_size, large_read_at,
                                                 large_close, NULL };
    const struct sheaf_source source = { &ops, NULL };
    const struct sheaf_limits small = { sizeof small, LARGE / 2, 1 << 20 };
    struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .level = 1 };
    struct sheaf_error err = { 0 };
    struct doc *docs = docs_make(300, 300, 11);
    struct sheaf_new_part parts[4] = {
        { SHEAF_ROLE_BODY, "text/plain", { (const uint8_t *)"", 0 }, NULL },
        { SHEAF_ROLE_MEDIA, "video/x", { NULL, 0 }, &source },
        { SHEAF_ROLE_NOTE, "text/plain", { (const uint8_t *)"note", 4 }, NULL },
        { SHEAF_ROLE_NOTE, "text/plain", { (const uint8_t *)"", 0 }, NULL }
    };
    struct sheaf_bytes fields = { (const uint8_t *)"{\"id\":\"film\"}", 13 };
    struct taken taken = { 0, false, UINT64_MAX };
    struct sheaf_writer *w = NULL;
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_buf bytes = { 0 };
    struct sheaf_article a;
    struct sheaf_entry e, by_leaf;
    struct sheaf_sink sink;
    enum sheaf_added added = SHEAF_ADDED;

    MUST_BE(sheaf_sink_memory(&sink, &bytes, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_writer_new(sink, &o, &w, &err), SHEAF_OK, &err);
    MUST_BE(docs_add(w, docs, 150, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_add(w, fields, parts, 4, NULL, &err), SHEAF_OK, &err);
    MUST_BE(docs_add(w, docs + 150, 150, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_add(w, fields, parts, 4, &added, &err), SHEAF_OK, &err);
    eq_int(added, SHEAF_UNCHANGED, "a large article again says the same");
    MUST_BE(sheaf_commit(w, NULL, NULL, &err), SHEAF_OK, &err);
    sheaf_writer_free(w);

    MUST_BE(open_bytes(bytes.data, bytes.len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_find(r, s, sheaf_str("film"), 0, &e, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_read(r, s, &e, &a, &err), SHEAF_OK, &err);
    ok(a.part_count == 4 && a.parts[1].size == LARGE &&
           a.parts[1].data.data == NULL && a.parts[0].size == 0 &&
           a.parts[2].size == 4 && a.parts[3].size == 0 &&
           a.content_size == a.meta.len + 1 + LARGE + 4,
       "a large article is read without being held");
    ok(same_bytes(a.parts[1].type, "video/x", 7), "its media type is plain");
    eq_int(sheaf_read_part(r, s, &a, 1, take_large, &taken, &err), SHEAF_OK,
           "its large part is handed out");
    ok(taken.at == LARGE && !taken.differs, "and is what was packed");
    taken = (struct taken){ 0, false, LARGE / 3 };
    eq_int(sheaf_read_part(r, s, &a, 1, take_large, &taken, &err),
           SHEAF_ESTOPPED, "whoever takes it can stop");
    eq_int(sheaf_read_part(r, s, &a, 4, take_large, &taken, &err),
           SHEAF_EINVAL, "there is no fifth part");
    ok(sheaf_locate(r, s, 150, &by_leaf, &err) == SHEAF_OK &&
           by_leaf.offset == e.offset &&
           sheaf_read(r, s, &by_leaf, &a, &err) == SHEAF_OK && a.leaf == 150,
       "it is found by its leaf");
    eq_int(docs_back(r, docs, 300), 300, "the others are all there");
    sheaf_close(r);
    sheaf_scratch_free(s);
    r = NULL;

    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    MUST_BE(open_bytes(bytes.data, bytes.len, &small, &r, &err), SHEAF_OK,
            &err);
    eq_int(sheaf_find(r, s, sheaf_str("film"), 0, &e, &err), SHEAF_ELIMIT,
           "the caller's limit refuses it");
    eq_str(err.clause, "F14.1", "by its clause");
    eq_int(docs_back(r, docs, 300), 300, "and nothing else");
    sheaf_close(r);
    sheaf_scratch_free(s);
    eq_int(verify_bytes(bytes.data, bytes.len, NULL, NULL, &err), SHEAF_OK,
           "it verifies");
    sheaf_buf_free(&bytes);
    docs_free(docs, 300);
}

/* One scratch may serve many readers in turn, also after one was closed. */
static void
test_one_scratch(void)
{
    struct sheaf_error err = { 0 };
    struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .dict_max = -1 };
    struct sheaf_scratch *s = NULL;
    struct sheaf_buf bytes[2] = { { 0 }, { 0 } };
    struct doc *docs[2];
    size_t wrong = 0;

    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    for (size_t k = 0; k < 2; k++) {
        docs[k] = docs_make(40, 200, 30);
        for (size_t i = 0; i < 40; i++)
            docs[k][i].parts[0].data[0] = (uint8_t)('A' + k);
        MUST_BE(pack(docs[k], 40, &o, NULL, &bytes[k], NULL, &err), SHEAF_OK,
                &err);
    }
    for (size_t turn = 0; turn < 20; turn++) {
        const size_t k = turn % 2;
        const struct doc *d = &docs[k][turn / 4];
        struct sheaf_reader *r = NULL;
        struct sheaf_article a;
        struct sheaf_entry e;

        MUST_BE(open_bytes(bytes[k].data, bytes[k].len, NULL, &r, &err),
                SHEAF_OK, &err);
        wrong += get(r, s, d, 0, &a, &err) != SHEAF_OK || !doc_is(d, &a);
        wrong += sheaf_locate(r, s, turn / 4, &e, &err) != SHEAF_OK ||
                 sheaf_read(r, s, &e, &a, &err) != SHEAF_OK || !doc_is(d, &a);
        sheaf_close(r);
    }
    eq_int(wrong, 0, "a scratch can go from one reader to another");
    for (size_t k = 0; k < 2; k++) {
        docs_free(docs[k], 40);
        sheaf_buf_free(&bytes[k]);
    }
    sheaf_scratch_free(s);
}

int
main(void)
{
    test_counts();
    test_bodies();
    test_ids();
    test_refused();
    test_revisions();
    test_parts();
    test_large();
    test_one_scratch();
    return tap_done();
}
