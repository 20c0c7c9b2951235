/*
 * package.c - documents that are zip archives of certain files. libarchive
 * opens the archive, and libxml2 reads the files that are XML.
 */
#include "import/package.h"

#include <libxml/parser.h>
#include <libxml/uri.h>
#include <stdlib.h>

#include "import/archive.h"

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

/* ---- The files ---- */

static void
fail(struct package *p, int code, const char *path, const char *why)
{
    if (p->wrong == NULL)
        p->wrong = format_text("%s: %s", path, why);
    p->wrong_code = code;
}

static void
keep_file(void *ctx, const char *path, struct input *in)
{
    struct package *p = ctx;
    size_t left = RECORD_MAX - p->total;
    struct package_file *f;
    struct text t;

    if (p->wrong != NULL || !p->wanted(path))
        return;
    t = input_peek(in, left + 1);
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
    p->total += t.len;
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
    if (p->wrong != NULL)
        reject(p->wrong_code, item->place, text_from("", 0), "%s", p->wrong);
    return p->wrong == NULL;
}

struct package_file *
package_find(const struct package *p, const char *path)
{
    return path != NULL ? index_find(&p->files, path) : NULL;
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

char *
package_path(const char *base, const char *reference)
{
    char *plain = format_text("%.*s", (int)strcspn(reference, "#?"),
                              reference);
    xmlChar *whole = xmlBuildURI((const xmlChar *)plain,
                                 (const xmlChar *)base);
    char *path = whole != NULL
                     ? xmlURIUnescapeString((const char *)whole, 0, NULL)
                     : NULL;
    char *out = path != NULL ? format_text("%s", path + (path[0] == '/'))
                             : NULL;

    xmlFree(whole);
    xmlFree(path);
    mem_free(plain);
    return out;
}

void
package_close(struct package *p)
{
    for (size_t i = 0; i < p->files.count; i++) {
        struct package_file *f = p->files.list[i].value;

        sheaf_buf_free(&f->data);
        mem_free(f);
    }
    index_free(&p->files);
    mem_free(p->wrong);
}
