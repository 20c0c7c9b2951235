/*
 * make_proofs.c - writes the vectors of proofs to a folder.
 *
 *     make_proofs FOLDER      (as a rule, spec/vectors/proof)
 *
 * For each proof NAME.proof there is NAME.expect, with the question and the
 * expected answer; tests/proofs.sh reads them. All proofs are about the one
 * small archive of world.c. A bad proof has one thing changed, mostly before
 * it is written, so that the rest still fits, and is named after the clause
 * that it breaks.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/hash.h"
#include "log/merkle.h"
#include "world.h"
#include "leaves.h"

static struct world w;
static const char *folder;

static void
die(const char *what)
{
    fprintf(stderr, "make_proofs: %s\n", what);
    exit(1);
}

static FILE *
create(const char *name, const char *extension)
{
    char path[512];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s%s", folder, name, extension);
    f = fopen(path, "wb");
    if (f == NULL)
        die(path);
    return f;
}

static void
put_file(const char *name, const char *extension, struct sheaf_bytes bytes)
{
    FILE *f = create(name, extension);

    if (fwrite(bytes.data, 1, bytes.len, f) != bytes.len || fclose(f) != 0)
        die(name);
}

static void
put_key(FILE *f, const struct sheaf_secret_key *secret)
{
    struct sheaf_public_key key;
    uint8_t bytes[42] = "Ed";
    char base64[BASE64_SIZE(sizeof bytes)];

    memcpy(key.key, secret->key + 32, 32);
    memcpy(bytes + 2, secret->id, 8);
    memcpy(bytes + 10, key.key, 32);
    base64_encode(bytes, sizeof bytes, base64);
    fprintf(f, "key: %s\n", base64);
}

/* The text and what is expected; `more` is lines of what is asked. */
static void
put(const char *name, const struct sheaf_buf *text, const char *expect,
    const char *clause, const char *more)
{
    FILE *f = create(name, ".expect");

    put_file(name, ".proof", buf_view(text));
    fprintf(f, "expect: %s\n", expect);
    if (clause != NULL)
        fprintf(f, "clause: %s\n", clause);
    put_key(f, strstr(more, "from: ") != NULL ? &w.new_key : &w.old_key);
    fputs(more, f);
    if (fclose(f) != 0)
        die(name);
}

/* What comes first in the text is replaced. */
static void
replace(struct sheaf_buf *text, const char *what, const char *by)
{
    struct sheaf_buf out = { 0 };
    uint8_t *at = memmem(text->data, text->len, what, strlen(what));
    size_t before;

    if (at == NULL)
        die(what);
    before = (size_t)(at - text->data);
    if (!buf_add(&out, text->data, before) || !buf_add_str(&out, by) ||
        !buf_add(&out, at + strlen(what),
                 text->len - before - strlen(what)))
        die("memory");
    sheaf_buf_free(text);
    *text = out;
}

/* The first line that begins so is taken out. */
static void
drop_line(struct sheaf_buf *text, const char *start)
{
    uint8_t *at = memmem(text->data, text->len, start, strlen(start));
    uint8_t *lf = at != NULL
                      ? memchr(at, '\n',
                               text->len - (size_t)(at - text->data))
                      : NULL;

    if (lf == NULL)
        die(start);
    memmove(at, lf + 1, text->len - (size_t)(lf + 1 - text->data));
    text->len -= (size_t)(lf + 1 - at);
}

/* ---- One article --------------------------------------------------------- */

/* Line number `n` of the text, from 1. */
static uint8_t *
line_of(struct sheaf_buf *text, unsigned n)
{
    uint8_t *at = text->data;

    while (--n > 0)
        at = (uint8_t *)memchr(at, '\n',
                               text->len - (size_t)(at - text->data)) + 1;
    return at;
}

static void
put_one_extra(const char *name, struct sheaf_bytes record,
              struct sheaf_bytes keys, const char *expect, const char *clause,
              const char *more)
{
    struct sheaf_buf text = { 0 };
    struct merkle_leaves leaves = { w.hashes[0], WORLD_LEAVES };
    uint8_t path[MERKLE_PATH_MAX][HASH_BYTES];
    size_t count;

    if (merkle_inclusion_path(2, WORLD_LEAVES, merkle_leaves_subtree, &leaves,
                              path, &count) != SHEAF_OK ||
        proof_write_one(record, keys, 2,
                        (struct sheaf_bytes){ path[0], count * HASH_BYTES },
                        buf_view(&w.note), &text, NULL) != SHEAF_OK)
        die(name);
    put(name, &text, expect, clause, more);
    sheaf_buf_free(&text);
}

static void
make_good_one(void)
{
    struct sheaf_buf text = { 0 };

    put_file("two", ".meta", buf_view(&w.lines[2]));
    put_file("salted", ".meta", buf_view(&w.lines[3]));
    put_file("two", ".txt", (struct sheaf_bytes){
        (const uint8_t *)w.bodies[2], strlen(w.bodies[2]) });
    put_file("salted", ".txt", (struct sheaf_bytes){
        (const uint8_t *)w.bodies[3], strlen(w.bodies[3]) });
    put_file("old", ".note", buf_view(&w.old_note));

    world_one(&w, 2, &text);
    put("one", &text, "ok", NULL, "");
    put("one-id", &text, "ok", NULL, "id: two\nstanding: unknown\nrev: 2\n");
    put("one-all", &text, "ok", NULL,
        "id: two\nmeta: two.meta\narticle: two.txt\nstanding: unknown\n"
        "rev: 2\n");
    put("F15.4-id", &text, "verify", "F15.4", "id: one\n");
    put("F15.4-meta", &text, "verify", "F15.4", "meta: salted.meta\n");
    put("F15.4-text", &text, "verify", "F15.4", "article: salted.txt\n");
    put("F15.7-one", &text, "verify", "F15.7", "id: two\nnewest: yes\n");

    world_one(&w, 3, &text);
    put("salted", &text, "ok", NULL,
        "meta: salted.meta\narticle: salted.txt\nstanding: unknown\nrev: 1\n");
    put("F15.4-salt", &text, "verify", "F15.4", "article: salted.txt\n");
    sheaf_buf_free(&text);
}

static void
make_bad_one(void)
{
    struct sheaf_buf text = { 0 };
    struct sheaf_buf twisted = { 0 };
    struct sheaf_bytes record = buf_view(&w.records[2]);
    struct sheaf_bytes keys = buf_view(&w.key_change);
    struct sheaf_bytes none = { keys.data, 0 };
    uint8_t hash[45];

    world_one(&w, 2, &text);
    replace(&text, "proof@v1", "proof@v2");
    put("F15.1-version", &text, "corrupt", "F15.1", "");
    world_one(&w, 2, &text);
    replace(&text, "index 2", "index 02");
    put("F15.1-index", &text, "corrupt", "F15.1", "");
    world_one(&w, 2, &text);
    replace(&text, "index 2", "index 9");
    put("F15.1-past", &text, "corrupt", "F15.1", "");
    world_one(&w, 2, &text);
    memcpy(hash, line_of(&text, 4), sizeof hash);
    memmove(line_of(&text, 4), line_of(&text, 5),
            text.len - (size_t)(line_of(&text, 5) - text.data));
    text.len -= sizeof hash;
    put("F15.1-short", &text, "corrupt", "F15.1", "");
    world_one(&w, 2, &text);
    replace(&text, "index 2\n", "index 2\r\n");
    put("F15.1-line", &text, "corrupt", "F15.1", "");
    world_one(&w, 2, &text);
    /* Bits after the last byte. */
    line_of(&text, 4)[42]++;
    put("F15.1-base64", &text, "corrupt", "F15.1", "");

    world_one(&w, 2, &text);
    drop_line(&text, "extra");
    put("F15.2-none", &text, "corrupt", "F15.2", "");
    put_one_extra("F15.2-cut", (struct sheaf_bytes){ record.data,
                                                     record.len - 1 },
                  none, "corrupt", "F15.2", "");
    put_one_extra("F15.2-key", record,
                  (struct sheaf_bytes){ keys.data, keys.len - 1 }, "corrupt",
                  "F15.2", "");
    put_one_extra("F15.2-seal", buf_view(&w.records[8]), keys, "corrupt",
                  "F15.2", "");

    if (!buf_add(&twisted, record.data, record.len))
        die("memory");
    twisted.data[23] = 3;
    put_one_extra("F15.3-record", buf_view(&twisted), keys, "verify", "F15.3",
                  "");
    world_one(&w, 2, &text);
    replace(&text, "index 2", "index 3");
    put("F15.3-index", &text, "verify", "F15.3", "");
    world_one(&w, 2, &text);
    line_of(&text, 5)[0] = line_of(&text, 5)[0] == 'A' ? 'B' : 'A';
    put("F15.3-path", &text, "verify", "F15.3", "");
    /* Nobody says that the key was changed. */
    put_one_extra("F9.7-unfollowed", record, none, "verify", "F9.7", "");
    twisted.len = 0;
    if (!buf_add(&twisted, keys.data, keys.len))
        die("memory");
    twisted.data[100] ^= 1;
    put_one_extra("F6.8-signature", record, buf_view(&twisted), "corrupt",
                  "F6.8", "");
    sheaf_buf_free(&twisted);
    sheaf_buf_free(&text);
}

/* ---- Several ------------------------------------------------------------- */

static void
put_many(const char *name, struct proof *p, const char *expect,
         const char *clause, const char *more)
{
    struct sheaf_buf text = { 0 };

    if (proof_write_many(p, &text, NULL) != SHEAF_OK)
        die(name);
    put(name, &text, expect, clause, more);
    sheaf_buf_free(&text);
    proof_free(p);
}

/* The bytes of a view are in something of ours that may be written to. */
static uint8_t *
twist(struct sheaf_bytes view)
{
    return (uint8_t *)(uintptr_t)view.data;
}

static void
make_good_many(void)
{
    static const uint64_t leaves[] = { 0, 2, 3 };
    static const uint64_t all[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8 };
    static const struct world_rows ends[] = { { 0, 2 }, { 5, 2 } };
    struct proof p;

    world_many(&w, leaves, 3, false, NULL, 0, &p);
    put_many("many", &p, "ok", NULL, "");
    world_many(&w, leaves, 3, false, NULL, 0, &p);
    put_many("many-id", &p, "ok", NULL,
             "id: two\narticle: two.txt\nstanding: unknown\nrev: 2\n");
    world_standing(&w, "two", &p);
    put_many("newest", &p, "ok", NULL,
             "id: two\nnewest: yes\nstanding: newest\nrev: 2\n");
    world_standing(&w, "two", &p);
    put_many("older", &p, "ok", NULL,
             "id: two\nask-rev: 1\nstanding: older\nrev: 1\n");
    world_standing(&w, "gone", &p);
    put_many("redacted", &p, "ok", NULL,
             "id: gone\nstanding: redacted\nrev: 1\n");
    world_standing(&w, "four", &p);
    put_many("absent", &p, "ok", NULL,
             "id: four\nabsent: yes\nstanding: absent\n");
    world_many(&w, all, 9, true, ends, 2, &p);
    put_many("two-stretches", &p, "ok", NULL, "");
}

static void
make_bad_many(void)
{
    static const uint64_t leaves[] = { 0, 2, 3 };
    static const uint64_t all[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8 };
    struct sheaf_bytes some;
    struct proof p;

    world_many(&w, leaves, 3, false, NULL, 0, &p);
    p.numbers[1] = 3;
    p.numbers[2] = 2;
    put_many("F15.5-order", &p, "corrupt", "F15.5", "");
    world_many(&w, leaves, 3, false, NULL, 0, &p);
    p.numbers[1] = 0;
    put_many("F15.5-twice", &p, "corrupt", "F15.5", "");
    world_many(&w, leaves, 3, false, NULL, 0, &p);
    p.path.len -= HASH_BYTES;
    put_many("F15.5-short", &p, "corrupt", "F15.5", "");
    world_many(&w, leaves, 3, false, NULL, 0, &p);
    p.path.len += HASH_BYTES;
    memset(p.bytes.data + p.path.len - HASH_BYTES, 0, HASH_BYTES);
    put_many("F15.5-long", &p, "corrupt", "F15.5", "");
    world_many(&w, leaves, 3, false, NULL, 0, &p);
    p.leaf_count = 0;
    put_many("F15.5-none", &p, "corrupt", "F15.5", "");
    world_many(&w, leaves, 3, false, NULL, 0, &p);
    p.records[1].len--;
    put_many("F15.5-record", &p, "corrupt", "F15.5", "");
    world_many(&w, leaves, 3, false, NULL, 0, &p);
    p.seal = buf_view(&w.seal);
    put_many("F15.5-seal", &p, "corrupt", "F15.5", "");
    world_standing(&w, "two", &p);
    p.seal.len = 0;
    put_many("F15.5-rows", &p, "corrupt", "F15.5", "");
    world_standing(&w, "two", &p);
    p.rows[0].path.len -= HASH_BYTES;
    put_many("F15.5-rows-path", &p, "corrupt", "F15.5", "");
    world_standing(&w, "two", &p);
    p.rows[1] = p.rows[0];
    p.rows_count = 2;
    put_many("F15.5-rows-twice", &p, "corrupt", "F15.5", "");

    world_many(&w, leaves, 3, false, NULL, 0, &p);
    twist(p.path)[7] ^= 1;
    put_many("F15.6-path", &p, "verify", "F15.6", "");
    world_many(&w, leaves, 3, false, NULL, 0, &p);
    some = p.records[0];
    p.records[0] = p.records[1];
    p.records[1] = some;
    put_many("F15.6-records", &p, "verify", "F15.6", "");
    world_standing(&w, "two", &p);
    twist(p.seal)[110] ^= 1;
    put_many("F15.6-seal", &p, "verify", "F15.6", "");
    twist(buf_view(&w.seal))[110] ^= 1;
    world_standing(&w, "two", &p);
    p.rows[0].first--;
    put_many("F15.5-first", &p, "corrupt", "F15.5", "");
    world_standing(&w, "two", &p);
    p.rows[0].run = 1;
    put_many("F15.6-run", &p, "verify", "F15.6", "");
    world_standing(&w, "two", &p);
    twist(p.rows[0].path)[0] ^= 1;
    put_many("F15.6-rows-path", &p, "verify", "F15.6", "");
    world_standing(&w, "four", &p);
    twist(p.rows[0].rows)[10] ^= 1;
    put_many("F15.6-row", &p, "verify", "F15.6", "");
    /* Which twisted the world itself. */
    world_free(&w);
    world_make(&w);
    world_many(&w, leaves, 3, false, NULL, 0, &p);
    put_many("F15.4-not-there", &p, "verify", "F15.4", "id: three\n");
    world_many(&w, leaves, 3, false, NULL, 0, &p);
    put_many("F15.7-no-rows", &p, "verify", "F15.7",
             "id: two\nnewest: yes\n");
    world_standing(&w, "two", &p);
    put_many("F15.7-other", &p, "verify", "F15.7",
             "id: three\nabsent: yes\n");
    /* The row on the left is not shown, nor that on the right: a revision
     * may be there. */
    {
        uint64_t first = 0;
        struct world_rows rows;
        uint8_t hash[HASH_BYTES];

        hash_blake2b("two", 3, hash);
        while (memcmp(w.rows[first], hash, TABLE_KEY_SIZE) < 0)
            first++;
        rows = (struct world_rows){ first, 3 };
        if (first == 0 || first + 2 >= WORLD_ROWS)
            die("two should be in the middle");
        world_many(&w, all, 9, true, &rows, 1, &p);
        put_many("F15.7-left", &p, "verify", "F15.7",
                 "id: two\nnewest: yes\n");
        rows = (struct world_rows){ first - 1, 3 };
        world_many(&w, all, 9, true, &rows, 1, &p);
        put_many("F15.7-right", &p, "verify", "F15.7",
                 "id: two\nnewest: yes\n");
        rows = (struct world_rows){ first - 1, 4 };
        {
            static const uint64_t older[] = { 1, 8 };

            world_many(&w, older, 2, true, &rows, 1, &p);
            put_many("F15.7-leaf", &p, "verify", "F15.7",
                     "id: two\nnewest: yes\n");
        }
    }
    world_standing(&w, "one", &p);
    put_many("F15.7-there", &p, "verify", "F15.7",
             "id: one\nabsent: yes\n");
}

/* ---- History ------------------------------------------------------------- */

static void
make_history(void)
{
    struct sheaf_buf text = { 0 };

    world_history(&w, WORLD_OLD_SIZE, &text);
    put("history", &text, "ok", NULL, "from: old.note\n");
    world_history(&w, 4, &text);
    put("F15.8-size", &text, "verify", "F15.8", "from: old.note\n");
    world_history(&w, WORLD_OLD_SIZE, &text);
    line_of(&text, 2)[3] = line_of(&text, 2)[3] == 'A' ? 'B' : 'A';
    put("F15.8-path", &text, "verify", "F15.8", "from: old.note\n");
    world_history(&w, WORLD_OLD_SIZE, &text);
    replace(&text, "old 5", "old 05");
    put("F15.8-number", &text, "corrupt", "F15.8", "from: old.note\n");
    world_history(&w, 0, &text);
    replace(&text, "old 0\n",
            "old 0\n"
            "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
    put("F15.8-nothing", &text, "corrupt", "F15.8", "from: old.note\n");
    world_one(&w, 2, &text);
    put("F15.8-article", &text, "corrupt", "F15.8", "from: old.note\n");
    /* The new key's checkpoint of another tree, as large. */
    memcpy(w.hashes[1], w.hashes[0], HASH_BYTES);
    world_sign(&w, WORLD_LEAVES, &w.new_key, &w.note);
    world_history(&w, WORLD_OLD_SIZE, &text);
    put("F15.8-fork", &text, "verify", "F15.8", "from: old.note\n");
    sheaf_buf_free(&text);
}

int
main(int argc, char **argv)
{
    if (argc != 2)
        die("which folder");
    folder = argv[1];
    world_make(&w);
    make_good_one();
    make_bad_one();
    make_good_many();
    make_bad_many();
    make_history();
    world_free(&w);
    return 0;
}
