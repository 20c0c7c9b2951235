/*
 * csv.c - tables as text: commas, semicolons, tabs or bars between columns,
 * and the names of the columns in the first row. libcsv reads them.
 */
#include <csv.h>

#include "import/copied.h"
#include "import/field_map.h"
#include "import/row.h"

/* Each row has the names of all its columns. */
#define COLUMN_NAME_MAX ((size_t)500)
#define COLUMNS_MAX 4096

struct table {
    struct records records;
    struct row row;
    struct csv_parser parser;
    char separator;
    bool start; /* a column begins here */
    bool stray; /* in one that begins with a quote that is never closed */
    char **columns;
    size_t count; /* of columns ... */
    size_t named; /* ... and of those that the header has */
    size_t at;    /* the next column */
    bool over;    /* this row has something in one that the header has not */
    bool header;  /* the header was read */
    uint64_t number;
};

/* ---- Recognising it ---- */

/* How often `c` occurs in the line outside of quotes. */
static size_t
count_outside(struct text line, char c)
{
    bool quoted = false;
    size_t n = 0;

    for (size_t i = 0; i < line.len; i++) {
        if (line.data[i] == '"')
            quoted = !quoted;
        else if (line.data[i] == c && !quoted)
            n++;
    }
    return n;
}

/* The separator that the first line states, for Excel: sep=; */
static char
stated_separator(struct text start)
{
    struct text line;

    if (!text_line(&start, &line))
        return '\0';
    line = text_trim(line);
    if (line.len == 7 && line.data[0] == '"' && line.data[6] == '"')
        line = text_from(line.data + 1, 5);
    return line.len == 5 && text_begins(line, "sep=") ? line.data[4] : '\0';
}

/* The separator of the columns in the first line; '\0' if there is none. */
static char
find_separator(struct text start)
{
    static const char all[] = "\t;,|";
    struct text line;
    size_t most = 0;
    char best = '\0';

    if (!text_line(&start, &line))
        return '\0';
    for (const char *c = all; *c != '\0'; c++) {
        size_t n = count_outside(line, *c);

        if (n > most) {
            most = n;
            best = *c;
        }
    }
    return best;
}

/* Whether the first line has a column with a known name for a body; `mark`: and
 * one that says which article it is of. */
static bool
has_body_column(struct text start, char separator, bool mark)
{
    struct text line, name;
    bool body = false;

    if (!text_line(&start, &line))
        return false;
    line = text_trim_start(line); /* and its byte order mark */
    while (text_item(&line, separator, &name)) {
        name = text_trim(name);
        if (name.len >= 2 && name.data[0] == '"')
            name = text_from(name.data + 1, name.len - 2);
        body = body || record_has_body(name);
        mark = mark && !record_has_mark(name, true);
    }
    return body && !mark;
}

/* The length of the quoted cell that `t` begins with, or of what is seen of
 * it; 0: its quote is a character. */
static size_t
quoted_cell(struct text t, const char ends[3], bool whole)
{
    for (size_t n = 1; n < t.len; n++) {
        if (t.data[n] != '"')
            continue;
        if (n + 1 == t.len || memchr(ends, t.data[n + 1], 3) != NULL)
            return n + 1;
        if (t.data[++n] != '"')
            return 0;
    }
    return whole ? 0 : t.len;
}

/* The length of the cell at the start of `t`. */
static size_t
cell_len(struct text t, char separator, bool whole)
{
    const char ends[] = { separator, '\r', '\n' };
    size_t n = text_begins(t, "\"") ? quoted_cell(t, ends, whole) : 0;

    while (n < t.len && memchr(ends, t.data[n], sizeof ends) == NULL)
        n++;
    return n;
}

/* Whether all rows that are seen have as many cells as the first, whose names
 * say that the others are articles. */
static bool
is_sure(const struct look *l, char separator)
{
    struct text t = l->start;
    size_t cells = 0, rows = 0, want = 0;

    if (!has_body_column(t, separator, true))
        return false;
    while (t.len > 0) {
        size_t n = cell_len(t, separator, l->whole);
        bool blank = cells == 0 && n == 0;
        bool goes_on = n < t.len && t.data[n] == separator;

        if (n == t.len && !l->whole)
            break;
        cells = goes_on || !blank ? cells + 1 : 0;
        n += n + 1 < t.len && t.data[n] == '\r' && t.data[n + 1] == '\n';
        t = text_from(t.data + n, t.len - n);
        t = text_from(t.data + (t.len > 0), t.len - (t.len > 0));
        if (goes_on || cells == 0)
            continue;
        want = rows++ == 0 ? cells : want;
        if (cells != want || want < 2)
            return false;
        cells = 0;
    }
    return rows > 1 && (cells == 0 || !l->whole);
}

/* Recognised by the file name, or by two columns, of which one is a body.
 * Sentences have commas too, so one word is not enough without a name. */
bool
is_csv(const struct look *l)
{
    static const char *const names[] = { ".csv", ".tsv", ".tab" };
    char separator = find_separator(l->start);
    bool good = false;

    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (text_ends(l->name, names[i]))
            return true;
    if (strchr("{[<", l->start.len > 0 ? l->start.data[0] : '{') != NULL)
        return false;
    if (text_ends(l->name, ".md") || text_ends(l->name, ".txt"))
        return separator != '\0' && is_sure(l, separator);
    if (separator != '\0') {
        struct text rest = l->start, first = { "", 0 }, second = { "", 0 };

        (void)text_line(&rest, &first);
        (void)text_line(&rest, &second);
        good = first.len < 1000 && second.len > 0 &&
               count_outside(second, separator) >=
                   count_outside(first, separator) &&
               memchr(first.data, ' ', first.len) == NULL &&
               has_body_column(first, separator, false);
    }
    return good;
}

/* ---- Reading it ---- */

/* A quote that is never closed makes the rest of the file one field. */
static void *
bounded_realloc(void *p, size_t size)
{
    return size <= RECORD_MAX ? mem_resize(p, size, 1) : NULL;
}

static int
keep_space(unsigned char c)
{
    (void)c;
    return 0;
}

static bool
has_column(const struct table *t, const char *name)
{
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->columns[i], name) == 0)
            return true;
    return false;
}

/* Gives each column a different name. */
static void
add_column(struct table *t, struct text name)
{
    struct sheaf_buf b = { 0 };
    char *own;

    name = row_decode(&t->row, text_trim(name), &b);
    name = text_cut(name, COLUMN_NAME_MAX);
    own = name.len > 0 ? format_text("%.*s", (int)name.len, name.data)
                       : format_text("column %zu", t->count + 1);
    if (has_column(t, own)) {
        mem_free(own);
        own = format_text("%.*s (column %zu)", (int)name.len, name.data,
                          t->count + 1);
    }
    t->columns = mem_resize(t->columns, t->count + 1, sizeof *t->columns);
    t->columns[t->count++] = own;
    sheaf_buf_free(&b);
}

static void
on_field(void *data, size_t len, void *ctx)
{
    struct table *t = ctx;
    struct text value = text_from(data != NULL ? data : "", len);

    if (t->at >= COLUMNS_MAX)
        return;
    if (!t->header) {
        add_column(t, value);
    } else {
        if (t->at == t->count)
            add_column(t, text_from("", 0));
        t->over |= t->at >= t->named && text_trim(value).len != 0;
        if (t->at == 0)
            row_start(&t->row);
        row_text(&t->row, text_of(t->columns[t->at]), value);
    }
    t->at++;
}

static void
on_row(int end, void *ctx)
{
    struct table *t = ctx;
    char *place;

    (void)end;
    if (!t->header) {
        t->header = t->count > 0;
        t->named = t->count;
    } else if (t->at > 0) {
        t->number++;
        place = format_text("%s: row %llu", t->records.item->place,
                            (unsigned long long)t->number);
        if (t->over)
            warn(place,
                 "it has %zu columns, and the header %zu: perhaps a "
                 "separator in a text without quotes",
                 t->at, t->named);
        row_end(&t->row, &t->records, place, t->number);
        mem_free(place);
    }
    t->over = false;
    t->at = 0;
}

/* ---- Quotes ---- */

#define BLOCK_MIN ((size_t)16 << 10)

static bool
parse(struct table *t, struct text bytes)
{
    /* A column that grows by little at a time is copied each time. */
    csv_set_blk_size(&t->parser, t->parser.entry_size > BLOCK_MIN
                                     ? t->parser.entry_size
                                     : BLOCK_MIN);
    return csv_parse(&t->parser, bytes.data, bytes.len, on_field, on_row,
                     t) == bytes.len;
}

static bool
ends_column(const struct table *t, char c)
{
    return c == t->separator || c == '\n' || c == '\r';
}

/* The length of the quoted column at `at`; 0: its quote is a character of its
 * text, since nothing closes it. A quote that begins another column does not,
 * nor in columns between tabs, where quotes are usually characters, one behind
 * which the column goes on. */
static size_t
quoted_len(const struct table *t, struct input *in, size_t at)
{
    size_t i = at + 1;

    for (;; i++) {
        struct text s = input_peek(in, i + 1);
        const char *quote;

        if (s.len <= i || i - at > RECORD_MAX)
            return 0;
        quote = memchr(s.data + i, '"', s.len - i);
        if (quote == NULL) {
            i = s.len - 1;
            continue;
        }
        i = (size_t)(quote - s.data);
        s = input_peek(in, i + 2);
        if (s.len == i + 1 || ends_column(t, s.data[i + 1]))
            return i + 1 - at;
        if (s.data[i + 1] == '"')
            i++;
        else if (t->separator == '\t' || ends_column(t, s.data[i - 1]))
            return 0;
    }
}

static void
warn_stray(const struct table *t)
{
    char *place = format_text("%s: row %llu", t->records.item->place,
                              (unsigned long long)t->number + 1);

    warn(place, "a quote is not closed, and is read as a character");
    mem_free(place);
}

/* Parses what is in the buffer. A column with a stray quote is given to libcsv
 * in quotes, with its own ones doubled. */
static bool
parse_some(struct table *t, struct input *in)
{
    struct text s = input_peek(in, 1);
    size_t from = 0;
    bool good = true;

    for (size_t i = 0; i < s.len && good; i++) {
        char c = s.data[i];
        bool stray = c == '"' && t->start && !t->stray;

        if (stray) {
            size_t n = quoted_len(t, in, i);

            s = input_peek(in, 1); /* it may have moved */
            stray = n == 0;
            i += n > 0 ? n - 1 : 0;
        }
        if (stray || (t->stray && (c == '"' || ends_column(t, c)))) {
            good = parse(t, text_from(s.data + from, i - from));
            from = i;
            if (stray)
                warn_stray(t);
            good = good && parse(t, text_from("\"\"", stray ? 2 : 1));
        }
        t->start = ends_column(t, c);
        t->stray = (t->stray || stray) && !t->start;
    }
    good = good && parse(t, text_from(s.data + from, s.len - from));
    input_take(in, s.len);
    return good;
}

/* ---- Backslashes ---- */

/* A table in which a backslash, and not another quote, is before each quote
 * that is a character, as Spark and MySQL write them. */
struct unescaped {
    struct input in;
    struct input *from;
    const struct table *table;
    bool inside; /* of a column in quotes */
    bool within; /* of another column */
    bool held;   /* a quote, for which there was no room */
};

/* Whether it is one: such quotes would close columns, but are inside. */
static bool
has_escapes(const struct table *table, struct text t)
{
    bool found = false;

    for (size_t i = 1; i + 1 < t.len; i++) {
        char before = t.data[i - 1], behind = t.data[i + 1];

        if (t.data[i] != '"')
            continue;
        if (before == '\\' && behind != '"' && !ends_column(table, behind))
            found = true;
        else if (behind == '"' && before != '\\' &&
                 !ends_column(table, before))
            return false; /* it is doubled */
    }
    return found;
}

/* What becomes of a byte inside of quotes, and how many it is. `behind` is the
 * next one, or the separator at the end. */
static size_t
unescape(struct unescaped *u, char c, char behind, char out[2], size_t *len)
{
    *len = 1;
    out[0] = c;
    if (c == '\\' && behind == '"') {
        memcpy(out, "\"\"", 2);
        *len = 2;
        return 2;
    }
    if (c == '\\' && behind == '\\')
        return 2;
    u->inside = c != '"' || !ends_column(u->table, behind);
    return 1;
}

static size_t
read_unescaped(struct input *in, void *buffer, size_t cap)
{
    struct unescaped *u = in->ctx;
    struct text t = input_peek(u->from, 2);
    char *out = buffer;
    size_t n = 0, at = 0;

    if (u->held)
        out[n++] = '"';
    u->held = false;
    while (at < t.len && n < cap && (at + 1 < t.len || t.len == 1)) {
        char c = t.data[at], two[2] = { c, '"' };
        size_t len = 1;

        if (u->inside) {
            at += unescape(u, c,
                           at + 1 < t.len ? t.data[at + 1]
                                          : u->table->separator,
                           two, &len);
        } else {
            u->inside = c == '"' && !u->within;
            u->within = !ends_column(u->table, c);
            at++;
        }
        u->held = len == 2 && n + 1 == cap;
        len -= u->held;
        memcpy(out + n, two, len);
        n += len;
    }
    input_take(u->from, at);
    if (n == 0 && input_failed(u->from))
        input_fail(in, u->from->wrong_code, "%s", u->from->wrong);
    return n;
}

/* ---- The table ---- */

static void
read_table(struct table *t, struct input *in)
{
    struct unescaped u = { .in = { .read = read_unescaped, .ctx = &u,
                                   .size = UNKNOWN_SIZE, .fd = -1 } };
    struct copied copied = { .inside = false };
    struct text start;
    bool good = true;

    if (text_begins(input_peek(in, 3), "\xEF\xBB\xBF"))
        input_take(in, 3);
    start = input_peek(in, LOOK_MAX);
    t->separator = stated_separator(start);
    if (t->separator != '\0') {
        input_take(in, (size_t)((char *)memchr(start.data, '\n', start.len) +
                                1 - start.data));
        start = input_peek(in, LOOK_MAX);
    } else {
        t->separator = find_separator(start);
    }
    if (t->separator == '\0')
        t->separator = ',';
    t->start = true;
    row_charset(&t->row, start, t->records.item->place);
    u.from = in;
    u.table = t;
    if (t->separator != '\t' && has_escapes(t, start)) {
        in = &u.in;
    } else if (t->separator == '\t' && is_copied(start)) {
        copied_open(&copied, in);
        in = &copied.in;
    }
    if (csv_init(&t->parser, CSV_APPEND_NULL) != 0)
        die(EXIT_LIMIT, NULL, "the importer is out of memory");
    csv_set_realloc_func(&t->parser, bounded_realloc);
    csv_set_free_func(&t->parser, mem_free);
    csv_set_space_func(&t->parser, keep_space);
    csv_set_delim(&t->parser, (unsigned char)t->separator);
    while (good && input_peek(in, 1).len > 0)
        good = parse_some(t, in);
    if (good && t->stray)
        good = parse(t, text_of("\""));
    if (good && !input_failed(in))
        good = csv_fini(&t->parser, on_field, on_row, t) == 0;
    if (!good)
        reject(EXIT_LIMIT, t->records.item->place, text_from("", 0),
               "row %llu: a field of more than 64 MiB",
               (unsigned long long)t->number + 1);
    csv_free(&t->parser);
    input_free(&u.in);
    input_free(&copied.in);
}

/* A table without rows is none, unless its header says so. */
static void
check_rows(const struct table *t)
{
    bool body = map_loaded();

    for (size_t i = 0; i < t->count && !body; i++)
        body = record_has_body(text_of(t->columns[i]));
    if (t->count > 0 && t->number == 0 && !body)
        reject(EXIT_FAILED, t->records.item->place, text_from("", 0),
               "its only row has no known name of a column (--map, --from)");
}

/* Nobody here knows what is in the archive that the table is appended to. */
static void
check_ids(const struct table *t)
{
    if (t->number > 1 && t->records.rows == t->number &&
        asked.id_prefix[0] == '\0')
        warn(t->records.item->place,
             "its IDs are the numbers of its rows, which other tables have, "
             "too: articles of the same number become revisions of each "
             "other (--id-prefix, --map)");
}

void
import_csv(struct item *item)
{
    struct table t = { .records.item = item };

    read_table(&t, item->in);
    if (!input_failed(item->in)) {
        check_rows(&t);
        check_ids(&t);
    }
    for (size_t i = 0; i < t.count; i++)
        mem_free(t.columns[i]);
    mem_free(t.columns);
    row_free(&t.row);
}
