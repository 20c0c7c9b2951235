/*
 * libarchive.c - archives of files, which libarchive reads.
 *
 * We recognise the format ourselves, by the same bytes as libarchive, so that
 * only the code for this format gets to see the input.
 */
#include "import/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <unistd.h>

#include "base/cursor.h"
#include "import/media.h"

#define TAR_BLOCK ((size_t)512)
#define TAR_RECORD (20 * TAR_BLOCK)
#define ZIP_MARK 4 /* bytes that may be before the first member */
#define ISO_MAGIC_AT ((size_t)32769)
#define SEVENZIP_HEADER ((size_t)32)
#define RAR_END 64 /* what may not have been taken of its last record */

struct opened {
    struct item *item;
    struct archive *archive;
    struct meter *meter;
    uint64_t given;      /* bytes of a stream so far */
    uint64_t last;       /* those up to the last one that is not zero */
    off_t sought;        /* where it read on last, in a file */
    uint64_t before;     /* bytes before the first member of a zip archive */
    const char *root;    /* the start of the IDs of members */
    const char *charset; /* of names that are not UTF-8, or NULL */
};

/* ---- Recognising them ---- */

static bool
magic(const struct look *l, size_t at, const char *bytes, size_t len)
{
    return l->start.len >= at + len &&
           memcmp(l->start.data + at, bytes, len) == 0;
}

bool
is_iso(const struct look *l)
{
    return magic(l, ISO_MAGIC_AT, "CD001", 5);
}

bool
is_xar(const struct look *l)
{
    return magic(l, 0, "xar!", 4);
}

bool
is_cab(const struct look *l)
{
    return magic(l, 0, "MSCF\0\0\0\0", 8);
}

/* A tar without members is blocks of zeros, and nothing else. So are files that
 * were lost in a crash. */
static bool
is_empty_tar(const struct look *l)
{
    size_t n = 0;

    while (n < l->start.len && l->start.data[n] == '\0')
        n++;
    return l->whole && n == l->start.len && n >= 2 * TAR_BLOCK &&
           n <= TAR_RECORD && n % TAR_BLOCK == 0 &&
           (l->name.len == 0 || text_ends(l->name, ".tar"));
}

/* Checks the header's checksum, which old tars have as well. */
static bool
is_tar(const struct look *l)
{
    const unsigned char *p = (const unsigned char *)l->start.data;
    unsigned long sum = 0, said = 0;
    size_t i = 148;

    if (l->start.len < TAR_BLOCK)
        return false;
    while (i < 156 && p[i] == ' ')
        i++;
    for (; i < 156 && p[i] >= '0' && p[i] <= '7'; i++)
        said = said * 8 + (unsigned long)(p[i] - '0');
    for (i = 0; i < TAR_BLOCK; i++)
        sum += i >= 148 && i < 156 ? ' ' : p[i];
    return (said != 0 && sum == said) || is_empty_tar(l);
}

static bool
is_zip(const struct look *l)
{
    return magic(l, 0, "PK\3\4", 4) || magic(l, 0, "PK\5\6", 4) ||
           magic(l, 0, "PK\7\10PK\3\4", 8);
}

struct text
zip_first_name(const struct look *l)
{
    const unsigned char *p = (const unsigned char *)l->start.data;
    size_t len = l->start.len >= 30 ? p[26] + 256u * p[27] : 0;

    if (!magic(l, 0, "PK\3\4", 4) || l->start.len < 30 + len)
        len = 0;
    return text_from(len > 0 ? l->start.data + 30 : "", len);
}

static bool
is_7zip(const struct look *l)
{
    return magic(l, 0, "7z\xBC\xAF\x27\x1C", 6);
}

static bool
is_rar(const struct look *l)
{
    return magic(l, 0, "Rar!\x1A\7\0", 7);
}

static bool
is_rar5(const struct look *l)
{
    return magic(l, 0, "Rar!\x1A\7\1\0", 8);
}

static bool
is_cpio(const struct look *l)
{
    return magic(l, 0, "070701", 6) || magic(l, 0, "070702", 6) ||
           magic(l, 0, "070707", 6) || magic(l, 0, "\xC7\x71", 2);
}

static bool
is_ar(const struct look *l)
{
    return magic(l, 0, "!<arch>\n", 8);
}

static bool
is_lha(const struct look *l)
{
    return magic(l, 2, "-lh", 3) && magic(l, 6, "-", 1);
}

/* Archives that follow each other in one file are one, as with tar -i. */
static int
support_tar(struct archive *a)
{
    int rc = archive_read_support_format_tar(a);

    return rc == ARCHIVE_OK
               ? archive_read_set_options(a, "tar:read_concatenated_archives")
               : rc;
}

static void check_zip(struct opened *o);
static void check_7zip(struct opened *o);
static void check_tar(struct opened *o);
static void check_rar(struct opened *o);
static void check_others(struct opened *o);

static const struct format {
    bool (*is)(const struct look *l);
    int (*support)(struct archive *a);
    void (*check)(struct opened *o); /* what is behind it; or NULL */
    bool seeks; /* has its table of contents at its end */
} formats[] = {
    { is_zip, archive_read_support_format_zip, check_zip, true },
    { is_7zip, archive_read_support_format_7zip, check_7zip, true },
    { is_rar, archive_read_support_format_rar, check_rar, false },
    { is_rar5, archive_read_support_format_rar5, check_rar, false },
    { is_ar, archive_read_support_format_ar, check_others, false },
    { is_lha, archive_read_support_format_lha, check_others, false },
    { is_tar, support_tar, check_tar, false },
    { is_cpio, archive_read_support_format_cpio, check_others, false },
    { is_iso, archive_read_support_format_iso9660, NULL, true },
    { is_xar, archive_read_support_format_xar, NULL, false },
    { is_cab, archive_read_support_format_cab, NULL, false },
};

static const struct format *
find_format(const struct look *l)
{
    for (size_t i = 0; i < COUNT_OF(formats); i++)
        if (formats[i].is(l))
            return &formats[i];
    return NULL;
}

bool
is_archive(const struct look *l)
{
    return find_format(l) != NULL;
}

/* ---- Bytes for libarchive ---- */

static void
count_given(struct opened *o, struct text t)
{
    size_t n = t.len;

    while (n > 0 && t.data[n - 1] == '\0')
        n--;
    if (n > 0)
        o->last = o->given + n;
    o->given += t.len;
}

static la_ssize_t
give(struct archive *a, void *ctx, const void **bytes)
{
    struct opened *o = ctx;
    struct text t = input_peek(o->item->in, 1);

    (void)a;
    *bytes = t.data;
    count_given(o, t);
    input_take(o->item->in, t.len);
    return (la_ssize_t)t.len;
}

static la_int64_t
seek_to(struct archive *a, void *ctx, la_int64_t offset, int whence)
{
    struct opened *o = ctx;
    struct input *in = o->item->in;
    off_t at;

    (void)a;
    if (whence == SEEK_CUR)
        offset += (la_int64_t)lseek(in->fd, 0, SEEK_CUR) -
                  (la_int64_t)(in->len - in->at);
    at = lseek(in->fd, offset, whence == SEEK_CUR ? SEEK_SET : whence);
    in->at = 0;
    in->len = 0;
    in->ended = false;
    o->sought = at;
    return at < 0 ? ARCHIVE_FATAL : at;
}

static const char *
why_failed(const struct opened *o)
{
    const char *why = archive_error_string(o->archive);

    return input_failed(o->item->in) ? o->item->in->wrong
           : why != NULL             ? why
                                     : "can't be read";
}

static size_t
read_data(struct input *in, void *buffer, size_t cap)
{
    const struct opened *o = in->ctx;
    la_ssize_t n = archive_read_data(o->archive, buffer, cap);

    if (n < 0)
        input_fail(in, EXIT_FAILED, "%s", why_failed(o));
    else if (n == 0 && in->size != UNKNOWN_SIZE && in->taken < in->size)
        input_fail(in, EXIT_FAILED, "it is shorter than its archive says");
    return n < 0 ? 0 : (size_t)n;
}

/* ---- Members ---- */

/* The path of the member without parts that mean "here"; a new string. */
static char *
member_path(const struct opened *o, struct archive_entry *e)
{
    const char *path = archive_entry_pathname(e);

    if (path == NULL)
        path = archive_entry_pathname_utf8(e);
    if (path == NULL)
        path = "?";
    while (path[0] == '.' && path[1] == '/')
        for (path += 2; path[0] == '/'; path++)
            ;
    return name_for_id(path, o->charset);
}

static const char *
kind_of(unsigned filetype)
{
    switch (filetype) {
    case AE_IFLNK:
        return "symbolic link";
    case AE_IFCHR:
    case AE_IFBLK:
        return "device";
    case AE_IFIFO:
        return "named pipe";
    case AE_IFSOCK:
        return "socket";
    default:
        return "other entry";
    }
}

/* Why a member is not an article, or NULL if it is one. */
static const char *
why_not(struct archive *a, struct archive_entry *e)
{
    unsigned type = archive_entry_filetype(e);
    bool empty = archive_entry_size_is_set(e) && archive_entry_size(e) == 0;
    int format = archive_format(a) & ARCHIVE_FORMAT_BASE_MASK;

    if (archive_entry_symlink(e) != NULL)
        return "symbolic link";
    /* The bytes of a hard link are with another name; in cpio they are with
     * the last name and not with the first. */
    if (archive_entry_hardlink(e) != NULL && empty)
        return "hard link";
    if (archive_entry_hardlink(e) != NULL && !archive_entry_size_is_set(e))
        return "hard link";
    if (format == ARCHIVE_FORMAT_CPIO && empty && archive_entry_nlink(e) > 1)
        return "hard link";
    return type == AE_IFREG || type == 0 ? NULL : kind_of(type);
}

static void
import_contents(const struct opened *o, struct archive_entry *e,
                struct item *inner)
{
    struct input in = { .read = read_data, .ctx = (void *)(uintptr_t)o,
                        .size = UNKNOWN_SIZE, .fd = -1, .meter = o->meter,
                        .depth = o->item->depth };
    const struct media_place *before;

    if (archive_entry_size_is_set(e) && archive_entry_size(e) >= 0)
        in.size = (uint64_t)archive_entry_size(e);
    inner->in = &in;
    /* What is in an archive names what is in it. */
    before = media_use(NULL);
    o->item->open(inner);
    (void)media_use(before);
    if (input_failed(&in))
        reject(in.wrong_code, inner->place, text_from("", 0), "%s", in.wrong);
    input_free(&in);
}

static void
import_member(const struct opened *o, struct archive_entry *e)
{
    const struct item *item = o->item;
    char *path = member_path(o, e);
    char *place = format_text("%s: %s", item->place, path);
    char *id = format_text("%s%s", o->root, path);
    char *member = item->member != NULL
                       ? format_text("%s/%s", item->member, path)
                       : format_text("%s", path);
    struct item inner = { .place = place, .id = id, .depth = item->depth + 1,
                          .file = item->file, .member = member,
                          .meter = o->meter, .found = true };
    const char *why = why_not(o->archive, e);

    if (item->file == NULL)
        inner.file = item->id;
    if (archive_entry_filetype(e) == AE_IFDIR)
        ;
    else if (why != NULL)
        leave_out(why, place, "%s", why);
    else if (path[0] == '?' && path[1] == '\0')
        reject(EXIT_FAILED, place, text_from("", 0), "it has no name");
    else if (!name_wanted(path))
        ;
    else if (archive_entry_is_encrypted(e))
        reject(EXIT_FAILED, place, text_from("", 0), "encrypted");
    else
        import_contents(o, e, &inner);
    mem_free(member);
    mem_free(id);
    mem_free(place);
    mem_free(path);
}

/* ---- All of it ---- */

/* Warnings are about things that are not used here. */
static bool
is_usable(int rc)
{
    return rc == ARCHIVE_OK || rc == ARCHIVE_WARN;
}

/* libarchive takes an old ENOMEM for a new one, and ends the program, if a name
 * is not in the character set that it should be in: an allocation of absurd
 * size for an earlier, broken archive is enough. */
static int
next_member(const struct opened *o, struct archive_entry **e)
{
    errno = 0;
    return archive_read_next_header(o->archive, e);
}

/* Of zip archives that follow each other in one file the last is read, by the
 * table at its end: the first of its members then is not at the start. */
static void
note_start(struct opened *o)
{
    if (archive_format(o->archive) == ARCHIVE_FORMAT_ZIP &&
        o->sought > ZIP_MARK)
        o->before = (uint64_t)o->sought;
}

/* False: it is damaged. */
static bool
import_members(struct opened *o)
{
    struct archive_entry *e;
    int rc = archive_read_open(o->archive, o, NULL, give, NULL);

    if (is_usable(rc))
        rc = next_member(o, &e);
    if (is_usable(rc))
        note_start(o);
    while (is_usable(rc) && !input_failed(o->item->in)) {
        import_member(o, e);
        rc = next_member(o, &e);
    }
    if (rc != ARCHIVE_EOF && !input_failed(o->item->in))
        reject(EXIT_FAILED, o->item->place, text_from("", 0), "%s",
               why_failed(o));
    return rc == ARCHIVE_EOF && !input_failed(o->item->in);
}

/* ---- What is behind it ---- */

static void
read_rest(struct opened *o)
{
    struct text t;

    while ((t = input_peek(o->item->in, 1)).len > 0) {
        count_given(o, t);
        input_take(o->item->in, t.len);
    }
}

static void
warn_of_rest(const struct opened *o, uint64_t rest)
{
    const struct zip_end z = { .found = true, .behind = rest };

    zip_warn_of_rest(o->item, &z, 0);
}

/* A tar ends with blocks of zeros. Without this check, one that was cut
 * between two members would look whole. */
static void
check_tar(struct opened *o)
{
    read_rest(o);
    if (o->given - o->last < TAR_BLOCK)
        warn(o->item->place, "its end is missing; it may have been cut short");
}

/* Its header says where it ends. */
static void
check_7zip(struct opened *o)
{
    struct input *in = o->item->in;
    const uint8_t *p;
    struct text t;
    uint64_t end;

    input_rewind(in);
    o->given = 0;
    o->last = 0;
    t = input_peek(in, SEVENZIP_HEADER);
    if (t.len < SEVENZIP_HEADER)
        return;
    p = (const uint8_t *)t.data;
    end = get_le64(p + 12);
    if (ADD_OVERFLOWS(end, get_le64(p + 20), &end) ||
        ADD_OVERFLOWS(end, SEVENZIP_HEADER, &end))
        return;
    read_rest(o);
    if (o->last > end)
        warn_of_rest(o, o->last - end);
}

static void
check_behind(struct opened *o, uint64_t room)
{
    uint64_t end = (uint64_t)archive_filter_bytes(o->archive, 0);

    read_rest(o);
    if (o->last > end + room)
        warn_of_rest(o, o->last - end);
}

/* libarchive stops at a record that says that nothing follows, and in an ar at
 * less than a whole header. */
static void
check_others(struct opened *o)
{
    check_behind(o, 0);
}

static void
check_rar(struct opened *o)
{
    check_behind(o, RAR_END);
}

static void
check_zip(struct opened *o)
{
    struct zip_end z;

    zip_read_end(o->item->in, &z);
    zip_warn_of_rest(o->item, &z, o->before);
}

uint64_t
zip_scan(struct item *item,
         void (*each)(void *ctx, const char *path, struct input *in),
         void *ctx)
{
    struct opened o = { .item = item, .meter = item->meter,
                        .charset = "CP437", .archive = archive_read_new() };
    struct meter own = { .paid = &item->in->taken };
    struct archive_entry *e;
    bool first = true;
    int rc;

    if (o.archive == NULL)
        die(EXIT_LIMIT, item->place, "the importer is out of memory");
    archive_read_support_format_zip(o.archive);
    archive_read_set_seek_callback(o.archive, seek_to);
    rc = archive_read_open(o.archive, &o, NULL, give, NULL);
    while (is_usable(rc) && is_usable(rc = next_member(&o, &e))) {
        struct input in = { .read = read_data, .ctx = &o, .fd = -1,
                            .size = UNKNOWN_SIZE, .meter = &own };
        char *path = member_path(&o, e);

        if (first)
            note_start(&o);
        first = false;
        if (archive_entry_filetype(e) == AE_IFREG &&
            !archive_entry_is_encrypted(e))
            each(ctx, path, &in);
        input_free(&in);
        mem_free(path);
    }
    archive_read_free(o.archive);
    input_rewind(item->in);
    return o.before;
}

void
import_members_only(struct item *item)
{
    struct look look = input_look(item->in, text_of(""));
    const struct format *format = find_format(&look);
    struct meter own = { .paid = &item->in->taken };
    struct opened o = { .item = item,
                        .meter = item->meter != NULL ? item->meter : &own,
                        .archive = archive_read_new() };
    const char *id = item->whole != NULL ? item->whole : item->id;
    char *root = NULL;

    if (o.archive == NULL)
        die(EXIT_LIMIT, item->place, "the importer is out of memory");
    if (format == NULL) {
        reject(EXIT_FAILED, item->place, text_from("", 0), "not an archive");
    } else if (!format->seeks || input_to_file(item->in)) {
        if (format->is == is_zip)
            o.charset = "CP437";
        /* IDs of members begin with the ID of the archive, unless the
         * archive is the only input. */
        root = id != NULL && (item->found || item->rooted)
                   ? format_text("%s/", id)
                   : format_text("%s", "");
        o.root = root;
        format->support(o.archive);
        if (item->in->fd >= 0)
            archive_read_set_seek_callback(o.archive, seek_to);
        if (import_members(&o) && format->check != NULL)
            format->check(&o);
    }
    archive_read_free(o.archive);
    mem_free(root);
}
