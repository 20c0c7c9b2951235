/*
 * each.c - passes on every leaf in order, and names what is lost.
 */
#include "read/reader.h"

#include "base/buf.h"
#include "base/err.h"
#include "base/mem.h"
#include "read/scan.h"

struct each {
    const struct sheaf_reader *r;
    struct sheaf_scratch *s;     /* what is passed on */
    struct sheaf_scratch *aside; /* for lookups */
    struct sheaf_scan_item item;
    struct sheaf_error why;
    struct sheaf_buf id;
};

/* The ID of a lost article in the columns; "" if these are lost, too. */
static int
name_lost(struct each *e, struct sheaf_error *err)
{
    struct sheaf_entry entry;
    int rc = reader_locate(e->r, e->aside, e->item.leaf, &entry, err);

    e->id.len = 0;
    if (rc == SHEAF_OK)
        rc = reader_column_id(e->aside, e->item.leaf, &e->id, err);
    e->item.id = buf_view(&e->id);
    return rc == SHEAF_ENOMEM || rc == SHEAF_EIO ? rc : SHEAF_OK;
}

static int
lost(struct each *e, const struct sheaf_error *why, struct sheaf_error *err)
{
    e->item.state = SHEAF_SCAN_LOST;
    e->why = *why;
    e->item.why = &e->why;
    reader_note_damage(e->r, why);
    return name_lost(e, err);
}

/* A redacted article may have been put back. What the redaction says holds. If
 * that is one of the lost leaves, these are reported themselves. */
static int
check_standing(struct each *e, const struct sheaf_entry *entry,
               struct sheaf_error *err)
{
    struct sheaf_error why = { 0 };
    int rc = reader_stands(e->r, e->aside, entry,
                           leaf_id_hash(e->s->article.leaf.record),
                           e->s->article.leaf_hash, &why);

    if (rc == SHEAF_EREDACTED) {
        e->item.state = SHEAF_SCAN_REDACTED;
        fail_clause(&e->why, rc, entry->offset, "F6.7", "%s", why.message);
        e->item.why = &e->why;
        rc = SHEAF_OK;
    } else if (rc != SHEAF_OK && err != NULL) {
        *err = why;
    }
    return rc;
}

/* Handles a leaf that the scan met: whether it is the tree's, and what it
 * is. */
static int
describe(struct each *e, const struct scanned *in, struct sheaf_error *err)
{
    struct sheaf_error why = { 0 };
    bool article = in->kind == SCANNED_ARTICLE;
    int rc;

    if (in->kind == SCANNED_LOST) {
        bool follows = false;

        rc = reader_follows(e->r, e->aside, e->item.leaf, &follows, err);
        e->item.state = SHEAF_SCAN_STATEMENT;
        return rc != SHEAF_OK || follows ? rc : lost(e, &in->why, err);
    }
    /* Reading an article checks it, too. */
    rc = article ? SHEAF_OK
                 : reader_check_leaf(e->r, e->aside, in->entry.leaf,
                                     in->entry.offset, in->stored.hash, &why);
    if (rc == SHEAF_OK && article) {
        e->item.state = SHEAF_SCAN_ARTICLE;
        rc = sheaf_read(e->r, e->s, &in->entry, &e->item.article, &why);
        e->item.id = e->item.article.id;
        if (rc == SHEAF_OK)
            rc = check_standing(e, &in->entry, &why);
    } else if (rc == SHEAF_OK && in->stored.type == LEAF_ARTICLE) {
        e->item.state = SHEAF_SCAN_REDACTED;
        memcpy(e->item.id_hash, in->stored.id_hash, sizeof e->item.id_hash);
        rc = reader_redacted(e->r, e->aside, &in->entry, &why);
        e->why = why;
        e->item.why = &e->why;
        rc = rc == SHEAF_EREDACTED ? SHEAF_OK : rc;
    } else if (rc == SHEAF_OK) {
        e->item.state = SHEAF_SCAN_STATEMENT;
    }
    if (rc == SHEAF_ECORRUPT || rc == SHEAF_EVERIFY || rc == SHEAF_EMISSING ||
        rc == SHEAF_EINCOMPLETE)
        return lost(e, &why, err);
    if (rc != SHEAF_OK && err != NULL)
        *err = why;
    return rc;
}

struct sheaf_scanner {
    struct each each;
    struct scan scan;
};

/* Sets where the scan begins, from the group that has leaf `first` or comes
 * before it. If that is not known, it is the start of the file. */
static int
find_start(struct each *e, uint64_t first, uint64_t *offset, uint64_t *leaf,
           struct sheaf_error *err)
{
    const struct located *l = &e->aside->located;
    struct sheaf_entry entry;
    int rc;

    *offset = HEAD_SIZE;
    *leaf = 0;
    if (first == 0)
        return SHEAF_OK;
    rc = reader_locate(e->r, e->aside, first, &entry, err);
    if (rc == SHEAF_ENOMEM || rc == SHEAF_EIO)
        return rc;
    if (l->at != 0 && l->group.first <= first && l->group.start >= HEAD_SIZE &&
        l->group.start < l->at) {
        *offset = l->group.start;
        *leaf = l->group.first;
    }
    return SHEAF_OK;
}

static int
scanner_new(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
            uint64_t first, uint64_t end, struct sheaf_scanner **out,
            struct sheaf_error *err)
{
    struct sheaf_scanner *s = mem_new(1, sizeof *s);
    uint64_t offset, leaf;
    int rc;

    if (s == NULL)
        return fail_nomem(err);
    s->each.r = reader;
    s->each.s = scratch;
    rc = sheaf_scratch_new(&s->each.aside, err);
    if (rc != SHEAF_OK) {
        mem_free(s);
        return rc;
    }
    reader_claim(reader, s->each.aside);
    rc = find_start(&s->each, first, &offset, &leaf, err);
    if (rc != SHEAF_OK) {
        sheaf_scanner_free(s);
        return rc;
    }
    scan_begin(&s->scan, reader, scratch, offset, leaf,
               min_u64(end, reader_leaves(reader)));
    *out = s;
    return SHEAF_OK;
}

int
sheaf_scanner_new(const struct sheaf_reader *reader,
                  struct sheaf_scratch *scratch, struct sheaf_scanner **out,
                  struct sheaf_error *err)
{
    return scanner_new(reader, scratch, 0, UINT64_MAX, out, err);
}

int
sheaf_scanner_next(struct sheaf_scanner *scanner,
                   const struct sheaf_scan_item **out, struct sheaf_error *err)
{
    struct each *e = &scanner->each;
    struct scanned found;
    int rc;

    do {
        rc = scan_next(&scanner->scan, &found, err);
    } while (rc == SHEAF_OK && found.kind == SCANNED_GROUP);
    if (rc != SHEAF_OK)
        return rc;
    memset(&e->item, 0, sizeof e->item);
    e->item.leaf = found.entry.leaf;
    e->item.entry = found.entry;
    rc = describe(e, &found, err);
    if (rc == SHEAF_OK)
        *out = &e->item;
    return rc;
}

void
sheaf_scanner_free(struct sheaf_scanner *scanner)
{
    if (scanner == NULL)
        return;
    scan_free(&scanner->scan);
    sheaf_scratch_free(scanner->each.aside);
    sheaf_buf_free(&scanner->each.id);
    mem_free(scanner);
}

int
sheaf_scan(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
           sheaf_scan_leaf each, void *arg, struct sheaf_error *err)
{
    return sheaf_scan_range(reader, scratch, 0, UINT64_MAX, each, arg, err);
}

int
sheaf_scan_range(const struct sheaf_reader *reader,
                 struct sheaf_scratch *scratch, uint64_t first, uint64_t end,
                 sheaf_scan_leaf each, void *arg, struct sheaf_error *err)
{
    const struct sheaf_scan_item *item;
    struct sheaf_scanner *scanner = NULL;
    int rc = scanner_new(reader, scratch, first, end, &scanner, err);

    while (rc == SHEAF_OK &&
           (rc = sheaf_scanner_next(scanner, &item, err)) == SHEAF_OK)
        if (item->leaf >= first && each(arg, item) != 0)
            rc = fail(err, SHEAF_ESTOPPED, "stopped");
    sheaf_scanner_free(scanner);
    return rc == SHEAF_END ? SHEAF_OK : rc;
}

uint64_t
sheaf_get_damage(const struct sheaf_reader *reader, struct sheaf_error *first)
{
    struct sheaf_reader *own = reader_own(reader);
    uint64_t count;

    pthread_mutex_lock(&own->damage_lock);
    count = own->damages;
    if (count != 0 && first != NULL)
        *first = own->damage;
    pthread_mutex_unlock(&own->damage_lock);
    return count;
}
