/*
 * front.c - the front matter of a text.
 *
 * libyaml reads YAML. What it refuses is read line by line, since a title with
 * a colon in it is not YAML but is written all the same. No library in Debian
 * 12 reads TOML. Front matter has keys with strings, dates, numbers and lists
 * of these, and tables; that much of TOML is read here.
 */
#include "import/front.h"

#include <yaml.h>

#include "base/hex.h"

#define DEPTH_MAX 8
#define KEY_MAX ((size_t)200)

/* ---- Pairs ---- */

/* `room` has all the memory it can need, so texts in it do not move. */
static struct text
keep(struct front *f, struct text t)
{
    const uint8_t *to;

    if (f->room.cap - f->room.len < t.len)
        return text_from("", 0);
    to = f->room.data + f->room.len;
    buf_add(&f->room, t.data, t.len);
    return text_from(to, t.len);
}

void
front_add(struct front *f, struct text key, struct text value)
{
    value = text_trim(value);
    if (f->count == FRONT_PAIRS || key.len == 0 || value.len == 0 ||
        !text_is_utf8(key) || !text_is_utf8(value))
        return;
    buf_reserve(&f->room, 2 * FRONT_MAX);
    f->pairs[f->count].key = keep(f, key);
    f->pairs[f->count].value = keep(f, value);
    f->count++;
}

void
front_add_list(struct front *f, struct text key, struct text value,
               char mark)
{
    struct text item;

    while (f->count < FRONT_PAIRS && text_item(&value, mark, &item))
        front_add(f, key, item);
}

/* ---- YAML ---- */

struct level {
    size_t key_len; /* of the path, with the current key */
    bool list;
    bool keyed; /* a key was read; its value is next */
};

struct yaml_walk {
    struct front *front;
    char path[KEY_MAX];
    struct level levels[DEPTH_MAX];
    size_t depth;
};

/* The length of the path before the keys of the innermost level. */
static size_t
base_of(const struct yaml_walk *w)
{
    return w->depth > 1 ? w->levels[w->depth - 2].key_len : 0;
}

static void
take_key(struct yaml_walk *w, struct text key)
{
    struct level *l = &w->levels[w->depth - 1];
    size_t n = base_of(w);

    if (n > 0 && n + 1 < KEY_MAX)
        w->path[n++] = '.';
    key = text_cut(key, KEY_MAX - n);
    memcpy(w->path + n, key.data, key.len);
    l->key_len = n + key.len;
    l->keyed = true;
}

static void
take_scalar(struct yaml_walk *w, struct text t)
{
    struct level *l;

    if (w->depth == 0)
        return;
    l = &w->levels[w->depth - 1];
    if (!l->list && !l->keyed) {
        take_key(w, t);
        return;
    }
    front_add(w->front, text_from(w->path, l->key_len), t);
    l->keyed = false;
}

static bool
open_level(struct yaml_walk *w, bool list)
{
    struct level *l;

    if (w->depth == DEPTH_MAX)
        return false;
    if (w->depth > 0)
        w->levels[w->depth - 1].keyed = false;
    l = &w->levels[w->depth++];
    l->list = list;
    l->keyed = false;
    l->key_len = base_of(w);
    return true;
}

/* False: this is not YAML. Aliases are skipped, so that nothing can grow. */
static bool
read_yaml(struct front *f, struct text t)
{
    struct yaml_walk w = { .front = f };
    yaml_parser_t parser;
    yaml_event_t event;
    bool good = true, more = true;

    if (!yaml_parser_initialize(&parser))
        die(EXIT_LIMIT, NULL, "the importer is out of memory");
    yaml_parser_set_input_string(&parser, (const unsigned char *)t.data,
                                 t.len);
    while (good && more) {
        good = yaml_parser_parse(&parser, &event) != 0;
        if (!good)
            break;
        if (event.type == YAML_SCALAR_EVENT)
            take_scalar(&w, text_from(event.data.scalar.value,
                                      event.data.scalar.length));
        else if (event.type == YAML_ALIAS_EVENT)
            take_scalar(&w, text_from("", 0));
        else if (event.type == YAML_MAPPING_START_EVENT ||
                 event.type == YAML_SEQUENCE_START_EVENT)
            good = open_level(&w, event.type == YAML_SEQUENCE_START_EVENT);
        else if (event.type == YAML_MAPPING_END_EVENT ||
                 event.type == YAML_SEQUENCE_END_EVENT)
            w.depth--;
        more = event.type != YAML_STREAM_END_EVENT;
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
    return good;
}

static struct text
unquote(struct text t)
{
    t = text_trim(t);
    if (t.len >= 2 && strchr("\"'", t.data[0]) != NULL &&
        t.data[t.len - 1] == t.data[0])
        return text_from(t.data + 1, t.len - 2);
    return t;
}

/* Whether lines "Tags: a, b" have a list under this key. */
static bool
has_list(struct text key)
{
    return (key.len == 4 && text_begins(key, "tags")) ||
           (key.len == 8 && text_begins(key, "keywords"));
}

/* "key: value" at the start of a line. */
static void
read_lines(struct front *f, struct text t, bool lists)
{
    struct text line;

    while (text_line(&t, &line)) {
        const char *colon = line.len > 0 ? memchr(line.data, ':', line.len)
                                         : NULL;
        struct text key, value;
        size_t n;

        if (colon == NULL || strchr(" \t#-", line.data[0]) != NULL)
            continue;
        n = (size_t)(colon - line.data);
        key = text_from(line.data, n);
        value = unquote(text_from(colon + 1, line.len - n - 1));
        if (lists && has_list(key))
            front_add_list(f, key, value, ',');
        else
            front_add(f, key, value);
    }
}

/* ---- TOML ---- */

static void
skip_blank(struct text *t)
{
    while (t->len > 0) {
        size_t n = strchr(" \t\r\n", t->data[0]) != NULL && t->data[0] != '\0';

        if (t->data[0] == '#') {
            const char *end = memchr(t->data, '\n', t->len);

            n = end != NULL ? (size_t)(end - t->data) : t->len;
        }
        if (n == 0)
            return;
        *t = text_from(t->data + n, t->len - n);
    }
}

/* A string with escapes, up to `quote`. */
static void
read_escaped(struct text t, struct sheaf_buf *out)
{
    static const char from[] = "btnfr\"\\", to[] = "\b\t\n\f\r\"\\";

    for (size_t i = 0; i < t.len; i++) {
        const char *hit;
        uint32_t c = 0;

        if (t.data[i] != '\\' || i + 1 == t.len) {
            buf_add(out, t.data + i, 1);
            continue;
        }
        i++;
        hit = strchr(from, t.data[i]);
        if (hit != NULL && *hit != '\0') {
            buf_add(out, to + (hit - from), 1);
        } else if ((t.data[i] | 0x20) == 'u') {
            size_t digits = t.data[i] == 'u' ? 4 : 8;
            uint8_t utf8[UTF8_MAX];

            for (; digits > 0 && i + 1 < t.len; digits--, i++) {
                int v = hex_digit((uint8_t)t.data[i + 1]);

                c = c << 4 | (v >= 0 ? (uint32_t)v : 0);
            }
            if (c <= 0x10FFFF)
                buf_add(out, utf8, utf8_put(utf8, c));
        }
    }
}

/* Takes a string from the start of `t`, with its quotes; '''...''' and
 * """...""" too. */
static bool
take_string(struct text *t, struct sheaf_buf *out)
{
    char quote = t->data[0];
    bool three = t->len >= 6 && t->data[1] == quote && t->data[2] == quote;
    size_t mark = three ? 3 : 1, i = mark;

    for (;; i++) {
        if (i + mark > t->len || (!three && t->data[i] == '\n'))
            return false;
        if (quote == '"' && t->data[i] == '\\')
            i++;
        else if (t->data[i] == quote &&
                 (!three || (t->data[i + 1] == quote &&
                             t->data[i + 2] == quote)))
            break;
    }
    if (quote == '"')
        read_escaped(text_from(t->data + mark, i - mark), out);
    else
        buf_add(out, t->data + mark, i - mark);
    *t = text_from(t->data + i + mark, t->len - i - mark);
    return true;
}

/* Takes a value, or each of a list; false: the rest is malformed. */
static bool
take_value(struct front *f, struct text *t, struct text key, unsigned depth)
{
    struct sheaf_buf value = { 0 };
    size_t n = 0;
    bool good = true;

    skip_blank(t);
    if (t->len == 0 || depth == DEPTH_MAX)
        return false;
    if (t->data[0] == '[') {
        *t = text_from(t->data + 1, t->len - 1);
        for (skip_blank(t); good && t->len > 0 && t->data[0] != ']';
             skip_blank(t)) {
            good = t->data[0] == ',' || take_value(f, t, key, depth + 1);
            if (good && t->len > 0 && t->data[0] == ',')
                *t = text_from(t->data + 1, t->len - 1);
        }
        good = good && t->len > 0;
        if (good)
            *t = text_from(t->data + 1, t->len - 1);
        return good;
    }
    if (t->data[0] == '"' || t->data[0] == '\'') {
        good = take_string(t, &value);
    } else {
        while (n < t->len && strchr(",]#\r\n", t->data[n]) == NULL)
            n++;
        buf_add(&value, t->data, n);
        good = n > 0;
        *t = text_from(t->data + n, t->len - n);
    }
    if (good)
        front_add(f, key, text_of_buf(&value));
    sheaf_buf_free(&value);
    return good;
}

static void
next_line(struct text *t)
{
    struct text line;

    (void)text_line(t, &line);
}

static void
read_toml(struct front *f, struct text t)
{
    char path[KEY_MAX];
    size_t table = 0;

    for (skip_blank(&t); t.len > 0; skip_blank(&t)) {
        size_t n = 0;
        struct text key;

        while (n < t.len && strchr("=\n", t.data[n]) == NULL)
            n++;
        key = text_trim(text_from(t.data, n));
        if (key.len > 2 && key.data[0] == '[') {
            while (key.len > 0 && key.data[0] == '[')
                key = text_from(key.data + 1, key.len - 1);
            while (key.len > 0 && key.data[key.len - 1] == ']')
                key.len--;
            key = text_cut(text_trim(key), KEY_MAX / 2);
            memcpy(path, key.data, key.len);
            path[key.len] = '.';
            table = key.len + 1;
            next_line(&t);
            continue;
        }
        if (n == t.len || t.data[n] != '=')
            return;
        t = text_from(t.data + n + 1, t.len - n - 1);
        key = text_cut(unquote(key), KEY_MAX - table);
        memcpy(path + table, key.data, key.len);
        if (!take_value(f, &t, text_from(path, table + key.len), 0))
            next_line(&t);
    }
}

/* ---- Where it is ---- */

/* Hugo's JSON, which is YAML as well: from a line with a brace to the next one
 * like it. False: it is none. */
static bool
read_json(struct front *f, struct text *body)
{
    struct text rest = *body, line;

    if (!text_line(&rest, &line) || !text_is(text_trim(line), "{"))
        return false;
    do {
        if (!text_line(&rest, &line) ||
            (size_t)(line.data - body->data) > FRONT_MAX)
            return false;
    } while (line.len == 0 || line.data[0] != '}');
    if (!read_yaml(f, text_from(body->data,
                                (size_t)(line.data + 1 - body->data))))
        f->count = 0;
    if (f->count > 0)
        *body = rest;
    return f->count > 0;
}

/* "Title: Gate", as Pelican has it: such lines up to an empty one. */
static bool
read_head(struct front *f, struct text *body)
{
    struct text rest = *body, line;
    const char *end = NULL;
    bool title = false;

    while (text_line(&rest, &line) && text_trim(line).len > 0) {
        size_t n = 0;

        while (n < line.len && (line.data[n] == '_' || line.data[n] == '-' ||
                                ((line.data[n] | 0x20) >= 'a' &&
                                 (line.data[n] | 0x20) <= 'z')))
            n++;
        if ((n == 0 || n == line.len || line.data[n] != ':') &&
            (end == NULL || strchr(" \t", line.data[0]) == NULL))
            return false;
        title = title || text_begins(line, "Title:");
        end = line.data + line.len;
        if ((size_t)(end - body->data) > FRONT_MAX)
            return false;
    }
    if (!title)
        return false;
    read_lines(f, text_from(body->data, (size_t)(end - body->data)), true);
    *body = rest;
    return true;
}

/* The lines between two of "---" or "+++" at the start of `rest`, which is then
 * what follows. False: there are none. */
static bool
cut_fenced(struct text *rest, struct text *inner, bool *toml)
{
    struct text line;

    if (!text_line(rest, &line))
        return false;
    while (line.len > 0 && strchr(" \t", line.data[line.len - 1]) != NULL)
        line.len--;
    *toml = text_is(line, "+++");
    if (!*toml && !text_is(line, "---"))
        return false;
    *inner = *rest;
    for (;;) {
        const char *at = rest->data;

        if (!text_line(rest, &line))
            return false;
        line = text_trim(line);
        if (text_is(line, *toml ? "+++" : "---") ||
            (!*toml && text_is(line, "..."))) {
            inner->len = (size_t)(at - inner->data);
            return true;
        }
        if ((size_t)(rest->data - inner->data) > FRONT_MAX)
            return false;
    }
}

static void
read_fenced(struct front *f, struct text inner, bool toml)
{
    if (toml) {
        read_toml(f, inner);
    } else if (!read_yaml(f, inner)) {
        f->count = 0;
        f->room.len = 0;
        read_lines(f, inner, false);
    }
}

void
front_read(struct front *f, struct text *body)
{
    struct text rest = *body, inner;
    bool toml;

    if (read_json(f, body) || read_head(f, body) ||
        !cut_fenced(&rest, &inner, &toml))
        return;
    *body = rest;
    read_fenced(f, inner, toml);
}

/* YAML reads much as a pair, such as "<p>Rule: it rains". */
static bool
has_tags(struct text t)
{
    struct text line;

    while (text_line(&t, &line))
        if (text_begins(line, "<"))
            return true;
    return false;
}

void
front_read_page(struct front *f, struct text *page)
{
    struct text rest = *page, inner;
    bool toml;

    if (!cut_fenced(&rest, &inner, &toml) || (!toml && has_tags(inner)))
        return;
    read_fenced(f, inner, toml);
    if (f->count > 0)
        *page = rest;
}

void
front_free(struct front *f)
{
    sheaf_buf_free(&f->room);
    f->count = 0;
}
