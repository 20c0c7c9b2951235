/*
 * cmd_keygen.c - make a minisign key pair.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/args.h"
#include "cli/keyfile.h"
#include "cli/outfile.h"

static void
wipe(struct sheaf_buf *secret)
{
    if (secret->data != NULL)
        explicit_bzero(secret->data, secret->cap);
    sheaf_buf_free(secret);
}

/* Both texts; free the secret one with wipe(). */
static int
make_pair(const struct args *args, struct sheaf_buf *secret_file,
          struct sheaf_buf *public_file)
{
    const char *secret_path = args->value[OPT_SECRET];
    bool protect = !args_has(args, OPT_NO_PASSPHRASE);
    struct sheaf_buf passphrase = { 0 };
    struct sheaf_secret_key secret = { 0 };
    struct sheaf_public_key pub;
    struct sheaf_error err = { 0 };
    int code = EXIT_DONE;
    int rc;

    if (protect)
        code = passphrase_read(secret_path, true, &passphrase);
    if (code != EXIT_DONE)
        return code;
    if (protect && passphrase.len == 0) {
        passphrase_free(&passphrase);
        return say_usage("keygen", "keygen: an empty passphrase; -W makes a "
                         "key without one");
    }
    rc = sheaf_keygen(&secret, &pub, &err);
    if (rc == SHEAF_OK)
        rc = sheaf_secret_key_format(&secret,
                                     protect ? buf_view(&passphrase)
                                             : sheaf_view(NULL, 0),
                                     secret_file, &err);
    if (rc == SHEAF_OK)
        rc = sheaf_public_key_format(&pub, public_file, &err);
    if (rc != SHEAF_OK)
        code = say_failed(secret_path, rc, &err);
    sheaf_secret_key_wipe(&secret);
    passphrase_free(&passphrase);
    return code;
}

/* The second line of a public key file: the key. */
static int
print_key(const struct args *args, const struct sheaf_buf *file)
{
    const uint8_t *line = memchr(file->data, '\n', file->len);
    struct out o;

    out_start(&o, STDOUT_FILENO);
    if (line != NULL && args_has(args, OPT_JSON)) {
        struct sheaf_bytes key = sheaf_view(
            line + 1, file->len - (size_t)(line + 1 - file->data));

        out_str(&o, "{\"key\":");
        out_json(&o, bytes_until(&key, '\n'));
        out_str(&o, "}\n");
    } else if (line != NULL) {
        out_bytes(&o, line + 1, file->len - (size_t)(line + 1 - file->data));
    }
    return out_finish(&o, NULL);
}

int
cmd_keygen(const struct args *args)
{
    const char *public_path = args->value[OPT_PUBLIC];
    const char *secret_path = args->value[OPT_SECRET];
    struct sheaf_buf secret_file = { 0 }, public_file = { 0 };
    struct out public_out = { .fd = -1 }, secret_out = { .fd = -1 };
    bool replace = args_has(args, OPT_FORCE);
    mode_t mask;
    int code;

    if (public_path == NULL || secret_path == NULL)
        return say_usage("keygen", "keygen: needs -p PUB and -s SEC");

    /* Create both files before asking for a passphrase, so that nobody types
     * one in vain. The secret file is readable by its owner only, from the
     * start. */
    code = out_create(&public_out, public_path, replace);
    if (code == EXIT_DONE) {
        mask = umask(S_IRWXG | S_IRWXO | S_IXUSR);
        code = out_create(&secret_out, secret_path, replace);
        umask(mask);
    }
    if (code == EXIT_DONE)
        code = make_pair(args, &secret_file, &public_file);
    if (code == EXIT_DONE) {
        out_bytes(&secret_out, secret_file.data, secret_file.len);
        code = out_finish(&secret_out, secret_path);
        explicit_bzero(secret_out.buffer, sizeof secret_out.buffer);
    }
    if (code == EXIT_DONE) {
        out_bytes(&public_out, public_file.data, public_file.len);
        code = out_finish(&public_out, public_path);
    }
    if (code == EXIT_DONE)
        code = print_key(args, &public_file);
    out_drop(&secret_out);
    out_drop(&public_out);
    wipe(&secret_file);
    sheaf_buf_free(&public_file);
    return code;
}
