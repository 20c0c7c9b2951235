/*
 * record.c - an article from an object of named values.
 *
 * Each member of the object goes to exactly one place: it is the body, or a
 * field that holds its value unchanged, or it stays unchanged in `ext`.
 * source.keys records what went where, so that an equal object can be made of
 * the article:
 *
 *   for each key -> field in source.keys: out[key] = body text or meta[field]
 *   and all of ext, where {"$json": text} stands for the value of that text,
 *   and the members of the object in ext.$members.$json are out's own.
 *
 * If no member fits a field unchanged, one may still have its content in
 * another form, such as a date in English or an author who is an object. The
 * field then gets the converted content, and the member is in ext as well.
 */
#include "import/record_fields.h"

#include <stdlib.h>

#include "import/address.h"
#include "import/cell.h"
#include "import/field_map.h"
#include "import/ghost.h"
#include "import/hashed.h"
#include "import/html.h"
#include "import/ninjs.h"
#include "import/numbered.h"

/* The longest type that is taken from a record. */
#define TYPE_MAX 200

/* Names of lists of records in documents with other members. */
static const char *const lists[] = {
    "/articles",      "/items",
    "/_items",        "/posts",
    "/results",       "/entries",
    "/documents",     "/docs",
    "/records",       "/news",
    "/stories",       "/data",
    "/response/docs", "/response/results",
    "/hits/hits",     "/data/articles",
    "/data/items",    "/data/posts",
    "/data/results",  "/db/0/data/posts",
    "/messages",      "/orderedItems",
    "/feed",          "/pages",
    "/data/pages",    "/articles/results",
    "/hits",          "/data/children",
};
#define LISTS_MAX (COUNT_OF(lists) + 1)

/* 12 and "12" are two articles if an input has both: the kind that comes
 * second gets another ID, a new string. */
static char *
told_apart(struct records *all, const struct record *r)
{
    const struct value *v = record_member(r, text_of("id"));
    bool *same, *other;
    struct text t;

    if (v == NULL || (v->type != TREE_NUMBER && !value_is_string(v)))
        return NULL;
    t = v->type == TREE_NUMBER ? v->source : v->string;
    for (size_t i = 0; i < t.len; i++)
        if (t.data[i] < '0' || t.data[i] > '9')
            return NULL;
    same = v->type == TREE_NUMBER ? &all->number_ids : &all->string_ids;
    other = v->type == TREE_NUMBER ? &all->string_ids : &all->number_ids;
    if (*other && !*same)
        return format_text(v->type == TREE_NUMBER ? "%.*s (number)"
                                                  : "\"%.*s\"",
                           (int)t.len, t.data);
    *same = true;
    return NULL;
}

/* The ID of a message of Telegram, which are numbered from 1 in each chat: that
 * of the chat, and its own. A new string, or NULL. */
static char *
id_in_chat(const struct records *all, const struct record *r)
{
    static const char *const types[] = { "_chat", "_group", "_supergroup",
                                         "_channel", "saved_messages" };
    const struct value *own = record_member(r, text_of("id")), *chat, *type;
    bool good = false;

    if (all->outer == NULL || own == NULL || own->type != TREE_NUMBER)
        return NULL;
    chat = tree_member(all->outer_doc, all->outer, "id");
    type = tree_member(all->outer_doc, all->outer, "type");
    for (size_t i = 0; i < COUNT_OF(types) && value_is_string(type); i++)
        good = good || text_ends(type->string, types[i]);
    if (!good || chat == NULL || chat->type != TREE_NUMBER)
        return NULL;
    return format_text("%.*s/%.*s", (int)chat->source.len, chat->source.data,
                       (int)own->source.len, own->source.data);
}

/* A string or a number as an ID, or nothing. */
static struct text
id_of(const struct value *v)
{
    if (value_is_string(v) && !cell_is_missing(v->string, false) &&
        !address_is_site_id(v->string))
        return v->string;
    return v != NULL && v->type == TREE_NUMBER ? v->source : text_of("");
}

/* The record's own ID, unless that is the address of a whole site, which names
 * no article; but --map may say that it does. */
static struct text
own_id(const struct record *r)
{
    struct text t = record_text(r, ID);

    return r->asked[ID] || !address_is_site_id(t) ? t : text_of("");
}

/* Chooses the ID: the record's own, its URL, a weaker ID, or its place. */
static void
fill_id(struct record *r, struct meta *m, const char *apart,
        const struct value *outer_id, const char *fallback)
{
    static const char *const lesser[] = { "guid", "articleid", "uuid",
                                          "id.$oid", "sys.id",
                                          "nid", "nid.value", "idstr" };

    m->id = apart != NULL ? text_of(apart) : own_id(r);
    if (m->id.len == 0 && !r->piece && !address_is_site(m->url))
        m->id = m->url;
    for (size_t i = 0; i < COUNT_OF(lesser) && m->id.len == 0; i++)
        m->id = id_of(record_lookup(r, lesser[i]));
    if (m->id.len == 0) {
        m->id = id_of(outer_id);
        if (m->id.len > 0 && record_member(r, outer_id->key) == NULL)
            r->outer_id = outer_id;
    }
    if (m->id.len == 0) {
        m->id = text_of(fallback);
        meta_guess(m, "id");
    }
}

static void
fill_meta(const struct record *r, struct meta *m)
{
    m->url = record_text(r, URL);
    m->headline = record_text(r, HEADLINE);
    m->published = record_text(r, PUBLISHED);
    m->updated = record_text(r, UPDATED);
    m->section = record_text(r, SECTION);
    m->lang = record_text(r, LANG);
    m->summary = record_text(r, SUMMARY);
    m->byline = record_text(r, BYLINE);
    record_copy(r, KEYWORDS, &m->keywords);
    ninjs_media(r->doc, r->object, &m->media);
}

/* Whether this is a piece of a page, not a whole page. */
static bool
is_fragment(struct text t)
{
    t = text_trim(t);
    return t.len > 2 && t.data[0] == '<' &&
           ((t.data[1] >= 'a' && t.data[1] <= 'z') || t.data[1] == '!') &&
           memmem(t.data, t.len, "</", 2) != NULL;
}

/* Of a body of bytes, the type that extract writes beside it. */
static const char *
type_of_bytes(const struct record *r, char own[TYPE_MAX])
{
    const struct value *parts = record_member(r, text_of("parts"));
    const struct value *type = NULL;
    struct text t;

    if (parts != NULL && parts->type == TREE_ARRAY && parts->count > 0 &&
        r->doc->nodes[parts->first].type == TREE_OBJECT)
        type = tree_member(r->doc, &r->doc->nodes[parts->first], "type");
    t = value_is_string(type) ? type->string : text_of("");
    if (t.len == 0 || t.len >= TYPE_MAX || !text_is_ascii(t) ||
        memchr(t.data, '/', t.len) == NULL)
        return TYPE_BYTES;
    memcpy(own, t.data, t.len);
    own[t.len] = '\0';
    return own;
}

static const char *
type_of(const struct records *all, const struct record *r, struct text body,
        char own[TYPE_MAX])
{
    const char *from = r->from[BODY];
    size_t at = 0;
    const struct map_line *m = map_next("type", &at);

    if (m != NULL)
        return m->selector;
    if (all->type != NULL)
        return all->type;
    if (strcmp(from, RECORD_BASE64) == 0)
        return type_of_bytes(r, own);
    return strstr(from, "html") != NULL || strstr(from, "rendered") != NULL ||
                   looks_like_html(body) || is_fragment(body)
               ? html_type(body)
               : TYPE_TEXT;
}

static void
reject_bodiless(const struct record *r, const char *place, struct text source)
{
    struct sheaf_buf names = { 0 };
    struct text t;

    for (size_t i = 0; i < r->count && names.len < 500; i++) {
        if (i > 0)
            buf_add_str(&names, ", ");
        if (r->members[i]->odd_key)
            buf_add_str(&names, "?");
        else
            buf_add(&names, r->members[i]->key.data, r->members[i]->key.len);
    }
    t = text_cut(text_of_buf(&names), 600);
    reject(EXIT_FAILED, place, source,
           "no member is a known body; there %s: %.*s (--map)",
           r->count == 1 ? "is" : "are", (int)t.len, t.data);
    sheaf_buf_free(&names);
}

/* NewsAPI says so at the end of a text. */
static bool
is_cut(struct text t)
{
    t = text_trim(t);
    return text_ends(t, " chars]") && t.len > 20 &&
           memmem(t.data + t.len - 20, 20, "[+", 2) != NULL;
}

static void
warn_of(const struct record *r, const char *place, const char *apart)
{
    for (size_t f = PUBLISHED; f <= UPDATED; f++) {
        if (r->from[f] == NULL && r->unclear[f] != NULL) {
            const struct value *v = r->unclear[f];
            struct text t = text_cut(
                v->type == TREE_STRING ? v->string : v->source, 60);

            warn(place, "'%.*s' is not certainly a date; it is kept as text",
                 (int)t.len, t.data);
        }
    }
    ninjs_warn(r->doc, r->object, place);
    if (record_text(r, BODY).len == 0)
        warn(place, "the body is empty");
    if (r->page != NULL)
        warn(place,
             "its body is a list of %zu objects that look like articles",
             r->page->count);
    if (is_cut(record_text(r, BODY)))
        warn(place, "the body is only the start of the text");
    if (apart != NULL)
        warn(place,
             "IDs are numbers and strings in this input; this one is %s",
             apart);
}

/* Whether it may be a piece of the text before it: both stand beside the same
 * object. Its URL is then the ID of the first alone. */
static bool
is_piece(struct records *all, const struct record *r, const struct meta *m,
         const char *place)
{
    uint64_t url = r->url_beside && own_id(r).len == 0 ? hashed_text(m->url)
                                                       : 0;
    bool piece = url != 0 && url == all->beside;

    if (piece && !all->pieces)
        warn(place, "its URL is that of the record before it, so it has "
                    "another ID; so may others (--map)");
    all->pieces = all->pieces || piece;
    all->beside = url;
    return piece;
}

/* Several documents can each have a list, whose numbers begin again. */
static char *
fallback_id(struct records *all, uint64_t line)
{
    const char *base = all->item->id;

    line = line > all->last ? line : all->last + 1;
    all->last = line;
    return base == NULL  ? format_text("%s", "")
           : all->alone ? format_text("%s", base)
                        : format_text("%s:%llu", base,
                                      (unsigned long long)line);
}

static bool
member_is(const struct tree *tree, const struct value *v, const char *key,
          const char *string)
{
    const struct value *member = tree_member(tree, v, key);

    return value_is_string(member) && text_is(member->string, string);
}

/* Whether it is a thing of Reddit: {"kind": "t3", "data": {...}}. */
static bool
is_thing(const struct tree *tree, const struct value *v)
{
    const struct value *kind = tree_member(tree, v, "kind");

    return value_is_string(kind) && kind->string.len == 2 &&
           kind->string.data[0] == 't';
}

/* What wraps each record: a hit of Elasticsearch, an archive of Twitter, a
 * feed of Bluesky, a listing of Reddit, JSON:API, a post of ActivityPub. */
static const struct value *
unwrap_hit(struct records *all, const struct tree *tree,
           const struct value *v)
{
    const struct value *inner = tree_member(tree, v, "_source");

    all->hit = NULL;
    if (v->type != TREE_OBJECT)
        return v;
    if (inner == NULL && v->count == 1)
        inner = tree_member(tree, v, "tweet");
    if (inner == NULL && v->count == 1)
        inner = tree_member(tree, v, "noteTweet");
    if (inner == NULL && is_thing(tree, v))
        inner = tree_member(tree, v, "data");
    if (inner == NULL && (inner = tree_member(tree, v, "post")) != NULL &&
        tree_member(tree, inner, "record") == NULL)
        inner = NULL;
    if (inner == NULL && tree_member(tree, v, "id") != NULL &&
        (v->count == 2 || value_is_string(tree_member(tree, v, "type"))))
        inner = tree_member(tree, v, member_is(tree, v, "type", "Create")
                                         ? "object" : "attributes");
    if (inner == NULL || inner->type != TREE_OBJECT)
        return v;
    all->hit = v;
    return inner;
}

/* The ID of what a record was wrapped in, or NULL. */
static const struct value *
hit_id(const struct record *r)
{
    const struct value *id = r->hit != NULL
                                 ? tree_member(r->doc, r->hit, "_id")
                                 : NULL;

    return id == NULL && r->hit != NULL ? tree_member(r->doc, r->hit, "id")
                                        : id;
}

/* A whole page in a record says what the record does not. */
static void
read_page(struct meta *m, struct meta *page, struct text body)
{
    if ((m->headline.len > 0 && m->published.len > 0) ||
        !looks_like_html(body))
        return;
    html_read(body, text_of("utf-8"), page);
    if (m->headline.len == 0)
        m->headline = page->headline;
    if (m->published.len == 0)
        m->published = page->published;
    if (m->updated.len == 0)
        m->updated = page->updated;
    if (m->byline.len == 0)
        m->byline = page->byline;
    if (m->summary.len == 0)
        m->summary = page->summary;
    if (m->section.len == 0)
        m->section = page->section;
    if (m->lang.len == 0)
        m->lang = page->lang;
    if (m->url.len == 0)
        m->url = page->url;
}

static void
make_article(struct records *all, struct record *r, struct meta *m,
             const char *place, struct text source)
{
    struct meta page;
    char *chat = id_in_chat(all, r);
    char *apart = chat == NULL ? told_apart(all, r) : NULL;
    char *fallback = fallback_id(all, m->line);
    struct text body = record_text(r, BODY);
    char own[TYPE_MAX];
    struct part parts[2] = { { SHEAF_ROLE_BODY, type_of(all, r, body, own),
                               body.len, body.data } };

    if (chat != NULL || apart != NULL || asked.id_prefix[0] != '\0' ||
        own_id(r).len == 0)
        record_detach(r, ID);
    if (all->raw != NULL)
        parts[1] = *all->raw;
    fill_meta(r, m);
    meta_start(&page, all->item);
    read_page(m, &page, body);
    r->piece = is_piece(all, r, m, place);
    fill_id(r, m, chat != NULL ? chat : apart, hit_id(r), fallback);
    record_keys(r, &m->keys);
    record_ext(r, &m->ext);
    if (!all->alone)
        numbered_check(&all->source, all->item->place, m, body, place);
    if (!all->alone && m->id.data == fallback)
        numbered_placed(&all->placed, all->item);
    all->rows += numbered_is_row(m);
    if (emit(place, m, parts, all->raw != NULL ? 2 : 1, source))
        warn_of(r, place, apart);
    if (!map_loaded())
        undated_check(all->alone ? &undated_alone : &all->undated, r, m,
                      all->item->place);
    meta_free(&page);
    mem_free(chat);
    mem_free(apart);
    mem_free(fallback);
}

static void import_object(struct records *all, const struct tree *tree,
                          const struct value *object, const char *place,
                          uint64_t line, struct text source, bool listed);

void
import_listed(struct records *all, const struct tree *tree,
              const struct value *v, const char *place, uint64_t line)
{
    if (!map_loaded())
        v = unwrap_hit(all, tree, v);
    if (member_is(tree, v, "type", "Announce"))
        leave_out("boost", NULL, "%s", "");
    else if (v->type == TREE_OBJECT)
        import_object(all, tree, v, place, line, v->source, true);
    else
        reject(EXIT_FAILED, place, v->source, "expected an object");
}

static unsigned
compare_path(struct text pointer, const char *list)
{
    if (text_is(pointer, list))
        return PATH_LIST;
    return strlen(list) > pointer.len && list[pointer.len] == '/' &&
                   memcmp(list, pointer.data, pointer.len) == 0
               ? PATH_AROUND
               : 0;
}

unsigned
record_path(struct text pointer)
{
    size_t at = 0;
    const struct map_line *m = map_next("record", &at);
    unsigned found = 0;

    if (m != NULL && m->selector[0] == '/')
        return compare_path(pointer, m->selector);
    for (size_t i = 0; i < COUNT_OF(lists); i++)
        found |= compare_path(pointer, lists[i]);
    return found;
}

static void
record_open(struct record *r, const struct records *all)
{
    record_choose(r);
    record_look_beside(r);
    record_inherit(r, all);
}

static bool
is_object_list(const struct tree *tree, const struct value *v)
{
    return v != NULL && v->type == TREE_ARRAY && v->count > 0 &&
           tree->nodes[v->first].type == TREE_OBJECT;
}

bool
record_is_article(struct records *all, const struct tree *tree,
                  const struct value *v)
{
    struct record r = { .doc = tree, .mapped = all->mapped };
    bool found;

    r.object = map_loaded() ? v : unwrap_hit(all, tree, v);
    if (r.object->type != TREE_OBJECT)
        return false;
    record_open(&r, all);
    found = r.from[BODY] != NULL;
    record_close(&r);
    return found;
}

bool
record_is_list(struct records *all, const struct tree *tree,
               const struct value *list)
{
    bool found = false;

    if (!is_object_list(tree, list))
        return false;
    for (size_t i = list->first; i != 0 && !found; i = tree->nodes[i].next)
        found = record_is_article(all, tree, &tree->nodes[i]);
    return found;
}

/* Whether it can only be an article, or a page of them. */
static bool
is_sure(struct records *all, const struct tree *tree, const struct value *v)
{
    static const enum field marks[] = { ID, URL, HEADLINE, PUBLISHED };
    struct record r = { .doc = tree, .mapped = all->mapped };
    bool good;

    r.object = map_loaded() ? v : unwrap_hit(all, tree, v);
    if (r.object->type != TREE_OBJECT)
        return false;
    record_open(&r, all);
    record_find_page(&r, false);
    good = r.page != NULL;
    for (size_t i = 0; i < COUNT_OF(marks) && r.from[BODY] != NULL; i++)
        good = good ||
               (r.from[marks[i]] != NULL && !record_is_weak(r.from[marks[i]]));
    record_close(&r);
    return good;
}

/* Whether all objects of a list are; also of a list of such lists, if they may
 * be pages: depth 1. */
static bool
are_sure(struct records *all, const struct tree *tree,
         const struct value *list, bool cut, unsigned depth)
{
    bool good = list != NULL && list->type == TREE_ARRAY && list->count > 0;

    for (size_t i = good ? list->first : 0; i != 0 && good;
         i = tree->nodes[i].next) {
        const struct value *v = &tree->nodes[i];
        bool last = cut && v->next == 0;

        if (last && i != list->first)
            break;
        good = is_sure(all, tree, v) ||
               (depth > 0 && are_sure(all, tree, v, last, depth - 1));
    }
    return good;
}

bool
record_is_document(const struct tree *tree, bool cut)
{
    struct records all = { .item = NULL };
    const struct value *v = &tree->nodes[0];
    bool good = is_sure(&all, tree, v) || are_sure(&all, tree, v, cut, 1);

    for (size_t i = 0; i < COUNT_OF(lists) && !good; i++)
        good = are_sure(&all, tree, tree_pointer(tree, v, lists[i]), cut, 0);
    return good;
}

/* The lists of records in the object: one that is no body, or the first one
 * with a known name, and others that have articles in them. */
static size_t
find_lists(struct records *all, const struct record *r,
           const struct value *out[LISTS_MAX])
{
    size_t count = 0;

    if (r->page != NULL)
        out[count++] = r->page;
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        const struct value *v = tree_pointer(r->doc, r->object, lists[i]);

        if (count == 0 ? is_object_list(r->doc, v)
                       : record_is_list(all, r->doc, v))
            out[count++] = v;
    }
    return count;
}

/* Other lists with texts may be comments, or articles. */
static void
warn_of_lists(struct records *all, const struct record *r, const char *place)
{
    for (size_t i = 0; i < r->count; i++) {
        const struct value *v = r->members[i];
        char *pointer = format_text("/%.*s", (int)v->key.len, v->key.data);

        if (!v->odd_key && v != r->page &&
            (record_path(text_of(pointer)) & PATH_LIST) == 0 &&
            record_is_list(all, r->doc, v))
            warn(place, "a list of %zu texts is left out: %s", v->count,
                 pointer);
        mem_free(pointer);
    }
}

/* The lists are in the object `outer`. */
static void
import_lists(struct records *all, const struct tree *tree,
             const struct value *outer, const struct value *const *list,
             size_t count, const char *place)
{
    uint64_t number = 0;

    all->alone = false;
    all->outer_doc = tree;
    all->outer = outer;
    all->ghost = map_loaded() ? NULL : ghost_open(tree, outer);
    for (size_t k = 0; k < count; k++) {
        if (k > 0)
            all->source = 0; /* its numbers begin again */
        all->undated = (struct undated){ 0 };
        for (size_t i = list[k]->first; i != 0; i = tree->nodes[i].next) {
            char *inner = format_text("%s: record %llu", place,
                                      (unsigned long long)++number);

            import_listed(all, tree, &tree->nodes[i], inner, number);
            mem_free(inner);
        }
    }
    ghost_close(all->ghost);
    all->ghost = NULL;
    all->outer = NULL;
    all->outer_doc = NULL;
}

static void
import_object(struct records *all, const struct tree *tree,
              const struct value *object, const char *place, uint64_t line,
              struct text source, bool listed)
{
    struct record r = {
        .doc = tree, .object = object, .mapped = all->mapped, .hit = all->hit
    };
    const struct value *list[LISTS_MAX];
    size_t count = 0;
    struct meta m;

    record_open(&r, all);
    record_find_page(&r, listed);
    if (r.from[BYLINE] == NULL &&
        ninjs_authors(tree, object, &r.said[BYLINE]))
        r.from[BYLINE] = "people";
    if (all->ghost != NULL)
        ghost_fill(all->ghost, &r);
    meta_start(&m, all->item);
    if (m.file.len == 0 && all->item->id != NULL)
        m.file = text_of(all->item->id);
    m.line = line;
    if (r.from[BODY] == NULL && !listed)
        count = find_lists(all, &r, list);
    if (count > 0) {
        warn_of_lists(all, &r, place);
        import_lists(all, tree, object, list, count, place);
    } else if (r.from[BODY] == NULL) {
        reject_bodiless(&r, place, source);
    } else {
        make_article(all, &r, &m, place, source);
    }
    meta_free(&m);
    record_close(&r);
}

void
import_record(struct records *all, const struct tree *tree,
              const struct value *object, const char *place, uint64_t line,
              struct text source)
{
    size_t at = 0;
    const struct map_line *m = map_next("record", &at);

    if (!map_loaded())
        object = unwrap_hit(all, tree, object);
    if (m != NULL && !all->mapped && m->selector[0] == '/') {
        const struct value *v = tree_pointer(tree, object, m->selector);

        if (v != NULL && v->type == TREE_ARRAY)
            import_lists(all, tree, object, &v, 1, place);
        else if (v != NULL && v->type == TREE_OBJECT)
            import_object(all, tree, v, place, line, source, true);
        else
            reject(EXIT_FAILED, place, source, "it has no %s", m->selector);
        return;
    }
    import_object(all, tree, object, place, line, source, false);
}
