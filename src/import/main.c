/*
 * main.c - sheaf-import INPUT...: the inputs in order, folders walked.
 *
 * What is given by name is opened: an archive gives its members, JSONL its
 * records. What is found in a folder or an archive is an article as it is,
 * so that the folder can be had back; but JSONL, known by its name there,
 * gives its records.
 *
 * The program reads what its user may read, because inputs are found while
 * walking. It gives up the rest first: it can't gain privileges, leaves no
 * core file, and, where the kernel has Landlock, opens no file for writing
 * and runs no program. There is no list of system calls: what libarchive
 * and libc may call differs from one release to the next.
 */
#include "import/import.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__has_include)
#if __has_include(<linux/landlock.h>)
#include <linux/landlock.h>
#define HAVE_LANDLOCK 1
#endif
#endif

/* ---- The sandbox ---- */

#ifdef HAVE_LANDLOCK
/* A ruleset without rules: what it handles is allowed nowhere. Kernels
 * without Landlock, or with it switched off, leave things as they were. */
static void
forbid_writing(void)
{
    const struct landlock_ruleset_attr rules = {
        .handled_access_fs =
            LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_WRITE_FILE |
            LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
            LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR |
            LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SOCK |
            LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
            LANDLOCK_ACCESS_FS_MAKE_SYM,
    };
    int fd = (int)syscall(SYS_landlock_create_ruleset, &rules, sizeof rules,
                          0);

    if (fd < 0)
        return;
    (void)syscall(SYS_landlock_restrict_self, fd, 0);
    close(fd);
}
#endif

static void
shut_sandbox(void)
{
    const struct rlimit none = { 0, 0 };

    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
        setrlimit(RLIMIT_CORE, &none) != 0)
        die(EXIT_FAILED, NULL, "sandbox: %s", strerror(errno));
#ifdef HAVE_LANDLOCK
    forbid_writing();
#endif
}

/* ---- Files in folders ---- */

struct file {
    int fd;
    const char *place;
};

static size_t
read_file(void *ctx, void *buffer, size_t cap)
{
    const struct file *f = ctx;
    ssize_t n;

    do
        n = read(f->fd, buffer, cap);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        die(EXIT_FAILED, f->place, "%s", strerror(errno));
    return (size_t)n;
}

static void
check_unchanged(int fd, const struct stat *before, const char *place)
{
    struct stat now;

    if (fstat(fd, &now) != 0)
        die(EXIT_FAILED, place, "%s", strerror(errno));
    if (now.st_size != before->st_size ||
        now.st_mtim.tv_sec != before->st_mtim.tv_sec ||
        now.st_mtim.tv_nsec != before->st_mtim.tv_nsec)
        die(EXIT_FAILED, place, "changed while it was read");
}

static void
import_found(int folder, const char *name, const char *place,
             const char *path)
{
    /* Not blocking: a pipe may have taken the file's place. */
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
                                      O_NOCTTY | O_CLOEXEC);
    struct file file = { fd, place };
    struct input in = { .read = read_file, .ctx = &file, .place = place };
    struct item item = { .in = &in, .place = place, .id = path };
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0)
        die(EXIT_FAILED, place, "%s", strerror(errno));
    if (!S_ISREG(st.st_mode))
        die(EXIT_FAILED, place, "changed while it was read");
    in.size = (uint64_t)st.st_size;
    if (name_is_jsonl(name) || name_is_packed_jsonl(name)) {
        item.file = path;
        if (name_is_jsonl(name))
            import_jsonl(&item);
        else
            import_packed_jsonl(&item);
    } else {
        import_article(&item);
    }
    check_unchanged(fd, &st, place);
    input_free(&in);
    close(fd);
}

/* ---- Folders ---- */

struct entry {
    char *name; /* of a folder, with a slash behind it */
    mode_t type;
};

struct list {
    struct entry *entries;
    size_t count;
    size_t cap;
};

/* With the slash, order within each folder is order of whole paths. */
static int
compare_entries(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name,
                  ((const struct entry *)b)->name);
}

static void
list_add(struct list *l, int folder, const char *name, const char *place)
{
    struct stat st;

    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return;
    if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        char *inner = format_text("%s/%s", place, name);

        die(EXIT_FAILED, inner, "%s", strerror(errno));
    }
    if (l->count == l->cap) {
        l->cap = l->cap != 0 ? 2 * l->cap : 64;
        l->entries = need_memory(l->entries, l->cap, sizeof *l->entries);
    }
    l->entries[l->count].type = st.st_mode & S_IFMT;
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
        list_add(l, dirfd(folder), d->d_name, place);
    }
    if (errno != 0)
        die(EXIT_FAILED, place, "%s", strerror(errno));
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

/* Takes `fd`. `place` is the folder as given, and `path` what is below. */
static void
walk(int fd, const char *place, const char *path)
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
        char *below = format_text("%s%s", path, e->name);

        if (S_ISREG(e->type)) {
            import_found(dirfd(folder), e->name, inner, below);
        } else if (S_ISDIR(e->type)) {
            int next = openat(dirfd(folder), e->name,
                              O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

            if (next < 0)
                die(EXIT_FAILED, inner, "%s", strerror(errno));
            walk(next, inner, below);
        } else {
            out_skip(inner, kind_of(e->type));
        }
        free(inner);
        free(below);
        free(e->name);
    }
    free(list.entries);
    closedir(folder);
}

/* ---- Inputs ---- */

static void
import_path(const char *path)
{
    int fd = open(path, O_RDONLY | O_NOCTTY | O_CLOEXEC);
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    struct stat st;

    if (fd < 0 || fstat(fd, &st) != 0)
        die(EXIT_FAILED, path, "%s", strerror(errno));
    if (S_ISDIR(st.st_mode)) {
        walk(fd, path, "");
        return;
    }
    /* A pipe's name in /dev/fd means nothing outside. */
    import_opened(fd, path, S_ISREG(st.st_mode) ? name : NULL);
    if (S_ISREG(st.st_mode))
        check_unchanged(fd, &st, path);
    close(fd);
}

static void
import_all(char **inputs)
{
    bool stdin_done = false;

    for (; *inputs != NULL; inputs++) {
        if (strcmp(*inputs, "-") != 0) {
            import_path(*inputs);
        } else {
            if (stdin_done)
                die(EXIT_FAILED, "standard input", "given twice");
            import_opened(STDIN_FILENO, "standard input", NULL);
            stdin_done = true;
        }
    }
}

int
main(int argc, char **argv)
{
    char **inputs = argv + 1;

    if (argc > 1 && strcmp(argv[1], "--") == 0)
        inputs++;
    else if (argc > 1 && argv[1][0] == '-' && argv[1][1] != '\0')
        inputs = argv + argc;
    if (argc < 2 || *inputs == NULL) {
        fputs("usage: sheaf-import [--] INPUT...\n", stderr);
        return EXIT_USAGE;
    }
    /* Names in archives are UTF-8 here whatever the user's locale. */
    setlocale(LC_CTYPE, "C.UTF-8");
    out_start();
    spool_open();
    shut_sandbox();
    import_all(inputs);
    out_end();
    return 0;
}
