/*
 * notes.h - signed checkpoints as files, and putting them into archives.
 */
#ifndef SHEAF_CLI_NOTES_H
#define SHEAF_CLI_NOTES_H

#include "cli/archive.h"
#include "cli/args.h"
#include "cli/out.h"

/* Twice the longest note, and a proof in base64. */
#define NOTE_FILE_MAX ((size_t)128 << 10)

/* Reads a file of at most NOTE_FILE_MAX bytes; "-" is standard input. */
int note_file_read(const char *path, struct sheaf_buf *out);
/* The same for a checkpoint; *out has views into the note. */
int checkpoint_file_read(const char *path, struct sheaf_buf *note,
                         struct sheaf_checkpoint *out);

/* The signed lines of a note: up to the empty one. */
struct sheaf_bytes note_text(struct sheaf_bytes note);

/* What follows the first empty line. In a proof that an archive grew this
 * is the note; a witness takes that, too. Empty if there is no such line. */
struct sheaf_bytes note_below(struct sheaf_bytes text);

/* The next signature line of `rest`, which begins as a note: "— NAME BASE64".
 * *signer is NAME with the ID of its key, as it is written; or NULL. */
bool notes_next_signer(struct sheaf_bytes *rest, struct sheaf_bytes *name,
                       struct sheaf_bytes *signer);
/* Whether all who signed the one note have signed the other, too. */
bool notes_have_signers(struct sheaf_bytes note, struct sheaf_bytes of);

/* Adds a generation with only this note to the archive. If the note is empty,
 * nothing is to be added; but the end is made whole if the run before, which
 * added it, was interrupted. */
int note_commit(const struct archive *a, struct sheaf_bytes note);

/* Fails, and says so, if the archive is not signed and has no checkpoint. */
int note_wanted(const struct archive *a);

/* The note, from file `path`, must be a checkpoint that the archive extends.
 * Unless `key` is NULL, the key that the log had then must have signed it:
 * `key` may be that, or one of before or after a key change. */
int note_check_earlier(const struct archive *a,
                       const struct sheaf_public_key *key, const char *path,
                       struct sheaf_bytes note, struct sheaf_checkpoint *out);

/* The checkpoint of an archive that has one; with views into its note. */
int checkpoint_of(const struct archive *a, struct sheaf_checkpoint *out);

/* The start of an object: {"origin":...,"size":...,"root":... */
void checkpoint_json(struct out *o, const struct sheaf_checkpoint *c);

/* Writes a text about the checkpoint `c` to -o or standard output. With
 * --json, standard output gets an object, which has the text as `member`. */
int note_print(const struct args *args, const struct sheaf_checkpoint *c,
               const char *member, struct sheaf_bytes text);

#endif
