/*
 * browse.h - goes through the articles that are selected, for list and
 * extract.
 *
 * Without a key, columns decide where they can, and articles are read only if
 * something is not in the columns or is wanted. With a key, and where the
 * columns are lost, every article is read and checked; unless columns are said
 * to be enough, also with a key: then those of signed articles decide.
 */
#ifndef SHEAF_CLI_BROWSE_H
#define SHEAF_CLI_BROWSE_H

#include "cli/newest.h"
#include "cli/select.h"

struct browse_item {
    struct sheaf_entry entry;
    struct select_fields fields; /* with empty values for what it lacks */
    uint32_t rev;                /* 0: not known */
    /* In the archive's scratch; NULL if it was not needed. */
    const struct sheaf_article *article;
};

struct browse;

/* How several archives are gone through, of which one at a time is b->archive,
 * number b->member: browse_members.h. */
struct browse_over {
    /* Opens the archive with the article of this name, and finds it there; as
     * archive_find, quiet if `trying`. */
    int (*find)(struct browse *b, const char *name, bool trying,
                struct sheaf_entry *out);
    /* Opens each of them, and calls browse_walk. */
    int (*walk)(struct browse *b);
    int (*enter)(struct browse *b, size_t member);
    /* Whether a later one has this ID, too. */
    int (*superseded)(struct browse *b, struct sheaf_bytes id, bool *out);
    /* What went wrong without ending it. */
    int (*code)(const struct browse *b);
};

struct browse {
    struct archive *archive;
    const struct browse_over *over; /* NULL: it is the only one */
    void *over_arg;
    size_t member;
    const struct selection *selection;
    void *arg;
    /* Receives each article. Returns an exit code; with another than
     * EXIT_DONE, or with `enough` set, it gets no more. */
    int (*take)(void *arg, const struct browse_item *item);
    /* Receives each redacted leaf; NULL: they are not wanted. */
    int (*redacted)(void *arg, uint64_t leaf, const char *reason);
    /* Told of every leaf that is looked at; may be NULL. */
    void (*passed)(void *arg, uint64_t leaves);
    /* Gives the ID and leaf of the next article, in place of operands. False:
     * there is none. NULL: operands give them. */
    bool (*next)(void *arg, struct sheaf_buf *id, uint64_t *leaf);
    /* Whether an article that is selected is wanted; may be NULL. It may read
     * more of it. Returns an exit code. */
    int (*fits)(void *arg, const struct browse_item *item, bool *fits);
    uint64_t first_leaf; /* those before it are not wanted ... */
    uint64_t end_leaf;   /* ... nor those from here on; 0: all are */
    bool all_revisions;
    bool redacted_only;
    bool with_sections; /* fill in section and date even if that needs the
                           article */
    bool with_articles; /* all of them are needed */
    bool by_columns;    /* with a key, too */
    bool enough;

    /* Of browse.c. */
    struct newest newest;
    struct lost lost;
    bool whole; /* every leaf was looked at */
    struct sheaf_scratch *columns;
    struct sheaf_buf id, published, section, title;
    struct extsort *sorter;
    uint8_t *taken; /* a bit for each leaf that a name has given */
    enum { NAME_FOUND, NAME_SOUGHT, NAME_MATCHED } * names; /* by operand */
    size_t sought;      /* operands that IDs are compared with */
    uint64_t next_leaf; /* all before it were passed */
    uint64_t strange;   /* of `next`: not the newest revision of an article */
    uint64_t count;
    int worst; /* what went wrong without ending it */
    int code;
};

/* Goes through them. The articles are the operands from the second on and
 * those that --ids-from names, or all; or those of `next`. What is damaged is
 * named and passed over. Returns an exit code other than EXIT_DONE if it had to
 * stop. */
int browse_run(struct browse *b);
/* For `over`: goes through all of the archive; and forgets what was of it. */
int browse_walk(struct browse *b);
void browse_forget(struct browse *b);
/* Says what was lost on the way, and returns the exit code for that. */
int browse_code(const struct browse *b);
void browse_end(struct browse *b);

#endif
