/*
 * answers.c - what the server asks of the command.
 */
#include "cli/answers.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/sink.h"
#include "cli/index.h"
#include "cli/listing.h"
#include "cli/opening.h"
#include "cli/outfile.h"

#define LIST_DEFAULT 100
#define LIST_MOST 1000
#define SEARCH_DEFAULT 20
#define SEARCH_MOST 100
/* A list says where to go on after so much work. */
#define LIST_MS 3000
#define LOOKED_AT_ONCE 256
/* For a media type before a body. */
#define TYPE_ROOM 65536

struct asked {
    const struct question *question;
    struct command command; /* named after what was asked for */
    struct args args;
    char *operand[2];
    uint64_t first_leaf;
};

/* ---- Parameters ---------------------------------------------------------- */

static const struct {
    const char *name, *kinds;
    enum opt opt;
    bool flag; /* the value is 1 */
} parameters[] = {
    { "since", "LS", OPT_SINCE, false },
    { "until", "LS", OPT_UNTIL, false },
    { "section", "LS", OPT_SECTION, false },
    { "title", "LS", OPT_TITLE, false },
    { "prefix", "LS", OPT_PREFIX, false },
    { "lang", "LS", OPT_LANG, false },
    { "author", "LS", OPT_AUTHOR, false },
    { "where", "LS", OPT_WHERE, false },
    { "limit", "LS", OPT_LIMIT, false },
    { "revisions", "L", OPT_REVISIONS, true },
    { "rev", "ABP", OPT_REV, false },
    { "part", "B", OPT_PART, false },
    { "newest", "P", OPT_NEWEST, true },
};

static int
take_after(struct asked *a, const char *value)
{
    const char *name = a->command.name;

    if (!parse_number(value, 0, UINT64_MAX - 1, &a->first_leaf))
        return say_usage(name, "%s: after: '%s' is no number of a leaf", name,
                         value);
    a->first_leaf++;
    return EXIT_DONE;
}

static int
take_option(struct asked *a, size_t i, const char *value)
{
    const char *name = a->command.name;
    struct args *args = &a->args;

    if (parameters[i].flag && strcmp(value, "1") != 0)
        return say_usage(name, "%s: %s: the only value is 1", name,
                         parameters[i].name);
    if (parameters[i].opt == OPT_WHERE && args->where_count == WHERE_MAX)
        return say_usage(name, "%s: more than %d of where", name, WHERE_MAX);
    if (parameters[i].opt == OPT_WHERE)
        args->where[args->where_count++] = value;
    args->value[parameters[i].opt] = value;
    return EXIT_DONE;
}

/* NAME=VALUE; the first one is the ID, if the path had one. */
static int
take_parameter(struct asked *a, char *text, bool first)
{
    const char *name = a->command.name;
    char kind = a->question->kind;
    char *value = strchr(text, '=');

    if (value == NULL)
        return say_usage(name, "%s: no value", name);
    *value++ = '\0';
    if ((first && strcmp(text, "id") == 0 && strchr("ABP", kind) != NULL) ||
        (kind == ANSWER_SEARCH && strcmp(text, "q") == 0)) {
        a->operand[1] = value;
        a->args.count = 2;
        return EXIT_DONE;
    }
    if (kind == ANSWER_LIST && strcmp(text, "after") == 0)
        return take_after(a, value);
    for (size_t i = 0; i < COUNT_OF(parameters); i++)
        if (strcmp(parameters[i].name, text) == 0 &&
            strchr(parameters[i].kinds, kind) != NULL)
            return take_option(a, i, value);
    return say_usage(name, "%s: no parameter '%s'", name, text);
}

static const char *
name_of(char kind)
{
    switch (kind) {
    case ANSWER_INFO: return "archive";
    case ANSWER_LIST: return "articles";
    case ANSWER_BODY: return "body";
    case ANSWER_PROOF: return "proof";
    case ANSWER_CHECKPOINT: return "checkpoint";
    case ANSWER_SEARCH: return "search";
    default: return "article";
    }
}

static int
take_all(struct asked *a, const struct question *q)
{
    int code = EXIT_DONE;

    memset(a, 0, sizeof *a);
    a->question = q;
    a->command.name = name_of(q->kind);
    a->command.min = q->kind == ANSWER_LIST ? 1 : 2;
    a->args.command = &a->command;
    a->args.operand = a->operand;
    a->operand[0] = q->file;
    a->args.count = 1;
    for (size_t i = 0; code == EXIT_DONE && i < q->count; i++)
        code = take_parameter(a, q->text[i], i == 0);
    a->args.value[OPT_KEY] = q->key;
    a->args.value[OPT_NO_PINS] = "";
    a->args.goes_on = q->goes_on;
    return code;
}

/* The limit, or else `most`; a larger one is refused. */
static int
bound_limit(struct asked *a, struct selection *s, uint64_t usual,
            uint64_t most)
{
    const char *name = a->command.name;

    if (!args_has(&a->args, OPT_LIMIT))
        s->limit = usual;
    if (s->limit >= 1 && s->limit <= most)
        return EXIT_DONE;
    return say_usage(name, "%s: limit: 1 to %llu", name,
                     (unsigned long long)most);
}

/* ---- Lists --------------------------------------------------------------- */

struct pages {
    struct browse browse;
    struct archive archive;
    struct out out;
    bool any, stopped;
    uint64_t passed; /* leaves that were looked at, and those before them */
    uint64_t looked;
};

static int
print_item(void *arg, const struct browse_item *item)
{
    struct pages *p = arg;

    out_str(&p->out, p->any ? ",\n" : "\n");
    listing_json(&p->out, &p->browse, item);
    p->any = true;
    return EXIT_DONE;
}

/* The time that this process has worked. */
static int64_t
worked_ms(void)
{
    struct timespec t;

    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t) != 0)
        return 0;
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
pass(void *arg, uint64_t leaves)
{
    struct pages *p = arg;

    p->passed = leaves;
    if (++p->looked % LOOKED_AT_ONCE == 0 && worked_ms() > LIST_MS)
        p->stopped = p->browse.enough = true;
}

static void
print_end(struct pages *p, int code)
{
    struct out *o = &p->out;

    out_str(o, p->any ? "\n],\"next\":" : "],\"next\":");
    if (p->stopped || p->browse.count >= p->browse.selection->limit)
        out_format(o, "%llu", (unsigned long long)(p->passed - 1));
    else
        out_str(o, "null");
    out_json_number(o, "leaves", archive_leaves(&p->archive));
    out_json_bool(o, "complete", code == EXIT_DONE);
    if (code != EXIT_DONE) {
        out_str(o, ",\"error\":");
        out_json(o, sheaf_str(last_said()));
    }
    out_str(o, "}\n");
}

static int
answer_list(struct asked *a)
{
    struct pages p = { .any = false };
    struct browse *b = &p.browse;
    struct selection selection;
    int code = select_parse(&selection, &a->args);

    if (code == EXIT_DONE)
        code = bound_limit(a, &selection, LIST_DEFAULT, LIST_MOST);
    if (code != EXIT_DONE)
        return code;
    b->archive = &p.archive;
    b->selection = &selection;
    b->arg = &p;
    b->take = print_item;
    b->passed = pass;
    b->first_leaf = a->first_leaf;
    b->all_revisions = args_has(&a->args, OPT_REVISIONS);
    b->with_sections = true;
    /* They give a list in no time; every article before it would be read. */
    b->by_columns = true;
    code = archive_open_args(&p.archive, &a->args);
    if (code == EXIT_DONE) {
        out_start(&p.out, STDOUT_FILENO);
        out_str(&p.out, "{\"articles\":[");
        code = browse_run(b);
    }
    if (code == EXIT_DONE) {
        /* What is lost does not hide the others. */
        print_end(&p, browse_code(b));
        code = out_finish(&p.out, NULL);
    }
    browse_end(b);
    archive_close(&p.archive);
    return code;
}

/* ---- Search -------------------------------------------------------------- */

/* Lines of JSON, from the start of the file, as one object. */
static int
print_lines(int fd, uint64_t left_out)
{
    struct out o;
    char piece[16 * 1024];
    off_t at = 0;
    ssize_t n;
    bool ended = true; /* the last line */
    bool any = false;

    out_start(&o, STDOUT_FILENO);
    out_str(&o, "{\"articles\":[");
    while ((n = pread(fd, piece, sizeof piece, at)) > 0) {
        for (ssize_t i = 0; i < n; i++) {
            if (ended)
                out_str(&o, any ? ",\n" : "\n");
            any = true;
            ended = piece[i] == '\n';
            if (!ended)
                out_bytes(&o, &piece[i], 1);
        }
        at += n;
    }
    out_str(&o, any ? "\n]" : "]");
    out_json_number(&o, "left_out", left_out);
    out_str(&o, "}\n");
    return n == 0 ? out_finish(&o, NULL) : EXIT_FAILED;
}

/* The lines of cmd_search go to another file first. */
static int
answer_search(struct asked *a)
{
    struct selection selection;
    struct temp lines = TEMP_INIT;
    struct sheaf_error err = { 0 };
    char limit[24];
    uint64_t left_out = 0;
    int real = dup(STDOUT_FILENO);
    int code = select_parse(&selection, &a->args);

    if (code == EXIT_DONE)
        code = bound_limit(a, &selection, SEARCH_DEFAULT, SEARCH_MOST);
    if (code == EXIT_DONE && a->args.count < 2)
        code = say_usage("search", "search: no parameter q");
    if (code != EXIT_DONE)
        return code;
    snprintf(limit, sizeof limit, "%llu", (unsigned long long)selection.limit);
    a->args.value[OPT_LIMIT] = limit;
    a->args.value[OPT_JSON] = a->args.value[OPT_QUIET] = "";
    a->args.value[OPT_INDEX] = INDEX_AS_IT_IS;
    if (real < 0 || temp_open(&lines, temp_folder(), &err) != SHEAF_OK ||
        dup2(lines.fd, STDOUT_FILENO) < 0) {
        say("search: no temporary file");
        return EXIT_FAILED;
    }
    code = search_run(&a->args, &left_out);
    if (dup2(real, STDOUT_FILENO) < 0)
        code = worse(code, EXIT_FAILED);
    if (code == EXIT_DONE)
        code = print_lines(lines.fd, left_out);
    temp_close(&lines);
    close(real);
    return code;
}

/* ---- Bodies -------------------------------------------------------------- */

static int
print_body(const struct archive *a, const struct sheaf_article *article,
           size_t part)
{
    const struct sheaf_part *p;
    struct sheaf_error err = { 0 };
    struct out o;
    int rc;

    if (part >= article->part_count) {
        say("%s: no part %zu: it has %zu", a->path, part, article->part_count);
        return EXIT_NOT_FOUND;
    }
    p = &article->parts[part];
    if (p->size > ANSWER_BYTES - TYPE_ROOM) {
        say("%s: it is larger than %llu MiB; read it from the archive",
            a->path, (unsigned long long)(ANSWER_BYTES >> 20));
        return EXIT_LIMIT;
    }
    out_start(&o, STDOUT_FILENO);
    out_bytes(&o, p->type.data, p->type.len);
    out_str(&o, "\n");
    rc = sheaf_read_part(a->reader, a->scratch, article, part, out_write, &o,
                         &err);
    if (rc != SHEAF_OK && rc != SHEAF_ESTOPPED)
        return archive_failed(a, rc, &err);
    return out_finish(&o, NULL);
}

static int
answer_body(struct asked *a)
{
    struct sheaf_article article;
    struct sheaf_entry entry;
    struct archive archive;
    uint64_t rev = 0, part = 0;
    const char *rev_text = a->args.value[OPT_REV];
    const char *part_text = a->args.value[OPT_PART];
    int code;

    if (rev_text != NULL && !parse_number(rev_text, 1, UINT32_MAX, &rev))
        return say_usage("body", "body: rev: '%s' is no revision", rev_text);
    if (part_text != NULL && !parse_number(part_text, 0, UINT32_MAX, &part))
        return say_usage("body", "body: part: '%s' is no number of a part",
                         part_text);
    code = archive_open_args(&archive, &a->args);
    if (code == EXIT_DONE)
        code = archive_find(&archive, a->operand[1], (uint32_t)rev, &entry);
    if (code == EXIT_DONE)
        code = archive_read(&archive, &entry, &article);
    if (code == EXIT_DONE)
        code = print_body(&archive, &article, (size_t)part);
    archive_close(&archive);
    return code;
}

/* ---- All of them --------------------------------------------------------- */

/* Whether the key has signed the archive: figures rest on no proof that would
 * show it. */
static int
check_key(const struct question *q, const struct asked *a)
{
    struct archive archive;
    int code;

    if (q->key == NULL || q->kind != ANSWER_INFO)
        return EXIT_DONE;
    code = archive_open_args(&archive, &a->args);
    archive_close(&archive);
    return code;
}

int
answer(const struct question *q)
{
    struct asked a;
    int code = take_all(&a, q);

    if (code == EXIT_DONE)
        code = check_key(q, &a);
    if (code != EXIT_DONE)
        return code;
    switch (q->kind) {
    case ANSWER_LIST: return answer_list(&a);
    case ANSWER_SEARCH: return answer_search(&a);
    case ANSWER_BODY: return answer_body(&a);
    case ANSWER_PROOF: return cmd_prove(&a.args);
    case ANSWER_CHECKPOINT: return cmd_checkpoint(&a.args);
    case ANSWER_INFO: a.args.value[OPT_JSON] = ""; return cmd_info(&a.args);
    case ANSWER_ARTICLE: a.args.value[OPT_JSON] = ""; return cmd_get(&a.args);
    default: return say_usage(NULL, "an unknown question");
    }
}
