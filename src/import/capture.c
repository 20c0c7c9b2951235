/*
 * capture.c - what becomes of a record of a crawl: an article, if it is a page
 * or a text that was found; otherwise it is counted by what it is.
 */
#include <stdio.h>

#include "base/number.h"
#include "import/charset.h"
#include "import/crawl.h"
#include "import/crawl_media.h"
#include "import/digest.h"
#include "import/hashed.h"
#include "import/html.h"
#include "import/media.h"
#include "import/pages.h"

/* ---- What it is, by its headers ---- */

enum format {
    FORMAT_HTML,
    FORMAT_TEXT,
    FORMAT_MARKDOWN,
    FORMAT_XML,
    FORMAT_ANY,
    FORMAT_OTHER
};

static bool
is_word(struct text t, const char *word)
{
    return t.len == strlen(word) && text_begins(t, word);
}

static enum format
find_format(struct text type)
{
    static const struct {
        const char *type;
        enum format format;
    } types[] = {
        { "text/html", FORMAT_HTML },
        { "application/xhtml+xml", FORMAT_HTML },
        { "application/vnd.wap.xhtml+xml", FORMAT_HTML },
        { "text/plain", FORMAT_TEXT },
        { "text/markdown", FORMAT_MARKDOWN },
        { "text/x-markdown", FORMAT_MARKDOWN },
        { "text/xml", FORMAT_XML },
        { "application/xml", FORMAT_XML },
        { "", FORMAT_ANY },
        { "no-type", FORMAT_ANY },
        { "unk", FORMAT_ANY },
        { "unknown/unknown", FORMAT_ANY },
        { "application/unknown", FORMAT_ANY },
        { "application/x-unknown-content-type", FORMAT_ANY },
        { "*/*", FORMAT_ANY },
    };

    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (is_word(type, types[i].type))
            return types[i].format;
    return FORMAT_OTHER;
}

/* What is not an article, by its media type. */
static const struct other {
    const char *prefix;
    const char *kind;
    bool named;
    bool media; /* an article may have it as a part */
} others[] = {
    { "image/", "picture", false, true },
    { "audio/", "recording", false, true },
    { "video/", "recording", false, true },
    { "font/", "font", false, false },
    { "application/font", "font", false, false },
    { "application/x-font", "font", false, false },
    { "application/vnd.ms-fontobject", "font", false, false },
    { "text/css", "style sheet", false, false },
    { "text/javascript", "script", false, false },
    { "application/javascript", "script", false, false },
    { "application/x-javascript", "script", false, false },
    { "application/ecmascript", "script", false, false },
    { "text/dns", "DNS record", false, false },
    { "application/rss+xml", "feed", false, false },
    { "application/atom+xml", "feed", false, false },
    { "application/json", "JSON file", false, false },
    { "text/json", "JSON file", false, false },
    { "application/pdf", "PDF file", true, true },
};

static const struct other *
find_other(struct text type)
{
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (text_begins(type, others[i].prefix))
            return &others[i];
    return NULL;
}

static void
name_type(struct text type, char kind[64], bool *named)
{
    const struct other *other = find_other(type);

    *named = other != NULL && other->named;
    if (other != NULL) {
        snprintf(kind, 64, "%s", other->kind);
        return;
    }
    if (!text_is_utf8(type))
        type = text_of("unreadable type");
    snprintf(kind, 64, "%.*s file", (int)text_cut(type, 50).len, type.data);
}

/* By the status of an HTTP response. */
static bool
is_page(unsigned status, char kind[64])
{
    if (status == 200 || status == 203)
        return true;
    if (status == 204 || status == 205)
        snprintf(kind, 64, "empty page");
    else if (status == 206)
        snprintf(kind, 64, "part of a file");
    else if (status / 100 == 3 && status != 304)
        snprintf(kind, 64, "redirect");
    else
        snprintf(kind, 64, "HTTP %u page", status);
    return status / 100 == 2 && status != 204 && status != 205 &&
           status != 206;
}

static enum fate
content_fate(const struct crawl_record *r, const struct http *http,
             char kind[64])
{
    struct text type = media_type(content_type(r, http));
    enum format format = find_format(type);
    bool named = false;

    /* What crawlers write about themselves, and the text that Browsertrix
     * takes from pages. */
    if (text_begins(r->uri, "metadata:") || text_begins(r->uri, "urn:text")) {
        snprintf(kind, 64, "%s",
                 r->uri.data[0] == 'u' ? "page as text" : "metadata record");
        return FATE_OUT;
    }
    if (format == FORMAT_TEXT && text_ends(r->uri, "/robots.txt")) {
        snprintf(kind, 64, "robots.txt file");
        return FATE_OUT;
    }
    if (format != FORMAT_OTHER)
        return FATE_ARTICLE;
    name_type(type, kind, &named);
    return named ? FATE_NAMED : FATE_OUT;
}

/* A revisit of what would not have been an article is only counted. */
static enum fate
revisit_fate(const struct crawl_record *r, struct text start, char kind[64])
{
    struct http http = { 0 };
    enum fate fate = FATE_ARTICLE;
    const char *why;

    if (http_open(&http, start, &why) && http.status != 304)
        fate = is_page(http.status, kind) ? content_fate(r, &http, kind)
                                          : FATE_OUT;
    http_close(&http);
    snprintf(kind, 64, "revisit");
    return fate == FATE_ARTICLE ? FATE_REVISIT : FATE_OUT;
}

enum fate
capture_fate(const struct crawl_record *r, struct text start, char kind[64])
{
    static const char *const passed[] = { "request", "metadata", "warcinfo",
                                          "filedesc" };
    struct http http = { 0 };
    enum fate fate = FATE_WRONG;
    const char *why;

    for (size_t i = 0; i < COUNT_OF(passed); i++) {
        if (is_word(r->type, passed[i])) {
            snprintf(kind, 64, "%s record", passed[i]);
            return FATE_OUT;
        }
    }
    if (is_word(r->type, "revisit"))
        return revisit_fate(r, start, kind);
    if (is_word(r->type, "continuation") ||
        headers_get(&r->headers, "WARC-Segment-Number").len > 0) {
        snprintf(kind, 64, "a segment of a record, which can't be read");
        return FATE_WRONG;
    }
    if (!is_word(r->type, "response") && !is_word(r->type, "resource") &&
        !is_word(r->type, "conversion")) {
        snprintf(kind, 64, "record of another type");
        return FATE_NAMED;
    }
    if (!content_is_http(r, start))
        return content_fate(r, &http, kind);
    if (!http_open(&http, start, &why))
        snprintf(kind, 64, "%s", why);
    else if (!is_page(http.status, kind))
        fate = FATE_OUT;
    else
        fate = content_fate(r, &http, kind);
    http_close(&http);
    return fate;
}

/* Whether the body at the start of the block is no article, by its first
 * bytes. */
static bool
body_is_other(struct text start, size_t head)
{
    struct look look = { .start = text_from(start.data + head,
                                            start.len - head),
                         .name = { "", 0 } };
    bool quiet;

    return other_kind(&look, &quiet) != NULL;
}

enum fate
capture_media_fate(const struct crawl_record *r, struct text start)
{
    struct http http = { 0 };
    bool good = is_word(r->type, "response") || is_word(r->type, "resource");
    const char *why;
    char kind[64];

    if (is_word(r->type, "revisit"))
        return FATE_REVISIT;
    if (good && content_is_http(r, start))
        good = http_open(&http, start, &why) && is_page(http.status, kind);
    good = good && headers_get(&r->headers, "WARC-Segment-Number").len == 0;
    if (good && content_fate(r, &http, kind) == FATE_ARTICLE) {
        good = body_is_other(start, http.head);
    } else if (good) {
        struct text type = media_type(content_type(r, &http));
        const struct other *other = find_other(type);

        good = other != NULL ? other->media
                             : find_format(type) == FORMAT_OTHER;
    }
    http_close(&http);
    return good ? FATE_ARTICLE : FATE_OUT;
}

/* ---- Revisits ---- */

/* The addresses of articles that were made, as hashes. */
#define SEEN_MAX ((size_t)1 << 22)

/* Later ones than these are not remembered: a revisit of them is named. */
static struct hashed seen = { .size = sizeof(uint64_t), .max = SEEN_MAX };

static void
seen_add(struct text uri)
{
    if (uri.len > 0)
        (void)hashed_entry(&seen, hashed_text(uri));
}

static bool
seen_has(struct text uri)
{
    return uri.len > 0 && hashed_find(&seen, hashed_text(uri)) != NULL;
}

void
capture_revisit(const char *place, const struct crawl_record *r)
{
    struct text of = crawl_repeats(r);
    struct text date = headers_get(&r->headers, "WARC-Refers-To-Date");
    struct text id = headers_get(&r->headers, "WARC-Refers-To");
    bool there;

    there = seen_has(of);
    if (there && text_compare(of, r->uri) == 0) {
        leave_out("revisit", NULL, "%s", "");
        return;
    }
    leave_out("revisit", place, "repeats %.*s%s%.*s%s%.*s, which %s",
              (int)min_u64(of.len, ID_MAX), of.data,
              date.len > 0 ? " of " : "", (int)min_u64(date.len, DATE_MAX),
              date.data, id.len > 0 ? " " : "", (int)min_u64(id.len, DATE_MAX),
              id.data, there ? "is packed" : "was not found before it");
}

/* ---- Articles ---- */

struct capture {
    const struct item *item;
    const char *place;
    const struct crawl_record *record;
    struct text whole;
    struct content got;
    enum format format;
    struct text charset;
    char type[128];
    char *id;
    struct sheaf_buf decoded; /* text in UTF-8 */
    struct meta m;
};

/* If the record ends before its length, it may be cut off. False: it was
 * rejected. */
static bool
check_length(struct capture *c)
{
    const struct crawl_record *r = c->record;
    struct text said = headers_get(&c->got.http.headers, "Content-Length");
    uint64_t length;

    if (r->size >= r->stated ||
        (number_parse(text_bytes(said), UINT64_MAX, &length) &&
         length == r->size - c->got.http.head))
        return true;
    reject(EXIT_FAILED, c->place, c->whole, "cut short: %llu of %llu bytes",
           (unsigned long long)r->size, (unsigned long long)r->stated);
    return false;
}

/* Whether the digests are right: of the block, or of the payload in any of the
 * forms that crawlers take it in. False: it was rejected. */
static bool
check_digests(struct capture *c, bool suspect)
{
    enum digest whole, payload;

    content_digests(&c->got, c->record, &whole, &payload);
    if (whole != DIGEST_SAME && !check_length(c))
        return false;
    if (whole == DIGEST_OTHER && payload != DIGEST_SAME) {
        reject(EXIT_FAILED, c->place, c->whole,
               "its bytes are not those of its WARC-Block-Digest");
        return false;
    }
    if (whole == DIGEST_OTHER)
        meta_doubt(&c->m, "its WARC-Block-Digest is that of other bytes; "
                          "that of its payload is right");
    if (payload == DIGEST_OTHER)
        meta_doubt(&c->m, "its WARC-Payload-Digest is that of other bytes");
    if (suspect && whole != DIGEST_SAME && payload != DIGEST_SAME) {
        reject(EXIT_FAILED, c->place, c->whole,
               "the compressed data is damaged, and no digest shows that "
               "this record is right");
        return false;
    }
    return true;
}

/* By the body itself, where the media type does not say it. False: it was left
 * out. */
static bool
check_format(struct capture *c)
{
    struct text bytes = c->got.body.bytes;
    struct look look = { .start = text_cut(bytes, LOOK_MAX),
                         .name = { "", 0 },
                         .whole = bytes.len <= LOOK_MAX };
    bool quiet;
    const char *other = other_kind(&look, &quiet);
    bool unsure = c->format == FORMAT_ANY || c->format == FORMAT_XML;
    bool named = other != NULL && !quiet;

    if (other == NULL && text_trim(bytes).len == 0)
        other = "empty page";
    if (other == NULL && unsure && looks_like_html(look.start))
        c->format = FORMAT_HTML;
    else if (other == NULL && c->format == FORMAT_ANY && is_utf8_text(&look))
        c->format = FORMAT_TEXT;
    else if (other == NULL && unsure)
        other = c->format == FORMAT_XML ? "XML file" : "file of no media type";
    if (other != NULL)
        leave_out(other, named ? c->place : NULL, "%s", other);
    return other == NULL;
}

static void
set_type(struct capture *c)
{
    const char *type = c->format == FORMAT_TEXT       ? "text/plain"
                       : c->format == FORMAT_MARKDOWN ? TYPE_MARKDOWN
                                                      : TYPE_HTML;
    bool plain = c->charset.len > 0 && c->charset.len <= 40;

    if (text_begins(c->got.type, "application/xhtml"))
        type = "application/xhtml+xml";
    for (size_t i = 0; i < c->charset.len; i++)
        plain = plain && c->charset.data[i] > ' ' && c->charset.data[i] < 0x7F;
    if (c->format == FORMAT_TEXT && text_is_utf8(c->got.body.bytes))
        snprintf(c->type, sizeof c->type, "%s", TYPE_TEXT);
    else
        snprintf(c->type, sizeof c->type, "%s%s%.*s", type,
                 plain ? "; charset=" : "", plain ? (int)c->charset.len : 0,
                 c->charset.data);
}

/* The metadata that the body contains. */
static void
read_body(struct capture *c)
{
    struct text start = c->got.body.bytes;
    struct charset_hints hints = { c->charset, { "", 0 }, { "", 0 } };

    if (start.len > HOLD_MAX)
        start.len = c->format == FORMAT_HTML ? HOLD_MAX : LOOK_MAX - 1;
    if (c->format == FORMAT_HTML) {
        html_read(start, c->charset, &c->m);
        return;
    }
    start = charset_decode(start, hints, &c->decoded);
    if (c->format == FORMAT_MARKDOWN)
        read_markdown(start, &c->m);
    else
        read_text(start, &c->m);
}

/* {"headers":{...},KEY:VALUE} */
static void
add_head(struct sheaf_buf *ext, const char *name,
         const struct headers *headers, const char *key, struct text value)
{
    canon_key(ext, text_of(name));
    buf_add_str(ext, "{\"headers\":");
    headers_json(headers, ext);
    canon_key(ext, text_of(key));
    headers_value(value, ext);
    buf_add_str(ext, "}");
}

/* What is known of it beside its content; keys are in order. */
static void
set_ext(struct capture *c, struct text uri)
{
    const struct crawl_record *r = c->record;
    struct sheaf_buf *ext = &c->m.ext;
    struct sheaf_buf front = *ext; /* of the text itself */

    *ext = (struct sheaf_buf){ 0 };
    buf_add_str(ext, "{");
    if (r->arc)
        add_head(ext, "arc", &r->headers, "version", r->version);
    if (c->m.url.len > 0 && text_compare(c->m.url, uri) != 0) {
        canon_key(ext, text_of("canonical"));
        canon_string(ext, c->m.url);
    }
    if (front.len > 0) {
        canon_key(ext, text_of("front"));
        buf_add(ext, front.data, front.len);
    }
    if (c->got.http.head > 0)
        add_head(ext, "http", &c->got.http.headers, "status",
                 c->got.http.status_line);
    if (!r->arc)
        add_head(ext, "warc", &r->headers, "version", r->version);
    buf_add_str(ext, "}");
    sheaf_buf_free(&front);
}

/* Its address is its ID and its URL. */
static void
read_record(struct capture *c)
{
    const struct crawl_record *r = c->record;
    char *name = format_text("%.*s", (int)r->uri.len, r->uri.data);
    struct page_note note;
    struct text uri;

    c->id = name_for_id(name, NULL);
    mem_free(name);
    uri = text_of(c->id);
    set_ext(c, uri);
    c->m.id = uri;
    c->m.url = text_begins(uri, "http://") || text_begins(uri, "https://")
                   ? uri
                   : text_from("", 0);
    c->m.retrieved = text_of(r->date);
    if (pages_find(uri, c->m.retrieved, &note)) {
        if (c->m.headline.len == 0) {
            c->m.headline = note.title;
            meta_guess(&c->m, "headline");
        }
        if (c->m.retrieved.len == 0)
            c->m.retrieved = note.time;
    }
    if (uri.len > ID_MAX && r->id.len > 0 && r->id.len <= ID_MAX) {
        c->m.id = r->id;
        meta_doubt(&c->m, "its address is too long for an ID: its "
                          "WARC-Record-ID is the ID");
    }
}

static void
make_article(struct capture *c)
{
    const struct part parts[] = {
        { SHEAF_ROLE_BODY, c->type, c->got.body.bytes.len,
          c->got.body.bytes.data },
        { SHEAF_ROLE_RAW,
          c->record->arc ? "application/x-ia-arc" : "application/warc",
          c->whole.len, c->whole.data },
    };
    struct text cut = headers_get(&c->record->headers, "WARC-Truncated");
    const struct media_place place = { .crawl = crawl_media_used(),
                                       .url = c->record->uri,
                                       .date = text_of(c->record->date) };
    const struct media_place *before;

    if (c->m.file.len == 0 && c->m.member.len == 0 && c->item->id != NULL)
        c->m.file = text_of(c->item->id);
    if (c->record->size != c->record->stated)
        meta_doubt(&c->m, "its length is wrong: it was taken up to the next "
                          "record");
    c->m.record = c->record->number;
    if (c->got.body.doubt != NULL)
        meta_doubt(&c->m, c->got.body.doubt);
    if (cut.len > 0)
        meta_doubt(&c->m, "the crawler cut it short (WARC-Truncated)");
    set_type(c);
    read_body(c);
    read_record(c);
    before = media_use(place.crawl != NULL ? &place : NULL);
    if (emit(c->place, &c->m, parts, asked.keep_raw ? 2 : 1, c->whole))
        seen_add(c->record->uri);
    (void)media_use(before);
    mem_free(c->id);
}

void
capture_import(const struct item *item, const char *place,
               const struct crawl_record *r, struct text whole,
               struct meter *meter, bool suspect)
{
    struct capture c = {
        .item = item, .place = place, .record = r, .whole = whole
    };
    unsigned depth = (unsigned)min_u64(item->depth + 1, NEST_MAX);
    char *why = NULL;
    int code;

    meta_start(&c.m, item);
    if (!content_open(&c.got, r, whole, meter, depth, &code, &why)) {
        reject(code, place, whole, "%s", why);
    } else {
        c.format = find_format(media_type(c.got.type));
        c.charset = media_charset(c.got.type);
        if (check_digests(&c, suspect) && check_format(&c))
            make_article(&c);
    }
    content_close(&c.got);
    mem_free(why);
    meta_free(&c.m);
    sheaf_buf_free(&c.decoded);
}
