/* Archives, also of the formats that must be asked for. */
#include "fuzz_import.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    fuzz_import("iso", "file", data, len);
    fuzz_import("xar", "file", data, len);
    fuzz_import("cab", "file", data, len);
    return 0;
}
