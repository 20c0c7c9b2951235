/*
 * cmd_list.c - ID, date and title of each article, one line each.
 */
#include <unistd.h>

#include "cli/browse_members.h"
#include "cli/listing.h"
#include "cli/terminal.h"

int
cmd_list(const struct args *args)
{
    struct archive archive = { .reader = NULL };
    struct browse_members members = { .entered = NULL };
    struct selection selection;
    struct listing l = { .json = args_has(args, OPT_JSON) };
    struct browse *b = &l.browse;
    int code = select_parse(&selection, args);

    archive_allow_earlier();
    if (code == EXIT_DONE && args_has(args, OPT_IDS_FROM) &&
        args_has(args, OPT_REVISIONS))
        code = say_usage("list", "list: --revisions is not for --ids-from");
    if (code == EXIT_DONE && args_has(args, OPT_REDACTED) &&
        (args->count > 1 || args_has(args, OPT_IDS_FROM)))
        code = say_usage("list", "list: --redacted lists all that were, and "
                                 "takes no IDs");
    if (code != EXIT_DONE)
        return code;
    b->archive = &archive;
    b->selection = &selection;
    b->arg = &l;
    b->take = listing_item;
    b->all_revisions = args_has(args, OPT_REVISIONS);
    b->redacted_only = args_has(args, OPT_REDACTED);
    b->with_sections = l.json;
    /* Redacted articles have none of the fields that a filter asks for. */
    if (b->redacted_only ||
        (b->all_revisions && !selection.filtered && args->count == 1))
        b->redacted = listing_redacted;
    out_start(&l.out, STDOUT_FILENO);
    code = browse_open(&members, b, args);
    if (code == EXIT_DONE)
        code = listing_run(&l);
    code = worse(code, pager_end(l.pager));
    browse_end(b);
    archive_close(&archive);
    browse_members_end(&members); /* it has the name of the archive */
    return code;
}
