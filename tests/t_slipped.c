/*
 * Leaf hashes that have slipped: bytes are missing in a frame of them, or were
 * inserted, and a bit is flipped elsewhere. No more is lost than that bit has.
 */
#include "archive.h"
#include "format/frame.h"

static struct sheaf_secret_key secret;
static struct sheaf_public_key pub;

#define SLIPPED 300
#define IN_FIRST 100 /* and so many in each later generation */
#define NO_DOC SLIPPED

struct slip {
    size_t doc;      /* in which a bit is flipped; NO_DOC: in the text */
    unsigned number; /* of the TIL frames */
    size_t at;       /* in its body */
    long by;         /* bytes that are inserted there; negative: missing */
};

/* Three generations, or all in one; begins with a text that nothing needs. */
static struct blob
make_slipped(const struct doc *docs, bool one)
{
    const struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .level = 3,
                                           .time_ms = DOC_TIME, .recipe = 1 };
    const struct path path = in_folder("slipped.sheaf");
    size_t first = one ? SLIPPED : IN_FIRST;
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct blob file;

    MUST_BE(pack(docs, first, &o, &secret, &bytes, NULL, &err), SHEAF_OK,
            &err);
    write_file(path.text, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    for (size_t i = first; i < SLIPPED; i += IN_FIRST)
        MUST_BE(append(path.text, docs + i, IN_FIRST, &o, &pub, &secret, &err),
                SHEAF_OK, &err);
    file = read_file(path.text);
    unlink(path.text);
    return file;
}

/* A byte in the middle of this article's frame, or of the text. */
static uint64_t
place_in(const struct blob *file, const struct doc *docs, size_t doc)
{
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_entry e;

    if (doc == NO_DOC)
        return HEAD_SIZE + 200;
    MUST_BE(open_bytes(file->data, file->len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_find(r, s, blob_view(&docs[doc].id), 0, &e, &err), SHEAF_OK,
            &err);
    sheaf_scratch_free(s);
    sheaf_close(r);
    return e.offset + e.length / 2;
}

static struct blob
make_slip(const struct blob *file, const struct doc *docs,
          const struct slip *slip)
{
    static const uint8_t more[64] = { 1, 2, 3 };
    uint64_t at = 0, hit = place_in(file, docs, slip->doc);
    struct blob out = { 0 };

    for (unsigned i = 0; i <= slip->number; i++)
        at = find_frame(file, at + 1, file->len, "TIL");
    at += FRAME_HEAD_SIZE + slip->at;
    blob_add(&out, file->data, at);
    if (slip->by > 0)
        blob_add(&out, more, (size_t)slip->by);
    else
        at += (uint64_t)-slip->by;
    blob_add(&out, file->data + at, file->len - at);
    /* The articles behind it have moved, too. */
    hit += hit < at ? 0 : (uint64_t)slip->by;
    out.data[hit] ^= 4;
    return out;
}

static int
count_article(void *arg, const struct sheaf_scan_item *item)
{
    size_t *count = arg;

    *count += item->state == SHEAF_SCAN_ARTICLE;
    return 0;
}

/* How many articles are there, by their IDs and in a scan; or fewer. */
static size_t
slipped_back(const struct sheaf_reader *r, const struct doc *docs)
{
    struct sheaf_scratch *s = NULL;
    struct sheaf_error err = { 0 };
    size_t found = 0, scanned = 0;

    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    for (size_t i = 0; i < SLIPPED; i++) {
        struct sheaf_article a;

        found += get(r, s, &docs[i], 0, &a, &err) == SHEAF_OK &&
                 doc_is(&docs[i], &a);
    }
    MUST_BE(sheaf_scan(r, s, count_article, &scanned, &err), SHEAF_OK, &err);
    sheaf_scratch_free(s);
    return (size_t)min_u64(found, scanned);
}

static bool
is_repaired(const struct sheaf_reader *r)
{
    const struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS };
    struct sheaf_error err = { 0 };
    struct sheaf_buf out = { 0 };
    struct sheaf_sink sink;
    bool good;

    MUST_BE(sheaf_sink_memory(&sink, &out, &err), SHEAF_OK, &err);
    good = sheaf_repair(r, sink, &o, NULL, NULL, NULL, &err) == SHEAF_OK &&
           verify_bytes(out.data, out.len, &pub, NULL, &err) == SHEAF_OK;
    sheaf_buf_free(&out);
    return good;
}

/* Whether no more is lost than the article with the bit, with a key as without,
 * and the archive is repaired if none is. */
static bool
bears(const struct blob *file, const struct doc *docs, const struct slip *slip)
{
    struct blob other = make_slip(file, docs, slip);
    size_t back[2], should = SLIPPED - (slip->doc != NO_DOC);
    struct sheaf_error err = { 0 };
    bool repaired = true;

    for (unsigned key = 0; key < 2; key++) {
        struct sheaf_reader *r = NULL;

        MUST_BE(open_bytes(other.data, other.len, NULL, &r, &err), SHEAF_OK,
                &err);
        if (key != 0)
            MUST_BE(sheaf_authenticate(r, &pub, &err), SHEAF_OK, &err);
        back[key] = slipped_back(r, docs);
        if (slip->doc == NO_DOC)
            repaired = repaired && is_repaired(r);
        sheaf_close(r);
    }
    blob_free(&other);
    if (back[0] != should || back[1] != should || !repaired)
        printf("# %ld bytes at %zu of TIL %u, a bit in %zu: %zu, and %zu with "
               "the key, repaired: %d\n",
               slip->by, slip->at, slip->number, slip->doc, back[0], back[1],
               repaired);
    return back[0] == should && back[1] == should && repaired;
}

/* Bytes are missing in a frame of leaf hashes, or were inserted. Each hash that
 * is left is behind that place or in front of it, and may stand in the place of
 * another leaf. A bit is flipped elsewhere. The hash of a lost article follows
 * from nothing, but stands somewhere. */
static void
test_slipped(void)
{
    static const long by[] = { -32, -64, -512, -4096, 1, 32 };
    static const size_t hit[] = { NO_DOC, 0, 40, 150, 290 };
    struct doc *docs = docs_make(SLIPPED, 200, 33);
    size_t tried = 0, borne = 0;

    for (unsigned one = 0; one < 2; one++) {
        struct blob file = make_slipped(docs, one != 0);
        unsigned frames = one != 0 ? 1 : 3;

        for (size_t i = 0; i < COUNT_OF(by) * COUNT_OF(hit) * frames; i++) {
            struct slip slip = { hit[i % COUNT_OF(hit)],
                                 (unsigned)(i / COUNT_OF(hit) % frames), 0,
                                 by[i / COUNT_OF(hit) / frames] };
            size_t hashes = slip.number == 0 && frames == 3 ? IN_FIRST : 200;

            /* In one generation, a hash that is missing stands nowhere. */
            slip.at = hashes * 32 / 2 - 1000;
            if (-slip.by > (long)(hashes * 32 - slip.at) ||
                (one != 0 && slip.doc == 150 && slip.by == -4096))
                continue;
            tried++;
            borne += bears(&file, docs, &slip);
        }
        /* Within the hash of the article with the bit. */
        for (size_t k = 0; k <= 32; k++) {
            struct slip slip = { 41, one != 0 ? 0 : 2, 8 + 41 * 32 + k, 1 };

            tried++;
            borne += bears(&file, docs, &slip);
        }
        blob_free(&file);
    }
    eq_int(borne, tried,
           "slipped leaf hashes: no more is lost than a bit has");
    docs_free(docs, SLIPPED);
}

int
main(void)
{
    struct sheaf_error err = { 0 };

    make_folder();
    MUST_BE(sheaf_keygen(&secret, &pub, &err), SHEAF_OK, &err);
    test_slipped();
    ok(rmdir(folder) == 0, "nothing is left in the folder");
    return tap_done();
}
