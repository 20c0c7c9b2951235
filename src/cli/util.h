/*
 * util.h - what all commands need: exit codes, messages, numbers, signals.
 */
#ifndef SHEAF_CLI_UTIL_H
#define SHEAF_CLI_UTIL_H

#include <sys/stat.h>

#include "base/buf.h"

/* Exit codes. A function that returns one has printed the message, if there
 * is one. */
enum {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,      /* I/O, memory, an input that can't be read */
    EXIT_USAGE = 2,
    EXIT_NOT_FOUND = 3,
    EXIT_CORRUPT = 4,
    EXIT_NOT_AUTHENTIC = 5,
    EXIT_UNSUPPORTED = 6,
    EXIT_LIMIT = 7
};

/* Prints "sheaf: " and a line to standard error; control characters are
 * made visible. */
void say(const char *format, ...) PRINTF_LIKE(1, 2);
/* The same, about what was said just before; last_said() has both. */
void say_also(const char *format, ...) PRINTF_LIKE(1, 2);
/* As say, followed by words that point to `sheaf help`. Returns
 * EXIT_USAGE. */
int say_usage(const char *command, const char *format, ...) PRINTF_LIKE(2, 3);
/* The last message, without "sheaf: "; "" if there was none. */
const char *last_said(void);
int say_no_memory(void);
/* Prints the library's error about `file`. Returns the exit code for `rc`. */
int say_failed(const char *file, int rc, const struct sheaf_error *err);
int exit_code(int rc);
/* The more serious of two exit codes, for a command that goes on after a
 * failure: not authentic, corrupt, anything else, not found, done. */
int worse(int a, int b);
/* Says of a source on another machine why it fails, before it returns
 * EREMOTEIO; and this reason if that is the error, else NULL. */
void note_far_failure(const char *why);
const char *far_failed(int rc, const struct sheaf_error *err);

/* Where temporary files are made: TMPDIR, or /tmp. */
const char *temp_folder(void);

/* Parses a decimal number from `min` to `max`, and nothing else. */
bool parse_number(const char *s, uint64_t min, uint64_t max, uint64_t *out);
/* Parses a number of bytes; the suffixes K, M and G multiply by powers of
 * 1,024. */
bool parse_size(const char *s, uint64_t max, uint64_t *out);
/* Parses an RFC 3339 time or @SECONDS, to milliseconds since 1970. */
bool parse_time(const char *s, int64_t *out);

/* The threads to use: the value of -j, or one for each core. False: `jobs`
 * is not a valid number. */
bool parse_jobs(const char *jobs, unsigned *out);

struct short_text {
    char text[32];
};
/* "12.3 MB" */
struct short_text size_text(uint64_t bytes);

/* Seconds as milliseconds, or INT64_MAX if that is too much. */
int64_t ms_of(uint64_t seconds);
/* "2024-03-11T10:00:00Z", of seconds since 1970 */
struct short_text seconds_text(uint64_t seconds);

/* minisign writes a key's ID as the number that its bytes are. */
uint64_t key_number(const uint8_t id[8]);

/* FNV-1a, to distinguish names. It does not resist attacks. */
uint64_t name_hash(const void *data, size_t len);

/* Reads a whole file of at most `max` bytes. */
int read_file(const char *path, size_t max, struct sheaf_buf *out);

/* ---- Signals ----------------------------------------------------------- */

/* From here on SIGINT and SIGTERM make interrupted() true. A process that has
 * not ended soon after is in a long call of a library, and ends at once: new
 * files have no name yet, and an archive that is appended to stays whole. */
void catch_signals(void);
bool interrupted(void);
/* Says so. Returns EXIT_FAILED. */
int say_interrupted(void);
/* The exit status that a shell shows after it. */
int interrupted_status(void);
/* Ends the process by the signal, so that a shell ends its loop, too. */
void end_interrupted(void);

/* Whether both names lead to one file. */
bool same_file(const char *a, const char *b);
/* Remembers that this run reads the file, so that no output takes its place. */
void input_is(const char *path);
/* Whether this is a file that was remembered, or the name leads to one. */
bool is_input_file(const struct stat *st);
bool is_input(const char *path);

#endif
