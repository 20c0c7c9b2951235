/*
 * row.c - rows of tables as records.
 */
#include "import/row.h"

#include "import/charset.h"
#include "import/recode.h"

void
row_charset(struct row *row, struct text start, const char *place)
{
    row->charset = charset_guess(start, "WINDOWS-1252");
    row->place = asked.charset == NULL ? place : NULL;
}

void
row_start(struct row *row)
{
    row->text.len = 0;
    row->bad = false;
    row->lost = 0;
    buf_add_str(&row->text, "{");
}

static bool
add_key(struct row *row, struct text key, size_t len)
{
    row->bad = row->bad || len > RECORD_MAX ||
               row->text.len > RECORD_MAX - len;
    if (row->bad)
        return false;
    if (row->text.len > 1)
        buf_add_str(&row->text, ",");
    canon_string(&row->text, key);
    buf_add_str(&row->text, ":");
    return true;
}

struct text
row_decode(struct row *row, struct text t, struct sheaf_buf *room)
{
    const char *charset = asked.charset != NULL  ? asked.charset
                          : row->charset != NULL ? row->charset
                                                 : "WINDOWS-1252";
    size_t bad;

    if (text_is_utf8(t))
        return t;
    if (row->place != NULL)
        warn(row->place, "it is not UTF-8, and is read as %s (--charset)",
             charset);
    row->place = NULL;
    room->len = 0;
    if (!recode_known(charset, t, room, &bad))
        recode(charset, t, room); /* which says that it is unknown */
    row->lost += bad;
    return text_of_buf(room);
}

void
row_text(struct row *row, struct text key, struct text value)
{
    struct sheaf_buf other = { 0 };

    if (!add_key(row, key, value.len))
        return;
    canon_string(&row->text, row_decode(row, value, &other));
    sheaf_buf_free(&other);
}

void
row_json(struct row *row, struct text key, struct text value)
{
    if (add_key(row, key, value.len))
        buf_add(&row->text, value.data, value.len);
}

void
row_end(struct row *row, struct records *records, const char *place,
        uint64_t number)
{
    struct text source = text_of_buf(&row->text);

    if (row->bad) {
        reject(EXIT_LIMIT, place, text_from("", 0),
               "a record of more than %zu MiB", RECORD_MAX / MIB);
        return;
    }
    if (row->lost > 0)
        warn(place, "%zu of its bytes are not in its character set (--charset)",
             row->lost);
    buf_add_str(&row->text, "}");
    source = text_of_buf(&row->text);
    if (!tree_parse(&row->tree, source))
        reject(EXIT_FAILED, place, source, "%s", row->tree.wrong);
    else
        import_record(records, &row->tree, &row->tree.nodes[0], place, number,
                      source);
}

void
row_free(struct row *row)
{
    sheaf_buf_free(&row->text);
    tree_free(&row->tree);
}
