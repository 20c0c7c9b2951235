/*
 * progress.c - how far the inputs have been read: the bytes of the files and
 * folders that the user named, and the place in them. It goes into the stream
 * with the records, so that what is shown is what has been packed.
 */
#include "import/import.h"

#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDERS_OPEN 32
#define STEPS 2048 /* in all; more are not worth a record */

static struct {
    uint64_t total;  /* 0: not known, or nobody asked */
    uint64_t before; /* bytes of files that are done */
    uint64_t told;
    const struct input *in; /* the file that is being read, or NULL */
} progress;

static int
add_size(const char *path, const struct stat *st, int type, struct FTW *at)
{
    (void)path;
    (void)at;
    if (type == FTW_F && S_ISREG(st->st_mode))
        progress.total += (uint64_t)st->st_size;
    return 0;
}

void
progress_start(char **inputs)
{
    for (; *inputs != NULL; inputs++) {
        struct stat st;

        /* Of a pipe nobody knows the size. */
        if (stat(*inputs, &st) != 0 ||
            (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))) {
            progress.total = 0;
            return;
        }
        if (S_ISREG(st.st_mode))
            progress.total += (uint64_t)st.st_size;
        else
            (void)nftw(*inputs, add_size, FOLDERS_OPEN, FTW_PHYS);
    }
}

void
progress_read(const struct input *in)
{
    progress.in = in;
}

void
progress_passed(uint64_t size)
{
    progress.before += size;
    progress.in = NULL;
}

/* The place in the file that is being read. One that is in memory as a whole,
 * or that a library reads in an order of its own, counts when it is done. */
static uint64_t
place_in_file(void)
{
    const struct input *in = progress.in;
    off_t at;

    if (in == NULL || in->fd < 0)
        return 0;
    at = lseek(in->fd, 0, SEEK_CUR) - (off_t)(in->len - in->at);
    return at > 0 && (uint64_t)at < in->size ? (uint64_t)at : 0;
}

bool
progress_place(uint64_t *done, uint64_t *total)
{
    uint64_t now;

    if (progress.total == 0)
        return false;
    now = progress.before + place_in_file();
    if (now <= progress.told || now - progress.told < progress.total / STEPS)
        return false;
    progress.told = now;
    *done = min_u64(now, progress.total);
    *total = progress.total;
    return true;
}
