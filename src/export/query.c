/*
 * query.c - what is searched for, and whether a text has it.
 */
#include "export/query.h"

#define SPACES " \t\r\n\f\v"

/* ---- Parsing ------------------------------------------------------------- */

/* One word, or what a phrase encloses. */
static const char *
add_term(struct query *q, struct sheaf_bytes text)
{
    struct term *t = &q->terms[q->count];
    bool open = text.len != 0 && text.data[text.len - 1] == '*';

    if (q->count == TERMS_MAX)
        return "more than 64 words";
    *t = (struct term){ .first = q->list.count };
    if (open)
        text.len--;
    words_add(q->words, text, WORDS_TO_COMPARE, &q->list);
    t->count = q->list.count - t->first;
    if (t->count == 0)
        return open ? "a * needs the beginning of a word before it"
                    : "there is something without a letter or digit in it";
    if (q->list.count > QUERY_WORDS_MAX)
        return "more than 256 words in all";
    for (size_t i = t->first; i < q->list.count; i++)
        if (strlen(word_at(&q->list, i)) > WORD_MAX)
            return "a word of more than 64 bytes is not in the index";
    t->single = t->count == 1 && word_is_single(word_at(&q->list, t->first));
    t->open = open || t->single;
    q->count++;
    return NULL;
}

static const char *
parse_one(struct query *q, const char *text)
{
    const char *wrong = NULL;

    while (wrong == NULL && *(text += strspn(text, SPACES)) != '\0') {
        size_t len = strcspn(text, SPACES "\"");

        if (len == 0) {
            const char *end = strchr(++text, '"');

            if (end == NULL)
                return "a phrase that begins with \" has no \" at its end";
            len = (size_t)(end - text);
            wrong = add_term(q, sheaf_view(text, len));
            /* A * may follow the phrase itself. */
            if (wrong == NULL && end[1] == '*')
                q->terms[q->count - 1].open = true;
            text = end + 1 + (end[1] == '*');
        } else {
            wrong = add_term(q, sheaf_view(text, len));
            text += len;
        }
    }
    return wrong;
}

const char *
query_parse(struct query *q, const struct words *w, char **args)
{
    const char *wrong = NULL;

    q->words = w;
    for (size_t i = 0; args[i] != NULL && wrong == NULL; i++)
        wrong = parse_one(q, args[i]);
    if (wrong == NULL && q->count == 0)
        wrong = "there is no word to search for";
    return wrong;
}

/* ---- Comparing ----------------------------------------------------------- */

static bool
begins(const char *word, const char *with)
{
    return strncmp(word, with, strlen(with)) == 0;
}

static bool
ends(const char *word, const char *with)
{
    size_t len = strlen(word), n = strlen(with);

    return len >= n && strcmp(word + len - n, with) == 0;
}

static bool
stands_at(const struct query *q, const struct term *t,
          const struct word_list *text, size_t at)
{
    size_t last = t->first + t->count - 1;

    for (size_t i = t->first; i < last; i++)
        if (strcmp(word_at(&q->list, i), word_at(text, at++)) != 0)
            return false;
    if (t->single && ends(word_at(text, at), word_at(&q->list, last)))
        return true;
    return t->open ? begins(word_at(text, at), word_at(&q->list, last))
                   : strcmp(word_at(text, at), word_at(&q->list, last)) == 0;
}

static bool
has_term(const struct query *q, const struct term *t,
         const struct word_list *text)
{
    for (size_t at = 0; at + t->count <= text->count; at++)
        if (stands_at(q, t, text, at))
            return true;
    return false;
}

bool
query_fits(const struct query *q, struct sheaf_bytes headline,
           struct sheaf_bytes body)
{
    struct word_list head = { .count = 0 }, rest = { .count = 0 };
    bool fits = true;

    words_add(q->words, headline, WORDS_TO_COMPARE, &head);
    words_add(q->words, body, WORDS_TO_COMPARE, &rest);
    for (size_t i = 0; i < q->count && fits; i++)
        fits = has_term(q, &q->terms[i], &head) ||
               has_term(q, &q->terms[i], &rest);
    word_list_free(&head);
    word_list_free(&rest);
    return fits;
}

void
query_free(struct query *q)
{
    word_list_free(&q->list);
    q->count = 0;
}
