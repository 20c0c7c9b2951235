/*
 * json.c - JSON objects: one on each line, or the values of an array, or one
 * after the other. A file of a single object is one of these.
 *
 * Each object is found by its brackets before it is parsed, so that a bad one
 * does not hide the next, and only one is in memory.
 */
#include "import/json_values.h"

#define BOM "\xEF\xBB\xBF"

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
            json_reject_long(&records, number);
        else if (!is_blank(line))
            json_import(&records, &tree, line, number, false);
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

    while ((c = json_skip_between(in, array)) != -1 && !(array && c == ']')) {
        enum line got;

        /* A byte that cannot begin a value cannot end one either. */
        if (c == ']' || c == '}') {
            reject(EXIT_FAILED, r->item->place, text_from("", 0),
                   "'%c' after record %llu", c, (unsigned long long)number);
            break;
        }
        got = json_value(in, array, &value);
        number++;
        if (got == LINE_END)
            break;
        /* It may be a list with other members around it. */
        if (got == LINE_LONG && !array && c == '{') {
            import_wrapped_list(r, number);
            continue;
        }
        if (got == LINE_LONG) {
            json_reject_long(r, number);
            continue;
        }
        if (!array && number == 1)
            r->alone = is_last(in, &value);
        json_import(r, &tree, value, number, false);
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
    struct text t = input_peek(item->in, 80);

    input_take(item->in, text_begins(t, BOM) ? 3 : json_script(t));
    if (json_skip_between(item->in, false) == '[') {
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
    if (json_script(l->start) > 0)
        return true;
    if (head.data[0] == '[') {
        head = after_bracket(head);
        return text_begins(head, "{") || text_is(head, "]");
    }
    if (head.data[0] != '{')
        return false;
    head = after_bracket(head);
    return text_begins(head, "\"") || text_is(head, "}");
}
