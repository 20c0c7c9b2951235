/*
 * cmd_get.c - print articles.
 */
#include <malloc.h>

#include "cli/opening.h"
#include "cli/outfile.h"
#include "cli/readable.h"

/* One article needs little memory for a short time. Allocate it at once and do
 * not free it before the end: each step is a system call, and a whole get
 * makes few of these. */
static void
take_memory_once(void)
{
#ifdef M_TOP_PAD
    (void)mallopt(M_TOP_PAD, 1 << 20);
    (void)mallopt(M_TRIM_THRESHOLD, 64 << 20);
#endif
}

/* The number of the part, which was checked before; 0: the body. */
static size_t
part_of(const struct args *args)
{
    uint64_t part = 0;

    if (args_has(args, OPT_PART))
        (void)parse_number(args->value[OPT_PART], 0, SIZE_MAX, &part);
    return (size_t)part;
}

static int
print_article(const struct archive *a, const struct sheaf_entry *entry,
              const struct args *args, struct readable *r, struct out *o)
{
    size_t part = part_of(args);
    struct sheaf_error err = { 0 };
    struct sheaf_article article;
    int code = archive_read(a, entry, &article);
    int rc;

    if (code != EXIT_DONE)
        return code;
    if (args_has(args, OPT_META)) {
        out_bytes(o, article.meta.data, article.meta.len);
        out_str(o, "\n");
        return EXIT_DONE;
    }
    if (args_has(args, OPT_TEXT))
        return readable_write(r, a, &article, o);
    if (part >= article.part_count) {
        say("%s: %.*s: no part %zu: it has %zu, the body among them", a->path,
            (int)article.id.len, (const char *)article.id.data, part,
            article.part_count);
        return EXIT_NOT_FOUND;
    }
    rc = sheaf_read_part(a->reader, a->scratch, &article, part, out_write, o,
                         &err);
    if (rc == SHEAF_OK)
        return EXIT_DONE;
    /* out_finish says why the writing stopped. */
    return rc == SHEAF_ESTOPPED ? EXIT_FAILED : archive_failed(a, rc, &err);
}

/* Names an article that is absent or damaged, and continues with the
 * others. The exit code is that of the first failure, but damage takes
 * precedence. */
static int
print_all(const struct archive *a, const struct args *args, uint32_t rev,
          struct readable *readable, struct out *o)
{
    int worst = EXIT_DONE;

    for (size_t i = 1; i < args->count && o->sys == 0; i++) {
        struct sheaf_entry entry;
        int code = archive_find(a, args->operand[i], rev, &entry);

        if (code == EXIT_DONE)
            code = print_article(a, &entry, args, readable, o);
        if (o->sys != 0)
            return EXIT_DONE; /* out_finish says so */
        if (worst == EXIT_DONE || code == EXIT_CORRUPT)
            worst = code != EXIT_DONE ? code : worst;
    }
    return worst;
}

int
cmd_get(const struct args *args)
{
    const char *path = args->value[OPT_OUTPUT];
    const char *rev_text = args->value[OPT_REV];
    struct readable readable = { 0 };
    struct archive a;
    struct out o;
    uint64_t rev = 0;
    int code;

    if (args_has(args, OPT_META) + args_has(args, OPT_TEXT) +
            args_has(args, OPT_PART) > 1)
        return say_usage("get", "get: only one of --meta, --text and --part");
    if (args_has(args, OPT_PART) &&
        !parse_number(args->value[OPT_PART], 0, UINT32_MAX, &rev))
        return say_usage("get", "get: --part: '%s' is no number of a part",
                         args->value[OPT_PART]);
    rev = 0;
    if (rev_text != NULL && !parse_number(rev_text, 1, UINT32_MAX, &rev))
        return say_usage("get", "get: --rev: '%s' is no revision", rev_text);
    take_memory_once();
    code = archive_open_args(&a, args);
    if (code == EXIT_DONE) {
        code = out_open(&o, path, args_has(args, OPT_FORCE));
        if (code == EXIT_DONE)
            code = print_all(&a, args, (uint32_t)rev, &readable, &o);
        /* The articles that were found may be of use even if another one is
         * missing; an output file is all or nothing. */
        if (code == EXIT_DONE)
            code = out_finish(&o, path);
        else if (o.sink.ops == NULL)
            (void)out_flush(&o);
        out_drop(&o);
    }
    readable_end(&readable);
    archive_close(&a);
    return code;
}
