/*
 * writer.h - an archive that is being written, from the inside.
 *
 * Articles go through a batch: they are hashed when they come (writer.c),
 * compressed many at a time and written in order (encode.c). generation.c ends
 * a generation.
 */
#ifndef SHEAF_WRITE_WRITER_H
#define SHEAF_WRITE_WRITER_H

#include "format/article.h"
#include "base/base.h"
#include "format/codec.h"
#include "format/group.h"
#include "base/pool.h"
#include "read/reader.h"
#include "base/idset.h"
#include "sheaf.h"
#include "base/sink.h"
#include "base/extsort.h"
#include "format/ledger.h"

#define WRITER_LEVEL_DEFAULT 15
/* A dictionary is made of this many times its size of articles, within
 * these limits in bytes. spec/notes.md says why. */
#define WRITER_SAMPLE_MIN ((uint64_t)4 << 20)
#define WRITER_SAMPLE_MAX ((uint64_t)64 << 20)
#define WRITER_DICT_AUTO 0
#define WRITER_DICT_DEFAULT ((uint64_t)2 << 20)
#define WRITER_DICT_SHARE 3
#define WRITER_DICT_ID_MIN UINT32_C(32768)
#define WRITER_DICT_ID_MAX UINT32_C(0x7fffffff)
/* Up to this ID, a dictionary takes two bytes of each frame instead of
 * four. */
#define WRITER_DICT_ID_SHORT UINT32_C(65535)
#define WRITER_SORT_MEMORY ((size_t)32 << 20)
/* F4.11: content of a frame that holds several articles. */
#ifndef ARTICLE_BLOCK_MAX
#define ARTICLE_BLOCK_MAX 65536u
#endif

/* An article on its way to a frame. Of a removed one, `content` is its leaf
 * record, and only the hash and the ID's key are known besides. */
struct item {
    struct sheaf_buf content; /* line, line feed, parts */
    struct meta meta;         /* views into the content */
    int64_t time;
    uint64_t raw;             /* bytes of content, also of a large article */
    uint8_t leaf_hash[32];
    uint8_t id_key[TABLE_KEY_SIZE];
    uint8_t url_key[TABLE_KEY_SIZE];
    bool has_url;
    bool removed;
    bool joined;              /* in the frame of the item before */
    bool kept;                /* `frame` is from another archive */
    struct sheaf_buf frame;   /* of this item and those joined to it */
    struct sheaf_buf base;    /* content of the base of a difference */
    uint64_t base_offset;     /* of the base's frame */
    uint32_t base_length;
    int rc;
    struct sheaf_error err;
};

/* The rows of a run that was written, for when it is merged: a sink cannot
 * be read. A few of them are kept in memory, more in a file. */
struct kept_rows {
    struct sheaf_buf bytes;
    struct temp temp;
    uint64_t spilled;
};

struct sheaf_writer {
    struct sheaf_write_options options;
    char *tmpdir;
    struct sheaf_sink sink;
    uint64_t at;          /* offset of the next byte to write */
    uint64_t start;       /* where this writer's own bytes begin */
    bool failed;          /* only sheaf_writer_free may be called */
    struct ledger ledger;
    struct group group;
    struct extsort *rows[TABLE_KINDS];
    bool keeps_rows;      /* more generations follow in this file */
    struct kept_rows kept[RUNS_MAX + 1][TABLE_KINDS]; /* of top.runs */
    struct idset *ids;

    struct sheaf_reader *base; /* the archive to which it appends; NULL for a
                                  new one */
    struct sheaf_scratch *scratch;

    struct pool *pool;
    struct codec_cctx **cctx; /* one for each worker */
    struct codec_cdict *cdict;
    uint32_t dict_id;         /* in force; 0: none */
    struct sheaf_buf new_dict; /* the dictionary in force, until it has been
                                  written */
    struct sheaf_buf packed;
    struct sheaf_buf par;     /* its PAR frame, until a group is written */
    /* For checking kept frames, if the dictionary was changed. */
    struct sheaf_buf checked_dict;
    struct codec_ddict *ddict;
    struct codec_dctx **dctx; /* one for each worker */
    struct sheaf_buf *checks;
    uint64_t frames;          /* frames of articles, and ... */
    uint64_t recompressed;    /* ... how many of them were not kept */

    struct item *items;
    size_t item_count;
    size_t item_room;
    struct unit *units;       /* of encode.c */
    size_t unit_room;
    struct sheaf_buf *joins;  /* one for each worker */
    bool blocks;              /* items may be joined */
    uint64_t block_bytes;     /* in the open block; 0: there is none */
    uint64_t encode_bytes;
    bool sampling;        /* collecting articles to train a dictionary from */
    uint64_t sample_max;
    uint64_t resample_at; /* raw bytes after which to sample again */
    uint64_t raw_seen;

    bool statements;        /* a key change was added: no article may follow */

    struct article article; /* the article being added */
    struct sheaf_buf base_content; /* its possible base */
    uint64_t base_offset;          /* of the base's frame */
    uint32_t base_length;
    struct sheaf_buf parts_json;
    struct sheaf_buf comparable; /* its fields without its source, for
                                    comparing */
    struct sheaf_buf text;
    struct sheaf_buf out;   /* frames to be written to the sink */
    struct sheaf_written written;
};

/* Writes to the sink. On failure SHEAF_EIO, and the writer has failed. */
int writer_put(struct sheaf_writer *w, const void *data, size_t len,
               struct sheaf_error *err);
/* Writes the content of w->out, and empties it. */
int writer_put_out(struct sheaf_writer *w, struct sheaf_error *err);

/* Sets the keys of the item's rows and the columns from `a`, whose line is
 * the item's content. */
int writer_set_keys(struct sheaf_writer *w, struct item *it,
                    const struct article *a, struct sheaf_error *err);
/* Makes a writer to a sink, without the head of a file. options->origin is
 * ignored, and so is what callers may not choose. */
int writer_make(struct sheaf_sink sink,
                const struct sheaf_write_options *options,
                struct sheaf_writer **out, struct sheaf_error *err);
/* Checks that this key signs from here on: that it signed the note of the
 * archive, and is the new key of the newest key change. SHEAF_EVERIFY if
 * not. */
int writer_check_key(const struct sheaf_writer *w, const uint8_t key[32],
                     struct sheaf_error *err);

/* ---- encode.c ----------------------------------------------------------- */

/* Adds an item at the end of the batch, with empty buffers. */
struct item *encode_new_item(struct sheaf_writer *w);
/* The last item is complete: compresses and writes if it is time. */
int encode_added(struct sheaf_writer *w, struct sheaf_error *err);
/* Compresses and writes everything that waits. */
int encode_flush(struct sheaf_writer *w, struct sheaf_error *err);
/* Writes a large article, whose content does not fit into memory: `item`
 * has its line and line feed as content, `rest` the other item->raw bytes.
 * The batch must be empty except for that item. */
int encode_large(struct sheaf_writer *w, struct sheaf_source rest,
                struct sheaf_error *err);
uint32_t encode_dict_id(const struct sheaf_writer *w, struct sheaf_bytes dict,
                       uint32_t least, uint32_t most, const struct top *other);
/* With an empty batch: uses a dictionary of another archive from now on.
 * `packed` is its payload, or empty to have it compressed; both buffers are
 * taken over. If `changed`, articles whose frames are kept are checked. */
int encode_use_dict(struct sheaf_writer *w, struct sheaf_buf *raw,
                   struct sheaf_buf *packed, uint32_t id, bool changed,
                   struct sheaf_error *err);
/* Ends the open group. */
int encode_end_group(struct sheaf_writer *w, struct sheaf_error *err);
void encode_free(struct sheaf_writer *w);

/* ---- generation.c ------------------------------------------------------- */

/* Where the note of the top comes from: a key signs it, or it was made
 * elsewhere, or the one that is there is kept. */
struct signing {
    const struct sheaf_secret_key *key;
    struct sheaf_bytes note;
    /* The top of the archive that is rewritten, or NULL. The note and the
     * tree must be as there, or nothing is committed. */
    const struct top *as_it_was;
};

/* Writes the LEF frame in w->out, a statement other than a seal, whose leaf
 * was added. */
int generation_statement(struct sheaf_writer *w, struct sheaf_error *err);
/* Ends the generation, whose articles and statements were all written.
 * Commits the sink if it is the last one. */
int generation_write(struct sheaf_writer *w, int64_t time,
                     const struct signing *how, bool last,
                     struct sheaf_error *err);
/* Begins the next generation. */
int generation_next(struct sheaf_writer *w, struct sheaf_error *err);
void generation_outcome(const struct sheaf_writer *w,
                        struct sheaf_written *out);
void generation_free(struct sheaf_writer *w);

#endif
