/*
 * unpack.c - compressed files.
 *
 * Their own libraries read gzip and zstd: libarchive does not check what gzip
 * states about its content, and cannot tell how large a window zstd would
 * need. libarchive reads and checks all others.
 *
 * Content up to HOLD_MAX is decompressed completely before anything is made of
 * it, so that nothing of a damaged file gets into the archive. Larger content
 * is read as a stream, and damage then ends the program: what was packed
 * cannot be taken back.
 */
#include "import/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

static const char *const packed_suffixes[] = {
    ".gz", ".bz2", ".xz", ".lzma", ".lz", ".zst", ".zstd", ".lz4", ".Z",
};

char *
without_packed_suffix(const char *name)
{
    struct text t = text_of(name);

    if (text_ends(t, ".tgz") || text_ends(t, ".txz") || text_ends(t, ".tbz2"))
        return format_text("%.*s.tar",
                           (int)(strrchr(name, '.') - name), name);
    for (size_t i = 0; i < COUNT_OF(packed_suffixes); i++) {
        size_t n = strlen(packed_suffixes[i]);

        if (t.len > n && text_ends(t, packed_suffixes[i]))
            return format_text("%.*s", (int)(t.len - n), name);
    }
    return format_text("%s", name);
}

void
import_inside(struct item *item, struct input *in)
{
    struct meter own = { .paid = &item->in->taken };
    struct item inner = *item;
    uint64_t before = out_articles();
    char *id = item->id != NULL ? without_packed_suffix(item->id) : NULL;

    inner.meter = item->meter != NULL ? item->meter : &own;
    in->meter = inner.meter;
    in->depth = item->depth;
    inner.in = in;
    inner.depth++;
    inner.id = id;
    inner.whole = item->whole != NULL ? item->whole : item->id;
    if (id != NULL && item->file == NULL && strcmp(id, item->id) != 0)
        inner.file = item->id;
    (void)input_peek(in, HOLD_MAX);
    if (!input_failed(in)) {
        item->open(&inner);
        input_drain(in);
    }
    if (input_failed(in) && out_articles() != before)
        die(in->wrong_code, item->place,
            "%s, after articles from it were packed", in->wrong);
    if (input_failed(in))
        reject(in->wrong_code, item->place, text_from("", 0), "%s",
               in->wrong);
    input_free(in);
    mem_free(id);
}

/* Reads more compressed bytes for the library. False: there are none. */
static bool
next_input(struct input *from, struct text *out)
{
    *out = input_peek(from, 1);
    return out->len > 0;
}

/* ---- gzip ---- */

struct gzip {
    struct input *from;
    z_stream z;
    bool open; /* within a member */
    bool any;  /* one has ended */
};

bool
is_gzip(const struct look *l)
{
    return l->start.len >= 3 && memcmp(l->start.data, "\x1F\x8B\x08", 3) == 0;
}

/* Zeros pad files from a tape; other bytes are an error. */
static bool
only_zeros(struct input *from)
{
    struct text t;

    while (next_input(from, &t)) {
        for (size_t i = 0; i < t.len; i++)
            if (t.data[i] != '\0')
                return false;
        input_take(from, t.len);
    }
    return true;
}

/* Begins the next member. False: nothing more comes. */
static bool
next_member(struct input *in, struct gzip *g)
{
    struct text t = input_peek(g->from, 2);
    size_t known = t.len < 2 ? t.len : 2;

    if (g->any && (known == 0 || memcmp(t.data, "\x1F\x8B", known) != 0)) {
        if (!only_zeros(g->from))
            input_fail(in, EXIT_FAILED,
                       "other bytes after the compressed data");
        return false;
    }
    inflateReset(&g->z);
    g->open = true;
    return true;
}

const char *
gzip_error(const char *why)
{
    if (why == NULL)
        return "can't be read";
    if (strcmp(why, "incorrect data check") == 0)
        return "its checksum is wrong";
    if (strcmp(why, "incorrect length check") == 0)
        return "its length is wrong";
    return why;
}

static size_t
read_gzip(struct input *in, void *buffer, size_t cap)
{
    struct gzip *g = in->ctx;
    uInt room = (uInt)min_u64(cap, 1u << 30);

    g->z.next_out = buffer;
    g->z.avail_out = room;
    while (g->z.avail_out == room) {
        struct text t;
        int rc;

        if (!g->open && !next_member(in, g))
            return 0;
        if (!next_input(g->from, &t)) {
            input_fail(in, EXIT_FAILED, "%s",
                       input_failed(g->from) ? g->from->wrong
                                             : "truncated gzip data");
            return 0;
        }
        g->z.next_in = (Bytef *)(uintptr_t)t.data;
        g->z.avail_in = (uInt)min_u64(t.len, 1u << 30);
        rc = inflate(&g->z, Z_NO_FLUSH);
        input_take(g->from, (size_t)((const char *)g->z.next_in - t.data));
        if (rc == Z_STREAM_END) {
            g->open = false;
            g->any = true;
        } else if (rc != Z_OK && rc != Z_BUF_ERROR) {
            input_fail(in, EXIT_FAILED, "damaged gzip data: %s",
                       gzip_error(g->z.msg));
            return 0;
        }
    }
    return room - g->z.avail_out;
}

void
import_gzip(struct item *item)
{
    struct gzip g = { .from = item->in };
    struct input in = { .read = read_gzip, .ctx = &g, .size = UNKNOWN_SIZE,
                        .fd = -1 };

    if (inflateInit2(&g.z, 15 + 16) != Z_OK)
        die(EXIT_FAILED, item->place, "zlib does not start");
    import_inside(item, &in);
    inflateEnd(&g.z);
}

/* ---- zstd ---- */

struct zstd {
    struct input *from;
    ZSTD_DCtx *context;
    size_t hint; /* 0: between two frames */
};

/* A frame, or a skippable one, as before those of a WARC. */
bool
is_zstd(const struct look *l)
{
    const unsigned char *p = (const unsigned char *)l->start.data;

    if (l->start.len < 4)
        return false;
    return memcmp(p, "\x28\xB5\x2F\xFD", 4) == 0 ||
           ((p[0] & 0xF0) == 0x50 && memcmp(p + 1, "\x2A\x4D\x18", 3) == 0);
}

int
zstd_error(size_t rc, const char **why)
{
    if (ZSTD_getErrorCode(rc) == ZSTD_error_frameParameter_windowTooLarge) {
        *why = "its window is larger than 128 MiB: "
               "'zstd -d --long=31' decompresses it";
        return EXIT_LIMIT;
    }
    *why = ZSTD_getErrorName(rc);
    return EXIT_FAILED;
}

static void
zstd_failed(struct input *in, size_t rc)
{
    const char *why;
    int code = zstd_error(rc, &why);

    input_fail(in, code, "%s%s",
               code == EXIT_FAILED ? "damaged zstd data: " : "", why);
}

static size_t
read_zstd(struct input *in, void *buffer, size_t cap)
{
    struct zstd *z = in->ctx;
    ZSTD_outBuffer out = { buffer, cap, 0 };

    while (out.pos == 0) {
        struct text t;
        ZSTD_inBuffer from;

        if (!next_input(z->from, &t)) {
            if (input_failed(z->from))
                input_fail(in, z->from->wrong_code, "%s", z->from->wrong);
            else if (z->hint != 0)
                input_fail(in, EXIT_FAILED, "truncated zstd data");
            return 0;
        }
        from = (ZSTD_inBuffer){ t.data, t.len, 0 };
        z->hint = ZSTD_decompressStream(z->context, &out, &from);
        if (ZSTD_isError(z->hint)) {
            zstd_failed(in, z->hint);
            return 0;
        }
        input_take(z->from, from.pos);
    }
    return out.pos;
}

void
import_zstd(struct item *item)
{
    struct zstd z = { .from = item->in, .context = ZSTD_createDCtx() };
    struct input in = { .read = read_zstd, .ctx = &z, .size = UNKNOWN_SIZE,
                        .fd = -1 };

    if (z.context == NULL)
        die(EXIT_LIMIT, item->place, "the importer is out of memory");
    ZSTD_DCtx_setParameter(z.context, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
    import_inside(item, &in);
    ZSTD_freeDCtx(z.context);
}

/* ---- All others ---- */

bool
is_packed(const struct look *l)
{
    static const struct {
        const char *bytes;
        size_t len;
    } magics[] = {
        { "BZh", 3 }, { "\xFD" "7zXZ", 6 }, { "LZIP", 4 },
        { "\x04\x22\x4D\x18", 4 }, { "\x1F\x9D", 2 },
    };
    const unsigned char *p = (const unsigned char *)l->start.data;

    for (size_t i = 0; i < COUNT_OF(magics); i++)
        if (l->start.len > magics[i].len &&
            memcmp(p, magics[i].bytes, magics[i].len) == 0)
            return memcmp(p, "BZh", 3) != 0 || (p[3] >= '1' && p[3] <= '9');
    /* lzma has no magic: check its usual properties, and its suffix. */
    return l->start.len >= 13 && memcmp(p, "\x5D\0\0", 3) == 0 &&
           text_ends(l->name, ".lzma");
}

struct packed {
    struct input *from;
    uint64_t given; /* bytes, to libarchive */
    struct archive *archive;
};

/* libarchive takes bytes by reference: give it what the input has buffered. */
static la_ssize_t
give_input(struct archive *a, void *ctx, const void **bytes)
{
    struct packed *p = ctx;
    struct text t = input_peek(p->from, 1);

    (void)a;
    *bytes = t.data;
    p->given += t.len;
    input_take(p->from, t.len);
    return (la_ssize_t)t.len;
}

static void
packed_failed(struct input *in)
{
    const struct packed *p = in->ctx;
    const char *why = archive_error_string(p->archive);

    if (input_failed(p->from))
        input_fail(in, p->from->wrong_code, "%s", p->from->wrong);
    else
        input_fail(in, EXIT_FAILED, "%s", why != NULL ? why : "can't be read");
}

static size_t
read_packed(struct input *in, void *buffer, size_t cap)
{
    const struct packed *p = in->ctx;
    la_ssize_t n = archive_read_data(p->archive, buffer, cap);

    if (n < 0 || (n == 0 && input_failed(p->from)))
        packed_failed(in);
    else if (n == 0 &&
             (archive_filter_bytes(p->archive, -1) != (la_int64_t)p->given ||
              input_peek(p->from, 1).len > 0))
        input_fail(in, EXIT_FAILED, "other bytes after the compressed data");
    return n < 0 ? 0 : (size_t)n;
}

void
import_packed(struct item *item)
{
    struct packed p = { .from = item->in, .archive = archive_read_new() };
    struct input in = { .read = read_packed, .ctx = &p, .size = UNKNOWN_SIZE,
                        .fd = -1 };
    struct archive_entry *e;
    int rc;

    if (p.archive == NULL)
        die(EXIT_LIMIT, item->place, "the importer is out of memory");
    archive_read_support_filter_bzip2(p.archive);
    archive_read_support_filter_compress(p.archive);
    archive_read_support_filter_lzma(p.archive);
    archive_read_support_filter_xz(p.archive);
    archive_read_support_filter_lzip(p.archive);
    archive_read_support_filter_lz4(p.archive);
    archive_read_support_format_raw(p.archive);
    archive_read_support_format_empty(p.archive);
    rc = archive_read_open(p.archive, &p, NULL, give_input, NULL);
    if (rc == ARCHIVE_OK)
        rc = archive_read_next_header(p.archive, &e);
    if (rc == ARCHIVE_EOF)
        in.ended = true;
    else if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
        packed_failed(&in);
    import_inside(item, &in);
    archive_read_free(p.archive);
}
