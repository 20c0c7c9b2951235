/*
 * Any bytes: either they are refused with a reason, or they can be listed,
 * searched, read and verified. The answers agree with each other, and what
 * verify accepts, all other operations accept.
 *
 * The bytes are tried as they are, and with their sums corrected.
 */
#include "../tests/reseal.h"
#include "base/buf.h"
#include "fuzz.h"
#include "base/json.h"

#define LOOK_MAX 48 /* articles looked at */

/* The key of the signed seeds: from the seed 00 01 ... 1f. */
static const struct sheaf_public_key key = {
    { 1, 2, 3, 4, 5, 6, 7, 8 },
    { 0x03, 0xa1, 0x07, 0xbf, 0xf3, 0xce, 0x10, 0xbe, 0x1d, 0x70, 0xdd,
      0x18, 0xe7, 0x4b, 0xc0, 0x99, 0x67, 0xe4, 0xd6, 0x30, 0x9b, 0xa5,
      0x0d, 0x5f, 0x1d, 0xdc, 0x86, 0x64, 0x12, 0x55, 0x31, 0xb8 }
};

struct look {
    const struct sheaf_reader *reader;
    struct sheaf_scratch *scratch; /* not the one that lists */
    unsigned listed;
    unsigned removed;
    bool sound; /* verify took it: nothing may fail */
};

struct piece {
    const uint8_t *want;
    size_t left;
};

static int
compare_piece(void *arg, const void *data, size_t len)
{
    struct piece *p = arg;

    MUST_HOLD(len <= p->left && memcmp(p->want, data, len) == 0);
    p->want += len;
    p->left -= len;
    return 0;
}

static void
expect(const struct look *look, int rc, const struct sheaf_error *err)
{
    if (rc == SHEAF_OK || rc == SHEAF_END)
        return;
    check_error(rc, err);
    MUST_HOLD(!look->sound);
}

/* Not found because it was removed: the message says why, in UTF-8. */
static bool
redacted(int rc, const struct sheaf_error *err)
{
    struct sheaf_error line = *err;

    if (rc != SHEAF_EREDACTED)
        return false;
    MUST_HOLD(strncmp(line.message, "redacted", 8) == 0);
    MUST_HOLD(utf8_valid((struct sheaf_bytes){ (const uint8_t *)line.message,
                                               strlen(line.message) }));
    line.message[8] = '\0';
    check_error(rc, &line);
    return true;
}

static void
check_parts(const struct look *look, const struct sheaf_article *a)
{
    uint64_t sum = a->meta.len + 1;

    MUST_HOLD(a->part_count >= 1);
    for (size_t i = 0; i < a->part_count; i++) {
        struct sheaf_error err = { 0 };
        struct piece p = { a->parts[i].data.data, (size_t)a->parts[i].size };
        int rc;

        MUST_HOLD((a->parts[i].role == SHEAF_ROLE_BODY) == (i == 0));
        MUST_HOLD(a->parts[i].data.len == a->parts[i].size);
        rc = sheaf_read_part(look->reader, look->scratch, a, i, compare_piece,
                             &p, &err);
        expect(look, rc, &err);
        MUST_HOLD(rc != SHEAF_OK || p.left == 0);
        sum += a->parts[i].size;
    }
    MUST_HOLD(sum == a->content_size);
}

static void
check_article(const struct look *look, const struct sheaf_entry *entry)
{
    struct sheaf_error err = { 0 };
    struct sheaf_article a;
    struct sheaf_entry found;
    struct sheaf_buf id = { 0 };
    uint32_t rev;
    int rc = sheaf_read(look->reader, look->scratch, entry, &a, &err);

    if (redacted(rc, &err))
        return;
    expect(look, rc, &err);
    if (rc != SHEAF_OK)
        return;
    MUST_HOLD(a.leaf == entry->leaf && a.offset == entry->offset);
    MUST_HOLD(a.id.len >= 1 && a.id.len <= 1024 && a.rev >= 1);
    MUST_HOLD(json_check(a.meta, NULL) == SHEAF_OK);
    if (a.content_size <= SHEAF_WHOLE_MAX)
        check_parts(look, &a);

    MUST_HOLD(buf_add(&id, a.id.data, a.id.len));
    rev = a.rev;
    rc = sheaf_find(look->reader, look->scratch, sheaf_view(id.data, id.len),
                    rev, &found, &err);
    expect(look, rc, &err);
    if (rc == SHEAF_OK && look->sound)
        MUST_HOLD(found.leaf == entry->leaf);
    rc = sheaf_find(look->reader, look->scratch, sheaf_view(id.data, id.len), 0,
                    &found, &err);
    if (!redacted(rc, &err)) /* the newest may be, though this one is there */
        expect(look, rc, &err);
    if (rc == SHEAF_OK && look->sound)
        MUST_HOLD(found.leaf >= entry->leaf);
    rc = sheaf_find_url(look->reader, look->scratch,
                        sheaf_view(id.data, id.len), &found, &err);
    if (rc != SHEAF_OK && !redacted(rc, &err))
        check_error(rc, &err);
    sheaf_buf_free(&id);
}

static int
on_listed(void *arg, const struct sheaf_listing *line)
{
    struct look *look = arg;

    MUST_HOLD(line->published.len <= 1024 && line->section.len <= 1024);
    MUST_HOLD(line->headline.len <= 1024);
    if (line->lost) {
        MUST_HOLD(line->id.len == 0 && !look->sound);
        return 0;
    }
    if (line->redacted) {
        struct sheaf_error err = { 0 };
        struct sheaf_article a;

        MUST_HOLD(line->id.len == 0);
        look->removed++;
        if (look->removed < LOOK_MAX && look->sound)
            MUST_HOLD(redacted(sheaf_read(look->reader, look->scratch,
                                          &line->entry, &a, &err), &err));
        return 0;
    }
    if (look->listed++ < LOOK_MAX)
        check_article(look, &line->entry);
    return 0;
}

static void
check_dictionaries(const struct look *look)
{
    struct sheaf_buf out = { 0 };
    int rc = SHEAF_OK;

    for (unsigned i = 0; i < 8 && rc != SHEAF_END; i++) {
        struct sheaf_error err = { 0 };
        struct sheaf_dictionary what;

        rc = sheaf_get_dictionary(look->reader, i, &what, &out, &err);
        expect(look, rc, &err);
        MUST_HOLD(rc != SHEAF_OK || out.len == what.raw_size);
    }
    sheaf_buf_free(&out);
}

static void
look_at(struct look *look)
{
    const struct sheaf_list_filter all = { sizeof all, INT32_MIN, INT32_MAX,
                                           1, 0, 1 };
    struct sheaf_error err = { 0 };
    struct sheaf_scratch *scratch;
    struct sheaf_info info;
    int rc;

    sheaf_get_info(look->reader, &info);
    MUST_HOLD(info.size >= 1 && info.articles <= info.size);
    MUST_HOLD(sheaf_scratch_new(&scratch, NULL) == SHEAF_OK);
    look->listed = look->removed = 0;
    rc = sheaf_list(look->reader, scratch, &all, on_listed, look, &err);
    expect(look, rc, &err);
    if (look->sound)
        MUST_HOLD(look->listed + look->removed == info.articles &&
                  look->removed == info.redactions);
    sheaf_scratch_free(scratch);

    for (uint64_t leaf = 0; leaf <= info.size && leaf < LOOK_MAX; leaf++) {
        struct sheaf_entry entry;

        rc = sheaf_locate(look->reader, look->scratch, leaf, &entry, &err);
        MUST_HOLD(rc != SHEAF_OK || leaf < info.size);
        if (rc == SHEAF_OK)
            check_article(look, &entry);
        else if (rc != SHEAF_END && rc != SHEAF_ENOTFOUND &&
                 !redacted(rc, &err))
            expect(look, rc, &err);
    }
    check_dictionaries(look);
}

static void
verify(struct look *look)
{
    struct sheaf_verify_options options = {
        SHEAF_VERIFY_OPTIONS, .threads = 1
    };
    struct sheaf_error err = { 0 };
    struct sheaf_report report;
    int rc = sheaf_verify(look->reader, &options, &report, &err);

    if (rc != SHEAF_OK)
        check_error(rc, &err);
    look->sound = rc == SHEAF_OK;
}

/* What was given before stays what it is, also where damage makes the reader
 * go back to an earlier state. */
static int
authenticate(struct sheaf_reader *reader, struct sheaf_error *err)
{
    struct sheaf_info info;
    struct sheaf_buf origin = { 0 }, note = { 0 };
    int rc;

    sheaf_get_info(reader, &info);
    MUST_HOLD(buf_add(&origin, info.origin.data, info.origin.len));
    MUST_HOLD(buf_add(&note, info.note.data, info.note.len));
    rc = sheaf_authenticate(reader, &key, err);
    MUST_HOLD(bytes_equal(info.origin, buf_view(&origin)));
    MUST_HOLD(bytes_equal(info.note, buf_view(&note)));
    sheaf_buf_free(&origin);
    sheaf_buf_free(&note);
    return rc;
}

static void
open_and_look(const uint8_t *data, size_t size)
{
    const struct sheaf_limits limits = { sizeof limits, 1 << 22, 1 << 16 };
    struct sheaf_error err = { 0 };
    struct sheaf_source source;
    struct sheaf_reader *reader = NULL;
    struct look look = { 0 };
    int rc;

    MUST_HOLD(sheaf_source_memory(&source, sheaf_view(data, size),
                                  NULL) == SHEAF_OK);
    rc = sheaf_open(source, &limits, &reader, &err);
    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        return;
    }
    look.reader = reader;
    MUST_HOLD(sheaf_scratch_new(&look.scratch, NULL) == SHEAF_OK);
    verify(&look);
    look_at(&look);
    rc = authenticate(reader, &err);
    if (rc != SHEAF_OK)
        check_error(rc, &err);
    look.sound = false; /* some of it may be past the signature */
    look_at(&look);
    sheaf_scratch_free(look.scratch);
    sheaf_close(reader);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t *copy = exact_copy(data, size);

    open_and_look(copy, size);
    reseal(copy, size);
    if (size != 0 && memcmp(copy, data, size) != 0)
        open_and_look(copy, size);
    free(copy);
    return 0;
}
