/*
 * rebuilt.c - fetches an archive that was made anew, without what an earlier
 * copy has.
 */
#include "cli/rebuilt.h"

#include <stdlib.h>

#define PIECE ((size_t)256 << 10)
/* Ranges that are asked for at once, and how much that may be. */
#define AT_ONCE 1024
#define AT_ONCE_BYTES ((uint64_t)8 << 20)
/* So many bytes at the end of a dictionary tell it from others: zstd's checksum
 * of its content is there. */
#define DICT_END 16
/* Dictionaries that are held in memory. */
#define UNPACKED_MAX 256
#define UNPACKED_BYTES ((size_t)64 << 20)

/* A frame of the copy. */
struct known {
    uint64_t hash; /* of ID, revision, length and dictionary */
    uint64_t offset;
};

/* A range of the archive, and where the copy has it, or NOWHERE. */
struct piece {
    uint64_t at, length, from;
};
#define NOWHERE UINT64_MAX

/* The dictionary in force, from one article to the next. */
struct force {
    unsigned next; /* number of the next one */
    uint32_t id;   /* 0: none yet */
    bool known;    /* the next two are of the next one */
    bool any;
    struct sheaf_dictionary d;
};

struct unpacked;

struct rebuilding {
    const struct archive *far, *near;
    struct spool *out;
    struct progress *progress;
    struct sheaf_buf known;  /* struct known */
    struct sheaf_buf pieces; /* struct piece */
    uint64_t planned;        /* they go as far as this */
    struct force near_force, far_force;
    struct unpacked *unpacked;
    size_t unpacked_count;
    size_t unpacked_bytes;
    struct sheaf_reader *lean; /* of the archive */
    struct sheaf_buf matched;  /* u64: places of dictionaries in the copy */
    bool foreign; /* the copy does not have the dictionary of the archive */
    struct sheaf_scratch *scratch;
    struct sheaf_reader *reader; /* of what was written */
    uint8_t *bytes;              /* PIECE of them */
    uint64_t fetched;
    int code;
};

/* ---- Dictionaries -------------------------------------------------------- */

/* Those that the copy has need not be fetched to read the columns of the
 * archive: what its reader unpacked is given to the other one. */
struct unpacked {
    uint8_t key[SHEAF_HASH_BYTES];
    struct sheaf_buf bytes;
};

static const void *
get_unpacked(void *ctx, const uint8_t key[SHEAF_HASH_BYTES], size_t size)
{
    const struct rebuilding *b = ctx;

    for (size_t i = 0; i < b->unpacked_count; i++)
        if (b->unpacked[i].bytes.len == size &&
            memcmp(b->unpacked[i].key, key, SHEAF_HASH_BYTES) == 0)
            return b->unpacked[i].bytes.data;
    return NULL;
}

static void
done_unpacked(void *ctx, const void *data, size_t size)
{
    (void)ctx; /* it stays until the end */
    (void)data;
    (void)size;
}

static const void *
get_none(void *ctx, const uint8_t key[SHEAF_HASH_BYTES], size_t size)
{
    (void)ctx;
    (void)key;
    (void)size;
    return NULL;
}

static void
put_none(void *ctx, const uint8_t key[SHEAF_HASH_BYTES], const void *data,
         size_t size)
{
    (void)ctx;
    (void)key;
    (void)data;
    (void)size;
}

static void
put_unpacked(void *ctx, const uint8_t key[SHEAF_HASH_BYTES], const void *data,
             size_t size)
{
    struct rebuilding *b = ctx;
    struct unpacked *u = &b->unpacked[b->unpacked_count];

    if (b->unpacked_count == UNPACKED_MAX ||
        b->unpacked_bytes + size > UNPACKED_BYTES ||
        !buf_add(&u->bytes, data, size))
        return;
    memcpy(u->key, key, sizeof u->key);
    b->unpacked_count++;
    b->unpacked_bytes += size;
}

static void
share_dictionaries(struct rebuilding *b)
{
    const struct sheaf_dict_cache near = { b, get_none, done_unpacked,
                                           put_unpacked };
    const struct sheaf_dict_cache far = { b, get_unpacked, done_unpacked,
                                          put_none };

    sheaf_set_dict_cache(b->near->reader, &near);
    sheaf_set_dict_cache(b->lean, &far);
}

static void
end_sharing(struct rebuilding *b)
{
    const struct sheaf_dict_cache none = { NULL, get_none, done_unpacked,
                                           put_none };

    sheaf_set_dict_cache(b->near->reader, &none);
    sheaf_close(b->lean);
    for (size_t i = 0; i < b->unpacked_count; i++)
        sheaf_buf_free(&b->unpacked[i].bytes);
    free(b->unpacked);
}

/* The copy's dictionary of this ID, if it is as long and ends in the same way.
 * Its place, or NOWHERE. */
static uint64_t
find_dictionary(const struct rebuilding *b, const struct sheaf_dictionary *d)
{
    const struct sheaf_source *near = &b->near->source, *far = &b->far->source;
    uint8_t here[DICT_END], there[DICT_END];
    struct sheaf_dictionary o;

    for (unsigned i = 0;
         d->packed_size >= DICT_END &&
         sheaf_get_dictionary(b->near->reader, i, &o, NULL, NULL) == SHEAF_OK;
         i++) {
        uint64_t end = 8 + (uint64_t)o.packed_size - DICT_END;

        if (o.id == d->id && o.packed_size == d->packed_size &&
            o.raw_size == d->raw_size &&
            near->ops->read_at(near->ctx, o.offset + end, here, DICT_END) ==
                0 &&
            far->ops->read_at(far->ctx, d->offset + end, there, DICT_END) ==
                0 &&
            memcmp(here, there, DICT_END) == 0)
            return o.offset;
    }
    return NOWHERE;
}

/* Finds out which dictionaries of the archive the copy has. */
static bool
match_dictionaries(struct rebuilding *b)
{
    struct sheaf_dictionary d;

    for (unsigned i = 0;
         sheaf_get_dictionary(b->far->reader, i, &d, NULL, NULL) == SHEAF_OK;
         i++) {
        uint64_t from = find_dictionary(b, &d);

        if (!buf_add(&b->matched, &from, sizeof from))
            return false;
    }
    return true;
}

static uint64_t
matched(const struct rebuilding *b, unsigned i)
{
    uint64_t from = NOWHERE;

    if (i < b->matched.len / sizeof from)
        memcpy(&from, b->matched.data + i * sizeof from, sizeof from);
    return from;
}

/* ---- The archive, without what need not be fetched ----------------------- */

static uint64_t
lean_size(void *ctx)
{
    const struct rebuilding *b = ctx;

    return b->far->source.ops->size(b->far->source.ctx);
}

static int
lean_read_at(void *ctx, uint64_t offset, void *buf, size_t len)
{
    const struct rebuilding *b = ctx;

    return b->far->source.ops->read_at(b->far->source.ctx, offset, buf, len);
}

/* A dictionary that the copy has will not be read. */
static bool
is_matched(const struct rebuilding *b, const struct sheaf_range *r)
{
    struct sheaf_dictionary d;

    for (unsigned i = 0;
         sheaf_get_dictionary(b->far->reader, i, &d, NULL, NULL) == SHEAF_OK;
         i++)
        if (d.offset + 8 == r->offset && matched(b, i) != NOWHERE)
            return true;
    return false;
}

static void
lean_expect(void *ctx, const struct sheaf_range *ranges, size_t count)
{
    const struct rebuilding *b = ctx;
    struct sheaf_range some[AT_ONCE];
    size_t n = 0;

    for (size_t i = 0; i < count && n < AT_ONCE; i++)
        if (!is_matched(b, &ranges[i]))
            some[n++] = ranges[i];
    if (n != 0)
        b->far->source.ops->expect(b->far->source.ctx, some, n);
}

static void
lean_close(void *ctx)
{
    (void)ctx; /* the archive has an owner */
}

/* Opens the archive so. Of a file, nothing is expected. */
static int
open_lean(struct rebuilding *b, struct sheaf_error *err)
{
    static const struct sheaf_source_ops far = { lean_size, lean_read_at,
                                                 lean_close, lean_expect };
    static const struct sheaf_source_ops file = { lean_size, lean_read_at,
                                                  lean_close, NULL };
    struct sheaf_source source = { b->far->source.ops->expect != NULL ? &far
                                                                      : &file,
                                   b };

    return sheaf_open(source, NULL, &b->lean, err);
}

/* ---- What the copy has --------------------------------------------------- */

static uint64_t
hash_of(const struct sheaf_listing *line, uint32_t dict)
{
    uint64_t h = name_hash(line->id.data, line->id.len);

    h = (h ^ line->rev) * 0x9E3779B97F4A7C15u;
    h = (h ^ line->entry.length) * 0x9E3779B97F4A7C15u;
    return (h ^ dict) * 0x9E3779B97F4A7C15u;
}

/* Brings dictionaries before this place into force. True: there was one, and it
 * is in f->d. */
static bool
force_next(struct force *f, const struct archive *a, uint64_t offset)
{
    if (!f->known)
        f->any = sheaf_get_dictionary(a->reader, f->next, &f->d, NULL, NULL) ==
                 SHEAF_OK;
    f->known = true;
    if (!f->any || f->d.offset >= offset)
        return false;
    f->id = f->d.id;
    f->next++;
    f->known = false;
    return true;
}

static int
take_known(void *arg, const struct sheaf_listing *line)
{
    struct rebuilding *b = arg;
    struct known k = { .offset = line->entry.offset };

    while (force_next(&b->near_force, b->near, k.offset))
        ;
    k.hash = hash_of(line, b->near_force.id);
    if (line->entry.index == 0 && !buf_add(&b->known, &k, sizeof k))
        b->code = say_no_memory();
    return b->code != EXIT_DONE;
}

static int
by_hash(const void *a, const void *b)
{
    const struct known *x = a, *y = b;

    return x->hash < y->hash ? -1 : x->hash > y->hash;
}

static uint64_t
find_known(const struct rebuilding *b, uint64_t hash)
{
    struct known key = { .hash = hash };
    const struct known *found = b->known.len == 0
                                    ? NULL
                                    : bsearch(&key, b->known.data,
                                              b->known.len / sizeof key,
                                              sizeof key, by_hash);

    return found != NULL ? found->offset : NOWHERE;
}

/* ---- Where each range comes from ----------------------------------------- */

static bool
add_piece(struct rebuilding *b, uint64_t at, uint64_t length, uint64_t from)
{
    struct piece p = { at, length, from };
    struct piece *last = NULL;

    if (length == 0)
        return true;
    if (b->pieces.len != 0)
        last = (struct piece *)(b->pieces.data + b->pieces.len) - 1;
    b->planned = at + length;
    if (last != NULL && ((from == NOWHERE && last->from == NOWHERE) ||
                         (from != NOWHERE && last->from != NOWHERE &&
                          last->from + last->length == from))) {
        last->length += length;
        return true;
    }
    return buf_add(&b->pieces, &p, sizeof p);
}

/* What lies before the range comes from the archive. */
static bool
plan(struct rebuilding *b, uint64_t at, uint64_t length, uint64_t from)
{
    uint64_t end = b->far->info.file_bytes;

    if (at < b->planned || at > end || length > end - at)
        return true;
    if (from != NOWHERE && (from > b->near->info.file_bytes ||
                            length > b->near->info.file_bytes - from))
        from = NOWHERE;
    return add_piece(b, b->planned, at - b->planned, NOWHERE) &&
           add_piece(b, at, length, from);
}

/* Dictionaries that begin before this place. */
static bool
plan_dictionaries(struct rebuilding *b, uint64_t before)
{
    struct force *f = &b->far_force;

    while (force_next(f, b->far, before)) {
        uint64_t from = matched(b, f->next - 1);

        b->foreign = from == NOWHERE;
        if (!plan(b, f->d.offset, (uint64_t)f->d.packed_size + 8, from))
            return false;
    }
    return true;
}

static int
take_far(void *arg, const struct sheaf_listing *line)
{
    struct rebuilding *b = arg;

    if (line->entry.index != 0)
        return 0;
    if (!plan_dictionaries(b, line->entry.offset) ||
        !plan(b, line->entry.offset, line->entry.length,
              b->foreign ? NOWHERE
                         : find_known(b, hash_of(line, b->far_force.id))))
        b->code = say_no_memory();
    return b->code != EXIT_DONE || interrupted();
}

/* No frame can be the same without its dictionary. */
static bool
is_useless(const struct rebuilding *b)
{
    unsigned count = b->far->info.dictionaries;

    for (unsigned i = 0; i < count; i++)
        if (matched(b, i) != NOWHERE)
            return false;
    return count != 0;
}

/* All that follows comes from the archive. */
static int
plan_rest(struct rebuilding *b)
{
    uint64_t end = b->far->info.file_bytes;

    return add_piece(b, b->planned, end - b->planned, NOWHERE)
               ? EXIT_DONE
               : say_no_memory();
}

static int
plan_all(struct rebuilding *b)
{
    struct sheaf_error err = { 0 };
    int rc = sheaf_list(b->near->reader, b->near->scratch, NULL, take_known, b,
                        &err);

    if (b->code != EXIT_DONE)
        return b->code;
    if (rc != SHEAF_OK)
        return archive_failed(b->near, rc, &err);
    if (b->known.len != 0)
        qsort(b->known.data, b->known.len / sizeof(struct known),
              sizeof(struct known), by_hash);
    rc = sheaf_list(b->lean, b->far->scratch, NULL, take_far, b, &err);
    if (b->code != EXIT_DONE)
        return b->code;
    if (interrupted())
        return say_interrupted();
    if (rc != SHEAF_OK)
        return archive_failed(b->far, rc, &err);
    return plan_rest(b);
}

/* ---- Writing it ---------------------------------------------------------- */

static int
copy(struct rebuilding *b, const struct archive *a, uint64_t from, uint64_t at,
     uint64_t length)
{
    struct sheaf_error err = { .offset = UINT64_MAX };
    int rc;

    for (uint64_t n = 0; n < length;) {
        size_t some = (size_t)min_u64(PIECE, length - n);

        err.sys = a->source.ops->read_at(a->source.ctx, from + n, b->bytes,
                                         some);
        if (err.sys != 0)
            return archive_failed(a, SHEAF_EIO, &err);
        rc = temp_write(&b->out->temp, at + n, b->bytes, some, &err);
        if (rc != SHEAF_OK)
            return archive_failed(b->far, rc, &err);
        n += some;
        if (a == b->far)
            b->fetched += some;
        if (interrupted())
            return say_interrupted();
        if (progress_due(b->progress))
            progress_part(b->progress, at + n, b->far->info.file_bytes, NULL,
                          "");
    }
    return EXIT_DONE;
}

/* Says what will be read of the next pieces, so that it takes one round
 * trip. Returns how many pieces that is. */
static size_t
expect(const struct rebuilding *b, const struct piece *p, size_t count)
{
    const struct sheaf_source *far = &b->far->source;
    struct sheaf_range ranges[AT_ONCE];
    uint64_t bytes = 0;
    size_t n = 0, i = 0;

    for (; i < count && n < AT_ONCE && bytes < AT_ONCE_BYTES; i++) {
        if (p[i].from != NOWHERE)
            continue;
        bytes += p[i].length;
        if (p[i].length <= AT_ONCE_BYTES)
            ranges[n++] = (struct sheaf_range){ p[i].at, p[i].length, 0 };
    }
    if (far->ops->expect != NULL && n != 0)
        far->ops->expect(far->ctx, ranges, n);
    return i;
}

static int
write_all(struct rebuilding *b)
{
    const struct piece *p = (const struct piece *)b->pieces.data;
    size_t count = b->pieces.len / sizeof *p;
    int code = EXIT_DONE;

    for (size_t i = 0, ready = 0; code == EXIT_DONE && i < count; i++) {
        if (i == ready)
            ready += expect(b, p + i, count - i);
        code = p[i].from == NOWHERE
                   ? copy(b, b->far, p[i].at, p[i].at, p[i].length)
                   : copy(b, b->near, p[i].from, p[i].at, p[i].length);
    }
    b->out->len = b->far->info.file_bytes;
    return code;
}

/* ---- Where that was wrong ------------------------------------------------ */

/* Fetches the frames of a group whose sum does not fit. */
static int
check_group(void *arg, const struct sheaf_group *g)
{
    struct rebuilding *b = arg;
    struct sheaf_error err = { 0 };
    uint64_t start;
    int rc = sheaf_check_group(b->reader, b->scratch, g, &start, &err);

    if (rc == SHEAF_ECORRUPT && start != 0)
        b->code = copy(b, b->far, start, start, g->offset - start);
    else if (rc != SHEAF_OK && rc != SHEAF_ECORRUPT)
        b->code = archive_failed(b->far, rc, &err);
    return b->code != EXIT_DONE;
}

static int
check_all(struct rebuilding *b)
{
    struct sheaf_error err = { 0 };
    int rc = sheaf_open(spool_source(b->out, 0), NULL, &b->reader, &err);

    if (rc == SHEAF_OK)
        rc = sheaf_scratch_new(&b->scratch, &err);
    if (rc == SHEAF_OK)
        rc = sheaf_list_groups(b->far->reader, b->far->scratch, check_group, b,
                               &err);
    return b->code != EXIT_DONE || rc == SHEAF_OK
               ? b->code
               : archive_failed(b->far, rc, &err);
}

int
rebuilt_fetch(const struct archive *far, const struct archive *near,
              struct spool *out, struct progress *progress, uint64_t *fetched)
{
    struct rebuilding b = {
        .far = far, .near = near, .out = out, .progress = progress
    };
    struct sheaf_error err = { 0 };
    int rc = spool_begin(out, temp_folder(), &err);
    int code = rc == SHEAF_OK ? EXIT_DONE : archive_failed(far, rc, &err);

    b.bytes = malloc(PIECE);
    b.unpacked = calloc(UNPACKED_MAX, sizeof *b.unpacked);
    if (code == EXIT_DONE && (b.bytes == NULL || b.unpacked == NULL))
        code = say_no_memory();
    if (code == EXIT_DONE && !match_dictionaries(&b))
        code = say_no_memory();
    if (code == EXIT_DONE) {
        rc = open_lean(&b, &err);
        code = rc == SHEAF_OK ? EXIT_DONE : archive_failed(far, rc, &err);
    }
    if (code == EXIT_DONE)
        share_dictionaries(&b);
    if (code == EXIT_DONE)
        code = is_useless(&b) ? plan_rest(&b) : plan_all(&b);
    if (code == EXIT_DONE)
        code = write_all(&b);
    if (code == EXIT_DONE)
        code = check_all(&b);
    progress_clear(progress);
    *fetched = b.fetched;
    end_sharing(&b);
    sheaf_scratch_free(b.scratch);
    sheaf_close(b.reader);
    sheaf_buf_free(&b.known);
    sheaf_buf_free(&b.pieces);
    sheaf_buf_free(&b.matched);
    free(b.bytes);
    return code;
}
