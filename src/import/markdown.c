/*
 * markdown.c - the metadata of Markdown: its front matter, its first heading.
 */
#include "import/import.h"

#include "import/front.h"

/* ---- Headings ---- */

/* "# Title", possibly with more marks after it. */
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

/* The first heading of the first level; comments in code are not headings. */
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
    struct front front = { .count = 0 };

    /* A byte order mark would hide a front matter. */
    if (text_begins(body, "\xEF\xBB\xBF"))
        body = text_from(body.data + 3, body.len - 3);
    front_read(&front, &body);
    if (front.count > 0) {
        buf_reserve(&m->notes, FRONT_NOTES);
        front_meta(&front, m);
    }
    front_free(&front);
    if (m->headline.len == 0)
        m->headline = find_heading(body);
    if (m->headline.len == 0) {
        m->headline = text_first_line(body);
        meta_guess(m, "headline");
    }
    while (m->headline.len > 0 && m->headline.data[0] == '#')
        m->headline = text_from(m->headline.data + 1, m->headline.len - 1);
    m->headline = text_trim(text_cut(m->headline, HEADLINE_MAX));
}
