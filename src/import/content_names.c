/*
 * content_names.c - the classes and ids of a page's elements.
 *
 * Programs make some of them, which say nothing of what an element is: a class
 * with a number for each block, an id from the heading of a section.
 */
#include "import/content_rows.h"
#include "import/words.h"

#define CLASS_LONGEST 300
#define ID_LONGEST 290
/* Names that begin with so many of the same letters are alike. */
#define START_MIN 10
/* So many elements beside one are looked at. */
#define NEAR 16

/* ---- Ids from headings --------------------------------------------------- */

static bool
is_heading(const struct node *n)
{
    return n->tag >= TAG_H1 && n->tag <= TAG_H6;
}

static const struct node *
first_element(const struct node *n)
{
    const struct node *k = n->first;

    while (k != NULL && k->tag == TAG_TEXT && text_trim(k->text).len == 0)
        k = k->next;
    return k;
}

/* Letters and digits of `t`, in lower case; returns the number of words. */
static size_t
reduce(struct text t, char *out, size_t cap, size_t *len)
{
    static const char mark[] = "\302\266"; /* what leads to a heading */
    char low[ID_LONGEST + 1];
    size_t n = text_lower(t, low, sizeof low), words = 0;
    bool in_word = false;

    *len = 0;
    for (size_t i = 0; i < n && *len < cap; i++) {
        unsigned char ch = (unsigned char)low[i];
        bool part = ch >= 0x80 || (ch >= '0' && ch <= '9') ||
                    (ch >= 'a' && ch <= 'z');

        if (i + 1 < n && memcmp(low + i, mark, 2) == 0) {
            part = false;
            i++;
        }
        words += part && !in_word;
        in_word = part;
        if (part)
            out[(*len)++] = (char)ch;
    }
    return words;
}

static bool
is_digit(char ch)
{
    return ch >= '0' && ch <= '9';
}

/* How many words the id has, if it was made from the heading that the element
 * begins with: but for a number before or behind it, it has the same letters.
 * Otherwise 0. */
static size_t
heading_words(const struct content *c, const struct node *n)
{
    const struct node *k = first_element(n);
    char id[ID_LONGEST], heading[ID_LONGEST];
    const char *h = heading;
    size_t id_len, len, words;
    struct sheaf_buf text = { 0 };

    if (k != NULL && (k->tag == TAG_HEADER || k->tag == TAG_DIV))
        k = first_element(k);
    if (k == NULL || !is_heading(k))
        return 0;
    page_gather(k, &text, sizeof heading);
    (void)reduce(text_of_buf(&text), heading, sizeof heading, &len);
    sheaf_buf_free(&text);
    words = reduce(text_cut(page_attr(c->page, n, "id"), ID_LONGEST), id,
                   sizeof id, &id_len);
    for (; len > id_len && is_digit(*h); h++)
        len--;
    for (; id_len > len && is_digit(id[id_len - 1]); id_len--)
        ;
    return len != 0 && id_len == len && memcmp(id, h, len) == 0 ? words : 0;
}

/* Whether one beside it has such an id, too. */
static bool
is_one_of_sections(const struct content *c, const struct node *n)
{
    const struct node *k = n->parent != NULL ? n->parent->first : NULL;
    unsigned looked = 0;

    for (; k != NULL && looked < NEAR; k = k->next) {
        if (k == n || k->tag != n->tag)
            continue;
        looked++;
        if (content_alike(c, k, n) && heading_words(c, k) != 0)
            return true;
    }
    return false;
}

/* Comments stand below "Comments", too, and so one word alone is no proof. */
static bool
is_from_heading(const struct content *c, const struct node *n)
{
    size_t words = heading_words(c, n);

    return words > 1 || (words == 1 && is_one_of_sections(c, n));
}

/* ---- Classes ------------------------------------------------------------- */

static struct text
next_name(struct text *t)
{
    struct text name;

    *t = text_trim_start(*t);
    name = text_from(t->data, 0);
    while (name.len < t->len && (unsigned char)t->data[name.len] > ' ')
        name.len++;
    *t = text_from(t->data + name.len, t->len - name.len);
    return name;
}

static bool
has_digit(struct text t)
{
    for (size_t i = 0; i < t.len; i++)
        if (is_digit(t.data[i]))
            return true;
    return false;
}

/* Whether it is a hash, in which "ad" and the like are no words. */
static bool
is_made(struct text name)
{
    static const char *const starts[] = { "css-", "sc-", "jsx-", "svelte-",
                                          "elementor-element-" };

    for (size_t i = 0; i < COUNT_OF(starts); i++)
        if (text_begins(name, starts[i]))
            return has_digit(name);
    return false;
}

struct text
content_names(const struct content *c, const struct node *n,
              struct names *names)
{
    static const char widget[] = "elementor-widget"; /* any block there */
    struct text list = text_cut(page_attr(c->page, n, "class"), CLASS_LONGEST);
    struct text id = text_cut(page_attr(c->page, n, "id"), ID_LONGEST), name;

    names->len = 0;
    while ((name = next_name(&list)).len > 0) {
        if (is_made(name))
            continue;
        if (text_begins(name, widget))
            name = text_from(name.data + sizeof widget - 1,
                             name.len - (sizeof widget - 1));
        memcpy(names->text + names->len, name.data, name.len);
        names->len += name.len;
        names->text[names->len++] = ' ';
    }
    if (id.len > 0 && !is_from_heading(c, n)) {
        memcpy(names->text + names->len, id.data, id.len);
        names->len += id.len;
    }
    return text_from(names->text, names->len);
}

/* ---- Elements of one kind ------------------------------------------------ */

/* Without those with a digit: others may number the elements. */
static struct text
next_class(struct text *t)
{
    struct text name;

    do
        name = next_name(t);
    while (has_digit(name));
    return name;
}

/* Whether the list has it, or one that says more: "frame-type-text" and
 * "frame-type-textmedia". */
static bool
has_class(struct text list, struct text name)
{
    struct text next;

    while ((next = next_class(&list)).len > 0) {
        size_t len = next.len < name.len ? next.len : name.len;

        if (memcmp(next.data, name.data, len) == 0 &&
            (next.len == name.len || len >= START_MIN))
            return true;
    }
    return false;
}

bool
content_alike(const struct content *c, const struct node *a,
              const struct node *b)
{
    struct text one = text_cut(page_attr(c->page, a, "class"), CLASS_LONGEST);
    struct text two = text_cut(page_attr(c->page, b, "class"), CLASS_LONGEST);
    struct text all = two, name;
    size_t same = 0, count = 0, other = 0;

    if (a->tag != b->tag)
        return false;
    for (struct text rest = one; (name = next_class(&rest)).len > 0; count++)
        same += has_class(two, name);
    while (next_class(&all).len > 0)
        other++;
    return same == count && same == other;
}
