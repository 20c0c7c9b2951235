/*
 * What stands behind the newest seal of an archive, which anybody can write.
 * Whatever is changed in generations without leaves there, append refuses, or a
 * verifier accepts what it adds. Whatever is changed in the end of a generation
 * with leaves, append refuses, or repair makes what it adds whole again.
 * BEHIND_SEAL_ROUNDS in the environment sets the number of changes, and
 * BEHIND_SEAL_SEED which ones.
 */
#include "archive.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "format/ledger.h"
#include "format/top.h"
#include "read/walk.h"
#include "relocate.h"
#include "reseal.h"

#define DOCS 7
#define COUNT 4
#define MANY 300 /* articles of more than a tile */
#define FRAMES_MAX 200
#define BODY_AT 12 /* of a frame */

static struct sheaf_secret_key secret;
static struct sheaf_public_key pub;

static const struct sheaf_write_options options = {
    SHEAF_WRITE_OPTIONS, .time_ms = DOC_TIME,         .level = 1,
    .dict_max = -1,      .origin = "example.org/log", .recipe = 1
};

struct world {
    struct doc *docs;
    struct blob file;
    /* Where the seal ends, where each generation without leaves begins, and
     * where the file ends. */
    uint64_t at[COUNT + 2];
    uint64_t first; /* where the first generation ends */
    struct walk_frame frames[FRAMES_MAX]; /* of the file */
    unsigned frame_count;
    unsigned seal; /* which of them is the newest */
};

/* Adds a line of a witness that nobody knows, and so a generation. */
static void
add_leafless(const char *path, unsigned number)
{
    struct sheaf_error err = { 0 };
    struct sheaf_writer *w = NULL;
    struct sheaf_info info;
    struct blob note = { 0 };
    char line[64];

    MUST_BE(sheaf_writer_append(path, &options, NULL, &w, &err), SHEAF_OK,
            &err);
    sheaf_writer_get_base(w, &info);
    blob_add(&note, info.note.data, info.note.len);
    snprintf(line, sizeof line, "\342\200\224 witness.example/%u AQEBAQE=\n",
             number);
    blob_text(&note, line);
    MUST_BE(sheaf_commit_note(w, blob_view(&note), NULL, &err), SHEAF_OK,
            &err);
    sheaf_writer_free(w);
    blob_free(&note);
}

static void
list_frames(struct world *w)
{
    struct sheaf_error err = { 0 };
    struct walk walk = { .step = 65536, .end = w->file.len };

    MUST_BE(sheaf_source_memory(&walk.source, blob_view(&w->file), &err),
            SHEAF_OK, &err);
    while (walk.at < walk.end && w->frame_count < FRAMES_MAX) {
        struct walk_frame *f = &w->frames[w->frame_count++];

        MUST_BE(walk_peek(&walk, f, &err), SHEAF_OK, &err);
        MUST_BE(walk_load(&walk, f, &err), SHEAF_OK, &err);
        walk_pass(&walk, f);
    }
    walk.source.ops->close(walk.source.ctx);
    walk_free(&walk);
}

static void
make(struct world *w)
{
    const struct path path = in_folder("behind.sheaf");
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };

    w->docs = docs_make(DOCS, 200, 5);
    MUST_BE(pack(w->docs, 3, &options, &secret, &bytes, NULL, &err), SHEAF_OK,
            &err);
    w->first = bytes.len;
    write_file(path.text, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    MUST_BE(append(path.text, w->docs + 3, 3, &options, &pub, &secret, &err),
            SHEAF_OK, &err);
    for (unsigned i = 0; i <= COUNT; i++) {
        struct stat st;

        if (stat(path.text, &st) != 0)
            abort();
        w->at[i + 1] = (uint64_t)st.st_size;
        if (i < COUNT)
            add_leafless(path.text, i);
    }
    w->file = read_file(path.text);
    unlink(path.text);
    list_frames(w);
    for (unsigned i = 0; i < w->frame_count; i++)
        if (w->frames[i].type == FRAME_LEF) {
            w->seal = i;
            w->at[0] = w->frames[i].offset + w->frames[i].length;
        }
}

static void
change(uint8_t *byte, struct rng *rng)
{
    *byte = rng_below(rng, 2) != 0 ? (uint8_t)(*byte + 1)
                                   : (uint8_t)rng_next(rng);
}

/* Any byte from here on. */
static void
change_one(struct blob *file, uint64_t from, struct rng *rng)
{
    change(file->data + from + rng_below(rng, (uint32_t)(file->len - from)),
           rng);
}

/* Of the generation that ends there. */
static struct end
second_end(const struct world *w, uint64_t ends)
{
    uint64_t at = ends - END_SIZE;
    struct end end;

    if (end_decode(w->file.data + at, at, &end, NULL) != SHEAF_OK)
        abort();
    return end;
}

/* A byte of both copies of the top, or of the end, of the generation that ends
 * there. */
static void
change_both(const struct world *w, struct blob *file, uint64_t ends,
            struct rng *rng)
{
    struct end second = second_end(w, ends);
    struct end first = ledger_first_end(&second);
    uint64_t one, two, in = BODY_AT;

    if (rng_below(rng, 3) != 0) {
        one = first.top;
        two = second.top;
        in += rng_below(rng, second.top_length - BODY_AT - 8);
    } else {
        one = first.offset;
        two = second.offset;
        in += rng_below(rng, END_SIZE - BODY_AT - 8);
    }
    change(file->data + one + in, rng);
    file->data[two + in] = file->data[one + in];
}

/* Where the first top of the generation is that ends there. */
static uint64_t
top_before(const struct world *w, uint64_t ends)
{
    struct end second = second_end(w, ends);

    return ledger_first_end(&second).top;
}

/* Frame number `which` of the archive once more; all behind it is where it
 * says. */
static void
insert_frame(const struct world *w, struct blob *file, uint64_t to,
             unsigned which)
{
    const struct walk_frame *f = &w->frames[which];
    struct blob out = { 0 };

    blob_add(&out, file->data, (size_t)to);
    blob_add(&out, w->file.data + f->offset, (size_t)f->length);
    blob_add(&out, file->data + to, file->len - (size_t)to);
    relocate(out.data, out.len, to, (int64_t)f->length);
    blob_free(file);
    *file = out;
}

static bool
repair_bytes(const struct blob *file, struct blob *mended)
{
    const struct sheaf_write_options own = { SHEAF_WRITE_OPTIONS };
    struct sheaf_buf out = { 0 };
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_sink sink;
    bool good;

    MUST_BE(sheaf_sink_memory(&sink, &out, &err), SHEAF_OK, &err);
    MUST_BE(open_bytes(file->data, file->len, NULL, &r, &err), SHEAF_OK, &err);
    good = sheaf_repair(r, sink, &own, NULL, NULL, NULL, &err) == SHEAF_OK &&
           verify_bytes(out.data, out.len, &pub, NULL, &err) == SHEAF_OK;
    if (!good)
        printf("# %s [%s at %llu]\n", err.message, err.clause,
               (unsigned long long)err.offset);
    blob_add(mended, out.data, out.len);
    sheaf_close(r);
    sheaf_buf_free(&out);
    return good;
}

static bool
is_mended(const struct blob *file)
{
    struct blob mended = { 0 };
    bool good = repair_bytes(file, &mended);

    blob_free(&mended);
    return good;
}

/* Appends to it, signed. False: what a verifier refuses was built on, and
 * repair does not help, or is not to be needed. */
static bool
holds(const struct world *w, const struct blob *file, bool may_mend,
      bool *appended)
{
    const struct path path = in_folder("changed.sheaf");
    struct sheaf_error err = { 0 };
    struct blob after;
    bool good = true;

    write_file(path.text, file->data, file->len);
    *appended = append(path.text, w->docs + 6, 1, &options, &pub, &secret,
                       &err) == SHEAF_OK;
    if (*appended) {
        after = read_file(path.text);
        good = verify_bytes(after.data, after.len, &pub, NULL, &err) ==
               SHEAF_OK ||
               (may_mend && is_mended(&after));
        if (!good)
            printf("# built on: %s [%s at %llu]\n", err.message, err.clause,
                   (unsigned long long)err.offset);
        blob_free(&after);
    }
    unlink(path.text);
    return good;
}

/* Changes what begins at at[0], in a file of these generations, each of which
 * ends where the next begins. */
static struct blob
make_changed(const struct world *w, const uint64_t *at, unsigned count,
             struct rng *rng)
{
    struct blob file = { 0 };

    blob_add(&file, w->file.data, (size_t)at[count]);
    for (unsigned n = 1 + rng_below(rng, 2); n-- > 0;) {
        if (rng_below(rng, 8) == 0)
            change_one(&file, at[0], rng);
        else
            change_both(w, &file, at[1 + rng_below(rng, count)], rng);
    }
    if (rng_below(rng, 4) == 0)
        insert_frame(w, &file, top_before(w, at[1 + rng_below(rng, count)]),
                     rng_below(rng, w->frame_count));
    reseal(file.data, file.len);
    return file;
}

static void
try(const struct world *w, bool leafless, unsigned long rounds,
    struct rng *rng)
{
    unsigned long built = 0, wrong = 0;
    struct blob file;
    bool appended;

    for (unsigned long i = 0; i < rounds; i++) {
        file = leafless ? make_changed(w, w->at + 1, COUNT, rng)
                        : make_changed(w, w->at, 1, rng);
        wrong += !holds(w, &file, !leafless, &appended);
        built += appended;
        blob_free(&file);
    }
    printf("# %lu changes, of which %lu were built on\n", rounds, built);
    eq_int((long)wrong, 0, "%s",
           leafless ? "what a verifier refuses is not built on"
                    : "nor what cannot be repaired");
    ok(built > 0 && built < rounds / 2, "some changes are harmless, most not");
}

/* Any frame once more in a generation with leaves, on which others follow. */
static void
try_repair(const struct world *w, uint64_t to, const char *where)
{
    unsigned mended = 0;

    for (unsigned i = 0; i < w->frame_count; i++) {
        struct blob file = { 0 };

        blob_add(&file, w->file.data, w->file.len);
        insert_frame(w, &file, to, i);
        mended += is_mended(&file);
        blob_free(&file);
    }
    eq_int(mended, w->frame_count, "a frame too much %s is repaired", where);
}

/* The generation that said that it begins where `at` is, begins at `now`, and
 * follows the one with the end `prev`. */
static void
begin_at(struct blob *file, uint64_t at, uint64_t now, uint64_t prev)
{
    for (uint64_t i = now; i + END_SIZE <= file->len; i++) {
        struct sheaf_buf out = { 0 };
        struct end e;

        if (end_decode(file->data + i, i, &e, NULL) != SHEAF_OK ||
            e.start != at)
            continue;
        e.start = now;
        e.prev = prev;
        if (!end_encode(&e, &out))
            abort();
        memcpy(file->data + i, out.data, out.len);
        sheaf_buf_free(&out);
    }
    reseal(file->data, file->len);
}

/* Makes the first line of a witness another one, in both copies of a top. */
static void
forge_line(uint8_t *one, uint8_t *two, size_t len)
{
    static const char line[] = "AQEBAQE=\n";

    for (size_t i = 0; i + sizeof line <= len; i++)
        if (memcmp(one + i, line, sizeof line - 1) == 0) {
            one[i] = two[i] = 'B';
            return;
        }
    abort();
}

/* Puts a generation in behind the one that ends at `to`: the frames from `from`
 * on and the top of the one that ends at `like`. All behind it is where it
 * says. */
static void
insert_generation(const struct world *w, struct blob *file, uint64_t to,
                  uint64_t from, uint64_t like, bool forged)
{
    struct end e = second_end(w, like), second = e;
    struct sheaf_bytes top = { w->file.data + second.top, second.top_length };
    size_t size = (size_t)(ledger_first_end(&second).top - from);
    struct sheaf_buf own = { 0 };
    struct blob out = { 0 };

    e.prev = to - END_SIZE;
    hash_blake2b(file->data + e.prev, END_SIZE, e.prev_hash);
    e.start = to;
    e.top = to + size;
    e.offset = e.top + e.top_length;
    e.end = ledger_end_after(&e);
    if (!buf_add(&own, w->file.data + from, size) ||
        !buf_add(&own, top.data, top.len) || !end_encode(&e, &own) ||
        ledger_copy(&e, top, &own, NULL) != SHEAF_OK)
        abort();
    if (forged)
        forge_line(own.data + size, own.data + own.len - END_SIZE - top.len,
                   top.len);
    blob_add(&out, file->data, (size_t)to);
    blob_add(&out, own.data, own.len);
    blob_add(&out, file->data + to, file->len - (size_t)to);
    relocate(out.data, out.len, to, (int64_t)own.len);
    memcpy(out.data + to, own.data, own.len);
    begin_at(&out, to, to + own.len, to + own.len - END_SIZE);
    sheaf_buf_free(&own);
    blob_free(file);
    *file = out;
}

/* Puts generation number `like` in once more, behind number `to` of the file,
 * in which nothing was put in before that. That of articles has its articles,
 * too, if it is number 0. */
static void
put_surplus(const struct world *w, struct blob *file, unsigned like,
            unsigned to, bool forged)
{
    uint64_t at = w->at[like > 0 ? like : 1];

    insert_generation(w, file, w->at[to],
                      like > 0 ? top_before(w, at) : w->first, at, forged);
}

/* Each state since the last articles once more, and these once more. */
static void
try_copies(const struct world *w, const struct blob *was)
{
    struct sheaf_error err = { 0 };

    for (unsigned to = 1; to <= COUNT + 1; to++)
        for (unsigned like = 0; like <= COUNT + 1; like++) {
            struct blob file = { 0 }, now = { 0 };

            blob_add(&file, w->file.data, w->file.len);
            put_surplus(w, &file, like, to, false);
            ok(verify_bytes(file.data, file.len, &pub, NULL, &err) ==
                       SHEAF_ECORRUPT &&
                   repair_bytes(&file, &now),
               "state %u once more, behind number %u", like, to);
            if (like <= to)
                ok(now.len == was->len &&
                       memcmp(now.data, was->data, now.len) == 0,
                   "nothing of it is left");
            blob_free(&file);
            blob_free(&now);
        }
}

/* Behind which numbers notes are put that nobody else wrote; behind which one a
 * copy of the last state is. All from the last on. */
static void
try_forged(const struct world *w, const unsigned *at, unsigned copy)
{
    struct blob file = { 0 };

    blob_add(&file, w->file.data, w->file.len);
    for (; *at != 0; at++)
        put_surplus(w, &file, COUNT, *at, true);
    if (copy != 0)
        put_surplus(w, &file, COUNT + 1, copy, false);
    ok(is_mended(&file), "notes of nobody's are left out");
    blob_free(&file);
}

static void
is_mended_to(const struct blob *file, const struct blob *was, const char *what)
{
    struct blob now = { 0 };

    ok(repair_bytes(file, &now) && now.len == was->len &&
           memcmp(now.data, was->data, now.len) == 0,
       "%s", what);
    blob_free(&now);
}

/* Both tops of the last state are lost, and a copy stands before it. */
static void
try_lost(const struct world *w, const struct blob *was)
{
    const uint64_t ends = w->at[COUNT + 1];
    struct end second = second_end(w, ends);
    struct blob file = { 0 };
    int64_t by;

    blob_add(&file, w->file.data, w->file.len);
    put_surplus(w, &file, 2, COUNT, false);
    by = (int64_t)(file.len - w->file.len);
    file.data[by + (int64_t)top_before(w, ends) + BODY_AT] ^= 1;
    file.data[by + (int64_t)second.top + BODY_AT] ^= 1;
    is_mended_to(&file, was, "a copy before a top that is lost");
    blob_free(&file);
}

/* The newest top leads to the seal of an earlier generation. */
static void
try_another_seal(const struct world *w, const struct blob *was)
{
    struct end second = second_end(w, w->file.len);
    struct blob file = { 0 };
    struct top top = { 0 };
    uint8_t now[8], other[8];
    uint64_t at = top_before(w, w->file.len);

    if (top_decode(sheaf_view(w->file.data + second.top + FRAME_HEAD_SIZE,
                              second.top_length - FRAME_HEAD_SIZE - 8),
                   UINT64_MAX, NULL, &top, NULL) != SHEAF_OK)
        abort();
    put_be(now, top.seal, 8);
    put_be(other, w->frames[w->seal].offset, 8);
    top_free(&top);
    blob_add(&file, w->file.data, w->file.len);
    for (; at + 8 <= file.len; at++)
        if (memcmp(file.data + at, now, 8) == 0)
            memcpy(file.data + at, other, 8);
    reseal(file.data, file.len);
    is_mended_to(&file, was, "a top that leads to another seal");
    blob_free(&file);
}

static void
try_surplus(struct world *w)
{
    static const unsigned forged[][4] = {
        { 2 }, { 3 }, { COUNT }, { COUNT + 1 }, { COUNT + 1, COUNT + 1, 1 }
    };
    const struct path path = in_folder("surplus.sheaf");
    struct sheaf_error err = { 0 };
    struct blob own = w->file, was = { 0 }, file = { 0 };

    write_file(path.text, own.data, own.len);
    MUST_BE(append(path.text, w->docs + 6, 1, &options, &pub, &secret, &err),
            SHEAF_OK, &err);
    w->file = read_file(path.text);
    unlink(path.text);
    ok(repair_bytes(&w->file, &was), "what nobody changed is repaired");
    try_copies(w, &was);
    for (size_t i = 0; i < sizeof forged / sizeof *forged; i++) {
        try_forged(w, forged[i], 0);
        try_forged(w, forged[i], 1);
    }
    try_lost(w, &was);
    try_another_seal(w, &was);
    blob_add(&file, w->file.data, w->file.len);
    insert_generation(w, &file, w->first, top_before(w, w->first), w->first,
                      false);
    ok(is_mended(&file), "the first state once more");
    blob_free(&file);
    blob_add(&file, w->file.data, w->file.len);
    insert_generation(w, &file, w->at[2], HEAD_SIZE, w->at[1], false);
    is_mended_to(&file, &was, "all that was before once more");
    blob_free(&file);
    blob_free(&was);
    blob_free(&w->file);
    w->file = own;
}

/* The first state and more articles, in a block. */
static struct blob
branch(const struct world *w, const struct doc *docs, size_t count, bool signs)
{
    const struct path path = in_folder("branch.sheaf");
    struct sheaf_write_options o = options;
    struct sheaf_error err = { 0 };
    struct blob file;

    o.block = 8192;
    write_file(path.text, w->file.data, (size_t)w->first);
    MUST_BE(append(path.text, docs, count, &o, signs ? &pub : NULL,
                   signs ? &secret : NULL, &err),
            SHEAF_OK, &err);
    file = read_file(path.text);
    unlink(path.text);
    return file;
}

static int
repair_code(const struct blob *file)
{
    struct sheaf_buf out = { 0 };
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_sink sink;
    int rc;

    MUST_BE(sheaf_sink_memory(&sink, &out, &err), SHEAF_OK, &err);
    MUST_BE(open_bytes(file->data, file->len, NULL, &r, &err), SHEAF_OK, &err);
    rc = sheaf_repair(r, sink, NULL, NULL, NULL, NULL, &err);
    printf("# %s [%s]\n", err.message, err.clause);
    sheaf_close(r);
    sheaf_buf_free(&out);
    return rc;
}

/* One that is in the file, but in no place that an end leads to: what was
 * appended to an older copy stands behind it, and says that it begins there. */
static void
try_beside(const struct world *w, const struct blob *b)
{
    const size_t first = (size_t)w->first;
    struct blob a = branch(w, &w->docs[5], 1, false), file = { 0 };

    blob_add(&file, b->data, b->len);
    blob_add(&file, a.data + first, a.len - first);
    relocate(file.data, file.len, w->first, (int64_t)(b->len - first));
    memcpy(file.data, b->data, b->len);
    begin_at(&file, w->first, b->len, w->first - END_SIZE);
    eq_int(repair_code(&file), SHEAF_EINCOMPLETE,
           "nor is one to which no end leads");
    blob_free(&file);
    blob_free(&a);
}

/* The same where one frame has an article that the tree has, and another. */
static void
try_block(const struct world *w)
{
    const struct doc one[2] = { w->docs[3], w->docs[5] };
    const struct doc two[2] = { w->docs[3], w->docs[6] };
    struct world a = { .file = branch(w, one, 2, false) };
    struct world b = { .file = branch(w, two, 2, true) };
    struct blob file = { 0 };

    blob_add(&file, a.file.data, a.file.len);
    insert_generation(&b, &file, file.len, w->first, b.file.len, false);
    insert_generation(&a, &file, file.len, w->first, a.file.len, false);
    eq_int(repair_code(&file), SHEAF_EINCOMPLETE, "nor the rest of a block");
    blob_free(&file);
    blob_free(&a.file);
    blob_free(&b.file);
}

/* A generation that was signed, between two of the same size that anybody can
 * write, and then more, built on these: repair keeps it, or does nothing. */
static void
try_between(const struct world *w)
{
    const struct path path = in_folder("between.sheaf");
    struct world a = { .file = branch(w, &w->docs[5], 1, false) };
    struct world b = { .file = branch(w, &w->docs[6], 1, true) };
    struct sheaf_error err = { 0 };
    struct blob file = { 0 };
    uint64_t to = a.file.len;

    blob_add(&file, a.file.data, a.file.len);
    insert_generation(&b, &file, to, w->first, b.file.len, false);
    insert_generation(&a, &file, file.len, w->first, a.file.len, false);
    eq_int(repair_code(&file), SHEAF_EINCOMPLETE,
           "a signed generation between two others is not left out");
    blob_free(&file);
    write_file(path.text, a.file.data, a.file.len);
    MUST_BE(append(path.text, w->docs + 4, 1, &options, NULL, NULL, &err),
            SHEAF_OK, &err);
    file = read_file(path.text);
    unlink(path.text);
    insert_generation(&a, &file, to, w->first, a.file.len, false);
    ok(is_mended(&file), "a copy of the one before it is");
    insert_generation(&b, &file, to, w->first, b.file.len, false);
    eq_int(repair_code(&file), SHEAF_EINCOMPLETE,
           "nor if the next seal does not count it");
    blob_free(&file);
    try_beside(w, &b.file);
    try_block(w);
    blob_free(&a.file);
    blob_free(&b.file);
}

/* The seal once more, directly before the top, which names that one. */
static void
try_last_seal(const struct world *w)
{
    struct blob file = { 0 };
    unsigned seal = w->seal;
    bool appended;
    uint8_t was[8];

    put_be(was, w->frames[seal].offset, 8);
    blob_add(&file, w->file.data, (size_t)w->at[1]);
    insert_frame(w, &file, top_before(w, w->at[1]), seal);
    for (size_t i = (size_t)w->at[0]; i + 8 <= file.len; i++)
        if (memcmp(file.data + i, was, 8) == 0)
            put_be(file.data + i,
                   w->frames[seal].offset + w->frames[seal].length +
                       w->frames[seal + 1].length,
                   8);
    reseal(file.data, file.len);
    ok(holds(w, &file, true, &appended) && !appended,
       "nothing is built on a seal that is the last frame");
    blob_free(&file);
}

/* Behind a generation of many leaves the state before it, as one more. Its seal
 * is damaged, and follows from what was before. */
static struct blob
make_fewer(struct doc *docs)
{
    const struct path path = in_folder("fewer.sheaf");
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 }, out = { 0 };
    struct blob file;
    struct end before, e;
    size_t few;

    MUST_BE(pack(docs, 3, &options, &secret, &bytes, NULL, &err), SHEAF_OK,
            &err);
    few = bytes.len;
    write_file(path.text, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    MUST_BE(append(path.text, docs + 3, MANY, &options, &pub, &secret, &err),
            SHEAF_OK, &err);
    file = read_file(path.text);
    unlink(path.text);
    MUST_BE(end_decode(file.data + few - END_SIZE, few - END_SIZE, &e, &err),
            SHEAF_OK, &err);
    MUST_BE(end_decode(file.data + file.len - END_SIZE, file.len - END_SIZE,
                       &before, &err),
            SHEAF_OK, &err);
    blob_add(&file, file.data + e.top, e.top_length);
    e.start = before.end;
    e.top = before.end;
    e.offset = e.top + e.top_length;
    e.prev = before.offset;
    hash_blake2b(file.data + before.offset, END_SIZE, e.prev_hash);
    e.end = ledger_end_after(&e);
    if (!end_encode(&e, &out))
        abort();
    MUST_BE(ledger_copy(&e, sheaf_view(file.data + e.top, e.top_length), &out,
                        &err),
            SHEAF_OK, &err);
    blob_add(&file, out.data, out.len);
    sheaf_buf_free(&out);
    while (memcmp(file.data + few, "LEF\1", 4) != 0)
        few--;
    file.data[few + 40] ^= 1;
    return file;
}

static int
pass_leaf(void *arg, const struct sheaf_scan_item *item)
{
    (void)arg;
    (void)item;
    return 0;
}

static void
try_fewer(void)
{
    struct doc *docs = docs_make(3 + MANY, 50, 6);
    struct blob file = make_fewer(docs);
    struct sheaf_scratch *s = NULL;
    struct sheaf_reader *r = NULL;
    struct sheaf_buf out = { 0 };
    struct sheaf_error err = { 0 };
    struct sheaf_sink sink;

    MUST_BE(open_bytes(file.data, file.len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    ok(sheaf_scan(r, s, pass_leaf, NULL, &err) != SHEAF_EINVAL &&
           verify_bytes(file.data, file.len, &pub, NULL, &err) ==
               SHEAF_ECORRUPT,
       "fewer leaves than before: %s", err.message);
    MUST_BE(sheaf_sink_memory(&sink, &out, &err), SHEAF_OK, &err);
    ok(sheaf_repack(r, sink, NULL, NULL, NULL, NULL, &err) == SHEAF_ECORRUPT &&
           strcmp(err.clause, "F12.4") == 0,
       "which is said of the end: %s", err.message);
    sheaf_buf_free(&out);
    sheaf_scratch_free(s);
    sheaf_close(r);
    blob_free(&file);
    docs_free(docs, 3 + MANY);
}

/* A seal that fills a slab: behind it come an SLB, and no TIL. */
static void
try_slab(void)
{
    const size_t count = SLAB_LEAVES - 1;
    const struct path path = in_folder("slab.sheaf");
    struct doc *docs = docs_make(count + 1, 1, 8);
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct blob file;

    MUST_BE(pack(docs, count, &options, &secret, &bytes, NULL, &err), SHEAF_OK,
            &err);
    write_file(path.text, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    eq_int(append(path.text, docs + count, 1, &options, &pub, &secret, &err),
           SHEAF_OK, "a seal that fills a slab is built on");
    file = read_file(path.text);
    unlink(path.text);
    eq_int(verify_bytes(file.data, file.len, &pub, NULL, &err), SHEAF_OK,
           "and verified");
    blob_free(&file);
    docs_free(docs, count + 1);
}

int
main(void)
{
    const char *text = getenv("BEHIND_SEAL_ROUNDS");
    unsigned long rounds = text != NULL ? strtoul(text, NULL, 10) : 2000;
    const char *seed = getenv("BEHIND_SEAL_SEED");
    struct rng rng = { seed != NULL ? strtoul(seed, NULL, 10) : 2026 };
    static struct world w;
    struct sheaf_error err = { 0 };
    bool appended;

    make_folder();
    MUST_BE(sheaf_keygen(&secret, &pub, &err), SHEAF_OK, &err);
    make(&w);
    ok(holds(&w, &w.file, false, &appended) && appended,
       "to what nobody changed, it is appended");
    try(&w, true, rounds, &rng);
    try(&w, false, rounds, &rng);
    try_repair(&w, top_before(&w, w.first), "before the first top");
    try_repair(&w, top_before(&w, w.at[1]), "before the next");
    try_repair(&w, w.frames[w.seal].offset, "before a seal");
    try_last_seal(&w);
    try_surplus(&w);
    try_between(&w);
    try_fewer();
    try_slab();
    docs_free(w.docs, DOCS);
    blob_free(&w.file);
    rmdir(folder);
    return tap_done();
}
