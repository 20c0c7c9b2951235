/*
 * pins.c - what a reader remembers of the logs that he has verified.
 *
 * The file:
 *
 *     sheaf pins 1
 *
 *     pin news.example.org/archive RWQ...
 *     | news.example.org/archive
 *     | 10423
 *     | the root
 *     |
 *     | the signature
 *
 * Each pin is an origin, the given public key, and the note. Empty lines and
 * lines that begin with # are kept.
 */
#include "cli/pins.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "cli/out.h"
#include "cli/statedir.h"

#define PINS_FILE_MAX ((size_t)16 << 20)
#define PIECE 16384
#define HEADER "sheaf pins 1\n"
#define CLAUSE "F9.9"

struct pins {
    struct sheaf_buf path;
    struct sheaf_buf file; /* "" if there is none yet */
    bool given;       /* with --pins */
    int lock;         /* the folder's descriptor, or -1 */
};

/* ---- The file ------------------------------------------------------------ */

static struct sheaf_bytes
next_line(struct sheaf_bytes *rest)
{
    const uint8_t *end = memchr(rest->data, '\n', rest->len);
    size_t len = end != NULL ? (size_t)(end - rest->data) : rest->len;
    struct sheaf_bytes line = sheaf_view(rest->data, len);

    len += end != NULL;
    *rest = sheaf_view(rest->data + len, rest->len - len);
    return line;
}

static int
say_malformed(const struct pins *p, const char *what)
{
    say("%s: not a file of pins: %s", p->path.data, what);
    return EXIT_FAILED;
}

/* Reads the file; one that does not exist is empty. To save a system call,
 * this relies on reads that return whole pieces up to the end. */
static int
load(struct pins *p)
{
    int fd = open(buf_str(&p->path), O_RDONLY | O_CLOEXEC | O_NOCTTY);
    ssize_t n = PIECE;
    int code = EXIT_DONE;

    p->file.len = 0;
    if (fd < 0 && errno == ENOENT)
        return EXIT_DONE;
    while (fd >= 0 && n == PIECE) {
        size_t len = p->file.len;

        if (len > PINS_FILE_MAX || !buf_resize(&p->file, len + PIECE)) {
            code = len > PINS_FILE_MAX ? say_malformed(p, "it is too long")
                                       : say_no_memory();
            break;
        }
        n = read(fd, p->file.data + len, PIECE);
        p->file.len = len + (n > 0 ? (size_t)n : 0);
    }
    if (fd < 0 || n < 0) {
        say("%s: %s", p->path.data, strerror(errno));
        code = EXIT_FAILED;
    }
    if (fd >= 0)
        close(fd);
    if (code != EXIT_DONE || p->file.len == 0)
        return code;
    if (p->file.len < sizeof HEADER - 1 ||
        memcmp(p->file.data, HEADER, sizeof HEADER - 1) != 0)
        return say_malformed(p, "its first line is wrong");
    return EXIT_DONE;
}

/* A pin, and its place in the file. */
struct entry {
    struct sheaf_bytes origin;
    struct sheaf_bytes key;
    struct sheaf_buf note;
    size_t start;
    size_t end;
};

/* The next pin after `e`, which starts as { 0 }. *have is false at the end. */
static int
next_entry(const struct pins *p, struct entry *e, bool *have)
{
    size_t at = e->end > sizeof HEADER - 1 ? e->end : sizeof HEADER - 1;
    struct sheaf_bytes rest, line;
    const uint8_t *space;

    *have = false;
    if (at >= p->file.len)
        return EXIT_DONE;
    rest = sheaf_view(p->file.data + at, p->file.len - at);
    do {
        if (rest.len == 0)
            return EXIT_DONE;
        e->start = p->file.len - rest.len;
        line = next_line(&rest);
    } while (line.len == 0 || line.data[0] == '#');
    space = line.len > 4 ? memchr(line.data + 4, ' ', line.len - 4) : NULL;
    if (space == NULL || memcmp(line.data, "pin ", 4) != 0)
        return say_malformed(p, "a line does not belong to a pin");
    e->origin = sheaf_view(line.data + 4, (size_t)(space - line.data) - 4);
    e->key = sheaf_view(space + 1, (size_t)(line.data + line.len - space) - 1);
    e->note.len = 0;
    if (!take_quoted(&rest, &e->note))
        return say_no_memory();
    e->end = p->file.len - rest.len;
    *have = true;
    return EXIT_DONE;
}

static bool
same(struct sheaf_bytes a, struct sheaf_bytes b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static int
find_entry(const struct pins *p, struct sheaf_bytes origin,
           struct sheaf_bytes key, struct entry *e, bool *have)
{
    int code;

    memset(e, 0, sizeof *e);
    do
        code = next_entry(p, e, have);
    while (code == EXIT_DONE && *have &&
           (!same(e->origin, origin) || !same(e->key, key)));
    return code;
}

/* ---- Where it is --------------------------------------------------------- */

static int
pins_open(struct pins *p, const struct args *args, bool *have)
{
    const char *given = args->value[OPT_PINS];

    memset(p, 0, sizeof *p);
    p->lock = -1;
    *have = false;
    if (args_has(args, OPT_NO_PINS))
        return EXIT_DONE;
    p->given = given != NULL;
    if (given != NULL ? !buf_add_str(&p->path, given) || !buf_end(&p->path)
                      : !state_folder(&p->path) ||
                            !buf_add_str(&p->path, "/pins") ||
                            !buf_end(&p->path))
        return EXIT_DONE;
    *have = true;
    return EXIT_DONE;
}

/* The length of the path of the folder that holds the file; 0: the current
 * one. */
static size_t
folder_length(const struct pins *p)
{
    size_t len = p->path.len;

    while (len > 0 && p->path.data[len - 1] != '/')
        len--;
    return len;
}

/* Locks the folder, so that no other process replaces the file. */
static int
lock(struct pins *p)
{
    size_t len = folder_length(p);
    struct sheaf_buf folder = { 0 };
    int code = EXIT_DONE;

    if (!buf_add(&folder, p->path.data, len > 1 ? len - 1 : len) ||
        (len == 0 && !buf_add_str(&folder, ".")) || !buf_end(&folder))
        code = say_no_memory();
    if (code == EXIT_DONE && !p->given)
        code = make_folders(&folder);
    if (code == EXIT_DONE) {
        p->lock = open(buf_str(&folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (p->lock < 0 || flock(p->lock, LOCK_EX) != 0) {
            say("%s: %s", folder.data, strerror(errno));
            code = EXIT_FAILED;
        }
    }
    sheaf_buf_free(&folder);
    return code;
}

static void
pins_close(struct pins *p)
{
    if (p->lock >= 0)
        close(p->lock);
    sheaf_buf_free(&p->path);
    sheaf_buf_free(&p->file);
}

/* Replaces the bytes [start, end) of the file with `text`. */
static int
replace(const struct pins *p, size_t start, size_t end,
        const struct sheaf_buf *text)
{
    struct out o;
    int code = out_create(&o, buf_str(&p->path), true);

    if (code != EXIT_DONE)
        return code;
    if (p->file.len == 0)
        out_str(&o, HEADER);
    out_bytes(&o, p->file.data, start);
    out_bytes(&o, text->data, text->len);
    out_bytes(&o, p->file.data + end, p->file.len - end);
    code = out_finish(&o, buf_str(&p->path));
    out_drop(&o);
    return code;
}

/* ---- Evidence ------------------------------------------------------------ */

static int
keep_evidence(const struct pins *p, const char *kind, const struct entry *e,
              const struct archive *a, const struct sheaf_checkpoint *seen,
              struct sheaf_buf *path)
{
    struct sheaf_bytes was = buf_view(&e->note);
    struct sheaf_buf body = { 0 };
    uint64_t hash;
    struct out o;
    int code = EXIT_DONE;

    path->len = 0;
    if (!buf_format(&body, "sheaf evidence 1\n%s\norigin %.*s\nkey %.*s\n"
                     "seen before:\n", kind, (int)e->origin.len,
                     (const char *)e->origin.data, (int)e->key.len,
                     (const char *)e->key.data) ||
        !add_quoted(&body, was) || !buf_add_str(&body, "in the archive:\n") ||
        !add_quoted(&body, a->info.note)) {
        sheaf_buf_free(&body);
        return say_no_memory();
    }
    hash = name_hash(body.data, body.len);
    if (!buf_add(path, p->path.data, folder_length(p)) ||
        !buf_format(path, "%s-", kind) ||
        !add_origin_name(path, (const char *)e->origin.data, e->origin.len) ||
        !buf_format(path, "-%llu-%llu-%08llx.txt",
                     (unsigned long long)seen->size,
                     (unsigned long long)a->info.signed_size,
                     (unsigned long long)(hash & 0xFFFFFFFF)) ||
        !buf_end(path))
        code = say_no_memory();
    /* The same two checkpoints are kept once. */
    if (code == EXIT_DONE && access(buf_str(path), F_OK) != 0) {
        code = out_create(&o, buf_str(path), false);
        if (code == EXIT_DONE) {
            out_bytes(&o, body.data, body.len);
            code = out_finish(&o, buf_str(path));
            out_drop(&o);
        }
    }
    if (code != EXIT_DONE)
        path->len = 0;
    sheaf_buf_free(&body);
    return code;
}

static int
alarm_of(const struct pins *p, const struct entry *e, const struct archive *a,
         const struct sheaf_checkpoint *seen, struct pin *pin)
{
    bool back = pin->state == PIN_ROLLBACK;
    struct sheaf_error err = { .code = SHEAF_EVERIFY, .offset = UINT64_MAX };

    memcpy(err.clause, CLAUSE, sizeof CLAUSE);
    if (back)
        snprintf(err.message, sizeof err.message, "rollback: a checkpoint of "
                 "%llu leaves was seen before, and this one has %llu",
                 (unsigned long long)seen->size,
                 (unsigned long long)a->info.signed_size);
    else
        snprintf(err.message, sizeof err.message, "fork: the %llu leaves that "
                 "were seen before are not the beginning of these %llu",
                 (unsigned long long)seen->size,
                 (unsigned long long)a->info.signed_size);
    (void)archive_failed(a, SHEAF_EVERIFY, &err);
    /* A failure to keep it does not change the result. */
    if (keep_evidence(p, back ? "rollback" : "fork", e, a, seen,
                      &pin->evidence) == EXIT_DONE)
        say("both checkpoints are kept in %s", pin->evidence.data);
    return EXIT_NOT_AUTHENTIC;
}

/* ---- Comparing ----------------------------------------------------------- */

static int
compare(const struct pins *p, const struct entry *e, const struct archive *a,
        struct pin *pin)
{
    struct sheaf_checkpoint seen, now;
    struct sheaf_error err = { 0 };
    uint8_t root[SHEAF_HASH_BYTES];
    int rc;

    rc = sheaf_checkpoint_parse(buf_view(&e->note), &seen,
                                &err);
    if (rc != SHEAF_OK || !same(seen.origin, e->origin))
        return say_malformed(p, "a pin is not a checkpoint");
    rc = sheaf_checkpoint_parse(a->info.note, &now, &err);
    if (rc != SHEAF_OK)
        return archive_failed(a, rc, &err);
    pin->size = seen.size;
    pin->state = PIN_ROLLBACK;
    if (seen.size > now.size)
        return alarm_of(p, e, a, &seen, pin);
    memcpy(root, now.root, sizeof root);
    if (seen.size < now.size)
        rc = sheaf_root_at(a->reader, a->scratch, seen.size, root, &err);
    if (rc != SHEAF_OK)
        return archive_failed(a, rc, &err);
    pin->state = PIN_FORK;
    if (memcmp(root, seen.root, sizeof root) != 0)
        return alarm_of(p, e, a, &seen, pin);
    pin->state = seen.size < now.size ? PIN_EXTENDED : PIN_SAME;
    return EXIT_DONE;
}

static int
keep_pin(const struct pins *p, const struct entry *e, bool have,
         struct sheaf_bytes key, const struct archive *a)
{
    size_t start = have ? e->start : p->file.len;
    size_t end = have ? e->end : p->file.len;
    struct sheaf_buf text = { 0 };
    int code;

    if (!buf_format(&text, "%spin %.*s %.*s\n", have ? "" : "\n",
                     (int)a->info.origin.len,
                     (const char *)a->info.origin.data, (int)key.len,
                     (const char *)key.data) ||
        !add_quoted(&text, a->info.note)) {
        sheaf_buf_free(&text);
        return say_no_memory();
    }
    code = replace(p, start, end, &text);
    sheaf_buf_free(&text);
    return code;
}

/* The second line of a public key file. */
static int
key_text(const struct sheaf_public_key *key, struct sheaf_buf *file,
         struct sheaf_bytes *out)
{
    struct sheaf_error err = { 0 };
    int rc = sheaf_public_key_format(key, file, &err);

    if (rc != SHEAF_OK)
        return say_failed("the key", rc, &err);
    *out = buf_view(file);
    (void)next_line(out);
    *out = next_line(out);
    return EXIT_DONE;
}

static int
check(struct pins *p, const struct archive *a,
      const struct sheaf_public_key *key, bool keep, struct pin *out)
{
    struct sheaf_buf file = { 0 };
    struct sheaf_bytes text = { 0 };
    struct entry e = { 0 };
    bool have = false;
    int code;

    /* Where the home folder is not writable, comparing still works. */
    if (keep && lock(p) != EXIT_DONE) {
        if (p->given)
            return EXIT_FAILED;
        keep = false;
    }
    code = load(p);
    if (code == EXIT_DONE)
        code = key_text(key, &file, &text);
    if (code == EXIT_DONE)
        code = find_entry(p, a->info.origin, text, &e, &have);
    if (code == EXIT_DONE && have)
        code = compare(p, &e, a, out);
    else if (code == EXIT_DONE)
        out->state = PIN_NEW;
    /* Also if the size is the same: there may be new cosignatures. */
    if (code == EXIT_DONE && keep &&
        !(have && same(buf_view(&e.note), a->info.note)))
        code = keep_pin(p, &e, have, text, a);
    sheaf_buf_free(&e.note);
    sheaf_buf_free(&file);
    return code;
}

int
pins_check(const struct args *args, const struct archive *a,
           const struct sheaf_public_key *key, bool keep, struct pin *out)
{
    struct pins p;
    bool have;
    int code;

    memset(out, 0, sizeof *out);
    if (a->info.note.len == 0)
        return EXIT_DONE;
    code = pins_open(&p, args, &have);
    if (code == EXIT_DONE && have)
        code = check(&p, a, key, keep, out);
    else if (code == EXIT_DONE && keep && !args_has(args, OPT_NO_PINS))
        say("warning: no place to keep pins: neither XDG_STATE_HOME "
            "nor HOME is set");
    pins_close(&p);
    return code;
}

void
pin_free(struct pin *pin)
{
    sheaf_buf_free(&pin->evidence);
}

/* ---- The command --------------------------------------------------------- */

static void
print_entry(struct out *o, const struct entry *e, bool json)
{
    struct sheaf_checkpoint c;

    if (sheaf_checkpoint_parse(buf_view(&e->note), &c,
                               NULL) != SHEAF_OK)
        return;
    if (json) {
        out_str(o, "{\"origin\":");
        out_json(o, e->origin);
        out_str(o, ",\"key\":");
        out_json(o, e->key);
        out_format(o, ",\"size\":%llu,\"root\":\"",
                   (unsigned long long)c.size);
        out_hex(o, c.root, sizeof c.root);
        out_str(o, "\"}\n");
        return;
    }
    out_visible(o, e->origin);
    out_format(o, "\t%llu leaves\t", (unsigned long long)c.size);
    out_visible(o, e->key);
    out_str(o, "\n");
}

static int
list_pins(const struct pins *p, bool json)
{
    struct entry e = { 0 };
    struct out o;
    bool have;
    int code;

    out_start(&o, STDOUT_FILENO);
    while ((code = next_entry(p, &e, &have)) == EXIT_DONE && have)
        print_entry(&o, &e, json);
    if (code == EXIT_DONE)
        code = out_finish(&o, NULL);
    else
        (void)out_flush(&o);
    sheaf_buf_free(&e.note);
    return code;
}

/* The pins of all keys with that origin. */
static int
forget(struct pins *p, const char *origin)
{
    const struct sheaf_buf nothing = { 0 };
    struct entry e = { 0 };
    unsigned count = 0;
    bool have = true;
    int code = lock(p);

    while (code == EXIT_DONE && have) {
        code = load(p);
        memset(&e, 0, sizeof e);
        do
            if (code == EXIT_DONE)
                code = next_entry(p, &e, &have);
        while (code == EXIT_DONE && have &&
               !same(e.origin, sheaf_str(origin)));
        if (code == EXIT_DONE && have) {
            code = replace(p, e.start, e.end, &nothing);
            count++;
        }
        sheaf_buf_free(&e.note);
    }
    if (code == EXIT_DONE && count == 0) {
        say("%s: no pin of %s", p->path.data, origin);
        code = EXIT_NOT_FOUND;
    }
    return code;
}

int
cmd_pins(const struct args *args)
{
    const char *origin = args->value[OPT_FORGET];
    struct pins p;
    bool have;
    int code = pins_open(&p, args, &have);

    if (code == EXIT_DONE && !have) {
        say("pins: neither XDG_STATE_HOME nor HOME is set, nor --pins given");
        code = EXIT_FAILED;
    } else if (code == EXIT_DONE && origin != NULL) {
        code = forget(&p, origin);
    } else if (code == EXIT_DONE) {
        code = load(&p);
        if (code == EXIT_DONE)
            code = list_pins(&p, args_has(args, OPT_JSON));
    }
    pins_close(&p);
    return code;
}
