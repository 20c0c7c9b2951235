/*
 * With the key, an archive that an attacker has changed gives true answers or
 * errors (oracle.h). ORACLE_ROUNDS sets the number of forgeries, ORACLE_SEED
 * which ones.
 */
#include "archive.h"
#include "oracle.h"

int
main(void)
{
    const char *text = getenv("ORACLE_ROUNDS");
    unsigned long rounds = text != NULL ? strtoul(text, NULL, 10) : 400;
    const char *seed = getenv("ORACLE_SEED");
    struct rng rng = { seed != NULL ? strtoul(seed, NULL, 10) : 2026 };
    struct oracle *o;
    unsigned lies = 0, given, answered = 0;

    make_folder();
    o = oracle_new(folder);
    eq_int(oracle_try(o, NULL, 0, 1, &given), 0,
           "unchanged, it gives the truth");
    for (unsigned long i = 0; i < rounds; i++) {
        uint8_t steps[96];
        size_t len = 20 + rng_below(&rng, sizeof steps - 20);

        for (size_t k = 0; k < len; k++)
            steps[k] = (uint8_t)rng_next(&rng);
        lies += oracle_try(o, steps, len, i % 4 == 0, &given);
        answered += given != 0;
    }
    printf("# %lu forgeries, of which %u still gave articles\n", rounds,
           answered);
    ok(answered > rounds / 10, "changed, it still gives articles");
    eq_int(lies, 0, "nor lies when it is changed");
    oracle_free(o);
    rmdir(folder);
    return tap_done();
}
