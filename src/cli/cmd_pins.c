/*
 * cmd_pins.c - prints or forgets the checkpoints that verify has seen.
 */
#include <unistd.h>

#include "cli/notes.h"
#include "cli/outfile.h"
#include "cli/pins.h"

static void
print_pin(struct out *o, const struct kept *k, bool json)
{
    if (!json) {
        out_visible(o, k->origin);
        out_format(o, "\t%llu leaves\t",
                   (unsigned long long)k->checkpoint.size);
        out_visible(o, k->keys);
        out_str(o, "\n");
        return;
    }
    checkpoint_json(o, &k->checkpoint);
    out_str(o, ",\"key\":");
    out_json(o, k->keys);
    out_str(o, "}\n");
}

static int
list(const struct checkpoints *c, bool json)
{
    struct kept k = { .start = 0 };
    struct out o;
    bool have;
    int code;

    out_start(&o, STDOUT_FILENO);
    while ((code = checkpoints_next(c, NULL, &k, &have)) == EXIT_DONE && have)
        print_pin(&o, &k, json);
    if (code == EXIT_DONE)
        code = out_finish(&o, NULL);
    else
        (void)out_flush(&o);
    sheaf_buf_free(&k.note);
    return code;
}

static int
report_forgotten(const char *origin, unsigned count)
{
    struct out o;

    out_start(&o, STDOUT_FILENO);
    out_str(&o, "{\"origin\":");
    out_json(&o, sheaf_str(origin));
    out_json_number(&o, "forgotten", count);
    out_str(&o, "}\n");
    return out_finish(&o, NULL);
}

static int
forget(struct checkpoints *c, const char *origin, bool json)
{
    unsigned count = 0;
    int code = checkpoints_load(c);

    if (code == EXIT_DONE && c->file.len != 0) {
        code = checkpoints_lock(c, NULL);
        if (code == EXIT_DONE)
            code = checkpoints_load(c);
    }
    if (code == EXIT_DONE)
        code = checkpoints_forget(c, sheaf_str(origin), &count);
    if (code == EXIT_DONE && count == 0) {
        say("%s: no pin of %s", buf_str(&c->path), origin);
        code = EXIT_NOT_FOUND;
    }
    return code == EXIT_DONE && json ? report_forgotten(origin, count) : code;
}

int
cmd_pins(const struct args *args)
{
    const char *origin = args->value[OPT_FORGET];
    struct checkpoints c;
    bool have;
    int code = pins_find(&c, args, &have);

    if (code == EXIT_DONE && !have) {
        say("pins: neither XDG_STATE_HOME nor HOME is set, nor --pins given");
        code = EXIT_FAILED;
    } else if (code == EXIT_DONE && origin != NULL) {
        code = forget(&c, origin, args_has(args, OPT_JSON));
    } else if (code == EXIT_DONE) {
        code = checkpoints_load(&c);
        if (code == EXIT_DONE)
            code = list(&c, args_has(args, OPT_JSON));
    }
    checkpoints_close(&c);
    return code;
}
