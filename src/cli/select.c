/*
 * select.c - which articles list and extract take.
 */
#include "cli/select.h"

#include <fnmatch.h>

#include "base/buf.h"
#include "base/date.h"
#include "base/json.h"

/* ---- Dates --------------------------------------------------------------- */

/* Maps dates to numbers: in order, and no two the same. */
static int64_t
order_of(struct date d)
{
    return (d.year * 12 + d.month) * 31 + d.day;
}

/* A bound from the user: a date without a time. For --until, it is the last
 * day of the year or month. */
static bool
parse_bound(const char *text, bool last, struct date *out)
{
    size_t len = date_take(sheaf_str(text), out);

    if (len != strlen(text) || len == 0)
        return false;
    if (last && len == 4)
        out->month = 12;
    if (last && len < 10)
        out->day = 31;
    return true;
}

static int
bad_date(const struct selection *s, const char *option, const char *text)
{
    const char *name = s->args->command->name;

    return say_usage(name,
                     "%s: %s: '%s' is no date; a date is YYYY, YYYY-MM "
                     "or YYYY-MM-DD",
                     name, option, text);
}

/*
 * Groups in which all articles are older than --since need not be read. Their
 * days come from the last update of an article, and this goes by the date of
 * publication, so --until cannot skip groups; and what is published at a later
 * date than it was last updated, as what was planned is, may be that by a year.
 * Their days are in UTC, too, those of the fields in the zone in which they are
 * written.
 */
#define PLANNED_DAYS 366

static int
parse_bounds(struct selection *s)
{
    const char *since = s->args->value[OPT_SINCE];
    const char *until = s->args->value[OPT_UNTIL];
    struct date d;

    s->since = INT64_MIN;
    s->until = INT64_MAX;
    s->first_day = INT32_MIN;
    if (since != NULL) {
        if (!parse_bound(since, false, &d))
            return bad_date(s, "--since", since);
        s->since = order_of(d);
        s->first_day = (int32_t)date_days(d) - PLANNED_DAYS;
    }
    if (until != NULL) {
        if (!parse_bound(until, true, &d))
            return bad_date(s, "--until", until);
        s->until = order_of(d);
    }
    return EXIT_DONE;
}

/* ---- Options ------------------------------------------------------------- */

static int
parse_order(struct selection *s)
{
    static const char *const names[] = { "", "date", "id", "title" };
    const char *name = s->args->command->name;
    const char *sort = s->args->value[OPT_SORT];
    const char *limit = s->args->value[OPT_LIMIT];

    s->limit = UINT64_MAX;
    s->reverse = args_has(s->args, OPT_REVERSE);
    if (limit != NULL && !parse_number(limit, 0, UINT64_MAX - 1, &s->limit))
        return say_usage(name, "%s: --limit: '%s' is no number", name, limit);
    if (sort == NULL)
        return EXIT_DONE;
    for (size_t i = 1; i < COUNT_OF(names); i++)
        if (strcmp(sort, names[i]) == 0)
            s->sort = (enum select_sort)i;
    if (s->sort == SORT_NONE)
        return say_usage(name, "%s: --sort: '%s' is not date, id or title",
                         name, sort);
    return EXIT_DONE;
}

int
select_parse(struct selection *s, const struct args *args)
{
    static const enum opt fields[] = { OPT_SINCE,  OPT_UNTIL,  OPT_SECTION,
                                       OPT_TITLE,  OPT_PREFIX, OPT_LANG,
                                       OPT_AUTHOR, OPT_WHERE };
    const char *name = args->command->name;
    int code;

    memset(s, 0, sizeof *s);
    s->args = args;
    for (size_t i = 0; i < COUNT_OF(fields); i++)
        s->filtered = s->filtered || args_has(args, fields[i]);
    s->by_meta = args_has(args, OPT_LANG) || args_has(args, OPT_AUTHOR) ||
                 args_has(args, OPT_WHERE);
    for (size_t i = 0; i < args->where_count; i++)
        if (args->where[i][0] == '=' || strchr(args->where[i], '=') == NULL)
            return say_usage(name, "%s: --where: '%s' is not FIELD=VALUE",
                             name, args->where[i]);
    code = parse_bounds(s);
    return code == EXIT_DONE ? parse_order(s) : code;
}

/* ---- Texts --------------------------------------------------------------- */

static uint8_t
lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c - 'A' + 'a') : c;
}

/* Compares without regard to the case of ASCII letters. */
static bool
begins_nocase(struct sheaf_bytes a, struct sheaf_bytes start)
{
    if (a.len < start.len)
        return false;
    for (size_t i = 0; i < start.len; i++)
        if (lower(a.data[i]) != lower(start.data[i]))
            return false;
    return true;
}

static bool
is_nocase(struct sheaf_bytes a, const char *b)
{
    return a.len == strlen(b) && begins_nocase(a, sheaf_str(b));
}

static bool
has_nocase(struct sheaf_bytes hay, struct sheaf_bytes needle)
{
    for (; hay.len >= needle.len; hay = sheaf_view(hay.data + 1, hay.len - 1))
        if (begins_nocase(hay, needle))
            return true;
        else if (hay.len == 0)
            break;
    return false;
}

/* ---- Columns ------------------------------------------------------------- */

bool
select_by_fields(const struct selection *s, const struct select_fields *f,
                 bool all)
{
    const char *section = s->args->value[OPT_SECTION];
    const char *prefix = s->args->value[OPT_PREFIX];
    const char *title = s->args->value[OPT_TITLE];
    struct date day;

    if (prefix != NULL && (f->id.len < strlen(prefix) ||
                           memcmp(f->id.data, prefix, strlen(prefix)) != 0))
        return false;
    if (section != NULL && !is_nocase(f->section, section))
        return false;
    if (title != NULL && (all || f->title.len != 0) &&
        !has_nocase(f->title, sheaf_str(title)))
        return false;
    if (s->since == INT64_MIN && s->until == INT64_MAX)
        return true;
    return date_take_metadata(f->published, &day) != 0 &&
           order_of(day) >= s->since && order_of(day) <= s->until;
}

/* ---- Metadata ------------------------------------------------------------ */

/* Room for a string without its escapes, or that there was none. */
struct room {
    struct sheaf_buf text;
    bool failed;
};

typedef bool (*test)(struct sheaf_bytes text, const char *wanted);

static bool
test_string(struct room *room, struct sheaf_bytes value, test t,
            const char *wanted)
{
    struct sheaf_bytes inside;

    if (!json_inside(value, &inside))
        return false;
    room->text.len = 0;
    if (!json_unescape(inside, &room->text)) {
        room->failed = true;
        return false;
    }
    return t(buf_view(&room->text), wanted);
}

static bool
contains(struct sheaf_bytes text, const char *wanted)
{
    return has_nocase(text, sheaf_str(wanted));
}

/* "de" is also de-AT. */
static bool
is_language(struct sheaf_bytes text, const char *wanted)
{
    size_t len = strlen(wanted);

    return begins_nocase(text, sheaf_str(wanted)) &&
           (text.len == len || text.data[len] == '-');
}

static bool
has_author(struct room *room, struct sheaf_bytes meta, const char *wanted)
{
    struct sheaf_bytes value, author, name;
    struct json_iter it;

    if (json_member(meta, "byline", &value) &&
        test_string(room, value, contains, wanted))
        return true;
    if (!json_member(meta, "authors", &value) ||
        json_kind(value) != JSON_ARRAY)
        return false;
    it = json_iter_over(value);
    while (json_next_item(&it, &author))
        if (json_kind(author) == JSON_OBJECT &&
            json_member(author, "name", &name) &&
            test_string(room, name, contains, wanted))
            return true;
    return false;
}

/* Whether a value, or an item of it if it is an array, is `wanted`. */
static bool
value_is(struct room *room, struct sheaf_bytes value, const char *wanted)
{
    struct sheaf_bytes item;
    struct json_iter it;

    if (json_is_string(value))
        return test_string(room, value, is_nocase, wanted);
    if (json_kind(value) != JSON_ARRAY)
        return bytes_is(value, wanted);
    it = json_iter_over(value);
    while (json_next_item(&it, &item))
        if (json_is_string(item) ? test_string(room, item, is_nocase, wanted)
                                 : bytes_is(item, wanted))
            return true;
    return false;
}

/* A step of a JSON pointer, which ends at '/' or at the end, is the key. */
static bool
step_is(struct sheaf_bytes step, struct sheaf_bytes key)
{
    size_t at = 0;

    for (size_t i = 0; i < step.len; i++, at++) {
        uint8_t c = step.data[i];

        if (c == '~' && i + 1 < step.len &&
            (step.data[i + 1] == '0' || step.data[i + 1] == '1'))
            c = step.data[++i] == '0' ? '~' : '/';
        if (at == key.len || key.data[at] != c)
            return false;
    }
    return at == key.len;
}

/* Follows a JSON pointer into objects. */
static bool
follow(struct room *room, struct sheaf_bytes value, struct sheaf_bytes pointer,
       const char *wanted)
{
    while (pointer.len != 0) {
        struct sheaf_bytes step, key, inner;
        struct json_iter it = json_iter_over(value);
        bool found = false;

        if (json_kind(value) != JSON_OBJECT)
            return false;
        pointer = sheaf_view(pointer.data + 1, pointer.len - 1);
        step = pointer;
        for (step.len = 0;
             step.len < pointer.len && pointer.data[step.len] != '/';
             step.len++)
            ;
        while (!found && json_next(&it, &key, &inner))
            found = step_is(step, key);
        if (!found)
            return false;
        value = inner;
        pointer = sheaf_view(pointer.data + step.len, pointer.len - step.len);
    }
    return value_is(room, value, wanted);
}

/* FIELD is a JSON pointer, or the name of a member of the metadata or of its
 * `ext`. */
static bool
matches_where(struct room *room, struct sheaf_bytes meta, const char *where)
{
    size_t len = (size_t)(strchr(where, '=') - where);
    const char *wanted = where + len + 1;
    struct sheaf_bytes field = sheaf_view(where, len);
    struct json_iter it = json_iter_over(meta);
    struct sheaf_bytes key, value, ext;

    if (where[0] == '/')
        return follow(room, meta, field, wanted);
    while (json_next(&it, &key, &value))
        if (bytes_equal(key, field) && value_is(room, value, wanted))
            return true;
    if (!json_member(meta, "ext", &ext) || json_kind(ext) != JSON_OBJECT)
        return false;
    it = json_iter_over(ext);
    while (json_next(&it, &key, &value))
        if (bytes_equal(key, field))
            return value_is(room, value, wanted);
    return false;
}

static bool
fits_meta(const struct args *args, struct room *room, struct sheaf_bytes meta)
{
    const char *lang = args->value[OPT_LANG];
    const char *author = args->value[OPT_AUTHOR];
    struct sheaf_bytes value;

    if (lang != NULL && (!json_member(meta, "lang", &value) ||
                         !test_string(room, value, is_language, lang)))
        return false;
    if (author != NULL && !has_author(room, meta, author))
        return false;
    for (size_t i = 0; i < args->where_count; i++)
        if (!matches_where(room, meta, args->where[i]))
            return false;
    return true;
}

int
select_by_meta(const struct selection *s, struct sheaf_bytes meta, bool *fits)
{
    struct room room = { .failed = false };

    *fits = fits_meta(s->args, &room, meta);
    sheaf_buf_free(&room.text);
    return room.failed ? say_no_memory() : EXIT_DONE;
}

/* ---- Globs and keys ------------------------------------------------------ */

bool
select_is_glob(const char *name)
{
    return strpbrk(name, "*?[") != NULL;
}

bool
select_glob(const char *glob, const char *id)
{
    return fnmatch(glob, id, 0) == 0;
}

/* Milliseconds since 1970, so that they compare as bytes. */
static void
date_key(struct sheaf_bytes published, uint8_t key[SELECT_KEY_BYTES])
{
    uint64_t v = 0;
    int64_t ms;

    if (date_parse(published, DATE_METADATA, &ms))
        v = (uint64_t)ms ^ (uint64_t)1 << 63;
    for (size_t i = 0; i < 8; i++)
        key[i] = (uint8_t)(v >> (56 - 8 * i));
}

void
select_key(const struct selection *s, const struct select_fields *f,
           uint8_t key[SELECT_KEY_BYTES])
{
    struct sheaf_bytes text = s->sort == SORT_ID ? f->id : f->title;

    memset(key, 0, SELECT_KEY_BYTES);
    if (s->sort == SORT_DATE)
        date_key(f->published, key);
    if (s->sort != SORT_ID && s->sort != SORT_TITLE)
        return;
    if (text.len > SELECT_KEY_BYTES)
        text.len = SELECT_KEY_BYTES;
    for (size_t i = 0; i < text.len; i++)
        key[i] = s->sort == SORT_TITLE ? lower(text.data[i]) : text.data[i];
}
