/*
 * zim.c - ZIM, the archives of Kiwix: each HTML page in it is an article.
 *
 * libzim reads them, if it was there when this was built. It needs a file, and
 * does not limit what it decompresses, so that the sizes are counted here.
 */
#include <errno.h>
#include <nettle/md5.h>
#include <unistd.h>

#include "base/base.h"
#include "import/import.h"
#include "import/zimread.h"

#define MAGIC "ZIM\x04"
#define HEADER_SIZE 80
#define CHECKSUM_AT 72 /* in the header */
/* An expansion to less than this is never refused, whatever the ratio. */
#define EXPAND_FREE ((uint64_t)64 << 20)

bool
is_zim(const struct look *l)
{
    return l->start.len >= HEADER_SIZE &&
           memcmp(l->start.data, MAGIC, sizeof MAGIC - 1) == 0;
}

#ifndef HAVE_LIBZIM

void
import_zim(struct item *item)
{
    leave_out("ZIM file", item->place,
              "this program was built without libzim, which reads it");
}

#else

struct zim {
    const struct item *item;
    struct zim_archive *archive;
    struct meter own; /* of what comes out, if there is none around it */
    char *root;     /* what IDs begin with */
    char date[DATE_MAX], lang[36];
};

/* ---- The checksum ---- */

static bool
read_at(int fd, uint64_t offset, void *buffer, size_t len)
{
    uint8_t *p = buffer;

    while (len > 0) {
        ssize_t n = pread(fd, p, len, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        p += n;
        len -= (size_t)n;
        offset += (uint64_t)n;
    }
    return true;
}

/* What is wrong with the file, or NULL: an MD5 of everything is at its end. */
static const char *
check_sum(const struct input *in)
{
    static uint8_t buffer[64 * 1024];
    uint8_t header[HEADER_SIZE], want[MD5_DIGEST_SIZE];
    uint8_t got[MD5_DIGEST_SIZE];
    struct md5_ctx md5;
    uint64_t at = 0, end = 0;

    if (!read_at(in->fd, 0, header, sizeof header))
        return "its header is cut short";
    for (unsigned i = 8; i > 0; i--)
        end = end << 8 | header[CHECKSUM_AT + i - 1];
    if (in->size < sizeof want || end > in->size - sizeof want)
        return "it is cut short";
    md5_init(&md5);
    while (at < end) {
        size_t n = (size_t)min_u64(end - at, sizeof buffer);

        if (!read_at(in->fd, at, buffer, n))
            return "it cannot be read";
        md5_update(&md5, n, buffer);
        out_progress();
        at += n;
    }
    md5_digest(&md5, sizeof got, got);
    if (!read_at(in->fd, end, want, sizeof want))
        return "it cannot be read";
    return memcmp(got, want, sizeof got) == 0 ? NULL : "its checksum is wrong";
}

/* ---- Entries ---- */

/* False: the archive expands to too much. */
static bool
count(struct zim *z, uint64_t size)
{
    const struct item *item = z->item;
    char *why = meter_add(item->meter != NULL ? item->meter : &z->own,
                          item->depth, size);

    if (why != NULL)
        reject(EXIT_LIMIT, item->place, text_from("", 0), "it %s", why);
    mem_free(why);
    return why == NULL;
}

static void
make_article(struct zim *z, const struct zim_entry *e, const char *place,
             const char *path, struct text body)
{
    struct part part = { SHEAF_ROLE_BODY, TYPE_HTML, body.len, body.data };
    char *id = format_text("%s%s", z->root, path);
    struct meta m;

    meta_start(&m, z->item);
    read_html(body, &m);
    if (m.file.len == 0 && z->item->id != NULL)
        m.file = text_of(z->item->id);
    m.id = text_of(id);
    m.member = text_of(path);
    if (m.headline.len == 0)
        m.headline = text_cut(text_trim(text_of(e->title)), HEADLINE_MAX);
    if (m.lang.len == 0)
        m.lang = text_of(z->lang);
    m.retrieved = text_of(z->date);
    (void)emit(place, &m, &part, 1, text_from("", 0));
    meta_free(&m);
    mem_free(id);
}

static void
take_page(struct zim *z, const struct zim_entry *e)
{
    char *path = name_for_id(e->path, NULL);
    char *place = format_text("%s: %s", z->item->place, path);
    char why[ZIM_WHY];
    const char *data;
    size_t len;

    if (!name_wanted(path))
        ;
    else if (e->size > HOLD_MAX)
        reject(EXIT_LIMIT, place, text_from("", 0), "more than %zu MiB",
               HOLD_MAX / MIB);
    else if (!zim_read(z->archive, &data, &len, why))
        reject(EXIT_FAILED, place, text_from("", 0), "libzim: %s", why);
    else
        make_article(z, e, place, path, text_from(len > 0 ? data : "", len));
    mem_free(place);
    mem_free(path);
}

/* The type as the kind of what is left out: "image/png". */
static void
leave_entry(const struct zim_entry *e)
{
    char kind[64];
    size_t n = strcspn(e->type, "; ");

    for (size_t i = 0; i < n && i < sizeof kind; i++)
        if (e->type[i] < ' ' || e->type[i] > '~')
            n = 0;
    if (n == 0 || n >= sizeof kind) {
        leave_out("entry without a type", NULL, "entry");
        return;
    }
    memcpy(kind, e->type, n);
    kind[n] = '\0';
    leave_out(kind, NULL, "entry");
}

static void
import_entries(struct zim *z)
{
    struct zim_entry e;
    char why[ZIM_WHY];
    enum zim_got got;

    while ((got = zim_next(z->archive, &e, why)) == ZIM_ENTRY) {
        out_progress();
        if (e.redirect)
            leave_out("redirect", NULL, "redirect");
        else if (!text_begins(text_of(e.type), "text/html"))
            leave_entry(&e);
        else if (!count(z, e.size))
            return;
        else
            take_page(z, &e);
    }
    if (got == ZIM_BAD)
        reject(EXIT_FAILED, z->item->place, text_from("", 0), "libzim: %s",
               why);
}

void
import_zim(struct item *item)
{
    struct zim z = { .item = item, .own.paid = &item->in->size };
    char why[ZIM_WHY], text[DATE_MAX];
    const char *wrong;

    if (!input_to_file(item->in))
        return;
    wrong = check_sum(item->in);
    if (wrong != NULL) {
        reject(EXIT_FAILED, item->place, text_from("", 0),
               "damaged ZIM file: %s", wrong);
        return;
    }
    z.archive = zim_open(item->in->fd, why);
    if (z.archive == NULL) {
        reject(EXIT_FAILED, item->place, text_from("", 0), "libzim: %s", why);
        return;
    }
    zim_about(z.archive, "Date", text, sizeof text);
    if (!date_convert(text_of(text), z.date))
        z.date[0] = '\0';
    zim_about(z.archive, "Language", z.lang, sizeof z.lang);
    if (strchr(z.lang, ',') != NULL)
        z.lang[0] = '\0'; /* several */
    z.root = item->id != NULL && (item->found || item->rooted)
                 ? format_text("%s/", item->id)
                 : format_text("%s", "");
    import_entries(&z);
    mem_free(z.root);
    zim_close(z.archive);
}

#endif
