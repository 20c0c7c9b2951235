/*
 * index.c - the index of words beside an archive.
 */
#include "cli/index.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/hex.h"
#include "base/sink.h"
#include "cli/browse.h"
#include "cli/importer.h"
#include "cli/outfile.h"
#include "cli/progress.h"

/* ---- Rows ---------------------------------------------------------------- */

/* Its limit is that of the text of a page. */
#define TEXT_MAX ((uint64_t)64 << 20)

const char *const *
index_columns(bool meta)
{
    static const char *names[COLUMN_COUNT + 2];

    memcpy(names, column_names, sizeof column_names);
    names[COLUMN_COUNT] = meta ? "meta" : NULL;
    return names;
}

static int
keep_text(void *buf, const void *data, size_t len)
{
    return buf_add(buf, data, len) ? 0 : 1;
}

int
index_find_text(struct index_text *t, const struct archive *a,
                const struct sheaf_article *article)
{
    enum readable_kind kind = readable_kind(article);
    struct sheaf_error err = { 0 };
    int rc;

    t->body.len = 0;
    if (kind == READABLE_NOT || article->parts[0].size > TEXT_MAX) {
        t->textless++;
        return EXIT_DONE;
    }
    if (readable_is_found(article)) {
        int code = readable_find(&t->readable, a, article);

        if (code != EXIT_DONE)
            t->code = code;
        else if (!buf_add(&t->body, t->readable.text.data,
                          t->readable.text.len))
            return say_no_memory();
        return EXIT_DONE;
    }
    rc = sheaf_read_part(a->reader, a->scratch, article, 0, keep_text,
                         &t->body, &err);
    if (rc == SHEAF_ESTOPPED)
        return say_no_memory();
    return rc == SHEAF_OK ? EXIT_DONE : archive_failed(a, rc, &err);
}

int
index_row(struct index_text *t, const struct archive *a,
          const struct sheaf_article *article, struct exporter *e, bool meta)
{
    int code = index_find_text(t, a, article);

    if (code != EXIT_DONE)
        return code;
    if (!columns_fill(&t->columns, article))
        return say_no_memory();
    exporter_row(e);
    for (size_t i = 0; i < COLUMN_COUNT; i++)
        exporter_value(e, buf_view(&t->columns.values[i]));
    if (meta)
        exporter_value(e, article->meta);
    exporter_value(e, buf_view(&t->body));
    return EXIT_DONE;
}

static void
send_number(struct exporter *e, uint64_t v)
{
    char text[24];

    snprintf(text, sizeof text, "%llu", (unsigned long long)v);
    exporter_value(e, sheaf_str(text));
}

void
index_state(const struct archive *a, uint64_t lost, struct exporter *e)
{
    uint8_t root[SHEAF_HASH_BYTES];
    char hex[2 * SHEAF_HASH_BYTES];
    struct sheaf_error err = { 0 };

    /* Without its root, the index is of no archive. */
    if (sheaf_root_at(a->reader, a->scratch, archive_leaves(a), root, &err) !=
        SHEAF_OK)
        memset(root, 0, sizeof root);
    hex_print(root, sizeof root, hex);
    exporter_state(e);
    exporter_value(e, a->info.origin);
    send_number(e, archive_leaves(a));
    send_number(e, a->info.generation);
    exporter_value(e, sheaf_view(hex, sizeof hex));
    send_number(e, a->info.redactions);
    send_number(e, lost);
}

void
index_text_end(struct index_text *t)
{
    readable_end(&t->readable);
    columns_end(&t->columns);
    sheaf_buf_free(&t->body);
}

/* ---- What is there ------------------------------------------------------- */

/* The values of the table sheaf, as sheaf-export gives them. */
enum {
    STATE_ORIGIN,
    STATE_SIZE,
    STATE_GENERATION,
    STATE_ROOT,
    STATE_REDACTIONS,
    STATE_LOST,
    STATE_ARTICLES,
    STATE_COUNT
};
#define ANSWER_MAX 8192

const char *
index_name(enum index_found found)
{
    static const char *const names[] = { "none",    "fresh",    "behind",
                                         "partial", "replaced", "foreign",
                                         "damaged" };

    return names[found];
}

/* A file, and not what a reader would wait for. */
static bool
open_file(struct index *ix, const char *path)
{
    struct stat st;

    ix->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (ix->fd < 0) {
        ix->fd = 0;
        ix->found = errno == ENOENT ? INDEX_NONE : INDEX_FOREIGN;
        return false;
    }
    ix->found = INDEX_FOREIGN;
    if (fstat(ix->fd, &st) != 0 || !S_ISREG(st.st_mode))
        return false;
    ix->bytes = (uint64_t)st.st_size;
    return true;
}

int
index_give(struct index *ix, int *fd)
{
    *fd = ix->far != NULL ? far_index_input(ix->far) : ix->fd;
    if (*fd >= 0)
        return EXIT_DONE;
    say("%s: %s", EXPORTER, strerror(errno));
    return EXIT_FAILED;
}

void
index_gave(struct index *ix, int fd)
{
    if (ix->far != NULL && fd >= 0)
        close(fd);
}

/* Asks sheaf-export; *status is its exit status. */
static int
ask_state(struct index *ix, struct sheaf_buf *answer, int *status)
{
    char names[COLUMN_COUNT][16];
    char *argv[COLUMN_COUNT + 3] = { NULL };
    static char state[] = "state";
    ssize_t n = 1;
    int fds[2], in, code;
    pid_t child = 0;

    argv[1] = state;
    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        snprintf(names[i], sizeof names[i], "%s", column_names[i]);
        argv[i + 2] = names[i];
    }
    if (!buf_reserve(answer, ANSWER_MAX))
        return say_no_memory();
    if (pipe2(fds, O_CLOEXEC) != 0) {
        say("%s: %s", EXPORTER, strerror(errno));
        return EXIT_FAILED;
    }
    code = index_give(ix, &in);
    if (code == EXIT_DONE)
        code = exporter_start(argv, in, fds[1], &child);
    index_gave(ix, in);
    close(fds[1]);
    while (code == EXIT_DONE && n != 0 && answer->len < ANSWER_MAX) {
        if (ix->far != NULL)
            far_index_answer(ix->far, fds[0]);
        n = read(fds[0], answer->data + answer->len, ANSWER_MAX - answer->len);
        if (n < 0 && errno != EINTR)
            break;
        answer->len += n > 0 ? (size_t)n : 0;
    }
    close(fds[0]);
    *status = child_wait(&child);
    *status = WIFEXITED(*status) ? WEXITSTATUS(*status) : EXIT_FAILED;
    return code;
}

static bool
parse_state(struct sheaf_bytes answer, struct sheaf_bytes values[STATE_COUNT])
{
    for (size_t i = 0; i < STATE_COUNT; i++) {
        size_t len;

        if (answer.len < 2)
            return false;
        len = (size_t)get_be(answer.data, 2);
        if (len > answer.len - 2)
            return false;
        values[i] = sheaf_view(answer.data + 2, len);
        answer = sheaf_view(answer.data + 2 + len, answer.len - 2 - len);
    }
    return answer.len == 0;
}

static bool
take_number(struct sheaf_bytes text, uint64_t *out)
{
    char copy[24];

    if (text.len >= sizeof copy)
        return false;
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    return parse_number(copy, 0, UINT64_MAX, out);
}

/* An archive without a redacted article has another index: the words of that
 * one must not stay. */
static enum index_found
compare(struct index *ix, const struct archive *a,
        const struct sheaf_bytes v[STATE_COUNT])
{
    uint8_t root[SHEAF_HASH_BYTES];
    char hex[2 * SHEAF_HASH_BYTES];
    struct sheaf_error err = { 0 };
    uint64_t redactions;

    if (!take_number(v[STATE_SIZE], &ix->size) ||
        !take_number(v[STATE_REDACTIONS], &redactions) ||
        !take_number(v[STATE_LOST], &ix->lost) ||
        !take_number(v[STATE_ARTICLES], &ix->articles))
        return INDEX_FOREIGN;
    if (!bytes_equal(v[STATE_ORIGIN], a->info.origin) ||
        redactions != a->info.redactions || ix->size > a->info.size ||
        sheaf_root_at(a->reader, a->scratch, ix->size, root, &err) != SHEAF_OK)
        return INDEX_REPLACED;
    hex_print(root, sizeof root, hex);
    if (!bytes_equal(v[STATE_ROOT], sheaf_view(hex, sizeof hex)))
        return INDEX_REPLACED;
    if (ix->lost != 0)
        return ix->size >= archive_leaves(a) ? INDEX_PARTIAL : INDEX_REPLACED;
    return ix->size >= archive_leaves(a) ? INDEX_FRESH : INDEX_BEHIND;
}

static int
open_near(struct index *ix, const struct archive *a, bool *there)
{
    if (!buf_format(&ix->path, "%s.db", a->name) || !buf_end(&ix->path))
        return say_no_memory();
    *there = open_file(ix, buf_str(&ix->path));
    return EXIT_DONE;
}

static int
open_far(struct index *ix, const struct archive *a, bool *there)
{
    int code = far_index_open(&ix->far, a->name, &ix->path);

    *there = ix->far != NULL;
    if (*there)
        ix->bytes = far_index_size(ix->far);
    return code;
}

int
index_look(struct index *ix, const struct archive *a)
{
    struct sheaf_bytes values[STATE_COUNT];
    struct sheaf_buf answer = { 0 };
    int code, status = EXIT_FAILED;

    bool there = false;

    index_close(ix);
    code = archive_is_far(a) ? open_far(ix, a, &there)
                             : open_near(ix, a, &there);
    if (code != EXIT_DONE || !there)
        return code;
    code = ask_state(ix, &answer, &status);
    if (interrupted())
        code = say_interrupted();
    if (code == EXIT_DONE && ix->far != NULL && far_index_say_failed(ix->far))
        code = EXIT_FAILED;
    else if (code == EXIT_DONE && status == EXIT_DONE &&
        parse_state(buf_view(&answer), values))
        ix->found = compare(ix, a, values);
    else if (code == EXIT_DONE)
        ix->found = status == EXPORTER_OTHER ? INDEX_FOREIGN : INDEX_DAMAGED;
    sheaf_buf_free(&answer);
    return code;
}

void
index_close(struct index *ix)
{
    if (ix->fd > 0)
        close(ix->fd);
    far_index_close(ix->far);
    sheaf_buf_free(&ix->path);
    *ix = (struct index){ .found = INDEX_NONE };
}

/* ---- Making it ----------------------------------------------------------- */

struct making {
    struct archive *archive;
    struct index_text *text;
    struct exporter exporter;
    struct out out;
    struct browse browse;
    struct progress progress;
};

static int
take_article(void *arg, const struct browse_item *item)
{
    struct making *m = arg;
    int code = index_row(m->text, m->archive, item->article, &m->exporter,
                         false);

    /* What fails there is said when all is finished. */
    m->browse.enough = m->out.sys != 0 || m->exporter.to.sys != 0;
    return code;
}

static void
passed(void *arg, uint64_t leaves)
{
    struct making *m = arg;

    if (progress_due(&m->progress))
        progress_part(&m->progress, leaves, m->archive->info.size, "articles",
                      "");
}

/* Nobody may read it who may not read the archive. */
static int
create(struct making *m, const char *path)
{
    int code = out_create(&m->out, path, SHEAF_REPLACE);
    int sys = code == EXIT_DONE
                  ? sink_rights_of(&m->out.sink, m->archive->name)
                  : 0;

    if (sys != 0) {
        say("%s: %s", path, strerror(sys));
        out_drop(&m->out);
        code = EXIT_FAILED;
    }
    return code;
}

static int
send_articles(struct making *m, const struct index *ix, bool old)
{
    struct browse *b = &m->browse;
    int code = old ? exporter_old(&m->exporter, ix->fd, ix->bytes) : EXIT_DONE;

    b->archive = m->archive;
    b->arg = m;
    b->take = take_article;
    b->passed = passed;
    b->with_articles = true;
    b->first_leaf = old ? ix->size : 0;
    if (code == EXIT_DONE)
        code = browse_run(b);
    progress_clear(&m->progress);
    if (code == EXIT_DONE)
        index_state(m->archive, b->lost.leaves, &m->exporter);
    return code;
}

/* Removes the index beside the archive that has this name now, if it is of
 * another one. */
static int
drop_replaced(const char *path, bool *dropped)
{
    struct failure unsaid = { 0 };
    struct index ix = { .fd = 0 };
    struct archive a;
    int code = archive_open_noting(&a, path, NULL, &unsaid);

    /* What is no archive, or a damaged one, is not of this run. */
    if (code == EXIT_DONE)
        code = index_look(&ix, &a);
    else
        code = EXIT_DONE;
    *dropped = ix.found == INDEX_REPLACED && unlink(buf_str(&ix.path)) == 0;
    if (*dropped) {
        say("%s: removed: it is of another archive, and may have words of "
            "what is gone; 'sheaf index %s' makes it anew",
            buf_str(&ix.path), path);
    } else if (ix.found == INDEX_REPLACED) {
        say("%s: %s: remove it: it is of another archive, and may have words "
            "of what is gone",
            buf_str(&ix.path), strerror(errno));
        code = EXIT_FAILED;
    }
    index_close(&ix);
    archive_close(&a);
    return code;
}

static int
finish(struct making *m, const struct index *ix)
{
    const char *path = buf_str(&ix->path);
    int code = exporter_end(&m->exporter, true);
    bool dropped = false;
    int lost;

    if (m->exporter.status == EXPORTER_OTHER ||
        m->exporter.status == EXPORTER_DAMAGED) {
        say("%s: damaged; 'sheaf index -f %s' makes it anew", path,
            m->archive->name);
        return EXIT_CORRUPT;
    }
    if (code == EXIT_DONE)
        code = out_finish(&m->out, path);
    /* The archive may have been replaced while it was read, as by redact. */
    if (code == EXIT_DONE && !archive_is_unchanged(m->archive))
        code = drop_replaced(m->archive->name, &dropped);
    if (code != EXIT_DONE || dropped)
        return code != EXIT_DONE ? code : EXIT_FAILED;
    lost = browse_code(&m->browse);
    return lost != EXIT_DONE ? lost : m->text->code;
}

int
index_make(struct index *ix, struct archive *a, bool anew, bool quiet,
           struct index_text *t)
{
    char *operand[] = { (char *)(uintptr_t)a->name, NULL };
    struct args none = { .operand = operand, .count = 1 };
    struct selection all;
    struct making m = { .archive = a, .text = t };
    bool old = ix->found == INDEX_BEHIND && !anew;
    static const struct command command = { .name = "index" };
    int code;

    none.command = &command;
    code = select_parse(&all, &none);
    m.browse.selection = &all;
    if (code == EXIT_DONE)
        code = create(&m, buf_str(&ix->path));
    if (code != EXIT_DONE)
        return code;
    progress_start(&m.progress, quiet);
    code = exporter_begin(&m.exporter, "sqlite", old ? "--old" : NULL,
                          index_columns(false), &m.out);
    if (code == EXIT_DONE)
        code = send_articles(&m, ix, old);
    code = code == EXIT_DONE ? finish(&m, ix) : code;
    (void)exporter_end(&m.exporter, false);
    out_drop(&m.out);
    browse_end(&m.browse);
    if (code == EXIT_DONE || code == EXIT_CORRUPT)
        code = worse(code, index_look(ix, a));
    return code;
}

/* ---- Removing it --------------------------------------------------------- */

int
index_drop_replaced(void)
{
    struct sheaf_buf name = { 0 };
    bool dropped;
    int code = EXIT_DONE;

    for (const char *path = sink_opened(NULL); path != NULL;
         path = sink_opened(path)) {
        int one = EXIT_DONE;

        name.len = 0;
        if (!buf_format(&name, "%s.db", path) || !buf_end(&name))
            one = say_no_memory();
        else if (access(buf_str(&name), F_OK) == 0)
            one = drop_replaced(path, &dropped);
        if (code == EXIT_DONE)
            code = one;
    }
    sheaf_buf_free(&name);
    return code;
}
