/*
 * content.h - the readable text of a web page: the article, without what is
 * around it.
 */
#ifndef SHEAF_IMPORT_CONTENT_H
#define SHEAF_IMPORT_CONTENT_H

#include "import/page.h"

/*
 * Appends the text in UTF-8: paragraphs separated by an empty line, with a
 * line end after the last. `told` is the text in the page's data for machines,
 * or empty. It helps to find the visible text, and is used if no visible text
 * is like it.
 */
void content_text(const struct page *page, struct text told,
                  struct sheaf_buf *out);

/* Whether nobody sees the text of an element: where others have any, the page
 * has a text. */
bool content_is_unseen(const struct node *n);

#endif
