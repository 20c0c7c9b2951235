/*
 * vectors_words.c - plans on tables of words and coded content (F17).
 */
#include "vectors.h"

#include "format/words.h"

/* Where the table of the dictionary being made begins. */
static uint8_t *
table_of(struct sheaf_buf *raw)
{
    return raw->data + raw->len - get_be(raw->data + raw->len - 12, 4);
}

/* The metadata line of news/9 as it stands for itself, then the body's codes;
 * the article is "The harbour, the ferry\n" or so. */
#define LINE(size) "{" ID9 "," PARTS(size) "," R1 "}\n"

/* An article whose frame holds these bytes instead of its content. The first
 * byte is escaped, so that it does not count as plain. */
static void
add_coded(struct build *b, const char *body, const char *line,
          const char *codes, size_t len)
{
    struct sheaf_buf coded = { 0 };

    MUST(buf_add_str(&coded, W_ESCAPE) && buf_add_str(&coded, line) &&
         buf_add(&coded, codes, len));
    b->instead = buf_view(&coded);
    add_article(b, "news/9", "{\"id\":\"news/9\"}", body, NULL);
    sheaf_buf_free(&coded);
}

#define CODED(body, size, codes)                                              \
    if (when == AT_ARTICLES)                                                  \
    add_coded(b, body, LINE(size), codes, sizeof(codes) - 1)

TWIST(coded)
{
    CODED("Harbour, FERRY ferry: the \xe6\xb8\xafx the harbour\n", "43",
          W_CAPITAL W_HARBOUR W_COMMA W_UPPER W_FERRY W_FERRY
          ": \xf0\x01" W_ESCAPE "x the" W_HARBOUR "\n");
}

TWIST(coded_columns)
{
    if (when == AT_ARTICLES)
        add_article(b, "harbour",
                    "{\"headline\":\"the harbour\","
                    "\"id\":\"harbour\"}",
                    BODY, NULL);
    if (when == AT_COLUMNS) {
        struct sheaf_buf *text = what;
        uint8_t *at = memmem(text->data, text->len, "harbour", 7);
        size_t from = (size_t)(at - text->data);

        text->data[from] = 0x80;
        memmove(at + 1, at + 7, text->len - from - 7);
        text->len -= 6;
    }
}

/* The same, with a code that stands for nothing. */
TWIST(coded_columns_bad)
{
    struct sheaf_buf *text = what;

    coded_columns(b, when, what);
    if (when == AT_COLUMNS)
        *(uint8_t *)memchr(text->data, 0x80, text->len) = 0xf0;
}

TWIST(no_entry)
{
    CODED("ferry\n", "6", "\xf0\x02\n");
}

TWIST(no_second)
{
    CODED("ferry", "5", "\xf0");
}

TWIST(no_escaped)
{
    CODED("ferry", "5", "ferry" W_ESCAPE);
}

TWIST(mark_at_end)
{
    CODED("ferry", "5", W_FERRY W_CAPITAL);
}

TWIST(mark_before_byte)
{
    CODED("Ferry", "5", W_CAPITAL "ferry");
}

TWIST(two_marks)
{
    CODED("FERRY\n", "6", W_CAPITAL W_UPPER W_FERRY "\n");
}

TWIST(capital_comma)
{
    CODED(", \n", "3", W_CAPITAL W_COMMA "\n");
}

TWIST(table_outside)
{
    struct sheaf_buf *raw = what;

    if (when == AT_DICT)
        put_be(raw->data + raw->len - 12, raw->len + 1, 4);
}

TWIST(table_in_trailer)
{
    struct sheaf_buf *raw = what;

    if (when == AT_DICT)
        put_be(raw->data + raw->len - 12,
               get_be(raw->data + raw->len - 8, 4) + 11, 4);
}

TWIST(no_such_kind)
{
    if (when == AT_DICT)
        table_of(what)[7] = WORDS_KINDS;
}

TWIST(two_escapes)
{
    if (when == AT_DICT)
        table_of(what)[2] = WORDS_ESCAPE;
}

TWIST(object_code)
{
    if (when == AT_DICT) {
        table_of(what)[0x81] = WORDS_SELF;
        table_of(what)[WORDS_PLAIN_START] = WORDS_ONE;
    }
}

TWIST(too_few_entries)
{
    /* All entries belong to codes of one byte; none is left for f0. */
    if (when == AT_DICT)
        memset(table_of(what) + 0x82, WORDS_ONE, 2);
}

TWIST(too_many_entries)
{
    if (when == AT_DICT)
        table_of(what)[0xf0] = WORDS_SELF;
}

TWIST(empty_entry)
{
    if (when == AT_DICT)
        table_of(what)[256] = 0;
}

TWIST(no_last_end)
{
    struct sheaf_buf *raw = what;

    if (when == AT_DICT)
        raw->data[raw->len - WORDS_TRAILER_SIZE - 1] = 'x';
}

TWIST(long_entry)
{
    struct sheaf_buf *raw = what;
    uint8_t trailer[WORDS_TRAILER_SIZE];
    uint32_t len;

    if (when != AT_DICT)
        return;
    len = (uint32_t)get_be(raw->data + raw->len - 8, 4) + 58;
    raw->len -= sizeof trailer + 1;
    for (unsigned i = 0; i < 58; i++)
        MUST(buf_add(raw, "x", 1));
    words_trailer(len + sizeof trailer, len, trailer);
    MUST(buf_add(raw, "", 1) && buf_add(raw, trailer, sizeof trailer));
}

#define WORDS .dict = true, .words = true

const struct plan word_plans[] = {
    { "F7.3-words", WORDS, .twist = coded_columns_bad },
    { "F17.1-outside", WORDS, .twist = table_outside },
    { "F17.1-in-trailer", WORDS, .twist = table_in_trailer },
    { "F17.1-kind", WORDS, .twist = no_such_kind },
    { "F17.1-two-escapes", WORDS, .twist = two_escapes },
    { "F17.1-object", WORDS, .twist = object_code },
    { "F17.1-few-entries", WORDS, .twist = too_few_entries },
    { "F17.1-many-entries", WORDS, .twist = too_many_entries },
    { "F17.1-empty-entry", WORDS, .twist = empty_entry },
    { "F17.1-long-entry", WORDS, .twist = long_entry },
    { "F17.1-cut", WORDS, .twist = no_last_end },
    { "F17.2-code", WORDS, .twist = no_entry },
    { "F17.2-second", WORDS, .twist = no_second },
    { "F17.2-escape", WORDS, .twist = no_escaped },
    { "F17.2-mark", WORDS, .twist = mark_at_end },
    { "F17.2-byte", WORDS, .twist = mark_before_byte },
    { "F17.2-marks", WORDS, .twist = two_marks },
    { "F17.2-letter", WORDS, .twist = capital_comma },
    { "F17.3-flag", WORDS, .no_flag = true },
    { "stored-words", .expect = "ok", WORDS, .twist = coded },
    { "stored-words-columns", .expect = "ok", WORDS, .twist = coded_columns },
    { .name = NULL },
};
