/*
 * zip.c - a zip archive, by libarchive.
 */
#include "export/export.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <sys/stat.h>

static la_ssize_t
write_out(struct archive *a, void *arg, const void *data, size_t len)
{
    (void)a;
    (void)arg;
    put(data, len);
    return (la_ssize_t)len;
}

static void
check(struct archive *a, int rc)
{
    if (rc != ARCHIVE_OK)
        die("zip: %s", archive_error_string(a));
}

static void
add_file(struct archive *a, struct archive_entry *e)
{
    struct sheaf_buf path = { 0 };
    uint8_t piece[64 * 1024];
    uint64_t left;

    take_text(&path, take_number(4));
    archive_entry_clear(e);
    archive_entry_set_pathname(e, (const char *)path.data);
    archive_entry_set_mtime(e, (time_t)take_number(8), 0);
    left = take_number(8);
    archive_entry_set_size(e, (la_int64_t)left);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_perm(e, 0644);
    check(a, archive_write_header(a, e));
    while (left > 0) {
        size_t n = left < sizeof piece ? (size_t)left : sizeof piece;

        take(piece, n);
        if (archive_write_data(a, piece, n) != (la_ssize_t)n)
            die("zip: %s", archive_error_string(a));
        left -= n;
    }
    check(a, archive_write_finish_entry(a));
    sheaf_buf_free(&path);
}

void
export_zip(void)
{
    struct archive *a = archive_write_new();
    struct archive_entry *e = archive_entry_new();
    uint64_t what;

    if (a == NULL || e == NULL)
        die("out of memory");
    /* Names are UTF-8 as they are. With the option hdrcharset, libarchive
     * composes characters: two names could become the same. */
    if (setlocale(LC_CTYPE, "C.UTF-8") == NULL &&
        setlocale(LC_CTYPE, "en_US.UTF-8") == NULL)
        die("zip: no locale with UTF-8 (C.UTF-8)");
    shut_sandbox();
    check(a, archive_write_set_format_zip(a));
    check(a, archive_write_set_bytes_in_last_block(a, 1));
    check(a, archive_write_open(a, NULL, NULL, write_out, NULL));
    while ((what = take_number(1)) == 'F')
        add_file(a, e);
    if (what != 'E')
        die("zip: what is sent is wrong");
    check(a, archive_write_close(a));
    archive_entry_free(e);
    archive_write_free(a);
}
