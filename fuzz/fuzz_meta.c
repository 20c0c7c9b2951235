/*
 * Metadata lines. json_check accepts exactly what json_canonical writes;
 * canonical text is not changed; and lines that meta_parse accepts can be read
 * part by part.
 */
#include "base/buf.h"
#include "fuzz.h"
#include "base/json.h"
#include "format/meta.h"

/* Anything that walks JSON may be given any text; it only must not crash. */
static void
walk_anything(struct sheaf_bytes text)
{
    struct json_iter it = json_iter_over(text);
    struct sheaf_bytes key, value;
    struct sheaf_buf said = { 0 };
    uint64_t number;
    int64_t ms;

    for (unsigned i = 0; i < 1000 && json_next(&it, &key, &value); i++)
        json_key_compare(key, value);
    it = json_iter_over(text);
    for (unsigned i = 0; i < 1000 && json_next_item(&it, &value); i++)
        json_uint(value, &number);
    json_string(text, &said);
    sheaf_buf_free(&said);
    meta_role(text);
    if (meta_time(text, &ms)) /* within the years 1 to 9999 */
        MUST_HOLD(ms >= -62135683200000 && ms < 253402387200000);
}

static void
check_canonical(struct sheaf_bytes text)
{
    struct sheaf_buf once = { 0 };
    struct sheaf_buf twice = { 0 };
    struct sheaf_error err = { 0 };
    bool is_canonical = json_check(text, &err) == SHEAF_OK;
    int rc;

    if (!is_canonical)
        check_error(err.code, &err);
    rc = json_canonical(text, &once, &err);
    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        MUST_HOLD(!is_canonical && once.len == 0);
    } else {
        MUST_HOLD(json_check(buf_view(&once), NULL) == SHEAF_OK);
        MUST_HOLD(is_canonical == bytes_equal(text, buf_view(&once)));
        MUST_HOLD(json_canonical(buf_view(&once), &twice, NULL) == SHEAF_OK);
        MUST_HOLD(bytes_equal(buf_view(&once), buf_view(&twice)));
    }
    sheaf_buf_free(&once);
    sheaf_buf_free(&twice);
}

static void
check_string(struct sheaf_bytes value)
{
    struct sheaf_buf said = { 0 };
    struct sheaf_buf again = { 0 };

    if (value.len == 0)
        return;
    MUST_HOLD(json_string(value, &said));
    MUST_HOLD(utf8_valid(buf_view(&said)));
    MUST_HOLD(json_escape(buf_view(&said), &again));
    MUST_HOLD(bytes_equal(value, buf_view(&again)));
    sheaf_buf_free(&said);
    sheaf_buf_free(&again);
}

static void
check_line(struct sheaf_bytes line)
{
    struct sheaf_error err = { 0 };
    struct meta meta;
    struct meta_part part;
    struct json_iter it;
    unsigned count = 0;
    int rc = meta_parse(line, &meta, &err);

    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        return;
    }
    check_string(meta.id);
    check_string(meta.published);
    check_string(meta.updated);
    check_string(meta.section);
    check_string(meta.headline);
    check_string(meta.url);
    meta_leaf_time(&meta);
    MUST_HOLD(meta.rev >= 1 && meta.rev <= META_REV_MAX);
    MUST_HOLD((meta.prev.len != 0) == (meta.rev > 1));
    it = json_iter_over(meta.parts);
    while (meta_next_part(&it, &part)) {
        MUST_HOLD((part.role == META_BODY) == (count == 0));
        MUST_HOLD(part.role != META_NO_ROLE);
        check_string(part.type);
        count++;
    }
    MUST_HOLD(count >= 1 && count <= META_PARTS_MAX);
}

/* As the writer does: the input is what an importer hands over. */
static void
check_compose(struct sheaf_bytes fields, uint64_t rev)
{
    static const char parts_text[] =
        "[{\"role\":\"body\",\"size\":5,\"type\":\"text/plain\"}]";
    const struct sheaf_bytes parts = { (const uint8_t *)parts_text,
                                       sizeof parts_text - 1 };
    static const uint8_t prev[META_PREV_BYTES] = { 0xab, 1, 2 };
    struct sheaf_error err = { 0 };
    struct sheaf_buf line = { 0 };
    struct sheaf_bytes value;
    struct meta meta;
    int rc;

    /* meta_compose asks for canonical fields with an id and without these. */
    if (json_kind(fields) != JSON_OBJECT ||
        !json_member(fields, "id", &value) ||
        json_member(fields, "rev", &value) ||
        json_member(fields, "prev", &value) ||
        json_member(fields, "parts", &value))
        return;
    rc = meta_compose(fields, rev, rev > 1 ? prev : NULL, parts, &line, &err);
    if (rc != SHEAF_OK) {
        check_error(rc, &err);
        MUST_HOLD(line.len == 0);
    } else {
        MUST_HOLD(json_check(buf_view(&line), NULL) == SHEAF_OK);
        MUST_HOLD(meta_parse(buf_view(&line), &meta, NULL) == SHEAF_OK);
        MUST_HOLD(meta.rev == rev);
        check_line(buf_view(&line));
    }
    sheaf_buf_free(&line);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct sheaf_bytes text = { data, size };
    struct sheaf_buf fields = { 0 };

    walk_anything(text);
    check_canonical(text);
    if (json_check(text, NULL) == SHEAF_OK)
        check_line(text);
    if (json_canonical(text, &fields, NULL) == SHEAF_OK) {
        check_compose(buf_view(&fields), 1);
        check_compose(buf_view(&fields), 7);
    }
    sheaf_buf_free(&fields);
    return 0;
}
