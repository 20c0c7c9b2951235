/*
 * options.c - the options of sheaf-import.
 */
#include "import/import.h"

#include <stdlib.h>

struct options asked = {
    .id_prefix = "",
    .expand_ratio = 1000,
    .expand_total = (uint64_t)1 << 40,
    .idle_seconds = 60,
};

static bool
add_pattern(struct patterns *p, const char *pattern)
{
    if (p->count == COUNT_OF(p->list))
        return false;
    p->list[p->count++] = pattern;
    return true;
}

/* Parses a number that ends before the byte `end`. */
static bool
number(const char *s, char end, uint64_t *out)
{
    char *after;

    if (s[0] < '0' || s[0] > '9')
        return false;
    *out = strtoull(s, &after, 10);
    return *after == end && *out != 0;
}

/* RATIO or RATIO,BYTES. */
static bool
take_expand(const char *s)
{
    const char *comma = strchr(s, ',');

    return number(s, comma != NULL ? ',' : '\0', &asked.expand_ratio) &&
           (comma == NULL || number(comma + 1, '\0', &asked.expand_total));
}

static bool
take_flag(const char *name)
{
    if (strcmp(name, "--hidden") == 0)
        asked.hidden = true;
    else if (strcmp(name, "--strict") == 0)
        asked.strict = true;
    else if (strcmp(name, "--report") == 0)
        asked.report = true;
    else if (strcmp(name, "--progress") == 0)
        asked.progress = true;
    else if (strcmp(name, "--media") == 0)
        asked.media = true;
    else if (strcmp(name, "--no-lines") == 0)
        asked.no_lines = true;
    else
        return false;
    return true;
}

static bool
take_value(const char *name, const char *value)
{
    uint64_t v;

    if (value == NULL)
        return false;
    if (strcmp(name, "--from") == 0)
        asked.from = value;
    else if (strcmp(name, "--keep") == 0 && strcmp(value, "raw") == 0)
        asked.keep_raw = true;
    else if (strcmp(name, "--map") == 0)
        asked.map = value;
    else if (strcmp(name, "--files-from") == 0)
        asked.files_from = value;
    else if (strcmp(name, "--charset") == 0)
        asked.charset = value;
    else if (strcmp(name, "--id-prefix") == 0)
        asked.id_prefix = value;
    else if (strcmp(name, "--include") == 0)
        return add_pattern(&asked.include, value);
    else if (strcmp(name, "--exclude") == 0)
        return add_pattern(&asked.exclude, value);
    else if (strcmp(name, "--table") == 0)
        return add_pattern(&asked.tables, value);
    else if (strcmp(name, "--limit-expand") == 0)
        return take_expand(value);
    else if (strcmp(name, "--limit-time") == 0 && number(value, '\0', &v))
        asked.idle_seconds = (unsigned)min_u64(v, 1000000);
    else
        return false;
    return true;
}

char **
options_parse(char **argv)
{
    for (; *argv != NULL && argv[0][0] == '-' && argv[0][1] != '\0'; argv++) {
        if (strcmp(*argv, "--") == 0)
            return argv + 1;
        if (take_flag(*argv))
            continue;
        if (!take_value(argv[0], argv[1]))
            return NULL;
        argv++;
    }
    return argv;
}
