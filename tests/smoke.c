/*
 * A user's program, compiled against the files of `make install` with the
 * flags from pkg-config. It makes an archive in memory, opens it and reads it
 * back.
 */
#include <sheaf.h>

#include <stdio.h>
#include <string.h>

static int
complain(const char *what, const struct sheaf_error *err)
{
    fprintf(stderr, "smoke: %s: %s\n", what, err->message);
    return 1;
}

static int
pack(struct sheaf_buf *archive, struct sheaf_error *err)
{
    static const char fields[] =
        "{\"headline\":\"Bridge opens\",\"id\":\"a/1\"}";
    static const char body[] = "The bridge opened on Monday.\n";
    const struct sheaf_bytes meta = { (const uint8_t *)fields,
                                      sizeof fields - 1 };
    const struct sheaf_new_part part = {
        SHEAF_ROLE_BODY, "text/plain",
        { (const uint8_t *)body, sizeof body - 1 }, NULL
    };
    struct sheaf_sink sink;
    struct sheaf_writer *writer;
    enum sheaf_added added;
    int rc;

    rc = sheaf_sink_memory(&sink, archive, err);
    if (rc != SHEAF_OK)
        return rc;
    rc = sheaf_writer_new(sink, NULL, &writer, err);
    if (rc != SHEAF_OK)
        return rc;
    rc = sheaf_add(writer, meta, &part, 1, &added, err);
    if (rc == SHEAF_OK)
        rc = sheaf_commit(writer, NULL, NULL, err);
    sheaf_writer_free(writer);
    return rc;
}

static int
look(struct sheaf_reader *reader, struct sheaf_error *err)
{
    struct sheaf_scratch *scratch;
    struct sheaf_article article;
    struct sheaf_entry entry;
    int rc;

    rc = sheaf_scratch_new(&scratch, err);
    if (rc != SHEAF_OK)
        return rc;
    rc = sheaf_find(reader, scratch, sheaf_str("a/1"), 0, &entry, err);
    if (rc == SHEAF_OK)
        rc = sheaf_read(reader, scratch, &entry, &article, err);
    if (rc == SHEAF_OK)
        printf("%.*s", (int)article.parts[0].data.len,
               (const char *)article.parts[0].data.data);
    sheaf_scratch_free(scratch);
    return rc;
}

int
main(void)
{
    struct sheaf_buf archive = { 0 };
    struct sheaf_error err = { 0 };
    struct sheaf_source source;
    struct sheaf_reader *reader;

    if (pack(&archive, &err) != SHEAF_OK)
        return complain("pack", &err);
    if (sheaf_source_memory(&source, sheaf_view(archive.data, archive.len),
                            &err) !=
            SHEAF_OK ||
        sheaf_open(source, NULL, &reader, &err) != SHEAF_OK)
        return complain("open", &err);
    if (look(reader, &err) != SHEAF_OK)
        return complain("read", &err);
    sheaf_close(reader);
    sheaf_buf_free(&archive);
    return 0;
}
