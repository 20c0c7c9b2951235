/*
 * jsonl.h - an article as a line of JSON.
 */
#ifndef SHEAF_CLI_JSONL_H
#define SHEAF_CLI_JSONL_H

#include "cli/archive.h"
#include "cli/outfile.h"

/* The article's readable text, as one more member "text". */
struct jsonl_text {
    bool wanted;
    const struct sheaf_buf *html; /* a page's; NULL: the body is the text */
};

/*
 * Writes an article as a line of JSON. An article that came as a line of JSON
 * gives an equal object. Any other gives its metadata with the body as one
 * more member: "body", or "body_base64" if it is not UTF-8. A member "text"
 * that the record has already stays. Returns an exit code; failures to write
 * are left to out_finish.
 */
int jsonl_write(const struct archive *a, const struct sheaf_article *article,
                const struct jsonl_text *text, struct out *o);

#endif
