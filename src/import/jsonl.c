/*
 * jsonl.c - one JSON object a line.
 *
 * Each member of the object goes to exactly one place: it is the body, or a
 * field that holds its value unchanged, or it stays as it is in `ext`. What
 * went where is noted in source.keys, so that an equal object can be made
 * of the article again:
 *
 *   for each key -> field in source.keys: out[key] = body text or meta[field]
 *   and all of ext, where {"$json": text} stands for the value of that text,
 *   and the members of the object in ext.$members.$json are out's own.
 */
#include "import/import.h"

#include <stdlib.h>

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

/* In order of preference for each field. */
static const struct {
    const char *key;
    enum field field;
} aliases[] = {
    { "body", BODY },             { "text", BODY },
    { "content", BODY },          { "articleBody", BODY },
    { "id", ID },                 { "url", URL },
    { "link", URL },              { "headline", HEADLINE },
    { "title", HEADLINE },        { "published", PUBLISHED },
    { "date", PUBLISHED },        { "date_published", PUBLISHED },
    { "datePublished", PUBLISHED }, { "updated", UPDATED },
    { "modified", UPDATED },      { "date_modified", UPDATED },
    { "dateModified", UPDATED },  { "section", SECTION },
    { "category", SECTION },      { "lang", LANG },
    { "language", LANG },         { "summary", SUMMARY },
    { "description", SUMMARY },   { "byline", BYLINE },
    { "author", BYLINE },         { "keywords", KEYWORDS },
    { "tags", KEYWORDS },
};

struct record {
    const struct json_doc *doc;
    const struct json **members; /* in order of their keys */
    size_t count;
    const struct json *field[FIELD_COUNT]; /* what fits there unchanged */
};

static bool
is_string_list(const struct json_doc *doc, const struct json *v)
{
    if (v->type != JSON_ARRAY || v->count == 0)
        return false;
    for (size_t i = v->first; i != 0; i = doc->nodes[i].next)
        if (doc->nodes[i].type != JSON_STRING || doc->nodes[i].odd)
            return false;
    return true;
}

static bool
fits_field(const struct record *r, const struct json *v, enum field field)
{
    bool string = v->type == JSON_STRING && !v->odd;

    if (field == BODY)
        return string;
    if (field == KEYWORDS)
        return is_string_list(r->doc, v);
    if (field == PUBLISHED || field == UPDATED)
        return string && date_is_plain(v->string);
    return string && v->string.len > 0;
}

static const struct json *
member(const struct record *r, const char *key)
{
    size_t low = 0, high = r->count;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = text_compare(r->members[mid]->key, text_of(key));

        if (c == 0)
            return r->members[mid];
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

static void
assign_fields(struct record *r)
{
    memset(r->field, 0, sizeof r->field);
    for (size_t i = 0; i < COUNT_OF(aliases); i++) {
        enum field f = aliases[i].field;
        const struct json *v = member(r, aliases[i].key);

        if (r->field[f] == NULL && v != NULL && fits_field(r, v, f))
            r->field[f] = v;
    }
}

/* Where no member fits as it is, one may still say the same in other words;
 * it stays in ext as well. */
static void
convert_date(const struct record *r, enum field field, char text[DATE_MAX],
             struct text *out)
{
    for (size_t i = 0; i < COUNT_OF(aliases) && out->len == 0; i++) {
        const struct json *v = NULL;

        if (aliases[i].field == field)
            v = member(r, aliases[i].key);
        if (v != NULL && v->type == JSON_STRING && !v->odd &&
            date_convert(v->string, text))
            *out = text_of(text);
    }
}

static struct text
string_of(const struct json *v)
{
    return v != NULL ? v->string : text_from("", 0);
}

static bool
is_field(const struct record *r, const struct json *v)
{
    for (size_t f = 0; f < FIELD_COUNT; f++)
        if (r->field[f] == v)
            return true;
    return false;
}

static void
write_keys(const struct record *r, struct buf *out)
{
    buf_str(out, "{");
    for (size_t i = 0; i < r->count; i++) {
        for (size_t f = 0; f < FIELD_COUNT; f++) {
            if (r->field[f] == r->members[i]) {
                canon_key(out, r->members[i]->key);
                canon_string(out, text_of(field_names[f]));
            }
        }
    }
    buf_str(out, "}");
    if (out->len == 2)
        out->len = 0;
}

/* Members whose keys metadata can't have, as one object's text. */
static void
write_odd_members(const struct record *r, struct buf *ext)
{
    struct buf text = { 0 };

    for (size_t i = 0; i < r->count; i++) {
        const struct json *v = r->members[i];

        if (json_key_fits(v))
            continue;
        buf_str(&text, text.len == 0 ? "{" : ",");
        buf_add(&text, v->key_source.data, v->key_source.len);
        buf_str(&text, ":");
        buf_add(&text, v->source.data, v->source.len);
    }
    if (text.len > 0) {
        buf_str(&text, "}");
        canon_key(ext, text_of("$members"));
        buf_str(ext, "{\"$json\":");
        canon_string(ext, text_from(text.data, text.len));
        buf_str(ext, "}");
    }
    buf_free(&text);
}

static void
write_ext(const struct record *r, struct buf *ext)
{
    bool odd_done = false;

    buf_str(ext, "{");
    for (size_t i = 0; i < r->count; i++) {
        const struct json *v = r->members[i];

        if (!json_key_fits(v) || is_field(r, v))
            continue;
        if (!odd_done && text_compare(v->key, text_of("$members")) > 0) {
            write_odd_members(r, ext);
            odd_done = true;
        }
        canon_key(ext, v->key);
        canon_json(ext, r->doc, v, META_DEPTH - 2);
    }
    if (!odd_done)
        write_odd_members(r, ext);
    buf_str(ext, "}");
    if (ext->len == 2)
        ext->len = 0;
}

static void
fill_meta(const struct record *r, struct meta *m, const char *fallback_id)
{
    const struct json *id = member(r, "id");

    m->url = string_of(r->field[URL]);
    m->headline = string_of(r->field[HEADLINE]);
    m->published = string_of(r->field[PUBLISHED]);
    m->updated = string_of(r->field[UPDATED]);
    m->section = string_of(r->field[SECTION]);
    m->lang = string_of(r->field[LANG]);
    m->summary = string_of(r->field[SUMMARY]);
    m->byline = string_of(r->field[BYLINE]);
    convert_date(r, PUBLISHED, m->published_text, &m->published);
    convert_date(r, UPDATED, m->updated_text, &m->updated);
    if (r->field[KEYWORDS] != NULL)
        canon_json(&m->keywords, r->doc, r->field[KEYWORDS], META_DEPTH - 1);

    /* A number is an ID as good as any; as a number it stays in ext. */
    m->id = string_of(r->field[ID]);
    if (m->id.len == 0 && id != NULL && id->type == JSON_NUMBER)
        m->id = id->source;
    if (m->id.len == 0)
        m->id = m->url;
    if (m->id.len == 0)
        m->id = text_of(fallback_id);
    write_keys(r, &m->keys);
    write_ext(r, &m->ext);
}

static void
import_record(const struct json_doc *doc, const struct item *item,
              const char *place, uint64_t line)
{
    struct record r = { .doc = doc, .count = doc->nodes[0].count };
    struct text body, text;
    struct meta m;
    char *fallback;

    fallback = item->id == NULL
                   ? format_text("%s", "")
                   : format_text("%s:%llu", item->id,
                                 (unsigned long long)line);
    r.members = json_sorted(doc, &doc->nodes[0]);
    assign_fields(&r);
    meta_start(&m, item);
    m.line = line;
    fill_meta(&r, &m, fallback);
    body = string_of(r.field[BODY]);
    text = meta_line(&m, place);
    out_article(place, text, looks_like_html(body) ? TYPE_HTML : TYPE_TEXT,
                body.len);
    out_bytes(body.data, body.len);
    meta_free(&m);
    free(r.members);
    free(fallback);
}

static void
import_line(struct json_doc *doc, const struct item *item, struct text line,
            uint64_t number)
{
    char *place = format_text("%s:%llu", item->place,
                              (unsigned long long)number);
    bool good = json_parse(doc, line);

    if (!good || doc->nodes[0].type != JSON_OBJECT) {
        char *column = format_text("%s:%zu", place, good ? 1 : doc->at + 1);

        die(EXIT_FAILED, column, "%s", good ? "'{' expected" : doc->wrong);
    }
    import_record(doc, item, place, number);
    free(place);
}

/* Nothing but what JSON calls white space: other lines must be records. */
static bool
is_blank(struct text line)
{
    for (size_t i = 0; i < line.len; i++)
        if (line.data[i] != ' ' && line.data[i] != '\t' &&
            line.data[i] != '\r')
            return false;
    return true;
}

void
import_jsonl(struct item *item)
{
    struct json_doc doc = { 0 };
    struct text line;
    uint64_t number = 0;

    while (input_line(item->in, &line)) {
        number++;
        if (number == 1 && text_begins(line, "\xEF\xBB\xBF"))
            line = text_from(line.data + 3, line.len - 3);
        if (!is_blank(line))
            import_line(&doc, item, line, number);
    }
    json_free(&doc);
}

bool
looks_like_jsonl(struct text head)
{
    struct json_doc doc = { 0 };
    struct text line;
    bool good = false;

    head = text_trim(head);
    if (head.len == 0 || head.data[0] != '{' || !text_line(&head, &line))
        return false;
    if (json_parse(&doc, line)) {
        for (size_t i = doc.nodes[0].first; i != 0; i = doc.nodes[i].next)
            good = good || (doc.nodes[i].type == JSON_STRING &&
                            (text_is(doc.nodes[i].key, "text") ||
                             text_is(doc.nodes[i].key, "body") ||
                             text_is(doc.nodes[i].key, "content")));
    }
    json_free(&doc);
    return good;
}
