/*
 * words.h - frequent words as codes of one and two bytes (format.md F17).
 *
 * A dictionary may hold a table of words. Content that is compressed with it
 * is then coded before zstd sees it. Bytes that are rare in the text serve as
 * codes and marks; all others stand for themselves.
 *
 *     words_find; words_new; words_undo with any coded bytes
 *     words_coder_new; words_code with any content
 */
#ifndef SHEAF_FORMAT_WORDS_H
#define SHEAF_FORMAT_WORDS_H

#include "base/base.h"
#include "sheaf.h"

/* The longest entry, the most entries, and the longest table, in bytes. */
#define WORDS_ENTRY_MAX 63
#define WORDS_ENTRIES_MAX 32768
#define WORDS_TABLE_MAX ((uint32_t)1 << 20)
/* The end of a dictionary with a table. */
#define WORDS_TRAILER_SIZE 12
/* Content that begins so is not coded. */
#define WORDS_PLAIN_START '{'
/* Coded content is never longer than this when undone. */
#define WORDS_CONTENT_MAX ((size_t)16 << 20)

/* What a byte of coded content stands for. */
enum words_kind {
    WORDS_SELF,    /* itself */
    WORDS_ONE,     /* an entry */
    WORDS_TWO,     /* an entry, with the next byte */
    WORDS_ESCAPE,  /* the next byte, as it is */
    WORDS_CAPITAL, /* the next entry, with the case of its first letter
                      changed */
    WORDS_UPPER,   /* the next entry, in capitals */
    WORDS_KINDS,
};

/* ---- The table ----------------------------------------------------------- */

/* The table in a dictionary; empty if it has none. SHEAF_ECORRUPT (F17.1):
 * the dictionary ends as if it had one. */
int words_find(struct sheaf_bytes dict, uint64_t offset,
               struct sheaf_bytes *table, struct sheaf_error *err);
/* The entries of a table that words_new accepts, each with a NUL behind it. */
struct sheaf_bytes words_entries(struct sheaf_bytes table);
/* The end of a dictionary with a table of `len` bytes that begins `back` bytes
 * before the end. */
void words_trailer(uint32_t back, uint32_t len,
                   uint8_t out[WORDS_TRAILER_SIZE]);

/* ---- Undoing ------------------------------------------------------------- */

struct words;

/* Reads a table; SHEAF_ECORRUPT (F17.1) if it is none. Copies it. */
int words_new(struct words **out, struct sheaf_bytes table, uint64_t offset,
              struct sheaf_error *err);
void words_free(struct words *w);

/* Replaces the content of `out` by what these bytes stand for, which must be
 * at most `most` bytes. SHEAF_ECORRUPT (F17.2): they stand for nothing. */
int words_undo(const struct words *w, struct sheaf_bytes coded, size_t most,
               uint64_t offset, struct sheaf_buf *out,
               struct sheaf_error *err);

/* ---- Coding -------------------------------------------------------------- */

/* Whether a space is implied after these bytes, or before them, if there is
 * an entry on either side. */
bool words_ends(const uint8_t *start, const uint8_t *end);
bool words_begins(uint8_t first);

/* One or more neighbouring tokens of a text. A token is a run of letters and
 * digits, or a run of one other byte, or a character. */
struct words_item {
    const uint8_t *at;
    uint32_t len;
    int32_t entry;        /* -1: none; one token */
    enum words_kind form; /* WORDS_SELF, WORDS_CAPITAL, WORDS_UPPER */
    bool spaced;          /* a space before it is implied */
};

struct words_coder;

/* A coder for entries with these numbers. They must stay where they are. */
int words_coder_new(struct words_coder **out,
                    const struct sheaf_bytes *entries, size_t count,
                    struct sheaf_error *err);
/* A coder for a table that words_new has accepted. Copies it. */
int words_coder_from(struct words_coder **out, struct sheaf_bytes table,
                     struct sheaf_error *err);
void words_coder_free(struct words_coder *c);

/* Splits a text into items: the longest entry at each place. */
typedef bool (*words_take)(void *arg, const struct words_item *item);
bool words_split(const struct words_coder *c, struct sheaf_bytes text,
                 words_take take, void *arg);

/* Appends the coded content to `out`. With a coder from words_coder_from.
 * False: out of memory. */
bool words_code(const struct words_coder *c, struct sheaf_bytes content,
                struct sheaf_buf *out);

#endif
