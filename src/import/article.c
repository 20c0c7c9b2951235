/*
 * article.c - one file, or one member of an archive, as an article:
 * its bytes untouched, and what can be learned from them as metadata.
 */
#include "import/import.h"

static bool
ends_in(const char *name, const char *const *suffixes, size_t count)
{
    for (size_t i = 0; name != NULL && i < count; i++)
        if (text_ends(text_of(name), suffixes[i]))
            return true;
    return false;
}

/* What the article is, by its name and, where that says nothing, its start.
 * Only HTML may be other than UTF-8: it says itself what it is. */
static const char *
find_type(const char *name, struct text start)
{
    static const char *const html[] = { ".html", ".htm", ".xhtml" };
    static const char *const markdown[] = { ".md", ".markdown" };
    bool text = utf8_valid(start) &&
                memchr(start.data, '\0', start.len) == NULL;

    if (ends_in(name, html, COUNT_OF(html)) || looks_like_html(start))
        return TYPE_HTML;
    if (!text)
        return TYPE_BYTES;
    return ends_in(name, markdown, COUNT_OF(markdown)) ? TYPE_MARKDOWN
                                                       : TYPE_TEXT;
}

static const char *
describe(const struct item *item, struct text start, struct meta *m)
{
    const char *type = find_type(item->id, start);

    if (strcmp(type, TYPE_HTML) == 0)
        read_html(start, m);
    else if (strcmp(type, TYPE_MARKDOWN) == 0)
        read_markdown(start, m);
    else if (strcmp(type, TYPE_TEXT) == 0)
        read_text(start, m);
    return type;
}

void
import_article(struct item *item)
{
    struct input *in = item->in;
    bool big = in->size != UNKNOWN_SIZE && in->size > HOLD_MAX;
    struct text start = input_peek(in, big ? LOOK_MAX : HOLD_MAX + 1);
    const char *type;
    struct text line;
    struct meta m;

    if (start.len > HOLD_MAX || !in->ended)
        start = text_cut(start, LOOK_MAX - 1);
    meta_start(&m, item);
    type = describe(item, start, &m);

    /* What has a name keeps it as its ID, whatever address it claims for
     * itself: two files stay two articles. */
    m.id = item->id != NULL ? text_of(item->id) : m.url;
    line = meta_line(&m, item->place);
    if (in->size == UNKNOWN_SIZE)
        in->size = input_measure(in);
    out_article(item->place, line, type, in->size);
    input_pass(in, in->size);
    meta_free(&m);
}
