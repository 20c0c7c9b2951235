/*
 * ris.c - references in RIS and in the form of EndNote, which databases of the
 * press export: lines with a name of two characters and a value.
 *
 *     TY  - NEWS               %0 Newspaper Article
 *     TI  - The ferry runs     %T The ferry runs
 *     ER  -
 */
#include "import/clipping.h"

static const struct clip_name ris_names[] = {
    { "AN", CLIP_ID },        { "UR", CLIP_URL },
    { "TI", CLIP_HEADLINE },  { "T1", CLIP_HEADLINE },
    { "CT", CLIP_HEADLINE },  { "AU", CLIP_AUTHOR },
    { "A1", CLIP_AUTHOR },    { "DA", CLIP_PUBLISHED },
    { "PY", CLIP_PUBLISHED }, { "Y1", CLIP_PUBLISHED },
    { "AB", CLIP_BODY },      { "N2", CLIP_BODY },
    { "LA", CLIP_LANG },      { "KW", CLIP_KEYWORD },
    { "SE", CLIP_SECTION },   { NULL, CLIP_EXT },
};

static const struct clip_name endnote_names[] = {
    { "%M", CLIP_ID },      { "%U", CLIP_URL },       { "%T", CLIP_HEADLINE },
    { "%A", CLIP_AUTHOR },  { "%8", CLIP_PUBLISHED }, { "%D", CLIP_PUBLISHED },
    { "%X", CLIP_BODY },    { "%G", CLIP_LANG },      { "%K", CLIP_KEYWORD },
    { "%&", CLIP_SECTION }, { NULL, CLIP_EXT },
};

/* Some programs put no space at the end of a name. */
static size_t
ris_name(struct text line)
{
    return line.len >= 5 && line.data[0] >= 'A' && line.data[0] <= 'Z' &&
                   ((line.data[1] >= 'A' && line.data[1] <= 'Z') ||
                    (line.data[1] >= '0' && line.data[1] <= '9')) &&
                   memcmp(line.data + 2, "  -", 3) == 0 &&
                   (line.len == 5 || line.data[5] == ' ' ||
                    line.data[5] == '\r')
               ? 5
               : 0;
}

static size_t
endnote_name(struct text line)
{
    return line.len >= 2 && line.data[0] == '%' && line.data[1] > ' ' &&
                   line.data[1] <= '~' &&
                   (line.len == 2 || line.data[2] == ' ' ||
                    line.data[2] == '\r')
               ? 2
               : 0;
}

static const struct form {
    /* The length of what is before the value; 0: the line has no name. */
    size_t (*name)(struct text line);
    const struct clip_name *names;
    const char *first, *last; /* names at the ends of a reference */
    const char *years[2];     /* the day is another field, if it is known */
    const char *day;          /* may lack its year */
    const char *lines;        /* has a value on each line */
} ris = { ris_name, ris_names, "TY", "ER", { "PY", "Y1" }, "", "" },
  endnote = {
      endnote_name, endnote_names, "%0", "", { "%D", "%D" }, "%8", "%K"
  };

/* The text behind white space and byte order marks. */
static bool
begins_with(const struct form *form, struct text t)
{
    t = text_trim(t);
    return form->name(t) > 0 && memcmp(t.data, form->first, 2) == 0;
}

bool
is_ris(const struct look *l)
{
    return begins_with(&ris, l->start);
}

/* A comment of TeX may begin as its first line does. */
bool
is_endnote(const struct look *l)
{
    struct text t = text_trim_start(l->start), line;

    return begins_with(&endnote, t) && text_line(&t, &line) &&
           endnote_name(t) > 0;
}

struct references {
    struct clippings all;
    const struct form *form;
    bool open;    /* within a reference */
    char name[3]; /* of the field that is being read, or "" */
    struct sheaf_buf value;
    /* The year, which a day that is known says, too. */
    struct sheaf_buf year;
};

static bool
is_in(const struct references *r, const char *name)
{
    return strcmp(r->name, name) == 0;
}

/* "March 11", where the year is in its own field. */
static void
add_year(struct references *r)
{
    size_t run = 0;

    for (size_t i = 0; i < r->value.len && run < 4; i++)
        run = r->value.data[i] >= '0' && r->value.data[i] <= '9' ? run + 1 : 0;
    if (run == 4 || r->year.len == 0)
        return;
    buf_add_str(&r->value, " ");
    buf_add(&r->value, r->year.data, r->year.len);
}

static void
end_field(struct references *r)
{
    const struct form *form = r->form;
    bool year = is_in(r, form->years[0]) || is_in(r, form->years[1]);
    struct text value, line;

    if (r->name[0] == '\0')
        return;
    if (is_in(r, form->day))
        add_year(r);
    value = text_of_buf(&r->value);
    if (year && r->year.len == 0) {
        buf_add(&r->year, value.data, value.len);
    } else if (is_in(r, form->lines)) {
        while (text_line(&value, &line))
            clip_add(&r->all, form->names, text_of(r->name), line);
    } else {
        clip_add(&r->all, form->names, text_of(r->name), value);
    }
    r->name[0] = '\0';
    r->value.len = 0;
}

static void
end_reference(struct references *r)
{
    end_field(r);
    if (r->open && !story_has(r->all.story, STORY_PUBLISHED))
        clip_add(&r->all, r->form->names, text_of(r->form->years[0]),
                 text_of_buf(&r->year));
    if (r->open)
        clip_end(&r->all);
    r->year.len = 0;
    r->open = false;
}

static bool
is_name(struct text line, const char *name)
{
    return name[0] != '\0' && memcmp(line.data, name, 2) == 0;
}

static void
take_named(struct references *r, struct text line, size_t n)
{
    struct text value = text_trim(text_from(line.data + n, line.len - n));

    end_field(r);
    if (is_name(line, r->form->first)) {
        end_reference(r);
        clip_begin(&r->all);
        r->open = true;
    }
    if (is_name(line, r->form->last)) {
        end_reference(r);
        return;
    }
    memcpy(r->name, line.data, 2);
    buf_add(&r->value, value.data, value.len);
}

static void
take_line(void *to, struct text line)
{
    struct references *r = to;
    struct sheaf_buf room = { 0 };
    size_t n;

    line = row_decode(&r->all.row, line, &room);
    if (text_begins(line, "\xEF\xBB\xBF"))
        line = text_from(line.data + 3, line.len - 3);
    if ((n = r->form->name(line)) > 0) {
        take_named(r, line, n);
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

static void
import_references(struct item *item, const struct form *form)
{
    struct references r = { .form = form };

    clip_open(&r.all, item);
    if (clip_lines(item, take_line, &r))
        end_reference(&r);
    clip_close(&r.all);
    sheaf_buf_free(&r.value);
    sheaf_buf_free(&r.year);
}

void
import_ris(struct item *item)
{
    import_references(item, &ris);
}

void
import_endnote(struct item *item)
{
    import_references(item, &endnote);
}
