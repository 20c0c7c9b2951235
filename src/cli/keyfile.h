/*
 * keyfile.h - keys from files, options and, for secret ones, a passphrase.
 */
#ifndef SHEAF_CLI_KEYFILE_H
#define SHEAF_CLI_KEYFILE_H

#include "cli/archive.h"
#include "cli/args.h"

/* The key of -p or -P; *have says whether one was given. */
int public_key_option(const struct args *args, struct sheaf_public_key *out,
                      bool *have);

/* The policy of --policy, or one that requires the witness of -w. *out is NULL
 * if neither was given. */
int policy_option(const struct args *args, struct sheaf_policy **out);

/* Whether no witness has a key of the log, whichever it was (F16.3): list with
 * listed_no_witness, and what became of that is the result. */
struct not_witness {
    const struct sheaf_policy *policy;
    struct sheaf_error why; /* zeros at first */
};
int listed_no_witness(void *arg, const struct sheaf_public_key *key);
int not_witness_result(const struct not_witness *n, int listed,
                       struct sheaf_error *err);
/* Checks the note of an archive, whose signer is known, and its keys. Returns
 * a code of the library. */
int policy_check_archive(const struct sheaf_policy *policy,
                         const struct archive *a,
                         const struct sheaf_public_key *signer,
                         struct sheaf_attestation *out,
                         struct sheaf_error *err);

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
