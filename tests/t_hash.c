/*
 * SHA-256 and BLAKE2b against known values and against libsodium, for each
 * length around a block. t_hash_sodium.c runs the same without libcrypto.
 */
#include <sodium.h>
#include <string.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/hex.h"
#include "tap.h"

#define LONGEST 1000

static bool
is(const uint8_t hash[HASH_BYTES], const char *hex)
{
    char text[2 * HASH_BYTES + 1] = "";

    hex_print(hash, HASH_BYTES, text);
    return memcmp(text, hex, 2 * HASH_BYTES) == 0;
}

/* FIPS 180-4's examples, and a million times "a". */
static void
test_known(void)
{
    static const char two[] =
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    static char many[1000000];
    uint8_t hash[HASH_BYTES];

    hash_sha256("", 0, hash);
    ok(is(hash, "e3b0c44298fc1c149afbf4c8996fb924"
                "27ae41e4649b934ca495991b7852b855"),
       "SHA-256 of nothing");
    hash_sha256("abc", 3, hash);
    ok(is(hash, "ba7816bf8f01cfea414140de5dae2223"
                "b00361a396177a9cb410ff61f20015ad"),
       "SHA-256 of abc");
    hash_sha256(two, sizeof two - 1, hash);
    ok(is(hash, "248d6a61d20638b8e5c026930c3e6039"
                "a33ce45964ff2167f6ecedd419db06c1"),
       "SHA-256 of two blocks");
    memset(many, 'a', sizeof many);
    hash_sha256(many, sizeof many, hash);
    ok(is(hash, "cdc76e5c9914fb9281a1c7e284d73e67"
                "f1809a48a497200e046d39ccc7112cd0"),
       "SHA-256 of a million");
    /* RFC 9162's tree of no leaf is SHA-256 of nothing; this is that of one
     * empty leaf. */
    hash_leaf("", 0, hash);
    ok(is(hash, "6e340b9cffb37a989ca544e6bb780a2c"
                "78901d3fb33738768511a30617afa01d"),
       "the hash of an empty leaf");
    hash_blake2b("abc", 3, hash);
    ok(is(hash, "bddd813c634239723171ef3fee98579b"
                "94964e3bb1cb3e427262c8c068d52319"),
       "BLAKE2b-256 of abc");
}

/* The vectors of SipHash's authors: key 00 01 to 0f, messages 00 01 and so
 * on. */
static void
test_inner(void)
{
    uint8_t key[HASH_INNER_KEY_BYTES], hash[HASH_INNER_BYTES];
    char text[2 * HASH_INNER_BYTES + 1] = "";

    for (unsigned i = 0; i < sizeof key; i++)
        key[i] = (uint8_t)i;
    hash_inner(key, key, 0, hash);
    hex_print(hash, sizeof hash, text);
    eq_str(text, "a3817f04ba25a8e66df67214c7550293", "SipHash of nothing");
    hash_inner(key, key, 15, hash);
    hex_print(hash, sizeof hash, text);
    eq_str(text, "5493e99933b0a8117e08ec0f97cfc3d9", "and of 15 bytes");
}

static void
test_lengths(void)
{
    uint8_t data[1 + LONGEST], left[HASH_BYTES], right[HASH_BYTES];
    uint8_t got[HASH_BYTES], want[HASH_BYTES], both[1 + 2 * HASH_BYTES];
    unsigned plain = 0, leaves = 0, nodes = 0;

    data[0] = 0;
    for (unsigned i = 0; i < LONGEST; i++)
        data[1 + i] = (uint8_t)(i * i * 7 + i / 3);
    for (size_t len = 0; len <= LONGEST; len++) {
        (void)crypto_hash_sha256(want, data + 1, len);
        hash_sha256(data + 1, len, got);
        plain += memcmp(got, want, sizeof got) == 0;
        (void)crypto_hash_sha256(want, data, len + 1);
        hash_leaf(data + 1, len, got);
        leaves += memcmp(got, want, sizeof got) == 0;
    }
    eq_int(plain, LONGEST + 1, "each length is as with libsodium");
    eq_int(leaves, LONGEST + 1, "and each leaf");
    both[0] = 1;
    for (size_t i = 0; i < 100; i++) {
        memcpy(left, data + i, sizeof left);
        memcpy(right, data + 3 * i, sizeof right);
        memcpy(both + 1, left, sizeof left);
        memcpy(both + 1 + HASH_BYTES, right, sizeof right);
        (void)crypto_hash_sha256(want, both, sizeof both);
        hash_node(left, right, left);
        nodes += memcmp(left, want, sizeof want) == 0;
    }
    eq_int(nodes, 100, "and each node, also in place of a child");
}

int
main(void)
{
    struct sheaf_error err;

    eq_int(hash_start(&err), SHEAF_OK, "starts");
    eq_int(sodium_init(), 1, "libsodium has been started");
    test_known();
    test_inner();
    test_lengths();
    return tap_done();
}
