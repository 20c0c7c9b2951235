/*
 * content.h - the readable text of a web page: the article, without what
 * stands around it.
 */
#ifndef SHEAF_IMPORT_CONTENT_H
#define SHEAF_IMPORT_CONTENT_H

#include "import/page.h"

/*
 * Appends the text in UTF-8: paragraphs with an empty line between them, and
 * a line end at its end.
 * `told` is the text as the page's data for machines has it, or empty; it
 * helps to find where it is, and is taken when nothing like it is shown.
 */
void content_text(const struct page *page, struct text told,
                  struct sheaf_buf *out);

#endif
