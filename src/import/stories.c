/*
 * stories.c - the records of an XML file, each a story.
 */
#include "import/stories.h"

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
