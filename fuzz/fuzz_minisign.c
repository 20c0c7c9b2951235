/*
 * Key files. A parsed key can be written and parsed again as the same key.
 * Keys with a passphrase are not tried: one guess takes seconds.
 */
#include "base/buf.h"
#include "fuzz.h"

static void
check_public(const char *text, size_t len)
{
    struct sheaf_error err = { 0 };
    struct sheaf_public_key key, again;
    struct sheaf_buf out = { 0 };
    int rc = sheaf_public_key_parse(sheaf_view(text, len), &key, &err);

    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        return;
    }
    MUST_HOLD(sheaf_public_key_format(&key, &out, NULL) == SHEAF_OK);
    MUST_HOLD(sheaf_public_key_parse(sheaf_view(out.data, out.len), &again,
                                     NULL) == SHEAF_OK);
    MUST_HOLD(memcmp(&key, &again, sizeof key) == 0);
    sheaf_buf_free(&out);
}

static void
check_secret(const char *text, size_t len)
{
    struct sheaf_error err = { 0 };
    struct sheaf_secret_key key, again;
    struct sheaf_buf out = { 0 };
    int rc;

    if (sheaf_secret_key_encrypted(sheaf_view(text, len)))
        return;
    rc = sheaf_secret_key_parse(sheaf_view(text, len), sheaf_view(NULL, 0),
                                &key, &err);
    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        return;
    }
    MUST_HOLD(sheaf_secret_key_format(&key, sheaf_view(NULL, 0), &out,
                                      NULL) == SHEAF_OK);
    MUST_HOLD(sheaf_secret_key_parse(sheaf_view(out.data, out.len),
                                     sheaf_view(NULL, 0), &again,
                                     NULL) == SHEAF_OK);
    MUST_HOLD(memcmp(&key, &again, sizeof key) == 0);
    sheaf_buf_free(&out);
    MUST_HOLD(sheaf_minisig(&key, sheaf_view(text, len), "fuzz", &out,
                            NULL) == SHEAF_OK);
    sheaf_buf_free(&out);
    sheaf_secret_key_wipe(&key);
    sheaf_secret_key_wipe(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_public((const char *)data, size);
    check_secret((const char *)data, size);
    return 0;
}
