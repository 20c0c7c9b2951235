/*
 * page.c - a web page as a tree.
 */
#include "import/page.h"

#include <strings.h>

#define ATTRS_OF_ONE 256

static const struct {
    const char *name;
    unsigned flags;
} tags[TAG_COUNT] = {
    [TAG_TEXT] = { "", 0 },
    [TAG_OTHER] = { "", 0 },
#define PAGE_ROW(id, name, flags) [TAG_##id] = { name, flags },
    PAGE_TAGS(PAGE_ROW)
#undef PAGE_ROW
};

struct parser {
    struct page *page;
    const char *at, *end;
    struct node **stack; /* the open elements, the root first */
    size_t depth, cap;
    size_t foreign; /* open svg and math */
    bool headed;    /* a head is or was open */
    bool xml;       /* "<a/>" closes an element */
};

/* ---- Characters ---- */

static bool
is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r';
}

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
ends_name(char c)
{
    return is_space(c) || c == '/' || c == '>';
}

static bool
same(struct text a, struct text b)
{
    return a.len == b.len && strncasecmp(a.data, b.data, a.len) == 0;
}

static enum tag
find_tag(struct text name)
{
    size_t low = TAG_OTHER + 1, high = TAG_COUNT;

    while (low < high) {
        size_t mid = (low + high) / 2;
        const char *known = tags[mid].name;
        int c = strncasecmp(name.data, known, name.len);

        /* A name may contain a NUL, at which the comparison ends. */
        if (c == 0 && strlen(known) == name.len)
            return (enum tag)mid;
        if (c > 0)
            low = mid + 1;
        else
            high = mid;
    }
    return TAG_OTHER;
}

static unsigned
flags_of(const struct node *n)
{
    return tags[n->tag].flags;
}

static bool
is_heading(enum tag tag)
{
    return tag >= TAG_H1 && tag <= TAG_H6;
}

/* ---- Nodes ---- */

/* NULL: there are too many. */
static struct node *
new_node(struct parser *p, enum tag tag, struct text text)
{
    struct page *page = p->page;
    struct node **block = &page->blocks[page->count / PAGE_BLOCK];
    size_t at = p->depth < PAGE_DEPTH ? p->depth : PAGE_DEPTH;
    struct node *n;

    if (page->count == PAGE_NODES - 1) {
        page->cut = true;
        p->at = p->end;
        return NULL;
    }
    if (*block == NULL)
        *block = mem_new(PAGE_BLOCK, sizeof **block);
    n = page_node(page, page->count);
    memset(n, 0, sizeof *n);
    n->index = (uint32_t)page->count++;
    n->tag = (uint8_t)tag;
    n->text = text;
    if (at == 0)
        return n;
    n->parent = p->stack[at - 1];
    if (n->parent->last != NULL)
        n->parent->last->next = n;
    else
        n->parent->first = n;
    n->parent->last = n;
    return n;
}

static void
push(struct parser *p, struct node *n)
{
    if (p->depth == p->cap) {
        p->cap = p->cap != 0 ? 2 * p->cap : 64;
        p->stack = mem_resize(p->stack, p->cap, sizeof(struct node *));
    }
    p->stack[p->depth++] = n;
    p->foreign += n->tag == TAG_SVG || n->tag == TAG_MATH;
}

/* Closes elements until only `depth` are open. */
static void
pop_to(struct parser *p, size_t depth)
{
    while (p->depth > depth) {
        enum tag tag = p->stack[--p->depth]->tag;

        p->foreign -= tag == TAG_SVG || tag == TAG_MATH;
    }
}

/* Where a search among the open elements ends; html and body stay open. */
static size_t
floor_of(const struct parser *p)
{
    return p->depth > PAGE_DEPTH + 2 ? p->depth - PAGE_DEPTH : 2;
}

/* The place in the stack of the innermost open `tag` that is not hidden by
 * an element with one of the flags `stop`; 0 if there is none. */
static size_t
find_open(const struct parser *p, enum tag tag, unsigned stop)
{
    for (size_t i = p->depth; i > floor_of(p); i--) {
        const struct node *n = p->stack[i - 1];

        if (n->tag == tag)
            return i - 1;
        if (flags_of(n) & stop)
            return 0;
    }
    return 0;
}

static void
close_paragraph(struct parser *p)
{
    for (size_t i = p->depth; i > floor_of(p); i--) {
        const struct node *n = p->stack[i - 1];

        if (n->tag == TAG_P)
            pop_to(p, i - 1);
        if (n->tag == TAG_P || n->tag == TAG_BUTTON ||
            (flags_of(n) & IS_SCOPE))
            return;
    }
}

/* An item of a list ends the one before, unless a list or the like is
 * between. */
static void
close_item(struct parser *p, enum tag a, enum tag b)
{
    for (size_t i = p->depth; i > floor_of(p); i--) {
        const struct node *n = p->stack[i - 1];

        if (n->tag == a || n->tag == b) {
            pop_to(p, i - 1);
            return;
        }
        if ((flags_of(n) & IS_SPECIAL) && n->tag != TAG_ADDRESS &&
            n->tag != TAG_DIV && n->tag != TAG_P)
            return;
    }
}

static bool
is_section(enum tag tag)
{
    return tag == TAG_TBODY || tag == TAG_THEAD || tag == TAG_TFOOT;
}

/* A cell ends the cell before it, a row the row, a section the section. */
static void
close_in_table(struct parser *p, enum tag tag)
{
    for (size_t i = p->depth; i > floor_of(p); i--) {
        enum tag open = p->stack[i - 1]->tag;
        bool cell = open == TAG_TD || open == TAG_TH;

        if (open == TAG_TABLE || open == TAG_TEMPLATE || open == TAG_SHADOW ||
            (open == TAG_TR && (tag == TAG_TD || tag == TAG_TH)) ||
            (is_section(open) && !is_section(tag)))
            return;
        if (cell || open == TAG_TR || is_section(open))
            pop_to(p, i - 1);
    }
}

/* Links do not contain links. A link that contains more than text was left
 * open by mistake, and its content is not text of a link. */
static void
close_link(struct parser *p)
{
    size_t i = find_open(p, TAG_A, IS_SPECIAL);

    if (i != 0) {
        pop_to(p, i);
        return;
    }
    i = find_open(p, TAG_A, IS_SCOPE);
    if (i != 0)
        p->stack[i]->tag = TAG_SPAN;
}

/* An element that is not of a drawing ends a drawing that was left open. */
static void
leave_foreign(struct parser *p)
{
    for (size_t i = p->depth; i > floor_of(p); i--) {
        const struct node *n = p->stack[i - 1];

        if (same(n->text, text_of("foreignObject")) ||
            same(n->text, text_of("desc")))
            return;
        if (n->tag == TAG_SVG || n->tag == TAG_MATH) {
            pop_to(p, i - 1);
            return;
        }
    }
}

/* ---- Tags ---- */

static void
open_body(struct parser *p)
{
    struct node *n;

    pop_to(p, 1);
    n = new_node(p, TAG_BODY, text_of("body"));
    if (n == NULL)
        return;
    p->page->body = n;
    push(p, n);
}

struct tag_token {
    enum tag tag;
    struct text name;
    uint32_t attrs;
    uint16_t attr_count;
    bool closed; /* "/>" */
};

static void
take_attrs(struct node *n, const struct tag_token *t)
{
    if (n == NULL || n->attr_count != 0)
        return;
    n->attrs = t->attrs;
    n->attr_count = t->attr_count;
}

/* html, head and body exist once, whatever is written. */
static bool
start_frame(struct parser *p, const struct tag_token *t)
{
    struct page *page = p->page;

    page->whole = page->whole || t->tag == TAG_HTML || t->tag == TAG_HEAD ||
                  t->tag == TAG_BODY ||
                  (t->tag == TAG_TITLE && page->body == NULL);
    if (t->tag == TAG_HTML) {
        take_attrs(page->root, t);
        return true;
    }
    if (t->tag == TAG_BODY) {
        if (page->body == NULL)
            open_body(p);
        take_attrs(page->body, t);
        return true;
    }
    if (t->tag == TAG_HEAD) {
        struct node *n = NULL;

        if (!p->headed && page->body == NULL)
            n = new_node(p, TAG_HEAD, t->name);
        if (n != NULL) {
            take_attrs(n, t);
            push(p, n);
            p->headed = true;
        }
        return true;
    }
    if (page->body == NULL && !(tags[t->tag].flags & IS_HEAD))
        open_body(p);
    return false;
}

/* Ends the elements that the start of this tag ends. */
static void
imply_ends(struct parser *p, enum tag tag)
{
    unsigned flags = tags[tag].flags;
    enum tag top;

    if (p->foreign != 0 &&
        ((flags & (IS_BLOCK | IS_TABLE)) || tag == TAG_BR ||
         tag == TAG_IMG || tag == TAG_SPAN || tag == TAG_B || tag == TAG_I))
        leave_foreign(p);
    if (tag == TAG_LI)
        close_item(p, TAG_LI, TAG_LI);
    else if (tag == TAG_DD || tag == TAG_DT)
        close_item(p, TAG_DD, TAG_DT);
    else if (tag == TAG_A)
        close_link(p);
    else if ((flags & IS_TABLE) && tag != TAG_TABLE)
        close_in_table(p, tag);
    if (flags & IS_BLOCK)
        close_paragraph(p);
    top = p->stack[p->depth - 1]->tag;
    if ((is_heading(tag) && is_heading(top)) ||
        ((tag == TAG_OPTION || tag == TAG_OPTGROUP) && top == TAG_OPTION))
        pop_to(p, p->depth - 1);
    if (tag == TAG_BUTTON) {
        size_t i = find_open(p, TAG_BUTTON, IS_SCOPE);

        if (i != 0)
            pop_to(p, i);
    }
}

/* "</name" and what may follow a name. */
static bool
is_end_of(const char *s, const char *end, struct text name)
{
    return (size_t)(end - s) > name.len + 2 && s[0] == '<' && s[1] == '/' &&
           strncasecmp(s + 2, name.data, name.len) == 0 &&
           ends_name(s[2 + name.len]);
}

static bool
at_text(const char *s, const char *end, const char *what)
{
    size_t n = strlen(what);

    return (size_t)(end - s) >= n && strncasecmp(s, what, n) == 0;
}

/* Finds the end of the text of a raw element. A script may contain another
 * one in a comment, whose end tag does not count. */
static const char *
raw_end(const char *s, const char *end, const struct tag_token *t)
{
    bool comment = false, inner = false;

    for (; s < end; s++) {
        if (*s != '<' && *s != '-')
            continue;
        if (is_end_of(s, end, t->name)) {
            if (!inner)
                return s;
            inner = false;
        }
        if (t->tag != TAG_SCRIPT)
            continue;
        if (at_text(s, end, "-->"))
            comment = inner = false;
        else if (at_text(s, end, "<!--"))
            comment = true;
        else if (comment && at_text(s, end, "<script") && end - s > 7 &&
                 ends_name(s[7]))
            inner = true;
    }
    return end;
}

static void
start_tag(struct parser *p, const struct tag_token *t)
{
    unsigned flags = tags[t->tag].flags;
    struct node *n;

    if (start_frame(p, t))
        return;
    imply_ends(p, t->tag);
    n = new_node(p, t->tag, t->name);
    if (n == NULL)
        return;
    take_attrs(n, t);
    if ((flags & IS_VOID) ||
        (t->closed && (p->xml || p->foreign != 0 || t->tag == TAG_SVG)))
        return;
    push(p, n);
    if ((flags & (IS_RAW | IS_RCDATA)) && p->foreign == 0) {
        const char *stop = raw_end(p->at, p->end, t);

        if (stop > p->at) {
            struct text inner = { p->at, (size_t)(stop - p->at) };

            n = new_node(p, TAG_TEXT, inner);
            if (n != NULL)
                n->raw = (flags & IS_RAW) != 0;
        }
        if (p->at < stop)
            p->at = stop;
        pop_to(p, p->depth - 1);
    }
}

static void
end_tag(struct parser *p, const struct tag_token *t)
{
    unsigned flags = tags[t->tag].flags;
    unsigned stop = (flags & IS_TABLE)     ? 0
                    : (flags & IS_SPECIAL) ? IS_SCOPE
                                            : IS_SPECIAL;

    if (t->tag == TAG_HTML || t->tag == TAG_BODY)
        return;
    if (t->tag == TAG_HEAD) {
        if (p->page->body == NULL)
            pop_to(p, 1);
        return;
    }
    if (t->tag == TAG_P) {
        close_paragraph(p);
        return;
    }
    for (size_t i = p->depth; i > (p->page->body ? floor_of(p) : 1); i--) {
        struct node *n = p->stack[i - 1];

        if ((n->tag == TAG_SHADOW && t->tag == TAG_TEMPLATE) ||
            (n->tag == t->tag &&
             (n->tag != TAG_OTHER || same(n->text, t->name))) ||
            (is_heading(t->tag) && is_heading(n->tag))) {
            pop_to(p, i - 1);
            return;
        }
        if ((flags_of(n) & stop) || ((flags & IS_TABLE) &&
                                     n->tag == TAG_TABLE))
            break;
    }
    if (t->tag == TAG_A)
        close_link(p);
}

/* ---- Tokens ---- */

static void
add_text(struct parser *p, const char *from, const char *to)
{
    struct text t = { from, (size_t)(to - from) };

    if (t.len == 0)
        return;
    if (p->page->body == NULL) {
        size_t i = 0;

        while (i < t.len && is_space(t.data[i]))
            i++;
        if (i == t.len)
            return;
        open_body(p);
    }
    (void)new_node(p, TAG_TEXT, t);
}

static const char *
find_byte(const char *s, const char *end, char c)
{
    const char *hit = s < end ? memchr(s, c, (size_t)(end - s)) : NULL;

    return hit != NULL ? hit : end;
}

static void
skip_space(struct parser *p)
{
    while (p->at < p->end && is_space(*p->at))
        p->at++;
}

static struct text
read_value(struct parser *p)
{
    const char *from = p->at, *to;

    if (p->at < p->end && (*p->at == '"' || *p->at == '\'')) {
        to = find_byte(from + 1, p->end, *from);
        p->at = to < p->end ? to + 1 : to;
        return text_from(from + 1, (size_t)(to - from - 1));
    }
    while (p->at < p->end && !is_space(*p->at) && *p->at != '>')
        p->at++;
    return text_from(from, (size_t)(p->at - from));
}

static void
keep_attr(struct page *page, struct tag_token *t, struct attr a)
{
    if (t->attr_count == ATTRS_OF_ONE || page->attr_count == PAGE_ATTRS)
        return;
    if (page->attr_count == page->attr_cap) {
        page->attr_cap = page->attr_cap != 0 ? 2 * page->attr_cap : 1024;
        page->attrs = mem_resize(page->attrs, page->attr_cap, sizeof a);
    }
    page->attrs[page->attr_count++] = a;
    t->attr_count++;
}

/* Reads name and attributes, from the first letter of the name to after the
 * '>'. False: the page ended inside. */
static bool
read_tag(struct parser *p, struct tag_token *t)
{
    const char *from = p->at;

    while (p->at < p->end && !ends_name(*p->at))
        p->at++;
    *t = (struct tag_token){ .attrs = (uint32_t)p->page->attr_count };
    t->name = text_from(from, (size_t)(p->at - from));
    t->tag = find_tag(t->name);
    for (;;) {
        struct attr a = { { "", 0 }, { "", 0 } };

        skip_space(p);
        if (p->at == p->end)
            return false;
        if (*p->at == '>')
            break;
        if (*p->at == '/') {
            p->at++;
            t->closed = p->at < p->end && *p->at == '>';
            continue;
        }
        from = p->at++;
        while (p->at < p->end && !ends_name(*p->at) && *p->at != '=')
            p->at++;
        a.name = text_from(from, (size_t)(p->at - from));
        skip_space(p);
        if (p->at < p->end && *p->at == '=') {
            p->at++;
            skip_space(p);
            a.value = read_value(p);
        }
        keep_attr(p->page, t, a);
    }
    p->at++;
    return true;
}

/* Skips a comment, from after "<!--". */
static const char *
comment_end(const char *s, const char *end)
{
    if (at_text(s, end, ">"))
        return s + 1;
    if (at_text(s, end, "->"))
        return s + 2;
    for (; s < end; s++) {
        s = find_byte(s, end, '-');
        if (at_text(s, end, "-->"))
            return s + 3;
        if (at_text(s, end, "--!>"))
            return s + 4;
    }
    return end;
}

/* "<!" and "<?". */
static void
read_declaration(struct parser *p)
{
    const char *s = p->at;

    if (at_text(s, p->end, "<!--")) {
        p->at = comment_end(s + 4, p->end);
    } else if (p->foreign != 0 && at_text(s, p->end, "<![CDATA[")) {
        const char *to = s += 9;

        do
            to = find_byte(to + (to > s), p->end, ']');
        while (to < p->end && !at_text(to, p->end, "]]>"));
        add_text(p, s, to);
        p->at = to < p->end ? to + 3 : to;
    } else {
        s = find_byte(s, p->end, '>');
        p->at = s < p->end ? s + 1 : s;
    }
}

/* Browsers show a template with such an attribute, and write all shadow roots
 * so when they save a page. */
static bool
is_shadow(const struct parser *p, const struct tag_token *t)
{
    for (size_t i = 0; i < t->attr_count && t->tag == TAG_TEMPLATE; i++)
        if (same(p->page->attrs[t->attrs + i].name,
                 text_of("shadowrootmode")) ||
            same(p->page->attrs[t->attrs + i].name, text_of("shadowroot")))
            return true;
    return false;
}

static void
read_markup(struct parser *p)
{
    char c = p->at[1];
    struct tag_token t;

    if (is_letter(c)) {
        p->at++;
        if (read_tag(p, &t)) {
            if (is_shadow(p, &t))
                t.tag = TAG_SHADOW;
            start_tag(p, &t);
        }
    } else if (c == '/' && p->end - p->at > 2 && is_letter(p->at[2])) {
        size_t attrs = p->page->attr_count;

        p->at += 2;
        if (read_tag(p, &t)) {
            if (t.tag == TAG_BR)
                start_tag(p, &t);
            else
                end_tag(p, &t);
        }
        p->page->attr_count = attrs;
    } else if (c == '/') {
        const char *s = find_byte(p->at, p->end, '>');

        p->at = s < p->end ? s + 1 : s;
    } else {
        read_declaration(p);
    }
}

void
page_parse(struct page *page, struct text source)
{
    struct parser p = { .page = page };
    const char *from;

    memset(page, 0, sizeof *page);
    p.at = from = source.data;
    p.end = source.data + source.len;
    p.xml = text_begins(text_trim(source), "<?xml");
    page->root = new_node(&p, TAG_HTML, text_of("html"));
    push(&p, page->root);
    while (p.at < p.end) {
        const char *s = find_byte(p.at, p.end, '<');
        char c = p.end - s > 1 ? s[1] : '\0';

        if (s < p.end && !is_letter(c) && c != '/' && c != '!' && c != '?') {
            p.at = s + 1;
            continue;
        }
        p.at = s;
        add_text(&p, from, s);
        if (p.at < p.end)
            read_markup(&p);
        from = p.at;
    }
    add_text(&p, from, p.end);
    mem_free(p.stack);
    for (size_t i = page->count - 1; i > 0; i--) {
        struct node *n = page_node(page, i);

        if (n->tag == TAG_TEXT && !n->raw)
            n->size = (uint32_t)n->text.len;
        n->parent->size += n->size;
    }
}

void
page_free(struct page *page)
{
    for (size_t i = 0; i < COUNT_OF(page->blocks); i++)
        mem_free(page->blocks[i]);
    mem_free(page->attrs);
    memset(page, 0, sizeof *page);
}

/* ---- Reading the tree ---- */

struct node *
page_skip(const struct node *n, const struct node *top)
{
    while (n != top && n->next == NULL)
        n = n->parent;
    return n != top ? n->next : NULL;
}

struct node *
page_next(const struct node *n, const struct node *top)
{
    return n->first != NULL ? n->first : page_skip(n, top);
}

static const struct attr *
find_attr(const struct page *page, const struct node *n, const char *name)
{
    struct text wanted = text_of(name);

    for (size_t i = 0; i < n->attr_count; i++)
        if (same(page->attrs[n->attrs + i].name, wanted))
            return &page->attrs[n->attrs + i];
    return NULL;
}

bool
page_has(const struct page *page, const struct node *n, const char *name)
{
    return find_attr(page, n, name) != NULL;
}

struct text
page_attr(const struct page *page, const struct node *n, const char *name)
{
    const struct attr *a = find_attr(page, n, name);

    return a != NULL ? a->value : text_from("", 0);
}

size_t
page_end(const struct page *page, const struct node *n)
{
    const struct node *next = page_skip(n, page->root);

    return next != NULL ? next->index : page->count;
}

bool
page_breaks(const struct node *n)
{
    return (flags_of(n) & (IS_BLOCK | IS_TABLE)) || n->tag == TAG_BR;
}

bool
page_is_beside(const struct node *n)
{
    static const char *const names[] = {
        "amp-ad", "amp-ad-exit", "amp-addthis", "amp-analytics",
        "amp-app-banner", "amp-auto-ads", "amp-autocomplete", "amp-consent",
        "amp-date-picker", "amp-embed", "amp-form", "amp-iframe",
        "amp-image-lightbox", "amp-install-serviceworker", "amp-lightbox",
        "amp-list", "amp-live-list", "amp-mega-menu", "amp-nested-menu",
        "amp-next-page", "amp-pixel", "amp-recommended-articles",
        "amp-sidebar", "amp-social-share", "amp-state", "amp-sticky-ad",
        "amp-user-notification", "amp-web-push", "amp-web-push-widget",
    };

    for (size_t i = 0; n->tag == TAG_OTHER && i < COUNT_OF(names); i++)
        if (same(n->text, text_of(names[i])))
            return true;
    return false;
}

void
page_gather(const struct node *top, struct sheaf_buf *b, size_t max)
{
    struct sheaf_buf word = { 0 };

    for (const struct node *n = top; n != NULL && b->len < max;
         n = page_next(n, top)) {
        if (n->tag != TAG_TEXT) {
            if (page_breaks(n))
                buf_add_str(&word, " ");
        } else if (n->raw) {
            buf_add(&word, n->text.data, n->text.len);
        } else {
            page_decode(&word, n->text, false);
        }
        for (size_t i = 0; i < word.len && b->len < max; i++) {
            bool space = is_space((char)word.data[i]);

            if (i + 1 < word.len && memcmp(word.data + i, "\xC2\xAD", 2) == 0)
                i++; /* a soft hyphen */
            else if (!space)
                buf_add(b, word.data + i, 1);
            else if (b->len > 0 && b->data[b->len - 1] != ' ')
                buf_add_str(b, " ");
        }
        word.len = 0;
    }
    while (b->len > 0 && b->data[b->len - 1] == ' ')
        b->len--;
    sheaf_buf_free(&word);
}
