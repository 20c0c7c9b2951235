/*
 * crawl_media.c - --media in crawls: where the records are that articles may
 * have as parts.
 */
#include "import/crawl_media.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/hex.h"
#include "import/address.h"

/* A record that was captured, or a revisit of another address. */
struct entry {
    uint64_t hash; /* of its address */
    uint64_t date; /* its digits, or 0 */
    uint64_t at;
    uint32_t len; /* 0: it is too large */
    bool copied;  /* to the temporary file */
    bool suspect;
};

struct crawl_media {
    struct entry *list;
    size_t count;
    size_t cap;
    int spool;    /* 0: not needed so far */
    int fd;       /* of that */
    int in_place; /* the file of what was not copied */
    uint64_t end;
    char *lost; /* why some are not known, or NULL */
};

static const struct crawl_media *used;

struct crawl_media *
crawl_media_new(void)
{
    struct crawl_media *m = mem_new(1, sizeof *m);

    m->fd = m->in_place = -1;
    return m;
}

void
crawl_media_free(struct crawl_media *m)
{
    if (m == NULL)
        return;
    spool_give(m->spool);
    mem_free(m->list);
    mem_free(m->lost);
    mem_free(m);
}

const struct crawl_media *
crawl_media_use(const struct crawl_media *m)
{
    const struct crawl_media *before = used;

    used = m;
    return before;
}

const struct crawl_media *
crawl_media_used(void)
{
    return used;
}

/* ---- Addresses ---- */

static void
add_escaped(struct sheaf_buf *out, unsigned char c)
{
    static const char digits[] = "0123456789ABCDEF";
    const char escaped[3] = { '%', digits[c >> 4], digits[c & 15] };

    buf_add(out, escaped, sizeof escaped);
}

/* Whether it may stand in an address as it is, for all that read them. */
static bool
is_plain(unsigned char c)
{
    return c > 0x20 && c < 0x7F && strchr("\"<>\\^`{|}", c) == NULL;
}

/* One form of all addresses that differ only in what is escaped, in the case
 * of their host, or in their fragment. */
static void
normalise(struct text t, struct sheaf_buf *out)
{
    bool host = memmem(t.data, (size_t)min_u64(t.len, 16), "://", 3) != NULL;
    unsigned slashes = 0;

    for (size_t i = 0; i < t.len && t.data[i] != '#'; i++) {
        unsigned char c = (unsigned char)t.data[i];
        bool escaped = c == '%' && i + 2 < t.len &&
                       hex_digit((uint8_t)t.data[i + 1]) >= 0 &&
                       hex_digit((uint8_t)t.data[i + 2]) >= 0;

        if (escaped) {
            c = (unsigned char)(hex_digit((uint8_t)t.data[i + 1]) << 4 |
                                hex_digit((uint8_t)t.data[i + 2]));
            i += 2;
        }
        slashes += c == '/' && !escaped;
        if (host && slashes < 3 && c >= 'A' && c <= 'Z')
            c = (unsigned char)(c + 'a' - 'A');
        if (!is_plain(c) || (escaped && strchr("%/?#", c) != NULL))
            add_escaped(out, c);
        else
            buf_add(out, &c, 1);
    }
}

bool
crawl_media_key(struct text name, struct text base, struct sheaf_buf *out)
{
    struct sheaf_buf plain = { 0 }, from = { 0 }, whole = { 0 };

    normalise(name, &plain);
    normalise(base, &from);
    (void)address_resolve(&whole, text_of_buf(&plain), text_of_buf(&from));
    normalise(text_of_buf(&whole), out);
    sheaf_buf_free(&plain);
    sheaf_buf_free(&from);
    sheaf_buf_free(&whole);
    return text_begins(text_of_buf(out), "http");
}

static uint64_t
hash_of(struct text key)
{
    uint8_t bytes[HASH_CHECK_BYTES];
    uint64_t h;

    hash_check64(key.data, key.len, bytes);
    memcpy(&h, bytes, sizeof h);
    return h;
}

/* Fourteen digits of a date as a number; those that are missing are 0. */
static uint64_t
number_of(struct text date)
{
    uint64_t v = 0;
    unsigned n = 0;

    for (size_t i = 0; i < date.len && n < 14; i++) {
        if (date.data[i] < '0' || date.data[i] > '9')
            continue;
        v = 10 * v + (uint64_t)(date.data[i] - '0');
        n++;
    }
    while (n > 0 && n++ < 14)
        v *= 10;
    return v;
}

/* ---- Noting records ---- */

static void
lose(struct crawl_media *m, const char *what, const char *why)
{
    if (m->lost == NULL)
        m->lost = format_text("%s%s", what, why);
}

/* Copies a record to the end of the temporary file. */
static bool
copy_record(struct crawl_media *m, struct text whole, uint64_t *at)
{
    const char *why = NULL;
    size_t done = 0;

    if (m->spool == 0)
        m->spool = spool_take(&m->fd, &why);
    if (m->spool == 0) {
        lose(m, "temporary file: ", why != NULL ? why : "none is left");
        return false;
    }
    while (done < whole.len) {
        ssize_t n = pwrite(m->fd, whole.data + done, whole.len - done,
                           (off_t)(m->end + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            lose(m, "temporary file: ", strerror(errno));
            return false;
        }
        done += (size_t)n;
    }
    out_progress();
    *at = m->end;
    m->end += whole.len;
    return true;
}

void
crawl_media_add(struct crawl_media *m, const struct crawl_record *r,
                struct text whole, int fd, uint64_t at, bool suspect)
{
    struct sheaf_buf key = { 0 };
    struct entry e = { .date = number_of(text_of(r->date)),
                       .at = at,
                       .len = (uint32_t)whole.len,
                       .copied = fd < 0,
                       .suspect = suspect };

    if (m->lost != NULL)
        return;
    if (m->count == CRAWL_MEDIA_RECORDS) {
        lose(m, "there are too many", "");
        return;
    }
    if (fd >= 0)
        m->in_place = fd;
    else if (whole.len > 0 && !copy_record(m, whole, &e.at))
        return;
    normalise(r->uri, &key);
    e.hash = hash_of(text_of_buf(&key));
    sheaf_buf_free(&key);
    if (m->count == m->cap) {
        m->cap = m->cap != 0 ? 2 * m->cap : 64;
        m->list = mem_resize(m->list, m->cap, sizeof *m->list);
    }
    m->list[m->count++] = e;
}

static int
compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    if (x->date != y->date)
        return x->date < y->date ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

void
crawl_media_ready(struct crawl_media *m, const char *place)
{
    if (m->count > 1)
        qsort(m->list, m->count, sizeof *m->list, compare_entries);
    if (m->lost != NULL)
        warn(place,
             "--media: not all of its pictures and attachments are "
             "used: %s",
             m->lost);
}

/* ---- Reading them ---- */

/* Of those of the address, the last one before `date`, or else the first
 * one. */
static const struct entry *
find_entry(const struct crawl_media *m, uint64_t hash, uint64_t date)
{
    size_t low = 0, high = m->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct entry *e = &m->list[middle];

        if (e->hash < hash || (e->hash == hash && e->date <= date))
            low = middle + 1;
        else
            high = middle;
    }
    if (low > 0 && m->list[low - 1].hash == hash)
        return &m->list[low - 1];
    return low < m->count && m->list[low].hash == hash ? &m->list[low] : NULL;
}

static bool
read_record(const struct crawl_media *m, const struct entry *e, char *data)
{
    int fd = e->copied ? m->fd : m->in_place;

    for (size_t done = 0; done < e->len;) {
        ssize_t n = pread(fd, data + done, e->len - done,
                          (off_t)(e->at + done));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    out_progress();
    return true;
}

/* The header of a record that has been read once. */
static bool
open_record(struct crawl_record *r, struct text whole)
{
    const char *why;
    bool good;

    r->arc = !warc_starts(whole);
    r->head = r->arc ? arc_head(whole) : headers_end(whole);
    good = r->head != 0 && r->head <= whole.len;
    whole.len = r->head;
    return good &&
           (r->arc ? arc_open(r, whole, &why) : warc_open(r, whole, &why));
}

static void
set_type(struct crawl_file *out, struct text type)
{
    bool good = memchr(type.data, '/', type.len) != NULL &&
                type.len < sizeof out->type && !text_begins(type, "text/");

    for (size_t i = 0; i < type.len; i++)
        good = good && type.data[i] > ' ' && type.data[i] < 0x7F;
    out->type[0] = '\0';
    if (good) {
        memcpy(out->type, type.data, type.len);
        out->type[type.len] = '\0';
    }
}

/* Whether the bytes are those that were captured. */
static const char *
check(const struct content *c, const struct crawl_record *r, bool suspect,
      struct crawl_file *out)
{
    enum digest block, payload;

    content_digests(c, r, &block, &payload);
    out->doubt = c->body.doubt;
    if (headers_get(&r->headers, "WARC-Truncated").len > 0)
        out->doubt = "the crawler cut it short (WARC-Truncated)";
    if (block == DIGEST_SAME || payload == DIGEST_SAME)
        return NULL;
    if (block == DIGEST_OTHER)
        return "its bytes are not those of its WARC-Block-Digest";
    if (r->size != r->stated)
        return "the length of its record is wrong";
    if (suspect)
        return "its compressed data is damaged";
    if (payload == DIGEST_OTHER)
        out->doubt = "its WARC-Payload-Digest is that of other bytes";
    return NULL;
}

static const char *
take_content(struct crawl_record *r, struct text whole, bool suspect,
             size_t max, struct crawl_file *out)
{
    const uint64_t paid = whole.len;
    struct meter meter = { .paid = &paid };
    struct content c;
    const char *wrong = NULL;
    char *why = NULL;
    int code;

    r->size = whole.len - r->head;
    if (!content_open(&c, r, whole, &meter, 0, &code, &why))
        wrong = code == EXIT_LIMIT ? "too large" : "it cannot be decoded";
    else
        wrong = check(&c, r, suspect, out);
    if (wrong == NULL && c.body.bytes.len > max)
        wrong = "too large";
    if (wrong == NULL && c.body.bytes.len == 0)
        wrong = "empty";
    if (wrong == NULL) {
        out->size = c.body.bytes.len;
        out->data = mem_new(out->size, 1);
        memcpy(out->data, c.body.bytes.data, out->size);
        set_type(out, media_type(c.type));
    }
    content_close(&c);
    mem_free(why);
    return wrong;
}

/* `revisits` more may be followed. */
static const char *
get(const struct crawl_media *m, struct text key, uint64_t date, size_t max,
    int revisits, struct crawl_file *out, bool *there)
{
    const struct entry *e = find_entry(m, hash_of(key), date);
    struct crawl_record r = { 0 };
    struct sheaf_buf own = { 0 }, other = { 0 };
    const char *wrong = "not in the crawl";
    struct text whole;
    char *data;

    *there = e != NULL;
    if (e == NULL || e->len == 0)
        return e == NULL ? wrong : "too large";
    data = mem_new(e->len, 1);
    whole = text_from(data, e->len);
    if (!read_record(m, e, data) || !open_record(&r, whole)) {
        wrong = "changed while it was read";
    } else {
        normalise(r.uri, &own);
        *there = text_compare(text_of_buf(&own), key) == 0;
        if (*there && !text_begins(r.type, "revisit")) {
            wrong = take_content(&r, whole, e->suspect, max, out);
        } else if (*there && revisits > 0) {
            normalise(crawl_repeats(&r), &other);
            date = number_of(headers_get(&r.headers, "WARC-Refers-To-Date"));
            wrong = get(m, text_of_buf(&other), date != 0 ? date : e->date,
                        max, revisits - 1, out, there);
        }
    }
    headers_free(&r.headers);
    sheaf_buf_free(&own);
    sheaf_buf_free(&other);
    mem_free(data);
    return wrong;
}

bool
crawl_media_get(const struct crawl_media *m, struct text key, struct text date,
                size_t max, struct crawl_file *out, bool *there,
                const char **why)
{
    memset(out, 0, sizeof *out);
    *why = get(m, key, number_of(date), max, 1, out, there);
    return *why == NULL;
}
