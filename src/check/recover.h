/*
 * recover.h - what the files of the recovery share.
 *
 * recover.c walks the frames, and hands over what is whole. recover_delta.c
 * restores revisions from the frames that they are made against,
 * recover_waiting.c keeps those whose place is before where they stand,
 * recover_dicts.c has the dictionaries for all, and recover_shifts.c knows how
 * far all that is from where it was.
 */
#ifndef SHEAF_CHECK_RECOVER_H
#define SHEAF_CHECK_RECOVER_H

#include "base/base.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/idset.h"
#include "check/missing.h"
#include "format/article.h"
#include "format/codec.h"
#include "format/group.h"
#include "read/found.h"
#include "read/walk.h"
#include "sheaf.h"

/* A dictionary that was found in the file. */
struct found_dict {
    uint32_t id;
    uint64_t offset;
    uint64_t length;
};

/* A PAR frame in the file, and the place of the dictionary that it names. */
struct par_place {
    uint64_t dict;
    uint64_t par;
};

/* The same by the ID of the dictionary. */
struct par_id {
    uint32_t id;
    bool failed; /* it was tried before */
    uint64_t dict;
    uint64_t par;
};

/* From this offset on, frames are so much further on than where they were:
 * bytes were inserted before them, or are missing. */
struct shift {
    uint64_t from;
    int64_t by;
};

/* What stands in the place of a removed article. */
struct record {
    uint8_t hash[HASH_BYTES]; /* of its leaf */
    uint64_t offset;
};

/* An article that waits for the one before it, or for its base. */
struct waiting {
    uint64_t rev;    /* 0: not known yet */
    uint64_t offset; /* of its frame */
    uint32_t index;  /* in the frame */
    uint64_t length; /* of the frame */
    uint64_t base;   /* of a difference: where its base was found */
};

/* The dictionary that was in force before. */
struct former_dict {
    struct sheaf_buf payload;
    struct sheaf_buf dict;
    struct codec_ddict *ddict; /* NULL: there is none */
    uint32_t id;
};

struct recover {
    struct sheaf_limits limits;
    struct walk walk;  /* over the frames of the file */
    struct walk aside; /* for reading dictionaries, bases and parity */
    struct sheaf_buf content;
    struct sheaf_buf payload; /* of the dictionary in force */
    struct sheaf_buf dict;
    struct sheaf_buf par; /* the PAR frame by which it is repaired, ... */
    uint64_t par_at;      /* ... where that is ... */
    uint32_t packed;      /* ... and the length that it states */
    size_t tries;         /* places that are left to look for payloads */
    struct codec_ddict *ddict;
    uint32_t dict_id;
    bool mended; /* the last dictionary that was read is, by its parity */
    struct former_dict former; /* differences change between two */
    uint64_t unpacked;         /* bytes of dictionaries, so far */
    struct found_dict *dicts;
    size_t dict_count;
    size_t dict_room;
    struct sheaf_buf dict_places; /* uint64_t, of what may be dictionaries */
    bool dicts_tried;             /* all of them were loaded once */
    struct sheaf_buf parity;   /* struct par_place, in order */
    struct sheaf_buf par_ids;  /* struct par_id, in order */
    size_t named;              /* of these, how many were looked at */
    bool removed; /* the file has records of what was removed, or redactions */
    struct sheaf_buf redacted; /* leaf hashes that redactions name, in order */
    struct sheaf_buf records;  /* struct record, of removed articles that no
                                  redaction names */
    struct sheaf_buf base;     /* content of a difference's base */
    struct sheaf_buf shifts;   /* struct shift, in order */
    uint64_t looked_to;        /* groups before it were looked for */
    uint64_t searched;         /* bytes in which bases were looked for */
    uint64_t base_at;          /* where the last base was found */
    struct sheaf_buf waiting;  /* struct waiting */
    bool last;                 /* those that waited are handed over ... */
    uint32_t only;             /* ... this one of the frame */
    uint64_t leaves;           /* that come before, by groups and statements */
    uint64_t places;           /* lost ones, when `leaves` was last right */
    uint64_t gap;              /* leaves from here to there are counted ... */
    uint64_t gap_end;          /* ... as missing with their frames */
    struct sheaf_buf columns;
    struct missing missing;
    struct idset *taken; /* leaf hashes of articles that were handed over */
    struct codec_dctx *dctx;
    struct article article;
    struct article room;
    struct sheaf_found_frame frame; /* that is handed over */
    struct spool spool;             /* the content of a large one */
    sheaf_recovered_fn found;
    void *arg;
    struct sheaf_recovery result;
};

/* Failures that end the recovery; all others mean only "not whole". */
static inline bool
recover_ends(int rc)
{
    return rc == SHEAF_EIO || rc == SHEAF_ENOMEM || rc == SHEAF_ESTOPPED;
}

/* ---- recover_shifts.c ---------------------------------------------------- */

/* Learns from a group with columns how far its frames are from where they
 * were. */
int recover_note_shift(struct recover *r, const struct group *g,
                       uint64_t offset, struct sheaf_error *err);
/* As many as can be right: the place may be in a group in which bytes were
 * inserted, or in one that is lost. */
#define SHIFTS_TRIED 3
/* How far what was at `offset` may be from there, and how many such shifts; of
 * several, the likely one first. */
unsigned recover_shifts(const struct recover *r, uint64_t offset,
                        int64_t out[SHIFTS_TRIED]);

/* ---- recover_dicts.c ----------------------------------------------------- */

/* Finds all PAR frames and redactions in the file, once: a search for each
 * dictionary would take quadratic time, and a redaction comes after the
 * article. */
int recover_look_ahead(struct recover *r, struct sheaf_error *err);
bool recover_is_redacted(const struct recover *r,
                         const uint8_t hash[HASH_BYTES]);
void recover_free_former(struct recover *r);
/* Loads the dictionary in this frame. If it is none, the one before stays in
 * force: the bytes may stand where an article was. If it is damaged, its frame
 * may have another length than it states, which becomes f->length. */
int recover_dict(struct recover *r, struct walk_frame *f,
                 struct sheaf_error *err);
/* The zstd frame has no articles. It may be the payload of a dictionary whose
 * own frame is damaged before that: takes it. SHEAF_ENOTFOUND: it is not. */
int recover_bare_dict(struct recover *r, struct walk_frame *f,
                      struct sheaf_error *err);
/* No whole frame begins where the walk is. Takes the dictionary that is there
 * all the same, or goes on to the next magic: SHEAF_ENOTFOUND. */
int recover_go_on(struct recover *r, struct walk_frame *f,
                  struct sheaf_error *err);
/* A dictionary in which bytes are missing reaches into the frame after it. That
 * begins before the end of this one then: corrects f->length. */
int recover_end_dict(struct recover *r, struct walk_frame *f,
                     struct sheaf_error *err);
/* Has the dictionary with this ID in force, for a frame at `offset`. Parts of a
 * file may be in another order: it may stand anywhere. */
int recover_need_dict(struct recover *r, uint32_t id, uint64_t offset,
                      struct sheaf_error *err);
/* Loads another dictionary that was found before; *back is the one that was
 * loaded. */
int recover_switch_dict(struct recover *r, uint32_t id, uint64_t offset,
                        uint32_t *back, struct sheaf_error *err);
/* Unpacks the columns of a group, whose frame is `f`, to r->columns. */
int recover_columns(struct recover *r, const struct walk_frame *f,
                    struct group *out, struct sheaf_error *err);

/* ---- recover_delta.c ----------------------------------------------------- */

/* Restores the revision in a REV frame: r->content, r->article. */
int recover_delta(struct recover *r, const struct walk_frame *f,
                  struct sheaf_error *err);

/* ---- recover_waiting.c --------------------------------------------------- */

/* The article in this frame waits. Its revision may be 0, not known. */
int recover_wait(struct recover *r, const struct walk_frame *f, uint32_t index,
                 uint64_t rev, struct sheaf_error *err);
typedef int (*recover_fn)(struct recover *r, const struct waiting *w,
                          struct sheaf_error *err);
/*
 * The walk is at its end. Restores each difference that waits, and calls
 * `again` for all articles that do: each after the one that it follows, and
 * with r->walk.at at its frame. `lost` is called for each frame that cannot be
 * restored.
 */
int recover_waiting(struct recover *r, recover_fn again, recover_fn lost,
                    struct sheaf_error *err);

#endif
