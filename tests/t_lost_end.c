/*
 * A sector that takes both ends of a small generation. What it leaves is no
 * append that was interrupted, whatever follows: readers say that leaves are
 * lost, find no article as the newest, and nothing is appended in their place.
 * And the other way round: what follows a whole end takes nothing from it.
 */
#include "archive.h"
#include "base/cursor.h"
#include "format/codec.h"
#include "format/frame.h"
#include "format/top.h"

#define SECTOR ((size_t)4096)
/* Articles of the generations. */
#define FIRST 6
#define SECOND 2
#define LARGE 15
#define KILLED 30
#define MANY 1500

static struct sheaf_secret_key secret;
static struct sheaf_public_key pub;

static const struct sheaf_write_options options = {
    SHEAF_WRITE_OPTIONS, .time_ms = DOC_TIME, .level = 1, .dict_max = -1
};

/* What a sector from `from` on leaves, which ends where the file of `to` bytes
 * ended. */
struct loss {
    const char *what;
    const struct blob *file;
    uint64_t from_first; /* starts of the sector */
    uint64_t from_last;
    uint64_t to;
    size_t wrong, tried;
};

static int
take_key(void *arg, const uint8_t key[SHEAF_KEY_BYTES])
{
    (void)arg;
    (void)key;
    return 0;
}

/* An article of before is there, but a newer revision may be lost. */
static bool
finding_says(const struct sheaf_reader *r)
{
    struct sheaf_bytes id = sheaf_str("news/000000");
    struct sheaf_bytes url = sheaf_str("https://example.org/0?a=\"b\"");
    struct sheaf_error err = { 0 };
    struct sheaf_scratch *s = NULL;
    struct sheaf_entry e;
    bool good;

    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    good = sheaf_find(r, s, id, 0, &e, &err) == SHEAF_EINCOMPLETE &&
           sheaf_find_url(r, s, url, &e, &err) == SHEAF_EINCOMPLETE &&
           sheaf_list_id_keys(r, s, take_key, NULL, &err) == SHEAF_EINCOMPLETE;
    sheaf_scratch_free(s);
    return good;
}

/* No other archive is made of what can be read, as if that were all. */
static bool
copying_fails(const struct sheaf_reader *r)
{
    struct sheaf_error err = { 0 };
    struct sheaf_buf out = { 0 };
    struct sheaf_sink sink;
    bool good;

    MUST_BE(sheaf_sink_memory(&sink, &out, &err), SHEAF_OK, &err);
    good = sheaf_repack(r, sink, NULL, NULL, NULL, NULL, &err) ==
           SHEAF_EINCOMPLETE;
    sheaf_buf_free(&out);
    return good;
}

/* Whether the newest revision of this article is not told. */
static bool
finding_fails(const uint8_t *bytes, size_t len, const struct doc *d)
{
    struct sheaf_error err = { 0 };
    struct sheaf_scratch *s = NULL;
    struct sheaf_reader *r = NULL;
    struct sheaf_entry e;
    int rc;

    MUST_BE(open_bytes(bytes, len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    rc = sheaf_find(r, s, blob_view(&d->id), 0, &e, &err);
    sheaf_scratch_free(s);
    sheaf_close(r);
    return rc == SHEAF_EINCOMPLETE || rc == SHEAF_ECORRUPT;
}

static bool
reader_says(const uint8_t *bytes, size_t len)
{
    struct sheaf_reader *r = NULL;
    struct sheaf_error err = { 0 };
    struct sheaf_info info;
    bool good;

    MUST_BE(open_bytes(bytes, len, NULL, &r, &err), SHEAF_OK, &err);
    sheaf_get_info(r, &info);
    good = info.generation == 1 && info.lost_leaves != 0 && finding_says(r) &&
           copying_fails(r);
    sheaf_close(r);
    return good;
}

/* Nothing is appended, with the key or without, and nothing else is done. */
static bool
writer_refuses(const uint8_t *bytes, size_t len)
{
    const struct path path = in_folder("lost.sheaf");
    struct doc *docs = docs_make(1, 50, 77);
    bool good = true;

    write_file(path.text, bytes, len);
    for (unsigned key = 0; key < 2; key++) {
        struct sheaf_error err = { 0 };
        struct blob now;
        int rc = append(path.text, docs, 1, &options, key ? &pub : NULL,
                        key ? &secret : NULL, &err);

        now = read_file(path.text);
        good = good && rc == SHEAF_ECORRUPT &&
               same_bytes(blob_view(&now), bytes, len);
        blob_free(&now);
    }
    unlink(path.text);
    docs_free(docs, 1);
    return good;
}

static void
try_sectors(struct loss *l)
{
    static const int fills[] = { 0, 0xFF, 0xA5 };
    uint8_t *bytes = malloc(l->file->len);

    if (bytes == NULL)
        abort();
    for (uint64_t from = l->from_first; from <= l->from_last; from++)
        for (size_t i = 0; i < COUNT_OF(fills); i++) {
            size_t n = (size_t)(l->to - from);

            memcpy(bytes, l->file->data, l->file->len);
            memset(bytes + from, fills[i], n);
            l->tried++;
            if ((n > SECTOR || !reader_says(bytes, l->file->len) ||
                 ((from + i) % 61 == 0 &&
                  !writer_refuses(bytes, l->file->len))) &&
                l->wrong++ < 5)
                printf("# %s: %d from %llu\n", l->what, fills[i],
                       (unsigned long long)from);
        }
    free(bytes);
    ok(l->tried > 100 && l->wrong == 0,
       "%s: no start of the sector of %zu looks like an append", l->what,
       l->tried);
}

static void
grow(struct blob *file, const struct doc *docs, size_t count)
{
    const struct path path = in_folder("grow.sheaf");
    struct sheaf_error err = { 0 };

    write_file(path.text, file->data, file->len);
    MUST_BE(append(path.text, docs, count, &options, &pub, &secret, &err),
            SHEAF_OK, &err);
    blob_free(file);
    *file = read_file(path.text);
    unlink(path.text);
}

static struct blob
begin(const struct doc *docs)
{
    struct blob file = { 0 };
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };

    MUST_BE(pack(docs, FIRST, &options, &secret, &bytes, NULL, &err), SHEAF_OK,
            &err);
    blob_add(&file, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    return file;
}

/* A sector of 512 bytes does not hold both ends of it. It may hold the end of
 * one copy of the top and the beginning of the other. */
static void
test_between(const struct blob *file, uint64_t from)
{
    size_t wrong = 0;
    uint8_t *bytes = malloc(file->len);

    if (bytes == NULL)
        abort();
    for (; from + 512 <= file->len; from++) {
        struct sheaf_reader *r = NULL;
        struct sheaf_error err = { 0 };
        struct sheaf_info info;

        memcpy(bytes, file->data, file->len);
        memset(bytes + from, from % 2 ? 0 : 0xA5, 512);
        MUST_BE(open_bytes(bytes, file->len, NULL, &r, &err), SHEAF_OK, &err);
        sheaf_get_info(r, &info);
        if ((info.generation != 2 || info.lost_leaves != 0) && wrong++ < 5)
            printf("# from %llu: generation %llu\n", (unsigned long long)from,
                   (unsigned long long)info.generation);
        sheaf_close(r);
    }
    free(bytes);
    eq_int(wrong, 0, "512 bytes anywhere do not hide a generation");
}

/* Without the first END, a second copy that is damaged is not written again:
 * until that is done, nothing else leads to the generation. */
static void
test_first(const struct blob *file, uint64_t from)
{
    uint64_t end = find_frame(file, from, file->len, "END");
    uint8_t *bytes = malloc(file->len);

    if (bytes == NULL)
        abort();
    memcpy(bytes, file->data, file->len);
    memset(bytes + end, 0, END_SIZE + 40);
    ok(writer_refuses(bytes, file->len),
       "without the first END nothing is rewritten");
    free(bytes);
}

/* The sector may begin behind the magic of the first END, and take even the
 * second copy of the end before. */
static void
test_small(void)
{
    struct doc *docs = docs_make(FIRST + SECOND + KILLED, 60, 4);
    struct blob file = begin(docs);
    struct rng rng = { 8 };
    uint64_t first_end = file.len;
    struct loss l = { .file = &file };

    grow(&file, docs + FIRST, SECOND);
    l.to = file.len;
    l.from_last = find_frame(&file, first_end, file.len, "END") + 4;
    l.from_first = find_frame(&file, HEAD_SIZE, file.len, "END") + END_SIZE;
    test_between(&file, first_end);
    test_first(&file, first_end);
    l.what = "a small generation";
    try_sectors(&l);

    /* Behind it is what an append has left that was killed: whole frames, and
     * the last one is cut off. */
    for (size_t i = FIRST + SECOND; i < FIRST + SECOND + KILLED; i++)
        blob_random(&docs[i].parts[0], &rng, 2000);
    grow(&file, docs + FIRST + SECOND, KILLED);
    file.len = find_frame(&file, l.to, file.len, "TOP") + 20;
    l.what = "with a killed append behind it";
    l.wrong = l.tried = 0;
    try_sectors(&l);
    blob_free(&file);
    docs_free(docs, FIRST + SECOND + KILLED);
}

/* The largest without a PAD, and a small one behind it: the sector takes the
 * ends of both. */
static void
test_two(void)
{
    struct doc *docs = docs_make(FIRST + LARGE + 1, 20, 5);
    struct blob file = begin(docs);
    struct rng rng = { 9 };
    uint64_t first_end = file.len, second_end, first;
    struct loss l = { .what = "two generations", .file = &file };

    for (size_t i = FIRST; i < FIRST + LARGE; i++)
        blob_random(&docs[i].parts[0], &rng, 1700);
    grow(&file, docs + FIRST, LARGE);
    second_end = file.len;
    first = find_frame(&file, first_end, file.len, "END");
    ok(first + END_SIZE - first_end < 32768 && second_end - first_end > 31000,
       "a generation of %llu bytes without a PAD",
       (unsigned long long)(second_end - first_end));
    grow(&file, docs + FIRST + LARGE, 1);
    l.to = file.len;
    l.from_last = first + 4;
    l.from_first = first - 100;
    try_sectors(&l);
    blob_free(&file);
    docs_free(docs, FIRST + LARGE + 1);
}

/* Whether all documents are found, though the newest generation is damaged. */
static bool
gives_all(const uint8_t *bytes, size_t len, const struct doc *docs, size_t n)
{
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_error err = { 0 };
    struct sheaf_info info;
    size_t found = 0;

    MUST_BE(open_bytes(bytes, len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    sheaf_get_info(r, &info);
    for (size_t i = 0; i < n; i++) {
        struct sheaf_entry e;
        struct sheaf_article a;
        struct sheaf_bytes id = { docs[i].id.data, docs[i].id.len };

        found += sheaf_find(r, s, id, 0, &e, &err) == SHEAF_OK &&
                 sheaf_read(r, s, &e, &a, &err) == SHEAF_OK;
    }
    sheaf_scratch_free(s);
    sheaf_close(r);
    return info.generation == 2 && info.lost_leaves == 0 && found == n;
}

/* A frame of the last generation is missing, with every byte of it: what is
 * left are whole frames, and ends for a place far off. It can be derived. */
static void
test_hole(void)
{
    static const char *const types[] = { "MAP", "URL", "TIL" };
    struct doc *docs = docs_make(FIRST + MANY, 10, 6);
    struct blob file = begin(docs);
    uint64_t first_end = file.len;
    uint8_t *bytes;

    grow(&file, docs + FIRST, MANY);
    bytes = malloc(file.len);
    if (bytes == NULL)
        abort();
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        uint64_t at = find_frame(&file, first_end, file.len, types[i]);
        uint64_t n = 8 + get_le32(file.data + at + 4);

        memcpy(bytes, file.data, at);
        memcpy(bytes + at, file.data + at + n, file.len - at - n);
        ok(n > 4096 && gives_all(bytes, file.len - n, docs, FIRST + MANY) &&
               writer_refuses(bytes, file.len - n),
           "%s of %llu bytes cut out: nothing is lost", types[i],
           (unsigned long long)n);
    }
    free(bytes);
    blob_free(&file);
    docs_free(docs, FIRST + MANY);
}

/* The second copy of a top is damaged, and both ends of the generation behind
 * it: that one is not cut off to write the copy again. */
static void
test_copy_before_lost(void)
{
    struct doc *docs = docs_make(FIRST + 2 * SECOND, 20, 11);
    struct blob file = begin(docs);
    uint64_t from = file.len, to, at;

    grow(&file, docs + FIRST, SECOND);
    to = file.len;
    grow(&file, docs + FIRST + SECOND, SECOND);
    at = find_frame(&file, from, to, "END");
    file.data[find_frame(&file, at, to, "TOP") + 40] ^= 1;
    at = find_frame(&file, to, file.len, "END");
    file.data[at + 40] ^= 1;
    file.data[file.len - 40] ^= 1;
    ok(writer_refuses(file.data, file.len),
       "a second copy is not written over a generation that may be lost");
    blob_free(&file);
    docs_free(docs, FIRST + 2 * SECOND);
}

/* The length of a frame of the last generation has a flipped bit, so that the
 * frame seems to be cut off by the end of the file, and the ends are lost. */
static void
test_long_frame(void)
{
    static const char *const types[] = { "GRP", "MAP", "URL", "DIR", "TIL" };
    struct doc *docs = docs_make(FIRST + SECOND, 20, 12);
    struct blob file = begin(docs);
    uint64_t from = file.len;

    grow(&file, docs + FIRST, SECOND);
    memset(file.data + find_frame(&file, from, file.len, "END"), 0, END_SIZE);
    memset(file.data + file.len - END_SIZE, 0, END_SIZE);
    for (size_t i = 0; i < COUNT_OF(types); i++) {
        uint64_t at = find_frame(&file, from, file.len, types[i]);

        file.data[at + 6] ^= 1;
        ok(reader_says(file.data, file.len) &&
               writer_refuses(file.data, file.len),
           "%s of 64 KiB more than there are: leaves are lost", types[i]);
        file.data[at + 6] ^= 1;
    }
    blob_free(&file);
    docs_free(docs, FIRST + SECOND);
}

/* The last sector of the file is the one with the end of the generation before:
 * it says that it stands elsewhere, and it does. */
static void
test_copied_end(void)
{
    struct doc *docs = docs_make(FIRST + SECOND, 20, 15);
    struct blob file = begin(docs);
    uint64_t from = file.len;

    grow(&file, docs + FIRST, SECOND);
    memcpy(file.data + file.len - 1024, file.data + from - 1024, 1024);
    ok(reader_says(file.data, file.len) && writer_refuses(file.data, file.len),
       "a copied end is no shift: leaves are lost");
    blob_free(&file);
    docs_free(docs, FIRST + SECOND);
}

/* Both ends of a long generation are lost, by two flipped bits, or with all
 * that follows the first one: the frames that it begins with are whole. */
static void
test_long_generation(void)
{
    struct doc *docs = docs_make(FIRST + LARGE, 20, 13);
    struct blob file = begin(docs);
    struct rng rng = { 14 };
    uint64_t from = file.len, end;

    for (size_t i = FIRST; i < FIRST + LARGE; i++)
        blob_random(&docs[i].parts[0], &rng, 9000);
    grow(&file, docs + FIRST, LARGE);
    ok(file.len - from > 3 * 32768, "a generation of %llu bytes",
       (unsigned long long)(file.len - from));
    end = find_frame(&file, from, file.len, "END");
    file.data[end + 40] ^= 1;
    file.data[file.len - 40] ^= 1;
    ok(reader_says(file.data, file.len) && writer_refuses(file.data, file.len),
       "whose ends are flipped: leaves are lost");
    memset(file.data + end, 0, file.len - end);
    ok(reader_says(file.data, file.len) && writer_refuses(file.data, file.len),
       "and with zeros from the first END on");
    blob_free(&file);
    docs_free(docs, FIRST + LARGE);
}

/* The beginning of the archive follows it, as when a download begins again: its
 * groups and ends are not where they say, and lead to no earlier generation. */
static void
test_copy(void)
{
    struct doc *docs = docs_make(FIRST + 2 * SECOND, 20, 8);
    struct blob file = begin(docs);
    size_t older = 0, tried = 0, len;
    uint8_t *bytes;

    grow(&file, docs + FIRST, SECOND);
    grow(&file, docs + FIRST + SECOND, SECOND);
    len = file.len;
    bytes = malloc(2 * len);
    if (bytes == NULL)
        abort();
    memcpy(bytes, file.data, len);
    memcpy(bytes + len, file.data, len);
    for (size_t more = 1; more <= len; more += 3) {
        struct sheaf_reader *r = NULL;
        struct sheaf_error err = { 0 };
        struct sheaf_info info;

        MUST_BE(open_bytes(bytes, len + more, NULL, &r, &err), SHEAF_OK, &err);
        sheaf_get_info(r, &info);
        older += info.generation != 3;
        tried++;
        sheaf_close(r);
    }
    eq_int(older, 0, "%zu beginnings of a copy behind it: it is the newest",
           tried);
    free(bytes);
    blob_free(&file);
    docs_free(docs, FIRST + 2 * SECOND);
}

/* Generations, some of them missing, twice, or out of order, as when parts of a
 * file are joined: what precedes the place is not the newest state. */
static void
test_parts(void)
{
    static const char *const orders[] = { "023",   "013",   "03",    "0132",
                                          "0213",  "01123", "01223", "00123",
                                          "01232", "012323" };
    struct doc *docs = docs_make(FIRST + 3 * SECOND, 20, 9);
    struct blob file = begin(docs);
    struct rng rng = { 10 };
    size_t ends[5] = { 0, file.len };
    size_t wrong = 0;

    for (size_t i = 0; i < 3; i++) {
        struct doc *d = docs + FIRST + i * SECOND;

        for (size_t k = 0; k < SECOND; k++)
            blob_random(&d[k].parts[0], &rng, 3000);
        grow(&file, d, SECOND);
        ends[i + 2] = file.len;
    }
    for (size_t i = 0; i < COUNT_OF(orders); i++) {
        struct blob joined = { 0 };
        struct sheaf_reader *r = NULL;
        struct sheaf_error err = { 0 };
        struct sheaf_info info;

        for (const char *p = orders[i]; *p != '\0'; p++)
            blob_add(&joined, file.data + ends[*p - '0'],
                     ends[*p - '0' + 1] - ends[*p - '0']);
        MUST_BE(open_bytes(joined.data, joined.len, NULL, &r, &err), SHEAF_OK,
                &err);
        sheaf_get_info(r, &info);
        if (info.generation != 4 && info.lost_leaves == 0) {
            printf("# %s: generation %llu, %llu lost\n", orders[i],
                   (unsigned long long)info.generation,
                   (unsigned long long)info.lost_leaves);
            wrong++;
        }
        sheaf_close(r);
        blob_free(&joined);
    }
    eq_int(wrong, 0, "%zu orders of generations: later leaves are lost",
           COUNT_OF(orders));
    blob_free(&file);
    docs_free(docs, FIRST + 3 * SECOND);
}

/* An append that was killed right after its first END has committed its
 * generation: a bit of that END that is hit later is no append that was killed
 * before. What was written in part is. */
static void
test_killed_end(size_t bytes_each)
{
    struct doc *docs = docs_make(FIRST + LARGE, 20, 14);
    struct blob file = begin(docs);
    struct rng rng = { 15 };
    size_t second = file.len, end, silent = 0, lost = 0;

    for (size_t i = FIRST; i < FIRST + LARGE; i++)
        blob_random(&docs[i].parts[0], &rng, bytes_each);
    grow(&file, docs + FIRST, LARGE);
    end = find_frame(&file, second, file.len, "END");
    file.len = end + END_SIZE;
    for (size_t bit = 0; bit < (size_t)8 * END_SIZE; bit++) {
        uint8_t *byte = file.data + end + bit / 8;

        *byte ^= (uint8_t)(1 << bit % 8);
        silent += !reader_says(file.data, file.len) ||
                  (bit % 97 == 0 && !writer_refuses(file.data, file.len));
        *byte ^= (uint8_t)(1 << bit % 8);
    }
    eq_int(silent, 0, "each bit of the END of a killed append of %zu bytes",
           end - second);
    for (size_t n = 2; n <= END_SIZE; n++) {
        struct sheaf_reader *r = NULL;
        struct sheaf_error err = { 0 };
        struct sheaf_info info;

        /* The one or the other of two sectors. */
        for (unsigned side = 0; side < 2; side++) {
            uint8_t kept[END_SIZE];
            uint8_t *at = file.data + (side ? end : file.len - n);

            memcpy(kept, at, n);
            memset(at, 0, n);
            MUST_BE(open_bytes(file.data, file.len, NULL, &r, &err), SHEAF_OK,
                    &err);
            sheaf_get_info(r, &info);
            lost += info.generation != 1 || info.lost_leaves != 0;
            sheaf_close(r);
            memcpy(at, kept, n);
        }
    }
    eq_int(lost, 0, "that END, written in part, loses nothing");
    blob_free(&file);
    docs_free(docs, FIRST + LARGE);
}

/* Bytes are inserted before a last generation, and push its end out of the
 * file: what remains may be whole frames, but is no append that was killed. */
static void
test_pushed_out(void)
{
    struct doc *docs = docs_make(FIRST + 2 * SECOND, 20, 16);
    struct blob file = begin(docs);
    struct rng rng = { 17 };
    size_t places[] = { 0, HEAD_SIZE, 0 };
    size_t last, silent = 0, tried = 0;

    for (size_t i = FIRST; i < FIRST + 2 * SECOND; i++)
        blob_random(&docs[i].parts[0], &rng, 3000);
    grow(&file, docs + FIRST, SECOND);
    places[2] = last = file.len;
    grow(&file, docs + FIRST + SECOND, SECOND);
    for (size_t left = 40; left < 6000; left += 97)
        for (size_t i = 0; i < COUNT_OF(places); i++) {
            size_t n = file.len - last - left, at = places[i];
            uint8_t *bytes = calloc(1, file.len);
            struct sheaf_reader *r = NULL;
            struct sheaf_error err = { 0 };
            struct sheaf_info info;

            if (bytes == NULL)
                abort();
            memcpy(bytes, file.data, at);
            memcpy(bytes + at + n, file.data + at, file.len - at - n);
            MUST_BE(open_bytes(bytes, file.len, NULL, &r, &err), SHEAF_OK,
                    &err);
            sheaf_get_info(r, &info);
            silent += info.lost_leaves == 0;
            tried++;
            sheaf_close(r);
            free(bytes);
        }
    ok(tried > 100 && silent == 0,
       "%zu generations that are pushed out of the file: leaves are lost",
       tried);
    blob_free(&file);
    docs_free(docs, FIRST + 2 * SECOND);
}

static size_t frame_at(const struct blob *file, size_t at);

/* Whether an archive of three generations is the whole, or says that leaves are
 * lost. */
static bool
tells(const struct blob *bytes)
{
    struct sheaf_reader *r = NULL;
    struct sheaf_error err = { 0 };
    struct sheaf_info info;

    if (open_bytes(bytes->data, bytes->len, NULL, &r, &err) != SHEAF_OK)
        return true;
    sheaf_get_info(r, &info);
    sheaf_close(r);
    return info.generation == 3 || info.lost_leaves != 0;
}

/* Whole frames come into the last generation and push its end out of the file:
 * what remains are whole frames, but not as an append writes them. */
static void
test_frames_in_last(void)
{
    struct doc *docs = docs_make(FIRST + 2 * SECOND, 20, 18);
    struct blob file = begin(docs), moved = { 0 };
    struct rng rng = { 19 };
    size_t second = file.len, last, silent = 0, tried = 0;

    for (size_t i = FIRST; i < FIRST + 2 * SECOND; i++)
        blob_random(&docs[i].parts[0], &rng, 700);
    grow(&file, docs + FIRST, SECOND);
    last = file.len;
    grow(&file, docs + FIRST + SECOND, SECOND);
    for (size_t to = find_frame(&file, last, file.len, "GRP"); to < file.len;
         to += frame_at(&file, to))
        for (size_t from = second; from < file.len;
             from += frame_at(&file, from)) {
            size_t n = frame_at(&file, from);

            if (to + n >= file.len)
                continue;
            moved.len = 0;
            blob_add(&moved, file.data, to);
            blob_add(&moved, file.data + from, n);
            blob_add(&moved, file.data + to, file.len - to - n);
            silent += !tells(&moved);
            tried++;
        }
    ok(tried > 100 && silent == 0,
       "%zu frames in the last generation are no append", tried);
    blob_free(&moved);
    blob_free(&file);
    docs_free(docs, FIRST + 2 * SECOND);
}

/* The same with an optional frame, which may stand anywhere: the top then names
 * another place for its seal. What is left of its END may be an append that was
 * killed. */
static void
test_optional_in_last(void)
{
    static const uint8_t nothing[4096];
    struct doc *docs = docs_make(FIRST + 2 * SECOND, 20, 21);
    struct blob file = begin(docs), moved = { 0 };
    size_t last, seal, end, silent = 0;

    grow(&file, docs + FIRST, SECOND);
    last = file.len;
    grow(&file, docs + FIRST + SECOND, SECOND);
    seal = find_frame(&file, last, file.len, "LEF");
    end = find_frame(&file, last, file.len, "END");
    for (size_t left = 0; left < END_SIZE; left += 11) {
        size_t n = file.len - end - left;
        struct sheaf_buf frame = { 0 };

        if (!frame_optional(&frame, FRAME_TEXT,
                            sheaf_view(nothing, n - FRAME_HEAD_SIZE -
                                                    FRAME_SUM_SIZE)))
            abort();
        moved.len = 0;
        blob_add(&moved, file.data, seal);
        blob_add(&moved, frame.data, frame.len);
        blob_add(&moved, file.data + seal, file.len - seal - n);
        silent += !tells(&moved);
        sheaf_buf_free(&frame);
    }
    eq_int(silent, 0, "nor is an optional frame before the seal");
    blob_free(&moved);
    blob_free(&file);
    docs_free(docs, FIRST + 2 * SECOND);
}

/* A whole group of the first generation in the place of the last one. */
static void
test_group_as_last(void)
{
    struct doc *docs = docs_make(FIRST + SECOND + LARGE, 20, 22);
    struct blob file = { 0 }, moved = { 0 };
    struct rng rng = { 23 };
    size_t last, group;

    for (size_t i = 0; i < FIRST + SECOND; i++)
        blob_random(&docs[i].parts[0], &rng, 8000);
    file = begin(docs);
    grow(&file, docs + FIRST, SECOND);
    last = file.len;
    grow(&file, docs + FIRST + SECOND, LARGE);
    group = find_frame(&file, 0, file.len, "GRP");
    group += frame_at(&file, group);
    blob_add(&moved, file.data, last);
    blob_add(&moved, file.data + HEAD_SIZE, group - HEAD_SIZE + 100);
    ok(tells(&moved), "nor is a group of another generation");
    blob_free(&moved);
    blob_free(&file);
    docs_free(docs, FIRST + SECOND + LARGE);
}

/* A byte is inserted, and the generation before the last comes once more at the
 * end: that is not where all bytes moved to. */
static void
test_earlier_at_end(void)
{
    struct doc *docs = docs_make(FIRST + 2 * SECOND, 20, 20);
    struct blob file = begin(docs), moved = { 0 };
    size_t second = file.len, last, silent = 0, tried = 0;

    grow(&file, docs + FIRST, SECOND);
    last = file.len;
    grow(&file, docs + FIRST + SECOND, SECOND);
    for (size_t at = HEAD_SIZE; at < file.len; at += 13, tried++) {
        moved.len = 0;
        blob_add(&moved, file.data, at);
        blob_add(&moved, "x", 1);
        blob_add(&moved, file.data + at, file.len - at);
        blob_add(&moved, file.data + second, last - second);
        silent += !tells(&moved);
    }
    ok(tried > 100 && silent == 0,
       "%zu inserted bytes and an earlier generation at the end", tried);
    blob_free(&moved);
    blob_free(&file);
    docs_free(docs, FIRST + 2 * SECOND);
}

/* The length of the frame at `at`. */
static size_t
frame_at(const struct blob *file, size_t at)
{
    struct sheaf_bytes rest = sheaf_view(file->data + at, file->len - at);
    struct sheaf_error err = { 0 };
    uint64_t n = 0;

    if (frame_type_at(rest.data, rest.len) == FRAME_ZSTD)
        MUST_BE(codec_frame_length(rest.data, rest.len, at, &n, &err),
                SHEAF_OK, &err);
    else
        n = (uint64_t)get_le32(rest.data + 4) + 8;
    return (size_t)n;
}

/* Every frame of the last generation once more, after itself. */
static void
test_twice(void)
{
    struct doc *docs = docs_make(FIRST + 2 * LARGE, 20, 11);
    struct blob file = begin(docs);
    struct rng rng = { 12 };
    size_t from, wrong = 0, tried = 0;

    for (size_t i = FIRST; i < FIRST + 2 * LARGE; i++)
        blob_random(&docs[i].parts[0], &rng, 5000);
    grow(&file, docs + FIRST, LARGE);
    from = file.len;
    grow(&file, docs + FIRST + LARGE, LARGE);
    for (size_t at = from; at < file.len;) {
        size_t n = frame_at(&file, at);
        struct blob twice = { 0 };
        struct sheaf_reader *r = NULL;
        struct sheaf_error err = { 0 };
        struct sheaf_info info;

        blob_add(&twice, file.data, at + n);
        blob_add(&twice, file.data + at, file.len - at);
        MUST_BE(open_bytes(twice.data, twice.len, NULL, &r, &err), SHEAF_OK,
                &err);
        sheaf_get_info(r, &info);
        wrong += info.generation != 3 && info.lost_leaves == 0;
        tried++;
        sheaf_close(r);
        blob_free(&twice);
        at += n;
    }
    eq_int(wrong, 0, "%zu frames there twice: leaves are lost, or none is",
           tried);
    blob_free(&file);
    docs_free(docs, FIRST + 2 * LARGE);
}

/* Revisions, their rows and hashes are overwritten with articles of before, as
 * by a sector that was written in the wrong place: these are not the leaves
 * that the top counts, so what is newest is not known. */
static void
test_strange(void)
{
    struct doc *docs = docs_make(FIRST + SECOND, 20, 13);
    struct blob file = begin(docs);
    size_t old = find_frame(&file, 0, file.len, "GRP");
    size_t second = file.len, from, to, wrong = 0, tried = 0;

    for (size_t i = 0; i < SECOND; i++) {
        docs[FIRST + i].id.len = 0;
        blob_add(&docs[FIRST + i].id, docs[FIRST - 1 - i].id.data,
                 docs[FIRST - 1 - i].id.len);
        doc_describe(&docs[FIRST + i], (unsigned)i);
    }
    grow(&file, docs + FIRST, SECOND);
    to = find_frame(&file, second, file.len, "TOP");
    old = (size_t)get_be(file.data + old + FRAME_HEAD_SIZE, 8);
    for (unsigned skip = 0; skip < SECOND; skip++) {
        size_t end = old;

        from = second;
        for (unsigned i = 0; i < skip; i++)
            from += frame_at(&file, from);
        for (unsigned n = 0; n <= FIRST && from + (end - old) <= to; n++) {
            uint8_t *bytes = malloc(file.len);

            if (bytes == NULL)
                abort();
            memcpy(bytes, file.data, file.len);
            memset(bytes + from, 0, to - from);
            memcpy(bytes + from, file.data + old, end - old);
            wrong += !finding_fails(bytes, file.len, &docs[FIRST - SECOND]);
            tried++;
            free(bytes);
            end += n < FIRST ? frame_at(&file, end) : 0;
        }
    }
    ok(tried > 5 && wrong == 0, "%zu ways to put other articles there", tried);
    blob_free(&file);
    docs_free(docs, FIRST + SECOND);
}

int
main(void)
{
    struct sheaf_error err = { 0 };

    make_folder();
    MUST_BE(sheaf_keygen(&secret, &pub, &err), SHEAF_OK, &err);
    test_small();
    test_two();
    test_hole();
    test_copy_before_lost();
    test_long_frame();
    test_copied_end();
    test_long_generation();
    test_copy();
    test_parts();
    test_killed_end(60);
    test_killed_end(4000);
    test_pushed_out();
    test_frames_in_last();
    test_optional_in_last();
    test_group_as_last();
    test_earlier_at_end();
    test_twice();
    test_strange();
    ok(rmdir(folder) == 0, "nothing is left in the folder");
    return tap_done();
}
