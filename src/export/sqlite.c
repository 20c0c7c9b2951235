/*
 * sqlite.c - a database of articles, with an index of their words (FTS5).
 *
 * It is written to a temporary file without a name, and then to standard
 * output. A database that was made before can be continued: it comes first.
 *
 * The index has for each article which words it has, not where and how often
 * (detail=none), because that would make it five times as large. So that
 * results can still be ranked, words that come often, and those of the
 * headline, are there a second time, with a mark (schema.h).
 */
#include "export/export.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "export/schema.h"
#include "import/onefile.h"

/* What people sort and select by. */
static const char *const indexed[] = { "id", "published", "section" };

struct database {
    sqlite3 *db;
    int fd;
    char **names;
    size_t count;
    size_t id, headline; /* columns */
    bool text;           /* is stored */
    bool old;            /* it was there before */
    struct words words;
    struct word_list list;
    struct sheaf_buf found; /* the words of one article */
    sqlite3_stmt *row, *search, *outdate;
    struct sheaf_buf values[COLUMNS_MAX + 1];
};

static void
fail(const struct database *d)
{
    int rc = sqlite3_errcode(d->db);

    fprintf(stderr, "sheaf-export: sqlite: %s\n", sqlite3_errmsg(d->db));
    exit(d->old && (rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB)
             ? EXPORT_DAMAGED
             : 1);
}

static void
run(const struct database *d, const char *sql)
{
    if (sqlite3_exec(d->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail(d);
}

static sqlite3_stmt *
prepare(const struct database *d, const char *sql)
{
    sqlite3_stmt *s;

    if (sqlite3_prepare_v2(d->db, sql, -1, &s, NULL) != SQLITE_OK)
        fail(d);
    return s;
}

/* ---- Opening ------------------------------------------------------------- */

/* A file of our own without a name; with the database that comes first, if
 * there is one. After it is open, nothing else may be opened. */
static void
open_file(struct database *d)
{
    const char *folder = getenv("TMPDIR");
    struct sheaf_buf path = { 0 };
    int rc;

    if (folder == NULL || folder[0] == '\0')
        folder = "/tmp";
    if (!buf_format(&path, "%s/sheaf-export-XXXXXX", folder) ||
        !buf_end(&path))
        die("out of memory");
    d->fd = mkstemp(buf_str(&path));
    if (d->fd < 0)
        die("%s: %s", folder, strerror(errno));
    rc = sqlite3_open(buf_str(&path), &d->db);
    unlink(buf_str(&path));
    if (rc != SQLITE_OK)
        die("sqlite: %s", sqlite3_errmsg(d->db));
    sheaf_buf_free(&path);
}

static void
take_old(struct database *d)
{
    uint8_t piece[64 * 1024];
    uint64_t left;
    off_t at = 0;

    if (take_number(1) != 'D')
        die("sqlite: what is sent is wrong");
    for (left = take_number(8); left > 0;) {
        size_t n = left < sizeof piece ? (size_t)left : sizeof piece;

        take(piece, n);
        for (size_t done = 0; done < n;) {
            ssize_t wrote = pwrite(d->fd, piece + done, n - done, at);

            if (wrote < 0 && errno != EINTR)
                die("%s", strerror(errno));
            done += wrote > 0 ? (size_t)wrote : 0;
            at += wrote > 0 ? wrote : 0;
        }
        left -= n;
    }
}

static void
make_tables(struct database *d)
{
    struct sheaf_buf articles = { 0 };
    char sql[128];

    if (!schema_articles(&articles, d->names, d->text))
        die("out of memory");
    snprintf(sql, sizeof sql,
             "PRAGMA application_id=%d; PRAGMA user_version=%d",
             SCHEMA_APPLICATION, SCHEMA_VERSION);
    run(d, "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA encoding='UTF-8'; BEGIN");
    run(d, sql);
    run(d, buf_str(&articles));
    run(d, schema_search);
    run(d, schema_state);
    for (size_t i = 0; i < COUNT_OF(indexed); i++) {
        snprintf(sql, sizeof sql, "CREATE INDEX articles_%s ON articles(%s)",
                 indexed[i], indexed[i]);
        run(d, sql);
    }
    sheaf_buf_free(&articles);
}

static void
prepare_rows(struct database *d)
{
    struct sheaf_buf row = { 0 };
    bool good = buf_add_str(&row, "INSERT INTO articles VALUES(?");

    for (size_t i = 0; i < d->count + d->text && good; i++)
        good = buf_add_str(&row, ",?");
    if (!good || !buf_add_str(&row, ")") || !buf_end(&row))
        die("out of memory");
    d->row = prepare(d, buf_str(&row));
    d->search = prepare(d, "INSERT INTO search(rowid,headline,body) "
                           "VALUES(?,NULL,?)");
    /* Its words stay in the index, and find nothing. */
    d->outdate = prepare(d, "DELETE FROM articles WHERE id=?");
    sheaf_buf_free(&row);
}

static void
open_database(struct database *d)
{
    open_file(d);
    shut_sandbox();
    if (d->old)
        take_old(d);
    /* Not possible when it is distrusted. */
    run(d, "PRAGMA journal_mode=OFF");
    one_file_distrust(d->db, VALUE_MAX);
    run(d, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=OFF;"
           "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536");
    if (!d->old)
        make_tables(d);
    else if (schema_is(d->db, d->names))
        run(d, "BEGIN");
    else
        exit(EXPORT_OTHER);
    prepare_rows(d);
    words_start(&d->words);
}

/* ---- Rows ---------------------------------------------------------------- */

static void
bind(const struct database *d, sqlite3_stmt *s, int at,
     const struct sheaf_buf *v)
{
    int rc = v->len == 0
                 ? sqlite3_bind_null(s, at)
                 : sqlite3_bind_text64(s, at, (const char *)v->data, v->len,
                                       SQLITE_STATIC, SQLITE_UTF8);

    if (rc != SQLITE_OK)
        fail(d);
}

static void
step(const struct database *d, sqlite3_stmt *s)
{
    if (sqlite3_step(s) != SQLITE_DONE || sqlite3_reset(s) != SQLITE_OK)
        fail(d);
}

static void
add_found(struct database *d, int mark, const char *word)
{
    if ((mark >= 0 && !schema_mark(&d->found, (enum mark)mark)) ||
        !buf_add_str(&d->found, word) || !buf_add_str(&d->found, " "))
        die("out of memory");
}

/* Adds each word of a text once, and then those that only SQLite asks for.
 * Returns how many it has. */
static size_t
add_words(struct database *d, struct sheaf_bytes text, bool headline)
{
    struct word_list *l = &d->list;
    size_t same, count;

    word_list_clear(l);
    words_add(&d->words, text, WORDS_OF_INDEX, l);
    count = l->count;
    word_list_sort(l);
    for (size_t i = 0; i < l->count; i += same) {
        const char *word = word_at(l, i);

        for (same = 1; i + same < l->count; same++)
            if (strcmp(word, word_at(l, i + same)) != 0)
                break;
        if (strlen(word) > WORD_MAX)
            continue;
        add_found(d, -1, word);
        if (headline)
            add_found(d, MARK_HEADLINE, word);
        if (!headline && same >= MARK_SOME_LEAST)
            add_found(d, MARK_SOME, word);
        if (!headline && same >= MARK_MANY_LEAST)
            add_found(d, MARK_MANY, word);
    }
    if (!l->folded)
        return count;
    word_list_clear(l);
    words_add(&d->words, text, WORDS_OF_SQLITE, l);
    for (size_t i = 0; i < l->count; i++)
        if (strlen(word_at(l, i)) <= WORD_MAX)
            add_found(d, -1, word_at(l, i));
    return count;
}

static void
add_row(struct database *d)
{
    const struct sheaf_buf *text = &d->values[d->count];
    size_t words;

    for (size_t i = 0; i <= d->count; i++)
        take_text(&d->values[i], take_number(8));
    d->found.len = 0;
    (void)add_words(d, buf_view(&d->values[d->headline]), true);
    words = add_words(d, buf_view(text), false);
    bind(d, d->outdate, 1, &d->values[d->id]);
    step(d, d->outdate);
    for (size_t i = 0; i < d->count; i++)
        bind(d, d->row, (int)i + 1, &d->values[i]);
    sqlite3_bind_int64(d->row, (int)d->count + 1, (int64_t)words);
    if (d->text)
        bind(d, d->row, (int)d->count + 2, text);
    step(d, d->row);
    bind(d, d->search, 1, &d->values[0]);
    bind(d, d->search, 2, &d->found);
    step(d, d->search);
}

static void
add_state(struct database *d)
{
    sqlite3_stmt *s =
        prepare(d, "INSERT INTO sheaf SELECT ?,?,?,?,?,?,count(*),total(words) "
                   "FROM articles");

    run(d, "DELETE FROM sheaf");
    for (size_t i = 0; i < STATE_COUNT; i++) {
        take_text(&d->values[i], take_number(8));
        bind(d, s, (int)i + 1, &d->values[i]);
    }
    step(d, s);
    sqlite3_finalize(s);
}

/* ---- The end ------------------------------------------------------------- */

static void
finish(struct database *d)
{
    uint8_t piece[64 * 1024];
    off_t at = 0;
    ssize_t n;

    if (!d->old)
        run(d, "INSERT INTO search(search) VALUES('optimize')");
    sqlite3_finalize(d->row);
    sqlite3_finalize(d->search);
    sqlite3_finalize(d->outdate);
    run(d, "COMMIT; PRAGMA incremental_vacuum");
    if (sqlite3_close(d->db) != SQLITE_OK)
        die("sqlite: %s", sqlite3_errmsg(d->db));
    while ((n = pread(d->fd, piece, sizeof piece, at)) != 0) {
        if (n < 0 && errno != EINTR)
            die("%s", strerror(errno));
        put(piece, n > 0 ? (size_t)n : 0);
        at += n > 0 ? n : 0;
    }
}

static size_t
column(const struct database *d, const char *name)
{
    for (size_t i = 0; i < d->count; i++)
        if (strcmp(d->names[i], name) == 0)
            return i;
    die("sqlite: there is no column %s", name);
}

void
export_sqlite(char **names, bool text, bool old)
{
    struct database d = { .names = names, .text = text, .old = old };
    uint64_t what;

    while (names[d.count] != NULL)
        if (++d.count > COLUMNS_MAX)
            die("sqlite: too many columns");
    d.id = column(&d, "id");
    d.headline = column(&d, "headline");
    open_database(&d);
    while ((what = take_number(1)) == 'R')
        add_row(&d);
    if (what == 'I') {
        add_state(&d);
        what = take_number(1);
    }
    if (what != 'E')
        die("sqlite: what is sent is wrong");
    finish(&d);
    for (size_t i = 0; i <= d.count; i++)
        sheaf_buf_free(&d.values[i]);
    sheaf_buf_free(&d.found);
    word_list_free(&d.list);
    words_end(&d.words);
    close(d.fd);
}
