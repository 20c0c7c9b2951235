/*
 * cmd_train.c - make a dictionary from a sample, for archives that are packed
 * in pieces.
 */
#include <unistd.h>

#include "cli/outfile.h"
#include "cli/packing.h"

static int
check_usage(const struct args *args)
{
    const char *dict = args->value[OPT_DICT];

    if (!args_has(args, OPT_OUTPUT))
        return say_usage("train", "train: needs -o DICT");
    if (dict != NULL && strcmp(dict, "none") == 0)
        return say_usage("train", "train: a dictionary is what is to be made");
    return EXIT_DONE;
}

static int
take_sample(struct packing *p, const struct args *args)
{
    struct sheaf_error err = { 0 };
    int rc = sheaf_train_new(&p->options, &p->writer, &err);

    if (rc != SHEAF_OK)
        return say_failed(p->target, rc, &err);
    return packing_add_all(p, args->operand, args->count);
}

static int
make_dict(struct packing *p, struct sheaf_buf *dict)
{
    struct sheaf_error err = { 0 };
    int rc = sheaf_train(p->writer, dict, &err);

    if (rc == SHEAF_OK)
        return EXIT_DONE;
    if (rc != SHEAF_END)
        return say_failed(p->target, rc, &err);
    say("%s: no dictionary: the %llu articles are too few, or have too little "
        "in common",
        p->target, (unsigned long long)p->seen);
    return EXIT_FAILED;
}

static int
report(const struct packing *p, const struct sheaf_buf *dict)
{
    bool json = args_has(p->args, OPT_JSON);
    struct out o;

    if (args_has(p->args, OPT_QUIET) && !json)
        return EXIT_DONE;
    out_start(&o, json ? STDOUT_FILENO : STDERR_FILENO);
    if (json)
        out_format(&o,
                   "{\"articles\":%llu,\"raw_bytes\":%llu,\"full\":%s,"
                   "\"bytes\":%zu}\n",
                   (unsigned long long)p->seen, (unsigned long long)p->raw,
                   p->full ? "true" : "false", dict->len);
    else
        out_format(&o, "%s a dictionary of %s from %llu article%s of %s%s\n",
                   args_has(p->args, OPT_DRY_RUN) ? "would make" : "made",
                   size_text(dict->len).text, (unsigned long long)p->seen,
                   p->seen == 1 ? "" : "s", size_text(p->raw).text,
                   p->full ? "; the rest was not read" : "");
    return out_finish(&o, NULL);
}

int
cmd_train(const struct args *args)
{
    struct sheaf_buf dict = { 0 };
    struct packing p;
    int code = check_usage(args);

    if (code != EXIT_DONE)
        return code;
    catch_signals();
    code = packing_start(&p, args, args->value[OPT_OUTPUT]);
    if (code == EXIT_DONE)
        code = take_sample(&p, args);
    if (code == EXIT_DONE)
        code = make_dict(&p, &dict);
    if (code == EXIT_DONE && !args_has(args, OPT_DRY_RUN))
        code = out_file(p.target, args_has(args, OPT_FORCE), buf_view(&dict));
    if (code == EXIT_DONE)
        code = report(&p, &dict);
    if (code == EXIT_DONE)
        code = packing_code(&p);
    packing_end(&p);
    sheaf_buf_free(&dict);
    return code;
}
