/*
 * statedir.c - where the command remembers things.
 */
#include "cli/statedir.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#define NAME_PART_MAX ((size_t)160)

int
state_folder(struct sheaf_buf *path, bool *have)
{
    const char *base = getenv("XDG_STATE_HOME");
    const char *below = "/sheaf";

    /* By the XDG specification a path that is not absolute is ignored. */
    if (base == NULL || base[0] != '/') {
        base = getenv("HOME");
        below = "/.local/state/sheaf";
    }
    *have = base != NULL && base[0] == '/';
    if (*have && (!buf_add_str(path, base) || !buf_add_str(path, below) ||
                  !buf_end(path)))
        return say_no_memory();
    return EXIT_DONE;
}

int
make_folders(struct sheaf_buf *path)
{
    if (!buf_end(path))
        return say_no_memory();
    for (size_t i = 1; i <= path->len; i++) {
        uint8_t c = path->data[i];

        if (c != '/' && c != '\0')
            continue;
        path->data[i] = '\0';
        if (mkdir(buf_str(path), 0700) != 0 && errno != EEXIST) {
            say("%s: %s", path->data, strerror(errno));
            return EXIT_FAILED;
        }
        path->data[i] = c;
    }
    return EXIT_DONE;
}

bool
add_origin_name(struct sheaf_buf *path, const char *origin, size_t len)
{
    struct sheaf_buf name = { 0 };
    bool good = true;

    for (size_t i = 0; i < len && good; i++)
        good = origin[i] == '/' ? buf_add_str(&name, "%2F")
                                : buf_add(&name, origin + i, 1);
    if (good && name.len > NAME_PART_MAX) {
        name.len = NAME_PART_MAX;
        good = buf_format(&name, "%%%016llX",
                           (unsigned long long)name_hash(origin, len));
    }
    good = good && buf_add(path, name.data, name.len);
    sheaf_buf_free(&name);
    return good;
}
