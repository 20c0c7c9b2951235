/*
 * markdown.c - what Markdown says about itself: its front matter, its first
 * heading.
 */
#include "import/import.h"

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
        m->headline = text_first_line(body);
    while (m->headline.len > 0 && m->headline.data[0] == '#')
        m->headline = text_from(m->headline.data + 1, m->headline.len - 1);
    m->headline = text_trim(text_cut(m->headline, HEADLINE_MAX));
}
