/*
 * utf16.c - records in UTF-16, as Windows writes JSON, tables and lists of
 * fields: converts them to UTF-8 and imports the result. Articles in UTF-16 are
 * not converted.
 */
#include "import/recode.h"

static const struct {
    const char *name; /* for --from */
    bool (*is)(const struct look *l);
} kinds[] = {
    { "movabletype", is_movabletype },
    { "jsonl", is_jsonl },
    { "json", is_json },
    { "ris", is_ris },
    { "endnote", is_endnote },
    { "bibtex", is_bibtex },
    { "nexis", is_nexis },
    { "proquest", is_proquest },
    { "csv", is_csv },
};

static bool
are_records(const struct look *l)
{
    for (size_t i = 0; i < COUNT_OF(kinds) && asked.from != NULL; i++)
        if (strcmp(asked.from, kinds[i].name) == 0)
            return true;
    if (asked.from != NULL && strcmp(asked.from, "text") == 0)
        return false;
    for (size_t i = 0; i < COUNT_OF(kinds); i++)
        if (kinds[i].is(l))
            return true;
    return false;
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
