/*
 * kinds.c - how each kind of input is recognised, and which function imports
 * it.
 *
 * The first kind that fits counts. A name decides only where the bytes cannot:
 * no byte of Markdown tells it from text.
 */
#include "import/import.h"

static const struct kind {
    const char *name; /* for --from */
    bool (*is)(const struct look *l);
    void (*import)(struct item *item);
    enum {
        CONTAINER, /* contains other inputs; containers come before all
                      leaves */
        ASKED,     /* the same, but opened only with --from */
        LEAF,
        OPAQUE     /* with --from, nothing is opened */
    } how;
} kinds[] = {
    { "warc", is_crawl, import_crawl, CONTAINER },
    { "gzip", is_gzip, import_gzip, CONTAINER },
    { "zstd", is_zstd, import_zstd, CONTAINER },
    { "packed", is_packed, import_packed, CONTAINER },
    { "iso", is_iso, import_archive, ASKED },
    { "xar", is_xar, import_archive, ASKED },
    { "cab", is_cab, import_archive, ASKED },
    { "wacz", is_wacz, import_wacz, CONTAINER },
    { "epub", is_epub, import_epub, CONTAINER },
    { "docx", is_docx, import_docx, CONTAINER },
    { "odt", is_odt, import_odt, CONTAINER },
    { "archive", is_archive, import_archive, CONTAINER },
    { "utf-16", is_utf16_records, import_utf16_records, CONTAINER },
    { "sqlite", is_sqlite, import_sqlite, CONTAINER },
    { "zim", is_zim, import_zim, CONTAINER },
    { "xml", is_xml, import_xml, LEAF },
    { "feed", is_feed, import_feed, LEAF },
    { "newsml", is_newsml, import_newsml, LEAF },
    { "nitf", is_nitf, import_nitf, LEAF },
    { "enex", is_enex, import_enex, LEAF },
    { "sitemap", is_sitemap, import_sitemap, LEAF },
    { "mediawiki", is_mediawiki, import_mediawiki, LEAF },
    { "papers", is_papers, import_papers, LEAF },
    { "sgml", is_sgml, import_sgml, LEAF },
    { "movabletype", is_movabletype, import_movabletype, LEAF },
    { "mbox", is_mbox, import_mbox, LEAF },
    { "mail", is_mail, import_mail, LEAF },
    { "jsonl", is_jsonl, import_jsonl, LEAF },
    { "json", is_json, import_json, LEAF },
    { "ris", is_ris, import_ris, LEAF },
    { "endnote", is_endnote, import_endnote, LEAF },
    { "bibtex", is_bibtex, import_bibtex, LEAF },
    { "nexis", is_nexis, import_nexis, LEAF },
    { "proquest", is_proquest, import_proquest, LEAF },
    { "csv", is_csv, import_csv, LEAF },
    { "html", is_html, import_html, LEAF },
    { "document", is_document, import_document, LEAF },
    { "markdown", is_markdown, import_markdown, LEAF },
    { "rst", is_rst, import_rst, LEAF },
    { "org", is_org, import_org, LEAF },
    { "asciidoc", is_asciidoc, import_asciidoc, LEAF },
    { "textile", is_textile, import_textile, LEAF },
    { "text", is_text, import_text, LEAF },
    { "bytes", NULL, import_bytes, OPAQUE },
};

bool
kind_exists(const char *name)
{
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (strcmp(kinds[i].name, name) == 0)
            return true;
    return false;
}

static bool
is_asked(const struct kind *k)
{
    return asked.from != NULL && strcmp(asked.from, k->name) == 0;
}

/* The kind that the user gave. For a folder or an archive it is the kind of
 * what is in it, so containers are opened first. */
static const struct kind *
find_kind(const struct look *l)
{
    const struct kind *said = NULL;

    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (is_asked(&kinds[i]) &&
            (kinds[i].how == LEAF || kinds[i].how == OPAQUE))
            said = &kinds[i];
    if (said != NULL && said->how == OPAQUE)
        return said;
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        if (said != NULL && kinds[i].how == LEAF)
            return said;
        if (kinds[i].is == NULL || kinds[i].is(l))
            return &kinds[i];
    }
    return NULL; /* never: the last kind fits everything */
}

/* Documents that begin as those do from which nothing can be read. */
static bool
is_package(const struct look *l)
{
    return is_epub(l) || is_docx(l) || is_odt(l);
}

/* Whether it is more than text or unknown bytes, or what the user says. */
static bool
is_known(const struct look *l, const struct kind *k)
{
    if (is_asked(k) && (k->how == LEAF || k->how == OPAQUE))
        return k->how == OPAQUE || (l->start.len > 0 && is_text(l));
    return k->import != import_text && k->import != import_bytes;
}

/* Whether its name says that it is a container, and nothing of one is there:
 * what was damaged, or never written, is no article. */
static bool
is_belied(const struct item *item, const struct look *l)
{
    bool common;
    struct text says = belied_name(l, &common);
    const char *but = l->start.len > 0 ? "its content does not"
                                       : "but it is empty";

    if (says.len == 0)
        return false;
    if (common && item->found)
        warn(item->place, "its name says %s, %s: it is left out", says.data,
             but);
    else
        reject(EXIT_FAILED, item->place, text_from("", 0),
               "its name says %s, %s", says.data, but);
    return true;
}

void
import_item(struct item *item)
{
    struct look look = input_look(item->in, text_after_slash(item->id));
    const struct kind *kind;
    const char *other;
    bool quiet = false;

    item->open = import_item;
    /* An empty pipe has no article in it; an empty file is one, with
     * a warning. */
    if (input_failed(item->in) || (look.start.len == 0 && item->id == NULL))
        return;
    if (item->depth > NEST_MAX) {
        reject(EXIT_LIMIT, item->place, text_from("", 0),
               "more than %d containers inside each other", NEST_MAX);
        return;
    }
    other = asked.from == NULL && !is_package(&look)
                ? other_kind(&look, &quiet)
                : NULL;
    if (other != NULL) {
        sqlite_warn_of_log(item, look.start);
        leave_out(other, quiet && item->found ? NULL : item->place, "%s",
                  other);
        return;
    }
    kind = find_kind(&look);
    if (!is_known(&look, kind) && is_belied(item, &look))
        return;
    if (kind->how == ASKED && !is_asked(kind)) {
        leave_out(kind->name, item->place, "opened only with --from %s",
                  kind->name);
        return;
    }
    if (look.start.len == 0 && (kind->how == LEAF || kind->how == OPAQUE))
        warn(item->place, "it is empty");
    kind->import(item);
}
