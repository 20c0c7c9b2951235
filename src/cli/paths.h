/*
 * paths.h - the paths that one extraction has used, so that no two articles
 * get the same, and none is a folder of another. 16 bytes for each.
 */
#ifndef SHEAF_CLI_PATHS_H
#define SHEAF_CLI_PATHS_H

#include "cli/util.h"

/* Initialise with { 0 }. */
struct paths {
    uint64_t *hashes; /* 0: free */
    size_t slots;
    size_t count;
};

/* Two paths may have one hash: then a free path counts as used, which costs
 * nothing but a longer name. */
bool paths_has(const struct paths *p, const char *path);
/* *taken: whether no file can have this path beside the others. False when
 * out of memory. */
bool paths_taken(const struct paths *p, const char *path, bool *taken);
/* With its folders. False when out of memory. */
bool paths_add(struct paths *p, const char *path);
void paths_end(struct paths *p);

#endif
