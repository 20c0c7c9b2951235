/*
 * make_vectors.c - write the vectors of the specification to a folder.
 *
 *     make_vectors FOLDER      (as a rule, spec/vectors)
 *
 * For each archive NAME.sheaf there is NAME.expect, which says what a reader
 * has to make of it. Good ones come from the library's own writer. Bad ones
 * come from the writer here, which follows the specification too but lets
 * one thing be twisted: all that is derived from it is derived afterwards,
 * so one clause is broken and no more. Each is named after its clause. The
 * frames in those are stored, not compressed, so that their bytes are the
 * same with any libzstd; only the dictionary of the F5 vectors is libzstd's.
 *
 * What can't be broken alone, or not in a small file:
 *
 *  - F2.5 in columns: they are JSON text, which never holds the byte 18.
 *  - F5.2 with the one ID that is barred: it is the magic of F2.5.
 *  - F6.4: a top with another root breaks F11.2 before, unless its tiles are
 *    others too. Those are F11.3's, which is looked at later.
 *  - F8.1: a row that comes twice is not one of F8.3's, either.
 *  - F9.1: where no empty line is, F9.4 could be said to be broken, too.
 *  - F10 for slabs: one takes 65,536 articles.
 *  - F12.2 in what makes an end record one (its offset and those of its top):
 *    a file without such a record breaks F12.1.
 *  - F12.3 by both ends: whatever differs in one of them is another clause's.
 *
 * Every vector is verified once it is made; what does not come out as it is
 * meant to is printed, and the exit code is then 1.
 */
#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>
#define ZDICT_STATIC_LINKING_ONLY
#include <zdict.h>
#include <zstd.h>

#include "article.h"
#include "buf.h"
#include "cur.h"
#include "frame.h"
#include "group.h"
#include "hash.h"
#include "json.h"
#include "mem.h"
#include "merkle.h"
#include "note.h"
#include "par.h"
#include "state.h"
#include "table.h"
#include "top.h"

#define ARTICLES_MAX 512
/* A stored leaf's record, with one part; its commitment comes last. */
#define LEAF_SIZE (LEAF_FIXED_SIZE + LEAF_PART_SIZE)
#define TIME INT64_C(1715000000000) /* of archiving, as claimed */
#define DICT_ID 40000u
#define SEED "a test key of sheaf: never use it"
#define OTHER_SEED "another test key: don't use it!!!"
#define ORIGIN "example.org/vectors"

static const char *folder;
static int failures;

/* None of this is expected to fail. */
static void
must(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "make_vectors: %s failed\n", what);
        exit(2);
    }
}

#define MUST(condition) must((condition), #condition)
#define MUST_OK(call) must((call) == SHEAF_OK, #call)

static struct sheaf_bytes
text_bytes(const char *text)
{
    return (struct sheaf_bytes){ (const uint8_t *)text, strlen(text) };
}

/* Numbers that look like chance, the same each time. */
static uint32_t
next_number(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

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

/* The checksum is taken from a frame that libzstd makes. */
static uint32_t
checksum(struct sheaf_bytes content)
{
    size_t bound = ZSTD_compressBound(content.len) + 64;
    uint8_t *out = malloc(bound);
    ZSTD_CCtx *c = ZSTD_createCCtx();
    uint32_t sum;
    size_t n;

    MUST(out != NULL && c != NULL);
    ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
    n = ZSTD_compress2(c, out, bound, content.data, content.len);
    MUST(!ZSTD_isError(n));
    sum = get_le32(out + n - 4);
    ZSTD_freeCCtx(c);
    free(out);
    return sum;
}

static void
add_le(struct sheaf_buf *out, uint64_t v, unsigned len)
{
    for (unsigned i = 0; i < len; i++, v >>= 8) {
        uint8_t byte = (uint8_t)v;

        MUST(buf_add(out, &byte, 1));
    }
}

/* How many bytes are all the same from `at` on. */
static size_t
run_length(struct sheaf_bytes content, size_t at)
{
    size_t n = 1;

    while (at + n < content.len && n < 131072 &&
           content.data[at + n] == content.data[at])
        n++;
    return n;
}

/* Raw blocks, and RLE blocks for what is long and all the same. */
static void
store_blocks(struct sheaf_bytes content, const struct craft *how,
             struct sheaf_buf *out)
{
    size_t at = 0;

    do {
        size_t same = content.len != 0 ? run_length(content, at) : 0;
        size_t n = same >= 32 ? same : 0;
        unsigned type = n != 0 ? 1 : 0;
        uint64_t size;

        while (type == 0 && at + n < content.len && n < 131072 &&
               run_length(content, at + n) < 32)
            n++;
        size = at == 0 && how->block_size != 0 ? how->block_size : n;
        if (at == 0 && how->block_type != 0)
            type = how->block_type;
        add_le(out, (at + n == content.len) | type << 1 | size << 3, 3);
        MUST(buf_add(out, content.data + at, type == 1 ? 1 : n));
        at += n;
    } while (at < content.len);
}

/*
 * A compressed block: raw literals, and one sequence with these compression
 * modes. Its tables are RLE ones (modes 54), so it takes no bits: 15 literals,
 * then 3 bytes like the last of them.
 */
static void
store_sequence(struct sheaf_bytes content, uint8_t modes,
               struct sheaf_buf *out)
{
    const uint8_t sequences[] = { 1, modes, 15, 0, 0, 1 };
    size_t literals = content.len - 3;

    MUST(content.len < 4096 && content.data[14] == content.data[15] &&
         memcmp(content.data + 14, content.data + 15, 3) == 0);
    add_le(out, 1 | 2 << 1 | (2 + literals + sizeof sequences) << 3, 3);
    add_le(out, literals << 4 | 1 << 2, 2);
    MUST(buf_add(out, content.data, 15) &&
         buf_add(out, content.data + 18, literals - 15) &&
         buf_add(out, sequences, sizeof sequences));
}

static void
store(struct sheaf_bytes content, uint32_t dict_id, const struct craft *craft,
      struct sheaf_buf *out)
{
    static const struct craft plain;
    const struct craft *how = craft != NULL ? craft : &plain;
    uint64_t size = how->size != 0 ? how->size : content.len;
    uint32_t id = how->dict_id != 0 ? how->dict_id : dict_id;
    unsigned fcs = size > UINT32_MAX ? 3 : size < 256 && !how->windowed ? 0 : 2;
    bool single = !how->no_size && !how->windowed;
    uint8_t d = (uint8_t)((how->no_size ? 0 : fcs << 6) | (single ? 0x20 : 0) |
                          (how->reserved ? 8 : 0) |
                          (how->no_checksum ? 0 : 4) | (id != 0 ? 3 : 0));

    add_le(out, 0xfd2fb528, 4);
    MUST(buf_add(out, &d, 1));
    if (!single)
        MUST(buf_add(out, &how->window, 1));
    add_le(out, id, id != 0 ? 4 : 0);
    if (!how->no_size)
        add_le(out, size, 1u << fcs);
    if (how->modes != 0)
        store_sequence(content, how->modes, out);
    else
        store_blocks(content, how, out);
    if (!how->no_checksum)
        add_le(out, checksum(content) ^ how->checksum_flip, 4);
}

/* ---- The twisting writer: what it knows ---------------------------------- */

/* When a twist is called, and with what. */
enum moment {
    AT_DICT,      /* struct sheaf_buf: it, before it is stored */
    AT_PAYLOAD,   /* struct sheaf_buf: its frame */
    AFTER_DICT,
    AT_ARTICLES,  /* before a group ends */
    AT_COLUMNS,   /* struct sheaf_buf: their text, before it is stored */
    AT_STORED,    /* struct sheaf_buf: their frame */
    AFTER_GROUP,
    AT_ROWS,      /* struct rows */
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
struct rows {
    enum table_kind kind;
    size_t count;
    uint8_t row[ARTICLES_MAX][TABLE_ROW_MAX];
};

struct known {
    uint8_t id_hash[32];
    uint32_t rev;
    uint8_t leaf_hash[32];
};

struct plan;

struct build {
    const struct plan *plan;
    struct sheaf_buf out;
    struct state state;
    struct group group;
    struct article article;
    struct rows all[TABLE_KINDS]; /* of all generations */
    struct known known[ARTICLES_MAX];
    size_t known_count;
    uint32_t dict_id;
    struct sheaf_buf par; /* due after the next group */
    unsigned seen[16];    /* frames of each type so far, for patches */
    bool skip;            /* set by a twist: leave out what comes next */
};

/* A byte of a frame that is changed, its sum made right afterwards. */
struct patch {
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

struct plan {
    const char *name;   /* begins with the clause that it breaks */
    const char *expect; /* NULL: corrupt */
    unsigned generations; /* 0: one */
    bool dict;
    bool note;          /* signed by the test key */
    bool key;           /* the verifier has the key */
    const char *line;   /* of one more article */
    const char *body;
    bool no_line_feed;
    const struct craft *craft; /* of the last article's frame */
    struct patch patch;
    struct row_change row;
    void (*twist)(struct build *b, enum moment when, void *what);
    const char *from;   /* in the note's text, before it is signed ... */
    const char *to;     /* ... replaced by this */
    const char *sig_from; /* likewise in the note, after that */
    const char *sig_to;
    bool single;        /* only one article */
    bool opens;         /* though it doesn't verify, its articles are found */
};

static void
twist(struct build *b, enum moment when, void *what)
{
    if (b->plan->twist != NULL)
        b->plan->twist(b, when, what);
}

/* ---- Frames -------------------------------------------------------------- */

static uint8_t *
body_at(struct build *b, size_t start)
{
    return b->out.data + start + FRAME_HEAD_SIZE;
}

static size_t
body_len(const struct build *b, size_t start)
{
    return b->out.len - start - FRAME_HEAD_SIZE - FRAME_SUM_SIZE;
}

/* Length and sum of the last frame, after it was changed. */
static void
seal_frame(struct build *b, size_t start)
{
    b->out.len -= FRAME_SUM_SIZE;
    MUST(frame_end(&b->out, start));
}

static unsigned
type_index(const char *type)
{
    static const char types[] = "SHF PAR GRP SLB MAP URL DIR "
                                "LEF TIL TOP END PAD";
    const char *at = strstr(types, type);

    MUST(at != NULL);
    return (unsigned)(at - types) / 4;
}

/* A sheaf frame has been added at `start`: patch it if it is the one. */
static void
written(struct build *b, size_t start)
{
    const struct patch *p = &b->plan->patch;
    char type[4] = { 0 };
    unsigned nth;

    memcpy(type, b->out.data + start + 8, 3);
    nth = b->seen[type_index(type)]++;
    if (p->type != NULL && strcmp(p->type, type) == 0 &&
        (p->nth == nth || (p->nth + 1 == nth && strcmp(type, "END") == 0))) {
        size_t len = body_len(b, start);
        size_t at = p->at >= 0 ? (size_t)p->at : len - (size_t)-p->at;

        MUST(at < len);
        body_at(b, start)[at] ^= p->flip;
        if (strcmp(type, "LEF") == 0 && at >= LEAF_SIZE)
            hash_blake2b(body_at(b, start) + LEAF_SIZE, len - LEAF_SIZE,
                         body_at(b, start) + LEAF_SIZE - 32);
        seal_frame(b, start);
    }
    twist(b, AT_FRAME, &start);
}

static void
add_frame(struct build *b, const char *type, const void *body, size_t len)
{
    size_t start = b->out.len;

    MUST(frame_begin(&b->out, type));
    MUST(buf_add(&b->out, body, len));
    MUST(frame_end(&b->out, start));
}

/* ---- Articles ------------------------------------------------------------ */

static struct rows *
add_row(struct build *b, enum table_kind kind, uint8_t **row)
{
    struct rows *r = &b->all[kind];

    MUST(r->count < ARTICLES_MAX);
    *row = r->row[r->count++];
    return r;
}

/* A leaf for what may be no article: the ID is given, the rest is usual. */
static void
make_leaf(struct article *a, const char *id, struct sheaf_bytes line,
          struct sheaf_bytes body, struct sheaf_buf *quoted)
{
    uint8_t hash[32];

    memset(&a->meta, 0, sizeof a->meta);
    MUST(buf_add_str(quoted, "\"") && buf_add_str(quoted, id) &&
         buf_add_str(quoted, "\""));
    a->meta.id = buf_view(quoted);
    a->id = text_bytes(id);
    a->time = LEAF_TIME_NONE;
    hash_blake2b(id, strlen(id), hash);
    leaf_begin(&a->leaf, LEAF_ARTICLE, 1, a->time, NULL, hash);
    hash_blake2b(line.data, line.len, hash);
    leaf_part(&a->leaf, ROLE_META, 1, line.len, hash);
    hash_blake2b(body.data, body.len, hash);
    leaf_part(&a->leaf, ROLE_BODY, 1, body.len, hash);
    leaf_hash(&a->leaf, a->leaf_hash);
}

/* Account for the article in b->article, whose frame begins at `offset`. */
static void
place(struct build *b, uint64_t offset, uint64_t content_size)
{
    const struct article *a = &b->article;
    struct state *s = &b->state;
    struct map_row map = { .leaf = s->top.size, .offset = offset };
    uint8_t *row;

    map.length = (uint32_t)(b->out.len - offset);
    table_key(a->id, map.key);
    add_row(b, TABLE_MAP, &row);
    map_row_encode(&map, row);
    if (a->meta.url.len >= 2) {
        struct sheaf_bytes inside = { a->meta.url.data + 1,
                                      a->meta.url.len - 2 };

        add_row(b, TABLE_URL, &row);
        table_key(inside, row);
        put_be(row + TABLE_KEY_SIZE, map.leaf, 5);
    }
    if (b->group.count == 0) {
        group_begin(&b->group, offset, s->top.size);
        b->group.dict = b->dict_id;
        b->group.last_end = s->last_end;
    }
    MUST(group_add(&b->group, map.length, content_size, a->time, &a->meta));
    state_leaf(s, a->leaf_hash);
    s->top.articles++;
    s->top.raw += content_size;
}

/* An article of this content, good or not; `id` is what it goes by. */
static void
add_content(struct build *b, const char *id, struct sheaf_bytes content,
            const struct craft *craft)
{
    uint64_t offset = b->out.len;
    const uint8_t *lf = memchr(content.data, '\n', content.len);
    size_t line = lf != NULL ? (size_t)(lf - content.data) : content.len;
    size_t body = lf != NULL ? line + 1 : line;
    struct sheaf_buf quoted = { 0 };

    if (article_decode(&b->article, content, offset, NULL) != SHEAF_OK)
        make_leaf(&b->article, id, (struct sheaf_bytes){ content.data, line },
                  (struct sheaf_bytes){ content.data + body,
                                        content.len - body },
                  &quoted);
    store(content, b->dict_id, craft, &b->out);
    place(b, offset, craft != NULL && craft->size != 0 ? craft->size
                                                       : content.len);
    sheaf_buf_free(&quoted);
}

static struct known *
find_known(struct build *b, struct sheaf_bytes id)
{
    uint8_t hash[32];

    hash_blake2b(id.data, id.len, hash);
    for (size_t i = 0; i < b->known_count; i++)
        if (memcmp(b->known[i].id_hash, hash, 32) == 0)
            return &b->known[i];
    MUST(b->known_count < ARTICLES_MAX);
    memcpy(b->known[b->known_count].id_hash, hash, 32);
    return &b->known[b->known_count++];
}

/* A good article, or its next revision. */
static void
add_article(struct build *b, const char *id, const char *fields,
            const char *body, const struct craft *craft)
{
    struct known *k = find_known(b, text_bytes(id));
    struct sheaf_buf content = { 0 };
    char parts[128];

    snprintf(parts, sizeof parts,
             "[{\"role\":\"body\",\"size\":%zu,\"type\":\"text/plain\"}]",
             strlen(body));
    MUST_OK(meta_compose(text_bytes(fields), k->rev + 1,
                         k->rev != 0 ? k->leaf_hash : NULL, text_bytes(parts),
                         &content, NULL));
    MUST(buf_add_str(&content, "\n") && buf_add_str(&content, body));
    add_content(b, id, buf_view(&content), craft);
    k->rev++;
    memcpy(k->leaf_hash, b->article.leaf_hash, 32);
    sheaf_buf_free(&content);
}

#define BODY "The harbour has been open since Monday.\n"

static void
add_usual(struct build *b)
{
    const struct plan *p = b->plan;
    bool crafted = p->craft != NULL && p->line == NULL;

    if (p->single) {
        add_article(b, "news/1",
                    "{\"headline\":\"Harbour opens\",\"id\":\"news/1\","
                    "\"published\":\"2024-05-06\","
                    "\"url\":\"http://x.example/1\"}",
                    "It opened on Monday.\n", NULL);
        return;
    }
    if (b->state.top.generation > 1) {
        add_article(b, "news/3",
                    "{\"headline\":\"Ferry late\",\"id\":\"news/3\","
                    "\"published\":\"2024-05-09\","
                    "\"url\":\"http://x.example/3\"}",
                    "The ferry was late.\n", NULL);
        return;
    }
    add_article(b, "news/1",
                "{\"headline\":\"Harbour opens\",\"id\":\"news/1\","
                "\"published\":\"2024-05-06\",\"section\":\"local\"}",
                BODY, NULL);
    add_article(b, "news/2",
                "{\"headline\":\"Bridge shut\",\"id\":\"news/2\","
                "\"published\":\"2024-05-07T08:30:00Z\","
                "\"url\":\"http://x.example/2\"}",
                "The bridge is shut.\n", NULL);
    add_article(b, "news/1",
                "{\"headline\":\"Harbour open\",\"id\":\"news/1\","
                "\"published\":\"2024-05-06\",\"section\":\"local\","
                "\"updated\":\"2024-05-08T12:00:00+02:00\"}",
                BODY, crafted ? p->craft : NULL);
    if (p->line != NULL) {
        struct sheaf_buf content = { 0 };

        MUST(buf_add_str(&content, p->line));
        if (!p->no_line_feed)
            MUST(buf_add_str(&content, "\n"));
        MUST(buf_add_str(&content, p->body != NULL ? p->body : "A body.\n"));
        add_content(b, "news/9", buf_view(&content), p->craft);
        sheaf_buf_free(&content);
    }
}

/* ---- Groups and dictionaries --------------------------------------------- */

static void
end_group(struct build *b)
{
    struct group *g = &b->group;
    struct sheaf_buf text = { 0 }, columns = { 0 };
    size_t start = b->out.len;
    struct dir_row dir;
    uint8_t *row;

    MUST(group_text(g, &text));
    twist(b, AT_COLUMNS, &text);
    store(buf_view(&text), b->dict_id, NULL, &columns);
    twist(b, AT_STORED, &columns);
    MUST(group_encode(g, buf_view(&columns), &b->out));
    written(b, start);
    dir = (struct dir_row){ g->first, start, (uint32_t)(b->out.len - start),
                            g->first_day, g->last_day };
    add_row(b, TABLE_DIR, &row);
    dir_row_encode(&dir, row);
    g->count = 0;
    sheaf_buf_free(&text);
    sheaf_buf_free(&columns);
    twist(b, AFTER_GROUP, NULL);
    if (b->par.len != 0) {
        start = b->out.len;
        b->state.top.dicts[b->state.top.dict_count - 1].par = start;
        if (!b->skip) {
            MUST(buf_add(&b->out, b->par.data, b->par.len));
            written(b, start);
        }
        b->par.len = 0;
        b->skip = false;
    }
}

/* A small dictionary in zstd's format. */
static void
make_dict(uint32_t id, struct sheaf_buf *out)
{
    static const char text[] =
        "The harbour has been open since Monday. The bridge is shut. The "
        "ferry was late. \"published\":\"2024-05-0 \"section\":\"local\" "
        "{\"headline\":\"Harbour open\",\"id\":\"news/\"parts\":[{\"role\":"
        "\"body\",\"size\": ,\"type\":\"text/plain\"}],";
    ZDICT_params_t params = { .compressionLevel = 3, .dictID = id };
    size_t sizes[4];
    size_t n;

    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        sizes[i] = (sizeof text - 1) / COUNT_OF(sizes);
    MUST(buf_reserve(out, 4096));
    n = ZDICT_finalizeDictionary(out->data, 4096, text, sizeof text - 1, text,
                                 sizes, COUNT_OF(sizes), params);
    MUST(!ZDICT_isError(n));
    out->len = n;
}

/* A dictionary, whose ID is `id` unless it is twisted. */
static void
add_dict(struct build *b, uint32_t id)
{
    struct sheaf_buf raw = { 0 }, payload = { 0 };
    struct top_dict d = { .offset = b->out.len };

    make_dict(id, &raw);
    twist(b, AT_DICT, &raw);
    store(buf_view(&raw), 0, NULL, &payload);
    twist(b, AT_PAYLOAD, &payload);
    d.id = b->dict_id = get_le32(raw.data + 4);
    d.packed = (uint32_t)payload.len;
    d.raw = (uint32_t)raw.len;
    add_le(&b->out, 0x184d2a5d, 4);
    add_le(&b->out, payload.len, 4);
    MUST(buf_add(&b->out, payload.data, payload.len));
    MUST_OK(state_add_dict(&b->state, &d, NULL));
    MUST(par_encode(d.offset, buf_view(&payload), buf_view(&raw), d.id,
                    &b->par));
    sheaf_buf_free(&raw);
    sheaf_buf_free(&payload);
    twist(b, AFTER_DICT, NULL);
}

/* ---- Tables, seal, tiles ------------------------------------------------- */

static uint64_t
leaf_of(enum table_kind kind, const uint8_t *row)
{
    return kind == TABLE_DIR ? get_be(row, 6) : get_be(row + TABLE_KEY_SIZE, 5);
}

static int
compare_rows(const void *a, const void *b)
{
    return memcmp(a, b, TABLE_ROW_MAX);
}

static void
change_rows(const struct row_change *c, struct rows *r)
{
    uint8_t *last = r->row[r->count - 1];

    if (c->change == ROW_KEPT || c->kind != r->kind)
        return;
    if (c->change == ROW_FLIPPED) {
        last[c->at] ^= 1;
    } else if (c->change == ROW_DROPPED) {
        r->count--;
    } else {
        memcpy(r->row[r->count++], last, TABLE_ROW_MAX);
        if (c->change == ROW_ADDED) /* with the next key */
            put_be(last + TABLE_ROW_MAX, get_be(last, 6) + 1, 6);
    }
}

/* One block, whatever the rows and their order. */
static void
write_table(struct build *b, enum table_kind kind, uint64_t first,
            struct top_table *out)
{
    static struct rows chosen;
    const struct rows *all = &b->all[kind];
    const size_t width = table_width(kind);
    uint8_t roots[ARTICLES_MAX / TABLE_PAGE_ROWS + 1][32];
    uint8_t sum[8];
    size_t start = b->out.len;
    size_t pages = 0;

    memset(&chosen, 0, sizeof chosen);
    chosen.kind = kind;
    for (size_t i = 0; i < all->count; i++)
        if (leaf_of(kind, all->row[i]) >= first)
            memcpy(chosen.row[chosen.count++], all->row[i], TABLE_ROW_MAX);
    qsort(chosen.row, chosen.count, TABLE_ROW_MAX, compare_rows);
    change_rows(&b->plan->row, &chosen);
    twist(b, AT_ROWS, &chosen);
    *out = (struct top_table){ chosen.count != 0 ? start : 0, chosen.count,
                               mem_new(1, table_block_entry(kind)) };
    MUST(out->entries != NULL);
    if (chosen.count == 0)
        return;
    MUST(frame_begin(&b->out, table_type(kind)));
    for (size_t i = 0; i < chosen.count; pages++) {
        size_t n = min_u64(chosen.count - i, TABLE_PAGE_ROWS);
        size_t at = b->out.len;

        for (size_t k = 0; k < n; k++, i++)
            MUST(buf_add(&b->out, chosen.row[i], width));
        hash_check64(b->out.data + at, n * width, sum);
        table_page_root(b->out.data + at, n, roots[pages]);
        MUST(buf_add(&b->out, sum, 8));
    }
    memcpy(out->entries, chosen.row[0], TABLE_KEY_SIZE);
    if (kind == TABLE_MAP) {
        MUST(buf_add(&b->out, roots, pages * 32));
        merkle_root(roots[0], pages, out->entries + TABLE_KEY_SIZE);
    }
    MUST(frame_end(&b->out, start));
    written(b, start);
}

static void
write_run(struct build *b)
{
    struct top *t = &b->state.top;
    unsigned merged;
    struct top_run *run = state_run(&b->state, &merged);
    struct top_run made = { .first = run->first, .end = run->end };

    for (unsigned kind = 0; kind < TABLE_KINDS; kind++)
        write_table(b, kind, run->first, &made.tables[kind]);
    table_map_root(made.tables[TABLE_MAP].entries, made.tables[TABLE_MAP].rows,
                   made.root);
    for (unsigned i = 0; i <= merged; i++)
        top_run_free(&run[i]);
    t->runs[t->run_count - 1] = made;
}

/* The seal's leaf hash is that of the record as it was written. */
static void
write_seal(struct build *b)
{
    struct state *s = &b->state;
    size_t start = b->out.len;
    uint8_t *last;

    MUST_OK(state_seal(s, start, TIME, &b->out, NULL));
    written(b, start);
    last = s->slab + ((size_t)s->slab_fill - 1) * 32;
    hash_leaf(body_at(b, start), LEAF_SIZE, last);
    memcpy(s->seal_hash, last, 32);
}

static void
write_tiles(struct build *b)
{
    size_t start = b->out.len;

    MUST_OK(state_tiles(&b->state, start, &b->out, NULL));
    if (b->skip) {
        b->out.len = start;
        b->state.top.tiles[0].offset = HEAD_SIZE;
    } else if (b->out.len != start) {
        written(b, start);
    }
    b->skip = false;
}

/* ---- Top and end --------------------------------------------------------- */

static void
make_key(const char *seed, struct sheaf_secret_key *secret,
         struct sheaf_public_key *pub)
{
    uint8_t hash[32];

    hash_blake2b(seed, strlen(seed), hash);
    memcpy(pub->id, "vectors", 8);
    memcpy(secret->id, pub->id, 8);
    MUST(crypto_sign_seed_keypair(pub->key, secret->key, hash) == 0);
}

/* `text` with `from`, where it first stands, replaced by `to`. */
static void
replace_text(struct sheaf_buf *text, const char *from, const char *to)
{
    struct sheaf_buf out = { 0 };
    uint8_t *at;
    size_t before;

    if (from == NULL)
        return;
    at = memmem(text->data, text->len, from, strlen(from));
    MUST(at != NULL);
    before = (size_t)(at - text->data);
    MUST(buf_add(&out, text->data, before) && buf_add_str(&out, to) &&
         buf_add(&out, at + strlen(from), text->len - before - strlen(from)));
    sheaf_buf_free(text);
    *text = out;
}

/* A note as F9 wants it, signed by `seed`, but for what the plan replaces. */
static void
make_note(const struct plan *p, const char *seed, const struct top *t,
          struct sheaf_buf *out)
{
    struct checkpoint c = { .size = t->size };
    char text[CHECKPOINT_TEXT_SIZE];
    char base64[BASE64_SIZE(4 + 64)];
    struct sheaf_buf head = { 0 };
    struct sheaf_secret_key secret;
    struct sheaf_public_key pub;
    uint8_t sig[4 + 64];
    size_t len;

    make_key(seed, &secret, &pub);
    memcpy(c.origin, t->origin.data, t->origin.len);
    memcpy(c.root, t->root, 32);
    MUST_OK(checkpoint_text(&c, text, &len, NULL));
    MUST(buf_add(&head, text, len));
    replace_text(&head, p->from, p->to);
    note_key_id(c.origin, pub.key, sig);
    MUST(crypto_sign_detached(sig + 4, NULL, head.data, head.len,
                              secret.key) == 0);
    base64_encode(sig, sizeof sig, base64);
    out->len = 0;
    MUST(buf_add(out, head.data, head.len) &&
         buf_add_str(out, "\n\xe2\x80\x94 ") && buf_add_str(out, c.origin) &&
         buf_add_str(out, " ") && buf_add_str(out, base64) &&
         buf_add_str(out, "\n"));
    replace_text(out, p->sig_from, p->sig_to);
    sheaf_buf_free(&head);
}

static void
write_top(struct build *b, const struct top *t)
{
    size_t start = b->out.len;

    MUST(frame_begin(&b->out, "TOP") && top_encode(t, &b->out) &&
         frame_end(&b->out, start));
    written(b, start);
}

static void
write_end(struct build *b, const struct end *e)
{
    size_t start = b->out.len;

    MUST(end_encode(e, &b->out));
    written(b, start);
}

/* TOP END [PAD] TOP END. What END states is taken from the top as written. */
static void
write_copies(struct build *b, const struct top *t)
{
    struct state *s = &b->state;
    struct end e = { .top = b->out.len, .start = s->gen_start,
                     .prev = s->last_end };
    struct sheaf_buf copy = { 0 };
    size_t start;

    write_top(b, t);
    e.top_length = (uint32_t)(b->out.len - e.top);
    hash_blake2b(b->out.data + e.top, e.top_length, e.top_hash);
    e.size = get_be(body_at(b, e.top), 8);
    memcpy(e.root, body_at(b, e.top) + 8, 32);
    memcpy(e.prev_hash, s->last_hash, 32);
    MUST(buf_add(&copy, b->out.data + e.top, e.top_length));
    e.offset = b->out.len;
    e.end = e.offset + 2 * END_SIZE + e.top_length;
    if (e.offset + END_SIZE - s->gen_start >= 65536)
        e.end += PAD_SIZE;
    write_end(b, &e);
    if (e.offset + END_SIZE - s->gen_start >= 65536)
        MUST(frame_pad(&b->out));
    twist(b, AFTER_END, NULL);
    e.top = start = b->out.len;
    MUST(buf_add(&b->out, copy.data, copy.len));
    twist(b, AT_SECOND_TOP, &start);
    e.offset = b->out.len;
    write_end(b, &e);
    s->last_end = e.offset;
    hash_blake2b(b->out.data + e.offset, END_SIZE, s->last_hash);
    sheaf_buf_free(&copy);
}

static void
end_generation(struct build *b)
{
    struct state *s = &b->state;
    struct top t;

    state_close(s);
    if (s->top.origin.len == 0)
        MUST(buf_add_str(&s->top.origin, ORIGIN));
    if (b->plan->note)
        make_note(b->plan, SEED, &s->top, &s->top.note);
    twist(b, AT_NOTE, &s->top);
    s->top.zstd = 10500;
    s->top.level = 3;
    /* A twist may change a copy that is not even possible, so the copy is
     * made by hand; its arrays are the state's and stay as they are. */
    t = s->top;
    memset(&t.origin, 0, sizeof t.origin);
    MUST(buf_add(&t.origin, s->top.origin.data, s->top.origin.len));
    twist(b, AT_TOP, &t);
    write_copies(b, &t);
    sheaf_buf_free(&t.origin);
}

/* ---- All of it ----------------------------------------------------------- */

static void
build(struct build *b, const struct plan *plan)
{
    memset(b, 0, sizeof *b);
    b->plan = plan;
    MUST_OK(state_init(&b->state, NULL));
    MUST(frame_head(&b->out));
    written(b, 0);
    for (unsigned g = 0; g < (plan->generations != 0 ? plan->generations : 1);
         g++) {
        state_begin(&b->state, b->out.len);
        if (plan->dict && g == 0)
            add_dict(b, DICT_ID);
        add_usual(b);
        twist(b, AT_ARTICLES, NULL);
        if (b->group.count != 0)
            end_group(b);
        twist(b, BEFORE_TABLES, NULL);
        write_run(b);
        twist(b, BEFORE_SEAL, NULL);
        write_seal(b);
        twist(b, BEFORE_TILES, NULL);
        write_tiles(b);
        end_generation(b);
    }
    twist(b, AT_LAST, NULL);
}

static void
build_free(struct build *b)
{
    sheaf_buf_free(&b->out);
    sheaf_buf_free(&b->par);
    state_free(&b->state);
    group_free(&b->group);
    article_free(&b->article);
}

/* ---- Twists -------------------------------------------------------------- */

#define UNUSED __attribute__((unused))
#define TWIST(name)                                                           \
    static void name(struct build *b UNUSED, enum moment when UNUSED,         \
                     void *what UNUSED)

/* The last generation of the plan is being made. */
static bool
last_generation(const struct build *b)
{
    return b->plan->generations <= b->state.top.generation;
}

/* Where the first group's frame is. */
static size_t
group_at(const struct build *b)
{
    return get_be(b->all[TABLE_DIR].row[0] + 6, 6);
}

static size_t
frame_len(const struct build *b, size_t start)
{
    return (size_t)get_le32(b->out.data + start + 4) + 8;
}

static bool
frame_is(const struct build *b, size_t start, const char *type)
{
    return memcmp(b->out.data + start + 8, type, 3) == 0;
}

/* The sum of a frame in the middle. */
static void
reseal(struct build *b, size_t start)
{
    size_t len = frame_len(b, start) - FRAME_SUM_SIZE;

    hash_check64(b->out.data + start, len, b->out.data + start + len);
}

TWIST(article_magic)
{
    if (when == AT_LAST)
        b->out.data[HEAD_SIZE + 3] ^= 1;
}

static void
set_group_length(struct build *b, enum moment when, uint32_t length)
{
    if (when == AT_LAST)
        put_le32(b->out.data + group_at(b) + 4, length);
}

TWIST(length_long)
{
    set_group_length(b, when, FRAME_LENGTH_MAX + 1);
}

TWIST(length_short)
{
    set_group_length(b, when, 11);
}

TWIST(length_past)
{
    set_group_length(b, when, 1 << 20);
}

TWIST(group_sum)
{
    if (when == AT_LAST)
        b->out.data[group_at(b) + frame_len(b, group_at(b)) - 1] ^= 1;
}

TWIST(last_end_sum)
{
    if (when == AT_LAST)
        b->out.data[b->out.len - 1] ^= 1;
}

TWIST(frame_type)
{
    if (when == BEFORE_SEAL)
        add_frame(b, "ABC", "", 0);
}

TWIST(group_version)
{
    if (when == AT_LAST) {
        b->out.data[group_at(b) + 11] = 1;
        reseal(b, group_at(b));
    }
}

TWIST(head_version)
{
    if (when == AT_LAST) {
        b->out.data[11] = 1;
        reseal(b, 0);
    }
}

TWIST(no_archive)
{
    if (when != AT_LAST)
        return;
    b->out.len = 0;
    MUST(buf_add_str(&b->out, "The harbour has been open since Monday. No "
                              "archive was ever here, only this text.\n"));
}

TWIST(empty_file)
{
    if (when == AT_LAST)
        b->out.len = 0;
}

TWIST(head_cut)
{
    if (when == AT_LAST)
        b->out.len = HEAD_SIZE - 1;
}

TWIST(head_only)
{
    if (when == AT_LAST)
        b->out.len = HEAD_SIZE;
}

TWIST(head_long)
{
    if (when == AT_FRAME && frame_is(b, *(size_t *)what, "SHF")) {
        b->out.len -= FRAME_SUM_SIZE;
        MUST(buf_add(&b->out, ".", 1));
        MUST(frame_end(&b->out, 0));
    }
}

TWIST(head_type)
{
    if (when == AT_FRAME && frame_is(b, *(size_t *)what, "SHF")) {
        memcpy(b->out.data + 8, "PAD", 3);
        seal_frame(b, 0);
    }
}

/* F4 */

TWIST(long_line)
{
    struct sheaf_buf content = { 0 };

    if (when != AT_ARTICLES)
        return;
    MUST(buf_add_str(&content, "{\"ext\":\""));
    for (size_t i = 0; i < 1 << 20; i++)
        MUST(buf_add(&content, "a", 1));
    MUST(buf_add_str(&content, "\",\"id\":\"news/9\",\"parts\":["
                               "{\"role\":\"body\",\"size\":0,"
                               "\"type\":\"text/plain\"}],"
                               "\"rev\":1}\n"));
    add_content(b, "news/9", buf_view(&content), NULL);
    sheaf_buf_free(&content);
}

TWIST(no_dictionary)
{
    if (when == AT_ARTICLES) {
        uint32_t id = b->dict_id;

        b->dict_id = 0;
        add_article(b, "news/4", "{\"id\":\"news/4\"}", BODY, NULL);
        b->dict_id = id;
    }
}

TWIST(columns_unchecked)
{
    static const struct craft craft = { .no_checksum = true };
    struct sheaf_buf text = { 0 };
    struct sheaf_buf *out = what;

    if (when != AT_STORED)
        return;
    MUST(group_text(&b->group, &text));
    out->len = 0;
    store(buf_view(&text), 0, &craft, out);
    sheaf_buf_free(&text);
}

/* F2.5, F5 */

TWIST(dict_magic)
{
    if (when == AT_DICT)
        MUST(buf_add(what, FRAME_MAGIC, FRAME_MAGIC_SIZE));
}

TWIST(dict_large)
{
    struct sheaf_buf *raw = what;

    if (when != AT_DICT)
        return;
    MUST(buf_reserve(raw, CODEC_DICT_MAX + 1));
    memset(raw->data + raw->len, ' ', CODEC_DICT_MAX + 1 - raw->len);
    raw->len = CODEC_DICT_MAX + 1;
}

TWIST(dict_other)
{
    if (when == AT_DICT)
        ((struct sheaf_buf *)what)->data[0] ^= 1;
}

TWIST(dict_id_low)
{
    if (when == AT_DICT)
        put_le32(((struct sheaf_buf *)what)->data + 4, 32767);
}

TWIST(dict_id_high)
{
    if (when == AT_DICT)
        put_le32(((struct sheaf_buf *)what)->data + 4, UINT32_C(1) << 31);
}

TWIST(dict_again)
{
    if (when == BEFORE_TABLES) {
        add_dict(b, DICT_ID);
        add_article(b, "news/4", "{\"id\":\"news/4\"}", BODY, NULL);
        end_group(b);
    }
}

TWIST(dict_trailing)
{
    if (when == AT_PAYLOAD)
        MUST(buf_add(what, "....", 4));
}

TWIST(dict_damaged)
{
    struct sheaf_buf *payload = what;

    if (when == AT_PAYLOAD)
        payload->data[payload->len - 1] ^= 1;
}

/* Another one follows, whose payload has three pieces. */
TWIST(dict_second)
{
    struct sheaf_buf *raw = what;
    uint32_t state = 1;

    if (when == AT_DICT && b->dict_id != 0)
        while (raw->len < 2 * PAR_PIECE + 300)
            add_le(raw, next_number(&state), 1);
    if (when == BEFORE_TABLES) {
        add_dict(b, DICT_ID + 1);
        add_article(b, "news/4", "{\"id\":\"news/4\"}", BODY, NULL);
        end_group(b);
    }
}

TWIST(no_parity)
{
    if (when == AFTER_GROUP)
        b->skip = true;
}

TWIST(early_parity)
{
    if (when == AFTER_DICT) {
        b->state.top.dicts[0].par = b->out.len;
        MUST(buf_add(&b->out, b->par.data, b->par.len));
        b->par.len = 0;
    }
}

/* F6 */

TWIST(rev_skipped)
{
    struct known *k;

    if (when != AT_ARTICLES)
        return;
    k = find_known(b, text_bytes("news/2"));
    k->rev++;
    add_article(b, "news/2", "{\"id\":\"news/2\"}", BODY, NULL);
}

TWIST(prev_other)
{
    struct known *k;

    if (when != AT_ARTICLES)
        return;
    k = find_known(b, text_bytes("news/2"));
    k->leaf_hash[0] ^= 1;
    add_article(b, "news/2", "{\"id\":\"news/2\"}", BODY, NULL);
}

TWIST(rev_again)
{
    struct known *k;

    if (when != AT_ARTICLES)
        return;
    k = find_known(b, text_bytes("news/2"));
    k->rev = 0;
    add_article(b, "news/2", "{\"id\":\"news/2\"}", BODY, NULL);
}

TWIST(other_root)
{
    struct top *t = what;

    if (when == AT_TOP && last_generation(b)) {
        t->tiles[0].root[0] ^= 1;
        top_root(t, t->root);
    }
}

/* F7 */

static void
add_many(struct build *b, unsigned from, unsigned count)
{
    for (unsigned i = from; i < from + count; i++) {
        char id[32], fields[64];

        snprintf(id, sizeof id, "news/1%03u", i);
        snprintf(fields, sizeof fields, "{\"id\":\"%s\"}", id);
        add_article(b, id, fields, "", NULL);
    }
}

TWIST(group_crosses)
{
    if (when == AT_ARTICLES) {
        add_many(b, 0, 197);
        end_group(b);
        add_many(b, 200, 60);
    }
}

TWIST(group_empty)
{
    struct group g = { 0 };
    struct sheaf_buf columns = { 0 };

    if (when != AFTER_GROUP)
        return;
    group_begin(&g, group_at(b), b->state.top.size);
    store(text_bytes(""), 0, NULL, &columns);
    MUST(group_encode(&g, buf_view(&columns), &b->out));
    sheaf_buf_free(&columns);
}

TWIST(columns_other)
{
    struct sheaf_buf *text = what;

    if (when == AT_COLUMNS)
        text->data[text->len - 2] ^= 1;
}

TWIST(columns_lines)
{
    struct sheaf_buf *text = what;

    if (when == AT_COLUMNS)
        text->len--;
}

TWIST(columns_large)
{
    struct sheaf_buf *text = what;

    if (when != AT_COLUMNS)
        return;
    MUST(buf_reserve(text, GROUP_COLUMNS_MAX + 1));
    memset(text->data + text->len, '\n', GROUP_COLUMNS_MAX + 1 - text->len);
    text->len = GROUP_COLUMNS_MAX + 1;
}

TWIST(columns_trailing)
{
    if (when == AT_STORED)
        MUST(buf_add(what, "....", 4));
}

TWIST(columns_damaged)
{
    struct sheaf_buf *columns = what;

    if (when == AT_STORED)
        columns->data[columns->len - 1] ^= 1;
}

/* F8 */

/* The rows of the map, when they are about to be written. */
static struct rows *
map_rows(enum moment when, void *what)
{
    struct rows *r = what;

    return when == AT_ROWS && r->kind == TABLE_MAP ? r : NULL;
}

TWIST(rows_swapped)
{
    struct rows *r = map_rows(when, what);
    uint8_t first[TABLE_ROW_MAX];

    if (r != NULL) {
        memcpy(first, r->row[0], sizeof first);
        memcpy(r->row[0], r->row[1], sizeof first);
        memcpy(r->row[1], first, sizeof first);
    }
}

TWIST(row_twice)
{
    struct rows *r = map_rows(when, what);

    if (r != NULL)
        memcpy(r->row[1], r->row[0], TABLE_ROW_MAX);
}

/* The body of a frame of this type gets a byte more. */
static void
lengthen(struct build *b, enum moment when, const size_t *start,
         const char *type, size_t by)
{
    if (when != AT_FRAME || !frame_is(b, *start, type))
        return;
    b->out.len -= FRAME_SUM_SIZE;
    for (size_t i = 0; i < by; i++)
        MUST(buf_add(&b->out, "", 1));
    MUST(frame_end(&b->out, *start));
}

TWIST(block_length)
{
    lengthen(b, when, what, "MAP", 1);
}

TWIST(top_map_root)
{
    if (when == AT_TOP) {
        struct top_run *run = &((struct top *)what)->runs[0];

        run->root[0] ^= 1;
        run->tables[TABLE_MAP].entries[TABLE_KEY_SIZE] ^= 1;
    }
}

/* F9: what replacing text does not do. */

TWIST(note_unended)
{
    if (when == AT_NOTE)
        ((struct top *)what)->note.len--;
}

static void
witness(struct sheaf_buf *note, const char *name, unsigned number)
{
    uint8_t sig[4 + 8] = { 0 };
    char base64[BASE64_SIZE(sizeof sig)];

    put_be(sig, number, 4);
    base64_encode(sig, sizeof sig, base64);
    MUST(buf_add_str(note, "\xe2\x80\x94 ") && buf_add_str(note, name) &&
         buf_add_str(note, " ") && buf_add_str(note, base64) &&
         buf_add_str(note, "\n"));
}

TWIST(note_17)
{
    for (unsigned i = 0; when == AT_NOTE && i < 16; i++)
        witness(&((struct top *)what)->note, "witness.example", i);
}

TWIST(note_log_twice)
{
    if (when == AT_NOTE)
        witness(&((struct top *)what)->note, ORIGIN, 1);
}

TWIST(note_witness_twice)
{
    for (unsigned i = 0; when == AT_NOTE && i < 2; i++)
        witness(&((struct top *)what)->note, "witness.example", 7);
}

static void
cut_signatures(struct sheaf_buf *note)
{
    uint8_t *empty = memmem(note->data, note->len, "\n\n", 2);

    MUST(empty != NULL);
    note->len = (size_t)(empty - note->data) + 2;
}

TWIST(note_no_sigs)
{
    if (when == AT_NOTE)
        cut_signatures(&((struct top *)what)->note);
}

TWIST(note_short_sig)
{
    struct top *t = what;

    if (when == AT_NOTE) {
        cut_signatures(&t->note);
        witness(&t->note, ORIGIN, 1);
    }
}

TWIST(note_other_key)
{
    struct top *t = what;

    if (when == AT_NOTE)
        make_note(b->plan, OTHER_SEED, t, &t->note);
}

TWIST(note_bad_sig)
{
    struct top *t = what;

    if (when == AT_NOTE) {
        uint8_t *c = t->note.data + t->note.len - 20;

        *c = *c == 'A' ? 'B' : 'A';
    }
}

/* F10 */

TWIST(no_tiles)
{
    if (when == BEFORE_TILES)
        b->skip = true;
}

TWIST(tiles_long)
{
    lengthen(b, when, what, "TIL", 32);
}

TWIST(early_slab)
{
    static const uint8_t body[8 + 3 * 32];

    if (when == AFTER_GROUP)
        add_frame(b, "SLB", body, sizeof body);
}

/* F11 */

TWIST(top_long)
{
    lengthen(b, when, what, "TOP", 1);
}

TWIST(top_cut)
{
    if (when == AT_FRAME && frame_is(b, *(size_t *)what, "TOP")) {
        b->out.len -= FRAME_SUM_SIZE + 1;
        MUST(frame_end(&b->out, *(size_t *)what));
    }
}

TWIST(top_dict)
{
    struct top *t = what;

    if (when == AT_TOP)
        t->dicts[0].raw++;
}

TWIST(top_parity)
{
    struct top *t = what;

    if (when == AT_TOP)
        t->dicts[0].par--;
}

TWIST(top_no_dict)
{
    struct top *t = what;

    if (when == AT_TOP)
        t->dict_count = 0;
}

TWIST(top_origin)
{
    struct top *t = what;

    if (when == AT_TOP && b->state.top.generation == 2)
        t->origin.data[t->origin.len - 1] ^= 1;
}

/* F12 */

TWIST(no_end)
{
    if (when == AT_LAST)
        b->out.len = group_at(b) + frame_len(b, group_at(b));
}

TWIST(tops_differ)
{
    if (when == AT_SECOND_TOP) {
        size_t start = *(size_t *)what;

        body_at(b, start)[77] ^= 1; /* the level */
        seal_frame(b, start);
    }
}

TWIST(needless_pad)
{
    if (when == AFTER_END)
        MUST(frame_pad(&b->out));
}

TWIST(dict_in_group)
{
    if (when == AT_ARTICLES) {
        add_dict(b, DICT_ID);
        b->dict_id = 0;
    }
}

TWIST(article_late)
{
    if (when == BEFORE_SEAL)
        store(text_bytes("late"), 0, NULL, &b->out);
}

TWIST(table_late)
{
    static const uint8_t body[11 + 8];

    if (when == BEFORE_TILES)
        add_frame(b, "URL", body, sizeof body);
}

TWIST(head_again)
{
    if (when == BEFORE_SEAL)
        MUST(frame_head(&b->out));
}

TWIST(no_group)
{
    /* An article, and the tables: it is in none of them. */
    if (when == BEFORE_TABLES)
        add_article(b, "news/4", "{\"id\":\"news/4\"}", BODY, NULL);
}

TWIST(tail_zeros)
{
    if (when == AT_LAST)
        for (unsigned i = 0; i < 512; i++)
            MUST(buf_add(&b->out, "", 1));
}

/* The file breaks off in the second generation's first article ... */
TWIST(tail_torn)
{
    if (when == AT_LAST)
        b->out.len = get_be(b->all[TABLE_MAP].row[3] + 11, 6) + 40;
}

/* ... within its second end: the frame is cut off ... */
TWIST(end_cut)
{
    if (when == AT_LAST)
        b->out.len -= 20;
}

/* ... or just after its first end. */
TWIST(copy_cut)
{
    if (when == AT_LAST) {
        size_t end = b->out.len - END_SIZE;

        b->out.len = end - get_be(body_at(b, end) + 16, 4);
    }
}

/* ---- What is broken ------------------------------------------------------ */

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

static const struct plan plans[] = {
    { "F2.1-magic", .twist = article_magic },
    { "F2.2-long", .twist = length_long },
    { "F2.2-short", .twist = length_short },
    { "F2.2-past-the-end", .twist = length_past },
    { "F2.2-article", CRAFT(.block_size = 1000000) },
    { "F2.2-last-end", .generations = 2, .twist = end_cut, .opens = true },
    { "F2.3-sum", .twist = group_sum },
    { "F2.3-last-end", .twist = last_end_sum },
    { "F2.4-type", .twist = frame_type },
    { "F2.5-article", .line = "{" ID9 "," P8 "," R1 "}",
      .body = "--" FRAME_MAGIC "--" },
    { "F2.5-dictionary", .dict = true, .twist = dict_magic },

    { "F3.1-text", .twist = no_archive },
    { "F3.1-empty", .twist = empty_file },
    { "F3.1-cut", .twist = head_cut },
    { "F3.1-length", .twist = head_long },
    { "F3.1-type", .twist = head_type },
    { "F3.2-flags", PATCH("SHF", 0, 3, 1) },
    { "F3.3-text", PATCH("SHF", 0, -1, 1) },

    { "F4.1-no-size", CRAFT(.no_size = true) },
    { "F4.1-no-checksum", CRAFT(.no_checksum = true) },
    { "F4.1-reserved-bit", CRAFT(.reserved = true) },
    { "F4.1-window", CRAFT(.windowed = true, .window = 13 << 3 | 1) },
    { "F4.1-unknown-dictionary", CRAFT(.dict_id = DICT_ID) },
    { "F4.1-no-dictionary", .dict = true, .twist = no_dictionary },
    { "F4.1-columns", .twist = columns_unchecked },
    { "F4.2-space", .line = "{" ID9 ", " P8 "," R1 "}" },
    { "F4.2-order", .line = "{" P8 "," ID9 "," R1 "}" },
    { "F4.2-twice", .line = "{" ID9 "," ID9 "," P8 "," R1 "}" },
    { "F4.2-fraction", .line = "{\"ext\":1.5," ID9 "," P8 "," R1 "}" },
    { "F4.2-exponent", .line = "{\"ext\":1e3," ID9 "," P8 "," R1 "}" },
    { "F4.2-minus-zero", .line = "{\"ext\":-0," ID9 "," P8 "," R1 "}" },
    { "F4.2-large",
      .line = "{\"ext\":9007199254740992," ID9 "," P8 "," R1 "}" },
    { "F4.2-null", .line = "{\"ext\":null," ID9 "," P8 "," R1 "}" },
    { "F4.2-name", .line = "{" ID9 "," P8 "," R1 ",\"\xc3\xa9\":1}" },
    { "F4.2-utf8", .line = "{\"ext\":\"\xc3\"," ID9 "," P8 "," R1 "}" },
    { "F4.2-surrogate",
      .line = "{\"ext\":\"\\ud800\"," ID9 "," P8 "," R1 "}" },
    { "F4.2-escape", .line = "{\"ext\":\"\\u0061\"," ID9 "," P8 "," R1 "}" },
    { "F4.2-control", .line = "{\"ext\":\"\x07\"," ID9 "," P8 "," R1 "}" },
    { "F4.2-array", .line = "[" ID9 "]" },
    { "F4.2-after", .line = "{" ID9 "," P8 "," R1 "}x" },
    { "F4.2-line-too-long", .twist = long_line },
    { "F4.3-depth",
      .line = "{\"ext\":" OPEN8 OPEN8 OPEN8 OPEN8 CLOSE8 CLOSE8 CLOSE8 CLOSE8
              "," ID9 "," P8 "," R1 "}" },
    { "F4.4-missing", .line = "{" P8 "," R1 "}" },
    { "F4.4-empty", .line = "{\"id\":\"\"," P8 "," R1 "}" },
    { "F4.4-number", .line = "{\"id\":9," P8 "," R1 "}" },
    { "F4.4-long",
      .line = "{\"id\":\"a" A256 A256 A256 A256 "\"," P8 "," R1 "}" },
    { "F4.4-control", .line = "{\"id\":\"news\\n9\"," P8 "," R1 "}" },
    { "F4.4-control-c1", .line = "{\"id\":\"news\xc2\x85\"," P8 "," R1 "}" },
    { "F4.5-missing", .line = "{" ID9 "," P8 "}" },
    { "F4.5-zero", .line = "{" ID9 "," P8 ",\"rev\":0}" },
    { "F4.5-large", .line = "{" ID9 "," P8 ",\"prev\":\"" ZEROS64
                            "\",\"rev\":4294967296}" },
    { "F4.5-string", .line = "{" ID9 "," P8 ",\"rev\":\"1\"}" },
    { "F4.6-missing", .line = "{" ID9 "," R1 "}" },
    { "F4.6-none", .line = PART("") },
    { "F4.6-member", .line = PART("{\"name\":\"x\",\"role\":\"body\","
                                  "\"size\":8,\"type\":\"text/plain\"}") },
    { "F4.6-no-type", .line = PART("{\"role\":\"body\",\"size\":8}") },
    { "F4.6-role",
      .line = PART("{\"role\":\"body\",\"size\":8,\"type\":\"a/b\"},"
                   "{\"role\":\"cover\",\"size\":0,\"type\":\"a/b\"}") },
    { "F4.6-no-body", .line = PART("{\"role\":\"text\",\"size\":8,"
                                   "\"type\":\"a/b\"}") },
    { "F4.6-two-bodies",
      .line = PART("{\"role\":\"body\",\"size\":8,\"type\":\"a/b\"},"
                   "{\"role\":\"body\",\"size\":0,\"type\":\"a/b\"}") },
    { "F4.6-type-empty", .line = PART("{\"role\":\"body\",\"size\":8,"
                                      "\"type\":\"\"}") },
    { "F4.6-type-long", .line = PART("{\"role\":\"body\",\"size\":8,\"type\":\""
                                     A16 A16 A16 A16 A16 A16 A16 A16 "\"}") },
    { "F4.6-size", .line = PART("{\"role\":\"body\",\"size\":-8,"
                                "\"type\":\"a/b\"}") },
    { "F4.7-at-first", .line = "{" ID9 "," P8 ",\"prev\":\"" ZEROS64
                               "\"," R1 "}" },
    { "F4.7-missing", .line = "{" ID9 "," P8 ",\"rev\":2}" },
    { "F4.7-capitals", .line = "{" ID9 "," P8 ",\"prev\":\"" ZEROS8 ZEROS8
                               ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8
                               "0000000A\",\"rev\":2}" },
    { "F4.8-headline", .line = "{\"headline\":1," ID9 "," P8 "," R1 "}" },
    { "F4.8-updated", .line = "{" ID9 "," P8 "," R1 ",\"updated\":2024}" },
    { "F4.8-url", .line = "{" ID9 "," P8 "," R1 ",\"url\":[]}" },
    { "F4.8-salt", .line = "{" ID9 "," P8 "," R1 ",\"salt\":\"00\"}" },
    { "F4.9-short", .line = "{" ID9 "," PARTS("9") "," R1 "}" },
    { "F4.9-long", .line = "{" ID9 "," PARTS("7") "," R1 "}" },
    { "F4.9-no-line-feed", .line = "{" ID9 "," PARTS("0") "," R1 "}",
      .body = "", .no_line_feed = true },
    { "F4.10-checksum", CRAFT(.checksum_flip = 1) },
    { "F4.10-block", CRAFT(.block_type = 3) },
    { "F4.10-modes",
      .line = "{\"ext\":\"" A16 "\"," ID9 "," P8 "," R1 "}",
      CRAFT(.modes = 0x55) },
    { "F4.10-size", .line = "{" ID9 "," PARTS("9") "," R1 "}",
      CRAFT(.size = 85) },

    { "F5.1-large", .dict = true, .twist = dict_large },
    { "F5.2-magic", .dict = true, .twist = dict_other },
    { "F5.2-id-low", .dict = true, .twist = dict_id_low },
    { "F5.2-id-high", .dict = true, .twist = dict_id_high },
    { "F5.2-id-again", .dict = true, .twist = dict_again },
    { "F5.2-two-frames", .dict = true, .twist = dict_trailing },
    { "F5.2-damaged", .dict = true, .twist = dict_damaged },
    { "F5.3-missing", .dict = true, .twist = no_parity },
    { "F5.3-offset", .dict = true, PATCH("PAR", 0, 7, 1) },
    { "F5.3-id", .dict = true, PATCH("PAR", 0, 19, 1) },
    { "F5.3-hash", .dict = true, PATCH("PAR", 0, 20, 1) },
    { "F5.3-sums", .dict = true, PATCH("PAR", 0, 52, 1) },
    { "F5.3-parity", .dict = true, PATCH("PAR", 0, -1, 1) },

    { "F6.1-domain", PATCH("LEF", 0, 12, 1) },
    { "F6.1-type", PATCH("LEF", 0, 16, 2 ^ 5) },
    { "F6.1-article", PATCH("LEF", 0, 16, 2 ^ 1) },
    { "F6.1-parts", PATCH("LEF", 0, 17, 1 ^ 2) },
    { "F6.1-zero", PATCH("LEF", 0, 18, 1) },
    { "F6.1-id", PATCH("LEF", 0, 64, 1) },
    { "F6.1-role", PATCH("LEF", 0, 96, 8 ^ 7) },
    { "F6.1-algorithm", PATCH("LEF", 0, 97, 1 ^ 2) },
    { "F6.2-size", PATCH("LEF", 0, 107, 1) },
    { "F6.2-commitment", PATCH("LEF", 0, 108, 1) },
    { "F6.3-first", .line = "{" ID9 "," P8 ",\"prev\":\"" ZEROS64
                            "\",\"rev\":2}" },
    { "F6.3-skipped", .twist = rev_skipped },
    { "F6.3-again", .twist = rev_again },
    { "F6.3-prev", .twist = prev_other },
    { "F6.4-root", .twist = other_root },
    { "F6.5-domain", PATCH("LEF", 0, 140, 1) },
    { "F6.5-rev", PATCH("LEF", 0, 23, 1 ^ 2) },
    { "F6.5-prev", .generations = 2, PATCH("LEF", 1, 32, 1) },
    { "F6.5-generation", PATCH("LEF", 0, 163, 1 ^ 2) },
    { "F6.5-first", .generations = 2, PATCH("LEF", 1, 171, 1) },
    { "F6.5-size", .generations = 2, PATCH("LEF", 1, 179, 1) },
    { "F6.5-root", .generations = 2, PATCH("LEF", 1, 180, 1) },
    { "F6.5-note", .generations = 2, .note = true, PATCH("LEF", 1, 212, 1) },
    { "F6.5-rows", PATCH("LEF", 0, 268, 1) },

    { "F7.1-start", PATCH("GRP", 0, 7, 1) },
    { "F7.1-first", PATCH("GRP", 0, 15, 1) },
    { "F7.1-count", PATCH("GRP", 0, 17, 1) },
    { "F7.1-empty", .twist = group_empty },
    { "F7.1-crosses", .twist = group_crosses },
    { "F7.2-dict", PATCH("GRP", 0, 21, 1) },
    { "F7.2-last-end", .generations = 2, PATCH("GRP", 1, 29, 1) },
    { "F7.2-first-day", PATCH("GRP", 0, 33, 1) },
    { "F7.2-last-day", PATCH("GRP", 0, 37, 1) },
    { "F7.2-raw", PATCH("GRP", 0, 45, 1) },
    { "F7.3-text", .twist = columns_other },
    { "F7.3-lines", .twist = columns_lines },
    { "F7.3-large", .twist = columns_large },
    { "F7.3-two-frames", .twist = columns_trailing },
    { "F7.3-damaged", .twist = columns_damaged },

    { "F8.1-order", .twist = rows_swapped },
    { "F8.1-twice", .twist = row_twice },
    { "F8.1-url-twice", ROW(DOUBLED, URL, 0) },
    { "F8.1-dir-twice", ROW(DOUBLED, DIR, 0) },
    { "F8.2-length", .twist = block_length },
    { "F8.2-sum", PATCH("MAP", 0, 3 * 20, 1) },
    { "F8.2-dir-sum", PATCH("DIR", 0, -1, 1) },
    { "F8.2-page-root", PATCH("MAP", 0, -1, 1) },
    { "F8.3-key", ROW(FLIPPED, MAP, 5) },
    { "F8.3-offset", ROW(FLIPPED, MAP, 16) },
    { "F8.3-length", ROW(FLIPPED, MAP, 19) },
    { "F8.3-missing", ROW(DROPPED, MAP, 0) },
    { "F8.3-extra", ROW(ADDED, MAP, 0) },
    { "F8.4-key", ROW(FLIPPED, URL, 5) },
    { "F8.4-missing", ROW(DROPPED, URL, 0) },
    { "F8.4-extra", ROW(ADDED, URL, 0) },
    { "F8.5-offset", ROW(FLIPPED, DIR, 11) },
    { "F8.5-length", ROW(FLIPPED, DIR, 15) },
    { "F8.5-day", ROW(FLIPPED, DIR, 23) },
    { "F8.5-missing", ROW(DROPPED, DIR, 0) },
    { "F8.6-top", .twist = top_map_root },
    { "F8.6-seal", PATCH("LEF", 0, 269, 1) },

    { "F9.1-unended", .note = true, .twist = note_unended },
    { "F9.1-no-signatures", .note = true, .twist = note_no_sigs },
    { "F9.1-no-empty-line", SIG("\n\n", "\n") },
    { "F9.1-control", SIG(" example", " \x07xample") },
    { "F9.1-utf8", SIG(" example", " \xc3xample") },
    { "F9.1-17-signatures", .note = true, .twist = note_17 },
    { "F9.2-space", NOTE("example.org/", "example.org ") },
    { "F9.2-cosignature", NOTE("example.org/", "cosignature/") },
    { "F9.3-zero", NOTE("\n4\n", "\n04\n") },
    { "F9.3-sign", NOTE("\n4\n", "\n+4\n") },
    { "F9.3-large", NOTE("\n4\n", "\n9223372036854775808\n") },
    { "F9.4-padding", NOTE("=\n", "\n") },
    { "F9.4-length", NOTE("=\n", "=AAA\n") },
    { "F9.4-line", NOTE("=\n", "=\nextension\n") },
    { "F9.5-dash", SIG("\n\xe2\x80\x94 ", "\n- ") },
    { "F9.5-spaces", SIG("\n\xe2\x80\x94 ", "\n\xe2\x80\x94  ") },
    { "F9.5-plus", SIG("\xe2\x80\x94 example", "\xe2\x80\x94 exa+ple") },
    { "F9.6-name",
      SIG("\xe2\x80\x94 example.org", "\xe2\x80\x94 example.com") },
    { "F9.6-short", .note = true, .twist = note_short_sig },
    { "F9.6-log-twice", .note = true, .twist = note_log_twice },
    { "F9.6-witness-twice", .note = true, .twist = note_witness_twice },
    { "F9.7-other-key", .expect = "verify", .note = true, .key = true,
      .twist = note_other_key },
    { "F9.8-signature", .expect = "verify", .note = true, .key = true,
      .twist = note_bad_sig },
    { "F9.8-unsigned", .expect = "verify", .key = true },
    { "F9.9-size", NOTE("\n4\n", "\n5\n") },
    { "F9.9-root", NOTE("\n4\n", "\n3\n") },
    { "F9.9-origin", NOTE("vectors", "victors"),
      .sig_from = "\xe2\x80\x94 example.org/vectors",
      .sig_to = "\xe2\x80\x94 example.org/victors" },

    { "F10.1-missing", .twist = no_tiles },
    { "F10.1-first", PATCH("TIL", 0, 7, 1) },
    { "F10.1-long", .twist = tiles_long },
    { "F10.1-slab", .twist = early_slab },
    { "F10.2-hash", PATCH("TIL", 0, 8, 1) },
    { "F10.2-last-hash", PATCH("TIL", 0, -1, 1) },

    { "F11.1-long", .twist = top_long },
    { "F11.1-cut", .twist = top_cut },
    { "F11.1-size", PATCH("TOP", 0, 7, 4) },
    { "F11.1-articles", PATCH("TOP", 0, 46, 1) },
    { "F11.1-slabs", PATCH("TOP", 0, 108, 1) },
    { "F11.1-tiles", PATCH("TOP", 0, 110, 2) },
    { "F11.1-tile", PATCH("TOP", 0, 112, 1) },
    { "F11.1-run", PATCH("TOP", 0, 159, 1) },
    { "F11.1-rows", PATCH("TOP", 0, 215, 128) },
    { "F11.1-table", PATCH("TOP", 0, 201, 1) },
    { "F11.2-tile", PATCH("TOP", 0, 119, 1) },
    { "F11.2-map", PATCH("TOP", 0, 222, 1) },
    { "F11.3-articles", PATCH("TOP", 0, 47, 1) },
    { "F11.3-generation", PATCH("TOP", 0, 55, 1 ^ 2) },
    { "F11.3-raw", PATCH("TOP", 0, 63, 1) },
    { "F11.3-seal", PATCH("TOP", 0, 71, 1) },
    { "F11.3-tile", PATCH("TOP", 0, 118, 1) },
    { "F11.3-table", PATCH("TOP", 0, 207, 1) },
    { "F11.3-key", PATCH("TOP", 0, 221, 1) },
    { "F11.3-rows", PATCH("TOP", 0, 269, 1 ^ 2) },
    { "F11.3-origin", .generations = 2, .twist = top_origin },
    { "F11.3-dictionary", .dict = true, .twist = top_dict },
    { "F11.3-parity", .dict = true, .twist = top_parity },
    { "F11.3-no-dictionary", .dict = true, .twist = top_no_dict },

    { "F12.1-head", .twist = head_only },
    { "F12.1-articles", .twist = no_end },
    { "F12.2-hash", PATCH("END", 0, 20, 1) },
    { "F12.2-size", PATCH("END", 0, 115, 1) },
    { "F12.2-root", PATCH("END", 0, 116, 1) },
    { "F12.2-end", PATCH("END", 0, 62, 1) },
    { "F12.3-ends", PATCH("END", 1, 76, 1) },
    { "F12.3-tops", .twist = tops_differ },
    { "F12.3-pad", .twist = needless_pad },
    { "F12.3-dictionary", .dict = false, .twist = dict_in_group },
    { "F12.3-parity", .dict = true, .twist = early_parity },
    { "F12.3-article", .twist = article_late },
    { "F12.3-table", .twist = table_late },
    { "F12.3-head", .twist = head_again },
    { "F12.3-no-group", .twist = no_group },
    { "F12.4-prev", .generations = 2, PATCH("END", 2, 75, 1) },
    { "F12.4-prev-hash", .generations = 2, PATCH("END", 2, 76, 1) },
    { "F12.4-start", .generations = 2, PATCH("END", 2, 59, 1) },
    { "F12.5-tail", .twist = tail_zeros, .opens = true },
    { "F12.5-torn-tail", .generations = 2, .twist = tail_torn, .opens = true },
    { "F12.5-copy-cut", .generations = 2, .twist = copy_cut, .opens = true },

    { "F14.1-article", .expect = "limit",
      CRAFT(.windowed = true, .size = (UINT64_C(4) << 30) + 1) },

    { "unsupported-version", .expect = "unsupported", .twist = group_version },
    { "unsupported-head", .expect = "unsupported", .twist = head_version },
    { "unsupported-redaction", .expect = "unsupported",
      PATCH("LEF", 0, 16, 2 ^ 3) },
    { "unsupported-key-change", .expect = "unsupported",
      PATCH("LEF", 0, 16, 2 ^ 4) },

    { "example", .expect = "ok", .single = true },
    { "stored", .expect = "ok", .generations = 3, .note = true, .key = true },
    { "stored-sequence", .expect = "ok",
      .line = "{\"ext\":\"" A16 "\"," ID9 "," P8 "," R1 "}",
      CRAFT(.modes = 0x54) },
    { "stored-dictionaries", .expect = "ok", .dict = true,
      .twist = dict_second },
};

/* ---- Good ones, by the library's writer ---------------------------------- */

struct story {
    unsigned generation; /* from 0 */
    const char *fields;
    const char *body;
    bool parts;          /* one of each other role, too */
};

struct good {
    const char *name;
    const struct story *stories;
    size_t count;
    unsigned many;     /* more articles, made up */
    size_t large;      /* bytes of one that can't be compressed */
    int64_t dict_max;
    bool sign;         /* each generation */
    bool sign_last;    /* only by one more generation, without leaves */
};

#define STORIES(array) .stories = (array), .count = COUNT_OF(array)

static const struct story one[] = {
    { 0, "{\"headline\":\"Harbour opens\",\"id\":\"news/1\","
         "\"published\":\"2024-05-06\"}", BODY, false },
};
static const struct story revisions[] = {
    { 0, "{\"headline\":\"Harbour opens\",\"id\":\"news/1\","
         "\"published\":\"2024-05-06\"}", "It will open.\n", false },
    { 0, "{\"headline\":\"Harbour open\",\"id\":\"news/1\",\"published\":"
         "\"2024-05-06\",\"updated\":\"2024-05-06T18:00:00+02:00\"}",
      "It has opened.\n", false },
};
static const struct story generations[] = {
    { 0, "{\"id\":\"a\"}", "one\n", false },
    { 0, "{\"id\":\"b\",\"url\":\"http://x.example/b\"}", "two\n", false },
    { 0, "{\"id\":\"c\"}", "three\n", false },
    { 1, "{\"id\":\"d\"}", "four\n", false },
    { 2, "{\"id\":\"e\",\"url\":\"http://x.example/e\"}", "five\n", false },
    { 3, "{\"id\":\"a\"}", "one, corrected\n", false },
    { 4, "{\"id\":\"f\"}", "six\n", false },
    { 5, "{\"id\":\"a\"}", "one, corrected again\n", false },
    { 6, "{\"id\":\"b\",\"url\":\"http://x.example/b\"}", "two, too\n", false },
};
static const struct story unicode[] = {
    { 0, "{\"id\":\"\xe6\x9d\xb1\xe4\xba\xac/\xe8\xa8\x98\xe4\xba\x8b\"}",
      "\xe6\xb8\xaf\n", false },
    { 0, "{\"headline\":\"na\xc3\xafve\",\"id\":\"na\xc3\xafve\"}",
      "composed\n", false },
    { 0, "{\"headline\":\"nai\xcc\x88ve\",\"id\":\"nai\xcc\x88ve\"}",
      "not composed: another ID\n", false },
    { 0, "{\"headline\":\"tab\\tand \\u0001\",\"id\":\"\\\"quoted\\\" \\\\ "
         "back\"}", "escapes\n", false },
    { 0, "{\"id\":\"\xf0\x9f\x97\x9e\"}", "beyond the first plane\n", false },
    { 0, "{\"ext\":{\"\\n\":{\"$json\":\"1.5\"},\"a\":[1,-9007199254740991,"
         "9007199254740991,true,false,\"\"]},\"id\":\" \"}", "", false },
};
static const struct story parts[] = {
    { 0, "{\"id\":\"news/1\"}", BODY, true },
    { 0, "{\"id\":\"news/2\"}", "", false },
};
static const struct story urls[] = {
    { 0, "{\"id\":\"1\",\"url\":\"http://x.example/1\"}", "", false },
    { 0, "{\"id\":\"http://x.example/2\",\"url\":\"http://x.example/2\"}", "",
      false },
    { 0, "{\"id\":\"3\",\"url\":\"http://x.example/1\"}", "", false },
    { 0, "{\"id\":\"4\",\"url\":\"\"}", "", false },
    { 0, "{\"id\":\"5\",\"url\":\"http://x.example/\\\"5\\\"\"}", "", false },
    { 0, "{\"id\":\"1\",\"url\":\"http://x.example/1\"}", "again\n", false },
};
static const struct story times[] = {
    { 0, "{\"id\":\"none\"}", "", false },
    { 0, "{\"id\":\"year\",\"published\":\"1969\"}", "", false },
    { 0, "{\"id\":\"month\",\"published\":\"2000-02\"}", "", false },
    { 0, "{\"id\":\"day\",\"published\":\"2000-02-29\"}", "", false },
    { 0, "{\"id\":\"no such day\",\"published\":\"1900-02-29\"}", "", false },
    { 0, "{\"id\":\"first\",\"published\":\"0001-01-01T00:00:00+23:59\"}", "",
      false },
    { 0, "{\"id\":\"last\",\"published\":"
         "\"9999-12-31T23:59:59.999999999-23:59\"}", "", false },
    { 0, "{\"id\":\"before\",\"published\":\"1969-12-31T23:59:59.9994Z\"}", "",
      false },
    { 0, "{\"id\":\"leap second\",\"published\":\"2016-12-31T23:59:60Z\"}", "",
      false },
    { 0, "{\"id\":\"small\",\"published\":\"2016-12-31t23:59:59z\"}", "",
      false },
    { 0, "{\"id\":\"no zone\",\"published\":\"2016-12-31T23:59:59\"}", "",
      false },
    { 0, "{\"id\":\"fraction, no zone\",\"published\":"
         "\"2016-12-31T23:59:59.5\"}", "", false },
    { 0, "{\"id\":\"year 0\",\"published\":\"0000-01-01\"}", "", false },
    { 0, "{\"id\":\"ten digits\",\"published\":"
         "\"2016-12-31T23:59:59.0123456789Z\"}", "", false },
    { 0, "{\"id\":\"updated is none\",\"published\":\"2016\","
         "\"updated\":\"now\"}", "", false },
    { 0, "{\"id\":\"updated\",\"published\":\"2016\",\"updated\":\"2015\"}", "",
      false },
};
static const struct story limits[] = {
    { 0, "{\"ext\":" OPEN8 OPEN8 OPEN8 "[[[[[[[]]]]]]]" CLOSE8 CLOSE8 CLOSE8
         ",\"id\":\"" A256 A256 A256 A256 "\"}", "", false },
};
static const struct story two_generations[] = {
    { 0, "{\"id\":\"a\"}", "one\n", false },
    { 1, "{\"id\":\"b\"}", "two\n", false },
};

static const struct good goods[] = {
    { "empty", .dict_max = -1 },
    { "one", STORIES(one) },
    { "revisions", STORIES(revisions) },
    { "generations", STORIES(generations) },
    { "unicode", STORIES(unicode) },
    { "parts", STORIES(parts) },
    { "urls", STORIES(urls) },
    { "times", STORIES(times) },
    { "limits", STORIES(limits) },
    { "dictionary", .many = 66, .dict_max = 16384 },
    { "signed", STORIES(two_generations), .sign = true },
    { "signed-bare", STORIES(two_generations), .sign_last = true },
    { "signed-first", STORIES(two_generations), .sign_last = false },
    { "two-tiles", .many = 260, .dict_max = -1 },
    { "padded", STORIES(one), .large = 66000 },
};

/* A path in the folder; good until the next call. */
static const char *
path_of(const char *name, const char *suffix)
{
    static char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s%s", folder, name, suffix);

    MUST(n > 0 && (size_t)n < sizeof path);
    return path;
}

static void
add_story(struct sheaf_writer *w, const char *fields, struct sheaf_bytes body,
          bool all_parts)
{
    struct sheaf_new_part list[] = {
        { SHEAF_ROLE_BODY, "text/plain", body, NULL },
        { SHEAF_ROLE_TEXT, "text/plain; charset=utf-8",
          text_bytes("The harbour is open.\n"), NULL },
        { SHEAF_ROLE_RAW, "application/json", text_bytes("{}"), NULL },
        { SHEAF_ROLE_SUMMARY, "text/plain", text_bytes(""), NULL },
        { SHEAF_ROLE_MEDIA, "image/png", text_bytes("\x89PNG\r\n"), NULL },
        { SHEAF_ROLE_MEDIA, "image/png", text_bytes("\x89PNG\r\n"), NULL },
        { SHEAF_ROLE_NOTE, "text/plain", text_bytes("Not a PNG.\n"), NULL },
    };
    struct sheaf_error err = { 0 };
    int rc = sheaf_add(w, text_bytes(fields), list,
                       all_parts ? COUNT_OF(list) : 1, NULL, &err);

    if (rc != SHEAF_OK)
        fprintf(stderr, "%s: %s\n", fields, err.message);
    MUST(rc == SHEAF_OK);
}

static void
add_made_up(struct sheaf_writer *w, unsigned index, bool tall)
{
    static const char *const words[] = {
        "the", "harbour", "council", "said", "on", "Monday", "a", "ferry",
        "bridge", "will", "open", "in", "spring", "and", "of", "budget",
        "voted", "against", "new", "road", "residents", "weather", "late",
        "school", "minister", "strike", "for", "price", "fish", "to"
    };
    struct sheaf_buf body = { 0 };
    char fields[128];
    uint32_t state = index + 1;

    for (unsigned i = 0; i < (tall ? 160 : 2); i++)
        MUST(buf_add_str(&body, words[next_number(&state) % COUNT_OF(words)]) &&
             buf_add_str(&body, i % 12 == 11 ? "\n" : " "));
    if (tall)
        MUST(buf_add_str(&body, "\nThe Example Gazette is an independent "
                                "daily. Letters to the editor: write to the "
                                "office at the harbour, first floor.\n"));
    snprintf(fields, sizeof fields,
             "{\"id\":\"made-up/%03u\",\"published\":\"2024-0%u-%02u\"}", index,
             1 + index / 28 % 9, 1 + index % 28);
    add_story(w, fields, buf_view(&body), false);
    sheaf_buf_free(&body);
}

static void
add_large(struct sheaf_writer *w, size_t len)
{
    struct sheaf_buf body = { 0 };
    uint32_t state = 1;

    for (size_t i = 0; i < len; i++) {
        uint8_t byte = (uint8_t)next_number(&state);

        MUST(buf_add(&body, &byte, 1));
    }
    add_story(w, "{\"id\":\"large\"}", buf_view(&body), false);
    sheaf_buf_free(&body);
}

static void
add_generation(struct sheaf_writer *w, const struct good *g, unsigned number)
{
    for (size_t i = 0; i < g->count; i++)
        if (g->stories[i].generation == number)
            add_story(w, g->stories[i].fields, text_bytes(g->stories[i].body),
                      g->stories[i].parts);
    for (unsigned i = 0; number == 0 && i < g->many; i++)
        add_made_up(w, i, g->dict_max > 0);
    if (number == 0 && g->large != 0)
        add_large(w, g->large);
}

static void
write_good(const struct good *g)
{
    const char *path = path_of(g->name, ".sheaf");
    bool signed_first = strcmp(g->name, "signed-first") == 0;
    struct sheaf_write_options options = { .dict_max = g->dict_max,
                                           .time = TIME };
    unsigned last = g->count != 0 ? g->stories[g->count - 1].generation : 0;
    struct sheaf_secret_key secret;
    struct sheaf_public_key pub;

    make_key(SEED, &secret, &pub);
    if (g->sign)
        options.origin = ORIGIN;
    for (unsigned i = 0; i <= last + (g->sign_last ? 1 : 0); i++) {
        bool sign = g->sign || (g->sign_last && i > last) ||
                    (signed_first && i == 0);
        struct sheaf_writer *w = NULL;
        struct sheaf_sink sink;

        if (i == 0) {
            MUST_OK(sheaf_sink_file(&sink, path, 1, NULL));
            MUST_OK(sheaf_writer_new(sink, &options, &w, NULL));
        } else {
            MUST_OK(sheaf_writer_append(path, &options, NULL, &w, NULL));
        }
        add_generation(w, g, i);
        MUST_OK(sheaf_commit(w, sign ? &secret : NULL, NULL, NULL));
        sheaf_writer_free(w);
    }
}

/* ---- What is to be expected ---------------------------------------------- */

static void
print_hex(FILE *f, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        fprintf(f, "%02x", bytes[i]);
}

static void
print_key(FILE *f, const struct sheaf_public_key *pub)
{
    struct sheaf_buf text = { 0 };
    const char *line;

    MUST_OK(sheaf_public_key_format(pub, &text, NULL));
    MUST(buf_add(&text, "", 1));
    line = strchr((const char *)text.data, '\n');
    MUST(line != NULL);
    fprintf(f, "# a test key; its seed is BLAKE2b-256 of \"%s\"\nkey: %s", SEED,
            line + 1);
    sheaf_buf_free(&text);
}

static void
print_article(FILE *f, const struct sheaf_article *a)
{
    struct sheaf_buf id = { 0 };
    uint8_t hash[32];

    MUST(json_escape(a->id, &id));
    hash_sha256(a->parts[0].data.data, a->parts[0].data.len, hash);
    fprintf(f, "article: %llu %u %.*s ", (unsigned long long)a->leaf, a->rev,
            (int)id.len, (const char *)id.data);
    print_hex(f, hash, sizeof hash);
    fprintf(f, "\n");
    sheaf_buf_free(&id);
}

/* What there is in an archive that opens. */
static void
describe(FILE *f, const struct sheaf_buf *bytes)
{
    struct sheaf_scratch *scratch;
    struct sheaf_reader *r;
    struct sheaf_source source;
    struct sheaf_info info;

    MUST_OK(sheaf_source_memory(&source, bytes->data, bytes->len, NULL));
    MUST_OK(sheaf_open(source, NULL, &r, NULL));
    MUST_OK(sheaf_scratch_new(&scratch, NULL));
    sheaf_get_info(r, &info);
    fprintf(f, "articles: %llu\nleaves: %llu\ngenerations: %llu\n"
               "signed: %llu\norigin: %.*s\nroot: ",
            (unsigned long long)info.articles, (unsigned long long)info.size,
            (unsigned long long)info.generation,
            (unsigned long long)info.signed_size, (int)info.origin.len,
            (const char *)info.origin.data);
    print_hex(f, info.root, sizeof info.root);
    fprintf(f, "\n");
    for (uint64_t leaf = 0; leaf < info.size; leaf++) {
        struct sheaf_article a;
        struct sheaf_entry e;
        int rc = sheaf_locate(r, scratch, leaf, &e, NULL);

        if (rc == SHEAF_ENOTFOUND)
            continue;
        MUST(rc == SHEAF_OK);
        MUST_OK(sheaf_read(r, scratch, &e, &a, NULL));
        print_article(f, &a);
    }
    sheaf_scratch_free(scratch);
    sheaf_close(r);
}

static const char *
verdict(int rc)
{
    switch (rc) {
    case SHEAF_OK:
        return "ok";
    case SHEAF_ECORRUPT:
        return "corrupt";
    case SHEAF_EVERIFY:
        return "verify";
    case SHEAF_EUNSUPPORTED:
        return "unsupported";
    case SHEAF_ELIMIT:
        return "limit";
    default:
        return "another failure";
    }
}

/* Does the library say what is written down? */
static void
check(const char *name, const char *expect, const char *clause,
      const struct sheaf_buf *bytes, const struct sheaf_public_key *key)
{
    const struct sheaf_verify_options options = { .key = key };
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_source source;
    int rc;

    MUST_OK(sheaf_source_memory(&source, bytes->data, bytes->len, NULL));
    rc = sheaf_open(source, NULL, &r, &err);
    if (rc == SHEAF_OK)
        rc = sheaf_verify(r, &options, NULL, &err);
    sheaf_close(r);
    if (strcmp(verdict(rc), expect) == 0 && strcmp(err.clause, clause) == 0)
        return;
    failures++;
    fprintf(stderr, "%s: wants %s %s, got %s %s: %s\n", name, expect, clause,
            verdict(rc), err.clause, err.message);
}

static void
expect(const char *name, const char *expected, const char *clause, bool opens,
       const struct sheaf_buf *bytes, const struct sheaf_public_key *key)
{
    FILE *f = fopen(path_of(name, ".expect"), "w");

    MUST(f != NULL);
    fprintf(f, "expect: %s\n", expected);
    if (clause[0] != '\0')
        fprintf(f, "clause: %s\n", clause);
    if (opens)
        fprintf(f, "open: ok\n");
    if (key != NULL)
        print_key(f, key);
    if (opens || strcmp(expected, "ok") == 0)
        describe(f, bytes);
    MUST(fclose(f) == 0);
    check(name, expected, clause, bytes, key);
}

static void
write_plan(const struct plan *p)
{
    static struct build b;
    struct sheaf_secret_key secret;
    struct sheaf_public_key pub;
    char clause[16] = "";
    FILE *f;

    make_key(SEED, &secret, &pub);
    build(&b, p);
    if (p->name[0] == 'F')
        snprintf(clause, sizeof clause, "%.*s", (int)strcspn(p->name, "-"),
                 p->name);
    f = fopen(path_of(p->name, ".sheaf"), "wb");
    MUST(f != NULL);
    MUST(fwrite(b.out.data, 1, b.out.len, f) == b.out.len && fclose(f) == 0);
    expect(p->name, p->expect != NULL ? p->expect : "corrupt", clause,
           p->opens, &b.out, p->key ? &pub : NULL);
    build_free(&b);
}

static void
expect_good(const struct good *g)
{
    struct sheaf_secret_key secret;
    struct sheaf_public_key pub;
    struct sheaf_buf bytes = { 0 };
    struct sheaf_source source;
    size_t len;

    make_key(SEED, &secret, &pub);
    MUST_OK(sheaf_source_file(&source, path_of(g->name, ".sheaf"), NULL));
    len = (size_t)source.ops->size(source.ctx);
    MUST(buf_reserve(&bytes, len));
    MUST(source.ops->read_at(source.ctx, 0, bytes.data, len) == 0);
    bytes.len = len;
    source.ops->close(source.ctx);
    expect(g->name, "ok", "", false, &bytes,
           strncmp(g->name, "signed", 6) == 0 ? &pub : NULL);
    sheaf_buf_free(&bytes);
}

int
main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: make_vectors FOLDER\n");
        return 2;
    }
    folder = argv[1];
    MUST_OK(hash_start(NULL));
    for (size_t i = 0; i < COUNT_OF(goods); i++) {
        write_good(&goods[i]);
        expect_good(&goods[i]);
    }
    for (size_t i = 0; i < COUNT_OF(plans); i++)
        write_plan(&plans[i]);
    return failures != 0;
}
