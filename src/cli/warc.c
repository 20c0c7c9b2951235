/*
 * warc.c - articles as records of a web archive.
 */
#include "cli/warc.h"

#include "base/date.h"
#include "base/hash.h"
#include "base/hex.h"
#include "base/json.h"

struct record {
    const struct archive *archive;
    const struct sheaf_article *article;
    struct out *out;
    struct sheaf_buf uri;
    struct sheaf_buf main_uri;
    struct sheaf_buf head; /* of an HTTP response, before the body */
    char date[DATE_TEXT_SIZE];
    char id[37], main_id[37]; /* of urn:uuid: */
};

/* ---- Names --------------------------------------------------------------- */

/* A UUID of version 8, of the leaf and the number of the record. */
static void
make_id(const struct record *r, size_t number, char out[37])
{
    uint8_t bytes[HASH_BYTES + 1], hash[HASH_BYTES];
    char hex[2 * 16];

    memcpy(bytes, r->article->leaf_hash, HASH_BYTES);
    bytes[HASH_BYTES] = (uint8_t)number;
    hash_sha256(bytes, sizeof bytes, hash);
    hash[6] = (uint8_t)((hash[6] & 0x0F) | 0x80);
    hash[8] = (uint8_t)((hash[8] & 0x3F) | 0x80);
    hex_print(hash, 16, hex);
    for (size_t i = 0, at = 0; i < sizeof hex; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            out[at++] = '-';
        out[at++] = hex[i];
    }
    out[36] = '\0';
}

/* Escapes what a URI cannot have; a URN also what would end it. */
static bool
add_uri(struct sheaf_buf *out, struct sheaf_bytes text, bool urn)
{
    const char *never = urn ? "<>\"{}|\\^`#?%/" : "<>\"{}|\\^`";

    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        bool good = c > 0x20 && c < 0x7F && strchr(never, c) == NULL;

        if (!(good ? buf_add(out, &c, 1)
                   : buf_format(out, "%%%02X", (unsigned)c)))
            return false;
    }
    return true;
}

static bool
is_url(struct sheaf_bytes text)
{
    size_t i = 0;

    while (i < text.len && ((text.data[i] | 32) >= 'a') &&
           ((text.data[i] | 32) <= 'z'))
        i++;
    return i > 0 && text.len - i > 3 && memcmp(text.data + i, "://", 3) == 0;
}

/* The URL of the article, or its ID if that is one, or a URN made of it. */
static bool
find_uri(struct record *r)
{
    struct sheaf_bytes id = r->article->id;
    struct sheaf_bytes value;
    struct sheaf_buf url = { 0 };
    bool good = true;

    if (json_member(r->article->meta, "url", &value))
        good = json_string(value, &url) || !json_is_string(value);
    if (good && is_url(buf_view(&url)))
        good = add_uri(&r->main_uri, buf_view(&url), false);
    else if (good && is_url(id))
        good = add_uri(&r->main_uri, id, false);
    else
        good = good && buf_add_str(&r->main_uri, "urn:x-sheaf:") &&
               add_uri(&r->main_uri, id, true);
    sheaf_buf_free(&url);
    return good;
}

/* When it was fetched, or published. WARC has no way to say that this is not
 * known. */
static bool
find_date(struct record *r)
{
    static const char *const names[] = { "retrieved", "updated", "published" };
    struct sheaf_bytes inside;
    int64_t ms;

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (json_member_inside(r->article->meta, names[i], &inside) &&
            date_parse(inside, DATE_METADATA, &ms) && date_print(ms, r->date))
            return true;
    return r->article->time_ms != INT64_MIN &&
           date_print(r->article->time_ms, r->date);
}

/* ---- Records ------------------------------------------------------------- */

static int
hash_piece(void *arg, const void *data, size_t len)
{
    hash_sha_add(arg, data, len);
    return 0;
}

static int
pass_part(const struct record *r, size_t part, sheaf_write write, void *arg)
{
    const struct archive *a = r->archive;
    struct sheaf_error err = { 0 };
    int rc = sheaf_read_part(a->reader, a->scratch, r->article, part, write,
                             arg, &err);

    /* out_finish will say why the writing stopped. */
    return rc == SHEAF_OK || rc == SHEAF_ESTOPPED
               ? EXIT_DONE
               : archive_failed(a, rc, &err);
}

static void
print_digest(struct out *o, const char *name, struct hash_sha *h)
{
    uint8_t hash[HASH_BYTES];

    hash_sha_end(h, hash);
    out_format(o, "%s: sha256:", name);
    out_hex(o, hash, sizeof hash);
    out_str(o, "\r\n");
}

static void
print_head(const struct record *r, const char *type)
{
    struct out *o = r->out;

    out_format(o, "WARC/1.1\r\nWARC-Type: %s\r\n", type);
    out_format(o, "WARC-Record-ID: <urn:uuid:%s>\r\n", r->id);
    out_format(o, "WARC-Date: %s\r\nWARC-Target-URI: ", r->date);
    out_bytes(o, r->uri.data, r->uri.len);
    out_str(o, "\r\n");
    if (strcmp(r->id, r->main_id) != 0)
        out_format(o, "WARC-Concurrent-To: <urn:uuid:%s>\r\n", r->main_id);
}

/* The head of an HTTP response, if there is one, and the part. */
static int
write_part(const struct record *r, size_t part)
{
    const struct sheaf_part *p = &r->article->parts[part];
    struct out *o = r->out;
    struct hash_sha block, payload;
    int code;

    hash_sha_start(&block);
    hash_sha_start(&payload);
    hash_sha_add(&block, r->head.data, r->head.len);
    code = pass_part(r, part, hash_piece, &block);
    if (code == EXIT_DONE && r->head.len != 0)
        code = pass_part(r, part, hash_piece, &payload);
    else
        payload = block;
    if (code != EXIT_DONE)
        return code;
    print_head(r, r->head.len != 0 ? "response" : "resource");
    print_digest(o, "WARC-Block-Digest", &block);
    print_digest(o, "WARC-Payload-Digest", &payload);
    if (r->head.len != 0) {
        out_str(o, "Content-Type: application/http; msgtype=response");
    } else {
        out_str(o, "Content-Type: ");
        out_visible(o, p->type);
    }
    out_format(o, "\r\nContent-Length: %llu\r\n\r\n",
               (unsigned long long)(r->head.len + p->size));
    out_bytes(o, r->head.data, r->head.len);
    code = pass_part(r, part, out_write, o);
    out_str(o, "\r\n\r\n");
    return code;
}

static void
write_meta(const struct record *r)
{
    struct sheaf_bytes meta = r->article->meta;
    struct out *o = r->out;
    struct hash_sha h;

    hash_sha_start(&h);
    hash_sha_add(&h, meta.data, meta.len);
    print_head(r, "metadata");
    out_format(o, "WARC-Refers-To: <urn:uuid:%s>\r\n", r->main_id);
    print_digest(o, "WARC-Block-Digest", &h);
    out_format(o,
               "Content-Type: application/json\r\n"
               "Content-Length: %zu\r\n\r\n",
               meta.len);
    out_bytes(o, meta.data, meta.len);
    out_str(o, "\r\n\r\n");
}

/* ---- HTTP ---------------------------------------------------------------- */

static uint8_t
lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static bool
is_name(struct sheaf_bytes a, const char *b)
{
    size_t i = 0;

    while (i < a.len && b[i] != '\0' && lower(a.data[i]) == (uint8_t)b[i])
        i++;
    return i == a.len && b[i] == '\0';
}

/* The body is without its codings, so that the headers which say how it came
 * are kept under other names. */
static bool
add_header(struct sheaf_buf *head, struct sheaf_bytes name,
           struct sheaf_bytes value)
{
    bool other = is_name(name, "transfer-encoding") ||
                 is_name(name, "content-encoding") ||
                 is_name(name, "content-length");
    struct sheaf_buf text = { 0 };
    bool good = json_string(value, &text) || !json_is_string(value);

    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == '\r' || text.data[i] == '\n')
            text.data[i] = ' ';
    good = good && (!other || buf_add_str(head, "X-Archive-Orig-")) &&
           buf_add(head, name.data, name.len) && buf_add_str(head, ": ") &&
           buf_add(head, text.data, text.len) && buf_add_str(head, "\r\n");
    sheaf_buf_free(&text);
    return good;
}

/* Names are tokens: nothing that could begin another line. */
static bool
is_token(struct sheaf_bytes name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.data[i] <= 0x20 || name.data[i] >= 0x7F ||
            strchr("()<>@,;:\\\"/[]?={}$", name.data[i]) != NULL)
            return false;
    return name.len > 0;
}

static bool
add_headers(struct sheaf_buf *head, struct sheaf_bytes headers)
{
    struct json_iter it = json_iter_over(headers);
    struct sheaf_bytes name, value, item;

    while (json_kind(headers) == JSON_OBJECT &&
           json_next(&it, &name, &value)) {
        struct json_iter items = json_iter_over(value);

        if (!is_token(name))
            continue;
        if (json_kind(value) != JSON_ARRAY) {
            if (!add_header(head, name, value))
                return false;
            continue;
        }
        while (json_next_item(&items, &item))
            if (!add_header(head, name, item))
                return false;
    }
    return true;
}

/* Makes the head of a response of what a crawl left in `ext`. */
static bool
make_response(struct record *r)
{
    struct sheaf_bytes ext, http, status, headers;
    struct sheaf_buf line = { 0 };
    bool good = true;

    if (!json_member(r->article->meta, "ext", &ext) ||
        json_kind(ext) != JSON_OBJECT || !json_member(ext, "http", &http) ||
        json_kind(http) != JSON_OBJECT ||
        !json_member(http, "status", &status) || !json_is_string(status) ||
        !json_member(http, "headers", &headers))
        return true;
    good = json_string(status, &line);
    for (size_t i = 0; i < line.len; i++)
        if (line.data[i] < 0x20 || line.data[i] == 0x7F)
            line.data[i] = ' ';
    if (good && line.len > 5 && memcmp(line.data, "HTTP/", 5) == 0)
        good = buf_add(&r->head, line.data, line.len) &&
               buf_add_str(&r->head, "\r\n") &&
               add_headers(&r->head, headers) &&
               buf_format(&r->head, "Content-Length: %llu\r\n\r\n",
                          (unsigned long long)r->article->parts[0].size);
    sheaf_buf_free(&line);
    return good;
}

/* ---- Articles ------------------------------------------------------------ */

/* The URL that metadata names for a part, or a fragment of the article's. */
static bool
find_part_uri(struct record *r, size_t part)
{
    bool found = false;
    struct sheaf_bytes media, item, value;
    struct sheaf_buf url = { 0 };
    struct json_iter it;
    uint64_t n;
    bool good = true;

    if (!json_member(r->article->meta, "media", &media) ||
        json_kind(media) != JSON_ARRAY)
        media.len = 0;
    it = json_iter_over(media);
    while (good && !found && json_next_item(&it, &item)) {
        url.len = 0;
        if (json_kind(item) != JSON_OBJECT ||
            !json_member(item, "part", &value) || !json_uint(value, &n) ||
            n != part || !json_member(item, "url", &value) ||
            !json_is_string(value))
            continue;
        good = json_string(value, &url);
        found = good && is_url(buf_view(&url));
    }
    r->uri.len = 0;
    if (found)
        good = good && add_uri(&r->uri, buf_view(&url), false);
    else
        good = good && buf_add(&r->uri, r->main_uri.data, r->main_uri.len) &&
               buf_format(&r->uri, "#part%zu", part);
    sheaf_buf_free(&url);
    return good;
}

static int
write_parts(struct record *r)
{
    int code = EXIT_DONE;

    for (size_t i = 1; i < r->article->part_count && code == EXIT_DONE; i++) {
        if (!find_part_uri(r, i))
            return say_no_memory();
        make_id(r, i, r->id);
        code = write_part(r, i);
    }
    return code;
}

static int
write_all(struct record *r)
{
    int code;

    if (!find_date(r))
        memcpy(r->date, "1970-01-01T00:00:00Z", 21);
    make_id(r, 0, r->main_id);
    memcpy(r->id, r->main_id, sizeof r->id);
    if (!find_uri(r) || !buf_add(&r->uri, r->main_uri.data, r->main_uri.len) ||
        !make_response(r))
        return say_no_memory();
    code = write_part(r, 0);
    r->head.len = 0;
    if (code == EXIT_DONE)
        code = write_parts(r);
    if (code != EXIT_DONE)
        return code;
    r->uri.len = 0;
    if (!buf_add(&r->uri, r->main_uri.data, r->main_uri.len))
        return say_no_memory();
    make_id(r, 255, r->id);
    write_meta(r);
    return EXIT_DONE;
}

int
warc_write(const struct archive *a, const struct sheaf_article *article,
           struct out *o)
{
    struct record r = { .archive = a, .article = article, .out = o };
    int code = write_all(&r);

    sheaf_buf_free(&r.uri);
    sheaf_buf_free(&r.main_uri);
    sheaf_buf_free(&r.head);
    return code;
}
