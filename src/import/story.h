/*
 * story.h - an article that is gathered piece by piece: an item of a feed, a
 * news item, a mail.
 *
 * Formats call story_start, fill in what they find, and end with story_emit.
 * Whatever is put in is made fit for metadata here: UTF-8, one line, cut to
 * its limit, a date in the form of dates.
 */
#ifndef SHEAF_IMPORT_STORY_H
#define SHEAF_IMPORT_STORY_H

#include "import/import.h"

#define STORY_LIST_MAX 500
#define STORY_EXT_MAX (256 * KIB)
#define STORY_PARTS 200

enum story_field {
    STORY_ID,
    STORY_URL,
    STORY_HEADLINE,
    STORY_SUMMARY,
    STORY_SECTION,
    STORY_LANG,
    STORY_BYLINE,
    STORY_PUBLISHED,
    STORY_UPDATED,
    STORY_RETRIEVED,
    STORY_FIELDS
};

struct story_ext {
    struct sheaf_buf key, json;
    size_t order;
};

struct story_part {
    int role;
    struct sheaf_buf type, data;
};

struct story {
    struct sheaf_buf field[STORY_FIELDS];
    bool guessed[STORY_FIELDS];
    struct sheaf_buf authors, keywords, media, related; /* JSON, without [] */
    size_t author_count, keyword_count, media_count, related_count;
    struct story_ext ext[STORY_LIST_MAX];
    size_t ext_count, ext_size;
    bool long_id; /* its own ID was too long */
    bool lost; /* something did not fit: the original must be kept, too */
    struct sheaf_buf body;
    const char *type; /* of the body */
    struct sheaf_buf type_room;
    struct story_part parts[STORY_PARTS]; /* after the body */
    size_t part_count;
    unsigned source; /* of all articles: for numbered_check */
    uint64_t placed; /* for numbered_placed */
};

/* Empties it for the next article. Initialise it with { 0 }, or mem_new. */
void story_start(struct story *s);
/* Sets a field that is still empty; white space becomes single spaces. */
void story_set(struct story *s, enum story_field f, struct text t);
/* The same from HTML: without its tags, with its references decoded. */
void story_set_html(struct story *s, enum story_field f, struct text t);
/* The same with a date. False: it is none. */
bool story_date(struct story *s, enum story_field f, struct text t);
/* The same with an address, resolved against `base`. False: it is none. */
bool story_url(struct story *s, struct text t, struct text base);
/* A language tag; "en_US" is one. */
void story_lang(struct story *s, struct text t);
bool story_has(const struct story *s, enum story_field f);
struct text story_text(const struct story *s, enum story_field f);

/* `uri` and `role` may be empty. Also adds the name to the byline. */
void story_author(struct story *s, struct text name, struct text uri,
                  struct text role);
void story_keyword(struct story *s, struct text t);
void story_related(struct story *s, struct text t);
struct story_media {
    struct text caption, credit, name, type, url; /* `name` of a file */
    uint64_t length; /* bytes; 0: unknown */
    size_t part;     /* its number, if it is one of the article; or 0 */
};
void story_media(struct story *s, const struct story_media *media);
/* A member of ext, as a string or as canonical JSON; several with one key
 * become an array. */
void story_ext(struct story *s, struct text key, struct text value);
void story_ext_json(struct story *s, struct text key, struct text json);
/* Sets the type of the body, if it is a media type. */
void story_type(struct story *s, struct text type);
/* A part after the body; its bytes are copied. A type that is none becomes
 * application/octet-stream. False: there are too many. */
bool story_part(struct story *s, int role, struct text type, struct text data);

/*
 * Makes the article, or rejects it. `fallback` is its ID if nothing better is
 * known, `number` its place in the input, or 0, and `raw` its original, of type
 * `raw_type`: a part if `s->lost` is set, and what --rejects keeps.
 */
bool story_emit(struct story *s, const struct item *item, const char *place,
                const char *fallback, uint64_t number, struct text raw,
                const char *raw_type);
void story_free(struct story *s);

/* Decodes base64 with white space in it, in place. False: it is none. */
bool story_base64(struct sheaf_buf *b);

/* Whether text is HTML: it has a tag that HTML knows, or a reference. */
bool story_is_html(struct text t);

#endif
