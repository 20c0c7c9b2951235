/*
 * answer.c - what the headers of an answer say. Everything here may be a lie.
 */
#include "http/answer.h"

#include "base/buf.h"
#include "base/number.h"

#define WAIT_MAX 30u

static uint8_t
lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 32) : c;
}

static bool
same_name(struct sheaf_bytes name, const char *lower_name)
{
    if (name.len != strlen(lower_name))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (lower(name.data[i]) != (uint8_t)lower_name[i])
            return false;
    return true;
}

static bool
is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static struct sheaf_bytes
trimmed(struct sheaf_bytes s)
{
    while (s.len != 0 && is_blank(s.data[0])) {
        s.data++;
        s.len--;
    }
    while (s.len != 0 && is_blank(s.data[s.len - 1]))
        s.len--;
    return s;
}

static bool
take_range_number(struct sheaf_bytes *rest, char end, uint64_t *out)
{
    size_t before = rest->len;
    struct sheaf_bytes digits = bytes_until(rest, end);

    return (end == '\0' || digits.len != before) &&
           number_parse(digits, INT64_MAX, out);
}

bool
answer_range(struct sheaf_bytes value, uint64_t *from, uint64_t *to,
             uint64_t *total)
{
    struct sheaf_bytes rest = trimmed(value);
    uint64_t a, b, n;

    if (!same_name(bytes_until(&rest, ' '), "bytes") ||
        !take_range_number(&rest, '-', &a) ||
        !take_range_number(&rest, '/', &b) ||
        !number_parse(rest, INT64_MAX, &n) || a > b || b >= n)
        return false;
    *from = a;
    *to = b;
    *total = n;
    return true;
}

bool
answer_strong(const char *tag)
{
    size_t len = strlen(tag);

    return len > 2 && tag[0] == '"' && tag[len - 1] == '"' &&
           strchr(tag + 1, '"') == tag + len - 1;
}

static void
copy(struct sheaf_bytes value, char *out, size_t size)
{
    out[0] = '\0';
    if (value.len >= size)
        return;
    for (size_t i = 0; i < value.len; i++)
        if (value.data[i] < 0x20 || value.data[i] == 0x7f)
            return;
    memcpy(out, value.data, value.len);
    out[value.len] = '\0';
}

/* "HTTP/1.1 206 Partial Content" */
static void
begin(struct answer *a, struct sheaf_bytes line)
{
    size_t headers = a->headers;
    struct sheaf_bytes status;
    uint64_t v;

    memset(a, 0, sizeof *a);
    a->headers = headers;
    (void)bytes_until(&line, ' ');
    line = trimmed(line);
    status = bytes_until(&line, ' ');
    if (status.len == 3 && number_parse(status, 999, &v))
        a->status = (int)v;
}

static void
take_field(struct answer *a, struct sheaf_bytes name, struct sheaf_bytes value)
{
    uint64_t v;

    if (same_name(name, "content-range")) {
        bool first = !a->has_range && !a->bad_range;

        a->has_range = first &&
                       answer_range(value, &a->from, &a->to, &a->total);
        a->bad_range = !a->has_range;
    } else if (same_name(name, "content-encoding")) {
        a->coded = a->coded || !same_name(value, "identity");
    } else if (same_name(name, "etag")) {
        copy(value, a->tag, sizeof a->tag);
    } else if (same_name(name, "x-amz-bucket-region")) {
        copy(value, a->region, sizeof a->region);
    } else if (same_name(name, "retry-after") &&
               number_parse(value, UINT32_MAX, &v)) {
        a->wait = (unsigned)min_u64(v, WAIT_MAX);
    }
}

bool
answer_header(struct answer *a, struct sheaf_bytes line)
{
    struct sheaf_bytes rest = trimmed(line);
    struct sheaf_bytes name;

    a->headers += line.len;
    if (a->headers > ANSWER_HEADERS_MAX)
        return false;
    if (rest.len >= 5 && memcmp(rest.data, "HTTP/", 5) == 0) {
        begin(a, rest);
        return true;
    }
    name = bytes_until(&rest, ':');
    take_field(a, name, trimmed(rest));
    return true;
}
