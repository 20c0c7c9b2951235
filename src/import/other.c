/*
 * other.c - files beside articles that are not articles: pictures, style
 * sheets, documents of other programs. Most are recognised by their first
 * bytes.
 */
#include "import/import.h"

static const struct magic {
    const char *what;
    size_t at;
    const char *bytes;
    size_t len;
} magics[] = {
#define MAGIC(what, at, bytes) { what, at, bytes, sizeof bytes - 1 }
    MAGIC("picture", 0, "\x89PNG\r\n\x1A\n"),
    MAGIC("picture", 0, "\xFF\xD8\xFF"),
    MAGIC("picture", 0, "GIF87a"),
    MAGIC("picture", 0, "GIF89a"),
    MAGIC("picture", 8, "WEBPVP8"),
    MAGIC("picture", 4, "ftypavif\0"),
    MAGIC("picture", 4, "ftypheic\0"),
    MAGIC("picture", 0, "II*\0"),
    MAGIC("picture", 0, "MM\0*"),
    MAGIC("picture", 0, "\0\0\1\0"),
    MAGIC("recording", 4, "ftypisom"),
    MAGIC("recording", 4, "ftypmp4"),
    MAGIC("recording", 4, "ftypM4A"),
    MAGIC("recording", 4, "ftypqt  "),
    MAGIC("recording", 0, "\x1A\x45\xDF\xA3"),
    MAGIC("recording", 0, "OggS\0"),
    MAGIC("recording", 0, "ID3\3"),
    MAGIC("recording", 0, "ID3\4"),
    MAGIC("recording", 0, "\xFF\xFB"),
    MAGIC("recording", 0, "fLaC\0"),
    MAGIC("recording", 8, "WAVEfmt "),
    MAGIC("recording", 8, "AVI LIST"),
    MAGIC("font", 0, "wOFF"),
    MAGIC("font", 0, "wOF2"),
    MAGIC("font", 0, "OTTO\0"),
    MAGIC("font", 0, "\0\1\0\0\0"),
    MAGIC("program", 0, "\177ELF"),
    MAGIC("program", 0, "MZ\x90\0"),
    MAGIC("PDF file", 0, "%PDF-"),
    MAGIC("RTF file", 0, "{\\rtf"),
    MAGIC("Office document", 0, "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"),
    MAGIC("EPUB book", 30, "mimetypeapplication/epub"),
    MAGIC("OpenDocument file", 30, "mimetypeapplication/"),
    MAGIC("Office document", 30, "[Content_Types].xml"),
    MAGIC("database log", 0, "\x37\x7F\x06\x82"),
    MAGIC("database log", 0, "\x37\x7F\x06\x83"),
    MAGIC("database log", 0, "\xD9\xD5\x05\xF9\x20\xA1\x63\xD7"),
    MAGIC("Office document", 30, "_rels/.rels"),
    MAGIC("Java archive", 30, "META-INF/MANIFEST.MF"),
    MAGIC("Outlook mailbox", 0, "!BDN"),
    MAGIC("DjVu file", 0, "AT&TFORM"),
    MAGIC("Avro file", 0, "Obj\1"),
    MAGIC("NumPy file", 0, "\x93NUMPY"),
    MAGIC("program", 0, "\0asm"),
    MAGIC("program", 0, "\xCA\xFE\xBA\xBE"),
    MAGIC("Parquet file", 0, "PAR1\x15"),
    MAGIC("Arrow file", 0, "ARROW1"),
    MAGIC("HDF5 file", 0, "\x89HDF\r\n\x1A\n"),
    MAGIC("pickle file", 0, "\x80\x04\x95"),
    MAGIC("SQL dump", 0, "PGDMP"),
    MAGIC("SQL dump", 0, "--\n-- PostgreSQL database "),
    MAGIC("SQL dump", 0, "-- MySQL dump "),
    MAGIC("SQL dump", 0, "-- MariaDB dump "),
    MAGIC("SQL dump", 0, "/*!999999\\- "),
    MAGIC("SQL dump", 0, "/*M!999999\\- "),
    MAGIC("SQL dump", 0, "-- phpMyAdmin SQL Dump"),
    MAGIC("SQL dump", 0, "PRAGMA foreign_keys=OFF;"),
    MAGIC("sheaf archive", 0, "\x53\x2A\x4D\x18"),
#undef MAGIC
};

static const struct {
    const char *what;
    const char *suffix;
} suffixes[] = {
    { "style sheet", ".css" },
    { "script", ".js" },
    { "script", ".mjs" },
    { "style sheet", ".css.map" },
    { "script", ".js.map" },
    { "picture", ".svg" },
    { "picture", ".svgz" },
    { "SQL dump", ".sql" },
    { "database log", "-shm" },
    { "incomplete download", ".crdownload" },
    { "incomplete download", ".part" },
    { "backup of an editor", "~" },
    { "mail index", "maildirfolder" },
    { "mail index", "maildirsize" },
    { "mail index", "courierimapuiddb" },
};

/* Beside the mails of a maildir. */
static const char *const mail_indexes[] = {
    "dovecot-uid",      "dovecot.index",      "dovecot-keywords",
    "dovecot.list.index", "dovecot.mailbox.log",
};

/* Files that are many and belong to web pages or mails. */
static bool
is_beside_pages(const char *what)
{
    static const char *const all[] = { "picture", "style sheet", "script",
                                       "font", "recording",
                                       "mail index" };

    for (size_t i = 0; i < COUNT_OF(all); i++)
        if (strcmp(what, all[i]) == 0)
            return true;
    return false;
}

/* Archives of Twitter are scripts with a value: the length of what is before
 * it, or 0. */
size_t
json_script(struct text t)
{
    static const char *const starts[] = { "window.YTD.tweets.",
                                          "window.YTD.tweet.",
                                          "window.YTD.note_tweet." };

    for (size_t i = 0; i < COUNT_OF(starts); i++) {
        const char *equal = memchr(t.data, '=', t.len < 80 ? t.len : 80);

        if (text_begins(t, starts[i]) && equal != NULL)
            return (size_t)(equal + 1 - t.data);
    }
    return 0;
}

static const char *
find(const struct look *l)
{
    for (size_t i = 0; i < COUNT_OF(magics); i++) {
        const struct magic *m = &magics[i];

        if (l->start.len >= m->at + m->len &&
            memcmp(l->start.data + m->at, m->bytes, m->len) == 0)
            return m->what;
    }
    for (size_t i = 0; i < COUNT_OF(suffixes) && json_script(l->start) == 0;
         i++)
        if (text_ends(l->name, suffixes[i].suffix))
            return suffixes[i].what;
    for (size_t i = 0; i < COUNT_OF(mail_indexes); i++)
        if (text_begins(l->name, mail_indexes[i]))
            return "mail index";
    return NULL;
}

const char *
other_kind(const struct look *l, bool *quiet)
{
    const char *what = find(l);

    *quiet = what != NULL && is_beside_pages(what);
    return what;
}
