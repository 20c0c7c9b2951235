/*
 * page.h - a web page as a tree.
 *
 * Written for real pages, after the WHATWG's rules for tokens and the part of
 * its rules for trees that separates text from text: implied and missing end
 * tags, what ends a paragraph, head and body. Misnested inline tags are not
 * corrected; that changes the look, but no words.
 *
 * Why no library: of those in Debian 12, gumbo (a real HTML5 parser) takes 15
 * s for 5,000 open <font> (100 KB), and libxml2 takes 0.6 s for 30,000
 * attributes and the same for 20,000 stray end tags; both grow with the
 * square. Here the time grows with the size of the page alone: searches among
 * the open elements stop after PAGE_DEPTH of them, where browsers cap the
 * depth of their trees too. Memory stops at PAGE_NODES; what comes after is
 * ignored, and `cut` says so.
 *
 * Nodes point into the source, which must outlive them.
 */
#ifndef SHEAF_IMPORT_PAGE_H
#define SHEAF_IMPORT_PAGE_H

#include "import/import.h"

#define PAGE_DEPTH 512
#define PAGE_NODES ((size_t)1 << 20)
#define PAGE_ATTRS ((size_t)1 << 21)
#define PAGE_BLOCK ((size_t)1024)

enum {
    IS_VOID = 1,      /* has no content and no end tag */
    IS_RAW = 2,       /* content is text up to the end tag */
    IS_RCDATA = 4,    /* likewise, with character references */
    IS_BLOCK = 8,     /* ends a paragraph when it starts */
    IS_SPECIAL = 16,  /* an inline end tag has no effect beyond it */
    IS_SCOPE = 32,    /* no end tag but a table's has an effect beyond it */
    IS_HEAD = 64,      /* may be in the head */
    IS_TABLE = 128,    /* part of a table */
};

/* In the order of their names. No tag has the name of SHADOW: it is a template
 * that is a shadow root, and shown. */
#define PAGE_TAGS(X)                                                          \
    X(A, "a", 0)                                                              \
    X(ABBR, "abbr", 0)                                                        \
    X(ADDRESS, "address", IS_BLOCK | IS_SPECIAL)                            \
    X(AREA, "area", IS_VOID)                                                 \
    X(ARTICLE, "article", IS_BLOCK | IS_SPECIAL)                            \
    X(ASIDE, "aside", IS_BLOCK | IS_SPECIAL)                                \
    X(AUDIO, "audio", 0)                                                      \
    X(B, "b", 0)                                                              \
    X(BASE, "base", IS_VOID | IS_HEAD)                                      \
    X(BLOCKQUOTE, "blockquote", IS_BLOCK | IS_SPECIAL)                      \
    X(BODY, "body", IS_SPECIAL)                                              \
    X(BR, "br", IS_VOID)                                                     \
    X(BUTTON, "button", IS_SPECIAL)                                          \
    X(CANVAS, "canvas", 0)                                                    \
    X(CAPTION, "caption", IS_SPECIAL | IS_SCOPE)                            \
    X(CENTER, "center", IS_BLOCK | IS_SPECIAL)                              \
    X(CODE, "code", 0)                                                        \
    X(COL, "col", IS_VOID)                                                   \
    X(DD, "dd", IS_BLOCK | IS_SPECIAL)                                      \
    X(DETAILS, "details", IS_BLOCK | IS_SPECIAL)                            \
    X(DIALOG, "dialog", IS_BLOCK | IS_SPECIAL)                              \
    X(DIV, "div", IS_BLOCK | IS_SPECIAL)                                    \
    X(DL, "dl", IS_BLOCK | IS_SPECIAL)                                      \
    X(DT, "dt", IS_BLOCK | IS_SPECIAL)                                      \
    X(EMBED, "embed", IS_VOID)                                               \
    X(FIELDSET, "fieldset", IS_BLOCK | IS_SPECIAL)                          \
    X(FIGCAPTION, "figcaption", IS_BLOCK | IS_SPECIAL)                      \
    X(FIGURE, "figure", IS_BLOCK | IS_SPECIAL)                              \
    X(FONT, "font", 0)                                                        \
    X(FOOTER, "footer", IS_BLOCK | IS_SPECIAL)                              \
    X(FORM, "form", IS_BLOCK | IS_SPECIAL)                                  \
    X(FRAME, "frame", IS_VOID)                                               \
    X(FRAMESET, "frameset", IS_SPECIAL)                                      \
    X(H1, "h1", IS_BLOCK | IS_SPECIAL)                                      \
    X(H2, "h2", IS_BLOCK | IS_SPECIAL)                                      \
    X(H3, "h3", IS_BLOCK | IS_SPECIAL)                                      \
    X(H4, "h4", IS_BLOCK | IS_SPECIAL)                                      \
    X(H5, "h5", IS_BLOCK | IS_SPECIAL)                                      \
    X(H6, "h6", IS_BLOCK | IS_SPECIAL)                                      \
    X(HEAD, "head", IS_SPECIAL)                                              \
    X(HEADER, "header", IS_BLOCK | IS_SPECIAL)                              \
    X(HGROUP, "hgroup", IS_BLOCK | IS_SPECIAL)                              \
    X(HR, "hr", IS_VOID | IS_BLOCK)                                         \
    X(HTML, "html", IS_SPECIAL | IS_SCOPE)                                  \
    X(I, "i", 0)                                                              \
    X(IFRAME, "iframe", IS_RAW)                                              \
    X(IMG, "img", IS_VOID)                                                   \
    X(INPUT, "input", IS_VOID)                                               \
    X(LABEL, "label", 0)                                                      \
    X(LI, "li", IS_BLOCK | IS_SPECIAL)                                      \
    X(LINK, "link", IS_VOID | IS_HEAD)                                      \
    X(MAIN, "main", IS_BLOCK | IS_SPECIAL)                                  \
    X(MATH, "math", 0)                                                        \
    X(MENU, "menu", IS_BLOCK | IS_SPECIAL)                                  \
    X(META, "meta", IS_VOID | IS_HEAD)                                      \
    X(NAV, "nav", IS_BLOCK | IS_SPECIAL)                                    \
    X(NOEMBED, "noembed", IS_RAW)                                            \
    X(NOFRAMES, "noframes", IS_RAW | IS_HEAD)                               \
    X(NOSCRIPT, "noscript", IS_SPECIAL | IS_HEAD)                           \
    X(OBJECT, "object", IS_SPECIAL | IS_SCOPE)                              \
    X(OL, "ol", IS_BLOCK | IS_SPECIAL)                                      \
    X(OPTGROUP, "optgroup", 0)                                                \
    X(OPTION, "option", 0)                                                    \
    X(P, "p", IS_BLOCK | IS_SPECIAL)                                        \
    X(PARAM, "param", IS_VOID)                                               \
    X(PRE, "pre", IS_BLOCK | IS_SPECIAL)                                    \
    X(SCRIPT, "script", IS_RAW | IS_HEAD)                                   \
    X(SEARCH, "search", IS_BLOCK | IS_SPECIAL)                              \
    X(SECTION, "section", IS_BLOCK | IS_SPECIAL)                            \
    X(SELECT, "select", IS_SPECIAL)                                          \
    X(SOURCE, "source", IS_VOID)                                             \
    X(SPAN, "span", 0)                                                        \
    X(STYLE, "style", IS_RAW | IS_HEAD)                                     \
    X(SUMMARY, "summary", IS_BLOCK | IS_SPECIAL)                            \
    X(SVG, "svg", 0)                                                          \
    X(TABLE, "table", IS_BLOCK | IS_SPECIAL | IS_SCOPE | IS_TABLE)        \
    X(TBODY, "tbody", IS_SPECIAL | IS_TABLE)                                \
    X(TD, "td", IS_SPECIAL | IS_SCOPE | IS_TABLE)                          \
    X(TEMPLATE, "template", IS_SPECIAL | IS_SCOPE | IS_HEAD)               \
    X(SHADOW, "template shadow", IS_SPECIAL | IS_SCOPE)                      \
    X(TEXTAREA, "textarea", IS_RCDATA)                                       \
    X(TFOOT, "tfoot", IS_SPECIAL | IS_TABLE)                                \
    X(TH, "th", IS_SPECIAL | IS_SCOPE | IS_TABLE)                          \
    X(THEAD, "thead", IS_SPECIAL | IS_TABLE)                                \
    X(TIME, "time", 0)                                                        \
    X(TITLE, "title", IS_RCDATA | IS_HEAD)                                  \
    X(TR, "tr", IS_SPECIAL | IS_TABLE)                                      \
    X(TRACK, "track", IS_VOID)                                               \
    X(UL, "ul", IS_BLOCK | IS_SPECIAL)                                      \
    X(VIDEO, "video", 0)                                                      \
    X(WBR, "wbr", IS_VOID)                                                   \
    X(XMP, "xmp", IS_RAW | IS_BLOCK)

#define PAGE_ENUM(id, name, flags) TAG_##id,
enum tag { TAG_TEXT, TAG_OTHER, PAGE_TAGS(PAGE_ENUM) TAG_COUNT };
#undef PAGE_ENUM

struct attr {
    struct text name, value; /* as written */
};

struct node {
    struct node *parent, *first, *last, *next;
    struct text text; /* the text of a text node, or the name of an element */
    uint32_t index;   /* in document order, from 0 */
    uint32_t size;    /* bytes of text inside, without scripts and the like */
    uint32_t attrs;
    uint16_t attr_count;
    uint8_t tag;
    bool raw; /* text without character references */
};

struct page {
    struct node *root; /* html */
    struct node *body; /* NULL: nothing visible */
    bool whole; /* it says where it, its head or its body begins, or a title */
    size_t count;
    struct node *blocks[PAGE_NODES / PAGE_BLOCK];
    struct attr *attrs;
    size_t attr_count;
    size_t attr_cap;
    bool cut;
};

/* `source` is UTF-8 without NULs. */
void page_parse(struct page *page, struct text source);
void page_free(struct page *page);

static inline struct node *
page_node(const struct page *page, size_t index)
{
    return &page->blocks[index / PAGE_BLOCK][index % PAGE_BLOCK];
}

/* The next node in document order inside `top`; NULL at the end. */
struct node *page_next(const struct node *n, const struct node *top);
/* The same, skipping what is inside `n`. */
struct node *page_skip(const struct node *n, const struct node *top);

/* The index of the first node behind all that is inside `n`. */
size_t page_end(const struct page *page, const struct node *n);

/* Whether text begins a new line at `n`. */
bool page_breaks(const struct node *n);
/* Whether this is one of AMP's elements for what stands beside a text. */
bool page_is_beside(const struct node *n);
/* The value as written, not decoded; empty if there is none. */
struct text page_attr(const struct page *page, const struct node *n,
                      const char *name);
/* The same; false if there is none. */
bool page_has(const struct page *page, const struct node *n,
              const char *name);
/* Appends text with its character references decoded. */
void page_decode(struct sheaf_buf *b, struct text t, bool in_attribute);
/* Appends all text inside `n`, with each run of white space as one space. */
void page_gather(const struct node *n, struct sheaf_buf *b, size_t max);

#endif
