/*
 * onefile.c - a database of SQLite that anybody may have made.
 *
 * SQLite reads the bytes through a file system of our own with one file, which
 * can only be read: no journal, no second database, no extension.
 */
#include "import/onefile.h"

#include <stdio.h>
#include <unistd.h>

/* How often all of a file may be read. */
#define READ_AGAIN_MAX 16

struct only_file {
    sqlite3_file base;
    int fd;
    uint64_t size;
};

/* The file that the next xOpen opens: there is one at a time. */
static struct one_file current;
/* Bytes that were read of it. */
static uint64_t bytes_read;

static int
file_close(sqlite3_file *f)
{
    (void)f;
    return SQLITE_OK;
}

static ssize_t
read_some(const struct only_file *f, void *buffer, size_t len, uint64_t offset)
{
    if (current.read == NULL)
        return pread(f->fd, buffer, len, (off_t)offset);
    if (offset >= f->size)
        return 0;
    len = (size_t)min_u64(len, f->size - offset);
    return current.read(offset, buffer, len) ? (ssize_t)len : -1;
}

static int
file_read(sqlite3_file *file, void *buffer, int len, sqlite3_int64 offset)
{
    const struct only_file *f = (const struct only_file *)file;
    ssize_t n = read_some(f, buffer, (size_t)len, (uint64_t)offset);

    /* Pages that are read again and again are none. */
    if (current.progress != NULL && bytes_read / READ_AGAIN_MAX <= f->size)
        current.progress();
    bytes_read += (uint64_t)len;
    if (n < 0)
        return SQLITE_IOERR_READ;
    if (n == len)
        return SQLITE_OK;
    memset((char *)buffer + n, 0, (size_t)(len - n));
    return SQLITE_IOERR_SHORT_READ;
}

static int
file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    *size = (sqlite3_int64)((const struct only_file *)file)->size;
    return SQLITE_OK;
}

static int
file_write(sqlite3_file *f, const void *data, int len, sqlite3_int64 offset)
{
    (void)f;
    (void)data;
    (void)len;
    (void)offset;
    return SQLITE_READONLY;
}

static int
file_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    (void)f;
    (void)size;
    return SQLITE_READONLY;
}

static int
file_flags(sqlite3_file *f, int flags)
{
    (void)f;
    (void)flags;
    return SQLITE_OK;
}

static int
file_reserved(sqlite3_file *f, int *out)
{
    (void)f;
    *out = 0;
    return SQLITE_OK;
}

static int
file_control(sqlite3_file *f, int op, void *arg)
{
    (void)f;
    (void)op;
    (void)arg;
    return SQLITE_NOTFOUND;
}

static int
file_sector(sqlite3_file *f)
{
    (void)f;
    return 0;
}

/* The file does not change, so no locks and journals are needed. */
static int
file_traits(sqlite3_file *f)
{
    (void)f;
    return SQLITE_IOCAP_IMMUTABLE;
}

static const sqlite3_io_methods file_methods = {
    .iVersion = 1,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_flags,
    .xFileSize = file_size,
    .xLock = file_flags,
    .xUnlock = file_flags,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
};

static int
vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags,
         int *out_flags)
{
    struct only_file *f = (struct only_file *)file;

    (void)vfs;
    (void)name;
    f->base.pMethods = NULL;
    if ((flags & SQLITE_OPEN_MAIN_DB) == 0)
        return SQLITE_CANTOPEN;
    f->fd = current.fd;
    f->size = current.size;
    f->base.pMethods = &file_methods;
    if (out_flags != NULL)
        *out_flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB;
    return SQLITE_OK;
}

static int
vfs_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs;
    (void)name;
    (void)sync;
    return SQLITE_READONLY;
}

static int
vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    (void)vfs;
    (void)name;
    (void)flags;
    *out = 0;
    return SQLITE_OK;
}

static int
vfs_path(sqlite3_vfs *vfs, const char *name, int len, char *out)
{
    (void)vfs;
    snprintf(out, (size_t)len, "%s", name);
    return SQLITE_OK;
}

/* Random names for temporary files, of which there are none. */
static int
vfs_random(sqlite3_vfs *vfs, int len, char *out)
{
    (void)vfs;
    memset(out, 0, (size_t)len);
    return len;
}

static int
vfs_sleep(sqlite3_vfs *vfs, int microseconds)
{
    (void)vfs;
    return microseconds;
}

static int
vfs_time(sqlite3_vfs *vfs, double *out)
{
    (void)vfs;
    *out = 0;
    return SQLITE_OK;
}

static sqlite3_vfs only_vfs = {
    .iVersion = 1,
    .szOsFile = sizeof(struct only_file),
    .mxPathname = 64,
    .zName = "one-file",
    .xOpen = vfs_open,
    .xDelete = vfs_delete,
    .xAccess = vfs_access,
    .xFullPathname = vfs_path,
    .xRandomness = vfs_random,
    .xSleep = vfs_sleep,
    .xCurrentTime = vfs_time,
};

int
one_file_open(const struct one_file *file, int longest, sqlite3 **db)
{
    int rc;

    *db = NULL;
    current = *file;
    bytes_read = 0;
    rc = sqlite3_vfs_register(&only_vfs, 0);
    if (rc == SQLITE_OK)
        rc = sqlite3_open_v2("file", db, SQLITE_OPEN_READONLY, only_vfs.zName);
    if (rc == SQLITE_OK)
        one_file_distrust(*db, longest);
    return rc;
}

void
one_file_distrust(sqlite3 *db, int longest)
{
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    sqlite3_limit(db, SQLITE_LIMIT_LENGTH, longest);
    sqlite3_limit(db, SQLITE_LIMIT_ATTACHED, 0);
}
