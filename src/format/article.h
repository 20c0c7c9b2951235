/*
 * article.h - the content of an article: bytes to fields, and its leaf hash
 * (format.md F4, F6).
 *
 * Reader, verifier and appending writer all use this, so that an article has
 * one meaning.
 */
#ifndef SHEAF_FORMAT_ARTICLE_H
#define SHEAF_FORMAT_ARTICLE_H

#include "base/base.h"
#include "format/leaf.h"
#include "format/meta.h"
#include "sheaf.h"

#define ARTICLE_LINE_MAX (1u << 20)
#define ARTICLE_PARTS_MAX 254
/* F4.11: a frame with more content than this holds one article. */
#define ARTICLE_BLOCK_MAX 65536u

/* A decoded article; reuse it for the next one. Initialise with { 0 }, free
 * with article_free. Views are of the content and of `text`. */
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
    struct leaf_maker leaf; /* with the commitments to the parts so far */
    struct sheaf_buf text;  /* the unescaped ID and media types */
};

/* Replaces { 0 }: does not clear the 24 KiB of unused parts. */
static inline void
article_init(struct article *a)
{
    a->part_count = 0;
    a->text = (struct sheaf_buf){ 0 };
}
void article_free(struct article *a);
/* The key of the commitments to its parts; NULL if there is none. */
const uint8_t *article_salt(const struct article *a);

/* Copies a metadata object without the members that `skip` names, which
 * ends with NULL. Replaces the content of `out`. */
bool article_members(struct sheaf_bytes meta, const char *const *skip,
                     struct sheaf_buf *out);
/* The same without the members that the writer adds. */
bool article_fields(struct sheaf_bytes meta, struct sheaf_buf *out);

/* Finds the end of the metadata line in the first bytes of the content. */
int article_find_line(struct sheaf_bytes start, uint64_t content_size,
                      uint64_t offset, struct sheaf_bytes *line,
                      struct sheaf_error *err);

/* Decodes the line alone: everything but parts[].data and leaf_hash. Checks
 * F4.2 to F4.9 and F4.11. `content_size` is what the frame holds from the
 * line on. */
int article_from_line(struct article *a, struct sheaf_bytes line,
                      uint64_t content_size, uint64_t offset,
                      struct sheaf_error *err);
/* Adds the commitment to part `index`, in order; after the last part,
 * computes the leaf hash. */
void article_commit_part(struct article *a, size_t index,
                         const uint8_t commitment[32]);

/* Decodes the line at the start of `content`, as article_from_line. */
int article_begin(struct article *a, struct sheaf_bytes content,
                  uint64_t offset, struct sheaf_error *err);
/* After article_begin: decodes the parts and computes the leaf hash. */
void article_finish(struct article *a, struct sheaf_bytes content);

/* Decodes all of it, from content in memory. The article is the first
 * a->size bytes; in a block others follow. */
int article_decode(struct article *a, struct sheaf_bytes content,
                   uint64_t offset, struct sheaf_error *err);

#endif
