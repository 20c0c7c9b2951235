/*
 * mail_head.c - what programs for mail do wrong in headers, mended before GMime
 * reads them: charsets that are meant as browsers read them, base64 without its
 * end, bytes that nothing encodes.
 */
#include <strings.h>

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
    return (w->encoding == 'q' || w->encoding == 'b') &&
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

static void
add_word(const struct word *w, struct sheaf_buf *out)
{
    char name[CHARSET_NAME_MAX];

    buf_add_str(out, "=?");
    if (!text_begins(w->charset, "utf-16") && charset_name(w->charset, name))
        buf_add_str(out, name);
    else
        buf_add(out, w->charset.data, w->charset.len);
    buf_add_str(out, w->encoding == 'b' ? "?B?" : "?Q?");
    if (w->encoding == 'b')
        add_base64(w->text, out);
    else
        buf_add(out, w->text.data, w->text.len);
    buf_add_str(out, "?=");
}

/* ---- Lines ---- */

static void
add_line(struct text t, const struct charset_hints *hints,
         struct sheaf_buf *out)
{
    struct sheaf_buf room = { 0 };
    struct word w;

    if (!text_is_utf8(t))
        t = charset_decode(t, *hints, &room);
    while (t.len > 0) {
        const char *at = memmem(t.data, t.len, "=?", 2);
        size_t n = at != NULL ? (size_t)(at - t.data) : t.len;

        buf_add(out, t.data, n);
        t = text_from(t.data + n, t.len - n);
        n = t.len > 0 ? 2 : 0;
        if (read_word(t, &w)) {
            add_word(&w, out);
            n = w.len;
        } else {
            buf_add(out, t.data, n);
        }
        t = text_from(t.data + n, t.len - n);
    }
    sheaf_buf_free(&room);
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

/* Bytes that nothing encodes are in the charset of the text, if it has one. */
static struct charset_hints
find_hints(struct text header)
{
    struct charset_hints hints = { .http = { "", 0 } };
    struct headers h = { 0 };

    if (headers_parse(&h, header))
        hints.http = media_charset(headers_get(&h, "Content-Type"));
    if (text_begins(hints.http, "utf") || text_begins(hints.http, "us-ascii"))
        hints.http.len = 0;
    headers_free(&h);
    return hints;
}

struct text
mail_mend(struct text source, struct sheaf_buf *room)
{
    size_t end = headers_end(source);
    struct text header = text_from(source.data, end > 0 ? end : source.len);
    struct text rest = header;
    struct field f = { .over = false };
    struct charset_hints hints;

    room->len = 0;
    if (text_is_ascii(header) &&
        memmem(header.data, header.len, "=?", 2) == NULL &&
        !has_long_field(header))
        return source;
    hints = find_hints(header);
    while (rest.len > 0) {
        struct text line = take_line(&rest);
        size_t left = line_left(&f, line);

        add_line(text_from(line.data, left), &hints, room);
        if (left > 0 && left < line.len)
            buf_add_str(room, "\n");
    }
    buf_add(room, source.data + header.len, source.len - header.len);
    return text_of_buf(room);
}
