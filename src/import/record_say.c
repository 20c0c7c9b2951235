/*
 * record_say.c - the content of a member in the form that a field has: dates,
 * names, lists of words.
 */
#include "import/cell.h"
#include "import/date.h"
#include "import/record_fields.h"
#include "import/story.h"

/* MongoDB's {"$date": ...} and {"$oid": ...}, and the only string of a list,
 * as Scrapy has it. */
static const struct value *
unwrap(const struct record *r, const struct value *v)
{
    const struct value *inner;

    if (v->type == TREE_ARRAY && v->count == 1 &&
        value_is_string(&r->doc->nodes[v->first]))
        return &r->doc->nodes[v->first];
    if (v->type != TREE_OBJECT || v->count != 1)
        return v;
    inner = &r->doc->nodes[v->first];
    return inner->key.len > 1 && inner->key.data[0] == '$' ? inner : v;
}

/* What a member holds instead of its date: a list of one, as Solr has it; an
 * object of MongoDB, of PHP or of Firestore. `ms`: as a number, it is one of
 * milliseconds. NULL: nothing. */
static const struct value *
unwrap_date(const struct record *r, const struct value *v, bool *ms)
{
    static const char *const keys[] = { "date", "_seconds", "seconds",
                                        "value" };
    const struct value *inner;

    if (v->type == TREE_ARRAY)
        return v->count == 1 ? &r->doc->nodes[v->first] : NULL;
    if (v->type != TREE_OBJECT)
        return NULL;
    inner = unwrap(r, v);
    *ms = *ms || (inner != v && text_is(inner->key, "$date"));
    if (inner != v)
        return inner;
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if ((inner = tree_member(r->doc, v, keys[i])) != NULL)
            return inner;
    return NULL;
}

/* What .NET writes: "/Date(1710151200000+0100)/". */
static bool
is_net_date(struct text *t)
{
    if (!text_begins(*t, "/Date(") || !text_ends(*t, ")/"))
        return false;
    *t = text_from(t->data + 6, t->len - 8);
    for (size_t i = 1; i < t->len; i++)
        if (t->data[i] == '+' || t->data[i] == '-')
            t->len = i; /* the number is of UTC */
    return true;
}

/* Numbers from the year on, as feedparser has them, all nine of a time in UTC,
 * and programs in Java, without a zone and with up to seven. */
static bool
say_numbers(const struct record *r, const struct value *v,
            struct sheaf_buf *out)
{
    static const char *const before[] = { "", "-", "-", "T", ":", ":" };
    size_t parts = v->count < 7 ? v->count : 6, k = 0;
    struct sheaf_buf text = { 0 };
    char date[DATE_MAX];
    bool good = v->count >= 3 && v->count <= 9 && v->count != 4 &&
                v->count != 8;

    for (size_t i = v->first; good && k < parts; i = r->doc->nodes[i].next) {
        struct text t = r->doc->nodes[i].source;

        buf_add_str(&text, before[k]);
        if (k++ > 0 && t.len == 1)
            buf_add_str(&text, "0");
        buf_add(&text, t.data, t.len);
    }
    if (v->count == 5)
        buf_add_str(&text, ":00");
    if (v->count == 9)
        buf_add_str(&text, "Z");
    good = good && date_is_plain(text_of_buf(&text)) &&
           date_read_data(text_of_buf(&text), record_text(r, LANG), date);
    if (good)
        buf_add_str(out, date);
    sheaf_buf_free(&text);
    return good;
}

static bool
say_date(const struct record *r, const struct value *v, struct sheaf_buf *out)
{
    const struct value *inner = v;
    bool ms = false, good;
    char text[DATE_MAX];
    struct text t;

    for (unsigned k = 0; k < 4 && inner != NULL; k++) {
        v = inner;
        inner = unwrap_date(r, v, &ms);
    }
    if (v->type == TREE_ARRAY)
        return say_numbers(r, v, out);
    if (!value_is_string(v) && v->type != TREE_NUMBER)
        return false;
    t = text_trim(v->type == TREE_NUMBER ? v->source : v->string);
    if (is_net_date(&t) || (ms && (v->type == TREE_NUMBER ||
                                   text_is(v->key, "$numberLong"))))
        good = date_milliseconds(t, text);
    else
        good = date_count(t, text) ||
               ((v->type != TREE_NUMBER || t.len == 8 || t.len == 12 ||
                 t.len == 14) &&
                date_read_data(t, record_text(r, LANG), text));
    if (good)
        buf_add_str(out, text);
    return good;
}

/* The first member of an object that has this name, as record_name has it, and
 * text. */
static struct text
named_text(const struct record *r, const struct value *v, const char *name)
{
    for (size_t i = v->first; i != 0; i = r->doc->nodes[i].next) {
        const struct value *m = &r->doc->nodes[i];
        char plain[32];

        if (value_is_string(m) && m->key.len <= sizeof plain &&
            text_is(record_name(m->key, plain), name) &&
            !text_is_blank(m->string))
            return text_trim(m->string);
    }
    return text_from("", 0);
}

/* A name in two pieces. */
static bool
add_pieces(const struct record *r, const struct value *v,
           struct sheaf_buf *out)
{
    static const char *const pieces[][2] = {
        { "firstname", "lastname" },    { "first", "last" },
        { "givenname", "familyname" },  { "given", "family" },
        { "givennames", "familyname" }, { "forename", "surname" },
        { "givenname", "surname" },     { "vorname", "nachname" },
    };

    for (size_t i = 0; i < COUNT_OF(pieces); i++) {
        struct text first = named_text(r, v, pieces[i][0]);
        struct text last = named_text(r, v, pieces[i][1]);

        buf_add(out, first.data, first.len);
        if (first.len > 0 && last.len > 0)
            buf_add_str(out, " ");
        buf_add(out, last.data, last.len);
        if (out->len > 0)
            return true;
    }
    return false;
}

static bool
add_first(const struct record *r, const struct value *v,
          const char *const keys[], size_t count, struct sheaf_buf *out)
{
    struct text name = { 0 };

    for (size_t i = 0; i < count && name.len == 0; i++)
        name = named_text(r, v, keys[i]);
    buf_add(out, name.data, name.len);
    return name.len > 0;
}

/* Appends the name of a person or a tag: a string, or an object with a name. */
static bool
add_name(const struct record *r, const struct value *v, struct sheaf_buf *out)
{
    static const char *const full[] = { "name", "fullname", "displayname" };
    static const char *const other[] = { "byline", "by",   "value",
                                         "title",  "slug", "literal" };
    static const char *const value[] = { "value" };
    struct text t;

    if (value_is_string(v)) {
        t = text_trim(v->string);
        buf_add(out, t.data, t.len);
        return t.len > 0;
    }
    if (v->type != TREE_OBJECT)
        return false;
    /* The New York Times has the kind of a keyword as its name. */
    if (tree_member(r->doc, v, "rank") != NULL &&
        value_is_string(tree_member(r->doc, v, "value")))
        return add_first(r, v, value, COUNT_OF(value), out);
    return add_first(r, v, full, COUNT_OF(full), out) ||
           add_pieces(r, v, out) ||
           add_first(r, v, other, COUNT_OF(other), out);
}

/* GraphQL, JSON:API and the like have what is named one or two objects further
 * in. */
static const struct value *
named_value(const struct record *r, const struct value *v)
{
    static const char *const keys[] = { "node", "nodes",      "edges",
                                        "data", "attributes", "fields" };
    struct sheaf_buf name = { 0 };
    const struct value *inner = v;

    while (inner != NULL && v->type == TREE_OBJECT && !add_name(r, v, &name)) {
        inner = NULL;
        for (size_t i = 0; i < COUNT_OF(keys) && inner == NULL; i++)
            inner = tree_member(r->doc, v, keys[i]);
        v = inner != NULL ? inner : v;
    }
    sheaf_buf_free(&name);
    return v;
}

/* Joins names with `between`, or as JSON if that is NULL; also those of lists
 * in a list, as WordPress has its categories and tags. */
static bool
say_names(const struct record *r, const struct value *v, const char *between,
          struct sheaf_buf *out)
{
    struct sheaf_buf name = { 0 };

    v = named_value(r, v);
    if (v->type == TREE_ARRAY) {
        for (size_t i = v->first; i != 0; i = r->doc->nodes[i].next)
            (void)say_names(r, &r->doc->nodes[i], between, out);
    } else if (add_name(r, v, &name) &&
               !cell_is_missing(text_of_buf(&name), false)) {
        if (out->len > 0)
            buf_add_str(out, between != NULL ? between : ",");
        if (between != NULL)
            buf_add(out, name.data, name.len);
        else
            canon_string(out, text_of_buf(&name));
    }
    sheaf_buf_free(&name);
    return out->len > 0;
}

/* The same of a list that is the text of a string. False: it is none. */
static bool
say_listed(const struct value *v, const char *between, struct sheaf_buf *out)
{
    struct sheaf_buf room = { 0 };
    struct tree tree = { 0 };
    const struct record list = { .doc = &tree };
    bool good = value_is_string(v) && cell_is_list(v->string, &tree, &room);

    if (good)
        (void)say_names(&list, &tree.nodes[0], between, out);
    tree_free(&tree);
    sheaf_buf_free(&room);
    return good;
}

static bool
say_byline(const struct record *r, const struct value *v,
           struct sheaf_buf *out)
{
    if (say_listed(v, ", ", out))
        return out->len > 0;
    return say_names(r, v, ", ", out);
}

/* Makes a list of words between commas, or of names of objects. */
static bool
say_keywords(const struct record *r, const struct value *v,
             struct sheaf_buf *out)
{
    struct sheaf_buf list = { 0 };
    bool listed = say_listed(v, NULL, &list);
    struct text rest = value_is_string(v) && !listed ? v->string
                                                     : text_from("", 0);
    struct text word;

    while (text_item(&rest, ',', &word)) {
        word = text_trim(word);
        if (word.len > 0 && list.len > 0)
            buf_add_str(&list, ",");
        if (word.len > 0)
            canon_string(&list, word);
    }
    if (!value_is_string(v))
        (void)say_names(r, v, NULL, &list);
    if (list.len > 0) {
        buf_add_str(out, "[");
        buf_add(out, list.data, list.len);
        buf_add_str(out, "]");
    }
    sheaf_buf_free(&list);
    return out->len > 0;
}

static bool
say_string(const struct record *r, const struct value *v,
           struct sheaf_buf *out)
{
    v = unwrap(r, v);
    if (!value_is_string(v) || v->string.len == 0)
        return false;
    buf_add(out, v->string.data, v->string.len);
    return true;
}

/* What WordPress made of a title or an excerpt: HTML. */
static bool
say_rendered(const struct value *v, enum story_field f, struct sheaf_buf *out)
{
    struct story *s = mem_new(1, sizeof *s);

    story_start(s);
    story_set_html(s, f, v->string);
    buf_add(out, story_text(s, f).data, story_text(s, f).len);
    story_free(s);
    mem_free(s);
    return out->len > 0;
}

static bool
say_body(const struct record *r, const struct value *v, struct sheaf_buf *out)
{
    if (v->type == TREE_ARRAY || v->type == TREE_OBJECT)
        record_say_pieces(r->doc, v, out);
    return out->len > 0 || say_string(r, v, out);
}

/* What is called url is one; of others only an address is. */
static bool
say_url(const struct record *r, const struct value *v, struct sheaf_buf *out)
{
    v = unwrap(r, v);
    if (!value_is_string(v) ||
        memmem(v->string.data, v->string.len, "://", 3) == NULL)
        return false;
    buf_add(out, v->string.data, v->string.len);
    return true;
}

/* Converts `v` to the form of the field. */
bool
record_say(const struct record *r, enum field field, const struct value *v,
           struct sheaf_buf *out)
{
    if ((field == HEADLINE || field == SUMMARY) && value_is_string(v) &&
        text_is(v->key, "rendered"))
        return say_rendered(v, field == HEADLINE ? STORY_HEADLINE
                                                 : STORY_SUMMARY, out);
    switch (field) {
    case PUBLISHED:
    case UPDATED: return say_date(r, v, out);
    case BYLINE: return say_byline(r, v, out);
    case KEYWORDS: return say_keywords(r, v, out);
    case SECTION:
        return named_value(r, v)->type != TREE_ARRAY &&
               say_names(r, v, ", ", out);
    case BODY: return say_body(r, v, out);
    case URL: return say_url(r, v, out);
    case ID:
        if (v->type != TREE_NUMBER)
            return say_string(r, v, out);
        buf_add(out, v->source.data, v->source.len);
        return true;
    default: return say_string(r, v, out);
    }
}
