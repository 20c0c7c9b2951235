/*
 * cmd_extract.c - write articles to files.
 */
#include <unistd.h>

#include "cli/browse.h"
#include "cli/jsonl.h"
#include "cli/media.h"
#include "cli/opening.h"
#include "cli/outfile.h"
#include "cli/paths.h"
#include "cli/readable.h"
#include "cli/tar.h"
#include "cli/target.h"

enum format { FORMAT_DIR, FORMAT_TAR, FORMAT_JSONL };

struct extraction {
    const struct args *args;
    enum format format;
    struct archive archive;
    struct browse browse;
    struct target target;
    struct paths used;
    struct out out;
    struct sheaf_buf path;
    struct sheaf_buf media; /* the path of a part */
    struct sheaf_buf id;    /* of which a path could be made */
    struct sheaf_scratch *aside;
    struct progress progress;
    uint64_t count;
    struct readable readable;
    uint64_t textless; /* left out by --text: they have no text */
    int text_code;     /* exit code for that */
};

/* ---- One article --------------------------------------------------------- */

/* Whether the text of a page is written instead of its bytes. */
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

    if (part == 0 && is_text_of_page(x, article)) {
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
    bool text = part == 0 && is_text_of_page(x, article);
    uint64_t size = text ? x->readable.text.len : article->parts[part].size;
    int code;

    if (!tar_header(&x->out, buf_view(path), size, article->time_ms))
        return say_no_memory();
    code = pass_part(x, article, part, &x->out);
    tar_padding(&x->out, size);
    return code;
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
    if (x->format == FORMAT_TAR)
        return write_member(x, article, part, path);
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

/* Whether the name of a file is also the one that is made of the ID of another
 * article: then one would replace the other. */
static bool
is_taken(struct extraction *x, const struct sheaf_article *article)
{
    struct sheaf_bytes path = buf_view(&x->path);
    struct sheaf_entry entry;

    if (memchr(path.data, '%', path.len) == NULL ||
        !target_id_of(path, &x->id) ||
        bytes_equal(buf_view(&x->id), article->id) ||
        (x->aside == NULL && sheaf_scratch_new(&x->aside, NULL) != SHEAF_OK))
        return false;
    return sheaf_find(x->archive.reader, x->aside, buf_view(&x->id), 0, &entry,
                      NULL) == SHEAF_OK;
}

/* ".txt" for the text of a page. */
static bool
end_path(struct extraction *x, const struct sheaf_article *article)
{
    return (!is_text_of_page(x, article) || buf_add_str(&x->path, ".txt")) &&
           buf_end(&x->path);
}

static bool
is_free(const struct extraction *x)
{
    const char *path = buf_str(&x->path);

    return !paths_has(&x->used, path) &&
           (x->format != FORMAT_DIR || target_fits(&x->target, path));
}

/* The name of the file, which no other article has. */
static bool
make_path(struct extraction *x, const struct sheaf_article *article)
{
    bool good;

    x->path.len = 0;
    good = target_path(article, &x->path);
    if (good && is_taken(x, article)) {
        x->path.len = 0;
        good = target_other_path(article, &x->path);
    }
    good = good && end_path(x, article);
    if (good && !is_free(x)) {
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
    int code = kind == READABLE_HTML
                   ? readable_html(&x->readable, &x->archive, article)
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

    if (is_text_of_page(x, article))
        text.html = &x->readable.text;
    return jsonl_write(&x->archive, article, &text, &x->out);
}

/* The article is in the scratch. */
static int
write_read(struct extraction *x, const struct sheaf_article *article)
{
    bool with_text = args_has(x->args, OPT_TEXT);
    int code;

    if (with_text && !find_text(x, article)) {
        with_text = false;
        if (x->format != FORMAT_JSONL)
            return EXIT_DONE;
    }
    if (x->format != FORMAT_JSONL && !make_path(x, article))
        return say_no_memory();
    if (x->format == FORMAT_DIR)
        code = write_file(x, article, 0, &x->path);
    else if (x->format == FORMAT_TAR)
        code = write_member(x, article, 0, &x->path);
    else
        code = write_line(x, article, with_text);
    if (code == EXIT_DONE && x->format != FORMAT_JSONL && !with_text)
        code = write_all_media(x, article);
    x->count++;
    if (progress_due(&x->progress))
        progress_show(&x->progress, "%llu articles",
                      (unsigned long long)x->count);
    if (code == EXIT_DONE && x->out.sys != 0)
        code = out_finish(&x->out, x->args->value[OPT_OUTPUT]);
    return code;
}

static int
take(void *arg, const struct browse_item *item)
{
    return write_read(arg, item->article);
}

/* ---- The command --------------------------------------------------------- */

static int
parse_format(struct extraction *x)
{
    const char *format = x->args->value[OPT_FORMAT];

    if (format == NULL || strcmp(format, "dir") == 0)
        x->format = FORMAT_DIR;
    else if (strcmp(format, "tar") == 0)
        x->format = FORMAT_TAR;
    else if (strcmp(format, "jsonl") == 0)
        x->format = FORMAT_JSONL;
    else if (strcmp(format, "zip") == 0 || strcmp(format, "warc") == 0)
        return say_usage(
            "extract",
            "extract: --format: unknown format '%s'; use dir, tar or jsonl",
            format);
    else
        return say_usage("extract", "extract: no format '%s'", format);
    if (x->format == FORMAT_DIR && args_has(x->args, OPT_OUTPUT))
        return say_usage(
            "extract",
            "extract: -o is for --format tar or jsonl; use -C for dir");
    if (args_has(x->args, OPT_SKIP) &&
        (x->format != FORMAT_DIR || args_has(x->args, OPT_FORCE)))
        return say_usage("extract", "extract: --skip-existing is for --format "
                         "dir without -f");
    if (x->format != FORMAT_DIR && args_has(x->args, OPT_FOLDER))
        return say_usage(
            "extract",
            "extract: -C is for --format dir; use -o for tar or jsonl");
    return EXIT_DONE;
}

static int
open_output(struct extraction *x)
{
    const char *folder = x->args->value[OPT_FOLDER];
    int code;

    if (x->format == FORMAT_DIR)
        return target_open(&x->target, folder != NULL ? folder : ".",
                           args_has(x->args, OPT_FORCE)  ? TARGET_REPLACE
                           : args_has(x->args, OPT_SKIP) ? TARGET_SKIP
                                                         : TARGET_NEW);
    code = out_open(&x->out, x->args->value[OPT_OUTPUT],
                    args_has(x->args, OPT_FORCE));
    if (code == EXIT_DONE && x->format == FORMAT_TAR &&
        out_is_terminal(&x->out))
        code = say_usage("extract", "extract: not writing tar to a terminal");
    return code;
}

static int
finish(struct extraction *x)
{
    int code = EXIT_DONE;
    int lost;

    if (x->format == FORMAT_TAR)
        tar_end(&x->out);
    if (x->format != FORMAT_DIR)
        code = out_finish(&x->out, x->args->value[OPT_OUTPUT]);
    if (x->target.skipped != 0 && !args_has(x->args, OPT_QUIET))
        say("%s: left alone %llu files that were there", x->target.name,
            (unsigned long long)x->target.skipped);
    if (x->textless != 0)
        say("%s: %llu articles have no text", x->archive.path,
            (unsigned long long)x->textless);
    if (code == EXIT_DONE)
        code = x->text_code;
    lost = browse_code(&x->browse);
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
    return code == EXIT_DONE ? finish(x) : code;
}

int
cmd_extract(const struct args *args)
{
    struct selection selection;
    struct extraction x = { .args = args };
    int code = parse_format(&x);

    if (code == EXIT_DONE)
        code = select_parse(&selection, args);
    if (code != EXIT_DONE)
        return code;
    x.browse.archive = &x.archive;
    x.browse.selection = &selection;
    x.browse.arg = &x;
    x.browse.take = take;
    x.browse.with_articles = true;
    x.target.root = -1;
    x.target.folder = -1;
    out_start(&x.out, STDOUT_FILENO);
    code = archive_open_args(&x.archive, args);
    if (code == EXIT_DONE)
        code = extract(&x);
    out_drop(&x.out);
    target_close(&x.target);
    paths_end(&x.used);
    readable_end(&x.readable);
    sheaf_buf_free(&x.path);
    sheaf_buf_free(&x.id);
    sheaf_scratch_free(x.aside);
    sheaf_buf_free(&x.media);
    browse_end(&x.browse);
    archive_close(&x.archive);
    return code;
}
