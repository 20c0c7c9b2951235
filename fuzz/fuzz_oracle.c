/*
 * Any bytes, taken as the steps of an attacker who changes what is not signed
 * (tests/oracle.h). A reader with the key must give true answers or errors.
 */
#include "../tests/oracle.h"
#include "fuzz.h"

#include <stdio.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct oracle *o;
    unsigned given;
    char folder[] = "/tmp/sheaf-fuzz.XXXXXX";

    if (o == NULL) {
        MUST_HOLD(mkdtemp(folder) != NULL);
        o = oracle_new(folder);
        remove(folder);
    }
    if (size > 512)
        size = 512;
    MUST_HOLD(oracle_try(o, data, size, 0, &given) == 0);
    return 0;
}
