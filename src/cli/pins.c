/*
 * pins.c - what a reader remembers of the logs that he has verified.
 */
#include "cli/pins.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/outfile.h"
#include "cli/statedir.h"

/* ---- Where they are ------------------------------------------------------ */

/* A new file replaces the old one: where a link leads to it, beside it. One
 * that leads nowhere stays, and is refused. */
static bool
follow_link(struct sheaf_buf *path)
{
    struct stat st;
    char *real = lstat(buf_str(path), &st) == 0 && S_ISLNK(st.st_mode)
                     ? realpath(buf_str(path), NULL)
                     : NULL;
    bool good = true;

    if (real != NULL) {
        path->len = 0;
        good = buf_add_str(path, real) && buf_end(path);
    }
    free(real);
    return good;
}

int
pins_find(struct checkpoints *c, const struct args *args, bool *have)
{
    const char *given = args->value[OPT_PINS];
    int code = EXIT_DONE;

    checkpoints_start(c);
    *have = given != NULL && !args_has(args, OPT_NO_PINS);
    if (args_has(args, OPT_NO_PINS))
        return EXIT_DONE;
    if (given == NULL)
        code = state_folder(&c->path, have);
    if (code == EXIT_DONE && *have &&
        (!buf_add_str(&c->path, given != NULL ? given : "/pins") ||
         !buf_end(&c->path) || !follow_link(&c->path)))
        code = say_no_memory();
    return code;
}

/* The folder that the file is in with its slash, "" for the current one. */
static size_t
folder_length(const struct checkpoints *c)
{
    size_t len = c->path.len;

    while (len > 0 && c->path.data[len - 1] != '/')
        len--;
    return len;
}

/* A folder of its own for pins is made, but none that was named. *ready: they
 * can be kept. Where a home can't be written to, comparing is still of use. */
static int
prepare(struct checkpoints *c, bool given, bool *ready)
{
    struct sheaf_buf folder = { 0 };
    int code = EXIT_DONE;

    if (!given && (!buf_add(&folder, c->path.data, folder_length(c) - 1) ||
                   !buf_end(&folder)))
        code = say_no_memory();
    *ready = code == EXIT_DONE &&
             (given || make_folders(&folder) == EXIT_DONE) &&
             checkpoints_lock(c, NULL) == EXIT_DONE;
    sheaf_buf_free(&folder);
    return given && !*ready ? EXIT_FAILED : code;
}

/* ---- Evidence ------------------------------------------------------------ */

static int
keep_evidence(const struct checkpoints *c, const char *kind,
              const struct kept *k, const struct archive *a,
              struct sheaf_buf *path)
{
    struct sheaf_buf body = { 0 };
    int code = EXIT_DONE;

    path->len = 0;
    if (!buf_format(&body,
                    "sheaf evidence 1\n%s\norigin %.*s\nkey %.*s\n"
                    "seen before:\n",
                    kind, (int)k->origin.len, (const char *)k->origin.data,
                    (int)k->keys.len, (const char *)k->keys.data) ||
        !add_quoted(&body, buf_view(&k->note)) ||
        !buf_add_str(&body, "in the archive:\n") ||
        !add_quoted(&body, a->info.note) ||
        !buf_add(path, c->path.data, folder_length(c)) ||
        !buf_format(path, "%s-", kind) ||
        !add_origin_name(path, (const char *)k->origin.data, k->origin.len) ||
        !buf_format(path, "-%llu-%llu-%08llx.txt",
                    (unsigned long long)k->checkpoint.size,
                    (unsigned long long)a->info.signed_size,
                    (unsigned long long)(name_hash(body.data, body.len) &
                                         0xFFFFFFFF)) ||
        !buf_end(path))
        code = say_no_memory();
    if (code == EXIT_DONE)
        /* The same two notes are kept only once. */
        code = access(buf_str(path), F_OK) == 0
                   ? EXIT_DONE
                   : out_file(buf_str(path), false, buf_view(&body));
    if (code != EXIT_DONE)
        path->len = 0;
    sheaf_buf_free(&body);
    return code;
}

/* ---- Comparing ----------------------------------------------------------- */

/* The top names the key changes, and nobody has signed the top: who has a key
 * that was replaced could go on with it, and hide that. */
static int
check_keys(const struct kept *k, const struct log_id *id,
           struct sheaf_error *err)
{
    if (!checkpoints_lack_key(k, id))
        return SHEAF_OK;
    err->code = SHEAF_EFORK;
    err->offset = UINT64_MAX;
    snprintf(err->clause, sizeof err->clause, "F9.10");
    snprintf(err->message, sizeof err->message,
             "it hides a key change that was seen before");
    return SHEAF_EFORK;
}

static int
compare(const struct checkpoints *c, const struct log_id *id,
        const struct kept *k, const struct archive *a,
        const struct sheaf_public_key *key, struct pin *pin)
{
    struct sheaf_error err = { 0 };
    int rc = sheaf_extends(a->reader, a->scratch, &k->checkpoint,
                           a->info.signed_size, &err);
    int code;

    if (rc == SHEAF_OK)
        rc = check_keys(k, id, &err);
    /* Nobody is accused because the pin was moved while the archive was read,
     * by who verified what has replaced it. */
    if (rc == SHEAF_EROLLBACK &&
        archive_is_replaced(a, key, k->checkpoint.size)) {
        say("%s: a newer one has replaced it while it was read: try again",
            a->path);
        return EXIT_FAILED;
    }
    pin->size = k->checkpoint.size;
    pin->state = rc == SHEAF_EROLLBACK                      ? PIN_ROLLBACK
                 : rc == SHEAF_EFORK                        ? PIN_FORK
                 : k->checkpoint.size < a->info.signed_size ? PIN_EXTENDED
                                                            : PIN_SAME;
    if (rc == SHEAF_OK)
        return EXIT_DONE;
    code = archive_failed(a, rc, &err);
    if (pin->state == PIN_ROLLBACK)
        say("%s: a newer archive of this log was verified before: ask for it; "
            "--no-pins takes this one as it is",
            a->path);
    /* That it can't be kept does not make it any better. */
    if (pin->state >= PIN_ROLLBACK &&
        keep_evidence(c, pin->state == PIN_FORK ? "fork" : "rollback", k, a,
                      &pin->evidence) == EXIT_DONE)
        say("both checkpoints are kept in %s", buf_str(&pin->evidence));
    return code;
}

/* All that is kept of the log: there is more than one if it was not known
 * before that their keys are of one chain. */
static int
compare_all(const struct checkpoints *c, const struct log_id *id,
            const struct archive *a, const struct sheaf_public_key *key,
            struct pin *pin)
{
    struct kept k = { .start = 0 };
    bool have = true;
    int code = EXIT_DONE;

    while (code == EXIT_DONE) {
        code = checkpoints_next(c, id, &k, &have);
        if (code != EXIT_DONE || !have)
            break;
        code = compare(c, id, &k, a, key, pin);
    }
    sheaf_buf_free(&k.note);
    return code;
}

int
pins_check(const struct args *args, const struct archive *a,
           const struct sheaf_public_key *key, bool keep, struct pin *out)
{
    bool given = args_has(args, OPT_PINS), wanted = keep;
    struct checkpoints c;
    struct log_id id = { .origin = a->info.origin };
    bool have;
    int code;

    memset(out, 0, sizeof *out);
    code = pins_find(&c, args, &have);
    if (code == EXIT_DONE && !have && keep && !args_has(args, OPT_NO_PINS))
        say("warning: no place to keep pins: neither XDG_STATE_HOME nor HOME "
            "is set");
    if (code == EXIT_DONE && have) {
        if (keep)
            code = prepare(&c, given, &keep);
        if (code == EXIT_DONE)
            code = checkpoints_load(&c);
        out->state = PIN_NEW;
        /* Where nothing is kept, the log's keys need not be found out. */
        if (code == EXIT_DONE && (keep || c.file.len != 0))
            code = log_id_of(&id, a, key);
        if (code == EXIT_DONE && c.file.len != 0)
            code = compare_all(&c, &id, a, key, out);
        /* Also of the same size: there may be new cosignatures. */
        if (code == EXIT_DONE && keep)
            code = checkpoints_put(&c, &id, a->info.note);
    }
    out->lost = wanted && !keep && !args_has(args, OPT_NO_PINS);
    if (code == EXIT_DONE && out->lost)
        say("%s: warning: no pin was kept: if an older state comes later, it "
            "will not be noticed",
            a->path);
    log_id_free(&id);
    checkpoints_close(&c);
    return code;
}

void
pin_free(struct pin *pin)
{
    sheaf_buf_free(&pin->evidence);
}
