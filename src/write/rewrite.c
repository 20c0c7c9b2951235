/*
 * rewrite.c - walks the generations of an archive, to write it again (format.md
 * F6.6, F6.7).
 *
 * Each leaf and each root is compared with the old tree, so that the new
 * archive either has the same tree or is not written.
 */
#include "write/rewrite.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "base/options.h"
#include "format/frame.h"
#include "log/note.h"
#include "write/mend.h"

#define WINDOW ((size_t)1 << 20)

void
rewrite_end(struct rewrite *k)
{
    sheaf_scratch_free(k->s);
    sheaf_writer_free(k->w);
    mem_free(k->ends);
    sheaf_buf_free(&k->left_out);
    sheaf_buf_free(&k->strays);
    walk_free(&k->walk);
    sheaf_buf_free(&k->content);
    sheaf_buf_free(&k->removed);
    sheaf_buf_free(&k->note);
    kept_base_free(&k->base);
    article_free(&k->article);
    spool_free(&k->spool);
}

/* ---- Generations -------------------------------------------------------- */

/* Collects the last END of each generation, newest first. */
static int
find_generations(struct rewrite *k, struct sheaf_error *err)
{
    struct end e = k->r->end;
    size_t room = 0;

    for (;;) {
        int rc;

        if (!mem_grow(&k->ends, &room, k->end_count + 1, sizeof *k->ends))
            return fail_nomem(err);
        k->ends[k->end_count++] = e;
        if (e.prev == 0)
            return SHEAF_OK;
        rc = reader_end_found(k->r, &e, &e, err);
        if (rc != SHEAF_OK)
            return rc;
    }
}

/* Walks a generation from its start to its first TOP. */
static int
take_generation(struct rewrite *k, const struct end *e,
                struct sheaf_error *err)
{
    k->walk.at = e->start;
    k->size = e->size;
    while (k->walk.at < e->top) {
        struct walk_frame f;
        int rc = walk_peek(&k->walk, &f, err);

        if (rc == SHEAF_OK && f.type == FRAME_TOP)
            return rewrite_report(k, err);
        if (rc == SHEAF_OK)
            rc = rewrite_take(k, &f, err);
        if (rc == SHEAF_OK)
            walk_pass(&k->walk, &f);
        if (rc != SHEAF_OK)
            return rc;
    }
    return fail_corrupt(err, k->walk.at, "F12.3", "no top before the end");
}

int
rewrite_generation(struct rewrite *k, const struct top *top, bool last,
                   struct sheaf_error *err)
{
    const struct signing how = { .as_it_was = top };

    return generation_write(k->w, k->time, &how, last, err);
}

/* The notes go into the new archive as they are: that of the generation which
 * k->ends[i] ends must be right. */
static int
check_note(struct rewrite *k, const struct top *top, size_t i,
           struct sheaf_error *err)
{
    const uint64_t offset = k->ends[i].top;
    struct note note;
    int rc;

    if (top->note.len == 0)
        return note_follows(k->note_size, NULL, offset, err);
    rc = note_parse(buf_view(&top->note), &note, err);
    if (rc == SHEAF_OK)
        rc = note_follows(k->note_size, &note, offset, err);
    if (rc != SHEAF_OK)
        return rc;
    while (i < k->end_count && k->ends[i].size != note.checkpoint.size)
        i++;
    rc = note_is_of(&note, buf_view(&top->origin),
                    i < k->end_count ? k->ends[i].root : NULL, offset, err);
    if (rc == SHEAF_OK)
        k->note_size = note.checkpoint.size;
    return rc;
}

/* Whether the generation that k->ends[i] ends has no leaves. */
static bool
is_leafless(const struct rewrite *k, size_t i)
{
    return i + 1 < k->end_count && k->ends[i].size == k->ends[i + 1].size;
}

/* The same where something is damaged. Anybody can write a generation without
 * leaves: a wrong note in one gives way to the note before, unless it is the
 * newest. Elsewhere what is verified at the end decides. */
static int
mend_note(struct rewrite *k, struct top *top, size_t i,
          struct sheaf_error *err)
{
    int rc = check_note(k, top, i, NULL);

    if (rc == SHEAF_OK || i == 0 || !is_leafless(k, i))
        return rc == SHEAF_ENOMEM ? fail_nomem(err) : SHEAF_OK;
    top->note.len = 0;
    return buf_add(&top->note, k->note.data, k->note.len) ? SHEAF_OK
                                                          : fail_nomem(err);
}

/* `why`: a leaf was left out. */
static int
fail_missing(const struct end *e, const struct sheaf_error *why,
             struct sheaf_error *err)
{
    if (why->code == SHEAF_OK)
        return fail_corrupt(err, e->top, "F11.3",
                            "the top has another number of leaves");
    if (err != NULL)
        *err = *why;
    return why->code;
}

int
rewrite_all(struct rewrite *k, const struct rewrite_steps *steps,
            struct sheaf_error *err)
{
    int rc = SHEAF_OK;

    k->steps = steps;
    k->leaf = k->note_size = 0;
    k->removed.len = k->note.len = 0;
    rc = mend_walk_left_out(k, err);
    k->leaf = 0;
    for (size_t i = k->end_count; rc == SHEAF_OK && i-- > 0;) {
        struct sheaf_error why = { 0 }, left_out = { 0 };
        struct top top = { 0 };
        struct end e;

        if (k->mend && is_leafless(k, i)) /* its tree is the one before */
            memcpy(k->ends[i].root, k->ends[i + 1].root, HASH_BYTES);
        e = k->ends[i];
        rc = k->mend ? mend_generation(k, &e, &left_out, err)
                     : take_generation(k, &e, err);
        if (rc == SHEAF_OK)
            rc = reader_next_top(k->r, &e, &k->base, &top, &why);
        if (rc == SHEAF_OK && k->mend)
            rc = mend_leaves(k, &top, err);
        else if (rc == SHEAF_ECORRUPT && k->mend && i != 0 && why.code == rc)
            rc = mend_lost_top(k, &e, &k->ends[i - 1], &top, err);
        else if (rc != SHEAF_OK && why.code == rc && err != NULL)
            *err = why;
        if (rc == SHEAF_OK && k->leaf != top.size)
            rc = fail_missing(&e, &left_out, err);
        if (rc == SHEAF_OK && i == 0)
            rc = rewrite_check_named(k, err);
        if (rc == SHEAF_OK && i == 0)
            rc = mend_check_strays(k, err);
        if (rc == SHEAF_OK)
            rc = k->mend ? mend_note(k, &top, i, err)
                         : check_note(k, &top, i, err);
        if (rc == SHEAF_OK && steps->generation != NULL)
            rc = steps->generation(k, &top, i == 0, err);
        k->note.len = 0;
        if (rc == SHEAF_OK && !buf_add(&k->note, top.note.data, top.note.len))
            rc = fail_nomem(err);
        top_free(&top);
    }
    return rc;
}

/* ---- Beginning ---------------------------------------------------------- */

int
rewrite_begin(struct rewrite *k, const struct sheaf_reader *r,
              struct sheaf_error *err)
{
    int rc = sheaf_scratch_new(&k->s, err);

    k->r = r;
    k->size = r->top.size;
    k->spool = (struct spool)SPOOL_INIT;
    if (rc != SHEAF_OK)
        return rc;
    if (!k->mend && r->lost_leaves != 0)
        return fail(err, SHEAF_EINCOMPLETE,
                    "its last leaves (%llu or more) are lost: repair or "
                    "recover it first",
                    (unsigned long long)r->lost_leaves);
    reader_claim(r, k->s);
    k->walk = (struct walk){ .source = r->source,
                             .step = WINDOW,
                             .end = r->file_size };
    return find_generations(k, err);
}

int
rewrite_writer(struct rewrite *k, struct sheaf_sink *sink,
               const struct sheaf_write_options *options, bool more,
               struct sheaf_error *err)
{
    const struct writer_setup setup = { .keeps_rows = more || k->end_count > 1,
                                        .joined = more };
    struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS };
    struct sheaf_sink own = *sink;
    char origin[NOTE_ORIGIN_MAX + 1] = { 0 };
    const struct sheaf_buf *name = &k->r->top.origin;
    int rc = options_take(&o, sizeof o, options, err);

    if (rc != SHEAF_OK)
        return rc;
    o.recipe = 0; /* unless the old archive has it */
    k->tmpdir = o.tmpdir;
    assert(name->len < sizeof origin);
    memcpy(origin, name->data, name->len);
    o.origin = origin;
    o.salted = o.unique = 0;
    /* Frames that are kept may be coded. */
    if (more && (k->r->end.must & HEAD_WORDS) == 0)
        o.plain = 1;
    sink->ops = NULL;
    return writer_make(own, &o, &setup, &k->w, err);
}
