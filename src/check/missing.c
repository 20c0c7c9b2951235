/*
 * missing.c - which articles the groups name and nobody found.
 */
#include "check/missing.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/json.h"

#define SEEN_MEMORY ((size_t)32 << 20)
/* Before an ID that is held: the offset of its group, and both lengths in
 * m->key, of the revision and of the ID. */
#define HELD_HEAD 12
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
    sheaf_buf_free(&m->held);
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

int
missing_name(struct missing *m, const struct group *g,
             struct sheaf_bytes columns, uint64_t offset,
             struct sheaf_error *err)
{
    struct sheaf_bytes line[GROUP_COLUMNS];
    struct group_lines lines;
    int rc = group_lines_begin(&lines, columns, g->count, offset, err);

    for (uint32_t i = 0; rc == SHEAF_OK && i < g->count; i++) {
        struct idset_entry entry;
        uint64_t rev;

        group_lines_next(&lines, line);
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
        if (rc != SHEAF_ENOTFOUND)
            continue;
        rc = buf_add_be(&m->held, offset, 8) &&
                     buf_add_be(&m->held, m->key.len, 4) &&
                     buf_add(&m->held, m->key.data, m->key.len)
                 ? SHEAF_OK
                 : fail_nomem(err);
    }
    return rc;
}

int
missing_tell(struct missing *m, missing_fn lost, void *arg,
             struct sheaf_error *err)
{
    struct sheaf_bytes rest = buf_view(&m->held);
    int rc = SHEAF_OK;

    while (rc == SHEAF_OK && rest.len != 0) {
        uint64_t offset = get_be(rest.data, 8);
        struct sheaf_bytes key = { rest.data + HELD_HEAD,
                                   (size_t)get_be(rest.data + 8, 4) };
        struct idset_entry entry;

        rc = idset_get(m->seen, key, &entry, err);
        if (rc == SHEAF_ENOTFOUND)
            rc = lost(arg,
                      sheaf_view(key.data + REV_BYTES, key.len - REV_BYTES),
                      offset, err);
        rest.data += HELD_HEAD + key.len;
        rest.len -= HELD_HEAD + key.len;
    }
    return rc;
}
