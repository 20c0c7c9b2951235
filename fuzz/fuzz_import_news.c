/* NewsML-G2 and NITF, wikis, papers, newswire and exports of weblogs: other
 * input is made into items. */
#include "fuzz_import.h"

static void
with(const char *kind, const char *begin, const uint8_t *data, size_t len)
{
    size_t n = strlen(begin);
    uint8_t *copy = malloc(n + len + 1);

    memcpy(copy, begin, n);
    memcpy(copy + n, data, len);
    fuzz_import(kind, "file", copy, n + len);
    free(copy);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    fuzz_import("newsml", "file", data, len);
    fuzz_import("nitf", "file", data, len);
    fuzz_import("enex", "file", data, len);
    fuzz_import("mediawiki", "file", data, len);
    fuzz_import("papers", "file", data, len);
    fuzz_import("sgml", "file", data, len);
    fuzz_import("movabletype", "file", data, len);
    with("mediawiki", "<mediawiki><page><title>a</title><revision>", data,
         len);
    with("papers", "<article><front><article-meta>", data, len);
    with("papers", "<record><metadata><dc>", data, len);
    with("papers", "<PubmedArticle><MedlineCitation>", data, len);
    with("sgml", "<DOC id=\"a19940512\"><TEXT>", data, len);
    with("newsml", "<newsItem xmlns=\"http://iptc.org/std/nar/2006-10-01/\">",
         data, len);
    with("nitf", "<nitf>", data, len);
    return 0;
}
