/*
 * merge_article.c - what becomes of an article of an archive that is merged:
 * it stays the leaf that it was, becomes another revision, or is there already
 * (format.md F6.3).
 */
#include "write/merge.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"

/* ---- What an article says ----------------------------------------------- */

/* The commitment to part `i`, without the salt that one article has and another
 * has not. `at` is where the part begins behind the line. */
static int
commit_part(struct rewrite *k, bool large, size_t i, uint64_t at,
            uint8_t out[32], struct sheaf_error *err)
{
    const struct article *a = &k->article;
    struct commitment c;
    struct sheaf_source rest;
    int rc;

    if (!a->salted) {
        struct leaf_commitment had = leaf_commitment(a->leaf.record,
                                                     (unsigned)i + 1);

        memcpy(out, had.hash, 32);
        return SHEAF_OK;
    }
    if (!large) {
        commitment_of(NULL, a->parts[i].data, out);
        return SHEAF_OK;
    }
    rest = rewrite_rest(k);
    commitment_begin(&c, NULL);
    rc = commitment_add_source(&c, &rest, at, a->parts[i].size, NULL, err);
    commitment_end(&c, out);
    return rc;
}

/* Hashes everything that counts when two articles are compared: not `source`,
 * the revision and the salt. */
static int
hash_content(struct sheaf_merge *m, struct rewrite *k, bool large,
             uint8_t out[32], struct sheaf_error *err)
{
    static const char *const aside[] = { "source", "rev", "prev", "salt",
                                         NULL };
    const struct article *a = &k->article;
    struct hash_blake h;
    uint64_t at = 0;
    int rc = SHEAF_OK;

    if (!article_members(a->line, aside, &m->fields))
        return fail_nomem(err);
    hash_blake_start(&h);
    hash_blake_add(&h, m->fields.data, m->fields.len);
    for (size_t i = 0; rc == SHEAF_OK && i < a->part_count; i++) {
        uint8_t commitment[32];

        rc = commit_part(k, large, i, at, commitment, err);
        if (rc == SHEAF_OK)
            hash_blake_add(&h, commitment, 32);
        at += a->parts[i].size;
    }
    hash_blake_end(&h, out);
    return rc;
}

/* ---- Deciding ----------------------------------------------------------- */

static bool
is_among(struct sheaf_bytes hashes, const uint8_t hash[32])
{
    for (size_t at = 0; at < hashes.len; at += 32)
        if (memcmp(hashes.data + at, hash, 32) == 0)
            return true;
    return false;
}

/* Whether the article need not be added again, as `e` says the same: an input
 * before has it, and so all revisions that this input has before it; or, if the
 * inputs are pieces of one, it is the newest revision of its ID. */
static int
is_there(struct sheaf_merge *m, const struct article *a,
         const struct idset_entry *e, struct merge_place *out, bool *same,
         struct sheaf_error *err)
{
    struct idset_entry newest;
    int rc = merge_newest(m, leaf_id_hash(a->leaf.record), &newest, err);

    if (rc != SHEAF_OK)
        return rc;
    out->older = memcmp(newest.leaf_hash, e->leaf_hash, 32) != 0;
    *same = m->options.shards != 0
                ? !out->older
                : e->rev != (uint32_t)m->added + 1 &&
                      get_be(newest.content, 8) < m->first_leaf;
    return SHEAF_OK;
}

/* Counts an article that is left out, but is the newest of its input, and not
 * of the new archive. */
static int
count_older(struct sheaf_merge *m, struct rewrite *k,
            const struct merge_place *p, uint64_t old, struct sheaf_error *err)
{
    int newest = 0;
    int rc = p->older ? sheaf_is_newest(k->r, k->s, k->article.id, old,
                                        &newest, err)
                      : SHEAF_OK;

    m->result.older += newest != 0;
    return rc;
}

int
merge_decide(struct sheaf_merge *m, struct rewrite *k, bool large,
             struct sheaf_bytes before, struct merge_place *out,
             struct sheaf_error *err)
{
    const struct article *a = &k->article;
    const uint8_t *prev = leaf_prev(a->leaf.record);
    uint32_t rev = (uint32_t)a->meta.rev;
    struct idset_entry e;
    bool gone = false, same = false;
    int rc = merge_gone_ask(m, a, &gone, err);

    *out = (struct merge_place){ .fate = gone ? MERGE_REMOVED : MERGE_KEPT,
                                 .rev = rev,
                                 .leaf = MERGE_NOWHERE };
    if (rc != SHEAF_OK || gone)
        return rc;
    rc = hash_content(m, k, large, out->content, err);
    if (rc == SHEAF_OK)
        rc = merge_seen_content(m, out->content, &e, err);
    if (rc == SHEAF_OK)
        rc = is_there(m, a, &e, out, &same, err);
    if (rc == SHEAF_OK && same) {
        out->fate = MERGE_SAME;
        if (memcmp(e.leaf_hash, a->leaf_hash, 32) == 0)
            out->leaf = get_be(e.content, 8);
        return SHEAF_OK;
    }
    if (rc == SHEAF_OK || rc == SHEAF_ENOTFOUND)
        rc = merge_newest(m, leaf_id_hash(a->leaf.record), &e, err);
    traits_take(a->line, out->traits);
    if (rc != SHEAF_OK || is_among(before, prev))
        return rc;
    if (rev != e.rev + 1 || memcmp(prev, e.leaf_hash, 32) != 0) {
        out->fate = MERGE_REVISED;
        out->rev = e.rev + 1;
        out->unlike = e.rev != 0 &&
                      traits_unlike(a->id, e.content + MERGE_TRAITS,
                                    out->traits);
        memcpy(out->prev, e.leaf_hash, 32);
    }
    return SHEAF_OK;
}

bool
merge_wants(struct sheaf_merge *m, uint64_t leaf)
{
    const struct sheaf_entry *at = m->picked;

    if (at == NULL)
        return true;
    while (at < m->picked_end && at->leaf < leaf)
        at++;
    return at < m->picked_end && at->leaf == leaf;
}

/* ---- Adding ------------------------------------------------------------- */

/* Makes the line of the next revision, and its line feed, in m->content. */
static int
make_line(struct sheaf_merge *m, const struct article *a,
          const struct merge_place *p, struct sheaf_error *err)
{
    int rc;

    m->content.len = 0;
    if (p->rev == 0)
        return fail_limit(err, NO_OFFSET, "F4.5", "too many revisions");
    if (!article_fields(a->line, &m->fields))
        return fail_nomem(err);
    rc = meta_compose(buf_view(&m->fields), p->rev,
                      p->rev > 1 ? p->prev : NULL, a->meta.parts, &m->content,
                      err);
    return rc != SHEAF_OK || buf_add(&m->content, "\n", 1) ? rc
                                                           : fail_nomem(err);
}

static int
remember(struct sheaf_merge *m, const struct article *a,
         const struct merge_place *p, struct sheaf_error *err)
{
    int rc = merge_remember(m, leaf_id_hash(a->leaf.record), p->rev,
                            a->leaf_hash, p->traits, err);

    if (rc == SHEAF_OK)
        rc = merge_remember_content(m, p->content, a->leaf_hash, err);
    m->result.revised += p->fate == MERGE_REVISED;
    m->result.written.revisions += p->rev > 1;
    m->result.written.unlike += p->unlike;
    return rc;
}

/* Makes the article as it will be, in m->made. */
static int
revise(struct sheaf_merge *m, const struct article *a,
       const struct merge_place *p, struct sheaf_bytes one,
       struct sheaf_error *err)
{
    size_t line = a->line.len + 1;
    int rc = make_line(m, a, p, err);

    if (rc == SHEAF_OK &&
        !buf_add(&m->content, one.data + line, one.len - line))
        rc = fail_nomem(err);
    return rc == SHEAF_OK ? article_decode(&m->made, buf_view(&m->content),
                                           NO_OFFSET, err)
                          : rc;
}

/* The same for a large one, whose parts stay where they are. */
static int
revise_large(struct sheaf_merge *m, const struct article *a,
             const struct merge_place *p, struct sheaf_error *err)
{
    int rc = make_line(m, a, p, err);
    struct sheaf_bytes line;

    if (rc != SHEAF_OK)
        return rc;
    line = sheaf_view(m->content.data, m->content.len - 1);
    rc = article_from_line(&m->made, line, a->size - a->line.len + line.len,
                           NO_OFFSET, err);
    for (size_t i = 0; rc == SHEAF_OK && i < a->part_count; i++) {
        struct leaf_commitment had = leaf_commitment(a->leaf.record,
                                                     (unsigned)i + 1);

        article_commit_part(&m->made, i, had.hash);
    }
    return rc;
}

/* An article of which nothing is added but, at most, its record. */
static int
pass_over(struct sheaf_merge *m, struct rewrite *k,
          const struct merge_place *p, uint64_t old, struct sheaf_error *err)
{
    const struct article *a = &k->article;
    int rc;

    if (p->fate == MERGE_SAME) {
        m->result.same++;
        rc = count_older(m, k, p, old, err);
        return rc == SHEAF_OK
                   ? merge_old_leaf(m, k, old, a->leaf_hash, p->leaf, err)
                   : rc;
    }
    return merge_gone_take(m, k, old, sheaf_view(a->leaf.record, a->leaf.len),
                           p->rev, a->leaf_hash, err);
}

static int
trace(struct sheaf_merge *m, struct rewrite *k, const struct merge_place *p,
      uint64_t old, struct sheaf_error *err)
{
    uint64_t leaf = p->fate == MERGE_KEPT ? encode_next_leaf(m->w->encoder)
                                          : MERGE_NOWHERE;

    return merge_old_leaf(m, k, old, k->article.leaf_hash, leaf, err);
}

int
merge_add_article(struct sheaf_merge *m, struct rewrite *k,
                  const struct merge_place *p, uint64_t old,
                  struct sheaf_bytes one, struct sheaf_bytes frame,
                  bool joined, struct sheaf_error *err)
{
    const struct article *a = &k->article;
    int rc;

    if (p->fate == MERGE_SAME || p->fate == MERGE_REMOVED)
        return pass_over(m, k, p, old, err);
    rc = trace(m, k, p, old, err);
    if (rc == SHEAF_OK && p->fate == MERGE_REVISED) {
        rc = revise(m, a, p, one, err);
        a = &m->made;
        one = buf_view(&m->content);
    }
    if (rc == SHEAF_OK)
        rc = remember(m, a, p, err);
    return rc == SHEAF_OK
               ? writer_import_article(m->w, a, one, frame, joined, err)
               : rc;
}

int
merge_add_large(struct sheaf_merge *m, struct rewrite *k,
                const struct merge_place *p, struct sheaf_error *err)
{
    const struct article *a = &k->article;
    int rc;

    if (p->fate == MERGE_SAME || p->fate == MERGE_REMOVED)
        return pass_over(m, k, p, k->leaf, err);
    rc = trace(m, k, p, k->leaf, err);
    if (rc == SHEAF_OK && p->fate == MERGE_REVISED) {
        rc = revise_large(m, a, p, err);
        a = &m->made;
    }
    if (rc == SHEAF_OK)
        rc = remember(m, a, p, err);
    return rc == SHEAF_OK ? writer_import_large(m->w, a, rewrite_rest(k), err)
                          : rc;
}
