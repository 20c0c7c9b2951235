/*
 * SHA-256 by the processor's instructions: as libsodium has it, for every
 * length, and split into head and data at every place.
 */
#include "sha256.h"

#include <sodium.h>
#include <stdio.h>

#include "hash.h"
#include "tap.h"

static uint8_t data[4096];

/* Lengths at which the two agree, up to the first at which they don't. */
static size_t
agree_up_to(size_t end)
{
    for (size_t len = 0; len <= end; len++) {
        uint8_t want[32], got[32];

        (void)crypto_hash_sha256(want, data, len);
        sha256_of(NULL, 0, data, len, got);
        if (memcmp(want, got, 32) != 0)
            return len;
    }
    return end;
}

static size_t
agree_split(size_t len)
{
    uint8_t want[32], got[32];

    (void)crypto_hash_sha256(want, data, len);
    for (size_t head = 0; head <= len && head <= 64; head++) {
        sha256_of(data, head, data + head, len - head, got);
        if (memcmp(want, got, 32) != 0)
            return head;
    }
    return SIZE_MAX;
}

int
main(void)
{
    static const uint8_t abc[32] = {
        0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
        0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
        0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad
    };
    uint8_t out[32], both[65], node[32];
    size_t bad = 0;

    if (sodium_init() < 0)
        return 1;
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (uint8_t)(i * 167 + (i >> 3));

    /* By whichever way this machine goes. */
    hash_sha256("abc", 3, out);
    eq_mem(out, abc, 32, "SHA-256 of abc");
    both[0] = 1;
    memcpy(both + 1, data, 64);
    (void)crypto_hash_sha256(out, both, sizeof both);
    hash_node(data, data + 32, node);
    eq_mem(node, out, 32, "a node is SHA-256 of 1 and both");
    both[0] = 0;
    (void)crypto_hash_sha256(out, both, sizeof both);
    hash_leaf(data, 64, node);
    eq_mem(node, out, 32, "a leaf is SHA-256 of 0 and its record");

    if (!sha256_there()) {
        printf("# no such instructions here: libsodium's it is\n");
        return tap_done();
    }
    eq_int(agree_up_to(1000), 1000, "every length to 1,000 bytes");
    (void)crypto_hash_sha256(out, data, sizeof data);
    sha256_of(NULL, 0, data, sizeof data, node);
    eq_mem(node, out, 32, "4,096 bytes");
    for (size_t len = 0; len <= 260 && bad == 0; len++) {
        if (agree_split(len) != SIZE_MAX)
            bad = len;
    }
    eq_int(bad, 0, "a head of every length to 64 before data to 260");
    return tap_done();
}
