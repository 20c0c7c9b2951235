/* SQLite databases. Other input is made into one. */
#include "fuzz_import.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    uint8_t *copy = exact_copy(data, len);

    if (len >= 100)
        memcpy(copy, "SQLite format 3", 16);
    fuzz_import(NULL, "file", copy, len);
    free(copy);
    return 0;
}
