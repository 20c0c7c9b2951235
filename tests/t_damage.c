/*
 * Damage to whole archives: each bit flipped, the file cut to each length,
 * each sector of 4 KiB lost. Verifying must refuse all of these. Reading must
 * give an article as it was packed, or an error, and never other bytes.
 */
#include "archive.h"
#include "base/cursor.h"
#include "format/frame.h"

#define SMALL 12
#define IN_SECOND 4
#define CUT_DOCS 600
#define SECTOR ((size_t)4096)

/* With a sanitizer, one bit of each byte must do. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define BITS_STEP 8
#else
#define BITS_STEP 1
#endif

static struct sheaf_secret_key secret;
static struct sheaf_public_key pub;

/* ---- A small archive with all there is in one ---------------------------- */

static struct doc *
make_small(struct blob *out, uint64_t *first_end)
{
    const struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS,
                                           .dict_max = 8192, .level = 3,
                                           .time_ms = DOC_TIME,
                                           .origin = "t" };
    struct doc *docs = docs_make(SMALL, 40, 21);
    const struct path path = in_folder("small.sheaf");
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_info info;
    struct blob common = { 0 };

    /* Enough in common for a dictionary, and for one that pays. */
    blob_random(&common, &(struct rng){ 5 }, 90);
    for (size_t i = 0; i < SMALL; i++) {
        blob_add(&docs[i].parts[0], common.data, common.len);
        blob_add(&docs[i].parts[0], common.data, common.len);
        /* Of 6 digits, all but the last are the same: keep lines short. */
        docs[i].url.len -= i % 2 ? docs[i].url.len : 0;
        doc_describe(&docs[i], (unsigned)i);
    }
    blob_free(&common);
    MUST_BE(pack(docs, SMALL - IN_SECOND, &o, &secret, &bytes, NULL, &err),
            SHEAF_OK, &err);
    write_file(path.text, bytes.data, bytes.len);
    *first_end = bytes.len;
    sheaf_buf_free(&bytes);
    /* One of the second generation is a revision. */
    docs[SMALL - 1].id.len = 0;
    blob_text(&docs[SMALL - 1].id, "news/000001");
    docs[SMALL - 1].rev = 2;
    doc_describe(&docs[SMALL - 1], SMALL);
    MUST_BE(append(path.text, docs + SMALL - IN_SECOND, IN_SECOND, &o, &pub,
                   &secret, &err),
            SHEAF_OK, &err);
    *out = read_file(path.text);
    unlink(path.text);
    MUST_BE(open_bytes(out->data, out->len, NULL, &r, &err), SHEAF_OK, &err);
    sheaf_get_info(r, &info);
    printf("# %zu bytes, %u dictionaries, %llu generations\n", out->len,
           info.dictionaries, (unsigned long long)info.generation);
    eq_int(info.generation, 2, "two generations");
    eq_int(info.dictionaries, 1, "with a dictionary");
    eq_int(docs_back(r, docs, SMALL), SMALL, "undamaged, all is there");
    sheaf_close(r);
    return docs;
}

enum outcome {
    REFUSED, /* it can't be opened */
    OPENED,  /* and each article is right, or an error */
    LIED     /* other bytes, or an article that is denied */
};

/*
 * Open and read all that should be there: of `count` articles, those of the
 * generation that was opened. `newest` has the newest revision of each ID.
 */
static enum outcome
read_all(const struct blob *file, size_t len, const struct doc *docs,
         struct sheaf_info *info, size_t *back)
{
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    enum outcome outcome = OPENED;
    size_t count;

    *back = 0;
    if (open_bytes(file->data, len, NULL, &r, &err) != SHEAF_OK)
        return REFUSED;
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    sheaf_get_info(r, info);
    count = info->generation == 1 ? SMALL - IN_SECOND : SMALL;
    if (info->articles != count)
        outcome = LIED;
    for (size_t i = 0; i < count; i++) {
        struct sheaf_article a;
        struct sheaf_entry e;
        int rc = get(r, s, &docs[i], docs[i].rev, &a, &err);

        if (rc == SHEAF_ENOTFOUND || (rc == SHEAF_OK && !doc_is(&docs[i], &a)))
            outcome = LIED;
        *back += rc == SHEAF_OK;
        /* The seal of the first generation is leaf 8. */
        rc = sheaf_locate(r, s, i + (i >= SMALL - IN_SECOND), &e, &err);
        if (rc == SHEAF_OK)
            rc = sheaf_read(r, s, &e, &a, &err);
        if (rc == SHEAF_ENOTFOUND || (rc == SHEAF_OK && !doc_is(&docs[i], &a)))
            outcome = LIED;
    }
    /* The newest revision is the newest, or an error. */
    if (count == SMALL) {
        struct sheaf_article a;
        int rc = get(r, s, &docs[1], 0, &a, &err);

        if (rc == SHEAF_ENOTFOUND ||
            (rc == SHEAF_OK && !doc_is(&docs[SMALL - 1], &a)))
            outcome = LIED;
    }
    sheaf_scratch_free(s);
    sheaf_close(r);
    return outcome;
}

static void
test_bits(struct blob *file, const struct doc *docs)
{
    size_t lies = 0, verified = 0, refused = 0, unnamed = 0;
    uint64_t back_sum = 0, opened = 0;

    for (size_t at = 0; at < file->len; at++) {
        for (unsigned bit = at % BITS_STEP; bit < 8; bit += BITS_STEP) {
            struct sheaf_error err = { 0 };
            struct sheaf_info info;
            enum outcome outcome;
            size_t back;
            int rc;

            file->data[at] ^= (uint8_t)(1u << bit);
            outcome = read_all(file, file->len, docs, &info, &back);
            if (outcome == LIED && lies++ < 5)
                printf("# a lie with bit %u of byte %zu\n", bit, at);
            refused += outcome == REFUSED;
            opened += outcome == OPENED;
            back_sum += back;
            rc = verify_bytes(file->data, file->len, NULL, NULL, &err);
            /* Also not those bits of a zstd frame that make no difference to
             * what it decompresses to: the group has a sum over its frames. */
            if (rc == SHEAF_OK && verified++ < 5)
                printf("# verified with bit %u of byte %zu\n", bit, at);
            /* Of our own making, so neither memory nor input can fail. */
            if ((rc == SHEAF_EIO || rc == SHEAF_ENOMEM ||
                 ((rc == SHEAF_ECORRUPT || rc == SHEAF_EVERIFY) &&
                  err.clause[0] == '\0')) &&
                unnamed++ < 5)
                printf("# bit %u of byte %zu: %d %s\n", bit, at, rc,
                       err.message);
            file->data[at] ^= (uint8_t)(1u << bit);
        }
    }
    eq_int(verified, 0, "no single bit flips unnoticed by verify");
    eq_int(lies, 0, "and none makes an article another one");
    eq_int(unnamed, 0, "every refusal names a clause");
    printf("# %zu of %zu flips can't be opened; otherwise %.2f of %d articles "
           "came back\n",
           refused, file->len * 8 / BITS_STEP,
           (double)back_sum / (double)(opened != 0 ? opened : 1), SMALL);
}

static void
test_cuts(const struct blob *file, const struct doc *docs, uint64_t first_end)
{
    size_t wrong = 0, verified = 0;

    for (size_t len = 0; len < file->len; len++) {
        struct sheaf_info info = { 0 };
        struct sheaf_error err = { 0 };
        enum outcome outcome;
        size_t back;
        bool good;

        outcome = read_all(file, len, docs, &info, &back);
        if (outcome == REFUSED)
            good = len < first_end;
        else if (info.generation == 1 && len >= first_end)
            good = info.tail_bytes == len - first_end && !info.end_damaged &&
                   info.lost_leaves == 0 && back == SMALL - IN_SECOND;
        else
            good = info.end_damaged && info.tail_bytes == 0;
        if ((outcome == LIED || !good) && wrong++ < 5)
            printf("# cut to %zu: outcome %d, generation %llu, tail %llu, "
                   "damaged %d, %zu back\n",
                   len, outcome, (unsigned long long)info.generation,
                   (unsigned long long)info.tail_bytes, info.end_damaged,
                   back);
        if (verify_bytes(file->data, len, NULL, NULL, &err) == SHEAF_OK &&
            len != first_end && verified++ < 5)
            printf("# verified when cut to %zu\n", len);
    }
    eq_int(wrong, 0, "cut anywhere: what was before, or a damaged end");
    eq_int(verified, 0, "cut anywhere but at an end: does not verify");
}

/* ---- Seals --------------------------------------------------------------- */

static int
count_lost(void *arg, const struct sheaf_scan_item *item)
{
    *(unsigned *)arg += item->state == SHEAF_SCAN_LOST;
    return 0;
}

/* A seal whose frame is damaged follows from the tops: nothing is lost. */
static void
test_seals(struct blob *file)
{
    unsigned seals = 0, lost = 0;

    for (size_t at = 0; at + 200 < file->len; at++) {
        struct sheaf_reader *r = NULL;
        struct sheaf_scratch *s = NULL;
        struct sheaf_error err = { 0 };

        if (frame_type_at(file->data + at, file->len - at) != FRAME_LEF)
            continue;
        seals++;
        file->data[at + 60] ^= 1;
        MUST_BE(open_bytes(file->data, file->len, NULL, &r, &err), SHEAF_OK,
                &err);
        MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
        MUST_BE(sheaf_scan(r, s, count_lost, &lost, &err), SHEAF_OK, &err);
        sheaf_scratch_free(s);
        sheaf_close(r);
        file->data[at + 60] ^= 1;
    }
    eq_int(seals, 2, "two seals");
    eq_int(lost, 0, "are derived when they are damaged");
}

/* ---- Columns ------------------------------------------------------------- */

/* Columns that are damaged follow from the articles: a listing is the same,
 * whether each article has a frame of its own or not. */
static void
test_columns(uint32_t block)
{
    const struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .dict_max = -1,
                                           .time_ms = DOC_TIME,
                                           .block = block };
    struct doc *docs = docs_make(SMALL, 40, 22);
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct blob file = { 0 }, want, got;
    uint64_t group;

    MUST_BE(pack(docs, SMALL, &o, NULL, &bytes, NULL, &err), SHEAF_OK, &err);
    blob_add(&file, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    want = list_of(&file);
    ok(memmem(want.data, want.len, "\nHeadline 11\n", 13) != NULL,
       "blocks of %u: a listing has headlines", block);
    group = find_frame(&file, 0, file.len, "GRP");
    file.data[group + FRAME_HEAD_SIZE + 20] ^= 1;
    got = list_of(&file);
    ok(same_bytes(blob_view(&got), want.data, want.len),
       "and is the same when its columns are damaged");
    blob_free(&want);
    blob_free(&got);
    blob_free(&file);
    docs_free(docs, SMALL);
}

/* ---- Groups without what stands between them ----------------------------- */

#define PARTS 4
#define IN_PART 12

/* Hits every frame of this type between two offsets. */
static void
hit(uint8_t *bytes, const uint64_t part[2], const char *type)
{
    static const uint8_t gap[40];
    struct blob rest = { .data = bytes, .len = (size_t)part[1] };

    for (uint64_t at = part[0];
         (at = find_frame(&rest, at, part[1], type)) < part[1];
         at += FRAME_HEAD_SIZE)
        memcpy(bytes + at, gap, sizeof gap);
}

/* Appends a generation, in which the key changes. */
static void
add_part(const char *path, const struct doc *docs,
         const struct sheaf_write_options *o)
{
    struct sheaf_secret_key new_secret;
    struct sheaf_public_key new_pub;
    struct sheaf_writer *w = NULL;
    struct sheaf_error err = { 0 };

    MUST_BE(sheaf_keygen(&new_secret, &new_pub, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_writer_append(path, o, &pub, &w, &err), SHEAF_OK, &err);
    MUST_BE(docs_add(w, docs, IN_PART, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_add_key_change(w, &secret, &new_secret, &err), SHEAF_OK,
            &err);
    MUST_BE(sheaf_commit(w, &new_secret, NULL, &err), SHEAF_OK, &err);
    sheaf_writer_free(w);
    secret = new_secret;
    pub = new_pub;
}

/* Columns, directory, seal, key change and ends of a generation are lost, and
 * the hashes of one. What is listed are the articles of each group, not
 * what stands before or behind them. */
static void
test_between(void)
{
    static const char *const lost[] = { "GRP", "DIR", "LEF", "END" };
    const struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .dict_max = -1,
                                           .level = 3, .time_ms = DOC_TIME };
    struct doc *docs = docs_make(PARTS * IN_PART, 40, 24);
    const struct path path = in_folder("between.sheaf");
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct blob file, want;
    uint64_t ends[PARTS + 1] = { 0 };
    size_t wrong = 0, told = 0;

    MUST_BE(pack(docs, IN_PART, &o, &secret, &bytes, NULL, &err), SHEAF_OK,
            &err);
    write_file(path.text, bytes.data, bytes.len);
    ends[1] = bytes.len;
    sheaf_buf_free(&bytes);
    for (size_t i = 1; i < PARTS; i++) {
        add_part(path.text, docs + i * IN_PART, &o);
        file = read_file(path.text);
        ends[i + 1] = file.len;
        if (i + 1 < PARTS)
            blob_free(&file);
    }
    unlink(path.text);
    want = list_of(&file);
    for (size_t k = 0; k < (size_t)PARTS * (PARTS - 1); k++) {
        struct blob part = { 0 }, got = { 0 };
        struct sheaf_reader *r = NULL;
        struct sheaf_scratch *s = NULL;
        int rc;

        blob_add(&part, file.data, file.len);
        for (size_t i = 0; i < COUNT_OF(lost); i++)
            hit(part.data, ends + k / PARTS, lost[i]);
        hit(part.data, ends + k % PARTS, "TIL");
        MUST_BE(open_bytes(part.data, part.len, NULL, &r, &err), SHEAF_OK,
                &err);
        MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
        rc = sheaf_list(r, s, NULL, list_line, &got, &err);
        told += rc == SHEAF_OK;
        wrong += rc == SHEAF_OK &&
                 !same_bytes(blob_view(&got), want.data, want.len);
        sheaf_scratch_free(s);
        sheaf_close(r);
        blob_free(&part);
        blob_free(&got);
    }
    ok(wrong == 0 && told > 0, "%zu listings with what is left", told);
    blob_free(&want);
    blob_free(&file);
    docs_free(docs, PARTS * IN_PART);
}

/* ---- Bytes between frames ------------------------------------------------ */

#define BETWEEN_DOCS 300

/* Puts `len` bytes in at `at`: how many articles come back. */
static size_t
back_with(const struct blob *file, const struct doc *docs, size_t at,
          const uint8_t *bytes, size_t len)
{
    struct sheaf_reader *r = NULL;
    struct sheaf_error err = { 0 };
    struct blob part = { 0 };
    size_t back;

    blob_add(&part, file->data, at);
    blob_add(&part, bytes, len);
    blob_add(&part, file->data + at, file->len - at);
    MUST_BE(open_bytes(part.data, part.len, NULL, &r, &err), SHEAF_OK, &err);
    back = docs_back(r, docs, BETWEEN_DOCS);
    sheaf_close(r);
    blob_free(&part);
    return back;
}

/* Bytes were inserted where a frame ends and another begins: no article is
 * lost. Nor is one if a stretch of the file is there twice, which begins and
 * ends within frames. */
static void
test_between_frames(int64_t dict_max)
{
    static const uint8_t zeros[4096];
    const struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS,
                                           .dict_max = dict_max, .level = 3,
                                           .time_ms = DOC_TIME };
    struct doc *docs = docs_make(BETWEEN_DOCS, 200, 25);
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct blob file = { 0 };
    size_t at = 0, n = 0, tried = 0, whole = 0, twice = 0;

    MUST_BE(pack(docs, BETWEEN_DOCS, &o, NULL, &bytes, NULL, &err), SHEAF_OK,
            &err);
    blob_add(&file, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    for (; n <= 256 && at + 4 < file.len; at++) {
        if (memcmp(file.data + at, FRAME_ZSTD_MAGIC, 4) != 0 || n++ % 64 > 1)
            continue;
        whole += back_with(&file, docs, at, zeros, 1) == BETWEEN_DOCS &&
                 back_with(&file, docs, at, zeros, 4096) == BETWEEN_DOCS;
        /* Not with the dictionary, or the columns of the group. */
        twice += tried++ == 0 || n > 200 ||
                 back_with(&file, docs, at + 40, file.data + at + 40, 1000) ==
                     BETWEEN_DOCS;
    }
    eq_int(whole, tried, "inserted between frames: nothing is lost");
    eq_int(twice, tried, "a stretch twice: nothing is lost");
    at = find_frame(&file, 0, file.len, "GRP");
    eq_int(back_with(&file, docs, at, zeros, 1), BETWEEN_DOCS,
           "inserted between the last frame of a group and that");
    blob_free(&file);
    docs_free(docs, BETWEEN_DOCS);
}

/* ---- A group that is cut out --------------------------------------------- */

/* The columns of a full group are missing, with every byte of them: all that
 * follows stands before its place. Then more articles follow each other than a
 * group can have. */
static void
test_cut_group(void)
{
    const struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .dict_max = -1,
                                           .level = 3, .time_ms = DOC_TIME };
    struct doc *docs = docs_make(CUT_DOCS, 40, 23);
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct blob file = { 0 };
    struct sheaf_reader *r = NULL;
    uint64_t group, end;
    size_t back;

    MUST_BE(pack(docs, CUT_DOCS, &o, NULL, &bytes, NULL, &err), SHEAF_OK,
            &err);
    blob_add(&file, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    group = find_frame(&file, 0, file.len, "GRP");
    end = group + 8 + get_le32(file.data + group + 4);
    memmove(file.data + group, file.data + end, file.len - end);
    file.len -= end - group;
    MUST_BE(open_bytes(file.data, file.len, NULL, &r, &err), SHEAF_OK, &err);
    back = docs_back(r, docs, CUT_DOCS);
    ok(back + 2 >= CUT_DOCS,
       "a group's columns are cut out: %zu of %d articles come back", back,
       CUT_DOCS);
    sheaf_close(r);
    blob_free(&file);
    docs_free(docs, CUT_DOCS);
}

/* ---- Ranges of leaves ---------------------------------------------------- */

#define RANGE 100

static int
count_article(void *arg, const struct sheaf_scan_item *item)
{
    size_t *count = arg;

    *count += item->state == SHEAF_SCAN_ARTICLE;
    return 0;
}

/* How many articles ranges give, one after the other. Each range is read by a
 * reader of its own, as on several machines. */
static size_t
count_in_ranges(const struct blob *file, uint64_t leaves)
{
    size_t count = 0;

    for (uint64_t first = 0; first < leaves; first += RANGE) {
        struct sheaf_error err = { 0 };
        struct sheaf_reader *r = NULL;
        struct sheaf_scratch *s = NULL;

        MUST_BE(open_bytes(file->data, file->len, NULL, &r, &err), SHEAF_OK,
                &err);
        MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
        MUST_BE(sheaf_scan_range(r, s, first, first + RANGE, count_article,
                                 &count, &err),
                SHEAF_OK, &err);
        sheaf_scratch_free(s);
        sheaf_close(r);
    }
    return count;
}

/* A damaged frame that can be derived costs a range nothing. */
static void
test_ranges(void)
{
    static const char *const kinds[] = { "GRP", "DIR", "TIL", "MAP" };
    const struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS, .dict_max = -1,
                                           .level = 3, .time_ms = DOC_TIME };
    struct doc *docs = docs_make(CUT_DOCS, 40, 25);
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct blob file = { 0 };
    size_t tried = 0, whole = 0;

    MUST_BE(pack(docs, CUT_DOCS, &o, NULL, &bytes, NULL, &err), SHEAF_OK,
            &err);
    blob_add(&file, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    for (size_t i = 0; i < COUNT_OF(kinds); i++) {
        uint64_t at = find_frame(&file, 0, file.len, kinds[i]);

        while (at < file.len) {
            file.data[at + 60] ^= 1;
            tried++;
            whole += count_in_ranges(&file, CUT_DOCS) == CUT_DOCS;
            file.data[at + 60] ^= 1;
            at = find_frame(&file, at + 8, file.len, kinds[i]);
        }
    }
    ok(tried > 4 && whole == tried, "%zu of %zu times ranges give all", whole,
       tried);
    /* Nothing says where the first group begins. */
    file.data[find_frame(&file, 0, file.len, "GRP") + 60] ^= 1;
    file.data[HEAD_SIZE + 20] ^= 1;
    eq_int(count_in_ranges(&file, CUT_DOCS), CUT_DOCS - 1,
           "all but one, if the first of the group is damaged, too");
    blob_free(&file);
    docs_free(docs, CUT_DOCS);
}

/* ---- Damage that passes -------------------------------------------------- */

/* Opening meets damage that is not there any more when everything is read,
 * as with a disk that reads a sector right only now and then. What was met
 * once is no archive that is as it should be. */
static void
test_passing(struct blob *file)
{
    size_t met = 0, verified = 0;

    for (size_t at = file->len - 1200; at < file->len; at += 7) {
        struct sheaf_verify_options o = { SHEAF_VERIFY_OPTIONS };
        struct sheaf_reader *r = NULL;
        struct sheaf_report report;
        struct sheaf_error err = { 0 };

        file->data[at] ^= 1;
        MUST_BE(open_bytes(file->data, file->len, NULL, &r, &err), SHEAF_OK,
                &err);
        file->data[at] ^= 1;
        if (sheaf_get_damage(r, NULL) != 0) {
            int rc = sheaf_verify(r, &o, &report, &err);

            met++;
            verified += rc != SHEAF_ECORRUPT || err.clause[0] == '\0';
        }
        sheaf_close(r);
    }
    ok(met > 10, "opening meets damage in %zu places", met);
    eq_int(verified, 0, "which verifying does not forget when it is gone");
}

/* ---- Sectors ------------------------------------------------------------- */

#define MANY 1500
#define TILE 256

/* Every article lost must lie in the sector, at least in part. */
static void
test_sectors(void)
{
    const struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS,
                                           .dict_max = 256 << 10, .level = 3,
                                           .time_ms = DOC_TIME };
    struct doc *docs = docs_make(MANY, 900, 31);
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_dictionary dict;
    struct sheaf_info info;
    struct sheaf_entry *places = calloc(MANY, sizeof *places);
    uint8_t kept[SECTOR];
    size_t lost_elsewhere = 0, lies = 0, most = 0, unopened = 0;
    size_t walked = 0, unvouched = 0;
    struct blob story = { 0 };
    struct rng rng = { 99 };

    if (places == NULL)
        abort();
    /* Stories that come again, in parts, so that a large dictionary pays. */
    blob_random(&story, &rng, 200 << 10);
    for (size_t i = 0; i < MANY; i++)
        for (unsigned k = 0; k < 8; k++)
            blob_add(&docs[i].parts[0],
                     story.data + rng_below(&rng, (200 << 10) / 256) * 256,
                     256);
    blob_free(&story);
    MUST_BE(pack(docs, MANY, &o, NULL, &bytes, NULL, &err), SHEAF_OK, &err);
    MUST_BE(open_bytes(bytes.data, bytes.len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_get_dictionary(r, 0, &dict, NULL, &err), SHEAF_OK, &err);
    ok(dict.packed_size > 65536, "a dictionary of %u bytes in %zu",
       (unsigned)dict.packed_size, bytes.len);
    sheaf_get_info(r, &info);
    for (size_t i = 0; i < MANY; i++)
        MUST_BE(sheaf_find(r, s, blob_view(&docs[i].id), 0, &places[i], &err),
                SHEAF_OK, &err);
    sheaf_close(r);
    sheaf_scratch_free(s);

    /* An article is found by sheaf_locate where the page of sheaf_find is gone.
     * The last group and the first page may lie in the same sector; what was
     * in both is then found only by walking the frames, which stands here as
     * reading from the place known before. Leaf hashes are the one thing of
     * which there is no second: without them an article is not vouched for. */
    for (size_t at = 0; at < bytes.len; at += SECTOR) {
        size_t n = min_u64(SECTOR, bytes.len - at);
        size_t lost = 0;

        memcpy(kept, bytes.data + at, n);
        memset(bytes.data + at, 0, n);
        r = NULL;
        s = NULL;
        if (open_bytes(bytes.data, bytes.len, NULL, &r, &err) != SHEAF_OK) {
            printf("# sector at %zu: %s [%s]\n", at, err.message, err.clause);
            unopened++;
            memcpy(bytes.data + at, kept, n);
            continue;
        }
        MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
        for (size_t i = 0; i < MANY; i += 7) {
            struct sheaf_article a;
            struct sheaf_entry e;
            bool in_it = places[i].offset < at + n &&
                         places[i].offset + places[i].length > at;
            int rc = get(r, s, &docs[i], 0, &a, &err);

            lies += rc == SHEAF_ENOTFOUND;
            if (rc != SHEAF_OK) {
                rc = sheaf_locate(r, s, i, &e, &err);
                if (rc == SHEAF_OK)
                    rc = sheaf_read(r, s, &e, &a, &err);
            }
            if (rc != SHEAF_OK && rc != SHEAF_EVERIFY) {
                walked += !in_it;
                rc = sheaf_read(r, s, &places[i], &a, &err);
            }
            lies += rc == SHEAF_OK && !doc_is(&docs[i], &a);
            if (rc == SHEAF_EVERIFY)
                unvouched++;
            else if (rc != SHEAF_OK && !in_it && lost_elsewhere++ < 5)
                printf("# sector at %zu: article at %llu: %s [%s]\n", at,
                       (unsigned long long)places[i].offset, err.message,
                       err.clause);
            lost += rc != SHEAF_OK;
        }
        if (lost > most)
            most = lost;
        sheaf_scratch_free(s);
        sheaf_close(r);
        memcpy(bytes.data + at, kept, n);
    }
    eq_int(lies, 0, "no sector's loss makes another article of one");
    eq_int(lost_elsewhere, 0, "nor loses an article outside of it");
    /* The head says nothing that the end does not; the PAD keeps both ends
     * apart. */
    eq_int(unopened, 0, "none keeps it from being opened");
    ok(walked <= (TILE + 6) / 7, "few are found by walking only: %zu", walked);
    ok(unvouched <= (MANY + 6) / 7, "each leaf hash is lost once: %zu",
       unvouched);
    printf("# at most %zu of %d tried were lost to one sector\n", most,
           (MANY + 6) / 7);
    free(places);
    sheaf_buf_free(&bytes);
    docs_free(docs, MANY);
}

int
main(void)
{
    struct sheaf_error err = { 0 };
    struct blob file = { 0 };
    uint64_t first_end = 0;
    struct doc *docs;

    make_folder();
    MUST_BE(sheaf_keygen(&secret, &pub, &err), SHEAF_OK, &err);
    docs = make_small(&file, &first_end);
    test_bits(&file, docs);
    test_cuts(&file, docs, first_end);
    test_seals(&file);
    test_passing(&file);
    test_columns(0);
    test_columns(4096);
    test_cut_group();
    test_between_frames(0);
    test_between_frames(-1);
    test_ranges();
    test_between();
    blob_free(&file);
    docs_free(docs, SMALL);
    test_sectors();
    ok(rmdir(folder) == 0, "nothing is left in the folder");
    return tap_done();
}
