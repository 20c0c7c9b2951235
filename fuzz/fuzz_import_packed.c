/* Compressed files: gzip, zstd, and those of libarchive. */
#include "fuzz_import.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    fuzz_import(NULL, "file.lzma", data, len);
    return 0;
}
