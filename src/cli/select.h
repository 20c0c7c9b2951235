/*
 * select.h - which articles list and extract take: their options for that.
 */
#ifndef SHEAF_CLI_SELECT_H
#define SHEAF_CLI_SELECT_H

#include "cli/args.h"

enum select_sort { SORT_NONE, SORT_DATE, SORT_ID, SORT_TITLE };

struct selection {
    const struct args *args;
    int64_t since, until; /* as select.c numbers days, both included */
    int32_t first_day;    /* groups whose last day is earlier need no look */
    uint64_t limit;       /* UINT64_MAX: none */
    enum select_sort sort;
    bool reverse;
    bool filtered; /* it asks for a field of articles */
    bool by_meta;  /* it asks for one that is in no column */
};

/* What the columns have of an article, unescaped. */
struct select_fields {
    struct sheaf_bytes id, published, section, title;
};

/* Checks the options. Returns an exit code. */
int select_parse(struct selection *s, const struct args *args);

/* What can be decided from the columns. A title that is empty there is not
 * known, unless these are `all` the fields. */
bool select_by_fields(const struct selection *s,
                      const struct select_fields *fields, bool all);
/* The rest, from the metadata line. Returns an exit code. */
int select_by_meta(const struct selection *s, struct sheaf_bytes meta,
                   bool *fits);

/* Whether the operand may be meant as a glob, and whether it is one for this
 * ID. * and ? stand for any bytes, also for a slash. */
bool select_is_glob(const char *name);
bool select_glob(const char *glob, const char *id);

/* The key by which an article is sorted, cut or filled with zeros to this
 * length. Articles without a date come first. */
#define SELECT_KEY_BYTES 208
void select_key(const struct selection *s, const struct select_fields *fields,
                uint8_t key[SELECT_KEY_BYTES]);

#endif
