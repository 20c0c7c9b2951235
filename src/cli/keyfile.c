/*
 * keyfile.c - keys from files, options and, for secret ones, a passphrase.
 */
#include "cli/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

#define KEY_FILE_MAX ((size_t)16 << 10)
#define POLICY_FILE_MAX ((size_t)64 << 10)
#define PASSPHRASE_MAX ((size_t)1024)

int
public_key_option(const struct args *args, struct sheaf_public_key *out,
                  bool *have)
{
    const char *name = args->command->name;
    const char *path = args->value[OPT_PUBLIC];
    const char *text = args->value[OPT_KEY];
    struct sheaf_error err = { 0 };
    struct sheaf_buf file = { 0 };
    int code = EXIT_DONE;
    int rc;

    *have = false;
    if (path == NULL && text == NULL)
        return EXIT_DONE;
    if (path != NULL && text != NULL)
        return say_usage(name, "%s: give only one of -p and -P", name);
    if (text != NULL) {
        rc = sheaf_public_key_parse(sheaf_str(text), out, &err);
        if (rc != SHEAF_OK)
            return say_usage(name, "%s: -P: %s", name, err.message);
        *have = true;
        return EXIT_DONE;
    }
    code = read_file(path, KEY_FILE_MAX, &file);
    if (code == EXIT_DONE) {
        rc = sheaf_public_key_parse(buf_view(&file), out, &err);
        if (rc != SHEAF_OK)
            code = say_failed(path, rc, &err);
    }
    sheaf_buf_free(&file);
    *have = code == EXIT_DONE;
    return code;
}

/* A policy that requires a single witness. */
static int
policy_of_witness(const char *vkey, struct sheaf_buf *out)
{
    return buf_format(out, "witness w %s\nquorum w\n", vkey)
               ? EXIT_DONE
               : say_no_memory();
}

int
policy_option(const struct args *args, struct sheaf_policy **out)
{
    const char *name = args->command->name;
    const char *path = args->value[OPT_POLICY];
    const char *vkey = args->value[OPT_WITNESS];
    struct sheaf_error err = { 0 };
    struct sheaf_buf text = { 0 };
    int code;
    int rc;

    *out = NULL;
    if (path == NULL && vkey == NULL)
        return EXIT_DONE;
    if (path != NULL && vkey != NULL)
        return say_usage(name, "%s: either --policy or -w", name);
    code = path != NULL ? read_file(path, POLICY_FILE_MAX, &text)
                        : policy_of_witness(vkey, &text);
    if (code == EXIT_DONE) {
        rc = sheaf_policy_parse(buf_view(&text), out, &err);
        if (rc != SHEAF_OK && path == NULL)
            code = say_usage(
                name, "%s: -w: '%s' is not the verifier key of a witness",
                name, vkey);
        else if (rc != SHEAF_OK)
            code = say_failed(path, rc, &err);
    }
    sheaf_buf_free(&text);
    return code;
}

int
listed_no_witness(void *arg, const struct sheaf_public_key *key)
{
    struct not_witness *n = arg;

    return sheaf_policy_check_key(n->policy, key, &n->why);
}

int
not_witness_result(const struct not_witness *n, int listed,
                   struct sheaf_error *err)
{
    if (listed != SHEAF_ESTOPPED)
        return listed;
    *err = n->why;
    return err->code;
}

int
policy_check_archive(const struct sheaf_policy *policy,
                     const struct archive *a,
                     const struct sheaf_public_key *signer,
                     struct sheaf_attestation *out, struct sheaf_error *err)
{
    struct not_witness n = { .policy = policy };
    int rc = sheaf_list_keys(a->reader, a->scratch, listed_no_witness, &n,
                             err);

    rc = not_witness_result(&n, rc, err);
    return rc == SHEAF_OK
               ? sheaf_policy_check(policy, a->info.note, signer, out, err)
               : rc;
}

void
forbid_core(void)
{
    static const struct rlimit none = { 0, 0 };

    /* The limit does not apply to a handler that reads core files from a
     * pipe; the other call does. */
    (void)setrlimit(RLIMIT_CORE, &none);
    (void)prctl(PR_SET_DUMPABLE, 0);
}

struct sheaf_public_key
public_key_of(const struct sheaf_secret_key *key)
{
    struct sheaf_public_key pub;

    memcpy(pub.id, key->id, sizeof pub.id);
    memcpy(pub.key, key->key + 32, sizeof pub.key);
    return pub;
}

int
secret_key_load(const char *path, struct sheaf_secret_key *out)
{
    struct sheaf_buf file = { 0 }, passphrase = { 0 };
    struct sheaf_error err = { 0 };
    int code = read_file(path, KEY_FILE_MAX, &file);

    if (code == EXIT_DONE &&
        sheaf_secret_key_encrypted(buf_view(&file)))
        code = passphrase_read(path, false, &passphrase);
    if (code == EXIT_DONE) {
        int rc = sheaf_secret_key_parse(buf_view(&file), buf_view(&passphrase),
                                        out, &err);

        /* A wrong passphrase says nothing about an archive. */
        if (rc != SHEAF_OK) {
            (void)say_failed(path, rc, &err);
            code = EXIT_FAILED;
        }
    }
    passphrase_free(&passphrase);
    passphrase_free(&file);
    return code;
}

/* ---- Passphrases --------------------------------------------------------- */

void
passphrase_free(struct sheaf_buf *passphrase)
{
    if (passphrase->data != NULL)
        explicit_bzero(passphrase->data, passphrase->cap);
    sheaf_buf_free(passphrase);
}

/* Reads a line, without its line feed; false at a signal, an error, or the
 * end. */
static bool
read_line(int fd, struct sheaf_buf *out)
{
    out->len = 0;
    for (;;) {
        char c;
        ssize_t n = read(fd, &c, 1);

        if (n <= 0)
            return false;
        if (c == '\n')
            return true;
        if (out->len == PASSPHRASE_MAX)
            return false;
        out->data[out->len++] = (uint8_t)c;
    }
}

static bool
ask(int tty, const char *prompt, const char *what, struct sheaf_buf *out)
{
    struct termios before, quiet;
    bool good;

    if (tcgetattr(tty, &before) != 0)
        return false;
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)(ECHO | ECHOE | ECHOK | ECHONL);
    quiet.c_lflag |= ICANON;
    if (tcsetattr(tty, TCSAFLUSH, &quiet) != 0)
        return false;
    dprintf(tty, "%s%s: ", prompt, what);
    good = read_line(tty, out);
    tcsetattr(tty, TCSAFLUSH, &before);
    dprintf(tty, "\n");
    return good;
}

static int
ask_terminal(const char *what, bool again, struct sheaf_buf *out)
{
    struct sheaf_buf second = { 0 };
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    int code = EXIT_FAILED;

    if (tty < 0) {
        say("%s: needs a passphrase, and there is no terminal to ask for it; "
            "SHEAF_PASSPHRASE can hold it", what);
        return EXIT_FAILED;
    }
    /* Allocate all of it at once: growing would leave copies in memory. */
    if (!buf_resize(out, PASSPHRASE_MAX) ||
        !buf_resize(&second, PASSPHRASE_MAX))
        code = say_no_memory();
    else if (!ask(tty, "Passphrase for ", what, out) ||
             (again && !ask(tty, "The same again for ", what, &second)))
        say("%s: no passphrase given", what);
    else if (again && (out->len != second.len ||
                       memcmp(out->data, second.data, out->len) != 0))
        say("%s: the two passphrases differ", what);
    else
        code = EXIT_DONE;
    passphrase_free(&second);
    close(tty);
    return code;
}

/* The descriptor from which passphrases come, or -1. */
static int passphrase_fd = -1;

int
passphrase_option(const struct args *args)
{
    const char *given = args->value[OPT_PASSPHRASE_FD];
    const char *name = args->command->name;
    uint64_t fd;

    if (given == NULL)
        return EXIT_DONE;
    if (!parse_number(given, 0, INT_MAX, &fd) ||
        fcntl((int)fd, F_GETFD) == -1)
        return say_usage(name, "%s: --passphrase-fd: '%s' is no open "
                         "descriptor", name, given);
    passphrase_fd = (int)fd;
    /* Programs that are started must not inherit it. On standard input,
     * articles may follow. */
    if (passphrase_fd > STDERR_FILENO)
        (void)fcntl(passphrase_fd, F_SETFD, FD_CLOEXEC);
    return EXIT_DONE;
}

static int
read_passphrase_fd(const char *what, struct sheaf_buf *out)
{
    if (!buf_resize(out, PASSPHRASE_MAX))
        return say_no_memory();
    if (read_line(passphrase_fd, out))
        return EXIT_DONE;
    passphrase_free(out);
    say("%s: no line with a passphrase came from descriptor %d", what,
        passphrase_fd);
    return EXIT_FAILED;
}

int
passphrase_read(const char *what, bool again, struct sheaf_buf *out)
{
    const char *given = getenv("SHEAF_PASSPHRASE");
    int code;

    if (passphrase_fd >= 0)
        return read_passphrase_fd(what, out);
    if (given != NULL) {
        if (!buf_add_str(out, given))
            return say_no_memory();
        return EXIT_DONE;
    }
    catch_signals(); /* the terminal must get its echo back */
    code = ask_terminal(what, again, out);
    if (code != EXIT_DONE)
        passphrase_free(out);
    return code;
}
