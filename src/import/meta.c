/*
 * meta.c - an article's metadata as one line of canonical JSON.
 *
 * RFC 8785 without its hard part, the printing of floating-point numbers:
 * there are none. Keys are ASCII, so their order as UTF-16 is that of bytes.
 */
#include "import/import.h"

#include <stdlib.h>

static struct buf line;

static void
canon_escape(struct buf *b, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    static const char short_for[] = "\b\t\n\f\r\"\\";
    static const char letters[] = "btnfr\"\\";
    const char *hit = c != '\0' ? strchr(short_for, c) : NULL;
    char text[6] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };

    if (hit != NULL) {
        text[1] = letters[hit - short_for];
        buf_add(b, text, 2);
    } else {
        buf_add(b, text, sizeof text);
    }
}

void
canon_string(struct buf *b, struct text t)
{
    size_t from = 0;

    assert(utf8_valid(t));
    buf_str(b, "\"");
    for (size_t i = 0; i < t.len; i++) {
        unsigned char c = (unsigned char)t.data[i];

        if (c >= 0x20 && c != '"' && c != '\\')
            continue;
        buf_add(b, t.data + from, i - from);
        canon_escape(b, c);
        from = i + 1;
    }
    if (t.len > from)
        buf_add(b, t.data + from, t.len - from);
    buf_str(b, "\"");
}

void
canon_uint(struct buf *b, uint64_t v)
{
    char digits[20];
    size_t at = sizeof digits;

    do {
        digits[--at] = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    buf_add(b, digits + at, sizeof digits - at);
}

void
canon_key(struct buf *b, struct text key)
{
    if (b->data[b->len - 1] != '{')
        buf_str(b, ",");
    canon_string(b, key);
    buf_str(b, ":");
}

static void
field(struct buf *b, const char *key, struct text value)
{
    if (value.len == 0)
        return;
    canon_key(b, text_of(key));
    canon_string(b, value);
}

static void
field_json(struct buf *b, const char *key, const struct buf *value)
{
    if (value->len == 0)
        return;
    canon_key(b, text_of(key));
    buf_add(b, value->data, value->len);
}

static void
field_source(struct buf *b, const struct meta *m)
{
    if (m->file.len == 0 && m->member.len == 0 && m->line == 0 &&
        m->keys.len == 0)
        return;
    canon_key(b, text_of("source"));
    buf_str(b, "{");
    field(b, "file", m->file);
    field_json(b, "keys", &m->keys);
    if (m->line != 0) {
        canon_key(b, text_of("line"));
        canon_uint(b, m->line);
    }
    field(b, "member", m->member);
    buf_str(b, "}");
}

void
meta_start(struct meta *m, const struct item *item)
{
    memset(m, 0, sizeof *m);
    if (item->file != NULL)
        m->file = text_of(item->file);
    if (item->member != NULL)
        m->member = text_of(item->member);
}

static void
check_id(struct text id, const char *place)
{
    if (id.len == 0)
        die(EXIT_FAILED, place, "there is nothing to make an ID of");
    if (id.len > ID_MAX)
        die(EXIT_FAILED, place, "the ID has %zu bytes, more than %zu", id.len,
            ID_MAX);
    for (size_t i = 0; i < id.len;) {
        const unsigned char *p = (const unsigned char *)id.data + i;
        size_t n = utf8_char(p, id.len - i);

        if (n == 0)
            die(EXIT_FAILED, place, "the name is not UTF-8");
        if (p[0] < 0x20 || p[0] == 0x7F || (p[0] == 0xC2 && p[1] < 0xA0))
            die(EXIT_FAILED, place, "the ID has a control character in it");
        i += n;
    }
}

struct text
meta_line(struct meta *m, const char *place)
{
    check_id(m->id, place);
    if (!utf8_valid(m->file) || !utf8_valid(m->member))
        die(EXIT_FAILED, place, "the name is not UTF-8");
    line.len = 0;
    buf_str(&line, "{");
    field(&line, "byline", m->byline);
    field_json(&line, "ext", &m->ext);
    field(&line, "headline", m->headline);
    field(&line, "id", m->id);
    field_json(&line, "keywords", &m->keywords);
    field(&line, "lang", m->lang);
    field_json(&line, "media", &m->media);
    field(&line, "published", m->published);
    field_json(&line, "related", &m->related);
    field(&line, "section", m->section);
    field_source(&line, m);
    field(&line, "summary", m->summary);
    field(&line, "updated", m->updated);
    field(&line, "url", m->url);
    buf_str(&line, "}");
    if (line.len > META_MAX)
        die(EXIT_LIMIT, place, "%zu bytes of metadata, more than %zu",
            line.len, META_MAX);
    return text_from(line.data, line.len);
}

void
meta_free(struct meta *m)
{
    buf_free(&m->ext);
    buf_free(&m->keys);
    buf_free(&m->keywords);
    buf_free(&m->media);
    buf_free(&m->related);
    buf_free(&m->notes);
}
