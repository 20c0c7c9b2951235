/*
 * check.c - checks a time stamp: who signed it, over what, and when.
 *
 * The signature is checked first, up to a certificate that is trusted; all
 * else is then what the authority states.
 */
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs7.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "time/time.h"

const char *
crypto_reason(void)
{
    static char text[400];
    const char *data;
    size_t used = 0;
    int flags;
    unsigned long e;

    text[0] = '\0';
    while ((e = ERR_get_error_all(NULL, NULL, NULL, &data, &flags)) != 0) {
        const char *reason = ERR_reason_error_string(e);
        bool more = (flags & ERR_TXT_STRING) != 0 && data[0] != '\0';

        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s%s%s",
                                 used != 0 ? "; " : "",
                                 reason != NULL ? reason : "unknown",
                                 more ? ": " : "", more ? data : "");
        if (used >= sizeof text - 1)
            break;
    }
    ERR_clear_error();
    return text;
}

/* ---- Who signed ---------------------------------------------------------- */

static X509_STORE *
trusted(const char *ca_file)
{
    X509_STORE *store = X509_STORE_new();

    if (store == NULL)
        fail(FAILED, "out of memory");
    if (ca_file == NULL) {
        if (X509_STORE_set_default_paths(store) != 1)
            fail(FAILED, "the system's certificates: %s", crypto_reason());
        ERR_clear_error();
    } else if (X509_STORE_load_file(store, ca_file) != 1) {
        fail(FAILED, "%s: no certificates in PEM: %s", ca_file,
             crypto_reason());
    }
    return store;
}

/* OpenSSL 3.4 has another name for it. */
#if OPENSSL_VERSION_NUMBER >= 0x30400000L
#define SET_STORE TS_VERIFY_CTX_set0_store
#else
#define SET_STORE TS_VERIFY_CTX_set_store
#endif

/* The status, the form, the signature and its certificates. */
static void
check_signature(TS_RESP *resp, const char *ca_file)
{
    TS_VERIFY_CTX *ctx = TS_VERIFY_CTX_new();

    if (ctx == NULL)
        fail(FAILED, "out of memory");
    /* The context owns the store. */
    (void)SET_STORE(ctx, trusted(ca_file));
    TS_VERIFY_CTX_set_flags(ctx, (int)(TS_VFY_VERSION | TS_VFY_SIGNATURE));
    if (TS_RESP_verify_response(ctx, resp) != 1)
        fail(NOT_AUTHENTIC, "the time stamp is not good: %s", crypto_reason());
    TS_VERIFY_CTX_free(ctx);
}

static char *
name_of_signer(TS_RESP *resp)
{
    STACK_OF(X509) *signers = PKCS7_get0_signers(TS_RESP_get_token(resp), NULL,
                                                 0);
    BIO *bio = BIO_new(BIO_s_mem());
    char *text = NULL;
    char *data;
    long len;

    if (bio != NULL && signers != NULL && sk_X509_num(signers) > 0 &&
        X509_NAME_print_ex(bio,
                           X509_get_subject_name(sk_X509_value(signers, 0)), 0,
                           XN_FLAG_RFC2253) >= 0) {
        len = BIO_get_mem_data(bio, &data);
        text = strndup(data, (size_t)len);
    }
    sk_X509_free(signers);
    BIO_free(bio);
    if (text == NULL)
        fail(MALFORMED, "the time stamp does not name its authority");
    return text;
}

/* ---- What and when ------------------------------------------------------- */

/* The reply must be to our query, and none that was made before. */
static void
check_nonce(TS_TST_INFO *info, const ASN1_INTEGER *nonce)
{
    const ASN1_INTEGER *got = TS_TST_INFO_get_nonce(info);

    if (nonce != NULL && (got == NULL || ASN1_INTEGER_cmp(got, nonce) != 0))
        fail(NOT_AUTHENTIC, "the reply is not to this query: %s",
             got == NULL ? "it has no nonce" : "it has another nonce");
}

static size_t
find_text(TS_TST_INFO *info, const struct sheaf_bytes *texts, size_t count)
{
    static const int good[] = { NID_sha256,   NID_sha384,   NID_sha512,
                                NID_sha3_256, NID_sha3_384, NID_sha3_512 };
    TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(info);
    const ASN1_OBJECT *object;
    const ASN1_OCTET_STRING *hash = TS_MSG_IMPRINT_get_msg(imprint);
    uint8_t own[EVP_MAX_MD_SIZE];
    const EVP_MD *md = NULL;
    unsigned len;

    X509_ALGOR_get0(&object, NULL, NULL, TS_MSG_IMPRINT_get_algo(imprint));
    for (size_t i = 0; i < COUNT_OF(good); i++)
        if (OBJ_obj2nid(object) == good[i])
            md = EVP_get_digestbynid(good[i]);
    if (md == NULL)
        fail(NOT_AUTHENTIC, "the time stamp is over a hash of a kind that "
                            "proves nothing, or is not known");
    for (size_t i = 0; i < count; i++)
        if (EVP_Digest(texts[i].data, texts[i].len, own, &len, md, NULL) ==
                1 &&
            ASN1_STRING_length(hash) == (int)len &&
            memcmp(ASN1_STRING_get0_data(hash), own, len) == 0)
            return i;
    fail(NOT_AUTHENTIC, "the time stamp is of another checkpoint");
}

static int64_t
find_time(const TS_TST_INFO *info)
{
    struct tm tm;

    memset(&tm, 0, sizeof tm);
    if (ASN1_TIME_to_tm(TS_TST_INFO_get_time(info), &tm) != 1)
        fail(MALFORMED, "the time stamp has no time");
    return (int64_t)timegm(&tm);
}

void
check(struct sheaf_bytes reply, const struct sheaf_bytes *texts, size_t count,
      const char *ca_file, const ASN1_INTEGER *nonce, struct stamp *out)
{
    const unsigned char *at = reply.data;
    TS_RESP *resp = d2i_TS_RESP(NULL, &at, (long)reply.len);

    if (resp == NULL || at != reply.data + reply.len)
        fail(MALFORMED, "no reply of a time stamp authority (RFC 3161)");
    check_signature(resp, ca_file);
    check_nonce(TS_RESP_get_tst_info(resp), nonce);
    out->text = find_text(TS_RESP_get_tst_info(resp), texts, count);
    out->time = find_time(TS_RESP_get_tst_info(resp));
    out->authority = name_of_signer(resp);
    TS_RESP_free(resp);
}
