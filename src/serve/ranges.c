/*
 * ranges.c - conditions and ranges of RFC 9110.
 */
#include "base/number.h"
#include "serve/serve.h"

static struct sheaf_bytes
trimmed(struct sheaf_bytes b)
{
    while (b.len != 0 && (b.data[0] == ' ' || b.data[0] == '\t'))
        b = sheaf_view(b.data + 1, b.len - 1);
    while (b.len != 0 &&
           (b.data[b.len - 1] == ' ' || b.data[b.len - 1] == '\t'))
        b.len--;
    return b;
}

/* Digits; what is too large for a number is UINT64_MAX, the last of all. */
static bool
position(struct sheaf_bytes text, uint64_t *out)
{
    bool digits = text.len != 0;

    for (size_t i = 0; i < text.len; i++)
        digits = digits && text.data[i] >= '0' && text.data[i] <= '9';
    while (text.len > 1 && text.data[0] == '0')
        text = sheaf_view(text.data + 1, text.len - 1);
    if (digits && !number_parse(text, UINT64_MAX, out))
        *out = UINT64_MAX;
    return digits;
}

/* One "FIRST-LAST", "FIRST-" or "-COUNT". False: it is none of these. *has:
 * there are such bytes. */
static bool
parse_one(struct sheaf_bytes text, uint64_t size, bool *has, uint64_t *first,
          uint64_t *last)
{
    bool dash = text.len != 0 && memchr(text.data, '-', text.len) != NULL;
    struct sheaf_bytes from = bytes_until(&text, '-');
    uint64_t a = 0, b = UINT64_MAX;

    if (!dash || (from.len == 0 && text.len == 0) ||
        (from.len != 0 && !position(from, &a)) ||
        (text.len != 0 && !position(text, &b)) || (from.len != 0 && b < a))
        return false;
    if (from.len == 0) {
        *has = b != 0 && size != 0;
        *first = b < size ? size - b : 0;
        *last = size - 1;
    } else {
        *has = a < size;
        *first = a;
        *last = b < size ? b : size - 1;
    }
    return true;
}

/* Of more than one, the first that has bytes is sent: a client must look at
 * what it gets (RFC 9110, 15.3.7), and whole archives are not what it wants. A
 * range that cannot be read is as if it were not there. */
enum range
range_parse(const char *header, uint64_t size, uint64_t *first, uint64_t *last)
{
    struct sheaf_bytes rest = sheaf_str(header);
    struct sheaf_bytes unit = trimmed(bytes_until(&rest, '='));
    bool found = false;

    if (!bytes_is(unit, "bytes") || rest.len == 0)
        return RANGE_ALL;
    while (rest.len != 0) {
        struct sheaf_bytes one = trimmed(bytes_until(&rest, ','));
        uint64_t a, b;
        bool has;

        if (one.len == 0)
            continue;
        if (!parse_one(one, size, &has, &a, &b))
            return RANGE_ALL;
        if (has && !found) {
            *first = a;
            *last = b;
        }
        found = found || has;
    }
    return found ? RANGE_PART : RANGE_NONE;
}

bool
tag_listed(const char *header, const char *tag, bool weak)
{
    struct sheaf_bytes rest = sheaf_str(header);

    /* Our tags have no comma. */
    while (rest.len != 0) {
        struct sheaf_bytes one = trimmed(bytes_until(&rest, ','));

        if (bytes_is(one, "*"))
            return true;
        if (weak && one.len > 2 && one.data[0] == 'W' && one.data[1] == '/')
            one = sheaf_view(one.data + 2, one.len - 2);
        if (bytes_is(one, tag))
            return true;
    }
    return false;
}
