/*
 * sqlite.c - SQLite databases: the rows of tables and views that have a body,
 * or that --table names; the files of an SQLite archive.
 *
 * onefile.h opens them. Everything that a hostile schema could run is
 * forbidden.
 */
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/base64.h"
#include "import/charset.h"
#include "import/onefile.h"
#include "import/recode.h"
#include "import/row.h"

#define MAGIC "SQLite format 3"
/* An empty row counts as much. */
#define ROW_MIN 64
#define JOURNAL_MAGIC "\xD9\xD5\x05\xF9\x20\xA1\x63\xD7"

bool
is_sqlite(const struct look *l)
{
    return l->start.len >= 100 &&
           memcmp(l->start.data, MAGIC, sizeof MAGIC) == 0;
}

/* ---- What may be run ---- */

/* Opening a full-text index asks for a pragma, and declares its columns; some
 * versions of SQLite take that for a change of the schema. The database is
 * open for reading alone. */
static int
authorize(void *ctx, int action, const char *a, const char *b, const char *c,
          const char *d)
{
    (void)ctx;
    (void)c;
    (void)d;
    switch (action) {
    case SQLITE_SELECT:
    case SQLITE_READ:
    case SQLITE_RECURSIVE:
        return SQLITE_OK;
    case SQLITE_PRAGMA:
        return b == NULL && (strcmp(a, "page_size") == 0 ||
                             strcmp(a, "data_version") == 0)
                   ? SQLITE_OK
                   : SQLITE_DENY;
    case SQLITE_UPDATE:
        return strcmp(a, "sqlite_master") == 0 ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_FUNCTION:
        return b != NULL && strcmp(b, "load_extension") == 0 ? SQLITE_DENY
                                                             : SQLITE_OK;
    default:
        return SQLITE_DENY;
    }
}

static sqlite3 *
open_database(struct item *item)
{
    const struct one_file file = { .fd = item->in->fd, .size = item->in->size,
                                   .progress = out_progress };
    sqlite3 *db;
    int rc = one_file_open(&file, (int)RECORD_MAX, &db);

    if (rc == SQLITE_OK) {
        sqlite3_set_authorizer(db, authorize, NULL);
        return db;
    }
    reject(EXIT_FAILED, item->place, text_from("", 0), "%s",
           db != NULL ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
    sqlite3_close(db);
    return NULL;
}

static void
reject_sql(const struct item *item, sqlite3 *db)
{
    reject(EXIT_FAILED, item->place, text_from("", 0), "%s",
           sqlite3_errmsg(db));
}

/* ---- How much comes out ---- */

/* A database and the meter of its file. A view has as many rows as it likes,
 * and so has a table whose pages are found again and again; what they hold
 * counts like the content of an archive. */
struct database {
    struct item *item;
    sqlite3 *db;
    struct meter own;
    struct meter *meter;
};

/* Counts what a row of so many bytes takes. False: it was one too many. */
static bool
count_row(struct database *d, const char *table, size_t len)
{
    char *why = meter_add(d->meter, d->item->depth, ROW_MIN + len);

    if (why != NULL)
        reject(EXIT_LIMIT, d->item->place, text_from("", 0), "%s %s", table,
               why);
    mem_free(why);
    return why == NULL;
}

/* ---- Rows ---- */

/* Text in another charset. False: the bytes are not text. */
static bool
add_recoded(struct row *row, struct text key, struct text value,
            const char *place)
{
    struct sheaf_buf room = { 0 };
    char label[CHARSET_NAME_MAX];
    enum charset_found found = charset_of_text(value, label);
    bool asked_for = found >= CHARSET_UNKNOWN && asked.charset != NULL &&
                     recode_utf16(value) == NULL;
    bool good = asked_for || (found >= CHARSET_SURE &&
                              charset_read(value, text_of(label), &room,
                                           &value));

    if (good && found == CHARSET_GUESSED && !asked_for)
        warn(place, "%.*s is not UTF-8, and is read as %s (--charset)",
             (int)key.len, key.data, label);
    if (good)
        row_text(row, key, value);
    sheaf_buf_free(&room);
    return good;
}

/* Bytes in a column that may be the body are text in any charset, and
 * elsewhere in UTF-8 or UTF-16; what is not text is kept in base64. */
static void
add_bytes(struct row *row, struct text key, struct text value,
          const char *place)
{
    bool wide = recode_utf16(value) != NULL, body = record_has_body(key);
    char *base64;

    if (!wide && text_is_utf8(value) &&
        memchr(value.data, '\0', value.len) == NULL) {
        row_text(row, key, value);
        return;
    }
    if ((wide || body) && add_recoded(row, key, value, place))
        return;
    if (body)
        warn(place, "%.*s is not text, and is kept in base64", (int)key.len,
             key.data);
    base64 = mem_new(BASE64_SIZE(value.len), 1);
    base64_encode((const uint8_t *)value.data, value.len, base64);
    row_text(row, key, text_of(base64));
    mem_free(base64);
}

/* The bytes of a column: of text in UTF-8, whatever the database has. */
static struct text
column_bytes(sqlite3_stmt *rows, int i)
{
    const void *p = sqlite3_column_type(rows, i) == SQLITE_TEXT
                        ? (const void *)sqlite3_column_text(rows, i)
                        : sqlite3_column_blob(rows, i);

    return text_from(p != NULL ? p : "",
                     (size_t)sqlite3_column_bytes(rows, i));
}

static void
add_column(struct row *row, sqlite3_stmt *rows, int i, const char *place)
{
    struct text key = text_of(sqlite3_column_name(rows, i)), t;
    char number[40];

    if (!text_is_utf8(key))
        key = text_of("?");
    switch (sqlite3_column_type(rows, i)) {
    case SQLITE_INTEGER:
        snprintf(number, sizeof number, "%lld",
                 (long long)sqlite3_column_int64(rows, i));
        row_json(row, key, text_of(number));
        break;
    case SQLITE_FLOAT:
        snprintf(number, sizeof number, "%.17g",
                 sqlite3_column_double(rows, i));
        row_json(row, key,
                 text_of(strpbrk(number, "ni") != NULL ? "null" : number));
        break;
    case SQLITE_NULL: row_json(row, key, text_of("null")); break;
    case SQLITE_TEXT:
        t = column_bytes(rows, i);
        if (text_is_utf8(t) || !add_recoded(row, key, t, place))
            row_text(row, key, t);
        break;
    default:
        add_bytes(row, key, column_bytes(rows, i), place);
    }
}

/* The bytes of a row, with the names of its columns. */
static size_t
row_size(sqlite3_stmt *rows)
{
    size_t size = 0;

    for (int i = 0; i < sqlite3_column_count(rows); i++) {
        int type = sqlite3_column_type(rows, i);

        size += strlen(sqlite3_column_name(rows, i));
        size += type == SQLITE_TEXT || type == SQLITE_BLOB
                    ? column_bytes(rows, i).len
                    : sizeof(int64_t);
    }
    return size;
}

/* False: what comes out of the database is over its limit. */
static bool
import_rows(struct database *d, const char *table)
{
    struct item *item = d->item;
    char *sql = sqlite3_mprintf("SELECT * FROM \"%w\"", table);
    struct row row = { .bad = false };
    struct item inner = *item;
    struct records records = { .item = &inner };
    sqlite3_stmt *rows = NULL;
    char *id = item->id != NULL ? format_text("%s/%s", item->id, table)
                                : format_text("%s", table);
    bool within = true;
    uint64_t number = 0;
    int rc;

    inner.id = id;
    inner.member = table;
    inner.file = item->file != NULL ? item->file : item->id;
    if (sql == NULL)
        die(EXIT_LIMIT, NULL, "the importer is out of memory");
    rc = sqlite3_prepare_v2(d->db, sql, -1, &rows, NULL);
    while (rc == SQLITE_OK && sqlite3_step(rows) == SQLITE_ROW &&
           (within = count_row(d, table, row_size(rows)))) {
        char *place = format_text("%s: %s: row %llu", item->place, table,
                                  (unsigned long long)++number);

        row_start(&row);
        for (int i = 0; i < sqlite3_column_count(rows); i++)
            add_column(&row, rows, i, place);
        row_end(&row, &records, place, number);
        mem_free(place);
    }
    if (sqlite3_finalize(rows) != SQLITE_OK || rc != SQLITE_OK)
        reject_sql(item, d->db);
    sqlite3_free(sql);
    row_free(&row);
    mem_free(id);
    return within;
}

/* ---- SQLite archives ---- */

struct blob {
    struct text data;
    z_stream z;
    bool packed;
};

static size_t
read_blob(struct input *in, void *buffer, size_t cap)
{
    struct blob *b = in->ctx;
    int rc;

    if (!b->packed) {
        size_t n = b->data.len < cap ? b->data.len : cap;

        memcpy(buffer, b->data.data, n);
        b->data = text_from(b->data.data + n, b->data.len - n);
        return n;
    }
    b->z.next_out = buffer;
    b->z.avail_out = (uInt)min_u64(cap, 1u << 30);
    rc = inflate(&b->z, Z_NO_FLUSH);
    if (rc != Z_OK && rc != Z_STREAM_END)
        input_fail(in, EXIT_FAILED, "damaged zlib data");
    return (size_t)((char *)b->z.next_out - (char *)buffer);
}

/* One row: name, size, data. */
static void
import_file(struct database *d, sqlite3_stmt *row)
{
    struct item *item = d->item;
    const char *name = (const char *)sqlite3_column_text(row, 0);
    uint64_t size = (uint64_t)sqlite3_column_int64(row, 1);
    const void *data = sqlite3_column_blob(row, 2);
    struct blob blob = { .data = text_from(
        data != NULL ? data : "", (size_t)sqlite3_column_bytes(row, 2)) };
    struct input in = { .read = read_blob, .ctx = &blob, .fd = -1,
                        .size = size, .meter = d->meter,
                        .depth = item->depth };
    char *path = name_for_id(name != NULL ? name : "", NULL);
    char *place = format_text("%s: %s", item->place, path);
    char *id = item->id != NULL && (item->found || item->rooted)
                   ? format_text("%s/%s", item->id, path)
                   : format_text("%s", path);
    struct item inner = { .in = &in, .place = place, .id = id, .member = path,
                          .file = item->file != NULL ? item->file : item->id,
                          .depth = item->depth + 1, .meter = d->meter,
                          .found = true };

    blob.packed = blob.data.len != size;
    blob.z.next_in = (Bytef *)(uintptr_t)blob.data.data;
    blob.z.avail_in = (uInt)blob.data.len;
    if (blob.packed && inflateInit(&blob.z) != Z_OK)
        die(EXIT_LIMIT, NULL, "the importer is out of memory");
    if (name != NULL && name_wanted(path))
        item->open(&inner);
    if (input_failed(&in))
        reject(in.wrong_code, place, text_from("", 0), "%s", in.wrong);
    if (blob.packed)
        inflateEnd(&blob.z);
    input_free(&in);
    mem_free(id);
    mem_free(place);
    mem_free(path);
}

static bool
import_sqlar(struct database *d)
{
    static const char sql[] = "SELECT name, sz, data FROM sqlar "
                              "WHERE data IS NOT NULL AND sz >= 0 "
                              "ORDER BY name";
    sqlite3_stmt *rows = NULL;
    int rc = sqlite3_prepare_v2(d->db, sql, -1, &rows, NULL);
    bool within = true;

    /* Its data count as they are read. */
    while (rc == SQLITE_OK && sqlite3_step(rows) == SQLITE_ROW &&
           (within = count_row(d, "sqlar", column_bytes(rows, 0).len)))
        import_file(d, rows);
    if (sqlite3_finalize(rows) != SQLITE_OK || rc != SQLITE_OK)
        reject_sql(d->item, d->db);
    return within;
}

/* ---- Tables ---- */

/* How they are declared, without spaces: a full-text index of text that is in
 * another table, one that has text itself, a table. */
#define INDEX_OF_OTHER "createvirtualtable%,content=%"
#define INDEX_ANY "createvirtualtable%usingfts_(%"
#define TABLE "createtable%"

static bool
is_declared(sqlite3 *db, const char *table, const char *like)
{
    static const char sql[] =
        "SELECT 1 FROM sqlite_schema WHERE name = ? AND "
        "replace(replace(replace(replace(sql, ' ', ''), char(9), ''), "
        "char(10), ''), char(13), '') LIKE ?";
    sqlite3_stmt *rows = NULL;
    bool found = sqlite3_prepare_v2(db, sql, -1, &rows, NULL) == SQLITE_OK &&
                 sqlite3_bind_text(rows, 1, table, -1, SQLITE_STATIC) ==
                     SQLITE_OK &&
                 sqlite3_bind_text(rows, 2, like, -1, SQLITE_STATIC) ==
                     SQLITE_OK &&
                 sqlite3_step(rows) == SQLITE_ROW;

    sqlite3_finalize(rows);
    return found;
}

/* Whether it has a column with a known name for a body. A virtual table or a
 * view may need what this SQLite does not have. */
static bool
has_body(const struct item *item, sqlite3 *db, const char *table)
{
    char *sql = sqlite3_mprintf("SELECT * FROM \"%w\" LIMIT 0", table);
    sqlite3_stmt *rows = NULL;
    bool good = false;

    if (sql == NULL)
        die(EXIT_LIMIT, NULL, "the importer is out of memory");
    if (sqlite3_prepare_v2(db, sql, -1, &rows, NULL) != SQLITE_OK)
        warn(item->place, "%s cannot be read and is left out: %s", table,
             sqlite3_errmsg(db));
    for (int i = 0; i < sqlite3_column_count(rows); i++)
        good = good || record_has_body(text_of(sqlite3_column_name(rows, i)));
    sqlite3_finalize(rows);
    sqlite3_free(sql);
    return good;
}

static bool
is_asked(const char *table)
{
    for (size_t i = 0; i < asked.tables.count; i++)
        if (strcmp(asked.tables.list[i], table) == 0)
            return true;
    return false;
}

struct names {
    char **list;
    size_t count;
};

/* Collects all names first: the schema may not be read while rows are. */
static bool
list_tables(sqlite3 *db, struct names *out)
{
    static const char sql[] = "SELECT name FROM sqlite_schema "
                              "WHERE type IN ('table', 'view') AND "
                              "name NOT LIKE 'sqlite_%' ORDER BY name";
    sqlite3_stmt *rows = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &rows, NULL);

    while (rc == SQLITE_OK && sqlite3_step(rows) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(rows, 0);

        if (name == NULL || !text_is_utf8(text_of(name)))
            continue;
        out->list = mem_resize(out->list, out->count + 1, sizeof *out->list);
        out->list[out->count++] = format_text("%s", name);
    }
    return sqlite3_finalize(rows) == SQLITE_OK && rc == SQLITE_OK;
}

/* Lists the tables, for the user to choose from. */
static void
reject_tables(const struct item *item, const struct names *names)
{
    struct sheaf_buf b = { 0 };
    struct text t;

    if (names->count == 0) {
        reject(EXIT_FAILED, item->place, text_from("", 0),
               "it has no tables; they may be in a -wal file that it was "
               "copied without");
        return;
    }
    for (size_t i = 0; i < names->count && b.len < 500; i++) {
        buf_add_str(&b, i > 0 ? ", " : "");
        buf_add_str(&b, names->list[i]);
    }
    t = text_cut(text_of_buf(&b), 600);
    reject(EXIT_FAILED, item->place, text_from("", 0),
           "no table has a known body column; the tables are: %.*s "
           "(--table, --map)",
           (int)t.len, t.data);
    sheaf_buf_free(&b);
}

/* Whether to read this table. */
static bool
is_taken(const struct item *item, sqlite3 *db, const char *name)
{
    if (asked.tables.count > 0)
        return is_asked(name);
    return strcmp(name, "sqlar") == 0 ||
           (!is_declared(db, name, INDEX_OF_OTHER) &&
            has_body(item, db, name));
}

/* The columns of the rows; 0: it cannot be asked. `found`: there is a row. */
static int
ask(sqlite3 *db, char *sql, bool *found)
{
    sqlite3_stmt *rows = NULL;
    int columns = 0;

    if (sql == NULL)
        die(EXIT_LIMIT, NULL, "the importer is out of memory");
    if (sqlite3_prepare_v2(db, sql, -1, &rows, NULL) == SQLITE_OK) {
        columns = sqlite3_column_count(rows);
        *found = sqlite3_step(rows) == SQLITE_ROW;
    }
    sqlite3_finalize(rows);
    sqlite3_free(sql);
    return columns;
}

/* Whether one of the first rows of a full-text index is in a table, too, in
 * the columns that both have. */
static bool
has_copies(sqlite3 *db, const char *index, const char *table)
{
    bool found = false;
    int own = ask(db, sqlite3_mprintf("SELECT * FROM \"%w\" LIMIT 1", index),
                  &found);
    int other = ask(db, sqlite3_mprintf("SELECT * FROM \"%w\" LIMIT 1", table),
                    &found);
    int both = ask(db,
                   sqlite3_mprintf("SELECT * FROM (SELECT * FROM \"%w\" LIMIT "
                                   "9) NATURAL JOIN \"%w\" LIMIT 1",
                                   index, table),
                   &found);

    return both > 0 && both < own + other && found;
}

/* Chooses the tables to read. A full-text index may hold copies of text in
 * another table without saying so. */
static void
choose_tables(const struct item *item, sqlite3 *db, const struct names *names,
              struct names *chosen)
{
    size_t count = 0;

    chosen->list = mem_new(names->count, sizeof *chosen->list);
    for (size_t i = 0; i < names->count; i++) {
        char *name = names->list[i];
        size_t k = 0;

        if (!is_taken(item, db, name))
            continue;
        if (asked.tables.count > 0 || !is_declared(db, name, INDEX_ANY))
            k = names->count;
        while (k < names->count && !(is_declared(db, names->list[k], TABLE) &&
                                     has_copies(db, name, names->list[k])))
            k++;
        if (k == names->count)
            chosen->list[count++] = name;
        else
            warn(item->place,
                 "%s is a full-text index of %s, and is left out (--table)",
                 name, names->list[k]);
    }
    chosen->count = count;
}

static void
import_database(struct item *item, sqlite3 *db)
{
    struct database d = { .item = item, .db = db,
                          .own.paid = &item->in->size };
    struct names names = { NULL, 0 }, chosen = { NULL, 0 };
    bool listed = list_tables(db, &names), within = true;

    d.meter = item->meter != NULL ? item->meter : &d.own;
    if (!listed)
        reject_sql(item, db);
    choose_tables(item, db, &names, &chosen);
    for (size_t i = 0; i < chosen.count && within; i++)
        within = strcmp(chosen.list[i], "sqlar") == 0
                     ? import_sqlar(&d)
                     : import_rows(&d, chosen.list[i]);
    if (chosen.count == 0 && listed)
        reject_tables(item, &names);
    mem_free(chosen.list);
    for (size_t i = 0; i < names.count; i++)
        mem_free(names.list[i]);
    mem_free(names.list);
}

/* Whether there is a file beside it with this suffix that begins so, or has
 * anything in it if `start` is NULL. */
static bool
has_beside(const struct item *item, const char *suffix, const char *start)
{
    char *path = format_text("%s%s", item->place, suffix);
    struct stat st;
    bool good = item->in->fd >= 0 && stat(path, &st) == 0 && st.st_size > 0;
    int fd = good && start != NULL
                 ? open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
                 : -1;
    char got[8];

    if (fd >= 0) {
        good = pread(fd, got, sizeof got, 0) == (ssize_t)sizeof got &&
               memcmp(got, start, sizeof got) == 0;
        close(fd);
    }
    mem_free(path);
    return good;
}

/* The latest changes of a database that is open elsewhere, or was when its
 * program crashed, are in a file beside it; or what they replaced is. */
static const char *
log_of(const struct item *item)
{
    return has_beside(item, "-wal", NULL)                ? "-wal"
           : has_beside(item, "-journal", JOURNAL_MAGIC) ? "-journal"
                                                         : NULL;
}

/* Whether changes go to a file beside it: in its header. */
static bool
has_own_log(const struct item *item)
{
    struct text t = input_peek(item->in, 20);

    return t.len >= 20 && t.data[18] == 2;
}

void
import_sqlite(struct item *item)
{
    const char *log = log_of(item);
    sqlite3 *db;

    if (log != NULL) {
        reject(EXIT_FAILED, item->place, text_from("", 0),
               "it is open elsewhere, or was not closed: a part of it is in "
               "a %s file (VACUUM INTO of sqlite3 makes a whole copy)",
               log);
        return;
    }
    if (!input_to_file(item->in))
        return;
    if (item->id == NULL && has_own_log(item))
        warn(item->place,
             "if it is open elsewhere, its latest changes are in a -wal file, "
             "and are not read");
    db = open_database(item);
    if (db != NULL)
        import_database(item, db);
    sqlite3_close(db);
}

/* In a folder the database is an error because of its log. In an archive it
 * was read before anybody knew of it. */
void
sqlite_warn_of_log(const struct item *item, struct text start)
{
    size_t len = strlen(JOURNAL_MAGIC);

    if (item->in->fd < 0 && item->found &&
        (text_begins(start, "\x37\x7F\x06") ||
         (start.len >= len && memcmp(start.data, JOURNAL_MAGIC, len) == 0)))
        warn(item->place,
             "the latest changes of a database are in it, and are not read "
             "(VACUUM INTO of sqlite3 makes a whole copy)");
}
