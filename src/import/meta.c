/*
 * meta.c - the metadata of an article as one line of canonical JSON.
 *
 * This is RFC 8785 without its hard part, the printing of floating-point
 * numbers: there are none. Keys are ASCII, so their order as UTF-16 is that of
 * bytes.
 */
#include "import/import.h"

#include <stdlib.h>

static struct sheaf_buf line;

void
canon_string(struct sheaf_buf *b, struct text t)
{
    assert(text_is_utf8(t));
    (void)json_escape(text_bytes(t), b);
}

void
canon_key(struct sheaf_buf *b, struct text key)
{
    if (b->data[b->len - 1] != '{')
        buf_add_str(b, ",");
    canon_string(b, key);
    buf_add_str(b, ":");
}

static void
field(struct sheaf_buf *b, const char *key, struct text value)
{
    /* Never write a line that is not JSON, even if a format did not check. */
    if (value.len == 0 || !text_is_utf8(value))
        return;
    canon_key(b, text_of(key));
    canon_string(b, value);
}

static void
field_json(struct sheaf_buf *b, const char *key, const struct sheaf_buf *value)
{
    if (value->len == 0)
        return;
    canon_key(b, text_of(key));
    buf_add(b, value->data, value->len);
}

static void
field_source(struct sheaf_buf *b, const struct meta *m)
{
    bool place = !asked.no_lines || (m->line == 0 && m->record == 0);

    if ((!place || (m->file.len == 0 && m->member.len == 0 && m->line == 0 &&
                    m->record == 0)) &&
        m->keys.len == 0)
        return;
    canon_key(b, text_of("source"));
    buf_add_str(b, "{");
    if (place)
        field(b, "file", m->file);
    field_json(b, "keys", &m->keys);
    if (place && m->line != 0) {
        canon_key(b, text_of("line"));
        buf_add_u64_text(b, m->line);
    }
    if (place)
        field(b, "member", m->member);
    if (place && m->record != 0) {
        canon_key(b, text_of("record"));
        buf_add_u64_text(b, m->record);
    }
    buf_add_str(b, "}");
}

void
meta_start(struct meta *m, const struct item *item)
{
    memset(m, 0, sizeof *m);
    if (item->file != NULL)
        m->file = text_of(item->file);
    if (item->member != NULL)
        m->member = text_of(item->member);
}

/* The error, or NULL; a new string. */
static char *
check_id(struct text id)
{
    if (id.len == 0)
        return format_text("there is nothing to make an ID of");
    if (id.len > ID_MAX)
        return format_text("the ID has %zu bytes, more than %zu", id.len,
                           ID_MAX);
    for (size_t i = 0; i < id.len;) {
        const uint8_t *p = (const uint8_t *)id.data + i;
        size_t n = utf8_len(p, id.len - i);

        if (n == 0)
            return format_text("the ID is not UTF-8");
        if (p[0] < 0x20 || p[0] == 0x7F || (p[0] == 0xC2 && p[1] < 0xA0))
            return format_text("the ID has a control character in it");
        i += n;
    }
    return NULL;
}

bool
meta_line(struct meta *m, struct text *out, int *code, char **why)
{
    *code = EXIT_FAILED;
    *why = check_id(m->id);
    if (*why != NULL)
        return false;
    line.len = 0;
    buf_add_str(&line, "{");
    field_json(&line, "authors", &m->authors);
    field(&line, "byline", m->byline);
    field_json(&line, "ext", &m->ext);
    field(&line, "headline", m->headline);
    field(&line, "id", m->id);
    field_json(&line, "keywords", &m->keywords);
    field(&line, "lang", m->lang);
    field_json(&line, "media", &m->media);
    field(&line, "published", m->published);
    field_json(&line, "related", &m->related);
    field(&line, "retrieved", m->retrieved);
    field(&line, "section", m->section);
    field_source(&line, m);
    field(&line, "summary", m->summary);
    field(&line, "updated", m->updated);
    field(&line, "url", m->url);
    buf_add_str(&line, "}");
    if (line.len > META_MAX) {
        *code = EXIT_LIMIT;
        *why = format_text("%zu bytes of metadata, more than %zu", line.len,
                           META_MAX);
        return false;
    }
    *out = text_of_buf(&line);
    return true;
}

void
meta_guess(struct meta *m, const char *field)
{
    buf_add_str(&m->guessed, field);
    buf_add_str(&m->guessed, " ");
}

/* Where `word` is among the guesses, or NULL. */
static char *
find_guess(const struct meta *m, const char *word)
{
    return m->guessed.len == 0
               ? NULL
               : memmem(m->guessed.data, m->guessed.len, word, strlen(word));
}

bool
meta_guessed(const struct meta *m, const char *field)
{
    char *word = format_text("%s ", field);
    bool there = find_guess(m, word) != NULL;

    mem_free(word);
    return there;
}

void
meta_not_guessed(struct meta *m, const char *field)
{
    char *word = format_text("%s ", field);
    char *at = find_guess(m, word);
    size_t n = strlen(word);

    if (at != NULL) {
        size_t left = m->guessed.len -
                      (size_t)((uint8_t *)at - m->guessed.data) - n;

        memmove(at, at + n, left);
        m->guessed.len -= n;
    }
    mem_free(word);
}

struct text
meta_keep(struct meta *m, struct text t)
{
    size_t at = m->notes.len;

    assert(m->notes.cap - m->notes.len >= t.len);
    buf_add(&m->notes, t.data, t.len);
    return t.len > 0 ? text_from(m->notes.data + at, t.len) : text_from("", 0);
}

void
meta_doubt(struct meta *m, const char *doubt)
{
    buf_add_str(&m->doubts, doubt);
    buf_add_str(&m->doubts, "\n");
}

void
meta_free(struct meta *m)
{
    sheaf_buf_free(&m->authors);
    sheaf_buf_free(&m->ext);
    sheaf_buf_free(&m->front);
    sheaf_buf_free(&m->keys);
    sheaf_buf_free(&m->keywords);
    sheaf_buf_free(&m->media);
    sheaf_buf_free(&m->related);
    sheaf_buf_free(&m->notes);
    sheaf_buf_free(&m->guessed);
    sheaf_buf_free(&m->doubts);
}
