/*
 * columns.c - an article as a row of a table.
 */
#include "cli/columns.h"

#include "base/json.h"

const char *const column_names[COLUMN_COUNT] = {
    "leaf",    "id",       "rev",    "published", "updated",
    "section", "headline", "byline", "summary",   "keywords",
    "lang",    "url",      "type",   "size"
};

bool
column_is_number(size_t column)
{
    return column == COLUMN_LEAF || column == COLUMN_REV ||
           column == COLUMN_SIZE;
}

/* Appends a string to a list; what is no string is left out. */
static bool
add_item(struct sheaf_buf *out, struct sheaf_bytes value)
{
    if (!json_is_string(value))
        return true;
    return (out->len == 0 || buf_add_str(out, "; ")) &&
           json_string(value, out);
}

static bool
add_keywords(struct sheaf_buf *out, struct sheaf_bytes meta)
{
    struct sheaf_bytes list, item;
    struct json_iter it;

    if (!json_member(meta, "keywords", &list) || json_kind(list) != JSON_ARRAY)
        return true;
    it = json_iter_over(list);
    while (json_next_item(&it, &item))
        if (!add_item(out, item))
            return false;
    return true;
}

static bool
add_authors(struct sheaf_buf *out, struct sheaf_bytes meta)
{
    struct sheaf_bytes list, author, name;
    struct json_iter it;

    if (out->len != 0 || !json_member(meta, "authors", &list) ||
        json_kind(list) != JSON_ARRAY)
        return true;
    it = json_iter_over(list);
    while (json_next_item(&it, &author))
        if (json_kind(author) == JSON_OBJECT &&
            json_member(author, "name", &name) && !add_item(out, name))
            return false;
    return true;
}

bool
columns_fill(struct columns *c, const struct sheaf_article *article)
{
    struct sheaf_bytes type = article->parts[0].type;
    struct sheaf_buf *v = c->values;

    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        struct sheaf_bytes value;

        v[i].len = 0;
        if (!column_is_number(i) && i != COLUMN_KEYWORDS && i != COLUMN_TYPE &&
            json_member(article->meta, column_names[i], &value) &&
            !add_item(&v[i], value))
            return false;
    }
    v[COLUMN_NAME].len = 0;
    return buf_add(&v[COLUMN_NAME], article->id.data, article->id.len) &&
           add_authors(&v[COLUMN_BYLINE], article->meta) &&
           add_keywords(&v[COLUMN_KEYWORDS], article->meta) &&
           buf_add(&v[COLUMN_TYPE], type.data, type.len) &&
           buf_add_u64_text(&v[COLUMN_LEAF], article->leaf) &&
           buf_add_u64_text(&v[COLUMN_REV], article->rev) &&
           buf_add_u64_text(&v[COLUMN_SIZE], article->parts[0].size);
}

void
columns_end(struct columns *c)
{
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        sheaf_buf_free(&c->values[i]);
}
