/*
 * missing.c - which articles of a group were not found.
 */
#include "check/missing.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"

#include <stdlib.h>

#define SHORT 16
/* No group has more lines (F7.3). Older IDs are dropped. */
#define SEEN_MAX (GROUP_COLUMNS_MAX / GROUP_COLUMNS)

void
missing_free(struct missing *m)
{
    mem_free(m->seen);
    mem_free(m->taken);
    sheaf_buf_free(&m->id);
}

static void
shorten(struct sheaf_bytes id, uint8_t out[SHORT])
{
    uint8_t hash[HASH_BYTES];

    hash_blake2b(id.data, id.len, hash);
    memcpy(out, hash, SHORT);
}

int
missing_see(struct missing *m, struct sheaf_bytes id, struct sheaf_error *err)
{
    if (m->count == SEEN_MAX) {
        m->count = SEEN_MAX / 2;
        memmove(m->seen, m->seen + SEEN_MAX - m->count, m->count * SHORT);
    }
    if (m->count == m->room) {
        size_t room = m->room * 2 + 256;
        void *seen = mem_resize(m->seen, room, SHORT);

        if (seen == NULL)
            return fail_nomem(err);
        m->seen = seen;
        m->room = room;
    }
    shorten(id, m->seen[m->count++]);
    return SHEAF_OK;
}

static int
compare(const void *a, const void *b)
{
    return memcmp(a, b, SHORT);
}

/* Takes one of the seen; false if there is none, or none that is left. */
static bool
take(struct missing *m, const uint8_t key[SHORT])
{
    size_t low = 0, high = m->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (memcmp(m->seen[middle], key, SHORT) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == m->count || low + m->taken[low] >= m->count ||
        memcmp(m->seen[low + m->taken[low]], key, SHORT) != 0)
        return false;
    m->taken[low]++;
    return true;
}

int
missing_tell(struct missing *m, const struct group *g,
             struct sheaf_bytes columns, uint64_t offset,
             int (*lost)(void *arg, struct sheaf_bytes id,
                         struct sheaf_error *err),
             void *arg, struct sheaf_error *err)
{
    struct sheaf_bytes line[GROUP_COLUMNS];
    struct group_lines lines;
    int rc = group_lines_begin(&lines, columns, g->count, offset, err);

    if (rc != SHEAF_OK)
        return rc;
    mem_free(m->taken);
    m->taken = mem_new(m->count + 1, sizeof *m->taken);
    if (m->taken == NULL)
        return fail_nomem(err);
    if (m->count != 0)
        qsort(m->seen, m->count, SHORT, compare);
    for (uint32_t i = 0; rc == SHEAF_OK && i < g->count; i++) {
        uint8_t key[SHORT];

        group_lines_next(&lines, line);
        if (line[COLUMN_ID].len == 0)
            continue; /* a removed article */
        m->id.len = 0;
        if (!json_unescape(line[COLUMN_ID], &m->id))
            return fail_nomem(err);
        shorten(buf_view(&m->id), key);
        if (!take(m, key))
            rc = lost(arg, buf_view(&m->id), err);
    }
    m->count = 0;
    return rc;
}
