/* XML with a map. */
#include "fuzz_import.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const char map[] = "record = //item\nbody = text\nid = @id\n"
                              "byline = author\nlang = \"en\"\n";

    fuzz_map(map);
    fuzz_import("xml", "file.xml", data, len);
    return 0;
}
