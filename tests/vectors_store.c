/*
 * vectors_store.c - zstd frames for vectors, assembled by hand.
 */
#include "vectors.h"

#include <zstd.h>

void
must(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "make_vectors: %s failed\n", what);
        exit(2);
    }
}

struct sheaf_bytes
text_bytes(const char *text)
{
    return (struct sheaf_bytes){ (const uint8_t *)text, strlen(text) };
}

uint32_t
next_number(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 16;
}

/* ---- Stored zstd frames -------------------------------------------------- */

/* The checksum is taken from a frame that libzstd makes. */
static uint32_t
checksum(struct sheaf_bytes content)
{
    size_t bound = ZSTD_compressBound(content.len) + 64;
    uint8_t *out = malloc(bound);
    ZSTD_CCtx *c = ZSTD_createCCtx();
    uint32_t sum;
    size_t n;

    MUST(out != NULL && c != NULL);
    ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
    n = ZSTD_compress2(c, out, bound, content.data, content.len);
    MUST(!ZSTD_isError(n));
    sum = get_le32(out + n - 4);
    ZSTD_freeCCtx(c);
    free(out);
    return sum;
}

void
add_le(struct sheaf_buf *out, uint64_t v, unsigned len)
{
    for (unsigned i = 0; i < len; i++, v >>= 8) {
        uint8_t byte = (uint8_t)v;

        MUST(buf_add(out, &byte, 1));
    }
}

/* How many bytes are all the same from `at` on. */
static size_t
run_length(struct sheaf_bytes content, size_t at)
{
    size_t n = 1;

    while (at + n < content.len && n < 131072 &&
           content.data[at + n] == content.data[at])
        n++;
    return n;
}

/* Raw blocks, and RLE blocks for what is long and all the same. */
static void
store_blocks(struct sheaf_bytes content, const struct craft *how,
             struct sheaf_buf *out)
{
    size_t at = 0;

    do {
        size_t same = content.len != 0 ? run_length(content, at) : 0;
        size_t n = same >= 32 ? same : 0;
        unsigned type = n != 0 ? 1 : 0;
        uint64_t size;

        while (type == 0 && at + n < content.len && n < 131072 &&
               run_length(content, at + n) < 32)
            n++;
        size = at == 0 && how->block_size != 0 ? how->block_size : n;
        if (at == 0 && how->block_type != 0)
            type = how->block_type;
        add_le(out, (at + n == content.len) | type << 1 | size << 3, 3);
        MUST(buf_add(out, content.data + at, type == 1 ? 1 : n));
        at += n;
    } while (at < content.len);
}

/*
 * A compressed block: raw literals, and one sequence with these compression
 * modes. Its tables are RLE ones (modes 54), so it takes no bits: 15 literals,
 * then 3 bytes like the last of them.
 */
static void
store_sequence(struct sheaf_bytes content, uint8_t modes,
               struct sheaf_buf *out)
{
    const uint8_t sequences[] = { 1, modes, 15, 0, 0, 1 };
    size_t literals = content.len - 3;

    MUST(content.len < 4096 && content.data[14] == content.data[15] &&
         memcmp(content.data + 14, content.data + 15, 3) == 0);
    add_le(out, 1 | 2 << 1 | (2 + literals + sizeof sequences) << 3, 3);
    add_le(out, literals << 4 | 1 << 2, 2);
    MUST(buf_add(out, content.data, 15) &&
         buf_add(out, content.data + 18, literals - 15) &&
         buf_add(out, sequences, sizeof sequences));
}

void
store(struct sheaf_bytes content, uint32_t dict_id, const struct craft *craft,
      struct sheaf_buf *out)
{
    static const struct craft plain;
    const struct craft *how = craft != NULL ? craft : &plain;
    uint64_t size = how->size != 0 ? how->size : content.len;
    uint32_t id = how->dict_id != 0 ? how->dict_id : dict_id;
    unsigned fcs = size > UINT32_MAX ? 3 : size < 256 && !how->windowed ? 0 : 2;
    bool single = !how->no_size && !how->windowed;
    uint8_t d = (uint8_t)((how->no_size ? 0 : fcs << 6) | (single ? 0x20 : 0) |
                          (how->reserved ? 8 : 0) |
                          (how->no_checksum ? 0 : 4) | (id != 0 ? 3 : 0));

    add_le(out, 0xfd2fb528, 4);
    MUST(buf_add(out, &d, 1));
    if (!single)
        MUST(buf_add(out, &how->window, 1));
    add_le(out, id, id != 0 ? 4 : 0);
    if (!how->no_size)
        add_le(out, size, 1u << fcs);
    if (how->modes != 0)
        store_sequence(content, how->modes, out);
    else
        store_blocks(content, how, out);
    if (!how->no_checksum)
        add_le(out, checksum(content) ^ how->checksum_flip, 4);
}
