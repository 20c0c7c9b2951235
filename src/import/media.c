/*
 * media.c - --media: files that an article names become parts of it.
 *
 * Of an article in a crawl they are in that crawl: crawl_media.h. In a folder,
 * names come from untrusted articles. They are made plain as text first, and
 * may not lead out of the folder that the user gave. Then each folder on the
 * way is opened in the one before, and never through a link.
 */
#include "import/media.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/urlpath.h"
#include "import/crawl_media.h"
#include "import/media_names.h"

static const struct media_place *where;

const struct media_place *
media_use(const struct media_place *next)
{
    const struct media_place *before = where;

    where = next;
    return before;
}

/* ---- Files ---- */

/* Opens a file below the root; -1 with errno. */
static int
open_below(int root, char *path)
{
    int at = root, fd;

    for (char *slash; (slash = strchr(path, '/')) != NULL; path = slash + 1) {
        int next;

        *slash = '\0';
        next = openat(at, path,
                      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        *slash = '/';
        if (at != root)
            close(at);
        if (next < 0)
            return -1;
        at = next;
    }
    fd = openat(at, path,
                O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (at != root) {
        int sys = errno;

        close(at);
        errno = sys;
    }
    return fd;
}

/* Reads all of a file. NULL with `why`. */
static char *
read_whole(int fd, size_t *size, size_t max, const char **why)
{
    struct stat st;
    char *data;
    size_t n = 0;

    *why = "not a file";
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
        return NULL;
    *why = "too large";
    if ((uint64_t)st.st_size > max)
        return NULL;
    *size = (size_t)st.st_size;
    data = mem_new(*size + 1, 1);
    while (n <= *size) {
        ssize_t got = read(fd, data + n, *size + 1 - n);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    out_progress();
    if (n == *size)
        return data;
    mem_free(data);
    *why = "changed while it was read";
    return NULL;
}

static const char *
type_of(const char *path)
{
    static const struct {
        const char *suffix;
        const char *type;
    } types[] = {
        { ".png", "image/png" },       { ".jpg", "image/jpeg" },
        { ".jpeg", "image/jpeg" },     { ".gif", "image/gif" },
        { ".webp", "image/webp" },     { ".avif", "image/avif" },
        { ".svg", "image/svg+xml" },   { ".tif", "image/tiff" },
        { ".tiff", "image/tiff" },     { ".heic", "image/heic" },
        { ".mp3", "audio/mpeg" },      { ".m4a", "audio/mp4" },
        { ".ogg", "audio/ogg" },       { ".flac", "audio/flac" },
        { ".wav", "audio/wav" },       { ".mp4", "video/mp4" },
        { ".webm", "video/webm" },     { ".mov", "video/quicktime" },
        { ".pdf", "application/pdf" }, { ".rtf", "application/rtf" },
    };

    for (size_t i = 0; i < COUNT_OF(types); i++)
        if (text_ends(text_of(path), types[i].suffix))
            return types[i].type;
    return TYPE_BYTES;
}

/* What an article has besides text: by its content. */
static bool
is_attachment(const char *data, size_t size)
{
    size_t start = (size_t)min_u64(size, LOOK_MAX);
    struct look look = { .start = text_from(data, start),
                         .name = { "", 0 },
                         .whole = size <= LOOK_MAX };
    bool quiet;

    return other_kind(&look, &quiet) != NULL;
}

static void
doubt(struct meta *m, struct text url, const char *why)
{
    char *line = format_text("media: %.*s: %s", (int)url.len, url.data, why);

    for (char *p = line; *p != '\0'; p++)
        if (*p == '\n' || *p == '\r')
            *p = ' ';
    meta_doubt(m, line);
    mem_free(line);
}

/* A file that was read. */
struct found {
    char *data; /* NULL: `why` says why not */
    size_t size;
    char type[CRAWL_MEDIA_TYPE];
    const char *doubt;
    const char *why;
    bool there; /* something is, at least */
};

static void
read_file(char *path, size_t max, struct found *f)
{
    int fd = open_below(where->root, path);

    f->there = fd >= 0;
    if (fd < 0)
        f->why = errno == ELOOP ? "a link" : strerror(errno);
    else
        f->data = read_whole(fd, &f->size, max, &f->why);
    if (fd >= 0)
        close(fd);
}

static void
read_capture(const char *key, size_t max, struct found *f)
{
    struct crawl_file file;

    if (!crawl_media_get(where->crawl, text_of(key), where->date, max, &file,
                         &f->there, &f->why))
        return;
    f->data = file.data;
    f->size = file.size;
    f->doubt = file.doubt;
    memcpy(f->type, file.type, sizeof f->type);
}

/* Adds what is at `path`, a file or an address. False: there is none, or it
 * was left out. */
static bool
add_file(struct media *media, struct meta *m, const struct name *name,
         char *path, size_t *total)
{
    bool full = media->count == PARTS_MAX;
    size_t left =
        full ? 0 : (size_t)min_u64(MEDIA_MAX - *total, MEDIA_FILE_MAX);
    struct found f = { .data = NULL };
    char *type;

    if (where->crawl != NULL)
        read_capture(path, left, &f);
    else
        read_file(path, left, &f);
    if (full && f.there) {
        mem_free(f.data);
        f.data = NULL;
        f.why = "the article has too many parts";
    }
    if (f.data != NULL && !name->shown && !is_attachment(f.data, f.size)) {
        mem_free(f.data);
        return false;
    }
    if (f.data == NULL) {
        /* A link may lead anywhere. */
        if (f.there || (name->shown && !name->spare))
            doubt(m, name->url, f.why);
        return false;
    }
    if (f.doubt != NULL)
        doubt(m, name->url, f.doubt);
    type = format_text("%s", f.type[0] != '\0' ? f.type : type_of(path));
    media->types[media->count] = type;
    media->data[media->count] = f.data;
    media->parts[media->count++] = (struct part){ SHEAF_ROLE_MEDIA, type,
                                                  f.size, f.data };
    *total += f.size;
    return true;
}

/* ---- What is noted of them ---- */

/* Copies an object, with "part":N in its place. */
static void
note_in(struct sheaf_buf *out, struct sheaf_bytes object, size_t part)
{
    struct json_iter it = json_iter_over(object);
    struct sheaf_bytes key, value;
    bool done = false;

    buf_add_str(out, "{");
    while (json_next(&it, &key, &value)) {
        bool here = !done && bytes_compare(key, sheaf_str("part")) > 0;

        if (here) {
            canon_key(out, text_of("part"));
            buf_add_u64_text(out, part);
            done = true;
        }
        canon_key(out, text_from(key.data, key.len));
        buf_add(out, value.data, value.len);
    }
    buf_add_str(out, "}");
}

/* Notes which part holds what `url` names. */
static void
note(struct meta *m, struct text url, size_t part)
{
    struct json_iter it = json_iter_over(text_bytes(text_of_buf(&m->media)));
    struct sheaf_buf out = { 0 }, plain = { 0 };
    struct sheaf_bytes item, inside;
    bool found = false;

    buf_add_str(&out, "[");
    while (m->media.len > 0 && json_next_item(&it, &item)) {
        bool same;

        plain.len = 0;
        same = !found && json_kind(item) == JSON_OBJECT &&
               json_member_inside(item, "url", &inside) &&
               json_unescape(inside, &plain) &&
               text_compare(text_of_buf(&plain), url) == 0;
        buf_add_str(&out, out.len > 1 ? "," : "");
        if (same)
            note_in(&out, item, part);
        else
            buf_add(&out, item.data, item.len);
        found = found || same;
    }
    if (!found) {
        buf_add_str(&out, out.len > 1 ? ",{\"part\":" : "{\"part\":");
        buf_add_u64_text(&out, part);
        buf_add_str(&out, ",\"url\":");
        canon_string(&out, url);
        buf_add_str(&out, "}");
    }
    buf_add_str(&out, "]");
    sheaf_buf_free(&plain);
    sheaf_buf_free(&m->media);
    m->media = out;
}

/* ---- All of it ---- */

/* The path or address that a name means, a new string. NULL: it is not looked
 * at; `why` says why, or is NULL if nobody needs to know. */
static char *
locate(const struct names *names, const struct name *n, const char **why)
{
    char path[URLPATH_MAX + 1];
    struct sheaf_buf key = { 0 };
    char *found = NULL;

    *why = NULL;
    if (where->crawl != NULL) {
        if (crawl_media_key(n->url, text_of_buf(&names->base), &key))
            found = format_text("%.*s", (int)key.len, (char *)key.data);
        else if (!text_begins(n->url, "data:"))
            *why = "no address that a crawl can have";
        sheaf_buf_free(&key);
        return found;
    }
    if (!urlpath_join(where->below, text_bytes(n->url), path))
        *why = "outside of the folder";
    else if (strcmp(path, where->below) == 0)
        return NULL;
    else if (name_refused(path))
        *why = "hidden or excluded";
    return *why == NULL ? format_text("%s", path) : NULL;
}

/* What has been added. */
struct added {
    char *paths[PARTS_MAX];
    size_t count;
    size_t total; /* bytes */
};

/* Whether the name leads to a part. */
static bool
add_one(struct media *media, struct meta *m, const struct names *names,
        const struct name *n, struct added *added)
{
    const char *why;
    char *path = locate(names, n, &why);
    size_t k = 0;

    if (path == NULL) {
        if (why != NULL && n->shown && !n->spare)
            doubt(m, n->url, why);
        return false;
    }
    while (k < added->count && strcmp(added->paths[k], path) != 0)
        k++;
    if (k < added->count || !add_file(media, m, n, path, &added->total)) {
        mem_free(path);
        return k < added->count;
    }
    added->paths[added->count++] = path;
    note(m, n->url, media->count - 1);
    return true;
}

static void
add_names(struct media *media, struct meta *m, const struct names *names)
{
    struct added added = { .count = 0 };
    uint32_t done = 0; /* the set of which one was found */

    for (size_t i = 0; i < names->count; i++) {
        const struct name *n = &names->list[i];

        if (n->set != 0 && n->set == done)
            continue;
        if (add_one(media, m, names, n, &added) && n->set != 0)
            done = n->set;
    }
    while (added.count > 0)
        mem_free(added.paths[--added.count]);
}

/* Relative names in a crawl begin at the address that <base> says, which may
 * be relative itself. */
static void
settle_base(struct names *names)
{
    struct sheaf_buf said = names->base;

    names->base = (struct sheaf_buf){ 0 };
    if (said.len == 0 ||
        !crawl_media_key(text_of_buf(&said), where->url, &names->base)) {
        names->base.len = 0;
        buf_add(&names->base, where->url.data, where->url.len);
    }
    sheaf_buf_free(&said);
}

/* All names in the article, and the files of these names. */
static void
add_all(struct media *media, struct meta *m, struct text body,
        struct text type)
{
    struct names *names = mem_new(1, sizeof *names);

    names_find(names, body, type, m, where->crawl != NULL);
    if (where->crawl != NULL)
        settle_base(names);
    add_names(media, m, names);
    names_free(names);
    mem_free(names);
}

void
media_add(struct media *media, struct meta *m, const struct part *parts,
          size_t count)
{
    memset(media, 0, sizeof *media);
    memcpy(media->parts, parts, count * sizeof *parts);
    media->count = count;
    if (where == NULL)
        return;
    if (parts[count - 1].data == NULL)
        meta_doubt(m, "too large to look for its media");
    else
        add_all(media, m, text_from(parts[0].data, (size_t)parts[0].size),
                text_of(parts[0].type));
}

void
media_free(struct media *media)
{
    for (size_t i = 0; i < media->count; i++) {
        mem_free(media->data[i]);
        mem_free(media->types[i]);
    }
}
