/*
 * import.h - what the files of sheaf-import share.
 *
 * sheaf-import turns files, folders, archives and JSONL into one stream of
 * records that the packer reads through a pipe. It is a program of its own
 * so that the libraries which parse strangers' bytes (libarchive, libxml2)
 * are in neither the packer's process nor that of `sheaf get`.
 *
 *   stream  = "SHFIMP0\n" record*
 *   'A' u16 place_len place u32 meta_len meta u8 nparts
 *       nparts x { u8 role, u8 type_len, type, u64 size } bytes of the parts
 *   'S' u32 len text            an entry was left out: "PLACE: why"
 *   'F' u8 exit_code u32 len text   the import failed; nothing follows
 *   'Z' u64 count               the end; so many articles
 *
 * Integers are big-endian. A stream without 'Z' or 'F' is from an importer
 * that died.
 *
 * Rules for all files. The program has one job and then ends, so whatever
 * goes wrong is reported on the spot with die(), which writes 'F' and does
 * not return: there are no error codes to pass up, and running out of memory
 * is one more thing that goes wrong. A `struct text` is a view. Strings that
 * go into metadata are UTF-8, which whoever puts them there has checked.
 */
#ifndef SHEAF_IMPORT_IMPORT_H
#define SHEAF_IMPORT_IMPORT_H

#include <stdnoreturn.h>
#include <sys/types.h>

#include "base/base.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)

enum {
    EXIT_FAILED = 1, /* exit codes of the sheaf command, for 'F' */
    EXIT_USAGE = 2,
    EXIT_LIMIT = 7,
};

#define ID_MAX ((size_t)1024)
#define META_MAX (MIB - 64 * KIB)
/* Nested objects and arrays in a metadata line, itself counted. */
#define META_DEPTH 32
/* An article up to this size is held in memory while it is looked at; a
 * larger one goes straight through, and only its start is looked at. */
#define HOLD_MAX (16 * MIB)
#define LOOK_MAX (64 * KIB)
/* A JSONL line must be held whole, and its strings once more, decoded. */
#define LINE_MAX_BYTES (64 * MIB)
#define UNKNOWN_SIZE UINT64_MAX
#define HEADLINE_MAX ((size_t)1000)
#define FIRST_LINE_MAX ((size_t)300)
#define SUMMARY_MAX ((size_t)4000)
#define DATE_MAX 64

#define TYPE_TEXT "text/plain; charset=utf-8"
#define TYPE_MARKDOWN "text/markdown"
#define TYPE_HTML "text/html"
#define TYPE_BYTES "application/octet-stream"

/* ---- Text and growable bytes: import_text.c, import_out.c ---- */

struct text {
    const char *data;
    size_t len;
};

struct buf {
    char *data;
    size_t len;
    size_t cap;
};

void *need_memory(void *ptr, size_t count, size_t size);
void buf_room(struct buf *b, size_t more);
void buf_add(struct buf *b, const void *data, size_t len);
void buf_str(struct buf *b, const char *s);
void buf_free(struct buf *b);
/* A new string; freed with free(). */
char *format_text(const char *format, ...) PRINTF_LIKE(1, 2);

static inline struct text
text_of(const char *s)
{
    struct text t = { s, strlen(s) };

    return t;
}

static inline struct text
text_from(const char *data, size_t len)
{
    struct text t = { data, len };

    return t;
}

static inline bool
text_is(struct text t, const char *s)
{
    return t.len == strlen(s) && memcmp(t.data, s, t.len) == 0;
}

int text_compare(struct text a, struct text b);
bool text_ends(struct text t, const char *suffix); /* ASCII case ignored */
bool text_begins(struct text t, const char *prefix); /* likewise */
/* Without white space at its ends. */
struct text text_trim(struct text t);
/* At most `max` bytes, cut between two characters. */
struct text text_cut(struct text t, size_t max);
/* Takes the first line off `rest`, without its line end; false at the end. */
bool text_line(struct text *rest, struct text *line);
/* Length of the character at `p`, of `left` bytes; 0 if that is not UTF-8. */
size_t utf8_char(const unsigned char *p, size_t left);
bool utf8_valid(struct text t);

/* ---- The stream: import_out.c ---- */

void out_start(void);
/* An article with one part, `size` bytes long; they follow with out_bytes,
 * and all of them must. */
void out_article(const char *place, struct text meta, const char *type,
                 uint64_t size);
void out_bytes(const void *data, size_t len);
void out_skip(const char *place, const char *why);
void out_end(void);
/* Writes 'F' "PLACE: message" and ends the program. A NULL place: no place. */
noreturn void die(int code, const char *place, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* ---- Where bytes come from: import_input.c ---- */

/*
 * A buffered reader. `read` gives up to `cap` bytes, 0 at the end, and calls
 * die() when it can't. What has been read and not yet taken is at
 * buffer[at..len). Starts as { .read, .ctx, .size, .place }.
 */
struct input {
    size_t (*read)(void *ctx, void *buffer, size_t cap);
    void *ctx;
    uint64_t size; /* of everything, or UNKNOWN_SIZE */
    const char *place;
    char *buffer;
    size_t at;
    size_t len;
    size_t cap;
    bool ended;
};

/* Reads until `want` bytes are there, or the end. */
struct text input_peek(struct input *in, size_t want);
/* The next line, without its line feed, valid until the next call. */
bool input_line(struct input *in, struct text *line);
/* Writes what is left as the article's bytes; `size` of them are promised. */
void input_pass(struct input *in, uint64_t size);
/* Finds out the size of what is left, by way of a temporary file if there is
 * more than HOLD_MAX of it. */
uint64_t input_measure(struct input *in);
void input_free(struct input *in);
/* Before the sandbox is shut: after it no file can be made. */
void spool_open(void);

/* ---- One thing to import ---- */

struct item {
    struct input *in;
    const char *place; /* for messages */
    const char *id;    /* if the article brings none; NULL: none */
    const char *file;  /* source.file; NULL: not said */
    const char *member; /* source.member; likewise */
};

bool name_is_jsonl(const char *name);
bool name_is_packed_jsonl(const char *name); /* .jsonl.gz and such */
bool looks_like_jsonl(struct text head);
void import_article(struct item *item);
void import_jsonl(struct item *item);
/* A file given by name, or standard input: whatever libarchive opens. `name`
 * is its base name, or NULL if it has none worth keeping. */
void import_opened(int fd, const char *place, const char *name);
/* `in` holds a compressed JSONL file. */
void import_packed_jsonl(struct item *item);

/* ---- Metadata: import_meta.c ---- */

/*
 * One article's metadata. Empty fields are left out. The bufs hold canonical
 * JSON. `line` 0: not said.
 */
struct meta {
    struct text id, url, headline, summary, section, lang;
    struct text published, updated, byline;
    struct text file, member;
    uint64_t line;
    struct buf ext, keys, keywords, media, related;
    /* What texts above may point into, where no input has them so. */
    struct buf notes;
    char published_text[DATE_MAX];
    char updated_text[DATE_MAX];
};

void meta_start(struct meta *m, const struct item *item);
/* The canonical line, valid until the next call. Checks the ID and the size,
 * and names `place` if one is wrong. */
struct text meta_line(struct meta *m, const char *place);
void meta_free(struct meta *m);

/* Canonical JSON, RFC 8785. */
void canon_string(struct buf *b, struct text t);
void canon_uint(struct buf *b, uint64_t v);
/* A comma, unless `b` ends with an opening bracket; then "key":. */
void canon_key(struct buf *b, struct text key);

/* Dates: import_date.c. What the format knows: YYYY, YYYY-MM, YYYY-MM-DD,
 * and RFC 3339 with upper-case letters, its zone optional. */
bool date_is_plain(struct text t);
/* The same moment in that form, if `t` is a date of another well-known form
 * (or plain already). */
bool date_convert(struct text t, char out[DATE_MAX]);

/* ---- Formats ---- */

/* Each fills in what it finds. Texts point into `body` or stay in m->notes. */
void read_text(struct text body, struct meta *m);
void read_markdown(struct text body, struct meta *m);
void read_html(struct text body, struct meta *m);
/* `t` begins as an HTML page does. */
bool looks_like_html(struct text t);

/* ---- JSON: import_json.c ---- */

enum json_type {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

/* A value. Siblings and children are found by their place in nodes; 0, the
 * outermost value, is nobody's sibling or child and so means none. */
struct json {
    enum json_type type;
    bool odd;          /* a string that UTF-8 can't hold: half a surrogate */
    bool odd_key;      /* likewise */
    struct text source; /* as it was written */
    struct text string; /* decoded */
    struct text key;    /* decoded; of a member of an object */
    struct text key_source;
    size_t first; /* child */
    size_t next;  /* sibling */
    size_t count; /* of children */
};

struct json_doc {
    struct json *nodes;
    size_t count;
    size_t cap;
    char *arena; /* decoded strings: never longer than their source */
    size_t arena_len;
    size_t arena_cap;
    struct text source;
    size_t at;
    const char *wrong; /* what json_parse did not like, at byte `at` */
};

/* `doc` starts as { 0 } and may be used again. False: see `wrong`, `at`. */
bool json_parse(struct json_doc *doc, struct text source);
void json_free(struct json_doc *doc);
/* The children of `parent` in order of their keys; freed with free(). */
const struct json **json_sorted(const struct json_doc *doc,
                                const struct json *parent);
/* A key that canonical metadata may have: printable ASCII, and not ours. */
bool json_key_fits(const struct json *member);
/* The value in canonical JSON; where the subset can't hold it, or more than
 * `depth` levels would be needed, as {"$json":"..."}. */
void canon_json(struct buf *b, const struct json_doc *doc,
                const struct json *value, unsigned depth);

#endif
