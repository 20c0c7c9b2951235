/*
 * vary.c - makes more articles from a corpus.
 *
 *     vary FIRST COUNT < CORPUS.jsonl
 *
 * Prints articles FIRST to FIRST + COUNT - 1 of an endless collection: the
 * corpus itself, then copies of it with other words. In each copy every word
 * of four letters or more is replaced by another of the same length and about
 * the same frequency, by a permutation that belongs to the copy. So lengths,
 * frequencies and repetitions within a copy stay the same, and no two copies
 * share their text. Titles and texts are varied; `id`, `url` and `file` get
 * the copy's number. The same input gives the same output.
 *
 * The corpus is JSONL with an object of strings on each line.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

#define WORD_MIN 4
#define WORD_MAX 24
#define SLOTS ((size_t)1 << 22)
#define BAND 16 /* as many words of a length, by frequency, are exchanged */

struct word {
    char text[WORD_MAX]; /* lower case */
    uint32_t len;
    uint32_t count;
    struct word *becomes;
};

static char *corpus;
static size_t corpus_len;
static size_t *lines; /* where each begins, and the end */
static size_t line_count;
static struct word **slots;
static struct word **words; /* by length, then by frequency */
static size_t word_count;

_Noreturn static void
die(const char *what)
{
    fprintf(stderr, "vary: %s\n", what);
    exit(1);
}

static void *
need(void *ptr)
{
    if (ptr == NULL)
        die("no memory");
    return ptr;
}

static void
read_corpus(void)
{
    size_t cap = (size_t)1 << 24, n;

    corpus = need(malloc(cap));
    while ((n = fread(corpus + corpus_len, 1, cap - corpus_len, stdin)) != 0) {
        corpus_len += n;
        if (corpus_len == cap)
            corpus = need(realloc(corpus, cap *= 2));
    }
    if (corpus_len == 0 || corpus[corpus_len - 1] != '\n')
        die("the corpus doesn't end with a line");
    for (size_t i = 0; i < corpus_len; i++)
        line_count += corpus[i] == '\n';
    lines = need(calloc(line_count + 1, sizeof *lines));
    n = 0;
    for (size_t i = 0; i < corpus_len; i++) {
        if (corpus[i] == '\n')
            lines[++n] = i + 1;
    }
}

/* ---- Words -------------------------------------------------------------- */

static bool
is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char
lower(char c)
{
    return (char)(c | 0x20);
}

/* Its slot, which is empty if the word is new. */
static struct word **
find_word(const char *text, size_t len)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    char low[WORD_MAX];
    size_t at;

    for (size_t i = 0; i < len; i++) {
        low[i] = lower(text[i]);
        hash = (hash ^ (uint8_t)low[i]) * UINT64_C(0x100000001b3);
    }
    at = (size_t)(hash >> 20) % SLOTS;
    while (slots[at] != NULL && (slots[at]->len != len ||
                                 memcmp(slots[at]->text, low, len) != 0))
        at = (at + 1) % SLOTS;
    return &slots[at];
}

static void
count_word(const char *text, size_t len)
{
    struct word **slot = find_word(text, len);

    if (*slot == NULL) {
        if (word_count == SLOTS / 2)
            die("too many words");
        *slot = need(calloc(1, sizeof **slot));
        for (size_t i = 0; i < len; i++)
            (*slot)->text[i] = lower(text[i]);
        (*slot)->len = (uint32_t)len;
        word_count++;
    }
    (*slot)->count++;
}

/* Another word in its place, capitals where it has them. */
static void
put_word(const char *text, size_t len)
{
    const struct word *w = *find_word(text, len);
    char out[WORD_MAX];

    if (w == NULL)
        die("an unknown word");
    for (size_t i = 0; i < len; i++)
        out[i] = lower(text[i]) == text[i]
                     ? w->becomes->text[i]
                     : (char)(w->becomes->text[i] & ~0x20);
    fwrite(out, 1, len, stdout);
}

static int
by_frequency(const void *a, const void *b)
{
    const struct word *x = *(struct word *const *)a;
    const struct word *y = *(struct word *const *)b;

    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    return memcmp(x->text, y->text, x->len);
}

static uint64_t
next_random(uint64_t *state)
{
    uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* The permutation of copy number `copy`; copy 0 is as it was. */
static void
exchange_words(uint64_t copy)
{
    uint64_t state = copy;
    size_t from, to;

    for (from = 0; from < word_count; from = to) {
        struct word *band[BAND];
        size_t n;

        to = from;
        while (to < word_count && to - from < BAND &&
               words[to]->len == words[from]->len)
            to++;
        n = to - from;
        memcpy(band, words + from, n * sizeof *band);
        for (size_t i = n; copy != 0 && i > 1; i--) {
            size_t k = (size_t)(next_random(&state) % i);
            struct word *w = band[i - 1];

            band[i - 1] = band[k];
            band[k] = w;
        }
        for (size_t i = 0; i < n; i++)
            words[from + i]->becomes = band[i];
    }
}

/* ---- Lines -------------------------------------------------------------- */

/* Each word of the inside of a JSON string to `word`; what is between them is
 * printed or not. */
static void
split_words(const char *text, size_t len, void (*word)(const char *, size_t),
            bool print)
{
    size_t i = 0;

    while (i < len) {
        size_t end = i;

        if (text[i] == '\\') {
            end = i + (text[i + 1] == 'u' ? 6 : 2);
        } else if (is_letter(text[i])) {
            while (end < len && is_letter(text[end]))
                end++;
            if (end - i >= WORD_MIN && end - i <= WORD_MAX) {
                word(text + i, end - i);
                i = end;
                continue;
            }
        } else {
            end++;
        }
        if (print)
            fwrite(text + i, 1, end - i, stdout);
        i = end;
    }
}

/* Where the string that begins at `at`, after its quote, ends. */
static const char *
string_end(const char *at)
{
    while (*at != '"') {
        if (*at == '\n')
            die("a line ends within a string");
        at += *at == '\\' ? 2 : 1;
    }
    return at;
}

static bool
key_is(const char *key, size_t len, const char *name)
{
    return len == strlen(name) && memcmp(key, name, len) == 0;
}

/* One line: counted, or printed as it is in a copy. */
static void
do_line(size_t number, uint64_t copy, bool print)
{
    const char *at = corpus + lines[number];
    const char *end = corpus + lines[number + 1];

    while (at < end) {
        const char *key = memchr(at, '"', (size_t)(end - at));
        const char *key_end, *value, *value_end;
        size_t key_len;

        if (key == NULL) {
            if (print)
                fwrite(at, 1, (size_t)(end - at), stdout);
            return;
        }
        key_end = string_end(++key);
        key_len = (size_t)(key_end - key);
        value = key_end + 1;
        while (*value == ' ' || *value == ':')
            value++;
        if (*value++ != '"')
            die("a value is no string");
        value_end = string_end(value);
        if (print)
            fwrite(at, 1, (size_t)(value - at), stdout);
        if (key_is(key, key_len, "title") || key_is(key, key_len, "text"))
            split_words(value, (size_t)(value_end - value),
                        print ? put_word : count_word, print);
        else if (print)
            fwrite(value, 1, (size_t)(value_end - value), stdout);
        if (print && copy != 0 && value != value_end &&
            (key_is(key, key_len, "id") || key_is(key, key_len, "url") ||
             key_is(key, key_len, "file")))
            printf("~%llu", (unsigned long long)copy);
        at = value_end;
        if (print)
            putchar(*at);
        at++;
    }
}

int
main(int argc, char **argv)
{
    uint64_t first, count, copy = UINT64_MAX;

    if (argc != 3)
        die("usage: vary FIRST COUNT < CORPUS.jsonl");
    first = strtoull(argv[1], NULL, 10);
    count = strtoull(argv[2], NULL, 10);
    read_corpus();
    slots = need(calloc(SLOTS, sizeof *slots));
    if (first + count > line_count) {
        for (size_t i = 0; i < line_count; i++)
            do_line(i, 0, false);
    }
    words = need(calloc(word_count + 1, sizeof *words));
    for (size_t i = 0, n = 0; i < SLOTS; i++) {
        if (slots[i] != NULL)
            words[n++] = slots[i];
    }
    qsort(words, word_count, sizeof *words, by_frequency);
    for (uint64_t n = first; n < first + count; n++) {
        size_t line = (size_t)(n % line_count);

        if (n / line_count != copy)
            exchange_words(copy = n / line_count);
        if (copy == 0)
            fwrite(corpus + lines[line], 1, lines[line + 1] - lines[line],
                   stdout);
        else
            do_line(line, copy, true);
    }
    if (fflush(stdout) != 0 || ferror(stdout))
        die("can't write");
    return 0;
}
