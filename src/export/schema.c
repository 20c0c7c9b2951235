/*
 * schema.c - the tables of the database.
 */
#include "export/schema.h"

#include "base/utf8.h"
#include "export/export.h"

const char schema_search[] =
    "CREATE VIRTUAL TABLE search USING fts5(headline,body,content='',"
    "detail=none,columnsize=0,tokenize=\"unicode61 "
    "remove_diacritics " WORDS_DIACRITICS " categories '" WORDS_CATEGORIES
    "'\")";
const char schema_state[] =
    "CREATE TABLE sheaf(origin TEXT,size INTEGER,generation INTEGER,root TEXT,"
    "redactions INTEGER,lost INTEGER,articles INTEGER,words INTEGER)";

bool
schema_mark(struct sheaf_buf *out, enum mark mark)
{
    uint8_t bytes[UTF8_MAX];
    size_t len = utf8_put(bytes, MARK_FIRST + (uint32_t)mark);

    return buf_add(out, bytes, len);
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

bool
schema_articles(struct sheaf_buf *out, char **names, bool text)
{
    bool good = buf_add_str(out, "CREATE TABLE articles(");

    for (size_t i = 0; names[i] != NULL && good; i++)
        good = buf_format(out, "%s%s %s", i != 0 ? "," : "", names[i],
                          type_of(names[i]));
    return good && buf_add_str(out, ",words INTEGER") &&
           buf_add_str(out, text ? ",text TEXT)" : ")") && buf_end(out);
}

static bool
pragma_is(sqlite3 *db, const char *sql, int64_t wanted)
{
    sqlite3_stmt *s = NULL;
    bool is = sqlite3_prepare_v2(db, sql, -1, &s, NULL) == SQLITE_OK &&
              sqlite3_step(s) == SQLITE_ROW &&
              sqlite3_column_int64(s, 0) == wanted;

    sqlite3_finalize(s);
    return is;
}

/* The indexes, and the tables that FTS5 makes for its own. */
static bool
is_known(const char *type, const char *name)
{
    static const char *const known[] = {
        "table search_data",        "table search_idx",
        "table search_config",      "index articles_id",
        "index articles_published", "index articles_section",
    };

    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (strncmp(known[i], type, 5) == 0 && strlen(type) == 5 &&
            strcmp(known[i] + 6, name) == 0)
            return true;
    return false;
}

static bool
row_is(sqlite3_stmt *s, const char *articles, unsigned *found)
{
    const char *type = (const char *)sqlite3_column_text(s, 0);
    const char *name = (const char *)sqlite3_column_text(s, 1);
    const char *sql = (const char *)sqlite3_column_text(s, 2);

    if (type == NULL || name == NULL || sql == NULL)
        return false;
    if (is_known(type, name))
        return true;
    if (strcmp(sql, articles) != 0 && strcmp(sql, schema_search) != 0 &&
        strcmp(sql, schema_state) != 0)
        return false;
    (*found)++;
    return strcmp(type, "table") == 0;
}

bool
schema_is(sqlite3 *db, char **names)
{
    struct sheaf_buf articles = { 0 };
    sqlite3_stmt *s = NULL;
    unsigned found = 0;
    bool is;

    if (!schema_articles(&articles, names, false))
        die("out of memory");
    is = pragma_is(db, "PRAGMA application_id", SCHEMA_APPLICATION) &&
         pragma_is(db, "PRAGMA user_version", SCHEMA_VERSION) &&
         sqlite3_prepare_v2(db, "SELECT type,name,sql FROM sqlite_schema", -1,
                            &s, NULL) == SQLITE_OK;
    while (is && sqlite3_step(s) == SQLITE_ROW)
        is = row_is(s, buf_str(&articles), &found);
    if (sqlite3_finalize(s) != SQLITE_OK)
        is = false;
    sheaf_buf_free(&articles);
    return is && found == 3;
}
