/*
 * opening.c - opens the archive of the command line.
 */
#include "cli/opening.h"

#include "cli/keyfile.h"
#include "cli/pins.h"

int
archive_open_args(struct archive *a, const struct args *args)
{
    struct sheaf_public_key key;
    bool have;
    int code;

    memset(a, 0, sizeof *a);
    code = public_key_option(args, &key, &have);
    if (code != EXIT_DONE)
        return code;
    code = archive_open(a, args->operand[0], have ? &key : NULL);
    if (code == EXIT_DONE && have) {
        struct pin pin;

        code = pins_check(args, a, &key, false, &pin);
        pin_free(&pin);
    }
    return code;
}
