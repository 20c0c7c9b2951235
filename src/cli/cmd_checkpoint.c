/*
 * cmd_checkpoint.c - prints the signed checkpoint, or the text to sign; and a
 * key in the form of policies.
 */
#include <unistd.h>

#include "cli/keyfile.h"
#include "cli/opening.h"
#include "cli/notes.h"
#include "cli/outfile.h"
#include "cli/tiles.h"

/* The text of the tree as it is now, signed or not. */
static int
print_unsigned(const struct args *args, const struct archive *a)
{
    struct sheaf_bytes name = a->info.origin;
    struct sheaf_buf text = { 0 };
    struct sheaf_checkpoint c = { name, a->info.size, { 0 } };
    struct sheaf_error err = { 0 };
    char origin[256];
    int code;
    int rc;

    assert(name.len < sizeof origin);
    memcpy(origin, name.data, name.len);
    origin[name.len] = '\0';
    memcpy(c.root, a->info.root, sizeof c.root);
    rc = sheaf_checkpoint_text(origin, a->info.size, a->info.root, &text,
                               &err);
    code = rc == SHEAF_OK ? note_print(args, &c, "text", buf_view(&text))
                          : archive_failed(a, rc, &err);
    sheaf_buf_free(&text);
    return code;
}

/* ---- minisign ------------------------------------------------------------ */

/* A signature of the text is the log's signature of the checkpoint. So it is
 * made only with the key that signed before; Ed25519 then gives the same
 * signature. */
static int
check_signer(const struct archive *a, const struct sheaf_secret_key *key)
{
    struct sheaf_public_key pub = public_key_of(key);
    struct sheaf_error err = { 0 };
    int rc = sheaf_note_verify(a->info.note, &pub, &err);

    return rc == SHEAF_OK ? EXIT_DONE : archive_refused(a, &pub, rc, &err);
}

static int
write_minisig(const struct args *args, const struct archive *a,
              const struct sheaf_secret_key *key)
{
    const char *path = args->value[OPT_MINISIG];
    bool replace = args_has(args, OPT_FORCE);
    struct sheaf_bytes text = note_text(a->info.note);
    struct sheaf_buf origin = { 0 }, comment = { 0 }, sig_path = { 0 };
    struct sheaf_checkpoint c;
    struct sheaf_buf sig = { 0 };
    struct sheaf_error err = { 0 };
    int code = checkpoint_of(a, &c);
    int rc;

    if (code == EXIT_DONE &&
        (!buf_add(&origin, c.origin.data, c.origin.len) ||
         !buf_end(&origin) ||
         !buf_format(&comment, "origin:%s\tsize:%llu", origin.data,
                      (unsigned long long)c.size) ||
         !buf_end(&comment) || !buf_format(&sig_path, "%s.minisig", path) ||
         !buf_end(&sig_path)))
        code = say_no_memory();
    if (code == EXIT_DONE)
        code = check_signer(a, key);
    if (code == EXIT_DONE) {
        rc = sheaf_minisig(key, text, buf_str(&comment), &sig, &err);
        if (rc != SHEAF_OK)
            code = archive_failed(a, rc, &err);
    }
    if (code == EXIT_DONE)
        code = out_file(path, replace, text);
    if (code == EXIT_DONE)
        code = out_file(buf_str(&sig_path), replace, buf_view(&sig));
    sheaf_buf_free(&sig);
    sheaf_buf_free(&origin);
    sheaf_buf_free(&comment);
    sheaf_buf_free(&sig_path);
    return code;
}

/* ---- Tiles --------------------------------------------------------------- */

static int
print_tiles(const struct args *args, const struct archive *a)
{
    struct sheaf_checkpoint c;
    struct tiles_written done;
    struct out o;
    int code = tiles_write(a, args->value[OPT_TILES], &done);

    if (code == EXIT_DONE)
        code = checkpoint_of(a, &c);
    if (code != EXIT_DONE)
        return code;
    out_start(&o, STDOUT_FILENO);
    if (args_has(args, OPT_JSON)) {
        checkpoint_json(&o, &c);
        out_json_number(&o, "tiles", done.tiles);
        out_json_number(&o, "written", done.written);
        out_str(&o, "}\n");
    } else {
        out_format(&o, "%llu tile%s for %llu leaves; %llu written now\n",
                   (unsigned long long)done.tiles, done.tiles == 1 ? "" : "s",
                   (unsigned long long)c.size,
                   (unsigned long long)done.written);
    }
    return out_finish(&o, NULL);
}

/* ---- The commands -------------------------------------------------------- */

static int
print_note(const struct args *args, const struct archive *a)
{
    struct sheaf_checkpoint c;
    int code = note_wanted(a);

    if (code == EXIT_DONE)
        code = checkpoint_of(a, &c);
    if (code != EXIT_DONE)
        return code;
    if (!a->trusted) /* with a key, archive_open has said it */
        archive_warn_unsigned(a);
    return note_print(args, &c, "note", a->info.note);
}

int
cmd_checkpoint(const struct args *args)
{
    bool minisig = args_has(args, OPT_MINISIG);
    bool text_only = args_has(args, OPT_UNSIGNED);
    struct sheaf_secret_key key = { 0 };
    struct archive a;
    int code;

    if (minisig != args_has(args, OPT_SECRET))
        return say_usage("checkpoint", "checkpoint: --minisig and -s go "
                         "together: a .minisig has a second signature, over "
                         "its comment, which no note has");
    if (minisig && text_only)
        return say_usage("checkpoint", "checkpoint: either --minisig or "
                         "--unsigned; sheaf sign signs");
    if (args_has(args, OPT_TILES) &&
        (minisig || text_only || args_has(args, OPT_OUTPUT)))
        return say_usage("checkpoint", "checkpoint: --tiles goes with none of "
                         "-o, --minisig and --unsigned");
    code = archive_open_args(&a, args);
    if (code == EXIT_DONE && minisig)
        code = note_wanted(&a);
    if (code == EXIT_DONE && minisig)
        code = secret_key_load(args->value[OPT_SECRET], &key);
    if (code == EXIT_DONE && minisig)
        code = write_minisig(args, &a, &key);
    if (code == EXIT_DONE && args_has(args, OPT_TILES))
        code = print_tiles(args, &a);
    else if (code == EXIT_DONE)
        code = text_only ? print_unsigned(args, &a) : print_note(args, &a);
    sheaf_secret_key_wipe(&key);
    archive_close(&a);
    return code;
}

int
cmd_vkey(const struct args *args)
{
    const char *origin = args->value[OPT_ORIGIN];
    const char *name = args->value[OPT_NAME];
    struct sheaf_public_key key;
    struct sheaf_buf text = { 0 };
    struct sheaf_error err = { 0 };
    struct out o;
    bool have;
    int code = public_key_option(args, &key, &have);
    int rc;

    if (code != EXIT_DONE)
        return code;
    if (!have)
        return say_usage("vkey", "vkey: needs -p PUB or -P KEY");
    if ((origin == NULL) == (name == NULL))
        return say_usage("vkey", "vkey: needs -n ORIGIN, for a log's key, or "
                         "--name NAME, for a cosigner's");
    rc = sheaf_vkey(&key, origin != NULL ? SHEAF_SIGNER_LOG
                                         : SHEAF_SIGNER_COSIGNER,
                    origin != NULL ? origin : name, &text, &err);
    if (rc == SHEAF_EINVAL)
        return say_usage("vkey", "vkey: %s", err.message);
    if (rc != SHEAF_OK)
        return say_failed("vkey", rc, &err);
    out_start(&o, STDOUT_FILENO);
    if (args_has(args, OPT_JSON)) {
        out_str(&o, "{\"name\":");
        out_json(&o, sheaf_str(origin != NULL ? origin : name));
        out_str(&o, ",\"vkey\":");
        out_json(&o, buf_view(&text));
        out_str(&o, "}\n");
    } else {
        out_bytes(&o, text.data, text.len);
        out_str(&o, "\n");
    }
    sheaf_buf_free(&text);
    return out_finish(&o, NULL);
}
