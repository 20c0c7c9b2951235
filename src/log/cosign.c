/*
 * cosign.c - public functions for notes: signed here or elsewhere, and with
 * cosignatures (format.md F9).
 */
#include "base/buf.h"
#include "base/cursor.h"
#include "base/err.h"
#include "log/minisign.h"
#include "log/note.h"

static int
set_checkpoint(struct checkpoint *c, const char *origin, uint64_t size,
               const uint8_t root[HASH_BYTES], struct sheaf_error *err)
{
    size_t len = strlen(origin);

    if (!note_origin_ok(origin, len))
        return fail(err, SHEAF_EINVAL,
                    "an origin is 1 to 255 of A-Z a-z 0-9 . _ / ~ - and "
                    "doesn't begin with cosignature/");
    memcpy(c->origin, origin, len + 1);
    c->size = size;
    memcpy(c->root, root, HASH_BYTES);
    return SHEAF_OK;
}

int
sheaf_checkpoint_text(const char *origin, uint64_t size,
                      const uint8_t root[SHEAF_HASH_BYTES],
                      struct sheaf_buf *out, struct sheaf_error *err)
{
    char text[CHECKPOINT_TEXT_SIZE];
    struct checkpoint c;
    size_t len;
    int rc = set_checkpoint(&c, origin, size, root, err);

    if (rc == SHEAF_OK)
        rc = checkpoint_text(&c, text, &len, err);
    if (rc != SHEAF_OK)
        return rc;
    if (!buf_reserve(out, len))
        return fail_nomem(err);
    out->len = 0;
    (void)buf_add(out, text, len);
    return SHEAF_OK;
}

int
sheaf_checkpoint_sign(const char *origin, uint64_t size,
                      const uint8_t root[SHEAF_HASH_BYTES],
                      const struct sheaf_secret_key *key,
                      struct sheaf_buf *out, struct sheaf_error *err)
{
    struct checkpoint c;
    int rc = set_checkpoint(&c, origin, size, root, err);

    return rc == SHEAF_OK ? note_sign(&c, key->key, out, err) : rc;
}

int
sheaf_note_from_signature(struct sheaf_bytes text, struct sheaf_bytes file,
                        const struct sheaf_public_key *key,
                        struct sheaf_buf *out, struct sheaf_error *err)
{
    uint8_t sig[NOTE_SIG_BYTES];
    struct checkpoint c;
    int rc = hash_start(err);

    if (rc == SHEAF_OK)
        rc = checkpoint_parse(text, &c, err);
    if (rc == SHEAF_OK)
        rc = minisign_read_signature(file, key, text, sig, err);
    return rc == SHEAF_OK ? note_build(&c, key->key, sig, out, err) : rc;
}

int
sheaf_note_verify(struct sheaf_bytes bytes, const struct sheaf_public_key *key,
                  struct sheaf_error *err)
{
    struct note note;
    int rc = hash_start(err);

    if (rc == SHEAF_OK)
        rc = note_parse(bytes, &note, err);
    return rc == SHEAF_OK ? note_verify(&note, key->key, err) : rc;
}

int
sheaf_vkey(const struct sheaf_public_key *key, enum sheaf_signer signer,
           const char *name, struct sheaf_buf *out, struct sheaf_error *err)
{
    struct sheaf_bytes bytes = { (const uint8_t *)name, strlen(name) };
    struct note_key note_key;
    int rc = hash_start(err);

    if (rc != SHEAF_OK)
        return rc;
    if (signer != SHEAF_SIGNER_LOG && signer != SHEAF_SIGNER_COSIGNER)
        return fail(err, SHEAF_EINVAL, "unknown kind of signer");
    if (signer == SHEAF_SIGNER_LOG ? !note_origin_ok(name, bytes.len)
                                   : !note_name_ok(bytes))
        return fail(err, SHEAF_EINVAL, "not a valid name of a key");
    note_key = note_key_of(bytes, signer == SHEAF_SIGNER_LOG
                                      ? NOTE_ED25519
                                      : NOTE_COSIGNATURE, key->key);
    return note_key_format(&note_key, out, err);
}

int
sheaf_cosign(struct sheaf_bytes bytes, const struct sheaf_secret_key *key,
             const char *name, uint64_t time_s, struct sheaf_buf *out,
             struct sheaf_error *err)
{
    struct sheaf_bytes name_bytes = { (const uint8_t *)name, strlen(name) };
    struct note note;
    int rc = hash_start(err);

    if (rc == SHEAF_OK)
        rc = note_parse(bytes, &note, err);
    if (rc != SHEAF_OK)
        return rc;
    if (!note_name_ok(name_bytes) ||
        strcmp(name, note.checkpoint.origin) == 0)
        return fail(err, SHEAF_EINVAL, "not a valid name of a cosigner");
    if (time_s == 0 || time_s > INT64_MAX)
        return fail(err, SHEAF_EINVAL, "not a valid time");
    if (note_verify(&note, key->key + 32, NULL) == SHEAF_OK)
        return fail(err, SHEAF_EINVAL,
                    "the key is the log's own; a cosigner needs another one");
    return note_cosign(&note, name_bytes, time_s, key->key, out, err);
}

static bool
is_there(const struct note *note, const struct note_sig *sig)
{
    for (size_t i = 0; i < note->sig_count; i++) {
        if (bytes_equal(note->sigs[i].name, sig->name) &&
            memcmp(note->sigs[i].key_id, sig->key_id,
                   sizeof sig->key_id) == 0)
            return true;
    }
    return false;
}

/* Adds those lines to `text`, the note, that it does not have yet. */
static int
add_lines(const struct note *note, struct sheaf_bytes lines, unsigned *added,
          struct sheaf_buf *text, struct sheaf_error *err)
{
    struct cursor c = cursor_over(lines.data, lines.len);

    while (cursor_left(&c) > 0) {
        struct sheaf_bytes line;
        struct note_sig sig;

        line.data = cursor_line(&c, &line.len);
        if (line.data == NULL || !note_sig_parse(line, &sig))
            return fail_corrupt(err, NO_OFFSET, "F9.5",
                                "not a signature line");
        if (is_there(note, &sig))
            continue;
        if (text->len + line.len + 1 > NOTE_MAX || *added == NOTE_SIGS_MAX)
            return fail_limit(err, NO_OFFSET, "F9.1",
                              "too many signatures for one note");
        if (!buf_add(text, line.data, line.len + 1))
            return fail_nomem(err);
        (*added)++;
    }
    return SHEAF_OK;
}

int
sheaf_note_add(struct sheaf_bytes bytes, struct sheaf_bytes lines,
               unsigned *added, struct sheaf_buf *out, struct sheaf_error *err)
{
    struct sheaf_buf text = { 0 };
    struct note note;
    unsigned count = 0;
    int rc = note_parse(bytes, &note, err);

    if (rc != SHEAF_OK)
        return rc;
    if (!buf_add(&text, bytes.data, bytes.len))
        rc = fail_nomem(err);
    if (rc == SHEAF_OK)
        rc = add_lines(&note, lines, &count, &text, err);
    /* Refuse too many lines, and a key that comes twice. */
    if (rc == SHEAF_OK)
        rc = note_parse(buf_view(&text), &note, err);
    if (rc != SHEAF_OK) {
        sheaf_buf_free(&text);
        return rc;
    }

    sheaf_buf_free(out);
    *out = text;
    *added = count;
    return SHEAF_OK;
}
