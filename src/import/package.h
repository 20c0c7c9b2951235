/*
 * package.h - documents that are zip archives of certain files: books, and
 * texts of word processors.
 */
#ifndef SHEAF_IMPORT_PACKAGE_H
#define SHEAF_IMPORT_PACKAGE_H

#include <libxml/tree.h>

#include "import/import.h"

struct package_file {
    char *path;
    struct sheaf_buf data;
};

struct package {
    struct item *item;
    bool (*wanted)(const char *path);
    struct package_file *files;
    size_t count;
    size_t total; /* bytes of all files */
    char *wrong;  /* NULL: no error */
    int wrong_code;
};

/* Reads the wanted files into memory, RECORD_MAX bytes in all. False: the item
 * was rejected. Call package_close in either case. */
bool package_open(struct package *p, struct item *item,
                  bool (*wanted)(const char *path));
/* NULL: it has no such file. */
const struct package_file *package_find(const struct package *p,
                                        const char *path);
/* A file that is XML; freed with xmlFreeDoc(). NULL: it is none. */
xmlDoc *package_xml(const struct package *p, const char *path);
/* The path of what a file at `base` refers to, a new string; NULL: it is
 * outside. */
char *package_path(const char *base, const char *reference);
void package_close(struct package *p);

#endif
