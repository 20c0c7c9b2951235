/* Tables as text. */
#include "fuzz_import.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    fuzz_import("csv", "file", data, len);
    return 0;
}
