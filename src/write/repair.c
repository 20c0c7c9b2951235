/*
 * repair.c - repairs a damaged archive that has lost no article: derives
 * everything else again, and copies the frames of articles (format.md F13).
 */
#include "write/mend.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/options.h"
#include "format/dictframe.h"

struct repair {
    struct rewrite walk;
    uint32_t dict_id; /* in force in the new archive; 0: none */
};

/* Writes the dictionary with this ID, unless it is in force: before the first
 * frame that uses it, and repaired by its parity if necessary. */
static int
use_dict(struct repair *p, uint32_t id, struct sheaf_error *err)
{
    struct rewrite *k = &p->walk;
    const struct top *t = &k->r->top;
    struct sheaf_buf raw = { 0 }, packed = { 0 };
    uint32_t i = 0;
    int rc;

    if (id == 0 || id == p->dict_id)
        return SHEAF_OK;
    while (i < t->dict_count && t->dicts[i].id != id)
        i++;
    if (i == t->dict_count)
        return fail_corrupt(err, k->walk.at, "F4.1", "its dictionary is lost");
    rc = encode_flush(k->w->encoder, err);
    if (rc == SHEAF_OK)
        rc = reader_dict_load(k->r, i, &raw, err);
    if (rc == SHEAF_OK)
        rc = rewrite_payload(k, i, buf_view(&raw), &packed, err);
    if (rc == SHEAF_OK)
        rc = encode_use_dict(k->w->encoder, &raw, &packed, id, err);
    p->dict_id = id;
    sheaf_buf_free(&raw);
    sheaf_buf_free(&packed);
    return rc;
}

static int
keep_articles(struct rewrite *k, const struct walk_frame *frame,
              uint64_t count, struct sheaf_error *err)
{
    struct sheaf_bytes rest = buf_view(&k->content);
    struct sheaf_bytes keep = { NULL, 0 };
    int rc = SHEAF_OK;

    if (frame != NULL) {
        keep = frame->bytes;
        rc = use_dict(k->own, frame->header.dict_id, err);
    }
    for (uint64_t i = 0; rc == SHEAF_OK && i < count; i++) {
        struct sheaf_bytes one;

        rc = rewrite_next(k, &rest, &one, err);
        if (rc == SHEAF_OK)
            rc = writer_import_article(k->w, &k->article, one, keep, i != 0,
                                       err);
        keep = sheaf_view(NULL, 0); /* the frame came with the first article */
    }
    return rc;
}

int
sheaf_repair(const struct sheaf_reader *reader, struct sheaf_sink sink,
             const struct sheaf_write_options *options,
             sheaf_progress progress, void *arg, struct sheaf_written *out,
             struct sheaf_error *err)
{
    static const struct rewrite_steps steps = {
        .articles = keep_articles, .large = rewrite_large,
        .stored = rewrite_stored, .optional = rewrite_optional,
        .generation = rewrite_generation
    };
    struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS };
    struct repair p = { .walk = { .progress = progress, .arg = arg,
                                  .mend = true } };
    int level = reader->top.level;
    int rc = options_take(&o, sizeof o, options, err);

    p.walk.own = &p;
    o.level = level >= 1 && level <= 19 ? level : WRITER_LEVEL_DEFAULT;
    o.dict_max = -1;
    o.block = 0;
    if (rc == SHEAF_OK)
        rc = rewrite_begin(&p.walk, reader, err);
    if (rc == SHEAF_ECORRUPT)
        rc = fail_corrupt(err, reader->end.offset, "F12.4",
                          "both ends of an earlier generation are lost, and "
                          "its checkpoint with them; 'sheaf extract' names "
                          "lost articles, if any, 'sheaf recover' saves the "
                          "others");
    if (rc == SHEAF_OK)
        rc = mend_check_branches(&p.walk, err);
    if (rc == SHEAF_OK)
        rc = mend_drop_surplus(&p.walk, err);
    if (rc == SHEAF_OK)
        rc = rewrite_writer(&p.walk, &sink, &o, true, err);
    if (rc == SHEAF_OK)
        rc = rewrite_all(&p.walk, &steps, err);
    if (rc == SHEAF_OK && out != NULL) {
        generation_outcome(p.walk.w, out);
        out->optional_lost = p.walk.optional_lost;
    }
    rewrite_end(&p.walk);
    if (sink.ops != NULL)
        sink.ops->close(sink.ctx);
    return rc;
}
