/*
 * Shingles, eight words in a row: what counts as a word, that pieces give the
 * same result as the whole, and what is found.
 */
#include <stdlib.h>

#include "base/base.h"
#include "base/mem.h"
#include "write/shingle.h"
#include "tap.h"

static struct shingle *
over(const char *text)
{
    struct shingle *s = NULL;
    struct shingle_text t = { 0 };

    if (shingle_new(&s, NULL) != SHEAF_OK ||
        !shingle_add(s, &t, true, text, strlen(text)) ||
        !shingle_add(s, &t, true, NULL, 0))
        abort();
    return s;
}

/* ---- Finding ------------------------------------------------------------- */

static bool
finds(const struct shingle *s, const char *text)
{
    return shingle_finds(s, false, (const uint8_t *)text, strlen(text));
}

/* A sentence, and some of it. */
#define THAI                                                                  \
    "\340\270\211\340\270\261\340\270\231\340\270\224\340\270\271"           \
    "\340\270\253\340\270\231\340\270\261\340\270\207" THAI_PIECE            \
    "\340\270\207\340\270\262\340\270\231"
#define THAI_PIECE                                                            \
    "\340\271\201\340\270\245\340\271\211\340\270\247\340\270\247"           \
    "\340\270\261\340\270\231\340\270\231\340\270\265\340\271\211"           \
    "\340\270\201\340\270\261\340\270\232\340\271\200\340\270\236"           \
    "\340\270\267\340\271\210\340\270\255\340\270\231\340\270\227"           \
    "\340\270\265\340\271\210\340\270\232\340\271\211\340\270\262"
#define LONG_START "0123456789abcdef0123456789abcdef"
#define LONG_OTHER "a9f1c3e5a7091b2d4f6081a3c5e70912"
#define LONG_END "8d12862e340dee3f"

static const struct {
    const char *what;
    const char *gone;
    const char *in;
    bool found;
} cases[] = {
    { "eight words", "a b c d e f g h", "x a b c d e f g h y", true },
    { "at the end", "a b c d e f g h", "x a b c d e f g h", true },
    { "three words", "a b c d e f g h", "x c d e y", true },
    { "two words", "a b c d e f g h", "x c d y", false },
    { "three in another order", "a b c d e f g h", "x c e d y", false },
    { "a word of five letters", "a b cabin d e", "x cabin", true },
    { "a word of four", "a b cabi d e", "x cabi", false },
    { "in another case", "One two six", "x ONE Two six", true },
    { "with other things between", "one two six", "one,x,two,six", false },
    { "with only other separators", "one two six", "\"one\",two\n\nsix!",
      true },
    { "letters that are not ASCII", "\303\251t\303\251 b c d e f g h",
      "\303\251t\303\251 b c d e f g h", true },
    { "part of a word", "a b c", "xa b c", false },
    /* Three characters, then only two of them. */
    { "words without spaces", "\346\226\260\351\227\273\346\241\243",
      "x\346\226\260\351\227\273\346\241\243y", true },
    { "two of those", "\346\226\260\351\227\273\346\241\243",
      "\346\226\260\351\227\273y", false },
    { "a piece of Thai", THAI, "x" THAI_PIECE "y", true },
    { "Khmer", "\341\236\201\341\236\211\341\236\273\341\237\206",
      "\341\236\211\341\236\273\341\237\206", true },
    { "Devanagari has spaces", "\340\244\225\340\244\226\340\244\227 b",
      "\340\244\226\340\244\227", false },
    { "a word before Thai", "a cabin" THAI, "x cabin", true },
    { "a short one", "a cab" THAI, "x cab", false },
    { "a long run", LONG_START LONG_END, "x" LONG_OTHER LONG_END "y", true },
    { "another one", LONG_START LONG_END, LONG_OTHER "d", false },
    { "nothing", "", "a b c d e f g h", false },
};

static bool
finds_entry(const struct shingle *s, const char *text)
{
    return shingle_finds(s, true, (const uint8_t *)text, strlen(text));
}

static void
test_entries(void)
{
    struct shingle *s = over("a b Li cd \346\226\260\351\227\273");

    ok(finds_entry(s, "li") && finds_entry(s, "a b") &&
           finds_entry(s, "\346\226\260"),
       "of a table, a short word is found, and two, and a character");
    ok(!finds_entry(s, "a") && !finds_entry(s, "b a") &&
           !finds_entry(s, "Lid"),
       "a letter is not, nor two in another order, nor a part");
    shingle_free(s);
}

static void
test_finds(void)
{
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct shingle *s = over(cases[i].gone);

        ok(finds(s, cases[i].in) == cases[i].found, "%s", cases[i].what);
        shingle_free(s);
    }
}

/* ---- What stays ---------------------------------------------------------- */

static void
see(struct shingle *s, uint64_t number, const char *text, size_t piece)
{
    struct shingle_text t = { 0 };
    size_t len = strlen(text);

    for (size_t at = 0; at < len; at += piece) {
        if (!shingle_see(s, &t, number, text + at, min_u64(piece, len - at)))
            abort();
    }
    if (!shingle_see(s, &t, number, NULL, 0))
        abort();
}

static void
test_letters(void)
{
    size_t wrong = 0, count;
    uint64_t *numbers;

    for (size_t piece = 1; piece < 60; piece++) {
        struct shingle *s = over("x " THAI);

        see(s, 1, "cabin" THAI_PIECE "cabin", piece);
        see(s, 2, "\340\271\201\340\270\245\340\271\211\340\270\247", piece);
        if (!shingle_quotes(s, &numbers, &count))
            abort();
        wrong += count != 1 || numbers[0] != 1;
        wrong += finds(s, THAI_PIECE);
        wrong += !finds(s, THAI);
        mem_free(numbers);
        shingle_free(s);
    }
    eq_int(wrong, 0, "who quotes 24 letters, read in pieces of any size");
}

static void
test_quotes(void)
{
    const char *gone = "the quick brown fox jumps over the lazy dog "
                       "while nobody looks at all today";
    const char *part = "he said: quick brown fox jumps over the lazy dog.";
    uint64_t *numbers = NULL;
    size_t count = 0, wrong = 0;

    for (size_t piece = 1; piece < 60; piece++) {
        struct shingle *s = over(gone);

        see(s, 7, "nothing of the kind is in this text at all", piece);
        see(s, 8, part, piece);
        see(s, 9, gone, piece);
        if (!shingle_quotes(s, &numbers, &count))
            abort();
        wrong += count != 2 || numbers[0] != 8 || numbers[1] != 9;
        mem_free(numbers);
        /* All of it is in what stays: there is nothing to hide. */
        wrong += finds(s, gone);
        shingle_free(s);
    }
    eq_int(wrong, 0, "who quotes, read in pieces of any size");
    {
        struct shingle *s = over(gone);

        see(s, 8, part, 100);
        mem_fail_after(0);
        ok(!shingle_quotes(s, &numbers, &count), "no memory for the numbers");
        mem_fail_after(-1);
        ok(!finds(s, "quick brown fox jumps over the lazy dog") &&
               finds(s, "lazy dog while"),
           "what is only in what goes is found, also beside what stays");
        shingle_free(s);
    }
    {
        struct shingle *s = over(gone);

        for (uint64_t i = 0; i < SHINGLE_QUOTED_MAX; i++)
            see(s, i, part, 100);
        if (!shingle_quotes(s, &numbers, &count))
            abort();
        eq_int(count, SHINGLE_QUOTED_MAX, "so many quote it");
        mem_free(numbers);
        see(s, SHINGLE_QUOTED_MAX, part, 100);
        if (!shingle_quotes(s, &numbers, &count))
            abort();
        eq_int(count, 0, "one more, and it is a form of words");
        mem_free(numbers);
        shingle_free(s);
    }
    {
        struct shingle *s = over("");
        struct shingle_text t = { 0 };

        if (!shingle_add(s, &t, false, gone, strlen(gone)))
            abort();
        see(s, 1, gone, 100);
        if (!shingle_quotes(s, &numbers, &count))
            abort();
        eq_int(count, 0, "nobody quotes what was only form");
        mem_free(numbers);
        shingle_free(s);
    }
}

/* Many words, so that the table grows; each eight can be found after it. */
static void
test_many(void)
{
    enum { WORDS = 40000 };
    size_t room = (size_t)1 << 20, len = 0, found = 0;
    size_t *at = malloc((WORDS + 1) * sizeof *at);
    char *text = malloc(room);
    struct shingle *s;

    if (text == NULL || at == NULL)
        abort();
    for (unsigned i = 0; i < WORDS; i++) {
        at[i] = len;
        len += (size_t)snprintf(text + len, room - len, "w%u ", i * 7919);
    }
    at[WORDS] = len;
    s = over(text);
    for (size_t i = 0; i + SHINGLE_WORDS <= WORDS; i++)
        found += shingle_finds(s, false, (uint8_t *)text + at[i],
                               at[i + SHINGLE_WORDS] - at[i]);
    eq_int(found, WORDS - SHINGLE_WORDS + 1,
           "of many words all are found again");
    shingle_free(s);
    free(at);
    free(text);
}

int
main(void)
{
    test_finds();
    test_entries();
    test_letters();
    test_quotes();
    test_many();
    shingle_free(NULL);
    eq_int(mem_live(), 0, "nothing is left in memory");
    return tap_done();
}
