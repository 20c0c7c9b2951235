/*
 * notes.h - signed checkpoints as files, and putting them into archives.
 */
#ifndef SHEAF_CLI_NOTES_H
#define SHEAF_CLI_NOTES_H

#include "cli/archive.h"

/* Twice what a note may have, and base64 of a proof. */
#define NOTE_FILE_MAX ((size_t)128 << 10)

/* A file of at most NOTE_FILE_MAX bytes; "-" is standard input. */
int note_file_read(const char *path, struct sheaf_buf *out);

/* The lines of a note that are signed: up to the empty one. */
struct sheaf_bytes note_text(struct sheaf_bytes note);

/* Adds a generation to the archive that has nothing but this note. */
int note_commit(const char *path, struct sheaf_bytes note);

/* An archive that is not signed has no checkpoint: says so. */
int note_wanted(const struct archive *a);

/* Writes to -o or standard output. */
int note_print(const struct args *args, struct sheaf_bytes text);

#endif
