/*
 * missing.c - which articles the groups name and nobody found.
 */
#include "check/missing.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

#define SEEN_MEMORY ((size_t)32 << 20)
#define REV_BYTES 8

int
missing_start(struct missing *m, struct sheaf_error *err)
{
    return idset_new(&m->seen, SEEN_MEMORY, NULL, err);
}

void
missing_free(struct missing *m)
{
    idset_free(m->seen);
    sheaf_buf_free(&m->key);
    sheaf_buf_free(&m->groups);
}

int
missing_see(struct missing *m, struct sheaf_bytes id, uint64_t rev,
            struct sheaf_error *err)
{
    static const struct idset_entry none;

    m->key.len = 0;
    return buf_add_be(&m->key, rev, REV_BYTES) &&
                   buf_add(&m->key, id.data, id.len)
               ? idset_put(m->seen, buf_view(&m->key), &none, err)
               : fail_nomem(err);
}

/* Goes to the next line of an article that was not seen; its key is in m->key
 * then. *left is how many lines there are. SHEAF_END: there is none. */
static int
next_unseen(struct missing *m, struct group_lines *lines, uint32_t *left,
            uint64_t offset, struct sheaf_error *err)
{
    struct sheaf_bytes line[GROUP_COLUMNS];
    struct idset_entry entry;
    uint64_t rev;

    while (*left != 0) {
        int rc;

        *left -= 1;
        group_lines_next(lines, line);
        if (line[COLUMN_ID].len == 0)
            continue; /* a removed article */
        if (!group_number(line[COLUMN_REV], &rev))
            return fail_corrupt(err, offset, "F7.1",
                                "no number of a revision");
        m->key.len = 0;
        if (!buf_add_be(&m->key, rev, REV_BYTES) ||
            !json_unescape(line[COLUMN_ID], &m->key))
            return fail_nomem(err);
        rc = idset_get(m->seen, buf_view(&m->key), &entry, err);
        if (rc != SHEAF_OK)
            return rc == SHEAF_ENOTFOUND ? SHEAF_OK : rc;
    }
    return SHEAF_END;
}

int
missing_ask(struct missing *m, const struct group *g,
            struct sheaf_bytes columns, uint64_t offset,
            struct sheaf_error *err)
{
    struct group_lines lines;
    uint32_t left = g->count;
    int rc = group_lines_begin(&lines, columns, g->count, offset, err);

    if (rc == SHEAF_OK)
        rc = next_unseen(m, &lines, &left, offset, err);
    if (rc == SHEAF_OK && !buf_add(&m->groups, &offset, sizeof offset))
        rc = fail_nomem(err);
    return rc == SHEAF_END ? SHEAF_OK : rc;
}

int
missing_tell(struct missing *m, const struct group *g,
             struct sheaf_bytes columns, uint64_t offset, missing_fn lost,
             void *arg, struct sheaf_error *err)
{
    static const struct idset_entry none;
    struct group_lines lines;
    uint32_t left = g->count;
    int rc = group_lines_begin(&lines, columns, g->count, offset, err);

    while (rc == SHEAF_OK) {
        struct sheaf_bytes key;

        rc = next_unseen(m, &lines, &left, offset, err);
        key = buf_view(&m->key);
        if (rc == SHEAF_OK)
            rc = lost(arg,
                      sheaf_view(key.data + REV_BYTES, key.len - REV_BYTES),
                      offset, err);
        if (rc == SHEAF_OK)
            rc = idset_put(m->seen, key, &none, err);
    }
    return rc == SHEAF_END ? SHEAF_OK : rc;
}
