/*
 * markdown.c - the metadata of Markdown: its front matter, its first heading.
 */
#include "import/import.h"

#include "import/front.h"

/* ---- Front matter ---- */

enum said { TITLE, DATE, UPDATED, AUTHOR, TAGS, SECTION, SUMMARY, LANG, URL,
            SLUG, DRAFT, SAID_COUNT };

/* Names in Hugo, Jekyll, Eleventy, Zola, Pelican and Obsidian, the best
 * name first. */
static const char *const names[SAID_COUNT][9] = {
    [TITLE] = { "title", "headline" },
    [DATE] = { "date", "published", "publishdate", "pubdate", "created",
               "date_published", "published_at", "created_at" },
    [UPDATED] = { "lastmod", "updated", "modified", "date_modified",
                  "last_modified_at", "updated_at" },
    [AUTHOR] = { "author", "authors", "byline", "extra.author",
                 "params.author" },
    [TAGS] = { "tags", "keywords", "taxonomies.tags", "tag" },
    [SECTION] = { "section", "category", "categories",
                  "taxonomies.categories" },
    [SUMMARY] = { "summary", "description", "excerpt", "abstract" },
    [LANG] = { "lang", "language", "locale" },
    [URL] = { "canonical_url", "canonicalurl", "url", "permalink" },
    [SLUG] = { "slug" },
    [DRAFT] = { "draft" },
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
    const uint8_t *to = m->notes.data + m->notes.len;

    t = text_trim(text_cut(t, max));
    assert(m->notes.cap - m->notes.len >= t.len);
    buf_add(&m->notes, t.data, t.len);
    return text_from(to, t.len);
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
    size_t at = 0;

    while ((p = next_said(f, TAGS, &at)) != NULL) {
        buf_add_str(&m->keywords, m->keywords.len == 0 ? "[" : ",");
        canon_string(&m->keywords, p->value);
    }
    if (m->keywords.len > 0)
        buf_add_str(&m->keywords, "]");
}

/* Pairs for which metadata has no field. */
static void
add_ext(struct meta *m, const struct front *f)
{
    struct text slug = first_said(f, SLUG);
    bool draft = text_is(first_said(f, DRAFT), "true");

    if (slug.len == 0 && !draft)
        return;
    buf_add_str(&m->ext, draft ? "{\"draft\":true" : "{");
    if (slug.len > 0) {
        canon_key(&m->ext, text_of("slug"));
        canon_string(&m->ext, slug);
    }
    buf_add_str(&m->ext, "}");
}

static void
take_front(struct meta *m, const struct front *f)
{
    struct text url = first_said(f, URL);
    struct text lang = first_said(f, LANG);

    buf_reserve(&m->notes, 4 * SUMMARY_MAX);
    m->headline = keep(m, first_said(f, TITLE), HEADLINE_MAX);
    m->summary = keep(m, first_said(f, SUMMARY), SUMMARY_MAX);
    m->section = keep(m, first_said(f, SECTION), HEADLINE_MAX);
    m->byline = join_authors(m, f);
    if (date_convert(first_said(f, DATE), m->published_text))
        m->published = text_of(m->published_text);
    if (date_convert(first_said(f, UPDATED), m->updated_text))
        m->updated = text_of(m->updated_text);
    if (url.len < 2000 && memchr(url.data, ' ', url.len) == NULL &&
        (text_begins(url, "https://") || text_begins(url, "http://")))
        m->url = keep(m, url, 2000);
    if (lang.len >= 2 && lang.len <= 35)
        m->lang = keep(m, lang, 35);
    add_tags(m, f);
    add_ext(m, f);
}

/* ---- Headings ---- */

/* "# Title", possibly with more marks after it. */
static struct text
hash_heading(struct text line)
{
    size_t len;

    if (!text_begins(line, "# ") && !text_begins(line, "#\t"))
        return text_from(line.data, 0);
    line = text_trim(text_from(line.data + 2, line.len - 2));
    len = line.len;
    while (len > 0 && line.data[len - 1] == '#')
        len--;
    if (len == 0 || line.data[len - 1] == ' ')
        line.len = len;
    return text_trim(line);
}

static bool
is_underline(struct text line)
{
    line = text_trim(line);
    for (size_t i = 0; i < line.len; i++)
        if (line.data[i] != '=')
            return false;
    return line.len > 0;
}

/* The first heading of the first level; comments in code are not headings. */
static struct text
find_heading(struct text body)
{
    struct text line, before = { "", 0 };
    char fence = '\0';

    while (text_line(&body, &line)) {
        struct text t = text_trim(line);
        struct text heading = hash_heading(line);

        if (text_begins(t, "```") || text_begins(t, "~~~")) {
            if (fence == '\0')
                fence = t.data[0];
            else if (fence == t.data[0])
                fence = '\0';
            t.len = 0;
        } else if (fence != '\0') {
            t.len = 0;
        } else if (heading.len > 0) {
            return heading;
        } else if (before.len > 0 && is_underline(line)) {
            return before;
        }
        before = t;
    }
    return text_from("", 0);
}

void
read_markdown(struct text body, struct meta *m)
{
    struct front front = { .count = 0 };

    /* A byte order mark would hide a front matter. */
    if (text_begins(body, "\xEF\xBB\xBF"))
        body = text_from(body.data + 3, body.len - 3);
    front_read(&front, &body);
    if (front.count > 0)
        take_front(m, &front);
    front_free(&front);
    if (m->headline.len == 0)
        m->headline = find_heading(body);
    if (m->headline.len == 0) {
        m->headline = text_first_line(body);
        meta_guess(m, "headline");
    }
    while (m->headline.len > 0 && m->headline.data[0] == '#')
        m->headline = text_from(m->headline.data + 1, m->headline.len - 1);
    m->headline = text_trim(text_cut(m->headline, HEADLINE_MAX));
}
