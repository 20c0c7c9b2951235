/*
 * archive.c - whatever libarchive opens.
 *
 * Formats and filters are chosen one by one. Left out are those that run
 * other programs (lrzip, lzop, grzip), that take ordinary text for theirs
 * (mtree, uu), and that leave records out without a word (warc).
 */
#include "import/import.h"

#include <archive.h>
#include <archive_entry.h>
#include <stdlib.h>
#include <sys/stat.h>

#define READ_SIZE (64 * KIB)

/* An archive being read; `place` is what a failure is about. */
struct opened {
    struct archive *archive;
    const char *place; /* the archive's */
    const char *name;  /* its base name, or NULL */
    struct stat stat;
    bool sized; /* `stat` has the size of what is read */
};

static noreturn void
archive_died(struct archive *a, const char *place)
{
    const char *why = archive_error_string(a);

    die(EXIT_FAILED, place, "%s", why != NULL ? why : "can't be read");
}

struct data {
    struct archive *archive;
    const char *place;
};

static size_t
read_data(void *ctx, void *buffer, size_t cap)
{
    const struct data *d = ctx;
    la_ssize_t n = archive_read_data(d->archive, buffer, cap);

    if (n < 0)
        archive_died(d->archive, d->place);
    return (size_t)n;
}

static struct archive *
new_reader(bool formats)
{
    struct archive *a = archive_read_new();

    if (a == NULL)
        die(EXIT_FAILED, NULL, "out of memory");
    archive_read_support_filter_gzip(a);
    archive_read_support_filter_bzip2(a);
    archive_read_support_filter_compress(a);
    archive_read_support_filter_lzma(a);
    archive_read_support_filter_xz(a);
    archive_read_support_filter_lzip(a);
    archive_read_support_filter_lz4(a);
    archive_read_support_filter_zstd(a);
    archive_read_support_format_empty(a);
    archive_read_support_format_raw(a);
    if (!formats)
        return a;
    archive_read_support_format_tar(a);
    archive_read_support_format_zip(a);
    archive_read_support_format_7zip(a);
    archive_read_support_format_cpio(a);
    archive_read_support_format_rar(a);
    archive_read_support_format_rar5(a);
    archive_read_support_format_cab(a);
    archive_read_support_format_lha(a);
    archive_read_support_format_xar(a);
    archive_read_support_format_iso9660(a);
    archive_read_support_format_ar(a);
    return a;
}

/* ---- Names ---- */

static const char *const packed_suffixes[] = {
    ".gz", ".bz2", ".xz", ".lzma", ".lz", ".zst", ".lz4", ".Z",
};

/* A new string. */
static char *
without_packed_suffix(const char *name)
{
    struct text t = text_of(name);

    for (size_t i = 0; i < COUNT_OF(packed_suffixes); i++) {
        size_t n = strlen(packed_suffixes[i]);

        if (t.len > n && text_ends(t, packed_suffixes[i]))
            return format_text("%.*s", (int)(t.len - n), name);
    }
    return format_text("%s", name);
}

bool
name_is_jsonl(const char *name)
{
    return text_ends(text_of(name), ".jsonl") ||
           text_ends(text_of(name), ".ndjson");
}

bool
name_is_packed_jsonl(const char *name)
{
    char *inner = without_packed_suffix(name);
    bool yes = name_is_jsonl(inner) && !name_is_jsonl(name);

    free(inner);
    return yes;
}

/* ---- Members of archives ---- */

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
        return "not a regular file";
    }
}

/* Why a member is no article, or NULL if it is one. */
static const char *
why_not(struct archive *a, struct archive_entry *e)
{
    unsigned type = archive_entry_filetype(e);
    bool empty = archive_entry_size_is_set(e) && archive_entry_size(e) == 0;
    int format = archive_format(a) & ARCHIVE_FORMAT_BASE_MASK;

    if (archive_entry_symlink(e) != NULL)
        return "symbolic link";
    /* A hard link's bytes are with another name, but for those of cpio,
     * which are with the last name and not with the first. */
    if (archive_entry_hardlink(e) != NULL && empty)
        return "hard link";
    if (archive_entry_hardlink(e) != NULL && !archive_entry_size_is_set(e))
        return "hard link";
    if (format == ARCHIVE_FORMAT_CPIO && empty && archive_entry_nlink(e) > 1)
        return "hard link";
    return type == AE_IFREG || type == 0 ? NULL : kind_of(type);
}

static const char *
member_path(struct archive_entry *e, const char *place)
{
    const char *path = archive_entry_pathname_utf8(e);

    if (path == NULL)
        path = archive_entry_pathname(e);
    if (path == NULL)
        die(EXIT_FAILED, place, "a member whose name is not UTF-8");
    while (path[0] == '.' && path[1] == '/')
        for (path += 2; path[0] == '/'; path++)
            ;
    return path;
}

static void
import_contents(struct archive *a, struct archive_entry *e, struct item *item)
{
    struct data data = { a, item->place };
    struct input in = { .read = read_data, .ctx = &data,
                        .place = item->place, .size = UNKNOWN_SIZE };

    if (archive_entry_size_is_set(e) && archive_entry_size(e) >= 0)
        in.size = (uint64_t)archive_entry_size(e);
    item->in = &in;
    if (name_is_jsonl(item->id)) {
        item->member = item->id;
        import_jsonl(item);
    } else if (name_is_packed_jsonl(item->id)) {
        item->member = item->id;
        import_packed_jsonl(item);
    } else {
        import_article(item);
    }
    input_free(&in);
    item->in = NULL;
}

static void
import_member(const struct opened *o, struct archive_entry *e)
{
    char *path = format_text("%s", member_path(e, o->place));
    char *place = format_text("%s: %s", o->place, path);
    struct item item = { .place = place, .id = path, .file = o->name };
    const char *why;

    if (archive_entry_filetype(e) != AE_IFDIR) {
        why = why_not(o->archive, e);
        if (why != NULL)
            out_skip(place, why);
        else if (archive_entry_is_encrypted(e))
            die(EXIT_FAILED, place, "encrypted");
        else
            import_contents(o->archive, e, &item);
    }
    free(place);
    free(path);
}

/* ---- Files that are no archive, packed or not ---- */

/* Their names say that they are for reading as they are. */
static bool
name_is_text(const char *name)
{
    static const char *const suffixes[] = {
        ".txt", ".md", ".markdown", ".html", ".htm", ".xhtml",
    };

    for (size_t i = 0; i < COUNT_OF(suffixes); i++)
        if (text_ends(text_of(name), suffixes[i]))
            return true;
    return false;
}

static bool
is_jsonl(struct input *in, const char *name)
{
    size_t want = LOOK_MAX;
    struct text start;

    if (name != NULL && name_is_jsonl(name))
        return true;
    if (name != NULL && name_is_text(name))
        return false;
    start = input_peek(in, want);
    if (text_trim(start).len == 0 || text_trim(start).data[0] != '{')
        return false;
    /* Without a name nothing else could have an ID; and if the first line is
     * wrong, that is what should be said. */
    if (name == NULL)
        return true;
    while (memchr(text_trim(start).data, '\n', text_trim(start).len) == NULL &&
           !in->ended && want < HOLD_MAX) {
        want *= 2;
        start = input_peek(in, want);
    }
    return looks_like_jsonl(start);
}

static void
import_single(const struct opened *o)
{
    bool packed = archive_filter_count(o->archive) > 1;
    struct data data = { o->archive, o->place };
    struct input in = { .read = read_data, .ctx = &data, .place = o->place,
                        .size = UNKNOWN_SIZE };
    struct item item = { .in = &in, .place = o->place };
    char *inner = NULL;

    if (o->sized && !packed)
        in.size = (uint64_t)o->stat.st_size;
    if (o->name != NULL) {
        inner = packed ? without_packed_suffix(o->name)
                       : format_text("%s", o->name);
        item.id = inner;
    }
    if (is_jsonl(&in, inner)) {
        item.file = o->name;
        import_jsonl(&item);
    } else {
        if (inner != NULL && strcmp(inner, o->name) != 0)
            item.file = o->name;
        import_article(&item);
    }
    input_free(&in);
    free(inner);
}

static size_t
read_nothing(void *ctx, void *buffer, size_t cap)
{
    (void)ctx;
    (void)buffer;
    (void)cap;
    return 0;
}

/* An empty file is an article; an empty pipe, or list of records, is none. */
static void
import_empty(const struct opened *o)
{
    struct input in = { .read = read_nothing, .place = o->place };
    struct item item = { .in = &in, .place = o->place };
    char *inner;

    if (o->name == NULL)
        return;
    inner = archive_filter_count(o->archive) > 1
                ? without_packed_suffix(o->name)
                : format_text("%s", o->name);
    if (!name_is_jsonl(inner)) {
        item.id = inner;
        item.file = strcmp(inner, o->name) != 0 ? o->name : NULL;
        import_article(&item);
    }
    input_free(&in);
    free(inner);
}

/* ---- All of these ---- */

/* Whether there is a next entry; a warning is about what we don't use. */
static bool
next_entry(struct archive *a, struct archive_entry **e, const char *place)
{
    int rc = archive_read_next_header(a, e);

    if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN && rc != ARCHIVE_EOF)
        archive_died(a, place);
    return rc != ARCHIVE_EOF;
}

static void
import_entries(const struct opened *o)
{
    struct archive *a = o->archive;
    struct archive_entry *e;
    bool any = next_entry(a, &e, o->place);

    if (archive_format(a) == ARCHIVE_FORMAT_EMPTY) {
        import_empty(o);
    } else if (archive_format(a) == ARCHIVE_FORMAT_RAW) {
        if (any)
            import_single(o);
    } else {
        for (; any; any = next_entry(a, &e, o->place))
            import_member(o, e);
    }
}

void
import_opened(int fd, const char *place, const char *name)
{
    struct opened o = { .place = place, .name = name };

    if (fstat(fd, &o.stat) == 0 && S_ISREG(o.stat.st_mode) && name != NULL)
        o.sized = true;
    o.archive = new_reader(true);
    if (archive_read_open_fd(o.archive, fd, READ_SIZE) != ARCHIVE_OK)
        archive_died(o.archive, place);
    import_entries(&o);
    if (archive_read_free(o.archive) != ARCHIVE_OK)
        die(EXIT_FAILED, place, "can't be read to its end");
}

/* libarchive asks for bytes by reference: what the input has read ahead. */
static la_ssize_t
give_input(struct archive *a, void *ctx, const void **bytes)
{
    struct input *in = ctx;
    struct text t = input_peek(in, 1);

    (void)a;
    *bytes = t.data;
    in->at += t.len;
    return (la_ssize_t)t.len;
}

void
import_packed_jsonl(struct item *item)
{
    struct archive *a = new_reader(false);
    struct data data = { a, item->place };
    struct input in = { .read = read_data, .ctx = &data,
                        .place = item->place, .size = UNKNOWN_SIZE };
    struct item inner = *item;
    struct archive_entry *e;

    if (archive_read_open(a, item->in, NULL, give_input, NULL) != ARCHIVE_OK)
        archive_died(a, item->place);
    inner.in = &in;
    if (next_entry(a, &e, item->place))
        import_jsonl(&inner);
    input_free(&in);
    archive_read_free(a);
}
