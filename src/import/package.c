/*
 * package.c - documents that are zip archives of certain files. libarchive
 * opens the archive, and libxml2 reads the files that are XML.
 */
#include "import/package.h"

#include <libxml/parser.h>
#include <libxml/uri.h>

#include "import/archive.h"

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
    p->files = mem_resize(p->files, p->count + 1, sizeof *p->files);
    f = &p->files[p->count++];
    *f = (struct package_file){ .path = format_text("%s", path) };
    buf_add(&f->data, t.data, t.len);
    p->total += t.len;
}

bool
package_open(struct package *p, struct item *item,
             bool (*wanted)(const char *path))
{
    *p = (struct package){ .item = item, .wanted = wanted };
    if (!input_to_file(item->in))
        return false;
    zip_scan(item, keep_file, p);
    if (p->wrong != NULL)
        reject(p->wrong_code, item->place, text_from("", 0), "%s", p->wrong);
    return p->wrong == NULL;
}

const struct package_file *
package_find(const struct package *p, const char *path)
{
    for (size_t i = 0; path != NULL && i < p->count; i++)
        if (strcmp(p->files[i].path, path) == 0)
            return &p->files[i];
    return NULL;
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
    for (size_t i = 0; i < p->count; i++) {
        mem_free(p->files[i].path);
        sheaf_buf_free(&p->files[i].data);
    }
    mem_free(p->files);
    mem_free(p->wrong);
}
