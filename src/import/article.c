/*
 * article.c - one file, or one member of an archive, as an article: its
 * unchanged bytes, and the metadata that they contain.
 */
#include "import/import.h"

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

/* Only HTML may be in another charset than UTF-8: it names its charset. */
bool
is_text(const struct look *l)
{
    struct text start = l->whole ? l->start
                                 : text_cut(l->start, LOOK_MAX - 4);

    return text_is_utf8(start) &&
           memchr(start.data, '\0', start.len) == NULL;
}

bool
is_markdown(const struct look *l)
{
    static const char *const markdown[] = { ".md", ".markdown" };

    return ends_in(l->name, markdown, COUNT_OF(markdown)) && is_text(l);
}

static void
import_article(struct item *item, const char *type,
               void (*read)(struct text body, struct meta *m))
{
    struct text start = input_peek(item->in, HOLD_MAX + 1);
    struct meta m;

    /* In a page, metadata can follow megabytes of style sheets. */
    if (start.len > HOLD_MAX && read != read_html)
        start = text_cut(start, LOOK_MAX - 1);
    meta_start(&m, item);
    m.member.len = 0; /* its ID says that */
    if (read != NULL)
        read(start, &m);
    /* A file keeps its name as its ID, whatever URL it states: two files
     * are two articles. Only --map finds another. */
    if (m.id.len > 0 && m.file.len == 0 && item->id != NULL)
        m.file = text_of(item->id);
    else if (m.id.len == 0)
        m.id = item->id != NULL ? text_of(item->id) : m.url;
    (void)emit_input(item->place, &m, type, item->in);
    meta_free(&m);
}

void
import_html(struct item *item)
{
    import_article(item, TYPE_HTML, read_html);
}

void
import_markdown(struct item *item)
{
    import_article(item, TYPE_MARKDOWN, read_markdown);
}

/* Only the start was examined. */
static bool
all_is_text(struct item *item)
{
    struct look all = { .start = input_peek(item->in, HOLD_MAX + 1),
                        .whole = item->in->ended };

    if (!all.whole)
        all.start = text_cut(all.start, LOOK_MAX - 4);
    return is_text(&all);
}

void
import_text(struct item *item)
{
    bool text = all_is_text(item);

    import_article(item, text ? TYPE_TEXT : TYPE_BYTES,
                   text ? read_text : NULL);
}

void
import_bytes(struct item *item)
{
    import_article(item, TYPE_BYTES, NULL);
}
