/* Feeds and sitemaps: other input is made into one. */
#include "fuzz_import.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    static const char rss[] = "<rss><channel>";
    uint8_t *copy = exact_copy(data, len);

    fuzz_import("feed", "file", copy, len);
    fuzz_import("sitemap", "file", copy, len);
    free(copy);
    copy = malloc(sizeof rss + len);
    memcpy(copy, rss, sizeof rss - 1);
    memcpy(copy + sizeof rss - 1, data, len);
    fuzz_import(NULL, "file", copy, sizeof rss - 1 + len);
    free(copy);
    return 0;
}
