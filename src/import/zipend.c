/*
 * zipend.c - the end of a zip archive, where its table of contents is: whether
 * it is there and what is behind it, and which kind of document it lists.
 */
#include <errno.h>
#include <unistd.h>

#include "base/cursor.h"
#include "import/archive.h"

#define END_SIZE ((size_t)22)
/* Its comment has up to 64 KiB; of what is behind it, as much is searched. */
#define END_LOOK (128 * KIB)
#define ENTRY_SIZE ((size_t)46)
/* A line end, or the like. */
#define NOTHING_MAX 3
/* Of longer tables, only the start is looked at. */
#define TABLE_MAX (4 * MIB)

static unsigned
le16(const uint8_t *p)
{
    return p[0] | (unsigned)p[1] << 8;
}

/* Reads bytes of the file; fewer at its end, or if they can't be read. */
static struct text
read_at(const struct input *in, uint64_t at, size_t len, struct sheaf_buf *out)
{
    out->len = 0;
    while (out->len < len) {
        char some[4096];
        size_t want = (size_t)min_u64(len - out->len, sizeof some);
        ssize_t n = pread(in->fd, some, want, (off_t)(at + out->len));

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break;
        buf_add(out, some, (size_t)n);
    }
    return text_of_buf(out);
}

/* Notes what a member's name says. */
static void
note_name(struct zip_end *z, struct text name)
{
    static const struct {
        const char *name;
        unsigned has;
    } names[] = {
        { "META-INF/container.xml", ZIP_CONTAINER },
        { "[Content_Types].xml", ZIP_TYPES },
        { "_rels/.rels", ZIP_RELATIONS },
        { "META-INF/manifest.xml", ZIP_MANIFEST },
        { "content.xml", ZIP_CONTENT },
        { "META-INF/MANIFEST.MF", ZIP_JAVA },
        { "datapackage.json", ZIP_PACKAGE },
    };

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (text_is(name, names[i].name))
            z->has |= names[i].has;
    if (text_begins(name, "archive/") &&
        (text_ends(name, ".warc") || text_ends(name, ".warc.gz")))
        z->has |= ZIP_CRAWLS;
}

static void
read_names(struct zip_end *z, struct text t)
{
    while (t.len >= ENTRY_SIZE && memcmp(t.data, "PK\1\2", 4) == 0) {
        const uint8_t *p = (const uint8_t *)t.data;
        size_t name = le16(p + 28);
        size_t all = ENTRY_SIZE + name + le16(p + 30) + le16(p + 32);

        if (t.len < all)
            return;
        note_name(z, text_from(t.data + ENTRY_SIZE, name));
        t = text_from(t.data + all, t.len - all);
    }
}

/* Where the record that ends the archive is in `t`, or t.len. */
static size_t
find_end(struct text t)
{
    for (size_t at = t.len >= END_SIZE ? t.len - END_SIZE + 1 : 0; at-- > 0;) {
        const uint8_t *p = (const uint8_t *)t.data + at;

        if (memcmp(p, "PK\5\6", 4) == 0 &&
            le16(p + 20) <= t.len - at - END_SIZE)
            return at;
    }
    return t.len;
}

void
zip_read_end(const struct input *in, struct zip_end *out)
{
    size_t len = (size_t)min_u64(in->size, END_LOOK);
    struct sheaf_buf b = { 0 };
    struct text t = read_at(in, in->size - len, len, &b);
    size_t at = find_end(t);

    *out = (struct zip_end){ .found = at < t.len };
    if (out->found) {
        const uint8_t *p = (const uint8_t *)t.data + at;
        uint64_t table = get_le32(p + 16);
        size_t size = (size_t)min_u64(get_le32(p + 12), TABLE_MAX);
        size_t end = at + END_SIZE + le16(p + 20);

        for (size_t i = end; i < t.len; i++)
            if (t.data[i] != '\0')
                out->behind = i + 1 - end;
        read_names(out, read_at(in, table, size, &b));
    }
    sheaf_buf_free(&b);
}

void
zip_warn_of_rest(const struct item *item, const struct zip_end *z,
                 uint64_t before)
{
    if (before > 0)
        warn(item->place,
             "%llu bytes before its first member are not read; "
             "they may be another archive",
             (unsigned long long)before);
    if (z->behind > NOTHING_MAX)
        warn(item->place,
             "%llu bytes behind its end are not read; "
             "they may be another archive, or a damaged part of it",
             (unsigned long long)z->behind);
    else if (!z->found)
        warn(item->place, "its end is missing; it may have been cut short");
}
