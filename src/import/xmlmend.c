/*
 * xmlmend.c - text, references and tags, written so that they are well-formed.
 */
#include "import/page.h"
#include "import/xmlcut.h"

#define REFERENCE_MAX CUT_REFERENCE_MAX
#define PREFIXES_MAX KIB
/* libxml2 compares each attribute of a tag with all others, and each prefix
 * with all that are declared. */
#define ATTRIBUTES_MAX 256
#define DECLARED_MAX 1000

void
cut_note(struct cut *c, enum cut_trouble what)
{
    if (c->trouble[what]++ == 0)
        c->trouble_line[what] = c->line;
}

/* Appends text as content or as the value of an attribute. */
void
mend_text(struct cut *c, struct text t, struct sheaf_buf *out)
{
    size_t from = 0;

    for (size_t i = 0; i <= t.len; i++) {
        unsigned char b = i < t.len ? (unsigned char)t.data[i] : 0;
        const char *as = b == '&'   ? "&amp;"
                         : b == '<' ? "&lt;"
                         : b == '>' ? "&gt;"
                         : b == '"' ? "&quot;"
                                    : "";

        if (b == 0xEF && i + 2 < t.len &&
            memcmp(t.data + i + 1, "\xBF", 1) == 0 &&
            (unsigned char)t.data[i + 2] >= 0xBE) {
            as = "\xEF\xBF\xBD"; /* U+FFFE and U+FFFF are not in XML */
        } else if (as[0] == '\0' && i < t.len &&
                   (b >= 0x20 || b == '\t' || b == '\n' || b == '\r')) {
            continue;
        }
        buf_add(out, t.data + from, i - from);
        buf_add_str(out, as);
        if (i < t.len && as[0] == '\0')
            cut_note(c, CUT_CONTROL);
        i += b == 0xEF ? 2 : 0;
        from = i + 1;
    }
}

/* ---- References ---- */

bool
mend_begins_name(char b)
{
    return (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || b == '_' ||
           (unsigned char)b >= 0x80;
}

static bool
is_name(char b)
{
    return mend_begins_name(b) || (b >= '0' && b <= '9') || b == '-' ||
           b == '.' || b == ':';
}

static bool
is_blank(char b)
{
    return b == ' ' || b == '\t' || b == '\n' || b == '\r';
}

static const char *
find_entity(const struct cut *c, struct text name, size_t *len)
{
    for (size_t i = 0; i < c->entity_count; i++) {
        if (text_compare(text_from(c->values.data + c->entities[i].name,
                                   c->entities[i].name_len),
                         name) != 0)
            continue;
        *len = c->entities[i].value_len;
        return (const char *)c->values.data + c->entities[i].value;
    }
    return NULL;
}

/* Appends what the reference at the start of `t` means, and returns its
 * length. An '&' that begins none means itself. */
size_t
mend_reference(struct cut *c, struct text t, struct sheaf_buf *out)
{
    static const char *const own[] = { "&amp;", "&lt;", "&gt;", "&quot;",
                                       "&apos;" };
    struct sheaf_buf plain = { 0 };
    struct text whole;
    const char *value;
    size_t n = 1, len = 0;

    while (n < t.len && n < REFERENCE_MAX &&
           (is_name(t.data[n]) || t.data[n] == '#'))
        n++;
    if (n < 2 || n == t.len || t.data[n] != ';') {
        cut_note(c, CUT_AMPERSAND);
        buf_add_str(out, "&amp;");
        return 1;
    }
    whole = text_from(t.data, ++n);
    for (size_t i = 0; i < COUNT_OF(own); i++) {
        if (text_is(whole, own[i])) {
            buf_add_str(out, own[i]);
            return n;
        }
    }
    value = find_entity(c, text_from(t.data + 1, n - 2), &len);
    if (value != NULL) {
        mend_text(c, text_from(value, len), out);
        return n;
    }
    page_decode(&plain, whole, false);
    if (text_compare(text_of_buf(&plain), whole) == 0) {
        cut_note(c, CUT_AMPERSAND);
        buf_add_str(out, "&amp;");
        n = 1;
    } else {
        if (t.data[1] != '#')
            cut_note(c, CUT_REFERENCE);
        mend_text(c, text_of_buf(&plain), out);
    }
    sheaf_buf_free(&plain);
    return n;
}

/* Declares a short entity. Its value is text, not markup, and what it refers
 * to is not expanded: nothing grows. */
void
mend_entity(struct cut *c, struct text t)
{
    struct text name, value;
    const char *end;
    size_t n = 0;

    t = text_trim_start(t);
    while (n < t.len && is_name(t.data[n]))
        n++;
    name = text_from(t.data, n);
    t = text_trim_start(text_from(t.data + n, t.len - n));
    if (n == 0 || t.len < 2 || (t.data[0] != '"' && t.data[0] != '\'') ||
        c->entity_count == CUT_ENTITIES)
        return;
    end = memchr(t.data + 1, t.data[0], t.len - 1);
    if (end == NULL)
        return;
    value = text_from(t.data + 1, (size_t)(end - t.data) - 1);
    if (value.len > CUT_ENTITY_MAX || name.len > REFERENCE_MAX)
        return;
    c->entities[c->entity_count].name = c->values.len;
    c->entities[c->entity_count].name_len = name.len;
    buf_add(&c->values, name.data, name.len);
    c->entities[c->entity_count].value = c->values.len;
    page_decode(&c->values, value, false);
    c->entities[c->entity_count].value_len =
        c->values.len - c->entities[c->entity_count].value;
    c->entity_count++;
}

/* ---- Tags ---- */

struct text
mend_name(struct text t)
{
    size_t n = 0;

    if (t.len > 0 && mend_begins_name(t.data[0]))
        while (n < t.len && is_name(t.data[n]))
            n++;
    return text_from(t.data, n);
}

/* Whether a space-separated list has this word; with `add` it has it from
 * now on. */
bool
mend_prefix(struct cut *c, struct text prefix, bool add)
{
    struct text rest = text_of_buf(&c->prefixes);

    while (rest.len > 0) {
        const char *end = memchr(rest.data, ' ', rest.len);
        size_t n = end != NULL ? (size_t)(end - rest.data) : rest.len;

        if (text_compare(text_from(rest.data, n), prefix) == 0)
            return true;
        n += end != NULL;
        rest = text_from(rest.data + n, rest.len - n);
    }
    if (c->prefixes.len + prefix.len > PREFIXES_MAX)
        return true;
    if (add && prefix.len > 0) {
        buf_add(&c->prefixes, prefix.data, prefix.len);
        buf_add_str(&c->prefixes, " ");
    }
    return false;
}

static void
add_value(struct cut *c, struct text value, struct sheaf_buf *out)
{
    while (value.len > 0) {
        const char *amp = memchr(value.data, '&', value.len);
        size_t n = amp != NULL ? (size_t)(amp - value.data) : value.len;

        mend_text(c, text_from(value.data, n), out);
        value = text_from(value.data + n, value.len - n);
        if (value.len > 0) {
            n = mend_reference(c, value, out);
            value = text_from(value.data + n, value.len - n);
        }
    }
}

/* Takes an attribute from `t` and appends it to c->tag. */
static void
read_attribute(struct cut *c, struct text *t, bool keep)
{
    struct text name = mend_name(*t), value = name;
    size_t n = name.len;
    bool good = false;

    while (n < t->len && is_blank(t->data[n]))
        n++;
    if (name.len > 0 && n < t->len && t->data[n] == '=') {
        char end;

        do
            n++;
        while (n < t->len && is_blank(t->data[n]));
        end = n < t->len ? t->data[n] : ' ';
        good = end == '"' || end == '\'';
        n += good;
        value = text_from(t->data + n, 0);
        while (n < t->len &&
               (good ? t->data[n] != end : !is_blank(t->data[n])))
            n++;
        value.len = (size_t)(t->data + n - value.data);
        n += good && n < t->len;
    }
    if (text_begins(name, "xmlns"))
        keep = keep && ++c->declared <= DECLARED_MAX;
    if (!good || !keep)
        cut_note(c, CUT_ATTRIBUTE);
    if (name.len > 0 && keep) {
        buf_add_str(&c->tag, " ");
        buf_add(&c->tag, name.data, name.len);
        buf_add_str(&c->tag, "=\"");
        add_value(c, value, &c->tag);
        buf_add_str(&c->tag, "\"");
        if (text_begins(name, "xmlns:"))
            (void)mend_prefix(c, text_from(name.data + 6, name.len - 6), true);
    } else if (n == 0) {
        n = 1;
    }
    *t = text_from(t->data + n, t->len - n);
}

/* Writes the tag into c->tag, and says whether it is empty: <a/>. */
bool
mend_tag(struct cut *c, struct text name, struct text t, size_t *count)
{
    bool empty = t.len > 0 && t.data[t.len - 1] == '/';

    t.len -= empty;
    c->tag.len = 0;
    buf_add_str(&c->tag, "<");
    buf_add(&c->tag, name.data, name.len);
    for (;;) {
        while (t.len > 0 && (is_blank(t.data[0]) || t.data[0] == '/'))
            t = text_from(t.data + 1, t.len - 1);
        if (t.len == 0)
            break;
        read_attribute(c, &t, *count <= ATTRIBUTES_MAX);
        ++*count;
    }
    buf_add_str(&c->tag, empty ? "/>" : ">");
    return empty;
}
