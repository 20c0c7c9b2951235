/*
 * jsonl.c - JSON objects: one a line.
 */
#include "import/record.h"

#define BOM "\xEF\xBB\xBF"

static void
import_line(struct records *r, struct tree *tree, struct text line,
            uint64_t number)
{
    char *place = format_text("%s:%llu", r->item->place,
                              (unsigned long long)number);
    bool good = tree_parse(tree, line);

    if (!good || tree->nodes[0].type != TREE_OBJECT) {
        char *column = format_text("%s:%zu", place, good ? 1 : tree->at + 1);

        reject(EXIT_FAILED, column, line, "%s",
               good ? "expected an object" : tree->wrong);
        mem_free(column);
    } else {
        import_record(r, tree, place, number, line);
    }
    mem_free(place);
}

/* Files that were joined have byte order marks within them, and those from
 * CP/M's children a Ctrl-Z at their end. */
static struct text
without_marks(struct text line)
{
    while (text_begins(line, BOM))
        line = text_from(line.data + 3, line.len - 3);
    if (line.len > 0 && line.data[line.len - 1] == '\x1A')
        line.len--;
    return line;
}

/* Nothing but what JSON calls white space: other lines must be records. */
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
        if (got == LINE_LONG) {
            char *place = format_text("%s:%llu", item->place,
                                      (unsigned long long)number);

            reject(EXIT_LIMIT, place, text_from("", 0),
                   "a line of more than %zu MiB", RECORD_MAX / MIB);
            mem_free(place);
            continue;
        }
        line = without_marks(line);
        if (!is_blank(line))
            import_line(&records, &tree, line, number);
    }
    tree_free(&tree);
}

/* By its name, or by a first line that is a record. */
bool
is_jsonl(const struct look *l)
{
    static const char *const not[] = { ".txt", ".md", ".markdown", ".html",
                                       ".htm", ".xhtml" };
    struct text head = without_marks(l->start), line;
    struct tree tree = { 0 };
    bool good;

    if (text_ends(l->name, ".jsonl") || text_ends(l->name, ".ndjson"))
        return true;
    for (size_t i = 0; i < COUNT_OF(not); i++)
        if (text_ends(l->name, not[i]))
            return false;
    head = text_trim(head);
    if (head.len == 0 || head.data[0] != '{')
        return false;
    /* Without a name nothing else could have an ID; and if the first line is
     * wrong, that is what should be said. A line that is longer than what
     * was looked at has nothing behind it that could speak against it. */
    if (l->name.len == 0 || memchr(head.data, '\n', head.len) == NULL)
        return true;
    (void)text_line(&head, &line);
    good = tree_parse(&tree, line) && tree.nodes[0].count > 0;
    tree_free(&tree);
    return good;
}
