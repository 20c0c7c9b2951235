/*
 * Reading archives with more than articles in frames of their own: blocks of
 * articles, removed articles with and without a redaction, key changes. The
 * twisting writer of the vectors makes them; it shares only the lowest layers
 * with the reader. Then one false field at a time, and each allocation
 * failing.
 */
#include "vectors.h"

#include "read/reader.h"
#include "reseal.h"
#include "tap.h"

#define RAINED "It rained.\n"
#define DRY "It was dry.\n"
#define TWICE "It rained twice.\n"

static const struct in_block block[] = {
    { "news/6", "{\"id\":\"news/6\"}", RAINED },
    { "news/7", "{\"id\":\"news/7\",\"url\":\"http://x.example/7\"}", DRY },
    { "news/6", "{\"headline\":\"Rain\",\"id\":\"news/6\"}", TWICE },
};

/* Leaves 0 to 2 are the usual articles (news/1, news/2, news/1 again); 3 and
 * 4 a block, 5 and 6 two revisions removed, 7 to 9 a block, 10 the seal; 11
 * is news/3, 12 and 13 are redactions, 14 the second seal. */
TWIST(mixed)
{
    if (when == AT_ARTICLES && b->ledger.top.generation == 1) {
        add_block(b, block, 2, NULL);
        add_removed(b, "news/5", "{\"id\":\"news/5\"}", "Somebody's name.\n");
        add_removed(b, "news/5", "{\"id\":\"news/5\"}", "Once again.\n");
        add_block(b, block, 3, NULL);
    }
    if (when == AT_STATEMENTS && b->ledger.top.generation == 2) {
        add_redaction(b, &b->gone[1], text_bytes("It named a child."));
        add_redaction(b, &b->gone[0], text_bytes("A court said so."));
    }
}

static const struct plan mixed_plan = { .name = "mixed", .generations = 2,
                                        .note = true, .twist = mixed };
static const struct plan unnamed_plan = { .name = "unnamed", REMOVED,
                                          .note = true };
static const struct plan rekeyed_plan = { .name = "rekeyed", REKEYED,
                                          .note = true };

/* struct build is large, and only its bytes are wanted. */
static void
make(const struct plan *plan, struct sheaf_buf *out)
{
    struct build *b = malloc(sizeof *b);

    if (b == NULL)
        abort();
    build(b, plan);
    *out = b->out;
    memset(&b->out, 0, sizeof b->out);
    build_free(b);
    free(b);
}

static struct sheaf_reader *
open_bytes(const uint8_t *data, size_t len)
{
    struct sheaf_source source;
    struct sheaf_reader *r = NULL;

    MUST_OK(sheaf_source_memory(&source, sheaf_view(data, len), NULL));
    return sheaf_open(source, NULL, &r, NULL) == SHEAF_OK ? r : NULL;
}

static struct sheaf_public_key
public_key(const char *seed)
{
    struct sheaf_secret_key secret;
    struct sheaf_public_key pub;

    make_key(seed, &secret, &pub);
    return pub;
}

static int
find(struct sheaf_reader *r, struct sheaf_scratch *s, const char *id,
     uint32_t rev, struct sheaf_entry *e, struct sheaf_error *err)
{
    return sheaf_find(r, s, sheaf_str(id), rev, e, err);
}

static int
take_bytes(void *arg, const void *data, size_t len)
{
    return buf_add(arg, data, len) ? 0 : 1;
}

/* ---- What is there and what is not --------------------------------------- */

static const struct {
    const char *id;
    uint32_t rev;
    uint64_t leaf;
    uint32_t index;
    const char *body; /* NULL: redacted, or not there */
    const char *message;
} asked[] = {
    { "news/1", 0, 2, 0, BODY, NULL },
    { "news/1", 1, 0, 0, BODY, NULL },
    { "news/1", 2, 2, 0, BODY, NULL },
    { "news/6", 0, 9, 2, TWICE, NULL },
    { "news/6", 3, 9, 2, TWICE, NULL },
    { "news/6", 2, 7, 0, RAINED, NULL },
    { "news/6", 1, 3, 0, RAINED, NULL },
    { "news/7", 0, 8, 1, DRY, NULL },
    { "news/7", 1, 4, 1, DRY, NULL },
    { "news/3", 0, 11, 0, "The ferry was late.\n", NULL },
    { "news/5", 0, 6, 0, NULL, "redacted: It named a child." },
    { "news/5", 2, 6, 0, NULL, "redacted: It named a child." },
    { "news/5", 1, 5, 0, NULL, "redacted: A court said so." },
    { "news/5", 3, 0, 0, NULL, NULL },
    { "news/6", 4, 0, 0, NULL, NULL },
    { "news/8", 0, 0, 0, NULL, NULL },
};

static void
ask(struct sheaf_reader *r, struct sheaf_scratch *s, const char *how)
{
    for (size_t i = 0; i < COUNT_OF(asked); i++) {
        struct sheaf_entry e = { .leaf = 999 };
        struct sheaf_error err = { 0 };
        struct sheaf_article a;
        struct sheaf_buf body = { 0 };
        int rc = find(r, s, asked[i].id, asked[i].rev, &e, &err);

        if (asked[i].body == NULL) {
            eq_int(rc, asked[i].message != NULL ? SHEAF_EREDACTED
                                                : SHEAF_ENOTFOUND,
                   "%s: %s, revision %u is not there", how, asked[i].id,
                   asked[i].rev);
            eq_int(e.leaf, 999, "%s: output untouched", how);
            if (asked[i].message != NULL)
                eq_str(err.message, asked[i].message, "%s: why", how);
            continue;
        }
        ok(rc == SHEAF_OK && e.leaf == asked[i].leaf &&
               e.index == asked[i].index,
           "%s: %s, revision %u is leaf %llu", how, asked[i].id, asked[i].rev,
           (unsigned long long)asked[i].leaf);
        rc = sheaf_read(r, s, &e, &a, &err);
        ok(rc == SHEAF_OK && bytes_equal(a.id, text_bytes(asked[i].id)) &&
               (asked[i].rev == 0 || a.rev == asked[i].rev) &&
               a.leaf == e.leaf &&
               bytes_equal(a.parts[0].data, text_bytes(asked[i].body)) &&
               a.content_size ==
                   a.meta.len + 1 + strlen(asked[i].body),
           "%s: and is read", how);
        ok(rc == SHEAF_OK &&
               sheaf_read_part(r, s, &a, 0, take_bytes, &body, &err) ==
                   SHEAF_OK &&
               bytes_equal(buf_view(&body), text_bytes(asked[i].body)),
           "%s: its body, too", how);
        sheaf_buf_free(&body);
    }
}

/* ---- By leaf and by list ------------------------------------------------- */

struct listed {
    struct sheaf_reader *r;
    struct sheaf_scratch *s;
    unsigned lines;
    unsigned redacted;
    unsigned wrong;
};

static int
check_line(void *arg, const struct sheaf_listing *line)
{
    struct listed *l = arg;
    struct sheaf_article a;
    struct sheaf_entry e;
    int rc = sheaf_read(l->r, l->s, &line->entry, &a, NULL);

    l->lines++;
    if (line->redacted) {
        l->redacted++;
        l->wrong += rc != SHEAF_EREDACTED || line->id.len != 0 ||
                    line->published.len != 0 || line->section.len != 0 ||
                    line->headline.len != 0;
        rc = sheaf_locate(l->r, l->s, line->entry.leaf, &e, NULL);
        l->wrong += rc != SHEAF_EREDACTED;
        return 0;
    }
    l->wrong += rc != SHEAF_OK || !bytes_equal(a.id, line->id);
    rc = sheaf_locate(l->r, l->s, line->entry.leaf, &e, NULL);
    l->wrong += rc != SHEAF_OK || e.leaf != line->entry.leaf ||
                e.offset != line->entry.offset ||
                e.length != line->entry.length ||
                e.index != line->entry.index;
    return 0;
}

static int
take_group(void *arg, const struct sheaf_group *group)
{
    (void)arg;
    (void)group;
    return 0;
}

/* Nobody signs the rows of groups: without the last one of a run, leaves are
 * in no group. */
static void
test_without_groups(struct sheaf_reader *r, struct sheaf_scratch *s)
{
    for (unsigned i = 0; i < r->top.run_count; i++) {
        struct top_table *groups = &r->top.runs[i].tables[TABLE_DIR];
        struct listed l = { .r = r, .s = s };
        struct sheaf_error err = { 0 };
        uint64_t rows = groups->rows;

        while (groups->rows > 0) {
            groups->rows--;
            ok(sheaf_list(r, s, NULL, check_line, &l, &err) ==
                       SHEAF_ECORRUPT &&
                   strcmp(err.clause, "F8.5") == 0,
               "run %u with %llu of %llu groups: %s", i,
               (unsigned long long)groups->rows, (unsigned long long)rows,
               err.message);
        }
        eq_int(sheaf_list_groups(r, s, take_group, NULL, &err), SHEAF_ECORRUPT,
               "nor are there none");
        groups->rows = rows;
        eq_int(sheaf_list_groups(r, s, take_group, NULL, &err), SHEAF_OK,
               "all of them are");
    }
}

static void
test_list(struct sheaf_reader *r, struct sheaf_scratch *s)
{
    struct sheaf_list_filter all = SHEAF_LIST_ALL;
    struct listed l = { .r = r, .s = s };
    struct sheaf_entry e;

    test_without_groups(r, s);
    eq_int(sheaf_list(r, s, NULL, check_line, &l, NULL), SHEAF_OK, "a list");
    ok(l.lines == 9 && l.redacted == 0 && l.wrong == 0,
       "of the articles that are there: %u lines, %u wrong", l.lines, l.wrong);
    l = (struct listed){ .r = r, .s = s };
    all.redacted = 1;
    eq_int(sheaf_list(r, s, &all, check_line, &l, NULL), SHEAF_OK,
           "a list of all");
    ok(l.lines == 11 && l.redacted == 2 && l.wrong == 0,
       "with the removed: %u lines, %u wrong", l.lines, l.wrong);
    for (unsigned from = 0; from < 16; from++) {
        unsigned lines = 0;

        /* Leaves 10 and 12 to 14 are statements. */
        for (unsigned leaf = from; leaf < 12; leaf++)
            lines += leaf != 10;
        l = (struct listed){ .r = r, .s = s };
        all.first_leaf = from;
        eq_int(sheaf_list(r, s, &all, check_line, &l, NULL), SHEAF_OK,
               "a list from leaf %u", from);
        ok(l.lines == lines && l.wrong == 0, "of %u lines", lines);
    }
    all.first_leaf = UINT64_MAX;
    l = (struct listed){ .r = r, .s = s };
    ok(sheaf_list(r, s, &all, check_line, &l, NULL) == SHEAF_OK &&
           l.lines == 0, "a list from behind the last leaf");
    for (uint64_t leaf = 0; leaf < 15; leaf++) {
        bool statement = leaf == 10 || leaf > 11;
        bool removed = leaf == 5 || leaf == 6;

        eq_int(sheaf_locate(r, s, leaf, &e, NULL),
               statement ? SHEAF_ENOTFOUND
               : removed ? SHEAF_EREDACTED : SHEAF_OK,
               "leaf %llu", (unsigned long long)leaf);
    }
    eq_int(sheaf_locate(r, s, 15, &e, NULL), SHEAF_END, "no more leaves");
    ok(sheaf_find_url(r, s, sheaf_str("http://x.example/7"), &e,
                      NULL) == SHEAF_OK &&
           e.leaf == 8 && e.index == 1,
       "a URL in a block");
}

/* A line of a listing that leads to a statement, or to another record, is
 * damage: it does not say that there is no such article. */
static void
test_astray(struct sheaf_reader *r, struct sheaf_scratch *s)
{
    struct sheaf_buf bytes = { 0 };
    unsigned records = 0, wrong = 0;

    MUST_OK(reader_read(r, 0, (size_t)r->file_size, &bytes, NULL));
    for (uint64_t at = 0; at + 12 <= bytes.len; at++) {
        const struct sheaf_entry e = { .leaf = 0, .offset = at };
        struct sheaf_article a;
        int rc;

        if (memcmp(bytes.data + at, "\x53\x2a\x4d\x18", 4) != 0 ||
            memcmp(bytes.data + at + 8, "LEF", 3) != 0)
            continue;
        rc = sheaf_read(r, s, &e, &a, NULL);
        records++;
        wrong += rc != SHEAF_ECORRUPT && rc != SHEAF_EVERIFY &&
                 rc != SHEAF_EMISSING;
    }
    ok(records > 4 && wrong == 0, "%u records that are no article: %u wrong",
       records, wrong);
    sheaf_buf_free(&bytes);
}

/* Asks for one leaf after the other, and uses another scratch meanwhile. */
static void
test_scanner(struct sheaf_reader *r, struct sheaf_scratch *s)
{
    struct sheaf_scanner *scanner = NULL;
    struct sheaf_scratch *own = NULL;
    const struct sheaf_scan_item *item;
    unsigned wrong = 0;
    uint64_t leaf = 0;
    int rc;

    MUST_OK(sheaf_scratch_new(&own, NULL));
    MUST_OK(sheaf_scanner_new(r, own, &scanner, NULL));
    while ((rc = sheaf_scanner_next(scanner, &item, NULL)) == SHEAF_OK) {
        struct sheaf_entry e;
        int located = sheaf_locate(r, s, leaf, &e, NULL);

        wrong += item->leaf != leaf++;
        switch ((enum sheaf_scan_state)item->state) {
        case SHEAF_SCAN_ARTICLE:
            wrong += located != SHEAF_OK || e.offset != item->entry.offset ||
                     e.index != item->entry.index ||
                     item->article.part_count == 0;
            break;
        case SHEAF_SCAN_REDACTED:
            wrong += located != SHEAF_EREDACTED ||
                     item->why->code != SHEAF_EREDACTED;
            break;
        case SHEAF_SCAN_STATEMENT:
            wrong += located != SHEAF_ENOTFOUND;
            break;
        case SHEAF_SCAN_LOST:
            wrong++;
        }
    }
    eq_int(rc, SHEAF_END, "the scanner comes to an end");
    ok(leaf == 15 && wrong == 0, "after %u leaves, %u wrong", (unsigned)leaf,
       wrong);
    eq_int(sheaf_scanner_next(scanner, &item, NULL), SHEAF_END,
           "and stays there");
    sheaf_scanner_free(scanner);
    sheaf_scanner_free(NULL);
    sheaf_scratch_free(own);
}

static void
test_mixed(const struct sheaf_buf *file)
{
    struct sheaf_reader *r = open_bytes(file->data, file->len);
    struct sheaf_public_key key = public_key(SEED);
    struct sheaf_verify_options o = {
        SHEAF_VERIFY_OPTIONS, .key = &key, .threads = 2
    };
    struct sheaf_report report = { 0 };
    struct sheaf_scratch *s;
    struct sheaf_error err = { 0 };
    struct sheaf_info info;

    MUST(r != NULL);
    MUST_OK(sheaf_scratch_new(&s, NULL));
    sheaf_get_info(r, &info);
    ok(info.articles == 11 && info.redactions == 2 && info.key_changes == 0 &&
           !info.trusted,
       "what the top says");
    ask(r, s, "unasked");
    test_list(r, s);
    test_astray(r, s);
    test_scanner(r, s);
    eq_int(sheaf_verify(r, &o, &report, &err), SHEAF_OK, "verifies");
    ok(report.articles == 11 && report.redacted == 2 &&
           report.revisions == 5 && report.key_changes == 0 &&
           report.authentic && memcmp(&report.signer, &key, sizeof key) == 0 &&
           report.leaves == 15 && report.signed_size == 15,
       "and says what there is");
    eq_int(sheaf_authenticate(r, &key, &err), SHEAF_OK, "is trusted");
    sheaf_get_info(r, &info);
    ok(info.trusted && memcmp(&info.signer, &key, sizeof key) == 0,
       "by that key");
    ask(r, s, "trusted");
    test_list(r, s);
    test_astray(r, s);
    test_scanner(r, s);
    sheaf_scratch_free(s);
    sheaf_close(r);
}

/* ---- Missing ------------------------------------------------------------- */

static void
test_missing(void)
{
    struct sheaf_buf file = { 0 };
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r;
    struct sheaf_scratch *s;
    struct sheaf_entry e;

    make(&unnamed_plan, &file);
    r = open_bytes(file.data, file.len);
    MUST(r != NULL);
    MUST_OK(sheaf_scratch_new(&s, NULL));
    eq_int(find(r, s, "news/5", 0, &e, &err), SHEAF_EMISSING,
           "removed without a redaction");
    eq_str(err.clause, "F6.6", "breaks F6.6");
    ok(strstr(err.message, "missing") != NULL, "and is called missing");
    err = (struct sheaf_error){ 0 };
    eq_int(sheaf_verify(r, NULL, NULL, &err), SHEAF_EMISSING,
           "does not verify");
    ok(strcmp(err.clause, "F6.6") == 0 &&
           strstr(err.message, "leaf 3 is missing") != NULL,
       "for the same reason: %s", err.message);
    eq_int(find(r, s, "news/1", 0, &e, NULL), SHEAF_OK, "the others are there");
    sheaf_scratch_free(s);
    sheaf_close(r);
    sheaf_buf_free(&file);
}

/* ---- Keys, and checkpoints of before ------------------------------------- */

/* The first generation of an archive, as it was then. */
static struct sheaf_reader *
before(const struct sheaf_buf *file, size_t *len)
{
    struct sheaf_reader *r = open_bytes(file->data, file->len);
    struct end first;
    uint64_t at;

    MUST(r != NULL);
    at = r->end.prev;
    sheaf_close(r);
    MUST(at != 0);
    MUST_OK(end_decode(file->data + at, at, &first, NULL));
    *len = (size_t)first.end;
    r = open_bytes(file->data, *len);
    MUST(r != NULL);
    return r;
}

struct key_list {
    struct sheaf_public_key key[4];
    size_t count;
};

static int
note_keys(void *arg, const struct sheaf_public_key *key)
{
    struct key_list *list = arg;

    if (list->count == COUNT_OF(list->key))
        return 1;
    list->key[list->count++] = *key;
    return 0;
}

static void
test_keys(void)
{
    struct key_list keys = { .count = 0 };
    struct sheaf_public_key a = public_key(SEED);
    struct sheaf_public_key b = public_key(OTHER_SEED);
    struct sheaf_public_key c = public_key("nobody knows this key at all ...");
    struct sheaf_verify_options o = { SHEAF_VERIFY_OPTIONS, .key = &a };
    struct sheaf_report report = { 0 };
    struct sheaf_buf file = { 0 };
    struct sheaf_error err = { 0 };
    struct sheaf_reader *r, *old;
    struct sheaf_scratch *s;
    struct sheaf_info info, was;
    struct sheaf_checkpoint cp, since;
    uint8_t root[32];
    size_t len;

    make(&rekeyed_plan, &file);
    MUST_OK(sheaf_scratch_new(&s, NULL));
    old = before(&file, &len);
    sheaf_get_info(old, &was);
    r = open_bytes(file.data, file.len);
    MUST(r != NULL);
    eq_int(sheaf_authenticate(r, &c, &err), SHEAF_EVERIFY, "another key: no");
    eq_str(err.clause, "F9.7", "F9.7");
    eq_int(sheaf_authenticate(r, &a, &err), SHEAF_OK, "the old key leads on");
    sheaf_get_info(r, &info);
    ok(info.trusted && info.key_changes == 1 &&
           memcmp(&info.signer, &b, sizeof b) == 0,
       "to the new one, which signed");
    sheaf_close(r);
    r = open_bytes(file.data, file.len);
    eq_int(sheaf_authenticate(r, &b, &err), SHEAF_OK, "the new key by itself");
    sheaf_get_info(r, &info);
    ok(memcmp(&info.signer, &b, sizeof b) == 0, "signed");
    eq_int(sheaf_verify(r, &o, &report, &err), SHEAF_OK,
           "verifies with the old one");
    ok(report.authentic && report.key_changes == 1 &&
           memcmp(&report.signer, &b, sizeof b) == 0,
       "and says which signed");
    o.key = &c;
    eq_int(sheaf_verify(r, &o, &report, &err), SHEAF_EVERIFY,
           "not with another");

    /* The first generation's note, and the archive of now. */
    eq_int(sheaf_checkpoint_parse(was.note, &cp, &err), SHEAF_OK,
           "an earlier checkpoint");
    ok(cp.size == was.size && memcmp(cp.root, was.root, 32) == 0 &&
           bytes_equal(cp.origin, was.origin),
       "says what was so");
    eq_int(sheaf_checkpoint_parse(text_bytes("no note\n"), &cp, &err),
           SHEAF_ECORRUPT, "what is no note is refused");
    eq_int(sheaf_check_note(r, s, was.note, NULL, NULL, &err), SHEAF_OK,
           "the archive extends it");
    eq_int(sheaf_check_note(r, s, was.note, &a, &cp, &err), SHEAF_OK,
           "by the old key, as it was then");
    eq_int(sheaf_check_note(r, s, was.note, &b, &cp, &err), SHEAF_EVERIFY,
           "not by the new one");
    eq_int(sheaf_check_note(r, s, info.note, &a, &cp, &err), SHEAF_OK,
           "and the newest by both");
    eq_int(sheaf_check_note(old, s, info.note, &a, &cp, &err), SHEAF_EVERIFY,
           "an archive of before does not extend it");

    eq_int(sheaf_root_at(r, s, cp.size, root, &err), SHEAF_OK, "a root");
    eq_mem(root, cp.root, 32, "the newest");
    eq_int(sheaf_root_at(r, s, was.size, root, &err), SHEAF_OK, "one before");
    eq_mem(root, was.root, 32, "is what it was");
    eq_int(sheaf_root_at(r, s, 0, root, &err), SHEAF_OK, "that of nothing");
    ok(memcmp(root, "\xe3\xb0\xc4\x42", 4) == 0, "is SHA-256 of nothing");
    eq_int(sheaf_root_at(r, s, cp.size + 1, root, &err), SHEAF_EINVAL,
           "not of what is to come");

    o = (struct sheaf_verify_options){ SHEAF_VERIFY_OPTIONS, .since = &since,
                                       .since_count = 1 };
    since = (struct sheaf_checkpoint){ was.origin, was.size, { 0 } };
    memcpy(since.root, was.root, 32);
    eq_int(sheaf_verify(r, &o, NULL, &err), SHEAF_OK, "verify since then");
    since.root[5] ^= 1;
    eq_int(sheaf_verify(r, &o, NULL, &err), SHEAF_EFORK, "since a fork");
    eq_str(err.clause, "F9.9", "F9.9");
    eq_int(sheaf_extends(r, s, &since, info.size + 1, NULL), SHEAF_EINVAL,
           "nor of leaves that it does not have");
    eq_int(sheaf_extends(r, s, &since, info.size, NULL), SHEAF_EFORK,
           "said at once");
    since.root[5] ^= 1;
    since.origin = text_bytes("elsewhere");
    eq_int(sheaf_verify(r, &o, NULL, &err), SHEAF_EVERIFY, "another origin");
    since.origin.len = 0;
    eq_int(sheaf_verify(r, &o, NULL, &err), SHEAF_OK, "no origin, any");
    memcpy(since.root, info.root, 32);
    since.size = info.size;
    eq_int(sheaf_verify(r, &o, NULL, &err), SHEAF_OK, "since now");
    eq_int(sheaf_verify(old, &o, NULL, &err), SHEAF_EROLLBACK,
           "an older copy");
    eq_str(err.clause, "F9.9", "F9.9");
    eq_int(sheaf_extends(old, s, &since, was.size, NULL), SHEAF_EROLLBACK,
           "said at once");
    eq_int(sheaf_extends(r, s, &since, info.size, NULL), SHEAF_OK,
           "not of this one");
    eq_int(sheaf_list_keys(r, s, note_keys, &keys, NULL), SHEAF_OK,
           "its keys");
    ok(keys.count == 2 && memcmp(keys.key[0].key, a.key, 32) == 0 &&
           memcmp(&keys.key[1], &b, sizeof b) == 0,
       "are the old one and the new one");
    keys.count = 0;
    eq_int(sheaf_list_keys(old, s, note_keys, &keys, NULL), SHEAF_OK,
           "before the change");
    eq_int(keys.count, 0, "there was none");
    sheaf_close(old);
    sheaf_close(r);
    sheaf_scratch_free(s);
    sheaf_buf_free(&file);
}

/* ---- Lies ---------------------------------------------------------------- */

/* The place in the MAP row of a leaf. */
struct pointer {
    uint64_t leaf;
    uint8_t place[9];
};

static void
take_pointer(void *arg, uint8_t *row)
{
    struct pointer *p = arg;

    if (get_be(row + TABLE_KEY_SIZE, 5) >> 1 == p->leaf)
        memcpy(p->place, row + TABLE_ENTRY_SIZE, sizeof p->place);
}

static void
put_pointer(void *arg, uint8_t *row)
{
    const struct pointer *p = arg;

    if (get_be(row + TABLE_KEY_SIZE, 5) >> 1 == p->leaf)
        memcpy(row + TABLE_ENTRY_SIZE, p->place, sizeof p->place);
}

/* Where a row points to is under no signature. Whoever points the row of the
 * newest revision elsewhere must not get an older one for it. */
static void
test_pointers(const struct sheaf_buf *good)
{
    static const struct {
        const char *id;
        uint64_t leaf; /* whose row is made to point ... */
        uint64_t to;   /* ... to where this leaf is */
    } rows[] = {
        { "news/1", 2, 1 },   /* another article: the older one */
        { "news/3", 11, 12 }, /* a redaction */
        { "news/1", 2, 5 },   /* a removed article */
        { "news/1", 2, 8 },   /* a block */
        { "news/6", 9, 1 },
        { "news/6", 9, 3 },   /* a block with that ID */
        { "news/5", 6, 1 },
        { "news/3", 11, 1 },
    };
    struct sheaf_public_key key = public_key(SEED);
    struct sheaf_buf file = { 0 };
    struct sheaf_scratch *s;

    MUST_OK(sheaf_scratch_new(&s, NULL));
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct sheaf_error err = { 0 };
        struct sheaf_reader *r;
        struct sheaf_entry e;
        struct pointer place = { .leaf = rows[i].to };

        file.len = 0;
        MUST(buf_add(&file, good->data, good->len));
        reseal_rows(file.data, file.len, take_pointer, &place);
        place.leaf = rows[i].leaf;
        reseal_rows(file.data, file.len, put_pointer, &place);
        r = open_bytes(file.data, file.len);
        MUST(r != NULL);
        eq_int(find(r, s, rows[i].id, 0, &e, &err), SHEAF_EVERIFY,
               "leaf %llu at that of %llu: found plainly",
               (unsigned long long)rows[i].leaf,
               (unsigned long long)rows[i].to);
        MUST_OK(sheaf_authenticate(r, &key, NULL));
        eq_int(find(r, s, rows[i].id, 0, &e, &err), SHEAF_EVERIFY,
               "but not trusted");
        eq_str(err.clause, "F10.2", "it is not that leaf");
        eq_int(sheaf_verify(r, NULL, NULL, &err), SHEAF_ECORRUPT,
               "nor verified");
        eq_str(err.clause, "F8.3", "since the row is wrong");
        sheaf_close(r);
    }
    sheaf_scratch_free(s);
    sheaf_buf_free(&file);
}

/* One bit in each third byte, with the sums as they were and made right again:
 * never intact and authentic, never other bytes under a trusted ID. */
static void
test_bits(const struct sheaf_buf *good)
{
    struct sheaf_public_key key = public_key(SEED);
    struct sheaf_verify_options o = { SHEAF_VERIFY_OPTIONS, .key = &key };
    struct sheaf_buf file = { 0 };
    size_t verified = 0, lies = 0, unnamed = 0, opened = 0;
    struct sheaf_scratch *s;

    MUST_OK(sheaf_scratch_new(&s, NULL));
    for (size_t i = 0; i < 2 * good->len; i += 3) {
        struct sheaf_error err = { 0 };
        struct sheaf_reader *r;
        bool mended = i >= good->len;
        size_t at = i % good->len;
        int rc;

        file.len = 0;
        MUST(buf_add(&file, good->data, good->len));
        file.data[at] ^= (uint8_t)(1u << (at * 5 + i / good->len) % 8);
        if (mended)
            reseal(file.data, file.len);
        r = open_bytes(file.data, file.len);
        if (r == NULL)
            continue;
        opened++;
        rc = sheaf_verify(r, &o, NULL, &err);
        if (memcmp(file.data, good->data, good->len) == 0)
            rc = SHEAF_ECORRUPT; /* it was a sum, and has been mended */
        /* zstd's version and the level are only told (F11); in a mended file
         * so are the frames around columns, which may be compressed in more
         * ways than one. */
        verified += rc == SHEAF_OK && !mended;
        unnamed += rc != SHEAF_OK && rc != SHEAF_EUNSUPPORTED &&
                   err.code != 0 && err.clause[0] == '\0';
        rc = sheaf_authenticate(r, &key, NULL);
        for (size_t k = 0; rc == SHEAF_OK && k < COUNT_OF(asked); k++) {
            struct sheaf_entry e;
            struct sheaf_article a;
            int got = find(r, s, asked[k].id, asked[k].rev, &e, NULL);

            if (got == SHEAF_OK)
                got = sheaf_read(r, s, &e, &a, NULL);
            if (got == SHEAF_OK)
                lies += asked[k].body == NULL || e.leaf != asked[k].leaf ||
                        !bytes_equal(a.parts[0].data,
                                     text_bytes(asked[k].body));
            else if (got == SHEAF_ENOTFOUND)
                lies += asked[k].body != NULL || asked[k].message != NULL;
            else if (got == SHEAF_EREDACTED)
                lies += asked[k].message == NULL;
        }
        sheaf_close(r);
    }
    eq_int(verified, 0, "no bit flips unnoticed (%zu files opened)", opened);
    eq_int(lies, 0, "no bit makes a trusted answer another one");
    eq_int(unnamed, 0, "every refusal names a clause");
    sheaf_scratch_free(s);
    sheaf_buf_free(&file);
}

/* ---- Recovering ---------------------------------------------------------- */

static int
count_found(void *arg, const struct sheaf_recovered *found)
{
    const struct sheaf_article *article = found->article;
    unsigned *count = arg;

    count[found->kind != SHEAF_RECOVERED_ARTICLE]++;
    if (article != NULL && bytes_equal(article->id, text_bytes("news/5")))
        count[1]++;
    return 0;
}

static void
test_recover(const struct sheaf_buf *file)
{
    struct sheaf_recovery out = { 0 };
    unsigned count[2] = { 0, 0 };
    struct sheaf_source source;

    MUST_OK(sheaf_source_memory(&source, sheaf_view(file->data, file->len),
                                NULL));
    eq_int(sheaf_recover(source, NULL, count_found, count, &out, NULL),
           SHEAF_OK, "recovering");
    ok(out.articles == 9 && count[0] == 9,
       "finds the %u articles that are there", count[0]);
    ok(out.lost_bytes == 0 && out.missing == 0 && out.ended && count[1] == 0,
       "and what was removed is not lost");
}

/* ---- Faults -------------------------------------------------------------- */

static void
test_faults(const struct sheaf_buf *mixed_file)
{
    struct sheaf_public_key a = public_key(SEED);
    struct sheaf_verify_options o = { SHEAF_VERIFY_OPTIONS, .key = &a };
    struct sheaf_buf file = { 0 };
    unsigned other = 0;
    long n;

    make(&rekeyed_plan, &file);
    for (n = 0; n < 200; n++) {
        struct sheaf_reader *r = open_bytes(file.data, file.len);
        int rc;

        mem_fail_after(n);
        rc = sheaf_authenticate(r, &a, NULL);
        mem_fail_after(-1);
        sheaf_close(r);
        if (rc == SHEAF_OK)
            break;
        other += rc != SHEAF_ENOMEM;
    }
    ok(other == 0 && n > 1 && n < 200, "trust: each of %ld allocations", n);
    for (n = 0; n < 2000; n++) {
        struct sheaf_reader *r = open_bytes(file.data, file.len);
        int rc;

        mem_fail_after(n);
        rc = sheaf_verify(r, &o, NULL, NULL);
        mem_fail_after(-1);
        sheaf_close(r);
        if (rc == SHEAF_OK)
            break;
        other += rc != SHEAF_ENOMEM;
    }
    ok(other == 0 && n > 10 && n < 2000, "verify: each of %ld", n);
    for (n = 0; n < 2000; n++) {
        struct sheaf_reader *r = open_bytes(mixed_file->data, mixed_file->len);
        int rc;

        mem_fail_after(n);
        rc = sheaf_verify(r, &o, NULL, NULL);
        mem_fail_after(-1);
        sheaf_close(r);
        if (rc == SHEAF_OK)
            break;
        other += rc != SHEAF_ENOMEM;
    }
    ok(other == 0 && n > 10 && n < 2000, "with blocks: each of %ld", n);
    for (n = 0; n < 200; n++) {
        struct sheaf_reader *r = open_bytes(mixed_file->data, mixed_file->len);
        struct sheaf_scratch *s = NULL;
        struct sheaf_entry e;
        int rc;

        mem_fail_after(n);
        rc = sheaf_scratch_new(&s, NULL);
        if (rc == SHEAF_OK)
            rc = find(r, s, "news/5", 0, &e, NULL);
        if (rc == SHEAF_EREDACTED)
            rc = find(r, s, "news/6", 0, &e, NULL);
        mem_fail_after(-1);
        sheaf_scratch_free(s);
        sheaf_close(r);
        if (rc == SHEAF_OK)
            break;
        other += rc != SHEAF_ENOMEM;
    }
    ok(other == 0 && n > 1 && n < 200, "finding: each of %ld", n);
    sheaf_buf_free(&file);
}

int
main(void)
{
    struct sheaf_buf file = { 0 };

    MUST_OK(hash_start(NULL));
    make(&mixed_plan, &file);
    test_mixed(&file);
    test_missing();
    test_keys();
    test_pointers(&file);
    test_bits(&file);
    test_recover(&file);
    test_faults(&file);
    sheaf_buf_free(&file);
    eq_int(mem_live(), 0, "all given back");
    return tap_done();
}
