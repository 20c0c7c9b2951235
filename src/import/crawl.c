/*
 * crawl.c - crawls: one record after the other, past those that are damaged.
 */
#include "import/crawl.h"

#include <unistd.h>

#include "import/crawl_media.h"
#include "import/media.h"
#include "import/members.h"

/* A record up to this size is in memory before it is looked at. */
#define SMALL_MAX MIB
/* Line ends between two records; the norm has four bytes. */
#define BETWEEN_MAX ((size_t)64)

struct crawl {
    struct item *item;
    struct crawl_media *media; /* what is gathered; NULL: articles are made */
    struct members members;
    struct crawl_record record;
    record_starts *starts; /* of either kind, until the first record is seen */
    const char *seen;      /* where the header is that was read last */
    char *place;           /* of the record */
    uint64_t number;
    bool measured; /* its length is wrong; `size` is the right one */
    uint64_t size;
    bool told; /* damage of this piece is reported */
};

/* ---- Which kind ---- */

static bool
any_starts(struct text t)
{
    return warc_starts(t) || arc_starts(t);
}

static bool
crawl_starts(struct text t)
{
    return warc_starts(t) || (text_begins(t, "filedesc://") && arc_starts(t));
}

bool
is_crawl(const struct look *l)
{
    static const char *const names[] = { ".warc", ".warc.gz", ".warc.zst" };

    if (members_look(l->start, crawl_starts))
        return true;
    /* If its start is damaged. */
    for (size_t i = 0; i < COUNT_OF(names); i++)
        if (text_ends(l->name, names[i]))
            return true;
    return false;
}

/* ---- Places and errors ---- */

/* Sets the place of the record, with its address if that is known. */
static void
set_place(struct crawl *c)
{
    struct text uri = c->record.uri;

    mem_free(c->place);
    c->place = format_text("%s: record %llu%s%.*s", c->item->place,
                           (unsigned long long)c->number,
                           uri.len > 0 ? ": " : "",
                           (int)min_u64(uri.len, ID_MAX), uri.data);
}

static void
reject_record(struct crawl *c, int code, const char *why)
{
    struct text t = input_peek(c->members.in, 1);

    if (c->media != NULL)
        return;
    /* Its header is enough to find it again. */
    t.len = (size_t)min_u64(t.len, c->record.head);
    reject(code, c->place, t, "%s", why);
}

/* Nothing is known of the next record but its number. */
static void
next_number(struct crawl *c)
{
    struct headers kept = c->record.headers;

    kept.count = 0;
    c->record = (struct crawl_record){ .uri = { "", 0 }, .headers = kept,
                                       .number = c->number + 1 };
    c->seen = NULL;
    c->measured = false;
    c->number++;
    set_place(c);
}

/* ---- Finding the next record ---- */

static void
skip_line_ends(struct input *in)
{
    struct text t;
    size_t n;

    do {
        t = input_peek(in, 1);
        for (n = 0; n < t.len && (t.data[n] == '\r' || t.data[n] == '\n'); n++)
            ;
        input_take(in, n);
    } while (n > 0 && n == t.len);
}

/* Where the next line of `t` begins that begins a record, behind `at`; or
 * t.len. What is at the end of `t` may be cut, unless it is `whole`: then
 * *more is set to the line end before it. */
static size_t
next_start(const struct crawl *c, struct text t, size_t at, bool whole,
           size_t *more)
{
    const char *end;

    *more = t.len;
    while (at < t.len &&
           (end = memchr(t.data + at, '\n', t.len - at)) != NULL) {
        at = (size_t)(end - t.data) + 1;
        if (c->starts(text_from(t.data + at, t.len - at)))
            return at;
        if (t.len - at < MEMBER_LOOK && !whole) {
            *more = at - 1;
            break;
        }
    }
    return t.len;
}

/* After an error: goes to the next line with which a record begins. */
static void
find_record(struct crawl *c)
{
    struct input *in = c->members.in;
    struct text t;

    while ((t = input_peek(in, LOOK_MAX)).len > 0) {
        size_t more;
        size_t at = next_start(c, t, 0, in->ended, &more);

        input_take(in, at < t.len ? at : more);
        if (at < t.len)
            return;
    }
}

/* ---- One record ---- */

/* The length of a WARC header; 0 if its end is not there. A line with which a
 * record begins ends the search: without that, many of them would be searched
 * again and again. */
static size_t
warc_head(struct text t, bool *broken)
{
    size_t at = 0;
    const char *end;

    *broken = false;
    while ((end = memchr(t.data + at, '\n', t.len - at)) != NULL) {
        size_t n = (size_t)(end - t.data) - at;

        if (n == 0 || (n == 1 && end[-1] == '\r'))
            return at + n + 1;
        *broken = at > 0 && warc_starts(text_from(t.data + at, t.len - at));
        if (*broken)
            return 0;
        at += n + 1;
    }
    return 0;
}

/* Looks for the end of the header. False: it was rejected. */
static bool
find_head(struct crawl *c)
{
    struct input *in = c->members.in;
    size_t want = MEMBER_LOOK;
    bool broken = false;
    struct text t;

    for (;; want *= 4) {
        t = input_peek(in, want);
        t.len = (size_t)min_u64(t.len, want);
        c->record.head = c->record.arc ? arc_head(t) : warc_head(t, &broken);
        if (c->record.head != 0)
            return true;
        if (broken || t.len < want || want > RECORD_HEAD_MAX)
            break;
    }
    if (t.len < want && input_failed(in))
        return false;
    reject_record(c, want > RECORD_HEAD_MAX ? EXIT_LIMIT : EXIT_FAILED,
                  want > RECORD_HEAD_MAX ? "its header is too long"
                                         : "its header has no end");
    return false;
}

/* Reads the header, again if the buffer has moved. */
static bool
read_head(struct crawl *c, const char **why)
{
    struct text t = input_peek(c->members.in, 1);
    size_t head = c->record.head;

    if (t.data == c->seen)
        return true;
    c->seen = t.data;
    return c->record.arc ? arc_open(&c->record, text_from(t.data, head), why)
                         : warc_open(&c->record, text_from(t.data, head), why);
}

/* The record and what follows it, up to `want` bytes of the block. */
static struct text
peek_block(struct crawl *c, uint64_t want)
{
    struct text t = input_peek(c->members.in, c->record.head + (size_t)want);
    const char *why;

    (void)read_head(c, &why);
    if (c->measured)
        c->record.size = c->size;
    return t;
}

/* Whether a record ends here: with the two line ends of the norm, or with those
 * before the next record, or with the input. */
static bool
is_ended(const struct crawl *c, struct text after)
{
    size_t n = 0, lines = 0;

    while (n < after.len && (after.data[n] == '\r' || after.data[n] == '\n'))
        lines += after.data[n++] == '\n';
    return lines >= 2 || n == after.len ||
           c->starts(text_from(after.data + n, after.len - n));
}

static void
reject_length(struct crawl *c)
{
    const struct input *in = c->members.in;
    char *why;

    c->told = input_failed(in);
    if (input_failed(in))
        why = format_text("%s", in->wrong);
    else
        why = format_text("its length is wrong: no record follows its %llu "
                          "bytes",
                          (unsigned long long)c->record.size);
    reject_record(c, EXIT_FAILED, why);
    mem_free(why);
    find_record(c);
}

/* A length is wrong: looks for the next record, in what the block of this one
 * should be and behind it. False: it is too far away. */
static bool
measure(struct crawl *c)
{
    struct input *in = c->members.in;
    size_t head = c->record.head, at = head, want = head + LOOK_MAX;
    struct text t;

    for (;; want *= 2) {
        size_t more;

        t = input_peek(in, want);
        at = next_start(c, t, at > head ? at - 1 : head, in->ended, &more);
        if (at < t.len || in->ended)
            break;
        if (t.len > RECORD_MAX)
            return false;
        at = more;
    }
    if (input_failed(in) && at == t.len)
        return false;
    /* The norm has two line ends after each block. */
    for (int i = 0; i < 2 && at > head && t.data[at - 1] == '\n'; i++)
        at -= at > head + 1 && t.data[at - 2] == '\r' ? 2 : 1;
    c->measured = true;
    c->size = at - head;
    return true;
}

/* Holds all of a record in memory. False: it was rejected, or is too large
 * for that. */
static bool
hold(struct crawl *c, bool *large)
{
    uint64_t want = min_u64(c->record.size, RECORD_MAX);
    size_t total = c->record.head + (size_t)want;
    struct text t = peek_block(c, want + BETWEEN_MAX + MEMBER_LOOK);
    bool fits = c->record.size == want;

    *large = !fits && !c->members.in->ended;
    if (*large)
        return false;
    if (fits && t.len >= total &&
        is_ended(c, text_from(t.data + total, t.len - total)))
        return true;
    if (!measure(c)) {
        reject_length(c);
        return false;
    }
    (void)peek_block(c, c->size);
    return true;
}

/* Goes to a place in a file that is read directly. */
static void
seek_input(struct input *in, uint64_t at)
{
    (void)lseek(in->fd, (off_t)at, SEEK_SET);
    in->at = 0;
    in->len = 0;
    in->ended = false;
}

/* Where the record is in a file that is read directly; -1: in none. */
static int
file_of(const struct crawl *c, uint64_t *at)
{
    const struct input *in = c->members.in;

    *at = in->fd < 0 ? 0
                     : (uint64_t)lseek(in->fd, 0, SEEK_CUR) -
                           (in->len - in->at);
    return in->fd;
}

/* Skips a large record without holding it. False: its length is wrong. */
static bool
skip_large(struct crawl *c)
{
    struct input *in = c->members.in;
    uint64_t left = c->record.head + c->record.size;
    uint64_t from;
    bool there = file_of(c, &from) < 0 ||
                 left <= in->size - min_u64(in->size, from);

    if (in->fd >= 0 && there) {
        seek_input(in, from + left);
        left = 0;
    }
    while (there && left > 0) {
        struct text t = input_peek(in, 1);
        size_t n = (size_t)min_u64(left, t.len);

        input_take(in, n);
        left -= n;
        there = n > 0;
    }
    if (there && is_ended(c, input_peek(in, BETWEEN_MAX + MEMBER_LOOK)))
        return true;
    /* What was skipped of a pipe is gone. */
    if (in->fd >= 0)
        seek_input(in, from);
    else
        c->record.head = 0;
    reject_length(c);
    return false;
}

/* Notes a record that may be a part of an article. */
static void
gather(struct crawl *c, enum fate fate, struct text whole)
{
    const struct members *m = &c->members;
    uint64_t at;
    int fd = file_of(c, &at);

    /* One of the same address is found without it. */
    if (fate == FATE_REVISIT &&
        text_compare(crawl_repeats(&c->record), c->record.uri) == 0)
        return;
    if (fate == FATE_REVISIT || fate == FATE_ARTICLE)
        crawl_media_add(c->media, &c->record, whole, fd, at,
                        input_failed(m->in) && !m->cut);
}

/* `whole` is all of it only if it may be an article. */
static void
settle(struct crawl *c, enum fate fate, const char *kind, struct text whole)
{
    struct members *m = &c->members;

    if (c->media != NULL) {
        gather(c, fate, whole);
        return;
    }
    switch (fate) {
    case FATE_OUT: leave_out(kind, NULL, "%s", kind); break;
    case FATE_NAMED: leave_out(kind, c->place, "%s", kind); break;
    case FATE_WRONG: reject(EXIT_FAILED, c->place, whole, "%s", kind); break;
    case FATE_REVISIT: capture_revisit(c->place, &c->record); break;
    case FATE_ARTICLE:
        capture_import(c->item, c->place, &c->record, whole,
                       c->item->meter != NULL ? c->item->meter : &m->meter,
                       input_failed(m->in) && !m->cut);
        break;
    }
}

/* Reads the header of the next record. False: it was rejected. */
static bool
begin_record(struct crawl *c)
{
    const char *why = NULL;
    struct text t = input_peek(c->members.in, MEMBER_LOOK);

    next_number(c);
    /* What is left of damaged data is reported with that. */
    if (!c->starts(t) && input_failed(c->members.in))
        return false;
    if (!c->starts(t)) {
        reject_record(c, EXIT_FAILED, "no record begins where one should");
        return false;
    }
    c->record.arc = arc_starts(t);
    c->starts = c->record.arc ? arc_starts : warc_starts;
    if (!find_head(c))
        return false;
    if (!read_head(c, &why)) {
        reject_record(c, EXIT_FAILED, why);
        return false;
    }
    set_place(c);
    return true;
}

/* A record that need not be held, or cannot be. */
static void
import_large(struct crawl *c, enum fate fate, const char *kind)
{
    /* This needs its header. */
    if (c->media != NULL && fate == FATE_ARTICLE)
        gather(c, fate, text_from("", 0));
    else if (c->media == NULL && fate == FATE_REVISIT)
        capture_revisit(c->place, &c->record);
    if (!skip_large(c) || fate == FATE_REVISIT || c->media != NULL)
        return;
    if (fate == FATE_ARTICLE)
        reject(EXIT_LIMIT, c->place, text_from("", 0),
               "a record of more than %zu MiB", RECORD_MAX / MIB);
    else
        settle(c, fate, kind, text_from("", 0));
}

/* The block of a record whose header was read. */
static void
import_block(struct crawl *c)
{
    bool small = c->record.size <= SMALL_MAX;
    bool large = false;
    char kind[64] = "";
    enum fate fate;
    struct text t;

    if (small && !hold(c, &large))
        return;
    t = peek_block(c, min_u64(c->record.size, HTTP_HEAD_MAX));
    t = text_from(t.data + c->record.head, t.len - c->record.head);
    t.len = (size_t)min_u64(t.len, c->record.size);
    fate = c->media != NULL ? capture_media_fate(&c->record, t)
                            : capture_fate(&c->record, t, kind);
    if (!small && fate == FATE_ARTICLE && !hold(c, &large) && !large)
        return;
    if (large || (!small && fate != FATE_ARTICLE)) {
        import_large(c, fate, kind);
        return;
    }
    t = input_peek(c->members.in, 1);
    t.len = c->record.head + (size_t)c->record.size;
    settle(c, fate, kind, t);
    input_take(c->members.in, t.len);
}

/* ---- All of it ---- */

static void
import_piece(struct crawl *c)
{
    struct input *in = c->members.in;
    char *place;

    c->told = false;
    for (;;) {
        skip_line_ends(in);
        if (input_peek(in, 1).len == 0)
            break;
        if (begin_record(c))
            import_block(c);
        else
            find_record(c);
    }
    if (!input_failed(in) || c->told || input_failed(c->item->in) ||
        c->media != NULL)
        return;
    place = format_text("%s: behind record %llu", c->item->place,
                        (unsigned long long)c->number);
    reject(in->wrong_code, place, text_from("", 0), "%s", in->wrong);
    mem_free(place);
}

static void
read_crawl(struct item *item, struct crawl_media *media)
{
    struct crawl c = { .item = item, .media = media, .starts = any_starts };

    members_open(&c.members, item, any_starts);
    while (members_next(&c.members))
        import_piece(&c);
    members_close(&c.members);
    headers_free(&c.record.headers);
    mem_free(c.place);
}

void
crawl_gather(const struct item *item, struct crawl_media *media)
{
    struct item again = *item;

    /* What it expands to is counted when its articles are read. */
    again.meter = NULL;
    read_crawl(&again, media);
}

/* Reads the crawl once for its media. NULL: it can't be read. */
static struct crawl_media *
gather_own(struct item *item)
{
    struct crawl_media *media;

    if (!input_to_file(item->in))
        return NULL;
    media = crawl_media_new();
    crawl_gather(item, media);
    crawl_media_ready(media, item->place);
    input_rewind(item->in);
    item->in->taken = 0;
    return media;
}

void
import_crawl(struct item *item)
{
    const struct media_place *before = media_use(NULL);
    const struct crawl_media *all = crawl_media_used();
    struct crawl_media *own = NULL;

    /* All crawls of a WACZ have the same. */
    if (asked.media && all == NULL)
        own = gather_own(item);
    if (!asked.media || all != NULL || own != NULL) {
        (void)crawl_media_use(all != NULL ? all : own);
        read_crawl(item, NULL);
        (void)crawl_media_use(all);
    }
    crawl_media_free(own);
    (void)media_use(before);
}
