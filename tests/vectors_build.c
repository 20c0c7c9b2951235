/*
 * vectors_build.c - the twisting writer of vectors.
 */
#include "vectors.h"

#include "format/words.h"

#define ZDICT_STATIC_LINKING_ONLY
#include <zdict.h>

static void
twist(struct build *b, enum moment when, void *what)
{
    if (b->plan->twist != NULL)
        b->plan->twist(b, when, what);
}

/* ---- Frames -------------------------------------------------------------- */

uint8_t *
body_at(struct build *b, size_t start)
{
    return b->out.data + start + FRAME_HEAD_SIZE;
}

static size_t
body_len(const struct build *b, size_t start)
{
    return b->out.len - start - FRAME_HEAD_SIZE - FRAME_SUM_SIZE;
}

/* Length and sum of the last frame, after it was changed. */
void
seal_frame(struct build *b, size_t start)
{
    b->out.len -= FRAME_SUM_SIZE;
    MUST(frame_end(&b->out, start));
}

static unsigned
type_index(const char *type)
{
    static const char types[] = "SHF PAR GRP SLB MAP URL DIR "
                                "LEF TIL TOP END PAD REV";
    const char *at = strstr(types, type);

    MUST(at != NULL);
    return (unsigned)(at - types) / 4;
}

/* A sheaf frame has been added at `start`: patch it if it is the one. */
static void
written(struct build *b, size_t start)
{
    const struct flip *p = &b->plan->patch;
    char type[4] = { 0 };
    unsigned nth;

    memcpy(type, b->out.data + start + 8, 3);
    nth = b->seen[type_index(type)]++;
    if (p->type != NULL && strcmp(p->type, type) == 0 &&
        (p->nth == nth || (p->nth + 1 == nth && strcmp(type, "END") == 0))) {
        size_t len = body_len(b, start);
        size_t at = p->at >= 0 ? (size_t)p->at : len - (size_t)-p->at;

        MUST(at < len);
        body_at(b, start)[at] ^= p->flip;
        if (strcmp(type, "LEF") == 0 && at >= LEAF_SIZE &&
            body_at(b, start)[16] != LEAF_ARTICLE)
            hash_blake2b(body_at(b, start) + LEAF_SIZE, len - LEAF_SIZE,
                         body_at(b, start) + LEAF_SIZE - 32);
        seal_frame(b, start);
    }
    twist(b, AT_FRAME, &start);
}

void
add_frame(struct build *b, enum frame_type type, const void *body, size_t len)
{
    size_t start = b->out.len;

    MUST(frame_begin(&b->out, type));
    MUST(buf_add(&b->out, body, len));
    MUST(frame_end(&b->out, start));
}

/* ---- Articles ------------------------------------------------------------ */

static struct all_rows *
add_row(struct build *b, enum table_kind kind, uint8_t **row)
{
    struct all_rows *r = &b->all[kind];

    MUST(r->count < ARTICLES_MAX);
    *row = r->row[r->count++];
    return r;
}

/* A leaf for what may be no article: the ID is given, the rest is usual. */
static void
make_leaf(struct article *a, const char *id, struct sheaf_bytes line,
          struct sheaf_bytes body, struct sheaf_buf *quoted)
{
    uint8_t hash[32];

    memset(&a->meta, 0, sizeof a->meta);
    MUST(buf_add_str(quoted, "\"") && buf_add_str(quoted, id) &&
         buf_add_str(quoted, "\""));
    a->meta.id = buf_view(quoted);
    a->id = text_bytes(id);
    a->time = LEAF_TIME_NONE;
    hash_blake2b(id, strlen(id), hash);
    leaf_begin(&a->leaf, LEAF_ARTICLE, 1, a->time, NULL, hash);
    hash_blake2b(line.data, line.len, hash);
    leaf_part(&a->leaf, ROLE_META, 1, line.len, hash);
    hash_blake2b(body.data, body.len, hash);
    leaf_part(&a->leaf, ROLE_BODY, 1, body.len, hash);
    leaf_hash(&a->leaf, a->leaf_hash);
}

/* A row for a leaf whose frame begins at `offset` and is the last one. */
static void
add_map_row(struct build *b, bool redaction, const uint8_t *key,
            uint64_t offset)
{
    struct map_row map = { .leaf = b->ledger.top.size,
                           .redaction = redaction,
                           .offset = offset };
    uint8_t *row;

    map.length = (uint32_t)(b->out.len - offset);
    memcpy(map.key, key, TABLE_KEY_SIZE);
    add_row(b, TABLE_MAP, &row);
    map_row_encode(&map, row);
}

static void
begin_group(struct build *b, uint64_t offset)
{
    if (b->group.count != 0)
        return;
    group_begin(&b->group, offset, b->ledger.top.size);
    b->group.dict = b->dict_id;
    b->group.last_end = b->ledger.last_end;
}

/* Account for the article in b->article, whose frame begins at `offset`; for
 * the others in the same frame, `content_size` is 0. */
static void
place(struct build *b, uint64_t offset, uint64_t content_size)
{
    const struct article *a = &b->article;
    struct ledger *s = &b->ledger;
    uint8_t key[TABLE_KEY_SIZE];
    uint8_t *row;

    table_key(a->id, key);
    add_map_row(b, false, key, offset);
    if (a->meta.url.len >= 2) {
        struct sheaf_bytes inside = { a->meta.url.data + 1,
                                      a->meta.url.len - 2 };

        add_row(b, TABLE_URL, &row);
        table_url_key(inside, row);
        put_be(row + TABLE_KEY_SIZE, s->top.size, 5);
    }
    begin_group(b, offset);
    MUST(group_add(&b->group, content_size != 0 ? b->out.len - offset : 0,
                   content_size, a->time, &a->meta));
    ledger_leaf(s, a->leaf_hash);
    s->top.articles++;
    s->top.raw += content_size;
}

/* An article of this content, good or not; `id` is what it goes by. */
void
add_content(struct build *b, const char *id, struct sheaf_bytes content,
            const struct craft *craft)
{
    uint64_t offset = b->out.len;
    const uint8_t *lf = memchr(content.data, '\n', content.len);
    size_t line = lf != NULL ? (size_t)(lf - content.data) : content.len;
    size_t body = lf != NULL ? line + 1 : line;
    struct sheaf_buf quoted = { 0 };

    if (article_decode(&b->article, content, offset, NULL) != SHEAF_OK)
        make_leaf(&b->article, id, (struct sheaf_bytes){ content.data, line },
                  (struct sheaf_bytes){ content.data + body,
                                        content.len - body },
                  &quoted);
    store(b->instead.data != NULL ? b->instead : content, b->dict_id, craft,
          &b->out);
    b->instead.data = NULL;
    place(b, offset, craft != NULL && craft->size != 0 ? craft->size
                                                       : content.len);
    sheaf_buf_free(&quoted);
}

struct known *
find_known(struct build *b, struct sheaf_bytes id)
{
    uint8_t hash[32];

    hash_blake2b(id.data, id.len, hash);
    for (size_t i = 0; i < b->known_count; i++)
        if (memcmp(b->known[i].id_hash, hash, 32) == 0)
            return &b->known[i];
    MUST(b->known_count < ARTICLES_MAX);
    memcpy(b->known[b->known_count].id_hash, hash, 32);
    return &b->known[b->known_count++];
}

/* The content of a good article, or of its next revision. */
static void
compose(struct build *b, const char *id, const char *fields, const char *body,
        struct sheaf_buf *content)
{
    const struct known *k = find_known(b, text_bytes(id));
    char parts[128];

    snprintf(parts, sizeof parts,
             "[{\"role\":\"body\",\"size\":%zu,\"type\":\"text/plain\"}]",
             strlen(body));
    MUST_OK(meta_compose(text_bytes(fields), k->rev + 1,
                         k->rev != 0 ? k->leaf_hash : NULL, text_bytes(parts),
                         content, NULL));
    MUST(buf_add_str(content, "\n") && buf_add_str(content, body));
}

/* There is a revision more, with this leaf. */
static void
now_known(struct build *b, const char *id, const uint8_t hash[32])
{
    struct known *k = find_known(b, text_bytes(id));

    k->rev++;
    memcpy(k->leaf_hash, hash, 32);
}

void
add_article(struct build *b, const char *id, const char *fields,
            const char *body, const struct craft *craft)
{
    struct sheaf_buf content = { 0 };

    compose(b, id, fields, body, &content);
    add_content(b, id, buf_view(&content), craft);
    now_known(b, id, b->article.leaf_hash);
    sheaf_buf_free(&content);
}

void
add_block(struct build *b, const struct in_block *articles, size_t count,
          const struct craft *craft)
{
    uint64_t offset = b->out.len;
    struct sheaf_buf all = { 0 };
    size_t *ends = calloc(count + 1, sizeof *ends);

    MUST(ends != NULL);
    for (size_t i = 0; i < count; i++) {
        struct sheaf_buf one = { 0 };

        compose(b, articles[i].id, articles[i].fields, articles[i].body, &one);
        MUST_OK(article_decode(&b->article, buf_view(&one), offset, NULL));
        now_known(b, articles[i].id, b->article.leaf_hash);
        MUST(buf_add(&all, one.data, one.len));
        ends[i + 1] = all.len;
        sheaf_buf_free(&one);
    }
    b->content_size = all.len;
    store(buf_view(&all), b->dict_id, craft, &b->out);
    for (size_t i = 0; i < count; i++) {
        struct sheaf_bytes one = { all.data + ends[i], ends[i + 1] - ends[i] };

        MUST_OK(article_decode(&b->article, one, offset, NULL));
        place(b, offset, i == 0 ? all.len : 0);
    }
    sheaf_buf_free(&all);
    free(ends);
}

uint64_t
frame_offset(const struct build *b, size_t index)
{
    return get_be(b->all[TABLE_MAP].row[index] + 11, 6);
}

uint32_t
frame_length(const struct build *b, size_t index)
{
    return (uint32_t)get_be(b->all[TABLE_MAP].row[index] + 17, 3);
}

void
add_difference(struct build *b, const struct difference *d,
               const struct craft *craft)
{
    struct sheaf_buf content = { 0 }, frame = { 0 };
    size_t start = b->out.len, len;

    compose(b, d->id, d->fields, d->body, &content);
    len = content.len;
    if (d->more != NULL)
        MUST(buf_add_str(&content, d->more));
    /* It points into the content, which must not move from here on. */
    MUST_OK(article_decode(&b->article,
                           (struct sheaf_bytes){ content.data, len }, start,
                           NULL));
    store(buf_view(&content), 0, craft, &frame);
    if (d->trailing != NULL)
        MUST(buf_add_str(&frame, d->trailing));
    MUST(delta_encode(d->base, d->length, buf_view(&frame), &b->out));
    written(b, start);
    place(b, start, content.len);
    now_known(b, d->id, b->article.leaf_hash);
    sheaf_buf_free(&frame);
    sheaf_buf_free(&content);
}

/* ---- Removed articles and statements ------------------------------------- */

void
add_removed(struct build *b, const char *id, const char *fields,
            const char *body)
{
    struct gone *gone = &b->gone[b->gone_count];
    struct sheaf_buf content = { 0 };
    size_t start = b->out.len;

    MUST(b->gone_count++ < COUNT_OF(b->gone));
    compose(b, id, fields, body, &content);
    MUST_OK(article_decode(&b->article, buf_view(&content), start, NULL));
    MUST(leaf_encode_removed(&b->article.leaf, &b->out));
    written(b, start);
    gone->leaf = b->ledger.top.size;
    gone->rev = (uint32_t)get_be(body_at(b, start) + 20, 4);
    memcpy(gone->id_hash, body_at(b, start) + 64, 32);
    hash_leaf(body_at(b, start), body_len(b, start), gone->hash);
    now_known(b, id, gone->hash);
    add_map_row(b, false, gone->id_hash, start);
    begin_group(b, start);
    if (b->skip) /* as if it were there */
        MUST(group_add(&b->group, b->out.len - start, 0, LEAF_TIME_NONE,
                       &b->article.meta));
    else
        MUST(group_add_removed(&b->group, b->out.len - start));
    b->skip = false;
    ledger_leaf(&b->ledger, gone->hash);
    b->ledger.top.articles++;
    sheaf_buf_free(&content);
}

void
add_redaction(struct build *b, const struct gone *gone,
              struct sheaf_bytes reason)
{
    static const uint8_t domain[16] = "sheaf/redact/v1";
    struct sheaf_buf part = { 0 };
    size_t start = b->out.len;
    uint8_t hash[32];

    MUST(buf_add(&part, domain, sizeof domain) &&
         buf_add_be(&part, gone->leaf, 8) &&
         buf_add(&part, reason.data, reason.len));
    MUST(leaf_encode_statement(LEAF_REDACTION, gone->rev, TIME, gone->hash,
                               gone->id_hash, buf_view(&part), &b->out, hash));
    written(b, start);
    hash_leaf(body_at(b, start), LEAF_SIZE, hash);
    add_map_row(b, true, body_at(b, start) + 64, start);
    ledger_leaf(&b->ledger, hash);
    b->ledger.top.redactions++;
    sheaf_buf_free(&part);
}

void
add_key_part(struct build *b, const struct key_change *change,
             struct sheaf_bytes part)
{
    struct ledger *s = &b->ledger;
    size_t start = b->out.len;
    struct sheaf_bytes body;
    uint8_t hash[32];

    MUST(leaf_encode_statement(LEAF_KEY_CHANGE, s->top.key_count + 1, TIME,
                               s->top.key_count != 0 ? s->key_hash : NULL,
                               NULL, part, &b->out, hash));
    written(b, start);
    hash_leaf(body_at(b, start), LEAF_SIZE, hash);
    body.data = body_at(b, start);
    body.len = b->out.len - start - FRAME_HEAD_SIZE - FRAME_SUM_SIZE;
    MUST_OK(ledger_take_key_change(s, start, change, body, hash, NULL));
}

void
add_key_change(struct build *b, const char *old_seed, const char *new_seed,
               const char *origin)
{
    static const uint8_t head[26] = "sheaf/rekey/v1\0\0"
                                    "\1\1\0\x20\0\x20\0\x40\0\x40";
    struct sheaf_secret_key old_secret, new_secret;
    struct sheaf_public_key old_key, new_key;
    struct key_change change = { 0 };
    struct sheaf_buf part = { 0 };
    uint8_t sigs[2][64];
    size_t len;

    make_key(old_seed, &old_secret, &old_key);
    make_key(new_seed, &new_secret, &new_key);
    MUST(buf_add(&part, head, sizeof head) && buf_add(&part, new_key.id, 8) &&
         buf_add(&part, old_key.key, 32) && buf_add(&part, new_key.key, 32));
    len = part.len;
    MUST(buf_add_str(&part, origin));
    crypto_sign_detached(sigs[0], NULL, part.data, part.len, old_secret.key);
    crypto_sign_detached(sigs[1], NULL, part.data, part.len, new_secret.key);
    part.len = len;
    MUST(buf_add(&part, sigs, sizeof sigs));
    memcpy(change.new_key, new_key.key, 32);
    add_key_part(b, &change, buf_view(&part));
    sheaf_buf_free(&part);
}

static void
add_usual(struct build *b)
{
    const struct plan *p = b->plan;
    bool crafted = p->craft != NULL && p->line == NULL;

    if (p->none)
        return;
    if (p->single) {
        add_article(b, "news/1",
                    "{\"headline\":\"Harbour opens\",\"id\":\"news/1\","
                    "\"published\":\"2024-05-06\","
                    "\"url\":\"http://x.example/1\"}",
                    "It opened on Monday.\n", NULL);
        return;
    }
    if (b->ledger.top.generation > 1) {
        add_article(b, "news/3",
                    "{\"headline\":\"Ferry late\",\"id\":\"news/3\","
                    "\"published\":\"2024-05-09\","
                    "\"url\":\"http://x.example/3\"}",
                    "The ferry was late.\n", NULL);
        return;
    }
    add_article(b, "news/1",
                "{\"headline\":\"Harbour opens\",\"id\":\"news/1\","
                "\"published\":\"2024-05-06\",\"section\":\"local\"}",
                BODY, NULL);
    add_article(b, "news/2",
                "{\"headline\":\"Bridge shut\",\"id\":\"news/2\","
                "\"published\":\"2024-05-07T08:30:00Z\","
                "\"url\":\"http://x.example/2\"}",
                "The bridge is shut.\n", NULL);
    add_article(b, "news/1",
                "{\"headline\":\"Harbour open\",\"id\":\"news/1\","
                "\"published\":\"2024-05-06\",\"section\":\"local\","
                "\"updated\":\"2024-05-08T12:00:00+02:00\"}",
                BODY, crafted ? p->craft : NULL);
    if (p->line != NULL) {
        struct sheaf_buf content = { 0 };

        MUST(buf_add_str(&content, p->line));
        if (!p->no_line_feed)
            MUST(buf_add_str(&content, "\n"));
        MUST(buf_add_str(&content, p->body != NULL ? p->body : "A body.\n"));
        add_content(b, "news/9", buf_view(&content), p->craft);
        sheaf_buf_free(&content);
    }
}

/* ---- Groups and dictionaries --------------------------------------------- */

void
end_group(struct build *b)
{
    struct group *g = &b->group;
    struct sheaf_buf text = { 0 }, columns = { 0 };
    size_t start = b->out.len;
    struct dir_row dir;
    uint8_t *row;

    MUST(group_text(g, &text));
    twist(b, AT_COLUMNS, &text);
    store(buf_view(&text), b->dict_id, NULL, &columns);
    twist(b, AT_STORED, &columns);
    hash_check64(b->out.data + g->start, (size_t)(start - g->start),
                     g->frames);
    MUST(group_encode(g, buf_view(&columns), &b->out));
    written(b, start);
    dir = (struct dir_row){ g->first, start, (uint32_t)(b->out.len - start),
                            g->first_day, g->last_day };
    add_row(b, TABLE_DIR, &row);
    dir_row_encode(&dir, row);
    g->count = 0;
    sheaf_buf_free(&text);
    sheaf_buf_free(&columns);
    twist(b, AFTER_GROUP, NULL);
    if (b->par.len != 0) {
        start = b->out.len;
        b->ledger.top.dicts[b->ledger.top.dict_count - 1].par = start;
        if (!b->skip) {
            MUST(buf_add(&b->out, b->par.data, b->par.len));
            written(b, start);
        }
        b->par.len = 0;
        b->skip = false;
    }
}

/* A small dictionary in zstd's format. */
static void
make_dict(uint32_t id, struct sheaf_buf *out)
{
    static const char text[] =
        "The harbour has been open since Monday. The bridge is shut. The "
        "ferry was late. \"published\":\"2024-05-0 \"section\":\"local\" "
        "{\"headline\":\"Harbour open\",\"id\":\"news/\"parts\":[{\"role\":"
        "\"body\",\"size\": ,\"type\":\"text/plain\"}],";
    ZDICT_params_t params = { .compressionLevel = 3, .dictID = id };
    size_t sizes[4];
    size_t n;

    for (size_t i = 0; i < COUNT_OF(sizes); i++)
        sizes[i] = (sizeof text - 1) / COUNT_OF(sizes);
    MUST(buf_reserve(out, 4096));
    n = ZDICT_finalizeDictionary(out->data, 4096, text, sizeof text - 1, text,
                                 sizes, COUNT_OF(sizes), params);
    MUST(!ZDICT_isError(n));
    out->len = n;
}

/* Adds a small table of words and its trailer. */
static void
add_words(struct sheaf_buf *dict)
{
    static const char entries[] = "harbour\0, \0ferry\0the \xe6\xb8\xaf";
    uint8_t kinds[256] = { [1] = WORDS_ESCAPE, [2] = WORDS_CAPITAL,
                           [3] = WORDS_UPPER,  [0x80] = WORDS_ONE,
                           [0x81] = WORDS_ONE, [0xf0] = WORDS_TWO };
    uint8_t trailer[WORDS_TRAILER_SIZE];
    uint32_t len = sizeof kinds + sizeof entries;

    words_trailer(len + sizeof trailer, len, trailer);
    MUST(buf_add(dict, kinds, sizeof kinds) &&
         buf_add(dict, entries, sizeof entries) &&
         buf_add(dict, trailer, sizeof trailer));
}

/* A dictionary, whose ID is `id` unless it is twisted. */
void
add_dict(struct build *b, uint32_t id)
{
    struct sheaf_buf raw = { 0 }, payload = { 0 };
    struct top_dict d = { .offset = b->out.len };

    make_dict(id, &raw);
    if (b->plan->words)
        add_words(&raw);
    twist(b, AT_DICT, &raw);
    store(buf_view(&raw), 0, NULL, &payload);
    twist(b, AT_PAYLOAD, &payload);
    d.id = b->dict_id = get_le32(raw.data + 4);
    d.packed = (uint32_t)payload.len;
    d.raw = (uint32_t)raw.len;
    add_le(&b->out, 0x184d2a5d, 4);
    add_le(&b->out, payload.len, 4);
    MUST(buf_add(&b->out, payload.data, payload.len));
    MUST_OK(ledger_add_dict(&b->ledger, &d, NULL));
    MUST(parity_encode(d.offset, buf_view(&payload), buf_view(&raw), d.id,
                    &b->par));
    sheaf_buf_free(&raw);
    sheaf_buf_free(&payload);
    twist(b, AFTER_DICT, NULL);
}

/* ---- Tables, seal, tiles ------------------------------------------------- */

static uint64_t
leaf_of(enum table_kind kind, const uint8_t *row)
{
    bool redaction;

    return kind == TABLE_DIR   ? get_be(row, 6)
           : kind == TABLE_URL ? url_row_leaf(row)
                               : map_row_leaf(row, &redaction);
}

static int
compare_rows(const void *a, const void *b)
{
    return memcmp(a, b, TABLE_ROW_MAX);
}

static void
change_rows(const struct row_change *c, struct all_rows *r)
{
    uint8_t *last = r->row[r->count - 1];

    if (c->change == ROW_KEPT || c->kind != r->kind)
        return;
    if (c->change == ROW_FLIPPED) {
        last[c->at] ^= 1;
    } else if (c->change == ROW_DROPPED) {
        r->count--;
    } else {
        memcpy(r->row[r->count++], last, TABLE_ROW_MAX);
        if (c->change == ROW_ADDED) /* with the next key */
            put_be(last + TABLE_ROW_MAX,
                   get_be(last, 6) + (c->kind == TABLE_URL ? 1 << 20 : 1), 6);
    }
}

/* One block, whatever the rows and their order. */
static void
write_table(struct build *b, enum table_kind kind, uint64_t first,
            struct top_table *out)
{
    static struct all_rows chosen;
    const struct all_rows *all = &b->all[kind];
    const size_t width = table_width(kind);
    uint8_t roots[ARTICLES_MAX / TABLE_PAGE_ROWS + 1][32];
    uint8_t rows[ARTICLES_MAX * TABLE_ROW_MAX];
    size_t start = b->out.len;
    size_t pages = 0;
    struct table_block *block;

    memset(&chosen, 0, sizeof chosen);
    chosen.kind = kind;
    for (size_t i = 0; i < all->count; i++)
        if (leaf_of(kind, all->row[i]) >= first)
            memcpy(chosen.row[chosen.count++], all->row[i], TABLE_ROW_MAX);
    qsort(chosen.row, chosen.count, TABLE_ROW_MAX, compare_rows);
    change_rows(&b->plan->row, &chosen);
    twist(b, AT_ROWS, &chosen);
    *out = (struct top_table){ chosen.count != 0 ? start : 0, chosen.count,
                               mem_new(1, sizeof *out->blocks) };
    MUST((block = out->blocks) != NULL);
    if (chosen.count == 0)
        return;
    for (size_t i = 0; i < chosen.count; i++)
        memcpy(rows + i * width, chosen.row[i], width);
    memcpy(block->key, rows, TABLE_KEY_SIZE);
    block->widths = table_widths_of(kind, rows, chosen.count);
    twist(b, AT_WIDTHS, &(struct made_block){ kind, &block->widths });
    MUST(frame_begin(&b->out, table_type(kind)));
    if (kind != TABLE_DIR)
        MUST(buf_add_be(&b->out, chosen.count, 2) &&
             buf_add(&b->out, block->widths.bits, table_head_bytes(kind) - 2));
    for (size_t i = 0; i < chosen.count; i += TABLE_PAGE_ROWS, pages++) {
        size_t n = (size_t)min_u64(chosen.count - i, TABLE_PAGE_ROWS);

        MUST(table_pack(kind, &block->widths, rows + i * width, n, &b->out));
        table_page_root(rows + i * width, n, roots[pages]);
    }
    if (kind == TABLE_MAP) {
        MUST(buf_add(&b->out, roots, pages * 32));
        merkle_root(roots[0], pages, block->root);
    }
    MUST(frame_end(&b->out, start));
    written(b, start);
}

static void
write_run(struct build *b)
{
    struct top *t = &b->ledger.top;
    unsigned merged;
    struct top_run *run =
        b->plan->runs == RUNS_BY_ADVICE
            ? ledger_run(&b->ledger, &merged)
            : ledger_run_from(&b->ledger,
                              b->plan->runs == RUNS_OF_ALL
                                  ? 0
                                  : b->ledger.gen_first,
                              &merged);
    struct top_run made = { .first = run->first, .end = run->end };

    for (unsigned kind = 0; kind < TABLE_KINDS; kind++)
        write_table(b, kind, run->first, &made.tables[kind]);
    table_map_root(&made.tables[TABLE_MAP], made.root);
    for (unsigned i = 0; i <= merged; i++)
        top_run_free(&run[i]);
    t->runs[t->run_count - 1] = made;
}

/* The seal's leaf hash is that of the record as it was written. */
static void
write_seal(struct build *b)
{
    struct ledger *s = &b->ledger;
    size_t start = b->out.len;
    uint8_t *last;

    MUST_OK(ledger_seal(s, start, TIME, &b->out, NULL));
    written(b, start);
    last = s->slab + ((size_t)s->slab_fill - 1) * 32;
    hash_leaf(body_at(b, start), LEAF_SIZE, last);
    memcpy(s->seal_hash, last, 32);
}

static void
write_tiles(struct build *b)
{
    size_t start = b->out.len;

    MUST_OK(ledger_tiles(&b->ledger, start, &b->out, NULL));
    if (b->skip) {
        b->out.len = start;
        b->ledger.top.tiles[0].offset = HEAD_SIZE;
    } else if (b->out.len != start) {
        written(b, start);
    }
    b->skip = false;
}

/* ---- Top and end --------------------------------------------------------- */

void
make_key(const char *seed, struct sheaf_secret_key *secret,
         struct sheaf_public_key *pub)
{
    uint8_t hash[32];

    hash_blake2b(seed, strlen(seed), hash);
    memcpy(pub->id, "vectors", 8);
    memcpy(secret->id, pub->id, 8);
    MUST(crypto_sign_seed_keypair(pub->key, secret->key, hash) == 0);
}

/* `text` with `from`, where it first stands, replaced by `to`. */
static void
replace_text(struct sheaf_buf *text, const char *from, const char *to)
{
    struct sheaf_buf out = { 0 };
    uint8_t *at;
    size_t before;

    if (from == NULL)
        return;
    at = memmem(text->data, text->len, from, strlen(from));
    MUST(at != NULL);
    before = (size_t)(at - text->data);
    MUST(buf_add(&out, text->data, before) && buf_add_str(&out, to) &&
         buf_add(&out, at + strlen(from), text->len - before - strlen(from)));
    sheaf_buf_free(text);
    *text = out;
}

/* A note as F9 wants it, signed by `seed`, but for what the plan replaces. */
void
make_note(const struct plan *p, const char *seed, const struct top *t,
          struct sheaf_buf *out)
{
    struct checkpoint c = { .size = t->size };
    char text[CHECKPOINT_TEXT_SIZE];
    char base64[BASE64_SIZE(4 + 64)];
    struct sheaf_buf head = { 0 };
    struct sheaf_secret_key secret;
    struct sheaf_public_key pub;
    uint8_t sig[4 + 64];
    size_t len;

    make_key(seed, &secret, &pub);
    memcpy(c.origin, t->origin.data, t->origin.len);
    memcpy(c.root, t->root, 32);
    MUST_OK(checkpoint_text(&c, text, &len, NULL));
    MUST(buf_add(&head, text, len));
    replace_text(&head, p->from, p->to);
    note_key_id(c.origin, pub.key, sig);
    MUST(crypto_sign_detached(sig + 4, NULL, head.data, head.len,
                              secret.key) == 0);
    base64_encode(sig, sizeof sig, base64);
    out->len = 0;
    MUST(buf_add(out, head.data, head.len) &&
         buf_add_str(out, "\n\xe2\x80\x94 ") && buf_add_str(out, c.origin) &&
         buf_add_str(out, " ") && buf_add_str(out, base64) &&
         buf_add_str(out, "\n"));
    replace_text(out, p->sig_from, p->sig_to);
    sheaf_buf_free(&head);
}

static void
write_top(struct build *b, const struct top *t)
{
    const struct top *base = t->base != 0 ? &b->ledger.base : NULL;
    size_t start = b->out.len;

    MUST(frame_begin(&b->out, FRAME_TOP) && top_encode(t, base, &b->out) &&
         frame_end(&b->out, start));
    written(b, start);
}

static void
write_end(struct build *b, const struct end *e)
{
    size_t start = b->out.len;

    MUST(end_encode(e, &b->out));
    written(b, start);
}

/* TOP END [PAD] TOP END. What END states is taken from the top as written. */
static void
write_copies(struct build *b, const struct top *t)
{
    struct ledger *s = &b->ledger;
    struct end e = { .top = b->out.len, .start = s->gen_start,
                     .prev = s->last_end };
    struct sheaf_buf copy = { 0 };
    size_t start;
    bool pad;

    write_top(b, t);
    e.top_length = (uint32_t)(b->out.len - e.top);
    hash_blake2b(b->out.data + e.top, e.top_length, e.top_hash);
    e.size = get_be(body_at(b, (size_t)e.top) + 12, 8);
    memcpy(e.root, t->root, 32);
    memcpy(e.prev_hash, s->last_hash, 32);
    e.must = b->plan->must ^
             (b->plan->words && !b->plan->no_flag ? HEAD_WORDS : 0);
    e.may = b->plan->may;
    MUST(buf_add(&copy, b->out.data + e.top, e.top_length));
    e.offset = b->out.len;
    e.end = e.offset + 2 * END_SIZE + e.top_length;
    pad = e.offset + END_SIZE - s->gen_start >= 32768 || e.top_length >= 1024;
    e.end += pad ? PAD_SIZE : 0;
    write_end(b, &e);
    if (pad)
        MUST(frame_pad(&b->out));
    twist(b, AFTER_END, NULL);
    e.top = start = b->out.len;
    MUST(buf_add(&b->out, copy.data, copy.len));
    twist(b, AT_SECOND_TOP, &start);
    e.offset = b->out.len;
    write_end(b, &e);
    s->last_end = e.offset;
    hash_blake2b(b->out.data + e.offset, END_SIZE, s->last_hash);
    sheaf_buf_free(&copy);
}

static void
end_generation(struct build *b)
{
    struct ledger *s = &b->ledger;
    struct top t;

    ledger_close(s);
    if (s->top.origin.len == 0)
        MUST(buf_add_str(&s->top.origin, ORIGIN));
    if (b->plan->note)
        make_note(b->plan, s->top.key_count % 2 == 0 ? SEED : OTHER_SEED,
                  &s->top, &s->top.note);
    twist(b, AT_NOTE, &s->top);
    s->top.zstd = 10500;
    s->top.level = 3;
    /* A twist may change a copy that is not even possible, so the copy is
     * made by hand; its arrays are the state's and stay as they are. */
    t = s->top;
    memset(&t.origin, 0, sizeof t.origin);
    MUST(buf_add(&t.origin, s->top.origin.data, s->top.origin.len));
    if (b->plan->base)
        MUST_OK(ledger_choose_base(s, b->out.len, NULL));
    t.base = s->top.base;
    t.base_length = s->top.base_length;
    twist(b, AT_TOP, &t);
    write_copies(b, &t);
    if (b->plan->base && s->top.base == 0) {
        struct end e;
        const uint8_t *end = b->out.data + s->last_end;

        MUST_OK(end_decode(end, s->last_end, &e, NULL));
        MUST_OK(ledger_set_base(s, &s->top, e.top, e.top_length, NULL));
        s->base_apart = true; /* it need not be, for a reader */
    }
    sheaf_buf_free(&t.origin);
}

/* ---- All of it ----------------------------------------------------------- */

void
build(struct build *b, const struct plan *plan)
{
    memset(b, 0, sizeof *b);
    b->plan = plan;
    MUST_OK(ledger_init(&b->ledger, NULL));
    MUST(frame_head(&b->out,
                    plan->words && !plan->no_flag ? HEAD_WORDS : 0));
    written(b, 0);
    for (unsigned g = 0; g < (plan->generations != 0 ? plan->generations : 1);
         g++) {
        ledger_begin(&b->ledger, b->out.len);
        twist(b, AT_START, NULL);
        if (plan->dict && g == 0)
            add_dict(b, DICT_ID);
        add_usual(b);
        if (plan->removed && g == 0)
            add_removed(b, "news/5",
                        "{\"headline\":\"A name\",\"id\":\"news/5\","
                        "\"published\":\"2024-05-01\","
                        "\"url\":\"http://x.example/5\"}",
                        "Somebody was named here.\n");
        twist(b, AT_ARTICLES, NULL);
        if (b->group.count != 0)
            end_group(b);
        twist(b, AT_STATEMENTS, NULL);
        if (plan->removed && !plan->unnamed && last_generation(b))
            add_redaction(b, &b->gone[0], text_bytes("It named a child."));
        if (plan->rekey && last_generation(b))
            add_key_change(b, SEED, OTHER_SEED, ORIGIN);
        twist(b, BEFORE_TABLES, NULL);
        write_run(b);
        twist(b, BEFORE_SEAL, NULL);
        write_seal(b);
        twist(b, BEFORE_TILES, NULL);
        write_tiles(b);
        end_generation(b);
    }
    twist(b, AT_LAST, NULL);
}

void
build_free(struct build *b)
{
    sheaf_buf_free(&b->out);
    sheaf_buf_free(&b->par);
    ledger_free(&b->ledger);
    group_free(&b->group);
    article_free(&b->article);
}

/* ---- For twists ---------------------------------------------------------- */

bool
last_generation(const struct build *b)
{
    return b->plan->generations <= b->ledger.top.generation;
}

size_t
group_at(const struct build *b)
{
    return (size_t)get_be(b->all[TABLE_DIR].row[0] + 6, 6);
}

size_t
frame_len(const struct build *b, size_t start)
{
    return (size_t)get_le32(b->out.data + start + 4) + 8;
}

bool
frame_is(const struct build *b, size_t start, const char *type)
{
    return memcmp(b->out.data + start + 8, type, 3) == 0;
}

void
seal_again(struct build *b, size_t start)
{
    size_t len = frame_len(b, start) - FRAME_SUM_SIZE;

    hash_check64(b->out.data + start, len, b->out.data + start + len);
}

void
lengthen(struct build *b, enum moment when, const size_t *start,
         const char *type, size_t by)
{
    if (when != AT_FRAME || !frame_is(b, *start, type))
        return;
    b->out.len -= FRAME_SUM_SIZE;
    for (size_t i = 0; i < by; i++)
        MUST(buf_add(&b->out, "", 1));
    MUST(frame_end(&b->out, *start));
}

void
add_optional(struct build *b, const char *type, uint8_t version,
             const char *text)
{
    size_t start = b->out.len;

    add_frame(b, FRAME_PAD, text, strlen(text));
    memcpy(b->out.data + start + 8, type, 3);
    b->out.data[start + 11] = version;
    seal_again(b, start);
}
