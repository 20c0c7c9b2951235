/*
 * listing.c - prints articles: ID, date and title, one line each.
 */
#include "cli/listing.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/outfile.h"
#include "cli/terminal.h"

#define DAY_WIDTH 10

static void
print_member(struct out *o, const char *name, struct sheaf_bytes value)
{
    if (value.len == 0)
        return;
    out_format(o, ",\"%s\":", name);
    out_json(o, value);
}

void
listing_json(struct out *o, const struct browse *b,
             const struct browse_item *item)
{
    out_format(o, "{\"leaf\":%llu", (unsigned long long)item->entry.leaf);
    if (b->over != NULL)
        print_member(o, "archive", sheaf_str(b->archive->path));
    if (item->rev != 0)
        out_format(o, ",\"rev\":%u", (unsigned)item->rev);
    print_member(o, "id", item->fields.id);
    print_member(o, "published", item->fields.published);
    print_member(o, "section", item->fields.section);
    print_member(o, "headline", item->fields.title);
    out_str(o, "}");
}

/* ID, date and title in columns; the title takes what the others leave. */
static void
print_columns(struct listing *l, struct sheaf_bytes id, uint32_t rev,
              struct sheaf_bytes date, struct sheaf_bytes title)
{
    struct out *o = &l->out;
    unsigned id_width = l->width * 2 / 5;
    unsigned used = id_width + 2 + DAY_WIDTH + 2;

    /* An ID is for the next command: a long one is not cut, but pushes the
     * others to the next line. */
    if (terminal_columns(id) > id_width) {
        out_visible(o, id);
        out_str(o, "\n");
        id.len = 0;
    }
    terminal_print(o, id, id_width, true);
    out_str(o, "  ");
    if (l->browse.all_revisions) {
        out_format(o, "%4.0u  ", (unsigned)rev);
        used += 6;
    }
    if (date.len > DAY_WIDTH && date.data[DAY_WIDTH] == 'T')
        date.len = DAY_WIDTH;
    terminal_print(o, date, DAY_WIDTH, true);
    out_str(o, "  ");
    terminal_print(o, title, used < l->width ? l->width - used : 1, false);
    out_str(o, "\n");
}

int
listing_item(void *arg, const struct browse_item *item)
{
    struct listing *l = arg;
    struct out *o = &l->out;

    if (l->json) {
        listing_json(o, &l->browse, item);
        out_str(o, "\n");
    } else if (l->width != 0) {
        print_columns(l, item->fields.id, item->rev, item->fields.published,
                      item->fields.title);
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

int
listing_redacted(void *arg, uint64_t leaf, const char *reason)
{
    static const char prefix[] = "redacted: ";
    struct listing *l = arg;
    struct out *o = &l->out;

    if (strncmp(reason, prefix, sizeof prefix - 1) == 0)
        reason += sizeof prefix - 1;
    if (l->json) {
        out_format(o, "{\"leaf\":%llu", (unsigned long long)leaf);
        if (l->browse.over != NULL)
            print_member(o, "archive", sheaf_str(l->browse.archive->path));
        out_str(o, ",\"redacted\":");
        out_json(o, sheaf_str(reason));
        out_str(o, "}\n");
    } else if (l->width != 0) {
        char text[48];

        snprintf(text, sizeof text, "(redacted, leaf %llu)",
                 (unsigned long long)leaf);
        print_columns(l, sheaf_str(text), 0, sheaf_str("-"),
                      sheaf_str(reason));
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

int
listing_run(struct listing *l)
{
    int code;

    if (isatty(STDOUT_FILENO)) {
        l->width = l->json ? 0 : terminal_width(STDOUT_FILENO);
        l->pager = pager_start();
    }
    code = l->run != NULL ? l->run(l) : browse_run(&l->browse);
    /* The lines before an error are right: print them. */
    if (code != EXIT_DONE) {
        (void)out_flush(&l->out);
        return code;
    }
    /* Who leaves the pager has seen enough. */
    if (l->pager != 0 && l->out.sys == EPIPE)
        return EXIT_DONE;
    code = out_finish(&l->out, NULL);
    if (l->pager != 0 && l->out.sys == EPIPE)
        code = EXIT_DONE;
    return code == EXIT_DONE ? browse_code(&l->browse) : code;
}
