/*
 * seen_checkpoints.c - the newest checkpoints of logs, remembered in a file.
 *
 * The file:
 *
 *     sheaf pins 1
 *
 *     pin news.example.org/archive RWQ... RWQ...
 *     | news.example.org/archive
 *     | 10423
 *     | the root
 *     |
 *     | the signature
 *     sum 0123456789abcdef
 *
 * An entry has the origin of a log, its known keys, the note, and the FNV-1a
 * of its lines before: a key that was damaged would be that of another log.
 * An entry without a sum is taken as it is. Empty lines and lines that begin
 * with # are kept.
 */
#include "cli/seen_checkpoints.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/outfile.h"

#define FILE_BYTES_MAX ((size_t)16 << 20)
#define PIECE 16384
#define HEADER "sheaf pins 1\n"
#define HEADER_BYTES (sizeof HEADER - 1)

/* ---- Which log ----------------------------------------------------------- */

static bool
has_key(const struct log_id *id, const struct sheaf_public_key *key)
{
    struct sheaf_public_key own;

    for (size_t at = 0; at < id->keys.len; at += sizeof own) {
        memcpy(&own, id->keys.data + at, sizeof own);
        if (memcmp(own.key, key->key, sizeof own.key) == 0)
            return true;
    }
    return false;
}

int
log_id_add(struct log_id *id, const struct sheaf_public_key *key)
{
    if (!has_key(id, key) && !buf_add(&id->keys, key, sizeof *key))
        return say_no_memory();
    return EXIT_DONE;
}

int
log_id_make(struct log_id *id, struct sheaf_bytes origin,
            const struct sheaf_public_key *key)
{
    memset(id, 0, sizeof *id);
    id->origin = origin;
    return log_id_add(id, key);
}

static int
take_key(void *arg, const struct sheaf_public_key *key)
{
    return log_id_add(arg, key);
}

int
log_id_of(struct log_id *id, const struct archive *a,
          const struct sheaf_public_key *key)
{
    struct log_id chain = { .origin = a->info.origin };
    struct sheaf_error err = { 0 };
    int code = log_id_make(id, a->info.origin, key);
    int rc = SHEAF_OK;

    if (code == EXIT_DONE)
        rc = sheaf_list_keys(a->reader, a->scratch, take_key, &chain, &err);
    if (rc == SHEAF_ESTOPPED)
        code = EXIT_FAILED; /* log_id_add has said why */
    else if (rc != SHEAF_OK)
        code = archive_failed(a, rc, &err);
    /* A chain of key changes without this key says nothing about it. */
    if (code == EXIT_DONE && has_key(&chain, key)) {
        code = log_id_add(&chain, key);
        log_id_free(id);
        *id = chain;
        return code;
    }
    log_id_free(&chain);
    return code;
}

void
log_id_free(struct log_id *id)
{
    sheaf_buf_free(&id->keys);
}

/* ---- Lines --------------------------------------------------------------- */

static struct sheaf_bytes
skip(struct sheaf_bytes b, size_t len)
{
    return sheaf_view(b.data + len, b.len - len);
}

bool
add_quoted(struct sheaf_buf *t, struct sheaf_bytes lines)
{
    while (lines.len != 0) {
        struct sheaf_bytes line = bytes_until(&lines, '\n');

        if (!buf_add_str(t, line.len != 0 ? "| " : "|") ||
            !buf_add(t, line.data, line.len) || !buf_add_str(t, "\n"))
            return false;
    }
    return true;
}

/* Takes the quoted lines at the start of `rest`, and appends them unquoted. */
static bool
take_quoted(struct sheaf_bytes *rest, struct sheaf_buf *lines)
{
    while (rest->len != 0 && rest->data[0] == '|') {
        struct sheaf_bytes line = skip(bytes_until(rest, '\n'), 1);

        if (line.len != 0 && line.data[0] == ' ')
            line = skip(line, 1);
        if (!buf_add(lines, line.data, line.len) || !buf_add_str(lines, "\n"))
            return false;
    }
    return true;
}

#define SUM_SIZE 17

static void
sum_text(char out[SUM_SIZE], struct sheaf_bytes entry)
{
    snprintf(out, SUM_SIZE, "%016llx",
             (unsigned long long)name_hash(entry.data, entry.len));
}

/* ---- The file ------------------------------------------------------------ */

void
checkpoints_start(struct checkpoints *c)
{
    memset(c, 0, sizeof *c);
    c->lock = -1;
}

void
checkpoints_close(struct checkpoints *c)
{
    /* Nothing was done, so nothing is remembered. */
    if (c->lock >= 0 && c->made)
        (void)unlink(buf_str(&c->path));
    if (c->lock >= 0)
        close(c->lock);
    sheaf_buf_free(&c->path);
    sheaf_buf_free(&c->file);
    checkpoints_start(c);
}

static int
say_errno(const struct checkpoints *c)
{
    say("%s: %s", buf_str(&c->path), strerror(errno));
    return EXIT_FAILED;
}

/* A new file replaces the old one, so a process that gets the lock checks
 * that the locked file is still the one with that name. */
int
checkpoints_lock(struct checkpoints *c, const char *busy)
{
    const char *path = buf_str(&c->path);
    int how = LOCK_EX | (busy != NULL ? LOCK_NB : 0);

    for (;;) {
        struct stat here, there;
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        bool busy_now;

        if (fd < 0)
            return say_errno(c);
        if (flock(fd, how) != 0) {
            busy_now = busy != NULL && errno == EWOULDBLOCK;
            if (!busy_now)
                (void)say_errno(c);
            else
                say("%s: %s", path, busy);
            close(fd);
            return EXIT_FAILED;
        }
        if (fstat(fd, &here) == 0 && !S_ISREG(here.st_mode)) {
            say("%s: not a regular file", path);
            close(fd);
            return EXIT_FAILED;
        }
        if (fstat(fd, &here) == 0 && stat(path, &there) == 0 &&
            here.st_dev == there.st_dev && here.st_ino == there.st_ino) {
            c->lock = fd;
            c->made = here.st_size == 0;
            return EXIT_DONE;
        }
        close(fd);
    }
}

static int
say_malformed(const struct checkpoints *c, const char *what)
{
    say("%s: not a file of pins: %s", buf_str(&c->path), what);
    return EXIT_FAILED;
}

/* To save a system call, this relies on reads that return whole pieces up
 * to the end of the file. */
int
checkpoints_load(struct checkpoints *c)
{
    int fd = open(buf_str(&c->path),
                  O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    ssize_t n = PIECE;
    struct stat st;
    int code = EXIT_DONE;

    c->file.len = 0;
    if (fd < 0 && errno == ENOENT)
        return EXIT_DONE;
    while (fd >= 0 && n == PIECE) {
        size_t len = c->file.len;

        if (len > FILE_BYTES_MAX || !buf_resize(&c->file, len + PIECE)) {
            code = len > FILE_BYTES_MAX ? say_malformed(c, "it is too long")
                                        : say_no_memory();
            break;
        }
        n = read(fd, c->file.data + len, PIECE);
        c->file.len = len + (n > 0 ? (size_t)n : 0);
    }
    if (fd < 0 || n < 0) {
        code = say_errno(c);
    } else if (c->file.len == 0 && fstat(fd, &st) == 0 &&
               !S_ISREG(st.st_mode)) {
        /* Nobody writes to this pipe. */
        say("%s: not a regular file", buf_str(&c->path));
        code = EXIT_FAILED;
    }
    if (fd >= 0)
        close(fd);
    if (code != EXIT_DONE || c->file.len == 0)
        return code;
    if (c->file.len < HEADER_BYTES ||
        memcmp(c->file.data, HEADER, HEADER_BYTES) != 0)
        return say_malformed(c, "its first line is wrong");
    return EXIT_DONE;
}

/* Replaces the file. */
static int
store(struct checkpoints *c, const struct sheaf_buf *file)
{
    int code = out_file(buf_str(&c->path), SHEAF_REPLACE_LOCKED,
                        buf_view(file));

    if (code == EXIT_DONE)
        c->made = false;
    return code;
}

/* ---- What is in it ------------------------------------------------------- */

/* Whether a key in the line is one of the log's keys. */
static bool
shares_key(struct sheaf_bytes keys, const struct log_id *id)
{
    struct sheaf_public_key key;

    while (keys.len != 0)
        if (sheaf_public_key_parse(bytes_until(&keys, ' '), &key, NULL) ==
                SHEAF_OK &&
            has_key(id, &key))
            return true;
    return false;
}

bool
checkpoints_lack_key(const struct kept *k, const struct log_id *id)
{
    struct sheaf_bytes keys = k->keys;
    struct sheaf_public_key key;

    while (keys.len != 0)
        if (sheaf_public_key_parse(bytes_until(&keys, ' '), &key, NULL) ==
                SHEAF_OK &&
            !has_key(id, &key))
            return true;
    return false;
}

static bool
are_keys(struct sheaf_bytes text)
{
    struct sheaf_public_key key;
    bool good = text.len != 0;

    while (good && text.len != 0)
        good = sheaf_public_key_parse(bytes_until(&text, ' '), &key, NULL) ==
               SHEAF_OK;
    return good;
}

/* Takes the line with the sum of `entry` at the start of `rest`, if there is
 * one. False: it is another sum. */
static bool
take_sum(struct sheaf_bytes *rest, struct sheaf_bytes entry)
{
    struct sheaf_bytes after = *rest, line = bytes_until(&after, '\n');
    char wanted[SUM_SIZE];

    if (!bytes_is(bytes_until(&line, ' '), "sum"))
        return true;
    *rest = after;
    sum_text(wanted, entry);
    return bytes_is(line, wanted);
}

static int
next_kept(const struct checkpoints *c, struct kept *k, bool *have)
{
    size_t at = k->end > HEADER_BYTES ? k->end : HEADER_BYTES;
    struct sheaf_bytes rest, line, entry;

    *have = false;
    if (at >= c->file.len)
        return EXIT_DONE;
    rest = skip(buf_view(&c->file), at);
    do {
        if (rest.len == 0)
            return EXIT_DONE;
        k->start = c->file.len - rest.len;
        line = bytes_until(&rest, '\n');
    } while (line.len == 0 || line.data[0] == '#');
    if (!bytes_is(bytes_until(&line, ' '), "pin"))
        return say_malformed(c, "a line does not belong to a pin");
    k->origin = bytes_until(&line, ' ');
    k->keys = line;
    k->note.len = 0;
    if (!take_quoted(&rest, &k->note))
        return say_no_memory();
    entry = sheaf_view(c->file.data + k->start,
                       c->file.len - rest.len - k->start);
    if (!take_sum(&rest, entry))
        return say_malformed(c, "a pin has another sum: it was damaged, or "
                                "changed and its line 'sum' not deleted");
    k->end = c->file.len - rest.len;
    if (!are_keys(k->keys) ||
        sheaf_checkpoint_parse(buf_view(&k->note), &k->checkpoint, NULL) !=
            SHEAF_OK ||
        !bytes_equal(k->checkpoint.origin, k->origin))
        return say_malformed(c, "a pin is not a checkpoint");
    *have = true;
    return EXIT_DONE;
}

int
checkpoints_next(const struct checkpoints *c, const struct log_id *id,
                 struct kept *k, bool *have)
{
    int code;

    do
        code = next_kept(c, k, have);
    while (code == EXIT_DONE && *have && id != NULL &&
           !(bytes_equal(k->origin, id->origin) && shares_key(k->keys, id)));
    return code;
}

/* Appends a key as in the second line of its file. */
static bool
add_key(struct sheaf_buf *t, const struct sheaf_public_key *key)
{
    struct sheaf_buf file = { 0 };
    struct sheaf_bytes rest, text;
    bool good = sheaf_public_key_format(key, &file, NULL) == SHEAF_OK;

    if (good) {
        rest = buf_view(&file);
        (void)bytes_until(&rest, '\n');
        text = bytes_until(&rest, '\n');
        good = buf_add_str(t, " ") && buf_add(t, text.data, text.len);
    }
    sheaf_buf_free(&file);
    return good;
}

/* Appends the keys of a line, and those of the log that it does not have. */
static bool
add_keys(struct sheaf_buf *t, struct sheaf_bytes keys,
         const struct log_id *id)
{
    struct log_id known = { .origin = id->origin };
    struct sheaf_public_key key;
    bool good = true;

    while (good && keys.len != 0) {
        struct sheaf_bytes text = bytes_until(&keys, ' ');

        good = buf_add_str(t, " ") && buf_add(t, text.data, text.len) &&
               (sheaf_public_key_parse(text, &key, NULL) != SHEAF_OK ||
                log_id_add(&known, &key) == EXIT_DONE);
    }
    for (size_t at = 0; good && at < id->keys.len; at += sizeof key) {
        memcpy(&key, id->keys.data + at, sizeof key);
        good = has_key(&known, &key) || add_key(t, &key);
    }
    log_id_free(&known);
    return good;
}

static bool
add_new(struct sheaf_buf *t, const struct log_id *id, struct sheaf_bytes keys,
        struct sheaf_bytes note)
{
    size_t start = t->len;
    char sum[SUM_SIZE];

    if (!buf_add_str(t, "pin ") ||
        !buf_add(t, id->origin.data, id->origin.len) ||
        !add_keys(t, keys, id) || !buf_add_str(t, "\n") ||
        !add_quoted(t, note))
        return false;
    sum_text(sum, sheaf_view(t->data + start, t->len - start));
    return buf_format(t, "sum %s\n", sum);
}

int
checkpoints_put(struct checkpoints *c, const struct log_id *id,
                struct sheaf_bytes note)
{
    struct sheaf_buf text = { 0 };
    struct kept k = { .start = 0 };
    size_t done = 0;
    bool have = true, put = false, good = true;
    int code = EXIT_DONE;

    while (good && (code = checkpoints_next(c, id, &k, &have)) == EXIT_DONE &&
           have) {
        good = buf_add(&text, c->file.data + done, k.start - done) &&
               (put || add_new(&text, id, k.keys, note));
        done = k.end;
        put = true;
    }
    good = good && buf_add(&text, c->file.data + done, c->file.len - done);
    if (good && !put)
        good = (text.len != 0 || buf_add_str(&text, HEADER)) &&
               buf_add_str(&text, "\n") &&
               add_new(&text, id, sheaf_view(NULL, 0), note);
    if (!good)
        code = say_no_memory();
    if (code == EXIT_DONE && !bytes_equal(buf_view(&text), buf_view(&c->file)))
        code = store(c, &text);
    sheaf_buf_free(&text);
    sheaf_buf_free(&k.note);
    return code;
}

int
checkpoints_forget(struct checkpoints *c, struct sheaf_bytes origin,
                   unsigned *count)
{
    struct sheaf_buf text = { 0 };
    struct kept k = { .start = 0 };
    size_t done = 0;
    bool have = true, good = true;
    int code = EXIT_DONE;

    *count = 0;
    while (good &&
           (code = checkpoints_next(c, NULL, &k, &have)) == EXIT_DONE && have) {
        if (!bytes_equal(k.origin, origin))
            continue;
        good = buf_add(&text, c->file.data + done, k.start - done);
        done = k.end;
        ++*count;
    }
    if (!good || !buf_add(&text, c->file.data + done, c->file.len - done))
        code = say_no_memory();
    if (code == EXIT_DONE && *count != 0)
        code = store(c, &text);
    sheaf_buf_free(&text);
    sheaf_buf_free(&k.note);
    return code;
}
