/*
 * record_fields.h - a record on its way to an article: which of its members
 * is which field.
 */
#ifndef SHEAF_IMPORT_RECORD_FIELDS_H
#define SHEAF_IMPORT_RECORD_FIELDS_H

#include "import/record.h"

enum field {
    BODY,
    ID,
    URL,
    HEADLINE,
    PUBLISHED,
    UPDATED,
    SECTION,
    LANG,
    SUMMARY,
    BYLINE,
    KEYWORDS,
    FIELD_COUNT
};

/* The member for a body that is no UTF-8, in the form in which names are
 * compared. */
#define RECORD_BASE64 "bodybase64"

struct member {
    const struct value *value;
    struct text name; /* in the form in which names are compared */
};

struct record {
    const struct tree *doc;
    const struct value *object;
    const struct value *hit; /* what it was wrapped in; or NULL */
    const struct value
        *outer_id; /* what says there which ID it has; or NULL */
    const struct value **members; /* in order of their keys */
    size_t count;
    struct member *named; /* the same in order of their names */
    char *names;
    const struct value
        *field[FIELD_COUNT]; /* the member that fits unchanged */
    struct sheaf_buf
        said[FIELD_COUNT];         /* converted content of other members */
    const char *from[FIELD_COUNT]; /* the member's name; NULL: none */
    const struct value *unclear[FIELD_COUNT]; /* a member that should be a
                                                 date and is not */
    const struct value
        *empty; /* a body without text, or with a word for none */
    bool mapped;                              /* as in struct records */
    /* It is an object beside a text: a name in it is as often that of a file,
     * or of a collection. */
    bool beside;
    bool asked[FIELD_COUNT];                  /* --map has a line for it */
    bool url_beside; /* its URL is of an object in it ... */
    bool piece;      /* ... and that of the record before it */
    const struct value *page; /* a list of articles under the name of a body;
                                 or NULL */
};

/* ---- record_find.c ---- */

/* The letters and digits of `key`, in lower case, at `to`. */
struct text record_name(struct text key, char *to);
/* Fills in `named` and `names`. */
void record_name_members(struct record *r);
/* The member with exactly this key, or NULL. */
const struct value *record_member(const struct record *r, struct text key);
/* "a", or "a.b": by names as they are compared. */
const struct value *record_lookup(const struct record *r, const char *key);
/* The value that a line of --map selects. */
const struct value *record_select(const struct record *r,
                                  const char *selector);

static inline bool
record_has(const struct record *r, const struct value *v)
{
    return record_member(r, v->key) == v;
}

static inline bool
value_is_string(const struct value *v)
{
    return v != NULL && v->type == TREE_STRING && !v->odd;
}

static inline struct text
record_text(const struct record *r, enum field f)
{
    return r->field[f] != NULL ? r->field[f]->string
                               : text_of_buf(&r->said[f]);
}

/* ---- undated.c ---- */

/* For files of one article each. */
extern struct undated undated_alone;

/* Warns, once, of a member that looks like the date which the articles of the
 * source do not have. Call it for each article that is made of `r`. */
void undated_check(struct undated *u, const struct record *r,
                   const struct meta *m, const char *place);

/* The same for files whose front matter is m->front, and whose place this is:
 * --map is not for them. */
void undated_front(const struct meta *m, const char *place);

/* ---- record_beside.c ---- */

/* Opens an object that says what is known of a text beside it. */
void record_open_beside(struct record *in, const struct tree *doc,
                        const struct value *v);
/* Fills in what the record lacks from an object beside its text. */
void record_look_beside(struct record *r);

/* ---- record_page.c ---- */

/* Finds a list of articles where the body should be. If the record is no
 * article itself, it then has no body; `listed`: it is an element of a list,
 * and stays one article. */
void record_find_page(struct record *r, bool listed);

/* ---- record_say.c ---- */

/* Converts `v` to the form of the field. False: it cannot be. */
bool record_say(const struct record *r, enum field field,
                const struct value *v, struct sheaf_buf *out);

/* ---- record_body.c ---- */

/* Appends the text of a list or an object, in its order: paragraphs, blocks of
 * rich text; elements of ANS as HTML. */
void record_say_pieces(const struct tree *doc, const struct value *v,
                       struct sheaf_buf *out);

/* ---- record_names.c ---- */

#define ALIAS_KEYS 32
/* Names of one field's member, the best first; NULL behind the last. */
struct alias {
    enum field field;
    const char *keys[ALIAS_KEYS];
};
/* The list after `a`, or the first one if that is NULL; NULL: there is none.
 * A field may have several, and the best comes first. */
const struct alias *alias_next(const struct alias *a);
/* Whether this is a name for an ID, a URL, a headline or a date that tables of
 * other things have, too. */
bool record_is_weak(const char *from);

/* ---- record_fields.c ---- */

/* Finds each field among the members of r->object. */
void record_choose(struct record *r);
void record_close(struct record *r);
/* Whether a field holds the member unchanged. */
bool record_is_field(const struct record *r, const struct value *v);
/* What an item of a JSON Feed does not say is that of the feed. */
void record_inherit(struct record *r, const struct records *all);
/* Appends the content of a field as metadata has it: keywords as a list. */
void record_copy(const struct record *r, enum field f, struct sheaf_buf *out);
/* source.keys, and `ext`. */
void record_keys(const struct record *r, struct sheaf_buf *out);
void record_ext(const struct record *r, struct sheaf_buf *ext);
/* A field with converted content leaves its member in ext. */
void record_detach(struct record *r, enum field f);

#endif
