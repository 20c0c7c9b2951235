/*
 * text.h - growable bytes, UTF-8, and JSON strings.
 *
 * A struct text starts as { 0 } and ends with text_free. Functions that need
 * memory return false when there is none, and then have added nothing.
 */
#ifndef SHEAF_CLI_TEXT_H
#define SHEAF_CLI_TEXT_H

#include "base/base.h"
#include "sheaf.h"

#define PRINTF_LIKE(at, first) __attribute__((format(printf, at, first)))

struct text {
    char *data;
    size_t len;
    size_t cap;
};

bool text_add(struct text *t, const void *data, size_t len);
bool text_add_str(struct text *t, const char *s);
bool text_format(struct text *t, const char *format, ...) PRINTF_LIKE(2, 3);
/* Resize to `len` bytes; what is new holds anything. */
bool text_resize(struct text *t, size_t len);
/* Put a NUL after the text, not counted in its length. */
bool text_end(struct text *t);
void text_free(struct text *t);

static inline struct sheaf_bytes
bytes_of(const void *data, size_t len)
{
    struct sheaf_bytes b = { data, len };

    return b;
}

static inline struct sheaf_bytes
bytes_str(const char *s)
{
    return bytes_of(s, strlen(s));
}

bool bytes_is(struct sheaf_bytes b, const char *s);

/* ASCII letters count as equal to themselves in the other case. */
bool bytes_is_nocase(struct sheaf_bytes a, struct sheaf_bytes b);
bool bytes_has_nocase(struct sheaf_bytes hay, struct sheaf_bytes needle);

/* The character at `p`: its length, and its number in *code. 0 if the bytes
 * there are not UTF-8. `left` is at least 1. */
size_t utf8_next(const uint8_t *p, size_t left, uint32_t *code);

/* UTF-8 that comes in pieces. Starts as { 0 }. */
struct utf8_check {
    uint8_t kept[4]; /* the start of a character that a piece ended within */
    size_t count;
    bool bad;
};
void utf8_feed(struct utf8_check *c, const void *data, size_t len);
/* All of what came was UTF-8. */
bool utf8_good(const struct utf8_check *c);

/* Append what the inside of a JSON string says. An escape that is none is
 * taken as it stands. */
bool text_unescape(struct text *t, struct sheaf_bytes string);

#endif
