/*
 * leaves.c - takes over leaves of another archive, unchanged (format.md F6.6,
 * F6.7).
 */
#include "write/writer.h"

#include "base/buf.h"
#include "base/err.h"
#include "format/statement.h"

static void
move_view(struct sheaf_bytes *view, const uint8_t *from, const uint8_t *to)
{
    if (view->data != NULL)
        view->data = to + (view->data - from);
}

/* Makes views of a line into views of its copy. */
static void
move_meta(struct meta *m, const uint8_t *from, const uint8_t *to)
{
    move_view(&m->id, from, to);
    move_view(&m->published, from, to);
    move_view(&m->updated, from, to);
    move_view(&m->section, from, to);
    move_view(&m->headline, from, to);
    move_view(&m->url, from, to);
    move_view(&m->prev, from, to);
    move_view(&m->parts, from, to);
}

/* Adds an item for `a`, whose line begins at content.data. */
static int
new_item(struct sheaf_writer *w, const struct article *a,
         struct sheaf_bytes content, struct item **out,
         struct sheaf_error *err)
{
    struct item *it = encode_item(w->encoder);
    int rc;

    if (it == NULL || !buf_add(&it->content, content.data, content.len))
        return fail_nomem(err);
    rc = writer_describe(w, it, a, err);
    move_meta(&it->placed.meta, content.data, it->content.data);
    *out = it;
    return rc;
}

int
writer_import_article(struct sheaf_writer *w, const struct article *a,
                      struct sheaf_bytes content, struct sheaf_bytes frame,
                      bool joined, struct sheaf_error *err)
{
    struct item *it;
    int rc = new_item(w, a, content, &it, err);

    if (rc != SHEAF_OK)
        return rc;
    if (!buf_add(&it->frame, frame.data, frame.len))
        return fail_nomem(err);
    it->placed.raw = content.len;
    it->placed.joined = joined;
    it->kept = frame.len != 0;
    return encode_added(w->encoder, err);
}

int
writer_import_large(struct sheaf_writer *w, const struct article *a,
                    struct sheaf_source rest, struct sheaf_error *err)
{
    /* The line feed follows it. */
    struct sheaf_bytes line = { a->line.data, a->line.len + 1 };
    struct item *it;
    int rc = encode_flush(w->encoder, err);

    if (rc == SHEAF_OK)
        rc = new_item(w, a, line, &it, err);
    if (rc != SHEAF_OK)
        return rc;
    it->placed.raw = line.len + rest.ops->size(rest.ctx);
    return encode_large(w->encoder, rest, err);
}

int
writer_import_optional(struct sheaf_writer *w, struct sheaf_bytes frame,
                       struct sheaf_error *err)
{
    const struct ledger *s = &w->layout.ledger;

    if (s->top.size != s->gen_first || encode_waiting(w->encoder))
        return fail_corrupt(err, NO_OFFSET, "F2.6",
                            "an optional frame within a generation");
    return output_put(&w->layout.out, frame.data, frame.len, err);
}

int
writer_import_removed(struct sheaf_writer *w, struct sheaf_bytes record,
                      const uint8_t hash[32], const uint8_t id_hash[32],
                      struct sheaf_error *err)
{
    struct item *it = encode_item(w->encoder);

    if (it == NULL || !buf_add(&it->content, record.data, record.len))
        return fail_nomem(err);
    it->placed.removed = true;
    memcpy(it->placed.leaf_hash, hash, 32);
    memcpy(it->placed.id_key, id_hash, TABLE_KEY_SIZE);
    return encode_added(w->encoder, err);
}

int
writer_import_statement(struct sheaf_writer *w, const struct leaf_stored *leaf,
                        struct sheaf_bytes frame, uint64_t offset,
                        struct sheaf_error *err)
{
    struct layout *l = &w->layout;
    struct ledger *s = &l->ledger;
    struct key_change change;
    bool first = s->top.key_count == 0;
    int rc = encode_end(w->encoder, err);

    if (rc != SHEAF_OK)
        return rc;
    if (!buf_add(&l->out.pending, frame.data, frame.len))
        return fail_nomem(err);
    if (leaf->type == LEAF_REDACTION) {
        rc = layout_redaction_row(l, s->top.size, leaf->id_hash, err);
        s->top.redactions++;
        ledger_leaf(s, leaf->hash);
    } else {
        rc = key_change_decode(leaf, buf_view(&s->top.origin),
                               s->top.key_count + 1,
                               first ? NULL : s->key_hash,
                               ledger_signer(s), offset, &change, err);
        if (rc == SHEAF_OK)
            rc = ledger_take_key_change(s, l->out.at, &change,
                                        leaf_body(leaf), leaf->hash, err);
    }
    return rc == SHEAF_OK ? layout_statement(l, err) : rc;
}

int
writer_redact(struct sheaf_writer *w, const struct redaction *redaction,
              struct sheaf_error *err)
{
    struct layout *l = &w->layout;
    struct ledger *s = &l->ledger;
    uint64_t leaf;
    int rc = encode_end(w->encoder, err);

    leaf = s->top.size;
    if (rc == SHEAF_OK)
        rc = ledger_redaction(s, redaction, &l->out.pending, err);
    if (rc == SHEAF_OK)
        rc = layout_redaction_row(l, leaf, redaction->id_hash, err);
    return rc == SHEAF_OK ? layout_statement(l, err) : rc;
}
