/*
 * writer.c - begins an archive or a generation, and adds articles (format.md
 * F4, F6.3). An ID that comes again is the next revision.
 */
#include "write/writer.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/hex.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/options.h"
#include "format/delta.h"
#include "format/frame.h"
#include "format/recipe.h"
#include "log/note.h"
#include "write/dictfile.h"
#include "write/traits.h"

#define IDSET_MEMORY ((size_t)64 << 20)
/* Articles whose parts have more bytes than this are not held in memory. */
#define LARGE SHEAF_WHOLE_MAX

/* ---- Beginning ---------------------------------------------------------- */

static int
check_options(const struct sheaf_write_options *o, struct sheaf_error *err)
{
    if (o->level < 1 || o->level > 19)
        return fail(err, SHEAF_EINVAL, "level %d is not from 1 to 19",
                    o->level);
    if (o->dict_max > (int64_t)CODEC_DICT_MAX)
        return fail(err, SHEAF_EINVAL, "a dictionary has at most 16 MiB");
    if (o->origin != NULL && !note_origin_ok(o->origin, strlen(o->origin)))
        return fail(err, SHEAF_EINVAL,
                    "an origin is 1 to 255 of A-Z a-z 0-9 . _ / ~ -");
    if (o->block > ARTICLE_BLOCK_MAX)
        return fail(err, SHEAF_EINVAL, "a block has at most 65,536 bytes");
    return SHEAF_OK;
}

static int
take_options(struct sheaf_writer *w, const struct sheaf_write_options *o,
             struct sheaf_error *err)
{
    int rc = options_take(&w->options, sizeof w->options, o, err);
    size_t len;

    if (rc != SHEAF_OK)
        return rc;
    w->words = w->options.plain == 0;
    if (w->options.dict.len != 0)
        w->options.dict_max = -1;
    if (w->options.level == 0)
        w->options.level = w->words ? WRITER_LEVEL_DEFAULT
                                    : WRITER_LEVEL_PLAIN;
    if (w->options.tmpdir != NULL) {
        len = strlen(w->options.tmpdir) + 1;
        w->tmpdir = mem_new(len, 1);
        if (w->tmpdir == NULL)
            return fail_nomem(err);
        memcpy(w->tmpdir, w->options.tmpdir, len);
    }
    return check_options(&w->options, err);
}

static int
make_encoder(struct sheaf_writer *w, const struct writer_setup *setup,
             struct sheaf_error *err)
{
    const struct sheaf_write_options *o = &w->options;
    const struct encode_options encode = {
        .level = o->level, .threads = o->threads, .dict_max = o->dict_max,
        .sample_max = o->sample_max, .block = o->block,
        .joined = setup->joined, .words = w->words, .sample = setup->sample,
        .step = { o->step, o->step_arg }
    };

    return encoder_new(&w->layout, &encode, &w->encoder, err);
}

int
writer_be_plain(struct sheaf_writer *w,
                const struct sheaf_write_options *options,
                const struct writer_setup *setup, struct sheaf_error *err)
{
    encoder_free(w->encoder);
    w->encoder = NULL;
    w->words = false;
    if (options == NULL || options->level == 0)
        w->options.level = WRITER_LEVEL_PLAIN;
    return make_encoder(w, setup, err);
}

static int
prepare(struct sheaf_writer *w, const struct writer_setup *setup,
        struct sheaf_error *err)
{
    int rc = layout_init(&w->layout, w->tmpdir, err);

    w->kept.wanted = setup->keeps_rows;
    if (rc == SHEAF_OK)
        rc = make_encoder(w, setup, err);
    if (rc == SHEAF_OK)
        rc = idset_new(&w->ids, IDSET_MEMORY, w->tmpdir, err);
    return rc;
}

int
writer_new(const struct sheaf_write_options *options,
           const struct writer_setup *setup, struct sheaf_writer **out,
           struct sheaf_error *err)
{
    struct sheaf_writer *w;
    int rc = hash_start(err);

    if (rc != SHEAF_OK)
        return rc;
    w = mem_new(1, sizeof *w);
    if (w == NULL)
        return fail_nomem(err);
    generation_init(&w->kept);
    rc = take_options(w, options, err);
    if (rc == SHEAF_OK)
        rc = prepare(w, setup, err);
    if (rc != SHEAF_OK) {
        sheaf_writer_free(w);
        return rc;
    }
    *out = w;
    return SHEAF_OK;
}

/* Writes the head of the file; the first generation begins after it. */
static int
begin_file(struct sheaf_writer *w, struct sheaf_error *err)
{
    struct layout *l = &w->layout;
    uint32_t flags = w->words ? HEAD_WORDS : 0;
    int rc;

    l->ledger.must = flags;
    if ((w->options.origin != NULL &&
         !buf_add_str(&l->ledger.top.origin, w->options.origin)) ||
        !frame_head(&l->out.pending, flags))
        return fail_nomem(err);
    w->options.origin = NULL;
    rc = output_flush(&l->out, err);
    if (rc == SHEAF_OK)
        rc = layout_begin(l, err);
    if (rc == SHEAF_OK && w->options.recipe != 0 &&
        !recipe_frame(&l->out.pending))
        rc = fail_nomem(err);
    return rc == SHEAF_OK ? output_flush(&l->out, err) : rc;
}

int
writer_make(struct sheaf_sink sink, const struct sheaf_write_options *options,
            const struct writer_setup *setup, struct sheaf_writer **out,
            struct sheaf_error *err)
{
    struct sheaf_writer *w = NULL;
    int rc = writer_new(options, setup, &w, err);

    if (rc != SHEAF_OK) {
        sink.ops->close(sink.ctx);
        return rc;
    }
    w->layout.out.sink = sink;
    rc = begin_file(w, err);
    if (rc != SHEAF_OK) {
        sheaf_writer_free(w);
        return rc;
    }
    *out = w;
    return SHEAF_OK;
}

/* Takes the dictionary of the options, which the first article brings into
 * the file. */
static int
take_dict(struct sheaf_writer *w, struct sheaf_error *err)
{
    struct dictfile d;
    int rc;

    if (w->options.dict.len == 0)
        return SHEAF_OK;
    rc = dictfile_read(&d, w->options.dict, w->words, err);
    if (rc != SHEAF_OK)
        return rc;
    w->options.dict = sheaf_view(NULL, 0);
    rc = encode_begin(w->encoder, &d.raw, &d.packed, d.id, err);
    dictfile_free(&d);
    return rc;
}

int
sheaf_writer_new(struct sheaf_sink sink,
                 const struct sheaf_write_options *options,
                 struct sheaf_writer **out, struct sheaf_error *err)
{
    static const struct writer_setup plain = { 0 };
    struct sheaf_writer *w = NULL;
    int rc = writer_make(sink, options, &plain, &w, err);

    if (rc == SHEAF_OK)
        rc = take_dict(w, err);
    if (rc != SHEAF_OK) {
        sheaf_writer_free(w);
        return rc;
    }
    *out = w;
    return SHEAF_OK;
}

static void
adding_free(struct adding *a)
{
    article_free(&a->article);
    sheaf_buf_free(&a->parts.json);
    sheaf_buf_free(&a->comparable);
    sheaf_buf_free(&a->bytes);
    sheaf_buf_free(&a->url);
    sheaf_buf_free(&a->base);
}

void
sheaf_writer_free(struct sheaf_writer *writer)
{
    struct sheaf_writer *w = writer;

    if (w == NULL)
        return;
    encoder_free(w->encoder);
    generation_free(&w->kept);
    layout_free(&w->layout);
    idset_free(w->ids);
    adding_free(&w->adding);
    sheaf_scratch_free(w->base.scratch);
    sheaf_close(w->base.reader);
    mem_free(w->tmpdir);
    mem_free(w);
}

/* ---- Adding ------------------------------------------------------------- */

/* The members that count when two articles are compared: not `source`, not
 * what the packer adds, and not the salt. */
static int
comparable_members(struct sheaf_bytes meta, struct sheaf_buf *out,
             struct sheaf_error *err)
{
    static const char *const aside[] = { "source", "rev", "prev", "parts",
                                         "salt", NULL };

    return article_members(meta, aside, out) ? SHEAF_OK : fail_nomem(err);
}

/* What an idset_entry keeps of an article: a short keyed hash of its content,
 * without its revision, and its traits. */
#define KEY_BYTES (IDSET_CONTENT_BYTES - (size_t)TRAITS_BYTES)

static void
content_key(struct sheaf_writer *w, uint8_t (*commitments)[32], size_t count,
            uint8_t *out)
{
    struct hash_blake h;
    uint8_t hash[32];

    hash_blake_start_keyed(&h, idset_key(w->ids));
    hash_blake_add(&h, w->adding.comparable.data, w->adding.comparable.len);
    hash_blake_add(&h, w->adding.parts.json.data, w->adding.parts.json.len);
    hash_blake_add(&h, commitments, count * 32);
    hash_blake_end(&h, hash);
    memcpy(out, hash, KEY_BYTES);
}

/* Whether these are the parts of the article in the scratch. `commitments`
 * are without a salt; if the article has one, they are computed again. */
static int
same_parts(struct sheaf_writer *w, uint8_t (*commitments)[32], bool *same,
           struct sheaf_error *err)
{
    const struct new_parts *parts = &w->adding.parts;
    const struct article *old = &w->base.scratch->article;
    int rc = SHEAF_OK;

    *same = bytes_equal(old->meta.parts, buf_view(&w->adding.parts.json));
    for (unsigned i = 0; rc == SHEAF_OK && *same && i < parts->count; i++) {
        struct leaf_commitment had = leaf_commitment(old->leaf.record, i + 1);
        uint8_t salted[32];

        if (old->salted)
            rc = new_parts_commit(parts, i, old->salt, NULL, salted, err);
        *same = memcmp(had.hash, old->salted ? salted : commitments[i], 32) ==
                0;
    }
    return rc;
}

/* Makes the revision that was just read from the archive the base of the
 * next one; if it is a difference itself, its base. */
static bool
keep_base(struct sheaf_writer *w)
{
    const struct sheaf_scratch *s = w->base.scratch;
    const struct loaded *l = &s->loaded;
    const struct sheaf_buf *content = l->delta ? &s->base : &s->content;

    if (l->large || content->len > DELTA_CONTENT_MAX)
        return true;
    w->adding.base_offset = l->delta ? l->base_offset : l->offset;
    w->adding.base_length = (uint32_t)(l->delta ? l->base_length : l->length);
    return buf_add(&w->adding.base, content->data, content->len);
}

/* Whether the newest revision in the archive equals w->comparable and the
 * parts. */
static int
look_in_base(struct sheaf_writer *w, struct sheaf_bytes id,
             uint8_t (*commitments)[32], struct idset_entry *seen, bool *same,
             struct sheaf_error *err)
{
    const struct sheaf_reader *r = w->base.reader;
    struct sheaf_scratch *s = w->base.scratch;
    struct sheaf_buf comparable = { 0 };
    struct sheaf_error why = { 0 };
    struct sheaf_article a;
    struct sheaf_entry entry;
    int rc;

    if (r == NULL)
        return SHEAF_ENOTFOUND;
    *same = false;
    rc = sheaf_find(r, s, id, 0, &entry, &why);
    if (rc == SHEAF_OK)
        rc = sheaf_read(r, s, &entry, &a, &why);
    if (rc == SHEAF_EREDACTED)
        return follow_redacted(w, id, seen, err);
    if (rc != SHEAF_OK)
        return follow_lost(w, id, rc, seen, &why, err);
    seen->rev = a.rev;
    memcpy(seen->leaf_hash, a.leaf_hash, 32);
    traits_take(a.meta, seen->content + KEY_BYTES);
    rc = comparable_members(a.meta, &comparable, err);
    if (rc == SHEAF_OK && bytes_equal(buf_view(&comparable),
                                      buf_view(&w->adding.comparable)))
        rc = same_parts(w, commitments, same, err);
    if (rc == SHEAF_OK && !*same && !keep_base(w))
        rc = fail_nomem(err);
    sheaf_buf_free(&comparable);
    return rc;
}

/* `fields` with a new salt, at its place in canonical order. */
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
    int rc = hash_random(salt, sizeof salt, err);

    if (rc != SHEAF_OK)
        return rc;
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
writer_describe(struct sheaf_writer *w, struct item *it,
                const struct article *a, struct sheaf_error *err)
{
    struct sheaf_bytes url;

    it->placed.meta = a->meta;
    it->placed.time = a->time;
    memcpy(it->placed.leaf_hash, a->leaf_hash, 32);
    table_key(a->id, it->placed.id_key);
    it->placed.has_url = false;
    if (a->meta.url.len == 0)
        return SHEAF_OK;
    w->adding.url.len = 0;
    if (!json_string(a->meta.url, &w->adding.url))
        return fail_nomem(err);
    url = buf_view(&w->adding.url);
    it->placed.has_url = !bytes_equal(url, a->id);
    table_url_key(url, it->placed.url_key);
    return SHEAF_OK;
}

/* Composes the article and adds it to the batch. `commitments` are those of
 * the parts; the bytes of a small article are in w->adding. */
static int
store(struct sheaf_writer *w, struct sheaf_bytes fields,
      uint8_t (*commitments)[32], const struct idset_entry *before,
      struct sheaf_error *err)
{
    const struct new_parts *parts = &w->adding.parts;
    bool large = parts->bytes > LARGE;
    struct item *it = encode_item(w->encoder);
    struct article *a = &w->adding.article;
    struct sheaf_bytes line;
    size_t room = fields.len + parts->json.len + 256;
    struct sheaf_error why = { 0 };
    int rc;

    if (it == NULL ||
        !buf_reserve(&it->content, room + (large ? 0 : (size_t)parts->bytes)))
        return fail_nomem(err);
    rc = meta_compose(fields, before != NULL ? before->rev + 1 : 1,
                      before != NULL ? before->leaf_hash : NULL,
                      buf_view(&w->adding.parts.json), &it->content, err);
    if (rc != SHEAF_OK)
        return rc;
    line = buf_view(&it->content);
    if (!buf_add(&it->content, "\n", 1))
        return fail_nomem(err);
    it->placed.raw = line.len + 1 + parts->bytes;
    rc = article_from_line(a, line, it->placed.raw, NO_OFFSET, &why);
    if (rc == SHEAF_ECORRUPT) /* no reader would take it, as half a salt */
        return fail(err, SHEAF_EINVAL, "metadata: %s", why.message);
    if (rc != SHEAF_OK && err != NULL)
        *err = why;
    if (rc != SHEAF_OK)
        return rc;
    for (size_t i = 0; i < parts->count; i++) {
        if (a->salted)
            rc = new_parts_commit(parts, i, a->salt, NULL, commitments[i],
                                  err);
        if (rc != SHEAF_OK)
            return rc;
        article_commit_part(a, i, commitments[i]);
    }
    rc = writer_describe(w, it, a, err);
    if (rc != SHEAF_OK)
        return rc;
    rc = writer_keep(w, it, err);
    if (rc != SHEAF_OK)
        return rc;
    if (large) {
        struct parts_chain chain = { .parts = parts,
                                     .salt = article_salt(a),
                                     .commitments = commitments };

        rc = encode_large(w->encoder, parts_chain_source(&chain), err);
        return chain.changed ? fail(err, SHEAF_EIO,
                                    "the article changed while it was read")
                             : rc;
    }
    /* The memory was reserved at the start, so no view has moved. */
    if (!buf_add(&it->content, w->adding.bytes.data, w->adding.bytes.len))
        return fail_nomem(err);
    if (w->adding.base.len != 0 && it->placed.raw <= DELTA_CONTENT_MAX &&
        !it->kept && !it->placed.joined) {
        struct sheaf_buf base = it->base;

        it->base = w->adding.base;
        it->base_offset = w->adding.base_offset;
        it->base_length = w->adding.base_length;
        w->adding.base = base;
    }
    return encode_added(w->encoder, err);
}

/* Whether a failure concerns this article only. */
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
    struct idset_entry seen, now = { 0 };
    struct sheaf_buf id = { 0 };
    struct sheaf_bytes value;
    struct new_parts *taken = &w->adding.parts;
    bool same = false, large;
    int rc = json_check(fields, err);

    if (rc != SHEAF_OK)
        return fail(err, SHEAF_EINVAL, "the metadata is not canonical JSON");
    if (!json_member(fields, "id", &value) || !json_is_string(value))
        return fail(err, SHEAF_EINVAL, "the metadata has no id");
    rc = new_parts_take(taken, parts, count, err);
    large = rc == SHEAF_OK && taken->bytes > LARGE;
    if (large && w->sample) {
        *added = SHEAF_UNCHANGED;
        return SHEAF_OK;
    }
    if (large && encode_waiting(w->encoder))
        rc = encode_flush(w->encoder, err);
    w->adding.bytes.len = 0;
    w->adding.base.len = 0;
    for (size_t i = 0; rc == SHEAF_OK && i < count; i++)
        rc = new_parts_commit(taken, i, NULL, large ? NULL : &w->adding.bytes,
                              commitments[i], err);
    if (rc == SHEAF_OK && !large)
        new_parts_keep(taken, &w->adding.bytes);
    if (rc == SHEAF_OK && !json_string(value, &id))
        rc = fail_nomem(err);
    if (rc != SHEAF_OK)
        goto out;

    rc = comparable_members(fields, &w->adding.comparable, err);
    if (rc != SHEAF_OK)
        goto out;
    content_key(w, commitments, count, now.content);
    traits_take(fields, now.content + KEY_BYTES);
    seen = now; /* an article that is lost or redacted has unknown traits */
    rc = idset_get(w->ids, buf_view(&id), &seen, err);
    if (rc == SHEAF_OK)
        same = memcmp(seen.content, now.content, KEY_BYTES) == 0;
    else if (rc == SHEAF_ENOTFOUND)
        rc = look_in_base(w, buf_view(&id), commitments, &seen, &same, err);
    if (rc != SHEAF_OK && rc != SHEAF_ENOTFOUND)
        goto out;
    if (rc == SHEAF_OK && w->options.unique) {
        rc = fail(err, SHEAF_EINVAL, "an article with this ID came before");
        goto out;
    }
    if (rc == SHEAF_OK && seen.rev == UINT32_MAX) {
        rc = fail(err, SHEAF_ELIMIT, "no revision can follow the last one");
        goto out;
    }
    if (same) {
        *added = SHEAF_UNCHANGED;
        w->layout.written.unchanged++;
        goto out;
    }
    *added = rc != SHEAF_OK ? SHEAF_ADDED
             : traits_unlike(buf_view(&id), seen.content + KEY_BYTES,
                             now.content + KEY_BYTES)
                 ? SHEAF_REVISED_UNLIKE
                 : SHEAF_REVISED;
    now.rev = rc == SHEAF_OK ? seen.rev + 1 : 1;
    if (w->options.salted && !json_member(fields, "salt", &value)) {
        int salted = add_salt(fields, &w->adding.comparable, err);

        if (salted != SHEAF_OK) {
            rc = salted;
            goto out;
        }
        fields = buf_view(&w->adding.comparable);
    }
    rc = store(w, fields, commitments, rc == SHEAF_OK ? &seen : NULL, err);
    if (rc != SHEAF_OK)
        goto out;
    memcpy(now.leaf_hash, w->adding.article.leaf_hash, 32);
    w->layout.written.revisions += *added != SHEAF_ADDED;
    w->layout.written.unlike += *added == SHEAF_REVISED_UNLIKE;
    rc = idset_put(w->ids, buf_view(&id), &now, err);

out:
    sheaf_buf_free(&id);
    return rc;
}

int
sheaf_add(struct sheaf_writer *writer, struct sheaf_bytes fields,
          const struct sheaf_new_part *parts, size_t part_count,
          enum sheaf_added *added, struct sheaf_error *err)
{
    enum sheaf_added outcome = SHEAF_ADDED;
    struct sheaf_error own; /* a new ID is not a failure */
    int rc;

    if (writer->failed)
        return fail(err, SHEAF_EINVAL, "the writer has failed before");
    if (writer->statements)
        return fail(err, SHEAF_EINVAL,
                    "after a key change no article can be added");
    if (writer->sample && encode_sample_full(writer->encoder))
        return SHEAF_END;
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

static int
add_key_change(struct sheaf_writer *w, const struct sheaf_secret_key *old_key,
               const struct sheaf_secret_key *new_key, struct sheaf_error *err)
{
    struct layout *l = &w->layout;
    int rc = encode_end(w->encoder, err);

    if (rc == SHEAF_OK)
        rc = ledger_key_change(&l->ledger, l->out.at, w->options.time_ms,
                               old_key, new_key, &l->out.pending, err);
    return rc == SHEAF_OK ? layout_statement(l, err) : rc;
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
    if (w->base.reader == NULL || w->layout.ledger.top.note.len == 0)
        return fail(err, SHEAF_EINVAL, "this archive is not signed yet");
    if (w->statements)
        return fail(err, SHEAF_EINVAL, "one key change at a time");
    if (memcmp(old_key->key + 32, new_key->key + 32, 32) == 0)
        return fail(err, SHEAF_EINVAL, "the new key is the old one");
    rc = generation_check_key(w, old_key->key + 32, err);
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
