/*
 * Bytes to articles, articles to an archive in memory, and back: every added
 * article is found, is the same and verifies, and there are no others. Packing
 * again with another number of threads gives the same archive.
 */
#include "base/buf.h"
#include "fuzz.h"
#include "base/json.h"

#define ARTICLES_MAX 64
#define STRETCH 40
#define TIME INT64_C(1700000000000)

/* From the seed 00 01 ... 1f. */
static const struct sheaf_secret_key secret = {
    { 1, 2, 3, 4, 5, 6, 7, 8 },
    { 0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a,
      0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15,
      0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f, 0x03,
      0xa1, 0x07, 0xbf, 0xf3, 0xce, 0x10, 0xbe, 0x1d, 0x70, 0xdd, 0x18,
      0xe7, 0x4b, 0xc0, 0x99, 0x67, 0xe4, 0xd6, 0x30, 0x9b, 0xa5, 0x0d,
      0x5f, 0x1d, 0xdc, 0x86, 0x64, 0x12, 0x55, 0x31, 0xb8 }
};

struct given {
    struct sheaf_buf id;
    struct sheaf_buf fields;
    struct sheaf_buf body;
    struct sheaf_bytes extra; /* a second part, if not empty */
    uint32_t rev; /* 0: refused, or said the same as the one before */
};

struct given_all {
    struct given articles[ARTICLES_MAX];
    size_t count;
    size_t stored;
};

/* ---- Bytes to articles --------------------------------------------------- */

static void
take_id(struct bits *in, struct sheaf_buf *id)
{
    static const char *const names[] = { "a", "b/1", "b/2", "\"\\\xc3\xa9" };
    uint8_t how = bits_u8(in);

    if (how < 200) {
        MUST_HOLD(buf_add_str(id, names[how % COUNT_OF(names)]));
    } else {
        struct sheaf_bytes b = bits_take(in, how - 199);

        if (!utf8_valid(b))
            b.len = 0;
        for (unsigned i = 0; b.len > 0 && i <= (how & 1u) * STRETCH; i++)
            MUST_HOLD(buf_add(id, b.data, b.len));
    }
}

static void
add_member(struct sheaf_buf *out, const char *name, struct sheaf_bytes value)
{
    MUST_HOLD(buf_add_str(out, out->len == 0 ? "{\"" : ",\""));
    MUST_HOLD(buf_add_str(out, name) && buf_add_str(out, "\":"));
    MUST_HOLD(json_escape(value, out));
}

static struct sheaf_bytes
text(const char *s)
{
    struct sheaf_bytes b = { (const uint8_t *)s, strlen(s) };

    return b;
}

static void
take_article(struct bits *in, struct given *g)
{
    static const char *const times[] = {
        "2024-02-29", "2025-01-01T00:00:00+01:00", "soon", "0001"
    };
    uint8_t what = bits_u8(in);
    struct sheaf_bytes b;

    take_id(in, &g->id);
    b = bits_take(in, what % 16);
    if (utf8_valid(b))
        add_member(&g->fields, "headline", b);
    add_member(&g->fields, "id", buf_view(&g->id));
    if (what & 16)
        add_member(&g->fields, "published", text(times[what % 4]));
    if (what & 32)
        add_member(&g->fields, "url", text("https://example.org/?a=1&b"));
    MUST_HOLD(buf_add_str(&g->fields, "}"));

    b = bits_take(in, bits_u8(in));
    for (unsigned i = 0; i < (what & 64 ? STRETCH : 1); i++)
        MUST_HOLD(buf_add(&g->body, b.data, b.len));
    if (what & 128)
        g->extra = bits_take(in, bits_u8(in));
}

static struct given_all *
take_all(struct bits *in)
{
    struct given_all *all = calloc(1, sizeof *all);

    if (all == NULL)
        abort();
    while (in->left > 0 && all->count < ARTICLES_MAX)
        take_article(in, &all->articles[all->count++]);
    return all;
}

static void
free_all(struct given_all *all)
{
    for (size_t i = 0; i < all->count; i++) {
        sheaf_buf_free(&all->articles[i].id);
        sheaf_buf_free(&all->articles[i].fields);
        sheaf_buf_free(&all->articles[i].body);
    }
    free(all);
}

/* ---- Articles to an archive ---------------------------------------------- */

static bool
same(const struct given *a, const struct given *b)
{
    return bytes_equal(buf_view(&a->fields), buf_view(&b->fields)) &&
           bytes_equal(buf_view(&a->body), buf_view(&b->body)) &&
           bytes_equal(a->extra, b->extra);
}

/* The newest stored article with this ID among the first `before`. */
static struct given *
newest_of(struct given_all *all, struct sheaf_bytes id, size_t before)
{
    for (size_t n = before; n-- > 0;) {
        struct given *g = &all->articles[n];

        if (g->rev != 0 && bytes_equal(buf_view(&g->id), id))
            return g;
    }
    return NULL;
}

static void
add(struct sheaf_writer *writer, struct given_all *all, size_t n)
{
    struct given *g = &all->articles[n];
    const struct given *old = newest_of(all, buf_view(&g->id), n);
    struct sheaf_error err = { 0 };
    struct sheaf_new_part parts[2] = {
        { SHEAF_ROLE_BODY, "text/plain", buf_view(&g->body), NULL },
        { SHEAF_ROLE_RAW, "application/octet-stream", g->extra, NULL }
    };
    enum sheaf_added added;
    int rc = sheaf_add(writer, buf_view(&g->fields), parts,
                       g->extra.len > 0 ? 2 : 1, &added, &err);

    g->rev = 0;
    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        MUST_HOLD(rc == SHEAF_EINVAL);
        return;
    }
    if (old != NULL && !same(old, g))
        MUST_HOLD(added == SHEAF_REVISED || added == SHEAF_REVISED_UNLIKE);
    else
        MUST_HOLD(added == (old == NULL ? SHEAF_ADDED : SHEAF_UNCHANGED));
    if (added == SHEAF_UNCHANGED)
        return;
    g->rev = old == NULL ? 1 : old->rev + 1;
    all->stored++;
}

static void
pack(struct given_all *all, const struct sheaf_write_options *options,
     bool sign, struct sheaf_buf *out)
{
    struct sheaf_error err = { 0 };
    struct sheaf_writer *writer;
    struct sheaf_sink sink;
    struct sheaf_written written;

    all->stored = 0;
    MUST_HOLD(sheaf_sink_memory(&sink, out, NULL) == SHEAF_OK);
    MUST_HOLD(sheaf_writer_new(sink, options, &writer, &err) == SHEAF_OK);
    for (size_t i = 0; i < all->count; i++)
        add(writer, all, i);
    MUST_HOLD(sheaf_commit(writer, sign ? &secret : NULL, &written, &err) ==
              SHEAF_OK);
    MUST_HOLD(written.articles == all->stored);
    sheaf_writer_free(writer);
}

/* ---- And back ------------------------------------------------------------ */

static void
check_read(const struct sheaf_reader *r, struct sheaf_scratch *s,
           struct given_all *all, const struct given *g)
{
    struct sheaf_error err = { 0 };
    struct sheaf_entry entry, newest;
    struct sheaf_article a;

    MUST_HOLD(sheaf_find(r, s, buf_view(&g->id), g->rev, &entry, &err) ==
              SHEAF_OK);
    MUST_HOLD(sheaf_find(r, s, buf_view(&g->id), 0, &newest, &err) ==
              SHEAF_OK);
    MUST_HOLD((newest.leaf == entry.leaf) ==
              (newest_of(all, buf_view(&g->id), all->count) == g));
    MUST_HOLD(sheaf_read(r, s, &entry, &a, &err) == SHEAF_OK);
    MUST_HOLD(a.rev == g->rev && a.leaf == entry.leaf);
    MUST_HOLD(bytes_equal(a.id, buf_view(&g->id)));
    MUST_HOLD(a.part_count == (g->extra.len > 0 ? 2 : 1));
    MUST_HOLD(a.parts[0].role == SHEAF_ROLE_BODY);
    MUST_HOLD(bytes_equal(a.parts[0].data, buf_view(&g->body)));
    if (g->extra.len > 0) {
        MUST_HOLD(a.parts[1].role == SHEAF_ROLE_RAW);
        MUST_HOLD(bytes_equal(a.parts[1].data, g->extra));
    }
    /* The line is what was given, and three members more. */
    MUST_HOLD(json_check(a.meta, NULL) == SHEAF_OK);
    MUST_HOLD(a.meta.len > g->fields.len);
}

static int
count_line(void *arg, const struct sheaf_listing *line)
{
    MUST_HOLD(line->id.len > 0 && line->entry.length > 0);
    ++*(size_t *)arg;
    return 0;
}

static void
check_archive(const struct sheaf_buf *archive, struct given_all *all,
              bool is_signed)
{
    const struct sheaf_public_key pub = {
        { 1, 2, 3, 4, 5, 6, 7, 8 },
        { 0x03, 0xa1, 0x07, 0xbf, 0xf3, 0xce, 0x10, 0xbe, 0x1d, 0x70, 0xdd,
          0x18, 0xe7, 0x4b, 0xc0, 0x99, 0x67, 0xe4, 0xd6, 0x30, 0x9b, 0xa5,
          0x0d, 0x5f, 0x1d, 0xdc, 0x86, 0x64, 0x12, 0x55, 0x31, 0xb8 }
    };
    const struct sheaf_verify_options options = {
        SHEAF_VERIFY_OPTIONS, .threads = 1, .key = is_signed ? &pub : NULL
    };
    struct sheaf_error err = { 0 };
    struct sheaf_source source;
    struct sheaf_reader *r;
    struct sheaf_scratch *s;
    struct sheaf_report report;
    struct sheaf_entry entry;
    size_t listed = 0;

    MUST_HOLD(sheaf_source_memory(&source, buf_view(archive),
                                  NULL) == SHEAF_OK);
    MUST_HOLD(sheaf_open(source, NULL, &r, &err) == SHEAF_OK);
    MUST_HOLD(sheaf_scratch_new(&s, NULL) == SHEAF_OK);
    MUST_HOLD(sheaf_verify(r, &options, &report, &err) == SHEAF_OK);
    MUST_HOLD(report.articles == all->stored);
    MUST_HOLD(report.authentic == is_signed);
    for (unsigned trusted = 0; trusted <= is_signed; trusted++) {
        if (trusted)
            MUST_HOLD(sheaf_authenticate(r, &pub, &err) == SHEAF_OK);
        for (size_t i = 0; i < all->count; i++)
            if (all->articles[i].rev != 0)
                check_read(r, s, all, &all->articles[i]);
        MUST_HOLD(sheaf_find(r, s, sheaf_str("absent"), 0, &entry, &err) ==
                      SHEAF_ENOTFOUND ||
                  newest_of(all, text("absent"), all->count) != NULL);
    }
    MUST_HOLD(sheaf_list(r, s, NULL, count_line, &listed, &err) == SHEAF_OK);
    MUST_HOLD(listed == all->stored);
    sheaf_scratch_free(s);
    sheaf_close(r);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bits in = { data, size };
    const uint8_t flags = bits_u8(&in);
    struct sheaf_write_options options = {
        SHEAF_WRITE_OPTIONS, .level = 1 + flags % 4,
        .dict_max = flags & 8 ? -1 : flags & 4 ? 8192 : 0,
        .threads = 1,
        .time_ms = TIME
    };
    struct given_all *all = take_all(&in);
    struct sheaf_buf archive = { 0 };
    struct sheaf_buf again = { 0 };

    pack(all, &options, flags & 16, &archive);
    check_archive(&archive, all, flags & 16);
    if (flags & 32) {
        options.threads = 2;
        pack(all, &options, flags & 16, &again);
        MUST_HOLD(bytes_equal(buf_view(&archive), buf_view(&again)));
    }
    free_all(all);
    sheaf_buf_free(&archive);
    sheaf_buf_free(&again);
    return 0;
}
