/*
 * opening.c - opens the archive of the command line.
 */
#include "cli/opening.h"

#include "cli/keyfile.h"
#include "cli/pins.h"

int
origin_check(const struct args *args, const char *path,
             struct sheaf_bytes origin)
{
    const char *expected = args->value[OPT_EXPECTED];

    if (expected == NULL || bytes_is(origin, expected))
        return EXIT_DONE;
    say("%s: the origin is %.*s, not %s", path, (int)origin.len,
        (const char *)origin.data, expected);
    return EXIT_NOT_AUTHENTIC;
}

int
archive_goes_on(struct archive *a, const struct sheaf_checkpoint *with)
{
    struct sheaf_error err = { 0 };
    int rc;

    if (!bytes_equal(a->info.origin, with->origin)) {
        say("%s: it is of another log now; start the server anew to serve it",
            a->path);
        return EXIT_NOT_AUTHENTIC;
    }
    rc = sheaf_extends(a->reader, a->scratch, with, a->info.signed_size, &err);
    return rc == SHEAF_OK ? EXIT_DONE : archive_failed(a, rc, &err);
}

int
archive_open_args(struct archive *a, const struct args *args)
{
    struct wanted_ids wanted = { NULL, 0 };
    struct sheaf_public_key key;
    bool have;
    int code;

    memset(a, 0, sizeof *a);
    code = public_key_option(args, &key, &have);
    if (code != EXIT_DONE)
        return code;
    /* Of other commands, operands may be patterns. */
    if (args->command->min > 1)
        wanted = (struct wanted_ids){ args->operand + 1, args->count - 1 };
    code = archive_open_for(a, args->operand[0], have ? &key : NULL, wanted,
                            NULL);
    if (code == EXIT_DONE)
        code = origin_check(args, a->path, a->info.origin);
    if (code == EXIT_DONE && args->goes_on != NULL)
        code = archive_goes_on(a, args->goes_on);
    if (code == EXIT_DONE && have) {
        struct pin pin;

        code = pins_check(args, a, &key, false, &pin);
        pin_free(&pin);
    }
    return code;
}
