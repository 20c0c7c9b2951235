/*
 * package.c - documents that are zip archives of certain files. libarchive
 * opens the archive, and libxml2 reads the files that are XML.
 */
#include "import/package.h"

#include <glib.h>
#include <libxml/parser.h>
#include <libxml/uri.h>
#include <stdlib.h>

#include "import/archive.h"

/* No zip archive has a longer path. */
#define PATH_MAX_LEN ((size_t)65535)

/* ---- What is found by a name ---- */

void
index_add(struct index *x, char *name, void *value)
{
    x->list = mem_resize(x->list, x->count + 1, sizeof *x->list);
    x->list[x->count] = (struct named){ name, x->count, value };
    x->count++;
}

static int
compare_named(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    return order != 0 ? order
                      : (x->number > y->number) - (x->number < y->number);
}

void
index_sort(struct index *x)
{
    if (x->count > 1)
        qsort(x->list, x->count, sizeof *x->list, compare_named);
}

void *
index_find(const struct index *x, const char *name)
{
    size_t from = 0, end = x->count;

    /* Those before `from` come before the name, and those from `end` on do
     * not. */
    while (from < end) {
        size_t middle = from + (end - from) / 2;

        if (strcmp(x->list[middle].name, name) < 0)
            from = middle + 1;
        else
            end = middle;
    }
    return from < x->count && strcmp(x->list[from].name, name) == 0
               ? x->list[from].value
               : NULL;
}

void
index_free(struct index *x)
{
    for (size_t i = 0; i < x->count; i++)
        mem_free(x->list[i].name);
    mem_free(x->list);
}

/* ---- Paths ---- */

/* With "%20" and the like as what they mean; a new string. */
static char *
unescape(const char *path)
{
    xmlChar *plain = (xmlChar *)xmlURIUnescapeString(path, 0, NULL);
    char *out = format_text("%s", plain != NULL ? (const char *)plain : path);

    xmlFree(plain);
    return out;
}

/* What is alike in paths that mean the same; a new string. */
static char *
alike(const char *path)
{
    char *plain = unescape(path), *folded, *composed, *out;

    for (char *p = plain; *p != '\0'; p++)
        if (*p == '\\')
            *p = '/';
    if (!text_is_utf8(text_of(plain)))
        return plain;
    folded = g_utf8_casefold(plain, -1);
    composed = g_utf8_normalize(folded, -1, G_NORMALIZE_NFC);
    out = format_text("%s", composed != NULL ? composed : plain);
    g_free(folded);
    g_free(composed);
    mem_free(plain);
    return out;
}

/* Takes "." and ".." out of a path; those that lead out of the package lead to
 * its top. */
static void
remove_dots(char *path)
{
    const char *from = path;
    char *to = path;

    while (*from != '\0') {
        size_t len = strcspn(from, "/");
        size_t whole = len + (from[len] == '/');

        if (len == 2 && from[0] == '.' && from[1] == '.') {
            for (to -= to > path; to > path && to[-1] != '/'; to--)
                ;
        } else if (len > 0 && !(len == 1 && from[0] == '.')) {
            memmove(to, from, whole);
            to += whole;
        }
        from += whole;
    }
    *to = '\0';
}

static bool
is_address(const char *reference)
{
    size_t n = strcspn(reference, ":/");

    return n > 0 && strncmp(reference + n, "://", 3) == 0;
}

char *
package_path(const char *base, const char *reference)
{
    const char *slash = strrchr(base, '/');
    int folder = slash != NULL ? (int)(slash + 1 - base) : 0;
    char *plain, *name, *out;

    if (is_address(reference))
        return NULL;
    plain = format_text("%.*s", (int)strcspn(reference, "#?"), reference);
    name = unescape(plain);
    out = format_text("%.*s%s", name[0] != '/' ? folder : 0, base, name);
    remove_dots(out);
    mem_free(plain);
    mem_free(name);
    return out;
}

/* ---- The files ---- */

static void
fail(struct package *p, int code, const char *path, const char *why)
{
    if (p->wrong == NULL)
        p->wrong = format_text("%s: %s", path, why);
    p->wrong_code = code;
}

static void
keep_wanted(struct package *p, const char *path, const char *key,
            struct input *in)
{
    size_t left = RECORD_MAX - p->total;
    struct text t = input_peek(in, left + 1);
    struct package_file *f;

    if (input_failed(in)) {
        fail(p, in->wrong_code, path, in->wrong);
        return;
    }
    if (t.len > left) {
        fail(p, EXIT_LIMIT, path, "more than 64 MiB of text");
        return;
    }
    f = mem_new(1, sizeof *f);
    buf_add(&f->data, t.data, t.len);
    index_add(&p->files, format_text("%s", path), f);
    f->path = p->files.list[p->files.count - 1].name;
    index_add(&p->alike, format_text("%s", key), f);
    p->total += t.len;
}

static void
keep_file(void *ctx, const char *path, struct input *in)
{
    struct package *p = ctx;
    char *key = alike(path);

    if (p->wrong == NULL && p->wanted(key))
        keep_wanted(p, path, key, in);
    mem_free(key);
}

bool
package_open(struct package *p, struct item *item,
             bool (*wanted)(const char *path))
{
    struct zip_end end;
    uint64_t before;

    *p = (struct package){ .item = item, .wanted = wanted };
    if (!input_to_file(item->in))
        return false;
    before = zip_scan(item, keep_file, p);
    zip_read_end(item->in, &end);
    zip_warn_of_rest(item, &end, before);
    index_sort(&p->files);
    index_sort(&p->alike);
    if (p->wrong != NULL)
        reject(p->wrong_code, item->place, text_from("", 0), "%s", p->wrong);
    return p->wrong == NULL;
}

struct package_file *
package_find(const struct package *p, const char *path)
{
    struct package_file *f;
    char *key;

    if (path == NULL || strlen(path) > PATH_MAX_LEN)
        return NULL;
    f = index_find(&p->files, path);
    if (f != NULL)
        return f;
    key = alike(path);
    f = index_find(&p->alike, key);
    mem_free(key);
    return f;
}

xmlDoc *
package_xml(const struct package *p, const char *path)
{
    const int options = XML_PARSE_NONET | XML_PARSE_NOERROR |
                        XML_PARSE_NOWARNING | XML_PARSE_COMPACT;
    const struct package_file *f = package_find(p, path);

    return f != NULL && f->data.len > 0
               ? xmlReadMemory((const char *)f->data.data, (int)f->data.len,
                               NULL, NULL, options)
               : NULL;
}

void
package_close(struct package *p)
{
    for (size_t i = 0; i < p->files.count; i++) {
        struct package_file *f = p->files.list[i].value;

        sheaf_buf_free(&f->data);
        mem_free(f->title);
        mem_free(f);
    }
    index_free(&p->files);
    index_free(&p->alike);
    mem_free(p->wrong);
}
