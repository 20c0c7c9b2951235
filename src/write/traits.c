/*
 * traits.c - whether a revision may be another article.
 */
#include "write/traits.h"

#include "base/hash.h"
#include "base/json.h"

enum trait { TRAIT_HEADLINE, TRAIT_URL, TRAIT_PUBLISHED };

/* A date without a time is not longer, with its quotes. */
#define DAY_BYTES 12

void
traits_take(struct sheaf_bytes fields, uint8_t out[TRAITS_BYTES])
{
    static const char *const names[TRAITS_BYTES] = { "headline", "url",
                                                     "published" };

    for (size_t i = 0; i < TRAITS_BYTES; i++) {
        struct sheaf_bytes value;
        uint8_t hash[8] = { 0 };

        if (json_member(fields, names[i], &value)) {
            hash_check64(value.data, value.len, hash);
            if (i == TRAIT_PUBLISHED)
                hash[0] = (uint8_t)(hash[0] << 1 | (value.len <= DAY_BYTES));
            hash[0] = hash[0] == 0 ? 2 : hash[0];
        }
        out[i] = hash[0];
    }
}

static bool
is_number(struct sheaf_bytes id)
{
    for (size_t i = 0; i < id.len; i++)
        if (id.data[i] < '0' || id.data[i] > '9')
            return false;
    return true;
}

bool
traits_unlike(struct sheaf_bytes id, const uint8_t old[TRAITS_BYTES],
              const uint8_t new[TRAITS_BYTES])
{
    bool other = is_number(id), moved = false;

    if (old[TRAIT_HEADLINE] == new[TRAIT_HEADLINE] ||
        (!other && (old[TRAIT_HEADLINE] == 0 || new[TRAIT_HEADLINE] == 0)))
        return false;
    for (size_t i = TRAIT_URL; i <= TRAIT_PUBLISHED; i++) {
        if (old[i] == 0 || new[i] == 0)
            continue;
        if (old[i] == new[i] && !(moved && (new[i] & 1) != 0))
            return false;
        moved = i == TRAIT_URL;
        other = true;
    }
    return other;
}
