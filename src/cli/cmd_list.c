/*
 * cmd_list.c - ID, date and title of each article, one line each.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/date.h"
#include "base/json.h"
#include "cli/opening.h"
#include "cli/outfile.h"

struct listing {
    const struct args *args;
    struct archive *archive;
    struct newest newest;
    bool all_revisions;
    bool redacted_only;
    bool json;
    int64_t since; /* as order_of returns it; INT64_MIN or MAX: no bound */
    int64_t until;
    struct sheaf_buf id, published, section, title; /* of the line, without
                                                       escapes */
    struct sheaf_list_filter filter;
    struct out out;
    uint64_t next_leaf; /* all before it have been listed */
    struct lost lost;
    int code;
};

/* ---- Dates --------------------------------------------------------------- */

/* Maps dates to numbers: in order, and no two the same. */
static int64_t
order_of(struct date d)
{
    return (d.year * 12 + d.month) * 31 + d.day;
}

/* The day at the start of `text`, in the zone in which it is written; a time
 * after it is ignored. Returns the length of the date, or 0. */
static size_t
first_day(struct sheaf_bytes text, struct date *out)
{
    size_t len = date_take(text, out);

    if (len != text.len && (len != 10 || (text.data[len] != 'T' &&
                                          text.data[len] != 't')))
        return 0;
    return len;
}

/* A bound from the user: a date without a time. For --until, it is the last
 * day of the year or month. */
static bool
parse_bound(const char *text, bool last, struct date *out)
{
    size_t len = date_take(sheaf_str(text), out);

    if (len != strlen(text) || len == 0)
        return false;
    if (last && len == 4)
        out->month = 12;
    if (last && len < 10)
        out->day = 31;
    return true;
}

/* ---- One line ------------------------------------------------------------ */

/* The value of a member, if there is one. */
static bool
add_member(struct sheaf_bytes meta, const char *key, struct sheaf_buf *out)
{
    struct sheaf_bytes inside;

    return !json_member_inside(meta, key, &inside) ||
           json_unescape(inside, out);
}

/* Columns leave out very long values; the article has them. */
static bool
complete(struct listing *l, const struct sheaf_entry *entry)
{
    struct sheaf_article article;

    if (l->title.len != 0 &&
        (!l->json || (l->section.len != 0 && l->published.len != 0)))
        return true;
    l->code = archive_read(l->archive, entry, &article);
    if (l->code != EXIT_DONE)
        return false;
    l->title.len = 0;
    l->section.len = 0;
    l->published.len = 0;
    if (!add_member(article.meta, "headline", &l->title) ||
        !add_member(article.meta, "section", &l->section) ||
        !add_member(article.meta, "published", &l->published))
        l->code = say_no_memory();
    return l->code == EXIT_DONE;
}

static bool
unescape_line(struct listing *l, const struct sheaf_listing *line)
{
    l->id.len = 0;
    l->published.len = 0;
    l->section.len = 0;
    l->title.len = 0;
    if (json_unescape(line->id, &l->id) &&
        json_unescape(line->published, &l->published) &&
        json_unescape(line->section, &l->section) &&
        json_unescape(line->headline, &l->title))
        return true;
    l->code = say_no_memory();
    return false;
}

static uint8_t
lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

/* Compares without regard to the case of ASCII letters. */
static bool
begins_nocase(struct sheaf_bytes a, struct sheaf_bytes start)
{
    if (a.len < start.len)
        return false;
    for (size_t i = 0; i < start.len; i++)
        if (lower(a.data[i]) != lower(start.data[i]))
            return false;
    return true;
}

static bool
has_nocase(struct sheaf_bytes hay, struct sheaf_bytes needle)
{
    for (; hay.len >= needle.len; hay = sheaf_view(hay.data + 1, hay.len - 1))
        if (begins_nocase(hay, needle))
            return true;
        else if (hay.len == 0)
            break;
    return false;
}

/* What can be decided before the article is read. */
static bool
matches(const struct listing *l)
{
    const char *section = l->args->value[OPT_SECTION];
    const char *prefix = l->args->value[OPT_PREFIX];
    struct date day;

    if (prefix != NULL && (l->id.len < strlen(prefix) ||
                           memcmp(l->id.data, prefix, strlen(prefix)) != 0))
        return false;
    if (section != NULL &&
        (l->section.len != strlen(section) ||
         !begins_nocase(buf_view(&l->section), sheaf_str(section))))
        return false;
    if (l->since == INT64_MIN && l->until == INT64_MAX)
        return true;
    return first_day(buf_view(&l->published), &day) != 0 &&
           order_of(day) >= l->since && order_of(day) <= l->until;
}

static bool
title_matches(const struct listing *l)
{
    const char *title = l->args->value[OPT_TITLE];

    return title == NULL ||
           has_nocase(buf_view(&l->title), sheaf_str(title));
}

static void
print_member(struct out *o, const char *name, const struct sheaf_buf *value)
{
    if (value->len == 0)
        return;
    out_format(o, ",\"%s\":", name);
    out_json(o, buf_view(value));
}

static void
print_line(struct listing *l, uint64_t leaf, uint32_t rev)
{
    struct out *o = &l->out;

    if (l->json) {
        out_format(o, "{\"leaf\":%llu", (unsigned long long)leaf);
        if (rev != 0)
            out_format(o, ",\"rev\":%u", (unsigned)rev);
        print_member(o, "id", &l->id);
        print_member(o, "published", &l->published);
        print_member(o, "section", &l->section);
        print_member(o, "headline", &l->title);
        out_str(o, "}\n");
        return;
    }
    out_visible(o, buf_view(&l->id));
    out_str(o, "\t");
    if (rev != 0)
        out_format(o, "%u\t", (unsigned)rev);
    out_visible(o, buf_view(&l->published));
    out_str(o, "\t");
    out_visible(o, buf_view(&l->title));
    out_str(o, "\n");
}

/* Of a redacted article only the leaf number and the reason are left. */
static int
print_redacted(struct listing *l, uint64_t leaf, const char *reason)
{
    static const char prefix[] = "redacted: ";
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
                   l->all_revisions ? "-\t" : "", (unsigned long long)leaf);
        out_visible(o, sheaf_str(reason));
        out_str(o, "\n");
    }
    return o->sys != 0;
}

static int
list_redacted(struct listing *l, const struct sheaf_entry *entry)
{
    struct sheaf_article article;
    struct sheaf_error err = { 0 };
    int rc = sheaf_read(l->archive->reader, l->archive->scratch, entry,
                        &article, &err);

    if (rc == SHEAF_EREDACTED)
        return print_redacted(l, entry->leaf, err.message);
    l->code = archive_failed(l->archive, rc, &err);
    return 1;
}

/* The columns do not have the revision. But an ID that comes once has revision
 * 1, unless others of it may have been redacted. */
static int
find_rev(struct listing *l, const struct sheaf_listing *line, uint32_t *rev)
{
    struct sheaf_article article;

    *rev = 0;
    if (!l->all_revisions)
        return EXIT_DONE;
    *rev = 1;
    if (l->archive->info.redactions == 0 &&
        newest_is_single(&l->newest, buf_view(&l->id)))
        return EXIT_DONE;
    l->code = archive_read(l->archive, &line->entry, &article);
    if (l->code == EXIT_DONE)
        *rev = article.rev;
    return l->code;
}

static int
listed(void *arg, const struct sheaf_listing *line)
{
    struct listing *l = arg;
    bool newest = true;
    uint32_t rev;

    if (line->redacted)
        return list_redacted(l, &line->entry);
    l->next_leaf = line->entry.leaf + 1;
    if (l->redacted_only)
        return 0;
    if (!unescape_line(l, line))
        return 1;
    /* Without a title in the columns, the article has it. */
    if (!matches(l) || (l->title.len != 0 && !title_matches(l)))
        return 0;
    if (!l->all_revisions)
        l->code = newest_is(&l->newest, buf_view(&l->id), line->entry.leaf,
                            &newest);
    if (l->code != EXIT_DONE)
        return 1;
    if (!newest)
        return 0;
    if (!complete(l, &line->entry))
        return 1;
    if (!title_matches(l))
        return 0;
    if (find_rev(l, line, &rev) != EXIT_DONE)
        return 1;
    print_line(l, line->entry.leaf, rev);
    return l->out.sys != 0;
}

/* ---- From the articles themselves ---------------------------------------- */

/* The columns are not signed. With a key, and where they are lost, each line
 * is made from an article that was checked. */
static int
fill_line(struct listing *l, const struct sheaf_scan_item *item)
{
    struct sheaf_bytes meta = item->article.meta;

    l->id.len = 0;
    l->title.len = 0;
    l->section.len = 0;
    l->published.len = 0;
    if (buf_add(&l->id, item->id.data, item->id.len) &&
        add_member(meta, "headline", &l->title) &&
        add_member(meta, "section", &l->section) &&
        add_member(meta, "published", &l->published))
        return EXIT_DONE;
    return say_no_memory();
}

static int
scanned(void *arg, const struct sheaf_scan_item *item)
{
    struct listing *l = arg;
    uint64_t put_back = l->newest.put_back;
    bool newest = true;

    if (item->leaf < l->next_leaf)
        return 0;
    /* With a key, what a signed redaction says holds. */
    if (item->state == SHEAF_SCAN_ARTICLE && l->archive->trusted)
        l->code = newest_is(&l->newest, item->id, item->leaf, &newest);
    if (l->code != EXIT_DONE)
        return 1;
    if (l->newest.put_back != put_back)
        return l->filter.redacted
                   ? print_redacted(l, item->leaf, l->newest.redacted.message)
                   : 0;
    if (item->state == SHEAF_SCAN_LOST)
        archive_say_lost(l->archive, item, &l->lost);
    if (item->state == SHEAF_SCAN_REDACTED && l->filter.redacted)
        return print_redacted(l, item->leaf, item->why->message);
    if (item->state != SHEAF_SCAN_ARTICLE || l->redacted_only)
        return 0;
    l->code = fill_line(l, item);
    if (l->code != EXIT_DONE || !matches(l) || !title_matches(l))
        return l->code != EXIT_DONE;
    if (!l->all_revisions && !l->archive->trusted)
        l->code = newest_is(&l->newest, item->id, item->leaf, &newest);
    if (l->code == EXIT_DONE && (newest || l->all_revisions))
        print_line(l, item->leaf, l->all_revisions ? item->article.rev : 0);
    return l->code != EXIT_DONE || l->out.sys != 0;
}

static int
list_scanned(struct listing *l, struct sheaf_scratch *scratch,
             struct sheaf_error *err)
{
    int rc = sheaf_scan(l->archive->reader, scratch, scanned, l, err);

    if (rc == SHEAF_OK && l->code == EXIT_DONE)
        l->code = archive_lost_code(l->archive, &l->lost);
    return rc;
}

/* ---- The command --------------------------------------------------------- */

/*
 * Groups in which all articles are older than --since need not be read. Their
 * days are in UTC, those of the lines in the zone in which they are written,
 * so allow one more day. --until cannot skip groups: their days come from the
 * last update of an article, and this list goes by the date of publication.
 */
static int
parse_bounds(struct listing *l, struct sheaf_list_filter *filter)
{
    const char *since = l->args->value[OPT_SINCE];
    const char *until = l->args->value[OPT_UNTIL];
    struct date d;

    l->since = INT64_MIN;
    l->until = INT64_MAX;
    if (since != NULL) {
        if (!parse_bound(since, false, &d))
            return say_usage("list", "list: --since: '%s' is no date", since);
        l->since = order_of(d);
        filter->first_day = (int32_t)date_days(d) - 1;
    }
    if (until != NULL) {
        if (!parse_bound(until, true, &d))
            return say_usage("list", "list: --until: '%s' is no date", until);
        l->until = order_of(d);
    }
    return EXIT_DONE;
}

/* Redacted articles have none of the fields that a filter asks for. */
static bool
filtered(const struct listing *l)
{
    static const enum opt filters[] = {
        OPT_SINCE, OPT_UNTIL, OPT_SECTION, OPT_TITLE, OPT_PREFIX
    };

    for (size_t i = 0; i < COUNT_OF(filters); i++)
        if (args_has(l->args, filters[i]))
            return true;
    return false;
}

static int
list_all(struct listing *l)
{
    struct sheaf_scratch *scratch = NULL;
    struct sheaf_error err = { 0 };
    int rc;

    l->filter.redacted = l->redacted_only || (l->all_revisions && !filtered(l));
    if (!l->redacted_only || l->archive->trusted) {
        int code = newest_start(&l->newest, l->archive,
                                l->archive->trusted ? NEWEST_ASK
                                : filtered(l)       ? NEWEST_WAIT
                                                    : NEWEST_COUNT);

        if (code != EXIT_DONE)
            return code;
    }
    rc = sheaf_scratch_new(&scratch, &err);
    if (rc == SHEAF_OK && !l->archive->trusted)
        rc = sheaf_list(l->archive->reader, scratch, &l->filter, listed, l,
                        &err);
    if (rc == SHEAF_ECORRUPT || (rc == SHEAF_OK && l->archive->trusted))
        rc = list_scanned(l, scratch, &err);
    sheaf_scratch_free(scratch);
    if (rc != SHEAF_OK && rc != SHEAF_ESTOPPED)
        return archive_failed(l->archive, rc, &err);
    return l->code == EXIT_DONE && l->newest.archive != NULL
               ? newest_code(&l->newest)
               : l->code;
}

int
cmd_list(const struct args *args)
{
    struct archive archive;
    struct listing l = { .args = args, .archive = &archive,
                         .filter = SHEAF_LIST_ALL };
    int code = parse_bounds(&l, &l.filter);

    if (code != EXIT_DONE)
        return code;
    l.all_revisions = args_has(args, OPT_REVISIONS);
    l.redacted_only = args_has(args, OPT_REDACTED);
    l.json = args_has(args, OPT_JSON);
    out_start(&l.out, STDOUT_FILENO);
    code = archive_open_args(&archive, args);
    if (code == EXIT_DONE)
        code = list_all(&l);
    /* The lines before an error are right: print them. */
    if (code == EXIT_DONE)
        code = out_finish(&l.out, NULL);
    else
        (void)out_flush(&l.out);
    newest_end(&l.newest);
    archive_close(&archive);
    sheaf_buf_free(&l.id);
    sheaf_buf_free(&l.published);
    sheaf_buf_free(&l.section);
    sheaf_buf_free(&l.title);
    return code;
}
