/*
 * xmlcut.c - cuts XML into records, and mends what is not well-formed.
 */
#include "import/xmlcut.h"

#include <libxml/parser.h>

/* Around everything that is parsed: the prefixes as most declare them, for
 * those who do not. */
static const char wrap[] =
    "<x xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\""
    " xmlns:content=\"http://purl.org/rss/1.0/modules/content/\""
    " xmlns:slash=\"http://purl.org/rss/1.0/modules/slash/\""
    " xmlns:dc=\"http://purl.org/dc/elements/1.1/\""
    " xmlns:dcterms=\"http://purl.org/dc/terms/\""
    " xmlns:atom=\"http://www.w3.org/2005/Atom\""
    " xmlns:media=\"http://search.yahoo.com/mrss/\""
    " xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\""
    " xmlns:wfw=\"http://wellformedweb.org/CommentAPI/\""
    " xmlns:wp=\"http://wordpress.org/export/1.2/\""
    " xmlns:excerpt=\"http://wordpress.org/export/1.2/excerpt/\""
    " xmlns:news=\"http://www.google.com/schemas/sitemap-news/0.9\""
    " xmlns:xhtml=\"http://www.w3.org/1999/xhtml\">";

static const char *const trouble_texts[CUT_TROUBLES] = {
    [CUT_CHARSET] = "the text is not in the character set that it names",
    [CUT_BEFORE] = "something is before the XML declaration or the root",
    [CUT_BETWEEN] = "text that is in no element, which is left out",
    [CUT_CONTROL] = "a control character, which was removed",
    [CUT_AMPERSAND] = "an '&' that begins no reference",
    [CUT_REFERENCE] = "a character reference of HTML, not of XML",
    [CUT_LESS] = "a '<' that begins no tag",
    [CUT_ATTRIBUTE] = "an attribute without quotes or name, or one too many",
    [CUT_NESTING] = "tags that do not match",
    [CUT_PREFIX] = "a prefix that is not declared",
    [CUT_UNCLOSED] = "the input ends before the last end tag",
};

/* ---- Reading and writing ---- */

static bool
in_record(const struct cut *c)
{
    return c->base != CUT_DEPTH;
}

static struct text
window(struct cut *c, size_t want)
{
    return input_peek(c->in, want);
}

static void
take(struct cut *c, size_t len)
{
    struct text t = text_from(c->in->buffer + c->in->at, len);

    for (const char *p = t.data;
         len > 0 &&
         (p = memchr(p, '\n', (size_t)(t.data + t.len - p))) != NULL;
         p++)
        c->line++;
    c->taken += len;
    if (in_record(c) && !c->over)
        buf_add(&c->raw, t.data, t.len);
    input_take(c->in, t.len);
}

/* Where `more` bytes go, or NULL: nowhere. */
static struct sheaf_buf *
sink(struct cut *c, size_t more)
{
    struct sheaf_buf *b = in_record(c) ? &c->text : &c->head;
    size_t max = in_record(c) ? RECORD_MAX : CUT_HEAD_MAX;
    size_t nodes = in_record(c) ? c->nodes : c->head_nodes;
    bool *full = in_record(c) ? &c->over : &c->head_full;

    if (more > max - b->len || nodes > CUT_NODES)
        *full = true;
    return *full ? NULL : b;
}

static void
put(struct cut *c, struct text t)
{
    struct sheaf_buf *b = sink(c, t.len);

    if (b != NULL)
        buf_add(b, t.data, t.len);
}

static void
put_text(struct cut *c, struct text t)
{
    /* A quotation mark takes six bytes. */
    struct sheaf_buf *b = sink(c, t.len < RECORD_MAX ? 6 * t.len : t.len);

    if (b != NULL)
        mend_text(c, t, b);
}

static void
read_reference(struct cut *c)
{
    struct text t = window(c, CUT_REFERENCE_MAX);
    size_t n;

    c->tag.len = 0;
    n = mend_reference(c, t, &c->tag);
    take(c, n);
    if (c->depth > 0)
        put(c, text_of_buf(&c->tag));
}

/* ---- Where something ends ---- */

/* The length of a document type or another declaration at the start of `t`;
 * 0: its end is not in sight. */
static size_t
declaration_end(struct text t, bool *more)
{
    char quote = '\0';
    unsigned inner = 0;

    *more = true;
    for (size_t i = 2; i < t.len; i++) {
        char b = t.data[i];

        if (quote != '\0')
            quote = b == quote ? '\0' : quote;
        else if (b == '"' || (b == '\'' && inner > 0))
            quote = b;
        else if (b == '<' || b == '[')
            inner++;
        else if ((b == '>' || b == ']') && inner > 0)
            inner--;
        else if (b == '>') {
            *more = false;
            return i + 1;
        }
    }
    return 0;
}

/* The length of the tag at the start of `t`. 0: it is none. `more`: it may
 * become one. */
static size_t
tag_end(struct text t, bool *more)
{
    char quote = '\0', before = '\0';

    *more = false;
    for (size_t i = 1; i < t.len; i++) {
        char b = t.data[i];

        if (quote != '\0')
            quote = b == quote ? '\0' : quote;
        else if ((b == '"' || b == '\'') && before == '=')
            quote = b;
        else if (b == '>')
            return i + 1;
        else if (b == '<')
            return 0;
        if (strchr(" \t\r\n", b) == NULL)
            before = b;
    }
    *more = true;
    return 0;
}

/* The length, by `end`, of what is next; 0: it has no end. If many have none,
 * each would be searched through to the limit; so behind one that was searched
 * in vain the next ones are short. */
static size_t
find_end(struct cut *c, size_t end(struct text t, bool *more), struct text *t)
{
    size_t far = c->taken < c->vain_end ? CUT_TAG_NEAR : CUT_TAG_MAX;
    size_t want = 256, n;
    bool more;

    for (;; want *= 4) {
        *t = window(c, want);
        if (t->len > far)
            t->len = far;
        n = end(*t, &more);
        if (!more)
            return n;
        if (t->len < want || t->len == far)
            break;
    }
    if (c->taken >= c->vain_end)
        c->vain_end = c->taken + CUT_TAG_MAX;
    return 0;
}

/* ---- What ends with a mark ---- */

/* Takes everything up to `end`, as text if `keep`. */
static void
read_until(struct cut *c, size_t begin, const char *end, bool keep)
{
    size_t len = strlen(end);

    take(c, begin);
    for (;;) {
        struct text t = window(c, len);
        const char *at = t.len > 0 ? memmem(t.data, t.len, end, len) : NULL;
        size_t n = at != NULL     ? (size_t)(at - t.data)
                   : t.len >= len ? t.len - (len - 1)
                                  : t.len;

        if (keep)
            put_text(c, text_from(t.data, n));
        take(c, at != NULL ? n + len : n);
        if (at != NULL || t.len < len)
            return;
    }
}

static void
read_declaration(struct cut *c)
{
    static const char mark[] = "<!ENTITY";
    struct text t;
    size_t n = find_end(c, declaration_end, &t);

    if (n == 0) {
        read_until(c, 2, ">", false);
        return;
    }
    t.len = n;
    for (const char *p = t.data;
         c->depth == 0 && (p = memmem(p, (size_t)(t.data + n - p), mark,
                                      sizeof mark - 1)) != NULL;) {
        p += sizeof mark - 1;
        mend_entity(c, text_from(p, (size_t)(t.data + n - p)));
    }
    take(c, n);
}

/* ---- Tags ---- */

/* The tag that is next, or nothing if it is none. */
static struct text
next_tag(struct cut *c)
{
    struct text t;
    size_t n = find_end(c, tag_end, &t);

    return text_from(t.data, n);
}

static struct text
level_name(const struct cut *c, size_t level)
{
    return text_from(c->names.data + c->levels[level].name,
                     c->levels[level].name_len);
}

static struct text
local_name(struct text name)
{
    const char *colon = memrchr(name.data, ':', name.len);

    return colon == NULL
               ? name
               : text_from(colon + 1,
                           (size_t)(name.data + name.len - colon) - 1);
}

static void
push(struct cut *c, struct text name)
{
    struct cut_level *l = &c->levels[c->depth++];

    l->name = c->names.len;
    l->name_len = name.len;
    l->open = c->open.len;
    buf_add(&c->names, name.data, name.len);
    if (!in_record(c))
        buf_add(&c->open, c->tag.data, c->tag.len);
}

static void
put_end(struct cut *c, size_t level)
{
    struct text name = level_name(c, level);

    put(c, text_of("</"));
    put(c, name);
    put(c, text_of(">"));
}

static void
pop(struct cut *c)
{
    put_end(c, --c->depth);
    c->names.len = c->levels[c->depth].name;
    c->open.len = c->levels[c->depth].open;
}

static void
begin_record(struct cut *c)
{
    c->base = c->depth;
    c->count++;
    c->declared = 0;
    c->over = false;
    c->nodes = 0;
    c->raw.len = 0;
    c->text.len = 0;
    c->record_line = c->line;
    buf_add_str(&c->text, wrap);
    buf_add(&c->text, c->open.data, c->open.len);
}

static void
end_record(struct cut *c)
{
    while (c->depth > c->base)
        pop(c);
    for (size_t i = c->base; i > 0; i--)
        put_end(c, i - 1);
    put(c, text_of("</x>"));
    c->got = c->over ? CUT_LONG : CUT_RECORD;
    c->done = true;
    c->base = CUT_DEPTH;
    c->over = false;
}

static bool
is_record(const struct cut *c, struct text name)
{
    name = local_name(name);
    for (size_t i = 0; c->records[i] != NULL; i++)
        if (name.len == strlen(c->records[i]) &&
            text_begins(name, c->records[i]))
            return true;
    return false;
}

static void
less_is_text(struct cut *c)
{
    cut_note(c, CUT_LESS);
    take(c, 1);
    if (c->depth > 0)
        put(c, text_of("&lt;"));
}

/* Leaves out the attributes of the tag in c->tag. */
static void
shorten_tag(struct cut *c, struct text name)
{
    c->tag.len = 1;
    buf_add(&c->tag, name.data, name.len);
    buf_add_str(&c->tag, ">");
}

static void
read_start(struct cut *c)
{
    struct text t = next_tag(c), name;
    size_t count = 1;
    bool empty, record;

    name = mend_name(text_from(t.data + 1, t.len > 0 ? t.len - 1 : 0));
    if (name.len == 0 || name.data[name.len - 1] == ':') {
        less_is_text(c);
        return;
    }
    if (in_record(c) && c->depth == c->base + 1 &&
        text_compare(name, level_name(c, c->base)) == 0) {
        cut_note(c, CUT_NESTING); /* the end tag of the last one is missing */
        end_record(c);
        return;
    }
    record = !in_record(c) && c->depth < CUT_DEPTH && is_record(c, name);
    if (record)
        begin_record(c);
    c->begun = true;
    empty = mend_tag(c, name,
                     text_from(name.data + name.len, t.len - name.len - 2),
                     &count);
    if (local_name(name).len < name.len && !text_begins(name, "xml:") &&
        !mend_prefix(c,
                     text_from(name.data, name.len - local_name(name).len - 1),
                     false))
        cut_note(c, CUT_PREFIX);
    *(in_record(c) ? &c->nodes : &c->head_nodes) += count;
    if (!empty && !in_record(c) && c->open.len + c->tag.len > CUT_OPEN_MAX)
        shorten_tag(c, name);
    if (c->depth == CUT_DEPTH ||
        (!in_record(c) && c->open.len + c->tag.len > 2 * CUT_OPEN_MAX)) {
        c->over = c->over || in_record(c);
        cut_note(c, CUT_NESTING);
    } else {
        put(c, text_of_buf(&c->tag));
        if (!empty && !c->over)
            push(c, name);
    }
    take(c, t.len);
    if (record && empty)
        end_record(c);
}

/* The open element with this name, from the innermost; c->depth: none. */
static size_t
find_level(const struct cut *c, struct text name)
{
    for (size_t i = c->depth; i > 0; i--)
        if (text_compare(level_name(c, i - 1), name) == 0)
            return i - 1;
    for (size_t i = c->depth; i > 0; i--)
        if (level_name(c, i - 1).len == name.len && name.len > 0 &&
            strncasecmp(level_name(c, i - 1).data, name.data, name.len) == 0)
            return i - 1;
    return c->depth;
}

static void
read_end(struct cut *c)
{
    struct text t = next_tag(c), name;
    size_t level;

    if (t.len == 0) {
        t = window(c, CUT_TAG_NEAR);
        /* Only the last end tag may lack its bracket. */
        if (!c->in->ended || memchr(t.data + 1, '<', t.len - 1) != NULL) {
            less_is_text(c);
            return;
        }
    }
    name = mend_name(text_from(t.data + 2, t.len - 2));
    if (in_record(c) && c->over)
        while (c->depth > c->base + 1)
            pop(c);
    level = find_level(c, name);
    if (level == c->depth || (in_record(c) && level < c->base) ||
        level + 1 != c->depth)
        cut_note(c, CUT_NESTING);
    if (level < c->depth && in_record(c) && level <= c->base) {
        if (level == c->base)
            take(c, t.len);
        end_record(c);
        return;
    }
    take(c, t.len);
    while (level < c->depth)
        pop(c);
}

/* ---- The whole ---- */

static void
read_markup(struct cut *c)
{
    struct text t = window(c, 9);

    if (text_begins(t, "<!--")) {
        read_until(c, 4, "-->", false);
    } else if (text_begins(t, "<![CDATA[")) {
        read_until(c, 9, "]]>", c->depth > 0);
    } else if (text_begins(t, "<?")) {
        if (text_begins(t, "<?xml ") && c->moved)
            cut_note(c, CUT_BEFORE);
        read_until(c, 2, "?>", false);
    } else if (text_begins(t, "<!")) {
        read_declaration(c);
    } else if (text_begins(t, "</") && t.len > 2) {
        read_end(c);
    } else if (t.len > 1 && mend_begins_name(t.data[1])) {
        read_start(c);
    } else {
        less_is_text(c);
    }
    c->moved = true;
}

static void
read_text_run(struct cut *c, struct text t)
{
    size_t n = 0;

    while (n < t.len && t.data[n] != '<' && t.data[n] != '&')
        n++;
    t.len = n;
    if (c->depth > 0)
        put_text(c, t);
    else if (text_trim(t).len > 0)
        cut_note(c, c->begun ? CUT_BETWEEN : CUT_BEFORE);
    take(c, n);
    c->moved = true;
}

static void
at_end(struct cut *c)
{
    c->done = true;
    c->got = in_record(c) ? CUT_BROKEN : CUT_END;
    if (c->got == CUT_END && c->depth > 0)
        cut_note(c, CUT_UNCLOSED);
    c->base = CUT_DEPTH;
    c->over = false;
    while (c->depth > 0)
        pop(c);
}

static xmlDoc *
parse(const struct sheaf_buf *text, size_t depth, xmlNode **node)
{
    const int options = XML_PARSE_NONET | XML_PARSE_NOERROR |
                        XML_PARSE_NOWARNING | XML_PARSE_RECOVER |
                        XML_PARSE_COMPACT | XML_PARSE_HUGE;
    xmlDoc *doc = xmlReadMemory((const char *)text->data, (int)text->len, NULL,
                                "UTF-8", options);
    xmlNode *n = doc != NULL ? xmlDocGetRootElement(doc) : NULL;

    for (size_t i = 0; n != NULL && i <= depth; i++)
        n = xmlFirstElementChild(n);
    *node = n;
    return doc;
}

void
cut_free_record(struct cut *c)
{
    if (c->doc != NULL)
        xmlFreeDoc(c->doc);
    c->doc = NULL;
    c->record = NULL;
}

static void
step(struct cut *c)
{
    struct text t = window(c, 1);

    if (t.len == 0)
        at_end(c);
    else if (t.data[0] == '<')
        read_markup(c);
    else if (t.data[0] == '&')
        read_reference(c);
    else
        read_text_run(c, t);
}

enum cut_got
cut_next(struct cut *c)
{
    cut_free_record(c);
    if (c->done && c->got == CUT_END)
        return CUT_END;
    c->done = false;
    while (!c->done)
        step(c);
    if (c->got == CUT_RECORD) {
        out_progress();
        c->doc = parse(&c->text, c->depth, &c->record);
        if (c->record == NULL)
            c->got = CUT_LONG;
    }
    return c->got;
}

void
cut_to_root(struct cut *c)
{
    while (!c->begun && !c->done)
        step(c);
}

xmlDoc *
cut_head(struct cut *c, xmlNode **root)
{
    struct sheaf_buf text = { 0 };
    xmlDoc *doc;

    buf_add_str(&text, wrap);
    buf_add(&text, c->head.data, c->head.len);
    for (size_t i = c->depth; i > 0; i--) {
        struct text name = level_name(c, i - 1);

        buf_add_str(&text, "</");
        buf_add(&text, name.data, name.len);
        buf_add_str(&text, ">");
    }
    buf_add_str(&text, "</x>");
    doc = parse(&text, 0, root);
    sheaf_buf_free(&text);
    return doc;
}

struct text
cut_original(const struct cut *c)
{
    bool whole = c->all.len > 0 && c->depth == 0 && c->count == 1 &&
                 text_trim(text_from(c->in->buffer + c->in->at,
                                     c->in->len - c->in->at))
                         .len == 0 &&
                 text_trim(c->rest).len == 0;

    return whole ? c->all : text_of_buf(&c->raw);
}

void
cut_reject(const struct cut *c, enum cut_got got, const struct item *item,
           const char *what, uint64_t number)
{
    char *place = format_text("%s: %s %llu", item->place, what,
                              (unsigned long long)number);

    if (got == CUT_LONG)
        reject(EXIT_LIMIT, place, text_from("", 0),
               "more than %zu MiB, %d levels or %zu tags", RECORD_MAX / MIB,
               CUT_DEPTH, CUT_NODES);
    else if (!input_failed(item->in))
        reject(EXIT_FAILED, place, text_of_buf(&c->raw),
               "the input ends inside this %s", what);
    mem_free(place);
}

void
cut_warn(const struct cut *c, const char *place)
{
    for (size_t i = 0; i < CUT_TROUBLES; i++) {
        if (c->trouble[i] == 0)
            continue;
        if (c->trouble[i] == 1 || i == CUT_CHARSET)
            warn(place, "line %llu: %s",
                 (unsigned long long)c->trouble_line[i], trouble_texts[i]);
        else
            warn(place, "line %llu: %s; %llu times in all",
                 (unsigned long long)c->trouble_line[i], trouble_texts[i],
                 (unsigned long long)c->trouble[i]);
    }
}
