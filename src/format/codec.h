/*
 * codec.h - zstd frames to bytes and back (format.md F4.1, F4.10, F2.5). Only
 * codec_pack.c, codec_unpack.c and train.c use zstd.
 */
#ifndef SHEAF_FORMAT_CODEC_H
#define SHEAF_FORMAT_CODEC_H

#include "base/base.h"
#include "sheaf.h"

#define CODEC_WINDOW_MAX (8u << 20)
#define CODEC_DICT_MAX (16u << 20)

/* ---- Frames as such ----------------------------------------------------- */

struct codec_header {
    uint64_t content_size;
    uint32_t dict_id; /* 0: none */
    size_t header_size;
    uint32_t block_max; /* no block may be larger (F4.10) */
};

/* The longest frame header. */
#define CODEC_HEADER_MAX 18

/* Decodes the header at the start of `data`, by F4.1. `offset` is for
 * messages. */
int codec_header(const uint8_t *data, size_t len, uint64_t offset,
                 struct codec_header *out, struct sheaf_error *err);

/* The same for the frame of a dictionary, whose window may be larger. */
int codec_dict_header(const uint8_t *data, size_t len, uint64_t offset,
                      struct codec_header *out, struct sheaf_error *err);

/* The length of the frame that begins at `data`; SHEAF_END if it goes on
 * past `len`. Reads only block headers. */
int codec_frame_length(const uint8_t *data, size_t len, uint64_t offset,
                       uint64_t *out, struct sheaf_error *err);

/* The length that a frame of `content_size` bytes can have at most, plus 1. */
uint64_t codec_length_max(uint64_t content_size);

/* ---- Compressing -------------------------------------------------------- */

struct codec_cdict; /* a dictionary, digested for one level; threads may
                       share it */
struct codec_cctx;  /* what one thread needs to compress */

int codec_cdict_new(struct codec_cdict **out, struct sheaf_bytes dict,
                    int level, struct sheaf_error *err);
void codec_cdict_free(struct codec_cdict *cdict);
int codec_cctx_new(struct codec_cctx **out, struct sheaf_error *err);
void codec_cctx_free(struct codec_cctx *cctx);

/* Appends one frame to `out`. `cdict` may be NULL. If it has a table of words,
 * the content is coded, unless it begins with { and coding does not pay. */
int codec_compress(struct codec_cctx *cctx, const struct codec_cdict *cdict,
                   int level, struct sheaf_bytes content,
                   struct sheaf_buf *out, struct sheaf_error *err);

/* The same with the codes of the content, as the words_coder of the dictionary
 * made them. */
int codec_compress_coded(struct codec_cctx *cctx,
                         const struct codec_cdict *cdict, int level,
                         struct sheaf_bytes content, struct sheaf_bytes coded,
                         struct sheaf_buf *out, struct sheaf_error *err);

/* Appends the content as zstd gets it. */
int codec_code_words(struct codec_cctx *cctx, const struct codec_cdict *cdict,
                     struct sheaf_bytes content, struct sheaf_buf *out,
                     struct sheaf_error *err);

/* The same as codec_compress, without a dictionary, for content similar to
 * `base`: what `zstd --patch-from=BASE` makes. */
int codec_compress_delta(struct codec_cctx *cctx, struct sheaf_bytes base,
                         int level, struct sheaf_bytes content,
                         struct sheaf_buf *out, struct sheaf_error *err);

/* The same for content that does not fit into memory: `content_size` bytes
 * from `source`. The bytes of the frame go to `write`. If the output
 * contains the magic of F2.5, the result is SHEAF_ESTOPPED, and the caller
 * tries again with the next `attempt`, from 0. */
typedef int (*codec_write)(void *arg, const void *data, size_t len);
int codec_compress_stream(struct codec_cctx *cctx,
                          const struct codec_cdict *cdict, int level,
                          unsigned attempt, struct sheaf_bytes start,
                          struct sheaf_source source, uint64_t content_size,
                          codec_write write, void *arg,
                          struct sheaf_error *err);
#define CODEC_ATTEMPTS 32

/* Compresses a dictionary for its frame (F5). */
int codec_pack_dict(struct codec_cctx *cctx, int level,
                    struct sheaf_bytes dict, struct sheaf_buf *out,
                    struct sheaf_error *err);

/* ---- Decompressing ------------------------------------------------------ */

struct codec_ddict; /* a dictionary, digested; threads may share it */
struct codec_dctx;  /* what one thread needs to decompress */

/* `dict` must outlive the ddict. `offset` is for messages. */
int codec_ddict_new(struct codec_ddict **out, struct sheaf_bytes dict,
                    uint64_t offset, struct sheaf_error *err);
/* Whether it has a table of words (F17). */
bool codec_has_words(const struct codec_ddict *ddict);
/* F17.3: a dictionary may have a table only if the head of the file says
 * so. */
int codec_check_flag(const struct codec_ddict *ddict, uint64_t offset,
                     bool flag, struct sheaf_error *err);
/* How much a frame may hold that states this size, once codes of words are
 * undone. */
uint64_t codec_undone_max(const struct codec_ddict *ddict,
                          uint64_t content_size);
void codec_ddict_free(struct codec_ddict *ddict);
int codec_dctx_new(struct codec_dctx **out, struct sheaf_error *err);
void codec_dctx_free(struct codec_dctx *dctx);

/* Decompresses one whole frame to exactly `out_len` bytes, its content size.
 * Codes of words stay as they are. */
int codec_decompress(struct codec_dctx *dctx, const struct codec_ddict *ddict,
                     struct sheaf_bytes frame, uint64_t offset, uint8_t *out,
                     size_t out_len, struct sheaf_error *err);

/* Decompresses a whole frame with header `h`, undoes codes of words, and
 * replaces the content of `out`. Allocates nothing if the frame cannot hold
 * the size that it states. `ddict` is ignored when the header names no
 * dictionary. */
int codec_unpack(struct codec_dctx *dctx, const struct codec_ddict *ddict,
                 const struct codec_header *h, struct sheaf_bytes frame,
                 uint64_t offset, struct sheaf_buf *out,
                 struct sheaf_error *err);

/* The same for a frame from codec_compress_delta, with `content_size`
 * bytes. */
int codec_unpack_delta(struct codec_dctx *dctx, struct sheaf_bytes base,
                       uint64_t content_size, struct sheaf_bytes frame,
                       uint64_t offset, struct sheaf_buf *out,
                       struct sheaf_error *err);

/* Decompresses a frame at `offset` of a source without holding it in
 * memory, and passes pieces of any size to `write` (nonzero stops:
 * SHEAF_ESTOPPED). The frame must have `content_size` bytes of content.
 * *length is its length. */
int codec_decompress_stream(struct codec_dctx *dctx,
                            const struct codec_ddict *ddict,
                            struct sheaf_source source, uint64_t offset,
                            uint64_t content_size, codec_write write,
                            void *arg, uint64_t *length,
                            struct sheaf_error *err);

/* Decompresses a dictionary's payload: at most CODEC_DICT_MAX bytes. */
int codec_unpack_dict(struct sheaf_bytes payload, uint64_t offset,
                      struct sheaf_buf *out, struct sheaf_error *err);

/* F2.5: whether the magic of a sheaf frame occurs in the blocks of this
 * frame. */
bool codec_hides_magic(const uint8_t *frame, size_t len);

/* F4.10: whether no block of a whole frame is larger than the frame allows, and
 * the reserved bits in its blocks, which a decoder ignores, are zero. */
bool codec_is_canonical(const uint8_t *frame, size_t len);

/* Its reserved bits alone, for a frame that may be incomplete. Returns the
 * length of the block with its header, or 0 if it goes on past `len`. */
size_t codec_block(const uint8_t *data, size_t len, bool *last,
                   bool *canonical);

/* The place of the magic of a sheaf frame in these bytes; `len` if none. */
size_t codec_find_magic(const uint8_t *data, size_t len);

/* Names another dictionary in a frame's header, with an ID of the same
 * width. `h` is the decoded header. */
void codec_rename_dict(uint8_t *frame, const struct codec_header *h,
                       uint32_t id);

/* The first level from `level` on at which zstd digests a dictionary in the
 * same way on all processors, if its frames have about this content. */
int codec_level_for_all(int level, size_t content_len, size_t dict_len);

/* A number such as 10504 for 1.5.4. */
uint32_t codec_version(void);

#endif
