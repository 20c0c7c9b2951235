/*
 * export.h - sheaf-export: writes archives in formats that need libraries.
 *
 * It is a program of its own, so that no other command loads these, and gives
 * up its rights (import/sandbox.h). Most of it reads from standard input what
 * the command sends, and writes the finished file to standard output. Integers
 * are big-endian.
 *
 *   zip:     'F' u32 length, path; u64 seconds since 1970, signed; u64 size;
 *            bytes of the file
 *   sqlite:  with --old first 'D' u64 size, and a database to continue. 'R'
 *            for each column: u64 length, text; an empty one is NULL. The
 *            columns are those of cli/columns.h, and may be others; then the
 *            text to search, and with --text it is stored, too. 'I', if it is
 *            an index: five such texts for the table sheaf (schema.h)
 *   at the end of both: 'E'
 *
 * Input that ends without it is that of a command that has failed: then the
 * exit code is 1, and what was written is worth nothing.
 *
 * Of the following, the first two read a database: standard input is a file, or
 * a socket. On that the other end first sends u64 size; then, for each question
 * u64 offset, u32 length, it answers u32 length, bytes: from one byte to what
 * was asked for, and none if it fails, of which it knows more.
 *
 *   state:   out: the values of the table sheaf but the last, each u16 length,
 *            text
 *   search:  out: 'H' u64 leaf, u16 length, ID; in their rank; 'E'
 *   match:   out: u16 length, what is wrong with the query; if that is
 *            nothing, in: 'A' u64 length, headline, u64 length, text; out: '1'
 *            if this article has all of the query, otherwise '0'; and again
 */
#ifndef SHEAF_EXPORT_EXPORT_H
#define SHEAF_EXPORT_EXPORT_H

#include "base/buf.h"
#include "base/cursor.h"

/* Exit codes: the database is damaged, or is none that this program made. */
enum { EXPORT_DAMAGED = 4, EXPORT_OTHER = 3 };
/* The longest value of the table sheaf. */
#define STATE_LONGEST 1024

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
/* `names` are the names of the columns, `text` and `old`: see above. */
void export_sqlite(char **names, bool text, bool old);
void export_state(char **names);
void export_search(char **names, char **query);
void export_match(char **query);

/* Gives up all rights that are not needed from here on. */
void shut_sandbox(void);
/* The longest value in a database that is read. */
#define VALUE_MAX (1 << 30)

#endif
