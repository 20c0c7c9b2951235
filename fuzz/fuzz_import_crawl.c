/*
 * Crawls: as they are, with media, as gzip members and as zstd frames, and in
 * a WACZ.
 */
#include <zlib.h>
#include <zstd.h>

#include "fuzz_import.h"

/* As one gzip member, good and damaged. */
static void
fuzz_gzip(const uint8_t *data, size_t len)
{
    size_t cap = compressBound(len) + 64;
    uint8_t *out = mem_new(cap, 1);
    z_stream z = { 0 };

    MUST_HOLD(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, 0) == Z_OK);
    z.next_in = (Bytef *)(uintptr_t)data;
    z.avail_in = (uInt)len;
    z.next_out = out;
    z.avail_out = (uInt)cap;
    MUST_HOLD(deflate(&z, Z_FINISH) == Z_STREAM_END);
    fuzz_import(NULL, "crawl.warc.gz", out, z.total_out);
    /* A byte of it, chosen by the input, is damaged. */
    if (len > 0)
        out[data[len - 1] % z.total_out] ^= (uint8_t)(1 | data[0]);
    fuzz_import(NULL, "crawl.warc.gz", out, z.total_out);
    deflateEnd(&z);
    mem_free(out);
}

static void
fuzz_zstd(const uint8_t *data, size_t len)
{
    size_t cap = ZSTD_compressBound(len);
    uint8_t *out = mem_new(cap, 1);
    size_t n = ZSTD_compress(out, cap, data, len, 1);

    MUST_HOLD(!ZSTD_isError(n));
    fuzz_import(NULL, "crawl.warc.zst", out, n);
    mem_free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    fuzz_import(NULL, "crawl.warc", data, len);
    fuzz_import(NULL, "crawl.warc.gz", data, len);
    fuzz_import(NULL, "crawl.warc.zst", data, len);
    fuzz_import(NULL, "crawl.wacz", data, len);
    asked.media = true;
    fuzz_import(NULL, "crawl.warc", data, len);
    asked.media = false;
    fuzz_gzip(data, len);
    fuzz_zstd(data, len);
    return 0;
}
