/*
 * http.c - an HTTP response as crawls keep it.
 */
#include "import/http.h"

#include "base/hex.h"
#include "import/coding.h"

/* ---- Its head ---- */

/* "HTTP/1.1 200 OK", "HTTP/2 200". */
static bool
read_status(struct http *http, struct text line)
{
    const char *space = memchr(line.data, ' ', line.len);
    struct text code;

    if (!text_begins(line, "HTTP/") || space == NULL)
        return false;
    code = text_trim(text_from(space, line.len - (size_t)(space - line.data)));
    if (code.len < 3 || (code.len > 3 && code.data[3] != ' '))
        return false;
    http->status = 0;
    for (size_t i = 0; i < 3; i++) {
        if (code.data[i] < '0' || code.data[i] > '9')
            return false;
        http->status = 10 * http->status + (unsigned)(code.data[i] - '0');
    }
    http->status_line = line;
    return true;
}

bool
http_open(struct http *http, struct text block, const char **why)
{
    struct text head = text_from(block.data, headers_end(block));
    struct text line;

    if (!text_begins(block, "HTTP/")) {
        *why = "no HTTP response in it";
        return false;
    }
    if (head.len == 0 || head.len > HTTP_HEAD_MAX) {
        *why = block.len >= HTTP_HEAD_MAX ? "its HTTP headers are too long"
                                          : "its HTTP headers have no end";
        return false;
    }
    http->head = head.len;
    (void)text_line(&head, &line);
    if (!read_status(http, line)) {
        *why = "its HTTP status line is wrong";
        return false;
    }
    if (!headers_parse(&http->headers, head)) {
        *why = "it has too many HTTP headers";
        return false;
    }
    return true;
}

void
http_close(struct http *http)
{
    headers_free(&http->headers);
}

/* ---- Transfer coding ---- */

enum chunked {
    CHUNKED,
    CHUNKED_NOT, /* the bytes are not in chunks */
    CHUNKED_CUT, /* the last chunk is missing */
    CHUNKED_BAD,
};

/* The size at the start of a chunk, and the length of its line. */
static bool
chunk_size(struct text t, uint64_t *size, size_t *line)
{
    const char *end = memchr(t.data, '\n', (size_t)min_u64(t.len, 1024));
    size_t i = 0;

    *size = 0;
    for (; i < t.len && i < 16; i++) {
        int digit = hex_digit((uint8_t)t.data[i]);

        if (digit < 0)
            break;
        *size = *size << 4 | (unsigned)digit;
    }
    if (end == NULL || i == 0 || i == 16)
        return false;
    *line = (size_t)(end - t.data) + 1;
    while (i < *line && (t.data[i] == ' ' || t.data[i] == '\t'))
        i++;
    return t.data[i] == ';' || t.data[i] == '\r' || t.data[i] == '\n';
}

/* Takes the line end behind the bytes of a chunk. */
static bool
take_line_end(struct text *t)
{
    size_t n = t->len > 0 && t->data[0] == '\r';

    if (t->len <= n || t->data[n] != '\n')
        return false;
    *t = text_from(t->data + n + 1, t->len - n - 1);
    return true;
}

static enum chunked
join_chunks(struct text t, struct sheaf_buf *out)
{
    for (bool first = true;; first = false) {
        uint64_t size;
        size_t line;

        if (!chunk_size(t, &size, &line))
            return first ? CHUNKED_NOT
                   : t.len < 1024 && memchr(t.data, '\n', t.len) == NULL
                       ? CHUNKED_CUT
                       : CHUNKED_BAD;
        t = text_from(t.data + line, t.len - line);
        if (size == 0)
            return CHUNKED;
        /* Text that is not in chunks may begin with a number. */
        if (size > t.len && first && !text_begins(text_trim(t), "<"))
            return CHUNKED_NOT;
        if (size > t.len) {
            buf_add(out, t.data, t.len);
            return CHUNKED_CUT;
        }
        buf_add(out, t.data, (size_t)size);
        t = text_from(t.data + size, t.len - (size_t)size);
        if (t.len < 2)
            return CHUNKED_CUT;
        if (!take_line_end(&t))
            return first ? CHUNKED_NOT : CHUNKED_BAD;
    }
}

static bool
undo_chunks(struct http_body *body, struct text raw, bool cut, int *code,
            char **why)
{
    body->unchunked = raw;
    switch (join_chunks(raw, &body->chunks)) {
    case CHUNKED_NOT: return true;
    case CHUNKED_BAD:
        *code = EXIT_FAILED;
        *why = format_text("its chunks are broken behind byte %zu of the body",
                           body->chunks.len);
        return false;
    case CHUNKED_CUT:
        if (!cut)
            body->doubt = "its last chunk is missing";
        break;
    case CHUNKED: break;
    }
    body->unchunked = text_of_buf(&body->chunks);
    return true;
}

/* ---- Content codings ---- */

/* Takes the last name off a list such as "gzip, br". */
static struct text
last_name(struct text *list)
{
    size_t at = list->len;
    struct text name;

    while (at > 0 && list->data[at - 1] != ',')
        at--;
    name = text_trim(text_from(list->data + at, list->len - at));
    list->len = at > 0 ? at - 1 : 0;
    return name;
}

static bool
undo_coding(struct http_body *body, struct text name, bool cut,
            struct meter *meter, unsigned depth, int *code, char **why)
{
    struct coding **c = &body->codings[body->coding_count];
    struct text out;

    *code = EXIT_FAILED;
    if (body->coding_count == CODINGS_MAX) {
        *why = format_text("more than %d content codings", CODINGS_MAX);
        return false;
    }
    body->coding_count++;
    switch (coding_undo(c, name, body->bytes, meter, depth, &out, code, why)) {
    case CODED_NOT: return true;
    case CODED_UNKNOWN:
        *why = format_text("its content coding is not known");
        return false;
    case CODED_BAD: return false;
    case CODED_CUT:
        if (!cut && body->doubt == NULL) {
            *why = format_text("truncated %.*s data", (int)name.len,
                               name.data);
            return false;
        }
        break;
    case CODED_WHOLE: break;
    }
    body->bytes = out;
    return true;
}

bool
http_body_open(struct http_body *body, const struct http *http,
               struct text raw, bool cut, struct meter *meter, unsigned depth,
               int *code, char **why)
{
    struct text transfer = headers_get(&http->headers, "Transfer-Encoding");
    struct text content = headers_get(&http->headers, "Content-Encoding");

    memset(body, 0, sizeof *body);
    body->unchunked = raw;
    if (text_ends(transfer, "chunked") &&
        !undo_chunks(body, raw, cut, code, why))
        return false;
    body->bytes = body->unchunked;
    while (content.len > 0) {
        struct text name = last_name(&content);

        if (name.len > 0 && !text_begins(name, "identity") &&
            !undo_coding(body, name, cut, meter, depth, code, why))
            return false;
    }
    return true;
}

void
http_body_free(struct http_body *body)
{
    for (size_t i = 0; i < body->coding_count; i++)
        coding_free(body->codings[i]);
    sheaf_buf_free(&body->chunks);
}
