/* Web pages with a map. */
#include "fuzz_import.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const char map[] = "headline = //h1[@class='x'] | //title\n"
                              "author = string(//meta/@content)\n"
                              "published = //p\nurl = //a/@href\n"
                              "keywords = //li\nid = concat('//', //@id)\n";

    fuzz_map(map);
    fuzz_import("html", "file.html", data, len);
    return 0;
}
