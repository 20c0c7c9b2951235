/*
 * say.c - what goes wrong.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/fd.h"
#include "time/time.h"

void
fail(int code, const char *format, ...)
{
    uint8_t head[2] = { 'E', (uint8_t)code };
    char text[1000];
    va_list args;
    int len;

    va_start(args, format);
    len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len < 0)
        len = 0;
    if ((size_t)len >= sizeof text)
        len = sizeof text - 1;
    if (fd_write(STDOUT_FILENO, head, sizeof head) == 0)
        (void)fd_write(STDOUT_FILENO, text, (size_t)len);
    exit(code);
}
