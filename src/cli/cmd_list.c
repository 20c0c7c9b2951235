/*
 * cmd_list.c - ID, date and title of each article, one line each.
 */
#include <unistd.h>

#include "cli/browse.h"
#include "cli/opening.h"
#include "cli/outfile.h"

struct listing {
    struct browse browse;
    struct out out;
    bool json;
};

static void
print_member(struct out *o, const char *name, struct sheaf_bytes value)
{
    if (value.len == 0)
        return;
    out_format(o, ",\"%s\":", name);
    out_json(o, value);
}

static void
print_json(struct out *o, const struct browse_item *item)
{
    out_format(o, "{\"leaf\":%llu", (unsigned long long)item->entry.leaf);
    if (item->rev != 0)
        out_format(o, ",\"rev\":%u", (unsigned)item->rev);
    print_member(o, "id", item->fields.id);
    print_member(o, "published", item->fields.published);
    print_member(o, "section", item->fields.section);
    print_member(o, "headline", item->fields.title);
    out_str(o, "}\n");
}

static int
print_item(void *arg, const struct browse_item *item)
{
    struct listing *l = arg;
    struct out *o = &l->out;

    if (l->json) {
        print_json(o, item);
    } else {
        out_visible(o, item->fields.id);
        out_str(o, "\t");
        if (item->rev != 0)
            out_format(o, "%u\t", (unsigned)item->rev);
        out_visible(o, item->fields.published);
        out_str(o, "\t");
        out_visible(o, item->fields.title);
        out_str(o, "\n");
    }
    l->browse.enough = o->sys != 0;
    return EXIT_DONE;
}

/* Of a redacted article only the leaf number and the reason are left. */
static int
print_redacted(void *arg, uint64_t leaf, const char *reason)
{
    static const char prefix[] = "redacted: ";
    struct listing *l = arg;
    struct out *o = &l->out;

    if (strncmp(reason, prefix, sizeof prefix - 1) == 0)
        reason += sizeof prefix - 1;
    if (l->json) {
        out_format(o, "{\"leaf\":%llu,\"redacted\":",
                   (unsigned long long)leaf);
        out_json(o, sheaf_str(reason));
        out_str(o, "}\n");
    } else {
        out_format(o, "-\t%s(redacted, leaf %llu)\t",
                   l->browse.all_revisions ? "-\t" : "",
                   (unsigned long long)leaf);
        out_visible(o, sheaf_str(reason));
        out_str(o, "\n");
    }
    l->browse.enough = o->sys != 0;
    return EXIT_DONE;
}

static int
list_all(struct listing *l)
{
    int code = browse_run(&l->browse);

    /* The lines before an error are right: print them. */
    if (code != EXIT_DONE) {
        (void)out_flush(&l->out);
        return code;
    }
    code = out_finish(&l->out, NULL);
    return code == EXIT_DONE ? browse_code(&l->browse) : code;
}

int
cmd_list(const struct args *args)
{
    struct archive archive;
    struct selection selection;
    struct listing l = { .json = args_has(args, OPT_JSON) };
    struct browse *b = &l.browse;
    int code = select_parse(&selection, args);

    if (code == EXIT_DONE && args_has(args, OPT_IDS_FROM) &&
        args_has(args, OPT_REVISIONS))
        code = say_usage("list", "list: --revisions is not for --ids-from");
    if (code != EXIT_DONE)
        return code;
    b->archive = &archive;
    b->selection = &selection;
    b->arg = &l;
    b->take = print_item;
    b->all_revisions = args_has(args, OPT_REVISIONS);
    b->redacted_only = args_has(args, OPT_REDACTED);
    b->with_sections = l.json;
    /* Redacted articles have none of the fields that a filter asks for. */
    if (b->redacted_only ||
        (b->all_revisions && !selection.filtered && args->count == 1))
        b->redacted = print_redacted;
    out_start(&l.out, STDOUT_FILENO);
    code = archive_open_args(&archive, args);
    if (code == EXIT_DONE)
        code = list_all(&l);
    browse_end(b);
    archive_close(&archive);
    return code;
}
