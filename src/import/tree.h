/*
 * tree.h - any JSON text as a tree of values, without loss.
 */
#ifndef SHEAF_IMPORT_TREE_H
#define SHEAF_IMPORT_TREE_H

#include "import/import.h"

enum tree_type {
    TREE_NULL,
    TREE_FALSE,
    TREE_TRUE,
    TREE_NUMBER,
    TREE_STRING,
    TREE_ARRAY,
    TREE_OBJECT,
};

/* A value. Siblings and children are indices in nodes. Node 0, the
 * outermost value, is nobody's sibling or child, so 0 means none. */
struct value {
    enum tree_type type;
    bool odd;          /* a string that UTF-8 cannot hold: it has a lone
                          surrogate */
    bool odd_key;      /* likewise */
    struct text source; /* as written */
    struct text string; /* decoded */
    struct text key;    /* decoded; of a member of an object */
    struct text key_source;
    size_t first; /* child */
    size_t next;  /* sibling */
    size_t count; /* of children */
};

struct tree {
    struct value *nodes;
    size_t count;
    size_t cap;
    char *arena; /* decoded strings: never longer than their source */
    size_t arena_len;
    size_t arena_cap;
    const char *wrong; /* the error of tree_parse, at byte `at` */
    size_t at;
};

/* Parses `source`. `tree` starts as { 0 } and may be reused. False: see
 * `wrong` and `at`. */
bool tree_parse(struct tree *tree, struct text source);
void tree_free(struct tree *tree);
/* A member of a small object, or NULL: searches all members. */
const struct value *tree_member(const struct tree *tree,
                                const struct value *object, const char *key);
/* The value that a JSON pointer (RFC 6901) finds from `value` on, or NULL. */
const struct value *tree_pointer(const struct tree *tree,
                                 const struct value *value,
                                 const char *pointer);
/* The children of `parent` in order of their keys; freed with mem_free(). */
const struct value **tree_sorted(const struct tree *tree,
                                 const struct value *parent);
/* Whether canonical metadata may have this key: printable ASCII, and not
 * reserved. */
bool tree_key_fits(const struct value *member);
/* Appends the value in canonical JSON, or as {"$json":"..."} if the subset
 * cannot hold it or it would need more than `depth` levels. */
void tree_canon(struct sheaf_buf *b, const struct tree *tree,
                const struct value *value, unsigned depth);

#endif
