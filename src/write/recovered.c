/*
 * recovered.c - adds articles that were recovered.
 */
#include "write/writer.h"

#include "base/buf.h"
#include "base/err.h"
#include "read/found.h"

/* The longest media type (F4.6). */
#define TYPE_MAX 127

static int
add(struct sheaf_writer *w, const struct sheaf_article *a,
    const struct sheaf_found_frame *f, enum sheaf_added *added,
    struct sheaf_error *err)
{
    struct sheaf_new_part parts[ARTICLE_PARTS_MAX];
    struct source_range stored[ARTICLE_PARTS_MAX];
    struct sheaf_source sources[ARTICLE_PARTS_MAX];
    uint64_t from = f->parts_at;
    char types[ARTICLE_PARTS_MAX][TYPE_MAX + 1];
    struct sheaf_buf fields = { 0 };
    int rc;

    for (size_t i = 0; i < a->part_count; i++) {
        const struct sheaf_part *p = &a->parts[i];

        memcpy(types[i], p->type.data, p->type.len);
        types[i][p->type.len] = '\0';
        parts[i] = (struct sheaf_new_part){ p->role, types[i], p->data, NULL };
        if (f->large == NULL)
            continue;
        stored[i] = (struct source_range){ spool_source(f->large, 0), from,
                                           p->size };
        from += p->size;
        sources[i] = source_of_range(&stored[i]);
        parts[i].source = &sources[i];
    }
    rc = article_fields(a->meta, &fields)
             ? sheaf_add(w, buf_view(&fields), parts, a->part_count, added,
                         err)
             : fail_nomem(err);
    sheaf_buf_free(&fields);
    return rc;
}

int
sheaf_add_recovered(struct sheaf_writer *writer,
                    const struct sheaf_recovered *found,
                    enum sheaf_added *added, struct sheaf_error *err)
{
    struct keeping *k = &writer->keeping;
    const struct sheaf_found_frame *f = found->frame;
    enum sheaf_added outcome = SHEAF_ADDED;
    int rc = SHEAF_OK;

    if (found->kind != SHEAF_RECOVERED_ARTICLE)
        return fail(err, SHEAF_EINVAL, "not an article");
    if (f->anew) {
        writer_keep_none(writer, f);
        return add(writer, found->article, f, added, err);
    }
    if (!writer->failed && (f->index == 0 || f->offset != k->offset))
        rc = writer_keep_begin(writer, f, err);
    k->offset = f->offset;
    if (rc != SHEAF_OK) {
        writer->failed = true;
        return rc;
    }
    k->found = f;
    rc = add(writer, found->article, f, &outcome, err);
    k->found = NULL;
    writer_keep_added(writer, f, rc == SHEAF_OK && outcome != SHEAF_UNCHANGED);
    if (rc == SHEAF_OK && added != NULL)
        *added = outcome;
    return rc;
}
