/*
 * main.c - sheaf-time: asks for a time stamp, or checks one.
 */
#include <curl/curl.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/fd.h"
#include "import/sandbox.h"
#include "time/time.h"

#define INPUT_MAX ((size_t)16 << 20)
#define MEMORY_MAX ((size_t)1 << 30)
#define SECONDS_MAX 3600L

/* ---- Input and output ---------------------------------------------------- */

static void
read_all(struct sheaf_buf *in)
{
    ssize_t n = 1;

    while (n > 0) {
        if (in->len > INPUT_MAX || !buf_reserve(in, in->len + 65536))
            fail(FAILED, "too much input");
        n = read(STDIN_FILENO, in->data + in->len, 65536);
        in->len += n > 0 ? (size_t)n : 0;
    }
}

/* Returns how many there are. */
static size_t
take_texts(struct cursor *c, struct sheaf_bytes texts[TEXTS_MAX])
{
    size_t count = cursor_u32(c);

    if (count == 0 || count > TEXTS_MAX)
        fail(FAILED, "a wrong question");
    for (size_t i = 0; i < count; i++) {
        size_t len = cursor_u32(c);
        const uint8_t *at = cursor_take(c, len);

        if (at == NULL)
            fail(FAILED, "a wrong question");
        texts[i] = sheaf_view(at, len);
    }
    return count;
}

static void
put_stamp(const struct stamp *s, struct sheaf_bytes reply)
{
    struct sheaf_buf out = { 0 };
    size_t len = strlen(s->authority);

    if (!buf_add_str(&out, "T") || !buf_add_be(&out, s->text, 4) ||
        !buf_add_be(&out, (uint64_t)s->time, 8) || !buf_add_be(&out, len, 4) ||
        !buf_add(&out, s->authority, len) ||
        !buf_add(&out, reply.data, reply.len))
        fail(FAILED, "out of memory");
    if (fd_write(STDOUT_FILENO, out.data, out.len) != 0)
        exit(1);
    sheaf_buf_free(&out);
}

/* ---- Asking -------------------------------------------------------------- */

static ASN1_INTEGER *
make_nonce(void)
{
    uint8_t bytes[8];
    uint64_t v;
    ASN1_INTEGER *nonce = ASN1_INTEGER_new();

    if (nonce == NULL || RAND_bytes(bytes, sizeof bytes) != 1)
        fail(FAILED, "no random bytes");
    v = get_be(bytes, sizeof bytes) | 1;
    if (ASN1_INTEGER_set_uint64(nonce, v) != 1)
        fail(FAILED, "out of memory");
    return nonce;
}

/* The query in DER; to be freed. */
static struct sheaf_bytes
make_query(struct sheaf_bytes text, ASN1_INTEGER *nonce)
{
    TS_REQ *req = TS_REQ_new();
    TS_MSG_IMPRINT *imprint = TS_MSG_IMPRINT_new();
    X509_ALGOR *algo = X509_ALGOR_new();
    uint8_t hash[EVP_MAX_MD_SIZE];
    unsigned char *der = NULL;
    unsigned len = 0;
    int n = -1;

    if (req != NULL && imprint != NULL && algo != NULL &&
        EVP_Digest(text.data, text.len, hash, &len, EVP_sha256(), NULL) == 1 &&
        X509_ALGOR_set0(algo, OBJ_nid2obj(NID_sha256), V_ASN1_NULL, NULL) ==
            1 &&
        TS_MSG_IMPRINT_set_algo(imprint, algo) == 1 &&
        TS_MSG_IMPRINT_set_msg(imprint, hash, (int)len) == 1 &&
        TS_REQ_set_version(req, 1) == 1 &&
        TS_REQ_set_msg_imprint(req, imprint) == 1 &&
        TS_REQ_set_nonce(req, nonce) == 1 && TS_REQ_set_cert_req(req, 1) == 1)
        n = i2d_TS_REQ(req, &der);
    if (n <= 0)
        fail(FAILED, "the query: %s", crypto_reason());
    TS_REQ_free(req);
    TS_MSG_IMPRINT_free(imprint);
    X509_ALGOR_free(algo);
    return sheaf_view(der, (size_t)n);
}

static void
ask_and_check(const char *url, const char *seconds, const char *ca_file,
              struct sheaf_bytes text)
{
    ASN1_INTEGER *nonce = make_nonce();
    struct sheaf_bytes query = make_query(text, nonce);
    struct sheaf_buf reply = { 0 };
    char *end;
    long most = strtol(seconds, &end, 10);
    struct stamp s;

    if (*end != '\0' || most < 1 || most > SECONDS_MAX)
        fail(FAILED, "a wrong question");
    ask(url, most, query, &reply);
    check(buf_view(&reply), &text, 1, ca_file, nonce, &s);
    put_stamp(&s, buf_view(&reply));
    OPENSSL_free((void *)(uintptr_t)query.data);
    ASN1_INTEGER_free(nonce);
    sheaf_buf_free(&reply);
    free(s.authority);
}

int
main(int argc, char **argv)
{
    bool asks = argc >= 4 && strcmp(argv[1], "ask") == 0;
    bool checks = argc >= 2 && strcmp(argv[1], "check") == 0;
    int known = asks ? 4 : 2;
    struct sheaf_bytes texts[TEXTS_MAX];
    struct sheaf_buf in = { 0 };
    const char *ca_file, *wrong;
    struct cursor c;
    struct stamp s;
    size_t count;

    if ((!asks && !checks) || argc > known + 1 || isatty(STDIN_FILENO)) {
        fprintf(stderr, "sheaf-time: a program that sheaf runs; see "
                        "sheaf(1)\n");
        return 1;
    }
    ca_file = argc > known ? argv[known] : NULL;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
        fail(FAILED, "libcurl does not start");
    wrong = asks ? sandbox_shut_but_network(MEMORY_MAX)
                 : sandbox_shut(MEMORY_MAX);
    if (wrong != NULL)
        fail(FAILED, "sandbox: %s", wrong);
    read_all(&in);
    c = cursor_over(in.data, in.len);
    count = take_texts(&c, texts);
    if (asks) {
        ask_and_check(argv[2], argv[3], ca_file, texts[0]);
    } else {
        check(sheaf_view(c.at, cursor_left(&c)), texts, count, ca_file, NULL,
              &s);
        put_stamp(&s, sheaf_view(NULL, 0));
        free(s.authority);
    }
    sheaf_buf_free(&in);
    curl_global_cleanup();
    return 0;
}
