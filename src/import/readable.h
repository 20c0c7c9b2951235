/*
 * readable.h - sheaf-import --text: the readable text of articles.
 */
#ifndef SHEAF_IMPORT_READABLE_H
#define SHEAF_IMPORT_READABLE_H

/*
 * Answers questions from standard input on standard output, until the input
 * ends:
 *
 *   question = u8 type_len, type, u64 size, bytes of a body
 *   answer   = u64 size, UTF-8
 *
 * Integers are big-endian. Questions are about HTML, and text in other charsets
 * than UTF-8. Returns an exit code; a question that is too large or cut off
 * ends it.
 */
#define READABLE_MAX ((uint64_t)64 << 20)


int readable_serve(void);

#endif
