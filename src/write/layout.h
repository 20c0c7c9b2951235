/*
 * layout.h - the places of frames: groups, rows of the tables, slabs.
 *
 * Everything that is written up to the end of a generation passes through
 * here, in the order of the file, and is recorded: in the ledger, in the open
 * group, and in the rows of the generation's tables.
 */
#ifndef SHEAF_WRITE_LAYOUT_H
#define SHEAF_WRITE_LAYOUT_H

#include "base/base.h"
#include "base/extsort.h"
#include "format/group.h"
#include "format/ledger.h"
#include "format/meta.h"
#include "sheaf.h"
#include "write/output.h"

struct layout {
    struct output out;
    struct ledger ledger;
    struct group group; /* the open group */
    struct extsort *rows[TABLE_KINDS]; /* of this generation */
    const char *tmpdir;                /* borrowed */
    uint32_t dict_id;                  /* in force; 0: none */
    struct sheaf_buf parity; /* of this dictionary, until a group is written */
    struct sheaf_written written; /* counts of everything that passed through */
    /* Of an archive that is appended to, the first hashes of the slab that is
     * not full are read when they are needed, by this; NULL: all are there. */
    int (*fill_slab)(void *arg, struct sheaf_error *err);
    void *fill_arg;
};

/* What the layout needs to know of an article. Of a removed one, only the
 * hash and the ID's key are known. */
struct placed {
    struct meta meta;
    int64_t time;
    uint64_t raw; /* bytes of content */
    uint8_t leaf_hash[32];
    uint8_t id_key[TABLE_KEY_SIZE];
    uint8_t url_key[TABLE_KEY_SIZE];
    bool has_url;
    bool removed;
    bool joined; /* in the frame of the article before */
};

/* `l` is zeroed; `tmpdir` must outlive it. */
int layout_init(struct layout *l, const char *tmpdir, struct sheaf_error *err);
void layout_free(struct layout *l);
/* Begins the next generation, without rows. */
int layout_begin(struct layout *l, struct sheaf_error *err);

/* Records an article whose frame of `frame_length` bytes comes next. */
int layout_place(struct layout *l, const struct placed *p,
                 uint64_t frame_length, struct sheaf_error *err);
/* Writes bytes of frames that were recorded. */
int layout_put(struct layout *l, const void *data, size_t len,
               struct sheaf_error *err);
/* Whether the open group must end here (F7). */
bool layout_group_due(const struct layout *l);
/* The columns of the open group as text; empty if no group is open. */
int layout_columns(struct layout *l, struct sheaf_buf *text,
                   struct sheaf_error *err);
/* Ends the group of which layout_columns gave the text; `columns` is that
 * text, compressed. */
int layout_end_group(struct layout *l, struct sheaf_bytes columns,
                     struct sheaf_error *err);

/* With no group open: writes a dictionary, which is in force from here on.
 * `packed` is the payload of its frame. */
int layout_dict(struct layout *l, struct sheaf_bytes raw,
                struct sheaf_bytes packed, uint32_t id,
                struct sheaf_error *err);
/* With no group open: adds the row of MAP for the redaction that is leaf
 * number `leaf`, and whose LEF frame is pending. */
int layout_redaction_row(struct layout *l, uint64_t leaf,
                         const uint8_t id_hash[32], struct sheaf_error *err);
/* Writes the pending LEF frame of a leaf that is not an article; the ledger
 * has taken the leaf. */
int layout_statement(struct layout *l, struct sheaf_error *err);

#endif
