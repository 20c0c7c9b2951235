/*
 * vectors_frames.c - clauses on frames, their contents and their order (F2 to
 * F5, F12, F14).
 */
#include "vectors.h"

/* ---- Twists -------------------------------------------------------------- */

TWIST(article_magic)
{
    if (when == AT_LAST)
        b->out.data[HEAD_SIZE + 3] ^= 1;
}

static void
set_group_length(struct build *b, enum moment when, uint32_t length)
{
    if (when == AT_LAST)
        put_le32(b->out.data + group_at(b) + 4, length);
}

TWIST(length_long)
{
    set_group_length(b, when, FRAME_LENGTH_MAX + 1);
}

TWIST(length_short)
{
    set_group_length(b, when, 11);
}

TWIST(length_past)
{
    set_group_length(b, when, 1 << 20);
}

TWIST(group_sum)
{
    if (when == AT_LAST)
        b->out.data[group_at(b) + frame_len(b, group_at(b)) - 1] ^= 1;
}

TWIST(last_end_sum)
{
    if (when == AT_LAST)
        b->out.data[b->out.len - 1] ^= 1;
}

TWIST(frame_type)
{
    if (when == BEFORE_SEAL) {
        size_t start = b->out.len;

        add_frame(b, FRAME_PAD, "", 0);
        memcpy(b->out.data + start + 8, "ABC", 3);
        seal_frame(b, start);
    }
}

/* What a reader of this version does not know, and what it does. */
TWIST(optional)
{
    if (when == AT_START && b->ledger.top.generation == 1)
        add_optional(b, "txt", 0, "\nWhat this file is.\n");
    if (when == AT_START && b->ledger.top.generation == 2) {
        add_optional(b, "abC", 7, "of a later version");
        add_optional(b, "zzz", 0, "");
    }
}

TWIST(optional_within)
{
    if (when == BEFORE_SEAL)
        add_optional(b, "txt", 0, "too late");
}

TWIST(optional_magic)
{
    if (when == AT_START)
        add_optional(b, "txt", 0, "--" FRAME_MAGIC "--");
}

TWIST(group_version)
{
    if (when == AT_LAST) {
        b->out.data[group_at(b) + 11] = FRAME_VERSION + 1;
        seal_again(b, group_at(b));
    }
}

TWIST(head_version)
{
    if (when == AT_LAST) {
        b->out.data[11] = FRAME_VERSION + 1;
        seal_again(b, 0);
    }
}

/* As before version 1: in all frames, so also for a reader of the end. */
TWIST(draft)
{
    if (when == AT_FRAME) {
        b->out.data[*(size_t *)what + 11] = 0;
        seal_again(b, *(size_t *)what);
    }
}

TWIST(no_archive)
{
    if (when != AT_LAST)
        return;
    b->out.len = 0;
    MUST(buf_add_str(&b->out, "The harbour has been open since Monday. No "
                              "archive was ever here, only this text.\n"));
}

TWIST(empty_file)
{
    if (when == AT_LAST)
        b->out.len = 0;
}

TWIST(head_cut)
{
    if (when == AT_LAST)
        b->out.len = HEAD_SIZE - 1;
}

TWIST(head_only)
{
    if (when == AT_LAST)
        b->out.len = HEAD_SIZE;
}

TWIST(head_long)
{
    if (when == AT_FRAME && frame_is(b, *(size_t *)what, "SHF")) {
        b->out.len -= FRAME_SUM_SIZE;
        MUST(buf_add(&b->out, ".", 1));
        MUST(frame_end(&b->out, 0));
    }
}

TWIST(head_type)
{
    if (when == AT_FRAME && frame_is(b, *(size_t *)what, "SHF")) {
        memcpy(b->out.data + 8, "PAD", 3);
        seal_frame(b, 0);
    }
}

TWIST(long_line)
{
    struct sheaf_buf content = { 0 };

    if (when != AT_ARTICLES)
        return;
    MUST(buf_add_str(&content, "{\"ext\":\""));
    for (size_t i = 0; i < 1 << 20; i++)
        MUST(buf_add(&content, "a", 1));
    MUST(buf_add_str(&content, "\",\"id\":\"news/9\",\"parts\":["
                               "{\"role\":\"body\",\"size\":0,"
                               "\"type\":\"text/plain\"}],"
                               "\"rev\":1}\n"));
    add_content(b, "news/9", buf_view(&content), NULL);
    sheaf_buf_free(&content);
}

TWIST(no_dictionary)
{
    if (when == AT_ARTICLES) {
        uint32_t id = b->dict_id;

        b->dict_id = 0;
        add_article(b, "news/4", "{\"id\":\"news/4\"}", BODY, NULL);
        b->dict_id = id;
    }
}

TWIST(columns_unchecked)
{
    static const struct craft craft = { .no_checksum = true };
    struct sheaf_buf text = { 0 };
    struct sheaf_buf *out = what;

    if (when != AT_STORED)
        return;
    MUST(group_text(&b->group, &text));
    out->len = 0;
    store(buf_view(&text), 0, &craft, out);
    sheaf_buf_free(&text);
}

TWIST(dict_magic)
{
    if (when == AT_DICT)
        MUST(buf_add(what, FRAME_MAGIC, FRAME_MAGIC_SIZE));
}

TWIST(dict_large)
{
    struct sheaf_buf *raw = what;

    if (when != AT_DICT)
        return;
    MUST(buf_reserve(raw, CODEC_DICT_MAX + 1));
    memset(raw->data + raw->len, ' ', CODEC_DICT_MAX + 1 - raw->len);
    raw->len = CODEC_DICT_MAX + 1;
}

TWIST(dict_other)
{
    if (when == AT_DICT)
        ((struct sheaf_buf *)what)->data[0] ^= 1;
}

TWIST(dict_id_low)
{
    if (when == AT_DICT)
        put_le32(((struct sheaf_buf *)what)->data + 4, 32767);
}

TWIST(dict_id_high)
{
    if (when == AT_DICT)
        put_le32(((struct sheaf_buf *)what)->data + 4, UINT32_C(1) << 31);
}

TWIST(dict_again)
{
    if (when == BEFORE_TABLES) {
        add_dict(b, DICT_ID);
        add_article(b, "news/4", "{\"id\":\"news/4\"}", BODY, NULL);
        end_group(b);
    }
}

TWIST(dict_trailing)
{
    if (when == AT_PAYLOAD)
        MUST(buf_add(what, "....", 4));
}

TWIST(dict_damaged)
{
    struct sheaf_buf *payload = what;

    if (when == AT_PAYLOAD)
        payload->data[payload->len - 1] ^= 1;
}

/* Another one follows, whose payload has three pieces. */
TWIST(dict_second)
{
    struct sheaf_buf *raw = what;
    uint32_t state = 1;

    if (when == AT_DICT && b->dict_id != 0)
        while (raw->len < 2 * PARITY_PIECE + 300)
            add_le(raw, next_number(&state), 1);
    if (when == BEFORE_TABLES) {
        add_dict(b, DICT_ID + 1);
        add_article(b, "news/4", "{\"id\":\"news/4\"}", BODY, NULL);
        end_group(b);
    }
}

TWIST(no_parity)
{
    if (when == AFTER_GROUP)
        b->skip = true;
}

TWIST(early_parity)
{
    if (when == AFTER_DICT) {
        b->ledger.top.dicts[0].par = b->out.len;
        MUST(buf_add(&b->out, b->par.data, b->par.len));
        b->par.len = 0;
    }
}

TWIST(no_end)
{
    if (when == AT_LAST)
        b->out.len = group_at(b) + frame_len(b, group_at(b));
}

TWIST(tops_differ)
{
    if (when == AT_SECOND_TOP) {
        size_t start = *(size_t *)what;

        body_at(b, start)[85] ^= 1; /* the level */
        seal_frame(b, start);
    }
}

TWIST(needless_pad)
{
    if (when == AFTER_END)
        MUST(frame_pad(&b->out));
}

TWIST(dict_in_group)
{
    if (when == AT_ARTICLES) {
        add_dict(b, DICT_ID);
        b->dict_id = 0;
    }
}

TWIST(article_late)
{
    if (when == BEFORE_SEAL)
        store(text_bytes("late"), 0, NULL, &b->out);
}

TWIST(table_late)
{
    static const uint8_t body[11 + 8];

    if (when == BEFORE_TILES)
        add_frame(b, FRAME_URL, body, sizeof body);
}

TWIST(head_again)
{
    if (when == BEFORE_SEAL)
        MUST(frame_head(&b->out, 0));
}

TWIST(no_group)
{
    /* An article, and the tables: it is in none of them. */
    if (when == BEFORE_TABLES)
        add_article(b, "news/4", "{\"id\":\"news/4\"}", BODY, NULL);
}

TWIST(tail_zeros)
{
    if (when == AT_LAST)
        for (unsigned i = 0; i < 512; i++)
            MUST(buf_add(&b->out, "", 1));
}

/* The file breaks off in the second generation's first article ... */
TWIST(tail_torn)
{
    if (when == AT_LAST)
        b->out.len = (size_t)get_be(b->all[TABLE_MAP].row[3] + 11, 6) + 40;
}

/* ... within its second end: the frame is cut off ... */
TWIST(end_cut)
{
    if (when == AT_LAST)
        b->out.len -= 20;
}

/* ... or just after its first end. */
TWIST(copy_cut)
{
    if (when == AT_LAST) {
        size_t end = b->out.len - END_SIZE;

        b->out.len = end - (size_t)get_be(body_at(b, end) + 16, 4);
    }
}

/* Blocks of articles. */

static const struct in_block three[] = {
    { "news/6", "{\"headline\":\"Rain\",\"id\":\"news/6\","
                "\"published\":\"2024-05-10\"}", "It rained.\n" },
    { "news/7", "{\"headline\":\"Sun\",\"id\":\"news/7\",\"published\":"
                "\"2024-05-11\",\"url\":\"http://x.example/7\"}",
      "It was dry.\n" },
    { "news/6", "{\"headline\":\"Rain, corrected\",\"id\":\"news/6\","
                "\"published\":\"2024-05-10\"}", "It rained twice.\n" },
};

TWIST(block_of_three)
{
    if (when == AT_ARTICLES)
        add_block(b, three, COUNT_OF(three), NULL);
}

/* Two articles of `len` bytes together: the body of the first makes it so. */
static void
add_sized(struct build *b, size_t len)
{
    static char body[65536];
    const struct in_block two[] = {
        { three[0].id, three[0].fields, body }, three[1]
    };
    /* What is there beside that body; its size has five digits. */
    const size_t rest = 126 + 161;

    memset(body, 'a', len - rest);
    body[len - rest] = '\0';
    add_block(b, two, COUNT_OF(two), NULL);
    MUST(b->content_size == len);
}

TWIST(block_full)
{
    if (when == AT_ARTICLES)
        add_sized(b, 65536);
}

TWIST(block_too_large)
{
    if (when == AT_ARTICLES)
        add_sized(b, 65537);
}

/* One large article, and a byte more than that. */
TWIST(large_and_more)
{
    struct sheaf_buf content = { 0 };

    if (when != AT_ARTICLES)
        return;
    MUST(buf_add_str(&content, "{" ID9 "," PARTS("65536") "," R1 "}\n"));
    for (size_t i = 0; i < 65536 + 1; i++)
        MUST(buf_add(&content, "a", 1));
    add_content(b, "news/9", buf_view(&content), NULL);
    sheaf_buf_free(&content);
}

/* Blocks around what was removed: what was one block is two, and one article
 * of it is left of the second. */
TWIST(block_cut)
{
    if (when == AT_ARTICLES && b->ledger.top.generation == 1) {
        add_block(b, three, 2, NULL);
        add_removed(b, "news/5", "{\"id\":\"news/5\",\"salt\":\"" ZEROS64
                                 "\"}", "Somebody was named here.\n");
        add_removed(b, "news/5", "{\"id\":\"news/5\"}", "Again.\n");
        add_block(b, three + 2, 1, NULL);
        add_block(b, three, 2, NULL);
    }
    if (when == AT_STATEMENTS && b->ledger.top.generation == 2) {
        add_redaction(b, &b->gone[1], text_bytes("It named a child."));
        add_redaction(b, &b->gone[0], text_bytes("It named a child."));
    }
}

/* Frames of stored leaves in the wrong place: in no tree, and not looked
 * into. */

static void
stray(struct build *b, enum leaf_type type)
{
    uint8_t hash[32];

    MUST(leaf_encode_statement(type, 1, TIME, NULL, NULL, text_bytes("stray"),
                               &b->out, hash));
}

TWIST(redaction_in_group)
{
    if (when == AT_ARTICLES && last_generation(b))
        stray(b, LEAF_REDACTION);
}

TWIST(redaction_late)
{
    if (when == BEFORE_SEAL)
        stray(b, LEAF_REDACTION);
}

TWIST(key_change_in_group)
{
    if (when == AT_ARTICLES)
        stray(b, LEAF_KEY_CHANGE);
}

TWIST(key_change_after_seal)
{
    if (when == BEFORE_TILES)
        stray(b, LEAF_KEY_CHANGE);
}

TWIST(group_late)
{
    if (when == BEFORE_TABLES && last_generation(b)) {
        add_article(b, "news/4", "{\"id\":\"news/4\"}", BODY, NULL);
        end_group(b);
    }
}

TWIST(removed_late)
{
    if (when == BEFORE_TABLES && last_generation(b))
        MUST(leaf_encode_removed(&b->article.leaf, &b->out));
}

TWIST(seal_in_group)
{
    if (when == AT_ARTICLES)
        stray(b, LEAF_SEAL);
}

/* Differences: the third revision of news/1, made against the first. */

static void
add_third(struct build *b, int64_t base, int64_t length, const char *more,
          const char *trailing, const struct craft *craft)
{
    const struct difference d = {
        "news/1", "{\"headline\":\"Harbour shut\",\"id\":\"news/1\"}",
        "The harbour has been shut since Friday.\n",
        frame_offset(b, 0) + (uint64_t)base,
        frame_length(b, 0) + (uint32_t)length, more, trailing
    };

    add_difference(b, &d, craft);
}

#define THIRD(name, ...)                                                      \
    TWIST(name)                                                               \
    {                                                                         \
        if (when == AT_ARTICLES && last_generation(b))                        \
            add_third(b, __VA_ARGS__);                                        \
    }
#define HOW(...) &(const struct craft){ __VA_ARGS__ }

THIRD(third, 0, 0, NULL, NULL, NULL)
THIRD(third_offset, 1, 0, NULL, NULL, NULL)
THIRD(third_length, 0, 1, NULL, NULL, NULL)
THIRD(third_short, 0, -1, NULL, NULL, NULL)
THIRD(third_nothing, 0, -(int64_t)frame_length(b, 0), NULL, NULL, NULL)
THIRD(third_head, -64, 0, NULL, NULL, NULL)
THIRD(third_far, INT64_C(1) << 40, 0, NULL, NULL, NULL)
THIRD(third_itself, (int64_t)(b->out.len - frame_offset(b, 0)), 0, NULL, NULL,
      NULL)
THIRD(third_other, (int64_t)(frame_offset(b, 1) - frame_offset(b, 0)),
      (int64_t)frame_length(b, 1) - frame_length(b, 0), NULL, NULL, NULL)
THIRD(third_dictionary, 0, 0, NULL, NULL, HOW(.dict_id = DICT_ID))
THIRD(third_trailing, 0, 0, NULL, "....", NULL)
THIRD(third_two, 0, 0, "{\"id\":\"news/8\"," P8 "," R1 "}\nA body.\n", NULL,
      NULL)
THIRD(third_checksum, 0, 0, NULL, NULL, HOW(.checksum_flip = 1))
THIRD(third_unchecked, 0, 0, NULL, NULL, HOW(.no_checksum = true))
THIRD(third_sizeless, 0, 0, NULL, NULL, HOW(.no_size = true))
THIRD(third_more, 0, 0, "....", NULL, NULL)

/* Another difference can't be what one is made against. */
TWIST(third_chain)
{
    int64_t first = (int64_t)frame_offset(b, 0);

    if (when != AT_ARTICLES || !last_generation(b))
        return;
    add_third(b, 0, 0, NULL, NULL, NULL);
    add_third(b, (int64_t)frame_offset(b, b->all[TABLE_MAP].count - 1) - first,
              (int64_t)frame_length(b, b->all[TABLE_MAP].count - 1) -
                  frame_length(b, 0), NULL, NULL, NULL);
}

/* What it is made against is a block, in which one article is the one. */
TWIST(third_of_block)
{
    const struct difference d = {
        "news/7", "{\"id\":\"news/7\"}", "It was very dry.\n",
        b->all[TABLE_MAP].count != 0 ? frame_offset(b, 0) : 0,
        b->all[TABLE_MAP].count != 0 ? frame_length(b, 0) : 0, NULL, NULL
    };

    if (when != AT_ARTICLES)
        return;
    if (b->ledger.top.generation == 1)
        add_block(b, three, COUNT_OF(three), NULL);
    else
        add_difference(b, &d, NULL);
}

/* One article more: a body of 1 MiB, or a little less. */
static void
add_mebibyte(struct build *b, size_t spare, bool as_difference)
{
    const size_t len = ((size_t)1 << 20) - spare;
    struct difference d = { "news/4", "{\"id\":\"news/4\"}", NULL, 0, 0, NULL,
                            NULL };
    char *body = malloc(len + 1);

    MUST(body != NULL);
    memset(body, 'a', len);
    body[len] = '\0';
    d.body = body;
    d.base = frame_offset(b, b->all[TABLE_MAP].count - 1);
    d.length = frame_length(b, b->all[TABLE_MAP].count - 1);
    if (as_difference)
        add_difference(b, &d, NULL);
    else
        add_article(b, d.id, d.fields, body, NULL);
    free(body);
}

TWIST(third_of_large)
{
    struct difference d = { "news/4", "{\"id\":\"news/4\"}", "Less.\n", 0, 0,
                            NULL, NULL };

    if (when != AT_ARTICLES)
        return;
    add_mebibyte(b, 0, false);
    d.base = frame_offset(b, b->all[TABLE_MAP].count - 1);
    d.length = frame_length(b, b->all[TABLE_MAP].count - 1);
    add_difference(b, &d, NULL);
}

TWIST(third_large)
{
    if (when == AT_ARTICLES) {
        add_article(b, "news/4", "{\"id\":\"news/4\"}", "Less.\n", NULL);
        add_mebibyte(b, 0, true);
    }
}

/* 300 bytes are enough for both lines. */
TWIST(third_just)
{
    if (when == AT_ARTICLES) {
        add_mebibyte(b, 300, false);
        add_mebibyte(b, 299, true);
    }
}

/* A frame that is not one: it is the body of an article. */
TWIST(third_within)
{
    static const char line[] =
        "{\"id\":\"news/6\"," PARTS("2") "," R1 "}\nx\n";
    struct sheaf_buf inner = { 0 }, content = { 0 };
    char head[256];
    struct difference d = { "news/6", "{\"id\":\"news/6\"}", "Other.\n", 0, 0,
                            NULL, NULL };

    if (when != AT_ARTICLES)
        return;
    store(text_bytes(line), 0, NULL, &inner);
    snprintf(head, sizeof head,
             "{\"id\":\"news/8\",\"parts\":[{\"role\":\"body\",\"size\":%zu,"
             "\"type\":\"application/zstd\"}],\"rev\":1}\n", inner.len);
    MUST(buf_add_str(&content, head) &&
         buf_add(&content, inner.data, inner.len));
    add_content(b, "news/8", buf_view(&content), NULL);
    d.base = b->out.len - 4 - inner.len;
    d.length = (uint32_t)inner.len;
    add_article(b, d.id, d.fields, "x\n", NULL);
    add_difference(b, &d, NULL);
    sheaf_buf_free(&content);
    sheaf_buf_free(&inner);
}

TWIST(difference_cut)
{
    static const uint8_t body[11];

    if (when == AT_ARTICLES)
        add_frame(b, FRAME_REV, body, sizeof body);
}

TWIST(difference_empty)
{
    uint8_t body[12];

    put_be(body, frame_offset(b, 0), 8);
    put_be(body + 8, frame_length(b, 0), 4);
    if (when == AT_ARTICLES)
        add_frame(b, FRAME_REV, body, sizeof body);
}

TWIST(difference_late)
{
    if (when == BEFORE_SEAL)
        add_frame(b, FRAME_REV, "", 0);
}

/* ID and leaf are those of the second revision. */
TWIST(difference_again)
{
    if (when == AT_ARTICLES) {
        find_known(b, text_bytes("news/1"))->rev--;
        add_third(b, 0, 0, NULL, NULL, NULL);
    }
}

TWIST(difference_magic)
{
    const struct difference d = {
        "news/1", "{\"id\":\"news/1\"}", "--" FRAME_MAGIC "--",
        when == AT_ARTICLES ? frame_offset(b, 0) : 0,
        when == AT_ARTICLES ? frame_length(b, 0) : 0, NULL, NULL
    };

    if (when == AT_ARTICLES)
        add_difference(b, &d, NULL);
}

/* ---- What is broken ------------------------------------------------------ */

const struct plan frame_plans[] = {
    { "F2.1-magic", .twist = article_magic },
    { "F2.2-long", .twist = length_long },
    { "F2.2-short", .twist = length_short },
    { "F2.2-past-the-end", .twist = length_past },
    { "F2.2-article", CRAFT(.windowed = true, .window = 7 << 3,
                            .block_size = 128 << 10) },
    { "F2.2-last-end", .generations = 2, .twist = end_cut, .opens = true },
    { "F2.3-sum", .twist = group_sum },
    { "F2.3-last-end", .twist = last_end_sum },
    { "F2.4-type", .twist = frame_type },
    { "F2.5-article", .line = "{" ID9 "," P8 "," R1 "}",
      .body = "--" FRAME_MAGIC "--" },
    { "F2.5-optional", .twist = optional_magic },
    { "F2.5-difference", .twist = difference_magic },
    { "F2.6-within", .twist = optional_within },
    { "F2.5-dictionary", .dict = true, .twist = dict_magic },
    { "F3.1-text", .twist = no_archive },
    { "F3.1-empty", .twist = empty_file },
    { "F3.1-cut", .twist = head_cut },
    { "F3.1-length", .twist = head_long },
    { "F3.1-type", .twist = head_type },
    { "F3.2-flags", PATCH("SHF", 0, 3, 2) },
    { "F3.3-text", PATCH("SHF", 0, -1, 1) },
    { "F4.1-no-size", CRAFT(.no_size = true) },
    { "F4.1-no-checksum", CRAFT(.no_checksum = true) },
    { "F4.1-reserved-bit", CRAFT(.reserved = true) },
    { "F4.1-window", CRAFT(.windowed = true, .window = 13 << 3 | 1) },
    { "F4.1-unknown-dictionary", CRAFT(.dict_id = DICT_ID) },
    { "F4.1-no-dictionary", .dict = true, .twist = no_dictionary },
    { "F4.1-columns", .twist = columns_unchecked },
    { "F4.1-difference", .twist = third_unchecked },
    { "F4.1-difference-size", .twist = third_sizeless },
    { "F4.2-space", .line = "{" ID9 ", " P8 "," R1 "}" },
    { "F4.2-order", .line = "{" P8 "," ID9 "," R1 "}" },
    { "F4.2-twice", .line = "{" ID9 "," ID9 "," P8 "," R1 "}" },
    { "F4.2-fraction", .line = "{\"ext\":1.5," ID9 "," P8 "," R1 "}" },
    { "F4.2-exponent", .line = "{\"ext\":1e3," ID9 "," P8 "," R1 "}" },
    { "F4.2-minus-zero", .line = "{\"ext\":-0," ID9 "," P8 "," R1 "}" },
    { "F4.2-large",
      .line = "{\"ext\":9007199254740992," ID9 "," P8 "," R1 "}" },
    { "F4.2-null", .line = "{\"ext\":null," ID9 "," P8 "," R1 "}" },
    { "F4.2-name", .line = "{" ID9 "," P8 "," R1 ",\"\xc3\xa9\":1}" },
    { "F4.2-utf8", .line = "{\"ext\":\"\xc3\"," ID9 "," P8 "," R1 "}" },
    { "F4.2-surrogate",
      .line = "{\"ext\":\"\\ud800\"," ID9 "," P8 "," R1 "}" },
    { "F4.2-escape", .line = "{\"ext\":\"\\u0061\"," ID9 "," P8 "," R1 "}" },
    { "F4.2-control", .line = "{\"ext\":\"\x07\"," ID9 "," P8 "," R1 "}" },
    { "F4.2-array", .line = "[" ID9 "]" },
    { "F4.2-after", .line = "{" ID9 "," P8 "," R1 "}x" },
    { "F4.2-line-too-long", .twist = long_line },
    { "F4.2-after-parts", .line = "{" ID9 "," PARTS("7") "," R1 "}" },
    { "F4.3-depth",
      .line = "{\"ext\":" OPEN8 OPEN8 OPEN8 OPEN8 CLOSE8 CLOSE8 CLOSE8 CLOSE8
              "," ID9 "," P8 "," R1 "}" },
    { "F4.4-missing", .line = "{" P8 "," R1 "}" },
    { "F4.4-empty", .line = "{\"id\":\"\"," P8 "," R1 "}" },
    { "F4.4-number", .line = "{\"id\":9," P8 "," R1 "}" },
    { "F4.4-long",
      .line = "{\"id\":\"a" A256 A256 A256 A256 "\"," P8 "," R1 "}" },
    { "F4.4-control", .line = "{\"id\":\"news\\n9\"," P8 "," R1 "}" },
    { "F4.4-control-c1", .line = "{\"id\":\"news\xc2\x85\"," P8 "," R1 "}" },
    { "F4.4-block", .line = "{" ID9 "," P8 "," R1 "}",
      .body = "A body.\n{" P8 "," R1 "}\nA body.\n" },
    { "F4.5-missing", .line = "{" ID9 "," P8 "}" },
    { "F4.5-zero", .line = "{" ID9 "," P8 ",\"rev\":0}" },
    { "F4.5-large", .line = "{" ID9 "," P8 ",\"prev\":\"" ZEROS64
                            "\",\"rev\":4294967296}" },
    { "F4.5-string", .line = "{" ID9 "," P8 ",\"rev\":\"1\"}" },
    { "F4.6-missing", .line = "{" ID9 "," R1 "}" },
    { "F4.6-none", .line = PART("") },
    { "F4.6-member", .line = PART("{\"name\":\"x\",\"role\":\"body\","
                                  "\"size\":8,\"type\":\"text/plain\"}") },
    { "F4.6-no-type", .line = PART("{\"role\":\"body\",\"size\":8}") },
    { "F4.6-role",
      .line = PART("{\"role\":\"body\",\"size\":8,\"type\":\"a/b\"},"
                   "{\"role\":\"cover\",\"size\":0,\"type\":\"a/b\"}") },
    { "F4.6-no-body", .line = PART("{\"role\":\"text\",\"size\":8,"
                                   "\"type\":\"a/b\"}") },
    { "F4.6-two-bodies",
      .line = PART("{\"role\":\"body\",\"size\":8,\"type\":\"a/b\"},"
                   "{\"role\":\"body\",\"size\":0,\"type\":\"a/b\"}") },
    { "F4.6-type-empty", .line = PART("{\"role\":\"body\",\"size\":8,"
                                      "\"type\":\"\"}") },
    { "F4.6-type-long", .line = PART("{\"role\":\"body\",\"size\":8,\"type\":\""
                                     A16 A16 A16 A16 A16 A16 A16 A16 "\"}") },
    { "F4.6-size", .line = PART("{\"role\":\"body\",\"size\":-8,"
                                "\"type\":\"a/b\"}") },
    { "F4.7-at-first", .line = "{" ID9 "," P8 ",\"prev\":\"" ZEROS64
                               "\"," R1 "}" },
    { "F4.7-missing", .line = "{" ID9 "," P8 ",\"rev\":2}" },
    { "F4.7-capitals", .line = "{" ID9 "," P8 ",\"prev\":\"" ZEROS8 ZEROS8
                               ZEROS8 ZEROS8 ZEROS8 ZEROS8 ZEROS8
                               "0000000A\",\"rev\":2}" },
    { "F4.8-headline", .line = "{\"headline\":1," ID9 "," P8 "," R1 "}" },
    { "F4.8-updated", .line = "{" ID9 "," P8 "," R1 ",\"updated\":2024}" },
    { "F4.8-url", .line = "{" ID9 "," P8 "," R1 ",\"url\":[]}" },
    { "F4.8-salt", .line = "{" ID9 "," P8 "," R1 ",\"salt\":\"00\"}" },
    { "F4.9-short", .line = "{" ID9 "," PARTS("9") "," R1 "}" },
    { "F4.9-block", .line = "{" ID9 "," P8 "," R1 "}",
      .body = "A body.\n{\"id\":\"news/8\"," PARTS("9") "," R1
              "}\nA body.\n" },
    { "F4.9-no-line-feed", .line = "{" ID9 "," PARTS("0") "," R1 "}",
      .body = "", .no_line_feed = true },
    { "F4.10-checksum", CRAFT(.checksum_flip = 1) },
    { "F4.10-difference", .twist = third_checksum },
    { "F4.10-block", CRAFT(.block_type = 3) },
    { "F4.10-modes",
      .line = "{\"ext\":\"" A16 "\"," ID9 "," P8 "," R1 "}",
      CRAFT(.modes = 0x55, .windowed = true) },
    { "F4.10-block-size",
      .line = "{\"ext\":\"" A16 "\"," ID9 "," P8 "," R1 "}",
      CRAFT(.modes = 0x54) },
    { "F4.10-size", .line = "{" ID9 "," PARTS("9") "," R1 "}",
      CRAFT(.size = 85) },
    { "F4.11-large", .twist = block_too_large },
    { "F4.11-after-large", .twist = large_and_more },

    { "F4.12-cut", .twist = difference_cut },
    { "F4.12-offset", .twist = third_offset },
    { "F4.12-length", .twist = third_length },
    { "F4.12-short", .twist = third_short },
    { "F4.12-nothing", .twist = third_nothing },
    { "F4.12-head", .twist = third_head },
    { "F4.12-far", .twist = third_far },
    { "F4.12-itself", .twist = third_itself },
    { "F4.12-other", .twist = third_other },
    { "F4.12-chain", .twist = third_chain },
    { "F4.12-within", .twist = third_within },
    { "F4.12-large", .twist = third_of_large },
    { "F4.13-empty", .twist = difference_empty },
    { "F4.13-dictionary", .twist = third_dictionary },
    { "F4.13-two-frames", .twist = third_trailing },
    { "F4.13-two-articles", .twist = third_two },
    { "F4.13-more", .twist = third_more },
    { "F4.13-large", .twist = third_large },

    { "F5.1-large", .dict = true, .twist = dict_large },
    { "F5.2-magic", .dict = true, .twist = dict_other },
    { "F5.2-id-low", .dict = true, .twist = dict_id_low },
    { "F5.2-id-high", .dict = true, .twist = dict_id_high },
    { "F5.2-id-again", .dict = true, .twist = dict_again },
    { "F5.2-two-frames", .dict = true, .twist = dict_trailing },
    { "F5.2-damaged", .dict = true, .twist = dict_damaged },
    { "F5.3-missing", .dict = true, .twist = no_parity },
    { "F5.3-offset", .dict = true, PATCH("PAR", 0, 7, 1) },
    { "F5.3-id", .dict = true, PATCH("PAR", 0, 19, 1) },
    { "F5.3-hash", .dict = true, PATCH("PAR", 0, 20, 1) },
    { "F5.3-sums", .dict = true, PATCH("PAR", 0, 52, 1) },
    { "F5.3-parity", .dict = true, PATCH("PAR", 0, -1, 1) },
    { "F12.1-head", .twist = head_only },
    { "F12.1-articles", .twist = no_end },
    { "F12.2-hash", PATCH("END", 0, 20, 1) },
    { "F12.2-size", PATCH("END", 0, 115, 1) },
    { "F12.2-root", PATCH("END", 0, 116, 1) },
    { "F12.2-end", PATCH("END", 0, 62, 1) },
    { "F12.3-ends", PATCH("END", 1, 76, 1) },
    { "F12.3-tops", .twist = tops_differ },
    { "F12.3-pad", .twist = needless_pad },
    { "F12.3-dictionary", .dict = false, .twist = dict_in_group },
    { "F12.3-parity", .dict = true, .twist = early_parity },
    { "F12.3-article", .twist = article_late },
    { "F12.3-table", .twist = table_late },
    { "F12.3-head", .twist = head_again },
    { "F12.3-redaction-in-group", REDACTED, .twist = redaction_in_group },
    { "F12.3-redaction-late", .twist = redaction_late },
    { "F12.3-key-change-in-group", .twist = key_change_in_group },
    { "F12.3-key-change-after-seal", .twist = key_change_after_seal },
    { "F12.3-group-after-redaction", REDACTED, .twist = group_late },
    { "F12.3-removed-after-groups", REDACTED, .twist = removed_late },
    { "F12.3-removed-for-seal", PATCH("LEF", 0, 16, 2 ^ 1) },
    { "F12.3-seal-in-group", .twist = seal_in_group },
    { "F6.3-difference", .twist = difference_again },
    { "F12.3-difference", .twist = difference_late },
    { "F12.3-no-group", .twist = no_group },
    { "F12.4-prev", .generations = 2, PATCH("END", 2, 75, 1) },
    { "F12.4-prev-hash", .generations = 2, PATCH("END", 2, 76, 1) },
    { "F12.4-start", .generations = 2, PATCH("END", 2, 59, 1) },
    { "F12.5-tail", .twist = tail_zeros, .opens = true },
    { "F12.5-torn-tail", .generations = 2, .twist = tail_torn, .opens = true },
    { "F12.5-copy-cut", .generations = 2, .twist = copy_cut, .opens = true },
    { "F14.1-article", .expect = "limit",
      CRAFT(.windowed = true, .size = (UINT64_C(4) << 30) + 1) },
    { "unsupported-version", .expect = "unsupported", .twist = group_version },
    { "F12.6-must", .must = 1 },
    { "unsupported-features", .expect = "unsupported", .must = 0x100 },
    { "unsupported-head", .expect = "unsupported", .twist = head_version },
    { "unsupported-draft", .expect = "unsupported", .twist = draft },
    { "example", .expect = "ok", .single = true },
    { "difference", .expect = "ok", .generations = 2, .note = true,
      .key = true, .twist = third },
    { "difference-dictionary", .expect = "ok", .generations = 2, .dict = true,
      .twist = third },
    { "difference-block", .expect = "ok", .generations = 2, .none = true,
      .twist = third_of_block },
    { "difference-large", .expect = "ok", .twist = third_just },
    { "blocks", .expect = "ok", .twist = block_of_three },
    { "blocks-full", .expect = "ok", .twist = block_full },
    { "blocks-removed", .expect = "ok", .none = true, .generations = 2,
      .gone = "news/5", .twist = block_cut },
    { "stored", .expect = "ok", .generations = 3, .note = true, .key = true },
    { "optional", .expect = "ok", .generations = 2, .note = true,
      .key = true, .twist = optional },
    { "stored-sequence", .expect = "ok",
      .line = "{\"ext\":\"" A16 "\"," ID9 "," P8 "," R1 "}",
      CRAFT(.modes = 0x54, .windowed = true) },
    { "stored-dictionaries", .expect = "ok", .dict = true,
      .twist = dict_second },
    { .name = NULL },
};
