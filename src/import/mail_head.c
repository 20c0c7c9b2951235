/*
 * mail_head.c - what programs for mail do wrong in headers, mended before GMime
 * reads them: charsets that are meant as browsers read them, base64 without its
 * end, bytes that nothing encodes. Encoded words that follow each other become
 * one: GMime takes the padding of base64 for the end of all.
 */
#include <strings.h>

#include "base/hex.h"
#include "import/charset.h"
#include "import/headers.h"
#include "import/mail.h"

/* ---- Encoded words ---- */

/* The standard says 75. Without a limit, many beginnings would take the square
 * of the time. */
#define WORD_MAX ((size_t)4096)

/* =?CHARSET?ENCODING?TEXT?= */
struct word {
    struct text charset, text;
    char encoding;
    size_t len; /* of it all */
};

/* Takes the piece of `t` up to `end`. */
static bool
take_piece(struct text *t, const char *end, struct text *piece)
{
    const char *at = memmem(t->data, t->len, end, strlen(end));

    if (at == NULL)
        return false;
    *piece = text_from(t->data, (size_t)(at - t->data));
    *t = text_from(at + strlen(end), t->len - piece->len - strlen(end));
    return true;
}

/* Whether an encoded word begins at `t`. */
static bool
read_word(struct text t, struct word *w)
{
    struct text rest, encoding, lang;

    if (!text_begins(t, "=?"))
        return false;
    if (t.len > WORD_MAX)
        t.len = WORD_MAX;
    rest = text_from(t.data + 2, t.len - 2);
    if (!take_piece(&rest, "?", &w->charset) ||
        !take_piece(&rest, "?", &encoding) || encoding.len != 1 ||
        !take_piece(&rest, "?=", &w->text))
        return false;
    /* RFC 2231 has a language behind it. */
    lang = w->charset;
    (void)take_piece(&lang, "*", &w->charset);
    w->encoding = (char)(encoding.data[0] | 0x20);
    w->len = t.len - rest.len;
    return (w->encoding == 'q' ||
            (w->encoding == 'b' &&
             memchr(w->text.data, '?', w->text.len) == NULL)) &&
           memchr(w->charset.data, ' ', w->charset.len) == NULL;
}

/* The letters of base64, and the end that they should have. */
static void
add_base64(struct text t, struct sheaf_buf *out)
{
    size_t n = t.len;

    while (n > 0 && t.data[n - 1] == '=')
        n--;
    if (n % 4 == 1)
        n--; /* half a byte */
    buf_add(out, t.data, n);
    for (; n % 4 != 0; n++)
        buf_add_str(out, "=");
}

/* Appends the bytes that the word encodes. */
static void
decode_word(const struct word *w, struct sheaf_buf *out)
{
    struct sheaf_buf base64 = { 0 };
    gint state = 0;
    guint save = 0;

    buf_reserve(out, out->len + w->text.len + 3);
    if (w->encoding == 'b') {
        add_base64(w->text, &base64);
        out->len += g_base64_decode_step((const char *)base64.data, base64.len,
                                         out->data + out->len, &state, &save);
        sheaf_buf_free(&base64);
        return;
    }
    for (size_t i = 0; i < w->text.len; i++) {
        const char *p = w->text.data + i;
        int high = i + 2 < w->text.len ? hex_digit((uint8_t)p[1]) : -1;
        int low = high >= 0 ? hex_digit((uint8_t)p[2]) : -1;
        char c = *p == '_' ? ' ' : *p;

        if (*p == '=' && low >= 0) {
            c = (char)(high << 4 | low);
            i += 2;
        }
        buf_add(out, &c, 1);
    }
}

/* Appends the bytes as one word. GMime does not know all of Japanese. */
static void
add_bytes(struct text charset, struct text bytes, struct sheaf_buf *out)
{
    struct sheaf_buf room = { 0 };
    char name[CHARSET_NAME_MAX] = "";

    buf_add_str(out, "=?");
    if (!text_begins(charset, "utf-16") && charset_name(charset, name)) {
        if (text_begins(text_of(name), "ISO-2022-JP") &&
            charset_read(bytes, charset, &room, &bytes))
            snprintf(name, sizeof name, "UTF-8");
        charset = text_of(name);
    }
    buf_add(out, charset.data, charset.len);
    buf_add_str(out, "?Q?");
    for (size_t i = 0; i < bytes.len; i++)
        buf_format(out, g_ascii_isalnum(bytes.data[i]) ? "%c" : "=%02X",
                   (unsigned char)bytes.data[i]);
    buf_add_str(out, "?=");
    sheaf_buf_free(&room);
}

/* The length of a word of the same charset that follows `t`, and of what is
 * between; 0: there is none. */
static size_t
next_word(struct text t, struct text charset, struct word *w)
{
    size_t n = 0;

    while (n < t.len && g_ascii_isspace(t.data[n]))
        n++;
    return read_word(text_from(t.data + n, t.len - n), w) &&
                   w->charset.len == charset.len &&
                   g_ascii_strncasecmp(w->charset.data, charset.data,
                                       charset.len) == 0
               ? n + w->len
               : 0;
}

/* Appends a word at the start of `t` and those that follow it, which may cut
 * characters; returns how long they are. */
static size_t
add_word(struct text t, struct word *w, struct sheaf_buf *out)
{
    struct text charset = w->charset;
    struct sheaf_buf bytes = { 0 };
    size_t all = 0;

    for (size_t n = w->len; n > 0;
         n = next_word(text_from(t.data + all, t.len - all), charset, w)) {
        decode_word(w, &bytes);
        all += n;
    }
    add_bytes(charset, text_of_buf(&bytes), out);
    sheaf_buf_free(&bytes);
    return all;
}

static void
add_words(struct text t, struct sheaf_buf *out)
{
    struct word w;

    while (t.len > 0) {
        const char *at = memmem(t.data, t.len, "=?", 2);
        size_t n = at != NULL ? (size_t)(at - t.data) : t.len;

        buf_add(out, t.data, n);
        t = text_from(t.data + n, t.len - n);
        n = t.len > 0 ? 2 : 0;
        if (read_word(t, &w))
            n = add_word(t, &w, out);
        else
            buf_add(out, t.data, n);
        t = text_from(t.data + n, t.len - n);
    }
}

/* ---- Lists of addresses ---- */

/* GMime takes each comma for one in a name, as in "Doe, Jo <jo@vale.example>",
 * as long as no address follows, and searches for that to the end of the
 * field. So a field ends where so many bytes with commas have no address. */
#define BARE_MAX ((size_t)2048)

struct field {
    bool addresses, over;
    bool comma;  /* behind the last address */
    bool quoted, escaped;
    unsigned comments; /* open ones */
    size_t bare; /* bytes behind it */
};

static void
begin_field(struct field *f, struct text line)
{
    static const char *const names[] = { "From:", "To:",     "Cc:",
                                         "Bcc:",  "Sender:", "Reply-To:" };

    *f = (struct field){ .over = false };
    for (size_t i = 0; i < COUNT_OF(names); i++)
        f->addresses = f->addresses || text_begins(line, names[i]);
}

/* Whether an address, or the next one, is where `c` is. */
static bool
is_address(struct field *f, char c)
{
    bool escaped = f->escaped;

    f->escaped = !escaped && c == '\\';
    if (escaped || (f->quoted && c != '"'))
        return false;
    if (c == '"' && f->comments == 0)
        f->quoted = !f->quoted;
    else if (c == '(')
        f->comments++;
    else if (c == ')' && f->comments > 0)
        f->comments--;
    return f->comments == 0 && c != '\0' && strchr("@<:;", c) != NULL;
}

/* How much of a line is read. */
static size_t
line_left(struct field *f, struct text line)
{
    if (line.data[0] != ' ' && line.data[0] != '\t')
        begin_field(f, line);
    for (size_t i = 0; f->addresses && !f->over && i < line.len; i++) {
        bool end = is_address(f, line.data[i]);

        f->comma = !end && (f->comma || line.data[i] == ',');
        f->bare = end ? 0 : f->bare + 1;
        f->over = f->comma && f->bare > BARE_MAX;
        if (f->over)
            return i;
    }
    return f->over ? 0 : line.len;
}

static struct text
take_line(struct text *rest)
{
    const char *feed = memchr(rest->data, '\n', rest->len);
    size_t n = feed != NULL ? (size_t)(feed - rest->data) + 1 : rest->len;
    struct text line = text_from(rest->data, n);

    *rest = text_from(rest->data + n, rest->len - n);
    return line;
}

static bool
has_long_field(struct text header)
{
    struct field f = { .over = false };
    bool found = false;

    while (header.len > 0 && !found) {
        struct text line = take_line(&header);

        found = line_left(&f, line) < line.len;
    }
    return found;
}

/* ---- The header ---- */

/* Bytes that nothing encodes are in the charset of the text, if it has one, or
 * else in that of --charset. */
static struct charset_hints
find_hints(struct text header)
{
    struct charset_hints hints = { .http = { "", 0 } };
    struct headers h = { 0 };

    if (headers_parse(&h, header))
        hints.http = media_charset(headers_get(&h, "Content-Type"));
    if (text_begins(hints.http, "utf") || text_begins(hints.http, "us-ascii"))
        hints.http.len = 0;
    if (hints.http.len == 0 && asked.charset != NULL)
        hints.http = text_of(asked.charset);
    headers_free(&h);
    return hints;
}

static void
add_field(struct text t, bool named, struct sheaf_buf *out)
{
    if (named)
        add_words(t, out);
    else
        buf_add(out, t.data, t.len);
}

/* Appends the rest of a mail. What is behind lines that begin with "--", up to
 * an empty one, may be the header of a part, which names files. */
static void
add_parts(struct text t, struct sheaf_buf *out)
{
    bool header = false, named = false;
    struct text field = { t.data, 0 };

    while (t.len > 0) {
        struct text line = take_line(&t);
        bool more = line.data[0] == ' ' || line.data[0] == '\t';

        if (!named || !more) {
            add_field(field, named, out);
            field = text_from(line.data, 0);
            named = header && text_begins(line, "Content-");
        }
        field.len += line.len;
        header = text_begins(line, "--") ||
                 (header && line.data[0] != '\n' && line.data[0] != '\r');
    }
    add_field(field, named, out);
}

static bool
has_escape(struct text t)
{
    return memchr(t.data, '\x1B', t.len) != NULL;
}

static struct text
read_bytes(struct text line, const struct charset_hints *hints,
           struct sheaf_buf *room)
{
    return text_is_utf8(line) && !has_escape(line)
               ? line
               : charset_decode(line, *hints, room);
}

struct text
mail_mend(struct text source, struct sheaf_buf *room, bool *guessed)
{
    size_t end = headers_end(source);
    struct text header = text_from(source.data, end > 0 ? end : source.len);
    struct text rest = header;
    struct field f = { .over = false };
    struct sheaf_buf lines = { 0 }, bytes = { 0 };
    struct charset_hints hints;

    room->len = 0;
    *guessed = false;
    if (text_is_ascii(header) && !has_escape(header) &&
        memmem(source.data, source.len, "=?", 2) == NULL &&
        !has_long_field(header))
        return source;
    hints = find_hints(header);
    *guessed = hints.http.len == 0 && !text_is_utf8(header);
    while (rest.len > 0) {
        struct text line = take_line(&rest);
        size_t left = line_left(&f, line);

        struct text read = read_bytes(text_from(line.data, left), &hints,
                                      &bytes);

        buf_add(&lines, read.data, read.len);
        if (left > 0 && left < line.len)
            buf_add_str(&lines, "\n");
    }
    add_words(text_of_buf(&lines), room);
    add_parts(text_from(source.data + header.len, source.len - header.len),
              room);
    sheaf_buf_free(&lines);
    sheaf_buf_free(&bytes);
    return text_of_buf(room);
}
