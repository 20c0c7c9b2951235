/*
 * Codes of words: tables that are refused, text that comes back, coded bytes
 * that stand for nothing, and the choice of a table.
 */
#include "format/words.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/mem.h"
#include "tap.h"
#include "write/vocab.h"

#define AT UINT64_C(9000)
#define ARTICLES 200

/* The bytes with which the table of these tests codes. */
#define ESCAPE 0x01
#define CAPITAL 0x02
#define UPPER 0x03
#define ONE 0x80 /* to 83: the first four entries */
#define TWO 0xf0 /* the rest: f0 00 and so on */

static const struct step no_step;

static const char *const entries[] = {
    "the",
    "harbour",
    ", ",
    "\",\"headline\":\"",
    "of",
    "iPhone",
    "Monday",
    "\xe6\xb8\xaf\xe5\x8f\xa3",         /* in Chinese */
    "\xd0\xbf\xd0\xbe\xd1\x80\xd1\x82", /* in Russian */
    "<p class=\"x\">",
    "\r\n",
    "  ",
    "\xff\xfe",
    "of the harbour",
    "9",
    ("\xc3\x89"
     "COLE"),
    "\xa9",
    "a string of sixty-three bytes, which is the most that there may be",
};

static uint32_t random_state;

static uint32_t
random_below(uint32_t n)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % n;
}

/* ---- Tables -------------------------------------------------------------- */

static void
make_table(struct sheaf_buf *out)
{
    uint8_t kinds[256] = { 0 };

    out->len = 0;
    kinds[ESCAPE] = WORDS_ESCAPE;
    kinds[CAPITAL] = WORDS_CAPITAL;
    kinds[UPPER] = WORDS_UPPER;
    for (unsigned i = 0; i < 4; i++)
        kinds[ONE + i] = WORDS_ONE;
    kinds[TWO] = WORDS_TWO;
    if (!buf_add(out, kinds, sizeof kinds))
        abort();
    for (size_t i = 0; i < COUNT_OF(entries); i++) {
        size_t len = strlen(entries[i]);

        if (len > WORDS_ENTRY_MAX)
            len = WORDS_ENTRY_MAX;
        if (!buf_add(out, entries[i], len) || !buf_add(out, "", 1))
            abort();
    }
}

static int
try_table(struct sheaf_bytes table, struct sheaf_error *err)
{
    uint8_t *copy = malloc(table.len + 1); /* so that sanitizers see its end */
    struct words *w = NULL;
    int rc;

    memcpy(copy, table.data, table.len);
    rc = words_new(&w, sheaf_view(copy, table.len), AT, err);
    words_free(w);
    free(copy);
    return rc;
}

static void
refused(struct sheaf_bytes table, const char *what)
{
    struct sheaf_error err = { 0 };

    eq_int(try_table(table, &err), SHEAF_ECORRUPT, "%s: refused", what);
    eq_str(err.clause, "F17.1", "%s: the clause", what);
    eq_int(err.offset, AT, "%s: the place", what);
}

static void
refused_kind(unsigned byte, unsigned kind, const char *what)
{
    struct sheaf_buf t = { 0 };

    make_table(&t);
    t.data[byte] = (uint8_t)kind;
    refused(buf_view(&t), what);
    sheaf_buf_free(&t);
}

static void
test_tables(void)
{
    struct sheaf_buf t = { 0 };
    size_t most = 256;

    make_table(&t);
    eq_int(try_table(buf_view(&t), NULL), SHEAF_OK, "a good table");
    for (size_t len = 0; len < t.len; len++)
        most += try_table(sheaf_view(t.data, len), NULL) == SHEAF_OK;
    /* Without its last entries it is still a table. */
    eq_int(most - 256, COUNT_OF(entries) - 5, "cut off: only between entries");
    refused(sheaf_view(t.data, 0), "no bytes");
    refused(sheaf_view(t.data, 256), "no entries");
    t.len--;
    refused(buf_view(&t), "the last entry has no end");
    make_table(&t);
    if (!buf_add(&t, "", 1))
        abort();
    refused(buf_view(&t), "an empty entry");
    make_table(&t);
    t.data[t.len - 1] = 'x';
    if (!buf_add(&t, "", 1))
        abort();
    refused(buf_view(&t), "an entry of 64 bytes");
    refused_kind(ESCAPE, WORDS_SELF, "no escape");
    refused_kind(CAPITAL, WORDS_ESCAPE, "two of them");
    refused_kind(UPPER, WORDS_SELF, "no mark for capitals");
    refused_kind('{', WORDS_ONE, "a code that begins an object");
    refused_kind(4, WORDS_KINDS, "an unknown kind");
    refused_kind(5, WORDS_TWO, "more codes than entries");
    refused_kind(TWO, WORDS_SELF, "fewer codes than entries");
    sheaf_buf_free(&t);
}

static void
test_trailer(void)
{
    struct sheaf_buf d = { 0 };
    struct sheaf_bytes found;
    uint8_t trailer[WORDS_TRAILER_SIZE];
    struct sheaf_error err = { 0 };

    if (!buf_add_str(&d, "dictionary TABLE content"))
        abort();
    eq_int(words_find(buf_view(&d), AT, &found, NULL), SHEAF_OK, "no trailer");
    eq_int(found.len, 0, "no table");
    eq_int(words_find(sheaf_view(d.data, 3), AT, &found, NULL), SHEAF_OK,
           "three bytes");
    words_trailer(13 + WORDS_TRAILER_SIZE, 5, trailer);
    if (!buf_add(&d, trailer, sizeof trailer))
        abort();
    eq_int(words_find(buf_view(&d), AT, &found, NULL), SHEAF_OK, "a trailer");
    ok(bytes_is(found, "TABLE"), "leads to the table");
    for (size_t i = 0; i < 8; i++) {
        int rc;

        d.data[d.len - 12 + i] ^= 0x80;
        rc = words_find(buf_view(&d), AT, &found, &err);
        d.data[d.len - 12 + i] ^= 0x80;
        if (rc != SHEAF_ECORRUPT || strcmp(err.clause, "F17.1") != 0)
            ok(false, "byte %zu changed: not refused", i);
    }
    words_trailer(13 + WORDS_TRAILER_SIZE, 14, d.data + d.len - 12);
    eq_int(words_find(buf_view(&d), AT, &found, &err), SHEAF_ECORRUPT,
           "a table that reaches into the trailer");
    words_trailer((uint32_t)d.len, 24, d.data + d.len - 12);
    eq_int(words_find(buf_view(&d), AT, &found, &err), SHEAF_OK,
           "a table that is all the rest");
    sheaf_buf_free(&d);
}

/* ---- There and back ------------------------------------------------------ */

static struct words *words;
static struct words_coder *coder;

static bool
comes_back(struct sheaf_bytes text)
{
    struct sheaf_buf coded = { 0 }, out = { 0 };
    uint8_t *in = malloc(text.len + 1);
    uint8_t *copy;
    bool good;

    if (text.len != 0)
        memcpy(in, text.data, text.len);
    good = words_code(coder, sheaf_view(in, text.len), &coded);
    copy = malloc(coded.len + 1);
    if (coded.len != 0)
        memcpy(copy, coded.data, coded.len);
    good = good && (text.len == 0) == (coded.len == 0) &&
           (coded.len == 0 || coded.data[0] != WORDS_PLAIN_START) &&
           words_undo(words, sheaf_view(copy, coded.len), text.len, AT, &out,
                      NULL) == SHEAF_OK &&
           bytes_equal(buf_view(&out), text);
    /* One byte less is too much. */
    if (good && text.len > 1)
        good = words_undo(words, sheaf_view(copy, coded.len), text.len - 1, AT,
                          &out, NULL) == SHEAF_ECORRUPT;
    sheaf_buf_free(&coded);
    sheaf_buf_free(&out);
    free(in);
    free(copy);
    return good;
}

static const char *const texts[] = {
    "",
    "t",
    "the",
    "The",
    "THE",
    "tHE",
    "thE",
    "the harbour",
    "the  harbour",
    "theharbour",
    "the, harbour",
    "The Harbour of THE HARBOUR",
    "THE harbour's",
    "iPhone IPhone IPHONE iphone McDonald",
    "\xc3\x89"
    "COLE \xc3\x89"
    "cole",
    "\xc3\xa9"
    "cole \xc3\x89"
    "COLE the",
    "the \xc3\x89",
    "\xc3\xa9 the",
    "\xc3 the",
    "the \xc3",
    "the\xc3",
    "\xc3\xa9the",
    "the\xc3\xa9 the",
    "\xa9",
    "the \xa9 the",
    "\xc3\xa9\xa9 the",
    "\xc3\xc3 the",
    "\xc3\xc3\xa9",
    "{\"id\":\"the\",\"headline\":\"The harbour\"}\nThe harbour\r\n",
    "{the",
    "{",
    "\r\n\r\nthe\r\n",
    "   the   of ",
    "of the harbour of the",
    "<p class=\"x\">The harbour</p>",
    "Monday monday MONDAY mONDAY",
    "\xe6\xb8\xaf\xe5\x8f\xa3\xe3\x80\x82 \xe6\xb8\xaf\xe5\x8f\xa3 the",
    "\xd0\xbf\xd0\xbe\xd1\x80\xd1\x82 \xd0\x9f\xd0\xbe\xd1\x80\xd1\x82 the",
    "9 the 9 99 9the the9",
    "\xff\xfe \xff\xfe\xff \x80\x81\xf0\xf0",
    "\x01\x02\x03 the \x01",
    "of  of   of    of",
    "A THE a the OF of Of",
};

static void
test_texts(void)
{
    uint8_t all[256 * 3];
    bool good = true;

    for (size_t i = 0; i < COUNT_OF(texts); i++)
        ok(comes_back(sheaf_str(texts[i])), "text %zu comes back", i);
    for (size_t i = 0; i < sizeof all; i++)
        all[i] = (uint8_t)(i < 256 ? i : i < 512 ? 511 - i : i * 7);
    ok(comes_back(sheaf_view(all, sizeof all)), "all bytes");
    for (unsigned a = 0; good && a < 256; a++) {
        for (unsigned b = 0; good && b < 256; b++) {
            uint8_t pair[] = { 't',        'h', 'e', (uint8_t)a,
                               (uint8_t)b, 't', 'h', 'e' };

            good = comes_back(sheaf_view(pair, sizeof pair)) &&
                   comes_back(sheaf_view(pair + 3, 2));
        }
    }
    ok(good, "every two bytes, alone and between words");
}

/* Pieces of text in any order, cut anywhere. */
static void
test_random(void)
{
    bool good = true;

    random_state = 1;
    for (unsigned i = 0; good && i < 20000; i++) {
        uint8_t text[400];
        size_t len = 0;
        size_t want = random_below(300);

        while (len < want) {
            uint32_t kind = random_below(8);

            if (kind == 0) {
                text[len++] = (uint8_t)random_below(256);
            } else if (kind == 1) {
                text[len++] = (uint8_t) "  \n,.\"THO"[random_below(9)];
            } else {
                const char *e = entries[random_below(COUNT_OF(entries))];
                size_t n = strlen(e);
                size_t from = random_below(8) == 0 ? random_below((uint32_t)n)
                                                   : 0;

                memcpy(text + len, e + from, n - from);
                if (random_below(4) == 0)
                    text[len] ^= 0x20;
                len += n - from;
                if (random_below(2) == 0)
                    text[len++] = ' ';
            }
        }
        good = comes_back(sheaf_view(text, len));
    }
    ok(good, "20,000 random texts come back");
}

/* ---- What nobody coded --------------------------------------------------- */

static const struct {
    const char *what;
    const char *coded;
    const char *text; /* NULL: refused */
} codes[] = {
    { "an entry", "\x80", "the" },
    { "two entries", "\x80\x81", "the harbour" },
    { "bytes behind an entry", "\x80x", "the x" },
    { "an entry behind bytes", "x\x80", "x the" },
    { "an escaped byte takes no space", "\x80\x01x", "thex" },
    { "an entry takes one after an escaped byte", "\x01x\x80", "x the" },
    { "bytes take none", "xy", "xy" },
    { "a string that is no word", "\x82\x80\x82", ", the, " },
    { "a capital", "\x02\x80\x02\x81", "The Harbour" },
    { "a capital made small", "\x02\xf0\x02", "monday" },
    { "upper", "\x03\xf0\x02", "MONDAY" },
    { "upper without letters", "\x03\x82", ", " },
    { "Chinese", "\xf0\x03\xf0\x03",
      "\xe6\xb8\xaf\xe5\x8f\xa3"
      "\xe6\xb8\xaf\xe5\x8f\xa3" },
    { "Russian", "\xf0\x04\xf0\x04",
      "\xd0\xbf\xd0\xbe\xd1\x80\xd1\x82 "
      "\xd0\xbf\xd0\xbe\xd1\x80\xd1\x82" },
    { "a letter of two bytes", "\xc3\xa9\x80", "\xc3\xa9 the" },
    { "a letter half of which is an entry", "\xc3\xf0\x0c\x80",
      "\xc3\xa9the" },
    { "a code without its second byte", "\xf0", NULL },
    { "a code beyond the entries", "\xf0\x0e", NULL },
    { "the last code of all", "\xf0\xff", NULL },
    { "an escape at the end", "x\x01", NULL },
    { "a mark at the end", "x\x02", NULL },
    { "upper at the end", "x\x03", NULL },
    { "a mark before a byte", "\x02x", NULL },
    { "upper before a byte", "\x03xy", NULL },
    { "two marks", "\x02\x03\x80", NULL },
    { "the same mark twice", "\x02\x02\x80", NULL },
    { "upper twice", "\x03\x03\x80", NULL },
    { "a mark before an escape", "\x02\x01x", NULL },
    { "a capital comma", "\x02\x82", NULL },
    { "a capital in Chinese", "\x02\xf0\x03", NULL },
};

static void
test_codes(void)
{
    struct sheaf_buf out = { 0 };

    for (size_t i = 0; i < COUNT_OF(codes); i++) {
        struct sheaf_error err = { 0 };
        /* Not at the end only: the last bytes go another way. */
        for (unsigned pad = 0; pad < 12; pad += 6) {
            struct sheaf_buf b = { 0 };
            size_t before = pad;
            int rc;

            if (!buf_add(&b, "------", pad) ||
                !buf_add(&b, codes[i].coded,
                         codes[i].coded[0] == '\0' ||
                                 strlen(codes[i].coded) == 0
                             ? 1
                             : strlen(codes[i].coded)))
                abort();
            rc = words_undo(words, buf_view(&b), 1000, AT, &out, &err);
            if (codes[i].text == NULL) {
                eq_int(rc, SHEAF_ECORRUPT, "%s: refused", codes[i].what);
                eq_str(err.clause, "F17.2", "%s: clause", codes[i].what);
            } else {
                ok(rc == SHEAF_OK && out.len >= before &&
                       bytes_is(sheaf_view(out.data + before,
                                           out.len - before),
                                codes[i].text),
                   "%s", codes[i].what);
            }
            sheaf_buf_free(&b);
        }
    }
    sheaf_buf_free(&out);
}

/* Whatever the bytes are: an error, or output within its bound. */
static void
test_hostile(void)
{
    struct sheaf_buf out = { 0 };
    unsigned good = 0, bad = 0;
    bool bounded = true;

    random_state = 7;
    for (unsigned i = 0; i < 100000; i++) {
        static const uint8_t likely[] = { 0x80, 0x81, 0x82, 0xf0, 0x00, 0x01,
                                          0x02, 0x03, 0x0d, 'x',  0xc3, 0xa9 };
        size_t len = random_below(40);
        uint8_t *in = malloc(len + 1);
        int rc;

        for (size_t n = 0; n < len; n++)
            in[n] = random_below(4) != 0 ? likely[random_below(12)]
                                         : (uint8_t)random_below(256);
        rc = words_undo(words, sheaf_view(in, len), 200, AT, &out, NULL);
        bounded = bounded && (rc != SHEAF_OK || out.len <= 200);
        good += rc == SHEAF_OK;
        bad += rc == SHEAF_ECORRUPT;
        free(in);
    }
    eq_int(good + bad, 100000, "random codes: undone or refused");
    ok(good > 1000 && bad > 1000, "some of each");
    ok(bounded, "never more than the bound");
    sheaf_buf_free(&out);
}

/* A little coded content that stands for a lot. */
static void
test_bomb(void)
{
    struct sheaf_buf in = { 0 }, out = { 0 };
    struct sheaf_error err = { 0 };
    size_t count = WORDS_CONTENT_MAX / WORDS_ENTRY_MAX + 1;

    for (size_t i = 0; i < count; i++) {
        if (!buf_add(&in, "\xf0\x0d", 2))
            abort();
    }
    eq_int(words_undo(words, buf_view(&in), WORDS_CONTENT_MAX, AT, &out, &err),
           SHEAF_ECORRUPT, "more than 16 MiB");
    eq_str(err.clause, "F17.2", "the clause");
    ok(out.cap < 2 * WORDS_CONTENT_MAX, "and not much memory was taken");
    in.len = 2 * (WORDS_CONTENT_MAX / (WORDS_ENTRY_MAX + 1));
    eq_int(words_undo(words, buf_view(&in), WORDS_CONTENT_MAX, AT, &out, &err),
           SHEAF_OK, "nearly 16 MiB");
    sheaf_buf_free(&in);
    sheaf_buf_free(&out);
}

/* ---- Choosing ------------------------------------------------------------ */

static struct sheaf_buf stock[ARTICLES];
static struct sheaf_bytes articles[ARTICLES];

static void
write_articles(bool binary)
{
    static const char *const common[] = {
        "the",
        "The",
        "harbour",
        "of the",
        "said",
        "MONDAY",
        "Monday",
        "\xd0\xbf\xd0\xbe\xd1\x80\xd1\x82",
        "ferry",
        "price of fish",
        "\xe6\xb8\xaf\xe5\x8f\xa3",
        "\xe5\xbc\x80\xe6\x94\xbe",
        "<p class=\"lead\">",
        "\n\n",
        ", ",
        ". ",
        "2024",
        "caf\xc3\xa9",
    };

    random_state = 3;
    for (size_t i = 0; i < ARTICLES; i++) {
        stock[i].len = 0;
        for (unsigned n = 0; n < 150; n++) {
            const char *w = common[random_below(COUNT_OF(common))];
            uint8_t rare = (uint8_t)('a' + random_below(26));

            if (!buf_add_str(&stock[i], w) || !buf_add_str(&stock[i], " "))
                abort();
            if (random_below(10) == 0 && !buf_add(&stock[i], &rare, 1))
                abort();
            rare = (uint8_t)random_below(256);
            if (binary && !buf_add(&stock[i], &rare, 1))
                abort();
        }
        articles[i] = buf_view(&stock[i]);
    }
}

static size_t
code_all(struct sheaf_bytes table)
{
    struct sheaf_buf out = { 0 };
    size_t total = 0;
    bool good = true;

    if (words_new(&words, table, AT, NULL) != SHEAF_OK ||
        words_coder_from(&coder, table, NULL) != SHEAF_OK)
        abort();
    for (size_t i = 0; i < ARTICLES; i++) {
        out.len = 0;
        good = good && comes_back(articles[i]) &&
               words_code(coder, articles[i], &out);
        total += out.len;
    }
    ok(good, "all articles come back");
    words_free(words);
    words_coder_free(coder);
    sheaf_buf_free(&out);
    return total;
}

static void
test_vocab(void)
{
    struct sheaf_buf table = { 0 }, again = { 0 };
    size_t raw = 0;

    write_articles(false);
    for (size_t i = 0; i < ARTICLES; i++)
        raw += articles[i].len;
    eq_int(vocab_choose(NULL, articles, ARTICLES, &no_step, &table, NULL),
           SHEAF_OK, "chosen");
    ok(table.len > 256, "a table");
    ok(code_all(buf_view(&table)) < raw / 4, "a quarter of the text");
    ok(memmem(table.data, table.len, "harbour", 7) != NULL &&
           memmem(table.data, table.len, "of the", 6) != NULL &&
           memmem(table.data, table.len, "\xe6\xb8\xaf\xe5\x8f\xa3", 6) !=
               NULL,
       "words, two words, Chinese");
    eq_int(vocab_choose(NULL, articles, ARTICLES, &no_step, &again, NULL),
           SHEAF_OK, "again");
    ok(bytes_equal(buf_view(&table), buf_view(&again)), "the same table");

    write_articles(true);
    eq_int(vocab_choose(NULL, articles, ARTICLES, &no_step, &table, NULL),
           SHEAF_OK, "with all bytes in the text");
    if (table.len != 0)
        (void)code_all(buf_view(&table));
    eq_int(vocab_choose(NULL, articles, 0, &no_step, &table, NULL), SHEAF_OK,
           "no articles");
    eq_int(table.len, 0, "no table");
    articles[0] = sheaf_view(NULL, 0);
    eq_int(vocab_choose(NULL, articles, 1, &no_step, &table, NULL), SHEAF_OK,
           "no text");
    eq_int(table.len, 0, "no table");
    sheaf_buf_free(&table);
    sheaf_buf_free(&again);
}

/* With long articles among short ones, which are split in another way. */
static void
test_threads(void)
{
    static const unsigned threads[] = { 1, 2, 5 };
    struct sheaf_buf tables[COUNT_OF(threads)] = { { 0 } }, all = { 0 };
    bool good = true;

    write_articles(false);
    while (good && all.len < 100000) {
        for (size_t i = 0; good && i < ARTICLES; i++)
            good = buf_add(&all, articles[i].data, articles[i].len);
    }
    ok(good, "a long article");
    for (size_t i = 5; i < ARTICLES; i += ARTICLES / 3)
        articles[i] = buf_view(&all);
    articles[0] = sheaf_view(all.data, 50000);
    for (size_t i = 0; i < COUNT_OF(threads); i++) {
        struct pool *pool;

        eq_int(pool_new(&pool, threads[i], NULL), SHEAF_OK, "a pool");
        eq_int(vocab_choose(pool, articles, ARTICLES, &no_step, &tables[i],
                            NULL),
               SHEAF_OK, "chosen");
        ok(tables[i].len > 256 &&
               bytes_equal(buf_view(&tables[i]), buf_view(&tables[0])),
           "the same table with %u threads", threads[i]);
        pool_free(pool);
    }
    for (size_t i = 0; i < COUNT_OF(threads); i++)
        sheaf_buf_free(&tables[i]);
    sheaf_buf_free(&all);
}

/* ---- Without memory ------------------------------------------------------ */

static int
all_steps(struct sheaf_bytes table, struct sheaf_error *err)
{
    struct words *w = NULL;
    struct words_coder *c = NULL;
    struct sheaf_buf coded = { 0 }, out = { 0 }, chosen = { 0 };
    int rc = words_new(&w, table, AT, err);

    if (rc == SHEAF_OK)
        rc = words_coder_from(&c, table, err);
    if (rc == SHEAF_OK && !words_code(c, sheaf_str("of the harbour"), &coded))
        rc = SHEAF_ENOMEM;
    if (rc == SHEAF_OK)
        rc = words_undo(w, buf_view(&coded), 100, AT, &out, err);
    if (rc == SHEAF_OK)
        rc = vocab_choose(NULL, articles, 3, &no_step, &chosen, err);
    sheaf_buf_free(&coded);
    sheaf_buf_free(&out);
    sheaf_buf_free(&chosen);
    words_coder_free(c);
    words_free(w);
    return rc;
}

static void
test_memory(struct sheaf_bytes table)
{
    long live = mem_live();
    long n;

    write_articles(false);
    live = mem_live();
    for (n = 0; n < 1000; n++) {
        int rc;

        mem_fail_after(n);
        rc = all_steps(table, NULL);
        mem_fail_after(-1);
        if (mem_live() != live || (rc != SHEAF_OK && rc != SHEAF_ENOMEM))
            ok(false, "allocation %ld: %d, or a leak", n, rc);
        if (rc == SHEAF_OK)
            break;
    }
    ok(n > 10 && n < 1000, "every allocation may fail");
}

int
main(void)
{
    struct sheaf_buf table = { 0 };

    test_tables();
    test_trailer();
    make_table(&table);
    if (words_new(&words, buf_view(&table), AT, NULL) != SHEAF_OK ||
        words_coder_from(&coder, buf_view(&table), NULL) != SHEAF_OK)
        abort();
    test_texts();
    test_random();
    test_codes();
    test_hostile();
    test_bomb();
    words_free(words);
    words_coder_free(coder);
    test_vocab();
    test_threads();
    test_memory(buf_view(&table));
    sheaf_buf_free(&table);
    for (size_t i = 0; i < ARTICLES; i++)
        sheaf_buf_free(&stock[i]);
    eq_int(mem_live(), 0, "nothing is left");
    return tap_done();
}
