/*
 * make_policies.c - writes the vectors of F9.11, F9.12 and F16: for
 * each vector a NAME.policy, mostly a NAME.note, and NAME.expect. t_policy.c
 * reads them and describes the last.
 *
 *     make_policies FOLDER
 *
 * The keys come from seeds that are SHA-256 of a label, so anybody can make
 * them.
 */
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "log/note.h"

#define ORIGIN "example.org/vectors"
#define T 1700000000

struct pair {
    uint8_t public_key[32];
    uint8_t secret[64];
};

static const char *folder;

static void
must(bool good, const char *what)
{
    if (good)
        return;
    fprintf(stderr, "make_policies: %s\n", what);
    exit(1);
}

static struct pair
key_of(const char *label)
{
    struct pair p;
    uint8_t seed[32];

    hash_sha256(label, strlen(label), seed);
    (void)crypto_sign_seed_keypair(p.public_key, p.secret, seed);
    return p;
}

/* A verifier key. Valid until the eighth call after it. */
static const char *
vkey(const char *name, enum note_alg alg, const char *label)
{
    static char ring[8][512];
    static unsigned next;
    struct sheaf_bytes bytes = { (const uint8_t *)name, strlen(name) };
    struct pair p = key_of(label);
    struct note_key key = note_key_of(bytes, alg, p.public_key);
    struct sheaf_buf text = { 0 };
    char *out = ring[next++ % 8];

    must(note_key_format(&key, &text, NULL) == SHEAF_OK, "a key");
    snprintf(out, sizeof ring[0], "%.*s", (int)text.len,
             (const char *)text.data);
    sheaf_buf_free(&text);
    return out;
}

static void
put(const char *name, const char *end, const void *data, size_t len)
{
    char path[512];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s.%s", folder, name, end);
    f = fopen(path, "wb");
    must(f != NULL && fwrite(data, 1, len, f) == len, path);
    must(fclose(f) == 0, path);
}

/* The policy that most vectors have: two of three witnesses. */
static char usual[2048];

static void
make_usual(void)
{
    snprintf(usual, sizeof usual,
             "# two of three\n"
             "log %s https://log.example.org/\n\n"
             "witness w1 %s\n"
             "\twitness  w2 %s https://w2.example/\n"
             "witness w3 %s \n"
             "group two 2 w1 w2 w3\n"
             "quorum two\n",
             vkey(ORIGIN, NOTE_ED25519, "log"),
             vkey("w1.example", NOTE_COSIGNATURE, "w1"),
             vkey("w2.example", NOTE_COSIGNATURE, "w2"),
             vkey("w3.example", NOTE_COSIGNATURE, "w3"));
}

/* ---- Notes --------------------------------------------------------------- */

static struct sheaf_buf note;

static void
start_note(const char *origin, const char *label)
{
    struct checkpoint c = { .size = 12 };
    struct pair p = key_of(label);

    snprintf(c.origin, sizeof c.origin, "%s", origin);
    hash_sha256("root", 4, c.root);
    must(note_sign(&c, p.secret, &note, NULL) == SHEAF_OK, "a note");
}

static void
cosign(const char *name, const char *label, uint64_t time)
{
    struct sheaf_bytes bytes = { (const uint8_t *)name, strlen(name) };
    struct pair p = key_of(label);
    struct sheaf_buf line = { 0 };
    struct note n;

    must(note_parse(buf_view(&note), &n, NULL) == SHEAF_OK &&
             note_cosign(&n, bytes, time, p.secret, &line, NULL) == SHEAF_OK &&
             buf_add(&note, line.data, line.len), "a cosignature");
    sheaf_buf_free(&line);
}

/* A line of any bytes under the name and key ID of a cosigner. */
static void
add_line(const char *name, const char *label, const uint8_t *bytes, size_t len)
{
    struct sheaf_bytes name_bytes = { (const uint8_t *)name, strlen(name) };
    struct pair p = key_of(label);
    struct note_key key = note_key_of(name_bytes, NOTE_COSIGNATURE,
                                      p.public_key);
    uint8_t all[256];
    char base64[BASE64_SIZE(sizeof all)];
    char line[512];

    memcpy(all, key.id, 4);
    memcpy(all + 4, bytes, len);
    base64_encode(all, len + 4, base64);
    snprintf(line, sizeof line, "\xE2\x80\x94 %s %s\n", name, base64);
    must(buf_add_str(&note, line), "a line");
}

/* Two of the three, and one whom nobody knows. */
static void
good_note(void)
{
    start_note(ORIGIN, "log");
    cosign("w3.example", "w3", T + 60);
    cosign("stranger.example", "stranger", T - 3600);
    cosign("w1.example", "w1", T);
}

/* ---- Vectors ------------------------------------------------------------- */

static void
vector(const char *name, const char *policy, bool with_note,
       const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void
vector(const char *name, const char *policy, bool with_note,
       const char *format, ...)
{
    char expect[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(expect, sizeof expect, format, args);
    va_end(args);
    put(name, "policy", policy, strlen(policy));
    put(name, "expect", expect, strlen(expect));
    if (with_note)
        put(name, "note", note.data, note.len);
}

static void
refused(const char *clause, const char *what, bool with_note,
        const char *verdict, const char *policy)
{
    char name[64];

    snprintf(name, sizeof name, "%s-policy-%s", clause, what);
    vector(name, policy, with_note, "expect: %s\nclause: %s\n", verdict,
           clause);
}

static void
make_accepted(void)
{
    char policy[4096];

    good_note();
    vector("policy-two-of-three", usual, true,
           "expect: ok\nwitnesses: 3\ncosigned: 2\nattested: %d\n"
           "fresh: %d\n", T + 60, T);
    cosign("w2.example", "w2", T + 600);
    vector("policy-three-of-three", usual, true,
           "expect: ok\nwitnesses: 3\ncosigned: 3\nattested: %d\n"
           "fresh: %d\n", T + 60, T + 60);

    /* Groups in groups, and a witness whose algorithm is not known here. */
    snprintf(policy, sizeof policy,
             "witness a %s\nwitness b %s\nwitness c %s\n"
             "witness d pq.example+201ed5ed+BkFCQ0Q=\n"
             "group one any b d\ngroup both all a one\nquorum both\n"
             "log %s\nlog %s\n",
             vkey("w1.example", NOTE_COSIGNATURE, "w1"),
             vkey("w2.example", NOTE_COSIGNATURE, "w2"),
             vkey("w3.example", NOTE_COSIGNATURE, "w3"),
             vkey("example.org/other", NOTE_ED25519, "other log"),
             vkey(ORIGIN, NOTE_ED25519, "log"));
    vector("policy-groups", policy, true,
           "expect: ok\nwitnesses: 4\ncosigned: 3\nattested: %d\n"
           "fresh: %d\n", T + 600, T);

    start_note(ORIGIN, "log");
    snprintf(policy, sizeof policy, "log %s\nquorum none\n",
             vkey(ORIGIN, NOTE_ED25519, "log"));
    vector("policy-none", policy, true,
           "expect: ok\nwitnesses: 0\ncosigned: 0\nattested: 0\n"
           "fresh: 0\n");
}

static void
make_cosignatures(void)
{
    uint8_t bytes[8 + 64 + 1] = { 0 };
    struct pair w2 = key_of("w2");
    struct note n;

    good_note();
    add_line("w2.example", "w2", bytes, 8 + 63);
    refused("F9.11", "short", true, "corrupt", usual);
    good_note();
    add_line("w2.example", "w2", bytes, 8 + 65);
    refused("F9.11", "long", true, "corrupt", usual);
    good_note();
    memset(bytes, 0, sizeof bytes);
    bytes[0] = 0x80;
    add_line("w2.example", "w2", bytes, 8 + 64);
    refused("F9.11", "time", true, "corrupt", usual);

    /* Signed is another time than is said. */
    good_note();
    put_be(bytes, T, 8);
    must(note_parse(buf_view(&note), &n, NULL) == SHEAF_OK, "a note");
    add_line("w2.example", "w2", bytes, 8 + 64);
    refused("F9.12", "zeros", true, "verify", usual);
    /* A log's signature is none of a cosigner. */
    start_note(ORIGIN, "log");
    must(note_parse(buf_view(&note), &n, NULL) == SHEAF_OK, "a note");
    (void)crypto_sign_detached(bytes + 8, NULL, n.text.data, n.text.len,
                               w2.secret);
    add_line("w2.example", "w2", bytes, 8 + 64);
    cosign("w3.example", "w3", T);
    cosign("w1.example", "w1", T);
    refused("F9.12", "as-a-log", true, "verify", usual);
    /* One of another checkpoint. */
    start_note(ORIGIN "/2", "log");
    cosign("w1.example", "w1", T);
    {
        struct sheaf_buf line = { 0 };
        const uint8_t *last = memrchr(note.data, 0xE2, note.len);

        must(last != NULL &&
                 buf_add(&line, last,
                         note.len - (size_t)(last - note.data)), "a line");
        start_note(ORIGIN, "log");
        must(buf_add(&note, line.data, line.len), "a line");
        sheaf_buf_free(&line);
    }
    refused("F9.12", "another-checkpoint", true, "verify", usual);
}

static void
make_too_many(void)
{
    char policy[32768];
    size_t len = 0;

    for (unsigned i = 0; i < 65; i++) {
        char label[16];

        snprintf(label, sizeof label, "log %u", i);
        len += (size_t)snprintf(policy + len, sizeof policy - len,
                                "log %s\n",
                                vkey(ORIGIN, NOTE_ED25519, label));
    }
    snprintf(policy + len, sizeof policy - len, "quorum none\n");
    refused("F16.1", "65-logs", false, "limit", policy);
}

static void
make_forms(void)
{
    char policy[2048];
    const char *w1 = vkey("w1.example", NOTE_COSIGNATURE, "w1");
    const char *w2 = vkey("w2.example", NOTE_COSIGNATURE, "w2");
    const char *log = vkey(ORIGIN, NOTE_ED25519, "log");

#define POLICY(...) (snprintf(policy, sizeof policy, __VA_ARGS__), policy)
    refused("F16.1", "empty", false, "corrupt", "");
    refused("F16.1", "no-newline", false, "corrupt", "quorum none");
    refused("F16.1", "return", false, "corrupt", "quorum none\r\n");
    refused("F16.1", "delete", false, "corrupt", "# \x7F\nquorum none\n");
    refused("F16.1", "word", false, "corrupt", "quorum none\nlogs\n");
    refused("F16.1", "case", false, "corrupt", "Quorum none\n");
    refused("F16.1", "comment-after", false, "corrupt",
            "quorum none # nobody\n");
    refused("F16.1", "no-key", false, "corrupt",
            "witness w1\nquorum none\n");
    refused("F16.1", "no-members", false, "corrupt",
            "group g all\nquorum none\n");
    refused("F16.1", "two-addresses", false, "corrupt",
            POLICY("log %s a b\nquorum none\n", log));
    refused("F16.1", "leading-zero", false, "corrupt",
            POLICY("witness a %s\ngroup g 01 a\nquorum g\n", w1));
    refused("F16.1", "sign", false, "corrupt",
            POLICY("witness a %s\ngroup g +1 a\nquorum g\n", w1));
    refused("F16.2", "key-id", false, "corrupt",
            POLICY("witness a w1.example+00000000%s\nquorum a\n",
                   strrchr(w1, '+')));
    refused("F16.2", "upper-case", false, "corrupt",
            "witness d pq.example+201ED5ED+BkFCQ0Q=\nquorum d\n");
    refused("F16.2", "stray-bits", false, "corrupt",
            "witness d pq.example+201ed5ed+BkFCQ0R=\nquorum d\n");
    refused("F16.2", "cosigner-as-log", false, "corrupt",
            POLICY("log %s\nquorum none\n", w1));
    refused("F16.2", "log-as-witness", false, "corrupt",
            POLICY("witness a %s\nquorum a\n", log));
    refused("F16.2", "origin", false, "corrupt",
            POLICY("log %s\nquorum none\n",
                   vkey("example.org:443", NOTE_ED25519, "log")));

    refused("F16.3", "witness-twice", false, "corrupt",
            POLICY("witness a %s\nwitness b %s\nquorum a\n", w1, w1));
    refused("F16.3", "other-name", false, "corrupt",
            POLICY("witness a %s\nwitness b %s\nquorum a\n", w1,
                   vkey("w9.example", NOTE_COSIGNATURE, "w1")));
    refused("F16.3", "log-twice", false, "corrupt",
            POLICY("log %s\nlog %s\nquorum none\n", log,
                   vkey("example.org/2", NOTE_ED25519, "log")));
    refused("F16.3", "log-and-witness", false, "corrupt",
            POLICY("log %s\nwitness a %s\nquorum a\n", log,
                   vkey("w.example", NOTE_COSIGNATURE, "log")));

    refused("F16.4", "twice", false, "corrupt",
            POLICY("witness a %s\nwitness a %s\nquorum a\n", w1, w2));
    refused("F16.4", "none", false, "corrupt",
            POLICY("witness none %s\nquorum none\n", w1));
    refused("F16.4", "not-yet", false, "corrupt",
            POLICY("group g any a\nwitness a %s\nquorum g\n", w1));
    refused("F16.4", "itself", false, "corrupt",
            POLICY("witness a %s\ngroup g any a g\nquorum g\n", w1));
    refused("F16.4", "member-none", false, "corrupt",
            POLICY("witness a %s\ngroup g any a none\nquorum g\n", w1));
    refused("F16.4", "member-twice", false, "corrupt",
            POLICY("witness a %s\ngroup g 2 a a\nquorum g\n", w1));
    refused("F16.4", "two-groups", false, "corrupt",
            POLICY("witness a %s\ngroup g any a\ngroup h any a\nquorum g\n",
                   w1));
    refused("F16.4", "zero", false, "corrupt",
            POLICY("witness a %s\ngroup g 0 a\nquorum g\n", w1));
    refused("F16.4", "too-many", false, "corrupt",
            POLICY("witness a %s\ngroup g 2 a\nquorum g\n", w1));
    refused("F16.4", "quorum-first", false, "corrupt",
            POLICY("quorum a\nwitness a %s\n", w1));

    refused("F16.5", "no-quorum", false, "corrupt",
            POLICY("log %s\n", log));
    refused("F16.5", "two-quorums", false, "corrupt",
            "quorum none\nquorum none\n");
}

static void
make_unmet(void)
{
    char policy[1024];

    good_note();
    refused("F16.6", "no-log", true, "verify",
            POLICY("witness a %s\nquorum a\n",
                   vkey("w1.example", NOTE_COSIGNATURE, "w1")));
    refused("F16.6", "other-key", true, "verify",
            POLICY("log %s\nquorum none\n",
                   vkey(ORIGIN, NOTE_ED25519, "other log")));
    refused("F16.6", "other-origin", true, "verify",
            POLICY("log %s\nquorum none\n",
                   vkey("example.org/other", NOTE_ED25519, "log")));

    start_note(ORIGIN, "log");
    cosign("w1.example", "w1", T);
    cosign("stranger.example", "stranger", T);
    refused("F16.7", "one-of-two", true, "verify", usual);
    /* The right key under another name is somebody else. */
    cosign("w9.example", "w2", T);
    refused("F16.7", "other-name", true, "verify", usual);
    start_note(ORIGIN, "log");
    cosign("w1.example", "w1", T);
    cosign("w2.example", "w2", 0);
    refused("F16.7", "no-time", true, "verify", usual);
    refused("F16.7", "unreadable", true, "verify",
            POLICY("log %s\nwitness d pq.example+201ed5ed+BkFCQ0Q=\n"
                   "quorum d\n", vkey(ORIGIN, NOTE_ED25519, "log")));
}

int
main(int argc, char **argv)
{
    must(argc == 2, "needs a folder");
    folder = argv[1];
    must(hash_start(NULL) == SHEAF_OK, "libsodium");
    make_usual();
    make_accepted();
    make_cosignatures();
    make_forms();
    make_too_many();
    make_unmet();
    sheaf_buf_free(&note);
    return 0;
}
