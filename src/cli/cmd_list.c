/*
 * cmd_list.c - ID, date and title of each article, a line each.
 */
#include <stdio.h>
#include <unistd.h>

#include "cli/archive.h"
#include "cli/out.h"
#include "cli/walk.h"

/* "YYYY-MM-DD", so that dates compare as text does. */
#define DATE_BYTES 11

struct listing {
    const struct args *args;
    struct archive *archive;
    struct newest newest;
    bool all_revisions;
    bool redacted_only;
    bool json;
    char since[DATE_BYTES]; /* "": no such bound */
    char until[DATE_BYTES];
    struct text id, published, section, title; /* of the line, unescaped */
    struct out out;
    int code;
};

/* ---- Dates --------------------------------------------------------------- */

static bool
digits(const char *s, size_t at, size_t count)
{
    for (size_t i = at; i < at + count; i++)
        if (s[i] < '0' || s[i] > '9')
            return false;
    return true;
}

/* The date that `text` begins with, as the day that it means: YYYY and
 * YYYY-MM stand for their first. A time after it doesn't matter. */
static bool
first_day(const char *text, size_t len, char out[DATE_BYTES])
{
    size_t have = len >= 10 ? 10 : len;

    if ((have != 4 && have != 7 && have != 10) || !digits(text, 0, 4) ||
        (have >= 7 && (text[4] != '-' || !digits(text, 5, 2))) ||
        (have >= 10 && (text[7] != '-' || !digits(text, 8, 2))) ||
        (len > 10 && text[10] != 'T' && text[10] != 't'))
        return false;
    memcpy(out, "0000-01-01", DATE_BYTES);
    memcpy(out, text, have);
    return true;
}

/* A bound given by the user: no time, and for --until the last day. */
static bool
parse_bound(const char *text, bool last, char out[DATE_BYTES])
{
    size_t len = strlen(text);

    if (len > 10 || !first_day(text, len, out))
        return false;
    if (strcmp(out + 5, "12-31") > 0 || strcmp(out + 5, "01-01") < 0 ||
        strcmp(out + 8, "31") > 0 || strcmp(out + 8, "01") < 0)
        return false;
    /* As text, no day of February comes after its 31st. */
    if (last && len == 4)
        memcpy(out + 4, "-12-31", 7);
    else if (last && len == 7)
        memcpy(out + 7, "-31", 4);
    return true;
}

/*
 * Groups of articles all older than --since need not be read. Their days are
 * by UTC, and those on the lines by the zone that they are written in: hence
 * one more day. The other end can't be used: groups go by an article's last
 * update, and this list by when it was published.
 */
static int32_t
skip_before(const struct listing *l)
{
    unsigned year, month, day;

    if (l->since[0] == '\0' ||
        sscanf(l->since, "%4u-%2u-%2u", &year, &month, &day) != 3)
        return INT32_MIN;
    return (int32_t)days_from_date(year, month, day) - 1;
}

/* ---- One line ------------------------------------------------------------ */

static struct sheaf_bytes
view(const struct text *t)
{
    return bytes_of(t->data, t->len);
}

/* Columns leave out what is very long: that is still in the article. */
static bool
complete(struct listing *l, const struct sheaf_entry *entry)
{
    struct sheaf_article article;
    bool have;

    if (l->title.len != 0 &&
        (!l->json || (l->section.len != 0 && l->published.len != 0)))
        return true;
    l->code = archive_read(l->archive, entry, &article);
    if (l->code != EXIT_DONE)
        return false;
    l->title.len = 0;
    l->section.len = 0;
    l->published.len = 0;
    if (!walk_text(article.meta, "headline", &l->title, &have) ||
        !walk_text(article.meta, "section", &l->section, &have) ||
        !walk_text(article.meta, "published", &l->published, &have))
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
    if (text_unescape(&l->id, line->id) &&
        text_unescape(&l->published, line->published) &&
        text_unescape(&l->section, line->section) &&
        text_unescape(&l->title, line->headline))
        return true;
    l->code = say_no_memory();
    return false;
}

/* What can be decided before the article has to be read. */
static bool
matches(const struct listing *l)
{
    const char *section = l->args->value[OPT_SECTION];
    const char *prefix = l->args->value[OPT_PREFIX];
    char day[DATE_BYTES];

    if (prefix != NULL && (l->id.len < strlen(prefix) ||
                           memcmp(l->id.data, prefix, strlen(prefix)) != 0))
        return false;
    if (section != NULL &&
        !bytes_is_nocase(view(&l->section), bytes_str(section)))
        return false;
    if (l->since[0] == '\0' && l->until[0] == '\0')
        return true;
    return first_day(l->published.data, l->published.len, day) &&
           (l->since[0] == '\0' || strcmp(day, l->since) >= 0) &&
           (l->until[0] == '\0' || strcmp(day, l->until) <= 0);
}

static bool
title_matches(const struct listing *l)
{
    const char *title = l->args->value[OPT_TITLE];

    return title == NULL ||
           bytes_has_nocase(view(&l->title), bytes_str(title));
}

static void
print_member(struct out *o, const char *name, const struct text *value)
{
    if (value->len == 0)
        return;
    out_format(o, ",\"%s\":", name);
    out_json(o, view(value));
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
    out_visible(o, view(&l->id));
    out_str(o, "\t");
    if (rev != 0)
        out_format(o, "%u\t", (unsigned)rev);
    out_visible(o, view(&l->published));
    out_str(o, "\t");
    out_visible(o, view(&l->title));
    out_str(o, "\n");
}

/* Of what was redacted only its place is left, and the reason. */
static int
print_redacted(struct listing *l, const struct sheaf_entry *entry)
{
    static const char prefix[] = "redacted: ";
    struct sheaf_article article;
    struct sheaf_error err = { 0 };
    struct out *o = &l->out;
    const char *reason = err.message;
    int rc = sheaf_read(l->archive->reader, l->archive->scratch, entry,
                        &article, &err);

    if (rc != SHEAF_EREDACTED) {
        l->code = archive_failed(l->archive, rc, &err);
        return 1;
    }
    if (strncmp(reason, prefix, sizeof prefix - 1) == 0)
        reason += sizeof prefix - 1;
    if (l->json) {
        out_format(o, "{\"leaf\":%llu,\"redacted\":",
                   (unsigned long long)entry->leaf);
        out_json(o, bytes_str(reason));
        out_str(o, "}\n");
    } else {
        out_format(o, "-\t%s(redacted, leaf %llu)\t",
                   l->all_revisions ? "-\t" : "",
                   (unsigned long long)entry->leaf);
        out_visible(o, bytes_str(reason));
        out_str(o, "\n");
    }
    return o->sys != 0;
}

/* The columns don't have the revision; but an ID that is there once has its
 * first, unless others of it may have been redacted. */
static int
find_rev(struct listing *l, const struct sheaf_listing *line, uint32_t *rev)
{
    struct sheaf_article article;

    *rev = 0;
    if (!l->all_revisions)
        return EXIT_DONE;
    *rev = 1;
    if (l->archive->info.redactions == 0 &&
        newest_is_single(&l->newest, line->id))
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
        return print_redacted(l, &line->entry);
    if (l->redacted_only)
        return 0;
    if (!unescape_line(l, line))
        return 1;
    if (!matches(l))
        return 0;
    if (!l->all_revisions)
        l->code = newest_is(&l->newest, line->id, line->entry.leaf, &newest);
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

/* ---- The command --------------------------------------------------------- */

static int
parse_bounds(struct listing *l)
{
    const char *since = l->args->value[OPT_SINCE];
    const char *until = l->args->value[OPT_UNTIL];

    if (since != NULL && !parse_bound(since, false, l->since))
        return say_usage("list", "list: --since: '%s' is no date", since);
    if (until != NULL && !parse_bound(until, true, l->until))
        return say_usage("list", "list: --until: '%s' is no date", until);
    return EXIT_DONE;
}

/* What is asked for can't be said of what was redacted. */
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
    struct sheaf_list_filter filter = SHEAF_LIST_ALL;
    struct sheaf_scratch *scratch = NULL;
    struct sheaf_error err = { 0 };
    int rc;

    filter.first_day = skip_before(l);
    filter.redacted = l->redacted_only || (l->all_revisions && !filtered(l));
    if (!l->redacted_only) {
        /* With --since few articles are looked at: don't go over all. */
        int code = newest_start(&l->newest, l->archive, l->since[0] != '\0');

        if (code != EXIT_DONE)
            return code;
    }
    rc = sheaf_scratch_new(&scratch, &err);
    if (rc == SHEAF_OK)
        rc = sheaf_list(l->archive->reader, scratch, &filter, listed, l, &err);
    sheaf_scratch_free(scratch);
    if (rc != SHEAF_OK && rc != SHEAF_ESTOPPED)
        return archive_failed(l->archive, rc, &err);
    return l->code;
}

int
cmd_list(const struct args *args)
{
    struct archive archive;
    struct listing l = { .args = args, .archive = &archive };
    int code = parse_bounds(&l);

    if (code != EXIT_DONE)
        return code;
    l.all_revisions = args_has(args, OPT_REVISIONS);
    l.redacted_only = args_has(args, OPT_REDACTED);
    l.json = args_has(args, OPT_JSON);
    out_start(&l.out, STDOUT_FILENO);
    code = archive_open(&archive, args->operand[0], NULL);
    if (code == EXIT_DONE)
        code = list_all(&l);
    /* The lines before an error are true all the same. */
    if (code == EXIT_DONE)
        code = out_finish(&l.out, NULL);
    else
        (void)out_flush(&l.out);
    newest_end(&l.newest);
    archive_close(&archive);
    text_free(&l.id);
    text_free(&l.published);
    text_free(&l.section);
    text_free(&l.title);
    return code;
}
