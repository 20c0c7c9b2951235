/*
 * sink.c - in place of base/sink.c: a page has no files.
 */
#include "base/sink.h"

#include "base/err.h"

int
temp_open(struct temp *t, const char *dir, struct sheaf_error *err)
{
    (void)t;
    (void)dir;
    return fail(err, SHEAF_ELIMIT,
                "this takes more memory than a page has: use the command");
}

int
temp_write(const struct temp *t, uint64_t offset, const void *data, size_t len,
           struct sheaf_error *err)
{
    (void)offset;
    (void)data;
    (void)len;
    return temp_open((struct temp *)(uintptr_t)t, NULL, err);
}

int
temp_read(const struct temp *t, uint64_t offset, void *data, size_t len,
          struct sheaf_error *err)
{
    (void)offset;
    (void)data;
    (void)len;
    return temp_open((struct temp *)(uintptr_t)t, NULL, err);
}

void
temp_close(struct temp *t)
{
    t->fd = -1;
}
