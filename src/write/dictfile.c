/*
 * dictfile.c - reads a dictionary that has a file of its own (format.md F5,
 * F17).
 */
#include "write/dictfile.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "format/codec.h"
#include "format/dictframe.h"
#include "format/frame.h"
#include "write/train.h"

/* The frame must be all of the file. */
static int
find_payload(struct sheaf_bytes file, struct sheaf_bytes *out,
             struct sheaf_error *err)
{
    uint32_t len;

    if (file.len < DICT_HEAD_SIZE ||
        memcmp(file.data, FRAME_DICT_MAGIC, FRAME_MAGIC_SIZE) != 0)
        return fail_corrupt(err, 0, "F2.1",
                            "not a dictionary that 'sheaf train' made");
    len = get_le32(file.data + FRAME_MAGIC_SIZE);
    if (len > CODEC_DICT_MAX)
        return fail_corrupt(err, 0, "F5.1", "dictionary of more than 16 MiB");
    if (len > file.len - DICT_HEAD_SIZE)
        return fail_corrupt(err, 0, "F2.2",
                            "the dictionary goes on past the end of the file");
    if (len < file.len - DICT_HEAD_SIZE)
        return fail_corrupt(err, DICT_HEAD_SIZE + len, "F5.2",
                            "something follows the dictionary");
    *out = sheaf_view(file.data + DICT_HEAD_SIZE, len);
    return SHEAF_OK;
}

/* What zstd and the codes of words need. */
static int
check_use(struct sheaf_bytes raw, bool words, struct sheaf_error *err)
{
    struct codec_ddict *ddict = NULL;
    int rc;

    if (train_tables_size(raw) == 0)
        return fail_corrupt(err, 0, "F5.2", "zstd refuses the dictionary");
    rc = codec_ddict_new(&ddict, raw, 0, err);
    if (rc == SHEAF_OK && !words && codec_has_words(ddict))
        rc = fail(err, SHEAF_EINVAL,
                  "the dictionary has a table of words, which an archive that "
                  "is plain cannot have");
    codec_ddict_free(ddict);
    return rc;
}

static int
check_payload(struct dictfile *d, struct sheaf_bytes payload,
              struct sheaf_error *err)
{
    int rc = dictframe_decode(payload, 0, &d->raw, &d->id, err);

    if (rc != SHEAF_OK)
        return rc;
    if (!dictframe_id_ok(d->id))
        return fail_corrupt(err, 0, "F5.2",
                            "a dictionary cannot have the ID %u",
                            (unsigned)d->id);
    if (codec_hides_magic(payload.data, payload.len))
        return fail_corrupt(err, 0, "F2.5",
                            "the magic of a frame is in the dictionary");
    if (!codec_is_canonical(payload.data, payload.len))
        return fail_corrupt(err, 0, "F4.10",
                            "a block of the dictionary breaks the rules");
    return SHEAF_OK;
}

int
dictfile_read(struct dictfile *d, struct sheaf_bytes file, bool words,
              struct sheaf_error *err)
{
    struct sheaf_bytes payload = { NULL, 0 };
    int rc = find_payload(file, &payload, err);

    memset(d, 0, sizeof *d);
    if (rc == SHEAF_OK)
        rc = check_payload(d, payload, err);
    if (rc == SHEAF_OK)
        rc = check_use(buf_view(&d->raw), words, err);
    if (rc == SHEAF_OK && !buf_add(&d->packed, payload.data, payload.len))
        rc = fail_nomem(err);
    if (rc != SHEAF_OK)
        dictfile_free(d);
    return rc;
}

void
dictfile_free(struct dictfile *d)
{
    sheaf_buf_free(&d->raw);
    sheaf_buf_free(&d->packed);
}
