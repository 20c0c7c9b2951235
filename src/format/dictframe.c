/*
 * dictframe.c - a dictionary in its frame.
 */
#include "format/dictframe.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "format/codec.h"
#include "format/frame.h"

/* zstd's magic of a dictionary; the ID follows it. */
#define RAW_MAGIC "\x37\xa4\x30\xec"
#define ID_MIN UINT32_C(32768)
#define ID_MAX UINT32_C(0x7fffffff)

bool
dictframe_encode(struct sheaf_bytes payload, struct sheaf_buf *out)
{
    uint8_t head[DICT_HEAD_SIZE];

    memcpy(head, FRAME_DICT_MAGIC, FRAME_MAGIC_SIZE);
    put_le32(head + FRAME_MAGIC_SIZE, (uint32_t)payload.len);
    return buf_add(out, head, sizeof head) &&
           buf_add(out, payload.data, payload.len);
}

int
dictframe_decode(struct sheaf_bytes payload, uint64_t offset,
                 struct sheaf_buf *raw, uint32_t *id, struct sheaf_error *err)
{
    int rc = codec_unpack_dict(payload, offset, raw, err);

    if (rc != SHEAF_OK)
        return rc;
    if (raw->len < 8 || memcmp(raw->data, RAW_MAGIC, 4) != 0)
        return fail_corrupt(err, offset, "F5.2", "no dictionary there");
    *id = get_le32(raw->data + 4);
    return SHEAF_OK;
}

/* One ID would put the magic of a sheaf frame into headers: refuse it. */
bool
dictframe_id_ok(uint32_t id)
{
    uint8_t bytes[4];

    put_le32(bytes, id);
    return id >= ID_MIN && id <= ID_MAX &&
           memcmp(bytes, FRAME_MAGIC, FRAME_MAGIC_SIZE) != 0;
}
