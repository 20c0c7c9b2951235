/*
 * large.c - articles that are not held in memory: a first pass computes the
 * leaf hash, a second one passes the bytes on (format.md F4).
 */
#include "read/large.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "read/reader.h"

/* Bytes are checked and passed on in pieces of this size. */
#define PIECE ((size_t)1 << 20)

/* The first pass over a large article: its line, and the commitments to its
 * parts. */
struct first_pass {
    struct article *article;
    struct sheaf_buf *content; /* up to the end of the line, or a bit more */
    sheaf_write each; /* may be NULL */
    void *arg;
    uint64_t offset;
    uint64_t size;
    bool line_found;
    size_t part;
    uint64_t part_left;
    struct commitment commitment;
    int rc;
    struct sheaf_error err;
};

static void
begin_part(struct first_pass *p)
{
    struct article *a = p->article;

    for (;;) {
        uint8_t hash[32];

        commitment_begin(&p->commitment, article_salt(a));
        p->part_left = a->parts[p->part].size;
        if (p->part_left != 0)
            return;
        commitment_end(&p->commitment, hash);
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

        commitment_add(&p->commitment, data, n);
        data += n;
        len -= n;
        p->part_left -= n;
        if (p->part_left == 0) {
            commitment_end(&p->commitment, hash);
            article_commit_part(p->article, p->part++, hash);
            if (p->part == p->article->part_count)
                return;
            begin_part(p);
        }
    }
}

static bool
take_line_bytes(struct first_pass *p, const uint8_t *data, size_t len)
{
    struct sheaf_bytes line;
    const uint8_t *rest;

    if (!buf_add(p->content, data, len)) {
        p->rc = fail_nomem(&p->err);
        return false;
    }
    if (memchr(data, '\n', len) == NULL && p->content->len <= ARTICLE_LINE_MAX)
        return true;
    p->rc = article_find_line(buf_view(p->content), p->size, p->offset, &line,
                              &p->err);
    if (p->rc == SHEAF_OK)
        p->rc = article_from_line(p->article, line, p->size, p->offset,
                                  &p->err);
    if (p->rc != SHEAF_OK)
        return false;
    p->line_found = true;
    rest = line.data + line.len + 1;
    begin_part(p);
    take_part_bytes(p, rest,
                    (size_t)(p->content->data + p->content->len - rest));
    return true;
}

static int
first_pass_write(void *arg, const void *data, size_t len)
{
    struct first_pass *p = arg;

    if (p->each != NULL && p->each(p->arg, data, len) != 0)
        return -1;
    if (!p->line_found)
        return take_line_bytes(p, data, len) ? 0 : -1;
    take_part_bytes(p, data, len);
    return 0;
}

int
large_take(const struct large_from *from, struct article *out,
           struct sheaf_buf *content, sheaf_write each, void *arg,
           uint64_t *length, struct sheaf_error *err)
{
    struct first_pass p = { .article = out, .content = content, .each = each,
                            .arg = arg, .offset = from->offset,
                            .size = from->size };
    int rc;

    content->len = 0;
    rc = codec_decompress_stream(from->dctx, from->ddict, from->source,
                                 from->offset, from->size, first_pass_write,
                                 &p, length, err);
    if (p.rc != SHEAF_OK) {
        if (err != NULL)
            *err = p.err;
        return p.rc;
    }
    return rc == SHEAF_OK && !p.line_found
               ? fail_corrupt(err, from->offset, "F4.9",
                              "no line feed after the metadata")
               : rc;
}

/* A hash of each piece, so that the second pass can check a piece before it
 * passes it on. */
struct pieces {
    struct sheaf_buf *hashes;
    struct hash_blake hash;
    uint64_t left; /* of the content */
    uint64_t piece_left;
};

static int
take_piece_bytes(void *arg, const void *data, size_t len)
{
    struct pieces *p = arg;
    const uint8_t *in = data;

    while (len != 0) {
        size_t n = (size_t)min_u64(len, p->piece_left);
        uint8_t hash[32];

        hash_blake_add(&p->hash, in, n);
        in += n;
        len -= n;
        p->left -= n;
        p->piece_left -= n;
        if (p->piece_left == 0 || p->left == 0) {
            hash_blake_end(&p->hash, hash);
            if (!buf_add(p->hashes, hash, 32))
                return -1;
            hash_blake_start(&p->hash);
            p->piece_left = PIECE;
        }
    }
    return 0;
}

int
reader_load_large(const struct sheaf_reader *r, struct sheaf_scratch *s,
                  uint64_t offset, const struct codec_header *h,
                  struct sheaf_error *err)
{
    struct large_from from = { s->dctx, NULL, r->source, offset,
                               h->content_size };
    struct pieces p = { .hashes = &s->pieces, .left = h->content_size,
                        .piece_left = PIECE };
    int rc = reader_dict_use(r, h->dict_id, offset, &from.ddict, err);

    if (rc != SHEAF_OK)
        return rc;
    s->pieces.len = 0;
    hash_blake_start(&p.hash);
    rc = large_take(&from, &s->article, &s->content, take_piece_bytes, &p,
                    &s->loaded.length, err);
    reader_dict_done(r, h->dict_id);
    return rc == SHEAF_ESTOPPED ? fail_nomem(err) : rc;
}

/* The second pass: collects a piece, checks it, and passes on what belongs
 * to the part. */
struct second_pass {
    struct sheaf_buf piece;
    const struct sheaf_buf *hashes;
    size_t number;
    uint64_t at; /* offset of the piece in the content */
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

int
reader_large_part(const struct sheaf_reader *r, struct sheaf_scratch *s,
                size_t index, sheaf_write write, void *arg,
                struct sheaf_error *err)
{
    const struct article *a = &s->article;
    struct second_pass p = { .hashes = &s->pieces, .size = s->loaded.size,
                             .write = write, .arg = arg };
    const struct codec_ddict *ddict;
    struct walk_frame f;
    uint64_t length;
    int rc;

    s->walk.at = s->loaded.offset;
    s->walk.window.len = 0;
    rc = walk_peek(&s->walk, &f, err);
    if (rc == SHEAF_OK && f.type != FRAME_ZSTD)
        rc = fail_corrupt(err, s->loaded.offset, "F4.10",
                          "the article changed while it was read");
    if (rc != SHEAF_OK)
        return rc;
    p.from = a->line.len + 1;
    for (size_t i = 0; i < index; i++)
        p.from += a->parts[i].size;
    p.to = p.from + a->parts[index].size;
    if (!buf_reserve(&p.piece, PIECE))
        return fail_nomem(err);
    rc = reader_dict_use(r, f.header.dict_id, s->loaded.offset, &ddict, err);
    if (rc == SHEAF_OK) {
        rc = codec_decompress_stream(s->dctx, ddict, r->source,
                                     s->loaded.offset, s->loaded.size,
                                     second_pass_write, &p, &length, err);
        reader_dict_done(r, f.header.dict_id);
    }
    if (p.differs)
        rc = fail_corrupt(err, s->loaded.offset, "F4.10",
                          "the article changed while it was read");
    sheaf_buf_free(&p.piece);
    return rc;
}

