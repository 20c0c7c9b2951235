/*
 * cmd_timestamp.c - gets a time stamp of an authority over the checkpoint, and
 * keeps it beside the archive.
 */
#include <unistd.h>

#include "cli/notes.h"
#include "cli/opening.h"
#include "cli/outfile.h"
#include "cli/remote.h"
#include "cli/stamp.h"

/* FILE of -o, or ARCHIVE.tsr. */
static int
name_of(const struct args *args, struct sheaf_buf *out)
{
    const char *given = args->value[OPT_OUTPUT];

    if (given == NULL && remote_is(args->operand[0]))
        return say_usage("timestamp", "timestamp: -o says where to write it");
    return buf_add_str(out, given != NULL ? given : args->operand[0]) &&
                   (given != NULL || buf_add_str(out, ".tsr")) && buf_end(out)
               ? EXIT_DONE
               : say_no_memory();
}

static int
say_stamped(const struct args *args, const struct archive *a, const char *path,
            const struct stamp *s)
{
    struct sheaf_checkpoint c;
    struct out o;
    int code = checkpoint_of(a, &c);

    if (code != EXIT_DONE ||
        (args_has(args, OPT_QUIET) && !args_has(args, OPT_JSON)))
        return code;
    out_start(&o, args_has(args, OPT_JSON) ? STDOUT_FILENO : STDERR_FILENO);
    if (args_has(args, OPT_JSON)) {
        checkpoint_json(&o, &c);
        stamp_json(&o, s);
        out_str(&o, "}\n");
    } else {
        out_format(&o, "%s: the checkpoint of %llu leaves existed at ", path,
                   (unsigned long long)c.size);
        stamp_print(&o, s);
        out_str(&o, "\n");
    }
    return out_finish(&o, NULL);
}

int
cmd_timestamp(const struct args *args)
{
    struct sheaf_buf path = { 0 };
    struct stamp s = { .checked = false };
    struct archive a = { .path = NULL };
    int code = EXIT_DONE;

    if (!args_has(args, OPT_TSA))
        return say_usage("timestamp", "timestamp: needs --tsa URL");
    code = name_of(args, &path);
    /* Do not ask for what could not be kept. */
    if (code == EXIT_DONE && strcmp(buf_str(&path), "-") != 0 &&
        !args_has(args, OPT_FORCE) && access(buf_str(&path), F_OK) == 0) {
        say("%s: exists; -f replaces it", buf_str(&path));
        code = EXIT_FAILED;
    }
    if (code == EXIT_DONE)
        code = archive_open_args(&a, args);
    if (code == EXIT_DONE)
        code = note_wanted(&a);
    if (code == EXIT_DONE)
        code = stamp_ask(args, a.info.note, &s);
    if (code == EXIT_DONE)
        code = out_file(buf_str(&path), args_has(args, OPT_FORCE),
                        buf_view(&s.reply));
    if (code == EXIT_DONE)
        code = say_stamped(args, &a, buf_str(&path), &s);
    stamp_free(&s);
    sheaf_buf_free(&path);
    archive_close(&a);
    return code;
}
