/*
 * log.c - what a signer remembers of the logs that he has signed.
 *
 * The file, whose name is made of origin and key:
 *
 *     sheaf log 1
 *     origin news.example.org/archive
 *     key 0123456789ABCDEF
 *     size 10423
 *     root 64 hexadecimal digits
 */
#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

#define LOG_FILE_MAX ((size_t)4096)
#define NAME_PART_MAX ((size_t)160)

/* Creates `path` and the folders above it that are not there, for their owner
 * only. */
static int
make_folders(struct text *path)
{
    for (size_t i = 1; i <= path->len; i++) {
        char c = path->data[i];

        if (c != '/' && c != '\0')
            continue;
        path->data[i] = '\0';
        if (mkdir(path->data, 0700) != 0 && errno != EEXIST) {
            say("%s: %s", path->data, strerror(errno));
            return EXIT_FAILED;
        }
        path->data[i] = c;
    }
    return EXIT_DONE;
}

static int
find_folder(struct text *path)
{
    const char *state = getenv("XDG_STATE_HOME");
    const char *home = getenv("HOME");
    bool good;

    /* By the XDG specification a path that is not absolute is ignored. */
    if (state != NULL && state[0] == '/') {
        good = text_add_str(path, state) && text_add_str(path, "/sheaf/logs");
    } else if (home != NULL && home[0] == '/') {
        good = text_add_str(path, home) &&
               text_add_str(path, "/.local/state/sheaf/logs");
    } else {
        say("nowhere to remember what was signed: neither XDG_STATE_HOME nor "
            "HOME is set");
        return EXIT_FAILED;
    }
    if (!good || !text_end(path))
        return say_no_memory();
    return make_folders(path);
}

/* Slashes can't be in a name, and long origins don't fit in one: of those
 * the end is replaced by a hash, which is FNV-1a. */
static bool
add_name(struct text *path, const char *origin, uint64_t key)
{
    struct text name = { 0 };
    uint64_t hash = 14695981039346656037u;
    bool good = true;

    for (const char *p = origin; *p != '\0' && good; p++) {
        hash = (hash ^ (uint8_t)*p) * 1099511628211u;
        good = *p == '/' ? text_add_str(&name, "%2F") : text_add(&name, p, 1);
    }
    if (good && name.len > NAME_PART_MAX) {
        name.len = NAME_PART_MAX;
        good = text_format(&name, "%%%016llX", (unsigned long long)hash);
    }
    good = good && text_add_str(path, "/") &&
           text_add(path, name.data, name.len) &&
           text_format(path, "+%016llX", (unsigned long long)key) &&
           text_end(path);
    text_free(&name);
    return good;
}

static bool
parse_root(const char *hex, uint8_t out[SHEAF_HASH_BYTES])
{
    for (size_t i = 0; i < SHEAF_HASH_BYTES; i++) {
        unsigned v;

        if (sscanf(hex + 2 * i, "%2x", &v) != 1)
            return false;
        out[i] = (uint8_t)v;
    }
    return true;
}

static bool
parse(struct log *l, const char *text)
{
    char origin[256], root[2 * SHEAF_HASH_BYTES + 1];
    unsigned long long key, size;

    if (sscanf(text, "sheaf log 1 origin %255s key %16llX size %llu root %64s",
               origin, &key, &size, root) != 4)
        return false;
    l->size = size;
    return strlen(root) == 2 * SHEAF_HASH_BYTES && parse_root(root, l->root) &&
           strcmp(origin, l->origin) == 0 && key == l->key;
}

int
log_open(struct log *l, const char *origin, const uint8_t key_id[8])
{
    struct text file = { 0 };
    int code;

    memset(l, 0, sizeof *l);
    l->origin = origin;
    l->key = key_number(key_id);
    code = find_folder(&l->path);
    if (code != EXIT_DONE)
        return code;
    if (!add_name(&l->path, origin, l->key))
        return say_no_memory();
    if (access(l->path.data, F_OK) != 0 && errno == ENOENT)
        return EXIT_DONE;
    code = read_file(l->path.data, LOG_FILE_MAX, &file);
    if (code == EXIT_DONE && !text_end(&file))
        code = say_no_memory();
    if (code == EXIT_DONE && !parse(l, file.data)) {
        say("%s: not what sheaf keeps there about this log", l->path.data);
        code = EXIT_FAILED;
    }
    l->known = code == EXIT_DONE;
    text_free(&file);
    return code;
}

int
log_save(struct log *l, uint64_t size, const uint8_t root[SHEAF_HASH_BYTES])
{
    struct out o;
    int code = out_create(&o, l->path.data, true);

    if (code != EXIT_DONE)
        return code;
    out_format(&o, "sheaf log 1\norigin %s\nkey %016llX\nsize %llu\nroot ",
               l->origin, (unsigned long long)l->key,
               (unsigned long long)size);
    out_hex(&o, root, SHEAF_HASH_BYTES);
    out_str(&o, "\n");
    code = out_finish(&o, l->path.data);
    out_drop(&o);
    return code;
}

void
log_close(struct log *l)
{
    text_free(&l->path);
}
