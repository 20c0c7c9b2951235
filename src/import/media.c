/*
 * media.c - --media: files that an article names become parts of it.
 *
 * Names come from untrusted articles. They are made plain as text first, and
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
#include "import/headers.h"
#include "import/html.h"

static const struct media_folder *folder;

const struct media_folder *
media_use(const struct media_folder *next)
{
    const struct media_folder *before = folder;

    folder = next;
    return before;
}

/* ---- Names ---- */

/* What is shown (a picture) is taken whatever it is; what a link leads to is
 * taken if it is a file of the kinds that are no articles. */
struct name {
    struct text url;
    bool shown;
};

struct names {
    struct name list[MEDIA_NAMES_MAX];
    size_t count;
};

static void
add_name(struct names *names, struct text url, bool shown)
{
    url = text_trim(url);
    if (names->count < MEDIA_NAMES_MAX &&
        urlpath_is_relative(text_bytes(url)) && text_is_utf8(url))
        names->list[names->count++] = (struct name){ url, shown };
}

static void
names_of_page(struct names *names, const struct page *page)
{
    for (const struct node *n = page->root; n != NULL;
         n = page_next(n, page->root)) {
        switch (n->tag) {
        case TAG_IMG:
        case TAG_SOURCE:
        case TAG_AUDIO:
        case TAG_EMBED:
            add_name(names, page_attr(page, n, "src"), true);
            break;
        case TAG_VIDEO:
            add_name(names, page_attr(page, n, "src"), true);
            add_name(names, page_attr(page, n, "poster"), true);
            break;
        case TAG_OBJECT:
            add_name(names, page_attr(page, n, "data"), false);
            break;
        case TAG_A: add_name(names, page_attr(page, n, "href"), false); break;
        default: break;
        }
    }
}

/* ![...](NAME "title") and [...](NAME), NAME also in <>. */
static void
names_of_markdown(struct names *names, struct text t)
{
    const char *at;

    while ((at = memmem(t.data, t.len, "](", 2)) != NULL) {
        size_t skip = (size_t)(at - t.data) + 2, len = 0;
        const char *start = memrchr(t.data, '[', skip - 2);
        bool shown = start != NULL && start > t.data && start[-1] == '!';

        t = text_from(t.data + skip, t.len - skip);
        if (t.len > 0 && t.data[0] == '<') {
            const char *end = memchr(t.data, '>', min_u64(t.len, 4000));

            len = end != NULL ? (size_t)(end - t.data) - 1 : 0;
            add_name(names, text_from(t.data + 1, len), shown);
            continue;
        }
        while (len < t.len && strchr(" \t\r\n)", t.data[len]) == NULL)
            len++;
        add_name(names, text_from(t.data, len), shown);
    }
}

/* Those in m->media: [{"url":...},...]. They are kept in `room`. */
static void
names_of_media(struct names *names, const struct meta *m,
               struct sheaf_buf *room)
{
    struct json_iter it = json_iter_over(text_bytes(text_of_buf(&m->media)));
    struct sheaf_bytes item, url;

    buf_reserve(room, m->media.len);
    while (m->media.len > 0 && json_next_item(&it, &item)) {
        size_t at = room->len;

        if (json_kind(item) == JSON_OBJECT &&
            json_member_inside(item, "url", &url) && json_unescape(url, room))
            add_name(names, text_from((char *)room->data + at, room->len - at),
                     true);
    }
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
    struct look look = { .start = text_from(data, min_u64(size, LOOK_MAX)),
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

/* Adds the file. False: there is none, or it was left out. */
static bool
add_file(struct media *media, struct meta *m, const struct name *name,
         char *path, size_t *total)
{
    const char *why = NULL;
    char *data = NULL;
    size_t size = 0, left = MEDIA_MAX - *total;
    int fd = open_below(folder->root, path);

    if (fd < 0)
        why = errno == ELOOP ? "a link" : strerror(errno);
    else if (media->count == PARTS_MAX)
        why = "the article has too many parts";
    else
        data = read_whole(fd, &size,
                          left < MEDIA_FILE_MAX ? left : MEDIA_FILE_MAX, &why);
    if (fd >= 0)
        close(fd);
    if (data != NULL && !name->shown && !is_attachment(data, size)) {
        mem_free(data);
        return false;
    }
    if (data == NULL) {
        /* A link may lead anywhere. */
        if (name->shown || fd >= 0)
            doubt(m, name->url, why);
        return false;
    }
    media->data[media->count] = data;
    media->parts[media->count++] = (struct part){ SHEAF_ROLE_MEDIA,
                                                  type_of(path), size, data };
    *total += size;
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

static void
add_names(struct media *media, struct meta *m, const struct names *names)
{
    char *seen[PARTS_MAX];
    size_t count = 0, total = 0;
    char path[URLPATH_MAX + 1];

    for (size_t i = 0; i < names->count; i++) {
        const struct name *n = &names->list[i];
        size_t k = 0;

        if (!urlpath_join(folder->below, text_bytes(n->url), path)) {
            if (n->shown)
                doubt(m, n->url, "outside of the folder");
            continue;
        }
        if (strcmp(path, folder->below) == 0)
            continue;
        if (name_refused(path)) {
            if (n->shown)
                doubt(m, n->url, "hidden or excluded");
            continue;
        }
        while (k < count && strcmp(seen[k], path) != 0)
            k++;
        if (k == count && add_file(media, m, n, path, &total)) {
            seen[count++] = format_text("%s", path);
            note(m, n->url, media->count - 1);
        }
    }
    while (count > 0)
        mem_free(seen[--count]);
}

void
media_add(struct media *media, struct meta *m, const struct part *parts,
          size_t count)
{
    struct names *names;
    struct text body = text_from(parts[0].data, (size_t)parts[0].size);
    struct text type = text_of(parts[0].type);
    struct sheaf_buf room = { 0 };
    struct html h;
    bool page = text_begins(type, TYPE_HTML) ||
                text_begins(type, "application/xhtml");

    memcpy(media->parts, parts, count * sizeof *parts);
    memset(media->data, 0, sizeof media->data);
    media->count = count;
    if (folder == NULL)
        return;
    if (parts[count - 1].data == NULL) {
        meta_doubt(m, "too large to look for its media");
        return;
    }
    names = mem_new(1, sizeof *names);
    names_of_media(names, m, &room);
    if (text_begins(type, TYPE_MARKDOWN))
        names_of_markdown(names, body);
    if (page) {
        html_open(&h, body, media_charset(type));
        names_of_page(names, &h.page);
    }
    add_names(media, m, names);
    if (page)
        html_close(&h);
    sheaf_buf_free(&room);
    mem_free(names);
}

void
media_free(struct media *media)
{
    for (size_t i = 0; i < media->count; i++)
        mem_free(media->data[i]);
}
