/*
 * cmd_cosign.c - a witness of somebody else's log.
 *
 * A witness states when it has seen a checkpoint, and that the checkpoint's
 * tree extends the one before. Both ways, with the archive and with a request
 * of C2SP's tlog-witness, check a consistency proof from the checkpoint that
 * this key cosigned last, which log.h remembers.
 */
#include <time.h>
#include <unistd.h>

#include "base/number.h"
#include "cli/keyfile.h"
#include "cli/log.h"
#include "cli/notes.h"
#include "cli/outfile.h"

struct cosigner {
    const struct args *args;
    struct sheaf_public_key log_key;
    struct sheaf_secret_key secret;
    const char *name;
    uint64_t time; /* s since 1970 */
    struct log log;
    struct sheaf_checkpoint old; /* the checkpoint cosigned last; size 0:
                                    none */
    char origin[256];
};

/* ---- What was cosigned last ---------------------------------------------- */

/* The root of no leaves: SHA-256 of nothing. */
static const uint8_t empty_root[SHEAF_HASH_BYTES] = {
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
    0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
    0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55
};

/* Looks up the log and locks it, so that no other process can cosign between
 * the check and the moment when the result is remembered. */
static int
look_up(struct cosigner *c, struct sheaf_bytes origin)
{
    struct sheaf_public_key pub = public_key_of(&c->secret);
    int code;

    assert(origin.len < sizeof c->origin);
    memcpy(c->origin, origin.data, origin.len);
    c->origin[origin.len] = '\0';
    code = log_open(&c->log, origin, &pub, NULL);
    c->old.origin = sheaf_str(c->origin);
    c->old.size = c->log.known ? c->log.size : 0;
    memcpy(c->old.root, c->log.known ? c->log.root : empty_root,
           sizeof c->old.root);
    return code;
}

/* Checks the request, remembers its checkpoint, and only then signs. */
static int
cosign(struct cosigner *c, const char *path, struct sheaf_bytes request,
       struct sheaf_buf *line)
{
    struct sheaf_bytes note = note_below(request);
    struct sheaf_error err = { 0 };
    struct sheaf_checkpoint newer;
    int code;
    int rc;

    rc = sheaf_check_consistency(request, &c->old, &c->log_key,
                                 &newer, &err);
    if (rc != SHEAF_OK)
        return say_failed(path, rc, &err);
    /* Make the line first, since that can fail; print it after it is
     * remembered. */
    rc = sheaf_cosign(note, &c->secret, c->name, c->time, line, &err);
    if (rc == SHEAF_EINVAL)
        return say_usage("cosign", "cosign: %s", err.message);
    if (rc != SHEAF_OK)
        return say_failed(path, rc, &err);
    code = log_keep(&c->log, note);
    if (code != EXIT_DONE)
        line->len = 0;
    return code;
}

/* ---- With the archive at hand -------------------------------------------- */

static int
refuse(const struct cosigner *c, const struct archive *a, const char *what)
{
    say("%s: key %016llX has cosigned %llu leaves of %s, and %s [F9.9]",
        a->path, (unsigned long long)key_number(c->secret.id),
        (unsigned long long)c->old.size, c->origin, what);
    return EXIT_NOT_AUTHENTIC;
}

static int
cosign_opened(struct cosigner *c, const struct archive *a,
              struct sheaf_buf *note)
{
    struct sheaf_buf request = { 0 }, line = { 0 };
    struct sheaf_error err = { 0 };
    unsigned added = 0;
    int code = look_up(c, a->info.origin);
    int rc;

    if (code == EXIT_DONE) {
        rc = sheaf_extends(a->reader, a->scratch, &c->old,
                           a->info.signed_size, &err);
        if (rc == SHEAF_OK)
            rc = sheaf_prove_consistency(a->reader, a->scratch, &c->old,
                                         &request, &err);
        if (rc == SHEAF_EROLLBACK)
            code = refuse(c, a, "this checkpoint has fewer");
        else if (rc == SHEAF_EFORK)
            code = refuse(c, a, "this archive does not begin with them");
        else if (rc != SHEAF_OK)
            code = archive_failed(a, rc, &err);
    }
    if (code == EXIT_DONE)
        code = cosign(c, a->path, buf_view(&request), &line);
    if (code == EXIT_DONE) {
        rc = sheaf_note_add(a->info.note, buf_view(&line),
                            &added, note, &err);
        if (rc != SHEAF_OK)
            code = archive_failed(a, rc, &err);
    }
    if (added == 0) /* it has cosigned this before */
        note->len = 0;
    sheaf_buf_free(&request);
    sheaf_buf_free(&line);
    return code;
}

static int
report(const struct cosigner *c, const struct archive *a, bool added)
{
    bool json = args_has(c->args, OPT_JSON);
    struct sheaf_checkpoint seen;
    struct out o;
    int code = checkpoint_of(a, &seen);

    if (code != EXIT_DONE || (args_has(c->args, OPT_QUIET) && !json))
        return code;
    out_start(&o, json ? STDOUT_FILENO : STDERR_FILENO);
    if (json) {
        checkpoint_json(&o, &seen);
        out_str(&o, ",\"name\":");
        out_json(&o, sheaf_str(c->name));
        out_json_bool(&o, "added", added);
        out_str(&o, "}\n");
        return out_finish(&o, NULL);
    }
    out_format(&o, "%s: %llu leaves of %s as ", added ? "cosigned"
                                                      : "cosigned before",
               (unsigned long long)a->info.signed_size, c->origin);
    out_visible(&o, sheaf_str(c->name));
    out_str(&o, "\n");
    return out_finish(&o, NULL);
}

/* Stops at the key that cosigns. */
static int
is_own(void *arg, const struct sheaf_public_key *key)
{
    const struct cosigner *c = arg;
    struct sheaf_public_key pub = public_key_of(&c->secret);

    return memcmp(pub.key, key->key, sizeof pub.key) == 0;
}

/* A key that the log had before is not somebody else's. */
static int
refuse_own(struct cosigner *c, const struct archive *a)
{
    struct sheaf_error err = { 0 };
    int rc = sheaf_list_keys(a->reader, a->scratch, is_own, c, &err);

    if (rc == SHEAF_ESTOPPED)
        return say_usage("cosign", "cosign: the cosigner's key is one of the "
                         "log's");
    return rc == SHEAF_OK ? EXIT_DONE : archive_failed(a, rc, &err);
}

static int
cosign_archive(struct cosigner *c, const char *path)
{
    struct sheaf_buf note = { 0 };
    struct archive a;
    int code;

    archive_allow_tail();
    code = archive_open(&a, path, &c->log_key);
    if (code == EXIT_DONE)
        code = refuse_own(c, &a);
    /* The given key, or the one that follows from it (F9.10). */
    if (code == EXIT_DONE)
        c->log_key = a.info.signer;
    if (code == EXIT_DONE)
        code = cosign_opened(c, &a, &note);
    if (code == EXIT_DONE)
        code = note_commit(&a, buf_view(&note));
    if (code == EXIT_DONE)
        code = report(c, &a, note.len != 0);
    archive_close(&a);
    sheaf_buf_free(&note);
    return code;
}

/* ---- As a witness -------------------------------------------------------- */

/* Reads the size in the first line and the note's origin.
 * sheaf_check_consistency checks the rest. */
static bool
parse_request(const struct sheaf_buf *request, uint64_t *old,
              struct sheaf_checkpoint *newer)
{
    struct sheaf_bytes note = note_below(buf_view(request));
    struct sheaf_bytes rest = buf_view(request);
    struct sheaf_bytes line = bytes_until(&rest, '\n');

    return bytes_is(bytes_until(&line, ' '), "old") &&
           number_parse(line, INT64_MAX, old) &&
           sheaf_checkpoint_parse(note, newer, NULL) == SHEAF_OK;
}

static int
cosign_request(struct cosigner *c, const char *path)
{
    struct sheaf_buf line = { 0 };
    struct sheaf_checkpoint newer;
    struct sheaf_buf request = { 0 };
    uint64_t old;
    int code = note_file_read(path, &request);

    if (code == EXIT_DONE && !parse_request(&request, &old, &newer)) {
        say("%s: not a request for a cosignature [F15.8]", path);
        code = EXIT_CORRUPT;
    }
    if (code == EXIT_DONE)
        code = look_up(c, newer.origin);
    /* In HTTP, the answer to this is 409 and this size. */
    if (code == EXIT_DONE && old != c->old.size) {
        say("%s: the request extends %llu leaves, but key %016llX has "
            "cosigned %llu of %s",
            path, (unsigned long long)old,
            (unsigned long long)key_number(c->secret.id),
            (unsigned long long)c->old.size, c->origin);
        code = EXIT_FAILED;
    }
    if (code == EXIT_DONE)
        code = cosign(c, path, buf_view(&request), &line);
    if (code == EXIT_DONE)
        code = note_print(c->args, &newer, "line", buf_view(&line));
    sheaf_buf_free(&line);
    sheaf_buf_free(&request);
    return code;
}

/* ---- The command --------------------------------------------------------- */

/* --time, or the clock. SOURCE_DATE_EPOCH does not count: the time is when the
 * checkpoint was seen, not a claimed one. */
static int
take_time(struct cosigner *c)
{
    const char *given = c->args->value[OPT_TIME];
    int64_t ms;

    if (given == NULL) {
        c->time = (uint64_t)time(NULL);
        return EXIT_DONE;
    }
    if (!parse_time(given, &ms) || ms < 1000)
        return say_usage("cosign", "cosign: --time: '%s' is neither an RFC "
                         "3339 time nor @SECONDS above 0", given);
    c->time = (uint64_t)ms / 1000;
    return EXIT_DONE;
}

int
cmd_cosign(const struct args *args)
{
    struct cosigner c = { .args = args };
    const char *request = args->value[OPT_REQUEST];
    bool have;
    int code;

    if ((request != NULL) == (args->count == 1))
        return say_usage("cosign", "cosign: needs an ARCHIVE or --request");
    if (request == NULL && args_has(args, OPT_OUTPUT))
        return say_usage("cosign", "cosign: -o goes with --request");
    if (!args_has(args, OPT_SECRET) || !args_has(args, OPT_NAME))
        return say_usage("cosign", "cosign: needs -s SEC and --name NAME");
    c.name = args->value[OPT_NAME];
    code = public_key_option(args, &c.log_key, &have);
    if (code == EXIT_DONE && !have)
        code = say_usage("cosign", "cosign: needs the log's key, with -p PUB "
                         "or -P KEY");
    if (code == EXIT_DONE)
        code = take_time(&c);
    if (code == EXIT_DONE)
        code = secret_key_load(args->value[OPT_SECRET], &c.secret);
    if (code == EXIT_DONE)
        code = request != NULL ? cosign_request(&c, request)
                               : cosign_archive(&c, args->operand[0]);
    log_close(&c.log);
    sheaf_secret_key_wipe(&c.secret);
    return code;
}
