/*
 * terminal.h - output for a person at a terminal: its width, a pager, columns.
 */
#ifndef SHEAF_CLI_TERMINAL_H
#define SHEAF_CLI_TERMINAL_H

#include <sys/types.h>

#include "cli/out.h"

/* The columns of the terminal at this descriptor, or of COLUMNS; 80 if neither
 * is known. */
unsigned terminal_width(int fd);

/* How wide text is, as out_visible prints it. */
unsigned terminal_columns(struct sheaf_bytes text);
/* Prints text in exactly `width` columns: padded, or cut and ended with an
 * ellipsis. Without `pad`, a short text is not padded. */
void terminal_print(struct out *o, struct sheaf_bytes text, unsigned width,
                    bool pad);

/* From here on what goes to this output, which is a terminal, is text for it:
 * line feeds and tabs are kept, other control characters become visible. */
void terminal_filter(struct out *o);

/* If standard output is a terminal, starts a pager in front of it, as git
 * does: SHEAF_PAGER, PAGER or, if it is there, less; none for an empty one or
 * cat. Standard output then goes to it. Returns its process, or 0. */
pid_t pager_start(void);
/* Waits until the user has seen enough. Says so, and returns an exit code, if
 * there is no such pager. */
int pager_end(pid_t pager);

#endif
