/*
 * xpath.c - the fields that --map finds by XPath.
 */
#include "import/xpath.h"

#include <libxml/xmlerror.h>

#include "import/field_map.h"

static void
on_message(void *ctx, const char *format, ...)
{
    (void)ctx;
    (void)format;
}

xmlXPathContext *
xpath_open(xmlDoc *doc, unsigned long steps)
{
    xmlXPathContext *x;

    xmlSetGenericErrorFunc(NULL, on_message);
    x = xmlXPathNewContext(doc);
    if (x == NULL)
        die(EXIT_LIMIT, NULL, "the importer is out of memory");
    x->opLimit = steps;
    return x;
}

/* Appends nodes as text; `between` separates them. If it is "", only the
 * first one that is not empty counts. */
static void
add_nodes(const xmlNodeSet *set, const char *between, struct sheaf_buf *out)
{
    for (int i = 0; set != NULL && i < set->nodeNr; i++) {
        xmlChar *s = xmlXPathCastNodeToString(set->nodeTab[i]);
        struct text t = text_trim(text_of(s != NULL ? (const char *)s : ""));

        if (t.len > 0 && out->len > 0)
            buf_add_str(out, between);
        if (out->len <= RECORD_MAX)
            buf_add(out, t.data, t.len);
        xmlFree(s);
        if (between[0] == '\0' && out->len > 0)
            break;
    }
}

static const char *
add_found(xmlXPathContext *x, xmlNode *node, const char *expression,
          const char *between, struct sheaf_buf *out)
{
    xmlXPathObject *found;
    xmlChar *s;

    xmlXPathSetContextNode(node, x);
    x->opCount = 0;
    xmlResetError(&x->lastError);
    found = xmlXPathEvalExpression((const xmlChar *)expression, x);
    if (found == NULL)
        return x->opCount >= x->opLimit ? "it takes too many steps"
                                        : "it is no XPath expression";
    if (found->type == XPATH_NODESET) {
        add_nodes(found->nodesetval, between, out);
    } else {
        s = xmlXPathCastToString(found);
        buf_add_str(out, s != NULL ? (const char *)s : "");
        xmlFree(s);
    }
    xmlXPathFreeObject(found);
    return NULL;
}

/* What separates several nodes in one value of the field. */
static const char *
between(const char *field)
{
    return strcmp(field, "body") == 0 ? "\n\n"
           : strcmp(field, "byline") == 0 || strcmp(field, "keywords") == 0
               ? ", "
               : "";
}

/* Whether a line was written for web pages. */
static bool
is_for_pages(const struct map_line *m)
{
    return m->constant || strstr(m->selector, "//") != NULL ||
           strncmp(m->selector, "/html", 5) == 0;
}

const char *
xpath_field(xmlXPathContext *x, xmlNode *node, bool page, const char *field,
            struct sheaf_buf *out, const char **selector)
{
    const struct map_line *m;
    const char *why = NULL, *wrong;
    size_t at = 0;

    *selector = NULL;
    while (out->len == 0 && (m = map_next(field, &at)) != NULL) {
        wrong = NULL;
        if (page && !is_for_pages(m))
            continue;
        if (m->constant)
            buf_add_str(out, m->selector);
        else
            wrong = add_found(x, node, m->selector, between(field), out);
        if (wrong != NULL) {
            why = wrong;
            *selector = m->selector;
        }
    }
    return why;
}
