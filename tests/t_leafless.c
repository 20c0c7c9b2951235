/*
 * Generations without leaves at the end of an archive, which anybody can write:
 * whatever is changed in them, append refuses, or a verifier accepts what it
 * adds. LEAFLESS_ROUNDS in the environment sets the number of changes, and
 * LEAFLESS_SEED which ones.
 */
#include "archive.h"
#include "base/cursor.h"
#include "format/ledger.h"
#include "format/top.h"
#include "read/walk.h"
#include "reseal.h"

#define DOCS 7
#define COUNT 4
#define FRAMES_MAX 200
#define BODY_AT 12 /* of a frame */

static struct sheaf_secret_key secret;
static struct sheaf_public_key pub;

static const struct sheaf_write_options options = {
    SHEAF_WRITE_OPTIONS, .time_ms = DOC_TIME, .level = 1, .dict_max = -1,
    .origin = "example.org/log"
};

/* Where each begins; then the end. */
struct world {
    struct doc *docs;
    struct blob file;
    uint64_t at[COUNT + 1];
    struct walk_frame frames[FRAMES_MAX]; /* of the file */
    unsigned frame_count;
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
    const struct path path = in_folder("leafless.sheaf");
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };

    w->docs = docs_make(DOCS, 200, 5);
    MUST_BE(pack(w->docs, 3, &options, &secret, &bytes, NULL, &err), SHEAF_OK,
            &err);
    write_file(path.text, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    MUST_BE(append(path.text, w->docs + 3, 3, &options, &pub, &secret, &err),
            SHEAF_OK, &err);
    for (unsigned i = 0; i <= COUNT; i++) {
        struct stat st;

        if (stat(path.text, &st) != 0)
            abort();
        w->at[i] = (uint64_t)st.st_size;
        if (i < COUNT)
            add_leafless(path.text, i);
    }
    w->file = read_file(path.text);
    unlink(path.text);
    list_frames(w);
}

static void
change(uint8_t *byte, struct rng *rng)
{
    *byte = rng_below(rng, 2) != 0 ? (uint8_t)(*byte + 1)
                                   : (uint8_t)rng_next(rng);
}

/* Any byte from the first of them on. */
static void
change_one(const struct world *w, struct blob *file, struct rng *rng)
{
    uint64_t len = w->at[COUNT] - w->at[0];

    change(file->data + w->at[0] + rng_below(rng, (uint32_t)len), rng);
}

/* A byte of both copies of a top, or of an end. */
static void
change_both(const struct world *w, struct blob *file, struct rng *rng)
{
    uint64_t at = w->at[1 + rng_below(rng, COUNT)] - END_SIZE, one, two, in;
    struct end second, first;

    if (end_decode(w->file.data + at, at, &second, NULL) != SHEAF_OK)
        abort();
    first = ledger_first_end(&second);
    in = BODY_AT;
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

/* Before the top of one of them, a frame of the archive once more; all behind
 * it is where it says. */
static void
insert_frame(const struct world *w, struct blob *file, struct rng *rng)
{
    /* offset, top, start, end and prev of an END */
    static const uint8_t places[] = { 0, 8, 52, 60, 68 };
    const struct walk_frame *f = &w->frames[rng_below(rng, w->frame_count)];
    uint64_t to = w->at[rng_below(rng, COUNT)];
    struct blob out = { 0 };

    blob_add(&out, file->data, (size_t)to);
    blob_add(&out, w->file.data + f->offset, (size_t)f->length);
    blob_add(&out, file->data + to, file->len - (size_t)to);
    for (unsigned i = 0; i < w->frame_count; i++) {
        const struct walk_frame *end = &w->frames[i];
        uint8_t *body = out.data + end->offset + f->length + BODY_AT;

        for (unsigned k = 0; end->type == FRAME_END && end->offset >= to &&
                             k < COUNT_OF(places);
             k++) {
            uint64_t v = get_be(body + places[k], 8);

            if (places[k] == 52 ? v > to : v >= to)
                put_be(body + places[k], v + f->length, 8);
        }
    }
    blob_free(file);
    *file = out;
}

/* Appends to it, signed. False: what a verifier refuses was built on. */
static bool
holds(const struct world *w, const struct blob *file, bool *appended)
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
               SHEAF_OK;
        if (!good)
            printf("# built on: %s [%s at %llu]\n", err.message, err.clause,
                   (unsigned long long)err.offset);
        blob_free(&after);
    }
    unlink(path.text);
    return good;
}

int
main(void)
{
    const char *text = getenv("LEAFLESS_ROUNDS");
    unsigned long rounds = text != NULL ? strtoul(text, NULL, 10) : 2000;
    const char *seed = getenv("LEAFLESS_SEED");
    struct rng rng = { seed != NULL ? strtoul(seed, NULL, 10) : 2026 };
    unsigned long built = 0, wrong = 0;
    static struct world w;
    struct sheaf_error err = { 0 };
    bool appended;

    make_folder();
    MUST_BE(sheaf_keygen(&secret, &pub, &err), SHEAF_OK, &err);
    make(&w);
    ok(holds(&w, &w.file, &appended) && appended,
       "to what nobody changed, it is appended");
    for (unsigned long i = 0; i < rounds; i++) {
        struct blob file = { 0 };

        blob_add(&file, w.file.data, w.file.len);
        for (unsigned n = 1 + rng_below(&rng, 2); n-- > 0;) {
            switch (rng_below(&rng, 8)) {
            case 0: change_one(&w, &file, &rng); break;
            default: change_both(&w, &file, &rng);
            }
        }
        if (rng_below(&rng, 4) == 0)
            insert_frame(&w, &file, &rng);
        reseal(file.data, file.len);
        wrong += !holds(&w, &file, &appended);
        built += appended;
        blob_free(&file);
    }
    printf("# %lu changes, of which %lu were built on\n", rounds, built);
    eq_int((long)wrong, 0, "nor is it built on what a verifier refuses");
    ok(built > 0 && built < rounds / 2, "some changes are harmless, most not");
    docs_free(w.docs, DOCS);
    blob_free(&w.file);
    rmdir(folder);
    return tap_done();
}
