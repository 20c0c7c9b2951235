/*
 * members.c - the archives of a collection, and the index of their IDs.
 *
 * The index, integers big-endian: "sheaf members 1\n"; u32 members; u64 rows;
 * for each member u64 size, i64 time, u64 inode, u8 unknown, u16 length and the
 * path; zeros up to a multiple of 4; 65,536 times u32: the number of rows of
 * this bucket and those before; then rows of u16 key and u16 member, sorted. A
 * bucket is the first 16 bits of a key, and the key in a row the next 16.
 */
#include "cli/members.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/extsort.h"
#include "base/hash.h"
#include "base/spool.h"
#include "cli/cachedir.h"
#include "cli/remote.h"

#define SUFFIX ".sheaf"
#define LIST_SUFFIX ".sheaves"
#define LIST_MAX ((size_t)64 << 20)
#define MAGIC "sheaf members 1\n"
#define BUCKETS 65536
#define ROW_BYTES 4
#define SORT_BYTES 6
#define SORT_MEMORY ((size_t)32 << 20)
/* So many members may have been added or changed before a new index is worth
 * making. */
#define CHANGED_MOST 4
/* So many members may have been put in between. */
#define LOOK_AHEAD 64

/* ---- Which they are ----------------------------------------------------- */

static bool
ends_with(const char *name, const char *suffix)
{
    size_t len = strlen(name), end = strlen(suffix);

    return len > end && strcmp(name + len - end, suffix) == 0;
}

bool
members_are(const char *path)
{
    struct stat st;

    return !remote_is(path) && (ends_with(path, LIST_SUFFIX) ||
                                (stat(path, &st) == 0 && S_ISDIR(st.st_mode)));
}

/* Adds the member `name` of the folder, of which `len` bytes count. */
static int
add(struct members *m, struct sheaf_bytes folder, struct sheaf_bytes name)
{
    size_t before = name.data[0] != '/' && folder.len != 0 ? folder.len + 1
                                                           : 0;
    char *path;

    if (m->count == MEMBERS_MAX) {
        say("%s: more than %d archives", m->path, MEMBERS_MAX);
        return EXIT_LIMIT;
    }
    if (m->count == m->room) {
        size_t more = m->room * 2 + 16;
        struct member *room = realloc(m->list, more * sizeof *room);

        if (room == NULL)
            return say_no_memory();
        m->list = room;
        m->room = more;
    }
    path = malloc(before + name.len + 1);
    if (path == NULL)
        return say_no_memory();
    if (before != 0) {
        memcpy(path, folder.data, folder.len);
        path[folder.len] = '/';
    }
    memcpy(path + before, name.data, name.len);
    path[before + name.len] = '\0';
    input_is(path);
    m->list[m->count++] = (struct member){ .path = path };
    return EXIT_DONE;
}

static int
by_path(const void *a, const void *b)
{
    const struct member *x = a, *y = b;

    return strcmp(x->path, y->path);
}

static int
find_in_folder(struct members *m)
{
    struct sheaf_bytes folder = sheaf_str(m->path);
    DIR *dir = opendir(m->path);
    struct dirent *entry;
    int code = EXIT_DONE;

    if (dir == NULL) {
        say("%s: %s", m->path, strerror(errno));
        return EXIT_FAILED;
    }
    while (folder.len > 1 && folder.data[folder.len - 1] == '/')
        folder.len--;
    while (code == EXIT_DONE && (entry = readdir(dir)) != NULL)
        if (entry->d_name[0] != '.' && ends_with(entry->d_name, SUFFIX))
            code = add(m, folder, sheaf_str(entry->d_name));
    (void)closedir(dir);
    if (m->count != 0)
        qsort(m->list, m->count, sizeof *m->list, by_path);
    return code;
}

static int
find_in_list(struct members *m)
{
    const char *slash = strrchr(m->path, '/');
    struct sheaf_bytes folder = sheaf_view((const uint8_t *)m->path,
                                           slash != NULL
                                               ? (size_t)(slash - m->path)
                                               : 0);
    struct sheaf_buf file = { 0 };
    struct sheaf_bytes rest;
    int code = read_file(m->path, LIST_MAX, &file);

    if (slash == m->path)
        folder.len = 1;
    rest = buf_view(&file);
    while (code == EXIT_DONE && rest.len != 0) {
        struct sheaf_bytes line = bytes_until(&rest, '\n');

        if (line.len != 0 && line.data[line.len - 1] == '\r')
            line.len--;
        if (line.len == 0 || line.data[0] == '#')
            continue;
        if (memchr(line.data, '\0', line.len) != NULL ||
            line.len > UINT16_MAX / 2) {
            say("%s: a line is no name of a file", m->path);
            code = EXIT_FAILED;
        } else if (memmem(line.data, line.len, "://", 3) != NULL) {
            say("%s: %.*s: an archive on a server can't be a member; 'sheaf "
                "sync' copies it",
                m->path, (int)line.len, (const char *)line.data);
            code = EXIT_FAILED;
        } else {
            code = add(m, folder, line);
        }
    }
    sheaf_buf_free(&file);
    return code;
}

/* What cannot be found says so when it is opened. */
static void
look_at(struct member *m, int folder)
{
    const char *slash = strrchr(m->path, '/');
    struct stat st;

    if (fstatat(folder >= 0 ? folder : AT_FDCWD,
                folder >= 0 && slash != NULL ? slash + 1 : m->path, &st,
                0) != 0)
        return;
    m->size = (uint64_t)st.st_size;
    m->mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
    m->inode = (uint64_t)st.st_ino;
}

int
members_find(struct members *m, const char *path)
{
    int folder = -1;
    int code;

    memset(m, 0, sizeof *m);
    m->path = path;
    code = ends_with(path, LIST_SUFFIX) ? find_in_list(m) : find_in_folder(m);
    if (code == EXIT_DONE && m->count == 0) {
        say("%s: no archives, which are named NAME" SUFFIX, path);
        code = EXIT_FAILED;
    }
    /* To name each of many from the folder on is half the work. */
    if (!ends_with(path, LIST_SUFFIX))
        folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (size_t i = 0; i < m->count; i++)
        look_at(&m->list[i], folder);
    if (folder >= 0)
        (void)close(folder);
    return code;
}

static void
drop_index(struct members *m)
{
    if (m->index != NULL)
        (void)munmap((void *)(uintptr_t)m->index, m->index_bytes);
    free(m->now);
    m->index = NULL;
    m->now = NULL;
}

void
members_free(struct members *m)
{
    drop_index(m);
    for (size_t i = 0; i < m->count; i++)
        free(m->list[i].path);
    free(m->list);
    m->list = NULL;
    m->count = 0;
}

/* ---- Reading the index -------------------------------------------------- */

/* The number now of a member that the index has, which is at or soon after
 * *from in the list, as both are in the same order; MEMBERS_MAX if it is not
 * there, or is another one. */
static uint16_t
find_now(struct members *m, size_t *from, const struct member *then,
         struct sheaf_bytes path)
{
    size_t end = min_u64(m->count, *from + LOOK_AHEAD);

    for (size_t i = *from; i < end; i++) {
        struct member *is = &m->list[i];

        if (!bytes_equal(sheaf_str(is->path), path))
            continue;
        *from = i + 1;
        if (is->size != then->size || is->mtime_ns != then->mtime_ns ||
            is->inode != then->inode)
            return MEMBERS_MAX;
        is->unknown = then->unknown;
        m->changed--;
        return is->unknown ? MEMBERS_MAX : (uint16_t)i;
    }
    return MEMBERS_MAX;
}

/* Compares the members of the index with those that are there. */
static bool
read_members(struct members *m, struct cursor *c)
{
    size_t from = 0;

    m->now = calloc(m->then + 1, sizeof *m->now);
    for (size_t i = 0; m->now != NULL && i < m->then; i++) {
        struct member then = { .size = cursor_be(c, 8) };
        const uint8_t *path;
        size_t len;

        then.mtime_ns = (int64_t)cursor_be(c, 8);
        then.inode = cursor_be(c, 8);
        then.unknown = cursor_be(c, 1) != 0;
        len = (size_t)cursor_be(c, 2);
        path = cursor_take(c, len);
        if (path == NULL)
            return false;
        m->now[i] = find_now(m, &from, &then, sheaf_view(path, len));
    }
    return m->now != NULL;
}

/* Finds the parts of the index that is in m->index. */
static bool
read_index(struct members *m)
{
    struct cursor c = cursor_over(m->index, m->index_bytes);
    const uint8_t *magic = cursor_take(&c, strlen(MAGIC));
    uint64_t rest;

    for (size_t i = 0; i < m->count; i++)
        m->list[i].unknown = true;
    m->changed = m->count;
    m->then = (size_t)cursor_be(&c, 4);
    m->row_count = cursor_be(&c, 8);
    if (c.bad || memcmp(magic, MAGIC, strlen(MAGIC)) != 0 ||
        m->then > MEMBERS_MAX || !read_members(m, &c))
        return false;
    (void)cursor_take(&c, (4 - (size_t)(c.at - m->index) % 4) % 4);
    rest = cursor_left(&c);
    if (m->row_count > UINT32_MAX ||
        rest != (uint64_t)BUCKETS * 4 + m->row_count * ROW_BYTES)
        return false;
    m->ends = c.at;
    m->rows = m->ends + BUCKETS * 4;
    return true;
}

/* The first row of [low, high) whose key and member are not below these. */
static uint64_t
find_row(const struct members *m, uint64_t low, uint64_t high, uint64_t row)
{
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;

        if (get_be(m->rows + middle * ROW_BYTES, ROW_BYTES) < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* The last one that the index names. Its numbers are in the order of those
 * now. */
static size_t
last_in_index(const struct members *m, const uint8_t key[4], size_t below)
{
    size_t bucket = (size_t)get_be(key, 2);
    uint64_t first = bucket == 0 ? 0 : get_be(m->ends + bucket * 4 - 4, 4);
    uint64_t end = min_u64(get_be(m->ends + bucket * 4, 4), m->row_count);
    uint64_t low = get_be(key + 2, 2) << 16;
    uint64_t at;

    if (first > end)
        return SIZE_MAX;
    at = find_row(m, first, end, low + MEMBERS_MAX);
    while (at > first) {
        uint64_t row = get_be(m->rows + --at * ROW_BYTES, ROW_BYTES);
        size_t then = row & 0xffff;

        if (row >> 16 != low >> 16)
            break;
        if (then < m->then && m->now[then] != MEMBERS_MAX &&
            m->now[then] < below)
            return m->now[then];
    }
    return SIZE_MAX;
}

size_t
members_last(const struct members *m, const uint8_t id_hash[32], size_t below)
{
    size_t named, i = min_u64(below, m->count);

    if (m->index == NULL)
        return i == 0 ? SIZE_MAX : i - 1;
    named = last_in_index(m, id_hash, below);
    while (i > 0 && (named == SIZE_MAX || i - 1 > named))
        if (m->list[--i].unknown)
            return i;
    return named;
}

/* ---- Making it ----------------------------------------------------------- */

struct making {
    struct members *m;
    struct extsort *sorter;
    size_t member;
    uint8_t last[4];
    bool any;
    int rc;
    struct sheaf_error err;
};

static int
take_key(void *arg, const uint8_t *key)
{
    struct making *k = arg;
    uint8_t record[SORT_BYTES];

    if (k->any && memcmp(k->last, key, sizeof k->last) == 0)
        return 0;
    k->any = true;
    memcpy(k->last, key, sizeof k->last);
    memcpy(record, key, 4);
    put_be(record + 4, k->member, 2);
    k->rc = extsort_add(k->sorter, record, &k->err);
    return k->rc != SHEAF_OK;
}

/* The members, up to where the buckets begin. */
static bool
make_head(const struct members *m, uint64_t rows, struct sheaf_buf *out)
{
    bool good = buf_add_str(out, MAGIC) && buf_add_be(out, m->count, 4) &&
                buf_add_be(out, rows, 8);

    for (size_t i = 0; good && i < m->count; i++) {
        const struct member *is = &m->list[i];

        good = buf_add_be(out, is->size, 8) &&
               buf_add_be(out, (uint64_t)is->mtime_ns, 8) &&
               buf_add_be(out, is->inode, 8) &&
               buf_add_be(out, is->unknown, 1) &&
               buf_add_be(out, strlen(is->path), 2) &&
               buf_add_str(out, is->path);
    }
    while (good && out->len % 4 != 0)
        good = buf_add(out, "", 1);
    return good;
}

/* Writes the sorted rows to a spool, and counts those of each bucket. */
static int
sort_rows(struct making *k, struct spool *s, uint8_t *ends, uint64_t *rows)
{
    uint8_t record[SORT_BYTES], last[SORT_BYTES] = { 0 };
    size_t bucket = 0;
    uint64_t n = 0;
    int rc = extsort_start(k->sorter, &k->err);

    if (rc == SHEAF_OK)
        rc = spool_begin(s, temp_folder(), &k->err);
    while (rc == SHEAF_OK &&
           (rc = extsort_next(k->sorter, record, &k->err)) == SHEAF_OK) {
        if (n != 0 && memcmp(record, last, sizeof last) == 0)
            continue;
        memcpy(last, record, sizeof last);
        while (bucket < get_be(record, 2))
            put_be(ends + bucket++ * 4, n, 4);
        if (spool_write(s, record + 2, ROW_BYTES) != 0)
            rc = s->rc;
        n++;
    }
    while (bucket < BUCKETS)
        put_be(ends + bucket++ * 4, n, 4);
    *rows = n;
    return rc == SHEAF_END ? SHEAF_OK : rc;
}

static int
put_piece(void *arg, const void *data, size_t len)
{
    uint8_t **at = arg;

    memcpy(*at, data, len);
    *at += len;
    return 0;
}

/* Puts all of it into memory. */
static int
assemble(struct making *k, struct sheaf_bytes head, const uint8_t *ends,
         const struct spool *s)
{
    struct members *m = k->m;
    size_t bytes = head.len + (size_t)BUCKETS * 4 + (size_t)s->len;
    uint8_t *all = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uint8_t *at = all;

    if (all == MAP_FAILED)
        return SHEAF_ENOMEM;
    (void)put_piece(&at, head.data, head.len);
    (void)put_piece(&at, ends, (size_t)BUCKETS * 4);
    m->index = all;
    m->index_bytes = bytes;
    return spool_read_all(s, put_piece, &at, &k->err);
}

static int
finish(struct making *k)
{
    uint8_t *ends = malloc((size_t)BUCKETS * 4);
    struct spool s = SPOOL_INIT;
    struct sheaf_buf head = { 0 };
    uint64_t rows = 0;
    int rc = ends == NULL ? SHEAF_ENOMEM : sort_rows(k, &s, ends, &rows);

    if (rc == SHEAF_OK && !make_head(k->m, rows, &head))
        rc = SHEAF_ENOMEM;
    if (rc == SHEAF_OK)
        rc = assemble(k, buf_view(&head), ends, &s);
    spool_free(&s);
    sheaf_buf_free(&head);
    free(ends);
    return rc;
}

static int
make(struct members *m, members_keys keys, void *arg)
{
    struct making k = { .m = m };
    int rc = extsort_new(&k.sorter, SORT_BYTES, SORT_MEMORY, temp_folder(),
                         &k.err);
    int code = EXIT_DONE;

    for (size_t i = 0; rc == SHEAF_OK && i < m->count; i++) {
        k.member = i;
        k.any = false;
        m->list[i].unknown = keys(arg, i, take_key, &k) != EXIT_DONE;
        rc = k.rc;
        if (interrupted()) {
            code = say_interrupted();
            break;
        }
    }
    if (rc == SHEAF_OK && code == EXIT_DONE)
        rc = finish(&k);
    extsort_free(k.sorter);
    if (rc == SHEAF_ENOMEM)
        return say_no_memory();
    return rc == SHEAF_OK ? code : say_failed(m->path, rc, &k.err);
}

/* ---- Keeping it ---------------------------------------------------------- */

static bool
cache_key(const struct members *m, uint8_t key[32])
{
    char *real = realpath(m->path, NULL);
    struct hash_blake h;

    if (real == NULL)
        return false;
    hash_blake_start(&h);
    hash_blake_add(&h, MAGIC, strlen(MAGIC));
    /* The paths in it are as they were given. */
    hash_blake_add(&h, m->path, strlen(m->path) + 1);
    hash_blake_add(&h, real, strlen(real));
    hash_blake_end(&h, key);
    free(real);
    return true;
}

static void
load(struct members *m, struct cache_dir *cache, const uint8_t key[32])
{
    uint64_t size;
    int fd = cache_dir_find(cache, key, &size);
    void *data;

    if (fd < 0)
        return;
    data = size != 0 && size <= SIZE_MAX
               ? mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0)
               : MAP_FAILED;
    (void)close(fd);
    if (data == MAP_FAILED)
        return;
    m->index = data;
    m->index_bytes = (size_t)size;
    if (!read_index(m) || m->changed > CHANGED_MOST)
        drop_index(m);
}

int
members_index(struct members *m, bool kept, members_keys keys, void *arg)
{
    struct cache_dir cache = CACHE_DIR_INIT;
    uint8_t key[32];
    int code = EXIT_DONE;

    kept = kept && cache_key(m, key);
    if (kept)
        load(m, &cache, key);
    if (m->index == NULL) {
        bool *unknown = calloc(m->count, sizeof *unknown);

        code = unknown != NULL ? make(m, keys, arg) : say_no_memory();
        for (size_t i = 0; code == EXIT_DONE && i < m->count; i++)
            unknown[i] = m->list[i].unknown;
        if (code == EXIT_DONE && kept)
            cache_dir_put(&cache, key, sheaf_view(m->index, m->index_bytes),
                          sheaf_view(NULL, 0));
        if (code == EXIT_DONE && !read_index(m))
            code = say_no_memory();
        for (size_t i = 0; code == EXIT_DONE && i < m->count; i++)
            m->list[i].unknown = unknown[i];
        free(unknown);
    }
    cache_dir_close(&cache);
    return code;
}
