/*
 * options.c - structs of the public header that carry their size.
 */
#include "base/options.h"

#include "base/err.h"

int
options_take(void *out, size_t size, const void *in, struct sheaf_error *err)
{
    const uint8_t *bytes = in;
    size_t given;

    if (in == NULL)
        return SHEAF_OK;
    memcpy(&given, in, sizeof given);
    if (given < sizeof given)
        return fail(err, SHEAF_EINVAL,
                    "options without their size: begin with sheaf.h's "
                    "initializer");
    for (size_t i = size; i < given; i++)
        if (bytes[i] != 0)
            return fail(err, SHEAF_EINVAL,
                        "an option that this version of the library lacks");
    memcpy(out, in, given < size ? given : size);
    memcpy(out, &size, sizeof size);
    return SHEAF_OK;
}
