/*
 * vectors_notes.c - clauses on checkpoints and tops (F9, F11).
 */
#include "vectors.h"

/* ---- Twists -------------------------------------------------------------- */

TWIST(note_unended)
{
    if (when == AT_NOTE)
        ((struct top *)what)->note.len--;
}

static void
witness(struct sheaf_buf *note, const char *name, unsigned number)
{
    uint8_t sig[4 + 8] = { 0 };
    char base64[BASE64_SIZE(sizeof sig)];

    put_be(sig, number, 4);
    base64_encode(sig, sizeof sig, base64);
    MUST(buf_add_str(note, "\xe2\x80\x94 ") && buf_add_str(note, name) &&
         buf_add_str(note, " ") && buf_add_str(note, base64) &&
         buf_add_str(note, "\n"));
}

TWIST(note_17)
{
    for (unsigned i = 0; when == AT_NOTE && i < 16; i++)
        witness(&((struct top *)what)->note, "witness.example", i);
}

TWIST(note_log_twice)
{
    if (when == AT_NOTE)
        witness(&((struct top *)what)->note, ORIGIN, 1);
}

TWIST(note_witness_twice)
{
    for (unsigned i = 0; when == AT_NOTE && i < 2; i++)
        witness(&((struct top *)what)->note, "witness.example", 7);
}

static void
cut_signatures(struct sheaf_buf *note)
{
    uint8_t *empty = memmem(note->data, note->len, "\n\n", 2);

    MUST(empty != NULL);
    note->len = (size_t)(empty - note->data) + 2;
}

TWIST(note_no_sigs)
{
    if (when == AT_NOTE)
        cut_signatures(&((struct top *)what)->note);
}

TWIST(note_short_sig)
{
    struct top *t = what;
    struct sheaf_secret_key secret;
    struct sheaf_public_key pub;
    uint8_t id[4];

    if (when == AT_NOTE) {
        make_key(SEED, &secret, &pub);
        note_key_id(ORIGIN, pub.key, id);
        cut_signatures(&t->note);
        witness(&t->note, ORIGIN, (unsigned)get_be(id, 4));
    }
}

/* After a signed generation, a note of one leaf less. */
TWIST(note_between)
{
    struct top *t = what;
    struct top first;

    if (when != AT_NOTE || t->generation != 2)
        return;
    first = *t;
    first.size--;
    merkle_root(b->ledger.slab, first.size, first.root);
    make_note(b->plan, SEED, &first, &t->note);
}

/* A key change to a key of ML-DSA-44, by the lengths of that; and a note that
 * this key might have signed. */
TWIST(other_algorithm)
{
    static const uint8_t head[34] = "sheaf/rekey/v1\0\0"
                                    "\1\6\0\x20\x05\x20\0\x40\x09\x74";
    struct key_change unknown = { .unknown = true };
    struct sheaf_buf part = { 0 };
    struct top *t = what;
    uint8_t sig[4 + 2420];
    char base64[BASE64_SIZE(sizeof sig)];

    if (b->ledger.top.generation != 2)
        return;
    memset(sig, 0x5a, sizeof sig);
    if (when == AT_STATEMENTS) {
        MUST(buf_add(&part, head, sizeof head) && buf_add(&part, sig, 32) &&
             buf_add(&part, sig, 1312) && buf_add(&part, sig, 64) &&
             buf_add(&part, sig, 2420));
        add_key_part(b, &unknown, buf_view(&part));
        sheaf_buf_free(&part);
    }
    if (when == AT_NOTE) {
        base64_encode(sig, sizeof sig, base64);
        cut_signatures(&t->note);
        MUST(buf_add_str(&t->note, "\xe2\x80\x94 " ORIGIN " ") &&
             buf_add_str(&t->note, base64) && buf_add_str(&t->note, "\n"));
    }
}

/* The second generation has no note; or the third that of the first. */
TWIST(note_left_out)
{
    struct top *t = what;

    if (when == AT_NOTE && t->generation == 2)
        t->note.len = 0;
}

TWIST(note_smaller)
{
    static struct sheaf_buf first;
    struct top *t = what;

    if (when == AT_NOTE && t->generation == 1)
        MUST(buf_add(&first, t->note.data, t->note.len));
    if (when == AT_NOTE && t->generation == 3) {
        t->note.len = 0;
        MUST(buf_add(&t->note, first.data, first.len));
        sheaf_buf_free(&first);
    }
}

TWIST(note_other_key)
{
    struct top *t = what;

    if (when == AT_NOTE)
        make_note(b->plan, OTHER_SEED, t, &t->note);
}

TWIST(note_bad_sig)
{
    struct top *t = what;

    if (when == AT_NOTE) {
        uint8_t *c = t->note.data + t->note.len - 20;

        *c = *c == 'A' ? 'B' : 'A';
    }
}

/* What a version that comes later may add: this one passes over it. */
TWIST(later)
{
    if (when == AT_START)
        add_optional(b, "abC", 7, "a frame of a later version");
    lengthen(b, when, what, "TOP", 20);
}

TWIST(top_cut)
{
    if (when == AT_FRAME && frame_is(b, *(size_t *)what, "TOP")) {
        b->out.len -= FRAME_SUM_SIZE + 1;
        MUST(frame_end(&b->out, *(size_t *)what));
    }
}

TWIST(top_dict)
{
    struct top *t = what;

    if (when == AT_TOP)
        t->dicts[0].raw++;
}

TWIST(top_parity)
{
    struct top *t = what;

    if (when == AT_TOP)
        t->dicts[0].par--;
}

TWIST(top_no_dict)
{
    struct top *t = what;

    if (when == AT_TOP)
        t->dict_count = 0;
}

TWIST(top_origin)
{
    struct top *t = what;

    if (when == AT_TOP && b->ledger.top.generation == 2)
        t->origin.data[t->origin.len - 1] ^= 1;
}

/* Signed by the key that was replaced. */
TWIST(note_old_key)
{
    struct top *t = what;

    if (when == AT_NOTE)
        make_note(b->plan, SEED, t, &t->note);
}

/* The key changes in the second generation, and back in the third. */
TWIST(rekey_and_back)
{
    if (when == AT_STATEMENTS && b->ledger.top.generation == 2)
        add_key_change(b, SEED, OTHER_SEED, ORIGIN);
    if (when == AT_STATEMENTS && b->ledger.top.generation == 3)
        add_key_change(b, OTHER_SEED, SEED, ORIGIN);
}

TWIST(note_other_after_back)
{
    struct top *t = what;

    rekey_and_back(b, when, what);
    if (when == AT_NOTE)
        make_note(b->plan, OTHER_SEED, t, &t->note);
}

/* The second generation, which changes the key, is not signed: the note of
 * the first stays, ... */
static void
keep_first_note(struct build *b, enum moment when, struct top *t,
                const char *seed)
{
    static struct sheaf_buf first;

    if (when != AT_NOTE)
        return;
    if (t->generation == 1) {
        make_note(b->plan, seed, t, &t->note);
        first.len = 0;
        MUST(buf_add(&first, t->note.data, t->note.len));
    } else {
        t->note.len = 0;
        MUST(buf_add(&t->note, first.data, first.len));
        sheaf_buf_free(&first);
    }
}

TWIST(note_of_first)
{
    keep_first_note(b, when, what, SEED);
}

/* ... and was signed by the key that only comes then. */
TWIST(note_new_key_early)
{
    keep_first_note(b, when, what, OTHER_SEED);
}

TWIST(top_key_leaf)
{
    struct top *t = what;

    if (when == AT_TOP && t->key_count != 0)
        t->keys[0].leaf = t->size;
}

TWIST(top_key_other_leaf)
{
    struct top *t = what;

    if (when == AT_TOP && t->key_count != 0)
        t->keys[0].leaf--;
}

TWIST(top_key_offset)
{
    struct top *t = what;

    if (when == AT_TOP && t->key_count != 0)
        t->keys[0].offset--;
}

TWIST(top_no_keys)
{
    struct top *t = what;

    if (when == AT_TOP) {
        t->key_count = 0;
        t->key_leaves.len = 0;
    }
}

/* Tops that are written against another: the third against the second, which
 * is itself written against the first; ... */
TWIST(top_base_of_base)
{
    struct top *t = what;

    if (when == AT_TOP && b->ledger.top.generation == 3) {
        struct end e;

        MUST_OK(end_decode(b->out.data + b->ledger.last_end,
                           b->ledger.last_end, &e, NULL));
        t->base = e.top;
        t->base_length = e.top_length;
    }
}

/* ... against the first copy of the base; ... */
TWIST(top_first_copy)
{
    struct top *t = what;

    if (when == AT_TOP && b->ledger.top.generation == 3)
        t->base -= END_SIZE + (uint64_t)t->base_length;
}

/* ... and with fewer entries of the base than there are. */
TWIST(top_keeps_less)
{
    if (when == AT_TOP && b->ledger.top.generation == 3)
        b->ledger.base.dict_count--;
}

/* ---- What is broken ------------------------------------------------------ */

const struct plan note_plans[] = {
    { "F9.1-unended", .note = true, .twist = note_unended },
    { "F9.1-no-signatures", .note = true, .twist = note_no_sigs },
    { "F9.1-no-empty-line", SIG("\n\n", "\n") },
    { "F9.1-control", SIG(" example", " \x07xample") },
    { "F9.1-utf8", SIG(" example", " \xc3xample") },
    { "F9.1-17-signatures", .note = true, .twist = note_17 },
    { "F9.2-space", NOTE("example.org/", "example.org ") },
    { "F9.2-cosignature", NOTE("example.org/", "cosignature/") },
    { "F9.3-zero", NOTE("\n4\n", "\n04\n") },
    { "F9.3-sign", NOTE("\n4\n", "\n+4\n") },
    { "F9.3-large", NOTE("\n4\n", "\n9223372036854775808\n") },
    { "F9.4-padding", NOTE("=\n", "\n") },
    { "F9.4-length", NOTE("=\n", "=AAA\n") },
    { "F9.4-line", NOTE("=\n", "=\nextension\n") },
    { "F9.5-dash", SIG("\n\xe2\x80\x94 ", "\n- ") },
    { "F9.5-spaces", SIG("\n\xe2\x80\x94 ", "\n\xe2\x80\x94  ") },
    { "F9.5-plus", SIG("\xe2\x80\x94 example", "\xe2\x80\x94 exa+ple") },
    { "F9.6-name",
      SIG("\xe2\x80\x94 example.org", "\xe2\x80\x94 example.com") },
    { "F9.6-log-twice", .note = true, .twist = note_log_twice },
    { "F9.6-witness-twice", .note = true, .twist = note_witness_twice },
    { "F9.7-other-key", .expect = "verify", .note = true, .key = true,
      .twist = note_other_key },
    { "F9.8-signature", .expect = "verify", .note = true, .key = true,
      .twist = note_bad_sig },
    { "F9.8-short", .expect = "verify", .note = true, .key = true,
      .twist = note_short_sig },
    { "F9.8-unsigned", .expect = "verify", .key = true },
    { "F9.10-old-key", .expect = "verify", REKEYED, .key = true,
      .twist = note_old_key },
    { "F9.10-back", .expect = "verify", .generations = 3, .key = true,
      .twist = note_other_after_back },
    { "F9.7-too-early", .expect = "verify", REKEYED, .note = true, .key = true,
      .twist = note_new_key_early },
    { "F9.7-old-key", .expect = "verify", REKEYED, .other_key = true,
      .twist = note_old_key },
    { "F9.9-size", NOTE("\n4\n", "\n5\n") },
    { "F9.9-between", .expect = "corrupt", .generations = 2,
      .twist = note_between },
    { "F9.9-left-out", .generations = 2, .note = true,
      .twist = note_left_out },
    { "F9.9-smaller", .generations = 3, .note = true,
      .twist = note_smaller },
    { "F9.9-root", NOTE("\n4\n", "\n3\n") },
    { "F9.9-origin", NOTE("vectors", "victors"),
      .sig_from = "\xe2\x80\x94 example.org/vectors",
      .sig_to = "\xe2\x80\x94 example.org/victors" },
    { "later", .expect = "ok", .generations = 2, .note = true, .key = true,
      .may = 0x80000001, .twist = later },
    { "key-algorithm", .expect = "ok", .generations = 2, .note = true,
      .twist = other_algorithm },
    { "unsupported-key-algorithm", .expect = "unsupported", .generations = 2,
      .note = true, .key = true, .twist = other_algorithm },
    { "F11.1-cut", .twist = top_cut },
    { "F11.1-size", PATCH("TOP", 0, 19, 4) },
    { "F11.1-articles", PATCH("TOP", 0, 26, 1) },
    { "F11.1-slabs", PATCH("TOP", 0, 112, 1) },
    { "F11.1-tiles", PATCH("TOP", 0, 116, 2) },
    { "F11.1-tile", PATCH("TOP", 0, 118, 1) },
    { "F11.1-run", PATCH("TOP", 0, 166, 1) },
    { "F11.1-rows", PATCH("TOP", 0, 179, 128) },
    { "F11.1-width", PATCH("TOP", 0, 189, 0x20) },
    { "F11.1-url-key", PATCH("TOP", 0, 227, 0x80) },
    { "F11.1-table", PATCH("TOP", 0, 168, 1) },
    { "F11.1-redactions", PATCH("TOP", 0, 34, 1) },
    { "F11.1-keys", REKEYED, .twist = top_key_leaf },
    { "F11.1-base", BASED, PATCH("TOP", 2, 1, 1) },
    { "F11.1-base-of-base", BASED, .twist = top_base_of_base },
    { "F11.1-kept", BASED, PATCH("TOP", 2, 80, 1) },
    { "F11.1-base-origin", BASED, PATCH("TOP", 2, 75, 1) },
    { "F11.3-articles", PATCH("TOP", 0, 27, 1) },
    { "F11.3-redactions", .generations = 2, PATCH("TOP", 1, 35, 1) },
    { "F11.3-no-redaction", REDACTED, PATCH("TOP", 1, 35, 1) },
    { "F11.3-no-keys", REKEYED, .twist = top_no_keys },
    { "F11.3-keys-leaf", REKEYED, .twist = top_key_other_leaf },
    { "F11.3-keys-offset", REKEYED, .twist = top_key_offset },
    { "F11.3-generation", PATCH("TOP", 0, 43, 1 ^ 2) },
    { "F11.3-raw", PATCH("TOP", 0, 51, 1) },
    { "F11.3-seal", PATCH("TOP", 0, 59, 1) },
    { "F11.3-tile", PATCH("TOP", 0, 124, 1) },
    { "F11.3-table", PATCH("TOP", 0, 174, 1) },
    { "F11.3-key", PATCH("TOP", 0, 185, 1) },
    { "F11.3-width", PATCH("TOP", 0, 189, 1) },
    { "F11.3-url-width", PATCH("TOP", 0, 232, 1) },
    { "F11.3-rows", PATCH("TOP", 0, 226, 1 ^ 2) },
    { "F11.3-origin", .generations = 2, .twist = top_origin },
    { "F11.3-dictionary", .dict = true, .twist = top_dict },
    { "F11.3-parity", .dict = true, .twist = top_parity },
    { "F11.3-no-dictionary", .dict = true, .twist = top_no_dict },
    { "F11.1-piece", .generations = 2, PATCH("TOP", 1, -8, 1) },
    { "F11.3-piece", .generations = 2, PATCH("TOP", 1, -1, 1) },
    { "F11.3-kept", BASED, .twist = top_keeps_less },
    { "F11.4-first-copy", BASED, .twist = top_first_copy },

    { "runs-of-all", .expect = "ok", .generations = 3, .note = true,
      .key = true, .runs = RUNS_OF_ALL },
    { "runs-of-each", .expect = "ok", .generations = 8, .note = true,
      .key = true, .runs = RUNS_OF_EACH },
    { "based", .expect = "ok", BASED },
    { "rekeyed", .expect = "ok", REKEYED, .note = true, .key = true },
    { "rekeyed-new-key", .expect = "ok", REKEYED, .note = true,
      .other_key = true },
    { "rekeyed-back", .expect = "ok", .generations = 3, .note = true,
      .key = true, .twist = rekey_and_back },
    { "rekeyed-twice", .expect = "ok", .generations = 3, .note = true,
      .other_key = true, .twist = rekey_and_back },
    { "rekeyed-unsigned", .expect = "ok", REKEYED, .note = true, .key = true,
      .twist = note_of_first },
    { .name = NULL },
};
