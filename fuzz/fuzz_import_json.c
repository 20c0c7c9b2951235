/* JSON: lines, and values. */
#include "fuzz_import.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    fuzz_import("jsonl", "file", data, len);
    fuzz_import("json", "file", data, len);
    return 0;
}
