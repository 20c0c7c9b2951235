/*
 * scan.c - every leaf in order, from the frames alone.
 */
#include "read/scan.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

/* Bytes that are read at once: what the leaves take, within these limits. */
#define WINDOW_MIN ((uint64_t)1 << 14)
#define WINDOW_MAX ((uint64_t)1 << 20)
/* The fewest bytes of a frame with a leaf. */
#define LEAF_BYTES_MIN 16
/* Leaves by which the search for a leaf looks further ahead than that. */
#define AHEAD 64
#define LEAF_UNKNOWN UINT64_MAX
/* Leaves between two waypoints, at least. */
#define WAYPOINT_LEAVES 128

void
scan_begin(struct scan *scan, const struct sheaf_reader *r,
           struct sheaf_scratch *s, uint64_t offset, uint64_t leaf,
           uint64_t end_leaf)
{
    uint64_t per_leaf = r->file_size / max_u64(r->top.size, 1) + 1;
    uint64_t leaves = min_u64(end_leaf - min_u64(leaf, end_leaf),
                              WINDOW_MAX / per_leaf + 1);

    memset(scan, 0, sizeof *scan);
    reader_claim(r, s);
    s->loaded.there = s->loaded.begun = false;
    scan->r = r;
    scan->s = s;
    scan->walk = (struct walk){ .source = r->source,
                                .at = offset,
                                .end = r->file_size,
                                .step = min_u64(leaves * per_leaf + WINDOW_MIN,
                                                WINDOW_MAX) };
    scan->leaf = scan->found = leaf;
    scan->end_leaf = end_leaf;
}

void
scan_free(struct scan *scan)
{
    walk_free(&scan->walk);
    sheaf_buf_free(&scan->hashes);
}

/* Failures that end the scan; all others mean that bytes are damaged. */
static bool
ends_it(int rc)
{
    return rc == SHEAF_EIO || rc == SHEAF_ENOMEM;
}

/* ---- Waypoints ----------------------------------------------------------- */

/* How many waypoints are at or before a leaf. */
static size_t
waypoints_to(const struct sheaf_reader *r, uint64_t leaf)
{
    size_t low = 0, high = r->waypoint_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (r->waypoints[middle].leaf <= leaf)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void
scan_waypoint(const struct sheaf_reader *r, uint64_t leaf, uint64_t *offset,
              uint64_t *at)
{
    struct sheaf_reader *o = reader_own(r);
    size_t n;

    pthread_mutex_lock(&o->damage_lock);
    n = waypoints_to(o, leaf);
    if (n != 0 && o->waypoints[n - 1].leaf > *at) {
        *at = o->waypoints[n - 1].leaf;
        *offset = o->waypoints[n - 1].offset;
    }
    pthread_mutex_unlock(&o->damage_lock);
}

/* Keeps the place of the scan, if none is near. Nothing depends on it but
 * time. */
static void
keep_waypoint(struct scan *scan)
{
    struct sheaf_reader *o = reader_own(scan->r);
    struct waypoint here = { scan->leaf, scan->walk.at };
    size_t n;

    scan->waypoint = scan->leaf + WAYPOINT_LEAVES;
    pthread_mutex_lock(&o->damage_lock);
    n = waypoints_to(o, here.leaf);
    if ((n == 0 || here.leaf - o->waypoints[n - 1].leaf >= WAYPOINT_LEAVES) &&
        (n == o->waypoint_count ||
         o->waypoints[n].leaf - here.leaf >= WAYPOINT_LEAVES) &&
        mem_grow(&o->waypoints, &o->waypoint_room, o->waypoint_count + 1,
                 sizeof *o->waypoints)) {
        memmove(o->waypoints + n + 1, o->waypoints + n,
                (o->waypoint_count - n) * sizeof *o->waypoints);
        o->waypoints[n] = here;
        o->waypoint_count++;
    }
    pthread_mutex_unlock(&o->damage_lock);
}

/* ---- Which leaf is it? --------------------------------------------------- */

static void
note_stray(struct scan *scan, uint64_t at, const struct sheaf_error *why)
{
    if (!scan->stray) {
        scan->stray_at = at;
        scan->why = *why;
    }
    scan->stray = true;
}

/* Whether leaf number `leaf` has this hash. *known: whether that can be
 * told. */
static int
is_leaf(struct scan *scan, uint64_t leaf, const uint8_t hash[32], bool *known,
        bool *same, struct sheaf_error *err)
{
    uint8_t tree[32];
    int rc = reader_tree_hash_stored(scan->r, scan->s, leaf, tree, err);

    *known = rc == SHEAF_OK;
    *same = *known && memcmp(tree, hash, 32) == 0;
    return ends_it(rc) ? rc : SHEAF_OK;
}

/* How often this hash stands in the tile of leaf number `leaf`, which may be
 * damaged elsewhere. No two leaves have the same: if it is there twice, it was
 * displaced. *here: it stands at the place of that leaf. */
static unsigned
count_hashes(struct scan *scan, uint64_t leaf, const uint8_t hash[32],
             bool *here)
{
    uint64_t number = leaf / TILE_LEAVES;
    size_t at = leaf % TILE_LEAVES * 32;
    unsigned n = 0;

    if (scan->hashes.len == 0 || scan->hashes_of != number) {
        scan->hashes_of = number;
        if (reader_hashes_stored(scan->r, number, &scan->hashes, NULL) !=
            SHEAF_OK)
            scan->hashes.len = 0;
    }
    *here = at < scan->hashes.len &&
            memcmp(scan->hashes.data + at, hash, 32) == 0;
    for (size_t i = 0; i < scan->hashes.len; i += 32)
        n += memcmp(scan->hashes.data + i, hash, 32) == 0;
    return n;
}

/* Whether leaf number `leaf` has this hash, as far as that tile tells. */
static bool
has_hash(struct scan *scan, uint64_t leaf, const uint8_t hash[32])
{
    bool here;

    return count_hashes(scan, leaf, hash, &here) == 1 && here;
}

/* A leaf that a frame may have. */
struct candidate {
    uint64_t offset;
    uint32_t index;
    const struct meta *meta; /* NULL: it is stored */
    const uint8_t *hash;
    uint64_t is; /* which leaf it says it is; LEAF_UNKNOWN: nothing */
};

/* A seal states which leaf it is: the last of the last run. */
static uint64_t
stated_leaf(const struct leaf_stored *stored, uint64_t offset)
{
    struct seal seal;

    return stored->type == LEAF_SEAL &&
                   seal_decode(stored->part, offset, &seal, NULL) ==
                       SHEAF_OK &&
                   seal.run_count != 0 &&
                   seal.runs[seal.run_count - 1].end != 0
               ? seal.runs[seal.run_count - 1].end - 1
               : LEAF_UNKNOWN;
}

/* A whole article is not in its place. It may be a copy; or bytes before it are
 * missing, or too many, and the frame is to be read again. */
static int
ask_place(struct scan *scan, struct sheaf_error *err)
{
    int rc = reader_settle(scan->r, &scan->r->end, err);

    scan->again = rc == SHEAF_OK;
    return ends_it(rc) ? rc : SHEAF_ENOTFOUND;
}

/* Which leaf it is, as the next group says; if there is none, `guess`, if its
 * generation is there and its hash was not displaced. SHEAF_ENOTFOUND: it is a
 * copy in another place. */
static int
ask_group(struct scan *scan, const struct candidate *c, uint64_t guess,
          uint64_t *out, struct sheaf_error *err)
{
    enum verdict says;
    bool here;
    int rc;

    *out = guess;
    rc = reader_group_says(scan->r, scan->s, c->offset, c->index, c->meta,
                           &says, out, err);
    if (ends_it(rc))
        return rc;
    return rc != SHEAF_OK || says == VERDICT_NO ||
                   (says == VERDICT_NONE &&
                    (!reader_may_stand(scan->r, guess, c->is != LEAF_UNKNOWN,
                                       c->offset) ||
                     count_hashes(scan, guess, c->hash, &here) > 1))
               ? ask_place(scan, err)
               : SHEAF_OK;
}

/* Takes it for leaf number `leaf`, unless it is another one. */
static int
take_as(struct scan *scan, const struct candidate *c, uint64_t leaf,
        uint64_t *out, struct sheaf_error *err)
{
    int rc = ask_group(scan, c, leaf, out, err);

    return rc == SHEAF_OK && *out != leaf ? SHEAF_ENOTFOUND : rc;
}

/* Takes it for the leaf up to `last` that its group names, or `guess` if there
 * is none. A hash that stands in a damaged tile is no proof against the group:
 * if bytes are missing in front of it, it has slipped to the place of another
 * leaf. Only a tile that is whole contradicts a group. */
static int
take_named(struct scan *scan, const struct candidate *c, uint64_t guess,
           uint64_t last, uint64_t *out, struct sheaf_error *err)
{
    int rc = ask_group(scan, c, guess, out, err);
    bool known, same;

    if (rc != SHEAF_OK)
        return rc;
    if (*out < scan->found || *out > last)
        return SHEAF_ENOTFOUND;
    rc = is_leaf(scan, *out, c->hash, &known, &same, err);
    return rc == SHEAF_OK && known && !same ? SHEAF_ENOTFOUND : rc;
}

/* The number of the leaf: the next one, or a later one if bytes were skipped.
 * SHEAF_ENOTFOUND: it is not a leaf that can come here. */
static int
number_leaf(struct scan *scan, const struct candidate *c, uint64_t *out,
            struct sheaf_error *err)
{
    uint64_t gap = scan->stray ? (c->offset - scan->stray_at) / LEAF_BYTES_MIN
                               : 0;
    uint64_t last = min_u64(scan->found + gap + AHEAD, scan->end_leaf - 1);
    uint64_t beyond = min_u64(last + AHEAD, scan->r->top.size - 1);
    bool all_known = true, known, same;
    int rc;

    if (c->is != LEAF_UNKNOWN) {
        *out = c->is;
        if (c->is < scan->found || c->is > last)
            return SHEAF_ENOTFOUND;
        rc = is_leaf(scan, c->is, c->hash, &known, &same, err);
        if (rc == SHEAF_OK && known && !same)
            return SHEAF_ENOTFOUND;
        return rc == SHEAF_OK && c->is != scan->found
                   ? take_as(scan, c, c->is, out, err)
                   : rc;
    }
    for (uint64_t leaf = scan->found; leaf <= last; leaf++) {
        rc = is_leaf(scan, leaf, c->hash, &known, &same, err);

        if (rc != SHEAF_OK)
            return rc;
        all_known = all_known && known;
        if (same && leaf == scan->found) {
            *out = leaf;
            return SHEAF_OK;
        }
        if (same)
            return take_as(scan, c, leaf, out, err);
        /* In a damaged tile the hash may have been displaced, too. If bytes
         * were not skipped, leaves are taken in order. */
        if (!known && (!scan->stray || has_hash(scan, leaf, c->hash)))
            return take_named(scan, c, leaf, last, out, err);
    }
    /* All that were left may be lost, and this be one behind the range. */
    for (uint64_t leaf = scan->end_leaf; scan->stray && leaf <= beyond;
         leaf++) {
        if (has_hash(scan, leaf, c->hash)) {
            rc = ask_group(scan, c, leaf, out, err);
            if (rc == SHEAF_OK && *out != leaf)
                break;
            if (rc != SHEAF_OK)
                return rc;
            scan->walk.at = scan->walk.end;
            scan->rest.len = 0;
            return SHEAF_ENOTFOUND;
        }
    }
    if (all_known)
        return SHEAF_ENOTFOUND;
    /* One was lost, and the tree is damaged, too: take the one after it. */
    return take_named(scan, c, scan->found + 1, last, out, err);
}

/* ---- Frames -------------------------------------------------------------- */

/* Decodes the articles of the frame to the scratch. */
static int
open_articles(struct scan *scan, struct walk_frame *f, struct sheaf_error *err)
{
    struct sheaf_scratch *s = scan->s;
    struct sheaf_entry entry = { .leaf = scan->found, .offset = f->offset };
    struct walk_frame whole = *f;
    int rc;

    /* How long the frame is, so that no more is read; if it is not whole,
     * reader_load says so. */
    if (f->type != FRAME_ZSTD ||
        (f->header.content_size <= SHEAF_WHOLE_MAX &&
         walk_load(&scan->walk, &whole, NULL) == SHEAF_OK))
        entry.length = whole.length;
    rc = reader_load(scan->r, s, &entry, err);
    if (rc != SHEAF_OK)
        return rc;
    f->length = s->loaded.length;
    scan->frame = *f;
    scan->rest = s->loaded.large ? (struct sheaf_bytes){ NULL, 0 }
                                 : buf_view(&s->content);
    scan->index = 0;
    return SHEAF_OK;
}

/* The next article of the frame is in the scratch: finds its leaf number. */
static int
take_article(struct scan *scan, struct scanned *out, struct sheaf_error *err)
{
    struct sheaf_scratch *s = scan->s;
    uint64_t number;
    int rc;

    out->kind = SCANNED_ARTICLE;
    out->entry = (struct sheaf_entry){ .offset = scan->frame.offset,
                                       .length = scan->frame.length,
                                       .index = scan->index };
    rc = reader_load(scan->r, s, &out->entry, err);
    if (rc == SHEAF_OK)
        rc = number_leaf(scan,
                         &(struct candidate){
                             scan->frame.offset, scan->index, &s->article.meta,
                             s->article.leaf_hash, LEAF_UNKNOWN },
                         &number, err);
    if (rc == SHEAF_OK) {
        out->entry.leaf = number;
        scan->found = number;
    }
    if (s->loaded.large || rc != SHEAF_OK) {
        scan->rest.len = 0;
    } else {
        scan->rest.data += s->article.size;
        scan->rest.len -= (size_t)s->article.size;
    }
    scan->index++;
    return rc;
}

static int
take_stored(struct scan *scan, const struct walk_frame *f, struct scanned *out,
            struct sheaf_error *err)
{
    uint64_t number;
    int rc = leaf_decode_stored(f->body, f->offset, &out->stored, err);

    out->kind = SCANNED_STORED;
    out->entry = (struct sheaf_entry){ .offset = f->offset,
                                       .length = f->length };
    if (rc == SHEAF_OK)
        rc = number_leaf(scan,
                         &(struct candidate){
                             f->offset, 0, NULL, out->stored.hash,
                             stated_leaf(&out->stored, f->offset) },
                         &number, err);
    if (rc != SHEAF_OK)
        return rc;
    out->entry.leaf = number;
    scan->found = number;
    return SHEAF_OK;
}

/* After a group it is known again which leaf is next, unless it is a copy in
 * another place. */
static int
take_group(struct scan *scan, const struct walk_frame *f, struct scanned *out,
           struct sheaf_error *err)
{
    struct codec_header h;
    struct sheaf_bytes columns;
    int rc = group_decode(f->body, f->offset, &out->group, &columns, &h, err);
    uint64_t next = out->group.first + out->group.count;

    if (rc != SHEAF_OK)
        return rc;
    if (next <= scan->grouped)
        return SHEAF_END;
    if (out->group.first >= scan->end_leaf) {
        scan->found = scan->end_leaf;
        return SHEAF_END;
    }
    if (next != scan->found)
        rc = reader_group_there(scan->r, scan->s, f, err);
    if (ends_it(rc) || rc == SHEAF_ENOTFOUND)
        return rc;
    scan->grouped = next;
    out->kind = SCANNED_GROUP;
    out->entry = (struct sheaf_entry){ .leaf = out->group.first,
                                       .offset = f->offset,
                                       .length = f->length };
    scan->found = max_u64(scan->found, min_u64(next, scan->end_leaf));
    return SHEAF_OK;
}

/* The end of a generation also says which leaf is next. It is believed only if
 * it is one of those that lead to the last one. */
static int
take_end(struct scan *scan, const struct walk_frame *f,
         struct sheaf_error *err)
{
    struct end e, of;
    int rc = f->length != END_SIZE
                 ? SHEAF_ECORRUPT
                 : end_decode(f->bytes.data, f->offset, &e, NULL);

    if (rc == SHEAF_OK)
        rc = reader_end_of(scan->r, e.size, &of, err);
    if (ends_it(rc))
        return rc;
    if (rc == SHEAF_OK && of.top == e.top) {
        scan->found = max_u64(scan->found, min_u64(e.size, scan->end_leaf));
        scan->stray = false;
    }
    return SHEAF_END;
}

/* Nothing in the frame of a dictionary covers its length. The top does: with
 * another length, the articles that follow would be passed over. */
static int
check_dict_length(const struct scan *scan, const struct walk_frame *f,
                  struct sheaf_error *err)
{
    const struct top *t = &scan->r->top;

    for (uint32_t i = 0; i < t->dict_count; i++) {
        if (t->dicts[i].offset == f->offset)
            return f->length == (uint64_t)t->dicts[i].packed + 8
                       ? SHEAF_OK
                       : fail_corrupt(err, f->offset, "F2.2",
                                      "the dictionary has another length");
    }
    return fail_corrupt(err, f->offset, "F11.3",
                        "a dictionary that the top does not name");
}

/* Takes the frame at the walk's place. SHEAF_END: it has nothing to pass
 * on. */
static int
take_frame(struct scan *scan, struct scanned *out, struct sheaf_error *err)
{
    struct walk_frame f;
    int rc = walk_peek(&scan->walk, &f, err);

    if (rc != SHEAF_OK)
        return rc;
    if (f.type == FRAME_ZSTD || f.type == FRAME_REV) {
        rc = open_articles(scan, &f, err);
        if (rc == SHEAF_OK)
            rc = take_article(scan, out, err);
        if (rc == SHEAF_OK)
            walk_pass(&scan->walk, &f);
        return rc;
    }
    rc = walk_load(&scan->walk, &f, err);
    if (rc == SHEAF_OK && f.type == FRAME_DICT)
        rc = check_dict_length(scan, &f, err);
    if (rc != SHEAF_OK)
        return rc;
    walk_pass(&scan->walk, &f);
    if (f.type == FRAME_LEF)
        return take_stored(scan, &f, out, err);
    if (f.type == FRAME_END && scan->stray)
        return take_end(scan, &f, err);
    return f.type == FRAME_GRP ? take_group(scan, &f, out, err) : SHEAF_END;
}

/* ---- Going on ------------------------------------------------------------ */

/* It is known again which leaf is next. */
static int
hand_out(struct scan *scan, const struct scanned *out)
{
    scan->stray = false;
    scan->why.code = SHEAF_OK;
    if (out->kind != SCANNED_GROUP)
        scan->leaf = scan->found = out->entry.leaf + 1;
    return SHEAF_OK;
}

static int
next_found(struct scan *scan, struct scanned *out, struct sheaf_error *err)
{
    for (;;) {
        struct sheaf_error why = { 0 };
        uint64_t at = scan->walk.at;
        int rc;

        if (scan->rest.len != 0) {
            rc = take_article(scan, out, &why);
        } else if (scan->walk.at >= scan->walk.end) {
            scan->found = scan->end_leaf;
            return SHEAF_END;
        } else {
            if (!scan->stray && scan->leaf == scan->found &&
                scan->leaf >= scan->waypoint)
                keep_waypoint(scan);
            rc = take_frame(scan, out, &why);
        }
        if (rc == SHEAF_OK)
            return SHEAF_OK;
        if (rc == SHEAF_END)
            continue;
        if (ends_it(rc)) {
            if (err != NULL)
                *err = why;
            return rc;
        }
        if (scan->again) {
            scan->again = false;
            scan->s->loaded.there = false;
            scan->rest.len = 0;
            scan->walk.at = at;
            continue;
        }
        if (rc == SHEAF_ENOTFOUND)
            (void)fail_corrupt(&why, at, "F10.2",
                               "not a leaf that the tree has here");
        note_stray(scan, at, &why);
        if (scan->walk.at != at)
            continue; /* a whole frame without a leaf */
        rc = walk_resume(&scan->walk, err);
        if (rc != SHEAF_OK)
            return rc;
    }
}

int
scan_next(struct scan *scan, struct scanned *out, struct sheaf_error *err)
{
    for (;;) {
        int rc;

        if (scan->leaf < scan->found) {
            memset(out, 0, sizeof *out);
            out->kind = SCANNED_LOST;
            out->entry.leaf = scan->leaf++;
            out->why = scan->why;
            if (out->why.code == SHEAF_OK)
                (void)fail_corrupt(&out->why, scan->walk.at, "F10.2",
                                   "no frame has this leaf");
            return SHEAF_OK;
        }
        if (scan->pending) {
            *out = scan->held;
            scan->pending = false;
            return hand_out(scan, out);
        }
        if (scan->leaf >= scan->end_leaf)
            return SHEAF_END;
        rc = next_found(scan, out, err);
        if (rc == SHEAF_END)
            continue;
        if (rc != SHEAF_OK)
            return rc;
        if (scan->leaf < scan->found) {
            scan->held = *out;
            scan->pending = true;
            continue;
        }
        return hand_out(scan, out);
    }
}
