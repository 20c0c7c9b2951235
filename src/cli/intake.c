/*
 * intake.c - counts and reports what was left out, doubtful or rejected.
 */
#include "cli/intake.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/base64.h"
#include "base/utf8.h"
#include "cli/outfile.h"

#define SHOWN 10 /* lines of each kind; the rest is counted */

static int
open_file(struct out **out, const char *path)
{
    int code;

    if (path == NULL)
        return EXIT_DONE;
    *out = malloc(sizeof **out);
    if (*out == NULL)
        return say_no_memory();
    out_start(*out, -1);
    code = out_create(*out, path, true);
    if (code != EXIT_DONE) {
        free(*out);
        *out = NULL;
    }
    return code;
}

int
intake_open(struct intake *in, const struct args *args)
{
    int code = open_file(&in->rejects, args->value[OPT_REJECTS]);

    in->quiet = args_has(args, OPT_QUIET);
    return code == EXIT_DONE ? open_file(&in->report, args->value[OPT_REPORT])
                             : code;
}

/* ---- Records ------------------------------------------------------------- */

static void
tell(struct intake *in, enum incoming what, const char *before,
     const char *text)
{
    if (in->quiet && what != INCOMING_REJECTED)
        return;
    if (++in->told[what] <= SHOWN)
        say("%s%s", before, text);
}

static void
count_kind(struct intake *in, const char *name)
{
    size_t i = 0;

    while (i < in->kind_count && strcmp(in->kinds[i].name, name) != 0)
        i++;
    if (i == INTAKE_KINDS)
        i--;
    if (i == in->kind_count) {
        snprintf(in->kinds[i].name, sizeof in->kinds[i].name, "%s",
                 i == INTAKE_KINDS - 1 ? "other" : name);
        in->kind_count++;
    }
    in->kinds[i].count++;
}

static void
out_base64(struct out *o, struct sheaf_bytes b)
{
    char text[BASE64_SIZE(48)];

    while (b.len > 0) {
        size_t n = (size_t)min_u64(b.len, 48);

        base64_encode(b.data, n, text);
        out_str(o, text);
        b = sheaf_view(b.data + n, b.len - n);
    }
}

/* {"reason": ..., "record": ...} */
static void
keep(const struct intake *in, const char *message, struct sheaf_bytes record)
{
    struct utf8_check check = { 0 };

    if (in->rejects == NULL)
        return;
    out_str(in->rejects, "{\"reason\":");
    out_json(in->rejects, sheaf_str(message));
    utf8_feed(&check, record.data, record.len);
    if (record.len > 0 && utf8_good(&check)) {
        out_str(in->rejects, ",\"record\":");
        out_json(in->rejects, record);
    } else if (record.len > 0) {
        out_str(in->rejects, ",\"record_base64\":\"");
        out_base64(in->rejects, record);
        out_str(in->rejects, "\"");
    }
    out_str(in->rejects, "}\n");
}

static void
count_rejected(struct intake *in, int code, const char *message,
               struct sheaf_bytes record)
{
    if (in->rejected++ == 0)
        in->code = code;
    tell(in, INCOMING_REJECTED, "", message);
    keep(in, message, record);
}

int
intake_take(struct intake *in, const struct stream *s, enum incoming what)
{
    switch (what) {
    case INCOMING_SKIPPED:
        in->skipped++;
        count_kind(in, buf_str(&s->kind));
        if (s->place.len > 0)
            tell(in, what, "left out: ", buf_str(&s->place));
        break;
    case INCOMING_WARNING:
        in->warnings++;
        tell(in, what, "warning: ", buf_str(&s->place));
        break;
    case INCOMING_REJECTED:
        count_rejected(in, s->code, buf_str(&s->place),
                       sheaf_view(s->bytes.data, s->bytes.len));
        break;
    case INCOMING_REPORT:
        if (in->report != NULL) {
            out_bytes(in->report, buf_str(&s->place), s->place.len);
            out_str(in->report, "\n");
        }
        break;
    case INCOMING_ARTICLE:
    case INCOMING_END:
        break;
    }
    return EXIT_DONE;
}

int
intake_refuse(struct intake *in, const struct stream *s, const char *message)
{
    struct sheaf_buf line = { 0 };

    if (!buf_format(&line, "%s: %s", buf_str(&s->place), message) ||
        !buf_end(&line)) {
        sheaf_buf_free(&line);
        return say_no_memory();
    }
    count_rejected(in, EXIT_FAILED, buf_str(&line), sheaf_view(NULL, 0));
    sheaf_buf_free(&line);
    return EXIT_DONE;
}

/* ---- The end ------------------------------------------------------------- */

static void
tell_more(const struct intake *in, enum incoming what, const char *before)
{
    if (in->told[what] > SHOWN)
        say("%s%llu more", before,
            (unsigned long long)(in->told[what] - SHOWN));
}

static int
finish_file(struct out **out, const char *path)
{
    int code = EXIT_DONE;

    if (*out == NULL)
        return EXIT_DONE;
    code = out_finish(*out, path);
    out_drop(*out);
    free(*out);
    *out = NULL;
    return code;
}

int
intake_finish(struct intake *in, const struct args *args)
{
    int code, other;

    tell_more(in, INCOMING_SKIPPED, "left out: ");
    tell_more(in, INCOMING_WARNING, "warning: ");
    tell_more(in, INCOMING_REJECTED, "wrong: ");
    code = finish_file(&in->rejects, args->value[OPT_REJECTS]);
    other = finish_file(&in->report, args->value[OPT_REPORT]);
    return code != EXIT_DONE ? code : other;
}

void
intake_close(struct intake *in)
{
    if (in->rejects != NULL)
        out_drop(in->rejects);
    if (in->report != NULL)
        out_drop(in->report);
    free(in->rejects);
    free(in->report);
    in->rejects = NULL;
    in->report = NULL;
}
