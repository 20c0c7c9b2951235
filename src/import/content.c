/*
 * content.c - the readable text of a web page.
 *
 * The method is that of Readability. Paragraphs give points to the elements
 * that contain them, for their length and their commas. The element with most
 * points, reduced by its share of links, is the article; neighbours that look
 * the same belong to it, and so do blocks of its kind behind it. Before that,
 * elements are removed that are never part of an article, by their type or
 * class. Afterwards, inside the article, lists of links, forms and captions
 * are removed. If little is left, all is done again with fewer removals, or
 * the captions are the text.
 *
 * Nothing is removed from the tree itself. Each node has a row of figures, and
 * a removed one is marked `gone`.
 */
#include "import/content.h"

#include "import/content_rows.h"
#include "import/date.h"
#include "import/words.h"

/* With fewer characters, the search is repeated. */
#define ENOUGH 250
/* Blocks of prose behind the article have so many. */
#define PROSE_MIN 80
/* A paragraph beside it has so many. */
#define LOOSE_MIN 25
/* More of its text is in links where a page comes without its head. */
#define FRAGMENT_LINKS 0.25F
/* Captions with more are of pictures that lead to other articles. */
#define CAPTION_LINKS 0.3F
/* A newsletter has at least so many tables, and less of its text in links:
 * headlines, and what follows them. */
#define TABLES_MIN 3
#define NEWSLETTER_LINKS 0.5F

/* ---- Points -------------------------------------------------------------- */

static float
class_weight(const struct content *c, const struct node *n)
{
    struct names room;
    struct text names = content_names(c, n, &room);
    float weight = 0;

    if (c->lenient || names.len <= 1)
        return 0;
    if (words_any(names, " article* body content entry hentry main page "
                         "post text blog story articlebody maincontent "
                         "articletext storybody storytext copy richtext "))
        weight += 25;
    if (words_any(names, " hidden banner combx comment contact foot footer "
                         "masthead media meta promo related scroll share "
                         "shoutbox sidebar sponsor shopping tags widget "
                         "list teaser header "))
        weight -= 25;
    return weight;
}

static float
start_score(const struct content *c, const struct node *n)
{
    float score = 0;

    switch ((enum tag)n->tag) {
    case TAG_ARTICLE:
        score = 15;
        break;
    case TAG_DIV: case TAG_MAIN: case TAG_SECTION:
        score = 5;
        break;
    case TAG_PRE: case TAG_TD: case TAG_BLOCKQUOTE:
        score = 3;
        break;
    case TAG_ADDRESS: case TAG_OL: case TAG_UL: case TAG_DL: case TAG_DD:
    case TAG_DT: case TAG_LI: case TAG_FORM:
        score = -3;
        break;
    case TAG_H1: case TAG_H2: case TAG_H3: case TAG_H4: case TAG_H5:
    case TAG_H6: case TAG_TH:
        score = -5;
        break;
    default:
        break;
    }
    if (words_any(page_attr(c->page, n, "itemprop"), " article-body "))
        score += 50;
    return score + class_weight(c, n);
}

static bool
has_block_child(const struct node *n)
{
    for (const struct node *k = n->first; k != NULL; k = k->next)
        switch ((enum tag)k->tag) {
        case TAG_BLOCKQUOTE: case TAG_DL: case TAG_DIV: case TAG_IMG:
        case TAG_OL: case TAG_P: case TAG_PRE: case TAG_TABLE: case TAG_UL:
        case TAG_SECTION: case TAG_ARTICLE: case TAG_FIGURE: case TAG_H2:
        case TAG_H3: case TAG_HEADER:
            return true;
        default:
            break;
        }
    return false;
}

/* Text directly in `n`, between its blocks. */
static uint32_t
own_text(const struct content *c, const struct node *n)
{
    uint32_t sum = 0;

    for (const struct node *k = n->first; k != NULL; k = k->next)
        if (k->tag == TAG_TEXT || k->tag == TAG_B || k->tag == TAG_I ||
            k->tag == TAG_A || k->tag == TAG_SPAN || k->tag == TAG_OTHER)
            sum += row_of(c, k)->text - row_of(c, k)->link;
    return sum;
}

static bool
is_paragraph(const struct content *c, const struct node *n)
{
    switch ((enum tag)n->tag) {
    case TAG_P: case TAG_TD: case TAG_PRE:
        return true;
    case TAG_DIV: case TAG_SECTION: case TAG_ARTICLE: case TAG_CENTER:
    case TAG_MAIN: case TAG_DD:
        return !has_block_child(n) || own_text(c, n) >= 100;
    default:
        return false;
    }
}

static void
give_points(struct content *c, const struct node *n)
{
    const struct row *r = row_of(c, n);
    uint32_t len = r->text;
    float points;
    float part = 1;
    size_t level = 0;

    if (n->tag != TAG_P && n->tag != TAG_PRE && has_block_child(n))
        len = own_text(c, n);
    if (len < 25)
        return;
    points = 1 + (float)r->commas + (len >= 300 ? 3 : (float)(len / 100));
    /* In a div with line breaks, the div itself holds the paragraphs. */
    for (const struct node *up = n->tag == TAG_P ? n->parent : n;
         up != NULL && level < 5; up = up->parent, level++) {
        struct row *to = row_of(c, up);

        if (!to->scored) {
            to->scored = true;
            to->score = start_score(c, up);
        }
        part = level == 0 ? 1.0F : level == 1 ? 2.0F : (float)level * 3;
        if (n->tag != TAG_P && level == 0)
            part = 1;
        to->score += points / part;
    }
}

static const struct node *
find_top(struct content *c)
{
    const struct node *top = NULL;

    for (size_t i = 0; i < c->page->count; i++) {
        const struct node *n = page_node(c->page, i);

        if (!row_of(c, n)->gone && n->tag != TAG_TEXT && is_paragraph(c, n))
            give_points(c, n);
    }
    for (size_t i = 0; i < c->page->count; i++) {
        const struct node *n = page_node(c->page, i);
        struct row *r = row_of(c, n);

        if (!r->scored || r->gone)
            continue;
        r->score *= 1 - link_share(r);
        if (top == NULL || r->score > row_of(c, top)->score)
            top = n;
    }
    return top;
}

static uint32_t
plain_text(const struct content *c, const struct node *n)
{
    return row_of(c, n)->text - row_of(c, n)->link;
}

/* Whether `n` is a block of a single paragraph, in however many elements. */
static bool
holds_one(const struct content *c, const struct node *n)
{
    while (own_text(c, n) == 0 && n->first != NULL && n->first->next == NULL &&
           n->first->tag != TAG_TEXT)
        n = n->first;
    return !has_block_child(n);
}

/* Whether `n` is one of several paragraphs, each in a block of its own and of
 * one kind, and most of the text around is in these: mail programs and editors
 * write a div for each. */
static bool
is_one_of_many(const struct content *c, const struct node *n)
{
    uint32_t sum = 0, count = 0;

    if (!holds_one(c, n))
        return false;
    for (const struct node *k = n->parent->first; k != NULL; k = k->next) {
        if (row_of(c, k)->gone || plain_text(c, k) == 0 ||
            !content_alike(c, k, n) || !holds_one(c, k))
            continue;
        sum += plain_text(c, k);
        count++;
    }
    return count > 1 && sum > plain_text(c, n->parent) / 2;
}

/* A parent whose other children have text of the same kind replaces `top`.
 * So does the element with most of the page's text, if `top` has little of
 * it. */
static const struct node *
climb(const struct content *c, const struct node *top)
{
    uint32_t all = plain_text(c, c->page->body);
    const struct node *best = top, *child = top;

    for (const struct node *up = top->parent;
         up != NULL && up->tag != TAG_HTML; child = up, up = up->parent) {
        const struct row *b = row_of(c, best), *u = row_of(c, up);

        if (u->paras > b->paras + b->paras / 5 + 100 &&
            link_share(u) < 0.25F &&
            (float)(u->text - b->text) <
                1.5F * (float)(u->paras - b->paras))
            best = up;
        if (u->scored && u->score > b->score)
            best = up;
        if (plain_text(c, best) < all / 5 * 2 && up->tag != TAG_BODY &&
            plain_text(c, up) > all / 5 * 3 && link_share(u) < 0.3F)
            best = up;
        if (link_share(u) < 0.25F && is_one_of_many(c, child))
            best = up;
    }
    return best;
}

/* ---- Within the article -------------------------------------------------- */

/* Whether this block looks like something other than text. */
static bool
is_cruft(const struct content *c, const struct node *n)
{
    const struct row *r = row_of(c, n);
    float share = link_share(r);
    float weight;

    switch ((enum tag)n->tag) {
    case TAG_FORM: case TAG_TABLE: case TAG_UL: case TAG_OL: case TAG_DIV:
    case TAG_SECTION: case TAG_DL: case TAG_HEADER: case TAG_P: case TAG_H2:
    case TAG_H3: case TAG_H4: case TAG_H5: case TAG_H6:
        break;
    default:
        return false;
    }
    if (r->text == 0)
        return false;
    if (n->tag == TAG_P)
        return share > 0.9F && r->text < 200;
    weight = class_weight(c, n);
    if (n->tag >= TAG_H2 && n->tag <= TAG_H6)
        return weight < 0 || share > 0.6F;
    if (weight < 0 && r->paras < 300)
        return true;
    if (n->tag == TAG_FORM)
        return r->paras < 200;
    if (r->commas >= 10 && share < 0.4F)
        return false;
    return (share > 0.2F && weight < 25 && r->text < 600) || share > 0.5F;
}

/* Short lines that point to other pages. */
static bool
is_pointer(const struct content *c, const struct node *n)
{
    static const char *const starts[] = {
        "read more", "read also", "also read", "see also", "related:",
        "follow us", "follow the ", "sign up", "subscribe", "share this",
        "click here", "continue reading", "story continues", "more from ",
        "advertisement", "all rights reserved", "©", "copyright",
        "lesen sie auch", "lesen sie mehr", "lesen sie hier", "lies auch",
        "mehr zum thema", "mehr dazu", "das könnte ",
        "auch interessant", "weiterlesen", "anzeige", "werbung", "mehr von ",
        "mehr themen", "zum weiterlesen", "titelbild:", "foto:", "fotos:",
        "bild:", "teilen:", "lee también", "lea también",
        "le puede interesar", "te puede interesar", "vea también",
        "ver también", "mira también", "leer más",
        "publicidad", "à lire aussi", "lire aussi", "voir aussi",
        "leggi anche", "leia também", "lees ook", "czytaj te",
        "czytaj tak", "zobacz te", "читайте ", "läs också",
        "les også",
    };
    const struct row *r = row_of(c, n);
    struct sheaf_buf text = { 0 };
    struct text t;
    bool found = false;

    if (r->text == 0 || r->text > 200 ||
        (n->tag != TAG_P && n->tag != TAG_LI && n->tag != TAG_DIV &&
         n->tag != TAG_SPAN && !(n->tag >= TAG_H2 && n->tag <= TAG_H6)))
        return false;
    page_gather(n, &text, 60);
    t = text_of_buf(&text);
    for (size_t i = 0; i < COUNT_OF(starts) && !found; i++)
        found = words_begin(t, starts[i]);
    sheaf_buf_free(&text);
    return found;
}

static void
clean(struct content *c, const struct node *top)
{
    for (const struct node *n = page_next(top, top); n != NULL;) {
        struct row *r = row_of(c, n);

        if (!r->gone && n->tag != TAG_TEXT &&
            (is_cruft(c, n) || is_pointer(c, n)))
            r->gone = true;
        n = r->gone ? page_skip(n, top) : page_next(n, top);
    }
}

/* ---- Text ---------------------------------------------------------------- */

static bool
is_block(enum tag tag)
{
    switch (tag) {
    case TAG_ADDRESS: case TAG_ARTICLE: case TAG_ASIDE: case TAG_BLOCKQUOTE:
    case TAG_BODY: case TAG_CENTER: case TAG_DD: case TAG_DETAILS:
    case TAG_DIV: case TAG_DL: case TAG_DT: case TAG_FIGURE: case TAG_FORM:
    case TAG_H1: case TAG_H2: case TAG_H3: case TAG_H4: case TAG_H5:
    case TAG_H6: case TAG_HEADER: case TAG_HR: case TAG_LI: case TAG_MAIN:
    case TAG_OL: case TAG_P: case TAG_PRE: case TAG_SECTION: case TAG_TABLE:
    case TAG_TR: case TAG_UL: case TAG_CAPTION: case TAG_SUMMARY:
    case TAG_HGROUP:
        return true;
    default:
        return false;
    }
}

struct writer {
    struct sheaf_buf *out;
    struct sheaf_buf room;
    size_t from; /* where this text starts in `out` */
    bool space;
    unsigned lines; /* line ends still to be written */
    unsigned pre;   /* open elements in which white space counts */
};

static void
write_word(struct writer *w, const char *s, size_t len)
{
    if (w->out->len > w->from) {
        for (; w->lines > 0; w->lines--, w->space = false)
            buf_add_str(w->out, "\n");
        if (w->space)
            buf_add_str(w->out, " ");
    }
    w->lines = 0;
    w->space = false;
    buf_add(w->out, s, len);
}

static void
write_text(struct writer *w, const struct node *n)
{
    const char *s;
    size_t i = 0, len;

    w->room.len = 0;
    page_decode(&w->room, n->text, false);
    s = (const char *)w->room.data;
    len = w->room.len;
    while (i < len) {
        size_t from = i;

        while (i < len && (unsigned char)s[i] > ' ')
            i++;
        if (i > from)
            write_word(w, s + from, i - from);
        if (i < len && s[i] == '\n' && w->pre > 0)
            w->lines += w->lines < 2;
        else if (i < len)
            w->space = true;
        i++;
    }
}

static void
break_lines(struct writer *w, unsigned lines)
{
    if (w->lines < lines)
        w->lines = lines;
}

/* Requests line ends at the start and the end of an element. */
static void
write_edge(struct writer *w, const struct node *n, bool start)
{
    enum tag tag = n->tag;

    if (tag == TAG_BR && start)
        w->lines += w->lines < 2;
    else if (tag == TAG_LI || tag == TAG_TR || tag == TAG_DT || tag == TAG_DD)
        break_lines(w, 1);
    else if (is_block(tag))
        break_lines(w, 2);
    else if (tag == TAG_TD || tag == TAG_TH)
        w->space = true;
    if (tag == TAG_PRE)
        w->pre += start ? 1U : -1U;
}

static void
write_node(const struct content *c, struct writer *w, const struct node *top)
{
    const struct node *n = top;

    for (;;) {
        bool gone = row_of(c, n)->gone;

        if (!gone && n->tag == TAG_TEXT)
            write_text(w, n);
        else if (!gone)
            write_edge(w, n, true);
        if (!gone && n->first != NULL) {
            n = n->first;
            continue;
        }
        for (;; n = n->parent) {
            if (n->tag != TAG_TEXT && !row_of(c, n)->gone)
                write_edge(w, n, false);
            if (n == top)
                return;
            if (n->next != NULL)
                break;
        }
        n = n->next;
    }
}

/* ---- What stands beside it ---- */

/* Whether the text of `n` begins and ends as a sentence does, and not as a
 * footnote, a date or a list of keywords. */
static bool
is_sentence(const struct node *n)
{
    static const char *const ends[] = { ".", "!", "?", "…", "。", "؟", "۔",
                                        "।", "”", "“", "»", "\"", "'" };
    struct text last = text_of("");
    bool first = true;

    for (const struct node *k = page_next(n, n); k != NULL;
         k = page_next(k, n)) {
        struct text t = k->tag == TAG_TEXT ? text_trim(k->text) : text_of("");

        if (t.len == 0)
            continue;
        if (first && (t.data[0] == '*' || t.data[0] == '#'))
            return false;
        first = false;
        last = t;
    }
    for (size_t i = 0; i < COUNT_OF(ends); i++)
        if (text_ends(last, ends[i]))
            return true;
    return false;
}

/* A paragraph that stands beside the block with the rest of the text, as where
 * a part of it has a frame or a colour. */
static bool
is_loose(const struct content *c, const struct node *n)
{
    const struct row *r = row_of(c, n);

    return !r->gone && n->tag == TAG_P && r->text >= LOOSE_MIN &&
           link_share(r) <= 0.2F && class_weight(c, n) >= 0 &&
           !is_pointer(c, n) && is_sentence(n);
}

/* ---- What stands above it ---- */

/* "Published on 3 May 2024 by Rita Example". */
static bool
has_date(const struct node *n)
{
    struct sheaf_buf text = { 0 };
    struct text t;
    char day[DATE_MAX];
    bool found;

    page_gather(n, &text, SUMMARY_MAX);
    t = text_of_buf(&text);
    found = date_find(&t, text_from("", 0), day);
    sheaf_buf_free(&text);
    return found;
}

/* Whether `n` is a paragraph that introduces the article. */
static bool
is_lead(const struct content *c, const struct node *n)
{
    const struct row *r = row_of(c, n);

    if (r->gone || r->text < 60 || link_share(r) > 0.3F || n->size > 3000 ||
        has_block_child(n) || (r->text < 150 && has_date(n)))
        return false;
    switch ((enum tag)n->tag) {
    case TAG_P: case TAG_H2: case TAG_H3:
        return true;
    case TAG_DIV: case TAG_SPAN: case TAG_SECTION: case TAG_B:
        return words_any(page_attr(c->page, n, "class"),
                         " lead intro introduction standfirst excerpt "
                         "summary subtitle subheadline dek abstract "
                         "vorspann teaser-text chapo bajada sommario "
                         "entradilla description perex lede ");
    default:
        return false;
    }
}

/* Without a headline, only what stands beside the article itself is a lead. */
static void
write_before(const struct content *c, struct writer *w, const struct node *top)
{
    if (top->parent == NULL)
        return;
    for (const struct node *n = top->parent->first; n != top; n = n->next)
        if (n->tag != TAG_TEXT && is_loose(c, n))
            write_node(c, w, n);
}

/* The first paragraph is often between the headline and the article. */
static void
write_lead(const struct content *c, struct writer *w, const struct node *top)
{
    const struct node *headline = NULL, *n;

    for (size_t i = 0; i < top->index; i++)
        if (page_node(c->page, i)->tag == TAG_H1)
            headline = page_node(c->page, i);
    if (headline == NULL) {
        write_before(c, w, top);
        return;
    }
    for (n = page_skip(headline, c->page->root);
         n != NULL && n->index < top->index;) {
        if (n->tag != TAG_TEXT && is_lead(c, n)) {
            write_node(c, w, n);
            break_lines(w, 2);
            n = page_skip(n, c->page->root);
        } else {
            n = page_next(n, c->page->root);
        }
    }
}

/* ---- What stands behind it ---- */

/* The element that holds the whole article. */
static const struct node *
find_bound(const struct content *c, const struct node *top)
{
    const struct node *n = top;

    while (n != NULL && n->tag != TAG_ARTICLE && n->tag != TAG_MAIN &&
           !words_any(page_attr(c->page, n, "itemprop"), " article-body "))
        n = n->parent;
    return n;
}

/* Whether a block that follows the one with the text is prose, too. Blocks of
 * one kind belong together; others may be anything. */
static bool
is_continued(const struct content *c, const struct node *text,
             const struct node *n)
{
    const struct row *r = row_of(c, n);

    return !r->gone && n->tag != TAG_ARTICLE && r->paras >= PROSE_MIN &&
           r->paras > r->text / 3 * 2 && link_share(r) <= 0.2F &&
           class_weight(c, n) >= 0 && content_alike(c, n, text) &&
           !is_pointer(c, n);
}

/* A picture or an advertisement may divide an article into two blocks, of which
 * one has nearly all of the text. */
static void
write_rest(struct content *c, struct writer *w, const struct node *top)
{
    const struct node *bound = find_bound(c, top);

    for (const struct node *n = top;
         n != bound && n->tag != TAG_BODY && n->parent != NULL;
         n = n->parent) {
        const struct node *heading = NULL;

        for (const struct node *k = n->next; k != NULL; k = k->next) {
            if (k->tag >= TAG_H2 && k->tag <= TAG_H4 && !row_of(c, k)->gone)
                heading = k;
            if (!is_continued(c, n, k) && !is_loose(c, k))
                continue;
            break_lines(w, 2);
            if (heading != NULL)
                write_node(c, w, heading);
            clean(c, k);
            write_node(c, w, k);
            heading = NULL;
        }
    }
}

/* ---- All together -------------------------------------------------------- */

/* Whether nothing of a site is around the text, as in a mail and in what a word
 * processor saves. */
static bool
is_alone(const struct content *c)
{
    for (size_t i = 0; i < c->page->count; i++)
        switch ((enum tag)page_node(c->page, i)->tag) {
        case TAG_SCRIPT: case TAG_NAV: case TAG_HEADER: case TAG_FOOTER:
        case TAG_ARTICLE:
        case TAG_MAIN:
        case TAG_ASIDE:
        case TAG_FORM:
        case TAG_IFRAME: return false;
        default:
            break;
        }
    return true;
}

/* A page has one, and above and below it what is no text. */
static bool
has_headline(const struct content *c)
{
    for (size_t i = 0; i < c->page->count; i++)
        if (page_node(c->page, i)->tag == TAG_H1)
            return true;
    return false;
}

/* Whether this is a newsletter: tables with links to what they speak of, and
 * nothing of a site around them. */
static bool
is_newsletter(struct content *c)
{
    uint32_t tables = 0, inside = 0;

    if (!c->page->whole || !is_alone(c))
        return false;
    for (size_t i = 0; i < c->page->count; i++)
        tables += page_node(c->page, i)->tag == TAG_TABLE;
    if (tables < TABLES_MIN)
        return false;
    content_measure(c);
    for (const struct node *n = c->page->body; n != NULL;) {
        bool table = n->tag == TAG_TABLE && !row_of(c, n)->gone;

        inside += table ? row_of(c, n)->text : 0;
        n = table ? page_skip(n, c->page->body)
                  : page_next(n, c->page->body);
    }
    return inside > row_of(c, c->page->body)->text / 2 &&
           link_share(row_of(c, c->page->body)) <= NEWSLETTER_LINKS;
}

/* Everything visible, for pages with too little to choose from. */
static void
take_body(struct content *c, struct sheaf_buf *out)
{
    struct writer w = { .out = out, .from = out->len };

    c->lenient = true;
    content_measure(c);
    write_node(c, &w, c->page->body);
    sheaf_buf_free(&w.room);
}

static bool
has_captions(const struct content *c)
{
    for (size_t i = 0; i < c->page->count; i++)
        if (page_node(c->page, i)->tag == TAG_FIGCAPTION)
            return true;
    return false;
}

/* The captions, of a page that has more words there than in its text, which
 * begins at `from`. */
static void
add_captions(struct content *c, struct sheaf_buf *out, size_t from)
{
    struct sheaf_buf captions = { 0 };
    struct writer w = { .out = &captions };

    c->lenient = c->captions = true;
    content_measure(c);
    /* What is in a caption is written with it. */
    for (const struct node *n = c->page->body; n != NULL;) {
        bool caption = n->tag == TAG_FIGCAPTION && !row_of(c, n)->gone &&
                       link_share(row_of(c, n->parent)) <= CAPTION_LINKS;

        if (caption) {
            break_lines(&w, 2);
            write_node(c, &w, n);
        }
        n = caption ? page_skip(n, c->page->body)
                    : page_next(n, c->page->body);
    }
    if (captions.len > out->len - from) {
        if (out->len > from)
            buf_add_str(out, "\n\n");
        buf_add(out, captions.data, captions.len);
    }
    sheaf_buf_free(&captions);
    sheaf_buf_free(&w.room);
}

/* Whether this is not a page, but an article, as the content of a feed's item
 * is: nothing is around it. */
static bool
is_fragment(const struct content *c)
{
    return link_share(row_of(c, c->page->body)) <= FRAGMENT_LINKS &&
           (!c->page->whole || (is_alone(c) && !has_headline(c)));
}

static void
try_content(struct content *c, struct sheaf_buf *out)
{
    struct writer w = { .out = out, .from = out->len };
    const struct node *top;

    content_measure(c);
    top = find_top(c);
    if (top == NULL)
        return;
    top = is_fragment(c) ? c->page->body : climb(c, top);
    clean(c, top);
    write_lead(c, &w, top);
    write_node(c, &w, top);
    write_rest(c, &w, top);
    sheaf_buf_free(&w.room);
}

void
content_text(const struct page *page, struct text told, struct sheaf_buf *out)
{
    struct content c = { .page = page };
    size_t from = out->len, first;

    if (page->body == NULL)
        return;
    c.rows = mem_new(page->count, sizeof *c.rows);
    if (is_newsletter(&c))
        take_body(&c, out);
    else
        try_content(&c, out);
    first = out->len - from;
    if (first < ENOUGH && !c.lenient) {
        struct sheaf_buf again = { 0 };

        c.lenient = true;
        try_content(&c, &again);
        if (again.len > first) {
            out->len = from;
            buf_add(out, again.data, again.len);
        }
        sheaf_buf_free(&again);
    }
    if (out->len == from)
        take_body(&c, out);
    if (out->len - from < ENOUGH && (told.len > ENOUGH || out->len == from)) {
        out->len = from;
        buf_add(out, told.data, told.len);
    }
    if (has_captions(&c))
        add_captions(&c, out, from);
    if (out->len == from) {
        c.all = true;
        take_body(&c, out);
    }
    if (out->len > from && out->data[out->len - 1] != '\n')
        buf_add_str(out, "\n");
    mem_free(c.rows);
}
