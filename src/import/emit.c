/*
 * emit.c - the last step of every format: checks a whole article, writes it,
 * and reports on it.
 */
#include "import/media.h"
#include "import/order.h"

#include <stdlib.h>

/* The article's own URL is kept; all other IDs get the prefix of
 * --id-prefix. A new string, or NULL. */
static char *
prefixed_id(struct meta *m)
{
    char *id;

    if (asked.id_prefix[0] == '\0' || m->id.len == 0 ||
        text_begins(m->id, "http://") || text_begins(m->id, "https://"))
        return NULL;
    id = format_text("%s%.*s", asked.id_prefix, (int)m->id.len, m->id.data);
    m->id = text_of(id);
    return id;
}

static void
report_field(struct sheaf_buf *found, struct sheaf_buf *missing,
             const char *name, bool there)
{
    struct sheaf_buf *b = there ? found : missing;

    if (b->data[b->len - 1] != '[')
        buf_add_str(b, ",");
    canon_string(b, text_of(name));
}

/* The words of `list`, each of which is followed by `separator`. */
static void
report_list(struct sheaf_buf *b, const struct sheaf_buf *list, char separator)
{
    struct text rest = text_of_buf(list);

    while (rest.len > 0) {
        const char *end = memchr(rest.data, separator, rest.len);
        size_t n = end != NULL ? (size_t)(end - rest.data) : rest.len;

        if (b->data[b->len - 1] != '[')
            buf_add_str(b, ",");
        canon_string(b, text_from(rest.data, n));
        n += end != NULL;
        rest = text_from(rest.data + n, rest.len - n);
    }
}

/* Doubts are warnings, which are not all shown. */
static void
tell_doubts(const char *place, const struct meta *m)
{
    struct text rest = text_of_buf(&m->doubts), line;

    while (text_line(&rest, &line))
        warn(place, "%.*s", (int)line.len, line.data);
}

/* {"doubts":[...],"found":[...],"guessed":[...],"id":...,"missing":[...],
 * "place":...,"type":...} */
static void
report(const char *place, const struct meta *m, const struct part *body)
{
    const struct {
        const char *name;
        bool there;
    } fields[] = {
        { "body", body->size > 0 },
        { "byline", m->byline.len > 0 },
        { "headline", m->headline.len > 0 },
        { "keywords", m->keywords.len > 0 },
        { "lang", m->lang.len > 0 },
        { "published", m->published.len > 0 },
        { "section", m->section.len > 0 },
        { "summary", m->summary.len > 0 },
        { "updated", m->updated.len > 0 },
        { "url", m->url.len > 0 },
    };
    struct sheaf_buf line = { 0 }, missing = { 0 };

    buf_add_str(&line, "{");
    if (m->doubts.len > 0) {
        buf_add_str(&line, "\"doubts\":[");
        report_list(&line, &m->doubts, '\n');
        buf_add_str(&line, "],");
    }
    buf_add_str(&line, "\"found\":[");
    buf_add_str(&missing, "[");
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        report_field(&line, &missing, fields[i].name, fields[i].there);
    buf_add_str(&line, "],\"guessed\":[");
    report_list(&line, &m->guessed, ' ');
    buf_add_str(&line, "],\"id\":");
    canon_string(&line, m->id);
    buf_add_str(&line, ",\"missing\":");
    buf_add(&line, missing.data, missing.len);
    buf_add_str(&line, "],\"place\":");
    /* A place may contain a name that is not UTF-8. */
    canon_string(&line, text_is_utf8(text_of(place)) ? text_of(place)
                                                     : text_of(""));
    buf_add_str(&line, ",\"type\":");
    canon_string(&line, text_of(body->type));
    buf_add_str(&line, "}");
    out_report(text_of_buf(&line));
    sheaf_buf_free(&line);
    sheaf_buf_free(&missing);
}

static bool
emit_parts(const char *place, struct meta *m, const struct part *parts,
           size_t count, struct text record)
{
    char *id = prefixed_id(m);
    char *why = NULL;
    struct text line;
    int code;
    bool good = meta_line(m, &line, &code, &why);

    if (!good) {
        reject(code, place, record, "%s", why);
    } else {
        if (asked.report)
            report(place, m, &parts[0]);
        tell_doubts(place, m);
        order_check(m, place);
        out_article(place, line, parts, count);
    }
    mem_free(id);
    mem_free(why);
    return good;
}

bool
emit(const char *place, struct meta *m, const struct part *parts,
     size_t count, struct text record)
{
    struct media *media;
    bool good;

    if (!asked.media)
        return emit_parts(place, m, parts, count, record);
    media = mem_new(1, sizeof *media);
    media_add(media, m, parts, count);
    good = emit_parts(place, m, media->parts, media->count, record);
    media_free(media);
    mem_free(media);
    return good;
}

bool
emit_input(const char *place, struct meta *m, const char *type,
           struct input *in)
{
    struct part part = { SHEAF_ROLE_BODY, type, 0, NULL };
    struct text start = input_peek(in, HOLD_MAX + 1);

    if (in->ended && !input_failed(in)) {
        part.size = start.len;
        part.data = start.data;
        return emit(place, m, &part, 1, text_from("", 0));
    }
    /* The content of a container is read completely before the packer gets
     * any of it: it may be damaged later on. */
    if (input_failed(in) || !input_to_file(in))
        return false;
    part.size = in->size;
    if (!emit(place, m, &part, 1, text_from("", 0)))
        return false;
    input_pass(in, in->size, place);
    return true;
}
