/*
 * verify_removed.c - removed articles, redactions and key changes (F6).
 */
#include "check/verify.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "format/ledger.h"

static int
add_removed(struct verify *v, const struct leaf_stored *leaf, uint64_t offset,
            struct sheaf_error *err)
{
    struct removed *r;

    if (v->removed.count == v->removed.room) {
        size_t room = v->removed.room * 2 + 64;

        r = mem_resize(v->removed.list, room, sizeof *r);
        if (r == NULL)
            return fail_nomem(err);
        v->removed.list = r;
        v->removed.room = room;
    }
    r = &v->removed.list[v->removed.count++];
    r->leaf = v->ledger.top.size;
    r->offset = offset;
    r->rev = leaf->rev;
    r->named = false;
    memcpy(r->hash, leaf->hash, 32);
    memcpy(r->id_hash, leaf->id_hash, 32);
    return SHEAF_OK;
}

int
verify_take_removed(struct verify *v, const struct leaf_stored *leaf,
                    const uint8_t *frame, uint64_t length,
                    struct sheaf_error *err)
{
    int rc = verify_room(v, true, v->walk.at, err);

    if (rc == SHEAF_OK)
        rc = verify_revision(v, leaf->id_hash, leaf->rev, leaf->prev,
                             leaf->hash, v->walk.at, err);
    if (rc == SHEAF_OK)
        rc = add_removed(v, leaf, v->walk.at, err);
    if (rc != SHEAF_OK)
        return rc;
    verify_open_group(v, v->walk.at);
    group_bytes(&v->group, frame, (size_t)length);
    verify_sum_map_row(v, false, leaf->id_hash, v->walk.at, length);
    if (!group_add_removed(&v->group, length))
        return fail_nomem(err);
    ledger_leaf(&v->ledger, leaf->hash);
    v->ledger.top.articles++;
    return SHEAF_OK;
}

static struct removed *
find_removed(struct verify *v, uint64_t leaf)
{
    size_t lo = 0;
    size_t hi = v->removed.count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (v->removed.list[mid].leaf < leaf)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < v->removed.count && v->removed.list[lo].leaf == leaf
               ? &v->removed.list[lo]
               : NULL;
}

int
verify_take_redaction(struct verify *v, const struct leaf_stored *leaf,
                      uint64_t length, struct sheaf_error *err)
{
    struct redaction red;
    struct removed *r;
    int rc = verify_room(v, false, v->walk.at, err);

    if (rc == SHEAF_OK)
        rc = redaction_decode(leaf, v->walk.at, &red, err);
    if (rc != SHEAF_OK)
        return rc;
    r = find_removed(v, red.leaf);
    if (r == NULL || r->rev != red.rev ||
        memcmp(r->hash, red.target, 32) != 0 ||
        memcmp(r->id_hash, red.id_hash, 32) != 0)
        return fail_corrupt(err, v->walk.at, "F6.7",
                            "the redaction does not name a removed article");
    if (r->named)
        return fail_corrupt(err, v->walk.at, "F6.7",
                            "another redaction names this article");
    r->named = true;
    r->named_by = v->ledger.top.size;
    verify_sum_map_row(v, true, leaf->id_hash, v->walk.at, length);
    ledger_leaf(&v->ledger, leaf->hash);
    v->ledger.top.redactions++;
    return SHEAF_OK;
}

/* F6.6, after the whole file has been read. */
int
verify_removed(const struct verify *v, struct sheaf_error *err)
{
    for (size_t i = 0; i < v->removed.count; i++) {
        if (!v->removed.list[i].named)
            return fail_clause(err, SHEAF_EMISSING, v->removed.list[i].offset,
                               "F6.6",
                               "the article of leaf %llu is missing: "
                               "no redaction names it",
                               (unsigned long long)v->removed.list[i].leaf);
    }
    return SHEAF_OK;
}

int
verify_take_key_change(struct verify *v, const struct leaf_stored *leaf,
                       struct sheaf_error *err)
{
    struct ledger *s = &v->ledger;
    uint32_t count = s->top.key_count;
    struct sheaf_error why = { 0 };
    struct key_change *changes;
    int rc = verify_room(v, false, v->walk.at, err);

    if (rc != SHEAF_OK)
        return rc;
    changes = mem_resize(v->changes, count + 1, sizeof *changes);
    if (changes == NULL)
        return fail_nomem(err);
    v->changes = changes;
    /* The origin is the same in all generations, but in the first it is not
     * known before its top. */
    rc = key_change_decode(leaf, buf_view(&v->r->top.origin), count + 1,
                           count != 0 ? s->key_hash : NULL,
                           ledger_signer(s), v->walk.at, &changes[count], &why);
    if (rc == SHEAF_EUNSUPPORTED) {
        v->unknown++;
        rc = SHEAF_OK;
    } else if (rc != SHEAF_OK && err != NULL) {
        *err = why;
    }
    if (rc == SHEAF_OK)
        rc = ledger_take_key_change(s, v->walk.at, &changes[count],
                                    leaf_body(leaf), leaf->hash, err);
    return rc;
}
