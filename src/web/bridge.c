/*
 * bridge.c - what the page calls: the library, with JSON for answers.
 *
 * A question whose bytes are not there yet fails. The page then fetches what
 * was asked for and asks again, so a question changes nothing that an answer
 * depends on. Answers are in `out` until the next question.
 */
#include "web/bridge.h"

#include "base/buf.h"
#include "base/cursor.h"
#include "base/date.h"
#include "base/err.h"
#include "base/hex.h"
#include "base/json.h"
#include "base/mem.h"

/* Less than the module's memory, which holds both. */
#define ARTICLE_MAX ((uint64_t)96 << 20)
#define CACHE_MAX ((uint64_t)96 << 20)

struct web web;

static struct {
    struct sheaf_buf out;
    struct sheaf_article article; /* the last one that was read */
    bool have_article;
    struct sheaf_public_key key;
    bool have_key;
    struct sheaf_buf log; /* whose the key is, if it says so */
    struct sheaf_error why;
} state;

/* ---- Sources ------------------------------------------------------------- */

static uint64_t
source_size(void *ctx)
{
    return ((const struct web *)ctx)->size;
}

static int
source_read(void *ctx, uint64_t offset, void *buf, size_t len)
{
    (void)ctx;
    return page_read(offset, buf, len);
}

static void
source_close(void *ctx)
{
    (void)ctx;
}

static void
source_expect(void *ctx, const struct sheaf_range *ranges, size_t count)
{
    const struct web *w = ctx;

    for (size_t i = 0; i < count && !w->quiet; i++)
        page_expect(ranges[i].offset, ranges[i].len);
}

static const struct sheaf_source_ops near_ops = { source_size, source_read,
                                                  source_close, NULL };
static const struct sheaf_source_ops far_ops = { source_size, source_read,
                                                 source_close, source_expect };

/* ---- Answers ------------------------------------------------------------- */

struct sheaf_buf *
web_begin(void)
{
    state.out.len = 0;
    web.err = (struct sheaf_error){ .offset = NO_OFFSET };
    return &state.out;
}

/* A failure to add to `out` is one of memory. */
int
web_end(bool good)
{
    return good ? SHEAF_OK : fail_nomem(&web.err);
}

bool
web_add_hex(struct sheaf_buf *out, const void *bytes, size_t len)
{
    if (!buf_reserve(out, out->len + 2 * len))
        return false;
    hex_print(bytes, len, (char *)out->data + out->len);
    out->len += 2 * len;
    return true;
}

/* A text that may not be UTF-8, in quotes. */
bool
web_add_text(struct sheaf_buf *out, struct sheaf_bytes text)
{
    if (!utf8_valid(text))
        return buf_add_str(out, "\"\"");
    return json_escape(text, out);
}

bool
web_add_time(struct sheaf_buf *out, int64_t ms)
{
    char text[DATE_TEXT_SIZE];

    return date_print(ms, text) ? buf_format(out, "\"%s\"", text)
                                : buf_add_str(out, "null");
}

static bool
add_key(struct sheaf_buf *out, const struct sheaf_public_key *key)
{
    struct sheaf_buf text = { 0 };
    struct sheaf_bytes rest;
    bool good = sheaf_public_key_format(key, &text, NULL) == SHEAF_OK;

    rest = buf_view(&text);
    (void)bytes_until(&rest, '\n'); /* the comment */
    good = good && buf_add_str(out, "{\"number\":\"");
    for (size_t i = sizeof key->id; good && i-- > 0;)
        good = buf_format(out, "%02X", key->id[i]);
    good = good && buf_add_str(out, "\",\"raw\":\"") &&
           web_add_hex(out, key->key, sizeof key->key) &&
           buf_add_str(out, "\",\"text\":") &&
           web_add_text(out, bytes_until(&rest, '\n')) &&
           buf_add_str(out, "}");
    sheaf_buf_free(&text);
    return good;
}

EXPORT(web_out) uint8_t *web_out(void)
{
    return state.out.data;
}

EXPORT(web_out_len) size_t web_out_len(void)
{
    return state.out.len;
}

/* Why the last question failed. */
EXPORT(web_error) int web_error(void)
{
    struct sheaf_error err = web.err;
    struct sheaf_buf *out = web_begin();

    return web_end(buf_format(out,
                              "{\"code\":%d,\"clause\":\"%s\",\"message\":",
                              err.code, err.clause) &&
                   web_add_text(out, sheaf_str(err.message)) &&
                   (err.offset == NO_OFFSET ||
                    buf_format(out, ",\"offset\":%llu",
                               (unsigned long long)err.offset)) &&
                   buf_add_str(out, "}"));
}

EXPORT(web_alloc) void *web_alloc(size_t size)
{
    return mem_new(size, 1);
}

EXPORT(web_free) void web_free(void *memory)
{
    mem_free(memory);
}

EXPORT(web_version) const char *web_version(void)
{
    return sheaf_version();
}

/* ---- An archive ---------------------------------------------------------- */

EXPORT(web_close) void web_close(void)
{
    sheaf_close(web.reader);
    sheaf_scratch_free(web.scratch);
    web = (struct web){ .size = 0 };
    state.have_article = false;
}

/* `far`: each read takes a round trip. */
EXPORT(web_open) int web_open(uint64_t size, int far)
{
    const struct sheaf_limits limits = { sizeof limits, ARTICLE_MAX,
                                         CACHE_MAX };
    struct sheaf_source source = { far ? &far_ops : &near_ops, &web };
    int rc;

    web_close();
    (void)web_begin();
    web.size = size;
    rc = sheaf_open(source, &limits, &web.reader, &web.err);
    if (rc == SHEAF_OK)
        rc = sheaf_scratch_new(&web.scratch, &web.err);
    return rc;
}

EXPORT(web_info) int web_info(void)
{
    struct sheaf_buf *out = web_begin();
    struct sheaf_info i;
    struct sheaf_error damage = { .offset = NO_OFFSET };
    bool good;

    sheaf_get_info(web.reader, &i);
    good = buf_format(out,
                      "{\"size\":%llu,\"articles\":%llu,\"generations\":%llu,"
                      "\"raw_bytes\":%llu,\"file_bytes\":%llu,"
                      "\"tail_bytes\":%llu,\"signed_size\":%llu,"
                      "\"redactions\":%llu,\"key_changes\":%u,"
                      "\"damage\":%llu,\"lost_leaves\":%llu,\"trusted\":%d,"
                      "\"root\":\"",
                      (unsigned long long)i.size,
                      (unsigned long long)i.articles,
                      (unsigned long long)i.generation,
                      (unsigned long long)i.raw_bytes,
                      (unsigned long long)i.file_bytes,
                      (unsigned long long)i.tail_bytes,
                      (unsigned long long)i.signed_size,
                      (unsigned long long)i.redactions, i.key_changes,
                      (unsigned long long)sheaf_get_damage(web.reader,
                                                           &damage),
                      (unsigned long long)i.lost_leaves, i.trusted) &&
           web_add_hex(out, i.root, sizeof i.root) &&
           buf_add_str(out, "\",\"first_damage\":") &&
           web_add_text(out, sheaf_str(damage.message)) &&
           buf_add_str(out, ",\"origin\":") && web_add_text(out, i.origin) &&
           buf_add_str(out, ",\"note\":") && web_add_text(out, i.note);
    if (good && i.trusted)
        good = buf_add_str(out, ",\"signer\":") && add_key(out, &i.signer);
    return web_end(good && buf_add_str(out, "}"));
}

/* ---- Keys ---------------------------------------------------------------- */

/* A verifier key, NAME+ID+KEY, is what a policy has in a line. */
static int
parse_vkey(struct sheaf_bytes text, struct sheaf_public_key *out)
{
    struct sheaf_buf line = { 0 };
    struct sheaf_policy *policy = NULL;
    struct sheaf_bytes rest = text;
    struct sheaf_bytes name = bytes_until(&rest, '+');
    int rc = SHEAF_ENOMEM;

    if (buf_add_str(&line, "log ") && buf_add(&line, text.data, text.len) &&
        buf_add_str(&line, "\nquorum none\n"))
        rc = sheaf_policy_parse(buf_view(&line), &policy, NULL);
    if (rc == SHEAF_OK)
        rc = sheaf_policy_log(policy, name, 0, out, NULL);
    sheaf_policy_free(policy);
    sheaf_buf_free(&line);
    return rc;
}

/* The key that counts from here on: as `minisign -P` takes it, a key file, or
 * a verifier key. Without text, none. */
EXPORT(web_key) int web_key(const uint8_t *data, size_t len)
{
    struct sheaf_bytes text = sheaf_view(data, len);
    struct sheaf_buf *out = web_begin();
    struct sheaf_public_key key;
    int rc;

    state.have_key = false;
    state.log.len = 0;
    if (len == 0)
        return web_end(buf_add_str(out, "null"));
    rc = sheaf_public_key_parse(text, &key, &web.err);
    if (rc != SHEAF_OK && memchr(data, '+', len) != NULL &&
        parse_vkey(text, &key) == SHEAF_OK) {
        const struct sheaf_bytes name = bytes_until(&text, '+');

        rc = buf_add(&state.log, name.data, name.len) ? SHEAF_OK
                                                      : fail_nomem(&web.err);
    }
    if (rc != SHEAF_OK)
        return rc;
    state.key = key;
    state.have_key = true;
    return web_end(add_key(out, &key));
}

EXPORT(web_authenticate) int web_authenticate(void)
{
    struct sheaf_info i;
    int rc;

    (void)web_begin();
    if (!state.have_key)
        return fail(&web.err, SHEAF_EINVAL, "no key was given");
    sheaf_expect(web.reader, web.scratch, NULL, 0, 1);
    rc = sheaf_authenticate(web.reader, &state.key, &web.err);
    sheaf_get_info(web.reader, &i);
    if (rc == SHEAF_OK && state.log.len != 0 &&
        !bytes_equal(buf_view(&state.log), i.origin))
        rc = fail_verify(&web.err, NO_OFFSET, "F9.7",
                         "the verifier key is one of another log");
    return rc;
}

static int
take_key(void *arg, const struct sheaf_public_key *key)
{
    return !buf_add(arg, key, sizeof *key);
}

/* A checkpoint that was seen is by a key of the log. The top names the key
 * changes, and nobody has signed the top: who has a key that was replaced could
 * go on with it, and hide that. */
static int
check_seen(struct sheaf_bytes note)
{
    struct sheaf_buf keys = { 0 };
    struct sheaf_public_key key;
    int rc = buf_add(&keys, &state.key, sizeof key) ? SHEAF_OK
                                                    : fail_nomem(&web.err);

    if (rc == SHEAF_OK)
        rc = sheaf_list_keys(web.reader, web.scratch, take_key, &keys,
                             &web.err);
    if (rc == SHEAF_OK)
        rc = SHEAF_EVERIFY;
    for (size_t at = 0; rc == SHEAF_EVERIFY && at < keys.len;
         at += sizeof key) {
        memcpy(&key, keys.data + at, sizeof key);
        rc = sheaf_check_note(web.reader, web.scratch, note, &key, NULL,
                              &web.err);
    }
    sheaf_buf_free(&keys);
    return rc != SHEAF_EVERIFY
               ? rc
               : fail_clause(&web.err, SHEAF_EFORK, NO_OFFSET, "F9.10",
                             "it hides a key change that was seen before");
}

/* Whether the archive extends a checkpoint that was seen before. */
EXPORT(web_extends) int web_extends(const uint8_t *note, size_t len)
{
    struct sheaf_bytes seen = sheaf_view(note, len);
    struct sheaf_checkpoint older;
    struct sheaf_buf *out = web_begin();
    struct sheaf_info i;
    int rc;

    sheaf_get_info(web.reader, &i);
    if (!state.have_key)
        return fail(&web.err, SHEAF_EINVAL, "no key was given");
    rc = sheaf_checkpoint_parse(seen, &older, &web.err);
    if (rc == SHEAF_OK)
        rc = sheaf_extends(web.reader, web.scratch, &older, i.signed_size,
                           &web.err);
    if (rc == SHEAF_OK)
        rc = check_seen(seen);
    return rc == SHEAF_OK ? web_end(buf_format(out, "{\"size\":%llu}",
                                               (unsigned long long)older.size))
                          : rc;
}

static bool
add_witnesses(struct sheaf_buf *out, const struct sheaf_policy *policy,
              struct sheaf_bytes note)
{
    struct sheaf_witness w;
    bool good = true;

    for (unsigned i = 0;
         good && sheaf_policy_witness(policy, note, i, &w, NULL) == SHEAF_OK;
         i++)
        good = buf_add_str(out, i == 0 ? "{\"name\":" : ",{\"name\":") &&
               web_add_text(out, w.name) &&
               buf_format(out, ",\"cosigned\":%d,\"time\":", w.cosigned) &&
               (w.cosigned ? web_add_time(out, (int64_t)w.time_s * 1000)
                           : buf_add_str(out, "null")) &&
               buf_add_str(out, "}");
    return good;
}

/* Whether the checkpoint of an archive that was authenticated meets a
 * policy. */
static int
is_no_witness(void *policy, const struct sheaf_public_key *key)
{
    struct sheaf_error why = { 0 };
    int rc = sheaf_policy_check_key(policy, key, &why);

    if (rc != SHEAF_OK)
        state.why = why;
    return rc;
}

/* No witness has a key of the log. */
static int
check_witnesses(struct sheaf_policy *policy)
{
    int rc = sheaf_list_keys(web.reader, web.scratch, is_no_witness, policy,
                             &web.err);

    if (rc != SHEAF_ESTOPPED)
        return rc;
    web.err = state.why;
    return web.err.code;
}

EXPORT(web_policy) int web_policy(const uint8_t *text, size_t len)
{
    struct sheaf_buf *out = web_begin();
    struct sheaf_attestation a;
    struct sheaf_policy *policy;
    struct sheaf_info i;
    int rc = sheaf_policy_parse(sheaf_view(text, len), &policy, &web.err);

    if (rc != SHEAF_OK)
        return rc;
    sheaf_get_info(web.reader, &i);
    rc = i.trusted ? check_witnesses(policy)
                   : fail(&web.err, SHEAF_EINVAL, "no key was given");
    if (rc == SHEAF_OK)
        rc = sheaf_policy_check(policy, i.note, &i.signer, &a, &web.err);
    if (rc == SHEAF_OK)
        rc = web_end(
            buf_format(out, "{\"witnesses\":%u,\"cosigned\":%u,\"attested\":",
                       a.witnesses, a.cosigned) &&
            (a.attested_s != 0
                 ? web_add_time(out, (int64_t)a.attested_s * 1000)
                 : buf_add_str(out, "null")) &&
            buf_add_str(out, ",\"list\":[") &&
            add_witnesses(out, policy, i.note) && buf_add_str(out, "]}"));
    sheaf_policy_free(policy);
    return rc;
}

struct key_list {
    struct sheaf_buf *out;
    unsigned count;
};

static int
list_key(void *arg, const struct sheaf_public_key *key)
{
    struct key_list *l = arg;

    return (l->count++ != 0 && !buf_add_str(l->out, ",")) ||
           !add_key(l->out, key);
}

/* The keys of the log, if they were changed. */
EXPORT(web_keys) int web_keys(void)
{
    struct key_list l = { .out = web_begin() };
    int rc = web_end(buf_add_str(l.out, "["));

    if (rc == SHEAF_OK)
        rc = sheaf_list_keys(web.reader, web.scratch, list_key, &l, &web.err);
    return rc == SHEAF_OK ? web_end(buf_add_str(l.out, "]")) : rc;
}

/* ---- Articles ------------------------------------------------------------ */

static int
answer_entry(struct sheaf_buf *out, const struct sheaf_entry *e)
{
    return web_end(
        buf_format(out, "[%llu,%llu,%llu,%lu]", (unsigned long long)e->leaf,
                   (unsigned long long)e->offset,
                   (unsigned long long)e->length, (unsigned long)e->index));
}

EXPORT(web_find) int web_find(const uint8_t *id, size_t len, uint32_t rev)
{
    struct sheaf_bytes name = sheaf_view(id, len);
    struct sheaf_buf *out = web_begin();
    struct sheaf_entry entry;
    int rc;

    sheaf_expect(web.reader, web.scratch, &name, 1, 0);
    rc = sheaf_find(web.reader, web.scratch, name, rev, &entry, &web.err);
    return rc == SHEAF_OK ? answer_entry(out, &entry) : rc;
}

/* An entry is one that web_locate has given, or one of a listing. */
static struct sheaf_entry
entry_of(uint64_t leaf, uint64_t offset, uint64_t length, uint32_t index)
{
    return (struct sheaf_entry){
        .leaf = leaf, .offset = offset, .length = length, .index = index
    };
}

EXPORT(web_locate) int web_locate(uint64_t leaf)
{
    struct sheaf_buf *out = web_begin();
    struct sheaf_entry entry;
    int rc = sheaf_locate(web.reader, web.scratch, leaf, &entry, &web.err);

    if (rc == SHEAF_END)
        return fail(&web.err, SHEAF_ENOTFOUND, "there is no such leaf");
    return rc == SHEAF_OK ? answer_entry(out, &entry) : rc;
}

static bool
add_parts(struct sheaf_buf *out, const struct sheaf_article *a)
{
    bool good = true;

    for (size_t i = 0; good && i < a->part_count; i++)
        good = buf_format(out, "%s{\"role\":%d,\"size\":%llu,\"type\":",
                          i == 0 ? "" : ",", a->parts[i].role,
                          (unsigned long long)a->parts[i].size) &&
               web_add_text(out, a->parts[i].type) && buf_add_str(out, "}");
    return good;
}

EXPORT(web_read)
int web_read(uint64_t leaf, uint64_t offset, uint64_t length, uint32_t index)
{
    struct sheaf_buf *out = web_begin();
    struct sheaf_entry entry = entry_of(leaf, offset, length, index);
    struct sheaf_article *a = &state.article;
    int rc;

    state.have_article = false;
    rc = sheaf_read(web.reader, web.scratch, &entry, a, &web.err);
    if (rc != SHEAF_OK)
        return rc;
    state.have_article = true;
    return web_end(
        buf_format(out,
                   "{\"leaf\":%llu,\"offset\":%llu,\"rev\":%lu,"
                   "\"bytes\":%llu,\"leaf_hash\":\"",
                   (unsigned long long)a->leaf, (unsigned long long)a->offset,
                   (unsigned long)a->rev,
                   (unsigned long long)a->content_size) &&
        web_add_hex(out, a->leaf_hash, sizeof a->leaf_hash) &&
        buf_add_str(out, "\",\"time\":") && web_add_time(out, a->time_ms) &&
        buf_add_str(out, ",\"id\":") && web_add_text(out, a->id) &&
        buf_add_str(out, ",\"meta\":") &&
        buf_add(out, a->meta.data, a->meta.len) &&
        buf_add_str(out, ",\"parts\":[") && add_parts(out, a) &&
        buf_add_str(out, "]}"));
}

static int
pass_piece(void *arg, const void *data, size_t len)
{
    (void)arg;
    return page_piece(data, len);
}

/* A part of the article that was read last, in pieces. */
EXPORT(web_part) int web_part(size_t index)
{
    (void)web_begin();
    if (!state.have_article || index >= state.article.part_count)
        return fail(&web.err, SHEAF_EINVAL, "no such part");
    return sheaf_read_part(web.reader, web.scratch, &state.article, index,
                           pass_piece, NULL, &web.err);
}

/* Takes the next of the articles that are asked about: the number of its leaf
 * in 8 bytes, the length of its ID in 4, and the ID. */
static bool
take_asked(struct cursor *c, uint64_t *leaf, struct sheaf_bytes *id)
{
    size_t len;

    if (cursor_left(c) == 0)
        return false;
    *leaf = cursor_be(c, 8);
    len = (size_t)cursor_be(c, 4);
    *id = sheaf_view(cursor_take(c, len), len);
    return !c->bad;
}

/* Whether each of these is the newest with its ID: [true,false]. null: part of
 * the index is lost. */
EXPORT(web_newest) int web_newest(const uint8_t *data, size_t len)
{
    struct cursor c = cursor_over(data, len);
    struct sheaf_buf *out = web_begin();
    struct expected e;
    struct sheaf_bytes id;
    uint64_t leaf;
    bool good = buf_add_str(out, "[");
    int rc = SHEAF_OK;

    expect_begin(&e, web.reader);
    while (take_asked(&c, &leaf, &id)) {
        uint8_t key[TABLE_KEY_SIZE];

        table_key(id, key);
        expect_key(&e, TABLE_MAP, key);
    }
    expect_now(&e);
    c = cursor_over(data, len);
    while (good && take_asked(&c, &leaf, &id)) {
        int newest = 0;

        rc = sheaf_is_newest(web.reader, web.scratch, id, leaf, &newest,
                             &web.err);
        if (rc == SHEAF_EIO || rc == SHEAF_ENOMEM)
            return rc;
        good = buf_format(out, "%s%s", out->len == 1 ? "" : ",",
                          rc != SHEAF_OK ? "null" : newest ? "true" : "false");
    }
    return web_end(good && buf_add_str(out, "]"));
}

/* The leaves of the articles that may have this ID, the newest first, but not
 * more than this. */
#define LEAVES_MAX 1000
EXPORT(web_leaves) int web_leaves(const uint8_t *id, size_t len)
{
    struct sheaf_buf *out = web_begin();
    uint8_t key[TABLE_KEY_SIZE];
    struct map_row row;
    struct rows rows;
    bool good = buf_add_str(out, "[");
    unsigned count = 0;
    int rc = SHEAF_OK;

    reader_claim(web.reader, web.scratch);
    table_key(sheaf_view(id, len), key);
    rows = rows_of(web.reader, TABLE_MAP, key);
    while (good && count < LEAVES_MAX &&
           (rc = rows_next_map(web.reader, web.scratch, &rows, &row,
                               &web.err)) == SHEAF_OK)
        if (!row.redaction)
            good = buf_format(out, "%s%llu", count++ == 0 ? "" : ",",
                              (unsigned long long)row.leaf);
    if (rc != SHEAF_OK && rc != SHEAF_END)
        return rc;
    return web_end(good && buf_add_str(out, "]"));
}

EXPORT(web_prove)
int web_prove(uint64_t leaf, uint64_t offset, uint64_t length, uint32_t index)
{
    struct sheaf_entry entry = entry_of(leaf, offset, length, index);

    return sheaf_prove(web.reader, web.scratch, &entry, web_begin(), &web.err);
}

/* When the signed generation was archived, as it claims: a proof for an ID
 * has the seal. */
EXPORT(web_sealed) int web_sealed(const uint8_t *id, size_t len)
{
    struct sheaf_bytes name = sheaf_view(id, len);
    struct sheaf_buf *out = web_begin();
    struct sheaf_buf text = { 0 };
    struct sheaf_proof *proof = NULL;
    struct sheaf_proof_info i;
    int rc = sheaf_prove_many(web.reader, web.scratch, NULL, 0, &name, 1,
                              &text, &web.err);

    if (rc == SHEAF_OK)
        rc = sheaf_check_proof(buf_view(&text),
                               state.have_key ? &state.key : NULL, &proof,
                               &web.err);
    if (rc == SHEAF_OK) {
        sheaf_proof_get_info(proof, &i);
        rc = web_end(buf_format(out, "{\"generation\":%llu,\"time\":",
                                (unsigned long long)i.generation) &&
                     web_add_time(out, i.generation != 0 ? i.seal_time_ms
                                                         : INT64_MIN) &&
                     buf_add_str(out, "}"));
    }
    sheaf_proof_free(proof);
    sheaf_buf_free(&text);
    return rc;
}

/* ---- Everything ---------------------------------------------------------- */

static int
tell(void *arg, uint64_t done, uint64_t total)
{
    (void)arg;
    page_progress(done, total);
    return 0;
}

EXPORT(web_verify) int web_verify(void)
{
    struct sheaf_verify_options options = { SHEAF_VERIFY_OPTIONS };
    struct sheaf_buf *out = web_begin();
    struct sheaf_report r;
    int rc;

    options.key = state.have_key ? &state.key : NULL;
    options.progress = tell;
    rc = sheaf_verify(web.reader, &options, &r, &web.err);
    if (rc != SHEAF_OK)
        return rc;
    return web_end(buf_format(
        out,
        "{\"articles\":%llu,\"leaves\":%llu,\"generations\":%llu,"
        "\"bytes\":%llu,\"authentic\":%d,\"signed_size\":%llu,"
        "\"redacted\":%llu,\"revisions\":%llu,\"key_changes\":%u,"
        "\"unknown\":%llu}",
        (unsigned long long)r.articles, (unsigned long long)r.leaves,
        (unsigned long long)r.generations, (unsigned long long)r.bytes,
        r.authentic, (unsigned long long)r.signed_size,
        (unsigned long long)r.redacted, (unsigned long long)r.revisions,
        r.key_changes, (unsigned long long)r.unknown));
}
