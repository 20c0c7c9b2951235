/*
 * vectors_leaves.c - clauses on what is derived from articles (F6 to F8, F10).
 */
#include "vectors.h"

/* ---- Twists -------------------------------------------------------------- */

TWIST(rev_skipped)
{
    struct known *k;

    if (when != AT_ARTICLES)
        return;
    k = find_known(b, text_bytes("news/2"));
    k->rev++;
    add_article(b, "news/2", "{\"id\":\"news/2\"}", BODY, NULL);
}

TWIST(prev_other)
{
    struct known *k;

    if (when != AT_ARTICLES)
        return;
    k = find_known(b, text_bytes("news/2"));
    k->leaf_hash[0] ^= 1;
    add_article(b, "news/2", "{\"id\":\"news/2\"}", BODY, NULL);
}

TWIST(rev_again)
{
    struct known *k;

    if (when != AT_ARTICLES)
        return;
    k = find_known(b, text_bytes("news/2"));
    k->rev = 0;
    add_article(b, "news/2", "{\"id\":\"news/2\"}", BODY, NULL);
}

TWIST(other_root)
{
    struct top *t = what;

    if (when == AT_TOP && last_generation(b)) {
        t->tiles[0].root[0] ^= 1;
        top_root(t, t->root);
    }
}

static void
add_many(struct build *b, unsigned from, unsigned count)
{
    for (unsigned i = from; i < from + count; i++) {
        char id[32], fields[64];

        snprintf(id, sizeof id, "news/1%03u", i);
        snprintf(fields, sizeof fields, "{\"id\":\"%s\"}", id);
        add_article(b, id, fields, "", NULL);
    }
}

TWIST(group_crosses)
{
    if (when == AT_ARTICLES) {
        add_many(b, 0, 197);
        end_group(b);
        add_many(b, 200, 60);
    }
}

TWIST(group_empty)
{
    struct group g = { 0 };
    struct sheaf_buf columns = { 0 };

    if (when != AFTER_GROUP)
        return;
    group_begin(&g, group_at(b), b->ledger.top.size);
    store(text_bytes(""), 0, NULL, &columns);
    MUST(group_encode(&g, buf_view(&columns), &b->out));
    sheaf_buf_free(&columns);
}

TWIST(columns_other)
{
    struct sheaf_buf *text = what;

    if (when == AT_COLUMNS)
        text->data[text->len - 2] ^= 1;
}

TWIST(columns_lines)
{
    struct sheaf_buf *text = what;

    if (when == AT_COLUMNS)
        text->len--;
}

TWIST(columns_empty)
{
    if (when == AT_COLUMNS)
        ((struct sheaf_buf *)what)->len = 0;
}

TWIST(columns_large)
{
    struct sheaf_buf *text = what;
    size_t lines = 0;
    size_t large;

    if (when != AT_COLUMNS)
        return;
    for (size_t i = 0; i < text->len; i++)
        lines += text->data[i] == '\n';
    large = lines / GROUP_COLUMNS * GROUP_LINES_MAX + 1;
    MUST(buf_reserve(text, large));
    memset(text->data + text->len, '\n', large - text->len);
    text->len = large;
}

TWIST(columns_trailing)
{
    if (when == AT_STORED)
        MUST(buf_add(what, "....", 4));
}

TWIST(columns_damaged)
{
    struct sheaf_buf *columns = what;

    if (when == AT_STORED)
        columns->data[columns->len - 1] ^= 1;
}

TWIST(removed_columns)
{
    /* Its ID stays in the columns: add_removed looks at this. */
    if (when == AT_FRAME && frame_is(b, *(size_t *)what, "LEF"))
        b->skip = b->out.data[*(size_t *)what + 12 + 16] == LEAF_ARTICLE;
}

static void
block_of_two(struct build *b, enum moment when)
{
    static const struct in_block two[] = {
        { "news/6", "{\"headline\":\"Rain\",\"id\":\"news/6\"}",
          "It rained.\n" },
        { "news/7", "{\"id\":\"news/7\"}", "It was dry.\n" },
    };

    if (when == AT_ARTICLES)
        add_block(b, two, COUNT_OF(two), NULL);
}

/* Each article of a block states the length of the frame. */
TWIST(block_columns)
{
    struct sheaf_buf *text = what;
    uint8_t *zero;

    block_of_two(b, when);
    if (when != AT_COLUMNS)
        return;
    zero = memmem(text->data, text->len, "\n0\n", 3);
    MUST(zero != NULL);
    zero[1] = '1';
}

/* The columns have a headline that is in a block. */
TWIST(block_headline)
{
    struct sheaf_buf *text = what;

    block_of_two(b, when);
    if (when != AT_COLUMNS)
        return;
    MUST(text->len > 2 && memcmp(text->data + text->len - 2, "\n\n", 2) == 0);
    text->len -= 2;
    MUST(buf_add_str(text, "Rain\n\n"));
}

TWIST(block_of_257)
{
    static struct in_block many[257];
    static char text[257][2][24];

    if (when != AT_ARTICLES)
        return;
    for (unsigned i = 0; i < COUNT_OF(many); i++) {
        snprintf(text[i][0], sizeof text[i][0], "%u", i);
        snprintf(text[i][1], sizeof text[i][1], "{\"id\":\"%u\"}", i);
        many[i] = (struct in_block){ text[i][0], text[i][1], "" };
    }
    add_block(b, many, COUNT_OF(many), NULL);
}

/* What a frame decompresses to does not change with its window. */
TWIST(window_after)
{
    if (when == AT_LAST)
        b->out.data[get_be(b->all[TABLE_MAP].row[2] + 11, 6) + 5] ^= 8;
}

/* The rows of the map, when they are about to be written. */
static struct all_rows *
map_rows(enum moment when, void *what)
{
    struct all_rows *r = what;

    return when == AT_ROWS && r->kind == TABLE_MAP ? r : NULL;
}

/* Two rows of one key: packed keys cannot go down. */
TWIST(rows_swapped)
{
    struct all_rows *r = map_rows(when, what);
    uint8_t first[TABLE_ROW_MAX];
    size_t i = 1;

    if (r == NULL)
        return;
    while (i < r->count &&
           memcmp(r->row[i - 1], r->row[i], TABLE_KEY_SIZE) != 0)
        i++;
    MUST(i < r->count);
    memcpy(first, r->row[i - 1], sizeof first);
    memcpy(r->row[i - 1], r->row[i], sizeof first);
    memcpy(r->row[i], first, sizeof first);
}

TWIST(row_twice)
{
    struct all_rows *r = map_rows(when, what);

    if (r != NULL)
        memcpy(r->row[1], r->row[0], TABLE_ROW_MAX);
}

TWIST(block_length)
{
    lengthen(b, when, what, "MAP", 1);
}

/* Adds a bit to a width of MAP or URL. */
static void
widen(enum moment when, void *what, enum table_kind kind,
      enum table_field field)
{
    struct made_block *made = what;

    if (when == AT_WIDTHS && made->kind == kind)
        made->widths->bits[field]++;
}

TWIST(gap_wide)
{
    widen(when, what, TABLE_MAP, FIELD_GAP);
}

TWIST(length_wide)
{
    widen(when, what, TABLE_MAP, FIELD_LENGTH);
}

TWIST(url_leaf_wide)
{
    widen(when, what, TABLE_URL, FIELD_LEAF);
}

/* The only page of the MAP that was just written, and the bits of its rows.
 * NULL if this is something else. */
static uint8_t *
page_of_map(struct build *b, enum moment when, const size_t *start,
            size_t *bits)
{
    uint8_t *body;

    if (when != AT_FRAME || !frame_is(b, *start, "MAP"))
        return NULL;
    body = body_at(b, *start);
    *bits = (size_t)get_be(body, 2) *
            ((unsigned)body[2] + body[3] + body[4] + body[5]);
    return body + 6;
}

static void
seal_page(struct build *b, size_t start, uint8_t *page, size_t bits)
{
    size_t len = TABLE_KEY_SIZE + (bits + 7) / 8;

    hash_check64(page, len, page + len);
    seal_again(b, start);
}

/* The first row has a gap, and the page a key that is less by that. */
TWIST(first_gap)
{
    size_t bits;
    uint8_t *page = page_of_map(b, when, what, &bits);

    if (page == NULL)
        return;
    put_be(page, get_be(page, 6) - (UINT64_C(1) << (page[-4] - 8)), 6);
    page[TABLE_KEY_SIZE] ^= 1;
    seal_page(b, *(size_t *)what, page, bits);
}

TWIST(page_filled)
{
    size_t bits;
    uint8_t *page = page_of_map(b, when, what, &bits);

    if (page == NULL)
        return;
    MUST(bits % 8 != 0);
    page[TABLE_KEY_SIZE + bits / 8] ^= 1;
    seal_page(b, *(size_t *)what, page, bits);
}

/* The last gap leads beyond the last key. */
TWIST(key_beyond)
{
    size_t bits;
    uint8_t *page = page_of_map(b, when, what, &bits);

    if (page == NULL)
        return;
    memset(page, 0xff, TABLE_KEY_SIZE);
    seal_page(b, *(size_t *)what, page, bits);
}

/* A key of more than 28 bits. */
TWIST(url_key_beyond)
{
    const size_t *start = what;
    uint8_t *body;
    size_t page;

    if (when != AT_FRAME || !frame_is(b, *start, "URL"))
        return;
    body = body_at(b, *start);
    page = frame_len(b, *start) - FRAME_HEAD_SIZE - 4 - 8 - FRAME_SUM_SIZE;
    body[4] |= 0x10;
    hash_check64(body + 4, page, body + 4 + page);
    seal_again(b, *start);
}

TWIST(top_map_root)
{
    if (when == AT_TOP) {
        struct top_run *run = &((struct top *)what)->runs[0];

        run->tables[TABLE_MAP].blocks[0].root[0] ^= 1;
    }
}

TWIST(no_tiles)
{
    if (when == BEFORE_TILES)
        b->skip = true;
}

TWIST(tiles_long)
{
    lengthen(b, when, what, "TIL", 32);
}

TWIST(early_slab)
{
    static const uint8_t body[8 + 3 * 32];

    if (when == AFTER_GROUP)
        add_frame(b, FRAME_SLB, body, sizeof body);
}

/* Stored leaves. */

TWIST(leaf_cut)
{
    static const uint8_t body[16] = "sheaf/leaf/v1";

    if (when == BEFORE_SEAL)
        add_frame(b, FRAME_LEF, body, sizeof body);
}

/* The LEF frame just written, if it is that of the removed article: its body
 * is changed to the record in `m`. */
static void
rewrite_removed(struct build *b, const size_t *start,
                const struct leaf_maker *m)
{
    b->out.len = *start;
    add_frame(b, FRAME_LEF, m->record, m->len);
}

static bool
at_removed(const struct build *b, enum moment when, const size_t *start)
{
    return when == AT_FRAME && frame_is(b, *start, "LEF") &&
           b->out.data[*start + 12 + 16] == LEAF_ARTICLE;
}

TWIST(removed_trailing)
{
    if (at_removed(b, when, what))
        lengthen(b, when, what, "LEF", 1);
}

/* Only the metadata line. */
TWIST(removed_alone)
{
    struct leaf_maker m = b->article.leaf;

    if (!at_removed(b, when, what))
        return;
    m.record[17] = 1;
    m.len -= LEAF_PART_SIZE;
    rewrite_removed(b, what, &m);
}

/* One part more than the article's two. */
static void
one_part_more(struct build *b, const size_t *start, uint8_t role,
              uint8_t algorithm)
{
    static const uint8_t commitment[32] = { 1 };
    struct leaf_maker m = b->article.leaf;

    leaf_part(&m, role, algorithm, 7, commitment);
    rewrite_removed(b, start, &m);
}

TWIST(removed_two_bodies)
{
    if (at_removed(b, when, what))
        one_part_more(b, what, ROLE_BODY, COMMIT_PLAIN);
}

TWIST(removed_half_salted)
{
    if (at_removed(b, when, what))
        one_part_more(b, what, ROLE_NOTE, COMMIT_SALTED);
}

TWIST(removed_skipped)
{
    if (when == AT_ARTICLES) {
        find_known(b, text_bytes("news/2"))->rev++;
        add_removed(b, "news/2", "{\"id\":\"news/2\"}", BODY);
    }
}

TWIST(removed_prev)
{
    if (when == AT_ARTICLES) {
        find_known(b, text_bytes("news/2"))->leaf_hash[0] ^= 1;
        add_removed(b, "news/2", "{\"id\":\"news/2\"}", BODY);
    }
}

/* The first revision was removed; the next one calls itself the first. */
TWIST(after_removed)
{
    if (when == AT_ARTICLES) {
        find_known(b, text_bytes("news/5"))->rev = 0;
        add_article(b, "news/5", "{\"id\":\"news/5\"}", BODY, NULL);
    }
}

/* Redactions. */

TWIST(removed_second)
{
    if (when == AT_ARTICLES && b->ledger.top.generation == 1)
        add_removed(b, "news/8", "{\"id\":\"news/8\"}", BODY);
}

TWIST(redact_present)
{
    const struct known *k = find_known(b, text_bytes("news/2"));
    struct gone present = { 1, 1, { 0 }, { 0 } };

    memcpy(present.hash, k->leaf_hash, 32);
    memcpy(present.id_hash, k->id_hash, 32);
    if (when == AT_STATEMENTS && last_generation(b))
        add_redaction(b, &present, text_bytes("It is still there."));
}

TWIST(redact_twice)
{
    if (when == AT_STATEMENTS && last_generation(b))
        add_redaction(b, &b->gone[0], text_bytes("Once more."));
}

/* Instead of the usual one, which comes after it. */
static void
add_reason(struct build *b, enum moment when, struct sheaf_bytes reason)
{
    if (when == AT_STATEMENTS && last_generation(b))
        add_redaction(b, &b->gone[0], reason);
}

TWIST(reason_c1)
{
    add_reason(b, when, text_bytes("a\xc2\x9f"));
}

TWIST(reason_empty)
{
    add_reason(b, when, text_bytes(""));
}

TWIST(reason_long)
{
    add_reason(b, when, text_bytes("a" A256 A256 A256 A256));
}

/* Both revisions of news/1 stay; a third one was removed, and news/5. */
TWIST(redact_newest)
{
    if (when == AT_ARTICLES && b->ledger.top.generation == 1) {
        add_removed(b, "news/1", "{\"id\":\"news/1\"}", BODY);
        add_removed(b, "news/5", "{\"id\":\"news/5\",\"salt\":\""
                                 ZEROS64 "\"}", BODY);
    }
    if (when == AT_STATEMENTS && last_generation(b))
        for (size_t i = 0; i < b->gone_count; i++)
            add_redaction(b, &b->gone[i], text_bytes("Court order 7/2031"));
}

/* An old revision was removed, and the second generation is only its
 * redaction. */
TWIST(redact_old)
{
    if (when == AT_ARTICLES && b->ledger.top.generation == 1) {
        add_article(b, "news/4", "{\"id\":\"news/4\"}", BODY, NULL);
        add_removed(b, "news/1", "{\"id\":\"news/1\"}", BODY);
        add_article(b, "news/1", "{\"id\":\"news/1\"}", "Corrected.\n",
                    NULL);
    }
    if (when == AT_STATEMENTS && last_generation(b))
        add_redaction(b, &b->gone[0],
                      text_bytes("\xe6\xb3\x95\xe5\xbb\xb7"));
}

/* Key changes. */

TWIST(key_change_long)
{
    size_t start = what != NULL && when == AT_FRAME ? *(size_t *)what : 0;
    uint8_t *body;
    size_t len;

    if (start == 0 || !frame_is(b, start, "LEF") ||
        b->out.data[start + 12 + 16] != LEAF_KEY_CHANGE)
        return;
    lengthen(b, when, what, "LEF", 1);
    body = body_at(b, start);
    len = b->out.len - start - FRAME_HEAD_SIZE - FRAME_SUM_SIZE - LEAF_SIZE;
    put_be(body + LEAF_SIZE - 40, len, 8);
    hash_blake2b(body + LEAF_SIZE, len, body + LEAF_SIZE - 32);
    seal_frame(b, start);
}

TWIST(key_same)
{
    if (when == AT_STATEMENTS)
        add_key_change(b, SEED, SEED, ORIGIN);
}

TWIST(key_origin)
{
    if (when == AT_STATEMENTS)
        add_key_change(b, SEED, OTHER_SEED, "example.org/victors");
}

TWIST(key_chain)
{
    if (when == AT_STATEMENTS && last_generation(b))
        add_key_change(b, "a third key", "a fourth key", ORIGIN);
}

/* As new key the neutral point, for which anybody can sign: R = [S]B. */
TWIST(key_small_order)
{
    size_t start = when == AT_FRAME ? *(size_t *)what : 0;
    static const uint8_t neutral[32] = { 1 };
    struct sheaf_secret_key secret;
    struct sheaf_public_key pub;
    struct sheaf_buf text = { 0 };
    uint8_t *part;

    if (when == AT_STATEMENTS)
        add_key_change(b, SEED, OTHER_SEED, ORIGIN);
    if (start == 0 || !frame_is(b, start, "LEF") ||
        b->out.data[start + 12 + 16] != LEAF_KEY_CHANGE)
        return;
    part = body_at(b, start) + LEAF_SIZE;
    memcpy(part + 66, neutral, 32);
    MUST(buf_add(&text, part, 98) && buf_add_str(&text, ORIGIN));
    make_key(SEED, &secret, &pub);
    crypto_sign_detached(part + 98, NULL, text.data, text.len, secret.key);
    memset(part + 162 + 32, 0, 32);
    part[162 + 32] = 1;
    crypto_scalarmult_ed25519_base_noclamp(part + 162, part + 162 + 32);
    hash_blake2b(part, 226, body_at(b, start) + LEAF_SIZE - 32);
    seal_frame(b, start);
    sheaf_buf_free(&text);
}

/* Rows of stored leaves. */

static void
drop_leaf(struct all_rows *r, uint64_t leaf)
{
    size_t kept = 0;

    if (r == NULL)
        return;
    for (size_t i = 0; i < r->count; i++)
        if (get_be(r->row[i] + TABLE_KEY_SIZE, 5) >> 1 != leaf)
            memmove(r->row[kept++], r->row[i], TABLE_ROW_MAX);
    MUST(kept + 1 == r->count);
    r->count = kept;
}

TWIST(no_row_of_removed)
{
    struct all_rows *r = map_rows(when, what);

    if (b->ledger.top.generation == 1)
        drop_leaf(r, b->gone[0].leaf);
}

/* It is the leaf before the seal that comes next. */
TWIST(no_row_of_redaction)
{
    struct all_rows *r = map_rows(when, what);

    if (last_generation(b))
        drop_leaf(r, b->ledger.top.size - 1);
}

/* One more row, after all others, for a leaf whose frame is at `offset`. */
static void
add_last_row(struct all_rows *r, uint64_t leaf, uint64_t offset)
{
    struct map_row row = { .leaf = leaf, .offset = offset, .length = 64 };

    if (r == NULL)
        return;
    memset(row.key, 0xff, sizeof row.key);
    map_row_encode(&row, r->row[r->count++]);
}

TWIST(row_of_key_change)
{
    if (last_generation(b))
        add_last_row(map_rows(when, what), b->ledger.top.keys[0].leaf,
                     b->ledger.top.keys[0].offset);
}

TWIST(row_of_seal)
{
    add_last_row(map_rows(when, what), b->ledger.top.size, HEAD_SIZE);
}

TWIST(url_of_removed)
{
    struct all_rows *r = what;

    if (when != AT_ROWS || r->kind != TABLE_URL ||
        b->ledger.top.generation != 1)
        return;
    memset(r->row[r->count], 0xff, TABLE_KEY_SIZE);
    put_be(r->row[r->count++] + TABLE_KEY_SIZE, b->gone[0].leaf, 5);
}

/* ---- What is broken ------------------------------------------------------ */

const struct plan leaf_plans[] = {
    { "F6.1-domain", PATCH("LEF", 0, 12, 1) },
    { "F6.1-type", PATCH("LEF", 0, 16, 2 ^ 5) },
    { "F6.1-type-none", PATCH("LEF", 0, 16, 2) },
    { "F6.1-cut", .twist = leaf_cut },
    { "F6.1-parts", PATCH("LEF", 0, 17, 1 ^ 2) },
    { "F6.1-zero", PATCH("LEF", 0, 18, 1) },
    { "F6.1-id", PATCH("LEF", 0, 64, 1) },
    { "F6.1-role", PATCH("LEF", 0, 96, 8 ^ 7) },
    { "F6.1-algorithm", PATCH("LEF", 0, 97, 1 ^ 2) },
    { "F6.1-redaction-parts", REDACTED, PATCH("LEF", 2, 17, 1 ^ 2) },
    { "F6.1-redaction-role", REDACTED, PATCH("LEF", 2, 96, 8 ^ 7) },
    { "F6.1-key-change-id", REKEYED, PATCH("LEF", 1, 64, 1) },
    { "F6.1-removed-domain", REMOVED, PATCH("LEF", 0, 12, 1) },
    { "F6.1-removed-parts", REMOVED, PATCH("LEF", 0, 17, 2 ^ 1) },
    { "F6.1-removed-more", REMOVED, PATCH("LEF", 0, 17, 2 ^ 3) },
    { "F6.1-removed-trailing", REMOVED, .twist = removed_trailing },
    { "F6.1-removed-alone", REMOVED, .twist = removed_alone },
    { "F6.1-removed-zero", REMOVED, PATCH("LEF", 0, 19, 1) },
    { "F6.1-removed-part-zero", REMOVED, PATCH("LEF", 0, 142, 1) },
    { "F6.1-removed-line", REMOVED, PATCH("LEF", 0, 96, 1 ^ 3) },
    { "F6.1-removed-no-body", REMOVED, PATCH("LEF", 0, 140, 2 ^ 3) },
    { "F6.1-removed-statement", REMOVED, PATCH("LEF", 0, 140, 2 ^ 8) },
    { "F6.1-removed-line-salted", REMOVED, PATCH("LEF", 0, 97, 1 ^ 2) },
    { "F6.1-removed-algorithm", REMOVED, PATCH("LEF", 0, 141, 1 ^ 3) },
    { "F6.1-removed-two-bodies", REMOVED, .twist = removed_two_bodies },
    { "F6.1-removed-half-salted", REMOVED, .twist = removed_half_salted },
    { "F6.1-removed-rev", REMOVED, PATCH("LEF", 0, 23, 1) },
    { "F6.1-removed-prev", REMOVED, PATCH("LEF", 0, 32, 1) },
    { "F6.1-removed-no-prev", REMOVED, PATCH("LEF", 0, 23, 1 ^ 2) },
    { "F6.2-size", PATCH("LEF", 0, 107, 1) },
    { "F6.2-commitment", PATCH("LEF", 0, 108, 1) },
    { "F6.2-redaction", REDACTED, PATCH("LEF", 2, 108, 1) },
    { "F6.2-key-change", REKEYED, PATCH("LEF", 1, 107, 1) },
    { "F6.3-first", .line = "{" ID9 "," P8 ",\"prev\":\"" ZEROS64
                            "\",\"rev\":2}" },
    { "F6.3-skipped", .twist = rev_skipped },
    { "F6.3-again", .twist = rev_again },
    { "F6.3-prev", .twist = prev_other },
    { "F6.3-removed", REMOVED, .twist = removed_skipped },
    { "F6.3-removed-prev", REMOVED, .twist = removed_prev },
    { "F6.3-after-removed", REMOVED, .twist = after_removed },
    { "F6.4-root", .twist = other_root },
    { "F6.5-domain", PATCH("LEF", 0, 140, 1) },
    { "F6.5-rev", PATCH("LEF", 0, 23, 1 ^ 2) },
    { "F6.5-prev", .generations = 2, PATCH("LEF", 1, 32, 1) },
    { "F6.5-generation", PATCH("LEF", 0, 163, 1 ^ 2) },
    { "F6.5-first", .generations = 2, PATCH("LEF", 1, 171, 1) },
    { "F6.5-size", .generations = 2, PATCH("LEF", 1, 179, 1) },
    { "F6.5-root", .generations = 2, PATCH("LEF", 1, 180, 1) },
    { "F6.5-note", .generations = 2, .note = true, PATCH("LEF", 1, 212, 1) },
    { "F6.5-redactions", PATCH("LEF", 0, 251, 1) },
    { "F6.5-rows", PATCH("LEF", 0, 276, 1) },
    { "F6.6-missing", REMOVED },
    { "F6.6-second", REDACTED, .twist = removed_second },
    { "F6.7-domain", REDACTED, PATCH("LEF", 2, 140, 1) },
    { "F6.7-leaf", REDACTED, PATCH("LEF", 2, 163, 1) },
    { "F6.7-far-leaf", REDACTED, PATCH("LEF", 2, 156, 1) },
    { "F6.7-itself", REDACTED, PATCH("LEF", 2, 163, 3 ^ 6) },
    { "F6.7-present", REDACTED, .twist = redact_present },
    { "F6.7-twice", REDACTED, .twist = redact_twice },
    { "F6.7-reason-utf8", REDACTED, PATCH("LEF", 2, 164, 0x80) },
    { "F6.7-reason-control", REDACTED, PATCH("LEF", 2, 164, 'I' ^ 9) },
    { "F6.7-reason-c1", REDACTED, .twist = reason_c1 },
    { "F6.7-reason-empty", REDACTED, .twist = reason_empty },
    { "F6.7-reason-long", REDACTED, .twist = reason_long },
    { "F6.7-rev", REDACTED, PATCH("LEF", 2, 23, 1 ^ 2) },
    { "F6.7-prev", REDACTED, PATCH("LEF", 2, 32, 1) },
    { "F6.7-id", REDACTED, PATCH("LEF", 2, 95, 1) },
    { "F6.8-domain", REKEYED, PATCH("LEF", 1, 140, 1) },
    { "F6.8-length", REKEYED, .twist = key_change_long },
    { "F6.8-old-signature", REKEYED, PATCH("LEF", 1, 140 + 98, 1) },
    { "F6.8-new-signature", REKEYED, PATCH("LEF", 1, 140 + 162, 1) },
    { "F6.8-number", REKEYED, PATCH("LEF", 1, 140 + 26, 1) },
    { "F6.8-new-key", REKEYED, PATCH("LEF", 1, 140 + 66, 1) },
    { "F6.8-key-length", REKEYED, PATCH("LEF", 1, 140 + 19, 1) },
    { "F6.8-order", REKEYED, PATCH("LEF", 1, -1, 0x80) },
    { "F6.8-small-order", .twist = key_small_order },
    { "F6.8-same-key", .twist = key_same },
    { "F6.8-origin", .twist = key_origin },
    { "F6.8-rev", REKEYED, PATCH("LEF", 1, 23, 1 ^ 2) },
    { "F6.8-prev", REKEYED, PATCH("LEF", 1, 32, 1) },
    { "F6.8-chain", REKEYED, .twist = key_chain },

    { "F7.1-block", .none = true, .twist = block_of_257 },
    { "F7.1-start", PATCH("GRP", 0, 7, 1) },
    { "F7.1-first", PATCH("GRP", 0, 15, 1) },
    { "F7.1-count", PATCH("GRP", 0, 17, 1) },
    { "F7.1-empty", .twist = group_empty },
    { "F7.1-crosses", .twist = group_crosses },
    { "F7.2-dict", PATCH("GRP", 0, 21, 1) },
    { "F7.2-last-end", .generations = 2, PATCH("GRP", 1, 29, 1) },
    { "F7.2-first-day", PATCH("GRP", 0, 33, 1) },
    { "F7.2-last-day", PATCH("GRP", 0, 37, 1) },
    { "F7.2-raw", PATCH("GRP", 0, 45, 1) },
    { "F7.3-text", .twist = columns_other },
    { "F7.3-lines", .twist = columns_lines },
    { "F7.3-empty", .twist = columns_empty },
    { "F7.3-large", .twist = columns_large },
    { "F7.3-two-frames", .twist = columns_trailing },
    { "F7.3-damaged", .twist = columns_damaged },
    { "F7.3-removed", REDACTED, .twist = removed_columns },
    { "F7.3-block", .twist = block_columns },
    { "F7.3-headline", .twist = block_headline },
    { "F7.4-sum", PATCH("GRP", 0, 53, 1) },
    { "F7.4-frame", CRAFT(.windowed = true, .window = 10 << 3),
      .twist = window_after },

    { "F8.1-order", .twist = rows_swapped },
    { "F8.1-twice", .twist = row_twice },
    { "F8.1-url-twice", ROW(DOUBLED, URL, 0) },
    { "F8.1-dir-twice", ROW(DOUBLED, DIR, 0) },
    { "F8.2-length", .twist = block_length },
    { "F8.2-sum", PATCH("MAP", 0, -33, 1) },
    { "F8.2-rows", PATCH("MAP", 0, 1, 7) },
    { "F8.2-no-rows", PATCH("MAP", 0, 1, 3) },
    { "F8.2-url-sum", PATCH("URL", 0, -1, 1) },
    { "F8.2-dir-sum", PATCH("DIR", 0, -1, 1) },
    { "F8.2-page-root", PATCH("MAP", 0, -1, 1) },
    { "F8.3-key", ROW(FLIPPED, MAP, 5) },
    { "F8.3-offset", ROW(FLIPPED, MAP, 16) },
    { "F8.3-length", ROW(FLIPPED, MAP, 19) },
    { "F8.3-missing", ROW(DROPPED, MAP, 0) },
    { "F8.3-extra", ROW(ADDED, MAP, 0) },
    { "F8.3-removed", REDACTED, .twist = no_row_of_removed },
    { "F8.3-redaction", REDACTED, .twist = no_row_of_redaction },
    { "F8.3-key-change", REKEYED, .twist = row_of_key_change },
    { "F8.3-seal", .twist = row_of_seal },
    { "F8.4-key", ROW(FLIPPED, URL, 2) },
    { "F8.4-missing", ROW(DROPPED, URL, 0) },
    { "F8.4-extra", ROW(ADDED, URL, 0) },
    { "F8.4-removed", REDACTED, .twist = url_of_removed },
    { "F8.5-leaf", ROW(FLIPPED, DIR, 3) },
    { "F8.5-offset", ROW(FLIPPED, DIR, 11) },
    { "F8.5-length", ROW(FLIPPED, DIR, 15) },
    { "F8.5-day", ROW(FLIPPED, DIR, 23) },
    { "F8.5-missing", ROW(DROPPED, DIR, 0) },
    { "F8.6-top", .twist = top_map_root },
    { "F8.6-seal", PATCH("LEF", 0, 277, 1) },
    { "F8.7-gap", .twist = gap_wide },
    { "F8.7-length", .twist = length_wide },
    { "F8.7-url", .twist = url_leaf_wide },
    { "F8.7-limit", PATCH("MAP", 0, 5, 0x20) },
    { "F8.7-url-limit", PATCH("URL", 0, 2, 29) },
    { "F8.7-first-gap", .twist = first_gap },
    { "F8.7-filled", .twist = page_filled },
    { "F8.7-key", .twist = key_beyond },
    { "F8.7-url-key", .twist = url_key_beyond },
    { "F10.1-missing", .twist = no_tiles },
    { "F10.1-first", PATCH("TIL", 0, 7, 1) },
    { "F10.1-long", .twist = tiles_long },
    { "F10.1-slab", .twist = early_slab },
    { "F10.2-hash", PATCH("TIL", 0, 8, 1) },
    { "F10.2-last-hash", PATCH("TIL", 0, -1, 1) },

    { "redacted", .expect = "ok", REDACTED, .gone = "news/5", .note = true,
      .key = true },
    { "redacted-newest", .expect = "ok", .generations = 2, .note = true,
      .gone = "news/1", .twist = redact_newest },
    { "redacted-old", .expect = "ok", .generations = 2, .none = true,
      .note = true, .twist = redact_old },
    { "redacted-at-once", .expect = "ok", .removed = true, .gone = "news/5" },
    { "redacted-all", .expect = "ok", .none = true, .gone = "news/5",
      .removed = true },
    { .name = NULL },
};
