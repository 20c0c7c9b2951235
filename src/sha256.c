/*
 * sha256.c - SHA-256 (FIPS 180-4) by x86's SHA instructions.
 */
#include "sha256.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <immintrin.h>
#include <stdatomic.h>

#define SHA_TARGET __attribute__((target("sha,sse4.1,ssse3")))

/* Fractional parts of the square and cube roots of the first primes. */
static const uint32_t initial[8] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
};

static const uint32_t constants[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5,
    0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
    0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc,
    0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
    0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3,
    0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5,
    0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
    0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
};

enum { UNKNOWN, THERE, NOT_THERE };

bool
sha256_there(void)
{
    static atomic_int known = UNKNOWN;
    int state = atomic_load_explicit(&known, memory_order_relaxed);

    /* Asking the processor can take microseconds in a virtual machine. */
    if (state == UNKNOWN) {
        unsigned a, b, c, d;
        bool there = __get_cpuid(1, &a, &b, &c, &d) && (c & bit_SSSE3) != 0 &&
                     (c & bit_SSE4_1) != 0 &&
                     __get_cpuid_count(7, 0, &a, &b, &c, &d) &&
                     (b & 1U << 29) != 0;

        state = there ? THERE : NOT_THERE;
        atomic_store_explicit(&known, state, memory_order_relaxed);
    }
    return state == THERE;
}

/*
 * The processor keeps the eight words as A B E F and C D G H, highest first,
 * and does two rounds at a time: what was A B E F becomes C D G H.
 */
SHA_TARGET static void
add_blocks(uint32_t h[8], const uint8_t *data, size_t blocks)
{
    const __m128i swap = _mm_set_epi8(12, 13, 14, 15, 8, 9, 10, 11, 4, 5, 6, 7,
                                      0, 1, 2, 3);
    __m128i abef = _mm_set_epi32((int)h[0], (int)h[1], (int)h[4], (int)h[5]);
    __m128i cdgh = _mm_set_epi32((int)h[2], (int)h[3], (int)h[6], (int)h[7]);

    for (; blocks != 0; blocks--, data += 64) {
        const __m128i abef_before = abef, cdgh_before = cdgh;
        __m128i w[4]; /* the last 16 words of the schedule, in a ring */

        for (unsigned i = 0; i < 4; i++)
            w[i] = _mm_shuffle_epi8(
                _mm_loadu_si128((const void *)(data + 16 * i)), swap);
        for (unsigned i = 0; i < 16; i++) {
            const __m128i last = w[(i + 3) & 3];
            __m128i sum;

            if (i >= 4) {
                sum = _mm_sha256msg1_epu32(w[i & 3], w[(i + 1) & 3]);
                sum = _mm_add_epi32(sum,
                                    _mm_alignr_epi8(last, w[(i + 2) & 3], 4));
                w[i & 3] = _mm_sha256msg2_epu32(sum, last);
            }
            sum = _mm_add_epi32(
                w[i & 3], _mm_loadu_si128((const void *)(constants + 4 * i)));
            cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
            sum = _mm_shuffle_epi32(sum, 0x0e);
            abef = _mm_sha256rnds2_epu32(abef, cdgh, sum);
        }
        abef = _mm_add_epi32(abef, abef_before);
        cdgh = _mm_add_epi32(cdgh, cdgh_before);
    }
    h[0] = (uint32_t)_mm_extract_epi32(abef, 3);
    h[1] = (uint32_t)_mm_extract_epi32(abef, 2);
    h[2] = (uint32_t)_mm_extract_epi32(cdgh, 3);
    h[3] = (uint32_t)_mm_extract_epi32(cdgh, 2);
    h[4] = (uint32_t)_mm_extract_epi32(abef, 1);
    h[5] = (uint32_t)_mm_extract_epi32(abef, 0);
    h[6] = (uint32_t)_mm_extract_epi32(cdgh, 1);
    h[7] = (uint32_t)_mm_extract_epi32(cdgh, 0);
}

void
sha256_of(const void *head, size_t head_len, const void *data, size_t len,
          uint8_t out[32])
{
    uint64_t bits = ((uint64_t)head_len + len) * 8;
    const uint8_t *rest = data;
    uint8_t tail[128];
    size_t held = head_len;
    size_t end, n;
    uint32_t h[8];

    assert(head_len <= 64);
    memcpy(h, initial, sizeof h);
    if (head_len != 0)
        memcpy(tail, head, head_len);
    /* A block of the head and what fits behind it, then whole blocks. */
    if (held != 0 && held + len >= 64) {
        n = 64 - held;
        if (n != 0)
            memcpy(tail + held, rest, n);
        add_blocks(h, tail, 1);
        rest += n;
        len -= n;
        held = 0;
    }
    if (held == 0 && len >= 64) {
        add_blocks(h, rest, len / 64);
        rest += len / 64 * 64;
        len %= 64;
    }
    if (len != 0)
        memcpy(tail + held, rest, len);
    held += len;
    end = held + 9 <= 64 ? 64 : 128;
    tail[held] = 0x80;
    memset(tail + held + 1, 0, end - held - 9);
    for (unsigned i = 0; i < 8; i++)
        tail[end - 1 - i] = (uint8_t)(bits >> 8 * i);
    add_blocks(h, tail, end / 64);
    for (unsigned i = 0; i < 32; i++)
        out[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}

#else

bool
sha256_there(void)
{
    return false;
}

void
sha256_of(const void *head, size_t head_len, const void *data, size_t len,
          uint8_t out[32])
{
    (void)head;
    (void)head_len;
    (void)data;
    (void)len;
    (void)out;
    assert(!"sha256_there said so");
}

#endif
