/*
 * copied.c - tables between tabs with backslashes, as COPY of PostgreSQL and
 * SELECT INTO OUTFILE of MySQL write them.
 */
#include "import/copied.h"

#include <string.h>

/* What may be behind a backslash, and what that means. */
static const char marks[] = "bfnrtv0Z";
static const char meant[] = "\b\f\n\r\t\v\0\x1A";

static bool
ends_cell(char c)
{
    return c == '\t' || c == '\n' || c == '\r';
}

static size_t
count_tabs(struct text line)
{
    size_t n = 0;

    for (size_t i = 0; i < line.len; i++)
        n += line.data[i] == '\t';
    return n;
}

/* Whether fewer columns than `tabs` follow the line that ends at `at`: then it
 * goes on there. */
static bool
goes_on(struct text t, size_t at, size_t tabs)
{
    struct text rest = text_from(t.data + at + 1, t.len - at - 1), line;

    return text_line(&rest, &line) && count_tabs(line) < tabs;
}

/* No backslash may be before another character, as in a path of Windows; and
 * one must be what only such tables have: NULL, a backslash, the end of a line
 * that goes on. */
bool
is_copied(struct text t)
{
    struct text rest = t, header = { "", 0 };
    bool found = false;

    (void)text_line(&rest, &header);
    for (size_t i = 0; i < t.len; i++) {
        bool start = i == 0 || ends_cell(t.data[i - 1]);
        char c;

        if (t.data[i] == '"' && start)
            return false;
        if (t.data[i] != '\\')
            continue;
        if (++i == t.len)
            break;
        c = t.data[i];
        if (c == 'N') {
            if (!start || (i + 1 < t.len && !ends_cell(t.data[i + 1])))
                return false;
            found = true;
        } else if (c == '\\' ||
                   (c == '\n' && goes_on(t, i, count_tabs(header)))) {
            found = true;
        } else if (c != '\t' && c != '\n' &&
                   memchr(marks, c, sizeof marks - 1) == NULL) {
            return false;
        }
    }
    return found;
}

static void
hold(struct copied *c, char byte)
{
    c->held[c->held_len++] = byte;
    if (byte == '"' && c->inside)
        c->held[c->held_len++] = '"';
}

/* Holds what becomes of the bytes at the start of `t`, and returns how many
 * these are. */
static size_t
convert(struct copied *c, struct text t)
{
    bool end = t.len == 0 || ends_cell(t.data[0]);
    const char *mark;

    if (c->inside == end) {
        /* The quote that begins a cell, or ends it. */
        c->inside = false;
        hold(c, '"');
        c->inside = !end;
        return 0;
    }
    if (t.data[0] != '\\' || t.len == 1 || t.data[1] == 'N') {
        hold(c, t.data[0]);
        return 1;
    }
    mark = memchr(marks, t.data[1], sizeof marks - 1);
    hold(c, mark != NULL ? meant[mark - marks] : t.data[1]);
    return 2;
}

static size_t
read_copied(struct input *in, void *buffer, size_t cap)
{
    struct copied *c = in->ctx;
    struct text t = input_peek(c->from, 2);
    char *out = buffer;
    size_t n = 0, at = 0;

    while (n < cap && (c->held_len > 0 || at + 1 < t.len || t.len == 1 ||
                       (t.len == 0 && c->inside))) {
        if (c->held_len == 0 && at == t.len && t.len == 1)
            break;
        if (c->held_len == 0)
            at += convert(c, text_from(t.data + at, t.len - at));
        out[n++] = c->held[0];
        c->held[0] = c->held[1];
        c->held_len--;
    }
    input_take(c->from, at);
    if (n == 0 && input_failed(c->from))
        input_fail(in, c->from->wrong_code, "%s", c->from->wrong);
    return n;
}

void
copied_open(struct copied *c, struct input *from)
{
    *c = (struct copied){ .from = from };
    c->in = (struct input){
        .read = read_copied, .ctx = c, .size = UNKNOWN_SIZE, .fd = -1
    };
}
