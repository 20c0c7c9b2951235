/*
 * packing.c - what pack and append share: options, passing articles from the
 * importer to the writer, and the summary.
 */
#include "cli/packing.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/keyfile.h"
#include "cli/outfile.h"

#define LEVEL_MAX 19
#define DICT_MAX ((uint64_t)16 << 20)
#define BLOCK_MAX ((uint64_t)64 << 10)

/* What these options stand for. --web: dictionaries that are fetched quickly.
 * Blocks make up for what they can't say. */
static const struct {
    enum opt opt;
    int level;
    int64_t dict_max;
    uint32_t block;
} presets[] = {
    { OPT_FAST, 5, (int64_t)1 << 20, 0 },
    { OPT_SMALL, LEVEL_MAX, (int64_t)DICT_MAX, (uint32_t)BLOCK_MAX },
    { OPT_WEB, 0, (int64_t)128 << 10, (uint32_t)8 << 10 },
};

/* ---- Options ------------------------------------------------------------- */

static int
take_level(struct packing *p)
{
    const struct args *args = p->args;
    const char *name = args->command->name;
    const char *level = args->value[OPT_LEVEL];
    const char *dict = args->value[OPT_DICT];
    const char *block = args->value[OPT_BLOCK];
    /* --web leaves the level open. */
    unsigned ways = level != NULL && !args_has(args, OPT_WEB);
    uint64_t v;

    p->options.plain = args_has(args, OPT_PLAIN);
    for (size_t i = 0; i < COUNT_OF(presets); i++) {
        if (!args_has(args, presets[i].opt))
            continue;
        ways++;
        p->options.level = presets[i].level;
        p->options.dict_max = presets[i].dict_max;
        p->options.block = presets[i].block;
    }
    if (ways > 1)
        return say_usage(name, "%s: only one of --level, --fast, --small "
                         "and --web", name);
    if (level != NULL) {
        if (!parse_number(level, 1, LEVEL_MAX, &v))
            return say_usage(name, "%s: --level: '%s' is not from 1 to %d",
                             name, level, LEVEL_MAX);
        p->options.level = (int)v;
    }
    if (block != NULL) {
        if (!parse_size(block, BLOCK_MAX, &v))
            return say_usage(name, "%s: --block: '%s' is not a size up to 64K",
                             name, block);
        p->options.block = (uint32_t)v;
    }
    if (dict == NULL)
        return EXIT_DONE;
    if (strcmp(dict, "none") == 0)
        p->options.dict_max = -1;
    else if (parse_size(dict, DICT_MAX, &v) && v > 0)
        p->options.dict_max = (int64_t)v;
    else
        return say_usage(
            name, "%s: --dict: '%s' is neither none nor a size up to 16M",
            name, dict);
    return EXIT_DONE;
}

/* The dictionary is given, so nothing may say how one is to be chosen. A block
 * of articles would depend on where the input was cut. */
static int
take_dict_file(struct packing *p)
{
    const struct args *args = p->args;
    const char *path = args->value[OPT_DICT_FILE];
    static const enum opt others[] = { OPT_DICT, OPT_SMALL, OPT_WEB,
                                       OPT_FAST, OPT_BLOCK };
    int code;

    if (path == NULL)
        return EXIT_DONE;
    for (size_t i = 0; i < COUNT_OF(others); i++)
        if (args_has(args, others[i]))
            return say_usage(args->command->name,
                             "%s: with --dict-file none of --dict, --block, "
                             "--fast, --small and --web",
                             args->command->name);
    code = read_file(path, (size_t)DICT_MAX + 64, &p->dict);
    p->options.dict = buf_view(&p->dict);
    if (code == EXIT_DONE && p->dict.len == 0) {
        say("%s: the file is empty", path);
        code = EXIT_CORRUPT;
    }
    return code;
}

/* --time, or SOURCE_DATE_EPOCH, or the clock. */
static int
take_time(struct packing *p)
{
    const char *name = p->args->command->name;
    const char *given = p->args->value[OPT_TIME];
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    struct timespec now;
    uint64_t seconds;

    if (given != NULL) {
        if (!parse_time(given, &p->options.time_ms))
            return say_usage(name, "%s: --time: '%s' is neither an RFC 3339 "
                             "time nor @SECONDS", name, given);
    } else if (epoch != NULL && epoch[0] != '\0') {
        if (!parse_number(epoch, 0, (uint64_t)INT64_MAX / 1000, &seconds))
            return say_usage(name, "%s: SOURCE_DATE_EPOCH is not a number",
                             name);
        p->options.time_ms = (int64_t)seconds * 1000;
    } else {
        clock_gettime(CLOCK_REALTIME, &now);
        p->options.time_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    }
    return EXIT_DONE;
}

/* Of the inputs, as long as they are read and their size is known. */
static bool
show_part(struct packing *p, const char *doing)
{
    const struct stream *s = &p->stream;
    char more[96];

    if (p->all_read || s->total == 0)
        return false;
    snprintf(more, sizeof more, ", %llu articles%s",
             (unsigned long long)p->seen, doing);
    progress_part(&p->progress, s->done, s->total, NULL, more);
    return true;
}

static void
show_progress(struct packing *p, const char *doing)
{
    double seconds = progress_seconds(&p->progress);
    char written[48] = "", rate[48] = "";

    if (show_part(p, doing))
        return;
    if (p->written != NULL && *p->written != 0)
        snprintf(written, sizeof written, " -> %s",
                 size_text(*p->written).text);
    if (!p->all_read && seconds > 0)
        snprintf(rate, sizeof rate, ", %s/s",
                 size_text((uint64_t)((double)p->raw / seconds)).text);
    progress_show(&p->progress, "%llu articles, %s%s%s%s",
                  (unsigned long long)p->seen, size_text(p->raw).text, written,
                  rate, doing);
}

/* A step of the writer. */
static int
take_step(void *arg, int stage)
{
    struct packing *p = arg;

    /* repack and redact have a progress of their own for what they read. */
    if (p->seen == 0 && progress_due(&p->progress))
        progress_show(&p->progress, "%s", stage == SHEAF_STAGE_DICT
                                              ? "choosing dictionary"
                                              : "compressing");
    else if (progress_due(&p->progress))
        show_progress(p, stage == SHEAF_STAGE_DICT ? ", choosing dictionary"
                                                   : ", compressing");
    return interrupted();
}

int
packing_start(struct packing *p, const struct args *args, const char *target)
{
    const char *name = args->command->name;
    int code;

    memset(p, 0, sizeof *p);
    p->options.size = sizeof p->options;
    p->args = args;
    p->target = target;
    p->stream.fd = -1;
    p->stream.spool = -1;
    p->options.tmpdir = temp_folder();
    p->options.origin = args->value[OPT_ORIGIN];
    p->options.step = take_step;
    p->options.step_arg = p;
    p->options.unique = args_has(args, OPT_UNIQUE);
    p->options.salted = args_has(args, OPT_SALTED);
    if (args_has(args, OPT_OUTPUT) && strcmp(target, "-") == 0 &&
        strcmp(name, "pack") != 0)
        return say_usage(name, "%s: -o: a file, not standard output", name);
    if (!parse_jobs(args->value[OPT_JOBS], &p->options.threads))
        return say_usage(name, "%s: -j: '%s' is not a number of threads", name,
                         args->value[OPT_JOBS]);
    code = take_level(p);
    if (code == EXIT_DONE)
        code = take_dict_file(p);
    if (code == EXIT_DONE)
        code = take_time(p);
    if (code != EXIT_DONE)
        return code;
    if (args_has(args, OPT_SECRET)) {
        code = secret_key_load(args->value[OPT_SECRET], &p->secret);
        p->sign = code == EXIT_DONE;
        p->pub = public_key_of(&p->secret);
    }
    return code;
}

void
packing_end(struct packing *p)
{
    progress_clear(&p->progress);
    stream_close(&p->stream);
    intake_close(&p->intake);
    sheaf_writer_free(p->writer);
    sheaf_buf_free(&p->dict);
    sheaf_buf_free(&p->unlike);
    sheaf_secret_key_wipe(&p->secret);
}

/* ---- Articles ------------------------------------------------------------ */

static int
add_article(struct packing *p)
{
    struct stream *s = &p->stream;
    struct sheaf_error err = { 0 };
    enum sheaf_added added = SHEAF_ADDED;
    int rc = SHEAF_OK;

    if (p->writer != NULL)
        rc = sheaf_add(p->writer, buf_view(&s->meta), s->parts,
                       s->part_count, &added, &err);
    if (rc == SHEAF_END) {
        p->full = true;
        return EXIT_DONE;
    }
    if (rc == SHEAF_OK) {
        p->seen++;
        p->stored += added != SHEAF_UNCHANGED;
        if (added == SHEAF_REVISED_UNLIKE && p->unlike.len == 0 &&
            (!buf_add(&p->unlike, s->place.data, s->place.len) ||
             !buf_end(&p->unlike)))
            return say_no_memory();
        p->raw += s->meta.len;
        for (size_t i = 0; i < s->part_count; i++)
            p->raw += s->parts[i].source != NULL ? s->spooled[i].size
                                                 : s->parts[i].data.len;
        return EXIT_DONE;
    }
    /* Either the article is bad, or the archive cannot be written. */
    progress_clear(&p->progress);
    if (rc == SHEAF_EINVAL && !p->options.unique &&
        !args_has(p->args, OPT_STRICT))
        return intake_refuse(&p->intake, s, err.message);
    if (rc == SHEAF_EINVAL || rc == SHEAF_ELIMIT)
        return say_failed(buf_str(&s->place), rc, &err);
    return say_failed(p->target, rc, &err);
}

static int
take_record(struct packing *p, enum incoming what)
{
    if (what == INCOMING_ARTICLE)
        return add_article(p);
    if (what != INCOMING_END && what != INCOMING_REPORT)
        progress_clear(&p->progress);
    return intake_take(&p->intake, &p->stream, what);
}

int
packing_add_all(struct packing *p, char *const *inputs, size_t count)
{
    enum incoming what = INCOMING_ARTICLE;
    int code = intake_open(&p->intake, p->args);

    progress_start(&p->progress, args_has(p->args, OPT_QUIET));
    if (code == EXIT_DONE)
        code = stream_open(&p->stream, p->args, inputs, count,
                           p->options.tmpdir, p->progress.on);
    while (code == EXIT_DONE && what != INCOMING_END && !p->full) {
        code = stream_next(&p->stream, &what);
        if (code == EXIT_DONE)
            code = take_record(p, what);
        if (progress_due(&p->progress))
            show_progress(p, "");
        if (code == EXIT_DONE && interrupted())
            code = say_interrupted();
    }
    p->all_read = true;
    progress_clear(&p->progress);
    if (code == EXIT_DONE)
        code = intake_finish(&p->intake, p->args);
    /* Nobody wants an archive of nothing. */
    if (code == EXIT_DONE && p->seen == 0 && p->intake.rejected > 0)
        code = p->intake.code;
    return code;
}

int
packing_code(const struct packing *p)
{
    return p->intake.rejected > 0 ? EXIT_FAILED : EXIT_DONE;
}

int
packing_commit(struct packing *p, struct log *log, struct sheaf_written *out)
{
    struct sheaf_error err = { 0 };
    int rc;

    rc = sheaf_commit(p->writer, p->sign ? &p->secret : NULL, out, &err);
    if (rc != SHEAF_OK)
        return say_failed(p->target, rc, &err);
    return log != NULL ? log_keep_written(log, out, &p->secret) : EXIT_DONE;
}

int
packing_sink(const struct packing *p, const struct archive *a,
             struct sheaf_sink *out)
{
    struct sheaf_error err = { 0 };
    struct stat st;
    bool own = same_file(a->path, p->target);
    int rc;

    if (a->info.tail_bytes != 0 && own) {
        say("%s: %llu bytes follow its end, and would be lost: write to "
            "another file",
            a->path, (unsigned long long)a->info.tail_bytes);
        return EXIT_CORRUPT;
    }
    rc = sink_open_over(out, p->target, a->name, args_has(p->args, OPT_FORCE),
                        &err);
    if (rc != SHEAF_OK)
        return say_failed(p->target, rc, &err);
    /* The sink has locked the file that it replaces, so it does not change
     * from here on. */
    if (own && stat(a->path, &st) == 0 &&
        (uint64_t)st.st_size != a->info.file_bytes + a->info.tail_bytes) {
        say("%s: changed in the meantime", a->path);
        out->ops->close(out->ctx);
        return EXIT_FAILED;
    }
    return EXIT_DONE;
}

/* ---- Summary ------------------------------------------------------------- */

static int
report_json(const struct packing *p, const struct sheaf_written *w)
{
    struct out o;

    out_start(&o, STDOUT_FILENO);
    out_format(&o, "{\"articles\":%llu,\"revisions\":%llu,"
               "\"unchanged\":%llu,\"skipped\":%llu,\"skipped_kinds\":{",
               (unsigned long long)w->articles,
               (unsigned long long)w->revisions,
               (unsigned long long)w->unchanged,
               (unsigned long long)p->intake.skipped);
    for (size_t i = 0; i < p->intake.kind_count; i++) {
        out_str(&o, i == 0 ? "" : ",");
        out_json(&o, sheaf_str(p->intake.kinds[i].name));
        out_format(&o, ":%llu", (unsigned long long)p->intake.kinds[i].count);
    }
    out_format(&o,
               "},\"wrong\":%llu,\"unlike\":%llu,\"warnings\":%llu,"
               "\"raw_bytes\":%llu,\"bytes\":%llu,\"dictionary_bytes\":%llu,"
               "\"size\":%llu,",
               (unsigned long long)p->intake.rejected,
               (unsigned long long)w->unlike,
               (unsigned long long)p->intake.warnings,
               (unsigned long long)w->raw_bytes, (unsigned long long)w->bytes,
               (unsigned long long)w->dict_bytes, (unsigned long long)w->size);
    out_str(&o, "\"origin\":");
    out_json(&o, sheaf_str(w->origin));
    out_str(&o, ",\"root\":\"");
    out_hex(&o, w->root, sizeof w->root);
    if (p->sign)
        out_format(&o, "\",\"key\":\"%016llX",
                   (unsigned long long)key_number(p->secret.id));
    out_str(&o, "\"}\n");
    return out_finish(&o, NULL);
}

/* ", 12 left out: 9 pictures, 3 scripts, 1 rejected" */
static void
print_intake(const struct intake *in, struct out *o)
{
    if (in->skipped != 0)
        out_format(o, ", %llu left out", (unsigned long long)in->skipped);
    for (size_t i = 0; i < in->kind_count; i++) {
        out_str(o, i == 0 ? ": " : " + ");
        out_format(o, "%llu %s%s", (unsigned long long)in->kinds[i].count,
                   in->kinds[i].name, in->kinds[i].count == 1 ? "" : "s");
    }
    if (in->rejected != 0)
        out_format(o, ", %llu rejected", (unsigned long long)in->rejected);
    if (in->warnings != 0)
        out_format(o, ", %llu warning%s", (unsigned long long)in->warnings,
                   in->warnings == 1 ? "" : "s");
}

static void
print_summary(const struct packing *p, const char *verb,
              const struct sheaf_written *w, struct out *o)
{
    out_format(o, "%s %llu article%s (%llu revision%s, %llu unchanged", verb,
               (unsigned long long)w->articles, w->articles == 1 ? "" : "s",
               (unsigned long long)w->revisions, w->revisions == 1 ? "" : "s",
               (unsigned long long)w->unchanged);
    print_intake(&p->intake, o);
    out_format(o, "), %s -> %s", size_text(w->raw_bytes).text,
               size_text(w->bytes).text);
    if (w->raw_bytes != 0)
        out_format(o, " (%.1f %%)",
                   100 * (double)w->bytes / (double)w->raw_bytes);
    out_str(o, ", origin ");
    out_visible(o, sheaf_str(w->origin));
    out_str(o, ", root ");
    out_hex(o, w->root, 8);
    out_str(o, "…\n");
}

int
packing_report(const struct packing *p, const char *verb,
               const struct sheaf_written *w)
{
    struct out o;

    if (w->after_lost != 0)
        say("%s: warning: of %llu of the articles the revision before is "
            "lost; 'sheaf verify' says why",
            p->target, (unsigned long long)w->after_lost);
    if (w->unlike != 0)
        say("%s: warning: %llu of the revisions may be other articles than "
            "the one with the same ID before: the headline is another, and so "
            "is the URL or the date; first %s; if they are, give --id-prefix "
            "or --map",
            p->target, (unsigned long long)w->unlike, buf_str(&p->unlike));
    if (args_has(p->args, OPT_JSON))
        return report_json(p, w);
    if (args_has(p->args, OPT_QUIET))
        return EXIT_DONE;
    out_start(&o, STDERR_FILENO);
    if (w->articles == 0 && w->bytes == 0)
        out_format(&o, "nothing new (%llu unchanged)\n",
                   (unsigned long long)w->unchanged);
    else
        print_summary(p, verb, w, &o);
    return out_finish(&o, NULL);
}

int
packing_report_dry(const struct packing *p)
{
    struct out o;

    out_start(&o, args_has(p->args, OPT_JSON) ? STDOUT_FILENO : STDERR_FILENO);
    if (args_has(p->args, OPT_JSON))
        out_format(&o, "{\"articles\":%llu,\"skipped\":%llu,\"wrong\":%llu,"
                   "\"warnings\":%llu,\"raw_bytes\":%llu}\n",
                   (unsigned long long)p->seen,
                   (unsigned long long)p->intake.skipped,
                   (unsigned long long)p->intake.rejected,
                   (unsigned long long)p->intake.warnings,
                   (unsigned long long)p->raw);
    else if (!args_has(p->args, OPT_QUIET)) {
        out_format(&o, "would pack %llu article%s (%s",
                   (unsigned long long)p->seen, p->seen == 1 ? "" : "s",
                   size_text(p->raw).text);
        print_intake(&p->intake, &o);
        out_str(&o, ")\n");
    }
    return out_finish(&o, NULL);
}
