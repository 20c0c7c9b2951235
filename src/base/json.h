/*
 * json.h - the strict JSON of metadata lines (format.md F4).
 *
 * A metadata line is JSON in one spelling only: RFC 8785 (JCS), less what
 * two programs could read differently. One object; in it strings, integers
 * with |n| < 2^53, arrays, objects, true and false. No null, no fractions,
 * no exponents, no -0. Keys are ASCII, unique, and sorted by their bytes
 * after unescaping. Strings are valid UTF-8, and only what must be escaped
 * is. No white space. At most JSON_DEPTH objects and arrays within each
 * other, the outermost counted, and at most JSON_MAX bytes.
 *
 * json_check decides whether bytes are that, and json_canonical makes other
 * JSON into it. Everything else here takes text that json_check has passed.
 * Given other text it answers something, but never reads outside of it.
 */
#ifndef SHEAF_BASE_JSON_H
#define SHEAF_BASE_JSON_H

#include "base/base.h"
#include "base/utf8.h"
#include "sheaf.h"

#define JSON_DEPTH 32
#define JSON_MAX ((size_t)1 << 20)

enum json_kind {
    JSON_NONE, /* no bytes, or none that can begin a value */
    JSON_OBJECT,
    JSON_ARRAY,
    JSON_STRING,
    JSON_INTEGER,
    JSON_BOOL
};

/*
 * Is this text canonical, byte for byte? One pass, no allocation.
 *
 * SHEAF_ECORRUPT otherwise: F4.3 when it is too deep or too long, F4.2 for
 * all else. The message has the position, in bytes from 0; err->offset is
 * NO_OFFSET, because only the caller knows where the text is.
 */
int json_check(struct sheaf_bytes text, struct sheaf_error *err);

/*
 * Append the canonical form of any JSON text (RFC 8259) that says nothing a
 * canonical text can't say. What is appended passes json_check.
 *
 * SHEAF_EINVAL, with line and column (from 1; a column is a byte), for text
 * that is not JSON or not within the subset; SHEAF_ENOMEM. On failure `out`
 * holds what it held.
 */
int json_canonical(struct sheaf_bytes text, struct sheaf_buf *out,
                   struct sheaf_error *err);

/* ---- Taking it apart ----------------------------------------------------- */

/* What a value's text is, by its first byte. */
enum json_kind json_kind(struct sheaf_bytes value);

static inline bool
json_is_string(struct sheaf_bytes value)
{
    return json_kind(value) == JSON_STRING;
}

/*
 * Walks the members of an object or the items of an array. The views handed
 * out are parts of the text walked: keys come without their quotes and as
 * they are spelled, escapes and all; values come whole, with quotes.
 */
struct json_iter {
    const uint8_t *at; /* the next key or item */
    size_t left;       /* bytes from there to the end of the text */
};

struct json_iter json_iter_over(struct sheaf_bytes container);
bool json_next(struct json_iter *it, struct sheaf_bytes *key,
               struct sheaf_bytes *value);
bool json_next_item(struct json_iter *it, struct sheaf_bytes *value);

/* A top-level member's value. `key` is as it is spelled in the text. */
bool json_member(struct sheaf_bytes object, const char *key,
                 struct sheaf_bytes *value);

/* The order of members: two keys as json_next gives them, compared by what
 * they say and not by how that is escaped. */
int json_key_compare(struct sheaf_bytes a, struct sheaf_bytes b);

/* Append what a string value says. False, with `out` as it was, when there
 * is no memory or this is not a string. */
bool json_string(struct sheaf_bytes value, struct sheaf_buf *out);

/* The inside of a string value, without the quotes; false if it is none. */
bool json_inside(struct sheaf_bytes value, struct sheaf_bytes *out);
/* That of a top-level member which is a string. */
bool json_member_inside(struct sheaf_bytes object, const char *key,
                        struct sheaf_bytes *out);
/* Append what the inside of a string says. An escape that is none is taken as
 * it stands. False, with `out` as it was, when there is no memory. */
bool json_unescape(struct sheaf_bytes inside, struct sheaf_buf *out);

/* An integer value that is not negative. */
bool json_uint(struct sheaf_bytes value, uint64_t *out);

/* ---- Text ---------------------------------------------------------------- */

/* Append UTF-8 text as a canonical string, quotes included. False when there
 * is no memory. Whoever isn't sure of the text asks utf8_valid first. */
bool json_escape(struct sheaf_bytes utf8, struct sheaf_buf *out);

#endif
