/*
 * id_keys.c - the keys of all IDs of an archive, from its map (format.md F8).
 */
#include "read/reader.h"

#include "base/err.h"

static int
take_run(const struct sheaf_reader *r, struct sheaf_scratch *s, unsigned run,
         int (*take)(void *arg, const uint8_t key[SHEAF_KEY_BYTES]), void *arg,
         struct sheaf_error *err)
{
    uint64_t rows = reader_table(r, run, TABLE_MAP)->rows;
    int rc = SHEAF_OK;

    for (uint64_t i = 0; rc == SHEAF_OK && i < rows; i++) {
        const uint8_t *row;

        rc = reader_row(r, s, run, TABLE_MAP, i, &row, err);
        if (rc == SHEAF_OK && take(arg, row) != 0)
            rc = fail(err, SHEAF_ESTOPPED, "stopped");
    }
    return rc;
}

int
sheaf_list_id_keys(const struct sheaf_reader *reader,
                   struct sheaf_scratch *scratch,
                   int (*take)(void *arg, const uint8_t key[SHEAF_KEY_BYTES]),
                   void *arg, struct sheaf_error *err)
{
    int rc = SHEAF_OK;

    reader_claim(reader, scratch);
    _Static_assert(SHEAF_KEY_BYTES == TABLE_KEY_SIZE, "rows begin with it");
    for (unsigned run = 0;
         rc == SHEAF_OK && run < reader_runs(reader)->run_count; run++)
        rc = take_run(reader, scratch, run, take, arg, err);
    /* F13.6. The caller takes an ID for absent of which no key comes. */
    if (rc == SHEAF_OK && reader->lost_leaves != 0)
        rc = fail(err, SHEAF_EINCOMPLETE,
                  "the last leaves (%llu or more) are lost",
                  (unsigned long long)reader->lost_leaves);
    return rc;
}
