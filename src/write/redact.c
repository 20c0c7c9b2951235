/*
 * redact.c - writes an archive without some of its articles (format.md F6.6).
 *
 * The archive is read twice. The first time nothing is written; it finds which
 * of the remaining articles quote a removed one. The second time frames are
 * kept as they are, except those that held a removed article, and all those of
 * a dictionary that may hold its words: they get a new one.
 */

#include "write/rewrite.h"

#include <stdlib.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/mem.h"
#include "base/options.h"
#include "format/dictframe.h"
#include "format/statement.h"
#include "format/words.h"
#include "write/shingle.h"

/* Bytes of a body that may continue the metadata. */
#define CHUNK ((size_t)1 << 17)

/* Bytes of a dictionary whose codes are undone at once. */
#define CODED_PART ((size_t)1 << 12)

/* An article to remove. */
struct target {
    uint64_t leaf;
    uint64_t offset; /* of its frame */
    uint32_t rev;
    uint8_t hash[32];
    uint8_t id_hash[32];
};

struct redact {
    struct rewrite walk;
    const struct sheaf_redact_options *options;
    const struct sheaf_redact_target **by_id; /* the options' targets, sorted */
    struct target *targets; /* in the order of their leaves */
    size_t count;
    size_t room;
    size_t next;            /* the first that the walk has not reached */
    struct shingle *shingles;
    bool *touched;         /* the dictionaries that are not kept */
    uint64_t dictionaries; /* how many are not */
    bool retrain;          /* the dictionary in force is not kept */
};

/* ---- What is taken out -------------------------------------------------- */

static bool
add_target(struct redact *d, const struct sheaf_entry *entry,
           const struct article *a)
{
    struct target *t;

    if (!mem_grow(&d->targets, &d->room, d->count + 1, sizeof *d->targets))
        return false;
    t = &d->targets[d->count++];
    t->leaf = entry->leaf;
    t->offset = entry->offset;
    t->rev = (uint32_t)a->meta.rev;
    memcpy(t->hash, a->leaf_hash, 32);
    hash_blake2b(a->id.data, a->id.len, t->id_hash);
    return true;
}

static int
compare_leaves(const void *a, const void *b)
{
    const struct target *x = a, *y = b;

    return (x->leaf > y->leaf) - (x->leaf < y->leaf);
}

/* Puts the targets in order. The caller may have named some twice. */
static void
order_targets(struct redact *d)
{
    size_t kept = 0;

    if (d->count != 0)
        qsort(d->targets, d->count, sizeof *d->targets, compare_leaves);
    for (size_t i = 0; i < d->count; i++)
        if (kept == 0 || d->targets[kept - 1].leaf != d->targets[i].leaf)
            d->targets[kept++] = d->targets[i];
    d->count = kept;
}

struct gathering {
    struct shingle *shingles;
    struct shingle_text text;
};

static int
gather(void *arg, const void *data, size_t len)
{
    struct gathering *g = arg;

    return shingle_add(g->shingles, &g->text, true, data, len) ? 0 : -1;
}

/* Adds the text of the metadata: strings with a space in them. Other
 * strings are IDs, dates and URLs, which articles of one day have in
 * common. */
static bool
gather_strings(struct shingle *shingles, struct sheaf_bytes container)
{
    struct json_iter it = json_iter_over(container);
    struct sheaf_bytes key, value;
    bool good = true;

    while (good && (container.data[0] == '{'
                        ? json_next(&it, &key, &value)
                        : json_next_item(&it, &value))) {
        struct shingle_text t = { 0 };

        if (value.data[0] == '{' || value.data[0] == '[')
            good = gather_strings(shingles, value);
        else if (json_is_string(value) &&
                 memchr(value.data, ' ', value.len) != NULL)
            good = shingle_add(shingles, &t, true, value.data, value.len) &&
                   shingle_add(shingles, &t, true, NULL, 0);
    }
    return good;
}

/* Adds the metadata line and the start of the body, as they are. */
static bool
gather_line(struct shingle *shingles, const struct sheaf_article *a)
{
    struct sheaf_bytes body = a->parts[0].data;
    struct shingle_text t = { 0 };

    return shingle_add(shingles, &t, false, a->meta.data, a->meta.len) &&
           shingle_add(shingles, &t, false, "\n", 1) &&
           (body.data == NULL ||
            shingle_add(shingles, &t, false, body.data,
                      (size_t)min_u64(body.len, CHUNK))) &&
           gather_strings(shingles, a->meta);
}

/* Adds every eight words in a row of the article that was read, and its URL. */
static int
gather_words(struct redact *d, const struct sheaf_entry *entry,
             struct sheaf_error *err)
{
    struct gathering g = { .shingles = d->shingles };
    struct sheaf_article a;
    int rc = sheaf_read(d->walk.r, d->walk.s, entry, &a, err);

    if (rc == SHEAF_OK &&
        (!gather_line(d->shingles, &a) ||
         !shingle_add_whole(d->shingles, d->walk.s->article.meta.url)))
        rc = fail_nomem(err);
    for (size_t i = 0; rc == SHEAF_OK && i < a.part_count; i++)
        rc = sheaf_read_part(d->walk.r, d->walk.s, &a, i, gather, &g, err);
    if (rc == SHEAF_OK && gather(&g, NULL, 0) != 0)
        rc = fail_nomem(err);
    return rc == SHEAF_ESTOPPED ? fail_nomem(err) : rc;
}

/* Adds an article to remove, which is loaded, to the shingles. */
static int
take_target(struct redact *d, const struct sheaf_entry *entry,
            struct sheaf_error *err)
{
    if (!add_target(d, entry, &d->walk.s->article))
        return fail_nomem(err);
    return gather_words(d, entry, err);
}

static int
find_target(struct redact *d, const struct sheaf_redact_target *t,
            struct sheaf_error *err)
{
    bool found = false, gone = false;
    uint8_t key[TABLE_KEY_SIZE];
    struct map_row row;
    struct rows rows;
    int rc;

    table_key(t->id, key);
    rows = rows_of(d->walk.r, TABLE_MAP, key);
    while ((rc = rows_next_map(d->walk.r, d->walk.s, &rows, &row, err)) ==
           SHEAF_OK) {
        struct found f;

        rc = reader_follow(d->walk.r, d->walk.s, &row, t->id, &f, err);
        if (rc == SHEAF_ENOTFOUND ||
            (rc == SHEAF_OK && t->rev != 0 && f.rev != t->rev))
            continue;
        if (rc == SHEAF_OK && f.removed)
            gone = true;
        else if (rc == SHEAF_OK)
            rc = take_target(d, &f.entry, err);
        if (rc != SHEAF_OK)
            return rc;
        found = found || !f.removed;
    }
    if (rc != SHEAF_END || found)
        return rc == SHEAF_END ? SHEAF_OK : rc;
    return gone ? fail(err, SHEAF_EREDACTED, "it was redacted before")
                : fail(err, SHEAF_ENOTFOUND, "there is no such article");
}

/* ---- The first time: who quotes what goes? ------------------------------- */

/* The target that is leaf number `leaf`, or NULL. `leaf` must not be before
 * the last one asked for. */
static const struct target *
next_target(struct redact *d, uint64_t leaf)
{
    while (d->next < d->count && d->targets[d->next].leaf < leaf)
        d->next++;
    return d->next < d->count && d->targets[d->next].leaf == leaf
               ? &d->targets[d->next]
               : NULL;
}

static int
compare_ids(const void *a, const void *b)
{
    const struct sheaf_redact_target *const *x = a, *const *y = b;

    return bytes_compare((*x)->id, (*y)->id);
}

static int
sort_targets(struct redact *d, struct sheaf_error *err)
{
    const struct sheaf_redact_options *o = d->options;

    d->by_id = mem_new(o->target_count, sizeof *d->by_id);
    if (d->by_id == NULL)
        return fail_nomem(err);
    for (size_t i = 0; i < o->target_count; i++)
        d->by_id[i] = &o->targets[i];
    qsort(d->by_id, o->target_count, sizeof *d->by_id, compare_ids);
    return SHEAF_OK;
}

static size_t
first_named(const struct redact *d, struct sheaf_bytes id)
{
    size_t low = 0, high = d->options->target_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (bytes_compare(d->by_id[middle]->id, id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool
is_named(const struct redact *d, size_t i, struct sheaf_bytes id)
{
    return i < d->options->target_count && bytes_equal(d->by_id[i]->id, id);
}

/* An article that stays must not be one that the map should have named: nobody
 * has to have signed the map. */
static int
check_stays(const struct redact *d, struct sheaf_error *err)
{
    const struct article *a = &d->walk.article;

    for (size_t i = first_named(d, a->id); is_named(d, i, a->id); i++)
        if (d->by_id[i]->rev == 0 || d->by_id[i]->rev == a->meta.rev)
            return fail_corrupt(err, d->walk.walk.at, "F8.3",
                                "the map does not name an article that is to "
                                "be removed");
    return SHEAF_OK;
}

/* An article that stays may have the URL of a removed one. Other revisions of
 * that have it, too. */
static int
see_url(const struct redact *d, uint64_t leaf, struct sheaf_error *err)
{
    const struct article *a = &d->walk.article;

    if (is_named(d, first_named(d, a->id), a->id) ||
        shingle_see_whole(d->shingles, leaf, a->meta.url))
        return SHEAF_OK;
    return fail_nomem(err);
}

/* A remaining text, in pieces. */
struct seeing {
    struct shingle *shingles;
    struct shingle_text text;
    uint64_t leaf;
};

static int
see(void *arg, const void *data, size_t len)
{
    struct seeing *s = arg;

    return shingle_see(s->shingles, &s->text, s->leaf, data, len) ? 0 : -1;
}

static int
see_articles(struct rewrite *k, const struct walk_frame *frame, uint64_t count,
             struct sheaf_error *err)
{
    struct redact *d = k->own;
    struct sheaf_bytes rest = buf_view(&k->content);

    (void)frame;
    for (uint64_t i = 0; i < count; i++) {
        struct seeing s = { .shingles = d->shingles, .leaf = k->leaf + i };
        struct sheaf_bytes one;
        int rc = rewrite_next(k, &rest, &one, err);

        if (rc != SHEAF_OK)
            return rc;
        if (next_target(d, k->leaf + i) != NULL)
            continue;
        rc = check_stays(d, err);
        if (rc == SHEAF_OK)
            rc = see_url(d, k->leaf + i, err);
        if (rc != SHEAF_OK)
            return rc;
        if (see(&s, one.data, one.len) != 0 || see(&s, NULL, 0) != 0)
            return fail_nomem(err);
    }
    return SHEAF_OK;
}

static int
see_large(struct rewrite *k, struct sheaf_error *err)
{
    struct redact *d = k->own;
    struct seeing s = { .shingles = d->shingles, .leaf = k->leaf };
    int rc;

    if (next_target(d, k->leaf) != NULL)
        return SHEAF_OK;
    rc = check_stays(d, err);
    if (rc == SHEAF_OK)
        rc = see_url(d, k->leaf, err);
    if (rc != SHEAF_OK)
        return rc;
    rc = spool_read_all(&k->spool, see, &s, err);
    if (rc == SHEAF_ESTOPPED || (rc == SHEAF_OK && see(&s, NULL, 0) != 0))
        rc = fail_nomem(err);
    return rc;
}

static int
tell_quotes(struct redact *d, struct sheaf_redacted *out,
            struct sheaf_error *err)
{
    const struct sheaf_redact_options *o = d->options;
    uint64_t *leaves = NULL;
    size_t count = 0;
    int rc = shingle_quotes(d->shingles, &leaves, &count)
                 ? SHEAF_OK
                 : fail_nomem(err);

    for (size_t i = 0; rc == SHEAF_OK && o->quoted != NULL && i < count; i++) {
        struct sheaf_entry entry;
        struct sheaf_article a;

        rc = sheaf_locate(d->walk.r, d->walk.s, leaves[i], &entry, err);
        if (rc == SHEAF_OK)
            rc = sheaf_read(d->walk.r, d->walk.s, &entry, &a, err);
        if (rc == SHEAF_OK && o->quoted(o->arg, &a) != 0)
            rc = fail(err, SHEAF_ESTOPPED, "stopped");
    }
    out->quoting = count;
    mem_free(leaves);
    return rc;
}

/* ---- Dictionaries that may hold what goes -------------------------------- */

/* A dictionary without its ID, which is another in each archive. */
static void
hash_dict(struct sheaf_bytes raw, uint8_t out[HASH_BYTES])
{
    const size_t id = 8;

    hash_blake2b(raw.data + id, raw.len < id ? 0 : raw.len - id, out);
}

/* The dictionaries that were in force where an article was that goes. One of
 * their pieces may be less of it than can be found. */
static void
touch_in_force(struct redact *d)
{
    const struct top *t = &d->walk.r->top;

    for (size_t i = 0; i < d->count; i++) {
        uint32_t low = 0, high = t->dict_count;

        while (low < high) {
            uint32_t mid = low + (high - low) / 2;

            if (t->dicts[mid].offset < d->targets[i].offset)
                low = mid + 1;
            else
                high = mid;
        }
        if (low != 0)
            d->touched[low - 1] = true;
    }
}

/* Adds the hashes of those that are touched already. */
static int
hash_touched(struct redact *d, struct sheaf_buf *hashes,
             struct sheaf_error *err)
{
    const struct top *t = &d->walk.r->top;
    int rc = SHEAF_OK;

    for (uint32_t i = 0; rc == SHEAF_OK && i < t->dict_count; i++) {
        struct sheaf_buf raw = { 0 };
        uint8_t hash[HASH_BYTES];

        if (!d->touched[i])
            continue;
        rc = reader_dict_load(d->walk.r, i, &raw, err);
        if (rc == SHEAF_OK) {
            hash_dict(buf_view(&raw), hash);
            if (!buf_add(hashes, hash, sizeof hash))
                rc = fail_nomem(err);
        }
        sheaf_buf_free(&raw);
    }
    return rc;
}

/* What the codes in a dictionary stand for. It is a row of pieces of articles,
 * which may be cut within a code: what has no meaning is passed over. */
static int
undo_codes(struct sheaf_bytes raw, struct sheaf_bytes table,
           struct sheaf_buf *out, struct sheaf_error *err)
{
    struct sheaf_buf part = { 0 };
    struct words *w = NULL;
    size_t at = 0;
    int rc = words_new(&w, table, NO_OFFSET, err);

    while (rc == SHEAF_OK && at < raw.len) {
        size_t len = min_u64(raw.len - at, CODED_PART);

        while (len > 0 && (rc = words_undo(w, sheaf_view(raw.data + at, len),
                                           SHEAF_WHOLE_MAX, NO_OFFSET, &part,
                                           NULL)) == SHEAF_ECORRUPT)
            len /= 2;
        if (rc == SHEAF_ECORRUPT)
            rc = SHEAF_OK;
        if (rc != SHEAF_OK ||
            !buf_add(out, part.data, len > 0 ? part.len : 0) ||
            !buf_add(out, " ", 1))
            rc = fail_nomem(err);
        at += len > 0 ? len : 1;
    }
    words_free(w);
    sheaf_buf_free(&part);
    return rc;
}

/* An entry of a table of words stands alone: a name of two letters is enough,
 * and nothing is cut. */
static bool
finds_entry(const struct redact *d, struct sheaf_bytes table)
{
    struct sheaf_bytes rest = words_entries(table);
    bool found = false;

    while (rest.len != 0 && !found) {
        struct sheaf_bytes entry = bytes_until(&rest, '\0');

        found = shingle_finds(d->shingles, true, entry.data, entry.len);
    }
    return found;
}

/* Whether another dictionary is one of those, or holds what only those that go
 * have: it was made of the same articles, or of one that is stored once now, in
 * another place. */
static int
is_touched(const struct redact *d, uint32_t i, const struct sheaf_buf *hashes,
           bool *touched, struct sheaf_error *err)
{
    struct sheaf_buf raw = { 0 }, text = { 0 };
    struct sheaf_bytes table;
    uint8_t hash[HASH_BYTES];
    int rc = reader_dict_load(d->walk.r, i, &raw, err);

    if (rc == SHEAF_OK)
        rc = words_find(buf_view(&raw), d->walk.r->top.dicts[i].offset, &table,
                        err);
    if (rc == SHEAF_OK && table.len != 0)
        rc = undo_codes(buf_view(&raw), table, &text, err);
    if (rc == SHEAF_OK) {
        hash_dict(buf_view(&raw), hash);
        *touched = (table.len != 0 && finds_entry(d, table)) ||
                   shingle_finds(d->shingles, false, raw.data, raw.len) ||
                   shingle_finds(d->shingles, false, text.data, text.len);
        for (size_t k = 0; k < hashes->len && !*touched; k += sizeof hash)
            *touched = memcmp(hashes->data + k, hash, sizeof hash) == 0;
    }
    sheaf_buf_free(&raw);
    sheaf_buf_free(&text);
    return rc;
}

static int
touch_dicts(struct redact *d, struct sheaf_error *err)
{
    const uint32_t count = d->walk.r->top.dict_count;
    struct sheaf_buf hashes = { 0 };
    int rc;

    d->touched = mem_new((size_t)count + 1, sizeof *d->touched);
    if (d->touched == NULL)
        return fail_nomem(err);
    touch_in_force(d);
    rc = hash_touched(d, &hashes, err);
    for (uint32_t i = 0; rc == SHEAF_OK && i < count; i++)
        if (!d->touched[i])
            rc = is_touched(d, i, &hashes, &d->touched[i], err);
    sheaf_buf_free(&hashes);
    return rc;
}

/* ---- The second time: writing -------------------------------------------- */

static int
remove_article(struct rewrite *k, const struct target *t,
               struct sheaf_error *err)
{
    const struct article *a = &k->article;

    return writer_import_removed(k->w, sheaf_view(a->leaf.record, a->leaf.len),
                                 a->leaf_hash, t->id_hash, err);
}

/* A frame is kept if none of its articles is removed, and its dictionary is
 * kept. Otherwise this is empty. */
static struct sheaf_bytes
keep_frame(struct redact *d, const struct walk_frame *frame, uint64_t count)
{
    const struct target *t;

    (void)next_target(d, d->walk.leaf);
    t = d->next < d->count ? &d->targets[d->next] : NULL;
    if (frame == NULL || d->retrain ||
        (t != NULL && t->leaf - d->walk.leaf < count))
        return sheaf_view(NULL, 0);
    return frame->bytes;
}

static int
write_articles(struct rewrite *k, const struct walk_frame *frame,
               uint64_t count, struct sheaf_error *err)
{
    struct redact *d = k->own;
    struct sheaf_bytes rest = buf_view(&k->content);
    struct sheaf_bytes keep = keep_frame(d, frame, count);
    bool joined = false;
    int rc = SHEAF_OK;

    for (uint64_t i = 0; rc == SHEAF_OK && i < count; i++) {
        const struct target *t = next_target(d, k->leaf + i);
        struct sheaf_bytes one;

        rc = rewrite_next(k, &rest, &one, err);
        if (rc != SHEAF_OK)
            break;
        rc = t != NULL ? remove_article(k, t, err)
                       : writer_import_article(k->w, &k->article, one, keep,
                                               joined, err);
        joined = t == NULL;
        keep = sheaf_view(NULL, 0); /* the first article brought the frame */
    }
    return rc;
}

static int
write_large(struct rewrite *k, struct sheaf_error *err)
{
    const struct target *t = next_target(k->own, k->leaf);

    return t != NULL ? remove_article(k, t, err) : rewrite_large(k, err);
}

static int
write_dict(struct rewrite *k, const struct walk_frame *f,
           struct sheaf_error *err)
{
    struct redact *d = k->own;
    const struct top *t = &k->r->top;
    struct sheaf_buf raw = { 0 }, packed = { 0 };
    uint32_t i = 0;
    int rc;

    while (i < t->dict_count && t->dicts[i].offset != f->offset)
        i++;
    if (i == t->dict_count || f->length != t->dicts[i].packed + DICT_HEAD_SIZE)
        return fail_corrupt(err, f->offset, "F11.3",
                            "the top doesn't name this dictionary");
    rc = encode_flush(k->w->encoder, err);
    if (rc == SHEAF_OK)
        rc = reader_dict_load(k->r, i, &raw, err);
    d->retrain = d->touched[i];
    if (rc == SHEAF_OK && d->retrain) {
        d->dictionaries++;
        encode_retrain(k->w->encoder, raw.len, t);
    } else if (rc == SHEAF_OK) {
        rc = rewrite_payload(k, i, buf_view(&raw), &packed, err);
        if (rc == SHEAF_OK)
            rc = encode_use_dict(k->w->encoder, &raw, &packed, t->dicts[i].id,
                                 err);
    }
    sheaf_buf_free(&raw);
    sheaf_buf_free(&packed);
    return rc;
}

/* Another generation follows, so none of the old ones is the last. */
static int
write_generation(struct rewrite *k, const struct top *top, bool last,
                 struct sheaf_error *err)
{
    (void)last;
    return rewrite_generation(k, top, false, err);
}

/* Adds the last generation: which articles were removed, and why. */
static int
write_redactions(struct redact *d, struct sheaf_error *err)
{
    const struct sheaf_redact_options *o = d->options;
    const struct signing how = { .key = o->key };
    struct sheaf_writer *w = d->walk.w;
    int rc = SHEAF_OK;

    if (o->key != NULL)
        rc = generation_check_key(w, o->key->key + 32, err);
    for (size_t i = 0; rc == SHEAF_OK && i < d->count; i++) {
        const struct target *t = &d->targets[i];
        struct redaction redaction = { .rev = t->rev, .leaf = t->leaf,
                                       .time = o->time_ms,
                                       .reason = sheaf_str(o->reason) };

        memcpy(redaction.target, t->hash, 32);
        memcpy(redaction.id_hash, t->id_hash, 32);
        rc = writer_redact(w, &redaction, err);
    }
    return rc == SHEAF_OK ? generation_write(w, o->time_ms, &how, true, err)
                          : rc;
}

/* ---- Redacting ---------------------------------------------------------- */

static int
look(struct redact *d, struct sheaf_redacted *out, struct sheaf_error *err)
{
    static const struct rewrite_steps steps = { .articles = see_articles,
                                                .large = see_large };
    const struct sheaf_redact_options *o = d->options;
    int rc = shingle_new(&d->shingles, err);

    if (rc == SHEAF_OK)
        rc = sort_targets(d, err);
    for (size_t i = 0; rc == SHEAF_OK && i < o->target_count; i++)
        rc = find_target(d, &o->targets[i], err);
    order_targets(d);
    if (rc == SHEAF_OK)
        rc = rewrite_all(&d->walk, &steps, err);
    if (rc == SHEAF_OK)
        rc = touch_dicts(d, err);
    return rc == SHEAF_OK ? tell_quotes(d, out, err) : rc;
}

static int
write_all(struct redact *d, struct sheaf_sink *sink, struct sheaf_error *err)
{
    static const struct rewrite_steps steps = {
        .articles = write_articles,
        .large = write_large,
        .dict = write_dict,
        .stored = rewrite_stored,
        .optional = rewrite_known,
        .generation = write_generation
    };
    const struct sheaf_redact_options *o = d->options;
    int level = d->walk.r->top.level;
    const struct sheaf_write_options options = {
        SHEAF_WRITE_OPTIONS,
        .level = level >= 1 && level <= 19 ? level : WRITER_LEVEL_DEFAULT,
        .dict_max = -1, .threads = o->threads, .tmpdir = o->tmpdir
    };
    int rc = rewrite_writer(&d->walk, sink, &options, true, err);

    d->next = 0;
    if (rc == SHEAF_OK)
        rc = rewrite_all(&d->walk, &steps, err);
    return rc == SHEAF_OK ? write_redactions(d, err) : rc;
}

static void
outcome(const struct redact *d, struct sheaf_redacted *out)
{
    struct sheaf_written written;

    generation_outcome(d->walk.w, &written);
    out->articles = d->count;
    out->dictionaries = d->dictionaries;
    encode_counts(d->walk.w->encoder, &out->frames, &out->frames_recompressed);
    out->bytes = written.bytes;
    out->size = written.size;
    memcpy(out->root, written.root, 32);
}

/* A key signs what was signed, and no more (F13.5). */
static int
check_all_signed(const struct sheaf_reader *reader, struct sheaf_error *err)
{
    struct sheaf_info info;

    sheaf_get_info(reader, &info);
    if (info.note.len != 0 && info.signed_size == info.size)
        return SHEAF_OK;
    return fail_verify(err, NO_OFFSET, "F9.9",
                       "nobody has signed %llu of the leaves: verify them "
                       "first",
                       (unsigned long long)(info.size - info.signed_size));
}

int
sheaf_redact(const struct sheaf_reader *reader, struct sheaf_sink sink,
             const struct sheaf_redact_options *options,
             struct sheaf_redacted *out, struct sheaf_error *err)
{
    struct sheaf_redact_options o = { SHEAF_REDACT_OPTIONS };
    struct redact d = { .options = &o };
    struct sheaf_redacted done = { 0 };
    int rc = options_take(&o, sizeof o, options, err);

    d.walk.own = &d;
    d.walk.progress = o.progress;
    d.walk.arg = o.arg;
    d.walk.tmpdir = o.tmpdir;
    if (rc == SHEAF_OK && (o.reason == NULL ||
                           !redaction_reason_ok(sheaf_str(o.reason))))
        rc = fail(err, SHEAF_EINVAL, "a reason is 1 to 1,024 bytes of UTF-8 "
                  "without control characters");
    else if (rc == SHEAF_OK && o.target_count == 0)
        rc = fail(err, SHEAF_EINVAL, "nothing to redact");
    if (rc == SHEAF_OK)
        rc = rewrite_begin(&d.walk, reader, err);
    if (rc == SHEAF_OK && o.key != NULL && !o.verified)
        rc = check_all_signed(reader, err);
    if (rc == SHEAF_OK)
        rc = look(&d, &done, err);
    if (rc == SHEAF_OK)
        rc = write_all(&d, &sink, err);
    if (rc == SHEAF_OK)
        outcome(&d, &done);
    if (rc == SHEAF_OK && out != NULL)
        *out = done;
    rewrite_end(&d.walk);
    shingle_free(d.shingles);
    mem_free(d.targets);
    mem_free(d.by_id);
    mem_free(d.touched);
    if (sink.ops != NULL)
        sink.ops->close(sink.ctx);
    return rc;
}
