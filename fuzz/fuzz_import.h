/*
 * Common to the importer's fuzz targets: the input is bytes, and the output is
 * discarded. The importer must end, within its memory limit; assertions in
 * emit() and out.c check the rest.
 */
#ifndef FUZZ_IMPORT_H
#define FUZZ_IMPORT_H

#include <stdlib.h>
#include <unistd.h>

#include "fuzz.h"
#include "import/field_map.h"
#include "import/import.h"

struct fuzz_bytes {
    const uint8_t *data;
    size_t left;
};

static size_t
fuzz_read(struct input *in, void *buffer, size_t cap)
{
    struct fuzz_bytes *b = in->ctx;
    size_t n = b->left < cap ? b->left : cap;

    memcpy(buffer, b->data, n);
    b->data += n;
    b->left -= n;
    return n;
}

/* Reads this map, as --map does, once. */
static inline void
fuzz_map(const char *map)
{
    char name[] = "/tmp/fuzz_import.XXXXXX";
    size_t len = strlen(map);
    int fd;

    if (map_loaded())
        return;
    fd = mkstemp(name);
    MUST_HOLD(fd >= 0);
    MUST_HOLD(write(fd, map, len) == (ssize_t)len);
    map_load(name);
    unlink(name);
    close(fd);
}

/* As a file of this name; `kind` as with --from, or NULL. */
static void
fuzz_import(const char *kind, const char *name, const uint8_t *data,
            size_t len)
{
    static bool ready;
    struct fuzz_bytes bytes = { data, len };
    struct input in = { .read = fuzz_read, .ctx = &bytes, .fd = -1,
                        .size = UNKNOWN_SIZE };
    struct item item = { .in = &in, .place = "input", .id = name };

    if (!ready) {
        out_discard();
        spool_open();
        /* Below HOLD_MAX damage is seen before anything is written. */
        asked.expand_total = 8 * MIB;
        asked.report = true;
        ready = true;
    }
    asked.from = kind;
    import_item(&item);
    input_free(&in);
}

#endif
