/*
 * clipping.c - what the formats of databases of the press share.
 */
#include "import/clipping.h"

#include "import/address.h"

void
clip_open(struct clippings *c, struct item *item)
{
    memset(c, 0, sizeof *c);
    c->item = item;
    c->story = mem_new(1, sizeof *c->story);
    row_charset(&c->row, input_peek(item->in, LOOK_MAX), item->place);
}

void
clip_begin(struct clippings *c)
{
    c->number++;
    c->row.lost = 0;
    c->raw.len = 0;
    mem_free(c->place);
    c->place = format_text("%s: record %llu", c->item->place,
                           (unsigned long long)c->number);
    story_start(c->story);
    c->story->lost = asked.keep_raw;
}

/* "Example, Rita" is Rita Example; "Example, Rita, Jr." stays as it is. */
static void
add_author(struct story *s, struct text t)
{
    const char *comma = memchr(t.data, ',', t.len);
    char *name = NULL;

    if (comma != NULL &&
        memchr(comma + 1, ',', t.len - (size_t)(comma + 1 - t.data)) == NULL) {
        struct text last = text_from(t.data, (size_t)(comma - t.data));
        struct text first = text_trim(
            text_from(comma + 1, t.len - last.len - 1));

        name = format_text("%.*s %.*s", (int)first.len, first.data,
                           (int)last.len, last.data);
        t = text_trim(text_of(name));
    }
    story_author(s, t, text_of(""), text_of(""));
    mem_free(name);
}

/* Nexis says how sure it is: "FERRIES (90%)". */
static struct text
cut_percents(struct text t)
{
    size_t n = t.len;

    if (!text_ends(t, "%)"))
        return t;
    while (n > 0 && t.data[n - 1] != '(')
        n--;
    return n > 0 ? text_trim(text_from(t.data, n - 1)) : t;
}

/* Words between semicolons, or else commas. */
static void
add_keywords(struct story *s, struct text t)
{
    char mark = memchr(t.data, ';', t.len) != NULL ? ';' : ',';
    struct text word;

    while (text_item(&t, mark, &word))
        story_keyword(s, cut_percents(text_trim(word)));
}

/* RIS writes 2024/03/11/ and 2024///, with words behind the last slash. */
static bool
add_date(struct story *s, struct text t)
{
    size_t slashes = 0, n = 0, len;
    char *plain;
    bool good;

    for (; n < t.len && slashes < 3; n++)
        slashes += t.data[n] == '/';
    if (slashes == 3)
        t.len = n - 1;
    while (t.len > 0 && t.data[t.len - 1] == '/')
        t.len--;
    plain = format_text("%.*s", (int)t.len, t.data);
    len = strlen(plain); /* there may be a NUL in it */
    for (char *p = plain; *p != '\0' && len >= 7; p++)
        if (*p == '/' && plain[4] == (p == plain + 4 ? '/' : '-'))
            *p = '-';
    good = story_date(s, STORY_PUBLISHED, text_of(plain));
    mem_free(plain);
    return good;
}

static void
add_published(struct clippings *c, struct text name, struct text t)
{
    bool had = story_has(c->story, STORY_PUBLISHED);

    if (!had && add_date(c->story, t))
        return;
    if (!had)
        warn(c->place, "'%.*s' is not certainly a date; it is kept as text",
             (int)text_cut(t, 60).len, t.data);
    story_ext(c->story, name, t);
}

static void
add_body(struct clippings *c, struct text name, struct text t)
{
    if (c->story->body.len > 0) {
        story_ext(c->story, name, t);
        return;
    }
    buf_add(&c->story->body, t.data, t.len);
    buf_add_str(&c->story->body, "\n");
    if (story_is_html(t))
        c->story->type = TYPE_HTML;
}

static void
add_byline(struct story *s, struct text t)
{
    if (text_begins(t, "by ") || text_begins(t, "von "))
        t = text_trim(text_from(t.data + 3, t.len - 3));
    story_author(s, t, text_of(""), text_of(""));
}

/* False: it is neither a tag nor the name of a language that is known. */
static bool
add_lang(struct story *s, struct text t)
{
    static const char *const known[][2] = {
        { "English", "en" }, { "German", "de" },     { "Deutsch", "de" },
        { "French", "fr" },  { "Spanish", "es" },    { "Italian", "it" },
        { "Dutch", "nl" },   { "Portuguese", "pt" }, { "Polish", "pl" },
        { "Russian", "ru" }, { "Chinese", "zh" },    { "Arabic", "ar" },
    };

    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (t.len == strlen(known[i][0]) && text_begins(t, known[i][0]))
            t = text_of(known[i][1]);
    if (t.len <= 3 || (t.len <= 11 && (t.data[2] == '-' || t.data[2] == '_')))
        story_lang(s, t);
    return story_has(s, STORY_LANG);
}

/* False: it is none, or that of a whole site, which Nexis puts into each of its
 * articles. */
static bool
add_url(struct story *s, struct text t)
{
    return address_host(t).len > 0 && !address_is_site(t) &&
           story_url(s, t, text_of(""));
}

/* What does not fit a field is kept under its name. */
static void
add_field(struct clippings *c, enum clip_field field, struct text name,
          struct text t)
{
    struct story *s = c->story;
    static const enum story_field plain[] = {
        [CLIP_ID] = STORY_ID,           [CLIP_HEADLINE] = STORY_HEADLINE,
        [CLIP_SUMMARY] = STORY_SUMMARY, [CLIP_SECTION] = STORY_SECTION,
        [CLIP_LANG] = STORY_LANG,       [CLIP_URL] = STORY_URL,
    };

    switch (field) {
    case CLIP_IGNORED: return;
    case CLIP_AUTHOR: add_author(s, t); return;
    case CLIP_BYLINE: add_byline(s, t); return;
    case CLIP_KEYWORD: add_keywords(s, t); return;
    case CLIP_PUBLISHED: add_published(c, name, t); return;
    case CLIP_BODY: add_body(c, name, t); return;
    case CLIP_EXT: story_ext(s, name, t); return;
    default: break;
    }
    if (story_has(s, plain[field]) || (field == CLIP_URL && !add_url(s, t)) ||
        (field == CLIP_LANG && !add_lang(s, t)))
        story_ext(s, name, t);
    else
        story_set(s, plain[field], t);
}

void
clip_add(struct clippings *c, const struct clip_name *names, struct text name,
         struct text value)
{
    value = text_trim(value);
    if (value.len == 0)
        return;
    for (; names->name != NULL; names++) {
        if (name.len == strlen(names->name) &&
            text_begins(name, names->name)) {
            add_field(c, names->field, name, value);
            return;
        }
    }
    story_ext(c->story, name, value);
}

void
clip_end(struct clippings *c)
{
    const char *base = c->item->id != NULL ? c->item->id : "";
    char *fallback = format_text("%s:%llu", base,
                                 (unsigned long long)c->number);

    if (c->row.lost > 0)
        warn(c->place,
             "%zu of its bytes are not in its character set (--charset)",
             c->row.lost);
    if (c->story->body.len == 0)
        warn(c->place, "it has no text");
    (void)story_emit(c->story, c->item, c->place, fallback, c->number,
                     text_of_buf(&c->raw), TYPE_TEXT);
    mem_free(fallback);
}

bool
clip_lines(struct item *item, void (*take)(void *to, struct text line),
           void *to)
{
    struct text line;
    enum line got;

    while ((got = input_line(item->in, &line)) != LINE_END) {
        if (got == LINE_GOOD)
            take(to, line);
        else
            reject(EXIT_LIMIT, item->place, text_from("", 0),
                   "a line of more than %zu MiB", RECORD_MAX / MIB);
    }
    return !input_failed(item->in);
}

void
clip_close(struct clippings *c)
{
    story_free(c->story);
    mem_free(c->story);
    mem_free(c->place);
    sheaf_buf_free(&c->raw);
    row_free(&c->row);
}
