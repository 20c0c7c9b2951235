/*
 * article.c - one file, or one member of an archive, as an article: its
 * unchanged bytes, and the metadata that they contain.
 */
#include <stdio.h>

#include "import/charset.h"
#include "import/field_map.h"
#include "import/recode.h"
#include "import/record_fields.h"

static bool
ends_in(struct text name, const char *const *suffixes, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (text_ends(name, suffixes[i]))
            return true;
    return false;
}

bool
is_html(const struct look *l)
{
    static const char *const html[] = { ".html", ".htm", ".xhtml" };

    return ends_in(l->name, html, COUNT_OF(html)) ||
           looks_like_html(l->start);
}

/* ---- Text ---- */

/* Without a character that its end cuts in two. */
static struct text
whole_characters(const struct look *l)
{
    return l->whole ? l->start : text_cut(l->start, LOOK_MAX - 4);
}

bool
is_utf8_text(const struct look *l)
{
    struct text start = whole_characters(l);

    return text_is_utf8(start) &&
           memchr(start.data, '\0', start.len) == NULL;
}

static bool
is_named_markdown(struct text name)
{
    static const char *const markdown[] = {
        ".md",  ".markdown", ".mdx",  ".qmd",   ".rmd",
        ".mkd", ".mkdn",     ".mdwn", ".mdown",
    };

    return ends_in(name, markdown, COUNT_OF(markdown));
}

static bool
is_named_markup(struct text name)
{
    static const char *const markup[] = { ".rst",  ".rest",     ".org",
                                          ".adoc", ".asciidoc", ".textile" };

    return ends_in(name, markup, COUNT_OF(markup));
}

static bool
is_named_text(struct text name)
{
    static const char *const text[] = { ".txt", ".text", ".asc" };

    return ends_in(name, text, COUNT_OF(text)) || is_named_markdown(name) ||
           is_named_markup(name);
}

/* Bytes that happen to have no control characters have other bytes more often
 * than text that is mostly ASCII. */
static bool
is_mostly_ascii(struct text t)
{
    size_t other = 0;

    for (size_t i = 0; i < t.len; i++)
        other += (unsigned char)t.data[i] >= 0x80;
    return t.len >= 32 && other <= t.len / 5;
}

/* The charset of a text, as a label. */
static enum charset_found
find_charset(const struct look *l, char label[CHARSET_NAME_MAX])
{
    enum charset_found found;

    memcpy(label, "utf-8", 6);
    if (is_utf8_text(l) && memchr(l->start.data, 0x1B, l->start.len) == NULL)
        return CHARSET_SURE;
    found = charset_of_text(l->start, label);
    if (is_utf8_text(l) && found != CHARSET_SURE) {
        memcpy(label, "utf-8", 6);
        return CHARSET_SURE;
    }
    if (found == CHARSET_SURE || found == CHARSET_NONE)
        return found;
    if (asked.from == NULL && !is_named_text(l->name) &&
        !is_mostly_ascii(l->start))
        return CHARSET_NONE;
    if (asked.charset == NULL)
        return found;
    snprintf(label, CHARSET_NAME_MAX, "%s", asked.charset);
    return CHARSET_SURE;
}

/* Leaves out the NULs at its end, which a program in C, the blocks of a tape or
 * a power failure put behind a text. */
static void
leave_padding(struct look *l)
{
    char label[CHARSET_NAME_MAX];
    size_t n = l->start.len;

    while (n > 0 && l->start.data[n - 1] == '\0')
        n--;
    if (n > 0 && n < l->start.len && find_charset(l, label) == CHARSET_NONE)
        l->start.len = n;
}

bool
is_text(const struct look *l)
{
    struct look text = *l;
    char label[CHARSET_NAME_MAX];

    leave_padding(&text);
    return find_charset(&text, label) != CHARSET_NONE;
}

bool
is_markdown(const struct look *l)
{
    return is_named_markdown(l->name) && is_text(l);
}

bool
is_rst(const struct look *l)
{
    return (text_ends(l->name, ".rst") || text_ends(l->name, ".rest")) &&
           is_text(l);
}

bool
is_org(const struct look *l)
{
    return text_ends(l->name, ".org") && is_text(l);
}

/* Keys and signatures of PGP are .asc, too. */
bool
is_asciidoc(const struct look *l)
{
    return (text_ends(l->name, ".adoc") || text_ends(l->name, ".asciidoc") ||
            (text_ends(l->name, ".asc") && text_begins(l->start, "= "))) &&
           is_text(l);
}

bool
is_textile(const struct look *l)
{
    return text_ends(l->name, ".textile") && is_text(l);
}

/* The text in UTF-8, in `room` if it has to be converted. */
static struct text
convert_text(const struct look *l, const char *label, struct sheaf_buf *room)
{
    struct text t = l->start;

    if (strcmp(label, "utf-8") == 0 && !l->whole)
        t = text_cut(t, LOOK_MAX - 4);
    if (!charset_read(t, text_of(label), room, &t))
        recode(label, t, room); /* which says that it is unknown */
    return t;
}

static void
doubt_charset(struct meta *m, enum charset_found found, const char *label)
{
    char *doubt = NULL;

    if (found == CHARSET_UNKNOWN)
        meta_doubt(m, "its character set is not known (--charset)");
    else if (found == CHARSET_GUESSED && strcmp(label, CHARSET_MIXED) == 0)
        meta_doubt(m, "some of its bytes are not UTF-8");
    else if (found == CHARSET_GUESSED)
        meta_doubt(m, doubt = format_text("it is not UTF-8, and is read as "
                                          "%s (--charset)", label));
    mem_free(doubt);
}

/* Says that it is bytes; and why, if it is named as text or would be text
 * without its NULs. */
static void
doubt_bytes(struct meta *m, const struct look *l)
{
    size_t at = charset_control(l->start);
    bool text = at > 0 && at < l->start.len && l->start.data[at] == '\0' &&
                text_is_utf8(whole_characters(l));
    char *doubt;

    if (at == l->start.len || !(text || is_named_text(l->name))) {
        meta_doubt(m, "its format is not known: it is kept as bytes, without "
                      "a text");
        return;
    }
    doubt = format_text("it is kept as bytes: byte %zu is no character of "
                        "text (0x%02X)",
                        at + 1, (unsigned char)l->start.data[at]);
    meta_doubt(m, doubt);
    mem_free(doubt);
}

/* A text that would be records if its name did not say that it is one. */
static void
doubt_records(struct meta *m, struct text t, bool whole)
{
    struct look l = { text_cut(t, LOOK_MAX), text_of(""), whole };

    l.whole = l.whole && l.start.len == t.len;
    if (asked.from == NULL &&
        (is_csv(&l) || json_begins_with_record(l.start, l.whole)))
        meta_doubt(m, "it begins as records do, and becomes one article "
                      "(--from jsonl, json, csv)");
}

/* ---- The article ---- */

/* A file keeps its name as its ID, whatever URL it states: two files are two
 * articles. Only --map finds another. */
static void
finish(struct item *item, struct meta *m, const char *type)
{
    m->member.len = 0; /* its ID says that */
    if (m->id.len > 0 && m->file.len == 0 && item->id != NULL)
        m->file = text_of(item->id);
    else if (m->id.len == 0)
        m->id = item->id != NULL ? text_of(item->id) : m->url;
    (void)emit_input(item->place, m, type, item->in);
    if (!map_loaded())
        undated_front(m, item->place);
    meta_free(m);
}

void
import_document(struct item *item)
{
    struct meta m;

    meta_start(&m, item);
    read_document(input_peek(item->in, HOLD_MAX), &m);
    finish(item, &m, TYPE_XML);
}

void
import_bytes(struct item *item)
{
    struct look l = input_look(item->in, text_after_slash(item->id));
    struct meta m;

    meta_start(&m, item);
    if (asked.from == NULL)
        doubt_bytes(&m, &l);
    finish(item, &m, TYPE_BYTES);
}

/* Jekyll has the day of a post in its name: _posts/2024-03-11-gate.md. In other
 * folders it may be the day of anything. */
static bool
is_post(const struct item *item)
{
    return item->id != NULL && strstr(item->id, "_posts/") != NULL;
}

static void
read_named_day(const struct item *item, struct meta *m)
{
    struct text name = text_after_slash(item->id);
    struct text day = text_from(name.data, 10);

    if (name.len <= day.len || !date_is_plain(day) || m->published.len > 0 ||
        strchr("-_. ", name.data[day.len]) == NULL)
        return;
    m->published = day;
    if (!is_post(item))
        meta_guess(m, "published");
}

/* A page of a static site is dated as its Markdown is; what else dates it is a
 * guess beside the name of a post. */
static void
read_page_day(const struct item *item, struct meta *m)
{
    struct text found = m->published;

    if (is_post(item) && !m->dated && !map_loaded())
        m->published.len = 0;
    if (is_post(item) || m->fronted)
        read_named_day(item, m);
    if (m->published.len == 0)
        m->published = found;
}

void
import_html(struct item *item)
{
    struct meta m;

    /* In a page, metadata can follow megabytes of style sheets. */
    meta_start(&m, item);
    read_html(input_peek(item->in, HOLD_MAX + 1), &m);
    read_page_day(item, &m);
    finish(item, &m, TYPE_HTML);
}

/* Text of the media type `type`. Only its start was examined. */
static void
import_words(struct item *item, const char *type,
             void (*read)(struct text body, struct meta *m))
{
    struct look all = input_look(item->in, text_after_slash(item->id));
    struct sheaf_buf room = { 0 };
    enum charset_found found;
    char label[CHARSET_NAME_MAX], *named = NULL;
    struct meta m;

    all.start = input_peek(item->in, HOLD_MAX + 1);
    all.whole = item->in->ended;
    if (all.whole)
        leave_padding(&all);
    else
        all.start.len = LOOK_MAX;
    found = find_charset(&all, label);
    meta_start(&m, item);
    if (found == CHARSET_NONE || found == CHARSET_UNKNOWN) {
        type = TYPE_BYTES;
        if (found == CHARSET_NONE)
            doubt_bytes(&m, &all);
    } else {
        struct text text = convert_text(&all, label, &room);

        read(text, &m);
        if (read == read_text)
            doubt_records(&m, text, all.whole);
        if (strcmp(label, "utf-8") != 0)
            type = named = format_text("%.*s; charset=%s",
                                       (int)strcspn(type, ";"), type, label);
    }
    if (read != read_text && strcmp(type, TYPE_BYTES) != 0)
        read_named_day(item, &m);
    doubt_charset(&m, found, label);
    finish(item, &m, type);
    sheaf_buf_free(&room);
    mem_free(named);
}

void
import_markdown(struct item *item)
{
    import_words(item, TYPE_MARKDOWN, read_markdown);
}

void
import_text(struct item *item)
{
    import_words(item, TYPE_TEXT, read_text);
}

/* Readers show these as plain text, so that is their type. */
void
import_rst(struct item *item)
{
    import_words(item, TYPE_TEXT, read_rst);
}

void
import_org(struct item *item)
{
    import_words(item, TYPE_TEXT, read_org);
}

void
import_asciidoc(struct item *item)
{
    import_words(item, TYPE_TEXT, read_asciidoc);
}

void
import_textile(struct item *item)
{
    import_words(item, TYPE_TEXT, read_textile);
}
