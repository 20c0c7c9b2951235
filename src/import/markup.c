/*
 * markup.c - the metadata of texts in reStructuredText, Org, AsciiDoc and
 * Textile: front matter, or else the head that each of them has.
 */
#include "import/front.h"

/* ---- What they share ---- */

/* Takes a front matter, which static sites allow before each of them. */
static void
begin(struct front *f, struct text *body)
{
    if (text_begins(*body, "\xEF\xBB\xBF"))
        *body = text_from(body->data + 3, body->len - 3);
    front_read_page(f, body);
}

static void
end(struct front *f, struct text title, struct text body, struct meta *m)
{
    buf_reserve(&m->notes, FRONT_NOTES);
    front_meta(f, m);
    front_free(f);
    if (m->headline.len == 0)
        m->headline = text_trim(text_cut(title, HEADLINE_MAX));
    if (m->headline.len == 0) {
        m->headline = text_first_line(body);
        meta_guess(m, "headline");
    }
}

/* A head that is so long is none. */
static bool
is_past_head(struct text body, struct text rest)
{
    return body.len - rest.len > FRONT_MAX;
}

static bool
is_word(struct text t, const char *word)
{
    return t.len == strlen(word) && text_begins(t, word);
}

static bool
is_indented(struct text line)
{
    return line.len > 0 && (line.data[0] == ' ' || line.data[0] == '\t');
}

/* ":name: value". False: it is none. */
static bool
split_field(struct text line, struct text *name, struct text *value)
{
    const char *colon;
    size_t n;

    if (line.len < 3 || line.data[0] != ':' || line.data[1] == ':')
        return false;
    colon = memchr(line.data + 1, ':', line.len - 1);
    if (colon == NULL)
        return false;
    n = (size_t)(colon - line.data);
    *name = text_from(line.data + 1, n - 1);
    *value = text_from(colon + 1, line.len - n - 1);
    return value->len == 0 || is_indented(*value);
}

/* A field whose value may be a list; Pelican has a semicolon between authors
 * with a comma in them. */
static void
add_field(struct front *f, struct text name, struct text value)
{
    value = text_trim(value);
    if (is_word(name, "tags") || is_word(name, "keywords")) {
        if (value.len > 1 && value.data[0] == '[' &&
            value.data[value.len - 1] == ']')
            value = text_from(value.data + 1, value.len - 2);
        front_add_list(f, name, value, ',');
    } else if (is_word(name, "author") || is_word(name, "authors")) {
        front_add_list(f, text_of("author"), value, ';');
    } else {
        front_add(f, name, value);
    }
}

/* ---- reStructuredText ---- */

/* A line of nothing but one mark, as under a title. */
static bool
is_rule(struct text line)
{
    line = text_trim(line);
    if (line.len < 2 || strchr("=-`:.'\"~^_*+#", line.data[0]) == NULL)
        return false;
    for (size_t i = 1; i < line.len; i++)
        if (line.data[i] != line.data[0])
            return false;
    return true;
}

/* Whether `under` is the line under the title `line`: four marks are enough for
 * any. */
static bool
is_underlined(struct text line, struct text under)
{
    size_t letters = 0;

    if (is_indented(line) || text_trim(line).len == 0 || !is_rule(under) ||
        is_rule(line))
        return false;
    under = text_trim(under);
    for (size_t i = 0; i < line.len && letters < 4; i++)
        letters += ((unsigned char)line.data[i] & 0xC0) != 0x80;
    return under.len >= letters;
}

/* A title with a line above and below, of which the first was taken. */
static bool
take_overlined(struct text over, struct text *rest, struct text *title)
{
    struct text after = *rest, line, under;

    if (!is_rule(over) || !text_line(&after, &line) ||
        !text_line(&after, &under) || !is_rule(under) || is_rule(line) ||
        text_trim(under).data[0] != text_trim(over).data[0] ||
        text_trim(line).len == 0)
        return false;
    *title = text_trim(line);
    *rest = after;
    return true;
}

static bool
take_title(struct text line, struct text *rest, struct text *title)
{
    struct text after = *rest, under;

    if (take_overlined(line, rest, title))
        return true;
    if (!text_line(&after, &under) || !is_underlined(line, under))
        return false;
    *title = text_trim(line);
    *rest = after;
    return true;
}

/* Appends the indented lines that follow, and skips empty ones. */
static void
take_indented(struct text *rest, struct sheaf_buf *value)
{
    struct text after = *rest, line;

    while (text_line(&after, &line) &&
           (is_indented(line) || text_trim(line).len == 0)) {
        line = text_trim(line);
        if (line.len > 0 && value->len < FRONT_MAX) {
            buf_add_str(value, " ");
            buf_add(value, line.data, line.len);
        }
        *rest = after;
    }
}

/* ".. date: 2024-03-11", as Nikola has it; other comments, and directives, are
 * passed over. */
static void
take_comment(struct front *f, struct text line, struct text *rest)
{
    struct sheaf_buf value = { 0 };
    size_t n = 3;

    while (n < line.len &&
           ((line.data[n] | 0x20) >= 'a' && (line.data[n] | 0x20) <= 'z'))
        n++;
    if (n > 3 && n + 1 < line.len && memcmp(line.data + n, ": ", 2) == 0)
        add_field(f, text_from(line.data + 3, n - 3),
                  text_from(line.data + n + 1, line.len - n - 1));
    take_indented(rest, &value);
    sheaf_buf_free(&value);
}

static void
take_field(struct front *f, struct text name, struct text value,
           struct text *rest)
{
    struct sheaf_buf all = { 0 };

    buf_add(&all, value.data, value.len);
    take_indented(rest, &all);
    add_field(f, name, text_of_buf(&all));
    sheaf_buf_free(&all);
}

/* The title of the document, and the fields that follow it or its subtitle. */
static struct text
read_rst_head(struct front *f, struct text body)
{
    struct text rest = body, line, name, value;
    struct text title = { "", 0 }, other;
    unsigned titles = 0;
    size_t fields = 0;

    while (!is_past_head(body, rest) && text_line(&rest, &line)) {
        if (text_trim(line).len == 0)
            continue;
        if (split_field(line, &name, &value)) {
            take_field(f, name, value, &rest);
            fields++;
        } else if (text_begins(line, ".. ")) {
            take_comment(f, line, &rest);
        } else if (titles == 0 && take_title(line, &rest, &title)) {
            titles++;
        } else if (titles == 1 && fields == 0 &&
                   take_title(line, &rest, &other)) {
            titles++;
        } else {
            break;
        }
    }
    return title;
}

/* The first title anywhere. */
static struct text
find_rst_title(struct text body)
{
    struct text line, before = { "", 0 };

    while (text_line(&body, &line)) {
        if (is_underlined(before, line))
            return before;
        before = line;
    }
    return text_from("", 0);
}

void
read_rst(struct text body, struct meta *m)
{
    struct front f = { .count = 0 };
    struct text title;

    begin(&f, &body);
    title = read_rst_head(&f, body);
    if (title.len == 0)
        title = find_rst_title(body);
    end(&f, title, body, m);
}

/* ---- Org ---- */

/* "<2024-03-11 Mon 10:20>": brackets, and the name of a day, which may be in
 * any language; or two of these, with dashes between them. */
static bool
is_org_date(struct text t)
{
    const char *end;

    if (t.len < 12 || strchr("<[", t.data[0]) == NULL ||
        !date_is_plain(text_from(t.data + 1, 10)))
        return false;
    end = memchr(t.data, t.data[0] == '<' ? '>' : ']', t.len);
    t = end != NULL ? text_from(end + 1, t.len - (size_t)(end + 1 - t.data))
                    : text_of("");
    return t.len == 0 || text_begins(t, "--");
}

static void
add_org_date(struct front *f, struct text name, struct text t)
{
    struct text day, word;
    char *date;

    day = text_from(t.data + 1, 10);
    t = text_trim(text_from(t.data + 11, t.len - 11));
    word = text_from(t.data, 0);
    for (size_t i = 0; i < t.len && word.len == 0; i++) {
        bool digit = t.data[i] >= '0' && t.data[i] <= '9';
        bool first = i == 0 || t.data[i - 1] == ' ';

        if (digit && first && t.len - i >= 5 && t.data[i + 2] == ':')
            word = text_from(t.data + i, 5);
    }
    date = format_text("%.*s%s%.*s", (int)day.len, day.data,
                       word.len > 0 ? " " : "", (int)word.len, word.data);
    front_add(f, name, text_of(date));
    mem_free(date);
}

/* "#+KEY: value"; Hugo has lists as "#+tags[]: a b". False: it is none. */
static bool
take_org(struct front *f, struct text line)
{
    const char *colon = memchr(line.data, ':', line.len);
    struct text key, value;

    if (!text_begins(line, "#+") || colon == NULL)
        return false;
    key = text_from(line.data + 2, (size_t)(colon - line.data) - 2);
    value = text_trim(
        text_from(colon + 1, (size_t)(line.data + line.len - colon) - 1));
    if (text_ends(key, "[]"))
        front_add_list(f, text_of(is_word(key, "tags[]") ? "tags" : ""), value,
                       ' ');
    else if (is_word(key, "filetags"))
        front_add_list(f, text_of("tags"), value, ':');
    else if (is_org_date(value))
        add_org_date(f, key, value);
    else
        add_field(f, key, value);
    return true;
}

static void
skip_drawer(struct text *rest)
{
    struct text after = *rest, line;

    while (text_line(&after, &line) && text_trim(line).len > 0) {
        *rest = after;
        if (is_word(text_trim(line), ":end:"))
            return;
    }
}

/* The first heading of the first level. */
static struct text
find_marked(struct text body, const char *mark)
{
    size_t n = strlen(mark);
    struct text line;

    while (text_line(&body, &line))
        if (text_begins(line, mark))
            return text_trim(text_from(line.data + n, line.len - n));
    return text_from("", 0);
}

void
read_org(struct text body, struct meta *m)
{
    struct front f = { .count = 0 };
    struct text rest, line;

    begin(&f, &body);
    rest = body;
    while (!is_past_head(body, rest) && text_line(&rest, &line)) {
        if (is_word(text_trim(line), ":properties:"))
            skip_drawer(&rest);
        else if (text_trim(line).len > 0 && !text_begins(line, "# ") &&
                 !take_org(&f, line))
            break;
    }
    end(&f, find_marked(body, "* "), body, m);
}

/* ---- AsciiDoc ---- */

/* An attribute; those of pages for Jekyll and JBake have a prefix. What refers
 * to others states nothing itself. */
static void
add_attribute(struct front *f, struct text name, struct text value)
{
    static const char *const prefixes[] = { "page-", "jbake-" };

    for (size_t i = 0; i < COUNT_OF(prefixes); i++)
        if (text_begins(name, prefixes[i]))
            name = text_from(name.data + strlen(prefixes[i]),
                             name.len - strlen(prefixes[i]));
    if (memchr(value.data, '{', value.len) == NULL)
        add_field(f, name, value);
}

/* The same with lines that go on behind a backslash. */
static void
take_attribute(struct front *f, struct text name, struct text value,
               struct text *rest)
{
    struct sheaf_buf all = { 0 };
    struct text line;

    value = text_trim(value);
    while (text_ends(value, " \\") && all.len < FRONT_MAX) {
        buf_add(&all, value.data, value.len - 1);
        if (!text_line(rest, &line))
            line = text_from("", 0);
        value = text_trim(line);
    }
    buf_add(&all, value.data, value.len);
    add_attribute(f, name, text_of_buf(&all));
    sheaf_buf_free(&all);
}

/* "Rita A. Example <rita@a.example>; Sam_Two Sample". */
static void
add_author_line(struct front *f, struct text line)
{
    struct text author;

    while (f->count < FRONT_PAIRS && text_item(&line, ';', &author)) {
        const char *mail = memchr(author.data, '<', author.len);
        size_t len = mail != NULL ? (size_t)(mail - author.data) : author.len;
        char *name = format_text("%.*s", (int)len, author.data);

        for (char *c = name; *c != '\0'; c++)
            if (*c == '_')
                *c = ' ';
        /* An attribute has another key, which goes first. */
        front_add(f, text_of("byline"), text_of(name));
        mem_free(name);
    }
}

/* "v1.0, 2024-03-11: a remark": each of the three may be missing. */
static void
add_revision_line(struct front *f, struct text line)
{
    struct text tries[3] = { line };
    const char *comma = memchr(line.data, ',', line.len);
    char date[DATE_MAX];

    tries[1] = line;
    if (comma != NULL)
        tries[1] = text_from(comma + 1,
                             (size_t)(line.data + line.len - comma) - 1);
    tries[2] = tries[1];
    for (size_t i = 0; i + 1 < tries[1].len; i++)
        if (memcmp(tries[1].data + i, ": ", 2) == 0) {
            tries[2].len = i;
            break;
        }
    for (size_t i = 0; i < COUNT_OF(tries); i++) {
        if (date_convert(text_trim(tries[i]), date)) {
            front_add(f, text_of("revdate"), tries[i]);
            return;
        }
    }
}

static bool
is_asciidoc_title(struct text line)
{
    return text_begins(line, "= ") || text_begins(line, "# ");
}

/* The lines below the title, up to an empty one. */
static void
read_below_title(struct front *f, struct text body, struct text rest)
{
    struct text line, name, value;
    unsigned lines = 0;

    while (!is_past_head(body, rest) && text_line(&rest, &line) &&
           text_trim(line).len > 0) {
        if (split_field(line, &name, &value))
            take_attribute(f, name, value, &rest);
        else if (text_begins(line, "//"))
            continue;
        else if (lines++ == 0)
            add_author_line(f, line);
        else if (lines == 2)
            add_revision_line(f, line);
        else
            return;
    }
}

void
read_asciidoc(struct text body, struct meta *m)
{
    struct front f = { .count = 0 };
    struct text rest, line, name, value, title = { "", 0 };

    begin(&f, &body);
    rest = body;
    while (!is_past_head(body, rest) && text_line(&rest, &line)) {
        if (is_asciidoc_title(line)) {
            title = text_trim(text_from(line.data + 2, line.len - 2));
            read_below_title(&f, body, rest);
            break;
        }
        if (split_field(line, &name, &value))
            take_attribute(&f, name, value, &rest);
        else if (text_trim(line).len > 0 && !text_begins(line, "//"))
            break;
    }
    if (title.len == 0)
        title = find_marked(body, "== ");
    end(&f, title, body, m);
}

/* ---- Textile ---- */

void
read_textile(struct text body, struct meta *m)
{
    struct front f = { .count = 0 };

    begin(&f, &body);
    end(&f, find_marked(body, "h1. "), body, m);
}
