/*
 * layout.h - where frames come to lie: groups, rows of the tables, slabs.
 *
 * Everything that is written up to the end of a generation goes through here,
 * in the order of the file, and is accounted for: in the ledger, in the group
 * that is open and in the rows that the generation's tables will have.
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
    struct group group; /* the one that is open */
    struct extsort *rows[TABLE_KINDS]; /* of this generation */
    const char *tmpdir;                /* borrowed */
    uint32_t dict_id;                  /* in force; 0: none */
    struct sheaf_buf parity; /* of that one, until a group is written */
    struct sheaf_written written; /* counts of what came through here */
};

/* What the layout needs to know of an article. Of a removed one only the hash
 * and the ID's key are known. */
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
/* The next generation begins: no rows yet. */
int layout_begin(struct layout *l, struct sheaf_error *err);

/* Account for an article whose frame of `frame_length` bytes comes next. */
int layout_place(struct layout *l, const struct placed *p,
                 uint64_t frame_length, struct sheaf_error *err);
/* Bytes of article frames that have been placed. */
int layout_put(struct layout *l, const void *data, size_t len,
               struct sheaf_error *err);
/* Does the group that is open end here (F7)? */
bool layout_group_due(const struct layout *l);
/* The open group's columns as text; empty if no group is open. */
int layout_columns(struct layout *l, struct sheaf_buf *text,
                   struct sheaf_error *err);
/* End the group that layout_columns was called for; `columns` is that text,
 * compressed. */
int layout_end_group(struct layout *l, struct sheaf_bytes columns,
                     struct sheaf_error *err);

/* With no group open: a dictionary that is in force from here on. `packed` is
 * its frame's payload. */
int layout_dict(struct layout *l, struct sheaf_bytes raw,
                struct sheaf_bytes packed, uint32_t id,
                struct sheaf_error *err);
/* With no group open: the row of MAP for the redaction that is leaf number
 * `leaf`, and whose LEF frame is pending. */
int layout_redaction_row(struct layout *l, uint64_t leaf,
                         const uint8_t id_hash[32], struct sheaf_error *err);
/* A leaf that is no article, as the LEF frame that is pending, has been taken
 * in by the ledger: write it. */
int layout_statement(struct layout *l, struct sheaf_error *err);

#endif
