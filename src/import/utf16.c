/*
 * utf16.c - records in UTF-16, as Windows writes JSON and tables: converts them
 * to UTF-8 and imports the result. Articles in UTF-16 are not converted.
 */
#include "import/recode.h"

static bool
are_records(const struct look *l)
{
    static const char *const kinds[] = { "jsonl", "json", "csv" };

    for (size_t i = 0; i < COUNT_OF(kinds) && asked.from != NULL; i++)
        if (strcmp(asked.from, kinds[i]) == 0)
            return true;
    return (asked.from == NULL || strcmp(asked.from, "text") != 0) &&
           (is_jsonl(l) || is_json(l) || is_csv(l));
}

bool
is_utf16_records(const struct look *l)
{
    const char *charset = recode_utf16(l->start);
    struct sheaf_buf b = { 0 };
    struct look inside = *l;
    bool good;

    if (charset == NULL)
        return false;
    recode(charset, text_from(l->start.data, l->start.len - l->start.len % 2),
           &b);
    inside.start = text_of_buf(&b);
    good = are_records(&inside);
    sheaf_buf_free(&b);
    return good;
}

void
import_utf16_records(struct item *item)
{
    struct item inner = *item;
    struct recoder r;

    recode_open(&r, recode_utf16(input_look(item->in, text_of("")).start),
                item->in);
    inner.in = &r.in;
    inner.depth++;
    item->open(&inner);
    recode_close(&r);
}
