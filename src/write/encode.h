/*
 * encode.h - articles to frames: chooses dictionaries, compresses with all
 * threads, writes in order.
 *
 * Articles wait in a batch. When it is full, they are compressed, many at a
 * time, and go to the layout in the order in which they came: the same bytes
 * for every number of threads.
 *
 *     encoder_new; for each article: encode_item, fill it in, encode_added;
 *     encode_end (before tables or any leaf that is not an article)
 */
#ifndef SHEAF_WRITE_ENCODE_H
#define SHEAF_WRITE_ENCODE_H

#include "base/base.h"
#include "format/top.h"
#include "sheaf.h"
#include "write/layout.h"
#include "write/step.h"

/* A dictionary is made of this many times its size of articles, within
 * these limits in bytes. spec/notes.md says why. */
#define ENCODE_SAMPLE_MIN ((uint64_t)4 << 20)
#define ENCODE_SAMPLE_MAX ((uint64_t)128 << 20)
#define ENCODE_DICT_AUTO 0
#define ENCODE_DICT_DEFAULT ((uint64_t)704 << 10)
#define ENCODE_DICT_PLAIN ((uint64_t)2 << 20)
/* Words make articles a third as long, so a dictionary goes further. */
#define ENCODE_DICT_SHARE 16
#define ENCODE_PLAIN_SHARE 3
/* A small archive has a dictionary of this part of it. */
#define ENCODE_DICT_PART 3
#define ENCODE_DICT_ID_MIN UINT32_C(32768)
#define ENCODE_DICT_ID_MAX UINT32_C(0x7fffffff)
/* Up to this ID, a dictionary takes two bytes of each frame instead of
 * four. */
#define ENCODE_DICT_ID_SHORT UINT32_C(65535)

struct encode_options {
    int level;         /* 1 to 19 */
    unsigned threads;  /* 0: as many as there are cores */
    int64_t dict_max;  /* bytes; ENCODE_DICT_AUTO, or below 0: no new ones */
    uint64_t sample_max; /* 0: by dict_max */
    uint32_t block;    /* size of a block of articles; 0: no blocks */
    bool joined;       /* items may be joined already */
    bool words;        /* new dictionaries may have a table of words */
    bool sample;       /* nothing is written: see encode_choose */
    struct step step;
};

/* An article on its way to a frame. Of a removed one, `content` is its leaf
 * record. */
struct item {
    struct sheaf_buf content; /* line, line feed, parts */
    struct sheaf_buf coded;   /* the same in codes of words, or empty */
    struct placed placed;     /* its metadata: views of the content */
    bool kept;                /* `frame` is from another archive */
    struct sheaf_buf frame;   /* of this item and those joined to it */
    struct sheaf_buf base;    /* content of the base of a difference */
    uint64_t base_offset;     /* of the base's frame */
    uint32_t base_length;
    int rc;                   /* result of the thread that made the frame */
    struct sheaf_error err;
};

struct encoder;

/* Frames go to `layout`, which must outlive the encoder. */
int encoder_new(struct layout *layout, const struct encode_options *options,
                struct encoder **out, struct sheaf_error *err);
void encoder_free(struct encoder *e);

/* Adds an item to the batch, with empty buffers; NULL when out of memory. */
struct item *encode_item(struct encoder *e);
/* The last item is complete: compresses and writes if it is time. */
int encode_added(struct encoder *e, struct sheaf_error *err);
bool encode_waiting(const struct encoder *e);
/* Compresses and writes everything that waits; a sample ends here. */
int encode_flush(struct encoder *e, struct sheaf_error *err);
/* The same, and ends the open group. */
int encode_end(struct encoder *e, struct sheaf_error *err);
/* Writes a large article, whose content does not fit into memory: the last
 * item has its line and line feed as content, `rest` the other bytes, unless
 * its frame is kept. The batch must be empty except for that item: call
 * encode_flush first. */
int encode_large(struct encoder *e, struct sheaf_source rest,
                 struct sheaf_error *err);

/* Of an encoder for a sample: whether it has enough, and the payload of the
 * dictionary made of it, or empty if none is of use. */
bool encode_sample_full(const struct encoder *e);
int encode_choose(struct encoder *e, struct sheaf_buf *packed,
                  struct sheaf_error *err);

/* Uses this dictionary from the first article on, before which it is written.
 * Both buffers are taken over. */
int encode_begin(struct encoder *e, struct sheaf_buf *raw,
                 struct sheaf_buf *packed, uint32_t id,
                 struct sheaf_error *err);
/* Continues with the dictionary that is in force in the file. */
int encode_continue(struct encoder *e, struct sheaf_bytes raw, uint32_t id,
                    struct sheaf_error *err);
/* From now on frames of another archive are kept: there are no samples for new
 * dictionaries, and items may be joined already. Empties the batch, at the
 * first call. */
int encode_keep(struct encoder *e, struct sheaf_error *err);
/* The last `count` items, which are joined, are all of the frame that the first
 * of them has: it is kept. */
void encode_keep_block(struct encoder *e, size_t count);
/* The ID of the dictionary in force, or 0. */
uint32_t encode_in_force(const struct encoder *e);
/* The number that the leaf of the next item has. */
uint64_t encode_next_leaf(const struct encoder *e);
/* With an empty batch: uses a dictionary of another archive from now on.
 * `packed` is its payload, or empty to have it compressed; both buffers are
 * taken over. */
int encode_use_dict(struct encoder *e, struct sheaf_buf *raw,
                    struct sheaf_buf *packed, uint32_t id,
                    struct sheaf_error *err);
/* With an empty batch: the next articles make a dictionary of their own, of at
 * most `dict_max` bytes, once. `other` may have IDs that it must not have. */
void encode_retrain(struct encoder *e, uint64_t dict_max,
                    const struct top *other);
/* No new dictionary gets a table of words from now on. */
void encode_plain(struct encoder *e);
/* An ID from `least` to `most` that depends only on the dictionary, so that
 * the same articles give the same file. Neither this file nor `other`,
 * which may be NULL, has it. */
uint32_t encode_dict_id(const struct encoder *e, struct sheaf_bytes dict,
                        uint32_t least, uint32_t most,
                        const struct top *other);

/* The frames of articles so far, and how many of them were not kept. */
void encode_counts(const struct encoder *e, uint64_t *frames,
                   uint64_t *compressed);

#endif
