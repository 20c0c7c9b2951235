/*
 * record_fields.c - which member of a record is which field.
 */
#include "import/record_fields.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "import/cell.h"
#include "import/date.h"
#include "import/field_map.h"
#include "import/month.h"

static const char *const field_names[FIELD_COUNT] = {
    [BODY] = "body",           [ID] = "id",
    [URL] = "url",             [HEADLINE] = "headline",
    [PUBLISHED] = "published", [UPDATED] = "updated",
    [SECTION] = "section",     [LANG] = "lang",
    [SUMMARY] = "summary",     [BYLINE] = "byline",
    [KEYWORDS] = "keywords",
};

/* ---- Choosing ---- */

static bool
is_string_list(const struct tree *doc, const struct value *v)
{
    if (v->type != TREE_ARRAY || v->count == 0)
        return false;
    for (size_t i = v->first; i != 0; i = doc->nodes[i].next)
        if (!value_is_string(&doc->nodes[i]))
            return false;
    return true;
}

/* Whether a string has a list in it, as cells of tables do. */
static bool
holds_list(struct text t)
{
    struct sheaf_buf room = { 0 };
    struct tree tree = { 0 };
    bool good = cell_is_list(t, &tree, &room);

    tree_free(&tree);
    sheaf_buf_free(&room);
    return good;
}

/* Whether the name of a member states the zone of its date. */
static bool
states_gmt(struct text key)
{
    return text_ends(key, "gmt");
}

/* Whether the year of a date is not one of another calendar. */
static bool
keeps_year(const struct record *r, struct text date)
{
    char read[DATE_MAX];

    return !date_read_data(date, record_text(r, LANG), read) ||
           memcmp(read, date.data, 4) == 0;
}

/* Whether the field can hold the value unchanged. */
static bool
fits_field(const struct record *r, const struct value *v, enum field field)
{
    if (field == KEYWORDS)
        return is_string_list(r->doc, v);
    if (field == PUBLISHED || field == UPDATED)
        return value_is_string(v) && date_is_plain(v->string) &&
               keeps_year(r, v->string) && !states_gmt(v->key);
    if (field == URL && !text_is(v->key, "url") && !text_is(v->key, "link"))
        return value_is_string(v) &&
               memmem(v->string.data, v->string.len, "://", 3) != NULL;
    return value_is_string(v) && v->string.len > 0 &&
           (field != BYLINE || !holds_list(v->string));
}

/* The field that this member is, or FIELD_COUNT. */
static size_t
field_of(const struct record *r, const struct value *v)
{
    size_t f = 0;

    while (f < FIELD_COUNT && r->field[f] != v)
        f++;
    return f;
}

bool
record_is_field(const struct record *r, const struct value *v)
{
    return field_of(r, v) != FIELD_COUNT;
}

/* Whether it is not the way of a program to say nothing. */
static bool
says_something(const struct value *v)
{
    switch (v->type) {
    case TREE_STRING: return value_is_string(v) && v->string.len > 0;
    case TREE_NUMBER: return !text_is(v->source, "0");
    case TREE_ARRAY:
    case TREE_OBJECT: return v->count > 0;
    default: return false;
    }
}

/* Joomla has a text in two pieces, of which the second may be empty. */
static bool
join_intro(struct record *r, const struct value *v, const char *key)
{
    const struct value *intro = record_lookup(r, "introtext");

    if (strcmp(key, "fulltext") != 0 || !value_is_string(v) ||
        !value_is_string(intro) || v->string.len == 0 ||
        intro->string.len == 0)
        return false;
    buf_add(&r->said[BODY], intro->string.data, intro->string.len);
    buf_add_str(&r->said[BODY], "\n");
    buf_add(&r->said[BODY], v->string.data, v->string.len);
    r->from[BODY] = key;
    return true;
}

static void
add_gmt(struct sheaf_buf *date)
{
    struct text t = text_of_buf(date);

    if (t.len == strlen("2024-03-11T10:00:00") && date_is_plain(t))
        buf_add_str(date, "Z");
}

/* Whether it is a word for no value, or a list of only that, or a body of white
 * space: another member may have the text. */
static bool
is_missing(const struct record *r, enum field f, const struct value *v)
{
    if (v->type == TREE_ARRAY && v->count == 1)
        v = &r->doc->nodes[v->first];
    return value_is_string(v) &&
           (cell_is_missing(v->string,
                            f == BODY || f == HEADLINE || f == SUMMARY) ||
            (f == BODY && v->string.len > 0 && text_is_blank(v->string)));
}

static void
note_empty(struct record *r, enum field f, const struct value *v)
{
    if (f == BODY && r->empty == NULL && value_is_string(v) &&
        record_has(r, v))
        r->empty = v;
}

/* The body of an article that is no UTF-8, as extract writes it. */
static bool
take_base64(struct record *r, const struct value *v)
{
    struct sheaf_buf *out = &r->said[BODY];
    size_t len;

    if (!value_is_string(v) || v->string.len == 0)
        return false;
    buf_reserve(out, v->string.len);
    if (!base64_decode(v->string.data, v->string.len, out->data,
                       v->string.len, &len))
        return false;
    out->len = len;
    r->from[BODY] = RECORD_BASE64;
    return true;
}

/* Uses `v`, the member `key`, if it has content. */
static bool
choose(struct record *r, enum field f, const struct value *v, const char *key)
{
    if (v == NULL)
        return false;
    if (f == BODY && strcmp(key, RECORD_BASE64) == 0)
        return take_base64(r, v);
    if (is_missing(r, f, v)) {
        note_empty(r, f, v);
        return false;
    }
    if (f == HEADLINE && r->beside && strcmp(key, "name") == 0)
        return false;
    if (f == BODY && join_intro(r, v, key))
        return true;
    /* In mails and the like a subject is a headline. */
    if (f == KEYWORDS && strcmp(key, "subject") == 0 && v->type != TREE_ARRAY)
        return false;
    if (record_has(r, v) && fits_field(r, v, f) && !record_is_field(r, v)) {
        r->field[f] = v;
        r->from[f] = key;
        return true;
    }
    if (record_say(r, f, v, &r->said[f])) {
        if (states_gmt(text_of(key)))
            add_gmt(&r->said[f]);
        r->from[f] = key;
        return true;
    }
    r->said[f].len = 0;
    if (r->unclear[f] == NULL && says_something(v))
        r->unclear[f] = v;
    note_empty(r, f, v);
    return false;
}

/* Fills in a field by its lines in --map. False: there are none. */
static bool
choose_mapped(struct record *r, enum field f)
{
    const struct map_line *m;
    size_t at = 0;
    bool any = false;

    while (!r->mapped && r->from[f] == NULL &&
           (m = map_next(field_names[f], &at)) != NULL) {
        any = true;
        if (m->constant) {
            if (f == KEYWORDS)
                buf_add_str(&r->said[f], "[");
            if (f == KEYWORDS)
                canon_string(&r->said[f], text_of(m->selector));
            else
                buf_add_str(&r->said[f], m->selector);
            if (f == KEYWORDS)
                buf_add_str(&r->said[f], "]");
            r->from[f] = "";
        } else {
            (void)choose(r, f, record_select(r, m->selector), m->selector);
        }
    }
    return any;
}

/* A small number of digits, or the name of a month; 0: it is none. */
static unsigned
number_of(const struct value *v)
{
    struct text t = v == NULL || v->odd      ? text_of("")
                    : v->type == TREE_STRING ? text_trim(v->string)
                    : v->type == TREE_NUMBER ? v->source
                                             : text_of("");
    unsigned n = 0;

    for (size_t i = 0; i < t.len && t.len <= 4; i++) {
        if (t.data[i] < '0' || t.data[i] > '9')
            return month_named(t);
        n = n * 10 + (unsigned)(t.data[i] - '0');
    }
    return t.len <= 4 ? n : month_named(t);
}

/* Year, month and day, each as a member of its own. */
static void
choose_parts(struct record *r)
{
    static const char *const parts[][3] = {
        { "year", "month", "day" },
        { "pubyear", "pubmonth", "pubday" },
        { "publicationyear", "publicationmonth", "publicationday" },
        { "jahr", "monat", "tag" },
    };

    for (size_t i = 0; i < COUNT_OF(parts); i++) {
        unsigned month = number_of(record_lookup(r, parts[i][1]));
        unsigned day = number_of(record_lookup(r, parts[i][2]));
        char text[DATE_MAX];
        int n = snprintf(text, sizeof text, "%04u-%02u",
                         number_of(record_lookup(r, parts[i][0])), month);

        if (day != 0)
            snprintf(text + n, sizeof text - (size_t)n, "-%02u", day);
        if (month != 0 &&
            date_read_data(text_of(text), record_text(r, LANG), text)) {
            buf_add_str(&r->said[PUBLISHED], text);
            r->from[PUBLISHED] = parts[i][0];
            return;
        }
    }
}

/* Of the language alone, or of all else. */
static void
choose_all(struct record *r, bool language)
{
    for (size_t f = 0; f < FIELD_COUNT; f++)
        if ((f == LANG) == language)
            r->asked[f] = choose_mapped(r, (enum field)f);
    for (const struct alias *a = NULL; (a = alias_next(a)) != NULL;)
        for (size_t k = 0; k < ALIAS_KEYS && a->keys[k] != NULL &&
                           (a->field == LANG) == language &&
                           !r->asked[a->field] && r->from[a->field] == NULL;
             k++)
            (void)choose(r, a->field, record_lookup(r, a->keys[k]),
                         a->keys[k]);
}

void
record_choose(struct record *r)
{
    r->count = r->object->count;
    r->members = tree_sorted(r->doc, r->object);
    record_name_members(r);
    /* The language says which calendar dates are of. */
    choose_all(r, true);
    choose_all(r, false);
    /* Every known body is empty: so is the body of the article. */
    if (r->from[BODY] == NULL && r->empty != NULL) {
        if (text_is_blank(r->empty->string))
            r->field[BODY] = r->empty;
        r->from[BODY] = "";
    }
    if (r->from[PUBLISHED] == NULL && !r->asked[PUBLISHED])
        choose_parts(r);
}

void
record_close(struct record *r)
{
    for (size_t f = 0; f < FIELD_COUNT; f++)
        sheaf_buf_free(&r->said[f]);
    mem_free(r->members);
    mem_free(r->named);
    mem_free(r->names);
}

/* What an item of a JSON Feed does not say is that of the feed. */
void
record_inherit(struct record *r, const struct records *all)
{
    static const struct {
        enum field field;
        const char *key;
    } keys[] = {
        { LANG, "language" },
        { BYLINE, "authors" },
        { BYLINE, "author" },
    };
    const struct record feed = { .doc = all->outer_doc, .object = all->outer };
    const struct value *v = all->outer != NULL
                                ? tree_member(feed.doc, feed.object, "version")
                                : NULL;

    if (!value_is_string(v) || memmem(v->string.data, v->string.len,
                                      "://jsonfeed.org/version/", 24) == NULL)
        return;
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        enum field f = keys[i].field;

        v = tree_member(feed.doc, feed.object, keys[i].key);
        if (r->from[f] == NULL && v != NULL &&
            record_say(&feed, f, v, &r->said[f]))
            r->from[f] = keys[i].key;
    }
}

void
record_copy(const struct record *r, enum field f, struct sheaf_buf *out)
{
    struct text t = record_text(r, f);

    if (f == KEYWORDS && r->field[f] != NULL)
        tree_canon(out, r->doc, r->field[f], META_DEPTH - 1);
    else
        buf_add(out, t.data, t.len);
}

/* Adds a member to the text of an object, the brace at its end aside. */
static void
add_member(struct sheaf_buf *text, const struct value *key, struct text value)
{
    buf_add_str(text, text->len == 0 ? "{" : ",");
    if (tree_key_fits(key))
        canon_string(text, key->key);
    else
        buf_add(text, key->key_source.data, key->key_source.len);
    buf_add_str(text, ":");
    buf_add(text, value.data, value.len);
}

/* Ends the text, and adds it as an object that metadata cannot hold. */
static void
add_json(struct sheaf_buf *out, struct sheaf_buf *text)
{
    buf_add_str(text, "}");
    buf_add_str(out, "{\"$json\":");
    canon_string(out, text_of_buf(text));
    buf_add_str(out, "}");
}

/* Whether it is the body, only written otherwise. */
static bool
is_base64_body(const struct record *r, const struct value *v)
{
    return r->from[BODY] != NULL &&
           strcmp(r->from[BODY], RECORD_BASE64) == 0 &&
           v == record_lookup(r, RECORD_BASE64);
}

/* Adds the name of a field under the key of the member. */
static void
add_key(struct sheaf_buf *keys, const struct value *member, const char *field)
{
    struct sheaf_buf name = { 0 };

    canon_string(&name, text_of(field));
    add_member(keys, member, text_of_buf(&name));
    sheaf_buf_free(&name);
}

void
record_keys(const struct record *r, struct sheaf_buf *out)
{
    const struct value *outer = r->outer_id;
    struct sheaf_buf keys = { 0 };
    bool fit = true;

    for (size_t i = 0; i < r->count; i++) {
        const struct value *v = r->members[i];
        bool base64 = is_base64_body(r, v);

        if (outer != NULL && text_compare(outer->key, v->key) < 0) {
            add_key(&keys, outer, field_names[ID]);
            outer = NULL;
        }
        if (!base64 && !record_is_field(r, v))
            continue;
        add_key(&keys, v,
                base64 ? "body_base64" : field_names[field_of(r, v)]);
        fit = fit && tree_key_fits(v);
    }
    if (outer != NULL)
        add_key(&keys, outer, field_names[ID]);
    if (keys.len > 0 && fit) {
        buf_add(out, keys.data, keys.len);
        buf_add_str(out, "}");
    } else if (keys.len > 0) {
        add_json(out, &keys);
    }
    sheaf_buf_free(&keys);
}

/* Members whose keys metadata cannot have, as the text of one object. */
static void
write_odd_members(const struct value *const *list, size_t count,
                  struct sheaf_buf *ext)
{
    struct sheaf_buf text = { 0 };

    for (size_t i = 0; i < count; i++)
        if (!tree_key_fits(list[i]))
            add_member(&text, list[i], list[i]->source);
    if (text.len > 0) {
        canon_key(ext, text_of("$members"));
        add_json(ext, &text);
    }
    sheaf_buf_free(&text);
}

/* Whether a member beside the record is of its wrapper: what a search engine
 * says of a hit, as other words find the same record with others, or what kind
 * of thing Reddit has there. */
static bool
is_of_wrapper(const struct record *r, const struct value *v)
{
    static const char *const keys[] = {
        "sort", "highlight", "fields", "found", "matched_queries", "inner_hits"
    };

    if (text_is(r->object->key, "data"))
        return text_is(v->key, "kind");
    if (!text_is(r->object->key, "_source"))
        return false;
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (text_is(v->key, keys[i]))
            return true;
    return text_begins(v->key, "_");
}

static int
compare_members(const void *a, const void *b)
{
    const struct value *const *x = a, *const *y = b;

    return text_compare((*x)->key, (*y)->key);
}

/* The members that became no field, and those beside what the record was
 * wrapped in whose names it does not have; in order of their keys. */
static const struct value **
other_members(const struct record *r, size_t *count)
{
    size_t room = r->count + (r->hit != NULL ? r->hit->count : 0), n = 0;
    const struct value **list = mem_resize(NULL, room + 1, sizeof *list);

    for (size_t i = 0; i < r->count; i++)
        if (!record_is_field(r, r->members[i]) &&
            !is_base64_body(r, r->members[i]))
            list[n++] = r->members[i];
    for (size_t i = r->hit != NULL ? r->hit->first : 0; i != 0;
         i = r->doc->nodes[i].next) {
        const struct value *v = &r->doc->nodes[i];

        if (v != r->object && v != r->outer_id && !is_of_wrapper(r, v) &&
            record_member(r, v->key) == NULL)
            list[n++] = v;
    }
    if (n > 1)
        qsort(list, n, sizeof *list, compare_members);
    *count = n;
    return list;
}

void
record_ext(const struct record *r, struct sheaf_buf *ext)
{
    bool odd_done = false;
    size_t count;
    const struct value **list = other_members(r, &count);

    buf_add_str(ext, "{");
    for (size_t i = 0; i < count; i++) {
        if (!tree_key_fits(list[i]))
            continue;
        if (!odd_done && text_compare(list[i]->key, text_of("$members")) > 0) {
            write_odd_members(list, count, ext);
            odd_done = true;
        }
        canon_key(ext, list[i]->key);
        tree_canon(ext, r->doc, list[i], META_DEPTH - 2);
    }
    if (!odd_done)
        write_odd_members(list, count, ext);
    buf_add_str(ext, "}");
    if (ext->len == 2)
        ext->len = 0;
    mem_free(list);
}

/* A field with converted content leaves its member in ext. */
void
record_detach(struct record *r, enum field f)
{
    if (r->field[f] == NULL)
        return;
    buf_add(&r->said[f], r->field[f]->string.data, r->field[f]->string.len);
    r->field[f] = NULL;
}
