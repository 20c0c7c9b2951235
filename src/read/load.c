/*
 * load.c - articles: from a place to checked bytes (format.md F4, F13).
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/err.h"
#include "format/frame.h"
#include "base/hash.h"
#include "base/mem.h"
#include "format/delta.h"

/* A large article is checked and handed out in pieces of this size. */
#define PIECE ((size_t)1 << 20)
#define FIRST_READ 4096

/* ---- The frame ---------------------------------------------------------- */

/* What is there instead may be a removed article, or a redaction; SHEAF_END
 * says that it is a revision stored as a difference. */
static int
no_article(const struct frame *f, uint64_t offset, struct sheaf_error *err)
{
    if (f->kind == FRAME_SHEAF && strcmp(f->type, "REV") == 0)
        return SHEAF_END;
    if (f->kind == FRAME_SHEAF && strcmp(f->type, "LEF") == 0)
        return fail(err, SHEAF_EREDACTED, "redacted");
    return fail_corrupt(err, offset, "F8.3", "no article there");
}

/* Read the frame's header; `out` says what it will decompress to. */
static int
load_header(const struct sheaf_reader *r, struct sheaf_scratch *s,
            uint64_t offset, struct codec_header *out,
            struct sheaf_error *err)
{
    struct frame f;
    size_t len;
    int rc;

    if (offset < HEAD_SIZE || offset >= r->file_size)
        return fail_corrupt(err, offset, "F8.3", "no article there");
    len = (size_t)min_u64(r->file_size - offset, CODEC_HEADER_MAX);
    rc = reader_read(r, offset, len, &s->frame, err);
    if (rc == SHEAF_OK)
        rc = frame_peek(s->frame.data, len, offset, r->file_size, &f, err);
    if (rc != SHEAF_OK)
        return rc;
    if (f.kind != FRAME_ZSTD)
        return no_article(&f, offset, err);
    return codec_header(s->frame.data, len, offset, out, err);
}

/* Read a whole frame whose length is known, or found as it is read. */
static int
load_frame(const struct sheaf_reader *r, struct sheaf_scratch *s,
           const struct sheaf_entry *entry, struct codec_header *h,
           struct sheaf_error *err)
{
    uint64_t left = r->file_size - min_u64(entry->offset, r->file_size);
    uint64_t want = entry->length;
    uint64_t length;
    struct frame f;
    int rc;

    if (entry->offset < HEAD_SIZE || left < 4)
        return fail_corrupt(err, entry->offset, "F8.3", "no article there");
    if (want == 0 || want >= TABLE_LENGTH_MAX)
        want = FIRST_READ;
    for (;;) {
        want = min_u64(want, left);
        rc = reader_read(r, entry->offset, (size_t)want, &s->frame, err);
        if (rc == SHEAF_OK)
            rc = frame_peek(s->frame.data, s->frame.len, entry->offset,
                            r->file_size, &f, err);
        if (rc == SHEAF_OK && f.kind != FRAME_ZSTD)
            rc = no_article(&f, entry->offset, err);
        if (rc == SHEAF_OK)
            rc = codec_header(s->frame.data, s->frame.len, entry->offset, h,
                              err);
        if (rc != SHEAF_OK || h->content_size > SHEAF_WHOLE_MAX)
            return rc;
        rc = codec_frame_length(s->frame.data, s->frame.len, entry->offset,
                                &length, err);
        if (rc != SHEAF_END)
            break;
        if (want == left || want > codec_length_max(h->content_size))
            return fail_corrupt(err, entry->offset, "F4.10",
                                "frame is cut off");
        want *= 4;
    }
    if (rc == SHEAF_OK)
        s->frame.len = (size_t)length;
    return rc;
}

static int
load_whole(const struct sheaf_reader *r, struct sheaf_scratch *s,
           uint64_t offset, const struct codec_header *h,
           struct sheaf_error *err)
{
    const struct codec_ddict *ddict;
    size_t size = (size_t)h->content_size;
    int rc;

    /* Nothing is allocated for a frame that could not hold so much: zstd
     * does not pack more than 128 KiB into a block of 3 bytes and a bit. */
    if (size / 43690 > s->frame.len + 1)
        return fail_corrupt(err, offset, "F4.10",
                            "frame states more content than it can hold");
    if (!buf_reserve(&s->content, size))
        return fail_nomem(err);
    rc = reader_dict_use(r, h->dict_id, offset, &ddict, err);
    if (rc != SHEAF_OK)
        return rc;
    rc = codec_decompress(s->dctx, ddict, buf_view(&s->frame), offset,
                          s->content.data, size, err);
    reader_dict_done(r, h->dict_id);
    if (rc != SHEAF_OK)
        return rc;
    s->content.len = size;
    s->loaded_length = s->frame.len;
    return SHEAF_OK;
}

/* A revision stored as a difference (F4.12, F4.13): first its base, which is
 * left in s->base, and then the revision, in s->content. */
static int
load_patch(const struct sheaf_reader *r, struct sheaf_scratch *s,
           uint64_t offset, struct sheaf_error *err)
{
    struct codec_header h;
    struct sheaf_bytes body;
    struct sheaf_buf base;
    struct delta p;
    struct frame f;
    int rc = reader_read(r, offset, FRAME_HEAD_SIZE, &s->frame, err);

    if (rc == SHEAF_OK)
        rc = frame_peek(s->frame.data, s->frame.len, offset, r->file_size, &f,
                        err);
    if (rc == SHEAF_OK && f.length > codec_length_max(DELTA_CONTENT_MAX))
        rc = fail_corrupt(err, offset, "F4.13", "more than 1 MiB");
    if (rc == SHEAF_OK)
        rc = reader_read(r, offset, (size_t)f.length, &s->patch, err);
    if (rc == SHEAF_OK)
        rc = frame_body(buf_view(&s->patch), offset, "REV", &body, err);
    if (rc == SHEAF_OK)
        rc = delta_decode(body, offset, &p, err);
    if (rc == SHEAF_OK)
        rc = reader_read(r, p.base, p.length, &s->frame, err);
    if (rc == SHEAF_OK)
        rc = delta_base_header(&p, buf_view(&s->frame), offset, &h, err);
    if (rc == SHEAF_OK)
        rc = load_whole(r, s, p.base, &h, err);
    if (rc != SHEAF_OK)
        return rc;
    base = s->base;
    s->base = s->content;
    s->content = base;
    if (!buf_reserve(&s->content, (size_t)p.content_size))
        return fail_nomem(err);
    rc = codec_decompress_delta(s->dctx, buf_view(&s->base), p.frame, offset,
                                s->content.data, (size_t)p.content_size, err);
    if (rc != SHEAF_OK)
        return rc;
    s->content.len = (size_t)p.content_size;
    s->loaded_length = f.length;
    s->loaded_patch = true;
    s->base_offset = p.base;
    s->base_length = p.length;
    return SHEAF_OK;
}

/* Article number `index` of the frame whose content is loaded. */
static int
decode_loaded(struct sheaf_scratch *s, uint64_t offset, uint32_t index,
              struct sheaf_error *err)
{
    struct sheaf_bytes rest = buf_view(&s->content);

    for (uint32_t i = 0;; i++) {
        int rc = article_begin(&s->article, rest, offset, err);

        if (rc != SHEAF_OK)
            return rc;
        if (i == index)
            break;
        rest.data += s->article.size;
        rest.len -= (size_t)s->article.size;
        if (rest.len == 0)
            return fail_corrupt(err, offset, "F7.3",
                                "the frame has fewer articles");
    }
    article_finish(&s->article, rest);
    s->loaded_index = index;
    s->loaded_size = s->article.size;
    return SHEAF_OK;
}

bool
reader_in_block(const struct sheaf_scratch *s)
{
    return !s->loaded_large && s->article.size != s->content.len;
}

int
reader_pick(struct sheaf_scratch *s, const struct sheaf_bytes *id,
            const uint8_t *hash, uint32_t *index, struct sheaf_error *err)
{
    struct sheaf_bytes rest = buf_view(&s->content);

    assert(!s->loaded_large);
    s->loaded = false;
    for (uint32_t i = 0; rest.len != 0; i++) {
        struct article *a = &s->article;
        int rc = article_begin(a, rest, s->loaded_offset, err);

        if (rc != SHEAF_OK)
            return rc;
        if (id == NULL || bytes_equal(a->id, *id)) {
            article_finish(a, rest);
            if (hash == NULL || memcmp(a->leaf_hash, hash, 32) == 0) {
                s->loaded = true;
                s->loaded_index = *index = i;
                s->loaded_size = a->size;
                return SHEAF_OK;
            }
        }
        rest.data += a->size;
        rest.len -= (size_t)a->size;
    }
    return SHEAF_ENOTFOUND;
}

/* ---- Large articles ----------------------------------------------------- */

/* The first pass over a large article: its line, its parts' commitments, and
 * a hash of each piece, so that a second pass can check before it hands on. */
struct first_pass {
    struct sheaf_scratch *s;
    uint64_t offset;
    uint64_t size;
    uint64_t done;
    bool line_found;
    size_t part;
    uint64_t part_left;
    struct hash_blake commitment;
    struct hash_blake piece;
    uint64_t piece_left;
    int rc;
    struct sheaf_error err;
};

static void
begin_part(struct first_pass *p)
{
    struct article *a = &p->s->article;

    for (;;) {
        uint8_t hash[32];

        if (a->salted)
            hash_blake_start_keyed(&p->commitment, a->salt);
        else
            hash_blake_start(&p->commitment);
        p->part_left = a->parts[p->part].size;
        if (p->part_left != 0)
            return;
        hash_blake_end(&p->commitment, hash);
        article_commit_part(a, p->part++, hash);
        if (p->part == a->part_count)
            return;
    }
}

static void
take_part_bytes(struct first_pass *p, const uint8_t *data, size_t len)
{
    while (len != 0) {
        size_t n = (size_t)min_u64(len, p->part_left);
        uint8_t hash[32];

        hash_blake_add(&p->commitment, data, n);
        data += n;
        len -= n;
        p->part_left -= n;
        if (p->part_left == 0) {
            hash_blake_end(&p->commitment, hash);
            article_commit_part(&p->s->article, p->part++, hash);
            if (p->part == p->s->article.part_count)
                return;
            begin_part(p);
        }
    }
}

static bool
take_line_bytes(struct first_pass *p, const uint8_t *data, size_t len)
{
    struct sheaf_scratch *s = p->s;
    struct sheaf_bytes line;
    const uint8_t *rest;

    if (!buf_add(&s->content, data, len)) {
        p->rc = fail_nomem(&p->err);
        return false;
    }
    if (memchr(data, '\n', len) == NULL && s->content.len <= ARTICLE_LINE_MAX)
        return true;
    p->rc = article_find_line(buf_view(&s->content), p->size, p->offset, &line,
                              &p->err);
    if (p->rc == SHEAF_OK)
        p->rc = article_from_line(&s->article, line, p->size, p->offset,
                                  &p->err);
    if (p->rc != SHEAF_OK)
        return false;
    p->line_found = true;
    rest = line.data + line.len + 1;
    begin_part(p);
    take_part_bytes(p, rest, (size_t)(s->content.data + s->content.len - rest));
    return true;
}

static bool
take_piece_bytes(struct first_pass *p, const uint8_t *data, size_t len)
{
    while (len != 0) {
        size_t n = (size_t)min_u64(len, p->piece_left);
        uint8_t hash[32];

        hash_blake_add(&p->piece, data, n);
        data += n;
        len -= n;
        p->done += n;
        p->piece_left -= n;
        if (p->piece_left == 0 || p->done == p->size) {
            hash_blake_end(&p->piece, hash);
            if (!buf_add(&p->s->pieces, hash, 32)) {
                p->rc = fail_nomem(&p->err);
                return false;
            }
            hash_blake_start(&p->piece);
            p->piece_left = PIECE;
        }
    }
    return true;
}

static int
first_pass_write(void *arg, const void *data, size_t len)
{
    struct first_pass *p = arg;

    if (!take_piece_bytes(p, data, len))
        return -1;
    if (!p->line_found)
        return take_line_bytes(p, data, len) ? 0 : -1;
    take_part_bytes(p, data, len);
    return 0;
}

static int
load_large(const struct sheaf_reader *r, struct sheaf_scratch *s,
           uint64_t offset, const struct codec_header *h,
           struct sheaf_error *err)
{
    struct first_pass p = { .s = s, .offset = offset, .size = h->content_size,
                            .piece_left = PIECE };
    const struct codec_ddict *ddict;
    int rc;

    s->content.len = 0;
    s->pieces.len = 0;
    hash_blake_start(&p.piece);
    rc = reader_dict_use(r, h->dict_id, offset, &ddict, err);
    if (rc != SHEAF_OK)
        return rc;
    rc = codec_decompress_stream(s->dctx, ddict, r->source, offset,
                                 h->content_size, first_pass_write, &p,
                                 &s->loaded_length, err);
    reader_dict_done(r, h->dict_id);
    if (p.rc != SHEAF_OK) {
        if (err != NULL)
            *err = p.err;
        return p.rc;
    }
    if (rc == SHEAF_OK && !p.line_found)
        rc = fail_corrupt(err, offset, "F4.9",
                          "no line feed after the metadata");
    return rc;
}

int
reader_load(const struct sheaf_reader *r, struct sheaf_scratch *s,
            const struct sheaf_entry *entry, struct sheaf_error *err)
{
    struct codec_header h;
    int rc;

    reader_claim(r, s);
    if (s->loaded && s->loaded_offset == entry->offset) {
        if (s->loaded_index == entry->index)
            return SHEAF_OK;
        s->loaded = false;
        if (s->loaded_large)
            return fail_corrupt(err, entry->offset, "F4.11",
                                "more than one article in more than 64 KiB");
        rc = decode_loaded(s, entry->offset, entry->index, err);
        s->loaded = rc == SHEAF_OK;
        return rc;
    }
    s->loaded = false;
    s->loaded_patch = false;
    if (entry->length == 0 || entry->length >= TABLE_LENGTH_MAX) {
        rc = load_header(r, s, entry->offset, &h, err);
        if (rc == SHEAF_OK && h.content_size <= SHEAF_WHOLE_MAX)
            rc = load_frame(r, s, entry, &h, err);
    } else {
        rc = load_frame(r, s, entry, &h, err);
    }
    if (rc == SHEAF_END) {
        s->loaded_large = false;
        rc = load_patch(r, s, entry->offset, err);
        if (rc == SHEAF_OK)
            rc = decode_loaded(s, entry->offset, entry->index, err);
        s->loaded = rc == SHEAF_OK;
        s->loaded_offset = entry->offset;
        return rc;
    }
    if (rc != SHEAF_OK)
        return rc;
    if (h.content_size > r->limits.article_max)
        return fail_limit(err, entry->offset, "F14.1",
                          "article of %llu bytes: over the limit",
                          (unsigned long long)h.content_size);
    s->loaded_large = h.content_size > SHEAF_WHOLE_MAX;
    s->loaded_index = 0;
    s->loaded_size = h.content_size;
    rc = s->loaded_large ? load_large(r, s, entry->offset, &h, err)
                         : load_whole(r, s, entry->offset, &h, err);
    if (rc == SHEAF_OK && !s->loaded_large)
        rc = decode_loaded(s, entry->offset, entry->index, err);
    if (rc != SHEAF_OK)
        return rc;
    s->loaded = true;
    s->loaded_offset = entry->offset;
    return SHEAF_OK;
}

/* ---- The leaf ----------------------------------------------------------- */

/* Where a leaf's hash stands: 32 bytes, at an address that is arithmetic. */
static uint64_t
hash_place(const struct top *t, uint64_t leaf)
{
    uint64_t slab = leaf / SLAB_LEAVES;

    if (slab < t->slab_count)
        return t->slabs[slab].offset + FRAME_HEAD_SIZE + SLAB_BODY_HEAD +
               leaf % SLAB_LEAVES * 32;
    return t->tiles[leaf % SLAB_LEAVES / TILE_LEAVES].offset +
           leaf % TILE_LEAVES * 32;
}

bool
reader_tile_damaged(const struct sheaf_reader *r, struct sheaf_scratch *s,
                    uint64_t leaf)
{
    return !r->trusted &&
           reader_tile(r, s, leaf / TILE_LEAVES, NULL) == SHEAF_ECORRUPT;
}

int
reader_leaf_hash(const struct sheaf_reader *r, struct sheaf_scratch *s,
                 uint64_t leaf, uint8_t out[32], struct sheaf_error *err)
{
    int rc;

    if (leaf >= r->top.size)
        return fail_corrupt(err, NO_OFFSET, "F8.3", "no such leaf");
    if (r->trusted) {
        rc = reader_tile(r, s, leaf / TILE_LEAVES, err);
        if (rc == SHEAF_OK)
            memcpy(out, s->tile.data + leaf % TILE_LEAVES * 32, 32);
    } else {
        rc = reader_read(r, hash_place(&r->top, leaf), 32, &s->roots, err);
        if (rc == SHEAF_OK)
            memcpy(out, s->roots.data, 32);
    }
    return rc;
}

int
reader_check_leaf(const struct sheaf_reader *r, struct sheaf_scratch *s,
                  uint64_t leaf, uint64_t offset, const uint8_t hash[32],
                  struct sheaf_error *err)
{
    uint8_t stored[32];
    int rc;

    if (r->trusted && leaf >= r->signed_size && leaf < r->top.size)
        return fail_verify(err, offset, "F9.9",
                           "the article is past the signature");
    rc = reader_leaf_hash(r, s, leaf, stored, err);
    if (rc == SHEAF_OK && memcmp(stored, hash, 32) != 0 &&
        !reader_tile_damaged(r, s, leaf))
        rc = fail_verify(err, offset, "F10.2",
                         "the article is not the leaf that the tree has");
    return rc;
}

int
sheaf_read(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
           const struct sheaf_entry *entry, struct sheaf_article *out,
           struct sheaf_error *err)
{
    const struct article *a = &scratch->article;
    int rc = reader_load(reader, scratch, entry, err);

    if (rc == SHEAF_EREDACTED)
        return reader_redacted(reader, scratch, entry, err);
    if (rc == SHEAF_OK)
        rc = reader_check_leaf(reader, scratch, entry->leaf, entry->offset,
                               a->leaf_hash, err);
    if (rc != SHEAF_OK)
        return rc;
    out->leaf = entry->leaf;
    out->offset = entry->offset;
    out->length = scratch->loaded_length;
    out->content_size = scratch->loaded_size;
    out->rev = (uint32_t)a->meta.rev;
    out->time = a->time;
    out->id = a->id;
    out->meta = a->line;
    out->parts = a->parts;
    out->part_count = a->part_count;
    memcpy(out->leaf_hash, a->leaf_hash, 32);
    return SHEAF_OK;
}

/* The second pass: gather a piece, check it, hand on what is in the part. */
struct second_pass {
    struct sheaf_buf piece;
    const struct sheaf_buf *hashes;
    size_t number;
    uint64_t at; /* of the piece, in the content */
    uint64_t from;
    uint64_t to;
    uint64_t size;
    sheaf_write write;
    void *arg;
    bool differs;
};

static int
piece_done(struct second_pass *p)
{
    uint64_t end = p->at + p->piece.len;
    uint64_t from = max_u64(p->from, p->at);
    uint64_t to = min_u64(p->to, end);
    uint8_t hash[32];

    hash_blake2b(p->piece.data, p->piece.len, hash);
    if ((p->number + 1) * 32 > p->hashes->len ||
        memcmp(hash, p->hashes->data + p->number * 32, 32) != 0) {
        p->differs = true;
        return -1;
    }
    if (from < to && p->write(p->arg, p->piece.data + (from - p->at),
                              (size_t)(to - from)) != 0)
        return -1;
    p->number++;
    p->at = end;
    p->piece.len = 0;
    return 0;
}

static int
second_pass_write(void *arg, const void *data, size_t len)
{
    struct second_pass *p = arg;
    const uint8_t *in = data;

    while (len != 0) {
        size_t n = (size_t)min_u64(len, PIECE - p->piece.len);

        memcpy(p->piece.data + p->piece.len, in, n);
        p->piece.len += n;
        in += n;
        len -= n;
        if ((p->piece.len == PIECE || p->at + p->piece.len == p->size) &&
            piece_done(p) != 0)
            return -1;
    }
    return 0;
}

static int
read_large_part(const struct sheaf_reader *r, struct sheaf_scratch *s,
                size_t index, sheaf_write write, void *arg,
                struct sheaf_error *err)
{
    const struct article *a = &s->article;
    struct second_pass p = { .hashes = &s->pieces, .size = s->loaded_size,
                             .write = write, .arg = arg };
    const struct codec_ddict *ddict;
    struct codec_header h;
    uint64_t length;
    int rc = load_header(r, s, s->loaded_offset, &h, err);

    if (rc != SHEAF_OK)
        return rc;
    p.from = a->line.len + 1;
    for (size_t i = 0; i < index; i++)
        p.from += a->parts[i].size;
    p.to = p.from + a->parts[index].size;
    if (!buf_reserve(&p.piece, PIECE))
        return fail_nomem(err);
    rc = reader_dict_use(r, h.dict_id, s->loaded_offset, &ddict, err);
    if (rc == SHEAF_OK) {
        rc = codec_decompress_stream(s->dctx, ddict, r->source,
                                     s->loaded_offset, s->loaded_size,
                                     second_pass_write, &p, &length, err);
        reader_dict_done(r, h.dict_id);
    }
    if (p.differs)
        rc = fail_corrupt(err, s->loaded_offset, "F4.10",
                          "the article changed while it was read");
    sheaf_buf_free(&p.piece);
    return rc;
}

int
sheaf_read_part(const struct sheaf_reader *reader,
                struct sheaf_scratch *scratch,
                const struct sheaf_article *article, size_t index,
                sheaf_write write, void *arg, struct sheaf_error *err)
{
    const struct sheaf_part *part;

    if (scratch->serial != reader->serial || !scratch->loaded ||
        scratch->loaded_offset != article->offset ||
        memcmp(scratch->article.leaf_hash, article->leaf_hash, 32) != 0 ||
        index >= scratch->article.part_count)
        return fail(err, SHEAF_EINVAL, "not the article last read");
    if (scratch->loaded_large)
        return read_large_part(reader, scratch, index, write, arg, err);
    part = &scratch->article.parts[index];
    if (part->size != 0 && write(arg, part->data.data, part->data.len) != 0)
        return fail(err, SHEAF_ESTOPPED, "stopped");
    return SHEAF_OK;
}
