/*
 * What clients ask sheaf-serve: the first line is a request's target, the
 * second a Range, the third a list of tags. A question for the command has only
 * whole texts in UTF-8; a range lies in the file.
 */
#include <stdlib.h>

#include "base/cursor.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "serve/serve.h"

#define SIZE 1000

static const struct page_file page = { .type = "text/html" };

const struct page_file *
files_page(struct sheaf_bytes name)
{
    return bytes_is(name, "index.html") ? &page : NULL;
}

bool
files_archive(struct sheaf_bytes name, uint32_t *number)
{
    *number = 7;
    return bytes_is(name, "a b");
}

static void
check_route(const char *uri)
{
    struct route r;
    struct cursor c;

    route_find(uri, &r);
    MUST_HOLD((r.to == ROUTE_PAGE) == (r.page != NULL));
    MUST_HOLD((r.to == ROUTE_BAD) == (r.why != NULL));
    MUST_HOLD(r.to != ROUTE_ASK || (r.archive == 7 && r.kind != '\0'));
    c = cursor_over(r.texts.len != 0 ? r.texts.data : (const uint8_t *)"",
                    r.texts.len);
    while (cursor_left(&c) != 0) {
        size_t len = cursor_u16(&c);
        const uint8_t *text = cursor_take(&c, len);

        MUST_HOLD(text != NULL && utf8_valid(sheaf_view(text, len)));
        MUST_HOLD(memchr(text, '=', len) != NULL);
        for (size_t i = 0; i < len; i++)
            MUST_HOLD(text[i] >= 0x20 && text[i] != 0x7F);
    }
    route_end(&r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *lines[3] = { NULL };
    struct sheaf_bytes rest = sheaf_view(data, size);
    uint64_t first, last;
    enum range range;

    for (size_t i = 0; i < COUNT_OF(lines); i++) {
        struct sheaf_bytes line = bytes_until(&rest, '\n');

        lines[i] = strndup((const char *)line.data, line.len);
        MUST_HOLD(lines[i] != NULL);
    }
    check_route(lines[0]);
    range = range_parse(lines[1], SIZE, &first, &last);
    MUST_HOLD(range != RANGE_PART || (first <= last && last < SIZE));
    if (tag_listed(lines[2], "\"x\"", false))
        MUST_HOLD(tag_listed(lines[2], "\"x\"", true));
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        free(lines[i]);
    return 0;
}
