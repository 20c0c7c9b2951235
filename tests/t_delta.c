/*
 * Revisions stored as differences (format.md F4.12, F4.13): appended, read,
 * verified and recovered; their size; and each byte of one damaged.
 */
#include "archive.h"
#include "base/mem.h"
#include "format/delta.h"

#define DOCS 60
#define BODY 3000

static const struct sheaf_write_options options = {
    SHEAF_WRITE_OPTIONS, .time_ms = DOC_TIME, .level = 12
};
static struct sheaf_secret_key secret;
static struct sheaf_public_key pub;

/* A word in the middle, and a line at the end. */
static void
correct(struct doc *d, unsigned n)
{
    char text[80];

    memcpy(d->parts[0].data + d->parts[0].len / 2, "CORRECTED", 9);
    snprintf(text, sizeof text, "\nCorrection %u: a figure was misstated.", n);
    blob_text(&d->parts[0], text);
    d->rev++;
}

static size_t
count_frames(const struct blob *file, const char *type)
{
    const uint8_t *p = file->data;
    size_t n = 0;

    for (size_t i = 0; i + 12 <= file->len; i++)
        n += memcmp(p + i, "\x53\x2a\x4d\x18", 4) == 0 &&
             memcmp(p + i + 8, type, 3) == 0;
    return n;
}

static struct blob
make_archive(const char *path, struct doc *docs, uint64_t *grown)
{
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct sheaf_info before, after;
    struct sheaf_reader *r = NULL;
    struct blob file;

    MUST_BE(pack(docs, DOCS, &options, &secret, &bytes, NULL, &err), SHEAF_OK,
            &err);
    write_file(path, bytes.data, bytes.len);
    MUST_BE(open_bytes(bytes.data, bytes.len, NULL, &r, &err), SHEAF_OK, &err);
    sheaf_get_info(r, &before);
    sheaf_close(r);
    for (size_t i = 0; i < DOCS; i += 2)
        correct(&docs[i], 1);
    MUST_BE(append(path, docs, DOCS, &options, &pub, &secret, &err), SHEAF_OK,
            &err);
    file = read_file(path);
    MUST_BE(open_bytes(file.data, file.len, NULL, &r, &err), SHEAF_OK, &err);
    sheaf_get_info(r, &after);
    sheaf_close(r);
    *grown = after.file_bytes - before.file_bytes;
    sheaf_buf_free(&bytes);
    return file;
}

static void
read_all(const struct blob *file, struct doc *docs, const char *what)
{
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *s = NULL;
    struct sheaf_article a;
    size_t wrong = 0;

    MUST_BE(open_bytes(file->data, file->len, NULL, &r, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_authenticate(r, &pub, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
    for (size_t i = 0; i < DOCS; i++) {
        wrong += get(r, s, &docs[i], 0, &a, &err) != SHEAF_OK ||
                 !doc_is(&docs[i], &a);
        wrong += get(r, s, &docs[i], 1, &a, &err) != SHEAF_OK || a.rev != 1;
    }
    eq_int(wrong, 0, "%s: each revision is read", what);
    sheaf_scratch_free(s);
    sheaf_close(r);
}

/* ---- Recovering ---------------------------------------------------------- */

struct found {
    const struct doc *docs;
    size_t whole;
    size_t newest;
    size_t lost;
};

static int
on_found(void *arg, const struct sheaf_recovered *what)
{
    const struct sheaf_article *a = what->article;
    struct found *f = arg;

    if (what->kind != SHEAF_RECOVERED_ARTICLE) {
        f->lost++;
        return 0;
    }
    f->whole++;
    for (size_t i = 0; i < DOCS; i++)
        f->newest += doc_is(&f->docs[i], a);
    return 0;
}

static void
test_recover(const struct blob *file, const struct doc *docs)
{
    struct found f = { .docs = docs };
    struct sheaf_error err = { 0 };
    struct sheaf_source source;

    MUST_BE(sheaf_source_memory(&source,
                                sheaf_view(file->data, file->len - 100), &err),
            SHEAF_OK, &err);
    MUST_BE(sheaf_recover(source, NULL, on_found, &f, NULL, &err), SHEAF_OK,
            &err);
    eq_int(f.whole, DOCS + DOCS / 2, "recovered: every revision");
    eq_int(f.newest, DOCS, "recovered: the newest of each");
}

/* ---- Damage -------------------------------------------------------------- */

/* Each bit of the first REV frame flipped: the revision may be lost, but is
 * never another, and verify always sees it. */
static void
test_damage(struct blob *file, const struct doc *docs)
{
    struct sheaf_error err = { 0 };
    size_t at = 0, end, wrong = 0, unseen = 0;

    while (memcmp(file->data + at, "\x53\x2a\x4d\x18", 4) != 0 ||
           memcmp(file->data + at + 8, "REV", 3) != 0)
        at++;
    end = at + 8 + file->data[at + 4] + 256u * file->data[at + 5];
    for (size_t i = at; i < end; i++) {
        struct sheaf_reader *r = NULL;
        struct sheaf_scratch *s = NULL;
        struct sheaf_article a;

        file->data[i] ^= (uint8_t)(1u << i % 8);
        MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
        if (open_bytes(file->data, file->len, NULL, &r, &err) == SHEAF_OK)
            wrong += get(r, s, &docs[0], 0, &a, &err) == SHEAF_OK &&
                     !doc_is(&docs[0], &a);
        sheaf_scratch_free(s);
        sheaf_close(r);
        unseen += verify_bytes(file->data, file->len, NULL, NULL, &err) ==
                  SHEAF_OK;
        file->data[i] ^= (uint8_t)(1u << i % 8);
    }
    eq_int(wrong, 0, "no damage of %zu bytes gives another article", end - at);
    eq_int(unseen, 0, "verify sees each");
}

/* ---- The body of the frame ----------------------------------------------- */

static void
refused(struct sheaf_bytes body, uint64_t offset, const char *clause,
        const char *what)
{
    struct sheaf_error err = { 0 };
    struct delta p;

    eq_int(delta_decode(body, offset, &p, &err), SHEAF_ECORRUPT, "%s: refused",
           what);
    eq_str(err.clause, clause, "%s: %s", what, clause);
}

static void
test_body(void)
{
    /* An empty article's frame: single segment, no dictionary. */
    uint8_t body[12 + 13] = { 0, 0, 0, 0, 0, 0, 0, 64, 0, 0, 0, 20, 0x28,
                              0xb5, 0x2f, 0xfd, 0x24, 0, 1, 0, 0, 0x99, 0xe9,
                              0xd8, 0x51 };
    struct sheaf_bytes all = { body, sizeof body };
    struct sheaf_bytes cut = { body, 11 };
    struct sheaf_bytes none = { body, 12 };
    struct sheaf_bytes less = { body, sizeof body - 1 };
    struct sheaf_error err = { 0 };
    struct delta p = { 0 };

    ok(delta_decode(all, 84, &p, &err) == SHEAF_OK && p.base == 64 &&
           p.length == 20 && p.content_size == 0 && p.frame.len == 13,
       "a body is decoded");
    refused(cut, 84, "F4.12", "cut off");
    refused(all, 83, "F4.12", "a base that ends behind it");
    refused(all, 64, "F4.12", "a base that begins with it");
    refused(none, 84, "F4.13", "nothing in it");
    refused(less, 84, "F4.13", "a frame cut off");
    body[7] = 63;
    refused(all, 84, "F4.12", "a base within the head");
    body[7] = 64;
    body[8] = 0xff;
    refused(all, UINT64_MAX, "F4.12", "a base of 4 GiB");
    body[8] = 0;
    body[12] = 0x53;
    refused(all, 84, "F4.13", "something else than a frame");
}

int
main(void)
{
    const struct path path = in_folder("patch.sheaf");
    struct doc *docs = docs_make(DOCS, BODY, 7);
    struct sheaf_error err = { 0 };
    struct sheaf_report report;
    struct blob file;
    uint64_t grown;
    long live = mem_live();

    MUST_BE(sheaf_keygen(&secret, &pub, &err), SHEAF_OK, &err);
    test_body();
    file = make_archive(path.text, docs, &grown);
    /* Not all: what is in the dictionary costs even less whole. */
    ok(count_frames(&file, "REV") >= DOCS / 3, "most corrections are a REV");
    /* Beside them the tables of 30 rows, tiles, tops and ends. */
    ok(grown / (DOCS / 2) < 700, "a correction costs %llu bytes, all told",
       (unsigned long long)(grown / (DOCS / 2)));
    ok(verify_bytes(file.data, file.len, &pub, &report, &err) == SHEAF_OK &&
           report.articles == DOCS + DOCS / 2,
       "verifies: %s", err.message);
    read_all(&file, docs, "once");
    test_recover(&file, docs);
    test_damage(&file, docs);
    blob_free(&file);

    /* Again: what is made against a difference is made against its base. */
    for (size_t i = 0; i < DOCS; i += 2)
        correct(&docs[i], 2);
    MUST_BE(append(path.text, docs, DOCS, &options, &pub, &secret, &err),
            SHEAF_OK, &err);
    file = read_file(path.text);
    ok(count_frames(&file, "REV") >= 2 * DOCS / 3,
       "so are most second corrections");
    ok(verify_bytes(file.data, file.len, &pub, &report, &err) == SHEAF_OK,
       "verifies: %s", err.message);
    read_all(&file, docs, "twice");
    blob_free(&file);
    docs_free(docs, DOCS);
    unlink(path.text);
    eq_int(mem_live() - live, 0, "nothing is left in memory");
    return tap_done();
}
