/*
 * sheaf.h - pack, read and verify signed archives of news articles.
 *
 * This header is the whole interface of the library. It compiles as C99 and
 * C++ and includes only <stddef.h>, <stdint.h> and <string.h>. spec/format.md
 * specifies the file format.
 *
 * An archive holds articles. An article is an ID, a revision number, a line
 * of metadata (canonical JSON) and one or more parts (bytes with a role).
 * Each article is a leaf of a Merkle tree. Leaves are numbered from 0 in the
 * order of packing. A signed checkpoint states the size and root of the tree.
 *
 * Caveats
 *
 *  - Archives are of version 1 of the format, which later releases read, too.
 *    Those of version 0, a draft, are SHEAF_EUNSUPPORTED. A later library of
 *    the same soname, libsheaf.so.1, may have more functions, and more members
 *    in structs that carry their size. Any other change of this interface
 *    changes the soname.
 *  - sheaf_open checks the end of the archive, and sheaf_read each article
 *    against the tree. Both detect accidents only. Call sheaf_authenticate
 *    with a public key to detect an attacker, and get the key by another way
 *    than the archive.
 *  - Without sheaf_authenticate, SHEAF_ENOTFOUND rests on an index that
 *    anyone can have changed.
 *  - Even an authentic archive may be an old copy. To detect that, keep the
 *    newest checkpoint and pass it to sheaf_check_note or sheaf_verify.
 *  - A writer works in one pass and cannot read back what it wrote. Nothing
 *    is visible before sheaf_commit. A sink that is a pipe is the exception:
 *    a failure leaves an archive without an end, which does not open.
 *  - Only one process at a time may append to an archive (sheaf_writer_append
 *    locks it). Readers need no lock. An open reader does not see articles
 *    that are appended later; open the archive again.
 *
 * Order of calls
 *
 *  To read:   sheaf_source_file, sheaf_open, sheaf_authenticate; then for
 *             each thread sheaf_scratch_new; then as often as you like
 *             sheaf_find, sheaf_read, sheaf_read_part; then
 *             sheaf_scratch_free, sheaf_close.
 *  To write:  sheaf_sink_file, sheaf_writer_new (or sheaf_writer_append);
 *             sheaf_add for each article; sheaf_commit; sheaf_writer_free.
 *
 * Rules for every function
 *
 *  1. Results.  A function that can fail returns an enum sheaf_code: zero
 *     is success, negative is failure. SHEAF_END, the one positive code,
 *     means that there is nothing more to read. A function that returns void
 *     or a value cannot fail.
 *  2. Errors.   The last parameter, `err`, may be NULL. On failure it says
 *     what went wrong and where in the file. On success it is not changed.
 *     Output parameters are written on success only.
 *  3. Memory.   The matching *_free or *_close frees what *_new, *_open or
 *     *_parse returned; it accepts NULL. `const` pointers that you pass in
 *     are borrowed for the call. Returned views (struct sheaf_bytes) are
 *     borrowed too; the comment of the function says for how long.
 *  4. Threads.  Any number of threads may share a sheaf_reader. Every other
 *     object belongs to one thread at a time.
 *  5. Limits.   A length in a file is used only after it has been checked
 *     against the limits of the format and of struct sheaf_limits.
 *  6. Bytes.    Bytes are passed in and returned as struct sheaf_bytes; names,
 *     paths and origins as strings. Only the callbacks that stand for read(2)
 *     and write(2) take a pointer and a length.
 *  7. Times.    A name that ends in _ms is a time in milliseconds, one that
 *     ends in _s a time in seconds, since 1970-01-01, UTC.
 *  8. Options.  Initialise a struct whose first member is its size with the
 *     macro beside it, so that the struct can grow. Members that are not set
 *     are zero, which means the default. A missing size is SHEAF_EINVAL.
 *
 *         struct sheaf_write_options options = { SHEAF_WRITE_OPTIONS,
 *                                                .level = 19 };
 *
 * The library does not print, exit, or read the environment or the clock.
 */
#ifndef SHEAF_H
#define SHEAF_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define SHEAF_API __attribute__((visibility("default")))
#define SHEAF_MUST __attribute__((warn_unused_result))
#else
#define SHEAF_API
#define SHEAF_MUST
#endif

#define SHEAF_VERSION "1.0.0-rc1"

/* The version of the library that runs. It can be newer than the header that
 * the program was built with. */
SHEAF_API const char *sheaf_version(void);

/* The first member of a struct that carries its size. */
#ifdef __cplusplus
#define SHEAF_SIZE_OF(type) sizeof(type)
#else
#define SHEAF_SIZE_OF(type) .size = sizeof(type)
#endif

#define SHEAF_HASH_BYTES 32

/* ---- Results ------------------------------------------------------------ */

enum sheaf_code {
    SHEAF_OK = 0,
    SHEAF_END = 1,           /* nothing more to read; not a failure */
    SHEAF_ENOTFOUND = -1,    /* the archive has no such article */
    SHEAF_ECORRUPT = -2,     /* the bytes break a clause of the spec */
    SHEAF_EVERIFY = -3,      /* well formed, but a hash or signature fails */
    SHEAF_EUNSUPPORTED = -4, /* a version that this library does not know */
    SHEAF_ELIMIT = -5,       /* over a limit of the format or the caller's */
    SHEAF_EIO = -6,          /* the source or sink failed; see err->sys */
    SHEAF_ENOMEM = -7,
    SHEAF_EINVAL = -8,       /* an argument is invalid */
    SHEAF_ESTOPPED = -9,     /* a callback asked to stop */
    SHEAF_EREDACTED = -10,   /* the article was removed; the message says why */
    SHEAF_EMISSING = -11,    /* an article is missing, without a redaction */
    SHEAF_EROLLBACK = -12,   /* older than a checkpoint that it must extend */
    SHEAF_EFORK = -13,       /* does not extend such a checkpoint */
    SHEAF_EINCOMPLETE = -14  /* articles are lost; the answer is unknown */
};

struct sheaf_error {
    int code;          /* the enum sheaf_code that was returned */
    int sys;           /* errno, with SHEAF_EIO; otherwise 0 */
    uint64_t offset;   /* where in the archive; UINT64_MAX when not known */
    char clause[8];    /* the spec clause broken, such as "F4.2"; or "" */
    char message[192]; /* one line, no newline, for a person */
};

/* A fixed English phrase for a code; never NULL, never freed. */
SHEAF_API const char *sheaf_strerror(int code);

/* ---- Views and buffers -------------------------------------------------- */

/* A view of bytes that somebody else owns. Not NUL-terminated. */
struct sheaf_bytes {
    const uint8_t *data;
    size_t len;
};

static inline struct sheaf_bytes
sheaf_view(const void *data, size_t len)
{
    struct sheaf_bytes b;

    b.data = (const uint8_t *)data;
    b.len = len;
    return b;
}

static inline struct sheaf_bytes
sheaf_str(const char *s)
{
    return sheaf_view(s, strlen(s));
}

/* Bytes that the caller owns. Initialise with { 0 }, reuse freely, free with
 * sheaf_buf_free. A function that fills one replaces its content. */
struct sheaf_buf {
    uint8_t *data;
    size_t len;
    size_t cap;
};
SHEAF_API void sheaf_buf_free(struct sheaf_buf *buf);

/* ---- Sources and sinks -------------------------------------------------- */

/*
 * Random access to an archive. `read_at` fills all of `buf` or fails: it
 * returns 0, or an errno value. A short read is a failure. It is called
 * from every thread that shares the reader, so it must not keep a file
 * position; pread(2) and an HTTP range request both fit.
 */
struct sheaf_range {
    uint64_t offset;
    uint64_t len;
    int keep; /* of an index or a dictionary: likely to be read again */
};

struct sheaf_source_ops {
    uint64_t (*size)(void *ctx);
    int (*read_at)(void *ctx, uint64_t offset, void *buf, size_t len);
    void (*close)(void *ctx);
    /* NULL, or for a source on another machine, of which each read_at takes a
     * round trip: says which ranges will probably be read next, so that all
     * can be fetched in one. They lie within the size. The reader then also
     * opens the archive from its end alone. */
    void (*expect)(void *ctx, const struct sheaf_range *ranges, size_t count);
};

struct sheaf_source {
    const struct sheaf_source_ops *ops;
    void *ctx;
};

/* A file, opened for reading. Its size is read once, here. */
SHEAF_API SHEAF_MUST int
sheaf_source_file(struct sheaf_source *out, const char *path,
                  struct sheaf_error *err);
/* Borrowed memory, which must outlive the source. */
SHEAF_API SHEAF_MUST int
sheaf_source_memory(struct sheaf_source *out, struct sheaf_bytes data,
                    struct sheaf_error *err);

/*
 * The output of a writer, written in order and never read back. The functions
 * return 0 or an errno value. `sync` makes everything written so far durable
 * before anything that is written later. `commit` makes everything visible
 * and durable at once. `close` without a commit leaves no trace, where that
 * is possible (on a pipe it is not).
 */
struct sheaf_sink_ops {
    int (*write)(void *ctx, const void *buf, size_t len);
    int (*sync)(void *ctx);
    int (*commit)(void *ctx);
    void (*close)(void *ctx);
};

struct sheaf_sink {
    const struct sheaf_sink_ops *ops;
    void *ctx;
};

enum sheaf_replace {
    SHEAF_REPLACE_NOT,   /* an existing file is refused (SHEAF_EINVAL) */
    SHEAF_REPLACE,       /* it is replaced, and locked (flock) until close, so
                            that nothing is appended to it meanwhile */
    SHEAF_REPLACE_LOCKED /* it is replaced; the caller holds the lock */
};

/* A new file: written to a temporary file in the same folder, which commit
 * renames. Whoever cannot read a file that it replaces cannot read it either.
 * `replace` is an enum sheaf_replace. What it says of an existing
 * file holds here and again at commit, which fails with ESTALE if the file was
 * changed by then. While another process holds the lock this is SHEAF_EIO with
 * err->sys EWOULDBLOCK. */
SHEAF_API SHEAF_MUST int
sheaf_sink_file(struct sheaf_sink *out, const char *path, int replace,
                struct sheaf_error *err);
/* An open descriptor, such as a pipe; not closed by the sink. */
SHEAF_API SHEAF_MUST int
sheaf_sink_fd(struct sheaf_sink *out, int fd, struct sheaf_error *err);
/* A buffer, which must outlive the sink. Close without commit empties it. */
SHEAF_API SHEAF_MUST int
sheaf_sink_memory(struct sheaf_sink *out, struct sheaf_buf *buf,
                  struct sheaf_error *err);

/* ---- Keys --------------------------------------------------------------- */

/*
 * Keys and key files are those of minisign: Ed25519 with an ID of 8 random
 * bytes. Keys of signify can be read too, secret ones only without a
 * passphrase. Text that is not such a key is SHEAF_EINVAL.
 *
 * In struct sheaf_secret_key, `key` is a seed of 32 bytes and then the public
 * key. Wipe it when you no longer need it, and also what
 * sheaf_secret_key_format wrote without a passphrase.
 */
struct sheaf_public_key {
    uint8_t id[8];
    uint8_t key[32];
};

struct sheaf_secret_key {
    uint8_t id[8];
    uint8_t key[64];
};

/* A public key file, or only the base64 in it, as `minisign -P` takes it. */
SHEAF_API SHEAF_MUST int
sheaf_public_key_parse(struct sheaf_bytes text, struct sheaf_public_key *out,
                       struct sheaf_error *err);
SHEAF_API SHEAF_MUST int
sheaf_public_key_format(const struct sheaf_public_key *key,
                        struct sheaf_buf *out, struct sheaf_error *err);

/* 1 if this is a secret key file that needs a passphrase, else 0. */
SHEAF_API int sheaf_secret_key_encrypted(struct sheaf_bytes text);

/* Reads a secret key file. `passphrase` may be empty, and is ignored for a
 * file without one. With one, this takes seconds and 1 GiB of memory.
 * SHEAF_EVERIFY: the passphrase is wrong. SHEAF_ELIMIT: the file asks for
 * more time or memory than minisign's own files. */
SHEAF_API SHEAF_MUST int
sheaf_secret_key_parse(struct sheaf_bytes text, struct sheaf_bytes passphrase,
                       struct sheaf_secret_key *out, struct sheaf_error *err);

/* Writes a secret key file, encrypted unless `passphrase.data` is NULL. That
 * needs 1 GiB of memory and fails without it; unlike minisign, it never falls
 * back to weaker parameters. */
SHEAF_API SHEAF_MUST int
sheaf_secret_key_format(const struct sheaf_secret_key *key,
                        struct sheaf_bytes passphrase, struct sheaf_buf *out,
                        struct sheaf_error *err);

/* A new key pair. */
SHEAF_API SHEAF_MUST int
sheaf_keygen(struct sheaf_secret_key *secret, struct sheaf_public_key *pub,
             struct sheaf_error *err);
SHEAF_API void sheaf_secret_key_wipe(struct sheaf_secret_key *key);

/* A signature file over `text` that `minisign -V` accepts, of the kind that
 * `minisign -S -l` makes. `comment` is signed too: at most 1,024 bytes of
 * printable ASCII and tabs, else SHEAF_EINVAL. Such a signature over the text
 * of a checkpoint signs the checkpoint, so never sign text from others. */
SHEAF_API SHEAF_MUST int
sheaf_minisig(const struct sheaf_secret_key *key, struct sheaf_bytes text,
              const char *comment, struct sheaf_buf *out,
              struct sheaf_error *err);

/* ---- Opening ------------------------------------------------------------ */

struct sheaf_limits {
    size_t size;
    uint64_t article_max; /* bytes of one article, decompressed */
    uint64_t cache_max;   /* bytes of decompressed dictionaries kept */
};
#define SHEAF_LIMITS_DEFAULT                                                  \
    { sizeof(struct sheaf_limits), (uint64_t)4 << 30, (uint64_t)256 << 20 }

struct sheaf_reader;
struct sheaf_scratch;

/*
 * Opens an archive: finds its end record and checks its top. It reads no
 * article, and hardly depends on the number of articles.
 *
 * Takes ownership of `source`, also on failure. `limits` may be NULL for
 * SHEAF_LIMITS_DEFAULT.
 */
SHEAF_API SHEAF_MUST int
sheaf_open(struct sheaf_source source, const struct sheaf_limits *limits,
           struct sheaf_reader **out, struct sheaf_error *err);
SHEAF_API void sheaf_close(struct sheaf_reader *reader);

/*
 * A place for unpacked dictionaries that outlives a process: to unpack one is
 * most of the work of the first sheaf_read. A key is a hash of a part of the
 * dictionary as it is in the file. A reader calls these functions one at a
 * time.
 */
struct sheaf_dict_cache {
    void *ctx;
    /* The dictionary of `size` bytes that was stored with this key, or NULL.
     * It must not change before `done` is called with it. */
    const void *(*get)(void *ctx, const uint8_t key[SHEAF_HASH_BYTES],
                       size_t size);
    void (*done)(void *ctx, const void *data, size_t size);
    /* Stores a dictionary that was unpacked, or does nothing. */
    void (*put)(void *ctx, const uint8_t key[SHEAF_HASH_BYTES],
                const void *data, size_t size);
};

/*
 * To be called before the first sheaf_find; `cache` is copied. What `get`
 * gives is not checked by itself. Articles are, so bytes that are not the
 * dictionary never lead to another article, but they may lead to a failure, to
 * SHEAF_ENOTFOUND or to a report of damage: after one of these, open the
 * archive again without the cache. (`get` may return NULL each time.)
 */
SHEAF_API void
sheaf_set_dict_cache(struct sheaf_reader *reader,
                     const struct sheaf_dict_cache *cache);

struct sheaf_info {
    uint64_t size;        /* leaves, seals included */
    uint64_t articles;
    uint64_t generation;  /* number of the newest generation, from 1 */
    uint64_t raw_bytes;   /* articles and metadata, decompressed */
    uint64_t file_bytes;  /* of the archive, up to its end record */
    uint64_t tail_bytes;  /* after it: a running or interrupted append */
    int end_damaged;      /* an end record or its copy is damaged or lost */
    uint64_t signed_size; /* leaves under the signature; 0 when unsigned */
    uint8_t root[SHEAF_HASH_BYTES];
    struct sheaf_bytes origin; /* views, valid until sheaf_close, also when
                                  sheaf_authenticate takes an earlier state */
    struct sheaf_bytes note;   /* the newest checkpoint; empty when unsigned */
    uint32_t zstd_version;
    int level;
    unsigned dictionaries;
    unsigned runs;
    uint64_t redactions;  /* articles removed, which `articles` counts too */
    unsigned key_changes;
    int words;            /* frequent words may be codes (F17) */
    int trusted;          /* sheaf_authenticate has succeeded ... */
    struct sheaf_public_key signer; /* ... and this key signed */
    uint64_t lost_leaves; /* at least so many, of later generations, which are
                             so damaged that they can't be read, or not with
                             the key: only sheaf_recover finds them */
};
SHEAF_API void
sheaf_get_info(const struct sheaf_reader *reader, struct sheaf_info *out);

/*
 * Checks the signature of the checkpoint with a public key, or with the key
 * that follows from it through the key changes of the archive. From then on
 * sheaf_read refuses an article that the signature does not cover, and
 * sheaf_find answers only what the signed map proves.
 *
 * Call it before threads share the reader. If damage keeps it from checking
 * the newest checkpoint, it takes an earlier one that it can check, with the
 * archive as it was then: call sheaf_get_info again. sheaf_info.lost_leaves
 * says how many leaves follow.
 *
 * SHEAF_EVERIFY: the archive is not signed, another key signed it, or its tree
 * is not the signed one.
 */
SHEAF_API SHEAF_MUST int
sheaf_authenticate(struct sheaf_reader *reader,
                   const struct sheaf_public_key *key,
                   struct sheaf_error *err);

/*
 * Says which IDs will be looked up, and whether sheaf_authenticate will be
 * called first. If the source has `expect`, that takes two round trips for all
 * of these articles; without this call, there are two for each, and those for
 * sheaf_authenticate. It changes no answer, so nothing can fail. At most
 * SHEAF_EXPECT_MAX IDs count. Call it before threads share the reader.
 */
#define SHEAF_EXPECT_MAX 64
SHEAF_API void
sheaf_expect(struct sheaf_reader *reader, struct sheaf_scratch *scratch,
             const struct sheaf_bytes *ids, size_t count, int authenticate);

/* What a checkpoint states. The origin is a view of the note from which it
 * was read. */
struct sheaf_checkpoint {
    struct sheaf_bytes origin;
    uint64_t size;
    uint8_t root[SHEAF_HASH_BYTES];
};

/* Parses a signed note (format.md F9), as in a file or in sheaf_info. It
 * checks no signature. SHEAF_ECORRUPT, SHEAF_ELIMIT. */
SHEAF_API SHEAF_MUST int
sheaf_checkpoint_parse(struct sheaf_bytes note, struct sheaf_checkpoint *out,
                       struct sheaf_error *err);

/* Makes the same note, byte for byte, that sheaf_commit puts into an archive.
 * Never sign two trees for one origin: the two notes prove it to anyone. */
SHEAF_API SHEAF_MUST int
sheaf_checkpoint_sign(const char *origin, uint64_t size,
                      const uint8_t root[SHEAF_HASH_BYTES],
                      const struct sheaf_secret_key *key,
                      struct sheaf_buf *out, struct sheaf_error *err);

/* ---- Cosignatures and policies ------------------------------------------ */

/*
 * Below the log's own signature, a note can carry signatures of others who
 * have seen the checkpoint, each with a time (format.md F9, C2SP's
 * tlog-cosignature): a second archivist, a library, a public witness. A
 * policy (F16, C2SP's tlog-policy) says whose signatures are required, and
 * how many.
 */

/* The text that a log signs: three lines. SHEAF_EINVAL: `origin` is not a
 * valid one. */
SHEAF_API SHEAF_MUST int
sheaf_checkpoint_text(const char *origin, uint64_t size,
                      const uint8_t root[SHEAF_HASH_BYTES],
                      struct sheaf_buf *out, struct sheaf_error *err);

/*
 * Makes a note of such a text and a signature file that `minisign -S -l` or
 * `signify -S` made of it elsewhere. SHEAF_EINVAL: this is not a signature
 * file, or one of a kind that cannot be used; the message says which.
 * SHEAF_EVERIFY: `key` has not signed this text.
 */
SHEAF_API SHEAF_MUST int
sheaf_note_from_signature(struct sheaf_bytes text, struct sheaf_bytes file,
                          const struct sheaf_public_key *key,
                          struct sheaf_buf *out, struct sheaf_error *err);

/* Checks that `key` itself signed the note as the log. SHEAF_EVERIFY: it has
 * not. */
SHEAF_API SHEAF_MUST int
sheaf_note_verify(struct sheaf_bytes note, const struct sheaf_public_key *key,
                  struct sheaf_error *err);

enum sheaf_signer { SHEAF_SIGNER_LOG = 1, SHEAF_SIGNER_COSIGNER = 4 };

/* A key in the form that policies and other tools for transparency logs use:
 * one line NAME+ID+KEY, without a newline. The name of a log is its origin.
 * SHEAF_EINVAL: the name is not valid. */
SHEAF_API SHEAF_MUST int
sheaf_vkey(const struct sheaf_public_key *key, enum sheaf_signer signer,
           const char *name, struct sheaf_buf *out, struct sheaf_error *err);

/* Makes the signature line by which `key`, under this name, states that it
 * has seen the checkpoint of the note at `time_s`. The
 * caller must make sure that the checkpoint extends the one that the same
 * cosigner signed before. SHEAF_EINVAL: the name or time is invalid, or the
 * key is the log's own. */
SHEAF_API SHEAF_MUST int
sheaf_cosign(struct sheaf_bytes note, const struct sheaf_secret_key *key,
             const char *name, uint64_t time_s, struct sheaf_buf *out,
             struct sheaf_error *err);

/* Adds signature lines to a note, and counts them in *added. It leaves out
 * lines whose name and key ID the note has already, and checks no signature.
 * SHEAF_ECORRUPT: a line is malformed. SHEAF_ELIMIT: there are too many. */
SHEAF_API SHEAF_MUST int
sheaf_note_add(struct sheaf_bytes note, struct sheaf_bytes lines,
               unsigned *added, struct sheaf_buf *out,
               struct sheaf_error *err);

struct sheaf_policy;

/* Parses the text of a policy. SHEAF_ECORRUPT, SHEAF_ELIMIT: the message
 * names the line. */
SHEAF_API SHEAF_MUST int
sheaf_policy_parse(struct sheaf_bytes text, struct sheaf_policy **out,
                   struct sheaf_error *err);
SHEAF_API void sheaf_policy_free(struct sheaf_policy *policy);

/* The key of log number `index`, from 0, among the policy's logs with this
 * origin. It has no minisign ID: `id` is zeros. SHEAF_END: no more logs. */
SHEAF_API SHEAF_MUST int
sheaf_policy_log(const struct sheaf_policy *policy, struct sheaf_bytes origin,
                 unsigned index, struct sheaf_public_key *out,
                 struct sheaf_error *err);

struct sheaf_witness {
    struct sheaf_bytes name;     /* in the policy; views of the policy */
    struct sheaf_bytes key_name; /* in notes */
    int readable; /* 0: its algorithm cannot be checked here */
    int cosigned;
    uint64_t time_s; /* of the cosignature */
};

/* Witness number `index` of the policy, from 0, and whether it has cosigned
 * the note. SHEAF_END: no more witnesses. SHEAF_EVERIFY, SHEAF_ECORRUPT: the
 * line with its key is not a valid signature. */
SHEAF_API SHEAF_MUST int
sheaf_policy_witness(const struct sheaf_policy *policy,
                     struct sheaf_bytes note, unsigned index,
                     struct sheaf_witness *out, struct sheaf_error *err);

/*
 * Both times are 0 if the policy requires nobody.
 * For a group that requires k members, `attested_s` is the k-th smallest of
 * its members' times, and `fresh_s` the k-th largest. As long as no group has k
 * members that lie, the checkpoint existed at `attested_s`, and still was
 * the newest one that the witnesses knew at `fresh_s`.
 */
struct sheaf_attestation {
    unsigned witnesses; /* in the policy */
    unsigned cosigned;  /* of these */
    uint64_t attested_s;
    uint64_t fresh_s;
};

/*
 * Checks that the note meets the policy. The log's signature must be by `key`
 * or, if that is NULL, by a log of the policy; and the quorum must have
 * cosigned. SHEAF_EVERIFY: one of these does not hold, or a cosignature of a
 * witness is not valid. After key changes, pass the key that signs now, and ask
 * sheaf_policy_check_key of the others.
 */
SHEAF_API SHEAF_MUST int
sheaf_policy_check(const struct sheaf_policy *policy, struct sheaf_bytes note,
                   const struct sheaf_public_key *key,
                   struct sheaf_attestation *out, struct sheaf_error *err);
/* SHEAF_EVERIFY: a witness of the policy has this key of the log (F16.3). */
SHEAF_API SHEAF_MUST int
sheaf_policy_check_key(const struct sheaf_policy *policy,
                       const struct sheaf_public_key *key,
                       struct sheaf_error *err);

/* ---- Reading articles --------------------------------------------------- */

/* Memory that one thread needs to read. Make one for each thread, and reuse
 * it: it keeps buffers between calls. */
struct sheaf_scratch;
SHEAF_API SHEAF_MUST int
sheaf_scratch_new(struct sheaf_scratch **out, struct sheaf_error *err);
SHEAF_API void sheaf_scratch_free(struct sheaf_scratch *scratch);

/* The root that the tree had when it had `size` leaves, computed from the
 * newest top. SHEAF_EINVAL: the tree has fewer leaves. */
SHEAF_API SHEAF_MUST int
sheaf_root_at(const struct sheaf_reader *reader,
              struct sheaf_scratch *scratch, uint64_t size,
              uint8_t out[SHEAF_HASH_BYTES], struct sheaf_error *err);

/* The hash of a leaf, which was compared with the tree of the newest top; after
 * sheaf_authenticate, that is the signed one as far as it goes. SHEAF_EINVAL:
 * there are fewer leaves. */
SHEAF_API SHEAF_MUST int
sheaf_leaf_hash(const struct sheaf_reader *reader,
                struct sheaf_scratch *scratch, uint64_t leaf,
                uint8_t out[SHEAF_HASH_BYTES], struct sheaf_error *err);

/*
 * Checks that this note is a checkpoint of this archive: that it has the
 * archive's origin, and that the archive's tree extends its tree. With `key`,
 * the note must also be signed by the key that follows from `key` (F9.10).
 * `out` may be NULL. SHEAF_EVERIFY: it has another origin, or another key
 * signed it. SHEAF_EROLLBACK, SHEAF_EFORK: as in sheaf_extends.
 */
SHEAF_API SHEAF_MUST int
sheaf_check_note(const struct sheaf_reader *reader,
                 struct sheaf_scratch *scratch, struct sheaf_bytes note,
                 const struct sheaf_public_key *key,
                 struct sheaf_checkpoint *out, struct sheaf_error *err);

/*
 * Checks that the first `size` leaves of the archive, such as `size` or
 * `signed_size` of struct sheaf_info, extend an earlier checkpoint.
 * SHEAF_EROLLBACK: it has more leaves. SHEAF_EFORK: it has other leaves.
 * SHEAF_EVERIFY: it has another origin; an empty one is not compared.
 */
SHEAF_API SHEAF_MUST int
sheaf_extends(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
              const struct sheaf_checkpoint *older, uint64_t size,
              struct sheaf_error *err);

/* Called with each key of a log. Return 0 to continue; anything else stops
 * with SHEAF_ESTOPPED. */
typedef int (*sheaf_key_listed)(void *arg, const struct sheaf_public_key *key);

/*
 * Lists the keys of an archive with key changes, in order: the first key, and
 * the new key of each change. After sheaf_authenticate, only changes that the
 * signature covers count, and none if they do not lead to the key that signed:
 * anybody can sign a log of others anew, with their key changes. Both keys of
 * a change have signed it. Without key changes, nothing is listed. The first
 * key has no minisign ID: zeros.
 */
SHEAF_API SHEAF_MUST int
sheaf_list_keys(const struct sheaf_reader *reader,
                struct sheaf_scratch *scratch, sheaf_key_listed listed,
                void *arg, struct sheaf_error *err);

/* Where an article is. */
struct sheaf_entry {
    uint64_t leaf;
    uint64_t offset;
    uint64_t length; /* of its frame; 0 when not known before it is read */
    uint32_t index;  /* in its frame, which may hold several articles */
};

/*
 * Finds the article with this ID: its newest revision if `rev` is 0, else
 * that revision. SHEAF_ENOTFOUND: there is none. SHEAF_EREDACTED: it was
 * removed. After sheaf_authenticate the signed map proves both answers, and
 * SHEAF_EVERIFY means that it does not. SHEAF_EMISSING: the article is neither
 * present nor redacted.
 */
SHEAF_API SHEAF_MUST int
sheaf_find(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
           struct sheaf_bytes id, uint32_t rev, struct sheaf_entry *out,
           struct sheaf_error *err);
/*
 * Where the index says that the frame of the newest article with this ID
 * begins. Nothing is read there, and nothing is checked: this serves to read
 * many articles in the order of the file. SHEAF_ENOTFOUND: the index does not
 * have the ID.
 */
SHEAF_API SHEAF_MUST int
sheaf_hint(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
           struct sheaf_bytes id, uint64_t *offset, struct sheaf_error *err);
/*
 * Whether leaf `leaf`, an article with this ID, is the newest with it: *out is
 * 1 or 0. A newer one that is lost counts; sheaf_scan names it.
 * SHEAF_EINCOMPLETE: the index is damaged, so it is not known. SHEAF_EREDACTED:
 * it was redacted, and somebody has put it back.
 */
SHEAF_API SHEAF_MUST int
sheaf_is_newest(const struct sheaf_reader *reader,
                struct sheaf_scratch *scratch, struct sheaf_bytes id,
                uint64_t leaf, int *out, struct sheaf_error *err);
/*
 * Whether leaf `leaf`, an article with this ID that is there, stands.
 * SHEAF_EREDACTED: it was redacted, and somebody has put it back; the message
 * has the reason. SHEAF_ECORRUPT: a redaction that may name it is lost.
 */
SHEAF_API SHEAF_MUST int
sheaf_stands(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
             struct sheaf_bytes id, uint64_t leaf, struct sheaf_error *err);

/*
 * Passes the key of each row of the index of IDs: the first 6 bytes of the
 * BLAKE2b hash, with a digest of 32 bytes, of an ID. They come in a few
 * ascending runs, and a key again for each revision and redaction. Different
 * IDs may have one key. After sheaf_authenticate every page of the index is
 * proven: an ID whose key does not come is not in the signed archive.
 * SHEAF_ECORRUPT: a part of the index is lost. SHEAF_EINCOMPLETE: the newest
 * leaves are. SHEAF_ESTOPPED: `take` returned another value than 0.
 */
#define SHEAF_KEY_BYTES 6
SHEAF_API SHEAF_MUST int
sheaf_list_id_keys(const struct sheaf_reader *reader,
                   struct sheaf_scratch *scratch,
                   int (*take)(void *arg, const uint8_t key[SHEAF_KEY_BYTES]),
                   void *arg, struct sheaf_error *err);

/* Finds the newest article with this `url` in its metadata. Nobody signs the
 * index of URLs: after sheaf_authenticate, the article is a signed one, but
 * there may be a newer one with this URL, and SHEAF_ENOTFOUND proves nothing.
 * The index of IDs is signed: ask sheaf_find for the newest revision. */
SHEAF_API SHEAF_MUST int
sheaf_find_url(const struct sheaf_reader *reader,
               struct sheaf_scratch *scratch, struct sheaf_bytes url,
               struct sheaf_entry *out, struct sheaf_error *err);
/* Finds the article that is leaf number `leaf`. SHEAF_ENOTFOUND: that leaf is
 * a seal or another statement. SHEAF_EREDACTED: the article was removed.
 * SHEAF_END: there are fewer leaves. */
SHEAF_API SHEAF_MUST int
sheaf_locate(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
             uint64_t leaf, struct sheaf_entry *out, struct sheaf_error *err);

enum sheaf_role {
    SHEAF_ROLE_META = 1,
    SHEAF_ROLE_BODY = 2,
    SHEAF_ROLE_TEXT = 3,
    SHEAF_ROLE_RAW = 4,
    SHEAF_ROLE_SUMMARY = 5,
    SHEAF_ROLE_MEDIA = 6,
    SHEAF_ROLE_NOTE = 7
};

struct sheaf_part {
    int role;                 /* enum sheaf_role */
    struct sheaf_bytes type;  /* media type */
    uint64_t size;
    struct sheaf_bytes data;  /* data.data is NULL in a large article */
};

/* Articles of more bytes than this are not held in memory. */
#define SHEAF_WHOLE_MAX ((uint64_t)16 << 20)

struct sheaf_article {
    uint64_t leaf;
    uint64_t offset;       /* of its frame */
    uint64_t length;       /* of its frame */
    uint64_t content_size; /* decompressed: line, line feed, parts */
    uint32_t rev;
    int64_t time_ms;       /* INT64_MIN when not known */
    struct sheaf_bytes id; /* UTF-8 */
    struct sheaf_bytes meta; /* canonical JSON, one line */
    const struct sheaf_part *parts; /* the body first */
    size_t part_count;
    uint8_t leaf_hash[SHEAF_HASH_BYTES];
};

/*
 * Reads an article and checks it: its frame, its form, its leaf hash against
 * the tree, and after sheaf_authenticate the path up to the signed root. The
 * views in *out are valid until the next call with the same scratch.
 */
SHEAF_API SHEAF_MUST int
sheaf_read(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
           const struct sheaf_entry *entry, struct sheaf_article *out,
           struct sheaf_error *err);

/* Receives bytes. Return 0 to continue; any other value stops with
 * SHEAF_ESTOPPED. */
typedef int (*sheaf_write)(void *arg, const void *data, size_t len);

/*
 * Passes part `index` of the article last read with this scratch to `write`.
 * A large part is decompressed again. Each piece is compared with what
 * sheaf_read checked before it is passed on.
 */
SHEAF_API SHEAF_MUST int
sheaf_read_part(const struct sheaf_reader *reader,
                struct sheaf_scratch *scratch,
                const struct sheaf_article *article, size_t index,
                sheaf_write write, void *arg, struct sheaf_error *err);

/* A line of a listing. The views are valid until the callback returns.
 * Strings are JSON-escaped, without quotes, as in the metadata. A string is
 * empty if the member is missing or longer than 1,024 bytes. */
struct sheaf_listing {
    struct sheaf_entry entry;
    struct sheaf_bytes id;
    struct sheaf_bytes published;
    struct sheaf_bytes section;
    struct sheaf_bytes headline;
    int redacted; /* the article was removed: the rest is empty or 0 */
    uint32_t rev;
    int lost; /* nothing but the leaf number is known: see the filter. 2: the
                 article was removed, and after sheaf_authenticate no
                 redaction that the signature covers names it; not if the
                 filter has `redacted` */
};
/* Return 0 to continue; any other value stops with SHEAF_ESTOPPED. */
typedef int (*sheaf_listed)(void *arg, const struct sheaf_listing *line);

struct sheaf_list_filter {
    size_t size;
    int32_t first_day; /* days since 1970; groups of which all articles were
                          last updated earlier are not read */
    int32_t last_day;  /* nor those of which all were so later */
    int redacted;      /* also list articles that were removed */
    uint64_t first_leaf; /* earlier ones are neither read nor listed */
    int lost;            /* also list leaves that are damaged together with the
                            columns of their group; only their numbers are
                            known */
};
#define SHEAF_LIST_ALL                                                        \
    { sizeof(struct sheaf_list_filter), INT32_MIN, INT32_MAX, 0, 0, 0 }

/* Lists all articles, every revision, in leaf order, from the columns of the
 * groups. Only of articles that share a frame with others, the headlines come
 * from the frames. `filter` may be NULL. The days of the filter skip whole
 * groups only: check the date of each line. Unless the filter has `lost`,
 * articles that are lost with their columns are passed over: sheaf_get_damage
 * then says that there is damage, but not which. Nothing signs the columns, so
 * sheaf_authenticate proves no line: read each leaf for what is signed.
 * SHEAF_ECORRUPT with F8.5: so many leaves are in no group that some of them
 * must be articles. */
SHEAF_API SHEAF_MUST int
sheaf_list(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
           const struct sheaf_list_filter *filter, sheaf_listed listed,
           void *arg, struct sheaf_error *err);

/* A group of neighbouring articles, as the index has it. */
struct sheaf_group {
    uint64_t first_leaf;
    uint64_t offset; /* of the frame that ends the group ... */
    uint64_t length; /* ... and its length */
    int32_t first_day, last_day; /* since 1970; first > last: no article has a
                                    date */
};
/* Passes all groups, in the order of their leaves. Return 0 to continue; any
 * other value stops with SHEAF_ESTOPPED. Nobody signs where groups are.
 * SHEAF_ECORRUPT with F8.5: there must be more of them. */
SHEAF_API SHEAF_MUST int
sheaf_list_groups(const struct sheaf_reader *reader,
                  struct sheaf_scratch *scratch,
                  int (*take)(void *arg, const struct sheaf_group *group),
                  void *arg, struct sheaf_error *err);

/*
 * Compares the frames of this group with the sum that is in it (F7.4).
 * *start is where they begin; they end at group->offset. SHEAF_ECORRUPT: they
 * are others, or the group is not what it should be, and then *start is 0.
 */
SHEAF_API SHEAF_MUST int
sheaf_check_group(const struct sheaf_reader *reader,
                  struct sheaf_scratch *scratch,
                  const struct sheaf_group *group, uint64_t *start,
                  struct sheaf_error *err);

/* The state of a leaf in sheaf_scan. */
enum sheaf_scan_state {
    SHEAF_SCAN_ARTICLE = 1,   /* an article, checked as sheaf_read does */
    SHEAF_SCAN_REDACTED = 2,  /* a removed article; `why` is the reason; with
                                 the clause F6.7, somebody has put it back */
    SHEAF_SCAN_STATEMENT = 3, /* a seal, redaction or key change */
    SHEAF_SCAN_LOST = 4       /* damaged or missing; `why` says how */
};

/* Views and pointers are valid until the callback returns. */
struct sheaf_scan_item {
    uint64_t leaf;
    int state;                   /* enum sheaf_scan_state */
    struct sheaf_entry entry;    /* unless the leaf is lost */
    struct sheaf_article article; /* for SHEAF_SCAN_ARTICLE */
    struct sheaf_bytes id;       /* for a lost leaf, from the columns of its
                                    group; empty if they are lost too */
    const struct sheaf_error *why;
    uint8_t id_hash[SHEAF_HASH_BYTES]; /* for SHEAF_SCAN_REDACTED: BLAKE2b of
                                          its ID */
};
/* Return 0 to continue; any other value stops with SHEAF_ESTOPPED. */
typedef int (*sheaf_scan_leaf)(void *arg, const struct sheaf_scan_item *item);

/*
 * Calls `each` for every leaf, in order and once, from the frames alone; after
 * sheaf_authenticate, for every leaf that the signature covers. It does not
 * stop at damage: a leaf that cannot be read is reported as lost. The article
 * is in `scratch` for sheaf_read_part; the callback must not use `scratch` for
 * anything else. Failures are of memory or input, or SHEAF_ESTOPPED.
 */
SHEAF_API SHEAF_MUST int
sheaf_scan(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
           sheaf_scan_leaf each, void *arg, struct sheaf_error *err);

/* The same for the leaves from `first` to `end`, without that one. What comes
 * before them is hardly read, if the index of groups is whole. */
SHEAF_API SHEAF_MUST int
sheaf_scan_range(const struct sheaf_reader *reader,
                 struct sheaf_scratch *scratch, uint64_t first, uint64_t end,
                 sheaf_scan_leaf each, void *arg, struct sheaf_error *err);

/*
 * The same as sheaf_scan, for a caller who asks for one leaf after the other.
 * The scanner borrows `reader` and `scratch`, which must not be used for
 * anything but sheaf_read_part until the scanner is freed. What *out points to
 * is valid until the next call. SHEAF_END: that was the last leaf. Free the
 * scanner before sheaf_authenticate and sheaf_close.
 */
struct sheaf_scanner;
SHEAF_API SHEAF_MUST int
sheaf_scanner_new(const struct sheaf_reader *reader,
                  struct sheaf_scratch *scratch, struct sheaf_scanner **out,
                  struct sheaf_error *err);
SHEAF_API SHEAF_MUST int
sheaf_scanner_next(struct sheaf_scanner *scanner,
                   const struct sheaf_scan_item **out,
                   struct sheaf_error *err);
SHEAF_API void sheaf_scanner_free(struct sheaf_scanner *scanner);

/* How often damage was met so far, and either skipped or repaired in memory
 * from the frames. `first`, which may be NULL, receives the first error. */
SHEAF_API uint64_t
sheaf_get_damage(const struct sheaf_reader *reader, struct sheaf_error *first);

/*
 * Compares the articles that were added last, at least 1 MiB of their frames
 * unless there are fewer, with the sums that were written beside them. Nothing
 * is decompressed. A writer that appends, and signs hashes of articles that it
 * does not read, meets a failing disk by this. SHEAF_ECORRUPT: damaged.
 */
SHEAF_API SHEAF_MUST int
sheaf_check_newest(const struct sheaf_reader *reader,
                   struct sheaf_scratch *scratch, struct sheaf_error *err);

struct sheaf_dictionary {
    uint32_t id;
    uint64_t offset;      /* of its frame */
    uint64_t from;        /* articles that need it are from this offset ... */
    uint64_t to;          /* ... to this one, with other frames between */
    uint32_t packed_size;
    uint32_t raw_size;
};
/* Dictionary number `index`, and if `out` is not NULL its bytes. SHEAF_END:
 * there are fewer dictionaries. */
SHEAF_API SHEAF_MUST int
sheaf_get_dictionary(const struct sheaf_reader *reader, unsigned index,
                     struct sheaf_dictionary *what, struct sheaf_buf *out,
                     struct sheaf_error *err);

/* ---- Verifying ---------------------------------------------------------- */

/* Called from time to time with numbers of bytes. Return 0 to continue; any
 * other value stops with SHEAF_ESTOPPED. */
typedef int (*sheaf_progress)(void *arg, uint64_t done, uint64_t total);

#define SHEAF_VERIFY_OPTIONS SHEAF_SIZE_OF(struct sheaf_verify_options)
struct sheaf_verify_options {
    size_t size;
    unsigned threads; /* 0 or 1: none */
    const struct sheaf_public_key *key; /* NULL: only "intact" is checked */
    const char *tmpdir; /* for temporary files; NULL: "/var/tmp" */
    sheaf_progress progress;            /* may be NULL */
    void *arg;
    /* Earlier checkpoints, which the tree must extend: see sheaf_extends. */
    const struct sheaf_checkpoint *since;
    size_t since_count;
};

struct sheaf_report {
    uint64_t articles;    /* removed ones included */
    uint64_t leaves;
    uint64_t generations;
    uint64_t bytes;       /* of the file; every one belongs to a frame */
    uint64_t raw_bytes;
    int authentic;        /* the key has signed the checkpoint */
    uint64_t signed_size; /* leaves under the signature */
    uint64_t redacted;    /* articles removed, each with a redaction */
    uint64_t revisions;   /* articles with a revision number above 1 */
    unsigned key_changes;
    struct sheaf_public_key signer; /* if authentic: the given key, or the
                                       one that follows from it */
    uint64_t optional; /* frames that no signature covers (F2.6) ... */
    uint64_t unknown;  /* those of them, fields of tops and features that
                          this version does not write itself */
};

/*
 * Checks everything in the archive: every byte, every hash, the tree, the
 * index and map against the articles, and with a key the signature.
 * SHEAF_EMISSING: an article is missing without a redaction.
 */
SHEAF_API SHEAF_MUST int
sheaf_verify(const struct sheaf_reader *reader,
             const struct sheaf_verify_options *options,
             struct sheaf_report *out, struct sheaf_error *err);

/* ---- Recovering --------------------------------------------------------- */

struct sheaf_recovery {
    uint64_t articles;   /* found whole */
    uint64_t missing;    /* named by their group, or removed without a
                            redaction, but not found */
    uint64_t redacted;   /* left out: the file has a redaction of them */
    uint64_t lost_bytes; /* of the file, without any whole frame */
    uint64_t lost_places;
    int ended; /* the file ends with a whole END frame */
    uint64_t unnamed; /* leaves that are missing with every frame that would
                         name them, and leave no other trace */
    uint64_t repeated; /* left out: the same article was there before */
};

enum sheaf_recovered_kind {
    SHEAF_RECOVERED_ARTICLE, /* a whole article */
    SHEAF_RECOVERED_MISSING, /* a group or a record, but no article */
    SHEAF_RECOVERED_LOST     /* bytes without a whole frame */
};

struct sheaf_found_frame;

struct sheaf_recovered {
    enum sheaf_recovered_kind kind;
    /* Of an article, with its parts in memory: valid until the callback
     * returns. `leaf` is only a count. If `content_size` is above
     * SHEAF_WHOLE_MAX, the parts have sizes, but no `data`. */
    const struct sheaf_article *article;
    struct sheaf_bytes id; /* of a missing article; valid as long. Empty if
                              only its record is there (F6.6) */
    uint64_t offset;       /* of the bytes, or of what names it */
    uint64_t length;
    const struct sheaf_found_frame *frame; /* for sheaf_add_recovered */
};

/* Called in the order of the file, but for revisions that stand before the one
 * that they follow, each of which comes after it, and for what is missing,
 * which comes last. Return 0 to continue. */
typedef int (*sheaf_recovered_fn)(void *arg,
                                  const struct sheaf_recovered *found);

/*
 * Finds the whole articles of a damaged file without its index, tree or end:
 * it walks the frames, and searches for them where that fails. Each article
 * has passed the checksum of its frame; nothing about it is authentic. Takes
 * ownership of `source`.
 */
SHEAF_API SHEAF_MUST int
sheaf_recover(struct sheaf_source source, const struct sheaf_limits *limits,
              sheaf_recovered_fn found, void *arg, struct sheaf_recovery *out,
              struct sheaf_error *err);

/* The metadata of an article without `rev`, `prev` and `parts`, as sheaf_add
 * takes it. Replaces the content of `out`. */
SHEAF_API SHEAF_MUST int
sheaf_article_fields(struct sheaf_bytes meta, struct sheaf_buf *out,
                     struct sheaf_error *err);

/* ---- Proofs ------------------------------------------------------------- */

/*
 * A proof is a text (proofs.md, F15) that shows, to somebody without the
 * archive, what a signed checkpoint says about it: that an article is in it,
 * that there is no newer revision or no such article, or that the archive
 * extends an older checkpoint.
 *
 * Making a proof needs no key, but a signed archive. SHEAF_EVERIFY: the
 * archive is not signed, or the article is past the signature. SHEAF_ELIMIT:
 * the proof would be too long. Each function replaces the content of `out`.
 */

/* Proves one article. The proof is a C2SP tlog-proof, which other tools read
 * too. */
SHEAF_API SHEAF_MUST int
sheaf_prove(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
            const struct sheaf_entry *entry, struct sheaf_buf *out,
            struct sheaf_error *err);

/* Proves several articles, which share their path; and with `ids`, everything
 * that the archive holds under these IDs, which may be nothing. The latter
 * needs a checkpoint of the whole archive: SHEAF_EVERIFY if there is none. */
SHEAF_API SHEAF_MUST int
sheaf_prove_many(const struct sheaf_reader *reader,
                 struct sheaf_scratch *scratch,
                 const struct sheaf_entry *entries, size_t entry_count,
                 const struct sheaf_bytes *ids, size_t id_count,
                 struct sheaf_buf *out, struct sheaf_error *err);

/* Proves that the tree of the archive's checkpoint begins with the tree of
 * `old`. SHEAF_EVERIFY: it does not, or `old` has another origin. A C2SP
 * witness accepts the output. */
SHEAF_API SHEAF_MUST int
sheaf_prove_consistency(const struct sheaf_reader *reader,
                        struct sheaf_scratch *scratch,
                        const struct sheaf_checkpoint *old,
                        struct sheaf_buf *out, struct sheaf_error *err);

/* A proof of the first two kinds that has been checked. */
struct sheaf_proof;

/*
 * Checks a proof: its form, its hashes, and that `key`, or the key that
 * follows from it, signed its checkpoint. SHEAF_ECORRUPT: this is not a
 * proof. SHEAF_EVERIFY: it is one, but does not prove what it says. With
 * `key` NULL no signature is checked, and nothing is proven.
 */
SHEAF_API SHEAF_MUST int
sheaf_check_proof(struct sheaf_bytes text, const struct sheaf_public_key *key,
                  struct sheaf_proof **out, struct sheaf_error *err);
SHEAF_API void sheaf_proof_free(struct sheaf_proof *proof);

struct sheaf_proof_info {
    struct sheaf_bytes origin; /* views, valid until sheaf_proof_free */
    struct sheaf_bytes note;   /* the checkpoint */
    uint64_t size;             /* leaves that it covers */
    uint8_t root[SHEAF_HASH_BYTES];
    struct sheaf_public_key signer;
    unsigned followed;   /* key changes from the given key to the signer */
    size_t records;      /* for sheaf_proof_record */
    size_t articles;     /* of these */
    uint64_t generation; /* 0: the proof has no seal; otherwise its ... */
    int64_t seal_time_ms; /* ... time as claimed */
};
SHEAF_API void
sheaf_proof_get_info(const struct sheaf_proof *proof,
                     struct sheaf_proof_info *out);
/* Lists the keys of the log, as sheaf_list_keys does. */
SHEAF_API SHEAF_MUST int
sheaf_proof_list_keys(const struct sheaf_proof *proof, sheaf_key_listed listed,
                      void *arg, struct sheaf_error *err);

enum sheaf_leaf_type {
    SHEAF_LEAF_ARTICLE = 1,
    SHEAF_LEAF_SEAL = 2,
    SHEAF_LEAF_REDACTION = 3,
    SHEAF_LEAF_KEY_CHANGE = 4
};

/* The record of a leaf: not the article, but the commitments to it. */
struct sheaf_record {
    uint64_t leaf;
    int type;               /* enum sheaf_leaf_type */
    uint32_t rev;
    int64_t time_ms;        /* as claimed; INT64_MIN when not known */
    uint8_t prev[SHEAF_HASH_BYTES];    /* leaf hash of the revision before */
    uint8_t id_hash[SHEAF_HASH_BYTES]; /* BLAKE2b-256 of the ID */
    uint8_t leaf_hash[SHEAF_HASH_BYTES];
    unsigned parts;         /* the metadata line included */
    uint64_t body_size;     /* of an article */
    uint8_t body_hash[SHEAF_HASH_BYTES]; /* BLAKE2b-256, unless it is ... */
    int salted;             /* ... keyed with the salt in the metadata */
};
/* Record number `index`, in the order of leaves. SHEAF_END: there are fewer
 * records. */
SHEAF_API int
sheaf_proof_record(const struct sheaf_proof *proof, size_t index,
                   struct sheaf_record *out);

/* What to compare with a proof. Leave NULL or 0 what is not known. */
#define SHEAF_CLAIM SHEAF_SIZE_OF(struct sheaf_claim)
struct sheaf_claim {
    size_t size;
    struct sheaf_bytes id;
    struct sheaf_bytes meta; /* the metadata line, without a line feed */
    uint32_t rev;            /* 0: the newest of which there is a record */
    const struct sheaf_source *body; /* borrowed, and not closed */
};

enum sheaf_standing {
    SHEAF_STANDING_UNKNOWN = 0,  /* there may be newer revisions */
    SHEAF_STANDING_NEWEST = 1,   /* there is no newer revision */
    SHEAF_STANDING_OLDER = 2,    /* there is a newer one */
    SHEAF_STANDING_REDACTED = 3, /* it was removed from the archive */
    SHEAF_STANDING_ABSENT = 4    /* the archive does not have it */
};

struct sheaf_answer {
    int standing;       /* enum sheaf_standing */
    struct sheaf_record record; /* unless absent */
    int id_checked;     /* against the claim's ID, or its metadata's */
    int meta_checked;
    int body_checked;
    size_t revisions;   /* records of articles with this ID */
};

/*
 * Compares a claim with a proof. SHEAF_EVERIFY: the proof has no such record,
 * or the record does not agree with the claim, or cannot be compared with it
 * (the body of a salted article needs the metadata). SHEAF_EINVAL: the claim
 * has no ID, and the proof has several articles. Only a proof made for IDs
 * (sheaf_prove_many) tells whether there are newer revisions, or none at all.
 */
SHEAF_API SHEAF_MUST int
sheaf_proof_ask(const struct sheaf_proof *proof,
                const struct sheaf_claim *claim, struct sheaf_answer *out,
                struct sheaf_error *err);

/*
 * Checks the output of sheaf_prove_consistency: that the tree of its
 * checkpoint, which `key` must have signed, begins with the tree of `old`. The
 * signature of `old` is not checked. `out` may be NULL; it receives the newer
 * checkpoint, whose origin is a view of `text`.
 */
SHEAF_API SHEAF_MUST int
sheaf_check_consistency(struct sheaf_bytes text,
                        const struct sheaf_checkpoint *old,
                        const struct sheaf_public_key *key,
                        struct sheaf_checkpoint *out, struct sheaf_error *err);

/* ---- Writing ------------------------------------------------------------ */

/* What a writer does while it works long. */
enum sheaf_stage {
    SHEAF_STAGE_DICT = 1, /* chooses a dictionary */
    SHEAF_STAGE_PACK = 2  /* compresses and writes articles */
};

#define SHEAF_WRITE_OPTIONS SHEAF_SIZE_OF(struct sheaf_write_options)
struct sheaf_write_options {
    size_t size;
    int level;           /* zstd level 1 to 19; 0: 9, or 15 if plain */
    int64_t dict_max;    /* bytes of a dictionary; 0: by size; -1: none */
    unsigned threads;    /* 0 or 1: none; the output does not depend on it */
    const char *tmpdir;  /* for temporary files; NULL: "/var/tmp" */
    const char *origin;  /* NULL: by the first generation's root */
    int64_t time_ms;     /* of archiving, as claimed */
    int unique;          /* an ID that comes twice is an error */
    uint64_t sample_max; /* bytes to train a dictionary from; 0: by dict_max */
    int salted;          /* see below */
    uint32_t block;      /* bytes of a block, up to 65,536; 0: none */
    int plain;           /* no codes of words; see below */
    int verified;        /* see sheaf_writer_append */
    int recipe;          /* say in the file how to read it; see below */
    int (*step)(void *arg, int stage); /* see below; may be NULL */
    void *step_arg;
    struct sheaf_bytes dict; /* the only dictionary, by sheaf_train; only for
                                sheaf_writer_new, which reads it */
    uint64_t shards;     /* not 0: see sheaf_merge_expect */
};

/*
 * The same articles, options and libzstd give the same bytes, unless `salted`
 * is set. With `salted`, each article without a `salt` in its metadata gets
 * one, 32 random bytes, which key the commitments to its parts. After such an
 * article has been redacted, nobody can confirm a guess at its text by
 * hashing. Salts are ignored when two articles are compared. The option
 * applies to the articles that this writer adds; sheaf_writer_append does not
 * take it over from the archive.
 *
 * Frequent words become codes where that makes the archive smaller (F17),
 * unless `plain` is set: stock zstd then prints the articles. What is appended
 * is plain if the archive is.
 *
 * With `recipe`, a new archive has a page of plain text near its start. It says
 * what the file is, and has a script that lists and prints its articles with
 * nothing but stock zstd.
 *
 * With `block`, neighbouring articles share a frame (F4.11) of at most that
 * many bytes of content. The archive becomes smaller, but reading one article
 * decompresses its whole frame.
 */

/*
 * `step` is called often while the writer works long, with an enum
 * sheaf_stage, by the thread that uses the writer. Return 0 to continue; any
 * other value stops with SHEAF_ESTOPPED, after which the writer can only be
 * freed. A few calls of libzstd in between may take some seconds, with
 * dictionaries of many MiB at high levels.
 */

struct sheaf_writer;

/*
 * Begins a new archive. Takes ownership of `sink`, also on failure. `options`
 * may be NULL, and is copied. SHEAF_ECORRUPT: its `dict` breaks a clause.
 */
SHEAF_API SHEAF_MUST int
sheaf_writer_new(struct sheaf_sink sink,
                 const struct sheaf_write_options *options,
                 struct sheaf_writer **out, struct sheaf_error *err);

/*
 * Begins a generation at the end of the archive file `path`, and locks the
 * file. If the archive is signed and `key` is given, `key` must have signed
 * its checkpoint and must not have been replaced (SHEAF_EVERIFY). The index of
 * leaves that nobody has signed could hide the newest revision of an article.
 * So with `key`, an archive that is not signed, or not up to its last leaf, is
 * refused (SHEAF_EVERIFY), unless options.verified says that sheaf_verify has
 * found it good. Without `key`, sheaf_commit cannot sign. A torn tail
 * is saved as PATH.tail (or .tail.2 and so on) and cut off, unless it holds a
 * valid END frame; then, or if something is damaged, SHEAF_ECORRUPT. But a
 * second copy of the end that is not whole is written again. From the first
 * change until the end of the generation is written, a file PATH.appending is
 * beside the archive; without that, a tail that is damaged is not cut off
 * (SHEAF_ECORRUPT), as it may have been complete.
 */
SHEAF_API SHEAF_MUST int
sheaf_writer_append(const char *path,
                    const struct sheaf_write_options *options,
                    const struct sheaf_public_key *key,
                    struct sheaf_writer **out, struct sheaf_error *err);

/* What is appended to, as it was when it was locked. */
SHEAF_API void
sheaf_writer_get_base(const struct sheaf_writer *writer,
                      struct sheaf_info *out);

struct sheaf_new_part {
    int role;                   /* the first must be SHEAF_ROLE_BODY */
    const char *type;           /* media type */
    struct sheaf_bytes data;    /* the bytes, if ... */
    const struct sheaf_source *source; /* ... this is NULL; borrowed. Its size
                                          is read once */
};

enum sheaf_added {
    SHEAF_ADDED = 0,         /* a new ID */
    SHEAF_REVISED = 1,       /* a new revision of an ID */
    SHEAF_UNCHANGED = 2,     /* equal to the newest revision: not stored */
    SHEAF_REVISED_UNLIKE = 3 /* a new revision of an ID, that may be another
                                article: it has another headline and another
                                URL than the one before; if one has no URL,
                                another date */
};

/*
 * Adds an article. `fields` is its metadata as canonical JSON (see
 * sheaf_json_canonical): an object with at least `id`, and without `rev`,
 * `prev` and `parts`, which this function adds. All arguments are copied or
 * read during the call. SHEAF_EINVAL: the article was refused, and the writer
 * can continue: so it is if the revision before is lost, and the archive is to
 * be signed or nothing says which revision it was. After any other failure,
 * free the writer. SHEAF_EIO: a source failed, or its bytes changed while they
 * were read.
 */
SHEAF_API SHEAF_MUST int
sheaf_add(struct sheaf_writer *writer, struct sheaf_bytes fields,
          const struct sheaf_new_part *parts, size_t part_count,
          enum sheaf_added *added, struct sheaf_error *err);

/*
 * Adds an article that sheaf_recover found, during its callback. The same as
 * sheaf_article_fields and sheaf_add, but a frame whose articles get the same
 * revisions as before is copied with its dictionary and not compressed again.
 * The writer then makes no new dictionaries. If articles were removed from the
 * file, dictionaries in it may still have their text: nothing is copied, and
 * the writer makes new ones.
 */
SHEAF_API SHEAF_MUST int
sheaf_add_recovered(struct sheaf_writer *writer,
                    const struct sheaf_recovered *found,
                    enum sheaf_added *added, struct sheaf_error *err);

/*
 * States that another key signs from here on (format.md F6.8). A statement
 * signed by both keys is added after the articles of this generation; no
 * article can be added after it. Then call sheaf_commit with `new_key` or
 * without a key. Works only on an archive that is appended to and has a
 * checkpoint. SHEAF_EVERIFY: `old_key` does not sign this archive; the writer
 * can continue. SHEAF_EINVAL: the keys are the same.
 */
SHEAF_API SHEAF_MUST int
sheaf_add_key_change(struct sheaf_writer *writer,
                     const struct sheaf_secret_key *old_key,
                     const struct sheaf_secret_key *new_key,
                     struct sheaf_error *err);

struct sheaf_written {
    uint64_t articles;     /* stored in this generation */
    uint64_t revisions;    /* of these, with a revision number above 1 */
    uint64_t after_lost;   /* of these, whose revision before is lost */
    uint64_t unlike;       /* of these, SHEAF_REVISED_UNLIKE */
    uint64_t unchanged;    /* not stored, because nothing changed */
    uint64_t raw_bytes;
    uint64_t bytes;        /* written */
    uint64_t dict_bytes;   /* of these, dictionaries with their parity */
    uint64_t optional_lost; /* by sheaf_repair: damaged optional frames that it
                               left out */
    uint64_t size;         /* leaves in the tree now */
    uint8_t root[SHEAF_HASH_BYTES];
    char origin[256];
};

/*
 * Finishes the generation and commits the sink. If `key` is not NULL, it
 * signs the checkpoint: the one that was given when the archive was opened, or
 * the new one of a key change. SHEAF_EVERIFY: it is another. `out` may be NULL.
 */
SHEAF_API SHEAF_MUST int
sheaf_commit(struct sheaf_writer *writer, const struct sheaf_secret_key *key,
             struct sheaf_written *out, struct sheaf_error *err);

/*
 * Does the same with a checkpoint that was made elsewhere, or one with more
 * cosignatures. Those in the archive's note of the same checkpoint stay, and
 * new ones come below them. If nothing was added, the generation holds only
 * the note; if the archive already has this note, no generation is written.
 * The tree may be larger than the note says (F9.9). No signature is checked.
 *
 * On failure nothing is written. SHEAF_ECORRUPT: the note breaks one of F9.1
 * to F9.6. SHEAF_EVERIFY: it has another origin, is not of this tree, or no
 * generation ends where it does.
 * SHEAF_EINVAL: the archive has a note of more leaves.
 */
SHEAF_API SHEAF_MUST int
sheaf_commit_note(struct sheaf_writer *writer, struct sheaf_bytes note,
                  struct sheaf_written *out, struct sheaf_error *err);

/*
 * Begins a sample from which a dictionary will be made, instead of an archive.
 * Of the options, `level`, `dict_max`, `sample_max`, `threads`, `tmpdir`,
 * `plain` and `step` count. Add articles by sheaf_add; SHEAF_END: the sample
 * was full before. One that is too large to be held in memory is passed over.
 */
SHEAF_API SHEAF_MUST int
sheaf_train_new(const struct sheaf_write_options *options,
                struct sheaf_writer **out, struct sheaf_error *err);

/*
 * Makes the dictionary, in a frame (F5), for the option `dict` of many
 * writers. The same articles, options and libzstd give the same bytes.
 * SHEAF_END: a dictionary would be of no use, as the articles are too few or
 * have too little in common. Afterwards the writer can only be freed.
 */
SHEAF_API SHEAF_MUST int
sheaf_train(struct sheaf_writer *writer, struct sheaf_buf *out,
            struct sheaf_error *err);

/* Discards everything that was added but not committed. */
SHEAF_API void sheaf_writer_free(struct sheaf_writer *writer);

/* ---- Rewriting ---------------------------------------------------------- */

/*
 * Writes the archive in `reader` again, stored in another way, by `level`,
 * `dict_max`, `sample_max` and `block` of the options. `threads` and `tmpdir`
 * are used too; the other options are ignored. Leaves, generations, seals and
 * checkpoints stay the same, so that the signature and each proof stay valid.
 *
 * Every article is checked against the tree before it is written. If the
 * archive is damaged, the result is SHEAF_ECORRUPT or SHEAF_EVERIFY, and
 * there is no new archive. Takes ownership of `sink`, also on failure.
 * `progress` and `out` may be NULL. SHEAF_EINCOMPLETE: its newest leaves are
 * lost, so that sheaf_repair or sheaf_recover comes first.
 */
SHEAF_API SHEAF_MUST int
sheaf_repack(const struct sheaf_reader *reader, struct sheaf_sink sink,
             const struct sheaf_write_options *options,
             sheaf_progress progress, void *arg, struct sheaf_written *out,
             struct sheaf_error *err);

/*
 * Repairs the damaged archive in `reader`: writes a new one, derives everything
 * that can be derived again, repairs dictionaries with their parity, and copies
 * the frames of articles unchanged. Leaves and checkpoints stay the same, as
 * with sheaf_repack; only in an earlier generation without leaves, the one
 * before takes the place of a wrong checkpoint. A leaf that the tree has
 * elsewhere is left out. SHEAF_ECORRUPT or SHEAF_EVERIFY: an article is lost.
 * SHEAF_EINCOMPLETE: the file has leaves that the tree lacks. Only the options
 * `threads` and `tmpdir` are used. Takes ownership of `sink`, also on failure.
 */
SHEAF_API SHEAF_MUST int
sheaf_repair(const struct sheaf_reader *reader, struct sheaf_sink sink,
             const struct sheaf_write_options *options,
             sheaf_progress progress, void *arg, struct sheaf_written *out,
             struct sheaf_error *err);

/* What to remove. */
struct sheaf_redact_target {
    struct sheaf_bytes id;
    uint32_t rev; /* 0: every revision */
};

/* Called for an article that stays and quotes a removed one: it has eight
 * words in a row of it, or its URL, that at most 64 remaining articles have.
 * Return 0 to continue. */
typedef int (*sheaf_quoted)(void *arg, const struct sheaf_article *article);

#define SHEAF_REDACT_OPTIONS SHEAF_SIZE_OF(struct sheaf_redact_options)
struct sheaf_redact_options {
    size_t size;
    const struct sheaf_redact_target *targets;
    size_t target_count;
    const char *reason; /* 1 to 1,024 bytes of UTF-8, no control characters */
    int64_t time_ms;    /* of the redaction, as claimed */
    const struct sheaf_secret_key *key; /* NULL: sign nothing new */
    unsigned threads;
    const char *tmpdir;
    sheaf_quoted quoted;     /* may be NULL */
    sheaf_progress progress; /* may be NULL */
    void *arg;               /* of both */
    int verified;            /* as in sheaf_write_options */
};

struct sheaf_redacted {
    uint64_t articles;     /* removed; each revision counts */
    uint64_t quoting;      /* calls of `quoted` */
    uint64_t dictionaries; /* made anew: they may have had its words */
    uint64_t frames;       /* of the remaining articles ... */
    uint64_t frames_recompressed;  /* ... and how many were recompressed */
    uint64_t bytes;
    uint64_t size;         /* leaves in the tree now */
    uint8_t root[SHEAF_HASH_BYTES];
};

/*
 * Writes the archive without some articles (format.md F6.6, F6.7). Their
 * records stay as leaves, so that the tree, checkpoints and the proofs of all
 * others stay valid. Nothing else of them stays, not in dictionaries either.
 * Articles that quote them stay, and `quoted` is called for each. A new
 * generation says what was removed and why. `key` signs it, and must be the
 * key that signs the archive. Every leaf is checked as in sheaf_repack.
 *
 * SHEAF_ENOTFOUND: there is no such article. SHEAF_EREDACTED: it was removed
 * before. SHEAF_EVERIFY: another key signs the archive, or it is damaged; or
 * `key` would sign leaves that nobody has signed, and `verified` does not say
 * that the caller has looked at them.
 * Takes ownership of `sink`, also on failure. `out` may be NULL.
 */
SHEAF_API SHEAF_MUST int
sheaf_redact(const struct sheaf_reader *reader, struct sheaf_sink sink,
             const struct sheaf_redact_options *options,
             struct sheaf_redacted *out, struct sheaf_error *err);

/* ---- Merging ------------------------------------------------------------- */

/*
 * One new archive of several. Frames and dictionaries are copied and not
 * compressed again where that is possible, so merging is little more than
 * checking and copying.
 *
 *   sheaf_merge_new; sheaf_merge_expect for each archive; then in the same
 *   order sheaf_merge_add for each; sheaf_merge_commit; sheaf_merge_free
 *
 * Articles keep their order, archive after archive. An article that an archive
 * before has (the same ID, metadata and parts, without `source`, salt and
 * revision) is not added again. Another article with an ID that is there
 * becomes the next revision of it, which changes its metadata line and its
 * leaf hash.
 *
 * The record of a removed article is taken over, and a redaction with the time
 * and reason of the old one is added. If one archive has an article that was
 * redacted in another, it stays redacted. Seals and key changes are history of
 * the old logs, and are not leaves of the new one. Checkpoints travel along in
 * frames `old` (F2.6), which say where the leaves under them are now.
 */
struct sheaf_merge;

struct sheaf_merged {
    struct sheaf_written written;
    uint64_t same;     /* articles that an archive before had */
    uint64_t older;    /* of these, the newest revisions of their archive, of
                          which an archive before had a newer one */
    uint64_t revised;  /* that got another revision, or another before it */
    uint64_t redacted; /* records of removed articles taken over ... */
    uint64_t left_out; /* ... and those that cannot be: another archive has
                          removed another article with this ID */
    uint64_t notes;    /* checkpoints that travel along */
    uint64_t optional; /* optional frames that were not copied */
    uint64_t renamed;  /* dictionaries whose ID was taken */
    uint64_t tainted;  /* archives without redactions that others have: their
                          dictionaries may have that text, and are made anew */
    uint64_t frames;   /* of articles ... */
    uint64_t frames_recompressed; /* ... and how many were compressed again */
};

/*
 * Begins a new archive. Takes ownership of `sink`, also on failure. Of the
 * options, `level`, `threads`, `tmpdir`, `origin`, `time_ms`, `verified`,
 * `recipe`, `step` and `shards` count. The origin must be another one than
 * that of each archive: this is another log. The default level is that of the
 * archives, if they have the same.
 */
SHEAF_API SHEAF_MUST int
sheaf_merge_new(struct sheaf_sink sink,
                const struct sheaf_write_options *options,
                struct sheaf_merge **out, struct sheaf_error *err);

/*
 * Notes an archive, its checkpoint and what was redacted in it, before any
 * archive is added. Call sheaf_authenticate first to know who signed it.
 * SHEAF_EINVAL: it has the origin of the options.
 *
 * With the option `shards`, the archives are one input that was packed in
 * pieces. The new archive is the same, byte for byte, wherever the input was
 * cut, and the same as if it had been packed in one piece with the same
 * options: an article is compared with the newest revision of its ID alone.
 * SHEAF_EINVAL: the archive is signed, articles were redacted in it, or it has
 * another dictionary than the one before.
 */
SHEAF_API SHEAF_MUST int
sheaf_merge_expect(struct sheaf_merge *merge,
                   const struct sheaf_reader *reader, struct sheaf_error *err);

/*
 * Adds the next archive, opened anew or still open. Each leaf is checked as in
 * sheaf_repack: after a failure the merge can only be freed. SHEAF_EREDACTED:
 * an article with this ID was redacted in another archive, which does not have
 * this revision. SHEAF_EINVAL: it is not the archive that was noted.
 * `progress` may be NULL.
 */
SHEAF_API SHEAF_MUST int
sheaf_merge_add(struct sheaf_merge *merge, const struct sheaf_reader *reader,
                sheaf_progress progress, void *arg, struct sheaf_error *err);

/* The same for a part of an archive: only these articles and removed articles,
 * in the order of their leaves, as sheaf_scan gives their entries. Only their
 * frames are read. */
SHEAF_API SHEAF_MUST int
sheaf_merge_pick(struct sheaf_merge *merge, const struct sheaf_reader *reader,
                 const struct sheaf_entry *entries, size_t count,
                 sheaf_progress progress, void *arg, struct sheaf_error *err);

/* Finishes and commits the sink. If `key` is not NULL, it signs the
 * checkpoint. `out` may be NULL. SHEAF_EVERIFY: an archive was signed, but not
 * to its end, and the option `verified` does not say that the caller has
 * looked at what nobody has signed. */
SHEAF_API SHEAF_MUST int
sheaf_merge_commit(struct sheaf_merge *merge,
                   const struct sheaf_secret_key *key,
                   struct sheaf_merged *out, struct sheaf_error *err);
SHEAF_API void sheaf_merge_free(struct sheaf_merge *merge);

/*
 * Converts the text of a JSON object to the canonical form of format.md F4.2.
 * SHEAF_EINVAL: it has no such form; the message has the line and column.
 */
SHEAF_API SHEAF_MUST int
sheaf_json_canonical(struct sheaf_bytes text, struct sheaf_buf *out,
                     struct sheaf_error *err);

#ifdef __cplusplus
}
#endif

#endif
