/*
 * json_columns.c - a table as an object of its columns, as pandas and data sets
 * of Hugging Face give it:
 *
 *   {"title": ["A", "B"], "text": ["...", "..."], "date": [...]}
 */
#include "import/json_values.h"
#include "import/row.h"

/* One has the texts, and another says which articles these are: a body can be
 * a list of paragraphs. */
bool
json_is_columns(const struct tree *tree)
{
    const struct value *object = &tree->nodes[0];
    bool body = false, mark = false;
    size_t rows = 0;

    if (object->type != TREE_OBJECT)
        return false;
    for (size_t i = object->first; i != 0; i = tree->nodes[i].next) {
        const struct value *v = &tree->nodes[i];

        if (v->type != TREE_ARRAY || v->odd_key || v->count < 2 ||
            (rows != 0 && v->count != rows))
            return false;
        rows = v->count;
        if (tree->nodes[v->first].type == TREE_OBJECT)
            continue;
        body = body || record_has_body(v->key);
        mark = mark || record_has_mark(v->key, false);
    }
    return body && mark;
}

void
json_import_columns(struct records *r, const struct tree *tree,
                    const char *place)
{
    const struct value *object = &tree->nodes[0];
    size_t *at = mem_new(object->count, sizeof *at), column = 0;
    struct row row = { 0 };

    r->alone = false;
    for (size_t i = object->first; i != 0; i = tree->nodes[i].next)
        at[column++] = tree->nodes[i].first;
    for (uint64_t number = 1; at[0] != 0; number++) {
        char *inner = format_text("%s: row %llu", place,
                                  (unsigned long long)number);

        row_start(&row);
        column = 0;
        for (size_t i = object->first; i != 0; i = tree->nodes[i].next) {
            const struct value *cell = &tree->nodes[at[column]];

            row_json(&row, tree->nodes[i].key, cell->source);
            at[column++] = cell->next;
        }
        row_end(&row, r, inner, number);
        mem_free(inner);
    }
    row_free(&row);
    mem_free(at);
}
