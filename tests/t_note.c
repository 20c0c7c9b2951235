/*
 * Signed notes against spec F9. Notes of other programs must be read, and
 * signing again with the same key must give the same bytes. A note with one
 * error must be refused with the clause of that error, and leave the output
 * unchanged.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/hash.h"
#include "base/mem.h"
#include "log/note.h"
#include "tap.h"

#include <sodium.h>

#define VECTORS "tests/vectors/note/"
#define MINISIGN "tests/vectors/minisign/"

#define DASH "\xE2\x80\x94 "
#define ROOT3 "lPvQ3YNvUDAWkubQ6t5yjuGexSv/8WBu2AfIV11aqhk="

static uint8_t log_public[32];
static uint8_t log_secret[64];

struct text {
    char at[2 * NOTE_MAX];
    size_t len;
};

static struct sheaf_bytes
view(const struct text *t)
{
    struct sheaf_bytes b = { (const uint8_t *)t->at, t->len };

    return b;
}

static struct sheaf_bytes
view_of(const char *text)
{
    struct sheaf_bytes b = { (const uint8_t *)text, strlen(text) };

    return b;
}

static bool
slurp(const char *folder, const char *name, struct text *out)
{
    char path[128];
    FILE *f;

    snprintf(path, sizeof path, "%s%s", folder, name);
    f = fopen(path, "rb");
    out->len = 0;
    if (f == NULL)
        return ok(false, "%s can be read", path);
    out->len = fread(out->at, 1, sizeof out->at - 1, f);
    out->at[out->len] = '\0';
    fclose(f);
    return true;
}

/* `what` becomes `with`, in its first place. */
static void
replace(struct text *t, const char *what, const char *with)
{
    char *at = strstr(t->at, what);
    size_t n = strlen(what);
    size_t m = strlen(with);

    if (!ok(at != NULL, "there is something to spoil"))
        return;
    memmove(at + m, at + n, t->len + 1 - (size_t)(at - t->at) - n);
    memcpy(at, with, m);
    t->len = t->len - n + m;
}

static void
append(struct text *t, const char *what)
{
    memcpy(t->at + t->len, what, strlen(what) + 1);
    t->len += strlen(what);
}

/* Parsed, and verified as well. */
static int
read_note(const struct text *t, struct note *out, struct sheaf_error *err)
{
    int rc = note_parse(view(t), out, err);

    return rc != SHEAF_OK ? rc : note_verify(out, log_public, err);
}

/* ---- Notes of others ----------------------------------------------------- */

static void
load_key(void)
{
    static const char label[] = "vector log key 1";
    static const uint8_t id[] = { 0x25, 0xba, 0xb1, 0xca };
    uint8_t key_id[NOTE_KEY_ID_BYTES];
    uint8_t seed[32];
    uint8_t vkey[33];
    struct text keys;
    size_t len = 0;
    char *at;

    hash_sha256(label, strlen(label), seed);
    (void)crypto_sign_seed_keypair(log_public, log_secret, seed);
    if (!slurp(VECTORS, "keys.txt", &keys))
        return;
    at = strstr(keys.at, "log_vkey news.example/archive+25bab1ca+");
    ok(at != NULL &&
           base64_decode(strchr(at, '+') + 10, BASE64_LEN(33), vkey,
                         sizeof vkey, &len) &&
           vkey[0] == 1 && memcmp(vkey + 1, log_public, 32) == 0,
       "the public key is the one written down");
    note_key_id("news.example/archive", log_public, key_id);
    eq_mem(key_id, id, sizeof id, "and so is its ID");
}

static void
test_vectors(void)
{
    static const uint64_t sizes[] = { 0, 1, 2, 3, 8, 100, 256, 300 };

    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        unsigned long long size = sizes[i];
        struct sheaf_error err = { 0 };
        struct sheaf_buf buf = { 0 };
        struct note n;
        struct text t;
        char name[64];

        snprintf(name, sizeof name, "checkpoint-%llu.note", size);
        if (!slurp(VECTORS, name, &t))
            continue;
        eq_int(read_note(&t, &n, &err), SHEAF_OK, "size %llu: good", size);
        eq_str(err.message, "", "size %llu: and no message", size);
        eq_str(n.checkpoint.origin, "news.example/archive",
               "size %llu: the origin", size);
        eq_int(n.checkpoint.size, size, "size %llu: the size", size);
        eq_int(n.sig_count, 3, "size %llu: three signatures", size);
        ok(bytes_equal(n.sigs[2].name, view_of("witness.example/w2")),
           "size %llu: the last one's name", size);
        eq_int(n.sigs[2].base64.len, BASE64_LEN(76),
               "size %llu: the last one's length", size);

        /* Ed25519 is deterministic: ours has to be the same, up to the
         * cosignatures, which another signs. */
        eq_int(note_sign(&n.checkpoint, log_secret, &buf, &err), SHEAF_OK,
               "size %llu: signed again", size);
        ok(buf.len == n.text.len + 1 + 4 + 20 + 1 + 92 + 1 &&
               memcmp(buf.data, t.at, buf.len) == 0,
           "size %llu: to the same bytes", size);
        sheaf_buf_free(&buf);
    }
}

static void
test_minisign(void)
{
    uint8_t public_key[32];
    uint8_t raw[42];
    struct text signed_text;
    struct note n;
    struct text t;
    size_t len;

    if (!slurp(MINISIGN, "u.pub", &t))
        return;
    ok(base64_decode(strchr(t.at, '\n') + 1, BASE64_LEN(42), raw, sizeof raw,
                     &len), "a minisign public key");
    memcpy(public_key, raw + 10, sizeof public_key);
    if (!slurp(MINISIGN, "cp.note", &t))
        return;
    eq_int(note_parse(view(&t), &n, NULL), SHEAF_OK, "minisign's note");
    eq_int(note_verify(&n, public_key, NULL), SHEAF_OK, "minisign's signature");
    eq_int(n.checkpoint.size, 1000, "minisign's size");
    if (slurp(MINISIGN, "cp.txt", &signed_text))
        ok(bytes_equal(view(&signed_text), n.text),
           "what it signed is the first three lines");
}

/* A signature file is refused, and nothing is written. */
static void
refuse_file(const struct text *text, const struct text *file,
            const struct sheaf_public_key *key, const char *what, int code,
            const char *clause)
{
    struct sheaf_buf out = { 0 };
    struct sheaf_error err = { 0 };

    eq_int(sheaf_note_from_signature(view(text), view(file), key, &out, &err),
           code, "%s: refused", what);
    eq_str(err.clause, clause, "%s: names the clause", what);
    ok(out.data == NULL && err.message[0] != '\0', "%s: nothing written",
       what);
    sheaf_buf_free(&out);
}

static bool
load_public(const char *name, struct sheaf_public_key *out)
{
    static struct text t;

    return slurp(MINISIGN, name, &t) &&
           ok(sheaf_public_key_parse(sheaf_view(t.at, t.len), out,
                                     NULL) == SHEAF_OK,
              "%s is a key", name);
}

/* Each bit of the two signatures, the key's ID and the trusted comment. */
static void
flip_file(const struct text *text, const struct text *good,
          const struct sheaf_public_key *key)
{
    static struct text t;
    size_t from = (size_t)(strchr(good->at, '\n') + 1 - good->at);
    unsigned taken = 0;

    for (size_t i = from; i < good->len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            struct sheaf_buf out = { 0 };

            t = *good;
            t.at[i] = (char)(t.at[i] ^ 1 << bit);
            taken += sheaf_note_from_signature(view(text), view(&t), key, &out,
                                             NULL) == SHEAF_OK;
            sheaf_buf_free(&out);
        }
    }
    eq_int(taken, 0, "no flipped bit is taken");
    for (size_t n = 0; n < good->len; n++) {
        struct sheaf_buf out = { 0 };

        t = *good;
        t.len = n;
        taken += sheaf_note_from_signature(view(text), view(&t), key, &out,
                                         NULL) == SHEAF_OK;
        sheaf_buf_free(&out);
    }
    /* Two lines are what signify writes. */
    eq_int(taken, 1, "cut, it is taken only as one of signify");
}

/* What minisign and signify wrote over a checkpoint becomes a note. */
static void
test_signature_files(void)
{
    static struct text text, file, other, want;
    struct sheaf_public_key u, s, e;
    struct sheaf_buf out = { 0 };

    if (!load_public("u.pub", &u) || !load_public("s.pub", &s) ||
        !load_public("e.pub", &e) || !slurp(MINISIGN, "cp.txt", &text) ||
        !slurp(MINISIGN, "cp.minisig", &file) ||
        !slurp(MINISIGN, "cp.note", &want))
        return;
    eq_int(sheaf_note_from_signature(view(&text), view(&file), &u, &out, NULL),
           SHEAF_OK, "minisign -S -l makes a note");
    ok(bytes_equal(buf_view(&out), view(&want)),
       "of the bytes that others read");
    flip_file(&text, &file, &u);
    refuse_file(&text, &file, &s, "another key", SHEAF_EVERIFY, "F9.7");
    other = text;
    replace(&other, "1000", "1001");
    refuse_file(&other, &file, &u, "another size", SHEAF_EVERIFY, "F9.8");
    other = text;
    append(&other, "more\n");
    refuse_file(&other, &file, &u, "a fourth line", SHEAF_ECORRUPT, "F9.4");
    append(&file, "\n");
    refuse_file(&text, &file, &u, "a fifth line", SHEAF_EVERIFY, "F9.8");

    if (slurp(MINISIGN, "cp.sig", &file)) {
        eq_int(sheaf_note_from_signature(view(&text), view(&file), &s, &out,
                                       NULL), SHEAF_OK, "and so does signify");
        eq_int(sheaf_note_verify(buf_view(&out), &s, NULL), SHEAF_OK,
               "signed by its key");
        eq_int(sheaf_note_verify(buf_view(&out), &u, NULL), SHEAF_EVERIFY,
               "and not by the other");
    }
    sheaf_buf_free(&out);
    if (slurp(MINISIGN, "m.txt.minisig", &file))
        refuse_file(&text, &file, &u, "prehashed", SHEAF_EINVAL, "");
    if (slurp(MINISIGN, "m2.minisig", &file))
        refuse_file(&text, &file, &e, "prehashed, of another program",
                    SHEAF_EINVAL, "");
    if (slurp(MINISIGN, "m.legacy.sig", &file))
        refuse_file(&text, &file, &u, "of another text", SHEAF_EVERIFY,
                    "F9.8");
    if (slurp(MINISIGN, "cp.txt.sig", &file))
        refuse_file(&text, &file, &u, "ssh's", SHEAF_EINVAL, "");
    if (slurp(MINISIGN, "u.pub", &file))
        refuse_file(&text, &file, &u, "a key", SHEAF_EINVAL, "");
}

/* ---- What is refused ----------------------------------------------------- */

static void
refused(const struct text *t, const char *what, int code, const char *clause)
{
    struct sheaf_error err = { 0 };
    struct note n = { .sig_count = 12345 };
    int rc = note_parse(view(t), &n, &err);

    if (rc == SHEAF_OK)
        rc = note_verify(&n, log_public, &err);
    else
        eq_int(n.sig_count, 12345, "%s: output untouched", what);
    eq_int(rc, code, "%s: refused", what);
    eq_int(err.code, code, "%s: says so", what);
    eq_str(err.clause, clause, "%s: names the clause", what);
    ok(err.message[0] != '\0', "%s: has a message", what);
}

static void
test_negative_vectors(void)
{
    static const struct {
        const char *name;
        int code;
        const char *clause;
    } negative[] = {
        { "no-final-newline",          SHEAF_ECORRUPT, "F9.1" },
        { "size-leading-zero",         SHEAF_ECORRUPT, "F9.3" },
        { "root-noncanonical-b64",     SHEAF_ECORRUPT, "F9.4" },
        { "empty-extension-line",      SHEAF_ECORRUPT, "F9.5" },
        { "hyphen-not-emdash",         SHEAF_ECORRUPT, "F9.5" },
        { "trailing-garbage",          SHEAF_ECORRUPT, "F9.5" },
        { "bad-then-valid-same-key",   SHEAF_ECORRUPT, "F9.6" },
        { "valid-then-bad-same-key",   SHEAF_ECORRUPT, "F9.6" },
        { "cosig-as-logsig",           SHEAF_EVERIFY, "F9.7" },
        { "origin-changed",            SHEAF_ECORRUPT, "F9.6" },
        { "wrong-name-right-key",      SHEAF_ECORRUPT, "F9.6" },
        { "keyid-swapped",             SHEAF_EVERIFY,  "F9.7" },
        { "size-changed",              SHEAF_EVERIFY,  "F9.8" },
    };

    for (size_t i = 0; i < COUNT_OF(negative); i++) {
        struct text t;
        char name[64];

        snprintf(name, sizeof name, "neg/%s.note", negative[i].name);
        if (slurp(VECTORS, name, &t))
            refused(&t, negative[i].name, negative[i].code,
                    negative[i].clause);
    }
}

/* Each row changes one thing in a good note of size 3. */
static void
test_spoiled(void)
{
    static const struct {
        const char *label;
        const char *what;
        const char *with;
        int code;
        const char *clause;
    } spoiled[] = {
        { "a return", "\n3\n", "\r\n3\n", SHEAF_ECORRUPT, "F9.1" },
        { "a tab", "w1 ", "w\t ", SHEAF_ECORRUPT, "F9.1" },
        { "a delete", "w1 ", "w\x7F ", SHEAF_ECORRUPT, "F9.1" },
        { "a C1 control", "w1 ", "w\xC2\x85 ", SHEAF_ECORRUPT, "F9.1" },
        { "a stray byte", "w1 ", "w\x80 ", SHEAF_ECORRUPT, "F9.1" },
        { "a cut character", "w1 ", "w\xE2\x80 ", SHEAF_ECORRUPT, "F9.1" },
        { "an overlong slash", "/w1 ", "\xC0\xAFw ", SHEAF_ECORRUPT, "F9.1" },
        { "an overlong one of 3", "/w1 ", "\xE0\x80\xAFw ", SHEAF_ECORRUPT,
          "F9.1" },
        { "an overlong one of 4", "/w1 ", "\xF0\x80\x80\xAFw ",
          SHEAF_ECORRUPT, "F9.1" },
        { "a surrogate", "w1 ", "\xED\xA0\x80 ", SHEAF_ECORRUPT, "F9.1" },
        { "past the last plane", "w1 ", "\xF4\x90\x80\x80 ", SHEAF_ECORRUPT,
          "F9.1" },
        { "five bytes", "w1 ", "\xF8\x88\x80\x80\x80 ", SHEAF_ECORRUPT,
          "F9.1" },
        { "no empty line", "\n\n", "\n", SHEAF_ECORRUPT, "F9.1" },
        { "an extension", "\n\n", "\nmore\n\n", SHEAF_ECORRUPT, "F9.4" },
        { "two empty lines", "\n\n", "\n\n\n", SHEAF_ECORRUPT, "F9.5" },

        { "no origin", "news.example/archive\n3", "\n3", SHEAF_ECORRUPT,
          "F9.2" },
        { "a space in it", "/archive\n3", " archive\n3", SHEAF_ECORRUPT,
          "F9.2" },
        { "a plus in it", "/archive\n3", "+archive\n3", SHEAF_ECORRUPT,
          "F9.2" },
        { "an umlaut in it", "/archive\n3", "/\xC3\xA4\n3", SHEAF_ECORRUPT,
          "F9.2" },
        { "a cosignature's", "news.example/archive\n3", "cosignature/v1\n3",
          SHEAF_ECORRUPT, "F9.2" },
        { "nearly a cosignature's", "news.example/archive\n3",
          "cosignature\n3", SHEAF_ECORRUPT, "F9.6" },

        { "no size", "\n3\n", "\n\n", SHEAF_ECORRUPT, "F9.3" },
        { "a minus", "\n3\n", "\n-3\n", SHEAF_ECORRUPT, "F9.3" },
        { "a plus", "\n3\n", "\n+3\n", SHEAF_ECORRUPT, "F9.3" },
        { "a space", "\n3\n", "\n3 \n", SHEAF_ECORRUPT, "F9.3" },
        { "two zeros", "\n3\n", "\n00\n", SHEAF_ECORRUPT, "F9.3" },
        { "hexadecimal", "\n3\n", "\n0x3\n", SHEAF_ECORRUPT, "F9.3" },
        { "2^63", "\n3\n", "\n9223372036854775808\n", SHEAF_ECORRUPT,
          "F9.3" },
        { "2^63 - 1", "\n3\n", "\n9223372036854775807\n", SHEAF_EVERIFY,
          "F9.8" },
        { "2^64 + 3", "\n3\n", "\n18446744073709551619\n", SHEAF_ECORRUPT,
          "F9.3" },
        { "a zero", "\n3\n", "\n0\n", SHEAF_EVERIFY, "F9.8" },

        { "no root", ROOT3, "", SHEAF_ECORRUPT, "F9.4" },
        { "31 bytes", ROOT3, "lPvQ3YNvUDAWkubQ6t5yjuGexSv/8WBu2AfIV11aqg==",
          SHEAF_ECORRUPT, "F9.4" },
        { "33 bytes", ROOT3, "lPvQ3YNvUDAWkubQ6t5yjuGexSv/8WBu2AfIV11aqhkA",
          SHEAF_ECORRUPT, "F9.4" },
        { "no padding", "hk=\n", "hk\n", SHEAF_ECORRUPT, "F9.4" },
        { "a space after it", "hk=\n", "hk= \n", SHEAF_ECORRUPT, "F9.4" },
        { "the URL alphabet", "Sv/8", "Sv_8", SHEAF_ECORRUPT, "F9.4" },
        { "another root", "lPvQ", "mPvQ", SHEAF_EVERIFY, "F9.8" },

        { "a dash too short", DASH "news", "\xE2\x80\x93 news",
          SHEAF_ECORRUPT, "F9.5" },
        { "no space after it", DASH "witness", "\xE2\x80\x94witness",
          SHEAF_ECORRUPT, "F9.5" },
        { "no name", DASH "witness.example/w1 ", DASH " ", SHEAF_ECORRUPT,
          "F9.5" },
        { "a plus in a name", "/w1 ", "+w1 ", SHEAF_ECORRUPT, "F9.5" },
        { "a Unicode space", "/w1 ", "\xC2\xA0w ", SHEAF_ECORRUPT, "F9.5" },
        { "an ideographic space", "/w1 ", "\xE3\x80\x80w ", SHEAF_ECORRUPT,
          "F9.5" },
        { "two spaces", "w1 ", "w1  ", SHEAF_ECORRUPT, "F9.5" },
        { "a space at the end", "CA==\n", "CA== \n", SHEAF_ECORRUPT, "F9.5" },
        { "stray bits", "CA==\n", "CB==\n", SHEAF_ECORRUPT, "F9.5" },
        { "no signature", "w1 Bxfb", "w1 BxfbnA==\n" DASH "a Bxfb",
          SHEAF_ECORRUPT, "F9.5" },

        { "the log's name twice", DASH "witness.example/w1",
          DASH "news.example/archive", SHEAF_ECORRUPT, "F9.6" },
        { "a cosigner first", DASH "news.example/archive ",
          DASH "a BxfbngA=\n" DASH "news.example/archive ", SHEAF_ECORRUPT,
          "F9.6" },
        { "a cosigner twice", DASH "witness.example/w2",
          DASH "witness.example/w1 BxfbngA=\n" DASH "witness.example/w2",
          SHEAF_ECORRUPT, "F9.6" },
        { "a short signature", "w88r3uae1d5Y7Ao=", "w88r3uae1d5Y",
          SHEAF_EVERIFY, "F9.8" },

        { "another key ID", "Jbqx", "Kbqx", SHEAF_EVERIFY, "F9.7" },
        { "another signature", "ym+7", "ym+8", SHEAF_EVERIFY, "F9.8" },
    };
    static struct text good;
    static struct text t;

    if (!slurp(VECTORS, "checkpoint-3.note", &good))
        return;
    for (size_t i = 0; i < COUNT_OF(spoiled); i++) {
        t = good;
        replace(&t, spoiled[i].what, spoiled[i].with);
        refused(&t, spoiled[i].label, spoiled[i].code, spoiled[i].clause);
    }
    t.len = 0;
    refused(&t, "nothing", SHEAF_ECORRUPT, "F9.1");
    t = good;
    t.len = (size_t)(strstr(good.at, DASH) - good.at);
    refused(&t, "no signature at all", SHEAF_ECORRUPT, "F9.1");
    t = good;
    t.at[t.len - 10] = '\0';
    refused(&t, "a NUL", SHEAF_ECORRUPT, "F9.1");
}

/* Cosignatures that must be let through: they may be of any kind. */
static void
test_tolerated(void)
{
    static const char *const more[] = {
        DASH "witness.example/w2 AAAAAAAAAAA=\n", /* same name, other key */
        DASH "a X6P1AQAAAABl\n",                  /* same ID, other name */
        DASH "\xC3\xA4.example AAAAAAE=\n",
        DASH "\xF0\x9F\x93\xB0 AAAAAAE=\n",
    };
    static struct text t;
    struct note n;

    for (size_t i = 0; i < COUNT_OF(more); i++) {
        if (!slurp(VECTORS, "checkpoint-3.note", &t))
            return;
        append(&t, more[i]);
        eq_int(read_note(&t, &n, NULL), SHEAF_OK, "cosignature %zu", i);
        eq_int(n.sig_count, 4, "cosignature %zu is kept", i);
    }
}

/* ---- Limits -------------------------------------------------------------- */

/* One line for a cosigner, with 3 * groups bytes in base64. */
static void
add_long_line(struct text *t, const char *name, size_t groups)
{
    append(t, DASH);
    append(t, name);
    append(t, " ");
    for (size_t i = 0; i < groups; i++)
        append(t, "AAAA");
    append(t, "\n");
}

static void
test_limits(void)
{
    static struct text good;
    static struct text t;
    struct note n;
    size_t room;
    char name[260];

    if (!slurp(VECTORS, "checkpoint-3.note", &good))
        return;

    /* The whole note: names of 1 to 4 bytes make up for base64's steps. */
    t = good;
    room = NOTE_MAX - t.len - 6;
    memset(name, 'n', sizeof name);
    name[1 + (room - 1) % 4] = '\0';
    add_long_line(&t, name, (room - strlen(name)) / 4);
    eq_int(t.len, NOTE_MAX, "a note as long as may be");
    eq_int(read_note(&t, &n, NULL), SHEAF_OK, "is read");
    eq_int(n.sig_count, 4, "with all its signatures");
    replace(&t, "AAAA\n", "AAA=\n");
    eq_int(read_note(&t, &n, NULL), SHEAF_OK, "also when padded");
    replace(&t, "AAAAAAA=\n", "AAA=AAAA\n");
    refused(&t, "padding in the middle", SHEAF_ECORRUPT, "F9.5");
    t = good;
    append(&t, DASH "w3 ");
    for (size_t i = 0; i < 256; i++)
        append(&t, i < 255 ? "AAAA" : "AAA=");
    append(&t, "AAAA\n");
    refused(&t, "padding at the end of a piece", SHEAF_ECORRUPT, "F9.5");
    t = good;
    add_long_line(&t, "nnnn", NOTE_MAX / 4);
    refused(&t, "a note too long", SHEAF_ECORRUPT, "F9.1");

    for (size_t extra = 12; extra <= 14; extra++) {
        t = good;
        for (size_t i = 0; i < extra + 1; i++) {
            snprintf(name, sizeof name, "w%zu", i);
            add_long_line(&t, name, 20);
        }
        if (3 + extra + 1 <= NOTE_SIGS_MAX)
            eq_int(read_note(&t, &n, NULL), SHEAF_OK, "%zu signatures",
                   3 + extra + 1);
        else
            refused(&t, "too many signatures", SHEAF_ECORRUPT, "F9.1");
    }

    memset(name, 'n', sizeof name);
    for (size_t len = 255; len <= 256; len++) {
        name[len] = '\0';
        t = good;
        add_long_line(&t, name, 20);
        if (len == 255)
            eq_int(read_note(&t, &n, NULL), SHEAF_OK, "a name of 255");
        else
            refused(&t, "a name of 256", SHEAF_ECORRUPT, "F9.5");
        t = good;
        replace(&t, "news.example/archive\n", "\n");
        memmove(t.at + len, t.at, t.len + 1);
        memcpy(t.at, name, len);
        t.len += len;
        refused(&t, "a long origin", SHEAF_ECORRUPT,
                len == 255 ? "F9.6" : "F9.2");
        name[len] = 'n';
    }
}

/* ---- Any change at all --------------------------------------------------- */

static void
test_exhaustive(void)
{
    static struct text good;
    static struct text t;
    struct note n;
    size_t own;
    int passed = 0;

    if (!slurp(VECTORS, "checkpoint-300.note", &good))
        return;
    own = (size_t)(strstr(good.at, DASH "witness") - good.at);
    t = good;
    for (size_t i = 0; i < own; i++) {
        for (int bit = 0; bit < 8; bit++) {
            t.at[i] = (char)(good.at[i] ^ (1 << bit));
            passed += read_note(&t, &n, NULL) == SHEAF_OK;
        }
        t.at[i] = good.at[i];
    }
    eq_int(passed, 0, "no bit of text or log signature can be changed");

    /* On the heap, so that a read past the end is noticed. */
    for (size_t len = 0; len <= good.len; len++) {
        uint8_t *copy = malloc(len + 1);
        struct sheaf_bytes bytes = { copy, len };

        memcpy(copy, good.at, len);
        copy = realloc(copy, len != 0 ? len : 1);
        bytes.data = copy;
        if (note_parse(bytes, &n, NULL) == SHEAF_OK &&
            note_verify(&n, log_public, NULL) == SHEAF_OK)
            passed++;
        free(copy);
    }
    eq_int(passed, 3, "cut short, only the ends of signatures pass");
}

/* ---- Signing ------------------------------------------------------------- */

static void
test_signing(void)
{
    static const struct {
        const char *origin;
        bool good;
    } origins[] = {
        { "a", true },
        { "sheaf/00ff", true },
        { "AZaz09._/~-", true },
        { "cosignature", true },
        { "cosignaturf/", true },
        { "", false },
        { "cosignature/", false },
        { "cosignature/v1", false },
        { "a b", false },
        { "a\n1", false },
        { "a+b", false },
        { "a:b", false },
        { "\xC3\xA4", false },
    };
    struct sheaf_error err;
    struct sheaf_buf buf = { 0 };
    struct note n;

    for (size_t i = 0; i < COUNT_OF(origins); i++) {
        struct checkpoint c = { .size = INT64_MAX };
        int want = origins[i].good ? SHEAF_OK : SHEAF_EINVAL;

        memset(&err, 0, sizeof err);
        snprintf(c.origin, sizeof c.origin, "%s", origins[i].origin);
        eq_int(note_sign(&c, log_secret, &buf, &err), want, "origin %zu", i);
        if (want != SHEAF_OK)
            continue;
        eq_int(note_parse(buf_view(&buf), &n, &err), SHEAF_OK,
               "origin %zu is read", i);
        eq_int(note_verify(&n, log_public, &err), SHEAF_OK,
               "origin %zu verifies", i);
        ok(n.checkpoint.size == INT64_MAX && n.sig_count == 1,
           "origin %zu comes back", i);
    }

    {
        struct checkpoint c = { .origin = "a", .size = 1 };
        uint8_t other_public[32];
        uint8_t other_secret[64];
        size_t was;

        memset(c.origin, 'o', 255);
        c.size = INT64_MAX;
        eq_int(note_sign(&c, log_secret, &buf, NULL), SHEAF_OK,
               "the longest origin");
        eq_int(note_parse(buf_view(&buf), &n, NULL), SHEAF_OK, "is read");
        eq_str(n.checkpoint.origin, c.origin, "and comes back");
        was = buf.len;
        c.size++;
        memset(&err, 0, sizeof err);
        eq_int(note_sign(&c, log_secret, &buf, &err), SHEAF_EINVAL,
               "too large a size");
        eq_int(buf.len, was, "leaves the buffer alone");

        (void)crypto_sign_keypair(other_public, other_secret);
        eq_int(note_verify(&n, other_public, &err), SHEAF_EVERIFY,
               "another key");
        eq_str(err.clause, "F9.7", "is not the one that signed");
    }
    sheaf_buf_free(&buf);

#ifdef SHEAF_TEST
    {
        struct checkpoint c = { .origin = "a", .size = 1 };
        long live = mem_live();

        mem_fail_after(0);
        eq_int(note_sign(&c, log_secret, &buf, NULL), SHEAF_ENOMEM,
               "no memory");
        mem_fail_after(-1);
        ok(buf.data == NULL && mem_live() == live, "nothing is left behind");
    }
#endif
}

int
main(void)
{
    eq_int(hash_start(NULL), SHEAF_OK, "libsodium starts");
    load_key();
    test_vectors();
    test_minisign();
    test_signature_files();
    test_negative_vectors();
    test_spoiled();
    test_tolerated();
    test_limits();
    test_exhaustive();
    test_signing();
    return tap_done();
}
