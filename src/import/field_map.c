/*
 * field_map.c - --map FILE: where to find the fields of records.
 */
#include "import/field_map.h"

#include <errno.h>
#include <stdio.h>

#define MAP_LINES 256

static struct map_line lines[MAP_LINES];
static size_t line_count;

static bool
is_field(const char *name)
{
    static const char *const names[] = {
        "body", "id", "url", "headline", "published", "updated", "section",
        "lang", "summary", "byline", "keywords", "type", "record",
    };

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

static void
add_line(struct text line, const char *place)
{
    const char *equals;
    struct map_line *m = &lines[line_count];
    struct text field, selector;

    line = text_trim(line);
    if (line.len == 0 || line.data[0] == '#')
        return;
    equals = memchr(line.data, '=', line.len);
    if (equals == NULL)
        die(EXIT_USAGE, place, "FIELD = SELECTOR expected");
    field = text_trim(text_from(line.data, (size_t)(equals - line.data)));
    selector = text_trim(text_from(
        equals + 1, line.len - (size_t)(equals - line.data) - 1));
    m->field = text_is(field, "author")
                   ? format_text("byline")
                   : format_text("%.*s", (int)field.len, field.data);
    if (!is_field(m->field))
        die(EXIT_USAGE, place, "unknown field '%s'", m->field);
    if (selector.len == 0)
        die(EXIT_USAGE, place, "a selector expected");
    if (line_count + 1 == MAP_LINES)
        die(EXIT_USAGE, place, "more than %d lines", MAP_LINES - 1);
    m->constant = selector.len >= 2 && selector.data[0] == '"' &&
                  selector.data[selector.len - 1] == '"';
    if (m->constant)
        selector = text_from(selector.data + 1, selector.len - 2);
    m->selector = format_text("%.*s", (int)selector.len, selector.data);
    line_count++;
}

void
map_load(const char *path)
{
    FILE *f = fopen(path, "re");
    char *line = NULL;
    size_t cap = 0;
    unsigned number = 0;
    ssize_t n;

    if (f == NULL)
        die(EXIT_FAILED, path, "%s", strerror(errno));
    while ((n = getline(&line, &cap, f)) >= 0) {
        char *place = format_text("%s:%u", path, ++number);
        struct text t = text_from(line, (size_t)n);

        if (!text_is_utf8(t) || memchr(line, '\0', (size_t)n) != NULL)
            die(EXIT_USAGE, place, "not UTF-8");
        add_line(t, place);
        mem_free(place);
    }
    if (ferror(f))
        die(EXIT_FAILED, path, "%s", strerror(errno));
    mem_free(line);
    fclose(f);
    if (line_count == 0)
        die(EXIT_USAGE, path, "no line with a field");
}

bool
map_loaded(void)
{
    return line_count > 0;
}

const struct map_line *
map_next(const char *field, size_t *at)
{
    while (*at < line_count)
        if (strcmp(lines[(*at)++].field, field) == 0)
            return &lines[*at - 1];
    return NULL;
}
