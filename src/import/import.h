/*
 * import.h - what the files of sheaf-import share.
 *
 * sheaf-import turns files, folders, archives and collections of any kind into
 * one stream of records, which the packer reads through a pipe. It is a
 * program of its own, so that the libraries that parse untrusted bytes are
 * neither in the packer's process nor in that of `sheaf get`. cli/stream.h
 * describes the stream.
 *
 * The way of an input. Code that opens something (a file, a member of an
 * archive, the content of a compressed file) makes two things of it: a `struct
 * input`, a stream of bytes with a start to examine, and a `struct item`,
 * which says where it came from. It passes them to import_item, which finds
 * the kind in the table in kinds.c and calls the function of that kind. A
 * container calls item->open for what is in it, which is import_item again. A
 * format makes articles with emit(), and reports with reject() what cannot be
 * one.
 *
 * Errors, from small to large:
 *   warn()       an article is made, but something about it is in doubt
 *   leave_out()  recognised, but not an article: a picture, a link
 *   reject()     one record or file is bad; the next one is tried
 *   input_fail() the rest of this input cannot be read. It then seems to end;
 *                the code that made it asks input_failed(), and rejects it
 *   die()        nothing more can be done, and the program ends
 * Memory is never short here: mem.c replaces base/mem.h, so functions of base/
 * that return false for lack of memory never do.
 *
 * A `struct text` is a view. Strings that go into metadata are UTF-8; the code
 * that puts them there checks that. Every size has a limit below.
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
/* Levels of objects and arrays in a metadata line, including the line
 * itself. */
#define META_DEPTH 32
/* An article up to this size is held in memory while it is examined; of a
 * larger one only the start is. */
#define HOLD_MAX (16 * MIB)
#define LOOK_MAX (64 * KIB)
/* A record is held in memory, and its strings once more, decoded. */
#define RECORD_MAX (64 * MIB)
/* Containers inside each other: a folder, an archive, a compressed file. */
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
#define TYPE_XML "application/xml"
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

bool text_is_ascii(struct text t); /* and without NULs */
bool text_ends(struct text t, const char *suffix); /* ASCII case ignored */
bool text_begins(struct text t, const char *prefix); /* likewise */
/* Without white space at its ends. */
struct text text_trim(struct text t);
/* Whether nothing in it is seen: it is white space, or characters without a
 * width, with which mails fill lines. */
bool text_is_blank(struct text t);
/* Only at its start, for what takes one piece of a text after the other: white
 * space at the end would be searched through for each. */
struct text text_trim_start(struct text t);
/* At most `max` bytes, cut between two characters. */
struct text text_cut(struct text t, size_t max);
/* The last part of a path, which may be NULL. */
struct text text_after_slash(const char *path);
/* Takes the first item of a list with this mark between two; false at its
 * end. */
bool text_item(struct text *rest, char mark, struct text *item);
/* Takes the first line of `rest`, without its line end; false at the end. */
bool text_line(struct text *rest, struct text *line);
/* The first line that is not empty, at most FIRST_LINE_MAX bytes of it. */
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
    bool no_lines; /* do not say where a record was */
    bool strict; /* the first error ends the program */
    bool report; /* report what was found in each article */
    bool progress; /* say how far the inputs have been read */
    bool media; /* also take the files that articles name */
    bool keep_raw; /* keep the record of a crawl with its article */
    uint64_t expand_ratio;
    uint64_t expand_total;
    unsigned idle_seconds; /* of processor time without progress */
};

extern struct options asked;

/* Parses options in `argv`, up to the first input; NULL: wrong usage. */
char **options_parse(char **argv);

/* ---- The stream: out.c ---- */

struct part {
    int role; /* enum sheaf_role */
    const char *type;
    uint64_t size;
    const void *data; /* NULL: they follow with out_bytes, all of them */
};

void out_start(void);
/* For fuzzing: discards the output. */
void out_discard(void);
/* At most one part, the last, may be without data. */
void out_article(const char *place, struct text meta,
                 const struct part *parts, size_t count);
void out_bytes(const void *data, size_t len);
/* What was found in the next article, as JSON. */
void out_report(struct text json);
/* The number of articles so far. */
uint64_t out_articles(void);
void out_end(void);

/* `kind` is for the summary: "symbolic link". A NULL `place`: only counted. */
void leave_out(const char *kind, const char *place, const char *format, ...)
    PRINTF_LIKE(3, 4);
void warn(const char *place, const char *format, ...) PRINTF_LIKE(2, 3);
/* `record` is what --rejects keeps, or empty. `code` is EXIT_FAILED, or
 * EXIT_LIMIT if something is over a limit. */
void reject(int code, const char *place, struct text record,
            const char *format, ...) PRINTF_LIKE(4, 5);
/* Writes "PLACE: message" and ends the program. A NULL place: no place. */
noreturn void die(int code, const char *place, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* Something was read: restarts the watch on progress. */
void out_progress(void);
/* Starts that watch. */
void out_watch(unsigned seconds);

/* ---- How far the inputs have been read: progress.c ---- */

/* Finds out how much there is, if all of it is files and folders. */
void progress_start(char **inputs);
struct input;
/* From here on it is this file, in a folder or given. */
void progress_read(const struct input *in);
/* A file is done, or left out. */
void progress_passed(uint64_t size);
/* Whether it is time to say how far they have been read, in bytes. */
bool progress_place(uint64_t *done, uint64_t *total);

/* ---- Where bytes come from: input.c ---- */

/* Limits how much a file may expand to. Each file that the user named has one
 * meter for everything inside it. Containers of the same depth count
 * together. */
struct meter {
    const uint64_t *paid;       /* bytes read from the file */
    uint64_t got[NEST_MAX + 1]; /* bytes that came out, by depth */
};

/* Counts bytes that came out. Returns NULL, or why they are too many: a new
 * string, freed with mem_free(). */
char *meter_add(struct meter *m, unsigned depth, uint64_t n);

/*
 * A buffered reader. `read` returns up to `cap` bytes, and 0 at the end; on
 * failure it calls input_fail and returns 0. Bytes that were read but not
 * taken are at buffer[at..len). Initialise with { .read, .ctx, .size, .fd }.
 */
struct input {
    size_t (*read)(struct input *in, void *buffer, size_t cap);
    void *ctx;
    uint64_t size; /* of everything, or UNKNOWN_SIZE */
    int fd;        /* a file with these bytes, from its start; -1: none */
    struct meter *meter; /* counts what is read; NULL: no count */
    unsigned depth;      /* index in meter->got */
    uint64_t taken;      /* bytes that `read` gave */
    char *buffer;
    size_t at;
    size_t len;
    size_t cap;
    bool ended;
    int wrong_code; /* 0: no error */
    char *wrong;
    int spool; /* number of its temporary file, from 1; 0: none */
};

/* How the kind of an item is recognised. */
struct look {
    struct text start; /* LOOK_MAX bytes, or all */
    struct text name;  /* the last part of its ID, or "" */
    bool whole;        /* `start` is everything */
};

enum line { LINE_GOOD, LINE_LONG, LINE_END };

/* Reads until `want` bytes are in the buffer, or to the end. */
struct text input_peek(struct input *in, size_t want);
struct look input_look(struct input *in, struct text name);
/* Takes `len` bytes of the buffer. */
void input_take(struct input *in, size_t len);
/* The next line, without its line feed, valid until the next call. A line
 * of more than RECORD_MAX is skipped: LINE_LONG. */
enum line input_line(struct input *in, struct text *line);
/* Reads and takes everything up to the end. */
void input_drain(struct input *in);
/* Writes the rest as the bytes of the article, which must be `size`. */
void input_pass(struct input *in, uint64_t size, const char *place);
/* Puts the rest into a file, which `fd` and `size` then describe. False:
 * input_fail was called. */
bool input_to_file(struct input *in);
void input_fail(struct input *in, int code, const char *format, ...)
    PRINTF_LIKE(3, 4);
static inline bool
input_failed(const struct input *in)
{
    return in->wrong_code != 0;
}
/* Forgets a failure and what is in the buffer, and reads on. */
void input_restart(struct input *in);
/* The same from the start of its file. */
void input_rewind(struct input *in);
void input_free(struct input *in);
/* Call before the sandbox is closed: no file can be made afterwards. */
void spool_open(void);
/* An empty temporary file; its number, for spool_give. 0: `why` says what is
 * wrong; it is NULL if there is none left. */
int spool_take(int *fd, const char **why);
void spool_give(int spool);

/* ---- One thing to import ---- */

struct item {
    struct input *in;
    const char *place;  /* for messages */
    const char *id;     /* for an article without an ID of its own; NULL:
                           none */
    const char *whole;  /* the ID with suffixes of compression; or NULL */
    const char *file;   /* source.file, or NULL */
    const char *member; /* source.member, or NULL */
    unsigned depth;     /* containers around it */
    struct meter *meter; /* of the file that it came out of; NULL: it is one */
    bool found;         /* in a container: not named by the user */
    bool rooted;        /* other inputs were given, too: IDs of what is in it
                           begin with its own */
    void (*open)(struct item *item); /* for what is inside */
};

/* ---- What the user names: walk.c ---- */

/* `id` is what IDs are made of: a file's own, or what those of the files in
 * a folder begin with. `rooted`: as in struct item. What can't be opened ends
 * the program, unless it is `listed`. */
void import_path(const char *path, const char *id, bool rooted, bool listed);
void import_stdin(void);

/* ---- Names: names.c ---- */

/* The name of a file or member in a form for IDs: converted by --charset,
 * or by `charset` (NULL: none), or with %XX for what is not UTF-8. A new
 * string. */
char *name_for_id(const char *name, const char *charset);
/* Whether a file in a folder or an archive is wanted, by --include,
 * --exclude and --hidden. Unwanted ones are counted. */
bool name_wanted(const char *path);
/* Whether it is hidden or excluded; for files that an article names. */
bool name_refused(const char *path);

/* ---- Kinds: kinds.c ---- */

void import_item(struct item *item);
/* Whether this is the name of a kind, for --from. */
bool kind_exists(const char *name);

/* For each format: whether it is this one, and its import. */
bool is_gzip(const struct look *l);
bool is_zstd(const struct look *l);
bool is_packed(const struct look *l); /* whatever libarchive decompresses */
void import_gzip(struct item *item);
void import_zstd(struct item *item);
void import_packed(struct item *item);

bool is_crawl(const struct look *l); /* WARC and ARC, also compressed */
void import_crawl(struct item *item);

bool is_wacz(const struct look *l);
void import_wacz(struct item *item);

bool is_epub(const struct look *l);
void import_epub(struct item *item);
bool is_docx(const struct look *l); /* or another kind of Office's */
bool is_odt(const struct look *l);
void import_docx(struct item *item);
void import_odt(struct item *item);

bool is_archive(const struct look *l);
bool is_iso(const struct look *l);
bool is_xar(const struct look *l);
bool is_cab(const struct look *l);
void import_archive(struct item *item);

bool is_utf16_records(const struct look *l); /* with records in it */
void import_utf16_records(struct item *item);

bool is_sqlite(const struct look *l);
void import_sqlite(struct item *item);
/* Warns of what is left out, if it is the log of a database in an archive. */
void sqlite_warn_of_log(const struct item *item, struct text start);

bool is_zim(const struct look *l);
void import_zim(struct item *item);

bool is_xml(const struct look *l); /* only with --map */
void import_xml(struct item *item);

bool is_feed(const struct look *l); /* RSS, RDF, Atom, WordPress */
void import_feed(struct item *item);
bool is_mbox(const struct look *l);
bool is_mail(const struct look *l);
void import_mbox(struct item *item);
void import_mail(struct item *item);
bool is_newsml(const struct look *l);
bool is_nitf(const struct look *l);
void import_newsml(struct item *item);
void import_nitf(struct item *item);
bool is_enex(const struct look *l); /* of Evernote */
void import_enex(struct item *item);
bool is_sitemap(const struct look *l);
void import_sitemap(struct item *item);

bool is_mediawiki(const struct look *l); /* exports of wikis */
void import_mediawiki(struct item *item);
bool is_papers(const struct look *l); /* JATS, PubMed, OAI-PMH */
void import_papers(struct item *item);
bool is_sgml(const struct look *l); /* newswire of TREC, Gigaword, Reuters */
void import_sgml(struct item *item);

bool is_ris(const struct look *l);
bool is_endnote(const struct look *l);
bool is_bibtex(const struct look *l);
bool is_nexis(const struct look *l); /* text of Nexis */
bool is_proquest(const struct look *l);    /* likewise */
bool is_movabletype(const struct look *l); /* exports of weblogs */
void import_movabletype(struct item *item);
void import_ris(struct item *item);
void import_endnote(struct item *item);
void import_bibtex(struct item *item);
void import_nexis(struct item *item);
void import_proquest(struct item *item);

bool is_csv(const struct look *l);
void import_csv(struct item *item);

bool is_jsonl(const struct look *l);
bool is_json(const struct look *l);
/* Whether it is a script with a value of JSON: the length of what is before it;
 * or 0. In other.c. */
size_t json_script(struct text start);
/* Whether a text begins with an object that would be an article; `whole`: this
 * is all of it. In json_sure.c. */
bool json_begins_with_record(struct text t, bool whole);
void import_jsonl(struct item *item);
void import_json(struct item *item);

/* The other kinds are one article each: article.c. */
bool is_html(const struct look *l);
bool is_markdown(const struct look *l);
bool is_rst(const struct look *l);
bool is_org(const struct look *l);
bool is_asciidoc(const struct look *l);
bool is_textile(const struct look *l);
bool is_document(const struct look *l);
bool is_text(const struct look *l);
bool is_utf8_text(const struct look *l); /* whatever its name */
void import_html(struct item *item);
void import_markdown(struct item *item);
void import_rst(struct item *item);
void import_org(struct item *item);
void import_asciidoc(struct item *item);
void import_textile(struct item *item);
void import_document(struct item *item);
void import_text(struct item *item);
void import_bytes(struct item *item);

/* Recognises files that are not articles, or from which none can be read:
 * other.c. Returns a word for it, or NULL. `quiet`: not worth naming one by
 * one. */
const char *other_kind(const struct look *l, bool *quiet);

/* What the name says that it is, if that is a container: a suffix; or empty.
 * Call it for what is not known as any kind but text. `common`: folders often
 * have such files that contain nothing. In claims.c. */
struct text belied_name(const struct look *l, bool *common);

/* The name of the file without a suffix of compression; a new string. */
char *without_packed_suffix(const char *name);

/* Calls item->open for the input `in` inside of `item`, and rejects the
 * item if it cannot be read to its end. */
void import_inside(struct item *item, struct input *in);

/* ---- Metadata: meta.c ---- */

/*
 * The metadata of an article. Empty fields are left out. The bufs hold
 * canonical JSON. `line` and `record` 0: unknown.
 */
struct meta {
    struct text id, url, headline, summary, section, lang;
    struct text published, updated, retrieved, byline;
    struct text file, member;
    uint64_t line;   /* of a JSON object or of a row */
    uint64_t record; /* its number in an input of another kind, from 1 */
    struct sheaf_buf authors, ext, keys, keywords, media, related;
    /* Memory for texts above that are not in the input. */
    struct sheaf_buf notes;
    char published_text[DATE_MAX];
    char updated_text[DATE_MAX];
    struct sheaf_buf front; /* what a front matter says, as a JSON object */
    bool fronted; /* it is of a page with front matter ... */
    bool dated;   /* ... that has a date */
    bool another; /* than the one before it with its ID: numbered.h */
    /* Names of fields that were guessed, each followed by a space. */
    struct sheaf_buf guessed;
    /* What may be wrong with the article, each followed by a line end. */
    struct sheaf_buf doubts;
};

void meta_start(struct meta *m, const struct item *item);
/* The canonical line, valid until the next call. False: `why` is the error
 * and `code` its exit code. */
bool meta_line(struct meta *m, struct text *line, int *code, char **why);
/* Notes that a field was found where it need not be right. */
void meta_guess(struct meta *m, const char *field);
bool meta_guessed(const struct meta *m, const char *field);
/* Takes that back, since the user says where it is. */
void meta_not_guessed(struct meta *m, const char *field);
/* Notes what may be wrong: it becomes a warning. */
void meta_doubt(struct meta *m, const char *doubt);
/* A copy of a text in m->notes, which has room for it. */
struct text meta_keep(struct meta *m, struct text t);
void meta_free(struct meta *m);

/* Canonical JSON, RFC 8785. */
void canon_string(struct sheaf_buf *b, struct text t);
/* A comma, unless `b` ends with an opening bracket; then "key":. */
void canon_key(struct sheaf_buf *b, struct text key);

/* Dates: date.c. Whether this is a form that metadata can have: YYYY,
 * YYYY-MM, YYYY-MM-DD, or RFC 3339 with upper-case letters and an optional
 * zone. */
bool date_is_plain(struct text t);
/* Converts a date of another well-known form (or of this one) to this form. */
bool date_convert(struct text t, char out[DATE_MAX]);

/* ---- Making articles: emit.c ---- */

/* Checks and writes an article, or rejects it; `record` is what --rejects
 * then keeps. The first part is the body. All parts have their data. */
bool emit(const char *place, struct meta *m, const struct part *parts,
          size_t count, struct text record);
/* The same with the rest of `in`, of any size, as its body. */
bool emit_input(const char *place, struct meta *m, const char *type,
                struct input *in);

/* ---- Formats ---- */

/* Each fills in the metadata that it finds. Texts are views of `body` or
 * are kept in m->notes. */
void read_text(struct text body, struct meta *m);
void read_markdown(struct text body, struct meta *m);
/* In markup.c. */
void read_rst(struct text body, struct meta *m);
void read_org(struct text body, struct meta *m);
void read_asciidoc(struct text body, struct meta *m);
void read_textile(struct text body, struct meta *m);
void read_document(struct text body, struct meta *m);
/* Appends the text of XML. False: it cannot be read. */
bool document_text(struct text body, struct sheaf_buf *out);
void read_html(struct text body, struct meta *m);
/* Whether `t` begins like an HTML page. */
bool looks_like_html(struct text t);

#endif
