/*
 * vectors_good.c - archives made with the library's own writer.
 */
#include "vectors.h"

struct story {
    unsigned generation; /* from 0 */
    const char *fields;
    const char *body;
    bool parts;          /* one of each other role, too */
};

struct good {
    const char *name;
    const struct story *stories;
    size_t count;
    unsigned many;     /* more articles, made up */
    size_t large;      /* bytes of one that can't be compressed */
    int64_t dict_max;
    bool words;        /* coded in a dictionary's table */
    uint32_t block;
    bool revise;       /* one more generation, with a correction */
    bool sign;         /* each generation */
    bool sign_last;    /* only by one more generation, without leaves */
};

#define STORIES(array) .stories = (array), .count = COUNT_OF(array)

static const struct story one[] = {
    { 0, "{\"headline\":\"Harbour opens\",\"id\":\"news/1\","
         "\"published\":\"2024-05-06\"}", BODY, false },
};
static const struct story revisions[] = {
    { 0, "{\"headline\":\"Harbour opens\",\"id\":\"news/1\","
         "\"published\":\"2024-05-06\"}", "It will open.\n", false },
    { 0, "{\"headline\":\"Harbour open\",\"id\":\"news/1\",\"published\":"
         "\"2024-05-06\",\"updated\":\"2024-05-06T18:00:00+02:00\"}",
      "It has opened.\n", false },
};
static const struct story generations[] = {
    { 0, "{\"id\":\"a\"}", "one\n", false },
    { 0, "{\"id\":\"b\",\"url\":\"http://x.example/b\"}", "two\n", false },
    { 0, "{\"id\":\"c\"}", "three\n", false },
    { 1, "{\"id\":\"d\"}", "four\n", false },
    { 2, "{\"id\":\"e\",\"url\":\"http://x.example/e\"}", "five\n", false },
    { 3, "{\"id\":\"a\"}", "one, corrected\n", false },
    { 4, "{\"id\":\"f\"}", "six\n", false },
    { 5, "{\"id\":\"a\"}", "one, corrected again\n", false },
    { 6, "{\"id\":\"b\",\"url\":\"http://x.example/b\"}", "two, too\n", false },
};
static const struct story unicode[] = {
    { 0, "{\"id\":\"\xe6\x9d\xb1\xe4\xba\xac/\xe8\xa8\x98\xe4\xba\x8b\"}",
      "\xe6\xb8\xaf\n", false },
    { 0, "{\"headline\":\"na\xc3\xafve\",\"id\":\"na\xc3\xafve\"}",
      "composed\n", false },
    { 0, "{\"headline\":\"nai\xcc\x88ve\",\"id\":\"nai\xcc\x88ve\"}",
      "not composed: another ID\n", false },
    { 0, "{\"headline\":\"tab\\tand \\u0001\",\"id\":\"\\\"quoted\\\" \\\\ "
         "back\"}", "escapes\n", false },
    { 0, "{\"id\":\"\xf0\x9f\x97\x9e\"}", "beyond the first plane\n", false },
    { 0, "{\"ext\":{\"\\n\":{\"$json\":\"1.5\"},\"a\":[1,-9007199254740991,"
         "9007199254740991,true,false,\"\"]},\"id\":\" \"}", "", false },
};
static const struct story parts[] = {
    { 0, "{\"id\":\"news/1\"}", BODY, true },
    { 0, "{\"id\":\"news/2\"}", "", false },
};
static const struct story urls[] = {
    { 0, "{\"id\":\"1\",\"url\":\"http://x.example/1\"}", "", false },
    { 0, "{\"id\":\"http://x.example/2\",\"url\":\"http://x.example/2\"}", "",
      false },
    { 0, "{\"id\":\"3\",\"url\":\"http://x.example/1\"}", "", false },
    { 0, "{\"id\":\"4\",\"url\":\"\"}", "", false },
    { 0, "{\"id\":\"5\",\"url\":\"http://x.example/\\\"5\\\"\"}", "", false },
    { 0, "{\"id\":\"1\",\"url\":\"http://x.example/1\"}", "again\n", false },
};
static const struct story times[] = {
    { 0, "{\"id\":\"none\"}", "", false },
    { 0, "{\"id\":\"year\",\"published\":\"1969\"}", "", false },
    { 0, "{\"id\":\"month\",\"published\":\"2000-02\"}", "", false },
    { 0, "{\"id\":\"day\",\"published\":\"2000-02-29\"}", "", false },
    { 0, "{\"id\":\"no such day\",\"published\":\"1900-02-29\"}", "", false },
    { 0, "{\"id\":\"first\",\"published\":\"0001-01-01T00:00:00+23:59\"}", "",
      false },
    { 0, "{\"id\":\"last\",\"published\":"
         "\"9999-12-31T23:59:59.999999999-23:59\"}", "", false },
    { 0, "{\"id\":\"before\",\"published\":\"1969-12-31T23:59:59.9994Z\"}", "",
      false },
    { 0, "{\"id\":\"leap second\",\"published\":\"2016-12-31T23:59:60Z\"}", "",
      false },
    { 0, "{\"id\":\"small\",\"published\":\"2016-12-31t23:59:59z\"}", "",
      false },
    { 0, "{\"id\":\"no zone\",\"published\":\"2016-12-31T23:59:59\"}", "",
      false },
    { 0, "{\"id\":\"fraction, no zone\",\"published\":"
         "\"2016-12-31T23:59:59.5\"}", "", false },
    { 0, "{\"id\":\"year 0\",\"published\":\"0000-01-01\"}", "", false },
    { 0, "{\"id\":\"ten digits\",\"published\":"
         "\"2016-12-31T23:59:59.0123456789Z\"}", "", false },
    { 0, "{\"id\":\"updated is none\",\"published\":\"2016\","
         "\"updated\":\"now\"}", "", false },
    { 0, "{\"id\":\"updated\",\"published\":\"2016\",\"updated\":\"2015\"}", "",
      false },
};
static const struct story limits[] = {
    { 0, "{\"ext\":" OPEN8 OPEN8 OPEN8 "[[[[[[[]]]]]]]" CLOSE8 CLOSE8 CLOSE8
         ",\"id\":\"" A256 A256 A256 A256 "\"}", "", false },
};
static const struct story two_generations[] = {
    { 0, "{\"id\":\"a\"}", "one\n", false },
    { 1, "{\"id\":\"b\"}", "two\n", false },
};

static const struct good goods[] = {
    { "empty", .dict_max = -1 },
    { "one", STORIES(one) },
    { "revisions", STORIES(revisions) },
    { "generations", STORIES(generations) },
    { "unicode", STORIES(unicode) },
    { "parts", STORIES(parts) },
    { "urls", STORIES(urls) },
    { "times", STORIES(times) },
    { "limits", STORIES(limits) },
    { "dictionary", .many = 66, .dict_max = 16384 },
    { "signed", STORIES(two_generations), .sign = true },
    { "signed-bare", STORIES(two_generations), .sign_last = true },
    { "signed-first", STORIES(two_generations), .sign_last = false },
    { "words", .many = 66, .dict_max = 16384, .words = true },
    { "words-blocks", .many = 66, .dict_max = 16384, .words = true,
      .block = 16384 },
    { "words-revised", .many = 66, .dict_max = 16384, .words = true,
      .revise = true },
    { "two-tiles", .many = 260, .dict_max = -1 },
    { "padded", STORIES(one), .large = 66000 },
};

static void
add_story(struct sheaf_writer *w, const char *fields, struct sheaf_bytes body,
          bool all_parts)
{
    struct sheaf_new_part list[] = {
        { SHEAF_ROLE_BODY, "text/plain", body, NULL },
        { SHEAF_ROLE_TEXT, "text/plain; charset=utf-8",
          text_bytes("The harbour is open.\n"), NULL },
        { SHEAF_ROLE_RAW, "application/json", text_bytes("{}"), NULL },
        { SHEAF_ROLE_SUMMARY, "text/plain", text_bytes(""), NULL },
        { SHEAF_ROLE_MEDIA, "image/png", text_bytes("\x89PNG\r\n"), NULL },
        { SHEAF_ROLE_MEDIA, "image/png", text_bytes("\x89PNG\r\n"), NULL },
        { SHEAF_ROLE_NOTE, "text/plain", text_bytes("Not a PNG.\n"), NULL },
    };
    struct sheaf_error err = { 0 };
    int rc = sheaf_add(w, text_bytes(fields), list,
                       all_parts ? COUNT_OF(list) : 1, NULL, &err);

    if (rc != SHEAF_OK)
        fprintf(stderr, "%s: %s\n", fields, err.message);
    MUST(rc == SHEAF_OK);
}

static void
add_made_up(struct sheaf_writer *w, unsigned index, bool tall, bool revised)
{
    static const char *const words[] = {
        "the", "harbour", "council", "said", "on", "Monday", "a", "ferry",
        "bridge", "will", "open", "in", "spring", "and", "of", "budget",
        "voted", "against", "new", "road", "residents", "weather", "late",
        "school", "minister", "strike", "for", "price", "fish", "to"
    };
    struct sheaf_buf body = { 0 };
    char fields[128];
    uint32_t state = index + 1;

    for (unsigned i = 0; i < (tall ? 160 : 2); i++)
        MUST(buf_add_str(&body, words[next_number(&state) % COUNT_OF(words)]) &&
             buf_add_str(&body, i % 12 == 11 ? "\n" : " "));
    if (tall)
        MUST(buf_add_str(&body, "\nThe Example Gazette is an independent "
                                "daily. Letters to the editor: write to the "
                                "office at the harbour, first floor.\n"));
    if (revised)
        MUST(buf_add_str(&body, "An earlier version named another day.\n"));
    snprintf(fields, sizeof fields,
             "{\"id\":\"made-up/%03u\",\"published\":\"2024-0%u-%02u\"}", index,
             1 + index / 28 % 9, 1 + index % 28);
    add_story(w, fields, buf_view(&body), false);
    sheaf_buf_free(&body);
}

static void
add_large(struct sheaf_writer *w, size_t len)
{
    struct sheaf_buf body = { 0 };
    uint32_t state = 1;

    for (size_t i = 0; i < len; i++) {
        uint8_t byte = (uint8_t)next_number(&state);

        MUST(buf_add(&body, &byte, 1));
    }
    add_story(w, "{\"id\":\"large\"}", buf_view(&body), false);
    sheaf_buf_free(&body);
}

static void
add_generation(struct sheaf_writer *w, const struct good *g, unsigned number)
{
    for (size_t i = 0; i < g->count; i++)
        if (g->stories[i].generation == number)
            add_story(w, g->stories[i].fields, text_bytes(g->stories[i].body),
                      g->stories[i].parts);
    for (unsigned i = 0; number == 0 && i < g->many; i++)
        add_made_up(w, i, g->dict_max > 0, false);
    if (number == 1 && g->revise)
        add_made_up(w, 10, true, true);
    if (number == 0 && g->large != 0)
        add_large(w, g->large);
}

const char *
good_name(size_t index)
{
    return index < COUNT_OF(goods) ? goods[index].name : NULL;
}

void
write_good(size_t index, const char *path)
{
    const struct good *g = &goods[index];
    bool signed_first = strcmp(g->name, "signed-first") == 0;
    struct sheaf_write_options options = {
        SHEAF_WRITE_OPTIONS, .dict_max = g->dict_max, .time_ms = TIME,
        .plain = !g->words, .block = g->block, .verified = 1
    };
    unsigned last = g->count != 0 ? g->stories[g->count - 1].generation
                    : g->revise   ? 1
                                  : 0;
    struct sheaf_secret_key secret;
    struct sheaf_public_key pub;

    make_key(SEED, &secret, &pub);
    if (g->sign)
        options.origin = ORIGIN;
    for (unsigned i = 0; i <= last + (g->sign_last ? 1 : 0); i++) {
        bool sign = g->sign || (g->sign_last && i > last) ||
                    (signed_first && i == 0);
        struct sheaf_writer *w = NULL;
        struct sheaf_sink sink;

        if (i == 0) {
            MUST_OK(sheaf_sink_file(&sink, path, 1, NULL));
            MUST_OK(sheaf_writer_new(sink, &options, &w, NULL));
        } else {
            MUST_OK(sheaf_writer_append(path, &options, sign ? &pub : NULL,
                                        &w, NULL));
        }
        add_generation(w, g, i);
        MUST_OK(sheaf_commit(w, sign ? &secret : NULL, NULL, NULL));
        sheaf_writer_free(w);
    }
}
