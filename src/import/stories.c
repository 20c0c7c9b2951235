/*
 * stories.c - the records of an XML file, each a story.
 */
#include "import/stories.h"

void
stories_paragraph(struct story *s, struct text t)
{
    bool space = false;

    t = text_trim(t);
    if (t.len > 0 && s->body.len > 0)
        buf_add_str(&s->body, "\n\n");
    for (size_t i = 0; i < t.len; i++) {
        bool now = strchr(" \t\r\n", t.data[i]) != NULL;

        if (!now && space)
            buf_add_str(&s->body, " ");
        if (!now)
            buf_add(&s->body, t.data + i, 1);
        space = now;
    }
}

uint64_t
stories_each(struct item *item, const char *const *records, const char *what,
             story_of_record *take)
{
    struct cut *c = mem_new(1, sizeof *c);
    struct story *s = mem_new(1, sizeof *s);
    uint64_t number = 0;
    enum cut_got got;

    cut_open(c, item->in, records);
    while ((got = cut_next(c)) != CUT_END) {
        number++;
        if (got == CUT_RECORD)
            take(item, c, s, number);
        else
            cut_reject(c, got, item, what, number);
    }
    cut_warn(c, item->place);
    cut_close(c);
    story_free(s);
    mem_free(s);
    mem_free(c);
    return number;
}
