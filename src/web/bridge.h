/*
 * bridge.h - between the page and the library.
 */
#ifndef SHEAF_WEB_BRIDGE_H
#define SHEAF_WEB_BRIDGE_H

#include "base/base.h"
#include "base/utf8.h"
#include "read/reader.h"
#include "sheaf.h"

#define EXPORT(name) __attribute__((export_name(#name)))
#define IMPORT(name) __attribute__((import_module("page"), import_name(#name)))

/* What the page does. page_read returns 0 or an errno value: EAGAIN if it has
 * to fetch the bytes first. */
IMPORT(read) int page_read(uint64_t offset, void *buf, size_t len);
IMPORT(expect) void page_expect(uint64_t offset, uint64_t len);
/* Takes bytes of a part. Anything but 0 stops. */
IMPORT(piece) int page_piece(const void *data, size_t len);
IMPORT(progress) void page_progress(uint64_t done, uint64_t total);
IMPORT(random) void page_random(void *out, size_t len);

struct web {
    uint64_t size; /* of the archive */
    struct sheaf_reader *reader;
    struct sheaf_scratch *scratch;
    struct sheaf_error err;
    bool quiet; /* what the library expects is not passed on */
};
extern struct web web;

/* Begins an answer; and ends one. */
struct sheaf_buf *web_begin(void);
int web_end(bool good);
bool web_add_hex(struct sheaf_buf *out, const void *bytes, size_t len);
bool web_add_text(struct sheaf_buf *out, struct sheaf_bytes text);
bool web_add_time(struct sheaf_buf *out, int64_t ms);

#endif
