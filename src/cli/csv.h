/*
 * csv.h - metadata as CSV (RFC 4180): a header, then a row for each article.
 */
#ifndef SHEAF_CLI_CSV_H
#define SHEAF_CLI_CSV_H

#include "cli/columns.h"
#include "cli/out.h"

/* `text`: with one more column, of that name. */
void csv_header(struct out *o, bool text);
/* The columns, without the end of the row. */
void csv_columns(struct out *o, const struct columns *c);
/* One more value: csv_begin, csv_write any number of times, csv_end. */
void csv_begin(struct out *o);
int csv_write(void *out, const void *data, size_t len); /* a sheaf_write */
void csv_end(struct out *o);
void csv_end_row(struct out *o);

#endif
