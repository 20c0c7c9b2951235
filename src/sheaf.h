/*
 * sheaf.h - pack, read and verify signed archives of news articles.
 *
 * The format is spec/format.md; this is the library's whole public face.
 * The header is C99 and C++ clean and includes nothing but <stddef.h> and
 * <stdint.h>.
 *
 * An archive holds articles. An article is an ID, a revision number, a line
 * of metadata (canonical JSON) and one or more parts (bytes with a role).
 * Each article is a leaf of a Merkle tree, numbered from 0 in the order of
 * packing; a signed checkpoint states the tree's size and root.
 *
 * Five rules hold for every function here.
 *
 *  1. Results.  A function that can fail returns an enum sheaf_code: zero
 *     is success, negative is failure. SHEAF_END, the one positive code,
 *     says that there is no more to read. A function that returns void or a
 *     value cannot fail.
 *  2. Errors.   The last parameter, `err`, may be NULL. On failure it says
 *     what went wrong and where in the file; on success it is not touched.
 *     Output parameters are written on success only.
 *  3. Memory.   What *_new, *_open and *_create hand out, the matching
 *     *_free or *_close takes back; both accept NULL. `const` pointers you
 *     pass in are borrowed for the call. Views (struct sheaf_bytes) handed
 *     out are borrowed too, for as long as the function's comment says.
 *  4. Threads.  A sheaf_reader may be shared by any number of threads.
 *     Everything else belongs to one thread at a time.
 *  5. Limits.   No length read from a file is believed until it has been
 *     checked against the format's limits and struct sheaf_limits.
 *
 * The library does not print, exit, or read the environment or the clock.
 */
#ifndef SHEAF_H
#define SHEAF_H

#include <stddef.h>
#include <stdint.h>

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

#define SHEAF_VERSION "0.1.0"

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
    SHEAF_EINVAL = -8,       /* an argument's value makes no sense */
    SHEAF_ESTOPPED = -9,     /* a callback asked to stop */
    SHEAF_EREDACTED = -10    /* the article was removed; the message says why */
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

/* Bytes that belong to somebody else. Not NUL-terminated. */
struct sheaf_bytes {
    const uint8_t *data;
    size_t len;
};

/* Bytes that belong to the caller. Start with { 0 }; reuse freely; end with
 * sheaf_buf_free. Functions that fill one replace what it held. */
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
struct sheaf_source_ops {
    uint64_t (*size)(void *ctx);
    int (*read_at)(void *ctx, uint64_t offset, void *buf, size_t len);
    void (*close)(void *ctx);
};

struct sheaf_source {
    const struct sheaf_source_ops *ops;
    void *ctx;
};

/* A file, opened for reading; its size is taken now. */
SHEAF_API SHEAF_MUST int
sheaf_source_file(struct sheaf_source *out, const char *path,
                  struct sheaf_error *err);
/* Borrowed memory, which must outlive the source. */
SHEAF_API SHEAF_MUST int
sheaf_source_memory(struct sheaf_source *out, const void *data, size_t len,
                    struct sheaf_error *err);

/*
 * Where an archive is written, in order and never read back. Functions return
 * 0 or an errno value. `sync` makes what was written so far durable before
 * anything that is written later. `commit` makes all of it visible and
 * durable at once; `close` without a commit leaves no trace where that can
 * be done (on a pipe it can't).
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

/* A new file: written to a temporary in the same folder, renamed by commit.
 * Unless `replace` is set, a file that is there is refused (SHEAF_EINVAL),
 * now and again at commit. */
SHEAF_API SHEAF_MUST int
sheaf_sink_file(struct sheaf_sink *out, const char *path, int replace,
                struct sheaf_error *err);
/* An open descriptor, such as a pipe; not closed by the sink. */
SHEAF_API SHEAF_MUST int
sheaf_sink_fd(struct sheaf_sink *out, int fd, struct sheaf_error *err);
/* A buffer, which must outlive the sink; emptied by close without commit. */
SHEAF_API SHEAF_MUST int
sheaf_sink_memory(struct sheaf_sink *out, struct sheaf_buf *buf,
                  struct sheaf_error *err);

/* ---- Keys --------------------------------------------------------------- */

/*
 * Keys are minisign's, Ed25519 with an ID of 8 random bytes, and so are the
 * files they are kept in. Those of signify can be read too, secret ones if
 * they have no passphrase. Text that is no such key is SHEAF_EINVAL.
 *
 * In struct sheaf_secret_key, `key` is a seed of 32 bytes and the public key
 * after it. Wipe it, and what sheaf_secret_key_format wrote without a
 * passphrase, when they are no longer needed.
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
sheaf_public_key_parse(const char *text, size_t len,
                       struct sheaf_public_key *out, struct sheaf_error *err);
SHEAF_API SHEAF_MUST int
sheaf_public_key_format(const struct sheaf_public_key *key,
                        struct sheaf_buf *out, struct sheaf_error *err);

/* 1 if this is a secret key file that takes a passphrase to read, else 0. */
SHEAF_API int sheaf_secret_key_encrypted(const char *text, size_t len);

/* A secret key file. `passphrase` may be NULL, and is ignored where none is
 * needed; where one is, this takes seconds and 1 GiB of memory. SHEAF_EVERIFY
 * for a wrong passphrase, SHEAF_ELIMIT for a key that asks for more time or
 * memory than minisign's own. */
SHEAF_API SHEAF_MUST int
sheaf_secret_key_parse(const char *text, size_t len, const char *passphrase,
                       size_t passphrase_len, struct sheaf_secret_key *out,
                       struct sheaf_error *err);

/* The file for it, encrypted unless `passphrase` is NULL. Encrypting takes
 * 1 GiB of memory; it fails where that can't be had, and never settles for
 * less as minisign may. */
SHEAF_API SHEAF_MUST int
sheaf_secret_key_format(const struct sheaf_secret_key *key,
                        const char *passphrase, size_t passphrase_len,
                        struct sheaf_buf *out, struct sheaf_error *err);

/* A new key pair. */
SHEAF_API SHEAF_MUST int
sheaf_keygen(struct sheaf_secret_key *secret, struct sheaf_public_key *pub,
             struct sheaf_error *err);
SHEAF_API void sheaf_secret_key_wipe(struct sheaf_secret_key *key);

/* A signature file over `text` that `minisign -V` accepts, of the kind that
 * `minisign -S -l` makes. `comment` is signed as well: at most 1,024 bytes
 * of printable ASCII and tabs, else SHEAF_EINVAL. Such a signature over the
 * text of a checkpoint is one on the checkpoint, so don't sign what others
 * wrote. */
SHEAF_API SHEAF_MUST int
sheaf_minisig(const struct sheaf_secret_key *key, const void *text, size_t len,
              const char *comment, struct sheaf_buf *out,
              struct sheaf_error *err);

/* ---- Opening ------------------------------------------------------------ */

struct sheaf_limits {
    uint64_t article_max; /* bytes of one article, decompressed */
    uint64_t cache_max;   /* bytes of decompressed dictionaries kept */
};
#define SHEAF_LIMITS_DEFAULT { (uint64_t)4 << 30, (uint64_t)256 << 20 }

struct sheaf_reader;

/*
 * Open an archive: find its end record and check its top. No article is
 * read, and no work is done that grows with the number of articles.
 *
 * Takes ownership of `source` whether or not it succeeds. `limits` may be
 * NULL for SHEAF_LIMITS_DEFAULT.
 */
SHEAF_API SHEAF_MUST int
sheaf_open(struct sheaf_source source, const struct sheaf_limits *limits,
           struct sheaf_reader **out, struct sheaf_error *err);
SHEAF_API void sheaf_close(struct sheaf_reader *reader);

struct sheaf_info {
    uint64_t size;        /* leaves, seals included */
    uint64_t articles;
    uint64_t generation;  /* how many there are */
    uint64_t raw_bytes;   /* articles and metadata, decompressed */
    uint64_t file_bytes;  /* of the archive, up to its end record */
    uint64_t tail_bytes;  /* after it: an append going on, or torn off */
    int end_damaged;      /* an end record or its copy is damaged or gone */
    uint64_t signed_size; /* leaves under the signature; 0 when unsigned */
    uint8_t root[SHEAF_HASH_BYTES];
    struct sheaf_bytes origin; /* views, valid until sheaf_close */
    struct sheaf_bytes note;   /* the newest checkpoint; empty when unsigned */
    uint32_t zstd_version;
    int level;
    unsigned dictionaries;
    unsigned runs;
    uint64_t redactions;  /* articles removed, which `articles` counts too */
    unsigned key_changes;
    int trusted;          /* sheaf_authenticate has succeeded, and this key signed: */
    struct sheaf_public_key signer;
};
SHEAF_API void
sheaf_get_info(const struct sheaf_reader *reader, struct sheaf_info *out);

/*
 * Check the checkpoint against a public key, or the one that follows from it
 * through the archive's key changes, and from here on check each article up
 * to it: sheaf_read refuses an article that is not under the signature, and
 * sheaf_find answers only what the signed map proves.
 * Call it before the reader is shared. SHEAF_EVERIFY: not signed, signed by
 * another key, or not the tree that was signed.
 */
SHEAF_API SHEAF_MUST int
sheaf_authenticate(struct sheaf_reader *reader, const struct sheaf_public_key *key,
            struct sheaf_error *err);

/* What a checkpoint states. The origin is a view into the note that it was
 * read from. */
struct sheaf_checkpoint {
    struct sheaf_bytes origin;
    uint64_t size;
    uint8_t root[SHEAF_HASH_BYTES];
};

/* A signed note (format.md F9), as a file or sheaf_info has it. Nobody's
 * signature is looked at. SHEAF_ECORRUPT, SHEAF_ELIMIT. */
SHEAF_API SHEAF_MUST int
sheaf_checkpoint_parse(struct sheaf_bytes note, struct sheaf_checkpoint *out,
                       struct sheaf_error *err);

/* The note that sheaf_commit puts into an archive, of the same bytes. Who
 * signs two trees for one origin can be shown to have done so. */
SHEAF_API SHEAF_MUST int
sheaf_checkpoint_sign(const char *origin, uint64_t size,
                      const uint8_t root[SHEAF_HASH_BYTES],
                      const struct sheaf_secret_key *key,
                      struct sheaf_buf *out, struct sheaf_error *err);

/* ---- Cosignatures and policies ------------------------------------------ */

/*
 * A note can carry, below the log's own signature, those of others who have
 * seen the checkpoint, each with the time (format.md F9, C2SP's
 * tlog-cosignature): a second archivist, a library, a public witness. A
 * policy (F16, C2SP's tlog-policy) says whose are wanted, and how many.
 */

/* The text that a log signs: three lines. SHEAF_EINVAL: no such origin. */
SHEAF_API SHEAF_MUST int
sheaf_checkpoint_text(const char *origin, uint64_t size,
                      const uint8_t root[SHEAF_HASH_BYTES],
                      struct sheaf_buf *out, struct sheaf_error *err);

/*
 * The note of such a text, and the file in which `minisign -S -l` or `signify
 * -S` signed it elsewhere. SHEAF_EINVAL: the file is none, or of a kind that
 * can't be used, which the message says. SHEAF_EVERIFY: `key` has not signed
 * this text.
 */
SHEAF_API SHEAF_MUST int
sheaf_note_from_signature(struct sheaf_bytes text, struct sheaf_bytes file,
                        const struct sheaf_public_key *key,
                        struct sheaf_buf *out, struct sheaf_error *err);

/* Has `key` itself signed the note as the log? SHEAF_EVERIFY if not. */
SHEAF_API SHEAF_MUST int
sheaf_note_verify(struct sheaf_bytes note, const struct sheaf_public_key *key,
                  struct sheaf_error *err);

enum sheaf_signer { SHEAF_SIGNER_LOG = 1, SHEAF_SIGNER_COSIGNER = 4 };

/* A key as policies and other tools for transparency logs want it: one line
 * NAME+ID+KEY, without a newline. A log's name is its origin. SHEAF_EINVAL
 * for a name that can't be one. */
SHEAF_API SHEAF_MUST int
sheaf_vkey(const struct sheaf_public_key *key, enum sheaf_signer signer,
           const char *name, struct sheaf_buf *out, struct sheaf_error *err);

/* The line with which `key`, under this name, states to have seen the note's
 * checkpoint at `time`, in seconds since 1970. That it goes on from what the
 * same signer has seen before is the caller's to make sure. SHEAF_EINVAL: no
 * such name or time, or the key is the log's own. */
SHEAF_API SHEAF_MUST int
sheaf_cosign(struct sheaf_bytes note, const struct sheaf_secret_key *key,
             const char *name, uint64_t time, struct sheaf_buf *out,
             struct sheaf_error *err);

/* The note with more signature lines below; how many is *added. Lines whose
 * name and key ID are there already are left out. Nothing is said about who
 * made them. SHEAF_ECORRUPT, SHEAF_ELIMIT: a line is none, or too many. */
SHEAF_API SHEAF_MUST int
sheaf_note_add(struct sheaf_bytes note, struct sheaf_bytes lines,
               unsigned *added, struct sheaf_buf *out,
               struct sheaf_error *err);

struct sheaf_policy;

/* A policy's text. SHEAF_ECORRUPT, SHEAF_ELIMIT: the message names the line. */
SHEAF_API SHEAF_MUST int
sheaf_policy_parse(struct sheaf_bytes text, struct sheaf_policy **out,
                   struct sheaf_error *err);
SHEAF_API void sheaf_policy_free(struct sheaf_policy *policy);

/* The key of the policy's log number `index`, from 0, of those with this
 * origin. It has no minisign ID: `id` is zeros. SHEAF_END: no more. */
SHEAF_API SHEAF_MUST int
sheaf_policy_log(const struct sheaf_policy *policy, struct sheaf_bytes origin,
                 unsigned index, struct sheaf_public_key *out,
                 struct sheaf_error *err);

struct sheaf_witness {
    struct sheaf_bytes name;     /* in the policy; views, until it is freed */
    struct sheaf_bytes key_name; /* in notes */
    int readable; /* 0: of an algorithm that can't be checked here */
    int cosigned;
    uint64_t time; /* when, in seconds since 1970 */
};

/* Witness number `index` of the policy, from 0, and whether it has cosigned
 * the note: SHEAF_END if there are not so many. SHEAF_EVERIFY or
 * SHEAF_ECORRUPT: what stands there under its key is not valid. */
SHEAF_API SHEAF_MUST int
sheaf_policy_witness(const struct sheaf_policy *policy,
                     struct sheaf_bytes note, unsigned index,
                     struct sheaf_witness *out, struct sheaf_error *err);

/*
 * Times in seconds since 1970; both are 0 if the policy wants nobody. Of a
 * group of which k are wanted, `attested` is the k-th smallest of its members'
 * times, and `fresh` the k-th largest. As long as in no group k members or
 * more lie: the checkpoint was there at `attested`, and still was what the
 * witnesses went by at `fresh`.
 */
struct sheaf_attestation {
    unsigned witnesses; /* in the policy */
    unsigned cosigned;  /* of these */
    uint64_t attested;
    uint64_t fresh;
};

/*
 * Does the note meet the policy? The log's signature must be `key`'s, or if
 * that is NULL, that of a log in the policy; and the quorum must have cosigned.
 * SHEAF_EVERIFY: one of these is not so, or a cosignature of a witness is not
 * valid. Where keys were changed, `key` is the one that signs now.
 */
SHEAF_API SHEAF_MUST int
sheaf_policy_check(const struct sheaf_policy *policy, struct sheaf_bytes note,
                   const struct sheaf_public_key *key,
                   struct sheaf_attestation *out, struct sheaf_error *err);

/* ---- Reading articles --------------------------------------------------- */

/* What one thread needs to read: make one per thread and keep it. */
struct sheaf_scratch;
SHEAF_API SHEAF_MUST int
sheaf_scratch_new(struct sheaf_scratch **out, struct sheaf_error *err);
SHEAF_API void sheaf_scratch_free(struct sheaf_scratch *scratch);

/* The root that the tree had when it had `size` leaves, as far as the newest
 * top is to be believed. SHEAF_EINVAL if it has fewer now. */
SHEAF_API SHEAF_MUST int
sheaf_root_at(const struct sheaf_reader *reader,
              struct sheaf_scratch *scratch, uint64_t size,
              uint8_t out[SHEAF_HASH_BYTES], struct sheaf_error *err);

/*
 * Is this note a checkpoint of this archive: of its origin, and of a tree
 * that its own extends? With `key`, it must also be signed by the key that
 * follows from it (F9.10). `out` may be NULL. SHEAF_EVERIFY if it is not.
 */
SHEAF_API SHEAF_MUST int
sheaf_check_note(const struct sheaf_reader *reader,
                 struct sheaf_scratch *scratch, struct sheaf_bytes note,
                 const struct sheaf_public_key *key,
                 struct sheaf_checkpoint *out, struct sheaf_error *err);

/* Where an article is. */
struct sheaf_entry {
    uint64_t leaf;
    uint64_t offset;
    uint64_t length; /* of its frame; 0 when not known before it is read */
    uint32_t index;  /* in its frame, which may hold several short ones */
};

/*
 * Find the article with this ID: its newest revision if `rev` is 0, else that
 * one. SHEAF_ENOTFOUND if there is none, SHEAF_EREDACTED if it was removed
 * (after sheaf_authenticate both are proven by the map), SHEAF_EVERIFY when that
 * can't be proven. An article that is neither there nor redacted, but
 * missing, is SHEAF_ECORRUPT with clause F6.6.
 */
SHEAF_API SHEAF_MUST int
sheaf_find(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
           const void *id, size_t id_len, uint32_t rev,
           struct sheaf_entry *out, struct sheaf_error *err);
/* The newest article that has this `url` in its metadata. */
SHEAF_API SHEAF_MUST int
sheaf_find_url(const struct sheaf_reader *reader,
               struct sheaf_scratch *scratch, const void *url, size_t url_len,
               struct sheaf_entry *out, struct sheaf_error *err);
/* The article that is leaf number `leaf`; SHEAF_ENOTFOUND if that leaf is a
 * seal or another statement, SHEAF_EREDACTED if the article was removed,
 * SHEAF_END if there are not so many leaves. */
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
    int64_t time;          /* ms since 1970; INT64_MIN when not known */
    struct sheaf_bytes id; /* UTF-8 */
    struct sheaf_bytes meta; /* canonical JSON, one line */
    const struct sheaf_part *parts; /* the body first */
    size_t part_count;
    uint8_t leaf_hash[SHEAF_HASH_BYTES];
};

/*
 * Read an article and check it: its frame, its form, its leaf hash against
 * the tree's, and after sheaf_authenticate the path up to the signed root. The views
 * in *out live until the next call with the same scratch.
 */
SHEAF_API SHEAF_MUST int
sheaf_read(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
           const struct sheaf_entry *entry, struct sheaf_article *out,
           struct sheaf_error *err);

/* Takes bytes; anything but 0 stops with SHEAF_ESTOPPED. */
typedef int (*sheaf_write)(void *arg, const void *data, size_t len);

/*
 * Hand part `index` of the article last read with this scratch to `write`.
 * A large part is decompressed again, and each piece compared with what
 * sheaf_read checked before it is handed on.
 */
SHEAF_API SHEAF_MUST int
sheaf_read_part(const struct sheaf_reader *reader,
                struct sheaf_scratch *scratch,
                const struct sheaf_article *article, size_t index,
                sheaf_write write, void *arg, struct sheaf_error *err);

/* A line of a listing; views live until the callback returns. Strings are
 * JSON-escaped, without quotes, as they stand in the metadata; empty when
 * missing or longer than 1,024 bytes. */
struct sheaf_listing {
    struct sheaf_entry entry;
    struct sheaf_bytes id;
    struct sheaf_bytes published;
    struct sheaf_bytes section;
    struct sheaf_bytes headline;
    int redacted; /* the article was removed: all strings are empty */
};
/* 0 goes on; anything else stops with SHEAF_ESTOPPED. */
typedef int (*sheaf_listed)(void *arg, const struct sheaf_listing *line);

struct sheaf_list_filter {
    int32_t first_day; /* groups wholly before it are not read */
    int32_t last_day;  /* groups wholly after it are not read */
    int redacted;      /* also list articles that were removed */
};
#define SHEAF_LIST_ALL { INT32_MIN, INT32_MAX, 0 }

/* List all articles, every revision, in leaf order, from the columns: no
 * article is decompressed. `filter` may be NULL; but for removed articles it
 * only skips groups. */
SHEAF_API SHEAF_MUST int
sheaf_list(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
           const struct sheaf_list_filter *filter, sheaf_listed listed,
           void *arg, struct sheaf_error *err);

struct sheaf_dictionary {
    uint32_t id;
    uint64_t offset;      /* of its frame */
    uint64_t from;        /* articles that need it lie from here ... */
    uint64_t to;          /* ... to here, and other frames between them */
    uint32_t packed_size;
    uint32_t raw_size;
};
/* Dictionary number `index`, and with `out` not NULL its bytes. SHEAF_END if
 * there are not so many. */
SHEAF_API SHEAF_MUST int
sheaf_get_dictionary(const struct sheaf_reader *reader, unsigned index,
                     struct sheaf_dictionary *what, struct sheaf_buf *out,
                     struct sheaf_error *err);

/* ---- Verifying ---------------------------------------------------------- */

/* Called now and then with bytes; anything but 0 stops with SHEAF_ESTOPPED. */
typedef int (*sheaf_progress)(void *arg, uint64_t done, uint64_t total);

struct sheaf_verify_options {
    unsigned threads; /* 0 or 1: none */
    const struct sheaf_public_key *key; /* NULL: only "intact" is checked */
    const char *tmpdir; /* for what memory is too small for; NULL: "/var/tmp" */
    sheaf_progress progress;            /* may be NULL */
    void *arg;
    /* Earlier checkpoints, which the tree must extend: SHEAF_EVERIFY with
     * clause F9.9 if it does not. An empty origin is not compared. */
    const struct sheaf_checkpoint *since;
    size_t since_count;
};

struct sheaf_report {
    uint64_t articles;    /* removed ones too */
    uint64_t leaves;
    uint64_t generations;
    uint64_t bytes;       /* of the file, all accounted for */
    uint64_t raw_bytes;
    int authentic;        /* the signature is the key's */
    uint64_t signed_size; /* leaves under the signature */
    uint64_t redacted;    /* articles removed, each with a redaction */
    uint64_t revisions;   /* articles that are not their ID's first */
    unsigned key_changes;
    struct sheaf_public_key signer; /* if authentic: the key given, or the one
                                       that follows from it */
};

/*
 * Check everything in the archive: every byte accounted for, every hash, the
 * tree, index and map against the articles, and with a key the signature.
 * An article that is gone without a redaction is SHEAF_ECORRUPT with clause
 * F6.6: missing.
 */
SHEAF_API SHEAF_MUST int
sheaf_verify(const struct sheaf_reader *reader,
             const struct sheaf_verify_options *options,
             struct sheaf_report *out, struct sheaf_error *err);

/* ---- Recovering --------------------------------------------------------- */

struct sheaf_recovery {
    uint64_t articles;   /* found whole */
    uint64_t lost_bytes; /* of the file, in which nothing whole was found */
    uint64_t lost_places;
};

/* Called for each article that is whole, in the order of the file, with its
 * parts in memory (views until it returns), and, with `article` NULL, for
 * each stretch of bytes in which nothing is. Anything but 0 stops. */
typedef int (*sheaf_recovered)(void *arg, const struct sheaf_article *article,
                               uint64_t offset, uint64_t length);

/*
 * Find what is whole in a damaged file, without its index, tree or end: by
 * walking frames, and by searching for them where that fails. Each article
 * has passed its frame's checksum; nothing about it is authentic. `leaf` in
 * the articles is only a count. Takes ownership of `source`.
 */
SHEAF_API SHEAF_MUST int
sheaf_recover(struct sheaf_source source, const struct sheaf_limits *limits,
              sheaf_recovered found, void *arg, struct sheaf_recovery *out,
              struct sheaf_error *err);

/* An article's metadata without `rev`, `prev` and `parts`, as sheaf_add takes
 * it: replaces what `out` held. */
SHEAF_API SHEAF_MUST int
sheaf_article_fields(struct sheaf_bytes meta, struct sheaf_buf *out,
                     struct sheaf_error *err);

/* ---- Proofs ------------------------------------------------------------- */

/*
 * A proof is text (format.md F15) that shows to somebody without the archive
 * what a signed checkpoint says of it: that an article is in it, that there
 * is no newer revision or no such article, or that an older checkpoint was of
 * the same archive.
 *
 * Making one needs no key, but a signed archive. What is past the signature
 * can't be proven: SHEAF_EVERIFY, as for an archive that is not signed. Each
 * replaces what `out` held. SHEAF_ELIMIT: a proof may not be so long.
 */

/* For one article, a tlog-proof of C2SP, which other tools can read too. */
SHEAF_API SHEAF_MUST int
sheaf_prove(const struct sheaf_reader *reader, struct sheaf_scratch *scratch,
            const struct sheaf_entry *entry, struct sheaf_buf *out,
            struct sheaf_error *err);

/* For several, which share their path; and with `ids` for all that the
 * archive holds under these IDs, which may be nothing. That needs a checkpoint
 * of the whole archive: SHEAF_EVERIFY if there is none. */
SHEAF_API SHEAF_MUST int
sheaf_prove_many(const struct sheaf_reader *reader,
                 struct sheaf_scratch *scratch,
                 const struct sheaf_entry *entries, size_t entry_count,
                 const struct sheaf_bytes *ids, size_t id_count,
                 struct sheaf_buf *out, struct sheaf_error *err);

/* That the tree which the archive's checkpoint is of begins with the one that
 * `old` was of; its root must be that. SHEAF_EVERIFY if it is not, or is of
 * another origin. What is written is what a C2SP witness takes. */
SHEAF_API SHEAF_MUST int
sheaf_prove_consistency(const struct sheaf_reader *reader,
                        struct sheaf_scratch *scratch,
                        const struct sheaf_checkpoint *old,
                        struct sheaf_buf *out, struct sheaf_error *err);

/* A proof of the first two kinds, found right. */
struct sheaf_proof;

/*
 * Check a proof: its form, its hashes, and that its checkpoint is signed by
 * `key` or the key that follows from it. SHEAF_ECORRUPT: this is no proof;
 * SHEAF_EVERIFY: it is one, and does not prove what it says. With `key` NULL
 * nobody's signature is looked at, and then nothing is proven.
 */
SHEAF_API SHEAF_MUST int
sheaf_check_proof(const void *text, size_t len,
                  const struct sheaf_public_key *key,
                  struct sheaf_proof **out, struct sheaf_error *err);
SHEAF_API void sheaf_proof_free(struct sheaf_proof *proof);

struct sheaf_proof_info {
    struct sheaf_bytes origin; /* views, valid until sheaf_proof_free */
    struct sheaf_bytes note;   /* the checkpoint */
    uint64_t size;             /* leaves under it */
    uint8_t root[SHEAF_HASH_BYTES];
    struct sheaf_public_key signer;
    unsigned followed;   /* key changes from the key given to the signer */
    size_t records;      /* for sheaf_proof_record */
    size_t articles;     /* of these */
    uint64_t generation; /* 0: the proof has no seal; otherwise its ... */
    int64_t seal_time;   /* ... time as claimed, ms since 1970 */
};
SHEAF_API void
sheaf_proof_get_info(const struct sheaf_proof *proof,
                     struct sheaf_proof_info *out);

enum sheaf_leaf_type {
    SHEAF_LEAF_ARTICLE = 1,
    SHEAF_LEAF_SEAL = 2,
    SHEAF_LEAF_REDACTION = 3,
    SHEAF_LEAF_KEY_CHANGE = 4
};

/* What the tree has of a leaf: not the article, but what it commits to. */
struct sheaf_record {
    uint64_t leaf;
    int type;               /* enum sheaf_leaf_type */
    uint32_t rev;
    int64_t time;           /* as claimed; INT64_MIN when not known */
    uint8_t prev[SHEAF_HASH_BYTES];    /* leaf hash of the revision before */
    uint8_t id_hash[SHEAF_HASH_BYTES]; /* BLAKE2b-256 of the ID */
    uint8_t leaf_hash[SHEAF_HASH_BYTES];
    unsigned parts;         /* the metadata line counted */
    uint64_t body_size;     /* of an article */
    uint8_t body_hash[SHEAF_HASH_BYTES]; /* BLAKE2b-256, unless it is ... */
    int salted;             /* ... keyed with the salt in the metadata */
};
/* Record number `index`, in the order of leaves; SHEAF_END if there are not
 * so many. */
SHEAF_API int
sheaf_proof_record(const struct sheaf_proof *proof, size_t index,
                   struct sheaf_record *out);

/* What is held against a proof. What is not known is left NULL or 0. */
struct sheaf_claim {
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
    SHEAF_STANDING_ABSENT = 4    /* the archive holds nothing like it */
};

struct sheaf_answer {
    int standing;       /* enum sheaf_standing */
    struct sheaf_record record; /* unless absent */
    int id_checked;     /* by the claim's ID, or that in its metadata */
    int meta_checked;
    int body_checked;
    size_t revisions;   /* records of articles with this ID */
};

/*
 * Hold a claim against a proof. SHEAF_EVERIFY: the proof has no record of
 * this, or it does not agree with it, or can't be compared: that takes the
 * metadata when the article is salted. SHEAF_EINVAL: no ID is claimed, and
 * there are several articles. Whether there are newer revisions, or none at
 * all, is known only from proofs made for it.
 */
SHEAF_API SHEAF_MUST int
sheaf_proof_ask(const struct sheaf_proof *proof,
                const struct sheaf_claim *claim, struct sheaf_answer *out,
                struct sheaf_error *err);

/*
 * Check what sheaf_prove_consistency wrote: that the tree of its checkpoint,
 * which `key` has signed, begins with that of `old`. Who signed that one is
 * not asked. `out` may be NULL; it is the newer checkpoint, and its origin a
 * view into `text`.
 */
SHEAF_API SHEAF_MUST int
sheaf_check_consistency(const void *text, size_t len,
                        const struct sheaf_checkpoint *old,
                        const struct sheaf_public_key *key,
                        struct sheaf_checkpoint *out, struct sheaf_error *err);

/* ---- Writing ------------------------------------------------------------ */

struct sheaf_write_options {
    int level;           /* zstd level 1 to 19; 0 for the default, 15 */
    int64_t dict_max;    /* bytes of a dictionary; 0: by size; -1: none */
    unsigned threads;    /* 0 or 1: none. The bytes don't depend on it. */
    const char *tmpdir;  /* for what must be sorted; NULL: "/var/tmp" */
    const char *origin;  /* NULL: by the first generation's root */
    int64_t time;        /* of archiving, as claimed: ms since 1970 */
    int unique;          /* an ID that comes again is an error */
    uint64_t sample_max; /* bytes to train a dictionary from; 0: by dict_max */
    int salted;          /* see below */
    uint32_t block;      /* bytes of a block, up to 65,536; 0: none */
};

/*
 * The same articles, options and libzstd give the same bytes, but for this:
 * with `salted` each article without a `salt` in its metadata gets one, 32
 * random bytes, and the commitments to its parts are keyed with it. Once such
 * an article has been redacted nobody can find out, by hashing what he guesses
 * at, whether it said that. An article is the same as before whatever its
 * salt. When appending it applies to what is added and is not taken over from
 * the articles that are there.
 *
 * With `block` neighbours share a frame (F4.11) as long as they have no more
 * than so many bytes together: smaller, but to read one is to decompress all.
 */

struct sheaf_writer;

/*
 * Begin a new archive. Takes ownership of `sink` whether or not it succeeds.
 * `options` may be NULL, and is copied.
 */
SHEAF_API SHEAF_MUST int
sheaf_writer_new(struct sheaf_sink sink,
                 const struct sheaf_write_options *options,
                 struct sheaf_writer **out, struct sheaf_error *err);

/*
 * Begin a generation at the end of the archive file `path`, which is locked.
 * When it is signed and `key` is given, its checkpoint must be the key's, and
 * the key one that has not been changed for another (SHEAF_EVERIFY). A
 * torn tail is saved as PATH.tail and cut off if it holds nothing that was
 * ever whole; otherwise, or when the end is damaged, SHEAF_ECORRUPT.
 */
SHEAF_API SHEAF_MUST int
sheaf_writer_append(const char *path,
                    const struct sheaf_write_options *options,
                    const struct sheaf_public_key *key,
                    struct sheaf_writer **out, struct sheaf_error *err);

struct sheaf_new_part {
    int role;                   /* the first must be SHEAF_ROLE_BODY */
    const char *type;           /* media type */
    struct sheaf_bytes data;    /* the bytes, or ... */
    const struct sheaf_source *source; /* ... where they are; NULL: in data */
};

enum sheaf_added {
    SHEAF_ADDED = 0,    /* a new ID */
    SHEAF_REVISED = 1,  /* a new revision of an ID */
    SHEAF_UNCHANGED = 2 /* the newest revision says the same: not stored */
};

/*
 * Add an article. `fields` is its metadata as canonical JSON (see
 * sheaf_json_canonical): an object with at least `id`, and without `rev`,
 * `prev` and `parts`, which are added here. What it points at is copied or
 * read during the call. SHEAF_EINVAL: the article was refused and the writer
 * can go on. After any other failure only free the writer.
 */
SHEAF_API SHEAF_MUST int
sheaf_add(struct sheaf_writer *writer, struct sheaf_bytes fields,
          const struct sheaf_new_part *parts, size_t part_count,
          enum sheaf_added *added, struct sheaf_error *err);

/*
 * From here on another key signs (format.md F6.8): a statement of that, signed
 * by both keys, is added after this generation's articles; none can be added
 * after it. sheaf_commit is then called with `new_key`, or with none. Only for
 * an archive that is appended to and has a checkpoint; SHEAF_EVERIFY, and the
 * writer can go on, if `old_key` is not the one that signs it. SHEAF_EINVAL:
 * the keys are the same. The keys are borrowed for the call.
 */
SHEAF_API SHEAF_MUST int
sheaf_add_key_change(struct sheaf_writer *writer,
                     const struct sheaf_secret_key *old_key,
                     const struct sheaf_secret_key *new_key,
                     struct sheaf_error *err);

struct sheaf_written {
    uint64_t articles;     /* stored in this generation */
    uint64_t revisions;    /* of these, of IDs that were there before */
    uint64_t unchanged;    /* not stored, being the same */
    uint64_t raw_bytes;
    uint64_t bytes;        /* written */
    uint64_t dict_bytes;   /* of these, dictionaries with their parity */
    uint64_t size;         /* leaves in the tree now */
    uint8_t root[SHEAF_HASH_BYTES];
    char origin[256];
};

/*
 * Finish the generation and commit the sink, with a checkpoint signed by
 * `key` when that is not NULL. `out` may be NULL.
 */
SHEAF_API SHEAF_MUST int
sheaf_commit(struct sheaf_writer *writer, const struct sheaf_secret_key *key,
             struct sheaf_written *out, struct sheaf_error *err);

/*
 * The same with a checkpoint that was made elsewhere, or one with more
 * cosignatures: `note` is borrowed for the call. Where nothing was added the
 * generation holds nothing but the note, and there is none if the archive has
 * just this note. SHEAF_ECORRUPT, and nothing is written: it breaks one of
 * F9.1 to F9.6. SHEAF_EVERIFY: it is of another origin, or not of this tree,
 * which may be larger than the note says (F9.9); SHEAF_EINVAL: the note that
 * is there says more. Who signed it is not asked.
 */
SHEAF_API SHEAF_MUST int
sheaf_commit_note(struct sheaf_writer *writer, struct sheaf_bytes note,
                  struct sheaf_written *out, struct sheaf_error *err);

/* What was added but not committed is forgotten. */
SHEAF_API void sheaf_writer_free(struct sheaf_writer *writer);

/* ---- Rewriting ---------------------------------------------------------- */

/*
 * The archive in `reader` once more, stored otherwise: by `level`, `dict_max`,
 * `sample_max` and `block` of the options; `threads` and `tmpdir` are as
 * always, the others are not looked at. Leaves, generations, seals and
 * checkpoints are the same, so that what was signed stays signed, and each
 * proof holds. Every article is checked against the tree before it is written:
 * SHEAF_ECORRUPT or SHEAF_EVERIFY when the archive is damaged, and then
 * nothing is left of the new one. Takes ownership of `sink` whether or not it
 * succeeds. `progress` and `out` may be NULL.
 */
SHEAF_API SHEAF_MUST int
sheaf_repack(const struct sheaf_reader *reader, struct sheaf_sink sink,
             const struct sheaf_write_options *options,
             sheaf_progress progress, void *arg, struct sheaf_written *out,
             struct sheaf_error *err);

/* What is to be taken out. */
struct sheaf_redact_target {
    struct sheaf_bytes id;
    uint32_t rev; /* 0: every revision */
};

/* An article that stays, but has eight words in a row of one that is taken
 * out, which at most 64 have that stay. Anything but 0 stops. */
typedef int (*sheaf_quoted)(void *arg, const struct sheaf_article *article);

struct sheaf_redact_options {
    const struct sheaf_redact_target *targets;
    size_t target_count;
    const char *reason; /* 1 to 1,024 bytes of UTF-8, no control characters */
    int64_t time;       /* of the redaction, as claimed */
    const struct sheaf_secret_key *key; /* NULL: what is new is not signed */
    unsigned threads;
    const char *tmpdir;
    sheaf_quoted quoted;     /* may be NULL */
    sheaf_progress progress; /* may be NULL */
    void *arg;               /* of both */
};

struct sheaf_redacted {
    uint64_t articles;     /* taken out: revisions */
    uint64_t quoting;      /* what `quoted` was called for */
    uint64_t dictionaries; /* that had words of them, and were overwritten */
    uint64_t frames;       /* of the articles that stay ... */
    uint64_t frames_recompressed;  /* ... and those of them that were made anew */
    uint64_t bytes;
    uint64_t size;         /* leaves in the tree now */
    uint8_t root[SHEAF_HASH_BYTES];
};

/*
 * The archive without some articles (format.md F6.6, F6.7): their records stay
 * as leaves, so that tree, checkpoints and the proofs of all others hold;
 * nothing else of them does, also not in a dictionary. What is eight words in
 * a row in another article stays there, and `quoted` is told. A new generation
 * says what was taken out and why; it is signed by `key`, which must be the
 * one that signs the archive. Every leaf is checked, as sheaf_repack does.
 *
 * SHEAF_ENOTFOUND or SHEAF_EREDACTED: there is no such article, or no longer.
 * SHEAF_EVERIFY: another key, or a damaged archive. Takes ownership of `sink`
 * whether or not it succeeds; `out` may be NULL.
 */
SHEAF_API SHEAF_MUST int
sheaf_redact(const struct sheaf_reader *reader, struct sheaf_sink sink,
             const struct sheaf_redact_options *options,
             struct sheaf_redacted *out, struct sheaf_error *err);

/*
 * Any JSON object text to the canonical form of format.md F4.2, in `out`.
 * SHEAF_EINVAL, with line and column in the message, if it can't be.
 */
SHEAF_API SHEAF_MUST int
sheaf_json_canonical(struct sheaf_bytes text, struct sheaf_buf *out,
                     struct sheaf_error *err);

#ifdef __cplusplus
}
#endif

#endif
