/*
 * read.c - reading an article and its parts, checked.
 */
#include "read/reader.h"

#include "base/err.h"

int
sheaf_read(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
           const struct sheaf_entry *entry, struct sheaf_article *out,
           struct sheaf_error *err)
{
    const struct article *a = &scratch->article;
    int rc = reader_load(reader, scratch, entry, err);

    if (rc == SHEAF_EREDACTED)
        return reader_redacted(reader, scratch, entry, err);
    if (rc == SHEAF_OK)
        rc = reader_check_leaf(reader, scratch, entry->leaf, entry->offset,
                               a->leaf_hash, err);
    if (rc != SHEAF_OK)
        return rc;
    out->leaf = entry->leaf;
    out->offset = entry->offset;
    out->length = scratch->loaded.length;
    out->content_size = scratch->loaded.size;
    out->rev = (uint32_t)a->meta.rev;
    out->time_ms = a->time;
    out->id = a->id;
    out->meta = a->line;
    out->parts = a->parts;
    out->part_count = a->part_count;
    memcpy(out->leaf_hash, a->leaf_hash, 32);
    return SHEAF_OK;
}

int
sheaf_read_part(const struct sheaf_reader *reader,
                struct sheaf_scratch *scratch,
                const struct sheaf_article *article, size_t index,
                sheaf_write write, void *arg, struct sheaf_error *err)
{
    const struct sheaf_part *part;

    if (scratch->serial != reader->serial || !scratch->loaded.there ||
        scratch->loaded.offset != article->offset ||
        memcmp(scratch->article.leaf_hash, article->leaf_hash, 32) != 0 ||
        index >= scratch->article.part_count)
        return fail(err, SHEAF_EINVAL, "not the article last read");
    if (scratch->loaded.large)
        return reader_large_part(reader, scratch, index, write, arg, err);
    part = &scratch->article.parts[index];
    if (part->size != 0 && write(arg, part->data.data, part->data.len) != 0)
        return fail(err, SHEAF_ESTOPPED, "stopped");
    return SHEAF_OK;
}
