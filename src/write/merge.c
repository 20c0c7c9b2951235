/*
 * merge.c - several archives become one: the inputs, one after the other, and
 * the end.
 *
 * The first generation has the articles and redactions. If an input was
 * signed, a second one without leaves follows, with the old checkpoints at its
 * beginning: only then is it known where their leaves are.
 */
#include "write/merge.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/options.h"
#include "format/recipe.h"
#include "log/note.h"

#define IDSET_MEMORY ((size_t)64 << 20)

/* ---- Beginning ---------------------------------------------------------- */

static int
copy_text(const char *text, char **out, struct sheaf_error *err)
{
    size_t len;

    if (text == NULL)
        return SHEAF_OK;
    len = strlen(text) + 1;
    *out = mem_new(len, 1);
    if (*out == NULL)
        return fail_nomem(err);
    memcpy(*out, text, len);
    return SHEAF_OK;
}

static int
take_options(struct sheaf_merge *m, const struct sheaf_write_options *given,
             struct sheaf_error *err)
{
    struct sheaf_write_options *o = &m->options;
    int rc = options_take(o, sizeof *o, given, err);

    if (rc == SHEAF_OK && o->origin != NULL &&
        !note_origin_ok(o->origin, strlen(o->origin)))
        return fail(err, SHEAF_EINVAL,
                    "an origin is 1 to 255 of A-Z a-z 0-9 . _ / ~ -");
    if (rc == SHEAF_OK)
        rc = copy_text(o->tmpdir, &m->tmpdir, err);
    if (rc == SHEAF_OK)
        rc = copy_text(o->origin, &m->origin, err);
    o->tmpdir = m->tmpdir;
    o->origin = m->origin;
    o->dict_max = -1;
    o->block = 0;
    o->unique = o->salted = 0;
    o->dict = sheaf_view(NULL, 0);
    return rc;
}

int
sheaf_merge_new(struct sheaf_sink sink,
                const struct sheaf_write_options *options,
                struct sheaf_merge **out, struct sheaf_error *err)
{
    struct sheaf_merge *m = mem_new(1, sizeof *m);
    int rc;

    if (m == NULL) {
        sink.ops->close(sink.ctx);
        return fail_nomem(err);
    }
    m->sink = sink;
    m->notes = (struct spool)SPOOL_INIT;
    m->options = (struct sheaf_write_options){ SHEAF_WRITE_OPTIONS };
    rc = take_options(m, options, err);
    if (rc == SHEAF_OK)
        rc = idset_new(&m->seen, IDSET_MEMORY, m->tmpdir, err);
    if (rc != SHEAF_OK) {
        sheaf_merge_free(m);
        return rc;
    }
    *out = m;
    return SHEAF_OK;
}

void
sheaf_merge_free(struct sheaf_merge *merge)
{
    struct sheaf_merge *m = merge;

    if (m == NULL)
        return;
    sheaf_writer_free(m->w);
    if (m->sink.ops != NULL)
        m->sink.ops->close(m->sink.ctx);
    idset_free(m->seen);
    article_free(&m->made);
    spool_free(&m->notes);
    sheaf_buf_free(&m->gone);
    sheaf_buf_free(&m->reasons);
    sheaf_buf_free(&m->said);
    sheaf_buf_free(&m->removed);
    sheaf_buf_free(&m->trace.lines);
    sheaf_buf_free(&m->content);
    sheaf_buf_free(&m->fields);
    sheaf_buf_free(&m->frame);
    sheaf_buf_free(&m->hashes);
    mem_free(m->inputs);
    mem_free(m->tmpdir);
    mem_free(m->origin);
    mem_free(m);
}

/* ---- Noting ------------------------------------------------------------- */

static int
check_origin(const struct sheaf_merge *m, const struct sheaf_reader *r,
             struct sheaf_error *err)
{
    if (m->origin == NULL ||
        !bytes_equal(buf_view(&r->top.origin), sheaf_str(m->origin)))
        return SHEAF_OK;
    return fail(err, SHEAF_EINVAL,
                "it has the origin that the new archive is to have, which is "
                "another log");
}

/* Whether archives that are pieces of one input have all the same dictionary,
 * and nothing that would tell where the pieces begin. */
static int
check_shard(struct sheaf_merge *m, const struct sheaf_reader *r,
            struct sheaf_error *err)
{
    struct merge_common *c = &m->common;
    const struct top *t = &r->top;
    struct top_dict is = { 0 };

    if (m->options.shards == 0)
        return SHEAF_OK;
    if (t->note.len != 0 || t->redactions != 0)
        return fail(err, SHEAF_EINVAL,
                    t->note.len != 0
                        ? "it is signed, and is not a piece of an input"
                        : "articles were redacted in it");
    if (t->articles == 0)
        return SHEAF_OK;
    if (t->dict_count != 0)
        is = t->dicts[0];
    if (t->dict_count > 1 ||
        (c->dict && (c->is.id != is.id || c->is.raw != is.raw ||
                     c->is.packed != is.packed)))
        return fail(err, SHEAF_EINVAL,
                    "it has another dictionary than the other pieces: pack "
                    "each with the same --dict-file");
    c->dict = true;
    c->is = is;
    return SHEAF_OK;
}

/* The note travels along, so it must be of this tree. */
static int
check_note(const struct sheaf_reader *r, struct sheaf_error *err)
{
    struct sheaf_scratch *s = NULL;
    int rc;

    if (r->top.note.len == 0)
        return SHEAF_OK;
    rc = sheaf_scratch_new(&s, err);
    if (rc == SHEAF_OK)
        rc = sheaf_check_note(r, s, buf_view(&r->top.note), NULL, NULL, err);
    sheaf_scratch_free(s);
    return rc;
}

int
sheaf_merge_expect(struct sheaf_merge *merge,
                   const struct sheaf_reader *reader, struct sheaf_error *err)
{
    struct sheaf_merge *m = merge;
    struct merge_input *in;
    struct sheaf_info info;
    int rc;

    if (m->failed || m->w != NULL)
        return fail(err, SHEAF_EINVAL, "the first archive was added before");
    rc = check_origin(m, reader, err);
    if (rc == SHEAF_OK)
        rc = check_shard(m, reader, err);
    if (rc == SHEAF_OK)
        rc = check_note(reader, err);
    if (rc != SHEAF_OK)
        return rc;
    sheaf_get_info(reader, &info);
    if (info.note.len != 0 && info.signed_size != info.size)
        m->not_all_signed = true;
    if (!mem_grow(&m->inputs, &m->input_room, m->input_count + 1,
                  sizeof *m->inputs))
        return fail_nomem(err);
    rc = merge_gone_note(m, reader, err);
    m->failed = rc != SHEAF_OK;
    if (rc != SHEAF_OK)
        return rc;
    in = &m->inputs[m->input_count++];
    in->size = reader->top.size;
    memcpy(in->root, reader->top.root, sizeof in->root);
    if (m->input_count == 1)
        m->common.level = reader->top.level;
    else if (m->common.level != reader->top.level)
        m->common.level = 0;
    m->words = m->words || (reader->end.must & HEAD_WORDS) != 0;
    return SHEAF_OK;
}

/* ---- Adding ------------------------------------------------------------- */

static int
make_writer(struct sheaf_merge *m, struct sheaf_error *err)
{
    const struct writer_setup setup = { .joined = true };
    struct sheaf_sink sink = m->sink;

    if (m->w != NULL)
        return SHEAF_OK;
    m->options.plain = !m->words;
    if (m->options.level == 0 && m->common.level >= 1 && m->common.level <= 19)
        m->options.level = m->common.level;
    m->sink.ops = NULL;
    return writer_make(sink, &m->options, &setup, &m->w, err);
}

static int
take_stored(struct rewrite *k, const struct leaf_stored *leaf,
            const struct walk_frame *frame, struct sheaf_error *err)
{
    struct sheaf_merge *m = k->own;
    struct redaction red;
    int rc;

    if (leaf->type == LEAF_ARTICLE)
        return merge_gone_noted(m, leaf)
                   ? merge_gone_take(m, k, k->leaf, leaf->record, leaf->rev,
                                     leaf->hash, err)
                   : fail_corrupt(err, frame->offset, "F7.2",
                                  "a removed article that its group does not "
                                  "list");
    if (leaf->type != LEAF_REDACTION)
        return SHEAF_OK;
    rc = redaction_decode(leaf, frame->offset, &red, err);
    return rc == SHEAF_OK ? merge_gone_said(m, &red, err) : rc;
}

static int
count_optional(struct rewrite *k, const struct walk_frame *frame,
               struct sheaf_error *err)
{
    struct sheaf_merge *m = k->own;

    (void)err;
    m->result.optional += !recipe_is_frame(frame->bytes);
    return SHEAF_OK;
}

/* Adds the whole archive. */
static int
add_input(struct sheaf_merge *m, struct rewrite *k, struct sheaf_error *err)
{
    static const struct rewrite_steps steps = {
        .articles = merge_take_articles,
        .large = merge_take_large,
        .stored = take_stored,
        .optional = count_optional
    };
    struct sheaf_bytes note = buf_view(&k->r->top.note);
    struct sheaf_checkpoint c = { .size = 0 };
    int rc = note.len != 0 ? sheaf_checkpoint_parse(note, &c, err) : SHEAF_OK;

    if (rc != SHEAF_OK)
        return rc;
    m->dict.here = false;
    merge_old_begin(m, c.size);
    rc = rewrite_all(k, &steps, err);
    return rc == SHEAF_OK ? merge_old_end(m, k, note, err) : rc;
}

/* The redaction of a removed article, which comes later in the input. */
static int
find_redaction(struct sheaf_merge *m, struct rewrite *k,
               const struct leaf_stored *leaf, struct sheaf_error *err)
{
    struct redaction red;
    int rc = reader_redaction_of(k->r, k->s, k->leaf, leaf->id_hash,
                                 leaf->hash, &red, err);

    if (rc == SHEAF_END)
        return fail_clause(err, SHEAF_EMISSING, k->walk.at, "F6.6",
                           "the article of leaf %llu is missing: no redaction "
                           "names it",
                           (unsigned long long)k->leaf);
    return rc == SHEAF_OK ? merge_gone_said(m, &red, err) : rc;
}

static int
take_picked(struct rewrite *k, const struct leaf_stored *leaf,
            const struct walk_frame *frame, struct sheaf_error *err)
{
    int rc = leaf->type == LEAF_ARTICLE
                 ? find_redaction(k->own, k, leaf, err)
                 : fail(err, SHEAF_EINVAL, "not an entry of an article");

    return rc == SHEAF_OK ? take_stored(k, leaf, frame, err) : rc;
}

/* Goes past the entries whose frame was read. */
static int
pass_picked(struct sheaf_merge *m, const struct rewrite *k,
            struct sheaf_error *err)
{
    if (k->leaf <= m->picked->leaf)
        return fail(err, SHEAF_EINVAL, "not an entry of this archive");
    while (m->picked < m->picked_end && m->picked->leaf < k->leaf)
        m->picked++;
    if (k->progress != NULL &&
        k->progress(k->arg, k->walk.at, k->r->end.end) != 0)
        return fail(err, SHEAF_ESTOPPED, "stopped");
    return SHEAF_OK;
}

/* Adds the picked articles, frame by frame. */
static int
add_picked(struct sheaf_merge *m, struct rewrite *k, struct sheaf_error *err)
{
    static const struct rewrite_steps steps = {
        .articles = merge_take_articles,
        .large = merge_take_large,
        .stored = take_picked
    };
    struct sheaf_bytes note = buf_view(&k->r->top.note);
    int rc = SHEAF_OK;

    m->dict.here = false;
    merge_old_begin(m, 0);
    while (rc == SHEAF_OK && m->picked < m->picked_end) {
        const struct sheaf_entry *e = m->picked;

        if (e->index > e->leaf || e->offset >= k->r->end.end ||
            e->leaf >= reader_leaves(k->r))
            return fail(err, SHEAF_EINVAL,
                        "not an entry of what is read of this archive");
        rc = rewrite_frame(k, &steps, e->offset, e->leaf - e->index, err);
        if (rc == SHEAF_OK)
            rc = pass_picked(m, k, err);
    }
    return rc == SHEAF_OK && note.len != 0 ? merge_old_note(m, note, err) : rc;
}

/* The picked entries, or all leaves if m->picked is NULL. */
static int
add_next(struct sheaf_merge *m, const struct sheaf_reader *reader,
         sheaf_progress progress, void *arg, struct sheaf_error *err)
{
    struct rewrite k = { .progress = progress,
                         .arg = arg,
                         .own = m,
                         .tmpdir = m->tmpdir,
                         .standing = m->picked != NULL };
    const struct merge_input *in = m->inputs + m->added;
    int rc;

    if (m->failed || m->added == m->input_count)
        return fail(err, SHEAF_EINVAL, "no other archive is expected");
    if (in->size != reader->top.size ||
        memcmp(in->root, reader->top.root, sizeof in->root) != 0)
        return fail(err, SHEAF_EINVAL, "it was changed in the meantime");
    rc = make_writer(m, err);
    if (rc == SHEAF_OK && m->tainted)
        rc = encode_flush(m->w->encoder, err); /* what makes a dictionary */
    if (rc == SHEAF_OK) {
        m->first_leaf = encode_next_leaf(m->w->encoder);
        m->tainted = merge_gone_taints(m, reader);
        m->result.tainted += m->tainted;
    }
    if (rc == SHEAF_OK)
        rc = rewrite_begin(&k, reader, err);
    if (rc == SHEAF_OK)
        rc = m->picked != NULL ? add_picked(m, &k, err)
                               : add_input(m, &k, err);
    rewrite_end(&k);
    m->failed = rc != SHEAF_OK;
    m->added++;
    return rc;
}

int
sheaf_merge_add(struct sheaf_merge *merge, const struct sheaf_reader *reader,
                sheaf_progress progress, void *arg, struct sheaf_error *err)
{
    merge->picked = merge->picked_end = NULL;
    return add_next(merge, reader, progress, arg, err);
}

int
sheaf_merge_pick(struct sheaf_merge *merge, const struct sheaf_reader *reader,
                 const struct sheaf_entry *entries, size_t count,
                 sheaf_progress progress, void *arg, struct sheaf_error *err)
{
    for (size_t i = 1; i < count; i++)
        if (entries[i].leaf <= entries[i - 1].leaf)
            return fail(err, SHEAF_EINVAL, "the entries are not in order");
    if (count == 0)
        return fail(err, SHEAF_EINVAL, "there are no entries");
    merge->picked = entries;
    merge->picked_end = entries + count;
    return add_next(merge, reader, progress, arg, err);
}

/* ---- The end ------------------------------------------------------------ */

static int
finish(struct sheaf_merge *m, const struct sheaf_secret_key *key,
       struct sheaf_error *err)
{
    const struct signing nobody = { .key = NULL };
    const struct signing how = { .key = key };
    int64_t time = m->options.time_ms;
    int rc = merge_gone_finish(m, err);

    if (rc == SHEAF_OK && m->notes_begun) {
        rc = generation_write(m->w, time, &nobody, false, err);
        if (rc == SHEAF_OK)
            rc = merge_old_write(m, err);
    }
    return rc == SHEAF_OK ? generation_write(m->w, time, &how, true, err) : rc;
}

int
sheaf_merge_commit(struct sheaf_merge *merge,
                   const struct sheaf_secret_key *key,
                   struct sheaf_merged *out, struct sheaf_error *err)
{
    struct sheaf_merge *m = merge;
    int rc;

    if (m->failed || m->w == NULL || m->added != m->input_count)
        return fail(err, SHEAF_EINVAL, "not all archives were added");
    if (key != NULL && m->not_all_signed && !m->options.verified)
        return fail_verify(err, NO_OFFSET, "F9.9",
                           "an archive has leaves that nobody has signed: "
                           "verify them first");
    rc = finish(m, key, err);
    m->failed = true; /* nothing can be added after this point */
    if (rc != SHEAF_OK || out == NULL)
        return rc;
    *out = m->result;
    generation_outcome(m->w, &out->written);
    out->written.revisions = m->result.written.revisions;
    out->written.unlike = m->result.written.unlike;
    encode_counts(m->w->encoder, &out->frames, &out->frames_recompressed);
    return SHEAF_OK;
}
