/*
 * story.c - articles that are gathered piece by piece.
 */
#include "import/story.h"

#include <stdlib.h>

#include "base/base64.h"
#include "import/address.h"
#include "import/charset.h"
#include "import/date.h"
#include "import/html.h"
#include "import/numbered.h"
#include "import/tree.h"

#define STORY_NAME_MAX ((size_t)300)
#define TYPE_MAX ((size_t)200)

static const size_t limits[STORY_FIELDS] = {
    [STORY_ID] = ID_MAX,
    [STORY_URL] = ADDRESS_MAX,
    [STORY_HEADLINE] = HEADLINE_MAX,
    [STORY_SUMMARY] = SUMMARY_MAX,
    [STORY_SECTION] = STORY_NAME_MAX,
    [STORY_LANG] = 36,
    [STORY_BYLINE] = SUMMARY_MAX,
    [STORY_PUBLISHED] = DATE_MAX,
    [STORY_UPDATED] = DATE_MAX,
    [STORY_RETRIEVED] = DATE_MAX,
};

void
story_start(struct story *s)
{
    for (size_t i = 0; i < STORY_FIELDS; i++) {
        s->field[i].len = 0;
        s->guessed[i] = false;
    }
    s->authors.len = s->keywords.len = s->media.len = s->related.len = 0;
    s->author_count = s->keyword_count = s->media_count = 0;
    s->related_count = 0;
    s->ext_count = s->ext_size = s->part_count = 0;
    s->lost = s->long_id = false;
    s->body.len = 0;
    s->type = TYPE_TEXT;
}

bool
story_has(const struct story *s, enum story_field f)
{
    return s->field[f].len > 0;
}

struct text
story_text(const struct story *s, enum story_field f)
{
    return text_of_buf(&s->field[f]);
}

/* ---- Text ---- */

/* Appends one line: white space and control characters become one space, and
 * what is not UTF-8 U+FFFD. True: it was cut at `max`. */
static bool
add_line(struct sheaf_buf *out, struct text t, size_t max)
{
    size_t begin = out->len;

    for (size_t i = 0; i < t.len;) {
        const uint8_t *p = (const uint8_t *)t.data + i;
        size_t n = utf8_len(p, t.len - i);
        bool space = n > 0 && (p[0] <= 0x20 || p[0] == 0x7F ||
                               (p[0] == 0xC2 && p[1] < 0xA0));

        if (out->len - begin + 4 > max)
            return true;
        if (n == 0)
            charset_add(out, 0xFFFD);
        else if (!space)
            buf_add(out, p, n);
        else if (out->len > begin && out->data[out->len - 1] != ' ')
            buf_add_str(out, " ");
        i += n != 0 ? n : 1;
    }
    if (out->len > begin && out->data[out->len - 1] == ' ')
        out->len--;
    return false;
}

void
story_set(struct story *s, enum story_field f, struct text t)
{
    if (story_has(s, f))
        return;
    if (add_line(&s->field[f], t, limits[f])) {
        s->lost = true;
        s->long_id = s->long_id || f == STORY_ID;
        if (f == STORY_ID || f == STORY_URL)
            s->field[f].len = 0; /* half an address is none */
    }
}

/* Whether decoding references changes it. */
static bool
has_reference(struct text t)
{
    struct sheaf_buf b = { 0 };
    bool changed;

    if (memchr(t.data, '&', t.len) == NULL ||
        memchr(t.data, ';', t.len) == NULL)
        return false;
    page_decode(&b, t, true);
    changed = text_compare(text_of_buf(&b), t) != 0;
    sheaf_buf_free(&b);
    return changed;
}

bool
story_is_html(struct text t)
{
    struct page page;
    bool found = false;

    t = text_cut(t, LOOK_MAX);
    if (has_reference(t))
        return true;
    if (memchr(t.data, '<', t.len) == NULL)
        return false;
    page_parse(&page, t);
    for (size_t i = 0; i < page.count && !found; i++) {
        const struct node *n = page_node(&page, i);

        found = n->tag > TAG_OTHER && n->tag != TAG_HTML &&
                n->tag != TAG_BODY && n->tag != TAG_HEAD;
    }
    page_free(&page);
    return found;
}

void
story_set_html(struct story *s, enum story_field f, struct text t)
{
    struct sheaf_buf b = { 0 };
    struct page page;

    if (story_has(s, f))
        return;
    if (!story_is_html(t)) {
        story_set(s, f, t);
        return;
    }
    page_parse(&page, t);
    page_gather(page.root, &b, limits[f] + 16);
    page_free(&page);
    /* The limit may have cut a character. */
    while (b.len > limits[f] && !text_is_utf8(text_of_buf(&b)))
        b.len--;
    story_set(s, f, text_of_buf(&b));
    sheaf_buf_free(&b);
}

bool
story_date(struct story *s, enum story_field f, struct text t)
{
    char date[DATE_MAX];

    t = text_trim(t);
    if (!date_read(t, story_text(s, STORY_LANG), date) &&
        !date_epoch(t, date))
        return false;
    story_set(s, f, text_of(date));
    return true;
}

void
story_lang(struct story *s, struct text t)
{
    char lang[HTML_LANG_MAX];

    if (html_lang(t, lang))
        story_set(s, STORY_LANG, text_of(lang));
}

/* ---- Addresses ---- */

bool
story_url(struct story *s, struct text t, struct text base)
{
    return !story_has(s, STORY_URL) &&
           address_resolve(&s->field[STORY_URL], t, base);
}

/* ---- Lists ---- */

static void
add_member(struct sheaf_buf *out, const char *key, struct text t)
{
    struct sheaf_buf line = { 0 };

    (void)add_line(&line, t, SUMMARY_MAX);
    if (line.len > 0) {
        canon_key(out, text_of(key));
        canon_string(out, text_of_buf(&line));
    }
    sheaf_buf_free(&line);
}

/* Begins a list's next object; false: the list is full. */
static bool
begin(struct story *s, struct sheaf_buf *list, size_t *count)
{
    if (*count == STORY_LIST_MAX) {
        s->lost = true;
        return false;
    }
    if ((*count)++ > 0)
        buf_add_str(list, ",");
    return true;
}

/* Whether the list has this text as a member of its own. */
static bool
has_string(const struct sheaf_buf *list, const struct sheaf_buf *json)
{
    return list->len > 0 &&
           memmem(list->data, list->len, json->data, json->len) != NULL;
}

void
story_author(struct story *s, struct text name, struct text uri,
             struct text role)
{
    struct sheaf_buf object = { 0 }, address = { 0 }, line = { 0 };
    struct sheaf_buf *byline = &s->field[STORY_BYLINE];

    (void)add_line(&line, name, STORY_NAME_MAX);
    (void)address_resolve(&address, uri, text_from("", 0));
    buf_add_str(&object, "{");
    add_member(&object, "name", text_of_buf(&line));
    add_member(&object, "role", role);
    add_member(&object, "uri", text_of_buf(&address));
    buf_add_str(&object, "}");
    if (line.len > 0 &&
        (s->author_count == STORY_LIST_MAX ||
         !has_string(&s->authors, &object)) &&
        begin(s, &s->authors, &s->author_count)) {
        buf_add(&s->authors, object.data, object.len);
        if (byline->len + line.len + 2 <= limits[STORY_BYLINE]) {
            if (byline->len > 0)
                buf_add_str(byline, ", ");
            buf_add(byline, line.data, line.len);
        }
    }
    sheaf_buf_free(&object);
    sheaf_buf_free(&address);
    sheaf_buf_free(&line);
}

static void
add_to_list(struct story *s, struct sheaf_buf *list, size_t *count,
            struct text t)
{
    struct sheaf_buf line = { 0 }, json = { 0 };

    (void)add_line(&line, t, STORY_NAME_MAX);
    canon_string(&json, text_of_buf(&line));
    if (line.len > 0 &&
        (*count == STORY_LIST_MAX || !has_string(list, &json)) &&
        begin(s, list, count))
        buf_add(list, json.data, json.len);
    sheaf_buf_free(&line);
    sheaf_buf_free(&json);
}

void
story_keyword(struct story *s, struct text t)
{
    add_to_list(s, &s->keywords, &s->keyword_count, t);
}

void
story_related(struct story *s, struct text t)
{
    add_to_list(s, &s->related, &s->related_count, t);
}

void
story_media(struct story *s, const struct story_media *media)
{
    struct sheaf_buf object = { 0 };

    buf_add_str(&object, "{");
    add_member(&object, "caption", media->caption);
    add_member(&object, "credit", media->credit);
    if (media->length > 0) {
        canon_key(&object, text_of("length"));
        buf_add_u64_text(&object, media->length);
    }
    add_member(&object, "name", media->name);
    if (media->part > 0) {
        canon_key(&object, text_of("part"));
        buf_add_u64_text(&object, media->part);
    }
    add_member(&object, "type", media->type);
    add_member(&object, "url", media->url);
    buf_add_str(&object, "}");
    /* Each part of a mail has one, even if two are the same. */
    if (object.len > 2 &&
        (media->url.len == 0 || s->media_count == STORY_LIST_MAX ||
         !has_string(&s->media, &object)) &&
        begin(s, &s->media, &s->media_count))
        buf_add(&s->media, object.data, object.len);
    sheaf_buf_free(&object);
}

/* ---- The rest ---- */

void
story_ext_json(struct story *s, struct text key, struct text json)
{
    const struct value v = { .key = key };
    struct story_ext *e;

    if (s->ext_count == STORY_LIST_MAX || !tree_key_fits(&v) ||
        json.len + key.len > STORY_EXT_MAX - s->ext_size) {
        s->lost = true;
        return;
    }
    e = &s->ext[s->ext_count];
    s->ext_size += json.len + key.len;
    e->order = s->ext_count++;
    e->key.len = e->json.len = 0;
    buf_add(&e->key, key.data, key.len);
    buf_add(&e->json, json.data, json.len);
}

void
story_ext(struct story *s, struct text key, struct text value)
{
    struct sheaf_buf json = { 0 };

    if (text_is_utf8(value) && value.len <= STORY_EXT_MAX)
        canon_string(&json, value);
    if (json.len > 0)
        story_ext_json(s, key, text_of_buf(&json));
    else
        s->lost = true;
    sheaf_buf_free(&json);
}

static int
compare_ext(const void *a, const void *b)
{
    const struct story_ext *x = a, *y = b;
    int c = text_compare(text_of_buf(&x->key), text_of_buf(&y->key));

    return c != 0 ? c : (x->order > y->order) - (x->order < y->order);
}

static void
write_ext(struct story *s, struct sheaf_buf *out)
{
    if (s->ext_count == 0)
        return;
    qsort(s->ext, s->ext_count, sizeof s->ext[0], compare_ext);
    buf_add_str(out, "{");
    for (size_t i = 0, next; i < s->ext_count; i = next) {
        for (next = i + 1; next < s->ext_count &&
                           text_compare(text_of_buf(&s->ext[i].key),
                                        text_of_buf(&s->ext[next].key)) == 0;)
            next++;
        canon_key(out, text_of_buf(&s->ext[i].key));
        buf_add_str(out, next - i > 1 ? "[" : "");
        for (size_t k = i; k < next; k++) {
            buf_add_str(out, k > i ? "," : "");
            buf_add(out, s->ext[k].json.data, s->ext[k].json.len);
        }
        buf_add_str(out, next - i > 1 ? "]" : "");
    }
    buf_add_str(out, "}");
}

/* Whether it is a media type: type/subtype, in ASCII. */
static bool
is_type(struct text t)
{
    const char *slash = memchr(t.data, '/', t.len);

    for (size_t i = 0; i < t.len; i++)
        if (t.data[i] < 0x20 || t.data[i] > 0x7E)
            return false;
    return slash != NULL && slash > t.data && t.len <= TYPE_MAX &&
           slash + 1 < t.data + t.len;
}

void
story_type(struct story *s, struct text type)
{
    type = text_trim(type);
    s->type = TYPE_BYTES;
    if (!is_type(type))
        return;
    s->type_room.len = 0;
    buf_add(&s->type_room, type.data, type.len);
    buf_end(&s->type_room);
    s->type = buf_str(&s->type_room);
}

bool
story_part(struct story *s, int role, struct text type, struct text data)
{
    struct story_part *p;

    if (s->part_count == STORY_PARTS)
        return false;
    type = text_trim(type);
    if (!is_type(type))
        type = text_of(TYPE_BYTES);
    p = &s->parts[s->part_count++];
    p->role = role;
    p->type.len = p->data.len = 0;
    buf_add(&p->type, type.data, type.len);
    buf_end(&p->type);
    buf_add(&p->data, data.data, data.len);
    return true;
}

bool
story_base64(struct sheaf_buf *b)
{
    uint8_t *plain = mem_new(b->len + 1, 1);
    size_t n = 0, len = 0;
    bool good;

    for (size_t i = 0; i < b->len; i++)
        if (b->data[i] > ' ')
            b->data[n++] = b->data[i];
    good = n > 0 && base64_decode(b->data, n, plain, n, &len);
    if (good) {
        b->len = 0;
        buf_add(b, plain, len);
    }
    mem_free(plain);
    return good;
}

/* ---- The article ---- */

static void
fill_list(struct sheaf_buf *to, const struct sheaf_buf *list)
{
    if (list->len == 0)
        return;
    buf_add_str(to, "[");
    buf_add(to, list->data, list->len);
    buf_add_str(to, "]");
}

static void
fill_meta(struct story *s, struct meta *m, const char *fallback)
{
    static const char *const names[STORY_FIELDS] = {
        "id",   "url",    "headline",  "summary", "section",
        "lang", "byline", "published", "updated", "retrieved",
    };

    m->id = story_text(s, STORY_ID);
    m->url = story_text(s, STORY_URL);
    m->headline = story_text(s, STORY_HEADLINE);
    m->summary = story_text(s, STORY_SUMMARY);
    m->section = story_text(s, STORY_SECTION);
    m->lang = story_text(s, STORY_LANG);
    m->byline = story_text(s, STORY_BYLINE);
    m->published = story_text(s, STORY_PUBLISHED);
    m->updated = story_text(s, STORY_UPDATED);
    m->retrieved = story_text(s, STORY_RETRIEVED);
    if (m->id.len == 0)
        m->id = m->url.len <= ID_MAX && !address_is_site(m->url) ? m->url
                                                                 : m->id;
    if (m->id.len == 0) {
        m->id = text_of(fallback);
        s->guessed[STORY_ID] = true;
    }
    fill_list(&m->authors, &s->authors);
    fill_list(&m->keywords, &s->keywords);
    fill_list(&m->media, &s->media);
    fill_list(&m->related, &s->related);
    write_ext(s, &m->ext);
    for (size_t i = 0; i < STORY_FIELDS; i++)
        if (s->guessed[i])
            meta_guess(m, names[i]);
}

bool
story_emit(struct story *s, const struct item *item, const char *place,
           const char *fallback, uint64_t number, struct text raw,
           const char *raw_type)
{
    struct part parts[STORY_PARTS + 2] = { { SHEAF_ROLE_BODY, s->type,
                                             s->body.len, "" } };
    size_t count = 1;
    struct meta m;
    bool good;

    if (s->body.len > 0)
        parts[0].data = s->body.data;
    if (strcmp(s->type, TYPE_HTML) == 0)
        parts[0].type = html_type(text_of_buf(&s->body));
    for (size_t i = 0; i < s->part_count; i++) {
        struct story_part *p = &s->parts[i];

        parts[count].role = p->role;
        parts[count].type = (const char *)p->type.data;
        parts[count].size = p->data.len;
        parts[count++].data = p->data.len > 0 ? (void *)p->data.data : "";
    }
    if (s->lost && raw.len > 0) {
        parts[count].role = SHEAF_ROLE_RAW;
        parts[count].type = raw_type;
        parts[count].size = raw.len;
        parts[count++].data = raw.data;
    }
    meta_start(&m, item);
    if (m.file.len == 0 && item->id != NULL)
        m.file = text_of(item->id);
    m.record = number;
    fill_meta(s, &m, fallback);
    numbered_check(&s->source, item->place, &m, text_of_buf(&s->body), place);
    if (m.id.data == fallback && item->id != NULL &&
        strcmp(fallback, item->id) != 0)
        numbered_placed(&s->placed, item);
    good = emit(place, &m, parts, count, raw);
    if (good && s->long_id)
        warn(place, "its ID has more than %zu bytes; it has another one here",
             ID_MAX);
    meta_free(&m);
    return good;
}

void
story_free(struct story *s)
{
    for (size_t i = 0; i < STORY_FIELDS; i++)
        sheaf_buf_free(&s->field[i]);
    for (size_t i = 0; i < STORY_LIST_MAX; i++) {
        sheaf_buf_free(&s->ext[i].key);
        sheaf_buf_free(&s->ext[i].json);
    }
    for (size_t i = 0; i < STORY_PARTS; i++) {
        sheaf_buf_free(&s->parts[i].type);
        sheaf_buf_free(&s->parts[i].data);
    }
    sheaf_buf_free(&s->authors);
    sheaf_buf_free(&s->keywords);
    sheaf_buf_free(&s->media);
    sheaf_buf_free(&s->related);
    sheaf_buf_free(&s->body);
    sheaf_buf_free(&s->type_room);
}
