/*
 * html_seen_date.c - the date that a page shows.
 */
#include "import/html_search.h"

#include <strings.h>

#include "import/date.h"
#include "import/month.h"
#include "import/words.h"

/* Bytes of text after the headline in which a date is searched. */
#define NEAR_MAX ((size_t)1200)
#define BEFORE_MAX ((size_t)200)
/* Words before the end of a date, on its line; a sentence has more. */
#define DAY_WORDS_MAX ((size_t)8)
#define DATE_TEXT_MAX ((size_t)120)
/* Bytes of an element whose class tells of a date. Larger ones have it for
 * other reasons. */
#define DATED_MAX 800
/* Elements around a date that are examined. */
#define MASTHEAD_DEPTH 8
/* Dates amid sentences that are looked at; each takes a while. */
#define AMID_MAX 500
/* Words of a label, such as "Last updated on". */
#define LABEL_WORDS_MAX ((size_t)4)

static bool
speaks_of_update(struct text t)
{
    return words_any(text_cut(t, 200),
                     " updated update modified changed aktualisiert stand "
                     "actualizado actualizada modifié aggiornato "
                     "atualizado bijgewerkt geändert letzte-änderung "
                     "aktualisierung oppdatert opdateret uppdaterad "
                     "zaktualizowano обновлено ");
}

/* How likely an element has the date. WordPress calls all that it shows
 * "status-publish". */
static int
grade_date(const struct search *l, const struct node *n)
{
    if (n->tag == TAG_TIME) {
        if (page_has(l->page, n, "pubdate") ||
            search_has(l, n, " published publish entry-date post-date "
                            "pubdate dt-published posted created "))
            return 8;
        return page_has(l->page, n, "datetime") ? 6 : 5;
    }
    if (n->size > DATED_MAX || search_article(l->page, n) ||
        search_has(l, n, " status-publish ") ||
        (n->size > DATE_TEXT_MAX && search_within(l->headline, n)))
        return 0;
    if (n->tag == TAG_ABBR && search_has(l, n, " published "))
        return 7;
    if (search_has(l, n, " published publish pubdate publishdate "
                        "date-published publish-date published-date "
                        "publication-date entry-date post-date article-date "
                        "posted-on posted postdate articledate "
                        "datepublished news-date story-date "))
        return 6;
    if (search_has(l, n, " date datum fecha datetime timestamp dateline "
                        "data-publicacao pub-time post-time article-time "
                        "date-time datestamp time-stamp "))
        return 4;
    if (search_has(l, n, " meta postmeta post-meta entry-meta article-meta "
                        "byline article-info post-info info time "
                        "infoline submitted posted-by subline "))
        return 2;
    return 0;
}

/* The element whose lines of text `n` is in. */
static const struct node *
block_of(const struct node *n)
{
    while (n->parent != NULL && (n->tag == TAG_TEXT || !page_breaks(n)))
        n = n->parent;
    return n;
}

/* Whether `n` belongs to the top of all pages of the site. */
static bool
is_masthead(const struct search *l, const struct node *n)
{
    const struct node *block = block_of(n);
    unsigned left = MASTHEAD_DEPTH;

    if (block->size < BEFORE_MAX && search_home_link(l, block))
        return true;
    for (const struct node *up = n; up != NULL && left-- > 0;
         up = up->parent) {
        if (search_within(l->headline, up) || up->tag == TAG_ARTICLE ||
            up->tag == TAG_MAIN)
            return false;
        if (up->tag == TAG_HEADER ||
            search_has(l, up, " masthead topbar top-bar site-header header "
                             "today current-date weather "))
            return true;
    }
    return false;
}

/* What is before the headline belongs to the site, unless it stands in the
 * same element. */
static bool
is_near(const struct search *l, const struct node *n)
{
    if (l->headline == NULL || n->index > l->headline->index ||
        n->parent == l->headline->parent)
        return true;
    for (const struct node *up = n->parent; up != NULL; up = up->parent)
        if (up->tag == TAG_ARTICLE || up->tag == TAG_MAIN ||
            (up == l->headline->parent && up->tag != TAG_BODY))
            return true;
    return false;
}

/* Whether only a text or two are between `n` and the headline. */
static bool
is_right_before(const struct search *l, const struct node *n)
{
    unsigned count = 0;

    if (l->headline->index - n->index > AROUND_MAX)
        return false;
    for (size_t i = n->index + 1; i < l->headline->index && count < 3; i++) {
        const struct node *k = page_node(l->page, i);

        count += k->tag == TAG_TEXT && !search_blank(k);
    }
    return count < 3;
}

/* ---- What stands around a date ---- */

/* Whether a line begins like one about the publication. */
static bool
is_labelled(struct text line)
{
    return words_any(text_cut(line, 40),
                     " by posted published publish written created updated "
                     "update modified date von veröffentlicht erstellt "
                     "aktualisiert por publicado publicada par publié "
                     "publicato pubblicato door geplaatst opublikowano ");
}

/* Whether a date is amid a sentence, which may tell of any day. `end` is where
 * the date ends in `t`; a line ends at '\n', a part of it at '\t'. What is
 * before `start` belongs to another date. */
static bool
is_amid(struct text t, const char *start, const char *end)
{
    static const char *const marks[] = { "|", "\xE2\x80\xA2", "\xC2\xB7",
                                         "-", "/", "(", ")", ":",
                                         "\xE2\x80\x93",
                                         "\xE2\x80\x94" };
    const char *from = end, *to = end, *stop = t.data + t.len;
    const char *part = NULL;
    struct text line, rest;

    while (from > t.data && strchr("\n\t", from[-1]) == NULL) {
        from--;
        for (size_t i = 0; i < 3 && part == NULL; i++)
            if (text_begins(text_from(from, (size_t)(end - from)), marks[i]))
                part = from;
    }
    while (to < stop && strchr("\n\t", *to) == NULL)
        to++;
    line = text_trim(text_from(from, (size_t)(to - from)));
    rest = text_trim(text_from(end, (size_t)(to - end)));
    if (part != NULL)
        from = part;
    if (start > from)
        from = start;
    if (words_count(text_from(from, (size_t)(end - from))) > DAY_WORDS_MAX)
        return true;
    for (size_t i = 0; i < COUNT_OF(marks); i++)
        if (text_begins(rest, marks[i]))
            return false;
    if (words_count(rest) > DAY_WORDS_MAX)
        return true;
    return words_tell(line) && !is_labelled(line);
}

/* Whether the words before a date, from the date before it on, call it the day
 * of a change. */
static bool
is_called_update(const struct search *l, struct text before)
{
    struct text rest = before;
    char day[DATE_MAX];

    while (date_find(&rest, l->lang, day))
        before = rest;
    return speaks_of_update(before);
}

/* The same for an element: the text before it, on its line or as a label. */
static bool
is_behind_update(struct search *l, const struct node *n)
{
    for (size_t i = n->index; i > 0 && n->index - i < 12;) {
        const struct node *k = page_node(l->page, --i);

        if (k->tag != TAG_TEXT || k->raw || text_trim(k->text).len == 0)
            continue;
        if (block_of(k) != block_of(n) &&
            words_count(k->text) > LABEL_WORDS_MAX)
            return false;
        l->room.len = 0;
        page_decode(&l->room, k->text, false);
        return is_called_update(l, text_of_buf(&l->room));
    }
    return false;
}

/* Where the words of an element end in the text around it, or NULL. The year
 * need not be among them: <time datetime="2024-03-11">11 March</time>. */
static const char *
behind_words(const struct node *n, struct text around)
{
    struct sheaf_buf words = { 0 };
    const char *end = NULL;
    struct text t;

    page_gather(n, &words, DATE_TEXT_MAX);
    t = text_trim(text_of_buf(&words));
    for (size_t i = 0; t.len > 0 && i + t.len <= around.len; i++) {
        if (memcmp(around.data + i, t.data, t.len) != 0)
            continue;
        end = around.data + i + t.len;
        break;
    }
    sheaf_buf_free(&words);
    return end;
}

/* Whether an element with the date `wanted` is amid a sentence. */
static bool
is_in_prose(struct search *l, const struct node *n, const char *wanted)
{
    const struct node *block = block_of(n);
    struct text t, rest;
    char day[DATE_MAX];
    const char *end;

    if (page_breaks(n) || (block->tag != TAG_P && block->tag != TAG_LI &&
                           block->tag != TAG_BLOCKQUOTE))
        return false;
    if (l->amid == AMID_MAX)
        return true;
    rest = t = search_text(l, block, NEAR_MAX);
    while (date_find(&rest, l->lang, day)) {
        if (strncmp(day, wanted, 10) != 0)
            continue;
        l->amid += is_amid(t, t.data, rest.data);
        return is_amid(t, t.data, rest.data);
    }
    end = behind_words(n, t);
    if (end == NULL || !is_amid(t, t.data, end))
        return false;
    l->amid++;
    return true;
}

/* ---- */

void
search_date(struct search *l, const struct node *n)
{
    struct text machine, shown;
    char day[DATE_MAX];
    int grade = search_grade(l, n, grade_date(l, n));
    bool update;

    if (grade == 0)
        return;
    if (!is_near(l, n))
        grade = is_masthead(l, n) || !(grade > 6 || is_right_before(l, n))
                    ? 0 : grade - 5;
    update = search_has(l, n, " update modified lastmod dt-updated "
                             "last-updated date-updated ") ||
             is_behind_update(l, n);
    if (grade <= (update ? l->updated_grade : l->date_grade))
        return;
    machine = page_attr(l->page, n, n->tag == TAG_TIME ? "datetime"
                                                       : "title");
    if (machine.len == 0)
        machine = page_attr(l->page, n, "data-datetime");
    shown = search_text(l, n, DATE_TEXT_MAX);
    if (!update && speaks_of_update(shown)) {
        struct text c = shown;

        /* In "Published 3 May, updated 4 May" the first date counts. */
        if (!date_find(&c, l->lang, day) ||
            speaks_of_update(text_from(shown.data,
                                       (size_t)(c.data - shown.data))))
            update = true;
        if (grade <= (update ? l->updated_grade : l->date_grade))
            return;
    }
    if (!date_read(machine, l->lang, day) || strlen(day) < 10) {
        machine = shown;
        if (!date_find(&machine, l->lang, day))
            return;
    }
    if (is_in_prose(l, n, day))
        return;
    if (update) {
        l->updated_grade = grade;
        l->seen->updated.len = 0;
        buf_add_str(&l->seen->updated, day);
    } else {
        l->date_grade = grade;
        l->seen->published.len = 0;
        buf_add_str(&l->seen->published, day);
    }
}

/* Whether `n` is part of the text around it, not a part of a line. */
static bool
is_phrase(const struct node *n)
{
    return n->tag != TAG_SPAN && n->tag != TAG_OTHER && !page_breaks(n);
}

/* Whether a text is of the article, and not of the top of the site. */
static bool
is_of_article(const struct search *l, const struct node *n)
{
    return n->index > l->headline->index ||
           ((is_near(l, n) || is_right_before(l, n)) && !is_masthead(l, n));
}

/* The text from `n` on, up to the end of the line that reaches `max` bytes,
 * with its lines as is_amid wants them. */
static struct text
text_from_node(struct search *l, const struct node *n, size_t max)
{
    const struct node *root = l->page->root, *block = NULL;
    char mark = '\0';

    l->room.len = 0;
    while (n != NULL && l->room.len < 4 * max) {
        if (l->room.len >= max && mark == '\n')
            break;
        if (n->tag == TAG_BR || (n->tag == TAG_TEXT && block_of(n) != block))
            mark = '\n';
        else if (n->tag != TAG_TEXT && !is_phrase(n) && mark == '\0')
            mark = '\t';
        if (n->tag == TAG_TEXT && !n->raw && !search_blank(n) &&
            is_of_article(l, n)) {
            size_t from;

            buf_add(&l->room, mark != '\0' ? &mark : " ", 1);
            from = l->room.len;
            page_decode(&l->room, text_cut(text_trim(n->text), max), false);
            for (size_t i = from; i < l->room.len; i++)
                if (strchr("\n\t", l->room.data[i]) != NULL)
                    l->room.data[i] = ' ';
            block = block_of(n);
            mark = n->parent != block && !is_phrase(n->parent) ? '\t' : '\0';
        }
        n = search_passes(l, n) ? page_skip(n, root) : page_next(n, root);
    }
    return text_of_buf(&l->room);
}

/* The elements right before the headline, at most this many. */
static const struct node *
before_headline(const struct search *l)
{
    size_t index = l->headline->index, bytes = 0;

    while (index > 1 && bytes < BEFORE_MAX &&
           l->headline->index - index < 20) {
        const struct node *n = page_node(l->page, --index);

        bytes += n->tag == TAG_TEXT && !n->raw ? n->text.len : 0;
    }
    return page_node(l->page, index);
}

/* The start of the line before `line`, if that is only a label. */
static const char *
with_label(const char *from, const char *line)
{
    const char *before = line;

    if (line > from)
        before--;
    while (before > from && before[-1] != '\n')
        before--;
    return words_count(text_from(before, (size_t)(line - before))) <=
                   LABEL_WORDS_MAX
               ? before : line;
}

/* A date in words that is not amid a sentence. One that is called the day of a
 * change is noted. */
static bool
find_day_in(struct search *l, struct text t, char day[DATE_MAX])
{
    struct text rest = t;
    const char *from = t.data;

    while (date_find(&rest, l->lang, day)) {
        const char *line = rest.data;

        if (is_amid(t, from, rest.data))
            continue;
        while (line > from && line[-1] != '\n')
            line--;
        line = with_label(from, line);
        from = rest.data;
        if (!speaks_of_update(text_from(line, (size_t)(from - line))))
            return true;
        if (l->seen->updated.len == 0)
            buf_add_str(&l->seen->updated, day);
    }
    day[0] = '\0';
    return false;
}

/* A date in words near the headline: right after it, right before it, or
 * further down, in this order. */
void
search_day(struct search *l)
{
    char *day = l->seen->day;
    struct text t;
    size_t headline;

    if (l->headline == NULL)
        return;
    headline = search_text(l, l->headline, HEADLINE_MAX).len;
    t = text_from_node(l, l->headline, headline + BEFORE_MAX);
    if (find_day_in(l, t, day))
        return;
    t = text_from_node(l, before_headline(l), BEFORE_MAX);
    if (find_day_in(l, t, day))
        return;
    t = text_from_node(l, l->headline, headline + NEAR_MAX);
    if (find_day_in(l, t, day) || l->footer == NULL)
        return;
    t = text_from_node(l, l->footer,
                       l->footer->size < BEFORE_MAX ? l->footer->size
                                                    : BEFORE_MAX);
    (void)find_day_in(l, t, day);
}
