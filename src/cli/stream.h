/*
 * stream.h - the importer, and the articles that come from it.
 *
 * sheaf-import is a program of its own, because it parses strangers' bytes
 * with libraries that are large. What it writes is not believed either:
 * every length is checked, and memory is bounded. Its stream, all integers
 * big-endian:
 *
 *   "SHFIMP1\n", then records:
 *   'A' u16 place_len place u32 meta_len meta u8 nparts
 *       nparts x { u8 role, u8 type_len, type, u64 size } bytes of the parts
 *   'I' u32 len json               what was found in the next article
 *   'S' u8 kind_len kind u32 len text   something of that kind was left out;
 *                                  the text says which, if that matters
 *   'W' u32 len text               something about an article is in doubt
 *   'R' u8 exit_code u32 len text u32 len bytes   something is wrong with
 *                                  one record or file, and the record itself
 *   'F' u8 exit_code u32 len text  it failed; nothing follows
 *   'Z' u64 count                  the end, after so many articles
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
    INCOMING_SKIPPED,  /* of a `kind`; `place` says which, or is empty */
    INCOMING_WARNING,  /* `place` says what */
    INCOMING_REJECTED, /* likewise; `bytes` is the record, `code` the reason */
    INCOMING_END
};

/* A part's bytes in the temporary file. */
struct spooled {
    int fd;
    uint64_t offset;
    uint64_t size;
};

struct stream {
    pid_t child; /* 0: none, or it has been waited for */
    int fd;
    const char *tmpdir;
    int spool; /* -1: not needed yet */
    uint64_t spool_used;
    uint64_t articles;
    bool started;

    /* The record that came last. */
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
 * stream_close takes back what did not start as well. `tmpdir` is borrowed. */
int stream_open(struct stream *s, const struct args *args,
                char *const *inputs, size_t count, const char *tmpdir);
/* The next record. An exit code; after anything but EXIT_DONE only close. */
int stream_next(struct stream *s, enum incoming *what);
/* Ends the importer if it still runs. */
void stream_close(struct stream *s);

#endif
