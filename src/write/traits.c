/*
 * traits.c - whether a revision may be another article.
 */
#include "write/traits.h"

#include "base/hash.h"
#include "base/json.h"

enum trait { TRAIT_HEADLINE, TRAIT_URL, TRAIT_QUERY, TRAIT_PUBLISHED };

/* Where in the 24 bits each trait is. */
static const struct {
    unsigned at, bits;
} place[] = {
    [TRAIT_HEADLINE] = { 0, 7 },
    [TRAIT_URL] = { 7, 6 },
    [TRAIT_QUERY] = { 13, 5 },
    [TRAIT_PUBLISHED] = { 18, 6 },
};

static uint32_t
trait_mask(enum trait t)
{
    return ((uint32_t)1 << place[t].bits) - 1;
}

static void
trait_put(uint32_t *all, enum trait t, struct sheaf_bytes value)
{
    uint8_t hash[8];

    if (value.len == 0)
        return;
    hash_check64(value.data, value.len, hash);
    *all |= (1 + (hash[0] | (uint32_t)hash[1] << 8) % trait_mask(t))
            << place[t].at;
}

static uint32_t
trait_get(const uint8_t traits[TRAITS_BYTES], enum trait t)
{
    uint32_t all = traits[0] | (uint32_t)traits[1] << 8 |
                   (uint32_t)traits[2] << 16;

    return all >> place[t].at & trait_mask(t);
}

/* ---- Of an article ---- */

static void
skip_prefix(struct sheaf_bytes *url, const char *prefix)
{
    size_t n = strlen(prefix);

    if (url->len >= n && memcmp(url->data, prefix, n) == 0) {
        url->data += n;
        url->len -= n;
    }
}

/* Cuts `url` at the first `mark`; what is behind it, or nothing. */
static struct sheaf_bytes
cut_at(struct sheaf_bytes *url, char mark)
{
    const uint8_t *at = url->len > 0 ? memchr(url->data, mark, url->len)
                                     : NULL;
    struct sheaf_bytes rest = { NULL, 0 };

    if (at != NULL) {
        rest.data = at + 1;
        rest.len = url->len - (size_t)(rest.data - url->data);
        url->len = (size_t)(at - url->data);
    }
    return rest;
}

/* Reduces a URL to what is of the article, without its query. A site that
 * changes to https, or drops a slash at the end, has the same articles, but a
 * fragment that is a path leads to another one. */
static struct sheaf_bytes
reduce_url(struct sheaf_bytes *url)
{
    struct sheaf_bytes whole, fragment, query;

    skip_prefix(url, "http://");
    skip_prefix(url, "https://");
    skip_prefix(url, "www.");
    whole = *url;
    fragment = cut_at(url, '#');
    if (fragment.len > 0 &&
        (fragment.data[0] == '/' || fragment.data[0] == '!'))
        *url = whole;
    query = cut_at(url, '?');
    while (url->len > 0 && url->data[url->len - 1] == '/')
        url->len--;
    return query;
}

void
traits_take(struct sheaf_bytes fields, uint8_t out[TRAITS_BYTES])
{
    struct sheaf_bytes value;
    uint32_t all = 0;

    if (json_member(fields, "headline", &value))
        trait_put(&all, TRAIT_HEADLINE, value);
    if (json_member(fields, "published", &value))
        trait_put(&all, TRAIT_PUBLISHED, value);
    if (json_member(fields, "url", &value) && value.len > 2) {
        struct sheaf_bytes url = { value.data + 1, value.len - 2 };
        struct sheaf_bytes query = reduce_url(&url);

        trait_put(&all, TRAIT_URL, url);
        trait_put(&all, TRAIT_QUERY, query);
    }
    for (size_t i = 0; i < TRAITS_BYTES; i++)
        out[i] = (uint8_t)(all >> 8 * i);
}

/* ---- Of two ---- */

static bool
is_number(struct sheaf_bytes id)
{
    for (size_t i = 0; i < id.len; i++)
        if (id.data[i] < '0' || id.data[i] > '9')
            return false;
    return true;
}

/* Whether both have the trait. */
static bool
have(const uint8_t *old, const uint8_t *new, enum trait t)
{
    return trait_get(old, t) != 0 && trait_get(new, t) != 0;
}

static bool
differ(const uint8_t *old, const uint8_t *new, enum trait t)
{
    return trait_get(old, t) != trait_get(new, t);
}

bool
traits_unlike(struct sheaf_bytes id, const uint8_t old[TRAITS_BYTES],
              const uint8_t new[TRAITS_BYTES])
{
    bool number = is_number(id);

    if (!differ(old, new, TRAIT_HEADLINE) ||
        (!number && !have(old, new, TRAIT_HEADLINE)))
        return false;
    /* A query that one of two has says where its readers came from; of two
     * queries, each may name an article. */
    if (have(old, new, TRAIT_URL))
        return differ(old, new, TRAIT_URL) ||
               (have(old, new, TRAIT_QUERY) && differ(old, new, TRAIT_QUERY));
    if (have(old, new, TRAIT_PUBLISHED))
        return differ(old, new, TRAIT_PUBLISHED);
    return number;
}
