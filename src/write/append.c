/*
 * append.c - continues an existing archive (format.md F12).
 */
#include "write/writer.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mark.h"
#include "base/mem.h"
#include "base/sink.h"
#include "format/frame.h"

#define STEP ((uint64_t)1 << 20)

/* ---- What follows the end ------------------------------------------------ */

/* Whether there is an END frame that is whole: then this was an archive, and
 * no append that was interrupted. */
static bool
holds_an_end(const uint8_t *data, size_t len)
{
    for (size_t at = 0; len - at >= END_SIZE; at++) {
        struct sheaf_bytes body;

        at += codec_find_magic(data + at, len - at);
        if (len - at < END_SIZE)
            return false;
        if (frame_type_at(data + at, len - at) == FRAME_END &&
            frame_body(sheaf_view(data + at, END_SIZE), 0, FRAME_END,
                       &body, NULL) == SHEAF_OK)
            return true;
    }
    return false;
}

/* Copies the bytes from `from` to the end of the file. */
static int
copy_tail(const struct sheaf_reader *r, uint64_t from,
          const struct sheaf_sink *sink, struct sheaf_error *err)
{
    struct sheaf_buf bytes = { 0 };
    int rc = SHEAF_OK;

    for (uint64_t at = from; rc == SHEAF_OK && at < r->file_size; at += STEP) {
        /* A frame may lie across the seam. */
        uint64_t n = min_u64(STEP, r->file_size - at);
        uint64_t over = min_u64(r->file_size - at - n, END_SIZE - 1);
        int sys;

        rc = reader_read(r, at, (size_t)(n + over), &bytes, err);
        if (rc == SHEAF_OK && holds_an_end(bytes.data, bytes.len))
            rc = fail_corrupt(err, at, "F12.5",
                              "the tail holds an end record: "
                              "use sheaf recover");
        if (rc != SHEAF_OK)
            break;
        sys = sink->ops->write(sink->ctx, bytes.data, (size_t)n);
        if (sys != 0)
            rc = fail_io(err, sys, "writing the torn tail");
    }
    sheaf_buf_free(&bytes);
    return rc;
}

/* Saves what follows `from` beside the archive, or refuses when it must not
 * be cut off. */
static int
save_tail(const struct sheaf_reader *r, uint64_t from, const char *path,
          struct sheaf_error *err)
{
    struct sheaf_sink sink = { NULL, NULL };
    struct sheaf_error why;
    struct sheaf_buf name = { 0 };
    int rc = sink_beside(&sink, path, ".tail", &name, &why);

    if (rc == SHEAF_OK)
        rc = copy_tail(r, from, &sink, &why);
    if (rc == SHEAF_OK) {
        int sys = sink.ops->commit(sink.ctx);

        if (sys != 0)
            rc = fail_io(&why, sys, "writing the torn tail");
    }
    if (rc == SHEAF_EIO && name.len != 0) {
        fail(err, rc, "%s: %s", buf_str(&name), why.message);
        if (err != NULL)
            err->sys = why.sys;
    } else if (rc != SHEAF_OK && err != NULL) {
        *err = why;
    }
    if (sink.ops != NULL)
        sink.ops->close(sink.ctx);
    sheaf_buf_free(&name);
    return rc;
}

/* The second copy of top and end as it should be, and the first END. */
static int
second_copy(const struct sheaf_reader *r, struct end *first,
            struct sheaf_buf *out, struct sheaf_error *err)
{
    struct sheaf_buf top = { 0 };
    int rc = reader_top_frame(r, &r->end, &top, err);

    *first = ledger_first_end(&r->end);
    if (rc == SHEAF_OK)
        rc = ledger_copy(first, buf_view(&top), out, err);
    sheaf_buf_free(&top);
    return rc;
}

static int
write_copy(const struct sheaf_reader *r, const char *path,
           const struct end *first, struct sheaf_bytes copy,
           struct sheaf_error *err)
{
    struct sheaf_sink sink;
    int rc = sink_append(&sink, path, first->offset + END_SIZE, r->file_size,
                         err);

    if (rc != SHEAF_OK)
        return rc;
    if (r->file_size > first->end)
        rc = save_tail(r, first->end, path, err);
    if (rc == SHEAF_OK) {
        int sys = sink.ops->write(sink.ctx, copy.data, copy.len);

        if (sys == 0)
            sys = sink.ops->commit(sink.ctx);
        if (sys != 0)
            rc = fail_io(err, sys, "writing the archive");
    }
    sink.ops->close(sink.ctx);
    return rc;
}

static int
refuse_end(const struct sheaf_reader *r, struct sheaf_error *err)
{
    return fail_corrupt(err, r->end.offset, "F12.3",
                        "the end is damaged: use sheaf repair");
}

static int
check_first(const struct sheaf_reader *r, const struct end *first,
            struct sheaf_error *err)
{
    struct sheaf_buf should = { 0 }, there = { 0 };
    int rc = end_encode(first, &should) ? SHEAF_OK : fail_nomem(err);

    if (rc == SHEAF_OK)
        rc = reader_read(r, first->offset, END_SIZE, &there, err);
    if (rc == SHEAF_OK && !bytes_equal(buf_view(&there), buf_view(&should)))
        rc = refuse_end(r, err);
    sheaf_buf_free(&should);
    sheaf_buf_free(&there);
    return rc;
}

/* A damaged tail may be what a power failure has left of an append; then its
 * mark is there. Otherwise it may be a generation that was complete, and
 * another one in its place would be a fork. */
static int
check_tail(const struct sheaf_reader *r, const char *path,
           struct sheaf_error *err)
{
    struct sheaf_buf mark = { 0 };
    int rc;

    if (r->lost_leaves == 0)
        return SHEAF_OK;
    rc = mark_name(path, &mark, err);
    if (rc == SHEAF_OK && !mark_is(buf_str(&mark), r->end.end))
        rc = fail_corrupt(err, r->end.end, "F12.5",
                          "what follows the end is damaged, and no append was "
                          "interrupted here: a generation may be lost; "
                          "sheaf repair goes on without it");
    sheaf_buf_free(&mark);
    return rc;
}

/* If the second copy of top and end is not whole, a commit was interrupted, or
 * it was damaged: it is written again, if the first END is whole, by which it
 * is found until then. *written says that it was. */
static int
finish_end(const struct sheaf_reader *r, const char *path, bool *written,
           struct sheaf_error *err)
{
    struct sheaf_buf copy = { 0 }, there = { 0 };
    struct end first;
    uint64_t at;
    int rc;

    if (r->end_damaged && r->lost_leaves != 0)
        return refuse_end(r, err);
    rc = second_copy(r, &first, &copy, err);
    at = first.offset + END_SIZE;
    if (rc == SHEAF_OK && r->file_size >= first.end)
        rc = reader_read(r, at, copy.len, &there, err);
    *written = rc == SHEAF_OK &&
               !bytes_equal(buf_view(&there), buf_view(&copy));
    if (*written)
        rc = check_first(r, &first, err);
    if (*written &&
        rc == SHEAF_OK) /* it overwrites or cuts off what follows */
        rc = check_tail(r, path, err);
    if (*written && rc == SHEAF_OK)
        rc = write_copy(r, path, &first, buf_view(&copy), err);
    sheaf_buf_free(&copy);
    sheaf_buf_free(&there);
    return rc;
}

/* ---- Taking over --------------------------------------------------------- */

/* Whether a PAD keeps the two copies of a top apart, the second of which is at
 * `at`. Otherwise one sector can take both, and with them every top that is
 * written against this one. */
static int
is_apart(const struct sheaf_reader *r, uint64_t at, bool *apart,
         struct sheaf_error *err)
{
    struct sheaf_buf head = { 0 };
    int rc = SHEAF_OK;

    *apart = false;
    if (at > HEAD_SIZE + PAD_SIZE)
        rc = reader_read(r, at - PAD_SIZE, FRAME_HEAD_SIZE, &head, err);
    if (rc == SHEAF_OK && head.len != 0)
        *apart = frame_type_at(head.data, head.len) == FRAME_PAD;
    sheaf_buf_free(&head);
    return rc;
}

/* Whether the second copy of the base is damaged, and the first was read. No
 * other top is then written against it. */
static bool
base_is_damaged(const struct sheaf_reader *r)
{
    const struct top *t = &r->top;

    return t->base != 0 && r->damages != 0 && r->damage.offset >= t->base &&
           r->damage.offset - t->base < t->base_length;
}

/* The base of the next top is that of this one, or this one. */
static int
adopt_base(struct sheaf_writer *w, struct sheaf_error *err)
{
    const struct sheaf_reader *r = w->base.reader;
    struct ledger *s = &w->layout.ledger;
    struct top base = { 0 };
    bool apart;
    int rc;

    if (base_is_damaged(r))
        return SHEAF_OK;
    rc = is_apart(r, r->top.base != 0 ? r->top.base : r->end.top, &apart, err);

    if (rc != SHEAF_OK || !apart)
        return rc;
    s->base_apart = true;
    if (r->top.base == 0)
        return ledger_set_base(s, &r->top, r->end.top, r->end.top_length, err);
    rc = reader_base(r, &r->top, &base, err);
    if (rc == SHEAF_OK)
        rc = ledger_set_base(s, &base, r->top.base, r->top.base_length, err);
    top_free(&base);
    return rc;
}

/* Takes a tile of the slab that is not full from the archive. */
static int
take_tile(struct sheaf_writer *w, uint64_t number, struct sheaf_error *err)
{
    struct sheaf_scratch *scratch = w->base.scratch;
    int rc = reader_tile(w->base.reader, scratch, number, err);

    if (rc == SHEAF_OK)
        memcpy(w->layout.ledger.slab +
                   number % SLAB_TILES * TILE_LEAVES * 32,
               scratch->tile.data, scratch->tile.len);
    return rc;
}

/* All tiles of that slab but the last. */
static int
take_tiles(void *arg, struct sheaf_error *err)
{
    struct sheaf_writer *w = arg;
    uint64_t size = w->base.reader->top.size;
    uint64_t tile = size / SLAB_LEAVES * SLAB_TILES;
    int rc = SHEAF_OK;

    for (; rc == SHEAF_OK && (tile + 1) * TILE_LEAVES <= size; tile++)
        rc = take_tile(w, tile, err);
    return rc;
}

/* Takes over the slab that is not full. Only its last tile is needed, unless
 * it becomes full: the roots of the others are in the top. */
static int
adopt_slab(struct sheaf_writer *w, struct sheaf_error *err)
{
    const struct sheaf_reader *r = w->base.reader;
    struct sheaf_scratch *scratch = w->base.scratch;
    struct ledger *s = &w->layout.ledger;
    uint64_t last = r->top.size - 1;
    int rc = SHEAF_OK;

    s->slab_fill = (uint32_t)(r->top.size % SLAB_LEAVES);
    w->layout.fill_slab = take_tiles;
    w->layout.fill_arg = w;
    if (r->top.size % TILE_LEAVES != 0)
        rc = take_tile(w, last / TILE_LEAVES, err);
    if (rc == SHEAF_OK)
        rc = reader_tile(r, scratch, last / TILE_LEAVES, err);
    if (rc == SHEAF_OK)
        memcpy(s->seal_hash, scratch->tile.data + last % TILE_LEAVES * 32, 32);
    return rc;
}

/* The number of this generation and that of redactions go into the next seal,
 * but nobody has signed them in the top: they must follow from the newest seal,
 * after which there may be generations without leaves. */
static int
check_numbers(struct sheaf_writer *w, struct sheaf_error *err)
{
    const struct sheaf_reader *r = w->base.reader;
    const struct top *t = &r->top;
    struct leaf_stored leaf;
    struct seal seal;
    uint64_t later;
    int rc = reader_seal(r, w->base.scratch, &r->end, t, &leaf, err);

    if (rc == SHEAF_OK)
        rc = seal_decode(leaf.part, t->seal, &seal, err);
    if (rc == SHEAF_OK)
        rc = behind_seal_check(r, w->base.scratch, &later, err);
    if (rc == SHEAF_OK &&
        (memcmp(leaf.hash, w->layout.ledger.seal_hash, 32) != 0 ||
         seal.generation + later != t->generation))
        rc = fail_corrupt(err, r->end.top, "F11.3",
                          "the top states another generation than the seal");
    if (rc == SHEAF_OK && seal.redactions != t->redactions)
        rc = fail_corrupt(err, r->end.top, "F11.3",
                          "the top counts other redactions than the seal");
    return rc;
}

/* Takes over the top, as if this writer had written it itself. */
static int
adopt_top(struct sheaf_writer *w, struct sheaf_error *err)
{
    struct sheaf_reader *r = w->base.reader;
    struct ledger *s = &w->layout.ledger;
    struct key_change last;
    int rc = top_copy(&r->top, &s->top, err);

    if (rc == SHEAF_OK)
        rc = adopt_base(w, err);
    if (rc == SHEAF_OK)
        rc = adopt_slab(w, err);
    if (rc == SHEAF_OK)
        rc = check_numbers(w, err);
    if (rc != SHEAF_OK)
        return rc;
    s->last_end = r->end.offset;
    s->must = r->end.must;
    s->may = r->end.may;
    s->top.later.len = 0; /* not ours to go on with */
    rc = reader_keys(r, w->base.scratch, r->top.size, NULL, NULL, &last,
                     s->key_hash, err);
    if (rc != SHEAF_OK)
        return rc;
    if (s->top.key_count != 0)
        memcpy(s->key_new, last.new_key, 32);
    rc = reader_read(r, r->end.offset, END_SIZE, &w->base.scratch->frame, err);
    if (rc == SHEAF_OK)
        hash_blake2b(w->base.scratch->frame.data, END_SIZE, s->last_hash);
    return rc;
}

static int
adopt_dict(struct sheaf_writer *w, struct sheaf_error *err)
{
    const struct top *t = &w->base.reader->top;
    struct sheaf_buf raw = { 0 };
    int rc;

    if (t->dict_count == 0)
        return SHEAF_OK;
    rc = reader_dict_load(w->base.reader, t->dict_count - 1, &raw, err);
    if (rc == SHEAF_OK)
        rc = encode_continue(w->encoder, buf_view(&raw),
                             t->dicts[t->dict_count - 1].id, err);
    sheaf_buf_free(&raw);
    return rc;
}

static int
check_base(struct sheaf_writer *w, const struct sheaf_public_key *key,
           struct sheaf_error *err)
{
    struct sheaf_reader *r = w->base.reader;
    bool older = false;

    if (r->end_damaged)
        return refuse_end(r, err);
    /* Nothing else that is damaged is built upon. */
    if (r->damages > 1 || (r->damages == 1 && !base_is_damaged(r))) {
        (void)sheaf_get_damage(r, err);
        return SHEAF_ECORRUPT;
    }
    if (w->options.origin != NULL &&
        (strlen(w->options.origin) != r->top.origin.len ||
         memcmp(w->options.origin, r->top.origin.data, r->top.origin.len) !=
             0))
        return fail(err, SHEAF_EINVAL, "the archive has another origin");
    w->options.origin = NULL;
    w->base.signs = key != NULL;
    if (key != NULL)
        memcpy(w->base.key, key->key, sizeof w->base.key);
    if (key != NULL && r->top.note.len != 0) {
        int rc = sheaf_authenticate(r, key, err);

        if (rc != SHEAF_OK)
            return rc;
        if (r->end_damaged) /* an earlier checkpoint answers */
            return refuse_end(r, err);
        if (memcmp(r->authentic.signer.key, key->key, 32) != 0)
            return fail_verify(err, NO_OFFSET, "F9.10",
                               "this key was replaced: sign with the "
                               "new one, which verify names");
        /* The next revision of an unsigned leaf cannot be found in what was
         * signed. */
        older = r->authentic.older;
        if (older)
            reader_distrust(r);
    }
    if (key == NULL || w->options.verified != 0 ||
        (r->top.note.len != 0 && !older))
        return SHEAF_OK;
    return fail_verify(err, NO_OFFSET, "F9.9",
                       "not all of this archive is signed: verify it first");
}

static int
open_reader(struct sheaf_writer *w, const char *path, struct sheaf_error *err)
{
    struct sheaf_source source;
    int rc = sheaf_source_file(&source, path, err);

    return rc == SHEAF_OK ? sheaf_open(source, NULL, &w->base.reader, err)
                          : rc;
}

/* Saves what follows the end, and cuts it off. */
static int
drop_tail(struct sheaf_writer *w, const char *path, struct sheaf_error *err)
{
    struct sheaf_reader *r = w->base.reader;
    int rc = check_tail(r, path, err);

    if (rc == SHEAF_OK)
        rc = save_tail(r, r->end.end, path, err);
    if (rc == SHEAF_OK)
        rc = sink_cut(&w->layout.out.sink, err);
    if (rc != SHEAF_OK)
        return rc;
    r->file_size = r->end.end;
    r->lost_leaves = 0;
    return SHEAF_OK;
}

/* Opens the archive, locks it, and cuts off what follows its end. */
static int
open_base(struct sheaf_writer *w, const char *path,
          const struct sheaf_public_key *key, struct sheaf_error *err)
{
    struct output *out = &w->layout.out;
    const struct sheaf_reader *r;
    bool written = false;
    int rc = open_reader(w, path, err);

    if (rc == SHEAF_OK)
        rc = finish_end(w->base.reader, path, &written, err);
    if (written) {
        sheaf_close(w->base.reader);
        w->base.reader = NULL;
    }
    if (rc == SHEAF_OK && written)
        rc = open_reader(w, path, err);
    if (rc == SHEAF_OK)
        rc = sheaf_scratch_new(&w->base.scratch, err);
    if (rc == SHEAF_OK)
        rc = check_base(w, key, err);
    if (rc != SHEAF_OK)
        return rc;
    r = w->base.reader;
    rc = sink_append(&out->sink, path, r->end.end, r->file_size, err);
    if (rc == SHEAF_OK &&
        (r->file_size != r->end.end || r->lost_leaves != 0))
        rc = drop_tail(w, path, err);
    out->at = out->start = r->end.end;
    return rc;
}

int
sheaf_writer_append(const char *path,
                    const struct sheaf_write_options *options,
                    const struct sheaf_public_key *key,
                    struct sheaf_writer **out, struct sheaf_error *err)
{
    static const struct writer_setup setup = { 0 };
    struct sheaf_writer *w = NULL;
    int rc = writer_new(options, &setup, &w, err);

    if (rc != SHEAF_OK)
        return rc;
    rc = open_base(w, path, key, err);
    /* The head stays as it is. What it does not announce must not come. */
    if (rc == SHEAF_OK && (w->base.reader->end.must & HEAD_WORDS) == 0)
        rc = writer_be_plain(w, options, &setup, err);
    if (rc == SHEAF_OK)
        rc = adopt_top(w, err);
    if (rc == SHEAF_OK)
        rc = adopt_dict(w, err);
    if (rc == SHEAF_OK)
        rc = layout_begin(&w->layout, err);
    if (rc != SHEAF_OK) {
        sheaf_writer_free(w);
        return rc;
    }
    *out = w;
    return SHEAF_OK;
}

void
sheaf_writer_get_base(const struct sheaf_writer *writer,
                      struct sheaf_info *out)
{
    memset(out, 0, sizeof *out);
    if (writer->base.reader != NULL)
        sheaf_get_info(writer->base.reader, out);
}
