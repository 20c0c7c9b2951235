/*
 * Web pages, Markdown and other markup. From any bytes, the extracted fields
 * can be written as metadata, and the extracted text is UTF-8.
 */
#include "fuzz.h"
#include "import/date.h"
#include "import/html.h"

static void
check_meta(struct meta *m)
{
    struct text line;
    char *why = NULL;
    int code = 0;

    m->id = text_of("fuzz");
    if (meta_line(m, &line, &code, &why))
        MUST_HOLD(text_is_utf8(line));
    else
        MUST_HOLD(code == EXIT_LIMIT && why != NULL);
    MUST_HOLD(m->published.len == 0 || date_is_plain(m->published));
    MUST_HOLD(m->updated.len == 0 || date_is_plain(m->updated));
    mem_free(why);
    meta_free(m);
}

static void
check_markup(struct text body)
{
    static void (*const reads[])(struct text body, struct meta * m) = {
        read_markdown, read_rst, read_org, read_asciidoc, read_textile,
    };
    static const struct item item = { .place = "fuzz" };
    struct meta m;

    for (size_t i = 0; i < COUNT_OF(reads); i++) {
        meta_start(&m, &item);
        reads[i](body, &m);
        check_meta(&m);
    }
}

static void
check_dates(struct text t)
{
    char date[DATE_MAX];

    while (date_find(&t, text_of("de"), date))
        MUST_HOLD(date_is_plain(text_of(date)));
    MUST_HOLD(t.len == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct item item = { .place = "fuzz" };
    uint8_t *copy = exact_copy(data, size);
    struct text body = text_from(copy, size);
    struct sheaf_buf text = { 0 };
    struct meta m;

    out_discard();
    meta_start(&m, &item);
    read_html(body, &m);
    check_meta(&m);
    html_text(body, text_from("", 0), &text);
    MUST_HOLD(text_is_utf8(text_of_buf(&text)));
    sheaf_buf_free(&text);
    if (text_is_utf8(body)) {
        check_markup(body);
        check_dates(body);
    }
    free(copy);
    return 0;
}
