/*
 * epub.c - books in EPUB: each chapter is an article, as it is in the book.
 * What it does not say of itself is that of the book.
 */
#include "import/archive.h"
#include "import/html.h"
#include "import/package.h"
#include "import/story.h"
#include "import/words.h"
#include "import/xmlnode.h"

#define MEDIA_TYPE "mimetypeapplication/epub+zip"
/* Bytes of a chapter that show whether it is one. */
#define CHAPTER_LOOK ((size_t)4096)

struct book {
    struct item *item;
    struct package package;
    char *path;       /* of its list of files */
    xmlDoc *opf;      /* that list */
    struct index items;  /* each xmlNode in it, by its ID */
    const struct package_file *contents; /* its table, or NULL */
    struct story *about;
    struct sheaf_buf ext; /* of each chapter */
};

bool
is_epub(const struct look *l)
{
    size_t len = sizeof MEDIA_TYPE - 1;

    if (zip_first_name(l).len == 0)
        return false;
    return text_ends(l->name, ".epub") ||
           (l->start.len >= 30 + len &&
            memcmp(l->start.data + 30, MEDIA_TYPE, len) == 0);
}

static bool
is_part(const char *path)
{
    static const char *const suffixes[] = { ".opf", ".ncx", ".xhtml", ".html",
                                            ".htm", ".xht", ".xml" };

    for (size_t i = 0; i < COUNT_OF(suffixes); i++)
        if (text_ends(text_of(path), suffixes[i]))
            return true;
    return false;
}

/* The path that an attribute refers to; a new string, or NULL. */
static char *
path_in(const xmlNode *n, const char *attribute, const char *base)
{
    struct sheaf_buf room = { 0 };
    char *path = NULL;

    if (node_attr(n, attribute, &room).len > 0) {
        buf_end(&room);
        path = package_path(base, buf_str(&room));
    }
    sheaf_buf_free(&room);
    return path;
}

static const xmlNode *
first_named(const xmlDoc *doc, const char *name)
{
    const xmlNode *root = doc != NULL ? xmlDocGetRootElement(doc) : NULL;

    return root != NULL ? node_next_named(root, name) : NULL;
}

/* ---- The book ---- */

static void
read_about(struct book *b, const xmlNode *n, struct text t)
{
    struct story *s = b->about;

    if (node_named(n, "title"))
        story_set(s, STORY_HEADLINE, t);
    else if (node_named(n, "creator"))
        story_author(s, t, text_of(""), text_of(""));
    else if (node_named(n, "date") &&
             !text_is(node_attr_named(n, "event"), "modification"))
        (void)story_date(s, STORY_PUBLISHED, t);
    else if (node_named(n, "meta") &&
             node_attr_is(n, "property", "dcterms:modified"))
        (void)story_date(s, STORY_UPDATED, t);
    else if (node_named(n, "language"))
        story_lang(s, t);
    else if (node_named(n, "subject"))
        story_keyword(s, t);
    else if (node_named(n, "identifier"))
        story_set(s, STORY_ID, t);
    else if (node_named(n, "publisher"))
        story_set(s, STORY_SECTION, t); /* it is for `ext` */
}

static void
add_ext(struct book *b, const char *key, enum story_field f)
{
    if (!story_has(b->about, f))
        return;
    buf_add_str(&b->ext, b->ext.len == 0 ? "{" : "");
    canon_key(&b->ext, text_of(key));
    canon_string(&b->ext, story_text(b->about, f));
}

static void
read_metadata(struct book *b)
{
    const xmlNode *list = first_named(b->opf, "metadata");
    const xmlNode *n = list != NULL ? list->children : NULL;
    struct sheaf_buf room = { 0 };

    for (; n != NULL; n = n->next) {
        room.len = 0;
        if (n->type == XML_ELEMENT_NODE)
            read_about(b, n, text_trim(node_text(n, &room)));
    }
    sheaf_buf_free(&room);
    add_ext(b, "book", STORY_HEADLINE);
    add_ext(b, "identifier", STORY_ID);
    add_ext(b, "publisher", STORY_SECTION);
    if (b->ext.len > 0)
        buf_add_str(&b->ext, "}");
}

/* The table of contents in the list, as EPUB 3 or EPUB 2 have it; or NULL. */
static const xmlNode *
find_contents(const struct book *b, bool new)
{
    const xmlNode *list = first_named(b->opf, "manifest");
    const xmlNode *n = list != NULL ? list->children : NULL;

    for (; n != NULL; n = n->next) {
        if (!node_named(n, "item"))
            continue;
        if (new ? words_any(node_attr_named(n, "properties"), " nav ")
                : node_attr_is(n, "media-type", "application/x-dtbncx+xml"))
            return n;
    }
    return NULL;
}

static void
read_items(struct book *b)
{
    const xmlNode *list = first_named(b->opf, "manifest");
    xmlNode *n = list != NULL ? list->children : NULL;

    for (; n != NULL; n = n->next) {
        struct sheaf_buf room = { 0 };
        struct text id = text_from("", 0);

        if (node_named(n, "item"))
            id = node_attr(n, "id", &room);
        if (id.len > 0)
            index_add(&b->items, format_text("%.*s", (int)id.len, id.data), n);
        sheaf_buf_free(&room);
    }
    index_sort(&b->items);
}

/* Adds an entry of the table of contents, which says its title in `label`. */
static void
add_entry(struct book *b, const xmlNode *n, const char *attribute,
          const xmlNode *label)
{
    char *path = path_in(n, attribute, b->contents->path);
    struct package_file *f = package_find(&b->package, path);
    struct sheaf_buf room = { 0 };

    if (f != NULL && f->title == NULL) {
        struct text t = text_trim(node_text(label, &room));

        f->title = format_text("%.*s", (int)t.len, t.data);
    }
    sheaf_buf_free(&room);
    mem_free(path);
}

/* The entries of EPUB 3, or else of EPUB 2, whose titles are beside them. */
static void
add_entries(struct book *b, const xmlDoc *contents, bool new)
{
    const char *name = new ? "a" : "navPoint";
    const xmlNode *n = first_named(contents, name);

    for (; n != NULL; n = node_next_named(n, name)) {
        const xmlNode *label = node_child_named(n, "navLabel");
        const xmlNode *content = node_child_named(n, "content");

        if (new)
            add_entry(b, n, "href", n);
        else if (label != NULL && content != NULL)
            add_entry(b, content, "src", label);
    }
}

static void
read_contents(struct book *b)
{
    const xmlNode *n = find_contents(b, true);
    bool new = n != NULL;
    xmlDoc *contents;
    char *path;

    if (!new)
        n = find_contents(b, false);
    path = n != NULL ? path_in(n, "href", b->path) : NULL;
    b->contents = package_find(&b->package, path);
    contents = package_xml(&b->package, path);
    add_entries(b, contents, new);
    xmlFreeDoc(contents);
    mem_free(path);
}

static bool
open_book(struct book *b, struct item *item)
{
    xmlDoc *container;
    const xmlNode *n;

    b->item = item;
    b->about = mem_new(1, sizeof *b->about);
    story_start(b->about);
    if (!package_open(&b->package, item, is_part))
        return false;
    container = package_xml(&b->package, "META-INF/container.xml");
    n = first_named(container, "rootfile");
    b->path = n != NULL ? path_in(n, "full-path", "") : NULL;
    xmlFreeDoc(container);
    b->opf = package_xml(&b->package, b->path);
    if (b->opf == NULL)
        reject(EXIT_FAILED, item->place, text_from("", 0),
               "no list of its chapters can be read");
    return b->opf != NULL;
}

static void
close_book(struct book *b)
{
    xmlFreeDoc(b->opf);
    index_free(&b->items);
    mem_free(b->path);
    sheaf_buf_free(&b->ext);
    story_free(b->about);
    mem_free(b->about);
    package_close(&b->package);
}

/* ---- Chapters ---- */

/* Whether it begins as a page does, in any character set. */
static bool
is_page(struct text body)
{
    struct sheaf_buf room = { 0 };
    struct text t = html_decode(text_cut(body, CHAPTER_LOOK), text_of(""),
                                &room);
    bool good;

    if (text_begins(t, "\xEF\xBB\xBF"))
        t = text_from(t.data + 3, t.len - 3);
    good = text_begins(text_trim(t), "<");
    sheaf_buf_free(&room);
    return good;
}

static bool
has_words(struct text body)
{
    struct sheaf_buf words = { 0 };
    struct html h = { 0 };
    bool good;

    html_open(&h, body, text_from("", 0));
    if (h.page.body != NULL)
        page_gather(h.page.body, &words, 16);
    good = text_trim(text_of_buf(&words)).len > 0;
    html_close(&h);
    sheaf_buf_free(&words);
    return good;
}

/* What a chapter does not say of itself. Its own title is often the book's. */
static void
inherit(const struct book *b, struct meta *m, struct text title)
{
    const struct story *s = b->about;

    if (title.len > 0 && text_is_utf8(title))
        m->headline = text_cut(title, HEADLINE_MAX);
    if (m->published.len == 0)
        m->published = story_text(s, STORY_PUBLISHED);
    if (m->updated.len == 0)
        m->updated = story_text(s, STORY_UPDATED);
    if (m->lang.len == 0)
        m->lang = story_text(s, STORY_LANG);
    if (m->byline.len == 0)
        m->byline = story_text(s, STORY_BYLINE);
    if (m->keywords.len == 0 && s->keywords.len > 0) {
        buf_add_str(&m->keywords, "[");
        buf_add(&m->keywords, s->keywords.data, s->keywords.len);
        buf_add_str(&m->keywords, "]");
    }
    if (m->ext.len == 0)
        buf_add(&m->ext, b->ext.data, b->ext.len);
}

static void
emit_chapter(const struct book *b, const struct item *chapter,
             struct text body, struct text title)
{
    struct part part = { SHEAF_ROLE_BODY, TYPE_HTML, body.len, body.data };
    struct meta m;

    meta_start(&m, chapter);
    read_html(body, &m);
    inherit(b, &m, title);
    m.id = text_of(chapter->id);
    (void)emit(chapter->place, &m, &part, 1, text_from("", 0));
    meta_free(&m);
}

static void
import_chapter(const struct book *b, const char *path)
{
    const struct item *item = b->item;
    struct package_file *f = package_find(&b->package, path);
    struct text body = f != NULL ? text_of_buf(&f->data) : text_from("", 0);
    char *place, *id;
    struct item chapter;

    if (f != NULL)
        path = f->path;
    place = format_text("%s: %s", item->place, path);
    id = item->id != NULL ? format_text("%s/%s", item->id, path)
                          : format_text("%s", path);
    chapter = (struct item){ .place = place, .id = id,
                             .file = item->file != NULL ? item->file
                                                        : item->id,
                             .member = item->member };
    if (f != NULL && f->taken)
        ;
    else if (!is_page(body))
        reject(EXIT_FAILED, place, text_from("", 0),
               "it is missing, or encrypted");
    else if (f == b->contents)
        leave_out("table of contents", NULL, "%s", "");
    else if (!has_words(body))
        leave_out("page without text", NULL, "%s", "");
    else
        emit_chapter(b, &chapter, body,
                     text_of(f->title != NULL ? f->title : ""));
    if (f != NULL)
        f->taken = true;
    mem_free(place);
    mem_free(id);
}

/* A file that the list names. A picture may be a page. */
static void
import_listed(const struct book *b, const xmlNode *file)
{
    char *path = path_in(file, "href", b->path);

    if (text_begins(node_attr_named(file, "media-type"), "image/")) {
        leave_out("page without text", NULL, "%s", "");
    } else if (path != NULL) {
        import_chapter(b, path);
    } else {
        struct text t = node_attr_named(file, "href");
        char *place = format_text("%s: %.*s", b->item->place, (int)t.len,
                                  t.data);

        reject(EXIT_FAILED, place, text_from("", 0),
               "it is not a file of this book");
        mem_free(place);
    }
    mem_free(path);
}

/* In the order in which they are read. One that is named again is not read
 * again: a small book could name a large chapter a million times. */
static void
import_chapters(const struct book *b)
{
    const xmlNode *list = first_named(b->opf, "spine");
    const xmlNode *n = list != NULL ? list->children : NULL;
    struct sheaf_buf room = { 0 };

    for (; n != NULL; n = n->next) {
        xmlNode *file = NULL;

        room.len = 0;
        if (node_named(n, "itemref") && node_attr(n, "idref", &room).len > 0) {
            buf_end(&room);
            file = index_find(&b->items, buf_str(&room));
        }
        if (file != NULL && file->_private == NULL) {
            file->_private = file;
            import_listed(b, file);
        }
    }
    sheaf_buf_free(&room);
}

void
import_epub(struct item *item)
{
    struct book b = { .item = item };

    if (open_book(&b, item)) {
        read_metadata(&b);
        read_items(&b);
        read_contents(&b);
        import_chapters(&b);
    }
    close_book(&b);
}
