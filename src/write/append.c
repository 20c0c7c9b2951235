/*
 * append.c - continues an existing archive (format.md F12).
 */
#include "write/writer.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/sink.h"
#include "format/frame.h"

/* Whether the tail has a frame that forbids cutting it off (F12). */
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

/* Saves the tail beside the archive; refuses if it must not be cut off. */
static int
save_tail(struct sheaf_writer *w, const char *path, struct sheaf_error *err)
{
    const struct sheaf_reader *r = w->base.reader;
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
        /* The head of a frame may cross the border between two reads. */
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

/* Takes over the top, as if this writer had written it itself. */
static int
adopt_top(struct sheaf_writer *w, struct sheaf_error *err)
{
    struct sheaf_reader *r = w->base.reader;
    struct ledger *s = &w->layout.ledger;
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
        rc = reader_tile(r, w->base.scratch, leaf / TILE_LEAVES, err);
        if (rc == SHEAF_OK) {
            memcpy(s->slab + (leaf - first) * 32, w->base.scratch->tile.data,
                   w->base.scratch->tile.len);
            s->slab_fill += (uint32_t)(w->base.scratch->tile.len / 32);
        }
    }
    if (rc == SHEAF_OK)
        rc = reader_tile(r, w->base.scratch, (r->top.size - 1) / TILE_LEAVES,
                         err);
    if (rc != SHEAF_OK)
        return rc;
    memcpy(s->seal_hash,
           w->base.scratch->tile.data + (r->top.size - 1) % TILE_LEAVES * 32,
           32);
    s->last_end = r->end.offset;
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

    if (r->end_damaged)
        return fail_corrupt(err, r->end.offset, "F12.3",
                            "the end is damaged: use sheaf repair");
    if (sheaf_get_damage(r, err) != 0)
        return SHEAF_ECORRUPT; /* nothing damaged is built upon */
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
        /* The next revision of an unsigned leaf cannot be found in what was
         * signed. */
        if (r->authentic.older)
            reader_distrust(r);
    }
    return SHEAF_OK;
}

/* Opens the archive, locks it, and saves what follows its end. */
static int
open_base(struct sheaf_writer *w, const char *path,
          const struct sheaf_public_key *key, struct sheaf_error *err)
{
    struct output *out = &w->layout.out;
    const struct sheaf_reader *r;
    struct sheaf_source source;
    int rc = sheaf_source_file(&source, path, err);

    if (rc == SHEAF_OK)
        rc = sheaf_open(source, NULL, &w->base.reader, err);
    if (rc == SHEAF_OK)
        rc = sheaf_scratch_new(&w->base.scratch, err);
    if (rc == SHEAF_OK)
        rc = check_base(w, key, err);
    if (rc != SHEAF_OK)
        return rc;
    r = w->base.reader;
    rc = sink_append(&out->sink, path, r->end.end, r->file_size, err);
    if (rc == SHEAF_OK && r->file_size != r->end.end)
        rc = save_tail(w, path, err);
    out->at = out->start = r->end.end;
    return rc;
}

int
sheaf_writer_append(const char *path,
                    const struct sheaf_write_options *options,
                    const struct sheaf_public_key *key,
                    struct sheaf_writer **out, struct sheaf_error *err)
{
    static const struct writer_setup plain = { 0 };
    struct sheaf_writer *w = NULL;
    int rc = writer_new(options, &plain, &w, err);

    if (rc != SHEAF_OK)
        return rc;
    rc = open_base(w, path, key, err);
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
