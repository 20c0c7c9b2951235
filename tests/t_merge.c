/*
 * Merging: the new archive verifies and has each article of its inputs once,
 * byte for byte, in order; frames stay what they were; what was redacted stays
 * away; and the old checkpoints can be computed from the new archive.
 *
 * What is expected comes from a model of its own, which compares articles by
 * their bytes.
 */
#include "archive.h"
#include "format/codec.h"
#include "format/frame.h"
#include "log/merkle.h"
#include "read/found.h"
#include "read/reader.h"
#include "reseal.h"

#define DOCS 500
#define INPUTS 6

static struct sheaf_secret_key secret;
static struct sheaf_public_key pub;

/* ---- Making inputs ------------------------------------------------------ */

static struct sheaf_write_options
options(uint32_t block, int plain)
{
    return (struct sheaf_write_options){
        SHEAF_WRITE_OPTIONS, .level = 3,     .block = block,
        .time_ms = DOC_TIME, .plain = plain, .threads = 1
    };
}

static struct blob
packed(const struct doc *docs, size_t count,
       const struct sheaf_write_options *o, const struct sheaf_secret_key *key)
{
    struct sheaf_buf bytes = { 0 };
    struct sheaf_error err = { 0 };
    struct blob file = { 0 };

    MUST_BE(pack(docs, count, o, key, &bytes, NULL, &err), SHEAF_OK, &err);
    blob_add(&file, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    return file;
}

/* The archive with more articles in a generation of their own. */
static struct blob
longer(const struct blob *file, const struct doc *docs, size_t count,
       const struct sheaf_secret_key *key)
{
    const struct path path = in_folder("a.sheaf");
    const struct sheaf_write_options o = options(0, 0);
    struct sheaf_error err = { 0 };
    struct sheaf_writer *w = NULL;
    struct blob out;

    write_file(path.text, file->data, file->len);
    MUST_BE(sheaf_writer_append(path.text, &o, key != NULL ? &pub : NULL, &w,
                                &err),
            SHEAF_OK, &err);
    MUST_BE(docs_add(w, docs, count, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_commit(w, key, NULL, &err), SHEAF_OK, &err);
    sheaf_writer_free(w);
    out = read_file(path.text);
    unlink(path.text);
    return out;
}

static struct blob
redacted(const struct blob *file, const struct doc *d, const char *reason,
         const struct sheaf_secret_key *key)
{
    const struct sheaf_redact_target target = { blob_view(&d->id), 1 };
    const struct sheaf_redact_options o = {
        SHEAF_REDACT_OPTIONS, .targets = &target,         .target_count = 1,
        .reason = reason,     .time_ms = DOC_TIME + 1000, .key = key
    };
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_buf bytes = { 0 };
    struct sheaf_sink sink;
    struct blob out = { 0 };

    MUST_BE(open_bytes(file->data, file->len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_sink_memory(&sink, &bytes, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_redact(r, sink, &o, NULL, &err), SHEAF_OK, &err);
    sheaf_close(r);
    blob_add(&out, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    return out;
}

/* ---- Merging ------------------------------------------------------------ */

struct merging {
    const struct blob *from[INPUTS];
    size_t count;
    struct sheaf_buf to;
    struct sheaf_merged result;
    struct sheaf_error err;
};

static int
merge_with(struct merging *m, const struct sheaf_write_options *o,
           const struct sheaf_secret_key *key)
{
    struct sheaf_merge *merge = NULL;
    struct sheaf_reader *r[INPUTS] = { NULL };
    struct sheaf_sink sink;
    int rc;

    m->to = (struct sheaf_buf){ 0 };
    memset(&m->err, 0, sizeof m->err);
    MUST_BE(sheaf_sink_memory(&sink, &m->to, &m->err), SHEAF_OK, &m->err);
    rc = sheaf_merge_new(sink, o, &merge, &m->err);
    for (size_t i = 0; rc == SHEAF_OK && i < m->count; i++) {
        rc = open_bytes(m->from[i]->data, m->from[i]->len, NULL, &r[i],
                        &m->err);
        if (rc == SHEAF_OK)
            rc = sheaf_merge_expect(merge, r[i], &m->err);
    }
    for (size_t i = 0; rc == SHEAF_OK && i < m->count; i++)
        rc = sheaf_merge_add(merge, r[i], NULL, NULL, &m->err);
    if (rc == SHEAF_OK)
        rc = sheaf_merge_commit(merge, key, &m->result, &m->err);
    sheaf_merge_free(merge);
    for (size_t i = 0; i < m->count; i++)
        sheaf_close(r[i]);
    return rc;
}

/* ---- The model ---------------------------------------------------------- */

/* An article by what it says: `what` has its metadata without its revision,
 * and its parts. */
struct said {
    char id[64];
    struct blob what;
    uint32_t rev;
    size_t input;
    bool gone;
};

struct model {
    struct said *all;
    size_t count;
    size_t room;
    size_t input;
};

static void
said_of(const struct sheaf_article *a, struct said *out)
{
    struct sheaf_buf fields = { 0 };
    struct sheaf_error err = { 0 };

    memset(out, 0, sizeof *out);
    memcpy(out->id, a->id.data, a->id.len);
    MUST_BE(sheaf_article_fields(a->meta, &fields, &err), SHEAF_OK, &err);
    blob_add(&out->what, fields.data, fields.len);
    for (size_t i = 0; i < a->part_count; i++) {
        blob_add(&out->what, &a->parts[i].size, 8);
        if (a->parts[i].data.data != NULL)
            blob_add(&out->what, a->parts[i].data.data, a->parts[i].data.len);
    }
    sheaf_buf_free(&fields);
    out->rev = a->rev;
}

static bool
says(const struct said *a, const struct said *b)
{
    return strcmp(a->id, b->id) == 0 &&
           same_bytes(blob_view(&a->what), b->what.data, b->what.len);
}

static int
model_leaf(void *arg, const struct sheaf_scan_item *item)
{
    struct model *m = arg;
    struct said s;

    if (item->state != SHEAF_SCAN_ARTICLE)
        return 0;
    said_of(&item->article, &s);
    s.input = m->input;
    s.rev = 1;
    for (size_t i = 0; i < m->count; i++) {
        if (says(&m->all[i], &s) && m->all[i].input != m->input) {
            blob_free(&s.what);
            return 0;
        }
        if (strcmp(m->all[i].id, s.id) == 0)
            s.rev = m->all[i].rev + 1;
    }
    if (m->count == m->room) {
        m->room = m->room * 2 + 64;
        m->all = realloc(m->all, m->room * sizeof *m->all);
        if (m->all == NULL)
            abort();
    }
    m->all[m->count++] = s;
    return 0;
}

static void
scan(const void *data, size_t len, sheaf_scan_leaf each, void *arg)
{
    struct sheaf_error err = { 0 };
    struct sheaf_scratch *s = NULL;
    struct sheaf_reader *r = NULL;

    MUST_BE(open_bytes(data, len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scan(r, s, each, arg, &err), SHEAF_OK, &err);
    sheaf_scratch_free(s);
    sheaf_close(r);
}

struct comparing {
    const struct model *model;
    size_t at;
    size_t wrong;
};

static int
compare_leaf(void *arg, const struct sheaf_scan_item *item)
{
    struct comparing *c = arg;
    struct said s;

    if (item->state == SHEAF_SCAN_LOST)
        c->wrong++;
    if (item->state != SHEAF_SCAN_ARTICLE)
        return 0;
    while (c->at < c->model->count && c->model->all[c->at].gone)
        c->at++;
    said_of(&item->article, &s);
    c->wrong += c->at >= c->model->count || !says(&s, &c->model->all[c->at]) ||
                s.rev != c->model->all[c->at].rev;
    c->at++;
    blob_free(&s.what);
    return 0;
}

static void
model_free(struct model *m)
{
    for (size_t i = 0; i < m->count; i++)
        blob_free(&m->all[i].what);
    free(m->all);
}

static struct model
model_of(const struct merging *m)
{
    struct model model = { 0 };

    for (size_t i = 0; i < m->count; i++) {
        model.input = i;
        scan(m->from[i]->data, m->from[i]->len, model_leaf, &model);
    }
    return model;
}

/* Merges, verifies, and compares with the model, in which articles with the
 * ID `gone` count only as revisions. */
static void
merge_like_model(struct merging *m, const char *gone, const char *name)
{
    const struct sheaf_write_options o = options(0, 0);
    struct sheaf_write_options three = o;
    struct merging again = *m;
    struct model model = model_of(m);
    struct comparing c = { .model = &model };
    int rc = merge_with(m, &o, NULL);

    eq_int(rc, SHEAF_OK, "%s: merged %s", name, m->err.message);
    if (rc != SHEAF_OK)
        return;
    rc = verify_bytes(m->to.data, m->to.len, NULL, NULL, &m->err);
    eq_int(rc, SHEAF_OK, "%s: verifies %s", name, m->err.message);
    for (size_t i = 0; gone != NULL && i < model.count; i++)
        model.all[i].gone = strcmp(model.all[i].id, gone) == 0;
    scan(m->to.data, m->to.len, compare_leaf, &c);
    while (c.at < model.count && model.all[c.at].gone)
        c.at++;
    eq_int(c.wrong, 0, "%s: each article as it was, in order", name);
    eq_int(c.at, model.count, "%s: and all of them", name);
    three.threads = 3;
    eq_int(merge_with(&again, &three, NULL), SHEAF_OK, "%s: again", name);
    ok(m->to.len == again.to.len &&
           memcmp(m->to.data, again.to.data, m->to.len) == 0,
       "%s: the same bytes with three threads", name);
    sheaf_buf_free(&again.to);
    model_free(&model);
}

static void
done(struct merging *m)
{
    sheaf_buf_free(&m->to);
    m->count = 0;
}

/* ---- Frames and dictionaries -------------------------------------------- */

static void
test_frames(const struct doc *a, const struct doc *b)
{
    const struct sheaf_write_options o = options(0, 0);
    const struct sheaf_write_options plain = options(0, 1);
    struct blob x = packed(a, DOCS, &o, NULL), y = packed(b, DOCS, &o, NULL);
    struct blob z = packed(b, DOCS, &plain, NULL);
    struct merging m = { .from = { &x, &y }, .count = 2 };

    merge_like_model(&m, NULL, "two archives");
    eq_int(m.result.frames, 2 * DOCS, "two archives: all frames ...");
    eq_int(m.result.frames_recompressed, 0, "... are copied");
    done(&m);
    m = (struct merging){ .from = { &z, &x }, .count = 2 };
    merge_like_model(&m, NULL, "plain, then coded");
    eq_int(m.result.frames_recompressed, 0, "plain, then coded: copied");
    done(&m);
    m = (struct merging){ .from = { &z }, .count = 1 };
    merge_like_model(&m, NULL, "one plain archive");
    ok((m.to.data[15] & HEAD_WORDS) == 0, "a plain archive stays plain");
    done(&m);
    blob_free(&x);
    blob_free(&y);
    blob_free(&z);
}

/* The archive that is being made, in which the dictionary gets this ID. */
struct forging {
    struct sheaf_writer *w;
    uint32_t id;
};

static int
forge(void *arg, const struct sheaf_recovered *what)
{
    struct forging *g = arg;
    struct sheaf_recovered changed = *what;
    struct sheaf_found_frame f = *what->frame;
    struct sheaf_error err = { 0 };
    struct codec_header h;
    struct blob frame = { 0 }, dict = { 0 };

    blob_add(&frame, f.frame.data, f.frame.len);
    blob_add(&dict, f.dict.data, f.dict.len);
    MUST_BE(codec_header(frame.data, frame.len, 0, &h, &err), SHEAF_OK, &err);
    codec_rename_dict(frame.data, &h, g->id);
    for (unsigned i = 0; i < 4; i++)
        dict.data[4 + i] = (uint8_t)(g->id >> 8 * i);
    f.dict_id = g->id;
    f.frame = blob_view(&frame);
    f.dict = blob_view(&dict);
    f.packed = sheaf_view(NULL, 0);
    changed.frame = &f;
    MUST_BE(sheaf_add_recovered(g->w, &changed, NULL, &err), SHEAF_OK, &err);
    blob_free(&frame);
    blob_free(&dict);
    return 0;
}

static uint32_t
dict_id(const void *data, size_t len, unsigned index)
{
    struct sheaf_error err = { 0 };
    struct sheaf_dictionary d = { 0 };
    struct sheaf_reader *r = NULL;

    MUST_BE(open_bytes(data, len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_get_dictionary(r, index, &d, NULL, &err), SHEAF_OK, &err);
    sheaf_close(r);
    return d.id;
}

static struct blob
forged(const struct blob *file, uint32_t id)
{
    const struct sheaf_write_options o = options(0, 0);
    struct forging g = { .id = id };
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct sheaf_source source;
    struct sheaf_sink sink;
    struct blob out = { 0 };

    MUST_BE(sheaf_sink_memory(&sink, &bytes, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_writer_new(sink, &o, &g.w, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_source_memory(&source, blob_view(file), &err), SHEAF_OK,
            &err);
    MUST_BE(sheaf_recover(source, NULL, forge, &g, NULL, &err), SHEAF_OK,
            &err);
    MUST_BE(sheaf_commit(g.w, NULL, NULL, &err), SHEAF_OK, &err);
    sheaf_writer_free(g.w);
    blob_add(&out, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    return out;
}

static void
test_dictionaries(const struct doc *a, const struct doc *b)
{
    const struct sheaf_write_options o = options(0, 0);
    struct blob x = packed(a, DOCS / 2, &o, NULL);
    struct blob more = longer(&x, a + DOCS / 2, DOCS / 2, NULL);
    struct blob y = packed(b, DOCS, &o, NULL);
    uint32_t id = dict_id(x.data, x.len, 0);
    struct blob z = forged(&y, id);
    struct blob both = { 0 };
    struct merging m = { .from = { &x, &z }, .count = 2 };

    eq_int(dict_id(z.data, z.len, 0), id, "two dictionaries with one ID");
    merge_like_model(&m, NULL, "one ID");
    eq_int(m.result.renamed, 1, "one ID: the second gets another");
    ok(dict_id(m.to.data, m.to.len, 1) != id, "which differs");
    eq_int(m.result.frames_recompressed, 0, "one ID: all frames are copied");
    blob_add(&both, m.to.data, m.to.len);
    done(&m);
    m = (struct merging){ .from = { &both }, .count = 1 };
    merge_like_model(&m, NULL, "two dictionaries of one archive");
    done(&m);
    blob_free(&both);
    m = (struct merging){ .from = { &x, &more }, .count = 2 };
    merge_like_model(&m, NULL, "one dictionary");
    eq_int(m.result.same, DOCS / 2, "one dictionary: the same articles once");
    eq_int(m.result.renamed, 0, "one dictionary: it is not written again");
    eq_int(m.result.frames_recompressed, 0, "one dictionary: copied");
    done(&m);
    m = (struct merging){ .from = { &x, &y, &more }, .count = 3 };
    merge_like_model(&m, NULL, "it comes back");
    eq_int(m.result.renamed, 1, "it comes back: under another ID");
    eq_int(m.result.frames_recompressed, 0, "it comes back: copied");
    done(&m);
    blob_free(&x);
    blob_free(&y);
    blob_free(&z);
    blob_free(&more);
}

/* After an archive with a dictionary, no frame may do without. */
static void
test_no_dictionary(const struct doc *a, const struct doc *b)
{
    const struct sheaf_write_options o = options(0, 0);
    struct sheaf_write_options none = o;
    struct blob x, y;
    struct merging m;

    none.dict_max = -1;
    x = packed(a, DOCS, &o, NULL);
    y = packed(b, 40, &none, NULL);
    m = (struct merging){ .from = { &y, &x }, .count = 2 };
    merge_like_model(&m, NULL, "none, then one");
    eq_int(m.result.frames_recompressed, 0, "none, then one: copied");
    done(&m);
    m = (struct merging){ .from = { &x, &y }, .count = 2 };
    merge_like_model(&m, NULL, "one, then none");
    eq_int(m.result.frames_recompressed, 40, "one, then none: 40 are not");
    done(&m);
    blob_free(&x);
    blob_free(&y);
}

static void
test_blocks(const struct doc *a, const struct doc *b)
{
    const struct sheaf_write_options o = options(8192, 0);
    const struct sheaf_write_options none = options(0, 0);
    struct blob x = packed(a, DOCS, &o, NULL), y = packed(b, DOCS, &o, NULL);
    struct blob z = packed(b + 200, 3, &none, NULL);
    struct merging m = { .from = { &x }, .count = 1 };

    merge_like_model(&m, NULL, "blocks");
    eq_int(m.result.frames_recompressed, 0, "blocks: all are copied");
    done(&m);
    m = (struct merging){ .from = { &x, &y }, .count = 2 };
    merge_like_model(&m, NULL, "more blocks");
    ok(m.result.frames_recompressed > 0 && m.result.frames_recompressed < 9,
       "only those at the ends of tiles are not copied");
    done(&m);
    m = (struct merging){ .from = { &z, &y }, .count = 2 };
    merge_like_model(&m, NULL, "a block with articles that are there");
    eq_int(m.result.same, 3, "they are not added again");
    done(&m);
    blob_free(&x);
    blob_free(&y);
    blob_free(&z);
}

/* ---- Revisions ---------------------------------------------------------- */

/* Other articles, with the IDs of some. */
static struct doc *
corrections(const struct doc *docs, size_t count, uint64_t seed)
{
    struct doc *more = docs_make(count, 600, seed);

    for (unsigned i = 0; i < count; i++) {
        more[i].id.len = more[i].parts[0].len = 0;
        blob_add(&more[i].id, docs[i].id.data, docs[i].id.len);
        blob_add(&more[i].parts[0], docs[i].parts[0].data,
                 docs[i].parts[0].len);
        blob_text(&more[i].parts[0],
                  seed % 2 == 0 ? " Corrected." : " Mended.");
        doc_describe(&more[i], (unsigned)seed * 1000 + i);
    }
    return more;
}

static size_t
count_frames(const void *data, size_t len, const char *type)
{
    const uint8_t *p = data;
    size_t n = 0;

    for (size_t i = 8; i + 4 < len; i++)
        n += memcmp(p + i, type, 3) == 0 && p[i + 3] == FRAME_VERSION &&
             memcmp(p + i - 8, FRAME_MAGIC, 4) == 0;
    return n;
}

static void
test_revisions(const struct doc *docs, uint32_t block)
{
    const struct sheaf_write_options o = options(block, 0);
    struct doc *two = corrections(docs, 30, 12);
    struct doc *other = corrections(docs, 40, 13);
    struct blob x = packed(docs, DOCS, &o, NULL);
    struct blob more = longer(&x, two, 30, NULL);
    struct blob y = packed(other, 40, &o, NULL);
    struct merging m = { .from = { &x, &more }, .count = 2 };

    ok(count_frames(more.data, more.len, "REV") > 0, "there are differences");
    merge_like_model(&m, NULL, "an archive and a newer copy");
    eq_int(m.result.same, DOCS, "what both have is there once");
    eq_int(m.result.revised, 0, "and no revision is another one");
    eq_int(m.result.written.revisions, 30, "but there are 30 later ones");
    eq_int(count_frames(m.to.data, m.to.len, "REV"), 0,
           "which are not differences any more");
    done(&m);
    m = (struct merging){ .from = { &more, &x }, .count = 2 };
    merge_like_model(&m, NULL, "a newer copy, then the archive");
    eq_int(m.result.written.articles, DOCS + 30, "nothing comes again");
    done(&m);
    m = (struct merging){ .from = { &x, &y, &more }, .count = 3 };
    merge_like_model(&m, NULL, "three histories");
    eq_int(m.result.revised, 40 + 30, "three histories: in one order");
    done(&m);
    m = (struct merging){ .from = { &y, &more }, .count = 2 };
    merge_like_model(&m, NULL, "two histories");
    eq_int(m.result.revised, 40 + 30, "two histories: in one order");
    done(&m);
    blob_free(&x);
    blob_free(&y);
    blob_free(&more);
    docs_free(two, 30);
    docs_free(other, 40);
}

/* A salt, and where an article was found, do not make it another one. */
static void
test_salted(const struct doc *docs)
{
    const struct sheaf_write_options o = options(0, 0);
    struct sheaf_write_options salted = o;
    struct blob x = packed(docs, 20, &o, NULL), y;
    struct merging m;

    salted.salted = 1;
    y = packed(docs, 30, &salted, NULL);
    m = (struct merging){ .from = { &x, &y, &x }, .count = 3 };
    eq_int(merge_with(&m, &o, NULL), SHEAF_OK, "salted: merged");
    eq_int(m.result.written.articles, 30, "salted: each once");
    eq_int(m.result.same, 40, "salted: 20 of each are there already");
    eq_int(verify_bytes(m.to.data, m.to.len, NULL, NULL, &m.err), SHEAF_OK,
           "salted: verifies");
    done(&m);
    blob_free(&x);
    blob_free(&y);
}

static void
test_large(const struct doc *docs)
{
    const struct sheaf_write_options o = options(0, 0);
    struct sheaf_write_options salted = o;
    struct doc *big = docs_make(1, 100, 77), *same = docs_make(1, 100, 77);
    struct blob x, y, z, all, last;
    struct merging m;

    blob_words(&big[0].parts[0], &(struct rng){ 3 }, SHEAF_WHOLE_MAX + 5);
    blob_words(&same[0].parts[0], &(struct rng){ 4 }, SHEAF_WHOLE_MAX + 9);
    doc_describe(&same[0], 999);
    x = packed(big, 1, &o, NULL);
    y = packed(docs, 5, &o, NULL);
    z = packed(same, 1, &o, NULL);
    m = (struct merging){ .from = { &y, &x, &z, &x }, .count = 4 };
    merge_like_model(&m, NULL, "large articles");
    eq_int(m.result.revised, 2, "large articles: both are later revisions");
    done(&m);
    m = (struct merging){ .from = { &x }, .count = 1 };
    merge_like_model(&m, NULL, "one large article");
    done(&m);
    salted.salted = 1;
    last = packed(big, 1, &salted, NULL);
    m = (struct merging){ .from = { &x, &last }, .count = 2 };
    eq_int(merge_with(&m, &o, NULL), SHEAF_OK, "a large article and salt");
    eq_int(m.result.same, 1, "it is the same without the salt");
    done(&m);
    blob_free(&last);
    all = packed(docs, DOCS, &o, NULL);
    last = longer(&all, big, 1, NULL);
    m = (struct merging){ .from = { &z, &last }, .count = 2 };
    merge_like_model(&m, NULL, "a large article after a dictionary");
    done(&m);
    blob_free(&all);
    blob_free(&last);
    blob_free(&x);
    blob_free(&y);
    blob_free(&z);
    docs_free(big, 1);
    docs_free(same, 1);
}

/* ---- Redactions --------------------------------------------------------- */

/* Whether the first document was redacted in the merged archive, and why. */
static bool
is_redacted(const struct merging *m, const struct doc *d, const char *reason)
{
    struct sheaf_error err = { 0 };
    struct sheaf_scratch *s = NULL;
    struct sheaf_reader *r = NULL;
    struct sheaf_entry entry;
    int rc;

    MUST_BE(open_bytes(m->to.data, m->to.len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    rc = sheaf_find(r, s, blob_view(&d->id), 1, &entry, &err);
    sheaf_scratch_free(s);
    sheaf_close(r);
    return rc == SHEAF_EREDACTED && strstr(err.message, reason) != NULL;
}

static void
test_redactions(const struct doc *docs, const struct doc *others)
{
    const struct sheaf_write_options o = options(0, 0);
    const struct doc *d = &docs[3];
    const char *id = "news/000003";
    struct doc *again = corrections(docs, 10, 13);
    struct blob x = packed(docs, DOCS, &o, NULL);
    struct blob gone = redacted(&x, d, "by order of a court", NULL);
    struct blob y = packed(others + DOCS, DOCS, &o, NULL);
    struct blob z = packed(again, 10, &o, NULL);
    struct blob also = redacted(&z, d, "another reason", NULL);
    struct merging m = { .from = { &y, &gone }, .count = 2 };

    merge_like_model(&m, id, "redacted");
    eq_int(m.result.redacted, 1, "redacted: the record is taken over");
    ok(is_redacted(&m, d, "by order of a court"), "redacted: says why");
    done(&m);
    m = (struct merging){ .from = { &x, &gone }, .count = 2 };
    merge_like_model(&m, id, "redacted in a later input");
    ok(is_redacted(&m, d, "by order of a court"), "it stays redacted");
    done(&m);
    m = (struct merging){ .from = { &gone, &x, &gone }, .count = 3 };
    merge_like_model(&m, id, "redacted in an earlier input");
    eq_int(m.result.redacted, 1, "one record");
    ok(is_redacted(&m, d, "by order of a court"), "it does not come back");
    done(&m);
    for (unsigned i = 0; i < 2; i++) {
        m = (struct merging){
            .from = { i == 0 ? &gone : &z, i == 0 ? &z : &gone }, .count = 2
        };
        eq_int(merge_with(&m, &o, NULL), SHEAF_EREDACTED,
               "another article with its ID is refused");
        ok(m.to.len == 0 && strstr(m.err.message, id) != NULL,
           "nothing is written, and the article is named");
        done(&m);
    }
    m = (struct merging){ .from = { &gone, &also }, .count = 2 };
    eq_int(merge_with(&m, &o, NULL), SHEAF_OK, "both are redacted: merged");
    eq_int(m.result.redacted, 1, "one record is taken over");
    eq_int(m.result.left_out, 1, "the other is counted");
    eq_int(verify_bytes(m.to.data, m.to.len, NULL, NULL, &m.err), SHEAF_OK,
           "and the archive verifies");
    done(&m);
    blob_free(&x);
    blob_free(&y);
    blob_free(&z);
    blob_free(&gone);
    blob_free(&also);
    docs_free(again, 10);
}

/* A revision is redacted, the ones before and after it are not. */
static void
test_redacted_revision(const struct doc *docs)
{
    const struct sheaf_write_options o = options(4096, 0);
    struct doc *two = corrections(docs, 5, 12);
    struct blob x = packed(docs, 20, &o, NULL);
    struct blob more = longer(&x, two, 5, NULL);
    struct blob gone = redacted(&more, &docs[3], "wrong", NULL);
    struct merging m = { .from = { &more, &gone }, .count = 2 };

    eq_int(merge_with(&m, &o, NULL), SHEAF_OK, "a revision: merged");
    eq_int(verify_bytes(m.to.data, m.to.len, NULL, NULL, &m.err), SHEAF_OK,
           "a revision: verifies %s", m.err.message);
    ok(is_redacted(&m, &docs[3], "wrong"), "a revision: it is redacted");
    eq_int(m.result.written.articles, 24, "a revision: all others are there");
    eq_int(m.result.revised, 0, "a revision: as they were");
    done(&m);
    blob_free(&x);
    blob_free(&more);
    blob_free(&gone);
    docs_free(two, 5);
}

/* ---- Parts --------------------------------------------------------------- */

struct picking {
    struct sheaf_entry entries[2 * DOCS];
    size_t count;
    unsigned every; /* each so many leaves, in turns */
    bool odd;
};

static int
pick_leaf(void *arg, const struct sheaf_scan_item *item)
{
    struct picking *p = arg;

    if ((item->state == SHEAF_SCAN_ARTICLE ||
         item->state == SHEAF_SCAN_REDACTED) &&
        (item->leaf / p->every % 2 == 1) == p->odd)
        p->entries[p->count++] = item->entry;
    return 0;
}

static int
pick(const struct blob *file, struct picking *p, struct merging *m)
{
    const struct sheaf_write_options o = options(0, 0);
    struct sheaf_merge *merge = NULL;
    struct sheaf_reader *r = NULL;
    struct sheaf_sink sink;
    int rc;

    m->to = (struct sheaf_buf){ 0 };
    MUST_BE(open_bytes(file->data, file->len, NULL, &r, &m->err), SHEAF_OK,
            &m->err);
    MUST_BE(sheaf_sink_memory(&sink, &m->to, &m->err), SHEAF_OK, &m->err);
    MUST_BE(sheaf_merge_new(sink, &o, &merge, &m->err), SHEAF_OK, &m->err);
    MUST_BE(sheaf_merge_expect(merge, r, &m->err), SHEAF_OK, &m->err);
    rc = sheaf_merge_pick(merge, r, p->entries, p->count, NULL, NULL, &m->err);
    if (rc == SHEAF_OK)
        rc = sheaf_merge_commit(merge, NULL, &m->result, &m->err);
    sheaf_merge_free(merge);
    sheaf_close(r);
    return rc;
}

/* Two parts have what the whole had, and merged again they give it back. */
static void
test_parts(const struct doc *docs, uint32_t block, unsigned every)
{
    const struct sheaf_write_options o = options(block, 0);
    struct picking *p = calloc(2, sizeof *p);
    uint64_t offset, leaf;
    uint32_t index;
    struct blob whole = packed(docs, DOCS, &o, NULL);
    struct blob file = redacted(&whole, &docs[3], "a reason", NULL);
    struct merging m[2], all;
    struct blob parts[2];
    uint64_t articles = 0, recompressed = 0;

    if (p == NULL)
        abort();
    for (unsigned i = 0; i < 2; i++) {
        parts[i] = (struct blob){ 0 };
        p[i].every = every;
        p[i].odd = i != 0;
        scan(file.data, file.len, pick_leaf, &p[i]);
        eq_int(pick(&file, &p[i], &m[i]), SHEAF_OK, "a part %s",
               m[i].err.message);
        eq_int(verify_bytes(m[i].to.data, m[i].to.len, NULL, NULL, &m[i].err),
               SHEAF_OK, "it verifies %s", m[i].err.message);
        articles += m[i].result.written.articles;
        recompressed += m[i].result.frames_recompressed;
        blob_add(&parts[i], m[i].to.data, m[i].to.len);
    }
    eq_int(articles, DOCS - 1, "the parts have all articles");
    eq_int(m[0].result.redacted + m[1].result.redacted, 1,
           "and the record of the one that was removed");
    ok(is_redacted(&m[3 / every % 2], &docs[3], "a reason"),
       "where it was, with the reason");
    ok(block != 0 || recompressed == 0, "frames are copied");
    all = (struct merging){ .from = { &parts[0], &parts[1] }, .count = 2 };
    merge_like_model(&all, "news/000003", "parts");
    eq_int(all.result.written.articles, DOCS - 1, "together they are all");
    done(&all);
    for (unsigned i = 0; i < 2; i++) {
        sheaf_buf_free(&m[i].to);
        blob_free(&parts[i]);
    }
    p[0].entries[0].offset++;
    eq_int(pick(&file, &p[0], &m[0]), SHEAF_ECORRUPT, "a wrong place");
    ok(m[0].to.len == 0, "nothing is written");
    done(&m[0]);
    p[0].entries[0].offset--;
    offset = p[0].entries[0].offset;
    p[0].entries[0].offset = file.len;
    eq_int(pick(&file, &p[0], &m[0]), SHEAF_EINVAL, "beyond the end");
    done(&m[0]);
    p[0].entries[0].offset = offset;
    index = p[0].entries[0].index;
    p[0].entries[0].index = (uint32_t)p[0].entries[0].leaf + 1;
    eq_int(pick(&file, &p[0], &m[0]), SHEAF_EINVAL, "before the first leaf");
    done(&m[0]);
    p[0].entries[0].index = index;
    leaf = p[0].entries[p[0].count - 1].leaf;
    p[0].entries[p[0].count - 1].leaf = 1 << 20;
    eq_int(pick(&file, &p[0], &m[0]), SHEAF_EINVAL, "after the last leaf");
    done(&m[0]);
    p[0].entries[p[0].count - 1].leaf = leaf;
    p[0].entries[1].leaf = p[0].entries[0].leaf;
    eq_int(pick(&file, &p[0], &m[0]), SHEAF_EINVAL, "out of order");
    done(&m[0]);
    p[0].count = 0;
    eq_int(pick(&file, &p[0], &m[0]), SHEAF_EINVAL, "nothing is picked");
    done(&m[0]);
    free(p);
    blob_free(&whole);
    blob_free(&file);
}

/* ---- Checkpoints --------------------------------------------------------- */

/* Computes the old root from the lines of a frame `old`; *note is what follows
 * them. */
static void
old_root(const struct sheaf_reader *r, struct sheaf_scratch *s,
         const char *body, uint8_t root[32], const char **note)
{
    struct sheaf_error err = { 0 };
    struct merkle_range range;
    const char *at = body + 1;

    merkle_range_init(&range);
    while (*at != '\n') {
        const char *end = strchr(at, '\n');
        unsigned long long count, first;
        uint8_t hash[32];

        if (end - at == 64) {
            for (size_t i = 0; i < 32; i++) {
                unsigned byte;

                sscanf(at + 2 * i, "%2x", &byte);
                hash[i] = (uint8_t)byte;
            }
            merkle_range_add(&range, hash);
        } else if (sscanf(at, "%llu %llu", &count, &first) == 2) {
            for (uint64_t i = first; i < first + count; i++) {
                MUST_BE(reader_tree_hash(r, s, i, hash, &err), SHEAF_OK, &err);
                merkle_range_add(&range, hash);
            }
        } else {
            abort();
        }
        at = end + 1;
    }
    merkle_range_root(&range, root);
    *note = at + 1;
}

/* How many frames `old` there are, and whether all can be computed. */
static size_t
check_old(const struct merging *m, const struct sheaf_public_key *key)
{
    struct sheaf_error err = { 0 };
    struct sheaf_scratch *s = NULL;
    struct sheaf_reader *r = NULL;
    size_t good = 0;

    MUST_BE(open_bytes(m->to.data, m->to.len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    for (size_t at = 0; at + 12 < m->to.len; at++) {
        const uint8_t *p = m->to.data + at;
        struct sheaf_checkpoint c = { .size = 0 };
        struct sheaf_bytes text;
        const char *note;
        uint8_t root[32];
        char *body;
        size_t len;

        if (memcmp(p, FRAME_MAGIC, 4) != 0 || memcmp(p + 8, "old", 4) != 0)
            continue;
        len = (p[4] | (size_t)p[5] << 8 | (size_t)p[6] << 16) - 12;
        body = calloc(len + 1, 1);
        if (body == NULL)
            abort();
        memcpy(body, p + 12, len);
        old_root(r, s, body, root, &note);
        text = sheaf_view(note, len - (size_t)(note - body));
        MUST_BE(sheaf_checkpoint_parse(text, &c, &err), SHEAF_OK, &err);
        MUST_BE(sheaf_note_verify(text, key, &err), SHEAF_OK, &err);
        good += memcmp(root, c.root, 32) == 0;
        free(body);
    }
    sheaf_scratch_free(s);
    sheaf_close(r);
    return good;
}

static void
test_checkpoints(const struct doc *docs, const struct doc *others)
{
    struct sheaf_write_options o = options(0, 0);
    struct doc *two = corrections(docs, 30, 12);
    struct doc *other = corrections(docs, 40, 13);
    struct sheaf_report report;
    struct blob x, more, y, z;
    struct merging m;

    x = packed(docs, DOCS, &o, &secret);
    more = longer(&x, two, 30, &secret);
    y = packed(other, 40, &o, &secret);
    z = packed(others, 10, &o, NULL);
    o.origin = "merged";
    m = (struct merging){ .from = { &x, &y, &z, &more }, .count = 4 };
    eq_int(merge_with(&m, &o, &secret), SHEAF_OK, "signed archives: merged");
    eq_int(m.result.notes, 3, "three checkpoints travel along");
    eq_int(check_old(&m, &pub), 3, "each follows from the new archive");
    eq_int(verify_bytes(m.to.data, m.to.len, &pub, &report, &m.err), SHEAF_OK,
           "the new archive verifies %s", m.err.message);
    ok(report.authentic && report.signed_size == report.leaves,
       "all of it is signed");
    ok(report.optional == 3 && report.unknown == 0,
       "a verifier knows these frames");
    eq_int(report.leaves, m.result.written.articles + 1, "one seal");
    done(&m);
    o.origin = NULL;
    m = (struct merging){ .from = { &y, &z }, .count = 2 };
    eq_int(merge_with(&m, &o, NULL), SHEAF_OK, "unsigned: merged");
    eq_int(check_old(&m, &pub), 1, "unsigned: the checkpoint is there");
    done(&m);
    blob_free(&x);
    blob_free(&more);
    blob_free(&y);
    blob_free(&z);
    docs_free(two, 30);
    docs_free(other, 40);
}

/* ---- Refusals ------------------------------------------------------------ */

static void
test_damage(const struct doc *docs, const struct doc *others)
{
    const struct sheaf_write_options o = options(0, 0);
    struct blob x = packed(docs, DOCS, &o, NULL);
    struct blob y = packed(others, DOCS, &o, NULL);
    struct merging m = { .from = { &x, &y }, .count = 2 };
    struct rng r = { 8 };
    size_t bad = 0, whole = 0;

    for (unsigned i = 0; i < 60; i++) {
        size_t at = rng_below(&r, (uint32_t)y.len);
        int rc;

        y.data[at] ^= 0x10;
        rc = merge_with(&m, &o, NULL);
        y.data[at] ^= 0x10;
        /* What follows from the articles may be damaged. */
        if (rc == SHEAF_OK)
            whole += verify_bytes(m.to.data, m.to.len, NULL, NULL, NULL) ==
                     SHEAF_OK;
        else
            bad += m.to.len == 0 &&
                   (rc == SHEAF_ECORRUPT || rc == SHEAF_EVERIFY ||
                    rc == SHEAF_EUNSUPPORTED);
        sheaf_buf_free(&m.to);
    }
    ok(bad > 20, "damaged archives are refused, and nothing is written: %zu",
       bad);
    eq_int(bad + whole, 60, "or the new archive is whole");
    blob_free(&x);
    blob_free(&y);
}

/* Takes the checkpoints out of all tops; what comes behind them moves up. */
static unsigned
strip_notes(struct blob *file)
{
    const size_t fixed = 12 + 8 * 7 + 4 + 2; /* F11: up to the origin */
    unsigned count = 0;

    for (size_t at = 0; at + 12 < file->len; at++) {
        uint8_t *f = file->data + at, *note;
        size_t end, origin, len;

        if (memcmp(f, "S*M\030", 4) != 0 || memcmp(f + 8, "TOP", 3) != 0)
            continue;
        end = 8 + ((size_t)f[4] | (size_t)f[5] << 8 | (size_t)f[6] << 16) - 8;
        origin = (size_t)f[12 + fixed] << 8 | f[12 + fixed + 1];
        note = f + 12 + fixed + 2 + origin;
        len = (size_t)note[2] << 8 | note[3];
        memset(note, 0, 4);
        memmove(note + 4, note + 4 + len, (size_t)(f + end - note) - 4 - len);
        memset(f + end - len, 0, len);
        count++;
    }
    reseal(file->data, file->len);
    return count;
}

/* Whoever takes the checkpoints away cannot pass it off as never signed. */
static void
test_stripped(const struct doc *docs)
{
    const struct sheaf_write_options o = options(0, 0);
    struct doc *two = corrections(docs, 30, 14);
    struct blob x = packed(docs, DOCS, &o, &secret);
    struct blob y = longer(&x, two, 30, &secret);
    struct merging m = { .from = { &y }, .count = 1 };

    eq_int(merge_with(&m, &o, NULL), SHEAF_OK, "two signed generations");
    done(&m);
    ok(strip_notes(&y) >= 2, "the checkpoints are taken away");
    m = (struct merging){ .from = { &y }, .count = 1 };
    eq_int(merge_with(&m, &o, NULL), SHEAF_ECORRUPT, "it is refused");
    eq_str(m.err.clause, "F6.5", "as the seal names them");
    done(&m);
    blob_free(&x);
    blob_free(&y);
    docs_free(two, 30);
}

static void
test_order(const struct doc *docs)
{
    struct sheaf_write_options o = options(0, 0);
    struct sheaf_merge *merge = NULL;
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL, *other = NULL;
    struct sheaf_buf to = { 0 };
    struct sheaf_sink sink;
    struct blob x, y;

    o.origin = "here";
    x = packed(docs, 5, &o, NULL);
    y = packed(docs + 5, 5, &o, NULL);
    MUST_BE(open_bytes(x.data, x.len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(open_bytes(y.data, y.len, NULL, &other, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_sink_memory(&sink, &to, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_merge_new(sink, &o, &merge, &err), SHEAF_OK, &err);
    eq_int(sheaf_merge_expect(merge, r, &err), SHEAF_EINVAL,
           "the new archive needs an origin of its own");
    sheaf_merge_free(merge);
    o.origin = "there";
    MUST_BE(sheaf_sink_memory(&sink, &to, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_merge_new(sink, &o, &merge, &err), SHEAF_OK, &err);
    eq_int(sheaf_merge_add(merge, r, NULL, NULL, &err), SHEAF_EINVAL,
           "an archive that was not expected");
    eq_int(sheaf_merge_commit(merge, NULL, NULL, &err), SHEAF_EINVAL,
           "no archive at all");
    eq_int(sheaf_merge_expect(merge, r, &err), SHEAF_OK, "expected");
    eq_int(sheaf_merge_add(merge, other, NULL, NULL, &err), SHEAF_EINVAL,
           "another archive");
    eq_int(sheaf_merge_commit(merge, NULL, NULL, &err), SHEAF_EINVAL,
           "an archive is missing");
    eq_int(sheaf_merge_add(merge, r, NULL, NULL, &err), SHEAF_OK, "added");
    eq_int(sheaf_merge_expect(merge, other, &err), SHEAF_EINVAL, "too late");
    eq_int(sheaf_merge_commit(merge, NULL, NULL, &err), SHEAF_OK, "committed");
    eq_int(sheaf_merge_commit(merge, NULL, NULL, &err), SHEAF_EINVAL, "once");
    sheaf_merge_free(merge);
    MUST_BE(sheaf_sink_memory(&sink, &to, &err), SHEAF_OK, &err);
    o.origin = "not an origin";
    eq_int(sheaf_merge_new(sink, &o, &merge, &err), SHEAF_EINVAL,
           "an invalid origin");
    sheaf_close(r);
    sheaf_close(other);
    sheaf_buf_free(&to);
    blob_free(&x);
    blob_free(&y);
}

static int
stop_at_once(void *arg, uint64_t done, uint64_t total)
{
    *(unsigned *)arg += done <= total;
    return 1;
}

static void
test_stopped(const struct doc *docs)
{
    const struct sheaf_write_options o = options(0, 0);
    struct blob file = packed(docs, 40, &o, NULL);
    struct sheaf_merge *merge = NULL;
    struct sheaf_buf to = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_sink sink;
    struct sheaf_error err = { 0 };
    unsigned asked = 0;

    MUST_BE(sheaf_sink_memory(&sink, &to, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_merge_new(sink, &o, &merge, &err), SHEAF_OK, &err);
    MUST_BE(open_bytes(file.data, file.len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_merge_expect(merge, r, &err), SHEAF_OK, &err);
    eq_int(sheaf_merge_add(merge, r, stop_at_once, &asked, &err),
           SHEAF_ESTOPPED, "a caller stops merging");
    eq_int(asked, 1, "at the first question");
    sheaf_merge_free(merge);
    sheaf_close(r);
    sheaf_buf_free(&to);
    blob_free(&file);
}

int
main(void)
{
    struct doc *a = docs_make(DOCS, 900, 5);
    /* The first of these have the IDs of `a`, those from DOCS on do not. */
    struct doc *b = docs_make(2 * DOCS, 900, 6);
    struct sheaf_error err = { 0 };

    make_folder();
    MUST_BE(sheaf_keygen(&secret, &pub, &err), SHEAF_OK, &err);
    test_frames(a, b + DOCS);
    test_dictionaries(a, b + DOCS);
    test_no_dictionary(a, b + DOCS);
    test_blocks(a, b + DOCS);
    test_revisions(a, 0);
    test_revisions(a, 4096);
    test_salted(a);
    test_large(a);
    test_redactions(a, b);
    test_redacted_revision(a);
    test_checkpoints(a, b + DOCS);
    test_parts(a, 0, 1);
    test_parts(a, 0, 100);
    test_parts(a, 4096, 1);
    test_parts(a, 4096, 100);
    test_damage(a, b + DOCS);
    test_stripped(a);
    test_order(a);
    test_stopped(a);
    docs_free(a, DOCS);
    docs_free(b, 2 * DOCS);
    rmdir(folder);
    return tap_done();
}
