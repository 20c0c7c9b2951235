/*
 * repack.c - writes the same leaves and signatures, stored in another way
 * (format.md F6.7).
 */
#include "write/rewrite.h"

#include "base/buf.h"

static int
add_articles(struct rewrite *k, const struct walk_frame *frame, uint64_t count,
             struct sheaf_error *err)
{
    struct sheaf_bytes rest = buf_view(&k->content);
    const struct sheaf_bytes none = { NULL, 0 };
    int rc = SHEAF_OK;

    (void)frame;
    for (uint64_t i = 0; rc == SHEAF_OK && i < count; i++) {
        struct sheaf_bytes one;

        rc = rewrite_next(k, &rest, &one, err);
        if (rc == SHEAF_OK)
            rc = writer_import_article(k->w, &k->article, one, none, false,
                                       err);
    }
    return rc;
}

int
sheaf_repack(const struct sheaf_reader *reader, struct sheaf_sink sink,
             const struct sheaf_write_options *options,
             sheaf_progress progress, void *arg, struct sheaf_written *out,
             struct sheaf_error *err)
{
    static const struct rewrite_steps steps = {
        .articles = add_articles, .large = rewrite_large,
        .stored = rewrite_stored, .optional = rewrite_optional,
        .generation = rewrite_generation
    };
    struct rewrite k = { .progress = progress, .arg = arg };
    int rc = rewrite_begin(&k, reader, err);

    if (rc == SHEAF_OK)
        rc = rewrite_writer(&k, &sink, options, false, err);
    if (rc == SHEAF_OK)
        rc = rewrite_all(&k, &steps, err);
    if (rc == SHEAF_OK && out != NULL)
        generation_outcome(k.w, out);
    rewrite_end(&k);
    if (sink.ops != NULL)
        sink.ops->close(sink.ctx);
    return rc;
}
