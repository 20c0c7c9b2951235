/*
 * cmd_search.c - lists the articles that have words.
 *
 * The index beside the archive says which articles may have them, and in what
 * order. It may be anybody's: each of these articles is read, and compared
 * with the words by another process than the one that reads the index. So it
 * can leave out articles, and say nothing wrong about others.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cursor.h"
#include "cli/browse_members.h"
#include "cli/importer.h"
#include "cli/index.h"
#include "cli/listing.h"
#include "cli/outfile.h"
#include "cli/remote.h"
#include "cli/terminal.h"

#define SHOWN_AT_TERMINAL 20
#define ID_LONGEST 4096
#define AHEAD_MAX 64
_Static_assert(AHEAD_MAX <= SHEAF_EXPECT_MAX, "all of them are expected");

/* What the index has named and nobody has looked at yet. */
struct ahead {
    struct sheaf_buf ids[AHEAD_MAX];
    uint64_t leaves[AHEAD_MAX];
    size_t count, at;
};

struct searching {
    struct listing listing; /* first: browse.arg is both */
    const struct args *args;
    struct archive archive;
    struct browse_members members;
    struct index index;
    struct index_text text;
    pid_t finder; /* reads the index */
    FILE *found;
    bool ended;    /* it has said all */
    struct ahead ahead;
    pid_t matcher; /* compares articles */
    FILE *answers;
    struct out questions;
    uint64_t wrong; /* results without these words */
    uint64_t left_out;
};

/* ---- The other processes ------------------------------------------------- */

/* Arguments: `what`, names of columns and "--" if it needs them, the words. */
static char **
make_arguments(const struct args *args, const char *what, bool columns)
{
    size_t count = 2;
    char **argv = calloc(COLUMN_COUNT + args->count + 4, sizeof *argv);

    if (argv == NULL)
        return NULL;
    argv[1] = (char *)(uintptr_t)what;
    for (size_t i = 0; columns && i < COLUMN_COUNT; i++)
        argv[count++] = (char *)(uintptr_t)column_names[i];
    if (columns)
        argv[count++] = (char *)(uintptr_t) "--";
    for (size_t i = 1; i < args->count; i++)
        argv[count++] = args->operand[i];
    return argv;
}

static int
start(const struct searching *s, const char *what, int in, pid_t *child,
      FILE **out)
{
    bool finds = strcmp(what, "search") == 0;
    char **argv = make_arguments(s->args, what, finds);
    int fds[2], code;

    if (argv == NULL)
        return say_no_memory();
    if (pipe2(fds, O_CLOEXEC) != 0) {
        free(argv);
        say(EXPORTER ": %s", strerror(errno));
        return EXIT_FAILED;
    }
    code = exporter_start(argv, in, fds[1], child);
    free(argv);
    close(fds[1]);
    *out = finds && s->index.far != NULL
               ? far_index_output(s->index.far, fds[0])
               : fdopen(fds[0], "rb");
    if (*out == NULL) {
        close(fds[0]);
        code = worse(code, say_no_memory());
    }
    return code;
}

static bool
take_text(FILE *from, struct sheaf_buf *out)
{
    uint8_t len[2];

    if (fread(len, 1, sizeof len, from) != sizeof len ||
        get_be(len, 2) > ID_LONGEST ||
        !buf_resize(out, (size_t)get_be(len, 2)) || !buf_end(out))
        return false;
    return fread(out->data, 1, out->len, from) == out->len;
}

/* It also says what is wrong with the words. */
static int
start_matcher(struct searching *s)
{
    struct sheaf_buf wrong = { 0 };
    int fds[2], code;

    if (pipe2(fds, O_CLOEXEC) != 0) {
        say(EXPORTER ": %s", strerror(errno));
        return EXIT_FAILED;
    }
    code = start(s, "match", fds[0], &s->matcher, &s->answers);
    close(fds[0]);
    out_start(&s->questions, fds[1]);
    if (code == EXIT_DONE && !take_text(s->answers, &wrong)) {
        say(EXPORTER " failed");
        code = EXIT_FAILED;
    } else if (code == EXIT_DONE && wrong.len != 0) {
        code = say_usage("search", "search: %s", buf_str(&wrong));
    }
    sheaf_buf_free(&wrong);
    return code;
}

/* ---- Results ------------------------------------------------------------- */

static bool
take_found(struct searching *s, struct sheaf_buf *id, uint64_t *leaf)
{
    uint8_t bytes[8];
    int what = getc(s->found);

    s->ended = what == 'E';
    if (what != 'H' || fread(bytes, 1, sizeof bytes, s->found) != sizeof bytes)
        return false;
    *leaf = get_be(bytes, sizeof bytes);
    return take_text(s->found, id);
}

/* On a server, articles are asked for together. */
static void
look_ahead(struct searching *s)
{
    const struct browse *b = &s->listing.browse;
    struct ahead *h = &s->ahead;
    uint64_t most = min_u64(b->selection->limit - b->count, AHEAD_MAX);
    char *ids[AHEAD_MAX];

    h->at = h->count = 0;
    while (h->count < most && !s->ended &&
           take_found(s, &h->ids[h->count], &h->leaves[h->count])) {
        ids[h->count] = buf_str(&h->ids[h->count]);
        h->count++;
    }
    archive_expect(&s->archive, (struct wanted_ids){ ids, h->count });
}

static bool
next(void *arg, struct sheaf_buf *id, uint64_t *leaf)
{
    struct searching *s = arg;
    struct ahead *h = &s->ahead;

    if (!archive_is_far(&s->archive))
        return take_found(s, id, leaf);
    if (h->at == h->count)
        look_ahead(s);
    if (h->at == h->count)
        return false;
    *leaf = h->leaves[h->at];
    id->len = 0;
    if (!buf_add(id, h->ids[h->at].data, h->ids[h->at].len) || !buf_end(id))
        return false;
    h->at++;
    return true;
}

static void
ask(struct out *o, struct sheaf_bytes text)
{
    uint8_t len[8];

    put_be(len, text.len, sizeof len);
    out_bytes(o, len, sizeof len);
    out_bytes(o, text.data, text.len);
}

static int
fits(void *arg, const struct browse_item *item, bool *out)
{
    struct searching *s = arg;
    int code = index_find_text(&s->text, &s->archive, item->article);
    int answer;

    if (code != EXIT_DONE)
        return code;
    out_str(&s->questions, "A");
    ask(&s->questions, item->fields.title);
    ask(&s->questions, buf_view(&s->text.body));
    (void)out_flush(&s->questions);
    answer = getc(s->answers);
    if (answer != '0' && answer != '1') {
        say(EXPORTER " failed");
        return EXIT_FAILED;
    }
    *out = answer == '1';
    s->wrong += !*out;
    return EXIT_DONE;
}

struct remedy {
    char text[4096 + 64];
};

/* Where the index is made: only beside a file. */
static struct remedy
remedy(const struct searching *s, const char *command, const char *does)
{
    struct remedy r;

    if (archive_is_far(&s->archive))
        snprintf(r.text, sizeof r.text,
                 "'%s' %s where the archive is written", command, does);
    else
        snprintf(r.text, sizeof r.text, "'%s %s' %s", command,
                 s->archive.name, does);
    return r;
}

static void
say_strange(const struct searching *s)
{
    const struct browse *b = &s->listing.browse;

    if (b->strange != 0)
        say("%s: %llu result%s not in the archive, or not the newest "
            "revision%s",
            buf_str(&s->index.path), (unsigned long long)b->strange,
            b->strange == 1 ? " is" : "s are",
            s->archive.trusted ? ", or not signed" : "");
}

/* One line of what this is worth. */
static int
say_worth(const struct searching *s)
{
    const struct browse *b = &s->listing.browse;
    bool more = b->count == b->selection->limit;
    bool trusted = s->archive.trusted || s->members.collection.have_key;
    struct out o;

    if (args_has(s->args, OPT_QUIET))
        return EXIT_DONE;
    out_start(&o, STDERR_FILENO);
    if (b->count == 0)
        out_str(&o, "no article found; that there is none is not proven\n");
    else
        out_format(&o,
                   "%s%llu article%s: %s; that there are no "
                   "others is not proven\n",
                   more ? "the first " : "", (unsigned long long)b->count,
                   b->count == 1 ? "" : "s",
                   trusted
                       ? "each is signed, and has what was asked for"
                       : "each has what was asked for");
    return out_finish(&o, NULL);
}

static int
finish(struct searching *s, int code)
{
    const struct browse *b = &s->listing.browse;
    int status;

    if (code != EXIT_DONE || s->ended || s->listing.out.sys != 0 ||
        b->count >= b->selection->limit)
        return code;
    fclose(s->found);
    s->found = NULL;
    status = child_wait(&s->finder);
    status = WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILED;
    if (s->index.far != NULL && far_index_say_failed(s->index.far))
        return EXIT_FAILED;
    say("%s: %s; %s", buf_str(&s->index.path),
        status == EXPORTER_DAMAGED ? "damaged" : "cannot be read",
        remedy(s, "sheaf index -f", "makes it anew").text);
    return status == EXPORTER_DAMAGED ? EXIT_CORRUPT : EXIT_FAILED;
}

/* ---- The index ----------------------------------------------------------- */

/* What was appended since is not in it, and cannot be added from here. */
static int
take_far_index(const struct searching *s)
{
    unsigned long long more = s->archive.info.size - s->index.size;

    if (s->index.found == INDEX_BEHIND)
        say("%s: warning: of before an append: %llu newer %s not searched; "
            "%s", buf_str(&s->index.path), more,
            more == 1 ? "leaf is" : "leaves are",
            remedy(s, "sheaf index", "adds what is new").text);
    if (s->index.found == INDEX_BEHIND)
        return EXIT_DONE;
    say("%s: of another state of the archive; %s", buf_str(&s->index.path),
        remedy(s, "sheaf index", "makes it anew").text);
    return EXIT_FAILED;
}

static int
make_index(struct searching *s)
{
    const char *path = buf_str(&s->index.path);
    const char *given = s->args->value[OPT_INDEX];
    bool as_it_is = given != NULL && strcmp(given, INDEX_AS_IT_IS) == 0;
    bool quiet = args_has(s->args, OPT_QUIET);

    switch (s->index.found) {
    case INDEX_FRESH: return EXIT_DONE;
    case INDEX_PARTIAL:
        say("%s: lacks %llu %s when it was made; %s", path,
            (unsigned long long)s->index.lost,
            s->index.lost == 1 ? "article that was lost"
                               : "articles that were lost",
            remedy(s, "sheaf index", "makes it anew").text);
        return EXIT_CORRUPT;
    case INDEX_FOREIGN:
    case INDEX_DAMAGED:
        say("%s: %s; %s", path,
            s->index.found == INDEX_FOREIGN ? "no index that sheaf made"
                                            : "damaged",
            remedy(s, "sheaf index -f", "replaces it").text);
        return s->index.found == INDEX_FOREIGN ? EXIT_FAILED : EXIT_CORRUPT;
    case INDEX_NONE:
        if (given != NULL && !as_it_is)
            break;
        say("%s: there is no index; %s", path,
            remedy(s, "sheaf index", "makes one").text);
        return EXIT_FAILED;
    default:
        if (archive_is_far(&s->archive))
            return take_far_index(s);
        if (as_it_is && s->index.found == INDEX_BEHIND)
            return EXIT_DONE;
        if (as_it_is) {
            say("%s: of another state of the archive; %s", path,
                remedy(s, "sheaf index", "makes it anew").text);
            return EXIT_FAILED;
        }
        if (!quiet)
            say("%s: %s; bringing it up to date", path,
                s->index.found == INDEX_BEHIND
                    ? "the archive was appended to"
                    : "of another state of the archive");
    }
    return index_make(&s->index, &s->archive, false, quiet, &s->text);
}

static void
stop(pid_t *child, FILE **from)
{
    if (*from != NULL)
        fclose(*from);
    *from = NULL;
    child_stop(child);
}

/* Finds the index of the archive that is open, and begins to read it. */
static int
open_index(struct searching *s)
{
    int code = index_look(&s->index, &s->archive);
    int in = -1;

    if (code == EXIT_DONE)
        code = make_index(s);
    /* What it has is found all the same. */
    if (code == EXIT_CORRUPT && s->index.found == INDEX_PARTIAL) {
        s->listing.browse.worst = worse(s->listing.browse.worst, code);
        code = EXIT_DONE;
    }
    if (code == EXIT_DONE)
        code = index_give(&s->index, &in);
    if (code == EXIT_DONE)
        code = start(s, "search", in, &s->finder, &s->found);
    index_gave(&s->index, in);
    return code;
}

static void
close_index(struct searching *s)
{
    stop(&s->finder, &s->found);
    index_close(&s->index);
    s->index = (struct index){ .fd = 0 };
    s->ended = false;
    s->listing.browse.strange = 0;
}

/* What the index of the open archive names. */
static int
search_one(struct searching *s)
{
    int code = finish(s, browse_run(&s->listing.browse));

    say_strange(s);
    s->left_out += s->listing.browse.strange;
    return code;
}

/* All members of a collection, the newest first. One whose index is missing
 * hides nothing of the others. */
static int
search_members(struct searching *s)
{
    struct collection *c = &s->members.collection;
    struct browse *b = &s->listing.browse;
    int worst = EXIT_DONE;

    for (size_t k = c->members.count;
         k > 0 && b->count < b->selection->limit && s->listing.out.sys == 0;
         k--) {
        int code;

        if (interrupted())
            return say_interrupted();
        if (collection_enter(c, k - 1) != EXIT_DONE)
            continue;
        code = open_index(s);
        if (code == EXIT_DONE)
            code = search_one(s);
        close_index(s);
        worst = worse(worst, code);
    }
    b->worst = worse(b->worst, worst);
    return EXIT_DONE;
}

static int
run(struct listing *l)
{
    struct searching *s = l->browse.arg;

    return l->browse.over != NULL ? search_members(s) : search_one(s);
}

static int
search(struct searching *s)
{
    struct browse *b = &s->listing.browse;
    int code = EXIT_DONE;

    if (b->over == NULL)
        code = open_index(s);
    if (code != EXIT_DONE)
        return code;
    b->arg = s;
    b->take = listing_item;
    b->next = next;
    b->fits = fits;
    b->with_sections = s->listing.json;
    s->listing.run = run;
    out_start(&s->listing.out, STDOUT_FILENO);
    code = listing_run(&s->listing);
    code = worse(code, s->text.code);
    return code == EXIT_DONE ? say_worth(s) : code;
}

int
search_run(const struct args *args, uint64_t *left_out)
{
    struct selection selection;
    struct searching s = { .args = args,
                           .listing.json = args_has(args, OPT_JSON) };
    int code = select_parse(&selection, args);

    archive_allow_earlier();
    if (code == EXIT_DONE && args_has(args, OPT_IDS_FROM))
        code = say_usage("search", "search: --ids-from is for list");
    if (code == EXIT_DONE && args_has(args, OPT_INDEX) &&
        remote_is(args->operand[0]))
        code = say_usage("search", "search: --index is for a file: on a "
                         "server, nothing can be written");
    if (code == EXIT_DONE && selection.reverse && selection.sort == SORT_NONE)
        code = say_usage("search", "search: --reverse needs --sort");
    if (code != EXIT_DONE)
        return code;
    if (!args_has(args, OPT_LIMIT) && isatty(STDOUT_FILENO))
        selection.limit = SHOWN_AT_TERMINAL;
    s.listing.browse.selection = &selection;
    catch_signals();
    code = start_matcher(&s);
    s.listing.browse.archive = &s.archive;
    if (code == EXIT_DONE)
        code = browse_open(&s.members, &s.listing.browse, args);
    if (code == EXIT_DONE && s.listing.browse.over != NULL &&
        selection.sort != SORT_NONE)
        code = say_usage("search", "search: --sort is for one archive");
    if (code == EXIT_DONE)
        code = search(&s);
    code = worse(code, pager_end(s.listing.pager));
    if (s.questions.fd > 0)
        close(s.questions.fd);
    stop(&s.matcher, &s.answers);
    close_index(&s);
    browse_end(&s.listing.browse);
    index_text_end(&s.text);
    for (size_t i = 0; i < AHEAD_MAX; i++)
        sheaf_buf_free(&s.ahead.ids[i]);
    archive_close(&s.archive);
    browse_members_end(&s.members); /* it has the name of the archive */
    *left_out += s.left_out;
    return code;
}

int
cmd_search(const struct args *args)
{
    uint64_t left_out = 0;

    return search_run(args, &left_out);
}
