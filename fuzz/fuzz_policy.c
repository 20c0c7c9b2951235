/*
 * Policies, and notes checked against them. The input is a policy, and after a
 * line "== note" a note. The result for a note must agree with the results for
 * its single witnesses. The same input also serves as lines to add to a note,
 * and as a key.
 */
#include "base/buf.h"
#include "fuzz.h"
#include "log/note.h"
#include "log/policy.h"

#define MARK "\n== note\n"

static void
check_note(const struct sheaf_policy *policy, struct sheaf_bytes note)
{
    struct sheaf_attestation a = { .witnesses = UINT32_MAX };
    struct sheaf_error err = { 0 };
    struct sheaf_witness w;
    unsigned n = 0, cosigned = 0;
    uint64_t first = UINT64_MAX, last = 0;
    int rc = sheaf_policy_check(policy, note, NULL, &a, &err);

    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        MUST_HOLD(a.witnesses == UINT32_MAX);
        return;
    }
    while ((rc = sheaf_policy_witness(policy, note, n, &w, &err)) == SHEAF_OK) {
        n++;
        if (!w.cosigned)
            continue;
        MUST_HOLD(w.readable && w.time_s <= INT64_MAX);
        cosigned++;
        first = w.time_s < first ? w.time_s : first;
        last = w.time_s > last ? w.time_s : last;
    }
    MUST_HOLD(rc == SHEAF_END);
    MUST_HOLD(n == a.witnesses && cosigned == a.cosigned);
    MUST_HOLD((a.attested_s == 0 && a.fresh_s == 0) ||
              (a.attested_s >= first && a.attested_s <= last &&
               a.fresh_s >= first && a.fresh_s <= last));
}

/* Lines to add to a note that is good. */
static void
check_lines(struct sheaf_bytes note, struct sheaf_bytes lines)
{
    struct sheaf_buf out = { 0 }, again = { 0 };
    struct sheaf_error err = { 0 };
    struct note parsed;
    unsigned added = 0;
    int rc = sheaf_note_add(note, lines, &added, &out, &err);

    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        MUST_HOLD(out.data == NULL);
        return;
    }
    MUST_HOLD(note_parse(buf_view(&out), &parsed, NULL) == SHEAF_OK);
    MUST_HOLD(out.len >= note.len);
    MUST_HOLD(memcmp(out.data, note.data, note.len) == 0);
    MUST_HOLD((added == 0) == (out.len == note.len));
    MUST_HOLD(sheaf_note_add(buf_view(&out), lines, &added, &again, NULL) ==
              SHEAF_OK);
    MUST_HOLD(added == 0 && bytes_equal(buf_view(&out), buf_view(&again)));
    sheaf_buf_free(&out);
    sheaf_buf_free(&again);
}

static void
check_key(struct sheaf_bytes text)
{
    struct sheaf_buf out = { 0 };
    struct note_key key;

    if (!note_key_parse(text, &key))
        return;
    MUST_HOLD(note_name_ok(key.name));
    if (key.alg != NOTE_ED25519 && key.alg != NOTE_COSIGNATURE)
        return;
    MUST_HOLD(note_key_format(&key, &out, NULL) == SHEAF_OK);
    MUST_HOLD(bytes_equal(buf_view(&out), text));
    sheaf_buf_free(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char good[] =
        "a\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n"
        "\xE2\x80\x94 a AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
    const uint8_t *mark = size != 0 ? memmem(data, size, MARK,
                                             sizeof MARK - 1) : NULL;
    struct sheaf_bytes policy_text = { data, size };
    struct sheaf_bytes note = { (const uint8_t *)good, sizeof good - 1 };
    struct sheaf_policy *policy = NULL;
    struct sheaf_checkpoint c;
    struct sheaf_error err = { 0 };
    uint8_t *copy;
    int rc;

    MUST_HOLD(hash_start(NULL) == SHEAF_OK);
    MUST_HOLD(sheaf_checkpoint_parse(note, &c, NULL) == SHEAF_OK);
    check_key(policy_text);
    check_lines(note, policy_text);
    if (mark != NULL) {
        policy_text.len = (size_t)(mark + 1 - data);
        note.data = mark + sizeof MARK - 1;
        note.len = size - (size_t)(note.data - data);
    }
    /* A policy is kept; what it was parsed from is not. */
    copy = exact_copy(policy_text.data, policy_text.len);
    policy_text.data = copy;
    rc = sheaf_policy_parse(policy_text, &policy, &err);
    free(copy);
    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        return 0;
    }
    check_note(policy, note);
    sheaf_policy_free(policy);
    return 0;
}
