/*
 * cmd_sign.c - signs an archive: with a key, or with a signature made on
 * another machine.
 */
#include <unistd.h>

#include "cli/keyfile.h"
#include "cli/notes.h"
#include "cli/outfile.h"

/* `added`: it was not signed before. `checked`: a key has checked it. */
static int
report(const struct args *args, bool added, bool checked)
{
    bool json = args_has(args, OPT_JSON);
    const char *what = !added    ? "signed before"
                       : checked ? "signed"
                                 : "signed, by whom was not checked";
    struct sheaf_checkpoint c;
    struct archive a;
    struct out o;
    int code;

    if (args_has(args, OPT_QUIET) && !json)
        return EXIT_DONE;
    code = archive_open(&a, args->operand[0], NULL);
    if (code == EXIT_DONE)
        code = checkpoint_of(&a, &c);
    if (code == EXIT_DONE) {
        out_start(&o, json ? STDOUT_FILENO : STDERR_FILENO);
        if (json) {
            checkpoint_json(&o, &c);
            out_json_bool(&o, "added", added);
            out_json_bool(&o, "checked", checked);
            out_str(&o, "}\n");
        } else {
            out_format(&o, "%s: %llu leaves of ", what,
                       (unsigned long long)c.size);
            out_visible(&o, c.origin);
            out_str(&o, "\n");
        }
        code = out_finish(&o, NULL);
    }
    archive_close(&a);
    return code;
}

/* Signing is appending nothing with -s, under the same rules. */
static int
sign_here(const struct args *args)
{
    struct args quiet = *args;
    struct archive a;
    bool done = false;
    int code = archive_open(&a, args->operand[0], NULL);

    if (code == EXIT_DONE)
        done = a.info.signed_size == a.info.size;
    archive_close(&a);
    if (code != EXIT_DONE)
        return code;
    quiet.value[OPT_QUIET] = "";
    quiet.value[OPT_JSON] = NULL;
    code = cmd_append(&quiet);
    return code == EXIT_DONE ? report(args, !done, true) : code;
}

/* ---- What was signed elsewhere ------------------------------------------- */

/* Makes a note of a signature file of minisign or signify. */
static int
note_of_file(const struct archive *a, const char *path,
             const struct sheaf_public_key *key, struct sheaf_bytes file,
             struct sheaf_buf *out)
{
    struct sheaf_bytes name = a->info.origin;
    struct sheaf_buf text = { 0 };
    struct sheaf_error err = { 0 };
    char origin[256];
    int rc;

    assert(name.len < sizeof origin);
    memcpy(origin, name.data, name.len);
    origin[name.len] = '\0';
    rc = sheaf_checkpoint_text(origin, a->info.size, a->info.root, &text,
                               &err);
    if (rc == SHEAF_OK)
        rc = sheaf_note_from_signature(buf_view(&text), file, key,
                                     out, &err);
    sheaf_buf_free(&text);
    return rc == SHEAF_OK ? EXIT_DONE : say_failed(path, rc, &err);
}

static bool
is_signature_file(const struct sheaf_buf *file)
{
    static const char start[] = "untrusted comment:";

    return file->len >= sizeof start - 1 &&
           memcmp(file->data, start, sizeof start - 1) == 0;
}

/* Checks that the note is of this archive, and with a key, its signature, and
 * that of the note in whose place it comes. With the key, the archive ends
 * where that one does. */
static int
check_note(struct archive *a, const char *path,
           const struct sheaf_public_key *key, struct sheaf_bytes note)
{
    struct sheaf_error err = { 0 };
    int rc = sheaf_check_note(a->reader, a->scratch, note, key, NULL, &err);

    if (rc != SHEAF_OK)
        return say_failed(path, rc, &err);
    return a->info.note.len != 0 ? archive_use_key(a, key) : EXIT_DONE;
}

static int
sign_elsewhere(const struct args *args)
{
    const char *path = args->value[OPT_NOTE];
    struct sheaf_public_key key;
    struct sheaf_buf made = { 0 };
    struct sheaf_bytes note;
    struct sheaf_buf file = { 0 };
    struct archive a = { 0 };
    bool have;
    int code = public_key_option(args, &key, &have);

    if (code == EXIT_DONE)
        code = note_file_read(path, &file);
    if (code == EXIT_DONE && is_signature_file(&file) && !have)
        code = say_usage("sign", "sign: %s is a signature of minisign or "
                         "signify, which needs -p PUB or -P KEY", path);
    if (code == EXIT_DONE)
        code = archive_open(&a, args->operand[0], NULL);
    if (code == EXIT_DONE && a.info.note.len != 0 && !have)
        code = say_usage(
            "sign", "sign: %s is signed: give its key, with -p PUB or -P KEY",
            a.path);
    note = buf_view(&file);
    if (code == EXIT_DONE && is_signature_file(&file)) {
        code = note_of_file(&a, path, &key, note, &made);
        note = buf_view(&made);
    }
    if (code == EXIT_DONE)
        code = check_note(&a, path, have ? &key : NULL, note);
    if (code == EXIT_DONE)
        code = note_commit(&a, note);
    archive_close(&a);
    if (code == EXIT_DONE)
        code = report(args, true, have);
    sheaf_buf_free(&made);
    sheaf_buf_free(&file);
    return code;
}

int
cmd_sign(const struct args *args)
{
    bool elsewhere = args_has(args, OPT_NOTE);

    if (elsewhere == args_has(args, OPT_SECRET))
        return say_usage("sign", "sign: needs either -s SEC or --note FILE");
    if (!elsewhere && (args_has(args, OPT_PUBLIC) || args_has(args, OPT_KEY)))
        return say_usage("sign", "sign: -p and -P go with --note");
    archive_allow_tail();
    return elsewhere ? sign_elsewhere(args) : sign_here(args);
}
