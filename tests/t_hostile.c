/*
 * Archives with correct sums and false fields. Nothing may crash or take more
 * memory than the size of the file justifies; every refusal names its clause;
 * and a reader with the key never gets a wrong answer.
 */
#include <sys/resource.h>

#include "archive.h"
#include "base/cursor.h"
#include "format/frame.h"
#include "format/top.h"
#include "format/group.h"
#include "reseal.h"

#define DOCS 16
#define IN_SECOND 4
#define MEMORY_MAX ((uint64_t)100 << 20)

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#define STEP 5
#else
#define SANITIZED 0
#define STEP 1
#endif

static struct doc *docs;
static struct sheaf_secret_key secret;
static struct sheaf_public_key pub;
static struct blob good;
static uint64_t tops[2]; /* of the last generation */
static struct blob first; /* its first generation, which has a whole top */

static void
find_tops(void)
{
    for (uint64_t at = 0;
         (at = find_frame(&good, at, good.len, "TOP")) < good.len; at++) {
        tops[0] = tops[1];
        tops[1] = at;
    }
}

/* Goes on with the other of `good` and `first`. */
static void
exchange(void)
{
    const struct blob other = first;

    first = good;
    good = other;
    find_tops();
}

static void
make_good(void)
{
    const struct sheaf_write_options o = {
        SHEAF_WRITE_OPTIONS, .dict_max = 4096, .level = 3, .time_ms = DOC_TIME
    };
    const struct path path = in_folder("good.sheaf");
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct sheaf_report report;
    struct blob common = { 0 };

    docs = docs_make(DOCS, 60, 50);
    /* Long enough for a PAD, without which a top is no base. */
    blob_random(&docs[0].parts[0], &(struct rng){ 7 }, 33000);
    blob_random(&common, &(struct rng){ 6 }, 300);
    for (size_t i = 0; i < DOCS; i++)
        blob_add(&docs[i].parts[0], common.data, common.len);
    blob_free(&common);
    MUST_BE(pack(docs, DOCS - IN_SECOND, &o, &secret, &bytes, NULL, &err),
            SHEAF_OK, &err);
    write_file(path.text, bytes.data, bytes.len);
    blob_add(&first, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    MUST_BE(append(path.text, docs + DOCS - IN_SECOND, IN_SECOND, &o, &pub,
                   &secret, &err), SHEAF_OK, &err);
    good = read_file(path.text);
    unlink(path.text);
    find_tops();
    ok(find_frame(&good, 0, good.len, "PAR") < good.len,
       "the archive has a dictionary");
    MUST_BE(verify_bytes(good.data, good.len, &pub, &report, &err), SHEAF_OK,
            &err);
    reseal(good.data, good.len);
    eq_int(verify_bytes(good.data, good.len, &pub, &report, &err), SHEAF_OK,
           "mending what is whole changes nothing");
}

/* ---- Everything that can be asked ---------------------------------------- */

static struct {
    size_t crimes;
    size_t opened;
    size_t verified;
    size_t tried;
} seen;

/* A refusal must be of the archive, and say by which clause. */
static void
judge(int rc, const struct sheaf_error *err, const char *what, size_t at)
{
    bool fine = rc == SHEAF_OK || rc == SHEAF_END || rc == SHEAF_ENOTFOUND ||
                rc == SHEAF_EUNSUPPORTED || rc == SHEAF_EINCOMPLETE ||
                ((rc == SHEAF_ECORRUPT || rc == SHEAF_EVERIFY ||
                  rc == SHEAF_ELIMIT) && err->clause[0] != '\0');

    if (rc < 0)
        fine = fine && err->code == rc && err->message[0] != '\0';
    if (!fine && seen.crimes++ < 10)
        printf("# %s at %zu: %d %s [%s]\n", what, at, rc, err->message,
               err->clause);
}

static int
take_line(void *arg, const struct sheaf_listing *line)
{
    (void)line;
    return ++*(size_t *)arg > 100000;
}

static void
ask(const struct sheaf_reader *r, bool trusted, size_t at)
{
    struct sheaf_error err = { 0 };
    struct sheaf_scratch *s = NULL;
    struct sheaf_article a;
    struct sheaf_entry e;
    struct sheaf_info info;
    size_t lines = 0;
    size_t count;
    int rc;

    /* Whoever can cut the file can put back what the same key signed before. */
    sheaf_get_info(r, &info);
    count = trusted && info.size == DOCS - IN_SECOND + 1 ? DOCS - IN_SECOND
                                                         : DOCS;
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    for (size_t i = 0; i < count; i++) {
        rc = get(r, s, &docs[i], i % 2 ? docs[i].rev : 0, &a, &err);
        judge(rc, &err, "find", at);
        if (trusted && (rc == SHEAF_ENOTFOUND ||
                        (rc == SHEAF_OK && !doc_is(&docs[i], &a))) &&
            seen.crimes++ < 10)
            printf("# at %zu: a lie about article %zu, with trust: %d\n", at,
                   i, rc);
    }
    if (trusted && sheaf_find(r, s, sheaf_str("none"), 0, &e, &err) == SHEAF_OK)
        seen.crimes++;
    judge(sheaf_find_url(r, s, blob_view(&docs[2].url), &e, &err),
          &err, "find_url", at);
    for (uint64_t leaf = 0; leaf < DOCS + 3; leaf += 2) {
        rc = sheaf_locate(r, s, leaf, &e, &err);
        if (rc == SHEAF_OK)
            rc = sheaf_read(r, s, &e, &a, &err);
        judge(rc, &err, "locate", at);
    }
    rc = sheaf_list(r, s, NULL, take_line, &lines, &err);
    if (rc != SHEAF_ESTOPPED)
        judge(rc, &err, "list", at);
    {
        struct sheaf_dictionary what;
        struct sheaf_buf raw = { 0 };

        judge(sheaf_get_dictionary(r, 0, &what, &raw, &err), &err,
              "dictionary", at);
        sheaf_buf_free(&raw);
    }
    sheaf_scratch_free(s);
}

/* The version of zstd and the level: nobody can say what they were. And the
 * columns of a group can be compressed in more than one way. */
static bool
informative(size_t at)
{
    uint64_t group = find_frame(&good, tops[1] / 2, good.len, "GRP");

    if (at >= group + FRAME_HEAD_SIZE + GROUP_FIXED &&
        at < group + get_le32(good.data + group + 4))
        return true;
    return at >= tops[1] + FRAME_HEAD_SIZE + 68 &&
           at < tops[1] + FRAME_HEAD_SIZE + 74;
}

/* Returns what opening and then verifying said; the clause is in *err. */
static int
examine(struct blob *file, size_t at, struct sheaf_error *err)
{
    struct sheaf_verify_options o = { SHEAF_VERIFY_OPTIONS, .key = NULL };
    struct sheaf_reader *r = NULL;
    struct sheaf_report report;
    struct sheaf_error other = { 0 };
    int rc;

    memset(err, 0, sizeof *err);
    seen.tried++;
    reseal(file->data, file->len);
    rc = open_bytes(file->data, file->len, NULL, &r, err);
    judge(rc, err, "open", at);
    if (rc != SHEAF_OK)
        return rc;
    seen.opened++;
    ask(r, false, at);
    rc = sheaf_authenticate(r, &pub, &other);
    judge(rc, &other, "trust", at);
    if (rc == SHEAF_OK)
        ask(r, true, at);
    rc = sheaf_verify(r, &o, &report, err);
    judge(rc, err, "verify", at);
    seen.verified += rc == SHEAF_OK;
    if (rc == SHEAF_OK && !informative(at) &&
        memcmp(file->data, good.data, good.len) != 0 && seen.crimes++ < 10)
        printf("# verified with a lie at %zu; the top is at %llu\n", at,
               (unsigned long long)tops[1]);
    sheaf_close(r);
    return rc;
}

/* ---- Lies that the spec has a clause for --------------------------------- */

/* Places in the body of a TOP. */
static size_t
top_at(const char *field)
{
    const uint8_t *body = good.data + tops[1] + FRAME_HEAD_SIZE;
    size_t note = 76 + (size_t)get_be(body + 74, 2);
    size_t keys = note + 4 + (size_t)get_be(body + note, 4);
    size_t dicts = keys + 2 + (20 + 366) * (size_t)body[keys + 1];
    size_t slabs = dicts + 4 + 28 * (size_t)get_be(body + dicts + 2, 2);
    size_t tiles = slabs + 8;
    size_t runs = tiles + 4 + 40 * (size_t)get_be(body + tiles + 2, 2);
    const struct {
        const char *name;
        size_t at;
    } fields[] = { { "base", 0 },
                   { "base_length", 8 },
                   { "size", 12 },
                   { "articles", 20 },
                   { "redactions", 28 },
                   { "generation", 36 },
                   { "raw", 44 },
                   { "seal", 52 },
                   { "origin_len", 74 },
                   { "note_len", note },
                   { "keys kept", keys },
                   { "keys", keys + 1 },
                   { "dicts kept", dicts },
                   { "dicts", dicts + 2 },
                   { "dict offset", dicts + 8 },
                   { "dict payload", dicts + 16 },
                   { "dict raw", dicts + 20 },
                   { "dict par", dicts + 24 },
                   { "slabs kept", slabs },
                   { "slabs", slabs + 4 },
                   { "tiles kept", tiles },
                   { "tiles", tiles + 2 },
                   { "tile offset", tiles + 4 },
                   { "runs kept", runs },
                   { "runs", runs + 1 },
                   { "run end", runs + 2 },
                   { "tables", runs + 10 },
                   { "map rows", runs + 18 },
                   { "map key", runs + 26 } };

    for (size_t i = 0; i < COUNT_OF(fields); i++)
        if (strcmp(fields[i].name, field) == 0)
            return FRAME_HEAD_SIZE + fields[i].at;
    abort();
}

struct lie {
    const char *field;
    unsigned width;
    uint64_t value;
    const char *clause;
};

/* Of a top that is whole. */
static const struct lie lies[] = {
    { "base", 8, 64, "F11.1" },
    { "base", 8, UINT64_MAX, "F11.1" },
    { "base_length", 4, 100, "F11.1" },
    { "keys kept", 1, 1, "F11.1" },
    { "dicts kept", 2, 1, "F11.1" },
    { "slabs kept", 4, UINT32_MAX, "F11.1" },
    { "tiles kept", 2, 65535, "F11.1" },
    { "runs kept", 1, 1, "F11.1" },
    { "size", 8, 0, "F11.1" },
    { "size", 8, UINT64_C(1) << 32, "F11.1" },
    { "size", 8, UINT64_C(1) << 40, "F11.1" },
    { "size", 8, (UINT64_C(1) << 40) + 1, "F11.1" },
    { "size", 8, UINT64_MAX, "F11.1" },
    { "articles", 8, 0, "F11.3" },
    { "articles", 8, UINT64_C(1) << 32, "F11.1" },
    { "redactions", 8, UINT64_MAX, "F11.1" },
    { "raw", 8, UINT64_MAX, "F11.3" },
    { "seal", 8, 0, "F11.1" },
    { "seal", 8, 64, "F11.3" },
    { "seal", 8, UINT64_MAX - 8, "F11.1" },
    { "generation", 8, UINT64_MAX, "F11.3" },
    { "origin_len", 2, 0, "F9.2" },
    { "origin_len", 2, 65535, "F11.1" },
    { "note_len", 4, UINT32_MAX, "F11.1" },
    { "note_len", 4, 65536, "F11.1" },
    { "keys", 1, 1, "F11.1" },
    { "keys", 1, 255, "F11.1" },
    { "dicts", 2, 65535, "F11.1" },
    { "dict offset", 8, UINT64_C(1) << 40, "F11.1" },
    { "dict offset", 8, UINT64_MAX - 3, "F11.1" },
    { "dict offset", 8, 65, "F11.3" },
    { "dict payload", 4, UINT32_MAX, "F11.1" },
    { "dict payload", 4, 1, "F11.3" },
    { "dict raw", 4, UINT32_MAX, "F11.3" },
    { "dict par", 8, UINT64_C(1) << 63, "F11.1" },
    { "dict par", 8, 64, "F11.3" },
    { "slabs", 4, UINT32_MAX, "F11.1" },
    { "slabs", 4, 1, "F11.1" },
    { "tiles", 2, 0, "F11.1" },
    { "tiles", 2, 65535, "F11.1" },
    { "tile offset", 8, UINT64_C(1) << 40, "F11.1" },
    { "tile offset", 8, 64, "F11.3" },
    { "runs", 1, 9, "F11.1" },
    { "runs", 1, 255, "F11.1" },
    { "runs", 1, 0, "F11.1" },
    { "run end", 8, 0, "F11.1" },
    { "run end", 8, UINT64_C(1) << 39, "F11.1" },
    { "tables", 8, 0, "F11.1" },
    { "tables", 8, UINT64_C(1) << 40, "F11.1" },
    { "tables", 8, 64, "F11.3" },
    { "map rows", 8, UINT64_C(1) << 32, "F11.1" },
    { "map rows", 8, UINT64_MAX, "F11.1" },
    { "map key", 6, 0, "F11.3" },
};

/* Of a top that is written against the first. */
static const struct lie lies_with_base[] = {
    { "base", 8, 0, "F11.1" },
    { "base", 8, 64, "F11.4" },
    { "base", 8, UINT64_C(1) << 40, "F11.1" },
    { "base_length", 4, 0, "F11.1" },
    { "base_length", 4, 100, "F11.4" },
    { "base_length", 4, UINT32_MAX, "F11.1" },
    { "origin_len", 2, 1, "F11.1" },
    { "keys kept", 1, 1, "F11.1" },
    { "dicts kept", 2, 0, "F11.3" },
    { "dicts kept", 2, 2, "F11.1" },
    { "slabs kept", 4, UINT32_MAX, "F11.1" },
    { "tiles kept", 2, 65535, "F11.1" },
    { "tiles kept", 2, 1, "F11.1" },
    { "runs kept", 1, 0, "F8.6" },
    { "runs kept", 1, 2, "F11.1" },
    { "size", 8, 0, "F11.1" },
    { "redactions", 8, 1, "F11.3" },
    { "runs", 1, 8, "F11.1" },
    { "tables", 8, 64, "F11.3" },
    { "map key", 6, 0, "F11.3" },
};

static void
test_lies(const struct lie *list, size_t count)
{
    struct blob file = { 0 };
    struct sheaf_error err;

    for (size_t i = 0; i < count; i++) {
        size_t at = top_at(list[i].field);
        int rc;

        file.len = 0;
        blob_add(&file, good.data, good.len);
        /* In both copies: they must be the same, whatever they say. */
        for (unsigned k = 0; k < 2; k++)
            put_be(file.data + tops[k] + at, list[i].value, list[i].width);
        rc = examine(&file, at, &err);
        eq_int(rc, SHEAF_ECORRUPT, "%s of %llu is refused", list[i].field,
               (unsigned long long)list[i].value);
        eq_str(err.clause, list[i].clause, "by its clause");
    }
    blob_free(&file);
}

static void
test_top(void)
{
    exchange();
    test_lies(lies, COUNT_OF(lies));
    exchange();
    test_lies(lies_with_base, COUNT_OF(lies_with_base));
}

/* ---- Runs that do not fit to the generations ----------------------------- */

/* The newest top says that the first run ends a leaf earlier. A copy would
 * have to write tables for runs that no generation can have. */
static void
test_runs(void)
{
    const struct sheaf_write_options o = {
        SHEAF_WRITE_OPTIONS, .dict_max = -1, .time_ms = DOC_TIME
    };
    const struct path path = in_folder("runs.sheaf");
    const struct blob kept = good;
    struct doc *some = docs_make(DOCS, 60, 51);
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 }, out = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_sink sink;
    uint64_t end;

    MUST_BE(pack(some, DOCS - 2, &o, NULL, &bytes, NULL, &err), SHEAF_OK,
            &err);
    write_file(path.text, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    MUST_BE(append(path.text, some + DOCS - 2, 2, &o, NULL, NULL, &err),
            SHEAF_OK, &err);
    good = read_file(path.text);
    unlink(path.text);
    find_tops();
    end = tops[1] + top_at("run end");
    eq_int(get_be(good.data + end, 8), DOCS - 1, "a run ends with its seal");
    for (unsigned k = 0; k < 2; k++)
        put_be(good.data + tops[k] + top_at("run end"), DOCS - 2, 8);
    reseal(good.data, good.len);
    MUST_BE(open_bytes(good.data, good.len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_sink_memory(&sink, &out, &err), SHEAF_OK, &err);
    eq_int(sheaf_repack(r, sink, &o, NULL, NULL, NULL, &err), SHEAF_ECORRUPT,
           "a copy of an archive with impossible runs: %s", err.message);
    eq_str(err.clause, "F11.3", "is refused by its clause");
    sheaf_close(r);
    sheaf_buf_free(&out);
    blob_free(&good);
    docs_free(some, DOCS);
    good = kept;
    find_tops();
}

/* ---- A table that is nobody's -------------------------------------------- */

/* Moves what an END states of its generation from `top` on. */
static void
move_ends(struct blob *file, uint64_t from, uint64_t by)
{
    for (uint64_t at = from; at < file->len; at++) {
        uint8_t *body = file->data + at + FRAME_HEAD_SIZE;

        if (frame_type_at(file->data + at, file->len - at) != FRAME_END)
            continue;
        put_be(body, get_be(body, 8) + by, 8);
        put_be(body + 8, get_be(body + 8, 8) + by, 8);
        put_be(body + 60, get_be(body + 60, 8) + by, 8);
    }
}

/* The last generation only signs, and begins with a copy of the table before.
 * No leaf hash, no top and no signature says that it should not be there. */
static void
test_stray_table(void)
{
    const struct sheaf_write_options o = {
        SHEAF_WRITE_OPTIONS, .dict_max = -1, .time_ms = DOC_TIME, .verified = 1
    };
    const struct path path = in_folder("signed.sheaf");
    struct sheaf_error err = { 0 };
    struct sheaf_report report;
    struct sheaf_buf bytes = { 0 };
    struct blob file = { 0 }, was;
    uint64_t map, size;

    MUST_BE(pack(docs, DOCS, &o, NULL, &bytes, NULL, &err), SHEAF_OK, &err);
    write_file(path.text, bytes.data, bytes.len);
    MUST_BE(append(path.text, NULL, 0, &o, &pub, &secret, &err), SHEAF_OK,
            &err);
    was = read_file(path.text);
    unlink(path.text);
    map = find_frame(&was, 0, bytes.len, "MAP");
    size = get_le32(was.data + map + 4) + 8;
    blob_add(&file, was.data, bytes.len);
    blob_add(&file, was.data + map, size);
    blob_add(&file, was.data + bytes.len, was.len - bytes.len);
    move_ends(&file, bytes.len + size, size);
    reseal(file.data, file.len);
    eq_int(verify_bytes(file.data, file.len, &pub, &report, &err),
           SHEAF_ECORRUPT, "a table in a generation without leaves: %s",
           err.message);
    eq_str(err.clause, "F12.3", "is refused by its clause");
    sheaf_buf_free(&bytes);
    blob_free(&was);
    blob_free(&file);
}

/* ---- An article that says to be larger than it is ------------------------ */

static void
test_content_size(void)
{
    static const struct {
        uint64_t size;
        int code;
        const char *clause;
    } rows[] = {
        { 100, SHEAF_ECORRUPT, "F4.10" },
        { (uint64_t)15 << 20, SHEAF_ECORRUPT, "F4.10" },
        { (uint64_t)1 << 30, SHEAF_ECORRUPT, "F4.10" },
        { (uint64_t)4 << 30, SHEAF_ECORRUPT, "F4.10" },
        { (uint64_t)1 << 40, SHEAF_ELIMIT, "F14.1" },
        { UINT64_MAX - 2, SHEAF_ELIMIT, "F14.1" },
    };
    const struct sheaf_write_options o = {
        SHEAF_WRITE_OPTIONS, .dict_max = -1
    };
    struct doc *one = docs_make(1, 500, 60);
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    uint64_t length;

    MUST_BE(pack(one, 1, &o, NULL, &bytes, NULL, &err), SHEAF_OK, &err);
    length = 0;
    while (memcmp(bytes.data + 64 + length, FRAME_MAGIC, 4) != 0)
        length++;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        /* Magic, 8 bytes of size and a checksum, a window of 8 MiB. */
        uint8_t *frame = bytes.data + 64;
        struct sheaf_reader *r = NULL;
        struct sheaf_scratch *s = NULL;
        struct sheaf_article a;
        struct sheaf_report report;
        struct sheaf_verify_options v = { SHEAF_VERIFY_OPTIONS };
        uint32_t block = (uint32_t)(length - 21) << 3 | 1; /* raw, the last */
        int rc;

        memset(frame + 4, 'x', length - 4);
        frame[4] = 0xc4;
        frame[5] = 13 << 3;
        for (unsigned k = 0; k < 8; k++)
            frame[6 + k] = (uint8_t)(rows[i].size >> 8 * k);
        for (unsigned k = 0; k < 3; k++)
            frame[14 + k] = (uint8_t)(block >> 8 * k);
        MUST_BE(open_bytes(bytes.data, bytes.len, NULL, &r, &err), SHEAF_OK,
                &err);
        MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
        rc = get(r, s, one, 0, &a, &err);
        eq_int(rc, rows[i].code, "an article that states %llu bytes",
               (unsigned long long)rows[i].size);
        eq_str(err.clause, rows[i].clause, "is refused by its clause");
        rc = sheaf_verify(r, &v, &report, &err);
        ok((rc == SHEAF_ECORRUPT || rc == SHEAF_ELIMIT) &&
               err.clause[0] != '\0', "also by verify: %d [%s]", rc,
           err.clause);
        sheaf_scratch_free(s);
        sheaf_close(r);
    }
    sheaf_buf_free(&bytes);
    docs_free(one, 1);
}

/* ---- Any field of any frame ---------------------------------------------- */

/* From `from` to `to`, at each byte: some values that a liar would choose. In
 * the last TOP, the other copy lies too. */
static void
sweep(uint64_t from, uint64_t to, const char *what)
{
    static const struct {
        unsigned width;
        uint64_t value;
    } values[] = {
        { 1, 0 }, { 1, 0xff }, { 1, 1 }, { 4, UINT32_MAX }, { 8, UINT64_MAX },
        { 8, UINT64_C(1) << 40 }, { 8, UINT64_C(1) << 32 }, { 8, 64 }
    };
    struct blob file = { 0 };
    struct sheaf_error err;
    size_t tried = seen.tried, opened = seen.opened, passed = seen.verified;

    seen.crimes = 0;
    for (uint64_t at = from; at < to; at += STEP) {
        for (size_t i = 0; i < COUNT_OF(values); i++) {
            unsigned width = (unsigned)min_u64(values[i].width, to - at);
            uint64_t lie;

            file.len = 0;
            blob_add(&file, good.data, good.len);
            put_be(file.data + at, values[i].value, width);
            if (memcmp(file.data, good.data, good.len) == 0)
                continue;
            if (at >= tops[1] && at < tops[1] + (tops[1] - tops[0]) -
                                          FRAME_HEAD_SIZE)
                put_be(file.data + tops[0] + (at - tops[1]), values[i].value,
                       width);
            for (lie = at; file.data[lie] == good.data[lie];)
                lie++;
            examine(&file, lie, &err);
        }
    }
    eq_int(seen.crimes, 0, "%s: no lie gets anywhere", what);
    printf("# %zu tried, %zu opened, %zu verified as intact\n",
           seen.tried - tried, seen.opened - opened, seen.verified - passed);
    blob_free(&file);
}

static void
test_sweep(void)
{
    static const char *const types[] = { "PAR", "GRP", "MAP", "URL", "DIR",
                                         "LEF", "TIL" };

    for (size_t i = 0; i < COUNT_OF(types); i++) {
        uint64_t at = find_frame(&good, tops[1] / 2, good.len, types[i]);

        if (at >= tops[0])
            at = find_frame(&good, 0, good.len, types[i]);
        /* Not the sum; and of parity only the beginning has fields. */
        sweep(at, at + min_u64(get_le32(good.data + at + 4), 200), types[i]);
    }
    sweep(0, 64, "SHF");
    sweep(tops[1], tops[1] + get_le32(good.data + tops[1] + 4), "TOP");
    sweep(good.len - 176, good.len - 8, "END");
    sweep(64, 64 + 60, "the dictionary");
}

int
main(void)
{
    struct sheaf_error err = { 0 };

    make_folder();
    MUST_BE(sheaf_keygen(&secret, &pub, &err), SHEAF_OK, &err);
    make_good();
    if (!SANITIZED) {
        struct rlimit limit = { MEMORY_MAX, MEMORY_MAX };

        /* What is refused memory then is SHEAF_ENOMEM, which is a crime. */
        ok(setrlimit(RLIMIT_AS, &limit) == 0, "no more than 100 MiB");
    }
    test_top();
    test_content_size();
    test_runs();
    test_stray_table();
    test_sweep();
    blob_free(&good);
    blob_free(&first);
    docs_free(docs, DOCS);
    ok(rmdir(folder) == 0, "nothing is left in the folder");
    return tap_done();
}
