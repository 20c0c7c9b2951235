/*
 * out.h - buffered output, and printing untrusted text.
 *
 * IDs and titles come from a file that somebody else may have made. Printed
 * unchanged they could move the cursor, reverse the line, or hide a part of
 * themselves. out_visible writes such characters as \u{202E}.
 *
 * Failures are remembered: write on, and ask once, in out_finish.
 */
#ifndef SHEAF_CLI_OUT_H
#define SHEAF_CLI_OUT_H

#include "base/buf.h"

struct out {
    struct sheaf_sink sink; /* if ops is not NULL; otherwise ... */
    int fd;                 /* ... the descriptor to write to */
    int sys;                /* errno of the first failure, or 0 */
    size_t used;
    uint8_t buffer[16 * 1024];
};

void out_start(struct out *o, int fd);
/* Whether anything was written to standard output. */
bool out_wrote(void);
/* Whether bytes would go to a terminal, where they are of no use. */
bool out_is_terminal(const struct out *o);

void out_bytes(struct out *o, const void *data, size_t len);
void out_str(struct out *o, const char *s);
void out_format(struct out *o, const char *format, ...) PRINTF_LIKE(2, 3);
/* Characters without a shape, or that change how others look. */
bool out_is_hidden(uint32_t c);
/* Text for people. Bytes that are not UTF-8 become \x{FF}. */
void out_visible(struct out *o, struct sheaf_bytes text);
/* The inside of a JSON string. Bytes that are not UTF-8 become U+FFFD. */
void out_escaped(struct out *o, struct sheaf_bytes text);
/* A JSON string, with quotes. */
void out_json(struct out *o, struct sheaf_bytes text);
/* JSON text, with escapes for characters that a terminal would obey. The
 * values stay the same. */
void out_json_text(struct out *o, struct sheaf_bytes text);
/* Another member of an object: ,"name":value. */
void out_json_bool(struct out *o, const char *name, bool value);
void out_json_number(struct out *o, const char *name, uint64_t value);
void out_hex(struct out *o, const uint8_t *bytes, size_t len);

/* A sheaf_write; `arg` is the struct out. */
int out_write(void *arg, const void *data, size_t len);

bool out_flush(struct out *o);

#endif
