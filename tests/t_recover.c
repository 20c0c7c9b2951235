/*
 * What sheaf_recover finds goes into a new archive with sheaf_add_recovered:
 * the archive verifies, has the same articles, and has the same frames except
 * for those that had to change.
 */
#include "archive.h"
#include "base/cursor.h"
#include "format/frame.h"
#include "format/top.h"

#define DOCS 700
#define MORE 40
#define ID_SIZE 32
#define FOUND_MAX 800

/* ---- Recovering to a new archive ----------------------------------------- */

struct saved {
    const struct blob *from;
    struct sheaf_writer *w;
    char ids[FOUND_MAX][ID_SIZE]; /* of all that is found, in order */
    uint64_t offsets[FOUND_MAX];
    uint64_t lengths[FOUND_MAX];
    uint32_t revs[FOUND_MAX];
    size_t count;
    size_t unchanged;
    struct sheaf_recovery result;
    struct sheaf_buf to;
    size_t same;  /* articles in the new archive with the frame of the old */
    size_t other; /* ... and with another */
    size_t wrong; /* not the article that was found */
    uint64_t last_offset;
    uint64_t tile; /* of the last frame's first leaf */
    bool crosses;  /* a block is in two tiles */
};

static int
on_found(void *arg, const struct sheaf_recovered *what)
{
    struct saved *s = arg;
    enum sheaf_added added = SHEAF_UNCHANGED;
    struct sheaf_error err = { 0 };

    if (what->kind != SHEAF_RECOVERED_ARTICLE) {
        eq_int(sheaf_add_recovered(s->w, what, &added, NULL), SHEAF_EINVAL,
               "only articles can be added");
        return 0;
    }
    MUST_BE(sheaf_add_recovered(s->w, what, &added, &err), SHEAF_OK, &err);
    if (added == SHEAF_UNCHANGED) {
        s->unchanged++;
        return 0;
    }
    memcpy(s->ids[s->count], what->article->id.data, what->article->id.len);
    s->offsets[s->count] = what->offset;
    s->lengths[s->count] = what->length;
    s->revs[s->count] = what->article->rev;
    s->count++;
    return 0;
}

static int
on_leaf(void *arg, const struct sheaf_scan_item *item)
{
    struct saved *s = arg;
    uint64_t n = item->leaf;
    const uint8_t *frame = s->to.data + item->entry.offset;

    if (item->state != SHEAF_SCAN_ARTICLE)
        return 0;
    s->wrong += n >= s->count ||
                !same_bytes(item->id, s->ids[n], strlen(s->ids[n]));
    if (item->article.length == s->lengths[n] &&
        memcmp(frame, s->from->data + s->offsets[n], s->lengths[n]) == 0)
        s->same++;
    else
        s->other++;
    if (item->entry.offset != s->last_offset)
        s->tile = n / 256;
    s->crosses = s->crosses || s->tile != n / 256;
    s->last_offset = item->entry.offset;
    return 0;
}

/* Recovers `file` with a writer of `o`; the new archive must verify. */
static struct saved *
recover(const struct blob *file, const struct sheaf_write_options *o)
{
    struct saved *s = calloc(1, sizeof *s);
    struct sheaf_error err = { 0 };
    struct sheaf_scratch *scratch = NULL;
    struct sheaf_reader *r = NULL;
    struct sheaf_source source;
    struct sheaf_sink sink;

    if (s == NULL)
        abort();
    s->from = file;
    MUST_BE(sheaf_source_memory(&source, blob_view(file), &err), SHEAF_OK,
            &err);
    MUST_BE(sheaf_sink_memory(&sink, &s->to, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_writer_new(sink, o, &s->w, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_recover(source, NULL, on_found, s, &s->result, &err),
            SHEAF_OK, &err);
    MUST_BE(sheaf_commit(s->w, NULL, NULL, &err), SHEAF_OK, &err);
    sheaf_writer_free(s->w);
    MUST_BE(verify_bytes(s->to.data, s->to.len, NULL, NULL, &err), SHEAF_OK,
            &err);
    MUST_BE(open_bytes(s->to.data, s->to.len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scratch_new(&scratch, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scan(r, scratch, on_leaf, s, &err), SHEAF_OK, &err);
    sheaf_scratch_free(scratch);
    sheaf_close(r);
    eq_int(s->wrong, 0, "the articles that were found, in order");
    eq_int(s->same + s->other, s->count, "and all of them");
    ok(!s->crosses, "no block is in two tiles");
    return s;
}

static void
saved_free(struct saved *s)
{
    sheaf_buf_free(&s->to);
    free(s);
}

/* ---- Archives ------------------------------------------------------------ */

static struct sheaf_write_options
options(uint32_t block, int plain, unsigned threads)
{
    return (struct sheaf_write_options){
        SHEAF_WRITE_OPTIONS, .level = 3,     .block = block,
        .time_ms = DOC_TIME, .plain = plain, .threads = threads
    };
}

static struct blob
packed(const struct doc *docs, const struct sheaf_write_options *o)
{
    struct sheaf_buf bytes = { 0 };
    struct sheaf_error err = { 0 };
    struct blob file = { 0 };

    MUST_BE(pack(docs, DOCS, o, NULL, &bytes, NULL, &err), SHEAF_OK, &err);
    blob_add(&file, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    return file;
}

/* Flips a bit of the zstd frame at this place. */
static void
damage(struct blob *file, uint64_t offset, uint64_t length)
{
    file->data[offset + length / 2] ^= 0x10;
}

/* ---- Tests --------------------------------------------------------------- */

static void
test_frames(const struct doc *docs)
{
    const struct sheaf_write_options o = options(0, 0, 1);
    struct blob file = packed(docs, &o);
    struct saved *s = recover(&file, &o);

    eq_int(s->count, DOCS, "undamaged: all articles");
    eq_int(s->same, DOCS, "undamaged: all frames are copied");
    ok(s->to.len == file.len, "and the archive is as long as it was");
    damage(&file, s->offsets[300], s->lengths[300]);
    /* The dictionary is the first frame after the head. */
    file.data[HEAD_SIZE + 200] ^= 1;
    saved_free(s);
    s = recover(&file, &o);
    eq_int(s->count, DOCS - 1, "two bits flipped: all but one");
    eq_int(s->same, DOCS - 1, "and all other frames are copied");
    saved_free(s);
    blob_free(&file);
}

static void
test_blocks(const struct doc *docs)
{
    const struct sheaf_write_options o = options(16384, 0, 1);
    const struct sheaf_write_options two = options(16384, 0, 2);
    const struct sheaf_write_options none = options(0, 0, 2);
    struct blob file = packed(docs, &o);
    struct saved *s = recover(&file, &none), *t;
    size_t first = 10, lost = 0;

    eq_int(s->same, DOCS, "blocks: all frames are copied");
    while (s->offsets[first] != s->offsets[first - 1])
        first++;
    for (size_t i = 0; i < DOCS; i++)
        lost += s->offsets[i] == s->offsets[first];
    ok(lost > 1, "a block has several articles");
    damage(&file, s->offsets[first], s->lengths[first]);
    saved_free(s);
    s = recover(&file, &o);
    t = recover(&file, &two);
    eq_int(s->count, DOCS - lost, "a bit flipped: the others are there");
    /* Only what came to lie across the border of a tile is split. */
    ok(s->other > 0 && s->same > DOCS * 3 / 4, "nearly all blocks are copied");
    ok(s->to.len == t->to.len &&
           memcmp(s->to.data, t->to.data, t->to.len) == 0,
       "the same bytes with more threads");
    saved_free(t);
    saved_free(s);
    blob_free(&file);
}

/* The first revision is lost: the later ones get other numbers, and so other
 * frames. */
static void
test_revisions(struct doc *docs, uint32_t block)
{
    const struct sheaf_write_options o = options(block, 0, 1);
    const struct path path = in_folder("a.sheaf");
    struct sheaf_error err = { 0 };
    struct blob file = packed(docs, &o);
    struct doc *more = docs_make(MORE, 600, 9);
    struct saved *s;
    uint64_t lost;

    write_file(path.text, file.data, file.len);
    blob_free(&file);
    for (unsigned i = 0; i < MORE; i++) {
        more[i].id.len = 0;
        blob_add(&more[i].id, docs[i].id.data, docs[i].id.len);
        doc_describe(&more[i], 5000 + i);
    }
    MUST_BE(append(path.text, more, MORE, &o, NULL, NULL, &err), SHEAF_OK,
            &err);
    file = read_file(path.text);
    s = recover(&file, &o);
    eq_int(s->count, DOCS + MORE, "revisions: all articles");
    ok(s->same >= DOCS, "and their frames, except for differences");
    lost = s->offsets[7];
    damage(&file, lost, s->lengths[7]);
    saved_free(s);
    s = recover(&file, &o);
    ok(s->count < DOCS + MORE && s->count >= DOCS, "a first one is lost");
    eq_int(s->revs[s->count - MORE + 7], 2, "its second one was found");
    ok(s->same >= DOCS * 3 / 4 && s->other > 0,
       "other frames are copied, its own is not");
    saved_free(s);
    blob_free(&file);
    docs_free(more, MORE);
    unlink(path.text);
}

/* Makes `d` a revision of `of`: nearly the same. */
static void
revise(struct doc *d, const struct doc *of, unsigned n)
{
    d->id.len = d->parts[0].len = 0;
    blob_add(&d->id, of->id.data, of->id.len);
    blob_text(&d->parts[0], "Corrected. ");
    blob_add(&d->parts[0], of->parts[0].data, of->parts[0].len);
    doc_describe(d, n);
}

#define FIRST 300 /* articles with one revision, so far */

/* Three generations; the second and third have differences. */
static struct blob
revised(uint64_t seed)
{
    const struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .level = 3,
                                           .dict_max = -1,
                                           .time_ms = DOC_TIME };
    const struct path path = in_folder("a.sheaf");
    struct doc *docs = docs_make(FIRST, 900, seed);
    struct doc *more = docs_make(MORE, 900, seed + 1);
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct blob file;
    size_t differences = 0;

    MUST_BE(pack(docs, FIRST, &o, NULL, &bytes, NULL, &err), SHEAF_OK, &err);
    write_file(path.text, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    for (unsigned g = 0; g < 2; g++) {
        /* Bases in the first group and in the last one. */
        for (unsigned i = 0; i < MORE; i++)
            revise(&more[i], &docs[i % 2 * 150 + 60 + g * MORE + i],
                   1000 * (g + 1) + i);
        MUST_BE(append(path.text, more, MORE, &o, NULL, NULL, &err), SHEAF_OK,
                &err);
    }
    file = read_file(path.text);
    for (size_t i = 0; i + 12 < file.len; i++)
        differences += memcmp(file.data + i, FRAME_MAGIC, 4) == 0 &&
                       memcmp(file.data + i + 8, "REV", 3) == 0;
    eq_int(differences, 2 * MORE, "revisions are differences");
    unlink(path.text);
    docs_free(docs, FIRST);
    docs_free(more, MORE);
    return file;
}

/* Where the frame of group number `n` begins. */
static size_t
group_at(const struct blob *file, unsigned n)
{
    for (size_t i = 0; i + 12 < file->len; i++)
        if (memcmp(file->data + i, FRAME_MAGIC, 4) == 0 &&
            memcmp(file->data + i + 8, "GRP", 3) == 0 && n-- == 0)
            return i;
    abort();
}

/* Bytes at `at` are replaced by others: one that is shorter or longer. */
static struct blob
spliced(const struct blob *file, size_t at, size_t out, size_t in)
{
    struct blob made = { 0 };

    blob_add(&made, file->data, at);
    for (size_t i = 0; i < in; i++)
        blob_add(&made, "#", 1);
    blob_add(&made, file->data + at + out, file->len - at - out);
    return made;
}

/* Differences say where their bases were. Each is found where it is now. */
static void
test_shifted(void)
{
    static const struct {
        const char *name;
        size_t out, in;
    } cases[] = {
        { "a byte is missing", 1, 0 },
        { "a byte too many", 0, 1 },
        { "3,000 bytes are missing", 3000, 0 },
        { "60,000 bytes too many", 0, 60000 },
        { "the start of the file is missing", SIZE_MAX, 0 },
        { "a byte is missing in the columns of the bases", 1, 0 },
    };
    const struct sheaf_write_options o = options(0, 0, 1);
    struct blob file = revised(31);
    struct saved *s = recover(&file, &o);

    eq_int(s->count, FIRST + 2 * MORE, "not shifted: all articles");
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        bool start = cases[i].out == SIZE_MAX;
        size_t at = start                      ? 0
                    : i == COUNT_OF(cases) - 1 ? group_at(&file, 1) + 100
                                               : (size_t)s->offsets[50] + 30;
        size_t out = start ? (size_t)s->offsets[60] : cases[i].out;
        struct blob other = spliced(&file, at, out, cases[i].in);
        struct saved *t = recover(&other, &o);
        size_t hit = 0;

        for (size_t n = 0; n < s->count; n++)
            hit += s->offsets[n] < at + out + (out == 0) &&
                   s->offsets[n] + s->lengths[n] > at;
        eq_int(t->count, s->count - hit, "%s: all others", cases[i].name);
        saved_free(t);
        blob_free(&other);
    }
    saved_free(s);
    blob_free(&file);
}

/* A dictionary that is shorter or longer ends where frames begin again. With
 * its parity it is whole again, and the articles after it are there. */
static void
test_shifted_dictionary(const struct doc *docs)
{
    static const struct {
        const char *name;
        size_t out, in;
    } cases[] = { { "a byte is missing", 1, 0 },
                  { "a byte too many", 0, 1 },
                  { "100 bytes are missing", 100, 0 },
                  { "100 bytes too many", 0, 100 } };
    const struct sheaf_write_options o = options(0, 0, 1);
    struct blob file = packed(docs, &o);
    struct saved *s = recover(&file, &o);
    const size_t places[] = { HEAD_SIZE + 200, s->offsets[0] - 110 };

    saved_free(s);
    for (size_t i = 0; i < COUNT_OF(cases) * COUNT_OF(places); i++) {
        size_t n = i / COUNT_OF(places), place = i % COUNT_OF(places);
        struct blob other = spliced(&file, places[place], cases[n].out,
                                    cases[n].in);

        s = recover(&other, &o);
        eq_int(s->count, DOCS, "%s at the %s of the dictionary: all articles",
               cases[n].name, place == 0 ? "start" : "end");
        eq_int(s->same, DOCS, "and all frames are copied");
        saved_free(s);
        blob_free(&other);
    }
    blob_free(&file);
}

/* What is missing at the end of the dictionary is as long as the first articles
 * are: behind these, a frame begins where the first one should. */
static void
test_dictionary_less_articles(const struct doc *docs)
{
    const struct sheaf_write_options o = options(0, 0, 1);
    struct blob file = packed(docs, &o);
    struct saved *s = recover(&file, &o);
    const size_t first = (size_t)s->offsets[0];
    const size_t lengths[] = { (size_t)s->lengths[0],
                               (size_t)(s->lengths[0] + s->lengths[1]) };

    saved_free(s);
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        struct blob other = spliced(&file, first - lengths[i], lengths[i], 0);

        s = recover(&other, &o);
        eq_int(s->count, DOCS,
               "%zu bytes less in the dictionary, as the first have: all",
               lengths[i]);
        saved_free(s);
        blob_free(&other);
    }
    blob_free(&file);
}

static struct blob rewritten(size_t *first);

/* Bytes are missing in the header of the dictionary, or there are more: its
 * payload is elsewhere, or lost up to what its parity repairs. No frame says
 * how far. */
static void
test_dictionary_header(const struct doc *docs)
{
    static const struct {
        const char *name;
        size_t at, out, in;
        bool whole; /* the payload is */
    } cases[] = {
        { "a byte of its magic is missing", 2, 1, 0, true },
        { "a byte of its length is missing", 5, 1, 0, true },
        { "a byte too many in its magic", 2, 0, 1, true },
        { "a byte too many in its length", 7, 0, 1, true },
        { "its header is missing", 0, 8, 0, true },
        { "60,000 bytes too many in its header", 5, 0, 60000, true },
        { "100 bytes are missing from its header on", 3, 100, 0, false },
        { "4,096 bytes are missing from its header on", 3, 4096, 0, false }
    };
    const struct sheaf_write_options o = options(0, 0, 1);
    struct blob file = packed(docs, &o), before = rewritten(&(size_t){ 0 });
    struct saved *s = recover(&before, &o);
    const size_t others = s->count;

    saved_free(s);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        const size_t at = HEAD_SIZE + cases[i].at;
        struct blob other = spliced(&file, at, cases[i].out, cases[i].in);
        struct blob joined = { 0 }, rest = { 0 };

        s = recover(&other, &o);
        eq_int(s->count, DOCS, "%s: all articles", cases[i].name);
        eq_int(s->same, DOCS, "and all frames are copied");
        ok(s->result.lost_bytes == 0, "and nothing is lost");
        saved_free(s);
        blob_add(&rest, other.data + at, other.len - at);
        s = recover(&rest, &o);
        eq_int(s->count, DOCS, "%s and all before that: all articles",
               cases[i].name);
        saved_free(s);
        blob_add(&joined, before.data, before.len);
        blob_add(&joined, other.data, other.len);
        s = recover(&joined, &o);
        if (cases[i].whole)
            eq_int(s->count, others + DOCS, "%s, far from its place: all",
                   cases[i].name);
        saved_free(s);
        blob_free(&joined);
        blob_free(&rest);
        blob_free(&other);
    }
    blob_free(&before);
    blob_free(&file);
}

/* Of a dictionary of one piece, nothing has to be left but its header. */
static void
test_small_dictionary(const struct doc *docs)
{
    struct sheaf_write_options o = options(0, 0, 1);
    struct blob file, other;
    struct saved *s;
    size_t payload;

    o.dict_max = 4096;
    file = packed(docs, &o);
    s = recover(&file, &o);
    payload = (size_t)s->offsets[0] - HEAD_SIZE - 8;
    ok(payload < 4096, "a dictionary of %zu bytes", payload);
    saved_free(s);
    other = spliced(&file, HEAD_SIZE + 8, payload, 0);
    s = recover(&other, &o);
    eq_int(s->count, DOCS, "without its payload: all articles");
    ok(s->result.lost_bytes == 0, "and nothing is lost");
    saved_free(s);
    blob_free(&other);
    blob_free(&file);
}

/* Articles stand before their dictionary, whose header is damaged. */
static void
test_late_dictionary(const struct doc *docs)
{
    const struct sheaf_write_options o = options(0, 0, 1);
    struct blob file = packed(docs, &o), other = { 0 };
    struct saved *s = recover(&file, &o);
    const size_t dict = HEAD_SIZE, first = (size_t)s->offsets[0];
    const size_t later = (size_t)s->offsets[50];

    saved_free(s);
    blob_add(&other, file.data, dict);
    blob_add(&other, file.data + first, later - first);
    blob_add(&other, file.data + dict + 3, 3);
    blob_add(&other, file.data + dict + 100, first - dict - 100);
    blob_add(&other, file.data + later, file.len - later);
    s = recover(&other, &o);
    eq_int(s->count, DOCS, "behind articles that need it: all articles");
    saved_free(s);
    blob_free(&other);
    blob_free(&file);
}

/* A sector with the beginning of the parity is written over the beginning of
 * the dictionary: that parity is not whole, but the other one is. */
static void
test_displaced_parity(const struct doc *docs)
{
    const struct sheaf_write_options o = options(0, 0, 1);
    struct blob file = packed(docs, &o);
    size_t par = find_frame(&file, HEAD_SIZE, file.len, "PAR");
    struct saved *s;

    memcpy(file.data + HEAD_SIZE, file.data + par - 100, 200);
    s = recover(&file, &o);
    eq_int(s->count, DOCS, "with half a parity before it: all articles");
    saved_free(s);
    /* Or with whole frames, after which no dictionary begins. */
    par = find_frame(&file, HEAD_SIZE, file.len, "END");
    memcpy(file.data, file.data + par, END_SIZE);
    s = recover(&file, &o);
    eq_int(s->count, DOCS, "with a whole frame before it: all articles");
    saved_free(s);
    blob_free(&file);
}

/* In the second of two archives in one file, all offsets are of another
 * file. */
static void
test_joined_revisions(void)
{
    const struct sheaf_write_options o = options(0, 0, 1);
    struct blob file = revised(31), second = revised(32);
    struct saved *s;

    /* Other articles, but the same IDs: further revisions. */
    blob_add(&file, second.data, second.len);
    s = recover(&file, &o);
    eq_int(s->count, 2 * (FIRST + 2 * MORE), "joined: all revisions of both");
    saved_free(s);
    blob_free(&second);
    blob_free(&file);
}

/* The revisions of each ID in the order in which they were recovered: none is
 * followed by an older one. */
static bool
in_order(const struct saved *s)
{
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(s->ids[i], s->ids[k]) == 0 && s->revs[k] >= s->revs[i])
                return false;
    return true;
}

/* Articles, and behind `*first` bytes of them other texts of the same IDs. */
static struct blob
rewritten(size_t *first)
{
    const struct sheaf_write_options o = options(0, 8192, 1);
    const struct path path = in_folder("a.sheaf");
    struct doc *docs = docs_make(2 * MORE, 900, 41);
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct blob file;

    MUST_BE(pack(docs, MORE, &o, NULL, &bytes, NULL, &err), SHEAF_OK, &err);
    *first = bytes.len;
    write_file(path.text, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    for (unsigned i = 0; i < MORE; i++) {
        struct doc *d = &docs[MORE + i];

        d->id.len = 0;
        blob_add(&d->id, docs[i].id.data, docs[i].id.len);
        doc_describe(d, 1000 + i);
    }
    MUST_BE(append(path.text, docs + MORE, MORE, &o, NULL, NULL, &err),
            SHEAF_OK, &err);
    file = read_file(path.text);
    unlink(path.text);
    docs_free(docs, 2 * MORE);
    return file;
}

/* Parts of a file in another order, or twice: what comes before its dictionary
 * is found, and no revision that comes late becomes the newest. */
static void
test_order(void)
{
    const struct sheaf_write_options o = options(0, 0, 1);
    size_t first;
    struct blob file = rewritten(&first), swapped = { 0 };
    struct saved *s;

    blob_add(&swapped, file.data + first, file.len - first);
    blob_add(&swapped, file.data, first);
    s = recover(&swapped, &o);
    eq_int(s->count, 2 * MORE, "generations swapped: all revisions");
    eq_int(s->result.lost_places, 0, "and nothing is lost");
    ok(in_order(s), "and the newest is the last");
    saved_free(s);
    blob_add(&file, file.data, first);
    s = recover(&file, &o);
    eq_int(s->count, 2 * MORE, "a generation twice: each revision once");
    eq_int(s->result.repeated, MORE, "the copies are left out");
    ok(in_order(s), "and the newest is the last");
    saved_free(s);
    blob_free(&swapped);
    blob_free(&file);
}

/* Where frame number `n` of this type begins, and how long it is. */
static size_t
sheaf_frame(const struct blob *file, const char *type, unsigned n,
            size_t *length)
{
    for (size_t i = 0; i + 12 < file->len; i++)
        if (memcmp(file->data + i, FRAME_MAGIC, 4) == 0 &&
            memcmp(file->data + i + 8, type, 3) == 0 && n-- == 0) {
            *length = 8 + get_le32(file->data + i + 4);
            return i;
        }
    abort();
}

/* The file with `len` bytes from `from` on also, or only, at `to`, which is
 * before them. */
static struct blob
put_before(const struct blob *file, size_t to, size_t from, size_t len,
           bool move)
{
    struct blob made = { 0 };

    blob_add(&made, file->data, to);
    blob_add(&made, file->data + from, len);
    blob_add(&made, file->data + to, from - to);
    if (!move)
        blob_add(&made, file->data + from, len);
    blob_add(&made, file->data + from + len, file->len - from - len);
    return made;
}

static void
all_come(const struct blob *file, const char *name, size_t repeated)
{
    const struct sheaf_write_options o = options(0, 0, 1);
    struct saved *s = recover(file, &o);

    eq_int(s->count, FIRST + 2 * MORE, "%s: all revisions", name);
    eq_int(s->result.repeated, repeated, "and each once");
    eq_int(s->result.missing, 0, "none is called missing");
    eq_int(s->result.lost_places, 0, "and no place lost");
    eq_int(s->result.unnamed, 0, "nor any leaf missing");
    ok(in_order(s), "and the newest is the last");
    saved_free(s);
}

/* Differences whose bases are elsewhere, or come after them. */
static void
test_displaced_revisions(void)
{
    const struct sheaf_write_options o = options(0, 0, 1);
    struct blob file = revised(31), other;
    struct saved *s = recover(&file, &o);
    size_t length, end_size;
    /* The base of the first difference is article 60. */
    size_t base = (size_t)s->offsets[60], base_size = (size_t)s->lengths[60];
    size_t before = (size_t)s->offsets[57];
    size_t first = sheaf_frame(&file, "REV", 0, &length);
    size_t end = sheaf_frame(&file, "END", 1, &end_size) + end_size;

    other = put_before(&file, before, base, base_size, true);
    all_come(&other, "a base three frames before its place", 0);
    blob_free(&other);
    other = put_before(&file, (size_t)s->offsets[20], first, length, false);
    all_come(&other, "a copy of a difference before its base", 1);
    blob_free(&other);
    other = put_before(&file, (size_t)s->offsets[20], first, length, true);
    all_come(&other, "a difference before its base", 0);
    blob_free(&other);
    other = put_before(&file, (size_t)s->offsets[0], end, file.len - end,
                       true);
    all_come(&other, "the last generation before the first", 0);
    blob_free(&other);
    saved_free(s);
    blob_free(&file);
}

/* An article of a block gets another revision, or comes before its turn: the
 * frame is not what it was, and the other articles of it are not lost. */
static void
test_displaced_blocks(void)
{
    enum { FIRST_ONE = 10, SECOND = 200 };
    const struct sheaf_write_options o = options(16384, 0, 1);
    struct doc *docs = docs_make(DOCS, 900, 5);
    struct blob file, other;
    struct saved *s;
    size_t first, second, first_length, length, lost = 0;

    docs[SECOND].id.len = 0;
    blob_add(&docs[SECOND].id, docs[FIRST_ONE].id.data,
             docs[FIRST_ONE].id.len);
    doc_describe(&docs[SECOND], 5000);
    file = packed(docs, &o);
    s = recover(&file, &o);
    first = (size_t)s->offsets[FIRST_ONE];
    first_length = (size_t)s->lengths[FIRST_ONE];
    second = (size_t)s->offsets[SECOND];
    length = (size_t)s->lengths[SECOND];
    for (size_t i = 0; i < DOCS; i++)
        lost += s->offsets[i] == first;
    eq_int(s->same, DOCS, "a revision in another block: all are copied");
    ok(s->offsets[SECOND - 1] == second && s->offsets[SECOND + 1] == second,
       "it is in the middle of it");
    saved_free(s);

    other = put_before(&file, first, second, length, true);
    s = recover(&other, &o);
    eq_int(s->count, DOCS, "its block first: all articles");
    ok(s->other > 2, "and the block is made anew");
    saved_free(s);
    blob_free(&other);

    other = put_before(&file, first, second, length, false);
    s = recover(&other, &o);
    eq_int(s->count, DOCS, "there, too: all articles");
    saved_free(s);
    blob_free(&other);

    damage(&file, first, first_length);
    s = recover(&file, &o);
    eq_int(s->count, DOCS - lost, "the block before it lost: all others");
    ok(s->other > 2, "and the block is made anew");
    saved_free(s);
    blob_free(&file);
    docs_free(docs, DOCS);
}

/* Two archives, one after the other, as one file. */
static void
test_joined(const struct doc *docs)
{
    const struct sheaf_write_options o = options(0, 0, 1);
    struct blob file = packed(docs, &o), second;
    struct saved *s;

    second = packed(docs, &o);
    blob_add(&file, second.data, second.len);
    blob_free(&second);
    s = recover(&file, &o);
    eq_int(s->count, DOCS, "twice the same: each article once");
    eq_int(s->result.repeated, DOCS, "the others are not added");
    eq_int(s->same, DOCS, "and all frames are copied");
    saved_free(s);

    blob_free(&file);
}

/* A writer without words can't keep a coded frame. */
static void
test_plain(const struct doc *docs)
{
    const struct sheaf_write_options coded = options(0, 0, 1);
    const struct sheaf_write_options plain = options(0, 1, 1);
    struct blob file = packed(docs, &coded);
    struct saved *s = recover(&file, &plain);

    eq_int(s->count, DOCS, "coded, to plain: all articles");
    eq_int(s->same, 0, "and no frame is copied");
    saved_free(s);
    blob_free(&file);
    file = packed(docs, &plain);
    s = recover(&file, &coded);
    eq_int(s->same, DOCS, "plain, to coded: all frames are copied");
    saved_free(s);
    blob_free(&file);
}

/* ---- Time ---------------------------------------------------------------- */

static int
count_found(void *arg, const struct sheaf_recovered *what)
{
    *(size_t *)arg += what->kind == SHEAF_RECOVERED_ARTICLE;
    return 0;
}

/* A group is cut out with all its articles, and nothing else: no byte is
 * damaged, but the leaves do not add up. */
static void
test_cut(const struct doc *docs)
{
    const struct sheaf_write_options o = options(0, 0, 1);
    struct blob file = packed(docs, &o);
    uint64_t at = 0;

    for (unsigned group = 0; group < 3; group++) {
        struct sheaf_recovery result = { 0 };
        struct sheaf_error err = { 0 };
        struct sheaf_source source;
        struct blob cut = { 0 };
        uint64_t start, end, count;
        size_t found = 0;

        at = find_frame(&file, at + 1, file.len, "GRP");
        start = get_be(file.data + at + FRAME_HEAD_SIZE, 8);
        count = get_be(file.data + at + FRAME_HEAD_SIZE + 16, 2);
        end = at + 8 + get_le32(file.data + at + 4);
        blob_add(&cut, file.data, (size_t)start);
        blob_add(&cut, file.data + end, (size_t)(file.len - end));
        MUST_BE(sheaf_source_memory(&source, blob_view(&cut), &err), SHEAF_OK,
                &err);
        MUST_BE(sheaf_recover(source, NULL, count_found, &found, &result,
                              &err),
                SHEAF_OK, &err);
        eq_int(found, DOCS - count, "group %u cut out: the others", group);
        ok(result.unnamed == count && result.lost_places == 0 &&
               result.missing == 0,
           "and %llu leaves are missing", (unsigned long long)count);
        blob_free(&cut);
    }
    blob_free(&file);
}

/* Each magic in a tail of nothing else is looked at, but the file is read only
 * once or twice. */
static void
test_magics(void)
{
    static const uint8_t *const magics[] = {
        (const uint8_t *)FRAME_MAGIC, (const uint8_t *)"\x28\xb5\x2f\xfd",
        (const uint8_t *)"\x5d\x2a\x4d\x18"
    };

    for (size_t i = 0; i < COUNT_OF(magics); i++) {
        struct sheaf_error err = { 0 };
        struct blob file = { 0 };
        struct probe probe;
        size_t found = 0;

        while (file.len < (size_t)3 << 20)
            blob_add(&file, magics[i], 4);
        probe = probe_over(file.data, file.len);
        eq_int(sheaf_recover(probe_source(&probe), NULL, count_found, &found,
                             NULL, &err),
               SHEAF_OK, "recovers 3 MiB of magics");
        ok(found == 0 && probe.bytes < 10 * file.len,
           "in reading them not again and again: %llu bytes",
           (unsigned long long)probe.bytes);
        blob_free(&file);
    }
}

int
main(void)
{
    struct doc *docs = docs_make(DOCS, 900, 5);

    make_folder();
    test_frames(docs);
    test_blocks(docs);
    test_revisions(docs, 0);
    test_revisions(docs, 16384);
    test_joined(docs);
    test_shifted();
    test_displaced_parity(docs);
    test_shifted_dictionary(docs);
    test_dictionary_less_articles(docs);
    test_dictionary_header(docs);
    test_small_dictionary(docs);
    test_late_dictionary(docs);
    test_joined_revisions();
    test_order();
    test_displaced_revisions();
    test_displaced_blocks();
    test_plain(docs);
    test_cut(docs);
    test_magics();
    docs_free(docs, DOCS);
    rmdir(folder);
    return tap_done();
}
