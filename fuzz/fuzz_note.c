/*
 * Checkpoints. A note that note_parse accepts says exactly what it was parsed
 * into, and that can be signed and read again.
 */
#include "base/buf.h"
#include "fuzz.h"
#include "log/note.h"

/* A key pair that anybody may know: from the seed 00 01 ... 1f. */
static const uint8_t secret[64] = {
    0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a,
    0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11, 0x12, 0x13, 0x14, 0x15,
    0x16, 0x17, 0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f, 0x03,
    0xa1, 0x07, 0xbf, 0xf3, 0xce, 0x10, 0xbe, 0x1d, 0x70, 0xdd, 0x18,
    0xe7, 0x4b, 0xc0, 0x99, 0x67, 0xe4, 0xd6, 0x30, 0x9b, 0xa5, 0x0d,
    0x5f, 0x1d, 0xdc, 0x86, 0x64, 0x12, 0x55, 0x31, 0xb8
};

static void
check_sigs(const struct note *note)
{
    MUST_HOLD(note->sig_count >= 1 && note->sig_count <= NOTE_SIGS_MAX);
    for (size_t i = 0; i < note->sig_count; i++) {
        const struct note_sig *sig = &note->sigs[i];
        size_t cap = sig->base64.len;
        uint8_t *bytes = exact_copy(sig->base64.data, cap);
        size_t len;

        MUST_HOLD(base64_decode(sig->base64.data, sig->base64.len, bytes, cap,
                                &len));
        MUST_HOLD(len > NOTE_KEY_ID_BYTES);
        MUST_HOLD(memcmp(bytes, sig->key_id, NOTE_KEY_ID_BYTES) == 0);
        free(bytes);
    }
}

/* Cosign it, and see who has. */
static void
check_cosign(const struct note *note)
{
    static const uint8_t name[] = { 'w' };
    const struct sheaf_bytes name_bytes = { name, sizeof name };
    const uint64_t when = (uint64_t)note->checkpoint.root[0] << 55;
    struct note_key key = note_key_of(name_bytes, NOTE_COSIGNATURE,
                                      secret + 32);
    struct sheaf_buf text = { 0 }, line = { 0 };
    struct sheaf_error err = { 0 };
    struct note cosigned;
    uint64_t time = 0;
    int rc = note_cosigned(note, &key, &time, &err);

    if (rc < 0)
        check_error(rc, &err);
    MUST_HOLD(note_cosign(note, name_bytes, when, secret, &line, NULL) ==
              SHEAF_OK);
    MUST_HOLD(note_sign(&note->checkpoint, secret, &text, NULL) == SHEAF_OK);
    MUST_HOLD(buf_add(&text, line.data, line.len));
    if (strcmp(note->checkpoint.origin, "w") != 0) {
        MUST_HOLD(note_parse(buf_view(&text), &cosigned, NULL) == SHEAF_OK);
        MUST_HOLD(note_cosigned(&cosigned, &key, &time, NULL) == SHEAF_OK);
        MUST_HOLD(time == when);
    }
    sheaf_buf_free(&text);
    sheaf_buf_free(&line);
}

/* Sign what it says, and read that. */
static void
check_again(const struct checkpoint *c)
{
    struct sheaf_buf out = { 0 };
    struct note note;

    MUST_HOLD(note_sign(c, secret, &out, NULL) == SHEAF_OK);
    MUST_HOLD(note_parse(buf_view(&out), &note, NULL) == SHEAF_OK);
    MUST_HOLD(note_verify(&note, secret + 32, NULL) == SHEAF_OK);
    MUST_HOLD(strcmp(note.checkpoint.origin, c->origin) == 0);
    MUST_HOLD(note.checkpoint.size == c->size);
    MUST_HOLD(memcmp(note.checkpoint.root, c->root, HASH_BYTES) == 0);
    sheaf_buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct sheaf_bytes bytes = { data, size };
    struct sheaf_error err = { 0 };
    char text[CHECKPOINT_TEXT_SIZE];
    struct note note;
    size_t len;
    int rc;

    MUST_HOLD(hash_start(NULL) == SHEAF_OK);
    rc = note_parse(bytes, &note, &err);
    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        return 0;
    }
    MUST_HOLD(checkpoint_text(&note.checkpoint, text, &len, NULL) == SHEAF_OK);
    MUST_HOLD(len == note.text.len && memcmp(text, note.text.data, len) == 0);
    check_sigs(&note);
    rc = note_verify(&note, secret + 32, &err);
    if (rc != SHEAF_OK)
        check_error(rc, &err);
    check_cosign(&note);
    check_again(&note.checkpoint);
    return 0;
}
