/* Web pages with a map. */
#include <unistd.h>

#include "fuzz_import.h"
#include "import/field_map.h"

static void
load_map(void)
{
    static const char map[] = "headline = //h1[@class='x'] | //title\n"
                              "author = string(//meta/@content)\n"
                              "published = //p\nurl = //a/@href\n"
                              "keywords = //li\nid = concat('//', //@id)\n";
    char name[] = "/tmp/fuzz_import_map.XXXXXX";
    int fd = mkstemp(name);

    MUST_HOLD(fd >= 0);
    MUST_HOLD(write(fd, map, sizeof map - 1) == (ssize_t)sizeof map - 1);
    map_load(name);
    unlink(name);
    close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    if (!map_loaded())
        load_map();
    fuzz_import("html", "file.html", data, len);
    return 0;
}
