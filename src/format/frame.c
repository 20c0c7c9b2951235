/*
 * frame.c - the frames that a sheaf is made of (format.md F2, F3).
 */
#include "format/frame.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"

static const char head_text[] = "articles in zstd frames; see man 5 sheaf";

static const struct {
    const char *magic;
    char name[13];
} types[FRAME_TYPES] = {
    [FRAME_NONE] = { NULL, "no frame" },
    [FRAME_ZSTD] = { FRAME_ZSTD_MAGIC, "articles" },
    [FRAME_DICT] = { FRAME_DICT_MAGIC, "dictionary" },
    [FRAME_SHF] = { FRAME_MAGIC, "SHF" },
    [FRAME_REV] = { FRAME_MAGIC, "REV" },
    [FRAME_PAR] = { FRAME_MAGIC, "PAR" },
    [FRAME_GRP] = { FRAME_MAGIC, "GRP" },
    [FRAME_SLB] = { FRAME_MAGIC, "SLB" },
    [FRAME_MAP] = { FRAME_MAGIC, "MAP" },
    [FRAME_URL] = { FRAME_MAGIC, "URL" },
    [FRAME_DIR] = { FRAME_MAGIC, "DIR" },
    [FRAME_LEF] = { FRAME_MAGIC, "LEF" },
    [FRAME_TIL] = { FRAME_MAGIC, "TIL" },
    [FRAME_TOP] = { FRAME_MAGIC, "TOP" },
    [FRAME_END] = { FRAME_MAGIC, "END" },
    [FRAME_PAD] = { FRAME_MAGIC, "PAD" },
    [FRAME_OPTIONAL] = { FRAME_MAGIC, "optional" },
};

const char *
frame_name(enum frame_type type)
{
    return types[type].name;
}

static bool
is_letter(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

enum frame_type
frame_type_at(const uint8_t *data, size_t len)
{
    if (len < FRAME_MAGIC_SIZE)
        return FRAME_NONE;
    if (len >= FRAME_HEAD_SIZE &&
        memcmp(data, FRAME_MAGIC, FRAME_MAGIC_SIZE) == 0 && data[8] >= 'a' &&
        data[8] <= 'z' && is_letter(data[9]) && is_letter(data[10]))
        return FRAME_OPTIONAL;
    for (unsigned i = FRAME_ZSTD; i < FRAME_OPTIONAL; i++) {
        if (memcmp(data, types[i].magic, FRAME_MAGIC_SIZE) == 0 &&
            (i < FRAME_SHF || (len >= FRAME_HEAD_SIZE &&
                               memcmp(data + 8, types[i].name, 3) == 0)))
            return i;
    }
    return FRAME_NONE;
}

size_t
frame_find(const uint8_t *data, size_t len)
{
    for (size_t at = 0; at + FRAME_MAGIC_SIZE <= len; at++) {
        const uint8_t *p = data + at;

        if ((p[0] == (uint8_t)FRAME_ZSTD_MAGIC[0] &&
             memcmp(p, FRAME_ZSTD_MAGIC, 4) == 0) ||
            (p[1] == (uint8_t)FRAME_MAGIC[1] &&
             (memcmp(p, FRAME_MAGIC, 4) == 0 ||
              memcmp(p, FRAME_DICT_MAGIC, 4) == 0)))
            return at;
    }
    return len;
}

bool
frame_find_back(struct sheaf_bytes bytes, enum frame_type type, size_t *at)
{
    const uint8_t first = (uint8_t)types[type].magic[0];

    while (*at > 0) {
        const uint8_t *p = bytes.data + --*at;

        if (*p == first && frame_type_at(p, bytes.len - *at) == type)
            return true;
    }
    return false;
}

static int
peek_sheaf(const uint8_t *head, size_t len, uint64_t file_size,
           struct frame *f, struct sheaf_error *err)
{
    uint32_t length;

    if (len < FRAME_HEAD_SIZE)
        return fail_corrupt(err, f->offset, "F2.2", "frame is cut off");
    length = get_le32(head + 4);
    f->length = (uint64_t)length + 8;
    if (length < 12 || length > FRAME_LENGTH_MAX)
        return fail_corrupt(err, f->offset, "F2.2", "frame of %u bytes",
                            length);
    f->type = frame_type_at(head, len);
    if (f->length > file_size - f->offset)
        return fail_corrupt(err, f->offset, "F2.2", "frame is cut off");
    return f->type != FRAME_NONE
               ? SHEAF_OK
               : fail_corrupt(err, f->offset, "F2.4", "unknown type of frame");
}

int
frame_peek(const uint8_t *head, size_t len, uint64_t offset,
           uint64_t file_size, struct frame *out, struct sheaf_error *err)
{
    struct frame f = { .offset = offset };
    int rc;

    assert(offset < file_size);
    if (len < FRAME_MAGIC_SIZE)
        return fail_corrupt(err, offset, "F2.1", "no frame here");
    if (memcmp(head, FRAME_ZSTD_MAGIC, 4) == 0) {
        f.type = FRAME_ZSTD;
    } else if (memcmp(head, FRAME_DICT_MAGIC, 4) == 0) {
        f.type = FRAME_DICT;
        if (len < 8)
            return fail_corrupt(err, offset, "F2.2", "frame is cut off");
        f.length = (uint64_t)get_le32(head + 4) + 8;
        if (f.length > FRAME_LENGTH_MAX + 8 || f.length > file_size - offset)
            return fail_corrupt(err, offset, "F2.2",
                                "dictionary frame is too long");
    } else if (memcmp(head, FRAME_MAGIC, 4) == 0) {
        rc = peek_sheaf(head, len, file_size, &f, err);
        if (rc != SHEAF_OK)
            return rc;
    } else {
        return fail_corrupt(err, offset, "F2.1", "no frame here");
    }
    *out = f;
    return SHEAF_OK;
}

static int
check_version(uint8_t version, struct sheaf_error *err)
{
    if (version == FRAME_VERSION)
        return SHEAF_OK;
    if (version < FRAME_VERSION)
        return fail(err, SHEAF_EUNSUPPORTED,
                    "a frame of version 0, a draft before version 1: sheaf "
                    "0.1, which wrote it, can extract the articles");
    return fail(err, SHEAF_EUNSUPPORTED,
                "a frame of version %u: a newer sheaf is needed", version);
}

int
frame_body(struct sheaf_bytes whole, uint64_t offset, enum frame_type type,
           struct sheaf_bytes *body, struct sheaf_error *err)
{
    struct frame f;
    uint8_t sum[FRAME_SUM_SIZE];
    uint64_t end;
    int rc;

    if (ADD_OVERFLOWS(offset, whole.len, &end) || whole.len == 0)
        return fail_corrupt(err, offset, "F2.2", "frame is cut off");
    rc = frame_peek(whole.data, whole.len, offset, end, &f, err);
    if (rc != SHEAF_OK)
        return rc;
    if (f.type != type)
        return fail_corrupt(err, offset, "F2.4", "no %s frame here",
                            frame_name(type));
    if (f.length != whole.len)
        return fail_corrupt(err, offset, "F2.2", "frame has another length");
    hash_check64(whole.data, whole.len - FRAME_SUM_SIZE, sum);
    if (memcmp(whole.data + whole.len - FRAME_SUM_SIZE, sum, sizeof sum) != 0)
        return fail_corrupt(err, offset, "F2.3",
                            "sum of frame %s does not match",
                            frame_name(type));
    /* Before that, another version is a flipped bit. */
    rc = type != FRAME_OPTIONAL ? check_version(whole.data[11], err) : SHEAF_OK;
    if (rc != SHEAF_OK)
        return rc;
    body->data = whole.data + FRAME_HEAD_SIZE;
    body->len = whole.len - FRAME_HEAD_SIZE - FRAME_SUM_SIZE;
    return SHEAF_OK;
}

bool
frame_begin(struct sheaf_buf *out, enum frame_type type)
{
    uint8_t head[FRAME_HEAD_SIZE] = { 0 };

    memcpy(head, FRAME_MAGIC, 4);
    memcpy(head + 8, frame_name(type), 3);
    head[11] = FRAME_VERSION;
    return buf_add(out, head, sizeof head);
}

bool
frame_end(struct sheaf_buf *out, size_t start)
{
    size_t length = out->len - start - 8 + FRAME_SUM_SIZE;
    uint8_t sum[FRAME_SUM_SIZE];

    assert(length <= FRAME_LENGTH_MAX);
    put_le32(out->data + start + 4, (uint32_t)length);
    hash_check64(out->data + start, out->len - start, sum);
    return buf_add(out, sum, sizeof sum);
}

bool
frame_optional(struct sheaf_buf *out, const char *type,
               struct sheaf_bytes body)
{
    uint8_t head[FRAME_HEAD_SIZE] = { 0 };
    size_t start = out->len;

    memcpy(head, FRAME_MAGIC, FRAME_MAGIC_SIZE);
    memcpy(head + 8, type, 3);
    return buf_add(out, head, sizeof head) &&
           buf_add(out, body.data, body.len) && frame_end(out, start);
}

int
frame_check_optional(struct sheaf_bytes body, uint64_t offset,
                     struct sheaf_error *err)
{
    return frame_find(body.data, body.len) == body.len
               ? SHEAF_OK
               : fail_corrupt(err, offset, "F2.5",
                              "the magic of a frame within an optional one");
}

bool
frame_is_optional(const uint8_t *frame, const char *type)
{
    return frame_type_at(frame, FRAME_HEAD_SIZE) == FRAME_OPTIONAL &&
           memcmp(frame + 8, type, 3) == 0 && frame[11] == 0;
}

bool
frame_head(struct sheaf_buf *out, uint32_t flags)
{
    size_t start = out->len;

    return frame_begin(out, FRAME_SHF) && buf_add_be(out, flags, 4) &&
           buf_add(out, head_text, sizeof head_text - 1) &&
           frame_end(out, start);
}

int
frame_check_head(const uint8_t *whole, size_t len, uint64_t file_size,
                 uint32_t *flags, struct sheaf_error *err)
{
    struct sheaf_bytes body;
    int rc;

    *flags = 0;
    if (len < FRAME_HEAD_SIZE || memcmp(whole, FRAME_MAGIC, 4) != 0 ||
        memcmp(whole + 8, frame_name(FRAME_SHF), 3) != 0)
        return fail_corrupt(err, 0, "F3.1", "not a sheaf");
    if (get_le32(whole + 4) != HEAD_SIZE - 8 || len < HEAD_SIZE ||
        file_size < HEAD_SIZE)
        return fail_corrupt(err, 0, "F3.1", "head does not have 64 bytes");
    rc = frame_body((struct sheaf_bytes){ whole, HEAD_SIZE }, 0, FRAME_SHF,
                    &body, err);
    if (rc != SHEAF_OK)
        return rc;
    *flags = (uint32_t)get_be(body.data, 4);
    if ((*flags & ~HEAD_FLAGS) != 0)
        return fail_corrupt(err, 12, "F3.2",
                            "unknown flags: a newer sheaf is needed");
    if (memcmp(body.data + 4, head_text, sizeof head_text - 1) != 0)
        return fail_corrupt(err, 16, "F3.3", "wrong text in the head");
    return SHEAF_OK;
}

bool
frame_pad(struct sheaf_buf *out)
{
    static const uint8_t zeros[PAD_SIZE - FRAME_HEAD_SIZE - FRAME_SUM_SIZE];
    size_t start = out->len;

    return frame_begin(out, FRAME_PAD) && buf_add(out, zeros, sizeof zeros) &&
           frame_end(out, start);
}
