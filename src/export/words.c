/*
 * words.c - the words of a text.
 */
#include "export/words.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "base/utf8.h"
#include "export/export.h"

/* A text is taken in pieces of about this length. */
#define PIECE ((size_t)64 * 1024)
/* How far back a piece is cut between words. */
#define LOOK_BACK ((size_t)4096)
/* A character with its marks. */
#define UNIT_MAX 24
#define NOTHING (-1)
#define SOFT_HYPHEN 0x00AD
#define TATWEEL 0x0640 /* makes an Arabic word longer */
#define SIGMA 0x03C3
#define FINAL_SIGMA 0x03C2
/* Cyrillic */
#define CAPITAL_IO 0x0401
#define SMALL_IO 0x0451

struct unit {
    char bytes[UNIT_MAX];
    size_t len;
};

struct splitter {
    const struct words *words;
    struct word_list *out;
    enum words_for what;
    struct unit before, now; /* of a run of pairs */
    struct sheaf_buf text;   /* what the tokenizer gets */
};

/* ---- Pairs --------------------------------------------------------------- */

/* First and last characters. */
static const int32_t paired[][2] = {
    { 0x0E00, 0x0EFF },   /* Thai, Lao */
    { 0x1000, 0x109F },   /* Myanmar */
    { 0x1100, 0x11FF },   /* Hangul Jamo */
    { 0x1780, 0x17FF },   /* Khmer */
    { 0x3005, 0x3007 },   /* ideographic marks */
    { 0x3040, 0x31FF },   /* Kana, Bopomofo, Hangul */
    { 0x3400, 0x4DBF },   /* Han */
    { 0x4E00, 0xA4CF },   /* Han, Yi */
    { 0xA960, 0xA97F },   /* Hangul */
    { 0xAC00, 0xD7FF },   /* Hangul */
    { 0xF900, 0xFAFF },   /* Han */
    { 0x20000, 0x3FFFF }, /* Han */
};

static bool
is_mark(int32_t c)
{
    utf8proc_category_t category = utf8proc_category(c);

    return category == UTF8PROC_CATEGORY_MN ||
           category == UTF8PROC_CATEGORY_MC ||
           category == UTF8PROC_CATEGORY_ME;
}

static bool
is_of_word(int32_t c)
{
    utf8proc_category_t category = utf8proc_category(c);

    return (category >= UTF8PROC_CATEGORY_LU &&
            category <= UTF8PROC_CATEGORY_NO) ||
           category == UTF8PROC_CATEGORY_CO;
}

static bool
is_paired(int32_t c)
{
    if (c < paired[0][0])
        return false;
    for (size_t i = 0; i < COUNT_OF(paired); i++)
        if (c >= paired[i][0] && c <= paired[i][1])
            return is_of_word(c) && !is_mark(c);
    return false;
}

static void
add(struct splitter *s, const void *data, size_t len)
{
    if (!buf_add(&s->text, data, len))
        die("out of memory");
}

static void
add_pair(struct splitter *s)
{
    add(s, " ", 1);
    add(s, s->before.bytes, s->before.len);
    add(s, s->now.bytes, s->now.len);
    add(s, " ", 1);
}

static void
end_run(struct splitter *s)
{
    if (s->now.len == 0)
        return;
    if (s->before.len != 0)
        add_pair(s);
    if (s->what != WORDS_TO_COMPARE || s->before.len == 0) {
        add(s, " ", 1);
        add(s, s->now.bytes, s->now.len);
        add(s, " ", 1);
    }
    s->before.len = s->now.len = 0;
}

static void
feed(struct splitter *s, int32_t c)
{
    uint8_t bytes[UTF8_MAX];
    size_t len = utf8_put(bytes, (uint32_t)c);

    if (is_paired(c)) {
        if (s->before.len != 0)
            add_pair(s);
        s->before = s->now;
        memcpy(s->now.bytes, bytes, len);
        s->now.len = len;
    } else if (s->now.len != 0 && is_mark(c)) {
        if (s->now.len + len > UNIT_MAX)
            return;
        memcpy(s->now.bytes + s->now.len, bytes, len);
        s->now.len += len;
    } else {
        end_run(s);
        if (c == 0 || (c >= MARK_FIRST && c <= MARK_LAST))
            add(s, " ", 1);
        else
            add(s, bytes, len);
    }
}

bool
word_is_single(const char *word)
{
    size_t left = strlen(word), len;
    uint32_t c;

    len = left != 0 ? utf8_next((const uint8_t *)word, left, &c) : 0;
    if (len == 0 || !is_paired((int32_t)c))
        return false;
    for (size_t at = len; at < left; at += len) {
        len = utf8_next((const uint8_t *)word + at, left - at, &c);
        if (len == 0 || !is_mark((int32_t)c))
            return false;
    }
    return true;
}

/* ---- Letters ------------------------------------------------------------- */

static bool
is_between(int32_t c, int32_t first, int32_t last)
{
    return c >= first && c <= last;
}

/* A character without what the tokenizer keeps and a reader may leave out, or
 * NOTHING. */
static int32_t
fold(int32_t c)
{
    int32_t parts[UNIT_MAX];
    int last = 0;
    bool is_point = is_between(c, 0x0591, 0x074A) || /* Hebrew to Syriac */
                    is_between(c, 0x08CA, 0x08FF);   /* Arabic */
    bool is_alef = is_between(c, 0x0622, 0x0623) || c == 0x0625;
    bool is_greek = is_between(c, 0x0370, 0x03FF) ||
                    is_between(c, 0x1F00, 0x1FFF);

    if (c == SOFT_HYPHEN || c == TATWEEL || (is_point && is_mark(c)))
        return NOTHING;
    if (c == FINAL_SIGMA)
        return SIGMA;
    if ((is_greek || is_alef || c == CAPITAL_IO || c == SMALL_IO) &&
        utf8proc_decompose_char(c, parts, UNIT_MAX, UTF8PROC_DECOMPOSE,
                                &last) > 0)
        return parts[0];
    return c;
}

/* ---- Words --------------------------------------------------------------- */

static int
take_token(void *arg, int flags, const char *token, int len, int start,
           int end)
{
    struct word_list *l = arg;
    size_t at = l->text.len;

    (void)flags;
    (void)start;
    (void)end;
    if (!buf_add(&l->text, token, (size_t)len) || !buf_add(&l->text, "", 1) ||
        !buf_add(&l->starts, &at, sizeof at))
        die("out of memory");
    l->count++;
    return SQLITE_OK;
}

static void
tokenize(struct splitter *s)
{
    const struct words *w = s->words;

    if (s->text.len != 0 &&
        w->how.xTokenize(w->tokenizer, s->out, FTS5_TOKENIZE_DOCUMENT,
                         (const char *)s->text.data, (int)s->text.len,
                         take_token) != SQLITE_OK)
        die("out of memory");
    s->text.len = 0;
}

static bool
is_ascii(struct sheaf_bytes text)
{
    uint8_t all = 0;

    for (size_t i = 0; i < text.len; i++)
        all |= text.data[i];
    return all < 0x80;
}

/* A stretch that is UTF-8. */
static void
split_good(struct splitter *s, struct sheaf_bytes text)
{
    utf8proc_ssize_t count, room;
    int32_t *codes;

    if (text.len == 0)
        return;
    if (is_ascii(text)) {
        end_run(s);
        add(s, text.data, text.len);
        return;
    }
    room = utf8proc_decompose(text.data, (utf8proc_ssize_t)text.len, NULL, 0,
                              UTF8PROC_COMPAT | UTF8PROC_COMPOSE);
    codes = room >= 0 ? calloc((size_t)room + 1, sizeof *codes) : NULL;
    if (codes == NULL)
        die("out of memory");
    count = utf8proc_decompose(text.data, (utf8proc_ssize_t)text.len, codes,
                               room, UTF8PROC_COMPAT | UTF8PROC_COMPOSE);
    if (count == room)
        count = utf8proc_normalize_utf32(codes, count, UTF8PROC_COMPOSE);
    if (count < 0)
        die("utf8proc: %s", utf8proc_errmsg(count));
    for (utf8proc_ssize_t i = 0; i < count; i++) {
        int32_t c = s->what != WORDS_OF_SQLITE ? fold(codes[i]) : codes[i];

        if (c != codes[i])
            s->out->folded = true;
        if (c != NOTHING)
            feed(s, c);
    }
    free(codes);
}

/* Where a piece ends: between words if there is such a place, else between
 * characters. */
static size_t
cut(struct sheaf_bytes text)
{
    size_t at = PIECE, least = PIECE - LOOK_BACK;

    if (text.len <= PIECE)
        return text.len;
    for (; at > least; at--) {
        uint32_t c;

        if (utf8_next(text.data + at, text.len - at, &c) != 0 &&
            !is_of_word((int32_t)c) && c != SOFT_HYPHEN)
            return at;
    }
    for (at = PIECE; at > PIECE - UTF8_MAX && (text.data[at] & 0xC0) == 0x80;)
        at--;
    return at;
}

/* What is not UTF-8 is a space. */
static void
split_piece(struct splitter *s, struct sheaf_bytes piece)
{
    size_t start = 0;

    for (size_t at = 0; at < piece.len;) {
        size_t len = utf8_len(piece.data + at, piece.len - at);

        if (len == 0) {
            split_good(s, sheaf_view(piece.data + start, at - start));
            feed(s, ' ');
            start = at + 1;
        }
        at += len != 0 ? len : 1;
    }
    split_good(s, sheaf_view(piece.data + start, piece.len - start));
    tokenize(s);
}

void
words_add(const struct words *w, struct sheaf_bytes text, enum words_for what,
          struct word_list *out)
{
    struct splitter s = { .words = w, .out = out, .what = what };

    while (text.len != 0) {
        size_t len = cut(text);

        split_piece(&s, sheaf_view(text.data, len));
        text = sheaf_view(text.data + len, text.len - len);
    }
    end_run(&s);
    tokenize(&s);
    sheaf_buf_free(&s.text);
}

/* ---- The tokenizer ------------------------------------------------------- */

static fts5_api *
find_api(sqlite3 *db)
{
    static const char type[] = "fts5_api_ptr";
    sqlite3_stmt *s = NULL;
    fts5_api *api = NULL;

    if (sqlite3_prepare_v2(db, "SELECT fts5(?1)", -1, &s, NULL) == SQLITE_OK &&
        sqlite3_bind_pointer(s, 1, &api, type, NULL) == SQLITE_OK)
        (void)sqlite3_step(s);
    sqlite3_finalize(s);
    return api;
}

void
words_start(struct words *w)
{
    const char *options[] = { "remove_diacritics", WORDS_DIACRITICS,
                              "categories", WORDS_CATEGORIES };
    fts5_api *api = NULL;
    void *ctx;

    if (sqlite3_open(":memory:", &w->db) == SQLITE_OK)
        api = find_api(w->db);
    if (api == NULL ||
        api->xFindTokenizer(api, "unicode61", &ctx, &w->how) != SQLITE_OK ||
        w->how.xCreate(ctx, options, (int)COUNT_OF(options), &w->tokenizer) !=
            SQLITE_OK)
        die("sqlite: there is no FTS5");
}

void
words_end(struct words *w)
{
    w->how.xDelete(w->tokenizer);
    sqlite3_close(w->db);
}

/* ---- Lists --------------------------------------------------------------- */

const char *
word_at(const struct word_list *l, size_t i)
{
    size_t at;

    memcpy(&at, l->starts.data + i * sizeof at, sizeof at);
    return (const char *)l->text.data + at;
}

void
word_list_clear(struct word_list *l)
{
    l->text.len = l->starts.len = l->count = 0;
    l->folded = false;
}

void
word_list_free(struct word_list *l)
{
    sheaf_buf_free(&l->text);
    sheaf_buf_free(&l->starts);
    l->count = 0;
}

static int
compare(const void *a, const void *b, void *text)
{
    size_t x, y;

    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return strcmp((const char *)text + x, (const char *)text + y);
}

void
word_list_sort(struct word_list *l)
{
    if (l->count > 1)
        qsort_r(l->starts.data, l->count, sizeof(size_t), compare,
                l->text.data);
}
