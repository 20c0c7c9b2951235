/*
 * export.h - sheaf-export: writes archives in formats that need libraries.
 *
 * It is a program of its own, so that no other command loads these. It reads
 * from standard input what the command sends, and writes the finished file to
 * standard output. Integers are big-endian.
 *
 *   zip:     'F' u32 length, path; u64 seconds since 1970, signed; u64 size;
 *            bytes of the file
 *   sqlite:  'R' for each column: u64 length, text; an empty one is NULL. The
 *            columns are those of cli/columns.h and "meta"; then the text to
 *            search, and with --text it is stored, too.
 *   at the end of both: 'E'
 *
 * Input that ends without it is that of a command that has failed: then the
 * exit code is 1, and what was written is worth nothing.
 */
#ifndef SHEAF_EXPORT_EXPORT_H
#define SHEAF_EXPORT_EXPORT_H

#include "base/buf.h"

/* Says what is wrong and ends the program. */
void die(const char *format, ...) PRINTF_LIKE(1, 2) __attribute__((noreturn));

/* Reads exactly `len` bytes. */
void take(void *out, size_t len);
uint64_t take_number(unsigned len);
/* Reads `len` bytes with a NUL behind them. */
void take_text(struct sheaf_buf *out, uint64_t len);
/* Writes to standard output. */
void put(const void *data, size_t len);

void export_zip(void);
/* `names` are the names of the columns, `text`: see above. */
void export_sqlite(char **names, bool text);

#endif
