/*
 * clipping.h - articles as databases of the press export them: text with a
 * name before each field.
 */
#ifndef SHEAF_IMPORT_CLIPPING_H
#define SHEAF_IMPORT_CLIPPING_H

#include "import/row.h"
#include "import/story.h"

enum clip_field {
    CLIP_EXT, /* no field of its own: kept under its name */
    CLIP_ID,
    CLIP_URL,
    CLIP_HEADLINE,
    CLIP_SUMMARY,
    CLIP_SECTION,
    CLIP_LANG,
    CLIP_BYLINE, /* "By Rita Example" */
    CLIP_AUTHOR, /* "Example, Rita" */
    CLIP_KEYWORD,
    CLIP_PUBLISHED,
    CLIP_BODY,
    CLIP_IGNORED
};

/* Case does not count. */
struct clip_name {
    const char *name;
    enum clip_field field;
};

struct clippings {
    struct item *item;
    struct story *story;
    struct row row;       /* decodes text that is not UTF-8 */
    struct sheaf_buf raw; /* the article as it came, but in UTF-8 */
    char *place;
    uint64_t number; /* of articles */
};

void clip_open(struct clippings *c, struct item *item);
/* Begins the next article. */
void clip_begin(struct clippings *c);
/* Adds one of its fields; a second body is kept under `name`. `names` ends with
 * a NULL. */
void clip_add(struct clippings *c, const struct clip_name *names,
              struct text name, struct text value);
/* Calls `take` with each line of the input, and rejects what is too long to be
 * one. False: the input has failed. */
bool clip_lines(struct item *item, void (*take)(void *to, struct text line),
                void *to);
/* Makes the article. */
void clip_end(struct clippings *c);
void clip_close(struct clippings *c);

#endif
