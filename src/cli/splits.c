/*
 * splits.c - ranges of an archive for engines that share out work.
 *
 * A range ends with a group, and begins where the one before it ends, so that
 * each leaf is in exactly one. The groups are read twice: for the sum of their
 * bytes, and for the places nearest to equal parts of it.
 */
#include "cli/splits.h"

#include <unistd.h>

#include "cli/outfile.h"

#define SPLITS_MAX 1000000

struct splitting {
    const struct archive *a;
    struct out *out; /* NULL: only add up */
    bool json;
    uint64_t wanted;
    uint64_t bytes; /* from the first group on, of all groups */
    uint64_t start; /* where the first range begins */
    uint64_t end;   /* of the group before */
    uint64_t from;  /* of the range */
    uint64_t leaf;
    uint64_t made;
    bool any; /* the range has a group */
    bool disordered;
};

static void
print_dictionaries(const struct splitting *s, uint64_t end)
{
    struct sheaf_dictionary d;
    const char *comma = "";

    out_str(s->out, ",\"dictionaries\":[");
    for (unsigned i = 0;
         sheaf_get_dictionary(s->a->reader, i, &d, NULL, NULL) == SHEAF_OK;
         i++) {
        if (d.from >= end || d.to <= s->from)
            continue;
        out_format(s->out, "%s%u", comma, (unsigned)d.id);
        comma = ",";
    }
    out_str(s->out, "]}\n");
}

/* The range ends before leaf `next`, and before this place. */
static void
end_range(struct splitting *s, uint64_t next, uint64_t end)
{
    out_format(s->out, s->json ? "{\"leaves\":\"%llu-%llu\"" : "%llu-%llu",
               (unsigned long long)s->leaf, (unsigned long long)(next - 1));
    out_format(s->out,
               s->json ? ",\"offset\":%llu,\"length\":%llu" : "\t%llu\t%llu\n",
               (unsigned long long)s->from,
               (unsigned long long)(end - s->from));
    if (s->json)
        print_dictionaries(s, end);
    s->leaf = next;
    s->from = end;
    s->made++;
    s->any = false;
}

/* Whether what is there already is as large as it should be. */
static bool
is_due(const struct splitting *s)
{
    return s->any && (double)(s->end - s->start) >= (double)s->bytes *
                                                        (double)(s->made + 1) /
                                                        (double)s->wanted;
}

static int
take(void *arg, const struct sheaf_group *g)
{
    struct splitting *s = arg;

    s->disordered = g->offset < s->end || g->first_leaf < s->leaf ||
                    g->first_leaf >= s->a->info.size ||
                    g->length > s->a->info.file_bytes ||
                    g->offset > s->a->info.file_bytes - g->length;
    if (s->disordered)
        return 1;
    if (s->out != NULL && is_due(s) && g->first_leaf > s->leaf)
        end_range(s, g->first_leaf, s->end);
    s->any = true;
    s->end = g->offset + g->length;
    return 0;
}

static int
pass(struct splitting *s)
{
    struct sheaf_error err = { 0 };
    int rc;

    s->end = s->from = s->start;
    s->any = false;
    rc = sheaf_list_groups(s->a->reader, s->a->scratch, take, s, &err);
    if (s->disordered) {
        say("%s: corrupt: groups out of order [F8.5]", s->a->path);
        return EXIT_CORRUPT;
    }
    return rc == SHEAF_OK ? EXIT_DONE : archive_failed(s->a, rc, &err);
}

int
splits_print(const struct archive *a, const struct args *args)
{
    struct splitting s = { .a = a, .json = args_has(args, OPT_JSON) };
    const char *given = args->value[OPT_SPLITS];
    struct out o;
    int code;

    if (!parse_number(given, 1, SPLITS_MAX, &s.wanted))
        return say_usage("info", "info: --splits: '%s' is not from 1 to %d",
                         given, SPLITS_MAX);
    s.start = 64; /* the head of the file */
    code = pass(&s);
    if (code != EXIT_DONE)
        return code;
    s.bytes = s.end - s.start;
    out_start(&o, STDOUT_FILENO);
    s.out = &o;
    code = pass(&s);
    if (code == EXIT_DONE && s.any)
        end_range(&s, a->info.size, s.end);
    return code == EXIT_DONE ? out_finish(&o, NULL) : code;
}
