/*
 * Proofs (proofs.md, F15). Proofs of other tools are read as they are. Our own
 * are checked, and then again with every bit of every field changed, none of
 * which may be accepted. Their lengths are tested, too.
 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "log/merkle.h"
#include "tap.h"
#include "world.h"

#define VECTORS "tests/vectors/proof/"

static struct world w;

static struct sheaf_bytes
text_of(const char *s)
{
    struct sheaf_bytes b = { (const uint8_t *)s, strlen(s) };

    return b;
}

static struct sheaf_public_key
public_of(const struct sheaf_secret_key *secret)
{
    struct sheaf_public_key key;

    memcpy(key.id, secret->id, sizeof key.id);
    memcpy(key.key, secret->key + 32, sizeof key.key);
    return key;
}

static void
load(const char *name, struct sheaf_buf *out)
{
    char path[256];
    uint8_t bytes[8192];
    FILE *f;

    snprintf(path, sizeof path, VECTORS "%s", name);
    f = fopen(path, "rb");
    out->len = 0;
    if (f != NULL) {
        (void)buf_add(out, bytes, fread(bytes, 1, sizeof bytes, f));
        fclose(f);
    }
}

/* ---- Of other tools ------------------------------------------------------ */

/* news.example/archive in tests/vectors/note/keys.txt. */
static bool
vector_key(uint8_t out[32])
{
    static const char base64[] =
        "AdmNrQVueyqObb7VRXeoRo4S6JNBFS6LGZ5HeUjkFg/V";
    uint8_t bytes[33];
    size_t len;

    if (!base64_decode(base64, strlen(base64), bytes, sizeof bytes, &len) ||
        len != 33)
        return false;
    memcpy(out, bytes + 1, 32);
    return true;
}

static void
test_foreign(void)
{
    static const struct {
        uint64_t index;
        uint64_t size;
    } proofs[] = {
        { 0, 1 }, { 2, 3 }, { 255, 256 }, { 0, 300 }, { 128, 300 },
        { 299, 300 },
    };
    static const struct {
        uint64_t from;
        uint64_t size;
    } history[] = { { 0, 1 }, { 1, 300 }, { 100, 300 }, { 256, 300 },
                    { 300, 300 } };
    struct sheaf_buf text = { 0 };
    struct sheaf_buf leaf = { 0 };
    uint8_t key[32];

    ok(vector_key(key), "the vectors' key");
    for (size_t i = 0; i < COUNT_OF(proofs); i++) {
        char name[64];
        struct proof p;
        struct sheaf_error err = { 0 };
        uint8_t hash[HASH_BYTES];

        snprintf(name, sizeof name, "proof-%llu-%llu.tlog-proof",
                 (unsigned long long)proofs[i].index,
                 (unsigned long long)proofs[i].size);
        load(name, &text);
        snprintf(name, sizeof name, "proof-%llu-%llu.leaf",
                 (unsigned long long)proofs[i].index,
                 (unsigned long long)proofs[i].size);
        load(name, &leaf);
        if (!ok(proof_parse(buf_view(&text), &p, &err) == SHEAF_OK,
                "%s is a proof: %s", name, err.message))
            continue;
        hash_leaf(leaf.data, leaf.len, hash);
        ok(p.kind == PROOF_ONE && p.numbers[0] == proofs[i].index &&
               p.note.checkpoint.size == proofs[i].size &&
               p.records[0].len == 0,
           "%s: as its name says", name);
        ok(merkle_check_inclusion(p.numbers[0], p.note.checkpoint.size, hash,
                                  p.path.data, p.path.len / HASH_BYTES,
                                  p.note.checkpoint.root) &&
               note_verify(&p.note, key, NULL) == SHEAF_OK,
           "%s: its leaf is in the tree that was signed", name);
        hash[0] ^= 1;
        ok(!merkle_check_inclusion(p.numbers[0], p.note.checkpoint.size, hash,
                                   p.path.data, p.path.len / HASH_BYTES,
                                   p.note.checkpoint.root),
           "%s: another is not", name);
        {
            struct sheaf_public_key any = { { 0 }, { 0 } };
            struct sheaf_proof *none = NULL;

            memcpy(any.key, key, 32);
            eq_int(sheaf_check_proof(sheaf_view(text.data, text.len), &any,
                                     &none, &err),
                   SHEAF_ECORRUPT, "%s: not of an article", name);
            eq_str(err.clause, "F15.2", "%s: F15.2", name);
        }
        proof_free(&p);
    }
    for (size_t i = 0; i < COUNT_OF(history); i++) {
        char name[64];
        struct proof p;
        struct note old;
        struct sheaf_bytes none = { NULL, 0 };
        uint8_t root[HASH_BYTES];
        bool good;

        snprintf(name, sizeof name, "add-checkpoint-%llu-%llu.txt",
                 (unsigned long long)history[i].from,
                 (unsigned long long)history[i].size);
        load(name, &text);
        snprintf(name, sizeof name, "../note/checkpoint-%llu.note",
                 (unsigned long long)history[i].from);
        load(name, &leaf);
        good = note_parse(buf_view(&leaf), &old, NULL) == SHEAF_OK &&
               proof_parse(buf_view(&text), &p, NULL) == SHEAF_OK;
        if (!ok(good, "from %s", name))
            continue;
        memcpy(root, old.checkpoint.root, sizeof root);
        ok(p.kind == PROOF_CONSISTENCY &&
               p.note.checkpoint.size == history[i].size &&
               proof_check_consistency(&p, history[i].from, root, NULL) ==
                   SHEAF_OK,
           "from %s: consistent", name);
        root[31] ^= 1;
        eq_int(proof_check_consistency(&p, history[i].from, root, NULL),
               SHEAF_EVERIFY, "from %s: not with another root", name);
        (void)none;
        proof_free(&p);
    }
    sheaf_buf_free(&text);
    sheaf_buf_free(&leaf);
}

/* ---- Ours ---------------------------------------------------------------- */

static int
check(const struct sheaf_buf *text, const struct sheaf_secret_key *key,
      struct sheaf_proof **out, struct sheaf_error *err)
{
    struct sheaf_public_key public_key = public_of(key);

    return sheaf_check_proof(sheaf_view(text->data, text->len), &public_key,
                             out, err);
}

static void
test_one(void)
{
    struct sheaf_buf text = { 0 };
    struct sheaf_error err = { 0 };
    struct sheaf_proof *p = NULL;
    struct sheaf_proof_info info;
    struct sheaf_answer answer = { 0 };
    struct sheaf_claim claim = { SHEAF_CLAIM, .id = text_of("two") };
    struct sheaf_source body;

    world_one(&w, 2, &text);
    if (!ok(check(&text, &w.old_key, &p, &err) == SHEAF_OK,
            "with the key that was replaced: %s", err.message))
        return;
    sheaf_proof_get_info(p, &info);
    ok(info.followed == 1 && info.articles == 1 && info.records == 1 &&
           info.size == WORLD_LEAVES && info.generation == 0 &&
           memcmp(info.signer.key, w.new_key.key + 32, 32) == 0 &&
           memcmp(info.signer.id, w.new_key.id, 8) == 0,
       "through one key change");
    eq_int(sheaf_proof_ask(p, &claim, &answer, &err), SHEAF_OK, "by its ID");
    ok(answer.record.rev == 2 && answer.id_checked && !answer.meta_checked &&
           !answer.body_checked && answer.standing == SHEAF_STANDING_UNKNOWN,
       "of which nothing else was compared");
    claim.meta = buf_view(&w.lines[2]);
    eq_int(sheaf_source_memory(&body, sheaf_str(w.bodies[2]), NULL),
           SHEAF_OK, "its text");
    claim.body = &body;
    eq_int(sheaf_proof_ask(p, &claim, &answer, &err), SHEAF_OK,
           "with metadata and text");
    ok(answer.meta_checked && answer.body_checked, "which were compared");
    claim.meta = buf_view(&w.lines[1]);
    err.clause[0] = '\0';
    eq_int(sheaf_proof_ask(p, &claim, &answer, &err), SHEAF_EVERIFY,
           "another revision's metadata");
    eq_str(err.clause, "F15.4", "F15.4");
    claim.meta.data = NULL;
    claim.rev = 1;
    eq_int(sheaf_proof_ask(p, &claim, &answer, &err), SHEAF_EVERIFY,
           "another revision");
    claim.rev = 0;
    /* A program that knows only the first fields; what follows is not its. */
    claim.size = offsetof(struct sheaf_claim, meta);
    claim.meta = buf_view(&w.lines[1]);
    claim.body = NULL;
    eq_int(sheaf_proof_ask(p, &claim, &answer, &err), SHEAF_OK,
           "of an older program");
    ok(answer.record.rev == 2 && !answer.meta_checked,
       "only what it knows is looked at");
    claim.size = sizeof claim;
    claim.meta.data = NULL;
    claim.body = &body;
    claim.id = text_of("one");
    eq_int(sheaf_proof_ask(p, &claim, &answer, &err), SHEAF_EVERIFY,
           "another ID");
    body.ops->close(body.ctx);
    sheaf_proof_free(p);

    eq_int(check(&text, &w.new_key, &p, &err), SHEAF_OK, "with the new key");
    sheaf_proof_get_info(p, &info);
    eq_int(info.followed, 0, "which follows nothing");
    sheaf_proof_free(p);
    p = NULL;
    eq_int(check(&text, &w.other, &p, &err), SHEAF_EVERIFY, "another key");
    eq_str(err.clause, "F9.7", "F9.7");
    ok(p == NULL, "no output");
    sheaf_buf_free(&text);
}

static int
ask(const struct sheaf_buf *text, const char *id, uint32_t rev, int *standing,
    struct sheaf_error *err)
{
    struct sheaf_claim claim = { SHEAF_CLAIM, .id = text_of(id), .rev = rev };
    struct sheaf_answer answer;
    struct sheaf_proof *p;
    int rc = check(text, &w.old_key, &p, err);

    if (rc != SHEAF_OK)
        return rc;
    rc = sheaf_proof_ask(p, &claim, &answer, err);
    if (rc == SHEAF_OK)
        *standing = answer.standing;
    sheaf_proof_free(p);
    return rc;
}

static void
test_standing(void)
{
    static const struct {
        const char *id;
        uint32_t rev;
        int standing;
    } cases[] = {
        { "one", 0, SHEAF_STANDING_NEWEST },
        { "two", 0, SHEAF_STANDING_NEWEST },
        { "two", 2, SHEAF_STANDING_NEWEST },
        { "two", 1, SHEAF_STANDING_OLDER },
        { "two", 3, SHEAF_STANDING_ABSENT },
        { "gone", 0, SHEAF_STANDING_REDACTED },
        { "salted", 0, SHEAF_STANDING_NEWEST },
        { "three", 0, SHEAF_STANDING_NEWEST },
        { "four", 0, SHEAF_STANDING_ABSENT },
        { "", 0, SHEAF_STANDING_ABSENT },
        { "x9", 0, SHEAF_STANDING_ABSENT },
    };
    struct sheaf_error err = { 0 };
    struct sheaf_buf text = { 0 };

    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct proof p;
        int standing = -1;

        world_standing(&w, cases[i].id, &p);
        eq_int(proof_write_many(&p, &text, &err), SHEAF_OK, "written");
        eq_int(ask(&text, cases[i].id, cases[i].rev, &standing, &err),
               SHEAF_OK, "\"%s\" %u: %s", cases[i].id, cases[i].rev,
               err.message);
        eq_int(standing, cases[i].standing, "\"%s\" %u stands so",
               cases[i].id, cases[i].rev);
        proof_free(&p);
    }
    sheaf_buf_free(&text);
}

/* Of all stretches of rows, only those with a row on each side, or the map's
 * end, say that an ID is not there. */
static void
test_stretches(void)
{
    static const char *const ids[] = { "one", "two", "gone", "four", "five",
                                       "six", "seven", "eight" };
    struct sheaf_error err = { 0 };
    struct sheaf_buf text = { 0 };
    int wrong = 0;
    int tried = 0;

    for (size_t n = 0; n < COUNT_OF(ids); n++) {
        uint8_t key[HASH_BYTES];
        size_t lo = 0;
        size_t hi;

        hash_blake2b(ids[n], strlen(ids[n]), key);
        while (lo < WORLD_ROWS && memcmp(w.rows[lo], key, TABLE_KEY_SIZE) < 0)
            lo++;
        hi = lo;
        while (hi < WORLD_ROWS &&
               memcmp(w.rows[hi], key, TABLE_KEY_SIZE) == 0)
            hi++;
        for (uint64_t first = 0; first < WORLD_ROWS; first++) {
            for (size_t count = 1; first + count <= WORLD_ROWS; count++) {
                struct world_rows rows = { first, count };
                uint64_t leaves[WORLD_LEAVES];
                bool whole = first <= (lo != 0 ? lo - 1 : 0) &&
                             first + count >=
                                 (hi < WORLD_ROWS ? hi + 1 : hi);
                struct proof p;
                int standing = SHEAF_STANDING_UNKNOWN;
                int rc;

                for (uint64_t i = 0; i < WORLD_LEAVES; i++)
                    leaves[i] = i;
                world_many(&w, leaves, WORLD_LEAVES, true, &rows, 1, &p);
                rc = proof_write_many(&p, &text, &err);
                if (rc == SHEAF_OK)
                    rc = ask(&text, ids[n], 0, &standing, &err);
                if (hi == lo)
                    wrong += (rc == SHEAF_OK) != whole;
                else if (strcmp(ids[n], "gone") != 0)
                    wrong += (standing == SHEAF_STANDING_NEWEST) != whole;
                wrong += rc == SHEAF_EVERIFY &&
                         strcmp(err.clause, "F15.7") != 0;
                tried++;
                proof_free(&p);
            }
        }
    }
    eq_int(wrong, 0, "%d stretches of rows say what they may", tried);
    sheaf_buf_free(&text);
}

/* ---- Every change -------------------------------------------------------- */

/* Believed, of the same tree? The witnesses' lines are not the log's to sign,
 * so what is there must be what was there. */
static bool
believed(const struct sheaf_buf *text)
{
    struct sheaf_error err = { 0 };
    struct sheaf_proof *p = NULL;
    int rc = check(text, &w.old_key, &p, &err);

    if (rc == SHEAF_OK)
        sheaf_proof_free(p);
    else if ((rc == SHEAF_ECORRUPT || rc == SHEAF_EVERIFY) &&
             err.clause[0] != 'F')
        return true; /* a refusal without a reason is none */
    return rc == SHEAF_OK;
}

static bool
history_believed(const struct sheaf_buf *text)
{
    struct sheaf_public_key key = public_of(&w.new_key);
    struct sheaf_checkpoint old;

    return sheaf_checkpoint_parse(buf_view(&w.old_note), &old, NULL) !=
               SHEAF_OK ||
           sheaf_check_consistency(sheaf_view(text->data, text->len), &old,
                                   &key, NULL, NULL) == SHEAF_OK;
}

/* Each bit flipped, each byte left out, each byte twice, each line left out,
 * each line twice, cut off everywhere. */
static void
test_changed(const char *what, struct sheaf_buf *text,
             bool (*believes)(const struct sheaf_buf *text))
{
    struct sheaf_buf other = { 0 };
    size_t at = 0;
    int bits = 0;
    int bytes = 0;
    int lines = 0;

    ok(believes(text), "%s is believed", what);
    for (size_t i = 0; i < text->len; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            text->data[i] ^= (uint8_t)(1u << bit);
            bits += believes(text);
            text->data[i] ^= (uint8_t)(1u << bit);
        }
        other.len = 0;
        (void)buf_add(&other, text->data, i);
        bytes += believes(&other);
        (void)buf_add(&other, text->data + i + 1, text->len - i - 1);
        bytes += believes(&other);
        other.len = 0;
        (void)buf_add(&other, text->data, i + 1);
        (void)buf_add(&other, text->data + i, text->len - i);
        bytes += believes(&other);
    }
    while (at < text->len) {
        const uint8_t *lf = memchr(text->data + at, '\n', text->len - at);
        size_t len = (size_t)(lf + 1 - (text->data + at));

        other.len = 0;
        (void)buf_add(&other, text->data, at);
        (void)buf_add(&other, text->data + at + len, text->len - at - len);
        /* Without the key change the old key is not followed. */
        lines += believes(&other);
        other.len = 0;
        (void)buf_add(&other, text->data, at + len);
        (void)buf_add(&other, text->data + at, text->len - at);
        lines += believes(&other);
        at += len;
    }
    eq_int(bits, 0, "%s: %zu bits, none may be another", what, text->len * 8);
    eq_int(bytes, 0, "%s: no byte left out or twice, nothing cut off", what);
    eq_int(lines, 0, "%s: no line left out or twice", what);
    sheaf_buf_free(&other);
}

static void
test_changes(void)
{
    static const uint64_t leaves[] = { 0, 2, 3 };
    struct sheaf_buf text = { 0 };
    struct proof p;

    world_one(&w, 3, &text);
    test_changed("a proof of one", &text, believed);
    world_many(&w, leaves, COUNT_OF(leaves), false, NULL, 0, &p);
    eq_int(proof_write_many(&p, &text, NULL), SHEAF_OK, "written");
    proof_free(&p);
    test_changed("a proof of three", &text, believed);
    world_standing(&w, "two", &p);
    eq_int(proof_write_many(&p, &text, NULL), SHEAF_OK, "written");
    proof_free(&p);
    /* Without its `rows` line it is still a proof, of less. */
    {
        uint8_t *rows = memmem(text.data, text.len, "rows ", 5);
        struct sheaf_buf less = { 0 };
        const uint8_t *end = memchr(rows, '\n',
                                    text.len - (size_t)(rows - text.data));
        int standing = -1;

        (void)buf_add(&less, text.data, (size_t)(rows - text.data));
        (void)buf_add(&less, end + 1,
                      text.len - (size_t)(end + 1 - text.data));
        eq_int(ask(&less, "two", 0, &standing, NULL), SHEAF_OK,
               "without rows");
        eq_int(standing, SHEAF_STANDING_UNKNOWN, "nothing is known of others");
        sheaf_buf_free(&less);
    }
    world_history(&w, WORLD_OLD_SIZE, &text);
    test_changed("a proof of consistency", &text, history_believed);
    sheaf_buf_free(&text);
}

/* ---- Limits and memory --------------------------------------------------- */

static void
test_limits(void)
{
    struct sheaf_buf text = { 0 };
    struct sheaf_buf keys = { 0 };
    struct sheaf_error err = { 0 };
    struct sheaf_bytes none = { w.hashes[0], 0 };
    struct sheaf_proof *p;
    char *big = calloc(1, (16u << 20) + 1);

    for (int i = 0; i < 255; i++)
        (void)buf_add(&keys, w.key_change.data, w.key_change.len);
    eq_int(proof_write_one(buf_view(&w.records[0]), buf_view(&keys), 0, none,
                           buf_view(&w.note), &text, &err),
           SHEAF_OK, "255 key changes are in a proof");
    for (int i = 0; i < 4000; i++)
        (void)buf_add(&keys, w.key_change.data, w.key_change.len);
    eq_int(proof_write_one(buf_view(&w.records[0]), buf_view(&keys), 0, none,
                           buf_view(&w.note), &text, &err),
           SHEAF_ELIMIT, "but not more than 1 MiB of them");
    eq_int(sheaf_check_proof(sheaf_view(big, (16u << 20) + 1), NULL, &p, &err),
           SHEAF_ECORRUPT, "a proof of more than 16 MiB");
    eq_str(err.clause, "F15.5", "F15.5");
    free(big);
    sheaf_buf_free(&text);
    sheaf_buf_free(&keys);
}

static void
test_faults(void)
{
    struct sheaf_buf text = { 0 };
    struct proof proof;
    long live;
    long n;

    world_standing(&w, "two", &proof);
    eq_int(proof_write_many(&proof, &text, NULL), SHEAF_OK, "written");
    proof_free(&proof);
    live = mem_live();
    for (n = 0;; n++) {
        struct sheaf_public_key key = public_of(&w.old_key);
        struct sheaf_claim claim = {
            SHEAF_CLAIM, .meta = buf_view(&w.lines[2])
        };
        struct sheaf_answer answer;
        struct sheaf_proof *p = NULL;
        struct sheaf_source body;
        int rc;

        mem_fail_after(n);
        rc = sheaf_source_memory(&body, sheaf_str(w.bodies[2]), NULL);
        if (rc == SHEAF_OK) {
            claim.body = &body;
            rc = sheaf_check_proof(sheaf_view(text.data, text.len), &key, &p,
                                   NULL);
            if (rc == SHEAF_OK)
                rc = sheaf_proof_ask(p, &claim, &answer, NULL);
            sheaf_proof_free(p);
            body.ops->close(body.ctx);
        }
        mem_fail_after(-1);
        if (rc != SHEAF_ENOMEM) {
            eq_int(rc, SHEAF_OK, "at last there is enough");
            break;
        }
        if (mem_live() != live)
            break;
    }
    ok(n > 8, "%ld allocations can fail", n);
    eq_int(mem_live(), live, "nothing is lost");
    sheaf_buf_free(&text);
}

/* ---- How long they are --------------------------------------------------- */

/* A tree in which all leaves are the same, so that it may be of any size. */
static uint8_t equal_hash[48][HASH_BYTES];

static int
equal_subtree(void *arg, uint64_t start, uint64_t count,
              uint8_t out[HASH_BYTES])
{
    (void)arg;
    (void)start;
    memcpy(out, equal_hash[__builtin_ctzll(count)], HASH_BYTES);
    return SHEAF_OK;
}

/* Without witnesses: the note of 100 million has 6 digits more. */
static size_t
size_of_one(uint64_t size)
{
    struct checkpoint c = { .origin = "news.example/archive/2024",
                            .size = size };
    struct sheaf_buf note = { 0 };
    struct sheaf_buf text = { 0 };
    uint8_t path[MERKLE_PATH_MAX][HASH_BYTES];
    struct sheaf_bytes bytes = { path[0], 0 };
    struct sheaf_bytes none = { NULL, 0 };
    size_t count = 0;
    size_t len = 0;

    if (note_sign(&c, w.new_key.key, &note, NULL) == SHEAF_OK &&
        merkle_inclusion_path(size / 3, size, equal_subtree, NULL, path,
                              &count) == SHEAF_OK) {
        bytes.len = count * HASH_BYTES;
        if (proof_write_one(buf_view(&w.records[0]), none, size / 3, bytes,
                            buf_view(&note), &text, NULL) == SHEAF_OK)
            len = text.len;
    }
    sheaf_buf_free(&note);
    sheaf_buf_free(&text);
    return len;
}

static size_t
size_of_many(uint64_t size, size_t k)
{
    struct checkpoint c = { .origin = "news.example/archive/2024",
                            .size = size };
    struct proof p = { .kind = PROOF_MANY, .leaf_count = k };
    struct sheaf_buf note = { 0 };
    struct sheaf_buf text = { 0 };
    uint64_t seed = 1;
    uint64_t at = 0;
    size_t len = 0;

    p.numbers = mem_new(k, sizeof *p.numbers);
    p.records = mem_new(k, sizeof *p.records);
    for (size_t i = 0; i < k; i++) {
        uint64_t gap = size / k;

        seed = seed * 6364136223846793005u + 1442695040888963407u;
        p.numbers[i] = at + (seed >> 33) % gap;
        at += gap;
        p.records[i] = buf_view(&w.records[0]);
    }
    p.path.len = merkle_set_length(p.numbers, k, size) * HASH_BYTES;
    (void)buf_reserve(&p.bytes, p.path.len + 1);
    p.path.data = p.bytes.data;
    if (note_sign(&c, w.new_key.key, &note, NULL) == SHEAF_OK &&
        merkle_set_path(p.numbers, k, size, equal_subtree, NULL,
                        p.bytes.data) == SHEAF_OK) {
        p.note_text = buf_view(&note);
        if (proof_write_many(&p, &text, NULL) == SHEAF_OK)
            len = text.len;
    }
    proof_free(&p);
    sheaf_buf_free(&note);
    sheaf_buf_free(&text);
    return len;
}

static void
test_sizes(void)
{
    static const uint64_t sizes[] = { 1000, 1000000, 100000000 };
    static const size_t many[] = { 10, 100, 1000 };

    memcpy(equal_hash[0], w.hashes[0], HASH_BYTES);
    for (size_t i = 1; i < COUNT_OF(equal_hash); i++)
        hash_node(equal_hash[i - 1], equal_hash[i - 1], equal_hash[i]);
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        size_t one = size_of_one(sizes[i]);

        ok(one != 0 && one < (sizes[i] <= 1000000 ? 1500 : 1800),
           "one of %llu: %zu bytes", (unsigned long long)sizes[i], one);
        for (size_t k = 0; k < COUNT_OF(many); k++) {
            size_t len = size_of_many(sizes[i], many[k]);

            ok(len != 0 && len < many[k] * one,
               "%zu of %llu: %zu bytes, %zu an article", many[k],
               (unsigned long long)sizes[i], len, len / many[k]);
        }
    }
}

int
main(void)
{
    world_make(&w);
    test_foreign();
    test_one();
    test_standing();
    test_stretches();
    test_changes();
    test_limits();
    test_faults();
    test_sizes();
    world_free(&w);
    return tap_done();
}
