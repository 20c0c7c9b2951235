/*
 * front_meta.c - what the pairs of a front matter mean.
 */
#include "import/front.h"

enum said {
    TITLE,
    DATE,
    UPDATED,
    AUTHOR,
    TAGS,
    SECTION,
    SUMMARY,
    LANG,
    URL,
    SLUG,
    DRAFT,
    STATUS,
    SAID_COUNT
};

/* Names in Hugo, Jekyll, Eleventy, Zola, Pelican, Material for MkDocs,
 * Asciidoctor and Obsidian, the best name first. */
static const char *const names[SAID_COUNT][11] = {
    [TITLE] = { "title", "headline" },
    [DATE] = { "date", "date.created", "published", "publishdate", "pubdate",
               "created", "date_published", "published_at", "created_at",
               "revdate" },
    [UPDATED] = { "lastmod", "updated", "modified", "date_modified",
                  "last_modified_at", "updated_at", "date.updated" },
    [AUTHOR] = { "author", "authors", "byline", "extra.author",
                 "params.author" },
    [TAGS] = { "tags", "keywords", "taxonomies.tags", "tag", "filetags" },
    [SECTION] = { "section", "category", "categories",
                  "taxonomies.categories" },
    [SUMMARY] = { "summary", "description", "excerpt", "abstract" },
    [LANG] = { "lang", "language", "locale" },
    [URL] = { "canonical_url", "canonicalurl", "url", "permalink" },
    [SLUG] = { "slug" },
    [DRAFT] = { "draft" },
    [STATUS] = { "status" },
};

/* An author may be a table with a name in it. */
static bool
has_key(const struct front_pair *p, const char *key)
{
    size_t n = strlen(key);

    return text_begins(p->key, key) &&
           (p->key.len == n ||
            text_is(text_from(p->key.data + n, p->key.len - n), ".name"));
}

/* The next pair of that meaning from place *at on; NULL if there is none. */
static const struct front_pair *
next_said(const struct front *f, enum said what, size_t *at)
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
first_said(const struct front *f, enum said what)
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

/* Joins the items of a list: "A, B". */
static struct text
join_authors(struct meta *m, const struct front *f)
{
    struct sheaf_buf all = { 0 };
    const struct front_pair *p;
    struct text kept;
    size_t at = 0;

    while ((p = next_said(f, AUTHOR, &at)) != NULL) {
        if (all.len > 0)
            buf_add_str(&all, ", ");
        buf_add(&all, p->value.data, p->value.len);
    }
    kept = keep(m, text_of_buf(&all), SUMMARY_MAX);
    sheaf_buf_free(&all);
    return kept;
}

static void
add_tags(struct meta *m, const struct front *f)
{
    const struct front_pair *p;
    bool any = false;
    size_t at = 0;

    while ((p = next_said(f, TAGS, &at)) != NULL) {
        if (!any)
            m->keywords.len = 0;
        buf_add_str(&m->keywords, any ? "," : "[");
        canon_string(&m->keywords, p->value);
        any = true;
    }
    if (any)
        buf_add_str(&m->keywords, "]");
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

/* A date that is none is not lost in silence. */
static void
take_date(struct meta *m, struct text *field, struct text t,
          char room[DATE_MAX])
{
    char date[DATE_MAX], *doubt;

    if (t.len == 0)
        return;
    if (date_convert(t, date)) {
        memcpy(room, date, sizeof date);
        *field = text_of(room);
        return;
    }
    t = text_first_line(text_cut(t, 60));
    doubt = format_text("'%.*s' is not certainly a date", (int)t.len, t.data);
    meta_doubt(m, doubt);
    mem_free(doubt);
}

void
front_meta(const struct front *f, struct meta *m)
{
    struct text url = first_said(f, URL);
    struct text lang = first_said(f, LANG);

    take(m, &m->headline, first_said(f, TITLE), HEADLINE_MAX);
    take(m, &m->summary, first_said(f, SUMMARY), SUMMARY_MAX);
    take(m, &m->section, first_said(f, SECTION), HEADLINE_MAX);
    if (first_said(f, AUTHOR).len > 0)
        m->byline = join_authors(m, f);
    take_date(m, &m->published, first_said(f, DATE), m->published_text);
    take_date(m, &m->updated, first_said(f, UPDATED), m->updated_text);
    if (url.len < 2000 && memchr(url.data, ' ', url.len) == NULL &&
        (text_begins(url, "https://") || text_begins(url, "http://")))
        m->url = keep(m, url, 2000);
    if (lang.len >= 2 && lang.len <= 35)
        m->lang = keep(m, lang, 35);
    add_tags(m, f);
    add_ext(m, f);
}

bool
front_is_dated(const struct front *f)
{
    char date[DATE_MAX];

    return date_convert(first_said(f, DATE), date);
}
