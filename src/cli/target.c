/*
 * target.c - files for articles, in one folder and never out of it.
 */
#include "cli/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hex.h"
#include "base/json.h"
#include "cli/util.h"

#define COMPONENT_MAX 255
/* Where a name made of an ID is cut, so that a hash fits after it. */
#define MADE_NAME_MAX 220
#define PATH_LENGTH_MAX 4000

/* ---- Names --------------------------------------------------------------- */

static bool
is_safe_component(const uint8_t *p, size_t len)
{
    if (len == 0 || len > COMPONENT_MAX)
        return false;
    if (p[0] == '.' && (len == 1 || (len == 2 && p[1] == '.')))
        return false;
    for (size_t i = 0; i < len; i++)
        if (p[i] < 0x20 || p[i] == 0x7F)
            return false;
    return true;
}

bool
target_is_safe(struct sheaf_bytes path)
{
    const uint8_t *p = path.data;
    size_t left = path.len;

    if (left > PATH_LENGTH_MAX)
        return false;
    for (;;) {
        const uint8_t *slash = left != 0 ? memchr(p, '/', left) : NULL;
        size_t len = slash != NULL ? (size_t)(slash - p) : left;

        if (!is_safe_component(p, len))
            return false;
        if (slash == NULL)
            return true;
        p = slash + 1;
        left -= len + 1;
    }
}

static bool
is_plain(uint8_t c)
{
    return c >= 0x80 ||
           (c > 0x20 && c != 0x7F && strchr("/%\\:*?\"<>|", c) == NULL);
}

/* Ends a name with a hash that makes it unique, after cutting it between two
 * characters if it is too long. */
static bool
add_hash(const struct sheaf_article *article, size_t start,
         struct sheaf_buf *path)
{
    char hash[1 + 16] = "%";

    if (path->len - start > MADE_NAME_MAX) {
        path->len = start + MADE_NAME_MAX;
        while (((uint8_t)path->data[path->len] & 0xC0) == 0x80)
            path->len--;
    }
    hex_print(article->leaf_hash, 8, hash + 1);
    return buf_add(path, hash, sizeof hash);
}

/* Text as one name, with special characters as %2F. */
static bool
add_name(struct sheaf_bytes text, struct sheaf_buf *path)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        bool good = is_plain(c) && !(c == '.' && i == 0)
                        ? buf_add(path, &c, 1)
                        : buf_format(path, "%%%02X", (unsigned)c);

        if (!good)
            return false;
    }
    return true;
}

/* ".html" and the like, or "". */
static const char *
extension_of(struct sheaf_bytes type)
{
    static const struct {
        const char *type, *extension;
    } known[] = {
        { "text/plain", ".txt" },       { "text/html", ".html" },
        { "text/markdown", ".md" },     { "application/xhtml+xml", ".xhtml" },
        { "application/json", ".json" }, { "application/xml", ".xml" },
        { "text/xml", ".xml" },         { "text/csv", ".csv" },
        { "application/pdf", ".pdf" },  { "image/jpeg", ".jpg" },
        { "image/png", ".png" },        { "image/gif", ".gif" },
        { "image/webp", ".webp" },      { "image/svg+xml", ".svg" },
        { "message/rfc822", ".eml" },
    };

    type = bytes_until(&type, ';');
    for (size_t i = 0; i < COUNT_OF(known); i++)
        if (type.len == strlen(known[i].type) &&
            strncasecmp((const char *)type.data, known[i].type, type.len) == 0)
            return known[i].extension;
    return "";
}

static bool
ends_with(const struct sheaf_buf *path, const char *end)
{
    size_t len = strlen(end);

    return path->len >= len &&
           memcmp(path->data + path->len - len, end, len) == 0;
}

/* The ID as folders and a name. A slash that follows another is a part of the
 * next name; a name after the last slash is "index" if there is none. */
static bool
make_path(const struct sheaf_article *article, struct sheaf_buf *path)
{
    const char *extension = extension_of(article->parts[0].type);
    struct sheaf_bytes rest = article->id;
    const uint8_t *end = rest.data + rest.len;
    const uint8_t *colon = memmem(rest.data, rest.len, "://", 3);
    size_t start;

    if (colon != NULL && colon + 3 < end &&
        memchr(rest.data, '/', (size_t)(colon - rest.data)) == NULL)
        rest = sheaf_view(colon + 3, (size_t)(end - colon - 3));
    for (;;) {
        struct sheaf_bytes name = rest;
        size_t len = 0;

        while (len < rest.len && rest.data[len] == '/')
            len++;
        while (len < rest.len && rest.data[len] != '/')
            len++;
        name.len = len;
        rest = sheaf_view(rest.data + len, rest.len - len);
        start = path->len;
        if (!(name.len != 0 ? add_name(name, path)
                            : buf_add_str(path, "index")) ||
            (path->len - start > MADE_NAME_MAX &&
             !add_hash(article, start, path)))
            return false;
        if (rest.len == 0)
            break;
        rest = sheaf_view(rest.data + 1, rest.len - 1);
        if (!buf_add_str(path, "/"))
            return false;
    }
    return ends_with(path, extension) || buf_add_str(path, extension);
}

bool
target_path(const struct sheaf_article *article, struct sheaf_buf *path,
            bool *made)
{
    struct sheaf_bytes source = { NULL, 0 };
    struct sheaf_bytes line, record, member;
    size_t start = path->len;
    bool named;

    (void)json_member(article->meta, "source", &source);
    *made = json_member(source, "line", &line);
    if (*made)
        return make_path(article, path);
    /* A member with several records is no name for one of them. */
    named = !json_member(source, "record", &record) &&
            json_member_inside(source, "member", &member);
    if (named ? !json_unescape(member, path)
              : !buf_add(path, article->id.data, article->id.len))
        return false;
    if (target_is_safe(sheaf_view(path->data + start, path->len - start)))
        return true;
    path->len = start;
    *made = true;
    return make_path(article, path);
}

bool
target_other_path(const struct sheaf_article *article, struct sheaf_buf *path)
{
    size_t start = path->len;

    return add_name(article->id, path) && add_hash(article, start, path);
}

/* ---- Folders ------------------------------------------------------------- */

static int
say_path(const char *path, int sys)
{
    say("%s: %s", path, strerror(sys));
    return EXIT_FAILED;
}

static int
say_within(const struct target *t, const char *path, int sys)
{
    say("%s/%s: %s", t->name, path, strerror(sys));
    return EXIT_FAILED;
}

int
target_open(struct target *t, const char *name, enum target_mode mode)
{
    memset(t, 0, sizeof *t);
    t->name = name;
    t->mode = mode;
    t->root = -1;
    t->folder = -1;
    if (mkdir(name, 0777) != 0 && errno != EEXIST)
        return say_path(name, errno);
    /* The folder that the user names may be a link: the user chose it. */
    t->root = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return t->root >= 0 ? EXIT_DONE : say_path(name, errno);
}

static void
leave_folder(struct target *t)
{
    if (t->folder >= 0)
        close(t->folder);
    t->folder = -1;
    t->folder_path.len = 0;
}

void
target_close(struct target *t)
{
    leave_folder(t);
    if (t->root >= 0)
        close(t->root);
    sheaf_buf_free(&t->folder_path);
}

/* Moves from `*at` into its folder `name`, which is made if needed. Returns an
 * errno value. */
static int
enter(const struct target *t, int *at, const char *name)
{
    int next;

    if (mkdirat(*at, name, 0777) != 0 && errno != EEXIST)
        return errno;
    next = openat(*at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (next < 0)
        return errno;
    if (*at != t->root)
        close(*at);
    *at = next;
    return 0;
}

/* Enters the folders of `path`, up to its last slash at `len`. */
static int
enter_folders(struct target *t, const char *path, size_t len)
{
    int at = t->root;
    int sys = 0;
    char *p, *slash;

    if (t->folder_path.len == len &&
        memcmp(t->folder_path.data, path, len) == 0)
        return EXIT_DONE;
    leave_folder(t);
    if (!buf_add(&t->folder_path, path, len) || !buf_end(&t->folder_path))
        return say_no_memory();
    for (p = buf_str(&t->folder_path); p != NULL && sys == 0; p = slash) {
        slash = strchr(p, '/');
        if (slash != NULL)
            *slash = '\0';
        sys = enter(t, &at, p);
        if (slash != NULL)
            *slash++ = '/';
    }
    if (sys == 0) {
        t->folder = at;
        return EXIT_DONE;
    }
    if (at != t->root)
        close(at);
    t->folder_path.len = 0;
    return say_within(t, path, sys);
}

/* ---- Files --------------------------------------------------------------- */

bool
target_fits(const struct target *t, const char *path)
{
    struct stat st;

    if (fstatat(t->root, path, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return !S_ISDIR(st.st_mode);
    return errno != ENOTDIR;
}

bool
target_exists(const struct target *t, const char *path)
{
    struct stat st;

    return fstatat(t->root, path, &st, AT_SYMLINK_NOFOLLOW) == 0 ||
           errno == ENOTDIR;
}

bool
target_skips(struct target *t, const char *path)
{
    struct stat st;

    if (t->mode != TARGET_SKIP ||
        fstatat(t->root, path, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(st.st_mode))
        return false;
    t->skipped++;
    return true;
}

static int
folder_of(const struct target *t)
{
    return t->folder >= 0 ? t->folder : t->root;
}

/* Calls `make` with temporary names until one is free. Returns what it
 * returned. */
static int
with_temporary(struct target_file *f,
               int (*make)(const struct target_file *f, int folder))
{
    int made = -1;

    for (unsigned i = 0; made < 0 && i < 100; i++) {
        snprintf(f->temporary, sizeof f->temporary, ".sheaf-%ld-%u",
                 (long)getpid(), i);
        made = make(f, folder_of(f->target));
        if (made < 0)
            f->temporary[0] = '\0';
        if (made < 0 && errno != EEXIST)
            break;
    }
    return made;
}

static int
create_temporary(const struct target_file *f, int folder)
{
    return openat(folder, f->temporary,
                  O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
}

static int
link_temporary(const struct target_file *f, int folder)
{
    char proc[40];

    snprintf(proc, sizeof proc, "/proc/self/fd/%d", f->out.fd);
    return linkat(AT_FDCWD, proc, folder, f->temporary, AT_SYMLINK_FOLLOW);
}

/* Creates a file without a name, where the file system can; otherwise with a
 * temporary name. */
static int
open_new(struct target_file *f)
{
    int fd = openat(folder_of(f->target), ".", O_TMPFILE | O_WRONLY | O_CLOEXEC,
                    0666);

    return fd >= 0 ? fd : with_temporary(f, create_temporary);
}

/* Enters the folder that the file at `path` is in. */
static int
enter_folder_of(struct target *t, const char *path, const char **name)
{
    const char *slash = strrchr(path, '/');

    *name = slash != NULL ? slash + 1 : path;
    if (slash != NULL)
        return enter_folders(t, path, (size_t)(slash - path));
    leave_folder(t);
    return EXIT_DONE;
}

int
target_existing(struct target *t, const char *path)
{
    const char *name;
    struct stat st;

    if (fstatat(t->root, path, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(st.st_mode) || enter_folder_of(t, path, &name) != EXIT_DONE)
        return -1;
    return openat(folder_of(t), name,
                  O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
}

int
target_create(struct target *t, const char *path, struct target_file *f)
{
    int code, fd;

    f->target = t;
    f->path = path;
    f->temporary[0] = '\0';
    out_start(&f->out, -1);
    code = enter_folder_of(t, path, &f->name);
    if (code != EXIT_DONE)
        return code;
    fd = open_new(f);
    if (fd < 0)
        return say_within(t, path, errno);
    f->out.fd = fd;
    return EXIT_DONE;
}

/* Neither call replaces an existing file. */
static int
give_name(const struct target_file *f)
{
    int folder = folder_of(f->target);
    char proc[40];

    if (f->temporary[0] == '\0') {
        snprintf(proc, sizeof proc, "/proc/self/fd/%d", f->out.fd);
        return linkat(AT_FDCWD, proc, folder, f->name, AT_SYMLINK_FOLLOW);
    }
    if (linkat(folder, f->temporary, folder, f->name, 0) == 0)
        return 0;
    if (errno == EEXIST)
        return -1;
    return renameat2(folder, f->temporary, folder, f->name, RENAME_NOREPLACE);
}

/* Replaces what has the name: a file or a link, which is not followed, but
 * never a folder. */
static int
replace(struct target_file *f)
{
    int folder = folder_of(f->target);

    if (f->temporary[0] == '\0' && with_temporary(f, link_temporary) < 0)
        return -1;
    if (renameat(folder, f->temporary, folder, f->name) != 0)
        return -1;
    f->temporary[0] = '\0';
    return 0;
}

/* Whether an article has the name of a file that is read. */
static bool
is_read(const struct target_file *f)
{
    struct stat st;

    return fstatat(folder_of(f->target), f->name, &st, AT_SYMLINK_NOFOLLOW) ==
               0 &&
           is_input_file(&st);
}

int
target_finish(struct target_file *f)
{
    if (!out_flush(&f->out))
        return say_within(f->target, f->path, f->out.sys);
    if (give_name(f) == 0)
        return EXIT_DONE;
    if (errno == EEXIST && f->target->mode == TARGET_REPLACE && is_read(f)) {
        say("%s/%s: this command reads it: use another folder",
            f->target->name, f->path);
        return EXIT_FAILED;
    }
    if (errno == EEXIST && f->target->mode == TARGET_REPLACE &&
        replace(f) == 0)
        return EXIT_DONE;
    if (errno != EEXIST || f->target->mode == TARGET_REPLACE)
        return say_within(f->target, f->path, errno);
    say("%s/%s: %s; -f replaces files, --skip-existing leaves them",
        f->target->name, f->path, strerror(EEXIST));
    return EXIT_FAILED;
}

void
target_drop(struct target_file *f)
{
    if (f->temporary[0] != '\0')
        unlinkat(folder_of(f->target), f->temporary, 0);
    if (f->out.fd >= 0)
        close(f->out.fd);
    f->out.fd = -1;
}
