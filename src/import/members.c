/*
 * members.c - the records of a crawl out of its compressed form.
 */
#include "import/members.h"

#include <stdio.h>

#include "import/unpack.h"

/* Dictionaries of the writers that we know have at most 2 MiB. */
#define DICTIONARY_MAX (16 * MIB)
#define DICTIONARY_FRAME "\x5D\x2A\x4D\x18"
#define ZSTD_FRAME "\x28\xB5\x2F\xFD"
#define GZIP_MEMBER "\x1F\x8B\x08"
/* What may be decompressed in vain, to find where to go on: this, and as many
 * bytes as were read. */
#define REWORK_FREE (64 * MIB)

static bool
begins_with(struct text t, const char *magic, size_t len)
{
    return t.len >= len && memcmp(t.data, magic, len) == 0;
}

static bool
is_skippable(struct text t)
{
    return t.len >= 4 && ((unsigned char)t.data[0] & 0xF0) == 0x50 &&
           memcmp(t.data + 1, "\x2A\x4D\x18", 3) == 0;
}

static uint32_t
little_endian(const char *p)
{
    const unsigned char *b = (const unsigned char *)p;

    return b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
           (uint32_t)b[3] << 24;
}

static bool
is_bad(const struct members *m)
{
    return m->bad[0] != '\0';
}

static void
set_bad(struct members *m, int code, const char *before, const char *why)
{
    snprintf(m->bad, sizeof m->bad, "%s%s", before, why);
    m->bad_code = code;
}

/* ---- Decompressing some bytes ---- */

enum step { STEP_MORE, STEP_END, STEP_BAD };

/* From `t` into `out`; *taken and *got say how many. */
static enum step
step_gzip(struct members *m, struct text t, char *out, size_t cap,
          size_t *taken, size_t *got)
{
    int rc;

    m->z.next_in = (Bytef *)(uintptr_t)t.data;
    m->z.avail_in = (uInt)min_u64(t.len, 1u << 30);
    m->z.next_out = (Bytef *)out;
    m->z.avail_out = (uInt)min_u64(cap, 1u << 30);
    rc = inflate(&m->z, Z_NO_FLUSH);
    *taken = (size_t)((const char *)m->z.next_in - t.data);
    *got = (size_t)((char *)m->z.next_out - out);
    if (rc == Z_STREAM_END)
        return STEP_END;
    if (rc == Z_OK || rc == Z_BUF_ERROR)
        return STEP_MORE;
    set_bad(m, EXIT_FAILED, "damaged gzip data: ", gzip_error(m->z.msg));
    return STEP_BAD;
}

static enum step
step_zstd(struct members *m, struct text t, char *out, size_t cap,
          size_t *taken, size_t *got)
{
    ZSTD_inBuffer from = { t.data, t.len, 0 };
    ZSTD_outBuffer to = { out, cap, 0 };
    size_t rc = ZSTD_decompressStream(m->zstd, &to, &from);

    *taken = from.pos;
    *got = to.pos;
    if (ZSTD_isError(rc)) {
        const char *why;
        int code = zstd_error(rc, &why);

        set_bad(m, code, code == EXIT_FAILED ? "damaged zstd data: " : "",
                why);
        return STEP_BAD;
    }
    return rc == 0 ? STEP_END : STEP_MORE;
}

/* Bytes of the open member, or 0 at its end or when it is damaged. */
static size_t
member_bytes(struct members *m, char *out, size_t cap)
{
    struct input *from = m->item->in;

    while (m->open && !is_bad(m)) {
        struct text t = input_peek(from, m->used + 1);
        size_t taken, got;
        enum step step;

        if (t.len == m->used) {
            m->cut = !input_failed(from);
            if (m->cut)
                set_bad(m, EXIT_FAILED, "truncated ",
                        m->packing == PACKED_GZIP ? "gzip data" : "zstd data");
            else
                set_bad(m, from->wrong_code, "", from->wrong);
            break;
        }
        t = text_from(t.data + m->used, t.len - m->used);
        step = m->packing == PACKED_GZIP
                   ? step_gzip(m, t, out, cap, &taken, &got)
                   : step_zstd(m, t, out, cap, &taken, &got);
        m->used += taken;
        if (step == STEP_END || m->used > HOLD_MAX) {
            m->released = m->released || step != STEP_END;
            input_take(from, m->used);
            m->used = 0;
        }
        m->open = step != STEP_END;
        if (got > 0)
            return got;
    }
    return 0;
}

/* ---- Beginning a member ---- */

/* A dictionary, compressed or not. False: it is damaged. */
static bool
use_dictionary(struct members *m, struct text t)
{
    struct text room = { NULL, 0 };
    bool packed = begins_with(t, ZSTD_FRAME, 4);
    char *plain = NULL;
    bool good = true;

    if (packed) {
        size_t n;

        plain = mem_new(DICTIONARY_MAX, 1);
        n = ZSTD_decompress(plain, DICTIONARY_MAX, t.data, t.len);
        good = !ZSTD_isError(n);
        room = text_from(plain, good ? n : 0);
    } else {
        room = t;
    }
    ZSTD_freeDDict(m->dict);
    m->dict = good ? ZSTD_createDDict(room.data, room.len) : NULL;
    ZSTD_DCtx_refDDict(m->zstd, m->dict);
    mem_free(plain);
    return m->dict != NULL;
}

/* Skips frames that hold no content, and takes dictionaries from them. */
static void
skip_frames(struct members *m)
{
    struct input *from = m->item->in;
    struct text t;

    while (!is_bad(m) && is_skippable(t = input_peek(from, 8)) && t.len >= 8) {
        size_t size = little_endian(t.data + 4);
        bool wanted = begins_with(t, DICTIONARY_FRAME, 4);

        if (wanted && size > DICTIONARY_MAX) {
            set_bad(m, EXIT_LIMIT, "", "its dictionary is larger than 16 MiB");
            return;
        }
        input_take(from, 8);
        t = input_peek(from, wanted ? size : 1);
        if (wanted && t.len >= size &&
            !use_dictionary(m, text_from(t.data, size)))
            set_bad(m, EXIT_FAILED, "", "its dictionary is damaged");
        while (size > 0 && (t = input_peek(from, 1)).len > 0) {
            size_t n = (size_t)min_u64(size, t.len);

            input_take(from, n);
            size -= n;
        }
    }
}

static bool
is_member(const struct members *m, struct text t)
{
    return m->packing == PACKED_GZIP ? begins_with(t, GZIP_MEMBER, 3)
                                     : begins_with(t, ZSTD_FRAME, 4);
}

/* Zeros fill up files on tapes. */
static void
skip_zeros(struct input *from)
{
    struct text t;
    size_t n;

    do {
        t = input_peek(from, 1);
        for (n = 0; n < t.len && t.data[n] == '\0'; n++)
            ;
        input_take(from, n);
    } while (n > 0 && n == t.len);
}

/* Decompresses the start of the member at the front of the input. */
static void
open_member(struct members *m)
{
    m->start_at = 0;
    m->start_len = 0;
    m->used = 0;
    m->released = false;
    m->open = true;
    if (m->packing == PACKED_GZIP)
        inflateReset(&m->z);
    else
        ZSTD_DCtx_reset(m->zstd, ZSTD_reset_session_only);
    while (m->start_len < MEMBER_LOOK) {
        size_t n = member_bytes(m, m->start + m->start_len,
                                MEMBER_LOOK - m->start_len);

        if (n == 0)
            return;
        m->start_len += n;
    }
}

/* False: there is none. One that is no member is bad. */
static bool
next_member(struct members *m)
{
    struct text t;

    if (m->packing == PACKED_ZSTD)
        skip_frames(m);
    else if (m->any)
        skip_zeros(m->item->in);
    t = input_peek(m->item->in, 4);
    if (t.len == 0 && !is_bad(m))
        return false;
    m->start_at = 0;
    m->start_len = 0;
    if (!is_bad(m) && is_member(m, t)) {
        open_member(m);
    } else if (!is_bad(m)) {
        set_bad(m, EXIT_FAILED, "",
                "other bytes between the compressed records");
    }
    return true;
}

/* ---- Pieces ---- */

static struct text
start_left(const struct members *m)
{
    return text_from(m->start + m->start_at, m->start_len - m->start_at);
}

/* A member begins. False: nothing more comes, or it is of the next piece. */
static bool
goes_on(struct members *m)
{
    if (!next_member(m))
        return false;
    if (!m->given || (!is_bad(m) && !m->starts(start_left(m))))
        return true;
    m->pending = true;
    return false;
}

static size_t
read_piece(struct input *in, void *buffer, size_t cap)
{
    struct members *m = in->ctx;
    size_t n = 0;

    while (n == 0 && !m->pending) {
        struct text t = start_left(m);

        if (t.len > 0) {
            n = (size_t)min_u64(t.len, cap);
            memcpy(buffer, t.data, n);
            m->start_at += n;
        } else if (is_bad(m)) {
            input_fail(in, m->bad_code, "%s", m->bad);
            return 0;
        } else if (m->open) {
            n = member_bytes(m, buffer, cap);
        } else if (!goes_on(m)) {
            return 0;
        }
    }
    m->given = m->given || n > 0;
    return n;
}

/* What was taken for a member may hide the next one, so that the search
 * begins at its second byte; within reason. */
static void
leave_member(struct members *m)
{
    struct input *from = m->item->in;
    bool again = m->rework / 2 < from->taken / 2 + REWORK_FREE / 2;

    m->rework += m->used;
    if (m->used == 0 || again)
        input_take(from, input_peek(from, 1).len > 0);
    else
        input_take(from, m->used);
    m->used = 0;
    m->open = false;
}

/* After damage: finds the next member that begins with a record. */
static bool
find_member(struct members *m)
{
    struct input *from = m->item->in;
    const char *magic = m->packing == PACKED_GZIP ? GZIP_MEMBER : ZSTD_FRAME;
    size_t len = m->packing == PACKED_GZIP ? 3 : 4;

    for (;;) {
        struct text t;
        const char *at;

        leave_member(m);
        t = input_peek(from, LOOK_MAX);
        while ((at = memmem(t.data, t.len, magic, len)) == NULL) {
            if (t.len < len)
                return false;
            input_take(from, t.len - (len - 1));
            t = input_peek(from, LOOK_MAX);
        }
        input_take(from, (size_t)(at - t.data));
        m->bad[0] = '\0';
        m->cut = false;
        open_member(m);
        if (m->start_len > 0 && m->starts(start_left(m)))
            return true;
    }
}

bool
members_next(struct members *m)
{
    bool first = !m->any;
    bool failed = input_failed(&m->own);

    m->any = true;
    if (m->packing == PACKED_NOT)
        return first;
    /* The expansion is over its limit, or the input cannot be read. */
    if (failed && (!is_bad(m) || input_failed(m->item->in)))
        return false;
    input_restart(&m->own);
    m->given = false;
    if (failed && !find_member(m))
        return false;
    if (!m->pending && !failed && !next_member(m))
        return false;
    m->pending = false;
    (void)input_peek(m->in, HOLD_MAX);
    return true;
}

/* ---- Opening ---- */

bool
members_look(struct text start, record_starts *starts)
{
    struct members m = { .starts = starts };
    size_t taken, got = 0;

    if (begins_with(start, DICTIONARY_FRAME, 4))
        return true;
    if (begins_with(start, GZIP_MEMBER, 3)) {
        if (inflateInit2(&m.z, 15 + 16) != Z_OK)
            return false;
        (void)step_gzip(&m, start, m.start, MEMBER_LOOK, &taken, &got);
        inflateEnd(&m.z);
        return got > 0 && starts(text_from(m.start, got));
    }
    if (begins_with(start, ZSTD_FRAME, 4)) {
        m.zstd = ZSTD_createDCtx();
        if (m.zstd == NULL)
            return false;
        (void)step_zstd(&m, start, m.start, MEMBER_LOOK, &taken, &got);
        ZSTD_freeDCtx(m.zstd);
        return got > 0 && starts(text_from(m.start, got));
    }
    return starts(start);
}

/* If its first bytes are damaged. */
static enum packing
packing_by_name(struct text name)
{
    return text_ends(name, ".gz")    ? PACKED_GZIP
           : text_ends(name, ".zst") ? PACKED_ZSTD
                                     : PACKED_NOT;
}

void
members_open(struct members *m, struct item *item, record_starts *starts)
{
    struct text t = input_peek(item->in, 4);

    memset(m, 0, sizeof *m);
    m->item = item;
    m->starts = starts;
    m->meter.paid = &item->in->taken;
    m->in = item->in;
    if (begins_with(t, GZIP_MEMBER, 2))
        m->packing = PACKED_GZIP;
    else if (begins_with(t, ZSTD_FRAME, 4) || is_skippable(t))
        m->packing = PACKED_ZSTD;
    else if (!starts(input_peek(item->in, MEMBER_LOOK)) && item->id != NULL)
        m->packing = packing_by_name(text_of(item->id));
    if (m->packing == PACKED_NOT)
        return;
    m->own = (struct input){ .read = read_piece,
                             .ctx = m,
                             .size = UNKNOWN_SIZE,
                             .fd = -1,
                             .meter = item->meter != NULL ? item->meter
                                                          : &m->meter,
                             .depth = item->depth };
    m->in = &m->own;
    m->zstd = m->packing == PACKED_ZSTD ? ZSTD_createDCtx() : NULL;
    if (m->packing == PACKED_ZSTD ? m->zstd == NULL
                                  : inflateInit2(&m->z, 15 + 16) != Z_OK)
        die(EXIT_LIMIT, item->place, "the importer is out of memory");
    if (m->zstd != NULL)
        ZSTD_DCtx_setParameter(m->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
}

void
members_close(struct members *m)
{
    if (m->packing == PACKED_GZIP)
        inflateEnd(&m->z);
    ZSTD_freeDCtx(m->zstd);
    ZSTD_freeDDict(m->dict);
    if (m->packing != PACKED_NOT)
        input_free(&m->own);
}
