/*
 * plain.c - the metadata of plain text: its first line, or the head that
 * extractors of news sites write.
 */
#include "import/import.h"

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

/* As many times the first line of a text is that of documents in it. */
#define MARKS_MIN 5

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

/* The place of the last " / ", or the length of the text. */
static size_t
find_credit(struct text t)
{
    for (size_t i = t.len; i >= 3; i--)
        if (memcmp(t.data + i - 3, " / ", 3) == 0)
            return i - 3;
    return t.len;
}

/* A summary may have a slash too, but then no short name follows it. */
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
    buf_add_str(&m->media, m->media.len == 0 ? "[{" : ",{");
    if (caption.len > 0) {
        canon_key(&m->media, text_of("caption"));
        canon_string(&m->media, text_cut(caption, SUMMARY_MAX));
    }
    if (at != t.len) {
        t = text_trim(text_from(t.data + at + 3, t.len - at - 3));
        canon_key(&m->media, text_of("credit"));
        canon_string(&m->media, text_cut(t, HEADLINE_MAX));
    }
    buf_add_str(&m->media, "}]");
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

/* "Related" with a headline or nothing after it, but not a sentence that
 * begins with this word. */
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
    buf_add_str(&m->related, m->related.len == 0 ? "[" : ",");
    canon_string(&m->related, text_cut(t, HEADLINE_MAX));
    buf_add_str(&m->related, "]");
}

/* One line may be several, run together: "RelatedOneRelatedTwo". */
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

/* Whether all lines are related headlines: with the label, or right below
 * one. */
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

/* ---- Several documents ---- */

/* What begins a document again, if the first line of a text does: the line, or
 * "ZCZC" of a wire and "- id:" of a list in YAML, behind which others come. */
static struct text
mark_of(struct text first)
{
    const char *colon = memchr(first.data, ':', first.len);

    if (text_begins(first, "ZCZC"))
        return text_from(first.data, 4);
    if (text_begins(first, "- ") && colon != NULL)
        return text_from(first.data, (size_t)(colon + 1 - first.data));
    return first;
}

/* Rulers are within texts, too, but for those that databases put between. Nor
 * are the names of who speaks the beginning of another text. */
static bool
is_mark(struct text t)
{
    size_t words = 0;

    for (size_t i = 0; i < t.len; i++)
        words += (t.data[i] >= '0' && t.data[i] <= '9') ||
                 (t.data[i] >= 'A' && t.data[i] <= 'Z') ||
                 (t.data[i] >= 'a' && t.data[i] <= 'z') ||
                 (unsigned char)t.data[i] >= 0x80;
    return words > 0 ? t.data[t.len - 1] != ':' || t.data[0] == '-'
                     : text_begins(t, "________");
}

/* Exports that no reader knows are one article, which the user should know. */
static void
doubt_one(struct text body, struct meta *m)
{
    struct text mark = mark_of(text_first_line(body)), line;
    bool whole = mark.len == text_first_line(body).len;
    size_t count = 0, others = 0;
    char *doubt;

    if (mark.len == 0 || !is_mark(mark))
        return;
    while (text_line(&body, &line)) {
        line = text_trim(line);
        if (line.len >= mark.len && (!whole || line.len == mark.len) &&
            memcmp(line.data, mark.data, mark.len) == 0)
            count++;
        else
            others += line.len > 0;
    }
    if (count < MARKS_MIN || others < count)
        return;
    mark = text_cut(mark, 40);
    doubt = format_text("it looks like at least %zu documents, each of "
                        "which begins with '%.*s', and becomes one article",
                        count, (int)mark.len, mark.data);
    meta_doubt(m, doubt);
    mem_free(doubt);
}

void
read_text(struct text body, struct meta *m)
{
    static const struct text none = { "", 0 };

    if (read_seed(body, m))
        return;
    m->published = none;
    m->section = none;
    if (text_begins(text_trim(body), "<?xml"))
        return; /* of no kind that is known */
    doubt_one(body, m);
    m->headline = text_first_line(body);
    meta_guess(m, "headline");
}
