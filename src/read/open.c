/*
 * open.c - opening an archive: its end and its top (format.md F12, F11).
 *
 * The end record is found first, and names the top by its hash. In the common
 * case one read of the last bytes gives both. If they are damaged, a search
 * backwards finds an earlier copy or an earlier generation; the result is then
 * marked as damaged, or as having a tail.
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/options.h"
#include "format/frame.h"
#include "log/note.h"
#include "read/damage_source.h"

/* Bytes read at the end, which in most cases contain end record and top. */
#define TAIL_READ 65536
/* The same where each byte takes time. The top of 20,000 articles has 7 KiB. */
#define TAIL_READ_FAR 16384
/* Of a file that is far, only so many last bytes are searched: a server may say
 * that it is of any size. */
#define SEARCH_FAR ((uint64_t)64 << 20)

/* ---- Finding the end (F12) ---------------------------------------------- */

/* An end record that was found, but is shifted. */
struct moved_end {
    uint64_t at;
    struct end end; /* `end` is 0: there is none */
    uint8_t frame[END_SIZE];
};

/* One that is shifted; and of those for places farther off, the one that ends
 * last. */
struct shifted_end {
    struct moved_end near;
    struct moved_end far;
};

/* What a search has. */
struct search {
    struct sheaf_bytes tail;     /* the last bytes of the file */
    uint64_t room;               /* bytes that may still be read for groups */
    struct shifted_end *shifted; /* see try_end; may be NULL */
};

/* A group of a later generation has 32 KiB of frames, and what the last of them
 * has more. */
#define GROUP_SEARCH_MAX ((uint64_t)1 << 20)

/* Whether the GRP frame at `offset` stands where it was written, by the sum of
 * the frames before it. In a copy of an archive behind another, it names an end
 * record of the other. */
static bool
is_in_place(const struct sheaf_reader *r, struct search *s,
            const struct group *g, uint64_t offset)
{
    uint64_t tail_at = r->file_size - s->tail.len;
    uint64_t from = min_u64(g->start, offset);
    uint64_t read = max_u64(from, min_u64(tail_at, offset)) - from;
    uint8_t sum[HASH_BYTES];
    struct hash_blake h;
    int rc = SHEAF_OK;

    if (from == offset || read > min_u64(s->room, GROUP_SEARCH_MAX))
        return false;
    hash_blake_start(&h);
    if (read != 0) {
        s->room -= read;
        rc = hash_blake_add_source(&h, &r->source, from, read, NULL, NULL);
    }
    if (from + read < offset)
        hash_blake_add(&h, s->tail.data + (from + read - tail_at),
                       (size_t)(offset - from - read));
    hash_blake_end(&h, sum);
    return rc == SHEAF_OK && memcmp(sum, g->frames, sizeof g->frames) == 0;
}

/* Reads the end record that a GRP frame names. The sum of the frame is not
 * checked: of many frames inside of each other, that would take quadratic time.
 * What counts is the end record. */
static int
end_by_group(const struct sheaf_reader *r, struct search *s, uint64_t offset,
             struct end *out, struct sheaf_error *err)
{
    struct sheaf_buf head = { 0 };
    struct group g;
    int rc = SHEAF_ENOTFOUND;

    if (r->file_size - offset >= FRAME_HEAD_SIZE + GROUP_FIXED)
        rc = reader_read(r, offset, FRAME_HEAD_SIZE + GROUP_FIXED, &head, err);
    if (rc == SHEAF_OK)
        rc = group_decode_fixed(sheaf_view(head.data + FRAME_HEAD_SIZE,
                                           GROUP_FIXED),
                                offset, &g, err);
    if (rc == SHEAF_OK)
        rc = g.last_end != 0 && g.last_end < offset
                 ? reader_end(r, g.last_end, out, NULL, err)
                 : SHEAF_ENOTFOUND;
    if (rc == SHEAF_OK &&
        (g.start < out->end || !is_in_place(r, s, &g, offset)))
        rc = SHEAF_ENOTFOUND;
    sheaf_buf_free(&head);
    return rc;
}

/* Whether this END frame stands where it says: then the one that was met is a
 * copy in another place. */
static bool
stands_there(const struct sheaf_reader *r, const uint8_t *frame)
{
    uint64_t at = end_offset(frame);
    struct sheaf_buf there = { 0 };
    bool same = at <= r->file_size - END_SIZE &&
                reader_read(r, at, END_SIZE, &there, NULL) == SHEAF_OK &&
                memcmp(there.data, frame, END_SIZE) == 0;

    sheaf_buf_free(&there);
    return same;
}

/* Farther off, it is the end of another archive that was appended. */
#define SHIFT_MAX 4096

/* Whether the frame at `there` is an end record for another place that is near:
 * bytes were inserted before it, or are missing. */
static bool
is_shifted(const uint8_t *p, uint64_t there, struct end *out)
{
    uint64_t at = end_offset(p);

    return at <= INT64_MAX - END_SIZE && at != there &&
           max_u64(at, there) - min_u64(at, there) <= SHIFT_MAX &&
           end_decode(p, at, out, NULL) == SHEAF_OK;
}

static void
set_moved(struct moved_end *m, uint64_t at, const struct end *e,
          const uint8_t *frame)
{
    m->at = at;
    m->end = *e;
    memcpy(m->frame, frame, sizeof m->frame);
}

/* Tries the END frame at `offset`. SHEAF_END: it is in *shifted, unless that is
 * NULL. */
static int
try_end(const struct sheaf_reader *r, uint64_t offset,
        struct shifted_end *shifted, struct end *out, struct sheaf_error *err)
{
    struct sheaf_buf frame = { 0 };
    struct end other;
    int rc = reader_end(r, offset, out, &frame, err);

    if (rc == SHEAF_ECORRUPT && shifted != NULL &&
        !stands_there(r, frame.data)) {
        if (is_shifted(frame.data, offset, &other)) {
            set_moved(&shifted->near, offset, &other, frame.data);
            rc = SHEAF_END;
        } else if (end_decode(frame.data, end_offset(frame.data), &other,
                              NULL) == SHEAF_OK &&
                   other.end > shifted->far.end.end) {
            set_moved(&shifted->far, offset, &other, frame.data);
        }
    }
    sheaf_buf_free(&frame);
    return rc;
}

/* Tries the magic at `offset`: it may be an end record, or lead to one. On any
 * result but SHEAF_OK, SHEAF_END (see try_end) and failures of memory or input,
 * the search goes on. */
static int
try_hit(const struct sheaf_reader *r, struct search *s, uint64_t offset,
        struct end *out, struct sheaf_error *err)
{
    struct sheaf_buf head = { 0 };
    enum frame_type type;
    int rc = SHEAF_ENOTFOUND;

    if (r->file_size - offset >= FRAME_HEAD_SIZE) {
        rc = reader_read(r, offset, FRAME_HEAD_SIZE, &head, err);
        type = frame_type_at(head.data, rc == SHEAF_OK ? head.len : 0);
        if (type == FRAME_END && r->file_size - offset >= END_SIZE)
            rc = try_end(r, offset, s->shifted, out, err);
        else if (type == FRAME_GRP)
            rc = end_by_group(r, s, offset, out, err);
        else if (rc == SHEAF_OK)
            rc = SHEAF_ENOTFOUND;
    }
    sheaf_buf_free(&head);
    return rc;
}

/* Searches backwards from `before` down to `least`; `tail` has the last bytes
 * of the file. Unless `shifted` is NULL, SHEAF_END: an end record for another
 * place comes first. */
static int
search_end(const struct sheaf_reader *r, uint64_t before, uint64_t least,
           struct sheaf_bytes tail, struct shifted_end *shifted,
           struct end *out, struct sheaf_error *err)
{
    uint64_t tail_at = r->file_size - tail.len;
    bool far = r->source.ops->expect != NULL;
    /* The file is read about twice at most. */
    struct search s = { .tail = tail,
                        .room = r->file_size,
                        .shifted = shifted };
    struct sheaf_buf window = { 0 };
    int rc = SHEAF_ENOTFOUND;

    if (far) {
        s.room = min_u64(s.room, SEARCH_FAR);
        least = max_u64(least, r->file_size - s.room);
    }
    while (before > least && reader_goes_on(rc) && rc != SHEAF_END) {
        uint64_t from = before - min_u64(before - least, TAIL_READ);
        uint64_t to = min_u64(before + 3, r->file_size);
        struct sheaf_bytes view;

        if (before > tail_at) {
            from = max_u64(from, tail_at); /* these bytes were read already */
            view.data = tail.data + (from - tail_at);
            view.len = (size_t)(to - from);
        } else {
            rc = reader_read(r, from, (size_t)(to - from), &window, err);
            if (rc != SHEAF_OK)
                break;
            view = buf_view(&window);
        }
        rc = SHEAF_ENOTFOUND;
        for (size_t at = view.len;
             at-- > 0 && reader_goes_on(rc) && rc != SHEAF_END;) {
            if (view.data[at] != (uint8_t)FRAME_MAGIC[0] ||
                view.len - at < FRAME_MAGIC_SIZE || from + at >= before ||
                memcmp(view.data + at, FRAME_MAGIC, FRAME_MAGIC_SIZE) != 0)
                continue;
            rc = try_hit(r, &s, from + at, out, err);
        }
        before = from;
    }
    sheaf_buf_free(&window);
    if (reader_goes_on(rc) && rc != SHEAF_END)
        return fail_corrupt(err, r->file_size, "F12.1", "no end record%s",
                            far ? " in the last 64 MiB: download the file"
                                : ": sheaf recover may help");
    return rc;
}

/* F3.1 to F3.3: a file without the head of a sheaf is called that, and not
 * damaged. */
static int
check_head(struct sheaf_reader *r, uint32_t *flags, struct sheaf_error *err)
{
    struct sheaf_buf head = { 0 };
    size_t len = (size_t)min_u64(r->file_size, HEAD_SIZE);
    int rc = reader_read(r, 0, len, &head, err);

    if (rc == SHEAF_OK)
        rc = frame_check_head(head.data, head.len, r->file_size, flags, err);
    sheaf_buf_free(&head);
    return rc;
}

/* ---- Shifted files ------------------------------------------------------- */

/* There is a whole end record for another offset, and the place where bytes are
 * missing or too many is not found: later leaves are lost. */
static void
note_shifted(struct sheaf_reader *r, const struct end *shifted,
             const struct end *found)
{
    struct sheaf_error why = { 0 };

    if (shifted->size <= found->size)
        return;
    r->end_damaged = true;
    r->lost_leaves = shifted->size - found->size;
    (void)fail_corrupt(&why, found->end, "F2.2",
                       "bytes were inserted or are missing after here");
    reader_note_damage(r, &why);
}

/* Each end record in the first `len` bytes of the file. */
static int
each_end(const struct sheaf_reader *r, uint64_t len,
         void (*take)(void *arg, const struct end *end), void *arg,
         struct sheaf_error *err)
{
    const struct sheaf_source *raw = moved_raw(&r->source);
    struct sheaf_buf window = { 0 };
    int sys = 0;

    if (!buf_reserve(&window, TAIL_READ + END_SIZE))
        return fail_nomem(err);
    for (uint64_t done = 0; sys == 0 && done < len; done += TAIL_READ) {
        size_t n = (size_t)min_u64(len - done, TAIL_READ + END_SIZE);
        size_t at = n;

        sys = raw->ops->read_at(raw->ctx, done, window.data, n);
        while (sys == 0 &&
               frame_find_back(sheaf_view(window.data, n), FRAME_END, &at)) {
            const uint8_t *p = window.data + at;
            struct end found;

            if (n - at >= END_SIZE && end_offset(p) <= INT64_MAX - END_SIZE &&
                end_decode(p, end_offset(p), &found, NULL) == SHEAF_OK)
                take(arg, &found);
        }
    }
    sheaf_buf_free(&window);
    return sys != 0 ? fail_io(err, sys, "reading the archive") : SHEAF_OK;
}

int
reader_each_end(const struct sheaf_reader *r,
                void (*take)(void *arg, const struct end *end), void *arg,
                struct sheaf_error *err)
{
    const struct sheaf_source *raw = moved_raw(&r->source);

    return each_end(r, raw->ops->size(raw->ctx), take, arg, err);
}

static void
take_later(void *arg, const struct end *end)
{
    struct end *last = arg;

    if (end->size > last->size)
        *last = *end;
}

/* The end record of a later generation than that of `e` in the first `len`
 * bytes of the file, as they stand: its leaves are lost. */
static int
look_for_later(struct sheaf_reader *r, uint64_t len, const struct end *e,
               struct sheaf_error *err)
{
    struct end last = *e;
    int rc = each_end(r, len, take_later, &last, err);

    if (rc == SHEAF_OK)
        note_shifted(r, &last, e);
    return rc;
}

/* The frame at `there` is an end record that was written for another offset:
 * bytes were inserted before it, or are missing. Corrects the offsets. */
static int
undo_shift(struct sheaf_reader *r, const uint8_t *last, uint64_t there,
           struct end *e, struct sheaf_error *err)
{
    uint64_t claimed = end_offset(last);
    uint64_t size = r->file_size - there + claimed;
    int rc;

    if (claimed > INT64_MAX - END_SIZE || claimed == there ||
        end_decode(last, claimed, e, NULL) != SHEAF_OK ||
        stands_there(r, last))
        return SHEAF_ENOTFOUND;
    rc = reader_undo_shifts(r, last, there, size, err);
    if (rc != SHEAF_OK)
        return rc;
    r->file_size = size;
    r->shifted = r->settled = true;
    return look_for_later(r, there, e, err);
}

int
reader_earlier_end(const struct sheaf_reader *r, const struct end *than,
                   struct sheaf_bytes tail, struct end *out,
                   struct sheaf_error *err)
{
    struct end before;
    int rc = reader_end_before(r, than, &before, err);

    if (reader_goes_on(rc))
        rc = search_end(r, than->offset, HEAD_SIZE, tail, NULL, &before, err);
    if (rc == SHEAF_OK && before.offset >= than->offset)
        rc = fail_corrupt(err, before.offset, "F12.4", "ends out of order");
    if (rc == SHEAF_OK)
        *out = before;
    return rc;
}

/* Both copies of the top that `e` names are damaged: takes the newest
 * generation before that has its top. The later ones are lost to reading. */
static int
fall_back(struct sheaf_reader *r, const struct end *e, struct sheaf_bytes tail,
          const struct sheaf_error *why, struct sheaf_error *err)
{
    uint64_t read = e->top_length;
    struct end at = *e;
    int rc = SHEAF_ECORRUPT;

    /* Lengths in a file may be any: in all, no more than the file is read. */
    while (rc == SHEAF_ECORRUPT && at.prev != 0 && read <= r->file_size) {
        rc = reader_earlier_end(r, &at, tail, &at, err);
        if (rc != SHEAF_OK)
            break;
        read += at.top_length;
        rc = reader_load_top(r, &at, tail, err);
    }
    if (rc != SHEAF_OK) {
        *err = *why;
        return reader_goes_on(rc) ? why->code : rc;
    }
    r->end_damaged = true;
    r->lost_leaves = e->size - min_u64(e->size, at.size);
    reader_note_damage(r, why);
    return SHEAF_OK;
}

static int
load_top(struct sheaf_reader *r, const struct end *e, bool is_sheaf,
         struct sheaf_bytes tail, struct sheaf_error *err)
{
    int rc = reader_load_top(r, e, tail, err);
    const struct sheaf_error why = *err;
    bool moved = false;

    if (rc == SHEAF_OK) {
        rc = reader_has_moved(r, &moved, err);
        if (rc != SHEAF_OK)
            return rc;
    }
    if (rc == SHEAF_ECORRUPT || moved) {
        int settled = reader_settle(r, e, err);

        if (!reader_goes_on(settled) && settled != SHEAF_OK)
            return settled;
        *err = why;
        r->shifted = r->shifted || settled == SHEAF_OK;
        if (settled == SHEAF_OK && rc != SHEAF_OK)
            rc = reader_load_top(r, e, (struct sheaf_bytes){ 0 }, err);
    }
    /* A whole top that says something impossible was meant so. */
    return rc == SHEAF_ECORRUPT && is_sheaf &&
                   strncmp(why.clause, "F11", 3) != 0
               ? fall_back(r, e, tail, &why, err)
               : rc;
}

static bool
ends_generation(const struct moved_end *m)
{
    return m->end.end == end_offset(m->frame) + END_SIZE;
}

/* Finds the newest end record, after which more bytes follow. If there is a
 * later one that is shifted, that is undone, or its leaves are lost. */
static int
search_newest(struct sheaf_reader *r, uint64_t least, struct sheaf_bytes tail,
              struct end *e, struct sheaf_error *err)
{
    struct shifted_end shifted = { .near = { .at = 0 } };
    const struct moved_end *far = &shifted.far, *near = &shifted.near;
    int rc = search_end(r, r->file_size, least, tail, &shifted, e, err);
    uint64_t end = rc == SHEAF_OK    ? e->end
                   : rc == SHEAF_END ? near->end.end
                                     : 0;

    /* Much comes twice, or the end of an earlier generation is in a copy, or
     * the first copy of this one is. */
    if ((far->end.end > end ||
         (far->end.end == end && rc == SHEAF_END && !ends_generation(near) &&
          ends_generation(far))) &&
        (rc == SHEAF_OK || reader_goes_on(rc))) {
        struct end of;
        int undone = undo_shift(r, far->frame, far->at, &of, err);

        if (undone == SHEAF_OK)
            *e = of;
        if (undone != SHEAF_ENOTFOUND)
            return undone;
    }
    if (rc == SHEAF_END) {
        rc = undo_shift(r, near->frame, near->at, e, err);
        if (rc == SHEAF_ENOTFOUND) {
            rc = search_end(r, near->at, least, tail, NULL, e, err);
            if (rc == SHEAF_OK)
                note_shifted(r, &near->end, e);
        }
    }
    if (rc == SHEAF_OK && far->end.end > e->end)
        note_shifted(r, &far->end, e);
    return rc;
}

/* Finds the last end record and what it leads to. If nothing at its beginning
 * says that the file is a sheaf, only its last bytes are read. */
static int
find_end(struct sheaf_reader *r, bool is_sheaf, struct sheaf_error *err)
{
    struct sheaf_buf tail = { 0 };
    size_t len = (size_t)min_u64(r->file_size, r->source.ops->expect != NULL
                                                   ? TAIL_READ_FAR
                                                   : TAIL_READ);
    struct end e;
    int rc = reader_read(r, r->file_size - len, len, &tail, err);

    if (rc == SHEAF_OK && len >= END_SIZE) {
        const uint8_t *last = tail.data + tail.len - END_SIZE;

        rc = end_decode(last, r->file_size - END_SIZE, &e, err);
        if (rc == SHEAF_ECORRUPT)
            rc = undo_shift(r, last, r->file_size - END_SIZE, &e, err);
    } else if (rc == SHEAF_OK) {
        rc = SHEAF_ENOTFOUND;
    }
    if (rc == SHEAF_ENOTFOUND || rc == SHEAF_ECORRUPT ||
        (rc == SHEAF_OK && e.end != r->file_size)) {
        rc = search_newest(r, is_sheaf ? HEAD_SIZE : r->file_size - tail.len,
                           buf_view(&tail), &e, err);
        if (rc == SHEAF_ECORRUPT && !is_sheaf)
            rc = fail_corrupt(err, 0, "F3.1", "not a sheaf");
        /* An end found by searching is whole if it is the second of its
         * generation and more bytes follow: a tail. Otherwise something is
         * missing. */
        r->end_damaged = r->end_damaged ||
                         (rc == SHEAF_OK && e.offset + END_SIZE != e.end);
    }
    if (r->damages != 0)
        tail.len = 0; /* its offset may be another one now */
    if (rc == SHEAF_OK)
        rc = end_check_features(&e, err);
    if (rc == SHEAF_OK)
        rc = load_top(r, &e, is_sheaf, buf_view(&tail), err);
    if (rc == SHEAF_OK)
        rc = reader_look_at_tail(r, err);
    sheaf_buf_free(&tail);
    return rc;
}

/* ---- Open and close ----------------------------------------------------- */

/* Whether the end is there and whole. It repeats what the head says, which is
 * then not worth a round trip. */
static bool
ends_well(const struct sheaf_reader *r)
{
    struct end e;

    return r->file_size >= END_SIZE &&
           reader_end(r, r->file_size - END_SIZE, &e, NULL, NULL) ==
               SHEAF_OK &&
           e.end == r->file_size;
}

/* Whether a frame may begin where the head ends. */
static bool
frame_follows(const struct sheaf_reader *r)
{
    struct sheaf_buf start = { 0 };
    bool there = r->file_size > HEAD_SIZE + FRAME_MAGIC_SIZE &&
                 reader_read(r, HEAD_SIZE, FRAME_MAGIC_SIZE, &start, NULL) ==
                     SHEAF_OK &&
                 frame_find(start.data, start.len) == 0;

    sheaf_buf_free(&start);
    return there;
}

/* An archive can be read without its head, which states nothing but its kind
 * and what a reader must know. */
static int
open_end(struct sheaf_reader *r, struct sheaf_error *err)
{
    struct sheaf_error why = { 0 };
    uint32_t flags = 0;
    int head, rc;

    if (r->source.ops->expect != NULL && ends_well(r))
        return find_end(r, true, err);
    head = check_head(r, &flags, &why);
    /* A head that cannot be read may be damaged. One that can be read and
     * asks for more than this reader knows is meant. */
    if ((head != SHEAF_OK && head != SHEAF_ECORRUPT &&
         head != SHEAF_EUNSUPPORTED) ||
        (flags & ~HEAD_FLAGS) != 0) {
        *err = why;
        return head;
    }
    rc = find_end(r, head == SHEAF_OK || frame_follows(r), err);
    if (head == SHEAF_OK)
        return rc;
    if (rc == SHEAF_OK) {
        reader_note_damage(r, &why);
    } else if (rc == SHEAF_ECORRUPT) {
        *err = why;
        rc = head;
    }
    return rc;
}

int
sheaf_open(struct sheaf_source source, const struct sheaf_limits *limits,
           struct sheaf_reader **out, struct sheaf_error *err)
{
    /* The search fails several times before it succeeds: do not let it
     * write to the caller's error. */
    struct sheaf_error own;
    struct sheaf_limits taken = SHEAF_LIMITS_DEFAULT;
    struct sheaf_reader *r = NULL;
    int rc = options_take(&taken, sizeof taken, limits, &own);

    if (rc == SHEAF_OK)
        rc = hash_start(&own);
    if (rc == SHEAF_OK && source.ops->expect == NULL)
        rc = moved_wrap(&source, &own);
    if (rc == SHEAF_OK) {
        r = mem_new(1, sizeof *r);
        if (r == NULL)
            rc = fail_nomem(&own);
    }
    if (rc != SHEAF_OK) {
        source.ops->close(source.ctx);
        if (err != NULL)
            *err = own;
        return rc;
    }
    reader_renew(r);
    r->source = source;
    r->limits = taken;
    r->file_size = source.ops->size(source.ctx);
    pthread_mutex_init(&r->lock, NULL);
    pthread_mutex_init(&r->damage_lock, NULL);
    pthread_mutex_init(&r->ends_lock, NULL);
    rc = open_end(r, &own);
    if (rc == SHEAF_OK) {
        r->dicts = mem_new(r->top.dict_count, sizeof *r->dicts);
        /* Room for each leaf's row in a page of the map, and for each tile. */
        r->pages = pagecache_new(2 * (r->top.size / TILE_LEAVES + 1));
        if (r->dicts == NULL || r->pages == NULL)
            rc = fail_nomem(&own);
    }
    if (rc != SHEAF_OK) {
        sheaf_close(r);
        if (err != NULL)
            *err = own;
        return rc;
    }
    *out = r;
    return SHEAF_OK;
}

static void
free_past(struct past_top *past)
{
    while (past != NULL) {
        struct past_top *next = past->next;

        top_free(&past->top);
        mem_free(past);
        past = next;
    }
}

void
sheaf_close(struct sheaf_reader *reader)
{
    if (reader == NULL)
        return;
    reader_dicts_free(reader);
    top_free(&reader->top);
    free_past(reader->past);
    if (reader->authentic.older)
        top_free(&reader->authentic.top);
    pthread_mutex_destroy(&reader->lock);
    pthread_mutex_destroy(&reader->damage_lock);
    pthread_mutex_destroy(&reader->ends_lock);
    mem_free(reader->ends);
    pagecache_free(reader->pages);
    reader_forget(reader);
    mem_free(reader->rebuilt);
    mem_free(reader->waypoints);
    reader->source.ops->close(reader->source.ctx);
    mem_free(reader);
}

/* The size that the newest checkpoint states; 0 if there is none. Its
 * signature is not checked here. */
static uint64_t
note_size(const struct top *top)
{
    struct note note;

    if (top->note.len == 0 ||
        note_parse(buf_view(&top->note), &note, NULL) != SHEAF_OK)
        return 0;
    return note.checkpoint.size;
}

void
sheaf_get_info(const struct sheaf_reader *reader, struct sheaf_info *out)
{
    const struct top *t = &reader->top;
    uint64_t end = min_u64(reader->end.end, reader->file_size);

    memset(out, 0, sizeof *out);
    out->size = t->size;
    out->articles = t->articles;
    out->generation = t->generation;
    out->words = (reader->end.must & HEAD_WORDS) != 0;
    out->raw_bytes = t->raw;
    out->file_bytes = end;
    out->tail_bytes = reader->file_size - end;
    out->end_damaged = reader->end_damaged;
    out->signed_size = note_size(t);
    memcpy(out->root, t->root, 32);
    out->origin = buf_view(&t->origin);
    out->note = buf_view(&t->note);
    out->zstd_version = t->zstd;
    out->level = t->level;
    out->dictionaries = t->dict_count;
    out->runs = t->run_count;
    out->redactions = t->redactions;
    out->key_changes = t->key_count;
    out->trusted = reader->authentic.done;
    out->signer = reader->authentic.signer;
    out->lost_leaves = reader->lost_leaves;
}
