/*
 * writer.h - an archive that is being written, from the inside.
 *
 * Each file uses those before it:
 *
 *   output.c      the sink, and the offset that it has reached
 *   layout.c      the places of frames: groups, rows, ledger
 *   compress.c    articles to frames, with all threads
 *   choose.c      which dictionary they get
 *   encode.c      batches of articles, in order
 *   dictfile.c    a dictionary that comes from a file of its own
 *   generation.c  tables, seal, signature, end
 *   keep.c        frames of articles that were recovered
 *   follow.c      the revision that another one follows, redacted or lost
 *   writer.c      beginning an archive, adding articles
 *   new_parts.c   their parts: sizes, commitments and bytes
 *   sample.c      articles for a dictionary that goes to such a file
 *   recovered.c   adding articles that were recovered
 *   append.c      continuing an archive
 *   behind_seal.c what stands behind its newest seal
 *   leaves.c      leaves of another archive
 *   rewrite.c     walking another archive for repack.c and redact.c
 */
#ifndef SHEAF_WRITE_WRITER_H
#define SHEAF_WRITE_WRITER_H

#include "base/base.h"
#include "base/idset.h"
#include "base/sink.h"
#include "format/article.h"
#include "read/reader.h"
#include "sheaf.h"
#include "write/encode.h"
#include "write/layout.h"
#include "write/new_parts.h"

#define WRITER_LEVEL_DEFAULT 9
#define WRITER_LEVEL_PLAIN 15

/* The rows of a run that was written, for when it is merged: a sink cannot
 * be read. A few of them are kept in memory, more in a file. */
struct kept_rows {
    struct sheaf_buf bytes;
    struct temp temp;
    uint64_t spilled;
};

/* Of generation.c: the runs that this writer wrote itself. */
struct kept_runs {
    bool wanted; /* more generations follow in this file */
    struct kept_rows rows[RUNS_MAX + 1][TABLE_KINDS]; /* of top.runs */
};

/* Of append.c: the archive that is continued. */
struct continued {
    struct sheaf_reader *reader; /* NULL: the archive is new */
    struct sheaf_scratch *scratch;
    bool signs;      /* with a key that was checked: this one, */
    uint8_t key[32]; /* unless a key change is added */
};

/* Of keep.c: the frame in which the article that is being added was found. */
struct keeping {
    const struct sheaf_found_frame *found; /* NULL: there is none */
    uint64_t offset; /* of the last frame that was found */
    size_t count; /* articles of this block that are last in the batch */
    size_t size;  /* bytes of them */
    bool whole;   /* they are the first ones of the frame, as they were */
};

/* Of writer.c: the article that is being added. */
struct adding {
    struct article article;
    struct new_parts parts;
    struct sheaf_buf comparable; /* its fields without its source, for
                                    comparing */
    struct sheaf_buf bytes;      /* of all parts, if it is small */
    struct sheaf_buf url;
    struct sheaf_buf base;       /* content of its possible base ... */
    uint64_t base_offset;        /* ... and the frame of that */
    uint32_t base_length;
};

struct sheaf_writer {
    struct sheaf_write_options options;
    char *tmpdir;
    bool words;      /* dictionaries may have a table of them */
    bool sample;     /* there is no archive: see sample.c */
    bool failed;     /* only sheaf_writer_free may be called */
    bool statements; /* a key change was added: no article may follow */
    struct layout layout;
    struct encoder *encoder;
    struct kept_runs kept;
    struct continued base;
    struct idset *ids;
    struct adding adding;
    struct keeping keeping;
};

/* ---- follow.c ------------------------------------------------------------ */

/* The newest revision of this ID was redacted: the next one follows its
 * record, which is still there. SHEAF_ENOTFOUND: there is none. */
int follow_redacted(struct sheaf_writer *w, struct sheaf_bytes id,
                    struct idset_entry *newest, struct sheaf_error *err);
/* What sheaf_find or sheaf_read could not give, with `rc` and `why`. The
 * revision that is added then follows the lost one, or the message says which
 * is lost. */
int follow_lost(struct sheaf_writer *w, struct sheaf_bytes id, int rc,
                struct idset_entry *seen, const struct sheaf_error *why,
                struct sheaf_error *err);

/* ---- writer.c ------------------------------------------------------------ */

/* Options of a writer that are not public. */
struct writer_setup {
    bool keeps_rows; /* more than one generation will be written */
    bool joined;     /* articles may be joined already */
    bool sample;     /* only a dictionary will be made */
};

/* Makes a writer without a sink. */
int writer_new(const struct sheaf_write_options *options,
               const struct writer_setup *setup, struct sheaf_writer **out,
               struct sheaf_error *err);
/* Makes a new encoder, for an archive without words. */
int writer_be_plain(struct sheaf_writer *w,
                    const struct sheaf_write_options *options,
                    const struct writer_setup *setup,
                    struct sheaf_error *err);
/* Makes a writer of a new archive; takes the sink, and closes it on
 * failure. */
int writer_make(struct sheaf_sink sink,
                const struct sheaf_write_options *options,
                const struct writer_setup *setup, struct sheaf_writer **out,
                struct sheaf_error *err);
/* Sets what the layout needs to know of an article, from `a`, whose line is
 * the item's content. */
int writer_describe(struct sheaf_writer *w, struct item *it,
                    const struct article *a, struct sheaf_error *err);

/* ---- keep.c -------------------------------------------------------------- */

/* Before the first article of a frame is added: its dictionary comes into
 * force, if it can. */
int writer_keep_begin(struct sheaf_writer *w,
                      const struct sheaf_found_frame *f,
                      struct sheaf_error *err);
/* The item has the line of an article that was recovered, and its line feed:
 * keeps the frame in which it was, if it is the same there, and the block. */
int writer_keep(struct sheaf_writer *w, struct item *it,
                struct sheaf_error *err);
/* After an article of the frame was added, or was not. */
void writer_keep_added(struct sheaf_writer *w,
                       const struct sheaf_found_frame *f, bool added);

/* Instead of these, for a frame that must not be kept: what comes is plain, as
 * it is there. */
void writer_keep_none(struct sheaf_writer *w,
                      const struct sheaf_found_frame *f);

/* ---- behind_seal.c ------------------------------------------------------- */

/* Checks what stands behind the newest seal of this archive, as a verifier
 * does. *count is the number of generations without leaves there. */
int behind_seal_check(const struct sheaf_reader *r,
                      struct sheaf_scratch *scratch, uint64_t *count,
                      struct sheaf_error *err);

/* ---- leaves.c: leaves that another archive has already ------------------- */

/* Takes over an article: its content, and its frame unless that is empty.
 * `joined`: it is in the frame of the article before. */
int writer_import_article(struct sheaf_writer *w, const struct article *a,
                          struct sheaf_bytes content, struct sheaf_bytes frame,
                          bool joined, struct sheaf_error *err);
/* Takes over an article that is too large for memory: `rest` is its bytes
 * after the line. */
int writer_import_large(struct sheaf_writer *w, const struct article *a,
                        struct sheaf_source rest, struct sheaf_error *err);
/* Takes over an optional frame, which no leaf of its generation precedes. */
int writer_import_optional(struct sheaf_writer *w, struct sheaf_bytes frame,
                           struct sheaf_error *err);
/* Takes over the record of a removed article. */
int writer_import_removed(struct sheaf_writer *w, struct sheaf_bytes record,
                          const uint8_t hash[32], const uint8_t id_hash[32],
                          struct sheaf_error *err);
/* Takes over a redaction or key change; `frame` is its LEF frame, which was
 * at `offset`. */
int writer_import_statement(struct sheaf_writer *w,
                            const struct leaf_stored *leaf,
                            struct sheaf_bytes frame, uint64_t offset,
                            struct sheaf_error *err);
/* Adds a new redaction. */
int writer_redact(struct sheaf_writer *w, const struct redaction *redaction,
                  struct sheaf_error *err);

/* ---- generation.c -------------------------------------------------------- */

/* Where the note of the top comes from: a key signs it, or it was made
 * elsewhere, or the one that is there is kept. */
struct signing {
    const struct sheaf_secret_key *key;
    struct sheaf_bytes note;
    /* The top of the archive that is rewritten, or NULL. The note and the
     * tree must be as there, or nothing is committed. */
    const struct top *as_it_was;
};

/* Checks that this key signs from here on: that it signed the note of the
 * archive, and is the new key of the newest key change. SHEAF_EVERIFY if
 * not. */
int generation_check_key(const struct sheaf_writer *w, const uint8_t key[32],
                         struct sheaf_error *err);
/* Ends the generation. Commits the sink if it is the `last` one; otherwise
 * begins the next one. */
int generation_write(struct sheaf_writer *w, int64_t time,
                     const struct signing *how, bool last,
                     struct sheaf_error *err);
void generation_outcome(const struct sheaf_writer *w,
                        struct sheaf_written *out);
void generation_init(struct kept_runs *kept);
void generation_free(struct kept_runs *kept);

#endif
