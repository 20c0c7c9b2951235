/*
 * article.h - an article's content: bytes to fields, and its leaf hash
 * (format.md F4, F6). Floor 6.
 *
 * Reader, verifier and appending writer all come by here, so that an article
 * has one meaning.
 */
#ifndef SHEAF_FORMAT_ARTICLE_H
#define SHEAF_FORMAT_ARTICLE_H

#include "base/base.h"
#include "format/leaf.h"
#include "format/meta.h"
#include "sheaf.h"

#define ARTICLE_LINE_MAX (1u << 20)
#define ARTICLE_PARTS_MAX 254
/* F4.11: content of more than this is one article. */
#define ARTICLE_BLOCK_MAX 65536u

/* What is known of an article; reused from one to the next. Starts as { 0 },
 * ends with article_free. Views are into the content and `text`. */
struct article {
    struct sheaf_bytes line;
    struct meta meta;
    uint64_t size; /* bytes: line, line feed, parts */
    int64_t time;
    struct sheaf_bytes id;
    struct sheaf_part parts[ARTICLE_PARTS_MAX];
    size_t part_count;
    bool salted;
    uint8_t salt[32];
    uint8_t leaf_hash[32];
    struct leaf_maker leaf; /* with the parts that were committed to so far */
    struct sheaf_buf text;  /* the unescaped ID and media types */
};

void article_free(struct article *a);
/* What commitments to its parts are keyed with; NULL for nothing. */
const uint8_t *article_salt(const struct article *a);

/* Copy a metadata object without some of its members, named in `skip` up to
 * a NULL: replaces what `out` held. */
bool article_members(struct sheaf_bytes meta, const char *const *skip,
                     struct sheaf_buf *out);

/* Where the metadata line ends, given the first bytes of the content. */
int article_find_line(struct sheaf_bytes start, uint64_t content_size,
                      uint64_t offset, struct sheaf_bytes *line,
                      struct sheaf_error *err);

/* From the line alone: all but parts[].data and leaf_hash. Checks F4.2 to
 * F4.9 and F4.11. `content_size` is what the frame holds from the line on. */
int article_from_line(struct article *a, struct sheaf_bytes line,
                      uint64_t content_size, uint64_t offset,
                      struct sheaf_error *err);
/* The commitment to part `index`, in order; after the last, the leaf hash. */
void article_commit_part(struct article *a, size_t index,
                         const uint8_t commitment[32]);

/* The line at the start of `content`, and what article_from_line says. */
int article_begin(struct article *a, struct sheaf_bytes content,
                  uint64_t offset, struct sheaf_error *err);
/* After article_begin: the parts and the leaf hash. */
void article_finish(struct article *a, struct sheaf_bytes content);

/* All of it, from content held in memory, of which the article is the first
 * a->size bytes: in a block others follow. */
int article_decode(struct article *a, struct sheaf_bytes content,
                   uint64_t offset, struct sheaf_error *err);

#endif
