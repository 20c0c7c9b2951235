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
#include "import/record.h"

#include <stdlib.h>
#include <time.h>

#include "import/field_map.h"
#include "import/ninjs.h"

enum field { BODY, ID, URL, HEADLINE, PUBLISHED, UPDATED, SECTION, LANG,
             SUMMARY, BYLINE, KEYWORDS, FIELD_COUNT };

static const char *const field_names[FIELD_COUNT] = {
    [BODY] = "body",           [ID] = "id",
    [URL] = "url",             [HEADLINE] = "headline",
    [PUBLISHED] = "published", [UPDATED] = "updated",
    [SECTION] = "section",     [LANG] = "lang",
    [SUMMARY] = "summary",     [BYLINE] = "byline",
    [KEYWORDS] = "keywords",
};

/*
 * Names of members, in order of preference for each field: our own names, then
 * those of news-please, newspaper, Fundus, cc_news, schema.org, JSON Feed,
 * Ghost, WordPress, ninjs and APIs of newspapers. Case and punctuation do not
 * count: date_published is datePublished and "Date Published". "a.b" is the
 * member b of the object a, or of the main one of the objects in the array a;
 * its content is always converted.
 */
static const struct alias {
    enum field field;
    const char *keys[32];
} aliases[] = {
    { BODY, { "body", "text", "content", "articlebody", "maintext",
              "cleanedtext", "articletext", "plaintext", "contenttext",
              "bodytext", "fulltext", "textcontent", "pagecontent",
              "articlecontent", "newscontent", "newstext", "storytext",
              "storybody", "textbody", "contents", "rawtext", "contenthtml",
              "html", "bodyhtml", "bodyxhtml", "articlehtml", "rawhtml",
              "contentencoded", "paragraphs", "article", "story",
              "document", } },
    { BODY, { "content.text", "content.body", "content.html",
              "content.rendered", "content.content", "content.value",
              "body.text", "body.html", "body.content", "article.text",
              "article.body", "article.content", "fields.bodyText",
              "fields.body", "bodies.value", } },
    { ID, { "id", "uri", } },
    { URL, { "url", "link", "canonicalurl", "weburl", "articleurl",
             "permalink", "externalurl", "sourceurl", "href", "source",
             "html.requested_url", "thread.url", } },
    { HEADLINE, { "headline", "title", "webtitle", "heading", "articletitle",
                  "name", "title.rendered", "headline.main", "title.text",
                  "fields.headline", "headlines.value", } },
    { PUBLISHED, { "published", "date", "datepublished", "pubdate",
                   "publishedat", "datepublish", "publishdate",
                   "publishingdate", "publisheddate", "publishedtime",
                   "publicationdate", "publicationtime",
                   "webpublicationdate", "firstpublished", "releasedate",
                   "firstcreated", "versioncreated", "datetime", "timestamp",
                   "createdat",
                   "created", "datecreated", "time", } },
    { UPDATED, { "updated", "modified", "datemodified", "datemodify",
                 "updatedat", "modifiedat", "modifieddate", "lastmodified",
                 "lastupdated", "lastmod", "versioncreated", } },
    { SECTION, { "section", "category", "articlesection", "sectionname",
                 "genres.name", "genre.name", } },
    { LANG, { "lang", "language", "metalang", "inlanguage", } },
    { SUMMARY, { "summary", "description", "excerpt", "abstract",
                 "customexcerpt", "metadescription", "standfirst",
                 "shortdescription", "highlights", "excerpt.rendered",
                 "descriptiontext", "descriptions.value", } },
    { BYLINE, { "byline", "author", "authors", "creator", "by", "writer",
                "primaryauthor", "byline.original", "fields.byline", } },
    { KEYWORDS, { "keywords", "tags", "topics", "subjects", "subject", } },
};

/* Names of lists of records in documents with other members. */
static const char *const lists[] = {
    "/articles", "/items", "/posts", "/results", "/entries", "/documents",
    "/docs", "/records", "/news", "/stories", "/data", "/response/docs",
    "/response/results", "/hits/hits", "/data/articles", "/data/items",
    "/data/posts", "/data/results", "/db/0/data/posts",
};

struct member {
    const struct value *value;
    struct text name; /* in the form in which names are compared */
};

struct record {
    const struct tree *doc;
    const struct value *object;
    const struct value **members; /* in order of their keys */
    size_t count;
    struct member *named; /* the same in order of their names */
    char *names;
    const struct value *field[FIELD_COUNT]; /* the member that fits unchanged */
    struct sheaf_buf said[FIELD_COUNT]; /* converted content of other members */
    const char *from[FIELD_COUNT];      /* the member's name; NULL: none */
    const struct value *unclear[FIELD_COUNT]; /* a member that should be a
                                                 date and is not */
    const struct value *empty;                /* a body without text */
    bool mapped;                              /* as in struct records */
};

/* ---- Finding members ---- */

/* The letters and digits of `key`, in lower case. */
static struct text
plain_name(struct text key, char *to)
{
    size_t n = 0;

    for (size_t i = 0; i < key.len; i++) {
        char c = key.data[i];

        if (c >= 'A' && c <= 'Z')
            c = (char)(c + 'a' - 'A');
        if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
            (unsigned char)c >= 0x80)
            to[n++] = c;
    }
    return text_from(to, n);
}

static int
compare_named(const void *a, const void *b)
{
    const struct member *x = a, *y = b;
    int c = text_compare(x->name, y->name);

    /* Of two names that compare equal, the exact one comes first. */
    if (c == 0)
        c = text_is(x->name, "") ? 0
            : text_compare(x->value->key, x->name) == 0   ? -1
            : text_compare(y->value->key, y->name) == 0 ? 1
                                                         : 0;
    return c != 0 ? c : text_compare(x->value->key, y->value->key);
}

static void
name_members(struct record *r)
{
    size_t total = 0;
    char *to;

    for (size_t i = 0; i < r->count; i++)
        total += r->members[i]->key.len;
    r->named = mem_new(r->count, sizeof *r->named);
    r->names = to = mem_new(total, 1);
    for (size_t i = 0; i < r->count; i++) {
        r->named[i].value = r->members[i];
        r->named[i].name = plain_name(r->members[i]->key, to);
        to += r->named[i].name.len;
    }
    if (r->count > 1)
        qsort(r->named, r->count, sizeof *r->named, compare_named);
}

static const struct value *
find_named(const struct record *r, struct text name)
{
    size_t low = 0, high = r->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (text_compare(r->named[mid].name, name) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low < r->count && text_compare(r->named[low].name, name) == 0
               ? r->named[low].value
               : NULL;
}

static const struct value *
find_member(const struct record *r, struct text key)
{
    size_t low = 0, high = r->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = text_compare(r->members[mid]->key, key);

        if (c == 0)
            return r->members[mid];
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

/* The object in an array whose role is main, or else the first; NULL: none. */
static const struct value *
main_of(const struct tree *doc, const struct value *list)
{
    const struct value *first = NULL;

    for (size_t i = list->first; i != 0; i = doc->nodes[i].next) {
        const struct value *v = &doc->nodes[i];
        const struct value *role = v->type == TREE_OBJECT
                                       ? tree_member(doc, v, "role")
                                       : NULL;

        if (role != NULL && role->type == TREE_STRING &&
            text_is(role->string, "main"))
            return v;
        if (first == NULL && v->type == TREE_OBJECT)
            first = v;
    }
    return first;
}

/* "a", or "a.b". */
static const struct value *
lookup(const struct record *r, const char *key)
{
    const char *dot = strchr(key, '.');
    const struct value *v;

    if (dot == NULL)
        return find_named(r, text_of(key));
    v = find_named(r, text_from(key, (size_t)(dot - key)));
    if (v != NULL && v->type == TREE_ARRAY)
        v = main_of(r->doc, v);
    return v != NULL ? tree_member(r->doc, v, dot + 1) : NULL;
}

/* The value that a line of --map selects. */
static const struct value *
select_value(const struct record *r, const char *selector)
{
    return selector[0] == '/' ? tree_pointer(r->doc, r->object, selector)
                              : find_member(r, text_of(selector));
}

static bool
is_member(const struct record *r, const struct value *v)
{
    return find_member(r, v->key) == v;
}

static bool
is_string(const struct value *v)
{
    return v != NULL && v->type == TREE_STRING && !v->odd;
}

static bool
is_string_list(const struct tree *doc, const struct value *v)
{
    if (v->type != TREE_ARRAY || v->count == 0)
        return false;
    for (size_t i = v->first; i != 0; i = doc->nodes[i].next)
        if (!is_string(&doc->nodes[i]))
            return false;
    return true;
}

/* Whether the field can hold the value unchanged. */
static bool
fits_field(const struct record *r, const struct value *v, enum field field)
{
    if (field == KEYWORDS)
        return is_string_list(r->doc, v);
    if (field == PUBLISHED || field == UPDATED)
        return is_string(v) && date_is_plain(v->string);
    if (field == URL && !text_is(v->key, "url") && !text_is(v->key, "link"))
        return is_string(v) && memmem(v->string.data, v->string.len, "://",
                                      3) != NULL;
    return is_string(v) && v->string.len > 0;
}

/* ---- The same in other words ---- */

/* MongoDB's {"$date": ...} and {"$oid": ...}. */
static const struct value *
unwrap(const struct record *r, const struct value *v)
{
    const struct value *inner;

    if (v->type != TREE_OBJECT || v->count != 1)
        return v;
    inner = &r->doc->nodes[v->first];
    return inner->key.len > 1 && inner->key.data[0] == '$' ? inner : v;
}

/* Seconds, milliseconds or microseconds since 1970, told apart by their
 * size; from 1973 on. */
static bool
say_epoch(struct text t, struct sheaf_buf *out)
{
    uint64_t v = 0;
    size_t n = 0;
    char text[32];
    struct tm tm;
    time_t when;

    for (; n < t.len && t.data[n] >= '0' && t.data[n] <= '9' && n < 17; n++)
        v = v * 10 + (uint64_t)(t.data[n] - '0');
    if (n < t.len && t.data[n] != '.')
        return false;
    if (n < 9 || n > 16)
        return false;
    when = (time_t)(n >= 15 ? v / 1000000 : n >= 12 ? v / 1000 : v);
    if (gmtime_r(&when, &tm) == NULL || tm.tm_year > 8000 ||
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        return false;
    buf_add_str(out, text);
    return true;
}

static bool
say_date(const struct record *r, const struct value *v, struct sheaf_buf *out)
{
    char text[DATE_MAX];
    struct text t;

    v = unwrap(r, v);
    if (!is_string(v) && v->type != TREE_NUMBER)
        return false;
    t = v->type == TREE_NUMBER ? v->source : v->string;
    if (say_epoch(text_trim(t), out))
        return true;
    if (v->type == TREE_NUMBER && t.len != 8)
        return false;
    if (!date_convert(t, text))
        return false;
    buf_add_str(out, text);
    return true;
}

/* A person, a tag: a string, or an object with a name. */
static struct text
name_of(const struct record *r, const struct value *v)
{
    static const char *const keys[] = { "name", "full_name", "fullName",
                                        "display_name", "title", "slug",
                                        "literal" };

    if (is_string(v))
        return text_trim(v->string);
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        const struct value *name = tree_member(r->doc, v, keys[i]);

        if (is_string(name) && name->string.len > 0)
            return text_trim(name->string);
    }
    return text_from("", 0);
}

/* Joins names with `between`, or as JSON if that is NULL. */
static bool
say_names(const struct record *r, const struct value *v, const char *between,
          struct sheaf_buf *out)
{
    const struct value *one = v->type == TREE_ARRAY ? NULL : v;
    size_t i = v->type == TREE_ARRAY ? v->first : 0;

    while (one != NULL || i != 0) {
        struct text name = name_of(r, one != NULL ? one : &r->doc->nodes[i]);

        if (name.len > 0 && out->len > 0)
            buf_add_str(out, between != NULL ? between : ",");
        if (name.len > 0 && between != NULL)
            buf_add(out, name.data, name.len);
        else if (name.len > 0)
            canon_string(out, name);
        i = one != NULL ? 0 : r->doc->nodes[i].next;
        one = NULL;
    }
    return out->len > 0;
}

/* Makes a list of words between commas, or of names of objects. */
static bool
say_keywords(const struct record *r, const struct value *v,
             struct sheaf_buf *out)
{
    struct sheaf_buf list = { 0 };
    struct text rest = is_string(v) ? v->string : text_from("", 0);

    while (rest.len > 0) {
        const char *comma = memchr(rest.data, ',', rest.len);
        size_t n = comma != NULL ? (size_t)(comma - rest.data) : rest.len;
        struct text word = text_trim(text_from(rest.data, n));

        if (word.len > 0 && list.len > 0)
            buf_add_str(&list, ",");
        if (word.len > 0)
            canon_string(&list, word);
        n += comma != NULL;
        rest = text_from(rest.data + n, rest.len - n);
    }
    if (!is_string(v))
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
    if (!is_string(v) || v->string.len == 0)
        return false;
    buf_add(out, v->string.data, v->string.len);
    return true;
}

/* Members that text is in, where it comes in pieces: sections, blocks. */
static bool
holds_text(struct text key)
{
    static const char *const keys[] = {
        "text", "headline", "heading", "paragraphs", "paragraph", "summary",
        "sections", "content", "children", "body", "blocks", "value",
    };

    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (text_is(key, keys[i]))
            return true;
    return false;
}

/* All pieces of text in `v`, in their order, as paragraphs. */
static void
say_pieces(const struct record *r, const struct value *v,
           struct sheaf_buf *out)
{
    struct text t = is_string(v) ? text_trim(v->string) : text_from("", 0);

    if (t.len > 0 && out->len > 0)
        buf_add_str(out, "\n\n");
    buf_add(out, t.data, t.len);
    for (size_t i = v->first; i != 0; i = r->doc->nodes[i].next)
        if (v->type == TREE_ARRAY || holds_text(r->doc->nodes[i].key))
            say_pieces(r, &r->doc->nodes[i], out);
}

static bool
say_body(const struct record *r, const struct value *v,
         struct sheaf_buf *out)
{
    if (v->type == TREE_ARRAY || v->type == TREE_OBJECT)
        say_pieces(r, v, out);
    return out->len > 0 || say_string(r, v, out);
}

/* What is called url is one; of others only an address is. */
static bool
say_url(const struct value *v, struct sheaf_buf *out)
{
    if (!is_string(v) || memmem(v->string.data, v->string.len, "://", 3) ==
                             NULL)
        return false;
    buf_add(out, v->string.data, v->string.len);
    return true;
}

/* Converts `v` to the form of the field. */
static bool
say(const struct record *r, enum field field, const struct value *v,
    struct sheaf_buf *out)
{
    switch (field) {
    case PUBLISHED:
    case UPDATED:
        return say_date(r, v, out);
    case BYLINE:
        return say_names(r, v, ", ", out);
    case KEYWORDS:
        return say_keywords(r, v, out);
    case SECTION:
        return v->type != TREE_ARRAY && say_names(r, v, ", ", out);
    case BODY:
        return say_body(r, v, out);
    case URL:
        return say_url(v, out);
    case ID:
        if (v->type != TREE_NUMBER)
            return say_string(r, v, out);
        buf_add(out, v->source.data, v->source.len);
        return true;
    default:
        return say_string(r, v, out);
    }
}

/* ---- Filling in the fields ---- */

static bool
is_field(const struct record *r, const struct value *v)
{
    for (size_t f = 0; f < FIELD_COUNT; f++)
        if (r->field[f] == v)
            return true;
    return false;
}

/* Uses `v`, the member `key`, if it has content. */
static bool
choose(struct record *r, enum field f, const struct value *v,
       const char *key)
{
    if (v == NULL)
        return false;
    /* In mails and the like a subject is a headline. */
    if (f == KEYWORDS && strcmp(key, "subject") == 0 &&
        v->type != TREE_ARRAY)
        return false;
    if (is_member(r, v) && fits_field(r, v, f) && !is_field(r, v)) {
        r->field[f] = v;
        r->from[f] = key;
        return true;
    }
    if (say(r, f, v, &r->said[f])) {
        r->from[f] = key;
        return true;
    }
    r->said[f].len = 0;
    if (r->unclear[f] == NULL && is_string(v) && v->string.len > 0)
        r->unclear[f] = v;
    if (f == BODY && r->empty == NULL && is_string(v) && is_member(r, v))
        r->empty = v;
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
            (void)choose(r, f, select_value(r, m->selector), m->selector);
        }
    }
    return any;
}

static void
choose_fields(struct record *r)
{
    bool mapped[FIELD_COUNT];

    for (size_t f = 0; f < FIELD_COUNT; f++)
        mapped[f] = choose_mapped(r, (enum field)f);
    for (size_t i = 0; i < COUNT_OF(aliases); i++) {
        const struct alias *a = &aliases[i];

        for (size_t k = 0; k < COUNT_OF(a->keys) && a->keys[k] != NULL &&
                           !mapped[a->field] && r->from[a->field] == NULL;
             k++)
            (void)choose(r, a->field, lookup(r, a->keys[k]), a->keys[k]);
    }
    /* Every known body is empty: so is the body of the article. */
    if (r->from[BODY] == NULL && r->empty != NULL) {
        r->field[BODY] = r->empty;
        r->from[BODY] = "";
    }
}

/* What an item of a JSON Feed does not say is that of the feed. */
static void
inherit(struct record *r, const struct records *all)
{
    static const struct {
        enum field field;
        const char *key;
    } keys[] = {
        { LANG, "language" }, { BYLINE, "authors" }, { BYLINE, "author" },
    };
    const struct record feed = { .doc = all->outer_doc,
                                 .object = all->outer };
    const struct value *v = all->outer != NULL
                                ? tree_member(feed.doc, feed.object, "version")
                                : NULL;

    if (!is_string(v) ||
        memmem(v->string.data, v->string.len, "://jsonfeed.org/version/", 24) ==
            NULL)
        return;
    for (size_t i = 0; i < COUNT_OF(keys); i++) {
        enum field f = keys[i].field;

        v = tree_member(feed.doc, feed.object, keys[i].key);
        if (r->from[f] == NULL && v != NULL && say(&feed, f, v, &r->said[f]))
            r->from[f] = keys[i].key;
    }
}

static struct text
text_of_field(const struct record *r, enum field f)
{
    return r->field[f] != NULL ? r->field[f]->string
                               : text_of_buf(&r->said[f]);
}

static void
write_keys(const struct record *r, struct sheaf_buf *out)
{
    buf_add_str(out, "{");
    for (size_t i = 0; i < r->count; i++) {
        for (size_t f = 0; f < FIELD_COUNT; f++) {
            if (r->field[f] == r->members[i]) {
                canon_key(out, r->members[i]->key);
                canon_string(out, text_of(field_names[f]));
            }
        }
    }
    buf_add_str(out, "}");
    if (out->len == 2)
        out->len = 0;
}

/* Members whose keys metadata cannot have, as the text of one object. */
static void
write_odd_members(const struct record *r, struct sheaf_buf *ext)
{
    struct sheaf_buf text = { 0 };

    for (size_t i = 0; i < r->count; i++) {
        const struct value *v = r->members[i];

        if (tree_key_fits(v))
            continue;
        buf_add_str(&text, text.len == 0 ? "{" : ",");
        buf_add(&text, v->key_source.data, v->key_source.len);
        buf_add_str(&text, ":");
        buf_add(&text, v->source.data, v->source.len);
    }
    if (text.len > 0) {
        buf_add_str(&text, "}");
        canon_key(ext, text_of("$members"));
        buf_add_str(ext, "{\"$json\":");
        canon_string(ext, text_from(text.data, text.len));
        buf_add_str(ext, "}");
    }
    sheaf_buf_free(&text);
}

static void
write_ext(const struct record *r, struct sheaf_buf *ext)
{
    bool odd_done = false;

    buf_add_str(ext, "{");
    for (size_t i = 0; i < r->count; i++) {
        const struct value *v = r->members[i];

        if (!tree_key_fits(v) || is_field(r, v))
            continue;
        if (!odd_done && text_compare(v->key, text_of("$members")) > 0) {
            write_odd_members(r, ext);
            odd_done = true;
        }
        canon_key(ext, v->key);
        tree_canon(ext, r->doc, v, META_DEPTH - 2);
    }
    if (!odd_done)
        write_odd_members(r, ext);
    buf_add_str(ext, "}");
    if (ext->len == 2)
        ext->len = 0;
}

/* A field with converted content leaves its member in ext. */
static void
detach(struct record *r, enum field f)
{
    if (r->field[f] == NULL)
        return;
    buf_add(&r->said[f], r->field[f]->string.data, r->field[f]->string.len);
    r->field[f] = NULL;
}

/* 12 and "12" are two articles if an input has both: the kind that comes
 * second gets another ID, a new string. */
static char *
told_apart(struct records *all, const struct record *r)
{
    const struct value *v = find_member(r, text_of("id"));
    bool *same, *other;
    struct text t;

    if (v == NULL || (v->type != TREE_NUMBER && !is_string(v)))
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

/* Chooses the ID: the record's own, its URL, a weaker ID, or its place. */
static void
fill_id(const struct record *r, struct meta *m, const char *apart,
        const struct value *hit_id, const char *fallback)
{
    static const char *const lesser[] = { "guid", "articleid", "uuid",
                                          "id.$oid" };

    m->id = apart != NULL ? text_of(apart) : text_of_field(r, ID);
    if (m->id.len == 0)
        m->id = m->url;
    for (size_t i = 0; i < COUNT_OF(lesser) && m->id.len == 0; i++) {
        const struct value *v = lookup(r, lesser[i]);

        if (is_string(v))
            m->id = v->string;
        else if (v != NULL && v->type == TREE_NUMBER)
            m->id = v->source;
    }
    if (m->id.len == 0 && is_string(hit_id))
        m->id = hit_id->string;
    if (m->id.len == 0) {
        m->id = text_of(fallback);
        meta_guess(m, "id");
    }
}

static void
fill_meta(const struct record *r, struct meta *m)
{
    m->url = text_of_field(r, URL);
    m->headline = text_of_field(r, HEADLINE);
    m->published = text_of_field(r, PUBLISHED);
    m->updated = text_of_field(r, UPDATED);
    m->section = text_of_field(r, SECTION);
    m->lang = text_of_field(r, LANG);
    m->summary = text_of_field(r, SUMMARY);
    m->byline = text_of_field(r, BYLINE);
    if (r->field[KEYWORDS] != NULL)
        tree_canon(&m->keywords, r->doc, r->field[KEYWORDS], META_DEPTH - 1);
    else
        buf_add(&m->keywords, r->said[KEYWORDS].data, r->said[KEYWORDS].len);
    ninjs_media(r->doc, r->object, &m->media);
    write_keys(r, &m->keys);
    write_ext(r, &m->ext);
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

static const char *
type_of(const struct records *all, const struct record *r, struct text body)
{
    const char *from = r->from[BODY];
    size_t at = 0;
    const struct map_line *m = map_next("type", &at);

    if (m != NULL)
        return m->selector;
    if (all->type != NULL)
        return all->type;
    return strstr(from, "html") != NULL || strstr(from, "rendered") != NULL ||
                   looks_like_html(body) || is_fragment(body)
               ? TYPE_HTML
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

static void
warn_of(const struct record *r, const char *place, const char *apart)
{
    for (size_t f = PUBLISHED; f <= UPDATED; f++) {
        if (r->from[f] == NULL && r->unclear[f] != NULL) {
            struct text t = text_cut(r->unclear[f]->string, 60);

            warn(place, "'%.*s' is not certainly a date; it is kept as text",
                 (int)t.len, t.data);
        }
    }
    ninjs_warn(r->doc, r->object, place);
    if (text_of_field(r, BODY).len == 0)
        warn(place, "the body is empty");
    if (apart != NULL)
        warn(place,
             "IDs are numbers and strings in this input; this one is %s",
             apart);
}

static char *
fallback_id(const struct records *all, uint64_t line)
{
    const char *base = all->item->id;

    return base == NULL  ? format_text("%s", "")
           : all->alone ? format_text("%s", base)
                        : format_text("%s:%llu", base,
                                      (unsigned long long)line);
}

static void
make_article(struct records *all, struct record *r, struct meta *m,
             const char *place, struct text source)
{
    char *apart = told_apart(all, r);
    char *fallback = fallback_id(all, m->line);
    struct text body = text_of_field(r, BODY);
    struct part parts[2] = { { SHEAF_ROLE_BODY, type_of(all, r, body),
                               body.len, body.data } };

    if (apart != NULL || asked.id_prefix[0] != '\0')
        detach(r, ID);
    if (all->raw != NULL)
        parts[1] = *all->raw;
    fill_meta(r, m);
    fill_id(r, m, apart,
            all->hit != NULL ? tree_member(r->doc, all->hit, "_id") : NULL,
            fallback);
    if (emit(place, m, parts, all->raw != NULL ? 2 : 1, source))
        warn_of(r, place, apart);
    mem_free(apart);
    mem_free(fallback);
}

/* The list of records in the object, or NULL. */
static const struct value *
find_list(const struct record *r)
{
    for (size_t i = 0; i < COUNT_OF(lists); i++) {
        const struct value *v = tree_pointer(r->doc, r->object, lists[i]);

        if (v != NULL && v->type == TREE_ARRAY && v->count > 0 &&
            r->doc->nodes[v->first].type == TREE_OBJECT)
            return v;
    }
    return NULL;
}

/* Elasticsearch wraps each record in a hit. */
static const struct value *
unwrap_hit(struct records *all, const struct tree *tree,
           const struct value *v)
{
    const struct value *inner = tree_member(tree, v, "_source");

    all->hit = inner != NULL && inner->type == TREE_OBJECT ? v : NULL;
    return all->hit != NULL ? inner : v;
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
    if (v->type == TREE_OBJECT)
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

/* The list is in the object `outer`. */
static void
import_list(struct records *all, const struct tree *tree,
            const struct value *outer, const struct value *list,
            const char *place)
{
    uint64_t number = 0;

    all->alone = false;
    all->outer_doc = tree;
    all->outer = outer;
    for (size_t i = list->first; i != 0; i = tree->nodes[i].next) {
        const struct value *v = &tree->nodes[i];
        char *inner = format_text("%s: record %llu", place,
                                  (unsigned long long)++number);

        import_listed(all, tree, v, inner, number);
        mem_free(inner);
    }
    all->outer = NULL;
    all->outer_doc = NULL;
}

static void
import_object(struct records *all, const struct tree *tree,
              const struct value *object, const char *place, uint64_t line,
              struct text source, bool listed)
{
    struct record r = { .doc = tree, .object = object,
                        .count = object->count, .mapped = all->mapped };
    const struct value *list = NULL;
    struct meta m;

    r.members = tree_sorted(tree, object);
    name_members(&r);
    choose_fields(&r);
    inherit(&r, all);
    meta_start(&m, all->item);
    if (m.file.len == 0 && all->item->id != NULL)
        m.file = text_of(all->item->id);
    m.line = line;
    if (r.from[BODY] == NULL && !listed)
        list = find_list(&r);
    if (list != NULL)
        import_list(all, tree, object, list, place);
    else if (r.from[BODY] == NULL)
        reject_bodiless(&r, place, source);
    else
        make_article(all, &r, &m, place, source);
    meta_free(&m);
    for (size_t f = 0; f < FIELD_COUNT; f++)
        sheaf_buf_free(&r.said[f]);
    mem_free(r.members);
    mem_free(r.named);
    mem_free(r.names);
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
            import_list(all, tree, object, v, place);
        else if (v != NULL && v->type == TREE_OBJECT)
            import_object(all, tree, v, place, line, source, true);
        else
            reject(EXIT_FAILED, place, source, "it has no %s", m->selector);
        return;
    }
    import_object(all, tree, object, place, line, source, false);
}

bool
record_has_body(struct text name)
{
    char *plain = mem_new(name.len, 1);
    struct text t = plain_name(name, plain);
    bool good = false;

    for (size_t i = 0; i < COUNT_OF(aliases) && !good; i++)
        for (size_t k = 0; k < COUNT_OF(aliases[i].keys) &&
                           aliases[i].keys[k] != NULL; k++)
            good = good || (aliases[i].field == BODY &&
                            text_is(t, aliases[i].keys[k]));
    mem_free(plain);
    return good;
}
