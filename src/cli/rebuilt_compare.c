/*
 * rebuilt_compare.c - what became of the articles of a copy in an archive that
 * was made anew.
 */
#include "base/hash.h"
#include "cli/newest.h"
#include "cli/rebuilt.h"

/* So many revisions of an article are looked through for an older one. */
#define OLDER_MAX 256

struct comparing {
    const struct archive *near;
    const struct sheaf_reader *reader;
    struct sheaf_scratch *theirs, *aside; /* of the archive, and of the copy */
    struct sheaf_buf ours, fields;
    struct newest newest;
    struct rebuilt_changes changes;
};

static int
hash_piece(void *arg, const void *data, size_t len)
{
    hash_blake_add(arg, data, len);
    return 0;
}

/* A hash of all that the article says, without its revision. */
static int
hash_article(struct comparing *c, const struct sheaf_reader *r,
             struct sheaf_scratch *s, const struct sheaf_article *a,
             uint8_t out[HASH_BYTES], struct sheaf_error *err)
{
    struct hash_blake h;
    int rc = sheaf_article_fields(a->meta, &c->fields, err);

    hash_blake_start(&h);
    hash_blake_add(&h, c->fields.data, c->fields.len);
    for (size_t i = 0; rc == SHEAF_OK && i < a->part_count; i++) {
        hash_blake_add(&h, &a->parts[i].size, sizeof a->parts[i].size);
        rc = sheaf_read_part(r, s, a, i, hash_piece, &h, err);
    }
    hash_blake_end(&h, out);
    return rc;
}

/* Whether that revision in the archive, 0 for the newest, says the same as the
 * article of the copy, which has this hash once it was needed. */
static int
is_same(struct comparing *c, const struct sheaf_scan_item *item, uint32_t rev,
        bool *same, uint32_t *theirs_rev, struct sheaf_error *err)
{
    const struct archive *near = c->near;
    uint8_t ours[HASH_BYTES], theirs[HASH_BYTES];
    struct sheaf_article article = { .leaf = 0 };
    struct sheaf_entry entry;
    int rc = sheaf_find(c->reader, c->theirs, buf_view(&c->ours), rev, &entry,
                        err);

    *same = false;
    if (rc == SHEAF_OK)
        rc = sheaf_read(c->reader, c->theirs, &entry, &article, err);
    *theirs_rev = article.rev;
    if (rc != SHEAF_OK || memcmp(article.leaf_hash, item->article.leaf_hash,
                                 sizeof article.leaf_hash) == 0) {
        *same = rc == SHEAF_OK;
        return rc;
    }
    rc = hash_article(c, c->reader, c->theirs, &article, theirs, err);
    if (rc == SHEAF_OK)
        rc = hash_article(c, near->reader, near->scratch, &item->article, ours,
                          err);
    *same = rc == SHEAF_OK && memcmp(ours, theirs, sizeof ours) == 0;
    return rc;
}

/* An older revision: the archive may have it under another number. */
static int
find_older(struct comparing *c, const struct sheaf_scan_item *item, bool *same,
           struct sheaf_error *err)
{
    struct sheaf_error other = { 0 };
    uint32_t newest = 0, unused;
    int rc = is_same(c, item, item->article.rev, same, &unused, err);
    int last;

    if (*same || (rc != SHEAF_OK && rc != SHEAF_ENOTFOUND))
        return rc;
    last = is_same(c, item, 0, same, &newest, &other);
    for (uint32_t r = 1;
         last == SHEAF_OK && !*same && r < newest && r <= OLDER_MAX; r++)
        if (is_same(c, item, r, same, &unused, &other) == SHEAF_EIO)
            last = SHEAF_EIO;
    if (last == SHEAF_EIO)
        *err = other;
    return last == SHEAF_EIO ? last : *same ? SHEAF_OK : SHEAF_ENOTFOUND;
}

static void
say_change(const struct comparing *c, const struct sheaf_scan_item *item,
           const char *what, bool newest)
{
    if (newest)
        say("%s: %.*s", what, (int)c->ours.len, (const char *)c->ours.data);
    else
        say("%s: %.*s, revision %lu", what, (int)c->ours.len,
            (const char *)c->ours.data, (unsigned long)item->article.rev);
}

/* An article of the copy, whose ID is in c->ours. */
static int
compare_one(struct comparing *c, const struct sheaf_scan_item *item,
            bool newest)
{
    struct sheaf_error err = { 0 };
    uint32_t unused;
    bool same;
    int rc = newest ? is_same(c, item, 0, &same, &unused, &err)
                    : find_older(c, item, &same, &err);

    if (rc == SHEAF_OK && same)
        return EXIT_DONE;
    if (rc == SHEAF_OK) {
        c->changes.changed++;
        say_change(c, item, "changed", newest);
    } else if (rc == SHEAF_EREDACTED) {
        c->changes.redacted++;
        say_change(c, item, "redacted", newest);
    } else if (rc == SHEAF_ENOTFOUND) {
        c->changes.dropped++;
        say_change(c, item, "dropped", newest);
    } else {
        return archive_failed(c->near, rc, &err);
    }
    return EXIT_DONE;
}

/* Whether a revision of the archive has the hash of this leaf of the copy.
 * SHEAF_EREDACTED, SHEAF_ENOTFOUND: the ID is so there. */
static int
find_hash(struct comparing *c, uint64_t leaf, bool *same,
          struct sheaf_error *err)
{
    struct sheaf_article article = { .rev = 2 };
    uint8_t hash[HASH_BYTES];
    int rc = sheaf_leaf_hash(c->near->reader, c->aside, leaf, hash, err);

    /* The newest one first, which says how many there are. */
    for (uint32_t rev = 0;
         rc == SHEAF_OK && !*same && rev < article.rev && rev <= OLDER_MAX;
         rev++) {
        struct sheaf_error other = { 0 };
        struct sheaf_entry entry;
        int found = sheaf_find(c->reader, c->theirs, buf_view(&c->ours), rev,
                               &entry, &other);

        if (found == SHEAF_OK && rev == 0)
            found = sheaf_read(c->reader, c->theirs, &entry, &article, &other);
        if (found == SHEAF_OK && rev != 0)
            found = sheaf_leaf_hash(c->reader, c->theirs, entry.leaf,
                                    article.leaf_hash, &other);
        *same = found == SHEAF_OK &&
                memcmp(article.leaf_hash, hash, sizeof hash) == 0;
        if (found == SHEAF_EIO || (rev == 0 && found != SHEAF_OK)) {
            *err = other;
            rc = found;
        }
    }
    return rc;
}

/* An article that the copy has and cannot give: what stays of it says whether
 * the archive has it. */
static int
compare_lost(struct comparing *c, const struct sheaf_scan_item *item)
{
    struct sheaf_error err = { 0 };
    bool same = false;
    int rc = item->id.len != 0 ? find_hash(c, item->leaf, &same, &err)
                               : SHEAF_OK;

    if (same)
        return EXIT_DONE;
    if (rc == SHEAF_EREDACTED) {
        c->changes.redacted++;
        say_change(c, item, "redacted", true);
        return EXIT_DONE;
    }
    c->changes.damaged++;
    if (item->id.len == 0)
        say("damaged in the copy: leaf %llu: nobody knows which article it is",
            (unsigned long long)item->leaf);
    else if (rc == SHEAF_ENOTFOUND)
        say_change(c, item, "damaged in the copy, and dropped", true);
    else if (rc == SHEAF_OK || rc == SHEAF_ECORRUPT || rc == SHEAF_EVERIFY)
        say_change(c, item, "damaged in the copy, and may have changed", true);
    else
        return archive_failed(c->near, rc, &err);
    c->changes.dropped += rc == SHEAF_ENOTFOUND;
    return EXIT_DONE;
}

static int
compare_item(struct comparing *c, const struct sheaf_scan_item *item)
{
    bool newest = false;
    int code;

    c->ours.len = 0;
    if (!buf_add(&c->ours, item->id.data, item->id.len))
        return say_no_memory();
    if (item->state == SHEAF_SCAN_LOST)
        return compare_lost(c, item);
    code = newest_is(&c->newest, buf_view(&c->ours), item->leaf, &newest);
    return code == EXIT_DONE ? compare_one(c, item, newest) : code;
}

static int
compare_all(struct comparing *c)
{
    const struct sheaf_scan_item *item;
    struct sheaf_scanner *scanner = NULL;
    struct sheaf_error err = { 0 };
    int rc = sheaf_scanner_new(c->near->reader, c->near->scratch, &scanner,
                               &err);
    int code = newest_start(&c->newest, c->near, NEWEST_COUNT);

    while (rc == SHEAF_OK && code == EXIT_DONE) {
        rc = sheaf_scanner_next(scanner, &item, &err);
        if (interrupted())
            code = say_interrupted();
        if (rc == SHEAF_OK && code == EXIT_DONE &&
            (item->state == SHEAF_SCAN_ARTICLE ||
             item->state == SHEAF_SCAN_LOST))
            code = compare_item(c, item);
    }
    sheaf_scanner_free(scanner);
    return code != EXIT_DONE || rc == SHEAF_END
               ? code
               : archive_failed(c->near, rc, &err);
}

int
rebuilt_compare(const struct archive *near, const struct sheaf_reader *reader,
                struct rebuilt_changes *out)
{
    struct comparing c = { .near = near, .reader = reader };
    struct sheaf_error err = { 0 };
    int rc = sheaf_scratch_new(&c.theirs, &err);
    int code;

    if (rc == SHEAF_OK)
        rc = sheaf_scratch_new(&c.aside, &err);
    code = rc == SHEAF_OK ? compare_all(&c) : archive_failed(near, rc, &err);

    *out = c.changes;
    newest_end(&c.newest);
    sheaf_scratch_free(c.theirs);
    sheaf_scratch_free(c.aside);
    sheaf_buf_free(&c.ours);
    sheaf_buf_free(&c.fields);
    return code;
}
