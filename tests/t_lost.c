/*
 * The effects of damage: a flipped bit, a lost sector, an inserted or a missing
 * byte, anywhere in archives of several shapes, with a key and without. A scan
 * must give every other article, never other bytes, and name the lost ones. A
 * search must give the right revision or an error, never an older revision or
 * "not found" (F13.6). A listing must have a line for each article, or name its
 * leaf as lost.
 *
 * LOST_ROUNDS sets how often each kind of damage is done to each shape,
 * LOST_SEED where.
 */
#include "archive.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "format/frame.h"
#include "read/walk.h"

#define IDS 1000 /* at most, and twice as many leaves */
#define LEAVES (2 * IDS)
/* Of two places, each may cost the articles beside it, too. */
#define LOST_MOST 6

enum kind {
    FLIP,
    VERSION,
    SECTOR,
    PAGE,
    ANOTHER,
    TWO,
    INSERT,
    DELETE,
    STUFF,
    CUT,
    AGAIN,
    DOUBLE,
    SHIFTS,
    FLIPPED,
    DROPPED,
    MOVED,
    KINDS
};
static const char *const kind_names[KINDS] = {
    "a flipped bit",     "another version",  "512 zeros",
    "4,096 zeros",       "another sector",   "two other sectors",
    "an inserted byte",  "a missing byte",   "512 more bytes",
    "512 missing bytes", "bytes twice",      "frames twice",
    "two shifts",        "a bit and a byte", "a missing frame",
    "a frame elsewhere"
};

static unsigned long seed;
static unsigned long damages;
static unsigned long listed;
static struct sheaf_secret_key secret;
static struct sheaf_public_key pub;

/* Whole frames come to stand where they did not, or two places are hit. */
static bool
is_hard(enum kind kind)
{
    return kind >= DOUBLE;
}

/* How many of so many files may cost more than they should: one in twenty or so
 * of the hard ones does, and with a seed of its own it may be a few at once. */
static unsigned
may_miss(enum kind kind, unsigned rounds)
{
    return !is_hard(kind)   ? 0
           : kind == DOUBLE ? 1 + rounds / 20
           : seed != 0      ? 4 + rounds / 6
                            : 2 + rounds / 16;
}

/* ---- What was packed ----------------------------------------------------- */

struct leaf {
    bool article;
    bool newest;
    uint8_t hash[32];
    uint64_t offset; /* of its frame */
    uint64_t length;
    size_t id; /* which of the shape's */
};

/* What a shape is made of. Tables have 256 rows a page. */
struct making {
    const char *name;
    unsigned docs;
    unsigned generations;
    unsigned more; /* in each generation after the first */
    uint32_t block;
    int64_t dict_max;
};

struct shape {
    const char *name;
    struct blob file;
    struct leaf leaves[LEAVES];
    uint64_t size;
    uint64_t articles;
    uint64_t first_end; /* of the first generation */
    uint32_t block;
    char ids[IDS][64];
    char urls[IDS][64]; /* of the newest of each ID */
    uint64_t newest[IDS];
    size_t id_count;
};

static int
learn(void *arg, const struct sheaf_scan_item *item)
{
    struct shape *s = arg;
    struct leaf *l = &s->leaves[item->leaf];
    size_t n = 0;

    if (item->state == SHEAF_SCAN_LOST)
        abort();
    s->size = item->leaf + 1;
    if (item->state != SHEAF_SCAN_ARTICLE)
        return 0;
    l->article = l->newest = true;
    memcpy(l->hash, item->article.leaf_hash, 32);
    l->offset = item->entry.offset;
    l->length = item->article.length;
    s->articles++;
    while (n < s->id_count &&
           !same_bytes(item->id, s->ids[n], strlen(s->ids[n])))
        n++;
    if (n == s->id_count) {
        memcpy(s->ids[n], item->id.data, item->id.len);
        s->id_count++;
    } else {
        s->leaves[s->newest[n]].newest = false;
    }
    s->newest[n] = item->leaf;
    l->id = n;
    return 0;
}

static void
make_shape(struct shape *s, const struct making *m)
{
    const struct sheaf_write_options o = {
        SHEAF_WRITE_OPTIONS, .dict_max = m->dict_max, .level = 3,
        .block = m->block,   .time_ms = DOC_TIME,     .origin = "t"
    };
    struct doc *docs = docs_make(m->docs, 120, 21);
    const struct path path = in_folder("lost.sheaf");
    size_t first = m->docs - (m->generations - 1) * m->more;
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes = { 0 };
    struct sheaf_reader *r = NULL;
    struct sheaf_scratch *scratch = NULL;

    memset(s, 0, sizeof *s);
    s->name = m->name;
    s->block = m->block;
    MUST_BE(pack(docs, first, &o, &secret, &bytes, NULL, &err), SHEAF_OK,
            &err);
    s->first_end = bytes.len;
    write_file(path.text, bytes.data, bytes.len);
    sheaf_buf_free(&bytes);
    for (unsigned g = 1; g < m->generations; g++) {
        struct doc *d = docs + first + (g - 1) * m->more;

        /* Every second one is a revision of an article that is there. */
        for (unsigned i = 0; i < m->more; i += 2) {
            d[i].id.len = 0;
            blob_add(&d[i].id, docs[g * 3 + i].id.data,
                     docs[g * 3 + i].id.len);
            doc_describe(&d[i], 1000 + g * m->more + i);
        }
        MUST_BE(append(path.text, d, m->more, &o, &pub, &secret, &err),
                SHEAF_OK, &err);
    }
    s->file = read_file(path.text);
    unlink(path.text);
    MUST_BE(open_bytes(s->file.data, s->file.len, NULL, &r, &err), SHEAF_OK,
            &err);
    MUST_BE(sheaf_scratch_new(&scratch, &err), SHEAF_OK, &err);
    MUST_BE(sheaf_scan(r, scratch, learn, s, &err), SHEAF_OK, &err);
    eq_int(sheaf_get_damage(r, NULL), 0, "%s: undamaged", s->name);
    printf("# %s: %zu bytes, %u articles\n", s->name, s->file.len,
           (unsigned)s->articles);
    /* The newest is the last of each ID. */
    for (size_t i = 0; i < m->docs; i++)
        for (size_t n = 0; n < s->id_count; n++)
            if (same_bytes(blob_view(&docs[i].id), s->ids[n],
                           strlen(s->ids[n])))
                snprintf(s->urls[n], sizeof s->urls[n], "%.*s",
                         (int)docs[i].url.len, (char *)docs[i].url.data);
    sheaf_scratch_free(scratch);
    sheaf_close(r);
    docs_free(docs, m->docs);
}

/* ---- Damage -------------------------------------------------------------- */

#define REMAINS 700

struct damaged {
    uint8_t *data;
    size_t len;
    size_t from; /* the bytes hit, in the file as it was */
    size_t to;
    size_t from2; /* and others */
    size_t to2;
    size_t remains; /* bytes that an append has left that was killed */
};

/* The last frame that begins at or before `at`. Sets *end, unless it is
 * NULL. */
static size_t
frame_at(const struct shape *s, size_t at, size_t *end)
{
    struct walk walk = { .at = HEAD_SIZE, .end = s->file.len, .step = 4096 };
    struct walk_frame f;
    struct sheaf_error err;
    size_t last = HEAD_SIZE;

    MUST_BE(sheaf_source_memory(
                &walk.source,
                (struct sheaf_bytes){ s->file.data, s->file.len }, &err),
            SHEAF_OK, &err);
    while (walk.at <= at && walk.at < walk.end) {
        last = (size_t)walk.at;
        if (walk_peek(&walk, &f, &err) != SHEAF_OK)
            abort();
        if (walk_load(&walk, &f, &err) != SHEAF_OK)
            abort();
        walk_pass(&walk, &f);
    }
    if (end != NULL)
        *end = (size_t)walk.at;
    walk_free(&walk);
    walk.source.ops->close(walk.source.ctx);
    return last;
}

static void
shift_by_one(struct damaged *d, size_t at, bool more)
{
    if (more) {
        memmove(d->data + at + 1, d->data + at, d->len - at);
        d->data[at] = (uint8_t)at;
        d->len++;
    } else {
        memmove(d->data + at, d->data + at + 1, d->len - at - 1);
        d->len--;
    }
}

static struct damaged
damage(const struct shape *s, enum kind kind, struct rng *rng)
{
    size_t at = rng_below(rng, (uint32_t)s->file.len);
    size_t sector = kind == PAGE ? 4096 : kind == TWO ? 2048 : 512;
    struct damaged d = {
        malloc(2 * s->file.len + REMAINS), s->file.len, at, at + 1, 0, 0, 0
    };

    if (d.data == NULL)
        abort();
    memcpy(d.data, s->file.data, s->file.len);
    while (kind == VERSION && at + 12 < d.len &&
           memcmp(d.data + at, FRAME_MAGIC, FRAME_MAGIC_SIZE) != 0)
        at++;
    if (kind == VERSION && at + 12 < d.len) {
        d.from = at + 11;
        d.to = at + 12;
        at += 11;
    }
    if (kind == FLIP || kind == VERSION) {
        d.data[at] ^= (uint8_t)(1u << rng_below(rng, 8));
    } else if (kind == SECTOR || kind == PAGE) {
        d.from = at / sector * sector;
        d.to = d.from + sector < d.len ? d.from + sector : d.len;
        memset(d.data + d.from, 0, d.to - d.from);
    } else if (kind == TWO) { /* anything may be hit, and be lost */
        for (unsigned i = 0; i < 2; i++) {
            size_t to = rng_below(rng, (uint32_t)(d.len - sector));
            size_t from = rng_below(rng, (uint32_t)(d.len - sector));

            memcpy(d.data + to / sector * sector,
                   s->file.data + from / sector * sector, sector);
        }
        d.from = HEAD_SIZE;
        d.to = d.len;
    } else if (kind == ANOTHER) {
        d.from = at / sector * sector;
        d.to = d.from + sector < d.len ? d.from + sector : d.len;
        at = rng_below(rng, (uint32_t)(s->file.len - sector)) / sector * sector;
        memcpy(d.data + d.from, s->file.data + at, d.to - d.from);
    } else if (kind == INSERT || kind == STUFF) {
        size_t n = kind == INSERT ? 1 : 512;

        memmove(d.data + at + n, d.data + at, d.len - at);
        for (size_t i = 0; i < n; i++)
            d.data[at + i] = (uint8_t)rng_below(rng, 256);
        d.len += n;
    } else if (kind == SHIFTS || kind == FLIPPED) {
        size_t second = rng_below(rng, (uint32_t)s->file.len);

        d.from = at < second ? at : second;
        d.from2 = at < second ? second : at;
        d.to = d.from + 1;
        d.to2 = d.from2 + 1;
        if (kind == FLIPPED && rng_below(rng, 2) == 0)
            d.data[d.from2] ^= (uint8_t)(1u << rng_below(rng, 8));
        else
            shift_by_one(&d, d.from2,
                         kind == SHIFTS && rng_below(rng, 2) == 0);
        if (kind == FLIPPED && d.len != s->file.len)
            d.data[d.from] ^= (uint8_t)(1u << rng_below(rng, 8));
        else
            shift_by_one(&d, d.from, kind == SHIFTS && rng_below(rng, 2) == 0);
    } else if (kind == AGAIN) { /* a transfer went on too far back */
        size_t n = 1 + rng_below(rng, 8192);

        n = n < at ? n : at;
        memmove(d.data + at, d.data + at - n, d.len + n - at);
        d.len += n;
        d.to = at;
    } else if (kind == MOVED) {
        size_t to = frame_at(s, rng_below(rng, (uint32_t)s->file.len), NULL);
        size_t n;

        d.from = frame_at(s, at, &d.to);
        n = d.to - d.from;
        if (to > d.from)
            to = to < d.to ? d.from : to - n;
        memmove(d.data + d.from, d.data + d.to, d.len - d.to);
        memmove(d.data + to + n, d.data + to, d.len - n - to);
        memcpy(d.data + to, s->file.data + d.from, n);
    } else if (kind == DROPPED) {
        if (at < HEAD_SIZE) {
            d.from = 0;
            d.to = HEAD_SIZE;
        } else {
            d.from = frame_at(s, at, &d.to);
        }
        memmove(d.data + d.from, d.data + d.to, d.len - d.to);
        d.len -= d.to - d.from;
    } else if (kind == DOUBLE) {
        size_t from = frame_at(s, at, NULL);
        size_t to = frame_at(s, from + rng_below(rng, 8192), NULL);

        at = frame_at(s, rng_below(rng, (uint32_t)s->file.len), NULL);
        memmove(d.data + at + to - from, d.data + at, d.len - at);
        memcpy(d.data + at, s->file.data + from, to - from);
        d.len += to - from;
        d.from = d.to = at;
    } else {
        size_t n = kind == DELETE ? 1 : 512;

        n = n < d.len - at ? n : d.len - at;
        memmove(d.data + at, d.data + at + n, d.len - at - n);
        d.len -= n;
        d.to = at + n;
    }
    /* Every second file has what an append has left that was killed. */
    if (rng_below(rng, 2) == 0) {
        size_t from = s->first_end < s->file.len ? s->first_end : HEAD_SIZE;
        size_t n = 1 + rng_below(rng, REMAINS);

        memcpy(d.data + d.len, s->file.data + from, n);
        d.len += n;
        d.remains = n;
    }
    return d;
}

static bool
is_hit(const struct damaged *d, uint64_t offset, uint64_t length,
       uint64_t slack)
{
    return (offset < d->to + slack && offset + length + slack > d->from) ||
           (d->to2 != 0 && offset < d->to2 + slack &&
            offset + length + slack > d->from2);
}

/* May this leaf be lost? Its frame was hit, or it is the difference from an
 * article in one that was; where bytes shift, also in the one beside it. */
static bool
may_be_lost(const struct shape *s, const struct leaf *l, enum kind kind,
            const struct damaged *d)
{
    uint64_t slack = kind >= INSERT ? 1 : 0;

    if (is_hit(d, l->offset, l->length, slack))
        return true;
    /* A REV frame names the frame that it is made against. */
    return memcmp(s->file.data + l->offset + 8, "REV", 3) == 0 &&
           is_hit(d, get_be(s->file.data + l->offset + 12, 8),
                  get_be(s->file.data + l->offset + 20, 4), slack);
}

/* How many frames of this type were hit. */
static unsigned
hits(const struct shape *s, const struct damaged *d, const char *type)
{
    unsigned n = 0;

    for (size_t at = 0; at + 12 < s->file.len; at++) {
        const uint8_t *p = s->file.data + at;

        if (memcmp(p, "\x53\x2a\x4d\x18", 4) == 0 &&
            memcmp(p + 8, type, 3) == 0 &&
            is_hit(d, at, get_le32(p + 4) + 8, 0))
            n++;
    }
    return n;
}

/* Whether both places are among the articles of one group. What is between
 * them may be lost then: nothing there says where it stood. */
static bool
in_one_group(const struct shape *s, const struct damaged *d)
{
    struct damaged between = { .from = d->from, .to = d->to2 };

    return hits(s, &between, "GRP") == 0;
}

struct outcome {
    const struct shape *shape;
    uint64_t next; /* leaf */
    uint64_t given;
    uint64_t lies;
    uint64_t order; /* leaves that came out of turn */
    bool lost[LEAVES];
};

static int
check_leaf(void *arg, const struct sheaf_scan_item *item)
{
    struct outcome *o = arg;
    const struct leaf *l = &o->shape->leaves[item->leaf];

    o->order += item->leaf != o->next;
    o->next = item->leaf + 1;
    if (item->state == SHEAF_SCAN_ARTICLE) {
        o->given++;
        o->lies += !l->article ||
                   memcmp(l->hash, item->article.leaf_hash, 32) != 0;
    } else {
        o->lost[item->leaf] = item->state == SHEAF_SCAN_LOST;
        o->lies += l->article != (item->state == SHEAF_SCAN_LOST) &&
                   item->state != SHEAF_SCAN_LOST;
    }
    return 0;
}

struct tally {
    unsigned tries;
    unsigned unopened;
    unsigned lies;
    unsigned order;
    unsigned elsewhere; /* articles lost that were not hit */
    unsigned denied;    /* IDs said not to be there, or given out older */
    unsigned unlisted; /* articles that a listing has not, and does not name */
    unsigned slandered; /* leaves that it calls lost, and a scan gives */
    unsigned unfound;   /* articles that a scan gives and a search does not */
    unsigned unrecovered; /* articles that were not hit, and sheaf_recover did
                             not find */
    unsigned lost;
    unsigned most;
    unsigned much; /* too many, of two places */
    unsigned excused;
    unsigned earlier;
    unsigned listed;
};

/* `name` is an ID or a URL. */
static void
look_up_one(const struct shape *s, const struct sheaf_reader *r,
            struct sheaf_scratch *scratch, const struct outcome *o,
            struct tally *t, const struct damaged *d, enum kind kind,
            const char *name, uint64_t newest)
{
    struct sheaf_error err = { 0 };
    struct sheaf_entry e;
    struct sheaf_article a;
    bool url = strstr(name, "://") != NULL;
    int rc = url ? sheaf_find_url(r, scratch, sheaf_str(name), &e, &err)
                 : sheaf_find(r, scratch, sheaf_str(name), 0, &e, &err);

    if (rc == SHEAF_OK)
        rc = sheaf_read(r, scratch, &e, &a, &err);
    if (rc == SHEAF_ENOTFOUND || rc == SHEAF_EREDACTED ||
        (rc == SHEAF_OK && e.leaf != newest)) {
        if (t->denied++ < 3)
            printf("# %s, %s at %zu: %s is leaf %u, and is %s\n", s->name,
                   kind_names[kind], d->from, name, (unsigned)newest,
                   rc == SHEAF_OK ? "another" : err.message);
    }
    t->unfound += rc != SHEAF_OK && !url && !o->lost[newest];
}

static void
look_up(const struct shape *s, const struct sheaf_reader *r,
        struct sheaf_scratch *scratch, const struct outcome *o,
        struct tally *t, const struct damaged *d, enum kind kind)
{
    for (size_t i = 0; i < s->id_count; i++) {
        look_up_one(s, r, scratch, o, t, d, kind, s->ids[i], s->newest[i]);
        if (s->urls[i][0] != '\0')
            look_up_one(s, r, scratch, o, t, d, kind, s->urls[i],
                        s->newest[i]);
    }
}

/* ---- Listing ------------------------------------------------------------- */

struct lines {
    const struct shape *shape;
    const struct outcome *outcome;
    struct tally *tally;
    bool there[LEAVES];
    uint64_t next;
};

static bool
is_of_leaf(const struct shape *s, const struct sheaf_listing *line)
{
    const struct leaf *l = &s->leaves[line->entry.leaf];

    return l->article &&
           same_bytes(line->id, s->ids[l->id], strlen(s->ids[l->id]));
}

static int
take_line(void *arg, const struct sheaf_listing *line)
{
    struct lines *l = arg;
    uint64_t leaf = line->entry.leaf;

    l->tally->order += leaf < l->next || leaf >= l->shape->size;
    l->next = leaf + 1;
    l->there[leaf] = true;
    l->tally->slandered += line->lost && !l->outcome->lost[leaf];
    l->tally->lies += !line->lost && !is_of_leaf(l->shape, line);
    return 0;
}

static void
list_all(const struct shape *s, const struct sheaf_reader *r,
         struct sheaf_scratch *scratch, const struct outcome *o,
         struct tally *t, size_t at)
{
    struct lines l = { .shape = s, .outcome = o, .tally = t };
    struct sheaf_list_filter filter = SHEAF_LIST_ALL;
    struct sheaf_error err = { 0 };
    int rc;

    filter.lost = 1;
    rc = sheaf_list(r, scratch, &filter, take_line, &l, &err);
    if (rc != SHEAF_OK && rc != SHEAF_ECORRUPT && t->unlisted++ < 3)
        printf("# %s, damage at %zu: %s\n", s->name, at, err.message);
    for (uint64_t i = 0; rc == SHEAF_OK && i < s->size; i++)
        if (s->leaves[i].article && !l.there[i] && t->unlisted++ < 3)
            printf("# %s, damage at %zu: leaf %u is not listed\n", s->name, at,
                   (unsigned)i);
    t->listed += rc == SHEAF_OK;
}

/* ---- Excuses ------------------------------------------------------------- */

static bool
hits_article(const struct shape *s, enum kind kind, const struct damaged *d)
{
    for (uint64_t i = 0; i < s->size; i++)
        if (s->leaves[i].article && may_be_lost(s, &s->leaves[i], kind, d))
            return true;
    return false;
}

/*
 * Copies that lie in one sector are lost with it: those of top and end, where
 * a generation has fewer than 32 KiB, a dictionary and its parity when the
 * first group is as small; and with a key a tile with an article that it is
 * derived from. Of copies of a top it is only told that the archive opens; with
 * a key, that an earlier generation can be read.
 */
static bool
excused(const struct shape *s, enum kind kind, const struct damaged *d,
        bool keyed)
{
    size_t articles = (size_t)s->leaves[0].offset;
    bool dictionary = d->to2 != 0
                          ? is_hit(d, HEAD_SIZE, articles - HEAD_SIZE, 1)
                          : d->from < HEAD_SIZE && d->to > HEAD_SIZE;

    if (kind == TWO)
        return false;
    if (kind == DROPPED && d->from == HEAD_SIZE && articles != HEAD_SIZE)
        return true; /* the dictionary */
    return hits(s, d, "TOP") > 1 || hits(s, d, "END") > 1 ||
           (dictionary && hits(s, d, "PAR") != 0) ||
           (keyed && hits(s, d, "TIL") != 0 && hits_article(s, kind, d));
}

/* ---- Recovery ------------------------------------------------------------ */

struct recovering {
    const struct shape *shape;
    bool there[LEAVES];
};

static int
take_recovered(void *arg, const struct sheaf_recovered *what)
{
    struct recovering *r = arg;

    if (what->kind != SHEAF_RECOVERED_ARTICLE)
        return 0;
    for (uint64_t i = 0; i < r->shape->size; i++) {
        if (memcmp(r->shape->leaves[i].hash, what->article->leaf_hash, 32) ==
            0)
            r->there[i] = true;
    }
    return 0;
}

/* Recovery must give what the frames hold, even without a top. */
static void
recover_all(const struct shape *s, const struct damaged *d, enum kind kind,
            struct tally *t)
{
    struct recovering r = { .shape = s };
    struct sheaf_recovery result;
    struct sheaf_source source;
    struct sheaf_error err;

    MUST_BE(sheaf_source_memory(&source,
                                (struct sheaf_bytes){ d->data, d->len }, &err),
            SHEAF_OK, &err);
    MUST_BE(sheaf_recover(source, NULL, take_recovered, &r, &result, &err),
            SHEAF_OK, &err);
    for (uint64_t i = 0; i < s->size; i++) {
        const struct leaf *l = &s->leaves[i];

        if (l->article && !r.there[i] && !may_be_lost(s, l, kind, d) &&
            t->unrecovered++ < 3)
            printf("# %s, %s at %zu: leaf %u is not recovered\n", s->name,
                   kind_names[kind], d->from, (unsigned)i);
    }
}

/* What was signed before must be given with the key. */
static void
read_earlier(const struct shape *s, const struct sheaf_reader *r, int rc,
             const struct damaged *d, struct tally *t)
{
    struct outcome o = { .shape = s };
    struct sheaf_scratch *scratch = NULL;
    struct sheaf_error err = { 0 };
    bool given = rc == SHEAF_OK;

    if (given) {
        MUST_BE(sheaf_scratch_new(&scratch, &err), SHEAF_OK, &err);
        MUST_BE(sheaf_scan(r, scratch, check_leaf, &o, &err), SHEAF_OK, &err);
        t->lies += (unsigned)o.lies;
        for (uint64_t i = 0; i < s->size; i++)
            given = given && (!s->leaves[i].article ||
                              s->leaves[i].offset >= s->first_end ||
                              (i < o.next && !o.lost[i]));
        sheaf_scratch_free(scratch);
        t->earlier++;
    }
    if (!given && t->unopened++ < 3)
        printf("# %s, zeros at %zu: nothing of the first generation\n",
               s->name, d->from);
}

/* What sheaf_get_info gave before points at the same bytes afterwards, also
 * where an earlier state is taken. */
static int
authenticate(struct sheaf_reader *r, struct tally *t, struct sheaf_error *err)
{
    struct sheaf_info info;
    struct blob origin = { 0 }, note = { 0 };
    int rc;

    sheaf_get_info(r, &info);
    blob_add(&origin, info.origin.data, info.origin.len);
    blob_add(&note, info.note.data, info.note.len);
    rc = sheaf_authenticate(r, &pub, err);
    t->lies += !bytes_equal(info.origin, blob_view(&origin)) ||
               !bytes_equal(info.note, blob_view(&note));
    blob_free(&origin);
    blob_free(&note);
    return rc;
}

static void
try_one(const struct shape *s, enum kind kind, bool keyed, struct rng *rng,
        bool search, struct tally *t)
{
    struct damaged d = damage(s, kind, rng);
    struct outcome o = { .shape = s };
    struct sheaf_scratch *scratch = NULL;
    struct sheaf_reader *r = NULL;
    struct sheaf_error err = { 0 };
    struct sheaf_info info;
    bool said = false;
    int rc = open_bytes(d.data, d.len, NULL, &r, &err);

    if (rc == SHEAF_OK && keyed)
        rc = authenticate(r, t, &err);
    /* By chance what is left fits together: the reader says what it lost. Or
     * bytes shift within a TOP or END: nothing tells where the remains of an
     * append begin, and they look as if a generation was lost. */
    if (rc == SHEAF_OK && kind >= INSERT) {
        sheaf_get_info(r, &info);
        /* Remains of an append may be a generation that was cut off. */
        search = search && (info.lost_leaves == 0 ||
                            (!is_hard(kind) && d.remains == 0));
        said = info.lost_leaves != 0 &&
               (kind == CUT || hits(s, &d, "END") != 0 ||
                hits(s, &d, "TOP") != 0);
    }
    /* These may leave no place to tell: a few such files do not open, or not up
     * to their end, or find nothing. */
    if (rc == SHEAF_OK && is_hard(kind) && info.size != s->size &&
        info.lost_leaves != 0 && !said) {
        said = true;
        t->unopened++;
    }
    if (rc == SHEAF_OK && kind == TWO) {
        sheaf_get_info(r, &info);
        said = info.lost_leaves != 0;
    }
    t->tries++;
    if (search && !keyed && !excused(s, kind, &d, keyed))
        recover_all(s, &d, kind, t);
    if (said || excused(s, kind, &d, keyed)) {
        t->excused++;
        t->unopened += !keyed && rc != SHEAF_OK &&
                       d.to + PAD_SIZE < s->file.len;
        if (keyed && d.from >= s->first_end)
            read_earlier(s, r, rc, &d, t);
    } else if (rc != SHEAF_OK) {
        if (kind != TWO && t->unopened++ < 3)
            printf("# %s, %s at %zu and %zu: %s\n", s->name, kind_names[kind],
                   d.from, d.from2, err.message);
    } else {
        unsigned lost = 0;

        MUST_BE(sheaf_scratch_new(&scratch, &err), SHEAF_OK, &err);
        MUST_BE(sheaf_scan(r, scratch, check_leaf, &o, &err), SHEAF_OK, &err);
        t->lies += (unsigned)o.lies;
        t->order += o.order != 0 || o.next != s->size;
        for (uint64_t i = 0; i < s->size; i++) {
            if (!o.lost[i] || !s->leaves[i].article)
                continue;
            lost++;
            /* Bytes that shift may cost the frame beside it, too. */
            if (!may_be_lost(s, &s->leaves[i], kind, &d) && kind < INSERT &&
                t->elsewhere++ < 3)
                printf("# %s, %s at %zu: lost leaf %u at %llu\n", s->name,
                       kind_names[kind], d.from, (unsigned)i,
                       (unsigned long long)s->leaves[i].offset);
        }
        t->lost += lost;
        t->most = lost > t->most ? lost : t->most;
        if (is_hard(kind) && s->block == 0 &&
            lost > (d.to2 != 0 ? LOST_MOST : 2) &&
            !(d.to2 != 0 && in_one_group(s, &d)) && t->much++ < 3)
            printf("# %s, %s at %zu and %zu: %u lost\n", s->name,
                   kind_names[kind], d.from, d.from2, lost);
        list_all(s, r, scratch, &o, t, d.from);
        if (search)
            look_up(s, r, scratch, &o, t, &d, kind);
        if (is_hard(kind) && t->unfound != 0) {
            t->unfound = 0;
            t->unopened++;
        }
    }
    sheaf_scratch_free(scratch);
    sheaf_close(r);
    free(d.data);
}

static void
test_shape(const struct shape *s, unsigned rounds)
{
    for (unsigned kind = 0; kind < KINDS; kind++) {
        for (unsigned keyed = 0; keyed < 2; keyed++) {
            struct rng rng = { kind * 2 + keyed + s->file.len + 16 * seed };
            struct tally t = { 0 };

            for (unsigned i = 0; i < rounds; i++)
                try_one(s, kind, keyed, &rng, i % 8 == 0, &t);
            damages += rounds;
            printf("# %s, %s, %s: of %u articles %.2f lost, at most %u; %u "
                   "not counted\n",
                   s->name, kind_names[kind], keyed ? "key" : "no key",
                   (unsigned)s->articles, (double)t.lost / t.tries, t.most,
                   t.excused);
            ok(t.unopened <= may_miss(kind, rounds), "%s, %s: opens", s->name,
               kind_names[kind]);
            eq_int(t.lies, 0, "and gives no other article");
            eq_int(t.order, 0, "and each leaf once");
            eq_int(t.elsewhere, 0, "and loses only what was hit");
            if (s->block == 0 && (kind == INSERT || kind == DELETE))
                ok(t.most <= 2, "at most two");
            ok(t.much <= may_miss(kind, rounds), "and loses few");
            eq_int(t.unlisted, 0, "and lists each, or names it");
            if (kind != TWO && kind < SHIFTS)
                eq_int(t.slandered, 0, "and calls none lost that is there");
            listed += t.listed;
            eq_int(t.denied, 0, "and denies no ID");
            eq_int(t.unrecovered, 0, "and recovery finds what was not hit");
            /* Two damages at once, of an article and of the index, may leave
             * no proof that there is no newer one. */
            if (kind != PAGE && kind != SECTOR && kind != ANOTHER &&
                kind != TWO && kind != CUT && kind < SHIFTS)
                eq_int(t.unfound, 0, "and finds what is there");
        }
    }
}

/* A byte behind the magic of an article that makes a field of the frame header
 * longer: the frame stays whole, has another dictionary, and is longer. */
static void
test_longer_header(const struct shape *s)
{
    unsigned opened = 0, tried = 0, most = 0;

    for (uint64_t i = 0; i < s->size; i++) {
        const struct leaf *l = &s->leaves[i];
        size_t at = (size_t)l->offset + 4;
        struct sheaf_reader *r = NULL;
        struct sheaf_error err = { 0 };
        struct sheaf_info info;
        uint8_t *data;

        if (!l->article || (s->file.data[at] & 0xC0) != 0)
            continue;
        data = malloc(s->file.len + 1);
        memcpy(data, s->file.data, at);
        data[at] = s->file.data[at] | 0x40;
        memcpy(data + at + 1, s->file.data + at, s->file.len - at);
        tried++;
        if (open_bytes(data, s->file.len + 1, NULL, &r, &err) == SHEAF_OK) {
            struct outcome o = { .shape = s };
            struct sheaf_scratch *scratch;
            unsigned lost = 0;

            sheaf_get_info(r, &info);
            opened += info.size == s->size;
            MUST_BE(sheaf_scratch_new(&scratch, &err), SHEAF_OK, &err);
            MUST_BE(sheaf_scan(r, scratch, check_leaf, &o, &err), SHEAF_OK,
                    &err);
            for (uint64_t k = 0; k < s->size; k++)
                lost += o.lost[k] && s->leaves[k].article;
            most = lost > most ? lost : most;
            sheaf_scratch_free(scratch);
            sheaf_close(r);
        }
        free(data);
    }
    ok(tried > s->articles / 4, "%s: %u headers can be made longer", s->name,
       tried);
    eq_int(opened, tried, "and what follows is found");
    eq_int(most, 1, "at the cost of one article");
}

int
main(void)
{
    static const struct making makings[] = {
        { "one generation", 120, 1, 8, 0, 8192 },
        { "five generations", 120, 5, 8, 0, 8192 },
        { "blocks", 120, 2, 8, 8192, 8192 },
        { "no dictionary", 120, 3, 8, 0, -1 },
        { "twelve generations", 120, 12, 8, 0, 8192 },
        { "pages of tables", 900, 4, 150, 0, 8192 },
    };
    static struct shape s;
    struct sheaf_error err = { 0 };
    const char *text = getenv("LOST_ROUNDS");
    unsigned rounds = text != NULL ? (unsigned)strtoul(text, NULL, 10) : 24;

    text = getenv("LOST_SEED");
    seed = text != NULL ? strtoul(text, NULL, 10) : 0;
    text = getenv("LOST_SHAPE");
    make_folder();
    MUST_BE(sheaf_keygen(&secret, &pub, &err), SHEAF_OK, &err);
    for (size_t i = 0; i < sizeof makings / sizeof *makings; i++) {
        bool large = makings[i].docs > 200;

        if (text != NULL && strtoul(text, NULL, 10) != i)
            continue;
        make_shape(&s, &makings[i]);
        test_shape(&s, large ? (rounds + 3) / 4 : rounds);
        if (makings[i].generations == 12)
            test_longer_header(&s);
        blob_free(&s.file);
    }
    if (text == NULL) {
        /* A sector with an article once more took the place of a seal. */
        seed = 13614346;
        make_shape(&s, &makings[1]);
        test_shape(&s, 8);
        blob_free(&s.file);
    }
    printf("# %lu damages, %lu of them with a listing from columns\n", damages,
           listed);
    ok(listed > damages / 3, "many could be listed from columns");
    rmdir(folder);
    return tap_done();
}
