/*
 * ghost.c - what an export of Ghost has of its posts in other tables: authors
 * and tags, and which post they belong to.
 */
#include "import/ghost.h"

#include <stdlib.h>

#define NAMES_MAX 50

/* A row of a table, by one of its columns. */
struct row {
    struct text key;
    const struct value *v;
    uint64_t order;
};

struct table {
    struct row *rows;
    size_t count;
};

struct ghost {
    const struct tree *doc;
    struct table authors, users; /* by post_id, by id */
    struct table post_tags, tags;
};

/* An ID is a string, or a number in older exports. */
static struct text
id_of(const struct tree *doc, const struct value *row, const char *column)
{
    const struct value *v = tree_member(doc, row, column);

    if (v != NULL && v->type == TREE_NUMBER)
        return v->source;
    return value_is_string(v) ? v->string : text_from("", 0);
}

static int
compare_rows(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    int c = text_compare(x->key, y->key);

    if (c == 0)
        c = (x->order > y->order) - (x->order < y->order);
    return c != 0 ? c : (x->v > y->v) - (x->v < y->v);
}

static void
read_table(struct table *t, const struct tree *doc, const struct value *data,
           const char *name, const char *column)
{
    const struct value *list = tree_member(doc, data, name);

    if (list == NULL || list->type != TREE_ARRAY || list->count == 0)
        return;
    t->rows = mem_new(list->count, sizeof *t->rows);
    for (size_t i = list->first; i != 0; i = doc->nodes[i].next) {
        const struct value *v = &doc->nodes[i];
        struct row *row = &t->rows[t->count];
        struct text order;

        if (v->type != TREE_OBJECT)
            continue;
        *row = (struct row){ .key = id_of(doc, v, column), .v = v };
        order = id_of(doc, v, "sort_order");
        for (size_t k = 0; k < order.len && k < 9; k++)
            row->order = row->order * 10 + (unsigned char)order.data[k];
        t->count += row->key.len > 0;
    }
    if (t->count > 1)
        qsort(t->rows, t->count, sizeof *t->rows, compare_rows);
}

/* The first row with this key, or the end. */
static size_t
find_row(const struct table *t, struct text key)
{
    size_t low = 0, high = t->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (text_compare(t->rows[mid].key, key) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static const struct value *
find_one(const struct table *t, struct text key)
{
    size_t i = find_row(t, key);

    return i < t->count && text_compare(t->rows[i].key, key) == 0
               ? t->rows[i].v
               : NULL;
}

struct ghost *
ghost_open(const struct tree *doc, const struct value *outer)
{
    const struct value *data = tree_pointer(doc, outer, "/db/0/data");
    struct ghost *g;

    if (data == NULL)
        data = tree_pointer(doc, outer, "/data");
    if (data == NULL || data->type != TREE_OBJECT ||
        tree_member(doc, data, "posts") == NULL ||
        tree_member(doc, data, "users") == NULL)
        return NULL;
    g = mem_new(1, sizeof *g);
    g->doc = doc;
    read_table(&g->authors, doc, data, "posts_authors", "post_id");
    read_table(&g->users, doc, data, "users", "id");
    read_table(&g->post_tags, doc, data, "posts_tags", "post_id");
    read_table(&g->tags, doc, data, "tags", "id");
    return g;
}

void
ghost_close(struct ghost *g)
{
    if (g == NULL)
        return;
    mem_free(g->authors.rows);
    mem_free(g->users.rows);
    mem_free(g->post_tags.rows);
    mem_free(g->tags.rows);
    mem_free(g);
}

/* Appends a name to a byline, or to the inside of a list in JSON. */
static void
add_name(const struct record *at, enum field f, const struct value *v,
         struct sheaf_buf *out)
{
    struct sheaf_buf name = { 0 };

    if (v != NULL && record_say(at, BYLINE, v, &name)) {
        if (out->len > 0)
            buf_add_str(out, f == BYLINE ? ", " : ",");
        if (f == BYLINE)
            buf_add(out, name.data, name.len);
        else
            canon_string(out, text_of_buf(&name));
    }
    sheaf_buf_free(&name);
}

/* The names of those that rows of `links` give to the post. */
static void
add_linked(const struct ghost *g, enum field f, struct text post,
           const struct table *links, const char *column,
           const struct table *things, struct sheaf_buf *out)
{
    const struct record at = { .doc = g->doc };
    unsigned left = NAMES_MAX;

    for (size_t i = find_row(links, post);
         i < links->count && left-- > 0 &&
         text_compare(links->rows[i].key, post) == 0;
         i++)
        add_name(&at, f,
                 find_one(things, id_of(g->doc, links->rows[i].v, column)),
                 out);
}

void
ghost_fill(const struct ghost *g, struct record *r)
{
    struct text post = id_of(r->doc, r->object, "id");
    struct sheaf_buf list = { 0 };

    if (r->from[BYLINE] == NULL && post.len > 0) {
        const struct record at = { .doc = g->doc };

        add_linked(g, BYLINE, post, &g->authors, "author_id", &g->users,
                   &r->said[BYLINE]);
        if (r->said[BYLINE].len == 0)
            add_name(&at, BYLINE,
                     find_one(&g->users,
                              id_of(r->doc, r->object, "author_id")),
                     &r->said[BYLINE]);
        if (r->said[BYLINE].len > 0)
            r->from[BYLINE] = "posts_authors";
    }
    if (r->from[KEYWORDS] == NULL && post.len > 0)
        add_linked(g, KEYWORDS, post, &g->post_tags, "tag_id", &g->tags,
                   &list);
    if (list.len > 0) {
        buf_add_str(&r->said[KEYWORDS], "[");
        buf_add(&r->said[KEYWORDS], list.data, list.len);
        buf_add_str(&r->said[KEYWORDS], "]");
        r->from[KEYWORDS] = "posts_tags";
    }
    sheaf_buf_free(&list);
}
