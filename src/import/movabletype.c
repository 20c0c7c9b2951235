/*
 * movabletype.c - exports of Movable Type and TypePad, which other systems
 * write, too: lines with a name in capitals, then sections behind lines
 * "-----", and a line "--------" behind each entry.
 */
#include "import/clipping.h"

/* Lines in which an entry begins with its sections. */
#define HEAD_LINES 64
#define NAME_MAX_LEN ((size_t)24)

enum section { HEAD, BODY, EXCERPT, KEYWORDS, SKIPPED };

static const struct {
    const char *name;
    enum section section;
} sections[] = {
    { "BODY:", BODY },       { "EXTENDED BODY:", BODY },
    { "EXCERPT:", EXCERPT }, { "KEYWORDS:", KEYWORDS },
    { "COMMENT:", SKIPPED }, { "PING:", SKIPPED },
};

/* The section that the line begins, or HEAD. */
static enum section
section_of(struct text line)
{
    line = text_trim(line);
    for (size_t i = 0; i < COUNT_OF(sections); i++)
        if (text_is(line, sections[i].name))
            return sections[i].section;
    return HEAD;
}

/* "ALLOW PINGS: 1": the length of the name; 0: it has none. */
static size_t
name_len(struct text line)
{
    size_t n = 0;

    while (
        n < line.len && n < NAME_MAX_LEN &&
        ((line.data[n] >= 'A' && line.data[n] <= 'Z') || line.data[n] == ' '))
        n++;
    return n > 2 && n < line.len && line.data[n] == ':' ? n : 0;
}

static bool
is_line(struct text line, const char *marks)
{
    return text_is(text_trim(line), marks);
}

/* Nothing but lines with a name, of which one has the title, up to "-----" and
 * a section. */
bool
is_movabletype(const struct look *l)
{
    struct text rest = l->start, line;
    bool titled = false, dated = false;
    unsigned lines = 0;

    if (text_begins(rest, "\xEF\xBB\xBF"))
        rest = text_from(rest.data + 3, rest.len - 3);
    while (lines++ < HEAD_LINES && text_line(&rest, &line)) {
        if (is_line(line, "-----"))
            return (titled || dated) && text_line(&rest, &line) &&
                   section_of(line) != HEAD;
        if (name_len(line) == 0 && text_trim(line).len > 0)
            return false;
        titled = titled || text_begins(line, "TITLE:");
        dated = dated || text_begins(line, "DATE:");
    }
    return false;
}

struct export
{
    struct clippings all;
    enum section in;
    bool open;                 /* within an entry */
    bool divided;              /* the line before this one is "-----" */
    bool over;                 /* the entry is too large */
    bool none;                 /* it is there for its comments alone */
    struct sheaf_buf value;    /* of the section */
    struct sheaf_buf category; /* the first one, or the primary one */
    struct sheaf_buf status;
    bool primary;
};

/* ---- Fields ---- */

/* "01/31/2002 03:31:05 PM": here the month always comes first. */
static bool
add_date(struct story *s, struct text t)
{
    char *date;
    bool good;

    t = text_trim(t);
    if (t.len < 10 || t.data[2] != '/' || t.data[5] != '/')
        return story_date(s, STORY_PUBLISHED, t);
    date = format_text("%.4s-%.2s-%.2s%.*s", t.data + 6, t.data, t.data + 3,
                       (int)(t.len - 10), t.data + 10);
    good = story_date(s, STORY_PUBLISHED, text_of(date));
    mem_free(date);
    return good;
}

static void
add_category(struct export *x, struct text t, bool primary)
{
    if (t.len == 0)
        return;
    if (x->category.len == 0 || (primary && !x->primary)) {
        x->category.len = 0;
        buf_add(&x->category, t.data, t.len);
    }
    x->primary = x->primary || primary;
    story_keyword(x->all.story, t);
}

/* "a tag","another": quotes are around those with a comma or a space. */
static void
add_tags(struct story *s, struct text t)
{
    for (t = text_trim_start(t); t.len > 0; t = text_trim_start(t)) {
        size_t quoted = t.data[0] == '"', n;
        const char *end;

        t = text_from(t.data + quoted, t.len - quoted);
        end = memchr(t.data, quoted ? '"' : ',', t.len);
        n = end != NULL ? (size_t)(end - t.data) : t.len;
        story_keyword(s, text_trim(text_from(t.data, n)));
        n += end != NULL;
        t = text_from(t.data + n, t.len - n);
        if (quoted && t.len > 0 && t.data[0] == ',')
            t = text_from(t.data + 1, t.len - 1);
    }
}

static void
add_named(struct export *x, struct text name, struct text t)
{
    struct story *s = x->all.story;

    t = text_trim(t);
    if (t.len == 0)
        return;
    if (text_is(name, "AUTHOR"))
        story_author(s, t, text_of(""), text_of(""));
    else if (text_is(name, "TITLE"))
        story_set_html(s, STORY_HEADLINE, t);
    else if (text_is(name, "CATEGORY") || text_is(name, "PRIMARY CATEGORY"))
        add_category(x, t, name.data[0] == 'P');
    else if (text_is(name, "TAGS"))
        add_tags(s, t);
    else if (text_is(name, "NO ENTRY"))
        x->none = text_is(t, "1");
    else if (text_is(name, "UNIQUE URL") && story_url(s, t, text_of("")))
        ;
    else if (!text_is(name, "DATE"))
        story_ext(s, name, t);
    else if (!add_date(s, t)) {
        warn(x->all.place,
             "'%.*s' is not certainly a date; it is kept as text",
             (int)text_cut(t, 60).len, t.data);
        story_ext(s, name, t);
    }
    if (text_is(name, "STATUS")) {
        x->status.len = 0;
        buf_add(&x->status, t.data, t.len);
    }
}

/* ---- Sections ---- */

static void
end_section(struct export *x)
{
    struct story *s = x->all.story;
    struct text t = text_trim(text_of_buf(&x->value));

    if (x->in == BODY && t.len > 0) {
        if (s->body.len > 0)
            buf_add_str(&s->body, "\n");
        buf_add(&s->body, t.data, t.len);
        buf_add_str(&s->body, "\n");
    } else if (x->in == EXCERPT) {
        story_set_html(s, STORY_SUMMARY, t);
    } else if (x->in == KEYWORDS) {
        add_tags(s, t);
    }
    x->value.len = 0;
}

static void
begin_section(struct export *x, struct text line)
{
    end_section(x);
    x->in = section_of(line);
    if (text_begins(line, "COMMENT"))
        leave_out("comment", NULL, "%s", "comment");
    else if (text_begins(line, "PING"))
        leave_out("trackback", NULL, "%s", "trackback");
}

/* ---- Entries ---- */

static void
begin_entry(struct export *x)
{
    clip_begin(&x->all);
    x->open = true;
    x->in = HEAD;
    x->divided = x->over = x->none = x->primary = false;
    x->value.len = x->category.len = x->status.len = 0;
}

static void
emit_entry(struct export *x)
{
    struct story *s = x->all.story;
    struct text status = text_of_buf(&x->status);

    story_set_html(s, STORY_SECTION, text_of_buf(&x->category));
    /* One category is a section, several are tags as well. */
    if (s->keyword_count == 1 && x->category.len > 0)
        s->keywords.len = s->keyword_count = 0;
    if (status.len > 0 && !(status.len == 7 && text_begins(status, "publish")))
        warn(x->all.place, "its status is '%.*s': it was not published",
             (int)text_cut(status, 40).len, status.data);
    if (story_is_html(text_of_buf(&s->body)))
        s->type = TYPE_HTML;
    clip_end(&x->all);
}

static void
end_entry(struct export *x)
{
    if (!x->open)
        return;
    end_section(x);
    if (x->over)
        reject(EXIT_LIMIT, x->all.place, text_from("", 0),
               "an entry of more than %zu MiB", RECORD_MAX / MIB);
    else if (x->none)
        leave_out("comments without their entry", NULL, "%s", "");
    else
        emit_entry(x);
    x->open = false;
}

static void
add_line(struct export *x, struct text line)
{
    buf_add(&x->value, line.data, line.len);
    buf_add_str(&x->value, "\n");
}

static void
take_line(struct export *x, struct text line)
{
    size_t n = x->in == HEAD ? name_len(line) : 0;
    bool divided = x->divided;

    x->divided = is_line(line, "-----");
    if (divided && section_of(line) != HEAD) {
        begin_section(x, line);
        return;
    }
    /* Dashes before something else are of the text. */
    if (divided && x->in != HEAD && x->in != SKIPPED)
        add_line(x, text_of("-----"));
    if (n > 0)
        add_named(x, text_from(line.data, n),
                  text_from(line.data + n + 1, line.len - n - 1));
    else if (x->in != HEAD && x->in != SKIPPED && !x->divided)
        add_line(x, line);
}

static void
take_raw_line(void *to, struct text line)
{
    struct export *x = to;
    struct sheaf_buf room = { 0 };

    line = row_decode(&x->all.row, line, &room);
    if (line.len > 0 && line.data[line.len - 1] == '\r')
        line.len--;
    if (text_begins(line, "\xEF\xBB\xBF"))
        line = text_from(line.data + 3, line.len - 3);
    if (is_line(line, "--------")) {
        end_entry(x);
    } else if (x->open || text_trim(line).len > 0) {
        if (!x->open)
            begin_entry(x);
        x->over = x->over || x->all.raw.len + line.len >= RECORD_MAX;
        if (!x->over) {
            take_line(x, line);
            buf_add(&x->all.raw, line.data, line.len);
            buf_add_str(&x->all.raw, "\n");
        }
    }
    sheaf_buf_free(&room);
}

void
import_movabletype(struct item *item)
{
    struct export x = { .open = false };

    clip_open(&x.all, item);
    if (clip_lines(item, take_raw_line, &x))
        end_entry(&x);
    clip_close(&x.all);
    sheaf_buf_free(&x.value);
    sheaf_buf_free(&x.category);
    sheaf_buf_free(&x.status);
}
