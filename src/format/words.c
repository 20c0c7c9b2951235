/*
 * words.c - frequent words as codes: the table, and undoing.
 */
#include "format/words.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/mem.h"

#define TRAILER_MAGIC "\xf7WDS"
#define KINDS_SIZE 256
/* Entries are copied as so many bytes, or as COPY_MAX, which may run over. Most
 * are short: the others are rare. */
#define COPY 16
/* The most that the item of one byte of code and no rare one makes. */
#define FREQUENT_MAX (1 + COPY)
#define COPY_MAX 64
/* The longest item: a mark and two bytes. */
#define TAIL 3
#define SLACK (1 + COPY_MAX)
/* So many bytes of code are read at once. They have four items or more. */
#define WORD ((ptrdiff_t)sizeof(uint64_t))

_Static_assert(WORDS_ENTRY_MAX <= COPY_MAX, "an entry is copied at once");

/* What an item is for the item that follows. A space goes between the two if
 * the second has one of the first one's ENDS flags in `after`. */
#define ENTRY_ENDS 1 /* an entry that ends in a word */
#define BYTES_END 2 /* bytes that do; only an entry takes a space after them */
#define LEAD 4      /* a byte that makes a letter with the next one */

/* Bits of `how`. LETTER is also the bit that makes a letter small. */
#define LETTER 0x20  /* an entry that begins with an ASCII letter */
#define CAPITAL 0x40 /* changes the case of the next item's first letter */
#define BYTE 0x10    /* a byte above 127 that stands for itself */
#define LONG 0x08    /* more than COPY bytes */
#define SLOW 0x80    /* the kind of the byte says what to do */
#define RARE (CAPITAL | BYTE | LONG | SLOW)

/* An item of coded content: an entry, a byte that stands for itself, or a
 * mark. */
struct item {
    uint32_t at; /* in the text */
    uint8_t len;
    uint8_t after;
    uint8_t flags; /* and, from bit 4 on, which flags stay as they were */
    uint8_t how;
};

#define STAY(flags) ((flags) << 4)

/* How a byte selects an item: `first`, or with `mask` ff the byte after it
 * selects the one from there on. */
struct code {
    const struct item *first;
    uint32_t mask;
    uint16_t size; /* bytes of the code */
    uint16_t bits;
};

struct words {
    struct code codes[256];
    uint8_t kind[256];
    struct item *items;
    uint8_t *text;
};

/* ---- Letters ------------------------------------------------------------- */

/* 1: an ASCII letter or digit. 2: the first byte of a letter of two bytes
 * (Latin, Greek, Cyrillic, Hebrew, Arabic). */
static const uint8_t letter[256] = {
    ['0'] = 1,  ['1'] = 1,  ['2'] = 1,  ['3'] = 1,  ['4'] = 1,  ['5'] = 1,
    ['6'] = 1,  ['7'] = 1,  ['8'] = 1,  ['9'] = 1,
#define BOTH(c) [c] = 1, [(c) + 32] = 1
    BOTH('A'),  BOTH('B'),  BOTH('C'),  BOTH('D'),  BOTH('E'),  BOTH('F'),
    BOTH('G'),  BOTH('H'),  BOTH('I'),  BOTH('J'),  BOTH('K'),  BOTH('L'),
    BOTH('M'),  BOTH('N'),  BOTH('O'),  BOTH('P'),  BOTH('Q'),  BOTH('R'),
    BOTH('S'),  BOTH('T'),  BOTH('U'),  BOTH('V'),  BOTH('W'),  BOTH('X'),
    BOTH('Y'),  BOTH('Z'),  [0xc3] = 2, [0xc4] = 2, [0xc5] = 2, [0xc6] = 2,
    [0xc7] = 2, [0xc8] = 2, [0xc9] = 2, [0xca] = 2, [0xcb] = 2, [0xcc] = 2,
    [0xcd] = 2, [0xce] = 2, [0xcf] = 2, [0xd0] = 2, [0xd1] = 2, [0xd2] = 2,
    [0xd3] = 2, [0xd4] = 2, [0xd5] = 2, [0xd6] = 2, [0xd7] = 2, [0xd8] = 2,
    [0xd9] = 2, [0xda] = 2, [0xdb] = 2, [0xdc] = 2, [0xdd] = 2, [0xde] = 2,
    [0xdf] = 2,
};

bool
words_begins(uint8_t first)
{
    return letter[first] != 0;
}

bool
words_ends(const uint8_t *start, const uint8_t *end)
{
    return (end - start >= 1 && letter[end[-1]] == 1) ||
           (end - start >= 2 && end[-1] >= 0x80 && letter[end[-2]] == 2);
}

static inline bool
is_letter(uint8_t b)
{
    b |= 0x20;
    return b >= 'a' && b <= 'z';
}

/* ---- The table ----------------------------------------------------------- */

int
words_find(struct sheaf_bytes dict, uint64_t offset, struct sheaf_bytes *table,
           struct sheaf_error *err)
{
    const uint8_t *end = dict.data + dict.len;
    uint32_t back, len;

    *table = sheaf_view(NULL, 0);
    if (dict.len < WORDS_TRAILER_SIZE ||
        memcmp(end - 4, TRAILER_MAGIC, 4) != 0)
        return SHEAF_OK;
    back = (uint32_t)get_be(end - 12, 4);
    len = (uint32_t)get_be(end - 8, 4);
    if (len == 0 || len > WORDS_TABLE_MAX || back > dict.len ||
        back < WORDS_TRAILER_SIZE || len > back - WORDS_TRAILER_SIZE)
        return fail_corrupt(err, offset, "F17.1",
                            "the table of words is not in the dictionary");
    *table = sheaf_view(end - back, len);
    return SHEAF_OK;
}

struct sheaf_bytes
words_entries(struct sheaf_bytes table)
{
    return sheaf_view(table.data + KINDS_SIZE, table.len - KINDS_SIZE);
}

void
words_trailer(uint32_t back, uint32_t len, uint8_t out[WORDS_TRAILER_SIZE])
{
    put_be(out, back, 4);
    put_be(out + 4, len, 4);
    memcpy(out + 8, TRAILER_MAGIC, 4);
}

/* Splits the entries, each of which ends in 00, and returns how many there are;
 * 0 if that is not their form. */
static size_t
read_entries(struct words *w, size_t len)
{
    const uint8_t *at = w->text;
    const uint8_t *const end = at + len;
    size_t count = 0;

    for (; at < end && count < WORDS_ENTRIES_MAX; count++) {
        const uint8_t *stop = memchr(at, 0, (size_t)(end - at));
        struct item *e = &w->items[count];

        if (stop == NULL || stop == at || stop - at > WORDS_ENTRY_MAX)
            return 0;
        *e = (struct item){ .at = (uint32_t)(at - w->text),
                            .len = (uint8_t)(stop - at) };
        e->after = words_begins(*at) ? ENTRY_ENDS | BYTES_END : 0;
        e->flags = words_ends(at, stop) ? ENTRY_ENDS : 0;
        e->flags |= letter[stop[-1]] == 2 ? LEAD : 0;
        e->how = is_letter(*at) ? LETTER : 0;
        e->how |= e->len > COPY ? LONG : 0;
        at = stop + 1;
    }
    return at == end ? count : 0;
}

/* Behind the entries there are 256 items that a code of two bytes can reach,
 * but must not, and an item for each byte that is not a code. */
static void
add_bytes(struct words *w, size_t count, size_t text)
{
    for (size_t i = 0; i < 256; i++)
        w->items[count + i] = (struct item){ .how = SLOW };
    for (unsigned b = 0; b < 256; b++) {
        struct item *e = &w->items[count + 256 + b];

        w->text[text + b] = (uint8_t)b;
        *e = (struct item){ .at = (uint32_t)(text + b) };
        if (w->kind[b] == WORDS_CAPITAL) {
            e->flags = STAY(ENTRY_ENDS | BYTES_END | LEAD);
            e->how = CAPITAL;
        } else if (w->kind[b] != WORDS_SELF) {
            e->how = SLOW;
        } else {
            e->len = 1;
            e->how = b >= 0x80 ? BYTE : 0;
            e->after = words_begins((uint8_t)b) ? ENTRY_ENDS : 0;
            e->flags = letter[b] == 1 ? BYTES_END : letter[b] == 2 ? LEAD : 0;
        }
    }
}

/* Numbers the codes: first those of one byte, then those of two. The last
 * first byte may have fewer than 256. */
static bool
read_kinds(struct words *w, const uint8_t *kinds, size_t count)
{
    unsigned seen[WORDS_KINDS] = { 0 };
    size_t next = 0;

    for (unsigned b = 0; b < 256; b++) {
        if (kinds[b] >= WORDS_KINDS ||
            (b == WORDS_PLAIN_START && kinds[b] != WORDS_SELF))
            return false;
        w->kind[b] = kinds[b];
        w->codes[b] = (struct code){ w->items + count + 256 + b, 0, 1, 8 };
        seen[kinds[b]]++;
        if (kinds[b] == WORDS_ONE)
            w->codes[b].first = w->items + next++;
    }
    for (unsigned b = 0; b < 256; b++) {
        if (kinds[b] != WORDS_TWO)
            continue;
        if (next >= count)
            return false;
        w->codes[b] = (struct code){ w->items + next, 0xff, 2, 16 };
        next += (size_t)min_u64(count - next, 256);
    }
    return next == count && seen[WORDS_ESCAPE] == 1 &&
           seen[WORDS_CAPITAL] == 1 && seen[WORDS_UPPER] == 1;
}

int
words_new(struct words **out, struct sheaf_bytes table, uint64_t offset,
          struct sheaf_error *err)
{
    struct words *w = mem_new(1, sizeof *w);
    size_t len = table.len < KINDS_SIZE ? 0 : table.len - KINDS_SIZE;
    size_t count;

    if (w == NULL)
        return fail_nomem(err);
    /* An entry takes two bytes or more. Most take eight, so it would be a
     * waste to clear this. */
    w->items = mem_resize(NULL, len / 2 + 1 + 256 + 256, sizeof *w->items);
    w->text = mem_new(len + 256 + COPY_MAX, 1);
    if (w->items == NULL || w->text == NULL) {
        words_free(w);
        return fail_nomem(err);
    }
    if (len != 0)
        memcpy(w->text, table.data + KINDS_SIZE, len);
    count = read_entries(w, len);
    if (count == 0 || !read_kinds(w, table.data, count)) {
        words_free(w);
        return fail_corrupt(err, offset, "F17.1",
                            "the table of words has another form");
    }
    add_bytes(w, count, len);
    *out = w;
    return SHEAF_OK;
}

void
words_free(struct words *w)
{
    if (w == NULL)
        return;
    mem_free(w->items);
    mem_free(w->text);
    mem_free(w);
}

/* ---- Undoing ------------------------------------------------------------- */

struct undoing {
    const uint8_t *in;
    uint8_t *start; /* of the output */
    uint8_t *at;
    uint8_t *limit; /* there is room for one more item after it */
    unsigned flags; /* of the item before */
    unsigned fold;  /* LETTER: after the mark for a capital */
};

/* The item at *in. This may read one byte more than the item has. */
static inline const struct item *
next_item(const struct words *w, const uint8_t **in)
{
    const struct code *c = &w->codes[**in];
    const struct item *e = c->first + ((*in)[1] & c->mask);

    *in += c->size;
    return e;
}

/* Puts an item of at most COPY bytes at `o`, with the space before it, and
 * returns where it is. */
static inline uint8_t *
put_short(const uint8_t *text, const struct item *e, unsigned flags,
          uint8_t *o)
{
    *o = ' ';
    o += (flags & e->after) != 0;
    memcpy(o, text + e->at, COPY);
    return o;
}

static uint8_t *
put_item(const uint8_t *text, const struct item *e, unsigned flags, uint8_t *o)
{
    o = put_short(text, e, flags, o);
    if ((e->how & LONG) != 0)
        memcpy(o + COPY, text + e->at + COPY, COPY_MAX - COPY);
    return o;
}

/* After the byte at `o`, which stands for itself or was escaped. */
static unsigned
flags_of_byte(const uint8_t *start, const uint8_t *o)
{
    return (words_ends(start, o) ? BYTES_END : 0) |
           (letter[o[-1]] == 2 ? LEAD : 0);
}

/* Undoes an escape or an entry in capitals. False: it means nothing. */
static bool
undo_mark(const struct words *w, struct undoing *u)
{
    const uint8_t *in = u->in + 1;
    const struct item *e;

    if (u->fold != 0)
        return false;
    if (w->kind[*u->in] == WORDS_ESCAPE) {
        *u->at++ = *in++;
        u->flags = flags_of_byte(u->start, u->at);
        u->in = in;
        return true;
    }
    if (w->kind[*u->in] != WORDS_UPPER ||
        (w->kind[*in] != WORDS_ONE && w->kind[*in] != WORDS_TWO))
        return false;
    e = next_item(w, &in);
    if ((e->how & SLOW) != 0)
        return false;
    u->at = put_item(w->text, e, u->flags, u->at);
    for (const uint8_t *end = u->at + e->len; u->at < end; u->at++) {
        if (*u->at >= 'a' && *u->at <= 'z')
            *u->at ^= LETTER;
    }
    u->flags = e->flags;
    u->in = in;
    return true;
}

/* What undo_frequent holds in registers. */
struct fast {
    const uint8_t *text;
    uint64_t next; /* the bytes at `in` */
    const uint8_t *in;
    uint8_t *at;
    unsigned flags;
};

/* Undoes an item that is not rare; false: it is. */
static inline bool
undo_one(const struct words *w, struct fast *f)
{
    const struct code *c = &w->codes[f->next & 0xff];
    const struct item *e = c->first + (f->next >> 8 & c->mask);

    if ((e->how & RARE) != 0)
        return false;
    f->next >>= c->bits;
    f->in += c->size;
    f->at = put_short(f->text, e, f->flags, f->at) + e->len;
    f->flags = e->flags;
    return true;
}

/* Undoes items up to the next rare one, or to less than WORD bytes before
 * `stop`. This loop has nothing that only those need, and room for all that it
 * writes. Where an item begins is known only from the one before; a register
 * gives the next byte sooner than memory does. */
static inline void
undo_frequent(const struct words *w, struct undoing *u, const uint8_t *stop)
{
    const size_t fit = (size_t)(u->limit - u->at) / FREQUENT_MAX + 1;
    struct fast f = { w->text, 0, u->in, u->at, u->flags };

    if ((size_t)(stop - f.in) > fit)
        stop = f.in + fit;
    while (stop - f.in >= WORD) {
        f.next = get_le64(f.in);
        if (!undo_one(w, &f) || !undo_one(w, &f) || !undo_one(w, &f) ||
            !undo_one(w, &f))
            break;
    }
    u->in = f.in;
    u->at = f.at;
    u->flags = f.flags;
}

/* Undoes any item, or a mark with what it belongs to. False: it means
 * nothing. */
static bool
undo_rare(const struct words *w, struct undoing *u)
{
    const uint8_t *next = u->in;
    const struct item *e = next_item(w, &next);

    if ((e->how & SLOW) != 0)
        return undo_mark(w, u);
    if ((u->fold & ~(unsigned)e->how) != 0)
        return false;
    u->at = put_item(w->text, e, u->flags, u->at);
    *u->at ^= (uint8_t)u->fold;
    u->at += e->len;
    u->fold = (e->how & CAPITAL) >> 1;
    if ((u->flags & LEAD) != 0 && (e->how & BYTE) != 0)
        u->flags = flags_of_byte(u->start, u->at);
    else
        u->flags = (e->flags | (u->flags & e->flags >> 4)) & 0xf;
    u->in = next;
    return true;
}

/* Undoes items until one begins at `stop` or later, or the output is nearly
 * full. Behind `stop` there must be three bytes more. */
static bool
undo_items(const struct words *w, struct undoing *u, const uint8_t *stop)
{
    while (u->in < stop && u->at <= u->limit) {
        if (u->fold == 0)
            undo_frequent(w, u, stop);
        if (u->in < stop && u->at <= u->limit && !undo_rare(w, u))
            return false;
    }
    return true;
}

static int
no_meaning(uint64_t offset, struct sheaf_error *err)
{
    return fail_corrupt(err, offset, "F17.2",
                        "a code of words that stands for nothing");
}

/* Undoes items up to `stop`, with room for them. */
static int
undo_up_to(const struct words *w, struct undoing *u, const uint8_t *stop,
           size_t most, uint64_t offset, struct sheaf_buf *out,
           struct sheaf_error *err)
{
    while (u->in < stop) {
        size_t more;

        if (out->len > most)
            break;
        /* Most texts triple. The buffer grows where that is not enough. */
        more = (size_t)min_u64(4 * (uint64_t)(stop - u->in),
                               most - out->len + 1);
        if (!buf_reserve(out, out->len + more + 2 * SLACK))
            return fail_nomem(err);
        u->start = out->data;
        u->at = out->data + out->len;
        u->limit = out->data + out->cap - SLACK;
        if (!undo_items(w, u, stop))
            return no_meaning(offset, err);
        out->len = (size_t)(u->at - u->start);
    }
    return out->len <= most
               ? SHEAF_OK
               : fail_corrupt(err, offset, "F17.2",
                              "more than 16 MiB of content in codes of words");
}

int
words_undo(const struct words *w, struct sheaf_bytes coded, size_t most,
           uint64_t offset, struct sheaf_buf *out, struct sheaf_error *err)
{
    struct undoing u = { .in = coded.data };
    uint8_t last[2 * TAIL] = { 0 };
    size_t left;
    int rc = SHEAF_OK;

    out->len = 0;
    if (coded.len > TAIL)
        rc = undo_up_to(w, &u, coded.data + (coded.len - TAIL), most, offset,
                        out, err);
    if (rc != SHEAF_OK)
        return rc;
    /* The last bytes have others behind them, which must not be used. */
    left = coded.len - (size_t)(u.in - coded.data);
    if (left != 0)
        memcpy(last, u.in, left);
    u.in = last;
    rc = undo_up_to(w, &u, last + left, most, offset, out, err);
    if (rc == SHEAF_OK && (u.in != last + left || u.fold != 0))
        rc = no_meaning(offset, err);
    return rc;
}
