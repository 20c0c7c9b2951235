/*
 * jsonl.h - an article as a line of JSON.
 */
#ifndef SHEAF_CLI_JSONL_H
#define SHEAF_CLI_JSONL_H

#include "cli/archive.h"
#include "cli/out.h"

/*
 * An article that came as a line of JSON is given back as an equal one. Any
 * other becomes its metadata with the body as one more member: "body", or
 * "body_base64" if it is not UTF-8. Returns an exit code; that writing failed
 * is to be asked of `o`.
 */
int jsonl_write(const struct archive *a, const struct sheaf_article *article,
                struct out *o);

#endif
