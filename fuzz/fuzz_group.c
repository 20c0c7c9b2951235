/*
 * Groups. The input is the fixed fields and then the columns as text, which
 * are compressed here, because no mutator gets past zstd's checksum. A text
 * has the stated number of lines, or is refused.
 */
#include "base/buf.h"
#include "format/codec.h"
#include "base/cursor.h"
#include "fuzz.h"
#include "format/group.h"
#include "format/table.h"

static void
check_lines(struct sheaf_bytes text, uint32_t count)
{
    struct sheaf_error err = { 0 };
    struct group_lines lines;
    struct sheaf_bytes line[GROUP_COLUMNS];
    uint64_t length;
    char again[24];
    size_t sum = 0;
    int rc = group_lines_begin(&lines, text, count, 4096, &err);

    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        group_lines_next(&lines, line);
        for (unsigned k = 0; k < GROUP_COLUMNS; k++)
            sum += line[k].len + 1;
        if (!group_number(line[COLUMN_LENGTH], &length))
            continue;
        snprintf(again, sizeof again, "%llu", (unsigned long long)length);
        MUST_HOLD(strlen(again) == line[COLUMN_LENGTH].len &&
                  memcmp(again, line[COLUMN_LENGTH].data, strlen(again)) == 0);
    }
    MUST_HOLD(sum == text.len);
}

static void
check_group(struct sheaf_bytes body, struct sheaf_bytes text)
{
    struct sheaf_error err = { 0 };
    struct sheaf_bytes columns;
    struct codec_header header;
    struct codec_dctx *dctx;
    struct group g;
    uint8_t *out;
    int rc = group_decode(body, (uint64_t)1 << 40, &g, &columns, &header, &err);

    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        return;
    }
    MUST_HOLD(g.count > 0 && g.count <= 256);
    MUST_HOLD(header.content_size <= GROUP_COLUMNS_MAX);
    if (text.data == NULL) /* the columns are not ours: sizes may lie */
        return;
    out = exact_copy(text.data, text.len);
    MUST_HOLD(header.content_size == text.len);
    MUST_HOLD(codec_dctx_new(&dctx, NULL) == SHEAF_OK);
    rc = codec_decompress(dctx, NULL, columns, 0, out, text.len, NULL);
    MUST_HOLD(rc == SHEAF_OK);
    MUST_HOLD(memcmp(out, text.data, text.len) == 0);
    check_lines((struct sheaf_bytes){ out, text.len }, g.count);
    codec_dctx_free(dctx);
    free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bits in = { data, size };
    struct sheaf_bytes fixed = bits_take(&in, GROUP_FIXED);
    struct sheaf_bytes text = bits_take(&in, GROUP_COLUMNS_MAX);
    struct codec_cctx *cctx;
    struct sheaf_buf body = { 0 };

    check_group((struct sheaf_bytes){ data, size },
                (struct sheaf_bytes){ NULL, 0 });
    check_lines(text, fixed.len == GROUP_FIXED ? fixed.data[17] : 1);
    MUST_HOLD(codec_cctx_new(&cctx, NULL) == SHEAF_OK);
    MUST_HOLD(buf_add(&body, fixed.data, fixed.len));
    MUST_HOLD(codec_compress(cctx, NULL, 1, text, &body, NULL) == SHEAF_OK);
    check_group(buf_view(&body), text);
    codec_cctx_free(cctx);
    sheaf_buf_free(&body);
    return 0;
}
