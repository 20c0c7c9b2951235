/*
 * content_rows.c - the figures of a page's elements, and which of them are no
 * part of an article, by their type, their class or what hides them.
 */
#include "import/content_rows.h"

#include "import/content.h"
#include "import/words.h"

/* With so many characters of paragraphs, beside others of the article, a part
 * for subscribers is no request to subscribe. */
#define PART_MIN 400
/* With so many outside of it, what is hidden or covers a page is no article. */
#define OUTSIDE_MAX 600

/* ---- What is no article -------------------------------------------------- */

static bool
is_hidden(const struct content *c, const struct node *n)
{
    struct text style = page_attr(c->page, n, "style");

    if (page_has(c->page, n, "hidden"))
        return true;
    for (size_t i = 0; i + 12 <= style.len; i++) {
        struct text t = text_from(style.data + i, style.len - i);

        if (text_begins(t, "display:none") || text_begins(t, "display: none"))
            return true;
    }
    return false;
}

static bool
is_never_article(enum tag tag)
{
    switch (tag) {
    case TAG_HEAD: case TAG_SCRIPT: case TAG_STYLE: case TAG_NOSCRIPT:
    case TAG_TEMPLATE: case TAG_IFRAME: case TAG_SVG: case TAG_MATH:
    case TAG_NAV: case TAG_FOOTER: case TAG_ASIDE: case TAG_MENU:
    case TAG_BUTTON: case TAG_SELECT: case TAG_OPTION: case TAG_TEXTAREA:
    case TAG_INPUT: case TAG_LABEL: case TAG_OBJECT: case TAG_AUDIO:
    case TAG_VIDEO: case TAG_CANVAS: case TAG_FIGCAPTION: case TAG_DIALOG:
    case TAG_FIELDSET: case TAG_NOEMBED: case TAG_NOFRAMES: case TAG_SEARCH:
    case TAG_TITLE: case TAG_EMBED:
        return true;
    default:
        return false;
    }
}

bool
content_is_unseen(const struct node *n)
{
    switch ((enum tag)n->tag) {
    case TAG_HEAD: case TAG_TITLE: case TAG_SCRIPT: case TAG_STYLE:
    case TAG_TEMPLATE: case TAG_NOSCRIPT: case TAG_NOFRAMES: case TAG_NOEMBED:
    case TAG_IFRAME:
        return true;
    default:
        return false;
    }
}

/* Words of classes and ids of elements around articles. */
static const char furniture[] =
    " nav navi navigation navbar menu menubar submenu dropdown footer "
    "sidebar side-bar breadcrumb* pagination pager paging skip-link "
    "share sharing sharer shares social socials addthis sharedaddy share* "
    "related relateds recommend* recirc* also-like more-on "
    "read-next see-also more-news more-stories morestories "
    "comment comments commentlist disqus reply replies respond "
    "newsletter* signup sign-up optin cookie cookies gdpr consent "
    "banner advert* ad ads adslot adsense sponsor* promo promos promotion* "
    "outbrain taboola widget widgets widgetarea teaser teasers "
    "popular trending most-read most-popular mostread "
    "tags taglist tag-list tagcloud post-tags keywords topics "
    "byline author authors author-box about-author bio vcard "
    "caption captions credit credits copyright wp-caption-text "
    "toolbar tools print rating ratings rate login signin search "
    "searchform masthead topbar ticker screen-reader* sr-only "
    "visually-hidden visuallyhidden meta metadata "
    "postmeta post-meta entry-meta timestamp dateline jp-relatedposts "
    "yarpp* crp_related sociable fb-like twitter-share shoutbox "
    "navbox mw-editsection toc catlinks printfooter infobox "
    "feedback poll quiz slideshow carousel gallery thumbnails ";

static const char parts[] =
    " paywall subscribe* subscription* read-more readmore ";
static const char covers[] =
    " popup modal overlay lightbox hidden noprint ";

/* Unless one of these is there, too. */
static const char maybe_article[] =
    " article body content main entry-content post-content story article* "
    "maincontent ";

/* "sidebar-wrapper" and "no-sidebar" are around an article: most of the page's
 * text is there, and its headline. */
static bool
is_around(const struct content *c, const struct node *n)
{
    return row_of(c, n)->headline && n->size > c->page->body->size / 2;
}

static bool
is_furniture(const struct content *c, const struct node *n)
{
    struct text role = page_attr(c->page, n, "role");
    struct text item = page_attr(c->page, n, "itemprop");
    struct names room;
    struct text names = content_names(c, n, &room);

    if (n->tag == TAG_BODY || n->tag == TAG_HTML || n->tag == TAG_ARTICLE ||
        n->tag == TAG_MAIN)
        return false;
    if (words_any(role, " menu menubar complementary navigation alert "
                        "alertdialog dialog banner contentinfo search "))
        return true;
    return words_any(names, furniture) && !words_any(names, maybe_article) &&
           !is_around(c, n) && !words_any(item, " description article-body ");
}

static enum gate
gate_of(const struct content *c, const struct node *n)
{
    struct text aria = page_attr(c->page, n, "aria-hidden");
    bool part = text_is(aria, "true") && n->tag != TAG_SPAN;
    struct names room;
    struct text names;

    if (is_hidden(c, n))
        return GATE_COVER;
    if (n->tag == TAG_BODY || n->tag == TAG_HTML || n->tag == TAG_ARTICLE ||
        n->tag == TAG_MAIN)
        return GATE_NONE;
    names = content_names(c, n, &room);
    if (!c->lenient && !words_any(names, maybe_article)) {
        if (words_any(names, covers))
            return GATE_COVER;
        part = part || words_any(names, parts);
    }
    return part ? GATE_PART : GATE_NONE;
}

/* ---- Figures ------------------------------------------------------------- */

static void
add_to(uint16_t *sum, unsigned v)
{
    *sum = (uint16_t)(*sum + v > UINT16_MAX ? UINT16_MAX : *sum + v);
}

static void
count_text(struct row *r, const struct node *n)
{
    struct text t = n->text;
    bool space = true;

    for (size_t i = 0; i < t.len; i++) {
        unsigned char ch = (unsigned char)t.data[i];
        bool is_space = ch <= ' ';

        if ((ch & 0xC0) == 0x80)
            continue;
        r->text += !is_space || !space;
        r->text += ch >= 0xE3 && ch <= 0xED;
        space = is_space;
        if (ch == ',' ||
            (ch == 0xEF && i + 2 < t.len && t.data[i + 1] == '\xBC' &&
             t.data[i + 2] == '\x8C') ||
            (ch == 0xE3 && i + 2 < t.len && t.data[i + 1] == '\x80' &&
             (t.data[i + 2] == '\x81' || t.data[i + 2] == '\x82')) ||
            (ch == 0xD8 && i + 1 < t.len && t.data[i + 1] == '\x8C'))
            add_to(&r->commas, 1);
    }
    if (space && r->text > 0)
        r->text--;
}

static void
add_row(struct row *to, const struct row *from)
{
    to->text += from->text;
    to->link += from->link;
    to->paras += from->paras;
    add_to(&to->commas, from->commas);
    add_to(&to->items, from->items);
    add_to(&to->para_count, from->para_count);
    add_to(&to->images, from->images);
    add_to(&to->inputs, from->inputs);
}

static bool
is_no_part(const struct content *c, const struct node *n)
{
    if (c->captions && n->tag == TAG_FIGCAPTION)
        return false;
    return is_never_article((enum tag)n->tag) || page_is_beside(n) ||
           (!c->lenient && is_furniture(c, n));
}

static void
mark_headlines(struct content *c)
{
    for (size_t i = 0; i < c->page->count; i++) {
        const struct node *n = page_node(c->page, i);

        row_of(c, n)->headline = false;
        if (n->tag != TAG_H1)
            continue;
        for (; n != NULL && !row_of(c, n)->headline; n = n->parent)
            row_of(c, n)->headline = true;
    }
}

static void
mark_gone(struct content *c)
{
    mark_headlines(c);
    for (size_t i = 0; i < c->page->count; i++) {
        const struct node *n = page_node(c->page, i);
        struct row *r = row_of(c, n);

        r->gate = GATE_NONE;
        r->gone = n->parent != NULL && row_of(c, n->parent)->gone;
        if (r->gone || n->tag == TAG_TEXT)
            continue;
        r->gone = c->all ? content_is_unseen(n) : is_no_part(c, n);
        if (!r->gone && !c->all)
            r->gate = (uint8_t)gate_of(c, n);
    }
}

/* Everything counts for the elements around it; children come after
 * parents. */
static void
count_all(struct content *c)
{
    for (size_t i = 0; i < c->page->count; i++)
        c->rows[i] = (struct row){ .gone = c->rows[i].gone,
                                   .gate = c->rows[i].gate };
    for (size_t i = c->page->count; i-- > 0;) {
        const struct node *n = page_node(c->page, i);
        struct row *r = row_of(c, n);

        if (r->gone)
            continue;
        if (n->tag == TAG_TEXT)
            count_text(r, n);
        else if (n->tag == TAG_A)
            r->link = text_begins(page_attr(c->page, n, "href"), "#")
                          ? r->text / 3 : r->text;
        else if (n->tag == TAG_LI)
            add_to(&r->items, 1);
        else if (n->tag == TAG_IMG)
            add_to(&r->images, 1);
        else if (n->tag == TAG_P && r->text > 0) {
            add_to(&r->para_count, 1);
            r->paras = r->text - r->link;
            if (r->gate == GATE_PART && n->parent != NULL)
                row_of(c, n->parent)->gated += r->paras;
        }
        if (n->parent != NULL)
            add_row(row_of(c, n->parent), r);
    }
}

/* Whether a paragraph of the same article stands beside `n`. */
static bool
beside_paragraph(const struct content *c, const struct node *n)
{
    const struct node *k = n->parent != NULL ? n->parent->first : NULL;

    while (k != NULL && (k->tag != TAG_P || row_of(c, k)->paras < 80))
        k = k->next;
    return k != NULL;
}

/* Whether the article, or more than a request, is behind this gate. `body`
 * has the figures of all that is visible or behind one. */
static bool
is_open(const struct content *c, const struct node *n, struct row body)
{
    const struct row *r = row_of(c, n);
    bool most = r->paras > body.paras / 2;

    if (r->para_count == 0)
        most = r->text - r->link > (body.text - body.link) / 2;
    if (link_share(r) > 0.25F)
        return false;
    if (n->tag == TAG_P && n->parent != NULL &&
        row_of(c, n->parent)->gated >= PART_MIN)
        return true;
    if (most && (r->gate == GATE_PART || body.paras - r->paras < OUTSIDE_MAX))
        return true;
    return r->gate == GATE_PART && r->para_count > 1 &&
           r->paras >= PART_MIN && beside_paragraph(c, n);
}

void
content_measure(struct content *c)
{
    struct row body;
    bool shut = false;

    mark_gone(c);
    count_all(c);
    body = *row_of(c, c->page->body);
    for (size_t i = 0; i < c->page->count; i++) {
        const struct node *n = page_node(c->page, i);
        struct row *r = row_of(c, n);

        r->gone = r->gone || (n->parent != NULL && row_of(c, n->parent)->gone);
        if (r->gate && !r->gone && !is_open(c, n, body))
            r->gone = shut = true;
    }
    if (shut)
        count_all(c);
}
