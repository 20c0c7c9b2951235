/*
 * crawl_content.c - what was captured in a record of a crawl: its body, without
 * the codings of HTTP.
 */
#include "import/crawl.h"

bool
content_is_http(const struct crawl_record *r, struct text start)
{
    return r->type.len == 8 && text_begins(r->type, "response") &&
           (text_begins(media_type(r->mime), "application/http") ||
            text_begins(start, "HTTP/"));
}

struct text
content_type(const struct crawl_record *r, const struct http *http)
{
    return http->head > 0 ? headers_get(&http->headers, "Content-Type")
                          : r->mime;
}

struct text
crawl_repeats(const struct crawl_record *r)
{
    struct text of = headers_get(&r->headers, "WARC-Refers-To-Target-URI");

    if (of.len >= 2 && of.data[0] == '<' && of.data[of.len - 1] == '>')
        of = text_from(of.data + 1, of.len - 2);
    return of.len > 0 ? of : r->uri;
}

bool
content_open(struct content *c, const struct crawl_record *r,
             struct text whole, struct meter *meter, unsigned depth, int *code,
             char **why)
{
    bool cut = headers_get(&r->headers, "WARC-Truncated").len > 0;
    const char *reason;

    memset(c, 0, sizeof *c);
    c->block = text_from(whole.data + r->head, whole.len - r->head);
    if (content_is_http(r, c->block) &&
        !http_open(&c->http, c->block, &reason)) {
        *code = EXIT_FAILED;
        *why = format_text("%s", reason);
        return false;
    }
    c->type = content_type(r, &c->http);
    return http_body_open(&c->body, &c->http,
                          text_from(c->block.data + c->http.head,
                                    c->block.len - c->http.head),
                          cut, meter, depth, code, why);
}

void
content_close(struct content *c)
{
    http_body_free(&c->body);
    http_close(&c->http);
}

void
content_digests(const struct content *c, const struct crawl_record *r,
                enum digest *block, enum digest *payload)
{
    struct text said = headers_get(&r->headers, "WARC-Payload-Digest");

    *block = digest_check(headers_get(&r->headers, "WARC-Block-Digest"),
                          c->block);
    *payload = digest_check(said, text_from(c->block.data + c->http.head,
                                            c->block.len - c->http.head));
    if (*payload == DIGEST_OTHER)
        *payload = digest_check(said, c->body.unchunked);
    if (*payload == DIGEST_OTHER)
        *payload = digest_check(said, c->body.bytes);
}
