/*
 * ris.c - references in RIS, which databases of the press export: lines of two
 * letters or digits, "  - ", and a value.
 */
#include "import/clipping.h"

static const struct clip_name names[] = {
    { "AN", CLIP_ID },        { "UR", CLIP_URL },
    { "TI", CLIP_HEADLINE },  { "T1", CLIP_HEADLINE },
    { "CT", CLIP_HEADLINE },  { "AU", CLIP_AUTHOR },
    { "A1", CLIP_AUTHOR },    { "DA", CLIP_PUBLISHED },
    { "PY", CLIP_PUBLISHED }, { "Y1", CLIP_PUBLISHED },
    { "AB", CLIP_BODY },      { "N2", CLIP_BODY },
    { "LA", CLIP_LANG },      { "KW", CLIP_KEYWORD },
    { "SE", CLIP_SECTION },   { NULL, CLIP_EXT },
};

/* Whether it is a line with a name; some programs put no space at its end. */
static bool
is_named(struct text line)
{
    return line.len >= 5 && line.data[0] >= 'A' && line.data[0] <= 'Z' &&
           ((line.data[1] >= 'A' && line.data[1] <= 'Z') ||
            (line.data[1] >= '0' && line.data[1] <= '9')) &&
           memcmp(line.data + 2, "  -", 3) == 0 &&
           (line.len == 5 || line.data[5] == ' ' || line.data[5] == '\r');
}

bool
is_ris(const struct look *l)
{
    struct text t = l->start;

    if (text_begins(t, "\xEF\xBB\xBF"))
        t = text_from(t.data + 3, t.len - 3);
    t = text_trim(t);
    return is_named(t) && memcmp(t.data, "TY", 2) == 0;
}

struct ris {
    struct clippings all;
    bool open;    /* within a reference */
    char name[3]; /* of the field that is being read, or "" */
    struct sheaf_buf value;
    /* The day, which is more than the year that may come before it. */
    struct sheaf_buf year;
};

static bool
is_year(const struct ris *r)
{
    return strcmp(r->name, "PY") == 0 || strcmp(r->name, "Y1") == 0;
}

static void
end_field(struct ris *r)
{
    struct text value = text_of_buf(&r->value);

    if (r->name[0] != '\0' && is_year(r) && r->year.len == 0)
        buf_add(&r->year, value.data, value.len);
    else if (r->name[0] != '\0')
        clip_add(&r->all, names, text_of(r->name), value);
    r->name[0] = '\0';
    r->value.len = 0;
}

static void
end_reference(struct ris *r)
{
    end_field(r);
    if (r->open && !story_has(r->all.story, STORY_PUBLISHED))
        clip_add(&r->all, names, text_of("PY"), text_of_buf(&r->year));
    if (r->open)
        clip_end(&r->all);
    r->year.len = 0;
    r->open = false;
}

static void
take_named(struct ris *r, struct text line)
{
    struct text value = text_from(line.data + 5, line.len - 5);

    end_field(r);
    if (memcmp(line.data, "TY", 2) == 0) {
        end_reference(r);
        clip_begin(&r->all);
        r->open = true;
    }
    if (memcmp(line.data, "ER", 2) == 0) {
        end_reference(r);
        return;
    }
    memcpy(r->name, line.data, 2);
    value = text_trim(value);
    buf_add(&r->value, value.data, value.len);
}

static void
take_line(void *to, struct text line)
{
    struct ris *r = to;
    struct sheaf_buf room = { 0 };

    line = row_decode(&r->all.row, line, &room);
    if (text_begins(line, "\xEF\xBB\xBF"))
        line = text_from(line.data + 3, line.len - 3);
    if (is_named(line)) {
        take_named(r, line);
    } else if (r->name[0] != '\0' && r->value.len + line.len < RECORD_MAX) {
        buf_add_str(&r->value, "\n");
        line = text_trim(line);
        buf_add(&r->value, line.data, line.len);
    }
    if (r->open && r->all.raw.len + line.len < RECORD_MAX) {
        buf_add(&r->all.raw, line.data, line.len);
        buf_add_str(&r->all.raw, "\n");
    }
    sheaf_buf_free(&room);
}

void
import_ris(struct item *item)
{
    struct ris r = { .open = false };

    clip_open(&r.all, item);
    if (clip_lines(item, take_line, &r))
        end_reference(&r);
    clip_close(&r.all);
    sheaf_buf_free(&r.value);
    sheaf_buf_free(&r.year);
}
