/*
 * html_seen_read.c - author and date of pages that only show them to people.
 *
 * Elements are examined in the order of the page. Each that may hold an author
 * or a date gets a grade: by its type, its class, and its place, because much
 * before the headline belongs to the site. The first one with the best grade
 * counts. Comments and lists of other articles have authors and dates, too,
 * and are skipped.
 */
#include "import/html_search.h"

/* Bytes of a text that is no longer the headline and what is told of it. */
#define TOLD_MIN ((size_t)100)

/* Notes where the article has a footer below its text. */
static void
look_footer(struct search *l, const struct node *n)
{
    bool text = n->tag == TAG_TEXT;

    l->told = l->told ||
              (text && !n->raw && n->text.len > TOLD_MIN &&
               l->headline != NULL && n->index > l->headline->index);
    if (text || !l->told || n->index < l->footer_end ||
        (n->tag != TAG_FOOTER && !search_has(l, n, " footer ")) ||
        !seen_is_of_article(l->seen, n))
        return;
    l->footer_end = page_end(l->page, n);
    if (l->footer == NULL)
        l->footer = n;
}

void
seen_read(struct seen *s, struct text lang)
{
    struct search l = {
        .page = s->page, .seen = s, .lang = lang, .headline = s->heading
    };
    const struct node *root = s->page->root;

    for (const struct node *n = root; n != NULL;) {
        if (search_passes(&l, n)) {
            n = page_skip(n, root);
            continue;
        }
        look_footer(&l, n);
        search_author(&l, n);
        if (n->tag != TAG_TEXT)
            search_date(&l, n);
        n = page_next(n, root);
    }
    search_day(&l);
    sheaf_buf_free(&l.room);
}
