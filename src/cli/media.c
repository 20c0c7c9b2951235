/*
 * media.c - the parts of an article beside its body.
 */
#include "cli/media.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/json.h"
#include "base/urlpath.h"

/* What metadata says of the part: "media":[{"part":N,...},...]. */
static bool
find_media(const struct sheaf_article *article, size_t part,
           struct sheaf_bytes *out)
{
    struct sheaf_bytes media, value;
    struct json_iter it;
    uint64_t n;

    if (!json_member(article->meta, "media", &media) ||
        json_kind(media) != JSON_ARRAY)
        return false;
    it = json_iter_over(media);
    while (json_next_item(&it, out))
        if (json_kind(*out) == JSON_OBJECT &&
            json_member(*out, "part", &value) && json_uint(value, &n) &&
            n == part)
            return true;
    return false;
}

/* The path of what `member`, a name or a URL, says, beside `own`. */
static bool
join(const char *own, struct sheaf_bytes object, const char *member,
     char out[URLPATH_MAX + 1])
{
    struct sheaf_buf text = { 0 };
    struct sheaf_bytes inside;
    const char *slash = strrchr(own, '/');
    size_t folder = slash != NULL ? (size_t)(slash + 1 - own) : 0;
    bool good = json_member_inside(object, member, &inside) &&
                json_unescape(inside, &text);

    if (good && strcmp(member, "url") == 0)
        good = urlpath_join(own, buf_view(&text), out);
    else if (good)
        good = text.len > 0 &&
               memchr(buf_view(&text).data, '/', text.len) == NULL &&
               folder + text.len <= URLPATH_MAX &&
               snprintf(out, URLPATH_MAX + 1, "%.*s%.*s", (int)folder, own,
                        (int)text.len, (const char *)text.data) > 0;
    sheaf_buf_free(&text);
    return good && target_is_safe(sheaf_str(out));
}

bool
media_other_path(size_t part, const char *own, struct sheaf_buf *path)
{
    path->len = 0;
    return buf_format(path, "%s.part%zu", own, part) && buf_end(path);
}

bool
media_path(const struct sheaf_article *article, size_t part, const char *own,
           struct sheaf_buf *path)
{
    struct sheaf_bytes media;
    char joined[URLPATH_MAX + 1];

    if (!find_media(article, part, &media) ||
        (!join(own, media, "url", joined) &&
         !join(own, media, "name", joined)))
        return media_other_path(part, own, path);
    path->len = 0;
    return buf_add_str(path, joined) && buf_end(path);
}

/* ---- Comparing ----------------------------------------------------------- */

struct comparison {
    int fd;
    bool same;
};

/* Reads as much of the file as the piece has. */
static int
compare_piece(void *arg, const void *data, size_t len)
{
    struct comparison *c = arg;
    const uint8_t *p = data;
    uint8_t there[16 * 1024];

    while (len > 0 && c->same) {
        ssize_t n = read(c->fd, there,
                         len < sizeof there ? len : sizeof there);

        if (n < 0 && errno == EINTR)
            continue;
        c->same = n > 0 && memcmp(there, p, (size_t)n) == 0;
        p += c->same ? n : 0;
        len -= c->same ? (size_t)n : 0;
    }
    return c->same ? 0 : 1;
}

bool
media_is_there(const struct archive *a, const struct sheaf_article *article,
               size_t part, struct target *t, const char *path)
{
    struct comparison c = { target_existing(t, path), true };
    struct sheaf_error err = { 0 };
    char more;

    if (c.fd < 0)
        return false;
    if (sheaf_read_part(a->reader, a->scratch, article, part, compare_piece,
                        &c, &err) != SHEAF_OK ||
        read(c.fd, &more, 1) != 0)
        c.same = false;
    close(c.fd);
    return c.same;
}
