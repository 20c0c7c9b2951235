/*
 * record_page.c - a list of articles under a name that is also that of a body,
 * as many services give their pages:
 *
 *   {"content": [{"id": ..., "title": ..., "body": ...}, ...], "totalPages": 3}
 *
 * Blocks of rich text, and sections of an article, stand there, too. Those have
 * a headline or an ID at most, and the article around them has its own.
 */
#include "import/record_fields.h"

#define BIT(field) (1U << (field))

/* Whether it says that it is a component of a page: Strapi, Storyblok,
 * WordPress with ACF. */
static bool
is_component(const struct tree *doc, const struct value *v)
{
    static const char *const keys[] = { "__component", "component",
                                        "acf_fc_layout" };

    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (tree_member(doc, v, keys[i]) != NULL)
            return true;
    return false;
}

/* What an object of a list says, of these. */
static unsigned
said_by(const struct record *r, const struct value *v)
{
    static const enum field marks[] = { BODY, ID, URL, HEADLINE, PUBLISHED };
    struct record in = { .doc = r->doc, .object = v, .mapped = r->mapped };
    unsigned said = 0;

    if (v->type != TREE_OBJECT || is_component(r->doc, v))
        return 0;
    record_choose(&in);
    record_look_beside(&in);
    for (size_t i = 0; i < COUNT_OF(marks); i++)
        if (in.from[marks[i]] != NULL)
            said |= BIT(marks[i]);
    record_close(&in);
    return said;
}

/* What all objects of a list say of an article that is their own: two at least
 * of its ID, URL, headline and date; 0: they don't. One needs a text, or else
 * all an address, with which they are not the text either. */
static unsigned
said_by_all(const struct record *r, const struct value *list)
{
    unsigned all = ~BIT(BODY), any = 0;

    if (list->type != TREE_ARRAY || list->count == 0)
        return 0;
    for (size_t i = list->first; i != 0; i = r->doc->nodes[i].next) {
        unsigned said = said_by(r, &r->doc->nodes[i]);

        all &= said;
        any |= said;
        if ((all & (all - 1)) == 0)
            return 0;
    }
    return (any & BIT(BODY)) != 0 || (all & BIT(URL) && all & BIT(HEADLINE))
               ? all
               : 0;
}

/* The list that the body was made of: itself, or in an object. */
static const struct value *
find_list(const struct record *r, const struct value *v, unsigned *all)
{
    *all = said_by_all(r, v);
    if (*all != 0)
        return v;
    for (size_t i = v->type == TREE_OBJECT ? v->first : 0; i != 0;
         i = r->doc->nodes[i].next) {
        const struct value *inner = &r->doc->nodes[i];

        *all = said_by_all(r, inner);
        if (*all != 0)
            return inner;
    }
    return NULL;
}

/* Whether the record is an article whose text the list is: it has a headline
 * or an address, and the objects lack one. */
static bool
is_around(const struct record *r, unsigned all)
{
    if (r->from[HEADLINE] != NULL)
        return r->from[PUBLISHED] != NULL || (all & BIT(URL)) == 0 ||
               (all & BIT(HEADLINE)) == 0;
    return r->from[URL] != NULL && (all & (BIT(URL) | BIT(PUBLISHED))) == 0;
}

void
record_find_page(struct record *r, bool listed)
{
    const struct value *v, *list;
    unsigned all;

    if (r->from[BODY] == NULL || r->asked[BODY] || r->said[BODY].len == 0)
        return;
    v = record_lookup(r, r->from[BODY]);
    list = v != NULL ? find_list(r, v, &all) : NULL;
    if (list == NULL)
        return;
    if (!listed && !is_around(r, all)) {
        r->from[BODY] = NULL;
        r->said[BODY].len = 0;
        r->page = list;
    } else if ((all & (BIT(URL) | BIT(PUBLISHED))) != 0) {
        r->page = list;
    }
}
