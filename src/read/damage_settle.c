/*
 * damage_settle.c - an open archive in which bytes were inserted or are missing
 * is put right.
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/err.h"
#include "format/frame.h"
#include "format/top.h"
#include "read/damage_shift.h"

/* Of so many of each kind it is asked whether they moved, ... */
#define ASKED 16
/* ... so far at most. */
#define MOVED_MAX ((uint64_t)64 << 10)

static void
note_shift(const struct sheaf_reader *r, const struct shift *s)
{
    uint64_t by = (uint64_t)(s->by < 0 ? -s->by : s->by);
    struct sheaf_error why = { 0 };

    (void)fail_corrupt(&why, s->from, s->from == 0 ? "F3.1" : "F2.2",
                       "%llu bytes %s near here", (unsigned long long)by,
                       s->by > 0 ? "were inserted" : "are missing");
    reader_note_damage(r, &why);
}

int
reader_undo_shifts(struct sheaf_reader *r, const uint8_t *last, uint64_t there,
                   uint64_t size, struct sheaf_error *err)
{
    struct sheaf_buf found = { 0 };
    struct shift *shifts;
    size_t count;
    int rc;

    /* An end that is still in another place after that is none of this file. */
    if (moved_epoch(&r->source) != 0)
        return SHEAF_ENOTFOUND;
    rc = shift_find(&r->source, last, there, &found, err);
    shifts = (struct shift *)found.data;
    count = found.len / sizeof *shifts;
    if (rc == SHEAF_OK)
        rc = count != 0 ? shift_undo(&r->source, shifts, &count, size, err)
                        : SHEAF_ENOTFOUND;
    for (size_t i = 0; rc == SHEAF_OK && i < count; i++)
        note_shift(r, &shifts[i]);
    sheaf_buf_free(&found);
    return rc;
}

/* Sets *has if a frame of this type stands not at `offset`, but near it. */
static int
look_near(const struct sheaf_reader *r, uint64_t offset, enum frame_type type,
          bool *has, struct sheaf_error *err)
{
    uint64_t from = offset - min_u64(offset, MOVED_MAX);
    struct sheaf_buf near = { 0 };
    size_t at;
    int rc;

    if (*has || offset >= r->file_size - FRAME_HEAD_SIZE)
        return SHEAF_OK;
    rc = reader_read(r, offset, FRAME_HEAD_SIZE, &near, err);
    if (rc == SHEAF_OK && frame_type_at(near.data, near.len) != type) {
        uint64_t to = min_u64(offset + MOVED_MAX, r->file_size);

        rc = reader_read(r, from, (size_t)(to - from), &near, err);
        at = near.len;
        *has = rc == SHEAF_OK && frame_find_back(buf_view(&near), type, &at);
    }
    sheaf_buf_free(&near);
    return rc;
}

int
reader_has_moved(const struct sheaf_reader *r, bool *has,
                 struct sheaf_error *err)
{
    const struct top *t = &r->top;
    int rc = SHEAF_OK;

    *has = false;
    if (r->source.ops->expect != NULL)
        return SHEAF_OK; /* each takes a round trip */
    for (uint32_t i = 0; rc == SHEAF_OK && i < t->run_count; i++)
        for (unsigned k = 0; rc == SHEAF_OK && k < TABLE_KINDS; k++)
            if (t->runs[i].tables[k].rows != 0)
                rc = look_near(r, t->runs[i].tables[k].offset,
                               table_type((enum table_kind)k), has, err);
    for (uint32_t i = 0; rc == SHEAF_OK && i < t->dict_count;
         i += t->dict_count / ASKED + 1) {
        rc = look_near(r, t->dicts[i].offset, FRAME_DICT, has, err);
        if (rc == SHEAF_OK)
            rc = look_near(r, t->dicts[i].par, FRAME_PAR, has, err);
    }
    for (uint32_t i = 0; rc == SHEAF_OK && i < t->slab_count;
         i += t->slab_count / ASKED + 1)
        rc = look_near(r, t->slabs[i].offset, FRAME_SLB, has, err);
    return rc;
}

/* False: this was tried before, or reading takes too long. */
static bool
may_try(struct sheaf_reader *own, bool *done)
{
    bool tried;

    pthread_mutex_lock(&own->damage_lock);
    tried = own->settled || *done;
    *done = true;
    pthread_mutex_unlock(&own->damage_lock);
    return !tried && own->source.ops->expect == NULL;
}

static bool
is_settled(struct sheaf_reader *own)
{
    bool settled;

    pthread_mutex_lock(&own->damage_lock);
    settled = own->settled;
    pthread_mutex_unlock(&own->damage_lock);
    return settled;
}

/* What could not be read, or derived, may be there after all. */
static void
try_again(struct sheaf_reader *own)
{
    size_t kept = 0;

    pthread_mutex_lock(&own->lock);
    for (uint32_t i = 0; own->dicts != NULL && i < own->top.dict_count; i++)
        own->dicts[i].gone.code = SHEAF_OK;
    pthread_mutex_unlock(&own->lock);
    pagecache_forget(own->pages); /* it knows what has failed */
    pthread_mutex_lock(&own->damage_lock);
    for (size_t i = 0; i < own->rebuilt_count; i++) {
        if (own->rebuilt[i].gone)
            sheaf_buf_free(&own->rebuilt[i].bytes);
        else
            own->rebuilt[kept++] = own->rebuilt[i];
    }
    own->rebuilt_count = kept;
    pthread_mutex_unlock(&own->damage_lock);
    pthread_mutex_lock(&own->ends_lock);
    own->ends_damage.code = SHEAF_OK;
    pthread_mutex_unlock(&own->ends_lock);
}

int
reader_settle(const struct sheaf_reader *r, const struct end *e,
              struct sheaf_error *err)
{
    struct sheaf_reader *own = reader_own(r);
    struct sheaf_buf frame = { 0 };
    int rc;

    if (!may_try(own, &own->settled))
        return SHEAF_ENOTFOUND;
    rc = reader_read(r, e->end - END_SIZE, END_SIZE, &frame, err);
    if (rc == SHEAF_OK && end_offset(frame.data) != e->end - END_SIZE)
        rc = SHEAF_ENOTFOUND; /* the first copy alone is left */
    if (rc == SHEAF_OK)
        rc = reader_undo_shifts(own, frame.data, e->end - END_SIZE,
                                r->file_size, err);
    if (rc == SHEAF_OK)
        try_again(own);
    sheaf_buf_free(&frame);
    return rc;
}

/* Whether an end is not in its place, of the chain that leads back from the
 * last one. */
static int
ask_ends(const struct sheaf_reader *r, bool *moved, struct sheaf_error *err)
{
    struct end e = r->end;
    int rc = SHEAF_OK;

    while (rc == SHEAF_OK && e.prev != 0 && e.prev < e.offset)
        rc = reader_end(r, e.prev, &e, NULL, err);
    *moved = rc == SHEAF_ECORRUPT;
    return *moved ? SHEAF_OK : rc;
}

int
reader_put_right(const struct sheaf_reader *r, int rc, uint64_t group,
                 struct sheaf_error *err)
{
    struct sheaf_reader *own = reader_own(r);
    struct sheaf_error why = { 0 };
    bool moved = false;
    int asked = SHEAF_OK;

    if (rc != SHEAF_ECORRUPT || r->source.ops->expect != NULL)
        return rc;
    if (group != 0 && !is_settled(own))
        asked = look_near(r, group, FRAME_GRP, &moved, &why);
    if (asked == SHEAF_OK && !moved && may_try(own, &own->asked))
        asked = ask_ends(r, &moved, &why);
    if (asked == SHEAF_OK)
        asked = moved ? reader_settle(r, &r->end, &why) : SHEAF_ENOTFOUND;
    if (asked != SHEAF_OK && !reader_goes_on(asked) && err != NULL)
        *err = why;
    return reader_goes_on(asked) ? rc : asked;
}
