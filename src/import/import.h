/*
 * import.h - what the files of sheaf-import share.
 *
 * sheaf-import turns files, folders, archives and collections of any kind
 * into one stream of records that the packer reads through a pipe. It is a
 * program of its own so that the libraries which parse strangers' bytes are
 * in neither the packer's process nor that of `sheaf get`. The stream is
 * described in cli/stream.h.
 *
 * How an input goes through. Whoever opens something (a file, a member of an
 * archive, what a compressed file holds) makes a `struct input` of it, which
 * is a stream of bytes with a start to look at, and a `struct item`, which
 * says where it came from; and calls import_item. That finds the kind in the
 * table in kinds.c and calls the function of that kind. A container calls
 * item->open for what is in it, which is import_item again. A format makes
 * articles with emit(), and names with reject() what can't be one.
 *
 * What goes wrong, from small to large:
 *   warn()       an article is made, and something about it is in doubt
 *   leave_out()  recognised, and no article: a picture, a link
 *   reject()     one record or file is wrong; the next one is tried
 *   input_fail() the rest of this input can't be read. It then looks ended;
 *                who made the input asks input_failed() and rejects it
 *   die()        nothing more can be done, and the program ends
 * Memory is never short here: base/mem.h is replaced, see mem.c, so that
 * functions of base/ which return false for lack of it do not.
 *
 * A `struct text` is a view. Strings that go into metadata are UTF-8, which
 * whoever puts them there has checked. Every size is bounded below.
 */
#ifndef SHEAF_IMPORT_IMPORT_H
#define SHEAF_IMPORT_IMPORT_H

#include <stdnoreturn.h>
#include <sys/types.h>

#include "base/base.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/utf8.h"

#define KIB ((size_t)1 << 10)
#define MIB ((size_t)1 << 20)

enum {
    EXIT_FAILED = 1, /* exit codes of the sheaf command */
    EXIT_USAGE = 2,
    EXIT_LIMIT = 7,
};

#define ID_MAX ((size_t)1024)
#define META_MAX (MIB - 64 * KIB)
/* Nested objects and arrays in a metadata line, itself counted. */
#define META_DEPTH 32
/* An article up to this size is held in memory while it is looked at; of a
 * larger one only the start is. */
#define HOLD_MAX (16 * MIB)
#define LOOK_MAX (64 * KIB)
/* A record must be held whole, and its strings once more, decoded. */
#define RECORD_MAX (64 * MIB)
/* Containers within each other: a folder, an archive, a compressed file. */
#define NEST_MAX 8
#define PARTS_MAX 254
#define UNKNOWN_SIZE UINT64_MAX
#define HEADLINE_MAX ((size_t)1000)
#define FIRST_LINE_MAX ((size_t)300)
#define SUMMARY_MAX ((size_t)4000)
#define DATE_MAX 64

#define TYPE_TEXT "text/plain; charset=utf-8"
#define TYPE_MARKDOWN "text/markdown"
#define TYPE_HTML "text/html"
#define TYPE_BYTES "application/octet-stream"

/* ---- Text: text.c ---- */

struct text {
    const char *data;
    size_t len;
};

static inline struct text
text_from(const void *data, size_t len)
{
    struct text t = { data, len };

    return t;
}

static inline struct text
text_of(const char *s)
{
    return text_from(s, strlen(s));
}

static inline struct text
text_of_buf(const struct sheaf_buf *b)
{
    return text_from(b->data != NULL ? (const char *)b->data : "", b->len);
}

static inline struct sheaf_bytes
text_bytes(struct text t)
{
    struct sheaf_bytes b = { (const uint8_t *)t.data, t.len };

    return b;
}

static inline bool
text_is(struct text t, const char *s)
{
    return t.len == strlen(s) && memcmp(t.data, s, t.len) == 0;
}

static inline bool
text_is_utf8(struct text t)
{
    return utf8_valid(text_bytes(t));
}

static inline int
text_compare(struct text a, struct text b)
{
    return bytes_compare(text_bytes(a), text_bytes(b));
}

bool text_ends(struct text t, const char *suffix); /* ASCII case ignored */
bool text_begins(struct text t, const char *prefix); /* likewise */
/* Without white space at its ends. */
struct text text_trim(struct text t);
/* At most `max` bytes, cut between two characters. */
struct text text_cut(struct text t, size_t max);
/* Takes the first line off `rest`, without its line end; false at the end. */
bool text_line(struct text *rest, struct text *line);
/* The first line with anything in it, and at most FIRST_LINE_MAX of that. */
struct text text_first_line(struct text body);
/* A new string; freed with mem_free(). In mem.c. */
char *format_text(const char *format, ...) PRINTF_LIKE(1, 2);

/* ---- What the user asked for: asked.c ---- */

struct patterns {
    const char *list[256];
    size_t count;
};

struct options {
    const char *from;      /* name of a kind, or NULL */
    const char *map;       /* a file, or NULL */
    const char *files_from; /* likewise */
    const char *charset;   /* of names and text that is not UTF-8, or NULL */
    const char *id_prefix; /* or "" */
    struct patterns include, exclude, tables;
    bool hidden; /* take hidden files too */
    bool strict; /* the first thing that is rejected ends it all */
    bool report; /* say of each article what was found */
    uint64_t expand_ratio;
    uint64_t expand_total;
    unsigned idle_seconds; /* of processor time without any progress */
};

extern struct options asked;

/* Reads them off `argv`, up to the first input; NULL: wrong usage. */
char **options_parse(char **argv);

/* ---- The stream: out.c ---- */

struct part {
    int role; /* enum sheaf_role */
    const char *type;
    uint64_t size;
    const void *data; /* NULL: they follow with out_bytes, all of them */
};

void out_start(void);
/* For fuzzing: what is written goes nowhere. */
void out_discard(void);
/* At most one part is without data, and it is the last. */
void out_article(const char *place, struct text meta,
                 const struct part *parts, size_t count);
void out_bytes(const void *data, size_t len);
/* What was found in the article that comes next, as JSON. */
void out_report(struct text json);
/* So many articles up to now. */
uint64_t out_articles(void);
void out_end(void);

/* `kind` is for the summary: "symbolic link". A NULL `place`: only counted. */
void leave_out(const char *kind, const char *place, const char *format, ...)
    PRINTF_LIKE(3, 4);
void warn(const char *place, const char *format, ...) PRINTF_LIKE(2, 3);
/* `record` is what --rejects keeps of it, or empty. EXIT_FAILED, or
 * EXIT_LIMIT for what is over a limit. */
void reject(int code, const char *place, struct text record,
            const char *format, ...) PRINTF_LIKE(4, 5);
/* Writes "PLACE: message" and ends the program. A NULL place: no place. */
noreturn void die(int code, const char *place, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* Something was read: the watch over time begins anew. */
void out_progress(void);
/* Starts that watch. */
void out_watch(unsigned seconds);

/* ---- Where bytes come from: input.c ---- */

/* How much came out of how little: shared by all that comes out of one
 * compressed file or archive. */
struct meter {
    const uint64_t *paid; /* bytes read from outside */
    uint64_t got;
};

/*
 * A buffered reader. `read` gives up to `cap` bytes, and 0 at the end; when
 * it can't, it calls input_fail and gives 0. What has been read and not yet
 * taken is at buffer[at..len). Starts as { .read, .ctx, .size, .fd }.
 */
struct input {
    size_t (*read)(struct input *in, void *buffer, size_t cap);
    void *ctx;
    uint64_t size; /* of everything, or UNKNOWN_SIZE */
    int fd;        /* a file with these bytes, from its start; -1: none */
    struct meter *meter; /* what is read counts there; NULL: nowhere */
    uint64_t taken;      /* bytes that `read` gave */
    char *buffer;
    size_t at;
    size_t len;
    size_t cap;
    bool ended;
    int wrong_code; /* 0: nothing is wrong */
    char *wrong;
    int spool; /* temporary file it holds, from 1; 0: none */
};

enum line { LINE_GOOD, LINE_LONG, LINE_END };

/* Reads until `want` bytes are there, or the end. */
struct text input_peek(struct input *in, size_t want);
/* Takes `len` bytes that are there. */
void input_take(struct input *in, size_t len);
/* The next line, without its line feed, valid until the next call. One of
 * more than RECORD_MAX is passed over: LINE_LONG. */
enum line input_line(struct input *in, struct text *line);
/* Reads up to the end, and takes it all. */
void input_drain(struct input *in);
/* Writes what is left as the article's bytes; `size` of them are promised. */
void input_pass(struct input *in, uint64_t size, const char *place);
/* What is left, in a file: `fd` and `size` say so. False: input_fail was
 * called. */
bool input_to_file(struct input *in);
void input_fail(struct input *in, int code, const char *format, ...)
    PRINTF_LIKE(3, 4);
static inline bool
input_failed(const struct input *in)
{
    return in->wrong_code != 0;
}
void input_free(struct input *in);
/* Before the sandbox is shut: after it no file can be made. */
void spool_open(void);

/* ---- One thing to import ---- */

struct item {
    struct input *in;
    const char *place;  /* for messages */
    const char *id;     /* if the article brings none; NULL: none */
    const char *whole;  /* the ID with suffixes of compression; or NULL */
    const char *file;   /* source.file; NULL: not said */
    const char *member; /* source.member; likewise */
    unsigned depth;     /* containers around it */
    bool found;         /* in a container: not named by the user */
    bool rooted;        /* others were given beside it: IDs of what is in
                         * it begin with its own */
    void (*open)(struct item *item); /* for what is inside of it */
};

/* What an item's kind is told by. */
struct look {
    struct text start; /* LOOK_MAX bytes, or all */
    struct text name;  /* the last part of its ID, or "" */
    bool whole;        /* `start` is all of it */
};

/* ---- What the user names: walk.c ---- */

/* `id` is what IDs are made of: a file's own, or what those of the files in
 * a folder begin with. `rooted`: as in struct item. What can't be opened ends
 * the program, unless it is `listed`. */
void import_path(const char *path, const char *id, bool rooted, bool listed);
void import_stdin(void);

/* ---- Names: names.c ---- */

/* A file's or member's name as an ID can have it: by --charset, by `charset`
 * (NULL: none), or with %XX for what is not UTF-8. A new string. */
char *name_for_id(const char *name, const char *charset);
/* By --include, --exclude and --hidden, for what is found in a folder or an
 * archive; what is not wanted is counted. */
bool name_wanted(const char *path);

/* ---- Kinds: kinds.c ---- */

void import_item(struct item *item);
/* Whether --from may have this name. */
bool kind_exists(const char *name);

/* Each format: whether it is that, and what is done with it. */
bool is_gzip(const struct look *l);
bool is_zstd(const struct look *l);
bool is_packed(const struct look *l); /* by what libarchive unpacks */
void import_gzip(struct item *item);
void import_zstd(struct item *item);
void import_packed(struct item *item);

bool is_archive(const struct look *l);
bool is_iso(const struct look *l);
bool is_xar(const struct look *l);
bool is_cab(const struct look *l);
void import_archive(struct item *item);

bool is_sqlite(const struct look *l);
void import_sqlite(struct item *item);

bool is_xml(const struct look *l); /* only with --map */
void import_xml(struct item *item);

bool is_csv(const struct look *l);
void import_csv(struct item *item);

bool is_jsonl(const struct look *l);
bool is_json(const struct look *l);
void import_jsonl(struct item *item);
void import_json(struct item *item);

/* The rest is one article each: article.c. */
bool is_html(const struct look *l);
bool is_markdown(const struct look *l);
bool is_text(const struct look *l);
void import_html(struct item *item);
void import_markdown(struct item *item);
void import_text(struct item *item);
void import_bytes(struct item *item);

/* What is no article, or none that can be read: other.c. A word for it, or
 * NULL. `quiet`: of no interest one by one. */
const char *other_kind(const struct look *l, bool *quiet);

/* The file's name without the suffix of what it was packed with; a new
 * string. */
char *without_packed_suffix(const char *name);

/* Calls item->open for what `in` gives, which comes out of `item`, and
 * rejects the item if that can't be read to its end. */
void import_inside(struct item *item, struct input *in);

/* ---- Metadata: meta.c ---- */

/*
 * One article's metadata. Empty fields are left out. The bufs hold canonical
 * JSON. `line` 0: not said.
 */
struct meta {
    struct text id, url, headline, summary, section, lang;
    struct text published, updated, byline;
    struct text file, member;
    uint64_t line;
    struct sheaf_buf ext, keys, keywords, media, related;
    /* What texts above may point into, where no input has them so. */
    struct sheaf_buf notes;
    char published_text[DATE_MAX];
    char updated_text[DATE_MAX];
    /* Names of fields that were guessed, with a space behind each. */
    struct sheaf_buf guessed;
};

void meta_start(struct meta *m, const struct item *item);
/* The canonical line, valid until the next call. False: `why` says what is
 * wrong with it, and `code` what kind of wrong that is. */
bool meta_line(struct meta *m, struct text *line, int *code, char **why);
/* Notes that a field was found where it need not be right. */
void meta_guess(struct meta *m, const char *field);
void meta_free(struct meta *m);

/* Canonical JSON, RFC 8785. */
void canon_string(struct sheaf_buf *b, struct text t);
/* A comma, unless `b` ends with an opening bracket; then "key":. */
void canon_key(struct sheaf_buf *b, struct text key);

/* Dates: date.c. What the format knows: YYYY, YYYY-MM, YYYY-MM-DD, and RFC
 * 3339 with upper-case letters, its zone optional. */
bool date_is_plain(struct text t);
/* The same moment in that form, if `t` is a date of another well-known form
 * (or plain already). */
bool date_convert(struct text t, char out[DATE_MAX]);

/* ---- Making articles: emit.c ---- */

/* Checks and writes an article, or rejects it; `record` is what --rejects
 * keeps then. The first part is the body; all have their data. */
bool emit(const char *place, struct meta *m, const struct part *parts,
          size_t count, struct text record);
/* With the rest of `in`, of whatever size, as its body. */
bool emit_input(const char *place, struct meta *m, const char *type,
                struct input *in);

/* ---- Formats ---- */

/* Each fills in what it finds. Texts point into `body` or stay in m->notes. */
void read_text(struct text body, struct meta *m);
void read_markdown(struct text body, struct meta *m);
void read_html(struct text body, struct meta *m);
/* `t` begins as an HTML page does. */
bool looks_like_html(struct text t);

#endif
