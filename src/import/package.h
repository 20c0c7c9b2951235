/*
 * package.h - documents that are zip archives of certain files: books, and
 * texts of word processors.
 */
#ifndef SHEAF_IMPORT_PACKAGE_H
#define SHEAF_IMPORT_PACKAGE_H

#include <libxml/tree.h>

#include "import/import.h"

/* What is found by a name, of which there may be any number. */
struct named {
    char *name;
    size_t number; /* in which they were added */
    void *value;
};

struct index {
    struct named *list;
    size_t count;
};

struct package_file {
    const char *path;
    struct sheaf_buf data;
    bool taken;  /* an article was made of it; for importers */
    char *title; /* what another file calls it, or NULL; for importers */
};

struct package {
    struct item *item;
    bool (*wanted)(const char *path);
    struct index files; /* each a struct package_file, by its path */
    struct index alike; /* the same, by what is alike in paths */
    size_t total; /* bytes of all files */
    char *wrong;  /* NULL: no error */
    int wrong_code;
};

/* Reads the wanted files into memory, RECORD_MAX bytes in all; `wanted` is
 * asked for paths with slashes and in small letters. False: the item was
 * rejected. Call package_close in either case. */
bool package_open(struct package *p, struct item *item,
                  bool (*wanted)(const char *path));
/* The file of this path, or else of one that differs as paths should not: in
 * the case of letters, in how accents are composed, in slashes, in bytes as
 * "%20". NULL: it has none. */
struct package_file *package_find(const struct package *p, const char *path);
/* A file that is XML; freed with xmlFreeDoc(). NULL: it is none. */
xmlDoc *package_xml(const struct package *p, const char *path);
/* The path of what a file at `base` refers to, a new string; NULL: it is
 * outside. References may have characters that belong in no URI. */
char *package_path(const char *base, const char *reference);
void package_close(struct package *p);

/* Takes `name`, which is freed with mem_free(). */
void index_add(struct index *x, char *name, void *value);
/* Call when all were added, before the first is looked for. */
void index_sort(struct index *x);
/* The value that was added first with this name, or NULL. */
void *index_find(const struct index *x, const char *name);
void index_free(struct index *x);

#endif
