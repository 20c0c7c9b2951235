/*
 * cmd_split.c - makes several archives of one, by month, section or size.
 *
 * A scan says which article goes where. Then one archive after the other is
 * made, each from the frames of its own articles, so that only one is being
 * written at a time. All of it is checked before anything is written.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/json.h"
#include "cli/archive.h"
#include "cli/log.h"
#include "cli/opening.h"
#include "cli/outfile.h"
#include "cli/packing.h"
#include "cli/signing.h"

#define PARTS_MAX 100000
/* Up to so many, numbers of parts have four digits, and otherwise six: a folder
 * is read in the order of the names. */
#ifdef SHEAF_TEST
#define FEW_PARTS 15
#else
#define FEW_PARTS 9999
#endif
#define NAME_BYTES 100

enum by { BY_MONTH, BY_SECTION, BY_SIZE };

/* An archive that will be made. */
struct part {
    char name[NAME_BYTES + 24]; /* of the file, without .sheaf */
    struct sheaf_buf value;     /* what its articles have in common */
    struct sheaf_buf entries;   /* struct sheaf_entry */
};

/* An article, or the record of a removed one, if articles were redacted. */
struct known {
    uint8_t id_hash[SHEAF_HASH_BYTES];
    struct sheaf_entry entry;
    size_t part; /* of a record: that of the article before */
    bool removed;
};

struct splitting {
    struct packing p;
    struct archive a;
    enum by by;
    uint64_t size;
    struct part *parts;
    size_t count;
    size_t room;
    size_t last;   /* the part of the article before */
    uint64_t from; /* by size: where the part begins */
    struct sheaf_buf known; /* struct known, if anything was redacted */
    struct sheaf_buf value;
    struct lost lost;
    int code;
};

/* ---- Names -------------------------------------------------------------- */

static bool
is_taken(const struct splitting *s, const char *name)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcasecmp(s->parts[i].name, name) == 0)
            return true;
    return false;
}

/* A file name that no other part has: letters, digits and bytes beyond ASCII
 * stay, also . _ and -, if not at the beginning. */
static void
make_name(const struct splitting *s, struct sheaf_bytes value, char *name)
{
    const char *none = s->by == BY_MONTH ? "no-date" : "no-section";
    size_t len = 0, end;

    for (; len < value.len && len < NAME_BYTES; len++) {
        int c = value.data[len];
        bool plain = c >= 0x80 || (c >= '0' && c <= '9') ||
                     (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                     (len != 0 && strchr("._-", c) != NULL);

        name[len] = (char)(plain && c != '\0' ? c : '_');
    }
    /* Not within a character. */
    while (len < value.len && len > 0 && (value.data[len] & 0xc0) == 0x80)
        len--;
    name[len] = '\0';
    if (len == 0)
        strcpy(name, none);
    end = strlen(name);
    for (unsigned n = 2; is_taken(s, name); n++)
        snprintf(name + end, 16, "-%u", n);
}

/* ---- Who goes where ----------------------------------------------------- */

/* YYYY-MM, or YYYY if there is no month. */
static struct sheaf_bytes
month_of(struct sheaf_bytes date)
{
    size_t digits = 0;

    for (size_t i = 0; i < date.len && i < 7; i++) {
        bool good = i == 4 ? date.data[i] == '-'
                           : date.data[i] >= '0' && date.data[i] <= '9';

        if (!good)
            break;
        digits = i + 1;
    }
    return sheaf_view(date.data, digits == 7 ? 7 : digits >= 4 ? 4 : 0);
}

/* Sets s->value to what decides about the article. */
static bool
find_value(struct splitting *s, const struct sheaf_article *a)
{
    struct sheaf_bytes inside;

    s->value.len = 0;
    if (!json_member_inside(a->meta,
                            s->by == BY_MONTH ? "published" : "section",
                            &inside))
        return true;
    if (s->by == BY_MONTH)
        inside = month_of(inside);
    return json_unescape(inside, &s->value);
}

static int
add_part(struct splitting *s)
{
    struct part *part;

    if (s->count == PARTS_MAX) {
        say("%s: more than %d archives would be made", s->a.path, PARTS_MAX);
        return EXIT_LIMIT;
    }
    if (s->count == s->room) {
        size_t room = s->room * 2 + 16;
        struct part *parts = realloc(s->parts, room * sizeof *parts);

        if (parts == NULL)
            return say_no_memory();
        s->parts = parts;
        s->room = room;
    }
    part = &s->parts[s->count];
    memset(part, 0, sizeof *part);
    if (!buf_add(&part->value, s->value.data, s->value.len))
        return say_no_memory();
    if (s->by == BY_SIZE)
        snprintf(part->name, sizeof part->name, "part-%04zu", s->count + 1);
    else
        make_name(s, buf_view(&s->value), part->name);
    s->count++;
    return EXIT_DONE;
}

static int
find_part(struct splitting *s, const struct sheaf_scan_item *item)
{
    if (s->by == BY_SIZE) {
        if (s->count != 0 &&
            (item->entry.index != 0 || item->entry.offset - s->from < s->size))
            return EXIT_DONE;
        s->from = item->entry.offset;
        s->last = s->count;
        return add_part(s);
    }
    if (!find_value(s, &item->article))
        return say_no_memory();
    if (s->count != 0 &&
        bytes_equal(buf_view(&s->value), buf_view(&s->parts[s->last].value)))
        return EXIT_DONE;
    for (s->last = 0; s->last < s->count; s->last++)
        if (bytes_equal(buf_view(&s->value),
                        buf_view(&s->parts[s->last].value)))
            return EXIT_DONE;
    return add_part(s);
}

/* An article, or the record of a removed one, for its part. If articles were
 * redacted, others of its ID say which that is. */
static int
take_entry(struct splitting *s, const struct sheaf_scan_item *item)
{
    struct known k = { .entry = item->entry, .part = s->last };
    bool good;

    if (s->a.info.redactions == 0 && item->state == SHEAF_SCAN_ARTICLE) {
        good = buf_add(&s->parts[s->last].entries, &item->entry,
                       sizeof item->entry);
        return good ? EXIT_DONE : say_no_memory();
    }
    memcpy(k.id_hash, item->id_hash, sizeof k.id_hash);
    k.removed = item->state == SHEAF_SCAN_REDACTED;
    if (!k.removed)
        hash_blake2b(item->article.id.data, item->article.id.len, k.id_hash);
    return buf_add(&s->known, &k, sizeof k) ? EXIT_DONE : say_no_memory();
}

static int
take_leaf(void *arg, const struct sheaf_scan_item *item)
{
    struct splitting *s = arg;

    if (interrupted())
        return -1;
    if (item->state == SHEAF_SCAN_REDACTED && item->why->clause[0] != '\0') {
        say("%s: leaf %llu was redacted, and the article has been put back "
            "[F6.7]", s->a.path, (unsigned long long)item->leaf);
        s->code = EXIT_NOT_AUTHENTIC;
        return -1;
    }
    if (item->state == SHEAF_SCAN_LOST)
        archive_say_lost(&s->a, item, &s->lost);
    if (item->state == SHEAF_SCAN_ARTICLE)
        s->code = find_part(s, item);
    if (s->code == EXIT_DONE && (item->state == SHEAF_SCAN_ARTICLE ||
                                 item->state == SHEAF_SCAN_REDACTED))
        s->code = take_entry(s, item);
    return s->code == EXIT_DONE ? 0 : -1;
}

static int
compare_entries(const void *a, const void *b)
{
    const struct sheaf_entry *x = a, *y = b;

    return (x->leaf > y->leaf) - (x->leaf < y->leaf);
}

/* By ID, and of one ID by leaf. */
static int
compare_known(const void *a, const void *b)
{
    const struct known *x = a, *y = b;
    int order = memcmp(x->id_hash, y->id_hash, sizeof x->id_hash);

    return order != 0 ? order : compare_entries(&x->entry, &y->entry);
}

/* A redaction says that the newest article with an ID is gone, and it needs all
 * revisions before it. So what is left of such an article is in one part with
 * its records: that of its last revision. */
static bool
place_article(struct splitting *s, const struct known *all, size_t count)
{
    size_t part = all[0].part;
    bool removed = false, good = true;

    for (size_t i = 0; i < count; i++)
        if (all[i].removed)
            removed = true;
        else
            part = all[i].part;
    for (size_t i = 0; good && i < count; i++)
        good = buf_add(&s->parts[removed ? part : all[i].part].entries,
                       &all[i].entry, sizeof all[i].entry);
    return good;
}

/* A part of which all went to others is none. */
static void
drop_empty(struct splitting *s)
{
    size_t kept = 0;

    for (size_t i = 0; i < s->count; i++)
        if (s->parts[i].entries.len != 0)
            s->parts[kept++] = s->parts[i];
        else
            sheaf_buf_free(&s->parts[i].value);
    s->count = kept;
}

/* If articles were redacted, the parts have nothing yet. */
static int
place_all(struct splitting *s)
{
    struct known *all = (struct known *)(void *)s->known.data;
    size_t count = s->known.len / sizeof *all;
    size_t end;

    if (count != 0)
        qsort(all, count, sizeof *all, compare_known);
    for (size_t i = 0; i < count; i = end) {
        for (end = i + 1;
             end < count && memcmp(all[i].id_hash, all[end].id_hash,
                                   sizeof all[i].id_hash) == 0;)
            end++;
        if (!place_article(s, all + i, end - i))
            return say_no_memory();
    }
    drop_empty(s);
    for (size_t i = 0; count != 0 && i < s->count; i++)
        qsort(s->parts[i].entries.data,
              s->parts[i].entries.len / sizeof(struct sheaf_entry),
              sizeof(struct sheaf_entry), compare_entries);
    return EXIT_DONE;
}

static void
name_many(struct splitting *s)
{
    for (size_t i = 0; s->by == BY_SIZE && i < s->count; i++)
        snprintf(s->parts[i].name, sizeof s->parts[i].name, "part-%06zu",
                 i + 1);
}

static int
plan(struct splitting *s)
{
    struct sheaf_error err = { 0 };
    int rc = sheaf_scan(s->a.reader, s->a.scratch, take_leaf, s, &err);
    int code;

    if (s->code != EXIT_DONE)
        return s->code;
    if (rc != SHEAF_OK)
        return archive_failed(&s->a, rc, &err);
    code = archive_lost_code(&s->a, &s->lost);
    if (code == EXIT_DONE && s->count == 0) {
        say("%s: it has no articles", s->a.path);
        return EXIT_FAILED;
    }
    if (code == EXIT_DONE)
        code = place_all(s);
    if (s->count > FEW_PARTS)
        name_many(s);
    return code;
}

/* ---- Making them -------------------------------------------------------- */

static int
make_merge(const struct splitting *s, const char *path,
           struct sheaf_merge **out)
{
    struct sheaf_error err = { 0 };
    struct sheaf_sink sink;
    int rc = sink_open(&sink, path, args_has(s->p.args, OPT_FORCE), &err);

    if (rc == SHEAF_OK)
        rc = sheaf_merge_new(sink, &s->p.options, out, &err);
    return rc == SHEAF_OK ? EXIT_DONE : say_failed(path, rc, &err);
}

static int
fill_merge(struct splitting *s, struct sheaf_merge *m, const struct part *part)
{
    const struct sheaf_entry *entries = (const struct sheaf_entry *)
                                            part->entries.data;
    struct sheaf_error err = { 0 };
    int rc = sheaf_merge_expect(m, s->a.reader, &err);

    progress_start(&s->p.progress, args_has(s->p.args, OPT_QUIET));
    if (rc == SHEAF_OK)
        rc = sheaf_merge_pick(m, s->a.reader, entries,
                              part->entries.len / sizeof *entries,
                              progress_bytes, &s->p.progress, &err);
    progress_clear(&s->p.progress);
    return rc == SHEAF_OK ? EXIT_DONE : archive_failed(&s->a, rc, &err);
}

/* A log without a name is named by what is in it; see cmd_pack.c. */
static int
keep_log(const struct splitting *s, const struct sheaf_written *w)
{
    struct log log = { 0 };
    int code = EXIT_DONE;

    if (!s->p.sign)
        return EXIT_DONE;
    code = log_open(&log, sheaf_str(w->origin), &s->p.pub, NULL);
    if (code == EXIT_DONE && !log.known)
        code = log_keep_written(&log, w, &s->p.secret);
    log_close(&log);
    return code;
}

static int
report(const struct splitting *s, const char *path,
       const struct sheaf_merged *r)
{
    const struct sheaf_written *w = &r->written;
    bool json = args_has(s->p.args, OPT_JSON);
    struct out o;

    if (r->revised != 0)
        say("%s: warning: %llu of its articles have an earlier revision in "
            "another of the archives: read as a folder, the last archive that "
            "has an ID says which revision is the newest",
            path, (unsigned long long)r->revised);
    if (r->left_out != 0)
        say("%s: warning: the records of %llu removed articles are not in it: "
            "an earlier revision is in another of the archives",
            path, (unsigned long long)r->left_out);
    if (args_has(s->p.args, OPT_QUIET) && !json)
        return EXIT_DONE;
    out_start(&o, json ? STDOUT_FILENO : STDERR_FILENO);
    if (json) {
        out_str(&o, "{\"file\":");
        out_json(&o, sheaf_str(path));
        out_json_number(&o, "articles", w->articles);
        out_json_number(&o, "revised", r->revised);
        out_json_number(&o, "redacted", r->redacted);
        out_json_number(&o, "redactions_left_out", r->left_out);
        out_json_number(&o, "frames", r->frames);
        out_json_number(&o, "frames_recompressed", r->frames_recompressed);
        out_json_number(&o, "bytes", w->bytes);
        out_json_number(&o, "size", w->size);
        out_str(&o, ",\"origin\":");
        out_json(&o, sheaf_str(w->origin));
        out_str(&o, ",\"root\":\"");
        out_hex(&o, w->root, sizeof w->root);
        out_str(&o, "\"}\n");
    } else {
        out_visible(&o, sheaf_str(path));
        out_format(&o, ": %llu article%s, %s\n",
                   (unsigned long long)w->articles,
                   w->articles == 1 ? "" : "s", size_text(w->bytes).text);
    }
    return out_finish(&o, NULL);
}

/* The file of a part; free() it. NULL, and said: out of memory. */
static char *
path_of(const struct splitting *s, const struct part *part)
{
    const char *folder = s->p.args->value[OPT_FOLDER];
    size_t room = strlen(folder) + sizeof part->name + 16;
    char *path = malloc(room);

    if (path != NULL)
        snprintf(path, room, "%s/%s.sheaf", folder, part->name);
    else
        (void)say_no_memory();
    return path;
}

/* A file that is in the way of any part is in the way of all. */
static int
check_paths(const struct splitting *s)
{
    bool replace = args_has(s->p.args, OPT_FORCE);
    int code = EXIT_DONE;

    for (size_t i = 0; code == EXIT_DONE && i < s->count; i++) {
        char *path = path_of(s, &s->parts[i]);

        if (path == NULL)
            return EXIT_FAILED;
        if (is_input(path)) {
            code = say_usage("split",
                             "split: %s is the archive itself: use "
                             "another folder",
                             path);
        } else if (!replace && access(path, F_OK) == 0) {
            say("%s: file exists; -f replaces it", path);
            code = EXIT_FAILED;
        }
        free(path);
    }
    return code;
}

static int
make_part(struct splitting *s, const struct part *part)
{
    struct sheaf_merged result;
    struct sheaf_merge *m = NULL;
    struct sheaf_error err = { 0 };
    char *path = path_of(s, part);
    int code;

    if (path == NULL)
        return EXIT_FAILED;
    code = make_merge(s, path, &m);
    if (code == EXIT_DONE)
        code = fill_merge(s, m, part);
    if (code == EXIT_DONE) {
        int rc = sheaf_merge_commit(m, s->p.sign ? &s->p.secret : NULL,
                                    &result, &err);

        code = rc == SHEAF_OK ? EXIT_DONE : say_failed(path, rc, &err);
    }
    if (code == EXIT_DONE)
        code = keep_log(s, &result.written);
    if (code == EXIT_DONE)
        code = report(s, path, &result);
    sheaf_merge_free(m);
    free(path);
    return code;
}

/* ---- The command -------------------------------------------------------- */

static int
take_usage(struct splitting *s, const struct args *args)
{
    const char *by = args->value[OPT_BY];

    if (!args_has(args, OPT_FOLDER))
        return say_usage("split", "split: needs -C DIR");
    if (by == NULL)
        return say_usage("split",
                         "split: needs --by month, section or a size");
    s->by = strcmp(by, "month") == 0     ? BY_MONTH
            : strcmp(by, "section") == 0 ? BY_SECTION
                                         : BY_SIZE;
    if (s->by == BY_SIZE &&
        (!parse_size(by, UINT64_MAX / 2, &s->size) || s->size == 0))
        return say_usage("split",
                         "split: --by: '%s' is neither month nor "
                         "section nor a size",
                         by);
    return EXIT_DONE;
}

static int
make_folder(const char *name)
{
    if (mkdir(name, 0777) == 0 || errno == EEXIST)
        return EXIT_DONE;
    say("%s: %s", name, strerror(errno));
    return EXIT_FAILED;
}

/* With a key, all of the archive must be signed. */
static int
open_archive(struct splitting *s, const struct args *args)
{
    int code = archive_open_args(&s->a, args);

    if (code == EXIT_DONE)
        code = signing_check_input(&s->p, &s->a, NULL);
    return code == EXIT_DONE && !s->a.trusted
               ? signing_check_seals(&s->p, &s->a)
               : code;
}

int
cmd_split(const struct args *args)
{
    struct splitting s = { .code = EXIT_DONE };
    int code = take_usage(&s, args);

    if (code != EXIT_DONE)
        return code;
    catch_signals();
    code = packing_start(&s.p, args, args->operand[0]);
    s.p.options.recipe = 1;
    s.p.options.verified = 1; /* by open_archive */
    if (code == EXIT_DONE)
        code = open_archive(&s, args);
    if (code == EXIT_DONE)
        code = plan(&s);
    if (code == EXIT_DONE)
        code = make_folder(args->value[OPT_FOLDER]);
    if (code == EXIT_DONE)
        code = check_paths(&s);
    for (size_t i = 0; code == EXIT_DONE && i < s.count; i++)
        code = make_part(&s, &s.parts[i]);
    for (size_t i = 0; i < s.count; i++) {
        sheaf_buf_free(&s.parts[i].value);
        sheaf_buf_free(&s.parts[i].entries);
    }
    free(s.parts);
    sheaf_buf_free(&s.known);
    sheaf_buf_free(&s.value);
    packing_end(&s.p);
    archive_close(&s.a);
    return code;
}
