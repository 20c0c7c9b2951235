/*
 * sample.c - a dictionary from a sample of articles, for archives that are
 * packed in pieces (format.md F5).
 *
 * The sample goes through a writer that has no archive: what is the same twice
 * is left out, and the dictionary is chosen as for an archive of the sample.
 */
#include "write/writer.h"

#include "base/buf.h"
#include "base/err.h"
#include "format/dictframe.h"

int
sheaf_train_new(const struct sheaf_write_options *options,
                struct sheaf_writer **out, struct sheaf_error *err)
{
    static const struct writer_setup setup = { .sample = true };
    struct sheaf_writer *w = NULL;
    int rc = writer_new(options, &setup, &w, err);

    if (rc == SHEAF_OK && w->options.dict_max < 0)
        rc = fail(err, SHEAF_EINVAL, "a dictionary is what is to be made");
    if (rc != SHEAF_OK) {
        sheaf_writer_free(w);
        return rc;
    }
    w->sample = true;
    *out = w;
    return SHEAF_OK;
}

int
sheaf_train(struct sheaf_writer *writer, struct sheaf_buf *out,
            struct sheaf_error *err)
{
    struct sheaf_writer *w = writer;
    struct sheaf_buf packed = { 0 };
    int rc;

    if (!w->sample || w->failed)
        return fail(err, SHEAF_EINVAL, "not a sample");
    w->failed = true;
    rc = encode_choose(w->encoder, &packed, err);
    if (rc == SHEAF_OK) {
        out->len = 0;
        if (packed.len == 0)
            rc = SHEAF_END;
        else if (!dictframe_encode(buf_view(&packed), out))
            rc = fail_nomem(err);
    }
    sheaf_buf_free(&packed);
    return rc;
}
