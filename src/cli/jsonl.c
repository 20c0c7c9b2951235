/*
 * jsonl.c - an article as a line of JSON.
 *
 * How a line became an article is in source.keys: for each KEY: FIELD there,
 * the line's KEY is the metadata's FIELD, or the body. All else is in `ext`,
 * where {"$json": TEXT} stands for the value with that text, and the object
 * in "$members" holds members whose names metadata can't have.
 */
#include "cli/jsonl.h"

#include "cli/walk.h"

/* ---- Bodies -------------------------------------------------------------- */

static int
check_piece(void *arg, const void *data, size_t len)
{
    utf8_feed(arg, data, len);
    return 0;
}

/* Characters and groups of three bytes may be cut by the end of a piece. */
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
        out_escaped(p->out, bytes_of(p->kept, p->count));
        p->count = 0;
    }
    while (tail < len && tail < 3 && (from[len - 1 - tail] & 0xC0) == 0x80)
        tail++;
    if (tail < len && from[len - 1 - tail] >= 0xC0)
        tail++;
    else
        tail = 0;
    if (len > tail)
        out_escaped(p->out, bytes_of(from, len - tail));
    if (tail > 0) {
        memcpy(p->kept, from + len - tail, tail);
        p->count = tail;
    }
    return p->out->sys;
}

static void
base64_group(struct out *o, const uint8_t *p, size_t count)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                 "abcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned v = (unsigned)p[0] << 16;
    char out[4];

    if (count > 1)
        v |= (unsigned)p[1] << 8;
    if (count > 2)
        v |= p[2];
    for (unsigned i = 0; i < 4; i++)
        out[i] = i <= count ? digits[v >> (18 - 6 * i) & 63] : '=';
    out_bytes(o, out, sizeof out);
}

static int
write_base64(void *arg, const void *data, size_t len)
{
    struct pieces *p = arg;
    const uint8_t *from = data;

    for (size_t i = 0; i < len; i++) {
        p->kept[p->count++] = from[i];
        if (p->count == 3) {
            base64_group(p->out, p->kept, 3);
            p->count = 0;
        }
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

/* The last member: "key":"...", and the end of the object. */
static int
write_body(const struct archive *a, const struct sheaf_article *article,
           struct sheaf_bytes key, const char *comma, struct out *o)
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
    out_bytes(o, key.data, key.len);
    out_str(o, text ? "\":\"" : "_base64\":\"");
    code = pass_body(a, article, text ? write_escaped : write_base64, &pieces);
    if (pieces.count > 0 && text)
        out_escaped(o, bytes_of(pieces.kept, pieces.count));
    else if (pieces.count > 0)
        base64_group(o, pieces.kept, pieces.count);
    out_str(o, "\"}\n");
    return code;
}

/* ---- Values -------------------------------------------------------------- */

/* The text in {"$json":"text"}; false if `value` is no such object. */
static bool
raw_text(struct sheaf_bytes value, struct sheaf_bytes *inside)
{
    struct walk w = walk_over(value);
    struct sheaf_bytes key, text, more;

    return walk_is_object(value) && walk_next(&w, &key, &text) &&
           bytes_is(key, "$json") && walk_string(text, inside) &&
           !walk_next(&w, &key, &more);
}

/* JSON text as it was. Between its tokens there may be white space, and
 * nowhere else a control character: as blanks they keep it on one line. */
static bool
write_raw(struct out *o, struct sheaf_bytes inside, bool members)
{
    struct text t = { 0 };
    struct sheaf_bytes all;
    bool good = text_unescape(&t, inside);

    for (size_t i = 0; i < t.len; i++)
        if ((uint8_t)t.data[i] < 0x20)
            t.data[i] = ' ';
    all = bytes_of(t.data, t.len);
    if (members && all.len >= 2)
        all = bytes_of(all.data + 1, all.len - 2);
    if (good)
        out_bytes(o, all.data, all.len);
    text_free(&t);
    return good;
}

/* As deep as metadata is, which the library has checked. */
static bool
write_value(struct out *o, struct sheaf_bytes value)
{
    bool object = walk_is_object(value);
    struct walk w = walk_over(value);
    struct sheaf_bytes key, item, inside;
    const char *comma = "";

    if (raw_text(value, &inside))
        return write_raw(o, inside, false);
    if (!object && !walk_is_array(value)) {
        out_bytes(o, value.data, value.len);
        return true;
    }
    out_str(o, object ? "{" : "[");
    for (; walk_next(&w, &key, &item); comma = ",") {
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
    out_bytes(o, key.data, key.len);
    out_str(o, "\":");
    *comma = ",";
}

static bool
write_ext(struct out *o, struct sheaf_bytes ext, const char **comma)
{
    struct walk w = walk_over(ext);
    struct sheaf_bytes key, value, inside;

    while (walk_is_object(ext) && walk_next(&w, &key, &value)) {
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

/* What the metadata has under the name `field`. */
static bool
find_field(struct sheaf_bytes meta, struct sheaf_bytes field,
           struct sheaf_bytes *value)
{
    struct walk w = walk_over(meta);
    struct sheaf_bytes key;

    while (walk_next(&w, &key, value))
        if (key.len == field.len && memcmp(key.data, field.data, key.len) == 0)
            return true;
    return false;
}

/* A line as it was, its body last. */
static int
write_rebuilt(const struct archive *a, const struct sheaf_article *article,
              struct sheaf_bytes source, struct out *o)
{
    struct sheaf_bytes keys, ext, key, field, value;
    struct sheaf_bytes body = bytes_of(NULL, 0);
    const char *comma = "";
    bool has_body = false;
    struct walk w;

    walk_member(source, "keys", &keys);
    walk_member(article->meta, "ext", &ext);
    out_str(o, "{");
    for (w = walk_over(keys); walk_next(&w, &key, &field);) {
        if (!walk_string(field, &field))
            continue;
        if (bytes_is(field, "body")) {
            body = key;
            has_body = true;
        } else if (find_field(article->meta, field, &value)) {
            write_key(o, key, &comma);
            out_bytes(o, value.data, value.len);
        }
    }
    if (!write_ext(o, ext, &comma))
        return say_no_memory();
    if (has_body)
        return write_body(a, article, body, comma, o);
    out_str(o, "}\n");
    return EXIT_DONE;
}

int
jsonl_write(const struct archive *a, const struct sheaf_article *article,
            struct out *o)
{
    struct sheaf_bytes meta = article->meta;
    struct sheaf_bytes source, line;

    walk_member(meta, "source", &source);
    if (walk_member(source, "line", &line))
        return write_rebuilt(a, article, source, o);
    out_bytes(o, meta.data, meta.len - 1); /* all but the last brace */
    return write_body(a, article, bytes_str("body"), ",", o);
}
