/*
 * jsonl.c - an article as a line of JSON.
 *
 * source.keys says how a line became an article: for each KEY: FIELD there,
 * the line's KEY is the metadata's FIELD, or the body, or body_base64, which is
 * the body in base64. Everything else is in
 * `ext`, where {"$json": TEXT} stands for the value with that text. The object
 * in "$members" has the members whose names metadata cannot hold; with such a
 * name among them, the keys are of that form, too.
 */
#include "cli/jsonl.h"

#include "base/base64.h"
#include "base/json.h"
#include "base/utf8.h"

/* ---- Bodies -------------------------------------------------------------- */

static int
check_piece(void *arg, const void *data, size_t len)
{
    utf8_feed(arg, data, len);
    return 0;
}

/* Escapes or encodes a body that comes in pieces: the end of a piece may cut
 * characters and groups of three bytes. */
struct pieces {
    struct out *out;
    uint8_t kept[4];
    size_t count;
};

static int
write_escaped(void *arg, const void *data, size_t len)
{
    struct pieces *p = arg;
    const uint8_t *from = data;
    size_t tail = 0;

    /* Finish the character that was cut. */
    while (p->count > 0 && len > 0 && (*from & 0xC0) == 0x80 &&
           p->count < sizeof p->kept) {
        p->kept[p->count++] = *from++;
        len--;
    }
    if (p->count > 0 && len > 0) {
        out_escaped(p->out, sheaf_view(p->kept, p->count));
        p->count = 0;
    }
    while (tail < len && tail < 3 && (from[len - 1 - tail] & 0xC0) == 0x80)
        tail++;
    if (tail < len && from[len - 1 - tail] >= 0xC0)
        tail++;
    else
        tail = 0;
    if (len > tail)
        out_escaped(p->out, sheaf_view(from, len - tail));
    if (tail > 0) {
        memcpy(p->kept, from + len - tail, tail);
        p->count = tail;
    }
    return p->out->sys;
}

static void
base64_group(struct pieces *p)
{
    char out[BASE64_SIZE(3)];

    base64_encode(p->kept, p->count, out);
    out_bytes(p->out, out, BASE64_LEN(3));
    p->count = 0;
}

static int
write_base64(void *arg, const void *data, size_t len)
{
    struct pieces *p = arg;
    const uint8_t *from = data;

    for (size_t i = 0; i < len; i++) {
        p->kept[p->count++] = from[i];
        if (p->count == 3)
            base64_group(p);
    }
    return p->out->sys;
}

static int
pass_body(const struct archive *a, const struct sheaf_article *article,
          sheaf_write write, void *arg)
{
    struct sheaf_error err = { 0 };
    int rc = sheaf_read_part(a->reader, a->scratch, article, 0, write, arg,
                             &err);

    if (rc == SHEAF_ESTOPPED)
        return EXIT_FAILED;
    return rc == SHEAF_OK ? EXIT_DONE : archive_failed(a, rc, &err);
}

/* The body as the inside of a JSON string. */
static int
write_escaped_body(const struct archive *a,
                   const struct sheaf_article *article, struct out *o)
{
    struct pieces pieces = { .out = o };
    int code = pass_body(a, article, write_escaped, &pieces);

    out_escaped(o, sheaf_view(pieces.kept, pieces.count));
    return code;
}

/* The member with the body. */
struct body {
    struct sheaf_bytes key; /* data == NULL: there is none */
    bool base64;            /* as it was; else it is that if it is no UTF-8 */
};

/* Writes the last members, "key":"..." and perhaps "text":"...", and the end
 * of the object. */
static int
write_body(const struct archive *a, const struct sheaf_article *article,
           const struct body *body, const char *comma,
           const struct jsonl_text *also, struct out *o)
{
    struct pieces pieces = { .out = o };
    struct utf8_check check = { 0 };
    bool text;
    int code = pass_body(a, article, check_piece, &check);

    if (code != EXIT_DONE)
        return code;
    text = utf8_good(&check);
    out_str(o, comma);
    out_str(o, "\"");
    out_json_text(o, body->key);
    out_str(o, text || body->base64 ? "\":\"" : "_base64\":\"");
    code = text && !body->base64
               ? write_escaped_body(a, article, o)
               : pass_body(a, article, write_base64, &pieces);
    if (pieces.count > 0)
        base64_group(&pieces);
    out_str(o, "\"");
    if (also->wanted && (also->html != NULL || text)) {
        out_str(o, ",\"text\":\"");
        if (also->html != NULL)
            out_escaped(o, buf_view(also->html));
        else if (code == EXIT_DONE)
            code = write_escaped_body(a, article, o);
        out_str(o, "\"");
    }
    out_str(o, "}\n");
    return code;
}

/* ---- Values -------------------------------------------------------------- */

/* The text in {"$json":"text"}; false if `value` is not such an object. */
static bool
raw_text(struct sheaf_bytes value, struct sheaf_bytes *inside)
{
    struct json_iter it = json_iter_over(value);
    struct sheaf_bytes key, text, more;

    return json_kind(value) == JSON_OBJECT && json_next(&it, &key, &text) &&
           bytes_is(key, "$json") && json_inside(text, inside) &&
           !json_next(&it, &key, &more);
}

/* JSON text on one line. White space between tokens may hold line feeds, which
 * become blanks; nothing else has control characters. */
static bool
unwrap(struct sheaf_bytes inside, struct sheaf_buf *out)
{
    bool good = json_unescape(inside, out);

    for (size_t i = 0; i < out->len; i++)
        if ((uint8_t)out->data[i] < 0x20)
            out->data[i] = ' ';
    return good;
}

static bool
write_raw(struct out *o, struct sheaf_bytes inside, bool members)
{
    struct sheaf_buf t = { 0 };
    bool good = unwrap(inside, &t);
    struct sheaf_bytes all = buf_view(&t);

    if (members && all.len >= 2)
        all = sheaf_view(all.data + 1, all.len - 2);
    if (good)
        out_json_text(o, all);
    sheaf_buf_free(&t);
    return good;
}

/* The depth is bounded: the library has checked that of metadata. */
static bool
write_value(struct out *o, struct sheaf_bytes value)
{
    bool object = json_kind(value) == JSON_OBJECT;
    struct json_iter it = json_iter_over(value);
    struct sheaf_bytes key, item, inside;
    const char *comma = "";

    if (raw_text(value, &inside))
        return write_raw(o, inside, false);
    if (!object && !(json_kind(value) == JSON_ARRAY)) {
        out_json_text(o, value);
        return true;
    }
    out_str(o, object ? "{" : "[");
    for (; object ? json_next(&it, &key, &item) : json_next_item(&it, &item);
         comma = ",") {
        out_str(o, comma);
        if (object) {
            out_str(o, "\"");
            out_bytes(o, key.data, key.len);
            out_str(o, "\":");
        }
        if (!write_value(o, item))
            return false;
    }
    out_str(o, object ? "}" : "]");
    return true;
}

static void
write_key(struct out *o, struct sheaf_bytes key, const char **comma)
{
    out_str(o, *comma);
    out_str(o, "\"");
    out_json_text(o, key);
    out_str(o, "\":");
    *comma = ",";
}

static bool
write_ext(struct out *o, struct sheaf_bytes ext, const char **comma)
{
    struct json_iter it = json_iter_over(ext);
    struct sheaf_bytes key, value, inside;

    while (json_kind(ext) == JSON_OBJECT && json_next(&it, &key, &value)) {
        bool good;

        if (bytes_is(key, "$members") && raw_text(value, &inside)) {
            out_str(o, *comma);
            *comma = ",";
            good = write_raw(o, inside, true);
        } else {
            write_key(o, key, comma);
            good = write_value(o, value);
        }
        if (!good)
            return false;
    }
    return true;
}

/* The value of the metadata's field `field`. */
static bool
find_field(struct sheaf_bytes meta, struct sheaf_bytes field,
           struct sheaf_bytes *value)
{
    struct json_iter it = json_iter_over(meta);
    struct sheaf_bytes key;

    while (json_next(&it, &key, value))
        if (key.len == field.len && memcmp(key.data, field.data, key.len) == 0)
            return true;
    return false;
}

/* Writes the members that became fields; those of `keys` say which. Returns
 * the one that became the body. */
static struct body
write_fields(struct sheaf_bytes meta, struct sheaf_bytes keys,
             const char **comma, struct jsonl_text *text, struct out *o)
{
    struct body body = { .base64 = false };
    struct sheaf_bytes key, field, value;
    struct json_iter it;

    for (it = json_iter_over(keys); json_next(&it, &key, &field);) {
        /* A record that has a text keeps it. */
        if (bytes_is(key, "text"))
            text->wanted = false;
        if (!json_inside(field, &field))
            continue;
        if (bytes_is(field, "body") || bytes_is(field, "body_base64")) {
            body = (struct body){ key, !bytes_is(field, "body") };
        } else if (find_field(meta, field, &value)) {
            write_key(o, key, comma);
            out_json_text(o, value);
        }
    }
    return body;
}

/* Restores the original line, its body last. */
static int
write_rebuilt(const struct archive *a, const struct sheaf_article *article,
              struct sheaf_bytes source, struct jsonl_text text, struct out *o)
{
    struct sheaf_bytes keys = { NULL, 0 }, ext = { NULL, 0 };
    struct sheaf_buf odd = { 0 };
    struct body body;
    struct sheaf_bytes value;
    const char *comma = "";
    int code = EXIT_DONE;

    (void)json_member(source, "keys", &keys);
    (void)json_member(article->meta, "ext", &ext);
    if (json_member(ext, "text", &value))
        text.wanted = false;
    if (raw_text(keys, &value)) {
        if (!unwrap(value, &odd))
            return say_no_memory();
        keys = buf_view(&odd);
    }
    out_str(o, "{");
    body = write_fields(article->meta, keys, &comma, &text, o);
    if (!write_ext(o, ext, &comma))
        code = say_no_memory();
    else if (body.key.data != NULL)
        code = write_body(a, article, &body, comma, &text, o);
    else
        out_str(o, "}\n");
    sheaf_buf_free(&odd);
    return code;
}

int
jsonl_write(const struct archive *a, const struct sheaf_article *article,
            const struct jsonl_text *text, struct out *o)
{
    struct sheaf_bytes meta = article->meta;
    struct sheaf_bytes source = { NULL, 0 };
    struct sheaf_bytes line;
    const struct body body = { .key = sheaf_str("body") };

    (void)json_member(meta, "source", &source);
    if (json_member(source, "line", &line))
        return write_rebuilt(a, article, source, *text, o);
    /* All but the closing brace. */
    out_json_text(o, sheaf_view(meta.data, meta.len - 1));
    return write_body(a, article, &body, ",", text, o);
}
