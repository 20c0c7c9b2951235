/*
 * walk.c - files and folders that the user names.
 */
#include "import/media.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- Files ---- */

struct file {
    int fd;
    struct stat stat;
};

/* A file that is being written is refused: nobody could tell which of its
 * states was packed. */
static bool
is_unchanged(const struct file *f)
{
    const struct stat *before = &f->stat;
    struct stat now;

    return fstat(f->fd, &now) == 0 && now.st_size == before->st_size &&
           now.st_mtim.tv_sec == before->st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == before->st_mtim.tv_nsec;
}

static size_t
read_file(struct input *in, void *buffer, size_t cap)
{
    const struct file *f = in->ctx;
    ssize_t n;

    do
        n = read(f->fd, buffer, cap);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        input_fail(in, EXIT_FAILED, "%s", strerror(errno));
    else if (n == 0 && S_ISREG(f->stat.st_mode) && !is_unchanged(f))
        input_fail(in, EXIT_FAILED, "changed while it was read");
    out_progress();
    return n < 0 ? 0 : (size_t)n;
}

/* Takes `fd`. */
static void
import_fd(int fd, struct item *item)
{
    struct file file = { .fd = fd };
    struct input in = { .read = read_file, .ctx = &file,
                        .size = UNKNOWN_SIZE, .fd = -1 };

    item->in = &in;
    if (fstat(fd, &file.stat) != 0)
        input_fail(&in, EXIT_FAILED, "%s", strerror(errno));
    else if (S_ISREG(file.stat.st_mode) && lseek(fd, 0, SEEK_CUR) == 0) {
        in.size = (uint64_t)file.stat.st_size;
        in.fd = fd;
    }
    progress_read(&in);
    if (!input_failed(&in))
        import_item(item);
    progress_read(NULL);
    if (input_failed(&in))
        reject(in.wrong_code, item->place, text_from("", 0), "%s", in.wrong);
    input_free(&in);
    if (fd != STDIN_FILENO)
        close(fd);
}

static void
cant_open(const char *place)
{
    reject(EXIT_FAILED, place, text_from("", 0), "%s", strerror(errno));
}

/* ---- Folders ---- */

struct entry {
    char *name; /* for a folder, with a slash at its end */
    mode_t type;
    uint64_t size; /* of a file */
};

struct list {
    struct entry *entries;
    size_t count;
    size_t cap;
};

/* With the slash, the order in each folder is the order of whole paths. */
static int
compare_entries(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name,
                  ((const struct entry *)b)->name);
}

static void
list_add(struct list *l, int folder, const char *name)
{
    struct stat st;

    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return;
    /* A file that is gone, or cannot be examined, fails when it is opened. */
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
        st = (struct stat){ .st_mode = S_IFREG };
    if (l->count == l->cap) {
        l->cap = l->cap != 0 ? 2 * l->cap : 64;
        l->entries = mem_resize(l->entries, l->cap, sizeof *l->entries);
    }
    l->entries[l->count].type = st.st_mode & S_IFMT;
    l->entries[l->count].size = (uint64_t)st.st_size;
    l->entries[l->count].name =
        format_text("%s%s", name, S_ISDIR(st.st_mode) ? "/" : "");
    l->count++;
}

static void
list_read(struct list *l, DIR *folder, const char *place)
{
    struct dirent *d;

    for (;;) {
        errno = 0;
        d = readdir(folder);
        if (d == NULL)
            break;
        list_add(l, dirfd(folder), d->d_name);
    }
    if (errno != 0)
        cant_open(place);
    if (l->count > 1)
        qsort(l->entries, l->count, sizeof *l->entries, compare_entries);
}

static const char *
kind_of(mode_t type)
{
    return S_ISLNK(type)    ? "symbolic link"
           : S_ISFIFO(type) ? "named pipe"
           : S_ISSOCK(type) ? "socket"
                            : "device";
}

static void walk(int fd, const char *place, const char *id, const char *below);

/* The folder that the user gave, for --media. */
static int media_root = -1;

/* With the files of that folder at hand. */
static void
import_with_media(int fd, struct item *item, const char *below)
{
    const struct media_place here = { .root = media_root, .below = below };
    const struct media_place *before =
        media_use(media_root >= 0 ? &here : NULL);

    import_fd(fd, item);
    (void)media_use(before);
}

static void
walk_file(int folder, const char *name, const char *place, const char *id,
          const char *below)
{
    char *safe = name_for_id(id, NULL);
    struct item item = { .place = place, .id = safe, .found = true };
    /* Do not block: a pipe may have replaced the file. */
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
                                      O_NOCTTY | O_CLOEXEC);

    if (fd < 0)
        cant_open(place);
    else
        import_with_media(fd, &item, below);
    mem_free(safe);
}

static bool
has_folder(const struct list *l, const char *name)
{
    const struct entry e = { .name = (char *)(uintptr_t)name };

    return bsearch(&e, l->entries, l->count, sizeof e, compare_entries) !=
           NULL;
}

/* Whether this is the folder of a maildir for mails that are being delivered.
 */
static bool
is_undelivered(const struct list *l, const struct entry *e)
{
    return strcmp(e->name, "tmp/") == 0 && has_folder(l, "cur/") &&
           has_folder(l, "new/");
}

static void
walk_entry(int folder, const struct entry *e, const char *place,
           const char *id, const char *below)
{
    int next;

    if (S_ISDIR(e->type)) {
        next = openat(folder, e->name,
                      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (next < 0)
            cant_open(place);
        else
            walk(next, place, id, below);
    } else if (name_wanted(below)) {
        if (S_ISREG(e->type))
            walk_file(folder, e->name, place, id, below);
        else
            leave_out(kind_of(e->type), place, "%s", kind_of(e->type));
    }
    if (S_ISREG(e->type))
        progress_passed(e->size);
}

/* Takes `fd`. `place` is the folder as given, `id` what IDs of files in it
 * begin with, and `below` its path below what was given. */
static void
walk(int fd, const char *place, const char *id, const char *below)
{
    DIR *folder = fdopendir(fd);
    struct list list = { 0 };

    if (folder == NULL)
        die(EXIT_FAILED, place, "%s", strerror(errno));
    list_read(&list, folder, place);
    for (size_t i = 0; i < list.count; i++) {
        const struct entry *e = &list.entries[i];
        bool slash = place[strlen(place) - 1] == '/';
        char *inner = format_text("%s%s%s", place, slash ? "" : "/", e->name);
        char *inner_id = format_text("%s%s", id, e->name);
        char *inner_below = format_text("%s%s", below, e->name);

        if (is_undelivered(&list, e))
            leave_out("folder of mails that are not delivered", NULL, "%s",
                      "");
        else
            walk_entry(dirfd(folder), e, inner, inner_id, inner_below);
        mem_free(inner);
        mem_free(inner_id);
        mem_free(inner_below);
    }
    for (size_t i = 0; i < list.count; i++)
        mem_free(list.entries[i].name);
    mem_free(list.entries);
    closedir(folder);
}

/* ---- What is given ---- */

static const char *
last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? slash + 1 : path;
}

/* The folder that a file is in. */
static int
open_parent(const char *path)
{
    char *name = format_text("%.*s.", (int)(last_part(path) - path), path);
    int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    mem_free(name);
    return fd;
}

void
import_path(const char *path, const char *id, bool rooted, bool listed)
{
    int fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
    struct item item = { .place = path, .rooted = rooted };
    struct stat st;
    char *safe;

    /* Most likely it is misspelt, and nobody wants an archive without it. */
    if ((fd < 0 || fstat(fd, &st) != 0) && !listed)
        die(EXIT_FAILED, path, "%s", strerror(errno));
    if (fd < 0 || fstat(fd, &st) != 0) {
        cant_open(path);
        return;
    }
    if (S_ISDIR(st.st_mode)) {
        media_root = asked.media ? dup(fd) : -1;
        safe = format_text("%s%s", id, id[0] != '\0' ? "/" : "");
        walk(fd, path, safe, "");
        mem_free(safe);
    } else {
        safe = name_for_id(id, NULL);
        /* A pipe's name in /dev/fd means nothing outside. */
        item.id = S_ISREG(st.st_mode) ? safe : NULL;
        media_root = asked.media && S_ISREG(st.st_mode) ? open_parent(path)
                                                        : -1;
        import_with_media(fd, &item, last_part(path));
        progress_passed((uint64_t)st.st_size);
        mem_free(safe);
    }
    if (media_root >= 0)
        close(media_root);
    media_root = -1;
}

void
import_stdin(void)
{
    struct item item = { .place = "standard input" };

    import_fd(STDIN_FILENO, &item);
}
