/*
 * keyfile.h - keys from files, options and, for secret ones, a passphrase.
 */
#ifndef SHEAF_CLI_KEYFILE_H
#define SHEAF_CLI_KEYFILE_H

#include "cli/args.h"

/* The key of -p or -P; *have says whether one was given. */
int public_key_option(const struct args *args, struct sheaf_public_key *out,
                      bool *have);

/* The policy of --policy, or one that requires the witness of -w. *out is NULL
 * if neither was given. */
int policy_option(const struct args *args, struct sheaf_policy **out);

/* Keeps the memory of this process, which has secrets from here on, out of
 * core files and away from debuggers. */
void forbid_core(void);

/* From here on, passphrases come from the descriptor of --passphrase-fd, if it
 * was given, one on each line. */
int passphrase_option(const struct args *args);

/* Loads the key in a file. Wipe it when done. */
int secret_key_load(const char *path, struct sheaf_secret_key *out);

/* The public half of a key. */
struct sheaf_public_key public_key_of(const struct sheaf_secret_key *key);

/*
 * Reads a passphrase from --passphrase-fd, or SHEAF_PASSPHRASE, or else from
 * the terminal, without echo and, if `again`, twice. Free it with
 * passphrase_free.
 */
int passphrase_read(const char *what, bool again, struct sheaf_buf *out);
void passphrase_free(struct sheaf_buf *passphrase);

#endif
