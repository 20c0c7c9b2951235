/*
 * nexis.c - articles that Nexis exports as text: a line "1 of 25 DOCUMENTS"
 * before each, then paper, date and headline without names, and fields with
 * names in capitals.
 */
#include "import/clipping.h"
#include "import/date.h"

/* Lines before the first document: a title page. */
#define FIRST_LINES 40
#define LABEL_MAX ((size_t)24)

static const struct clip_name names[] = {
    { "HEADLINE", CLIP_HEADLINE },
    { "BYLINE", CLIP_BYLINE },
    { "SECTION", CLIP_SECTION },
    { "URL", CLIP_URL },
    { "LANGUAGE", CLIP_LANG },
    { "SUBJECT", CLIP_KEYWORD },
    { "BODY", CLIP_BODY },
    { "HIGHLIGHT", CLIP_SUMMARY },
    { NULL, CLIP_EXT },
};

/* Fields that come behind the text, where other words in capitals are text. */
static const char *const last[] = {
    "LOAD-DATE",       "LANGUAGE", "GRAPHIC",       "PUBLICATION-TYPE",
    "SUBJECT",         "URL",      "DOCUMENT-TYPE", "JOURNAL-CODE",
    "CORRECTION-DATE", "COMPANY",  "ORGANIZATION",  "PERSON",
    "GEOGRAPHIC",      "COUNTRY",  "NOTES",         "PUB-TYPE",
};

/* "1 of 25 DOCUMENTS", with white space around it. */
static bool
is_divider(struct text line)
{
    size_t n = 0;

    line = text_trim(line);
    while (n < line.len && line.data[n] >= '0' && line.data[n] <= '9')
        n++;
    if (n == 0 || line.len < n + 5 || memcmp(line.data + n, " of ", 4) != 0)
        return false;
    for (n += 4; n < line.len && line.data[n] >= '0' && line.data[n] <= '9';)
        n++;
    line = text_from(line.data + n, line.len - n);
    return text_is(line, " DOCUMENTS") || text_is(line, " DOCUMENT");
}

bool
is_nexis(const struct look *l)
{
    struct text rest = l->start, line;
    unsigned lines = 0;

    while (lines++ < FIRST_LINES && text_line(&rest, &line))
        if (is_divider(line))
            return true;
    return false;
}

struct nexis {
    struct clippings all;
    bool open; /* within a document */
    char name[LABEL_MAX +
              1]; /* of the field that is being read; "": none yet */
    struct sheaf_buf value;
    struct sheaf_buf title; /* the last paragraph before the fields */
    bool dated;
    bool blank;                 /* the line before this one is */
    bool bodied;                /* the text has begun */
    char before[LABEL_MAX + 1]; /* the field before text that no name begins */
};

/* The length of the name at the start of a line: capitals, and a colon. */
static size_t
label_len(struct text line)
{
    size_t n = 0;

    while (
        n < line.len && n <= LABEL_MAX &&
        ((line.data[n] >= 'A' && line.data[n] <= 'Z') || line.data[n] == '-'))
        n++;
    return n >= 3 && n <= LABEL_MAX && n < line.len && line.data[n] == ':' ? n
                                                                           : 0;
}

static bool
is_last(struct text name)
{
    for (size_t i = 0; i < COUNT_OF(last); i++)
        if (text_is(name, last[i]))
            return true;
    return false;
}

/* ---- Before the fields ---- */

/* A paragraph: the paper, its date, an edition, and the headline last, which
 * may have several lines. */
static void
end_paragraph(struct nexis *x)
{
    struct text t = text_trim(text_of_buf(&x->value)), rest = t;
    char day[DATE_MAX];

    if (t.len == 0 || text_begins(t, "Copyright ") ||
        text_begins(t, "All Rights Reserved")) {
        x->value.len = 0;
        return;
    }
    if (!x->dated && date_find(&rest, text_of("en"), day)) {
        story_set(x->all.story, STORY_PUBLISHED, text_of(day));
        x->dated = true;
        x->title.len = 0;
    } else if (!x->dated) {
        story_ext(x->all.story, text_of("publication"), t);
    } else {
        x->title.len = 0;
        buf_add(&x->title, t.data, t.len);
    }
    x->value.len = 0;
}

/* ---- Fields ---- */

/* A notice of copyright ends the last one. */
static void
end_field(struct nexis *x)
{
    if (x->name[0] == '\0')
        end_paragraph(x);
    else
        clip_add(&x->all, names, text_of(x->name), text_of_buf(&x->value));
    x->value.len = 0;
}

static void
end_document(struct nexis *x)
{
    if (x->open) {
        end_field(x);
        if (x->title.len > 0)
            story_set(x->all.story, STORY_HEADLINE, text_of_buf(&x->title));
        clip_end(&x->all);
    }
    x->open = false;
}

static void
begin_document(struct nexis *x)
{
    end_document(x);
    clip_begin(&x->all);
    x->open = true;
    x->dated = x->blank = x->bodied = false;
    x->name[0] = x->before[0] = '\0';
    x->value.len = x->title.len = 0;
}

/* A paragraph without a name behind a field is the text, most often: many
 * exports have no "BODY:". If they have, it is of the field. */
static void
begin_text(struct nexis *x)
{
    end_field(x);
    memcpy(x->before, x->name, sizeof x->before);
    memcpy(x->name, "BODY", 5);
    x->bodied = true;
}

static void
take_field(struct nexis *x, struct text line, size_t n)
{
    bool body = text_is(text_from(line.data, n), "BODY");

    if (body && x->before[0] != '\0')
        memcpy(x->name, x->before, sizeof x->name);
    x->bodied = x->bodied || body;
    x->before[0] = '\0';
    end_field(x);
    memcpy(x->name, line.data, n);
    x->name[n] = '\0';
    buf_add(&x->value, line.data + n + 1, line.len - n - 1);
    buf_add_str(&x->value, "\n");
}

static bool
is_in(const struct nexis *x, const char *name)
{
    return strcmp(x->name, name) == 0;
}

static void
take_line(struct nexis *x, struct text line)
{
    struct text t = text_trim(line);
    size_t n = label_len(line);
    bool body = is_in(x, "BODY"), blank = x->blank;

    x->blank = t.len == 0;
    if (n > 0 && (!body || is_last(text_from(line.data, n)) ||
                  (x->before[0] != '\0' && text_begins(line, "BODY:")))) {
        take_field(x, line, n);
    } else if (!body && x->name[0] != '\0' && text_begins(t, "Copyright ")) {
        end_field(x);
        memcpy(x->name, "copyright", 10);
        buf_add(&x->value, t.data, t.len);
        buf_add_str(&x->value, "\n");
    } else if (x->name[0] == '\0' && t.len == 0) {
        end_paragraph(x);
    } else {
        if (blank && !x->blank && !x->bodied && x->name[0] != '\0' &&
            !is_in(x, "copyright"))
            begin_text(x);
        buf_add(&x->value, t.data, t.len);
        buf_add_str(&x->value, "\n");
    }
}

static void
take_raw_line(void *to, struct text line)
{
    struct nexis *x = to;
    struct sheaf_buf room = { 0 };

    line = row_decode(&x->all.row, line, &room);
    if (is_divider(line)) {
        begin_document(x);
    } else if (x->open && x->all.raw.len + line.len < RECORD_MAX) {
        take_line(x, line);
        buf_add(&x->all.raw, line.data, line.len);
        buf_add_str(&x->all.raw, "\n");
    }
    sheaf_buf_free(&room);
}

void
import_nexis(struct item *item)
{
    struct nexis x = { .open = false };

    clip_open(&x.all, item);
    if (clip_lines(item, take_raw_line, &x))
        end_document(&x);
    clip_close(&x.all);
    sheaf_buf_free(&x.value);
    sheaf_buf_free(&x.title);
}
