/*
 * Any bytes as an archive to repack and to redact: they are refused with a
 * reason and nothing is written, or the result has the same tree. What verify
 * accepts is never refused, and the result verifies, too.
 *
 * The bytes are tried as they are, and with their sums corrected.
 */
#include "../tests/reseal.h"
#include "fuzz.h"

static const struct sheaf_limits limits = { sizeof limits, 1 << 22, 1 << 16 };

static int
open_bytes(const void *data, size_t size, struct sheaf_reader **out,
           struct sheaf_error *err)
{
    struct sheaf_source source;

    MUST_HOLD(sheaf_source_memory(&source, sheaf_view(data, size),
                                  NULL) == SHEAF_OK);
    return sheaf_open(source, &limits, out, err);
}

static bool
verifies(const struct sheaf_reader *r)
{
    const struct sheaf_verify_options options = {
        SHEAF_VERIFY_OPTIONS, .threads = 1
    };
    struct sheaf_report report;

    return sheaf_verify(r, &options, &report, NULL) == SHEAF_OK;
}

/* What was written, when it was. */
static void
check_outcome(int rc, const struct sheaf_error *err, bool sound,
              const struct sheaf_buf *out, const struct sheaf_info *before,
              uint64_t more)
{
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_info info;
    uint8_t root[SHEAF_HASH_BYTES];

    if (rc != SHEAF_OK) {
        check_error(rc, err);
        /* A key change of an unknown algorithm is sound as far as it goes. */
        MUST_HOLD((!sound || rc == SHEAF_EUNSUPPORTED) && out->len == 0);
        return;
    }
    MUST_HOLD(open_bytes(out->data, out->len, &r, NULL) == SHEAF_OK);
    MUST_HOLD(sheaf_scratch_new(&s, NULL) == SHEAF_OK);
    sheaf_get_info(r, &info);
    MUST_HOLD(info.size == before->size + more);
    MUST_HOLD(sheaf_root_at(r, s, before->size, root, NULL) == SHEAF_OK);
    MUST_HOLD(memcmp(root, before->root, sizeof root) == 0);
    MUST_HOLD(!sound || verifies(r));
    sheaf_scratch_free(s);
    sheaf_close(r);
}

static void
repack(const struct sheaf_reader *r, bool sound, uint32_t block)
{
    const struct sheaf_write_options options = {
        SHEAF_WRITE_OPTIONS, .level = 1, .dict_max = -1, .block = block
    };
    struct sheaf_error err = { 0 };
    struct sheaf_buf out = { 0 };
    struct sheaf_sink sink;
    struct sheaf_info info;
    int rc;

    sheaf_get_info(r, &info);
    MUST_HOLD(sheaf_sink_memory(&sink, &out, NULL) == SHEAF_OK);
    rc = sheaf_repack(r, sink, &options, NULL, NULL, NULL, &err);
    check_outcome(rc, &err, sound, &out, &info, 0);
    sheaf_buf_free(&out);
}

/* The first article that can be read is taken out. */
static void
redact(const struct sheaf_reader *r, bool sound)
{
    struct sheaf_redact_target target = { { NULL, 0 }, 0 };
    struct sheaf_redact_options options = {
        SHEAF_REDACT_OPTIONS, .targets = &target, .target_count = 1,
        .reason = "fuzzing"
    };
    struct sheaf_scratch *s = NULL;
    struct sheaf_error err = { 0 };
    struct sheaf_buf out = { 0 };
    struct sheaf_redacted done;
    struct sheaf_article a;
    struct sheaf_entry e;
    struct sheaf_sink sink;
    struct sheaf_info info;
    int rc = SHEAF_ENOTFOUND;

    sheaf_get_info(r, &info);
    MUST_HOLD(sheaf_scratch_new(&s, NULL) == SHEAF_OK);
    for (uint64_t leaf = 0; rc != SHEAF_OK && leaf < 16; leaf++) {
        rc = sheaf_locate(r, s, leaf, &e, NULL);
        if (rc == SHEAF_OK)
            rc = sheaf_read(r, s, &e, &a, NULL);
    }
    if (rc == SHEAF_OK) {
        target.id = a.id;
        MUST_HOLD(sheaf_sink_memory(&sink, &out, NULL) == SHEAF_OK);
        rc = sheaf_redact(r, sink, &options, &done, &err);
        if (rc != SHEAF_OK)
            done.articles = 0;
        check_outcome(rc, &err, sound, &out, &info, done.articles + 1);
    }
    sheaf_buf_free(&out);
    sheaf_scratch_free(s);
}

static void
rewrite(const uint8_t *data, size_t size)
{
    struct sheaf_reader *r = NULL;
    struct sheaf_info info;
    bool sound;

    if (open_bytes(data, size, &r, NULL) != SHEAF_OK)
        return;
    sheaf_get_info(r, &info);
    /* What follows an archive is none of it; and a damaged end is refused. */
    sound = info.tail_bytes == 0 && verifies(r);
    repack(r, sound, 0);
    repack(r, sound, 512);
    redact(r, sound);
    sheaf_close(r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = exact_copy(data, size);

    rewrite(copy, size);
    reseal(copy, size);
    if (size != 0 && memcmp(copy, data, size) != 0)
        rewrite(copy, size);
    free(copy);
    return 0;
}
