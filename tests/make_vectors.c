/*
 * make_vectors.c - writes the vectors of the specification to a folder.
 *
 *     make_vectors FOLDER      (as a rule, spec/vectors)
 *
 * For each archive NAME.sheaf there is NAME.expect, with what a reader must
 * find in it. vectors.h explains how they are made. Bad archives are named
 * after the clause that they break. Only the dictionary of the F5 vectors
 * comes from libzstd; everything else in them is the same with any libzstd.
 *
 * These cannot be broken alone, or not in a small file:
 *
 * - F2.5 in columns: they are JSON text, which never contains the byte 18. -
 * F5.2 with the one ID that is not allowed: it is the magic of F2.5. - F6.4: a
 * top with another root breaks F11.2 first, unless its tiles differ,
 *    too. Those break F11.3, which is checked later.
 * - F8.1: a row that occurs twice also breaks F8.3. - F9.1: a note without an
 * empty line also breaks F9.4. - F10 for slabs: a slab takes 65,536 articles.
 * - F12.2 in the fields that identify an end record (its offset and those of
 *    its top): a file without such a record breaks F12.1.
 * - F12.3 by both ends: whatever differs in one of them breaks another clause.
 *
 * Every vector is verified after it is made. An unexpected result is printed,
 * and the exit code is then 1.
 */
#include "vectors.h"

static const char *folder;
static int failures;
static const char *trusted_seed;

/* A path in the folder; good until the next call. */
static const char *
path_of(const char *name, const char *suffix)
{
    static char path[4096];
    int n = snprintf(path, sizeof path, "%s/%s%s", folder, name, suffix);

    MUST(n > 0 && (size_t)n < sizeof path);
    return path;
}

static void
print_hex(FILE *f, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        fprintf(f, "%02x", bytes[i]);
}

static void
print_key(FILE *f, const struct sheaf_public_key *pub)
{
    struct sheaf_buf text = { 0 };
    const char *line;

    MUST_OK(sheaf_public_key_format(pub, &text, NULL));
    MUST(buf_add(&text, "", 1));
    line = strchr((const char *)text.data, '\n');
    MUST(line != NULL);
    fprintf(f, "# a test key; its seed is BLAKE2b-256 of \"%s\"\nkey: %s",
            trusted_seed, line + 1);
    sheaf_buf_free(&text);
}

static void
print_article(FILE *f, const struct sheaf_article *a)
{
    struct sheaf_buf id = { 0 };
    uint8_t hash[32];

    MUST(json_escape(a->id, &id));
    hash_sha256(a->parts[0].data.data, a->parts[0].data.len, hash);
    fprintf(f, "article: %llu %u %.*s ", (unsigned long long)a->leaf, a->rev,
            (int)id.len, (const char *)id.data);
    print_hex(f, hash, sizeof hash);
    fprintf(f, "\n");
    sheaf_buf_free(&id);
}

/* What there is in an archive that opens. */
static void
describe(FILE *f, const struct sheaf_buf *bytes, const char *gone)
{
    struct sheaf_scratch *scratch;
    struct sheaf_reader *r;
    struct sheaf_source source;
    struct sheaf_info info;

    MUST_OK(sheaf_source_memory(&source, sheaf_view(bytes->data, bytes->len),
                                NULL));
    MUST_OK(sheaf_open(source, NULL, &r, NULL));
    MUST_OK(sheaf_scratch_new(&scratch, NULL));
    sheaf_get_info(r, &info);
    fprintf(f, "articles: %llu\nleaves: %llu\ngenerations: %llu\n"
               "signed: %llu\norigin: %.*s\nroot: ",
            (unsigned long long)info.articles, (unsigned long long)info.size,
            (unsigned long long)info.generation,
            (unsigned long long)info.signed_size, (int)info.origin.len,
            (const char *)info.origin.data);
    print_hex(f, info.root, sizeof info.root);
    fprintf(f, "\n");
    if (info.redactions != 0)
        fprintf(f, "redactions: %llu\n", (unsigned long long)info.redactions);
    if (info.key_changes != 0)
        fprintf(f, "keys: %u\n", info.key_changes);
    if (gone != NULL)
        fprintf(f, "gone: \"%s\"\n", gone);
    for (uint64_t leaf = 0; leaf < info.size; leaf++) {
        struct sheaf_article a;
        struct sheaf_entry e;
        struct sheaf_error err = { 0 };
        int rc = sheaf_locate(r, scratch, leaf, &e, &err);

        if (rc == SHEAF_ENOTFOUND || rc == SHEAF_EREDACTED)
            continue;
        if (rc == SHEAF_OK)
            rc = sheaf_read(r, scratch, &e, &a, &err);
        if (rc == SHEAF_OK) {
            print_article(f, &a);
            continue;
        }
        fprintf(stderr, "leaf %llu: %s\n", (unsigned long long)leaf,
                err.message);
        failures++;
    }
    sheaf_scratch_free(scratch);
    sheaf_close(r);
}

static const char *
verdict(int rc)
{
    switch (rc) {
    case SHEAF_OK:
        return "ok";
    case SHEAF_ECORRUPT:
    case SHEAF_EMISSING: /* an archive in which an article is missing */
        return "corrupt";
    case SHEAF_EVERIFY:
        return "verify";
    case SHEAF_EUNSUPPORTED:
        return "unsupported";
    case SHEAF_ELIMIT:
        return "limit";
    default:
        return "another failure";
    }
}

/* Does the library say what is written down? */
static void
check(const char *name, const char *expect, const char *clause,
      const struct sheaf_buf *bytes, const struct sheaf_public_key *key)
{
    const struct sheaf_verify_options options = {
        SHEAF_VERIFY_OPTIONS, .key = key
    };
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_source source;
    int rc;

    MUST_OK(sheaf_source_memory(&source, sheaf_view(bytes->data, bytes->len),
                                NULL));
    rc = sheaf_open(source, NULL, &r, &err);
    if (rc == SHEAF_OK)
        rc = sheaf_verify(r, &options, NULL, &err);
    sheaf_close(r);
    if (strcmp(verdict(rc), expect) == 0 && strcmp(err.clause, clause) == 0)
        return;
    failures++;
    fprintf(stderr, "%s: wants %s %s, got %s %s: %s\n", name, expect, clause,
            verdict(rc), err.clause, err.message);
}

static void
expect(const char *name, const char *expected, const char *clause, bool opens,
       const char *gone, const struct sheaf_buf *bytes,
       const struct sheaf_public_key *key)
{
    FILE *f = fopen(path_of(name, ".expect"), "w");

    MUST(f != NULL);
    fprintf(f, "expect: %s\n", expected);
    if (clause[0] != '\0')
        fprintf(f, "clause: %s\n", clause);
    if (opens)
        fprintf(f, "open: ok\n");
    if (key != NULL)
        print_key(f, key);
    if (opens || strcmp(expected, "ok") == 0)
        describe(f, bytes, gone);
    MUST(fclose(f) == 0);
    check(name, expected, clause, bytes, key);
}

static void
write_plan(const struct plan *p)
{
    static struct build b;
    struct sheaf_secret_key secret;
    struct sheaf_public_key pub;
    char clause[16] = "";
    FILE *f;

    trusted_seed = p->other_key ? OTHER_SEED : SEED;
    make_key(trusted_seed, &secret, &pub);
    build(&b, p);
    if (p->name[0] == 'F')
        snprintf(clause, sizeof clause, "%.*s", (int)strcspn(p->name, "-"),
                 p->name);
    f = fopen(path_of(p->name, ".sheaf"), "wb");
    MUST(f != NULL);
    MUST(fwrite(b.out.data, 1, b.out.len, f) == b.out.len && fclose(f) == 0);
    expect(p->name, p->expect != NULL ? p->expect : "corrupt", clause,
           p->opens, p->gone, &b.out,
           p->key || p->other_key ? &pub : NULL);
    build_free(&b);
}

static void
expect_good(const char *name)
{
    struct sheaf_secret_key secret;
    struct sheaf_public_key pub;
    struct sheaf_buf bytes = { 0 };
    struct sheaf_source source;
    size_t len;

    trusted_seed = SEED;
    make_key(trusted_seed, &secret, &pub);
    MUST_OK(sheaf_source_file(&source, path_of(name, ".sheaf"), NULL));
    len = (size_t)source.ops->size(source.ctx);
    MUST(buf_reserve(&bytes, len));
    MUST(source.ops->read_at(source.ctx, 0, bytes.data, len) == 0);
    bytes.len = len;
    source.ops->close(source.ctx);
    expect(name, "ok", "", false, NULL, &bytes,
           strncmp(name, "signed", 6) == 0 ? &pub : NULL);
    sheaf_buf_free(&bytes);
}

int
main(int argc, char **argv)
{
    const struct plan *const plans[] = { frame_plans, leaf_plans, note_plans,
                                         word_plans };
    const char *name;

    if (argc != 2) {
        fprintf(stderr, "usage: make_vectors FOLDER\n");
        return 2;
    }
    folder = argv[1];
    MUST_OK(hash_start(NULL));
    for (size_t i = 0; (name = good_name(i)) != NULL; i++) {
        write_good(i, path_of(name, ".sheaf"));
        expect_good(name);
    }
    for (size_t i = 0; i < COUNT_OF(plans); i++)
        for (const struct plan *p = plans[i]; p->name != NULL; p++)
            write_plan(p);
    return failures != 0;
}
