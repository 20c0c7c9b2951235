/*
 * readable.c - sheaf-import --text: the readable text of articles.
 */
#include "import/readable.h"

#include <stdio.h>

#include "base/cursor.h"
#include "import/charset.h"
#include "import/headers.h"
#include "import/html.h"

/* False: standard input has ended. */
static bool
read_all(void *to, size_t len)
{
    return fread(to, 1, len, stdin) == len;
}

static bool
write_answer(const struct sheaf_buf *text)
{
    uint8_t size[8];

    put_be(size, text->len, sizeof size);
    return fwrite(size, 1, sizeof size, stdout) == sizeof size &&
           (text->len == 0 ||
            fwrite(text->data, 1, text->len, stdout) == text->len) &&
           fflush(stdout) == 0;
}

/* False at the end, or when the question is cut off. */
static bool
read_question(char type[256], struct sheaf_buf *body)
{
    uint8_t type_len, raw[8];
    uint64_t size;

    if (!read_all(&type_len, 1) || !read_all(type, type_len) ||
        !read_all(raw, sizeof raw))
        return false;
    type[type_len] = '\0';
    size = get_be(raw, sizeof raw);
    if (size > READABLE_MAX)
        return false;
    body->len = 0;
    buf_reserve(body, (size_t)size);
    body->len = (size_t)size;
    return size == 0 || read_all(body->data, body->len);
}

static void
answer(struct text body, struct text type, struct sheaf_buf *out)
{
    struct text charset = media_charset(type), t;
    struct charset_hints none = { .http = { "", 0 } };
    struct sheaf_buf room = { 0 };

    if (text_is(media_type(type), TYPE_XML) ||
        text_is(media_type(type), "text/xml")) {
        (void)document_text(body, out);
        return;
    }
    if (!text_is(media_type(type), "text/plain") &&
        !text_is(media_type(type), "text/markdown")) {
        html_text(body, charset, out);
        return;
    }
    if (!charset_read(body, charset, &room, &t))
        t = charset_decode(body, none, &room);
    buf_add(out, t.data, t.len);
    sheaf_buf_free(&room);
}

int
readable_serve(void)
{
    struct sheaf_buf body = { 0 }, text = { 0 };
    char type[256];
    bool good = true;

    while (good && read_question(type, &body)) {
        out_progress();
        text.len = 0;
        answer(text_of_buf(&body), text_of(type), &text);
        good = write_answer(&text);
    }
    good = good && feof(stdin);
    sheaf_buf_free(&body);
    sheaf_buf_free(&text);
    return good ? 0 : EXIT_FAILED;
}
