#include <sheaf.h>

#include <stdio.h>
#include <string.h>

static struct sheaf_bytes
bytes_of(const char *text)
{
    struct sheaf_bytes b = { (const uint8_t *)text, strlen(text) };

    return b;
}

static int
add(struct sheaf_writer *writer, const char *json, const char *body,
    struct sheaf_error *err)
{
    const struct sheaf_new_part part = {
        SHEAF_ROLE_BODY, "text/plain", bytes_of(body), NULL
    };
    struct sheaf_buf line = { 0 };
    struct sheaf_bytes fields;
    enum sheaf_added added;
    int rc;

    /* Canonical JSON: sorted names, no white space. */
    rc = sheaf_json_canonical(bytes_of(json), &line, err);
    if (rc == SHEAF_OK) {
        fields.data = line.data;
        fields.len = line.len;
        rc = sheaf_add(writer, fields, &part, 1, &added, err);
    }
    sheaf_buf_free(&line);
    return rc;
}

static int
pack(const struct sheaf_secret_key *key, struct sheaf_buf *archive,
     struct sheaf_error *err)
{
    struct sheaf_write_options options = { .time = 1700000000000 };
    struct sheaf_writer *writer = NULL;
    struct sheaf_sink sink;
    int rc;

    rc = sheaf_sink_memory(&sink, archive, err);
    if (rc == SHEAF_OK)
        rc = sheaf_writer_new(sink, &options, &writer, err);
    if (rc == SHEAF_OK)
        rc = add(writer, "{\"id\": \"a/1\", \"headline\": \"Bridge opens\"}",
                 "The bridge opened on Monday.\n", err);
    if (rc == SHEAF_OK)
        rc = add(writer, "{\"id\": \"a/2\", \"published\": \"2024-03-11\"}",
                 "The bridge closed on Tuesday.\n", err);
    if (rc == SHEAF_OK)
        rc = sheaf_commit(writer, key, NULL, err);
    sheaf_writer_free(writer);
    return rc;
}

static int
print(void *arg, const void *data, size_t len)
{
    return fwrite(data, 1, len, arg) != len;
}

static int
look(const struct sheaf_reader *reader, struct sheaf_error *err)
{
    struct sheaf_scratch *scratch = NULL;
    struct sheaf_article article;
    struct sheaf_entry entry;
    int rc;

    rc = sheaf_scratch_new(&scratch, err);
    if (rc == SHEAF_OK)
        rc = sheaf_find(reader, scratch, "a/2", 3, 0, &entry, err);
    if (rc == SHEAF_OK)
        rc = sheaf_read(reader, scratch, &entry, &article, err);
    if (rc == SHEAF_OK) {
        printf("%.*s\n", (int)article.meta.len,
               (const char *)article.meta.data);
        rc = sheaf_read_part(reader, scratch, &article, 0, print, stdout,
                             err);
    }
    sheaf_scratch_free(scratch);
    return rc;
}

int
main(void)
{
    struct sheaf_verify_options check = { 0 };
    struct sheaf_secret_key secret;
    struct sheaf_public_key pub;
    struct sheaf_buf archive = { 0 };
    struct sheaf_reader *reader = NULL;
    struct sheaf_source source;
    struct sheaf_report report;
    struct sheaf_error err = { 0 };
    int rc;

    rc = sheaf_keygen(&secret, &pub, &err);
    if (rc == SHEAF_OK)
        rc = pack(&secret, &archive, &err);
    sheaf_secret_key_wipe(&secret);
    if (rc == SHEAF_OK)
        rc = sheaf_source_memory(&source, archive.data, archive.len, &err);
    if (rc == SHEAF_OK)
        rc = sheaf_open(source, NULL, &reader, &err);
    if (rc == SHEAF_OK)
        rc = sheaf_trust(reader, &pub, &err);
    if (rc == SHEAF_OK)
        rc = look(reader, &err);
    check.key = &pub;
    if (rc == SHEAF_OK)
        rc = sheaf_verify(reader, &check, &report, &err);
    if (rc == SHEAF_OK)
        printf("%llu articles, %s\n", (unsigned long long)report.articles,
               report.authentic ? "authentic" : "only intact");
    else
        fprintf(stderr, "%s\n", err.message);
    sheaf_close(reader);
    sheaf_buf_free(&archive);
    return rc != SHEAF_OK;
}
