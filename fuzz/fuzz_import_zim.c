/* ZIM files. Other input is made into one: its checksum is always right. */
#include <nettle/md5.h>

#include "fuzz_import.h"

/* libzim believes a size in the file, and throws if there is not so much. */
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
    return "allocator_may_return_null=1:max_allocation_size_mb=1500";
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint8_t *copy = exact_copy(data, len);
    struct md5_ctx md5;
    size_t end;

    if (len >= 96) {
        end = len - MD5_DIGEST_SIZE;
        memcpy(copy, "ZIM\x04", 4);
        for (unsigned i = 0; i < 8; i++)
            copy[72 + i] = (uint8_t)((uint64_t)end >> 8 * i);
        md5_init(&md5);
        md5_update(&md5, end, copy);
        md5_digest(&md5, MD5_DIGEST_SIZE, copy + end);
    }
    fuzz_import(NULL, "file", copy, len);
    free(copy);
    return 0;
}
