/*
 * One scratch serves many readers in turn: what is left of another archive in
 * it answers no question.
 */
#include "archive.h"
#include "base/buf.h"

static int
note_group(void *arg, const struct sheaf_group *group)
{
    *(uint64_t *)arg = group->offset + group->length;
    return 0;
}

static int
note_leaf(void *arg, const struct sheaf_scan_item *item)
{
    *(uint64_t *)arg += (uint64_t)item->state << item->leaf % 8 * 8;
    return 0;
}

static int
note_line(void *arg, const struct sheaf_listing *line)
{
    *(uint64_t *)arg += line->entry.leaf + line->entry.offset;
    return 0;
}

/* The answer to a question about `d`, which is leaf 30 of an archive. */
static int
ask(const struct sheaf_reader *r, struct sheaf_scratch *s, unsigned question,
    const struct doc *d, struct sheaf_buf *out, struct sheaf_error *err)
{
    struct sheaf_entry e = { 0 };
    struct sheaf_bytes id = blob_view(&d->id);
    uint8_t hash[SHEAF_HASH_BYTES] = { 0 };
    uint64_t n = 0;
    int newest = 0;
    int rc = -1;

    switch (question) {
    case 0: rc = sheaf_find(r, s, id, 0, &e, err); break;
    case 1: rc = sheaf_find_url(r, s, blob_view(&d->url), &e, err); break;
    case 2: rc = sheaf_locate(r, s, 30, &e, err); break;
    case 3: rc = sheaf_hint(r, s, id, &n, err); break;
    case 4: rc = sheaf_is_newest(r, s, id, 30, &newest, err); break;
    case 5: rc = sheaf_leaf_hash(r, s, 30, hash, err); break;
    case 6: rc = sheaf_root_at(r, s, 30, hash, err); break;
    case 7: rc = sheaf_list_groups(r, s, note_group, &n, err); break;
    case 8: rc = sheaf_scan(r, s, note_leaf, &n, err); break;
    case 9: rc = sheaf_list(r, s, NULL, note_line, &n, err); break;
    default: break;
    }
    out->len = 0;
    if (!buf_add_be(out, e.leaf, 8) || !buf_add_be(out, e.offset, 8) ||
        !buf_add_be(out, e.index, 4) || !buf_add_be(out, n, 8) ||
        !buf_add_be(out, (uint64_t)newest, 1) ||
        !buf_add(out, hash, sizeof hash))
        abort();
    return rc;
}

static void
test_two_archives(void)
{
    static const struct sheaf_write_options o = { SHEAF_WRITE_OPTIONS,
                                                  .dict_max = -1 };
    struct sheaf_error err = { 0 };
    struct sheaf_buf bytes[2] = { { 0 }, { 0 } };
    struct sheaf_buf want = { 0 }, got = { 0 };
    struct sheaf_reader *r[2] = { NULL, NULL };
    struct doc *docs[2];

    /* The other one has other articles at the same places. */
    for (size_t k = 0; k < 2; k++) {
        docs[k] = docs_make(40, 200, 30);
        for (size_t i = 0; k == 1 && i < 40; i++) {
            docs[k][i].id.data[0] = 'o';
            docs[k][i].url.data[8] = 'o';
            docs[k][i].parts[0].data[0] = 'O';
            doc_describe(&docs[k][i], (unsigned)i);
        }
        /* One has a newer revision of leaf 30. */
        if (k == 0) {
            docs[k][39].id.len = 0;
            blob_add(&docs[k][39].id, docs[k][30].id.data, docs[k][30].id.len);
            doc_describe(&docs[k][39], 39);
        }
        MUST_BE(pack(docs[k], 40, &o, NULL, &bytes[k], NULL, &err), SHEAF_OK,
                &err);
        MUST_BE(open_bytes(bytes[k].data, bytes[k].len, NULL, &r[k], &err),
                SHEAF_OK, &err);
    }
    for (unsigned question = 0; question < 10; question++) {
        size_t wrong = 0;

        for (unsigned before = 0; before < 10; before++) {
            struct sheaf_scratch *s = NULL, *other = NULL;

            MUST_BE(sheaf_scratch_new(&s, &err), SHEAF_OK, &err);
            MUST_BE(sheaf_scratch_new(&other, &err), SHEAF_OK, &err);
            MUST_BE(ask(r[0], s, question, &docs[0][30], &want, &err),
                    SHEAF_OK, &err);
            MUST_BE(ask(r[1], other, before, &docs[1][30], &got, &err),
                    SHEAF_OK, &err);
            wrong += ask(r[0], other, question, &docs[0][30], &got, &err) !=
                         SHEAF_OK ||
                     got.len != want.len ||
                     memcmp(got.data, want.data, want.len) != 0;
            sheaf_scratch_free(s);
            sheaf_scratch_free(other);
        }
        eq_int(wrong, 0, "question %u after each about another archive",
               question);
    }
    for (size_t k = 0; k < 2; k++) {
        sheaf_close(r[k]);
        docs_free(docs[k], 40);
        sheaf_buf_free(&bytes[k]);
    }
    sheaf_buf_free(&want);
    sheaf_buf_free(&got);
}

int
main(void)
{
    test_two_archives();
    return tap_done();
}
