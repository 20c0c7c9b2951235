/*
 * Codes of words. The input is a table, whose length comes first, and some
 * bytes. As coded content they are undone or refused; as content they come
 * back.
 */
#include "base/buf.h"
#include "format/words.h"
#include "fuzz.h"

#define AT 4096
#define MOST ((size_t)1 << 16)

static void
check_undo(const struct words *w, struct sheaf_bytes coded)
{
    struct sheaf_error err = { 0 };
    struct sheaf_buf out = { 0 };
    int rc = words_undo(w, coded, MOST, AT, &out, &err);

    if (rc != SHEAF_OK)
        check_error(rc, &err);
    MUST_HOLD(rc != SHEAF_OK || out.len <= MOST);
    sheaf_buf_free(&out);
}

static void
check_code(const struct words *w, struct sheaf_bytes table,
           struct sheaf_bytes content)
{
    struct words_coder *coder = NULL;
    struct sheaf_buf coded = { 0 }, out = { 0 };

    MUST_HOLD(words_coder_from(&coder, table, NULL) == SHEAF_OK);
    MUST_HOLD(words_code(coder, content, &coded));
    MUST_HOLD(coded.len == 0 || coded.data[0] != WORDS_PLAIN_START);
    MUST_HOLD(words_undo(w, buf_view(&coded), content.len, AT, &out, NULL) ==
              SHEAF_OK);
    MUST_HOLD(bytes_equal(buf_view(&out), content));
    words_coder_free(coder);
    sheaf_buf_free(&coded);
    sheaf_buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct sheaf_error err = { 0 };
    struct words *w = NULL;
    size_t len;
    uint8_t *table, *rest;
    int rc;

    if (size < 2)
        return 0;
    len = (size_t)data[0] << 8 | data[1];
    len = len < size - 2 ? len : size - 2;
    table = exact_copy(data + 2, len);
    rest = exact_copy(data + 2 + len, size - 2 - len);
    rc = words_new(&w, sheaf_view(table, len), AT, &err);
    if (rc == SHEAF_OK) {
        check_undo(w, sheaf_view(rest, size - 2 - len));
        check_code(w, sheaf_view(table, len),
                   sheaf_view(rest, size - 2 - len));
    } else {
        check_error(rc, &err);
    }
    words_free(w);
    free(table);
    free(rest);
    return 0;
}
