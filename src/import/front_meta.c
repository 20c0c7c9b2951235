/*
 * front_meta.c - what the pairs of a front matter mean.
 */
#include "import/front.h"

#include "import/record_fields.h"

/* What has no field of a record. */
enum { SLUG = FIELD_COUNT, DRAFT, STATUS, SAID_COUNT };

/* Names in Hugo, Jekyll, Eleventy, Zola, Pelican, Material for MkDocs,
 * Asciidoctor and Obsidian, the best name first. Those of records follow. */
static const char *const names[SAID_COUNT][11] = {
    [HEADLINE] = { "title", "headline" },
    [PUBLISHED] = { "date", "date.created", "published", "publishdate",
                    "pubdate", "created", "date_published", "published_at",
                    "created_at", "revdate" },
    [UPDATED] = { "lastmod", "updated", "modified", "date_modified",
                  "last_modified_at", "updated_at", "date.updated" },
    [BYLINE] = { "author", "authors", "byline", "extra.author",
                 "params.author" },
    [KEYWORDS] = { "tags", "keywords", "taxonomies.tags", "tag", "filetags" },
    [SECTION] = { "section", "category", "categories",
                  "taxonomies.categories" },
    [SUMMARY] = { "summary", "description", "excerpt", "abstract" },
    [LANG] = { "lang", "language", "locale" },
    [URL] = { "canonical_url", "canonicalurl", "url", "permalink" },
    [SLUG] = { "slug" },
    [DRAFT] = { "draft" },
    [STATUS] = { "status" },
};

/* What is said: by the names above, or else by those that records have. */
struct said {
    const struct front *front;
    struct record record;
};

/* ---- The pairs as a record ---- */

/* An author, and so on, may be a table with a name in it. */
static struct text
key_of(const struct front_pair *p)
{
    struct text key = p->key;

    if (text_ends(key, ".name"))
        key.len -= strlen(".name");
    return key;
}

/* Adds the values under the key of pair `i`: a string, or a list of several.
 * Nothing if there was one before it. */
static void
add_values(const struct front *f, size_t i, struct sheaf_buf *out)
{
    struct text key = key_of(&f->pairs[i]);
    struct sheaf_buf list = { 0 };
    size_t count = 0;

    for (size_t k = 0; k < f->count; k++) {
        if (text_compare(key_of(&f->pairs[k]), key) != 0)
            continue;
        if (k < i)
            return;
        if (count++ > 0)
            buf_add_str(&list, ",");
        canon_string(&list, f->pairs[k].value);
    }
    canon_key(out, key);
    buf_add_str(out, count > 1 ? "[" : "");
    buf_add(out, list.data, list.len);
    buf_add_str(out, count > 1 ? "]" : "");
    sheaf_buf_free(&list);
}

static void
add_object(const struct front *f, struct sheaf_buf *out)
{
    buf_add_str(out, "{");
    for (size_t i = 0; i < f->count; i++)
        add_values(f, i, out);
    buf_add_str(out, "}");
}

/* ---- What they say ---- */

static bool
has_key(const struct front_pair *p, const char *name)
{
    struct text key = key_of(p);

    return key.len == strlen(name) && text_begins(key, name);
}

/* The next pair of that meaning from place *at on; NULL if there is none. */
static const struct front_pair *
next_said(const struct front *f, size_t what, size_t *at)
{
    for (size_t k = 0; k < COUNT_OF(names[0]) && names[what][k]; k++) {
        bool there = false;

        for (size_t i = 0; i < f->count; i++) {
            if (!has_key(&f->pairs[i], names[what][k]))
                continue;
            there = true;
            if (i >= *at) {
                *at = i + 1;
                return &f->pairs[i];
            }
        }
        if (there)
            return NULL;
    }
    return NULL;
}

static struct text
first_said(const struct front *f, size_t what)
{
    size_t at = 0;
    const struct front_pair *p = next_said(f, what, &at);

    return p != NULL ? p->value : text_from("", 0);
}

static struct text
keep(struct meta *m, struct text t, size_t max)
{
    return meta_keep(m, text_trim(text_cut(t, max)));
}

/* What the record says, if a name that is not its own does not. */
static struct text
of_record(const struct said *s, enum field what)
{
    return s->record.from[what] != NULL ? record_text(&s->record, what)
                                        : text_from("", 0);
}

static struct text
said(const struct said *s, enum field what)
{
    struct text t = first_said(s->front, what);

    return t.len > 0 ? t : of_record(s, what);
}

/* Joins the items of a list: "A, B". */
static struct text
join_authors(struct meta *m, const struct front *f)
{
    struct sheaf_buf all = { 0 };
    const struct front_pair *p;
    struct text kept;
    size_t at = 0;

    while ((p = next_said(f, BYLINE, &at)) != NULL) {
        if (all.len > 0)
            buf_add_str(&all, ", ");
        buf_add(&all, p->value.data, p->value.len);
    }
    kept = keep(m, text_of_buf(&all), SUMMARY_MAX);
    sheaf_buf_free(&all);
    return kept;
}

static void
add_tags(struct meta *m, const struct said *s)
{
    const struct front_pair *p;
    bool any = false;
    size_t at = 0;

    while ((p = next_said(s->front, KEYWORDS, &at)) != NULL) {
        if (!any)
            m->keywords.len = 0;
        buf_add_str(&m->keywords, any ? "," : "[");
        canon_string(&m->keywords, p->value);
        any = true;
    }
    if (any) {
        buf_add_str(&m->keywords, "]");
    } else if (s->record.from[KEYWORDS] != NULL) {
        m->keywords.len = 0;
        record_copy(&s->record, KEYWORDS, &m->keywords);
    }
}

/* Pairs for which metadata has no field. */
static void
add_ext(struct meta *m, const struct front *f)
{
    struct text slug = first_said(f, SLUG);
    bool draft = text_is(first_said(f, DRAFT), "true") ||
                 text_is(first_said(f, STATUS), "draft");

    if (slug.len == 0 && !draft)
        return;
    buf_add_str(&m->ext, draft ? "{\"draft\":true" : "{");
    if (slug.len > 0) {
        canon_key(&m->ext, text_of("slug"));
        canon_string(&m->ext, slug);
    }
    buf_add_str(&m->ext, "}");
}

/* A field that the front matter does not state stays as it is. */
static void
take(struct meta *m, struct text *field, struct text t, size_t max)
{
    if (t.len > 0)
        *field = keep(m, t, max);
}

/* What should be a date and is none, or nothing. */
static struct text
unclear(const struct said *s, enum field what)
{
    const struct value *v = s->record.unclear[what];
    struct text t = first_said(s->front, what);

    if (t.len > 0 || v == NULL)
        return t;
    return v->type == TREE_STRING ? v->string : v->source;
}

/* False: there is none. One that is none is not lost in silence. */
static bool
take_date(struct meta *m, const struct said *s, enum field what,
          struct text *field, char room[DATE_MAX])
{
    char date[DATE_MAX], *doubt;
    struct text t;

    if (date_convert(first_said(s->front, what), date) ||
        date_convert(of_record(s, what), date)) {
        memcpy(room, date, sizeof date);
        *field = text_of(room);
        return true;
    }
    t = text_first_line(text_cut(unclear(s, what), 60));
    if (t.len > 0) {
        doubt = format_text("'%.*s' is not certainly a date", (int)t.len,
                            t.data);
        meta_doubt(m, doubt);
        mem_free(doubt);
    }
    return false;
}

static void
fill(const struct said *s, struct meta *m)
{
    struct text url = said(s, URL), lang = said(s, LANG);

    take(m, &m->headline, said(s, HEADLINE), HEADLINE_MAX);
    take(m, &m->summary, said(s, SUMMARY), SUMMARY_MAX);
    take(m, &m->section, said(s, SECTION), HEADLINE_MAX);
    if (first_said(s->front, BYLINE).len > 0)
        m->byline = join_authors(m, s->front);
    else
        take(m, &m->byline, of_record(s, BYLINE), SUMMARY_MAX);
    m->dated = take_date(m, s, PUBLISHED, &m->published, m->published_text);
    (void)take_date(m, s, UPDATED, &m->updated, m->updated_text);
    if (url.len < 2000 && memchr(url.data, ' ', url.len) == NULL &&
        (text_begins(url, "https://") || text_begins(url, "http://")))
        m->url = keep(m, url, 2000);
    if (lang.len >= 2 && lang.len <= 35)
        m->lang = keep(m, lang, 35);
    add_tags(m, s);
    add_ext(m, s->front);
}

void
front_meta(const struct front *f, struct meta *m)
{
    struct tree tree = { 0 };
    struct said s = { .front = f };

    if (f->count == 0)
        return;
    m->front.len = 0;
    add_object(f, &m->front);
    if (tree_parse(&tree, text_of_buf(&m->front)))
        record_open_beside(&s.record, &tree, &tree.nodes[0]);
    fill(&s, m);
    record_close(&s.record);
    tree_free(&tree);
}
