/*
 * readable.c - the readable text of an article, for --text.
 */
#include "cli/readable.h"

#include <errno.h>
#include <fcntl.h>
#include <strings.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/fd.h"
#include "base/utf8.h"
#include "cli/importer.h"

/* Limits of a page and of its text, in which a byte may become a character
 * of three. */
#define BODY_MAX ((uint64_t)64 << 20)
#define TEXT_MAX (3 * BODY_MAX)

static bool
is_type(struct sheaf_bytes type, const char *wanted)
{
    size_t n = strlen(wanted);

    return type.len >= n && strncasecmp((const char *)type.data, wanted, n) == 0
           && (type.len == n || type.data[n] == ';' || type.data[n] == ' ');
}

static bool
begins(struct sheaf_bytes t, const char *word)
{
    size_t n = strlen(word);

    return t.len >= n && strncasecmp((const char *)t.data, word, n) == 0;
}

/* Whether it names no charset, or UTF-8 or a part of it. */
static bool
is_utf8_type(struct sheaf_bytes t)
{
    while (t.len > 0 && !begins(t, "charset="))
        t = (struct sheaf_bytes){ t.data + 1, t.len - 1 };
    return t.len == 0 || begins(t, "charset=utf-8") ||
           begins(t, "charset=\"utf-8") || begins(t, "charset=utf8") ||
           begins(t, "charset=us-ascii");
}

enum readable_kind
readable_kind(const struct sheaf_article *article)
{
    struct sheaf_bytes type = article->parts[0].type;

    if (is_type(type, "text/html") || is_type(type, "application/xhtml+xml"))
        return READABLE_HTML;
    if (is_type(type, "text/plain") || is_type(type, "text/markdown"))
        return is_utf8_type(type) ? READABLE_AS_IS : READABLE_OTHER;
    if (is_type(type, "application/xml") || is_type(type, "text/xml"))
        return READABLE_OTHER;
    return READABLE_NOT;
}

bool
readable_is_found(const struct sheaf_article *article)
{
    enum readable_kind kind = readable_kind(article);

    return kind == READABLE_HTML || kind == READABLE_OTHER;
}

/* ---- The other process --------------------------------------------------- */

static int
start(struct readable *r)
{
    static char option[] = "--text";
    char *argv[] = { NULL, option, NULL };
    int to[2], from[2];
    int code;

    if (pipe2(to, O_CLOEXEC) != 0) {
        say("%s: %s", IMPORTER, strerror(errno));
        return EXIT_FAILED;
    }
    if (pipe2(from, O_CLOEXEC) != 0) {
        say("%s: %s", IMPORTER, strerror(errno));
        close(to[0]);
        close(to[1]);
        return EXIT_FAILED;
    }
    code = importer_start(argv, to[0], from[1], &r->child);
    close(to[0]);
    close(from[1]);
    r->to = to[1];
    r->from = from[0];
    if (code != EXIT_DONE) {
        close(r->to);
        close(r->from);
    }
    return code;
}

static bool
exchange(struct readable *r, struct sheaf_bytes type)
{
    uint8_t type_len = (uint8_t)type.len, size[8];
    uint64_t len;

    put_be(size, r->body.len, sizeof size);
    if (fd_write(r->to, &type_len, 1) != 0 ||
        fd_write(r->to, type.data, type_len) != 0 ||
        fd_write(r->to, size, sizeof size) != 0 ||
        fd_write(r->to, r->body.data, r->body.len) != 0 ||
        fd_read(r->from, size, sizeof size) != 0)
        return false;
    len = get_be(size, sizeof size);
    r->text.len = 0;
    if (len > TEXT_MAX || !buf_reserve(&r->text, (size_t)len + 1) ||
        fd_read(r->from, r->text.data, (size_t)len) != 0)
        return false;
    r->text.len = (size_t)len;
    return utf8_valid(buf_view(&r->text));
}

/* ---- Text ---------------------------------------------------------------- */

static int
keep_piece(void *arg, const void *data, size_t len)
{
    return buf_add(arg, data, len) ? 0 : 1;
}

static int
say_article(const struct archive *a, const struct sheaf_article *article,
            int code, const char *what)
{
    struct sheaf_buf id = { 0 };

    if (buf_add(&id, article->id.data, article->id.len) && buf_end(&id))
        say("%s: %s: %s", a->path, buf_str(&id), what);
    sheaf_buf_free(&id);
    return code;
}

int
readable_find(struct readable *r, const struct archive *a,
              const struct sheaf_article *article)
{
    struct sheaf_error err = { 0 };
    int rc, code = EXIT_DONE;

    if (article->parts[0].size > BODY_MAX)
        return say_article(
            a, article, EXIT_LIMIT,
            "more than 64 MiB, too long to find its text");
    r->body.len = 0;
    rc = sheaf_read_part(a->reader, a->scratch, article, 0, keep_piece,
                         &r->body, &err);
    if (rc == SHEAF_ESTOPPED)
        return say_no_memory();
    if (rc != SHEAF_OK)
        return archive_failed(a, rc, &err);
    if (r->child == 0)
        code = start(r);
    if (code == EXIT_DONE && !exchange(r, article->parts[0].type)) {
        readable_end(r);
        return say_article(a, article, EXIT_FAILED,
                           IMPORTER " gave no text");
    }
    return code;
}

int
readable_write(struct readable *r, const struct archive *a,
               const struct sheaf_article *article, struct out *o)
{
    struct sheaf_error err = { 0 };
    int code, rc;

    switch (readable_kind(article)) {
    case READABLE_HTML:
    case READABLE_OTHER:
        code = readable_find(r, a, article);
        if (code == EXIT_DONE)
            out_bytes(o, r->text.data, r->text.len);
        return code;
    case READABLE_AS_IS:
        rc = sheaf_read_part(a->reader, a->scratch, article, 0, out_write, o,
                             &err);
        return rc == SHEAF_OK || rc == SHEAF_ESTOPPED
                   ? EXIT_DONE : archive_failed(a, rc, &err);
    default:
        return say_article(
            a, article, EXIT_FAILED,
            "not text, HTML or XML; get without --text prints its bytes");
    }
}

void
readable_end(struct readable *r)
{
    if (r->child != 0) {
        close(r->to);
        close(r->from);
        child_stop(&r->child);
    }
    sheaf_buf_free(&r->body);
    sheaf_buf_free(&r->text);
}
