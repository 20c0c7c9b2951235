/*
 * article.c - the content of an article: bytes to fields, and its leaf hash.
 */
#include "format/article.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/json.h"

void
article_free(struct article *a)
{
    sheaf_buf_free(&a->text);
}

static bool
named(struct sheaf_bytes key, const char *const *names)
{
    for (; *names != NULL; names++) {
        if (key.len == strlen(*names) && memcmp(key.data, *names, key.len) == 0)
            return true;
    }
    return false;
}

bool
article_members(struct sheaf_bytes meta, const char *const *skip,
                struct sheaf_buf *out)
{
    struct json_iter it = json_iter_over(meta);
    struct sheaf_bytes key, value;
    bool good;

    out->len = 0;
    good = buf_add_str(out, "{");
    while (good && json_next(&it, &key, &value)) {
        if (named(key, skip))
            continue;
        good = buf_add_str(out, out->len == 1 ? "\"" : ",\"") &&
               buf_add(out, key.data, key.len) && buf_add_str(out, "\":") &&
               buf_add(out, value.data, value.len);
    }
    return good && buf_add_str(out, "}");
}

bool
article_fields(struct sheaf_bytes meta, struct sheaf_buf *out)
{
    static const char *const ours[] = { "rev", "prev", "parts", NULL };

    return article_members(meta, ours, out);
}

/* Adds the offset to an error from the metadata, which does not know it. */
static int
at_offset(int rc, uint64_t offset, struct sheaf_error *err)
{
    if (rc != SHEAF_OK && err != NULL)
        err->offset = offset;
    return rc;
}

int
article_find_line(struct sheaf_bytes start, uint64_t content_size,
                  uint64_t offset, struct sheaf_bytes *line,
                  struct sheaf_error *err)
{
    size_t n = (size_t)min_u64(start.len, ARTICLE_LINE_MAX + 1);
    const uint8_t *lf = n != 0 ? memchr(start.data, '\n', n) : NULL;

    if (lf == NULL)
        return n > ARTICLE_LINE_MAX
                   ? fail_corrupt(err, offset, "F4.2",
                                  "metadata line of more than 1 MiB")
                   : fail_corrupt(err, offset, "F4.9",
                                  "no line feed after the metadata");
    assert((uint64_t)(lf - start.data) < content_size);
    line->data = start.data;
    line->len = (size_t)(lf - start.data);
    return SHEAF_OK;
}

static int
take_parts(struct article *a, uint64_t content_size, uint64_t offset,
           struct sheaf_error *err)
{
    struct meta_part part;
    struct json_iter it = json_iter_over(a->meta.parts);
    uint64_t sum = a->line.len + 1;

    a->part_count = 0;
    /* Unescaped types go after the ID, into memory reserved before, so that
     * no view moves when the next one is added. */
    while (meta_next_part(&it, &part)) {
        struct sheaf_part *p = &a->parts[a->part_count++];
        size_t at = a->text.len;

        p->role = (int)part.role;
        p->size = part.size;
        if (!json_string(part.type, &a->text))
            return fail_nomem(err);
        p->type.data = a->text.data + at;
        p->type.len = a->text.len - at;
        p->data = (struct sheaf_bytes){ NULL, 0 };
        if (ADD_OVERFLOWS(sum, p->size, &sum))
            sum = UINT64_MAX;
    }
    if (sum > content_size)
        return fail_corrupt(err, offset, "F4.9",
                            "parts don't add up to the content");
    if (sum != content_size && content_size > ARTICLE_BLOCK_MAX)
        return fail_corrupt(err, offset, "F4.11",
                            "more than one article in more than 64 KiB");
    a->size = sum;
    return SHEAF_OK;
}

int
article_from_line(struct article *a, struct sheaf_bytes line,
                  uint64_t content_size, uint64_t offset,
                  struct sheaf_error *err)
{
    int rc = meta_parse(line, &a->meta, err);

    if (rc == SHEAF_OK)
        rc = leaf_salt(a->meta.salt, a->salt, &a->salted, err);
    if (rc != SHEAF_OK)
        return at_offset(rc, offset, err);
    a->line = line;
    a->text.len = 0;
    if (!buf_reserve(&a->text, a->meta.id.len + a->meta.parts.len) ||
        !json_string(a->meta.id, &a->text))
        return fail_nomem(err);
    a->id = buf_view(&a->text);
    rc = take_parts(a, content_size, offset, err);
    if (rc != SHEAF_OK)
        return rc;
    rc = leaf_begin_article(&a->leaf, line, &a->meta, a->id, err);
    if (rc == SHEAF_OK)
        a->time = leaf_time(a->leaf.record);
    return at_offset(rc, offset, err);
}

void
article_commit_part(struct article *a, size_t index,
                    const uint8_t commitment[32])
{
    leaf_part(&a->leaf, (uint8_t)a->parts[index].role, a->salted ? 2 : 1,
              a->parts[index].size, commitment);
    if (index + 1 == a->part_count)
        leaf_hash(&a->leaf, a->leaf_hash);
}

int
article_begin(struct article *a, struct sheaf_bytes content, uint64_t offset,
              struct sheaf_error *err)
{
    struct sheaf_bytes line;
    int rc = article_find_line(content, content.len, offset, &line, err);

    /* A line without an end may not be metadata at all. */
    if (rc == SHEAF_ECORRUPT && content.len != 0 &&
        content.len <= ARTICLE_LINE_MAX) {
        struct sheaf_error own;

        if (json_check(content, &own) == SHEAF_ECORRUPT)
            rc = fail_corrupt(err, offset, own.clause, "%s", own.message);
    }
    return rc == SHEAF_OK
               ? article_from_line(a, line, content.len, offset, err)
               : rc;
}

const uint8_t *
article_salt(const struct article *a)
{
    return a->salted ? a->salt : NULL;
}

void
article_finish(struct article *a, struct sheaf_bytes content)
{
    const uint8_t *at = content.data + a->line.len + 1;

    for (size_t i = 0; i < a->part_count; i++) {
        struct sheaf_part *p = &a->parts[i];
        uint8_t commitment[32];

        p->data = (struct sheaf_bytes){ at, (size_t)p->size };
        at += p->size;
        commitment_of(article_salt(a), p->data, commitment);
        article_commit_part(a, i, commitment);
    }
}

int
article_decode(struct article *a, struct sheaf_bytes content,
               uint64_t offset, struct sheaf_error *err)
{
    int rc = article_begin(a, content, offset, err);

    if (rc == SHEAF_OK)
        article_finish(a, content);
    return rc;
}
