/*
 * log.c - what a signer remembers of the logs that he has signed.
 *
 * The file, whose name is made of origin and key:
 *
 *     sheaf log 1
 *     origin news.example.org/archive
 *     key 0123456789ABCDEF
 *     size 10423
 *     root 64 hexadecimal digits
 *     | the note, line by line
 *
 * This file is also the lock. A new file replaces it, so a process that gets
 * the lock checks that the locked file is still the one with that name.
 */
#include "cli/log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/archive.h"
#include "cli/statedir.h"

/* A note has at most 64 KiB; each line has two more characters here. */
#define LOG_FILE_MAX ((size_t)256 << 10)

static int
make_path(struct sheaf_buf *path, const char *origin, uint64_t key)
{
    int code;

    if (!state_folder(path)) {
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
        !add_origin_name(path, origin, strlen(origin)) ||
        !buf_format(path, "+%016llX", (unsigned long long)key) ||
        !buf_end(path))
        return say_no_memory();
    return EXIT_DONE;
}

/* ---- The lock ------------------------------------------------------------ */

static bool
is_the_file(int fd, const char *path)
{
    struct stat here, there;

    return fstat(fd, &here) == 0 && stat(path, &there) == 0 &&
           here.st_dev == there.st_dev && here.st_ino == there.st_ino;
}

static int
take_lock(struct log *l)
{
    const char *path = buf_str(&l->path);

    for (;;) {
        struct stat st;
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

        if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) != 0) {
            say("%s: %s", path, fd >= 0 && errno == EWOULDBLOCK
                                    ? "another sheaf is signing this log"
                                    : strerror(errno));
            if (fd >= 0)
                close(fd);
            return EXIT_FAILED;
        }
        if (is_the_file(fd, path)) {
            l->lock = fd;
            l->locked = true;
            l->made = fstat(fd, &st) == 0 && st.st_size == 0;
            return EXIT_DONE;
        }
        close(fd);
    }
}

/* ---- The file ------------------------------------------------------------ */

static bool
parse_root(const char *hex, uint8_t out[SHEAF_HASH_BYTES])
{
    for (size_t i = 0; i < SHEAF_HASH_BYTES; i++) {
        unsigned v;

        if (sscanf(hex + 2 * i, "%2x", &v) != 1)
            return false;
        out[i] = (uint8_t)v;
    }
    return true;
}

static bool
parse(struct log *l, const struct sheaf_buf *file)
{
    char origin[256], root[2 * SHEAF_HASH_BYTES + 1];
    unsigned long long key, size;
    struct sheaf_bytes rest;
    int end = 0;

    if (sscanf(buf_str(file),
               "sheaf log 1 origin %255s key %16llX size %llu root %64s\n%n",
               origin, &key, &size, root, &end) != 4)
        return false;
    l->size = size;
    if (strlen(root) != 2 * SHEAF_HASH_BYTES || !parse_root(root, l->root) ||
        strcmp(origin, l->origin) != 0 || key != l->key)
        return false;
    rest = sheaf_view(file->data + end, file->len - (size_t)end);
    return take_quoted(&rest, &l->note);
}

int
log_open(struct log *l, const char *origin, const uint8_t key_id[8])
{
    struct sheaf_buf file = { 0 };
    int code;

    memset(l, 0, sizeof *l);
    if (strlen(origin) >= sizeof l->origin)
        return say_usage(NULL, "'%.64s...' is no origin", origin);
    memcpy(l->origin, origin, strlen(origin) + 1);
    l->key = key_number(key_id);
    code = make_path(&l->path, l->origin, l->key);
    if (code == EXIT_DONE)
        code = take_lock(l);
    if (code != EXIT_DONE || l->made)
        return code;
    code = read_file(buf_str(&l->path), LOG_FILE_MAX, &file);
    if (code == EXIT_DONE && !buf_end(&file))
        code = say_no_memory();
    if (code == EXIT_DONE && !parse(l, &file)) {
        say("%s: not what sheaf keeps there about this log", l->path.data);
        code = EXIT_FAILED;
    }
    l->known = code == EXIT_DONE;
    sheaf_buf_free(&file);
    return code;
}

static int
refuse(const struct log *l, const struct archive *a, const char *what)
{
    say("%s: key %016llX has signed %llu leaves of log %s, %s; use the newest "
        "copy, or --new-log to sign anyway [F9.9]",
        a->path, (unsigned long long)l->key, (unsigned long long)l->size,
        l->origin, what);
    return EXIT_NOT_AUTHENTIC;
}

int
log_check(const struct log *l, const struct archive *a)
{
    uint8_t root[SHEAF_HASH_BYTES];
    struct sheaf_error err = { 0 };
    char what[80];
    int rc;

    if (!l->known)
        return EXIT_DONE;
    if (a->info.size < l->size) {
        snprintf(what, sizeof what, "and this older copy has %llu",
                 (unsigned long long)a->info.size);
        return refuse(l, a, what);
    }
    rc = sheaf_root_at(a->reader, a->scratch, l->size, root, &err);
    if (rc != SHEAF_OK)
        return archive_failed(a, rc, &err);
    if (memcmp(root, l->root, sizeof root) != 0)
        return refuse(l, a, "and this archive does not begin with them");
    return EXIT_DONE;
}

static int
save(struct log *l, uint64_t size, const uint8_t root[SHEAF_HASH_BYTES],
     struct sheaf_bytes note)
{
    struct sheaf_buf quoted = { 0 };
    struct out o;
    int code;

    if (!add_quoted(&quoted, note))
        return say_no_memory();
    code = out_create(&o, buf_str(&l->path), true);
    if (code == EXIT_DONE) {
        out_format(&o, "sheaf log 1\norigin %s\nkey %016llX\nsize %llu\nroot ",
                   l->origin, (unsigned long long)l->key,
                   (unsigned long long)size);
        out_hex(&o, root, SHEAF_HASH_BYTES);
        out_str(&o, "\n");
        out_bytes(&o, quoted.data, quoted.len);
        code = out_finish(&o, buf_str(&l->path));
        out_drop(&o);
    }
    if (code == EXIT_DONE)
        l->made = false;
    sheaf_buf_free(&quoted);
    return code;
}

int
log_save(struct log *l, uint64_t size, const uint8_t root[SHEAF_HASH_BYTES])
{
    return save(l, size, root, sheaf_view(NULL, 0));
}

int
log_keep(struct log *l, const struct sheaf_written *written,
         const struct sheaf_secret_key *secret)
{
    struct sheaf_buf note = { 0 };
    struct sheaf_error err = { 0 };
    int code;
    int rc = sheaf_checkpoint_sign(written->origin, written->size,
                                   written->root, secret, &note, &err);

    if (rc != SHEAF_OK)
        return say_failed(buf_str(&l->path), rc, &err);
    code = save(l, written->size, written->root,
                buf_view(&note));
    sheaf_buf_free(&note);
    return code;
}

void
log_close(struct log *l)
{
    /* Nothing was signed: remember nothing. */
    if (l->locked && l->made)
        (void)unlink(buf_str(&l->path));
    if (l->locked)
        close(l->lock);
    sheaf_buf_free(&l->path);
    sheaf_buf_free(&l->note);
    memset(l, 0, sizeof *l);
}
