/*
 * Going on after damage: the next place where a frame may begin is found
 * wherever it lies in what is read at once.
 */
#include "archive.h"
#include "read/walk.h"

#define BYTES 200

/* A magic at each place, by windows of each size. */
static void
test_places(void)
{
    static const char *const magics[] = { FRAME_MAGIC, FRAME_DICT_MAGIC,
                                          FRAME_ZSTD_MAGIC };
    uint8_t data[BYTES];
    unsigned wrong = 0, tries = 0;

    for (size_t m = 0; m < 3; m++) {
        for (size_t at = 1; at + FRAME_MAGIC_SIZE <= BYTES; at++) {
            memset(data, 0x5a, sizeof data);
            memcpy(data + at, magics[m], FRAME_MAGIC_SIZE);
            for (size_t step = FRAME_MAGIC_SIZE; step < 70; step += 3) {
                struct walk w = { .end = BYTES, .step = step };
                struct sheaf_error err = { 0 };

                MUST_BE(sheaf_source_memory(&w.source, sheaf_view(data, BYTES),
                                            &err),
                        SHEAF_OK, &err);
                MUST_BE(walk_resume(&w, &err), SHEAF_OK, &err);
                wrong += w.at != at;
                MUST_BE(walk_resume(&w, &err), SHEAF_OK, &err);
                wrong += w.at != BYTES;
                tries++;
                walk_free(&w);
                w.source.ops->close(w.source.ctx);
            }
        }
    }
    eq_int(wrong, 0, "%u times found, and then the end", tries);
}

int
main(void)
{
    test_places();
    return tap_done();
}
