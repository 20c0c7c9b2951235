/*
 * digest.c - digests with the name of their algorithm.
 */
#include "import/digest.h"

#include <nettle/nettle-meta.h>

#include "base/base64.h"
#include "base/hex.h"

#define NAME_MAX_LEN ((size_t)16)
#define DIGEST_BYTES_MAX ((size_t)64)

struct digester {
    const struct nettle_hash *hash;
    void *state;
    struct text said; /* without the name, and '=' at its end */
};

/* The library's name of "SHA-256": "sha256". NULL: not known. */
static const struct nettle_hash *
find_hash(struct text label)
{
    char name[NAME_MAX_LEN];
    size_t n = 0;

    for (size_t i = 0; i < label.len; i++) {
        char c = label.data[i];

        if (c == '-')
            continue;
        if (n + 1 == sizeof name)
            return NULL;
        name[n++] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    name[n] = '\0';
    for (size_t i = 0; nettle_get_hashes()[i] != NULL; i++) {
        const struct nettle_hash *hash = nettle_get_hashes()[i];

        if (strcmp(hash->name, name) == 0 &&
            hash->digest_size <= DIGEST_BYTES_MAX)
            return hash;
    }
    return NULL;
}

struct digester *
digest_start(struct text labelled)
{
    const char *colon = memchr(labelled.data, ':', labelled.len);
    size_t at = colon != NULL ? (size_t)(colon - labelled.data) : 0;
    const struct nettle_hash *hash = find_hash(
        text_trim(text_from(labelled.data, at)));
    struct digester *d;

    if (hash == NULL)
        return NULL;
    d = mem_new(1, sizeof *d);
    d->hash = hash;
    d->said = text_trim(text_from(colon + 1, labelled.len - at - 1));
    while (d->said.len > 0 && d->said.data[d->said.len - 1] == '=')
        d->said.len--;
    d->state = mem_new(1, hash->context_size);
    hash->init(d->state);
    return d;
}

void
digest_add(struct digester *d, struct text bytes)
{
    d->hash->update(d->state, bytes.len, (const uint8_t *)bytes.data);
}

/* RFC 4648, without padding. */
static void
base32(const uint8_t *bytes, size_t len, char *out)
{
    unsigned bits = 0, count = 0;

    for (size_t i = 0; i < len || count > 0;) {
        if (count < 5 && i < len) {
            bits = bits << 8 | bytes[i++];
            count += 8;
        } else if (count < 5) {
            bits <<= 5 - count;
            count = 5;
        }
        count -= 5;
        *out++ = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[bits >> count & 31];
    }
    *out = '\0';
}

/* base64 is also written with the letters for URLs. */
static bool
is_base64_of(struct text said, const char *text)
{
    size_t n = strcspn(text, "=");

    if (said.len != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = said.data[i];

        if ((c == '-' ? '+' : c == '_' ? '/' : c) != text[i])
            return false;
    }
    return true;
}

enum digest
digest_end(struct digester *d)
{
    uint8_t bytes[DIGEST_BYTES_MAX];
    char hex[2 * DIGEST_BYTES_MAX + 1] = "";
    char letters[8 * (DIGEST_BYTES_MAX / 5 + 1) + 1]; /* base32 is longer */
    size_t n = d->hash->digest_size;
    bool same;

    d->hash->digest(d->state, n, bytes);
    hex_print(bytes, n, hex);
    same = d->said.len == 2 * n && text_begins(d->said, hex);
    base32(bytes, n, letters);
    same = same ||
           (d->said.len == strlen(letters) && text_begins(d->said, letters));
    base64_encode(bytes, n, letters);
    same = same || is_base64_of(d->said, letters);
    mem_free(d->state);
    mem_free(d);
    return same ? DIGEST_SAME : DIGEST_OTHER;
}

enum digest
digest_check(struct text labelled, struct text bytes)
{
    struct digester *d = digest_start(labelled);

    if (d == NULL)
        return DIGEST_UNKNOWN;
    digest_add(d, bytes);
    return digest_end(d);
}
