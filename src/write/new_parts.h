/*
 * new_parts.h - the parts of a new article: their sizes, commitments and bytes.
 */
#ifndef SHEAF_WRITE_NEW_PARTS_H
#define SHEAF_WRITE_NEW_PARTS_H

#include "base/source_range.h"
#include "format/article.h"
#include "format/leaf.h"

/* The parts as they are taken. A source might give another size later, or other
 * bytes: its size is read once. */
struct new_parts {
    struct sheaf_new_part list[ARTICLE_PARTS_MAX];
    size_t count;
    uint64_t bytes;        /* of all */
    struct sheaf_buf json; /* the `parts` member */
    struct source_range ranges[ARTICLE_PARTS_MAX];
    struct sheaf_source sources[ARTICLE_PARTS_MAX];
};

/* Replaces the parts. SHEAF_EINVAL: they are no parts of an article. */
int new_parts_take(struct new_parts *n, const struct sheaf_new_part *parts,
                   size_t count, struct sheaf_error *err);
/* The commitment to part `i`, keyed unless `salt` is NULL. If `into` is not
 * NULL, appends the bytes of the part there. */
int new_parts_commit(const struct new_parts *n, size_t i, const uint8_t *salt,
                     struct sheaf_buf *into, uint8_t out[32],
                     struct sheaf_error *err);
/* From now on the parts are these bytes, which were read from them. */
void new_parts_keep(struct new_parts *n, const struct sheaf_buf *bytes);

/* All parts, one after the other, as one source that is read from its start on,
 * once or more often. `changed` is set if its bytes are not those of the
 * commitments. */
struct parts_chain {
    const struct new_parts *parts;
    const uint8_t *salt;
    uint8_t (*commitments)[32];
    struct commitment now; /* to the bytes of a part so far */
    bool changed;
};

struct sheaf_source parts_chain_source(struct parts_chain *chain);

#endif
