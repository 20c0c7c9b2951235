/*
 * browse_members.c - goes through the articles of a collection.
 */
#include "cli/browse_members.h"

#include <stdlib.h>

#include "cli/opening.h"

/* Another member was opened, or none: nothing of the one before may stay, but
 * that something is lost, which was named. */
static void
take_entered(void *arg)
{
    struct browse_members *m = arg;
    struct browse *b = m->browse;

    if (b->lost.leaves != 0)
        b->worst = worse(b->worst,
                         b->lost.forged ? EXIT_NOT_AUTHENTIC : EXIT_CORRUPT);
    browse_forget(b);
    if (m->open != SIZE_MAX)
        m->taken[m->open] = b->taken;
    m->open = m->collection.open;
    b->taken = NULL;
    if (m->open != SIZE_MAX) {
        b->member = m->open;
        b->taken = m->taken[m->open];
        m->taken[m->open] = NULL;
    }
    if (m->entered != NULL)
        m->entered(b->arg);
}

static int
find(struct browse *b, const char *name, bool trying, struct sheaf_entry *out)
{
    struct browse_members *m = b->over_arg;

    return collection_find(&m->collection, name, 0, trying, out);
}

static int
enter(struct browse *b, size_t member)
{
    struct browse_members *m = b->over_arg;

    return collection_enter(&m->collection, member);
}

/* What is wrong in one member hides nothing of the others. */
static int
walk(struct browse *b)
{
    struct browse_members *m = b->over_arg;
    int code = EXIT_DONE;

    for (size_t k = 0;
         code == EXIT_DONE && !b->enough && k < m->collection.members.count;
         k++) {
        if (interrupted())
            return say_interrupted();
        if (collection_enter(&m->collection, k) != EXIT_DONE)
            continue;
        code = browse_walk(b);
        if (code == EXIT_CORRUPT || code == EXIT_NOT_AUTHENTIC ||
            code == EXIT_UNSUPPORTED || code == EXIT_LIMIT) {
            b->worst = worse(b->worst, code);
            b->code = code = EXIT_DONE;
        }
        if (code == EXIT_DONE)
            b->worst = browse_code(b);
        browse_forget(b);
    }
    return code;
}

static int
superseded(struct browse *b, struct sheaf_bytes id, bool *out)
{
    struct browse_members *m = b->over_arg;

    return collection_superseded(&m->collection, b->member, id, out);
}

static int
code_of(const struct browse *b)
{
    const struct browse_members *m = b->over_arg;

    return m->collection.worst;
}

int
browse_open(struct browse_members *m, struct browse *b,
            const struct args *args)
{
    static const struct browse_over over = { find, walk, enter, superseded,
                                             code_of };
    struct collection *c = &m->collection;
    bool is;
    int code = collection_open(c, args, b->archive, &is);

    if (code != EXIT_DONE)
        return code;
    if (!is)
        return archive_open_args(b->archive, args);
    m->browse = b;
    m->open = SIZE_MAX;
    m->taken = calloc(c->members.count, sizeof *m->taken);
    if (m->taken == NULL)
        return say_no_memory();
    b->over = &over;
    b->over_arg = m;
    c->entered = take_entered;
    c->arg = m;
    return collection_index(c, false);
}

void
browse_members_end(struct browse_members *m)
{
    for (size_t i = 0; m->taken != NULL && i < m->collection.members.count;
         i++)
        free(m->taken[i]);
    free(m->taken);
    collection_close(&m->collection);
}
