/*
 * Redactions and key changes against spec F6.7, F6.8 and F9.10: where each
 * field is, every changed byte, who may sign what, and the key that follows
 * from a trusted one. The key that belongs to a note is tested with notes that
 * note.c signs.
 */
#include "format/statement.h"

#include <stdlib.h>

#include <sodium.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "format/frame.h"
#include "base/hash.h"
#include "base/mem.h"
#include "tap.h"

#define AT UINT64_C(4242)
#define TIME INT64_C(1700000000000)
#define RECORD (LEAF_FIXED_SIZE + LEAF_PART_SIZE)

static struct sheaf_bytes
view(const char *text)
{
    struct sheaf_bytes b = { (const uint8_t *)text, strlen(text) };

    return b;
}

static void
make_key(uint8_t seed, struct sheaf_secret_key *secret,
         struct sheaf_public_key *pub)
{
    uint8_t bytes[32];

    memset(bytes, seed, sizeof bytes);
    if (crypto_sign_seed_keypair(pub->key, secret->key, bytes) != 0)
        abort();
    memset(secret->id, seed ^ 0x55, 8);
    memset(pub->id, seed ^ 0x55, 8);
}

/* The leaf in a LEF frame; its views are into the frame. */
static void
leaf_of(const struct sheaf_buf *frame, struct leaf_stored *out)
{
    struct sheaf_bytes body;

    if (frame_body(buf_view(frame), AT, FRAME_LEF, &body, NULL) != SHEAF_OK ||
        leaf_decode_stored(body, AT, out, NULL) != SHEAF_OK)
        abort();
}

/* ---- Redactions ---------------------------------------------------------- */

static struct redaction
some_redaction(const char *reason)
{
    struct redaction r = { .rev = 7, .leaf = 0x0102030405, .time = TIME,
                           .reason = view(reason) };

    memset(r.target, 0x11, 32);
    memset(r.id_hash, 0x22, 32);
    return r;
}

static void
test_redaction(void)
{
    struct redaction r = some_redaction("It named a child.");
    struct redaction back = { 0 };
    struct sheaf_buf frame = { 0 };
    struct sheaf_error err = { 0 };
    struct leaf_stored leaf;
    uint8_t hash[32];

    eq_int(redaction_encode(&r, &frame, hash, &err), SHEAF_OK, "is made");
    leaf_of(&frame, &leaf);
    ok(leaf.type == LEAF_REDACTION && leaf.rev == 7 && leaf.time == TIME &&
           memcmp(leaf.prev, r.target, 32) == 0 &&
           memcmp(leaf.id_hash, r.id_hash, 32) == 0,
       "its record names the article");
    eq_mem(leaf.hash, hash, 32, "with that leaf hash");
    ok(leaf.part.len == 24 + 17 &&
           memcmp(leaf.part.data, "sheaf/redact/v1\0\0\0\0\1\2\3\4\5"
                                  "It named a child.", 41) == 0,
       "every field of the part in its place");
    eq_int(redaction_decode(&leaf, AT, &back, &err), SHEAF_OK, "is read back");
    ok(back.rev == 7 && back.leaf == r.leaf && back.time == TIME &&
           memcmp(back.target, r.target, 32) == 0 &&
           memcmp(back.id_hash, r.id_hash, 32) == 0 &&
           bytes_equal(back.reason, r.reason) && err.code == 0,
       "as it was");
    for (size_t len = 0; len <= 24; len++) {
        struct leaf_stored cut = leaf;

        cut.part.len = len;
        err = (struct sheaf_error){ 0 };
        back.rev = 12345;
        ok(redaction_decode(&cut, AT, &back, &err) == SHEAF_ECORRUPT &&
               strcmp(err.clause, "F6.7") == 0 && err.offset == AT &&
               back.rev == 12345,
           "%zu bytes are too few", len);
    }
    for (size_t at = 0; at < 16; at++) {
        uint8_t part[41];
        struct leaf_stored bad = leaf;

        memcpy(part, leaf.part.data, sizeof part);
        part[at] ^= 1;
        bad.part.data = part;
        eq_int(redaction_decode(&bad, AT, &back, NULL), SHEAF_ECORRUPT,
               "another domain, byte %zu", at);
    }
    sheaf_buf_free(&frame);
}

static void
test_reasons(void)
{
    static const struct {
        const char *reason;
        bool good;
    } rows[] = {
        { "a", true }, { " ", true }, { "Gr\xc3\xbc\xc3\x9f" "e", true },
        { "\xc2\xa0", true }, { "\xe2\x80\xae rtl", true }, { "~", true },
        { "", false }, { "\x1f", false }, { "a\nb", false },
        { "\x7f", false }, { "\xc2\x80", false }, { "a\xc2\x9f", false },
        { "\xc2", false }, { "\xff", false }, { "\xc0\x80", false },
        { "\xed\xa0\x80", false }, { "\t", false },
    };
    char longest[REDACTION_REASON_MAX + 2];
    struct redaction r;
    struct sheaf_buf frame = { 0 };
    uint8_t hash[32];

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sheaf_error err = { 0 };

        r = some_redaction(rows[i].reason);
        frame.len = 0;
        eq_int(redaction_reason_ok(r.reason), rows[i].good, "reason %zu", i);
        eq_int(redaction_encode(&r, &frame, hash, &err),
               rows[i].good ? SHEAF_OK : SHEAF_EINVAL, "is made or not");
    }
    r.reason = (struct sheaf_bytes){ (const uint8_t *)"a\0b", 3 };
    ok(!redaction_reason_ok(r.reason), "no zero within");
    memset(longest, 'x', sizeof longest);
    longest[REDACTION_REASON_MAX] = '\0';
    ok(redaction_reason_ok(view(longest)), "1,024 bytes");
    longest[REDACTION_REASON_MAX] = 'x';
    longest[REDACTION_REASON_MAX + 1] = '\0';
    ok(!redaction_reason_ok(view(longest)), "1,025 bytes");
    sheaf_buf_free(&frame);
}

/* ---- Key changes --------------------------------------------------------- */

static void
test_key_change(void)
{
    struct sheaf_secret_key old_secret, new_secret;
    struct sheaf_public_key old_key, new_key;
    struct sheaf_buf frame = { 0 };
    struct sheaf_buf part = { 0 };
    struct sheaf_error err = { 0 };
    struct key_change k, back;
    struct leaf_stored leaf;
    uint8_t text[98 + 14];
    uint8_t hash[32];
    size_t kept = 0;

    make_key(1, &old_secret, &old_key);
    make_key(2, &new_secret, &new_key);
    eq_int(key_change_make(&old_secret, &new_secret, view("news.example/a"),
                           &k, &err), SHEAF_OK, "is made");
    ok(k.count == 0 && memcmp(k.old_key, old_key.key, 32) == 0 &&
           memcmp(k.new_key, new_key.key, 32) == 0 &&
           memcmp(k.new_id, new_key.id, 8) == 0,
       "of these keys");
    k.count = 1;
    k.time = TIME;
    ok(key_change_part(&k, &part) && part.len == 226 &&
           memcmp(part.data, "sheaf/rekey/v1\0", 16) == 0 &&
           memcmp(part.data + 16, "\1\1\0\x20\0\x20\0\x40\0\x40", 10) == 0 &&
           memcmp(part.data + 26, new_key.id, 8) == 0 &&
           memcmp(part.data + 34, old_key.key, 32) == 0 &&
           memcmp(part.data + 66, new_key.key, 32) == 0 &&
           memcmp(part.data + 98, k.old_sig, 64) == 0 &&
           memcmp(part.data + 162, k.new_sig, 64) == 0,
       "every field in its place");
    memcpy(text, part.data, 98);
    memcpy(text + 98, "news.example/a", 14);
    ok(crypto_sign_verify_detached(k.old_sig, text, sizeof text,
                                   old_key.key) == 0 &&
           crypto_sign_verify_detached(k.new_sig, text, sizeof text,
                                       new_key.key) == 0,
       "both sign 98 bytes and the origin");
    ok(key_change_encode(&k, &frame, hash), "its frame");
    leaf_of(&frame, &leaf);
    ok(leaf.type == LEAF_KEY_CHANGE && leaf.rev == 1 && leaf.time == TIME &&
           bytes_equal(leaf.part, buf_view(&part)),
       "holds the part");
    eq_mem(leaf.hash, hash, 32, "and has that leaf hash");
    eq_int(key_change_decode(&leaf, view("news.example/a"), 1, NULL, NULL, AT,
                             &back, &err), SHEAF_OK, "is read back");
    eq_mem(&back, &k, sizeof k, "as it was");
    eq_int(err.code, 0, "no error on success");

    eq_int(key_change_decode(&leaf, view("news.example/b"), 1, NULL, NULL, AT,
                             &back, &err), SHEAF_ECORRUPT, "another origin");
    eq_str(err.clause, "F6.8", "F6.8");
    ok(err.offset == AT, "says where");
    eq_int(key_change_decode(&leaf, view("news.example/a"), 2, NULL, NULL, AT,
                             &back, NULL), SHEAF_ECORRUPT, "another count");
    eq_int(key_change_decode(&leaf, view("news.example/a"), 1, hash, NULL, AT,
                             &back, NULL), SHEAF_ECORRUPT,
           "another one before it");
    eq_int(key_change_decode(&leaf, view("news.example/a"), 1, NULL,
                             new_key.key, AT, &back, NULL), SHEAF_ECORRUPT,
           "another key before it");
    eq_int(key_change_decode(&leaf, view("news.example/a"), 1, NULL,
                             old_key.key, AT, &back, NULL), SHEAF_OK,
           "that key before it");
    eq_int(key_change_check(buf_view(&part), view(""), NULL, AT, &back, NULL),
           SHEAF_ECORRUPT, "no origin");

    for (size_t len = 0; len < part.len; len++)
        kept += key_change_check((struct sheaf_bytes){ part.data, len },
                                 view("news.example/a"), NULL, AT, &back,
                                 NULL) == SHEAF_OK;
    eq_int(kept, 0, "no part cut off");
    for (size_t i = 0; i < 8 * part.len; i++) {
        part.data[i / 8] ^= (uint8_t)(1u << i % 8);
        kept += key_change_check(buf_view(&part), view("news.example/a"), NULL,
                                 AT, &back, NULL) == SHEAF_OK;
        part.data[i / 8] ^= (uint8_t)(1u << i % 8);
    }
    eq_int(kept, 0, "no bit changed");

    /* Other algorithms are not judged, as long as the lengths are right. */
    part.data[17] = 6;
    eq_int(key_change_check(buf_view(&part), view("news.example/a"), NULL, AT,
                            &back, &err), SHEAF_EUNSUPPORTED,
           "an algorithm that is not known");
    ok(back.unknown && strstr(err.message, "algorithm 6") != NULL,
       "is said to be so");
    part.data[19]++;
    eq_int(key_change_check(buf_view(&part), view("news.example/a"), NULL, AT,
                            &back, NULL), SHEAF_ECORRUPT,
           "of another length than it states");
    part.data[21]--;
    eq_int(key_change_check(buf_view(&part), view("news.example/a"), NULL, AT,
                            &back, NULL), SHEAF_EUNSUPPORTED,
           "the sum of the lengths is right again");
    part.data[17] = 1;
    eq_int(key_change_check(buf_view(&part), view("news.example/a"), NULL, AT,
                            &back, NULL), SHEAF_ECORRUPT,
           "but these are not Ed25519's");
    part.data[19]--;
    part.data[21]++;
    eq_int(key_change_make(&old_secret, &old_secret, view("a"), &back, &err),
           SHEAF_EINVAL, "not to the same key");
    eq_int(key_change_make(&old_secret, &new_secret, view(""), &back, &err),
           SHEAF_EINVAL, "not without an origin");
    sheaf_buf_free(&frame);
    sheaf_buf_free(&part);
}

/* S + L is the same signature to who does not look; and a key whose
 * signatures anybody can make is of small order (F1.1). */
static void
test_lax_signatures(void)
{
    static const uint8_t order[32] = {
        0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7,
        0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10
    };
    struct sheaf_secret_key secret;
    struct sheaf_public_key pub;
    uint8_t small[32] = { 1 };
    uint8_t sig[64];
    unsigned carry = 0;

    make_key(3, &secret, &pub);
    hash_sign(secret.key, "text", 4, sig);
    ok(hash_signed(pub.key, "text", 4, sig), "a signature");
    ok(!hash_signed(pub.key, "texts", 5, sig), "of this text");
    for (size_t i = 0; i < 32; i++) {
        carry += (unsigned)sig[32 + i] + order[i];
        sig[32 + i] = (uint8_t)carry;
        carry >>= 8;
    }
    ok(!hash_signed(pub.key, "text", 4, sig), "not with S + L");
    memset(sig, 0, sizeof sig);
    sig[0] = 1;
    ok(!hash_signed(small, "text", 4, sig), "not by a key of small order");
}

/* ---- Who signed a note --------------------------------------------------- */

#define KEYS 4

static struct sheaf_secret_key secrets[KEYS];
static struct sheaf_public_key keys[KEYS];

/* From the trusted key through these changes ("AB" is from A to B) to who
 * signed: the clause, "" if it holds, and the key that is then in force. */
static void
check_chain(char trusted, const char *changes, char signer,
            const char *clause, char in_force)
{
    struct checkpoint c = { .origin = "news.example/a", .size = 10 };
    struct sheaf_buf bytes = { 0 };
    struct sheaf_error err = { 0 };
    struct note note;
    struct key_chain chain = { .key = keys[trusted - 'A'], .note = &note };
    int rc;

    if (note_sign(&c, secrets[signer - 'A'].key, &bytes, NULL) != SHEAF_OK ||
        note_parse(buf_view(&bytes), &note, NULL) != SHEAF_OK)
        abort();
    for (const char *p = changes; *p != '\0'; p += 2) {
        struct key_change k;

        if (key_change_make(&secrets[p[0] - 'A'], &secrets[p[1] - 'A'],
                            view(c.origin), &k, NULL) != SHEAF_OK)
            abort();
        key_chain_follow(&chain, &k);
    }
    rc = key_chain_verify(&chain, &err);
    eq_int(rc, clause[0] == '\0' ? SHEAF_OK : SHEAF_EVERIFY,
           "trusting %c, changes \"%s\", signed by %c", trusted, changes,
           signer);
    eq_str(err.clause, clause, "clause");
    ok(memcmp(&chain.key, &keys[in_force - 'A'], sizeof chain.key) == 0,
       "then %c is in force", in_force);
    sheaf_buf_free(&bytes);
}

static void
test_chains(void)
{
    for (uint8_t i = 0; i < KEYS; i++)
        make_key((uint8_t)(10 + i), &secrets[i], &keys[i]);
    check_chain('A', "", 'A', "", 'A');
    check_chain('A', "", 'B', "F9.7", 'A');
    check_chain('A', "AB", 'B', "", 'B');
    check_chain('A', "AB", 'A', "F9.10", 'B');
    check_chain('A', "AB", 'C', "F9.7", 'B');
    check_chain('B', "AB", 'B', "", 'B');
    check_chain('B', "AB", 'A', "F9.7", 'B');
    check_chain('A', "ABBC", 'C', "", 'C');
    check_chain('A', "ABBC", 'B', "F9.10", 'C');
    check_chain('A', "ABBC", 'A', "F9.10", 'C');
    check_chain('B', "ABBC", 'C', "", 'C');
    check_chain('B', "ABBC", 'A', "F9.7", 'C');
    check_chain('D', "ABBC", 'C', "F9.7", 'D');
    check_chain('D', "ABBC", 'D', "", 'D');
    /* Back to a key that was given up: it is in force again. */
    check_chain('A', "ABBA", 'A', "", 'A');
    check_chain('A', "ABBA", 'B', "F9.10", 'A');
}

static void
test_faults(void)
{
    struct redaction r = some_redaction("Why not.");
    struct sheaf_buf frame = { 0 };
    struct key_change k;
    uint8_t hash[32];
    long live = mem_live();
    long n;

    if (key_change_make(&secrets[0], &secrets[1], view("a"), &k, NULL) !=
        SHEAF_OK)
        abort();
    for (n = 0; n < 20; n++) {
        int rc;

        mem_fail_after(n);
        rc = redaction_encode(&r, &frame, hash, NULL);
        mem_fail_after(-1);
        sheaf_buf_free(&frame);
        if (rc == SHEAF_OK)
            break;
        ok(rc == SHEAF_ENOMEM && mem_live() == live, "allocation %ld fails",
           n);
    }
    ok(n >= 2, "%ld can", n);
    for (n = 0; n < 20; n++) {
        bool good;

        mem_fail_after(n);
        good = key_change_encode(&k, &frame, hash);
        mem_fail_after(-1);
        sheaf_buf_free(&frame);
        if (good)
            break;
        ok(mem_live() == live, "allocation %ld fails", n);
    }
    ok(n >= 2, "%ld can", n);
}

int
main(void)
{
    if (hash_start(NULL) != SHEAF_OK)
        abort();
    test_redaction();
    test_reasons();
    test_key_change();
    test_lax_signatures();
    test_chains();
    test_faults();
    eq_int(mem_live(), 0, "all given back");
    return tap_done();
}
