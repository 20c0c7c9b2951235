/*
 * proquest.c - articles that ProQuest exports as text: a line of underscores
 * before each, then its title, and paragraphs with a name:
 *
 *     ____________________________________________________________
 *
 *     Document 1 of 25
 *
 *     The ferry runs
 *
 *     Author: Example, Rita
 *
 *     Full text: It runs again.
 *
 *     Publication date: Mar 11, 2024
 */
#include "import/clipping.h"

#define RULER_MIN 20

static const struct clip_name names[] = {
    { "Title", CLIP_HEADLINE },
    { "Author", CLIP_AUTHOR },
    { "Publication date", CLIP_PUBLISHED },
    { "Full text", CLIP_BODY },
    { "Abstract", CLIP_SUMMARY },
    { "Abstract (summary)", CLIP_SUMMARY },
    { "Section", CLIP_SECTION },
    { "Subject", CLIP_KEYWORD },
    { "Language of publication", CLIP_LANG },
    { "Document URL", CLIP_URL },
    { "ProQuest document ID", CLIP_ID },
    { "Links", CLIP_EXT },
    { "Column", CLIP_EXT },
    { "Company / organization", CLIP_EXT },
    { "Copyright", CLIP_EXT },
    { "Country of publication", CLIP_EXT },
    { "Credit", CLIP_EXT },
    { "Database", CLIP_EXT },
    { "Dateline", CLIP_EXT },
    { "Document feature", CLIP_EXT },
    { "Document type", CLIP_EXT },
    { "Edition", CLIP_EXT },
    { "First page", CLIP_EXT },
    { "ISSN", CLIP_EXT },
    { "Issue", CLIP_EXT },
    { "Last updated", CLIP_EXT },
    { "Location", CLIP_EXT },
    { "Number of pages", CLIP_EXT },
    { "Pages", CLIP_EXT },
    { "People", CLIP_EXT },
    { "Place of publication", CLIP_EXT },
    { "Publication info", CLIP_EXT },
    { "Publication subject", CLIP_EXT },
    { "Publication title", CLIP_EXT },
    { "Publication year", CLIP_EXT },
    { "Publisher", CLIP_EXT },
    { "Source type", CLIP_EXT },
    { "Volume", CLIP_EXT },
    { NULL, CLIP_EXT },
};

static bool
is_ruler(struct text line)
{
    line = text_trim(line);
    for (size_t i = 0; i < line.len; i++)
        if (line.data[i] != '_')
            return false;
    return line.len >= RULER_MIN;
}

/* The name at the start of a paragraph, or NULL. */
static const struct clip_name *
name_of(struct text line)
{
    const char *colon = memchr(line.data, ':', line.len);

    for (const struct clip_name *n = names; colon != NULL && n->name != NULL;
         n++)
        if (text_is(text_from(line.data, (size_t)(colon - line.data)),
                    n->name))
            return n;
    return NULL;
}

/* Other texts have such lines, too, but not these names behind one. */
bool
is_proquest(const struct look *l)
{
    struct text rest = text_trim_start(l->start), line;
    bool text = false, title = false;

    if (!text_line(&rest, &line) || !is_ruler(line))
        return false;
    while (!(text && title) && text_line(&rest, &line)) {
        text = text || text_begins(line, "Full text:") ||
               text_begins(line, "Abstract:");
        title = title || text_begins(line, "Publication title:") ||
                text_begins(line, "Publication info:");
    }
    return text && title;
}

struct proquest {
    struct clippings all;
    const struct clip_name *name; /* of what is being read; NULL: none yet */
    struct sheaf_buf value;
    struct sheaf_buf head;     /* the lines before the first name */
    struct sheaf_buf abstract; /* the text, if there is no other */
    bool blank;                /* the line before this one is */
    bool passed;               /* text without a name came behind a document */
    bool told;
};

/* Names that follow each other, without a comma between two. */
static void
add_authors(struct proquest *p, struct text t)
{
    struct text name;

    while (text_item(&t, ';', &name))
        clip_add(&p->all, names, text_of("Author"), name);
}

static void
end_field(struct proquest *p)
{
    struct text t = text_trim(text_of_buf(&p->value));

    if (p->name == NULL || text_is(t, "None available.") ||
        text_is(t, "Not available.") || text_is(t, "Not Available")) {
        p->value.len = 0;
        return;
    }
    if (p->name->field == CLIP_SUMMARY && p->abstract.len == 0)
        buf_add(&p->abstract, t.data, t.len);
    else if (p->name->field == CLIP_AUTHOR)
        add_authors(p, t);
    else
        clip_add(&p->all, names, text_of(p->name->name), t);
    p->value.len = 0;
}

/* The title is the last line of the head, and has a name only further down. */
static struct text
last_line(struct text t)
{
    struct text line, last = text_of("");

    while (text_line(&t, &line))
        if (text_trim(line).len > 0)
            last = text_trim(line);
    return last;
}

/* What has no names is no document: the table of contents before them, or a
 * notice behind them. */
static void
end_document(struct proquest *p)
{
    struct story *s = p->all.story;

    if (p->name == NULL) {
        p->passed = p->all.number > 0 &&
                    (p->passed || !text_is_blank(text_of_buf(&p->head)));
    } else {
        end_field(p);
        if (!story_has(s, STORY_HEADLINE))
            story_set(s, STORY_HEADLINE, last_line(text_of_buf(&p->head)));
        clip_add(&p->all, names,
                 text_of(s->body.len > 0 ? "Abstract" : "Full text"),
                 text_of_buf(&p->abstract));
        clip_end(&p->all);
    }
    p->name = NULL;
    p->head.len = p->abstract.len = 0;
    p->blank = true;
}

static void
add_line(struct sheaf_buf *to, struct text line)
{
    if (to->len + line.len >= RECORD_MAX)
        return;
    buf_add(to, line.data, line.len);
    buf_add_str(to, "\n");
}

static void
begin_document(struct proquest *p)
{
    if (p->passed && !p->told)
        warn(p->all.item->place, "text between two documents is left out");
    p->told = p->told || p->passed;
    p->passed = false;
    clip_begin(&p->all);
    buf_add(&p->all.raw, p->head.data, p->head.len);
}

static void
take_line(struct proquest *p, struct text line)
{
    const struct clip_name *name = p->blank ? name_of(line) : NULL;

    p->blank = text_trim(line).len == 0;
    if (name != NULL && p->name == NULL)
        begin_document(p);
    else if (name != NULL)
        end_field(p);
    if (name != NULL)
        p->name = name;
    if (p->name != NULL)
        add_line(&p->all.raw, line);
    if (name != NULL)
        line = text_from(line.data + strlen(name->name) + 1,
                         line.len - strlen(name->name) - 1);
    add_line(p->name != NULL ? &p->value : &p->head, text_trim(line));
}

static void
take_raw_line(void *to, struct text line)
{
    struct proquest *p = to;
    struct sheaf_buf room = { 0 };

    line = row_decode(&p->all.row, line, &room);
    if (is_ruler(line))
        end_document(p);
    else
        take_line(p, line);
    sheaf_buf_free(&room);
}

void
import_proquest(struct item *item)
{
    struct proquest p = { .blank = true };

    clip_open(&p.all, item);
    if (clip_lines(item, take_raw_line, &p))
        end_document(&p);
    clip_close(&p.all);
    sheaf_buf_free(&p.value);
    sheaf_buf_free(&p.head);
    sheaf_buf_free(&p.abstract);
}
