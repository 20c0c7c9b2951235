/*
 * http.h - sheaf-http: reads ranges of a file from a server.
 *
 * The command starts it with one end of a socket pair as standard input and
 * output, and waits for each answer. Numbers are big-endian; a text is its
 * length (u32) and its bytes.
 *
 *   to it     O   text URL, text endpoint, u32 seconds, u8 tell
 *             R   u32 count, and for each range: u64 offset, u64 length
 *   from it   W   text: a warning
 *             V   text: a request that was made, if `tell`
 *             S   u32 round trips, u32 requests, u64 bytes, all so far; comes
 *                 before each of the following
 *             O   u64 size, text ETag, u32 length of the tail, the tail: the
 *                 file is open. The ETag is empty unless it is a strong one.
 *             R   the bytes of all ranges, in the order of the question
 *             E   u8 'C', 'N' or 'F', text: it failed; 'C': the file was
 *                 replaced; 'N': there is none, when it was to be opened
 *
 * After an E, a new O begins anew.
 */
#ifndef SHEAF_HTTP_HTTP_H
#define SHEAF_HTTP_HTTP_H

#include "base/buf.h"
#include "http/answer.h"

/* Ranges of one question, and bytes of all of them. */
#define RANGES_MAX 4096u
#define ANSWER_MAX ((uint64_t)64 << 20)
/* The bytes at the end of the file that opening asks for. */
#define TAIL_SIZE 16384u
/* The END frame, which a file has at its end. */
#define END_FRAME 176u
/* Ranges with a smaller gap between them are one request. */
#define GAP_MAX 8192u
#define REQUEST_MAX ((uint64_t)16 << 20)

/* ---- io.c ---------------------------------------------------------------- */

/* Ends the program: the command is gone, or there is no memory. */
void die(const char *why) __attribute__((noreturn));
void *take_memory(size_t len);
/* False at the end of the input. */
bool take_byte(uint8_t *out);
uint64_t take_number(unsigned len);
/* Text of at most `max` bytes. */
char *take_text(size_t max);
void put_byte(char c);
void put_number(uint64_t v, unsigned len);
void put_text(const char *text);
void put_bytes(const void *data, size_t len);
void put_now(void);

/* ---- s3.c ---------------------------------------------------------------- */

struct s3 {
    bool used;
    char *url; /* https://... */
    char *region;
    char *key; /* NULL: requests are not signed */
    char *secret;
    char *token; /* or NULL */
};

/* Finds address and credentials of an s3:// URL. Returns NULL, or what is
 * wrong with it. */
const char *s3_find(const char *url, const char *endpoint, struct s3 *out);
void s3_free(struct s3 *s);

/* ---- fetch.c ------------------------------------------------------------- */

/* A request, and what came of it. */
struct fetch {
    uint64_t from, to; /* the last byte included */
    bool suffix;       /* only: the last to - from + 1 bytes */
    uint8_t *data;
    uint64_t got;
    struct answer answer;
};

enum outcome {
    FETCHED,
    FETCH_FAILED,    /* for good; why[] says so */
    FETCH_CHANGED,   /* the file is another one now */
    FETCH_NO_RANGES, /* the whole file was sent */
    FETCH_OTHER      /* another range than the one asked for */
};

struct server {
    struct s3 s3;
    const char *url; /* as it was given, or that of s3 */
    char *host;      /* for messages: without credentials, path, query */
    unsigned seconds;
    bool tell;
    bool known; /* size and tag are known */
    uint64_t size;
    char tag[ANSWER_TAG_MAX + 1]; /* an ETag, or "" */
    bool strong;
    bool missing; /* it says that there is no such file */
    uint32_t trips, requests;
    uint64_t bytes;
    char why[512];
};

bool server_begin(struct server *s, const char *url, const char *endpoint);
void server_end(struct server *s);
/* Makes these requests at the same time, and again where that may help. */
enum outcome fetch_all(struct server *s, struct fetch *f, size_t count);
/* Frees the data. */
void fetch_drop(struct fetch *f, size_t count);

/* ---- file.c -------------------------------------------------------------- */

struct span {
    uint64_t offset, len;
};

/* Finds size and tag of the file, and its last bytes. */
enum outcome file_open(struct server *s, struct sheaf_buf *tail);
/* Reads ranges, and says the answer. */
enum outcome file_read(struct server *s, const struct span *spans,
                       size_t count, const struct sheaf_buf *tail);

#endif
