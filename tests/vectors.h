/*
 * vectors.h - how the vectors of the specification are made.
 *
 * make_vectors.c writes the files. vectors_good.c makes archives with the
 * library's own writer. The others use the twisting writer of vectors_build.c,
 * which also follows the specification, but can change one thing. Everything
 * that depends on the changed thing is computed afterwards, so exactly one
 * clause is broken. Its frames are stored, not compressed (vectors_store.c),
 * so they are the same with any libzstd.
 *
 * Tables of plans list what is broken: vectors_frames.c has the clauses on
 * frames and their contents (F2 to F5, F12, F14), vectors_leaves.c those on
 * data derived from articles (F6 to F8, F10), vectors_notes.c those on signed
 * data (F9, F11), vectors_words.c those on words (F17).
 */
#ifndef VECTORS_H
#define VECTORS_H

#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "format/article.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "format/frame.h"
#include "format/group.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "log/merkle.h"
#include "log/note.h"
#include "format/parity.h"
#include "format/delta.h"
#include "format/ledger.h"
#include "format/table.h"
#include "format/top.h"

#define ARTICLES_MAX 512
/* A stored leaf's record, with one part; its commitment comes last. */
#define LEAF_SIZE (LEAF_FIXED_SIZE + LEAF_PART_SIZE)
#define TIME INT64_C(1715000000000) /* of archiving, as claimed */
#define DICT_ID 40000u
#define SEED "a test key of sheaf: never use it"
#define OTHER_SEED "another test key: don't use it!!!"
#define ORIGIN "example.org/vectors"
#define BODY "The harbour has been open since Monday.\n"

/* None of this is expected to fail. */
void must(bool good, const char *what);
#define MUST(condition) must((condition), #condition)
#define MUST_OK(call) must((call) == SHEAF_OK, #call)

struct sheaf_bytes text_bytes(const char *text);
/* Numbers that look like chance, the same each time. */
uint32_t next_number(uint32_t *state);

/* ---- Stored zstd frames -------------------------------------------------- */

/* How a frame is to differ from a good one. */
struct craft {
    bool no_size;
    bool no_checksum;
    bool reserved;
    bool windowed;         /* not single-segment, with ... */
    uint8_t window;        /* ... this window */
    uint32_t dict_id;      /* instead of the one in force */
    uint64_t size;         /* stated, instead of the content's */
    uint32_t block_size;   /* of the first block, instead of its own */
    uint8_t block_type;    /* likewise */
    uint8_t modes;         /* of sequences: a block with one, see below */
    uint8_t checksum_flip;
};

/* Append a frame with this content; `craft` may be NULL. */
void store(struct sheaf_bytes content, uint32_t dict_id,
           const struct craft *craft, struct sheaf_buf *out);
void add_le(struct sheaf_buf *out, uint64_t v, unsigned len);

/* ---- The twisting writer: what it knows ---------------------------------- */

/* When a twist is called, and with what. */
enum moment {
    AT_START,     /* of a generation */
    AT_DICT,      /* struct sheaf_buf: it, before it is stored */
    AT_PAYLOAD,   /* struct sheaf_buf: its frame */
    AFTER_DICT,
    AT_ARTICLES,  /* before a group ends */
    AT_COLUMNS,   /* struct sheaf_buf: their text, before it is stored */
    AT_STORED,    /* struct sheaf_buf: their frame */
    AFTER_GROUP,
    AT_STATEMENTS, /* after the groups */
    AT_ROWS,      /* struct all_rows */
    AT_WIDTHS,    /* struct made_block: before its rows are packed */
    BEFORE_TABLES,
    BEFORE_SEAL,
    BEFORE_TILES,
    AT_NOTE,      /* struct top: instead of signing it */
    AT_TOP,       /* struct top, a copy to be written */
    AFTER_END,    /* the first one */
    AT_SECOND_TOP, /* its frame is the last of the file so far */
    AT_FRAME,     /* size_t: where the frame just written begins */
    AT_LAST       /* all is written */
};

/* Rows of one kind in the order in which they are written. */
struct all_rows {
    enum table_kind kind;
    size_t count;
    uint8_t row[ARTICLES_MAX][TABLE_ROW_MAX];
};

/* The one block of a table that is being written. */
struct made_block {
    enum table_kind kind;
    struct table_widths *widths;
};

struct known {
    uint8_t id_hash[32];
    uint32_t rev;
    uint8_t leaf_hash[32];
};

/* An article that was removed, for a redaction. */
struct gone {
    uint64_t leaf;
    uint32_t rev;
    uint8_t hash[32];
    uint8_t id_hash[32];
};

struct plan;

struct build {
    const struct plan *plan;
    struct sheaf_buf out;
    struct ledger ledger;
    struct group group;
    struct article article;
    struct all_rows all[TABLE_KINDS]; /* of all generations */
    struct known known[ARTICLES_MAX];
    size_t known_count;
    struct gone gone[16];
    size_t gone_count;
    size_t content_size; /* of the last block */
    uint32_t dict_id;
    struct sheaf_buf par; /* due after the next group */
    unsigned seen[16];    /* frames of each type so far, for patches */
    bool skip;            /* set by a twist: leave out what comes next */
    struct sheaf_bytes instead; /* likewise: stored instead of the next
                                   article's content, unless NULL */
};

/* A byte of a frame that is changed, its sum made right afterwards. */
struct flip {
    const char *type;
    unsigned nth;    /* of its type, from 0; an END and the next, which is
                        its copy; a TOP's copy follows from it */
    int at;          /* in the body; from its end if negative */
    uint8_t flip;
};

/* What is done to the last row of a table. */
enum change { ROW_KEPT, ROW_FLIPPED, ROW_DROPPED, ROW_DOUBLED, ROW_ADDED };

struct row_change {
    enum change change;
    enum table_kind kind;
    size_t at; /* the byte that is flipped */
};

/* When runs are merged. */
enum runs { RUNS_BY_ADVICE, RUNS_OF_ALL, RUNS_OF_EACH };

struct plan {
    const char *name;   /* begins with the clause that it breaks */
    const char *expect; /* NULL: corrupt */
    unsigned generations; /* 0: one */
    bool dict;
    bool words;         /* the dictionary has a table of them */
    bool no_flag;       /* but the head does not say so */
    uint32_t must;      /* other features in the end record ... */
    uint32_t may;       /* ... and those that may be ignored */
    bool note;          /* signed by the test key */
    bool base;          /* later tops are written against the first */
    bool key;           /* the verifier has the key ... */
    bool other_key;     /* ... or the other one */
    const char *line;   /* of one more article */
    const char *body;
    bool no_line_feed;
    const struct craft *craft; /* of the last article's frame */
    struct flip patch;
    struct row_change row;
    void (*twist)(struct build *b, enum moment when, void *what);
    const char *from;   /* in the note's text, before it is signed ... */
    const char *to;     /* ... replaced by this */
    const char *sig_from; /* likewise in the note, after that */
    const char *sig_to;
    bool single;        /* only one article */
    bool none;          /* no usual articles, only what twists add */
    bool removed;       /* in the first generation one more article, removed,
                           and in the last one its redaction */
    bool unnamed;       /* without that redaction */
    bool rekey;         /* the last one changes to the other key */
    const char *gone;   /* ID of a removed article, as it was */
    enum runs runs;
    bool opens;         /* though it doesn't verify, its articles are found */
};

/* The archive of a plan, in b->out. */
void build(struct build *b, const struct plan *plan);
void build_free(struct build *b);

/* ---- What twists use ----------------------------------------------------- */

uint8_t *body_at(struct build *b, size_t start);
/* Length and sum of the last frame, after it was changed. */
void seal_frame(struct build *b, size_t start);
void add_frame(struct build *b, enum frame_type type, const void *body,
               size_t len);
/* An article of this content, good or not; `id` is what it goes by. */
void add_content(struct build *b, const char *id, struct sheaf_bytes content,
                 const struct craft *craft);
/* A good article, or its next revision. */
void add_article(struct build *b, const char *id, const char *fields,
                 const char *body, const struct craft *craft);
/* Good articles or next revisions that share a frame; how many, at most 512. */
struct in_block {
    const char *id;
    const char *fields;
    const char *body;
};
void add_block(struct build *b, const struct in_block *articles, size_t count,
               const struct craft *craft);
/* A good article or next revision as its difference from the content of the
 * frame at `base`; but stored, as `craft` says, so that it needs nothing of
 * it. `more`, unless NULL, follows in the content, and `trailing` bytes the
 * frame. */
struct difference {
    const char *id;
    const char *fields;
    const char *body;
    uint64_t base;
    uint32_t length;
    const char *more;
    const char *trailing;
};
void add_difference(struct build *b, const struct difference *d,
                    const struct craft *craft);
/* Where the frame of article number `index` is: its row in MAP. */
uint64_t frame_offset(const struct build *b, size_t index);
uint32_t frame_length(const struct build *b, size_t index);
/* One that was removed: what is left of it. */
void add_removed(struct build *b, const char *id, const char *fields,
                 const char *body);
/* Of b->gone[] or of what a twist makes up. */
void add_redaction(struct build *b, const struct gone *gone,
                   struct sheaf_bytes reason);
/* A key change of this part; `change` says what the ledger keeps of it. */
void add_key_part(struct build *b, const struct key_change *change,
                  struct sheaf_bytes part);
void add_key_change(struct build *b, const char *old_seed, const char *new_seed,
                    const char *origin);
struct known *find_known(struct build *b, struct sheaf_bytes id);
/* The bytes that code in the table of words of plans: marks, the codes of
 * "harbour" and of ", ", and the first byte of the code of "ferry". */
#define W_ESCAPE "\x01"
#define W_CAPITAL "\x02"
#define W_UPPER "\x03"
#define W_HARBOUR "\x80"
#define W_COMMA "\x81"
#define W_FERRY "\xf0\x00"
/* A dictionary, whose ID is `id` unless it is twisted. */
void add_dict(struct build *b, uint32_t id);
void end_group(struct build *b);
void make_key(const char *seed, struct sheaf_secret_key *secret,
              struct sheaf_public_key *pub);
/* A note as F9 wants it, signed by `seed`, but for what the plan replaces. */
void make_note(const struct plan *p, const char *seed, const struct top *t,
               struct sheaf_buf *out);
/* A frame of any type of three letters. */
void add_optional(struct build *b, const char *type, uint8_t version,
                  const char *text);
/* The last generation of the plan is being made. */
bool last_generation(const struct build *b);
/* Where the first group's frame is. */
size_t group_at(const struct build *b);
size_t frame_len(const struct build *b, size_t start);
bool frame_is(const struct build *b, size_t start, const char *type);
/* The sum of a frame in the middle. */
void seal_again(struct build *b, size_t start);
/* At AT_FRAME: the body of the last frame, if of this type, gets more. */
void lengthen(struct build *b, enum moment when, const size_t *start,
              const char *type, size_t by);

#define UNUSED __attribute__((unused))
#define TWIST(name)                                                           \
    static void name(struct build *b UNUSED, enum moment when UNUSED,         \
                     void *what UNUSED)

/* ---- Plans --------------------------------------------------------------- */

#define PARTS(size)                                                           \
    "\"parts\":[{\"role\":\"body\",\"size\":" size ",\"type\":\"text/plain\"}]"
#define P8 PARTS("8")
#define ID9 "\"id\":\"news/9\""
#define R1 "\"rev\":1"
#define PART(members) "{" ID9 ",\"parts\":[" members "]," R1 "}"
#define ZEROS8 "00000000"
#define ZEROS64 ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8
#define A16 "aaaaaaaaaaaaaaaa"
#define A256 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16
#define OPEN8 "[[[[[[[["
#define CLOSE8 "]]]]]]]]"
#define CRAFT(...) .craft = &(const struct craft){ __VA_ARGS__ }
#define PATCH(...) .patch = { __VA_ARGS__ }
#define ROW(what, table, byte)                                                \
    .row = { ROW_##what, TABLE_##table, byte }
#define NOTE(a, b) .note = true, .from = a, .to = b
#define SIG(a, b) .note = true, .sig_from = a, .sig_to = b
/* LEF frames are, in this order: of the removed article, the first seal, the
 * redaction, the second seal; ... */
#define REDACTED .removed = true, .generations = 2
/* ... the first seal, the key change, the second seal. */
#define REKEYED .rekey = true, .generations = 2
/* The second and the third top are written against the first. */
#define BASED .dict = true, .generations = 3, .base = true
/* The removed article, named by nothing. */
#define REMOVED .removed = true, .unnamed = true

/* What is broken, or just unusual; each table ends with a name of NULL. */
extern const struct plan frame_plans[];
extern const struct plan leaf_plans[];
extern const struct plan note_plans[];
extern const struct plan word_plans[];

/* ---- Archives by the library's own writer -------------------------------- */

/* NULL after the last. */
const char *good_name(size_t index);
void write_good(size_t index, const char *path);

#endif
