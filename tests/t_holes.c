/*
 * Holes: bytes are missing in a dictionary, an article or a group, and what
 * stands in their places looks like what should. Only what was hit is lost.
 */
#include "archive.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "format/codec.h"
#include "format/dictframe.h"
#include "format/frame.h"
#include "read/damage_shift.h"

static struct sheaf_secret_key secret;
static struct sheaf_public_key pub;

/* ---- A hole as long as what follows -------------------------------------- */

#define HOLE_DOCS 100

/* Takes `len` bytes out at `at`, after a bit of the byte at `bit` was flipped,
 * unless that is 0: how many articles come back. */
static size_t
back_without(const struct blob *file, const struct doc *docs, size_t at,
             size_t len, size_t bit)
{
    struct sheaf_reader *r = NULL;
    struct sheaf_error err = { 0 };
    struct blob part = { 0 };
    size_t back = 0;

    blob_add(&part, file->data, file->len);
    if (bit != 0)
        part.data[bit] ^= 4;
    memmove(part.data + at, part.data + at + len, part.len - at - len);
    part.len -= len;
    if (open_bytes(part.data, part.len, NULL, &r, &err) == SHEAF_OK)
        back = docs_back(r, docs, HOLE_DOCS);
    sheaf_close(r);
    blob_free(&part);
    return back;
}

/* Where the first articles begin, which follow each other. The last of these
 * may be a difference. */
static void
first_articles(const struct blob *file, size_t at, size_t *out, size_t count)
{
    struct sheaf_error err = { 0 };

    for (size_t i = 0; i < count; i++) {
        uint64_t n = 0;

        out[i] = at;
        if (i + 1 == count)
            break;
        MUST_BE(codec_frame_length(file->data + at, file->len - at, at, &n,
                                   &err),
                SHEAF_OK, &err);
        at += (size_t)n;
    }
}

/* A hole in the dictionary, or in an article, is as long as the articles behind
 * it: a frame begins where one is expected, and is another. */
static void
test_hole_like_articles(void)
{
    const struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .level = 3,
                                           .dict_max = 16384,
                                           .time_ms = DOC_TIME };
    struct doc *docs = docs_make(HOLE_DOCS, 300, 31);
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct blob file = { 0 };
    size_t at[12], dict = HEAD_SIZE + 8;

    blob_random(&docs[7].parts[0], &(struct rng){ 6 }, 4000);
    doc_describe(&docs[7], 7);
    MUST_BE(pack(docs, HOLE_DOCS, &o, NULL, &bytes, NULL, &err), SHEAF_OK,
            &err);
    blob_add(&file, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    first_articles(&file, dict + get_le32(file.data + HEAD_SIZE + 4), at,
                   COUNT_OF(at));
    for (size_t k = 1; k < 4; k++) {
        size_t len = at[k] - at[0];

        eq_int(back_without(&file, docs, dict + 900, len, 0), HOLE_DOCS,
               "%zu bytes less in the dictionary, as %zu articles: all", len,
               k);
        eq_int(back_without(&file, docs, dict + 900, len, at[6] + 40),
               HOLE_DOCS - 1, "all but one that is damaged itself");
        eq_int(back_without(&file, docs, at[1] - len, len, 0), HOLE_DOCS - 1,
               "so many at its end and in the first article: all others");
        eq_int(back_without(&file, docs, at[7] + 40, at[8 + k] - at[8], 0),
               HOLE_DOCS - 1, "and in an article: all others");
    }
    blob_free(&file);
    docs_free(docs, HOLE_DOCS);
}

/* ---- A hole and a byte in one generation --------------------------------- */

#define HOLE ((size_t)512)
#define HOLE_BEFORE ((size_t)400) /* the group */
#define HOLE_FIRST 60             /* articles of the first generation */

static struct blob
make_appended(const struct doc *docs, size_t *second)
{
    const struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .level = 3,
                                           .dict_max = -1,
                                           .time_ms = DOC_TIME };
    const struct path path = in_folder("appended.sheaf");
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct blob file;

    MUST_BE(pack(docs, HOLE_FIRST, &o, &secret, &bytes, NULL, &err), SHEAF_OK,
            &err);
    write_file(path.text, bytes.data, bytes.len);
    *second = bytes.len;
    sheaf_buf_free(&bytes);
    MUST_BE(append(path.text, docs + HOLE_FIRST, HOLE_DOCS - HOLE_FIRST, &o,
                   &pub, &secret, &err),
            SHEAF_OK, &err);
    file = read_file(path.text);
    unlink(path.text);
    return file;
}

/* Whether the article, which is leaf number `leaf`, is known to have a newer
 * revision. */
static bool
is_revised(const struct sheaf_reader *r, const struct doc *d, uint64_t leaf)
{
    struct sheaf_scratch *s = NULL;
    struct sheaf_error err = { 0 };
    int newest = 1, rc;

    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    rc = sheaf_is_newest(r, s, blob_view(&d->id), leaf, &newest, &err);
    sheaf_scratch_free(s);
    return rc == SHEAF_OK && newest == 0;
}

/* A byte was inserted into a frame behind the articles, and the group before
 * it, with the last of them, is not there to say how far it is from there: all
 * articles that were not hit are still there, with the key, and none of them is
 * taken for the newest revision that is not. */
static void
test_hole_and_byte(void)
{
    static const char *const with[] = { "MAP", "DIR", "LEF",
                                        "TIL", "TOP", "END" };
    struct doc *docs = docs_make(HOLE_DOCS, 300, 33);
    struct doc *last = &docs[HOLE_DOCS - 1];
    struct sheaf_error err = { 0 };
    size_t second, hole, hit = 0, at[HOLE_DOCS - HOLE_FIRST];
    struct blob file;

    last->id.len = 0;
    blob_add(&last->id, docs[1].id.data, docs[1].id.len);
    last->rev = 2;
    doc_describe(last, HOLE_DOCS);
    file = make_appended(docs, &second);
    hole = find_frame(&file, second, file.len, "GRP") - HOLE_BEFORE;
    first_articles(&file, second, at, COUNT_OF(at));
    for (size_t i = 1; i <= COUNT_OF(at); i++)
        hit += i == COUNT_OF(at) || at[i] > hole;
    for (size_t i = 0; i < COUNT_OF(with); i++) {
        size_t in = find_frame(&file, hole, file.len, with[i]);
        struct sheaf_reader *r = NULL;
        struct blob part = { 0 };

        in += (8 + get_le32(file.data + in + 4)) / 2;
        blob_add(&part, file.data, hole);
        blob_add(&part, file.data + hole + HOLE, in - hole - HOLE);
        blob_add(&part, "#", 1);
        blob_add(&part, file.data + in, file.len - in);
        MUST_BE(open_bytes(part.data, part.len, NULL, &r, &err), SHEAF_OK,
                &err);
        MUST_BE(sheaf_authenticate(r, &pub, &err), SHEAF_OK, &err);
        /* The newest revision of docs[1] is asked for. */
        eq_int(docs_back(r, docs, HOLE_DOCS), HOLE_DOCS - hit - 1,
               "a hole in the group, a byte in %s: %zu are lost", with[i],
               hit);
        ok(is_revised(r, &docs[1], 1), "and an older revision is known as it");
        sheaf_close(r);
        blob_free(&part);
    }
    blob_free(&file);
    docs_free(docs, HOLE_DOCS);
}

/* ---- Dictionaries without end -------------------------------------------- */

/* The dictionary of an archive, with zeros behind it up to the longest that may
 * be, in its frame: some hundred bytes. */
static void
make_long(const struct doc *docs, struct sheaf_buf *frame)
{
    const struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .level = 3,
                                           .dict_max = 4096,
                                           .time_ms = DOC_TIME };
    static const uint8_t zeros[4096];
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 }, raw = { 0 }, payload = { 0 };
    struct codec_cctx *cctx = NULL;

    MUST_BE(pack(docs, HOLE_DOCS, &o, NULL, &bytes, NULL, &err), SHEAF_OK,
            &err);
    MUST_BE(codec_unpack_dict(
                sheaf_view(bytes.data + HEAD_SIZE + DICT_HEAD_SIZE,
                           get_le32(bytes.data + HEAD_SIZE + 4)),
                0, &raw, &err),
            SHEAF_OK, &err);
    while (raw.len < CODEC_DICT_MAX)
        if (!buf_add(&raw, zeros, (size_t)min_u64(CODEC_DICT_MAX - raw.len,
                                                  sizeof zeros)))
            abort();
    MUST_BE(codec_cctx_new(&cctx, &err), SHEAF_OK, &err);
    MUST_BE(codec_pack_dict(cctx, 1, buf_view(&raw), &payload, &err), SHEAF_OK,
            &err);
    if (!dictframe_encode(buf_view(&payload), frame))
        abort();
    codec_cctx_free(cctx);
    sheaf_buf_free(&payload);
    sheaf_buf_free(&raw);
    sheaf_buf_free(&bytes);
}

/* While places are looked for, no more of them is unpacked than a file of this
 * size may ask for. */
static void
test_many_dictionaries(void)
{
    struct doc *docs = docs_make(HOLE_DOCS, 300, 35);
    const uint64_t most = dictframe_unpacked_max(1000) / CODEC_DICT_MAX + 1;
    struct stated_lengths s = { 0 };
    struct sheaf_error err = { 0 };
    struct sheaf_buf frame = { 0 };
    struct walk_frame f = { .type = FRAME_DICT };
    uint64_t taken = 0;

    make_long(docs, &frame);
    f.bytes = buf_view(&frame);
    MUST_BE(stated_begin(&s, 1000, &err), SHEAF_OK, &err);
    for (uint64_t i = 0; i < most + 5; i++) {
        stated_dict(&s, &f);
        taken += s.ddict != NULL;
    }
    ok(frame.len < 16384, "a frame of %zu bytes for a long dictionary",
       frame.len);
    eq_int(taken, most, "of %d of these are unpacked", (int)most + 5);
    ok(s.ddict == NULL, "and the last one is not");
    stated_free(&s);
    sheaf_buf_free(&frame);
    docs_free(docs, HOLE_DOCS);
}

int
main(void)
{
    struct sheaf_error err = { 0 };

    make_folder();
    MUST_BE(sheaf_keygen(&secret, &pub, &err), SHEAF_OK, &err);
    test_hole_like_articles();
    test_hole_and_byte();
    test_many_dictionaries();
    ok(rmdir(folder) == 0, "nothing is left in the folder");
    return tap_done();
}
