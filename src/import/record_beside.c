/*
 * record_beside.c - a record whose text stands beside an object with what is
 * known of it, as data sets, search engines and static sites have it:
 *
 *   {"text": ..., "metadata": {"title": ..., "date": ..., "url": ...}}
 *
 * What the record says itself comes first. The object stays in ext.
 */
#include "import/record_fields.h"

#include <string.h>

/* Objects that are looked at where none has a name that is known. */
#define OTHERS_MAX 16

/* In the form in which names are compared. */
static const char *const beside[] = {
    "metadata", "meta",       "frontmatter", "properties", "attributes",
    "fields",   "structdata", "payload",     "extrainfo",
};

void
record_open_beside(struct record *in, const struct tree *doc,
                   const struct value *v)
{
    memset(in, 0, sizeof *in);
    in->doc = doc;
    in->object = v;
    in->beside = true;
    in->mapped = true; /* --map names what it wants from the record */
    record_choose(in);
}

/* When a record was made or put out, as a row of a table or in a migration. */
static bool
is_of_record(const char *from)
{
    static const char *const names[] = {
        "createdat",     "created",         "created.value",
        "sys.createdAt", "sys.publishedAt", "sys.firstPublishedAt",
        "datecreated",
    };

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(from, names[i]) == 0)
            return true;
    return false;
}

/* Whether the record says it itself. An article may be older than its record:
 * then what is beside it says so. */
static bool
is_said(const struct record *r, const struct record *in, enum field f)
{
    return r->from[f] != NULL &&
           (f != PUBLISHED || in->from[f] == NULL ||
            !is_of_record(r->from[f]) || is_of_record(in->from[f]));
}

static void
take_field(struct record *r, const struct record *in, enum field f)
{
    if (is_said(r, in, f) || r->asked[f])
        return;
    if (in->from[f] == NULL) {
        if (r->unclear[f] == NULL && in->doc == r->doc)
            r->unclear[f] = in->unclear[f];
        return;
    }
    r->field[f] = NULL;
    r->said[f].len = 0;
    record_copy(in, f, &r->said[f]);
    r->from[f] = in->from[f];
}

/* All but the body, and the ID, which may be that of what it is a piece of. */
static void
take_fields(struct record *r, const struct tree *doc, const struct value *v)
{
    struct record in;

    record_open_beside(&in, doc, v);
    if (r->from[URL] == NULL && in.from[URL] != NULL)
        r->url_beside = true;
    for (size_t f = URL; f < FIELD_COUNT; f++)
        take_field(r, &in, (enum field)f);
    record_close(&in);
}

/* The same of JSON in a string, as databases export such a column. */
static void
take_written(struct record *r, struct text t)
{
    struct tree tree = { 0 };

    if (text_begins(t, "{") && tree_parse(&tree, t))
        take_fields(r, &tree, &tree.nodes[0]);
    tree_free(&tree);
}

/* Whether it has a headline and a date, and is not another text, such as the
 * one that this one answers. */
static bool
is_of_text(const struct record *r, const struct value *v)
{
    struct record in;
    bool good;

    record_open_beside(&in, r->doc, v);
    good = in.from[HEADLINE] != NULL && in.from[PUBLISHED] != NULL &&
           in.from[BODY] == NULL;
    record_close(&in);
    return good;
}

/* The only object that says what the record is; NULL: none does, or several. */
static const struct value *
find_other(const struct record *r)
{
    const struct value *found = NULL;
    size_t objects = 0;

    for (size_t i = 0; i < r->count; i++) {
        const struct value *v = r->members[i];

        if (v->type != TREE_OBJECT || v->count == 0)
            continue;
        if (++objects > OTHERS_MAX)
            return NULL;
        if (!is_of_text(r, v))
            continue;
        if (found != NULL)
            return NULL;
        found = v;
    }
    return found;
}

void
record_look_beside(struct record *r)
{
    const struct value *v;

    if (r->from[BODY] == NULL)
        return;
    for (size_t i = 0; i < COUNT_OF(beside); i++) {
        v = record_lookup(r, beside[i]);
        if (v != NULL && v->type == TREE_OBJECT)
            take_fields(r, r->doc, v);
        else if (value_is_string(v))
            take_written(r, text_trim(v->string));
    }
    if (r->from[HEADLINE] == NULL && r->from[PUBLISHED] == NULL &&
        (v = find_other(r)) != NULL)
        take_fields(r, r->doc, v);
}
