/*
 * xmlcut.h - records out of XML of any size: the items of a feed, the posts of
 * an export.
 *
 * Each record is found by its tags before it is parsed, so that a bad one does
 * not hide the next, and only one is in memory. What comes out is always
 * well-formed, whatever came in: feeds are full of bare ampersands, references
 * that only HTML has, missing end tags, and prefixes that nobody declared.
 * What was mended is counted, for a warning. A document type is dropped, and
 * with it every entity but the short ones.
 */
#ifndef SHEAF_IMPORT_XMLCUT_H
#define SHEAF_IMPORT_XMLCUT_H

#include <libxml/tree.h>

#include "import/recode.h"

#define CUT_DEPTH 200
/* Tags and attributes in one record: each takes about 120 bytes of memory. */
#define CUT_NODES ((size_t)1 << 18)
#define CUT_TAG_MAX (64 * KIB)
/* The same behind one that has no end. */
#define CUT_TAG_NEAR ((size_t)512)
/* What comes before the records. */
#define CUT_HEAD_MAX (4 * MIB)
/* Of it the start tags around a record, which are repeated for each: those
 * behind have no attributes. */
#define CUT_OPEN_MAX (8 * KIB)
#define CUT_ENTITIES 64
#define CUT_REFERENCE_MAX ((size_t)40)
#define CUT_ENTITY_MAX ((size_t)256)

enum cut_got {
    CUT_RECORD, /* c->doc, c->record and c->raw are the record */
    CUT_LONG,   /* one that is over a limit was skipped */
    CUT_BROKEN, /* the input ends inside one */
    CUT_END,
};

enum cut_trouble {
    CUT_CHARSET,
    CUT_BEFORE,
    CUT_BETWEEN,
    CUT_CONTROL,
    CUT_AMPERSAND,
    CUT_REFERENCE,
    CUT_LESS,
    CUT_ATTRIBUTE,
    CUT_NESTING,
    CUT_PREFIX,
    CUT_UNCLOSED,
    CUT_TROUBLES
};

struct cut_level {
    size_t name, name_len; /* in c->names */
    size_t open;           /* c->open up to here is around it */
};

struct cut {
    const char *const *records; /* local names; ends with NULL */
    struct input *in;           /* UTF-8 */
    struct input memory;
    struct text all; /* the input, if it is held in memory */
    struct recoder recoder;
    bool recoded;
    struct sheaf_buf room;
    struct text rest; /* of what `memory` gives */

    struct cut_level levels[CUT_DEPTH];
    size_t depth;
    struct sheaf_buf names;
    struct sheaf_buf open; /* start tags around a record */
    struct sheaf_buf head; /* what is outside of records */
    struct sheaf_buf text; /* the record */
    struct sheaf_buf raw;  /* the same as it came */
    struct sheaf_buf tag;
    struct sheaf_buf prefixes; /* declared ones, each behind a space */
    struct sheaf_buf values;   /* of the declared entities */
    struct {
        size_t name, name_len, value, value_len;
    } entities[CUT_ENTITIES];
    size_t entity_count;

    size_t base;  /* levels around the record; CUT_DEPTH: in none */
    size_t nodes; /* in the record */
    size_t head_nodes;
    bool over;  /* the record is over a limit */
    bool begun; /* a tag was seen */
    bool moved; /* anything was */
    bool head_full;
    enum cut_got got;
    bool done; /* `got` holds */

    unsigned declared; /* namespaces in the record, or before it */
    uint64_t taken;    /* bytes of the input */
    uint64_t vain_end; /* up to here tags are short */
    uint64_t count; /* of records */
    uint64_t line;  /* where the reader is, from 1 */
    uint64_t record_line;
    xmlDoc *doc;
    xmlNode *record;
    uint64_t trouble[CUT_TROUBLES];      /* how often */
    uint64_t trouble_line[CUT_TROUBLES]; /* where first */
};

void cut_open(struct cut *c, struct input *in, const char *const *records);
/* The next record; what it gave before is freed. */
enum cut_got cut_next(struct cut *c);
/* The root element with what was before the first record; NULL: none. Freed
 * with xmlFreeDoc(). */
xmlDoc *cut_head(struct cut *c, xmlNode **root);
/* The bytes of the record: as in the input, if it is all of it and is held in
 * memory, or else as UTF-8. */
struct text cut_original(const struct cut *c);
/* Rejects what is CUT_LONG or CUT_BROKEN; `what` is the word for a record. */
void cut_reject(const struct cut *c, enum cut_got got, const struct item *item,
                const char *what, uint64_t number);
/* Gives one warning for each kind of what was mended. */
void cut_warn(const struct cut *c, const char *place);
void cut_close(struct cut *c);
/* Parts of the above: reads up to the first tag; frees the record. */
void cut_to_root(struct cut *c);
void cut_free_record(struct cut *c);

/* ---- xmlmend.c ---- */

void cut_note(struct cut *c, enum cut_trouble what);
/* Appends text as content, or as the value of an attribute. */
void mend_text(struct cut *c, struct text t, struct sheaf_buf *out);
/* Appends what the reference at the start of `t` means, and returns its
 * length. An '&' that begins none means itself. */
size_t mend_reference(struct cut *c, struct text t, struct sheaf_buf *out);
/* Declares an entity: `t` follows <!ENTITY. */
void mend_entity(struct cut *c, struct text t);
bool mend_begins_name(char b);
/* The name at the start of `t`, or nothing. */
struct text mend_name(struct text t);
/* Whether a prefix is declared; with `add` it is from now on. */
bool mend_prefix(struct cut *c, struct text prefix, bool add);
/* Writes a start tag into c->tag; `t` is what follows its name. Counts its
 * attributes, and says whether it is empty: <a/>. */
bool mend_tag(struct cut *c, struct text name, struct text t, size_t *count);

/* ---- xmlopen.c ---- */

/* The namespace and local name of the root element of the XML that begins
 * with `start`, as views of `room`. False: it has none. */
bool cut_root(struct text start, struct sheaf_buf *room, struct text *space,
              struct text *name);

#endif
