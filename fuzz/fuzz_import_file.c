/* Any file, by its content. */
#include "fuzz_import.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    fuzz_import(NULL, "file", data, len);
    return 0;
}
