/*
 * pagecache.c - checked pieces of a file, kept in memory.
 */
#include "read/pagecache.h"

#include <pthread.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

/* The places that a piece can have, so that a few pieces with equal hashes
 * do not evict each other again and again. */
#define WAYS 4u

struct pagecache_piece {
    uint64_t key;
    size_t len; /* 0: empty */
    uint8_t *data; /* PAGECACHE_PIECE_MAX bytes, or NULL */
};

struct pagecache {
    pthread_mutex_t lock;
    struct pagecache_piece *pieces; /* NULL until a piece is added */
    size_t count;              /* a power of two */
    unsigned turn;             /* the place to reuse next */
};

struct pagecache *
pagecache_new(uint64_t pieces)
{
    struct pagecache *k = mem_new(1, sizeof *k);

    if (k == NULL)
        return NULL;
    k->count = WAYS;
    while (k->count < PAGECACHE_PIECES_MAX && k->count / 2 < pieces)
        k->count *= 2;
    pthread_mutex_init(&k->lock, NULL);
    return k;
}

void
pagecache_forget(struct pagecache *k)
{
    if (k == NULL)
        return;
    pthread_mutex_lock(&k->lock);
    for (size_t i = 0; k->pieces != NULL && i < k->count; i++)
        k->pieces[i].len = 0;
    pthread_mutex_unlock(&k->lock);
}

void
pagecache_free(struct pagecache *k)
{
    if (k == NULL)
        return;
    for (size_t i = 0; k->pieces != NULL && i < k->count; i++)
        mem_free(k->pieces[i].data);
    mem_free(k->pieces);
    pthread_mutex_destroy(&k->lock);
    mem_free(k);
}

static struct pagecache_piece *
places_of(struct pagecache *k, uint64_t key)
{
    uint64_t hash = key * UINT64_C(0x9e3779b97f4a7c15) >> 32;

    return &k->pieces[hash % (k->count / WAYS) * WAYS];
}

bool
pagecache_find(struct pagecache *k, uint64_t key, size_t len,
               struct sheaf_buf *out)
{
    bool found = false;

    if (out != NULL && !buf_reserve(out, len))
        return false;
    pthread_mutex_lock(&k->lock);
    for (unsigned i = 0; k->pieces != NULL && i < WAYS && !found; i++) {
        const struct pagecache_piece *p = &places_of(k, key)[i];

        if (p->len != len || p->key != key || len == 0)
            continue;
        found = true;
        if (out != NULL) {
            memcpy(out->data, p->data, len);
            out->len = len;
        }
    }
    pthread_mutex_unlock(&k->lock);
    return found;
}

/* An empty place, or one of the others in turn. */
static struct pagecache_piece *
make_place(struct pagecache *k, uint64_t key)
{
    struct pagecache_piece *p;

    if (k->pieces == NULL)
        k->pieces = mem_new(k->count, sizeof *k->pieces);
    if (k->pieces == NULL)
        return NULL;
    p = places_of(k, key);
    for (unsigned i = 0; i < WAYS; i++) {
        if (p[i].len == 0 || p[i].key == key) {
            p += i;
            break;
        }
        if (i + 1 == WAYS) {
            p += k->turn++ % WAYS;
            break;
        }
    }
    if (p->data == NULL)
        p->data = mem_new(1, PAGECACHE_PIECE_MAX);
    return p->data != NULL ? p : NULL;
}

int
pagecache_add(struct pagecache *k, uint64_t key, const void *data, size_t len,
         struct sheaf_error *err)
{
    struct pagecache_piece *p;

    assert(len <= PAGECACHE_PIECE_MAX);
    pthread_mutex_lock(&k->lock);
    p = make_place(k, key);
    if (p != NULL) {
        memcpy(p->data, data, len);
        p->key = key;
        p->len = len;
    }
    pthread_mutex_unlock(&k->lock);
    return p != NULL ? SHEAF_OK : fail_nomem(err);
}
