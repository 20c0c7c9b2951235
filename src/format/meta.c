/*
 * meta.c - what a metadata line says.
 */
#include "format/meta.h"

#include "base/buf.h"
#include "base/date.h"
#include "base/err.h"
#include "base/hex.h"
#include "base/jsonscan.h"

/* A string value without its quotes, with its escapes. */
static struct sheaf_bytes
unquoted(struct sheaf_bytes value)
{
    struct sheaf_bytes inner = { value.data, 0 };

    (void)json_inside(value, &inner);
    return inner;
}

/* ---- Roles --------------------------------------------------------------- */

static const struct {
    const char *name;
    enum meta_role role;
} roles[] = {
    { "body",    META_BODY },
    { "text",    META_TEXT },
    { "raw",     META_RAW },
    { "summary", META_SUMMARY },
    { "media",   META_MEDIA },
    { "note",    META_NOTE },
};

enum meta_role
meta_role(struct sheaf_bytes name)
{
    for (size_t i = 0; i < COUNT_OF(roles); i++)
        if (bytes_is(name, roles[i].name))
            return roles[i].role;
    return META_NO_ROLE;
}

/* ---- Parsing ------------------------------------------------------------- */

/*
 * The number of bytes that a canonical string stands for. 0 if one of them is
 * a control character (U+0000 to U+001F, U+007F to U+009F) or, with `ascii`,
 * above ASCII.
 *
 * Only two escapes stand for something other than a control character, and
 * each for one byte, so this needs no unescaping.
 */
static size_t
clean_len(struct sheaf_bytes value, bool ascii)
{
    struct sheaf_bytes s = unquoted(value);
    size_t said = 0;

    if (scan_plain(s.data, s.len) == s.len && s.len != 0 &&
        memchr(s.data, 0x7F, s.len) == NULL)
        return s.len;
    for (size_t i = 0; i < s.len; i++, said++) {
        uint8_t b = s.data[i];
        uint8_t next = i + 1 < s.len ? s.data[i + 1] : 0;

        if (b == '\\') {
            if (next != '"' && next != '\\')
                return 0;
            i++;
        } else if (b < 0x20 || b == 0x7F || (ascii && b > 0x7F) ||
                   (b == 0xC2 && next < 0xA0)) {
            return 0;
        }
    }
    return said;
}

/* A string, with its quotes. */
static bool
take_string(struct scan *s, struct sheaf_bytes *out)
{
    const uint8_t *start = s->at;

    if (!scan_take(s, '"'))
        return false;
    while (scan_text(s, false) && *s->at == '\\')
        s->at += scan_left(s) >= 2 ? 2 : 1;
    *out = sheaf_view(start, (size_t)(s->at - start) + 1);
    return scan_take(s, '"');
}

/* Exactly role, size and type, in this order. Canonical text has only one
 * spelling of these. */
static bool
part_take(struct scan *s, struct meta_part *out)
{
    struct sheaf_bytes role, size;
    struct meta_part p;
    size_t type_len;

    if (!scan_word(s, "{\"role\":") || !take_string(s, &role) ||
        !scan_word(s, ",\"size\":"))
        return false;
    size = sheaf_view(s->at, 0);
    while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
        s->at++;
    size.len = (size_t)(s->at - size.data);
    if (!scan_word(s, ",\"type\":") || !take_string(s, &p.type) ||
        !scan_take(s, '}'))
        return false;
    p.role = meta_role(unquoted(role));
    type_len = clean_len(p.type, true);
    if (p.role == META_NO_ROLE || !json_uint(size, &p.size) || type_len == 0 ||
        type_len > META_TYPE_MAX)
        return false;
    *out = p;
    return true;
}

bool
meta_next_part(struct json_iter *it, struct meta_part *out)
{
    struct scan s = scan_over(sheaf_view(it->at, it->left));

    it->left = 0;
    if (!part_take(&s, out))
        return false;
    if (scan_take(&s, ',')) {
        it->at = s.at;
        it->left = scan_left(&s);
    }
    return true;
}

static int
check_parts(struct sheaf_bytes parts, struct sheaf_error *err)
{
    struct json_iter it = json_iter_over(parts);
    size_t count = 0;

    if (parts.len == 0 || bytes_is(parts, "[]"))
        return fail_corrupt(err, NO_OFFSET, "F4.6", "metadata: no parts");
    if (json_kind(parts) != JSON_ARRAY)
        return fail_corrupt(err, NO_OFFSET, "F4.6",
                            "metadata: parts is not an array");
    for (; it.left != 0; count++) {
        struct meta_part part;

        if (count == META_PARTS_MAX)
            return fail_corrupt(err, NO_OFFSET, "F4.6",
                                "metadata: more than %d parts",
                                META_PARTS_MAX);
        if (!meta_next_part(&it, &part))
            return fail_corrupt(err, NO_OFFSET, "F4.6",
                                "metadata: part %zu is not a role, a size "
                                "and a media type",
                                count + 1);
        if ((count == 0) != (part.role == META_BODY))
            return fail_corrupt(err, NO_OFFSET, "F4.6",
                                "metadata: the body is not the first part "
                                "and no other");
    }
    return SHEAF_OK;
}

static int
check_prev(const struct meta *m, struct sheaf_error *err)
{
    uint8_t prev[META_PREV_BYTES];

    if ((m->prev.len != 0) != (m->rev > 1))
        return fail_corrupt(err, NO_OFFSET, "F4.7",
                            m->rev > 1
                                ? "metadata: no prev in a later revision"
                                : "metadata: prev in a first revision");
    if (m->prev.len == 0)
        return SHEAF_OK;
    if (!hex_parse(unquoted(m->prev), prev, sizeof prev))
        return fail_corrupt(err, NO_OFFSET, "F4.7",
                            "metadata: prev is not 64 hex digits");
    return SHEAF_OK;
}

static int
check_string(const char *name, struct sheaf_bytes value,
             struct sheaf_error *err)
{
    if (value.len != 0 && !json_is_string(value))
        return fail_corrupt(err, NO_OFFSET, "F4.8",
                            "metadata: %s is not a string", name);
    return SHEAF_OK;
}

/* Checks the line, and points at the members that this file knows, whatever
 * their values. */
static int
find_members(struct sheaf_bytes line, struct meta *m, struct sheaf_bytes *rev,
             struct sheaf_error *err)
{
    struct json_wanted known[] = {
        { "headline", { NULL, 0 } }, { "id", { NULL, 0 } },
        { "parts", { NULL, 0 } },    { "prev", { NULL, 0 } },
        { "published", { NULL, 0 } }, { "rev", { NULL, 0 } },
        { "salt", { NULL, 0 } },     { "section", { NULL, 0 } },
        { "updated", { NULL, 0 } },  { "url", { NULL, 0 } },
    };
    int rc = json_check_members(line, known, COUNT_OF(known), err);

    m->headline = known[0].value;
    m->id = known[1].value;
    m->parts = known[2].value;
    m->prev = known[3].value;
    m->published = known[4].value;
    *rev = known[5].value;
    m->salt = known[6].value;
    m->section = known[7].value;
    m->updated = known[8].value;
    m->url = known[9].value;
    return rc;
}

int
meta_parse(struct sheaf_bytes line, struct meta *out, struct sheaf_error *err)
{
    struct meta m = { .rev = 0 };
    struct sheaf_bytes rev = { NULL, 0 };
    size_t id_len;
    int rc = find_members(line, &m, &rev, err);

    if (rc != SHEAF_OK)
        return rc;
    if (m.id.len == 0)
        return fail_corrupt(err, NO_OFFSET, "F4.4", "metadata: no id");
    id_len = clean_len(m.id, false);
    if (id_len == 0 || id_len > META_ID_MAX)
        return fail_corrupt(err, NO_OFFSET, "F4.4",
                            "metadata: id is not 1 to %d bytes of text "
                            "without control characters", META_ID_MAX);
    if (!json_uint(rev, &m.rev) || m.rev == 0 || m.rev > META_REV_MAX)
        return fail_corrupt(err, NO_OFFSET, "F4.5",
                            rev.len == 0 ? "metadata: no rev"
                                         : "metadata: rev is not an integer "
                                           "from 1 to 4294967295");
    if ((rc = check_parts(m.parts, err)) != SHEAF_OK ||
        (rc = check_prev(&m, err)) != SHEAF_OK ||
        (rc = check_string("headline", m.headline, err)) != SHEAF_OK ||
        (rc = check_string("published", m.published, err)) != SHEAF_OK ||
        (rc = check_string("section", m.section, err)) != SHEAF_OK ||
        (rc = check_string("updated", m.updated, err)) != SHEAF_OK ||
        (rc = check_string("url", m.url, err)) != SHEAF_OK)
        return rc;

    *out = m;
    return SHEAF_OK;
}

/* ---- Time ---------------------------------------------------------------- */

bool
meta_time(struct sheaf_bytes text, int64_t *ms)
{
    return date_parse(text, DATE_METADATA, ms);
}

int64_t
meta_leaf_time(const struct meta *meta)
{
    int64_t ms;

    if (meta_time(unquoted(meta->updated), &ms) ||
        meta_time(unquoted(meta->published), &ms))
        return ms;
    return INT64_MIN;
}

/* ---- Composing ----------------------------------------------------------- */

/* The members that a line has in addition to its fields. */
struct added {
    const char *name;
    struct sheaf_bytes value; /* length 0: left out */
};

static bool
add_member(struct sheaf_buf *out, struct sheaf_bytes key,
           struct sheaf_bytes value)
{
    bool first = out->data[out->len - 1] == '{';

    return (first || buf_add(out, ",", 1)) && buf_add(out, "\"", 1) &&
           buf_add(out, key.data, key.len) && buf_add(out, "\":", 2) &&
           buf_add(out, value.data, value.len);
}

/* Appends the members that come before `key`, or all that are left. */
static bool
add_before(struct sheaf_buf *out, const struct added **next,
           const struct added *end, const struct sheaf_bytes *key)
{
    for (; *next < end; ++*next) {
        struct sheaf_bytes name = { (const uint8_t *)(*next)->name,
                                    strlen((*next)->name) };

        if (key != NULL && json_key_compare(name, *key) > 0)
            return true;
        if ((*next)->value.len != 0 && !add_member(out, name, (*next)->value))
            return false;
    }
    return true;
}

/* Merges two sorted lists of members without a common key. */
static bool
merge(struct sheaf_bytes fields, const struct added *added, size_t count,
      struct sheaf_buf *out)
{
    const struct added *end = added + count;
    struct json_iter it = json_iter_over(fields);
    struct sheaf_bytes key;
    struct sheaf_bytes value;

    if (!buf_add(out, "{", 1))
        return false;
    while (json_next(&it, &key, &value))
        if (!add_before(out, &added, end, &key) ||
            !add_member(out, key, value))
            return false;
    return add_before(out, &added, end, NULL) && buf_add(out, "}", 1);
}

/* Parses the finished line as a reader would, and checks that it says what
 * was put into it: `parts` could be text that closes the array and goes on. */
static int
check_line(struct sheaf_bytes line, uint64_t rev, struct sheaf_bytes parts,
           struct sheaf_error *err)
{
    struct sheaf_error why;
    struct meta m;

    if (line.len > JSON_MAX)
        return fail_limit(err, NO_OFFSET, "F4.3",
                          "metadata would be longer than %zu bytes", JSON_MAX);
    if (meta_parse(line, &m, &why) != SHEAF_OK)
        return fail(err, SHEAF_EINVAL, "%s", why.message);
    if (m.rev != rev || !bytes_equal(m.parts, parts))
        return fail(err, SHEAF_EINVAL, "metadata: parts is not an array");
    return SHEAF_OK;
}

int
meta_compose(struct sheaf_bytes fields, uint64_t rev, const uint8_t *prev,
             struct sheaf_bytes parts, struct sheaf_buf *out,
             struct sheaf_error *err)
{
    uint8_t prev_text[1 + 2 * META_PREV_BYTES + 1];
    struct sheaf_buf rev_text = { 0 };
    struct added added[] = { { "parts", parts }, { "prev", { NULL, 0 } },
                             { "rev", { NULL, 0 } } };
    struct sheaf_error why;
    size_t base = out->len;
    int rc;

    if (json_check(fields, &why) != SHEAF_OK)
        return fail(err, SHEAF_EINVAL, "%s", why.message);
    for (size_t i = 0; i < COUNT_OF(added); i++) {
        struct sheaf_bytes value;

        if (json_member(fields, added[i].name, &value))
            return fail(err, SHEAF_EINVAL, "metadata: %s is not for the "
                        "caller to set", added[i].name);
    }
    if (prev != NULL) {
        hex_print(prev, META_PREV_BYTES, (char *)prev_text + 1);
        prev_text[0] = prev_text[sizeof prev_text - 1] = '"';
        added[1].value.data = prev_text;
        added[1].value.len = sizeof prev_text;
    }
    if (!buf_add_u64_text(&rev_text, rev)) {
        rc = fail_nomem(err);
        goto out;
    }
    added[2].value = buf_view(&rev_text);
    if (!merge(fields, added, COUNT_OF(added), out)) {
        rc = fail_nomem(err);
        goto out;
    }
    rc = check_line((struct sheaf_bytes){ out->data + base, out->len - base },
                    rev, parts, err);

out:
    if (rc != SHEAF_OK)
        out->len = base;
    sheaf_buf_free(&rev_text);
    return rc;
}
