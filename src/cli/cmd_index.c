/*
 * cmd_index.c - writes an index of the words of an archive, beside it.
 */
#include <unistd.h>

#include "cli/index.h"
#include "cli/opening.h"
#include "cli/outfile.h"

static int
report(const struct args *args, const struct archive *a,
       const struct index *ix, const struct index_text *t, bool wrote)
{
    struct out o;

    if (args_has(args, OPT_JSON)) {
        out_start(&o, STDOUT_FILENO);
        out_str(&o, "{\"index\":");
        out_json(&o, sheaf_str(buf_str(&ix->path)));
        out_json_bool(&o, "written", wrote);
        out_json_number(&o, "articles", ix->articles);
        out_json_number(&o, "without_text", t->textless);
        out_json_number(&o, "bytes", ix->bytes);
        out_str(&o, "}\n");
        return out_finish(&o, NULL);
    }
    if (t->textless != 0)
        say("%s: %llu article%s without a text", a->path,
            (unsigned long long)t->textless, t->textless == 1 ? "" : "s");
    if (args_has(args, OPT_QUIET))
        return EXIT_DONE;
    out_start(&o, STDERR_FILENO);
    out_format(&o, "%s: %llu article%s, %s%s\n", buf_str(&ix->path),
               (unsigned long long)ix->articles, ix->articles == 1 ? "" : "s",
               size_text(ix->bytes).text, wrote ? "" : "; it was up to date");
    return out_finish(&o, NULL);
}

static int
make(const struct args *args, struct archive *a, struct index *ix)
{
    struct index_text t = { .textless = 0 };
    bool anew = args_has(args, OPT_FORCE);
    bool wrote = anew || ix->found != INDEX_FRESH;
    int code = EXIT_DONE;

    if (!anew && (ix->found == INDEX_FOREIGN || ix->found == INDEX_DAMAGED)) {
        say("%s: %s; -f replaces it", buf_str(&ix->path),
            ix->found == INDEX_FOREIGN ? "no index that sheaf made"
                                       : "damaged");
        code = ix->found == INDEX_FOREIGN ? EXIT_FAILED : EXIT_CORRUPT;
    } else if (wrote) {
        code = index_make(ix, a, anew, args_has(args, OPT_QUIET), &t);
    }
    if ((code == EXIT_DONE || code == EXIT_CORRUPT) &&
        (ix->found == INDEX_FRESH || ix->found == INDEX_PARTIAL))
        code = worse(code, report(args, a, ix, &t, wrote));
    index_text_end(&t);
    return code;
}

int
cmd_index(const struct args *args)
{
    struct archive a;
    struct index ix = { .fd = 0 };
    int code;

    catch_signals();
    code = archive_open_args(&a, args);
    if (code == EXIT_DONE)
        code = index_look(&ix, &a);
    if (code == EXIT_DONE)
        code = make(args, &a, &ix);
    index_close(&ix);
    archive_close(&a);
    return code;
}
