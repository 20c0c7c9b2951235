/*
 * Policies against spec F16, and cosignatures against F9.11 and F9.12.
 *
 * The vectors are spec/vectors/NAME.policy, mostly with a NAME.note, and
 * NAME.expect. Its lines are `expect` (ok, corrupt, limit or verify) and
 * `clause`, the broken clause. A policy without a note is itself wrong. Where
 * both are good, `witnesses`, `cosigned`, `attested` and `fresh` are the
 * expected result for the note.
 */
#include <glob.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "log/note.h"
#include "log/policy.h"
#include "tap.h"

#include <sodium.h>

#define VECTORS "spec/vectors/"
#define OTHERS "tests/vectors/note/"

struct file {
    char at[2 * POLICY_MAX];
    size_t len;
};

static bool
slurp(const char *path, struct file *out)
{
    FILE *f = fopen(path, "rb");

    out->len = 0;
    out->at[0] = '\0';
    if (f == NULL)
        return false;
    out->len = fread(out->at, 1, sizeof out->at - 1, f);
    out->at[out->len] = '\0';
    fclose(f);
    return true;
}

static struct sheaf_bytes
view(const struct file *f)
{
    struct sheaf_bytes b = { (const uint8_t *)f->at, f->len };

    return b;
}

static struct sheaf_bytes
view_of(const char *s)
{
    struct sheaf_bytes b = { (const uint8_t *)s, strlen(s) };

    return b;
}

/* ---- Vectors ------------------------------------------------------------- */

/* What follows "NAME: " in an .expect; "" if it has none. */
static const char *
field(const struct file *expect, const char *name, char out[64])
{
    char start[32];
    const char *at;

    snprintf(start, sizeof start, "%s: ", name);
    at = strstr(expect->at, start);
    out[0] = '\0';
    if (at != NULL)
        snprintf(out, 64, "%.*s", (int)strcspn(at + strlen(start), "\n"),
                 at + strlen(start));
    return out;
}

static long long
number(const struct file *expect, const char *name)
{
    char text[64];

    return atoll(field(expect, name, text));
}

static const char *
verdict(int rc)
{
    switch (rc) {
    case SHEAF_OK: return "ok";
    case SHEAF_ECORRUPT: return "corrupt";
    case SHEAF_ELIMIT: return "limit";
    case SHEAF_EVERIFY: return "verify";
    }
    return "something else";
}

/* Witness by witness it is the same as all at once. */
static void
count_witnesses(const char *name, const struct sheaf_policy *policy,
                struct sheaf_bytes note, const struct sheaf_attestation *a)
{
    unsigned cosigned = 0;
    unsigned n = 0;
    struct sheaf_witness w;

    while (sheaf_policy_witness(policy, note, n, &w, NULL) == SHEAF_OK) {
        cosigned += w.cosigned != 0;
        if (w.cosigned && (!w.readable || w.time_s == 0))
            ok(false, "%s: what can't be read can't have cosigned", name);
        n++;
    }
    eq_int(n, a->witnesses, "%s: as many, one by one", name);
    eq_int(cosigned, a->cosigned, "%s: the same have cosigned", name);
}

static void
check_vector(const char *path)
{
    static struct file policy_text, note, expect;
    struct sheaf_attestation a = { .witnesses = 99, .attested_s = 99 };
    struct sheaf_policy *policy = NULL;
    struct sheaf_error err = { 0 };
    char file[256], text[64];
    int len = (int)(strlen(path) - strlen(".policy"));
    const char *name = path + strlen(VECTORS);
    bool has_note;
    int rc;

    snprintf(file, sizeof file, "%.*s.expect", len, path);
    if (!ok(slurp(path, &policy_text) && slurp(file, &expect), "%s", name))
        return;
    snprintf(file, sizeof file, "%.*s.note", len, path);
    has_note = slurp(file, &note);
    rc = sheaf_policy_parse(view(&policy_text), &policy, &err);
    if (has_note)
        eq_int(rc, SHEAF_OK, "%s: the policy is good", name);
    else if (rc != SHEAF_OK)
        ok(policy == NULL, "%s: output untouched", name);
    if (rc == SHEAF_OK)
        rc = sheaf_policy_check(policy, view(&note), NULL, &a, &err);
    eq_str(verdict(rc), field(&expect, "expect", text), "%s: the verdict",
           name);
    eq_str(err.clause, field(&expect, "clause", text), "%s: the clause", name);
    if (rc == SHEAF_OK) {
        eq_int(a.witnesses, number(&expect, "witnesses"), "%s: witnesses",
               name);
        eq_int(a.cosigned, number(&expect, "cosigned"), "%s: cosigned", name);
        eq_int(a.attested_s, number(&expect, "attested"), "%s: attested",
               name);
        eq_int(a.fresh_s, number(&expect, "fresh"), "%s: fresh", name);
        count_witnesses(name, policy, view(&note), &a);
    } else {
        ok(a.witnesses == 99 && a.attested_s == 99 && err.message[0] != '\0',
           "%s: output untouched, and a message", name);
    }
    sheaf_policy_free(policy);
}

static void
test_vectors(void)
{
    glob_t found;

    if (!ok(glob(VECTORS "*.policy", 0, NULL, &found) == 0, "vectors"))
        return;
    for (size_t i = 0; i < found.gl_pathc; i++)
        check_vector(found.gl_pathv[i]);
    globfree(&found);
}

/* ---- What others made ---------------------------------------------------- */

static const char *
key_line(const struct file *keys, const char *name, char out[256])
{
    const char *at = strstr(keys->at, name);

    out[0] = '\0';
    if (at != NULL)
        snprintf(out, 256, "%.*s", (int)strcspn(at + strlen(name) + 1, "\n"),
                 at + strlen(name) + 1);
    return out;
}

/* Checkpoints with the cosignatures of two witnesses, made and checked by
 * other programs. */
/* F16.3. A policy without a log of its own names the key of the log, which the
 * caller gives, as a witness. */
static void
test_own_witness(const struct file *keys, const struct file *note,
                 const struct sheaf_public_key *key)
{
    char w1[256], text[1024];
    struct sheaf_policy *policy = NULL;
    struct sheaf_attestation a;
    struct sheaf_error err = { 0 };
    struct sheaf_buf own = { 0 };

    eq_int(sheaf_vkey(key, SHEAF_SIGNER_COSIGNER, "me", &own, NULL), SHEAF_OK,
           "the log's key as a witness's");
    snprintf(text, sizeof text, "witness a %s\nwitness me %.*s\nquorum a\n",
             key_line(keys, "w1_vkey", w1), (int)own.len, own.data);
    eq_int(sheaf_policy_parse(view_of(text), &policy, NULL), SHEAF_OK,
           "in a policy");
    if (policy == NULL)
        return;
    eq_int(sheaf_policy_check(policy, view(note), key, &a, &err),
           SHEAF_EVERIFY, "is refused with this key");
    eq_str(err.clause, "F16.3", "with the clause");
    sheaf_policy_free(policy);
    sheaf_buf_free(&own);
}

static void
test_others(void)
{
    static const unsigned sizes[] = { 0, 1, 2, 3, 8, 100, 256, 300 };
    static struct file keys, note;
    char log[256], w1[256], w2[256], text[1024], path[128];
    struct sheaf_policy *policy = NULL;
    struct sheaf_public_key key;

    if (!ok(slurp(OTHERS "keys.txt", &keys), "keys"))
        return;
    snprintf(text, sizeof text,
             "log %s\nwitness a %s\nwitness b %s\ngroup g all a b\nquorum g\n",
             key_line(&keys, "log_vkey", log), key_line(&keys, "w1_vkey", w1),
             key_line(&keys, "w2_vkey", w2));
    eq_int(sheaf_policy_parse(view_of(text), &policy, NULL), SHEAF_OK,
           "a policy of others' keys");
    if (policy == NULL)
        return;
    eq_int(sheaf_policy_log(policy, view_of("news.example/archive"), 0, &key,
                            NULL),
           SHEAF_OK, "the log's key");
    eq_int(sheaf_policy_log(policy, view_of("news.example/archive"), 1, &key,
                            NULL),
           SHEAF_END, "there is one");
    eq_int(sheaf_policy_log(policy, view_of("news.example"), 0, &key, NULL),
           SHEAF_END, "another origin has none");
    eq_int(sheaf_policy_log(policy, view_of(""), 0, &key, NULL), SHEAF_END,
           "nor has no origin");
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct sheaf_attestation a = { 0 };

        snprintf(path, sizeof path, OTHERS "checkpoint-%u.note", sizes[i]);
        ok(slurp(path, &note), "%s", path);
        eq_int(sheaf_policy_check(policy, view(&note), NULL, &a, NULL),
               SHEAF_OK, "size %u: meets it", sizes[i]);
        eq_int(a.cosigned, 2, "size %u: both have cosigned", sizes[i]);
        eq_int(a.attested_s, 1700000001, "size %u: the later time", sizes[i]);
        eq_int(a.fresh_s, 1700000000, "size %u: the earlier one", sizes[i]);
        eq_int(sheaf_policy_check(policy, view(&note), &key, &a, NULL),
               SHEAF_OK, "size %u: with the log's key given", sizes[i]);
        key.key[0] ^= 1;
        eq_int(sheaf_policy_check(policy, view(&note), &key, &a, NULL),
               SHEAF_EVERIFY, "size %u: and with another", sizes[i]);
        key.key[0] ^= 1;
    }
    sheaf_policy_free(policy);
    test_own_witness(&keys, &note, &key);
}

/* Any one bit of a cosignature's base64 that decodes to something else. */
static void
test_flipped(void)
{
    static struct file keys, note, spoiled;
    char w1[256], text[512];
    struct sheaf_policy *policy = NULL;
    struct sheaf_witness w;
    const char *at;
    size_t from;
    unsigned refused = 0, lost = 0, wrong = 0;

    if (!slurp(OTHERS "keys.txt", &keys) ||
        !slurp(OTHERS "checkpoint-300.note", &note))
        return;
    snprintf(text, sizeof text, "witness a %s\nquorum a\n",
             key_line(&keys, "w1_vkey", w1));
    eq_int(sheaf_policy_parse(view_of(text), &policy, NULL), SHEAF_OK,
           "a policy");
    at = strstr(note.at, "witness.example/w1 ");
    from = at != NULL ? (size_t)(at - note.at) : note.len;
    for (size_t i = from; policy != NULL && note.at[i] != '\n'; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            int rc;

            spoiled = note;
            spoiled.at[i] = (char)(spoiled.at[i] ^ 1 << bit);
            rc = sheaf_policy_witness(policy, view(&spoiled), 0, &w, NULL);
            if (rc != SHEAF_OK)
                refused++;
            else if (!w.cosigned)
                lost++; /* name or key ID of somebody else */
            else
                wrong++;
        }
    }
    eq_int(wrong, 0, "no flipped bit is taken for a cosignature");
    ok(refused > 500 && lost > 50, "%u flips refused, %u of somebody else",
       refused, lost);
    sheaf_policy_free(policy);
}

/* ---- Cosigning ----------------------------------------------------------- */

static struct sheaf_secret_key
secret_of(const char *label)
{
    struct sheaf_secret_key key = { .id = { 1, 2, 3 } };
    uint8_t pub[32], seed[32];

    hash_sha256(label, strlen(label), seed);
    (void)crypto_sign_seed_keypair(pub, key.key, seed);
    return key;
}

/* The witness of the vectors signs the same bytes here. */
static void
test_cosign(void)
{
    static struct file note;
    struct sheaf_secret_key w1 = secret_of("vector witness 1");
    struct sheaf_secret_key log = secret_of("vector log key 1");
    struct sheaf_buf line = { 0 }, more = { 0 }, again = { 0 };
    unsigned added = 77;

    if (!ok(slurp(OTHERS "checkpoint-300.note", &note), "a note"))
        return;
    eq_int(sheaf_cosign(view(&note), &w1, "witness.example/w1", 1700000000,
                        &line, NULL),
           SHEAF_OK, "cosigned again");
    ok(line.len > 0 && memmem(note.at, note.len, line.data, line.len) != NULL,
       "to the same bytes");
    eq_int(sheaf_note_add(view(&note), buf_view(&line), &added, &more, NULL),
           SHEAF_OK, "and added");
    ok(added == 0 && bytes_equal(buf_view(&more), view(&note)),
       "where it is already");
    eq_int(sheaf_cosign(view(&note), &w1, "w.example/9", 1700000000, &line,
                        NULL),
           SHEAF_OK, "under another name");
    eq_int(sheaf_note_add(view(&note), buf_view(&line), &added, &more, NULL),
           SHEAF_OK, "added");
    ok(added == 1 && more.len == note.len + line.len, "below the others");
    eq_int(sheaf_note_add(buf_view(&more), buf_view(&line), &added, &again,
                          NULL),
           SHEAF_OK, "and not twice");
    ok(added == 0 && bytes_equal(buf_view(&again), buf_view(&more)),
       "with nothing changed");

    eq_int(sheaf_cosign(view(&note), &log, "w", 1, &line, NULL), SHEAF_EINVAL,
           "the log itself");
    eq_int(sheaf_cosign(view(&note), &w1, "news.example/archive", 1, &line,
                        NULL),
           SHEAF_EINVAL, "the log's name");
    eq_int(sheaf_cosign(view(&note), &w1, "a b", 1, &line, NULL), SHEAF_EINVAL,
           "a name that is none");
    eq_int(sheaf_cosign(view(&note), &w1, "a\nb", 1, &line, NULL),
           SHEAF_EINVAL, "a name with a newline");
    eq_int(sheaf_cosign(view(&note), &w1, "a\x80", 1, &line, NULL),
           SHEAF_EINVAL, "a name that isn't UTF-8");
    eq_int(sheaf_cosign(view(&note), &w1, "w", UINT64_MAX, &line, NULL),
           SHEAF_EINVAL, "a time that is none");
    eq_int(sheaf_cosign(view(&note), &w1, "w", 0, &line, NULL), SHEAF_EINVAL,
           "0 is none, either");
    sheaf_buf_free(&line);
    sheaf_buf_free(&more);
    sheaf_buf_free(&again);
}

static void
refuse_lines(const struct file *note, const char *lines, const char *clause,
             int code)
{
    struct sheaf_buf out = { 0 };
    struct sheaf_error err = { 0 };
    unsigned added = 77;

    eq_int(sheaf_note_add(view(note), view_of(lines), &added, &out, &err),
           code, "%zu bytes of lines are refused", strlen(lines));
    eq_str(err.clause, clause, "with a clause");
    ok(out.data == NULL && added == 77, "and nothing is written");
    sheaf_buf_free(&out);
}

static void
test_lines(void)
{
#define DASH "\xE2\x80\x94 "
    static struct file note;
    static char many[4096];
    size_t len = 0;

    if (!slurp(OTHERS "checkpoint-300.note", &note))
        return;
    refuse_lines(&note, "\n", "F9.5", SHEAF_ECORRUPT);
    refuse_lines(&note, DASH "w AAAAAAAA", "F9.5", SHEAF_ECORRUPT);
    refuse_lines(&note, "- w AAAAAAAA\n", "F9.5", SHEAF_ECORRUPT);
    refuse_lines(&note, DASH "w AAAAAAAA\r\n", "F9.5", SHEAF_ECORRUPT);
    refuse_lines(&note, DASH "w\x80 AAAAAAAA\n", "F9.5", SHEAF_ECORRUPT);
    refuse_lines(&note, DASH "w AAAAAAAA\n<html>\n", "F9.5", SHEAF_ECORRUPT);
    refuse_lines(&note, DASH "w AAAAAAAA\n" DASH "w AAAAAAAB\n", "F9.6",
                 SHEAF_ECORRUPT);
    refuse_lines(&note, DASH "news.example/archive AAAAAAAA\n", "F9.6",
                 SHEAF_ECORRUPT);
    for (unsigned i = 0; i < 14; i++)
        len += (size_t)snprintf(many + len, sizeof many - len,
                                DASH "w%u AAAAAAAA\n", i);
    refuse_lines(&note, many, "F9.1", SHEAF_ECORRUPT);
    for (unsigned i = 14; i < 17; i++)
        len += (size_t)snprintf(many + len, sizeof many - len,
                                DASH "w%u AAAAAAAA\n", i);
    refuse_lines(&note, many, "F9.1", SHEAF_ELIMIT);
}

/* ---- Keys as text -------------------------------------------------------- */

static void
test_vkeys(void)
{
    static const char *const names[] = { "log_vkey", "otherlog_vkey",
                                         "w1_vkey", "w2_vkey" };
    static struct file keys;
    char text[256], spoiled[256];
    struct note_key key;
    unsigned taken = 0;

    if (!ok(slurp(OTHERS "keys.txt", &keys), "keys"))
        return;
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        struct sheaf_public_key pub = { .id = { 0 } };
        struct sheaf_buf again = { 0 };
        char name[256];

        key_line(&keys, names[i], text);
        ok(note_key_parse(view_of(text), &key), "%s is one", names[i]);
        memcpy(pub.key, key.key, sizeof pub.key);
        snprintf(name, sizeof name, "%.*s", (int)key.name.len,
                 (const char *)key.name.data);
        eq_int(sheaf_vkey(&pub, (enum sheaf_signer)key.alg, name, &again,
                          NULL),
               SHEAF_OK, "%s is written", names[i]);
        ok(bytes_equal(buf_view(&again), view_of(text)),
           "%s: to the same text", names[i]);
        sheaf_buf_free(&again);
        for (size_t at = 0; at < strlen(text); at++) {
            for (unsigned bit = 0; bit < 8; bit++) {
                snprintf(spoiled, sizeof spoiled, "%s", text);
                spoiled[at] = (char)(spoiled[at] ^ 1 << bit);
                taken += note_key_parse(view_of(spoiled), &key);
            }
        }
        for (size_t n = 0; n < strlen(text); n++) {
            struct sheaf_bytes cut = view_of(text);

            cut.len = n;
            taken += note_key_parse(cut, &key);
        }
    }
    eq_int(taken, 0, "no flipped or cut one is taken");
}

/* ---- Limits and memory --------------------------------------------------- */

static void
test_limits(void)
{
    static struct file policy;
    struct sheaf_policy *p = NULL;
    struct sheaf_error err = { 0 };
    char w1[256];
    static struct file keys;

    /* As long as may be, and longer. */
    memset(policy.at, '#', POLICY_MAX + 1);
    memcpy(policy.at, "quorum none\n", 12);
    policy.at[POLICY_MAX - 1] = '\n';
    policy.len = POLICY_MAX;
    eq_int(sheaf_policy_parse(view(&policy), &p, NULL), SHEAF_OK,
           "a policy as long as may be");
    sheaf_policy_free(p);
    p = NULL;
    policy.at[POLICY_MAX - 1] = '#';
    policy.at[POLICY_MAX] = '\n';
    policy.len++;
    eq_int(sheaf_policy_parse(view(&policy), &p, &err), SHEAF_ELIMIT,
           "and one byte longer");
    eq_str(err.clause, "F16.1", "names the clause");

    /* 128 witnesses and groups, each group of the one before. */
    if (!slurp(OTHERS "keys.txt", &keys))
        return;
    policy.len = (size_t)snprintf(policy.at, sizeof policy.at,
                                  "witness g0 %s\n",
                                  key_line(&keys, "w1_vkey", w1));
    for (unsigned i = 1; i <= POLICY_NODES_MAX; i++) {
        size_t len = policy.len;

        policy.len += (size_t)snprintf(policy.at + len, sizeof policy.at - len,
                                       "quorum g%u\n", i - 1);
        if (i == POLICY_NODES_MAX)
            eq_int(sheaf_policy_parse(view(&policy), &p, NULL), SHEAF_OK,
                   "%u deep", i);
        policy.len = len;
        policy.len += (size_t)snprintf(policy.at + len, sizeof policy.at - len,
                                       "group g%u any g%u\n", i, i - 1);
    }
    if (p != NULL) {
        static struct file note;
        struct sheaf_attestation a = { 0 };
        struct sheaf_public_key log = { .id = { 0 } };
        struct sheaf_secret_key secret = secret_of("vector log key 1");

        memcpy(log.key, secret.key + 32, 32);
        ok(slurp(OTHERS "checkpoint-300.note", &note), "a note");
        eq_int(sheaf_policy_check(p, view(&note), &log, &a, NULL), SHEAF_OK,
               "and asked");
        eq_int(a.attested_s, 1700000000, "for a time");
    }
    sheaf_policy_free(p);
    p = NULL;
    policy.len += (size_t)snprintf(policy.at + policy.len, 32, "quorum g0\n");
    eq_int(sheaf_policy_parse(view(&policy), &p, &err), SHEAF_ELIMIT,
           "one more");
    ok(p == NULL, "output untouched");
}

static void
test_faults(void)
{
    static struct file policy, note;
    struct sheaf_secret_key w1 = secret_of("vector witness 1");
    struct sheaf_buf line = { 0 };
    long n;
    int rc;

    if (!ok(slurp(VECTORS "policy-two-of-three.policy", &policy) &&
                slurp(OTHERS "checkpoint-300.note", &note),
            "vectors"))
        return;
    for (n = 0;; n++) {
        struct sheaf_policy *p = NULL;
        struct sheaf_buf out = { 0 };
        long live = mem_live();
        unsigned added;

        mem_fail_after(n);
        rc = sheaf_policy_parse(view(&policy), &p, NULL);
        if (rc == SHEAF_OK)
            rc = sheaf_cosign(view(&note), &w1, "w", 1, &line, NULL);
        if (rc == SHEAF_OK)
            rc = sheaf_note_add(view(&note), buf_view(&line), &added, &out,
                                NULL);
        mem_fail_after(-1);
        sheaf_policy_free(p);
        sheaf_buf_free(&out);
        sheaf_buf_free(&line);
        if (rc == SHEAF_OK)
            break;
        eq_int(rc, SHEAF_ENOMEM, "allocation %ld fails", n);
        eq_int(mem_live(), live, "allocation %ld: nothing is lost", n);
    }
    ok(n >= 4, "%ld allocations can fail", n);
}

int
main(void)
{
    if (!ok(hash_start(NULL) == SHEAF_OK, "libsodium"))
        return tap_done();
    test_vectors();
    test_others();
    test_flipped();
    test_cosign();
    test_lines();
    test_vkeys();
    test_limits();
    test_faults();
    eq_int(mem_live(), 0, "no memory is lost");
    return tap_done();
}
