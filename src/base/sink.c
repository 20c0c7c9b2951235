/*
 * sink.c - where archives are written: files, descriptors, memory.
 *
 * A new file has no name until commit (O_TMPFILE), where the file system
 * allows that, so a crash leaves nothing behind. On other file systems its
 * name is .NAME.XXXXXX until then. In both cases open creates it with mode
 * 0666, so that the umask or the folder's ACL set its rights; it gets no more
 * than the file that it replaces has. A library must not call umask(), which
 * belongs to the whole process; and with mkostemp's 0600 it would have to guess
 * how far to widen it.
 */
#include "base/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/fd.h"
#include "base/mark.h"
#include "base/mem.h"

#define BUFFER_BYTES ((size_t)256 << 10)
#define NAME_TRIES 100

/* ---- Writing through a buffer -------------------------------------------- */

/* A new file, an append, or a descriptor. */
struct file_sink {
    int fd;
    int bad; /* the errno of the first failure; all later calls give it */
    bool committed;
    size_t used;
    uint8_t *buffer;

    /* A new file. */
    int folder;
    bool replace;
    bool locked; /* by the caller */
    mode_t made; /* its mode, as the umask and the folder have it */
    bool over;   /* there is a file to replace, with these rights: */
    mode_t mode;
    gid_t group;
    int old;     /* the replaced file, locked; -1: there is none */
    struct stat old_stat;
    bool named; /* there is a `temporary` in the folder */
    char *name;
    char *temporary;

    /* An append. */
    bool begun;  /* the file was cut, and may have grown */
    bool synced; /* the mark is gone */
    uint64_t start;
    struct sheaf_buf mark; /* its name */
};

static int
flush(struct file_sink *f)
{
    if (f->bad == 0)
        f->bad = fd_write(f->fd, f->buffer, f->used);
    f->used = 0;
    return f->bad;
}

static int
file_write(void *ctx, const void *buf, size_t len)
{
    struct file_sink *f = ctx;

    assert(!f->committed);
    if (f->bad != 0 || len == 0)
        return f->bad;
    if (len > BUFFER_BYTES - f->used && flush(f) != 0)
        return f->bad;
    if (len >= BUFFER_BYTES) {
        f->bad = fd_write(f->fd, buf, len);
        return f->bad;
    }
    memcpy(f->buffer + f->used, buf, len);
    f->used += len;
    return 0;
}

static int
file_sync(void *ctx)
{
    struct file_sink *f = ctx;

    assert(!f->committed);
    if (flush(f) != 0)
        return f->bad;
    /* After a failed sync the kernel may mark the pages clean, and another
     * sync would succeed without writing them. So this failure is kept, too. */
    while (fdatasync(f->fd) != 0) {
        if (errno != EINTR) {
            f->bad = errno;
            break;
        }
    }
    return f->bad;
}

static void
file_free(struct file_sink *f)
{
    if (f == NULL)
        return;
    if (f->fd >= 0)
        close(f->fd);
    if (f->folder >= 0)
        close(f->folder);
    if (f->old >= 0)
        close(f->old);
    mem_free(f->buffer);
    mem_free(f->name);
    mem_free(f->temporary);
    sheaf_buf_free(&f->mark);
    mem_free(f);
}

static struct file_sink *
file_new(void)
{
    struct file_sink *f = mem_new(1, sizeof *f);

    if (f == NULL)
        return NULL;
    f->fd = -1;
    f->folder = -1;
    f->old = -1;
    f->buffer = mem_new(BUFFER_BYTES, 1);
    if (f->buffer == NULL) {
        mem_free(f);
        return NULL;
    }
    return f;
}

/* ---- A new file ---------------------------------------------------------- */

/* Writes .NAME.XXXXXX, with new Xs, to `temporary`. */
static int
make_name(struct file_sink *f)
{
    static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
    size_t len = strlen(f->name);
    uint8_t random[6];

    if (getentropy(random, sizeof random) != 0)
        return errno;
    f->temporary[0] = '.';
    memcpy(f->temporary + 1, f->name, len);
    f->temporary[len + 1] = '.';
    for (size_t i = 0; i < sizeof random; i++)
        f->temporary[len + 2 + i] = digits[random[i] & 31];
    f->temporary[len + 2 + sizeof random] = '\0';
    return 0;
}

/* Only /proc can give a name to a file without one. */
static int
link_unnamed(const struct file_sink *f, const char *name)
{
    char path[40];

    snprintf(path, sizeof path, "/proc/self/fd/%d", f->fd);
    if (linkat(AT_FDCWD, path, f->folder, name, AT_SYMLINK_FOLLOW) != 0)
        return errno;
    return 0;
}

static int
open_unnamed(struct file_sink *f)
{
#ifdef O_TMPFILE
    if (access("/proc/self/fd", X_OK) != 0)
        return errno;
    f->fd = openat(f->folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    return f->fd >= 0 ? 0 : errno;
#else
    (void)f;
    return ENOTSUP;
#endif
}

static int
open_named(struct file_sink *f)
{
    for (int i = 0; i < NAME_TRIES; i++) {
        int sys = make_name(f);

        if (sys != 0)
            return sys;
        f->fd = openat(f->folder, f->temporary,
                       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                       0666);
        if (f->fd >= 0) {
            f->named = true;
            return 0;
        }
        if (errno != EEXIST)
            return errno;
    }
    return EEXIST;
}

/* Gives a file without a name the name .NAME.XXXXXX, for a rename over NAME:
 * link cannot replace a file. */
static int
name_unnamed(struct file_sink *f)
{
    int sys = EEXIST;

    for (int i = 0; i < NAME_TRIES && sys == EEXIST; i++) {
        sys = make_name(f);
        if (sys == 0)
            sys = link_unnamed(f, f->temporary);
    }
    f->named = sys == 0;
    return sys;
}

/* Some file systems cannot rename without replacing. There an empty file,
 * which only one process can create, claims the name first. The rename then
 * replaces our own file. */
static int
rename_new(struct file_sink *f)
{
    int sys;
    int fd;

#ifdef RENAME_NOREPLACE
    if (renameat2(f->folder, f->temporary, f->folder, f->name,
                  RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP)
        return errno;
#endif
    fd = openat(f->folder, f->name,
                O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return errno;
    close(fd);
    if (renameat(f->folder, f->temporary, f->folder, f->name) == 0)
        return 0;
    sys = errno;
    unlinkat(f->folder, f->name, 0);
    return sys;
}

/* Whether the file to replace is still as it was when it was locked. */
static bool
old_unchanged(const struct file_sink *f)
{
    const struct stat *was = &f->old_stat;
    struct stat now;

    return f->old < 0 ||
           (fstatat(f->folder, f->name, &now, 0) == 0 &&
            now.st_dev == was->st_dev && now.st_ino == was->st_ino &&
            now.st_size == was->st_size);
}

static int
give_name(struct file_sink *f)
{
    int sys = 0;

    if (!old_unchanged(f))
        return ESTALE;

    if (!f->named && !f->replace)
        return link_unnamed(f, f->name);
    if (!f->named)
        sys = name_unnamed(f);
    if (sys != 0)
        return sys;
    if (!f->replace)
        sys = rename_new(f);
    else if (renameat(f->folder, f->temporary, f->folder, f->name) != 0)
        sys = errno;
    if (sys == 0)
        f->named = false;
    return sys;
}

static int
new_commit(void *ctx)
{
    struct file_sink *f = ctx;
    int sys = file_sync(f);

    if (sys == 0)
        sys = give_name(f);
    if (sys != 0)
        return sys;
    f->committed = true;
    mark_drop(f->folder, f->name);
    return fd_sync_folder(f->folder);
}

static void
new_close(void *ctx)
{
    struct file_sink *f = ctx;

    if (f != NULL && f->named)
        unlinkat(f->folder, f->temporary, 0);
    file_free(f);
}

static const struct sheaf_sink_ops new_ops = { file_write, file_sync,
                                               new_commit, new_close };

/* Opens the folder of `path`, and keeps the rest as the name. The folder stays
 * open, so that a chdir does not matter. */
static int
open_folder(struct file_sink *f, const char *path, struct sheaf_error *err)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    size_t folder_len = (size_t)(name - path);
    size_t len = strlen(name);
    char *folder = NULL;
    int rc = SHEAF_OK;

    if (len == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return fail(err, SHEAF_EINVAL, "not the name of a file");
    f->name = mem_new(len + 1, 1);
    f->temporary = mem_new(len + sizeof "..XXXXXX", 1);
    folder = mem_new(folder_len + 2, 1);
    if (f->name == NULL || f->temporary == NULL || folder == NULL) {
        rc = fail_nomem(err);
        goto out;
    }
    memcpy(f->name, name, len);
    memcpy(folder, folder_len != 0 ? path : ".",
           folder_len != 0 ? folder_len : 1);
    f->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (f->folder < 0)
        rc = fail_io(err, errno, "can't open the folder");

out:
    mem_free(folder);
    return rc;
}

static int
lock(int fd, struct sheaf_error *err)
{
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) {
            fail(err, SHEAF_EIO, "another process is writing to it");
            if (err != NULL)
                err->sys = EWOULDBLOCK;
            return SHEAF_EIO;
        }
        if (errno != EINTR)
            return fail_io(err, errno, "can't lock");
    }
    return SHEAF_OK;
}

/* Locks the file to replace, so that nothing is appended to it and then
 * lost. A file that can't be opened or locked can't be appended to either. */
static int
lock_old(struct file_sink *f, struct sheaf_error *err)
{
    struct stat now;
    struct sheaf_error why = { 0 };
    int rc;

    f->old = openat(f->folder, f->name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (f->old < 0)
        return SHEAF_OK;
    rc = lock(f->old, &why);
    if (rc != SHEAF_OK && why.sys == EWOULDBLOCK) {
        if (err != NULL)
            *err = why;
        return rc;
    }
    if (fstat(f->old, &f->old_stat) != 0 ||
        fstatat(f->folder, f->name, &now, 0) != 0)
        return fail_io(err, errno, "can't lock");
    if (now.st_dev != f->old_stat.st_dev || now.st_ino != f->old_stat.st_ino)
        return fail(err, SHEAF_ESTOPPED, "changed in the meantime");
    return SHEAF_OK;
}

/* Never replace a device or a pipe. */
static int
check_target(struct file_sink *f, struct sheaf_error *err)
{
    struct stat st;

    if (fstatat(f->folder, f->name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
        /* Do not replace a file that appears there before the commit. */
        f->replace = false;
        return errno == ENOENT ? SHEAF_OK
                               : fail_io(err, errno, "can't create");
    }
    if (!f->replace)
        return fail(err, SHEAF_EINVAL, "file exists; -f replaces it");
    if (S_ISLNK(st.st_mode) && fstatat(f->folder, f->name, &st, 0) != 0)
        return errno == ENOENT ? SHEAF_OK
                               : fail_io(err, errno, "can't create");
    if (!S_ISREG(st.st_mode))
        return fail(err, SHEAF_EINVAL, "not a regular file");
    f->over = true;
    f->mode = st.st_mode & 0777;
    f->group = st.st_gid;
    return f->locked ? SHEAF_OK : lock_old(f, err);
}

/* Who cannot read or write a file with these rights cannot do so here. */
static int
set_rights(const struct file_sink *f, mode_t mode, gid_t group)
{
    struct stat st;

    if (fstat(f->fd, &st) != 0)
        return errno;
    /* The group may be one that we are not in. */
    if (st.st_gid != group && fchown(f->fd, (uid_t)-1, group) != 0)
        mode &= ~(mode_t)S_IRWXG | (mode & S_IRWXO) << 3;
    mode &= f->made;
    return mode == (st.st_mode & 0777) || fchmod(f->fd, mode) == 0 ? 0 : errno;
}

static int
keep_rights(struct file_sink *f)
{
    struct stat st;

    if (fstat(f->fd, &st) != 0)
        return errno;
    f->made = st.st_mode & 0777;
    return f->over ? set_rights(f, f->mode, f->group) : 0;
}

int
sink_rights_of(const struct sheaf_sink *sink, const char *path)
{
    const struct file_sink *f = sink->ctx;
    struct stat st;

    if (sink->ops != &new_ops)
        return 0; /* no new file */
    if (stat(path, &st) != 0)
        return set_rights(f, S_IRUSR | S_IWUSR, getegid());
    return set_rights(f, st.st_mode & 0777, st.st_gid);
}

int
sheaf_sink_file(struct sheaf_sink *out, const char *path, int replace,
                struct sheaf_error *err)
{
    struct file_sink *f = file_new();
    int rc;

    if (f == NULL)
        return fail_nomem(err);
    f->replace = replace != SHEAF_REPLACE_NOT;
    f->locked = replace == SHEAF_REPLACE_LOCKED;
    rc = open_folder(f, path, err);
    if (rc == SHEAF_OK)
        rc = check_target(f, err);
    if (rc == SHEAF_OK && open_unnamed(f) != 0) {
        int sys = open_named(f);

        if (sys != 0)
            rc = fail_io(err, sys, "can't create");
    }
    if (rc == SHEAF_OK) {
        int sys = keep_rights(f);

        if (sys != 0)
            rc = fail_io(err, sys, "can't set its rights");
    }
    if (rc != SHEAF_OK) {
        new_close(f);
        return rc;
    }
    out->ops = &new_ops;
    out->ctx = f;
    return SHEAF_OK;
}

int
sink_beside(struct sheaf_sink *out, const char *path, const char *suffix,
            struct sheaf_buf *name, struct sheaf_error *err)
{
    char *real = realpath(path, NULL);
    struct stat st;
    bool good = real != NULL;
    int rc;

    if (!good)
        return fail_io(err, errno, "can't follow the name");
    for (unsigned i = 1; good; i++) {
        name->len = 0;
        good = i == 1 ? buf_format(name, "%s%s", real, suffix)
                      : buf_format(name, "%s%s.%u", real, suffix, i);
        good = good && buf_end(name);
        if (!good || lstat(buf_str(name), &st) != 0)
            break;
    }
    rc = good ? sheaf_sink_file(out, buf_str(name), 0, err) : fail_nomem(err);
    if (rc == SHEAF_OK) {
        int sys = sink_rights_of(out, real);

        if (sys != 0) {
            out->ops->close(out->ctx);
            out->ops = NULL;
            rc = fail_io(err, sys, "can't set its rights");
        }
    }
    free(real);
    return rc;
}

/* ---- An append ----------------------------------------------------------- */

static int
cut(const struct file_sink *f)
{
    while (ftruncate(f->fd, (off_t)f->start) != 0) {
        if (errno != EINTR)
            return errno;
    }
    return 0;
}

/* The first write makes the mark and cuts the file; before it, the file is not
 * changed. */
static int
append_write(void *ctx, const void *buf, size_t len)
{
    struct file_sink *f = ctx;

    if (!f->begun && f->bad == 0 && len != 0) {
        f->bad = mark_make(buf_str(&f->mark), f->start);
        if (f->bad != 0)
            return f->bad;
        f->begun = true;
        f->bad = cut(f);
    }
    return file_write(f, buf, len);
}

/* What is durable by the first sync is a generation without an end. */
static int
append_sync(void *ctx)
{
    struct file_sink *f = ctx;
    int sys = file_sync(f);

    if (sys == 0 && f->begun && !f->synced) {
        sys = f->bad = mark_remove(buf_str(&f->mark));
        f->synced = sys == 0;
    }
    return sys;
}

static int
append_commit(void *ctx)
{
    struct file_sink *f = ctx;
    int sys = file_sync(f);

    if (sys == 0)
        f->committed = true;
    return sys;
}

static void
append_close(void *ctx)
{
    struct file_sink *f = ctx;

    bool undone = f != NULL && f->begun && !f->committed && cut(f) == 0 &&
                  fdatasync(f->fd) == 0;

    /* As long as something may be left of the append, so is its mark. */
    if (f != NULL && f->begun && !f->synced && (f->committed || undone))
        (void)mark_remove(buf_str(&f->mark));
    file_free(f);
}

static const struct sheaf_sink_ops append_ops = { append_write, append_sync,
                                                  append_commit,
                                                  append_close };

/* The locked file must still be the one at the path: a sink_file may have
 * renamed another file over it between open and lock. */
static int
check_same(int fd, const char *path, uint64_t expect_size,
           struct sheaf_error *err)
{
    struct stat mine;
    struct stat there;

    if (fstat(fd, &mine) != 0 || stat(path, &there) != 0)
        return fail_io(err, errno, "can't append");
    if (!S_ISREG(mine.st_mode))
        return fail(err, SHEAF_EINVAL, "not a regular file");
    if (mine.st_dev != there.st_dev || mine.st_ino != there.st_ino ||
        (uint64_t)mine.st_size != expect_size)
        return fail(err, SHEAF_ESTOPPED, "changed in the meantime");
    return SHEAF_OK;
}

static int
open_locked(struct file_sink *f, const char *path, struct sheaf_error *err)
{
    /* Do not wait for the other end, if this is a pipe. */
    f->fd = open(path, O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (f->fd < 0)
        return fail_io(err, errno, "can't open");
    return lock(f->fd, err);
}

int
sink_append(struct sheaf_sink *out, const char *path, uint64_t offset,
            uint64_t expect_size, struct sheaf_error *err)
{
    struct file_sink *f;
    int rc;

    assert(offset <= expect_size);
    f = file_new();
    if (f == NULL)
        return fail_nomem(err);
    f->start = offset;
    rc = open_locked(f, path, err);
    if (rc == SHEAF_OK)
        rc = mark_name(path, &f->mark, err);
    if (rc == SHEAF_OK && mark_in_the_way(buf_str(&f->mark)))
        rc = fail(err, SHEAF_EINVAL,
                  "what has its name with .appending is in the way: move it");
    if (rc == SHEAF_OK)
        rc = check_same(f->fd, path, expect_size, err);
    if (rc == SHEAF_OK && lseek(f->fd, (off_t)offset, SEEK_SET) < 0)
        rc = fail_io(err, errno, "can't append");
    if (rc != SHEAF_OK) {
        file_free(f);
        return rc;
    }
    out->ops = &append_ops;
    out->ctx = f;
    return SHEAF_OK;
}

int
sink_cut(struct sheaf_sink *sink, struct sheaf_error *err)
{
    const struct file_sink *f = sink->ctx;
    int sys;

    assert(sink->ops == &append_ops && !f->begun);
    sys = cut(f);
    if (sys == 0 && fdatasync(f->fd) != 0)
        sys = errno;
    if (sys == 0)
        sys = mark_remove(buf_str(&f->mark));
    return sys != 0 ? fail_io(err, sys, "cutting the archive") : SHEAF_OK;
}

/* ---- A descriptor -------------------------------------------------------- */

/* Pipes and terminals have nothing to sync. */
static int
fd_sync(void *ctx)
{
    struct file_sink *f = ctx;
    int sys;

    if (f->bad != 0)
        return f->bad;
    sys = file_sync(f);
    if (sys == EINVAL || sys == EROFS || sys == ENOTSUP)
        sys = f->bad = 0;
    return sys;
}

static int
fd_commit(void *ctx)
{
    struct file_sink *f = ctx;
    int sys = fd_sync(f);

    if (sys == 0)
        f->committed = true;
    return sys;
}

static void
fd_close(void *ctx)
{
    struct file_sink *f = ctx;

    if (f != NULL)
        f->fd = -1;
    file_free(f);
}

static const struct sheaf_sink_ops fd_ops = { file_write, fd_sync, fd_commit,
                                              fd_close };

int
sheaf_sink_fd(struct sheaf_sink *out, int fd, struct sheaf_error *err)
{
    struct file_sink *f = file_new();

    if (f == NULL)
        return fail_nomem(err);
    f->fd = fd;
    out->ops = &fd_ops;
    out->ctx = f;
    return SHEAF_OK;
}

/* ---- Memory -------------------------------------------------------------- */

struct memory_sink {
    struct sheaf_buf *buf;
    bool committed;
    bool bad;
};

static int
memory_write(void *ctx, const void *buf, size_t len)
{
    struct memory_sink *m = ctx;

    assert(!m->committed);
    if (!m->bad)
        m->bad = !buf_add(m->buf, buf, len);
    return m->bad ? ENOMEM : 0;
}

static int
memory_sync(void *ctx)
{
    const struct memory_sink *m = ctx;

    assert(!m->committed);
    return m->bad ? ENOMEM : 0;
}

static int
memory_commit(void *ctx)
{
    struct memory_sink *m = ctx;

    assert(!m->committed);
    m->committed = !m->bad;
    return m->bad ? ENOMEM : 0;
}

static void
memory_close(void *ctx)
{
    struct memory_sink *m = ctx;

    if (m != NULL && !m->committed)
        m->buf->len = 0;
    mem_free(m);
}

static const struct sheaf_sink_ops memory_ops = { memory_write, memory_sync,
                                                  memory_commit,
                                                  memory_close };

int
sheaf_sink_memory(struct sheaf_sink *out, struct sheaf_buf *buf,
                  struct sheaf_error *err)
{
    struct memory_sink *m = mem_new(1, sizeof *m);

    if (m == NULL)
        return fail_nomem(err);
    buf->len = 0;
    m->buf = buf;
    out->ops = &memory_ops;
    out->ctx = m;
    return SHEAF_OK;
}

/* ---- Temporary files ----------------------------------------------------- */

/* For file systems without unnamed files: a file whose name is removed at
 * once. */
static int
open_unlinked(struct temp *t, const char *dir, struct sheaf_error *err)
{
    static const char name[] = "/sheaf.XXXXXX";
    size_t len = strlen(dir);
    char *path = mem_new(len + sizeof name, 1);
    int rc = SHEAF_OK;

    if (path == NULL)
        return fail_nomem(err);
    memcpy(path, dir, len);
    memcpy(path + len, name, sizeof name);
    t->fd = mkostemp(path, O_CLOEXEC);
    if (t->fd >= 0)
        unlink(path);
    else
        rc = fail_io(err, errno, t->what);
    mem_free(path);
    return rc;
}

int
temp_open(struct temp *t, const char *dir, struct sheaf_error *err)
{
    assert(t->fd < 0);
    if (dir == NULL)
        dir = TEMP_DIR_DEFAULT;
    snprintf(t->what, sizeof t->what, "temporary file in %.80s", dir);
#ifdef O_TMPFILE
    t->fd = open(dir, O_TMPFILE | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
    if (t->fd >= 0)
        return SHEAF_OK;
#endif
    return open_unlinked(t, dir, err);
}

int
temp_write(const struct temp *t, uint64_t offset, const void *data, size_t len,
           struct sheaf_error *err)
{
    const uint8_t *p = data;

    assert(offset <= INT64_MAX && len <= INT64_MAX - offset);
    while (len != 0) {
        ssize_t n = pwrite(t->fd, p, len, (off_t)offset);

        if (n >= 0) {
            p += n;
            offset += (uint64_t)n;
            len -= (size_t)n;
        } else if (errno != EINTR) {
            return fail_io(err, errno, t->what);
        }
    }
    return SHEAF_OK;
}

int
temp_read(const struct temp *t, uint64_t offset, void *data, size_t len,
          struct sheaf_error *err)
{
    uint8_t *p = data;

    assert(offset <= INT64_MAX && len <= INT64_MAX - offset);
    while (len != 0) {
        ssize_t n = pread(t->fd, p, len, (off_t)offset);

        if (n > 0) {
            p += n;
            offset += (uint64_t)n;
            len -= (size_t)n;
        } else if (n == 0) {
            return fail_io(err, EIO, t->what);
        } else if (errno != EINTR) {
            return fail_io(err, errno, t->what);
        }
    }
    return SHEAF_OK;
}

void
temp_close(struct temp *t)
{
    if (t->fd >= 0)
        close(t->fd);
    t->fd = -1;
}
