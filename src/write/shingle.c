/*
 * shingle.c - finds removed text again.
 *
 * A table of hashes, one for each eight words in a row. If two different ones
 * had the same of 2^64 hashes, a dictionary would be made anew for nothing.
 */
#include "write/shingle.h"

#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"

#define FIRST_SLOTS ((size_t)4096)
#define WIDE_LEAD 0xe3 /* first byte of U+3000 and all characters after it */
#define MULTIPLIER UINT64_C(0x9e3779b97f4a7c15)

struct window {
    uint64_t hash;  /* 0: free */
    uint64_t last;  /* number of the last text that has it, plus 1 */
    uint32_t texts; /* remaining texts that have it */
    bool said;
};

struct quote {
    uint64_t number;
    size_t window;
};

struct shingle {
    struct window *windows;
    size_t slots; /* a power of two */
    size_t used;
    struct quote *quotes;
    size_t quote_count;
    size_t quote_room;
};

int
shingle_new(struct shingle **out, struct sheaf_error *err)
{
    struct shingle *s = mem_new(1, sizeof *s);

    if (s == NULL)
        return fail_nomem(err);
    s->slots = FIRST_SLOTS;
    s->windows = mem_new(s->slots, sizeof *s->windows);
    if (s->windows == NULL) {
        mem_free(s);
        return fail_nomem(err);
    }
    *out = s;
    return SHEAF_OK;
}

void
shingle_free(struct shingle *s)
{
    if (s == NULL)
        return;
    mem_free(s->windows);
    mem_free(s->quotes);
    mem_free(s);
}

/* ---- Words --------------------------------------------------------------- */

static bool
in_words(uint8_t b)
{
    return b >= 0x80 || (b >= '0' && b <= '9') || (b >= 'A' && b <= 'Z') ||
           (b >= 'a' && b <= 'z');
}

/* A word ends here. Returns whether it is the last of eight; *hash is then
 * their hash. */
static bool
end_word(struct shingle_text *t, uint64_t *hash)
{
    uint64_t sum = 0;

    t->in_word = false;
    t->hash[t->next] = t->word;
    t->next = (t->next + 1) % SHINGLE_WORDS;
    if (t->count < SHINGLE_WORDS)
        t->count++;
    if (t->count < SHINGLE_WORDS)
        return false;
    for (unsigned i = 0; i < SHINGLE_WORDS; i++) {
        uint64_t w = t->hash[(t->next + i) % SHINGLE_WORDS];

        sum = (sum ^ w ^ w >> 29) * MULTIPLIER;
        sum ^= sum >> 32;
    }
    *hash = sum != 0 ? sum : 1;
    return true;
}

/* Finds the next eight words in `data` from *at on. False when there are no
 * more. */
static bool
next_window(struct shingle_text *t, const uint8_t *data, size_t len,
            size_t *at, uint64_t *hash)
{
    while (*at < len) {
        uint8_t b = data[*at];
        bool ends = t->in_word && (!in_words(b) || b >= WIDE_LEAD ||
                                   (t->wide && (b & 0xc0) != 0x80));

        if (ends && end_word(t, hash))
            return true; /* this byte is read again */
        if (in_words(b)) {
            if (!t->in_word) {
                t->in_word = true;
                t->wide = b >= WIDE_LEAD;
                t->word = 0;
            }
            t->word = (t->word ^ b) * UINT64_C(0x100000001b3);
        }
        ++*at;
    }
    return false;
}

/* The same, including the word at the very end of the text. */
static bool
last_window(struct shingle_text *t, uint64_t *hash)
{
    return t->in_word && end_word(t, hash);
}

/* ---- The table ----------------------------------------------------------- */

static struct window *
find_window(struct window *windows, size_t slots, uint64_t hash)
{
    size_t i = (size_t)(hash >> 7) & (slots - 1);

    while (windows[i].hash != 0 && windows[i].hash != hash)
        i = (i + 1) & (slots - 1);
    return &windows[i];
}

static bool
grow(struct shingle *s)
{
    size_t slots = s->slots * 2;
    struct window *windows = mem_new(slots, sizeof *windows);

    if (windows == NULL)
        return false;
    for (size_t i = 0; i < s->slots; i++) {
        if (s->windows[i].hash != 0)
            *find_window(windows, slots, s->windows[i].hash) = s->windows[i];
    }
    mem_free(s->windows);
    s->windows = windows;
    s->slots = slots;
    return true;
}

static bool
insert(struct shingle *s, uint64_t hash, bool said)
{
    struct window *w = find_window(s->windows, s->slots, hash);

    w->said = w->said || said;
    if (w->hash != 0)
        return true;
    w->hash = hash;
    s->used++;
    return s->used < s->slots / 2 || grow(s);
}

bool
shingle_add(struct shingle *s, struct shingle_text *t, bool said,
            const void *data, size_t len)
{
    uint64_t hash;
    size_t at = 0;
    bool good = true;

    if (data == NULL)
        return !last_window(t, &hash) || insert(s, hash, said);
    while (good && next_window(t, data, len, &at, &hash))
        good = insert(s, hash, said);
    return good;
}

static bool
see(struct shingle *s, uint64_t number, uint64_t hash)
{
    struct window *w = find_window(s->windows, s->slots, hash);

    if (w->hash == 0 || w->last == number + 1)
        return true;
    w->last = number + 1;
    if (w->texts > SHINGLE_QUOTED_MAX || ++w->texts > SHINGLE_QUOTED_MAX ||
        !w->said)
        return true;
    if (!mem_grow(&s->quotes, &s->quote_room, s->quote_count + 1,
                  sizeof *s->quotes))
        return false;
    s->quotes[s->quote_count++] =
        (struct quote){ number, (size_t)(w - s->windows) };
    return true;
}

bool
shingle_see(struct shingle *s, struct shingle_text *t, uint64_t number,
          const void *data, size_t len)
{
    uint64_t hash;
    size_t at = 0;
    bool good = true;

    if (data == NULL)
        return !last_window(t, &hash) || see(s, number, hash);
    while (good && next_window(t, data, len, &at, &hash))
        good = see(s, number, hash);
    return good;
}

/* ---- Wholes -------------------------------------------------------------- */

static uint64_t
hash_whole(struct sheaf_bytes value)
{
    uint8_t bytes[HASH_CHECK_BYTES];
    uint64_t hash;

    hash_check64(value.data, value.len, bytes);
    hash = get_be(bytes, sizeof bytes);
    return hash != 0 ? hash : 1;
}

bool
shingle_add_whole(struct shingle *s, struct sheaf_bytes value)
{
    return value.len == 0 || insert(s, hash_whole(value), true);
}

bool
shingle_see_whole(struct shingle *s, uint64_t number, struct sheaf_bytes value)
{
    return value.len == 0 || see(s, number, hash_whole(value));
}

/* ---- What follows -------------------------------------------------------- */

bool
shingle_finds(const struct shingle *s, const uint8_t *data, size_t len)
{
    struct shingle_text t = { 0 };
    uint64_t hash;
    size_t at = 0;
    bool more = true;

    while (more) {
        const struct window *w;

        more = next_window(&t, data, len, &at, &hash);
        if (!more && !last_window(&t, &hash))
            break;
        w = find_window(s->windows, s->slots, hash);
        if (w->hash != 0 && w->texts == 0)
            return true;
    }
    return false;
}

bool
shingle_quotes(struct shingle *s, uint64_t **out, size_t *count)
{
    uint64_t *numbers = mem_new(s->quote_count + 1, sizeof *numbers);
    size_t n = 0;

    if (numbers == NULL)
        return false;
    /* They are in the order of the texts. */
    for (size_t i = 0; i < s->quote_count; i++) {
        const struct quote *q = &s->quotes[i];

        if (s->windows[q->window].texts <= SHINGLE_QUOTED_MAX &&
            (n == 0 || numbers[n - 1] != q->number))
            numbers[n++] = q->number;
    }
    *out = numbers;
    *count = n;
    return true;
}
