/*
 * xmlnode.h - elements of a parsed record, by namespace and name.
 *
 * Namespaces are known by their URIs, in the spellings that feeds use; the
 * prefix does not matter.
 */
#ifndef SHEAF_IMPORT_XMLNODE_H
#define SHEAF_IMPORT_XMLNODE_H

#include <libxml/tree.h>

#include "import/import.h"

enum space {
    NS_OTHER,
    NS_CORE, /* none, RSS, RDF Site Summary, Atom, NewsML-G2, NITF: names do not
                clash */
    NS_RDF,
    NS_CONTENT,
    NS_DC,
    NS_DCTERMS,
    NS_ITUNES,
    NS_MEDIA,
    NS_WP,
    NS_EXCERPT,
    NS_XHTML,
    NS_SITEMAP,
    NS_NEWS,
    NS_XML,
    NS_PRISM,
    NS_THREAD,
    NS_APP,
    NS_BLOGGER,
    NS_FULL, /* of portals that ask for the whole text */
};

enum space space_of_uri(struct text uri);
enum space node_space(const xmlNode *n);
bool node_is(const xmlNode *n, enum space space, const char *name);
/* Whether it is an element with this name, whatever its namespace; in the same
 * case. NULL is none. */
bool node_named(const xmlNode *n, const char *name);
/* The first child with this name, so understood, or NULL; of NULL: NULL. */
const xmlNode *node_child_named(const xmlNode *n, const char *name);
/* The next element with this name in the order of the document, or NULL. */
const xmlNode *node_next_named(const xmlNode *n, const char *name);
/* The next node in the order of the document that is behind `n` and not in it,
 * but in `top`; or NULL. */
const xmlNode *node_behind(const xmlNode *n, const xmlNode *top);
/* The first child element with this name, or NULL. */
xmlNode *node_child(const xmlNode *n, enum space space, const char *name);
/* Appends all text inside; returns that of `n` alone. */
struct text node_text(const xmlNode *n, struct sheaf_buf *out);
/* The value of an attribute without a namespace, appended to `out`. */
struct text node_attr(const xmlNode *n, const char *name,
                      struct sheaf_buf *out);
/* The value of an attribute of any namespace, without references. */
struct text node_attr_named(const xmlNode *n, const char *name);
bool node_attr_is(const xmlNode *n, const char *name, const char *value);
/* An attribute of the xml namespace, "lang" or "base", of the nearest
 * element around that has it. */
struct text node_inherited(const xmlNode *n, const char *name,
                           struct sheaf_buf *out);
/* The base address of what is inside `n`, by xml:base. */
struct text node_base(const xmlNode *n, struct sheaf_buf *out);
/* Appends what is inside as HTML, if it is XHTML, or else as XML. */
void node_markup(xmlNode *n, struct sheaf_buf *out);
/* "prefix:name", as written; what is NS_CORE has no prefix. */
struct text node_name(const xmlNode *n, struct sheaf_buf *out);
/* Appends the element as canonical JSON: a string, or an object with
 * "@attribute", "child" and "#text". False: it is too deep, too large or has
 * names that metadata cannot have. */
bool node_json(const xmlNode *n, struct sheaf_buf *out);

#endif
