/*
 * text.c - proofs as text: parsed and written (proofs.md, F15).
 */
#include "proof/proof.h"

#include "base/base64.h"
#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/number.h"
#include "format/table.h"
#include "log/merkle.h"

#define FIRST_ONE "c2sp.org/tlog-proof@v1"
#define FIRST_MANY "sheaf-proof/v1"

struct sheaf_bytes
proof_key(const struct proof *p, size_t at)
{
    struct sheaf_bytes rest = { p->keys.data + at, p->keys.len - at };

    rest.len = key_change_length(rest);
    return rest;
}

void
proof_free(struct proof *p)
{
    sheaf_buf_free(&p->bytes);
    mem_free(p->numbers);
    mem_free(p->records);
    mem_free(p->rows);
    memset(p, 0, sizeof *p);
}

/* ---- Lines --------------------------------------------------------------- */

/* The lines before the note, as they are read. */
struct lines {
    struct cursor left;
    struct sheaf_bytes line; /* the current line, without its line feed */
    size_t number;           /* from 1 */
    const char *clause;
    struct proof *proof;
};

static int
malformed(const struct lines *l, struct sheaf_error *err, const char *what)
{
    return fail_corrupt(err, NO_OFFSET, l->clause, "line %zu of the proof %s",
                        l->number, what);
}

/* Takes the next line. False at the end; a line must end in a line feed. */
static bool
next_line(struct lines *l)
{
    size_t len;
    const uint8_t *line = cursor_line(&l->left, &len);

    l->number++;
    if (line == NULL)
        return false;
    l->line = sheaf_view(line, len);
    return true;
}

static bool
line_is(const struct lines *l, const char *text)
{
    return bytes_is(l->line, text);
}

/* Takes `word` and a space from the start of the line, if they are there. */
static bool
take_word(struct lines *l, const char *word)
{
    size_t len = strlen(word);

    if (l->line.len <= len || memcmp(l->line.data, word, len) != 0 ||
        l->line.data[len] != ' ')
        return false;
    l->line.data += len + 1;
    l->line.len -= len + 1;
    return true;
}

/* Takes everything up to the next space, which is taken too, or to the end. */
static struct sheaf_bytes
take_field(struct lines *l, bool *more)
{
    struct sheaf_bytes field = l->line;
    const uint8_t *space = field.len != 0
                               ? memchr(field.data, ' ', field.len)
                               : NULL;

    *more = space != NULL;
    if (space != NULL)
        field.len = (size_t)(space - field.data);
    l->line.data += field.len + (space != NULL);
    l->line.len -= field.len + (space != NULL);
    return field;
}

/* Decodes base64 after what was decoded before. There is room for the whole
 * text. */
static bool
take_base64(struct lines *l, struct sheaf_bytes text, struct sheaf_bytes *out)
{
    struct sheaf_buf *b = &l->proof->bytes;
    size_t len;

    if (!base64_decode(text.data, text.len, b->data + b->len,
                       b->cap - b->len, &len))
        return false;
    out->data = b->data + b->len;
    out->len = len;
    b->len += len;
    return true;
}

/* Reads lines of one hash each, up to an empty line. */
static int
take_hashes(struct lines *l, size_t max, struct sheaf_error *err)
{
    struct proof *p = l->proof;
    struct sheaf_bytes hash;
    size_t count = 0;

    p->path.data = p->bytes.data + p->bytes.len;
    while (l->line.len != 0) {
        if (count++ == max)
            return malformed(l, err, "is one hash too many");
        if (!take_base64(l, l->line, &hash) || hash.len != HASH_BYTES)
            return malformed(l, err, "is not a hash");
        p->path.len += HASH_BYTES;
        if (!next_line(l))
            return malformed(l, err, "is missing");
    }
    return SHEAF_OK;
}

static int
add_leaf(struct proof *p, size_t max, uint64_t number,
         struct sheaf_bytes record, struct sheaf_error *err)
{
    if (p->numbers == NULL) {
        p->numbers = mem_new(max, sizeof *p->numbers);
        p->records = mem_new(max, sizeof *p->records);
    }
    if (p->numbers == NULL || p->records == NULL)
        return fail_nomem(err);
    p->numbers[p->leaf_count] = number;
    p->records[p->leaf_count++] = record;
    return SHEAF_OK;
}

/* ---- Parsing ------------------------------------------------------------- */

static int
parse_one(struct lines *l, struct sheaf_error *err)
{
    struct sheaf_bytes record = { l->proof->bytes.data, 0 };
    uint64_t index;
    int rc;

    if (next_line(l) && take_word(l, "extra")) {
        if (!take_base64(l, l->line, &record))
            return malformed(l, err, "is not base64");
        (void)next_line(l);
    }
    if (!take_word(l, "index") || !number_parse(l->line, INT64_MAX, &index))
        return malformed(l, err, "is not the index");
    if (!next_line(l))
        return malformed(l, err, "is missing");
    rc = take_hashes(l, MERKLE_PATH_MAX, err);
    return rc == SHEAF_OK ? add_leaf(l->proof, 1, index, record, err) : rc;
}

static int
parse_consistency(struct lines *l, struct sheaf_error *err)
{
    if (!number_parse(l->line, INT64_MAX, &l->proof->old_size))
        return malformed(l, err, "is not the old size");
    if (!next_line(l))
        return malformed(l, err, "is missing");
    return take_hashes(l, PROOF_STEPS_MAX, err);
}

static int
parse_keys(struct lines *l, struct sheaf_error *err)
{
    struct sheaf_bytes key;

    l->proof->keys.data = l->proof->bytes.data + l->proof->bytes.len;
    while (take_word(l, "key")) {
        if (!take_base64(l, l->line, &key) || key.len == 0 ||
            key_change_length(key) != key.len)
            return malformed(l, err, "is not a key change");
        l->proof->keys.len += key.len;
        if (!next_line(l))
            return malformed(l, err, "is missing");
    }
    return SHEAF_OK;
}

/* Counts the lines that begin with these five characters, to allocate for
 * them. */
static size_t
count_lines(struct sheaf_bytes text, const char *word)
{
    const uint8_t *at = text.data;
    const uint8_t *end = text.data + text.len;
    size_t count = 0;

    while (at != NULL && end - at >= 5) {
        count += memcmp(at, word, 5) == 0;
        at = memchr(at, '\n', (size_t)(end - at));
        if (at != NULL)
            at++;
    }
    return count;
}

static int
parse_leaves(struct lines *l, size_t max, struct sheaf_error *err)
{
    struct proof *p = l->proof;
    struct sheaf_bytes record;
    uint64_t number;
    bool more;
    int rc;

    while (take_word(l, "leaf")) {
        if (!number_parse(take_field(l, &more), INT64_MAX, &number) || !more ||
            !take_base64(l, l->line, &record) || record.len == 0)
            return malformed(l, err, "is not a leaf");
        if (p->leaf_count != 0 && p->numbers[p->leaf_count - 1] >= number)
            return malformed(l, err, "has a leaf out of order");
        rc = add_leaf(p, max, number, record, err);
        if (rc != SHEAF_OK)
            return rc;
        if (!next_line(l))
            return malformed(l, err, "is missing");
    }
    return p->leaf_count != 0 ? SHEAF_OK : malformed(l, err, "is not a leaf");
}

/* Whether these rows of a run come after those of the line before. */
static bool
rows_follow(const struct proof *p, const struct proof_rows *r)
{
    const struct proof_rows *before;

    if (p->rows_count == 0)
        return true;
    before = &p->rows[p->rows_count - 1];
    return before->run < r->run ||
           (before->run == r->run && before->first < r->first &&
            before->rows.len / TABLE_ENTRY_SIZE < r->first - before->first);
}

static int
parse_rows(struct lines *l, size_t max, struct sheaf_error *err)
{
    struct proof *p = l->proof;

    while (take_word(l, "rows")) {
        struct proof_rows r;
        uint64_t run;
        bool more[3];

        if (!number_parse(take_field(l, &more[0]), INT64_MAX, &run) ||
            run >= SEAL_RUNS_MAX ||
            !number_parse(take_field(l, &more[1]), INT64_MAX, &r.first) ||
            !take_base64(l, take_field(l, &more[2]), &r.rows) ||
            r.rows.len == 0 || r.rows.len % TABLE_ENTRY_SIZE != 0 ||
            !more[2] || !take_base64(l, l->line, &r.path) ||
            r.path.len % HASH_BYTES != 0)
            return malformed(l, err, "has no rows");
        r.run = (unsigned)run;
        if (p->seal.len == 0 || !rows_follow(p, &r))
            return malformed(l, err, "has rows out of place");
        if (p->rows == NULL)
            p->rows = mem_new(max, sizeof *p->rows);
        if (p->rows == NULL)
            return fail_nomem(err);
        p->rows[p->rows_count++] = r;
        if (!next_line(l))
            return malformed(l, err, "is missing");
    }
    return SHEAF_OK;
}

static int
parse_many(struct lines *l, struct sheaf_bytes text, struct sheaf_error *err)
{
    struct proof *p = l->proof;
    int rc;

    if (!next_line(l))
        return malformed(l, err, "is missing");
    rc = parse_keys(l, err);
    if (rc == SHEAF_OK)
        rc = parse_leaves(l, count_lines(text, "leaf "), err);
    if (rc != SHEAF_OK)
        return rc;
    if (take_word(l, "seal")) {
        if (!take_base64(l, l->line, &p->seal) || p->seal.len == 0)
            return malformed(l, err, "is not a seal");
        if (!next_line(l))
            return malformed(l, err, "is missing");
    }
    rc = parse_rows(l, count_lines(text, "rows "), err);
    if (rc != SHEAF_OK)
        return rc;
    if (!take_word(l, "path"))
        return malformed(l, err, "is not the path");
    if (!take_base64(l, l->line, &p->path) || p->path.len % HASH_BYTES != 0)
        return malformed(l, err, "is not the path");
    if (!next_line(l) || l->line.len != 0)
        return malformed(l, err, "is not empty");
    return SHEAF_OK;
}

/* Checks what depends on the note's size. */
static int
check_sizes(const struct proof *p, const struct lines *l,
            struct sheaf_error *err)
{
    uint64_t size = p->note.checkpoint.size;
    size_t hashes = p->path.len / HASH_BYTES;
    uint64_t last = p->leaf_count != 0 ? p->numbers[p->leaf_count - 1] : 0;

    if (p->kind == PROOF_CONSISTENCY) {
        if (p->old_size > size ||
            hashes != (p->old_size == 0 ? 0 : merkle_consistency_length(
                                                  p->old_size, size)))
            return fail_corrupt(
                err, NO_OFFSET, l->clause,
                "from %llu to %llu leaves needs another number of hashes",
                (unsigned long long)p->old_size, (unsigned long long)size);
        return SHEAF_OK;
    }
    if (last >= size)
        return fail_corrupt(err, NO_OFFSET, l->clause,
                            "leaf %llu is past the checkpoint of %llu leaves",
                            (unsigned long long)last,
                            (unsigned long long)size);
    if (hashes != (p->kind == PROOF_ONE
                       ? merkle_inclusion_length(last, size)
                       : merkle_set_length(p->numbers, p->leaf_count, size)))
        return fail_corrupt(err, NO_OFFSET, l->clause,
                            "the path has another length");
    if (p->seal.len != 0 && last != size - 1)
        return fail_corrupt(err, NO_OFFSET, l->clause,
                            "the seal is not the last leaf");
    return SHEAF_OK;
}

static int
parse_lines(struct lines *l, struct sheaf_bytes text, struct sheaf_error *err)
{
    struct proof *p = l->proof;
    size_t before;
    int rc;

    (void)next_line(l);
    if (line_is(l, FIRST_ONE)) {
        p->kind = PROOF_ONE;
        rc = parse_one(l, err);
    } else if (line_is(l, FIRST_MANY)) {
        p->kind = PROOF_MANY;
        l->clause = "F15.5";
        rc = parse_many(l, text, err);
    } else if (take_word(l, "old")) {
        p->kind = PROOF_CONSISTENCY;
        l->clause = "F15.8";
        rc = parse_consistency(l, err);
    } else {
        return malformed(l, err, "is not that of a proof");
    }
    if (rc != SHEAF_OK)
        return rc;
    before = (size_t)(l->left.at - text.data);
    if (p->kind == PROOF_ONE && before > PROOF_ONE_MAX)
        return fail_corrupt(err, NO_OFFSET, "F15.1",
                            "the proof is longer than %d bytes",
                            PROOF_ONE_MAX);
    p->note_text.data = l->left.at;
    p->note_text.len = text.len - before;
    rc = note_parse(p->note_text, &p->note, err);
    return rc == SHEAF_OK ? check_sizes(p, l, err) : rc;
}

int
proof_parse(struct sheaf_bytes text, struct proof *out,
            struct sheaf_error *err)
{
    struct proof p = { .kind = PROOF_ONE };
    struct lines l = { .left = cursor_over(text.data, text.len),
                       .line = { text.data, 0 }, .clause = "F15.1",
                       .proof = &p };
    int rc;

    if (text.len > PROOF_MAX)
        return fail_corrupt(err, NO_OFFSET, "F15.5",
                            "the proof is longer than 16 MiB");
    if (!buf_reserve(&p.bytes, text.len + 1))
        return fail_nomem(err);
    rc = parse_lines(&l, text, err);
    if (rc != SHEAF_OK)
        proof_free(&p);
    else
        *out = p;
    return rc;
}

/* ---- Writing ------------------------------------------------------------- */

static bool
add_base64(struct sheaf_buf *out, struct sheaf_bytes bytes)
{
    size_t len = BASE64_LEN(bytes.len);

    if (!buf_reserve(out, out->len + len + 1))
        return false;
    base64_encode(bytes.data, bytes.len, (char *)out->data + out->len);
    out->len += len;
    return true;
}

/* "WORD BASE64" and a line feed. */
static bool
add_line(struct sheaf_buf *out, const char *word, struct sheaf_bytes bytes)
{
    return buf_add_str(out, word) && add_base64(out, bytes) &&
           buf_add_str(out, "\n");
}

static bool
add_number(struct sheaf_buf *out, const char *word, uint64_t number)
{
    return buf_add_str(out, word) && buf_add_u64_text(out, number);
}

/* Appends a line for each hash, an empty line, and the note. */
static bool
add_rest(struct sheaf_buf *out, struct sheaf_bytes path,
         struct sheaf_bytes note)
{
    bool good = true;

    for (size_t i = 0; good && i < path.len; i += HASH_BYTES) {
        struct sheaf_bytes hash = { path.data + i, HASH_BYTES };

        good = add_line(out, "", hash);
    }
    return good && buf_add_str(out, "\n") &&
           buf_add(out, note.data, note.len);
}

/* Replaces the content of `out` by what was written, unless writing failed. */
static int
finish(bool good, struct sheaf_buf *text, size_t note_len, size_t max,
       struct sheaf_buf *out, struct sheaf_error *err)
{
    if (good && text->len - note_len <= max && text->len <= PROOF_MAX) {
        sheaf_buf_free(out);
        *out = *text;
        return SHEAF_OK;
    }
    sheaf_buf_free(text);
    if (!good)
        return fail_nomem(err);
    return fail(err, SHEAF_ELIMIT, "a proof of this would be too long");
}

int
proof_write_one(struct sheaf_bytes record, struct sheaf_bytes keys,
                uint64_t index, struct sheaf_bytes path,
                struct sheaf_bytes note, struct sheaf_buf *out,
                struct sheaf_error *err)
{
    struct sheaf_buf extra = { 0 };
    struct sheaf_buf text = { 0 };
    bool good = buf_add(&extra, record.data, record.len) &&
                (keys.len == 0 || buf_add(&extra, keys.data, keys.len)) &&
                buf_add_str(&text, FIRST_ONE "\n") &&
                add_line(&text, "extra ", buf_view(&extra)) &&
                add_number(&text, "index ", index) &&
                buf_add_str(&text, "\n") && add_rest(&text, path, note);

    sheaf_buf_free(&extra);
    return finish(good, &text, note.len, PROOF_ONE_MAX, out, err);
}

int
proof_write_many(const struct proof *p, struct sheaf_buf *out,
                 struct sheaf_error *err)
{
    struct sheaf_buf text = { 0 };
    bool good = buf_add_str(&text, FIRST_MANY "\n");

    for (size_t i = 0; good && i < p->keys.len;) {
        struct sheaf_bytes key = proof_key(p, i);

        good = add_line(&text, "key ", key);
        i += key.len;
    }
    for (size_t i = 0; good && i < p->leaf_count; i++)
        good = add_number(&text, "leaf ", p->numbers[i]) &&
               add_line(&text, " ", p->records[i]);
    if (good && p->seal.len != 0)
        good = add_line(&text, "seal ", p->seal);
    for (size_t i = 0; good && i < p->rows_count; i++) {
        const struct proof_rows *r = &p->rows[i];

        good = add_number(&text, "rows ", r->run) &&
               add_number(&text, " ", r->first) && buf_add_str(&text, " ") &&
               add_base64(&text, r->rows) && add_line(&text, " ", r->path);
    }
    good = good && add_line(&text, "path ", p->path) &&
           buf_add_str(&text, "\n") &&
           buf_add(&text, p->note_text.data, p->note_text.len);
    return finish(good, &text, p->note_text.len, PROOF_MAX, out, err);
}

int
proof_write_consistency(uint64_t old_size, struct sheaf_bytes path,
                        struct sheaf_bytes note, struct sheaf_buf *out,
                        struct sheaf_error *err)
{
    struct sheaf_buf text = { 0 };
    bool good = add_number(&text, "old ", old_size) &&
                buf_add_str(&text, "\n") && add_rest(&text, path, note);

    return finish(good, &text, note.len, PROOF_MAX, out, err);
}
