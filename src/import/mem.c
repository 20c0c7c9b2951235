/*
 * mem.c - replaces base/mem.c: when memory is short, the program ends, so that
 * no caller needs to check. Also makes strings.
 */
#include "import/import.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void *
mem_resize(void *ptr, size_t count, size_t size)
{
    size_t bytes;
    void *p = NULL;

    if (!MUL_OVERFLOWS(count, size, &bytes))
        p = realloc(ptr, bytes != 0 ? bytes : 1);
    if (p == NULL)
        die(EXIT_LIMIT, NULL, "the importer is out of memory");
    return p;
}

void *
mem_new(size_t count, size_t size)
{
    void *p = calloc(count != 0 ? count : 1, size != 0 ? size : 1);

    if (p == NULL)
        die(EXIT_LIMIT, NULL, "the importer is out of memory");
    return p;
}

void
mem_free(void *ptr)
{
    free(ptr);
}

char *
format_text(const char *format, ...)
{
    va_list args;
    char *s = NULL;
    int n;

    va_start(args, format);
    n = vasprintf(&s, format, args);
    va_end(args);
    if (n < 0)
        die(EXIT_LIMIT, NULL, "the importer is out of memory");
    return s;
}
