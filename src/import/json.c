/*
 * json.c - JSON objects: one on each line, or the values of an array, or one
 * after the other. A file of a single object is one of these.
 *
 * Each object is found by its brackets before it is parsed, so that a bad one
 * does not hide the next, and only one is in memory.
 */
#include "import/recode.h"
#include "import/record.h"

#define BOM "\xEF\xBB\xBF"

/* ---- One object ---- */

static void
import_text_of(struct records *r, struct tree *tree, struct text source,
               uint64_t number)
{
    const struct item *item = r->item;
    char *place = r->alone
                      ? format_text("%s", item->place)
                      : format_text("%s:%llu", item->place,
                                    (unsigned long long)number);
    struct sheaf_buf other = { 0 };
    bool good;

    if (asked.charset != NULL && !text_is_utf8(source)) {
        recode(asked.charset, source, &other);
        source = text_of_buf(&other);
    }
    good = tree_parse(tree, source);

    if (!good || tree->nodes[0].type != TREE_OBJECT) {
        char *column = format_text("%s:%zu", place, good ? 1 : tree->at + 1);

        reject(EXIT_FAILED, column, source, "%s",
               good ? "expected an object" : tree->wrong);
        mem_free(column);
    } else {
        import_record(r, tree, &tree->nodes[0], place, number, source);
    }
    sheaf_buf_free(&other);
    mem_free(place);
}

static void
reject_long(const struct records *r, uint64_t number)
{
    char *place = format_text("%s:%llu", r->item->place,
                              (unsigned long long)number);

    reject(EXIT_LIMIT, place, text_from("", 0), "a record of more than %zu MiB",
           RECORD_MAX / MIB);
    mem_free(place);
}

/* ---- Lines ---- */

/* Removes marks around a value: byte order marks, which joined files have in
 * the middle; a final Ctrl-Z; and the mark before each value of a JSON text
 * sequence (RFC 7464). */
static struct text
without_marks(struct text line)
{
    while (text_begins(line, BOM) || text_begins(line, "\x1E"))
        line = text_from(line.data + (line.data[0] == '\x1E' ? 1 : 3),
                         line.len - (line.data[0] == '\x1E' ? 1 : 3));
    if (line.len > 0 && line.data[line.len - 1] == '\x1A')
        line.len--;
    return line;
}

/* Only JSON's white space; any other line must be a record. */
static bool
is_blank(struct text line)
{
    for (size_t i = 0; i < line.len; i++)
        if (line.data[i] != ' ' && line.data[i] != '\t' &&
            line.data[i] != '\r')
            return false;
    return true;
}

void
import_jsonl(struct item *item)
{
    struct records records = { .item = item };
    struct tree tree = { 0 };
    struct text line;
    uint64_t number = 0;
    enum line got;

    while ((got = input_line(item->in, &line)) != LINE_END) {
        number++;
        line = without_marks(line);
        if (got == LINE_LONG)
            reject_long(&records, number);
        else if (!is_blank(line))
            import_text_of(&records, &tree, line, number);
    }
    tree_free(&tree);
}

/* Such a file is read unchanged, whatever it begins with. */
static bool
is_named_text(struct text name)
{
    static const char *const all[] = { ".txt", ".md", ".markdown", ".html",
                                       ".htm", ".xhtml" };

    for (size_t i = 0; i < COUNT_OF(all); i++)
        if (text_ends(name, all[i]))
            return true;
    return false;
}

/* Recognised by its name, or by a first line that is an object. */
bool
is_jsonl(const struct look *l)
{
    struct text head = text_trim(without_marks(l->start)), line;
    struct tree tree = { 0 };
    bool good;

    if (head.len > 0 && head.data[0] == '[' && is_json(l))
        return false;
    if (text_ends(l->name, ".jsonl") || text_ends(l->name, ".ndjson"))
        return true;
    if (is_named_text(l->name) || head.len == 0 || head.data[0] != '{')
        return false;
    if (memchr(head.data, '\n', head.len) == NULL)
        return !text_ends(l->name, ".json");
    (void)text_line(&head, &line);
    good = tree_parse(&tree, line) && tree.nodes[0].count > 0;
    tree_free(&tree);
    return good;
}

/* ---- Values ---- */

/* The search for the end of a value. */
struct extent {
    size_t at;
    unsigned depth;
    bool string;
    bool escaped;
};

/* Searches on from e->at. True: the value ends there. */
static bool
find_end(struct extent *e, struct text t)
{
    for (; e->at < t.len; e->at++) {
        char c = t.data[e->at];

        if (e->escaped) {
            e->escaped = false;
        } else if (e->string) {
            e->escaped = c == '\\';
            e->string = c != '"';
        } else if (c == '"') {
            e->string = true;
        } else if (c == '{' || c == '[') {
            e->depth++;
        } else if ((c == '}' || c == ']') && e->depth > 0) {
            if (--e->depth == 0) {
                e->at++;
                return true;
            }
        } else if (e->depth == 0 && e->at > 0 &&
                   strchr(" \t\r\n,]}", c) != NULL) {
            return true;
        }
    }
    return false;
}

/* The text of the next value. LINE_LONG: it was skipped. */
static enum line
next_value(struct input *in, struct text *out)
{
    struct extent e = { 0 };
    bool lost = false;

    for (;;) {
        struct text t = input_peek(in, e.at + 1);

        if (t.len == e.at) {
            *out = t;
            input_take(in, t.len);
            return t.len == 0 || input_failed(in) ? LINE_END : LINE_GOOD;
        }
        if (find_end(&e, t)) {
            *out = text_from(t.data, e.at);
            input_take(in, e.at);
            return lost ? LINE_LONG : LINE_GOOD;
        }
        if (lost || e.at > RECORD_MAX) {
            lost = true;
            input_take(in, e.at);
            e.at = 0;
        }
    }
}

/* Skips white space, and commas between two values of an array. */
static int
skip_between(struct input *in, bool array)
{
    for (;;) {
        struct text t = input_peek(in, 1);
        size_t n = 0;

        while (n < t.len && t.data[n] != '\0' &&
               strchr(array ? " \t\r\n," : " \t\r\n\x1A", t.data[n]) != NULL)
            n++;
        input_take(in, n);
        if (n < t.len)
            return (unsigned char)t.data[n];
        if (t.len == 0)
            return -1;
    }
}

/* Whether nothing follows the value that was taken last. */
static bool
is_last(struct input *in, struct text *value)
{
    struct text t;

    /* Reading on may move it. */
    in->at -= value->len;
    t = input_peek(in, value->len + LOOK_MAX);
    *value = text_from(t.data, value->len);
    in->at += value->len;
    t = text_trim(text_from(t.data + value->len, t.len - value->len));
    return in->ended && t.len == 0;
}

static void
import_values(struct records *r, bool array)
{
    struct input *in = r->item->in;
    struct tree tree = { 0 };
    struct text value;
    uint64_t number = 0;
    int c;

    while ((c = skip_between(in, array)) != -1 && !(array && c == ']')) {
        enum line got;

        /* A byte that cannot begin a value cannot end one either. */
        if (c == ']' || c == '}') {
            reject(EXIT_FAILED, r->item->place, text_from("", 0),
                   "'%c' after record %llu", c, (unsigned long long)number);
            break;
        }
        got = next_value(in, &value);
        number++;
        if (got == LINE_END)
            break;
        if (got == LINE_LONG) {
            reject_long(r, number);
            continue;
        }
        if (!array && number == 1)
            r->alone = is_last(in, &value);
        import_text_of(r, &tree, value, number);
    }
    if (array && c == -1 && !input_failed(in))
        reject(EXIT_FAILED, r->item->place, text_from("", 0),
               "the array has no end");
    tree_free(&tree);
}

void
import_json(struct item *item)
{
    struct records records = { .item = item };
    struct text t = input_peek(item->in, 3);

    if (text_begins(t, BOM))
        input_take(item->in, 3);
    if (skip_between(item->in, false) == '[') {
        input_take(item->in, 1);
        import_values(&records, true);
    } else {
        import_values(&records, false);
    }
}

/* The text after the bracket at the start of `t`. */
static struct text
after_bracket(struct text t)
{
    return text_trim(text_from(t.data + 1, t.len - 1));
}

/* An object over several lines, or an array of objects. */
bool
is_json(const struct look *l)
{
    struct text head = text_trim(l->start);

    if (is_named_text(l->name) || head.len < 2)
        return false;
    if (head.data[0] == '[') {
        head = after_bracket(head);
        return text_begins(head, "{") || text_is(head, "]");
    }
    if (head.data[0] != '{')
        return false;
    head = after_bracket(head);
    return text_begins(head, "\"") || text_is(head, "}");
}
