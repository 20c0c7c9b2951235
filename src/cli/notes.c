/*
 * notes.c - signed checkpoints as files, and putting them into archives.
 */
#include "cli/notes.h"

#include <stdlib.h>
#include <unistd.h>

#include "cli/outfile.h"
#include "cli/seen_checkpoints.h"

int
note_file_read(const char *path, struct sheaf_buf *out)
{
    return read_file(strcmp(path, "-") == 0 ? "/dev/stdin" : path,
                     NOTE_FILE_MAX, out);
}

struct sheaf_bytes
note_text(struct sheaf_bytes note)
{
    const uint8_t *end =
        note.len != 0 ? memmem(note.data, note.len, "\n\n", 2) : NULL;

    if (end != NULL)
        note.len = (size_t)(end + 1 - note.data);
    return note;
}

struct sheaf_bytes
note_below(struct sheaf_bytes text)
{
    size_t before = note_text(text).len;

    /* Skip the line feed of the empty line. */
    before += before < text.len;
    return sheaf_view(text.data + before, text.len - before);
}

/* The first 4 bytes of a signature are the key's ID: in base64, 5 characters
 * and a part. */
#define KEY_ID_CHARS 5

bool
notes_next_signer(struct sheaf_bytes *rest, struct sheaf_bytes *name,
                  struct sheaf_bytes *signer)
{
    static const char dash[] = "\xE2\x80\x94";

    while (rest->len != 0) {
        struct sheaf_bytes line = bytes_until(rest, '\n');

        if (!bytes_is(bytes_until(&line, ' '), dash))
            continue;
        *name = bytes_until(&line, ' ');
        if (signer != NULL)
            *signer = sheaf_view(name->data,
                                 (size_t)(line.data - name->data) +
                                     min_u64(line.len, KEY_ID_CHARS));
        return true;
    }
    return false;
}

static bool
has_signer(struct sheaf_bytes note, struct sheaf_bytes wanted)
{
    struct sheaf_bytes name, signer;

    while (notes_next_signer(&note, &name, &signer))
        if (bytes_equal(signer, wanted))
            return true;
    return false;
}

bool
notes_have_signers(struct sheaf_bytes note, struct sheaf_bytes of)
{
    struct sheaf_bytes name, signer;

    while (notes_next_signer(&of, &name, &signer))
        if (!has_signer(note, signer))
            return false;
    return true;
}

int
checkpoint_file_read(const char *path, struct sheaf_buf *note,
                     struct sheaf_checkpoint *out)
{
    struct sheaf_error err = { 0 };
    int code = note_file_read(path, note);
    int rc;

    if (code != EXIT_DONE)
        return code;
    rc = sheaf_checkpoint_parse(buf_view(note), out, &err);
    return rc == SHEAF_OK ? EXIT_DONE : say_failed(path, rc, &err);
}

int
note_commit(const struct archive *a, struct sheaf_bytes note)
{
    struct sheaf_write_options options = { SHEAF_WRITE_OPTIONS };
    struct sheaf_writer *writer = NULL;
    struct sheaf_error err = { 0 };
    int rc;

    if (note.len == 0 && !a->info.end_damaged)
        return EXIT_DONE;
    options.tmpdir = temp_folder();
    rc = sheaf_writer_append(a->path, &options, NULL, &writer, &err);
    if (rc == SHEAF_OK && note.len != 0)
        rc = sheaf_commit_note(writer, note, NULL, &err);
    sheaf_writer_free(writer);
    return rc == SHEAF_OK ? EXIT_DONE : say_failed(a->path, rc, &err);
}

int
note_wanted(const struct archive *a)
{
    if (a->info.note.len != 0)
        return EXIT_DONE;
    say("%s: the archive is not signed", a->path);
    return EXIT_NOT_AUTHENTIC;
}

int
note_check_earlier(const struct archive *a, const struct sheaf_public_key *key,
                   const char *path, struct sheaf_bytes note,
                   struct sheaf_checkpoint *out)
{
    struct sheaf_public_key first;
    struct sheaf_error err = { 0 };
    struct log_id id = { 0 };
    int code = EXIT_DONE, rc;

    if (key != NULL) {
        /* All others follow from the first key. */
        code = log_id_of(&id, a, key);
        if (code == EXIT_DONE)
            memcpy(&first, id.keys.data, sizeof first);
        log_id_free(&id);
    }
    if (code != EXIT_DONE)
        return code;
    rc = sheaf_check_note(a->reader, a->scratch, note,
                          key != NULL ? &first : NULL, out, &err);
    return rc == SHEAF_OK ? EXIT_DONE : archive_failed_by(a, path, rc, &err);
}

int
checkpoint_of(const struct archive *a, struct sheaf_checkpoint *out)
{
    struct sheaf_error err = { 0 };
    int rc = sheaf_checkpoint_parse(a->info.note, out, &err);

    return rc == SHEAF_OK ? EXIT_DONE : archive_failed(a, rc, &err);
}

void
checkpoint_json(struct out *o, const struct sheaf_checkpoint *c)
{
    out_str(o, "{\"origin\":");
    out_json(o, c->origin);
    out_json_number(o, "size", c->size);
    out_str(o, ",\"root\":\"");
    out_hex(o, c->root, sizeof c->root);
    out_str(o, "\"");
}

int
note_print(const struct args *args, const struct sheaf_checkpoint *c,
           const char *member, struct sheaf_bytes text)
{
    const char *path = args->value[OPT_OUTPUT];
    bool json = args_has(args, OPT_JSON);
    int code = EXIT_DONE;
    struct out o;

    if (!json || (path != NULL && strcmp(path, "-") != 0))
        code = out_file(path, args_has(args, OPT_FORCE), text);
    if (code != EXIT_DONE || !json)
        return code;
    out_start(&o, STDOUT_FILENO);
    checkpoint_json(&o, c);
    out_format(&o, ",\"%s\":", member);
    out_json(&o, text);
    out_str(&o, "}\n");
    return out_finish(&o, NULL);
}
