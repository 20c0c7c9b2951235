/*
 * content_rows.h - what is known of each element of a page whose text is
 * searched: figures, and whether it is a part of an article at all.
 */
#ifndef SHEAF_IMPORT_CONTENT_ROWS_H
#define SHEAF_IMPORT_CONTENT_ROWS_H

#include "import/page.h"

/* What may stand before the text of an article, or around it. */
enum gate {
    GATE_NONE,
    GATE_PART,  /* a request to subscribe, or the text for who did */
    GATE_COVER, /* is not shown, or covers the page */
};

struct row {
    uint32_t text;  /* visible characters; a Chinese one counts twice */
    uint32_t link;  /* of these, in links */
    uint32_t paras; /* characters in real paragraphs */
    uint32_t gated; /* in paragraphs directly in it, each behind a gate */
    uint16_t commas;
    uint16_t items;  /* list items */
    uint16_t para_count;
    uint16_t images;
    uint16_t inputs;
    bool gone;
    bool headline; /* it has one inside; while `gone` is found out */
    uint8_t gate;
    bool scored;
    float score;
};

struct content {
    const struct page *page;
    struct row *rows;
    bool lenient;  /* ignore classes */
    bool captions; /* they are text */
    bool all;      /* leave out what nobody sees, and nothing else */
};

static inline struct row *
row_of(const struct content *c, const struct node *n)
{
    return &c->rows[n->index];
}

static inline float
link_share(const struct row *r)
{
    return r->text == 0 ? 0.0F : (float)r->link / (float)r->text;
}

/* Class and id, with a space between, as far as somebody chose them for what
 * the element is. */
struct names {
    char text[600];
    size_t len;
};
struct text content_names(const struct content *c, const struct node *n,
                          struct names *names);
/* Whether two elements are of one kind, by their tag and class. */
bool content_alike(const struct content *c, const struct node *a,
                   const struct node *b);

/* Marks all that is no article, and counts the rest. */
void content_measure(struct content *c);

#endif
