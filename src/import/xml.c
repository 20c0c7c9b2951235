/*
 * xml.c - records in XML of any kind, in which --map finds the fields by
 * XPath.
 */
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <libxml/xpathInternals.h>

#include "import/field_map.h"
#include "import/row.h"
#include "import/xpath.h"

/* Steps for one expression: enough for a document of RECORD_MAX bytes. */
#define XPATH_STEPS 100000000

bool
is_xml(const struct look *l)
{
    struct text start = text_trim(l->start);

    return map_loaded() && (text_begins(start, "<?xml") ||
                            (text_ends(l->name, ".xml") && start.len > 0 &&
                             start.data[0] == '<'));
}

/* An entity may contain entities, and stand for gigabytes. */
static bool
declares_entities(const xmlDoc *doc)
{
    const xmlNode *n = doc->intSubset != NULL ? doc->intSubset->children : NULL;

    for (; n != NULL; n = n->next)
        if (n->type == XML_ENTITY_DECL)
            return true;
    return false;
}

/* Declares the prefixes of the root element; its default namespace is x. */
static void
register_names(xmlXPathContext *x, xmlDoc *doc)
{
    const xmlNode *root = xmlDocGetRootElement(doc);
    const xmlNs *ns = root != NULL ? root->nsDef : NULL;

    for (; ns != NULL; ns = ns->next)
        xmlXPathRegisterNs(x, ns->prefix != NULL ? ns->prefix
                                                 : (const xmlChar *)"x",
                           ns->href);
}

static void
add_field(struct row *row, xmlXPathContext *x, xmlNode *node,
          const char *field, const char *place)
{
    struct sheaf_buf value = { 0 };
    const char *selector;
    const char *why = xpath_field(x, node, false, field, &value, &selector);

    if (why != NULL)
        warn(place, "--map: %s: %s", selector, why);
    if (value.len > 0)
        row_text(row, text_of(field), text_of_buf(&value));
    sheaf_buf_free(&value);
}

static void
import_node(struct records *records, struct row *row, xmlXPathContext *x,
            xmlNode *node, uint64_t number)
{
    static const char *const fields[] = {
        "body", "id", "url", "headline", "published", "updated", "section",
        "lang", "summary", "byline", "keywords",
    };
    xmlBuffer *source = xmlBufferCreate();
    /* Make a copy, which declares the namespaces that it needs. */
    xmlNode *copy = xmlDocCopyNode(node, x->doc, 1);
    struct part raw = { SHEAF_ROLE_RAW, "application/xml", 0, NULL };
    char *place = records->alone
                      ? format_text("%s", records->item->place)
                      : format_text("%s: record %llu", records->item->place,
                                    (unsigned long long)number);

    if (source == NULL || copy == NULL ||
        xmlNodeDump(source, x->doc, copy, 0, 0) < 0)
        die(EXIT_LIMIT, NULL, "the importer is out of memory");
    raw.size = (uint64_t)xmlBufferLength(source);
    raw.data = xmlBufferContent(source);
    records->raw = &raw;
    row_start(row);
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        add_field(row, x, node, fields[i], place);
    row_end(row, records, place, number);
    records->raw = NULL;
    xmlBufferFree(source);
    xmlFreeNode(copy);
    mem_free(place);
}

static void
import_records(struct item *item, xmlDoc *doc)
{
    struct records records = { .item = item, .mapped = true };
    struct row row = { .bad = false };
    xmlXPathContext *x = xpath_open(doc, XPATH_STEPS);
    xmlXPathObject *found;
    size_t at = 0;
    const struct map_line *m = map_next("record", &at);

    register_names(x, doc);
    found = xmlXPathEvalExpression(
        (const xmlChar *)(m != NULL ? m->selector : "/*"), x);
    if (found == NULL || found->type != XPATH_NODESET ||
        found->nodesetval == NULL || found->nodesetval->nodeNr == 0) {
        reject(EXIT_FAILED, item->place, text_from("", 0),
               "--map: it has no %s", m != NULL ? m->selector : "/*");
    } else {
        records.alone = found->nodesetval->nodeNr == 1;
        for (int i = 0; i < found->nodesetval->nodeNr; i++)
            import_node(&records, &row, x, found->nodesetval->nodeTab[i],
                        (uint64_t)i + 1);
    }
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(x);
    row_free(&row);
}

void
import_xml(struct item *item)
{
    const int options = XML_PARSE_NONET | XML_PARSE_NOERROR |
                        XML_PARSE_NOWARNING | XML_PARSE_COMPACT |
                        XML_PARSE_HUGE;
    struct text t = input_peek(item->in, RECORD_MAX + 1);
    xmlDoc *doc = NULL;

    if (input_failed(item->in))
        return;
    if (t.len > RECORD_MAX)
        reject(EXIT_LIMIT, item->place, text_from("", 0),
               "XML of more than %zu MiB", RECORD_MAX / MIB);
    else if (!map_loaded())
        reject(EXIT_FAILED, item->place, text_from("", 0),
               "XML needs a --map that says where its fields are");
    else if ((doc = xmlReadMemory(t.data, (int)t.len, NULL, NULL, options)) ==
             NULL)
        reject(EXIT_FAILED, item->place, text_from("", 0),
               "not well-formed XML");
    else if (declares_entities(doc))
        reject(EXIT_FAILED, item->place, text_from("", 0),
               "it declares entities, which are not expanded");
    else
        import_records(item, doc);
    xmlFreeDoc(doc);
}
