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

/* ---- Values ---- */

/* Arrays of arrays are pages of an API that were put together. */
#define ARRAYS_MAX 2

struct values {
    struct records *records;
    struct tree tree;
    uint64_t number; /* of objects, in whatever document they are */
    bool first;      /* none was taken yet, of which there may be only one */
    bool script;
    bool lost; /* what was taken last is no value, and was reported */
};

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

/* The next byte, which is not taken, or -1. Between documents there may be
 * what without_marks removes, and the end of a statement. */
static int
next_byte(struct values *v, unsigned depth)
{
    struct input *in = v->records->item->in;

    for (;;) {
        int c = json_skip_between(in, depth > 0);

        if (depth > 0 || c == -1)
            return c;
        if (c == '\x1E' || (c == ';' && v->script))
            input_take(in, 1);
        else if (text_begins(input_peek(in, 3), BOM))
            input_take(in, 3);
        else
            return c;
    }
}

/* Takes a bracket that closes nothing. */
static void
take_stray(struct values *v, int c)
{
    if (!v->lost)
        reject(EXIT_FAILED, v->records->item->place, text_from("", 0),
               "'%c' after record %llu", c, (unsigned long long)v->number);
    v->lost = true;
    input_take(v->records->item->in, 1);
}

/* Takes the value that begins with the byte `c`, which is no bracket of an
 * array. */
static void
take_value(struct values *v, unsigned depth, int c)
{
    struct records *r = v->records;
    bool document = depth == 0 && c == '{', again = v->lost;
    struct text value;
    /* A large document may be a list with other members around it. */
    enum line got = json_value(r->item->in, !document, &value);

    if (got == LINE_END)
        return;
    /* Of words that follow each other the first is enough. */
    v->lost = depth == 0 && c != '{';
    if (v->lost && again)
        return;
    v->number++;
    if (got == LINE_LONG && document)
        import_wrapped_list(r, v->number);
    else if (got == LINE_LONG)
        json_reject_long(r, v->number);
    if (got == LINE_LONG)
        return;
    r->alone = v->first && is_last(r->item->in, &value);
    json_import(r, &v->tree, value, v->number, false);
}

/* Takes documents up to the end; or the values of an array behind its bracket,
 * and the bracket that closes it. */
static void
take_values(struct values *v, unsigned depth)
{
    struct input *in = v->records->item->in;
    int c;

    while ((c = next_byte(v, depth)) != -1 && !(depth > 0 && c == ']')) {
        if (c == '[' && depth < ARRAYS_MAX) {
            v->first = false;
            v->lost = false;
            input_take(in, 1);
            take_values(v, depth + 1);
        } else if (c == ']' || c == '}') {
            take_stray(v, c);
        } else {
            take_value(v, depth, c);
        }
        v->first = false;
    }
    if (c == ']')
        input_take(in, 1);
    else if (depth == 1 && !input_failed(in))
        reject(EXIT_FAILED, v->records->item->place, text_from("", 0),
               "the array has no end");
}

void
import_json(struct item *item)
{
    struct records records = { .item = item };
    struct values values = { .records = &records, .first = true };
    size_t script = json_script(input_peek(item->in, 80));

    values.script = script > 0;
    input_take(item->in, script);
    take_values(&values, 0);
    tree_free(&values.tree);
}

/* ---- Lines of values ---- */

void
import_jsonl(struct item *item)
{
    struct records records = { .item = item };
    struct values values = { .records = &records };
    struct text line;
    uint64_t number = 0;
    enum line got;

    while ((got = input_line(item->in, &line)) != LINE_END) {
        number++;
        line = without_marks(line);
        if (got == LINE_LONG) {
            json_reject_long(&records, number);
        } else if (text_begins(text_trim(line), "[")) {
            /* It may have more lines, so the rest is no longer lines. */
            item->in->at = (size_t)(line.data - item->in->buffer);
            values.number = number - 1;
            take_values(&values, 0);
        } else if (!is_blank(line)) {
            json_import(&records, &values.tree, line, number, false);
        }
    }
    tree_free(&values.tree);
}

/* ---- Recognition ---- */

/* Such a file may begin with an object, and be a text. */
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

/* Whether its name says that it is a text, and there is more than records. */
static bool
is_other_text(const struct look *l)
{
    return is_named_text(l->name) && !json_is_records(l->start, l->whole);
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
    if (head.len == 0 || head.data[0] != '{' || is_other_text(l))
        return false;
    if (memchr(head.data, '\n', head.len) == NULL)
        return !text_ends(l->name, ".json");
    (void)text_line(&head, &line);
    good = tree_parse(&tree, line) && tree.nodes[0].count > 0;
    tree_free(&tree);
    return good;
}

/* The text after the bracket at the start of `t`. */
static struct text
after_bracket(struct text t)
{
    return text_trim(text_from(t.data + 1, t.len - 1));
}

/* Whether `t`, behind the first bracket of a text, closes it and nothing but
 * another document follows. */
static bool
is_empty_document(struct text t, const char *end)
{
    if (!text_begins(t, end))
        return false;
    t = after_bracket(t);
    if (text_begins(t, "["))
        t = after_bracket(t);
    return t.len == 0 || t.data[0] == '{';
}

/* An object over several lines, or an array of objects; or whatever is not
 * markup in a file that is named so. Then what is no object is an error. */
bool
is_json(const struct look *l)
{
    struct text head = text_trim(l->start);

    if (head.len < 2 || is_other_text(l))
        return false;
    if (json_script(l->start) > 0 ||
        (text_ends(l->name, ".json") && head.data[0] != '<'))
        return true;
    if (head.data[0] == '[') {
        head = after_bracket(head);
        if (text_begins(head, "["))
            head = after_bracket(head);
        return text_begins(head, "{") || is_empty_document(head, "]");
    }
    if (head.data[0] != '{')
        return false;
    head = after_bracket(head);
    return text_begins(head, "\"") || is_empty_document(head, "}");
}
