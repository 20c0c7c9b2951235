/*
 * search.c - asks the index of a database that anybody may have made, and
 * whether articles have what was asked for.
 *
 * Results are ranked as BM25 does it, by marks that say about how often an
 * article has a word. A word of the headline counts as many in the body.
 */
#include "export/export.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "export/query.h"
#include "export/schema.h"
#include "import/onefile.h"

#define FOUND_MAX ((size_t)16 << 20)
#define ID_LONGEST 4096
#define SECONDS_MAX 600
/* The parameters of BM25, as in FTS5. */
#define K1 1.2
#define B 0.75
/* How often a word is there: by itself, and with each mark. */
static const double often[MARK_COUNT + 1] = { 25, 4.5, 12, 1.3 };

struct found {
    int64_t leaf;
    double length; /* against that of others */
    double score;
    double often; /* of one word, beside the headline */
    double extra; /* of the headline */
};

struct search {
    sqlite3 *db;
    struct query query;
    struct found *found;
    size_t count, room;
    double articles, words;
    sqlite3_stmt *match;
    struct sheaf_buf all, one; /* expressions of FTS5 */
};

/* ---- Bytes from the command ---------------------------------------------- */

/* The command knows why, and says it. */
static bool far_failed;

static bool
read_far(uint64_t offset, void *buf, size_t len)
{
    uint8_t question[12];
    uint8_t *to = buf;

    while (len != 0 && !far_failed) {
        uint64_t n;

        put_be(question, offset, 8);
        put_be(question + 8, len, 4);
        if (fd_write(STDIN_FILENO, question, sizeof question) != 0)
            exit(1);
        n = take_number(4);
        if (n > len)
            die("a wrong answer");
        take(to, (size_t)n);
        far_failed = n == 0;
        to += n;
        offset += n;
        len -= (size_t)n;
    }
    return !far_failed;
}

/* ---- The database -------------------------------------------------------- */

static void
fail(const struct search *s)
{
    int rc = sqlite3_errcode(s->db);

    if (far_failed)
        exit(1);
    fprintf(stderr, "sheaf-export: sqlite: %s\n", sqlite3_errmsg(s->db));
    exit(rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB || rc == SQLITE_ERROR
             ? EXPORT_DAMAGED
             : 1);
}

static sqlite3_stmt *
prepare(const struct search *s, const char *sql)
{
    sqlite3_stmt *out;

    if (sqlite3_prepare_v2(s->db, sql, -1, &out, NULL) != SQLITE_OK)
        fail(s);
    return out;
}

static bool
step(const struct search *s, sqlite3_stmt *statement)
{
    int rc = sqlite3_step(statement);

    if (rc != SQLITE_ROW && rc != SQLITE_DONE)
        fail(s);
    return rc == SQLITE_ROW;
}

/* What FTS5 reads by, once it has declared its table. */
static int
authorize(void *ctx, int action, const char *a, const char *b, const char *c,
          const char *d)
{
    (void)ctx;
    (void)b;
    (void)c;
    (void)d;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_FUNCTION: return SQLITE_OK;
    case SQLITE_PRAGMA:
        return a != NULL && strcmp(a, "data_version") == 0 ? SQLITE_OK
                                                           : SQLITE_DENY;
    default: return SQLITE_DENY;
    }
}

/* It is standard input, or what the command answers there. */
static bool
open_file(struct one_file *file)
{
    struct stat st;

    if (fstat(STDIN_FILENO, &st) != 0)
        return false;
    if (S_ISSOCK(st.st_mode)) {
        file->read = read_far;
        file->size = take_number(8);
        return file->size <= INT64_MAX;
    }
    file->size = (uint64_t)st.st_size;
    return S_ISREG(st.st_mode);
}

static void
open_database(struct search *s, char **names)
{
    const struct rlimit seconds = { SECONDS_MAX, SECONDS_MAX };
    struct one_file file = { .fd = STDIN_FILENO };

    shut_sandbox();
    if (!open_file(&file) || setrlimit(RLIMIT_CPU, &seconds) != 0)
        die("no file");
    if (one_file_open(&file, VALUE_MAX, &s->db) != SQLITE_OK)
        fail(s);
    if (!schema_is(s->db, names))
        exit(EXPORT_OTHER);
}

/* ---- Its state ----------------------------------------------------------- */

static void
put_value(const void *data, uint64_t len, unsigned len_bytes)
{
    uint8_t bytes[8];

    put_be(bytes, len, len_bytes);
    put(bytes, len_bytes);
    put(data, (size_t)len);
}

void
export_state(char **names)
{
    struct search s = { .db = NULL };
    sqlite3_stmt *row;

    open_database(&s, names);
    sqlite3_set_authorizer(s.db, authorize, NULL);
    row = prepare(&s, "SELECT origin,size,generation,root,redactions,lost,"
                      "articles FROM sheaf");
    if (!step(&s, row))
        exit(EXPORT_OTHER);
    for (int i = 0; i < sqlite3_column_count(row); i++) {
        const unsigned char *text = sqlite3_column_text(row, i);
        int len = sqlite3_column_bytes(row, i);

        if (len > STATE_LONGEST)
            exit(EXPORT_OTHER);
        put_value(text, text != NULL ? (uint64_t)len : 0, 2);
    }
    sqlite3_finalize(row);
    sqlite3_close(s.db);
}

/* ---- Finding ------------------------------------------------------------- */

static void
add_word(const struct search *s, struct sheaf_buf *out, size_t word, int mark,
         bool open)
{
    if ((out->len != 0 && !buf_add_str(out, " AND ")) ||
        !buf_add_str(out, "\"") ||
        (mark >= 0 && !schema_mark(out, (enum mark)mark)) ||
        !buf_add_str(out, word_at(&s->query.list, word)) ||
        !buf_add_str(out, open ? "\"*" : "\""))
        die("out of memory");
}

static void
begin(struct search *s, const struct sheaf_buf *expression)
{
    if (sqlite3_reset(s->match) != SQLITE_OK ||
        sqlite3_bind_text64(s->match, 1, (const char *)expression->data,
                            expression->len, SQLITE_STATIC,
                            SQLITE_UTF8) != SQLITE_OK)
        fail(s);
}

static void
read_totals(struct search *s)
{
    sqlite3_stmt *row = prepare(s, "SELECT articles,words FROM sheaf");

    if (step(s, row)) {
        s->articles = sqlite3_column_double(row, 0);
        s->words = sqlite3_column_double(row, 1);
    }
    sqlite3_finalize(row);
    if (!(s->articles >= 1))
        s->articles = 1;
    if (!(s->words >= s->articles))
        s->words = s->articles;
}

static void
keep(struct search *s, int64_t leaf, double words)
{
    if (s->count == s->room) {
        s->room = s->room != 0 ? 2 * s->room : 1024;
        s->found = realloc(s->found, s->room * sizeof *s->found);
        if (s->found == NULL)
            die("out of memory");
    }
    s->found[s->count++] = (struct found){
        .leaf = leaf, .length = words >= 0 ? words * s->articles / s->words : 0
    };
}

/* Those that have all words, in the order of leaves. */
static void
find_all(struct search *s)
{
    sqlite3_stmt *row = prepare(s, "SELECT words FROM articles WHERE leaf=?");

    begin(s, &s->all);
    while (step(s, s->match)) {
        int64_t leaf = sqlite3_column_int64(s->match, 0);

        sqlite3_bind_int64(row, 1, leaf);
        /* Not there: an older revision. */
        if (step(s, row) &&
            (s->count == 0 || leaf > s->found[s->count - 1].leaf))
            keep(s, leaf, sqlite3_column_double(row, 0));
        sqlite3_reset(row);
        if (s->count > FOUND_MAX)
            die("more than %zu articles have these words", FOUND_MAX);
    }
    sqlite3_finalize(row);
}

/* ---- Ranking ------------------------------------------------------------- */

/* How many articles have a word. */
static double
count_word(struct search *s, size_t word, bool open)
{
    double n = 0;

    s->one.len = 0;
    add_word(s, &s->one, word, -1, open);
    begin(s, &s->one);
    while (step(s, s->match))
        n++;
    return n;
}

static void
rank_mark(struct search *s, size_t word, bool open, enum mark mark)
{
    size_t at = 0;

    s->one.len = 0;
    if (!buf_add(&s->one, s->all.data, s->all.len))
        die("out of memory");
    add_word(s, &s->one, word, (int)mark, open);
    begin(s, &s->one);
    while (step(s, s->match)) {
        int64_t leaf = sqlite3_column_int64(s->match, 0);

        while (at < s->count && s->found[at].leaf < leaf)
            at++;
        if (at == s->count || s->found[at].leaf != leaf)
            continue;
        if (mark == MARK_HEADLINE)
            s->found[at].extra = often[mark];
        else
            s->found[at].often = often[mark];
    }
}

static void
rank_word(struct search *s, size_t word, bool open)
{
    double n = count_word(s, word, open);
    double rare = log((s->articles - n + 0.5) / (n + 0.5));

    if (!(rare > 1e-6))
        rare = 1e-6;
    for (size_t i = 0; i < s->count; i++) {
        s->found[i].often = often[MARK_COUNT];
        s->found[i].extra = 0;
    }
    for (enum mark m = 0; m < MARK_COUNT; m++)
        rank_mark(s, word, open, m);
    for (size_t i = 0; i < s->count; i++) {
        struct found *f = &s->found[i];
        double tf = f->often + f->extra;

        f->score += rare * tf * (K1 + 1) / (tf + K1 * (1 - B + B * f->length));
    }
}

/* Of equals, the newest first. */
static int
compare(const void *a, const void *b)
{
    const struct found *x = a, *y = b;

    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return (x->leaf < y->leaf) - (x->leaf > y->leaf);
}

static void
print_found(struct search *s)
{
    sqlite3_stmt *row = prepare(s, "SELECT id FROM articles WHERE leaf=?");
    uint8_t leaf[8];

    for (size_t i = 0; i < s->count; i++) {
        const unsigned char *id;
        int len;

        sqlite3_bind_int64(row, 1, s->found[i].leaf);
        if (step(s, row) && (id = sqlite3_column_text(row, 0)) != NULL &&
            (len = sqlite3_column_bytes(row, 0)) <= ID_LONGEST) {
            put("H", 1);
            put_be(leaf, (uint64_t)s->found[i].leaf, sizeof leaf);
            put(leaf, sizeof leaf);
            put_value(id, (uint64_t)len, 2);
        }
        sqlite3_reset(row);
    }
    sqlite3_finalize(row);
    put("E", 1);
}

void
export_search(char **names, char **query)
{
    struct search s = { .db = NULL };
    struct words words;
    const char *wrong;

    open_database(&s, names);
    words_start(&words);
    wrong = query_parse(&s.query, &words, query);
    if (wrong != NULL)
        die("%s", wrong);
    s.match = prepare(&s, "SELECT rowid FROM search WHERE search MATCH ? "
                          "ORDER BY rowid");
    sqlite3_set_authorizer(s.db, authorize, NULL);
    for (size_t i = 0; i < s.query.count; i++) {
        const struct term *t = &s.query.terms[i];

        for (size_t k = 0; k < t->count; k++)
            add_word(&s, &s.all, t->first + k, -1,
                     t->open && k + 1 == t->count);
    }
    read_totals(&s);
    find_all(&s);
    for (size_t i = 0; i < s.query.count && s.count > 1; i++) {
        const struct term *t = &s.query.terms[i];

        for (size_t k = 0; k < t->count; k++)
            rank_word(&s, t->first + k, t->open && k + 1 == t->count);
    }
    if (s.count > 1)
        qsort(s.found, s.count, sizeof *s.found, compare);
    print_found(&s);
    sqlite3_finalize(s.match);
    sqlite3_close(s.db);
    query_free(&s.query);
    words_end(&words);
    sheaf_buf_free(&s.all);
    sheaf_buf_free(&s.one);
    free(s.found);
}

/* ---- Comparing ----------------------------------------------------------- */

void
export_match(char **query)
{
    struct sheaf_buf headline = { 0 }, body = { 0 };
    struct query q = { .count = 0 };
    struct words words;
    const char *wrong;

    shut_sandbox();
    words_start(&words);
    wrong = query_parse(&q, &words, query);
    put_value(wrong, wrong != NULL ? strlen(wrong) : 0, 2);
    while (wrong == NULL && take_number(1) == 'A') {
        take_text(&headline, take_number(8));
        take_text(&body, take_number(8));
        put(query_fits(&q, buf_view(&headline), buf_view(&body)) ? "1" : "0",
            1);
    }
    query_free(&q);
    words_end(&words);
    sheaf_buf_free(&headline);
    sheaf_buf_free(&body);
}
