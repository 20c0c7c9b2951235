/*
 * cmd_sync.c - fetches what was appended to an archive since it was copied.
 *
 * A generation never changes what is before it. If the end record of the copy
 * stands at the same place in the archive, the hashes in it say that the copy
 * is how the archive begins, and only what follows is fetched. Whatever was
 * fetched, the result is verified as a whole, and must extend the copy, before
 * it takes its place.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/spool.h"
#include "cli/keyfile.h"
#include "cli/notes.h"
#include "cli/opening.h"
#include "cli/outfile.h"
#include "cli/pins.h"
#include "cli/progress.h"
#include "cli/rebuilt.h"
#include "cli/remote.h"

#define END_FRAME 176u
#define PIECE ((size_t)1 << 20)

/* The beginning of the copy, and what was fetched. */
struct joined {
    struct sheaf_source near, far;
    uint64_t from, size;
};

struct syncing {
    const struct args *args;
    const char *copy;
    struct archive far, near;
    bool has_key, has_copy;
    struct sheaf_public_key key;
    struct sheaf_sink sink; /* locks the copy */
    struct spool spool;
    struct joined joined;
    uint8_t *piece;
    uint64_t fetched;
    struct progress progress;
    bool near_signed;  /* the key signed the copy's checkpoint */
    bool near_damaged; /* so that the whole archive is fetched */
    bool rebuilt;      /* --rebuilt: frames of the copy are used ... */
    bool other_log;    /* ... and the archive is of another origin */
    uint64_t left_out; /* leaves of the copy that nobody signed */
    struct rebuilt_changes changes;
};

/* ---- The joined source --------------------------------------------------- */

static uint64_t
joined_size(void *ctx)
{
    const struct joined *j = ctx;

    return j->size;
}

static int
joined_read_at(void *ctx, uint64_t offset, void *buf, size_t len)
{
    const struct joined *j = ctx;
    uint8_t *p = buf;
    size_t n = offset < j->from ? (size_t)min_u64(len, j->from - offset) : 0;
    int sys = 0;

    if (n != 0)
        sys = j->near.ops->read_at(j->near.ctx, offset, p, n);
    if (sys == 0 && n != len)
        sys = j->far.ops->read_at(j->far.ctx, offset + n - j->from, p + n,
                                  len - n);
    return sys;
}

static void
joined_close(void *ctx)
{
    (void)ctx; /* its sources are closed by their owners */
}

static const struct sheaf_source_ops joined_ops = { joined_size,
                                                    joined_read_at,
                                                    joined_close, NULL };

/* ---- What to fetch ------------------------------------------------------- */

/* What of the copy the archive must have. With a key that is what is signed: a
 * stranger can append to the file on a server, and the copy has that then. */
static void
take_older(const struct syncing *s, struct sheaf_checkpoint *older)
{
    const struct sheaf_info *i = &s->near.info;

    *older = (struct sheaf_checkpoint){ .origin = i->origin, .size = i->size };
    memcpy(older->root, i->root, sizeof older->root);
    if (!s->near_signed || s->rebuilt || i->signed_size >= i->size ||
        sheaf_root_at(s->near.reader, s->near.scratch, i->signed_size,
                      older->root, NULL) != SHEAF_OK)
        return;
    older->size = i->signed_size;
}

/* What was signed of the copy stays so: two archives may have the same tree and
 * not the same checkpoint. */
static int
check_checkpoint(const struct syncing *s, const struct sheaf_reader *reader)
{
    const struct sheaf_info *near = &s->near.info;
    struct sheaf_info far;

    /* With a key, only a checkpoint that it signed counts: others may be a
     * stranger's. */
    if (near->signed_size == 0 || (s->has_key && !s->near_signed))
        return EXIT_DONE;
    sheaf_get_info(reader, &far);
    if (far.signed_size < near->signed_size) {
        say("%s: rollback: it has %llu signed leaves, the copy %llu [F9.9]",
            s->far.path, (unsigned long long)far.signed_size,
            (unsigned long long)near->signed_size);
        return EXIT_NOT_AUTHENTIC;
    }
    if (far.signed_size == near->signed_size &&
        !notes_have_signers(far.note, near->note)) {
        say("%s: rollback: its checkpoint lacks signatures that the copy's "
            "has "
            "[F9.9]",
            s->far.path);
        return EXIT_NOT_AUTHENTIC;
    }
    return EXIT_DONE;
}

/* Counts leaves of the copy that the archive has not, which nobody signed. */
static void
count_unsigned(struct syncing *s, const struct sheaf_reader *reader,
               struct sheaf_scratch *scratch, uint64_t size,
               const struct sheaf_checkpoint *older)
{
    struct sheaf_checkpoint all = *older;

    all.size = s->near.info.size;
    memcpy(all.root, s->near.info.root, sizeof all.root);
    s->left_out = all.size != older->size &&
                          sheaf_extends(reader, scratch, &all, size, NULL) !=
                              SHEAF_OK
                      ? all.size - older->size
                      : 0;
}

/* What cannot be read of a damaged copy may be there all the same. An archive
 * that has fewer leaves does not have it. */
static int
check_lost(const struct syncing *s, uint64_t size)
{
    const struct sheaf_info *near = &s->near.info;
    uint64_t had = near->size + near->lost_leaves;

    if (near->lost_leaves == 0 || size >= had)
        return EXIT_DONE;
    say("%s: the copy had %llu leaves or more, of which %llu cannot be read "
        "now, and %s has %llu: 'sheaf recover' finds articles of the others",
        s->copy, (unsigned long long)had,
        (unsigned long long)near->lost_leaves, s->far.path,
        (unsigned long long)size);
    return EXIT_CORRUPT;
}

/* The archive must extend the copy, which is a proof from the tree of the one
 * to that of the other. */
static int
check_extends(struct syncing *s, const struct sheaf_reader *reader,
              struct sheaf_scratch *scratch, uint64_t size)
{
    struct sheaf_checkpoint older;
    struct sheaf_error err = { 0 };
    int code, rc;

    if (!s->has_copy || s->other_log)
        return EXIT_DONE;
    take_older(s, &older);
    rc = sheaf_extends(reader, scratch, &older, size, &err);
    if (rc != SHEAF_OK)
        return archive_failed(&s->far, rc, &err);
    count_unsigned(s, reader, scratch, size, &older);
    code = check_lost(s, size);
    return code == EXIT_DONE ? check_checkpoint(s, reader) : code;
}

/* Whether the last end record of the copy is at the same place in both. */
static int
find_start(struct syncing *s, uint64_t *from)
{
    uint8_t here[END_FRAME], there[END_FRAME];
    uint64_t end = s->near.info.file_bytes;
    struct sheaf_error err = { .sys = 0 };
    int sys;

    *from = 0;
    s->near_damaged = s->has_copy &&
                      (s->near.info.end_damaged ||
                       s->near.info.lost_leaves != 0 ||
                       sheaf_get_damage(s->near.reader, NULL) != 0);
    if (!s->has_copy || s->near_damaged || end > s->far.info.file_bytes)
        return EXIT_DONE;
    sys = s->near.source.ops->read_at(s->near.source.ctx, end - END_FRAME,
                                      here, END_FRAME);
    if (sys == 0)
        sys = s->far.source.ops->read_at(s->far.source.ctx, end - END_FRAME,
                                         there, END_FRAME);
    if (sys != 0) {
        err.sys = sys;
        err.offset = UINT64_MAX;
        return archive_failed(&s->far, SHEAF_EIO, &err);
    }
    if (memcmp(here, there, END_FRAME) == 0)
        *from = end;
    return EXIT_DONE;
}

/* If the key does not fit, the copy counts as one that nobody has signed. */
static void
trust_copy(struct syncing *s)
{
    struct archive *a = &s->near;

    if (!s->has_key || a->info.signed_size == 0 ||
        sheaf_authenticate(a->reader, &s->key, NULL) != SHEAF_OK)
        return;
    s->near_signed = true;
    sheaf_get_info(a->reader, &a->info);
}

static int
open_both(struct syncing *s)
{
    const struct sheaf_public_key *key = s->has_key ? &s->key : NULL;
    struct wanted_ids none = { NULL, 0 };
    struct sheaf_error err = { 0 };
    int code = archive_open_for(&s->far, s->args->operand[0], key, none, NULL);
    int rc;

    if (code == EXIT_DONE)
        code = origin_check(s->args, s->far.path, s->far.info.origin);
    if (code != EXIT_DONE)
        return code;
    rc = sink_open_over(&s->sink, s->copy, s->copy, SHEAF_REPLACE, &err);
    if (rc != SHEAF_OK)
        return say_failed(s->copy, rc, &err);
    s->has_copy = access(s->copy, F_OK) == 0;
    archive_allow_earlier(); /* the copy's end is written anew */
    if (s->has_copy)
        code = archive_open(&s->near, s->copy, NULL);
    if (code == EXIT_DONE && s->has_copy)
        trust_copy(s);
    s->other_log = code == EXIT_DONE && s->has_copy && s->rebuilt &&
                   !bytes_equal(s->near.info.origin, s->far.info.origin);
    return code == EXIT_DONE ? check_extends(s, s->far.reader, s->far.scratch,
                                             s->far.info.size)
                             : code;
}

/* ---- Fetching ------------------------------------------------------------ */

static int
fetch(struct syncing *s, uint64_t from)
{
    uint64_t end = s->far.info.file_bytes;
    struct sheaf_error err = { 0 };
    int rc = spool_begin(&s->spool, temp_folder(), &err);

    for (uint64_t at = from; rc == SHEAF_OK && at < end;) {
        size_t n = (size_t)min_u64(PIECE, end - at);
        int sys = s->far.source.ops->read_at(s->far.source.ctx, at, s->piece,
                                             n);

        if (interrupted())
            return say_interrupted();
        if (sys != 0) {
            err.sys = sys;
            err.offset = UINT64_MAX;
            rc = SHEAF_EIO;
        } else if (spool_write(&s->spool, s->piece, n) != 0) {
            rc = s->spool.rc;
            err = s->spool.err;
        }
        at += n;
        s->fetched = at - from;
        if (rc == SHEAF_OK && progress_due(&s->progress))
            progress_part(&s->progress, s->fetched, end - from, NULL, "");
    }
    progress_clear(&s->progress);
    s->joined = (struct joined){ .near = s->near.source,
                                 .from = from,
                                 .far = spool_source(&s->spool, 0),
                                 .size = end };
    return rc == SHEAF_OK ? EXIT_DONE : archive_failed(&s->far, rc, &err);
}

/* The new archive must be signed to its end. Says what became of the articles
 * of the copy. */
static int
compare(struct syncing *s, struct sheaf_reader *reader,
        const struct sheaf_info *info)
{
    struct sheaf_error err = { 0 };
    int rc = sheaf_authenticate(reader, &s->key, &err);

    if (rc != SHEAF_OK)
        return archive_failed(&s->far, rc, &err);
    if (s->far.info.signed_size != info->size) {
        say("%s: %llu of its leaves are not signed", s->far.path,
            (unsigned long long)(info->size - s->far.info.signed_size));
        return EXIT_NOT_AUTHENTIC;
    }
    return s->has_copy ? rebuilt_compare(&s->near, reader, &s->changes)
                       : EXIT_DONE;
}

/* What failed stands in the copy, which is put right from the archive. */
static int
copy_failed(struct syncing *s, int rc, const struct sheaf_error *err)
{
    s->near_damaged = true;
    return archive_failed(&s->near, rc, err);
}

/* Verifies the copy and what was fetched as one archive. */
static int
verify(struct syncing *s)
{
    const struct sheaf_source source = { &joined_ops, &s->joined };
    struct sheaf_verify_options options = { SHEAF_VERIFY_OPTIONS,
                                            .key = s->has_key ? &s->key : NULL,
                                            .progress = progress_bytes,
                                            .arg = &s->progress };
    struct sheaf_error err = { 0 };
    struct sheaf_scratch *scratch = NULL;
    struct sheaf_reader *reader = NULL;
    struct sheaf_report report;
    struct sheaf_info info;
    int code = EXIT_DONE;
    int rc = sheaf_open(source, NULL, &reader, &err);

    (void)parse_jobs(s->args->value[OPT_JOBS], &options.threads);
    if (rc == SHEAF_OK)
        rc = sheaf_scratch_new(&scratch, &err);
    if (rc == SHEAF_OK)
        rc = sheaf_verify(reader, &options, &report, &err);
    progress_clear(&s->progress);
    if (rc == SHEAF_ECORRUPT && err.offset < s->joined.from) {
        code = copy_failed(s, rc, &err);
    } else if (rc != SHEAF_OK) {
        code = archive_failed(&s->far, rc, &err);
    } else {
        sheaf_get_info(reader, &info);
        code = check_extends(s, reader, scratch, info.size);
    }
    if (code == EXIT_DONE && s->rebuilt)
        code = compare(s, reader, &info);
    sheaf_scratch_free(scratch);
    sheaf_close(reader);
    return code;
}

/* What follows the end of the copy, and newer leaves of it that cannot be read,
 * may be whole articles, which the archive need not have: the copy stays, under
 * another name. */
#define KEPT_MAX 100
static int
keep_damaged(const struct syncing *s)
{
    size_t room = strlen(s->copy) + sizeof ".damaged-99";
    char *name = malloc(room);
    int sys = EEXIST;

    if (name == NULL)
        return say_no_memory();
    for (unsigned i = 1; sys == EEXIST && i < KEPT_MAX; i++) {
        snprintf(name, room, i == 1 ? "%s.damaged" : "%s.damaged-%u", s->copy,
                 i);
        sys = link(s->copy, name) == 0 ? 0 : errno;
    }
    if (sys == 0)
        say("%s: kept as %s: not all of it can be read, and 'sheaf recover' "
            "may find articles there",
            s->copy, name);
    else
        say("%s: %s", name, strerror(sys));
    free(name);
    return sys == 0 ? EXIT_DONE : EXIT_FAILED;
}

static int
replace(struct syncing *s)
{
    int sys = 0;

    for (uint64_t at = 0; sys == 0 && at < s->joined.size; at += PIECE) {
        size_t n = (size_t)min_u64(PIECE, s->joined.size - at);

        sys = joined_read_at(&s->joined, at, s->piece, n);
        if (sys == 0)
            sys = s->sink.ops->write(s->sink.ctx, s->piece, n);
        if (interrupted())
            return say_interrupted();
    }
    if (sys == 0 && s->has_copy &&
        (s->near.info.lost_leaves != 0 || s->near.info.tail_bytes != 0 ||
         s->changes.damaged != 0) &&
        keep_damaged(s) != EXIT_DONE)
        return EXIT_FAILED;
    if (sys == 0)
        sys = s->sink.ops->commit(s->sink.ctx);
    if (sys == 0)
        return EXIT_DONE;
    say("%s: %s", s->copy,
        sys == ESTALE ? "changed in the meantime" : strerror(sys));
    return EXIT_FAILED;
}

/* ---- The command --------------------------------------------------------- */

static int
report(const struct syncing *s, uint64_t from)
{
    const struct sheaf_info *i = &s->far.info;
    uint64_t before = s->has_copy ? s->near.info.articles : 0;
    /* Fewer if it was made anew, or the copy had what nobody signed. */
    uint64_t added = i->articles - min_u64(before, i->articles);
    bool json = args_has(s->args, OPT_JSON);
    struct out o;

    if (s->left_out != 0)
        say("%s: warning: %llu leaves of the copy, which nobody signed, are "
            "not in the archive and are gone",
            s->copy, (unsigned long long)s->left_out);
    if (args_has(s->args, OPT_QUIET) && !json)
        return EXIT_DONE;
    out_start(&o, json ? STDOUT_FILENO : STDERR_FILENO);
    if (json)
        out_format(&o,
                   "{\"articles\":%llu,\"new_articles\":%llu,"
                   "\"size\":%llu,\"bytes\":%llu,\"fetched\":%llu,"
                   "\"whole\":%s,\"dropped\":%llu,\"changed\":%llu,"
                   "\"redacted\":%llu,\"damaged\":%llu,"
                   "\"unsigned_dropped\":%llu}\n",
                   (unsigned long long)i->articles, (unsigned long long)added,
                   (unsigned long long)i->size,
                   (unsigned long long)i->file_bytes,
                   (unsigned long long)s->fetched,
                   from == 0 ? "true" : "false",
                   (unsigned long long)s->changes.dropped,
                   (unsigned long long)s->changes.changed,
                   (unsigned long long)s->changes.redacted,
                   (unsigned long long)s->changes.damaged,
                   (unsigned long long)s->left_out);
    else if (s->fetched == 0)
        out_str(&o, "nothing new\n");
    else if (s->rebuilt && from == 0 && s->has_copy)
        out_format(
            &o,
            "fetched %s of %s, the rest was in the copy: %llu articles, "
            "%llu dropped, %llu redacted, %llu changed%s\n",
            size_text(s->fetched).text, size_text(i->file_bytes).text,
            (unsigned long long)i->articles,
            (unsigned long long)s->changes.dropped,
            (unsigned long long)s->changes.redacted,
            (unsigned long long)s->changes.changed,
            s->changes.damaged != 0 ? "; not all could be compared" : "");
    else
        out_format(&o, "fetched %s%s%s: %llu new article%s, %llu in all\n",
                   size_text(s->fetched).text,
                   from == 0 && s->has_copy ? ", the whole archive, as " : "",
                   from != 0 || !s->has_copy ? ""
                   : s->near_damaged         ? "the copy was damaged"
                   : s->left_out != 0        ? "the copy went on otherwise"
                                             : "it was written anew",
                   (unsigned long long)added, added == 1 ? "" : "s",
                   (unsigned long long)i->articles);
    return out_finish(&o, NULL);
}

/* What is not in the copy. */
static int
fetch_missing(struct syncing *s)
{
    int code = rebuilt_fetch(&s->far, &s->near, &s->spool, &s->progress,
                             &s->fetched);

    s->joined = (struct joined){ .near = s->near.source,
                                 .from = 0,
                                 .far = spool_source(&s->spool, 0),
                                 .size = s->far.info.file_bytes };
    return code;
}

/* What is new, verified with the copy; all of it if the copy turns out to be
 * damaged. */
static int
fetch_new(struct syncing *s, uint64_t *from)
{
    int code;

    if (s->rebuilt && s->has_copy && *from == 0)
        code = fetch_missing(s);
    else
        code = fetch(s, *from);
    if (code == EXIT_DONE)
        code = verify(s);
    if (!s->near_damaged || *from == 0)
        return code;
    say("%s: fetching the whole archive instead", s->far.path);
    *from = 0;
    code = fetch(s, 0);
    return code == EXIT_DONE ? verify(s) : code;
}

static int
compare_pin(const struct syncing *s, bool keep)
{
    struct pin pin = { .state = PIN_OFF };
    int code = s->has_key ? pins_check(s->args, &s->far, &s->key, keep, &pin)
                          : EXIT_DONE;

    pin_free(&pin);
    return code;
}

static int
sync_copy(struct syncing *s)
{
    uint64_t from = 0;
    int code = open_both(s);

    if (code == EXIT_DONE)
        code = find_start(s, &from);
    if (code == EXIT_DONE && from != s->far.info.file_bytes)
        code = fetch_new(s, &from);
    if (code == EXIT_DONE)
        code = compare_pin(s, false);
    if (code == EXIT_DONE && s->fetched != 0)
        code = replace(s);
    if (code == EXIT_DONE && s->near_damaged)
        archive_mended();
    /* Not before the copy has it: that would be a rollback. */
    if (code == EXIT_DONE)
        code = compare_pin(s, true);
    if (code == EXIT_DONE)
        code = report(s, from);
    return code == EXIT_DONE && s->changes.damaged != 0 ? EXIT_CORRUPT : code;
}

int
cmd_sync(const struct args *args)
{
    struct syncing s = { .args = args,
                         .copy = args->operand[1],
                         .spool = SPOOL_INIT };
    unsigned threads;
    int code;

    if (!parse_jobs(args->value[OPT_JOBS], &threads))
        return say_usage("sync", "sync: -j: '%s' is not a number of threads",
                         args->value[OPT_JOBS]);
    if (remote_is(s.copy))
        return say_usage("sync", "sync: COPY must be a file");
    if (same_file(args->operand[0], s.copy))
        return say_usage("sync", "sync: %s is the archive itself: copy to "
                         "another file", s.copy);
    code = public_key_option(args, &s.key, &s.has_key);
    if (code != EXIT_DONE)
        return code;
    s.rebuilt = args_has(args, OPT_REBUILT);
    if (s.rebuilt && !s.has_key)
        return say_usage("sync", "sync: --rebuilt needs a key");
    catch_signals();
    s.piece = malloc(PIECE);
    progress_start(&s.progress, args_has(args, OPT_QUIET));
    code = s.piece != NULL ? sync_copy(&s) : say_no_memory();
    if (s.sink.ops != NULL)
        s.sink.ops->close(s.sink.ctx);
    spool_free(&s.spool);
    archive_close(&s.near);
    archive_close(&s.far);
    free(s.piece);
    return code;
}
