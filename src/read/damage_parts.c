/*
 * damage_parts.c - what was derived from the frames, and scanning for it.
 */
#include "read/damage_parts.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"

/* ---- What was derived ---------------------------------------------------- */

/* The place of a key among those of what was derived. */
static size_t
place_of(const struct sheaf_reader *r, uint64_t key)
{
    size_t low = 0, high = r->rebuilt_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (r->rebuilt[middle].key < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct rebuilt *
part_locked(const struct sheaf_reader *r, uint64_t key)
{
    size_t at = place_of(r, key);

    return at < r->rebuilt_count && r->rebuilt[at].key == key ? &r->rebuilt[at]
                                                              : NULL;
}

int
part_find(const struct sheaf_reader *r, uint64_t key, struct sheaf_buf *out,
          const struct sheaf_error *why, struct sheaf_error *err)
{
    struct sheaf_reader *o = reader_own(r);
    const struct rebuilt *p;
    int rc = SHEAF_ENOTFOUND;

    pthread_mutex_lock(&o->damage_lock);
    p = part_locked(o, key);
    if (p != NULL) {
        out->len = 0;
        rc = p->gone                                     ? SHEAF_ECORRUPT
             : buf_add(out, p->bytes.data, p->bytes.len) ? SHEAF_OK
                                                         : fail_nomem(err);
    }
    pthread_mutex_unlock(&o->damage_lock);
    if (rc == SHEAF_ECORRUPT && err != NULL)
        *err = *why;
    return rc;
}

int
part_keep(const struct sheaf_reader *r, uint64_t key, bool gone,
          const void *data, size_t len, struct sheaf_error *err)
{
    struct sheaf_reader *o = reader_own(r);
    struct rebuilt part = { .key = key, .gone = gone };
    size_t at;
    bool good = buf_add(&part.bytes, data, len);

    pthread_mutex_lock(&o->damage_lock);
    good = good && mem_grow(&o->rebuilt, &o->rebuilt_room,
                            o->rebuilt_count + 1, sizeof *o->rebuilt);
    at = place_of(o, key);
    /* Another thread may have derived it, too: the same. */
    if (good && part_locked(o, key) == NULL) {
        memmove(o->rebuilt + at + 1, o->rebuilt + at,
                (o->rebuilt_count - at) * sizeof *o->rebuilt);
        o->rebuilt[at] = part;
        o->rebuilt_count++;
        memset(&part, 0, sizeof part);
    }
    pthread_mutex_unlock(&o->damage_lock);
    sheaf_buf_free(&part.bytes);
    return good ? SHEAF_OK : fail_nomem(err);
}

int
part_give_up(const struct sheaf_reader *r, uint64_t key,
             const struct sheaf_error *why, struct sheaf_error *err)
{
    int rc = part_keep(r, key, true, NULL, 0, err);

    if (rc == SHEAF_OK && err != NULL)
        *err = *why;
    return rc == SHEAF_OK ? SHEAF_ECORRUPT : rc;
}

/* ---- Scanning ------------------------------------------------------------ */

int
stretch_begin_at(struct stretch_scan *k, const struct sheaf_reader *r,
                 uint64_t offset, uint64_t leaf, uint64_t end,
                 struct sheaf_error *err)
{
    int rc = sheaf_scratch_new(&k->s, err);

    if (rc == SHEAF_OK)
        scan_begin(&k->scan, r, k->s, offset, leaf, end);
    return rc;
}

int
stretch_begin(struct stretch_scan *k, const struct sheaf_reader *r,
              uint64_t first, uint64_t end, struct sheaf_error *err)
{
    uint64_t offset, leaf;

    reader_generation_of(r, first, &offset, &leaf);
    scan_waypoint(r, first, &offset, &leaf);
    return stretch_begin_at(k, r, offset, leaf, end, err);
}

void
stretch_end(struct stretch_scan *k)
{
    scan_free(&k->scan);
    sheaf_scratch_free(k->s);
}
