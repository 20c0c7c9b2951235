/*
 * office.c - texts of word processors: DOCX, and ODT. Their paragraphs are the
 * text of the article, and the document itself is beside it.
 */
#include <stdlib.h>

#include "import/archive.h"
#include "import/charset.h"
#include "import/package.h"
#include "import/story.h"
#include "import/xmlnode.h"

#define TYPE_DOCX                                                             \
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
#define TYPE_ODT "application/vnd.oasis.opendocument.text"
/* Spaces that one element stands for. */
#define SPACES_MAX 80

/* What an element means for the text. */
enum means {
    IS_NOTHING,
    IS_SKIPPED,
    IS_PARAGRAPH,
    IS_LINE,
    IS_TAB,
    IS_HYPHEN,
    IS_SIGN,
    IS_SPACES,
    IS_NOTE
};

struct meaning {
    const char *name;
    enum means means;
};

/* Deleted text, the definitions of tabs, what is there a second time for old
 * programs, and what says how to read the text beside it are no text. */
static const struct meaning docx_means[] = {
    { "p", IS_PARAGRAPH },      { "br", IS_LINE },
    { "cr", IS_LINE },          { "tab", IS_TAB },
    { "ptab", IS_TAB },         { "noBreakHyphen", IS_HYPHEN },
    { "sym", IS_SIGN },         { "pPr", IS_SKIPPED },
    { "rPr", IS_SKIPPED },      { "del", IS_SKIPPED },
    { "moveFrom", IS_SKIPPED }, { "Fallback", IS_SKIPPED },
    { "rt", IS_SKIPPED },       { "footnoteReference", IS_NOTE },
    { "endnoteReference", IS_NOTE }, { NULL, IS_NOTHING },
};

static const struct meaning odt_means[] = {
    { "p", IS_PARAGRAPH },        { "h", IS_PARAGRAPH },
    { "line-break", IS_LINE },    { "tab", IS_TAB },
    { "s", IS_SPACES },           { "tracked-changes", IS_SKIPPED },
    { "annotation", IS_SKIPPED }, { "note", IS_NOTE },
    { NULL, IS_NOTHING },
};

/* ---- Text ---- */

struct reader {
    const struct meaning *meanings;
    const char *only;      /* text is in this element alone; NULL: in any */
    struct index styles;   /* of ODT, made from others: their nodes */
    struct sheaf_buf *out;
    const xmlNode *paragraph;
    size_t begin;                    /* of the paragraph, in `out` */
    struct sheaf_buf title, heading; /* the first ones of these styles */
    struct index notes; /* of DOCX, by "footnote ID" */
    struct index noted; /* those that the text refers to */
    size_t mark, mark_end; /* where the last mark of one is, in `out` */
    size_t number; /* that of the note that begins next; 0: none does */
    bool marked;   /* its mark has been written, and nothing behind it */
};

static enum means
meaning_of(const struct reader *r, const xmlNode *n)
{
    for (size_t i = 0; r->meanings[i].name != NULL; i++)
        if (node_named(n, r->meanings[i].name))
            return r->meanings[i].means;
    return IS_NOTHING;
}

/* The style of a paragraph, or what a style without a name is made from. */
static struct text
style_of(const struct reader *r, const xmlNode *p)
{
    const xmlNode *pr = node_child_named(p, "pPr");
    const xmlNode *style = pr != NULL ? node_child_named(pr, "pStyle") : NULL;
    struct text name = node_attr_named(p, "style-name");
    const xmlNode *made;
    char *key;

    if (style != NULL)
        return node_attr_named(style, "val");
    key = format_text("%.*s", (int)name.len, name.data);
    made = index_find(&r->styles, key);
    mem_free(key);
    return made != NULL ? node_attr_named(made, "parent-style-name") : name;
}

/* Word has the names of styles in the language of its user. */
static void
end_paragraph(struct reader *r)
{
    struct text t = text_of_buf(r->out), style;
    struct sheaf_buf *to = NULL;

    if (r->paragraph == NULL)
        return;
    t = text_trim(text_from(t.data + r->begin, t.len - r->begin));
    if (r->mark_end > r->begin &&
        t.data + t.len == (const char *)r->out->data + r->mark_end)
        t.len -= r->mark_end - r->mark; /* a note on a title is none of it */
    style = style_of(r, r->paragraph);
    if (text_is(style, "Title") || text_is(style, "Titel") ||
        text_is(style, "Titre"))
        to = &r->title;
    else if (text_begins(style, "Heading1") || text_is(style, "berschrift1") ||
             text_is(style, "Titre1") ||
             text_is(node_attr_named(r->paragraph, "outline-level"), "1"))
        to = &r->heading;
    if (to != NULL && to->len == 0)
        buf_add(to, t.data, t.len);
}

static void
add_mark(const struct reader *r, size_t number, const char *behind)
{
    char *mark = format_text("[%zu]%s", number, behind);

    buf_add_str(r->out, mark);
    mem_free(mark);
}

static void
begin_paragraph(struct reader *r, const xmlNode *p)
{
    end_paragraph(r);
    while (r->out->len > 0 && r->out->data[r->out->len - 1] <= ' ')
        r->out->len--;
    if (r->out->len > 0)
        buf_add_str(r->out, "\n\n");
    r->paragraph = p;
    r->begin = r->out->len;
    if (r->number > 0) {
        add_mark(r, r->number, " ");
        r->number = 0;
        r->marked = true;
    }
}

static void
add_spaces(struct reader *r, const xmlNode *n)
{
    struct text t = node_attr_named(n, "c");
    int count = t.len > 0 ? atoi(t.data) : 1;

    for (int i = 0; i < count && i < SPACES_MAX; i++)
        buf_add_str(r->out, " ");
}

/* What the fonts of signs have in the place of letters and others. Word writes
 * some by itself, for --> and the like. */
static const struct sign {
    unsigned char code;
    const char *text;
} wingdings[] = {
    { 0x4A, "☺" }, { 0x4B, "😐" }, { 0x4C, "☹" }, { 0xA7, "▪" },
    { 0xDF, "←" }, { 0xE0, "→" },  { 0xE7, "←" }, { 0xE8, "→" },
    { 0xF3, "⇔" }, { 0xFB, "✗" },  { 0xFC, "✓" }, { 0xFE, "☑" },
    { 0, NULL },
}, symbol[] = {
    { 'A', "Α" },  { 'B', "Β" },  { 'C', "Χ" },  { 'D', "Δ" },
    { 'E', "Ε" },  { 'F', "Φ" },  { 'G', "Γ" },  { 'H', "Η" },
    { 'I', "Ι" },  { 'J', "ϑ" },  { 'K', "Κ" },  { 'L', "Λ" },
    { 'M', "Μ" },  { 'N', "Ν" },  { 'O', "Ο" },  { 'P', "Π" },
    { 'Q', "Θ" },  { 'R', "Ρ" },  { 'S', "Σ" },  { 'T', "Τ" },
    { 'U', "Υ" },  { 'V', "ς" },  { 'W', "Ω" },  { 'X', "Ξ" },
    { 'Y', "Ψ" },  { 'Z', "Ζ" },  { 'a', "α" },  { 'b', "β" },
    { 'c', "χ" },  { 'd', "δ" },  { 'e', "ε" },  { 'f', "φ" },
    { 'g', "γ" },  { 'h', "η" },  { 'i', "ι" },  { 'j', "ϕ" },
    { 'k', "κ" },  { 'l', "λ" },  { 'm', "μ" },  { 'n', "ν" },
    { 'o', "ο" },  { 'p', "π" },  { 'q', "θ" },  { 'r', "ρ" },
    { 's', "σ" },  { 't', "τ" },  { 'u', "υ" },  { 'v', "ϖ" },
    { 'w', "ω" },  { 'x', "ξ" },  { 'y', "ψ" },  { 'z', "ζ" },
    { 0xA2, "′" }, { 0xA3, "≤" }, { 0xA5, "∞" }, { 0xAC, "←" },
    { 0xAE, "→" }, { 0xB0, "°" }, { 0xB1, "±" }, { 0xB2, "″" },
    { 0xB3, "≥" }, { 0xB4, "×" }, { 0xB7, "•" }, { 0xB8, "÷" },
    { 0xB9, "≠" }, { 0xBB, "≈" }, { 0xD6, "√" }, { 0xDE, "⇒" },
    { 0, NULL },
};

/* A character of a font, whose codes Word may move to U+F000. */
static void
add_sign(struct reader *r, const xmlNode *n)
{
    struct text font = node_attr_named(n, "font");
    struct text t = node_attr_named(n, "char");
    unsigned long c = t.len > 0 && t.len <= 6 ? strtoul(t.data, NULL, 16) : 0;
    const struct sign *s = text_is(font, "Symbol")            ? symbol
                           : text_begins(font, "Wingdings") ? wingdings
                                                              : NULL;
    bool moved = c >= 0xF000 && c <= 0xF0FF;

    if (moved)
        c -= 0xF000;
    for (; s != NULL && s->text != NULL; s++) {
        if (s->code != c)
            continue;
        buf_add_str(r->out, s->text);
        return;
    }
    charset_add(r->out, c >= ' ' && !moved ? c : 0xFFFD);
}

/* In ODT, white space is one space. */
static void
add_words(struct reader *r, const xmlNode *n)
{
    struct text t = text_of((const char *)n->content);

    while (r->marked && t.len > 0) {
        r->marked = strchr(" \t\r\n", t.data[0]) != NULL;
        t = text_from(t.data + r->marked, t.len - r->marked);
    }
    if (r->only != NULL && node_named(n->parent, r->only))
        buf_add(r->out, t.data, t.len);
    for (size_t i = 0; i < t.len && r->only == NULL; i++) {
        bool space = strchr(" \t\r\n", t.data[i]) != NULL;

        if (!space)
            buf_add(r->out, t.data + i, 1);
        else if (r->out->len > r->begin && r->out->data[r->out->len - 1] > ' ')
            buf_add_str(r->out, " ");
    }
}

/* The number of the note to which a reference of DOCX refers, from 1; 0: it has
 * none. One that is referred to again is there once. */
static size_t
number_of_reference(struct reader *r, const xmlNode *n)
{
    struct text id = node_attr_named(n, "id");
    char *key = format_text("%s %.*s",
                            node_named(n, "footnoteReference") ? "footnote"
                                                               : "endnote",
                            (int)id.len, id.data);
    xmlNode *note = index_find(&r->notes, key);

    mem_free(key);
    if (note == NULL)
        return 0;
    if (note->_private == NULL) {
        index_add(&r->noted, NULL, note);
        note->_private = (void *)(uintptr_t)r->noted.count;
    }
    return (size_t)(uintptr_t)note->_private;
}

/* In ODT a note is where it is referred to. */
static void
refer_to_note(struct reader *r, const xmlNode *n)
{
    const xmlNode *body = node_child_named(n, "note-body");
    size_t number = 0;

    if (r->paragraph == NULL)
        return;
    if (body != NULL)
        index_add(&r->noted, NULL, (void *)(uintptr_t)body);
    if (node_named(n, "note"))
        number = body != NULL ? r->noted.count : 0;
    else
        number = number_of_reference(r, n);
    if (number == 0)
        return;
    r->mark = r->out->len;
    add_mark(r, number, "");
    r->mark_end = r->out->len;
}

static void
read_words(struct reader *r, const xmlNode *top)
{
    const xmlNode *n = top != NULL ? top->children : NULL;

    while (n != NULL) {
        enum means means = meaning_of(r, n);
        bool inside = n->type == XML_ELEMENT_NODE && n->children != NULL &&
                      means != IS_SKIPPED && means != IS_NOTE;

        if (means == IS_PARAGRAPH)
            begin_paragraph(r, n);
        else if (means == IS_LINE)
            buf_add_str(r->out, "\n");
        else if (means == IS_TAB)
            buf_add_str(r->out, "\t");
        else if (means == IS_HYPHEN)
            buf_add_str(r->out, "\u2011");
        else if (means == IS_SIGN)
            add_sign(r, n);
        else if (means == IS_SPACES)
            add_spaces(r, n);
        else if (means == IS_NOTE)
            refer_to_note(r, n);
        else if (n->type == XML_TEXT_NODE && r->paragraph != NULL)
            add_words(r, n);
        n = inside ? n->children : node_behind(n, top);
    }
    end_paragraph(r);
    r->paragraph = NULL;
}

/* The text, and then its notes. */
static void
read_all(struct reader *r, const xmlNode *text)
{
    read_words(r, text);
    for (size_t i = 0; i < r->noted.count; i++) {
        r->number = i + 1;
        r->marked = false;
        read_words(r, r->noted.list[i].value);
    }
    while (r->out->len > 0 && r->out->data[r->out->len - 1] <= ' ')
        r->out->len--;
    if (r->out->len > 0)
        buf_add_str(r->out, "\n");
}

/* ---- Metadata ---- */

/* When a document was made is a guess at when its text was published. */
static void
read_property(struct story *s, const xmlNode *n, struct text t)
{
    if (node_named(n, "title"))
        story_set(s, STORY_HEADLINE, t);
    else if (node_named(n, "initial-creator") || node_named(n, "creator"))
        story_author(s, t, text_of(""), text_of(""));
    else if (node_named(n, "created") || node_named(n, "creation-date"))
        s->guessed[STORY_PUBLISHED] = story_date(s, STORY_PUBLISHED, t);
    else if (node_named(n, "modified") || node_named(n, "date"))
        (void)story_date(s, STORY_UPDATED, t);
    else if (node_named(n, "language"))
        story_lang(s, t);
    else if (node_named(n, "description"))
        story_set(s, STORY_SUMMARY, t);
    else if (node_named(n, "category"))
        story_set(s, STORY_SECTION, t);
    else if (node_named(n, "subject") || node_named(n, "keyword") ||
             node_named(n, "keywords"))
        story_keyword(s, t);
}

/* Who wrote an ODT is not who changed it last. */
static void
read_properties(struct story *s, const xmlNode *list)
{
    bool initial = node_child_named(list, "initial-creator") != NULL;
    struct sheaf_buf room = { 0 };
    const xmlNode *n = list != NULL ? list->children : NULL;

    for (; n != NULL; n = n->next) {
        room.len = 0;
        if (n->type == XML_ELEMENT_NODE &&
            !(initial && node_named(n, "creator")))
            read_property(s, n, text_trim(node_text(n, &room)));
    }
    sheaf_buf_free(&room);
}

/* Its first line, if nothing in it is called its title. */
static void
choose_headline(struct story *s, const struct reader *r)
{
    if (r->title.len > 0)
        s->field[STORY_HEADLINE].len = 0;
    story_set(s, STORY_HEADLINE, text_of_buf(&r->title));
    story_set(s, STORY_HEADLINE, text_of_buf(&r->heading));
    if (story_has(s, STORY_HEADLINE))
        return;
    story_set(s, STORY_HEADLINE, text_first_line(text_of_buf(&s->body)));
    s->guessed[STORY_HEADLINE] = true;
}

static void
emit_document(struct item *item, struct story *s, const char *type)
{
    struct text raw = input_peek(item->in, RECORD_MAX + 1);

    if (input_failed(item->in))
        return;
    if (raw.len > RECORD_MAX) {
        reject(EXIT_LIMIT, item->place, text_from("", 0),
               "a document of more than 64 MiB");
        return;
    }
    if (s->body.len == 0)
        warn(item->place, "it has no text");
    s->lost = true; /* pictures, tables */
    (void)story_emit(s, item, item->place, item->id != NULL ? item->id : "", 0,
                     raw, type);
}

static void
import_text_of(struct item *item, struct reader *r, const xmlNode *text,
               const xmlNode *properties, const char *type)
{
    struct story *s = mem_new(1, sizeof *s);

    story_start(s);
    s->body.len = 0;
    r->out = &s->body;
    read_all(r, text);
    read_properties(s, properties);
    choose_headline(s, r);
    emit_document(item, s, type);
    sheaf_buf_free(&r->title);
    sheaf_buf_free(&r->heading);
    index_free(&r->noted);
    story_free(s);
    mem_free(s);
}

/* ---- DOCX ---- */

static bool
is_docx_part(const char *path)
{
    return strcmp(path, "_rels/.rels") == 0 ||
           strcmp(path, "docprops/core.xml") == 0 ||
           text_begins(text_of(path), "word/document") ||
           text_begins(text_of(path), "word/footnotes") ||
           text_begins(text_of(path), "word/endnotes");
}

/* Finds the notes in a file beside the main part; to be freed. */
static xmlDoc *
find_notes(struct reader *r, const struct package *p, const char *main,
           const char *name)
{
    char *file = format_text("%ss.xml", name);
    char *path = package_path(main, file);
    xmlDoc *doc = package_xml(p, path);
    xmlNode *n = doc != NULL ? xmlDocGetRootElement(doc)->children : NULL;

    for (; n != NULL; n = n->next) {
        struct text id = { "", 0 };

        if (node_named(n, name))
            id = node_attr_named(n, "id");
        if (id.len > 0)
            index_add(&r->notes, format_text("%s %.*s", name, (int)id.len,
                                             id.data), n);
    }
    mem_free(file);
    mem_free(path);
    return doc;
}

/* The path of what the document says is its main part, or NULL. */
static char *
main_part(const xmlDoc *relations)
{
    const xmlNode *n = relations != NULL
                           ? xmlDocGetRootElement(relations)->children
                           : NULL;

    for (; n != NULL; n = n->next)
        if (node_named(n, "Relationship") &&
            text_ends(node_attr_named(n, "Type"), "/officeDocument"))
            return package_path("", node_attr_named(n, "Target").data);
    return NULL;
}

bool
is_docx(const struct look *l)
{
    struct text first = zip_first_name(l);

    return first.len > 0 &&
           (text_is(first, "[Content_Types].xml") ||
            text_is(first, "_rels/.rels") || text_begins(first, "docProps/") ||
            text_ends(l->name, ".docx"));
}

void
import_docx(struct item *item)
{
    struct reader r = { .meanings = docx_means, .only = "t" };
    struct package p;
    bool good = package_open(&p, item, is_docx_part);
    xmlDoc *relations = good ? package_xml(&p, "_rels/.rels") : NULL;
    char *path = main_part(relations);
    xmlDoc *text = good ? package_xml(&p, path) : NULL;
    xmlDoc *core = good ? package_xml(&p, "docProps/core.xml") : NULL;
    xmlDoc *foot = text != NULL ? find_notes(&r, &p, path, "footnote") : NULL;
    xmlDoc *end = text != NULL ? find_notes(&r, &p, path, "endnote") : NULL;
    const xmlNode *body = text != NULL
                              ? node_child_named(xmlDocGetRootElement(text),
                                                 "body")
                              : NULL;

    index_sort(&r.notes);
    if (body != NULL)
        import_text_of(item, &r, body,
                       core != NULL ? xmlDocGetRootElement(core) : NULL,
                       TYPE_DOCX);
    else if (good && path == NULL)
        import_members_only(item); /* it only begins like one */
    else if (good && !text_begins(text_of(path), "word/"))
        leave_out("Office document", item->place, "Office document");
    else if (good)
        reject(EXIT_FAILED, item->place, text_from("", 0),
               "its text can't be read");
    xmlFreeDoc(relations);
    xmlFreeDoc(text);
    xmlFreeDoc(foot);
    xmlFreeDoc(end);
    xmlFreeDoc(core);
    index_free(&r.notes);
    mem_free(path);
    package_close(&p);
}

/* ---- ODT ---- */

static bool
is_odt_part(const char *path)
{
    return strcmp(path, "content.xml") == 0 || strcmp(path, "meta.xml") == 0;
}

bool
is_odt(const struct look *l)
{
    static const char start[] = "mimetype" TYPE_ODT;
    size_t len = sizeof start - 1;

    return zip_first_name(l).len == strlen("mimetype") &&
           l->start.len >= 30 + len + 2 &&
           memcmp(l->start.data + 30, start, len) == 0 &&
           memcmp(l->start.data + 30 + len, "PK", 2) == 0;
}

static void
find_styles(struct reader *r, const xmlNode *list)
{
    for (xmlNode *n = list != NULL ? list->children : NULL; n != NULL;
         n = n->next) {
        struct text name = { "", 0 };

        if (node_named(n, "style"))
            name = node_attr_named(n, "name");
        if (name.len > 0)
            index_add(&r->styles, format_text("%.*s", (int)name.len,
                                              name.data), n);
    }
    index_sort(&r->styles);
}

void
import_odt(struct item *item)
{
    struct reader r = { .meanings = odt_means };
    struct package p;
    bool good = package_open(&p, item, is_odt_part);
    xmlDoc *content = good ? package_xml(&p, "content.xml") : NULL;
    xmlDoc *about = good ? package_xml(&p, "meta.xml") : NULL;
    const xmlNode *root = content != NULL ? xmlDocGetRootElement(content)
                                          : NULL;
    const xmlNode *text = node_child_named(node_child_named(root, "body"),
                                           "text");

    find_styles(&r, node_child_named(root, "automatic-styles"));
    if (text != NULL)
        import_text_of(item, &r, text,
                       about != NULL
                           ? node_child_named(xmlDocGetRootElement(about),
                                              "meta")
                           : NULL,
                       TYPE_ODT);
    else if (node_child_named(root, "body") != NULL)
        leave_out("OpenDocument file", item->place, "OpenDocument file");
    else if (good)
        reject(EXIT_FAILED, item->place, text_from("", 0),
               "its text can't be read");
    xmlFreeDoc(content);
    xmlFreeDoc(about);
    index_free(&r.styles);
    package_close(&p);
}
