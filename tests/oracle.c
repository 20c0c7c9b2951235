/*
 * oracle.c - tests whether an attacker without the key can make a reader with
 * it give a false answer.
 */
#include "oracle.h"

#include "archive.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "format/frame.h"
#include "read/walk.h"
#include "relocate.h"
#include "reseal.h"

#define FIRST 40
#define LATER 8
#define GENERATIONS 4
#define DOCS (FIRST + LATER * GENERATIONS)
#define STRANGE 4
#define REDACTED "news/000020"
#define LEAVES_MAX 200
#define FRAMES_MAX 400

enum truth { ABSENT, PRESENT, GONE };

struct known {
    char id[40];
    enum truth truth;
    uint64_t leaf;
    uint32_t rev;
};

/* What is true as of one signed note: an enemy may go back to an older one. */
struct state {
    uint64_t size; /* leaves under the signature */
    struct known known[DOCS + STRANGE];
    size_t known_count;
};

struct oracle {
    struct sheaf_secret_key old_secret, new_secret;
    struct sheaf_public_key old_key, new_key;
    struct blob file;
    struct walk_frame frames[FRAMES_MAX];
    size_t frame_count;
    bool article[LEAVES_MAX];
    uint8_t hash[LEAVES_MAX][32];
    char url[LEAVES_MAX][64];
    struct state states[GENERATIONS + 2];
    size_t state_count;
    const char *folder;
};

/* ---- The archive --------------------------------------------------------- */

static const struct sheaf_write_options options = {
    SHEAF_WRITE_OPTIONS, .dict_max = 8192, .level = 3, .time_ms = DOC_TIME,
    .origin = "news.example/log"
};
static const struct sheaf_write_options verified = {
    SHEAF_WRITE_OPTIONS, .dict_max = 8192, .level = 3, .time_ms = DOC_TIME,
    .origin = "news.example/log", .verified = 1
};

static void
add_generation(struct oracle *o, const char *path, struct doc *docs,
               unsigned g, struct sheaf_error *err)
{
    struct doc *d = docs + FIRST + g * LATER;
    struct sheaf_writer *w = NULL;

    for (unsigned i = 0; i < LATER; i += 2) {
        const struct doc *was = &docs[g * 2 + i];

        d[i].id.len = 0;
        blob_add(&d[i].id, was->id.data, was->id.len);
        doc_describe(&d[i], 500 + g * LATER + i);
    }
    /* The key changes in the third of four. */
    MUST_BE(sheaf_writer_append(path, &options,
                                g < 3 ? &o->old_key : &o->new_key, &w, err),
            SHEAF_OK, err);
    MUST_BE(docs_add(w, d, LATER, err), SHEAF_OK, err);
    if (g == 2)
        MUST_BE(sheaf_add_key_change(w, &o->old_secret, &o->new_secret, err),
                SHEAF_OK, err);
    MUST_BE(sheaf_commit(w, g < 2 ? &o->old_secret : &o->new_secret, NULL,
                         err),
            SHEAF_OK, err);
    sheaf_writer_free(w);
}

static void
redact_one(struct oracle *o, const char *path, const char *id,
           struct sheaf_error *err)
{
    const struct sheaf_redact_target target = { sheaf_str(id), 0 };
    const struct sheaf_redact_options what = {
        SHEAF_REDACT_OPTIONS, .targets = &target,    .target_count = 1,
        .reason = "by order", .key = &o->new_secret, .time_ms = DOC_TIME
    };
    struct blob file = read_file(path);
    struct sheaf_buf out = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_sink sink;

    MUST_BE(open_bytes(file.data, file.len, NULL, &r, err), SHEAF_OK, err);
    MUST_BE(sheaf_sink_memory(&sink, &out, err), SHEAF_OK, err);
    MUST_BE(sheaf_redact(r, sink, &what, NULL, err), SHEAF_OK, err);
    sheaf_close(r);
    write_file(path, out.data, out.len);
    sheaf_buf_free(&out);
    blob_free(&file);
}

/* A stranger adds articles: new ones, and a revision of a signed one. */
static void
add_strange(const char *path, struct doc *docs, struct sheaf_error *err)
{
    struct doc *d = docs_make(STRANGE, 90, 77);
    struct sheaf_writer *w = NULL;

    for (unsigned i = 0; i < STRANGE; i++) {
        d[i].id.len = 0;
        if (i % 2 == 0)
            blob_add(&d[i].id, docs[i].id.data, docs[i].id.len);
        else
            blob_text(&d[i].id, i == 1 ? "strange/1" : "strange/3");
        doc_describe(&d[i], 900 + i);
    }
    MUST_BE(sheaf_writer_append(path, &options, NULL, &w, err), SHEAF_OK, err);
    MUST_BE(docs_add(w, d, STRANGE, err), SHEAF_OK, err);
    MUST_BE(sheaf_commit(w, NULL, NULL, err), SHEAF_OK, err);
    sheaf_writer_free(w);
    docs_free(d, STRANGE);
}

/* ---- The truth ----------------------------------------------------------- */

static int
learn(void *arg, const struct sheaf_scan_item *item)
{
    struct oracle *o = arg;
    struct sheaf_bytes url = { NULL, 0 };

    if (item->leaf >= LEAVES_MAX || item->state == SHEAF_SCAN_LOST)
        abort();
    o->article[item->leaf] = item->state == SHEAF_SCAN_ARTICLE;
    if (item->state != SHEAF_SCAN_ARTICLE)
        return 0;
    memcpy(o->hash[item->leaf], item->article.leaf_hash, 32);
    url.data = memmem(item->article.meta.data, item->article.meta.len,
                      "https://example.org/", 20);
    if (url.data != NULL) {
        const uint8_t *end = memchr(url.data, '?', 40);

        url.len = end != NULL ? (size_t)(end - url.data) : 0;
        snprintf(o->url[item->leaf], sizeof o->url[0], "%.*s?a=\"b\"",
                 (int)url.len, (const char *)url.data);
    }
    return 0;
}

static void
learn_id(struct state *state, const struct sheaf_reader *r,
         struct sheaf_scratch *s, const char *id)
{
    struct known *k = &state->known[state->known_count++];
    struct sheaf_error err = { 0 };
    struct sheaf_article a;
    struct sheaf_entry e;
    int rc = sheaf_find(r, s, sheaf_str(id), 0, &e, &err);

    snprintf(k->id, sizeof k->id, "%s", id);
    /* Once redacted, it is gone from what was signed before as well. */
    k->truth = strcmp(id, REDACTED) == 0 ? GONE
               : rc == SHEAF_OK          ? PRESENT
                                         : ABSENT;
    if (rc != SHEAF_OK)
        return;
    MUST_BE(sheaf_read(r, s, &e, &a, &err), SHEAF_OK, &err);
    k->leaf = e.leaf;
    k->rev = a.rev;
}

static void
learn_state(struct oracle *o, const char *path)
{
    struct state *state = &o->states[o->state_count++];
    struct blob file = read_file(path);
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_info info;
    char id[40];

    MUST_BE(open_bytes(file.data, file.len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_authenticate(r, &o->old_key, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    sheaf_get_info(r, &info);
    state->size = info.signed_size;
    MUST_BE(sheaf_scan(r, s, learn, o, &err), SHEAF_OK, &err);
    for (unsigned i = 0; i < DOCS; i++) {
        snprintf(id, sizeof id, "news/%06u", i);
        learn_id(state, r, s, id);
    }
    learn_id(state, r, s, "strange/1");
    learn_id(state, r, s, "strange/3");
    learn_id(state, r, s, "nobody");
    sheaf_scratch_free(s);
    sheaf_close(r);
    blob_free(&file);
}

static void
list_frames(struct oracle *o)
{
    struct sheaf_error err = { 0 };
    struct sheaf_source source;
    struct walk w = { .step = 65536, .end = o->file.len };

    MUST_BE(sheaf_source_memory(&source, blob_view(&o->file), &err), SHEAF_OK,
            &err);
    w.source = source;
    while (w.at < w.end && o->frame_count < FRAMES_MAX) {
        struct walk_frame *f = &o->frames[o->frame_count++];

        MUST_BE(walk_peek(&w, f, &err), SHEAF_OK, &err);
        MUST_BE(walk_load(&w, f, &err), SHEAF_OK, &err);
        walk_pass(&w, f);
    }
    walk_free(&w);
    source.ops->close(source.ctx);
}

struct oracle *
oracle_new(const char *where)
{
    struct oracle *o = calloc(1, sizeof *o);
    struct doc *docs = docs_make(DOCS, 120, 33);
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    char path[160];

    if (o == NULL)
        abort();
    o->folder = where;
    snprintf(path, sizeof path, "%s/oracle.sheaf", where);
    MUST_BE(sheaf_keygen(&o->old_secret, &o->old_key, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_keygen(&o->new_secret, &o->new_key, &err), SHEAF_OK, &err);
    MUST_BE(pack(docs, FIRST, &options, &o->old_secret, &bytes, NULL, &err),
            SHEAF_OK, &err);
    write_file(path, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    learn_state(o, path);
    for (unsigned g = 0; g < GENERATIONS; g++) {
        add_generation(o, path, docs, g, &err);
        learn_state(o, path);
    }
    redact_one(o, path, REDACTED, &err);
    learn_state(o, path);
    add_strange(path, docs, &err);
    o->file = read_file(path);
    remove(path);
    docs_free(docs, DOCS);
    list_frames(o);
    return o;
}

void
oracle_free(struct oracle *o)
{
    blob_free(&o->file);
    free(o);
}

/* ---- The enemy ----------------------------------------------------------- */

struct forgery {
    const struct oracle *o;
    struct blob file;
    const uint8_t *step;
    const uint8_t *end;
};

static uint32_t
next_number(struct forgery *f, uint32_t below)
{
    uint32_t v = 0;

    for (unsigned i = 0; i < 3 && f->step < f->end; i++)
        v = v << 8 | *f->step++;
    return below != 0 ? v % below : 0;
}

/* A frame of what is not signed, of the archive as it was. */
static const struct walk_frame *
pick_frame(struct forgery *f)
{
    for (unsigned i = 0; i < 64; i++) {
        const struct walk_frame *p =
            &f->o->frames[next_number(f, (uint32_t)f->o->frame_count)];

        if (f->step == f->end ||
            (p->type != FRAME_ZSTD && p->type != FRAME_REV))
            return p;
    }
    return &f->o->frames[0];
}

/* A field of a top before its lists, or the place in a row of MAP, as whole as
 * an enemy would change it. False: another frame. */
static bool
pick_field(struct forgery *f, const struct walk_frame *p, uint64_t *at,
           unsigned *width)
{
    static const uint8_t fields[][2] = { { 0, 8 },  { 8, 4 },  { 12, 8 },
                                         { 20, 8 }, { 28, 8 }, { 36, 8 },
                                         { 44, 8 }, { 52, 8 }, { 60, 8 } };
    uint64_t rows = p->length / 20;

    if (p->type == FRAME_TOP) {
        const uint8_t *field = fields[next_number(f, COUNT_OF(fields))];

        *at = p->offset + 12 + field[0];
        *width = field[1];
        return true;
    }
    if (p->type != FRAME_MAP || rows < 3)
        return false;
    *at = p->offset + 12 + 20u * next_number(f, (uint32_t)rows - 2) + 11;
    *width = 6;
    return true;
}

/* A number in a frame becomes another: near it, any, or one from elsewhere. */
static void
change_number(struct forgery *f)
{
    const struct walk_frame *p = pick_frame(f);
    uint64_t room = p->length > 20 ? p->length - 20 : 1;
    uint64_t at = p->offset + 12 + next_number(f, (uint32_t)room);
    unsigned width = 1 + next_number(f, 8);
    unsigned how = next_number(f, 4);
    uint64_t from = next_number(f, (uint32_t)f->file.len);
    uint8_t bytes[8];
    uint64_t v;

    if (next_number(f, 2) == 0)
        (void)pick_field(f, p, &at, &width);
    if (at + width > f->file.len || from + width > f->file.len)
        return;
    v = get_be(f->file.data + at, width);
    if (how == 0)
        v += 1 + next_number(f, 4);
    else if (how == 1)
        v -= 1 + next_number(f, 4);
    else if (how == 2)
        v = get_be(f->file.data + from, width);
    else
        v = f->o->frames[next_number(f, (uint32_t)f->o->frame_count)].offset;
    put_be(bytes, v, width);
    memcpy(f->file.data + at, bytes, width);
    /* Both copies of a top, as an enemy would. */
    for (size_t i = 0; p->type == FRAME_TOP && i < f->o->frame_count; i++) {
        const struct walk_frame *q = &f->o->frames[i];

        if (q->type == FRAME_TOP && q->length == p->length &&
            q->offset != p->offset && q->offset + q->length <= f->file.len &&
            (q->offset > p->offset ? q->offset - p->offset
                                   : p->offset - q->offset) < 8192)
            memcpy(f->file.data + q->offset + (at - p->offset), bytes, width);
    }
}

/* One frame's bytes where another's are, as far as they go. */
static void
copy_frame(struct forgery *f)
{
    const struct walk_frame *from = pick_frame(f), *to = pick_frame(f);
    uint64_t len = min_u64(from->length, to->length);

    if (from->offset + len <= f->file.len && to->offset + len <= f->file.len)
        memmove(f->file.data + to->offset, f->file.data + from->offset,
                (size_t)len);
}

/* What is behind this place is now elsewhere: offsets lead there, or do not. */
static void
move_along(struct forgery *f, uint64_t at, int64_t by)
{
    if (next_number(f, 4) != 0)
        relocate(f->file.data, f->file.len, at, by);
}

static void
drop_frame(struct forgery *f)
{
    const struct walk_frame *p =
        &f->o->frames[next_number(f, (uint32_t)f->o->frame_count)];

    if (p->offset + p->length > f->file.len)
        return;
    memmove(f->file.data + p->offset, f->file.data + p->offset + p->length,
            f->file.len - (size_t)(p->offset + p->length));
    f->file.len -= (size_t)p->length;
    move_along(f, p->offset, -(int64_t)p->length);
}

static void
double_frame(struct forgery *f)
{
    const struct walk_frame *p =
        &f->o->frames[next_number(f, (uint32_t)f->o->frame_count)];
    uint64_t at =
        f->o->frames[next_number(f, (uint32_t)f->o->frame_count)].offset;
    struct blob file = { 0 };

    if (p->offset + p->length > f->file.len || at > f->file.len)
        return;
    blob_add(&file, f->file.data, (size_t)at);
    blob_add(&file, f->file.data + p->offset, (size_t)p->length);
    blob_add(&file, f->file.data + at, f->file.len - (size_t)at);
    blob_free(&f->file);
    f->file = file;
    move_along(f, at, (int64_t)p->length);
}

static struct blob
forge(const struct oracle *o, const uint8_t *steps, size_t len)
{
    struct forgery f = { .o = o, .step = steps, .end = steps + len };

    blob_add(&f.file, o->file.data, o->file.len);
    while (f.step < f.end) {
        switch (next_number(&f, 10)) {
        case 0: copy_frame(&f); break;
        case 1: drop_frame(&f); break;
        case 2: double_frame(&f); break;
        default: change_number(&f);
        }
    }
    reseal(f.file.data, f.file.len);
    return f.file;
}

/* ---- What is answered ---------------------------------------------------- */

struct asking {
    const struct oracle *o;
    const struct state *state; /* the one the reader goes by */
    const struct sheaf_public_key *key;
    struct sheaf_reader *r;
    struct sheaf_scratch *s;
    uint64_t next;
    unsigned lies;
    unsigned given;
};

static void
lie(struct asking *q, const char *what, const char *id)
{
    if (q->lies++ < 3)
        printf("# a lie: %s %s\n", what, id);
}

/* Is this one of the signed articles, under its own number? */
static bool
is_true(const struct asking *q, uint64_t leaf, const uint8_t hash[32])
{
    return leaf < q->state->size && q->o->article[leaf] &&
           memcmp(q->o->hash[leaf], hash, 32) == 0;
}

static void
ask_proof(struct asking *q, const struct known *k, const struct sheaf_entry *e)
{
    const struct sheaf_bytes id = sheaf_str(k->id);
    const struct sheaf_claim claim = { SHEAF_CLAIM, .id = id };
    struct sheaf_buf text = { 0 };
    struct sheaf_proof *proof = NULL;
    struct sheaf_answer answer;
    int rc = sheaf_prove_many(q->r, q->s, e, e != NULL, &id, 1, &text, NULL);

    if (rc == SHEAF_OK)
        rc = sheaf_check_proof(buf_view(&text), q->key, &proof, NULL);
    if (rc == SHEAF_OK &&
        sheaf_proof_ask(proof, &claim, &answer, NULL) == SHEAF_OK) {
        enum truth told = answer.standing == SHEAF_STANDING_ABSENT ? ABSENT
                          : answer.standing == SHEAF_STANDING_REDACTED
                              ? GONE
                              : PRESENT;

        /* Of what was redacted later, an older note says that it is there. */
        if ((told != k->truth &&
             (k->truth != GONE || told != PRESENT ||
              q->state + 1 == q->o->states + q->o->state_count)) ||
            (answer.standing == SHEAF_STANDING_NEWEST && k->truth == PRESENT &&
             answer.record.rev != k->rev))
            lie(q, "a proof of", k->id);
    }
    sheaf_proof_free(proof);
    sheaf_buf_free(&text);
}

static void
ask_id(struct asking *q, const struct known *k, bool prove)
{
    struct sheaf_article a;
    struct sheaf_entry e;
    int newest = 1;
    int rc = sheaf_is_newest(q->r, q->s, sheaf_str(k->id), k->leaf, &newest,
                             NULL);

    if (k->truth == PRESENT &&
        (rc == SHEAF_EREDACTED || (rc == SHEAF_OK && !newest)))
        lie(q, "not listed as the newest:", k->id);
    rc = sheaf_find(q->r, q->s, sheaf_str(k->id), 0, &e, NULL);
    if ((rc == SHEAF_ENOTFOUND && k->truth != ABSENT) ||
        (rc == SHEAF_EREDACTED && k->truth != GONE))
        lie(q, "denied", k->id);
    if (rc == SHEAF_OK && sheaf_read(q->r, q->s, &e, &a, NULL) == SHEAF_OK) {
        if (k->truth != PRESENT || e.leaf != k->leaf ||
            !is_true(q, e.leaf, a.leaf_hash))
            lie(q, "given for", k->id);
        else if (prove)
            ask_proof(q, k, &e);
        q->given++;
    } else if (prove) {
        ask_proof(q, k, NULL);
    }
}

static void
ask_url(struct asking *q, uint64_t leaf)
{
    const char *url = q->o->url[leaf];
    struct sheaf_article a;
    struct sheaf_entry e;

    if (url[0] == '\0' ||
        sheaf_find_url(q->r, q->s, sheaf_str(url), &e, NULL) != SHEAF_OK ||
        sheaf_read(q->r, q->s, &e, &a, NULL) != SHEAF_OK)
        return;
    if (!is_true(q, e.leaf, a.leaf_hash) ||
        strcmp(q->o->url[e.leaf], url) != 0)
        lie(q, "given for", url);
}

static int
scanned(void *arg, const struct sheaf_scan_item *item)
{
    struct asking *q = arg;

    if (item->leaf != q->next++)
        lie(q, "a leaf out of turn", "");
    if (item->state == SHEAF_SCAN_ARTICLE &&
        !is_true(q, item->leaf, item->article.leaf_hash))
        lie(q, "scanned an article that is none", "");
    if ((item->state == SHEAF_SCAN_STATEMENT ||
         item->state == SHEAF_SCAN_REDACTED) &&
        (item->leaf >= q->state->size || q->o->article[item->leaf]))
        lie(q, "scanned past an article", "");
    return 0;
}

static int
open_signed(struct asking *q, const struct blob *file)
{
    int rc = open_bytes(file->data, file->len, NULL, &q->r, NULL);

    if (rc == SHEAF_OK)
        rc = sheaf_authenticate(q->r, q->key, NULL);
    if (rc == SHEAF_OK)
        rc = sheaf_scratch_new(&q->s, NULL);
    return rc;
}

/* Which of the signed notes does the reader go by? */
static int
start_asking(struct asking *q, const struct blob *file)
{
    int rc = open_signed(q, file);
    struct sheaf_info info;

    if (rc != SHEAF_OK)
        return rc;
    sheaf_get_info(q->r, &info);
    for (size_t i = 0; i < q->o->state_count; i++)
        if (q->o->states[i].size == info.signed_size)
            q->state = &q->o->states[i];
    if (q->state == NULL) {
        lie(q, "a signed size that is none", "");
        return SHEAF_EVERIFY;
    }
    return SHEAF_OK;
}

static void
stop_asking(struct asking *q)
{
    sheaf_scratch_free(q->s);
    sheaf_close(q->r);
    q->s = NULL;
    q->r = NULL;
}

static void
ask_all(struct asking *q, const struct blob *file, unsigned pick)
{
    int rc = start_asking(q, file);

    for (size_t i = 0; rc == SHEAF_OK && i < q->state->known_count; i++)
        ask_id(q, &q->state->known[i], (i + pick) % 16 == 0);
    for (uint64_t i = pick % 4; rc == SHEAF_OK && i < q->state->size; i += 4)
        ask_url(q, i);
    if (rc == SHEAF_OK &&
        sheaf_scan(q->r, q->s, scanned, q, NULL) == SHEAF_OK &&
        q->next != q->state->size)
        lie(q, "a scan that leaves leaves out", "");
    stop_asking(q);
}

/* What was added and signed must be right, though what was there before may
 * not be. */
static void
verify_added(struct asking *q, const struct blob *after, uint64_t from)
{
    static const char *const clauses[] = { "F6.3", "F6.5", "F6.8", "F8.6" };
    struct sheaf_error err = { 0 };
    struct sheaf_report report;

    if (verify_bytes(after->data, after->len, q->key, &report, &err) ==
            SHEAF_OK ||
        err.offset < from || err.offset >= after->len)
        return;
    for (size_t i = 0; i < COUNT_OF(clauses); i++)
        if (strcmp(err.clause, clauses[i]) == 0)
            lie(q, "signed what breaks", err.clause);
}

/* What is signed on top of it goes on from the truth. */
static unsigned
ask_append(struct oracle *o, const struct blob *file, unsigned pick)
{
    const struct known *k;
    struct asking q = { .o = o, .key = &o->new_key };
    struct sheaf_info before = { .file_bytes = 0 };
    struct doc *d = docs_make(1, 60, 3);
    struct sheaf_writer *w = NULL;
    struct sheaf_article a;
    struct sheaf_entry e;
    struct blob after;
    char path[160];
    int rc;

    rc = start_asking(&q, file);
    stop_asking(&q);
    if (rc != SHEAF_OK) {
        docs_free(d, 1);
        return q.lies;
    }
    k = &q.state->known[pick % DOCS];
    snprintf(path, sizeof path, "%s/appended.sheaf", o->folder);
    write_file(path, file->data, file->len);
    d->id.len = 0;
    blob_text(&d->id, k->id);
    doc_describe(d, 7000);
    rc = sheaf_writer_append(path, &options, &o->new_key, &w, NULL);
    if (rc == SHEAF_EVERIFY && verify_bytes(file->data, file->len, &o->new_key,
                                            NULL, NULL) == SHEAF_OK)
        rc = sheaf_writer_append(path, &verified, &o->new_key, &w, NULL);
    if (rc == SHEAF_OK)
        sheaf_writer_get_base(w, &before);
    if (rc == SHEAF_OK)
        rc = docs_add(w, d, 1, NULL);
    if (rc == SHEAF_OK)
        rc = sheaf_commit(w, &o->new_secret, NULL, NULL);
    sheaf_writer_free(w);
    after = read_file(path);
    if (rc == SHEAF_OK)
        rc = open_signed(&q, &after);
    if (rc == SHEAF_OK)
        rc = sheaf_find(q.r, q.s, sheaf_str(k->id), 0, &e, NULL);
    if (rc == SHEAF_OK)
        rc = sheaf_read(q.r, q.s, &e, &a, NULL);
    /* A stranger's revision may come in between: that is signed knowingly. */
    if (rc == SHEAF_OK && a.rev != k->rev + 1 && a.rev != k->rev + 2)
        lie(&q, "a revision signed twice of", k->id);
    if (before.file_bytes != 0)
        verify_added(&q, &after, before.file_bytes);
    stop_asking(&q);
    blob_free(&after);
    remove(path);
    docs_free(d, 1);
    return q.lies;
}

unsigned
oracle_try(struct oracle *o, const uint8_t *steps, size_t len, int add,
           unsigned *given)
{
    struct blob file = forge(o, steps, len);
    struct asking old_key = { .o = o, .key = &o->old_key };
    struct asking new_key = { .o = o, .key = &o->new_key };
    unsigned pick = len != 0 ? steps[len - 1] : 0;
    unsigned lies;

    ask_all(&old_key, &file, pick);
    ask_all(&new_key, &file, pick + 1);
    lies = old_key.lies + new_key.lies;
    *given = old_key.given + new_key.given;
    if (add)
        lies += ask_append(o, &file, pick);
    blob_free(&file);
    return lies;
}
