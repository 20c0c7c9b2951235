/*
 * tiles.c - the tree under the checkpoint as static files.
 *
 * A tile has up to 256 hashes: those of level 0 are of leaves, those of level L
 * the roots of full tiles of the level below. A full tile never changes. The
 * last one of a level may be partial; its name says how many hashes it has, so
 * that it does not change either.
 */
#include "cli/tiles.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"
#include "cli/notes.h"
#include "cli/outfile.h"

#define TILE_HASHES 256
#define LEVELS_MAX 8

struct level {
    uint64_t tiles; /* that are full */
    size_t count;   /* hashes of the next one */
    uint8_t hashes[TILE_HASHES * HASH_BYTES];
};

struct tiling {
    const struct archive *archive;
    const char *folder;
    struct level *levels;
    struct tiles_written done;
};

/* ---- Files --------------------------------------------------------------- */

/* FOLDER/tile/LEVEL/x001/x234/067, or with .p/COUNT behind it. */
static bool
make_path(const struct tiling *t, unsigned level, uint64_t number,
          size_t count, struct sheaf_buf *out)
{
    uint64_t divisor = 1;
    bool good;

    while (number / divisor >= 1000)
        divisor *= 1000;
    good = buf_format(out, "%s/tile/%u/", t->folder, level);
    for (; divisor != 0 && good; divisor /= 1000)
        good = buf_format(out, "%s%03u%s", divisor > 1 ? "x" : "",
                          (unsigned)(number / divisor % 1000),
                          divisor > 1 ? "/" : "");
    if (count < TILE_HASHES && good)
        good = buf_format(out, ".p/%zu", count);
    return good && buf_end(out);
}

static int
make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        int failed;

        *slash = '\0';
        failed = mkdir(path, 0777) != 0 && errno != EEXIST ? errno : 0;
        if (failed != 0)
            say("%s: %s", path, strerror(failed));
        *slash = '/';
        if (failed != 0)
            return EXIT_FAILED;
    }
    return EXIT_DONE;
}

/* Whether the file is there; what is there must be the same. */
static int
compare(const char *path, struct sheaf_bytes with, bool *there)
{
    struct sheaf_buf old = { 0 };
    struct stat st;
    int code;

    *there = stat(path, &st) == 0;
    if (!*there)
        return EXIT_DONE;
    code = read_file(path, TILE_HASHES * HASH_BYTES, &old);
    if (code == EXIT_DONE && !bytes_equal(buf_view(&old), with)) {
        say("%s: a tile of another tree, or damaged", path);
        code = EXIT_NOT_AUTHENTIC;
    }
    sheaf_buf_free(&old);
    return code;
}

static int
write_tile(struct tiling *t, unsigned level, uint64_t number,
           struct sheaf_bytes hashes)
{
    struct sheaf_buf path = { 0 };
    bool there = false;
    int code = make_path(t, level, number, hashes.len / HASH_BYTES, &path)
                   ? EXIT_DONE
                   : say_no_memory();

    if (code == EXIT_DONE)
        code = compare(buf_str(&path), hashes, &there);
    if (code == EXIT_DONE && !there) {
        code = make_folders(buf_str(&path));
        if (code == EXIT_DONE)
            code = out_file(buf_str(&path), SHEAF_REPLACE_NOT, hashes);
        t->done.written += code == EXIT_DONE;
    }
    t->done.tiles += code == EXIT_DONE;
    sheaf_buf_free(&path);
    return code;
}

/* ---- The tree ------------------------------------------------------------ */

static void
root_of(const uint8_t hashes[TILE_HASHES * HASH_BYTES],
        uint8_t out[HASH_BYTES])
{
    uint8_t row[TILE_HASHES * HASH_BYTES];

    memcpy(row, hashes, sizeof row);
    for (size_t n = TILE_HASHES; n > 1; n /= 2)
        for (size_t i = 0; i < n / 2; i++)
            hash_node(row + 2 * i * HASH_BYTES, row + (2 * i + 1) * HASH_BYTES,
                      row + i * HASH_BYTES);
    memcpy(out, row, HASH_BYTES);
}

/* Adds a hash to a level, and the root of a tile that is then full to the one
 * above. */
static int
add_hash(struct tiling *t, const uint8_t hash[HASH_BYTES])
{
    uint8_t next[HASH_BYTES];
    int code = EXIT_DONE;

    memcpy(next, hash, sizeof next);
    for (unsigned i = 0; i < LEVELS_MAX && code == EXIT_DONE; i++) {
        struct level *l = &t->levels[i];

        memcpy(l->hashes + l->count * HASH_BYTES, next, sizeof next);
        if (++l->count < TILE_HASHES)
            break;
        code = write_tile(t, i, l->tiles,
                          sheaf_view(l->hashes, sizeof l->hashes));
        root_of(l->hashes, next);
        l->count = 0;
        l->tiles++;
    }
    return code;
}

static int
write_all(struct tiling *t, uint64_t size)
{
    const struct archive *a = t->archive;
    struct sheaf_error err = { 0 };
    uint8_t hash[HASH_BYTES];
    int code = EXIT_DONE;

    for (uint64_t leaf = 0; leaf < size && code == EXIT_DONE; leaf++) {
        int rc = sheaf_leaf_hash(a->reader, a->scratch, leaf, hash, &err);

        code = rc == SHEAF_OK ? add_hash(t, hash)
                              : archive_failed(a, rc, &err);
    }
    for (unsigned i = 0; i < LEVELS_MAX && code == EXIT_DONE; i++)
        if (t->levels[i].count != 0)
            code = write_tile(t, i, t->levels[i].tiles,
                              sheaf_view(t->levels[i].hashes,
                                         t->levels[i].count * HASH_BYTES));
    return code;
}

/* ---- The checkpoint ------------------------------------------------------ */

/* The checkpoint that is there must be one of this log, and not newer. */
static int
check_older(const struct archive *a, const char *path, uint64_t size)
{
    struct sheaf_buf note = { 0 };
    struct sheaf_checkpoint old;
    struct stat st;
    int code;

    if (stat(path, &st) != 0)
        return EXIT_DONE;
    code = note_file_read(path, &note);
    if (code == EXIT_DONE)
        code = note_check_earlier(a, a->trusted ? &a->key : NULL, path,
                                  buf_view(&note), &old);
    if (code == EXIT_DONE && old.size > size) {
        say("%s: it is of %llu leaves, and the archive's of %llu", path,
            (unsigned long long)old.size, (unsigned long long)size);
        code = EXIT_NOT_AUTHENTIC;
    }
    sheaf_buf_free(&note);
    return code;
}

/* Of two runs, one waits for the other: the checkpoint that it then finds may
 * be newer. Where a folder cannot be locked, as on some servers, it goes on. */
static int
lock_folder(const char *folder, int *fd)
{
    int sys = 0;

    *fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*fd < 0)
        sys = errno;
    while (sys == 0 && flock(*fd, LOCK_EX) != 0 && errno == EINTR)
        if (interrupted())
            return say_interrupted();
    if (sys != 0)
        say("%s: %s", folder, strerror(sys));
    return sys == 0 ? EXIT_DONE : EXIT_FAILED;
}

int
tiles_write(const struct archive *a, const char *folder,
            struct tiles_written *out)
{
    struct tiling t = { .archive = a, .folder = folder };
    struct sheaf_buf path = { 0 };
    struct sheaf_checkpoint c;
    int lock = -1;
    int code = note_wanted(a);

    if (code == EXIT_DONE)
        code = checkpoint_of(a, &c);
    if (code == EXIT_DONE &&
        (!buf_format(&path, "%s/checkpoint", folder) || !buf_end(&path)))
        code = say_no_memory();
    if (code == EXIT_DONE)
        code = make_folders(buf_str(&path));
    if (code == EXIT_DONE)
        code = lock_folder(folder, &lock);
    if (code == EXIT_DONE)
        code = check_older(a, buf_str(&path), c.size);
    if (code == EXIT_DONE) {
        t.levels = calloc(LEVELS_MAX, sizeof *t.levels);
        code = t.levels != NULL ? write_all(&t, c.size) : say_no_memory();
    }
    if (code == EXIT_DONE)
        code = out_file(buf_str(&path), SHEAF_REPLACE, a->info.note);
    if (lock >= 0)
        close(lock);
    free(t.levels);
    sheaf_buf_free(&path);
    *out = t.done;
    return code;
}
