/*
 * farindex.h - the index of words of an archive on a server.
 *
 * sheaf-export reads it through a socket, as export/export.h describes, and
 * this program answers: it has the source, which sheaf-http reads.
 */
#ifndef SHEAF_CLI_FARINDEX_H
#define SHEAF_CLI_FARINDEX_H

#include <stdio.h>

#include "base/buf.h"

struct far_index;

/* Opens the index of the archive that has this address, and adds its name for
 * messages to `shown`. *out is NULL if there is no such file. Says what else
 * is wrong, and returns an exit code. */
int far_index_open(struct far_index **out, const char *archive,
                   struct sheaf_buf *shown);
uint64_t far_index_size(const struct far_index *f);
/* Makes the standard input of sheaf-export, from now on the one that is
 * answered. To be closed when the program was started. -1: errno says why. */
int far_index_input(struct far_index *f);
/* Answers until something can be read from `fd`, or until its end. */
void far_index_answer(struct far_index *f, int fd);
/* What sheaf-export prints to `fd`; reading from it answers, too. It owns fd.
 * NULL: there is no memory, and fd is open. */
FILE *far_index_output(struct far_index *f, int fd);
/* Says why it could not be read; false: it could. */
bool far_index_say_failed(const struct far_index *f);
void far_index_close(struct far_index *f);

#endif
