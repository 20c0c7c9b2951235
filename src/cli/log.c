/*
 * log.c - what a signer remembers of the logs that he has signed.
 *
 * Each origin has one file (seen_checkpoints.c), which also serves as the lock.
 * Earlier versions had a file for each origin and key number. Such a file is
 * still read, and is removed when a checkpoint is kept:
 *
 *     sheaf log 1
 *     origin news.example.org/archive
 *     key 0123456789ABCDEF
 *     size 10423
 *     root 64 hexadecimal digits
 *     | the note, line by line
 */
#include "cli/log.h"

#include <stdio.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/number.h"
#include "cli/outfile.h"
#include "cli/statedir.h"

/* A note has at most 64 KiB; each line has two more characters here. */
#define LOG_FILE_MAX ((size_t)256 << 10)
/* More than a note without cosignatures takes. */
#define NOTE_ROOM ((size_t)2048)

static int
make_path(struct log *l)
{
    struct sheaf_buf *path = &l->kept.path;
    bool have;
    int code = state_folder(path, &have);

    if (code != EXIT_DONE)
        return code;
    if (!have) {
        say("no place to remember what was signed: neither XDG_STATE_HOME nor "
            "HOME is set");
        return EXIT_FAILED;
    }
    if (!buf_add_str(path, "/logs"))
        return say_no_memory();
    code = make_folders(path);
    if (code != EXIT_DONE)
        return code;
    if (!buf_add_str(path, "/") ||
        !add_origin_name(path, l->origin, strlen(l->origin)) ||
        !buf_end(path))
        return say_no_memory();
    return EXIT_DONE;
}

/* ---- What was signed ----------------------------------------------------- */

static void
set(struct log *l, uint64_t size, const uint8_t root[SHEAF_HASH_BYTES])
{
    if (l->known && size <= l->size)
        return;
    l->known = true;
    l->size = size;
    memcpy(l->root, root, sizeof l->root);
}

/* The value on a line "name value"; "" if it is another line. */
static struct sheaf_bytes
take_value(struct sheaf_bytes *rest, const char *name)
{
    struct sheaf_bytes line = bytes_until(rest, '\n');
    size_t len = strlen(name);

    if (line.len < len || memcmp(line.data, name, len) != 0)
        return sheaf_view(line.data, 0);
    return sheaf_view(line.data + len, line.len - len);
}

/* Reads a file of an earlier version. */
static bool
parse_old(struct log *l, struct sheaf_bytes file)
{
    uint8_t root[SHEAF_HASH_BYTES];
    char key[17];
    uint64_t size;

    snprintf(key, sizeof key, "%016llX", (unsigned long long)l->key);
    if (!bytes_is(take_value(&file, "sheaf log "), "1") ||
        !bytes_is(take_value(&file, "origin "), l->origin) ||
        !bytes_is(take_value(&file, "key "), key) ||
        !number_parse(take_value(&file, "size "), INT64_MAX, &size) ||
        !hex_parse(take_value(&file, "root "), root, sizeof root))
        return false;
    set(l, size, root);
    return true;
}

static int
load_old(struct log *l)
{
    struct sheaf_buf file = { 0 };
    const char *path;
    int code;

    if (!buf_format(&l->old_path, "%s+%016llX", buf_str(&l->kept.path),
                    (unsigned long long)l->key) ||
        !buf_end(&l->old_path))
        return say_no_memory();
    path = buf_str(&l->old_path);
    if (access(path, F_OK) != 0) {
        l->old_path.len = 0;
        return EXIT_DONE;
    }
    code = read_file(path, LOG_FILE_MAX, &file);
    if (code == EXIT_DONE && !parse_old(l, buf_view(&file))) {
        say("%s: not what sheaf keeps there about this log", path);
        code = EXIT_FAILED;
    }
    sheaf_buf_free(&file);
    return code;
}

/* Finds the newest checkpoint that is kept. */
static int
load(struct log *l)
{
    struct kept k = { .start = 0 };
    bool have = true;
    int code = EXIT_DONE;

    while (code == EXIT_DONE) {
        code = checkpoints_next(&l->kept, &l->id, &k, &have);
        if (code != EXIT_DONE || !have)
            break;
        set(l, k.checkpoint.size, k.checkpoint.root);
    }
    sheaf_buf_free(&k.note);
    return code;
}

int
log_open(struct log *l, struct sheaf_bytes origin,
         const struct sheaf_public_key *key, const struct archive *archive)
{
    int code;

    memset(l, 0, sizeof *l);
    checkpoints_start(&l->kept);
    if (origin.len >= sizeof l->origin)
        return say_usage(NULL, "'%.64s...' is no origin",
                         (const char *)origin.data);
    memcpy(l->origin, origin.data, origin.len);
    l->key = key_number(key->id);
    code = archive != NULL ? log_id_of(&l->id, archive, key)
                           : log_id_make(&l->id, origin, key);
    l->id.origin = sheaf_str(l->origin);
    if (code == EXIT_DONE)
        code = make_path(l);
    if (code == EXIT_DONE)
        code = checkpoints_lock(&l->kept,
                                "another sheaf is signing this log");
    if (code == EXIT_DONE)
        code = checkpoints_load(&l->kept);
    if (code == EXIT_DONE)
        code = load_old(l);
    return code == EXIT_DONE ? load(l) : code;
}

/* ---- Going on from it ---------------------------------------------------- */

int
log_check(const struct log *l, const struct archive *a, const char *anyway)
{
    struct sheaf_checkpoint signed_last = { .size = l->size };
    struct sheaf_error err = { 0 };
    char what[80] = "and this archive does not begin with them";
    int rc;

    if (!l->known)
        return EXIT_DONE;
    memcpy(signed_last.root, l->root, sizeof signed_last.root);
    rc = sheaf_extends(a->reader, a->scratch, &signed_last, a->info.size,
                       &err);
    if (rc == SHEAF_OK)
        return EXIT_DONE;
    /* Another process has signed more of it while it was looked at. */
    if (rc == SHEAF_EROLLBACK && archive_is_replaced(a, NULL, l->size)) {
        say("%s: it changed while it was looked at; try again", a->path);
        return EXIT_FAILED;
    }
    if (rc == SHEAF_EROLLBACK)
        snprintf(what, sizeof what, "and this older copy has %llu",
                 (unsigned long long)a->info.size);
    else if (rc != SHEAF_EFORK)
        return archive_failed(a, rc, &err);
    say("%s: key %016llX has signed %llu leaves of log %s, %s; use the newest "
        "copy, or %s to sign anyway [%s]",
        a->path, (unsigned long long)l->key, (unsigned long long)l->size,
        l->origin, what, anyway, err.clause);
    return exit_code(rc);
}

int
log_add_key(struct log *l, const struct sheaf_public_key *key,
            const struct archive *archive)
{
    struct log other = *l;
    int code;

    /* The log that this key had on its own, if any. */
    other.old_path = (struct sheaf_buf){ NULL, 0, 0 };
    other.key = key_number(key->id);
    other.known = false;
    code = log_id_make(&other.id, l->id.origin, key);
    if (code == EXIT_DONE)
        code = load_old(&other);
    if (code == EXIT_DONE)
        code = load(&other);
    if (code == EXIT_DONE && archive != NULL)
        code = log_check(&other, archive, "--new-log");
    log_id_free(&other.id);
    sheaf_buf_free(&other.old_path);
    return code == EXIT_DONE ? log_id_add(&l->id, key) : code;
}

/* ---- Keeping it ---------------------------------------------------------- */

/* A file that is as long as what is kept will be. No origin has a plus, so it
 * is not the file of another one. */
int
log_reserve(struct log *l)
{
    struct sheaf_buf zeros = { 0 };
    int code = EXIT_DONE;

    if (!buf_format(&l->room, "%s+room", buf_str(&l->kept.path)) ||
        !buf_end(&l->room) ||
        !buf_resize(&zeros, l->kept.file.len + NOTE_ROOM))
        code = say_no_memory();
    if (code == EXIT_DONE) {
        memset(zeros.data, 0, zeros.len);
        code = out_file(buf_str(&l->room), SHEAF_REPLACE, buf_view(&zeros));
    }
    if (code != EXIT_DONE && l->room.len != 0)
        say("nothing is signed, because that could not be remembered");
    sheaf_buf_free(&zeros);
    return code;
}

static void
give_room(struct log *l)
{
    if (l->room.len != 0)
        (void)unlink(buf_str(&l->room));
    l->room.len = 0;
}

int
log_keep(struct log *l, struct sheaf_bytes note)
{
    int code;

    give_room(l);
    code = checkpoints_put(&l->kept, &l->id, note);
    if (code == EXIT_DONE && l->old_path.len != 0)
        (void)unlink(buf_str(&l->old_path));
    return code;
}

int
log_keep_written(struct log *l, const struct sheaf_written *written,
                 const struct sheaf_secret_key *secret)
{
    struct sheaf_buf note = { 0 };
    struct sheaf_error err = { 0 };
    int code;
    int rc = sheaf_checkpoint_sign(written->origin, written->size,
                                   written->root, secret, &note, &err);

    if (rc != SHEAF_OK)
        return say_failed(buf_str(&l->kept.path), rc, &err);
    code = log_keep(l, buf_view(&note));
    sheaf_buf_free(&note);
    if (code != EXIT_DONE)
        say("the archive was written and signed; only the note of that could "
            "not be kept: once it can be, append or sign once more");
    return code;
}

void
log_close(struct log *l)
{
    give_room(l);
    /* A log of zeros is not open: its descriptor 0 is not the log's. */
    if (l->kept.path.data != NULL)
        checkpoints_close(&l->kept);
    log_id_free(&l->id);
    sheaf_buf_free(&l->old_path);
    sheaf_buf_free(&l->room);
    memset(l, 0, sizeof *l);
}
