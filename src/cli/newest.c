/*
 * newest.c - whether an article is the newest revision of its ID.
 */
#include "cli/newest.h"

#include <stdlib.h>

#include "base/cursor.h"
#include "base/json.h"

#define FILTER_MAX ((uint64_t)16 << 20)
#define LAST_MEMORY ((size_t)32 << 20)
#define SLOTS_A_BYTE 4
/* To count a million IDs takes about as long as so many questions. */
#ifdef SHEAF_TEST
#define ASKED_MOST 1 /* tests have small archives */
#else
#define ASKED_MOST 20000
#endif

/* FNV-1a, with its bits mixed once more: the filter uses the low bits. */
static uint64_t
slot_of(const struct newest *n, struct sheaf_bytes id)
{
    uint64_t h = name_hash(id.data, id.len);

    h ^= h >> 32;
    h *= 0x9E3779B97F4A7C15u;
    return (h ^ h >> 29) & (n->slots - 1);
}

static unsigned
times_seen(const struct newest *n, uint64_t slot)
{
    return n->filter[slot / SLOTS_A_BYTE] >> slot % SLOTS_A_BYTE * 2 & 3;
}

static int
count_id(void *arg, const struct sheaf_listing *line)
{
    struct newest *n = arg;
    uint64_t slot;

    if (line->lost) {
        n->unknown = true; /* it may be a newer revision of any */
        return 1;
    }
    n->id.len = 0;
    if (!json_unescape(line->id, &n->id))
        return 1;
    slot = slot_of(n, buf_view(&n->id));
    if (times_seen(n, slot) < 2)
        n->filter[slot / SLOTS_A_BYTE] += (uint8_t)(1u << slot % SLOTS_A_BYTE *
                                                              2);
    return 0;
}

/* Counts all IDs in the filter. */
static int
count_all(struct newest *n)
{
    const struct archive *a = n->archive;
    struct sheaf_list_filter filter = SHEAF_LIST_ALL;
    struct sheaf_error err = { 0 };
    uint64_t slots = 4096;
    int rc;

    filter.lost = 1;
    n->waits = false;
    while (slots / 8 < a->info.articles && slots / SLOTS_A_BYTE < FILTER_MAX)
        slots *= 2;
    n->slots = slots;
    n->filter = calloc((size_t)(slots / SLOTS_A_BYTE), 1);
    if (n->filter == NULL)
        return say_no_memory();
    rc = sheaf_list(a->reader, n->scratch, &filter, count_id, n, &err);
    if (rc == SHEAF_ESTOPPED && !n->unknown)
        return say_no_memory();
    if (rc == SHEAF_ECORRUPT || n->unknown) {
        /* The columns don't tell: ask for each. */
        free(n->filter);
        n->filter = NULL;
        rc = SHEAF_OK;
    }
    return rc == SHEAF_OK ? EXIT_DONE : archive_failed(a, rc, &err);
}

int
newest_start(struct newest *n, const struct archive *a, enum newest_how how)
{
    struct sheaf_error err = { 0 };
    int rc;

    memset(n, 0, sizeof *n);
    n->archive = a;
    rc = sheaf_scratch_new(&n->scratch, &err);
    if (rc != SHEAF_OK)
        return archive_failed(a, rc, &err);
    /* The listing does not name redacted articles, even where they are the
     * newest. */
    if (how == NEWEST_ASK || a->info.redactions != 0)
        return EXIT_DONE;
    n->waits = how == NEWEST_WAIT;
    return n->waits ? EXIT_DONE : count_all(n);
}

static int
note_last(void *arg, const struct sheaf_listing *line)
{
    struct newest *n = arg;
    struct idset_entry entry = { .rev = line->rev };

    if (line->lost)
        return 0;
    n->id.len = 0;
    put_be(entry.content, line->entry.leaf, 8);
    return json_unescape(line->id, &n->id) &&
                   idset_put(n->last, buf_view(&n->id), &entry, NULL) ==
                       SHEAF_OK
               ? 0
               : 1;
}

/* Where the index is damaged, the columns may still name a newer revision,
 * which is lost. Nobody has signed them, but what they name is enough to
 * doubt. */
static int
ask_columns(struct newest *n, struct sheaf_bytes id, uint64_t leaf,
            bool *newer)
{
    struct sheaf_list_filter filter = SHEAF_LIST_ALL;
    struct sheaf_error err = { 0 };
    struct idset_entry entry;
    int rc = SHEAF_OK;

    filter.lost = 1;
    *newer = false;
    if (n->last == NULL) {
        rc = idset_new(&n->last, LAST_MEMORY, temp_folder(), &err);
        if (rc == SHEAF_OK)
            rc = sheaf_list(n->archive->reader, n->scratch, &filter, note_last,
                            n, &err);
        if (rc == SHEAF_ESTOPPED)
            return say_no_memory();
        if (rc == SHEAF_ECORRUPT)
            rc = SHEAF_OK; /* they tell as much as was read */
    }
    if (rc == SHEAF_OK)
        rc = idset_get(n->last, id, &entry, &err);
    *newer = rc == SHEAF_OK && get_be(entry.content, 8) > leaf;
    return rc == SHEAF_OK || rc == SHEAF_ENOTFOUND
               ? EXIT_DONE
               : archive_failed(n->archive, rc, &err);
}

static int
count_if_due(struct newest *n)
{
    return n->waits && ++n->asked > ASKED_MOST ? count_all(n) : EXIT_DONE;
}

static bool
is_single(const struct newest *n, struct sheaf_bytes id)
{
    return n->filter != NULL && times_seen(n, slot_of(n, id)) < 2;
}

/* Where leaves after the end are lost, each article may have a newer one. */
static void
doubt(struct newest *n, struct sheaf_bytes id)
{
    n->doubts++;
    if (n->archive->info.lost_leaves != 0)
        return;
    say("%s: not known to be the newest: %.*s: a newer revision may be lost "
        "[F13.6]",
        n->archive->path, (int)id.len, (const char *)id.data);
}

int
newest_is(struct newest *n, struct sheaf_bytes id, uint64_t leaf, bool *out)
{
    struct sheaf_error err = { 0 };
    int yes = 1;
    bool newer;
    int rc = SHEAF_OK;
    int code = count_if_due(n);

    if (code != EXIT_DONE)
        return code;
    if (!is_single(n, id))
        rc = sheaf_is_newest(n->archive->reader, n->scratch, id, leaf, &yes,
                             &err);
    *out = yes != 0;
    switch (rc) {
    case SHEAF_OK: return EXIT_DONE;
    case SHEAF_EREDACTED:
        n->put_back++;
        n->redacted = err;
        *out = false;
        return EXIT_DONE;
    case SHEAF_EINCOMPLETE:
        code = ask_columns(n, id, leaf, &newer);
        n->hidden += newer;
        *out = !newer;
        if (code == EXIT_DONE && !newer)
            doubt(n, id);
        return code;
    /* There is a newer one, which cannot be read. */
    case SHEAF_ECORRUPT:
    case SHEAF_EVERIFY:
    case SHEAF_EMISSING:
        n->hidden++;
        *out = false;
        return EXIT_DONE;
    default: return archive_failed(n->archive, rc, &err);
    }
}

int
newest_code(const struct newest *n)
{
    if (n->put_back != 0)
        say("%s: left out %llu redacted article%s that somebody has put back "
            "[F6.7]",
            n->archive->path, (unsigned long long)n->put_back,
            n->put_back == 1 ? "" : "s");
    if (n->hidden != 0)
        say("%s: left out %llu older revision%s: the newest is lost; "
            "'sheaf list --revisions' names them",
            n->archive->path, (unsigned long long)n->hidden,
            n->hidden == 1 ? "" : "s");
    if (n->doubts != 0)
        say("%s: %llu of these may have newer revisions that are lost: their "
            "index is damaged",
            n->archive->path, (unsigned long long)n->doubts);
    return n->put_back + n->hidden + n->doubts == 0 ? EXIT_DONE : EXIT_CORRUPT;
}

void
newest_end(struct newest *n)
{
    sheaf_scratch_free(n->scratch);
    sheaf_buf_free(&n->id);
    idset_free(n->last);
    free(n->filter);
    memset(n, 0, sizeof *n);
}
