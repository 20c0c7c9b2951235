/*
 * writer.c - beginning an archive or a generation, and adding articles
 * (format.md F4, F6.3; design: an ID that comes again is a revision).
 */
#include "write/writer.h"

#include "base/buf.h"
#include "base/err.h"
#include "format/frame.h"
#include "base/hash.h"
#include "base/hex.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/options.h"
#include "log/note.h"
#include "format/delta.h"
#include "base/sink.h"

#define IDSET_MEMORY ((size_t)64 << 20)
/* Parts of more bytes than this in all are not held in memory. */
#define LARGE SHEAF_WHOLE_MAX

/* ---- Beginning ---------------------------------------------------------- */

static int
take_options(struct sheaf_writer *w, const struct sheaf_write_options *o,
             struct sheaf_error *err)
{
    int rc = options_take(&w->options, sizeof w->options, o, err);

    if (rc != SHEAF_OK)
        return rc;
    if (w->options.level == 0)
        w->options.level = WRITER_LEVEL_DEFAULT;
    if (w->options.level < 1 || w->options.level > 19)
        return fail(err, SHEAF_EINVAL, "level %d is not from 1 to 19",
                    w->options.level);
    if (w->options.dict_max > (int64_t)CODEC_DICT_MAX)
        return fail(err, SHEAF_EINVAL, "a dictionary has at most 16 MiB");
    if (w->options.origin != NULL &&
        !note_origin_ok(w->options.origin, strlen(w->options.origin)))
        return fail(err, SHEAF_EINVAL,
                    "an origin is 1 to 255 of A-Z a-z 0-9 . _ / ~ -");
    if (w->options.block > ARTICLE_BLOCK_MAX)
        return fail(err, SHEAF_EINVAL, "a block has at most 65,536 bytes");
    w->sample_max = w->options.sample_max;
    if (w->sample_max == 0)
        w->sample_max = (w->options.dict_max > 0
                             ? (uint64_t)w->options.dict_max
                             : WRITER_DICT_DEFAULT) * WRITER_DICT_SHARE;
    w->sample_max = max_u64(min_u64(w->sample_max, WRITER_SAMPLE_MAX),
                            WRITER_SAMPLE_MIN);
    w->resample_at = w->sample_max;
    w->sampling = w->options.dict_max >= 0;
    w->blocks = w->options.block != 0;
    if (w->options.tmpdir != NULL) {
        size_t len = strlen(w->options.tmpdir) + 1;

        w->tmpdir = mem_new(len, 1);
        if (w->tmpdir == NULL)
            return fail_nomem(err);
        memcpy(w->tmpdir, w->options.tmpdir, len);
    }
    return SHEAF_OK;
}

static int
prepare(struct sheaf_writer *w, struct sheaf_error *err)
{
    unsigned threads;
    int rc = ledger_init(&w->ledger, err);

    if (rc == SHEAF_OK)
        rc = pool_new(&w->pool, w->options.threads, err);
    if (rc != SHEAF_OK)
        return rc;
    threads = pool_threads(w->pool);
    w->cctx = mem_new(threads, sizeof(struct codec_cctx *));
    w->joins = mem_new(threads, sizeof *w->joins);
    if (w->cctx == NULL || w->joins == NULL)
        return fail_nomem(err);
    for (unsigned i = 0; rc == SHEAF_OK && i < threads; i++)
        rc = codec_cctx_new(&w->cctx[i], err);
    for (unsigned i = 0; rc == SHEAF_OK && i < TABLE_KINDS; i++)
        rc = extsort_new(&w->rows[i], table_width(i), WRITER_SORT_MEMORY,
                        w->tmpdir, err);
    if (rc == SHEAF_OK)
        rc = idset_new(&w->ids, IDSET_MEMORY, w->tmpdir, err);
    return rc;
}

static int
new_writer(const struct sheaf_write_options *options,
           struct sheaf_writer **out, struct sheaf_error *err)
{
    struct sheaf_writer *w;
    int rc = hash_start(err);

    if (rc != SHEAF_OK)
        return rc;
    w = mem_new(1, sizeof *w);
    if (w == NULL)
        return fail_nomem(err);
    for (unsigned i = 0; i < COUNT_OF(w->kept); i++) {
        for (unsigned kind = 0; kind < TABLE_KINDS; kind++)
            w->kept[i][kind].temp = (struct temp)TEMP_INIT;
    }
    rc = take_options(w, options, err);
    if (rc == SHEAF_OK)
        rc = prepare(w, err);
    if (rc != SHEAF_OK) {
        sheaf_writer_free(w);
        return rc;
    }
    *out = w;
    return SHEAF_OK;
}

int
writer_make(struct sheaf_sink sink, const struct sheaf_write_options *options,
            struct sheaf_writer **out, struct sheaf_error *err)
{
    struct sheaf_writer *w = NULL;
    int rc = new_writer(options, &w, err);

    if (rc != SHEAF_OK) {
        sink.ops->close(sink.ctx);
        return rc;
    }
    w->sink = sink;
    if (w->options.origin != NULL &&
        !buf_add_str(&w->ledger.top.origin, w->options.origin))
        rc = fail_nomem(err);
    w->options.origin = NULL;
    if (rc == SHEAF_OK)
        rc = frame_head(&w->out) ? writer_put_out(w, err) : fail_nomem(err);
    if (rc != SHEAF_OK) {
        sheaf_writer_free(w);
        return rc;
    }
    ledger_begin(&w->ledger, w->at);
    *out = w;
    return SHEAF_OK;
}

int
sheaf_writer_new(struct sheaf_sink sink,
                 const struct sheaf_write_options *options,
                 struct sheaf_writer **out, struct sheaf_error *err)
{
    return writer_make(sink, options, out, err);
}

void
sheaf_writer_free(struct sheaf_writer *writer)
{
    struct sheaf_writer *w = writer;

    if (w == NULL)
        return;
    encode_free(w);
    generation_free(w);
    for (unsigned i = 0; w->cctx != NULL && i < pool_threads(w->pool); i++)
        codec_cctx_free(w->cctx[i]);
    mem_free(w->cctx);
    pool_free(w->pool);
    for (unsigned i = 0; i < TABLE_KINDS; i++)
        extsort_free(w->rows[i]);
    idset_free(w->ids);
    ledger_free(&w->ledger);
    article_free(&w->article);
    sheaf_buf_free(&w->parts_json);
    sheaf_buf_free(&w->comparable);
    sheaf_buf_free(&w->base_content);
    sheaf_buf_free(&w->text);
    sheaf_buf_free(&w->out);
    sheaf_buf_free(&w->par);
    sheaf_buf_free(&w->new_dict);
    sheaf_buf_free(&w->packed);
    sheaf_scratch_free(w->scratch);
    sheaf_close(w->base);
    if (w->sink.ops != NULL)
        w->sink.ops->close(w->sink.ctx);
    mem_free(w->tmpdir);
    mem_free(w);
}

/* ---- Appending ---------------------------------------------------------- */

/* Has something in the tail ever been whole? */
static bool
holds_an_end(const uint8_t *data, size_t len)
{
    for (size_t at = 0; len - at >= FRAME_HEAD_SIZE;) {
        at += codec_find_magic(data + at, len - at);
        if (len - at < FRAME_HEAD_SIZE)
            return false;
        if (memcmp(data + at + 8, "END", 3) == 0 ||
            memcmp(data + at + 8, "TOP", 3) == 0 ||
            memcmp(data + at + 8, "LEF", 3) == 0)
            return true;
        at++;
    }
    return false;
}

/* Save the tail beside the archive; refuse when it should not be cut off. */
static int
save_tail(struct sheaf_writer *w, const char *path, struct sheaf_error *err)
{
    const struct sheaf_reader *r = w->base;
    const uint64_t step = (uint64_t)1 << 20;
    size_t len = strlen(path);
    char *name = mem_new(len + sizeof ".tail", 1);
    struct sheaf_sink sink = { NULL, NULL };
    struct sheaf_buf bytes = { 0 };
    int rc = SHEAF_OK;

    if (name == NULL)
        return fail_nomem(err);
    memcpy(name, path, len);
    memcpy(name + len, ".tail", sizeof ".tail");
    rc = sheaf_sink_file(&sink, name, 0, err);
    for (uint64_t at = r->end.end; rc == SHEAF_OK && at < r->file_size;) {
        /* A frame's head may lie across the seam. */
        uint64_t n = min_u64(step, r->file_size - at);
        uint64_t over = min_u64(r->file_size - at - n, FRAME_HEAD_SIZE - 1);
        int sys;

        rc = reader_read(r, at, (size_t)(n + over), &bytes, err);
        if (rc == SHEAF_OK && holds_an_end(bytes.data, bytes.len))
            rc = fail_corrupt(err, at, "F12.5",
                              "the tail holds a frame that must not be cut "
                              "off: use sheaf recover");
        if (rc == SHEAF_OK) {
            sys = sink.ops->write(sink.ctx, bytes.data, (size_t)n);
            if (sys != 0)
                rc = fail_io(err, sys, "saving the torn tail");
        }
        at += n;
    }
    if (rc == SHEAF_OK) {
        int sys = sink.ops->commit(sink.ctx);

        if (sys != 0)
            rc = fail_io(err, sys, "saving the torn tail");
    }
    if (sink.ops != NULL)
        sink.ops->close(sink.ctx);
    sheaf_buf_free(&bytes);
    mem_free(name);
    return rc;
}

/* Take over the top, as if this writer had written it itself. */
static int
adopt_top(struct sheaf_writer *w, struct sheaf_error *err)
{
    struct sheaf_reader *r = w->base;
    struct ledger *s = &w->ledger;
    struct sheaf_buf copy = { 0 };
    uint64_t first = r->top.size / SLAB_LEAVES * SLAB_LEAVES;
    struct key_change last;
    int rc;

    if (!top_encode(&r->top, &copy))
        rc = fail_nomem(err);
    else
        rc = top_decode(buf_view(&copy), r->end.top, &s->top, err);
    sheaf_buf_free(&copy);
    for (uint64_t leaf = first; rc == SHEAF_OK && leaf < r->top.size;
         leaf += TILE_LEAVES) {
        rc = reader_tile(r, w->scratch, leaf / TILE_LEAVES, err);
        if (rc == SHEAF_OK) {
            memcpy(s->slab + (leaf - first) * 32, w->scratch->tile.data,
                   w->scratch->tile.len);
            s->slab_fill += (uint32_t)(w->scratch->tile.len / 32);
        }
    }
    if (rc == SHEAF_OK)
        rc = reader_tile(r, w->scratch, (r->top.size - 1) / TILE_LEAVES, err);
    if (rc != SHEAF_OK)
        return rc;
    memcpy(s->seal_hash,
           w->scratch->tile.data + (r->top.size - 1) % TILE_LEAVES * 32, 32);
    s->last_end = r->end.offset;
    rc = reader_keys(r, w->scratch, r->top.size, NULL, NULL, &last, s->key_hash,
                     err);
    if (rc != SHEAF_OK)
        return rc;
    if (s->top.key_count != 0)
        memcpy(s->key_new, last.new_key, 32);
    rc = reader_read(r, r->end.offset, END_SIZE, &w->scratch->frame, err);
    if (rc == SHEAF_OK)
        hash_blake2b(w->scratch->frame.data, END_SIZE, s->last_hash);
    return rc;
}

static int
adopt_dict(struct sheaf_writer *w, struct sheaf_error *err)
{
    const struct top *t = &w->base->top;
    struct sheaf_buf raw = { 0 };
    int rc;

    if (t->dict_count == 0)
        return SHEAF_OK;
    rc = reader_dict_load(w->base, t->dict_count - 1, &raw, err);
    if (rc == SHEAF_OK)
        rc = codec_cdict_new(&w->cdict, buf_view(&raw), w->options.level, err);
    sheaf_buf_free(&raw);
    w->dict_id = t->dicts[t->dict_count - 1].id;
    return rc;
}

static int
check_base(struct sheaf_writer *w, const struct sheaf_public_key *key,
           struct sheaf_error *err)
{
    struct sheaf_reader *r = w->base;

    if (r->end_damaged)
        return fail_corrupt(err, r->end.offset, "F12.3",
                            "the end is damaged: use sheaf recover");
    if (w->options.origin != NULL &&
        (strlen(w->options.origin) != r->top.origin.len ||
         memcmp(w->options.origin, r->top.origin.data, r->top.origin.len) != 0))
        return fail(err, SHEAF_EINVAL, "the archive has another origin");
    w->options.origin = NULL;
    if (key != NULL && r->top.note.len != 0) {
        int rc = sheaf_authenticate(r, key, err);

        if (rc != SHEAF_OK)
            return rc;
        if (memcmp(r->authentic.signer.key, key->key, 32) != 0)
            return fail_verify(err, NO_OFFSET, "F9.10",
                               "another key signs this archive now");
        /* What follows on the unsigned leaves can't be looked up in what was
         * signed. */
        if (r->authentic.older)
            reader_distrust(r);
    }
    return SHEAF_OK;
}

int
sheaf_writer_append(const char *path,
                    const struct sheaf_write_options *options,
                    const struct sheaf_public_key *key,
                    struct sheaf_writer **out, struct sheaf_error *err)
{
    struct sheaf_writer *w = NULL;
    struct sheaf_source source;
    int rc = new_writer(options, &w, err);

    if (rc != SHEAF_OK)
        return rc;
    rc = sheaf_source_file(&source, path, err);
    if (rc == SHEAF_OK)
        rc = sheaf_open(source, NULL, &w->base, err);
    if (rc == SHEAF_OK)
        rc = sheaf_scratch_new(&w->scratch, err);
    if (rc == SHEAF_OK)
        rc = check_base(w, key, err);
    if (rc == SHEAF_OK)
        rc = sink_append(&w->sink, path, w->base->end.end, w->base->file_size,
                         err);
    if (rc == SHEAF_OK && w->base->file_size != w->base->end.end)
        rc = save_tail(w, path, err);
    if (rc == SHEAF_OK)
        rc = adopt_top(w, err);
    if (rc == SHEAF_OK)
        rc = adopt_dict(w, err);
    if (rc != SHEAF_OK) {
        sheaf_writer_free(w);
        return rc;
    }
    w->at = w->start = w->base->end.end;
    ledger_begin(&w->ledger, w->at);
    *out = w;
    return SHEAF_OK;
}

/* ---- Adding ------------------------------------------------------------- */

static const char *const role_names[] = { NULL,  NULL,      "body",  "text",
                                          "raw", "summary", "media", "note" };

/* The `parts` member, and the bytes of all parts. */
static int
describe_parts(struct sheaf_writer *w, const struct sheaf_new_part *parts,
               size_t count, uint64_t *bytes, struct sheaf_error *err)
{
    struct sheaf_buf *out = &w->parts_json;
    bool good = true;
    uint64_t sum = 0;

    if (count == 0 || count > ARTICLE_PARTS_MAX ||
        parts[0].role != SHEAF_ROLE_BODY)
        return fail(err, SHEAF_EINVAL,
                    "an article has 1 to 254 parts, the body first");
    out->len = 0;
    for (size_t i = 0; good && i < count; i++) {
        const struct sheaf_new_part *p = &parts[i];
        struct sheaf_bytes type = { (const uint8_t *)p->type, strlen(p->type) };
        uint64_t size = p->source != NULL ? p->source->ops->size(p->source->ctx)
                                          : p->data.len;

        if (p->role < SHEAF_ROLE_BODY || p->role > SHEAF_ROLE_NOTE ||
            (i > 0 && p->role == SHEAF_ROLE_BODY))
            return fail(err, SHEAF_EINVAL, "part %zu has no such role", i + 1);
        if (ADD_OVERFLOWS(sum, size, &sum) || sum > INT64_MAX / 4)
            return fail(err, SHEAF_EINVAL, "the parts are too large");
        good = buf_add_str(out, i == 0 ? "[{\"role\":\"" : ",{\"role\":\"") &&
               buf_add_str(out, role_names[p->role]) &&
               buf_add_str(out, "\",\"size\":") &&
               buf_add_u64_text(out, size) &&
               buf_add_str(out, ",\"type\":") && json_escape(type, out) &&
               buf_add_str(out, "}");
    }
    if (!good || !buf_add_str(out, "]"))
        return fail_nomem(err);
    *bytes = sum;
    return SHEAF_OK;
}

/* The commitment to a part, keyed unless `salt` is NULL; when `into` is not
 * NULL, its bytes are appended there. */
static int
commit_part(const struct sheaf_new_part *p, const uint8_t *salt,
            struct sheaf_buf *into, uint8_t out[32], struct sheaf_error *err)
{
    struct commitment c;
    int rc;

    if (p->source == NULL) {
        commitment_of(salt, p->data, out);
        return into == NULL || buf_add(into, p->data.data, p->data.len)
                   ? SHEAF_OK
                   : fail_nomem(err);
    }
    commitment_begin(&c, salt);
    rc = commitment_add_source(&c, p->source, 0,
                               p->source->ops->size(p->source->ctx), into,
                               err);
    commitment_end(&c, out);
    return rc;
}

/* An article says the same as before also when it comes from another place:
 * `source` does not count, nor what the packer adds, nor the salt. */
static int
comparable_members(struct sheaf_bytes meta, struct sheaf_buf *out,
             struct sheaf_error *err)
{
    static const char *const aside[] = { "source", "rev", "prev", "parts",
                                         "salt", NULL };

    return article_members(meta, aside, out) ? SHEAF_OK : fail_nomem(err);
}

/* A short keyed hash of what an article says, whatever its revision. */
static void
content_key(struct sheaf_writer *w, uint8_t (*commitments)[32], size_t count,
            uint8_t *out)
{
    struct hash_blake h;
    uint8_t hash[32];

    hash_blake_start_keyed(&h, idset_key(w->ids));
    hash_blake_add(&h, w->comparable.data, w->comparable.len);
    hash_blake_add(&h, w->parts_json.data, w->parts_json.len);
    hash_blake_add(&h, commitments, count * 32);
    hash_blake_end(&h, hash);
    memcpy(out, hash, IDSET_CONTENT_BYTES);
}

/* Are these the parts of the article that is in the scratch? `commitments`
 * are those without salt; with its salt they have to be made again. */
static int
same_parts(struct sheaf_writer *w, const struct sheaf_new_part *parts,
           uint8_t (*commitments)[32], size_t count, bool *same,
           struct sheaf_error *err)
{
    const struct article *old = &w->scratch->article;
    int rc = SHEAF_OK;

    *same = bytes_equal(old->meta.parts, buf_view(&w->parts_json));
    for (unsigned i = 0; rc == SHEAF_OK && *same && i < count; i++) {
        struct leaf_commitment had = leaf_commitment(old->leaf.record, i + 1);
        uint8_t salted[32];

        if (old->salted)
            rc = commit_part(&parts[i], old->salt, NULL, salted, err);
        *same = memcmp(had.hash, old->salted ? salted : commitments[i], 32) ==
                0;
    }
    return rc;
}

/* The revision that was just read from the archive can be what the next one
 * is made against; or, if it is a difference itself, what that was. */
static bool
keep_base(struct sheaf_writer *w)
{
    const struct sheaf_scratch *s = w->scratch;
    const struct loaded *l = &s->loaded;
    const struct sheaf_buf *content = l->delta ? &s->base : &s->content;

    if (l->large || content->len > DELTA_CONTENT_MAX)
        return true;
    w->base_offset = l->delta ? l->base_offset : l->offset;
    w->base_length = (uint32_t)(l->delta ? l->base_length : l->length);
    return buf_add(&w->base_content, content->data, content->len);
}

/* Of an ID whose newest revision was redacted: the next one follows its
 * record, which is still there. */
static int
after_redacted(struct sheaf_writer *w, struct sheaf_bytes id,
               struct idset_entry *newest, struct sheaf_error *err)
{
    uint8_t key[TABLE_KEY_SIZE];
    struct map_row row;
    struct rows rows;
    int rc;

    newest->rev = 0;
    table_key(id, key);
    rows = rows_of(w->base, TABLE_MAP, key);
    while ((rc = rows_next_map(w->base, w->scratch, &rows, &row, err)) ==
           SHEAF_OK) {
        struct found found;

        rc = reader_follow(w->base, w->scratch, &row, id, &found, err);
        if (rc == SHEAF_ENOTFOUND)
            continue;
        if (rc == SHEAF_OK)
            rc = reader_check_leaf(w->base, w->scratch, row.leaf, row.offset,
                                   found.hash, err);
        if (rc != SHEAF_OK)
            return rc;
        if (found.rev > newest->rev) {
            newest->rev = found.rev;
            memcpy(newest->leaf_hash, found.hash, 32);
        }
    }
    if (rc != SHEAF_END)
        return rc;
    return newest->rev == 0 ? SHEAF_ENOTFOUND : SHEAF_OK;
}

/* The newest revision in the archive that is appended to: does it say the
 * same as w->comparable and the parts? */
static int
look_in_base(struct sheaf_writer *w, struct sheaf_bytes id,
             const struct sheaf_new_part *parts, uint8_t (*commitments)[32],
             size_t count, struct idset_entry *seen, bool *same,
             struct sheaf_error *err)
{
    struct sheaf_buf comparable = { 0 };
    struct sheaf_article a;
    struct sheaf_entry entry;
    int rc;

    if (w->base == NULL)
        return SHEAF_ENOTFOUND;
    *same = false;
    rc = sheaf_find(w->base, w->scratch, id, 0, &entry, err);
    if (rc == SHEAF_OK)
        rc = sheaf_read(w->base, w->scratch, &entry, &a, err);
    if (rc == SHEAF_EREDACTED)
        return after_redacted(w, id, seen, err);
    if (rc != SHEAF_OK)
        return rc;
    seen->rev = a.rev;
    memcpy(seen->leaf_hash, a.leaf_hash, 32);
    rc = comparable_members(a.meta, &comparable, err);
    if (rc == SHEAF_OK && bytes_equal(buf_view(&comparable), buf_view(&w->comparable)))
        rc = same_parts(w, parts, commitments, count, same, err);
    if (rc == SHEAF_OK && !*same && !keep_base(w))
        rc = fail_nomem(err);
    sheaf_buf_free(&comparable);
    return rc;
}

/* `fields` with a salt of its own, in the place where the canonical form wants
 * it. */
static int
add_salt(struct sheaf_bytes fields, struct sheaf_buf *out,
         struct sheaf_error *err)
{
    struct json_iter it = json_iter_over(fields);
    const struct sheaf_bytes name = { (const uint8_t *)"salt", 4 };
    struct sheaf_bytes key, value;
    uint8_t salt[32];
    char text[] = "\"salt\":\"................................"
                  "................................\"";
    bool due = true;
    bool more, good;

    hash_random(salt, sizeof salt);
    hex_print(salt, sizeof salt, text + 8);
    out->len = 0;
    good = buf_add_str(out, "{");
    do {
        more = json_next(&it, &key, &value);
        if (due && (!more || json_key_compare(key, name) > 0)) {
            good = good && buf_add_str(out, out->len == 1 ? "" : ",") &&
                   buf_add_str(out, text);
            due = false;
        }
        if (more)
            good = good && buf_add_str(out, out->len == 1 ? "\"" : ",\"") &&
                   buf_add(out, key.data, key.len) && buf_add_str(out, "\":") &&
                   buf_add(out, value.data, value.len);
    } while (more && good);
    return good && buf_add_str(out, "}") ? SHEAF_OK : fail_nomem(err);
}

int
writer_set_keys(struct sheaf_writer *w, struct item *it,
                const struct article *a, struct sheaf_error *err)
{
    struct sheaf_bytes url;

    it->meta = a->meta;
    it->time = a->time;
    memcpy(it->leaf_hash, a->leaf_hash, 32);
    table_key(a->id, it->id_key);
    it->has_url = false;
    if (a->meta.url.len == 0)
        return SHEAF_OK;
    w->text.len = 0;
    if (!json_string(a->meta.url, &w->text))
        return fail_nomem(err);
    url = buf_view(&w->text);
    it->has_url = !bytes_equal(url, a->id);
    table_key(url, it->url_key);
    return SHEAF_OK;
}

/* All parts after the line, as one source. */
struct chain {
    const struct sheaf_new_part *parts;
    size_t count;
};

static uint64_t
part_size(const struct sheaf_new_part *p)
{
    return p->source != NULL ? p->source->ops->size(p->source->ctx)
                             : p->data.len;
}

static uint64_t
chain_size(void *ctx)
{
    const struct chain *c = ctx;
    uint64_t sum = 0;

    for (size_t i = 0; i < c->count; i++)
        sum += part_size(&c->parts[i]);
    return sum;
}

static int
chain_read_at(void *ctx, uint64_t offset, void *buf, size_t len)
{
    const struct chain *c = ctx;
    uint8_t *out = buf;

    for (size_t i = 0; i < c->count && len != 0; i++) {
        const struct sheaf_new_part *p = &c->parts[i];
        uint64_t size = part_size(p);
        size_t n;

        if (offset >= size) {
            offset -= size;
            continue;
        }
        n = (size_t)min_u64(size - offset, len);
        if (p->source != NULL) {
            int sys = p->source->ops->read_at(p->source->ctx, offset, out, n);

            if (sys != 0)
                return sys;
        } else {
            memcpy(out, p->data.data + offset, n);
        }
        out += n;
        len -= n;
        offset = 0;
    }
    assert(len == 0);
    return 0;
}

static void
chain_close(void *ctx)
{
    (void)ctx;
}

static const struct sheaf_source_ops chain_ops = { chain_size, chain_read_at,
                                                   chain_close };

/* Compose the article and hand it to the batch. `commitments` are those of
 * the parts; the bytes of a small article are in w->out. */
static int
store(struct sheaf_writer *w, struct sheaf_bytes fields,
      const struct sheaf_new_part *parts, size_t count, uint64_t bytes,
      uint8_t (*commitments)[32], const struct idset_entry *before,
      struct sheaf_error *err)
{
    bool large = bytes > LARGE;
    struct item *it = encode_new_item(w);
    struct article *a = &w->article;
    struct sheaf_bytes line;
    size_t room = fields.len + w->parts_json.len + 256;
    int rc;

    if (it == NULL || !buf_reserve(&it->content,
                                   room + (large ? 0 : (size_t)bytes)))
        return fail_nomem(err);
    rc = meta_compose(fields, before != NULL ? before->rev + 1 : 1,
                      before != NULL ? before->leaf_hash : NULL,
                      buf_view(&w->parts_json), &it->content, err);
    if (rc != SHEAF_OK)
        return rc;
    line = buf_view(&it->content);
    if (!buf_add(&it->content, "\n", 1))
        return fail_nomem(err);
    it->raw = line.len + 1 + bytes;
    rc = article_from_line(a, line, it->raw, NO_OFFSET, err);
    if (rc != SHEAF_OK)
        return rc;
    for (size_t i = 0; i < count; i++) {
        if (a->salted)
            rc = commit_part(&parts[i], a->salt, NULL, commitments[i], err);
        if (rc != SHEAF_OK)
            return rc;
        article_commit_part(a, i, commitments[i]);
    }
    rc = writer_set_keys(w, it, a, err);
    if (rc != SHEAF_OK)
        return rc;
    if (large) {
        struct chain chain = { parts, count };
        struct sheaf_source rest = { &chain_ops, &chain };

        return encode_large(w, rest, err);
    }
    /* The room was there from the start, so no view has moved. */
    if (!buf_add(&it->content, w->out.data, w->out.len))
        return fail_nomem(err);
    w->out.len = 0;
    if (w->base_content.len != 0 && it->raw <= DELTA_CONTENT_MAX) {
        struct sheaf_buf base = it->base;

        it->base = w->base_content;
        it->base_offset = w->base_offset;
        it->base_length = w->base_length;
        w->base_content = base;
    }
    return encode_added(w, err);
}

/* A failure that spoils nothing but this article. */
static bool
refused(int rc)
{
    return rc == SHEAF_EINVAL;
}

static int
add(struct sheaf_writer *w, struct sheaf_bytes fields,
    const struct sheaf_new_part *parts, size_t count,
    enum sheaf_added *added, struct sheaf_error *err)
{
    uint8_t commitments[ARTICLE_PARTS_MAX][32];
    struct idset_entry seen, now;
    struct sheaf_buf id = { 0 };
    struct sheaf_bytes value;
    uint64_t bytes = 0;
    bool same = false;
    int rc = json_check(fields, err);

    if (rc != SHEAF_OK)
        return fail(err, SHEAF_EINVAL, "the metadata is not canonical JSON");
    if (!json_member(fields, "id", &value) || !json_is_string(value))
        return fail(err, SHEAF_EINVAL, "the metadata has no id");
    rc = describe_parts(w, parts, count, &bytes, err);
    if (rc == SHEAF_OK && bytes > LARGE && w->item_count != 0)
        rc = encode_flush(w, err);
    w->out.len = 0;
    w->base_content.len = 0;
    for (size_t i = 0; rc == SHEAF_OK && i < count; i++)
        rc = commit_part(&parts[i], NULL, bytes > LARGE ? NULL : &w->out,
                         commitments[i], err);
    if (rc == SHEAF_OK && !json_string(value, &id))
        rc = fail_nomem(err);
    if (rc != SHEAF_OK)
        goto out;

    rc = comparable_members(fields, &w->comparable, err);
    if (rc != SHEAF_OK)
        goto out;
    content_key(w, commitments, count, now.content);
    rc = idset_get(w->ids, buf_view(&id), &seen, err);
    if (rc == SHEAF_OK)
        same = memcmp(seen.content, now.content, sizeof now.content) == 0;
    else if (rc == SHEAF_ENOTFOUND)
        rc = look_in_base(w, buf_view(&id), parts, commitments, count, &seen,
                          &same, err);
    if (rc != SHEAF_OK && rc != SHEAF_ENOTFOUND)
        goto out;
    if (rc == SHEAF_OK && w->options.unique) {
        rc = fail(err, SHEAF_EINVAL, "an article with this ID came before");
        goto out;
    }
    if (same) {
        *added = SHEAF_UNCHANGED;
        w->written.unchanged++;
        goto out;
    }
    *added = rc == SHEAF_OK ? SHEAF_REVISED : SHEAF_ADDED;
    now.rev = rc == SHEAF_OK ? seen.rev + 1 : 1;
    if (w->options.salted && !json_member(fields, "salt", &value)) {
        int salted = add_salt(fields, &w->comparable, err);

        if (salted != SHEAF_OK) {
            rc = salted;
            goto out;
        }
        fields = buf_view(&w->comparable);
    }
    rc = store(w, fields, parts, count, bytes, commitments,
               rc == SHEAF_OK ? &seen : NULL, err);
    if (rc != SHEAF_OK)
        goto out;
    memcpy(now.leaf_hash, w->article.leaf_hash, 32);
    w->written.revisions += *added == SHEAF_REVISED;
    rc = idset_put(w->ids, buf_view(&id), &now, err);

out:
    w->out.len = 0;
    sheaf_buf_free(&id);
    return rc;
}

int
sheaf_add(struct sheaf_writer *writer, struct sheaf_bytes fields,
          const struct sheaf_new_part *parts, size_t part_count,
          enum sheaf_added *added, struct sheaf_error *err)
{
    enum sheaf_added outcome = SHEAF_ADDED;
    struct sheaf_error own; /* not to be found before is no failure */
    int rc;

    if (writer->failed)
        return fail(err, SHEAF_EINVAL, "the writer has failed before");
    if (writer->statements)
        return fail(err, SHEAF_EINVAL,
                    "after a key change no article can be added");
    rc = add(writer, fields, parts, part_count, &outcome, &own);
    if (rc == SHEAF_OK && added != NULL)
        *added = outcome;
    if (rc != SHEAF_OK && !refused(rc))
        writer->failed = true;
    if (rc != SHEAF_OK && err != NULL)
        *err = own;
    return rc;
}

/* ---- Key changes -------------------------------------------------------- */

int
writer_check_key(const struct sheaf_writer *w, const uint8_t key[32],
                 struct sheaf_error *err)
{
    const struct top *t = &w->ledger.top;
    struct note note;
    int rc;

    if (t->key_count != 0 && memcmp(key, w->ledger.key_new, 32) != 0)
        return fail_verify(err, NO_OFFSET, "F9.10",
                           "another key signs this archive now");
    /* A note from before the last key change is not of the key that follows
     * from it; whoever trusts it finds that out. */
    if (t->note.len == 0)
        return SHEAF_OK;
    rc = note_parse(buf_view(&t->note), &note, err);
    if (rc == SHEAF_OK &&
        (t->key_count == 0 ||
         note.checkpoint.size > t->keys[t->key_count - 1].leaf))
        rc = note_verify(&note, key, err);
    return rc;
}

static int
add_key_change(struct sheaf_writer *w, const struct sheaf_secret_key *old_key,
               const struct sheaf_secret_key *new_key, struct sheaf_error *err)
{
    int rc = encode_flush(w, err);

    if (rc == SHEAF_OK)
        rc = encode_end_group(w, err);
    if (rc == SHEAF_OK)
        rc = ledger_key_change(&w->ledger, w->at, w->options.time_ms, old_key,
                              new_key, &w->out, err);
    return rc == SHEAF_OK ? generation_statement(w, err) : rc;
}

int
sheaf_add_key_change(struct sheaf_writer *writer,
                     const struct sheaf_secret_key *old_key,
                     const struct sheaf_secret_key *new_key,
                     struct sheaf_error *err)
{
    struct sheaf_writer *w = writer;
    int rc;

    if (w->failed)
        return fail(err, SHEAF_EINVAL, "the writer has failed before");
    if (w->base == NULL || w->ledger.top.note.len == 0)
        return fail(err, SHEAF_EINVAL, "this archive is not signed yet");
    if (w->statements)
        return fail(err, SHEAF_EINVAL, "one key change at a time");
    if (memcmp(old_key->key + 32, new_key->key + 32, 32) == 0)
        return fail(err, SHEAF_EINVAL, "the new key is the old one");
    rc = writer_check_key(w, old_key->key + 32, err);
    if (rc != SHEAF_OK)
        return rc;
    rc = add_key_change(w, old_key, new_key, err);
    w->failed = rc != SHEAF_OK;
    w->statements = true;
    return rc;
}

int
sheaf_json_canonical(struct sheaf_bytes text, struct sheaf_buf *out,
                     struct sheaf_error *err)
{
    out->len = 0;
    return json_canonical(text, out, err);
}
