/*
 * encoding.h - what the files of the encoder share.
 *
 *     encode.c     the batch: when to compress it, and to the layout in order
 *     choose.c     which dictionary the next articles get
 *     compress.c   articles of the batch to frames, with all threads
 */
#ifndef SHEAF_WRITE_ENCODING_H
#define SHEAF_WRITE_ENCODING_H

#include "base/pool.h"
#include "format/codec.h"
#include "write/encode.h"

/* So many articles one thread compresses between two waits. */
#define BATCH_ITEMS 256

/* The part of the encoder that belongs to one thread. */
struct worker {
    struct codec_cctx *cctx;
    struct sheaf_buf joined; /* the articles of a block */
};

/* A dictionary: the one in force, or a candidate. */
struct dictionary {
    uint32_t id; /* 0: none */
    struct codec_cdict *cdict;
    struct sheaf_buf raw; /* both, until it has been written */
    struct sheaf_buf packed;
};

/* What becomes one frame: an item, and those that are joined to it. */
struct unit {
    size_t first;
    size_t count;
};

struct batch {
    struct item *items;
    size_t count;
    size_t room;
    uint64_t bytes;       /* of content */
    uint64_t block_bytes; /* in the open block; 0: there is none */
    struct unit *units;
    size_t unit_room;
};

/* The dictionary of the archive that is appended to. */
struct continued {
    struct sheaf_buf raw; /* empty: there is none, or a newer one */
    int level;            /* at which it was digested; 0: not yet */
};

struct sampling {
    bool on;       /* collecting articles to train a dictionary from */
    uint64_t max;  /* bytes of a sample */
    uint64_t next; /* bytes of articles after which to sample again */
    uint64_t seen; /* bytes of articles */
    bool once;     /* no more samples after this one */
    const struct top *other; /* may have IDs that are not to be used */
};

struct encoder {
    struct layout *layout; /* borrowed */
    struct encode_options options;
    struct pool *pool;
    struct worker *workers; /* one for each thread */
    struct dictionary dict;
    struct continued continued;
    struct batch batch;
    struct sampling sampling;
    struct sheaf_buf text; /* columns of a group */
    const struct codec_cdict *made_for; /* for which the first items of the
                                           batch are compressed already; NULL:
                                           they are not */
    size_t made;                        /* so many of them */
    const struct codec_cdict *coded_for; /* whose words items are coded with;
                                            NULL: they are not */
    bool keeps;            /* frames of another archive */
    uint64_t frames;       /* of articles, and ... */
    uint64_t compressed;   /* ... how many of them were not kept */
};

/* In choose.c. */
uint64_t choose_dict_size(const struct encode_options *o);
int choose_dict(struct encoder *e, struct dictionary *best,
                struct sheaf_error *err);
int digest_dict(struct encoder *e, struct dictionary *c,
                struct sheaf_error *err);
void dictionary_free(struct dictionary *d);

/* In compress.c. */
int compress_plan(struct encoder *e, size_t from, size_t most, size_t *units,
                  size_t *to, struct sheaf_error *err);
void compress_run(struct encoder *e, const struct codec_cdict *cdict,
                  size_t units);
/* One of them, by one thread. */
void compress_unit(struct encoder *e, const struct codec_cdict *cdict,
                   size_t unit, unsigned worker);
/* So many items are compressed between two waits. */
size_t compress_slice(const struct encoder *e);
/* Every `stride`th of them, to see how small they become. */
int compress_some(struct encoder *e, const struct codec_cdict *cdict,
                  size_t units, size_t stride, struct sheaf_error *err);
int compress_in_slices(struct encoder *e, pool_job *job, void *arg,
                       size_t count, struct sheaf_error *err);

#endif
