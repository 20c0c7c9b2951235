/*
 * note.c - the signed checkpoint: a C2SP signed note.
 */
#include "log/note.h"

#include <sodium.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "base/hex.h"
#include "base/number.h"
#include "base/utf8.h"

/* An em dash and a space. */
#define SIG_START "\xE2\x80\x94 "
#define SIG_START_BYTES (sizeof SIG_START - 1)

/* A cosigner signs a message that starts with this. An origin that did the
 * same could make a checkpoint look like a cosignature. */
#define COSIGNATURE "cosignature/"
#define COSIGNATURE_BYTES (sizeof COSIGNATURE - 1)

#define COSIGNATURE_V1 COSIGNATURE "v1\ntime "

/* The largest key of an algorithm that we cannot check. */
#define KEY_MAX 4096

#define LOG_SIG_BYTES (NOTE_KEY_ID_BYTES + NOTE_SIG_BYTES)

_Static_assert(crypto_sign_BYTES == NOTE_SIG_BYTES, "Ed25519");
_Static_assert(crypto_sign_PUBLICKEYBYTES == 32, "Ed25519");
_Static_assert(crypto_sign_SECRETKEYBYTES == 64, "Ed25519");

/* ---- Characters ---------------------------------------------------------- */

static bool
is_control(uint32_t rune)
{
    return rune < 0x20 || (rune >= 0x7F && rune < 0xA0);
}

/* Unicode's White_Space, without control characters. */
static bool
is_space(uint32_t rune)
{
    return rune == 0x20 || rune == 0xA0 || rune == 0x1680 ||
           (rune >= 0x2000 && rune <= 0x200A) || rune == 0x2028 ||
           rune == 0x2029 || rune == 0x202F || rune == 0x205F ||
           rune == 0x3000;
}

static bool
text_ok(struct sheaf_bytes bytes)
{
    size_t at = 0;

    while (at < bytes.len) {
        uint32_t rune;
        size_t n = utf8_next(bytes.data + at, bytes.len - at, &rune);

        if (n == 0 || (is_control(rune) && rune != '\n'))
            return false;
        at += n;
    }
    return true;
}

bool
note_origin_ok(const char *origin, size_t len)
{
    if (len == 0 || len > NOTE_ORIGIN_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        char c = origin[i];

        if (!((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
              (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '/' ||
              c == '~' || c == '-'))
            return false;
    }
    return len < COSIGNATURE_BYTES ||
           memcmp(origin, COSIGNATURE, COSIGNATURE_BYTES) != 0;
}

bool
note_name_ok(struct sheaf_bytes name)
{
    size_t at = 0;

    if (name.len == 0 || name.len > NOTE_ORIGIN_MAX)
        return false;
    while (at < name.len) {
        uint32_t rune;
        size_t n = utf8_next(name.data + at, name.len - at, &rune);

        if (n == 0 || is_control(rune) || is_space(rune) || rune == '+')
            return false;
        at += n;
    }
    return true;
}

/* ---- Reading ------------------------------------------------------------- */

/* The next line, without its newline; false at the end. */
static bool
take_line(struct cursor *c, struct sheaf_bytes *line)
{
    line->data = cursor_line(c, &line->len);
    return line->data != NULL;
}

static int
parse_text(struct cursor *c, struct checkpoint *out, struct sheaf_error *err)
{
    struct sheaf_bytes line;
    size_t len;

    if (!take_line(c, &line) ||
        !note_origin_ok((const char *)line.data, line.len))
        return fail_corrupt(err, NO_OFFSET, "F9.2",
                            "the note's first line is not an origin");
    memcpy(out->origin, line.data, line.len);
    out->origin[line.len] = '\0';
    if (!take_line(c, &line) || !number_parse(line, INT64_MAX, &out->size))
        return fail_corrupt(err, NO_OFFSET, "F9.3",
                            "the note's second line is not a size");
    if (!take_line(c, &line) ||
        !base64_decode(line.data, line.len, out->root, sizeof out->root,
                       &len) ||
        len != sizeof out->root)
        return fail_corrupt(err, NO_OFFSET, "F9.4",
                            "the note's third line is not a root");
    return SHEAF_OK;
}

int
checkpoint_parse(struct sheaf_bytes text, struct checkpoint *out,
                 struct sheaf_error *err)
{
    struct checkpoint checkpoint;
    struct cursor c = cursor_over(text.data, text.len);
    int rc = parse_text(&c, &checkpoint, err);

    if (rc != SHEAF_OK)
        return rc;
    if (!cursor_done(&c))
        return fail_corrupt(err, NO_OFFSET, "F9.4",
                            "a line follows the checkpoint's root");
    *out = checkpoint;
    return SHEAF_OK;
}

/* The number of bytes that some base64 stands for; false if it is not base64.
 * Decodes in pieces, because a signature of an unknown kind may have any
 * length. */
static bool
base64_count(struct sheaf_bytes text, size_t *out)
{
    uint8_t piece[768];
    size_t total = 0;
    size_t len;

    for (size_t at = 0; at < text.len; at += BASE64_LEN(sizeof piece)) {
        size_t take = text.len - at;

        /* Padding ends the text, so every piece but the last is full. */
        if (at > 0 && total % sizeof piece != 0)
            return false;
        if (take > BASE64_LEN(sizeof piece))
            take = BASE64_LEN(sizeof piece);
        if (!base64_decode(text.data + at, take, piece, sizeof piece, &len))
            return false;
        total += len;
    }
    *out = total;
    return true;
}

bool
note_sig_parse(struct sheaf_bytes line, struct note_sig *out)
{
    struct cursor c = cursor_over(line.data, line.len);
    const uint8_t *start = cursor_take(&c, SIG_START_BYTES);
    uint8_t head[6];
    const uint8_t *space;
    size_t len;

    if (start == NULL || memcmp(start, SIG_START, SIG_START_BYTES) != 0)
        return false;
    space = memchr(c.at, ' ', cursor_left(&c));
    if (space == NULL)
        return false;
    out->name.len = (size_t)(space - c.at);
    out->name.data = cursor_take(&c, out->name.len + 1);
    out->base64.len = cursor_left(&c);
    out->base64.data = cursor_take(&c, out->base64.len);
    if (!note_name_ok(out->name) || !base64_count(out->base64, &len) ||
        len <= NOTE_KEY_ID_BYTES)
        return false;
    /* At least 5 bytes take at least 8 characters; the key ID is in these. */
    if (!base64_decode(out->base64.data, 8, head, sizeof head, &len))
        return false;
    memcpy(out->key_id, head, sizeof out->key_id);
    return true;
}

static bool
same_key(const struct note_sig *a, const struct note_sig *b)
{
    return bytes_equal(a->name, b->name) &&
           memcmp(a->key_id, b->key_id, sizeof a->key_id) == 0;
}

static int
parse_sigs(struct cursor *c, struct note *n, struct sheaf_error *err)
{
    struct sheaf_bytes origin = { (const uint8_t *)n->checkpoint.origin,
                                  strlen(n->checkpoint.origin) };
    struct sheaf_bytes line;
    uint8_t log_sig[LOG_SIG_BYTES] = { 0 };
    size_t len;

    while (take_line(c, &line)) {
        struct note_sig *sig = &n->sigs[n->sig_count];
        bool log = n->sig_count == 0;

        if (n->sig_count == NOTE_SIGS_MAX)
            return fail_corrupt(err, NO_OFFSET, "F9.1",
                                "the note has more than %d signatures",
                                NOTE_SIGS_MAX);
        if (!note_sig_parse(line, sig))
            return fail_corrupt(err, NO_OFFSET, "F9.5",
                                "line %zu of the note is not a signature",
                                n->sig_count + 5);
        if (log && !bytes_equal(sig->name, origin))
            return fail_corrupt(err, NO_OFFSET, "F9.6",
                                "the first signature is not the log's");
        if (!log && bytes_equal(sig->name, origin))
            return fail_corrupt(err, NO_OFFSET, "F9.6",
                                "the log has signed more than once");
        for (size_t i = 0; i < n->sig_count; i++) {
            if (same_key(&n->sigs[i], sig))
                return fail_corrupt(err, NO_OFFSET, "F9.6",
                                    "a key has signed more than once");
        }
        n->sig_count++;
    }
    if (n->sig_count == 0)
        return fail_corrupt(err, NO_OFFSET, "F9.1", "the note is not signed");
    n->ed25519 = base64_decode(n->sigs[0].base64.data,
                               n->sigs[0].base64.len, log_sig, sizeof log_sig,
                               &len) &&
                 len == sizeof log_sig;
    memcpy(n->log_sig, log_sig + NOTE_KEY_ID_BYTES, sizeof n->log_sig);
    return SHEAF_OK;
}

int
note_parse(struct sheaf_bytes bytes, struct note *out, struct sheaf_error *err)
{
    struct note n = { .sig_count = 0 };
    struct cursor c;
    struct sheaf_bytes line;
    int rc;

    if (bytes.len > NOTE_MAX)
        return fail_corrupt(err, NO_OFFSET, "F9.1",
                            "the note is longer than %d bytes", NOTE_MAX);
    if (bytes.len == 0 || bytes.data[bytes.len - 1] != '\n')
        return fail_corrupt(err, NO_OFFSET, "F9.1",
                            "the note doesn't end with a newline");
    if (!text_ok(bytes))
        return fail_corrupt(err, NO_OFFSET, "F9.1",
                            "the note is not plain UTF-8 text");
    c = cursor_over(bytes.data, bytes.len);
    rc = parse_text(&c, &n.checkpoint, err);
    if (rc != SHEAF_OK)
        return rc;
    n.text.data = bytes.data;
    n.text.len = (size_t)(c.at - bytes.data);
    if (!take_line(&c, &line))
        return fail_corrupt(err, NO_OFFSET, "F9.1", "the note is not signed");
    if (line.len != 0)
        return memmem(c.at - 1, cursor_left(&c) + 1, "\n\n", 2) != NULL
                   ? fail_corrupt(err, NO_OFFSET, "F9.4",
                                  "a line follows the note's root")
                   : fail_corrupt(err, NO_OFFSET, "F9.1",
                                  "the note has no empty line");
    rc = parse_sigs(&c, &n, err);
    if (rc != SHEAF_OK)
        return rc;

    *out = n;
    return SHEAF_OK;
}

/* Replaces the content of `out`. */
static int
emit(struct sheaf_buf *out, const char *text, size_t len,
     struct sheaf_error *err)
{
    if (!buf_reserve(out, len))
        return fail_nomem(err);
    out->len = 0;
    (void)buf_add(out, text, len);
    return SHEAF_OK;
}

/* ---- Signing and verifying ----------------------------------------------- */

/* The first bytes of SHA-256(name, 0A, algorithm and key). */
static void
key_id(struct sheaf_bytes name, const uint8_t *key, size_t len,
       uint8_t out[NOTE_KEY_ID_BYTES])
{
    uint8_t bytes[NOTE_ORIGIN_MAX + 1 + KEY_MAX];
    uint8_t hash[HASH_BYTES];

    assert(name.len <= NOTE_ORIGIN_MAX && len <= KEY_MAX);
    memcpy(bytes, name.data, name.len);
    bytes[name.len] = '\n';
    memcpy(bytes + name.len + 1, key, len);
    hash_sha256(bytes, name.len + 1 + len, hash);
    memcpy(out, hash, NOTE_KEY_ID_BYTES);
}

struct note_key
note_key_of(struct sheaf_bytes name, enum note_alg alg,
            const uint8_t public_key[32])
{
    struct note_key k = { .name = name, .alg = (uint8_t)alg };
    uint8_t bytes[1 + 32] = { (uint8_t)alg };

    memcpy(bytes + 1, public_key, 32);
    memcpy(k.key, public_key, 32);
    key_id(name, bytes, sizeof bytes, k.id);
    return k;
}

void
note_key_id(const char *origin, const uint8_t public_key[32],
            uint8_t out[NOTE_KEY_ID_BYTES])
{
    struct sheaf_bytes name = { (const uint8_t *)origin, strlen(origin) };
    struct note_key k = note_key_of(name, NOTE_ED25519, public_key);

    memcpy(out, k.id, NOTE_KEY_ID_BYTES);
}

int
note_follows(uint64_t before, const struct note *now, uint64_t offset,
             struct sheaf_error *err)
{
    if (now == NULL && before != 0)
        return fail_corrupt(err, offset, "F9.9",
                            "the checkpoint of the generation before is left "
                            "out");
    return now != NULL && now->checkpoint.size < before
               ? fail_corrupt(err, offset, "F9.9",
                              "the checkpoint of the generation before is of "
                              "more leaves")
               : SHEAF_OK;
}

int
note_is_of(const struct note *note, struct sheaf_bytes origin,
           const uint8_t *root, uint64_t offset, struct sheaf_error *err)
{
    const struct checkpoint *c = &note->checkpoint;

    if (!bytes_equal(sheaf_view(c->origin, strlen(c->origin)), origin))
        return fail_corrupt(err, offset, "F9.9",
                            "the checkpoint is of another archive");
    if (root == NULL)
        return fail_corrupt(err, offset, "F9.9",
                            "no generation ends where the checkpoint does");
    return memcmp(root, c->root, HASH_BYTES) != 0
               ? fail_corrupt(err, offset, "F9.9",
                              "the checkpoint is of another tree")
               : SHEAF_OK;
}

int
note_verify(const struct note *note, const uint8_t public_key[32],
            struct sheaf_error *err)
{
    uint8_t id[NOTE_KEY_ID_BYTES];

    note_key_id(note->checkpoint.origin, public_key, id);
    if (memcmp(id, note->sigs[0].key_id, sizeof id) != 0)
        return fail_verify(err, NO_OFFSET, "F9.7",
                           "the checkpoint is signed with another key");
    if (!note->ed25519 ||
        crypto_sign_verify_detached(note->log_sig, note->text.data,
                                    note->text.len, public_key) != 0)
        return fail_verify(err, NO_OFFSET, "F9.8",
                           "the checkpoint's signature is not valid");
    return SHEAF_OK;
}

int
checkpoint_text(const struct checkpoint *c, char out[CHECKPOINT_TEXT_SIZE],
                size_t *len, struct sheaf_error *err)
{
    const char *end = memchr(c->origin, '\0', sizeof c->origin);
    char root[BASE64_SIZE(HASH_BYTES)];

    assert(end != NULL);
    if (!note_origin_ok(c->origin, (size_t)(end - c->origin)))
        return fail(err, SHEAF_EINVAL,
                    "an origin is 1 to 255 of A-Z a-z 0-9 . _ / ~ - and "
                    "doesn't begin with " COSIGNATURE);
    if (c->size > INT64_MAX)
        return fail(err, SHEAF_EINVAL, "a checkpoint can't have that size");
    base64_encode(c->root, sizeof c->root, root);
    *len = (size_t)snprintf(out, CHECKPOINT_TEXT_SIZE, "%s\n%llu\n%s\n",
                            c->origin, (unsigned long long)c->size, root);
    return SHEAF_OK;
}

int
note_build(const struct checkpoint *c, const uint8_t public_key[32],
           const uint8_t sig[NOTE_SIG_BYTES], struct sheaf_buf *out,
           struct sheaf_error *err)
{
    char text[CHECKPOINT_TEXT_SIZE];
    uint8_t bytes[LOG_SIG_BYTES];
    char base64[BASE64_SIZE(sizeof bytes)];
    char note[2 * CHECKPOINT_TEXT_SIZE + sizeof base64];
    size_t text_len;
    int len;
    int rc;

    rc = checkpoint_text(c, text, &text_len, err);
    if (rc != SHEAF_OK)
        return rc;
    note_key_id(c->origin, public_key, bytes);
    memcpy(bytes + NOTE_KEY_ID_BYTES, sig, NOTE_SIG_BYTES);
    base64_encode(bytes, sizeof bytes, base64);
    len = snprintf(note, sizeof note, "%s\n" SIG_START "%s %s\n", text,
                   c->origin, base64);
    assert(len > 0 && (size_t)len < sizeof note);
    return emit(out, note, (size_t)len, err);
}

int
note_sign(const struct checkpoint *c, const uint8_t secret_key[64],
          struct sheaf_buf *out, struct sheaf_error *err)
{
    char text[CHECKPOINT_TEXT_SIZE];
    uint8_t sig[NOTE_SIG_BYTES];
    size_t text_len;
    int rc;

    rc = checkpoint_text(c, text, &text_len, err);
    if (rc != SHEAF_OK)
        return rc;
    (void)crypto_sign_detached(sig, NULL, (const uint8_t *)text, text_len,
                               secret_key);
    return note_build(c, secret_key + 32, sig, out, err);
}

/* ---- Keys as text -------------------------------------------------------- */

bool
note_key_parse(struct sheaf_bytes text, struct note_key *out)
{
    struct cursor c = cursor_over(text.data, text.len);
    const uint8_t *plus = text.len != 0 ? memchr(text.data, '+', text.len)
                                        : NULL;
    struct note_key k = { .alg = 0 };
    uint8_t bytes[KEY_MAX];
    uint8_t id[NOTE_KEY_ID_BYTES];
    const uint8_t *hex;
    size_t len;

    if (plus == NULL)
        return false;
    k.name.len = (size_t)(plus - text.data);
    k.name.data = cursor_take(&c, k.name.len);
    hex = cursor_take(&c, 1 + 2 * NOTE_KEY_ID_BYTES + 1);
    if (!note_name_ok(k.name) || hex == NULL ||
        hex[1 + 2 * NOTE_KEY_ID_BYTES] != '+' ||
        !hex_parse(sheaf_view(hex + 1, 2 * NOTE_KEY_ID_BYTES), k.id,
                   sizeof k.id))
        return false;
    if (!base64_decode(c.at, cursor_left(&c), bytes, sizeof bytes, &len) ||
        len < 2)
        return false;
    key_id(k.name, bytes, len, id);
    if (memcmp(id, k.id, sizeof id) != 0)
        return false;
    k.alg = bytes[0];
    if (k.alg == NOTE_ED25519 || k.alg == NOTE_COSIGNATURE) {
        if (len != 1 + sizeof k.key)
            return false;
        memcpy(k.key, bytes + 1, sizeof k.key);
    }

    *out = k;
    return true;
}

int
note_key_format(const struct note_key *key, struct sheaf_buf *out,
                struct sheaf_error *err)
{
    uint8_t bytes[1 + 32] = { key->alg };
    char base64[BASE64_SIZE(sizeof bytes)];
    char text[NOTE_ORIGIN_MAX + 16 + sizeof base64];
    int len;

    assert(note_name_ok(key->name));
    assert(key->alg == NOTE_ED25519 || key->alg == NOTE_COSIGNATURE);
    memcpy(bytes + 1, key->key, sizeof key->key);
    base64_encode(bytes, sizeof bytes, base64);
    len = snprintf(text, sizeof text, "%.*s+%08llx+%s", (int)key->name.len,
                   (const char *)key->name.data,
                   (unsigned long long)get_be(key->id, sizeof key->id),
                   base64);
    assert(len > 0 && (size_t)len < sizeof text);
    return emit(out, text, (size_t)len, err);
}

/* ---- Cosignatures -------------------------------------------------------- */

/* What a cosigner signs. */
struct cosigned {
    char text[sizeof COSIGNATURE_V1 + 20 + CHECKPOINT_TEXT_SIZE];
    size_t len;
};

static void
cosigned_text(const struct note *note, uint64_t time, struct cosigned *out)
{
    int len = snprintf(out->text, sizeof out->text, COSIGNATURE_V1 "%llu\n"
                       "%.*s", (unsigned long long)time, (int)note->text.len,
                       (const char *)note->text.data);

    assert(len > 0 && (size_t)len < sizeof out->text);
    out->len = (size_t)len;
}

int
note_cosigned(const struct note *note, const struct note_key *key,
              uint64_t *time, struct sheaf_error *err)
{
    uint8_t bytes[NOTE_COSIG_BYTES];
    const struct note_sig *sig = NULL;
    struct cosigned signed_text;
    uint64_t seconds;
    size_t len;

    assert(key->alg == NOTE_COSIGNATURE);
    for (size_t i = 1; i < note->sig_count; i++) {
        if (bytes_equal(note->sigs[i].name, key->name) &&
            memcmp(note->sigs[i].key_id, key->id, sizeof key->id) == 0)
            sig = &note->sigs[i];
    }
    if (sig == NULL)
        return SHEAF_END;
    if (!base64_decode(sig->base64.data, sig->base64.len, bytes, sizeof bytes,
                       &len) ||
        len != sizeof bytes)
        return fail_corrupt(err, NO_OFFSET, "F9.11",
                            "a cosignature of the note has another length");
    seconds = get_be(bytes + NOTE_KEY_ID_BYTES, 8);
    if (seconds > INT64_MAX)
        return fail_corrupt(err, NO_OFFSET, "F9.11",
                            "a cosignature of the note has an invalid time");
    cosigned_text(note, seconds, &signed_text);
    if (crypto_sign_verify_detached(bytes + NOTE_KEY_ID_BYTES + 8,
                                    (const uint8_t *)signed_text.text,
                                    signed_text.len, key->key) != 0)
        return fail_verify(err, NO_OFFSET, "F9.12",
                           "a cosignature of the checkpoint is not valid");

    *time = seconds;
    return SHEAF_OK;
}

int
note_cosign(const struct note *note, struct sheaf_bytes name, uint64_t time,
            const uint8_t secret_key[64], struct sheaf_buf *out,
            struct sheaf_error *err)
{
    struct note_key key = note_key_of(name, NOTE_COSIGNATURE, secret_key + 32);
    uint8_t bytes[NOTE_COSIG_BYTES];
    char base64[BASE64_SIZE(sizeof bytes)];
    char line[NOTE_COSIG_LINE_SIZE + 1];
    struct cosigned to_sign;
    int len;

    assert(note_name_ok(name) && time <= INT64_MAX);
    cosigned_text(note, time, &to_sign);
    memcpy(bytes, key.id, sizeof key.id);
    put_be(bytes + NOTE_KEY_ID_BYTES, time, 8);
    (void)crypto_sign_detached(bytes + NOTE_KEY_ID_BYTES + 8, NULL,
                               (const uint8_t *)to_sign.text, to_sign.len,
                               secret_key);
    base64_encode(bytes, sizeof bytes, base64);
    len = snprintf(line, sizeof line, SIG_START "%.*s %s\n", (int)name.len,
                   (const char *)name.data, base64);
    assert(len > 0 && (size_t)len < sizeof line);
    return emit(out, line, (size_t)len, err);
}
