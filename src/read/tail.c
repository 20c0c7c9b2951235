/*
 * tail.c - what follows the end record (format.md F12).
 *
 * An append that is running, or was killed, has written whole frames, and at
 * most one that is cut off. If there are other bytes, the power failed while
 * they were written, or a sector was damaged later that held the end of a
 * generation. What is there does not tell which; a writer knows it by the mark
 * that an append leaves (base/mark.h).
 */
#include "read/reader.h"

#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "format/frame.h"
#include "format/ledger.h"
#include "read/walk.h"

/* A generation has two tops of at least 96 bytes each, and two ends. One
 * sector takes both ends only if there is no PAD, so the first one ends before
 * PAD_FROM, and damage begins before it. What follows may be anything: later
 * generations, an append that was killed. */
#define TAIL_MIN (2 * ((uint64_t)END_SIZE + 96))
#define LOOKED_AT (PAD_FROM + (uint64_t)PAD_SIZE)
/* Where reading takes no round trips, as much of a tail is looked at. */
#define LOOKED_AT_NEAR ((uint64_t)16 << 20)
/* Of a longer tail, the last bytes are looked at, too: there its ends would be,
 * if it is a generation. */
#define LAST ((uint64_t)32 << 10)

static bool
ends_in_zeros(const uint8_t *p, size_t len)
{
    size_t n = 0;

    while (n < len && n < END_SIZE && p[len - 1 - n] == 0)
        n++;
    return n == END_SIZE;
}

/* Whether a frame of this type may have that length. */
static bool
is_possible(enum frame_type type, uint64_t length)
{
    return type == FRAME_END ? length == END_SIZE
                             : type != FRAME_NONE && length <= FRAME_LENGTH_MAX;
}

/* Whether a frame begins in the body of the frame at `p`: none does in one that
 * is whole up to here (F2.5), so its length is damaged. */
static bool
holds_frame(const uint8_t *p, size_t len)
{
    for (size_t at = FRAME_MAGIC_SIZE; at + FRAME_HEAD_SIZE <= len; at++)
        if (p[at] == (uint8_t)FRAME_MAGIC[0] &&
            memcmp(p + at, FRAME_MAGIC, FRAME_MAGIC_SIZE) == 0 &&
            frame_type_at(p + at, len - at) != FRAME_NONE)
            return true;
    return false;
}

/* Whether the frame at w->at, which cannot be loaded, is just cut off: by the
 * end of the file, or of what is looked at. */
static int
is_cut(struct walk *w, bool *out, struct sheaf_error *err)
{
    uint64_t rest = w->end - w->at;
    size_t len = (size_t)min_u64(rest, CODEC_HEADER_MAX);
    struct codec_header header;
    uint64_t length;
    const uint8_t *p;
    int rc = walk_bytes(w, w->at, rest, &p, err);

    if (rc != SHEAF_OK)
        return rc;
    *out = rest < FRAME_HEAD_SIZE;
    if (*out || holds_frame(p, (size_t)rest))
        return rc;
    if (frame_type_at(p, len) != FRAME_ZSTD) {
        length = (uint64_t)get_le32(p + 4) + 8;
        *out = is_possible(frame_type_at(p, len), length) && length > rest;
        return rc;
    }
    if (codec_header(p, len, w->at, &header, NULL) != SHEAF_OK ||
        rest >= codec_length_max(header.content_size))
        return rc;
    /* Zeros are blocks without end, all of them empty. */
    *out = codec_frame_length(p, (size_t)rest, w->at, &length, NULL) ==
               SHEAF_END &&
           !ends_in_zeros(p, (size_t)rest);
    return rc;
}

/* What the frames of a tail must keep to: the order of F1, and the places that
 * they state. */
struct tail {
    enum { ARTICLES, MAPS, URLS, DIRS, SEAL, TILES, CLOSED, NEVER } stage;
    uint64_t group; /* where the articles of the next group begin; 0: none has
                       come, UNKNOWN: the walk began among them */
    bool ungrouped; /* an article has come since the last group */
    uint64_t seal;  /* offset of the last LEF frame, or 0 */
    uint64_t leaves;
    struct end end; /* once a TOP has come, the one that must follow it */
};
#define UNKNOWN UINT64_MAX

static bool
comes_next(struct tail *t, enum frame_type type)
{
    static const unsigned stages[FRAME_TYPES] = {
        [FRAME_MAP] = MAPS,  [FRAME_URL] = URLS,   [FRAME_DIR] = DIRS,
        [FRAME_TIL] = TILES, [FRAME_TOP] = CLOSED, [FRAME_SHF] = NEVER,
        [FRAME_END] = NEVER, [FRAME_PAD] = NEVER
    };
    unsigned stage = stages[type], before = t->stage;

    if (type == FRAME_OPTIONAL || (type == FRAME_SLB && before == SEAL))
        return true;
    if (type == FRAME_LEF && before != ARTICLES)
        stage = SEAL;
    t->stage = stage;
    return stage != NEVER &&
           (stage > before || (stage == before && stage <= DIRS));
}

/* Whether the group at `offset` is right behind its articles, and of this
 * generation. Their sum is asked if they are no more than is read at once. */
static int
fits_group(const struct sheaf_reader *r, struct walk *w, const struct tail *t,
           const struct group *g, uint64_t offset, bool *fits,
           struct sheaf_error *err)
{
    uint64_t last_end = r->end.end - END_SIZE;
    uint8_t sum[HASH_BYTES];
    struct hash_blake h;
    const uint8_t *p;
    int rc;

    *fits = g->last_end == last_end && g->start >= r->end.end &&
            g->start < offset && (t->group == UNKNOWN || t->group == g->start);
    if (!*fits || offset - g->start > w->step)
        return SHEAF_OK;
    rc = walk_bytes(w, g->start, offset - g->start, &p, err);
    if (rc != SHEAF_OK)
        return rc;
    hash_blake_start(&h);
    hash_blake_add(&h, p, (size_t)(offset - g->start));
    hash_blake_end(&h, sum);
    *fits = memcmp(sum, g->frames, sizeof g->frames) == 0;
    return SHEAF_OK;
}

/* Whether the top names the seal that has come. What cannot be read may be
 * lost before. */
static int
fits_top(const struct sheaf_reader *r, struct tail *t,
         const struct walk_frame *f, bool *fits, struct sheaf_error *err)
{
    struct end *e = &t->end;
    struct top top;
    int rc;

    *e = (struct end){ .offset = f->offset + f->length, .top = f->offset };
    rc = reader_end_of_top(r, f->bytes, &r->end, e, &top, err);
    *fits = rc != SHEAF_OK || t->seal == 0 || top.seal == t->seal;
    if (rc == SHEAF_OK)
        top_free(&top);
    else
        e->offset = 0;
    e->end = ledger_end_after(e);
    return reader_goes_on(rc) ? SHEAF_OK : rc;
}

static int
fits_tail(const struct sheaf_reader *r, struct walk *w, struct tail *t,
          const struct walk_frame *f, bool *fits, struct sheaf_error *err)
{
    bool present = f->type == FRAME_ZSTD || f->type == FRAME_REV;
    bool article = present || (f->type == FRAME_LEF && t->stage == ARTICLES);
    struct group g;
    int rc = SHEAF_OK;

    *fits = comes_next(t, f->type) &&
            (!t->ungrouped || article || f->type == FRAME_GRP ||
             f->type == FRAME_OPTIONAL);
    if (!*fits)
        return SHEAF_OK;
    t->ungrouped = present || (t->ungrouped && f->type != FRAME_GRP);
    if (f->type == FRAME_LEF)
        t->seal = f->offset;
    if (f->type == FRAME_TOP)
        rc = fits_top(r, t, f, fits, err);
    if (f->type == FRAME_GRP) {
        *fits = f->body.len >= GROUP_FIXED &&
                group_decode_fixed(f->body, f->offset, &g, NULL) == SHEAF_OK;
        if (*fits)
            rc = fits_group(r, w, t, &g, f->offset, fits, err);
        t->leaves += *fits ? g.count : 0;
    }
    if (!article && f->type != FRAME_OPTIONAL)
        t->group = 0;
    else if (article && t->group == 0)
        t->group = f->offset;
    return rc;
}

/* Whether what stands at w->at, behind a whole TOP, is what an append has left
 * that was killed before its END was durable: it is short, or zeros on one side
 * where a sector was not written, or most of it is something else. */
static int
is_torn(const struct sheaf_reader *r, struct walk *w, const struct end *should,
        bool *out, struct sheaf_error *err)
{
    struct sheaf_buf frame = { 0 };
    size_t begin = 0, end = END_SIZE, same = 0;
    const uint8_t *p;
    int rc;

    *out = r->file_size - w->at < END_SIZE || should->offset == 0;
    if (*out)
        return SHEAF_OK;
    rc = walk_bytes(w, w->at, END_SIZE, &p, err);
    if (rc == SHEAF_OK && !end_encode(should, &frame))
        rc = fail_nomem(err);
    if (rc != SHEAF_OK) {
        sheaf_buf_free(&frame);
        return rc;
    }
    while (begin < END_SIZE && p[begin] == 0)
        begin++;
    while (end > 0 && p[end - 1] == 0)
        end--;
    for (size_t i = 0; i < END_SIZE; i++)
        same += p[i] == frame.data[i];
    /* One zero may be a byte that was hit. */
    *out = same < END_SIZE / 2 ||
           (end + 2 <= END_SIZE && memcmp(p, frame.data, end) == 0) ||
           (begin >= 2 &&
            memcmp(p + begin, frame.data + begin, END_SIZE - begin) == 0);
    sheaf_buf_free(&frame);
    return SHEAF_OK;
}

/* Walks over the frames of a tail from w->at on. *whole: they are, but for one
 * that is cut off, and each may follow the one before it. */
static int
walk_tail(const struct sheaf_reader *r, struct walk *w, struct tail *t,
          bool *whole, struct sheaf_error *err)
{
    struct sheaf_error why = { 0 };
    int rc = SHEAF_OK;

    *whole = true;
    while (rc == SHEAF_OK && *whole && w->at < w->end) {
        struct walk_frame f;

        rc = walk_peek(w, &f, &why);
        if (rc == SHEAF_OK)
            rc = walk_load(w, &f, &why);
        if (rc == SHEAF_OK)
            rc = fits_tail(r, w, t, &f, whole, &why);
        if (rc == SHEAF_OK)
            walk_pass(w, &f);
    }
    if (rc == SHEAF_ENOMEM || rc == SHEAF_EIO) {
        if (err != NULL)
            *err = why;
        return rc;
    }
    if (rc == SHEAF_OK)
        return rc;
    /* What follows a top was written when that was durable. */
    return t->stage == CLOSED && r->file_size - w->at <= END_SIZE
               ? is_torn(r, w, &t->end, whole, err)
               : is_cut(w, whole, err);
}

/* The same for the last bytes of a long tail, from the first whole frame with a
 * sum on. */
static int
walk_last(const struct sheaf_reader *r, uint64_t from, struct tail *t,
          bool *whole, struct sheaf_error *err)
{
    struct walk w = { .source = r->source,
                      .at = from,
                      .end = r->file_size,
                      .step = LAST };
    int rc = SHEAF_OK;

    *whole = true;
    while (rc == SHEAF_OK && w.at < w.end) {
        struct walk_frame f;
        int found = walk_peek(&w, &f, err);

        if (found == SHEAF_OK && f.type != FRAME_ZSTD && f.type != FRAME_DICT)
            found = walk_load(&w, &f, err);
        else if (reader_goes_on(found) || found == SHEAF_OK)
            found = SHEAF_ENOTFOUND;
        if (found == SHEAF_OK || found == SHEAF_ENOMEM ||
            found == SHEAF_EIO) {
            rc = found == SHEAF_OK ? walk_tail(r, &w, t, whole, err) : found;
            break;
        }
        rc = walk_resume(&w, err);
    }
    walk_free(&w);
    return rc;
}

int
reader_look_at_tail(struct sheaf_reader *r, struct sheaf_error *err)
{
    bool far = r->source.ops->expect != NULL;
    uint64_t first = min_u64(r->file_size,
                             r->end.end + (far ? LOOKED_AT : LOOKED_AT_NEAR));
    struct walk w = { .source = r->source,
                      .at = r->end.end,
                      .end = first,
                      .step = LOOKED_AT };
    struct tail t = { .group = 0 }, end = { .group = UNKNOWN };
    uint64_t last;
    bool whole = false;
    int rc;

    if (r->lost_leaves != 0 || r->end.end >= r->file_size)
        return SHEAF_OK;
    if (r->shifted) {
        r->lost_leaves = 1;
        return SHEAF_OK;
    }
    if (r->file_size - r->end.end < TAIL_MIN)
        return SHEAF_OK;
    rc = walk_tail(r, &w, &t, &whole, err);
    walk_free(&w);
    last = r->file_size - min_u64(LAST, r->file_size - first);
    if (rc == SHEAF_OK && whole && last < r->file_size)
        rc = walk_last(r, last, &end, &whole, err);
    if (rc == SHEAF_OK && !whole)
        r->lost_leaves = max_u64(t.leaves + end.leaves, 1);
    return rc;
}
