/*
 * tree.h - any JSON text as a tree of values, so that nothing of it is lost.
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

/* A value. Siblings and children are found by their place in nodes; 0, the
 * outermost value, is nobody's sibling or child and so means none. */
struct value {
    enum tree_type type;
    bool odd;          /* a string that UTF-8 can't hold: half a surrogate */
    bool odd_key;      /* likewise */
    struct text source; /* as it was written */
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
    const char *wrong; /* what tree_parse did not like, at byte `at` */
    size_t at;
};

/* `tree` starts as { 0 } and may be used again. False: see `wrong`, `at`. */
bool tree_parse(struct tree *tree, struct text source);
void tree_free(struct tree *tree);
/* A member of an object that holds no more than a few, or NULL. */
const struct value *tree_member(const struct tree *tree,
                                const struct value *object, const char *key);
/* What a JSON pointer (RFC 6901) finds from `value` on, or NULL. */
const struct value *tree_pointer(const struct tree *tree,
                                 const struct value *value,
                                 const char *pointer);
/* The children of `parent` in order of their keys; freed with mem_free(). */
const struct value **tree_sorted(const struct tree *tree,
                                 const struct value *parent);
/* A key that canonical metadata may have: printable ASCII, and not ours. */
bool tree_key_fits(const struct value *member);
/* The value in canonical JSON; where the subset can't hold it, or more than
 * `depth` levels would be needed, as {"$json":"..."}. */
void tree_canon(struct sheaf_buf *b, const struct tree *tree,
                const struct value *value, unsigned depth);

#endif
