/*
 * stream.h - the importer, and the articles that come from it.
 *
 * sheaf-import is a program of its own, because it parses untrusted bytes with
 * large libraries. Its output is not trusted either: every length is checked,
 * and memory is limited. The stream, with big-endian integers:
 *
 *   "SHFIMP1\n", then records:
 *   'A' u16 place_len place u32 meta_len meta u8 nparts
 *       nparts x { u8 role, u8 type_len, type, u64 size } bytes of the parts
 *   'I' u32 len json               what was found in the next article
 *   'S' u8 kind_len kind u32 len text   something of this kind was left out;
 *                                  the text names it, if it is worth naming
 *   'W' u32 len text               something about an article is in doubt
 *   'R' u8 exit_code u32 len text u32 len bytes   one record or file is bad:
 *                                  the error, and the record itself
 *   'F' u8 exit_code u32 len text  the import failed; nothing follows
 *   'P' u64 done u64 total         bytes of the inputs read so far, and in all
 *   'Z' u64 count                  the end, after this many articles
 *
 * A stream without 'Z' or 'F' is from an importer that died.
 */
#ifndef SHEAF_CLI_STREAM_H
#define SHEAF_CLI_STREAM_H

#include <sys/types.h>

#include "base/buf.h"
#include "cli/args.h"

#define STREAM_PARTS_MAX 254

enum incoming {
    INCOMING_ARTICLE,
    INCOMING_REPORT,   /* `place` is JSON */
    INCOMING_SKIPPED,  /* of a `kind`; `place` names it, or is empty */
    INCOMING_WARNING,  /* `place` is the message */
    INCOMING_REJECTED, /* the same; `bytes` is the record, `code` the exit
                          code */
    INCOMING_END
};

/* The bytes of a part in the temporary file. */
struct spooled {
    int fd;
    uint64_t offset;
    uint64_t size;
};

struct stream {
    pid_t child; /* 0: none, or it has ended */
    int fd;
    const char *tmpdir;
    int spool; /* -1: not needed yet */
    uint64_t spool_used;
    uint64_t articles;
    uint64_t done; /* bytes of the inputs, of `total` */
    uint64_t total; /* 0: not known */
    bool started;

    /* The last record. */
    struct sheaf_buf place; /* with a NUL at its end */
    struct sheaf_buf kind;  /* likewise */
    int code;
    struct sheaf_buf meta;
    struct sheaf_buf bytes; /* of all parts that are not spooled */
    struct sheaf_buf types;
    size_t part_count;
    struct sheaf_new_part parts[STREAM_PARTS_MAX];
    struct sheaf_source sources[STREAM_PARTS_MAX];
    struct spooled spooled[STREAM_PARTS_MAX];

    size_t at;
    size_t len;
    uint8_t buffer[64 * 1024];
};

/* Runs the importer over `count` inputs, with its options in `args`.
 * `progress`: it says how far it has read. Call stream_close also after a
 * failure. `tmpdir` is borrowed. */
int stream_open(struct stream *s, const struct args *args,
                char *const *inputs, size_t count, const char *tmpdir,
                bool progress);
/* Reads the next record. Returns an exit code; after anything but
 * EXIT_DONE, close the stream. */
int stream_next(struct stream *s, enum incoming *what);
/* Ends the importer if it still runs. */
void stream_close(struct stream *s);

#endif
