/*
 * settings.c - what the command has said, and the end of it all.
 */
#include <stdio.h>
#include <unistd.h>

#include "serve/serve.h"

struct settings settings;

void
die(const char *why)
{
    fprintf(stderr, "sheaf-serve: %s\n", why);
    _exit(1);
}
