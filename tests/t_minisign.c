/*
 * Key files. The files of minisign 0.11 and signify must be read, and writing
 * the same key must give the same bytes. Damaged files must be refused and
 * leave the output unchanged. Encrypted keys take 1 GiB and some seconds each
 * time, so most tests of them run only with SHEAF_SLOW_TESTS set.
 */
#include <stdlib.h>

#include "base/base.h"
#include "base/mem.h"
#include "sheaf.h"
#include "tap.h"

#include <sodium.h>

#define VECTORS "tests/vectors/minisign/"

struct text {
    char at[1024];
    size_t len;
};

static bool
slurp(const char *name, struct text *out)
{
    char path[128];
    FILE *f;

    snprintf(path, sizeof path, VECTORS "%s", name);
    f = fopen(path, "rb");
    out->len = 0;
    out->at[0] = '\0';
    if (f == NULL)
        return ok(false, "%s can be read", path);
    out->len = fread(out->at, 1, sizeof out->at - 1, f);
    out->at[out->len] = '\0';
    fclose(f);
    return true;
}

static void
set(struct text *t, const char *text)
{
    snprintf(t->at, sizeof t->at, "%s", text);
    t->len = strlen(t->at);
}

/* What follows the first line. */
static const char *
second_line(const char *text)
{
    const char *end = strchr(text, '\n');

    return end != NULL ? end + 1 : "";
}

static size_t
unpack(const struct text *t, uint8_t *out, size_t cap)
{
    size_t len = 0;

    (void)sodium_base642bin(out, cap, second_line(t->at),
                            strlen(second_line(t->at)), "\n", &len, NULL,
                            sodium_base64_VARIANT_ORIGINAL);
    return len;
}

static void
pack(struct text *t, const uint8_t *bytes, size_t len)
{
    memcpy(t->at, "untrusted comment: x\n", 22);
    (void)sodium_bin2base64(t->at + 21, sizeof t->at - 21, bytes, len,
                            sodium_base64_VARIANT_ORIGINAL);
    t->len = strlen(t->at);
}

static int
read_secret(const struct text *t, struct sheaf_secret_key *out,
            struct sheaf_error *err)
{
    return sheaf_secret_key_parse(sheaf_view(t->at, t->len),
                                  sheaf_view(NULL, 0), out, err);
}

/* ---- Public keys --------------------------------------------------------- */

static void
refuse_public(const struct text *t, const char *what)
{
    struct sheaf_public_key key = { .id = { 9 } };
    struct sheaf_error err = { 0 };

    eq_int(sheaf_public_key_parse(sheaf_view(t->at, t->len), &key,
                                  &err), SHEAF_EINVAL,
           "public key: %s: refused", what);
    ok(key.id[0] == 9 && err.code == SHEAF_EINVAL && err.message[0] != '\0',
       "public key: %s: output untouched, and a message", what);
}

static void
test_public(void)
{
    static const char *const files[] = { "u.pub", "e.pub", "s.pub" };
    struct sheaf_public_key key;
    struct sheaf_public_key again;
    struct sheaf_buf buf = { 0 };
    struct text t;
    struct text good;
    uint8_t raw[64];
    size_t len;

    for (size_t i = 0; i < COUNT_OF(files); i++) {
        slurp(files[i], &t);
        eq_int(sheaf_public_key_parse(sheaf_view(t.at, t.len), &key,
                                      NULL), SHEAF_OK,
               "%s is read", files[i]);
        eq_int(sheaf_public_key_format(&key, &buf, NULL), SHEAF_OK,
               "%s is written", files[i]);
        if (files[i][0] == 's')
            continue; /* signify has another comment */
        ok(buf.len == t.len && memcmp(buf.data, t.at, t.len) == 0,
           "%s: to the same bytes", files[i]);
    }

    slurp("u.pub", &good);
    eq_int(sheaf_public_key_parse(sheaf_view(good.at, good.len), &key,
                                  NULL), SHEAF_OK,
           "a good key to spoil");
    set(&t, second_line(good.at));
    eq_int(sheaf_public_key_parse(sheaf_view(t.at, t.len), &again,
                                  NULL), SHEAF_OK,
           "the base64 alone");
    eq_mem(&again, &key, sizeof key, "is the same key");
    eq_int(sheaf_public_key_parse(sheaf_view(t.at, t.len - 1), &again,
                                  NULL), SHEAF_OK,
           "also without a newline");
    set(&t, second_line(good.at));
    memcpy(t.at + t.len - 1, "\r\n", 3);
    t.len++;
    eq_int(sheaf_public_key_parse(sheaf_view(t.at, t.len), &again,
                                  NULL), SHEAF_OK,
           "also with a return before it");

    set(&t, "");
    refuse_public(&t, "nothing");
    set(&t, "\n");
    refuse_public(&t, "a newline");
    set(&t, "untrusted comment: x");
    refuse_public(&t, "half a comment");
    set(&t, "untrusted comment: x\n");
    refuse_public(&t, "a comment alone");
    t = good;
    memcpy(t.at + t.len, "\n", 2);
    t.len++;
    refuse_public(&t, "an empty line after it");
    t = good;
    memcpy(t.at + t.len, second_line(good.at), strlen(second_line(good.at)));
    t.len += strlen(second_line(good.at));
    refuse_public(&t, "two keys");
    t = good;
    t.at[0] = 'U';
    refuse_public(&t, "another comment");
    slurp("u.key", &t);
    refuse_public(&t, "a secret key");
    len = unpack(&good, raw, sizeof raw);
    eq_int(len, 42, "a public key has 42 bytes");
    pack(&t, raw, len - 1);
    refuse_public(&t, "a byte less");
    raw[len] = 0;
    pack(&t, raw, len + 1);
    refuse_public(&t, "a byte more");
    raw[1] = 'D';
    pack(&t, raw, len);
    refuse_public(&t, "another algorithm");

#ifdef SHEAF_TEST
    sheaf_buf_free(&buf);
    mem_fail_after(0);
    eq_int(sheaf_public_key_format(&key, &buf, NULL), SHEAF_ENOMEM,
           "public key: no memory");
    mem_fail_after(-1);
    ok(buf.data == NULL, "public key: no memory: output untouched");
#endif
    sheaf_buf_free(&buf);
}

/* ---- Secret keys --------------------------------------------------------- */

static void
refuse_secret(const struct text *t, int code, const char *what)
{
    struct sheaf_secret_key key = { .id = { 9 } };
    struct sheaf_error err = { 0 };

    eq_int(sheaf_secret_key_parse(sheaf_view(t->at, t->len),
                                  sheaf_view(NULL, 0), &key, &err), code,
           "secret key: %s: refused", what);
    ok(key.id[0] == 9 && err.code == code && err.message[0] != '\0',
       "secret key: %s: output untouched, and a message", what);
}

static void
test_secret(void)
{
    static const struct {
        const char *secret;
        const char *public;
    } pairs[] = { { "u.key", "u.pub" }, { "s.sec", "s.pub" } };
    struct sheaf_secret_key secret;
    struct sheaf_secret_key again;
    struct sheaf_public_key public;
    struct sheaf_buf buf = { 0 };
    struct text t;
    struct text p;

    for (size_t i = 0; i < COUNT_OF(pairs); i++) {
        slurp(pairs[i].secret, &t);
        slurp(pairs[i].public, &p);
        eq_int(sheaf_secret_key_encrypted(sheaf_view(t.at, t.len)), 0,
               "%s: not encrypted", pairs[i].secret);
        eq_int(read_secret(&t, &secret, NULL), SHEAF_OK, "%s is read",
               pairs[i].secret);
        eq_int(sheaf_public_key_parse(sheaf_view(p.at, p.len), &public,
                                      NULL), SHEAF_OK,
               "%s is read", pairs[i].public);
        ok(memcmp(secret.id, public.id, 8) == 0 &&
               memcmp(secret.key + 32, public.key, 32) == 0,
           "they are a pair");
        eq_int(sheaf_secret_key_parse(sheaf_view(t.at, t.len), sheaf_str("x"),
                                      &again, NULL),
               SHEAF_OK, "a passphrase that isn't needed does no harm");

        eq_int(sheaf_secret_key_format(&secret, sheaf_view(NULL, 0), &buf,
                                       NULL),
               SHEAF_OK, "%s is written", pairs[i].secret);
        memset(&again, 0, sizeof again);
        eq_int(sheaf_secret_key_parse(sheaf_view(buf.data, buf.len),
                                      sheaf_view(NULL, 0), &again, NULL),
               SHEAF_OK, "and read again");
        eq_mem(&again, &secret, sizeof again, "and the same");
    }
    slurp("u.key", &t);
    eq_int(read_secret(&t, &secret, NULL), SHEAF_OK, "u.key once more");
    eq_int(sheaf_secret_key_format(&secret, sheaf_view(NULL, 0), &buf,
                                   NULL), SHEAF_OK,
           "is written");
    ok(buf.len > 213 && memcmp(buf.data + buf.len - 213, second_line(t.at),
                               213) == 0,
       "minisign's own key is written to the same base64");

    sheaf_secret_key_wipe(&secret);
    memset(&again, 0, sizeof again);
    eq_mem(&secret, &again, sizeof secret, "wiping leaves nothing");

#ifdef SHEAF_TEST
    sheaf_buf_free(&buf);
    mem_fail_after(0);
    eq_int(sheaf_secret_key_format(&again, sheaf_view(NULL, 0), &buf,
                                   NULL), SHEAF_ENOMEM,
           "secret key: no memory");
    mem_fail_after(-1);
    ok(buf.data == NULL, "secret key: no memory: output untouched");
#endif
    sheaf_buf_free(&buf);
}

/* Each row changes a byte of the unpacked file. */
static void
test_spoiled_secret(void)
{
    static const struct {
        const char *file;
        const char *what;
        size_t at;
        uint8_t flip;
        int code;
    } spoiled[] = {
        { "u.key", "algorithm", 1, 1, SHEAF_EINVAL },
        { "u.key", "kind of lock", 2, 1, SHEAF_EINVAL },
        { "u.key", "kind of check", 5, 1, SHEAF_EINVAL },
        { "u.key", "seed", 62, 1, SHEAF_EINVAL },
        { "u.key", "public half", 125, 1, SHEAF_EINVAL },
        { "u.key", "check, which isn't looked at", 126, 1, SHEAF_OK },
        { "u.key", "salt, which isn't used", 6, 1, SHEAF_OK },
        { "s.sec", "algorithm", 0, 1, SHEAF_EINVAL },
        { "s.sec", "kind of lock", 3, 1, SHEAF_EINVAL },
        { "s.sec", "rounds", 7, 42, SHEAF_EINVAL },
        { "s.sec", "rounds, high", 4, 1, SHEAF_EINVAL },
        { "s.sec", "check", 31, 1, SHEAF_EINVAL },
        { "s.sec", "seed", 40, 1, SHEAF_EINVAL },
        { "s.sec", "public half", 103, 1, SHEAF_EINVAL },
        { "e.key", "nothing, but no passphrase", 6, 0, SHEAF_EINVAL },
    };
    struct sheaf_secret_key key;
    struct text t;
    uint8_t raw[160];
    size_t len;

    for (size_t i = 0; i < COUNT_OF(spoiled); i++) {
        slurp(spoiled[i].file, &t);
        len = unpack(&t, raw, sizeof raw);
        raw[spoiled[i].at] ^= spoiled[i].flip;
        pack(&t, raw, len);
        if (spoiled[i].code == SHEAF_OK)
            eq_int(read_secret(&t, &key, NULL), SHEAF_OK, "secret key: %s",
                   spoiled[i].what);
        else
            refuse_secret(&t, spoiled[i].code, spoiled[i].what);
        pack(&t, raw, len - 1);
        refuse_secret(&t, SHEAF_EINVAL, "a byte less");
        raw[len] = 0;
        pack(&t, raw, len + 1);
        refuse_secret(&t, SHEAF_EINVAL, "a byte more");
    }
    set(&t, "");
    refuse_secret(&t, SHEAF_EINVAL, "nothing");
    set(&t, "untrusted comment: x\nRWQ=\n");
    refuse_secret(&t, SHEAF_EINVAL, "two bytes");
    slurp("u.pub", &t);
    refuse_secret(&t, SHEAF_EINVAL, "a public key");
    eq_int(sheaf_secret_key_encrypted(sheaf_view(t.at, t.len)), 0,
           "a public key takes no passphrase");
}

/* A file may ask for any amount of time and memory; not here. */
static void
test_encrypted_limits(void)
{
    struct sheaf_secret_key key = { .id = { 9 } };
    struct sheaf_error err = { 0 };
    struct text t;
    uint8_t raw[160];

    slurp("e.key", &t);
    eq_int(sheaf_secret_key_encrypted(sheaf_view(t.at, t.len)), 1,
           "e.key is encrypted");
    for (size_t at = 38; at < 54; at++) {
        size_t len = unpack(&t, raw, sizeof raw);
        struct text over;

        /* The largest that may be, and e.key's own, are 2^25 and 2^30: one
         * more bit at any place is over. */
        raw[at] |= 1;
        pack(&over, raw, len);
        memset(&err, 0, sizeof err);
        eq_int(sheaf_secret_key_parse(sheaf_view(over.at, over.len),
                                      sheaf_str("pw1"), &key, &err),
               SHEAF_ELIMIT, "byte %zu asks for too much", at);
        ok(key.id[0] == 9 && err.message[0] != '\0',
           "byte %zu: output untouched, and a message", at);
    }
}

static void
test_encrypted(void)
{
    struct sheaf_secret_key secret = { .id = { 9 } };
    struct sheaf_secret_key again;
    struct sheaf_public_key public;
    struct sheaf_error err = { 0 };
    struct sheaf_buf buf = { 0 };
    struct text t;

    if (getenv("SHEAF_SLOW_TESTS") == NULL) {
        ok(true, "encrypted keys # SKIP SHEAF_SLOW_TESTS is not set");
        return;
    }
    slurp("e.key", &t);
    eq_int(sheaf_secret_key_parse(sheaf_view(t.at, t.len), sheaf_str("pw2"),
                                  &secret, &err),
           SHEAF_EVERIFY, "a wrong passphrase");
    ok(secret.id[0] == 9 && err.code == SHEAF_EVERIFY,
       "a wrong passphrase: output untouched");
    eq_int(sheaf_secret_key_parse(sheaf_view(t.at, t.len), sheaf_str("pw1"),
                                  &secret, &err),
           SHEAF_OK, "minisign's encrypted key");
    slurp("e.pub", &t);
    eq_int(sheaf_public_key_parse(sheaf_view(t.at, t.len), &public,
                                  NULL), SHEAF_OK,
           "its public key");
    ok(memcmp(secret.id, public.id, 8) == 0 &&
           memcmp(secret.key + 32, public.key, 32) == 0,
       "is the one that its public key belongs to");

    eq_int(sheaf_secret_key_format(&secret, sheaf_view("p\0w", 3), &buf,
                                   &err), SHEAF_OK,
           "a key is encrypted");
    eq_int(sheaf_secret_key_encrypted(sheaf_view(buf.data, buf.len)), 1,
           "and says so");
    eq_int(sheaf_secret_key_parse(sheaf_view(buf.data, buf.len),
                                  sheaf_view("p\0w", 3), &again, &err),
           SHEAF_OK, "and is read again");
    eq_mem(&again, &secret, sizeof again, "and is the same");
    sheaf_buf_free(&buf);
}

static void
test_keygen(void)
{
    static const uint8_t text[] = "text";
    struct sheaf_secret_key secret[2];
    struct sheaf_public_key public[2];
    uint8_t sig[64];

    for (int i = 0; i < 2; i++)
        eq_int(sheaf_keygen(&secret[i], &public[i], NULL), SHEAF_OK,
               "a new key");
    ok(memcmp(secret[0].id, secret[1].id, 8) != 0 &&
           memcmp(public[0].key, public[1].key, 32) != 0,
       "and another");
    eq_mem(secret[0].id, public[0].id, 8, "both halves have the ID");
    (void)crypto_sign_detached(sig, NULL, text, sizeof text, secret[0].key);
    eq_int(crypto_sign_verify_detached(sig, text, sizeof text, public[0].key),
           0, "and fit each other");
}

/* ---- Signature files ----------------------------------------------------- */

static void
test_minisig(void)
{
    static const struct {
        const char *text;
        const char *sig;
        const char *comment;
    } vectors[] = {
        { "cp.txt", "cp.minisig", "origin:news.example/archive size:1000" },
        { "m.txt", "m.legacy.sig", "legacy" },
    };
    static const char *const bad[] = {
        "a\nb", "a\rb", "\x01", "\x1F", "\x7F", "\x80", "\xC3\xA4",
    };
    struct sheaf_secret_key key;
    struct sheaf_error err = { 0 };
    struct sheaf_buf buf = { 0 };
    struct text t;
    struct text sig;
    char comment[1026];
    size_t was;

    slurp("u.key", &t);
    eq_int(read_secret(&t, &key, NULL), SHEAF_OK, "a key to sign with");
    for (size_t i = 0; i < COUNT_OF(vectors); i++) {
        slurp(vectors[i].text, &t);
        slurp(vectors[i].sig, &sig);
        eq_int(sheaf_minisig(&key, sheaf_view(t.at, t.len), vectors[i].comment,
                             &buf, NULL),
               SHEAF_OK, "%s is signed", vectors[i].text);
        ok(buf.len > 0 && buf.data[buf.len - 1] == '\n',
           "%s ends with a newline", vectors[i].sig);
        buf.data[buf.len - 1] = '\0';
        sig.at[sig.len - 1] = '\0';
        eq_str(second_line((const char *)buf.data), second_line(sig.at),
               "%s: as minisign does", vectors[i].sig);
    }

    was = buf.len;
    for (size_t i = 0; i < COUNT_OF(bad); i++) {
        memset(&err, 0, sizeof err);
        eq_int(sheaf_minisig(&key, sheaf_str(""), bad[i], &buf,
                             &err), SHEAF_EINVAL,
               "comment %zu: refused", i);
        ok(err.code == SHEAF_EINVAL && buf.len == was,
           "comment %zu: output untouched", i);
    }
    memset(comment, '~', sizeof comment);
    comment[3] = '\t';
    comment[1025] = '\0';
    eq_int(sheaf_minisig(&key, sheaf_str(""), comment, &buf,
                         &err), SHEAF_EINVAL,
           "a comment too long");
    comment[1024] = '\0';
    eq_int(sheaf_minisig(&key, sheaf_str(""), comment, &buf, &err), SHEAF_OK,
           "a comment as long as may be");

#ifdef SHEAF_TEST
    sheaf_buf_free(&buf);
    mem_fail_after(0);
    eq_int(sheaf_minisig(&key, sheaf_str(""), "", &buf, NULL), SHEAF_ENOMEM,
           "signature: no memory");
    mem_fail_after(-1);
    ok(buf.data == NULL, "signature: no memory: output untouched");
#endif
    sheaf_buf_free(&buf);
}

int
main(void)
{
    test_public();
    test_secret();
    test_spoiled_secret();
    test_encrypted_limits();
    test_encrypted();
    test_keygen();
    test_minisig();
#ifdef SHEAF_TEST
    eq_int(mem_live(), 0, "nothing is left behind");
#endif
    return tap_done();
}
