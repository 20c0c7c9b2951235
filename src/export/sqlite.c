/*
 * sqlite.c - an SQLite database with full text search (FTS5).
 *
 * It is written to a temporary file without a name, and then to standard
 * output.
 */
#include "export/export.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define COLUMNS_MAX 64
/* What the index of words is made of, as far as it is a column. */
static const char *const searched[] = { "headline", "byline", "summary",
                                        "keywords" };
/* What people sort and select by. */
static const char *const indexed[] = { "published", "section" };

struct database {
    sqlite3 *db;
    int fd;
    char **names;
    size_t count;
    bool text; /* is stored */
    sqlite3_stmt *row, *words;
    struct sheaf_buf values[COLUMNS_MAX + 1];
};

static void
run(struct database *d, const char *sql)
{
    if (sqlite3_exec(d->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        die("sqlite: %s", sqlite3_errmsg(d->db));
}

static void
run_buf(struct database *d, struct sheaf_buf *sql, sqlite3_stmt **statement)
{
    if (!buf_end(sql))
        die("out of memory");
    if (statement == NULL)
        run(d, buf_str(sql));
    else if (sqlite3_prepare_v2(d->db, buf_str(sql), -1, statement, NULL) !=
             SQLITE_OK)
        die("sqlite: %s", sqlite3_errmsg(d->db));
    sheaf_buf_free(sql);
}

/* The type of a column, by its name. */
static const char *
type_of(const char *name)
{
    if (strcmp(name, "leaf") == 0)
        return "INTEGER PRIMARY KEY";
    if (strcmp(name, "rev") == 0 || strcmp(name, "size") == 0)
        return "INTEGER";
    return strcmp(name, "id") == 0 ? "TEXT NOT NULL" : "TEXT";
}

static void
make_tables(struct database *d)
{
    struct sheaf_buf make = { 0 }, insert = { 0 }, fts = { 0 }, words = { 0 };
    bool good = buf_add_str(&make, "CREATE TABLE articles(") &&
                buf_add_str(&insert, "INSERT INTO articles VALUES(") &&
                buf_add_str(&fts, "CREATE VIRTUAL TABLE search USING fts5(") &&
                buf_add_str(&words, "INSERT INTO search(rowid,");

    for (size_t i = 0; i < d->count && good; i++)
        good = buf_format(&make, "%s%s %s", i != 0 ? "," : "", d->names[i],
                          type_of(d->names[i])) &&
               buf_add_str(&insert, i != 0 ? ",?" : "?");
    for (size_t i = 0; i < COUNT_OF(searched) && good; i++)
        good = buf_format(&fts, "%s,", searched[i]) &&
               buf_format(&words, "%s,", searched[i]);
    good = good && buf_add_str(&make, d->text ? ",text TEXT)" : ")") &&
           buf_add_str(&insert, d->text ? ",?)" : ")") &&
           buf_add_str(&fts, "text,content='',"
                             "tokenize='unicode61 remove_diacritics 2')") &&
           buf_add_str(&words, "text) VALUES(?");
    for (size_t i = 0; i < COUNT_OF(searched) + 1 && good; i++)
        good = buf_add_str(&words, ",?");
    if (!good || !buf_add_str(&words, ")"))
        die("out of memory");
    run_buf(d, &make, NULL);
    run_buf(d, &fts, NULL);
    run_buf(d, &insert, &d->row);
    run_buf(d, &words, &d->words);
}

/* A file of our own, which has no name once SQLite has it. */
static void
open_database(struct database *d)
{
    const char *folder = getenv("TMPDIR");
    struct sheaf_buf path = { 0 };

    if (folder == NULL || folder[0] == '\0')
        folder = "/tmp";
    if (!buf_format(&path, "%s/sheaf-export-XXXXXX", folder) ||
        !buf_end(&path))
        die("out of memory");
    d->fd = mkstemp(buf_str(&path));
    if (d->fd < 0)
        die("%s: %s", folder, strerror(errno));
    if (sqlite3_open(buf_str(&path), &d->db) != SQLITE_OK) {
        unlink(buf_str(&path));
        die("sqlite: %s", sqlite3_errmsg(d->db));
    }
    /* The first statement that reads opens the file. */
    (void)sqlite3_exec(d->db, "PRAGMA journal_mode=OFF", NULL, NULL, NULL);
    (void)sqlite3_exec(d->db, "PRAGMA user_version", NULL, NULL, NULL);
    unlink(buf_str(&path));
    sheaf_buf_free(&path);
    run(d, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA synchronous=OFF;"
           "PRAGMA encoding='UTF-8'; BEGIN");
    make_tables(d);
}

static void
bind(struct database *d, sqlite3_stmt *s, int at, const struct sheaf_buf *v)
{
    int rc = v->len == 0
                 ? sqlite3_bind_null(s, at)
                 : sqlite3_bind_text64(s, at, (const char *)v->data, v->len,
                                       SQLITE_STATIC, SQLITE_UTF8);

    if (rc != SQLITE_OK)
        die("sqlite: %s", sqlite3_errmsg(d->db));
}

static void
step(struct database *d, sqlite3_stmt *s)
{
    if (sqlite3_step(s) != SQLITE_DONE || sqlite3_reset(s) != SQLITE_OK)
        die("sqlite: %s", sqlite3_errmsg(d->db));
}

static void
add_row(struct database *d)
{
    int at = 2;

    for (size_t i = 0; i <= d->count; i++)
        take_text(&d->values[i], take_number(8));
    for (size_t i = 0; i < d->count + d->text; i++)
        bind(d, d->row, (int)i + 1, &d->values[i]);
    step(d, d->row);
    bind(d, d->words, 1, &d->values[0]);
    for (size_t k = 0; k < COUNT_OF(searched); k++)
        for (size_t i = 0; i < d->count; i++)
            if (strcmp(d->names[i], searched[k]) == 0)
                bind(d, d->words, at++, &d->values[i]);
    bind(d, d->words, at, &d->values[d->count]);
    step(d, d->words);
}

static void
finish(struct database *d)
{
    char sql[128];
    uint8_t piece[64 * 1024];
    off_t at = 0;
    ssize_t n;

    for (size_t i = 0; i < COUNT_OF(indexed); i++) {
        snprintf(sql, sizeof sql, "CREATE INDEX articles_%s ON articles(%s)",
                 indexed[i], indexed[i]);
        run(d, sql);
    }
    run(d, "CREATE INDEX articles_id ON articles(id);"
           "INSERT INTO search(search) VALUES('optimize'); COMMIT");
    sqlite3_finalize(d->row);
    sqlite3_finalize(d->words);
    if (sqlite3_close(d->db) != SQLITE_OK)
        die("sqlite: %s", sqlite3_errmsg(d->db));
    while ((n = pread(d->fd, piece, sizeof piece, at)) != 0) {
        if (n < 0 && errno != EINTR)
            die("%s", strerror(errno));
        put(piece, n > 0 ? (size_t)n : 0);
        at += n > 0 ? n : 0;
    }
}

void
export_sqlite(char **names, bool text)
{
    struct database d = { .names = names, .text = text };
    uint64_t what;

    while (names[d.count] != NULL)
        if (++d.count > COLUMNS_MAX)
            die("sqlite: too many columns");
    open_database(&d);
    while ((what = take_number(1)) == 'R')
        add_row(&d);
    if (what != 'E')
        die("sqlite: what is sent is wrong");
    finish(&d);
    for (size_t i = 0; i <= d.count; i++)
        sheaf_buf_free(&d.values[i]);
    close(d.fd);
}
