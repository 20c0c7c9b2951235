/*
 * rebuilt_compare.c - what became of the articles of a copy in an archive that
 * was made anew.
 */
#include "base/hash.h"
#include "cli/rebuilt.h"

struct comparing {
    const struct archive *near;
    const struct sheaf_reader *reader;
    struct sheaf_scratch *theirs;
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

/* The article is one of the copy, and its newest revision. */
static int
compare_one(struct comparing *c, const struct sheaf_scan_item *item)
{
    const struct archive *near = c->near;
    uint8_t ours[HASH_BYTES], theirs[HASH_BYTES];
    struct sheaf_error err = { 0 };
    struct sheaf_article article;
    struct sheaf_entry entry;
    const char *what;
    int rc = sheaf_find(c->reader, c->theirs, item->id, 0, &entry, &err);

    if (rc == SHEAF_OK)
        rc = sheaf_read(c->reader, c->theirs, &entry, &article, &err);
    if (rc == SHEAF_OK && memcmp(article.leaf_hash, item->article.leaf_hash,
                                 sizeof article.leaf_hash) == 0)
        return EXIT_DONE;
    if (rc == SHEAF_OK)
        rc = hash_article(c, c->reader, c->theirs, &article, theirs, &err);
    if (rc == SHEAF_OK)
        rc = hash_article(c, near->reader, near->scratch, &item->article, ours,
                          &err);
    if (rc == SHEAF_OK && memcmp(ours, theirs, sizeof ours) == 0)
        return EXIT_DONE;
    if (rc == SHEAF_OK) {
        what = "changed";
        c->changes.changed++;
    } else if (rc == SHEAF_EREDACTED) {
        what = "redacted";
        c->changes.redacted++;
    } else if (rc == SHEAF_ENOTFOUND) {
        what = "dropped";
        c->changes.dropped++;
    } else {
        return archive_failed(near, rc, &err);
    }
    say("%s: %.*s", what, (int)c->ours.len, (const char *)c->ours.data);
    return EXIT_DONE;
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
        bool newest = false;

        rc = sheaf_scanner_next(scanner, &item, &err);
        if (interrupted())
            code = say_interrupted();
        if (rc != SHEAF_OK || item->state != SHEAF_SCAN_ARTICLE)
            continue;
        c->ours.len = 0;
        if (!buf_add(&c->ours, item->id.data, item->id.len))
            code = say_no_memory();
        if (code == EXIT_DONE)
            code = newest_is(&c->newest, buf_view(&c->ours), item->leaf,
                             &newest);
        if (code == EXIT_DONE && newest)
            code = compare_one(c, item);
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
    int code = rc == SHEAF_OK ? compare_all(&c)
                              : archive_failed(near, rc, &err);

    *out = c.changes;
    newest_end(&c.newest);
    sheaf_scratch_free(c.theirs);
    sheaf_buf_free(&c.ours);
    sheaf_buf_free(&c.fields);
    return code;
}
