/*
 * cachedir.c - a folder of files that can be made again, for the next process.
 */
#include "cli/cachedir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/hex.h"

#define BYTES_MAX ((uint64_t)256 << 20)
#define FILES_MAX 4096
/* So many names are looked at, of those that are too many. */
#define NAMES_MAX 65536
/* A file that was used is marked so if its mark is older than this. */
#define MARK_SECONDS (24 * 3600)
/* What is left of a process that ended in the middle is removed after this. */
#define LEFT_SECONDS 3600
#define LEFT_PREFIX ".new-"

static const char *chosen;

void
cache_dir_choose(const char *folder)
{
    chosen = folder;
}

struct name {
    char text[2 * SHEAF_HASH_BYTES + 1];
};

static struct name
name_of(const uint8_t key[SHEAF_HASH_BYTES])
{
    struct name n = { "" };

    hex_print(key, SHEAF_HASH_BYTES, n.text);
    return n;
}

/* ---- The folder ---------------------------------------------------------- */

/* Appends the folder above that of the cache. */
static bool
parent_folder(struct sheaf_buf *path)
{
    const char *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");

    /* By the XDG specification a path that is not absolute is ignored. */
    if (cache != NULL && cache[0] == '/')
        return buf_add_str(path, cache) && buf_end(path);
    return home != NULL && home[0] == '/' && buf_add_str(path, home) &&
           buf_add_str(path, "/.cache") && buf_end(path);
}

/* Opens the folder, which must be the user's own and no link. */
static int
open_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat st;

    if (fd >= 0 && (fstat(fd, &st) != 0 || st.st_uid != geteuid() ||
                    (st.st_mode & (S_IWGRP | S_IWOTH)) != 0)) {
        (void)close(fd);
        fd = -1;
    }
    return fd;
}

/* Opens the folder, once; with `make`, creates it. */
static bool
have_folder(struct cache_dir *c, bool make)
{
    struct sheaf_buf path = { 0 };

    if (c->folder < 0 && !c->closed && chosen != NULL) {
        if (make)
            (void)mkdir(chosen, 0700);
        c->folder = open_folder(chosen);
        c->closed = make && c->folder < 0;
        if (c->closed)
            say("%s: warning: nothing is kept in it: it is not a folder of "
                "yours that only you can write to",
                chosen);
    } else if (c->folder < 0 && !c->closed && parent_folder(&path)) {
        if (make)
            (void)mkdir(buf_str(&path), 0700);
        if (buf_add_str(&path, "/sheaf") && buf_end(&path)) {
            if (make)
                (void)mkdir(buf_str(&path), 0700);
            c->folder = open_folder(buf_str(&path));
        }
        c->closed = make && c->folder < 0;
    }
    sheaf_buf_free(&path);
    return c->folder >= 0;
}

/* ---- Getting ------------------------------------------------------------- */

static bool
is_ours(const struct stat *st)
{
    return S_ISREG(st->st_mode) && st->st_uid == geteuid() &&
           (st->st_mode & (S_IRWXG | S_IRWXO)) == 0;
}

int
cache_dir_find(struct cache_dir *c, const uint8_t key[SHEAF_HASH_BYTES],
               uint64_t *size)
{
    struct stat st;
    int fd = -1;

    if (have_folder(c, false))
        fd = openat(c->folder, name_of(key).text,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) != 0 || !is_ours(&st)) {
        (void)close(fd);
        return -1;
    }
    if (st.st_mtime < time(NULL) - MARK_SECONDS)
        (void)futimens(fd, NULL);
    *size = (uint64_t)st.st_size;
    return fd;
}

/* ---- Putting ------------------------------------------------------------- */

struct kept {
    struct name name;
    time_t used;
    uint64_t size;
};

static int
oldest_first(const void *a, const void *b)
{
    const struct kept *x = a, *y = b;

    if (x->used != y->used)
        return x->used < y->used ? -1 : 1;
    return strcmp(x->name.text, y->name.text);
}

/* Looks at one name in the folder: removes what was left there, and notes what
 * is kept. */
static void
look_at(const struct cache_dir *c, const char *name, time_t now,
        struct sheaf_buf *all)
{
    struct kept k = { .used = 0 };
    uint8_t key[SHEAF_HASH_BYTES];
    struct stat st;

    if (fstatat(c->folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(st.st_mode))
        return;
    if (strncmp(name, LEFT_PREFIX, strlen(LEFT_PREFIX)) == 0) {
        if (st.st_mtime < now - LEFT_SECONDS)
            (void)unlinkat(c->folder, name, 0);
        return;
    }
    if (strlen(name) != 2 * SHEAF_HASH_BYTES ||
        !hex_parse(sheaf_str(name), key, sizeof key))
        return;
    memcpy(k.name.text, name, 2 * SHEAF_HASH_BYTES);
    k.used = st.st_mtime;
    k.size = (uint64_t)st.st_size;
    if (all->len < NAMES_MAX * sizeof k)
        (void)buf_add(all, &k, sizeof k);
}

/* Removes what was not used for longest, until the rest is small enough. */
static void
trim(const struct cache_dir *c)
{
    struct sheaf_buf all = { 0 };
    const struct kept *kept;
    struct dirent *entry;
    uint64_t bytes = 0;
    int fd = openat(c->folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

    if (dir == NULL) {
        if (fd >= 0)
            (void)close(fd);
        return;
    }
    while ((entry = readdir(dir)) != NULL)
        look_at(c, entry->d_name, time(NULL), &all);
    (void)closedir(dir);
    kept = (const struct kept *)all.data;
    if (all.len != 0)
        qsort(all.data, all.len / sizeof *kept, sizeof *kept, oldest_first);
    for (size_t i = 0; i < all.len / sizeof *kept; i++)
        bytes += kept[i].size;
    for (size_t i = 0;
         bytes > BYTES_MAX || all.len / sizeof *kept - i > FILES_MAX; i++) {
        (void)unlinkat(c->folder, kept[i].name.text, 0);
        bytes -= kept[i].size;
    }
    sheaf_buf_free(&all);
}

void
cache_dir_put(struct cache_dir *c, const uint8_t key[SHEAF_HASH_BYTES],
              struct sheaf_bytes first, struct sheaf_bytes rest)
{
    char temporary[64];
    bool good;
    int fd;

    if (first.len + rest.len > BYTES_MAX / 4 || !have_folder(c, true))
        return;
    snprintf(temporary, sizeof temporary, LEFT_PREFIX "%ld", (long)getpid());
    /* Of a process with the same number that ended in the middle. */
    (void)unlinkat(c->folder, temporary, 0);
    fd = openat(c->folder, temporary,
                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    good = fd_write(fd, first.data, first.len) == 0 &&
           fd_write(fd, rest.data, rest.len) == 0;
    good = close(fd) == 0 && good;
    if (good &&
        renameat(c->folder, temporary, c->folder, name_of(key).text) == 0)
        c->grown = true;
    else
        (void)unlinkat(c->folder, temporary, 0);
}

void
cache_dir_drop(struct cache_dir *c, const uint8_t key[SHEAF_HASH_BYTES])
{
    if (have_folder(c, false))
        (void)unlinkat(c->folder, name_of(key).text, 0);
}

void
cache_dir_close(struct cache_dir *c)
{
    if (c->grown)
        trim(c);
    if (c->folder >= 0)
        (void)close(c->folder);
    c->folder = -1;
    c->grown = false;
}
