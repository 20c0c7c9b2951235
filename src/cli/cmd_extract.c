/*
 * cmd_extract.c - write articles to files.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/hex.h"
#include "cli/browse_members.h"
#include "cli/csv.h"
#include "cli/exporter.h"
#include "cli/index.h"
#include "cli/jsonl.h"
#include "cli/media.h"
#include "cli/outfile.h"
#include "cli/paths.h"
#include "cli/progress.h"
#include "cli/readable.h"
#include "cli/tar.h"
#include "cli/target.h"
#include "cli/terminal.h"
#include "cli/warc.h"

enum format {
    FORMAT_DIR, FORMAT_TAR, FORMAT_ZIP, FORMAT_JSONL, FORMAT_CSV, FORMAT_WARC,
    FORMAT_SQLITE
};
static const char *const formats[] = { "dir", "tar", "zip", "jsonl",
                                       "csv", "warc", "sqlite" };

struct extraction {
    const struct args *args;
    enum format format;
    struct archive archive;
    struct browse browse;
    struct browse_members members;
    struct target target;
    struct paths used;
    struct columns columns;
    struct exporter exporter;
    struct index_text text; /* for the database */
    struct out out;
    struct sheaf_buf path;
    struct sheaf_buf media; /* the path of a part */
    struct sheaf_scratch *aside;
    struct progress progress;
    struct readable readable;
    uint64_t textless; /* left out by --text: they have no text */
    int text_code;     /* exit code for that */
};

/* ---- One article --------------------------------------------------------- */

/* Whether another text is written instead of the article's bytes. */
static bool
is_other_text(const struct extraction *x, const struct sheaf_article *article)
{
    return args_has(x->args, OPT_TEXT) && readable_is_found(article);
}

static bool
is_text_of_page(const struct extraction *x,
                const struct sheaf_article *article)
{
    return args_has(x->args, OPT_TEXT) &&
           readable_kind(article) == READABLE_HTML;
}

static int
pass_part(struct extraction *x, const struct sheaf_article *article,
          size_t part, struct out *o)
{
    struct sheaf_error err = { 0 };
    int rc;

    if (part == 0 && is_other_text(x, article)) {
        out_bytes(o, x->readable.text.data, x->readable.text.len);
        return EXIT_DONE;
    }
    rc = sheaf_read_part(x->archive.reader, x->archive.scratch, article,
                         part, out_write, o, &err);
    /* out_finish will say why the writing stopped. */
    if (rc == SHEAF_ESTOPPED)
        return EXIT_DONE;
    return rc == SHEAF_OK ? EXIT_DONE : archive_failed(&x->archive, rc, &err);
}

static int
write_file(struct extraction *x, const struct sheaf_article *article,
           size_t part, const struct sheaf_buf *path)
{
    struct target_file file;
    int code;

    if (target_skips(&x->target, buf_str(path)))
        return EXIT_DONE;
    code = target_create(&x->target, buf_str(path), &file);
    if (code == EXIT_DONE)
        code = pass_part(x, article, part, &file.out);
    if (code == EXIT_DONE)
        code = target_finish(&file);
    target_drop(&file);
    return code;
}

static int
write_member(struct extraction *x, const struct sheaf_article *article,
             size_t part, const struct sheaf_buf *path)
{
    bool text = part == 0 && is_other_text(x, article);
    uint64_t size = text ? x->readable.text.len : article->parts[part].size;
    int code;

    if (x->format == FORMAT_ZIP) {
        exporter_file(&x->exporter, buf_view(path), article->time_ms, size);
        return pass_part(x, article, part, &x->exporter.to);
    }
    if (!tar_header(&x->out, buf_view(path), size, article->time_ms))
        return say_no_memory();
    code = pass_part(x, article, part, &x->out);
    tar_padding(&x->out, size);
    return code;
}

static int
hash_piece(void *arg, const void *data, size_t len)
{
    hash_sha_add(arg, data, len);
    return 0;
}

/* Appends the path, a line feed, and the hash of the part. */
static int
name_content(struct extraction *x, const struct sheaf_article *article,
             size_t part, struct sheaf_buf *name)
{
    char hex[2 * HASH_BYTES];
    uint8_t hash[HASH_BYTES];
    struct sheaf_error err = { 0 };
    struct hash_sha h;
    int rc;

    hash_sha_start(&h);
    rc = sheaf_read_part(x->archive.reader, x->archive.scratch, article, part,
                         hash_piece, &h, &err);
    if (rc != SHEAF_OK)
        return archive_failed(&x->archive, rc, &err);
    hash_sha_end(&h, hash);
    hex_print(hash, sizeof hash, hex);
    return buf_add(name, x->media.data, x->media.len) &&
                   buf_add_str(name, "\n") && buf_add(name, hex, sizeof hex) &&
                   buf_end(name)
               ? EXIT_DONE : say_no_memory();
}

/* The same in a tar or zip archive. Several articles may name the same
 * picture: it is written once. */
static int
write_media_member(struct extraction *x, const struct sheaf_article *article,
                   size_t part)
{
    struct sheaf_buf name = { 0 };
    int code = name_content(x, article, part, &name);
    bool there = code == EXIT_DONE && paths_has(&x->used, buf_str(&name));
    bool taken;

    if (code == EXIT_DONE && !there &&
        (!paths_taken(&x->used, buf_str(&x->media), &taken) ||
         (taken && !media_other_path(part, buf_str(&x->path), &x->media)) ||
         !paths_add(&x->used, buf_str(&x->media)) ||
         !paths_add(&x->used, buf_str(&name))))
        code = say_no_memory();
    sheaf_buf_free(&name);
    return code == EXIT_DONE && !there
               ? write_member(x, article, part, &x->media) : code;
}

/* A picture or another file of the article, beside it. */
static int
write_media(struct extraction *x, const struct sheaf_article *article,
            size_t part)
{
    const char *own = buf_str(&x->path);
    struct sheaf_buf *path = &x->media;

    if (!media_path(article, part, own, path))
        return say_no_memory();
    if (x->format != FORMAT_DIR)
        return write_media_member(x, article, part);
    if (media_is_there(&x->archive, article, part, &x->target,
                       buf_str(path)))
        return EXIT_DONE;
    /* Another picture may have this name, or a folder. */
    if (target_exists(&x->target, buf_str(path)) &&
        (x->target.mode != TARGET_REPLACE ||
         paths_has(&x->used, buf_str(path)) ||
         !target_fits(&x->target, buf_str(path))) &&
        !media_other_path(part, own, path))
        return say_no_memory();
    if (!paths_add(&x->used, buf_str(path)))
        return say_no_memory();
    return write_file(x, article, part, path);
}

static int
write_all_media(struct extraction *x, const struct sheaf_article *article)
{
    int code = EXIT_DONE;

    for (size_t i = 1; i < article->part_count && code == EXIT_DONE; i++)
        if (article->parts[i].role == SHEAF_ROLE_MEDIA)
            code = write_media(x, article, i);
    return code;
}

/* Whether a name that was made of an ID is also the name of a file. */
static bool
is_name_of_file(struct extraction *x)
{
    struct sheaf_entry entry;

    if (x->aside == NULL && sheaf_scratch_new(&x->aside, NULL) != SHEAF_OK)
        return false;
    return sheaf_find(x->archive.reader, x->aside, buf_view(&x->path), 0,
                      &entry, NULL) == SHEAF_OK;
}

/* ".txt" for the text of a page. */
static bool
end_path(struct extraction *x, const struct sheaf_article *article)
{
    return (!is_text_of_page(x, article) || buf_add_str(&x->path, ".txt")) &&
           buf_end(&x->path);
}

/* Whether a file may have this name: none has it, and none would have to be a
 * folder. */
static bool
check_free(const struct extraction *x, const char *path, bool *free)
{
    bool taken;

    if (!paths_taken(&x->used, path, &taken))
        return false;
    *free = !taken &&
            (x->format != FORMAT_DIR || target_fits(&x->target, path));
    return true;
}

/* The name of the file, which no other article has. */
static bool
make_path(struct extraction *x, const struct sheaf_article *article)
{
    bool good, made, free = false;

    x->path.len = 0;
    good = target_path(article, &x->path, &made);
    if (good && made && !bytes_equal(buf_view(&x->path), article->id) &&
        is_name_of_file(x)) {
        x->path.len = 0;
        good = target_other_path(article, &x->path);
    }
    good = good && end_path(x, article) &&
           check_free(x, buf_str(&x->path), &free);
    if (good && !free) {
        x->path.len = 0;
        good = target_other_path(article, &x->path) && end_path(x, article);
    }
    return good && paths_add(&x->used, buf_str(&x->path));
}

/* Finds the text for --text. False: there is none. */
static bool
find_text(struct extraction *x, const struct sheaf_article *article)
{
    enum readable_kind kind = readable_kind(article);
    int code = readable_is_found(article)
                   ? readable_find(&x->readable, &x->archive, article)
                   : EXIT_DONE;

    if (code != EXIT_DONE)
        x->text_code = code;
    if (code == EXIT_DONE && kind != READABLE_NOT)
        return true;
    x->textless++;
    return false;
}

static int
write_line(struct extraction *x, const struct sheaf_article *article,
           bool with_text)
{
    struct jsonl_text text = { .wanted = with_text };

    if (is_other_text(x, article))
        text.html = &x->readable.text;
    return jsonl_write(&x->archive, article, &text, &x->out);
}

/* A row of CSV; with --text, its text is the last column. */
static int
write_row(struct extraction *x, const struct sheaf_article *article,
          bool with_text)
{
    struct sheaf_error err = { 0 };
    int rc = SHEAF_OK;

    if (!columns_fill(&x->columns, article))
        return say_no_memory();
    csv_columns(&x->out, &x->columns);
    if (args_has(x->args, OPT_TEXT))
        csv_begin(&x->out);
    if (with_text && is_other_text(x, article))
        (void)csv_write(&x->out, x->readable.text.data, x->readable.text.len);
    else if (with_text)
        rc = sheaf_read_part(x->archive.reader, x->archive.scratch, article, 0,
                             csv_write, &x->out, &err);
    if (args_has(x->args, OPT_TEXT))
        csv_end(&x->out);
    csv_end_row(&x->out);
    return rc == SHEAF_OK || rc == SHEAF_ESTOPPED
               ? EXIT_DONE : archive_failed(&x->archive, rc, &err);
}

/* A row of the database: columns, metadata, text. */
static int
write_record(struct extraction *x, const struct sheaf_article *article)
{
    return index_row(&x->text, &x->archive, article, &x->exporter, true);
}

static bool
has_paths(const struct extraction *x)
{
    return x->format == FORMAT_DIR || x->format == FORMAT_TAR ||
           x->format == FORMAT_ZIP;
}

static int
write_named(struct extraction *x, const struct sheaf_article *article,
            bool with_text)
{
    int code;

    if (!make_path(x, article))
        return say_no_memory();
    code = x->format == FORMAT_DIR ? write_file(x, article, 0, &x->path)
                                   : write_member(x, article, 0, &x->path);
    return code == EXIT_DONE && !with_text ? write_all_media(x, article)
                                           : code;
}

/* The article is in the scratch. */
static int
write_read(struct extraction *x, const struct sheaf_article *article)
{
    bool with_text = args_has(x->args, OPT_TEXT);
    int code;

    if (with_text && x->format != FORMAT_SQLITE && !find_text(x, article)) {
        with_text = false;
        if (has_paths(x))
            return EXIT_DONE;
    }
    if (has_paths(x))
        code = write_named(x, article, with_text);
    else if (x->format == FORMAT_WARC)
        code = warc_write(&x->archive, article, &x->out);
    else if (x->format == FORMAT_CSV)
        code = write_row(x, article, with_text);
    else if (x->format == FORMAT_SQLITE)
        code = write_record(x, article);
    else
        code = write_line(x, article, with_text);
    /* What fails there is said when all is finished. */
    x->browse.enough = x->out.sys != 0 || x->exporter.to.sys != 0;
    return code;
}

/* The leaves are all that is known before. */
static void
passed(void *arg, uint64_t leaves)
{
    struct extraction *x = arg;

    if (progress_due(&x->progress))
        progress_part(&x->progress, leaves, x->archive.info.size, "articles",
                      "");
}

/* Another archive of a collection was opened. */
static void
entered(void *arg)
{
    struct extraction *x = arg;

    sheaf_scratch_free(x->aside);
    x->aside = NULL;
}

static int
take(void *arg, const struct browse_item *item)
{
    return write_read(arg, item->article);
}

/* ---- The command --------------------------------------------------------- */

static int
check_options(const struct extraction *x)
{
    const struct args *args = x->args;

    if (x->format == FORMAT_DIR && args_has(args, OPT_OUTPUT))
        return say_usage("extract", "extract: -o is for the other formats; "
                         "use -C for dir");
    if (args_has(args, OPT_SKIP) &&
        (x->format != FORMAT_DIR || args_has(args, OPT_FORCE)))
        return say_usage("extract", "extract: --skip-existing is for --format "
                         "dir without -f");
    if (x->format != FORMAT_DIR && args_has(args, OPT_FOLDER))
        return say_usage("extract", "extract: -C is for --format dir; use -o "
                         "for the other formats");
    if (args_has(args, OPT_JSON) && x->format != FORMAT_DIR &&
        (args->value[OPT_OUTPUT] == NULL ||
         strcmp(args->value[OPT_OUTPUT], "-") == 0))
        return say_usage("extract", "extract: --json is for -C and -o FILE; "
                         "--format jsonl prints articles");
    if (x->format == FORMAT_WARC && args_has(args, OPT_TEXT))
        return say_usage("extract", "extract: --text is not for --format "
                         "warc");
    return EXIT_DONE;
}

/* A-B, both included, or one number. */
static int
take_leaves(struct extraction *x)
{
    const char *given = x->args->value[OPT_LEAVES];
    const char *dash = given != NULL ? strchr(given, '-') : NULL;
    char first[24];
    uint64_t from, to;

    if (given == NULL)
        return EXIT_DONE;
    snprintf(first, sizeof first, "%.*s",
             dash != NULL ? (int)min_u64((uint64_t)(dash - given), 23) : 23,
             given);
    if (!parse_number(first, 0, UINT64_MAX - 1, &from) ||
        !parse_number(dash != NULL ? dash + 1 : first, from, UINT64_MAX - 1,
                      &to))
        return say_usage("extract",
                         "extract: --leaves: '%s' is no range such as 0-255",
                         given);
    if (x->args->count > 1 || args_has(x->args, OPT_IDS_FROM))
        return say_usage("extract", "extract: --leaves is not for IDs");
    x->browse.first_leaf = from;
    x->browse.end_leaf = to + 1;
    return EXIT_DONE;
}

static int
parse_format(struct extraction *x)
{
    const char *format = x->args->value[OPT_FORMAT];

    if (format == NULL)
        return check_options(x);
    for (size_t i = 0; i < COUNT_OF(formats); i++)
        if (strcmp(format, formats[i]) == 0) {
            x->format = (enum format)i;
            return check_options(x);
        }
    return say_usage("extract", "extract: no format '%s': there are dir, tar, "
                     "zip, jsonl, csv, warc and sqlite", format);
}

static int
start_exporter(struct extraction *x)
{
    bool table = x->format == FORMAT_SQLITE;

    return exporter_begin(
        &x->exporter, formats[x->format],
        table && args_has(x->args, OPT_TEXT) ? "--text" : NULL,
        table ? index_columns(true) : NULL, &x->out);
}

static int
open_output(struct extraction *x)
{
    const char *folder = x->args->value[OPT_FOLDER];
    bool binary = x->format == FORMAT_TAR || x->format == FORMAT_ZIP ||
                  x->format == FORMAT_SQLITE;
    int code;

    if (x->format == FORMAT_DIR)
        return target_open(&x->target, folder != NULL ? folder : ".",
                           args_has(x->args, OPT_FORCE)  ? TARGET_REPLACE
                           : args_has(x->args, OPT_SKIP) ? TARGET_SKIP
                                                         : TARGET_NEW);
    code = out_open(&x->out, x->args->value[OPT_OUTPUT],
                    args_has(x->args, OPT_FORCE));
    if (code != EXIT_DONE)
        return code;
    if (binary && out_is_terminal(&x->out))
        return say_usage("extract", "extract: not writing %s to a terminal",
                         formats[x->format]);
    if (out_is_terminal(&x->out))
        terminal_filter(&x->out);
    if (x->format == FORMAT_CSV)
        csv_header(&x->out, args_has(x->args, OPT_TEXT));
    return x->format == FORMAT_ZIP || x->format == FORMAT_SQLITE
               ? start_exporter(x) : EXIT_DONE;
}

/* The files or the output are elsewhere. */
static void
print_summary(const struct extraction *x)
{
    struct out o;

    out_start(&o, STDOUT_FILENO);
    out_format(&o, "{\"articles\":%llu", (unsigned long long)x->browse.count);
    out_json_number(&o, "left_alone", x->target.skipped);
    out_json_number(&o, "without_text", x->textless);
    out_json_number(&o, "lost", x->browse.lost.leaves);
    out_str(&o, "}\n");
    (void)out_flush(&o);
}

static int
finish(struct extraction *x)
{
    int code, lost;

    if (x->format == FORMAT_SQLITE)
        index_state(&x->archive, x->browse.lost.leaves, &x->exporter);
    code = exporter_end(&x->exporter, true);
    x->textless += x->text.textless;
    x->text_code = worse(x->text_code, x->text.code);

    if (x->format == FORMAT_TAR)
        tar_end(&x->out);
    if (code == EXIT_DONE && x->format != FORMAT_DIR)
        code = out_finish(&x->out, x->args->value[OPT_OUTPUT]);
    if (x->target.skipped != 0 && !args_has(x->args, OPT_QUIET))
        say("%s: left alone %llu file%s, there before", x->target.name,
            (unsigned long long)x->target.skipped,
            x->target.skipped == 1 ? "" : "s");
    if (x->textless != 0)
        say("%s: %llu article%s without a text", x->args->operand[0],
            (unsigned long long)x->textless, x->textless == 1 ? "" : "s");
    if (code == EXIT_DONE)
        code = x->text_code;
    lost = browse_code(&x->browse);
    if (args_has(x->args, OPT_JSON))
        print_summary(x);
    return lost != EXIT_DONE ? lost : code;
}

static int
extract(struct extraction *x)
{
    int code = open_output(x);

    if (code != EXIT_DONE)
        return code;
    progress_start(&x->progress, args_has(x->args, OPT_QUIET));
    code = browse_run(&x->browse);
    progress_clear(&x->progress);
    if (code != EXIT_DONE && x->out.sys != 0)
        return out_finish(&x->out, x->args->value[OPT_OUTPUT]);
    return code == EXIT_DONE ? finish(x) : code;
}

int
cmd_extract(const struct args *args)
{
    struct selection selection;
    struct extraction x = { .args = args };
    int code = parse_format(&x);

    archive_allow_earlier();
    if (code == EXIT_DONE)
        code = select_parse(&selection, args);
    if (code == EXIT_DONE)
        code = take_leaves(&x);
    if (code == EXIT_DONE && args_has(args, OPT_REVISIONS) &&
        (args_has(args, OPT_IDS_FROM) || x.format == FORMAT_SQLITE))
        code = say_usage("extract", "extract: --revisions is not for "
                         "--ids-from and not for --format sqlite");
    if (code != EXIT_DONE)
        return code;
    x.browse.archive = &x.archive;
    x.browse.selection = &selection;
    x.browse.arg = &x;
    x.browse.take = take;
    x.browse.passed = passed;
    x.browse.with_articles = true;
    x.browse.all_revisions = args_has(args, OPT_REVISIONS);
    x.members.entered = entered;
    x.target.root = -1;
    x.target.folder = -1;
    out_start(&x.out, STDOUT_FILENO);
    code = browse_open(&x.members, &x.browse, args);
    if (code == EXIT_DONE && x.browse.over != NULL &&
        x.format == FORMAT_SQLITE)
        code = say_usage("extract", "extract: --format sqlite is for one "
                         "archive: its rows have the numbers of leaves");
    if (code == EXIT_DONE && x.browse.over != NULL &&
        args_has(args, OPT_LEAVES))
        code = say_usage("extract", "extract: --leaves is for one archive");
    if (code == EXIT_DONE)
        code = extract(&x);
    (void)exporter_end(&x.exporter, false);
    out_drop(&x.out);
    target_close(&x.target);
    paths_end(&x.used);
    columns_end(&x.columns);
    index_text_end(&x.text);
    readable_end(&x.readable);
    sheaf_buf_free(&x.path);
    sheaf_scratch_free(x.aside);
    sheaf_buf_free(&x.media);
    browse_end(&x.browse);
    archive_close(&x.archive);
    browse_members_end(&x.members); /* it has the name of the archive */
    return code;
}
