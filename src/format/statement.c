/*
 * statement.c - redactions and key changes.
 */
#include "format/statement.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/json.h"
#include "log/note.h"

#define ORIGIN_MAX 255
/* Of a key change's part with Ed25519; the origin follows. */
#define SIGNED_SIZE (KEY_CHANGE_HEAD + 2 * 32)

static const uint8_t redaction_domain[16] = "sheaf/redact/v1";
static const uint8_t key_domain[16] = "sheaf/rekey/v1";
/* The algorithms and lengths of both keys and signatures. */
static const uint8_t ed25519[10] = { NOTE_ED25519, NOTE_ED25519, 0, 32, 0, 32,
                                     0, NOTE_SIG_BYTES, 0, NOTE_SIG_BYTES };

/* ---- Redactions ---------------------------------------------------------- */

bool
redaction_reason_ok(struct sheaf_bytes reason)
{
    const uint8_t *p = reason.data;

    if (reason.len == 0 || reason.len > REDACTION_REASON_MAX ||
        !utf8_valid(reason))
        return false;
    for (size_t i = 0; i < reason.len; i++) {
        /* U+0080 to U+009F are c2 80 to c2 9f. */
        if (p[i] < 0x20 || p[i] == 0x7f ||
            (p[i] == 0xc2 && i + 1 < reason.len && p[i + 1] < 0xa0))
            return false;
    }
    return true;
}

int
redaction_encode(const struct redaction *r, struct sheaf_buf *out,
                 uint8_t hash[32], struct sheaf_error *err)
{
    struct sheaf_buf part = { 0 };
    bool good;

    if (!redaction_reason_ok(r->reason))
        return fail(err, SHEAF_EINVAL,
                    "a reason is 1 to 1,024 bytes of UTF-8 without control "
                    "characters");
    good = buf_add(&part, redaction_domain, 16) &&
           buf_add_be(&part, r->leaf, 8) &&
           buf_add(&part, r->reason.data, r->reason.len) &&
           leaf_encode_statement(LEAF_REDACTION, r->rev, r->time, r->target,
                                 r->id_hash, buf_view(&part), out, hash);
    sheaf_buf_free(&part);
    return good ? SHEAF_OK : fail_nomem(err);
}

int
redaction_decode(const struct leaf_stored *leaf, uint64_t offset,
                 struct redaction *out, struct sheaf_error *err)
{
    struct cursor c = cursor_over(leaf->part.data, leaf->part.len);
    const uint8_t *domain = cursor_take(&c, 16);
    struct redaction r = { .rev = leaf->rev, .time = leaf->time };

    assert(leaf->type == LEAF_REDACTION);
    memcpy(r.target, leaf->prev, 32);
    memcpy(r.id_hash, leaf->id_hash, 32);
    r.leaf = cursor_u64(&c);
    r.reason.len = cursor_left(&c);
    r.reason.data = c.at;
    if (c.bad || memcmp(domain, redaction_domain, 16) != 0 ||
        !redaction_reason_ok(r.reason))
        return fail_corrupt(err, offset, "F6.7", "not a redaction");
    *out = r;
    return SHEAF_OK;
}

/* ---- Key changes --------------------------------------------------------- */

/* The bytes that both keys sign. */
static size_t
signed_bytes(const struct key_change *k, struct sheaf_bytes origin,
             uint8_t out[SIGNED_SIZE + ORIGIN_MAX])
{
    memcpy(out, key_domain, 16);
    memcpy(out + 16, ed25519, sizeof ed25519);
    memcpy(out + 26, k->new_id, 8);
    memcpy(out + KEY_CHANGE_HEAD, k->old_key, 32);
    memcpy(out + KEY_CHANGE_HEAD + 32, k->new_key, 32);
    if (origin.len != 0)
        memcpy(out + SIGNED_SIZE, origin.data, origin.len);
    return SIGNED_SIZE + origin.len;
}

int
key_change_make(const struct sheaf_secret_key *old_key,
                const struct sheaf_secret_key *new_key,
                struct sheaf_bytes origin, struct key_change *out,
                struct sheaf_error *err)
{
    uint8_t text[SIGNED_SIZE + ORIGIN_MAX];
    struct key_change k = { 0 };
    size_t len;

    if (origin.len == 0 || origin.len > ORIGIN_MAX)
        return fail(err, SHEAF_EINVAL, "a key change needs an origin");
    memcpy(k.old_key, old_key->key + 32, 32);
    memcpy(k.new_key, new_key->key + 32, 32);
    memcpy(k.new_id, new_key->id, 8);
    if (memcmp(k.old_key, k.new_key, 32) == 0)
        return fail(err, SHEAF_EINVAL, "the new key is the old one");
    len = signed_bytes(&k, origin, text);
    hash_sign(old_key->key, text, len, k.old_sig);
    hash_sign(new_key->key, text, len, k.new_sig);
    *out = k;
    return SHEAF_OK;
}

bool
key_change_part(const struct key_change *k, struct sheaf_buf *out)
{
    uint8_t text[SIGNED_SIZE + ORIGIN_MAX];
    struct sheaf_bytes none = { NULL, 0 };

    return buf_add(out, text, signed_bytes(k, none, text)) &&
           buf_add(out, k->old_sig, 64) && buf_add(out, k->new_sig, 64);
}

bool
key_change_encode(const struct key_change *k, struct sheaf_buf *out,
                  uint8_t hash[32])
{
    struct sheaf_buf part = { 0 };
    bool good = key_change_part(k, &part) &&
                leaf_encode_statement(LEAF_KEY_CHANGE, k->count, k->time,
                                      k->prev, NULL, buf_view(&part), out,
                                      hash);

    sheaf_buf_free(&part);
    return good;
}

size_t
key_change_length(struct sheaf_bytes bytes)
{
    struct cursor c = cursor_over(bytes.data, bytes.len);
    const uint8_t *domain = cursor_take(&c, 16);
    size_t len = KEY_CHANGE_HEAD;

    cursor_take(&c, 2);
    for (int i = 0; i < 4; i++)
        len += (size_t)cursor_be(&c, 2);
    return !c.bad && memcmp(domain, key_domain, 16) == 0 && len <= bytes.len
               ? len
               : 0;
}

/* Whether a part that has the form has Ed25519's lengths and numbers. */
static int
check_algorithms(struct sheaf_bytes part, uint64_t offset,
                 struct sheaf_error *err)
{
    const uint8_t *algorithms = part.data + 16;

    if (memcmp(algorithms, ed25519, sizeof ed25519) == 0)
        return SHEAF_OK;
    for (int i = 0; i < 2; i++) {
        if (algorithms[i] != NOTE_ED25519)
            return fail_clause(err, SHEAF_EUNSUPPORTED, offset, "F6.8",
                               "a key change with keys of algorithm %u; a "
                               "newer version of sheaf is needed to check "
                               "what was signed after it", algorithms[i]);
    }
    return fail_corrupt(err, offset, "F6.8", "not keys of Ed25519");
}

int
key_change_check(struct sheaf_bytes part, struct sheaf_bytes origin,
                 const uint8_t *before, uint64_t offset,
                 struct key_change *out, struct sheaf_error *err)
{
    struct cursor c = cursor_over(part.data, part.len);
    uint8_t text[SIGNED_SIZE + ORIGIN_MAX];
    struct key_change k = { 0 };
    size_t len = key_change_length(part);
    int rc;

    if (len == 0 || len != part.len || origin.len == 0 ||
        origin.len > ORIGIN_MAX)
        return fail_corrupt(err, offset, "F6.8", "not a key change");
    rc = check_algorithms(part, offset, err);
    if (rc == SHEAF_EUNSUPPORTED)
        *out = (struct key_change){ .unknown = true };
    if (rc != SHEAF_OK)
        return rc;
    cursor_take(&c, KEY_CHANGE_HEAD - 8);
    cursor_copy(&c, k.new_id, 8);
    cursor_copy(&c, k.old_key, 32);
    cursor_copy(&c, k.new_key, 32);
    cursor_copy(&c, k.old_sig, 64);
    cursor_copy(&c, k.new_sig, 64);
    if (memcmp(k.old_key, k.new_key, 32) == 0)
        return fail_corrupt(err, offset, "F6.8", "the new key is the old one");
    if (before != NULL && memcmp(k.old_key, before, 32) != 0)
        return fail_corrupt(
            err, offset, "F6.8",
            "the old key is not the new key of the change before");
    len = signed_bytes(&k, origin, text);
    if (!hash_signed(k.old_key, text, len, k.old_sig))
        return fail_corrupt(err, offset, "F6.8",
                            "the old key's signature is not valid");
    if (!hash_signed(k.new_key, text, len, k.new_sig))
        return fail_corrupt(err, offset, "F6.8",
                            "the new key's signature is not valid");
    *out = k;
    return SHEAF_OK;
}

int
key_change_decode(const struct leaf_stored *leaf, struct sheaf_bytes origin,
                  uint32_t count, const uint8_t *prev_hash,
                  const uint8_t *before, uint64_t offset,
                  struct key_change *out, struct sheaf_error *err)
{
    static const uint8_t none[32];
    int rc;

    assert(leaf->type == LEAF_KEY_CHANGE);
    if (leaf->rev != count ||
        memcmp(leaf->prev, prev_hash != NULL ? prev_hash : none, 32) != 0)
        return fail_corrupt(err, offset, "F6.8",
                            "key changes are out of order");
    rc = key_change_check(leaf->part, origin, before, offset, out, err);
    if (rc != SHEAF_OK && rc != SHEAF_EUNSUPPORTED)
        return rc;
    out->count = leaf->rev;
    out->time = leaf->time;
    memcpy(out->prev, leaf->prev, 32);
    return rc;
}

bool
key_change_follow(const struct key_change *k, struct sheaf_public_key *key)
{
    if (memcmp(key->key, k->old_key, 32) != 0)
        return false;
    memcpy(key->key, k->new_key, 32);
    memcpy(key->id, k->new_id, 8);
    return true;
}

int
key_listing_take(void *list, const struct key_change *change)
{
    struct key_listing *l = list;
    struct sheaf_public_key key = { .id = { 0 } };

    memcpy(key.key, change->old_key, sizeof key.key);
    if (!l->begun && l->listed(l->arg, &key) != 0)
        return 1;
    l->begun = true;
    memcpy(key.id, change->new_id, sizeof key.id);
    memcpy(key.key, change->new_key, sizeof key.key);
    return l->listed(l->arg, &key);
}

static bool
names_key(const struct note *note, const uint8_t key[32])
{
    uint8_t key_id[NOTE_KEY_ID_BYTES];

    note_key_id(note->checkpoint.origin, key, key_id);
    return memcmp(key_id, note->sigs[0].key_id, sizeof key_id) == 0;
}

void
key_chain_follow(struct key_chain *chain, const struct key_change *k)
{
    chain->unknown |= k->unknown;
    if (key_change_follow(k, &chain->key))
        chain->replaced |= names_key(chain->note, k->old_key);
}

int
key_chain_verify(const struct key_chain *chain, struct sheaf_error *err)
{
    if (chain->unknown)
        return fail(err, SHEAF_EUNSUPPORTED,
                    "the checkpoint was signed after a key change of an "
                    "algorithm that this version does not know");
    if (chain->replaced && !names_key(chain->note, chain->key.key))
        return fail_verify(
            err, NO_OFFSET, "F9.10",
            "the key that signed the checkpoint was replaced before");
    return note_verify(chain->note, chain->key.key, err);
}
