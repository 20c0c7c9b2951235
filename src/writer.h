/*
 * writer.h - an archive that is being written, from the inside. Floor 9.
 *
 * Articles go through a batch: hashed when they come (writer.c), compressed
 * many at a time and written in order (batch.c). commit.c ends a generation.
 */
#ifndef SHEAF_WRITER_H
#define SHEAF_WRITER_H

#include "article.h"
#include "base.h"
#include "codec.h"
#include "group.h"
#include "pool.h"
#include "reader.h"
#include "seen.h"
#include "sheaf.h"
#include "sorter.h"
#include "state.h"

#define WRITER_LEVEL_DEFAULT 12
/* Bytes of articles to train from, and of the dictionary made of them; four
 * times its size is what a dictionary is trained from where it is given. */
#define WRITER_SAMPLE_MIN ((uint64_t)4 << 20)
#define WRITER_SAMPLE_MAX ((uint64_t)64 << 20)
#define WRITER_DICT_AUTO 0
#define WRITER_DICT_DEFAULT ((uint64_t)1 << 20)
#define WRITER_DICT_SHARE 4
/* F4.11: content of a frame that holds several articles. */
#ifndef ARTICLE_BLOCK_MAX
#define ARTICLE_BLOCK_MAX 65536u
#endif

/* An article on its way to a frame. */
struct item {
    struct sheaf_buf content; /* line, line feed, parts */
    struct meta meta;         /* views into the content */
    int64_t time;
    uint64_t raw;             /* bytes of content, also of a large one */
    uint8_t leaf_hash[32];
    uint8_t id_key[TABLE_KEY_SIZE];
    uint8_t url_key[TABLE_KEY_SIZE];
    bool has_url;
    bool joined;              /* in the frame of the item before */
    struct sheaf_buf frame;   /* of it and those joined to it */
    int rc;
    struct sheaf_error err;
};

struct sheaf_writer {
    struct sheaf_write_options options;
    char *tmpdir;
    struct sheaf_sink sink;
    uint64_t at;          /* offset of the next byte */
    uint64_t start;       /* where this writer's own bytes begin */
    bool failed;          /* only sheaf_writer_free is left */
    struct state state;
    struct group group;
    struct sorter *rows[TABLE_KINDS];
    struct seen *seen;

    struct sheaf_reader *base; /* what is appended to; NULL for a new one */
    struct sheaf_scratch *scratch;

    struct pool *pool;
    struct codec_cctx **cctx; /* one for each worker */
    struct codec_cdict *cdict;
    uint32_t dict_id;         /* in force; 0: none */
    struct sheaf_buf new_dict; /* it, until it has been packed and written */
    struct sheaf_buf packed;
    struct sheaf_buf par;     /* its PAR frame, until a group has been written */

    struct item *items;
    size_t item_count;
    size_t item_room;
    struct unit *units;       /* batch.c */
    size_t unit_room;
    struct sheaf_buf *joins;  /* one for each worker */
    uint64_t block_bytes;     /* in the block that is open; 0: none is */
    uint64_t batch_bytes;
    bool sampling;        /* gathering articles to train a dictionary from */
    uint64_t sample_max;
    uint64_t resample_at; /* raw bytes at which to sample again */
    uint64_t raw_seen;

    struct article article; /* the one being added */
    struct sheaf_buf parts_json;
    struct sheaf_buf said; /* its fields, but for where it came from */
    struct sheaf_buf text;
    struct sheaf_buf out;   /* frames on their way to the sink */
    struct sheaf_written written;
};

/* To the sink; SHEAF_EIO and a writer that has failed otherwise. */
int writer_put(struct sheaf_writer *w, const void *data, size_t len,
               struct sheaf_error *err);
/* What w->out holds, which is empty afterwards. */
int writer_put_out(struct sheaf_writer *w, struct sheaf_error *err);

/* ---- batch.c ------------------------------------------------------------ */

/* A new item at the end of the batch, its buffers empty. */
struct item *batch_new_item(struct sheaf_writer *w);
/* The item just filled in is complete: compress and write if it is time. */
int batch_added(struct sheaf_writer *w, struct sheaf_error *err);
/* Compress and write all that is waiting. */
int batch_flush(struct sheaf_writer *w, struct sheaf_error *err);
/* A large article, whose content does not fit into memory: `item` has its
 * line and line feed as content, `rest` the other item->raw bytes. The batch
 * must be empty but for that item. */
int batch_large(struct sheaf_writer *w, struct sheaf_source rest,
                struct sheaf_error *err);
/* End the group that is open. */
int batch_end_group(struct sheaf_writer *w, struct sheaf_error *err);
void batch_free(struct sheaf_writer *w);

#endif
