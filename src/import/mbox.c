/*
 * mbox.c - mailboxes and single mails.
 *
 * In a mailbox a mail begins with a line "From SENDER DATE". Such a line in a
 * text is written ">From ", which is undone here as mboxrd has it. A
 * Content-Length counts if the next mail, or the end, is where it says.
 */
#include "import/mail.h"

struct box {
    struct item *item;
    struct mail mail;
    struct sheaf_buf text; /* the mail */
    struct sheaf_buf from; /* the line before it */
    uint64_t number;
    bool over; /* it is over the limit */
};

/* ---- Lines between mails ---- */

static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Whether a line is "From SENDER ... 12:34 ... 2024". */
static bool
is_separator(struct text line)
{
    bool clock = false, year = false;
    size_t run = 0;

    if (line.len < 20 || line.len > 1000 || memcmp(line.data, "From ", 5) != 0)
        return false;
    for (size_t i = 5; i <= line.len; i++) {
        char c = i < line.len ? line.data[i] : ' ';

        if (is_digit(c)) {
            run++;
            continue;
        }
        if (run == 4 && (unsigned char)c <= ' ')
            year = true;
        if ((run == 1 || run == 2) && c == ':' && i + 2 < line.len &&
            is_digit(line.data[i + 1]) && is_digit(line.data[i + 2]))
            clock = true;
        run = 0;
    }
    return clock && year;
}

/* The next line in the buffer, without taking it; with its line end. */
static struct text
next_line(struct input *in)
{
    size_t seen = 0;

    for (;;) {
        struct text t = input_peek(in, seen + 1);
        const char *end = t.len > seen
                              ? memchr(t.data + seen, '\n', t.len - seen)
                              : NULL;

        if (end != NULL)
            return text_from(t.data, (size_t)(end - t.data) + 1);
        if (t.len == seen || t.len > MIB)
            return t;
        seen = t.len;
    }
}

/* Whether a mail begins here: a separator, and the first line of a header or
 * nothing behind it. */
static bool
begins_here(struct input *in)
{
    struct text line = next_line(in), rest, second;
    size_t n = line.len;

    if (!is_separator(line))
        return false;
    rest = input_peek(in, n + 4 * KIB);
    rest = text_from(rest.data + n, rest.len - n);
    if (!text_line(&rest, &second))
        return true; /* nothing follows */
    while (second.len > 0 && second.data[0] == '>' &&
           text_line(&rest, &second))
        ;
    return second.len == 0 || mail_is_field(second);
}

/* ---- One mail ---- */

static void
add(struct box *b, struct text t)
{
    if (t.len > RECORD_MAX - b->text.len)
        b->over = true;
    if (!b->over)
        buf_add(&b->text, t.data, t.len);
}

/* The Content-Length in the header of the mail, if one is stated. */
static bool
content_length(struct text header, uint64_t *length)
{
    struct text line;
    bool found = false;

    while (text_line(&header, &line)) {
        uint64_t v = 0;

        if (!text_begins(line, "Content-Length:"))
            continue;
        line = text_trim(text_from(line.data + 15, line.len - 15));
        found = line.len > 0 && line.len < 12;
        for (size_t i = 0; i < line.len && found; i++) {
            found = is_digit(line.data[i]);
            v = v * 10 + (uint64_t)(line.data[i] - '0');
        }
        *length = v;
    }
    return found;
}

/* Takes the body by its length, if what follows it is a mail or the end. */
static bool
take_by_length(struct box *b, uint64_t length)
{
    struct input *in = b->item->in;
    struct text t, rest, line;
    size_t n = (size_t)length;

    if (length > RECORD_MAX - b->text.len)
        return false;
    t = input_peek(in, n + 2 * KIB);
    if (t.len < n)
        return false;
    rest = text_from(t.data + n, t.len - n);
    while (rest.len > 0 && (rest.data[0] == '\n' || rest.data[0] == '\r'))
        rest = text_from(rest.data + 1, rest.len - 1);
    if (rest.len > 0 && (!text_line(&rest, &line) || !is_separator(line)))
        return false;
    add(b, text_from(t.data, n));
    input_take(in, n);
    return true;
}

/* ">From " and ">>From " have one ">" less. */
static struct text
unquote(struct text line)
{
    size_t n = 0;

    while (n < line.len && line.data[n] == '>')
        n++;
    return n > 0 && line.len - n >= 5 && memcmp(line.data + n, "From ", 5) == 0
               ? text_from(line.data + 1, line.len - 1)
               : line;
}

static bool
is_empty(struct text line)
{
    return line.len > 0 &&
           (line.data[0] == '\n' || (line.len == 2 && line.data[0] == '\r'));
}

/* Takes lines up to the next separator. It follows an empty line; without one
 * it is a separator, too, if a header follows. */
static void
take_lines(struct box *b)
{
    struct input *in = b->item->in;

    for (;;) {
        struct text line = next_line(in);

        if (line.len == 0 || begins_here(in))
            return;
        line = next_line(in);
        add(b, unquote(line));
        input_take(in, line.len);
    }
}

/* Takes the header up to and with its empty line. */
static void
take_header(struct box *b)
{
    struct input *in = b->item->in;

    for (;;) {
        struct text line = next_line(in);
        bool last = is_empty(line);

        if (line.len == 0 || (b->text.len > 0 && begins_here(in)))
            return;
        line = next_line(in);
        /* ">From " in a header is the sender of a mail before it was
         * forwarded. */
        if (!(line.data[0] == '>' && unquote(line).data != line.data))
            add(b, line);
        input_take(in, line.len);
        if (last)
            return;
    }
}

/* The empty line before a separator is not of the mail. */
static void
cut_last_line(struct sheaf_buf *b)
{
    size_t n = b->len;

    if (n >= 2 && b->data[n - 1] == '\n' && b->data[n - 2] == '\n')
        b->len -= 1;
    else if (n >= 4 && memcmp(b->data + n - 4, "\r\n\r\n", 4) == 0)
        b->len -= 2;
}

/* Editors put a byte order mark before it. */
static struct text
without_mark(struct text t)
{
    return text_begins(t, "\xEF\xBB\xBF") ? text_from(t.data + 3, t.len - 3)
                                          : t;
}

/* Apple Mail has the length of the mail before it, and its own notes behind.
 * The length of the line with it; 0: there is none. */
static size_t
apple_line(struct text name, struct text t, size_t *len)
{
    size_t n = 0;

    *len = 0;
    while (n < t.len && n < 9 && t.data[n] >= '0' && t.data[n] <= '9')
        *len = 10 * *len + (size_t)(t.data[n++] - '0');
    while (n < t.len && t.data[n] == ' ')
        n++;
    return text_ends(name, ".emlx") && *len > 0 && n < t.len &&
                   t.data[n] == '\n'
               ? n + 1
               : 0;
}

static void
skip_mark(struct input *in)
{
    struct text t = input_peek(in, 3);

    input_take(in, t.len - without_mark(t).len);
}

static void
take_mail(struct box *b)
{
    const char *id = b->item->id != NULL ? b->item->id : "";
    char *place, *fallback;
    uint64_t length = 0;

    b->number++;
    b->over = false;
    b->text.len = 0;
    place = format_text("%s: mail %llu", b->item->place,
                        (unsigned long long)b->number);
    fallback = format_text("%s:%llu", id, (unsigned long long)b->number);
    take_header(b);
    if (!content_length(text_of_buf(&b->text), &length) ||
        !take_by_length(b, length)) {
        size_t header = b->text.len;

        take_lines(b);
        if (b->text.len > header)
            cut_last_line(&b->text);
    }
    b->mail.from_line = text_trim(text_of_buf(&b->from));
    if (b->over)
        reject(EXIT_LIMIT, place, text_from("", 0), "more than %zu MiB",
               RECORD_MAX / MIB);
    else
        mail_import(&b->mail, b->item, place, fallback, b->number,
                    text_of_buf(&b->text));
    b->from.len = 0;
    mem_free(place);
    mem_free(fallback);
}

void
import_mbox(struct item *item)
{
    struct box *b = mem_new(1, sizeof *b);
    struct text line;

    b->item = item;
    skip_mark(item->in);
    while ((line = next_line(item->in)).len > 0) {
        if (begins_here(item->in)) {
            line = next_line(item->in);
            buf_add(&b->from, line.data, line.len);
            input_take(item->in, line.len);
            take_mail(b);
        } else if (is_empty(line)) {
            input_take(item->in, line.len);
        } else if (b->number == 0) {
            reject(EXIT_FAILED, item->place, text_from("", 0),
                   "a mailbox begins with a line \"From SENDER DATE\"");
            break;
        } else {
            take_mail(b); /* behind a body that was taken by its length */
        }
    }
    mail_free(&b->mail);
    sheaf_buf_free(&b->text);
    sheaf_buf_free(&b->from);
    mem_free(b);
}

void
import_mail(struct item *item)
{
    struct mail *m = mem_new(1, sizeof *m);
    struct text t;
    size_t len, line;

    skip_mark(item->in);
    t = input_peek(item->in, RECORD_MAX + 1);
    line = apple_line(text_after_slash(item->id), t, &len);
    t = text_from(t.data + line, t.len - line);
    if (line > 0 && t.len >= len)
        t.len = len;
    else if (line > 0 && t.len <= RECORD_MAX)
        warn(item->place, "its end is missing; it may have been cut short");
    if (input_failed(item->in))
        ;
    else if (t.len > RECORD_MAX)
        reject(EXIT_LIMIT, item->place, text_from("", 0),
               "a mail of more than %zu MiB", RECORD_MAX / MIB);
    else
        mail_import(m, item, item->place, item->id != NULL ? item->id : "", 0,
                    t);
    mail_free(m);
    mem_free(m);
}

/* ---- Recognition ---- */

/* Whether a separator is exactly "From SENDER Wed Jan  3 12:34:56 2024". */
static bool
has_plain_date(struct text line)
{
    struct text date = text_from(line.data + 5, line.len - 5);
    char out[DATE_MAX];

    while (date.len > 0 && date.data[0] != ' ')
        date = text_from(date.data + 1, date.len - 1);
    date = text_trim(date);
    return date.len > 8 && date.data[3] == ' ' && date.data[7] == ' ' &&
           date_convert(date, out);
}

bool
is_mbox(const struct look *l)
{
    struct text t = without_mark(l->start), line, first;
    bool whole = l->whole, sure;

    if (!text_line(&t, &line) || !is_separator(line))
        return false;
    sure = has_plain_date(line) || text_ends(l->name, ".mbox") ||
           text_ends(l->name, ".mbx");
    if (text_begins(t, ">From "))
        (void)text_line(&t, &line);
    if (mail_is_header(t, whole, false))
        return true;
    /* The first mail may have no sender in its header, or no header. */
    return sure && (!text_line(&t, &first) || text_trim(first).len == 0 ||
                    mail_is_field(first));
}

bool
is_mail(const struct look *l)
{
    struct text t = without_mark(l->start), line, rest;
    size_t len, skip = apple_line(l->name, t, &len);

    rest = t = text_from(t.data + skip, t.len - skip);
    /* Text with such lines in front is common. */
    if (text_ends(l->name, ".md") || text_ends(l->name, ".markdown") ||
        text_ends(l->name, ".html") || text_ends(l->name, ".htm"))
        return false;
    if ((text_ends(l->name, ".eml") || text_ends(l->name, ".mht") ||
         text_ends(l->name, ".mhtml")) &&
        text_line(&rest, &line) && mail_is_field(line))
        return true;
    return mail_is_header(t, l->whole, true);
}
