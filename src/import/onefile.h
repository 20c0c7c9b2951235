/*
 * onefile.h - opens a database of SQLite that anybody may have made.
 */
#ifndef SHEAF_IMPORT_ONEFILE_H
#define SHEAF_IMPORT_ONEFILE_H

#include <sqlite3.h>

#include "base/base.h"

struct one_file {
    int fd;
    uint64_t size;
    /* Reads what `fd` cannot give; NULL: it can. False: it failed. */
    bool (*read)(uint64_t offset, void *buf, size_t len);
    void (*progress)(void); /* called for each read; may be NULL */
};

/* Opens it for reading; no value may have more than `longest` bytes. Returns a
 * result code of SQLite. Close *db also after a failure. One at a time. */
int one_file_open(const struct one_file *file, int longest, sqlite3 **db);
/* The same limits for a database that was opened otherwise. */
void one_file_distrust(sqlite3 *db, int longest);

#endif
