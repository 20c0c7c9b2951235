/*
 * get.c - measures reading one article within a process, and its lower bound.
 *
 *     get [-m MODE] [-n ARTICLES] [-r ROUNDS] [-p PUB] ARCHIVE
 *
 * MODE is any of these letters; without it, all of them:
 *
 *     w   warm: find an article by its ID, read and check it; the reader, its
 *         scratch and the dictionaries are kept
 *     b   bare: for the same article, decompress its frame, which is in
 *         memory, with a prepared dictionary, and hash the content with
 *         BLAKE2b. No index, no tree, no metadata, no read; and codes of
 *         words stay as they are.
 *     u   undone: as bare, but codes of words are undone, and the hash is over
 *         what comes out
 *     c   cold: open the archive, find, read, close; the file is in the
 *         page cache, and nothing else is kept
 *     o   open: open the archive and close it
 *
 * The articles are spread evenly and visited in a mixed order that is the same
 * each time. Rounds of warm, bare and undone alternate. The output is one JSON object:
 * the fastest round's mean, and quantiles over all rounds, in microseconds;
 * ratios are those of the medians. Reads and their bytes are counted in a
 * source that wraps the file's, allocations in malloc itself (including those
 * of zstd and libsodium).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>
#include <zstd.h>

#include "base/buf.h"
#include "format/codec.h"
#include "sheaf.h"

#define COLD_MAX 200

/* ---- Counting ----------------------------------------------------------- */

/* glibc's own, under the names that it gives to those who replace malloc. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *ptr, size_t size);

static uint64_t allocations;

void *
malloc(size_t size)
{
    allocations++;
    return __libc_malloc(size);
}

void *
calloc(size_t count, size_t size)
{
    allocations++;
    return __libc_calloc(count, size);
}

void *
realloc(void *ptr, size_t size)
{
    allocations++;
    return __libc_realloc(ptr, size);
}

static struct {
    struct sheaf_source file;
    uint64_t reads;
    uint64_t bytes;
} counted;

static uint64_t
counted_size(void *ctx)
{
    (void)ctx;
    return counted.file.ops->size(counted.file.ctx);
}

static int
counted_read_at(void *ctx, uint64_t offset, void *buf, size_t len)
{
    (void)ctx;
    counted.reads++;
    counted.bytes += len;
    return counted.file.ops->read_at(counted.file.ctx, offset, buf, len);
}

static void
counted_close(void *ctx)
{
    (void)ctx;
    counted.file.ops->close(counted.file.ctx);
}

static const struct sheaf_source_ops counted_ops = {
    counted_size, counted_read_at, counted_close, NULL
};

/* ---- What all modes share ----------------------------------------------- */

struct dict {
    uint32_t id;
    struct sheaf_buf bytes;
    const ZSTD_DDict *zstd;
    struct codec_ddict *words;
};

struct target {
    char *id;
    size_t id_len;
    uint8_t *frame;
    size_t frame_len;
    size_t raw_len;        /* what zstd makes of the frame */
    uint64_t content_size; /* of the article; codes of words are shorter */
    const struct dict *dict;
    uint64_t check;   /* of what zstd makes: the start of its hash */
    uint64_t checked; /* of the article */
};

static const char *path;
static struct sheaf_public_key key;
static int keyed;
static struct target *targets;
static size_t target_count;
static uint8_t *raw;
static ZSTD_DCtx *dctx;
static struct codec_dctx *undoer;
static struct sheaf_buf undone;
static struct sheaf_reader *reader;
static struct sheaf_scratch *scratch;

_Noreturn static void
die(const char *what, const struct sheaf_error *err)
{
    fprintf(stderr, "get: %s: %s\n", what, err != NULL ? err->message : "-");
    exit(1);
}

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void *
need(void *ptr)
{
    if (ptr == NULL)
        die("no memory", NULL);
    return ptr;
}

static struct sheaf_reader *
open_archive(void)
{
    struct sheaf_source source = { &counted_ops, NULL };
    struct sheaf_reader *r = NULL;
    struct sheaf_error err = { 0 };
    const struct sheaf_limits limits = { sizeof limits, (uint64_t)4 << 30,
                                         (uint64_t)1 << 30 };

    if (sheaf_source_file(&counted.file, path, &err) != SHEAF_OK ||
        sheaf_open(source, &limits, &r, &err) != SHEAF_OK ||
        (keyed && sheaf_authenticate(r, &key, &err) != SHEAF_OK))
        die(path, &err);
    return r;
}

static uint64_t
hash(const void *data, size_t len)
{
    uint8_t out[32];
    uint64_t start;

    crypto_generichash(out, sizeof out, data, len, NULL, 0);
    memcpy(&start, out, sizeof start);
    return start;
}

static void
get_warm(const struct target *t)
{
    struct sheaf_error err = { 0 };
    struct sheaf_entry entry;
    struct sheaf_article a;

    if (sheaf_find(reader, scratch, sheaf_view(t->id, t->id_len), 0, &entry,
                   &err) !=
            SHEAF_OK ||
        sheaf_read(reader, scratch, &entry, &a, &err) != SHEAF_OK)
        die(t->id, &err);
    if (a.content_size != t->content_size)
        die("another article than before", NULL);
}

static void
get_bare(const struct target *t)
{
    size_t n = ZSTD_decompress_usingDDict(dctx, raw, t->raw_len, t->frame,
                                          t->frame_len, t->dict->zstd);

    if (n != t->raw_len || hash(raw, n) != t->check)
        die("other bytes than before", NULL);
}

static void
get_undone(const struct target *t)
{
    struct codec_header h;

    if (codec_header(t->frame, t->frame_len, 0, &h, NULL) != SHEAF_OK ||
        codec_unpack(undoer, t->dict->words, &h,
                     sheaf_view(t->frame, t->frame_len), 0, &undone, NULL) !=
            SHEAF_OK ||
        hash(undone.data, undone.len) != t->checked)
        die("other bytes than before", NULL);
}

static void
get_cold(const struct target *t)
{
    reader = open_archive();
    if (sheaf_scratch_new(&scratch, NULL) != SHEAF_OK)
        die("no memory", NULL);
    get_warm(t);
    sheaf_scratch_free(scratch);
    sheaf_close(reader);
}

static void
open_only(const struct target *t)
{
    (void)t;
    sheaf_close(open_archive());
}

/* ---- Choosing articles -------------------------------------------------- */

static struct dict *dicts;
static size_t dict_count;

/* A frame without a dictionary gets one that is none. */
static const struct dict *
find_dict(uint32_t id)
{
    static const struct dict none;

    for (size_t i = 0; i < dict_count; i++) {
        if (dicts[i].id == id)
            return &dicts[i];
    }
    return &none;
}

static void
load_dicts(void)
{
    struct sheaf_info info;
    struct sheaf_error err = { 0 };

    sheaf_get_info(reader, &info);
    dicts = need(calloc(info.dictionaries + 1, sizeof *dicts));
    for (; dict_count < info.dictionaries; dict_count++) {
        struct dict *d = &dicts[dict_count];
        struct sheaf_dictionary what;

        if (sheaf_get_dictionary(reader, (unsigned)dict_count, &what,
                                 &d->bytes, &err) != SHEAF_OK ||
            codec_ddict_new(&d->words, buf_view(&d->bytes), 0, &err) !=
                SHEAF_OK)
            die("dictionary", &err);
        d->id = what.id;
        d->zstd = need(ZSTD_createDDict(d->bytes.data, d->bytes.len));
    }
}

/* The article's frame, and what comes out of it; a frame may hold more
 * than this article, and then that is what has to be decompressed. */
static void
load_frame(struct target *t, const struct sheaf_article *a)
{
    unsigned long long size;
    struct codec_header h;

    t->frame_len = (size_t)a->length;
    t->frame = need(malloc(t->frame_len + 1));
    if (counted.file.ops->read_at(counted.file.ctx, a->offset, t->frame,
                                  t->frame_len) != 0)
        die("can't read a frame", NULL);
    size = ZSTD_getFrameContentSize(t->frame, t->frame_len);
    if (size > SHEAF_WHOLE_MAX)
        die("a frame without a size", NULL);
    t->raw_len = (size_t)size;
    t->dict = find_dict(ZSTD_getDictID_fromFrame(t->frame, t->frame_len));
    if (ZSTD_isError(ZSTD_decompress_usingDDict(dctx, raw, t->raw_len,
                                                t->frame, t->frame_len,
                                                t->dict->zstd)))
        die("zstd refuses a frame", NULL);
    t->check = hash(raw, t->raw_len);
    undone.len = 0;
    if (codec_header(t->frame, t->frame_len, 0, &h, NULL) != SHEAF_OK ||
        codec_unpack(undoer, t->dict->words, &h,
                     sheaf_view(t->frame, t->frame_len), 0, &undone, NULL) !=
            SHEAF_OK)
        die("codes of words mean nothing", NULL);
    t->checked = hash(undone.data, undone.len);
}

static void
choose(size_t wanted)
{
    struct sheaf_info info;
    uint64_t state = 1;

    sheaf_get_info(reader, &info);
    wanted = (size_t)min_u64(wanted, info.size);
    targets = need(calloc(wanted + 1, sizeof *targets));
    raw = need(malloc((size_t)SHEAF_WHOLE_MAX));
    dctx = need(ZSTD_createDCtx());
    if (codec_dctx_new(&undoer, NULL) != SHEAF_OK)
        die("no memory", NULL);
    for (size_t i = 0; i < wanted; i++) {
        uint64_t leaf = (2 * i + 1) * info.size / (2 * wanted);
        struct target *t = &targets[target_count];
        struct sheaf_error err = { 0 };
        struct sheaf_entry entry;
        struct sheaf_article a;
        int rc = sheaf_locate(reader, scratch, leaf, &entry, &err);

        if (rc == SHEAF_ENOTFOUND)
            continue;
        if (rc != SHEAF_OK ||
            sheaf_read(reader, scratch, &entry, &a, &err) != SHEAF_OK)
            die("reading a leaf", &err);
        if (a.content_size > SHEAF_WHOLE_MAX)
            continue;
        t->id_len = a.id.len;
        t->id = need(calloc(1, t->id_len + 1));
        memcpy(t->id, a.id.data, t->id_len);
        t->content_size = a.content_size;
        load_frame(t, &a);
        target_count++;
    }
    if (target_count == 0)
        die("no articles", NULL);
    for (size_t i = target_count - 1; i > 0; i--) {
        struct target t = targets[i];
        size_t k;

        state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
        k = (size_t)((state >> 33) % (i + 1));
        targets[i] = targets[k];
        targets[k] = t;
    }
}

/* ---- Measuring ---------------------------------------------------------- */

struct series {
    double *all;
    size_t count;
    double best; /* mean of the fastest round */
};

static void
run_round(struct series *s, void (*get)(const struct target *), size_t count)
{
    double before = now();
    double begin = before;

    for (size_t i = 0; i < count; i++) {
        double after;

        get(&targets[i]);
        after = now();
        s->all[s->count++] = after - before;
        before = after;
    }
    before = (before - begin) / (double)count;
    if (s->best == 0 || before < s->best)
        s->best = before;
}

static int
by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static void
print_series(const char *name, struct series *s)
{
    if (s->count == 0)
        return;
    qsort(s->all, s->count, sizeof *s->all, by_value);
    printf(", \"%s\": {\"mean\": %.3f, \"p50\": %.3f, \"p99\": %.3f}", name,
           s->best, s->all[s->count / 2], s->all[s->count * 99 / 100]);
}

static void
read_key(const char *name)
{
    char text[1024];
    struct sheaf_error err = { 0 };
    FILE *f = fopen(name, "rb");
    size_t n = f != NULL ? fread(text, 1, sizeof text, f) : 0;

    if (f != NULL)
        fclose(f);
    if (sheaf_public_key_parse(sheaf_view(text, n), &key, &err) != SHEAF_OK)
        die(name, &err);
    keyed = 1;
}

int
main(int argc, char **argv)
{
    const char *modes = "wbuco";
    size_t wanted = 1000, rounds = 5, cold_count;
    struct series warm = { 0 }, bare = { 0 }, cold = { 0 };
    struct series opened = { 0 }, undo = { 0 };
    uint64_t bytes = 0;
    int c;

    while ((c = getopt(argc, argv, "m:n:r:p:")) != -1) {
        if (c == 'm')
            modes = optarg;
        else if (c == 'n')
            wanted = strtoul(optarg, NULL, 10);
        else if (c == 'r')
            rounds = strtoul(optarg, NULL, 10);
        else if (c == 'p')
            read_key(optarg);
        else
            return 2;
    }
    if (optind + 1 != argc || wanted == 0 || sodium_init() < 0)
        return 2;
    path = argv[optind];
    reader = open_archive();
    if (sheaf_scratch_new(&scratch, NULL) != SHEAF_OK)
        die("no memory", NULL);
    load_dicts();
    choose(wanted);
    for (size_t i = 0; i < target_count; i++)
        bytes += targets[i].raw_len;
    warm.all = need(calloc(rounds * target_count + 1, sizeof(double)));
    bare.all = need(calloc(rounds * target_count + 1, sizeof(double)));
    undo.all = need(calloc(rounds * target_count + 1, sizeof(double)));
    printf("{\"articles\": %zu, \"raw_bytes\": %.0f", target_count,
           (double)bytes / (double)target_count);
    if (strchr(modes, 'w') != NULL)
        run_round(&warm, get_warm, target_count);
    warm.count = 0;
    warm.best = 0;
    counted.reads = counted.bytes = allocations = 0;
    for (size_t i = 0; i < rounds; i++) {
        if (strchr(modes, 'w') != NULL)
            run_round(&warm, get_warm, target_count);
        if (strchr(modes, 'b') != NULL)
            run_round(&bare, get_bare, target_count);
        if (strchr(modes, 'u') != NULL)
            run_round(&undo, get_undone, target_count);
    }
    if (warm.count != 0)
        printf(", \"reads\": %.2f, \"read_bytes\": %.0f, "
               "\"allocations\": %.3f",
               (double)counted.reads / (double)warm.count,
               (double)counted.bytes / (double)warm.count,
               (double)allocations / (double)warm.count);
    print_series("warm", &warm);
    print_series("bare", &bare);
    print_series("undone", &undo);
    if (warm.count != 0 && bare.count != 0)
        printf(", \"ratio\": %.3f",
               warm.all[warm.count / 2] / bare.all[bare.count / 2]);
    if (warm.count != 0 && undo.count != 0)
        printf(", \"ratio_undone\": %.3f",
               warm.all[warm.count / 2] / undo.all[undo.count / 2]);
    sheaf_scratch_free(scratch);
    sheaf_close(reader);
    cold_count = min_u64(target_count, COLD_MAX);
    cold.all = need(calloc(cold_count + 1, sizeof(double)));
    counted.reads = counted.bytes = 0;
    if (strchr(modes, 'c') != NULL) {
        run_round(&cold, get_cold, cold_count);
        printf(", \"cold_reads\": %.2f, \"cold_read_bytes\": %.0f",
               (double)counted.reads / (double)cold.count,
               (double)counted.bytes / (double)cold.count);
    }
    print_series("cold", &cold);
    opened.all = need(calloc(cold_count + 1, sizeof(double)));
    if (strchr(modes, 'o') != NULL)
        run_round(&opened, open_only, cold_count);
    print_series("open", &opened);
    printf("}\n");
    return 0;
}
