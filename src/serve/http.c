/*
 * http.c - the answers.
 */
#include "serve/serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/json.h"

#define JSON "application/json"
#define TYPE_MAX 128
#define SEND_BYTES ((size_t)64 * 1024) /* of an archive, at once */

struct request {
    struct client *client;
    char *uri;
    const char *method;
    bool begun, routed, asked;
    struct route route;
    struct copy before; /* the archive, when it was asked for */
    char tag[40];       /* of the answer */
    struct answer answer;
    unsigned status; /* for the log */
    uint64_t bytes;
};

/* What a response needs beside its body. */
struct head {
    unsigned status;
    const char *type;
    const char *tag;    /* NULL: it must not be kept */
    const char *policy; /* what its page may do; NULL: as it was */
    bool saved;         /* a browser saves it, and does not show it */
};

static const char nothing[] = "default-src 'none'; frame-ancestors 'none'";
/* Of an article: it may show what is in it, and do nothing. */
static const char sandboxed[] =
    "sandbox; default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    "frame-ancestors 'none'";
static const char page_policy[] =
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; "
    "worker-src 'self' blob:; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; "
    "frame-src 'self' blob: data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'";

/* ---- Sending ------------------------------------------------------------- */

static bool
add_headers(struct MHD_Response *r, const struct head *h)
{
    const char *const headers[][2] = {
        { "Content-Type", h->type },
        { "ETag", h->tag },
        { "Cache-Control", h->tag != NULL ? "no-cache" : "no-store" },
        { "Content-Security-Policy", h->policy },
        { "Content-Disposition", h->saved ? "attachment" : NULL },
        { "X-Content-Type-Options", "nosniff" },
        { "X-Frame-Options", "DENY" },
        { "Referrer-Policy", "no-referrer" },
        { "Cross-Origin-Opener-Policy", "same-origin" },
        { "Cross-Origin-Resource-Policy",
          settings.cors != NULL ? "cross-origin" : "same-origin" },
        { "Access-Control-Allow-Origin", settings.cors },
        { "Access-Control-Expose-Headers",
          settings.cors != NULL ? "Accept-Ranges, Content-Length, "
                                  "Content-Range, ETag"
                                : NULL },
        { "Vary", settings.cors != NULL && strcmp(settings.cors, "*") != 0
                      ? "Origin"
                      : NULL },
    };
    bool good = true;

    for (size_t i = 0; i < COUNT_OF(headers); i++)
        if (headers[i][1] != NULL)
            good = good && MHD_add_response_header(r, headers[i][0],
                                                   headers[i][1]) == MHD_YES;
    return good;
}

/* Takes the response; NULL: there was no memory for it. */
static MHD_Result
reply(struct MHD_Connection *connection, struct request *q,
      struct MHD_Response *r, const struct head *h, uint64_t bytes)
{
    MHD_Result result = MHD_NO;

    q->status = h->status;
    q->bytes = bytes;
    client_takes(q->client);
    if (r != NULL && add_headers(r, h))
        result = MHD_queue_response(connection, h->status, r);
    if (r != NULL)
        MHD_destroy_response(r);
    return result;
}

static struct MHD_Response *
response_of(const void *data, size_t len, enum MHD_ResponseMemoryMode mode)
{
    return MHD_create_response_from_buffer(len, (void *)(uintptr_t)data, mode);
}

static MHD_Result
reply_text(struct MHD_Connection *connection, struct request *q,
           const struct sheaf_buf *text, const struct head *h)
{
    return reply(connection, q,
                 response_of(text->data, text->len, MHD_RESPMEM_MUST_COPY), h,
                 text->len);
}

static MHD_Result
reply_error(struct MHD_Connection *connection, struct request *q,
            unsigned status, const char *why, const char *name,
            const char *value)
{
    const struct head h = { status, JSON, NULL, nothing, false };
    struct sheaf_buf b = { 0 };
    struct MHD_Response *r = NULL;
    bool good = buf_format(&b, "{\"status\":%u,\"error\":", status) &&
                json_escape(sheaf_str(why), &b) && buf_add_str(&b, "}\n");

    if (good)
        r = response_of(b.data, b.len, MHD_RESPMEM_MUST_COPY);
    if (r != NULL && name != NULL &&
        MHD_add_response_header(r, name, value) != MHD_YES) {
        MHD_destroy_response(r);
        r = NULL;
    }
    sheaf_buf_free(&b);
    return reply(connection, q, r, &h, b.len);
}

static MHD_Result
refuse(struct MHD_Connection *connection, struct request *q, unsigned status,
       const char *why)
{
    return reply_error(connection, q, status, why, NULL, NULL);
}

static MHD_Result
busy(struct MHD_Connection *connection, struct request *q)
{
    return reply_error(connection, q, MHD_HTTP_SERVICE_UNAVAILABLE,
                       "too much is being asked; try again", "Retry-After",
                       "1");
}

static const char *
header(struct MHD_Connection *connection, const char *name)
{
    return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* Answers what needs no body, by the conditions of the request. */
static bool
decided(struct MHD_Connection *connection, struct request *q, const char *tag,
        MHD_Result *out)
{
    const char *match = header(connection, "If-Match");
    const char *other = header(connection, "If-None-Match");

    if (match != NULL && !tag_listed(match, tag, false)) {
        *out = reply_error(connection, q, MHD_HTTP_PRECONDITION_FAILED,
                           "it has changed", "ETag", tag);
        return true;
    }
    if (other != NULL && tag_listed(other, tag, true)) {
        /* Browsers take the headers into what they have kept, so that the
         * policy there must stay. */
        const struct head h = { MHD_HTTP_NOT_MODIFIED, NULL, tag, NULL,
                                false };

        *out = reply(connection, q, response_of("", 0, MHD_RESPMEM_PERSISTENT),
                     &h, 0);
        return true;
    }
    return false;
}

/* Whether a condition is "*": for whatever there is. */
static bool
asks_for_any(struct MHD_Connection *connection)
{
    const char *match = header(connection, "If-Match");
    const char *other = header(connection, "If-None-Match");

    return (match != NULL && tag_listed(match, "*", false)) ||
           (other != NULL && tag_listed(other, "*", false));
}

/* ---- Files --------------------------------------------------------------- */

static MHD_Result
no_such_range(struct MHD_Connection *connection, struct request *q,
              uint64_t size)
{
    char all[40];

    snprintf(all, sizeof all, "bytes */%llu", (unsigned long long)size);
    return reply_error(connection, q, MHD_HTTP_RANGE_NOT_SATISFIABLE,
                       "the archive has no such bytes", "Content-Range", all);
}

static bool
is_cut(const struct copy *file)
{
    struct stat now;

    return fstat(file->fd, &now) != 0 || now.st_size < 0 ||
           (uint64_t)now.st_size < file->size;
}

/* What is being sent of an archive: bytes from `first` on. */
struct sending {
    int fd;
    uint64_t first;
};

/* Ends the connection where the file was cut. */
static ssize_t
send_more(void *arg, uint64_t at, char *to, size_t most)
{
    const struct sending *s = arg;
    ssize_t n;

    do
        n = pread(s->fd, to, most, (off_t)(s->first + at));
    while (n < 0 && errno == EINTR);
    return n > 0 ? n : MHD_CONTENT_READER_END_WITH_ERROR;
}

static void
end_sending(void *arg)
{
    struct sending *s = arg;

    close(s->fd);
    free(s);
}

/* Takes over the descriptor. */
static struct MHD_Response *
bytes_of(int fd, uint64_t first, uint64_t size)
{
    struct sending *s = malloc(sizeof *s);
    struct MHD_Response *r = NULL;

    if (s != NULL) {
        *s = (struct sending){ fd, first };
        r = MHD_create_response_from_callback(size, SEND_BYTES, send_more, s,
                                              end_sending);
    }
    if (r == NULL) {
        close(fd);
        free(s);
    }
    return r;
}

static MHD_Result
reply_archive(struct MHD_Connection *connection, struct request *q)
{
    struct head h = { MHD_HTTP_OK, "application/octet-stream", NULL, nothing,
                      false };
    const char *range = header(connection, "Range");
    const char *if_range = header(connection, "If-Range");
    struct MHD_Response *r;
    uint64_t first = 0, last;
    enum range found = RANGE_ALL;
    struct copy file;
    MHD_Result result;
    char part[80];

    if (!files_copy(q->route.archive, true, &file))
        return busy(connection, q);
    if (is_cut(&file)) {
        close(file.fd);
        return refuse(connection, q, MHD_HTTP_INTERNAL_SERVER_ERROR,
                      "the archive has been cut");
    }
    h.tag = file.tag;
    last = file.size - 1;
    if (decided(connection, q, file.tag, &result)) {
        close(file.fd);
        return result;
    }
    /* A range is of GET only, and If-Range compares strongly. */
    if (range != NULL && strcmp(q->method, "GET") == 0 &&
        (if_range == NULL || strcmp(if_range, file.tag) == 0))
        found = range_parse(range, file.size, &first, &last);
    if (found == RANGE_NONE) {
        close(file.fd);
        return no_such_range(connection, q, file.size);
    }
    r = bytes_of(file.fd, first, last - first + 1);
    if (r == NULL)
        return MHD_NO;
    (void)MHD_add_response_header(r, "Accept-Ranges", "bytes");
    if (found == RANGE_PART) {
        h.status = MHD_HTTP_PARTIAL_CONTENT;
        snprintf(part, sizeof part, "bytes %llu-%llu/%llu",
                 (unsigned long long)first, (unsigned long long)last,
                 (unsigned long long)file.size);
        (void)MHD_add_response_header(r, "Content-Range", part);
    }
    return reply(connection, q, r, &h, last - first + 1);
}

static MHD_Result
reply_page(struct MHD_Connection *connection, struct request *q)
{
    const struct page_file *f = q->route.page;
    const struct head h = { MHD_HTTP_OK, f->type, f->tag, page_policy, false };
    MHD_Result result;

    if (decided(connection, q, f->tag, &result))
        return result;
    return reply(connection, q,
                 response_of(f->data, f->len, MHD_RESPMEM_PERSISTENT), &h,
                 f->len);
}

static MHD_Result
reply_list(struct MHD_Connection *connection, struct request *q)
{
    struct head h = { MHD_HTTP_OK, JSON, NULL, nothing, false };
    struct sheaf_buf json = { 0 };
    MHD_Result result = MHD_NO;
    char tag[40];

    if (files_list(&json, tag)) {
        h.tag = tag;
        if (!decided(connection, q, tag, &result))
            result = reply_text(connection, q, &json, &h);
    }
    sheaf_buf_free(&json);
    return result;
}

static MHD_Result
reply_plain(struct MHD_Connection *connection, struct request *q)
{
    const struct head h = { MHD_HTTP_OK, "text/html; charset=utf-8", NULL,
                            nothing, false };
    struct sheaf_buf html = { 0 };
    MHD_Result result = MHD_NO;

    if (files_plain_page(&html))
        result = reply_text(connection, q, &html, &h);
    sheaf_buf_free(&html);
    return result;
}

/* ---- Answers of the command ---------------------------------------------- */

/* Exit codes as in cli/util.h; 124: it took too long. */
static unsigned
status_of(int code)
{
    switch (code) {
    case 2: return MHD_HTTP_BAD_REQUEST;
    case 3: return MHD_HTTP_NOT_FOUND;
    case 6: return MHD_HTTP_NOT_IMPLEMENTED;
    case 7: return MHD_HTTP_INSUFFICIENT_STORAGE;
    case 124: return MHD_HTTP_SERVICE_UNAVAILABLE;
    default: return MHD_HTTP_INTERNAL_SERVER_ERROR;
    }
}

/* What browsers show, and run nothing of, because of the headers. Anything
 * else is a file. */
static const char *
safe_type(const char *type)
{
    static const char *const shown[] = {
        "text/plain", "text/html", "text/markdown", "text/csv",   "image/png",
        "image/jpeg", "image/gif", "image/webp",    "image/avif",
    };
    static const char *const said[] = {
        "text/plain; charset=utf-8",
        "text/html; charset=utf-8",
        "text/markdown; charset=utf-8",
        "text/csv; charset=utf-8",
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "image/avif",
    };
    size_t len = strcspn(type, "; ");

    for (size_t i = 0; i < COUNT_OF(shown); i++)
        if (strlen(shown[i]) == len && memcmp(shown[i], type, len) == 0)
            return strchr(type, ';') != NULL && i < 4 ? type : said[i];
    return "application/octet-stream";
}

/* The media type before the body; returns how many bytes that takes. */
static size_t
take_type(const struct answer *a, char type[TYPE_MAX + 1])
{
    ssize_t n = pread(a->fd, type, TYPE_MAX, 0);
    char *end = n > 0 ? memchr(type, '\n', (size_t)n) : NULL;

    if (end == NULL)
        return 0;
    *end = '\0';
    for (const char *p = type; *p != '\0'; p++)
        if (*p < 0x20 || *p > 0x7E)
            return 0;
    return (size_t)(end - type) + 1;
}

/* The index of words changes without the archive. */
static bool
is_of_state(char kind)
{
    return kind != ANSWER_SEARCH && kind != ANSWER_INFO;
}

static MHD_Result
reply_answer(struct MHD_Connection *connection, struct request *q)
{
    struct answer *a = &q->answer;
    struct head h = { MHD_HTTP_OK, JSON, NULL, nothing, false };
    struct MHD_Response *r;
    char type[TYPE_MAX + 1];
    size_t skip = 0;

    if (a->status < 0)
        return busy(connection, q);
    if (a->status != 0 || a->fd < 0)
        return refuse(connection, q, status_of(a->status),
                      buf_end(&a->said) && a->said.len != 0 ? buf_str(&a->said)
                                                            : "it failed");
    if (a->current && is_of_state(q->route.kind))
        h.tag = q->tag;
    if (q->route.kind == ANSWER_PROOF || q->route.kind == ANSWER_CHECKPOINT)
        h.type = "text/plain; charset=utf-8";
    if (q->route.kind == ANSWER_BODY) {
        skip = take_type(a, type);
        if (skip == 0)
            return refuse(connection, q, MHD_HTTP_INTERNAL_SERVER_ERROR,
                          "its media type cannot be read");
        h.type = safe_type(type);
        h.policy = sandboxed;
        /* Whatever the policy, a browser connects to hosts that HTML names. */
        h.saved = strncmp(h.type, "text/html", 9) == 0;
    }
    /* The response closes the descriptor. */
    r = MHD_create_response_from_fd_at_offset64(a->size - skip, a->fd, skip);
    if (r != NULL)
        a->fd = -1;
    return reply(connection, q, r, &h, a->size - skip);
}

/* The state of the archive and the key make the tag: another state or key,
 * another answer. Whether there is any is only known when it comes. */
static MHD_Result
reply_asked(struct MHD_Connection *connection, struct request *q)
{
    MHD_Result result;

    if (q->answer.come)
        return reply_answer(connection, q);
    if (q->asked)
        return MHD_YES; /* it was woken for nothing */
    (void)files_copy(q->route.archive, false, &q->before);
    files_answer_tag(q->before.tag, q->tag);
    if (is_of_state(q->route.kind) && !asks_for_any(connection) &&
        decided(connection, q, q->tag, &result))
        return result;
    q->asked = true;
    client_waits(q->client);
    if (question_ask(connection, &q->route, &q->answer))
        return MHD_YES;
    q->asked = false;
    return busy(connection, q);
}

/* ---- Requests ------------------------------------------------------------ */

/* A page of another origin asks what it may ask. */
static MHD_Result
reply_options(struct MHD_Connection *connection, struct request *q)
{
    const struct head h = { MHD_HTTP_NO_CONTENT, NULL, NULL, nothing, false };
    struct MHD_Response *r = response_of("", 0, MHD_RESPMEM_PERSISTENT);

    if (r != NULL) {
        (void)MHD_add_response_header(r, "Allow", "GET, HEAD, OPTIONS");
        if (settings.cors != NULL) {
            (void)MHD_add_response_header(r, "Access-Control-Allow-Methods",
                                          "GET, HEAD");
            (void)MHD_add_response_header(
                r, "Access-Control-Allow-Headers",
                "Range, If-Match, If-None-Match, If-Range");
            (void)MHD_add_response_header(r, "Access-Control-Max-Age",
                                          "86400");
        }
    }
    return reply(connection, q, r, &h, 0);
}

static MHD_Result
answer(struct MHD_Connection *connection, struct request *q)
{
    if (!host_is_here(header(connection, "Host")))
        return refuse(connection, q, MHD_HTTP_MISDIRECTED_REQUEST,
                      "it is served as localhost; under another name, if "
                      "'sheaf serve' has it in --cors");
    if (strcmp(q->method, "OPTIONS") == 0)
        return reply_options(connection, q);
    if (strcmp(q->method, "GET") != 0 && strcmp(q->method, "HEAD") != 0)
        return reply_error(connection, q, MHD_HTTP_METHOD_NOT_ALLOWED,
                           "nothing can be changed here", "Allow",
                           "GET, HEAD, OPTIONS");
    switch (q->route.to) {
    case ROUTE_PAGE: return reply_page(connection, q);
    case ROUTE_PLAIN: return reply_plain(connection, q);
    case ROUTE_LIST: return reply_list(connection, q);
    case ROUTE_FILE: return reply_archive(connection, q);
    case ROUTE_ASK: return reply_asked(connection, q);
    case ROUTE_BAD:
        return refuse(connection, q, MHD_HTTP_BAD_REQUEST, q->route.why);
    default: break;
    }
    return refuse(connection, q, MHD_HTTP_NOT_FOUND, "there is no such thing");
}

static struct client *
client_of(struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info != NULL ? info->socket_context : NULL;
}

void *
http_uri(void *cls, const char *uri, struct MHD_Connection *connection)
{
    (void)cls;
    client_asks(client_of(connection), uri);
    return NULL;
}

static struct request *
new_request(struct MHD_Connection *connection)
{
    struct request *q = calloc(1, sizeof *q);

    if (q == NULL)
        return NULL;
    q->answer.fd = -1;
    q->client = client_of(connection);
    q->uri = client_take_uri(q->client);
    return q;
}

/* Counts what says that the request has a body: each, as there may be two. */
static MHD_Result
count_body(void *cls, enum MHD_ValueKind kind, const char *key,
           const char *value)
{
    unsigned *count = cls;

    (void)kind;
    *count += strcasecmp(key, "Transfer-Encoding") == 0 ||
              (strcasecmp(key, "Content-Length") == 0 &&
               (value == NULL || strcmp(value, "0") != 0));
    return MHD_YES;
}

MHD_Result
http_handle(void *cls, struct MHD_Connection *connection, const char *url,
            const char *method, const char *version, const char *data,
            size_t *len, void **context)
{
    struct request *q = *context;
    unsigned bodies = 0;

    (void)cls;
    (void)url;
    (void)version;
    (void)data;
    if (q == NULL)
        *context = q = new_request(connection);
    if (q == NULL || q->uri == NULL)
        return MHD_NO;
    if (!q->begun) {
        q->begun = true;
        q->method = method;
        MHD_get_connection_values(connection, MHD_HEADER_KIND, count_body,
                                  &bodies);
        /* What follows it could be taken for another request. */
        if (bodies != 0) {
            return reply_error(connection, q, MHD_HTTP_CONTENT_TOO_LARGE,
                               "a request has no body here", "Connection",
                               "close");
        }
        return MHD_YES;
    }
    if (*len != 0) {
        *len = 0;
        return MHD_YES;
    }
    if (!q->routed) {
        q->routed = true;
        route_find(q->uri, &q->route);
    }
    return answer(connection, q);
}

/* ---- The log ------------------------------------------------------------- */

/* One word of one line, whatever the client sends. */
static bool
add_word(struct sheaf_buf *line, const char *word)
{
    bool good = true;

    for (const char *p = word; good && *p != '\0'; p++)
        good = (unsigned char)*p > 0x20 && (unsigned char)*p < 0x7F
                   ? buf_add(line, p, 1)
                   : buf_format(line, "\\x%02X", (unsigned char)*p);
    return good && buf_add_str(line, " ");
}

static void
tell(struct MHD_Connection *connection, const struct request *q)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(
        connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *a = info != NULL ? info->client_addr : NULL;
    struct sheaf_buf line = { 0 };
    char address[INET6_ADDRSTRLEN] = "-";
    bool good;

    if (a != NULL && a->sa_family == AF_INET)
        inet_ntop(AF_INET,
                  &((const struct sockaddr_in *)(const void *)a)->sin_addr,
                  address, sizeof address);
    if (a != NULL && a->sa_family == AF_INET6)
        inet_ntop(AF_INET6,
                  &((const struct sockaddr_in6 *)(const void *)a)->sin6_addr,
                  address, sizeof address);
    good = buf_format(&line, "%s ", address) && add_word(&line, q->method) &&
           add_word(&line, q->uri);
    if (good && buf_format(&line, "%u %llu\n", q->status,
                           (unsigned long long)q->bytes))
        (void)!write(STDERR_FILENO, line.data, line.len);
    sheaf_buf_free(&line);
}

void
http_completed(void *cls, struct MHD_Connection *connection, void **context,
               enum MHD_RequestTerminationCode code)
{
    struct request *q = *context;

    (void)cls;
    (void)code;
    if (q == NULL)
        return;
    client_ends(q->client);
    if (settings.tell && q->begun && q->uri != NULL && q->status != 0)
        tell(connection, q);
    answer_end(&q->answer);
    route_end(&q->route);
    free(q->uri);
    free(q);
    *context = NULL;
}
