/*
 * index.h - the index of words beside an archive: ARCHIVE.db.
 *
 * sheaf-export writes and reads it. It may be anybody's: what it says of
 * articles is only where to look.
 */
#ifndef SHEAF_CLI_INDEX_H
#define SHEAF_CLI_INDEX_H

#include "cli/exporter.h"
#include "cli/farindex.h"
#include "cli/readable.h"

/* ---- Rows ---------------------------------------------------------------- */

/* What turns articles into rows. Initialise with { 0 }. */
struct index_text {
    struct readable readable;
    struct columns columns;
    struct sheaf_buf body; /* the text of the last article */
    uint64_t textless;     /* articles that have none */
    int code;              /* the exit code for texts that were not found */
};

/* The names of columns, up to a NULL; `meta`: and of the metadata. */
const char *const *index_columns(bool meta);
/* Fills t->body; "" if the article has no text. Returns an exit code. */
int index_find_text(struct index_text *t, const struct archive *a,
                    const struct sheaf_article *article);
/* Sends a row of the database: columns, metadata, text. */
int index_row(struct index_text *t, const struct archive *a,
              const struct sheaf_article *article, struct exporter *e,
              bool meta);
/* Sends of what state of which archive it is. */
void index_state(const struct archive *a, uint64_t lost, struct exporter *e);
void index_text_end(struct index_text *t);

/* A value of --index that only the server gives: do not write. */
#define INDEX_AS_IT_IS "as it is"

/* ---- The file ------------------------------------------------------------ */

enum index_found {
    INDEX_NONE,     /* there is no such file */
    INDEX_FRESH,    /* it is of this state of the archive */
    INDEX_BEHIND,   /* the archive was appended to since */
    INDEX_PARTIAL,  /* articles that were lost when it was made are not in it */
    INDEX_REPLACED, /* it is of another archive, or this one was redacted */
    INDEX_FOREIGN,  /* it is no index that sheaf made */
    INDEX_DAMAGED
};

/* Initialise with { 0 }, and end with index_close. */
struct index {
    struct sheaf_buf path;
    enum index_found found;
    int fd; /* 0: none */
    struct far_index *far; /* that of an archive on a server; no fd */
    uint64_t bytes;
    uint64_t size; /* leaves of the archive, then */
    uint64_t lost; /* of these */
    uint64_t articles;
};

/* Looks at what is there. Returns an exit code only for other failures. */
int index_look(struct index *ix, const struct archive *a);
/* "fresh", "behind" and so on. */
const char *index_name(enum index_found found);
/* The standard input of sheaf-export, which reads it. Says what is wrong and
 * returns an exit code. To be given back once the program was started. */
int index_give(struct index *ix, int *fd);
void index_gave(struct index *ix, int fd);
/* Adds what is new, or writes it anew: also what is fresh if it is to be
 * `anew`. `code` is that of lost articles; it was written all the same. */
int index_make(struct index *ix, struct archive *a, bool anew, bool quiet,
               struct index_text *t);
/* Of each archive that was written: removes an index beside it that is of
 * another one. It may have words of what is gone, and whoever publishes the
 * archive would publish them. EXIT_FAILED: one is still there. */
int index_drop_replaced(void);
void index_close(struct index *ix);

#endif
