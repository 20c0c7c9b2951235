/*
 * Crashes: what a kill or a power failure leaves of an archive.
 *
 * Every write, cut and sync of the library is recorded: this program has its
 * own write, ftruncate, fdatasync and so on, which do the same and record it.
 * Then it makes every state of the disk that is possible between two syncs: of
 * the sectors (512 bytes) written since the first sync, any may be there and
 * any may be missing, and the file may have any size in between. It tries all
 * such states if they are few, and a sample if they are many; SHEAF_CRASHES in
 * the environment sets a larger sample.
 *
 * Each state must open as the old archive or as the new one, and after the
 * next append the archive must verify.
 */
#include <sys/syscall.h>

#include "archive.h"
#include "format/top.h"

#define SECTOR 512
#define OPS_MAX 4096
#define NEW 12 /* articles of a generation */

static struct sheaf_secret_key secret, second_secret;
static struct sheaf_public_key pub, second_pub;

static const struct sheaf_write_options options = {
    SHEAF_WRITE_OPTIONS, .time_ms = DOC_TIME, .level = 1, .dict_max = -1,
    .threads = 1, .verified = 1
};

/* ---- Recording ----------------------------------------------------------- */

enum op_kind { OP_WRITE, OP_CUT, OP_SYNC };

struct op {
    enum op_kind kind;
    uint64_t at; /* or the size */
    struct blob data;
    struct blob mark; /* what is in it meanwhile */
};

static struct {
    bool on;
    struct stat file; /* what is recorded; all else only counts as dirty */
    struct path mark; /* beside the file while it is changed */
    bool unmarked;    /* it was changed without at first */
    struct op ops[OPS_MAX];
    size_t count;
    bool dirty[1024]; /* descriptors with bytes that are not synced */
    bool named_dirty; /* a file was given its name too early */
    long named;
} tape;

/* The mark must be there, and durable, before the first change. */
static void
look_at_mark(struct op *op)
{
    struct stat st;

    bool there = stat(tape.mark.text, &st) == 0;

    for (size_t fd = 0; tape.count == 0 && fd < COUNT_OF(tape.dirty); fd++)
        tape.unmarked = tape.unmarked || !there || tape.dirty[fd];
    if (there)
        op->mark = read_file(tape.mark.text);
}

static struct op *
take_note(int fd, enum op_kind kind)
{
    struct stat st;

    if (!tape.on || fstat(fd, &st) != 0 || st.st_ino != tape.file.st_ino ||
        st.st_dev != tape.file.st_dev)
        return NULL;
    if (tape.count == OPS_MAX)
        abort();
    if (kind != OP_SYNC)
        look_at_mark(&tape.ops[tape.count]);
    tape.ops[tape.count].kind = kind;
    return &tape.ops[tape.count++];
}

static void
set_dirty(int fd, bool dirty)
{
    struct stat st;

    if (tape.on && fd >= 0 && fd < (int)COUNT_OF(tape.dirty) &&
        fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
        tape.dirty[fd] = dirty;
}

ssize_t
write(int fd, const void *data, size_t len)
{
    uint64_t at = (uint64_t)lseek(fd, 0, SEEK_CUR);
    long n = syscall(SYS_write, fd, data, len);
    struct op *op;

    if (n <= 0)
        return n;
    op = take_note(fd, OP_WRITE);
    set_dirty(fd, true);
    if (op != NULL) {
        op->at = at;
        blob_add(&op->data, data, (size_t)n);
    }
    return n;
}

int
ftruncate(int fd, off_t size)
{
    long rc = syscall(SYS_ftruncate, fd, size);
    struct op *op = rc == 0 ? take_note(fd, OP_CUT) : NULL;

    if (op != NULL)
        op->at = (uint64_t)size;
    return (int)rc;
}

/* Nothing is really synced: that would only take time. */
int
fdatasync(int fd)
{
    set_dirty(fd, false);
    (void)take_note(fd, OP_SYNC);
    return 0;
}

int
fsync(int fd)
{
    return fdatasync(fd);
}

static void
file_named(void)
{
    tape.named += tape.on;
    for (size_t fd = 0; fd < COUNT_OF(tape.dirty); fd++)
        tape.named_dirty = tape.named_dirty || (tape.on && tape.dirty[fd]);
}

int
linkat(int from, const char *old, int to, const char *name, int flags)
{
    file_named();
    return (int)syscall(SYS_linkat, from, old, to, name, flags);
}

int
renameat(int from, const char *old, int to, const char *name)
{
    file_named();
    return (int)syscall(SYS_renameat2, from, old, to, name, 0);
}

int
renameat2(int from, const char *old, int to, const char *name, unsigned flags)
{
    file_named();
    return (int)syscall(SYS_renameat2, from, old, to, name, flags);
}

int
close(int fd)
{
    if (fd >= 0 && fd < (int)COUNT_OF(tape.dirty))
        tape.dirty[fd] = false;
    return (int)syscall(SYS_close, fd);
}

static void
tape_start(const char *path)
{
    for (size_t i = 0; i < tape.count; i++) {
        blob_free(&tape.ops[i].data);
        blob_free(&tape.ops[i].mark);
    }
    memset(&tape, 0, sizeof tape);
    if (path != NULL && stat(path, &tape.file) != 0)
        abort();
    tape.mark = in_folder("crash.sheaf.appending");
    tape.on = true;
}

/* ---- States of the disk -------------------------------------------------- */

/* Like a file: what is not there reads as zeros. */
static void
blob_size(struct blob *b, uint64_t size)
{
    static const uint8_t zeros[SECTOR];

    while (b->len < size)
        blob_add(b, zeros, size - b->len < SECTOR ? size - b->len : SECTOR);
    b->len = size;
}

static void
op_apply(struct blob *b, const struct op *op)
{
    if (op->kind == OP_CUT)
        blob_size(b, op->at);
    if (op->kind != OP_WRITE)
        return;
    if (b->len < op->at + op->data.len)
        blob_size(b, op->at + op->data.len);
    memcpy(b->data + op->at, op->data.data, op->data.len);
}

/* Between two syncs: the file before, and after. */
struct epoch {
    struct blob from;
    struct blob to;
    uint64_t first; /* sector that may be either ... */
    uint64_t count; /* ... and how many there are */
    const struct blob *mark;
    bool begun;     /* the last epoch made the new archive */
};

/* The state in which the file has `size` bytes, and sector number i of those
 * in question is the new one if its bit is set. */
static void
epoch_state(const struct epoch *e, const uint8_t *bits, uint64_t size,
            struct blob *out)
{
    out->len = 0;
    blob_add(out, e->from.data, e->from.len);
    blob_size(out, size);
    for (uint64_t i = 0; i < e->count; i++) {
        uint64_t at = (e->first + i) * SECTOR;
        uint64_t end = at + SECTOR < size ? at + SECTOR : size;

        if (at >= size || at >= e->to.len ||
            (bits[i / 8] >> (i % 8) & 1) == 0)
            continue;
        if (end > e->to.len)
            end = e->to.len;
        memcpy(out->data + at, e->to.data + at, end - at);
    }
}

/* ---- What must hold ------------------------------------------------------ */

struct trial {
    const char *what;
    const struct doc *next; /* an article to be appended afterwards */
    struct sheaf_info before, after;
    const struct sheaf_public_key *trust;
    size_t states, as_old, as_new, wrong;
};

static void
say_wrong(struct trial *t, const char *what, const struct sheaf_error *err)
{
    if (t->wrong++ < 5)
        printf("# %s: %s: %s [%s]\n", t->what, what, err->message,
               err->clause);
}

/* The next append goes on with what the crash has left, and makes it whole. */
static bool
next_append(struct trial *t, const struct epoch *e, const struct blob *state,
            bool whole)
{
    const struct path at = in_folder("state.sheaf");
    const struct path tail = in_folder("state.sheaf.tail");
    const struct path mark = in_folder("state.sheaf.appending");
    struct sheaf_error err = { 0 };
    struct sheaf_report report = { 0 };
    struct stat st;
    struct blob now;
    int rc;

    write_file(at.text, state->data, state->len);
    if (e->mark->len != 0)
        write_file(mark.text, e->mark->data, e->mark->len);
    rc = append(at.text, t->next, 1, &options, NULL, NULL, &err);
    now = read_file(at.text);
    if (rc == SHEAF_OK)
        rc = verify_bytes(now.data, now.len, t->trust, &report, &err);
    unlink(at.text);
    unlink(tail.text);
    blob_free(&now);
    if (rc == SHEAF_OK && lstat(mark.text, &st) == 0)
        say_wrong(t, "the mark stays", &err);
    unlink(mark.text);
    if (rc != SHEAF_OK)
        say_wrong(t, "the next append", &err);
    return rc == SHEAF_OK &&
           report.leaves == (whole ? t->after.size : t->before.size) + 2;
}

static void
try_state(struct trial *t, const struct epoch *e, const struct blob *state)
{
    struct sheaf_reader *r = NULL;
    struct sheaf_error err = { 0 };
    struct sheaf_info info;
    bool whole;

    t->states++;
    if (open_bytes(state->data, state->len, NULL, &r, &err) != SHEAF_OK) {
        say_wrong(t, "does not open", &err);
        return;
    }
    sheaf_get_info(r, &info);
    sheaf_close(r);
    whole = info.generation == t->after.generation;
    t->as_new += whole;
    t->as_old += !whole;
    if (info.size != (whole ? t->after.size : t->before.size) ||
        info.generation < t->before.generation || (!whole && e->begun)) {
        say_wrong(t, "opens as neither", &err);
        return;
    }
    if (!next_append(t, e, state, whole))
        say_wrong(t, "not whole afterwards", &err);
}

/* Every state of few sectors: all of them, for every size on a sector's
 * border; otherwise `sample` of them. */
static void
try_epoch(struct trial *t, const struct epoch *e, size_t sample,
          struct rng *rng)
{
    uint64_t low = e->from.len < e->to.len ? e->from.len : e->to.len;
    uint64_t high = e->from.len < e->to.len ? e->to.len : e->from.len;
    uint64_t sizes = (high - low) / SECTOR + 2;
    uint8_t *bits = calloc(e->count / 8 + 1, 1);
    struct blob state = { 0 };
    bool all = e->count < 16 && (sizes << e->count) <= sample;
    uint64_t n = all ? sizes << e->count : sample;

    if (bits == NULL)
        abort();
    for (uint64_t i = 0; i < n; i++) {
        uint64_t which = all ? i >> e->count : rng_next(rng) % sizes;
        uint64_t size = low + which * SECTOR;

        for (uint64_t k = 0; k < e->count / 8 + 1; k++)
            bits[k] = all ? (uint8_t)(i >> (8 * k)) : (uint8_t)rng_next(rng);
        /* Few lost, or few written, are the likeliest. */
        for (uint64_t k = 0; !all && i % 3 != 0 && k < e->count / 8 + 1; k++)
            bits[k] = i % 3 == 1 ? 0xff : 0;
        if (!all && i % 3 != 0 && e->count != 0) {
            uint64_t flip = rng_next(rng) % e->count;

            bits[flip / 8] ^= (uint8_t)(1 << (flip % 8));
        }
        epoch_state(e, bits, size < high ? size : high, &state);
        try_state(t, e, &state);
    }
    blob_free(&state);
    free(bits);
}

/* Go through what was recorded, from the file as it was before. */
static void
replay(struct trial *t, const struct blob *before, size_t sample)
{
    struct rng rng = { 77 };
    struct epoch e = { 0 };
    size_t syncs = 0;

    blob_add(&e.from, before->data, before->len);
    blob_add(&e.to, before->data, before->len);
    e.first = UINT64_MAX;
    for (size_t i = 0; i < tape.count; i++) {
        const struct op *op = &tape.ops[i];

        op_apply(&e.to, op);
        if (op->kind == OP_WRITE) {
            uint64_t from = op->at / SECTOR;
            uint64_t to = (op->at + op->data.len + SECTOR - 1) / SECTOR;

            e.mark = &op->mark;
            if (e.first == UINT64_MAX)
                e.first = from;
            if (from < e.first) {
                e.count += e.first - from;
                e.first = from;
            }
            if (to > e.first + e.count)
                e.count = to - e.first;
        }
        if (op->kind != OP_SYNC)
            continue;
        syncs++;
        if (e.first != UINT64_MAX)
            try_epoch(t, &e, sample, &rng);
        e.begun = e.begun || t->as_new != 0;
        e.from.len = 0;
        blob_add(&e.from, e.to.data, e.to.len);
        e.first = UINT64_MAX;
        e.count = 0;
    }
    ok(e.first == UINT64_MAX, "%s: nothing is left unsynced", t->what);
    ok(t->wrong == 0 && t->as_old != 0 && t->as_new != 0,
       "%s: every state opens and the next append makes it whole", t->what);
    printf("# %s: %zu syncs, %zu states, %zu as before, %zu as after\n",
           t->what, syncs, t->states, t->as_old, t->as_new);
    blob_free(&e.from);
    blob_free(&e.to);
}

/* ---- What is done to the archive ----------------------------------------- */

static int
do_append(const char *path, const struct doc *docs, size_t count,
          struct sheaf_error *err)
{
    return append(path, docs, count, &options, &pub, &secret, err);
}

static int
do_rekey(const char *path, const struct doc *docs, size_t count,
         struct sheaf_error *err)
{
    struct sheaf_writer *w = NULL;
    int rc = sheaf_writer_append(path, &options, &pub, &w, err);

    (void)docs;
    (void)count;
    if (rc == SHEAF_OK)
        rc = sheaf_add_key_change(w, &secret, &second_secret, err);
    if (rc == SHEAF_OK)
        rc = sheaf_commit(w, &second_secret, NULL, err);
    sheaf_writer_free(w);
    return rc;
}

static const struct case_of {
    const char *what;
    int (*make)(const char *path, const struct doc *docs, size_t count,
                struct sheaf_error *err);
    size_t count;      /* articles */
    size_t bytes;      /* of each, at most */
    bool note;         /* the archive has leaves that were not signed yet */
    size_t tail;       /* bytes after the end, as a crash leaves them */
    size_t cut;        /* bytes that are missing: a copy that was not written */
} cases[] = {
    { "append", do_append, NEW, 120, false, 0, 0 },
    { "a large append", do_append, 60, 4000, false, 0, 0 },
    { "append after a crash", do_append, NEW, 120, false, 3000, 0 },
    { "append to half a copy", do_append, NEW, 120, false, 0, 300 },
    { "sign", do_append, 0, 120, true, 0, 0 },
    { "rekey", do_rekey, 0, 120, false, 0, 0 },
};

static struct sheaf_info
info_of(const char *path)
{
    struct blob file = read_file(path);
    struct sheaf_reader *r = NULL;
    struct sheaf_error err = { 0 };
    struct sheaf_info info;

    MUST_BE(open_bytes(file.data, file.len, NULL, &r, &err), SHEAF_OK, &err);
    sheaf_get_info(r, &info);
    sheaf_close(r);
    blob_free(&file);
    return info;
}

static void
test_in_place(const struct case_of *c, size_t sample)
{
    const struct path path = in_folder("crash.sheaf");
    const struct path tail = in_folder("crash.sheaf.tail");
    const struct path mark = in_folder("crash.sheaf.appending");
    char text[64];
    size_t last;
    struct doc *docs = docs_make(5 + c->count + 1, c->bytes, 9);
    struct trial t = { .what = c->what, .next = docs + 5 + c->count };
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct blob before;

    MUST_BE(pack(docs, 3, &options, &secret, &bytes, NULL, &err), SHEAF_OK,
            &err);
    write_file(path.text, bytes.data, bytes.len);
    MUST_BE(append(path.text, docs + 3, 2, &options, c->note ? NULL : &pub,
                   c->note ? NULL : &secret, &err), SHEAF_OK, &err);
    before = read_file(path.text);
    blob_random(&before, &(struct rng){ 5 }, c->tail);
    before.len -= c->cut;
    write_file(path.text, before.data, before.len);
    t.before = info_of(path.text);
    if (c->tail != 0) {
        snprintf(text, sizeof text, "append from byte %zu\n",
                 before.len - c->tail);
        write_file(mark.text, (const uint8_t *)text, strlen(text));
    }
    tape_start(path.text);
    MUST_BE(c->make(path.text, docs + 5, c->count, &err), SHEAF_OK, &err);
    tape.on = false;
    ok(!tape.unmarked && stat(mark.text, &(struct stat){ 0 }) != 0,
       "%s: marked, durably, before the archive is changed", c->what);
    for (last = tape.count - 1; last > 0 && tape.ops[last].kind == OP_SYNC;)
        last--;
    eq_int(tape.ops[last].mark.len, 0, "%s: no longer when the end is written",
           c->what);
    t.after = info_of(path.text);
    t.trust = &pub;
    replay(&t, &before, sample);
    blob_free(&before);
    sheaf_buf_free(&bytes);
    docs_free(docs, 5 + c->count + 1);
    unlink(path.text);
    unlink(tail.text);
}

/* ---- New files ----------------------------------------------------------- */

static int
rewrite(const char *from, const char *to, bool redacts,
        struct sheaf_error *err)
{
    struct sheaf_redact_target target = { sheaf_str(""), 0 };
    struct sheaf_redact_options o = {
        SHEAF_REDACT_OPTIONS, .targets = &target, .target_count = 1,
        .reason = "a reason", .time_ms = DOC_TIME, .key = &secret
    };
    struct sheaf_reader *r = NULL;
    struct sheaf_source source;
    struct sheaf_sink sink;
    struct doc *docs = docs_make(1, 120, 3);
    int rc = sheaf_source_file(&source, from, err);

    target.id = blob_view(&docs[0].id);
    if (rc == SHEAF_OK)
        rc = sheaf_open(source, NULL, &r, err);
    if (rc == SHEAF_OK)
        rc = sheaf_sink_file(&sink, to, SHEAF_REPLACE, err);
    if (rc == SHEAF_OK)
        rc = redacts ? sheaf_redact(r, sink, &o, NULL, err)
                     : sheaf_repack(r, sink, &options, NULL, NULL, NULL, err);
    sheaf_close(r);
    docs_free(docs, 1);
    return rc;
}

/* A new file has its name only once all of it is durable. */
static void
test_new_files(void)
{
    static const char *const names[] = { "pack", "repack", "redact" };
    const struct path path = in_folder("new.sheaf");
    struct doc *docs = docs_make(9, 120, 3);

    for (unsigned i = 0; i < COUNT_OF(names); i++) {
        struct sheaf_error err = { 0 };
        struct sheaf_writer *w = NULL;
        struct sheaf_sink sink;
        int rc;

        tape_start(NULL);
        if (i == 0) {
            rc = sheaf_sink_file(&sink, path.text, SHEAF_REPLACE, &err);
            if (rc == SHEAF_OK)
                rc = sheaf_writer_new(sink, &options, &w, &err);
            if (rc == SHEAF_OK)
                rc = docs_add(w, docs, 9, &err);
            if (rc == SHEAF_OK)
                rc = sheaf_commit(w, &secret, NULL, &err);
            sheaf_writer_free(w);
        } else {
            rc = rewrite(path.text, path.text, i == 2, &err);
        }
        tape.on = false;
        if (!ok(rc == SHEAF_OK && tape.named != 0 && !tape.named_dirty,
                "%s: the file has its name when it is durable", names[i]))
            printf("# %d %s\n", rc, err.message);
    }
    docs_free(docs, 9);
    unlink(path.text);
}

int
main(void)
{
    const char *crashes = getenv("SHEAF_CRASHES");
    size_t sample = crashes != NULL ? (size_t)atol(crashes) : 100;
    struct sheaf_error err = { 0 };

    make_folder();
    MUST_BE(sheaf_keygen(&secret, &pub, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_keygen(&second_secret, &second_pub, &err), SHEAF_OK, &err);
    for (size_t i = 0; i < COUNT_OF(cases); i++)
        test_in_place(&cases[i], sample);
    test_new_files();
    tape_start(NULL);
    tape.on = false;
    ok(rmdir(folder) == 0, "nothing is left in the folder");
    return tap_done();
}
