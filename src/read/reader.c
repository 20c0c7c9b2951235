/*
 * reader.c - what all files here need of an open archive.
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

/* The library's one mutable static. After a reader is closed, a new one may
 * have the same address; a scratch tells them apart by this number. */
static _Atomic uint64_t last_serial;

/* Bytes that are read at once to find the next group. */
#define AHEAD_STEP 4096

static void
redactions_free(struct redactions *all)
{
    sheaf_buf_free(&all->rows);
    idset_free(all->ids);
    all->ids = NULL;
}

void
reader_claim(const struct sheaf_reader *r, struct sheaf_scratch *s)
{
    if (s->serial == r->serial)
        return;
    s->serial = r->serial;
    s->loaded.there = s->loaded.begun = false;
    s->page_loaded = false;
    s->tile_loaded = false;
    s->asked = 0;
    s->located.at = 0;
    s->groupless_to = 0;
    redactions_free(&s->redactions);
    walk_free(&s->walk);
    s->walk = (struct walk){ .source = r->source, .end = r->file_size };
    walk_free(&s->ahead);
    s->ahead = (struct walk){ .source = r->source, .step = AHEAD_STEP };
}

void
reader_forget(struct sheaf_reader *r)
{
    for (size_t i = 0; i < r->rebuilt_count; i++)
        sheaf_buf_free(&r->rebuilt[i].bytes);
    r->rebuilt_count = 0;
    r->waypoint_count = 0;
    r->end_count = 0;
    r->ends_damage.code = SHEAF_OK;
}

void
reader_renew(struct sheaf_reader *r)
{
    pagecache_forget(r->pages);
    r->serial = ++last_serial;
}

void
reader_distrust(struct sheaf_reader *r)
{
    if (r->authentic.older)
        top_free(&r->authentic.top);
    memset(&r->authentic, 0, sizeof r->authentic);
    reader_renew(r);
}

const struct top *
reader_runs(const struct sheaf_reader *r)
{
    return r->authentic.older ? &r->authentic.top : &r->top;
}

uint64_t
reader_leaves(const struct sheaf_reader *r)
{
    return r->authentic.done ? r->authentic.size : r->top.size;
}

int
reader_read(const struct sheaf_reader *r, uint64_t offset, size_t len,
            struct sheaf_buf *buf, struct sheaf_error *err)
{
    uint64_t end;
    int sys;

    if (ADD_OVERFLOWS(offset, (uint64_t)len, &end) || end > r->file_size)
        return fail_corrupt(err, offset, "F2.2", "the file ends before");
    if (!walk_refill(buf, len))
        return fail_nomem(err);
    sys = r->source.ops->read_at(r->source.ctx, offset, buf->data, len);
    if (sys != 0)
        return fail_io(err, sys, "reading the archive");
    buf->len = len;
    return SHEAF_OK;
}

/* The record of damage is a part of a reader that changes. Readings do not
 * depend on it. */
void
reader_note_damage(const struct sheaf_reader *r, const struct sheaf_error *why)
{
    struct sheaf_reader *own = reader_own(r);

    pthread_mutex_lock(&own->damage_lock);
    if (own->damages++ == 0)
        own->damage = *why;
    pthread_mutex_unlock(&own->damage_lock);
}

int
sheaf_scratch_new(struct sheaf_scratch **out, struct sheaf_error *err)
{
    struct sheaf_scratch *s = mem_new(1, sizeof *s);
    int rc;

    if (s == NULL)
        return fail_nomem(err);
    rc = codec_dctx_new(&s->dctx, err);
    if (rc != SHEAF_OK) {
        sheaf_scratch_free(s);
        return rc;
    }
    *out = s;
    return SHEAF_OK;
}

void
sheaf_scratch_free(struct sheaf_scratch *scratch)
{
    if (scratch == NULL)
        return;
    codec_dctx_free(scratch->dctx);
    article_free(&scratch->article);
    walk_free(&scratch->walk);
    walk_free(&scratch->ahead);
    sheaf_buf_free(&scratch->frame);
    sheaf_buf_free(&scratch->leaf);
    sheaf_buf_free(&scratch->content);
    sheaf_buf_free(&scratch->delta);
    sheaf_buf_free(&scratch->base);
    sheaf_buf_free(&scratch->pieces);
    sheaf_buf_free(&scratch->packed);
    sheaf_buf_free(&scratch->page);
    sheaf_buf_free(&scratch->rows);
    sheaf_buf_free(&scratch->url);
    sheaf_buf_free(&scratch->roots);
    sheaf_buf_free(&scratch->tile);
    sheaf_buf_free(&scratch->located.columns);
    redactions_free(&scratch->redactions);
    mem_free(scratch);
}
