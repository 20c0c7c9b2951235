/*
 * warc.h - articles as records of a web archive, WARC 1.1 (ISO 28500).
 */
#ifndef SHEAF_CLI_WARC_H
#define SHEAF_CLI_WARC_H

#include "cli/archive.h"
#include "cli/out.h"

/*
 * Writes the records of an article: its body, as a response if the headers of
 * one are known, otherwise as a resource; each part that has a URL, as a
 * resource; and its metadata. All have a block digest, in SHA-256. Record IDs
 * are made of the leaf hash, so that the same article gives the same bytes.
 *
 * Returns an exit code; failures to write are left to out_finish.
 */
int warc_write(const struct archive *a, const struct sheaf_article *article,
               struct out *o);

#endif
