/*
 * served.c - the archives of `sheaf serve`, and in which state they are.
 *
 * A state is what an end record commits. What an append has written behind it
 * is not served, and what is served stays as it is: an append changes nothing
 * before. A file that was replaced is opened anew, and so is one that a
 * symbolic link was switched to: names are followed at each look, as they were
 * given.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/hex.h"
#include "base/utf8.h"
#include "cli/keyfile.h"
#include "cli/opening.h"
#include "cli/outfile.h"
#include "cli/pins.h"
#include "cli/remote.h"
#include "cli/serving.h"

#define SERVED_MAX 4096
#define SUFFIX ".sheaf"
/* The end record and its copy are in these last bytes, or a part of them that
 * names all the rest. */
#define END_BYTES ((size_t)64 << 10)

/* ---- One state ----------------------------------------------------------- */

static bool
same_state(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino &&
           a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* A strong tag, the same on every machine that has these bytes: of the size,
 * the tree and the end, which has the places and checksums of what comes
 * before. */
static int
make_tag(const struct sheaf_info *info, int fd, struct sheaf_buf *out)
{
    size_t len = info->file_bytes < END_BYTES ? (size_t)info->file_bytes
                                              : END_BYTES;
    struct sheaf_buf bytes = { 0 };
    uint8_t hash[HASH_BYTES];
    char text[2 * 16];
    int code = EXIT_DONE;

    if (!buf_add_be(&bytes, info->file_bytes, 8) ||
        !buf_add(&bytes, info->root, sizeof info->root) ||
        !buf_resize(&bytes, bytes.len + len))
        code = say_no_memory();
    else if (pread(fd, bytes.data + bytes.len - len, len,
                   (off_t)(info->file_bytes - len)) != (ssize_t)len)
        code = EXIT_FAILED;
    if (code == EXIT_DONE) {
        hash_blake2b(bytes.data, bytes.len, hash);
        hex_print(hash, sizeof text / 2, text);
        out->len = 0;
        if (!buf_add_str(out, "\"") || !buf_add(out, text, sizeof text) ||
            !buf_add_str(out, "\""))
            code = say_no_memory();
    }
    sheaf_buf_free(&bytes);
    return code;
}

static bool
has_index(const struct served *s)
{
    struct sheaf_buf path = { 0 };
    bool has = buf_add_str(&path, s->path) && buf_add_str(&path, ".db") &&
               buf_end(&path) && access(buf_str(&path), R_OK) == 0;

    sheaf_buf_free(&path);
    return has;
}

static int
write_buf(void *arg, const void *data, size_t len)
{
    return buf_add(arg, data, len) ? 0 : -1;
}

/* "archives/NAME.sheaf" as a URL. */
static void
print_url(struct out *o, struct sheaf_bytes name)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789-._~";

    out_str(o, "\"archives/");
    for (size_t i = 0; i < name.len; i++)
        if (strchr(plain, name.data[i]) != NULL)
            out_bytes(o, &name.data[i], 1);
        else
            out_format(o, "%%%02X", name.data[i]);
    out_str(o, SUFFIX "\"");
}

static int
make_json(const struct sheaf_info *info, const struct served *s, bool index,
          struct sheaf_buf *json)
{
    static const struct sheaf_sink_ops ops = { .write = write_buf };
    struct out o;

    out_start(&o, -1);
    o.sink = (struct sheaf_sink){ &ops, json };
    out_str(&o, "{\"name\":");
    out_json(&o, buf_view(&s->name));
    out_str(&o, ",\"url\":");
    print_url(&o, buf_view(&s->name));
    out_format(&o, ",\"size\":%llu,\"articles\":%llu",
               (unsigned long long)info->file_bytes,
               (unsigned long long)info->articles);
    out_json_number(&o, "leaves", info->size);
    out_json_number(&o, "signed", info->signed_size);
    out_str(&o, ",\"origin\":");
    out_json(&o, info->origin);
    out_json_bool(&o, "search", index);
    out_str(&o, "}");
    return out_flush(&o) ? EXIT_DONE : say_no_memory();
}

static void
replace(struct sheaf_buf *old, struct sheaf_buf *by)
{
    struct sheaf_buf was = *old;

    *old = *by;
    *by = was;
}

/* Takes `fd`, if it is of another state than before. While something is
 * appended, the file changes, and its state does not. */
static int
take_state(struct served *s, const struct archive *a, const struct stat *now,
           bool index, int *fd)
{
    struct sheaf_buf tag = { 0 }, json = { 0 };
    int code = make_tag(&a->info, *fd, &tag);

    if (code == EXIT_DONE)
        code = make_json(&a->info, s, index, &json);
    if (code == EXIT_DONE &&
        (now->st_dev != s->seen.st_dev || now->st_ino != s->seen.st_ino ||
         !bytes_equal(buf_view(&tag), buf_view(&s->tag)) ||
         !bytes_equal(buf_view(&json), buf_view(&s->json)))) {
        if (s->fd >= 0)
            close(s->fd);
        s->fd = *fd;
        *fd = -1;
        s->size = a->info.file_bytes;
        s->state++;
        replace(&s->tag, &tag);
        replace(&s->json, &json);
    }
    sheaf_buf_free(&tag);
    sheaf_buf_free(&json);
    return code;
}

/* With a key, what replaces an archive must go on with its log. The first one
 * is compared with what was verified before. */
static int
check_log(const struct served_list *list, const struct served *s,
          struct archive *a)
{
    struct pin pin;
    int code;

    if (s->state == 0) {
        code = pins_check(list->args, a, &list->key, false, &pin);
        pin_free(&pin);
        return code;
    }
    return archive_goes_on(a, &s->signed_to);
}

static int
keep_checkpoint(struct served *s, const struct archive *a)
{
    struct sheaf_error err = { 0 };
    int rc = sheaf_checkpoint_parse(a->info.note, &s->signed_to, &err);

    if (rc != SHEAF_OK)
        return archive_failed(a, rc, &err);
    s->origin.len = 0;
    if (!buf_add(&s->origin, a->info.origin.data, a->info.origin.len))
        return say_no_memory();
    s->signed_to.origin = buf_view(&s->origin);
    return EXIT_DONE;
}

static void
keep_seen(struct served *s, const struct stat *seen, bool index, int code)
{
    s->seen = *seen;
    s->indexed = index;
    s->code = code;
}

static bool
leads_to(const struct served *s, const struct stat *file, uint64_t bytes)
{
    struct stat now;

    return stat(s->path, &now) == 0 && now.st_dev == file->st_dev &&
           now.st_ino == file->st_ino && bytes <= (uint64_t)now.st_size;
}

/* What it says of a file holds for that file only: if the name led elsewhere
 * meanwhile, it is looked at again. */
static int
look_into(const struct served_list *list, struct served *s,
          const struct stat *file, int *fd)
{
    struct archive a;
    bool index = has_index(s), same;
    int code = archive_open(&a, s->path, list->keyed ? &list->key : NULL);

    if (code == EXIT_DONE)
        code = origin_check(list->args, s->path, a.info.origin);
    if (code == EXIT_DONE && list->keyed)
        code = check_log(list, s, &a);
    same = leads_to(s, file, a.info.file_bytes);
    if (code == EXIT_DONE && same) {
        code = take_state(s, &a, file, index, fd);
        if (code == EXIT_DONE && list->keyed)
            code = keep_checkpoint(s, &a);
        if (code == EXIT_DONE)
            keep_seen(s, file, index, code);
    } else if (same) {
        keep_seen(s, file, index, code);
    } else if (code == EXIT_DONE) {
        code = EXIT_FAILED;
    }
    archive_close(&a);
    return code;
}

int
served_look(const struct served_list *list, struct served *s)
{
    struct stat file;
    int code = EXIT_FAILED;
    int fd = open(s->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0 || fstat(fd, &file) != 0 || !S_ISREG(file.st_mode)) {
        if (s->state == 0)
            say("%s: %s", s->path, fd < 0 ? strerror(errno) : "no file");
    } else if (same_state(&file, &s->seen) && s->indexed == has_index(s)) {
        code = s->code;
    } else {
        code = look_into(list, s, &file, &fd);
    }
    if (fd >= 0)
        close(fd);
    return code;
}

/* ---- All of them --------------------------------------------------------- */

/* Links in it stay: what they lead to may change. NULL: see errno. */
static char *
make_absolute(const char *path)
{
    char *folder, *made;

    if (path[0] == '/')
        return strdup(path);
    while (strncmp(path, "./", 2) == 0)
        path += 2;
    folder = getcwd(NULL, 0);
    if (folder == NULL)
        return NULL;
    if (asprintf(&made, "%s/%s", folder, path) < 0)
        made = NULL;
    free(folder);
    return made;
}

static int
set_names(struct served *s, const char *path)
{
    struct sheaf_bytes name;
    char *slash;

    s->fd = -1;
    s->path = make_absolute(path);
    if (s->path == NULL) {
        say("%s: %s", path, strerror(errno));
        return EXIT_FAILED;
    }
    slash = strrchr(s->path, '/');
    s->file = slash + 1;
    s->folder = strndup(s->path,
                        slash == s->path ? 1 : (size_t)(slash - s->path));
    name = sheaf_str(s->file);
    if (name.len > strlen(SUFFIX) &&
        strcmp(s->file + name.len - strlen(SUFFIX), SUFFIX) == 0)
        name.len -= strlen(SUFFIX);
    if (s->folder == NULL || !buf_add(&s->name, name.data, name.len))
        return say_no_memory();
    if (!utf8_valid(name)) {
        say("%s: its name is not UTF-8", path);
        return EXIT_FAILED;
    }
    for (size_t i = 0; i < name.len; i++)
        if (name.data[i] < 0x20 || name.data[i] == 0x7F) {
            say("%s: its name has a control character", path);
            return EXIT_FAILED;
        }
    return EXIT_DONE;
}

static void
end_one(struct served *s)
{
    if (s->fd >= 0)
        close(s->fd);
    free(s->path);
    free(s->folder);
    sheaf_buf_free(&s->name);
    sheaf_buf_free(&s->tag);
    sheaf_buf_free(&s->json);
    sheaf_buf_free(&s->origin);
}

static int
add_one(struct served_list *list, const char *path)
{
    struct served *more, *s;
    int code;

    if (list->count == SERVED_MAX) {
        say("%s: more than %d archives", path, SERVED_MAX);
        return EXIT_LIMIT;
    }
    more = realloc(list->at, (list->count + 1) * sizeof *more);
    if (more == NULL)
        return say_no_memory();
    list->at = more;
    s = &more[list->count];
    memset(s, 0, sizeof *s);
    code = set_names(s, path);
    for (size_t i = 0; code == EXIT_DONE && i < list->count; i++)
        if (bytes_equal(buf_view(&more[i].name), buf_view(&s->name))) {
            say("%s: there is another archive of this name, %s", path,
                more[i].path);
            code = EXIT_FAILED;
        }
    if (code == EXIT_DONE)
        code = served_look(list, s);
    if (code == EXIT_DONE)
        list->count++;
    else
        end_one(s);
    return code;
}

static int
is_archive(const struct dirent *entry)
{
    size_t len = strlen(entry->d_name);

    return entry->d_name[0] != '.' && len > strlen(SUFFIX) &&
           strcmp(entry->d_name + len - strlen(SUFFIX), SUFFIX) == 0;
}

static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int
add_folder(struct served_list *list, const char *folder)
{
    struct dirent **entries;
    struct sheaf_buf path = { 0 };
    size_t before = list->count;
    int n = scandir(folder, &entries, is_archive, by_bytes);
    int code = EXIT_DONE;

    if (n < 0) {
        say("%s: %s", folder, strerror(errno));
        return EXIT_FAILED;
    }
    for (int i = 0; i < n; i++) {
        path.len = 0;
        if (!buf_format(&path, "%s/%s", folder, entries[i]->d_name) ||
            !buf_end(&path))
            code = say_no_memory();
        else if (code != EXIT_LIMIT &&
                 add_one(list, buf_str(&path)) == EXIT_LIMIT)
            code = EXIT_LIMIT;
        free(entries[i]);
    }
    free(entries);
    sheaf_buf_free(&path);
    if (code == EXIT_DONE && list->count == before) {
        say("%s: no archive in it that can be served", folder);
        code = EXIT_FAILED;
    }
    return code;
}

int
served_find(struct served_list *list, const struct args *args)
{
    struct sheaf_error err = { 0 };
    struct stat st;
    int code = EXIT_DONE;

    list->args = args;
    if (hash_start(&err) != SHEAF_OK)
        return say_failed("serve", SHEAF_ENOMEM, &err);
    for (size_t i = 0; i < args->count && code == EXIT_DONE; i++) {
        const char *path = args->operand[i];

        if (remote_is(path))
            code = say_usage("serve", "serve: what it serves must be a file: "
                             "download it first");
        else if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
            code = add_folder(list, path);
        else
            code = add_one(list, path);
    }
    return code;
}

void
served_end(struct served_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        end_one(&list->at[i]);
    free(list->at);
    free(list->key_text);
}
