/*
 * members.h - the records of a crawl out of its compressed form.
 *
 * Writers compress each record by itself, as a gzip member or a zstd frame, so
 * that it can be read without the others. Here a piece is what can be read so:
 * a member that begins with a record, and any that follow and do not. A crawl
 * that was compressed as a whole is one piece, and so is one that is not
 * compressed. Damage ends a piece; the next is found behind it.
 */
#ifndef SHEAF_IMPORT_MEMBERS_H
#define SHEAF_IMPORT_MEMBERS_H

#include <zlib.h>
#include <zstd.h>

#include "import/import.h"

/* The start of a member that is examined. */
#define MEMBER_LOOK ((size_t)4096)

/* Whether a record begins here; `t` may be cut after MEMBER_LOOK bytes. */
typedef bool record_starts(struct text t);

enum packing { PACKED_NOT, PACKED_GZIP, PACKED_ZSTD };

struct members {
    struct input *in; /* the current piece */
    bool cut; /* it ended in the middle of a member, for want of input */

    struct item *item;
    record_starts *starts;
    enum packing packing;
    struct input own;   /* `in`, if it is compressed */
    struct meter meter; /* if the item has none */
    z_stream z;
    ZSTD_DCtx *zstd;
    ZSTD_DDict *dict;
    uint64_t rework; /* bytes that were decompressed in vain */
    size_t used;     /* bytes of this member that were decompressed, but not
                         taken: damage may show that it is not one */
    bool released;   /* some were taken */
    bool open;       /* within a member */
    bool any;        /* a piece has begun */
    bool pending;    /* the member belongs to the next piece */
    bool given;      /* bytes of this piece were given */
    char bad[128];   /* not empty: the member is damaged behind `start` */
    int bad_code;
    char start[MEMBER_LOOK];
    size_t start_at;
    size_t start_len;
};

/* Whether these are the first bytes of such a crawl, compressed or not. */
bool members_look(struct text start, record_starts *starts);
void members_open(struct members *m, struct item *item, record_starts *starts);
/* Goes to the next piece; false at the end. It may have failed already: then
 * its member is damaged, and nothing of it may be used unless m->cut. */
bool members_next(struct members *m);
void members_close(struct members *m);

#endif
