/*
 * text.c - views of text, and what plain text and Markdown say about
 * themselves.
 */
#include "import/import.h"

#include <strings.h>

int
text_compare(struct text a, struct text b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int c = n != 0 ? memcmp(a.data, b.data, n) : 0;

    return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

bool
text_ends(struct text t, const char *suffix)
{
    size_t n = strlen(suffix);

    return t.len >= n && strncasecmp(t.data + t.len - n, suffix, n) == 0;
}

bool
text_begins(struct text t, const char *prefix)
{
    size_t n = strlen(prefix);

    return t.len >= n && strncasecmp(t.data, prefix, n) == 0;
}

/* Length of the white space at `p`: ASCII's, and what pages in Chinese and
 * from word processors begin with. */
static size_t
space_at(const char *p, size_t left)
{
    if (left >= 1 && strchr(" \t\n\v\f\r", *p) != NULL && *p != '\0')
        return 1;
    if (left >= 2 && memcmp(p, "\xC2\xA0", 2) == 0)
        return 2;
    if (left >= 3 && (memcmp(p, "\xE3\x80\x80", 3) == 0 ||
                      memcmp(p, "\xEF\xBB\xBF", 3) == 0))
        return 3;
    return 0;
}

struct text
text_trim(struct text t)
{
    size_t n;

    while ((n = space_at(t.data, t.len)) != 0) {
        t.data += n;
        t.len -= n;
    }
    for (n = 1; n <= 3 && n <= t.len;) {
        if (space_at(t.data + t.len - n, n) == n) {
            t.len -= n;
            n = 1;
        } else {
            n++;
        }
    }
    return t;
}

struct text
text_cut(struct text t, size_t max)
{
    if (t.len <= max)
        return t;
    while (max > 0 && ((unsigned char)t.data[max] & 0xC0) == 0x80)
        max--;
    t.len = max;
    return t;
}

bool
text_line(struct text *rest, struct text *line)
{
    const char *end;
    size_t n;

    if (rest->len == 0)
        return false;
    end = memchr(rest->data, '\n', rest->len);
    n = end != NULL ? (size_t)(end - rest->data) : rest->len;
    *line = text_from(rest->data, n);
    n += end != NULL;
    rest->data += n;
    rest->len -= n;
    if (line->len > 0 && line->data[line->len - 1] == '\r')
        line->len--;
    return true;
}

size_t
utf8_char(const unsigned char *p, size_t left)
{
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;

    if (p[0] >= 0x80 && (p[0] < 0xC2 || p[0] > 0xF4))
        return 0;
    if (n > left)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    /* Overlong forms, surrogates, and what is beyond U+10FFFF. */
    if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) ||
        (p[0] == 0xF0 && p[1] < 0x90) || (p[0] == 0xF4 && p[1] > 0x8F))
        return 0;
    return n;
}

bool
utf8_valid(struct text t)
{
    const unsigned char *p = (const unsigned char *)t.data;

    for (size_t i = 0; i < t.len;) {
        size_t n = p[i] < 0x80 ? 1 : utf8_char(p + i, t.len - i);

        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

static struct text
first_line(struct text body)
{
    struct text line;

    while (text_line(&body, &line)) {
        line = text_trim(line);
        if (line.len > 0)
            return text_trim(text_cut(line, FIRST_LINE_MAX));
    }
    return text_from(body.data, 0);
}

/* ---- The layout that news sites' extractors leave ---- */

/*
 *     date 2025-11-06 ASIA PACIFIC
 *    Headline
 *    Summary
 *    Caption / CREDIT
 *    November 6, 2025
 *
 *    Body ...
 *
 *    RelatedAnother headline
 *
 * All but the first two lines may be missing. The labels come from the page
 * and stick to what they label.
 */
#define HEAD_LINES ((size_t)8)
#define RELATED_LINES ((size_t)40)

static bool
read_date_line(struct text line, struct meta *m)
{
    struct text date;

    line = text_trim(line);
    if (line.len < 15 || memcmp(line.data, "date ", 5) != 0)
        return false;
    date = text_from(line.data + 5, 10);
    if (!date_is_plain(date) || (line.len > 15 && line.data[15] != ' '))
        return false;
    m->published = date;
    m->section = text_trim(text_from(line.data + 15, line.len - 15));
    return true;
}

/* "November 6, 2025" or "6 November 2025". */
static bool
is_date_in_words(struct text t)
{
    size_t numbers = 0, letters = 0, year = 0;

    if (t.len > 40)
        return false;
    for (size_t i = 0; i < t.len; i++) {
        char c = t.data[i];
        bool digit = c >= '0' && c <= '9';
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');

        numbers += digit;
        letters += letter;
        year = digit ? year + 1 : 0;
        if (!digit && !letter && c != ' ' && c != ',' && c != '.')
            return false;
    }
    return letters >= 3 && year == 4 && (numbers == 5 || numbers == 6);
}

/* Where " / " last is, or the text's length. */
static size_t
find_credit(struct text t)
{
    for (size_t i = t.len; i >= 3; i--)
        if (memcmp(t.data + i - 3, " / ", 3) == 0)
            return i - 3;
    return t.len;
}

/* A summary may have a slash too, but what follows is no short name then. */
static bool
is_caption(struct text t)
{
    size_t at = find_credit(t);

    return at != t.len && t.len - at - 3 <= 64 && t.data[t.len - 1] != '.';
}

static void
add_media(struct text t, struct meta *m)
{
    size_t at = find_credit(t);
    struct text caption = text_trim(text_from(t.data, at));

    if (m->media.len != 0)
        m->media.len--; /* the bracket */
    buf_str(&m->media, m->media.len == 0 ? "[{" : ",{");
    if (caption.len > 0) {
        canon_key(&m->media, text_of("caption"));
        canon_string(&m->media, text_cut(caption, SUMMARY_MAX));
    }
    if (at != t.len) {
        t = text_trim(text_from(t.data + at + 3, t.len - at - 3));
        canon_key(&m->media, text_of("credit"));
        canon_string(&m->media, text_cut(t, HEADLINE_MAX));
    }
    buf_str(&m->media, "}]");
}

/* The lines between the headline and the first blank one. */
static void
read_head_lines(const struct text *lines, size_t count, struct meta *m)
{
    for (size_t i = 0; i < count; i++) {
        if (i == count - 1 && is_date_in_words(lines[i]))
            break;
        if (i == 0 && !(count <= 2 && is_caption(lines[0]) &&
                        (count == 1 || is_date_in_words(lines[1]))))
            m->summary = text_cut(lines[i], SUMMARY_MAX);
        else
            add_media(lines[i], m);
    }
}

/* "Related" with a headline or nothing behind it, and no sentence that
 * happens to begin so. */
static bool
is_related(struct text line)
{
    struct text t;

    if (line.len < 7 || memcmp(line.data, "Related", 7) != 0 ||
        line.len > FIRST_LINE_MAX + 7)
        return false;
    t = text_from(line.data + 7, line.len - 7);
    if (t.len > 0 && t.data[0] == ':')
        t = text_from(t.data + 1, t.len - 1);
    t = text_trim(t);
    return t.len == 0 || t.data[0] < 'a' || t.data[0] > 'z';
}

static void
add_related(struct text t, struct meta *m)
{
    t = text_trim(t);
    if (t.len == 0)
        return;
    if (m->related.len != 0)
        m->related.len--;
    buf_str(&m->related, m->related.len == 0 ? "[" : ",");
    canon_string(&m->related, text_cut(t, HEADLINE_MAX));
    buf_str(&m->related, "]");
}

/* One line may be several of them, run together: "RelatedOneRelatedTwo". */
static void
add_related_line(struct text line, struct meta *m)
{
    size_t from = is_related(line) ? 7 : 0;

    if (from < line.len && line.data[from] == ':')
        from++;
    for (size_t i = from + 1; i + 7 < line.len; i++) {
        if (line.data[i - 1] != ' ' && line.data[i + 7] >= 'A' &&
            line.data[i + 7] <= 'Z' &&
            memcmp(line.data + i, "Related", 7) == 0) {
            add_related(text_from(line.data + from, i - from), m);
            from = i + 7;
            i = from;
        }
    }
    add_related(text_from(line.data + from, line.len - from), m);
}

/* Whether all lines are related headlines: labelled, or right below one. */
static bool
all_related(const struct text *lines, size_t count)
{
    bool below = false;

    for (size_t i = 0; i < count; i++) {
        bool bare = lines[i].len == 7 || lines[i].len == 8;

        if (is_related(lines[i]))
            below = true;
        else if (lines[i].len == 0)
            below = below && i > 0 && is_related(lines[i - 1]) &&
                    lines[i - 1].len <= 8;
        else if (!below || lines[i].len > FIRST_LINE_MAX || bare)
            return false;
    }
    return true;
}

static void
read_related(struct text rest, struct meta *m)
{
    struct text lines[RELATED_LINES];
    struct text line;
    size_t count = 0, start = 0;

    while (text_line(&rest, &line)) {
        if (count == RELATED_LINES) {
            memmove(lines, lines + 1, (count - 1) * sizeof lines[0]);
            count--;
        }
        lines[count++] = text_trim(line);
    }
    while (start < count && !(is_related(lines[start]) &&
                              all_related(lines + start, count - start)))
        start++;
    for (; start < count; start++)
        add_related_line(lines[start], m);
}

static bool
read_seed(struct text body, struct meta *m)
{
    struct text lines[HEAD_LINES];
    struct text line, rest = body;
    size_t count = 0;

    if (!text_line(&rest, &line) || !read_date_line(line, m))
        return false;
    while (text_line(&rest, &line) && text_trim(line).len > 0) {
        if (count == HEAD_LINES)
            return false;
        lines[count++] = text_trim(line);
    }
    if (count == 0)
        return false;
    m->headline = text_trim(text_cut(lines[0], HEADLINE_MAX));
    read_head_lines(lines + 1, count - 1, m);
    read_related(rest, m);
    return true;
}

void
read_text(struct text body, struct meta *m)
{
    static const struct text none = { "", 0 };

    if (read_seed(body, m))
        return;
    m->published = none;
    m->section = none;
    m->headline = first_line(body);
}

/* ---- Markdown ---- */

/* Takes the block between two lines of dashes at the start off `body`, and
 * finds its `title:`. */
static struct text
front_matter(struct text *body)
{
    struct text rest = *body, line, title = { "", 0 };

    if (!text_line(&rest, &line) || !text_is(line, "---"))
        return title;
    while (text_line(&rest, &line)) {
        if (text_is(line, "---") || text_is(line, "...")) {
            *body = rest;
            return title;
        }
        if (title.len == 0 && text_begins(line, "title:")) {
            title = text_trim(text_from(line.data + 6, line.len - 6));
            if (title.len >= 2 && strchr("\"'", title.data[0]) != NULL &&
                title.data[title.len - 1] == title.data[0])
                title = text_from(title.data + 1, title.len - 2);
        }
    }
    return text_from("", 0);
}

/* "# Title", perhaps with more marks behind it. */
static struct text
hash_heading(struct text line)
{
    size_t len;

    if (!text_begins(line, "# ") && !text_begins(line, "#\t"))
        return text_from(line.data, 0);
    line = text_trim(text_from(line.data + 2, line.len - 2));
    len = line.len;
    while (len > 0 && line.data[len - 1] == '#')
        len--;
    if (len == 0 || line.data[len - 1] == ' ')
        line.len = len;
    return text_trim(line);
}

static bool
is_underline(struct text line)
{
    line = text_trim(line);
    for (size_t i = 0; i < line.len; i++)
        if (line.data[i] != '=')
            return false;
    return line.len > 0;
}

/* The first heading of the first level; shell comments in code are none. */
static struct text
find_heading(struct text body)
{
    struct text line, before = { "", 0 };
    char fence = '\0';

    while (text_line(&body, &line)) {
        struct text t = text_trim(line);
        struct text heading = hash_heading(line);

        if (text_begins(t, "```") || text_begins(t, "~~~")) {
            if (fence == '\0')
                fence = t.data[0];
            else if (fence == t.data[0])
                fence = '\0';
            t.len = 0;
        } else if (fence != '\0') {
            t.len = 0;
        } else if (heading.len > 0) {
            return heading;
        } else if (before.len > 0 && is_underline(line)) {
            return before;
        }
        before = t;
    }
    return text_from("", 0);
}

void
read_markdown(struct text body, struct meta *m)
{
    struct text title;

    /* A byte order mark would hide a front matter. */
    if (text_begins(body, "\xEF\xBB\xBF"))
        body = text_from(body.data + 3, body.len - 3);
    title = front_matter(&body);
    m->headline = find_heading(body);
    if (m->headline.len == 0)
        m->headline = title;
    if (m->headline.len == 0)
        m->headline = first_line(body);
    while (m->headline.len > 0 && m->headline.data[0] == '#')
        m->headline = text_from(m->headline.data + 1, m->headline.len - 1);
    m->headline = text_trim(text_cut(m->headline, HEADLINE_MAX));
}
