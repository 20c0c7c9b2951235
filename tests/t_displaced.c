/*
 * What stands in another place than its own: articles, pages of tables, whole
 * frames and sectors. Nothing is believed about its place, and what is
 * displaced is given as what it is, or not at all.
 */
#include "archive.h"
#include "base/cursor.h"
#include "format/codec.h"
#include "format/frame.h"
#include "format/table.h"

#define SECTOR ((size_t)4096)
#define DISPLACED 40

static struct sheaf_secret_key secret;
static struct sheaf_public_key pub;

/* ---- What stands in another place --------------------------------------- */

/* How many articles a scan gives, and whether each is given once. */
struct given {
    const struct doc *docs;
    size_t count, right;
    bool there[DISPLACED];
    bool twice;
};

static int
take_given(void *arg, const struct sheaf_scan_item *item)
{
    struct given *g = arg;

    if (item->state != SHEAF_SCAN_ARTICLE || item->leaf >= DISPLACED)
        return 0;
    g->count++;
    for (size_t i = 0; i < DISPLACED; i++)
        if (doc_is(&g->docs[i], &item->article)) {
            g->twice = g->twice || g->there[i];
            g->there[i] = true;
            g->right += item->leaf == i;
        }
    return 0;
}

/* Opens an archive that is whole enough for that. */
static void
open_file(const struct blob *file, struct sheaf_reader **r,
          struct sheaf_scratch **s)
{
    struct sheaf_error err = { 0 };

    MUST_BE(open_bytes(file->data, file->len, NULL, r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scratch_new(s, &err), SHEAF_OK, &err);
}

static struct given
give(const struct blob *file, const struct doc *docs)
{
    struct given g = { .docs = docs };
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_error err = { 0 };

    open_file(file, &r, &s);
    MUST_BE(sheaf_scan(r, s, take_given, &g, &err), SHEAF_OK, &err);
    sheaf_scratch_free(s);
    sheaf_close(r);
    return g;
}

static void
copy_over(struct blob *out, const struct blob *file, uint64_t to,
          uint64_t from, size_t len)
{
    out->len = 0;
    blob_add(out, file->data, file->len);
    memcpy(out->data + to, file->data + from, len);
}

/* Whether it is said that there is no article with this ID or URL. */
static bool
is_denied(const struct blob *file, const struct doc *d)
{
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_error err = { 0 };
    struct sheaf_entry e;
    bool denied;

    open_file(file, &r, &s);
    denied = sheaf_find(r, s, blob_view(&d->id), 0, &e, &err) ==
                 SHEAF_ENOTFOUND ||
             sheaf_find_url(r, s, blob_view(&d->url), &e, &err) ==
                 SHEAF_ENOTFOUND;
    sheaf_scratch_free(s);
    sheaf_close(r);
    return denied;
}

/* Each article over each other one that is as long, also where neither a group
 * nor a hash tells which it is. */
static void
test_one_over_another(const struct blob *file, const struct doc *docs,
                      const uint64_t at[DISPLACED + 1])
{
    size_t seal = find_frame(file, 0, file->len, "LEF");
    size_t seal_len = 8 + get_le32(file->data + seal + 4);
    struct blob other = { 0 };
    size_t tried = 0, denied = 0;

    for (size_t i = 0; i < (size_t)DISPLACED * DISPLACED; i++) {
        size_t to = i / DISPLACED, from = i % DISPLACED;
        size_t len = (size_t)(at[to + 1] - at[to]);

        if (to == from || at[from + 1] - at[from] != len)
            continue;
        copy_over(&other, file, at[to], at[from], len);
        denied += is_denied(&other, &docs[to]);
        memset(other.data + at[DISPLACED], 0, 40);
        memset(other.data + find_frame(&other, 0, other.len, "TIL") + 100, 0,
               1000);
        denied += is_denied(&other, &docs[to]);
        memcpy(other.data + at[to], file->data + seal, seal_len);
        denied += is_denied(&other, &docs[to]);
        tried++;
    }
    ok(tried > 10 && denied == 0,
       "%zu articles over others: none is denied for that", tried);
    blob_free(&other);
}

/* The offset of each article's frame. */
static void
find_articles(const struct blob *file, uint64_t offsets[DISPLACED + 1])
{
    uint64_t at = HEAD_SIZE, n;

    for (size_t i = 0; i <= DISPLACED; i++, at += n) {
        offsets[i] = at;
        n = 0;
        if (i < DISPLACED)
            MUST_BE(codec_frame_length(file->data + at, file->len - at, at, &n,
                                       NULL),
                    SHEAF_OK, &(struct sheaf_error){ 0 });
    }
}

static void
test_displaced(void)
{
    const struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .dict_max = -1,
                                           .level = 3, .time_ms = DOC_TIME,
                                           .plain = 1 };
    struct doc *docs = docs_make(DISPLACED + 1, 200, 25);
    const struct path path = in_folder("displaced.sheaf");
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct blob file, other = { 0 }, want, got;
    uint64_t at[DISPLACED + 1], group, hashes, dir;
    struct given g;
    size_t n;

    MUST_BE(pack(docs, DISPLACED, &o, &secret, &bytes, NULL, &err), SHEAF_OK,
            &err);
    write_file(path.text, bytes.data, bytes.len);
    MUST_BE(append(path.text, docs + DISPLACED, 1, &o, &pub, &secret, &err),
            SHEAF_OK, &err);
    file = read_file(path.text);
    unlink(path.text);
    find_articles(&file, at);
    group = find_frame(&file, 0, file.len, "GRP");
    eq_int(group, at[DISPLACED], "the group follows its articles");

    /* The last article and its group are written over those before it. */
    n = (size_t)(group - at[DISPLACED - 1]) + 8 +
        get_le32(file.data + group + 4);
    copy_over(&other, &file, at[DISPLACED - 1] - n, at[DISPLACED - 1], n);
    g = give(&other, docs);
    ok(g.there[DISPLACED - 1] && g.count == g.right && !g.twice,
       "a group in front of its place ends no group: %zu articles", g.count);

    /* Articles are written over others, and their hashes over those. */
    hashes = find_frame(&file, 0, file.len, "TIL") + FRAME_HEAD_SIZE;
    copy_over(&other, &file, at[8], at[0], (size_t)(at[8] - at[0]));
    other.data[at[15]] ^= 1;
    n = (size_t)(find_frame(&file, hashes, file.len, "TOP") - hashes) - 8 -
        32 * (DISPLACED + 1);
    memcpy(other.data + hashes + n + 32 * 8, other.data + hashes + n, 32 * 8);
    memset(other.data + group, 0, 40);
    g = give(&other, docs);
    ok(g.count >= 8 && g.count == g.right && !g.twice,
       "articles and hashes in another place: none comes twice, of %zu",
       g.count);

    test_one_over_another(&file, docs, at);

    /* Articles are missing: the group says where. */
    n = (size_t)(at[13] - at[10]);
    copy_over(&other, &file, at[10], at[13], file.len - at[13]);
    other.len -= n;
    g = give(&other, docs);
    ok(g.count == DISPLACED - 3 && g.count == g.right && !g.there[10] &&
           !g.there[11] && !g.there[12],
       "of three missing articles no other is lost: %zu", g.count);

    /* The groups of another run are not those of this one. */
    want = list_of(&file);
    dir = find_frame(&file, 0, file.len, "DIR");
    n = 8 + get_le32(file.data + dir + 4);
    copy_over(&other, &file, dir, find_frame(&file, dir + n, file.len, "DIR"),
              n);
    got = list_of(&other);
    ok(same_bytes(blob_view(&got), want.data, want.len),
       "groups of another run are not listed");
    blob_free(&want);
    blob_free(&got);
    blob_free(&other);
    sheaf_buf_free(&bytes);
    blob_free(&file);
    docs_free(docs, DISPLACED + 1);
}

/* ---- Pages in another place ---------------------------------------------- */

#define PAGED 1100

/* How many of these are not found by their IDs and URLs. */
static size_t
count_missing(const struct blob *file, const struct doc *docs)
{
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_error err = { 0 };
    struct sheaf_entry e;
    size_t n = 0;

    open_file(file, &r, &s);
    for (size_t i = 0; i < PAGED; i++)
        n += sheaf_find(r, s, blob_view(&docs[i].id), 0, &e, &err) !=
                 SHEAF_OK ||
             sheaf_find_url(r, s, blob_view(&docs[i].url), &e, &err) !=
                 SHEAF_OK;
    sheaf_scratch_free(s);
    sheaf_close(r);
    return n;
}

#define REVISED 2304

/* How many revisions of one ID are not found: of some, and the newest. */
static size_t
count_missing_revisions(const struct blob *file, const struct blob *id)
{
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_error err = { 0 };
    struct sheaf_entry e;
    size_t n = 0;

    open_file(file, &r, &s);
    n += sheaf_find(r, s, blob_view(id), 0, &e, &err) != SHEAF_OK ||
         e.leaf != REVISED - 1;
    for (uint32_t rev = REVISED - 1; rev > 100; rev -= 100)
        n += sheaf_find(r, s, blob_view(id), rev, &e, &err) != SHEAF_OK ||
             e.leaf != rev - 1;
    sheaf_scratch_free(s);
    sheaf_close(r);
    return n;
}

/* Replaces page `to` of the first block of a table by page `from`. */
static void
copy_page(struct blob *out, const struct blob *file, enum table_kind kind,
          size_t to, size_t from)
{
    uint64_t at = find_frame(file, 0, file->len, frame_name(table_type(kind)));
    size_t len = get_le32(file->data + at + 4) + 8 - FRAME_HEAD_SIZE -
                 FRAME_SUM_SIZE;
    struct table_widths w;
    struct sheaf_error err = { 0 };
    size_t rows, page;

    at += FRAME_HEAD_SIZE;
    MUST_BE(table_head(kind, sheaf_view(file->data + at, len), at, &w, &rows,
                       &err),
            SHEAF_OK, &err);
    page = table_page_bytes(kind, &w, TABLE_PAGE_ROWS);
    at += table_head_bytes(kind);
    copy_over(out, file, at + to * page, at + from * page, page);
}

/* The pages of an ID with many revisions have nothing but its rows. */
static void
test_pages_of_one(void)
{
    const struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .dict_max = -1,
                                           .level = 3, .time_ms = DOC_TIME };
    struct doc *docs = docs_make(REVISED, 5, 26);
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct blob file = { 0 }, other = { 0 };
    size_t missing = 0;

    for (size_t i = 1; i < REVISED; i++) {
        docs[i].id.len = 0;
        blob_add(&docs[i].id, docs[0].id.data, docs[0].id.len);
        doc_describe(&docs[i], (unsigned)i);
    }
    MUST_BE(pack(docs, REVISED, &o, NULL, &bytes, NULL, &err), SHEAF_OK, &err);
    blob_add(&file, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    eq_int(count_missing_revisions(&file, &docs[0].id), 0,
           "all revisions are found");
    for (size_t to = 0; to < 9; to += 4) {
        copy_page(&other, &file, TABLE_MAP, to, (to + 3) % 9);
        missing += count_missing_revisions(&other, &docs[0].id);
    }
    eq_int(missing, 0, "also with a page in the place of another one");
    blob_free(&other);
    blob_free(&file);
    docs_free(docs, REVISED);
}

/* A page of a table in the place of another one of that table has a sum that is
 * right. Its rows are not in order with those beside it. */
static void
test_pages(void)
{
    static const enum table_kind kinds[] = { TABLE_MAP, TABLE_URL };
    const struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .dict_max = -1,
                                           .level = 3, .time_ms = DOC_TIME };
    struct doc *docs = docs_make(PAGED, 5, 26);
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct blob file = { 0 }, other = { 0 };
    size_t missing = 0;

    MUST_BE(pack(docs, PAGED, &o, NULL, &bytes, NULL, &err), SHEAF_OK, &err);
    blob_add(&file, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    eq_int(count_missing(&file, docs), 0, "all are found by ID and URL");
    for (size_t k = 0; k < COUNT_OF(kinds) * 12; k++) {
        copy_page(&other, &file, kinds[k / 12], k % 4,
                  (k % 4 + 1 + k % 12 / 4) % 4);
        missing += count_missing(&other, docs);
    }
    eq_int(missing, 0, "also with a page in the place of another one");
    blob_free(&other);
    blob_free(&file);
    docs_free(docs, PAGED);
}

/* ---- Whole frames elsewhere ---------------------------------------------- */

#define ELSEWHERE 700
#define APPENDED 40

/* Where number `n` of the frames of this type begins; NULL: the dictionary. */
static uint64_t
frame_number(const struct blob *file, const char *type, unsigned n)
{
    uint64_t at = HEAD_SIZE;

    if (type == NULL)
        return at;
    at = find_frame(file, at, file->len, type);
    while (n-- > 0)
        at = find_frame(file, at + 12, file->len, type);
    return at;
}

/* The file, with the `n` bytes at `from` standing before `to`. */
static struct blob
with_moved(const struct blob *file, uint64_t from, uint64_t n, uint64_t to)
{
    struct blob out = { 0 };

    blob_add(&out, file->data, from < to ? from : to);
    if (from < to)
        blob_add(&out, file->data + from + n, to - from - n);
    blob_add(&out, file->data + from, n);
    if (from > to)
        blob_add(&out, file->data + to, from - to);
    blob_add(&out, file->data + (from < to ? to : from + n),
             file->len - (from < to ? to : from + n));
    return out;
}

/* A frame that was displaced is not believed about its place, and costs no
 * article. */
static void
test_elsewhere(void)
{
    static const struct {
        const char *what, *type, *to;
        unsigned number, to_number;
    } cases[] = {
        { "an end, among articles", "END", "GRP", 1, 0 },
        { "the end of a later one, among articles", "END", "GRP", 3, 0 },
        { "an end, before its top", "END", "TOP", 0, 0 },
        { "the last end but one, before its top", "END", "TOP", 4, 4 },
        { "a group, among tables", "GRP", "TIL", 1, 0 },
        { "the first group, before another", "GRP", "GRP", 0, 2 },
        { "a top, among tables", "TOP", "TIL", 1, 0 },
        { "the last top, among tables", "TOP", "TIL", 5, 2 },
        { "the dictionary, among tables", NULL, "TIL", 0, 0 },
        { "the dictionary, behind a group", NULL, "MAP", 0, 0 },
    };
    const struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .level = 3,
                                           .dict_max = 8192,
                                           .time_ms = DOC_TIME };
    struct doc *docs = docs_make(ELSEWHERE, 200, 27);
    const struct path path = in_folder("elsewhere.sheaf");
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct blob file;

    MUST_BE(pack(docs, ELSEWHERE - 2 * APPENDED, &o, &secret, &bytes, NULL,
                 &err),
            SHEAF_OK, &err);
    write_file(path.text, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    for (size_t i = ELSEWHERE - 2 * APPENDED; i < ELSEWHERE; i += APPENDED)
        MUST_BE(append(path.text, docs + i, APPENDED, &o, &pub, &secret, &err),
                SHEAF_OK, &err);
    file = read_file(path.text);
    unlink(path.text);
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        uint64_t from = frame_number(&file, cases[i].type, cases[i].number);
        uint64_t to = frame_number(&file, cases[i].to, cases[i].to_number);
        size_t n = 8 + get_le32(file.data + from + 4), back = 0;
        struct sheaf_reader *r = NULL;
        struct blob other = with_moved(&file, from, n, to);

        if (open_bytes(other.data, other.len, NULL, &r, &err) == SHEAF_OK)
            back = docs_back(r, docs, ELSEWHERE);
        ok(back + 1 >= ELSEWHERE, "%s: %zu articles", cases[i].what, back);
        sheaf_close(r);
        blob_free(&other);
    }
    blob_free(&file);
    docs_free(docs, ELSEWHERE);
}

#define MOVES 150

/* A sector that stands elsewhere costs what is in it, what it came into, and
 * what the articles beside these need. In a few such files more is lost: where
 * leaf hashes and the group of their articles are hit at once. */
static void
test_sectors_elsewhere(void)
{
    const struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .level = 3,
                                           .dict_max = 8192,
                                           .time_ms = DOC_TIME };
    struct doc *docs = docs_make(ELSEWHERE, 200, 28);
    const struct path path = in_folder("sectors.sheaf");
    struct sheaf_entry *places = calloc(ELSEWHERE, sizeof *places);
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct rng rng = { 29 };
    struct blob file;
    unsigned lost = 0, misses = 0;

    MUST_BE(pack(docs, ELSEWHERE / 5, &o, &secret, &bytes, NULL, &err),
            SHEAF_OK, &err);
    write_file(path.text, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    for (size_t i = ELSEWHERE / 5; i < ELSEWHERE; i += ELSEWHERE / 5)
        MUST_BE(append(path.text, docs + i, ELSEWHERE / 5, &o, &pub, &secret,
                       &err),
                SHEAF_OK, &err);
    file = read_file(path.text);
    unlink(path.text);
    open_file(&file, &r, &s);
    for (size_t i = 0; i < ELSEWHERE; i++)
        MUST_BE(sheaf_find(r, s, blob_view(&docs[i].id), 0, &places[i], &err),
                SHEAF_OK, &err);
    sheaf_scratch_free(s);
    sheaf_close(r);
    for (unsigned i = 0; i < MOVES; i++) {
        uint64_t first = places[0].offset / SECTOR + 1;
        uint32_t count = (uint32_t)(file.len / SECTOR - first - 3);
        uint64_t from = (first + rng_below(&rng, count)) * SECTOR;
        uint64_t to = (first + rng_below(&rng, count)) * SECTOR;
        struct blob other = with_moved(&file, from, SECTOR, to);
        size_t may = 4, back = 0;

        for (size_t k = 0; k < ELSEWHERE; k++)
            may += places[k].offset < from + SECTOR &&
                   places[k].offset + places[k].length > from;
        r = NULL;
        if (open_bytes(other.data, other.len, NULL, &r, &err) == SHEAF_OK)
            back = docs_back(r, docs, ELSEWHERE);
        lost += (unsigned)(ELSEWHERE - back);
        if (ELSEWHERE - back > may) {
            misses++;
            printf("# the sector at %llu before %llu: %zu lost, not %zu\n",
                   (unsigned long long)from, (unsigned long long)to,
                   (size_t)ELSEWHERE - back, may);
        }
        sheaf_close(r);
        blob_free(&other);
    }
    printf("# %u lost in all\n", lost);
    ok(misses <= 2, "sectors elsewhere: %u cost more than they have", misses);
    free(places);
    blob_free(&file);
    docs_free(docs, ELSEWHERE);
}

int
main(void)
{
    struct sheaf_error err = { 0 };

    make_folder();
    MUST_BE(sheaf_keygen(&secret, &pub, &err), SHEAF_OK, &err);
    test_displaced();
    test_pages();
    test_pages_of_one();
    test_elsewhere();
    test_sectors_elsewhere();
    ok(rmdir(folder) == 0, "nothing is left in the folder");
    return tap_done();
}
