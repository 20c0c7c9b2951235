/*
 * shingle.c - finds removed text again.
 *
 * A table of hashes, one for each window: one word, and two, three and eight in
 * a row; of letters that count as words, also 24. If two different ones had the
 * same of 2^64 hashes, a dictionary would be made anew for nothing.
 */
#include "write/shingle.h"

#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"

#define FIRST_SLOTS ((size_t)4096)
#define ALONE_MIN 5    /* bytes of a word that is found alone, ... */
#define ENTRY_MIN 2    /* ... and as an entry of a table */
#define WIDE_LEAD 0xe3 /* first byte of U+3000 and all characters after it */
#define LONG_WORD 32   /* bytes, after which each character is a word */
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

/* Whether a character that begins with these bytes is Thai, Lao, Burmese or
 * Khmer: they put no spaces between words. */
static bool
is_unspaced(uint8_t lead, uint8_t second)
{
    return (lead == 0xe0 && second >= 0xb8 && second <= 0xbb) ||
           (lead == 0xe1 && ((second >= 0x80 && second <= 0x82) ||
                             second == 0x9e || second == 0x9f));
}

static void
end_word(struct shingle_text *t, uint64_t word, size_t len)
{
    t->in_word = false;
    t->len = len;
    t->letter = t->one_letter;
    t->hash[t->next] = word;
    t->next = (t->next + 1) % SHINGLE_LETTERS;
    if (t->count < SHINGLE_LETTERS)
        t->count++;
}

static void
begin_word(struct shingle_text *t, bool wide)
{
    t->in_word = true;
    t->wide = wide;
    t->one_letter = t->in_run;
    t->word = 0;
    t->word_len = 0;
}

static void
add_byte(struct shingle_text *t, uint8_t b)
{
    if (b >= 'A' && b <= 'Z')
        b |= 0x20;
    t->before = t->word;
    t->byte = b;
    t->word = (t->word ^ b) * UINT64_C(0x100000001b3);
    t->word_len++;
}

/* The character that began with the last byte is a word by itself. True: the
 * word before it ends. */
static bool
split_letter(struct shingle_text *t)
{
    uint8_t lead = t->byte;
    bool ends = t->word_len > 1;

    if (ends)
        end_word(t, t->before, t->word_len - 1);
    begin_word(t, false);
    t->one_letter = true;
    add_byte(t, lead);
    return ends;
}

/* Whether a word ends before this byte. */
static bool
ends_before(const struct shingle_text *t, uint8_t b)
{
    return !in_words(b) || b >= WIDE_LEAD ||
           ((t->wide || t->one_letter || t->word_len >= LONG_WORD) &&
            (b & 0xc0) != 0x80);
}

/* Reads on to the end of a word in `data`, from *at. False: there is no more,
 * and the last word may go on in the next bytes. */
static bool
next_word(struct shingle_text *t, const uint8_t *data, size_t len, size_t *at)
{
    for (; *at < len; ++*at) {
        uint8_t b = data[*at];

        if (t->in_word && ends_before(t, b)) {
            t->in_run = in_words(b) && (t->in_run || t->word_len >= LONG_WORD);
            end_word(t, t->word, t->word_len);
            return true; /* this byte is read again */
        }
        if (!in_words(b))
            continue;
        if (t->in_word && !t->one_letter && is_unspaced(t->byte, b) &&
            split_letter(t))
            return true; /* and so it is here */
        if (!t->in_word)
            begin_word(t, b >= WIDE_LEAD);
        add_byte(t, b);
    }
    return false;
}

/* The same at the very end of the text. */
static bool
last_word(struct shingle_text *t)
{
    if (!t->in_word)
        return false;
    end_word(t, t->word, t->word_len);
    return true;
}

/* How many words a window has. The longest one is of letters alone. */
static const unsigned sizes[] = { SHINGLE_LETTERS, SHINGLE_WORDS, 3, 2, 1 };

/* The hash of the window of so many words that ends with the last one. */
static bool
hash_window(const struct shingle_text *t, unsigned words, uint64_t *hash)
{
    uint64_t sum = words;

    if (t->count < words || (words > SHINGLE_WORDS && !t->letter))
        return false;
    for (unsigned i = SHINGLE_LETTERS - words; i < SHINGLE_LETTERS; i++) {
        uint64_t w = t->hash[(t->next + i) % SHINGLE_LETTERS];

        sum = (sum ^ w ^ w >> 29) * MULTIPLIER;
        sum ^= sum >> 32;
    }
    *hash = sum != 0 ? sum : 1;
    return true;
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

static bool
add_windows(struct shingle *s, const struct shingle_text *t, bool said)
{
    unsigned quoted = t->letter ? SHINGLE_LETTERS : SHINGLE_WORDS;
    uint64_t hash;
    bool good = true;

    for (size_t i = 0; i < COUNT_OF(sizes) && good; i++)
        if (hash_window(t, sizes[i], &hash))
            good = insert(s, hash, said && sizes[i] == quoted);
    return good;
}

bool
shingle_add(struct shingle *s, struct shingle_text *t, bool said,
            const void *data, size_t len)
{
    size_t at = 0;
    bool good = true;

    if (data == NULL)
        return !last_word(t) || add_windows(s, t, said);
    while (good && next_word(t, data, len, &at))
        good = add_windows(s, t, said);
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

static bool
see_windows(struct shingle *s, const struct shingle_text *t, uint64_t number)
{
    uint64_t hash;
    bool good = true;

    for (size_t i = 0; i < COUNT_OF(sizes) && good; i++)
        if (hash_window(t, sizes[i], &hash))
            good = see(s, number, hash);
    return good;
}

bool
shingle_see(struct shingle *s, struct shingle_text *t, uint64_t number,
            const void *data, size_t len)
{
    size_t at = 0;
    bool good = true;

    if (data == NULL)
        return !last_word(t) || see_windows(s, t, number);
    while (good && next_word(t, data, len, &at))
        good = see_windows(s, t, number);
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

/* Pieces of articles begin and end anywhere: there a short word may be a part
 * of another, and two may be of two articles. */
static bool
tells(const struct shingle_text *t, unsigned words, bool entry)
{
    return words > 2 || (words == 2 && entry) ||
           (words == 1 && t->len >= (entry ? ENTRY_MIN : ALONE_MIN));
}

static bool
finds_windows(const struct shingle *s, const struct shingle_text *t,
              bool entry)
{
    uint64_t hash;
    bool found = false;

    for (size_t i = 0; i < COUNT_OF(sizes) && !found; i++)
        if (tells(t, sizes[i], entry) && hash_window(t, sizes[i], &hash)) {
            const struct window *w = find_window(s->windows, s->slots, hash);

            found = w->hash != 0 && w->texts == 0;
        }
    return found;
}

bool
shingle_finds(const struct shingle *s, bool entry, const uint8_t *data,
              size_t len)
{
    struct shingle_text t = { 0 };
    size_t at = 0;
    bool found = false;

    while (!found && next_word(&t, data, len, &at))
        found = finds_windows(s, &t, entry);
    return found || (last_word(&t) && finds_windows(s, &t, entry));
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
