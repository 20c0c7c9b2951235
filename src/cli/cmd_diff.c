/*
 * cmd_diff.c - what changed from one revision of an article to another.
 */
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "base/json.h"
#include "base/number.h"
#include "cli/diff.h"
#include "cli/opening.h"
#include "cli/outfile.h"

/* Unchanged lines shown around a change. */
#define CONTEXT 3

/* A revision, kept while the other one is read. */
struct revision {
    struct sheaf_buf meta;
    struct sheaf_buf body;
    bool large; /* its body is not held in memory */
    uint32_t rev;
    uint64_t leaf;
    uint64_t body_size;
    struct sheaf_buf parts; /* the bytes of the other parts, in order */
};

struct comparison {
    const struct args *args;
    struct archive archive;
    struct revision from;
    struct revision to;
    struct out out;
    bool json;
};

/* ---- Reading ------------------------------------------------------------- */

static int
keep(struct revision *r, const struct sheaf_article *a)
{
    const struct sheaf_part *body = &a->parts[0];

    r->rev = a->rev;
    r->leaf = a->leaf;
    r->body_size = body->size;
    r->large = a->content_size > SHEAF_WHOLE_MAX;
    if (!buf_add(&r->meta, a->meta.data, a->meta.len) ||
        (!r->large && !buf_add(&r->body, body->data.data, body->data.len)))
        return say_no_memory();
    for (size_t i = 1; i < a->part_count && !r->large; i++)
        if (!buf_add(&r->parts, a->parts[i].data.data,
                      a->parts[i].data.len))
            return say_no_memory();
    return EXIT_DONE;
}

static int
read_revision(struct comparison *c, const char *id, uint32_t rev,
              struct revision *r)
{
    struct sheaf_article article;
    struct sheaf_entry entry;
    int code = archive_find(&c->archive, id, rev, &entry);

    if (code == EXIT_DONE)
        code = archive_read(&c->archive, &entry, &article);
    return code == EXIT_DONE ? keep(r, &article) : code;
}

/* "2..5", "2..", "..5" or "2"; a missing number is 0. */
static bool
parse_range(const char *s, uint64_t *from, uint64_t *to)
{
    const char *dots = strstr(s, "..");
    char first[16] = "";
    size_t len = dots != NULL ? (size_t)(dots - s) : strlen(s);

    *from = 0;
    *to = 0;
    if (len >= sizeof first)
        return false;
    memcpy(first, s, len);
    if (len != 0 && !parse_number(first, 1, UINT32_MAX, from))
        return false;
    if (dots != NULL && dots[2] != '\0' &&
        !parse_number(dots + 2, 1, UINT32_MAX, to))
        return false;
    return *from != 0 || *to != 0;
}

static int
read_both(struct comparison *c)
{
    const char *range = c->args->value[OPT_REV];
    const char *id = c->args->operand[1];
    uint64_t from = 0, to = 0;
    int code;

    if (range != NULL && !parse_range(range, &from, &to))
        return say_usage("diff", "diff: --rev: '%s' is not A..B", range);
    code = read_revision(c, id, (uint32_t)to, &c->to);
    if (code != EXIT_DONE)
        return code;
    if (from == 0 && c->to.rev == 1) {
        say("%s: %s: revision 1 has none before it", c->archive.path, id);
        return EXIT_NOT_FOUND;
    }
    if (from == 0)
        from = c->to.rev - 1;
    return read_revision(c, id, (uint32_t)from, &c->from);
}

/* ---- Metadata ------------------------------------------------------------ */

/* Members that change with each revision, or say only how or from where the
 * article is stored, or are shown further down. */
static bool
is_bookkeeping(struct sheaf_bytes key, bool json)
{
    static const char *const keys[] = { "rev", "prev", "salt", "parts" };

    if (!json && bytes_is(key, "source"))
        return true;
    for (size_t i = 0; i < COUNT_OF(keys); i++)
        if (bytes_is(key, keys[i]))
            return true;
    return false;
}

static void
print_value(struct out *o, char sign, struct sheaf_bytes key,
            struct sheaf_bytes value)
{
    struct sheaf_buf plain = { 0 };
    struct sheaf_bytes inside, text = value;

    if (value.len == 0)
        return;
    if (json_inside(value, &inside)) {
        if (!json_unescape(inside, &plain) && o->sys == 0)
            o->sys = ENOMEM;
        text = buf_view(&plain);
    }
    out_format(o, "%c", sign);
    out_visible(o, key);
    out_str(o, ": ");
    out_visible(o, text);
    out_str(o, "\n");
    sheaf_buf_free(&plain);
}

static void
print_field(struct comparison *c, struct sheaf_bytes key,
            struct sheaf_bytes from, struct sheaf_bytes to, size_t *count)
{
    struct out *o = &c->out;

    if (bytes_equal(from, to) || is_bookkeeping(key, c->json))
        return;
    if (!c->json) {
        print_value(o, '-', key, from);
        print_value(o, '+', key, to);
    } else {
        out_format(o, "%s{\"field\":\"", *count != 0 ? "," : "");
        out_bytes(o, key.data, key.len);
        out_str(o, "\"");
        if (from.len != 0) {
            out_str(o, ",\"from\":");
            out_json_text(o, from);
        }
        if (to.len != 0) {
            out_str(o, ",\"to\":");
            out_json_text(o, to);
        }
        out_str(o, "}");
    }
    ++*count;
}

static struct sheaf_bytes
member(struct sheaf_bytes object, struct sheaf_bytes name)
{
    struct json_iter w = json_iter_over(object);
    struct sheaf_bytes key, value;

    while (json_next(&w, &key, &value))
        if (bytes_equal(key, name))
            return value;
    return sheaf_view(NULL, 0);
}

/* The members of one revision in order, then those that only the other has. */
static void
print_fields(struct comparison *c)
{
    struct sheaf_bytes from = buf_view(&c->from.meta);
    struct sheaf_bytes to = buf_view(&c->to.meta);
    struct json_iter w = json_iter_over(from);
    struct sheaf_bytes key, value;
    size_t count = 0;

    while (json_next(&w, &key, &value))
        print_field(c, key, value, member(to, key), &count);
    w = json_iter_over(to);
    while (json_next(&w, &key, &value))
        if (member(from, key).len == 0)
            print_field(c, key, sheaf_view(NULL, 0), value, &count);
}

/* The next part of an article: its entry in the metadata, and its bytes. False
 * at the end. */
static bool
next_part(struct json_iter *w, const struct revision *r, size_t *at,
          struct sheaf_bytes *what, struct sheaf_bytes *bytes)
{
    struct sheaf_bytes size;
    uint64_t n = 0;

    *what = sheaf_view(NULL, 0);
    *bytes = sheaf_view(NULL, 0);
    if (!json_next_item(w, what))
        return false;
    if (json_member(*what, "size", &size))
        (void)json_uint(size, &n);
    if (*at <= r->parts.len && n <= r->parts.len - *at) {
        *bytes = sheaf_view(r->parts.data + *at, (size_t)n);
        *at += (size_t)n;
    }
    return true;
}

/* Says which of the parts after the body changed, but not how. */
static void
print_parts(struct comparison *c)
{
    struct sheaf_bytes from, to, from_bytes, to_bytes, list = { NULL, 0 };
    struct json_iter w[2];
    size_t at[2] = { 0, 0 };
    size_t count = 0;

    (void)json_member(buf_view(&c->from.meta), "parts", &list);
    w[0] = json_iter_over(list);
    (void)json_member(buf_view(&c->to.meta), "parts", &list);
    w[1] = json_iter_over(list);
    (void)json_next_item(&w[0], &list);
    (void)json_next_item(&w[1], &list);
    for (unsigned number = 1;; number++) {
        bool a = next_part(&w[0], &c->from, &at[0], &from, &from_bytes);
        bool b = next_part(&w[1], &c->to, &at[1], &to, &to_bytes);
        char name[24];

        if (!a && !b)
            return;
        if (bytes_equal(from, to) && bytes_equal(from_bytes, to_bytes))
            continue;
        if (c->json) {
            out_format(&c->out, "%s%u", count++ != 0 ? "," : "", number);
            continue;
        }
        snprintf(name, sizeof name, "part %u", number);
        print_value(&c->out, '-', sheaf_str(name), from);
        print_value(&c->out, '+', sheaf_str(name), to);
    }
}

/* ---- Body ---------------------------------------------------------------- */

/* The next line, with its line feed. */
static struct sheaf_bytes
take_line(struct sheaf_bytes *rest)
{
    const uint8_t *end = memchr(rest->data, '\n', rest->len);
    size_t len = end != NULL ? (size_t)(end + 1 - rest->data) : rest->len;
    struct sheaf_bytes line = sheaf_view(rest->data, len);

    *rest = sheaf_view(rest->data + len, rest->len - len);
    return line;
}

/* Prints a line of an article; tabs and its line feed are harmless. */
static void
print_line(struct out *o, struct sheaf_bytes line)
{
    size_t done = 0;

    for (size_t i = 0; i < line.len; i++) {
        if (line.data[i] != '\t' && line.data[i] != '\n')
            continue;
        out_visible(o, sheaf_view(line.data + done, i - done));
        out_bytes(o, line.data + i, 1);
        done = i + 1;
    }
    out_visible(o, sheaf_view(line.data + done, line.len - done));
}

/* "-12,4" or "+12": the first line, from 1. If there are no lines, diff
 * gives the line before. */
static uint64_t
line_number(struct sheaf_bytes range)
{
    struct sheaf_bytes start = bytes_until(&range, ',');
    bool none = bytes_is(range, "0");
    uint64_t number = 0;

    if (start.len > 1)
        (void)number_parse(sheaf_view(start.data + 1, start.len - 1),
                           UINT64_MAX, &number);
    return number + none;
}

/* Prints the lines that begin with `sign` as an array. */
static void
json_lines(struct out *o, const char *name, char sign,
           struct sheaf_bytes *rest)
{
    const char *comma = "";

    out_format(o, ",\"%s\":[", name);
    while (rest->len != 0 && rest->data[0] == (uint8_t)sign) {
        struct sheaf_bytes line = take_line(rest);

        /* The last line of a text may have no line feed. */
        if (rest->len != 0 && rest->data[0] == '\\') {
            (void)take_line(rest);
            line.len--;
        }
        out_str(o, comma);
        out_json(o, sheaf_view(line.data + 1, line.len - 1));
        comma = ",";
    }
    out_str(o, "]");
}

static void
json_changes(struct out *o, struct sheaf_bytes rest)
{
    const char *comma = "";

    out_str(o, ",\"body\":[");
    while (rest.len != 0) {
        struct sheaf_bytes head = take_line(&rest);
        uint64_t from, to;

        (void)bytes_until(&head, ' '); /* @@ */
        from = line_number(bytes_until(&head, ' '));
        to = line_number(bytes_until(&head, ' '));
        out_format(o, "%s{\"from_line\":%llu,\"to_line\":%llu", comma,
                   (unsigned long long)from, (unsigned long long)to);
        json_lines(o, "removed", '-', &rest);
        json_lines(o, "added", '+', &rest);
        out_str(o, "}");
        comma = ",";
    }
    out_str(o, "]");
}

static void
print_too_large(struct comparison *c)
{
    out_format(&c->out,
               c->json ? ",\"body_from_bytes\":%llu,\"body_to_bytes\":%llu"
                       : "the bodies, of %llu and %llu bytes, are too large "
                         "to compare\n",
               (unsigned long long)c->from.body_size,
               (unsigned long long)c->to.body_size);
}

static int
print_body(struct comparison *c)
{
    struct sheaf_buf changes = { 0 };
    struct sheaf_bytes rest;
    int code;

    if (c->from.large || c->to.large) {
        print_too_large(c);
        return EXIT_DONE;
    }
    code = diff_run(buf_view(&c->from.body), buf_view(&c->to.body),
                    c->json ? 0 : CONTEXT, &changes);
    rest = buf_view(&changes);
    if (code == EXIT_DONE && c->json)
        json_changes(&c->out, rest);
    while (code == EXIT_DONE && !c->json && rest.len != 0)
        print_line(&c->out, take_line(&rest));
    sheaf_buf_free(&changes);
    return code;
}

/* ---- The command --------------------------------------------------------- */

static void
print_side(struct comparison *c, const char *sign, const struct revision *r,
           struct sheaf_bytes id)
{
    out_str(&c->out, sign);
    out_visible(&c->out, id);
    out_format(&c->out, "\trevision %u, leaf %llu\n", (unsigned)r->rev,
               (unsigned long long)r->leaf);
}

static int
print_all(struct comparison *c)
{
    struct sheaf_buf id = { 0 };
    struct out *o = &c->out;
    struct sheaf_bytes inside = { NULL, 0 };
    int code;

    (void)json_member_inside(buf_view(&c->to.meta), "id", &inside);
    if (!json_unescape(inside, &id))
        return say_no_memory();
    if (c->json) {
        out_str(o, "{\"id\":");
        out_json(o, buf_view(&id));
        out_format(o, ",\"from\":%u,\"to\":%u,\"from_leaf\":%llu,"
                   "\"to_leaf\":%llu,\"meta\":[", (unsigned)c->from.rev,
                   (unsigned)c->to.rev, (unsigned long long)c->from.leaf,
                   (unsigned long long)c->to.leaf);
    } else {
        print_side(c, "--- ", &c->from, buf_view(&id));
        print_side(c, "+++ ", &c->to, buf_view(&id));
    }
    print_fields(c);
    if (c->json)
        out_str(o, "],\"parts\":[");
    print_parts(c);
    if (c->json)
        out_str(o, "]");
    code = print_body(c);
    if (c->json)
        out_str(o, "}\n");
    sheaf_buf_free(&id);
    return code;
}

static void
revision_free(struct revision *r)
{
    sheaf_buf_free(&r->meta);
    sheaf_buf_free(&r->body);
    sheaf_buf_free(&r->parts);
}

int
cmd_diff(const struct args *args)
{
    struct comparison c = { .args = args };
    int code;

    archive_allow_earlier();
    c.json = args_has(args, OPT_JSON);
    out_start(&c.out, STDOUT_FILENO);
    code = archive_open_args(&c.archive, args);
    if (code == EXIT_DONE)
        code = read_both(&c);
    if (code == EXIT_DONE)
        code = print_all(&c);
    if (code == EXIT_DONE)
        code = out_finish(&c.out, NULL);
    else
        (void)out_flush(&c.out);
    revision_free(&c.from);
    revision_free(&c.to);
    archive_close(&c.archive);
    return code;
}
