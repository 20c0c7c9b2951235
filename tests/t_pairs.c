/*
 * Counting tokens and neighbours for a table of words: each round from
 * nothing, and the same for every number of threads.
 */
#include "write/pairs.h"

#include "base/mem.h"
#include "tap.h"

#define SLOTS 1024
#define ARTICLES 40
#define TEXT "the harbour, the ferry"

static const struct step no_step;

/* How often a string was counted; 0: never. */
static uint32_t
count_of(const struct pairs *p, const char *string)
{
    size_t len = strlen(string);

    for (size_t i = 0; i < p->slots; i++)
        if (p->table[i].key != 0 && p->table[i].len == len &&
            memcmp(p->table[i].at, string, len) == 0)
            return p->table[i].count;
    return 0;
}

static void
test_counts(unsigned threads)
{
    const struct sheaf_bytes entries[] = { sheaf_str("the"),
                                           sheaf_str("harbour") };
    struct sheaf_bytes articles[ARTICLES];
    struct pairs p;
    struct pool *pool = NULL;

    for (size_t i = 0; i < ARTICLES; i++)
        articles[i] = sheaf_str(TEXT);
    eq_int(pool_new(&pool, threads, NULL), SHEAF_OK, "%u threads", threads);
    eq_int(pairs_new(&p, pool, SLOTS, COUNT_OF(entries), NULL), SHEAF_OK,
           "a place to count");
    for (unsigned round = 1; round <= 2; round++) {
        eq_int(pairs_count(&p, entries, 2, true, articles, ARTICLES, 1,
                           &no_step, NULL),
               SHEAF_OK, "round %u", round);
        eq_int(p.seen, ARTICLES * (sizeof TEXT - 1), "all bytes are seen");
        eq_int(p.usage[0], 2 * ARTICLES, "the first entry, twice in each");
        eq_int(p.usage[1], ARTICLES, "the other one, once in each");
        eq_int(count_of(&p, "ferry"), ARTICLES, "a token that is no entry");
        eq_int(p.items % ARTICLES, 0, "each article has as many items: %u",
               (unsigned)(p.items / ARTICLES));
        ok(p.items >= (uint64_t)4 * ARTICLES, "at least its four words");
    }
    eq_int(pairs_count(&p, entries, 2, false, articles, ARTICLES, 4, &no_step,
                       NULL),
           SHEAF_OK, "neighbours, in every fourth");
    eq_int(p.seen, ARTICLES / 4 * (sizeof TEXT - 1), "whose bytes are seen");
    eq_int(p.usage[0], 2 * ARTICLES / 4, "and whose entries are counted");
    eq_int(count_of(&p, "ferry"), 0, "no token is left of the round before");
    eq_int(pairs_count(&p, entries, 2, true, articles, 0, 1, &no_step, NULL),
           SHEAF_OK, "no articles");
    ok(p.seen == 0 && p.items == 0 && p.usage[0] == 0 &&
           count_of(&p, "the") == 0,
       "have nothing");
    pairs_free(&p);
    pool_free(pool);
}

int
main(void)
{
    test_counts(1);
    test_counts(3);
    eq_int(mem_live(), 0, "nothing is left");
    return tap_done();
}
