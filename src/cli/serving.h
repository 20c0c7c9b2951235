/*
 * serving.h - what `sheaf serve` serves, and what it does for sheaf-serve.
 *
 * sheaf-serve talks to clients and can open nothing (serve/serve.h). This
 * process opens archives, and tells it of each new state; and starts a process
 * for each question, of which few run at a time and none runs for long.
 */
#ifndef SHEAF_CLI_SERVING_H
#define SHEAF_CLI_SERVING_H

#include <sys/stat.h>
#include <sys/types.h>

#include "cli/answers.h"
#include "cli/args.h"

/* An archive, as it was told. */
struct served {
    char *path;       /* absolute, with the links that were given */
    char *folder;     /* where it is */
    const char *file; /* the end of `path` */
    struct sheaf_buf name;
    struct stat seen; /* what was looked at last ... */
    int code;         /* ... and whether it can be served, as an exit code */
    bool indexed;     /* there was an index beside it */
    int fd;           /* -1: it was told */
    uint64_t size;    /* of the committed bytes */
    unsigned state;   /* changes with what is served; 0: not yet */
    unsigned told;    /* which one was told last */
    struct sheaf_buf tag, json;
    struct sheaf_buf origin; /* with a key: the newest checkpoint, ... */
    struct sheaf_checkpoint signed_to; /* ... which has this origin */
};

struct served_list {
    const struct args *args;
    struct served *at;
    size_t count;
    struct sheaf_public_key key;
    bool keyed;
    char *key_text;
};

/* The archives that the operands name, opened. What a folder has that cannot be
 * served is left out, and said. */
int served_find(struct served_list *list, const struct args *args);
/* Looks whether it has changed. What is there now and cannot be served leaves
 * it as it was before; returns an exit code for that. */
int served_look(const struct served_list *list, struct served *s);
void served_end(struct served_list *list);

/* Serves by the program at the other end of `socket`, until a signal comes or
 * `server` ends. */
int serving_run(struct served_list *list, int socket, pid_t server,
                int signals);
/* Tells of a state. False: the program is gone. */
bool serving_tell(const struct served_list *list, size_t number, int socket);

/* A text of a message: u16 length, bytes. */
bool serving_text(struct sheaf_buf *out, struct sheaf_bytes text);

#endif
