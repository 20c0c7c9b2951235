/*
 * files.c - what there is to serve: the page, and the archives.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/hash.h"
#include "base/hex.h"
#include "serve/serve.h"

#define ARCHIVES_MAX 65536u

struct served {
    struct copy now; /* fd -1: not told yet */
    struct sheaf_buf name, json;
};

static struct page_file page[FILES_MAX];
static size_t page_count;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct served *archives;
static size_t archive_count;

/* ---- The page ------------------------------------------------------------ */

static const char *
type_of(const char *name)
{
    static const char *const types[][2] = {
        { ".html", "text/html; charset=utf-8" },
        { ".js", "text/javascript; charset=utf-8" },
        { ".mjs", "text/javascript; charset=utf-8" },
        { ".css", "text/css; charset=utf-8" },
        { ".wasm", "application/wasm" },
        { ".json", "application/json" },
        { ".webmanifest", "application/manifest+json" },
        { ".svg", "image/svg+xml" },
        { ".png", "image/png" },
        { ".ico", "image/x-icon" },
        { ".woff2", "font/woff2" },
        { ".txt", "text/plain; charset=utf-8" },
    };
    const char *dot = strrchr(name, '.');

    for (size_t i = 0; dot != NULL && i < COUNT_OF(types); i++)
        if (strcmp(dot, types[i][0]) == 0)
            return types[i][1];
    return "application/octet-stream";
}

/* A strong tag of 128 bits, in quotes. */
static void
tag_of(const void *data, size_t len, char tag[40])
{
    uint8_t hash[HASH_BYTES];

    hash_blake2b(data, len, hash);
    tag[0] = '"';
    hex_print(hash, 16, tag + 1);
    tag[33] = '"';
    tag[34] = '\0';
}

void
files_add_page(struct sheaf_bytes name, int fd)
{
    struct page_file *f = &page[page_count];
    off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : -1;

    if (page_count == FILES_MAX || size < 0 || (size_t)size > FILE_BYTES_MAX)
        die("the page has too many files, or too large ones");
    f->name = strndup((const char *)name.data, name.len);
    f->data = malloc((size_t)size + 1);
    f->len = (size_t)size;
    if (f->name == NULL || f->data == NULL)
        die("out of memory");
    if (lseek(fd, 0, SEEK_SET) != 0 || fd_read(fd, f->data, f->len) != 0)
        die("a file of the page cannot be read");
    close(fd);
    f->type = type_of(f->name);
    tag_of(f->data, f->len, f->tag);
    page_count++;
}

const struct page_file *
files_page(struct sheaf_bytes name)
{
    for (size_t i = 0; i < page_count; i++)
        if (bytes_is(name, page[i].name))
            return &page[i];
    return NULL;
}

/* ---- Archives ------------------------------------------------------------ */

static void
make_room(uint32_t number)
{
    struct served *more;

    if (number >= ARCHIVES_MAX)
        die("too many archives");
    if (number < archive_count)
        return;
    more = realloc(archives, (number + 1u) * sizeof *more);
    if (more == NULL)
        die("out of memory");
    archives = more;
    while (archive_count <= number)
        archives[archive_count++] = (struct served){ .now.fd = -1 };
}

void
files_set_archive(uint32_t number, uint64_t size, struct sheaf_bytes tag,
                  struct sheaf_bytes name, struct sheaf_bytes json, int fd)
{
    struct served *s;

    if (fd < 0 || tag.len >= sizeof s->now.tag)
        die("an archive is missing");
    pthread_mutex_lock(&lock);
    make_room(number);
    s = &archives[number];
    if (s->now.fd >= 0)
        close(s->now.fd);
    s->now = (struct copy){ .fd = fd, .size = size };
    memcpy(s->now.tag, tag.data, tag.len);
    s->name.len = s->json.len = 0;
    if (!buf_add(&s->name, name.data, name.len) ||
        !buf_add(&s->json, json.data, json.len))
        die("out of memory");
    pthread_mutex_unlock(&lock);
}

void
files_answer_tag(const char *of, char tag[40])
{
    struct sheaf_buf b = { 0 };

    if (!buf_add_str(&b, of) ||
        !buf_add(&b, settings.answers.data, settings.answers.len))
        die("out of memory");
    tag_of(b.data, b.len, tag);
    sheaf_buf_free(&b);
}

bool
files_archive(struct sheaf_bytes name, uint32_t *number)
{
    bool found = false;

    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < archive_count && !found; i++)
        if (bytes_equal(buf_view(&archives[i].name), name)) {
            *number = (uint32_t)i;
            found = true;
        }
    pthread_mutex_unlock(&lock);
    return found;
}

bool
files_copy(uint32_t number, bool fd, struct copy *out)
{
    pthread_mutex_lock(&lock);
    *out = archives[number].now;
    out->fd = fd ? fcntl(out->fd, F_DUPFD_CLOEXEC, 3) : -1;
    pthread_mutex_unlock(&lock);
    return !fd || out->fd >= 0;
}

bool
files_list(struct sheaf_buf *json, char tag[40])
{
    bool good = buf_add_str(json, "[");

    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < archive_count && good; i++)
        good = buf_add_str(json, i != 0 ? ",\n" : "\n") &&
               buf_add(json, archives[i].json.data, archives[i].json.len);
    pthread_mutex_unlock(&lock);
    good = good && buf_add_str(json, "\n]\n");
    if (good)
        tag_of(json->data, json->len, tag);
    return good;
}

/* ---- The plain page ------------------------------------------------------ */

static bool
add_html(struct sheaf_buf *out, struct sheaf_bytes text)
{
    bool good = true;

    for (size_t i = 0; i < text.len && good; i++)
        switch (text.data[i]) {
        case '&': good = buf_add_str(out, "&amp;"); break;
        case '<': good = buf_add_str(out, "&lt;"); break;
        case '"': good = buf_add_str(out, "&quot;"); break;
        default: good = buf_add(out, text.data + i, 1);
        }
    return good;
}

static bool
add_url(struct sheaf_buf *out, struct sheaf_bytes name)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "abcdefghijklmnopqrstuvwxyz0123456789-._~";
    bool good = true;

    for (size_t i = 0; i < name.len && good; i++)
        if (strchr(plain, name.data[i]) != NULL)
            good = buf_add(out, name.data + i, 1);
        else
            good = buf_format(out, "%%%02X", name.data[i]);
    return good;
}

static bool
add_archive(struct sheaf_buf *out, struct sheaf_bytes name)
{
    return buf_add_str(out, "<li><bdi>") && add_html(out, name) &&
           buf_add_str(out, "</bdi>: <a href=\"archives/") &&
           add_url(out, name) &&
           buf_add_str(out, ".sheaf\">the file</a>, <a href=\""
                            "api/archives/") &&
           add_url(out, name) &&
           buf_add_str(out, "/articles?limit=100\">its articles</a>, "
                            "<a href=\"api/archives/") &&
           add_url(out, name) && buf_add_str(out, "\">about it</a>\n");
}

bool
files_plain_page(struct sheaf_buf *out)
{
    bool good = buf_add_str(
        out, "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" content=\"width=device-width\">\n"
             "<title>Archives</title>\n<h1>Archives</h1>\n<ul>\n");

    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < archive_count && good; i++)
        good = add_archive(out, buf_view(&archives[i].name));
    pthread_mutex_unlock(&lock);
    return good &&
           buf_add_str(out,
                       "</ul>\n<p>All of them: <a href=\"archives.json\">"
                       "archives.json</a>. The manual page sheaf(1) "
                       "describes what else can be asked.</p>\n</html>\n");
}
