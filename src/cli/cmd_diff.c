/*
 * cmd_diff.c - what changed from one revision of an article to another.
 */
#include <stdio.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/opening.h"
#include "cli/diff.h"
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
    bool words;
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
    struct sheaf_bytes inside;

    if (value.len == 0)
        return;
    out_format(o, "%c", sign);
    out_visible(o, key);
    out_str(o, ": ");
    if (json_inside(value, &inside) && json_unescape(inside, &plain))
        out_visible(o, buf_view(&plain));
    else
        out_visible(o, value);
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
            out_bytes(o, from.data, from.len);
        }
        if (to.len != 0) {
            out_str(o, ",\"to\":");
            out_bytes(o, to.data, to.len);
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

/* A line of an article, without its line feed. Tabs are harmless. */
static void
print_text(struct out *o, struct sheaf_bytes text)
{
    size_t done = 0;

    for (size_t i = 0; i <= text.len; i++) {
        if (i < text.len && text.data[i] != '\t' && text.data[i] != '\n')
            continue;
        out_visible(o, sheaf_view(text.data + done, i - done));
        if (i < text.len)
            out_bytes(o, text.data + i, 1);
        done = i + 1;
    }
}

static struct sheaf_bytes
chomp(struct sheaf_bytes line)
{
    if (line.len != 0 && line.data[line.len - 1] == '\n')
        line.len--;
    return line;
}

static void
print_lines(struct out *o, char sign, const struct diff_tokens *t,
            size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++) {
        struct sheaf_bytes line = chomp(t->token[i]);

        out_format(o, "%c", sign);
        print_text(o, line);
        out_str(o, "\n");
        if (line.len == t->token[i].len)
            out_str(o, "\\ no line feed at the end\n");
    }
}

/* The bytes of a range of tokens, which lie one after the other. */
static struct sheaf_bytes
span(const struct diff_tokens *t, size_t first, size_t count)
{
    const struct sheaf_bytes *last = &t->token[first + count - 1];

    return sheaf_view(t->token[first].data,
                    (size_t)(last->data + last->len - t->token[first].data));
}

static void
print_run(struct out *o, const struct diff_tokens *t, size_t first,
          size_t count, const char *before, const char *after)
{
    if (count == 0)
        return;
    out_str(o, before);
    print_text(o, span(t, first, count));
    out_str(o, after);
}

/* Changed lines as words: [-removed-]{+added+}. */
static bool
print_words(struct out *o, struct sheaf_bytes from, struct sheaf_bytes to)
{
    struct diff d;
    size_t at = 0;

    if (!diff_make(&d, from, to, true))
        return false;
    for (size_t i = 0; i < d.count; i++) {
        const struct diff_change *c = &d.change[i];

        print_run(o, &d.from, at, c->from - at, "", "");
        print_run(o, &d.from, c->from, c->from_count, "[-", "-]");
        print_run(o, &d.to, c->to, c->to_count, "{+", "+}");
        at = c->from + c->from_count;
    }
    print_run(o, &d.from, at, d.from.count - at, "", "");
    diff_free(&d);
    return true;
}

static bool
print_change(struct comparison *c, const struct diff *d,
             const struct diff_change *change)
{
    if (c->words && change->from_count != 0 && change->to_count != 0) {
        struct sheaf_bytes to = span(&d->to, change->to, change->to_count);
        bool good = print_words(&c->out, span(&d->from, change->from,
                                              change->from_count), to);

        if (to.data[to.len - 1] != '\n')
            out_str(&c->out, "\n");
        return good;
    }
    print_lines(&c->out, '-', &d->from, change->from, change->from_count);
    print_lines(&c->out, '+', &d->to, change->to, change->to_count);
    return true;
}

/* "12,4": the first line, from 1, and the count. With a count of 0, it is the
 * line before. */
static void
print_place(struct out *o, char sign, size_t first, size_t count)
{
    out_format(o, "%c%zu,%zu", sign, first + (count != 0), count);
}

/* Groups the changes from `first` on that are so close that they are shown as
 * one. Returns where the next group begins. */
static size_t
hunk_end(const struct diff *d, size_t first)
{
    size_t i = first + 1;

    while (i < d->count &&
           d->change[i].from - (d->change[i - 1].from +
                                d->change[i - 1].from_count) <= 2 * CONTEXT)
        i++;
    return i;
}

static bool
print_hunk(struct comparison *c, const struct diff *d, size_t first,
           size_t end)
{
    const struct diff_change *a = &d->change[first];
    const struct diff_change *z = &d->change[end - 1];
    size_t before = a->from < CONTEXT ? a->from : CONTEXT;
    size_t last = z->from + z->from_count;
    size_t after = d->from.count - last;
    size_t at = a->from - before;
    struct out *o = &c->out;

    after = after < CONTEXT ? after : CONTEXT;
    out_str(o, "@@ ");
    print_place(o, '-', at, last + after - at);
    out_str(o, " ");
    print_place(o, '+', a->to - before,
                z->to + z->to_count + after - (a->to - before));
    out_str(o, " @@\n");
    for (size_t i = first; i < end; i++) {
        print_lines(o, ' ', &d->from, at, d->change[i].from - at);
        if (!print_change(c, d, &d->change[i]))
            return false;
        at = d->change[i].from + d->change[i].from_count;
    }
    print_lines(o, ' ', &d->from, at, after);
    return true;
}

static void
json_lines(struct out *o, const char *name, const struct diff_tokens *t,
           size_t first, size_t count)
{
    out_format(o, ",\"%s\":[", name);
    for (size_t i = 0; i < count; i++) {
        out_str(o, i != 0 ? "," : "");
        out_json(o, t->token[first + i]);
    }
    out_str(o, "]");
}

static void
json_changes(struct out *o, const struct diff *d)
{
    out_str(o, ",\"body\":[");
    for (size_t i = 0; i < d->count; i++) {
        const struct diff_change *c = &d->change[i];

        out_format(o, "%s{\"from_line\":%zu,\"to_line\":%zu",
                   i != 0 ? "," : "", c->from + 1, c->to + 1);
        json_lines(o, "removed", &d->from, c->from, c->from_count);
        json_lines(o, "added", &d->to, c->to, c->to_count);
        out_str(o, "}");
    }
    out_str(o, "]");
}

static int
print_body(struct comparison *c)
{
    struct diff d;
    bool good = true;

    if (c->from.large || c->to.large) {
        if (c->json)
            out_format(&c->out, ",\"body_from_bytes\":%llu,"
                       "\"body_to_bytes\":%llu",
                       (unsigned long long)c->from.body_size,
                       (unsigned long long)c->to.body_size);
        else
            out_format(&c->out, "the bodies, of %llu and %llu bytes, are too "
                       "large to compare\n",
                       (unsigned long long)c->from.body_size,
                       (unsigned long long)c->to.body_size);
        return EXIT_DONE;
    }
    if (!diff_make(&d, buf_view(&c->from.body), buf_view(&c->to.body), false))
        return say_no_memory();
    if (c->json)
        json_changes(&c->out, &d);
    for (size_t i = 0; i < d.count && good && !c->json;) {
        size_t end = hunk_end(&d, i);

        good = print_hunk(c, &d, i, end);
        i = end;
    }
    diff_free(&d);
    return good ? EXIT_DONE : say_no_memory();
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

    c.json = args_has(args, OPT_JSON);
    c.words = args_has(args, OPT_WORDS);
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
