/*
 * cmd_get.c - print articles.
 */
#include <malloc.h>

#include "base/utf8.h"
#include "cli/collection.h"
#include "cli/dictcache.h"
#include "cli/fetch.h"
#include "cli/jsonl.h"
#include "cli/opening.h"
#include "cli/outfile.h"
#include "cli/readable.h"
#include "cli/terminal.h"

/* So many articles are worth threads. */
#define FETCHED_LEAST 8

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

struct getting {
    struct archive archive;
    const struct args *args;
    uint32_t rev;
    struct collection collection;
    bool many; /* it is one, and not an archive */
    struct dict_cache cache;
    struct readable readable;
    bool terminal; /* and no -f: only text is printed */
    struct fetch *fetch; /* NULL: one article after the other */
    struct out out;
};

struct text_check {
    struct utf8_check utf8;
    bool zeros;
};

static int
check_piece(void *arg, const void *data, size_t len)
{
    struct text_check *c = arg;

    utf8_feed(&c->utf8, data, len);
    c->zeros = c->zeros || (len != 0 && memchr(data, 0, len) != NULL);
    return c->zeros;
}

static bool
is_text(const struct getting *g, const struct sheaf_article *article,
        size_t part)
{
    const struct archive *a = &g->archive;
    struct text_check c = { .zeros = false };

    return sheaf_read_part(a->reader, a->scratch, article, part, check_piece,
                           &c, NULL) == SHEAF_OK &&
           utf8_good(&c.utf8);
}

static int
print_part(const struct getting *g, const struct archive *a,
           const struct sheaf_article *article, struct out *o)
{
    size_t part = part_of(g->args);
    struct sheaf_error err = { 0 };
    int rc;

    if (part >= article->part_count) {
        if (o != &g->out)
            return EXIT_NOT_FOUND;
        say("%s: %.*s: no part %zu: it has %zu, the body among them", a->path,
            (int)article->id.len, (const char *)article->id.data, part,
            article->part_count);
        return EXIT_NOT_FOUND;
    }
    if (g->terminal && !is_text(g, article, part)) {
        say("%s: %.*s: not printing %.*s to a terminal; -o writes it to a "
            "file, -f prints it", a->path, (int)article->id.len,
            (const char *)article->id.data,
            (int)article->parts[part].type.len,
            (const char *)article->parts[part].type.data);
        return EXIT_FAILED;
    }
    rc = sheaf_read_part(a->reader, a->scratch, article, part, out_write, o,
                         &err);
    if (rc == SHEAF_OK)
        return EXIT_DONE;
    /* out_finish says why the writing stopped. */
    return rc == SHEAF_ESTOPPED ? EXIT_FAILED : archive_failed(a, rc, &err);
}

/* Prints an article of `a`, which is that of `g` or a thread's, to `o`. Threads
 * may do this at the same time, unless it is for --text. */
static int
print_to(struct getting *g, const struct archive *a,
         const struct sheaf_article *article, struct out *o)
{
    struct jsonl_text text = { .wanted = false };
    int code = EXIT_DONE;

    if (args_has(g->args, OPT_META)) {
        /* At a terminal the filter would spoil the JSON. */
        if (g->terminal)
            out_json_text(o, article->meta);
        else
            out_bytes(o, article->meta.data, article->meta.len);
        out_str(o, args_has(g->args, OPT_NUL) ? "" : "\n");
    } else if (args_has(g->args, OPT_JSON)) {
        return jsonl_write(a, article, &text, o);
    } else if (args_has(g->args, OPT_TEXT)) {
        code = readable_write(&g->readable, a, article, o);
    } else {
        code = print_part(g, a, article, o);
    }
    /* Also after one that could not be printed: the others keep their
     * places. */
    if (args_has(g->args, OPT_NUL))
        out_bytes(o, "", 1);
    return code;
}

static int
print_fetched(void *arg, const struct archive *a,
              const struct sheaf_article *article, struct out *o)
{
    return print_to(arg, a, article, o);
}

/* ---- Finding ------------------------------------------------------------- */

static int
find(struct getting *g, const char *id, struct sheaf_article *out)
{
    struct sheaf_entry entry;
    int code = g->many ? collection_find(&g->collection, id, g->rev, false,
                                         &entry)
                       : archive_find(&g->archive, id, g->rev, &entry);

    return code == EXIT_DONE ? archive_read(&g->archive, &entry, out) : code;
}

/* Finds an article. A dictionary from the cache may have been changed, so what
 * fails with one is tried again without. */
static int
find_surely(struct getting *g, const char *id, struct sheaf_article *out)
{
    struct archive *a = &g->archive;
    int code;

    /* Of a collection, what is wrong is said at once: it takes longer. */
    a->trying = !g->cache.renew && !g->many;
    code = find(g, id, out);
    if (code == EXIT_DONE ||
        (g->many ? g->cache.renew || !g->cache.used : !a->trying))
        return code;
    a->trying = false;
    code = EXIT_DONE;
    if (g->cache.used) {
        g->cache.renew = true;
        if (a->reader != NULL)
            code = archive_reopen(a);
        if (code == EXIT_DONE && a->reader != NULL)
            dict_cache_attach(&g->cache, a->reader);
    }
    return code == EXIT_DONE ? find(g, id, out) : code;
}

/* Prints an article that was fetched. */
static bool
print_ready(struct getting *g, size_t number)
{
    size_t in = number % FETCH_MOST;
    struct sheaf_bytes text;

    if (g->fetch == NULL)
        return false;
    if (in == 0)
        fetch_some(g->fetch, &g->archive, g->args->operand + 1 + number,
                   g->args->count - 1 - number, g->rev);
    if (!fetch_text(g->fetch, in, &text))
        return false;
    out_bytes(&g->out, text.data, text.len);
    return true;
}

/* Names an article that is absent or damaged, and continues with the
 * others. The exit code is the most serious one. */
static int
print_all(struct getting *g)
{
    int worst = EXIT_DONE;

    for (size_t i = 1; i < g->args->count && g->out.sys == 0; i++) {
        const struct wanted_ids next = { g->args->operand + i,
                                         g->args->count - i };
        struct sheaf_article article;
        int code;

        if (i % SHEAF_EXPECT_MAX == 1 && i != 1)
            archive_expect(&g->archive, next);
        if (print_ready(g, i - 1))
            continue;
        code = find_surely(g, g->args->operand[i], &article);
        if (code == EXIT_DONE)
            code = print_to(g, &g->archive, &article, &g->out);
        else if (args_has(g->args, OPT_NUL))
            out_bytes(&g->out, "", 1);
        if (g->out.sys != 0)
            return EXIT_DONE; /* out_finish says so */
        /* What is not found is named already; of a failure, only why it is. */
        if (code != EXIT_DONE && code != EXIT_NOT_FOUND && g->args->count > 2)
            say("get: %s is not printed", g->args->operand[i]);
        worst = worse(worst, code);
    }
    return g->many ? worse(worst, g->collection.worst) : worst;
}

/* Many articles are read ahead, unless they are printed in a way that threads
 * can't, or are far away, where other things take the time. */
static void
prepare_fetch(struct getting *g, unsigned threads)
{
    if (g->args->count - 1 >= FETCHED_LEAST && !g->terminal && !g->many &&
        !args_has(g->args, OPT_TEXT) && !archive_is_far(&g->archive))
        g->fetch = fetch_new(threads, print_fetched, g);
}

/* Another archive of the collection was opened, or none. */
static void
entered(void *arg)
{
    struct getting *g = arg;

    if (g->archive.reader != NULL && !g->cache.renew)
        dict_cache_attach(&g->cache, g->archive.reader);
}

static int
open_archive(struct getting *g)
{
    int code = collection_open(&g->collection, g->args, &g->archive, &g->many);

    if (args_has(g->args, OPT_NO_CACHE))
        g->cache.renew = true;
    if (code == EXIT_DONE && g->many) {
        g->collection.entered = entered;
        g->collection.arg = g;
        return collection_index(&g->collection, true);
    }
    if (code == EXIT_DONE)
        code = archive_open_args(&g->archive, g->args);
    /* Of an archive far away, dictionaries are kept as they are stored. */
    if (code == EXIT_DONE && !g->cache.renew && !archive_is_far(&g->archive))
        dict_cache_attach(&g->cache, g->archive.reader);
    return code;
}

int
cmd_get(const struct args *args)
{
    const char *path = args->value[OPT_OUTPUT];
    const char *rev_text = args->value[OPT_REV];
    struct getting g = { .args = args, .cache = DICT_CACHE_INIT };
    uint64_t rev = 0;
    unsigned threads;
    int code;

    archive_allow_earlier();
    if (!parse_jobs(args->value[OPT_JOBS], &threads))
        return say_usage("get", "get: -j: '%s' is not a number of threads",
                         args->value[OPT_JOBS]);
    if (args_has(args, OPT_META) + args_has(args, OPT_TEXT) +
            args_has(args, OPT_PART) + args_has(args, OPT_JSON) > 1)
        return say_usage("get", "get: only one of --meta, --text, --part and "
                         "--json");
    if (args_has(args, OPT_NUL) && args_has(args, OPT_JSON))
        return say_usage("get", "get: -0 is not for --json: lines have an end");
    if (args_has(args, OPT_PART) &&
        !parse_number(args->value[OPT_PART], 0, UINT32_MAX, &rev))
        return say_usage("get", "get: --part: '%s' is no number of a part",
                         args->value[OPT_PART]);
    rev = 0;
    if (rev_text != NULL && !parse_number(rev_text, 1, UINT32_MAX, &rev))
        return say_usage("get", "get: --rev: '%s' is no revision", rev_text);
    take_memory_once();
    g.rev = (uint32_t)rev;
    code = open_archive(&g);
    if (code == EXIT_DONE) {
        code = out_open(&g.out, path, args_has(args, OPT_FORCE));
        if (code == EXIT_DONE && out_is_terminal(&g.out) &&
            !args_has(args, OPT_FORCE)) {
            g.terminal = true;
            terminal_filter(&g.out);
        }
        if (code == EXIT_DONE) {
            prepare_fetch(&g, threads);
            code = print_all(&g);
        }
        /* The articles that were found may be of use even if another one is
         * missing; an output file is all or nothing. */
        if (code == EXIT_DONE)
            code = out_finish(&g.out, path);
        else if (g.terminal)
            (void)out_finish(&g.out, NULL);
        else if (g.out.sink.ops == NULL)
            (void)out_flush(&g.out);
        out_drop(&g.out);
    }
    readable_end(&g.readable);
    fetch_free(g.fetch);
    archive_close(&g.archive);
    collection_close(&g.collection);
    dict_cache_close(&g.cache);
    return code;
}
