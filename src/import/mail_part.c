/*
 * mail_part.c - the parts of a mail. The body is its HTML if it has one, or
 * else its text; parts that follow each other are one body. The text beside
 * HTML is a part `text`; pictures, attachments and signatures are parts
 * `media`.
 */
#include "import/charset.h"
#include "import/html.h"
#include "import/mail.h"

static const char *
or_empty(const char *s)
{
    return s != NULL ? s : "";
}

/* ---- Base64 ---- */

static int
base64_value(char c)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "abcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c != '\0' ? strchr(letters, c) : NULL;

    return at != NULL ? (int)(at - letters) : -1;
}

/* Whether what follows the end of base64 is more of it, encoded by itself, and
 * not what a list server puts under each mail. */
static bool
goes_on(struct text line)
{
    size_t n = line.len;

    while (n > 0 && line.data[n - 1] == '=')
        n--;
    for (size_t i = 0; i < n; i++)
        if (base64_value(line.data[i]) < 0)
            return false;
    return line.len % 4 == 0 && line.len - n <= 2;
}

/* As mail has it: in lines, sometimes without the signs at its end, or in
 * pieces that end by themselves. GMime leaves out what follows such an end, and
 * the last letters without it. Returns what is no base64. */
static struct text
add_base64(struct text raw, struct sheaf_buf *out)
{
    unsigned bits = 0, count = 0;
    struct text line, rest = raw;
    bool ended = false;

    while (text_line(&rest, &line)) {
        line = text_trim(line);
        if (ended && !goes_on(line))
            return text_from(line.data,
                             (size_t)(raw.data + raw.len - line.data));
        for (size_t i = 0; i < line.len; i++) {
            int value = base64_value(line.data[i]);
            uint8_t byte;

            ended = ended || line.data[i] == '=';
            if (line.data[i] == '=')
                count = 0;
            if (value < 0)
                continue;
            bits = bits << 6 | (unsigned)value;
            count = (count + 1) % 4;
            byte = (uint8_t)(bits >> (count == 2 ? 4 : count == 3 ? 2 : 0));
            if (count != 1)
                buf_add(out, &byte, 1);
        }
    }
    return text_from("", 0);
}

static void
read_stream(GMimeStream *stream, struct sheaf_buf *out)
{
    char piece[16384];
    ssize_t n;

    (void)g_mime_stream_reset(stream);
    while ((n = g_mime_stream_read(stream, piece, sizeof piece)) > 0)
        buf_add(out, piece, (size_t)n);
}

/* ---- Content ---- */

/* The bytes of a part, decoded from base64 or quoted-printable. */
static void
read_content(const struct mail *m, GMimeObject *part, struct sheaf_buf *out)
{
    GMimeStream *stream = g_mime_stream_mem_new();
    GMimeDataWrapper *content = NULL;
    GByteArray *bytes;

    if (GMIME_IS_PART(part))
        content = g_mime_part_get_content(GMIME_PART(part));
    if (content != NULL && g_mime_data_wrapper_get_encoding(content) ==
                               GMIME_CONTENT_ENCODING_BASE64) {
        struct sheaf_buf raw = { 0 };
        struct text rest;

        read_stream(g_mime_data_wrapper_get_stream(content), &raw);
        rest = text_trim(add_base64(text_of_buf(&raw), out));
        if (rest.len > 0)
            warn(m->place,
                 "%zu bytes after the end of its base64 are left out",
                 rest.len);
        sheaf_buf_free(&raw);
    } else if (content != NULL)
        (void)g_mime_data_wrapper_write_to_stream(content, stream);
    else if (GMIME_IS_MESSAGE_PART(part) &&
             g_mime_message_part_get_message(GMIME_MESSAGE_PART(part)) != NULL)
        (void)g_mime_object_write_to_stream(
            GMIME_OBJECT(
                g_mime_message_part_get_message(GMIME_MESSAGE_PART(part))),
            NULL, stream);
    else if (GMIME_IS_MULTIPART(part))
        (void)g_mime_object_write_to_stream(part, NULL, stream);
    bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(stream));
    if (bytes != NULL && bytes->len > 0)
        buf_add(out, bytes->data, bytes->len);
    g_object_unref(stream);
}

/* ---- Text ---- */

/* Text whose charset nothing states, and which is not UTF-8: --charset says
 * what it is, or else a guess, with a warning. */
static struct text
decode_unnamed(const struct mail *m, struct text t, struct sheaf_buf *room)
{
    static const struct charset_hints none = { .http = { "", 0 } };
    char label[CHARSET_NAME_MAX];
    enum charset_found found;

    if (asked.charset != NULL && !text_is_utf8(t) &&
        charset_read(t, text_of(asked.charset), room, &t))
        return t;
    found = charset_of_text(t, label);
    if (found == CHARSET_UNKNOWN)
        warn(m->place, "the character set of its text is not known "
                       "(--charset)");
    else if (found == CHARSET_GUESSED && strcmp(label, CHARSET_MIXED) != 0)
        warn(m->place, "its text is not UTF-8, and is read as %s (--charset)",
             label);
    return charset_decode(t, none, room);
}

/* Appends text in UTF-8, from the character set that its part states, or else
 * the page in it. */
static void
add_decoded(const struct mail *m, struct text t, struct text label, bool html,
            struct sheaf_buf *out)
{
    struct sheaf_buf room = { 0 };

    /* Text without a label, or labelled ASCII, is what it looks like; so is
     * what can only be UTF-8. But UTF-7 and its kind look like ASCII. */
    bool plain = text_trim(label).len == 0 || text_begins(label, "us-ascii") ||
                 text_begins(label, CHARSET_MIXED) ||
                 (text_is_utf8(t) && !text_is_ascii(t));

    if (plain || !charset_read(t, label, &room, &t)) {
        if (!plain)
            warn(m->place,
                 "its character set '%.*s' is not known; its text may be wrong",
                 (int)label.len, label.data);
        t = html ? html_decode(t, text_of(""), &room)
                 : decode_unnamed(m, t, &room);
    }
    buf_add(out, t.data, t.len);
    sheaf_buf_free(&room);
}

/* Appends the text of a part in UTF-8. */
static void
read_text_of(const struct mail *m, GMimeObject *part, bool html,
             struct sheaf_buf *out)
{
    struct sheaf_buf bytes = { 0 };

    read_content(m, part, &bytes);
    if (out->len > 0)
        buf_add_str(out, "\n");
    add_decoded(m, text_of_buf(&bytes),
                text_of(or_empty(g_mime_object_get_content_type_parameter(
                    part, "charset"))),
                html, out);
    sheaf_buf_free(&bytes);
}

static void
add_text_part(struct mail *m, struct text t)
{
    (void)story_part(&m->story, SHEAF_ROLE_TEXT, text_of(TYPE_TEXT), t);
}

/* Appends text as HTML: what follows HTML, or comes before it, in one mail. */
static void
add_as_html(struct text t, struct sheaf_buf *out)
{
    char *escaped = g_markup_escape_text(t.data, (gssize)t.len);

    buf_add_str(out, out->len > 0 ? "\n<pre>" : "<pre>");
    buf_add_str(out, escaped);
    buf_add_str(out, "</pre>");
    g_free(escaped);
}

/* The text so far becomes HTML. */
static void
begin_html(struct mail *m)
{
    struct story *s = &m->story;
    struct sheaf_buf text = s->body;

    memset(&s->body, 0, sizeof s->body);
    if (text.len > 0)
        add_as_html(text_of_buf(&text), &s->body);
    if (text.len > 0)
        add_text_part(m, text_of_buf(&text));
    sheaf_buf_free(&text);
}

/* Parts that follow each other are the body, such as the footer of a list. */
static void
take_text(struct mail *m, GMimeObject *part, bool html)
{
    struct story *s = &m->story;
    struct sheaf_buf text = { 0 };

    if (!html && (m->aside || (m->found && m->html))) {
        read_text_of(m, part, html, &text);
        add_text_part(m, text_of_buf(&text));
        if (!m->aside && text.len > 0)
            add_as_html(text_of_buf(&text), &s->body);
        sheaf_buf_free(&text);
        return;
    }
    if (html && m->found && !m->html)
        begin_html(m);
    read_text_of(m, part, html, &s->body);
    s->type = html ? TYPE_HTML : TYPE_TEXT;
    m->html = html;
    m->found = true;
}

/* ---- Attachments ---- */

static void
take_media(struct mail *m, GMimeObject *part)
{
    struct sheaf_buf bytes = { 0 }, url = { 0 };
    GMimeContentType *ct = g_mime_object_get_content_type(part);
    char *type = ct != NULL ? g_mime_content_type_get_mime_type(ct) : NULL;
    const char *name = GMIME_IS_PART(part)
                           ? g_mime_part_get_filename(GMIME_PART(part))
                           : NULL;
    const char *cid = g_mime_object_get_content_id(part);
    struct story_media media = { .type = text_of(or_empty(type)),
                                 .name = text_of(or_empty(name)) };

    read_content(m, part, &bytes);
    if (cid != NULL && cid[0] != '\0') {
        buf_add_str(&url, "cid:");
        buf_add_str(&url, cid);
        media.url = text_of_buf(&url);
    }
    media.length = bytes.len;
    if (story_part(&m->story, SHEAF_ROLE_MEDIA, media.type,
                   text_of_buf(&bytes))) {
        media.part = m->story.part_count; /* the body is part 0 */
        story_media(&m->story, &media);
    } else {
        m->left_out++;
    }
    g_free(type);
    sheaf_buf_free(&bytes);
    sheaf_buf_free(&url);
}

/* ---- The tree ---- */

static bool
is_attached(GMimeObject *part)
{
    const char *how = g_mime_object_get_disposition(part);

    return (how != NULL && g_ascii_strcasecmp(how, "attachment") == 0) ||
           (GMIME_IS_PART(part) &&
            g_mime_part_get_filename(GMIME_PART(part)) != NULL);
}

bool
mail_is_type(GMimeObject *part, const char *type, const char *subtype)
{
    GMimeContentType *ct = g_mime_object_get_content_type(part);

    return ct != NULL && g_mime_content_type_is_type(ct, type, subtype);
}

/* It is the first one, if none is named. */
GMimeObject *
mail_root(GMimeObject *part)
{
    const char *start;
    char *id;
    GMimeMultipart *multi;
    GMimeObject *root = NULL;
    int count;

    if (!GMIME_IS_MULTIPART(part) ||
        !mail_is_type(part, "multipart", "related"))
        return part;
    multi = GMIME_MULTIPART(part);
    count = g_mime_multipart_get_count(multi);
    start = g_mime_object_get_content_type_parameter(part, "start");
    id = start != NULL ? g_mime_utils_decode_message_id(start) : NULL;
    for (int i = 0; i < count && id != NULL && root == NULL; i++) {
        GMimeObject *one = g_mime_multipart_get_part(multi, i);

        if (strcmp(or_empty(g_mime_object_get_content_id(one)), id) == 0)
            root = one;
    }
    g_free(id);
    return root == NULL && count > 0 ? g_mime_multipart_get_part(multi, 0)
                                     : root;
}

/* Whether a page is made of others, which it shows in frames. */
static bool
has_frames(struct text t)
{
    for (const char *p; (p = memchr(t.data, '<', t.len)) != NULL;) {
        t = text_from(p, t.len - (size_t)(p - t.data));
        if (text_begins(t, "<frameset"))
            return true;
        t = text_from(t.data + 1, t.len - 1);
    }
    return false;
}

/* Reads the part that shows the others. */
static void
read_root(struct mail *m, GMimeObject *root, unsigned depth)
{
    size_t before = m->found && m->html ? m->story.body.len : 0;
    struct text t;

    mail_read_part(m, root, depth);
    t = text_of_buf(&m->story.body);
    t = text_from(t.data + before, t.len - before);
    if (m->found && m->html && t.len > 0 && !has_frames(t))
        m->beside = true;
}

/* Whether a part is HTML, or has some that is shown. */
static bool
has_html(GMimeObject *part, unsigned depth)
{
    bool related = mail_is_type(part, "multipart", "related");
    GMimeMultipart *multi;
    int count, i = 0;

    if (!GMIME_IS_MULTIPART(part))
        return !is_attached(part) && mail_is_type(part, "text", "html");
    if (depth > MAIL_DEPTH)
        return false;
    if (related)
        return mail_root(part) != NULL && has_html(mail_root(part), depth + 1);
    multi = GMIME_MULTIPART(part);
    count = g_mime_multipart_get_count(multi);
    while (i < count &&
           !has_html(g_mime_multipart_get_part(multi, i), depth + 1))
        i++;
    return i < count;
}

/* One of them is shown: the last one with HTML, or else the first one. The
 * texts of others are beside it. */
static void
read_alternative(struct mail *m, GMimeMultipart *multi, unsigned depth)
{
    int count = g_mime_multipart_get_count(multi), shown = count - 1;
    bool beside = m->beside, aside = m->aside;

    while (shown > 0 &&
           !has_html(g_mime_multipart_get_part(multi, shown), depth + 1))
        shown--;
    for (int i = 0; i < count; i++) {
        m->beside = beside || i != shown;
        m->aside = aside || i != shown;
        mail_read_part(m, g_mime_multipart_get_part(multi, i), depth + 1);
    }
    m->beside = beside;
    m->aside = aside;
}

/* Other pages beside one are what it shows, advertisements as a rule. */
static void
read_multipart(struct mail *m, GMimeMultipart *multi, unsigned depth)
{
    int count = g_mime_multipart_get_count(multi);
    GMimeObject *root = mail_root(GMIME_OBJECT(multi));
    bool beside = m->beside, aside = m->aside, digest = m->digest;

    m->digest = mail_is_type(GMIME_OBJECT(multi), "multipart", "digest");
    if (GMIME_IS_MULTIPART_ENCRYPTED(multi))
        m->encrypted = true;
    if (root != NULL && root != GMIME_OBJECT(multi)) {
        read_root(m, root, depth + 1);
        m->aside = aside || m->found;
    }
    for (int i = 0; i < count; i++) {
        GMimeObject *part = g_mime_multipart_get_part(multi, i);

        if (part != root)
            mail_read_part(m, part, depth + 1);
    }
    m->beside = beside;
    m->aside = aside;
    m->digest = digest;
}

/* A forwarded mail. It is stored as it came; its text is in the body if nothing
 * is before it, or if it is one of a digest. */
static void
read_message(struct mail *m, GMimeMessagePart *part, unsigned depth)
{
    GMimeMessage *inner = g_mime_message_part_get_message(part);
    bool shown = m->digest || text_trim(text_of_buf(&m->story.body)).len == 0;
    bool inside = m->inside;

    m->inside = true;
    if (shown && inner != NULL && !is_attached(GMIME_OBJECT(part)))
        mail_read_part(m, g_mime_message_get_mime_part(inner), depth + 1);
    m->inside = inside;
    /* Once: it holds all that is in it. */
    if (!inside)
        take_media(m, GMIME_OBJECT(part));
}

void
mail_read_part(struct mail *m, GMimeObject *part, unsigned depth)
{
    if (part == NULL)
        return;
    if (!m->found)
        story_lang(&m->story,
                   text_of(or_empty(
                       g_mime_object_get_header(part, "Content-Language"))));
    if (depth > MAIL_DEPTH)
        m->left_out++;
    else if (GMIME_IS_MULTIPART(part) &&
             mail_is_type(part, "multipart", "alternative"))
        read_alternative(m, GMIME_MULTIPART(part), depth);
    else if (GMIME_IS_MULTIPART(part))
        read_multipart(m, GMIME_MULTIPART(part), depth);
    else if (GMIME_IS_MESSAGE_PART(part))
        read_message(m, GMIME_MESSAGE_PART(part), depth);
    else if (!is_attached(part) && !m->beside &&
             mail_is_type(part, "text", "html"))
        take_text(m, part, true);
    else if (!is_attached(part) && mail_is_type(part, "text", "plain"))
        take_text(m, part, false);
    else
        take_media(m, part);
}

bool
mail_show_text(struct mail *m)
{
    struct story *s = &m->story;
    struct text body = text_of_buf(&s->body);

    if (m->html ? html_has_text(body) : !text_is_blank(body))
        return true;
    for (size_t i = 0; m->html && i < s->part_count; i++) {
        struct text text = text_of_buf(&s->parts[i].data);

        if (s->parts[i].role == SHEAF_ROLE_TEXT && !text_is_blank(text)) {
            add_as_html(text, &s->body);
            return true;
        }
    }
    return false;
}
