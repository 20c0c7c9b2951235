/*
 * fetch.c - reads many articles at once: in the order of the file, by threads.
 */
#include "cli/fetch.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/mem.h"
#include "base/pool.h"

/* What is held in memory, at most. What does not fit is left out, and so are
 * articles of more than a part of it. */
#define BYTES_MOST ((size_t)32 << 20)
#define ARTICLE_MOST ((uint64_t)1 << 20)
/* A thread takes so many articles that follow each other, as they may be in one
 * frame. */
#define RUN ((size_t)4)

struct wish {
    const char *id;
    uint64_t offset; /* by the index; what is not in it comes last */
    struct sheaf_buf text;
    bool there;
};

struct worker {
    struct archive archive; /* the same, with a scratch of its own */
    struct out out;
};

struct fetch {
    fetch_print *print;
    void *arg;
    struct pool *pool;
    struct worker *workers; /* one for each thread */
    struct wish wishes[FETCH_MOST];
    struct wish *order[FETCH_MOST]; /* by offset */
    size_t count;
    uint32_t rev;
    atomic_size_t bytes;
};

static int
add_text(void *ctx, const void *data, size_t len)
{
    struct wish *w = ctx;

    return buf_add(&w->text, data, len) ? 0 : -1;
}

static const struct sheaf_sink_ops text_ops = { add_text, NULL, NULL, NULL };

/* ---- Jobs ---------------------------------------------------------------- */

static void
do_hint(void *arg, size_t index, unsigned worker)
{
    struct fetch *f = arg;
    struct wish *w = &f->wishes[index];
    const struct archive *a = &f->workers[worker].archive;

    if (sheaf_hint(a->reader, a->scratch, sheaf_str(w->id), &w->offset,
                   NULL) != SHEAF_OK)
        w->offset = UINT64_MAX;
}

static void
fetch_one(struct fetch *f, struct wish *w, struct worker *k)
{
    const struct archive *a = &k->archive;
    struct sheaf_article article;
    struct sheaf_entry entry;

    if (atomic_load(&f->bytes) >= BYTES_MOST || w->offset == UINT64_MAX ||
        sheaf_find(a->reader, a->scratch, sheaf_str(w->id), f->rev, &entry,
                   NULL) != SHEAF_OK ||
        sheaf_read(a->reader, a->scratch, &entry, &article, NULL) !=
            SHEAF_OK ||
        article.content_size > ARTICLE_MOST)
        return;
    k->out.sink = (struct sheaf_sink){ &text_ops, w };
    k->out.used = 0;
    k->out.sys = 0;
    w->there = f->print(f->arg, a, &article, &k->out) == EXIT_DONE &&
               out_flush(&k->out);
    if (w->there)
        atomic_fetch_add(&f->bytes, w->text.len);
    else
        w->text.len = 0;
}

static void
do_run(void *arg, size_t index, unsigned worker)
{
    struct fetch *f = arg;

    for (size_t i = index * RUN; i < f->count && i < (index + 1) * RUN; i++)
        fetch_one(f, f->order[i], &f->workers[worker]);
}

/* ---- Together ------------------------------------------------------------ */

static int
by_offset(const void *a, const void *b)
{
    const struct wish *x = *(struct wish *const *)a;
    const struct wish *y = *(struct wish *const *)b;

    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

void
fetch_some(struct fetch *f, const struct archive *a, char *const *ids,
           size_t count, uint32_t rev)
{
    f->count = (size_t)min_u64(count, FETCH_MOST);
    f->rev = rev;
    atomic_store(&f->bytes, 0);
    for (unsigned i = 0; i < pool_threads(f->pool); i++) {
        struct archive *own = &f->workers[i].archive;
        struct sheaf_scratch *scratch = own->scratch;

        *own = *a;
        own->scratch = scratch;
        own->trying = true;
        own->failure = NULL;
    }
    for (size_t i = 0; i < f->count; i++) {
        struct wish *w = &f->wishes[i];

        /* What was large is not kept for the next ones. */
        if (w->text.cap > BYTES_MOST / FETCH_MOST)
            sheaf_buf_free(&w->text);
        w->text.len = 0;
        w->id = ids[i];
        w->there = false;
        f->order[i] = w;
    }
    pool_run(f->pool, do_hint, f, f->count);
    qsort(f->order, f->count, sizeof f->order[0], by_offset);
    pool_run(f->pool, do_run, f, (f->count + RUN - 1) / RUN);
}

bool
fetch_text(const struct fetch *f, size_t i, struct sheaf_bytes *out)
{
    if (i >= f->count || !f->wishes[i].there)
        return false;
    *out = buf_view(&f->wishes[i].text);
    return true;
}

struct fetch *
fetch_new(unsigned threads, fetch_print *print, void *arg)
{
    struct fetch *f = mem_new(1, sizeof *f);
    bool good;

    if (f == NULL)
        return NULL;
    f->print = print;
    f->arg = arg;
    good = pool_new(&f->pool, threads, NULL) == SHEAF_OK;
    if (good)
        f->workers = mem_new(pool_threads(f->pool), sizeof *f->workers);
    good = good && f->workers != NULL;
    for (unsigned i = 0; good && i < pool_threads(f->pool); i++)
        good = sheaf_scratch_new(&f->workers[i].archive.scratch, NULL) ==
               SHEAF_OK;
    if (good)
        return f;
    fetch_free(f);
    return NULL;
}

void
fetch_free(struct fetch *f)
{
    if (f == NULL)
        return;
    for (unsigned i = 0; f->workers != NULL && i < pool_threads(f->pool); i++)
        sheaf_scratch_free(f->workers[i].archive.scratch);
    for (size_t i = 0; i < FETCH_MOST; i++)
        sheaf_buf_free(&f->wishes[i].text);
    mem_free(f->workers);
    pool_free(f->pool);
    mem_free(f);
}
