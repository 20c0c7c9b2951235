/*
 * browse.c - goes through the articles that are selected.
 */
#include "cli/browse.h"

#include <stdlib.h>

#include "base/cursor.h"
#include "base/extsort.h"
#include "base/json.h"

/* So few are asked for one by one whether they are the newest revision. */
#define FEW 1000
#define SORT_MEMORY ((size_t)32 << 20)
#define IDS_FILE_MAX ((size_t)256 << 20)
/* The key, then member, leaf, offset, length and index. */
#define RECORD_BYTES (SELECT_KEY_BYTES + 32)

/* ---- One article --------------------------------------------------------- */

static void
remember(struct browse *b, int code)
{
    b->worst = worse(b->worst, code);
}

static bool
add_member(struct sheaf_bytes meta, const char *key, struct sheaf_buf *out)
{
    struct sheaf_bytes inside;

    out->len = 0;
    return !json_member_inside(meta, key, &inside) ||
           json_unescape(inside, out);
}

static void
view_fields(const struct browse *b, struct select_fields *f)
{
    f->id = buf_view(&b->id);
    f->published = buf_view(&b->published);
    f->section = buf_view(&b->section);
    f->title = buf_view(&b->title);
}

/* Takes the fields from the article itself. */
static int
fill_fields(struct browse *b, struct browse_item *item)
{
    struct sheaf_bytes meta = item->article->meta;
    struct sheaf_bytes id = item->article->id;

    b->id.len = 0;
    if (!buf_add(&b->id, id.data, id.len) || !buf_end(&b->id) ||
        !add_member(meta, "headline", &b->title) ||
        !add_member(meta, "section", &b->section) ||
        !add_member(meta, "published", &b->published))
        return say_no_memory();
    view_fields(b, &item->fields);
    if (b->all_revisions)
        item->rev = item->article->rev;
    return EXIT_DONE;
}

/* Reads an article; *lost: it is damaged, and was named. */
static int
read_article(struct browse *b, struct browse_item *item,
             struct sheaf_article *article, bool *lost)
{
    struct archive *a = b->archive;
    struct sheaf_error err = { 0 };
    struct sheaf_scan_item why = { .leaf = item->entry.leaf,
                                   .id = item->fields.id,
                                   .why = &err };
    int rc = sheaf_read(a->reader, a->scratch, &item->entry, article, &err);

    *lost = false;
    if (rc == SHEAF_OK) {
        item->article = article;
        return fill_fields(b, item);
    }
    if (rc != SHEAF_ECORRUPT && rc != SHEAF_EVERIFY && rc != SHEAF_EMISSING)
        return archive_failed(a, rc, &err);
    err.code = rc;
    archive_say_lost(a, &why, &b->lost);
    *lost = true;
    return EXIT_DONE;
}

static int
sort_item(struct browse *b, const struct browse_item *item)
{
    uint8_t record[RECORD_BYTES];
    uint8_t *at = record + SELECT_KEY_BYTES;
    struct sheaf_error err = { 0 };
    int rc;

    select_key(b->selection, &item->fields, record);
    put_be(at, b->member, 4);
    at += 4;
    put_be(at, item->entry.leaf, 8);
    put_be(at + 8, item->entry.offset, 8);
    put_be(at + 16, item->entry.length, 8);
    put_be(at + 24, item->entry.index, 4);
    for (size_t i = 0; b->selection->reverse && i < SELECT_KEY_BYTES + 12;
         i++)
        record[i] = (uint8_t)~record[i];
    rc = extsort_add(b->sorter, record, &err);
    return rc == SHEAF_OK ? EXIT_DONE : archive_failed(b->archive, rc, &err);
}

static int
deliver(struct browse *b, const struct browse_item *item)
{
    int code = EXIT_DONE;

    if (b->count < b->selection->limit) {
        b->count++;
        code = b->take(b->arg, item);
    }
    b->enough = b->enough || b->count >= b->selection->limit;
    return code;
}

/* An article that is selected: now, or when all are sorted. */
static int
offer(struct browse *b, const struct browse_item *item)
{
    bool older = false;
    int code = EXIT_DONE;

    if (b->over != NULL && !b->all_revisions)
        code = b->over->superseded(b, item->fields.id, &older);
    if (code != EXIT_DONE || older)
        return code;
    return b->sorter != NULL ? sort_item(b, item) : deliver(b, item);
}

static int
is_selected(const struct browse *b, const struct browse_item *item, bool *is)
{
    *is = select_by_fields(b->selection, &item->fields, true);
    return *is && b->selection->by_meta
               ? select_by_meta(b->selection, item->article->meta, is)
               : EXIT_DONE;
}

/* ---- Operands ------------------------------------------------------------ */

static bool
is_taken(const struct browse *b, uint64_t leaf)
{
    return b->taken != NULL && leaf < b->archive->info.size &&
           (b->taken[leaf / 8] >> leaf % 8 & 1) != 0;
}

static bool
mark_taken(struct browse *b, uint64_t leaf)
{
    if (b->taken == NULL)
        b->taken = calloc((size_t)(b->archive->info.size / 8) + 1, 1);
    if (b->taken == NULL)
        return false;
    if (leaf < b->archive->info.size)
        b->taken[leaf / 8] |= (uint8_t)(1u << leaf % 8);
    return true;
}

/* Whether one of the operands that IDs are compared with fits; without any,
 * all do. */
static bool
is_sought(struct browse *b)
{
    const struct args *args = b->selection->args;
    const char *id = buf_str(&b->id);
    bool found = b->sought == 0;

    for (size_t i = 1; b->sought != 0 && i < args->count; i++)
        if (b->names[i] != NAME_FOUND && (strcmp(args->operand[i], id) == 0 ||
                                          select_glob(args->operand[i], id))) {
            b->names[i] = NAME_MATCHED;
            found = true;
        }
    return found;
}

static int
take_entry(struct browse *b, const struct sheaf_entry *entry, const char *name)
{
    struct browse_item item = { .entry = *entry,
                                .fields = { .id = sheaf_str(name) } };
    struct sheaf_article article;
    bool lost, fits = false;
    int code;

    if (is_taken(b, entry->leaf))
        return EXIT_DONE;
    if (!mark_taken(b, entry->leaf))
        return say_no_memory();
    code = read_article(b, &item, &article, &lost);
    if (code == EXIT_DONE && !lost)
        code = is_selected(b, &item, &fits);
    if (code == EXIT_DONE && fits && b->fits != NULL)
        code = b->fits(b->arg, &item, &fits);
    return code == EXIT_DONE && fits ? offer(b, &item) : code;
}

static bool
ends_all(int code)
{
    return code != EXIT_DONE && code != EXIT_NOT_FOUND &&
           code != EXIT_CORRUPT && code != EXIT_NOT_AUTHENTIC;
}

static int
find_named(struct browse *b, const char *name, bool trying,
           struct sheaf_entry *out)
{
    struct archive *a = b->archive;
    int code;

    if (b->over != NULL)
        return b->over->find(b, name, trying, out);
    a->asking = trying;
    code = archive_find(a, name, 0, out);
    a->asking = false;
    return code;
}

/* *sought: there is no such article, but `name` may be a glob. */
static int
take_name(struct browse *b, const char *name, bool *sought)
{
    bool glob = sought != NULL && select_is_glob(name);
    struct sheaf_entry entry;
    int code = find_named(b, name, glob, &entry);

    if (glob && code == EXIT_NOT_FOUND) {
        *sought = true;
        return EXIT_DONE;
    }
    if (code == EXIT_DONE)
        return take_entry(b, &entry, name);
    if (b->over == NULL &&
        (code == EXIT_CORRUPT || code == EXIT_NOT_AUTHENTIC))
        say("%s: lost: %s", b->archive->path, name);
    remember(b, code);
    return ends_all(code) ? code : EXIT_DONE;
}

static int
take_operands(struct browse *b)
{
    const struct args *args = b->selection->args;
    int code = EXIT_DONE;

    b->names = calloc(args->count, sizeof *b->names);
    if (b->names == NULL)
        return say_no_memory();
    for (size_t i = 1; i < args->count && code == EXIT_DONE && !b->enough;
         i++) {
        bool sought = b->all_revisions;

        if (!sought)
            code = take_name(b, args->operand[i], &sought);
        if (sought) {
            b->names[i] = NAME_SOUGHT;
            b->sought++;
        }
    }
    return code;
}

/* The IDs of --ids-from, one on each line. */
static int
take_file(struct browse *b, const char *path)
{
    struct sheaf_buf file = { 0 };
    struct sheaf_bytes rest;
    int code = read_file(strcmp(path, "-") == 0 ? "/dev/stdin" : path,
                         IDS_FILE_MAX, &file);

    if (code == EXIT_DONE && !buf_end(&file))
        code = say_no_memory();
    rest = buf_view(&file);
    while (rest.len != 0 && code == EXIT_DONE && !b->enough) {
        struct sheaf_bytes line = bytes_until(&rest, '\n');
        char *name = (char *)file.data + (line.data - file.data);

        if (line.len != 0 && name[line.len - 1] == '\r')
            line.len--;
        if (memchr(name, '\0', line.len) != NULL) {
            say("%s: a line has a NUL: it lists one ID on each line", path);
            code = EXIT_FAILED;
            break;
        }
        name[line.len] = '\0';
        if (line.len != 0)
            code = take_name(b, name, NULL);
    }
    sheaf_buf_free(&file);
    return code;
}

/* One of `next`: whoever named it may be wrong. */
static int
take_next(struct browse *b, const char *id, uint64_t leaf)
{
    struct archive *a = b->archive;
    struct sheaf_entry entry;
    int code;

    a->asking = true;
    code = archive_find(a, id, 0, &entry);
    a->asking = false;
    if (code == EXIT_DONE && entry.leaf == leaf)
        return take_entry(b, &entry, id);
    if (code == EXIT_DONE || code == EXIT_NOT_FOUND) {
        b->strange++;
        return EXIT_DONE;
    }
    if (!ends_all(code))
        say("%s: lost: %s", a->path, id);
    remember(b, code);
    return ends_all(code) ? code : EXIT_DONE;
}

static int
take_all_next(struct browse *b)
{
    struct sheaf_buf id = { 0 };
    uint64_t leaf;
    int code = EXIT_DONE;

    while (code == EXIT_DONE && !b->enough && b->next(b->arg, &id, &leaf))
        code = take_next(b, buf_str(&id), leaf);
    sheaf_buf_free(&id);
    return code;
}

static void
say_unmatched(struct browse *b)
{
    const struct args *args = b->selection->args;

    for (size_t i = 1; b->sought != 0 && i < args->count; i++)
        if (b->names[i] == NAME_SOUGHT) {
            say("%s: %s: no article %s this ID, and none %s as a pattern%s",
                b->over != NULL ? args->operand[0] : b->archive->path,
                args->operand[i],
                b->selection->filtered ? "that the options select has"
                                       : "with",
                b->selection->filtered ? "matches it" : "that it matches",
                b->lost.leaves != 0 || archive_any_incomplete()
                    ? ", among those that are there"
                    : "");
            remember(b, EXIT_NOT_FOUND);
        }
}

/* ---- From the columns ---------------------------------------------------- */

static bool
unescape_line(struct browse *b, const struct sheaf_listing *line)
{
    b->id.len = 0;
    b->published.len = 0;
    b->section.len = 0;
    b->title.len = 0;
    return json_unescape(line->id, &b->id) && buf_end(&b->id) &&
           json_unescape(line->published, &b->published) &&
           json_unescape(line->section, &b->section) &&
           json_unescape(line->headline, &b->title);
}

static int
list_redacted(struct browse *b, const struct sheaf_entry *entry)
{
    struct sheaf_article article;
    struct sheaf_error err = { 0 };
    int rc = sheaf_read(b->archive->reader, b->archive->scratch, entry,
                        &article, &err);

    if (rc != SHEAF_EREDACTED)
        return archive_failed(b->archive, rc, &err);
    return b->redacted(b->arg, entry->leaf, err.message);
}

/* Columns leave out very long values; the article has them. */
static bool
needs_article(const struct browse *b)
{
    return b->with_articles || b->selection->by_meta || b->title.len == 0 ||
           (b->with_sections &&
            (b->section.len == 0 || b->published.len == 0));
}

static int
take_line(struct browse *b, struct browse_item *item)
{
    struct sheaf_article article;
    bool newest = true, lost = false, is = false;
    int code = EXIT_DONE;

    if (!select_by_fields(b->selection, &item->fields, false) ||
        is_taken(b, item->entry.leaf) || !is_sought(b))
        return EXIT_DONE;
    if (!b->all_revisions)
        code = newest_is(&b->newest, item->fields.id, item->entry.leaf,
                         &newest);
    if (code != EXIT_DONE || !newest)
        return code;
    if (needs_article(b))
        code = read_article(b, item, &article, &lost);
    if (code == EXIT_DONE && !lost)
        code = is_selected(b, item, &is);
    return code == EXIT_DONE && is ? offer(b, item) : code;
}

/* Of all revisions, one that was redacted may have been put back. */
static int
check_standing(struct browse *b, const struct sheaf_listing *line,
               const struct browse_item *item, bool *stands)
{
    struct archive *a = b->archive;
    struct sheaf_error err = { 0 };
    struct sheaf_scan_item why = { .leaf = line->entry.leaf,
                                   .id = item->fields.id,
                                   .why = &err };
    int rc;

    if (a->info.redactions == 0 && !a->trusted)
        return EXIT_DONE;
    rc = sheaf_stands(a->reader, b->newest.scratch, item->fields.id,
                      line->entry.leaf, &err);
    *stands = rc == SHEAF_OK;
    if (rc == SHEAF_EREDACTED)
        return b->redacted != NULL
                   ? b->redacted(b->arg, line->entry.leaf, err.message)
                   : EXIT_DONE;
    if (*stands)
        return EXIT_DONE;
    if (rc != SHEAF_ECORRUPT && rc != SHEAF_EVERIFY)
        return archive_failed(a, rc, &err);
    err.code = rc;
    archive_say_lost(a, &why, &b->lost);
    return EXIT_DONE;
}

/* Neither its frame nor the columns tell what it was. */
static void
say_unknown(struct browse *b, uint64_t leaf, bool removed)
{
    struct sheaf_error err = {
        .code = SHEAF_ECORRUPT,
        .message = "damaged, and so are the columns that have its ID"
    };
    struct sheaf_scan_item why = { .leaf = leaf, .why = &err };

    if (removed)
        err = (struct sheaf_error){
            .code = SHEAF_EMISSING,
            .message = "removed, and no signed redaction says so"
        };
    archive_say_lost(b->archive, &why, &b->lost);
}

static int
listed(void *arg, const struct sheaf_listing *line)
{
    struct browse *b = arg;
    struct browse_item item = { .entry = line->entry,
                                .rev = b->all_revisions ? line->rev : 0 };
    bool stands = true;

    if (b->passed != NULL)
        b->passed(b->arg, line->entry.leaf + 1);
    if (line->entry.leaf < b->first_leaf)
        return 0;
    if (line->redacted) {
        b->code = list_redacted(b, &line->entry);
        return b->code != EXIT_DONE || b->enough;
    }
    if (b->end_leaf != 0 && line->entry.leaf >= b->end_leaf)
        return 1;
    b->next_leaf = line->entry.leaf + 1;
    if (b->redacted_only && b->archive->info.redactions == 0)
        return 0;
    if (line->lost) {
        say_unknown(b, line->entry.leaf, line->lost == 2);
        return 0;
    }
    if (!unescape_line(b, line)) {
        b->code = say_no_memory();
        return 1;
    }
    view_fields(b, &item.fields);
    if (b->all_revisions || b->redacted_only)
        b->code = check_standing(b, line, &item, &stands);
    if (b->code == EXIT_DONE && stands && !b->redacted_only)
        b->code = take_line(b, &item);
    return b->code != EXIT_DONE || b->enough;
}

/* ---- From the articles themselves ---------------------------------------- */

static int
take_scanned(struct browse *b, const struct sheaf_scan_item *scanned)
{
    struct browse_item item = { .entry = scanned->entry,
                                .article = &scanned->article };
    bool newest = true, is = false;
    int code = fill_fields(b, &item);

    if (code == EXIT_DONE)
        code = is_selected(b, &item, &is);
    if (code != EXIT_DONE || !is || is_taken(b, scanned->leaf) ||
        !is_sought(b))
        return code;
    /* With a key, this was asked before. */
    if (!b->all_revisions && !b->archive->trusted)
        code = newest_is(&b->newest,
                         scanned->id.len != 0 ? scanned->id : item.fields.id,
                         scanned->leaf, &newest);
    return code == EXIT_DONE && newest ? offer(b, &item) : code;
}

static int
take_leaf(struct browse *b, const struct sheaf_scan_item *item)
{
    uint64_t put_back = b->newest.put_back;
    bool newest = true;
    int code = EXIT_DONE;

    /* With a key, what a signed redaction says holds. */
    if (item->state == SHEAF_SCAN_ARTICLE && b->archive->trusted)
        code = newest_is(&b->newest, item->id, item->leaf, &newest);
    if (code != EXIT_DONE)
        return code;
    if (b->newest.put_back != put_back)
        return b->redacted != NULL ? b->redacted(b->arg, item->leaf,
                                                 b->newest.redacted.message)
                                   : EXIT_DONE;
    if (item->state == SHEAF_SCAN_LOST)
        archive_say_lost(b->archive, item, &b->lost);
    if (item->state == SHEAF_SCAN_REDACTED && b->redacted != NULL)
        return b->redacted(b->arg, item->leaf, item->why->message);
    if (item->state != SHEAF_SCAN_ARTICLE || b->redacted_only ||
        (!newest && !b->all_revisions))
        return EXIT_DONE;
    return take_scanned(b, item);
}

static int
scanned(void *arg, const struct sheaf_scan_item *item)
{
    struct browse *b = arg;

    if (b->passed != NULL)
        b->passed(b->arg, item->leaf + 1);
    if (item->leaf < b->next_leaf || item->leaf < b->first_leaf)
        return 0;
    b->code = take_leaf(b, item);
    return b->code != EXIT_DONE || b->enough;
}

/* ---- All of them --------------------------------------------------------- */

void
browse_forget(struct browse *b)
{
    newest_end(&b->newest);
    sheaf_scratch_free(b->columns);
    b->columns = NULL;
    b->lost = (struct lost){ .leaves = 0 };
    b->next_leaf = 0;
    b->whole = false;
}

/* Everything is read from the frames if all of it is wanted. */
int
browse_walk(struct browse *b)
{
    const struct selection *s = b->selection;
    struct archive *a = b->archive;
    struct sheaf_list_filter filter = SHEAF_LIST_ALL;
    struct sheaf_error err = { 0 }, why;
    bool few = s->limit <= FEW && s->sort == SORT_NONE && !s->reverse;
    bool some = s->filtered || b->sought != 0 || few;
    bool narrow = some || b->first_leaf != 0 || b->end_leaf != 0;
    bool scan = (a->trusted && !b->by_columns) ||
                (b->with_articles && !some &&
                 (b->first_leaf == 0 || b->end_leaf != 0));
    bool gaps = false;
    int rc = SHEAF_OK;
    int code = EXIT_DONE;

    if (!b->redacted_only || a->trusted || a->info.redactions != 0)
        code = newest_start(&b->newest, a,
                            a->trusted ? NEWEST_ASK
                            : narrow   ? NEWEST_WAIT
                                       : NEWEST_COUNT);
    if (code != EXIT_DONE)
        return code;
    filter.first_day = s->first_day;
    filter.redacted = b->redacted != NULL;
    filter.lost = 1;
    filter.first_leaf = b->first_leaf;
    if (!scan)
        rc = sheaf_scratch_new(&b->columns, &err);
    if (!scan && rc == SHEAF_OK)
        rc = sheaf_list(a->reader, b->columns, &filter, listed, b, &err);
    if (scan || rc == SHEAF_ECORRUPT) {
        /* Leaves that are missing may be before what is listed already. */
        gaps = rc == SHEAF_ECORRUPT && strcmp(err.clause, "F8.5") == 0 &&
               b->next_leaf > b->first_leaf;
        why = err;
        rc = sheaf_scan_range(a->reader, a->scratch, b->first_leaf,
                              b->end_leaf != 0 ? b->end_leaf : UINT64_MAX,
                              scanned, b, &err);
        b->whole = rc == SHEAF_OK && !narrow;
    }
    if (rc != SHEAF_OK && rc != SHEAF_ESTOPPED)
        return archive_failed(a, rc, &err);
    if (gaps)
        b->worst = worse(b->worst, archive_failed(a, SHEAF_ECORRUPT, &why));
    return b->code;
}

static int
take_sorted(struct browse *b)
{
    uint8_t record[RECORD_BYTES];
    struct sheaf_error err = { 0 };
    int rc = extsort_start(b->sorter, &err);
    int code = EXIT_DONE;

    while (rc == SHEAF_OK && code == EXIT_DONE && !b->enough) {
        const uint8_t *at = record + SELECT_KEY_BYTES;
        struct browse_item item = { .article = NULL };
        struct sheaf_article article;
        bool lost;

        rc = extsort_next(b->sorter, record, &err);
        if (rc != SHEAF_OK)
            break;
        b->member = (size_t)(get_be(at, 4) ^
                             (b->selection->reverse ? UINT32_MAX : 0));
        at += 4;
        item.entry.leaf = get_be(at, 8);
        if (b->selection->reverse)
            item.entry.leaf = ~item.entry.leaf;
        item.entry.offset = get_be(at + 8, 8);
        item.entry.length = get_be(at + 16, 8);
        item.entry.index = (uint32_t)get_be(at + 24, 4);
        if (b->over != NULL &&
            b->over->enter(b, b->member) != EXIT_DONE)
            continue; /* it has become unreadable, and was named */
        code = read_article(b, &item, &article, &lost);
        if (code == EXIT_DONE && !lost)
            code = deliver(b, &item);
    }
    return rc == SHEAF_OK || rc == SHEAF_END
               ? code
               : archive_failed(b->archive, rc, &err);
}

static int
start_sorting(struct browse *b)
{
    struct sheaf_error err = { 0 };
    int rc;

    if (b->selection->sort == SORT_NONE && !b->selection->reverse)
        return EXIT_DONE;
    rc = extsort_new(&b->sorter, RECORD_BYTES, SORT_MEMORY, temp_folder(),
                     &err);
    return rc == SHEAF_OK ? EXIT_DONE : archive_failed(b->archive, rc, &err);
}

/* Those that operands and --ids-from name, or all. */
static int
take_named(struct browse *b)
{
    const struct args *args = b->selection->args;
    const char *file = args->value[OPT_IDS_FROM];
    int code = take_operands(b);

    if (code == EXIT_DONE && file != NULL && !b->enough)
        code = take_file(b, file);
    if (code == EXIT_DONE && !b->enough &&
        (b->sought != 0 || (args->count == 1 && file == NULL))) {
        code = b->over != NULL ? b->over->walk(b) : browse_walk(b);
        if (code == EXIT_DONE && !b->enough)
            say_unmatched(b);
    }
    return code;
}

int
browse_run(struct browse *b)
{
    int code = start_sorting(b);

    b->enough = b->selection->limit == 0;
    if (code == EXIT_DONE && b->next != NULL)
        code = take_all_next(b);
    else if (code == EXIT_DONE)
        code = take_named(b);
    b->enough = b->selection->limit == 0;
    if (code == EXIT_DONE && b->sorter != NULL)
        code = take_sorted(b);
    return code;
}

/* Of the others nothing is known, unless all were looked at. */
static int
lost_code(const struct browse *b)
{
    if (b->whole || b->lost.leaves == 0)
        return archive_lost_code(b->archive, &b->lost);
    say("%s: %llu of the articles that were looked at %s lost",
        b->archive->path, (unsigned long long)b->lost.leaves,
        b->lost.leaves == 1 ? "is" : "are");
    return b->lost.forged ? EXIT_NOT_AUTHENTIC : EXIT_CORRUPT;
}

int
browse_code(const struct browse *b)
{
    int code = b->newest.archive != NULL ? newest_code(&b->newest) : EXIT_DONE;

    if (code == EXIT_DONE || code == EXIT_CORRUPT) {
        int lost = lost_code(b);

        code = lost != EXIT_DONE ? lost : code;
    }
    if (b->over != NULL)
        code = worse(code, b->over->code(b));
    return worse(code, b->worst);
}

void
browse_end(struct browse *b)
{
    newest_end(&b->newest);
    sheaf_scratch_free(b->columns);
    extsort_free(b->sorter);
    free(b->taken);
    free(b->names);
    sheaf_buf_free(&b->id);
    sheaf_buf_free(&b->published);
    sheaf_buf_free(&b->section);
    sheaf_buf_free(&b->title);
}
